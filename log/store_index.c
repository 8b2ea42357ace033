/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a text id or payload digest is in the log. A unique index inside the
 * log's own transaction would dirty a page for every digest, more of them the
 * larger the log; so references gather in memory and are written to a
 * database of their own, sorted (store_runs.c). It is derived: what is not
 * there yet is read from the entries at a start, and an index that does not
 * fit the log is thrown away and made again.
 *
 * Digests are hashed with a secret key, so that nobody can choose ones that
 * meet; whoever finds a reference still looks at the entry itself.
 */
#include "log/store_inside.h"

#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"
#include "host/say.h"
#include "log/store_runs.h"

static const char *const index_steps[] = {
    /* last: the leaf hash of entry size - 1, to know the log by */
    "CREATE TABLE meta(one INTEGER PRIMARY KEY CHECK(one = 1),"
    " size INTEGER NOT NULL, last BLOB NOT NULL, key BLOB NOT NULL) STRICT;"
    "CREATE TABLE ref(hash INTEGER NOT NULL, idx INTEGER NOT NULL,"
    " PRIMARY KEY(hash, idx)) STRICT, WITHOUT ROWID;",
    /* without meta all of it is made again */
    "DROP TABLE ref; DELETE FROM meta;" RUN_TABLES,
};
static const struct db_schema index_schema = {index_steps, 2};

static uint64_t
reference_hash(const struct store_shared *shared, char role,
    const uint8_t digest[static 32])
{
	uint8_t in[33], out[8];
	uint64_t h;

	in[0] = (uint8_t)role;
	memcpy(in + 1, digest, 32);
	crypto_shorthash(out, in, sizeof in, shared->index_key);
	memcpy(&h, out, sizeof h);
	return h;
}

/* ---- what was never added --------------------------------------------- */

/* The second bit stands in the same line of the processor's cache: the first
 * is somewhere in 16 MiB, and waiting for it is what a look costs. */
static uint64_t
filter_second(uint64_t hash)
{
	return (hash % FILTER_BITS & ~(uint64_t)511) | (hash >> 32 & 511);
}

static void
filter_add(void *context, uint64_t hash)
{
	struct store_shared *shared = context;
	uint64_t i = hash % FILTER_BITS, j = filter_second(hash);

	if (shared->filter == NULL)
		return;
	shared->filter[i / 64] |= (uint64_t)1 << i % 64;
	shared->filter[j / 64] |= (uint64_t)1 << j % 64;
}

/* False: no entry has it. */
static bool
filter_may(const struct store_shared *shared, uint64_t hash)
{
	uint64_t i = hash % FILTER_BITS, j = filter_second(hash);

	return shared->filter == NULL ||
	    ((shared->filter[i / 64] >> i % 64 & 1) &&
		(shared->filter[j / 64] >> j % 64 & 1));
}

/* ---- references in memory --------------------------------------------- */

static enum rc
tail_add(struct tail *t, uint64_t hash, uint64_t index)
{
	uint32_t *chain;

	if (t->chain == NULL)
		t->chain = calloc(TAIL_MAX, sizeof *t->chain);
	if (t->n == t->cap && t->n < TAIL_LIMIT) {
		size_t cap = t->cap == 0 ? 4096 : 2 * t->cap;
		struct reference *grown = realloc(t->at, cap * sizeof *grown);

		if (grown != NULL) {
			t->at = grown;
			t->cap = cap;
		}
	}
	if (t->chain == NULL || t->n == t->cap)
		return RC_MEMORY;
	chain = &t->chain[hash % TAIL_MAX];
	t->at[t->n] = (struct reference){hash, index, *chain};
	*chain = (uint32_t)++t->n;
	return RC_OK;
}

/* The nth newest below `view`; *nth is what is left to count. */
static bool
tail_find(const struct tail *t, uint64_t hash, uint64_t view, uint64_t *nth,
    uint64_t *index)
{
	uint32_t i = t->chain != NULL ? t->chain[hash % TAIL_MAX] : 0;

	for (; i != 0; i = t->at[i - 1].before)
		if (t->at[i - 1].hash == hash && t->at[i - 1].index < view &&
		    (*nth)-- == 0) {
			*index = t->at[i - 1].index;
			return true;
		}
	return false;
}

