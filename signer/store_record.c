/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record's SQL. Two rules are in the statements themselves, so that no
 * caller can break them: decisions, freezes and share notes are appended and
 * never changed (triggers), and a slot belongs to the first text that took
 * it (primary key, INSERT without OR REPLACE). One transaction a step, and in
 * it, for all that a third party may want to see, a row of the chain
 * (signer/record_row.h): what the tables say and what the chain says is
 * written together or not at all.
 */
#include "signer/store_record.h"
#include <stdlib.h>
#include <string.h>
#include "host/clock.h"
#include "host/digest.h"
#include "host/say.h"
#include "signer/store_record_inner.h"

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
    /* bytes: the row's; what goes with it is text's of id `with`, and stands
     * here in an export if `here` is 1. */
    "CREATE TABLE row("
    " n INTEGER PRIMARY KEY, id BLOB NOT NULL, bytes BLOB NOT NULL,"
    " with_text BLOB REFERENCES text(id),"
    " here INTEGER NOT NULL CHECK(here IN (0, 1))) STRICT;"
    "CREATE TRIGGER row_kept BEFORE UPDATE ON row BEGIN"
    " SELECT RAISE(ABORT, 'rows are kept'); END;"
    "CREATE TRIGGER row_stays BEFORE DELETE ON row BEGIN"
    " SELECT RAISE(ABORT, 'rows are kept'); END;"
    "CREATE TRIGGER text_kept BEFORE UPDATE ON text BEGIN"
    " SELECT RAISE(ABORT, 'texts are kept'); END;"
    "CREATE TRIGGER text_stays BEFORE DELETE ON text BEGIN"
    " SELECT RAISE(ABORT, 'texts are kept'); END;"
    "CREATE TRIGGER slot_stays BEFORE DELETE ON slot BEGIN"
    " SELECT RAISE(ABORT, 'slots are kept'); END;",
    "CREATE TABLE calm("
    " n INTEGER PRIMARY KEY, authority TEXT NOT NULL, upto INTEGER NOT NULL)"
    " STRICT;"
    /* state 0: not read to the end since; 1: base is filled in; 2: lifted, or
     * another came later */
    "CREATE TABLE restored("
    " n INTEGER PRIMARY KEY, authority TEXT NOT NULL, at INTEGER NOT NULL,"
    " epoch INTEGER NOT NULL, state INTEGER NOT NULL"
    " CHECK(state IN (0, 1, 2))) STRICT;"
    "CREATE TABLE base("
    " authority TEXT NOT NULL, epoch INTEGER NOT NULL, product TEXT NOT NULL,"
    " sequence INTEGER NOT NULL, PRIMARY KEY(authority, epoch, product))"
    " STRICT;",
    /* when this file was made, as the file system has it: no copy has it */
    "CREATE TABLE made("
    " one INTEGER PRIMARY KEY CHECK(one = 1), at INTEGER NOT NULL) STRICT;",
    /* how far each log has come with a product, and in which entry */
    "CREATE TABLE progress("
    " authority TEXT NOT NULL, origin TEXT NOT NULL, epoch INTEGER NOT NULL,"
    " product TEXT NOT NULL, sequence INTEGER NOT NULL,"
    " floor INTEGER NOT NULL, idx INTEGER NOT NULL,"
    " PRIMARY KEY(authority, origin, epoch, product)) STRICT;",
};
static const struct db_schema schema = {
    steps, sizeof steps / sizeof steps[0]};

static enum rc chain_end(struct store_record *s);

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
		rc = chain_end(s);
	if (rc == RC_OK)
		*out = s;
	else
		store_record_close(s);
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

/*
 * A step, or a part of one that is under way; at 0: now. What a part of a step
 * refuses with RC_CONFLICT has changed nothing; any other failure of a part
 * is one of the whole.
 */
