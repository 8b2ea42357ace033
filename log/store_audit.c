/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQL of the auditor. One transaction a walk: the head that was checked and
 * what its entries say move together. A row of `broken` is never deleted.
 */
#include "log/store_audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/batch.h"
#include "host/db.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "log/admission_rows.h"

static const char *const steps[] = {
    "CREATE TABLE head(one INTEGER PRIMARY KEY CHECK(one = 1),"
    " size INTEGER NOT NULL, root BLOB NOT NULL CHECK(length(root) = 32),"
    " note BLOB NOT NULL, time INTEGER NOT NULL) STRICT;"
    "CREATE TABLE pinned(authority TEXT PRIMARY KEY, first BLOB NOT NULL"
    " CHECK(length(first) = 32)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE text(id BLOB PRIMARY KEY, idx INTEGER NOT NULL,"
    " chained INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE trust(authority TEXT NOT NULL, revision INTEGER NOT NULL,"
    " idx INTEGER NOT NULL UNIQUE, note BLOB NOT NULL,"
    " PRIMARY KEY(authority, revision)) STRICT;"
    "CREATE TABLE roster(key BLOB NOT NULL, serial INTEGER NOT NULL,"
    " idx INTEGER NOT NULL UNIQUE, note BLOB NOT NULL,"
    " PRIMARY KEY(key, serial)) STRICT;"
    "CREATE TABLE product(product TEXT NOT NULL, authority TEXT NOT NULL,"
    " epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, floor INTEGER,"
    " idx INTEGER NOT NULL, PRIMARY KEY(product, authority, epoch))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE objection(key BLOB NOT NULL, release BLOB NOT NULL,"
    " idx INTEGER NOT NULL, PRIMARY KEY(key, release, idx))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE stranger(authority TEXT PRIMARY KEY,"
    " count INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE broken(idx INTEGER PRIMARY KEY, rule TEXT NOT NULL,"
    " rc TEXT NOT NULL, why TEXT NOT NULL, trust INTEGER, other INTEGER)"
    " STRICT;"
    "CREATE TABLE told(one INTEGER PRIMARY KEY CHECK(one = 1),"
    " idx INTEGER NOT NULL) STRICT;",
};
static const struct db_schema schema = {steps, 1};

/* Parsed texts, kept: there are few. */
struct text_slot {
	struct text_slot *next;
	uint64_t index;
	uint8_t *bytes;
	union {
		struct trust trust;
		struct roster roster;
	} u;
	struct admission_facts facts; /* of a trust text */
};

/* Signatures of one batch; what goes beyond is verified one by one. */
enum { BATCH_LINES_MAX = 8 * AUDIT_BATCH_MAX, BATCH_KEYS = 4096 };

struct audit_item {
	uint64_t index;
	uint8_t *bytes; /* the entry's copy */
	enum rc begun;
	unsigned line, line_n; /* its signatures in the batch */
	struct admission a;
};

struct audit_store {
	struct db *db;
	struct text_slot *trusts, *rosters;
	uint64_t generation; /* of them, for admission */
	/* the last answers, while the generation is theirs: entries of one
	 * authority come in runs */
	struct {
		uint64_t generation;
		char name[NAME_BYTES_MAX + 1];
		struct text_slot *trust;
		uint8_t first[32];
	} last;
	struct admission *a; /* the entry at hand */
	/* kept for a batch */
	unsigned item_n;
	struct audit_item item[AUDIT_BATCH_MAX];
	uint64_t now;
	audit_found *found;
	void *context;
	struct batch_item line[BATCH_LINES_MAX];
	struct batch_cache *cache;
};

enum rc
audit_store_open(struct audit_store **out, const char *dir, struct why *why)
{
	char path[4096];
	struct audit_store *s = calloc(1, sizeof *s);
	enum rc rc;

	*out = NULL;
	if (s == NULL)
		return RC_MEMORY;
	s->generation = 1;
	s->cache = batch_cache_new(BATCH_KEYS);
	snprintf(path, sizeof path, "%s/audit.db", dir);
	rc = db_open(&s->db, path, &schema, 0, why);
	if (rc != RC_OK) {
		audit_store_close(s);
		return rc;
	}
	*out = s;
	return RC_OK;
}

