/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Powers of field elements, four at once. PUBLIC data only.
 *
 * Decoding points is three powers a point, and there the plain code cannot be
 * better than the processor's one multiplier. Four lanes of 32 x 32 bit
 * products do the same powers in a third of the time. Only the power is here:
 * everything around it, and the whole where there is no AVX2, is
 * host/edwards.c, and tests/unit/check_edwards.c holds one against the other.
 *
 * Ten limbs of 26 and 25 bits in turn (limb i stands for 2^ceil(25.5 i)), a
 * lane an element. "Tight": below 2^26 + 2^13 and 2^25 + 2^13.
 */
#include "host/edwards_parts.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))
#define LANES 4

typedef __m256i vec;

struct fe4 {
	vec v[10];
};

static inline TARGET vec
mul(vec a, vec b)
{
	return _mm256_mul_epu32(a, b);
}

static inline TARGET vec
add(vec a, vec b)
{
	return _mm256_add_epi64(a, b);
}

/* What limb h has above its bits goes to the next. */
#define HAND_ON(h, next, bits)                                                 \
	(next = add(next, _mm256_srli_epi64(h, bits)),                         \
	    h = _mm256_and_si256(h, bits == 26 ? mask26 : mask25))

/*
 * Columns below 2^60. Two chains side by side; the last two steps catch what
 * came to limbs 0 and 5 after they had handed on. Ten variables and no array,
 * here and in square: an array would go through memory at every step.
 */
static inline TARGET void
carry(struct fe4 *out, vec h0, vec h1, vec h2, vec h3, vec h4, vec h5, vec h6,
    vec h7, vec h8, vec h9)
{
	const vec mask26 = _mm256_set1_epi64x((1 << 26) - 1);
	const vec mask25 = _mm256_set1_epi64x((1 << 25) - 1);
	vec c;

	HAND_ON(h0, h1, 26);
	HAND_ON(h5, h6, 25);
	HAND_ON(h1, h2, 25);
	HAND_ON(h6, h7, 26);
	HAND_ON(h2, h3, 26);
	HAND_ON(h7, h8, 25);
	HAND_ON(h3, h4, 25);
	HAND_ON(h8, h9, 26);
	c = _mm256_srli_epi64(h9, 25); /* 19 times to the first */
	h9 = _mm256_and_si256(h9, mask25);
	h0 = add(add(h0, c),
	    add(_mm256_slli_epi64(c, 1), _mm256_slli_epi64(c, 4)));
	HAND_ON(h4, h5, 26);
	HAND_ON(h0, h1, 26);
	HAND_ON(h5, h6, 25);
	out->v[0] = h0, out->v[1] = h1, out->v[2] = h2, out->v[3] = h3;
	out->v[4] = h4, out->v[5] = h5, out->v[6] = h6, out->v[7] = h7;
	out->v[8] = h8, out->v[9] = h9;
}

/* Tight in, tight out. f's odd limbs count double against odd ones, and a
 * product that goes beyond the ninth limb 19 times: of tight factors the
 * larger is then below 2^31.3, a column below 2^60. */
static inline TARGET void
square(struct fe4 *out, const struct fe4 *a)
{
	const vec n19 = _mm256_set1_epi64x(19), n38 = _mm256_set1_epi64x(38);
	vec a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3],
	    a4 = a->v[4], a5 = a->v[5], a6 = a->v[6], a7 = a->v[7],
	    a8 = a->v[8], a9 = a->v[9];
	vec d0 = add(a0, a0), d1 = add(a1, a1), d2 = add(a2, a2),
	    d3 = add(a3, a3), d4 = add(a4, a4), d5 = add(a5, a5),
	    d6 = add(a6, a6), d7 = add(a7, a7);
	vec f5 = mul(a5, n38), f6 = mul(a6, n19), f7 = mul(a7, n38),
	    f8 = mul(a8, n19), f9 = mul(a9, n38);
	vec h0, h1, h2, h3, h4, h5, h6, h7, h8, h9;

#define SUM3(a, b, c) add(add(a, b), c)
/* One column is done before the next: gcc would multiply everything first,
 * and put the products into memory. */
