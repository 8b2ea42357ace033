/* SPDX-License-Identifier: Apache-2.0 */
/* One table a section; what a value may be stands beside its name. */
#include "signer/settings.h"
#include <string.h>
#include "host/config.h"
#include "host/text.h"
#include "verify/line.h"

/* Patterns with one or more spaces between them. */
static enum rc
patterns_read(struct judge_patterns *p, const char *value, struct why *why)
{
	while (*value != '\0') {
		size_t n = strcspn(value, " \t");

		if (p->count == JUDGE_PATTERNS_MAX) {
			why_set(why, "more than %d patterns",
			    JUDGE_PATTERNS_MAX);
			return RC_CONFIG;
		}
		if (n > NAME_BYTES_MAX) {
			why_set(why, "a pattern is too long");
			return RC_CONFIG;
		}
		memcpy(p->at[p->count], value, n);
		p->at[p->count++][n] = '\0';
		value += n;
		value += strspn(value, " \t");
	}
	return RC_OK;
}

static enum rc
url_check(const char *value, size_t cap, struct why *why)
{
	size_t n = strlen(value);

	if ((strncmp(value, "http://", 7) != 0 &&
		strncmp(value, "https://", 8) != 0) ||
	    value[n - 1] == '/' || n >= cap || strchr(value, ' ') != NULL) {
		why_set(why, "'%s' is not an http or https URL without a "
			     "slash at its end",
		    value);
		return RC_CONFIG;
	}
	return RC_OK;
}

static enum rc
name_read(void *base, const char *value, struct why *why)
{
	struct settings *s = base;

	if (!slice_name(slice_of(value))) {
		why_set(why, "'%s' is not a key name", value);
		return RC_CONFIG;
	}
	memcpy(s->name, value, strlen(value) + 1);
	return RC_OK;
}

static enum rc
coordinator_read(void *base, const char *value, struct why *why)
{
	struct settings *s = base;
	enum rc rc = url_check(value, sizeof s->coordinator, why);

	if (rc == RC_OK)
		memcpy(s->coordinator, value, strlen(value) + 1);
	return rc;
}

static enum rc
approval_read(void *base, const char *value, struct why *why)
{
	struct settings *s = base;

	s->person = strcmp(value, "person") == 0;
	if (s->person || strcmp(value, "automatic") == 0)
		return RC_OK;
	why_set(why, "'%s' is neither automatic nor person", value);
	return RC_CONFIG;
}

static enum rc
sandbox_read_word(void *base, const char *value, struct why *why)
{
	struct settings *s = base;

	s->sandbox_required = strcmp(value, "required") == 0;
	if (s->sandbox_required || strcmp(value, "available") == 0)
		return RC_OK;
	why_set(why, "'%s' is neither required nor available", value);
	return RC_CONFIG;
}

static enum rc
seal_read(void *base, const char *value, struct why *why)
{
	static const char *const costs[] = {
	    [SECRET_COST_FAST] = "fast",
	    [SECRET_COST_INTERACTIVE] = "interactive",
	    [SECRET_COST_MODERATE] = "moderate",
	    [SECRET_COST_SENSITIVE] = "sensitive"};
	struct settings *s = base;

	for (unsigned i = 0; i < sizeof costs / sizeof costs[0]; i++)
		if (strcmp(value, costs[i]) == 0) {
			s->seal = (enum secret_cost)i;
			s->seal_said = true;
			return RC_OK;
		}
	why_set(why, "'%s' is none of fast, interactive, moderate, sensitive",
	    value);
	return RC_CONFIG;
}

static enum rc
rehearsals_read(void *base, const char *value, struct why *why)
{
	static const char *const words[] = {[REHEARSALS_ASK] = "ask",
	    [REHEARSALS_YES] = "yes",
	    [REHEARSALS_NO] = "no"};
	struct settings *s = base;

	for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(value, words[i]) == 0) {
			s->rehearsals = i;
			return RC_OK;
		}
	why_set(why, "'%s' is none of ask, yes, no", value);
	return RC_CONFIG;
}

/* Types of attestations; no stars. */
static enum rc
attest_read(void *base, const char *value, struct why *why)
{
	struct settings *s = base;
	enum rc rc = patterns_read(&s->attest, value, why);

	for (unsigned i = 0; rc == RC_OK && i < s->attest.count; i++)
		if (!slice_name(slice_of(s->attest.at[i]))) {
			why_set(why, "'%s' is not an attestation's type",
			    s->attest.at[i]);
			rc = RC_CONFIG;
		}
	return rc;
}