static void
slots_free(struct text_slot **list)
{
	struct text_slot *slot;

	while ((slot = *list) != NULL) {
		*list = slot->next;
		free(slot->bytes);
		free(slot);
	}
}

static void
items_free(struct audit_store *s)
{
	while (s->item_n > 0)
		free(s->item[--s->item_n].bytes);
}

void
audit_store_close(struct audit_store *s)
{
	if (s == NULL)
		return;
	items_free(s);
	batch_cache_free(s->cache);
	slots_free(&s->trusts);
	slots_free(&s->rosters);
	db_close(s->db);
	free(s);
}

static void
bind_slice(struct db_query *q, int parameter, struct slice s)
{
	db_bind_text(q, parameter, (const char *)s.p, s.n);
}

enum rc
audit_store_pin(struct audit_store *s, struct slice authority,
    const uint8_t first[static 32], struct why *why)
{
	struct db_query q = db_prepare(s->db, "INSERT INTO pinned(authority,"
	    " first) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM text)"
	    " ON CONFLICT DO NOTHING");
	bool same = false;
	enum rc rc;

	bind_slice(&q, 1, authority);
	db_bind_blob(&q, 2, first, 32);
	rc = db_finish(&q);
	if (rc != RC_OK)
		return rc;
	q = db_prepare(s->db,
	    "SELECT first = ?2 FROM pinned WHERE authority = ?1");
	bind_slice(&q, 1, authority);
	db_bind_blob(&q, 2, first, 32);
	same = db_row(&q) && db_int64(&q, 0) == 1;
	rc = db_finish(&q);
	if (rc != RC_OK || same)
		return rc;
	why_set(why, "this folder audits the log from another first trust "
		     "text of '%.*s' on, or without it: use a folder of its "
		     "own", (int)authority.n, (const char *)authority.p);
	return RC_LOG_PINNED;
}

enum rc
audit_store_head(struct audit_store *s, struct audit_head *out)
{
	struct db_query q =
	    db_prepare(s->db, "SELECT size, root, note, time FROM head");
	const void *b;
	size_t n;

	memset(out, 0, sizeof *out);
	if (db_row(&q)) {
		out->size = (uint64_t)db_int64(&q, 0);
		db_blob_exact(&q, 1, out->root, 32);
		b = db_blob(&q, 2, &n);
		if (n <= sizeof out->note) {
			memcpy(out->note, b, n);
			out->n = n;
		}
		out->time = (uint64_t)db_int64(&q, 3);
	}
	return db_finish(&q);
}

enum rc
audit_store_begin(struct audit_store *s)
{
	return db_begin(s->db);
}

void
audit_store_rollback(struct audit_store *s)
{
	db_rollback(s->db);
	items_free(s);
	s->generation++;
	slots_free(&s->trusts);
	slots_free(&s->rosters);
}

enum rc
audit_store_commit(struct audit_store *s, const struct audit_head *h)
{
	struct db_query q = db_prepare(s->db, "INSERT INTO head(one, size,"
	    " root, note, time) VALUES(1, ?1, ?2, ?3, ?4) ON CONFLICT DO"
	    " UPDATE SET size = ?1, root = ?2, note = ?3, time = ?4"
	    " WHERE size <= ?1");
	enum rc rc;

	db_bind_int64(&q, 1, (int64_t)h->size);
	db_bind_blob(&q, 2, h->root, 32);
	db_bind_blob(&q, 3, h->note, h->n);
	db_bind_int64(&q, 4, (int64_t)h->time);
	rc = db_finish(&q);
	if (rc == RC_OK && db_changes(s->db) != 1)
		rc = RC_CONFLICT;
	if (rc == RC_OK)
		rc = db_commit(s->db);
	if (rc != RC_OK)
		audit_store_rollback(s);
	return rc;
}

