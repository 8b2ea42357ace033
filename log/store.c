/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQL of the log. Entries and head move in one transaction, so that the head
 * signs exactly what is there; the statement that moves the head compares
 * it first. Tables beside `entry` and `note` can be made again from these.
 */
#include "log/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/db.h"
#include "host/say.h"

static const char *const steps[] = {
    "CREATE TABLE log(one INTEGER PRIMARY KEY CHECK(one = 1),"
    " vkey TEXT NOT NULL, size INTEGER NOT NULL,"
    " root BLOB NOT NULL CHECK(length(root) = 32),"
    " checkpoint BLOB NOT NULL) STRICT;"
    /* trust: the index of the trust text that checks the entry */
    "CREATE TABLE entry(idx INTEGER PRIMARY KEY CHECK(idx >= 0),"
    " id BLOB NOT NULL UNIQUE CHECK(length(id) = 32),"
    " leaf BLOB NOT NULL CHECK(length(leaf) = 32),"
    " kind INTEGER NOT NULL, trust INTEGER NOT NULL) STRICT;"
    "CREATE TABLE note(idx INTEGER PRIMARY KEY REFERENCES entry(idx),"
    " bytes BLOB NOT NULL) STRICT;"
    /* full tiles; root is the hash that the tile above holds of it */
    "CREATE TABLE tile(level INTEGER NOT NULL, number INTEGER NOT NULL,"
    " hashes BLOB NOT NULL CHECK(length(hashes) = 8192),"
    " root BLOB NOT NULL CHECK(length(root) = 32),"
    " PRIMARY KEY(level, number)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE trust(authority TEXT NOT NULL, revision INTEGER NOT NULL,"
    " idx INTEGER NOT NULL UNIQUE REFERENCES entry(idx), file BLOB,"
    " PRIMARY KEY(authority, revision)) STRICT;"
    "CREATE TABLE roster(key BLOB NOT NULL, serial INTEGER NOT NULL,"
    " idx INTEGER NOT NULL UNIQUE REFERENCES entry(idx),"
    " PRIMARY KEY(key, serial)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE product(product TEXT NOT NULL, authority TEXT NOT NULL,"
    " epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, floor INTEGER,"
    " idx INTEGER NOT NULL REFERENCES entry(idx),"
    " PRIMARY KEY(product, authority, epoch)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE payload(sha256 BLOB NOT NULL, idx INTEGER NOT NULL,"
    " PRIMARY KEY(sha256, idx)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE objection(key BLOB NOT NULL, release BLOB NOT NULL,"
    " idx INTEGER NOT NULL, PRIMARY KEY(key, release, idx))"
    " STRICT, WITHOUT ROWID;",
};
static const struct db_schema schema = {steps, 1};

enum { TILE_SLOTS = 24 };

struct tile_slot {
	bool used;
	unsigned level;
	uint64_t number, touched;
	struct tile_nodes nodes;
};

/* Parsed texts, kept for good: there are few. */
struct text_slot {
	struct text_slot *next;
	uint64_t index;
	uint8_t *bytes; /* the note */
	union {
		struct trust trust;
		struct roster roster;
	} u;
};

struct store {
	struct db *db;
	const struct log_setup *setup;
	uint64_t size; /* the writer's, with what is not committed */
	uint64_t committed;
	uint64_t touched;
	struct text_slot *trusts, *rosters;
	struct tile_slot tile[TILE_SLOTS];
};

static enum rc
log_row_check(struct store *s, struct why *why)
{
	struct db_query q = db_prepare(s->db, "SELECT vkey, size FROM log");
	char vkey[LOG_VKEY_MAX] = "";
	enum rc rc;

	if (db_row(&q)) {
		snprintf(vkey, sizeof vkey, "%s", db_text(&q, 0, NULL));
		s->size = s->committed = (uint64_t)db_int64(&q, 1);
	}
	rc = db_finish(&q);
	if (rc != RC_OK || vkey[0] == '\0' ||
	    strcmp(vkey, s->setup->vkey) == 0)
		return rc;
	why_set(why, "'%s' is the state of the log %s, not of %s",
	    s->setup->state, vkey, s->setup->vkey);
	return RC_CONFIG;
}

enum rc
store_open(struct store **out, const struct log_setup *setup, bool reader,
    struct why *why)
{
	char path[sizeof setup->state + 16];
	struct store *s = calloc(1, sizeof *s);
	enum rc rc;

