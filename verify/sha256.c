/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/sha256.h"
#include "verify/mem.h"
#include "verify/sha_common.h"
#include "verify/tick.h"

/*
 * SHA-256, FIPS 180-4 section 6.2. Devices hash whole images with it, so
 * this one is written for speed first; its constants are SHA-512's.
 *
 * Invariant between calls: bits counts all bytes taken so far, and the last
 * (bytes mod 64) of them stand at the front of block.
 */

static uint32_t
rotate32(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

/*
 * The eight working variables a to h are not moved: they are v[0] to v[7],
 * and v walks down one place a round. Rotations are nested, so that a word
 * is turned on from where it is: 14, 5 and 6 make 6, 11 and 25.
 */
static void
sha256_block(void *state_)
{
	struct sha256 *s = state_;
	uint32_t w[64], state[64 + 8];
	uint32_t *v = state + 64;

	VERIFY_TICK();
	sha_turn(w, s->block, sizeof s->block, 4);
	for (uint32_t *x = w; x < w + 48; x++)
		x[16] = x[0] + x[9] +
		    (rotate32(x[1], 7) ^ rotate32(x[1], 18) ^ x[1] >> 3) +
		    (rotate32(x[14], 17) ^ rotate32(x[14], 19) ^ x[14] >> 10);

	memcpy(v, s->h, sizeof s->h);
	for (unsigned round = 0; round < 64; round++) {
		uint32_t a = v[0], e = v[4];
		uint32_t t = v[7] + (uint32_t)(sha_k[round] >> 32) + w[round];

		t += v[6] ^ (e & (v[5] ^ v[6]));
		t += rotate32(e ^ rotate32(e ^ rotate32(e, 14), 5), 6);
		v[3] += t;
		t += (a & v[1]) + (v[2] & (a ^ v[1]));
		t += rotate32(a ^ rotate32(a ^ rotate32(a, 9), 11), 2);
		*--v = t;
	}
	for (unsigned i = 0; i < 8; i++)
		s->h[i] += v[i];
}

void
sha256_init(struct sha256 *s)
{
	s->bits = 0;
	for (unsigned i = 0; i < 8; i++)
		s->h[i] = (uint32_t)(sha_iv[i] >> 32);
}

void
sha256_update(struct sha256 *s, const uint8_t *bytes, size_t n)
{
	sha_update(s, 64, sha256_block, bytes, n);
}

void
sha256_final(struct sha256 *s, uint8_t out[static 32])
{
	sha_final(s, 64, sha256_block, out);
}