static void
tail_clear(struct tail *t)
{
	free(t->at);
	free(t->chain);
	*t = (struct tail){0};
}

/* Under the lock: what was rolled back was the last to come. */
void
index_truncate(struct store_shared *shared, uint64_t size)
{
	struct tail *t = &shared->young;

	while (t->n > 0 && t->at[t->n - 1].index >= size) {
		t->n--;
		t->chain[t->at[t->n].hash % TAIL_MAX] = t->at[t->n].before;
	}
}

void
index_release(struct store_shared *shared)
{
	tail_clear(&shared->young);
	tail_clear(&shared->old);
	free(shared->filter);
}

/* ---- what an entry is found by ---------------------------------------- */

/*
 * The digest of the next payload line at or after *at in a release that was
 * taken: it stands last in its line, and no other line above `about` begins
 * so. The writer looks at every entry, alone: the walk over all of its lines
 * is the verifiers' and was theirs already.
 */
static bool
payload_next(const uint8_t **at, const uint8_t *end,
    uint8_t digest[static 32])
{
	static const char begin[] = "\npayload ";
	const uint8_t *p;

	while ((p = memmem(*at, (size_t)(end - *at), begin,
		    sizeof begin - 1)) != NULL) {
		*at = memchr(p + 1, '\n', (size_t)(end - p - 1));
		if (*at == NULL)
			*at = end;
		if (*at - p > (ptrdiff_t)(sizeof begin + 64) &&
		    slice_hex((struct slice){*at - 64, 64}, digest, 32))
			return true;
	}
	return false;
}

static enum rc
references_add(struct store_shared *shared, uint64_t index,
    const uint8_t id[static 32], bool release, const uint8_t *text,
    size_t text_n)
{
	uint64_t hash = reference_hash(shared, 'i', id);
	const uint8_t *end = memmem(text, text_n, "\nabout\n", 7);
	uint8_t digest[32];
	enum rc rc = tail_add(&shared->young, hash, index);

	filter_add(shared, hash);
	if (!release || end == NULL)
		return rc;
	while (rc == RC_OK && payload_next(&text, end, digest)) {
		hash = reference_hash(shared, 'p', digest);
		filter_add(shared, hash);
		rc = tail_add(&shared->young, hash, index);
	}
	return rc;
}

enum rc
index_append(struct store *s, uint64_t index, const struct admission *a)
{
	enum rc rc;

	pthread_mutex_lock(&s->shared->lock);
	rc = references_add(s->shared, index, a->id,
	    a->kind == ADMISSION_RELEASE, a->bytes, a->note.text_n);
	pthread_mutex_unlock(&s->shared->lock);
	return rc;
}

/* ---- on disk ---------------------------------------------------------- */

static enum rc
leaf_of(struct store *s, uint64_t index, uint8_t leaf[static 32])
{
	uint8_t *bytes;
	size_t n;
	enum rc rc = store_note(s, index, &bytes, &n);

	if (rc == RC_OK)
		merkle_leaf(leaf, bytes, n);
	free(bytes);
	return rc;
}

static enum rc
meta_write(struct store *s, struct db *db, uint64_t size)
{
	struct db_query q;
	uint8_t last[32] = {0};
	enum rc rc = size > 0 ? leaf_of(s, size - 1, last) : RC_OK;

	if (rc != RC_OK)
		return rc;
	q = db_prepare(db, "INSERT INTO meta(one, size, last, key)"
	    " VALUES(1, ?1, ?2, ?3) ON CONFLICT DO UPDATE SET size = ?1,"
	    " last = ?2");
	db_bind_int64(&q, 1, (int64_t)size);
	db_bind_blob(&q, 2, last, 32);
	db_bind_blob(&q, 3, s->shared->index_key, 16);
	return db_finish(&q);
}

/* RC_OK; RC_MORE when the index is new, or is not this log's. */
static enum rc
meta_read(struct store *s)
{
	struct store_shared *shared = s->shared;
	struct db_query q =
	    db_prepare(s->index_db, "SELECT size, last, key FROM meta");
	uint8_t last[32], leaf[32] = {0};
	bool found = false;
	enum rc rc;

	if (db_row(&q)) {
		found = true;
		shared->indexed = (uint64_t)db_int64(&q, 0);
		db_blob_exact(&q, 1, last, 32);
		db_blob_exact(&q, 2, shared->index_key, 16);
	}
	rc = db_finish(&q);
	if (rc != RC_OK || !found)
		return rc == RC_OK ? RC_MORE : rc;
	if (shared->indexed > shared->committed)
		return RC_MORE;
	if (shared->indexed > 0) {
		rc = leaf_of(s, shared->indexed - 1, leaf);
		if (rc == RC_OK && memcmp(leaf, last, 32) != 0)
			rc = RC_MORE;
	}
	return rc;
}

