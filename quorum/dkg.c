/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distributed key generation along a tree; docs/crypto.md section 4. A flat
 * quorum is COCKTAIL-DKG byte for byte, so the published vectors judge the
 * very code that trees use: shares and commitments come from tree.c, and
 * nothing here asks how many groups there are but the choice of suite id.
 */
#include "quorum/dkg.h"
#include <assert.h>
#include <sodium.h>
#include <string.h>

#define PREFIX	    "COCKTAIL-DKG-Ed25519-SHA512-"
#define PREFIX_OTHER "quorate/tree-dkg@v1-"
#define COEFFICIENT "quorate/dkg-coefficient@v1\n"
#define EPHEMERAL   "quorate/dkg-ephemeral@v1\n"

/* Of the ceremony's keys and envelopes, whatever group the new key is of. */
static const struct suite *const sealing = &suite_ed25519;

static void
be64(uint8_t out[static 8], uint64_t v)
{
	for (size_t i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> 8 * (7 - i));
}

static uint8_t *
le64(uint8_t out[static 8], uint64_t v)
{
	for (size_t i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> 8 * i);
	return out + 8;
}

static uint8_t *
le32(uint8_t out[static 4], uint32_t v)
{
	for (size_t i = 0; i < 4; i++)
		out[i] = (uint8_t)(v >> 8 * i);
	return out + 4;
}

static void
update(crypto_hash_sha512_state *s, const void *bytes, size_t n)
{
	if (n > 0)
		crypto_hash_sha512_update(s, bytes, n);
}

static void
update_pieces(
    crypto_hash_sha512_state *s, const struct piece *pieces, size_t count)
{
	for (size_t i = 0; i < count; i++)
		update(s, pieces[i].bytes, pieces[i].n);
}

static void
final_scalar(
    crypto_hash_sha512_state *s, const struct suite *suite, struct scalar *out)
{
	uint8_t wide[64];

	crypto_hash_sha512_final(s, wide);
	suite->scalar_wide(out, wide);
	sodium_memzero(wide, sizeof wide);
	sodium_memzero(s, sizeof *s);
}

/* ---- Schnorr signatures: proofs of possession, transcript ---- */

/*
 * COCKTAIL's hashes begin with its prefix; in a group that it has no such
 * suite for, with one of ours.
 */
static void
hash_begin(crypto_hash_sha512_state *s, const struct suite *suite,
    const char *what)
{
	const char *prefix = suite == sealing ? PREFIX : PREFIX_OTHER;

	crypto_hash_sha512_init(s);
	update(s, prefix, strlen(prefix));
	if (suite != sealing) {
		update(s, suite->name, strlen(suite->name));
		update(s, "-", 1);
	}
	update(s, what, strlen(what));
}

static void
update_point(crypto_hash_sha512_state *s, const struct suite *suite,
    const struct point *p)
{
	uint8_t wire[SUITE_POINT_MAX];

	update(s, wire, (size_t)(point_put(suite, wire, p) - wire));
}

static void
schnorr_challenge(struct scalar *c, const struct suite *suite,
    const struct point *r, const struct point *key,
    const struct piece *pieces, size_t count)
{
	crypto_hash_sha512_state s;

	hash_begin(&s, suite, "H7");
	update_point(&s, suite, r);
	update_point(&s, suite, key);
	update_pieces(&s, pieces, count);
	final_scalar(&s, suite, c);
}

/* R = k B, of which 32 bytes stand for the even one; whether k had the odd
 * one shows, as R does. */
static void
schnorr_nonce(struct point *r, struct scalar *k, const struct suite *suite)
{
	struct scalar zero;

	suite->point_base(r, k);
	if (!point_is_odd(r))
		return;
	suite->scalar_set(&zero, 0);
	suite->scalar_sub(k, &zero, k);
	suite->point_base(r, k);
}

