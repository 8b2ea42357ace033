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
 * Two things of this file depend on the processor:
 *
 * VERIFY_MUL16: there is no instruction for 32 times 32 bits to 64. A call
 * for each product would cost twice the time; products of halves need none.
 * umaal, below: multiply and add twice, the whole inner step of a product.
 */
#if defined(__ARM_ARCH_6M__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && \
    !defined(VERIFY_MUL16)
#define VERIFY_MUL16 1
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
 * a step, over nine numbers and others, only read, that come along: constants
 * or a point to add.
 *
 * A point is the first five: x = X/Z, y = Y/Z, and xy = EH/Z: T of the
 * extended coordinates is kept as its two factors, and multiplied out only by
 * an addition (Hisil, Wong, Carter, Dawson 2008). Complete: no case needs
 * another formula.
 */
enum { X, Y, Z, E, H, F, G, T, U };
/* What comes along: */
enum { SUM = 8, DIFF, PRODUCT, DOUBLE_Z, /* Y+X, Y-X, 2dEH, 2Z of a point, */
	CONSTANT_D = 8, CONSTANT_ROOT, BASE_X }; /* or the constants */
struct point {
	struct num r[9];
};
/* What ed25519_verify() adds up. */
enum { CHALLENGE = 0x1100, EQUATION = 0x220004 };

/* d, a square root of minus one, and x of -B, the base point's negative. */
static const struct num constants[3] = {
	{{{0x135978a3, 0x75eb4dca, 0x4141d8ab, 0x00700a4d, 0x7779e898,
	    0x8cc74079, 0x2b6ffe73, 0x52036cee}}},
	{{{0x4a0ea0b0, 0xc4ee1b27, 0xad2fe478, 0x2f431806, 0x3dfbd7a7,
	    0x2b4d0099, 0x4fc1df0b, 0x2b832480}}},
	{{{0x70da2ad3, 0x36a9d29f, 0x6ada584d, 0x96d3389f, 0x022923a3,
	    0x3f5b1dce, 0x3291ac01, 0x5e96c92c}}}};
static const struct num modulus = {{{0xffffffed, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
    0xffffffff, 0xffffffff, 0x7fffffff}}};
static const struct num order = {{{0x5cf5d3ed, 0x5812631a, 0xa2f79cd6,
    0x14def9de, 0, 0, 0, 0x10000000}}};

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

/*
 * r = a + b or a - b modulo p: what is carried, 2^256, or borrowed is made up
 * for by taking away, or adding, p as often as it needs.
 */
static void
combine(struct num *r, const struct num *a, const struct num *b, uint32_t minus)
{
	uint32_t carry = sum(r, a, b, 0 - minus);

	while (carry != minus)
		carry = sum(r, r, &modulus, minus - 1);
}

/* What is left of a product in r is 2^255 c and all but the top bit of r. */
static inline void
fold(struct num *r, uint32_t c)
{
	uint32_t *v = r->v;

	c = 19 * (2 * c + (v[7] >> 31));
	v[7] &= 0x7fffffff;
	do { /* mostly once */
		*v += c;
		c = *v++ < c;
	} while (c != 0);
}

/*
 * r = a * b: schoolbook, then the upper half times 38 onto the lower. By
 * halves of limbs where the processor cannot multiply two limbs: ARMv6-M
 * would call a function for each.
 */
#ifdef VERIFY_MUL16
static APART void
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
		for (unsigned j = 0; j < 16; j++) {
			c += x * *y++ + *z; /* at most 2^32 - 1 */
			*z++ = (uint16_t)c;
			c >>= 16;
		}
		*z = (uint16_t)c;
	}
	c = 0;
	for (unsigned i = 0; i < 16; i++) {
		c += t.half[i] + 38u * t.half[i + 16];
		r->half[i] = (uint16_t)c;
		c >>= 16;
	}
	fold(r, c); /* c <= 38 */
}
#else
static APART void
mul(struct num *r, const struct num *a, const struct num *b)
{
	uint32_t t[16];
	const uint32_t *y = b->v;
	uint32_t c = 0;

	for (unsigned i = 0; i < 8; i++)
		t[i] = 0;
	for (uint32_t *z = t; z < t + 8; z -= 6) { /* two further */
		uint32_t c0 = 0, c1 = 0, last = a->v[0];
		uint32_t b0 = *y++, b1 = *y++;

		accumulate(z++, &c0, last, b0);
		for (unsigned j = 1; j < 8; j++) {
			uint32_t x = *z;

			accumulate(&x, &c1, last, b1);
			last = a->v[j];
			accumulate(&x, &c0, last, b0);
			*z++ = x;
		}
		accumulate(&c0, &c1, last, b1);
		z[0] = c0;
		z[1] = c1;
	}
	for (unsigned i = 0; i < 8; i++) {
		uint32_t x = t[i];

		accumulate(&x, &c, t[i + 8], 38);
		r->v[i] = x;
	}
	fold(r, c); /* c <= 38 */
}
#endif

