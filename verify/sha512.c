/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/sha512.h"
#include "verify/mem.h"
#include "verify/sha_common.h"
#include "verify/tick.h"

#ifdef __GNUC__
#define APART __attribute__((noinline))
#else
#define APART
#endif

/*
 * SHA-512, FIPS 180-4 section 6.4, written for few bytes of code: devices
 * hash a few hundred bytes a signature with it.
 *
 * Invariant between calls: bits counts all bytes taken so far, and the last
 * (bytes mod 128) of them stand at the front of block.
 */

/*
 * x turned by the first of turns; that and x turned by the next; and so on.
 * By halves and not inlined: where registers hold 32 bits, a rotation costs
 * much code. No turn is 32 or more than 63.
 */
static APART uint64_t
sigma(uint64_t x, uint32_t turns)
{
	uint32_t low = 0, high = 0;

	for (; turns != 0; turns >>= 8) {
		unsigned n = turns & 31;
		uint32_t a = low ^ (uint32_t)x;
		uint32_t b = high ^ (uint32_t)(x >> 32);

		low = a >> n | b << (32 - n);
		high = b >> n | a << (32 - n);
		if (turns & 32) {
			a = low;
			low = high;
			high = a;
		}
	}
	return (uint64_t)high << 32 | low;
}

static uint64_t
load64(const uint8_t b[static 8])
{
	uint64_t x = 0;

	for (unsigned i = 0; i < 8; i++)
		x = x << 8 | b[i];
	return x;
}

/*
 * The eight working variables a to h are not moved: they are v[0] to v[7],
 * and v walks down one place a round, sixteen rounds with sixteen words.
 * Rotations are nested: 23, 4 and 14 make 14, 18 and 41.
 */
static void
sha512_block(void *state_)
{
	struct sha512 *s = state_;
	uint64_t w[16], state[16 + 8];
	const uint64_t *k = sha_k;

	VERIFY_TICK();
	for (unsigned i = 0; i < 16; i++)
		w[i] = load64(s->block + 8 * i);
	memcpy(state, s->h, sizeof s->h);
	for (;;) {
		uint64_t *v = state + 16;

		memcpy(v, state, sizeof s->h);
		for (unsigned i = 0; i < 16; i++) {
			uint64_t a = v[0], e = v[4];
			uint64_t t = v[7] + *k++ + w[i];

			t += v[6] ^ (e & (v[5] ^ v[6]));
			t += sigma(e, 14 << 16 | 4 << 8 | 23);
			v[3] += t;
			t += (a & v[1]) | (v[2] & (a | v[1]));
			t += sigma(a, 28 << 16 | 6 << 8 | 5);
			*--v = t;
		}
		if (k == sha_k + 80)
			break;
		for (unsigned i = 0; i < 16; i++) {
			uint64_t p = w[(i + 1) % 16], q = w[(i + 14) % 16];

			w[i] += w[(i + 9) % 16] +
			    (sigma(p, 1 << 8 | 7) ^ p >> 7) +
			    (sigma(q, 19 << 8 | 42) ^ q >> 6);
		}
	}
	for (unsigned i = 0; i < 8; i++)
		s->h[i] += state[i];
}

void
sha512_init(struct sha512 *s)
{
	memset(s, 0, sizeof *s);
	memcpy(s->h, sha_iv, sizeof s->h);
}

void
sha512_update(struct sha512 *s, const uint8_t *bytes, size_t n)
{
	sha_update(s, sizeof s->block, sha512_block, bytes, n);
}

void
sha512_final(struct sha512 *s, uint8_t out[static 64])
{
	sha_final(s, sizeof s->block, sha512_block, out);
}
