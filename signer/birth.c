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
	const struct ceremony *c = &b->bundle.ceremony;
	enum rc rc;

	memset(b, 0, offsetof(struct birth, dealing));
	b->keeper = *keeper;
	b->secrets = secrets;
	b->key = *key;
	rc = ceremony_open(&b->bundle, bytes, n);
	if (rc != RC_OK)
		return rc;
	for (unsigned i = 0; i < c->party_n; i++) {
		struct vkey k;

		ceremony_party_key(&k, c, i);
		if (slice_equal(k.name, key->name) &&
		    memcmp(k.key, key->key, sizeof k.key) == 0)
			b->leaf = c->tree.id[i];
	}
	if (b->leaf == 0)
		return RC_SENDER;
	b->state = BIRTH_OFFERED;
	return RC_OK;
}

/* ---- what we say ---------------------------------------------------- */

static struct text
scratch(struct birth *b)
{
	struct text t;

	text_init(&t, b->scratch, sizeof b->scratch);
	return t;
}

static void
say(struct birth *b, struct text *notes, const uint8_t seed[static 32],
    struct text *note)
{
	message_sign(note, &b->key, seed);
	assert(!note->full);
	bundle_put(notes, note->p, note->n);
	assert(!notes->full);
}

static void
say_accept(struct birth *b, struct text *notes, const uint8_t seed[static 32])
{
	struct text note = scratch(b);
	struct message_accept accept;

	memcpy(accept.ceremony, b->bundle.ceremony.id, 32);
	accept.key = b->secrets->key.p;
	accept_build(&note, &accept);
	say(b, notes, seed, &note);
}

static void
say_deal(struct birth *b, struct text *notes, const uint8_t seed[static 32])
{
	struct text note = scratch(b);

	ceremony_deal_build(
	    &note, &b->bundle.ceremony, &b->dealing[b->leaf - 1]);
	say(b, notes, seed, &note);
}

static void
say_confirm(struct birth *b, struct text *notes, const uint8_t seed[static 32])
{
	struct text note = scratch(b);
	struct message_confirm confirm;

	memcpy(confirm.ceremony, b->bundle.ceremony.id, 32);
	memcpy(confirm.transcript, b->transcript_hash, 64);
	memcpy(confirm.signature, b->signature[b->leaf - 1], 64);
	confirm_build(&note, &confirm);
	say(b, notes, seed, &note);
}

static void
say_complaint(struct birth *b, struct text *notes,
    const uint8_t seed[static 32], unsigned dealer, const char *reason)
{
	const struct ceremony *c = &b->bundle.ceremony;
	struct text note = scratch(b);
	struct message_complaint complaint;

	memcpy(complaint.ceremony, c->id, 32);
	complaint.dealer = ceremony_party_name(c, c->tree.party[dealer - 1]);
	complaint.reason =
	    (struct slice){(const uint8_t *)reason, strlen(reason)};
	complaint_build(&note, &complaint);
	say(b, notes, seed, &note);
}

void
birth_repeat(struct birth *b, struct text *notes,
    const uint8_t seed[static 32])
{
	if (b->state < BIRTH_JOINED || b->state > BIRTH_SIGNED)
		return;
	say_accept(b, notes, seed);
	if (b->state >= BIRTH_DEALT)
		say_deal(b, notes, seed);
	if (b->state >= BIRTH_SIGNED)
		say_confirm(b, notes, seed);
}

/* ---- the rounds ----------------------------------------------------- */

static bool
everyone(const struct birth *b, const struct tree_set *set)
{
	return tree_set_count(set) == b->bundle.ceremony.tree.leaves;
}

