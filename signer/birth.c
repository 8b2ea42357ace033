/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rounds of a ceremony, seen from one chair. A round ends when every
 * leaf has spoken; then the next note is made. What two parties can see
 * differently (keys, dealings) goes into the transcript, and a party signs
 * one transcript: whoever shows others something else ends the ceremony.
 */
#include "signer/birth.h"
#include <assert.h>
#include <sodium.h>
#include <string.h>
#include "quorum/bundle.h"

void
birth_fail(struct birth *b, const char *why)
{
	struct text t;

	b->state = BIRTH_DEAD;
	text_init(&t, b->why, sizeof b->why);
	text_printf(&t, "%.200s", why);
	sodium_memzero(b->secrets, sizeof *b->secrets);
}

enum rc
birth_offer(struct birth *b, const struct birth_keeper *keeper,
    struct birth_secrets *secrets, const struct vkey *key,
    const uint8_t *bytes, size_t n)
{
	struct ceremony_member us;
	enum rc rc;

	memset(b, 0, offsetof(struct birth, dealing));
	memset(&b->holder, 0,
	    offsetof(struct birth, arena) - offsetof(struct birth, holder));
	b->keeper = *keeper;
	b->secrets = secrets;
	b->key = *key;
	rc = ceremony_open(&b->bundle, bytes, n);
	if (rc != RC_OK)
		return rc;
	if (!ceremony_member_of(&us, &b->bundle, key))
		return RC_SENDER;
	b->leaf = us.leaf;
	b->holder = us.holder;
	b->state = BIRTH_OFFERED;
	return RC_OK;
}

enum rc
birth_hold(struct birth *b, const struct frost_key_share *held)
{
	enum rc rc;

	if (b->state != BIRTH_OFFERED || b->holder == 0)
		return RC_SEAT_STATE;
	b->secrets->held = *held;
	rc = frost_key_share_check(&b->secrets->held, &b->bundle.frost);
	if (rc == RC_OK && held->id != b->holder)
		rc = RC_ROSTER_MISMATCH;
	if (rc != RC_OK)
		sodium_memzero(&b->secrets->held, sizeof b->secrets->held);
	return rc;
}

/* ---- what we say ---------------------------------------------------- */

struct text
birth_scratch(struct birth *b)
{
	struct text t;

	text_init(&t, b->scratch, sizeof b->scratch);
	return t;
}

void
birth_say(struct birth *b, struct text *notes, const uint8_t seed[static 32],
    struct text *note)
{
	message_sign(note, &b->key, seed);
	assert(!note->full);
	bundle_put(notes, note->p, note->n);
	assert(!notes->full);
}

void
birth_say_accept(
    struct birth *b, struct text *notes, const uint8_t seed[static 32])
{
	struct text note = birth_scratch(b);
	struct message_accept accept;

	memcpy(accept.ceremony, b->bundle.ceremony.id, 32);
	accept.key = b->secrets->key.p;
	accept_build(&note, &accept);
	birth_say(b, notes, seed, &note);
}

static void
say_deal(struct birth *b, struct text *notes, const uint8_t seed[static 32])
{
	struct text note = birth_scratch(b);

	ceremony_deal_build(
	    &note, &b->bundle.ceremony, &b->dealing[b->leaf - 1]);
	birth_say(b, notes, seed, &note);
}

void
birth_say_confirm(
    struct birth *b, struct text *notes, const uint8_t seed[static 32])
{
	struct text note = birth_scratch(b);
	struct message_confirm confirm;

	memcpy(confirm.ceremony, b->bundle.ceremony.id, 32);
	memcpy(confirm.transcript, b->transcript_hash, 64);
	memcpy(confirm.signature, b->signature[b->leaf - 1], 64);
	confirm_build(&note, &confirm);
	birth_say(b, notes, seed, &note);
}

/*
 * What we cannot use is opened, so that anyone can decide (T9); what anyone
 * can see is wrong needs no opening, nor does a dealing of ours.
 */
void
birth_say_complaint(struct birth *b, struct text *notes,
    const uint8_t seed[static 32], struct slice dealer, const char *reason,
    const struct dkg_dealing *dealing)
{
	struct text note = birth_scratch(b);
	struct message_complaint complaint;
	struct dkg_complaint open;

	memset(&complaint, 0, sizeof complaint);
	memcpy(complaint.ceremony, b->bundle.ceremony.id, 32);
	complaint.dealer = dealer;
	complaint.reason = slice_of(reason);
	if (dealing != NULL && b->leaf != 0 &&
	    dkg_complaint_make(&open, &b->dkg, b->leaf, &b->secrets->key,
		dealing) == RC_OK)
		ceremony_complaint_open(&complaint, &open);
	complaint_build(&note, &complaint);
	birth_say(b, notes, seed, &note);
}