/* ---- the log as its rules see it -------------------------------------- */

/* The text of the query's one row (index, note), parsed. RC_MORE: none. */
static enum rc
text_take(struct text_slot **list, struct db_query *q, bool roster,
    struct text_slot **out)
{
	struct text_slot *slot = NULL;
	struct note note;
	const void *b;
	uint64_t index;
	size_t n;
	enum rc rc;

	*out = NULL;
	if (!db_row(q)) {
		rc = db_finish(q);
		return rc == RC_OK ? RC_MORE : rc;
	}
	index = (uint64_t)db_int64(q, 0);
	for (slot = *list; slot != NULL; slot = slot->next)
		if (slot->index == index) {
			*out = slot;
			return db_finish(q);
		}
	b = db_blob(q, 1, &n);
	slot = calloc(1, sizeof *slot);
	if (slot != NULL)
		slot->bytes = malloc(n > 0 ? n : 1);
	if (slot == NULL || slot->bytes == NULL) {
		free(slot);
		(void)!db_finish(q);
		return RC_MEMORY;
	}
	slot->index = index;
	memcpy(slot->bytes, b, n);
	rc = db_finish(q);
	if (rc == RC_OK)
		rc = note_split(&note, slot->bytes, n);
	if (rc == RC_OK)
		rc = roster
		    ? roster_parse(&slot->u.roster, slot->bytes, note.text_n)
		    : trust_read(&slot->u.trust, slot->bytes, note.text_n,
			  READER_HOST);
	if (rc == RC_OK && !roster)
		rc = admission_facts(&slot->facts, &slot->u.trust);
	if (rc != RC_OK) {
		say(SAY_ERROR, "entry %llu cannot be read again",
		    (unsigned long long)index);
		free(slot->bytes);
		free(slot);
		return RC_DATABASE;
	}
	slot->next = *list;
	*list = slot;
	*out = slot;
	return RC_OK;
}

/* The `back`-th newest trust text of an authority; RC_MORE. */
static enum rc
trust_take(struct audit_store *s, struct slice authority, unsigned back,
    struct text_slot **out)
{
	struct db_query q = db_prepare(s->db, "SELECT idx, note FROM trust"
	    " WHERE authority = ?1 ORDER BY revision DESC LIMIT 1 OFFSET ?2");

	bind_slice(&q, 1, authority);
	db_bind_int64(&q, 2, back);
	return text_take(&s->trusts, &q, false, out);
}

static bool
last_is(const struct audit_store *s, struct slice name)
{
	return s->last.generation == s->generation &&
	    slice_is(name, s->last.name);
}

static bool
state_authority(void *context, struct slice name, uint8_t first[static 32],
    bool *no_mirror)
{
	struct audit_store *s = context;
	struct db_query q;
	bool found;

	*no_mirror = true; /* a log may be told so, for names in /test */
	if (last_is(s, name)) {
		memcpy(first, s->last.first, 32);
		return true;
	}
	q = db_prepare(s->db, "SELECT first FROM pinned WHERE authority = ?1");
	memset(first, 0, 32);
	bind_slice(&q, 1, name);
	found = db_row(&q);
	if (found)
		db_blob_exact(&q, 0, first, 32);
	return db_finish(&q) == RC_OK && found;
}

static enum rc
state_trust(void *context, struct slice authority, const struct trust **out,
    const struct admission_facts **facts)
{
	struct audit_store *s = context;
	struct text_slot *slot = NULL;
	uint8_t first[32];
	bool no_mirror;
	enum rc rc = RC_OK;

	if (last_is(s, authority))
		slot = s->last.trust;
	else
		rc = trust_take(s, authority, 0, &slot);
	if (slot != NULL && !last_is(s, authority) &&
	    authority.n <= NAME_BYTES_MAX &&
	    state_authority(s, authority, first, &no_mirror)) {
		memcpy(s->last.name, authority.p, authority.n);
		s->last.name[authority.n] = '\0';
		s->last.trust = slot;
		memcpy(s->last.first, first, 32);
		s->last.generation = s->generation;
	}
	*out = slot != NULL ? &slot->u.trust : NULL;
	*facts = slot != NULL ? &slot->facts : NULL;
	return rc == RC_MORE ? RC_OK : rc;
}

