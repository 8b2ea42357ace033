/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Field elements four at once where the processor multiplies 52 by 52 bits
 * in each of four lanes (AVX-512 IFMA). PUBLIC data only.
 *
 * Two uses: powers, as in host/edwards_avx2.c and in half of its time, and
 * the additions and doublings of host/edwards_msm.c, whose four products at a
 * time are the four lanes. Everything around them, and the whole where there
 * are no such lanes, is host/edwards.c and host/edwards_msm.c;
 * tests/unit/check_edwards.c holds one against the other.
 *
 * Five limbs of 51 bits as in host/edwards_parts.h, a lane an element. The
 * multiplier looks at 52 bits of a limb and no more, so that every factor is
 * below 2^52: "tight", below 2^51 + 2^15, or 2p less something tight.
 */
#include "host/edwards_parts.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512ifma,avx512vl,avx512f")))
#define LANES  4

typedef __m256i vec;

struct fe4 {
	vec v[5];
};

static inline TARGET vec
add(vec a, vec b)
{
	return _mm256_add_epi64(a, b);
}

static inline TARGET vec
twice(vec a)
{
	return _mm256_add_epi64(a, a);
}

static inline TARGET vec
times19(vec a)
{
	return add(add(a, twice(a)), _mm256_slli_epi64(a, 4));
}

/* h + the lower 52 bits of a b; h + what is above them */
static inline TARGET vec
low(vec h, vec a, vec b)
{
	return _mm256_madd52lo_epu64(h, a, b);
}

static inline TARGET vec
high(vec h, vec a, vec b)
{
	return _mm256_madd52hi_epu64(h, a, b);
}

/* Limbs below 2^61 in, tight out: each hands on at once what is above its 51
 * bits, below 2^10, the last 19 times to the first. */
static inline TARGET void
carry(struct fe4 *out, vec h0, vec h1, vec h2, vec h3, vec h4)
{
	const vec mask = _mm256_set1_epi64x(MASK51);
	const vec n19 = _mm256_set1_epi64x(19);

	out->v[0] =
	    low(_mm256_and_si256(h0, mask), _mm256_srli_epi64(h4, 51), n19);
	out->v[1] = add(_mm256_and_si256(h1, mask), _mm256_srli_epi64(h0, 51));
	out->v[2] = add(_mm256_and_si256(h2, mask), _mm256_srli_epi64(h1, 51));
	out->v[3] = add(_mm256_and_si256(h3, mask), _mm256_srli_epi64(h2, 51));
	out->v[4] = add(_mm256_and_si256(h4, mask), _mm256_srli_epi64(h3, 51));
}

/* Limb i times limb j has the weight of limb i + j; what is above its 52 bits
 * counts twice at the next. A column is below 2^56, with 19 times the one
 * five further below 2^60.4. */
static inline TARGET void
square(struct fe4 *out, const struct fe4 *a)
{
	const vec zero = _mm256_setzero_si256();
	vec a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3],
	    a4 = a->v[4];
	/* upper parts of mixed products, which count four times */
	vec u2 = high(zero, a0, a1), u3 = high(zero, a0, a2),
	    u4 = high(high(zero, a0, a3), a1, a2),
	    u5 = high(high(zero, a0, a4), a1, a3),
	    u6 = high(high(zero, a1, a4), a2, a3), u7 = high(zero, a2, a4),
	    u8 = high(zero, a3, a4);
	/* all that counts twice */
	vec h1 = high(low(zero, a0, a1), a0, a0), h2 = low(twice(u2), a0, a2),
	    h3 = high(low(low(twice(u3), a0, a3), a1, a2), a1, a1),
	    h4 = low(low(twice(u4), a0, a4), a1, a3),
	    h5 = high(low(low(twice(u5), a1, a4), a2, a3), a2, a2),
	    h6 = low(twice(u6), a2, a4),
	    h7 = high(low(twice(u7), a3, a4), a3, a3), h8 = twice(u8),
	    h9 = high(zero, a4, a4);
	vec h0 = low(zero, a0, a0);

	h1 = twice(h1);
	h2 = low(twice(h2), a1, a1);
	h3 = twice(h3);
	h4 = low(twice(h4), a2, a2);
	h5 = twice(h5);
	h6 = low(twice(h6), a3, a3);
	h7 = twice(h7);
	h8 = low(twice(h8), a4, a4);
	h9 = twice(h9);
	carry(out, add(h0, times19(h5)), add(h1, times19(h6)),
	    add(h2, times19(h7)), add(h3, times19(h8)), add(h4, times19(h9)));
}

