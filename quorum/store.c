/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coordinator's memory. The machine is never written down: its events
 * are, and it is fed with them again. So there is one way to every state,
 * and recovery is the ordinary path.
 */
#include "quorum/store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/db.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/text.h"

enum { END_RELEASE = 0, END_BIRTH = 1, END_PART = 2 };

struct store {
	struct db *db;
	char *scratch; /* BUNDLE_BYTES_MAX */
};

static const char *const steps[] = {
    "CREATE TABLE run (n INTEGER NOT NULL) STRICT;"
    "INSERT INTO run VALUES (0);"
    "CREATE TABLE event (seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    " scope BLOB NOT NULL, time INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " supersedes BLOB, bytes BLOB NOT NULL) STRICT;"
    "CREATE INDEX event_scope ON event (scope);"
    /* what: 0 a release, 1 a birth, 2 one of a birth's two texts */
    "CREATE TABLE ended (id BLOB PRIMARY KEY CHECK (length(id) = 32),"
    " what INTEGER NOT NULL, time INTEGER NOT NULL, born INTEGER NOT NULL,"
    " status BLOB NOT NULL, notes BLOB NOT NULL, blames BLOB NOT NULL)"
    " STRICT;"};
static const struct db_schema schema = {steps, 1};

static enum rc
run_count(struct db *db, uint32_t *run)
{
	struct db_query q;
	enum rc rc = db_run(db, "UPDATE run SET n = n + 1");

	*run = 0;
	if (rc != RC_OK)
		return rc;
	q = db_prepare(db, "SELECT n FROM run");
	if (db_row(&q))
		*run = (uint32_t)db_int64(&q, 0);
	return db_finish(&q);
}

enum rc
coord_store_open(struct store **out, const char *dir, uint32_t *run, struct why *why)
{
	struct store *s = calloc(1, sizeof *s);
	char path[4096];
	enum rc rc = RC_MEMORY;

	*out = NULL;
	if (s == NULL)
		return rc;
	s->scratch = malloc(BUNDLE_BYTES_MAX);
	snprintf(path, sizeof path, "%s/coordinator.db", dir);
	if (s->scratch != NULL)
		rc = db_open(&s->db, path, &schema, 0, why);
	if (rc == RC_OK)
		rc = run_count(s->db, run);
	if (rc == RC_OK)
		*out = s;
	else
		coord_store_close(s);
	return rc;
}

void
coord_store_close(struct store *s)
{
	if (s == NULL)
		return;
	db_close(s->db);
	free(s->scratch);
	free(s);
}

/* ---- coming back ---- */

static enum rc
note_text_take(struct coordinator *c, const struct bundle_item *item)
{
	enum message_kind kind = message_kind_of(item->text.p, item->text.n);

	return kind == MESSAGE_TRUST
	    ? coordinator_authority_born(c, item->text.p, item->text.n)
	    : coordinator_roster(c, item->text.p, item->text.n);
}

static enum rc
births_load(struct store *s, struct coordinator *c)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT notes FROM ended WHERE what = 1 AND born = 1 ORDER BY time");
	enum rc rc = RC_OK, end;

	while (rc == RC_OK && db_row(&q)) {
		struct bundle_item item;
		struct bundle b;
		size_t n;
		const uint8_t *bytes = db_blob(&q, 0, &n);

		rc = bundle_init(&b, bytes, n);
		while (rc == RC_OK && (rc = bundle_next(&b, &item)) == RC_OK)
			rc = note_text_take(c, &item);
		if (rc == RC_MORE)
			rc = RC_OK;
	}
	end = db_finish(&q);
	return rc == RC_OK ? end : rc;
}

static enum rc
event_feed(struct coordinator *c, enum store_kind kind, const uint8_t *bytes,
    size_t n, const uint8_t *supersedes, uint64_t now)
{
	struct message m;
	unsigned index;
	enum rc rc = RC_OK;

	if (kind == STORE_TICK) {
		coordinator_tick(c, now);
		return RC_OK;
	}
	if (kind == STORE_CEREMONY)
		return coordinator_ceremony(c, &index, bytes, n, now);
	if (kind == STORE_PURPOSE)
		return coordinator_purpose(c, &index, bytes, n, now);
	rc = message_open(&m, bytes, n);
	if (rc == RC_OK && kind == STORE_MESSAGE) {
		rc = coordinator_message(c, &m, now);
		if (rc == RC_SHARE_INVALID)
			rc = RC_OK; /* it is the evidence */
	} else if (rc == RC_OK) {
		rc = coordinator_propose(c, &index, &m, supersedes, now);
	}
	return rc;
}

