/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Complaints (T9, docs/crypto.md section 4): a receiver opens one ciphertext
 * by its two ECDH points, each with a proof that it is its key times the
 * dealer's point. Then anyone can open it, and either the dealer dealt badly
 * or the receiver lied. Nothing else is opened with it: the ephemeral key
 * serves one dealing, and the ceremony's key dies at its end (T7).
 *
 * A proof is that of equal logarithms (Chaum and Pedersen), made
 * non-interactive over everything that it is about.
 */
#include "quorum/dkg.h"
#include <sodium.h>
#include <string.h>

#define LABEL	    "quorate/dkg-complaint@v1\n"
#define LABEL_BYTES (sizeof LABEL - 1)
#define STATEMENT_BYTES                                                        \
	(LABEL_BYTES + DKG_CONTEXT_BYTES + 3 * 4 + 64 + 3 * 32)

static const struct suite *const suite = &suite_ed25519;

/* The base of the first proof is the dealer's E, of the second its P. */
static const struct point *
proof_base(const struct dkg_ceremony *ceremony,
    const struct dkg_dealing *dealing, unsigned which)
{
	return which == 0 ? &dealing->ephemeral
			  : &ceremony->dealer_key[dealing->id - 1];
}

static void
statement(uint8_t out[static STATEMENT_BYTES],
    const struct dkg_ceremony *ceremony, const struct dkg_dealing *dealing,
    const struct dkg_complaint *complaint, unsigned which)
{
	uint8_t *at = out;

	memcpy(at, LABEL, LABEL_BYTES);
	at += LABEL_BYTES;
	memcpy(at, ceremony->context, sizeof ceremony->context);
	at += sizeof ceremony->context;
	memset(at, 0, 3 * 4); /* three le32, each below 256 */
	at[0] = complaint->dealer;
	at[4] = complaint->receiver;
	at[8] = (uint8_t)(which + 1);
	at += 3 * 4;
	crypto_hash_sha512(at, dealing->ciphertext[complaint->receiver - 1],
	    DKG_CIPHERTEXT_BYTES);
	at += 64;
	memcpy(at, proof_base(ceremony, dealing, which)->b, 32);
	memcpy(at + 32, ceremony->key[complaint->receiver - 1].b, 32);
	memcpy(at + 64, complaint->shared[which].b, 32);
}

static void
hash_scalar(struct scalar *out, const uint8_t stated[static STATEMENT_BYTES],
    const void *more, size_t n)
{
	crypto_hash_sha512_state s;
	uint8_t wide[64];

	crypto_hash_sha512_init(&s);
	crypto_hash_sha512_update(&s, stated, STATEMENT_BYTES);
	crypto_hash_sha512_update(&s, more, n);
	crypto_hash_sha512_final(&s, wide);
	suite->scalar_wide(out, wide);
	sodium_memzero(&s, sizeof s);
	sodium_memzero(wide, sizeof wide);
}

static void
proof_make(struct dkg_complaint *out, const struct dkg_ceremony *ceremony,
    const struct dkg_dealing *dealing, unsigned which, const struct scalar *d)
{
	uint8_t stated[STATEMENT_BYTES], nonce[5 + 32] = "nonce";
	struct scalar k, t;
	struct point a[2];
	uint8_t both[64];

	statement(stated, ceremony, dealing, out, which);
	memcpy(nonce + 5, d->b, 32);
	hash_scalar(&k, stated, nonce, sizeof nonce);
	suite->point_base(&a[0], &k);
	suite->point_mul(&a[1], &k, proof_base(ceremony, dealing, which));
	point_put(suite, point_put(suite, both, &a[0]), &a[1]);
	hash_scalar(&out->proof[which].c, stated, both, sizeof both);
	suite->scalar_mul(&t, &out->proof[which].c, d);
	suite->scalar_add(&out->proof[which].z, &k, &t);
	sodium_memzero(nonce, sizeof nonce);
	sodium_memzero(&k, sizeof k);
	sodium_memzero(&t, sizeof t);
}

static bool
proof_holds(const struct dkg_complaint *complaint,
    const struct dkg_ceremony *ceremony, const struct dkg_dealing *dealing,
    unsigned which)
{
	const struct point *shared = &complaint->shared[which];
	const struct scalar *c = &complaint->proof[which].c;
	const struct scalar *z = &complaint->proof[which].z;
	uint8_t stated[STATEMENT_BYTES];
	uint8_t both[64];
	struct point a[2], t;
	struct scalar again;

	if (!suite->point_check(shared) || !suite->scalar_check(c) ||
	    !suite->scalar_check(z))
		return false;
	suite->point_base(&a[0], z);
	suite->point_mul(&t, c, &ceremony->key[complaint->receiver - 1]);
	suite->point_sub(&a[0], &a[0], &t);
	suite->point_mul(&a[1], z, proof_base(ceremony, dealing, which));
	suite->point_mul(&t, c, shared);
	suite->point_sub(&a[1], &a[1], &t);
	statement(stated, ceremony, dealing, complaint, which);
	point_put(suite, point_put(suite, both, &a[0]), &a[1]);
	hash_scalar(&again, stated, both, sizeof both);
	return memcmp(&again, c, sizeof again) == 0;
}

enum rc
dkg_complaint_make(struct dkg_complaint *out,
    const struct dkg_ceremony *ceremony, unsigned id,
    const struct dkg_key *key, const struct dkg_dealing *dealing)
{
	struct scalar f;
	enum rc rc;

	memset(out, 0, sizeof *out);
	rc = dkg_share_open(&f, ceremony, id, key, dealing);
	sodium_memzero(&f, sizeof f);
	if (rc == RC_OK)
		return RC_COMPLAINT;
	if (rc == RC_STATE || rc == RC_POINT)
		return rc;
	out->dealer = dealing->id;
	out->receiver = (uint8_t)id;
	for (unsigned which = 0; which < 2; which++)
		suite->point_mul(&out->shared[which], &key->d,
		    proof_base(ceremony, dealing, which));
	for (unsigned which = 0; which < 2; which++)
		proof_make(out, ceremony, dealing, which, &key->d);
	return RC_OK;
}

enum rc
dkg_complaint_check(const struct dkg_complaint *complaint, unsigned *culprit,
    const struct dkg_ceremony *ceremony, const struct dkg_dealing *dealing)
{
	struct scalar f;

	*culprit = 0;
	if (complaint->dealer != dealing->id ||
	    !tree_set_has(&ceremony->dealer_set, dealing->id) ||
	    complaint->receiver == 0 ||
	    complaint->receiver > ceremony->tree.leaves)
		return RC_STATE;
	*culprit = complaint->receiver;
	if (!proof_holds(complaint, ceremony, dealing, 0) ||
	    !proof_holds(complaint, ceremony, dealing, 1))
		return RC_COMPLAINT;
	if (dkg_share_unseal(&f, ceremony, complaint->receiver, dealing,
		complaint->shared) == RC_OK)
		return RC_COMPLAINT;
	*culprit = complaint->dealer;
	return RC_OK;
}