static enum rc
state_roster(void *context, const uint8_t key[static 32],
    const struct roster **out)
{
	struct audit_store *s = context;
	struct db_query q = db_prepare(s->db, "SELECT idx, note FROM roster"
	    " WHERE key = ?1 ORDER BY serial DESC LIMIT 1");
	struct text_slot *slot;
	enum rc rc;

	db_bind_blob(&q, 1, key, 32);
	rc = text_take(&s->rosters, &q, true, &slot);
	*out = slot != NULL ? &slot->u.roster : NULL;
	return rc == RC_MORE ? RC_OK : rc;
}

static enum rc
text_find(struct audit_store *s, const uint8_t id[static 32], bool chained,
    bool *out)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT 1 FROM text WHERE id = ?1 AND chained >= ?2");

	db_bind_blob(&q, 1, id, 32);
	db_bind_int64(&q, 2, chained);
	*out = db_row(&q);
	return db_finish(&q);
}

static enum rc
state_known(void *context, const uint8_t id[static 32], bool *out)
{
	return text_find(context, id, true, out);
}

static enum rc
text_logged(void *context, const uint8_t id[static 32], bool *out)
{
	return text_find(context, id, false, out);
}

static enum rc
state_product(void *context, struct slice authority, uint32_t epoch,
    struct slice product, struct admission_product *out)
{
	struct audit_store *s = context;

	return rows_product(s->db, authority, epoch, product, out);
}

static enum rc
state_objections(void *context, const uint8_t key[static 32],
    const uint8_t release[static 32], unsigned *out)
{
	struct audit_store *s = context;

	return rows_objections(s->db, key, release, out);
}

static bool
state_cosigner(void *context, const struct vkey *k)
{
	(void)context;
	(void)k;
	return true;
}

/* ---- what follows from an entry --------------------------------------- */

static enum rc
text_insert(struct audit_store *s, const uint8_t id[static 32],
    uint64_t index, bool chained)
{
	struct db_query q = db_prepare(s->db, "INSERT OR IGNORE INTO text(id,"
	    " idx, chained) VALUES(?1, ?2, ?3)");

	db_bind_blob(&q, 1, id, 32);
	db_bind_int64(&q, 2, (int64_t)index);
	db_bind_int64(&q, 3, chained);
	return db_finish(&q);
}

static enum rc
stranger_insert(struct audit_store *s, struct slice authority)
{
	struct db_query q = db_prepare(s->db, "INSERT INTO stranger(authority,"
	    " count) VALUES(?1, 1) ON CONFLICT DO UPDATE SET count = count + 1");

	bind_slice(&q, 1, authority);
	return db_finish(&q);
}