	*out = NULL;
	if (s == NULL)
		return RC_MEMORY;
	s->setup = setup;
	snprintf(path, sizeof path, "%s/log.db", setup->state);
	rc = db_open(&s->db, path, &schema, reader ? DB_READ_ONLY : 0, why);
	if (rc == RC_OK)
		rc = log_row_check(s, why);
	if (rc != RC_OK) {
		store_close(s);
		return rc;
	}
	*out = s;
	return RC_OK;
}

/* Drops what was read at or behind index `from`. */
static void
texts_drop(struct text_slot **list, uint64_t from)
{
	struct text_slot *slot;

	while ((slot = *list) != NULL) {
		if (slot->index < from) {
			list = &slot->next;
			continue;
		}
		*list = slot->next;
		free(slot->bytes);
		free(slot);
	}
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	texts_drop(&s->trusts, 0);
	texts_drop(&s->rosters, 0);
	db_close(s->db);
	free(s);
}

/* ---- hashes ----------------------------------------------------------- */

static struct tile_slot *
slot_find(struct store *s, unsigned level, uint64_t number)
{
	struct tile_slot *oldest = &s->tile[0];
	unsigned i;

	for (i = 0; i < TILE_SLOTS; i++) {
		struct tile_slot *t = &s->tile[i];

		if (t->used && t->level == level && t->number == number) {
			t->touched = ++s->touched;
			return t;
		}
		if (oldest->used &&
		    (!t->used || t->touched < oldest->touched))
			oldest = t;
	}
	oldest->used = true;
	oldest->level = level;
	oldest->number = number;
	oldest->touched = ++s->touched;
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
		? "SELECT leaf FROM entry WHERE idx >= ?1 AND idx < ?2"
		  " AND ?3 = 0 ORDER BY idx"
		: "SELECT root FROM tile WHERE number >= ?1 AND number < ?2"
		  " AND level = ?3 - 1 ORDER BY number");
	uint64_t from = t->number * TILE_WIDTH;
	uint8_t hash[32];
	enum rc rc;

	db_bind_int64(&q, 1, (int64_t)(from + t->nodes.width));
	db_bind_int64(&q, 2, (int64_t)(from + TILE_WIDTH));
	db_bind_int64(&q, 3, t->level);
	while (db_row(&q)) {
		db_blob_exact(&q, 0, hash, sizeof hash);
		tile_nodes_append(&t->nodes, hash);
	}
	rc = db_finish(&q);
	if (rc != RC_OK)
		t->used = false;
	return rc;
}

/* The slot of a tile, filled up to `width` hashes at least. */
static enum rc
slot_get(struct store *s, unsigned level, uint64_t number, unsigned width,
    struct tile_slot **out)
{
	struct tile_slot *t = slot_find(s, level, number);
	enum rc rc = RC_OK;

	if (t->nodes.width == 0)
		rc = slot_load_full(s, t);
	if (rc == RC_OK && t->nodes.width < width)
		rc = slot_load_rest(s, t);
	if (rc == RC_OK && t->nodes.width < width) {
		say(SAY_ERROR, "the database has no tile %u/%llu of %u hashes",
		    level, (unsigned long long)number, width);
		t->used = false;
		rc = RC_DATABASE;
	}
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
	enum rc rc = slot_get(s, level / 8, index >> (8 - j), (i + 1) << j, &t);

	if (rc == RC_OK)
		memcpy(out, tile_node(&t->nodes, j, i), 32);
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
	enum rc rc = slot_get(s, level, number, width, &t);

	if (rc == RC_OK)
		memcpy(out, tile_node(&t->nodes, 0, 0), 32 * (size_t)width);
	return rc;
}

enum rc
store_bundle(struct store *s, uint64_t number, unsigned width,
    uint8_t **bundle, size_t *n)
{
	struct db_query q = db_prepare(s->db, "SELECT bytes FROM note"
	    " WHERE idx >= ?1 AND idx < ?1 + ?2 ORDER BY idx");
	size_t cap = 0, k;
	const uint8_t *bytes;
	uint8_t *p = NULL, *grown;
	unsigned have = 0;
	enum rc rc = RC_OK;

	*bundle = NULL;
	*n = 0;
	db_bind_int64(&q, 1, (int64_t)(number * TILE_WIDTH));
	db_bind_int64(&q, 2, width);
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
	if (db_finish(&q) != RC_OK || (rc == RC_OK && have != width))
		rc = RC_DATABASE;
	if (rc != RC_OK) {
		free(p);
		return rc;
	}
	*bundle = p;
	return RC_OK;
}

