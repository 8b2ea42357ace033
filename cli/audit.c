/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `quorate audit`. Nothing is believed for having been served: a file goes
 * to the folder only once it leads to the root that the log has signed, and
 * the folder's head moves only once every entry was judged and the head
 * satisfied the trust that the entries themselves put in force. What the
 * folder knew before is never given up: a log that no longer agrees with it
 * is the finding.
 */
#include "cli/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/audit_inner.h"
#include "cli/web.h"
#include "host/clock.h"
#include "host/digest.h"
#include "host/rc_text.h"

static void
freshness(struct audit *a)
{
	uint64_t now = clock_unix();

	if (a->time == 0 || a->max_age_s == 0 || now < a->time ||
	    now - a->time <= a->max_age_s)
		return;
	audit_fault_add(a, "stale", RC_LOG_STALE,
	    "the head was cosigned %llu s ago",
	    (unsigned long long)(now - a->time));
}

enum exit_code
audit_look(struct audit *a, struct why *why)
{
	enum rc rc;

	why->text[0] = '\0';
	a->fault_n = a->fault_more = a->broken_n = 0;
	a->time = 0;
	rc = audit_walk(a, why);
	if (rc != RC_OK) {
		if (why->text[0] == '\0')
			why_set(why, "%s: %s", a->url, rc_text(rc));
		return EXIT_ENVIRONMENT;
	}
	if (a->fault_n > 0) { /* this head is not one to build on */
		tlog_reader_free(a->reader);
		a->reader = NULL;
	}
	rc = audit_store_broken(a->store, audit_broken_keep, a);
	if (rc == RC_OK && a->reader != NULL) {
		freshness(a);
		audit_witnesses_ask(a);
		audit_against_compare(a);
		if (a->payloads != NULL || a->sources)
			rc = audit_entries(
			    a, 0, a->head.size, audit_release_get, a, why);
	}
	if (rc != RC_OK)
		return EXIT_ENVIRONMENT;
	return audit_outcome(a);
}

static enum rc
broken_print(void *context, const struct audit_broken *b)
{
	(void)context;
	printf("broken %llu %s %s\n", (unsigned long long)b->index, b->rule,
	    b->rc);
	return RC_OK;
}

static enum rc
stranger_print(void *context, const char *authority, uint64_t count)
{
	(void)context;
	printf("stranger %s %llu\n", authority, (unsigned long long)count);
	return RC_OK;
}