enum rc
coord_store_replay(struct store *s, struct coordinator *c, struct why *why)
{
	struct db_query q;
	enum rc rc = births_load(s, c), end;

	if (rc != RC_OK) {
		why_set(why, "cannot read what was born here: %s", rc_text(rc));
		return rc;
	}
	q = db_prepare(s->db, "SELECT kind, time, supersedes, bytes, seq"
			      " FROM event ORDER BY seq");
	while (db_row(&q)) {
		size_t n, m;
		const uint8_t *over = db_blob(&q, 2, &m);
		const uint8_t *bytes = db_blob(&q, 3, &n);

		rc = event_feed(c, (enum store_kind)db_int64(&q, 0), bytes, n,
		    m == 32 ? over : NULL, (uint64_t)db_int64(&q, 1));
		/* the configuration has changed: parties say it again */
		if (rc != RC_OK)
			say(SAY_WARNING, "event %lld is no longer taken: %s",
			    (long long)db_int64(&q, 4), rc_text(rc));
	}
	end = db_finish(&q);
	c->changed = false;
	if (end != RC_OK)
		why_set(why, "%s", db_why(s->db));
	return end;
}

/* ---- going on ---- */

enum rc
coord_store_begin(struct store *s)
{
	return db_begin(s->db);
}

enum rc
coord_store_event(struct store *s, struct coordinator *c, enum store_kind kind,
    const uint8_t scope[static 32], const uint8_t *supersedes,
    const void *bytes, size_t n, uint64_t now)
{
	struct db_query q = db_prepare(s->db,
	    "INSERT INTO event (scope, time, kind, supersedes, bytes)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)");

	db_bind_blob(&q, 1, scope, 32);
	db_bind_int64(&q, 2, (int64_t)now);
	db_bind_int64(&q, 3, kind);
	if (supersedes == NULL)
		db_bind_null(&q, 4);
	else
		db_bind_blob(&q, 4, supersedes, 32);
	db_bind_blob(&q, 5, bytes, n);
	c->changed = false;
	return db_finish(&q);
}

struct ended {
	int what;
	bool born;
	struct text status, notes, blames;
};

