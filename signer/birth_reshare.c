/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reshare, seen from one chair. Unlike in a genesis nobody's dealing is
 * needed: one that does not hold is set aside, with a complaint if only we
 * can see it, and the choice among the others is the coordinator's, of whom
 * we ask no more than that it is a minimal set of dealings that hold. Until
 * all have confirmed one choice another may take its place; from then on the
 * record holds us to that one.
 */
#include <assert.h>
#include <sodium.h>
#include <string.h>
#include "quorum/bundle.h"
#include "signer/birth.h"

static bool
sets_meet(const struct tree_set *a, const struct tree_set *b)
{
	return (a->w[0] & b->w[0]) != 0 || (a->w[1] & b->w[1]) != 0;
}

/* ---- what we say ---------------------------------------------------- */

static void
say_dealing(struct birth *b, struct text *notes,
    const uint8_t seed[static 32])
{
	struct text note = birth_scratch(b);

	ceremony_reshare_build(&note, &b->bundle.ceremony, &b->dkg,
	    &b->dealing[b->holder - 1]);
	birth_say(b, notes, seed, &note);
}

static void
say_complaint(struct birth *b, struct text *notes,
    const uint8_t seed[static 32], unsigned holder)
{
	birth_say_complaint(b, notes, seed,
	    ceremony_holder_name(&b->bundle, holder), "dealing",
	    &b->dealing[holder - 1]);
}

void
reshare_repeat(struct birth *b, struct text *notes,
    const uint8_t seed[static 32])
{
	if (b->state < BIRTH_DEALT)
		return;
	if (b->secrets->held.id != 0)
		say_dealing(b, notes, seed);
	for (unsigned h = 1; h <= DKG_PARTIES_MAX; h++)
		if (tree_set_has(&b->complained, h) &&
		    notes->cap - notes->n > 2 * BIRTH_NOTE_MAX)
			say_complaint(b, notes, seed, h);
	if (b->state == BIRTH_SIGNED && b->leaf != 0)
		birth_say_confirm(b, notes, seed);
}

/* ---- deal ----------------------------------------------------------- */

enum rc
reshare_begin(struct birth *b, struct text *notes,
    const uint8_t seed[static 32])
{
	const struct ceremony *c = &b->bundle.ceremony;
	uint8_t session[DKG_SESSION_BYTES];
	struct dkg_secret secret;
	unsigned culprit;
	enum rc rc;

	ceremony_session(session, c);
	rc = reshare_init(
	    &b->dkg, &culprit, &b->bundle.frost, &c->tree, b->keys, session);
	for (unsigned h = 1; rc == RC_OK && h <= b->bundle.frost.tree.leaves;
	     h++)
		if (tree_set_has(&b->holders, h))
			rc = reshare_dealer(
			    &b->dkg, h, &b->holder_key[h - 1]);
	if (rc != RC_OK) {
		if (culprit != 0)
			birth_fail_by(b,
			    ceremony_leaf_name(&b->bundle.ceremony, culprit),
			    "its key is not usable");
		else
			birth_fail(b, "the keys are not usable");
		return rc;
	}
	b->state = BIRTH_DEALT;
	if (b->secrets->held.id == 0)
		return RC_OK;
	reshare_secret_make(&secret, &b->dkg, &b->secrets->key,
	    b->secrets->seed, &b->secrets->held);
	rc = dkg_deal(&b->dealing[b->holder - 1], &b->dkg, b->holder,
	    &b->secrets->key, &secret);
	sodium_memzero(&secret, sizeof secret);
	if (rc != RC_OK) {
		birth_fail(b, "dealing failed");
		return rc;
	}
	say_dealing(b, notes, seed);
	/* it counts when it comes back, as everybody sees it */
	return RC_OK;
}

/* ---- choose --------------------------------------------------------- */

/* All have confirmed the choice: the new roster is known. */
static enum rc
finish(struct birth *b)
{
	const struct ceremony *c = &b->bundle.ceremony;
	struct birth_secrets *x = b->secrets;
	struct frost_roster after;
	uint8_t record[32];
	unsigned culprit;
	enum rc rc;

	rc = b->keeper.confirm(
	    b->keeper.context, c->id, b->transcript_hash);
	if (rc == RC_OK)
		rc = reshare_finish(&after, b->leaf != 0 ? &x->share : NULL,
		    &culprit, &b->dkg, &b->bundle.frost, &b->chosen,
		    b->dealing, b->leaf, b->leaf != 0 ? &x->key : NULL);
	if (rc != RC_OK) {
		birth_fail(b,
		    rc == RC_CONFLICT
			? "another choice was confirmed before"
			: "the new roster cannot be computed or kept");
		return rc;
	}
	text_init(&b->record, b->record_bytes, sizeof b->record_bytes);
	ceremony_reshare_record(&b->record, record, c,
	    (struct slice){b->choice, b->choice_n}, &b->chosen, b->note);
	text_init(&b->roster, b->roster_bytes, sizeof b->roster_bytes);
	ceremony_roster_build(
	    &b->roster, c, &after.key, after.share, record);
	if (b->roster.full || b->record.full) {
		birth_fail(b, "the texts are too long");
		return RC_TEXT_LONG;
	}
	return birth_keep(b, (struct slice){0},
	    (struct slice){(const uint8_t *)b->record.p, b->record.n});
}