static enum rc
references_write(struct store *s, const struct reference *r, size_t n,
    uint64_t size)
{
	enum rc rc = db_begin(s->index_db);

	if (rc != RC_OK)
		return rc;
	rc = runs_write(s->index_db, r, n);
	if (rc == RC_OK)
		rc = meta_write(s, s->index_db, size);
	if (rc == RC_OK)
		rc = db_commit(s->index_db);
	if (rc != RC_OK)
		db_rollback(s->index_db);
	return rc;
}

/* Under the lock: what is young becomes old, to be written; all of it is
 * committed. */
static bool
tail_rotate(struct store_shared *shared)
{
	if (shared->old.n > 0 || shared->young.n == 0)
		return shared->old.n > 0;
	shared->old = shared->young;
	shared->young = (struct tail){0};
	shared->old_end = shared->committed;
	return true;
}

enum rc
index_rotate(struct store *s)
{
	struct store_shared *shared = s->shared;
	bool due;

	pthread_mutex_lock(&shared->lock);
	due = shared->young.n >= shared->tail_max && tail_rotate(shared);
	if (shared->flusher)
		due = false;
	pthread_mutex_unlock(&shared->lock);
	return due ? store_index_flush(s) : RC_OK;
}

void
store_index_limit(struct store *s, unsigned references)
{
	pthread_mutex_lock(&s->shared->lock);
	s->shared->tail_max = references;
	pthread_mutex_unlock(&s->shared->lock);
}

bool
store_index_due(struct store *s)
{
	bool due;

	pthread_mutex_lock(&s->shared->lock);
	s->shared->flusher = true;
	due = s->shared->old.n > 0;
	pthread_mutex_unlock(&s->shared->lock);
	return due;
}

/* `old` changes for nobody but whoever flushes: it is read without the lock,
 * and readers look into it meanwhile. */
enum rc
store_index_flush(struct store *s)
{
	struct store_shared *shared = s->shared;
	struct reference *sorted;
	uint64_t size;
	size_t n;
	enum rc rc = RC_MEMORY;

	pthread_mutex_lock(&shared->lock);
	n = shared->old.n;
	size = shared->old_end;
	pthread_mutex_unlock(&shared->lock);
	if (n == 0)
		return RC_OK;
	sorted = malloc(n * sizeof *sorted);
	if (sorted != NULL) {
		memcpy(sorted, shared->old.at, n * sizeof *sorted);
		qsort(sorted, n, sizeof *sorted, reference_order);
		rc = references_write(s, sorted, n, size);
	}
	free(sorted);
	pthread_mutex_lock(&shared->lock);
	if (rc == RC_OK) {
		tail_clear(&shared->old);
		shared->indexed = size;
	} /* else it stays, is found as before, and tried again */
	pthread_mutex_unlock(&shared->lock);
	return rc;
}

/* Entries that the index does not know yet, read again. */
static enum rc
index_catch_up(struct store *s, struct why *why)
{
	struct store_shared *shared = s->shared;
	uint64_t at = shared->indexed;
	uint8_t id[32], *bytes;
	struct note note;
	size_t n, rest;
	enum rc rc = RC_OK;

	if (shared->committed - at > TAIL_MAX)
		say(SAY_INFO, "making the index of %llu entries",
		    (unsigned long long)(shared->committed - at));
	for (; rc == RC_OK && at < shared->committed; at++) {
		rc = store_note(s, at, &bytes, &n);
		if (rc == RC_OK)
			rc = note_split_file(&note, &rest, bytes, n);
		if (rc != RC_OK) {
			why_set(why, "'%s': entry %llu of %llu is missing or "
				     "damaged",
			    s->setup->state, (unsigned long long)at,
			    (unsigned long long)shared->committed);
			return RC_LOG_FORK;
		}
		note_id(id, &note);
		if (rc == RC_OK)
			rc = references_add(shared, at, id,
			    n > 18 && memcmp(bytes, "quorate/release@v1\n",
					  19) == 0,
			    bytes, note.text_n);
		free(bytes);
		if (rc == RC_OK && shared->young.n >= shared->tail_max) {
			shared->old = shared->young;
			shared->young = (struct tail){0};
			shared->old_end = at + 1;
			rc = store_index_flush(s);
		}
	}
	return rc;
}

