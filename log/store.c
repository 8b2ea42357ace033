/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQL of the log. Entries and head move in one transaction, so that the head
 * signs exactly what is there; the statement that moves the head compares
 * it first. Tables beside `log` and `item` can be made again from these.
 */
#include "log/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/file.h"
#include "host/say.h"
#include "log/store_inside.h"

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
    /* One row an entry, and what an append need not look up goes: ids and
     * payloads into index.db, leaf hashes into the tiles. */
    "CREATE TABLE item(idx INTEGER PRIMARY KEY CHECK(idx >= 0),"
    " kind INTEGER NOT NULL, trust INTEGER NOT NULL,"
    " bytes BLOB NOT NULL) STRICT;"
    "INSERT INTO item SELECT idx, kind, trust, bytes FROM entry JOIN note"
    " USING(idx) ORDER BY idx;"
    "CREATE TABLE trust2(authority TEXT NOT NULL, revision INTEGER NOT NULL,"
    " idx INTEGER NOT NULL UNIQUE, file BLOB,"
    " PRIMARY KEY(authority, revision)) STRICT;"
    "INSERT INTO trust2 SELECT authority, revision, idx, file FROM trust;"
    "CREATE TABLE roster2(key BLOB NOT NULL, serial INTEGER NOT NULL,"
    " idx INTEGER NOT NULL UNIQUE, PRIMARY KEY(key, serial))"
    " STRICT, WITHOUT ROWID;"
    "INSERT INTO roster2 SELECT key, serial, idx FROM roster;"
    "CREATE TABLE product2(product TEXT NOT NULL, authority TEXT NOT NULL,"
    " epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, floor INTEGER,"
    " idx INTEGER NOT NULL, PRIMARY KEY(product, authority, epoch))"
    " STRICT, WITHOUT ROWID;"
    "INSERT INTO product2 SELECT product, authority, epoch, sequence, floor,"
    " idx FROM product;"
    "DROP TABLE product; DROP TABLE roster; DROP TABLE trust;"
    "DROP TABLE payload; DROP TABLE note; DROP TABLE entry;"
    "ALTER TABLE trust2 RENAME TO trust;"
    "ALTER TABLE roster2 RENAME TO roster;"
    "ALTER TABLE product2 RENAME TO product;",
};
static const struct db_schema schema = {steps, 2};

/*
 * Whether the stored head is signed by the configured key. Then a state that
 * carries another key's name is ours all the same: both have signed while
 * that one's time ran out. From now on it carries this one.
 */
static enum rc
log_row_take_over(struct store *s, const char *vkey)
{
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	struct store_head head;
	struct db_query q;
	struct note note;
	uint64_t none;
	enum rc rc = store_head(s, &head);

	if (rc == RC_OK)
		rc = note_split(&note, head.checkpoint, head.checkpoint_n);
	if (rc == RC_OK)
		rc = checkpoint_line_by(blob, &none, &note, &s->setup->key);
	if (rc != RC_OK)
		return RC_CONFIG;
	q = db_prepare(s->db, "UPDATE log SET vkey = ?1 WHERE vkey = ?2");
	db_bind_text(&q, 1, s->setup->vkey, strlen(s->setup->vkey));
	db_bind_text(&q, 2, vkey, strlen(vkey));
	return db_finish(&q);
}

static enum rc
log_row_check(struct store *s, struct why *why)
{
	struct db_query q = db_prepare(s->db, "SELECT vkey, size FROM log");
	char vkey[LOG_VKEY_MAX] = "";
	uint64_t size = 0;
	enum rc rc;

	if (db_row(&q)) {
		snprintf(vkey, sizeof vkey, "%s", db_text(&q, 0, NULL));
		size = (uint64_t)db_int64(&q, 1);
	}
	rc = db_finish(&q);
	if (s->writer)
		s->size = s->shared->committed = size;
	if (rc != RC_OK || vkey[0] == '\0' ||
	    strcmp(vkey, s->setup->vkey) == 0)
		return rc;
	if (s->writer)
		rc = log_row_take_over(s, vkey);
	if (s->writer && rc != RC_CONFIG)
		return rc;
	why_set(why, "'%s' is the state of the log %s, not of %s",
	    s->setup->state, vkey, s->setup->vkey);
	return RC_CONFIG;
}

static struct store_shared *
shared_new(void)
{
	struct store_shared *shared = calloc(1, sizeof *shared);

	if (shared == NULL)
		return NULL;
	pthread_mutex_init(&shared->lock, NULL);
	shared->tail_max = TAIL_MAX;
	return shared;
}

