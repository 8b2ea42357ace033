/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_BIP340_H
#define VERIFY_BIP340_H
#include <stddef.h>
#include <stdint.h>
#include "verify/rc.h"

/*
 * Signatures of BIP 340 over a text as it stands, for readers that are built
 * with VERIFY_BIP340: hosts, which have it from host/bip340.c. No device has.
 * RC_OK, RC_SIGNATURE_INVALID.
 */
enum rc bip340_verify(const uint8_t sig[static 64],
    const uint8_t key[static 32], const uint8_t *message, size_t n)
    __attribute__((warn_unused_result));
/* Whether the bytes are x of a point of the curve: RC_OK, RC_KEY_INVALID. */
enum rc bip340_key_check(const uint8_t key[static 32])
    __attribute__((warn_unused_result));
#endif