static inline TARGET void
multiply(struct fe4 *out, const struct fe4 *a, const struct fe4 *b)
{
	vec l[10], u[10];

	for (int k = 0; k < 10; k++)
		l[k] = u[k] = _mm256_setzero_si256();
#pragma GCC unroll 5
	for (int i = 0; i < 5; i++)
#pragma GCC unroll 5
		for (int j = 0; j < 5; j++) {
			l[i + j] = low(l[i + j], a->v[i], b->v[j]);
			u[i + j + 1] = high(u[i + j + 1], a->v[i], b->v[j]);
		}
#pragma GCC unroll 10
	for (int k = 0; k < 10; k++)
		l[k] = add(l[k], twice(u[k]));
	carry(out, add(l[0], times19(l[5])), add(l[1], times19(l[6])),
	    add(l[2], times19(l[7])), add(l[3], times19(l[8])),
	    add(l[4], times19(l[9])));
}

static TARGET void
load(struct fe4 *f, struct edwards_fe *const a[static LANES])
{
	for (int i = 0; i < 5; i++)
		f->v[i] = _mm256_set_epi64x((long long)a[3]->v[i],
		    (long long)a[2]->v[i], (long long)a[1]->v[i],
		    (long long)a[0]->v[i]);
}

static TARGET void
store(struct edwards_fe *const a[static LANES], const struct fe4 *f)
{
	for (int i = 0; i < 5; i++) {
		uint64_t w[LANES];

		_mm256_storeu_si256((vec *)w, f->v[i]);
		for (int lane = 0; lane < LANES; lane++)
			a[lane]->v[i] = w[lane];
	}
}

#define FOURS 2
#include "host/edwards_power.h"

void
fe_power_p58_ifma(struct edwards_fe *const a[], size_t n)
{
	power_p58_each(a, n);
}

/* From here on the four lanes are one point, X, Y, T, Z, or the cached operand
 * of host/edwards_parts.h in the order of a bucket_term. */

#define LANE_ORDER(l0, l1, l2, l3) ((l0) | (l1) << 2 | (l2) << 4 | (l3) << 6)

static inline TARGET vec
two_p(int limb)
{
	return _mm256_set1_epi64x(
	    limb == 0 ? 0xfffffffffffda : 0xffffffffffffe);
}

/* Y - X, Y + X, T, Z */
static inline TARGET void
crosswise(struct fe4 *out, const struct fe4 *p)
{
	vec h[5];

#pragma GCC unroll 5
	for (int i = 0; i < 5; i++) {
		vec other =
		    _mm256_permute4x64_epi64(p->v[i], LANE_ORDER(1, 0, 2, 3));

		h[i] = _mm256_mask_sub_epi64(p->v[i], 1, two_p(i), p->v[i]);
		h[i] = _mm256_mask_add_epi64(h[i], 3, h[i], other);
	}
	carry(out, h[0], h[1], h[2], h[3], h[4]);
}

static inline TARGET void
cached_lanes(struct fe4 *out, const struct fe4 *p)
{
	struct fe4 by, c;

#pragma GCC unroll 5
	for (int i = 0; i < 5; i++)
		by.v[i] = _mm256_set_epi64x(
		    i == 0 ? 2 : 0, (long long)fe_d2.v[i], i == 0, i == 0);
	crosswise(&c, p);
	multiply(out, &c, &by);
}

