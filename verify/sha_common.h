/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_SHA_COMMON_H
#define VERIFY_SHA_COMMON_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What SHA-256 and SHA-512 have in common, FIPS 180-4; for sha256.c and
 * sha512.c only.
 *
 * Sections 4.2.3 and 5.3.5: the first 64 fraction bits of the cube roots of
 * the first 80 primes, and of the square roots of the first 8. SHA-256 uses
 * the first 32 bits of the same numbers (sections 4.2.2, 5.3.3).
 */
extern const uint64_t sha_k[80];
extern const uint64_t sha_iv[8];

/*
 * One state of either hash: eight words; space as large as two words, whose
 * first 64 bits say how many bytes were taken so far; a block of width bytes,
 * 64 or 128. The count says how many bytes of the block are taken; it is never full.
 */
typedef void sha_block(void *state);
void sha_update(void *state, unsigned width, sha_block *block,
    const uint8_t *bytes, size_t n);
void sha_final(void *state, unsigned width, sha_block *block, uint8_t *out);
/*
 * n bytes of words, most significant first, to words of the processor; or the
 * other way. by says how: sha_by() of the bytes of a word, and of so many
 * bytes, a power of two, the words change their order within.
 */
void sha_turn(void *to, const void *from, unsigned n, unsigned by);
static inline unsigned
sha_by(unsigned word, unsigned last_first)
{
	const uint32_t one = 1;
	bool little = *(const uint8_t *)&one == 1;

	return last_first - (little ? 1 : word);
}
#endif