static enum rc
authority_products(void *base, const char *value, struct why *why)
{
	struct settings_authority *a = base;

	return patterns_read(&a->products, value, why);
}

/* The name of a file in $CREDENTIALS_DIRECTORY. */
static enum rc
credential_read(void *base, const char *value, struct why *why)
{
	struct settings *s = base;

	if (!slice_name(slice_of(value)) || strchr(value, '/') != NULL ||
	    strlen(value) >= sizeof s->credential) {
		why_set(why, "'%s' is not a credential's name", value);
		return RC_CONFIG;
	}
	memcpy(s->credential, value, strlen(value) + 1);
	return RC_OK;
}

static enum rc
log_url(void *base, const char *value, struct why *why)
{
	struct settings_log *l = base;
	bool carried = strncmp(value, "file:///", 8) == 0 &&
	    strlen(value) < sizeof l->url;
	enum rc rc = carried ? RC_OK : url_check(value, sizeof l->url, why);

	if (rc == RC_OK)
		memcpy(l->url, value, strlen(value) + 1);
	return rc;
}

static enum rc
proposer_vkey(void *base, const char *value, struct why *why)
{
	struct settings_proposer *p = base;
	struct vkey k;

	if (strlen(value) >= sizeof p->vkey ||
	    vkey_parse(&k, slice_of(value), KEY_ED25519) != RC_OK) {
		why_set(why, "'%s' is not a vkey of type Ed25519", value);
		return RC_CONFIG;
	}
	memcpy(p->vkey, value, strlen(value) + 1);
	return RC_OK;
}

static enum rc
proposer_products(void *base, const char *value, struct why *why)
{
	struct settings_proposer *p = base;

	return patterns_read(&p->products, value, why);
}

/* ---- when ---------------------------------------------------------------- */

static bool
day_take(const char **at, unsigned *day)
{
	static const char *const days[] = {
	    "mon", "tue", "wed", "thu", "fri", "sat", "sun"};

	for (*day = 0; *day < 7; (*day)++)
		if (strncmp(*at, days[*day], 3) == 0) {
			*at += 3;
			return true;
		}
	return false;
}

/* HH:MM, to 24:00. */
static bool
minute_take(const char **at, uint16_t *minute)
{
	const char *s = *at;

	for (unsigned i = 0; i < 5; i++)
		if (i == 2 ? s[i] != ':' : s[i] < '0' || s[i] > '9')
			return false;
	*minute = (uint16_t)((s[0] - '0') * 600 + (s[1] - '0') * 60 +
	    (s[3] - '0') * 10 + (s[4] - '0'));
	*at += 5;
	return s[3] < '6' && *minute <= 1440;
}

/* `mon-fri 08:00-18:00`, UTC. */
static enum rc
window_read(void *base, const char *value, struct why *why)
{
	struct settings *s = base;
	struct judge_window w = {0};
	const char *at = value;
	unsigned from, to;
	bool good = day_take(&at, &from);

	to = from;
	if (good && *at == '-') {
		at++;
		good = day_take(&at, &to) && to >= from;
	}
	good = good && *at++ == ' ' && minute_take(&at, &w.from) &&
	    *at++ == '-' && minute_take(&at, &w.to) && *at == '\0' &&
	    w.from < w.to;
	if (!good || s->window_count == JUDGE_WINDOWS_MAX) {
		why_set(why, "'%s' is not as 'mon-fri 08:00-18:00', or there "
			     "are more than %d",
		    value, JUDGE_WINDOWS_MAX);
		return RC_CONFIG;
	}
	for (unsigned day = from; day <= to; day++)
		w.days |= (uint8_t)(1 << day);
	s->window[s->window_count++] = w;
	return RC_OK;
}

/* ---- sources ------------------------------------------------------------ */

static enum rc
source_url(void *base, const char *value, struct why *why)
{
	struct settings_source *s = base;

	if (!source_url_good(value)) {
		why_set(why, "'%s' is not an https or file URL", value);
		return RC_CONFIG;
	}
	memcpy(s->judge.url, value, strlen(value) + 1);
	return RC_OK;
}

static enum rc
source_products(void *base, const char *value, struct why *why)
{
	struct settings_source *s = base;

	return patterns_read(&s->judge.products, value, why);
}

static enum rc
source_refs(void *base, const char *value, struct why *why)
{
	struct settings_source *s = base;

	return patterns_read(&s->judge.refs, value, why);
}

