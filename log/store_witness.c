/* SPDX-License-Identifier: Apache-2.0 */
#include "log/store_witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/db.h"
#include "host/digest.h"

static const char *const steps[] = {
    "CREATE TABLE witness(one INTEGER PRIMARY KEY CHECK(one = 1),"
    " vkey TEXT NOT NULL) STRICT;"
    "CREATE TABLE head(origin TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE,"
    " size INTEGER NOT NULL, root BLOB NOT NULL CHECK(length(root) = 32),"
    " note BLOB NOT NULL, time INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    /* fork 1: held and body prove two histories by themselves */
    "CREATE TABLE evidence(number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " origin TEXT NOT NULL, fork INTEGER NOT NULL, time INTEGER NOT NULL,"
    " held BLOB, body BLOB NOT NULL, UNIQUE(origin, body)) STRICT;",
    "CREATE TABLE pending(origin TEXT NOT NULL, size INTEGER NOT NULL,"
    " root BLOB NOT NULL CHECK(length(root) = 32), note BLOB NOT NULL,"
    " PRIMARY KEY(origin, size)) STRICT, WITHOUT ROWID;",
};
static const struct db_schema schema = {steps, 2};

struct witness_store {
	struct db *db;
	bool remember;
};

void
witness_store_remember(struct witness_store *s)
{
	s->remember = true;
}

enum rc
witness_store_open(struct witness_store **out, const char *state,
    const char *vkey, bool reader, struct why *why)
{
	char path[4096];
	struct witness_store *s = calloc(1, sizeof *s);
	struct db_query q;
	bool same = false;
	enum rc rc;

	*out = NULL;
	if (s == NULL)
		return RC_MEMORY;
	snprintf(path, sizeof path, "%s/witness.db", state);
	rc = db_open(&s->db, path, &schema, reader ? DB_READ_ONLY : 0, why);
	if (rc == RC_OK && !reader) {
		q = db_prepare(s->db, "INSERT INTO witness(one, vkey)"
		    " VALUES(1, ?1) ON CONFLICT DO NOTHING");
		db_bind_text(&q, 1, vkey, strlen(vkey));
		rc = db_finish(&q);
	}
	same = vkey == NULL;
	if (rc == RC_OK && vkey != NULL) {
		q = db_prepare(s->db, "SELECT vkey = ?1 FROM witness");
		db_bind_text(&q, 1, vkey, strlen(vkey));
		same = db_row(&q) && db_int64(&q, 0) == 1;
		rc = db_finish(&q);
	}
	if (rc == RC_OK && !same) {
		why_set(why, "'%s' is the state of another witness key", state);
		rc = RC_CONFIG;
	}
	if (rc != RC_OK) {
		witness_store_close(s);
		return rc;
	}
	*out = s;
	return RC_OK;
}

void
witness_store_close(struct witness_store *s)
{
	if (s == NULL)
		return;
	db_close(s->db);
	free(s);
}

enum rc
witness_store_begin(struct witness_store *s)
{
	return db_begin(s->db);
}

enum rc
witness_store_commit(struct witness_store *s)
{
	return db_commit(s->db);
}

void
witness_store_rollback(struct witness_store *s)
{
	db_rollback(s->db);
}

enum rc
witness_store_head(struct witness_store *s, struct slice origin,
    struct witness_head *out)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT size, root FROM head WHERE origin = ?1");

	memset(out, 0, sizeof *out);
	db_bind_text(&q, 1, (const char *)origin.p, origin.n);
	if (db_row(&q)) {
		out->size = (uint64_t)db_int64(&q, 0);
		db_blob_exact(&q, 1, out->root, 32);
	}
	return db_finish(&q);
}

static enum rc
pending_insert(struct witness_store *s, struct slice origin,
    const struct checkpoint *head, const uint8_t *note, size_t n)
{
	struct db_query q = db_prepare(s->db, "INSERT INTO pending(origin,"
	    " size, root, note) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE"
	    " SET root = ?3, note = ?4");
	enum rc rc;

	db_bind_text(&q, 1, (const char *)origin.p, origin.n);
	db_bind_int64(&q, 2, (int64_t)head->size);
	db_bind_blob(&q, 3, head->root, 32);
	db_bind_blob(&q, 4, note, n);
	rc = db_finish(&q);
	if (rc != RC_OK)
		return rc;
	q = db_prepare(s->db, "DELETE FROM pending WHERE origin = ?1 AND"
	    " size <= (SELECT size FROM pending WHERE origin = ?1"
	    " ORDER BY size DESC LIMIT 1 OFFSET ?2)");
	db_bind_text(&q, 1, (const char *)origin.p, origin.n);
	db_bind_int64(&q, 2, PENDING_MAX);
	return db_finish(&q);
}

enum rc
witness_store_pending(struct witness_store *s, struct slice origin,
    uint64_t size, uint8_t root[static 32], uint8_t *note, size_t *n)
{
	struct db_query q = db_prepare(s->db, "SELECT root, note FROM pending"
	    " WHERE origin = ?1 AND size = ?2");
	bool found = false;
	const void *b;
	enum rc rc;

	db_bind_text(&q, 1, (const char *)origin.p, origin.n);
	db_bind_int64(&q, 2, (int64_t)size);
	if (db_row(&q)) {
		db_blob_exact(&q, 0, root, 32);
		b = db_blob(&q, 1, n);
		found = *n <= COSIGN_BODY_TAKEN_MAX;
		if (found)
			memcpy(note, b, *n);
	}
	rc = db_finish(&q);
	return rc == RC_OK && !found ? RC_MORE : rc;
}