/* The end of both: E F, H G, E H, F G of the lanes E, H, F, G. */
static INLINE TARGET void
halves_multiply(struct fe4 *p, const vec h[static 5])
{
	struct fe4 a, f, g;

	carry(&a, h[0], h[1], h[2], h[3], h[4]);
#pragma GCC unroll 5
	for (int i = 0; i < 5; i++) {
		f.v[i] =
		    _mm256_permute4x64_epi64(a.v[i], LANE_ORDER(0, 1, 0, 3));
		g.v[i] =
		    _mm256_permute4x64_epi64(a.v[i], LANE_ORDER(2, 3, 1, 2));
	}
	multiply(p, &f, &g);
}

/* p + q, as halves_add and halves_join do it. */
static inline TARGET void
point_add(struct fe4 *p, const struct fe4 *q)
{
	struct fe4 a;
	vec h[5];

	crosswise(&a, p);
	multiply(&a, &a, q); /* A, B, C, D */
#pragma GCC unroll 5
	for (int i = 0; i < 5; i++) {
		vec other =
		    _mm256_permute4x64_epi64(a.v[i], LANE_ORDER(1, 0, 3, 2));

		h[i] = add(
		    other, _mm256_mask_sub_epi64(a.v[i], 5, two_p(i), a.v[i]));
	}
	halves_multiply(p, h);
}

static TARGET void
point_identity(struct fe4 *p)
{
	p->v[0] = _mm256_set_epi64x(1, 0, 1, 0);
	for (int i = 1; i < 5; i++)
		p->v[i] = _mm256_setzero_si256();
}

/* 2p, as halves_double and halves_join do it. T is not read. */
static inline TARGET void
point_double(struct fe4 *p)
{
	struct fe4 a;
	vec h[5];

#pragma GCC unroll 5
	for (int i = 0; i < 5; i++) {
		vec x =
		    _mm256_permute4x64_epi64(p->v[i], LANE_ORDER(0, 1, 0, 3));
		vec y =
		    _mm256_permute4x64_epi64(p->v[i], LANE_ORDER(0, 1, 1, 3));

		h[i] = _mm256_mask_add_epi64(x, 4, x, y);
	}
	carry(&a, h[0], h[1], h[2], h[3], h[4]); /* X, Y, X + Y, Z */
	square(&a, &a);
#pragma GCC unroll 5
	for (int i = 0; i < 5; i++) {
		vec xx =
		    _mm256_permute4x64_epi64(a.v[i], LANE_ORDER(0, 0, 0, 0));
		vec yy =
		    _mm256_permute4x64_epi64(a.v[i], LANE_ORDER(1, 1, 1, 1));
		vec rest =
		    _mm256_permute4x64_epi64(a.v[i], LANE_ORDER(2, 2, 3, 3));

		h[i] = add(xx, _mm256_mask_sub_epi64(yy, 12, two_p(i), yy));
		rest = _mm256_mask_sub_epi64(twice(rest), 1, two_p(i), rest);
		h[i] = _mm256_mask_add_epi64(h[i], 5, h[i], rest);
	}
	halves_multiply(p, h);
}

/* The operand as it is, or of the negative: two lanes change places, and one
 * its sign. No jump, which would be guessed wrong half of the time. */
static inline TARGET void
operand_load(struct fe4 *out, const union operand *q, bool negative)
{
	const long long minus = negative;
	const vec order = _mm256_set_epi64x(3, 2, 1 - minus, minus);

#pragma GCC unroll 5
	for (int i = 0; i < 5; i++) {
		vec v = _mm256_permutexvar_epi64(
		    order, _mm256_loadu_si256((const vec *)q->lane[i]));

		out->v[i] = _mm256_mask_sub_epi64(
		    v, (__mmask8)(minus << 2), two_p(i), v);
	}
}