void
audit_print(struct audit *a, enum exit_code code)
{
	bool quorum = false;
	char root[64];
	struct text t;
	unsigned i;

	if (a->bytes != NULL && code != EXIT_ENVIRONMENT) {
		text_init(&t, root, sizeof root);
		text_base64(&t, a->head.root, 32);
		printf("log %.*s %llu %s\n", SLICE(a->head.origin),
		    (unsigned long long)a->head.size, root);
	}
	if (a->time > 0)
		printf("time %llu\n", (unsigned long long)a->time);
	if (audit_store_strangers(a->store, stranger_print, NULL) != RC_OK ||
	    audit_store_broken(a->store, broken_print, NULL) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s: the database refused", a->dir);
	for (i = 0; i < a->fault_n; i++) {
		quorum |= strcmp(a->fault[i].what, "quorum") == 0;
		printf("fault %s %s\n", a->fault[i].what,
		    rc_name(a->fault[i].rc));
		say(SAY_ERROR, "%s: %s: %s", a->fault[i].what,
		    rc_name(a->fault[i].rc), a->fault[i].why.text);
	}
	if (a->fault_more > 0)
		say(SAY_ERROR, "and %u more, which are not listed",
		    a->fault_more);
	if (quorum && a->witnesses->count == 0)
		say(SAY_INFO, "a mirror shows its own cosignature alone: to "
			      "audit one, name the other witnesses with "
			      "'--witness URL'");
	printf("verdict %s\n", code == EXIT_OK ? "ok"
		: code == EXIT_INCONSISTENT    ? "inconsistent"
		: code == EXIT_REFUSED	       ? "refused"
					       : "unknown");
	fflush(stdout);
	if (code == EXIT_INCONSISTENT)
		say(SAY_ERROR, "the evidence is in '%s/evidence': anybody can "
			       "check it. Keep it, and give it to the "
			       "authorities that name this log", a->dir);
}

/* A folder that has a checkpoint and no head has lost what it knew: to begin
 * anew in it would take whatever the log shows today for what it has shown. */
static void
memory_check(struct audit *a)
{
	static struct audit_head held;
	char path[FILE_PATH_MAX + 1];

	snprintf(path, sizeof path, "%s/checkpoint", a->dir);
	if (audit_store_head(a->store, &held) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s: the database refused", a->dir);
	if (held.n == 0 && file_exists(path))
		die(EXIT_ENVIRONMENT, "'%s' has a checkpoint, and 'audit.db' "
				      "knows of none: put it back; or begin "
				      "in another folder, with '--against %s' "
				      "for what was known", a->dir, path);
}

void
audit_begin(struct audit *a)
{
	struct why why = {""};
	struct slice name;
	unsigned i;

	if (dir_make(a->dir, 0755, &why) != RC_OK ||
	    file_lock(&a->lock, a->dir, &why) != RC_OK ||
	    audit_store_open(&a->store, a->dir, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	memory_check(a);
	if (web_client_new(&a->client) != RC_OK)
		die(EXIT_ENVIRONMENT, "no memory");
	for (i = 0; i < a->trust_n; i++) {
		name = trust_name(&a->trust[i].t);
		if (audit_store_pin(a->store, name, a->trust[i].t.id, &why) !=
		    RC_OK)
			die(EXIT_USAGE, "%s: %s", a->dir, why.text);
	}
}

void
audit_end(struct audit *a)
{
	tlog_reader_free(a->reader);
	free(a->bytes);
	audit_store_close(a->store);
	http_client_free(a->client);
	file_unlock(a->lock);
}

/* Takes what the options say; prints the ids that everything hangs on. */
void
audit_take(struct audit *a, struct audit_words *w, const char *url)
{
	char id[65];
	uint8_t hash[32];
	struct text t;
	size_t i;
	enum rc rc;

	memset(a, 0, sizeof *a);
	if (audit_is_http(url))
		args_base_url((char *)(uintptr_t)url); /* in argv */
	a->url = url;
	a->witnesses = &w->witnesses;
	a->against = &w->against;
	a->max_age_s = w->max_age_ms / 1000;
	a->timeout_ms = w->timeout_ms;
	a->progress = isatty(2);
	if (w->trusts.count == 0 || w->trusts.count > AUDIT_TRUSTS_MAX)
		die(EXIT_USAGE, "wants 1 to %d '--trust'", AUDIT_TRUSTS_MAX);
	for (i = 0; i < w->trusts.count; i++) {
		struct trust_file *f = &a->trust[a->trust_n++];

		rc = trust_file_load(f, w->trusts.at[i]);
		if (rc == RC_OK && f->t.revision != 1)
			rc = RC_REVISION;
		if (rc != RC_OK)
			exit(refuse(w->trusts.at[i], rc,
			    "the first trust text of an authority is wanted, "
			    "signed"));
		text_init(&t, id, sizeof id);
		text_hex(&t, f->t.id, 32);
		printf("trust %.*s %s\n", SLICE(trust_name(&f->t)), id);
	}
	fflush(stdout);
	if (w->state != NULL) {
		snprintf(a->dir, sizeof a->dir, "%s", w->state);
		return;
	}
	sha256_of(hash, url, strlen(url));
	text_init(&t, id, sizeof id);
	text_hex(&t, hash, 8);
	snprintf(a->dir, sizeof a->dir, "quorate-audit-%s", id);
}

int
run_audit(int argc, char **argv)
{
	static struct audit a;
	static struct audit_words w = {
	    .max_age_ms = 86400000, .timeout_ms = 30000};
	const char *payloads = NULL;
	bool sources = false;
	const struct args_option options[] = {
	    {.name = "trust", .value = "NOTE", .list = &w.trusts,
		.help = "the first trust text of an authority; repeated for "
			"more"},
	    {.name = "state", .value = "DIR", .string = &w.state,
		.help = "what is known of the log, kept for the next time "
			"(default: quorate-audit-... here)"},
	    {.name = "witness", .value = "URL", .base_url = true,
		.list = &w.witnesses,
		.help = "ask what a witness or mirror has seen; repeated"},
	    {.name = "against", .value = "FILE", .list = &w.against,
		.help = "a release file or checkpoint seen elsewhere; "
			"repeated"},
	    {.name = "payloads", .value = "URL", .base_url = true,
		.string = &payloads,
		.help = "get every payload, as URL/<sha256>, and check it"},
	    {.name = "sources", .flag = &sources,
		.help = "ask every source repository for its commit"},
	    {.name = "max-age", .value = "24h", .duration_ms = &w.max_age_ms,
		.help = "how old the head's cosignatures may be"},
	    {.name = "timeout", .value = "30s", .duration_ms = &w.timeout_ms,
		.help = "for each request"},
	    WEB_OPTION,
	    {0}};
	const struct args_command command = {.program = "quorate audit",
	    .positionals = "URL|DIR", .positional_min = 1,
	    .positional_max = 1, .options = options,
	    .help = "Reads all of a log, or what is new since the last time, "
		    "and verifies it again:\nhashes, consistency, every "
		    "signature and quorum, sequences, cosignatures. Keeps a\n"
		    "copy and the evidence of whatever is wrong. Exit code 6: "
		    "the log is inconsistent\nor holds what admission "
		    "forbids."};
	struct args_list urls;
	struct why why = {""};
	enum exit_code code;

	args_parse(&urls, &command, argc, argv);
	audit_take(&a, &w, urls.at[0]);
	a.payloads = payloads;
	a.sources = sources;
	audit_begin(&a);
	code = audit_look(&a, &why);
	if (code == EXIT_ENVIRONMENT)
		say(SAY_ERROR, "%s", why.text);
	audit_print(&a, code);
	audit_end(&a);
	return code;
}