void
dkg_schnorr_sign(uint8_t sig[static DKG_SIG_BYTES],
    const struct suite *suite, const struct scalar *secret,
    const struct piece *pieces, size_t count)
{
	crypto_hash_sha512_state s;
	struct scalar k, c;
	struct point r, key;

	hash_begin(&s, suite, "NONCE");
	update(&s, secret->b, sizeof secret->b);
	update_pieces(&s, pieces, count);
	final_scalar(&s, suite, &k);
	schnorr_nonce(&r, &k, suite);
	suite->point_base(&key, secret);
	schnorr_challenge(&c, suite, &r, &key, pieces, count);
	suite->scalar_mul(&c, &c, secret);
	suite->scalar_add(&k, &k, &c);
	memcpy(sig, r.b, 32);
	memcpy(sig + 32, k.b, 32);
	sodium_memzero(&k, sizeof k);
	sodium_memzero(&c, sizeof c);
}

/* R + c key = z B. */
static enum rc
schnorr_check(const uint8_t sig[static DKG_SIG_BYTES],
    const struct suite *suite, const struct point *key,
    const struct public_point *open, const struct piece *pieces, size_t count)
{
	struct public_point given, want;
	struct scalar z, c, zero;
	struct point r;

	r.prefix = suite->point_bytes == sizeof r ? 2 : 0;
	memcpy(r.b, sig, 32);
	memcpy(z.b, sig + 32, 32);
	if (!suite->public_open(&given, &r) || !suite->scalar_check(&z))
		return RC_SIGNATURE_INVALID;
	schnorr_challenge(&c, suite, &r, key, pieces, count);
	suite->scalar_set(&zero, 0);
	suite->scalar_sub(&c, &zero, &c);
	suite->public_combine(&want, &z, &c, open, 1);
	return suite->public_equal(&want, &given) ? RC_OK
						  : RC_SIGNATURE_INVALID;
}

enum rc
dkg_schnorr_verify(const uint8_t sig[static DKG_SIG_BYTES],
    const struct suite *suite, const struct point *key,
    const struct piece *pieces, size_t count)
{
	struct public_point open;

	if (!suite->public_open(&open, key))
		return RC_SIGNATURE_INVALID;
	return schnorr_check(sig, suite, key, &open, pieces, count);
}

/* ---- envelopes ---- */

void
dkg_envelope_make(struct dkg_envelope *out,
    const struct dkg_ceremony *ceremony, unsigned from, unsigned to,
    const struct point *ephemeral, const struct point shared[static 2])
{
	crypto_hash_sha512_state s;
	uint8_t h[64], length[8];

	le64(length, sizeof ceremony->context);
	crypto_hash_sha512_init(&s);
	update(&s, PREFIX "H6", strlen(PREFIX "H6"));
	update(&s, shared[0].b, 32);
	update(&s, shared[1].b, 32);
	update(&s, ephemeral->b, 32);
	update(&s, ceremony->dealer_key[from - 1].b, 32);
	update(&s, ceremony->key[to - 1].b, 32);
	update(&s, length, sizeof length);
	update(&s, ceremony->context, sizeof ceremony->context);
	crypto_hash_sha512_final(&s, h);
	memcpy(out->key, h, sizeof out->key);
	memcpy(out->nonce, h + sizeof out->key, sizeof out->nonce);
	sodium_memzero(h, sizeof h);
	sodium_memzero(&s, sizeof s);
}

void
dkg_envelope_seal(uint8_t *out, const struct dkg_envelope *envelope,
    const uint8_t *plain, size_t n)
{
	crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, plain, n, NULL, 0,
	    NULL, envelope->nonce, envelope->key);
}

enum rc
dkg_envelope_open(uint8_t *out, const struct dkg_envelope *envelope,
    const uint8_t *sealed, size_t n)
{
	if (n < DKG_TAG_BYTES)
		return RC_CIPHERTEXT;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed,
		n, NULL, 0, envelope->nonce, envelope->key) == 0)
		return RC_OK;
	memset(out, 0, n - DKG_TAG_BYTES);
	return RC_CIPHERTEXT;
}

/* ---- before dealing ---- */

