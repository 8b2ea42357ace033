/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_BIP340_H
#define QUORUM_BIP340_H
/*
 * A plain key of secp256k1, one person's own: what BIP 340 calls a secret
 * key is the 32 bytes of its sealed file. Verifying is host/bip340.c's. The
 * group's key has no such bytes and never comes here.
 */
#include <stddef.h>
#include <stdint.h>
#include "verify/rc.h"

/* x(P). RC_OK; RC_SCALAR (zero, or not below the order): out is zero. */
enum rc bip340_public(uint8_t out[static 32], const uint8_t seed[static 32])
    __attribute__((warn_unused_result));

/*
 * BIP 340's default signing, over the message as it stands. Secret: seed,
 * constant time in it. aux: 32 fresh random bytes. Results as above.
 */
enum rc bip340_sign(uint8_t sig[static 64], const uint8_t seed[static 32],
    const uint8_t aux[static 32], const uint8_t *message, size_t n)
    __attribute__((warn_unused_result));
#endif