static void
shared_leave(struct store_shared *shared)
{
	bool last;

	if (shared == NULL)
		return;
	pthread_mutex_lock(&shared->lock);
	last = --shared->users == 0;
	pthread_mutex_unlock(&shared->lock);
	if (!last)
		return;
	texts_truncate(shared, 0);
	index_release(shared);
	pthread_mutex_destroy(&shared->lock);
	free(shared);
}

static enum rc
open_as(struct store **out, const struct log_setup *setup,
    struct store *beside, unsigned flags, struct why *why)
{
	char path[sizeof setup->state + 16];
	struct store *s = calloc(1, sizeof *s);
	enum rc rc = RC_MEMORY;

	*out = NULL;
	if (s == NULL)
		return rc;
	s->setup = setup;
	s->writer = beside == NULL;
	s->shared = beside != NULL ? beside->shared : shared_new();
	if (s->shared == NULL)
		goto out;
	pthread_mutex_lock(&s->shared->lock);
	s->shared->users++;
	pthread_mutex_unlock(&s->shared->lock);
	snprintf(path, sizeof path, "%s/log.db", setup->state);
	rc = db_open(&s->db, path, &schema, flags, why);
	if (rc == RC_OK)
		rc = log_row_check(s, why);
	if (rc == RC_OK && s->writer) {
		rc = texts_open(s);
		s->shared->generation_committed = s->shared->generation;
	}
	if (rc == RC_OK)
		rc = index_open(s, why);
out:
	if (rc != RC_OK)
		store_close(s);
	else
		*out = s;
	return rc;
}

enum rc
store_open(struct store **out, const struct log_setup *setup,
    struct store *beside, struct why *why)
{
	return open_as(out, setup, beside,
	    beside == NULL ? DB_LONG_ROWS : DB_READ_ONLY, why);
}

enum rc
store_open_publisher(struct store **out, const struct log_setup *setup,
    struct store *beside, struct why *why)
{
	return open_as(out, setup, beside, 0, why);
}

enum rc
store_setup_of(struct log_setup *setup, const char *state, struct why *why)
{
	char path[LOG_VKEY_MAX + 4096], *vkey = setup->vkey;
	struct db_query q;
	struct db *db;
	enum rc rc;

	snprintf(setup->state, sizeof setup->state, "%s", state);
	snprintf(path, sizeof path, "%s/log.db", state);
	if (!file_exists(path)) {
		why_set(why, "'%s' is not the state of a log", state);
		return RC_FILE_ABSENT;
	}
	rc = db_open(&db, path, &schema, 0, why);
	if (rc != RC_OK)
		return rc;
	q = db_prepare(db, "SELECT vkey FROM log");
	if (db_row(&q))
		snprintf(vkey, LOG_VKEY_MAX, "%s", db_text(&q, 0, NULL));
	rc = db_finish(&q);
	db_close(db);
	if (rc == RC_OK && vkey[0] == '\0') {
		why_set(why, "the log in '%s' has signed nothing yet", state);
		rc = RC_FILE_ABSENT;
	}
	if (rc == RC_OK)
		rc = vkey_parse(&setup->key,
		    (struct slice){(uint8_t *)vkey, strlen(vkey)},
		    KEY_ED25519);
	return rc;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	db_close(s->db);
	db_close(s->index_db);
	shared_leave(s->shared);
	free(s);
}

/* The one column of a statement that finds an index. */
enum rc
query_index(struct db_query *q, uint64_t *index)
{
	bool found = db_row(q) && !db_is_null(q, 0);
	enum rc rc;

	if (found)
		*index = (uint64_t)db_int64(q, 0);
	rc = db_finish(q);
	return rc == RC_OK && !found ? RC_MORE : rc;
}

