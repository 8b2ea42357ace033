/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ceremonies in memory, one a cradle, over signer/birth.h. Invariant: what a
 * ceremony needs after a kill is in record and vault before a word is said.
 */
#include "signer/serve_inner.h"
#include <stdlib.h>
#include <string.h>
#include "host/rc_text.h"
#include "host/say.h"
#include "host/secret.h"
#include "quorum/coordinator.h"

struct cradle *
cradle_find(struct signerd *d, const uint8_t id[static 32])
{
	for (unsigned i = 0; i < VAULT_BIRTHS_MAX; i++)
		if (d->cradle[i].part != NULL &&
		    memcmp(d->cradle[i].b->bundle.ceremony.id, id, 32) == 0)
			return &d->cradle[i];
	return NULL;
}

static struct birth_secrets *
cradle_secrets(struct cradle *c)
{
	struct signerd *d = c->part->d;

	return &vault_secrets(d->vault)->birth[c - d->cradle];
}

static enum rc
keep_confirm(void *context, const uint8_t ceremony[static 32],
    const uint8_t transcript[static 64])
{
	struct cradle *c = context;

	return store_ceremony_confirm(
	    c->part->d->record, ceremony, transcript);
}

/* Whether what it comes to waits for the log, beside what is in force. */
static bool
cradle_waits(const struct cradle *c)
{
	struct ceremony_hop hop;

	ceremony_hop(&hop, &c->b->bundle);
	return c->b->bundle.ceremony.reshare || hop.is_hop;
}

/* Share first, then the texts, then the key's end: a kill in between leaves
 * a ceremony that is taken up again and comes to the same. A reshare's or a
 * new key's share waits beside the present one, and nothing ends yet. */
static enum rc
keep_born(void *context, const uint8_t ceremony[static 32],
    const struct frost_key_share *share, struct slice roster,
    struct slice trust, struct slice record)
{
	struct cradle *c = context;
	struct signerd *d = c->part->d;
	bool waits = cradle_waits(c);
	struct why why = {""};
	enum rc rc = RC_OK;

	if (!waits)
		rc = vault_share_keep(
		    d->vault, share, c->part->settings->name, &why);
	else if (share != NULL)
		rc = vault_next_keep(d->vault, share, ceremony, &why);
	if (rc == RC_OK)
		rc = store_ceremony_born(d->record, ceremony, roster.p,
		    roster.n, trust.p, trust.n, record.p, record.n, waits);
	if (rc == RC_OK && !waits)
		rc = vault_dkg_erase(d->vault, ceremony, &why);
	if (rc != RC_OK)
		say(SAY_ERROR, "%s: the share cannot be kept: %s",
		    c->part->settings->name,
		    rc_why(rc, &why));
	return rc;
}

/* The two texts of a birth: our words on them. */
static void
say_birth(struct part *p, struct text *notes)
{
	struct seat_authority *a = p->seat;
	struct seat_out out = {.notes = notes};
	struct seat_now now;
	enum rc rc;

	if (a->role != SEAT_SHARER || a->roster.serial != 1 ||
	    a->trust.revision != 1)
		return;
	now_fill(&now);
	rc = seat_birth(p->d->seat, &out, &now, a, a->roster_text,
	    a->roster.text_n);
	now_fill(&now);
	if (rc == RC_OK)
		rc = seat_birth(p->d->seat, &out, &now, a, a->trust_text,
		    a->trust.page_n);
	sodium_memzero(&now, sizeof now);
	if (rc != RC_OK)
		say(SAY_ERROR, "%s: birth: %s", p->settings->name,
		    rc_text(rc));
}

