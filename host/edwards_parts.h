/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_EDWARDS_PARTS_H
#define HOST_EDWARDS_PARTS_H
/*
 * Inside host/edwards*.c only: arithmetic modulo 2^255 - 19 in five limbs of
 * 51 bits, and the complete addition of the curve -x^2 + y^2 = 1 + d x^2 y^2
 * (Hisil, Wong, Carter, Dawson 2008, section 3; RFC 8032 section 5.1.4).
 *
 * Bounds. A product is "tight": limbs below 2^51 + 2^15. fe_mul and
 * fe_square take limbs up to 2^54. fe_sub takes a tight subtrahend, fe_sub_4p
 * a sum of two tight ones; neither carries. Where a value is the sum of such,
 * the bound stands beside it.
 */
#include <stddef.h>

#include "host/edwards.h"

typedef unsigned __int128 uint128;
/* gcc finds them too large, and a call costs a tenth. */
#define INLINE inline __attribute__((always_inline))
#define MASK51 ((UINT64_C(1) << 51) - 1)

static INLINE void
fe_add(struct edwards_fe *out, const struct edwards_fe *a,
    const struct edwards_fe *b)
{
	for (int i = 0; i < 5; i++)
		out->v[i] = a->v[i] + b->v[i];
}

/* a + 2p - b */
static INLINE void
fe_sub(struct edwards_fe *out, const struct edwards_fe *a,
    const struct edwards_fe *b)
{
	out->v[0] = a->v[0] + 0xfffffffffffda - b->v[0];
	for (int i = 1; i < 5; i++)
		out->v[i] = a->v[i] + 0xffffffffffffe - b->v[i];
}

/* a + 4p - b */
static INLINE void
fe_sub_4p(struct edwards_fe *out, const struct edwards_fe *a,
    const struct edwards_fe *b)
{
	out->v[0] = a->v[0] + 0x1fffffffffffb4 - b->v[0];
	for (int i = 1; i < 5; i++)
		out->v[i] = a->v[i] + 0x1ffffffffffffc - b->v[i];
}

/*
 * Columns come times 2^13, so that what is above 51 bits is their upper word
 * and nothing is put together from two. Two rounds in which every limb hands
 * on at once, not one chain around: half the time of a square. With limbs up
 * to 2^54 a column is below 2^127.3, its upper word below 2^63.3, and 19 times
 * that of the last, which has nothing times 19, below 2^63.7.
 */
static INLINE void
fe_carry(struct edwards_fe *out, uint128 r0, uint128 r1, uint128 r2,
    uint128 r3, uint128 r4)
{
	uint64_t o0, o1, o2, o3, o4;

	o0 = ((uint64_t)r0 >> 13) + (uint64_t)(r4 >> 64) * 19;
	o1 = ((uint64_t)r1 >> 13) + (uint64_t)(r0 >> 64);
	o2 = ((uint64_t)r2 >> 13) + (uint64_t)(r1 >> 64);
	o3 = ((uint64_t)r3 >> 13) + (uint64_t)(r2 >> 64);
	o4 = ((uint64_t)r4 >> 13) + (uint64_t)(r3 >> 64);
	out->v[0] = (o0 & MASK51) + 19 * (o4 >> 51);
	out->v[1] = (o1 & MASK51) + (o0 >> 51);
	out->v[2] = (o2 & MASK51) + (o1 >> 51);
	out->v[3] = (o3 & MASK51) + (o2 >> 51);
	out->v[4] = (o4 & MASK51) + (o3 >> 51);
}

