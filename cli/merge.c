/* SPDX-License-Identifier: Apache-2.0 */
/* `quorate merge`: one text, the union of its lines, in canonical order. */
#include <stdio.h>
#include <string.h>

#include "cli/order.h"
#include "cli/settings.h"
#include "cli/words.h"
#include "host/rc_text.h"

struct merge {
	const char *trust, *owner, *previous, *out;
	struct args_list rosters, files;
	struct settings settings;
	struct trust_file trust_file, previous_file;
	struct order_with with;
	struct roster roster[ORDER_ROSTERS_MAX], before;
	struct note note[ARGS_LIST_MAX];
	struct order order;
};

/* A roster that the user names, as note or file: read, not judged. */
static int
roster_load(struct roster *r, const char *path)
{
	struct note note;
	struct blob b;
	size_t rest;
	enum rc rc;

	blob_load(&b, path); /* stays: r borrows from it */
	rc = note_split_file(&note, &rest, b.p, b.n);
	if (rc == RC_OK)
		rc = roster_parse(r, b.p, note.text_n);
	return rc == RC_OK ? EXIT_OK : refuse(path, rc, NULL);
}

static int
notes_load(struct merge *m)
{
	const struct note *first = &m->note[0];
	struct blob b;
	size_t i;
	enum rc rc;

	for (i = 0; i < m->files.count; i++) {
		blob_load(&b, m->files.at[i]);
		rc = note_split(&m->note[i], b.p, b.n);
		if (rc != RC_OK)
			return refuse(m->files.at[i], rc,
			    "a note without a proof is wanted");
		if (m->note[i].text_n != first->text_n ||
		    memcmp(b.p, first->bytes, first->text_n) != 0)
			die(EXIT_REFUSED, "'%s' and '%s' are of two texts",
			    m->files.at[0], m->files.at[i]);
	}
	return EXIT_OK;
}

/* What the order of this kind needs. */
static int
with_load(struct merge *m)
{
	struct blob b = {(uint8_t *)(uintptr_t)m->note[0].bytes,
	    m->note[0].text_n}; /* only read */
	const char *trust = m->owner != NULL ? m->owner : m->trust;
	bool roster = blob_is(&b, "quorate/roster@v1");
	int code = EXIT_OK;
	size_t i;
	enum rc rc;

	if (trust == NULL && m->settings.trust[0] != '\0')
		trust = m->settings.trust;
	if (trust != NULL && (blob_is(&b, "quorate/release@v1") ||
				 blob_is(&b, "quorate/withdraw@v1"))) {
		rc = trust_file_load(&m->trust_file, trust);
		if (rc != RC_OK)
			return refuse(trust, rc, NULL);
		m->with.trust = &m->trust_file.t;
	}
	for (i = 0; code == EXIT_OK && i < m->rosters.count; i++) {
		if (i == ORDER_ROSTERS_MAX)
			die(EXIT_USAGE, "more than %d rosters",
			    ORDER_ROSTERS_MAX);
		code = roster_load(&m->roster[i], m->rosters.at[i]);
		m->with.roster[i] = &m->roster[i];
		m->with.roster_n++;
	}
	if (code != EXIT_OK || m->previous == NULL)
		return code;
	if (roster) {
		m->with.roster_before = &m->before;
		return roster_load(&m->before, m->previous);
	}
	rc = trust_file_load(&m->previous_file, m->previous);
	m->with.previous = &m->previous_file.t;
	return rc == RC_OK ? EXIT_OK : refuse(m->previous, rc, NULL);
}

