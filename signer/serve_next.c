/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shares of a reshare that wait for the log. Invariant: the roster in the
 * log decides which share is ours; the other is erased only then.
 */
#include "signer/serve_inner.h"
#include <stdlib.h>
#include <string.h>
#include "host/rc_text.h"
#include "host/say.h"

static unsigned
next_index(const struct next *n)
{
	return (unsigned)(n - n->part->d->next);
}

struct next *
next_find(struct signerd *d, const uint8_t ceremony[static 32])
{
	for (unsigned i = 0; i < SEAT_NEXT_MAX; i++)
		if (d->next[i].part != NULL &&
		    memcmp(d->next[i].ceremony, ceremony, 32) == 0)
			return &d->next[i];
	return NULL;
}

bool
next_waits(const struct part *p)
{
	for (unsigned i = 0; i < SEAT_NEXT_MAX; i++)
		if (p->d->next[i].part == p)
			return true;
	return false;
}

enum rc
next_lay(struct part *p, const uint8_t ceremony[static 32],
    const struct frost_key_share *share, const uint8_t *text, size_t text_n,
    struct slice trust)
{
	struct signerd *d = p->d;
	struct seat_authority *a;
	struct next *n = NULL;
	enum rc rc;

	for (unsigned i = SEAT_NEXT_MAX; i-- > 0;)
		if (d->next[i].part == NULL)
			n = &d->next[i];
	if (n == NULL || text_n > sizeof n->text)
		return RC_SEAT_FULL;
	memcpy(n->text, text, text_n);
	rc = roster_parse(&n->roster, n->text, text_n);
	if (rc != RC_OK)
		return rc;
	n->part = p;
	n->text_n = text_n;
	n->share = share != NULL;
	n->revision = 0;
	memcpy(n->ceremony, ceremony, 32);
	if (share == NULL)
		return RC_OK;
	a = seat_next(d->seat, next_index(n), p->seat);
	vault_secrets(d->vault)
	    ->seat.share[SEAT_AUTHORITIES_MAX + next_index(n)] = *share;
	if (trust.n > 0)
		rc = seat_trust(d->seat, a, trust.p, trust.n);
	if (rc == RC_OK && trust.n > 0)
		n->revision = a->trust.revision;
	if (rc == RC_OK)
		rc = seat_roster(d->seat, a, n->text, text_n);
	if (rc != RC_OK) {
		seat_next_drop(d->seat, next_index(n));
		n->part = NULL;
	}
	return rc;
}

void
say_next(struct next *n, struct text *notes)
{
	struct signerd *d = n->part->d;
	struct seat_out out = {.notes = notes};
	struct seat_authority *a;
	struct seat_now now;
	char bytes[NOTE_BYTES_MAX + 512];
	struct text note;
	enum rc rc;

	if (!n->share) {
		text_init(&note, bytes, sizeof bytes);
		text_put(&note, n->text, n->text_n);
		message_sign(&note, &d->seat->key,
		    vault_secrets(d->vault)->seat.seed);
		bundle_put(notes, note.p, note.n);
		return;
	}
	a = &d->seat->authority[SEAT_AUTHORITIES_MAX + next_index(n)];
	now_fill(&now);
	rc = seat_birth(d->seat, &out, &now, a, n->text, n->text_n);
	now_fill(&now);
	if (rc == RC_OK && n->revision != 0)
		rc = seat_birth(d->seat, &out, &now, a, a->trust_text,
		    a->trust.page_n);
	sodium_memzero(&now, sizeof now);
	if (rc != RC_OK)
		say(SAY_ERROR, "%s: the new roster: %s",
		    n->part->settings->name, rc_text(rc));
}

/* It did not come to be: another is in force. */
static enum rc
next_drop(struct next *n, struct why *why)
{
	struct signerd *d = n->part->d;
	enum rc rc;

	rc = store_ceremony_end(d->record, n->ceremony, FATE_OVER);
	if (rc == RC_OK)
		rc = vault_next_erase(d->vault, n->ceremony, why);
	if (rc == RC_OK)
		rc = vault_dkg_erase(d->vault, n->ceremony, why);
	seat_next_drop(d->seat, next_index(n));
	n->part = NULL;
	return rc;
}

/*
 * The log has it: from the first step on no other roster is ours, and each
 * step that a kill left out is made at the next start (part_share).
 */
static enum rc
next_use(struct next *n, struct why *why)
{
	struct part *p = n->part;
	struct signerd *d = p->d;
	enum rc rc;

	rc = n->revision != 0
	    ? store_ceremony_new_key(d->record, n->ceremony)
	    : store_ceremony_end(d->record, n->ceremony, FATE_IN_FORCE);
	if (rc == RC_OK)
		rc = n->share ? vault_next_use(d->vault, n->ceremony,
				    p->settings->name, why)
			      : vault_share_erase(
				    d->vault, p->settings->name, why);
	if (rc == RC_OK)
		rc = vault_dkg_erase(d->vault, n->ceremony, why);
	if (rc != RC_OK)
		return rc;
	if (n->share)
		rc = seat_next_use(d->seat, next_index(n), p->seat);
	else
		seat_share_drop(d->seat, p->seat);
	say(SAY_INFO, "%s: roster %u is in force; %s", p->settings->name,
	    (unsigned)n->roster.serial,
	    n->share ? "the old share is erased"
		     : "we are not in it, our share is erased");
	n->part = NULL;
	return rc;
}

