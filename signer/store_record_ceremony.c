/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ceremonies: how far each came, what came of it. A step that was taken is
 * not taken again otherwise.
 */
#include "signer/store_record_inner.h"
#include <string.h>
#include "host/digest.h"

/* A step of one; whatever changed. rows: what the statement before it did. */
static enum rc
ceremony_row(struct store_record *s, const uint8_t id[static 32],
    const char *which, const char *by, const uint8_t *digest)
{
	char who[ROW_REST_MAX + 1];
	struct record_row row = {.what = ROW_CEREMONY,
	    .which = slice_of(which),
	    .ceremony = id,
	    .digest = digest};

	if (by != NULL)
		row.by = row_rest(who, by, strlen(by));
	return chain_append(s, &row);
}

/* The end of a step: the statement before it has changed its one row, or the
 * ceremony is kept otherwise. */
static enum rc
ceremony_kept(struct store_record *s, struct db_query *q,
    const uint8_t id[static 32], const char *which, const char *by,
    const void *bytes, size_t n)
{
	uint8_t digest[32];
	enum rc rc = db_finish(q);

	if (rc == RC_OK && db_changes(s->db) != 1)
		rc = RC_CONFLICT;
	sha256_of(digest, bytes, n);
	if (rc == RC_OK)
		rc = ceremony_row(s, id, which, by, n > 0 ? digest : NULL);
	return record_ended(s, rc);
}

enum rc
store_ceremony_accept(struct store_record *s, const uint8_t id[static 32],
    const char *authority, const uint8_t *bundle, size_t n, const char *by,
    uint64_t at)
{
	struct db_query q;

	if (record_step(s, at) != RC_OK)
		return RC_DATABASE;
	q = db_prepare(s->db,
	    "INSERT INTO ceremony(id, authority, bundle, by, at)"
	    " VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(id) DO UPDATE"
	    " SET bundle = bundle WHERE bundle = excluded.bundle");
	db_bind_blob(&q, 1, id, 32);
	bind_string(&q, 2, authority);
	db_bind_blob(&q, 3, bundle, n);
	bind_string(&q, 4, by);
	db_bind_int64(&q, 5, (int64_t)at);
	return ceremony_kept(s, &q, id, "accepted", by, bundle, n);
}

enum rc
store_ceremony_confirm(struct store_record *s, const uint8_t id[static 32],
    const uint8_t transcript[static 64])
{
	struct db_query q;

	if (record_step(s, 0) != RC_OK)
		return RC_DATABASE;
	q = db_prepare(s->db,
	    "UPDATE ceremony SET transcript = ?2 WHERE id = ?1"
	    " AND (transcript IS NULL OR transcript = ?2)");
	db_bind_blob(&q, 1, id, 32);
	db_bind_blob(&q, 2, transcript, 64);
	return ceremony_kept(s, &q, id, "confirmed", NULL, transcript, 64);
}

enum rc
store_ceremony_born(struct store_record *s, const uint8_t id[static 32],
    const uint8_t *roster, size_t roster_n, const uint8_t *trust,
    size_t trust_n, const uint8_t *record, size_t record_n, bool waits)
{
	struct db_query q;

	if (record_step(s, 0) != RC_OK)
		return RC_DATABASE;
	q = db_prepare(s->db,
	    "UPDATE ceremony SET roster = ?2, trust = ?3, record = ?4,"
	    " fate = CASE WHEN ?5 AND fate = 0 THEN 1 ELSE fate END"
	    " WHERE id = ?1 AND transcript IS NOT NULL"
	    " AND (roster IS NULL OR roster = ?2)");
	db_bind_blob(&q, 1, id, 32);
	db_bind_blob(&q, 2, roster, roster_n);
	if (trust_n > 0)
		db_bind_blob(&q, 3, trust, trust_n);
	db_bind_blob(&q, 4, record, record_n);
	db_bind_int64(&q, 5, waits);
	return ceremony_kept(s, &q, id, "born", NULL, roster, roster_n);
}

enum rc
store_ceremony_end(struct store_record *s, const uint8_t id[static 32],
    enum store_ceremony_fate fate)
{
	struct db_query q;
	enum rc rc;

	if (record_step(s, 0) != RC_OK)
		return RC_DATABASE;
	q = db_prepare(s->db, "UPDATE ceremony SET fate = ?2 WHERE id = ?1");
	db_bind_blob(&q, 1, id, 32);
	db_bind_int64(&q, 2, (int64_t)fate);
	rc = db_finish(&q);
	if (rc == RC_OK && db_changes(s->db) == 1)
		rc = ceremony_row(s, id,
		    fate == FATE_IN_FORCE ? "in-force" : "over", NULL, NULL);
	return record_ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_ceremony_new_key(
    struct store_record *s, const uint8_t id[static 32])
{
	struct db_query q;
	enum rc rc;

