/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_ED25519_H
#define VERIFY_ED25519_H
#include <stddef.h>
#include <stdint.h>
#include "verify/rc.h"

/*
 * Ed25519 signature verification (RFC 8032 section 5.1.7), the third door.
 * The accept set is pinned (docs/formats.md): S < L; A and R canonical
 * encodings of points that are not of small order; cofactorless equation,
 * the recomputed R compared byte for byte. Every backend accepts exactly
 * this set. All inputs are public; time may vary with them.
 *
 * RC_OK or RC_SIGNATURE_INVALID.
 */
enum rc ed25519_verify(const uint8_t sig[static 64],
    const uint8_t key[static 32], const uint8_t *message, size_t n)
    __attribute__((warn_unused_result));

/*
 * Whether key is one that ed25519_verify would ever accept: the canonical
 * encoding of a curve point that is not of small order. RC_OK or
 * RC_KEY_INVALID.
 */
enum rc ed25519_key_check(const uint8_t key[static 32])
    __attribute__((warn_unused_result));
#endif