/* a = a mod m; at most fifteen subtractions for the order of B, two for p. */
static void
reduce(struct num *a, const struct num *m)
{
	while (sum(a, a, m, MINUS) == 1)
		;
	sum(a, a, m, PLUS); /* the one too many */
}

/* modulo p; a is reduced */
static uint32_t
zero(struct num *a)
{
	uint32_t any = 0;

	reduce(a, &modulus);
	for (unsigned i = 0; i < 8; i++)
		any |= a->v[i];
	return any == 0;
}

/* One step: what becomes what, of what and what. */
#define STEP(op, r, a, b) ((op) << 12 | (b) << 8 | (a) << 4 | (r))
#define MUL(r, a, b)	  STEP(1, r, a, b)
#define ADD(r, a, b)	  STEP(2, r, a, b)
#define SUB(r, a, b)	  STEP(3, r, a, b)
#define AGAIN		  STEP(4, 0, 0, 0) /* the six before, 49 times in all */
#define ZERO(r)		  STEP(0, r, 1, 0) /* the last: is it zero modulo p? */
#define END		  0

/* q comes along: NULL where nothing does. 1 or 0; 0 after END. */
static APART uint32_t
run(struct point *p, const struct num *q, const uint16_t *step)
{
	unsigned round = 0;

	for (;;) {
		unsigned s = *step++;
		unsigned op = s >> 12;
		struct num *r = p->r + (s & 15);
		const struct num *a = p->r + (s >> 4 & 7);
		const struct num *b = (s & SUM << 8 ? q : p->r) + (s >> 8 & 7);

		if (op == 1) {
			mul(r, a, b);
		} else if (op >= 4) {
			VERIFY_TICK();
			if (++round < 49)
				step -= 7;
		} else if (op != 0) {
			combine(r, a, b, op & 1);
		} else {
			return s == END ? 0 : zero(r);
		}
	}
}

