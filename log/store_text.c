/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trust and roster texts, and the log as the rules of admission see it. The
 * texts are few and asked for with every entry: they stay in memory, parsed.
 */
#include "log/store_inside.h"

#include <stdlib.h>
#include <string.h>

#include "log/admission_rows.h"

/* Under the lock. */
static enum rc
text_add(struct store_shared *shared, uint64_t index, bool roster,
    uint8_t *bytes, size_t n)
{
	struct text_slot *slot = calloc(1, sizeof *slot);
	struct note note;
	enum rc rc = RC_MEMORY;

	if (slot == NULL)
		goto out;
	slot->index = index;
	slot->roster = roster;
	slot->bytes = bytes;
	rc = note_split(&note, bytes, n);
	if (rc == RC_OK && roster)
		rc = roster_parse(&slot->u.roster, bytes, note.text_n);
	else if (rc == RC_OK)
		rc = trust_read(&slot->u.trust, bytes, note.text_n,
		    READER_HOST);
	if (rc == RC_OK && !roster)
		rc = admission_facts(&slot->facts, &slot->u.trust);
	if (rc == RC_OK) {
		slot->next = shared->texts;
		shared->texts = slot;
		shared->generation++;
		return RC_OK;
	}
out:
	free(bytes);
	free(slot);
	return rc == RC_MEMORY ? rc : RC_DATABASE; /* it was admitted once */
}

enum rc
texts_open(struct store *s)
{
	struct db_query q = db_prepare(s->db, "SELECT idx, kind FROM"
	    " (SELECT idx, ?1 AS kind FROM trust UNION ALL"
	    " SELECT idx, ?2 FROM roster) ORDER BY idx");
	uint64_t *index = NULL, *grown;
	size_t count = 0, i, n;
	uint8_t *bytes;
	enum rc rc = RC_OK;

	db_bind_int64(&q, 1, 0);
	db_bind_int64(&q, 2, 1);
	while (rc == RC_OK && db_row(&q)) {
		grown = realloc(index, (count + 1) * sizeof *index);
		if (grown == NULL) {
			rc = RC_MEMORY;
			break;
		}
		index = grown;
		index[count++] = (uint64_t)db_int64(&q, 0) << 1 |
		    (uint64_t)db_int64(&q, 1);
	}
	if (db_finish(&q) != RC_OK)
		rc = RC_DATABASE;
	for (i = 0; rc == RC_OK && i < count; i++) {
		rc = store_note(s, index[i] >> 1, &bytes, &n);
		if (rc == RC_OK)
			rc = text_add(s->shared, index[i] >> 1, index[i] & 1,
			    bytes, n);
	}
	free(index);
	return rc;
}

enum rc
texts_append(struct store *s, const struct admission *a)
{
	uint8_t *bytes = malloc(a->note.n);
	enum rc rc;

	if (bytes == NULL)
		return RC_MEMORY;
	memcpy(bytes, a->bytes, a->note.n);
	pthread_mutex_lock(&s->shared->lock);
	rc = text_add(s->shared, s->size, a->kind == ADMISSION_ROSTER, bytes,
	    a->note.n);
	pthread_mutex_unlock(&s->shared->lock);
	return rc;
}

/* Under the lock. Nobody else was ever told of what was not committed. */
void
texts_truncate(struct store_shared *shared, uint64_t from)
{
	struct text_slot *slot;

	while ((slot = shared->texts) != NULL && slot->index >= from) {
		shared->texts = slot->next;
		shared->generation++; /* what comes instead is another set */
		free(slot->bytes);
		free(slot);
	}
}

/* Under the lock: the text that is entry `index`. */
static const struct text_slot *
text_find(const struct store_shared *shared, uint64_t index, bool roster)
{
	const struct text_slot *slot;

	for (slot = shared->texts; slot != NULL; slot = slot->next)
		if (slot->index == index && slot->roster == roster)
			return slot;
	return NULL;
}

static const struct text_slot *
trust_slot_newest(const struct store_shared *shared, const uint8_t *name,
    size_t n, uint64_t size)
{
	const struct text_slot *slot;
	struct slice s = {name, n};

	for (slot = shared->texts; slot != NULL; slot = slot->next)
		if (!slot->roster && slot->index < size &&
		    slice_equal(trust_name(&slot->u.trust), s))
			return slot;
	return NULL;
}

enum rc
trust_newest(struct store *s, const uint8_t *name, size_t n, uint64_t size,
    uint64_t *index)
{
	const struct text_slot *slot;

	pthread_mutex_lock(&s->shared->lock);
	if (size > store_view(s))
		size = store_view(s);
	slot = trust_slot_newest(s->shared, name, n, size);
	if (slot != NULL)
		*index = slot->index;
	pthread_mutex_unlock(&s->shared->lock);
	return slot != NULL ? RC_OK : RC_MORE;
}

enum rc
store_trust(struct store *s, uint64_t index, const struct trust **out)
{
	const struct text_slot *slot;

	*out = NULL;
	pthread_mutex_lock(&s->shared->lock);
	slot = text_find(s->shared, index, false);
	if (slot != NULL)
		*out = &slot->u.trust;
	pthread_mutex_unlock(&s->shared->lock);
	return slot != NULL ? RC_OK : RC_DATABASE;
}

enum rc
store_in_force(struct store *s, uint64_t size,
    struct store_force out[static LOG_AUTHORITIES_MAX], unsigned *n)
{
	unsigned i;
	enum rc rc = RC_OK;

