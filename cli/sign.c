/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `quorate sign`: one key's line under one readable text. A person sees the
 * text and what it permits before the key is opened. Shares, checkpoints and
 * protocol notes are none of its business: only texts whose host reader takes
 * them are signed, so nobody signs what he could not have read. What a quorum
 * signs under a purpose is cli/purpose.c's.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/key.h"
#include "cli/words.h"
#include "host/clock.h"
#include "host/rc_text.h"
#include "quorum/purpose.h"
#include "verify/release.h"
#include "verify/roster.h"
#include "verify/trust.h"

enum { PROPOSED_AHEAD_MAX_S = 600 };

/* The time in the text's `proposed` line, 0 where it has none. */
static uint64_t
proposed_of(const uint8_t *text, size_t n)
{
	struct slice rest = {text, n}, line, value;
	uint64_t t;

	while (rest.n > 0) {
		line = slice_line(&rest);
		value = line;
		if (slice_is(slice_word(&value), "proposed") &&
		    slice_decimal(value, UINT64_MAX, &t))
			return t;
	}
	return 0;
}

static enum rc
signable(struct text *words, const uint8_t *text, size_t n, uint64_t now)
{
	struct blob b = {(uint8_t *)(uintptr_t)text, n}; /* only read */
	enum rc rc = words_text(words, text, n);

	if (rc == RC_OK && blob_is(&b, "quorate/roster@v1"))
		rc = RC_KIND; /* parties sign it in its ceremony */
	if (rc == RC_OK && proposed_of(text, n) > now + PROPOSED_AHEAD_MAX_S)
		rc = RC_LOG_AGE;
	return rc;
}

/* Whether the key's line is there already; a wrong one refuses. */
static enum rc
line_there(bool *there, const struct note *note, const struct vkey *k)
{
	struct sigline l;
	uint64_t time;
	unsigned i;
	enum rc rc;

	*there = false;
	for (i = 0; i < note->line_n; i++) {
		note_line(note, i, &l, NULL);
		if (!sigline_by(&l, k))
			continue;
		rc = sigline_verify(&l, k,
		    (uint8_t *)(uintptr_t)note->bytes /* only read */,
		    note->text_n, &time);
		if (rc != RC_OK)
			return rc;
		*there = true;
	}
	return RC_OK;
}

static void
show_and_ask(const char *file, const uint8_t *text, size_t text_n,
    const struct text *words, const char *key, bool yes)
{
	char question[256];

	fwrite(text, 1, text_n, stderr);
	fprintf(stderr, "\n%s\n", words->p);
	snprintf(
	    question, sizeof question, "sign '%.80s' with '%.80s'?", file, key);
	if (!yes && !ask(question))
		die(EXIT_REFUSED, "%s: not signed", file);
}

/* The key's line behind b, of which note is the parse; NULL: b is a bare text.
 * RC_NOTE_LONG, or what its line that is there already is refused for. */
static enum rc
line_add(struct text *out, bool *there, const struct signing_key *k,
    const struct note *note, const struct blob *b)
{
	enum rc rc = RC_OK;

	*there = false;
	if (note != NULL)
		rc = line_there(there, note, &k->pub.key);
	text_put(out, b->p, b->n);
	if (note == NULL)
		text_string(out, "\n");
	if (rc == RC_OK && !*there)
		signing_key_line(out, k, b->p, note != NULL ? note->text_n : b->n);
	return rc == RC_OK && out->full ? RC_NOTE_LONG : rc;
}

int
run_sign(int argc, char **argv)
{
	const char *key = NULL, *pub = NULL, *out = NULL, *pass_file = NULL;
	bool yes = false, there;
	const struct args_option options[] = {
	    {.name = "key",
		.value = "X.key",
		.string = &key,
		.required = true,
		.help = "the key; X.pub is beside it"},
	    {.name = "pub",
		.value = "X.pub",
		.string = &pub,
		.help = "its public half, when it is elsewhere"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &out,
		.help = "where to write the note (default: in place)"},
	    {.name = "yes",
		.flag = &yes,
		.help = "do not ask: the text was read elsewhere"},
	    {.name = "passphrase-file",
		.value = "FILE",
		.string = &pass_file,
		.help = "a file that holds it, instead of asking"},
	    {0}};
	const struct args_command command = {.program = "quorate sign",
	    .positionals = "NOTE|TEXT",
	    .help = "Shows a text and what it permits, asks, and adds one "
		    "key's line.\n'quorate sign PURPOSE COMPONENT' has the "
		    "quorum sign what a release's own\n`sign` line allows: "
		    "see 'quorate sign mcuboot --help'.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	char words_bytes[32768], bytes[NOTE_BYTES_MAX + 1];
	struct args_list files;
	struct signing_key k;
	struct text words, t;
	struct note note = {.line_n = 0};
	struct blob b;
	size_t text_n;
	bool signed_already;
	enum rc rc;

	if (argc > 1 && purpose_of_name(slice_of(argv[1])) != PURPOSE_NONE)
		return sign_purpose(argc, argv);
	args_parse(&files, &command, argc, argv);
	blob_load(&b, files.at[0]);
	text_n = b.n;
	signed_already = memmem(b.p, b.n, "\n\n", 2) != NULL;
	if (signed_already) {
		rc = note_split(&note, b.p, b.n);
		if (rc != RC_OK)
			return refuse(files.at[0], rc,
			    "a text, or a note without a proof");
		text_n = note.text_n;
	}
	text_init(&words, words_bytes, sizeof words_bytes);
	rc = signable(&words, b.p, text_n, clock_unix());
	if (rc != RC_OK)
		return refuse_text(files.at[0], rc, b.p, text_n);
	show_and_ask(files.at[0], b.p, text_n, &words, key, yes);
	signing_key_open_any(&k, key, pub, pass_file);
	if (k.pub.key.type == KEY_COSIGNATURE) {
		signing_key_close(&k);
		die(EXIT_REFUSED,
		    "'%s' is a witness's or mirror's key: it signs "
		    "checkpoints only",
		    key);
	}
	text_init(&t, bytes, sizeof bytes);
	rc = line_add(&t, &there, &k, signed_already ? &note : NULL, &b);
	signing_key_close(&k);
	if (rc != RC_OK)
		return refuse(files.at[0], rc, NULL);
	output_write(out != NULL ? out : files.at[0], t.p, t.n);
	say(SAY_INFO, "%s: %s by %.*s", out != NULL ? out : files.at[0],
	    there ? "already signed" : "signed", SLICE(k.pub.key.name));
	return EXIT_OK;
}
