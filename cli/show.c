/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `quorate show`: what a note or file says, for reading. It believes nobody:
 * lines are said to verify only under keys of a trust text that is named (a
 * trust or owner text and a party note stand for themselves).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/believe.h"
#include "cli/key.h"
#include "cli/lint.h"
#include "cli/words.h"
#include "host/rc_text.h"
#include "host/secret.h"
#include "quorum/blame.h"
#include "verify/roster.h"

struct show {
	const char *path;
	const struct trust *trust; /* or NULL */
	struct trust own;
};

static void
lint_show(void *context, bool refuses, const char *sentence)
{
	(void)refuses;
	say(SAY_WARNING, "%s: %s", (const char *)context, sentence);
}

static void
hex_print(const char *key, const uint8_t id[static 32])
{
	char hex[65];
	struct text t;

	text_init(&t, hex, sizeof hex);
	text_hex(&t, id, 32);
	printf("%s %s\n", key, hex);
}

/* ---- lines ------------------------------------------------------------ */

static const char *const list_words[] = {[LIST_SIGNERS] = "signer",
    [LIST_ROOTS] = "root",
    [LIST_COSIGNERS] = "witness",
    [LIST_LOGS] = "log"};

/* Whose line it is under t, and whether it holds: false when unknown. */
static bool
line_known(const struct trust *t, const struct sigline *l, uint8_t *text,
    size_t n, uint64_t *time)
{
	struct vkey k;
	unsigned list, i;

	for (list = LIST_SIGNERS; list <= LIST_LOGS; list++)
		for (i = 0; i < trust_count(t, (enum trust_list)list); i++) {
			trust_key(&k, t, (enum trust_list)list, i);
			if (!sigline_by(l, &k))
				continue;
			printf("%s %.*s, %s",
			    list == LIST_COSIGNERS && trust_mirror(t, i)
				? "mirror"
				: list_words[list],
			    SLICE(trust_leaf(t, (enum trust_list)list, i)),
			    sigline_verify(l, &k, text, n, time) == RC_OK
				? "verifies"
				: "DOES NOT VERIFY");
			return true;
		}
	return false;
}

/* text has COSIGNATURE_HEAD_MAX writable bytes before it. */
static void
lines_show(const struct show *s, const struct note *note, uint8_t *text)
{
	char id[9], stamp[32];
	struct sigline l;
	struct text h;
	uint64_t time;
	unsigned i;

	for (i = 0; i < note->line_n; i++) {
		note_line(note, i, &l, NULL);
		text_init(&h, id, sizeof id);
		text_hex(&h, l.blob, 4);
		printf("line %.*s+%s (", l.name_n, (const char *)l.name, id);
		time = 0;
		if (s->trust == NULL ||
		    !line_known(s->trust, &l, text, note->text_n, &time))
			printf("not looked at");
		if (time != 0) {
			time_text(stamp, time);
			printf(", %s", stamp);
		}
		printf(")\n");
	}
}

/* ---- parts ------------------------------------------------------------ */

static int
proof_show(const struct show *s, const uint8_t *bytes, size_t n)
{
	uint8_t room[COSIGNATURE_HEAD_MAX + CHECKPOINT_TEXT_MAX];
	struct proof p;
	enum rc rc = proof_read(&p, bytes, n);

	if (rc != RC_OK)
		return refuse(s->path, rc, "in the proof");
	memcpy(room + COSIGNATURE_HEAD_MAX, p.head.bytes, p.head.text_n);
	printf("proof index %llu of %llu in %.*s\n",
	    (unsigned long long)p.index, (unsigned long long)p.checkpoint.size,
	    SLICE(p.checkpoint.origin));
	hex_print("root", p.checkpoint.root);
	lines_show(s, &p.head, room + COSIGNATURE_HEAD_MAX);
	return EXIT_OK;
}