/* A reshare or a new key is done: share and roster wait for the log. */
static void
cradle_settle_next(struct cradle *c, struct text *notes)
{
	struct part *p = c->part;
	struct signerd *d = p->d;
	const struct birth *b = c->b;
	struct next *n;
	enum rc rc;

	rc = next_lay(p, b->bundle.ceremony.id,
	    b->leaf != 0 ? &cradle_secrets(c)->share : NULL,
	    (const uint8_t *)b->roster.p, b->roster.n,
	    b->bundle.ceremony.reshare
		? (struct slice){0}
		: (struct slice){(const uint8_t *)b->trust.p, b->trust.n});
	sodium_memzero(cradle_secrets(c), sizeof *cradle_secrets(c));
	if (rc != RC_OK) {
		say(SAY_ERROR, "%s: the new share cannot be used: %s",
		    p->settings->name, rc_text(rc));
		return;
	}
	n = next_find(d, b->bundle.ceremony.id);
	say(SAY_INFO, "%s: roster %u is made and waits for the log",
	    p->settings->name, (unsigned)n->roster.serial);
	say_next(n, notes);
}

/* A share has been born: the seat gets it. */
static void
cradle_settle(struct cradle *c, struct text *notes)
{
	struct part *p = c->part;
	struct signerd *d = p->d;
	const struct birth *b = c->b;
	struct frost_key_share *share =
	    &vault_secrets(d->vault)->seat.share[part_index(p)];
	enum rc rc;

	if (cradle_waits(c)) {
		cradle_settle_next(c, notes);
		return;
	}
	*share = cradle_secrets(c)->share;
	sodium_memzero(cradle_secrets(c), sizeof *cradle_secrets(c));
	rc = seat_trust(
	    d->seat, p->seat, (const uint8_t *)b->trust.p, b->trust.n);
	if (rc == RC_OK)
		rc = seat_roster(d->seat, p->seat,
		    (const uint8_t *)b->roster.p, b->roster.n);
	if (rc != RC_OK) {
		say(SAY_ERROR, "%s: the new share cannot be used: %s",
		    p->settings->name, rc_text(rc));
		return;
	}
	say(SAY_INFO, "%s: a share of the key is kept", p->settings->name);
	say_birth(p, notes);
}

/* A free one, or the oldest that is over or was never joined. */
static struct cradle *
cradle_place(struct signerd *d)
{
	struct cradle *best = NULL;

	for (unsigned i = 0; i < VAULT_BIRTHS_MAX; i++) {
		struct cradle *c = &d->cradle[i];

		if (c->part == NULL)
			return c;
		if (c->b->state >= BIRTH_JOINED && c->b->state < BIRTH_DONE)
			continue;
		if (best == NULL || c->touched < best->touched)
			best = c;
	}
	return best;
}

void
cradle_empty(struct cradle *c)
{
	if (c->part != NULL)
		sodium_memzero(cradle_secrets(c), sizeof *cradle_secrets(c));
	free(c->b);
	free(c->bytes);
	memset(c, 0, sizeof *c);
}

/* Lay a bundle into a cradle: offered, nothing said. */
static enum rc
cradle_lay(struct cradle **out, struct part *p, struct slice whole)
{
	struct signerd *d = p->d;
	struct birth_keeper keeper = {
	    .confirm = keep_confirm, .born = keep_born};
	struct cradle *c = cradle_place(d);
	enum rc rc = RC_MEMORY;

	*out = NULL;
	if (c == NULL)
		return RC_SEAT_FULL;
	cradle_empty(c);
	c->b = calloc(1, sizeof *c->b);
	c->bytes = malloc(whole.n);
	c->part = p;
	c->touched = ++d->count;
	keeper.context = c;
	if (c->b != NULL && c->bytes != NULL) {
		memcpy(c->bytes, whole.p, whole.n);
		rc = birth_offer(c->b, &keeper, cradle_secrets(c),
		    &d->seat->key, c->bytes, whole.n);
	}
	if (rc == RC_OK && c->b->bundle.ceremony.rehearsal)
		rc = RC_CEREMONY; /* nothing of it is ever kept */
	if (rc == RC_OK &&
	    !slice_is(c->b->bundle.ceremony.authority, p->settings->name))
		rc = RC_AUTHORITY;
	if (rc != RC_OK)
		cradle_empty(c);
	else
		*out = c;
	return rc;
}