/* ---- parsed texts ----------------------------------------------------- */

static enum rc
note_bytes(struct store *s, uint64_t index, uint8_t **bytes, size_t *n)
{
	struct db_query q =
	    db_prepare(s->db, "SELECT bytes FROM note WHERE idx = ?1");
	const void *b;
	enum rc rc;

	*bytes = NULL;
	db_bind_int64(&q, 1, (int64_t)index);
	if (db_row(&q)) {
		b = db_blob(&q, 0, n);
		*bytes = malloc(*n);
		if (*bytes != NULL)
			memcpy(*bytes, b, *n);
	}
	rc = db_finish(&q);
	if (rc != RC_OK) {
		free(*bytes);
		*bytes = NULL;
		return rc;
	}
	return *bytes != NULL ? RC_OK : RC_DATABASE;
}

static enum rc
text_load(struct store *s, struct text_slot **list, uint64_t index,
    bool roster, struct text_slot **out)
{
	struct text_slot *slot;
	struct note note;
	size_t n;
	enum rc rc;

	for (slot = *list; slot != NULL; slot = slot->next)
		if (slot->index == index) {
			*out = slot;
			return RC_OK;
		}
	slot = calloc(1, sizeof *slot);
	if (slot == NULL)
		return RC_MEMORY;
	slot->index = index;
	rc = note_bytes(s, index, &slot->bytes, &n);
	if (rc == RC_OK)
		rc = note_split(&note, slot->bytes, n);
	if (rc == RC_OK)
		rc = roster
		    ? roster_parse(&slot->u.roster, slot->bytes, note.text_n)
		    : trust_read(&slot->u.trust, slot->bytes, note.text_n,
			  READER_HOST);
	if (rc != RC_OK) {
		free(slot->bytes);
		free(slot);
		say(SAY_ERROR, "entry %llu cannot be read again",
		    (unsigned long long)index);
		return RC_DATABASE;
	}
	slot->next = *list;
	*list = slot;
	*out = slot;
	return RC_OK;
}

enum rc
store_trust(struct store *s, uint64_t index, const struct trust **out)
{
	struct text_slot *slot;
	enum rc rc = text_load(s, &s->trusts, index, false, &slot);

	if (rc == RC_OK)
		*out = &slot->u.trust;
	return rc;
}

/* The one integer of a query whose parameters are bound. RC_MORE: no row. */
static enum rc
query_index(struct db_query *q, uint64_t *out)
{
	bool found = db_row(q) && !db_is_null(q, 0);
	enum rc rc;

	if (found)
		*out = (uint64_t)db_int64(q, 0);
	rc = db_finish(q);
	return rc == RC_OK && !found ? RC_MORE : rc;
}

/* ---- the log as admission sees it ------------------------------------- */

static const struct log_authority *
authority_find(const struct log_setup *setup, struct slice name)
{
	unsigned i;

	for (i = 0; i < setup->authority_n; i++)
		if (slice_is(name, setup->authority[i].name))
			return &setup->authority[i];
	return NULL;
}

static bool
state_authority(void *context, struct slice name, uint8_t first[static 32],
    bool *no_mirror)
{
	struct store *s = context;
	const struct log_authority *a = authority_find(s->setup, name);

	if (a == NULL)
		return false;
	memcpy(first, a->first, 32);
	*no_mirror = a->no_mirror;
	return true;
}

static enum rc
trust_newest(struct store *s, const char *authority, size_t n, uint64_t size,
    uint64_t *index)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT idx FROM trust WHERE authority = ?1 AND idx < ?2"
	    " ORDER BY revision DESC LIMIT 1");

	db_bind_text(&q, 1, authority, n);
	db_bind_int64(&q, 2, (int64_t)size);
	return query_index(&q, index);
}

static enum rc
state_trust(void *context, struct slice authority, const struct trust **out)
{
	struct store *s = context;
	uint64_t index;
	enum rc rc = trust_newest(s, (const char *)authority.p, authority.n,
	    INT64_MAX, &index);

	*out = NULL;
	if (rc == RC_MORE)
		return RC_OK;
	return rc == RC_OK ? store_trust(s, index, out) : rc;
}

