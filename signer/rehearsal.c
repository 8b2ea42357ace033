/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper of a ceremony keeps nothing here: what birth.c wants durable
 * before it speaks stays in memory, because nobody is harmed when a rehearsal
 * is forgotten. A party that was restarted in the middle is missing from it.
 */
#include "signer/rehearsal.h"
#include <assert.h>
#include <sodium.h>
#include <string.h>
#include "quorum/roster_frost.h"

static enum rc
keep_confirm(void *context, const uint8_t ceremony[static 32],
    const uint8_t transcript[static 64])
{
	(void)context;
	(void)ceremony;
	(void)transcript;
	return RC_OK;
}

/* The roster must be one that can be signed with, and our share its. */
static enum rc
keep_born(void *context, const uint8_t ceremony[static 32],
    const struct frost_key_share *share, struct slice roster,
    struct slice trust, struct slice record)
{
	struct rehearsal *r = context;
	enum rc rc;

	(void)ceremony;
	(void)trust;
	(void)record;
	rc = roster_parse_rehearsal(&r->roster, roster.p, roster.n);
	if (rc == RC_OK)
		rc = roster_frost(&r->frost, &r->roster);
	if (rc == RC_OK && share != NULL) /* itself, to be signed with */
		rc = frost_key_share_check(&r->secrets->birth.share, &r->frost);
	return rc;
}

enum rc
rehearsal_offer(struct rehearsal *r, struct rehearsal_secrets *secrets,
    const struct vkey *key, const uint8_t boot[static FROST_BOOT_ID_BYTES],
    const uint8_t *bytes, size_t n)
{
	const struct birth_keeper keeper = {
	    .context = r, .confirm = keep_confirm, .born = keep_born};
	enum rc rc;

	r->secrets = secrets;
	r->signing = false;
	r->serial = 0;
	memcpy(r->boot, boot, sizeof r->boot);
	memset(r->text, 0, sizeof r->text);
	sodium_memzero(secrets, sizeof *secrets);
	rc = birth_offer(&r->b, &keeper, &secrets->birth, key, bytes, n);
	if (rc == RC_OK && !r->b.bundle.ceremony.rehearsal) {
		r->b.state = BIRTH_NONE;
		rc = RC_CEREMONY;
	}
	return rc;
}

void
rehearsal_wipe(struct rehearsal *r)
{
	sodium_memzero(r->secrets, sizeof *r->secrets);
	r->signing = false;
}

/* ---- the ceremony --------------------------------------------------- */

static enum rc
stand_in_hold(struct rehearsal *r)
{
	const struct ceremony_bundle *b = &r->b.bundle;
	struct frost_roster frost = b->frost;
	struct scalar share[TREE_LEAVES_MAX];
	struct frost_key_share held = {.id = (uint8_t)r->b.holder};
	enum rc rc = ceremony_stand_in(&frost, share, &b->ceremony);

	if (rc != RC_OK)
		return rc;
	memcpy(held.roster_id, frost.id, sizeof held.roster_id);
	held.s = share[held.id - 1];
	return birth_hold(&r->b, &held);
}

enum rc
rehearsal_join(struct rehearsal *r, struct text *notes, const char *code,
    bool holds, const uint8_t dkg[static BIRTH_DKG_BYTES],
    const uint8_t seed[static 32])
{
	enum rc rc = RC_OK;

	if (holds && r->b.bundle.ceremony.reshare && r->b.holder != 0)
		rc = stand_in_hold(r);
	return rc == RC_OK ? birth_join(&r->b, notes, code, dkg, seed) : rc;
}

void
rehearsal_decline(
    struct rehearsal *r, struct text *notes, const uint8_t seed[static 32])
{
	birth_decline(&r->b, notes, seed);
	rehearsal_wipe(r);
}

/* ---- the two signatures --------------------------------------------- */