/* In a reshare: our share of the roster before, if we have it still. */
static enum rc
cradle_hold(struct cradle *c)
{
	const struct part *p = c->part;
	const struct seat_authority *a = p->seat;

	if (!c->b->bundle.ceremony.reshare || c->b->holder == 0 ||
	    a->role != SEAT_SHARER ||
	    memcmp(a->roster.id, c->b->bundle.ceremony.before, 32) != 0)
		return RC_OK;
	return birth_hold(c->b,
	    &vault_secrets(p->d->vault)->seat.share[part_index(p)]);
}

/* It is over, and so is its key; a restart must not take it up again. */
static void
cradle_dead(struct cradle *c)
{
	struct signerd *d = c->part->d;
	const uint8_t *id = c->b->bundle.ceremony.id;
	struct why why = {""};
	enum rc rc;

	say(SAY_ERROR, "%s: the ceremony failed: %s",
	    c->part->settings->name, c->b->why);
	rc = store_ceremony_end(d->record, id, FATE_OVER);
	if (rc == RC_OK)
		rc = vault_dkg_erase(d->vault, id, &why);
	if (rc != RC_OK)
		say(SAY_ERROR, "%s: the ceremony's key: %s",
		    c->part->settings->name, rc_text(rc));
}

/* Take part: the key is kept before a word is said. */
static enum rc
cradle_join(struct cradle *c, struct text *notes, const char *code)
{
	struct signerd *d = c->part->d;
	uint8_t *dkg = secret_new(BIRTH_DKG_BYTES);
	struct why why = {""};
	enum rc rc;

	rc = cradle_hold(c);
	if (rc == RC_OK)
		rc = vault_dkg(
		    d->vault, dkg, c->b->bundle.ceremony.id, &why);
	if (rc == RC_OK)
		rc = birth_join(c->b, notes, code, dkg,
		    vault_secrets(d->vault)->seat.seed);
	else
		say(SAY_ERROR, "%s: %s", c->part->settings->name, why.text);
	secret_free(dkg);
	if (rc == RC_OK && c->b->state == BIRTH_DONE)
		cradle_settle(c, notes);
	return rc;
}

enum rc
take_draft(struct part *p, struct bundle *b, struct text *notes)
{
	struct signerd *d = p->d;
	struct ceremony_bundle *open = malloc(sizeof *open);
	struct store_ceremony kept;
	struct cradle *c;
	struct next *n;
	enum rc rc = RC_MEMORY;

	if (open == NULL)
		goto out;
	rc = ceremony_open_next(open, b);
	if (rc == RC_OK && open->ceremony.rehearsal)
		rc = RC_CEREMONY;
	if (rc == RC_OK)
		rc = store_ceremony_find(d->record, &kept, open->ceremony.id);
	if (rc != RC_OK)
		goto out;
	if (kept.fate == FATE_OVER || kept.fate == FATE_IN_FORCE)
		goto out;
	if (kept.fate == FATE_CANDIDATE) {
		n = next_find(d, open->ceremony.id);
		if (n != NULL)
			say_next(n, notes);
		goto out;
	}
	if (kept.state == CEREMONY_BORN) {
		say_birth(p, notes);
		goto out;
	}
	c = cradle_find(d, open->ceremony.id);
	if (c != NULL) {
		birth_repeat(
		    c->b, notes, vault_secrets(d->vault)->seat.seed);
		goto out;
	}
	rc = cradle_lay(&c, p, open->whole);
	if (rc != RC_OK)
		goto out;
	if (kept.state != CEREMONY_UNKNOWN)
		rc = cradle_join(c, notes, NULL);
	else
		matter_notify(p, "ceremony", open->ceremony.id,
		    (struct slice){(const uint8_t *)"-", 1}, 0);
out:
	free(open);
	return rc;
}

enum rc
take_ceremony_note(struct part *p, const struct message *m,
    struct text *notes)
{
	struct signerd *d = p->d;
	struct cradle *c;
	enum birth_state was;
	uint8_t id[32];
	enum rc rc;