enum rc
dkg_key_make(struct dkg_key *key, const uint8_t random[static 64])
{
	sealing->scalar_wide(&key->d, random);
	return sealing->point_base(&key->p, &key->d) ? RC_OK : RC_SCALAR;
}

static const char *
suite_id(const struct dkg_ceremony *c)
{
	if (c->suite != sealing)
		return tree_is_flat(&c->tree) ? DKG_SECP256K1_FLAT
					      : DKG_SECP256K1_SUITE;
	return tree_is_flat(&c->tree) ? DKG_FLAT_SUITE : DKG_TREE_SUITE;
}

static void
context_make(struct dkg_ceremony *ceremony, const uint8_t *session_id, size_t n)
{
	const char *cid = suite_id(ceremony);
	crypto_hash_sha512_state s;
	uint8_t number[8];

	crypto_hash_sha512_init(&s);
	update(&s, "COCKTAIL-DKG-CONTEXT", strlen("COCKTAIL-DKG-CONTEXT"));
	be64(number, n);
	update(&s, number, 8);
	update(&s, session_id, n);
	be64(number, strlen(cid));
	update(&s, number, 8);
	update(&s, cid, strlen(cid));
	le32(number, ceremony->tree.leaves);
	update(&s, number, 4);
	for (unsigned i = 0; i < ceremony->tree.leaves; i++)
		update(&s, ceremony->key[i].b, 32);
	crypto_hash_sha512_final(&s, ceremony->context);
}

enum rc
dkg_init(struct dkg_ceremony *ceremony, unsigned *culprit,
    const struct suite *suite, const struct tree *tree, const struct point keys[],
    const uint8_t *session_id, size_t n)
{
	memset(ceremony, 0, sizeof *ceremony);
	*culprit = 0;
	if (tree_check_sharing(tree) != RC_OK)
		return RC_TREE;
	for (unsigned i = 0; i < tree->leaves; i++) {
		*culprit = i + 1;
		if (!sealing->point_check(&keys[i]))
			return RC_POINT;
		for (unsigned j = 0; j < i; j++)
			if (memcmp(&keys[i], &keys[j], sizeof keys[i]) == 0)
				return RC_KEY_ROLE;
	}
	*culprit = 0;
	ceremony->suite = suite;
	ceremony->tree = *tree;
	memcpy(ceremony->key, keys, tree->leaves * sizeof keys[0]);
	ceremony->dealers = tree->leaves;
	memcpy(ceremony->dealer_key, keys, tree->leaves * sizeof keys[0]);
	for (unsigned i = 0; i < tree->leaves; i++)
		tree_set_add(&ceremony->dealer_set, i + 1);
	context_make(ceremony, session_id, n);
	return RC_OK;
}

static bool
key_is(const struct dkg_key *key, const struct point *expected)
{
	struct point p;

	return sealing->scalar_check(&key->d) &&
	    sealing->point_base(&p, &key->d) &&
	    memcmp(&p, expected, sizeof p) == 0;
}

static bool
key_receives(const struct dkg_ceremony *ceremony, unsigned id,
    const struct dkg_key *key)
{
	return id >= 1 && id <= ceremony->tree.leaves &&
	    key_is(key, &ceremony->key[id - 1]);
}

static bool
key_deals(const struct dkg_ceremony *ceremony, unsigned id,
    const struct dkg_key *key)
{
	return tree_set_has(&ceremony->dealer_set, id) &&
	    key_is(key, &ceremony->dealer_key[id - 1]);
}

/* ---- dealing ---- */

static void
secret_scalar(struct scalar *out, const struct suite *suite, const char *label,
    const struct dkg_ceremony *ceremony, const struct dkg_key *key,
    const uint8_t *seed, uint32_t k)
{
	crypto_hash_sha512_state s;
	uint8_t number[4];

	le32(number, k);
	crypto_hash_sha512_init(&s);
	update(&s, label, strlen(label));
	update(&s, seed, 32);
	update(&s, key->d.b, sizeof key->d.b);
	update(&s, ceremony->context, sizeof ceremony->context);
	update(&s, number, sizeof number);
	final_scalar(&s, suite, out);
}