/*
 * A choice among the dealings. One that takes in a dealing that does not
 * hold for us is left alone: our complaint ends it.
 */
enum rc
reshare_choice(struct birth *b, struct text *notes,
    const uint8_t seed[static 32], const struct message *m)
{
	struct message_choice k;
	struct tree_set chosen;
	struct frost_roster after;
	unsigned culprit;
	enum rc rc = choice_parse(&k, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (!b->bundle.ceremony.reshare ||
	    memcmp(k.ceremony, b->bundle.ceremony.id, 32) != 0)
		return RC_CEREMONY;
	if (b->state < BIRTH_DEALT)
		return RC_MORE;
	if (m->is_signed || m->text.n > sizeof b->choice)
		return RC_CHOICE;
	if (b->choice_n == m->text.n &&
	    memcmp(b->choice, m->text.p, m->text.n) == 0)
		return RC_OK;
	rc = ceremony_chosen(&chosen, &b->bundle, &b->dkg, &k, &b->dealt,
	    (const uint8_t(*)[32])b->note_hash);
	if (rc != RC_OK || sets_meet(&chosen, &b->bad))
		return rc;
	/* would it come out well? the share is made again when it counts */
	rc = reshare_finish(&after, b->leaf != 0 ? &b->secrets->share : NULL,
	    &culprit, &b->dkg, &b->bundle.frost, &chosen, b->dealing, b->leaf,
	    b->leaf != 0 ? &b->secrets->key : NULL);
	sodium_memzero(&b->secrets->share, sizeof b->secrets->share);
	if (rc != RC_OK)
		return rc;
	memcpy(b->choice, m->text.p, m->text.n);
	b->choice_n = m->text.n;
	b->chosen = chosen;
	memset(&b->confirmed, 0, sizeof b->confirmed);
	crypto_hash_sha512(b->transcript_hash, b->choice, b->choice_n);
	b->state = BIRTH_SIGNED;
	if (b->leaf == 0)
		return RC_OK;
	dkg_transcript_sign(b->signature[b->leaf - 1], &b->secrets->key,
	    b->choice, b->choice_n);
	/* it counts when it comes back, as in a genesis */
	birth_say_confirm(b, notes, seed);
	return RC_OK;
}

/* ---- what others say ------------------------------------------------ */

static enum rc
take_accept(struct birth *b, struct text *notes,
    const uint8_t seed[static 32], const struct ceremony_member *who,
    const struct message *m)
{
	struct message_accept a;
	enum rc rc = accept_parse(&a, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (memcmp(a.ceremony, b->bundle.ceremony.id, 32) != 0)
		return RC_CEREMONY;
	if (!suite_ed25519.point_check(&a.key))
		return RC_POINT;
	if (who->leaf != 0 && tree_set_has(&b->accepted, who->leaf)) {
		if (memcmp(&a.key, &b->keys[who->leaf - 1], 32) == 0)
			return RC_OK;
		birth_fail_by(b, who->name, "it shows two keys");
		return RC_CEREMONY;
	}
	/* a second key of a mere holder is not heard */
	if (who->holder != 0 && !tree_set_has(&b->holders, who->holder)) {
		b->holder_key[who->holder - 1] = a.key;
		tree_set_add(&b->holders, who->holder);
		if (b->state >= BIRTH_DEALT)
			(void)!reshare_dealer(&b->dkg, who->holder, &a.key);
	}
	if (who->leaf == 0)
		return RC_OK;
	b->keys[who->leaf - 1] = a.key;
	tree_set_add(&b->accepted, who->leaf);
	return birth_everyone(b, &b->accepted)
	    ? reshare_begin(b, notes, seed)
	    : RC_OK;
}

/* Whether our share of a dealing that all take is good. */
static bool
holds_for_us(struct birth *b, unsigned h)
{
	struct scalar f;
	enum rc rc = RC_OK;

	if (b->leaf != 0)
		rc = dkg_share_open(&f, &b->dkg, b->leaf, &b->secrets->key,
		    &b->dealing[h - 1]);
	sodium_memzero(&f, sizeof f);
	return rc == RC_OK;
}

static enum rc
take_dealing(struct birth *b, struct text *notes,
    const uint8_t seed[static 32], unsigned h, const struct message *m)
{
	struct message_reshare d;
	enum rc rc = reshare_parse(&d, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (memcmp(d.ceremony, b->bundle.ceremony.id, 32) != 0)
		return RC_CEREMONY;
	if (h == 0)
		return RC_SENDER;
	if (b->state < BIRTH_DEALT || !tree_set_has(&b->holders, h))
		return RC_MORE;
	if (tree_set_has(&b->dealt, h))
		return RC_OK; /* the choice finds out if it is another */
	rc = ceremony_reshared(
	    &b->dealing[h - 1], &b->bundle.ceremony, &b->dkg, h, &d);
	if (rc == RC_CONTEXT)
		return rc;
	if (rc == RC_OK)
		rc = dkg_dealing_check(&b->dkg, &b->dealing[h - 1]);
	if (m->whole.n > sizeof b->arena - b->arena_n)
		return RC_BUNDLE;
	memcpy(b->arena + b->arena_n, m->whole.p, m->whole.n);
	b->note[h - 1] = (struct slice){b->arena + b->arena_n, m->whole.n};
	b->arena_n += m->whole.n;
	crypto_hash_sha256(b->note_hash[h - 1], m->whole.p, m->whole.n);
	tree_set_add(&b->dealt, h);
	if (rc == RC_OK && holds_for_us(b, h))
		return RC_OK;
	tree_set_add(&b->bad, h);
	if (rc == RC_OK) { /* only we can see it */
		tree_set_add(&b->complained, h);
		say_complaint(b, notes, seed, h);
	}
	return RC_OK;
}

static enum rc
take_confirm(struct birth *b, const struct ceremony_member *who,
    const struct message *m)
{
	struct message_confirm k;
	enum rc rc = confirm_parse(&k, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (memcmp(k.ceremony, b->bundle.ceremony.id, 32) != 0)
		return RC_CEREMONY;
	if (who->leaf == 0)
		return RC_SENDER;
	/* of an earlier choice, or of one that we do not take part in */
	if (b->state != BIRTH_SIGNED ||
	    memcmp(k.transcript, b->transcript_hash, 64) != 0 ||
	    tree_set_has(&b->confirmed, who->leaf))
		return RC_OK;
	rc = dkg_transcript_verify(
	    k.signature, &b->dkg, who->leaf, b->choice, b->choice_n);
	if (rc != RC_OK)
		return rc; /* it does not count */
	memcpy(b->signature[who->leaf - 1], k.signature, DKG_SIG_BYTES);
	tree_set_add(&b->confirmed, who->leaf);
	return birth_everyone(b, &b->confirmed) ? finish(b) : RC_OK;
}

static enum rc
take_complaint(struct birth *b, const struct ceremony_member *who,
    const struct message *m)
{
	struct message_complaint k;
	struct dkg_complaint open;
	unsigned h, culprit;
	enum rc rc = complaint_parse(&k, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (memcmp(k.ceremony, b->bundle.ceremony.id, 32) != 0)
		return RC_CEREMONY;
	if (k.opened_n == 0) {
		if (who->leaf != 0)
			birth_fail_by(b, who->name, "it declines");
		return RC_OK;
	}
	h = ceremony_holder_of(&b->bundle, k.dealer);
	if (who->leaf == 0 || h == 0)
		return RC_CEREMONY;
	if (b->state < BIRTH_DEALT || !tree_set_has(&b->dealt, h))
		return RC_MORE;
	if (tree_set_has(&b->bad, h))
		return RC_OK;
	ceremony_complaint(&open, &k, h, who->leaf);
	rc = dkg_complaint_check(
	    &open, &culprit, &b->dkg, &b->dealing[h - 1]);
	if (rc == RC_OK)
		tree_set_add(&b->bad, h);
	return rc;
}

enum rc
reshare_note(struct birth *b, struct text *notes,
    const uint8_t seed[static 32], const struct ceremony_member *who,
    const struct message *m)
{
	switch (m->kind) {
	case MESSAGE_ACCEPT:
		return take_accept(b, notes, seed, who, m);
	case MESSAGE_RESHARE:
		return take_dealing(b, notes, seed, who->holder, m);
	case MESSAGE_CONFIRM:
		return take_confirm(b, who, m);
	case MESSAGE_COMPLAINT:
		return take_complaint(b, who, m);
	default:
		return RC_KIND;
	}
}
