/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files first, then the row that says they are there. A package overwrites
 * what a crash left behind its row; what the row counts is never written
 * again but with the same entries.
 */
#include "log/store_mirror.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/db.h"
#include "host/digest.h"
#include "host/file.h"
#include "host/rc_text.h"

static const char *const steps[] = {
    "CREATE TABLE mirror(hash BLOB PRIMARY KEY, origin TEXT NOT NULL,"
    " size INTEGER NOT NULL, next INTEGER NOT NULL, CHECK(size <= next))"
    " STRICT, WITHOUT ROWID;"
    /* of full tiles: what the tile above holds of them */
    "CREATE TABLE node(hash BLOB NOT NULL, level INTEGER NOT NULL,"
    " number INTEGER NOT NULL, root BLOB NOT NULL"
    " CHECK(length(root) = 32), PRIMARY KEY(hash, level, number))"
    " STRICT, WITHOUT ROWID;",
};
static const struct db_schema schema = {steps, 1};

struct mirror_store {
	struct db *db;
	const char *state;
	/* the log at hand */
	uint8_t hash[32];
	uint64_t next;
	struct tile_nodes nodes; /* of the tile at hand */
	bool cached;
	unsigned level;
	uint64_t number;
	uint8_t bundle[TILE_WIDTH * (BUNDLE_ENTRY_MAX + 2)];
};

void
mirror_store_path(char out[static MIRROR_PATH_MAX], const char *state,
    const uint8_t hash[static 32], const char *name)
{
	struct text t;

	text_init(&t, out, MIRROR_PATH_MAX);
	text_printf(&t, "%s/mirror/", state);
	text_hex(&t, hash, 32);
	text_printf(&t, "/%s", name);
}

enum rc
mirror_store_open(struct mirror_store **out, const char *state,
    struct why *why)
{
	char path[MIRROR_PATH_MAX];
	struct mirror_store *s = calloc(1, sizeof *s);
	enum rc rc;

	*out = NULL;
	if (s == NULL)
		return RC_MEMORY;
	s->state = state;
	snprintf(path, sizeof path, "%s/mirror.db", state);
	rc = db_open(&s->db, path, &schema, 0, why);
	if (rc != RC_OK) {
		mirror_store_close(s);
		return rc;
	}
	*out = s;
	return RC_OK;
}

void
mirror_store_close(struct mirror_store *s)
{
	if (s == NULL)
		return;
	db_close(s->db);
	free(s);
}

enum rc
mirror_store_state(struct mirror_store *s, struct slice origin,
    struct mirror_state *out)
{
	struct db_query q =
	    db_prepare(s->db, "SELECT size, next FROM mirror WHERE hash = ?1");

	sha256_of(s->hash, origin.p, origin.n);
	*out = (struct mirror_state){0, 0};
	db_bind_blob(&q, 1, s->hash, 32);
	if (db_row(&q)) {
		out->size = (uint64_t)db_int64(&q, 0);
		out->next = (uint64_t)db_int64(&q, 1);
	}
	s->next = out->next;
	s->cached = false;
	return db_finish(&q);
}

/* ---- files ------------------------------------------------------------ */

static enum rc
tile_put(struct mirror_store *s, const struct tile *t, const void *bytes,
    size_t n, struct why *why)
{
	char name[TILE_PATH_MAX], path[MIRROR_PATH_MAX], *slash;
	enum rc rc;

	tile_path(name, t);
	mirror_store_path(path, s->state, s->hash, name);
	slash = strrchr(path, '/');
	*slash = '\0';
	rc = dir_make(path, 0755, why);
	*slash = '/';
	return rc == RC_OK ? file_write_atomic(path, bytes, n, 0644, why)
			   : rc;
}

/* The file of a tile of at least `width`: the widest that there must be. */
static enum rc
tile_take(struct mirror_store *s, struct tile t, uint8_t **bytes, size_t *n,
    struct why *why)
{
	char name[TILE_PATH_MAX], path[MIRROR_PATH_MAX];

	t.width = tile_width(t.level, t.number, s->next);
	tile_path(name, &t);
	mirror_store_path(path, s->state, s->hash, name);
	return file_read(bytes, n, path, t.entries
		? TILE_WIDTH * (BUNDLE_ENTRY_MAX + 2) : TILE_BYTES, why);
}