void
dkg_secret_make(struct dkg_secret *secret, const struct dkg_ceremony *ceremony,
    const struct dkg_key *key, const uint8_t seed[static 32])
{
	memset(secret, 0, sizeof *secret);
	for (uint32_t k = 0; k < ceremony->tree.commitments; k++)
		secret_scalar(&secret->coefficient[k], ceremony->suite,
		    COEFFICIENT, ceremony, key, seed, k);
	secret_scalar(&secret->ephemeral, sealing, EPHEMERAL, ceremony, key,
	    seed, 0);
}

static uint8_t *
put_points(
    uint8_t *at, const struct suite *suite, const struct point *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at = point_put(suite, at, &p[i]);
	return at;
}

/* What a proof of possession is over; points: room for all commitments. */
#define POP_PIECES(ceremony, dealing, points)                                  \
	(struct piece[]){{(ceremony)->context, sizeof(ceremony)->context},     \
	    {(points),                                                         \
		(size_t)(put_points((points), (ceremony)->suite,               \
			     (dealing)->commitment, (dealing)->count) -        \
		    (points))},                                                \
	    {(dealing)->ephemeral.b, sizeof(dealing)->ephemeral.b}},           \
	    3

/* The ECDH points of dealer and receiver, computed by either. */
static bool
shared_points(struct point out[static 2], const struct scalar *with_e,
    const struct point *e, const struct scalar *with_p, const struct point *p)
{
	return sealing->point_mul(&out[0], with_e, e) &&
	    sealing->point_mul(&out[1], with_p, p);
}

/* C_k = a_k B. False if a coefficient is zero, which shows. */
static bool
commitments_make(struct dkg_dealing *out, const struct suite *suite,
    const struct dkg_secret *secret)
{
	for (unsigned k = 0; k < out->count; k++)
		if (!suite->point_base(
			&out->commitment[k], &secret->coefficient[k]))
			return false;
	return true;
}

enum rc
dkg_deal(struct dkg_dealing *out, const struct dkg_ceremony *ceremony,
    unsigned id, const struct dkg_key *key, const struct dkg_secret *secret)
{
	const struct suite *suite = ceremony->suite;
	uint8_t points[SUITE_POINT_MAX * DKG_COMMITMENTS_MAX];
	enum rc rc = RC_SCALAR;
	struct scalar share[TREE_LEAVES_MAX];
	struct dkg_envelope envelope;
	struct point shared[2];

	memset(out, 0, sizeof *out);
	memset(share, 0, sizeof share);
	if (!key_deals(ceremony, id, key))
		return RC_STATE;
	out->id = (uint8_t)id;
	out->count = ceremony->tree.commitments;
	if (!commitments_make(out, suite, secret))
		goto out;
	if (!sealing->point_base(&out->ephemeral, &secret->ephemeral))
		goto out;
	if (!ceremony->reshare) /* C_0 == Y is proof enough */
		dkg_schnorr_sign(out->pop, suite, &secret->coefficient[0],
		    POP_PIECES(ceremony, out, points));
	tree_shares(&ceremony->tree, suite, secret->coefficient, share);
	for (unsigned j = 0; j < ceremony->tree.leaves; j++) {
		const struct point *p = &ceremony->key[j];

		if (!shared_points(shared, &secret->ephemeral, p, &key->d, p))
			goto out;
		dkg_envelope_make(
		    &envelope, ceremony, id, j + 1, &out->ephemeral, shared);
		dkg_envelope_seal(out->ciphertext[j], &envelope, share[j].b,
		    sizeof share[j].b);
	}
	rc = RC_OK;
out:
	sodium_memzero(share, sizeof share);
	sodium_memzero(&envelope, sizeof envelope);
	sodium_memzero(shared, sizeof shared);
	if (rc != RC_OK)
		memset(out, 0, sizeof *out);
	return rc;
}

/* ---- receiving ---- */

/* Leaves the commitments decoded, and by leaf id - 1 the points that the
 * shares belong to. */