static enum rc
state_roster(void *context, const uint8_t key[static 32],
    const struct roster **out)
{
	struct store *s = context;
	struct text_slot *slot;
	struct db_query q = db_prepare(s->db, "SELECT idx FROM roster"
	    " WHERE key = ?1 ORDER BY serial DESC LIMIT 1");
	uint64_t index;
	enum rc rc;

	*out = NULL;
	db_bind_blob(&q, 1, key, 32);
	rc = query_index(&q, &index);
	if (rc == RC_MORE)
		return RC_OK;
	if (rc == RC_OK)
		rc = text_load(s, &s->rosters, index, true, &slot);
	if (rc == RC_OK)
		*out = &slot->u.roster;
	return rc;
}

static enum rc
state_known(void *context, const uint8_t id[static 32], bool *out)
{
	struct store *s = context;
	uint64_t index;
	struct db_query q = db_prepare(s->db,
	    "SELECT idx FROM entry WHERE id = ?1 AND kind IN (?2, ?3)");
	enum rc rc;

	db_bind_blob(&q, 1, id, 32);
	db_bind_int64(&q, 2, ADMISSION_TRUST);
	db_bind_int64(&q, 3, ADMISSION_ROSTER);
	rc = query_index(&q, &index);
	*out = rc == RC_OK;
	return rc == RC_MORE ? RC_OK : rc;
}

static enum rc
state_product(void *context, struct slice authority, uint32_t epoch,
    struct slice product, struct admission_product *out)
{
	struct store *s = context;
	struct db_query q = db_prepare(s->db,
	    "SELECT sequence, floor FROM product WHERE product = ?1"
	    " AND authority = ?2 AND epoch = ?3");

	memset(out, 0, sizeof *out);
	db_bind_text(&q, 1, (const char *)product.p, product.n);
	db_bind_text(&q, 2, (const char *)authority.p, authority.n);
	db_bind_int64(&q, 3, epoch);
	if (db_row(&q)) {
		out->released = true;
		out->sequence = (uint32_t)db_int64(&q, 0);
		out->withdrawn = !db_is_null(&q, 1);
		if (out->withdrawn)
			out->floor = (uint32_t)db_int64(&q, 1);
	}
	return db_finish(&q);
}

static enum rc
state_objections(void *context, const uint8_t key[static 32],
    const uint8_t release[static 32], unsigned *out)
{
	struct store *s = context;
	struct db_query q = db_prepare(s->db, "SELECT count(*) FROM objection"
	    " WHERE key = ?1 AND release = ?2");

	*out = 0;
	db_bind_blob(&q, 1, key, 32);
	db_bind_blob(&q, 2, release, 32);
	if (db_row(&q))
		*out = (unsigned)db_int64(&q, 0);
	return db_finish(&q);
}

static bool
state_cosigner(void *context, const struct vkey *k)
{
	struct store *s = context;
	unsigned i;

	for (i = 0; i < s->setup->witness_n; i++) {
		const struct vkey *w = &s->setup->witness[i].key;

		if (slice_equal(w->name, k->name) &&
		    memcmp(w->key, k->key, 32) == 0)
			return true;
	}
	return false;
}

void
store_state(struct admission_state *out, struct store *s)
{
	*out = (struct admission_state){
	    .context = s,
	    .log = &s->setup->key,
	    .authority = state_authority,
	    .trust = state_trust,
	    .roster = state_roster,
	    .known = state_known,
	    .product = state_product,
	    .objections = state_objections,
	    .cosigner = state_cosigner,
	};
}

/* ---- appending -------------------------------------------------------- */

enum rc
store_head(struct store *s, struct store_head *out)
{
	struct db_query q =
	    db_prepare(s->db, "SELECT size, root, checkpoint FROM log");
	const void *b;
	size_t n;

	memset(out, 0, sizeof *out);
	if (db_row(&q)) {
		out->size = (uint64_t)db_int64(&q, 0);
		db_blob_exact(&q, 1, out->root, 32);
		b = db_blob(&q, 2, &n);
		if (n <= sizeof out->checkpoint) {
			memcpy(out->checkpoint, b, n);
			out->checkpoint_n = (uint16_t)n;
		}
	}
	return db_finish(&q);
}

enum rc
store_begin(struct store *s)
{
	s->size = s->committed;
	return db_begin(s->db);
}

void
store_rollback(struct store *s)
{
	db_rollback(s->db);
	texts_drop(&s->trusts, s->committed);
	texts_drop(&s->rosters, s->committed);
	memset(s->tile, 0, sizeof s->tile);
	s->size = s->committed;
}