static enum rc
entry_apply(struct audit_store *s, uint64_t index)
{
	const struct admission *a = s->a;
	const struct release *r = &a->u.release;
	struct db_query q;

	switch (a->kind) {
	case ADMISSION_RELEASE:
		q = db_prepare(s->db, "INSERT INTO product(product, authority,"
		    " epoch, sequence, idx) VALUES(?1, ?2, ?3, ?4, ?5)"
		    " ON CONFLICT DO UPDATE SET sequence = ?4, idx = ?5");
		bind_slice(&q, 1, r->product);
		bind_slice(&q, 2, r->authority);
		db_bind_int64(&q, 3, r->epoch);
		db_bind_int64(&q, 4, r->sequence);
		break;
	case ADMISSION_WITHDRAW:
		q = db_prepare(s->db, "UPDATE product SET floor = ?4"
		    " WHERE product = ?1 AND authority = ?2 AND epoch = ?3"
		    " AND ?5 >= 0");
		bind_slice(&q, 1, r->product);
		bind_slice(&q, 2, r->authority);
		db_bind_int64(&q, 3, r->epoch);
		db_bind_int64(&q, 4, r->floor);
		break;
	case ADMISSION_TRUST:
		q = db_prepare(s->db, "INSERT INTO trust(authority, revision,"
		    " note, idx) VALUES(?1, ?2, ?3, ?5)");
		bind_slice(&q, 1, a->authority);
		db_bind_int64(&q, 2, a->u.trust.revision);
		db_bind_blob(&q, 3, a->bytes, a->n);
		break;
	case ADMISSION_ROSTER:
		q = db_prepare(s->db, "INSERT INTO roster(key, serial, note,"
		    " idx) VALUES(?1, ?2, ?3, ?5)");
		db_bind_blob(&q, 1, a->u.roster.key.key, 32);
		db_bind_int64(&q, 2, a->u.roster.serial);
		db_bind_blob(&q, 3, a->bytes, a->n);
		break;
	default:
		q = db_prepare(s->db, "INSERT INTO objection(key, release, idx)"
		    " VALUES(?1, ?2, ?5)");
		db_bind_blob(&q, 1, a->objector, 32);
		db_bind_blob(&q, 2, a->u.objection.release, 32);
	}
	db_bind_int64(&q, 5, (int64_t)index);
	return db_finish(&q);
}

/* The entry that it collides with: the product's highest, the same text. */
static enum rc
other_find(struct audit_store *s, const char *rule, uint64_t *other)
{
	bool once = strcmp(rule, "once") == 0;
	struct db_query q;

	*other = UINT64_MAX;
	if (!once && strcmp(rule, "sequence") != 0 &&
	    strcmp(rule, "floor") != 0)
		return RC_OK;
	q = db_prepare(s->db, once
		? "SELECT idx FROM text WHERE id = ?1"
		: "SELECT idx FROM product WHERE product = ?1"
		  " AND authority = ?2 AND epoch = ?3");
	if (once) {
		db_bind_blob(&q, 1, s->a->id, 32);
	} else {
		bind_slice(&q, 1, s->a->u.release.product);
		bind_slice(&q, 2, s->a->authority);
		db_bind_int64(&q, 3, s->a->epoch);
	}
	if (db_row(&q))
		*other = (uint64_t)db_int64(&q, 0);
	return db_finish(&q);
}