static void
quorum_show(const struct show *s, const struct note *note)
{
	bool trust = s->trust == &s->own && s->own.kind == TRUST_VENDOR;
	enum trust_list list = trust ? LIST_ROOTS : LIST_SIGNERS;
	enum trust_tree tree = trust ? TREE_ROOTS : TREE_SIGNERS;
	char words[4096];
	struct text w;
	uint32_t mask;

	if (s->trust == NULL ||
	    lines_by(&mask, note, s->trust, list, UINT32_MAX) != RC_OK)
		return;
	text_init(&w, words, sizeof words);
	words_tree(&w, s->trust, tree);
	printf("%s %s (%s)\n", trust ? "root-quorum" : "quorum",
	    trust_satisfied(s->trust, tree, mask) ? "satisfied"
						  : "not satisfied",
	    w.p);
}

static int
text_show(struct show *s, const uint8_t *text, size_t n)
{
	static char bytes[65536];
	struct note whole = {.bytes = text, .text_n = n};
	struct slice line, rest = {text, n};
	uint8_t id[32];
	struct text t;
	enum rc rc;

	text_init(&t, bytes, sizeof bytes);
	rc = words_text(&t, text, n);
	if (rc != RC_OK)
		return refuse_text(s->path, rc, text, n);
	note_id(id, &whole);
	line = slice_line(&rest);
	printf("kind %.*s\n", SLICE(line));
	hex_print("id", id);
	fwrite(t.p, 1, t.n, stdout);
	if (trust_read(&s->own, text, n, READER_HOST) == RC_OK) {
		s->trust = &s->own;
		lint_trust(&s->own, NULL, lint_show,
		    (void *)(uintptr_t)s->path); /* only read */
	}
	return EXIT_OK;
}

static void
party_lines_show(const struct note *note)
{
	struct party_card c;
	struct sigline l;
	uint64_t time;

	if (party_parse(&c, note->bytes, note->text_n) != RC_OK)
		return;
	note_line(note, 0, &l, NULL);
	printf("line %.*s (%s)\n", l.name_n, (const char *)l.name,
	    note->line_n == 1 && sigline_by(&l, &c.key) &&
		    sigline_verify(&l, &c.key,
			(uint8_t *)(uintptr_t)note->bytes, note->text_n,
			&time) == RC_OK
		? "verifies: the card's own key"
		: "DOES NOT VERIFY");
}

static int
file_show(struct show *s, const struct blob *b)
{
	struct note note;
	size_t rest;
	int code;
	enum rc rc;

	if (memmem(b->p, b->n, "\n\n", 2) == NULL)
		return text_show(s, b->p, b->n);
	rc = note_split_file(&note, &rest, b->p, b->n);
	if (rc != RC_OK)
		return refuse(s->path, rc, NULL);
	code = text_show(s, b->p, note.text_n);
	if (code != EXIT_OK)
		return code;
	if (blob_is(b, "quorate/party@v1")) {
		party_lines_show(&note);
		return EXIT_OK;
	}
	lines_show(s, &note, b->p);
	quorum_show(s, &note);
	if (rest < b->n)
		return proof_show(s, b->p + rest, b->n - rest);
	if (note.n < b->n)
		return refuse(s->path, RC_TRUNCATED,
		    "no proof behind the "
		    "empty line");
	printf("proof none\n");
	return EXIT_OK;
}

