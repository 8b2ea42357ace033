/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_SIGN_H
#define HOST_SIGN_H
#include <stddef.h>
#include <stdint.h>

/*
 * Plain Ed25519 (RFC 8032 section 5.1) with a 32-byte seed. Secret: seed.
 * Constant time in it; what is derived from it is wiped. The group's key
 * has no seed and never comes here.
 */
void ed25519_public(uint8_t pk[static 32], const uint8_t seed[static 32]);
void ed25519_sign(uint8_t sig[static 64], const uint8_t seed[static 32],
    const uint8_t *m, size_t n);
/*
 * The same for a signer who has its public key at hand, at half the price.
 * pk must be the one of seed: a signature under another one gives the seed's
 * scalar away. Who loads a key checks that once (log/store_key.h).
 */
void ed25519_sign_as(uint8_t sig[static 64], const uint8_t seed[static 32],
    const uint8_t pk[static 32], const uint8_t *m, size_t n);
#endif
