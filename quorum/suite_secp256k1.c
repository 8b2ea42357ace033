/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FROST(secp256k1, SHA-256) with BIP 340 output: RFC 9591 section 6.5 with
 * the context string and the challenge of ZF's and noble's taproot suite; how
 * parities go is in frost.c. The group is libsecp256k1 0.2.
 *
 * That library multiplies by a secret in constant time in two places only:
 * secp256k1_ec_pubkey_create and secp256k1_ecdh. Its public tweak_mul is
 * variable time and serves public_combine alone. Scalars are added and
 * multiplied here, since its functions refuse zero: without branches and
 * look-ups that depend on a value.
 */
#include "quorum/suite.h"

#include <assert.h>
#include <secp256k1.h>
#include <secp256k1_ecdh.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>
#include <sodium.h>
#include <string.h>

#include "quorum/invert.h"

#define CONTEXT "FROST-secp256k1-SHA256-TR-v1"

typedef unsigned __int128 uint128;

/*
 * One context a process, made at first use, blinded with fresh randomness,
 * read only afterwards. Two threads may make one each; one of them stays.
 */
static const secp256k1_context *
library(void)
{
	static secp256k1_context *shared;
	secp256k1_context *c = __atomic_load_n(&shared, __ATOMIC_ACQUIRE);
	secp256k1_context *none = NULL;
	uint8_t blind[32];

	if (c != NULL)
		return c;
	c = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	randombytes_buf(blind, sizeof blind);
	if (c == NULL || !secp256k1_context_randomize(c, blind))
		assert(false);
	sodium_memzero(blind, sizeof blind);
	if (__atomic_compare_exchange_n(&shared, &none, c, false,
		__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return c;
	secp256k1_context_destroy(c);
	return none;
}

/* ---- scalars: four words, the lowest first ---- */

struct wide {
	uint64_t w[4];
};

/* n = 2^256 - complement */
static const struct wide order = {{0xbfd25e8cd0364141, 0xbaaedce6af48a03b,
    0xfffffffffffffffe, 0xffffffffffffffff}};
static const uint64_t complement[3] = {
    0x402da1732fc9bebf, 0x4551231950b75fc4, 1};

static void
load(struct wide *out, const uint8_t b[static 32])
{
	for (int i = 0; i < 4; i++) {
		out->w[3 - i] = 0;
		for (int j = 0; j < 8; j++)
			out->w[3 - i] = out->w[3 - i] << 8 | b[8 * i + j];
	}
}

static void
store(struct scalar *out, const struct wide *a)
{
	for (int i = 0; i < 32; i++)
		out->b[31 - i] = (uint8_t)(a->w[i / 8] >> 8 * (i % 8));
}

/* out = a - b; returns the borrow. */
static uint64_t
minus(struct wide *out, const struct wide *a, const struct wide *b)
{
	uint64_t borrow = 0;

	for (int i = 0; i < 4; i++) {
		uint128 d = (uint128)a->w[i] - b->w[i] - borrow;

		out->w[i] = (uint64_t)d;
		borrow = (uint64_t)(d >> 64) & 1;
	}
	return borrow;
}

/* a, which has one more bit above, less the order if that is not negative. */
static void
reduce_once(struct wide *a, uint64_t above)
{
	struct wide less;
	uint64_t borrow = minus(&less, a, &order);
	uint64_t keep = 0 - (borrow & (above ^ 1));

	for (int i = 0; i < 4; i++)
		a->w[i] = (a->w[i] & keep) | (less.w[i] & ~keep);
}

/* out[0..n) = low four words of in + high words times the complement. */
static void
fold(uint64_t *out, size_t n, const uint64_t *in, size_t in_n)
{
	uint64_t t[8] = {0};

	memcpy(t, in, 4 * sizeof *t);
	for (size_t i = 4; i < in_n; i++) {
		uint64_t carry = 0;

		for (size_t j = 0; j < 3; j++) {
			uint128 m = (uint128)in[i] * complement[j] +
			    t[i - 4 + j] + carry;

			t[i - 4 + j] = (uint64_t)m;
			carry = (uint64_t)(m >> 64);
		}
		for (size_t j = i - 1; j < 8; j++) {
			uint128 m = (uint128)t[j] + carry;

			t[j] = (uint64_t)m;
			carry = (uint64_t)(m >> 64);
		}
	}
	memcpy(out, t, n * sizeof *t);
	sodium_memzero(t, sizeof t);
}

/* 512 bits modulo the order: 256 + 130 bits, 256 + 5, 256 + 1, below. */
static void
reduce(struct scalar *out, const uint64_t in[static 8])
{
	uint64_t t[8] = {0};
	struct wide a;

	fold(t, 7, in, 8);
	fold(t, 5, t, 7);
	fold(t, 5, t, 5);
	memcpy(a.w, t, sizeof a.w);
	reduce_once(&a, t[4]);
	reduce_once(&a, 0);
	store(out, &a);
	sodium_memzero(t, sizeof t);
	sodium_memzero(&a, sizeof a);
}

static bool
scalar_check(const struct scalar *s)
{
	struct wide a, less;

	load(&a, s->b);
	return minus(&less, &a, &order) == 1;
}

static void
scalar_set(struct scalar *out, uint64_t value)
{
	struct wide a = {{value}};

	store(out, &a);
}

static void
scalar_add(struct scalar *out, const struct scalar *a, const struct scalar *b)
{
	struct wide x, y;
	uint64_t carry = 0;

	load(&x, a->b);
	load(&y, b->b);
	for (int i = 0; i < 4; i++) {
		uint128 sum = (uint128)x.w[i] + y.w[i] + carry;

		x.w[i] = (uint64_t)sum;
		carry = (uint64_t)(sum >> 64);
	}
	reduce_once(&x, carry);
	store(out, &x);
	sodium_memzero(&x, sizeof x);
	sodium_memzero(&y, sizeof y);
}

static void
scalar_sub(struct scalar *out, const struct scalar *a, const struct scalar *b)
{
	struct wide x, y;
	uint64_t again, carry = 0;

	load(&x, a->b);
	load(&y, b->b);
	again = 0 - minus(&x, &x, &y);
	for (int i = 0; i < 4; i++) {
		uint128 sum = (uint128)x.w[i] + (order.w[i] & again) + carry;

		x.w[i] = (uint64_t)sum;
		carry = (uint64_t)(sum >> 64);
	}
	store(out, &x);
	sodium_memzero(&x, sizeof x);
	sodium_memzero(&y, sizeof y);
}

static void
scalar_mul(struct scalar *out, const struct scalar *a, const struct scalar *b)
{
	struct wide x, y;
	uint64_t t[8] = {0};

	load(&x, a->b);
	load(&y, b->b);
	for (int i = 0; i < 4; i++) {
		uint64_t carry = 0;

		for (int j = 0; j < 4; j++) {
			uint128 m =
			    (uint128)x.w[i] * y.w[j] + t[i + j] + carry;

			t[i + j] = (uint64_t)m;
			carry = (uint64_t)(m >> 64);
		}
		t[i + 4] = carry;
	}
	reduce(out, t);
	sodium_memzero(t, sizeof t);
	sodium_memzero(&x, sizeof x);
	sodium_memzero(&y, sizeof y);
}

static void
scalar_invert(struct scalar *out, const struct scalar *a)
{
	uint8_t in[32], m[32], inverse[32];
	struct scalar n;

	store(&n, &order);
	for (int i = 0; i < 32; i++) {
		in[i] = a->b[31 - i];
		m[i] = n.b[31 - i];
	}
	invert_public(inverse, in, m);
	for (int i = 0; i < 32; i++)
		out->b[i] = inverse[31 - i];
}

/* Big endian, like every number of this suite. */
static void
scalar_wide(struct scalar *out, const uint8_t wide[static 64])
{
	struct wide high, low;
	uint64_t t[8];

	load(&high, wide);
	load(&low, wide + 32);
	memcpy(t, low.w, sizeof low.w);
	memcpy(t + 4, high.w, sizeof high.w);
	reduce(out, t);
	sodium_memzero(t, sizeof t);
	sodium_memzero(&high, sizeof high);
	sodium_memzero(&low, sizeof low);
}

/* ---- points: the identity has prefix 0 ---- */

static bool
parse(secp256k1_pubkey *out, const struct point *p)
{
	uint8_t wire[33];

	wire[0] = p->prefix;
	memcpy(wire + 1, p->b, 32);
	return secp256k1_ec_pubkey_parse(library(), out, wire, sizeof wire) ==
	    1;
}

static void
put(struct point *out, const secp256k1_pubkey *p)
{
	uint8_t wire[33];
	size_t n = sizeof wire;

	if (!secp256k1_ec_pubkey_serialize(
		library(), wire, &n, p, SECP256K1_EC_COMPRESSED))
		assert(false);
	out->prefix = wire[0];
	memcpy(out->b, wire + 1, 32);
}

static bool
point_check(const struct point *p)
{
	secp256k1_pubkey parsed;

	return parse(&parsed, p);
}

static void
point_identity(struct point *out)
{
	memset(out, 0, sizeof *out);
}

static bool
point_is_identity(const struct point *p)
{
	return p->prefix == 0;
}

static bool
point_base(struct point *out, const struct scalar *a)
{
	secp256k1_pubkey p;
	int good = secp256k1_ec_pubkey_create(library(), &p, a->b);

	if (good == 1)
		put(out, &p);
	else
		point_identity(out);
	sodium_memzero(&p, sizeof p);
	return good == 1;
}

static int
whole_point(unsigned char *out, const unsigned char *x, const unsigned char *y,
    void *context)
{
	(void)context;
	out[0] = (unsigned char)(2 | (y[31] & 1));
	memcpy(out + 1, x, 32);
	return 1;
}

static bool
point_mul(struct point *out, const struct scalar *a, const struct point *p)
{
	secp256k1_pubkey parsed;
	uint8_t wire[33];
	bool good = parse(&parsed, p) &&
	    secp256k1_ecdh(
		library(), wire, &parsed, a->b, whole_point, NULL) == 1;

	point_identity(out);
	if (good) {
		out->prefix = wire[0];
		memcpy(out->b, wire + 1, 32);
	}
	sodium_memzero(wire, sizeof wire);
	return good;
}

/* ---- public points ---- */

struct inside {
	uint64_t some; /* 0: the identity */
	secp256k1_pubkey p;
};
_Static_assert(
    sizeof(struct inside) <= sizeof(struct public_point), "fits");

static struct inside *
inside(struct public_point *p)
{
	return (struct inside *)p;
}

static const struct inside *
inside_of(const struct public_point *p)
{
	return (const struct inside *)p;
}

static bool
public_open(struct public_point *out, const struct point *p)
{
	struct inside *in = inside(out);

	memset(out, 0, sizeof *out);
	in->some = parse(&in->p, p);
	return in->some == 1;
}

static bool
public_open_each(struct public_point *const out[], bool good[],
    const struct point *const p[], size_t n)
{
	bool all = true;

	for (size_t i = 0; i < n; i++) {
		good[i] = public_open(out[i], p[i]);
		all = all && good[i];
	}
	return all;
}

static void
public_take(struct public_point *out, const struct point *p)
{
	bool good = public_open(out, p);

	assert(good || point_is_identity(p));
	(void)good;
}

static void
public_close(struct point *out, const struct public_point *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (inside_of(&p[i])->some)
			put(&out[i], &inside_of(&p[i])->p);
		else
			point_identity(&out[i]);
}

static bool
public_is_identity(const struct public_point *p)
{
	return inside_of(p)->some == 0;
}

static bool
public_equal(const struct public_point *p, const struct public_point *r)
{
	const struct inside *a = inside_of(p), *b = inside_of(r);

	return a->some == b->some &&
	    (a->some == 0 ||
		secp256k1_ec_pubkey_cmp(library(), &a->p, &b->p) == 0);
}

/* The sum of n points, none of which is the identity. */
static void
sum(struct public_point *out, const secp256k1_pubkey *const *p, size_t n)
{
	struct inside r = {0};

	if (n == 1)
		r.p = *p[0];
	r.some = n == 1 ||
	    (n > 1 && secp256k1_ec_pubkey_combine(library(), &r.p, p, n) == 1);
	memset(out, 0, sizeof *out);
	*inside(out) = r;
}

static void
add(struct public_point *out, const struct public_point *p,
    const struct public_point *r, bool negative)
{
	struct inside other = *inside_of(r);
	const secp256k1_pubkey *both[2];
	size_t n = 0;

	if (other.some && negative &&
	    !secp256k1_ec_pubkey_negate(library(), &other.p))
		assert(false);
	if (inside_of(p)->some)
		both[n++] = &inside_of(p)->p;
	if (other.some)
		both[n++] = &other.p;
	sum(out, both, n);
}

static void
public_add(struct public_point *out, const struct public_point *p,
    const struct public_point *r)
{
	add(out, p, r, false);
}

static void
public_sub(struct public_point *out, const struct public_point *p,
    const struct public_point *r)
{
	add(out, p, r, true);
}

/* False if that is the identity. */
static bool
times(secp256k1_pubkey *p, const struct scalar *a)
{
	return !sodium_is_zero(a->b, sizeof a->b) &&
	    secp256k1_ec_pubkey_tweak_mul(library(), p, a->b) == 1;
}

static void
public_small(
    struct public_point *out, const struct public_point *p, unsigned k)
{
	struct inside r = *inside_of(p);
	struct scalar a;

	scalar_set(&a, k);
	r.some = r.some && times(&r.p, &a);
	memset(out, 0, sizeof *out);
	*inside(out) = r;
}

static void
public_combine(struct public_point *out, const struct scalar *base,
    const struct scalar *a, const struct public_point *p, size_t n)
{
	secp256k1_pubkey part[SUITE_TERMS_MAX + 1];
	const secp256k1_pubkey *parts[SUITE_TERMS_MAX + 1];
	size_t count = 0;

	assert(n <= SUITE_TERMS_MAX);
	for (size_t i = 0; i < n; i++) {
		part[count] = inside_of(&p[i])->p;
		if (inside_of(&p[i])->some && times(&part[count], &a[i]))
			count++;
	}
	if (base != NULL &&
	    secp256k1_ec_pubkey_create(library(), &part[count], base->b) == 1)
		count++;
	for (size_t i = 0; i < count; i++)
		parts[i] = &part[i];
	sum(out, parts, count);
}

static void
point_add(struct point *out, const struct point *p, const struct point *r)
{
	struct public_point a, b;

	public_take(&a, p);
	public_take(&b, r);
	public_add(&a, &a, &b);
	public_close(out, &a, 1);
}

static void
point_sub(struct point *out, const struct point *p, const struct point *r)
{
	struct public_point a, b;

	public_take(&a, p);
	public_take(&b, r);
	public_sub(&a, &a, &b);
	public_close(out, &a, 1);
}

/* Nothing is gained by a second point here: only p is looked at. */
static void
public_twin(struct public_twin *out, const struct public_point *p)
{
	out->p = out->high = *p;
}

static void
public_miss(struct public_point *out, struct scalar *factor,
    const struct scalar *z, const struct public_point *d,
    const struct scalar *rho, const struct public_point *e,
    const struct scalar *w, const struct public_twin *y)
{
	struct scalar a[2] = {*rho, *w}, zero, minus;
	struct public_point p[2] = {*e, y->p};

	scalar_set(factor, 1);
	scalar_set(&zero, 0);
	if (z != NULL)
		scalar_sub(&minus, &zero, z);
	public_combine(out, z == NULL ? NULL : &minus, a, p, 2);
	public_add(out, out, d);
}

/* ---- hashes ---- */

static void
update(crypto_hash_sha256_state *s, const struct piece *pieces, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (pieces[i].n > 0)
			crypto_hash_sha256_update(
			    s, pieces[i].bytes, pieces[i].n);
}

/* H4, H5: prefix. */
static void
hash_digest(uint8_t out[static SUITE_DIGEST_MAX], enum suite_hash which,
    const struct piece *pieces, size_t count)
{
	const char *tag = which == SUITE_H4_MESSAGE ? CONTEXT "msg"
						    : CONTEXT "com";
	crypto_hash_sha256_state s;

	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, (const uint8_t *)tag, strlen(tag));
	update(&s, pieces, count);
	crypto_hash_sha256_final(&s, out);
}

/* BIP 340: SHA-256 of the tag's hash twice, then the rest. */
static void
challenge(struct scalar *out, const struct piece *pieces, size_t count)
{
	static const char tag[] = "BIP0340/challenge";
	crypto_hash_sha256_state s;
	uint8_t tag_hash[32], wide[64] = {0};

	crypto_hash_sha256(tag_hash, (const uint8_t *)tag, sizeof tag - 1);
	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, tag_hash, sizeof tag_hash);
	crypto_hash_sha256_update(&s, tag_hash, sizeof tag_hash);
	update(&s, pieces, count);
	crypto_hash_sha256_final(&s, wide + 32);
	scalar_wide(out, wide);
}