/* Only ever called when no pair is held: what was promised stays good. */
static enum rc
commit(struct rehearsal *r, unsigned i, uint8_t random[static 64])
{
	struct rehearsal_text *t = &r->text[i];
	struct frost_binding made_for;
	struct frost_commitment commitment;
	enum rc rc;

	if (t->commits == REHEARSAL_RECOMMITS_MAX)
		return RC_SEAT_RECOMMITS;
	memcpy(made_for.message_id, t->id, sizeof made_for.message_id);
	memcpy(made_for.roster_id, r->frost.id, sizeof made_for.roster_id);
	memcpy(made_for.boot_id, r->boot, sizeof made_for.boot_id);
	rc = frost_commit(&r->secrets->nonces[i], &commitment, r->frost.suite,
	    &r->secrets->birth.share, &made_for, random, random + 32);
	sodium_memzero(random, 64);
	if (rc != RC_OK)
		return rc;
	t->commits++;
	t->serial = ++r->serial;
	return RC_OK;
}

static void
say_commitment(struct rehearsal *r, struct text *notes,
    const uint8_t seed[static 32], unsigned i)
{
	const struct frost_nonces *k = &r->secrets->nonces[i];
	struct text note = birth_scratch(&r->b);
	struct message_commit c;

	if (!k->fresh)
		return;
	memcpy(c.message, r->text[i].id, sizeof c.message);
	memcpy(c.roster, r->frost.id, sizeof c.roster);
	memcpy(c.boot, r->boot, sizeof c.boot);
	c.serial = r->text[i].serial;
	c.d = k->commitment.d;
	c.e = k->commitment.e;
	commit_build(&note, &c);
	birth_say(&r->b, notes, seed, &note);
}

/* A pair is made where there is none. */
static void
offer_commitment(struct rehearsal *r, struct text *notes,
    const uint8_t seed[static 32], uint8_t random[static 64], unsigned i)
{
	if (r->secrets->nonces[i].fresh || commit(r, i, random) == RC_OK)
		say_commitment(r, notes, seed, i);
}

/* Our line on the roster, and commitments for both texts. */
static void
say_signing(struct rehearsal *r, struct text *notes,
    const uint8_t seed[static 32], uint8_t random[static REHEARSAL_RANDOM])
{
	birth_line(&r->b, notes, seed);
	for (unsigned i = 0; r->signing && i < 2; i++)
		offer_commitment(r, notes, seed, random + 64 * i, i);
}

/* The ceremony is done: the two texts exist. */
static void
signing_begin(struct rehearsal *r)
{
	struct text t;

	text_init(&t, r->rehearsed, sizeof r->rehearsed);
	ceremony_rehearsed_build(&t, &r->b.bundle.ceremony, r->roster.id);
	assert(!t.full); /* a name and two digests */
	r->text[0].bytes = (const uint8_t *)r->b.roster.p;
	r->text[0].n = r->b.roster.n;
	r->text[1].bytes = (const uint8_t *)t.p;
	r->text[1].n = t.n;
	for (unsigned i = 0; i < 2; i++)
		crypto_hash_sha256(
		    r->text[i].id, r->text[i].bytes, r->text[i].n);
	r->signing = r->b.leaf != 0;
}

enum rc
rehearsal_note(struct rehearsal *r, struct text *notes,
    const uint8_t seed[static 32], uint8_t random[static REHEARSAL_RANDOM],
    const struct message *m)
{
	bool was = r->b.state == BIRTH_DONE;
	enum rc rc = birth_note(&r->b, notes, seed, m);

	if (r->b.state == BIRTH_DONE && !was) {
		signing_begin(r);
		say_signing(r, notes, seed, random);
	}
	sodium_memzero(random, REHEARSAL_RANDOM);
	return rc;
}

void
rehearsal_repeat(struct rehearsal *r, struct text *notes,
    const uint8_t seed[static 32], uint8_t random[static REHEARSAL_RANDOM])
{
	if (r->b.state == BIRTH_DONE)
		say_signing(r, notes, seed, random);
	else
		birth_repeat(&r->b, notes, seed);
	sodium_memzero(random, REHEARSAL_RANDOM);
}

/* Which text it is, or 2. The message's id stands in the line behind the
 * kind; package_parse looks at it again. */
