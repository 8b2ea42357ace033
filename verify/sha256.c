/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/sha256.h"
#include "verify/mem.h"
#include "verify/sha_common.h"
#include "verify/tick.h"

/*
 * SHA-256, FIPS 180-4 section 6.2. Devices hash whole images with it, so
 * this one is written for speed first; its constants are SHA-512's.
 *
 * Invariant between calls: count is of all bytes taken so far, and the last
 * (bytes mod 64) of them stand at the front of block.
 */

static uint32_t
rotate32(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

/*
 * The words of the schedule lie last first, and the eight working variables a
 * to h above them. The variables are not moved: they are v[1] to v[8], v walks
 * down one place a round, and v[0], the round's word, becomes the next a.
 * Rotations are nested, so that a word is turned on from where it is: 14, 5
 * and 6 make 6, 11 and 25.
 */
static void
sha256_block(void *state_)
{
	struct sha256 *s = state_;
	uint32_t w[64 + 8], *v = w + 48;
	const uint64_t *k = sha_k;

	VERIFY_TICK();
	sha_turn(v, s->block, sizeof s->block, sha_by(4, sizeof s->block));
	do {
		v--;
		v[0] = v[16] + v[7] +
		    (rotate32(v[15], 7) ^ rotate32(v[15], 18) ^ v[15] >> 3) +
		    (rotate32(v[2], 17) ^ rotate32(v[2], 19) ^ v[2] >> 10);
	} while (v != w);

	memcpy(w + 64, s->h, sizeof s->h);
	v = w + 64;
	do {
		uint32_t a, e, t;

		v--;
		a = v[1];
		e = v[5];
		t = v[0] + v[8] + (uint32_t)(*k++ >> 32);
		t += v[7] ^ (e & (v[6] ^ v[7]));
		t += rotate32(e ^ rotate32(e ^ rotate32(e, 14), 5), 6);
		v[4] += t;
		t += (a & v[2]) + (v[3] & (a ^ v[2]));
		t += rotate32(a ^ rotate32(a ^ rotate32(a, 9), 11), 2);
		v[0] = t;
	} while (v != w);
	for (unsigned i = 0; i < 8; i++)
		s->h[i] += w[i];
}

void
sha256_init(struct sha256 *s)
{
	s->count = 0;
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
