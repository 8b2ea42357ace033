/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_SHA256_H
#define VERIFY_SHA256_H
#include <stddef.h>
#include <stdint.h>

/*
 * SHA-256 (FIPS 180-4), the first of the three doors to cryptography. Two
 * backends stand behind it: verify/sha256.c, freestanding, and
 * host/crypto_sodium.c. A platform with a hash engine brings its own.
 *
 * The struct may be copied and forgotten at any time. sha256_final leaves
 * it unusable until the next sha256_init.
 */
struct sha256 {
	uint32_t h[8];
	uint64_t count; /* of bytes */
	uint8_t block[64];
};

void sha256_init(struct sha256 *s);
void sha256_update(struct sha256 *s, const uint8_t *bytes, size_t n);
void sha256_final(struct sha256 *s, uint8_t out[static 32]);
#endif
