/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hosts know of the second kind of key (verify/bip340.h): signatures of
 * BIP 340 by libsecp256k1, which takes messages of any length as they are.
 * The static context only verifies, and holds no secret.
 */
#include "host/bip340.h"
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>
#include "verify/bip340.h"
#include "verify/ed25519.h"

enum rc
bip340_verify(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *message, size_t n)
{
	static const uint8_t nothing[1];
	const secp256k1_context *c = secp256k1_context_static;
	secp256k1_xonly_pubkey x;

	if (secp256k1_xonly_pubkey_parse(c, &x, key) == 1 &&
	    secp256k1_schnorrsig_verify(
		c, sig, n > 0 ? message : nothing, n, &x) == 1)
		return RC_OK;
	return RC_SIGNATURE_INVALID;
}

enum rc
bip340_key_check(const uint8_t key[static 32])
{
	secp256k1_xonly_pubkey x;

	return secp256k1_xonly_pubkey_parse(
		   secp256k1_context_static, &x, key) == 1
		   ? RC_OK
		   : RC_KEY_INVALID;
}

enum rc
vkey_usable(const struct vkey *k)
{
	return k->type == KEY_BIP340 ? bip340_key_check(k->key)
				     : ed25519_key_check(k->key);
}