void
birth_decline(
    struct birth *b, struct text *notes, const uint8_t seed[static 32])
{
	struct ceremony_member us;

	if (b->state != BIRTH_OFFERED ||
	    !ceremony_member_of(&us, &b->bundle, &b->key))
		return;
	birth_say_complaint(b, notes, seed, us.name, "declines", NULL);
	birth_fail(b, "declined here");
}

void
birth_line(struct birth *b, struct text *notes,
    const uint8_t seed[static 32])
{
	struct text note;
	/* a roster may be longer than any other note of ours */
	char bytes[NOTE_BYTES_MAX + 512];

	if (b->state != BIRTH_DONE)
		return;
	text_init(&note, bytes, sizeof bytes);
	text_put(&note, b->roster.p, b->roster.n);
	birth_say(b, notes, seed, &note);
}

void
birth_repeat(struct birth *b, struct text *notes,
    const uint8_t seed[static 32])
{
	if (b->state < BIRTH_JOINED || b->state > BIRTH_SIGNED)
		return;
	birth_say_accept(b, notes, seed);
	if (b->bundle.ceremony.reshare) {
		reshare_repeat(b, notes, seed);
		return;
	}
	if (b->state >= BIRTH_DEALT)
		say_deal(b, notes, seed);
	if (b->state >= BIRTH_SIGNED)
		birth_say_confirm(b, notes, seed);
}

/* ---- the rounds ----------------------------------------------------- */

bool
birth_everyone(const struct birth *b, const struct tree_set *set)
{
	return tree_set_count(set) == b->bundle.ceremony.tree.leaves;
}

void
birth_fail_by(struct birth *b, struct slice name, const char *what)
{
	char why[256];
	struct text t;

	text_init(&t, why, sizeof why);
	text_printf(&t, "%.*s: %s", (int)name.n, (const char *)name.p, what);
	birth_fail(b, why);
}

/* The party of a leaf is at fault, in a way that needs no proof here. */
static void
fail_by(struct birth *b, unsigned leaf, const char *what)
{
	birth_fail_by(b, ceremony_leaf_name(&b->bundle.ceremony, leaf), what);
}

enum rc
birth_keep(struct birth *b, struct slice trust, struct slice record)
{
	struct slice roster = {(const uint8_t *)b->roster.p, b->roster.n};
	struct birth_secrets *x = b->secrets;
	enum rc rc;

	crypto_hash_sha256(x->share.roster_id, roster.p, roster.n);
	rc = b->keeper.born(b->keeper.context, b->bundle.ceremony.id,
	    b->leaf != 0 ? &x->share : NULL, roster, trust, record);
	if (rc != RC_OK) {
		birth_fail(b, "the share cannot be kept");
		return rc;
	}
	b->state = BIRTH_DONE;
	sodium_memzero(&x->key, sizeof x->key);
	sodium_memzero(x->seed, sizeof x->seed);
	sodium_memzero(&x->sum, sizeof x->sum);
	sodium_memzero(&x->held, sizeof x->held);
	return RC_OK;
}

/* All have confirmed: the key exists. */
static enum rc
finish(struct birth *b)
{
	const struct ceremony *c = &b->bundle.ceremony;
	struct birth_secrets *x = b->secrets;
	struct frost_roster group;
	uint8_t record[32];
	size_t n = b->transcript_n;
	enum rc rc;

	rc = dkg_finish(&group, &x->share, &b->dkg, &x->sum);
	if (rc != RC_OK) {
		birth_fail(b, "the dealings do not add up");
		return rc;
	}
	ceremony_record(record, c, b->transcript, n,
	    (const uint8_t(*)[DKG_SIG_BYTES])b->signature);
	text_init(&b->roster, b->roster_bytes, sizeof b->roster_bytes);
	ceremony_roster_build(&b->roster, c, &group.key, group.share, record);
	text_init(&b->trust, b->trust_bytes, sizeof b->trust_bytes);
	if (!c->rehearsal) /* of one, no trust text exists anywhere */
		ceremony_trust_build(&b->trust, c, b->bundle.template.p,
		    b->bundle.template.n, &group.key);
	if (b->roster.full || b->trust.full) {
		birth_fail(b, "the texts are too long");
		return RC_TEXT_LONG;
	}
	memcpy(b->transcript + n, b->signature,
	    (size_t)c->tree.leaves * DKG_SIG_BYTES);
	return birth_keep(b,
	    (struct slice){(const uint8_t *)b->trust.p, b->trust.n},
	    (struct slice){b->transcript,
		n + (size_t)c->tree.leaves * DKG_SIG_BYTES});
}