/* Any 32 bytes, least first. */
static void
number(struct num *r, const uint8_t b[static 32])
{
#ifdef VERIFY_MUL16 /* hence little-endian */
	memcpy(r, b, sizeof *r);
#else
	for (unsigned i = 0; i < 8; i++, b += 4)
		r->v[i] = (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 |
		    (uint32_t)b[1] << 8 | b[0];
#endif
}

/*
 * What comes along: of -B, of which Y is there, of what decode() left, or of a
 * point.
 */
static const uint16_t prepare_base[] = {MUL(X, Z, BASE_X),
	MUL(E, X, Z), MUL(H, Y, Z),
	ADD(F, Y, X), SUB(G, Y, X), MUL(T, E, H), MUL(T, T, CONSTANT_D),
	ADD(T, T, T), ADD(U, Z, Z), END};
enum { PREPARE_DECODED = 1, PREPARE_POINT = 3 };

static APART void
prepare(struct num along[static 4], struct point *p, unsigned from)
{
	run(p, constants, prepare_base + from);
	memcpy(along, &p->r[F], 4 * sizeof *along);
}

/*
 * What comes along of the point that b encodes canonically (section 5.1.3):
 * 1, or 0 where there is none or it is of small order. This function is the
 * accept set for A and for R alike. p is for its use.
 */
static APART uint32_t
decode(struct num along[static 4], struct point *p, const uint8_t b[static 32])
{
	/*
	 * E/H = x^2; x = sqrt(E/H) = E H^3 (E H^7)^((p-5)/8), perhaps times
	 * sqrt(-1). (p-5)/8 = 2^252-3 is 250 ones, a zero and a one: F and G
	 * become T to five ones, G then 49 times five more.
	 */
	static const uint16_t root[] = {MUL(T, Y, Y), SUB(E, T, Z),
		MUL(H, T, CONSTANT_D), ADD(H, H, Z), MUL(T, H, H),
		MUL(T, T, H), MUL(X, T, E), MUL(T, T, H), MUL(T, T, X),
		MUL(F, T, T), MUL(F, F, T), MUL(F, F, F), MUL(F, F, T),
		MUL(F, F, F), MUL(F, F, T), MUL(F, F, F), MUL(F, F, T),
		MUL(G, F, Z),
		MUL(G, G, G), MUL(G, G, G), MUL(G, G, G), MUL(G, G, G),
		MUL(G, G, G), MUL(G, G, F), AGAIN,
		MUL(G, G, G), MUL(G, G, G),
		MUL(G, G, T), MUL(X, X, G), MUL(T, X, X), MUL(H, T, H),
		SUB(T, H, E), ADD(H, H, E), ZERO(T)};
	static const uint16_t other[] = {MUL(X, X, CONSTANT_ROOT), ZERO(H)};
	/*
	 * Order 1 and 2: x = 0, so that the sign of a zero never matters.
	 * Order 4: y = 0. Order 8: doubling gives y = 0, where x^2 + y^2 = 0.
	 */
	static const uint16_t small[] = {MUL(E, X, X), MUL(H, Y, Y),
		ADD(E, E, H), MUL(E, E, X), MUL(E, E, Y), ZERO(E)};
	struct num *x = &p->r[X], *y = &p->r[Y];
	uint32_t is = 0;

	VERIFY_TICK();
	memset(p, 0, sizeof *p);
	p->r[Z].v[0] = 1;
	number(y, b);
	y->v[7] &= 0x7fffffff;
	if (sum(&p->r[T], y, &modulus, MINUS) == 0 && /* y < p */
	    (run(p, constants, root) || run(p, constants, other)) && /* on it */
	    !run(p, NULL, small)) {
		is = 1;
		reduce(x, &modulus);
		if ((x->v[0] ^ b[31] >> 7) & 1)
			sum(x, &modulus, x, MINUS);
	}
	prepare(along, p, PREPARE_DECODED);
	return is;
}

/* What doubling and addition end with. */
#define FINISH MUL(X, E, F), MUL(Y, G, H), MUL(Z, F, G), END

/* p += p; reads neither E nor H */
static const uint16_t twice[] = {ADD(E, X, Y), MUL(E, E, E), MUL(F, X, X),
	MUL(G, Y, Y), ADD(H, F, G), SUB(G, F, G), SUB(E, H, E), MUL(F, Z, Z),
	ADD(F, F, F), ADD(F, F, G), FINISH};

/* p += what comes along */
static const uint16_t add[] = {MUL(T, E, H), MUL(T, T, PRODUCT), SUB(F, Y, X),
	MUL(F, F, DIFF), ADD(G, Y, X), MUL(G, G, SUM), SUB(E, G, F),
	ADD(H, G, F), MUL(G, Z, DOUBLE_Z), SUB(F, G, T), ADD(G, G, T), FINISH};

/* p = 0: x = 0, y = 1, xy = 0 */
static const uint16_t neutral[] = {SUB(X, X, X), SUB(E, X, X), ADD(Y, Z, X), END};

/*
 * Whether h A - s B + R is nothing, by one chain of doublings for the first
 * two: EQUATION, to which A, R, x = 0 and y = 1 each have added one. R is
 * taken only in its canonical encoding, of which a point has one, so this is
 * the comparison of bytes, and saves an inversion.
 */
static APART uint32_t
equation(const uint8_t r[static 32], const uint8_t key[static 32],
    const struct num *s, const struct num *h)
{
	static const uint16_t last[] = {SUB(Y, Y, Z), ZERO(Y)};
	struct num along[4][4]; /* -B, A, A - B, R */
	struct point p;
	uint32_t steps = EQUATION - 4;

	VERIFY_TICK();
	steps += decode(along[1], &p, key);
	steps += decode(along[3], &p, r);
	memset(&p.r[Y], 0x66, sizeof p.r[Y]); /* 4/5 is 0x6666...66 - 14 */
	p.r[Y].v[0] -= 14;
	prepare(along[0], &p, 0);
	run(&p, along[1], add);
	prepare(along[2], &p, PREPARE_POINT);
	run(&p, NULL, neutral);
	for (unsigned i = 253; i-- > 0;) {
		unsigned which = (s->v[i / 32] >> i % 32 & 1) +
		    2 * (h->v[i / 32] >> i % 32 & 1);

		VERIFY_TICK();
		run(&p, NULL, twice);
		if (which != 0)
			run(&p, along[which - 1], add);
	}
	run(&p, along[3], add);
	steps += run(&p, NULL, last);
	steps += zero(&p.r[X]);
	return steps;
}

/* h = SHA-512(R || A || M) mod L; CHALLENGE */
static APART uint32_t
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
	/* mod L: the upper half, then the lower bit by bit */
	number(h, digest + 32);
	for (unsigned i = 256;;) {
		VERIFY_TICK();
		reduce(h, &order);
		if (i-- == 0)
			break;
		sum(h, h, h, PLUS);
		h->v[0] |= digest[i / 8] >> i % 8 & 1;
	}
	return CHALLENGE;
}

enum rc
ed25519_key_check(const uint8_t key[static 32])
{
	struct num along[4];
	struct point a;

	return decode(along, &a, key) ? RC_OK : RC_KEY_INVALID;
}

/* S, canonical: 1, or 0 */
static APART uint32_t
scalar(struct num *s, const uint8_t b[static 32])
{
	struct num t;

	number(s, b);
	return 1 - sum(&t, s, &order, MINUS);
}

/*
 * Section 5.1.7, without the cofactor. What each step says of itself is
 * added up, and RC_OK is made of the sum: a step that a disturbed processor
 * leaves out, or a branch that it does not take, is missed there. Without
 * equation(), say, nothing would be compared.
 */
enum rc
ed25519_verify(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *message, size_t n)
{
	const uint32_t good =
	    1 + CHALLENGE + EQUATION + 1;
	volatile uint32_t steps;
	struct num s, h;
	enum rc rc;

	steps = scalar(&s, sig + 32);
	if (steps == 0)
		return RC_SIGNATURE_INVALID; /* S >= L */
	steps += challenge(&h, sig, key, message, n);
	steps += equation(sig, key, &s, &h);
	steps += scalar(&s, sig + 32);
	rc = (enum rc)(steps - good + RC_OK);
	if (steps != good)
		rc = RC_SIGNATURE_INVALID;
	return rc;
}