static enum rc
source_branch(void *base, const char *value, struct why *why)
{
	struct settings_source *s = base;
	size_t n = strlen(value);

	if (strncmp(value, "refs/", 5) != 0 || n > SOURCE_REF_MAX) {
		why_set(why, "'%s' is not a whole ref, as refs/heads/main is",
		    value);
		return RC_CONFIG;
	}
	memcpy(s->judge.branch, value, n + 1);
	return RC_OK;
}

static enum rc
source_signed(void *base, const char *value, struct why *why)
{
	static const char *const words[] = {
	    [SOURCE_WANT_NONE] = "no",
	    [SOURCE_WANT_TAG] = "tag",
	    [SOURCE_WANT_COMMIT] = "commit",
	    [SOURCE_WANT_EITHER] = "either"};
	struct settings_source *s = base;

	for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(value, words[i]) == 0) {
			s->judge.want = (enum source_want)i;
			return RC_OK;
		}
	why_set(why, "'%s' is none of tag, commit, either, no", value);
	return RC_CONFIG;
}

/* COMPONENT PATH: the path is below the checkout and stays there. */
static enum rc
source_output(void *base, const char *value, struct why *why)
{
	struct settings_source *s = base;
	size_t n = strcspn(value, " "),
	       path_n = strlen(value + n + (value[n] == ' '));
	const char *path = value + n + 1;

	if (s->judge.output_count == SOURCE_OUTPUTS_MAX) {
		why_set(why, "more than %d outputs", SOURCE_OUTPUTS_MAX);
		return RC_CONFIG;
	}
	if (value[n] != ' ' || n > NAME_BYTES_MAX ||
	    !slice_name((struct slice){(const uint8_t *)value, n}) ||
	    path_n == 0 || path_n > SETTINGS_OUTPUT_MAX || path[0] == '/' ||
	    strstr(path, "..") != NULL || strchr(path, ' ') != NULL) {
		why_set(why, "'%s' is not a component and a path below the "
			     "checkout",
		    value);
		return RC_CONFIG;
	}
	for (unsigned i = 0; i < s->judge.output_count; i++)
		if (strlen(s->judge.output[i]) == n &&
		    memcmp(s->judge.output[i], value, n) == 0) {
			why_set(
			    why, "component '%s' twice", s->judge.output[i]);
			return RC_CONFIG;
		}
	memcpy(s->judge.output[s->judge.output_count], value, n);
	memcpy(s->output_path[s->judge.output_count++], path, path_n + 1);
	return RC_OK;
}

static void *
source_open(void *target, const char *instance, struct why *why)
{
	struct settings *s = target;
	struct settings_source *source;

	if (s->source_n == JUDGE_SOURCES_MAX ||
	    strlen(instance) > NAME_BYTES_MAX) {
		why_set(why, "'%s': too many sources, or too long", instance);
		return NULL;
	}
	source = &s->source[s->source_n++];
	memcpy(source->name, instance, strlen(instance) + 1);
	source->build_ms = 1800000;
	source->build_cpu_s = 3600;
	source->build_memory = 4096;
	source->build_file = 4096;
	return source;
}

static enum rc
people_check(const struct settings *s, const char *path, struct why *why)
{
	if (strlen(s->socket) > SETTINGS_SOCKET_MAX) {
		why_set(why, "%s: [signer] socket '%s' is too long: %d bytes "
			     "at most, with its folder",
		    path, s->socket, SETTINGS_SOCKET_MAX);
		return RC_CONFIG;
	}
	if (s->approvals > 1 && s->approvers[0] == '\0') {
		why_set(why, "%s: approvals above 1 need approvers: a socket "
			     "has one owner",
		    path);
		return RC_CONFIG;
	}
	if ((s->approvals != 0 || s->approvers[0] != '\0') && !s->person) {
		why_set(why, "%s: approvers and approvals need approval = "
			     "person",
		    path);
		return RC_CONFIG;
	}
	return RC_OK;
}

/* What one line alone cannot say. */
static enum rc
sources_check(const struct settings *s, const char *path, struct why *why)
{
	if (s->require_source && s->source_n == 0) {
		why_set(
		    why, "%s: require-source needs a [source] section", path);
		return RC_CONFIG;
	}
	for (unsigned i = 0; i < s->source_n; i++) {
		const struct settings_source *source = &s->source[i];

		if ((source->judge.want != SOURCE_WANT_NONE) !=
		    (source->allowed_signers[0] != '\0')) {
			why_set(why, "%s: [source %s]: signed and "
				     "allowed-signers go together",
			    path, source->name);
			return RC_CONFIG;
		}
		if ((source->build[0] != '\0') !=
		    (source->judge.output_count != 0)) {
			why_set(why, "%s: [source %s]: build and output go "
				     "together",
			    path, source->name);
			return RC_CONFIG;
		}
	}
	return RC_OK;
}

