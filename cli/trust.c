/* SPDX-License-Identifier: Apache-2.0 */
/* `quorate trust`: texts from drafts, and checks. For devices: device.c. */
#include <stdio.h>
#include <string.h>

#include "cli/believe.h"
#include "cli/change.h"
#include "cli/cli.h"
#include "cli/draft.h"
#include "cli/key.h"
#include "cli/lint.h"
#include "cli/words.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/rc_text.h"

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

/* ---- trust new, trust propose ------------------------------------------ */

/* A text from a draft: what is common to both ways to one. */
struct make {
	const char *name; /* of the draft, for messages */
	struct slice draft;
	const char *dir; /* of its @FILEs */
	const struct trust_file *before; /* or NULL */
	uint64_t proposed;
	bool new_epoch;
	char bytes[UINT16_MAX], again[UINT16_MAX];
	struct text text; /* the result */
	struct trust t;	  /* of it; a template's key is a stand-in */
	bool template;
};

/* It obeys the grammar and the lints; says what it permits. */
static int
text_make(struct make *m)
{
	const struct draft_options o = {.dir = m->dir,
	    .before = m->before != NULL ? &m->before->t : NULL,
	    .now = m->proposed,
	    .new_epoch = m->new_epoch};
	struct lint_count lint = {.file = m->name};
	struct why why = {""};
	struct text checked;
	bool epoch_up;
	enum rc rc;

	text_init(&m->text, m->bytes, sizeof m->bytes);
	rc = draft_build(&m->text, &epoch_up, &o, m->draft, &why);
	if (rc != RC_OK)
		return refuse(m->name, rc, "%s", why.text);
	text_init(&checked, m->again, sizeof m->again);
	m->template = draft_template(&checked, &m->text);
	if (m->template)
		say(SAY_INFO, "a template: '@' is for the key of a ceremony");
	rc = trust_read(&m->t, (uint8_t *)checked.p, checked.n, READER_HOST);
	if (rc != RC_OK)
		return refuse_text(
		    m->name, rc, (uint8_t *)checked.p, checked.n);
	lint_trust(&m->t, o.before, lint_found, &lint);
	if (lint.refusals > 0)
		die(EXIT_REFUSED, "%s: not written", m->name);
	if (epoch_up)
		say(SAY_INFO,
		    "the epoch rises to %u: signers or quorum "
		    "changed, all sequences start again",
		    m->t.epoch);
	words_say((uint8_t *)checked.p, checked.n);
	return EXIT_OK;
}

static int
trust_new(int argc, char **argv)
{
	const char *draft = NULL, *after = NULL, *out = NULL;
	static struct make m; /* large; one thread */
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
		.flag = &m.new_epoch,
		.help = "restart the counts of all products"},
	    {.name = "proposed",
		.value = "TIME",
		.number = &m.proposed,
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
	char dir[FILE_PATH_MAX + 1];
	struct trust_file before;
	struct blob b;
	int code;
	enum rc rc;

	m.proposed = clock_unix();
	args_parse(NULL, &command, argc, argv);
	path_dir(dir, draft);
	if (after != NULL) {
		rc = trust_file_load(&before, after);
		if (rc != RC_OK)
			return refuse(after, rc, NULL);
		m.before = &before;
	}
	blob_load(&b, draft);
	m.name = draft;
	m.dir = dir;
	m.draft = (struct slice){b.p, b.n};
	code = text_make(&m);
	if (code == EXIT_OK)
		output_write(out, m.text.p, m.text.n);
	return code;
}

static int
changes_make(struct make *m, const char *file, const struct slice *changes,
    unsigned n)
{
	char bytes[UINT16_MAX];
	struct why why = {""};
	struct text draft;
	enum rc rc;

	text_init(&draft, bytes, sizeof bytes);
	rc = change_draft(&draft, &m->before->t, changes, n, &why);
	if (rc != RC_OK)
		return refuse(file, rc, "%s", why.text);
	m->name = file;
	m->dir = "";
	m->draft = (struct slice){(const uint8_t *)draft.p, draft.n};
	return text_make(m);
}