	*n = 0;
	for (i = 0; rc == RC_OK && i < s->setup->authority_n; i++) {
		const uint8_t *name =
		    (const uint8_t *)s->setup->authority[i].name;
		size_t name_n = strlen((const char *)name);
		struct store_force *f = &out[*n];

		rc = trust_newest(s, name, name_n, size, &f->now);
		if (rc == RC_MORE) {
			rc = RC_OK;
			continue;
		}
		rc = trust_newest(s, name, name_n, f->now, &f->before);
		if (rc == RC_MORE) {
			f->before = f->now;
			rc = RC_OK;
		}
		(*n)++;
	}
	return rc;
}

enum rc
store_force_of(struct store *s, uint64_t trust, uint64_t size, uint64_t *now)
{
	const struct trust *t;
	struct slice name;
	enum rc rc = store_trust(s, trust, &t);

	if (rc != RC_OK)
		return rc;
	name = trust_name(t);
	return trust_newest(s, name.p, name.n, size, now);
}

/* ---- the log as admission sees it ------------------------------------- */

static const struct log_authority *
authority_find(const struct log_setup *setup, struct slice name)
{
	unsigned i;

	for (i = 0; i < setup->authority_n; i++)
		if (slice_is(name, setup->authority[i].name))
			return &setup->authority[i];
	return NULL;
}

static bool
state_authority(void *context, struct slice name, uint8_t first[static 32],
    bool *no_mirror)
{
	struct store *s = context;
	const struct log_authority *a = authority_find(s->setup, name);

	if (a == NULL)
		return false;
	memcpy(first, a->first, 32);
	*no_mirror = a->no_mirror;
	return true;
}

static bool
state_recovery(void *context, struct slice name, const uint8_t id[static 32])
{
	struct store *s = context;
	const struct log_authority *a = authority_find(s->setup, name);

	return a != NULL && a->recovery_set &&
	    memcmp(a->recovery, id, 32) == 0;
}

static enum rc
state_trust(void *context, struct slice authority, const struct trust **out,
    const struct admission_facts **facts)
{
	struct store *s = context;
	const struct text_slot *slot;

	pthread_mutex_lock(&s->shared->lock);
	slot = trust_slot_newest(s->shared, authority.p, authority.n,
	    store_view(s));
	*out = slot != NULL ? &slot->u.trust : NULL;
	*facts = slot != NULL ? &slot->facts : NULL;
	pthread_mutex_unlock(&s->shared->lock);
	return RC_OK;
}

static enum rc
state_roster(void *context, const uint8_t key[static 32],
    const struct roster **out)
{
	struct store *s = context;
	const struct text_slot *slot;

	*out = NULL;
	pthread_mutex_lock(&s->shared->lock);
	for (slot = s->shared->texts; slot != NULL; slot = slot->next)
		if (slot->roster && slot->index < store_view(s) &&
		    memcmp(slot->u.roster.key.key, key, 32) == 0) {
			*out = &slot->u.roster;
			break;
		}
	pthread_mutex_unlock(&s->shared->lock);
	return RC_OK;
}

static enum rc
state_known(void *context, const uint8_t id[static 32], bool *out)
{
	struct store *s = context;
	const struct text_slot *slot;

	*out = false;
	pthread_mutex_lock(&s->shared->lock);
	for (slot = s->shared->texts; slot != NULL; slot = slot->next)
		if (slot->index < store_view(s) &&
		    memcmp(slot->roster ? slot->u.roster.id : slot->u.trust.id,
			id, 32) == 0)
			*out = true;
	pthread_mutex_unlock(&s->shared->lock);
	return RC_OK;
}

static enum rc
state_product(void *context, struct slice authority, uint32_t epoch,
    struct slice product, struct admission_product *out)
{
	struct store *s = context;

	return rows_product(s->db, authority, epoch, product, out);
}

static enum rc
state_objections(void *context, const uint8_t key[static 32],
    const uint8_t release[static 32], unsigned *out)
{
	struct store *s = context;

	return rows_objections(s->db, key, release, out);
}

static bool
state_cosigner(void *context, const struct vkey *k)
{
	struct store *s = context;
	unsigned i;

	for (i = 0; i < s->setup->witness_n; i++) {
		const struct vkey *w = &s->setup->witness[i].key;

		if (slice_equal(w->name, k->name) &&
		    memcmp(w->key, k->key, 32) == 0)
			return true;
	}
	return false;
}

/* Not 0: what was found true of the texts in force is true as long as nobody
 * adds one, or takes back one that was not committed. */
static uint64_t
generation(struct store *s)
{
	uint64_t n;

	pthread_mutex_lock(&s->shared->lock);
	n = 1 +
	    (s->writer ? s->shared->generation
		       : s->shared->generation_committed);
	pthread_mutex_unlock(&s->shared->lock);
	return n;
}

void
store_state(struct admission_state *out, struct store *s)
{
	*out = (struct admission_state){
	    .context = s,
	    .generation = generation(s),
	    .log = &s->setup->key,
	    .log_next =
		setup_key_n(s->setup) > 1 ? &s->setup->next_key : NULL,
	    .authority = state_authority,
	    .recovery = state_recovery,
	    .trust = state_trust,
	    .roster = state_roster,
	    .known = state_known,
	    .product = state_product,
	    .objections = state_objections,
	    .cosigner = state_cosigner,
	};
}
