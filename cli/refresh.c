/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `quorate refresh`: the same note under a newer checkpoint, for devices that
 * want a recent proof, or trust a log or witness that came later. What the
 * log answers is checked before anything is written.
 */
#include "cli/cli.h"

#include <string.h>

#include "cli/append.h"
#include "cli/settings.h"
#include "cli/trust_file.h"
#include "cli/web.h"
#include "host/rc_text.h"
#include "log/client.h"

enum { REFRESH_MS = 60000 };

/* What the log says of the text; the note must be the one of the file. */
static enum rc
file_fetch(struct blob *file, const char *url, const struct note *note,
    const struct trust *t, uint64_t *time, struct proof *p, struct why *why)
{
	struct http_client *c;
	struct note fresh;
	uint8_t id[32];
	enum rc rc = web_client_new(&c);

	if (rc != RC_OK)
		return rc;
	note_id(id, note);
	rc = tlog_lookup(c, url, id, 0, REFRESH_MS, &file->p, &file->n, why);
	http_client_free(c);
	if (rc == RC_MORE)
		why_set(why, "%s: this text is not logged there", url);
	if (rc != RC_OK)
		return rc;
	rc = tlog_file_check(file->p, file->n, t, &fresh, time, p);
	if (rc == RC_OK &&
	    (fresh.n != note->n || memcmp(fresh.bytes, note->bytes, note->n) != 0)) {
		why_set(why, "%s: it is logged with other signature lines; "
			     "`quorate append` gets the note as it was logged",
		    url);
		return RC_PROOF;
	}
	if (rc != RC_OK)
		why_set(why, "%s: its answer: %s", url, rc_text(rc));
	return rc;
}

int
run_refresh(int argc, char **argv)
{
	const char *log = NULL, *out = NULL, *trust = NULL;
	const struct args_option options[] = {
	    {.name = "log", .value = "URL", .base_url = true,
		.string = &log,
		.help = "the log (default: the first of quorate.ini)"},
	    {.name = "trust", .value = "FILE", .string = &trust,
		.required = true,
		.help = "the trust text that the new proof must satisfy"},
	    {.name = "output", .letter = 'o', .value = "FILE", .string = &out,
		.help = "where to write it (default: over the file)"},
	    WEB_OPTION,
	    {0}};
	const struct args_command command = {.program = "quorate refresh",
	    .positionals = "FILE",
	    .help = "Replaces the proof of a release or withdraw file by one "
		    "under the log's newest\ncheckpoint. Trust files keep "
		    "their first proof.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	static struct settings settings;
	static struct trust_file believed;
	static struct proof p;
	struct why why = {""};
	struct args_list files;
	struct blob b, file = {NULL, 0};
	struct note note;
	uint64_t time = 0;
	size_t rest;
	enum rc rc;

	args_parse(&files, &command, argc, argv);
	log = settings_home_log(&settings, log);
	rc = trust_file_load(&believed, trust);
	if (rc != RC_OK)
		return refuse(trust, rc, "a trust text is wanted");
	blob_load(&b, files.at[0]);
	rc = note_split_file(&note, &rest, b.p, b.n);
	if (rc != RC_OK)
		return refuse(files.at[0], rc, "a note or file is wanted");
	if (b.n > 16 && memcmp(b.p, "quorate/trust@v1", 16) == 0)
		die(EXIT_USAGE, "'%s': a trust file keeps its first proof: the "
				"one that satisfies the text before it",
		    files.at[0]);
	rc = file_fetch(&file, log, &note, &believed.t, &time, &p, &why);
	if (rc != RC_OK) {
		say(SAY_ERROR, "%s: %s: %s", files.at[0], rc_name(rc),
		    why.text);
		return rc == RC_MORE ? EXIT_REFUSED : (int)log_exit(rc);
	}
	output_write(out != NULL ? out : files.at[0], file.p, file.n);
	say(SAY_INFO, "%s: entry %llu of %llu, cosigned at %llu", files.at[0],
	    (unsigned long long)p.index, (unsigned long long)p.head.size,
	    (unsigned long long)time);
	return EXIT_OK;
}
