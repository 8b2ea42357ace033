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
 * Most of the arithmetic is straight lines of additions and products, and a
 * call for each would be most of the code. They are programs instead, a word
 * a step, over eight numbers, four that come along, and four constants.
 *
 * A point is the first five: x = X/Z, y = Y/Z, and xy = EH/Z: T of the
 * extended coordinates is kept as its two factors, and multiplied out only by
 * an addition (Hisil, Wong, Carter, Dawson 2008). Complete: no case needs
 * another formula.
 */
enum { X, Y, Z, E, H, F, G, T, /* then what comes along, */
	SUM, DIFF, PRODUCT, DOUBLE_Z, /* a point to add: Y+X, Y-X, 2dT, 2Z */
	CONSTANT_D, CONSTANT_ONE, CONSTANT_ROOT, CONSTANT_P };
struct point {
	struct num r[8];
};

/* d, one, a square root of minus one, and p, by their names above. */
static const struct num constants[4] = {
	{{{0x135978a3, 0x75eb4dca, 0x4141d8ab, 0x00700a4d, 0x7779e898,
	    0x8cc74079, 0x2b6ffe73, 0x52036cee}}},
	{{{1}}},
	{{{0x4a0ea0b0, 0xc4ee1b27, 0xad2fe478, 0x2f431806, 0x3dfbd7a7,
	    0x2b4d0099, 0x4fc1df0b, 0x2b832480}}},
	{{{0xffffffed, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
	    0xffffffff, 0xffffffff, 0x7fffffff}}}};