static enum rc
dealing_open(struct public_point open[static DKG_COMMITMENTS_MAX],
    struct public_point y[static TREE_LEAVES_MAX],
    const struct dkg_ceremony *ceremony, const struct dkg_dealing *dealing)
{
	const struct suite *suite = ceremony->suite;
	uint8_t points[SUITE_POINT_MAX * DKG_COMMITMENTS_MAX];
	struct public_point ephemeral;
	struct public_point *to[DKG_COMMITMENTS_MAX];
	const struct point *from[DKG_COMMITMENTS_MAX];
	bool good[DKG_COMMITMENTS_MAX];

	if (!tree_set_has(&ceremony->dealer_set, dealing->id))
		return RC_STATE;
	if (dealing->count != ceremony->tree.commitments)
		return RC_COUNT;
	for (unsigned k = 0; k < dealing->count; k++) {
		if (suite->point_is_identity(&dealing->commitment[k]))
			return RC_IDENTITY;
		to[k] = &open[k];
		from[k] = &dealing->commitment[k];
	}
	if (!suite->public_open_each(to, good, from, dealing->count))
		return RC_POINT;
	if (sealing->point_is_identity(&dealing->ephemeral))
		return RC_IDENTITY;
	if (!sealing->public_open(&ephemeral, &dealing->ephemeral))
		return RC_POINT;
	if (ceremony->reshare) {
		if (memcmp(&dealing->commitment[0],
			&ceremony->dealt[dealing->id - 1],
			sizeof ceremony->dealt[0]) != 0)
			return RC_DEALT;
	} else if (schnorr_check(dealing->pop, suite, &dealing->commitment[0],
		       &open[0],
		       POP_PIECES(ceremony, dealing, points)) != RC_OK) {
		return RC_POP;
	}
	return tree_public_points(&ceremony->tree, suite, open, y);
}

enum rc
dkg_dealing_check(
    const struct dkg_ceremony *ceremony, const struct dkg_dealing *dealing)
{
	struct public_point open[DKG_COMMITMENTS_MAX], y[TREE_LEAVES_MAX];

	return dealing_open(open, y, ceremony, dealing);
}

/* want: the point that the share belongs to, or NULL if nobody has it yet. */
static enum rc
share_unseal(struct scalar *out, const struct dkg_ceremony *ceremony,
    unsigned id, const struct dkg_dealing *dealing,
    const struct point shared[static 2], const struct point *want)
{
	const struct suite *suite = ceremony->suite;
	struct dkg_envelope envelope;
	struct point got, along;
	enum rc rc;

	dkg_envelope_make(&envelope, ceremony, dealing->id, id,
	    &dealing->ephemeral, shared);
	rc = dkg_envelope_open(out->b, &envelope, dealing->ciphertext[id - 1],
	    DKG_CIPHERTEXT_BYTES);
	if (rc != RC_OK)
		goto out;
	rc = RC_SCALAR;
	if (!suite->scalar_check(out))
		goto out;
	if (want == NULL) {
		tree_point(&ceremony->tree, suite, dealing->commitment, id,
		    &along);
		want = &along;
	}
	suite->point_base(&got, out);
	rc = memcmp(want, &got, sizeof got) == 0 ? RC_OK : RC_DEALING;
out:
	sodium_memzero(&envelope, sizeof envelope);
	if (rc != RC_OK)
		sodium_memzero(out, sizeof *out);
	return rc;
}

enum rc
dkg_share_unseal(struct scalar *out, const struct dkg_ceremony *ceremony,
    unsigned id, const struct dkg_dealing *dealing,
    const struct point shared[static 2])
{
	return share_unseal(out, ceremony, id, dealing, shared, NULL);
}

