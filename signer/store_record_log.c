/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the logs said, and how far each was read: positions, releases, trust
 * and rosters, alarms.
 */
#include "signer/store_record_inner.h"
#include <string.h>
#include "host/digest.h"

enum rc
store_log_position(struct store_record *s, struct store_position *out,
    const char *authority, const char *origin)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT size, root FROM position"
	    " WHERE authority = ?1 AND origin = ?2");

	memset(out, 0, sizeof *out);
	bind_string(&q, 1, authority);
	bind_string(&q, 2, origin);
	if (db_row(&q)) {
		out->size = (uint64_t)db_int64(&q, 0);
		db_blob_exact(&q, 1, out->root, 32);
	}
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_log_begin(struct store_record *s)
{
	return record_step(s, 0);
}

/* Our line is on it, and we never gave it: neither this text's sequence nor
 * anything else says so. */
static enum rc
release_is_ours(struct store_record *s, const struct release *r,
    const uint8_t id[static 32], uint64_t now)
{
	struct record_slot slot = {.authority = r->authority,
	    .epoch = r->epoch,
	    .number = r->sequence};
	char authority[NAME_BYTES_MAX + 1];
	uint8_t holder[32];
	struct text t;
	bool bound;
	enum rc rc;

	if (r->withdraw || r->proposed + RESTORED_S <= now)
		return RC_OK;
	text_init(&t, slot.slot, sizeof slot.slot);
	text_printf(&t, "product %.*s", (int)r->product.n,
	    (const char *)r->product.p);
	rc = record_bound(s, &bound, holder, &slot);
	if (rc != RC_OK || (bound && memcmp(holder, id, 32) == 0))
		return rc;
	memcpy(authority, r->authority.p, r->authority.n);
	authority[r->authority.n] = '\0';
	return store_restored(s, authority,
	    "the log has a line of ours that this record never gave", id);
}

enum rc
store_log_release(struct store_record *s, const struct release *release,
    const uint8_t *text, size_t n, bool ours, uint64_t now)
{
	struct db_query q = db_prepare(s->db,
	    release->withdraw
		? "INSERT INTO floor VALUES(?1, ?2, ?3, ?4) ON CONFLICT"
		  " DO UPDATE SET floor = excluded.floor"
		  " WHERE excluded.floor > floor.floor"
		: "INSERT INTO logged VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
		  " ON CONFLICT DO UPDATE SET sequence = excluded.sequence,"
		  " id = excluded.id, bytes = excluded.bytes"
		  " WHERE excluded.sequence > logged.sequence");
	uint8_t id[32];

	sha256_of(id, text, n);
	bind_slice(&q, 1, release->authority);
	db_bind_int64(&q, 2, release->epoch);
	bind_slice(&q, 3, release->product);
	db_bind_int64(&q, 4,
	    release->withdraw ? release->floor : release->sequence);
	if (!release->withdraw) {
		db_bind_blob(&q, 5, id, sizeof id);
		db_bind_blob(&q, 6, text, n);
	}
	if (db_finish(&q) != RC_OK)
		return RC_DATABASE;
	return ours ? release_is_ours(s, release, id, now) : RC_OK;
}