/* The party of a leaf is at fault, in a way that needs no proof here. */
static void
fail_by(struct birth *b, unsigned leaf, const char *what)
{
	const struct ceremony *c = &b->bundle.ceremony;
	struct slice name =
	    ceremony_party_name(c, c->tree.party[leaf - 1]);
	char why[256];
	struct text t;

	text_init(&t, why, sizeof why);
	text_printf(&t, "%.*s: %s", (int)name.n, (const char *)name.p, what);
	birth_fail(b, why);
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
	ceremony_trust_build(&b->trust, c, b->bundle.template.p,
	    b->bundle.template.n, &group.key);
	if (b->roster.full || b->trust.full) {
		birth_fail(b, "the texts are too long");
		return RC_TEXT_LONG;
	}
	crypto_hash_sha256(x->share.roster_id, (const uint8_t *)b->roster.p,
	    b->roster.n);
	memcpy(b->transcript + n, b->signature,
	    (size_t)c->tree.leaves * DKG_SIG_BYTES);
	rc = b->keeper.born(b->keeper.context, c->id, &x->share,
	    (struct slice){(const uint8_t *)b->roster.p, b->roster.n},
	    (struct slice){(const uint8_t *)b->trust.p, b->trust.n},
	    (struct slice){b->transcript,
		n + (size_t)c->tree.leaves * DKG_SIG_BYTES});
	if (rc != RC_OK) {
		birth_fail(b, "the share cannot be kept");
		return rc;
	}
	b->state = BIRTH_DONE;
	sodium_memzero(&x->key, sizeof x->key);
	sodium_memzero(x->seed, sizeof x->seed);
	sodium_memzero(&x->sum, sizeof x->sum);
	return RC_OK;
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
	tree_set_add(&b->confirmed, b->leaf);
	say_confirm(b, notes, seed);
	return everyone(b, &b->confirmed) ? finish(b) : RC_OK;
}

/* Take a dealing, ours like any other; complain if it is bad. */
static enum rc
add(struct birth *b, struct text *notes, const uint8_t seed[static 32],
    unsigned leaf)
{
	enum rc rc = dkg_sum_add(&b->secrets->sum, &b->dkg, &b->secrets->key,
	    &b->dealing[leaf - 1]);

	if (rc != RC_OK) {
		say_complaint(b, notes, seed, leaf, "dealing");
		fail_by(b, leaf, "its dealing does not check");
		return rc;
	}
	tree_set_add(&b->dealt, leaf);
	return everyone(b, &b->dealt) ? confirm(b, notes, seed) : RC_OK;
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
	    &b->dkg, &culprit, &c->tree, b->keys, session, sizeof session);
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
	b->keys[b->leaf - 1] = b->secrets->key.p;
	tree_set_add(&b->accepted, b->leaf);
	b->state = BIRTH_JOINED;
	say_accept(b, notes, seed);
	return everyone(b, &b->accepted) ? deal(b, notes, seed) : RC_OK;
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
	return everyone(b, &b->accepted) ? deal(b, notes, seed) : RC_OK;
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
		say_complaint(b, notes, seed, leaf, "dealing");
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
	return everyone(b, &b->confirmed) ? finish(b) : RC_OK;
}

static enum rc
take_complaint(struct birth *b, const struct message *m, unsigned leaf)
{
	struct message_complaint c;
	enum rc rc = complaint_parse(&c, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (memcmp(c.ceremony, b->bundle.ceremony.id, 32) != 0)
		return RC_CEREMONY;
	/* Once all have confirmed nobody has anything to complain of. */
	if (b->state < BIRTH_DONE)
		fail_by(b, leaf, "it complains of a dealing");
	return RC_OK;
}

enum rc
birth_note(struct birth *b, struct text *notes, const uint8_t seed[static 32],
    const struct message *m)
{
	const struct ceremony *c = &b->bundle.ceremony;
	struct vkey k;
	unsigned leaf;
	enum rc rc;

	if (b->state == BIRTH_DONE || b->state == BIRTH_DEAD)
		return RC_OK;
	if (b->state < BIRTH_JOINED)
		return RC_CEREMONY;
	leaf = ceremony_sender(c, m);
	if (leaf == 0)
		return RC_SENDER;
	ceremony_party_key(&k, c, c->tree.party[leaf - 1]);
	rc = message_verify(m, &k);
	if (rc != RC_OK)
		return rc;
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
