/* SPDX-License-Identifier: Apache-2.0 */
#include "log/store_runs.h"

#include <stdlib.h>
#include <string.h>

enum {
	REFERENCE_BYTES = 16,
	PART_BITS = 24, /* of a part's id, below the number of its run */
	BITS_MAX = RUN_BITS + RUN_LEVEL_MAX * RUN_BITS_LEVEL,
};
_Static_assert(1 << RUN_BITS_LEVEL == RUNS_MERGED,
    "parts stay of one size from level to level");
_Static_assert(BITS_MAX <= PART_BITS, "a part has its place below its run");

static unsigned
level_bits(unsigned level)
{
	return RUN_BITS + level * RUN_BITS_LEVEL;
}

static void
put64(uint8_t out[static 8], uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t
get64(const uint8_t in[static 8])
{
	uint64_t v = 0;

	for (unsigned i = 8; i-- > 0;)
		v = v << 8 | in[i];
	return v;
}

/* The next part of a sorted array: how many of it have the same first
 * bits. */
static size_t
part_count(const struct reference *r, size_t n, unsigned bits)
{
	size_t i = 1;

	while (i < n && r[i].hash >> (64 - bits) == r[0].hash >> (64 - bits))
		i++;
	return i;
}

static enum rc
parts_insert(struct db *db, uint64_t number, unsigned level,
    const struct reference *r, size_t n)
{
	unsigned bits = level_bits(level);
	uint8_t *bytes = NULL, *grown;
	struct db_query q;
	size_t at, count, i;
	enum rc rc = RC_OK;

	for (at = 0; at < n && rc == RC_OK; at += count) {
		count = part_count(r + at, n - at, bits);
		grown = realloc(bytes, count * REFERENCE_BYTES);
		if (grown == NULL) {
			rc = RC_MEMORY;
			break;
		}
		bytes = grown;
		for (i = 0; i < count; i++) {
			put64(bytes + REFERENCE_BYTES * i, r[at + i].hash);
			put64(bytes + REFERENCE_BYTES * i + 8,
			    r[at + i].index);
		}
		q = db_prepare(db,
		    "INSERT INTO part(id, refs) VALUES(?1, ?2)");
		db_bind_int64(&q, 1, (int64_t)(number << PART_BITS |
					 r[at].hash >> (64 - bits)));
		db_bind_blob(&q, 2, bytes, count * REFERENCE_BYTES);
		rc = db_finish(&q);
	}
	free(bytes);
	return rc;
}

static enum rc
run_insert(struct db *db, uint64_t *number, unsigned level, uint64_t first)
{
	struct db_query q = db_prepare(db,
	    "INSERT INTO run(level, first) VALUES(?1, ?2)");
	enum rc rc;

	db_bind_int64(&q, 1, level);
	db_bind_int64(&q, 2, (int64_t)first);
	rc = db_finish(&q);
	*number = (uint64_t)db_last_rowid(db);
	return rc;
}

/* ---- merging ---------------------------------------------------------- */

struct gathered {
	struct reference *at;
	size_t n, cap;
};

static bool
room_make(struct gathered *g, size_t n)
{
	size_t cap = 2 * (g->n + n);
	void *grown;

	if (g->n + n <= g->cap)
		return true;
	grown = realloc(g->at, cap * sizeof *g->at);
	if (grown == NULL)
		return false;
	g->at = grown;
	g->cap = cap;
	return true;
}

static struct reference
part_at(const uint8_t *bytes, size_t i)
{
	return (struct reference){.hash = get64(bytes + REFERENCE_BYTES * i),
	    .index = get64(bytes + REFERENCE_BYTES * i + 8)};
}

/* What is sorted and comes later into what is sorted: from the back, so that
 * it needs no room beside; of the same hash the later one is newer. */
static void
part_blend(struct gathered *g, const uint8_t *bytes, size_t n)
{
	size_t have = g->n, to = g->n + n;
	struct reference r;

	g->n = to;
	while (n > 0) {
		r = part_at(bytes, --n);
		while (have > 0 && g->at[have - 1].hash > r.hash)
			g->at[--to] = g->at[--have];
		g->at[--to] = r;
	}
}

static enum rc
part_gather(struct gathered *g, struct db *db, uint64_t id)
{
	struct db_query q =
	    db_prepare(db, "SELECT refs FROM part WHERE id = ?1");
	const uint8_t *bytes;
	bool room = true;
	size_t n;
	enum rc rc;

	db_bind_int64(&q, 1, (int64_t)id);
	if (db_row(&q)) {
		bytes = db_blob(&q, 0, &n);
		n /= REFERENCE_BYTES;
		room = room_make(g, n);
		if (room)
			part_blend(g, bytes, n);
	}
	rc = db_finish(&q);
	return rc == RC_OK && !room ? RC_MEMORY : rc;
}

int
reference_order(const void *a, const void *b)
{
	const struct reference *x = a, *y = b;

	return x->hash != y->hash ? (x->hash > y->hash) - (x->hash < y->hash)
				  : (x->index > y->index) -
		(x->index < y->index);
}

/* The runs of a level, the oldest first: as many as are merged. */
static enum rc
level_runs(struct db *db, unsigned level, uint64_t number[static RUNS_MERGED],
    uint64_t *first, unsigned *n)
{
	struct db_query q = db_prepare(db, "SELECT number, first FROM run"
	    " WHERE level = ?1 ORDER BY first LIMIT ?2");

	*n = 0;
	db_bind_int64(&q, 1, level);
	db_bind_int64(&q, 2, RUNS_MERGED);
	while (*n < RUNS_MERGED && db_row(&q)) {
		if (*n == 0)
			*first = (uint64_t)db_int64(&q, 1);
		number[(*n)++] = (uint64_t)db_int64(&q, 0);
	}
	return db_finish(&q);
}

static enum rc
run_delete(struct db *db, uint64_t number)
{
	struct db_query q = db_prepare(db,
	    "DELETE FROM part WHERE id >= ?1 AND id < ?2");
	enum rc rc;

	db_bind_int64(&q, 1, (int64_t)(number << PART_BITS));
	db_bind_int64(&q, 2, (int64_t)((number + 1) << PART_BITS));
	rc = db_finish(&q);
	if (rc != RC_OK)
		return rc;
	q = db_prepare(db, "DELETE FROM run WHERE number = ?1");
	db_bind_int64(&q, 1, (int64_t)number);
	return db_finish(&q);
}

/* Part by part, so that memory does not grow with the runs. */
static enum rc
level_merge(struct db *db, unsigned level,
    const uint64_t number[static RUNS_MERGED], uint64_t first)
{
	struct gathered g = {0};
	uint64_t into, part;
	unsigned i;
	enum rc rc = run_insert(db, &into, level + 1, first);

	for (part = 0; rc == RC_OK && part >> level_bits(level) == 0; part++) {
		g.n = 0;
		for (i = 0; rc == RC_OK && i < RUNS_MERGED; i++)
			rc = part_gather(&g, db,
			    number[i] << PART_BITS | part);
		if (g.n == 0)
			continue;
		if (rc == RC_OK)
			rc = parts_insert(db, into, level + 1, g.at, g.n);
	}
	for (i = 0; rc == RC_OK && i < RUNS_MERGED; i++)
		rc = run_delete(db, number[i]);
	free(g.at);
	return rc;
}

enum rc
runs_write(struct db *db, const struct reference *sorted, size_t n)
{
	uint64_t number[RUNS_MERGED], first = UINT64_MAX;
	unsigned level, have;
	size_t i;
	enum rc rc;

	for (i = 0; i < n; i++)
		first = sorted[i].index < first ? sorted[i].index : first;
	rc = run_insert(db, &number[0], 0, first);
	if (rc == RC_OK)
		rc = parts_insert(db, number[0], 0, sorted, n);
	for (level = 0; rc == RC_OK && level < RUN_LEVEL_MAX; level++) {
		rc = level_runs(db, level, number, &first, &have);
		if (rc != RC_OK || have < RUNS_MERGED)
			break;
		rc = level_merge(db, level, number, first);
	}
	return rc;
}

/* ---- finding ---------------------------------------------------------- */

/* The first in a part that is not before (hash, index). */
static size_t
part_place(const uint8_t *bytes, size_t n, uint64_t hash, uint64_t index)
{
	size_t low = 0, high = n, middle;
	const uint8_t *at;
	uint64_t h;

	while (low < high) {
		middle = low + (high - low) / 2;
		at = bytes + REFERENCE_BYTES * middle;
		h = get64(at);
		if (h < hash || (h == hash && get64(at + 8) < index))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum rc
runs_find(struct db *db, uint64_t hash, uint64_t below, uint64_t *nth,
    uint64_t *index)
{
	struct db_query q = db_prepare(db, "SELECT refs FROM run JOIN part"
	    " ON id = ((number << 24) | (?1 >> (14 - 3 * level)))"
	    " ORDER BY first DESC");
	const uint8_t *bytes;
	bool found = false;
	size_t n, from, to;
	enum rc rc;

	_Static_assert(PART_BITS == 24 && RUN_BITS == 10 &&
		RUN_BITS_LEVEL == 3, "the numbers in the statement");
	db_bind_int64(&q, 1, (int64_t)(hash >> (64 - PART_BITS)));
	while (!found && db_row(&q)) {
		bytes = db_blob(&q, 0, &n);
		n /= REFERENCE_BYTES;
		from = part_place(bytes, n, hash, 0);
		to = part_place(bytes, n, hash, below);
		found = to - from > *nth;
		if (found)
			*index = get64(bytes +
			    REFERENCE_BYTES * (to - 1 - *nth) + 8);
		else
			*nth -= to - from;
	}
	rc = db_finish(&q);
	return rc == RC_OK && !found ? RC_MORE : rc;
}

enum rc
runs_each(struct db *db, void (*each)(void *context, uint64_t hash),
    void *context)
{
	struct db_query q = db_prepare(db, "SELECT refs FROM part");
	const uint8_t *bytes;
	size_t n;

	while (db_row(&q)) {
		bytes = db_blob(&q, 0, &n);
		for (; n >= REFERENCE_BYTES; n -= REFERENCE_BYTES) {
			each(context, get64(bytes));
			bytes += REFERENCE_BYTES;
		}
	}
	return db_finish(&q);
}