static enum rc
end_write(struct store *s, const uint8_t id[static 32], const struct ended *e,
    uint64_t now)
{
	struct db_query q = db_prepare(s->db,
	    "INSERT OR REPLACE INTO ended"
	    " (id, what, time, born, status, notes, blames)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
	enum rc rc;

	db_bind_blob(&q, 1, id, 32);
	db_bind_int64(&q, 2, e->what);
	db_bind_int64(&q, 3, (int64_t)now);
	db_bind_int64(&q, 4, e->born);
	db_bind_blob(&q, 5, e->status.p, e->status.n);
	db_bind_blob(&q, 6, e->notes.p, e->notes.n);
	db_bind_blob(&q, 7, e->blames.p, e->blames.n);
	rc = db_finish(&q);
	if (rc != RC_OK)
		return rc;
	q = db_prepare(s->db, "DELETE FROM event WHERE scope = ?1");
	db_bind_blob(&q, 1, id, 32);
	return db_finish(&q);
}

/* Three texts in the scratch memory. */
static void
end_init(struct store *s, struct ended *e)
{
	const size_t status = STATUS_BYTES_MAX, notes = 2 * NOTE_BYTES_MAX + 8;

	memset(e, 0, sizeof *e);
	text_init(&e->status, s->scratch, status);
	text_init(&e->notes, s->scratch + status, notes);
	text_init(&e->blames, s->scratch + status + notes,
	    BUNDLE_BYTES_MAX - status - notes);
}

static enum rc
end_proposal(
    struct store *s, struct coordinator *c, unsigned index, uint64_t now)
{
	const struct coord_proposal *p = &c->proposal[index];
	struct ended e;
	enum rc rc;

	end_init(s, &e);
	coordinator_status(&e.status, c, index);
	text_put(&e.notes, p->result, p->result_n);
	coordinator_blames(&e.blames, c, index);
	rc = end_write(s, p->id, &e, now);
	if (rc == RC_OK)
		coordinator_forget(c, index);
	return rc;
}

static enum rc
end_birth(
    struct store *s, struct coordinator *c, unsigned index, uint64_t now)
{
	static const uint8_t none[32];
	const struct coord_birth *b = &c->birth[index];
	struct ended e, part;
	enum rc rc;

	end_init(s, &e);
	e.what = END_BIRTH;
	/* `born` is taken in again at a start: what a rehearsal made is not */
	e.born = b->state == BIRTH_BORN && !b->bundle.ceremony.rehearsal;
	coordinator_birth_status(&e.status, c, index);
	if (b->state == BIRTH_BORN) {
		bundle_put(&e.notes, b->roster_note, b->roster_note_n);
		if (b->trust_note_n > 0)
			bundle_put(&e.notes, b->trust_note, b->trust_note_n);
	}
	rc = end_write(s, b->bundle.ceremony.id, &e, now);
	/* so that its two texts are known too */
	end_init(s, &part);
	part.what = END_PART;
	if (rc == RC_OK && memcmp(b->roster_id, none, 32) != 0)
		rc = end_write(s, b->roster_id, &part, now);
	if (rc == RC_OK && memcmp(b->trust_id, none, 32) != 0)
		rc = end_write(s, b->trust_id, &part, now);
	if (rc == RC_OK)
		coordinator_forget_birth(c, index);
	return rc;
}

enum rc
coord_store_commit(struct store *s, struct coordinator *c, uint64_t now)
{
	enum rc rc = RC_OK;

	for (unsigned i = 0; rc == RC_OK && i < COORD_PROPOSALS_MAX; i++)
		if (c->proposal[i].used &&
		    (c->proposal[i].work == COORD_RELEASE ||
			c->proposal[i].work == COORD_PURPOSE) &&
		    c->proposal[i].state != COORD_OPEN)
			rc = end_proposal(s, c, i, now);
	for (unsigned i = 0; rc == RC_OK && i < COORD_BIRTHS_MAX; i++)
		if (c->birth[i].used && c->birth[i].state >= BIRTH_BORN)
			rc = end_birth(s, c, i, now);
	/* ticks matter to what came before them only */
	if (rc == RC_OK)
		rc = db_run(s->db, "DELETE FROM event WHERE kind = 4 AND seq <"
				   " coalesce((SELECT min(seq) FROM event"
				   " WHERE kind <> 4), 9223372036854775807)");
	if (rc == RC_OK)
		rc = db_commit(s->db);
	else
		db_rollback(s->db);
	return rc;
}

/* ---- what has ended ---- */

bool
coord_store_knows(struct store *s, const uint8_t id[static 32])
{
	struct db_query q =
	    db_prepare(s->db, "SELECT 1 FROM ended WHERE id = ?1");
	bool known;

	db_bind_blob(&q, 1, id, 32);
	known = db_row(&q);
	return db_finish(&q) == RC_OK && known;
}

bool
coord_store_end(struct store *s, const uint8_t id[static 32], bool birth,
    struct text *out)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT status, notes FROM ended WHERE id = ?1 AND what = ?2");
	bool known;

	db_bind_blob(&q, 1, id, 32);
	db_bind_int64(&q, 2, birth ? END_BIRTH : END_RELEASE);
	known = db_row(&q);
	for (int i = 0; known && i < 2; i++) {
		size_t n;
		const void *bytes = db_blob(&q, i, &n);

		if (n > 0)
			bundle_put(out, bytes, n);
	}
	return db_finish(&q) == RC_OK && known;
}

bool
coord_store_blames(struct store *s, const uint8_t id[static 32], struct text *out)
{
	struct db_query q =
	    db_prepare(s->db, "SELECT blames FROM ended WHERE id = ?1");
	bool known;

	db_bind_blob(&q, 1, id, 32);
	known = db_row(&q);
	if (known) {
		size_t n;
		const void *bytes = db_blob(&q, 0, &n);

		text_put(out, bytes, n);
	}
	return db_finish(&q) == RC_OK && known;
}