	if (!coordinator_about(m, id))
		return RC_CEREMONY;
	c = cradle_find(d, id);
	if (c == NULL)
		return take_rehearsal_note(p, m, notes, id);
	if (c->part != p)
		return RC_CEREMONY;
	was = c->b->state;
	rc = birth_note(
	    c->b, notes, vault_secrets(d->vault)->seat.seed, m);
	if (c->b->state == BIRTH_DONE && was != BIRTH_DONE)
		cradle_settle(c, notes);
	if (c->b->state == BIRTH_DEAD && was != BIRTH_DEAD)
		cradle_dead(c);
	return rc;
}

/* ---- a person joins ------------------------------------------------------- */

/*
 * Of a reshare: the log has been read, and the roster before is the one in
 * force. Otherwise we would deal for a roster that is history, or join one
 * that can never be logged. Of a new key: the same of the trust text before.
 */
static enum rc
ceremony_is_due(struct signerd *d, const uint8_t id[static 32])
{
	struct ceremony_hop hop = {0};
	struct part *p = NULL;
	const struct roster *newest;
	const struct trust *t;
	uint8_t key[32], before[32];
	struct cradle *c;
	enum rc rc = RC_OK;

	signerd_enter(d);
	c = cradle_find(d, id);
	if (c != NULL && cradle_waits(c)) {
		p = c->part;
		ceremony_hop(&hop, &c->b->bundle);
		if (!hop.is_hop)
			memcpy(key, c->b->bundle.before.key.key, 32);
		memcpy(before,
		    hop.is_hop ? hop.before : c->b->bundle.ceremony.before,
		    32);
	}
	signerd_leave(d);
	if (p == NULL)
		return RC_OK;
	rc = part_look(p);
	if (rc != RC_OK)
		return RC_SEAT_LOCKED;
	pthread_mutex_lock(&p->reading);
	t = &evidence_state(p->evidence)->trust;
	newest = hop.is_hop
	    ? NULL
	    : explain_roster_of(evidence_state(p->evidence), key);
	if (hop.is_hop)
		rc = memcmp(t->id, before, 32) == 0 &&
			hop.revision == t->revision + 1
		    ? RC_OK
		    : RC_PREVIOUS;
	else if (newest == NULL || memcmp(newest->id, before, 32) != 0)
		rc = RC_ROSTER_MISMATCH;
	pthread_mutex_unlock(&p->reading);
	return rc;
}

static enum rc
accept_check(const struct cradle *c, const char *code)
{
	const struct ceremony_bundle *b = &c->b->bundle;

	if (strcmp(code, b->code) != 0)
		return RC_CEREMONY_CODE;
	if (c->b->state != BIRTH_OFFERED ||
	    (!cradle_waits(c) && c->part->seat->role == SEAT_SHARER))
		return RC_SEAT_STATE;
	return b->ceremony.deadline > clock_unix() ? RC_OK : RC_CEREMONY;
}

enum rc
signerd_accept(struct signerd *d, struct text *out,
    const uint8_t id[static 32], const char *code, const char *by)
{
	struct part *p = NULL;
	struct outgoing o;
	struct rehearsing *x;
	struct cradle *c;
	enum rc rc, due = ceremony_is_due(d, id);

	if (!outgoing_open(&o))
		return RC_MEMORY;
	signerd_enter(d);
	c = cradle_find(d, id);
	x = rehearsal_find(d, id);
	rc = c != NULL ? accept_check(c, code)
	    : x != NULL ? rehearsal_accept(x, &o.notes, code)
			: RC_SEAT_UNKNOWN;
	if (rc == RC_OK)
		rc = due;
	if (rc == RC_OK && c == NULL) {
		p = x->part;
		text_string(out, "joined\n");
	} else if (rc == RC_OK) {
		p = c->part;
		rc = store_ceremony_accept(d->record, id, p->settings->name,
		    c->b->bundle.whole.p, c->b->bundle.whole.n, by,
		    clock_unix());
		if (rc == RC_OK)
			rc = cradle_join(c, &o.notes, code);
		if (rc == RC_OK)
			text_string(out, "joined\n");
	}
	signerd_leave(d);
	if (p == NULL) {
		free(o.bytes);
		return rc;
	}
	outgoing_send(&o, p);
	/* What others said before we joined was not listened to. */
	if (rc == RC_OK && p->courier != NULL)
		courier_fetch(p->courier);
	return rc;
}