static enum rc
broken_insert(struct audit_store *s, const struct audit_finding *f,
    uint64_t index)
{
	struct text_slot *trust = NULL;
	struct db_query q;
	uint64_t other;
	enum rc rc = other_find(s, f->rule, &other);

	if (rc == RC_OK && s->a->authority.n > 0)
		rc = trust_take(s, s->a->authority, 0, &trust);
	if (rc != RC_OK && rc != RC_MORE)
		return rc;
	q = db_prepare(s->db, "INSERT INTO broken(idx, rule, rc, why, trust,"
	    " other) VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
	db_bind_int64(&q, 1, (int64_t)index);
	db_bind_text(&q, 2, f->rule, strlen(f->rule));
	db_bind_text(&q, 3, rc_name(f->rc), strlen(rc_name(f->rc)));
	db_bind_text(&q, 4, s->a->why.text, strlen(s->a->why.text));
	if (trust != NULL)
		db_bind_int64(&q, 5, (int64_t)trust->index);
	else
		db_bind_null(&q, 5);
	if (other != UINT64_MAX)
		db_bind_int64(&q, 6, (int64_t)other);
	else
		db_bind_null(&q, 6);
	return db_finish(&q);
}

/* ---- a batch ---------------------------------------------------------- */

static struct admission_state
state_of(struct audit_store *s)
{
	return (struct admission_state){
	    .context = s,
	    .generation = s->generation,
	    .authority = state_authority,
	    .trust = state_trust,
	    .roster = state_roster,
	    .known = state_known,
	    .product = state_product,
	    .objections = state_objections,
	    .cosigner = state_cosigner,
	};
}

/* What can be verified before its turn has come, with what is in force now:
 * if that has changed by then, it is verified again where it matters. */
static void
lines_verify(struct audit_store *s)
{
	struct admission_state state = state_of(s);
	unsigned i, k, n = 0, next;
	const uint8_t *key, *sig;

	for (i = 0; i < s->item_n; i++) {
		struct audit_item *item = &s->item[i];

		item->line = n;
		item->line_n = 0;
		if (item->begun != RC_OK ||
		    n + item->a.note.line_n > BATCH_LINES_MAX ||
		    admission_prepare(&item->a, &state, s->now) != RC_OK)
			continue;
		for (next = 0; admission_claim(&item->a, &next, &key, &sig);
		     n++, item->line_n++)
			s->line[n] = (struct batch_item){.key = key,
			    .sig = sig,
			    .message = item->a.bytes,
			    .n = item->a.note.text_n};
	}
	ed25519_verify_batch(s->line, n, s->cache);
	for (i = 0; i < s->item_n; i++) {
		struct audit_item *item = &s->item[i];

		for (k = 0; k < item->line_n; k++)
			if (s->line[item->line + k].rc != RC_OK)
				break;
		if (item->line_n > 0 && k == item->line_n)
			admission_verified(&item->a);
	}
}

static enum rc
item_judge(struct audit_store *s, struct audit_item *item)
{
	const struct admission_state state = state_of(s);
	const struct audit_texts texts = {text_logged, s};
	struct audit_finding f;
	bool chained;
	enum rc rc;

	s->a = &item->a;
	rc = audit_entry(&f, s->a, item->begun, &state, &texts, s->now);
	if (rc == RC_OK && f.rc != RC_OK)
		rc = broken_insert(s, &f, item->index);
	else if (rc == RC_OK && f.stranger)
		rc = stranger_insert(s, s->a->authority);
	else if (rc == RC_OK)
		rc = entry_apply(s, item->index);
	chained = f.rc == RC_OK && !f.stranger &&
	    (s->a->kind == ADMISSION_TRUST || s->a->kind == ADMISSION_ROSTER);
	s->generation += chained;
	if (rc == RC_OK && s->a->note.text_n > 0)
		rc = text_insert(s, s->a->id, item->index, chained);
	if (rc == RC_OK && s->found != NULL)
		s->found(s->context, item->index, &f, s->a);
	return rc;
}

enum rc
audit_store_flush(struct audit_store *s)
{
	unsigned i;
	enum rc rc = RC_OK;

	lines_verify(s);
	for (i = 0; i < s->item_n && rc == RC_OK; i++)
		rc = item_judge(s, &s->item[i]);
	items_free(s);
	return rc;
}

enum rc
audit_store_entry(struct audit_store *s, uint64_t index, const uint8_t *entry,
    size_t n, uint64_t now, audit_found *found, void *context)
{
	struct audit_item *item = &s->item[s->item_n];

	item->index = index;
	item->bytes = malloc(n > 0 ? n : 1);
	if (item->bytes == NULL)
		return RC_MEMORY;
	memcpy(item->bytes, entry, n);
	item->begun = admission_begin(&item->a, item->bytes, n);
	s->item_n++;
	s->now = now;
	s->found = found;
	s->context = context;
	return s->item_n == AUDIT_BATCH_MAX ? audit_store_flush(s) : RC_OK;
}

/* ---- what there is to tell -------------------------------------------- */

enum rc
audit_store_authorities(struct audit_store *s,
    enum rc (*each)(void *context, struct slice name,
	const struct trust *now, const struct trust *before),
    void *context)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT authority FROM pinned ORDER BY authority");
	struct text_slot *now, *before;
	struct slice name;
	enum rc rc = RC_OK, end;

	while (rc == RC_OK && db_row(&q)) {
		name.p = (const uint8_t *)db_text(&q, 0, &name.n);
		rc = trust_take(s, name, 0, &now);
		if (rc == RC_OK)
			rc = trust_take(s, name, 1, &before);
		else
			before = NULL;
		if (rc == RC_MORE)
			rc = RC_OK;
		if (rc == RC_OK)
			rc = each(context, name,
			    now != NULL ? &now->u.trust : NULL,
			    before != NULL ? &before->u.trust : NULL);
	}
	end = db_finish(&q);
	return rc == RC_OK ? end : rc;
}

