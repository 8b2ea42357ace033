/* SPDX-License-Identifier: Apache-2.0 */
/* The log's client, as far as the command line needs one. */
#include "cli/append.h"

#include <stdio.h>
#include <string.h>

#include "cli/settings.h"
#include "cli/verify.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/http_client.h"

enum { CALL_MS = 60000, PAUSE_MS = 500 };

static void
answer_take(struct blob *file, struct http_answer *a)
{
	file->p = a->body; /* handed over */
	file->n = a->body_n;
	a->body = NULL;
	a->body_n = 0;
}

static bool
is_file_of(const struct blob *b, const struct note *note)
{
	return b->n > note->text_n &&
	       memcmp(b->p, note->bytes, note->text_n + 1) == 0;
}

/* One try: RC_OK with the file, RC_MORE to ask again, or the end. */
static enum rc
try_once(struct http_client *c, struct blob *file, const char *url,
    const struct note *note, bool lookup, struct why *why)
{
	static const char *const headers[] = {
	    "Content-Type: text/plain; charset=utf-8", NULL};
	struct http_answer a = {0};
	char full[2048], id[65];
	uint8_t digest[32];
	struct text t;
	enum rc rc;

	text_init(&t, id, sizeof id);
	note_id(digest, note);
	text_hex(&t, digest, 32);
	if (lookup) {
		snprintf(full, sizeof full, "%s/lookup/%s", url, id);
		rc = http_get(c, full, NULL, CALL_MS, CLI_FILE_MAX, &a, why);
	} else {
		snprintf(full, sizeof full, "%s/add", url);
		rc = http_post(c, full, headers, note->bytes, note->n, CALL_MS,
		    CLI_FILE_MAX, &a, why);
	}
	if (rc == RC_OK && a.status == 200) {
		answer_take(file, &a);
		if (!is_file_of(file, note)) {
			why_set(why, "'%s' answers with something else", full);
			blob_release(file);
			rc = RC_HTTP;
		}
	} else if (a.status == 202 || a.status == 504 || a.status == 503 ||
		   a.status == 429 || (lookup && a.status == 404)) {
		rc = RC_MORE;
	}
	http_answer_release(&a);
	return rc;
}

enum rc
log_append(struct blob *file, const char *url, const struct note *note,
    uint64_t deadline_ms, struct why *why)
{
	uint64_t until = clock_ms() + deadline_ms;
	struct http_client *c;
	bool lookup = false;
	enum rc rc = http_client_new(&c, NULL);

	*file = (struct blob){NULL, 0};
	if (rc != RC_OK)
		return rc;
	for (;;) {
		rc = try_once(c, file, url, note, lookup, why);
		if (rc != RC_MORE)
			break;
		if (clock_ms() >= until) {
			why_set(
			    why, "'%s' has not answered with a proof yet", url);
			rc = RC_TIMEOUT;
			break;
		}
		clock_sleep_ms(PAUSE_MS);
		lookup = !lookup; /* both are idempotent; either may be lost */
	}
	http_client_free(c);
	return rc;
}

enum rc
log_latest(
    struct blob *file, const char *url, struct slice product, struct why *why)
{
	struct http_answer a = {0};
	struct http_client *c;
	char full[2048];
	enum rc rc = http_client_new(&c, NULL);

	*file = (struct blob){NULL, 0};
	if (rc != RC_OK)
		return rc;
	snprintf(
	    full, sizeof full, "%s/lookup/product/%.*s", url, SLICE(product));
	rc = http_get(c, full, NULL, CALL_MS, CLI_FILE_MAX, &a, why);
	if (rc == RC_OK && a.body != NULL)
		answer_take(file, &a);
	else if (a.status == 404)
		rc = RC_FILE_ABSENT;
	http_answer_release(&a);
	http_client_free(c);
	return rc;
}

int
run_append(int argc, char **argv)
{
	const char *log = NULL, *out = NULL;
	uint64_t wait_ms = 60000;
	const struct args_option options[] = {
	    {.name = "log",
		.value = "URL",
		.string = &log,
		.help = "the log (default: the first of quorate.ini)"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &out,
		.required = true,
		.help = "the file: note and proof"},
	    {.name = "wait",
		.value = "60s",
		.duration_ms = &wait_ms,
		.help = "how long to wait for the witnesses"},
	    {0}};
	const struct args_command command = {.program = "quorate append",
	    .positionals = "NOTE",
	    .help = "Has a log take a signed note and writes its answer, the "
		    "complete file.\nCheck it with `quorate verify`.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	static struct settings settings;
	struct why why = {""};
	struct args_list files;
	struct blob b, file;
	struct note note;
	enum rc rc;

	args_parse(&files, &command, argc, argv);
	if (log == NULL) {
		settings_load(&settings);
		if (settings.log_n == 0)
			die(EXIT_USAGE, "'--log URL' is missing, and "
					"quorate.ini names none");
		log = settings.log[0].url;
	}
	blob_load(&b, files.at[0]);
	rc = note_split(&note, b.p, b.n);
	if (rc != RC_OK)
		return refuse(
		    files.at[0], rc, "a note without a proof is wanted");
	rc = log_append(&file, log, &note, wait_ms, &why);
	if (rc != RC_OK) {
		say(SAY_ERROR, "%s: %s", files.at[0], why.text);
		return rc == RC_TIMEOUT ? EXIT_PENDING
		       : rc == RC_HTTP  ? EXIT_POLICY
					: (int)exit_for(rc);
	}
	output_write(out, file.p, file.n);
	return EXIT_OK;
}