static void *
signer_open(void *target, const char *instance, struct why *why)
{
	(void)instance;
	(void)why;
	return target;
}

static void *
authority_open(void *target, const char *instance, struct why *why)
{
	struct settings *s = target;
	struct settings_authority *a;

	if (s->authority_n == SEAT_AUTHORITIES_MAX ||
	    !slice_name(slice_of(instance))) {
		why_set(why, "'%s': %s", instance,
		    s->authority_n == SEAT_AUTHORITIES_MAX
			? "too many authorities"
			: "not an authority's name");
		return NULL;
	}
	a = &s->authority[s->authority_n++];
	memcpy(a->name, instance, strlen(instance) + 1);
	return a;
}

static void *
log_open(void *target, const char *instance, struct why *why)
{
	struct settings *s = target;
	struct settings_log *l;

	if (s->log_n == SETTINGS_LOGS_MAX ||
	    !slice_foreign(slice_of(instance))) {
		why_set(why, "'%s': %s", instance,
		    s->log_n == SETTINGS_LOGS_MAX ? "too many logs"
						  : "not a log's origin");
		return NULL;
	}
	l = &s->log[s->log_n++];
	memcpy(l->origin, instance, strlen(instance) + 1);
	return l;
}

static void *
proposer_open(void *target, const char *instance, struct why *why)
{
	struct settings *s = target;
	struct settings_proposer *p;

	if (s->proposer_n == JUDGE_PROPOSERS_MAX ||
	    strlen(instance) > NAME_BYTES_MAX) {
		why_set(why, "'%s': too many proposers, or too long", instance);
		return NULL;
	}
	p = &s->proposer[s->proposer_n++];
	memcpy(p->name, instance, strlen(instance) + 1);
	return p;
}

static const struct config_key signer_keys[] = {
    CONFIG_CALL("name", CONFIG_REQUIRED, name_read),
    CONFIG_PATH("key", CONFIG_REQUIRED, struct settings, key),
    CONFIG_PATH("passphrase-file", 0, struct settings, passphrase_file),
    CONFIG_CALL("credential", 0, credential_read),
    CONFIG_PATH("state", CONFIG_REQUIRED, struct settings, state),
    CONFIG_PATH("socket", 0, struct settings, socket),
    CONFIG_CALL("coordinator", 0, coordinator_read),
    CONFIG_PATH("ca", 0, struct settings, ca),
    CONFIG_PATH("notify", 0, struct settings, notify),
    CONFIG_DURATION("notify-again", 0, struct settings, notify_again_ms, 0,
	30ull * 86400000),
    CONFIG_DURATION("notify-retry", 0, struct settings, notify_retry_ms, 1000,
	3600000),
    CONFIG_CALL("approval", CONFIG_REQUIRED, approval_read),
    CONFIG_CALL("rehearsals", 0, rehearsals_read),
    CONFIG_PATH("approvers", 0, struct settings, approvers),
    CONFIG_NUMBER("approvals", 0, struct settings, approvals, 1,
	JUDGE_APPROVALS_MAX),
    CONFIG_DURATION("wait", 0, struct settings, wait_ms, 0, 30ull * 86400000),
    CONFIG_CALL("window", CONFIG_REPEATS, window_read),
    CONFIG_NUMBER("rate", 0, struct settings, rate, 1, 100000),
    CONFIG_NUMBER("step", 0, struct settings, step, 1, 4294967295u),
    CONFIG_DURATION("head-age", 0, struct settings, head_age_ms, 1000,
	30ull * 86400000),
    CONFIG_CALL("seal", 0, seal_read),
    CONFIG_BOOL("require-source", 0, struct settings, require_source),
    CONFIG_CALL("require-attest", 0, attest_read),
    CONFIG_BOOL("require-payload", 0, struct settings, require_payload),
    CONFIG_NUMBER("payload-mib", 0, struct settings, payload_mib, 1, 1048576),
    CONFIG_NUMBER("payloads-mib", 0, struct settings, payloads_mib, 1,
	1073741824),
    CONFIG_NUMBER("payload-years", 0, struct settings, payload_years, 1, 100),
    CONFIG_CALL("sandbox", 0, sandbox_read_word),
    CONFIG_DURATION("look-time", 0, struct settings, look_ms, 1000, 86400000),
    {0},
};