	if (record_step(s, 0) != RC_OK)
		return RC_DATABASE;
	q = db_prepare(s->db,
	    "UPDATE ceremony SET fate = CASE WHEN id = ?1 THEN 2 ELSE 3 END"
	    " WHERE id = ?1 OR (roster IS NOT NULL AND fate IN (0, 2) AND"
	    " authority = (SELECT authority FROM ceremony WHERE id = ?1))");
	db_bind_blob(&q, 1, id, 32);
	rc = db_finish(&q);
	if (rc == RC_OK)
		rc = ceremony_row(s, id, "in-force", NULL, NULL);
	return record_ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_ceremony_open(struct store_record *s, bool *open, const char *authority,
    uint64_t since)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT 1 FROM ceremony WHERE authority = ?1 AND fate = 0"
	    " AND roster IS NULL AND at >= ?2 LIMIT 1");

	bind_string(&q, 1, authority);
	db_bind_int64(&q, 2, (int64_t)since);
	*open = db_row(&q);
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

/* Columns: id, bytes. */
static enum rc
each_ceremony(struct store_record *s, const char *sql, const char *authority,
    store_ceremony_fn *each, void *context)
{
	struct db_query q = db_prepare(s->db, sql);
	enum rc rc = RC_OK;

	bind_string(&q, 1, authority);
	while (rc == RC_OK && db_row(&q)) {
		uint8_t id[32];
		size_t n;
		const uint8_t *bytes = db_blob(&q, 1, &n);

		db_blob_exact(&q, 0, id, 32);
		rc = each(context, id, bytes, n);
	}
	return db_finish(&q) == RC_OK ? rc : RC_DATABASE;
}

enum rc
store_ceremony_candidates(struct store_record *s, const char *authority,
    store_ceremony_fn *each, void *context)
{
	return each_ceremony(s,
	    "SELECT id, roster FROM ceremony WHERE authority = ?1"
	    " AND fate = 1 ORDER BY n",
	    authority, each, context);
}

enum rc
store_ceremony_unfinished(struct store_record *s, const char *authority,
    store_ceremony_fn *each, void *context)
{
	return each_ceremony(s,
	    "SELECT id, bundle FROM ceremony WHERE authority = ?1"
	    " AND fate = 0 AND roster IS NULL ORDER BY n",
	    authority, each, context);
}

/* Columns: id, transcript, whether there is a roster, fate. */
static void
ceremony_columns(struct store_ceremony *out, struct db_query *q)
{
	db_blob_exact(q, 0, out->id, 32);
	out->state = CEREMONY_ACCEPTED;
	if (!db_is_null(q, 1)) {
		db_blob_exact(q, 1, out->transcript, 64);
		out->state = CEREMONY_CONFIRMED;
	}
	if (db_int64(q, 2) != 0)
		out->state = CEREMONY_BORN;
	out->fate = (enum store_ceremony_fate)db_int64(q, 3);
}

enum rc
store_ceremony_find(struct store_record *s, struct store_ceremony *out,
    const uint8_t id[static 32])
{
	struct db_query q = db_prepare(s->db,
	    "SELECT id, transcript, roster IS NOT NULL, fate FROM ceremony"
	    " WHERE id = ?1");

	memset(out, 0, sizeof *out);
	db_bind_blob(&q, 1, id, 32);
	if (db_row(&q))
		ceremony_columns(out, &q);
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

static enum rc
newest(struct store_record *s, uint8_t *out, size_t cap, size_t *n,
    const char *sql, const char *authority)
{
	struct db_query q = db_prepare(s->db, sql);

	bind_string(&q, 1, authority);
	return record_only_blob(&q, out, cap, n);
}

enum rc
store_ceremony_texts(struct store_record *s, uint8_t ceremony[static 32],
    uint8_t *roster, size_t *roster_n, uint8_t *trust, size_t *trust_n,
    size_t cap, const char *authority)
{
	size_t id_n;
	enum rc rc;

	rc = newest(s, roster, cap, roster_n,
	    "SELECT roster FROM ceremony WHERE authority = ?1"
	    " AND roster IS NOT NULL AND fate IN (0, 2)"
	    " ORDER BY n DESC LIMIT 1",
	    authority);
	if (rc == RC_OK)
		rc = newest(s, ceremony, 32, &id_n,
		    "SELECT id FROM ceremony WHERE authority = ?1"
		    " AND roster IS NOT NULL AND fate IN (0, 2)"
		    " ORDER BY n DESC LIMIT 1",
		    authority);
	if (rc == RC_OK)
		rc = newest(s, trust, cap, trust_n,
		    "SELECT trust FROM ceremony WHERE authority = ?1"
		    " AND trust IS NOT NULL AND fate IN (0, 2)"
		    " ORDER BY n DESC LIMIT 1",
		    authority);
	return rc;
}

enum rc
store_ceremony_trust(struct store_record *s, uint8_t *trust, size_t cap,
    size_t *n, const uint8_t id[static 32])
{
	struct db_query q = db_prepare(s->db,
	    "SELECT trust FROM ceremony WHERE id = ?1"
	    " AND trust IS NOT NULL");

	db_bind_blob(&q, 1, id, 32);
	return record_only_blob(&q, trust, cap, n);
}
