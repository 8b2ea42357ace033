/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record's SQL. Two rules are in the statements themselves, so that no
 * caller can break them: decisions, freezes and share notes are appended and
 * never changed (triggers), and a slot belongs to the first text that took
 * it (primary key, INSERT without OR REPLACE). One transaction a step.
 */
#include "signer/store_record.h"
#include <stdlib.h>
#include <string.h>
#include "host/db.h"
#include "verify/sha256.h"

static const char *const steps[] = {
    "CREATE TABLE text(id BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
    "CREATE TABLE decision("
    " n INTEGER PRIMARY KEY,"
    " text BLOB NOT NULL REFERENCES text(id),"
    " verb INTEGER NOT NULL CHECK(verb IN (1, 2, 3))," /* record_verb */
    " code TEXT NOT NULL, sentence TEXT NOT NULL, by TEXT NOT NULL,"
    " evidence TEXT NOT NULL, at INTEGER NOT NULL) STRICT;"
    "CREATE INDEX decision_text ON decision(text, n);"
    "CREATE TRIGGER decision_kept BEFORE UPDATE ON decision BEGIN"
    " SELECT RAISE(ABORT, 'decisions are kept'); END;"
    "CREATE TRIGGER decision_stays BEFORE DELETE ON decision BEGIN"
    " SELECT RAISE(ABORT, 'decisions are kept'); END;"
    "CREATE TABLE slot("
    " authority TEXT NOT NULL, epoch INTEGER NOT NULL, slot TEXT NOT NULL,"
    " number INTEGER NOT NULL, text BLOB NOT NULL,"
    " PRIMARY KEY(authority, epoch, slot, number)) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER slot_kept BEFORE UPDATE ON slot BEGIN"
    " SELECT RAISE(ABORT, 'slots are kept'); END;"
    "CREATE TABLE share("
    " text BLOB NOT NULL, package BLOB NOT NULL, note BLOB NOT NULL,"
    " PRIMARY KEY(text, package)) STRICT;"
    "CREATE TRIGGER share_kept BEFORE UPDATE ON share BEGIN"
    " SELECT RAISE(ABORT, 'share notes are kept'); END;"
    "CREATE TABLE freeze("
    " n INTEGER PRIMARY KEY, frozen INTEGER NOT NULL CHECK(frozen IN (0, 1)),"
    " by TEXT NOT NULL, at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE position("
    " authority TEXT NOT NULL, origin TEXT NOT NULL, size INTEGER NOT NULL,"
    " root BLOB NOT NULL, PRIMARY KEY(authority, origin)) STRICT;"
    "CREATE TABLE logged("
    " authority TEXT NOT NULL, epoch INTEGER NOT NULL, product TEXT NOT NULL,"
    " sequence INTEGER NOT NULL, id BLOB NOT NULL, bytes BLOB NOT NULL,"
    " PRIMARY KEY(authority, epoch, product)) STRICT;"
    "CREATE TABLE floor("
    " authority TEXT NOT NULL, epoch INTEGER NOT NULL, product TEXT NOT NULL,"
    " floor INTEGER NOT NULL,"
    " PRIMARY KEY(authority, epoch, product)) STRICT;"
    "CREATE TABLE roster("
    " authority TEXT NOT NULL, signer TEXT NOT NULL, key BLOB NOT NULL,"
    " serial INTEGER NOT NULL, bytes BLOB NOT NULL,"
    " PRIMARY KEY(authority, signer, key, serial)) STRICT;"
    "CREATE TABLE trust("
    " authority TEXT NOT NULL, revision INTEGER NOT NULL,"
    " bytes BLOB NOT NULL, PRIMARY KEY(authority, revision)) STRICT;"
    "CREATE TABLE alarm("
    " n INTEGER PRIMARY KEY, authority TEXT NOT NULL, origin TEXT NOT NULL,"
    " sentence TEXT NOT NULL, evidence BLOB NOT NULL, at INTEGER NOT NULL)"
    " STRICT;"
    "CREATE TABLE ceremony("
    " n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
    " authority TEXT NOT NULL, bundle BLOB NOT NULL, by TEXT NOT NULL,"
    " at INTEGER NOT NULL, transcript BLOB, roster BLOB, trust BLOB,"
    " record BLOB) STRICT;",
    "ALTER TABLE ceremony ADD COLUMN fate INTEGER NOT NULL DEFAULT 0"
    " CHECK(fate IN (0, 1, 2, 3));", /* store_ceremony_fate */
    "CREATE TABLE assent("
    " text BLOB NOT NULL, by TEXT NOT NULL, shown BLOB NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(text, by)) STRICT;"
    "CREATE TRIGGER assent_kept BEFORE UPDATE ON assent BEGIN"
    " SELECT RAISE(ABORT, 'assents are kept'); END;"
    "CREATE TRIGGER assent_stays BEFORE DELETE ON assent BEGIN"
    " SELECT RAISE(ABORT, 'assents are kept'); END;"
    "CREATE INDEX decision_at ON decision(at);",
};
static const struct db_schema schema = {
    steps, sizeof steps / sizeof steps[0]};