static INLINE void
fe_mul(struct edwards_fe *out, const struct edwards_fe *a,
    const struct edwards_fe *b)
{
	uint64_t a0 = a->v[0] << 9, a1 = a->v[1] << 9, a2 = a->v[2] << 9,
		 a3 = a->v[3] << 9, a4 = a->v[4] << 9;
	uint64_t b0 = b->v[0] << 4, b1 = b->v[1] << 4, b2 = b->v[2] << 4,
		 b3 = b->v[3] << 4, b4 = b->v[4] << 4;
	uint64_t c1 = b1 * 19, c2 = b2 * 19, c3 = b3 * 19, c4 = b4 * 19;

	fe_carry(out,
	    (uint128)a0 * b0 + (uint128)a1 * c4 + (uint128)a2 * c3 +
		(uint128)a3 * c2 + (uint128)a4 * c1,
	    (uint128)a0 * b1 + (uint128)a1 * b0 + (uint128)a2 * c4 +
		(uint128)a3 * c3 + (uint128)a4 * c2,
	    (uint128)a0 * b2 + (uint128)a1 * b1 + (uint128)a2 * b0 +
		(uint128)a3 * c4 + (uint128)a4 * c3,
	    (uint128)a0 * b3 + (uint128)a1 * b2 + (uint128)a2 * b1 +
		(uint128)a3 * b0 + (uint128)a4 * c4,
	    (uint128)a0 * b4 + (uint128)a1 * b3 + (uint128)a2 * b2 +
		(uint128)a3 * b1 + (uint128)a4 * b0);
}

static INLINE void
fe_square(struct edwards_fe *out, const struct edwards_fe *a)
{
	uint64_t a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3],
		 a4 = a->v[4];
	/* twice times 2^8, times 2^5, 19 times 2^5 */
	uint64_t d0 = a0 << 9, d1 = a1 << 9, d2 = a2 << 9, d3 = a3 << 9;
	uint64_t b1 = a1 << 5, b2 = a2 << 5, b3 = a3 << 5, b4 = a4 << 5;
	uint64_t e3 = b3 * 19, e4 = b4 * 19;

	fe_carry(out,
	    (uint128)d0 * (a0 << 4) + (uint128)d1 * e4 + (uint128)d2 * e3,
	    (uint128)d0 * b1 + (uint128)d2 * e4 + (uint128)(a3 << 8) * e3,
	    (uint128)d0 * b2 + (uint128)d1 * (a1 << 4) + (uint128)d3 * e4,
	    (uint128)d0 * b3 + (uint128)d1 * b2 + (uint128)(a4 << 8) * e4,
	    (uint128)d0 * b4 + (uint128)d1 * b3 + (uint128)d2 * (a2 << 4));
}

/* host/edwards_avx2.c and edwards_ifma.c: whether they serve here, and each of
 * n tight elements brought to the power (p - 5) / 8. Results: limbs below
 * 2^52. */
bool fe_avx2(void);
void fe_power_p58_avx2(struct edwards_fe *const a[], size_t n);
bool fe_ifma(void);
void fe_power_p58_ifma(struct edwards_fe *const a[], size_t n);

/* From here on: the group. */

/* 2d */
static const struct edwards_fe fe_d2 = {{0x69b9426b2f159, 0x35050762add7a,
    0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff}};

/*
 * A point as the second operand of an addition: Y + X, Y - X, 2 Z, 2 d T,
 * kept in the four places of a struct edwards of its own type. When Z is 1
 * the third is not looked at.
 */
struct cached {
	struct edwards_fe sum, difference, z2, t2d;
};
_Static_assert(sizeof(struct cached) == sizeof(struct edwards), "cached");

static INLINE void
cached_of(struct cached *out, const struct edwards *p)
{
	fe_add(&out->sum, &p->y, &p->x);
	fe_sub(&out->difference, &p->y, &p->x);
	fe_add(&out->z2, &p->z, &p->z);
	fe_mul(&out->t2d, &p->t, &fe_d2);
}

/* The same; with IFMA a limb of all four elements lies together: Y - X, Y + X,
 * 2 d T, 2 Z. */
union operand {
	struct cached plain;
	uint64_t lane[5][4];
};

/* A point on its way into the buckets of one window: digit times it, up to
 * 2^(width - 1) in size. */
struct bucket_term {
	union operand q;
	int8_t digit;
	bool affine;
};
#define BUCKET_WIDTH_MAX 8

#define WIDTH	   5 /* of the non-adjacent form of a scalar */
#define ODD	   (1 << (WIDTH - 2)) /* multiples in a table */
#define BASE_WIDTH 8
#define CHAIN_BITS  257
#define CHAIN_TERMS (EDWARDS_STRAUS_MAX + 1)
#define CHAIN_USES  (CHAIN_TERMS * (CHAIN_BITS / WIDTH + 1))

