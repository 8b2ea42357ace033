/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configurations of the four daemons and of `quorate`, which the machine
 * writes that a service runs on. Tables and checks are the programs' own; the
 * files that a line names are not there. What is taken is within its bounds
 * and ended; comments, empty lines and spaces at line ends change nothing;
 * what is refused is refused in one line that begins with the file's name.
 *
 * The first byte says whose.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "host/config.h"
#include "host/file.h"
#include "host/text.h"
#include "host/tls_files.h"
#include "log/store_key.h"
#include "log/store_setup.h"
#include "signer/settings.h"
#define LINES_FRESH                                                            \
	"fuzz_settings/log", "fuzz_settings/witness",                          \
	    "fuzz_settings/coordinator", "fuzz_settings/signer"
#include "tests/fuzz/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const char *input;
static size_t input_n;

static enum rc input_config(void *target, const struct config_section *sections,
    const char *path, struct why *why);
static enum rc no_file(
    uint8_t **bytes, size_t *n, const char *path, size_t max, struct why *why);
static enum rc key_given(struct log_setup *s, struct vkey *k);
int witness_unused_main(int argc, char **argv);
int coordinator_unused_main(int argc, char **argv);

/* each program's own, with names of its own */
#define config_read                            input_config
#define file_read                              no_file
#define sections                               log_sections
#define log_keys                               log_log_keys
#define authority_keys                         log_authority_keys
#define witness_keys                           log_witness_keys
#define take_vkey                              log_take_vkey
#define key_public(k, vkey, at, type, why)     key_given(setup, k)
#define key_load(seed, k, vkey, at, type, why) RC_OK
#include "log/store_setup.c"
#undef key_public
#undef sections
#undef log_keys
#undef authority_keys
#undef witness_keys
#undef take_vkey
#define main         witness_unused_main
#define sections     witness_sections
#define log_keys     witness_log_keys
#define witness_keys witness_witness_keys
#define take_vkey    witness_take_vkey
#define setup_read   witness_setup_read
#define open_log     witness_open_log
#define serve        witness_serve
#include "log/witness_main.c"
#undef key_load
#undef sections
#undef log_keys
#undef witness_keys
#undef take_vkey
#undef setup_read
#undef open_log
#undef serve
#undef main
#define main           coordinator_unused_main
#define sections       coordinator_sections
#define authority_keys coordinator_authority_keys
#define setup          coordinator_setup
#define run            coordinator_run
#include "quorum/coordinator_main.c"
#undef main
#undef sections
#undef authority_keys
#undef config_read
#undef file_read

/* ---- what is not there -------------------------------------------------- */

static enum rc
input_config(void *target, const struct config_section *sections,
    const char *path, struct why *why)
{
	return config_parse(target, sections, path, input, input_n, why);
}

static enum rc
no_file(
    uint8_t **bytes, size_t *n, const char *path, size_t max, struct why *why)
{
	(void)max;
	*bytes = NULL;
	*n = 0;
	why_set(why, "cannot open '%s': it is not there", path);
	return RC_FILE_ABSENT;
}

static enum rc
key_given(struct log_setup *s, struct vkey *k)
{
	k->name = slice_of(s->origin);
	k->key[0] = k == &s->next_key;
	return RC_OK;
}

/* ---- the four ----------------------------------------------------------- */

#define ENDED(a) assert(memchr((a), 0, sizeof(a)) != NULL)

static enum rc
log_take(void **out, size_t *out_n, struct why *why)
{
	struct log_setup *s = calloc(1, sizeof *s);
	unsigned i, j;
	enum rc rc;

	assert(s != NULL);
	rc = setup_read_public(s, "d/f", why);
	*out = s;
	*out_n = 0; /* it points into itself */
	if (rc != RC_OK)
		return rc;
	ENDED(s->origin);
	ENDED(s->listen);
	ENDED(s->state);
	assert(s->origin[0] != 0 && s->state[0] != 0);
	assert(s->interval_ms >= 1000 && s->interval_ms <= 86400000);
	assert(s->witness_ms >= 10 && s->more_ms <= s->witness_ms);
	assert(s->threads >= 1 && s->threads <= LOG_READERS_MAX);
	assert(s->authority_n <= LOG_AUTHORITIES_MAX &&
	       s->witness_n <= LOG_WITNESSES_MAX);
	for (i = 0; i < s->authority_n; i++)
		assert(slice_name(slice_of(s->authority[i].name)) &&
		       s->authority[i].first_set);
	for (i = 0; i < s->witness_n; i++) {
		const struct log_witness *w = &s->witness[i];
		const char *url[2] = {w->url, w->monitoring};

		ENDED(w->url);
		ENDED(w->monitoring);
		ENDED(w->vkey);
		assert(w->key.type == KEY_COSIGNATURE);
		for (j = 0; j < 2; j++) { /* with a host, without a slash */
			const char *host = strstr(url[j], "://");

			assert(strncmp(url[j], "http", 4) == 0 &&
			       host != NULL && host[3] != 0 && host[3] != '/');
			assert(url[j][strlen(url[j]) - 1] != '/');
		}
		for (j = 0; j < i; j++)
			assert(memcmp(w->key.key, s->witness[j].key.key, 32));
	}
	return rc;
}