/* What is still wanted of a trust text. */
static void
say_trust_missing(const struct merge *m, const struct note *note)
{
	const struct trust *before = m->with.previous;
	struct words_have have = {0};
	char words[4096];
	struct slice rest, line;
	struct trust t;
	struct text w;

	if (trust_read(&t, note->bytes, note->text_n, READER_HOST) != RC_OK ||
	    (before != NULL &&
		lines_by(&have.before, note, before, LIST_ROOTS, UINT32_MAX) !=
		    RC_OK) ||
	    lines_by(&have.roots, note, &t, LIST_ROOTS, UINT32_MAX) != RC_OK ||
	    lines_by(&have.signers, note, &t, LIST_SIGNERS, UINT32_MAX) !=
		RC_OK)
		return;
	text_init(&w, words, sizeof words);
	words_wanted(&w, &t, before, &have);
	if (w.n == 0)
		say(SAY_INFO, "nobody's line is missing");
	for (rest = slice_of(w.p); rest.n > 0;) {
		line = slice_line(&rest);
		say(SAY_INFO, "%.*s", SLICE(line));
	}
}

static void
say_missing(const struct merge *m, const struct text *t)
{
	char words[4096];
	struct text w;
	struct note note;
	uint32_t mask;

	if (note_split(&note, (uint8_t *)t->p, t->n) != RC_OK)
		return;
	if (blob_is(&(struct blob){(uint8_t *)t->p, t->n},
		"quorate/trust@v1"))
		say_trust_missing(m, &note);
	if (m->with.trust == NULL ||
	    lines_by(&mask, &note, m->with.trust, LIST_SIGNERS, UINT32_MAX) !=
		RC_OK)
		return;
	if (trust_satisfied(m->with.trust, TREE_SIGNERS, mask)) {
		say(SAY_INFO, "the signing quorum is satisfied");
		return;
	}
	text_init(&w, words, sizeof words);
	words_tree(&w, m->with.trust, TREE_SIGNERS);
	say(SAY_INFO, "not enough yet: %s are wanted", w.p);
}

int
run_merge(int argc, char **argv)
{
	static struct merge m; /* large; one thread */
	const struct args_option options[] = {
	    {.name = "trust",
		.value = "FILE",
		.string = &m.trust,
		.help = "the trust text of a release (default: that of "
			"quorate.ini)"},
	    {.name = "owner",
		.value = "FILE",
		.string = &m.owner,
		.help = "the owner's text, of an endorsement"},
	    {.name = "previous",
		.value = "FILE",
		.string = &m.previous,
		.help = "the text before, of a trust, owner or roster text"},
	    {.name = "roster",
		.value = "FILE",
		.list = &m.rosters,
		.help = "the roster of a shared signer (repeatable)"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &m.out,
		.help = "where to write the note (default: stdout)"},
	    {0}};
	const struct args_command command = {.program = "quorate merge",
	    .positionals = "NOTE...",
	    .help = "Unites the lines of notes of one text, in the order "
		    "that the log demands.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = ARGS_LIST_MAX};
	char bytes[2 * NOTE_BYTES_MAX];
	const struct order *order = &m.order;
	struct sigline stranger;
	struct text t;
	unsigned lines;
	int code;
	enum rc rc;

	args_parse(&m.files, &command, argc, argv);
	settings_load(&m.settings);
	code = notes_load(&m);
	if (code == EXIT_OK)
		code = with_load(&m);
	if (code != EXIT_OK)
		return code;
	rc = order_of(&m.order, m.note[0].bytes, m.note[0].text_n, &m.with);
	if (rc == RC_LINE_MISSING || rc == RC_KIND) {
		say(SAY_WARNING,
		    "%s: the lines stay as they come: without %s their "
		    "order is not known",
		    m.files.at[0],
		    rc == RC_KIND          ? "an order for this kind"
		    : m.with.trust != NULL ? "--roster"
					   : "--trust or --previous");
		order = NULL;
	} else if (rc != RC_OK) {
		return refuse(m.files.at[0], rc, NULL);
	}
	text_init(&t, bytes, sizeof bytes);
	rc = order_merge(
	    &t, &lines, &stranger, order, m.note, (unsigned)m.files.count);
	if (rc == RC_LOG_LINE)
		return refuse(m.files.at[0], rc, "%.*s", stranger.name_n,
		    (const char *)stranger.name);
	if (rc != RC_OK)
		return refuse(m.files.at[0], rc, NULL);
	output_write(m.out, t.p, t.n);
	say(SAY_INFO, "%u lines", lines);
	say_missing(&m, &t);
	return EXIT_OK;
}
