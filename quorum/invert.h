/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_INVERT_H
#define QUORUM_INVERT_H
#include <stdint.h>

/*
 * out = 1 / a modulo an odd prime, all little endian. The time depends on a:
 * for PUBLIC numbers only, such as differences of party numbers. a is below
 * the modulus and not zero.
 */
void invert_public(uint8_t out[static 32], const uint8_t a[static 32],
    const uint8_t modulus[static 32]);
#endif
