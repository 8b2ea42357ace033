/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seat's view of the record: what was decided, bound and given, by whom
 * it was asked for. Each writes its table and its row of the chain in one
 * step.
 */
#include "signer/store_record_inner.h"
#include <stdlib.h>
#include <string.h>
#include "host/clock.h"

static enum rc
record_begin(void *context, uint64_t at)
{
	return record_step(context, at);
}

enum rc
record_end(void *context, bool keep)
{
	struct store_record *s = context;

	if (keep)
		return record_ended(s, RC_OK) == RC_OK ? RC_OK : RC_DATABASE;
	s->failed = true;
	(void)record_ended(s, RC_DATABASE);
	return RC_OK;
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

enum rc
chain_decision(struct store_record *s, const struct record_decision *d,
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
	enum rc rc = record_step(s, d->at);

	if (rc != RC_OK)
		return RC_DATABASE;
	rc = record_insert_text(s->db, &fresh, d->message, d->text, d->text_n);
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
		rc = chain_decision(s, d, fresh, d->at);
	rc = record_ended(s, rc);
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

enum rc
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

enum rc
chain_bound(struct store_record *s, const struct record_slot *slot,
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

enum rc
chain_share(struct store_record *s, const uint8_t message[static 32],
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
	return rc == RC_OK ? chain_bound(s, slot, message, s->at) : rc;
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
	enum rc rc = record_step(s, 0);

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
			rc = chain_share(
			    s, message, package, note, note_n, s->at);
	}
	return record_ended(s, rc);
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
	return record_only_blob(&q, note, RECORD_SHARE_MAX, n);
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
	enum rc rc = record_step(s, at);

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
	return record_ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
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

enum rc
chain_freeze(struct store_record *s, bool frozen, const char *by, uint64_t at)
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
	enum rc rc = record_step(s, at);

	if (rc != RC_OK)
		return RC_DATABASE;
	q = db_prepare(
	    s->db, "INSERT INTO freeze(frozen, by, at) VALUES(?1, ?2, ?3)");
	db_bind_int64(&q, 1, frozen);
	bind_string(&q, 2, by);
	db_bind_int64(&q, 3, (int64_t)at);
	rc = db_finish(&q);
	if (rc == RC_OK)
		rc = chain_freeze(s, frozen, by, at);
	return record_ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
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
