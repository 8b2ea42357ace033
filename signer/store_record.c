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
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "host/clock.h"
#include "host/db.h"
#include "host/digest.h"
#include "host/say.h"
#include "signer/record_row.h"

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

struct store_record {
	struct db *db;
	unsigned depth; /* steps within a step are one step */
	bool failed;	/* a step within it did */
	uint64_t at;	/* of the step */
	/* the chain's end, and what it was before the step */
	uint32_t rows, rows_before;
	uint8_t last[32], last_before[32];
	char row[ROW_TEXT_MAX];
};

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

/*
 * A step, or a part of one that is under way; at 0: now. What a part of a step
 * refuses with RC_CONFLICT has changed nothing; any other failure of a part
 * is one of the whole.
 */
static enum rc
step(struct store_record *s, uint64_t at)
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
static enum rc
ended(struct store_record *s, enum rc rc)
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

/* ---- the chain ---------------------------------------------------------- */

static enum rc insert_text(struct db *db, bool *fresh,
    const uint8_t id[static 32], const uint8_t *text, size_t n);

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
static enum rc
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
static enum rc
chain_note(struct store_record *s, struct record_row *row, const char *name,
    const void *bytes, size_t n)
{
	bool fresh;
	enum rc rc = step(s, row->at);

	if (rc != RC_OK)
		return rc;
	sha256_of(row->bytes_id, bytes, n);
	rc = n <= ROW_BYTES_MAX
	    ? insert_text(s->db, &fresh, row->bytes_id, bytes, n)
	    : RC_DATABASE;
	row->bytes = slice_of(name);
	row->bytes_n = n;
	row->here = rc == RC_OK && fresh;
	if (rc == RC_OK &&
	    (fresh || (row->what != ROW_LEFT && row->what != ROW_ASKED)))
		rc = chain_append(s, row);
	return ended(s, rc);
}

