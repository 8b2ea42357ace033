/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree's hashes. Full tiles are rows; what stands at the right edge of
 * each level is computed from the entries, or from the roots of the full
 * tiles below, and then kept in memory: hash after hash, as entries come.
 */
#include "log/store_inside.h"

#include <stdlib.h>
#include <string.h>

#include "host/say.h"

/* Under the lock. Nearly all questions are about the last tile of a level. */
static struct tile_slot *
slot_find(struct store_shared *shared, unsigned level, uint64_t number)
{
	struct tile_slot *t = &shared->tile[shared->tile_last[level]], *oldest;
	unsigned i;

	for (i = 0; i <= TILE_SLOTS; i++) {
		if (t->used && t->level == level && t->number == number) {
			t->touched = ++shared->touched;
			shared->tile_last[level] =
			    (uint8_t)(t - shared->tile);
			return t;
		}
		t = &shared->tile[i < TILE_SLOTS ? i : 0];
	}
	oldest = &shared->tile[0];
	for (i = 0; i < TILE_SLOTS; i++) {
		t = &shared->tile[i];
		if (oldest->used &&
		    (!t->used || t->touched < oldest->touched))
			oldest = t;
	}
	oldest->used = true;
	oldest->level = level;
	oldest->number = number;
	oldest->touched = ++shared->touched;
	oldest->nodes.width = 0;
	return oldest;
}

/* A full tile, if there is one: 256 hashes in one row. */
static enum rc
slot_load_full(struct store *s, struct tile_slot *t)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT hashes FROM tile WHERE level = ?1 AND number = ?2");
	uint8_t hashes[TILE_BYTES];
	bool found;
	unsigned i;
	enum rc rc;

	db_bind_int64(&q, 1, t->level);
	db_bind_int64(&q, 2, (int64_t)t->number);
	found = db_row(&q);
	if (found)
		db_blob_exact(&q, 0, hashes, sizeof hashes);
	rc = db_finish(&q);
	for (i = 0; rc == RC_OK && found && i < TILE_WIDTH; i++)
		tile_nodes_append(&t->nodes, hashes + 32 * i);
	return rc;
}

/* At the right edge: leaves, or the roots of the full tiles below. */
static enum rc
slot_load_rest(struct store *s, struct tile_slot *t)
{
	struct db_query q = db_prepare(s->db, t->level == 0
		? "SELECT bytes FROM item WHERE idx >= ?1 AND idx < ?2"
		  " AND ?3 = 0 ORDER BY idx"
		: "SELECT root FROM tile WHERE number >= ?1 AND number < ?2"
		  " AND level = ?3 - 1 ORDER BY number");
	uint64_t from = t->number * TILE_WIDTH;
	const uint8_t *bytes;
	uint8_t hash[32];
	size_t n;

	db_bind_int64(&q, 1, (int64_t)(from + t->nodes.width));
	db_bind_int64(&q, 2, (int64_t)(from + TILE_WIDTH));
	db_bind_int64(&q, 3, t->level);
	while (db_row(&q)) {
		if (t->level > 0) {
			db_blob_exact(&q, 0, hash, sizeof hash);
		} else {
			bytes = db_blob(&q, 0, &n);
			merkle_leaf(hash, bytes, n);
		}
		tile_nodes_append(&t->nodes, hash);
	}
	return db_finish(&q);
}

/* Under the lock: the slot of a tile, filled up to `width` hashes at least. */
static enum rc
slot_get(struct store *s, unsigned level, uint64_t number, unsigned width,
    struct tile_slot **out)
{
	struct tile_slot *t = slot_find(s->shared, level, number);
	enum rc rc = RC_OK;

	if (t->nodes.width == 0)
		rc = slot_load_full(s, t);
	if (rc == RC_OK && t->nodes.width < width)
		rc = slot_load_rest(s, t);
	if (rc == RC_OK && t->nodes.width < width) {
		say(SAY_ERROR, "the database has no tile %u/%llu of %u hashes",
		    level, (unsigned long long)number, width);
		rc = RC_DATABASE;
	}
	if (rc != RC_OK)
		t->used = false;
	*out = t;
	return rc;
}

static enum rc
source_node(void *context, unsigned level, uint64_t index, uint8_t out[32])
{
	struct store *s = context;
	unsigned j = level % 8;
	unsigned i = (unsigned)(index & ((1u << (8 - j)) - 1));
	struct tile_slot *t;
	enum rc rc;

	pthread_mutex_lock(&s->shared->lock);
	rc = slot_get(s, level / 8, index >> (8 - j), (i + 1) << j, &t);
	if (rc == RC_OK)
		memcpy(out, tile_node(&t->nodes, j, i), 32);
	pthread_mutex_unlock(&s->shared->lock);
	return rc;
}

struct tlog_source
store_source(struct store *s)
{
	return (struct tlog_source){source_node, s};
}

