/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inversion by the binary extended Euclidean algorithm (Knuth, TAOCP 2,
 * section 4.5.2, exercise 39). PUBLIC numbers only.
 *
 * Invariant: a x = u and a y = v, modulo m; u and v shrink until u is 1.
 */
#include "quorum/invert.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

typedef unsigned __int128 uint128;

struct wide {
	uint64_t w[4];
};

static struct wide
wide_load(const uint8_t b[static 32])
{
	struct wide n = {{0}};

	for (int i = 0; i < 32; i++)
		n.w[i / 8] |= (uint64_t)b[i] << 8 * (i % 8);
	return n;
}

static bool
wide_below(const struct wide *a, const struct wide *b)
{
	for (int i = 3; i >= 0; i--)
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i];
	return false;
}

static bool
wide_is(const struct wide *a, uint64_t small)
{
	return a->w[0] == small && (a->w[1] | a->w[2] | a->w[3]) == 0;
}

static uint64_t
wide_add(struct wide *a, const struct wide *b)
{
	uint128 sum = 0;

	for (int i = 0; i < 4; i++) {
		sum += (uint128)a->w[i] + b->w[i];
		a->w[i] = (uint64_t)sum;
		sum >>= 64;
	}
	return (uint64_t)sum;
}

static uint64_t
wide_sub(struct wide *a, const struct wide *b)
{
	uint64_t borrow = 0;

	for (int i = 0; i < 4; i++) {
		uint128 d = (uint128)a->w[i] - b->w[i] - borrow;

		a->w[i] = (uint64_t)d;
		borrow = (uint64_t)(d >> 64) & 1;
	}
	return borrow;
}

static void
wide_half(struct wide *a, uint64_t top)
{
	for (int i = 0; i < 3; i++)
		a->w[i] = a->w[i] >> 1 | a->w[i + 1] << 63;
	a->w[3] = a->w[3] >> 1 | top << 63;
}

/* a / small, and what remains. */
static uint64_t
wide_divide(struct wide *a, uint64_t small)
{
	uint128 rest = 0;

	for (int i = 3; i >= 0; i--) {
		rest = rest << 64 | a->w[i];
		a->w[i] = (uint64_t)(rest / small);
		rest %= small;
	}
	return (uint64_t)rest;
}

/* 1 / a modulo m, m above 1 and coprime to a. Euclid: x a = r, y a = v, where
 * only the sizes of x and y are kept, for their signs take turns. */
static uint64_t
invert_word(uint64_t a, uint64_t m)
{
	uint64_t r = a % m, v = m, x = 1, y = 0;
	bool negative = false;

	while (r != 1) {
		uint64_t q = v / r, t = v % r;

		v = r, r = t;
		t = y + q * x;
		y = x, x = t;
		negative = !negative;
	}
	return negative ? m - x : x;
}

/*
 * a is one word: x = (1 + k m) / a with the k that makes it whole, which is
 * minus the inverse of m modulo a. Lagrange denominators of few parties are
 * that small.
 */
static struct wide
invert_small(uint64_t a, const struct wide *m)
{
	struct wide t = *m, x = {{0}};
	uint128 rest = 0;
	uint64_t k, product[5];

	if (a == 1)
		return (struct wide){{1}};
	k = a - invert_word(wide_divide(&t, a), a);
	for (int i = 0; i < 4; i++) {
		rest += (uint128)k * m->w[i] + (i == 0);
		product[i] = (uint64_t)rest;
		rest >>= 64;
	}
	product[4] = (uint64_t)rest;
	rest = product[4]; /* below a, as k is */
	for (int i = 3; i >= 0; i--) {
		rest = rest << 64 | product[i];
		x.w[i] = (uint64_t)(rest / a);
		rest %= a;
	}
	assert(rest == 0);
	return x;
}

/* Take the twos out of u, and out of x modulo m. */
static void
make_odd(struct wide *u, struct wide *x, const struct wide *m)
{
	while ((u->w[0] & 1) == 0) {
		wide_half(u, 0);
		wide_half(x, x->w[0] & 1 ? wide_add(x, m) : 0);
	}
}

void
invert_public(uint8_t out[static 32], const uint8_t a[static 32],
    const uint8_t modulus[static 32])
{
	struct wide u = wide_load(a), v = wide_load(modulus), m = v;
	struct wide x = {{1}}, y = {{0}};

	assert(!wide_is(&u, 0) && wide_below(&u, &m));
	if ((u.w[1] | u.w[2] | u.w[3]) == 0) {
		x = invert_small(u.w[0], &m);
		u = (struct wide){{1}};
	}
	make_odd(&u, &x, &m);
	while (!wide_is(&u, 1)) {
		/* both odd; the larger becomes their difference, which is even
		 * and not zero, for they are coprime and not both 1 */
		if (wide_below(&u, &v)) {
			struct wide t = u;

			u = v;
			v = t;
			t = x;
			x = y;
			y = t;
		}
		wide_sub(&u, &v);
		if (wide_sub(&x, &y) != 0)
			wide_add(&x, &m);
		make_odd(&u, &x, &m);
	}
	for (int i = 0; i < 32; i++)
		out[i] = (uint8_t)(x.w[i / 8] >> 8 * (i % 8));
}