struct store_record {
	struct db *db;
};

enum rc
store_record_open(struct store_record **out, const char *path,
    struct why *why)
{
	struct store_record *s = calloc(1, sizeof *s);
	enum rc rc;

	*out = NULL;
	if (s == NULL)
		return RC_MEMORY;
	rc = db_open(&s->db, path, &schema, 0, why);
	if (rc == RC_OK)
		*out = s;
	else
		free(s);
	return rc;
}

void
store_record_close(struct store_record *s)
{
	if (s == NULL)
		return;
	db_close(s->db);
	free(s);
}

static void
bind_string(struct db_query *q, int parameter, const char *s)
{
	db_bind_text(q, parameter, s, strlen(s));
}

static void
bind_slice(struct db_query *q, int parameter, struct slice s)
{
	db_bind_text(q, parameter, (const char *)s.p, s.n);
}

/* rc of a step within a transaction: roll back unless it is RC_OK. */
static enum rc
ended(struct db *db, enum rc rc)
{
	if (rc == RC_OK)
		rc = db_commit(db);
	else
		db_rollback(db);
	return rc == RC_OK || rc == RC_CONFLICT ? rc : RC_DATABASE;
}

/* The first column of the first row, a blob, into out[cap]. */
static enum rc
only_blob(struct db_query *q, uint8_t *out, size_t cap, size_t *n)
{
	const void *b;

	*n = 0;
	if (db_row(q) && !db_is_null(q, 0)) {
		b = db_blob(q, 0, n);
		if (*n > cap)
			*n = 0;
		memcpy(out, b, *n);
	}
	return db_finish(q) == RC_OK ? RC_OK : RC_DATABASE;
}

/* ---- the seat's -------------------------------------------------------- */

static enum rc
insert_text(struct db *db, const uint8_t id[static 32], const uint8_t *text,
    size_t n)
{
	struct db_query q = db_prepare(
	    db, "INSERT INTO text VALUES(?1, ?2) ON CONFLICT DO NOTHING");

	db_bind_blob(&q, 1, id, 32);
	db_bind_blob(&q, 2, text, n);
	return db_finish(&q);
}