static const struct config_key authority_keys[] = {
    CONFIG_PATH("trust", 0, struct settings_authority, trust),
    CONFIG_CALL("products", 0, authority_products),
    {0},
};

static const struct config_key log_keys[] = {
    CONFIG_CALL("url", CONFIG_REQUIRED, log_url),
    {0},
};

static const struct config_key proposer_keys[] = {
    CONFIG_CALL("vkey", CONFIG_REQUIRED, proposer_vkey),
    CONFIG_CALL("products", CONFIG_REQUIRED, proposer_products),
    {0},
};

static const struct config_key source_keys[] = {
    CONFIG_CALL("url", CONFIG_REQUIRED, source_url),
    CONFIG_CALL("products", CONFIG_REQUIRED, source_products),
    CONFIG_CALL("refs", CONFIG_REQUIRED, source_refs),
    CONFIG_CALL("branch", 0, source_branch),
    CONFIG_CALL("signed", CONFIG_REQUIRED, source_signed),
    CONFIG_PATH("allowed-signers", 0, struct settings_source,
	allowed_signers),
    CONFIG_PATH("build", 0, struct settings_source, build),
    CONFIG_CALL("output", CONFIG_REPEATS, source_output),
    CONFIG_DURATION("build-time", 0, struct settings_source, build_ms, 1000,
	86400000),
    CONFIG_NUMBER("build-cpu-seconds", 0, struct settings_source, build_cpu_s,
	1, 1000000),
    CONFIG_NUMBER("build-memory-mib", 0, struct settings_source, build_memory,
	16, 1048576),
    CONFIG_NUMBER("build-file-mib", 0, struct settings_source, build_file, 1,
	1048576),
    {0},
};

static const struct config_section sections[] = {
    {"signer", CONFIG_REQUIRED, signer_open, signer_keys},
    {"authority", CONFIG_REQUIRED | CONFIG_INSTANCES, authority_open,
	authority_keys},
    {"log", CONFIG_INSTANCES, log_open, log_keys},
    {"proposer", CONFIG_INSTANCES, proposer_open, proposer_keys},
    {"source", CONFIG_INSTANCES, source_open, source_keys},
    {0},
};

static void
settings_begin(struct settings *s)
{
	memset(s, 0, sizeof *s);
	s->step = JUDGE_STEP_DEFAULT;
	s->sandbox_required = true;
	s->head_age_ms = 86400000;
	s->look_ms = 600000;
	s->notify_again_ms = 86400000;
	s->notify_retry_ms = 60000;
	s->payload_mib = 1024;
	s->payloads_mib = 16384;
	s->payload_years = 5;
}

static enum rc
settings_check(const struct settings *s, const char *path, enum rc rc,
    struct why *why)
{
	if (rc == RC_OK)
		rc = people_check(s, path, why);
	return rc == RC_OK ? sources_check(s, path, why) : rc;
}

enum rc
settings_read(struct settings *s, const char *path, struct why *why)
{
	settings_begin(s);
	return settings_check(
	    s, path, config_read(s, sections, path, why), why);
}

enum rc
settings_parse(struct settings *s, const char *path, const char *text,
    size_t n, struct why *why)
{
	settings_begin(s);
	return settings_check(
	    s, path, config_parse(s, sections, path, text, n, why), why);
}

void
settings_policy(struct judge_policy *out, const struct settings *s,
    const struct settings_authority *a)
{
	memset(out, 0, sizeof *out);
	out->products = a->products;
	if (out->products.count == 0) {
		out->products.count = 1;
		memcpy(out->products.at[0], "*", 2);
	}
	out->step = (uint32_t)s->step;
	out->person = s->person;
	out->approvals = (unsigned)s->approvals;
	out->wait_s = (uint32_t)(s->wait_ms / 1000);
	out->rate = (uint32_t)s->rate;
	out->window_count = s->window_count;
	memcpy(out->window, s->window, sizeof out->window);
	out->require_source = s->require_source;
	out->require_payload = s->require_payload;
	out->payload_max = s->payload_mib << 20;
	out->attest = s->attest;
	out->source_count = s->source_n;
	for (unsigned i = 0; i < s->source_n; i++)
		out->source[i] = s->source[i].judge;
	out->proposer_count = s->proposer_n;
	for (unsigned i = 0; i < s->proposer_n; i++) {
		memcpy(out->proposer[i].vkey, s->proposer[i].vkey,
		    sizeof out->proposer[i].vkey);
		out->proposer[i].products = s->proposer[i].products;
	}
}
