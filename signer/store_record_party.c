/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose record it is; what an earlier version kept without a chain is taken
 * into the chain when its party is first written there.
 */
#include "signer/store_record_inner.h"
#include <string.h>

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
		rc = chain_bound(s, &slot, message, s->at);
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
		rc = chain_share(s, message, package, note, n, s->at);
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
		rc = chain_decision(s, &d, db_int64(&q, 8) != 0,
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
		rc = chain_freeze(s, db_int64(&q, 0) != 0,
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
	rc = record_step(s, 0);
	if (rc != RC_OK)
		return RC_DATABASE;
	rc = chain_append(s, &row);
	if (rc == RC_OK && was[0] == '\0')
		rc = migrate(s);
	return record_ended(s, rc) == RC_OK ? RC_OK : RC_DATABASE;
}
