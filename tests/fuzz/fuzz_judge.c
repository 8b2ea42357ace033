/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `quorate log judge` on folders made of what an honest log has published:
 * its entries with proofs in any of its trees, its heads, under any names,
 * left out, put in another's place, altered. Whoever makes the folder chooses
 * all of that, and which trust text is believed; no folder proves that the
 * log did wrong. The log's entries are first admitted here by admission's
 * own rules, and two logs that did wrong are proven to have.
 *
 * Input: whom to believe; then files, each: name, what, and edits.
 */
#include <assert.h>
#include "cli/trust_file.h"
#include "host/file.h"
#include "log/audit.h"
#include "log/cosign.h"
#include "tests/unit/world.h"

static enum rc folder_read(
    uint8_t **bytes, size_t *n, const char *path, size_t max, struct why *why);
static uint64_t folder_clock(void);
static int folder_say(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
static void folder_say_info(int level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* log_judge.c, with a folder in memory, a clock of ours, and without words */
#include "cli/log.h"
#include "host/clock.h"
#define file_read   folder_read
#define clock_unix  folder_clock
#define printf(...) folder_say(__VA_ARGS__)
#define say         folder_say_info
#include "cli/log_judge.c"
#undef file_read
#undef clock_unix
#undef printf
#undef say

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define NAME "acme.example/group/test"
enum { ENTRIES_MAX = 20, FILES_MAX = 10, FILE_MAX = 12000, TRUSTS = 4 };

static struct world world;
static unsigned entry_n;
static struct entry {
	struct blob note;
	uint8_t leaf[32];
} entries[ENTRIES_MAX];
static uint8_t leaves[ENTRIES_MAX][32];

/* ---- the log ------------------------------------------------------------ */

static struct text page;
static char page_room[8192];

static void
begin(void)
{
	text_init(&page, page_room, sizeof page_room);
}

/* The text in `page`, with lines by `keys`, is the next entry. */
static void
append(const struct key *const *keys, unsigned n)
{
	static char room[ENTRIES_MAX][8192];
	struct entry *e = &entries[entry_n];
	struct text t;

	assert(entry_n < ENTRIES_MAX && !page.full);
	text_init(&t, room[entry_n], sizeof room[0]);
	note_make(&t, page.p, keys, n);
	assert(!t.full);
	e->note = (struct blob){(uint8_t *)t.p, t.n};
	leaf_of(e->leaf, t.p, t.n);
	memcpy(leaves[entry_n++], e->leaf, 32);
}
#define APPEND(...)                                     \
	append((const struct key *[]){__VA_ARGS__},     \
	    sizeof(const struct key *[]){__VA_ARGS__} / \
		sizeof(const struct key *))

static struct key group, party[4], other_root;

static void
put_text_id(unsigned entry)
{
	struct note note;
	uint8_t id[32];

	assert(note_split(&note, entries[entry].note.p,
		   entries[entry].note.n) == RC_OK);
	note_id(id, &note);
	text_hex(&page, id, 32);
}

static void
trust_text(unsigned epoch, unsigned revision, int before)
{
	begin();
	text_printf(&page,
	    "quorate/trust@v1\nname " NAME "\nepoch %u\n"
	    "revision %u\nprevious ",
	    epoch, revision);
	if (before < 0)
		text_string(&page, "-");
	else
		put_text_id((unsigned)before);
	text_string(&page, "\n");
	if (epoch == 1)
		text_printf(&page, "signer release %s -\n", group.vkey);
	text_printf(&page, "signer carol %s BR\n", world.signer[2].vkey);
	text_string(&page, epoch == 1 ? "group one any release carol\n"
					"quorum one\n"
				      : "quorum carol\n");
	text_printf(&page, "root dana %s CH\nroot emil %s IS\n",
	    world.root[0].vkey, world.root[1].vkey);
	if (revision > 1) /* its key was a party's once */
		text_printf(&page, "root cy %s BR\n", other_root.vkey);
	text_printf(&page,
	    "group board %d dana emil%s\nroot-quorum board\n"
	    "log %s CH\nlog %s IS\n"
	    "witness w1 %s CH\nwitness w2 %s BR\nmirror m1 %s IS\n"
	    "group seen any w1 w2\ngroup watch all seen m1\n"
	    "witness-quorum watch\nabout\nproposed 1763600000\n",
	    2, revision > 1 ? " cy" : "", world.log[0].vkey, world.log[1].vkey,
	    world.cosigner[0].vkey, world.cosigner[1].vkey,
	    world.cosigner[2].vkey);
	if (epoch == 1)
		text_string(&page, "shared release\n");
}

static void
roster_text(unsigned serial, int before, unsigned third)
{
	static const char *const names[] = {"ann", "ben", "cy", "dora"};
	const unsigned who[] = {0, 1, third};
	unsigned i;

	begin();
	text_printf(&page,
	    "quorate/roster@v1\nauthority " NAME " 1\n"
	    "signer release\nserial %u\nprevious ",
	    serial);
	if (before < 0)
		text_string(&page, "-");
	else
		put_text_id((unsigned)before);
	text_printf(&page, "\nproposed 1763600000\nkey %s\n", group.vkey);
	for (i = 0; i < 3; i++)
		text_printf(&page, "party %s %s CH\n", names[who[i]],
		    party[who[i]].vkey);
	text_printf(
	    &page, "group two 2 ann ben %s\nquorum two\n", names[third]);
	for (i = 0; i < 3; i++) { /* a point is a point */
		text_printf(&page, "share %s ", names[who[i]]);
		text_base64(&page, party[who[i]].pk, 32);
		text_string(&page, "\n");
	}
	text_string(&page, "ceremony " WORLD_DIGEST "\n");
}

static void
release_text(unsigned epoch, unsigned sequence, unsigned roster)
{
	begin();
	text_printf(&page,
	    "quorate/release@v1\nauthority " NAME " %u\n"
	    "product acme.example/camera\nversion 1.%u\n"
	    "sequence %u\npayload app 4 " WORLD_DIGEST
	    "\nabout\nproposed 1763699000\n",
	    epoch, sequence, sequence);
	if (roster > 0)
		text_printf(&page, "roster release %u\n", roster);
}

enum {
	TRUST_1,
	ROSTER_1,
	RELEASE_1,
	RELEASE_2,
	ROSTER_2,
	RELEASE_3,
	TRUST_2,
	RELEASE_4,
	OBJECTION_1,
	OBJECTION_2,
	WITHDRAW,
	TRUST_3,
	RELEASE_5,
	TRUST_OTHER,
	RELEASE_OTHER
};

static void
log_make(void)
{
	const struct key *carol = &world.signer[2], *dana = &world.root[0];
	const struct key *emil = &world.root[1];
	const struct key *ann = &party[0], *ben = &party[1], *cy = &party[2];
	unsigned i;

	world_make(&world);
	key_make(&group, "acme.example/group", KEY_ED25519);
	key_make(&party[0], "ann.example", KEY_ED25519);
	key_make(&party[1], "ben.example", KEY_ED25519);
	key_make(&party[2], "cy.example", KEY_ED25519);
	key_make(&party[3], "dora.example/p", KEY_ED25519);
	other_root = party[2];
	trust_text(1, 1, -1);
	APPEND(dana, emil, &group, carol);
	roster_text(1, -1, 2);
	APPEND(&group, ann, ben, cy);
	release_text(1, 41, 1);
	APPEND(&group, carol, ann, ben);
	release_text(1, 42, 0);
	APPEND(carol);
	roster_text(2, ROSTER_1, 3);
	APPEND(&group, ann, ben, &party[3]);
	release_text(1, 43, 2);
	APPEND(&group, ann, &party[3]);
	trust_text(1, 2, TRUST_1);
	APPEND(dana, emil);
	release_text(1, 44, 2);
	APPEND(&group, ben, &party[3]);
	for (i = 0; i < 2; i++) {
		begin();
		text_string(&page, "quorate/objection@v1\nauthority " NAME
				   " 1\nabout\nproposed 1763699000\nrelease ");
		put_text_id(RELEASE_4);
		text_printf(&page, "\nreason I was %s asked\n",
		    i == 0 ? "never" : "not");
		APPEND(i == 0 ? carol : ann);
	}
	begin();
	text_string(&page, "quorate/withdraw@v1\nauthority " NAME " 1\n"
			   "product acme.example/camera\nfloor 44\nabout\n"
			   "proposed 1763699000\nreason it is hot\n");
	APPEND(carol);
	trust_text(2, 3, TRUST_2);
	APPEND(dana, emil, cy);
	release_text(2, 1, 0);
	APPEND(carol);
	begin();
	text_string(&page, world.trust);
	APPEND(dana, emil, &world.signer[0], &world.signer[1], carol);
	begin();
	text_string(&page, WORLD_RELEASE);
	APPEND(&world.signer[0], &world.signer[1]);
	assert(entry_n == RELEASE_OTHER + 1);
}

static void
head_sign(struct text *out, uint8_t (*leaf)[32], uint64_t size, unsigned old)
{
	char head[512];
	uint8_t root[32];
	struct text h;
	unsigned i;

	tree_root(root, leaf, size);
	text_init(&h, head, sizeof head);
	checkpoint_text(&h, slice_of(WORLD_LOG), size, root);
	text_put(out, h.p, h.n);
	text_string(out, "\n");
	put_line(out, &world.log[0], h.p, h.n);
	for (i = 0; i < 3; i++)
		put_cosignature(out, &world.cosigner[i], h.p, h.n,
		    WORLD_NOW + size * 60 - old);
}

/* A head of the first `size` leaves, cosigned then or a while earlier: what
 * is the log's own is kept. */
static void
head_put(struct text *out, uint8_t (*leaf)[32], uint64_t size, unsigned old)
{
	static char room[ENTRIES_MAX + 1][2][1024];
	static size_t kept[ENTRIES_MAX + 1][2];
	size_t *n = &kept[size][old > 0];
	struct text t;

	if (leaf != leaves) {
		head_sign(out, leaf, size, old);
		return;
	}
	if (*n == 0) {
		text_init(&t, room[size][old > 0], sizeof room[0][0]);
		head_sign(&t, leaf, size, old);
		assert(!t.full);
		*n = t.n;
	}
	text_put(out, room[size][old > 0], *n);
}

/* ---- is it honest? ------------------------------------------------------ */

static struct trust held[2];
static struct admission_facts held_facts[2];
static struct roster newest;
static unsigned held_n[2];
static struct admission_product camera[2];
static unsigned known_n;

static unsigned
which(struct slice name)
{
	return slice_is(name, NAME) ? 0 : slice_is(name, WORLD_NAME) ? 1 : 2;
}

static bool
state_authority(
    void *context, struct slice name, uint8_t first[static 32], bool *no_mirror)
{
	unsigned w = which(name);
	struct note note;

	(void)context;
	*no_mirror = false;
	memset(first, 0, 32);
	if (w == 2)
		return false;
	assert(note_split(&note, entries[w == 0 ? 0 : TRUST_OTHER].note.p,
		   entries[w == 0 ? 0 : TRUST_OTHER].note.n) == RC_OK);
	note_id(first, &note);
	return true;
}

static enum rc
state_trust(void *context, struct slice authority, const struct trust **out,
    const struct admission_facts **facts)
{
	unsigned w = which(authority);

	(void)context;
	*out = held_n[w] > 0 ? &held[w] : NULL;
	*facts = &held_facts[w];
	return RC_OK;
}

static enum rc
state_roster(
    void *context, const uint8_t key[static 32], const struct roster **out)
{
	(void)context;
	*out = newest.serial > 0 && memcmp(newest.key.key, key, 32) == 0
		   ? &newest
		   : NULL;
	return RC_OK;
}

static enum rc
state_known(void *context, const uint8_t id[static 32], bool *out)
{
	struct note note;
	uint8_t other[32];
	unsigned i;

	(void)context;
	*out = false;
	for (i = 0; i < known_n; i++) {
		assert(note_split(&note, entries[i].note.p,
			   entries[i].note.n) == RC_OK);
		note_id(other, &note);
		*out = *out || memcmp(id, other, 32) == 0;
	}
	return RC_OK;
}

static enum rc
state_product(void *context, struct slice authority, uint32_t epoch,
    struct slice product, struct admission_product *out)
{
	(void)context;
	(void)product;
	*out = (struct admission_product){.released = false};
	if (which(authority) == 0)
		*out = camera[epoch - 1];
	return RC_OK;
}

/* Every entry, in order, by the rules of whoever reads a log. */
static void
log_honest(void)
{
	static struct admission a;
	const struct admission_state state = {.generation = 0,
	    .authority = state_authority,
	    .trust = state_trust,
	    .roster = state_roster,
	    .known = state_known,
	    .product = state_product,
	    .objections = judge_objections,
	    .cosigner = judge_cosigner};
	const struct audit_texts texts = {state_known, NULL};
	struct admission_state now = state;
	struct audit_finding f;
	unsigned w;

	for (known_n = 0; known_n < entry_n; known_n++) {
		const struct blob *b = &entries[known_n].note;

		now.generation++;
		assert(audit_entry(&f, &a, admission_begin(&a, b->p, b->n),
			   &now, &texts, WORLD_NOW) == RC_OK);
		if (f.rc != RC_OK || f.stranger) {
			fprintf(stderr, "entry %u: %s\n", known_n, a.why.text);
			abort();
		}
		w = which(a.authority);
		if (a.kind == ADMISSION_TRUST) {
			held[w] = a.u.trust;
			held_n[w]++;
			assert(
			    admission_facts(&held_facts[w], &held[w]) == RC_OK);
		} else if (a.kind == ADMISSION_ROSTER) {
			newest = a.u.roster;
		} else if (a.kind == ADMISSION_RELEASE && w == 0) {
			camera[a.epoch - 1].released = true;
			camera[a.epoch - 1].sequence = a.u.release.sequence;
		} else if (a.kind == ADMISSION_WITHDRAW) {
			camera[a.epoch - 1].withdrawn = true;
			camera[a.epoch - 1].floor = a.u.release.floor;
		}
	}
}

/* ---- the folder --------------------------------------------------------- */

static struct {
	const char *name;
	char *bytes;
	size_t n;
} folder[FILES_MAX];
static unsigned folder_n;
static char folder_room[FILES_MAX][FILE_MAX];

static enum rc
folder_read(
    uint8_t **bytes, size_t *n, const char *path, size_t max, struct why *why)
{
	unsigned i;

	(void)why;
	assert(strncmp(path, "D/", 2) == 0);
	for (i = 0; i < folder_n; i++)
		if (strcmp(folder[i].name, path + 2) == 0) {
			assert(folder[i].n <= max);
			*bytes = (uint8_t *)folder[i].bytes;
			*n = folder[i].n;
			return RC_OK;
		}
	*bytes = NULL;
	*n = 0;
	return RC_FILE_ABSENT;
}

static uint64_t
folder_clock(void)
{
	return WORLD_NOW + 864000;
}

static int
folder_say(const char *format, ...)
{
	(void)format;
	return 0;
}

static void
folder_say_info(int level, const char *format, ...)
{
	(void)level;
	(void)format;
}

static struct text *
file_begin(const char *name)
{
	static struct text t;

	folder[folder_n].name = name;
	text_init(&t, folder_room[folder_n], FILE_MAX);
	return &t;
}

static void
file_end(const struct text *t)
{
	assert(!t->full);
	folder[folder_n].bytes = t->p;
	folder[folder_n++].n = t->n;
}

static void
proof_put(struct text *t, uint8_t (*leaf)[32], unsigned index, unsigned size)
{
	uint8_t path[64][32];
	unsigned d = tree_path(path, leaf, size, index);

	proof_text(t, index, path[0], d);
	head_put(t, leaf, size, 0);
}

/* The entry `index` as it stands in the tree of `size`. */
static void
piece_put(struct text *t, uint8_t (*leaf)[32], unsigned index, unsigned size)
{
	text_put(t, entries[index].note.p, entries[index].note.n);
	text_string(t, "\n");
	proof_put(t, leaf, index, size);
}

static struct trust_file believed[TRUSTS];

static int
verdict(const struct trust_file *trust)
{
	static struct judge j;
	enum rc rc;
	unsigned i;

	memset(&j, 0, sizeof j);
	j.dir = "D";
	j.trust = *trust;
	for (i = 0; i < folder_n; i++)
		if (strcmp(folder[i].name, "held") == 0)
			return judge_heads(&j);
	rc = piece_read(&j.entry, &j, "entry");
	return rc == RC_OK ? judge_entry(&j) : EXIT_REFUSED;
}

/* ---- logs that did wrong ------------------------------------------------ */

static void
wrong_is_proven(void)
{
	uint8_t fork[ENTRIES_MAX][32], wrong[ENTRIES_MAX][32];
	struct text *t;

	memcpy(fork, leaves, sizeof fork);
	filler_leaf(fork[3], 3);
	folder_n = 0;
	t = file_begin("held");
	head_put(t, leaves, 7, 0);
	file_end(t);
	t = file_begin("shown");
	head_put(t, fork, 7, 0);
	file_end(t);
	assert(verdict(&believed[0]) == EXIT_INCONSISTENT);

	/* a release of 42 behind one of 43 */
	folder_n = 0;
	memcpy(wrong, leaves, sizeof wrong);
	memcpy(wrong[TRUST_2], entries[RELEASE_2].leaf, 32);
	t = file_begin("entry.file");
	text_put(t, entries[RELEASE_2].note.p, entries[RELEASE_2].note.n);
	text_string(t, "\n");
	proof_put(t, wrong, TRUST_2, 9);
	file_end(t);
	t = file_begin("trust.file");
	piece_put(t, wrong, TRUST_1, 9);
	file_end(t);
	t = file_begin("other.file");
	piece_put(t, wrong, RELEASE_3, 9);
	file_end(t);
	assert(verdict(&believed[0]) == EXIT_INCONSISTENT);
}

static void
make(void)
{
	static const unsigned at[TRUSTS] = {
	    TRUST_1, TRUST_2, TRUST_3, TRUST_OTHER};
	unsigned i;

	log_make();
	log_honest();
	for (i = 0; i < TRUSTS; i++) {
		struct trust_file *f = &believed[i];

		f->blob = entries[at[i]].note;
		assert(note_split(&f->note, f->blob.p, f->blob.n) == RC_OK &&
		       trust_read(&f->t, f->blob.p, f->note.text_n,
			   READER_HOST) == RC_OK);
	}
	wrong_is_proven();
}

/* ---- the input ---------------------------------------------------------- */

static const uint8_t *input, *input_end;

static unsigned
draw(unsigned below)
{
	return input < input_end ? *input++ % below : 0;
}

static void
consistency_put(struct text *t, unsigned old, unsigned size)
{
	uint8_t proof[64][32];
	char note[2048];
	struct text head;
	unsigned d = 0;

	if (old > 0 && old < size)
		d = tree_consistency(proof, leaves, old, size, 1);
	text_init(&head, note, sizeof note);
	head_put(&head, leaves, size, 0);
	cosign_request_text(t, old, proof[0], d, (uint8_t *)head.p, head.n);
}

static void
file_of_input(unsigned same_size)
{
	static const char *const names[] = {"entry.file", "trust.file",
	    "other.file", "roster-0.file", "roster-1.file", "roster-2.file",
	    "entry", "entry.tlog-proof", "held", "shown", "root", "proof"};
	const char *name = names[draw(sizeof names / sizeof names[0])];
	unsigned what = draw(16), index = draw(entry_n), edits, at;
	unsigned size =
	    draw(4) > 0 && same_size > 0 ? same_size : 1 + draw(entry_n);
	uint8_t root[32];
	struct text *t = file_begin(name);

	switch (what) {
	case 0:
		head_put(t, leaves, size, draw(2) * 3600);
		break;
	case 1:
		tree_root(root, leaves, size);
		text_base64(t, root, 32);
		text_string(t, "\n");
		break;
	case 2:
		consistency_put(t, index, size);
		break;
	case 3:
		text_put(t, entries[index].note.p, entries[index].note.n);
		break;
	case 4:
		proof_put(t, leaves, index < size ? index : size - 1, size);
		break;
	case 5: /* an inner node of the tree for an entry: 64 bytes */
		text_put(t, (char *)leaves[index], 32);
		text_put(t, (char *)leaves[(index + 1) % entry_n], 32);
		break;
	case 6: /* bytes of the input */
		at = draw(64);
		if (at > input_end - input)
			at = (unsigned)(input_end - input);
		text_put(t, input, at);
		input += at;
		break;
	default:
		piece_put(t, leaves, index < size ? index : size - 1, size);
	}
	for (edits = draw(8) == 7 ? 1 + draw(3) : 0; edits > 0; edits--) {
		at = draw(256) << 8;
		at = (at | draw(256)) % (unsigned)(t->n > 0 ? t->n : 1);
		if (t->n > 0)
			t->p[at] = (char)draw(256);
	}
	if (draw(32) == 31)
		t->n = t->n * draw(256) / 256;
	file_end(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct trust_file *trust;
	unsigned size;

	if (entry_n == 0)
		make();
	input = bytes;
	input_end = bytes + n;
	folder_n = 0;
	trust = &believed[draw(TRUSTS)];
	size = draw(entry_n + 1); /* 0: each of its own */
	while (input < input_end && folder_n < FILES_MAX)
		file_of_input(size);
	assert(verdict(trust) != EXIT_INCONSISTENT);
	return 0;
}
