/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/ed25519.h"
#include <stdbool.h>
#include "verify/mem.h"
#include "verify/sha512.h"
#include "verify/tick.h"

/*
 * Ed25519 verification, RFC 8032 section 5.1, written for few bytes of code
 * and stack. Every input is public, so time varies with the data throughout;
 * nothing here may be used with a secret.
 */

/*
 * Three things of this file depend on the processor:
 *
 * VERIFY_MUL16: there is no instruction for 32 times 32 bits to 64. A call
 * for each product would cost twice the time; products of halves need none.
 * UNROLL: a short inner loop, worth its bytes where gcc builds for a device.
 * umaal, below: multiply and add twice, the whole inner step of a product.
 */
#if defined(__ARM_ARCH_6M__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && \
    !defined(VERIFY_MUL16)
#define VERIFY_MUL16 1
#endif
#if defined(__ARM_ARCH) && defined(__GNUC__) && !defined(__clang__)
#define UNROLL _Pragma("GCC unroll 8")
#else
#define UNROLL
#endif
/* Not inlined: the stack of the one is used again by the next. */
#ifdef __GNUC__
#define APART __attribute__((noinline))
#else
#define APART
#endif

/*
 * A number is eight 32-bit limbs, least first. Field elements are any
 * representative below 2^256, which is 38 modulo p = 2^255 - 19; reduce()
 * finds the one below p.
 */
struct num {
	union {
		uint32_t v[8];
		uint16_t half[16]; /* the same on a little-endian processor */
	};
};

/*
 * x = X/Z, y = Y/Z, and xy = EH/Z: T of the extended coordinates is kept as
 * its two factors, and multiplied out only by an addition (Hisil, Wong,
 * Carter, Dawson 2008). Complete: no case needs another formula.
 */
struct point {
	struct num x, y, z, e, h;
};

/* A point that will be added: Y+X, Y-X, 2dT and, unless Z is one, 2Z. */
enum { SUM, DIFF, PRODUCT, DOUBLE_Z };

static const struct num modulus = {{{0xffffffed, 0xffffffff, 0xffffffff,
    0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x7fffffff}}};
static const struct num order = {{{0x5cf5d3ed, 0x5812631a, 0xa2f79cd6,
    0x14def9de, 0, 0, 0, 0x10000000}}};
static const struct num curve_d = {{{0x135978a3, 0x75eb4dca, 0x4141d8ab,
    0x00700a4d, 0x7779e898, 0x8cc74079, 0x2b6ffe73, 0x52036cee}}};
static const struct num root_of_minus_one = {{{0x4a0ea0b0, 0xc4ee1b27,
    0xad2fe478, 0x2f431806, 0x3dfbd7a7, 0x2b4d0099, 0x4fc1df0b, 0x2b832480}}};
static const struct num one = {{{1}}};

/* The base point B, and 3B. */
static const struct num base[2][3] = {
	{{{{0xf58c3b85, 0x2fbc93c6, 0xfb8c0e19, 0xcf932dc6, 0x643d42c2,
	     0x270b4898, 0x33d4ba65, 0x07cf9d3a}}},
	    {{{0xd740913e, 0x9d103905, 0xd140beb3, 0xfd399f05, 0x688f8a09,
	        0xa5c18434, 0x98f81267, 0x44fd2f92}}},
	    {{{0x877aaa68, 0xabc91205, 0xccaac49e, 0x26d9e823, 0xdd43598c,
	        0x5a1b7dcb, 0x9f0c65a8, 0x6f117b68}}}},
	{{{{0x4cee9730, 0xaf25b0a8, 0xe8864b8a, 0x025a8430, 0x9f016732,
	     0xc11b5002, 0x9a80f8f4, 0x7a164e1b}}},
	    {{{0xa4fcd265, 0x56611fe8, 0xe5c1ba7d, 0x3bd353fd, 0x214bd6bd,
	        0x8131f31a, 0x555bda62, 0x2ab91587}}},
	    {{{0x0dd0d889, 0x14ae933f, 0x1c35da62, 0x58942322, 0x8cf2db4c,
	        0xd170e545, 0x12b9b4c6, 0x5a2826af}}}},
};

/* What the limbs of a second operand are XORed with. */
#define PLUS UINT32_C(0)
#define MINUS UINT32_C(0xffffffff)

#ifndef VERIFY_MUL16
/* high:low = a b + high + low, which always fits. */
static inline void
accumulate(uint32_t *low, uint32_t *high, uint32_t a, uint32_t b)
{
#ifdef __ARM_FEATURE_DSP
	__asm__("umaal %0, %1, %2, %3" : "+r"(*low), "+r"(*high)
	    : "r"(a), "r"(b));
#else
	uint64_t t = (uint64_t)a * b + *high + *low;

	*low = (uint32_t)t;
	*high = (uint32_t)(t >> 32);
#endif
}
#endif

