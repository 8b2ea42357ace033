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