enum rc
store_log_progress(struct store_record *s, const char *origin, uint64_t index,
    const struct release *r)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT sequence, floor, idx FROM progress WHERE authority = ?1"
	    " AND origin = ?2 AND epoch = ?3 AND product = ?4");
	int64_t sequence = 0, floor = 0, was = -1;
	enum rc rc = RC_OK;

	bind_slice(&q, 1, r->authority);
	bind_string(&q, 2, origin);
	db_bind_int64(&q, 3, r->epoch);
	bind_slice(&q, 4, r->product);
	if (db_row(&q)) {
		sequence = db_int64(&q, 0);
		floor = db_int64(&q, 1);
		was = db_int64(&q, 2);
	}
	if (db_finish(&q) != RC_OK)
		return RC_DATABASE;
	if (was >= (int64_t)index)
		return RC_OK; /* read before, and judged */
	if (!r->withdraw && was >= 0 && r->sequence <= sequence)
		rc = RC_LOG_SEQUENCE;
	/* where the reading began behind its releases, 0 is not known */
	if (r->withdraw && was >= 0 &&
	    (r->floor <= floor || (sequence > 0 && r->floor > sequence + 1)))
		rc = RC_LOG_FLOOR;
	if (rc == RC_OK && r->withdraw)
		floor = r->floor;
	else if (rc == RC_OK)
		sequence = r->sequence;
	q = db_prepare(s->db, "INSERT OR REPLACE INTO progress"
			      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
	bind_slice(&q, 1, r->authority);
	bind_string(&q, 2, origin);
	db_bind_int64(&q, 3, r->epoch);
	bind_slice(&q, 4, r->product);
	db_bind_int64(&q, 5, sequence);
	db_bind_int64(&q, 6, floor);
	db_bind_int64(&q, 7, (int64_t)index);
	return db_finish(&q) == RC_OK ? rc : RC_DATABASE;
}

