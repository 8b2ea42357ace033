/* SPDX-License-Identifier: Apache-2.0 */
/* `quorate trust`: texts from drafts, and checks. For devices: device.c. */
#include <stdio.h>
#include <string.h>

#include "cli/believe.h"
#include "cli/cli.h"
#include "cli/draft.h"
#include "cli/key.h"
#include "cli/lint.h"
#include "cli/words.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "host/sign.h"

/* Counts what refuses; says everything. */
struct lint_count {
	const char *file;
	unsigned refusals;
	bool warn_only;
};

static void
lint_found(void *context, bool refuses, const char *sentence)
{
	struct lint_count *c = context;

	if (refuses && !c->warn_only)
		c->refusals++;
	say(refuses && !c->warn_only ? SAY_ERROR : SAY_WARNING, "%s: %s",
	    c->file, sentence);
}

static void
words_say(const uint8_t *text, size_t n)
{
	char bytes[32768];
	struct slice rest, line;
	struct text t;

	text_init(&t, bytes, sizeof bytes);
	if (words_text(&t, text, n) != RC_OK)
		return;
	rest = slice_of(t.p);
	while (rest.n > 0) {
		line = slice_line(&rest);
		say(SAY_INFO, "%.*s", SLICE(line));
	}
}

static void
path_dir(char out[static FILE_PATH_MAX + 1], const char *path)
{
	const char *slash = strrchr(path, '/');

	out[0] = '\0';
	if (slash != NULL && slash != path)
		snprintf(
		    out, FILE_PATH_MAX + 1, "%.*s", (int)(slash - path), path);
	else if (slash != NULL)
		snprintf(out, FILE_PATH_MAX + 1, "/");
}

static int
text_refused(const char *file, enum rc rc, const uint8_t *text, size_t n)
{
	struct slice line;
	unsigned number = line_at_fault(text, n, &line);

	return number > 0
		   ? refuse(file, rc, "line %u: '%.*s'", number, SLICE(line))
		   : refuse(file, rc, NULL);
}

/* ---- trust new -------------------------------------------------------- */

/*
 * A template leaves one signer's key to a ceremony: `@` where the vkey will
 * stand. So that everything else can be checked now, *checked is the text
 * with the key of an all-zero seed in its place, which nobody would use.
 * False, and the same text, when there is no such signer.
 */
static bool
template_check(struct text *checked, const struct text *text)
{
	const uint8_t seed[32] = {0};
	char vkey[CLI_VKEY_MAX];
	const char *at = strstr(text->p, " @ ");
	uint8_t key[32];

	if (at == NULL) {
		text_put(checked, text->p, text->n);
		return false;
	}
	ed25519_public(key, seed);
	vkey_format(vkey, "the-key-of-the-ceremony", KEY_ED25519, key);
	text_put(checked, text->p, (size_t)(at + 1 - text->p));
	text_string(checked, vkey);
	text_string(checked, at + 2);
	return true;
}

static int
trust_new(int argc, char **argv)
{
	const char *draft = NULL, *after = NULL, *out = NULL;
	uint64_t proposed = clock_unix();
	bool new_epoch = false, epoch_up;
	const struct args_option options[] = {
	    {.name = "draft",
		.value = "FILE",
		.string = &draft,
		.required = true,
		.help = "the draft: quorate(1), Drafts"},
	    {.name = "after",
		.value = "FILE",
		.string = &after,
		.help = "the trust note or file in force"},
	    {.name = "new-epoch",
		.flag = &new_epoch,
		.help = "restart the counts of all products"},
	    {.name = "proposed",
		.value = "TIME",
		.number = &proposed,
		.help = "unix time of the text (default: now)"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &out,
		.help = "where to write the text (default: stdout)"},
	    {0}};
	const struct args_command command = {.program = "quorate trust new",
	    .help = "Builds a trust or owner text from a draft, refuses what "
		    "it should not permit,\nand says what it permits.",
	    .options = options};
	char dir[FILE_PATH_MAX + 1], bytes[UINT16_MAX], again[UINT16_MAX];
	struct lint_count lint = {.file = draft};
	struct draft_options o = {.now = 0};
	struct trust_file before;
	struct why why = {""};
	struct trust t;
	struct blob b;
	struct text text, checked;
	enum rc rc;

	args_parse(NULL, &command, argc, argv);
	lint.file = draft;
	path_dir(dir, draft);
	o = (struct draft_options){
	    .dir = dir, .now = proposed, .new_epoch = new_epoch};
	if (after != NULL) {
		rc = trust_file_load(&before, after);
		if (rc != RC_OK)
			return refuse(after, rc, NULL);
		o.before = &before.t;
	}
	blob_load(&b, draft);
	text_init(&text, bytes, sizeof bytes);
	rc = draft_build(&text, &epoch_up, &o, (struct slice){b.p, b.n}, &why);
	if (rc != RC_OK)
		return refuse(draft, rc, "%s", why.text);
	text_init(&checked, again, sizeof again);
	if (template_check(&checked, &text))
		say(SAY_INFO, "a template: '@' is for the key of a ceremony");
	rc = trust_read(&t, (uint8_t *)checked.p, checked.n, READER_HOST);
	if (rc != RC_OK)
		return text_refused(draft, rc, (uint8_t *)checked.p, checked.n);
	lint_trust(&t, o.before, lint_found, &lint);
	if (lint.refusals > 0)
		die(EXIT_REFUSED, "%s: not written", draft);
	if (epoch_up)
		say(SAY_INFO,
		    "the epoch rises to %u: signers or quorum "
		    "changed, all sequences start again",
		    t.epoch);
	words_say((uint8_t *)checked.p, checked.n);
	output_write(out, text.p, text.n);
	return EXIT_OK;
}