enum rc
store_tile(struct store *s, unsigned level, uint64_t number, unsigned width,
    uint8_t out[static TILE_BYTES])
{
	struct tile_slot *t;
	enum rc rc;

	pthread_mutex_lock(&s->shared->lock);
	rc = slot_get(s, level, number, width, &t);
	if (rc == RC_OK)
		memcpy(out, tile_node(&t->nodes, 0, 0), 32 * (size_t)width);
	pthread_mutex_unlock(&s->shared->lock);
	return rc;
}

/* The writer's next leaf, index s->size. */
enum rc
tree_append(struct store *s, const uint8_t leaf[static 32])
{
	unsigned width = (unsigned)(s->size % TILE_WIDTH);
	struct tile_slot *t;
	enum rc rc = RC_OK;

	pthread_mutex_lock(&s->shared->lock);
	t = slot_find(s->shared, 0, s->size / TILE_WIDTH);
	if (t->nodes.width != width) /* the first one after a start */
		rc = slot_get(s, 0, s->size / TILE_WIDTH, width, &t);
	if (rc == RC_OK && t->nodes.width == width)
		tile_nodes_append(&t->nodes, leaf);
	pthread_mutex_unlock(&s->shared->lock);
	return rc;
}

/* Under the lock: hashes of entries that were rolled back are forgotten. */
void
tree_truncate(struct store_shared *shared, uint64_t size)
{
	unsigned i, width;

	for (i = 0; i < TILE_SLOTS; i++) {
		struct tile_slot *t = &shared->tile[i];

		width = tile_width(t->level, t->number, size);
		if (t->used && t->nodes.width > width)
			t->nodes.width = width;
	}
}

static enum rc
tile_insert(struct store *s, unsigned level, uint64_t number)
{
	uint8_t hashes[TILE_BYTES], root[32];
	struct tile_slot *t;
	struct db_query q;
	enum rc rc;

	pthread_mutex_lock(&s->shared->lock);
	rc = slot_get(s, level, number, TILE_WIDTH, &t);
	if (rc == RC_OK) {
		memcpy(hashes, tile_node(&t->nodes, 0, 0), sizeof hashes);
		memcpy(root, tile_node(&t->nodes, 8, 0), sizeof root);
	}
	pthread_mutex_unlock(&s->shared->lock);
	if (rc != RC_OK)
		return rc;
	q = db_prepare(s->db, "INSERT INTO tile(level, number, hashes, root)"
	    " VALUES(?1, ?2, ?3, ?4)");
	db_bind_int64(&q, 1, level);
	db_bind_int64(&q, 2, (int64_t)number);
	db_bind_blob(&q, 3, hashes, sizeof hashes);
	db_bind_blob(&q, 4, root, sizeof root);
	return db_finish(&q);
}

/* Tiles that this step has filled, lowest level first: the ones above are
 * made of their roots. */
enum rc
store_root(struct store *s, uint64_t *size, uint8_t root[static 32])
{
	struct tlog_source source = store_source(s);
	uint64_t before = s->shared->committed, n;
	unsigned level;
	enum rc rc = RC_OK;

	for (level = 0; level < TILE_LEVELS_MAX; level++)
		for (n = before >> (8 * level) >> 8;
		     rc == RC_OK && n < s->size >> (8 * level) >> 8; n++)
			rc = tile_insert(s, level, n);
	*size = s->size;
	return rc == RC_OK ? tlog_root(root, s->size, &source) : rc;
}

enum rc
store_bundle(struct store *s, uint64_t from, unsigned count, uint8_t **bundle,
    size_t *n)
{
	struct db_query q = db_prepare(s->db, "SELECT bytes FROM item"
	    " WHERE idx >= ?1 AND idx < ?1 + ?2 ORDER BY idx");
	size_t cap = 0, k;
	const uint8_t *bytes;
	uint8_t *p = NULL, *grown;
	unsigned have = 0;
	enum rc rc = RC_OK;

	*bundle = NULL;
	*n = 0;
	db_bind_int64(&q, 1, (int64_t)from);
	db_bind_int64(&q, 2, count);
	while (rc == RC_OK && db_row(&q)) {
		bytes = db_blob(&q, 0, &k);
		if (*n + k + 2 > cap) {
			cap = 2 * (*n + k + 2);
			grown = realloc(p, cap);
			if (grown == NULL) {
				rc = RC_MEMORY;
				break;
			}
			p = grown;
		}
		p[(*n)++] = (uint8_t)(k >> 8);
		p[(*n)++] = (uint8_t)k;
		memcpy(p + *n, bytes, k);
		*n += k;
		have++;
	}
	if (db_finish(&q) != RC_OK || (rc == RC_OK && have != count))
		rc = RC_DATABASE;
	if (rc != RC_OK) {
		free(p);
		return rc;
	}
	*bundle = p;
	return RC_OK;
}