static enum rc
record_decide(void *context, const struct record_decision *d)
{
	struct db *db = ((struct store_record *)context)->db;
	struct db_query q;
	enum rc rc = db_begin(db);

	if (rc != RC_OK)
		return RC_DATABASE;
	rc = insert_text(db, d->message, d->text, d->text_n);
	if (rc == RC_OK) {
		q = db_prepare(db,
		    "INSERT INTO decision(text, verb, code, sentence, by,"
		    " evidence, at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
		db_bind_blob(&q, 1, d->message, 32);
		db_bind_int64(&q, 2, (int64_t)d->verb);
		bind_string(&q, 3, judge_code_name(d->code));
		bind_string(&q, 4, d->sentence);
		bind_string(&q, 5, d->by);
		bind_string(&q, 6, d->evidence);
		db_bind_int64(&q, 7, (int64_t)d->at);
		rc = db_finish(&q);
	}
	rc = ended(db, rc);
	return rc == RC_OK ? RC_OK : RC_DATABASE;
}

static void
copy_text(char *out, size_t cap, struct db_query *q, int column)
{
	size_t n;
	const char *s = db_text(q, column, &n);

	if (n >= cap)
		n = cap - 1;
	memcpy(out, s, n);
	out[n] = '\0';
}

static enum judge_code
column_code(struct db_query *q, int column)
{
	size_t n;
	const char *s = db_text(q, column, &n);

	return judge_code_of((struct slice){(const uint8_t *)s, n});
}

static enum rc
record_standing(void *context, struct record_standing *out, uint8_t *text,
    size_t cap, const uint8_t message[static 32])
{
	struct db *db = ((struct store_record *)context)->db;
	struct db_query q = db_prepare(db,
	    "SELECT verb, code, sentence, by, at, bytes FROM decision"
	    " JOIN text ON text.id = decision.text WHERE text = ?1"
	    " ORDER BY verb = 1, n DESC LIMIT 1"); /* 1: only asked */
	const void *b;

	memset(out, 0, sizeof *out);
	db_bind_blob(&q, 1, message, 32);
	if (db_row(&q)) {
		out->verb = (enum record_verb)db_int64(&q, 0);
		out->code = column_code(&q, 1);
		copy_text(out->sentence, sizeof out->sentence, &q, 2);
		copy_text(out->by, sizeof out->by, &q, 3);
		out->at = (uint64_t)db_int64(&q, 4);
		b = db_blob(&q, 5, &out->text_n);
		if (out->text_n <= cap)
			memcpy(text, b, out->text_n);
	}
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

static void
bind_slot(struct db_query *q, const struct record_slot *slot)
{
	bind_slice(q, 1, slot->authority);
	db_bind_int64(q, 2, slot->epoch);
	bind_string(q, 3, slot->slot);
	db_bind_int64(q, 4, slot->number);
}

static enum rc
record_bound(void *context, bool *bound, uint8_t message[static 32],
    const struct record_slot *slot)
{
	struct db *db = ((struct store_record *)context)->db;
	struct db_query q = db_prepare(db,
	    "SELECT text FROM slot WHERE authority = ?1 AND epoch = ?2"
	    " AND slot = ?3 AND number = ?4");

	bind_slot(&q, slot);
	*bound = db_row(&q);
	if (*bound)
		db_blob_exact(&q, 0, message, 32);
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

/* The slot is ours, or becomes ours; RC_CONFLICT if it is another's. */
static enum rc
take_slot(struct store_record *s, const struct record_slot *slot,
    const uint8_t message[static 32])
{
	uint8_t holder[32];
	struct db_query q;
	bool bound;
	enum rc rc;

	if (slot->slot[0] == '\0')
		return RC_OK;
	rc = record_bound(s, &bound, holder, slot);
	if (rc != RC_OK)
		return rc;
	if (bound)
		return memcmp(holder, message, 32) == 0 ? RC_OK : RC_CONFLICT;
	q = db_prepare(
	    s->db, "INSERT INTO slot VALUES(?1, ?2, ?3, ?4, ?5)");
	bind_slot(&q, slot);
	db_bind_blob(&q, 5, message, 32);
	return db_finish(&q);
}

static enum rc
record_answer(void *context, const struct record_slot *slot,
    const uint8_t message[static 32], const uint8_t package[static 32],
    const uint8_t *note, size_t note_n)
{
	struct store_record *s = context;
	struct db_query q;
	enum rc rc = db_begin(s->db);

	if (rc != RC_OK)
		return RC_DATABASE;
	rc = take_slot(s, slot, message);
	if (rc == RC_OK && note_n != 0) {
		q = db_prepare(
		    s->db, "INSERT INTO share VALUES(?1, ?2, ?3)");
		db_bind_blob(&q, 1, message, 32);
		db_bind_blob(&q, 2, package, 32);
		db_bind_blob(&q, 3, note, note_n);
		rc = db_finish(&q);
	}
	return ended(s->db, rc);
}

static enum rc
record_answered(void *context, uint8_t note[static RECORD_SHARE_MAX],
    size_t *n, const uint8_t message[static 32],
    const uint8_t package[static 32])
{
	struct db *db = ((struct store_record *)context)->db;
	struct db_query q = db_prepare(
	    db, "SELECT note FROM share WHERE text = ?1 AND package = ?2");

	db_bind_blob(&q, 1, message, 32);
	db_bind_blob(&q, 2, package, 32);
	return only_blob(&q, note, RECORD_SHARE_MAX, n);
}

static enum rc
record_logged(void *context, struct record_logged *out,
    struct slice authority, uint32_t epoch, struct slice product)
{
	struct db *db = ((struct store_record *)context)->db;
	struct db_query q = db_prepare(db,
	    "SELECT sequence, id FROM logged"
	    " WHERE authority = ?1 AND epoch = ?2 AND product = ?3");
	enum rc rc;

	memset(out, 0, sizeof *out);
	bind_slice(&q, 1, authority);
	db_bind_int64(&q, 2, epoch);
	bind_slice(&q, 3, product);
	if (db_row(&q)) {
		out->sequence = (uint32_t)db_int64(&q, 0);
		db_blob_exact(&q, 1, out->id, 32);
	}
	rc = db_finish(&q);
	if (rc != RC_OK)
		return RC_DATABASE;
	q = db_prepare(db,
	    "SELECT floor FROM floor"
	    " WHERE authority = ?1 AND epoch = ?2 AND product = ?3");
	bind_slice(&q, 1, authority);
	db_bind_int64(&q, 2, epoch);
	bind_slice(&q, 3, product);
	out->floor_known = db_row(&q);
	if (out->floor_known)
		out->floor = (uint32_t)db_int64(&q, 0);
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

static enum rc
record_assent(void *context, const uint8_t message[static 32],
    const char *by, const void *shown, size_t n, uint64_t at)
{
	struct db *db = ((struct store_record *)context)->db;
	struct db_query q = db_prepare(db,
	    "INSERT INTO assent VALUES(?1, ?2, ?3, ?4)"
	    " ON CONFLICT(text, by) DO NOTHING");

	db_bind_blob(&q, 1, message, 32);
	bind_string(&q, 2, by);
	db_bind_blob(&q, 3, n > 0 ? shown : "", n);
	db_bind_int64(&q, 4, (int64_t)at);
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

static enum rc
record_waiting(void *context, struct record_waiting *out,
    const uint8_t message[static 32], uint64_t now)
{
	struct db *db = ((struct store_record *)context)->db;
	struct db_query q = db_prepare(db,
	    "SELECT coalesce((SELECT min(at) FROM decision WHERE text = ?1),"
	    " 0), (SELECT count(*) FROM assent WHERE text = ?1),"
	    " (SELECT count(DISTINCT text) FROM decision WHERE verb = 2"
	    " AND at > ?2 AND text <> ?1)"); /* 2: approved */

	memset(out, 0, sizeof *out);
	db_bind_blob(&q, 1, message, 32);
	db_bind_int64(&q, 2, now > 86400 ? (int64_t)(now - 86400) : 0);
	if (db_row(&q)) {
		out->first_seen = (uint64_t)db_int64(&q, 0);
		out->assents = (unsigned)db_int64(&q, 1);
		out->approved_day = (unsigned)db_int64(&q, 2);
	}
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

static enum rc
record_freeze(void *context, bool frozen, const char *by, uint64_t at)
{
	struct db *db = ((struct store_record *)context)->db;
	struct db_query q = db_prepare(
	    db, "INSERT INTO freeze(frozen, by, at) VALUES(?1, ?2, ?3)");

	db_bind_int64(&q, 1, frozen);
	bind_string(&q, 2, by);
	db_bind_int64(&q, 3, (int64_t)at);
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

void
store_record_ops(struct record *out, struct store_record *s)
{
	*out = (struct record){.context = s,
	    .decide = record_decide,
	    .assent = record_assent,
	    .waiting = record_waiting,
	    .standing = record_standing,
	    .bound = record_bound,
	    .answer = record_answer,
	    .answered = record_answered,
	    .logged = record_logged,
	    .freeze = record_freeze};
}

enum rc
store_record_frozen(struct store_record *s, bool *frozen)
{
	struct db_query q = db_prepare(
	    s->db, "SELECT frozen FROM freeze ORDER BY n DESC LIMIT 1");

	*frozen = db_row(&q) && db_int64(&q, 0) != 0;
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_record_history(struct store_record *s, unsigned count_max,
    void (*row)(void *context, const struct record_decision *d),
    void *context)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT text, verb, code, sentence, by, evidence, at, bytes"
	    " FROM decision JOIN text ON text.id = decision.text"
	    " ORDER BY n DESC LIMIT ?1");

	db_bind_int64(&q, 1, count_max);
	while (db_row(&q)) {
		struct record_decision d = {
		    .verb = (enum record_verb)db_int64(&q, 1),
		    .code = column_code(&q, 2),
		    .sentence = db_text(&q, 3, NULL),
		    .by = db_text(&q, 4, NULL),
		    .evidence = db_text(&q, 5, NULL),
		    .at = (uint64_t)db_int64(&q, 6),
		};

		db_blob_exact(&q, 0, d.message, 32);
		d.text = db_blob(&q, 7, &d.text_n);
		row(context, &d);
	}
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

/* ---- what the log said ------------------------------------------------- */

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
	return db_begin(s->db);
}

enum rc
store_log_release(struct store_record *s, const struct release *release,
    const uint8_t *text, size_t n)
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
	struct sha256 h;

	sha256_init(&h);
	sha256_update(&h, text, n);
	sha256_final(&h, id);
	bind_slice(&q, 1, release->authority);
	db_bind_int64(&q, 2, release->epoch);
	bind_slice(&q, 3, release->product);
	db_bind_int64(&q, 4,
	    release->withdraw ? release->floor : release->sequence);
	if (!release->withdraw) {
		db_bind_blob(&q, 5, id, sizeof id);
		db_bind_blob(&q, 6, text, n);
	}
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
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
	struct db_query q;

	if (position == NULL)
		return ended(s->db, RC_OK);
	q = db_prepare(s->db,
	    "INSERT INTO position VALUES(?1, ?2, ?3, ?4) ON CONFLICT"
	    " DO UPDATE SET size = excluded.size, root = excluded.root"
	    " WHERE excluded.size > position.size");

	bind_string(&q, 1, authority);
	bind_string(&q, 2, origin);
	db_bind_int64(&q, 3, (int64_t)position->size);
	db_bind_blob(&q, 4, position->root, 32);
	return ended(s->db, db_finish(&q)) == RC_OK ? RC_OK : RC_DATABASE;
}

void
store_log_abandon(struct store_record *s)
{
	db_rollback(s->db);
}

enum rc
store_log_alarm(struct store_record *s, const char *authority,
    const char *origin, const char *sentence, const void *evidence, size_t n,
    uint64_t at)
{
	struct db_query q = db_prepare(s->db,
	    "INSERT INTO alarm(authority, origin, sentence, evidence, at)"
	    " VALUES(?1, ?2, ?3, ?4, ?5)");

	bind_string(&q, 1, authority);
	bind_string(&q, 2, origin);
	bind_string(&q, 3, sentence);
	db_bind_blob(&q, 4, evidence, n);
	db_bind_int64(&q, 5, (int64_t)at);
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_log_alarms(
    struct store_record *s, uint64_t *count, const char *authority)
{
	struct db_query q = db_prepare(
	    s->db, "SELECT count(*) FROM alarm WHERE authority = ?1");

	bind_string(&q, 1, authority);
	*count = db_row(&q) ? (uint64_t)db_int64(&q, 0) : 0;
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

static enum rc
each_blob(struct db_query *q, bool roster,
    enum rc (*each)(void *context, bool roster, const uint8_t *text, size_t n),
    void *context)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && db_row(q)) {
		size_t n;
		const uint8_t *text = db_blob(q, 0, &n);

		rc = each(context, roster, text, n);
	}
	return db_finish(q) == RC_OK ? rc : RC_DATABASE;
}

enum rc
store_log_each(struct store_record *s, const char *authority,
    enum rc (*each)(void *context, bool roster, const uint8_t *text, size_t n),
    void *context)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT bytes FROM trust WHERE authority = ?1 ORDER BY revision");
	enum rc rc;

	bind_string(&q, 1, authority);
	rc = each_blob(&q, false, each, context);
	if (rc != RC_OK)
		return rc;
	q = db_prepare(s->db,
	    "SELECT bytes FROM roster WHERE authority = ?1 ORDER BY serial");
	bind_string(&q, 1, authority);
	return each_blob(&q, true, each, context);
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
	return only_blob(&q, text, cap, n);
}

/* ---- ceremonies ---------------------------------------------------------- */

enum rc
store_ceremony_accept(struct store_record *s, const uint8_t id[static 32],
    const char *authority, const uint8_t *bundle, size_t n, const char *by,
    uint64_t at)
{
	struct db_query q = db_prepare(s->db,
	    "INSERT INTO ceremony(id, authority, bundle, by, at)"
	    " VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(id) DO UPDATE"
	    " SET bundle = bundle WHERE bundle = excluded.bundle");
	int64_t rows;
	enum rc rc;

	db_bind_blob(&q, 1, id, 32);
	bind_string(&q, 2, authority);
	db_bind_blob(&q, 3, bundle, n);
	bind_string(&q, 4, by);
	db_bind_int64(&q, 5, (int64_t)at);
	rc = db_finish(&q);
	rows = db_changes(s->db);
	if (rc != RC_OK)
		return RC_DATABASE;
	return rows == 1 ? RC_OK : RC_CONFLICT;
}

enum rc
store_ceremony_confirm(struct store_record *s, const uint8_t id[static 32],
    const uint8_t transcript[static 64])
{
	struct db_query q = db_prepare(s->db,
	    "UPDATE ceremony SET transcript = ?2 WHERE id = ?1"
	    " AND (transcript IS NULL OR transcript = ?2)");
	int64_t rows;
	enum rc rc;

	db_bind_blob(&q, 1, id, 32);
	db_bind_blob(&q, 2, transcript, 64);
	rc = db_finish(&q);
	rows = db_changes(s->db);
	if (rc != RC_OK)
		return RC_DATABASE;
	return rows == 1 ? RC_OK : RC_CONFLICT;
}

enum rc
store_ceremony_born(struct store_record *s, const uint8_t id[static 32],
    const uint8_t *roster, size_t roster_n, const uint8_t *trust,
    size_t trust_n, const uint8_t *record, size_t record_n, bool waits)
{
	struct db_query q = db_prepare(s->db,
	    "UPDATE ceremony SET roster = ?2, trust = ?3, record = ?4,"
	    " fate = CASE WHEN ?5 AND fate = 0 THEN 1 ELSE fate END"
	    " WHERE id = ?1 AND transcript IS NOT NULL"
	    " AND (roster IS NULL OR roster = ?2)");
	int64_t rows;
	enum rc rc;

	db_bind_blob(&q, 1, id, 32);
	db_bind_blob(&q, 2, roster, roster_n);
	if (trust_n > 0)
		db_bind_blob(&q, 3, trust, trust_n);
	db_bind_blob(&q, 4, record, record_n);
	db_bind_int64(&q, 5, waits);
	rc = db_finish(&q);
	rows = db_changes(s->db);
	if (rc != RC_OK)
		return RC_DATABASE;
	return rows == 1 ? RC_OK : RC_CONFLICT;
}

enum rc
store_ceremony_end(struct store_record *s, const uint8_t id[static 32],
    enum store_ceremony_fate fate)
{
	struct db_query q = db_prepare(
	    s->db, "UPDATE ceremony SET fate = ?2 WHERE id = ?1");

	db_bind_blob(&q, 1, id, 32);
	db_bind_int64(&q, 2, (int64_t)fate);
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_ceremony_new_key(
    struct store_record *s, const uint8_t id[static 32])
{
	struct db_query q = db_prepare(s->db,
	    "UPDATE ceremony SET fate = CASE WHEN id = ?1 THEN 2 ELSE 3 END"
	    " WHERE id = ?1 OR (roster IS NOT NULL AND fate IN (0, 2) AND"
	    " authority = (SELECT authority FROM ceremony WHERE id = ?1))");

	db_bind_blob(&q, 1, id, 32);
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
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

static enum rc
each_ceremony(struct db_query *q, const char *authority,
    store_ceremony_fn *each, void *context)
{
	enum rc rc = RC_OK;

	bind_string(q, 1, authority);
	while (rc == RC_OK && db_row(q)) {
		uint8_t id[32];
		size_t n;
		const uint8_t *bytes = db_blob(q, 1, &n);

		db_blob_exact(q, 0, id, 32);
		rc = each(context, id, bytes, n);
	}
	return db_finish(q) == RC_OK ? rc : RC_DATABASE;
}

enum rc
store_ceremony_candidates(struct store_record *s, const char *authority,
    store_ceremony_fn *each, void *context)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT id, roster FROM ceremony WHERE authority = ?1"
	    " AND fate = 1 ORDER BY n");

	return each_ceremony(&q, authority, each, context);
}

enum rc
store_ceremony_unfinished(struct store_record *s, const char *authority,
    store_ceremony_fn *each, void *context)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT id, bundle FROM ceremony WHERE authority = ?1"
	    " AND fate = 0 AND roster IS NULL ORDER BY n");

	return each_ceremony(&q, authority, each, context);
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

enum rc
store_ceremony_texts(struct store_record *s, uint8_t ceremony[static 32],
    uint8_t *roster, size_t *roster_n, uint8_t *trust, size_t *trust_n,
    size_t cap, const char *authority)
{
	size_t id_n;
	struct db_query q = db_prepare(s->db,
	    "SELECT roster FROM ceremony WHERE authority = ?1"
	    " AND roster IS NOT NULL AND fate IN (0, 2) ORDER BY n DESC LIMIT 1");
	enum rc rc;

	bind_string(&q, 1, authority);
	rc = only_blob(&q, roster, cap, roster_n);
	if (rc != RC_OK)
		return rc;
	q = db_prepare(s->db,
	    "SELECT id FROM ceremony WHERE authority = ?1"
	    " AND roster IS NOT NULL AND fate IN (0, 2) ORDER BY n DESC LIMIT 1");
	bind_string(&q, 1, authority);
	rc = only_blob(&q, ceremony, 32, &id_n);
	if (rc != RC_OK)
		return rc;
	q = db_prepare(s->db,
	    "SELECT trust FROM ceremony WHERE authority = ?1"
	    " AND trust IS NOT NULL AND fate IN (0, 2)"
	    " ORDER BY n DESC LIMIT 1");
	bind_string(&q, 1, authority);
	return only_blob(&q, trust, cap, trust_n);
}

enum rc
store_ceremony_trust(struct store_record *s, uint8_t *trust, size_t cap,
    size_t *n, const uint8_t id[static 32])
{
	struct db_query q = db_prepare(s->db,
	    "SELECT trust FROM ceremony WHERE id = ?1"
	    " AND trust IS NOT NULL");

	db_bind_blob(&q, 1, id, 32);
	return only_blob(&q, trust, cap, n);
}