/* carry:a = a + b + carry */
static inline void
carry_on(uint32_t *a, uint32_t *carry, uint32_t b)
{
#ifdef __ARM_FEATURE_DSP
	accumulate(a, carry, b, 1);
#else
	uint32_t x = *a + *carry;
	uint32_t y = x + b;

	*carry = (x < *carry) + (y < b);
	*a = y;
#endif
}

/* r = a + b, or a + 2^256 - b; the carry out. With MINUS, 1 iff a >= b. */
static uint32_t
sum(struct num *r, const struct num *a, const struct num *b, uint32_t sign)
{
	uint32_t carry = sign & 1;

	for (unsigned i = 0; i < 8; i++) {
		uint32_t x = a->v[i];

		carry_on(&x, &carry, b->v[i] ^ sign);
		r->v[i] = x;
	}
	return carry;
}

/* r += k or r -= k, where 2^256 = 38: mostly over after the first limb. */
static void
fold(struct num *r, uint32_t k, uint32_t sign)
{
	for (;; k = 38) {
		uint32_t carry = sign & 1;

		for (unsigned i = 0; i < 8; i++, k = 0) {
			uint32_t x = r->v[i];

			carry_on(&x, &carry, k ^ sign);
			r->v[i] = x;
			if (carry == (sign & 1))
				return; /* nothing carried, nothing borrowed */
		}
	}
}

/* r = a + b or a - b modulo p */
static void
combine(struct num *r, const struct num *a, const struct num *b, uint32_t sign)
{
	uint32_t carry = sum(r, a, b, sign);

	if (carry != (sign & 1))
		fold(r, 38, sign);
}

static void
add(struct num *r, const struct num *a, const struct num *b)
{
	combine(r, a, b, PLUS);
}

static void
sub(struct num *r, const struct num *a, const struct num *b)
{
	combine(r, a, b, MINUS);
}

/*
 * r = a * b: schoolbook, then the upper half times 38 onto the lower. By
 * halves of limbs where the processor cannot multiply two limbs: ARMv6-M
 * would call a function for each.
 */
#ifdef VERIFY_MUL16
static void
mul(struct num *r, const struct num *a, const struct num *b)
{
	union {
		uint32_t v[16];
		uint16_t half[32];
	} t;
	uint32_t c;

	for (unsigned i = 0; i < 8; i++)
		t.v[i] = 0;
	for (unsigned i = 0; i < 16; i++) {
		const uint16_t *y = b->half;
		uint16_t *z = t.half + i;
		uint32_t x = a->half[i];

		c = 0;
		for (unsigned j = 0; j < 4; j++) {
			UNROLL
			for (unsigned k = 0; k < 4; k++) {
				c += x * *y++ + *z; /* at most 2^32 - 1 */
				*z++ = (uint16_t)c;
				c >>= 16;
			}
		}
		*z = (uint16_t)c;
	}
	c = 0;
	for (unsigned i = 0; i < 16; i++) {
		c += t.half[i] + 38u * t.half[i + 16];
		r->half[i] = (uint16_t)c;
		c >>= 16;
	}
	fold(r, 38 * c, PLUS); /* c <= 38 */
}
#else
static void
mul(struct num *r, const struct num *a, const struct num *b)
{
	uint32_t t[16];
	uint32_t c = 0;

	for (unsigned i = 0; i < 8; i++)
		t[i] = 0;
	for (unsigned i = 0; i < 8; i += 2) {
		uint32_t c0 = 0, c1 = 0, last = a->v[0];
		uint32_t b0 = b->v[i], b1 = b->v[i + 1];

		accumulate(&t[i], &c0, last, b0);
		UNROLL
		for (unsigned j = 1; j < 8; j++) {
			uint32_t x = t[i + j];

			accumulate(&x, &c1, last, b1);
			last = a->v[j];
			accumulate(&x, &c0, last, b0);
			t[i + j] = x;
		}
		accumulate(&c0, &c1, last, b1);
		t[i + 8] = c0;
		t[i + 9] = c1;
	}
	for (unsigned i = 0; i < 8; i++) {
		uint32_t x = t[i];

		accumulate(&x, &c, t[i + 8], 38);
		r->v[i] = x;
	}
	fold(r, 38 * c, PLUS); /* c <= 38 */
}
#endif

static void
square(struct num *r, const struct num *a)
{
	mul(r, a, a);
}

/* a = a mod m; at most fifteen subtractions for the order of B, two for p. */
static void
reduce(struct num *a, const struct num *m)
{
	struct num t;

	while (sum(&t, a, m, MINUS) == 1)
		*a = t;
}

