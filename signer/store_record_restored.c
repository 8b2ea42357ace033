/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record that came from a backup: how it is found out, and what it means
 * until the log has caught up or a person has lifted it.
 */
#include "signer/store_record_inner.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "host/clock.h"

static enum rc
restored_state(struct store_record *s, const char *authority, int was_max,
    int is)
{
	struct db_query q = db_prepare(s->db,
	    "UPDATE restored SET state = ?3"
	    " WHERE authority = ?1 AND state <= ?2");

	bind_string(&q, 1, authority);
	db_bind_int64(&q, 2, was_max);
	db_bind_int64(&q, 3, is);
	return db_finish(&q);
}

enum rc
store_restored(struct store_record *s, const char *authority,
    const char *says, const uint8_t *message)
{
	char room[ROW_REST_MAX + 1];
	struct record_row row = {.what = ROW_RESTORED,
	    .authority = slice_of(authority),
	    .origin = slice_of("-"),
	    .says = row_rest(room, says, strlen(says)),
	    .message = message};
	struct db_query q = db_prepare(s->db,
	    "SELECT 1 FROM restored WHERE authority = ?1 AND state = 0");
	bool known;
	enum rc rc;

	bind_string(&q, 1, authority);
	known = db_row(&q);
	if (db_finish(&q) != RC_OK || known)
		return known ? RC_OK : RC_DATABASE;
	if (record_step(s, 0) != RC_OK)
		return RC_DATABASE;
	rc = restored_state(s, authority, 1, 2);
	if (rc == RC_OK) {
		q = db_prepare(s->db,
		    "INSERT INTO restored(authority, at, epoch, state)"
		    " VALUES(?1, ?2, 0, 0)");
		bind_string(&q, 1, authority);
		db_bind_int64(&q, 2, (int64_t)s->at);
		rc = db_finish(&q);
	}
	if (rc == RC_OK)
		rc = chain_append(s, &row);
	return record_ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
}

/* Nanoseconds since 1970; 0: not known here. */
static int64_t
file_made(const char *path)
{
	struct statx st;

	if (statx(AT_FDCWD, path, 0, STATX_BTIME, &st) != 0 ||
	    (st.stx_mask & STATX_BTIME) == 0)
		return 0;
	return st.stx_btime.tv_sec * 1000000000 + st.stx_btime.tv_nsec;
}

enum rc
store_record_copied(struct store_record *s, bool *copied, const char *path)
{
	struct db_query q = db_prepare(s->db, "SELECT at FROM made");
	int64_t made = file_made(path);

	*copied = db_row(&q) && made != 0 && db_int64(&q, 0) != made;
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_record_settled(struct store_record *s, const char *path)
{
	int64_t made = file_made(path);
	struct db_query q;

	if (made == 0)
		return RC_OK;
	q = db_prepare(
	    s->db, "INSERT OR REPLACE INTO made(one, at) VALUES(1, ?1)");
	db_bind_int64(&q, 1, made);
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_restored_based(
    struct store_record *s, const char *authority, uint32_t epoch)
{
	struct db_query q = db_prepare(s->db,
	    "UPDATE restored SET state = 1, epoch = ?2"
	    " WHERE authority = ?1 AND state = 0");
	enum rc rc = record_step(s, 0);

	if (rc != RC_OK) {
		(void)!db_finish(&q);
		return RC_DATABASE;
	}
	bind_string(&q, 1, authority);
	db_bind_int64(&q, 2, epoch);
	rc = db_finish(&q);
	if (rc == RC_OK && db_changes(s->db) > 0) {
		q = db_prepare(
		    s->db, "DELETE FROM base WHERE authority = ?1");
		bind_string(&q, 1, authority);
		rc = db_finish(&q);
		if (rc == RC_OK) {
			q = db_prepare(s->db,
			    "INSERT INTO base SELECT authority, epoch,"
			    " product, sequence FROM logged"
			    " WHERE authority = ?1");
			bind_string(&q, 1, authority);
			rc = db_finish(&q);
		}
	}
	return record_ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_restored_since(
    struct store_record *s, uint64_t *at, const char *authority)
{
	uint64_t now = clock_unix();
	struct db_query q = db_prepare(s->db,
	    "SELECT coalesce(max(at), 0) FROM restored WHERE authority = ?1"
	    " AND state < 2 AND at > ?2");

	bind_string(&q, 1, authority);
	db_bind_int64(&q, 2, (int64_t)(now - RESTORED_S));
	*at = db_row(&q) ? (uint64_t)db_int64(&q, 0) : 0;
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_restored_lift(
    struct store_record *s, const char *authority, const char *by)
{
	uint64_t at;
	enum rc rc = store_restored_since(s, &at, authority);

	if (rc != RC_OK || at == 0)
		return rc;
	if (record_step(s, 0) != RC_OK)
		return RC_DATABASE;
	rc = restored_state(s, authority, 1, 2);
	if (rc == RC_OK)
		rc = chain_said(s, ROW_LIFTED, authority, by);
	return record_ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
}
