/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log's reader (log/client.c) against a log, or a folder, that answers what
 * the input says: tiles and bundles of a real tree of 66,000 entries, as they
 * are, longer, of another place, cut, altered, absent, or made up. Whatever
 * comes, only what stands in the tree is handed out, in order; a head that
 * is not the tree's is never believed, and a log that tells the truth is
 * never said to have two histories. Where all answers are true, all is read.
 *
 * Input: the head, the questions, how each answer is altered: bytes, as they
 * are wanted; zeros behind the end.
 */
#include <assert.h>
#include "log/client.h"
#include "tests/unit/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define ENTRIES UINT64_C(66000)
enum { LEVELS = 17 };

static uint8_t (*node[LEVELS])[32]; /* complete ones, by their definition */

static size_t
entry_of(char out[static 32], uint64_t i)
{
	return (size_t)snprintf(out, 32, "entry %llu\n", (unsigned long long)i);
}

static void
tree_make(void)
{
	unsigned level;
	uint64_t i;

	for (level = 0; level < LEVELS; level++) {
		node[level] = calloc(ENTRIES >> level, 32);
		assert(node[level] != NULL);
		for (i = 0; i < ENTRIES >> level; i++)
			if (level == 0)
				filler_leaf(node[0][i], i);
			else
				merkle_node(node[level][i],
				    node[level - 1][2 * i],
				    node[level - 1][2 * i + 1]);
	}
}

/* The root of entries from..from+n-1: RFC 6962 section 2.1. */
static void
root_of(uint8_t out[static 32], uint64_t from, uint64_t n)
{
	uint8_t left[32], right[32];
	struct sha256 s;
	uint64_t k;

	if (n == 0) {
		sha256_init(&s);
		sha256_final(&s, out);
	} else if ((n & (n - 1)) == 0) { /* `from` is a multiple of it */
		unsigned level = (unsigned)__builtin_ctzll(n);

		memcpy(out, node[level][from >> level], 32);
	} else {
		k = tree_split(n);
		root_of(left, from, k);
		root_of(right, from + k, n - k);
		merkle_node(out, left, right);
	}
}

/* ---- the log ------------------------------------------------------------ */

static const uint8_t *input, *input_end;
static uint64_t head_size;
static bool truthful, lying; /* the answers; the head */

static unsigned
draw(void)
{
	return input < input_end ? *input++ : 0;
}

static uint64_t
draw_number(void)
{
	uint64_t v = draw();

	return v << 16 | draw() << 8 | draw();
}

/* What stands at t in the tree. false: nothing. */
static bool
true_answer(struct text *out, const struct tile *t)
{
	uint64_t from = t->number * TILE_WIDTH, i;
	unsigned shift = 8 * t->level;
	char entry[32], size[2];
	size_t n;

	for (i = from; i < from + t->width; i++) {
		if (shift >= LEVELS || i >= ENTRIES >> shift)
			return false;
		if (t->entries) {
			n = entry_of(entry, i);
			size[0] = 0;
			size[1] = (char)n;
			text_put(out, size, 2);
			text_put(out, entry, n);
		} else {
			text_put(out, (char *)node[shift][i], 32);
		}
	}
	assert(!out->full);
	return true;
}

static void
alter(struct text *t, unsigned how)
{
	unsigned where = draw();
	size_t at = 0, end;

	if (t->n > 0) /* near either end, or anywhere */
		at = where < 64 ? where % t->n
		     : where < 128
			 ? t->n - 1 - (where - 64) % t->n
			 : (((where & 0x7f) << 8) + draw()) * 37 % t->n;
	truthful = false;
	switch (how) {
	case 1: /* a bit */
		if (t->n > 0)
			t->p[at] ^= (char)(1 << draw() % 8);
		break;
	case 2:
		t->n = at;
		break;
	case 3: /* something behind it */
		for (end = draw(); end > 0; end--)
			text_put(t, "\0", 1);
		break;
	case 4: /* two pieces in the other's place */
		if (at >= 64)
			for (end = 0; end < 32; end++) {
				char c = t->p[end];

				t->p[end] = t->p[at - 32 + end];
				t->p[at - 32 + end] = c;
			}
		break;
	default: /* what the input says */
		end = draw();
		if (end > (size_t)(input_end - input))
			end = (size_t)(input_end - input);
		t->n = 0;
		text_put(t, input, end);
		input += end;
	}
}

static enum rc
get(void *context, const char *path, size_t max, uint8_t **bytes, size_t *n,
    struct why *why)
{
	static char room[1 << 15];
	struct tile t;
	struct text out;
	unsigned how = draw();

	(void)context;
	*bytes = NULL;
	*n = 0;
	text_init(&out, room, sizeof room);
	assert(tile_parse(&t, path, strlen(path))); /* one spelling */
	/* nothing is asked for that no log of this size has, but the tile
	 * that a partial one may have become */
	assert(t.number <= head_size >> (8 * t.level) >> 8);
	switch (how & 0x3f) {
	case 6:
		truthful = false;
		why_set(why, "gone");
		return RC_FILE_ABSENT;
	case 7:
		truthful = false;
		why_set(why, "the line is dead");
		return RC_NETWORK;
	case 8: /* of another place */
		truthful = false;
		t.number = draw() % 4;
		t.level = (uint8_t)(draw() % 3);
		break;
	case 9: /* the full one, which begins with it */
	case 10:
		if ((t.number + 1) * TILE_WIDTH <= ENTRIES >> (8 * t.level))
			t.width = TILE_WIDTH;
		break;
	}
	if (!true_answer(&out, &t)) {
		truthful = false;
		why_set(why, "never there");
		return RC_FILE_ABSENT;
	}
	if ((how & 0x3f) >= 1 && (how & 0x3f) <= 5)
		alter(&out, how & 0x3f);
	if (out.n > max) { /* as files and HTTP do */
		why_set(why, "too large");
		return RC_FILE;
	}
	*bytes = malloc(out.n > 0 ? out.n : 1);
	assert(*bytes != NULL);
	memcpy(*bytes, out.p, out.n);
	*n = out.n;
	return RC_OK;
}