#define modulus constants[CONSTANT_P - CONSTANT_D]
#define one	constants[CONSTANT_ONE - CONSTANT_D]
static const struct num order = {{{0x5cf5d3ed, 0x5812631a, 0xa2f79cd6,
    0x14def9de, 0, 0, 0, 0x10000000}}};

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
static APART void
combine(struct num *r, const struct num *a, const struct num *b, uint32_t sign)
{
	uint32_t carry = sum(r, a, b, sign);

	if (carry != (sign & 1))
		fold(r, 38, sign);
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

/* One step: what becomes what, of what and what. */
#define STEP(op, r, a, b) ((op) << 12 | (b) << 8 | (a) << 4 | (r))
#define MUL(r, a, b)	  STEP(0, r, a, b)
#define ADD(r, a, b)	  STEP(1, r, a, b)
#define SUB(r, a, b)	  STEP(2, r, a, b)
#define END		  STEP(3, 0, 0, 0)
/* Turned round when what comes along is subtracted. */
#define TURN_SUB(r, a, b) (SUB(r, a, b) | 1 << 14)
#define TURN_ADD(r, a, b) (ADD(r, a, b) | 1 << 14)
#define TURN_MUL(r, a, b) (MUL(r, a, b) | 1 << 15)

static APART struct num *
operand(struct point *p, struct num *q, unsigned n)
{
	if (n < SUM)
		return &p->r[n];
	if (n < CONSTANT_D)
		return &q[n - SUM];
	/* only ever read */
	return (struct num *)(uintptr_t)&constants[n - CONSTANT_D];
}

/* sign: MINUS for TURN_; q may be NULL where nothing comes along. */
static APART void
run(struct point *p, struct num *q, const uint16_t *step, uint32_t sign)
{
	for (; *step != END; step++) {
		unsigned s = *step;
		struct num *r, *a, *b;

		if (sign != PLUS) /* add for subtract, SUM for DIFF */
			s ^= (s >> 14 & 1) * 0x3000 ^ (s >> 15) * 0x100;
		r = operand(p, q, s & 15);
		a = operand(p, q, s >> 4 & 15);
		b = operand(p, q, s >> 8 & 15);
		if ((s & 0x3000) == 0)
			mul(r, a, b);
		else
			combine(r, a, b, 0 - (s >> 13 & 1)); /* PLUS, MINUS */
	}
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

/* Z = T^((p - 5) / 8) = T^(2^252 - 3), by way of F. */
static void
power(struct point *p)
{
	struct num *x = &p->r[Z], *z = &p->r[T], *t = &p->r[F];
	unsigned n = 1;

	/* x = z^(2^n - 1), while n becomes 250 bit by bit from the top */
	*x = *z;
	for (unsigned bit = 64; bit > 0; bit >>= 1) {
		*t = *x;
		for (unsigned i = 0; i < n; i++) {
			VERIFY_TICK();
			square(t, t);
		}
		mul(x, x, t);
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
	/* E/H = x^2; x = sqrt(E/H) = E H^3 (E H^7)^((p-5)/8), perhaps times
	 * sqrt(-1) */
	static const uint16_t before[] = {MUL(T, Y, Y),
		SUB(E, T, CONSTANT_ONE), MUL(H, T, CONSTANT_D),
		ADD(H, H, CONSTANT_ONE), MUL(T, H, H), MUL(T, T, H),
		MUL(X, T, E), MUL(T, T, H), MUL(T, T, X), END};
	static const uint16_t after[] = {MUL(X, X, Z), MUL(T, X, X),
		MUL(H, T, H), SUB(T, H, E), ADD(H, H, E), END};
	static const uint16_t whole[] = {MUL(Z, CONSTANT_ONE, CONSTANT_ONE),
		MUL(E, X, Z), MUL(H, Y, Z), END};
	static const uint16_t other[] = {MUL(X, X, CONSTANT_ROOT), END};
	/*
	 * Order 1 and 2: x = 0, so that the sign of a zero never matters.
	 * Order 4: y = 0. Order 8: doubling gives y = 0, where x^2 + y^2 = 0.
	 */
	static const uint16_t small[] = {MUL(E, X, X), MUL(H, Y, Y),
		ADD(E, E, H), MUL(E, E, X), MUL(E, E, Y), END};
	struct num *x = &p->r[X], *y = &p->r[Y];
	uint32_t sign;

	number(y, b);
	sign = y->v[7] >> 31;
	y->v[7] &= 0x7fffffff;
	if (sum(&p->r[T], y, &modulus, MINUS) == 1)
		return false; /* y >= p */
	run(p, NULL, before, PLUS);
	power(p);
	run(p, NULL, after, PLUS);
	if (!zero(&p->r[T])) {
		if (!zero(&p->r[H]))
			return false; /* not on the curve */
		run(p, NULL, other, PLUS);
	}
	run(p, NULL, small, PLUS);
	if (zero(&p->r[E]))
		return false;

	reduce(x, &modulus);
	if ((x->v[0] & 1) != sign)
		sum(x, &modulus, x, MINUS);
	run(p, NULL, whole, PLUS);
	return true;
}

/* What doubling and addition end with. */
#define FINISH MUL(X, E, F), MUL(Y, G, H), MUL(Z, F, G), END

/* p += p; reads neither E nor H */
static void
point_double(struct point *p)
{
	static const uint16_t program[] = {ADD(E, X, Y), MUL(E, E, E),
		MUL(F, X, X), MUL(G, Y, Y), ADD(H, F, G), SUB(G, F, G),
		SUB(E, H, E), MUL(F, Z, Z), ADD(F, F, F), ADD(F, F, G),
		FINISH};

	run(p, NULL, program, PLUS);
}

/* p += q or p -= q; affine: q has no DOUBLE_Z, its Z is one. */
static void
point_add(struct point *p, const struct num *q, bool affine, uint32_t sign)
{
	static const uint16_t with_z[] = {MUL(G, Z, DOUBLE_Z), END};
	static const uint16_t without[] = {ADD(G, Z, Z), END};
	static const uint16_t begin[] = {MUL(T, E, H), MUL(T, T, PRODUCT),
		SUB(F, Y, X), TURN_MUL(F, F, DIFF), ADD(G, Y, X),
		TURN_MUL(G, G, SUM), SUB(E, G, F), ADD(H, G, F), END};
	static const uint16_t end[] = {TURN_SUB(F, G, T), TURN_ADD(G, G, T),
		FINISH};
	struct num *along = (struct num *)(uintptr_t)q; /* only read */

	run(p, along, begin, sign);
	run(p, along, affine ? without : with_z, PLUS);
	run(p, along, end, sign);
}

/* What point_add() takes, from p. */
static void
prepare(struct num q[static 4], struct point *p)
{
	static const uint16_t program[] = {ADD(SUM, Y, X), SUB(DIFF, Y, X),
		MUL(PRODUCT, E, H), MUL(PRODUCT, PRODUCT, CONSTANT_D),
		ADD(PRODUCT, PRODUCT, PRODUCT), ADD(DOUBLE_Z, Z, Z), END};

	run(p, q, program, PLUS);
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
	memset(p, 0, sizeof *p);
	p->r[Y].v[0] = p->r[Z].v[0] = p->r[H].v[0] = 1;
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
	static const uint16_t program[] = {MUL(X, X, SUM), SUB(X, X, DIFF),
		MUL(Y, Y, SUM), SUB(Y, Y, PRODUCT), END};
	struct point q;
	struct num along[3];

	if (!decode(&q, r))
		return false;
	along[0] = p->r[Z];
	along[1] = p->r[X];
	along[2] = p->r[Y];
	run(&q, along, program, PLUS);
	return zero(&q.r[X]) && zero(&q.r[Y]);
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