/*
 * A sum of multiples, along one chain of doublings: for each bit the list of
 * what is added there. A list, since most digits are zero, and asking each
 * would be a jump guessed wrong as often as one is not.
 */
struct chain {
	int bits; /* up to the highest at which something is added */
	int uses, terms;
	int16_t first[CHAIN_BITS]; /* -1: none */
	struct {
		int16_t next;
		uint8_t term;
		int8_t digit; /* odd, below 2^(width - 1) in size */
	} use[CHAIN_USES];
	struct {
		const union operand *odd;
		bool affine;
	} term[CHAIN_TERMS];
};
_Static_assert(CHAIN_TERMS <= UINT8_MAX && CHAIN_USES <= INT16_MAX, "chain");

/*
 * host/edwards_ifma.c: the operand of a point, p 3p 5p and so on, the sum of
 * a window of 2^(width - 1) buckets, and the sum of a chain.
 */
void ifma_operand(union operand *out, const struct edwards *p);
void ifma_odd_multiples(
    union operand *table, size_t n, const struct edwards *p);
void ifma_window(struct edwards *out, const struct bucket_term *terms,
    size_t n, int buckets);
void ifma_chain(struct edwards *out, const struct chain *c);

/* What additions and doublings end with: E, F, G, H. */
struct halves {
	struct edwards_fe e, f, g, h;
};

static INLINE void
halves_join(struct edwards *out, const struct halves *c)
{
	fe_mul(&out->x, &c->e, &c->f);
	fe_mul(&out->y, &c->g, &c->h);
	fe_mul(&out->z, &c->f, &c->g);
	fe_mul(&out->t, &c->e, &c->h);
}

/* Without T, which a doubling does not read. */
static INLINE void
halves_join_no_t(struct edwards *out, const struct halves *c)
{
	fe_mul(&out->x, &c->e, &c->f);
	fe_mul(&out->y, &c->g, &c->h);
	fe_mul(&out->z, &c->f, &c->g);
}

/* All four with the other sign, which cancels. T is not read. */
static INLINE void
halves_double(struct halves *c, const struct edwards *p)
{
	struct edwards_fe a, b, zz, s;

	fe_square(&a, &p->x);
	fe_square(&b, &p->y);
	fe_square(&zz, &p->z);
	fe_add(&s, &p->x, &p->y);
	fe_square(&s, &s);
	fe_add(&c->h, &a, &b); /* below 2^52.1 */
	fe_sub(&c->g, &a, &b); /* below 2^52.6 */
	fe_add(&zz, &zz, &zz); /* below 2^52.1 */
	fe_add(&c->f, &c->g, &zz); /* below 2^53.4 */
	fe_sub(&c->e, &c->h, &s);  /* below 2^53.1 */
}

/* affine: the second operand's Z is 1. subtract: take its negative; which
 * of two is chosen by addresses, for a jump would be guessed wrong half of the
 * time. */
static INLINE void
halves_add(struct halves *c, const struct edwards *p, const struct cached *q,
    bool affine, bool subtract)
{
	const struct edwards_fe *for_a = subtract ? &q->sum : &q->difference;
	const struct edwards_fe *for_b = subtract ? &q->difference : &q->sum;
	struct edwards_fe *less = subtract ? &c->g : &c->f;
	struct edwards_fe *more = subtract ? &c->f : &c->g;
	struct edwards_fe a, b, cc, dd;

	fe_sub(&a, &p->y, &p->x);
	fe_add(&b, &p->y, &p->x);
	fe_mul(&a, &a, for_a);
	fe_mul(&b, &b, for_b);
	fe_mul(&cc, &p->t, &q->t2d);
	if (affine)
		fe_add(&dd, &p->z, &p->z);
	else
		fe_mul(&dd, &p->z, &q->z2);
	fe_sub(&c->e, &b, &a);
	fe_add(&c->h, &b, &a);
	fe_sub(less, &dd, &cc);
	fe_add(more, &dd, &cc);
}
#endif
