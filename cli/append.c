/* SPDX-License-Identifier: Apache-2.0 */
/* The log's client, as far as the command line needs one. */
#include "cli/append.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/settings.h"
#include "cli/web.h"
#include "host/clock.h"
#include "host/rc_text.h"
#include "log/client.h"

enum { CALL_MS = 60000, PAUSE_MS = 500 };

/* The log has it, or may have it: the same question is worth asking again. */
static bool
worth_again(enum rc rc)
{
	return rc == RC_LOG_WAIT || rc == RC_TIMEOUT || rc == RC_STOPPED;
}

enum rc
log_append(struct blob *file, const char *url, const uint8_t *bytes, size_t n,
    uint64_t deadline_ms, struct why *why)
{
	uint64_t until = clock_ms() + deadline_ms;
	struct http_client *c;
	enum rc rc = web_client_new(&c);

	*file = (struct blob){NULL, 0};
	if (rc != RC_OK)
		return rc;
	for (;;) {
		rc = tlog_add(
		    c, url, bytes, n, CALL_MS, &file->p, &file->n, why);
		if (!worth_again(rc) || clock_ms() >= until)
			break;
		clock_sleep_ms(PAUSE_MS);
	}
	http_client_free(c);
	if (rc != RC_OK)
		why_prefix(why, "%s", url);
	return rc;
}

enum exit_code
log_exit(enum rc rc)
{
	if (worth_again(rc))
		return EXIT_PENDING;
	if (rc == RC_PROOF || rc == RC_LOG_FORK || rc == RC_LOG_BEHIND)
		return EXIT_INCONSISTENT;
	if (rc >= RC_FILE && rc < RC_SCALAR && rc != RC_HTTP)
		return EXIT_ENVIRONMENT;
	return rc == RC_OK ? EXIT_OK : EXIT_POLICY;
}

enum rc
log_latest(
    struct blob *file, const char *url, const char *product, struct why *why)
{
	struct http_client *c;
	enum rc rc = web_client_new(&c);

	*file = (struct blob){NULL, 0};
	if (rc != RC_OK)
		return rc;
	rc = tlog_lookup_product(
	    c, url, product, CALL_MS, &file->p, &file->n, why);
	http_client_free(c);
	return rc == RC_MORE ? RC_FILE_ABSENT : rc;
}

int
run_append(int argc, char **argv)
{
	const char *log = NULL, *out = NULL;
	uint64_t wait_ms = 60000;
	const struct args_option options[] = {
	    {.name = "log",
		.value = "URL",
		.base_url = true,
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
	    WEB_OPTION,
	    {0}};
	const struct args_command command = {.program = "quorate append",
	    .positionals = "NOTE|FILE",
	    .help = "Has a log take a signed note and writes its answer, the "
		    "complete file.\nCheck it with `quorate verify`. A trust "
		    "or roster file goes to logs other than the\nhome log "
		    "with the home log's proof.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	static struct settings settings;
	struct why why = {""};
	struct args_list files;
	struct blob b, file;
	struct note note;
	size_t rest;
	enum rc rc;

	args_parse(&files, &command, argc, argv);
	log = settings_home_log(&settings, log);
	blob_load(&b, files.at[0]);
	rc = note_split_file(&note, &rest, b.p, b.n);
	if (rc != RC_OK)
		return refuse(files.at[0], rc, "a signed note is wanted");
	rc = log_append(&file, log, b.p, b.n, wait_ms, &why);
	if (rc != RC_OK) {
		say(SAY_ERROR, "%s: %s: %s", files.at[0], rc_name(rc),
		    why.text);
		if (rc == RC_LOG_COPY)
			say(SAY_INFO, "%s", refuse_advice(rc));
		return (int)log_exit(rc);
	}
	output_write(out, file.p, file.n);
	return EXIT_OK;
}
