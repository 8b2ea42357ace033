/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By libsecp256k1. A context of its own for each call, blinded: a signature
 * a day by a person's hand does not mind what that costs.
 */
#include "quorum/bip340.h"
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

/* The pair, or NULL; the caller destroys the context and wipes the pair. */
static secp256k1_context *
pair_open(secp256k1_keypair *pair, const uint8_t seed[static 32])
{
	secp256k1_context *c =
	    secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	uint8_t blind[32];
	bool good;

	if (c == NULL)
		return NULL;
	randombytes_buf(blind, sizeof blind);
	good = secp256k1_context_randomize(c, blind) == 1 &&
	    secp256k1_keypair_create(c, pair, seed) == 1;
	sodium_memzero(blind, sizeof blind);
	if (good)
		return c;
	secp256k1_context_destroy(c);
	return NULL;
}

enum rc
bip340_public(uint8_t out[static 32], const uint8_t seed[static 32])
{
	secp256k1_keypair pair;
	secp256k1_xonly_pubkey x;
	secp256k1_context *c = pair_open(&pair, seed);
	enum rc rc = RC_SCALAR;

	memset(out, 0, 32);
	if (c == NULL)
		return rc;
	if (secp256k1_keypair_xonly_pub(c, &x, NULL, &pair) == 1 &&
	    secp256k1_xonly_pubkey_serialize(c, out, &x) == 1)
		rc = RC_OK;
	sodium_memzero(&pair, sizeof pair);
	secp256k1_context_destroy(c);
	return rc;
}

enum rc
bip340_sign(uint8_t sig[static 64], const uint8_t seed[static 32],
    const uint8_t aux[static 32], const uint8_t *message, size_t n)
{
	static const uint8_t nothing[1];
	secp256k1_schnorrsig_extraparams more =
	    SECP256K1_SCHNORRSIG_EXTRAPARAMS_INIT;
	uint8_t random[32];
	secp256k1_keypair pair;
	secp256k1_context *c = pair_open(&pair, seed);
	enum rc rc = RC_SCALAR;

	memset(sig, 0, 64);
	if (c == NULL)
		return rc;
	memcpy(random, aux, sizeof random); /* the library wants no const */
	more.ndata = random;
	if (secp256k1_schnorrsig_sign_custom(
		c, sig, n > 0 ? message : nothing, n, &pair, &more) == 1)
		rc = RC_OK;
	sodium_memzero(random, sizeof random);
	sodium_memzero(&pair, sizeof pair);
	secp256k1_context_destroy(c);
	return rc;
}