static enum rc
entry_insert(struct store *s, const struct admission *a, uint64_t trust)
{
	struct db_query q = db_prepare(s->db, "INSERT INTO entry(idx, id,"
	    " leaf, kind, trust) VALUES(?1, ?2, ?3, ?4, ?5)");
	uint8_t leaf[32];
	enum rc rc;

	merkle_leaf(leaf, a->bytes, a->note.n);
	db_bind_int64(&q, 1, (int64_t)s->size);
	db_bind_blob(&q, 2, a->id, 32);
	db_bind_blob(&q, 3, leaf, 32);
	db_bind_int64(&q, 4, a->kind);
	db_bind_int64(&q, 5, (int64_t)trust);
	rc = db_finish(&q);
	if (rc != RC_OK)
		return rc;
	q = db_prepare(s->db, "INSERT INTO note(idx, bytes) VALUES(?1, ?2)");
	db_bind_int64(&q, 1, (int64_t)s->size);
	db_bind_blob(&q, 2, a->bytes, a->note.n);
	return db_finish(&q);
}

static enum rc
release_insert(struct store *s, const struct admission *a)
{
	const struct release *r = &a->u.release;
	struct db_query q = db_prepare(s->db,
	    "INSERT INTO product(product, authority, epoch, sequence, idx)"
	    " VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE"
	    " SET sequence = ?4, idx = ?5 WHERE sequence < ?4");
	struct walk w;
	struct line l;
	uint8_t digest[32];
	enum rc rc;

	db_bind_text(&q, 1, (const char *)r->product.p, r->product.n);
	db_bind_text(&q, 2, (const char *)r->authority.p, r->authority.n);
	db_bind_int64(&q, 3, r->epoch);
	db_bind_int64(&q, 4, r->sequence);
	db_bind_int64(&q, 5, (int64_t)s->size);
	rc = db_finish(&q);
	if (rc == RC_OK)
		rc = walk_init(&w, a->bytes, a->note.text_n,
		    "quorate/release@v1", release_rules, release_rule_n,
		    READER_DEVICE);
	while (rc == RC_OK) {
		rc = line_next_of(&w, RELEASE_RULE_PAYLOAD, &l);
		if (rc != RC_OK || !slice_hex(l.field[2], digest, 32))
			break;
		q = db_prepare(s->db, "INSERT OR IGNORE INTO"
		    " payload(sha256, idx) VALUES(?1, ?2)");
		db_bind_blob(&q, 1, digest, 32);
		db_bind_int64(&q, 2, (int64_t)s->size);
		rc = db_finish(&q);
	}
	return rc == RC_MORE ? RC_OK : rc;
}

static enum rc
withdraw_insert(struct store *s, const struct admission *a)
{
	const struct release *r = &a->u.release;
	struct db_query q = db_prepare(s->db, "UPDATE product SET floor = ?4"
	    " WHERE product = ?1 AND authority = ?2 AND epoch = ?3"
	    " AND (floor IS NULL OR floor < ?4)");

	db_bind_text(&q, 1, (const char *)r->product.p, r->product.n);
	db_bind_text(&q, 2, (const char *)r->authority.p, r->authority.n);
	db_bind_int64(&q, 3, r->epoch);
	db_bind_int64(&q, 4, r->floor);
	return db_finish(&q);
}

static enum rc
kind_insert(struct store *s, const struct admission *a)
{
	struct db_query q;

	switch (a->kind) {
	case ADMISSION_RELEASE:
		return release_insert(s, a);
	case ADMISSION_WITHDRAW:
		return withdraw_insert(s, a);
	case ADMISSION_TRUST:
		q = db_prepare(s->db, "INSERT INTO trust(authority, revision,"
		    " idx) VALUES(?1, ?2, ?3)");
		db_bind_text(&q, 1, (const char *)a->authority.p,
		    a->authority.n);
		db_bind_int64(&q, 2, a->u.trust.revision);
		db_bind_int64(&q, 3, (int64_t)s->size);
		return db_finish(&q);
	case ADMISSION_ROSTER:
		q = db_prepare(s->db, "INSERT INTO roster(key, serial, idx)"
		    " VALUES(?1, ?2, ?3)");
		db_bind_blob(&q, 1, a->u.roster.key.key, 32);
		db_bind_int64(&q, 2, a->u.roster.serial);
		db_bind_int64(&q, 3, (int64_t)s->size);
		return db_finish(&q);
	default:
		q = db_prepare(s->db, "INSERT INTO objection(key, release, idx)"
		    " VALUES(?1, ?2, ?3)");
		db_bind_blob(&q, 1, a->objector, 32);
		db_bind_blob(&q, 2, a->u.objection.release, 32);
		db_bind_int64(&q, 3, (int64_t)s->size);
		return db_finish(&q);
	}
}