static enum rc
share_open(struct scalar *out, const struct dkg_ceremony *ceremony,
    unsigned id, const struct dkg_key *key, const struct dkg_dealing *dealing,
    const struct point *want)
{
	struct point shared[2];
	enum rc rc = RC_POINT;

	memset(out, 0, sizeof *out);
	if (!key_receives(ceremony, id, key) ||
	    !tree_set_has(&ceremony->dealer_set, dealing->id))
		return RC_STATE;
	if (shared_points(shared, &key->d, &dealing->ephemeral, &key->d,
		&ceremony->dealer_key[dealing->id - 1]))
		rc = share_unseal(out, ceremony, id, dealing, shared, want);
	sodium_memzero(shared, sizeof shared);
	return rc;
}

enum rc
dkg_share_open(struct scalar *out, const struct dkg_ceremony *ceremony,
    unsigned id, const struct dkg_key *key, const struct dkg_dealing *dealing)
{
	return share_open(out, ceremony, id, key, dealing, NULL);
}

void
dkg_sum_init(struct dkg_sum *sum, unsigned id)
{
	memset(sum, 0, sizeof *sum);
	sum->id = (uint8_t)id;
}

enum rc
dkg_sum_add(struct dkg_sum *sum, const struct dkg_ceremony *ceremony,
    const struct dkg_key *key, const struct dkg_dealing *dealing)
{
	const struct suite *suite = ceremony->suite;
	struct public_point open[DKG_COMMITMENTS_MAX], y[TREE_LEAVES_MAX];
	struct scalar f;
	struct point want;
	enum rc rc;

	if (ceremony->reshare || tree_set_has(&sum->dealers, dealing->id))
		return RC_STATE;
	rc = dealing_open(open, y, ceremony, dealing);
	if (rc != RC_OK)
		return rc;
	memset(&f, 0, sizeof f);
	if (sum->id > ceremony->tree.leaves || (sum->id != 0 && key == NULL))
		return RC_STATE;
	if (sum->id != 0) {
		suite->public_close(&want, &y[sum->id - 1], 1);
		rc = share_open(&f, ceremony, sum->id, key, dealing, &want);
	}
	if (rc == RC_OK) {
		bool first = tree_set_count(&sum->dealers) == 0;

		for (unsigned k = 0; k < dealing->count; k++)
			if (first)
				sum->commitment[k] = open[k];
			else
				suite->public_add(&sum->commitment[k],
				    &sum->commitment[k], &open[k]);
		suite->scalar_add(&sum->s, &sum->s, &f);
		tree_set_add(&sum->dealers, dealing->id);
	}
	sodium_memzero(&f, sizeof f);
	return rc;
}

static enum rc
own_share(struct frost_key_share *share, const struct frost_roster *roster,
    const struct dkg_sum *sum, bool negative)
{
	const struct suite *suite = roster->suite;
	struct scalar zero;
	struct point y;

	if (sum->id == 0 || sum->id > roster->tree.leaves)
		return RC_STATE;
	share->id = sum->id;
	share->s = sum->s;
	if (negative) {
		suite->scalar_set(&zero, 0);
		suite->scalar_sub(&share->s, &zero, &share->s);
	}
	if (suite->point_base(&y, &share->s) &&
	    memcmp(&y, &roster->share[sum->id - 1], sizeof y) == 0)
		return RC_OK;
	sodium_memzero(share, sizeof *share);
	return RC_DEALING;
}

/*
 * A key of which 32 bytes are written stands for the even point of the two
 * that have them. Where the sum is the odd one everybody turns it round, with
 * every share: the other secret is as unknown as this one.
 */
static bool
turn_even(struct frost_roster *roster)
{
	const struct suite *suite = roster->suite;
	struct point zero;

	if (!point_is_odd(&roster->key))
		return false;
	suite->point_identity(&zero);
	suite->point_sub(&roster->key, &zero, &roster->key);
	for (unsigned i = 0; i < roster->tree.leaves; i++)
		suite->point_sub(&roster->share[i], &zero, &roster->share[i]);
	return true;
}