static bool
zero(const struct num *a)
{
	struct num t = *a;
	uint32_t any = 0;

	reduce(&t, &modulus);
	for (unsigned i = 0; i < 8; i++)
		any |= t.v[i];
	return any == 0;
}

/* x = z^((p - 5) / 8) = z^(2^252 - 3); not in place. */
static void
power(struct num *x, const struct num *z)
{
	struct num t;
	unsigned n = 1;

	/* x = z^(2^n - 1), while n becomes 250 bit by bit from the top */
	*x = *z;
	for (unsigned bit = 64; bit > 0; bit >>= 1) {
		t = *x;
		for (unsigned i = 0; i < n; i++) {
			VERIFY_TICK();
			square(&t, &t);
		}
		mul(x, x, &t);
		n *= 2;
		if ((250 & bit) != 0) {
			square(x, x);
			mul(x, x, z);
			n++;
		}
	}
	square(x, x);
	square(x, x);
	mul(x, x, z);
}

/* Any 32 bytes, least first. */
static void
number(struct num *r, const uint8_t b[static 32])
{
	for (unsigned i = 0; i < 8; i++, b += 4)
		r->v[i] = (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 |
		    (uint32_t)b[1] << 8 | b[0];
}

/*
 * The point that b encodes canonically (section 5.1.3), with Z = 1, if there
 * is one and it is not of small order. This function is the accept set for A
 * and for R alike.
 */
static bool
decode(struct point *p, const uint8_t b[static 32])
{
	struct num *u = &p->e, *v = &p->h;
	struct num t;
	uint32_t sign;

	number(&p->y, b);
	sign = p->y.v[7] >> 31;
	p->y.v[7] &= 0x7fffffff;
	if (sum(&t, &p->y, &modulus, MINUS) == 1)
		return false; /* y >= p */

	/* x = sqrt(u / v) = u v^3 (u v^7)^((p-5)/8), perhaps times sqrt(-1) */
	square(&t, &p->y);
	sub(u, &t, &one);
	mul(v, &t, &curve_d);
	add(v, v, &one);
	square(&t, v);
	mul(&t, &t, v);
	mul(&p->x, &t, u);
	mul(&t, &t, v);
	mul(&t, &t, &p->x);
	power(&p->z, &t);
	mul(&p->x, &p->x, &p->z);
	square(&t, &p->x);
	mul(v, &t, v);
	sub(&t, v, u);
	if (!zero(&t)) {
		add(&t, v, u);
		if (!zero(&t))
			return false; /* not on the curve */
		mul(&p->x, &p->x, &root_of_minus_one);
	}

	/*
	 * Order 1 and 2: x = 0, so that the sign of a zero never matters.
	 * Order 4: y = 0. Order 8: doubling gives y = 0, where x^2 + y^2 = 0.
	 */
	square(u, &p->x);
	square(v, &p->y);
	add(u, u, v);
	mul(u, u, &p->x);
	mul(u, u, &p->y);
	if (zero(u))
		return false;

	reduce(&p->x, &modulus);
	if ((p->x.v[0] & 1) != sign)
		sub(&p->x, &modulus, &p->x);
	p->z = one;
	p->e = p->x;
	p->h = p->y;
	return true;
}

/* What doubling and addition end with: X = EF, Y = GH, Z = FG. */
static void
finish(struct point *p, const struct num *f, const struct num *g)
{
	mul(&p->x, &p->e, f);
	mul(&p->y, g, &p->h);
	mul(&p->z, f, g);
}

/* p += p; reads neither e nor h */
static void
point_double(struct point *p)
{
	struct num f, g;

	add(&p->e, &p->x, &p->y);
	square(&p->e, &p->e);
	square(&f, &p->x);
	square(&g, &p->y);
	add(&p->h, &f, &g);
	sub(&g, &f, &g);
	sub(&p->e, &p->h, &p->e);
	square(&f, &p->z);
	add(&f, &f, &f);
	add(&f, &f, &g);
	finish(p, &f, &g);
}

/* p += q or p -= q; affine: q has no DOUBLE_Z, its Z is one. */
static void
point_add(struct point *p, const struct num *q, bool affine, uint32_t sign)
{
	struct num c, f, g;

	mul(&c, &p->e, &p->h);
	mul(&c, &c, &q[PRODUCT]);
	sub(&f, &p->y, &p->x);
	mul(&f, &f, &q[sign == PLUS ? DIFF : SUM]);
	add(&g, &p->y, &p->x);
	mul(&g, &g, &q[sign == PLUS ? SUM : DIFF]);
	sub(&p->e, &g, &f);
	add(&p->h, &g, &f);
	if (affine)
		add(&g, &p->z, &p->z);
	else
		mul(&g, &p->z, &q[DOUBLE_Z]);
	combine(&f, &g, &c, ~sign);
	combine(&g, &g, &c, sign);
	finish(p, &f, &g);
}

/* What point_add() takes, from p. */
static void
prepare(struct num q[static 4], const struct point *p)
{
	add(&q[SUM], &p->y, &p->x);
	sub(&q[DIFF], &p->y, &p->x);
	mul(&q[PRODUCT], &p->e, &p->h);
	mul(&q[PRODUCT], &q[PRODUCT], &curve_d);
	add(&q[PRODUCT], &q[PRODUCT], &q[PRODUCT]);
	add(&q[DOUBLE_Z], &p->z, &p->z);
}

/*
 * The digits of k < 2^253 to the base 2, of which at most every third is not
 * 0: 1, 3, 5, 7 stand for 1, 3, -3, -1. Shifted left by shift and joined to
 * what the 254 places hold.
 */
static void
recode(uint8_t place[static 254], const struct num *k, unsigned shift)
{
	unsigned carry = 0;
	unsigned i = 0;

	while (i < 254) {
		unsigned digit = carry;

		for (unsigned j = 0; j < 3; j++)
			digit += (k->v[(i + j) / 32] >> (i + j) % 32 & 1) << j;
		if ((digit & 1) != 0) {
			place[i] |= (uint8_t)(digit << shift);
			carry = digit >> 2;
			i += 3;
		} else {
			i++; /* bit and carry are alike, and so is the next */
		}
	}
}

/*
 * p = s B - h p, by one chain of doublings for both. It is h p that is
 * subtracted, not (L - h) p that is added: p may have a component of small
 * order, on which L does not vanish.
 */
static APART void
combination(struct point *p, const struct num *s, const struct num *h)
{
	uint8_t place[254] = {0};
	struct num key[2][4];

	VERIFY_TICK();
	prepare(key[0], p);
	point_double(p);
	point_add(p, key[0], false, PLUS);
	prepare(key[1], p);

	recode(place, s, 0);
	recode(place, h, 4);
	p->x = p->e = (struct num){{{0}}};
	p->y = p->z = p->h = one;
	for (unsigned i = 254; i-- > 0;) {
		unsigned b = place[i] & 15, a = place[i] >> 4;

		VERIFY_TICK();
		point_double(p);
		if (b != 0)
			point_add(p, base[b == 3 || b == 5], true,
			    b < 4 ? PLUS : MINUS);
		if (a != 0)
			point_add(p, key[a == 3 || a == 5], false,
			    a < 4 ? MINUS : PLUS);
	}
}

/* h = SHA-512(R || A || M) mod L */
static APART void
challenge(struct num *h, const uint8_t r[static 32],
    const uint8_t key[static 32], const uint8_t *message, size_t n)
{
	struct sha512 hash;
	uint8_t digest[64];

	sha512_init(&hash);
	sha512_update(&hash, r, 32);
	sha512_update(&hash, key, 32);
	sha512_update(&hash, message, n);
	sha512_final(&hash, digest);
	/* mod L: the upper half, then the bits of the lower one by one */
	number(h, digest + 32);
	reduce(h, &order);
	for (unsigned i = 256; i-- > 0;) {
		sum(h, h, h, PLUS);
		h->v[0] |= digest[i / 8] >> i % 8 & 1;
		reduce(h, &order);
	}
}

enum rc
ed25519_key_check(const uint8_t key[static 32])
{
	struct point a;

	return decode(&a, key) ? RC_OK : RC_KEY_INVALID;
}

/*
 * Whether r encodes p. It is decoded and compared as a point: decode() takes
 * only canonical encodings, of which a point has one, so this is the
 * comparison of bytes, and saves an inversion.
 */
static APART bool
encodes(const uint8_t r[static 32], const struct point *p)
{
	struct point q;

	if (!decode(&q, r))
		return false;
	mul(&q.x, &q.x, &p->z);
	sub(&q.x, &q.x, &p->x);
	mul(&q.y, &q.y, &p->z);
	sub(&q.y, &q.y, &p->y);
	return zero(&q.x) && zero(&q.y);
}

/* Section 5.1.7, without the cofactor. */
enum rc
ed25519_verify(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *message, size_t n)
{
	struct point p;
	struct num s, h;

	number(&s, sig + 32);
	if (sum(&h, &s, &order, MINUS) == 1)
		return RC_SIGNATURE_INVALID; /* S >= L */
	challenge(&h, sig, key, message, n);
	if (!decode(&p, key))
		return RC_SIGNATURE_INVALID;
	combination(&p, &s, &h);
	return encodes(sig, &p) ? RC_OK : RC_SIGNATURE_INVALID;
}