static inline TARGET void
operand_store(union operand *out, const struct fe4 *p)
{
	struct fe4 q;

	cached_lanes(&q, p);
	for (int i = 0; i < 5; i++)
		_mm256_storeu_si256((vec *)out->lane[i], q.v[i]);
}

static inline TARGET void
point_load(struct fe4 *out, const struct edwards *p)
{
	for (int i = 0; i < 5; i++)
		out->v[i] = _mm256_set_epi64x((long long)p->z.v[i],
		    (long long)p->t.v[i], (long long)p->y.v[i],
		    (long long)p->x.v[i]);
}

static inline TARGET void
point_store(struct edwards *out, const struct fe4 *p)
{
	store((struct edwards_fe *const[]){&out->x, &out->y, &out->t, &out->z},
	    p);
}

TARGET void
ifma_operand(union operand *out, const struct edwards *p)
{
	struct fe4 at;

	point_load(&at, p);
	operand_store(out, &at);
}

TARGET void
ifma_odd_multiples(union operand *table, size_t n, const struct edwards *p)
{
	struct fe4 at, two;
	union operand twice_p;

	point_load(&at, p);
	/* what is doubled is tight after that: the limbs of p need not be */
	operand_store(&table[0], &at);
	point_double(&at);
	operand_store(&twice_p, &at);
	operand_load(&two, &twice_p, false);
	point_load(&at, p);
	for (size_t i = 1; i < n; i++) {
		point_add(&at, &two);
		operand_store(&table[i], &at);
	}
}

TARGET void
ifma_chain(struct edwards *out, const struct chain *c)
{
	struct fe4 r, q;

	point_identity(&r);
	for (int at = c->bits - 1; at >= 0; at--) {
		point_double(&r);
		for (int u = c->first[at]; u >= 0; u = c->use[u].next) {
			int digit = c->use[u].digit;
			int place = (digit < 0 ? -digit : digit) / 2;

			operand_load(
			    &q, &c->term[c->use[u].term].odd[place], digit < 0);
			point_add(&r, &q);
		}
	}
	point_store(out, &r);
}

TARGET void
ifma_window(
    struct edwards *out, const struct bucket_term *terms, size_t n, int buckets)
{
	struct fe4 bucket[1 << (BUCKET_WIDTH_MAX - 1)], q, run, sum;
	int top = 0; /* the highest in which something is */

	for (int i = 0; i < buckets; i++)
		point_identity(&bucket[i]);
	for (size_t i = 0; i < n; i++) {
		int b = terms[i].digit < 0 ? -terms[i].digit : terms[i].digit;

		if (b == 0)
			continue;
		top = b > top ? b : top;
		operand_load(&q, &terms[i].q, terms[i].digit < 0);
		point_add(&bucket[b - 1], &q);
	}
	point_identity(&run);
	point_identity(&sum);
	while (top-- > 0) {
		cached_lanes(&q, &bucket[top]);
		point_add(&run, &q);
		cached_lanes(&q, &run);
		point_add(&sum, &q);
	}
	point_store(out, &sum);
}

bool
fe_ifma(void)
{
	return __builtin_cpu_supports("avx512ifma") != 0 &&
	       __builtin_cpu_supports("avx512vl") != 0;
}

#else

bool
fe_ifma(void)
{
	return false;
}

void
fe_power_p58_ifma(struct edwards_fe *const a[], size_t n)
{
	(void)a;
	(void)n;
}

void
ifma_operand(union operand *out, const struct edwards *p)
{
	(void)out;
	(void)p;
}

void
ifma_odd_multiples(union operand *table, size_t n, const struct edwards *p)
{
	(void)table;
	(void)n;
	(void)p;
}

void
ifma_window(
    struct edwards *out, const struct bucket_term *terms, size_t n, int buckets)
{
	(void)terms;
	(void)n;
	(void)buckets;
	edwards_identity(out);
}

void
ifma_chain(struct edwards *out, const struct chain *c)
{
	(void)c;
	edwards_identity(out);
}

#endif