static unsigned
text_of(const struct rehearsal *r, const struct message *m)
{
	static const char head[] = "quorate/package@v1\nmessage ";
	const size_t n = sizeof head - 1;
	uint8_t id[32];
	unsigned i = 2;

	if (r->signing && m->kind == MESSAGE_PACKAGE && m->text.n >= n + 64 &&
	    memcmp(m->text.p, head, n) == 0 &&
	    slice_hex((struct slice){m->text.p + n, 64}, id, sizeof id))
		for (i = 0; i < 2; i++)
			if (memcmp(id, r->text[i].id, sizeof id) == 0)
				break;
	return i;
}

bool
rehearsal_signs(const struct rehearsal *r, const struct message *m)
{
	return text_of(r, m) < 2;
}

/* Spend the pair, and keep the note: the same package gets the same. */
static enum rc
share_note(struct rehearsal *r, const uint8_t seed[static 32], unsigned i,
    const struct message *m, const struct message_package *package)
{
	struct rehearsal_text *t = &r->text[i];
	struct frost_nonces *k = &r->secrets->nonces[i];
	struct message_share share;
	struct signing_package pkg;
	struct text note;
	enum rc rc;

	memset(&share, 0, sizeof share);
	memcpy(share.message, t->id, sizeof share.message);
	memcpy(share.roster, r->frost.id, sizeof share.roster);
	memcpy(share.package, m->id, sizeof share.package);
	memcpy(share.boot, r->boot, sizeof share.boot);
	share.d = k->commitment.d;
	share.e = k->commitment.e;
	package_frost(&pkg, package, t->bytes, t->n);
	rc = frost_sign(&share.z, k, &r->secrets->birth.share, &r->frost,
	    r->boot, &pkg);
	sodium_memzero(k, sizeof *k); /* whatever that said */
	t->share_n = 0;
	if (rc != RC_OK)
		return rc;
	text_init(&note, t->share, sizeof t->share);
	share_build(&note, &share);
	message_sign(&note, &r->b.key, seed);
	assert(!note.full);
	t->share_n = note.n;
	memcpy(t->package, m->id, sizeof t->package);
	return RC_OK;
}

static enum rc
answer(struct rehearsal *r, struct text *notes, const uint8_t seed[static 32],
    uint8_t random[static REHEARSAL_RANDOM], const struct message *m)
{
	unsigned i = text_of(r, m);
	struct rehearsal_text *t = &r->text[i & 1];
	const struct frost_nonces *k = &r->secrets->nonces[i & 1];
	const struct frost_commitment *ours = NULL;
	struct message_package package;
	enum rc rc = package_parse(&package, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (i == 2 || !package.has_roster ||
	    memcmp(package.roster, r->frost.id, 32) != 0)
		return RC_ROSTER_MISMATCH;
	for (unsigned j = 0; j < package.list_n; j++)
		if (package.list[j].id == r->b.leaf)
			ours = &package.list[j];
	if (ours == NULL)
		return RC_OK;
	if (t->share_n == 0 || memcmp(t->package, m->id, 32) != 0) {
		if (!k->fresh ||
		    memcmp(&ours->d, &k->commitment.d, 32) != 0 ||
		    memcmp(&ours->e, &k->commitment.e, 32) != 0) {
			offer_commitment(r, notes, seed, random, i);
			return k->fresh ? RC_OK : RC_SEAT_RECOMMITS;
		}
		rc = share_note(r, seed, i, m, &package);
		if (rc != RC_OK)
			return rc;
	}
	bundle_put(notes, t->share, t->share_n);
	offer_commitment(r, notes, seed, random, i);
	return RC_OK;
}

enum rc
rehearsal_package(struct rehearsal *r, struct text *notes,
    const uint8_t seed[static 32], uint8_t random[static REHEARSAL_RANDOM],
    const struct message *m)
{
	enum rc rc = answer(r, notes, seed, random, m);

	sodium_memzero(random, REHEARSAL_RANDOM);
	return rc;
}