/* A checkpoint: a note whose text is not ours. */
static int
checkpoint_show(struct show *s, const struct blob *b)
{
	uint8_t *room = malloc(COSIGNATURE_HEAD_MAX + b->n);
	struct checkpoint c;
	struct note note;
	enum rc rc = note_split(&note, b->p, b->n);

	if (room == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	if (rc == RC_OK)
		rc = checkpoint_parse(&c, b->p, note.text_n, true);
	if (rc == RC_OK) {
		memcpy(room + COSIGNATURE_HEAD_MAX, b->p, note.text_n);
		printf("checkpoint of %.*s, size %llu\n", SLICE(c.origin),
		    (unsigned long long)c.size);
		hex_print("root", c.root);
		lines_show(s, &note, room + COSIGNATURE_HEAD_MAX);
	}
	free(room);
	return rc == RC_OK ? EXIT_OK
			   : refuse(s->path, rc,
				 "neither a note of ours nor a checkpoint");
}

/* Protocol notes and other bundles: as they are. */
static bool
is_ours_readable(const struct blob *b)
{
	static const char *const kinds[] = {"quorate/release@v1",
	    "quorate/withdraw@v1", "quorate/trust@v1", "quorate/owner@v1",
	    "quorate/roster@v1", "quorate/objection@v1", "quorate/party@v1"};
	size_t i;

	for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (blob_is(b, kinds[i]))
			return true;
	return false;
}

static int
plain_show(const struct show *s, const struct blob *b)
{
	size_t i;

	for (i = 0; i < b->n; i++) /* nothing may move the cursor */
		putchar(b->p[i] == '\n' || (b->p[i] >= 0x20 && b->p[i] != 0x7f)
			    ? b->p[i]
			    : '?');
	say(SAY_INFO,
	    "%s: a protocol note or bundle, shown as it is; nothing "
	    "in it was checked",
	    s->path);
	return EXIT_OK;
}

static const char *
blame_words(struct slice code)
{
	return slice_is(code, "share")
	    ? "signed a share that does not verify in that package"
	    : slice_is(code, "nonces")
	    ? "names other nonces than the package that it names"
	    : "names another roster than the package that it names";
}

/* Evidence: every case is checked, and only then explained. */
static int
blame_show(const struct show *s, const struct blob *b)
{
	static struct blame_case c;
	struct bundle bundle;
	unsigned n = 0;
	enum rc rc = bundle_init(&bundle, b->p, b->n);

	while (rc == RC_OK && (rc = blame_check(&c, &bundle)) == RC_OK) {
		printf("blame %.*s %.*s\n", SLICE(c.party.name),
		    SLICE(c.blame.code));
		printf("party %.*s, leaf %u\n", SLICE(c.name), c.leaf);
		hex_print("message", c.blame.message);
		hex_print("package", c.blame.package);
		hex_print("roster", c.roster.id);
		say(SAY_INFO,
		    "proven: %.*s signed a note that %s; nobody else can have "
		    "made it. Roster %u is the one that the evidence brings "
		    "along: compare its id with the log's",
		    SLICE(c.party.name), blame_words(c.blame.code),
		    (unsigned)c.roster.serial);
		n++;
	}
	if (rc == RC_MORE && n > 0)
		return EXIT_OK;
	return refuse(s->path, rc == RC_MORE ? RC_BLAME : rc,
	    "this evidence names nobody");
}

int
run_show(int argc, char **argv)
{
	const char *trust = NULL;
	const struct args_option options[] = {
	    {.name = "trust",
		.value = "FILE",
		.string = &trust,
		.help = "check lines under this trust or owner text"},
	    {0}};
	const struct args_command command = {.program = "quorate show",
	    .positionals = "FILE",
	    .help = "Says what a text, note, file, checkpoint or public key "
		    "says.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	char kind[SECRET_KIND_MAX + 1];
	struct trust_file f;
	struct args_list files;
	struct show s = {.trust = NULL};
	struct blob b;
	struct pub p;
	enum rc rc;

	args_parse(&files, &command, argc, argv);
	s.path = files.at[0];
	if (trust != NULL) {
		rc = trust_file_load(&f, trust);
		if (rc != RC_OK)
			return refuse(trust, rc, NULL);
		s.trust = &f.t;
	}
	blob_load(&b, s.path);
	secret_sealed_kind(kind, (const char *)b.p, b.n);
	if (kind[0] != '\0') {
		printf("sealed %s\n", kind);
		return EXIT_OK;
	}
	if (is_ours_readable(&b))
		return file_show(&s, &b);
	if (blob_is(&b, "quorate/blame@v1"))
		return blame_show(&s, &b);
	if (b.n > 8 && memcmp(b.p, "quorate/", 8) == 0)
		return plain_show(&s, &b);
	if (b.n > 0 && memchr(b.p, '\n', b.n) == b.p + b.n - 1 &&
	    pub_parse(&p, (struct slice){b.p, b.n - 1}) == RC_OK) {
		printf("vkey %s\n", p.text);
		return EXIT_OK;
	}
	return checkpoint_show(&s, &b);
}