/* All have dealt: one transcript, and our word on it. */
static enum rc
confirm(struct birth *b, struct text *notes, const uint8_t seed[static 32])
{
	uint8_t extension[DKG_EXTENSION_BYTES];
	enum rc rc;

	dkg_extension(extension, &b->dkg, b->dealing);
	b->transcript_n = dkg_transcript(b->transcript, &b->dkg, b->dealing,
	    extension, sizeof extension);
	crypto_hash_sha512(
	    b->transcript_hash, b->transcript, b->transcript_n);
	dkg_transcript_sign(b->signature[b->leaf - 1], &b->secrets->key,
	    b->transcript, b->transcript_n);
	rc = b->keeper.confirm(b->keeper.context, b->bundle.ceremony.id,
	    b->transcript_hash);
	if (rc != RC_OK) {
		birth_fail(b,
		    rc == RC_CONFLICT
			? "another transcript was signed before"
			: "the record cannot be written");
		return rc;
	}
	b->state = BIRTH_SIGNED;
	/* It counts when it comes back: once we have finished we do not say it
	 * again, so somebody has to have it before. */
	birth_say_confirm(b, notes, seed);
	return RC_OK;
}

/* Take a dealing, ours like any other; complain if it is bad. */
static enum rc
add(struct birth *b, struct text *notes, const uint8_t seed[static 32],
    unsigned leaf)
{
	enum rc rc = dkg_sum_add(&b->secrets->sum, &b->dkg, &b->secrets->key,
	    &b->dealing[leaf - 1]);

	if (rc != RC_OK) {
		birth_say_complaint(b, notes, seed,
		    ceremony_leaf_name(&b->bundle.ceremony, leaf), "dealing",
		    &b->dealing[leaf - 1]);
		fail_by(b, leaf, "its dealing does not check");
		return rc;
	}
	tree_set_add(&b->dealt, leaf);
	return birth_everyone(b, &b->dealt) ? confirm(b, notes, seed) : RC_OK;
}

/* All keys are here: deal. */
static enum rc
deal(struct birth *b, struct text *notes, const uint8_t seed[static 32])
{
	const struct ceremony *c = &b->bundle.ceremony;
	struct dkg_secret secret;
	uint8_t session[DKG_SESSION_BYTES];
	unsigned culprit;
	enum rc rc;

	ceremony_session(session, c);
	rc = dkg_init(
	    &b->dkg, &culprit, c->suite, &c->tree, b->keys, session,
	    sizeof session);
	if (rc != RC_OK) {
		if (culprit != 0)
			fail_by(b, culprit, "its key is not usable");
		else
			birth_fail(b, "the keys are not usable");
		return rc;
	}
	dkg_secret_make(&secret, &b->dkg, &b->secrets->key, b->secrets->seed);
	rc = dkg_deal(&b->dealing[b->leaf - 1], &b->dkg, b->leaf,
	    &b->secrets->key, &secret);
	sodium_memzero(&secret, sizeof secret);
	if (rc != RC_OK) {
		birth_fail(b, "dealing failed");
		return rc;
	}
	dkg_sum_init(&b->secrets->sum, b->leaf);
	b->state = BIRTH_DEALT;
	say_deal(b, notes, seed);
	return add(b, notes, seed, b->leaf);
}

enum rc
birth_join(struct birth *b, struct text *notes, const char *code,
    const uint8_t dkg[static BIRTH_DKG_BYTES], const uint8_t seed[static 32])
{
	enum rc rc;

	if (b->state != BIRTH_OFFERED)
		return RC_SEAT_STATE;
	if (code != NULL && strcmp(code, b->bundle.code) != 0)
		return RC_CEREMONY_CODE;
	rc = dkg_key_make(&b->secrets->key, dkg);
	if (rc != RC_OK)
		return rc;
	memcpy(b->secrets->seed, dkg + 64, 32);
	if (b->leaf != 0) {
		b->keys[b->leaf - 1] = b->secrets->key.p;
		tree_set_add(&b->accepted, b->leaf);
	}
	if (b->holder != 0) {
		b->holder_key[b->holder - 1] = b->secrets->key.p;
		tree_set_add(&b->holders, b->holder);
	}
	b->state = BIRTH_JOINED;
	birth_say_accept(b, notes, seed);
	if (!birth_everyone(b, &b->accepted))
		return RC_OK;
	return b->bundle.ceremony.reshare ? reshare_begin(b, notes, seed)
					  : deal(b, notes, seed);
}

/* ---- what others say ------------------------------------------------ */