enum rc
record_step(struct store_record *s, uint64_t at)
{
	enum rc rc;

	if (s->depth > 0) {
		s->depth++;
		return RC_OK;
	}
	rc = db_begin(s->db);
	if (rc != RC_OK)
		return RC_DATABASE;
	s->depth = 1;
	s->failed = false;
	s->at = at != 0 ? at : clock_unix();
	s->rows_before = s->rows;
	memcpy(s->last_before, s->last, sizeof s->last);
	return RC_OK;
}

/* Its end: kept if rc is RC_OK. */
enum rc
record_ended(struct store_record *s, enum rc rc)
{
	if (s->depth == 0)
		return RC_DATABASE;
	if (--s->depth > 0) {
		if (rc != RC_OK && rc != RC_CONFLICT)
			s->failed = true;
		return rc == RC_OK || rc == RC_CONFLICT ? rc : RC_DATABASE;
	}
	if (s->failed)
		rc = RC_DATABASE;
	if (rc == RC_OK)
		rc = db_commit(s->db);
	else
		db_rollback(s->db);
	if (rc != RC_OK) {
		s->rows = s->rows_before;
		memcpy(s->last, s->last_before, sizeof s->last);
	}
	return rc == RC_OK || rc == RC_CONFLICT ? rc : RC_DATABASE;
}

/* The first column of the first row, a blob, into out[cap]. */
enum rc
record_only_blob(struct db_query *q, uint8_t *out, size_t cap, size_t *n)
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

/* *fresh: it was not there before. */
enum rc
record_insert_text(struct db *db, bool *fresh, const uint8_t id[static 32],
    const uint8_t *text, size_t n)
{
	struct db_query q = db_prepare(
	    db, "INSERT INTO text VALUES(?1, ?2) ON CONFLICT DO NOTHING");
	enum rc rc;

	db_bind_blob(&q, 1, id, 32);
	db_bind_blob(&q, 2, text, n);
	rc = db_finish(&q);
	*fresh = rc == RC_OK && db_changes(db) == 1;
	return rc;
}

/* ---- the chain ---------------------------------------------------------- */

static enum rc
chain_end(struct store_record *s)
{
	struct db_query q = db_prepare(
	    s->db, "SELECT n, id FROM row ORDER BY n DESC LIMIT 1");

	s->rows = 0;
	memset(s->last, 0, sizeof s->last);
	if (db_row(&q)) {
		s->rows = (uint32_t)db_int64(&q, 0);
		db_blob_exact(&q, 1, s->last, 32);
	}
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

/* The next row. Within a step; number, previous and, unless it is given, the
 * time are filled in. */
enum rc
chain_append(struct store_record *s, struct record_row *row)
{
	struct db_query q;
	struct text t;
	uint8_t id[32];
	enum rc rc;

	row->number = s->rows + 1;
	row->first = s->rows == 0;
	memcpy(row->previous, s->last, sizeof row->previous);
	if (row->at == 0)
		row->at = s->at;
	text_init(&t, s->row, sizeof s->row);
	row_build(&t, row);
	if (t.full) {
		say(SAY_ERROR, "the record: a row is too long");
		return RC_DATABASE;
	}
	sha256_of(id, t.p, t.n);
	q = db_prepare(s->db, "INSERT INTO row VALUES(?1, ?2, ?3, ?4, ?5)");
	db_bind_int64(&q, 1, row->number);
	db_bind_blob(&q, 2, id, 32);
	db_bind_blob(&q, 3, t.p, t.n);
	if (row->bytes.n > 0)
		db_bind_blob(&q, 4, row->bytes_id, 32);
	else
		db_bind_null(&q, 4);
	db_bind_int64(&q, 5, row->here);
	rc = db_finish(&q);
	if (rc != RC_OK)
		return RC_DATABASE;
	s->rows = row->number;
	memcpy(s->last, id, sizeof s->last);
	return RC_OK;
}

/* The same with bytes that go with it. Of a note that left or was asked,
 * nothing if they are known. */
enum rc
chain_note(struct store_record *s, struct record_row *row, const char *name,
    const void *bytes, size_t n)
{
	bool fresh;
	enum rc rc = record_step(s, row->at);

	if (rc != RC_OK)
		return rc;
	sha256_of(row->bytes_id, bytes, n);
	rc = n <= ROW_BYTES_MAX
	    ? record_insert_text(s->db, &fresh, row->bytes_id, bytes, n)
	    : RC_DATABASE;
	row->bytes = slice_of(name);
	row->bytes_n = n;
	row->here = rc == RC_OK && fresh;
	if (rc == RC_OK &&
	    (fresh || (row->what != ROW_LEFT && row->what != ROW_ASKED)))
		rc = chain_append(s, row);
	return record_ended(s, rc);
}

void
store_record_last(
    const struct store_record *s, uint32_t *rows, uint8_t id[static 32])
{
	*rows = s->rows;
	memcpy(id, s->last, 32);
}

enum rc
store_record_rows(struct store_record *s, struct text *out, uint32_t *next,
    uint32_t from, uint32_t to)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT row.n, row.bytes, text.bytes FROM row LEFT JOIN text"
	    " ON text.id = row.with_text AND row.here = 1"
	    " WHERE row.n BETWEEN ?1 AND ?2 ORDER BY row.n");

	*next = from;
	db_bind_int64(&q, 1, from);
	db_bind_int64(&q, 2, to);
	while (db_row(&q)) {
		size_t n, with_n = 0;
		const void *row = db_blob(&q, 1, &n), *with = NULL;

		if (!db_is_null(&q, 2))
			with = db_blob(&q, 2, &with_n);
		if (out->cap - out->n < n + with_n + 3)
			break;
		text_put(out, row, n);
		text_string(out, "\n");
		if (with != NULL) {
			text_put(out, with, with_n);
			text_string(out, "\n");
		}
		*next = (uint32_t)db_int64(&q, 0) + 1;
	}
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