static enum rc
witness_take(void **out, size_t *out_n, struct why *why)
{
	struct witness_server *w = calloc(1, sizeof *w);
	unsigned i, j;
	enum rc rc;

	assert(w != NULL);
	rc = input_config(w, witness_sections, "d/f", why);
	*out = w;
	*out_n = 0;
	assert(w->log_n <= WITNESS_LOGS_MAX);
	for (i = 0; rc == RC_OK && i < w->log_n; i++) {
		const struct witness_log *l = w->log[i];

		assert(slice_foreign(slice_of(l->origin)));
		assert(l->key_n >= 1 && l->key_n <= WITNESS_LOG_KEYS_MAX);
		assert(l->first_n <= WITNESS_FIRSTS_MAX);
		for (j = 0; j < l->key_n; j++)
			assert(slice_is(l->key[j].name, l->origin) &&
			       l->key[j].type == KEY_ED25519);
		for (j = 0; j < l->first_n; j++)
			assert(slice_name(slice_of(l->first[j].name)));
	}
	while (w->log_n > 0) /* as setup_free, without the rest */
		free(w->log[--w->log_n]);
	return rc;
}

static enum rc
coordinator_take(void **out, size_t *out_n, struct why *why)
{
	static struct coordinator *c; /* 120 MB, nearly all never touched */
	struct coordinator_setup *s = calloc(1, sizeof *s);
	enum rc rc;

	assert(s != NULL);
	if (c == NULL) {
		c = mmap(NULL, sizeof *c, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		assert(c != MAP_FAILED);
	}
	assert(madvise(c, sizeof *c, MADV_DONTNEED) == 0); /* zero again */
	s->c = c;
	s->config = "d/f";
	rc = input_config(s, coordinator_sections, "d/f", why);
	*out = s;
	*out_n = 0; /* it points into itself */
	if (rc != RC_OK)
		return rc;
	ENDED(s->listen);
	ENDED(s->state);
	assert(s->blob_mib <= 1048576 && s->blobs_mib <= 1073741824);
	assert(s->blob_keep_ms <= 3650ull * 86400000);
	return rc;
}

static void
patterns(const struct judge_patterns *p)
{
	unsigned i;

	assert(p->count <= sizeof p->at / sizeof p->at[0]);
	for (i = 0; i < p->count; i++) {
		ENDED(p->at[i]);
		assert(p->at[i][0] != 0 && strchr(p->at[i], ' ') == NULL);
	}
}

static enum rc
signer_take(void **out, size_t *out_n, struct why *why)
{
	static struct judge_policy policy;
	struct settings *s = calloc(1, sizeof *s);
	unsigned i;
	enum rc rc;

	assert(s != NULL);
	rc = settings_parse(s, "d/f", input, input_n, why);
	*out = s;
	*out_n = sizeof *s;
	if (rc != RC_OK)
		return rc;
	assert(slice_foreign(slice_of(s->name)));
	ENDED(s->key);
	ENDED(s->state);
	assert(s->window_count <= JUDGE_WINDOWS_MAX);
	for (i = 0; i < s->window_count; i++)
		assert(s->window[i].from < s->window[i].to &&
		       s->window[i].to <= 1440 && s->window[i].days > 0 &&
		       s->window[i].days < 128);
	assert(s->approvals <= JUDGE_APPROVALS_MAX && s->step >= 1);
	assert(s->authority_n >= 1 && s->authority_n <= SEAT_AUTHORITIES_MAX);
	assert(s->log_n <= SETTINGS_LOGS_MAX &&
	       s->proposer_n <= JUDGE_PROPOSERS_MAX &&
	       s->source_n <= JUDGE_SOURCES_MAX);
	for (i = 0; i < s->authority_n; i++) {
		assert(slice_name(slice_of(s->authority[i].name)));
		patterns(&s->authority[i].products);
		settings_policy(&policy, s, &s->authority[i]);
		patterns(&policy.products);
		assert(policy.products.count > 0);
	}
	for (i = 0; i < s->proposer_n; i++)
		patterns(&s->proposer[i].products);
	for (i = 0; i < s->source_n; i++)
		patterns(&s->source[i].judge.products);
	return rc;
}

/* ---- the same once more, with what means nothing ------------------------ */

static char *
with_nothing(size_t *out_n, const char *text, size_t n)
{
	char *p = malloc(4 * n + 16);
	size_t i, at = 0;

	assert(p != NULL);
	memcpy(p, "# x = y\n\n", 9);
	at = 9;
	for (i = 0; i < n; i++) {
		if (text[i] == '\n') {
			memcpy(p + at, "\t\n", 2);
			at += 2;
			if (i % 3 == 0)
				p[at++] = '\n';
		} else {
			p[at++] = text[i];
		}
	}
	*out_n = at;
	return p;
}

/* Nothing that a comment could push over: CONFIG_LINE_MAX and the file's. */
static bool
lines_short(const char *text, size_t n)
{
	size_t i, line = 0;

	for (i = 0; i < n; i++) {
		line = text[i] == '\n' ? 0 : line + 1;
		if (line >= 1000)
			return false;
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static enum rc (*const takes[])(
	    void **out, size_t *out_n, struct why *why) = {
	    log_take, witness_take, coordinator_take, signer_take};
	struct why why = {""}, again_why = {""};
	void *first, *second;
	size_t first_n, second_n;
	unsigned which;
	char *again;
	enum rc rc, again_rc;

	if (n < 1)
		return 0;
	which = bytes[0] % 4;
	input = (const char *)bytes + 1;
	input_n = n - 1;
	rc = takes[which](&first, &first_n, &why);
	assert(rc == RC_OK || strncmp(why.text, "d/f:", 4) == 0);
	assert(strchr(why.text, '\n') == NULL);
	if (lines_short(input, input_n)) {
		again = with_nothing(&input_n, input, input_n);
		input = again;
		again_rc = takes[which](&second, &second_n, &again_why);
		assert(again_rc == rc);
		if (rc == RC_OK && first_n > 0)
			assert(second_n == first_n &&
			       memcmp(first, second, first_n) == 0);
		free(second);
		free(again);
	}
	free(first);
	return 0;
}
