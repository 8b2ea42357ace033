/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_SHA512_H
#define VERIFY_SHA512_H
#include <stddef.h>
#include <stdint.h>

/* SHA-512 (FIPS 180-4), the second door; see sha256.h. */
struct sha512 {
	uint64_t h[8];
	uint64_t count[2]; /* of bytes, the first of the two alone */
	uint8_t block[128];
};

void sha512_init(struct sha512 *s);
void sha512_update(struct sha512 *s, const uint8_t *bytes, size_t n);
void sha512_final(struct sha512 *s, uint8_t out[static 64]);
#endif