enum rc
store_append(struct store *s, const struct admission *a, uint64_t *index)
{
	uint64_t trust = s->size; /* a first trust text checks itself */
	enum rc rc = trust_newest(s, (const char *)a->authority.p,
	    a->authority.n, INT64_MAX, &trust);

	if (rc == RC_OK || rc == RC_MORE)
		rc = entry_insert(s, a, trust);
	if (rc == RC_OK)
		rc = kind_insert(s, a);
	if (rc == RC_OK)
		*index = s->size++;
	return rc;
}

static enum rc
tile_insert(struct store *s, unsigned level, uint64_t number)
{
	struct tile_slot *t;
	enum rc rc = slot_get(s, level, number, TILE_WIDTH, &t);
	struct db_query q;

	if (rc != RC_OK)
		return rc;
	q = db_prepare(s->db, "INSERT INTO tile(level, number, hashes, root)"
	    " VALUES(?1, ?2, ?3, ?4)");
	db_bind_int64(&q, 1, level);
	db_bind_int64(&q, 2, (int64_t)number);
	db_bind_blob(&q, 3, tile_node(&t->nodes, 0, 0), TILE_BYTES);
	db_bind_blob(&q, 4, tile_node(&t->nodes, 8, 0), 32);
	return db_finish(&q);
}

/* Tiles that this step has filled, lowest level first: the ones above are
 * made of their roots. */
enum rc
store_root(struct store *s, uint64_t *size, uint8_t root[static 32])
{
	struct tlog_source source = store_source(s);
	unsigned level;
	uint64_t n;
	enum rc rc = RC_OK;

	for (level = 0; level < TILE_LEVELS_MAX; level++)
		for (n = s->committed >> (8 * level) >> 8;
		     rc == RC_OK && n < s->size >> (8 * level) >> 8; n++)
			rc = tile_insert(s, level, n);
	*size = s->size;
	return rc == RC_OK ? tlog_root(root, s->size, &source) : rc;
}

enum rc
store_commit(struct store *s, const struct store_head *head)
{
	struct db_query q = s->committed == 0
	    ? db_prepare(s->db, "INSERT INTO log(one, vkey, size, root,"
		" checkpoint) VALUES(1, ?1, ?3, ?4, ?5) ON CONFLICT DO UPDATE"
		" SET size = ?3, root = ?4, checkpoint = ?5"
		" WHERE vkey = ?1 AND size = ?2")
	    : db_prepare(s->db, "UPDATE log SET size = ?3, root = ?4,"
		" checkpoint = ?5 WHERE vkey = ?1 AND size = ?2");
	enum rc rc;

	db_bind_text(&q, 1, s->setup->vkey, strlen(s->setup->vkey));
	db_bind_int64(&q, 2, (int64_t)s->committed);
	db_bind_int64(&q, 3, (int64_t)head->size);
	db_bind_blob(&q, 4, head->root, 32);
	db_bind_blob(&q, 5, head->checkpoint, head->checkpoint_n);
	rc = db_finish(&q);
	if (rc == RC_OK && (db_changes(s->db) != 1 || head->size != s->size))
		rc = RC_LOG_FORK;
	if (rc == RC_OK)
		rc = db_commit(s->db);
	if (rc == RC_OK)
		s->committed = s->size;
	return rc;
}

/* ---- reading ---------------------------------------------------------- */

enum rc
store_find(struct store *s, const uint8_t id[static 32], uint64_t *index)
{
	struct db_query q =
	    db_prepare(s->db, "SELECT idx FROM entry WHERE id = ?1");

	db_bind_blob(&q, 1, id, 32);
	return query_index(&q, index);
}

enum rc
store_find_payload(struct store *s, const uint8_t sha256[static 32],
    uint64_t nth, uint64_t *index)
{
	struct db_query q = db_prepare(s->db, "SELECT idx FROM payload"
	    " WHERE sha256 = ?1 ORDER BY idx DESC LIMIT 1 OFFSET ?2");

	db_bind_blob(&q, 1, sha256, 32);
	db_bind_int64(&q, 2, (int64_t)nth);
	return query_index(&q, index);
}