static enum rc
take_accept(struct birth *b, struct text *notes,
    const uint8_t seed[static 32], const struct message *m, unsigned leaf)
{
	struct message_accept accept;
	enum rc rc = accept_parse(&accept, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (memcmp(accept.ceremony, b->bundle.ceremony.id, 32) != 0)
		return RC_CEREMONY;
	if (tree_set_has(&b->accepted, leaf)) {
		if (memcmp(&accept.key, &b->keys[leaf - 1], 32) == 0)
			return RC_OK;
		fail_by(b, leaf, "it shows two keys");
		return RC_CEREMONY;
	}
	b->keys[leaf - 1] = accept.key;
	tree_set_add(&b->accepted, leaf);
	return birth_everyone(b, &b->accepted) ? deal(b, notes, seed) : RC_OK;
}

static enum rc
take_deal(struct birth *b, struct text *notes, const uint8_t seed[static 32],
    const struct message *m, unsigned leaf)
{
	struct message_deal deal_note;
	enum rc rc = deal_parse(&deal_note, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (memcmp(deal_note.ceremony, b->bundle.ceremony.id, 32) != 0)
		return RC_CEREMONY;
	if (b->state < BIRTH_DEALT)
		return RC_MORE;
	if (tree_set_has(&b->dealt, leaf))
		return RC_OK; /* the transcript finds out if it is another */
	rc = ceremony_dealing(
	    &b->dealing[leaf - 1], &b->bundle.ceremony, leaf, &deal_note);
	if (rc != RC_OK) {
		birth_say_complaint(b, notes, seed,
		    ceremony_leaf_name(&b->bundle.ceremony, leaf), "dealing",
		    NULL);
		fail_by(b, leaf, "its dealing does not fit the ceremony");
		return rc;
	}
	return add(b, notes, seed, leaf);
}

static enum rc
take_confirm(struct birth *b, const struct message *m, unsigned leaf)
{
	struct message_confirm c;
	enum rc rc = confirm_parse(&c, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (memcmp(c.ceremony, b->bundle.ceremony.id, 32) != 0)
		return RC_CEREMONY;
	if (b->state < BIRTH_SIGNED)
		return RC_MORE;
	if (tree_set_has(&b->confirmed, leaf))
		return RC_OK;
	rc = RC_TRANSCRIPT;
	if (memcmp(c.transcript, b->transcript_hash, 64) == 0)
		rc = dkg_transcript_verify(c.signature, &b->dkg, leaf,
		    b->transcript, b->transcript_n);
	if (rc != RC_OK) {
		fail_by(b, leaf, "it confirms another transcript");
		return rc;
	}
	memcpy(b->signature[leaf - 1], c.signature, DKG_SIG_BYTES);
	tree_set_add(&b->confirmed, leaf);
	return birth_everyone(b, &b->confirmed) ? finish(b) : RC_OK;
}

static enum rc
take_complaint(struct birth *b, const struct message *m, unsigned leaf)
{
	struct message_complaint c;
	struct dkg_complaint open;
	unsigned dealer, culprit = 0;
	enum rc rc = complaint_parse(&c, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (memcmp(c.ceremony, b->bundle.ceremony.id, 32) != 0)
		return RC_CEREMONY;
	/* Once all have confirmed nobody has anything to complain of. */
	if (b->state >= BIRTH_DONE)
		return RC_OK;
	dealer = ceremony_leaf(&b->bundle.ceremony, c.dealer);
	if (c.opened_n > 0 && b->state >= BIRTH_DEALT &&
	    tree_set_has(&b->dealt, dealer)) {
		ceremony_complaint(&open, &c, dealer, leaf);
		(void)!dkg_complaint_check(
		    &open, &culprit, &b->dkg, &b->dealing[dealer - 1]);
	}
	if (culprit == 0)
		fail_by(b, leaf, "it complains of a dealing");
	else if (culprit == leaf)
		fail_by(b, leaf, "it complains of a dealing that is good");
	else
		fail_by(b, culprit, "what it dealt to another is not good");
	return RC_OK;
}

enum rc
birth_note(struct birth *b, struct text *notes, const uint8_t seed[static 32],
    const struct message *m)
{
	struct ceremony_member who;
	unsigned leaf;
	enum rc rc;

	if (b->state == BIRTH_DONE || b->state == BIRTH_DEAD)
		return RC_OK;
	if (b->state < BIRTH_JOINED)
		return RC_CEREMONY;
	if (m->kind == MESSAGE_CHOICE)
		return reshare_choice(b, notes, seed, m);
	rc = ceremony_by(&who, &b->bundle, m);
	if (rc != RC_OK)
		return rc;
	if (b->bundle.ceremony.reshare)
		return reshare_note(b, notes, seed, &who, m);
	leaf = who.leaf;
	switch (m->kind) {
	case MESSAGE_ACCEPT:
		return take_accept(b, notes, seed, m, leaf);
	case MESSAGE_DEAL:
		return take_deal(b, notes, seed, m, leaf);
	case MESSAGE_CONFIRM:
		return take_confirm(b, m, leaf);
	case MESSAGE_COMPLAINT:
		return take_complaint(b, m, leaf);
	default:
		return RC_KIND;
	}
}