/*
 * H1, H3: RFC 9380 section 5.2, one element of 48 bytes, by expand_message_xmd
 * with SHA-256 (section 5.3.1): b0, then two blocks of which 48 bytes count.
 */
static void
hash_to_field(struct scalar *out, const char *dst, const struct piece *pieces,
    size_t count)
{
	static const uint8_t zeros[64];
	static const uint8_t length[3] = {0, 48, 0};
	uint8_t dst_n = (uint8_t)strlen(dst), b0[32], b[2][32], wide[64] = {0};
	crypto_hash_sha256_state s;

	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, zeros, sizeof zeros);
	update(&s, pieces, count);
	crypto_hash_sha256_update(&s, length, sizeof length);
	crypto_hash_sha256_update(&s, (const uint8_t *)dst, dst_n);
	crypto_hash_sha256_update(&s, &dst_n, 1);
	crypto_hash_sha256_final(&s, b0);
	for (uint8_t i = 0; i < 2; i++) {
		uint8_t in[33];

		for (int j = 0; j < 32; j++)
			in[j] = b0[j] ^ (i == 0 ? 0 : b[0][j]);
		in[32] = (uint8_t)(i + 1);
		crypto_hash_sha256_init(&s);
		crypto_hash_sha256_update(&s, in, sizeof in);
		crypto_hash_sha256_update(&s, (const uint8_t *)dst, dst_n);
		crypto_hash_sha256_update(&s, &dst_n, 1);
		crypto_hash_sha256_final(&s, b[i]);
		sodium_memzero(in, sizeof in);
	}
	memcpy(wide + 16, b, 48);
	scalar_wide(out, wide);
	sodium_memzero(&s, sizeof s);
	sodium_memzero(b0, sizeof b0);
	sodium_memzero(b, sizeof b);
	sodium_memzero(wide, sizeof wide);
}

