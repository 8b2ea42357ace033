/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FROST(Ed25519, SHA-512): RFC 9591 section 6.1. Whatever may be secret goes
 * through libsodium's public functions, in constant time; what public_ says is
 * public, through host/edwards.h. Two habits of libsodium shape this file: the noclamp multiplications
 * return -1 for a zero scalar or an identity, in or out, and no function
 * refuses a scalar that is not below the order.
 */
#include "quorum/suite.h"
#include <assert.h>
#include <sodium.h>
#include <string.h>
#include "host/edwards.h"
#include "quorum/invert.h"
#include "verify/ed25519.h"

#define CONTEXT "FROST-ED25519-SHA512-v1"
#define OPEN_TURN 64 /* points in one call */

/* q = 2^252 + 27742317777372353535851937790883648493, little endian */
static const uint8_t order[32] = {
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
    0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

/* Below the order if subtracting the order borrows; constant time. */
static bool
scalar_check(const struct scalar *a)
{
	unsigned borrow = 0;

	for (size_t i = 0; i < sizeof order; i++)
		borrow = ((unsigned)a->b[i] - order[i] - borrow) >> 8 & 1;
	return borrow == 1;
}

static void
scalar_set(struct scalar *out, uint64_t value)
{
	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < 8; i++)
		out->b[i] = (uint8_t)(value >> 8 * i);
}

static void
scalar_add(struct scalar *out, const struct scalar *a, const struct scalar *b)
{
	crypto_core_ed25519_scalar_add(out->b, a->b, b->b);
}

static void
scalar_sub(struct scalar *out, const struct scalar *a, const struct scalar *b)
{
	crypto_core_ed25519_scalar_sub(out->b, a->b, b->b);
}

static void
scalar_mul(struct scalar *out, const struct scalar *a, const struct scalar *b)
{
	crypto_core_ed25519_scalar_mul(out->b, a->b, b->b);
}

/* libsodium's takes 27 us, whatever the scalar; this one a fifth. */
static void
scalar_invert(struct scalar *out, const struct scalar *a)
{
	invert_public(out->b, a->b, order);
}

static void
scalar_wide(struct scalar *out, const uint8_t wide[static 64])
{
	crypto_core_ed25519_scalar_reduce(out->b, wide);
}

static bool
point_check(const struct point *p)
{
	return p->prefix == 0 && crypto_core_ed25519_is_valid_point(p->b) == 1;
}

static void
point_identity(struct point *out)
{
	memset(out, 0, sizeof *out);
	out->b[0] = 1;
}

static bool
point_is_identity(const struct point *p)
{
	return p->b[0] == 1 && sodium_is_zero(p->b + 1, sizeof p->b - 1);
}

static bool
point_base(struct point *out, const struct scalar *a)
{
	out->prefix = 0;
	if (crypto_scalarmult_ed25519_base_noclamp(out->b, a->b) == 0)
		return true;
	point_identity(out);
	return false;
}

static bool
point_mul(struct point *out, const struct scalar *a, const struct point *p)
{
	struct point in = *p;

	out->prefix = 0;
	if (crypto_scalarmult_ed25519_noclamp(out->b, a->b, in.b) == 0)
		return true;
	point_identity(out);
	return false;
}

static void
point_add(struct point *out, const struct point *p, const struct point *r)
{
	int bad = crypto_core_ed25519_add(out->b, p->b, r->b);

	out->prefix = 0;
	assert(bad == 0); /* both were checked, or computed here */
	(void)bad;
}

static void
point_sub(struct point *out, const struct point *p, const struct point *r)
{
	int bad = crypto_core_ed25519_sub(out->b, p->b, r->b);

	out->prefix = 0;
	assert(bad == 0);
	(void)bad;
}

_Static_assert(sizeof(struct public_point) == sizeof(struct edwards) &&
	_Alignof(struct public_point) == _Alignof(struct edwards),
    "a public point is one of host/edwards.h");

static struct edwards *
inside(struct public_point *p)
{
	return (struct edwards *)p;
}

static const struct edwards *
inside_of(const struct public_point *p)
{
	return (const struct edwards *)p;
}

static bool
public_open(struct public_point *out, const struct point *p)
{
	return edwards_decode_prime(inside(out), p->b) && p->prefix == 0;
}

static bool
public_open_each(struct public_point *const out[], bool good[],
    const struct point *const p[], size_t n)
{
	struct edwards *to[OPEN_TURN];
	const uint8_t *from[OPEN_TURN];
	bool all = true;

	for (size_t at = 0; at < n; at += OPEN_TURN) {
		size_t turn = n - at < OPEN_TURN ? n - at
						       : OPEN_TURN;

		for (size_t i = 0; i < turn; i++) {
			to[i] = inside(out[at + i]);
			from[i] = p[at + i]->b;
		}
		all = edwards_decode_prime_each(to, good + at, from, turn) &&
		    all;
		for (size_t i = at; i < at + turn; i++)
			if (p[i]->prefix != 0)
				all = good[i] = false;
	}
	return all;
}

static void
public_take(struct public_point *out, const struct point *p)
{
	bool good = edwards_decode(inside(out), p->b);

	assert(good);
	(void)good;
}

static void
public_close(struct point *out, const struct public_point *p, size_t n)
{
	uint8_t bytes[EDWARDS_ENCODE_MAX][32];

	while (n > 0) {
		size_t turn = n < EDWARDS_ENCODE_MAX ? n : EDWARDS_ENCODE_MAX;

		edwards_encode_each(bytes, inside_of(p), turn);
		for (size_t i = 0; i < turn; i++) {
			out[i].prefix = 0;
			memcpy(out[i].b, bytes[i], 32);
		}
		out += turn;
		p += turn;
		n -= turn;
	}
}