int
change_make(struct blob *out, const char *file,
    const struct trust_file *before, const struct slice *changes,
    unsigned change_n)
{
	static struct make m; /* large; one thread */
	int code;

	m = (struct make){.before = before, .proposed = clock_unix()};
	code = changes_make(&m, file, changes, change_n);
	if (code != EXIT_OK)
		return code;
	out->p = (uint8_t *)strdup(m.text.p);
	out->n = m.text.n;
	if (out->p == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	return EXIT_OK;
}

static void
lines_say(const struct text *t)
{
	struct slice rest = {(const uint8_t *)t->p, t->n}, line;

	while (rest.n > 0) {
		line = slice_line(&rest);
		say(SAY_INFO, "%.*s", SLICE(line));
	}
}

static bool
names_log(const struct trust *t, const struct vkey *log)
{
	struct vkey k;
	unsigned i;

	for (i = 0; i < t->log_n; i++) {
		trust_key(&k, t, LIST_LOGS, i);
		if (slice_equal(k.name, log->name))
			return true;
	}
	return false;
}

/* What becomes of it from here. */
static void
propose_say(const struct make *m)
{
	const struct trust *before = &m->before->t;
	char bytes[32768];
	struct text t;
	struct vkey home;

	text_init(&t, bytes, sizeof bytes);
	change_words(&t, (struct slice){before->page, before->page_n},
	    slice_of(m->text.p));
	lines_say(&t);
	text_init(&t, bytes, sizeof bytes);
	words_wanted(&t, &m->t, before, &(struct words_have){0});
	lines_say(&t);
	if (m->template)
		say(SAY_INFO, "the new key is made in a ceremony: 'quorate "
			      "ceremony draft --trust-template'; it signs this "
			      "text there");
	trust_key(&home, before, LIST_LOGS, 0);
	say(SAY_INFO,
	    "each signs with 'quorate sign'; 'quorate merge --previous' puts "
	    "the lines together; it is in force when the log '%.*s' has it",
	    SLICE(home.name));
	if (before->recover > 0 && !names_log(&m->t, &home))
		say(SAY_INFO,
		    "if '%.*s' is gone: it wants %u roots; the operator of a "
		    "log that it names enters 'recovery' with its id, and "
		    "devices take the merged note alone, a person being "
		    "present",
		    SLICE(home.name), before->recover);
}

static int
trust_propose(int argc, char **argv)
{
	const char *after = NULL, *out = NULL;
	static struct make m; /* large; one thread */
	const struct args_option options[] = {
	    {.name = "after",
		.value = "FILE",
		.string = &after,
		.required = true,
		.help = "the trust note or file in force"},
	    {.name = "new-epoch",
		.flag = &m.new_epoch,
		.help = "restart the counts of all products"},
	    {.name = "proposed",
		.value = "TIME",
		.number = &m.proposed,
		.help = "unix time of the text (default: now)"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &out,
		.help = "where to write the text (default: stdout)"},
	    {0}};
	const struct args_command command = {.program = "quorate trust propose",
	    .positionals = "CHANGE...",
	    .help = "Builds the text that follows the one in force from "
		    "changes, each a line of it or\n'drop KIND NAME', and says "
		    "what changes, what it permits and whose lines it "
		    "wants.\n\n  quorate trust propose --after trust.file -o "
		    "next.txt \\\n      'witness w3 @w3.pub DE' 'group seen 2 w1 "
		    "w2 w3' 'drop log old.example'",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = CHANGES_MAX};
	struct slice changes[CHANGES_MAX];
	struct args_list list;
	struct trust_file before;
	int code;
	enum rc rc;

	m.proposed = clock_unix();
	args_parse(&list, &command, argc, argv);
	rc = trust_file_load(&before, after);
	if (rc == RC_OK && before.t.kind != TRUST_VENDOR)
		rc = RC_KIND;
	if (rc != RC_OK)
		return refuse(after, rc, NULL);
	for (size_t i = 0; i < list.count; i++)
		changes[i] = slice_of(list.at[i]);
	m.before = &before;
	code = changes_make(&m, after, changes, (unsigned)list.count);
	if (code != EXIT_OK)
		return code;
	propose_say(&m);
	output_write(out, m.text.p, m.text.n);
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
		return refuse_text(files.at[0], rc, text.p, text.n);
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
	    {"propose", trust_propose, "change the text in force"},
	    {"id", trust_id, "print the id of a trust text"},
	    {"check", trust_check, "check a text, say what it permits"},
	    {"--device", trust_device, "what a device is built or provisioned with"},
	    {"show", run_show, "say what a trust note or file says"},
	};

	return command_dispatch(
	    "trust", table, sizeof table / sizeof table[0], argc, argv);
}