/* The partial files of a tile that is full now. */
static void
partials_remove(struct mirror_store *s, struct tile t)
{
	char name[TILE_PATH_MAX], path[MIRROR_PATH_MAX];

	for (t.width = 1; t.width < TILE_WIDTH; t.width++) {
		tile_path(name, &t);
		mirror_store_path(path, s->state, s->hash, name);
		unlink(path);
	}
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

/* ---- hashes ----------------------------------------------------------- */

/* The hashes of an upper tile: rows of those below. */
static enum rc
upper_load(struct mirror_store *s, unsigned level, uint64_t number)
{
	struct db_query q = db_prepare(s->db, "SELECT root FROM node WHERE"
	    " hash = ?1 AND level = ?2 AND number >= ?3 AND number < ?3 + 256"
	    " ORDER BY number");
	uint8_t root[32];

	db_bind_blob(&q, 1, s->hash, 32);
	db_bind_int64(&q, 2, level - 1);
	db_bind_int64(&q, 3, (int64_t)(number * TILE_WIDTH));
	while (db_row(&q)) {
		db_blob_exact(&q, 0, root, 32);
		tile_nodes_append(&s->nodes, root);
	}
	return db_finish(&q);
}

static enum rc
nodes_load(struct mirror_store *s, unsigned level, uint64_t number)
{
	struct tile t = {.level = (uint8_t)level, .number = number};
	uint8_t *bytes = NULL;
	size_t n = 0, i;
	enum rc rc;

	if (s->cached && s->level == level && s->number == number)
		return RC_OK;
	s->nodes.width = 0;
	s->cached = false;
	if (level > 0) {
		rc = upper_load(s, level, number);
	} else {
		rc = tile_take(s, t, &bytes, &n, NULL);
		for (i = 0; rc == RC_OK && i + 32 <= n; i += 32)
			tile_nodes_append(&s->nodes, bytes + i);
		free(bytes);
	}
	s->cached = rc == RC_OK;
	s->level = level;
	s->number = number;
	return rc;
}

static enum rc
source_node(void *context, unsigned level, uint64_t index, uint8_t out[32])
{
	struct mirror_store *s = context;
	unsigned j = level % 8;
	unsigned i = (unsigned)(index & ((1u << (8 - j)) - 1));
	enum rc rc = nodes_load(s, level / 8, index >> (8 - j));

	if (rc == RC_OK && (i + 1) << j > s->nodes.width)
		rc = RC_CONSISTENCY;
	if (rc == RC_OK)
		memcpy(out, tile_node(&s->nodes, j, i), 32);
	return rc;
}

static enum rc
leaves_node(void *context, unsigned level, uint64_t index, uint8_t out[32])
{
	const struct tile_nodes *nodes = context;

	memcpy(out, tile_node(nodes, level, (unsigned)index), 32);
	return RC_OK;
}

/* ---- packages --------------------------------------------------------- */

/* Entries of a bundle, hashed into nodes; at most `most`. *n: their bytes. */
static enum rc
leaves_append(struct tile_nodes *nodes, const uint8_t *bundle, size_t bytes,
    uint64_t most, size_t *n)
{
	const uint8_t *entry;
	size_t entry_n;
	uint8_t leaf[32];

	for (*n = 0; most > 0; most--) {
		if (!tile_bundle_next(&entry, &entry_n, n, bundle, bytes))
			return RC_CONSISTENCY;
		merkle_leaf(leaf, entry, entry_n);
		tile_nodes_append(nodes, leaf);
	}
	return RC_OK;
}

static enum rc
next_move(struct mirror_store *s, struct slice origin, uint64_t next,
    const uint8_t *full, uint64_t number)
{
	struct db_query q;
	enum rc rc = db_begin(s->db);

	if (rc == RC_OK && full != NULL) {
		q = db_prepare(s->db, "INSERT OR REPLACE INTO node(hash,"
		    " level, number, root) VALUES(?1, 0, ?2, ?3)");
		db_bind_blob(&q, 1, s->hash, 32);
		db_bind_int64(&q, 2, (int64_t)number);
		db_bind_blob(&q, 3, full, 32);
		rc = db_finish(&q);
	}
	if (rc == RC_OK) {
		q = db_prepare(s->db, "INSERT INTO mirror(hash, origin, size,"
		    " next) VALUES(?1, ?2, 0, ?3) ON CONFLICT DO UPDATE"
		    " SET next = ?3 WHERE next < ?3");
		db_bind_blob(&q, 1, s->hash, 32);
		db_bind_text(&q, 2, (const char *)origin.p, origin.n);
		db_bind_int64(&q, 3, (int64_t)next);
		rc = db_finish(&q);
	}
	if (rc == RC_OK)
		rc = db_commit(s->db);
	else
		db_rollback(s->db);
	return rc;
}

enum rc
mirror_store_take(struct mirror_store *s, struct slice origin,
    const struct mirror_package *p, uint64_t size,
    const uint8_t root[static 32], struct why *why)
{
	struct tile t = {.number = p->from / TILE_WIDTH};
	uint64_t first = t.number * TILE_WIDTH, before = p->from - first;
	struct tlog_source leaves = {leaves_node, &s->nodes};
	struct mirror_state state;
	uint8_t *held = NULL, hash[32];
	size_t held_n = 0, n = 0, more;
	enum rc rc = mirror_store_state(s, origin, &state);

	s->nodes.width = 0;
	if (rc == RC_OK && p->from > state.next)
		rc = RC_CONFLICT;
	if (rc == RC_OK && before > 0) { /* from this tile, held already */
		t.entries = true;
		rc = tile_take(s, t, &held, &held_n, why);
		if (rc == RC_OK)
			rc = leaves_append(&s->nodes, held, held_n, before,
			    &n);
		if (rc == RC_OK)
			memcpy(s->bundle, held, n);
		free(held);
	}
	if (rc == RC_OK)
		rc = leaves_append(&s->nodes, p->entries.p, p->entries.n,
		    p->to - p->from, &more);
	if (rc == RC_OK)
		rc = tlog_root(hash, p->to - first, &leaves);
	if (rc == RC_OK)
		rc = tlog_subtree_check(first, p->to, hash, size, root,
		    p->proof, p->proof_n);
	if (rc != RC_OK || p->to <= state.next)
		return rc;
	memcpy(s->bundle + n, p->entries.p, p->entries.n);
	t.width = (unsigned)(p->to - first);
	t.entries = true;
	rc = tile_put(s, &t, s->bundle, n + p->entries.n, why);
	t.entries = false;
	if (rc == RC_OK)
		rc = tile_put(s, &t, tile_node(&s->nodes, 0, 0),
		    32 * (size_t)t.width, why);
	if (rc == RC_OK)
		rc = next_move(s, origin, p->to, t.width == TILE_WIDTH
			? tile_node(&s->nodes, 8, 0) : NULL, t.number);
	if (rc == RC_OK && t.width == TILE_WIDTH) {
		partials_remove(s, t);
		t.entries = true;
		partials_remove(s, t);
	}
	s->cached = false;
	return rc;
}

/* ---- heads ------------------------------------------------------------ */

/* Tiles above the leaves that a reader of this size needs, and the hash of
 * each that is full, which the level above wants. */
static enum rc
uppers_write(struct mirror_store *s, uint64_t from, uint64_t size,
    struct why *why)
{
	struct db_query q;
	struct tile t;
	unsigned level;
	enum rc rc = RC_OK;

	for (level = 1; rc == RC_OK && level < TILE_LEVELS_MAX; level++)
		for (t = (struct tile){.level = (uint8_t)level,
			 .number = from >> (8 * level) >> 8};
		     rc == RC_OK &&
		     (t.width = tile_width(level, t.number, size)) > 0;
		     t.number++) {
			s->cached = false;
			rc = nodes_load(s, level, t.number);
			if (rc == RC_OK && s->nodes.width < t.width)
				rc = RC_CONSISTENCY;
			if (rc == RC_OK)
				rc = tile_put(s, &t,
				    tile_node(&s->nodes, 0, 0),
				    32 * (size_t)t.width, why);
			if (rc != RC_OK || t.width < TILE_WIDTH)
				continue;
			q = db_prepare(s->db, "INSERT OR REPLACE INTO"
			    " node(hash, level, number, root)"
			    " VALUES(?1, ?2, ?3, ?4)");
			db_bind_blob(&q, 1, s->hash, 32);
			db_bind_int64(&q, 2, level);
			db_bind_int64(&q, 3, (int64_t)t.number);
			db_bind_blob(&q, 4, tile_node(&s->nodes, 8, 0), 32);
			rc = db_finish(&q);
		}
	return rc;
}

/* A tile of exactly the head's width at the right edge: a package may have
 * brought more than this head has. */
static enum rc
edge_write(struct mirror_store *s, uint64_t size, struct why *why)
{
	struct tile t = {.number = size / TILE_WIDTH,
	    .width = (unsigned)(size % TILE_WIDTH)};
	uint8_t *bytes = NULL;
	size_t n, cut = 0;
	struct tile_nodes *nodes = &s->nodes;
	enum rc rc;

	if (t.width == 0 || size == s->next)
		return RC_OK;
	t.entries = true;
	rc = tile_take(s, t, &bytes, &n, why);
	nodes->width = 0;
	s->cached = false;
	if (rc == RC_OK)
		rc = leaves_append(nodes, bytes, n, t.width, &cut);
	if (rc == RC_OK)
		rc = tile_put(s, &t, bytes, cut, why);
	t.entries = false;
	if (rc == RC_OK)
		rc = tile_put(s, &t, tile_node(nodes, 0, 0),
		    32 * (size_t)t.width, why);
	free(bytes);
	return rc;
}

enum rc
mirror_store_commit(struct mirror_store *s, struct slice origin,
    uint64_t size, const uint8_t root[static 32], struct why *why)
{
	struct tlog_source source = {source_node, s};
	struct mirror_state state;
	uint8_t own[32];
	struct db_query q;
	enum rc rc = mirror_store_state(s, origin, &state);

	if (rc == RC_OK && (size < state.size || size > state.next))
		rc = RC_CONFLICT;
	if (rc == RC_OK)
		rc = uppers_write(s, state.size, size, why);
	if (rc == RC_OK)
		rc = tlog_root(own, size, &source);
	if (rc == RC_OK && memcmp(own, root, 32) != 0) {
		why_set(why, "what is held does not hash to the root");
		rc = RC_CONSISTENCY;
	}
	if (rc == RC_OK)
		rc = edge_write(s, size, why);
	if (rc != RC_OK)
		return rc;
	q = db_prepare(s->db, "INSERT INTO mirror(hash, origin, size, next)"
	    " VALUES(?1, ?2, ?3, ?3) ON CONFLICT DO UPDATE SET size = ?3"
	    " WHERE size <= ?3 AND next >= ?3");
	db_bind_blob(&q, 1, s->hash, 32);
	db_bind_text(&q, 2, (const char *)origin.p, origin.n);
	db_bind_int64(&q, 3, (int64_t)size);
	rc = db_finish(&q);
	return rc == RC_OK && db_changes(s->db) != 1 ? RC_CONFLICT : rc;
}

enum rc
mirror_store_checkpoint(struct mirror_store *s, struct slice origin,
    const uint8_t *note, size_t n, struct why *why)
{
	char path[MIRROR_PATH_MAX];
	struct mirror_state state;
	enum rc rc = mirror_store_state(s, origin, &state);

	mirror_store_path(path, s->state, s->hash, "");
	if (rc == RC_OK)
		rc = dir_make(path, 0755, why);
	mirror_store_path(path, s->state, s->hash, "checkpoint");
	return rc == RC_OK ? file_write_atomic(path, note, n, 0644, why) : rc;
}

enum rc
mirror_store_entries(struct mirror_store *s, struct slice origin,
    uint64_t from, uint64_t to,
    enum rc (*each)(void *context, uint64_t index, const uint8_t *entry,
	size_t n),
    void *context, struct why *why)
{
	struct tile t = {.entries = true, .number = from / TILE_WIDTH};
	struct mirror_state state;
	const uint8_t *entry;
	uint8_t *bytes = NULL;
	size_t n, at, entry_n;
	uint64_t index;
	enum rc rc = mirror_store_state(s, origin, &state);

	for (; rc == RC_OK && from < to; t.number++) {
		rc = tile_take(s, t, &bytes, &n, why);
		index = t.number * TILE_WIDTH;
		for (at = 0; rc == RC_OK && index < to &&
		     index < (t.number + 1) * TILE_WIDTH; index++) {
			if (!tile_bundle_next(&entry, &entry_n, &at, bytes, n))
				rc = RC_CONSISTENCY;
			else if (index >= from)
				rc = each(context, index, entry, entry_n);
		}
		from = index;
		free(bytes);
		bytes = NULL;
	}
	return rc;
}
