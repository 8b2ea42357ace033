/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_SHA512_EACH_H
#define HOST_SHA512_EACH_H
/*
 * SHA-512 (FIPS 180-4) of many texts at once, as verifying a batch of
 * signatures asks for it: two halves of 32 bytes, then a message. Where the
 * processor has vectors, texts are hashed side by side, whatever their
 * lengths; elsewhere one by one with libsodium, which says the same.
 */
#include <stddef.h>
#include <stdint.h>

struct sha512_text {
	const uint8_t *half[2]; /* 32 bytes each */
	const uint8_t *message; /* may be NULL if n is 0 */
	size_t n;
	uint8_t out[64];
};

void sha512_each(struct sha512_text *texts, size_t n);

/* Side by side so many: 8, 4 or 1; and from now on at most so many: for tests,
 * before there are threads. */
unsigned sha512_lanes(void);
void sha512_lanes_most(unsigned limit);
#endif