static void
hash_scalar(struct scalar *out, enum suite_hash which,
    const struct piece *pieces, size_t count)
{
	if (which == SUITE_H2_CHALLENGE)
		challenge(out, pieces, count);
	else
		hash_to_field(out,
		    which == SUITE_H1_RHO ? CONTEXT "rho" : CONTEXT "nonce",
		    pieces, count);
}

static void
hash_each(struct scalar *const out[], enum suite_hash which,
    const struct piece *pieces, size_t count, const struct piece *last,
    size_t n)
{
	struct piece all[8];

	assert(count < sizeof all / sizeof *all);
	memcpy(all, pieces, count * sizeof *all);
	for (size_t i = 0; i < n; i++) {
		all[count] = last[i];
		hash_scalar(out[i], which, all, count + 1);
	}
}

static enum rc
verify(const uint8_t sig[static 64], const struct point *key,
    const uint8_t *message, size_t n)
{
	static const uint8_t nothing[1];
	secp256k1_xonly_pubkey x;

	if (secp256k1_xonly_pubkey_parse(library(), &x, key->b) == 1 &&
	    secp256k1_schnorrsig_verify(library(), sig,
		n > 0 ? message : nothing, n, &x) == 1)
		return RC_OK;
	return RC_SIGNATURE_INVALID;
}

const struct suite suite_secp256k1 = {
    .name = "secp256k1",
    .point_bytes = 33,
    .digest_bytes = 32,
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
    .hash_digest = hash_digest,
    .verify = verify,
};