/* ---- trust check ------------------------------------------------------ */

static int
trust_check(int argc, char **argv)
{
	const char *previous = NULL;
	const struct args_option options[] = {
	    {.name = "previous",
		.value = "FILE",
		.string = &previous,
		.help = "the trust text before, as note or file"},
	    {0}};
	const struct args_command command = {.program = "quorate trust check",
	    .positionals = "FILE",
	    .help = "Checks a trust text, signed or not, against the rules "
		    "of `quorate trust new`.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	struct lint_count lint = {.refusals = 0};
	struct trust_file before;
	struct args_list files;
	struct slice text;
	struct note note;
	struct trust t;
	struct blob b;
	size_t rest;
	enum rc rc;

	args_parse(&files, &command, argc, argv);
	lint.file = files.at[0];
	if (previous != NULL) {
		rc = trust_file_load(&before, previous);
		if (rc != RC_OK)
			return refuse(previous, rc, NULL);
	}
	blob_load(&b, files.at[0]);
	text = (struct slice){b.p, b.n};
	if (note_split_file(&note, &rest, b.p, b.n) == RC_OK)
		text.n = note.text_n;
	rc = trust_read(&t, text.p, text.n, READER_HOST);
	if (rc != RC_OK)
		return text_refused(files.at[0], rc, text.p, text.n);
	words_say(text.p, text.n);
	lint_trust(&t, previous != NULL ? &before.t : NULL, lint_found, &lint);
	if (lint.refusals > 0)
		return EXIT_REFUSED;
	if (previous != NULL && t.epoch == before.t.epoch &&
	    trust_needs_epoch(&t, &before.t))
		return refuse(files.at[0], RC_LOG_EPOCH_CHANGE, NULL);
	return EXIT_OK;
}

/* ---- trust id --------------------------------------------------------- */

static int
trust_id(int argc, char **argv)
{
	const struct args_command command = {.program = "quorate trust id",
	    .positionals = "FILE",
	    .help = "Prints the id of a trust text: what a log is configured "
		    "with, and what stands\non the box.",
	    .options = (const struct args_option[]){{0}},
	    .positional_min = 1,
	    .positional_max = 1};
	struct args_list files;
	struct trust_file f;
	char hex[65];
	struct text t;
	enum rc rc;

	args_parse(&files, &command, argc, argv);
	rc = trust_file_load(&f, files.at[0]);
	if (rc != RC_OK)
		return refuse(files.at[0], rc, NULL);
	text_init(&t, hex, sizeof hex);
	text_hex(&t, f.t.id, 32);
	printf("%s\n", hex);
	return EXIT_OK;
}

int
run_trust(int argc, char **argv)
{
	static const struct command table[] = {
	    {"new", trust_new, "build a text from a draft"},
	    {"id", trust_id, "print the id of a trust text"},
	    {"check", trust_check, "check a text, say what it permits"},
	    {"--device", trust_device, "what a device is built or provisioned with"},
	    {"show", run_show, "say what a trust note or file says"},
	};

	return command_dispatch(
	    "trust", table, sizeof table / sizeof table[0], argc, argv);
}