enum { OVERTAKEN_MAX = 16 };

/* Ceremonies that we joined and that the log has overtaken: another roster is
 * in force, or another trust text than a new key's. */
struct overtaken {
	const struct explain *log;
	unsigned n;
	uint8_t id[OVERTAKEN_MAX][32];
};

static enum rc
overtaken_find(void *context, const uint8_t ceremony[static 32],
    const uint8_t *bundle, size_t n)
{
	struct overtaken *o = context;
	struct ceremony_bundle *b = malloc(sizeof *b);
	const struct roster *newest = NULL;
	struct ceremony_hop hop;
	bool over = false;

	if (b == NULL)
		return RC_MEMORY;
	if (ceremony_open(b, bundle, n) == RC_OK) {
		if (b->ceremony.reshare)
			newest = explain_roster_of(o->log, b->before.key.key);
		ceremony_hop(&hop, b);
		over = (newest != NULL &&
			   b->ceremony.serial < newest->serial) ||
		    (hop.is_hop && hop.revision <= o->log->trust.revision);
	}
	if (over && o->n < OVERTAKEN_MAX)
		memcpy(o->id[o->n++], ceremony, 32);
	free(b);
	return RC_OK;
}

/* They will never come to anything; their keys go. */
static enum rc
ceremonies_overtaken(
    struct part *p, const struct explain *x, struct why *why)
{
	struct signerd *d = p->d;
	struct overtaken o = {.log = x};
	enum rc rc = store_ceremony_unfinished(
	    d->record, p->settings->name, overtaken_find, &o);

	for (unsigned i = 0; rc == RC_OK && i < o.n; i++) {
		struct cradle *c = cradle_find(d, o.id[i]);

		if (c != NULL)
			birth_fail(c->b,
			    "another roster or trust text is in force");
		rc = store_ceremony_end(d->record, o.id[i], FATE_OVER);
		if (rc == RC_OK)
			rc = vault_dkg_erase(d->vault, o.id[i], why);
	}
	return rc;
}

/* Whether the group key is a signer of the text. */
static bool
trust_has_key(const struct trust *t, const struct vkey *key)
{
	struct vkey k;

	for (unsigned i = 0; i < trust_count(t, LIST_SIGNERS); i++) {
		trust_key(&k, t, LIST_SIGNERS, i);
		if (memcmp(k.key, key->key, 32) == 0)
			return true;
	}
	return false;
}

/* A share that is of no use any more, and must be of none to anybody. */
static enum rc
share_forget(struct part *p, const char *reason, struct why *why)
{
	enum rc rc =
	    vault_share_erase(p->d->vault, p->settings->name, why);

	seat_share_drop(p->d->seat, p->seat);
	say(SAY_WARNING, "%s: %s; our share is erased", p->settings->name,
	    reason);
	return rc;
}

enum rc
next_take(struct part *p, const struct explain *x)
{
	struct signerd *d = p->d;
	struct seat_authority *a = p->seat;
	const struct roster *newest;
	struct why why = {""};
	enum rc rc = RC_OK;

	for (unsigned i = 0; rc == RC_OK && i < SEAT_NEXT_MAX; i++) {
		struct next *n = &d->next[i];

		if (n->part != p)
			continue;
		newest = explain_roster_of(x, n->roster.key.key);
		if (n->revision != 0 && x->trust.revision >= n->revision &&
		    !trust_has_key(&x->trust, &n->roster.key)) {
			rc = next_drop(n, &why);
			continue;
		}
		if (newest == NULL || newest->serial < n->roster.serial)
			continue;
		rc = memcmp(newest->id, n->roster.id, 32) == 0
		    ? next_use(n, &why)
		    : next_drop(n, &why);
	}
	if (rc == RC_OK)
		rc = ceremonies_overtaken(p, x, &why);
	if (rc == RC_OK && a->role == SEAT_SHARER) {
		newest = explain_roster_of(x, a->roster.key.key);
		if (newest != NULL && newest->serial > a->roster.serial)
			rc = share_forget(
			    p, "a newer roster is in force without us", &why);
		else if (!trust_has_key(&x->trust, &a->roster.key))
			rc = share_forget(p,
			    "the trust text in force has another key", &why);
	}
	if (rc != RC_OK)
		say(SAY_ERROR, "%s: %s", p->settings->name, rc_why(rc, &why));
	return rc;
}