#define COLUMN(h, value)                                                       \
	h = (value);                                                           \
	__asm__("" : "+x"(h))
	COLUMN(h0, add(SUM3(mul(a0, a0), mul(d1, f9), mul(d2, f8)),
	    SUM3(mul(d3, f7), mul(d4, f6), mul(a5, f5))));
	COLUMN(h1, add(SUM3(mul(d0, a1), mul(a2, f9), mul(d3, f8)),
	    add(mul(a4, f7), mul(d5, f6))));
	COLUMN(h2, add(SUM3(mul(d0, a2), mul(d1, a1), mul(d3, f9)),
	    SUM3(mul(d4, f8), mul(d5, f7), mul(a6, f6))));
	COLUMN(h3, add(SUM3(mul(d0, a3), mul(d1, a2), mul(a4, f9)),
	    add(mul(d5, f8), mul(a6, f7))));
	COLUMN(h4, add(SUM3(mul(d0, a4), mul(d1, d3), mul(a2, a2)),
	    SUM3(mul(d5, f9), mul(d6, f8), mul(a7, f7))));
	COLUMN(h5, add(SUM3(mul(d0, a5), mul(d1, a4), mul(d2, a3)),
	    add(mul(a6, f9), mul(d7, f8))));
	COLUMN(h6, add(SUM3(mul(d0, a6), mul(d1, d5), mul(d2, a4)),
	    SUM3(mul(d3, a3), mul(d7, f9), mul(a8, f8))));
	COLUMN(h7, add(SUM3(mul(d0, a7), mul(d1, a6), mul(d2, a5)),
	    add(mul(d3, a4), mul(a8, f9))));
	COLUMN(h8, add(SUM3(mul(d0, a8), mul(d1, d7), mul(d2, a6)),
	    SUM3(mul(d3, d5), mul(a4, a4), mul(a9, f9))));
	COLUMN(h9, add(SUM3(mul(d0, a9), mul(d1, a8), mul(d2, a7)),
	    add(mul(d3, a6), mul(d4, a5))));
#undef SUM3
#undef COLUMN
	carry(out, h0, h1, h2, h3, h4, h5, h6, h7, h8, h9);
}

static TARGET void
multiply(struct fe4 *out, const struct fe4 *a, const struct fe4 *b)
{
	const vec n19 = _mm256_set1_epi64x(19);
	vec wrap[10], h[10];

	for (int i = 0; i < 10; i++) {
		h[i] = _mm256_setzero_si256();
		wrap[i] = mul(b->v[i], n19);
	}
	for (int i = 0; i < 10; i++) {
		vec once = a->v[i], twice = add(once, once);

		for (int j = 0; j < 10; j++) {
			vec f = i % 2 == 1 && j % 2 == 1 ? twice : once;
			int k = i + j;

			if (k < 10)
				h[k] = add(h[k], mul(f, b->v[j]));
			else
				h[k - 10] = add(h[k - 10], mul(f, wrap[j]));
		}
	}
	carry(out, h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8], h[9]);
}

/* The registers hold no more. */
#define FOURS 2

static TARGET void
load(struct fe4 *f, struct edwards_fe *const a[static LANES])
{
	const vec low = _mm256_set1_epi64x((1 << 26) - 1);

	for (int i = 0; i < 5; i++) {
		const uint64_t w[LANES] = {
		    a[0]->v[i], a[1]->v[i], a[2]->v[i], a[3]->v[i]};
		vec v = _mm256_loadu_si256((const vec *)w);

		f->v[2 * i] = _mm256_and_si256(v, low);
		f->v[2 * i + 1] = _mm256_srli_epi64(v, 26);
	}
}

static TARGET void
store(struct edwards_fe *const a[static LANES], const struct fe4 *f)
{
	for (int i = 0; i < 5; i++) {
		uint64_t w[LANES];

		_mm256_storeu_si256((vec *)w,
		    add(f->v[2 * i], _mm256_slli_epi64(f->v[2 * i + 1], 26)));
		for (int lane = 0; lane < LANES; lane++)
			a[lane]->v[i] = w[lane];
	}
}

#include "host/edwards_power.h"

void
fe_power_p58_avx2(struct edwards_fe *const a[], size_t n)
{
	power_p58_each(a, n);
}

bool
fe_avx2(void)
{
	return __builtin_cpu_supports("avx2") != 0;
}

#else

bool
fe_avx2(void)
{
	return false;
}

void
fe_power_p58_avx2(struct edwards_fe *const a[], size_t n)
{
	(void)a;
	(void)n;
}

#endif
