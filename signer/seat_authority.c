/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the texts are about: authorities, their trust, roster and share, and
 * how they are locked, moved and forgotten.
 */
#include "signer/seat_inner.h"
#include <assert.h>
#include <sodium.h>
#include <string.h>
#include "host/sign.h"
#include "quorum/bundle.h"
#include "quorum/roster_frost.h"

void
seat_init(struct seat *s, const struct record *record,
    struct seat_secrets *secrets, const char *key_name,
    const uint8_t boot[static FROST_BOOT_ID_BYTES], bool frozen)
{
	memset(s, 0, sizeof *s);
	s->record = *record;
	s->secrets = secrets;
	s->frozen = frozen;
	memcpy(s->boot, boot, sizeof s->boot);
	assert(strlen(key_name) < sizeof s->key_name);
	memcpy(s->key_name, key_name, strlen(key_name));
	s->key.name = (struct slice){
	    (const uint8_t *)s->key_name, strlen(s->key_name)};
	s->key.type = KEY_ED25519;
	ed25519_public(s->key.key, secrets->seed);
	vkey_id(s->key.id, s->key.name, KEY_ED25519, s->key.key);
}

void
seat_forget(struct seat *s)
{
	sodium_memzero(s->secrets->nonces, sizeof s->secrets->nonces);
}

struct seat_authority *
seat_authority_add(struct seat *s, const char *name,
    const struct judge_policy *policy)
{
	struct seat_authority *a;

	if (s->authority_n == SEAT_AUTHORITIES_MAX ||
	    strlen(name) > NAME_BYTES_MAX)
		return NULL;
	a = &s->authority[s->authority_n++];
	memcpy(a->name, name, strlen(name) + 1);
	a->policy = *policy;
	seat_lock(a, "the log has not been read yet");
	return a;
}

struct seat_authority *
seat_authority_find(struct seat *s, struct slice name)
{
	for (unsigned i = 0; i < s->authority_n; i++)
		if (slice_is(name, s->authority[i].name))
			return &s->authority[i];
	return NULL;
}

static bool
same_key(const struct vkey *a, const struct vkey *b)
{
	return slice_equal(a->name, b->name) &&
	    memcmp(a->key, b->key, sizeof a->key) == 0;
}

static uint32_t
trust_text_max(const uint8_t *text, size_t n)
{
	struct walk w;
	struct line l;

	if (walk_init(&w, text, n, "quorate/trust@v1", trust_rules,
		trust_rule_n, READER_HOST) != RC_OK ||
	    line_next_of(&w, TRUST_RULE_TEXT_MAX, &l) != RC_OK)
		return 0;
	return (uint32_t)l.number[0];
}

enum rc
seat_trust(struct seat *s, struct seat_authority *a, const uint8_t *text,
    size_t n)
{
	struct trust trust;
	enum rc rc = RC_TEXT_LONG;

	if (n <= sizeof a->trust_text)
		rc = trust_read(&trust, text, n, READER_HOST);
	if (rc == RC_OK && !slice_is(trust_name(&trust), a->name))
		rc = RC_AUTHORITY;
	if (rc != RC_OK)
		return rc;
	memmove(a->trust_text, text, n);
	rc = trust_read(&a->trust, a->trust_text, n, READER_HOST);
	assert(rc == RC_OK);
	a->known = true;
	a->text_max = trust_text_max(a->trust_text, n);
	if (a->role == SEAT_SHARER)
		return RC_OK;
	a->role = SEAT_NOBODY;
	for (unsigned i = 0; i < trust_count(&a->trust, LIST_SIGNERS); i++) {
		struct vkey k;

		trust_key(&k, &a->trust, LIST_SIGNERS, i);
		if (same_key(&k, &s->key))
			a->role = SEAT_PLAIN;
	}
	return RC_OK;
}

enum rc
seat_roster(struct seat *s, struct seat_authority *a, const uint8_t *text,
    size_t n)
{
	struct frost_key_share *share =
	    &s->secrets->share[authority_index(s, a)];
	enum rc rc = RC_TEXT_LONG;

	a->role = SEAT_NOBODY;
	a->roster_logged = false;
	if (n > sizeof a->roster_text)
		goto out;
	memmove(a->roster_text, text, n);
	rc = roster_parse(&a->roster, a->roster_text, n);
	if (rc != RC_OK)
		goto out;
	rc = RC_AUTHORITY;
	if (!slice_is(a->roster.authority, a->name))
		goto out;
	rc = roster_frost(&a->frost, &a->roster);
	if (rc == RC_OK)
		rc = frost_key_share_check(share, &a->frost);
	if (rc != RC_OK)
		goto out;
	rc = RC_ROSTER_MISMATCH;
	a->leaf = roster_leaf(&a->frost, &a->roster, &s->key);
	if (a->leaf == 0 || a->leaf != share->id)
		goto out;
	a->role = SEAT_SHARER;
	rc = RC_OK;
out:
	if (rc != RC_OK)
		sodium_memzero(share, sizeof *share);
	return rc;
}