/* ---- the reader --------------------------------------------------------- */

struct walk_entries {
	uint64_t next;
	unsigned stop; /* after so many; 0: never */
};

static enum rc
each(void *context, uint64_t index, const uint8_t *entry, size_t n)
{
	struct walk_entries *w = context;
	char want[32];

	assert(!lying);
	assert(index == w->next++ && index < ENTRIES);
	assert(n == entry_of(want, index) && memcmp(entry, want, n) == 0);
	return w->stop > 0 && --w->stop == 0 ? RC_BUSY : RC_OK;
}

static void
entries(struct tlog_reader *r)
{
	uint64_t from = draw_number() % (head_size + 2);
	uint64_t to = from + draw_number() % 300;
	struct walk_entries w = {from, draw() * 3};
	bool stops = w.stop > 0 && w.stop <= to - from;
	struct why why = {""};
	enum rc rc = tlog_reader_entries(r, from, to, each, &w, &why);

	if (to > head_size)
		assert(rc == RC_LOG_BEHIND && w.next == from);
	else if (rc == RC_OK)
		assert(w.next == to);
	else if (rc == RC_BUSY)
		assert(stops);
	else /* the log's doing */
		assert(!truthful && why.text[0] != '\0');
}

static void
extends(struct tlog_reader *r)
{
	static const uint64_t sizes[] = {0, 1, 255, 256, 257, 65535, 65536};
	uint64_t size = draw_number() % (head_size + 2);
	struct why why = {""};
	uint8_t root[32];
	unsigned lie = draw();
	enum rc rc;

	if (lie & 0x40)
		size = sizes[lie % 7];
	root_of(root, 0, size);
	if (lie & 0x80)
		root[lie % 32] ^= 1;
	rc = tlog_reader_extends(r, size, root, &why);
	if (size > head_size)
		assert(rc == RC_LOG_BEHIND);
	else if (lie & 0x80)
		assert(rc == RC_LOG_FORK || !truthful);
	else
		assert(rc == RC_OK || (!truthful && rc != RC_LOG_FORK));
	assert(!(lie & 0x80) || rc != RC_OK);
	assert(rc == RC_OK || why.text[0] != '\0');
}

/* Proofs from its hashes hold, whatever was answered. */
static void
proof(struct tlog_reader *r, const uint8_t root[static 32])
{
	struct tlog_source source = tlog_reader_source(r);
	uint8_t path[MERKLE_DEPTH_MAX * 32], again[32];
	uint64_t index;
	unsigned path_n;
	enum rc rc;

	if (head_size == 0)
		return;
	index = draw_number() % head_size;
	rc = tlog_inclusion(path, &path_n, index, head_size, &source);
	if (rc != RC_OK) {
		assert(!truthful);
		return;
	}
	assert(merkle_root_from_path(again, node[0][index], index, head_size,
		   path, path_n) == RC_OK);
	assert(memcmp(again, root, 32) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const uint64_t sizes[] = {0, 1, 2, 255, 256, 257, 511, 600,
	    65535, 65536, 65537, 65792, ENTRIES};
	const struct tlog_fetch fetch = {get, NULL};
	struct checkpoint head = {.size = 0};
	struct tlog_reader *r = NULL;
	struct why why = {""};
	unsigned lie, questions;
	enum rc rc;

	if (node[0] == NULL)
		tree_make();
	input = bytes;
	input_end = bytes + n;
	truthful = true;
	lie = draw();
	head_size = sizes[draw() % (sizeof sizes / sizeof sizes[0])];
	if ((lie & 3) == 1)
		head_size = draw_number() % (ENTRIES + 1);
	root_of(head.root, 0, head_size);
	head.size = head_size;
	if ((lie & 0x83) == 0x83) /* another tree's */
		head.root[lie >> 2 & 31] ^= 1;
	if ((lie & 0x83) == 0x82) /* it claims what nobody has */
		head_size = head.size =
		    draw_number() << 29 | (draw_number() & 0x1fffffff);
	rc = tlog_reader_new(&r, &fetch, &head, &why);
	/* A root does not bind its size: hashes of an inner level stand for
	 * leaves as well as leaves do. Nobody can find their entries. */
	lying = (lie & 0x82) == 0x82;
	if ((lie & 0x83) == 0x83)
		assert(rc != RC_OK || !truthful);
	else if (!lying)
		assert(rc == RC_OK || !truthful);
	assert((rc == RC_OK) == (r != NULL));
	assert(rc == RC_OK || why.text[0] != '\0');
	if (rc == RC_OK && (lie & 0x83) == 0x83)
		entries(r); /* there are none under another tree's root */
	for (questions = 0;
	     rc == RC_OK && !lying && questions < 4 && input < input_end;
	     questions++)
		switch (draw() % 3) {
		case 0:
			entries(r);
			break;
		case 1:
			extends(r);
			break;
		default:
			proof(r, head.root);
		}
	tlog_reader_free(r);
	return 0;
}