enum rc
dkg_finish(struct frost_roster *roster, struct frost_key_share *share,
    const struct dkg_ceremony *ceremony, const struct dkg_sum *sum)
{
	const struct suite *suite = ceremony->suite;
	struct public_point y[TREE_LEAVES_MAX];
	bool negative = false;
	enum rc rc = RC_STATE;

	memset(roster, 0, sizeof *roster);
	if (share != NULL)
		sodium_memzero(share, sizeof *share);
	if (tree_set_count(&sum->dealers) != ceremony->tree.leaves)
		return rc;
	roster->suite = suite;
	roster->tree = ceremony->tree;
	suite->public_close(&roster->key, &sum->commitment[0], 1);
	rc = tree_public_points(&roster->tree, suite, sum->commitment, y);
	if (rc == RC_OK) {
		suite->public_close(roster->share, y, roster->tree.leaves);
		rc = tree_public_check(
		    &roster->tree, suite, &sum->commitment[0], y);
	}
	if (rc == RC_OK)
		negative = turn_even(roster);
	if (rc == RC_OK && share != NULL)
		rc = own_share(share, roster, sum, negative);
	if (rc != RC_OK)
		memset(roster, 0, sizeof *roster);
	return rc;
}

/* ---- agreement ---- */

void
dkg_extension(uint8_t out[static DKG_EXTENSION_BYTES],
    const struct dkg_ceremony *ceremony, const struct dkg_dealing dealings[])
{
	crypto_hash_sha512_state s;
	uint8_t length[8];

	be64(length, DKG_CIPHERTEXT_BYTES);
	crypto_hash_sha512_init(&s);
	for (unsigned i = 0; i < ceremony->tree.leaves; i++)
		for (unsigned j = 0; j < ceremony->tree.leaves; j++) {
			update(&s, length, sizeof length);
			update(&s, dealings[i].ciphertext[j],
			    DKG_CIPHERTEXT_BYTES);
		}
	crypto_hash_sha512_final(&s, out);
}

static uint8_t *
put(uint8_t *at, const void *bytes, size_t n)
{
	if (n > 0)
		memcpy(at, bytes, n);
	return at + n;
}

size_t
dkg_transcript(uint8_t *out, const struct dkg_ceremony *ceremony,
    const struct dkg_dealing dealings[], const uint8_t *extension,
    size_t extension_bytes)
{
	const struct tree *t = &ceremony->tree;
	const char *cid = suite_id(ceremony);
	uint8_t *at = out;

	assert(extension_bytes <= DKG_EXTENSION_BYTES);
	at = le64(at, strlen(cid));
	at = put(at, cid, strlen(cid));
	at = le64(at, sizeof ceremony->context);
	at = put(at, ceremony->context, sizeof ceremony->context);
	at = le32(at, t->leaves);
	at = le32(at, t->commitments);
	at = put_points(at, sealing, ceremony->key, t->leaves);
	for (unsigned i = 0; i < t->leaves; i++)
		at = put_points(at, ceremony->suite, dealings[i].commitment,
		    t->commitments);
	for (unsigned i = 0; i < t->leaves; i++)
		at = put(at, dealings[i].pop, sizeof dealings[i].pop);
	for (unsigned i = 0; i < t->leaves; i++)
		at = put(at, dealings[i].ephemeral.b,
		    sizeof dealings[i].ephemeral.b);
	at = le64(at, extension_bytes);
	at = put(at, extension, extension_bytes);
	return (size_t)(at - out);
}

void
dkg_transcript_sign(uint8_t sig[static DKG_SIG_BYTES],
    const struct dkg_key *key, const uint8_t *transcript, size_t n)
{
	dkg_schnorr_sign(
	    sig, sealing, &key->d, &(struct piece){transcript, n}, 1);
}

enum rc
dkg_transcript_verify(const uint8_t sig[static DKG_SIG_BYTES],
    const struct dkg_ceremony *ceremony, unsigned id,
    const uint8_t *transcript, size_t n)
{
	if (id == 0 || id > ceremony->tree.leaves)
		return RC_TRANSCRIPT;
	return dkg_schnorr_verify(sig, sealing, &ceremony->key[id - 1],
		   &(struct piece){transcript, n}, 1) == RC_OK
	    ? RC_OK
	    : RC_TRANSCRIPT;
}