enum rc
store_note(struct store *s, uint64_t index, uint8_t **bytes, size_t *n)
{
	struct db_query q =
	    db_prepare(s->db, "SELECT bytes FROM item WHERE idx = ?1");
	const void *b;
	enum rc rc;

	*bytes = NULL;
	db_bind_int64(&q, 1, (int64_t)index);
	if (db_row(&q)) {
		b = db_blob(&q, 0, n);
		*bytes = malloc(*n + 1);
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
	s->size = s->shared->committed;
	return db_begin(s->db);
}

void
store_rollback(struct store *s)
{
	struct store_shared *shared = s->shared;

	db_rollback(s->db);
	pthread_mutex_lock(&shared->lock);
	texts_truncate(shared, shared->committed);
	tree_truncate(shared, shared->committed);
	index_truncate(shared, shared->committed);
	s->size = shared->committed;
	pthread_mutex_unlock(&shared->lock);
}

static enum rc
item_insert(struct store *s, const struct admission *a, uint64_t trust)
{
	struct db_query q = db_prepare(s->db, "INSERT INTO item(idx, kind,"
	    " trust, bytes) VALUES(?1, ?2, ?3, ?4)");

	db_bind_int64(&q, 1, (int64_t)s->size);
	db_bind_int64(&q, 2, a->kind);
	db_bind_int64(&q, 3, (int64_t)trust);
	db_bind_blob(&q, 4, a->bytes, a->note.n);
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

	db_bind_text(&q, 1, (const char *)r->product.p, r->product.n);
	db_bind_text(&q, 2, (const char *)r->authority.p, r->authority.n);
	db_bind_int64(&q, 3, r->epoch);
	db_bind_int64(&q, 4, r->sequence);
	db_bind_int64(&q, 5, (int64_t)s->size);
	return db_finish(&q);
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
store_append(struct store *s, const struct admission *a, uint64_t *index,
    uint64_t *trust)
{
	uint64_t size;
	enum rc rc = store_find(s, a->id, a->unlogged, index, &size);

	if (rc != RC_MORE)
		return rc == RC_OK ? RC_CONFLICT : rc;
	*trust = s->size; /* a first trust text checks itself */
	rc = trust_newest(s, a->authority.p, a->authority.n, s->size, trust);
	if (rc == RC_OK || rc == RC_MORE)
		rc = item_insert(s, a, *trust);
	if (rc == RC_OK)
		rc = kind_insert(s, a);
	if (rc == RC_OK)
		rc = tree_append(s, a->leaf);
	if (rc == RC_OK)
		rc = index_append(s, s->size, a);
	if (rc == RC_OK &&
	    (a->kind == ADMISSION_TRUST || a->kind == ADMISSION_ROSTER))
		rc = texts_append(s, a);
	if (rc == RC_OK)
		*index = s->size++;
	return rc;
}

enum rc
store_commit(struct store *s, const struct store_head *head)
{
	struct db_query q = s->shared->committed == 0
	    ? db_prepare(s->db, "INSERT INTO log(one, vkey, size, root,"
		" checkpoint) VALUES(1, ?1, ?3, ?4, ?5) ON CONFLICT DO UPDATE"
		" SET size = ?3, root = ?4, checkpoint = ?5"
		" WHERE vkey = ?1 AND size = ?2")
	    : db_prepare(s->db, "UPDATE log SET size = ?3, root = ?4,"
		" checkpoint = ?5 WHERE vkey = ?1 AND size = ?2");
	enum rc rc;

	db_bind_text(&q, 1, s->setup->vkey, strlen(s->setup->vkey));
	db_bind_int64(&q, 2, (int64_t)s->shared->committed);
	db_bind_int64(&q, 3, (int64_t)head->size);
	db_bind_blob(&q, 4, head->root, 32);
	db_bind_blob(&q, 5, head->checkpoint, head->checkpoint_n);
	rc = db_finish(&q);
	if (rc == RC_OK && (db_changes(s->db) != 1 || head->size != s->size))
		rc = RC_LOG_FORK;
	if (rc == RC_OK)
		rc = db_commit(s->db);
	if (rc != RC_OK)
		return rc;
	pthread_mutex_lock(&s->shared->lock);
	s->shared->committed = s->size;
	s->shared->generation_committed = s->shared->generation;
	pthread_mutex_unlock(&s->shared->lock);
	if (index_rotate(s) != RC_OK) /* it is committed all the same */
		say(SAY_ERROR, "the index cannot be written");
	return RC_OK;
}

/* ---- reading ---------------------------------------------------------- */

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
	    " FROM item WHERE idx = ?1");
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
store_trust_next(struct store *s, uint64_t from, uint64_t size,
    uint64_t *index)
{
	struct db_query q = db_prepare(s->db, "SELECT min(idx) FROM trust"
	    " WHERE idx >= ?1 AND idx < ?2");

	db_bind_int64(&q, 1, (int64_t)from);
	db_bind_int64(&q, 2, (int64_t)size);
	return query_index(&q, index);
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