/* ---- is it whole? ------------------------------------------------------- */

/* Every sequence that the chain says is bound is bound in the table. */
static enum rc
whole_bound(struct store_record *s, const struct record_row *row, bool *same)
{
	struct record_slot slot = {.authority = row->slot_authority,
	    .epoch = row->slot_epoch,
	    .number = row->slot_number};
	uint8_t holder[32];
	enum rc rc;

	*same = false;
	if (row->slot.n >= sizeof slot.slot)
		return RC_OK;
	memcpy(slot.slot, row->slot.p, row->slot.n);
	rc = record_bound(s, same, holder, &slot);
	if (*same)
		*same = memcmp(holder, row->message, 32) == 0;
	return rc;
}

enum rc
store_record_whole(struct store_record *s, struct why *why)
{
	struct db_query q =
	    db_prepare(s->db, "SELECT n, id, bytes FROM row ORDER BY n");
	struct record_row *row = malloc(sizeof *row);
	uint8_t last[32] = {0}, id[32], is[32];
	uint32_t at = 0;
	enum rc rc = row == NULL ? RC_MEMORY : RC_OK;

	while (rc == RC_OK && db_row(&q)) {
		size_t n;
		const uint8_t *bytes = db_blob(&q, 2, &n);
		bool same = true;

		db_blob_exact(&q, 1, id, 32);
		sha256_of(is, bytes, n);
		at++;
		if (db_int64(&q, 0) != at || memcmp(id, is, 32) != 0 ||
		    row_parse(row, bytes, n) != RC_OK || row->number != at ||
		    memcmp(row->previous, last, 32) != 0)
			same = false;
		else if (row->what == ROW_BOUND)
			rc = whole_bound(s, row, &same);
		memcpy(last, id, 32);
		if (rc == RC_OK && !same) {
			why_set(why, "the record is damaged at row %u: restore "
				     "it from a backup", (unsigned)at);
			rc = RC_RECORD_CHAIN;
		}
	}
	free(row);
	return db_finish(&q) == RC_OK ? rc : RC_DATABASE;
}