/* All texts of a place, and the nonces made for them. */
static void
messages_drop(struct seat *s, unsigned authority, bool all)
{
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++) {
		struct seat_message *m = &s->message[i];

		if (m->text_n == 0 || m->authority != authority)
			continue;
		nonces_wipe(s, m);
		if (all)
			seat_text_drop(s, m);
	}
}

struct seat_authority *
seat_next(struct seat *s, unsigned i, const struct seat_authority *of)
{
	struct seat_authority *a = &s->authority[SEAT_AUTHORITIES_MAX + i];
	enum rc rc;

	seat_next_drop(s, i);
	memcpy(a->name, of->name, sizeof a->name);
	a->policy = of->policy;
	if (of->known) {
		rc = seat_trust(s, a, of->trust_text, of->trust.page_n);
		assert(rc == RC_OK);
	}
	seat_lock(a, "its roster is not in the log");
	return a;
}

void
seat_next_drop(struct seat *s, unsigned i)
{
	unsigned place = SEAT_AUTHORITIES_MAX + i;

	messages_drop(s, place, true);
	sodium_memzero(
	    &s->secrets->share[place], sizeof s->secrets->share[place]);
	memset(&s->authority[place], 0, sizeof s->authority[place]);
}

enum rc
seat_next_use(struct seat *s, unsigned i, struct seat_authority *of)
{
	const struct seat_authority *a =
	    &s->authority[SEAT_AUTHORITIES_MAX + i];
	unsigned place = authority_index(s, of);
	enum rc rc;

	messages_drop(s, place, false);
	s->secrets->share[place] =
	    s->secrets->share[SEAT_AUTHORITIES_MAX + i];
	rc = seat_roster(s, of, a->roster_text, a->roster.text_n);
	seat_next_drop(s, i);
	return rc;
}

void
seat_share_drop(struct seat *s, struct seat_authority *of)
{
	unsigned place = authority_index(s, of);

	messages_drop(s, place, false);
	sodium_memzero(
	    &s->secrets->share[place], sizeof s->secrets->share[place]);
	if (of->role == SEAT_SHARER)
		of->role = SEAT_NOBODY;
	of->roster_logged = false;
}

/* The log has overtaken a text, or its authority's epoch has ended. */
static bool
overtaken(struct seat *s, const struct seat_authority *a,
    const struct seat_message *m)
{
	struct record_logged logged;
	const struct slice name = {
	    (const uint8_t *)a->name, strlen(a->name)};

	if (!is_release(m) && m->kind != MESSAGE_PURPOSE)
		return a->roster_logged;
	if (m->release.epoch != a->trust.epoch)
		return true;
	if (s->record.logged(s->record.context, &logged, name,
		a->trust.epoch, m->release.product) != RC_OK) {
		(void)seat_broken(s);
		return true;
	}
	if (m->kind == MESSAGE_PURPOSE) /* it is logged, and stays good for */
		return logged.sequence > m->release.sequence; /* that long */
	return m->release.withdraw
	    ? logged.floor_known && logged.floor >= m->release.floor
	    : logged.sequence >= m->release.sequence;
}

void
seat_unlock(struct seat *s, struct seat_authority *a, const uint8_t *roster)
{
	unsigned index = authority_index(s, a);

	a->roster_logged = a->role == SEAT_SHARER && roster != NULL &&
	    memcmp(roster, a->roster.id, 32) == 0;
	a->caught_up = true;
	memset(a->why_locked, 0, sizeof a->why_locked);
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++) {
		struct seat_message *m = &s->message[i];

		if (m->text_n != 0 && m->authority == index &&
		    (m->state == SEAT_ASKED || m->state == SEAT_APPROVED) &&
		    overtaken(s, a, m)) {
			nonces_wipe(s, m);
			m->state = SEAT_CLOSED;
		}
	}
}

void
seat_lock(struct seat_authority *a, const char *why)
{
	struct text t;

	a->caught_up = false;
	text_init(&t, a->why_locked, sizeof a->why_locked);
	text_printf(&t, "%.*s", (int)sizeof a->why_locked - 1, why);
}