static bool
public_is_identity(const struct public_point *p)
{
	return edwards_is_identity(inside_of(p));
}

static bool
public_equal(const struct public_point *p, const struct public_point *r)
{
	return edwards_equal(inside_of(p), inside_of(r));
}

static void
public_add(struct public_point *out, const struct public_point *p,
    const struct public_point *r)
{
	edwards_add(inside(out), inside_of(p), inside_of(r));
}

static void
public_sub(struct public_point *out, const struct public_point *p,
    const struct public_point *r)
{
	edwards_sub(inside(out), inside_of(p), inside_of(r));
}

static void
public_small(
    struct public_point *out, const struct public_point *p, unsigned k)
{
	edwards_mul_small(inside(out), inside_of(p), k);
}

static void
public_combine(struct public_point *out, const struct scalar *base,
    const struct scalar *a, const struct public_point *p, size_t n)
{
	edwards_msm(inside(out), base == NULL ? NULL : base->b,
	    (const uint8_t (*)[32])a, inside_of(p), n);
}

_Static_assert(sizeof(struct public_twin) == sizeof(struct edwards_twin),
    "a public twin is one of host/edwards.h");

static void
public_twin(struct public_twin *out, const struct public_point *p)
{
	edwards_twin_make((struct edwards_twin *)out, inside_of(p));
}

static void
public_miss(struct public_point *out, struct scalar *factor,
    const struct scalar *z, const struct public_point *d,
    const struct scalar *rho, const struct public_point *e,
    const struct scalar *w, const struct public_twin *y)
{
	struct scalar product, scaled, minus;
	bool negative = edwards_halve(factor->b, product.b, rho->b);

	scalar_mul(&scaled, factor, w);
	if (z != NULL)
		scalar_mul(&minus, factor, z);
	edwards_equation(inside(out), z == NULL ? NULL : minus.b, factor->b,
	    inside_of(d), product.b, negative, inside_of(e), scaled.b,
	    (const struct edwards_twin *)y);
}

/* The challenge alone has no prefix, so that it is RFC 8032's. */
static void
hash_begin(crypto_hash_sha512_state *s, enum suite_hash which,
    const struct piece *pieces, size_t count)
{
	static const char *const tags[] = {
	    [SUITE_H1_RHO] = CONTEXT "rho",
	    [SUITE_H2_CHALLENGE] = "",
	    [SUITE_H3_NONCE] = CONTEXT "nonce",
	    [SUITE_H4_MESSAGE] = CONTEXT "msg",
	    [SUITE_H5_COMMITMENTS] = CONTEXT "com",
	};

	crypto_hash_sha512_init(s);
	crypto_hash_sha512_update(
	    s, (const uint8_t *)tags[which], strlen(tags[which]));
	for (size_t i = 0; i < count; i++)
		if (pieces[i].n > 0) /* an empty piece may be NULL */
			crypto_hash_sha512_update(
			    s, pieces[i].bytes, pieces[i].n);
}

static void
hash(uint8_t out[static 64], enum suite_hash which, const struct piece *pieces,
    size_t count)
{
	crypto_hash_sha512_state s;

	hash_begin(&s, which, pieces, count);
	crypto_hash_sha512_final(&s, out);
	sodium_memzero(&s, sizeof s);
}

static void
hash_scalar(struct scalar *out, enum suite_hash which,
    const struct piece *pieces, size_t count)
{
	uint8_t wide[64];

	hash(wide, which, pieces, count);
	scalar_wide(out, wide);
	sodium_memzero(wide, sizeof wide);
}

static void
hash_each(struct scalar *const out[], enum suite_hash which,
    const struct piece *pieces, size_t count, const struct piece *last,
    size_t n)
{
	crypto_hash_sha512_state common, s;
	uint8_t wide[64];

	hash_begin(&common, which, pieces, count);
	for (size_t i = 0; i < n; i++) {
		s = common;
		crypto_hash_sha512_update(&s, last[i].bytes, last[i].n);
		crypto_hash_sha512_final(&s, wide);
		scalar_wide(out[i], wide);
	}
}

static enum rc
verify(const uint8_t sig[static 64], const struct point *key,
    const uint8_t *message, size_t n)
{
	return ed25519_verify(sig, key->b, message, n);
}

const struct suite suite_ed25519 = {
    .name = "ed25519",
    .point_bytes = 32,
    .digest_bytes = 64,
    .scalar_check = scalar_check,
    .scalar_set = scalar_set,
    .scalar_add = scalar_add,
    .scalar_sub = scalar_sub,
    .scalar_mul = scalar_mul,
    .scalar_invert = scalar_invert,
    .scalar_wide = scalar_wide,
    .point_check = point_check,
    .point_identity = point_identity,
    .point_is_identity = point_is_identity,
    .point_base = point_base,
    .point_mul = point_mul,
    .point_add = point_add,
    .point_sub = point_sub,
    .public_open = public_open,
    .public_open_each = public_open_each,
    .public_take = public_take,
    .public_close = public_close,
    .public_is_identity = public_is_identity,
    .public_equal = public_equal,
    .public_add = public_add,
    .public_sub = public_sub,
    .public_small = public_small,
    .public_combine = public_combine,
    .public_twin = public_twin,
    .public_miss = public_miss,
    .hash_scalar = hash_scalar,
    .hash_each = hash_each,
    .hash_digest = hash,
    .verify = verify,
};