enum rc
store_log_roster(struct store_record *s, const struct roster *roster)
{
	struct db_query q = db_prepare(s->db,
	    "INSERT INTO roster VALUES(?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT DO NOTHING");

	bind_slice(&q, 1, roster->authority);
	bind_slice(&q, 2, roster->signer);
	db_bind_blob(&q, 3, roster->key.key, 32);
	db_bind_int64(&q, 4, roster->serial);
	db_bind_blob(&q, 5, roster->text, roster->text_n);
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_log_trust(struct store_record *s, const struct trust *trust,
    const uint8_t *text, size_t n)
{
	struct db_query q = db_prepare(s->db,
	    "INSERT INTO trust VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING");

	bind_slice(&q, 1, trust_name(trust));
	db_bind_int64(&q, 2, trust->revision);
	db_bind_blob(&q, 3, text, n);
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_log_end(struct store_record *s, const char *authority,
    const char *origin, const struct store_position *position)
{
	struct record_row row = {.what = ROW_LOG,
	    .authority = slice_of(authority),
	    .origin = slice_of(origin),
	    .has_head = true};
	struct db_query q;
	enum rc rc;

	if (position == NULL)
		return record_ended(s, RC_OK);
	row.size = position->size;
	memcpy(row.root, position->root, sizeof row.root);
	q = db_prepare(s->db,
	    "INSERT INTO position VALUES(?1, ?2, ?3, ?4) ON CONFLICT"
	    " DO UPDATE SET size = excluded.size, root = excluded.root"
	    " WHERE excluded.size > position.size");

	bind_string(&q, 1, authority);
	bind_string(&q, 2, origin);
	db_bind_int64(&q, 3, (int64_t)position->size);
	db_bind_blob(&q, 4, position->root, 32);
	rc = db_finish(&q);
	if (rc == RC_OK && db_changes(s->db) == 1)
		rc = chain_append(s, &row);
	return record_ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
}

void
store_log_abandon(struct store_record *s)
{
	(void)record_end(s, false);
}

/* A fork is seen at every look: it is said once until somebody calms it. */
static enum rc
alarm_known(struct store_record *s, bool *known, const char *authority,
    const char *sentence)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT 1 FROM alarm WHERE authority = ?1 AND sentence = ?2"
	    " AND n > coalesce((SELECT max(upto) FROM calm"
	    " WHERE authority = ?1), 0)");

	bind_string(&q, 1, authority);
	bind_string(&q, 2, sentence);
	*known = db_row(&q);
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_log_alarm(struct store_record *s, const char *authority,
    const char *origin, const char *sentence, const void *evidence, size_t n,
    uint64_t at)
{
	char says[ROW_REST_MAX + 1];
	struct record_row row = {.what = ROW_ALARM,
	    .at = at,
	    .authority = slice_of(authority),
	    .origin = slice_of(origin),
	    .says = row_rest(says, sentence, strlen(sentence))};
	struct db_query q;
	bool known;
	enum rc rc = alarm_known(s, &known, authority, sentence);

	if (rc != RC_OK || known)
		return rc;
	rc = record_step(s, at);
	if (rc != RC_OK)
		return RC_DATABASE;
	q = db_prepare(s->db,
	    "INSERT INTO alarm(authority, origin, sentence, evidence, at)"
	    " VALUES(?1, ?2, ?3, ?4, ?5)");
	bind_string(&q, 1, authority);
	bind_string(&q, 2, origin);
	bind_string(&q, 3, sentence);
	db_bind_blob(&q, 4, evidence, n);
	db_bind_int64(&q, 5, (int64_t)at);
	rc = db_finish(&q);
	if (rc == RC_OK)
		rc = n > 0 && n <= ROW_BYTES_MAX
		    ? chain_note(s, &row, "evidence", evidence, n)
		    : chain_append(s, &row);
	return record_ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_log_alarms(struct store_record *s, uint64_t *count, char *sentence,
    size_t cap, const char *authority)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT count(*) OVER (), sentence FROM alarm WHERE authority = ?1"
	    " AND n > coalesce((SELECT max(upto) FROM calm"
	    " WHERE authority = ?1), 0) ORDER BY n DESC LIMIT 1");

	*count = 0;
	sentence[0] = '\0';
	bind_string(&q, 1, authority);
	if (db_row(&q)) {
		*count = (uint64_t)db_int64(&q, 0);
		copy_text(sentence, cap, &q, 1);
	}
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

/* What a person says about an authority as a whole. */
enum rc
chain_said(struct store_record *s, enum row_what what, const char *authority,
    const char *by)
{
	char who[ROW_REST_MAX + 1];
	struct record_row row = {.what = what,
	    .authority = slice_of(authority),
	    .origin = slice_of("-"),
	    .by = row_rest(who, by, strlen(by))};

	return chain_append(s, &row);
}

enum rc
store_log_calm(struct store_record *s, uint64_t *count,
    const char *authority, const char *by)
{
	char sentence[ROW_REST_MAX + 1];
	struct db_query q;
	enum rc rc =
	    store_log_alarms(s, count, sentence, sizeof sentence, authority);

	if (rc != RC_OK || *count == 0)
		return rc;
	if (record_step(s, 0) != RC_OK)
		return RC_DATABASE;
	q = db_prepare(s->db,
	    "INSERT INTO calm(authority, upto)"
	    " SELECT ?1, max(n) FROM alarm WHERE authority = ?1");
	bind_string(&q, 1, authority);
	rc = db_finish(&q);
	if (rc == RC_OK)
		rc = chain_said(s, ROW_CALMED, authority, by);
	return record_ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
}

static enum rc
each_text(struct store_record *s, const char *sql, const char *authority,
    bool roster,
    enum rc (*each)(void *context, bool roster, const uint8_t *text, size_t n),
    void *context)
{
	struct db_query q = db_prepare(s->db, sql);
	enum rc rc = RC_OK;

	bind_string(&q, 1, authority);
	while (rc == RC_OK && db_row(&q)) {
		size_t n;
		const uint8_t *text = db_blob(&q, 0, &n);

		rc = each(context, roster, text, n);
	}
	return db_finish(&q) == RC_OK ? rc : RC_DATABASE;
}

enum rc
store_log_each(struct store_record *s, const char *authority,
    enum rc (*each)(void *context, bool roster, const uint8_t *text, size_t n),
    void *context)
{
	enum rc rc = each_text(s,
	    "SELECT bytes FROM trust WHERE authority = ?1 ORDER BY revision",
	    authority, false, each, context);

	return rc != RC_OK ? rc
			   : each_text(s,
				 "SELECT bytes FROM roster WHERE authority = ?1"
				 " ORDER BY serial",
				 authority, true, each, context);
}

enum rc
store_release_newest(struct store_record *s, uint8_t *text, size_t cap,
    size_t *n, struct slice authority, uint32_t epoch, struct slice product)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT bytes FROM logged"
	    " WHERE authority = ?1 AND epoch = ?2 AND product = ?3");

	bind_slice(&q, 1, authority);
	db_bind_int64(&q, 2, epoch);
	bind_slice(&q, 3, product);
	return record_only_blob(&q, text, cap, n);
}