enum rc
audit_store_broken(struct audit_store *s,
    enum rc (*each)(void *context, const struct audit_broken *b),
    void *context)
{
	struct db_query q = db_prepare(s->db, "SELECT idx, rule, rc, why,"
	    " trust, other FROM broken ORDER BY idx");
	struct audit_broken b;
	enum rc rc = RC_OK, end;

	while (rc == RC_OK && db_row(&q)) {
		b.index = (uint64_t)db_int64(&q, 0);
		b.rule = db_text(&q, 1, NULL);
		b.rc = db_text(&q, 2, NULL);
		b.why = db_text(&q, 3, NULL);
		b.trust = db_is_null(&q, 4) ? UINT64_MAX
					    : (uint64_t)db_int64(&q, 4);
		b.other = db_is_null(&q, 5) ? UINT64_MAX
					    : (uint64_t)db_int64(&q, 5);
		rc = each(context, &b);
	}
	end = db_finish(&q);
	return rc == RC_OK ? end : rc;
}

enum rc
audit_store_rosters(struct audit_store *s, uint64_t trust, uint64_t before,
    enum rc (*each)(void *context, uint64_t index), void *context)
{
	struct text_slot *slot = NULL;
	struct db_query q;
	uint64_t index;
	struct vkey k;
	unsigned i;
	enum rc rc = RC_MORE;

	if (trust != UINT64_MAX) {
		q = db_prepare(s->db,
		    "SELECT idx, note FROM trust WHERE idx = ?1");
		db_bind_int64(&q, 1, (int64_t)trust);
		rc = text_take(&s->trusts, &q, false, &slot);
	}
	if (rc != RC_OK)
		return rc == RC_MORE ? RC_OK : rc;
	for (i = 0; rc == RC_OK && i < slot->u.trust.signer_n; i++) {
		trust_key(&k, &slot->u.trust, LIST_SIGNERS, i);
		q = db_prepare(s->db, "SELECT max(idx) FROM roster"
		    " WHERE key = ?1 AND idx < ?2");
		db_bind_blob(&q, 1, k.key, 32);
		db_bind_int64(&q, 2, (int64_t)before);
		index = db_row(&q) && !db_is_null(&q, 0)
		    ? (uint64_t)db_int64(&q, 0)
		    : UINT64_MAX;
		rc = db_finish(&q);
		if (rc == RC_OK && index != UINT64_MAX)
			rc = each(context, index);
	}
	return rc;
}

enum rc
audit_store_strangers(struct audit_store *s,
    enum rc (*each)(void *context, const char *authority, uint64_t count),
    void *context)
{
	struct db_query q = db_prepare(s->db,
	    "SELECT authority, count FROM stranger ORDER BY authority");
	enum rc rc = RC_OK, end;

	while (rc == RC_OK && db_row(&q))
		rc = each(context, db_text(&q, 0, NULL),
		    (uint64_t)db_int64(&q, 1));
	end = db_finish(&q);
	return rc == RC_OK ? end : rc;
}

enum rc
audit_store_told(struct audit_store *s, uint64_t *index)
{
	struct db_query q = db_prepare(s->db, "SELECT idx FROM told");

	*index = UINT64_MAX; /* never */
	if (db_row(&q))
		*index = (uint64_t)db_int64(&q, 0);
	return db_finish(&q);
}

enum rc
audit_store_tell(struct audit_store *s, uint64_t index)
{
	struct db_query q = db_prepare(s->db, "INSERT INTO told(one, idx)"
	    " VALUES(1, ?1) ON CONFLICT DO UPDATE SET idx = ?1");

	db_bind_int64(&q, 1, (int64_t)index);
	return db_finish(&q);
}
