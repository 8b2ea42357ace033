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
 * Invariant between calls: count is of all bytes taken so far, and the last
 * (bytes mod 128) of them stand at the front of block.
 */

/*
 * Add to sum: x turned by the first of turns; that and x turned by the next;
 * and so on; and in the end x shifted, if shift is not 0. By halves and not
 * inlined: where registers hold 32 bits, a rotation costs much code. No turn
 * is 32 or more than 63, no shift more than 31.
 */
static APART void
sigma(uint64_t *sum, const uint64_t *x, uint32_t turns, unsigned shift)
{
	uint32_t x0 = (uint32_t)*x, x1 = (uint32_t)(*x >> 32);
	uint32_t low = 0, high = 0;

	for (; turns != 0; turns >>= 8) {
		unsigned n = turns & 31;
		uint32_t a = low ^ x0;
		uint32_t b = high ^ x1;

		low = a >> n | b << (32 - n);
		high = b >> n | a << (32 - n);
		if (turns & 32) {
			a = low;
			low = high;
			high = a;
		}
	}
	if (shift != 0) {
		low ^= x0 >> shift | x1 << (32 - shift);
		high ^= x1 >> shift;
	}
	*sum += (uint64_t)high << 32 | low;
}

/*
 * Add to sum what a round does with v[0] to v[2]: its sigma, and either their
 * majority or, if turns say CHOOSE, v[1] where v[0] has ones and v[2] where
 * it has none. Both are two numbers that have no bit in common.
 */
enum { CHOOSE = 64 };
static APART void
mix(uint64_t *sum, const uint64_t *v, uint32_t turns)
{
	uint64_t choose = 0 - (uint64_t)(turns / CHOOSE & 1);

	*sum += (v[0] & v[1]) | (v[2] & (v[0] ^ (v[1] | choose)));
	sigma(sum, v, turns, 0);
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
	sha_turn(w, s->block, sizeof w, sha_by(8, 8));
	memcpy(state, s->h, sizeof s->h);
	for (;;) {
		uint64_t *v = state + 16;

		memcpy(v, state, sizeof s->h);
		for (unsigned i = 0; i < 16; i++) {
			v[7] += *k++ + w[i];
			mix(&v[7], &v[4], 14 << 16 | 4 << 8 | 23 | CHOOSE);
			v[3] += v[7];
			v[-1] = v[7];
			v--;
			mix(&v[0], &v[1], 28 << 16 | 6 << 8 | 5);
		}
		if (k == sha_k + 80)
			break;
		for (unsigned i = 0; i < 16; i++) {
			w[i] += w[(i + 9) % 16];
			sigma(&w[i], &w[(i + 1) % 16], 1 << 8 | 7, 7);
			sigma(&w[i], &w[(i + 14) % 16], 19 << 8 | 42, 6);
		}
	}
	for (unsigned i = 0; i < 8; i++)
		s->h[i] += state[i];
}

void
sha512_init(struct sha512 *s)
{
	s->count[0] = 0;
	memcpy(s->h, sha_iv, sizeof s->h);
}

void
sha512_update(struct sha512 *s, const uint8_t *bytes, size_t n)
{
	sha_update(s, 128, sha512_block, bytes, n);
}

void
sha512_final(struct sha512 *s, uint8_t out[static 64])
{
	sha_final(s, 128, sha512_block, out);
}
