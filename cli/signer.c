/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a party shows to others of its signer: the record, as a file that
 * anybody can judge who has the party's key.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/backup.h"
#include "cli/carry.h"
#include "cli/cli.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "signer/record_row.h"
#include "signer/serve.h"

#define RECORD_FILE_MAX ((size_t)1 << 30)

static char answer[SIGNERD_ANSWER_MAX + 1024];

/* One request to the signer: what came behind `ok`. */
static struct slice
ask_signer(const char *path, const char *line)
{
	struct slice rest = {(uint8_t *)answer, 0}, first;
	struct why why = {""};

	if (people_ask(answer, &rest.n, sizeof answer, path, line, &why) !=
	    RC_OK)
		die(EXIT_ENVIRONMENT, "%s",
		    why.text[0] != '\0' ? why.text : "too long an answer");
	first = slice_line(&rest);
	if (!slice_is(first, "ok"))
		die(EXIT_POLICY, "the signer refuses: %.*s", SLICE(first));
	return rest;
}

/* ---- export ------------------------------------------------------------------ */

struct pieces {
	char *p;
	size_t n, cap;
};

static void
pieces_put(struct pieces *f, struct slice s)
{
	if (f->cap - f->n < s.n) {
		f->cap = 2 * (f->cap + s.n);
		f->p = f->cap <= RECORD_FILE_MAX ? realloc(f->p, f->cap)
						 : NULL;
		if (f->p == NULL)
			die(EXIT_ENVIRONMENT, "the record is too large");
	}
	memcpy(f->p + f->n, s.p, s.n);
	f->n += s.n;
}

static uint32_t
head_rows(struct slice note)
{
	struct record_head head;
	struct note split;

	if (note_split(&split, note.p, note.n) != RC_OK ||
	    record_head_parse(&head, note.p, split.text_n) != RC_OK)
		die(EXIT_ENVIRONMENT, "the signer's answer is no record");
	return head.rows;
}

static int
record_export(int argc, char **argv)
{
	const char *path = NULL, *out = NULL;
	const struct args_option options[] = {
	    {.name = "socket",
		.value = "PATH",
		.string = &path,
		.required = true,
		.help = "the signer's, of its configuration"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &out,
		.help = "where to write it (default: stdout)"},
	    {0}};
	const struct args_command command = {
	    .program = "quorate signer record export",
	    .help = "Writes all that one's own signer was asked, decided and "
		    "let go, under a head\nthat it signs. Whoever has an "
		    "earlier export sees that nothing was taken out.",
	    .options = options};
	struct pieces file = {0};
	uint32_t rows;
	uint64_t next = 1;

	args_parse(NULL, &command, argc, argv);
	pieces_put(&file, ask_signer(path, "record\n"));
	rows = head_rows((struct slice){(uint8_t *)file.p, file.n});
	pieces_put(&file, slice_of("\n"));
	while (next <= rows) {
		struct slice rest, line;
		char ask[64];
		uint64_t then;

		snprintf(ask, sizeof ask, "record %u %u\n", (unsigned)next,
		    (unsigned)rows);
		rest = ask_signer(path, ask);
		line = slice_line(&rest);
		if (line.n < 5 || memcmp(line.p, "next ", 5) != 0 ||
		    !decimal_decode(&then, (uint64_t)rows + 1,
			(const char *)line.p + 5, line.n - 5) ||
		    then <= next)
			die(EXIT_ENVIRONMENT, "the signer's answer is no record");
		pieces_put(&file, rest);
		next = then;
	}
	output_write(out, file.p, file.n);
	free(file.p);
	return EXIT_OK;
}

/* ---- verify ------------------------------------------------------------------ */

static int
judge_file(struct record_checked *out, const char *path, uint32_t watch)
{
	struct record_seen *seen;
	struct why why = {""};
	uint8_t *bytes;
	size_t n, seen_n;
	enum rc rc = file_read(&bytes, &n, path, RECORD_FILE_MAX, &why);

	if (rc != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	seen_n = record_seen_count(n);
	seen = calloc(seen_n, sizeof *seen);
	if (seen == NULL)
		die(EXIT_ENVIRONMENT, "no memory for '%s'", path);
	rc = record_check(out, seen, seen_n, bytes, n, watch);
	free(seen);
	/* the head borrows from the bytes, which stay until the end */
	return rc == RC_OK ? EXIT_OK
			   : refuse(path, rc, "row %u", (unsigned)out->row);
}

static int
record_verify(int argc, char **argv)
{
	const char *since = NULL, *key = NULL;
	const struct args_option options[] = {
	    {.name = "since",
		.value = "FILE",
		.string = &since,
		.help = "an earlier export, of which this one must be a "
			"continuation"},
	    {.name = "key",
		.value = "VKEY",
		.string = &key,
		.help = "whose record it must be"},
	    {0}};
	const struct args_command command = {
	    .program = "quorate signer record verify",
	    .positionals = "FILE",
	    .help = "Checks an export of a party's record: the chain, its "
		    "head, that a sequence was\nused for one text only, that "
		    "nothing left which was not approved before.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	struct record_checked old = {0}, c;
	struct args_list files;
	char hex[65];
	struct text t;
	int code;

	args_parse(&files, &command, argc, argv);
	code = since != NULL ? judge_file(&old, since, 0) : EXIT_OK;
	if (code == EXIT_OK)
		code = judge_file(&c, files.at[0], old.row);
	if (code != EXIT_OK)
		return code;
	if (key != NULL && !slice_is(c.head.party, key))
		return refuse(files.at[0], RC_RECORD_PARTY, "--key");
	if (since != NULL && memcmp(c.watched, old.head.id, 32) != 0)
		return refuse(files.at[0], RC_RECORD_SINCE, "%s", since);
	text_init(&t, hex, sizeof hex);
	text_hex(&t, c.head.id, 32);
	printf("party %.*s\nrows %u\nlast %s\ntime %llu\n",
	    SLICE(c.head.party), (unsigned)c.row, hex,
	    (unsigned long long)c.head.time);
	printf("asked %u\napproved %u\nrefused %u\nbound %u\nleft %u\n"
	       "alarms %u\nrestored %u\n",
	    (unsigned)c.asked, (unsigned)c.approved, (unsigned)c.refused,
	    (unsigned)c.bound, (unsigned)c.left, (unsigned)c.alarms,
	    (unsigned)c.restored);
	if (since != NULL)
		printf("since %u\n", (unsigned)old.row);
	return EXIT_OK;
}

static int
run_record(int argc, char **argv)
{
	static const struct command table[] = {
	    {"export", record_export, "write one's own signer's record"},
	    {"verify", record_verify, "check a party's record"},
	};

	return command_dispatch("signer record", table, 2, argc, argv);
}

int
run_signer(int argc, char **argv)
{
	static const struct command table[] = {
	    {"record", run_record, "what it was asked, decided and let go"},
	    {"carry", signer_carry, "notes to and from one without a network"},
	    {"backup", signer_backup, "key and share as a page to print"},
	    {"restore", signer_restore, "and in again"},
	};

	return command_dispatch("signer", table, 4, argc, argv);
}