/* The condition is the safety: a later, smaller request changes nothing. */
enum rc
witness_store_move(struct witness_store *s, struct slice origin, uint64_t old,
    const struct checkpoint *head, const uint8_t *note, size_t n,
    uint64_t time)
{
	struct db_query q = db_prepare(s->db, old == 0
		? "INSERT INTO head(origin, size, root, note, time, hash)"
		  " VALUES(?1, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(origin)"
		  " DO UPDATE SET size = ?3, root = ?4, note = ?5, time = ?6"
		  " WHERE size = ?2"
		: "UPDATE head SET size = ?3, root = ?4, note = ?5, time = ?6"
		  " WHERE origin = ?1 AND size = ?2 AND hash = ?7");
	uint8_t hash[32];
	enum rc rc;

	sha256_of(hash, origin.p, origin.n);
	db_bind_text(&q, 1, (const char *)origin.p, origin.n);
	db_bind_int64(&q, 2, (int64_t)old);
	db_bind_int64(&q, 3, (int64_t)head->size);
	db_bind_blob(&q, 4, head->root, 32);
	db_bind_blob(&q, 5, note, n);
	db_bind_int64(&q, 6, (int64_t)time);
	db_bind_blob(&q, 7, hash, 32);
	rc = db_finish(&q);
	if (rc == RC_OK && db_changes(s->db) != 1)
		rc = RC_CONFLICT;
	return rc == RC_OK && s->remember
	    ? pending_insert(s, origin, head, note, n)
	    : rc;
}

enum rc
witness_store_latest(struct witness_store *s,
    const uint8_t origin_hash[static 32], uint8_t *note, size_t *n,
    uint64_t *time)
{
	struct db_query q =
	    db_prepare(s->db, "SELECT note, time FROM head WHERE hash = ?1");
	bool found = false;
	const void *b;
	enum rc rc;

	db_bind_blob(&q, 1, origin_hash, 32);
	if (db_row(&q)) {
		b = db_blob(&q, 0, n);
		found = *n <= COSIGN_BODY_TAKEN_MAX;
		if (found)
			memcpy(note, b, *n);
		*time = (uint64_t)db_int64(&q, 1);
	}
	rc = db_finish(&q);
	return rc == RC_OK && !found ? RC_MORE : rc;
}

enum rc
witness_store_evidence(struct witness_store *s, struct slice origin, bool fork,
    const uint8_t *body, size_t n, uint64_t time)
{
	/* a log could sign roots of one size until the disk is full: the
	 * first ones say all there is to say */
	struct db_query q = db_prepare(s->db,
	    "INSERT OR IGNORE INTO evidence(origin, fork, time, held, body)"
	    " SELECT ?1, ?2, ?3, (SELECT note FROM head WHERE origin = ?1), ?4"
	    " WHERE ?2 = 0 OR (SELECT count(*) FROM evidence"
	    " WHERE origin = ?1 AND fork = 1) < ?5");
	enum rc rc;

	db_bind_text(&q, 1, (const char *)origin.p, origin.n);
	db_bind_int64(&q, 2, fork);
	db_bind_int64(&q, 3, (int64_t)time);
	db_bind_blob(&q, 4, body, n);
	db_bind_int64(&q, 5, EVIDENCE_MAX);
	rc = db_finish(&q);
	if (rc != RC_OK)
		return rc;
	/* those forks are kept for ever; the rest may be anybody's bad proofs */
	q = db_prepare(s->db, "DELETE FROM evidence WHERE origin = ?1 AND"
	    " fork = 0 AND number <= (SELECT number FROM evidence WHERE"
	    " origin = ?1 AND fork = 0 ORDER BY number DESC LIMIT 1 OFFSET"
	    " ?2)");
	db_bind_text(&q, 1, (const char *)origin.p, origin.n);
	db_bind_int64(&q, 2, EVIDENCE_MAX);
	return db_finish(&q);
}

enum rc
witness_store_evidence_each(struct witness_store *s,
    enum rc (*each)(void *context, const struct witness_evidence *e),
    void *context)
{
	struct db_query q = db_prepare(s->db, "SELECT number, origin, fork,"
	    " time, held, body FROM evidence ORDER BY number");
	struct witness_evidence e;
	enum rc rc = RC_OK, done;

	while (rc == RC_OK && db_row(&q)) {
		e.number = (uint64_t)db_int64(&q, 0);
		e.origin.p = (const uint8_t *)db_text(&q, 1, &e.origin.n);
		e.fork = db_int64(&q, 2) != 0;
		e.time = (uint64_t)db_int64(&q, 3);
		e.held.p = db_blob(&q, 4, &e.held.n);
		e.body.p = db_blob(&q, 5, &e.body.n);
		rc = each(context, &e);
	}
	done = db_finish(&q);
	return rc != RC_OK ? rc : done;
}