static enum rc
index_db_open(struct store *s, bool anew, struct why *why)
{
	static const char *const tail[] = {"", "-wal", "-shm"};
	char path[sizeof s->setup->state + 32];
	unsigned i;

	db_close(s->index_db);
	s->index_db = NULL;
	for (i = 0; anew && i < 3; i++) {
		snprintf(path, sizeof path, "%s/index.db%s", s->setup->state,
		    tail[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/index.db", s->setup->state);
	return db_open(&s->index_db, path, &index_schema, 0, why);
}

enum rc
index_open(struct store *s, struct why *why)
{
	struct why first = {""};
	enum rc rc = index_db_open(s, false, &first);

	if (!s->writer) {
		if (rc != RC_OK && why != NULL)
			*why = first;
		return rc;
	}
	if (rc == RC_OK)
		rc = meta_read(s);
	if (rc != RC_OK) {
		if (rc != RC_MORE || s->shared->indexed > 0)
			say(SAY_WARNING, "the index is not this log's, or "
					 "damaged: it is made again");
		rc = index_db_open(s, true, why);
		s->shared->indexed = 0;
		randombytes_buf(s->shared->index_key, 16);
		if (rc == RC_OK)
			rc = meta_write(s, s->index_db, 0);
	}
	s->shared->filter = calloc(FILTER_BITS / 64, sizeof(uint64_t));
	if (rc == RC_OK && s->shared->filter != NULL)
		rc = runs_each(s->index_db, filter_add, s->shared);
	if (rc == RC_OK)
		rc = index_catch_up(s, why);
	return rc;
}

/* ---- finding ---------------------------------------------------------- */

static enum rc
text_is(struct store *s, uint64_t index, const uint8_t id[static 32],
    bool *yes)
{
	uint8_t *bytes, got[32];
	struct note note;
	size_t n, rest;
	enum rc rc = store_note(s, index, &bytes, &n);

	*yes = false;
	if (rc == RC_OK) {
		rc = note_split_file(&note, &rest, bytes, n);
		note_id(got, &note);
		*yes = rc == RC_OK && memcmp(got, id, 32) == 0;
	}
	free(bytes);
	return rc;
}

/* The nth newest entry under a hash, from 0: RC_OK or RC_MORE. */
static enum rc
reference_find(struct store *s, char role, const uint8_t digest[static 32],
    uint64_t since, uint64_t nth, uint64_t *index, uint64_t *size)
{
	struct store_shared *shared = s->shared;
	uint64_t hash, indexed;
	bool found, may;

	pthread_mutex_lock(&shared->lock);
	hash = reference_hash(shared, role, digest);
	may = filter_may(shared, hash);
	found = tail_find(&shared->young, hash, store_view(s), &nth, index) ||
	    tail_find(&shared->old, hash, store_view(s), &nth, index);
	indexed = shared->indexed;
	*size = store_view(s);
	pthread_mutex_unlock(&shared->lock);
	if (found)
		return RC_OK;
	if (since >= indexed || !may)
		return RC_MORE;
	return runs_find(s->index_db, hash, indexed, &nth, index);
}

enum rc
store_find(struct store *s, const uint8_t id[static 32], uint64_t since,
    uint64_t *index, uint64_t *size)
{
	uint64_t nth;
	bool yes = false;
	enum rc rc = RC_OK;

	for (nth = 0; !yes && rc == RC_OK; nth++) {
		rc = reference_find(s, 'i', id, since, nth, index, size);
		if (rc == RC_OK)
			rc = text_is(s, *index, id, &yes);
	}
	return rc;
}

enum rc
store_find_payload(struct store *s, const uint8_t sha256[static 32],
    uint64_t nth, uint64_t *index)
{
	uint64_t size;

	return reference_find(s, 'p', sha256, 0, nth, index, &size);
}