enum rc
store_find_product(struct store *s, const char *product,
    const char *authority, uint64_t *index)
{
	struct db_query q = db_prepare(s->db, "SELECT max(idx) FROM product"
	    " WHERE product = ?1 AND (?2 IS NULL OR authority = ?2)");

	db_bind_text(&q, 1, product, strlen(product));
	if (authority != NULL)
		db_bind_text(&q, 2, authority, strlen(authority));
	else
		db_bind_null(&q, 2);
	return query_index(&q, index);
}

enum rc
store_entry(struct store *s, uint64_t index, struct store_entry *out)
{
	struct db_query q = db_prepare(s->db, "SELECT kind, trust, bytes"
	    " FROM entry JOIN note USING(idx) WHERE idx = ?1");
	bool found = false;
	const void *b;
	enum rc rc;

	db_bind_int64(&q, 1, (int64_t)index);
	if (db_row(&q)) {
		out->kind = (enum admission_kind)db_int64(&q, 0);
		out->trust = (uint64_t)db_int64(&q, 1);
		b = db_blob(&q, 2, &out->note_n);
		found = out->note_n <= sizeof out->note;
		if (found)
			memcpy(out->note, b, out->note_n);
	}
	rc = db_finish(&q);
	return rc == RC_OK && !found ? RC_DATABASE : rc;
}

enum rc
store_in_force(struct store *s, uint64_t size,
    struct store_force out[static LOG_AUTHORITIES_MAX], unsigned *n)
{
	unsigned i;
	enum rc rc = RC_OK;

	*n = 0;
	for (i = 0; rc == RC_OK && i < s->setup->authority_n; i++) {
		const char *name = s->setup->authority[i].name;
		struct store_force *f = &out[*n];

		rc = trust_newest(s, name, strlen(name), size, &f->now);
		if (rc == RC_MORE) {
			rc = RC_OK;
			continue;
		}
		if (rc == RC_OK)
			rc = trust_newest(s, name, strlen(name), f->now,
			    &f->before);
		if (rc == RC_MORE) {
			f->before = f->now;
			rc = RC_OK;
		}
		(*n)++;
	}
	return rc;
}

enum rc
store_force_of(struct store *s, uint64_t trust, uint64_t size, uint64_t *now)
{
	const struct trust *t;
	struct slice name;
	enum rc rc = store_trust(s, trust, &t);

	if (rc != RC_OK)
		return rc;
	name = trust_name(t);
	return trust_newest(s, (const char *)name.p, name.n, size, now);
}

/* ---- trust files ------------------------------------------------------ */

enum rc
store_trust_file(struct store *s, uint64_t index, uint8_t **file, size_t *n)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT file FROM trust WHERE idx = ?1 AND file IS NOT NULL");
	bool found;
	const void *b;
	enum rc rc;

	*file = NULL;
	db_bind_int64(&q, 1, (int64_t)index);
	found = db_row(&q);
	if (found) {
		b = db_blob(&q, 0, n);
		*file = malloc(*n);
		if (*file != NULL)
			memcpy(*file, b, *n);
	}
	rc = db_finish(&q);
	if (rc == RC_OK && !found)
		return RC_MORE;
	return rc == RC_OK && *file == NULL ? RC_MEMORY : rc;
}

enum rc
store_trust_file_set(struct store *s, uint64_t index, const uint8_t *file,
    size_t n)
{
	struct db_query q = db_prepare(s->db, "UPDATE trust SET file = ?2"
	    " WHERE idx = ?1 AND file IS NULL");

	db_bind_int64(&q, 1, (int64_t)index);
	db_bind_blob(&q, 2, file, n);
	return db_finish(&q);
}

enum rc
store_trust_unfiled(struct store *s, uint64_t size, uint64_t *out,
    unsigned max, unsigned *n)
{
	struct db_query q = db_prepare(s->db, "SELECT idx FROM trust"
	    " WHERE file IS NULL AND idx < ?1 ORDER BY idx LIMIT ?2");

	*n = 0;
	db_bind_int64(&q, 1, (int64_t)size);
	db_bind_int64(&q, 2, max);
	while (*n < max && db_row(&q))
		out[(*n)++] = (uint64_t)db_int64(&q, 0);
	return db_finish(&q);
}