/* Evidence is lines of any length; a row's are short. */
static void
chain_evidence(struct record_row *row,
    char (*pieces)[ROW_REST_MAX + 1], const char *evidence)
{
	while (*evidence != '\0') {
		size_t n = strcspn(evidence, "\n");
		size_t take = n < ROW_REST_MAX ? n : ROW_REST_MAX;

		if (row->evidence_n == ROW_EVIDENCE_MAX - 1) {
			row->evidence[row->evidence_n++] = row_rest(
			    pieces[ROW_EVIDENCE_MAX - 1], "and more", 8);
			return;
		}
		if (n > 0) {
			row->evidence[row->evidence_n] = row_rest(
			    pieces[row->evidence_n], evidence, take);
			row->evidence_n++;
		}
		evidence += take;
		if (*evidence == '\n')
			evidence++;
	}
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

/* ---- the seat's -------------------------------------------------------- */

/* *fresh: it was not there before. */
static enum rc
insert_text(struct db *db, bool *fresh, const uint8_t id[static 32],
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

static enum rc
record_begin(void *context, uint64_t at)
{
	return step(context, at);
}

static enum rc
record_end(void *context, bool keep)
{
	struct store_record *s = context;

	if (keep)
		return ended(s, RC_OK) == RC_OK ? RC_OK : RC_DATABASE;
	s->failed = true;
	(void)ended(s, RC_DATABASE);
	return RC_OK;
}

static enum rc
decision_row(struct store_record *s, const struct record_decision *d,
    bool here, uint64_t at)
{
	static const char *const verbs[] = {[RECORD_ASK] = "ask",
	    [RECORD_APPROVE] = "approve",
	    [RECORD_REFUSE] = "refuse"};
	char by[ROW_REST_MAX + 1], says[ROW_REST_MAX + 1];
	char(*pieces)[ROW_REST_MAX + 1] =
	    malloc(ROW_EVIDENCE_MAX * sizeof *pieces);
	struct record_row *row = calloc(1, sizeof *row);
	enum rc rc = RC_MEMORY;

	if (pieces != NULL && row != NULL) {
		row->what = ROW_DECISION;
		row->at = at;
		row->message = d->message;
		row->which = slice_of(verbs[d->verb]);
		row->code = slice_of(d->code != JUDGE_NONE
			? judge_code_name(d->code)
			: "none");
		row->by = row_rest(by, d->by, strlen(d->by));
		row->says = row_rest(says, d->sentence, strlen(d->sentence));
		chain_evidence(row, pieces, d->evidence);
		row->bytes = slice_of("text");
		row->bytes_n = d->text_n;
		memcpy(row->bytes_id, d->message, 32);
		row->here = here;
		rc = chain_append(s, row);
	}
	free(row);
	free(pieces);
	return rc;
}

static enum rc
record_decide(void *context, const struct record_decision *d)
{
	struct store_record *s = context;
	struct db_query q;
	bool fresh;
	enum rc rc = step(s, d->at);

	if (rc != RC_OK)
		return RC_DATABASE;
	rc = insert_text(s->db, &fresh, d->message, d->text, d->text_n);
	if (rc == RC_OK) {
		q = db_prepare(s->db,
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
	if (rc == RC_OK)
		rc = decision_row(s, d, fresh, d->at);
	rc = ended(s, rc);
	return rc == RC_OK ? RC_OK : RC_DATABASE;
}

static enum rc
record_note(void *context, enum record_note what,
    const uint8_t message[static 32], const void *note, size_t n)
{
	static const char *const names[] = {[RECORD_APPROVAL] = "approve",
	    [RECORD_REFUSAL] = "refuse",
	    [RECORD_COMMITMENT] = "commit",
	    [RECORD_LINE] = "line",
	    [RECORD_OBJECTION] = "objection"};
	struct store_record *s = context;
	struct record_row row = {.at = s->at,
	    .what = what == RECORD_ASKED ? ROW_ASKED : ROW_LEFT,
	    .message = message};

	if (what != RECORD_ASKED)
		row.which = slice_of(names[what]);
	return chain_note(s, &row, "note", note, n);
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

static enum rc
bound_row(struct store_record *s, const struct record_slot *slot,
    const uint8_t message[static 32], uint64_t at)
{
	struct record_row row = {.what = ROW_BOUND,
	    .at = at,
	    .message = message,
	    .slot_authority = slot->authority,
	    .slot_epoch = slot->epoch,
	    .slot_number = slot->number,
	    .slot = slice_of(slot->slot)};

	return chain_append(s, &row);
}

static enum rc
share_row(struct store_record *s, const uint8_t message[static 32],
    const uint8_t package[static 32], const void *note, size_t n, uint64_t at)
{
	struct record_row row = {.what = ROW_LEFT,
	    .at = at,
	    .which = slice_of("share"),
	    .message = message,
	    .package = package};

	return chain_note(s, &row, "note", note, n);
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
	rc = db_finish(&q);
	return rc == RC_OK ? bound_row(s, slot, message, s->at) : rc;
}

/* RC_CONFLICT if another note is kept for the package. */
static enum rc
share_free(struct store_record *s, const uint8_t message[static 32],
    const uint8_t package[static 32])
{
	struct db_query q = db_prepare(s->db,
	    "SELECT 1 FROM share WHERE text = ?1 AND package = ?2");
	bool there;

	db_bind_blob(&q, 1, message, 32);
	db_bind_blob(&q, 2, package, 32);
	there = db_row(&q);
	if (db_finish(&q) != RC_OK)
		return RC_DATABASE;
	return there ? RC_CONFLICT : RC_OK;
}

static enum rc
record_answer(void *context, const struct record_slot *slot,
    const uint8_t message[static 32], const uint8_t package[static 32],
    const uint8_t *note, size_t note_n)
{
	struct store_record *s = context;
	struct db_query q;
	enum rc rc = step(s, 0);

	if (rc != RC_OK)
		return RC_DATABASE;
	if (note_n != 0)
		rc = share_free(s, message, package);
	if (rc == RC_OK)
		rc = take_slot(s, slot, message);
	if (rc == RC_OK && note_n != 0) {
		q = db_prepare(
		    s->db, "INSERT INTO share VALUES(?1, ?2, ?3)");
		db_bind_blob(&q, 1, message, 32);
		db_bind_blob(&q, 2, package, 32);
		db_bind_blob(&q, 3, note, note_n);
		rc = db_finish(&q);
		if (rc == RC_OK)
			rc = share_row(
			    s, message, package, note, note_n, s->at);
	}
	return ended(s, rc);
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

/* What may have been used before the record was restored. Until the log was
 * read to its end since, anything. */
static enum rc
logged_restored(struct store_record *s, struct record_logged *out,
    struct slice authority, uint32_t epoch, struct slice product)
{
	uint64_t now = s->depth > 0 ? s->at : clock_unix();
	struct db_query q = db_prepare(s->db,
	    "SELECT state, coalesce((SELECT sequence FROM base"
	    " WHERE authority = ?1 AND epoch = ?2 AND product = ?3), 0)"
	    " FROM restored WHERE authority = ?1 AND at > ?4"
	    " AND (state = 0 OR (state = 1 AND epoch >= ?2))"
	    " ORDER BY state LIMIT 1");

	bind_slice(&q, 1, authority);
	db_bind_int64(&q, 2, epoch);
	bind_slice(&q, 3, product);
	db_bind_int64(&q, 4,
	    now > RESTORED_S ? (int64_t)(now - RESTORED_S) : 0);
	out->restored = db_row(&q);
	if (out->restored)
		out->unsure = db_int64(&q, 0) == 0
		    ? UINT32_MAX
		    : (uint32_t)db_int64(&q, 1);
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
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
	rc = db_finish(&q);
	return rc == RC_OK
	    ? logged_restored(context, out, authority, epoch, product)
	    : RC_DATABASE;
}

static enum rc
record_assent(void *context, const uint8_t message[static 32],
    const char *by, const void *shown, size_t n, uint64_t at)
{
	struct store_record *s = context;
	char who[ROW_REST_MAX + 1];
	struct record_row row = {.what = ROW_ASSENT,
	    .at = at,
	    .message = message,
	    .by = row_rest(who, by, strlen(by))};
	struct db_query q;
	enum rc rc = step(s, at);

	if (rc != RC_OK)
		return RC_DATABASE;
	q = db_prepare(s->db,
	    "INSERT INTO assent VALUES(?1, ?2, ?3, ?4)"
	    " ON CONFLICT(text, by) DO NOTHING");
	db_bind_blob(&q, 1, message, 32);
	bind_string(&q, 2, by);
	db_bind_blob(&q, 3, n > 0 ? shown : "", n);
	db_bind_int64(&q, 4, (int64_t)at);
	rc = db_finish(&q);
	if (rc == RC_OK && db_changes(s->db) == 1)
		rc = n > 0 ? chain_note(s, &row, "signature", shown, n)
			   : chain_append(s, &row);
	return ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
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
	    " AND at > ?2 AND text <> ?1" /* 2: approved */
	    /* what a release's own `sign` lines allow is part of it */
	    " AND evidence NOT GLOB 'purpose *')");

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
freeze_row(struct store_record *s, bool frozen, const char *by, uint64_t at)
{
	char who[ROW_REST_MAX + 1];
	struct record_row row = {.what = ROW_FREEZE,
	    .at = at,
	    .which = slice_of(frozen ? "on" : "off"),
	    .by = row_rest(who, by, strlen(by))};

	return chain_append(s, &row);
}

static enum rc
record_freeze(void *context, bool frozen, const char *by, uint64_t at)
{
	struct store_record *s = context;
	struct db_query q;
	enum rc rc = step(s, at);

	if (rc != RC_OK)
		return RC_DATABASE;
	q = db_prepare(
	    s->db, "INSERT INTO freeze(frozen, by, at) VALUES(?1, ?2, ?3)");
	db_bind_int64(&q, 1, frozen);
	bind_string(&q, 2, by);
	db_bind_int64(&q, 3, (int64_t)at);
	rc = db_finish(&q);
	if (rc == RC_OK)
		rc = freeze_row(s, frozen, by, at);
	return ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
}

void
store_record_ops(struct record *out, struct store_record *s)
{
	*out = (struct record){.context = s,
	    .begin = record_begin,
	    .end = record_end,
	    .note = record_note,
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

/* ---- whose it is; what was kept before there was a chain ------------------ */

/* Slot and shares of a text, behind the decision that they rest on. */
static enum rc
migrate_answers(struct store_record *s, const uint8_t message[static 32])
{
	struct db_query q = db_prepare(s->db,
	    "SELECT authority, epoch, slot, number FROM slot WHERE text = ?1"
	    " ORDER BY authority, epoch, slot, number");
	enum rc rc = RC_OK;

	db_bind_blob(&q, 1, message, 32);
	while (rc == RC_OK && db_row(&q)) {
		struct record_slot slot = {0};

		slot.authority.p =
		    (const uint8_t *)db_text(&q, 0, &slot.authority.n);
		slot.epoch = (uint32_t)db_int64(&q, 1);
		copy_text(slot.slot, sizeof slot.slot, &q, 2);
		slot.number = (uint32_t)db_int64(&q, 3);
		rc = bound_row(s, &slot, message, s->at);
	}
	if (db_finish(&q) != RC_OK || rc != RC_OK)
		return RC_DATABASE;
	q = db_prepare(s->db, "SELECT package, note FROM share"
			      " WHERE text = ?1 ORDER BY package");
	db_bind_blob(&q, 1, message, 32);
	while (rc == RC_OK && db_row(&q)) {
		uint8_t package[32];
		size_t n;
		const void *note = db_blob(&q, 1, &n);

		db_blob_exact(&q, 0, package, 32);
		rc = share_row(s, message, package, note, n, s->at);
	}
	return db_finish(&q) == RC_OK ? rc : RC_DATABASE;
}

static enum rc
migrate_decisions(struct store_record *s)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT d.text, verb, code, sentence, by, evidence, at, bytes,"
	    " NOT EXISTS(SELECT 1 FROM decision e"
	    "  WHERE e.text = d.text AND e.n < d.n),"
	    " verb = 2 AND NOT EXISTS(SELECT 1 FROM decision e"
	    "  WHERE e.text = d.text AND e.n > d.n AND e.verb = 2)"
	    " FROM decision d JOIN text ON text.id = d.text ORDER BY d.n");
	enum rc rc = RC_OK;

	while (rc == RC_OK && db_row(&q)) {
		struct record_decision d = {
		    .verb = (enum record_verb)db_int64(&q, 1),
		    .code = column_code(&q, 2),
		    .sentence = db_text(&q, 3, NULL),
		    .by = db_text(&q, 4, NULL),
		    .evidence = db_text(&q, 5, NULL),
		};

		db_blob_exact(&q, 0, d.message, 32);
		d.text = db_blob(&q, 7, &d.text_n);
		rc = decision_row(s, &d, db_int64(&q, 8) != 0,
		    (uint64_t)db_int64(&q, 6));
		if (rc == RC_OK && db_int64(&q, 9) != 0)
			rc = migrate_answers(s, d.message);
	}
	return db_finish(&q) == RC_OK ? rc : RC_DATABASE;
}

static enum rc
migrate_people(struct store_record *s)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT text, by, shown, at FROM assent ORDER BY at, text, by");
	enum rc rc = RC_OK;

	while (rc == RC_OK && db_row(&q)) {
		char who[ROW_REST_MAX + 1];
		uint8_t message[32];
		size_t by_n, n;
		const char *by = db_text(&q, 1, &by_n);
		const void *shown = db_blob(&q, 2, &n);
		struct record_row row = {.what = ROW_ASSENT,
		    .at = (uint64_t)db_int64(&q, 3),
		    .message = message,
		    .by = row_rest(who, by, by_n)};

		db_blob_exact(&q, 0, message, 32);
		rc = n > 0 ? chain_note(s, &row, "signature", shown, n)
			   : chain_append(s, &row);
	}
	if (db_finish(&q) != RC_OK || rc != RC_OK)
		return RC_DATABASE;
	q = db_prepare(s->db, "SELECT frozen, by, at FROM freeze ORDER BY n");
	while (rc == RC_OK && db_row(&q))
		rc = freeze_row(s, db_int64(&q, 0) != 0,
		    db_text(&q, 1, NULL), (uint64_t)db_int64(&q, 2));
	return db_finish(&q) == RC_OK ? rc : RC_DATABASE;
}

static enum rc
migrate(struct store_record *s)
{
	struct db_query q = db_prepare(
	    s->db, "SELECT (SELECT count(*) FROM decision)"
		   " + (SELECT count(*) FROM freeze)");
	struct record_row row = {.what = ROW_MIGRATED,
	    .says = slice_of("what came before was kept without a chain")};
	bool any = db_row(&q) && db_int64(&q, 0) > 0;
	enum rc rc;

	if (db_finish(&q) != RC_OK)
		return RC_DATABASE;
	if (!any)
		return RC_OK;
	rc = migrate_decisions(s);
	if (rc == RC_OK)
		rc = migrate_people(s);
	return rc == RC_OK ? chain_append(s, &row) : rc;
}

/* The key of the last party row; "" if there is none. */
static enum rc
party_last(struct store_record *s, char *vkey, size_t cap)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT bytes FROM row WHERE instr(bytes, ?1) > 0"
	    " ORDER BY n DESC LIMIT 1");
	static const char mark[] = "\nwhat party\nkey ";
	const uint8_t *bytes, *end;
	size_t n;

	vkey[0] = '\0';
	db_bind_blob(&q, 1, mark, sizeof mark - 1);
	if (db_row(&q)) {
		bytes = db_blob(&q, 0, &n);
		end = bytes + n - 1; /* the key's line is the last */
		while (end > bytes && end[-1] != ' ')
			end--;
		n = (size_t)(bytes + n - 1 - end);
		if (n < cap) {
			memcpy(vkey, end, n);
			vkey[n] = '\0';
		}
	}
	return db_finish(&q) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_record_party(struct store_record *s, const char *vkey)
{
	struct record_row row = {.what = ROW_PARTY, .key = slice_of(vkey)};
	char was[2 * NAME_BYTES_MAX];
	enum rc rc = party_last(s, was, sizeof was);

	if (rc != RC_OK || strcmp(was, vkey) == 0)
		return rc;
	rc = step(s, 0);
	if (rc != RC_OK)
		return RC_DATABASE;
	rc = chain_append(s, &row);
	if (rc == RC_OK && was[0] == '\0')
		rc = migrate(s);
	return ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
}

/* ---- is it whole? ---------------------------------------------------------- */

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
	return step(s, 0);
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
		return ended(s, RC_OK);
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
	return ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
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
	rc = step(s, at);
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
	return ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
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
static enum rc
said_row(struct store_record *s, enum row_what what, const char *authority,
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
	if (step(s, 0) != RC_OK)
		return RC_DATABASE;
	q = db_prepare(s->db,
	    "INSERT INTO calm(authority, upto)"
	    " SELECT ?1, max(n) FROM alarm WHERE authority = ?1");
	bind_string(&q, 1, authority);
	rc = db_finish(&q);
	if (rc == RC_OK)
		rc = said_row(s, ROW_CALMED, authority, by);
	return ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
}

/* ---- a record that came from a backup -------------------------------------- */

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
	if (step(s, 0) != RC_OK)
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
	return ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
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
	enum rc rc = step(s, 0);

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
	return ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
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
	if (step(s, 0) != RC_OK)
		return RC_DATABASE;
	rc = restored_state(s, authority, 1, 2);
	if (rc == RC_OK)
		rc = said_row(s, ROW_LIFTED, authority, by);
	return ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
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
	return ended(s, rc);
}

enum rc
store_ceremony_accept(struct store_record *s, const uint8_t id[static 32],
    const char *authority, const uint8_t *bundle, size_t n, const char *by,
    uint64_t at)
{
	struct db_query q;

	if (step(s, at) != RC_OK)
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

	if (step(s, 0) != RC_OK)
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

	if (step(s, 0) != RC_OK)
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

	if (step(s, 0) != RC_OK)
		return RC_DATABASE;
	q = db_prepare(s->db, "UPDATE ceremony SET fate = ?2 WHERE id = ?1");
	db_bind_blob(&q, 1, id, 32);
	db_bind_int64(&q, 2, (int64_t)fate);
	rc = db_finish(&q);
	if (rc == RC_OK && db_changes(s->db) == 1)
		rc = ceremony_row(s, id,
		    fate == FATE_IN_FORCE ? "in-force" : "over", NULL, NULL);
	return ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
}

enum rc
store_ceremony_new_key(
    struct store_record *s, const uint8_t id[static 32])
{
	struct db_query q;
	enum rc rc;

	if (step(s, 0) != RC_OK)
		return RC_DATABASE;
	q = db_prepare(s->db,
	    "UPDATE ceremony SET fate = CASE WHEN id = ?1 THEN 2 ELSE 3 END"
	    " WHERE id = ?1 OR (roster IS NOT NULL AND fate IN (0, 2) AND"
	    " authority = (SELECT authority FROM ceremony WHERE id = ?1))");
	db_bind_blob(&q, 1, id, 32);
	rc = db_finish(&q);
	if (rc == RC_OK)
		rc = ceremony_row(s, id, "in-force", NULL, NULL);
	return ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
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
