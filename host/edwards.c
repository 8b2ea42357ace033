/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding, encoding and plain additions of host/edwards.h. PUBLIC data only.
 *
 * Decoding with the subgroup test is what rounds of FROST and batches of
 * signatures spend most of their time on: multiplying by the group order
 * costs 39 us, the test below 5, and both say the same. Why it is right is
 * written at subgroup_residue.
 */
#include "host/edwards.h"

#include <string.h>

#include "host/edwards_parts.h"

static const struct edwards_fe fe_one = {{1, 0, 0, 0, 0}};
static const struct edwards_fe fe_d = {{0x34dca135978a3, 0x1a8283b156ebd,
    0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff}};
static const struct edwards_fe fe_sqrt_m1 = {{0x61b274a0ea0b0,
    0xd5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d}};

static uint64_t
load64(const uint8_t b[static 8])
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | b[i];
	return v;
}

/* The lower 255 bits. */
static void
fe_load(struct edwards_fe *out, const uint8_t b[static 32])
{
	out->v[0] = load64(b) & MASK51;
	out->v[1] = load64(b + 6) >> 3 & MASK51;
	out->v[2] = load64(b + 12) >> 6 & MASK51;
	out->v[3] = load64(b + 19) >> 1 & MASK51;
	out->v[4] = load64(b + 24) >> 12 & MASK51;
}

/* The one representative below p. Limbs up to 2^54. */
static void
fe_reduce(struct edwards_fe *out, const struct edwards_fe *a)
{
	uint64_t v[5], q;

	memcpy(v, a->v, sizeof v);
	for (int turn = 0; turn < 2; turn++) {
		for (int i = 0; i < 4; i++) {
			v[i + 1] += v[i] >> 51;
			v[i] &= MASK51;
		}
		v[0] += 19 * (v[4] >> 51);
		v[4] &= MASK51;
	}
	/* Now below 2^255 + 2^10: q is 1 exactly if it is p or above. */
	q = v[0] + 19;
	for (int i = 1; i < 5; i++)
		q = v[i] + (q >> 51);
	q >>= 51;
	v[0] += 19 * q;
	for (int i = 0; i < 4; i++) {
		v[i + 1] += v[i] >> 51;
		v[i] &= MASK51;
	}
	v[4] &= MASK51;
	memcpy(out->v, v, sizeof v);
}

static void
fe_store(uint8_t b[static 32], const struct edwards_fe *a)
{
	struct edwards_fe r;
	uint64_t w[4];

	fe_reduce(&r, a);
	w[0] = r.v[0] | r.v[1] << 51;
	w[1] = r.v[1] >> 13 | r.v[2] << 38;
	w[2] = r.v[2] >> 26 | r.v[3] << 25;
	w[3] = r.v[3] >> 39 | r.v[4] << 12;
	for (int i = 0; i < 32; i++)
		b[i] = (uint8_t)(w[i / 8] >> 8 * (i % 8));
}

static bool
fe_is_zero(const struct edwards_fe *a)
{
	struct edwards_fe r;

	fe_reduce(&r, a);
	return (r.v[0] | r.v[1] | r.v[2] | r.v[3] | r.v[4]) == 0;
}

/* a tight, limbs of b below 2^53 - 2^7 */
static bool
fe_equal(const struct edwards_fe *a, const struct edwards_fe *b)
{
	struct edwards_fe difference;

	fe_sub_4p(&difference, a, b);
	return fe_is_zero(&difference);
}

static void
fe_negate(struct edwards_fe *out, const struct edwards_fe *a)
{
	static const struct edwards_fe zero;

	fe_sub_4p(out, &zero, a);
	fe_mul(out, out, &fe_one); /* tight again */
}

static __attribute__((noinline)) void
fe_square_times(struct edwards_fe *out, const struct edwards_fe *a, int n)
{
	struct edwards_fe r = *a;

	while (n-- > 0)
		fe_square(&r, &r);
	*out = r;
}

/* Of two at once: while one waits for its carries the other multiplies. */
static __attribute__((noinline)) void
fe_square_times_two(struct edwards_fe out[static 2],
    const struct edwards_fe a[static 2], int n)
{
	struct edwards_fe r = a[0], s = a[1];

	while (n-- > 0) {
		fe_square(&r, &r);
		fe_square(&s, &s);
	}
	out[0] = r;
	out[1] = s;
}

/* One or two elements on the way of a power. */
struct powers {
	struct edwards_fe f[2];
};

static void
powers_square(
    struct powers *out, const struct powers *a, int times, size_t n)
{
	if (n == 1)
		fe_square_times(out->f, a->f, times);
	else
		fe_square_times_two(out->f, a->f, times);
}

static void
powers_mul(struct powers *out, const struct powers *a, const struct powers *b,
    size_t n)
{
	for (size_t i = 0; i < n; i++)
		fe_mul(&out->f[i], &a->f[i], &b->f[i]);
}

/* a^(2^250 - 1), and a^11 on the way: what all exponents here begin with. */
static void
powers_250(struct powers *out, struct powers *eleven, const struct powers *a,
    size_t n)
{
	struct powers t, u, five, ten, twenty, fifty, hundred;

	powers_square(&t, a, 1, n);
	powers_square(&u, &t, 2, n);
	powers_mul(&u, &u, a, n); /* 9 */
	powers_mul(eleven, &u, &t, n);
	powers_square(&t, eleven, 1, n);
	powers_mul(&five, &t, &u, n); /* 2^5 - 1 */
	powers_square(&t, &five, 5, n);
	powers_mul(&ten, &t, &five, n);
	powers_square(&t, &ten, 10, n);
	powers_mul(&twenty, &t, &ten, n);
	powers_square(&t, &twenty, 20, n);
	powers_mul(&t, &t, &twenty, n); /* 2^40 - 1 */
	powers_square(&t, &t, 10, n);
	powers_mul(&fifty, &t, &ten, n);
	powers_square(&t, &fifty, 50, n);
	powers_mul(&hundred, &t, &fifty, n);
	powers_square(&t, &hundred, 100, n);
	powers_mul(&t, &t, &hundred, n); /* 2^200 - 1 */
	powers_square(&t, &t, 50, n);
	powers_mul(out, &t, &fifty, n);
}

/* Each to the power (p - 5) / 8; n is 1 or 2. */
static void
fe_power_p58(struct edwards_fe *const a[], size_t n)
{
	struct powers base = {{*a[0], *a[n - 1]}}, t, eleven;

	powers_250(&t, &eleven, &base, n);
	powers_square(&t, &t, 2, n);
	powers_mul(&t, &t, &base, n);
	for (size_t i = 0; i < n; i++)
		*a[i] = t.f[i];
}

static void
fe_invert(struct edwards_fe *out, const struct edwards_fe *a)
{
	struct powers t = {{*a}}, eleven;

	powers_250(&t, &eleven, &t, 1);
	powers_square(&t, &t, 5, 1);
	powers_mul(&t, &t, &eleven, 1);
	*out = t.f[0];
}

/* The powers are most of the work; where there are vectors, four cost little
 * more than one. */
static enum edwards_vectors most = EDWARDS_IFMA;

void
edwards_vectors_most(enum edwards_vectors limit)
{
	most = limit;
}

enum edwards_vectors
edwards_vectors(void)
{
	if (most >= EDWARDS_IFMA && fe_ifma())
		return EDWARDS_IFMA;
	return most >= EDWARDS_AVX2 && fe_avx2() ? EDWARDS_AVX2 : EDWARDS_PLAIN;
}

/* Each to the power (p - 5) / 8. */
static void
power_each(struct edwards_fe *const a[], size_t n)
{
	enum edwards_vectors with = n > 1 ? edwards_vectors() : EDWARDS_PLAIN;

	if (with == EDWARDS_IFMA)
		fe_power_p58_ifma(a, n);
	else if (with == EDWARDS_AVX2)
		fe_power_p58_avx2(a, n);
	else
		for (size_t i = 0; i < n; i += 2)
			fe_power_p58(a + i, n - i < 2 ? 1 : 2);
}

/*
 * sqrt(u / v), RFC 8032 section 5.1.3 step 2, in two halves: between them
 * `power` is brought to the power (p - 5) / 8. v is not zero.
 */
struct root {
	struct edwards_fe v3, power;
};

static void
root_begin(struct root *k, const struct edwards_fe *u,
    const struct edwards_fe *v)
{
	struct edwards_fe t;

	fe_square(&t, v);
	fe_mul(&k->v3, &t, v);
	fe_square(&t, &k->v3);
	fe_mul(&t, &t, v);
	fe_mul(&k->power, &t, u);
}

/* Whichever of the two roots; false if there is none. */
static bool
root_end(struct edwards_fe *r, const struct root *k,
    const struct edwards_fe *u, const struct edwards_fe *v)
{
	struct edwards_fe check, minus;

	fe_mul(r, &k->power, &k->v3);
	fe_mul(r, r, u);
	fe_square(&check, r);
	fe_mul(&check, &check, v);
	if (fe_equal(&check, u))
		return true;
	fe_negate(&minus, u);
	fe_mul(r, r, &fe_sqrt_m1);
	return fe_equal(&check, &minus);
}

/* L = 2^252 + 27742317777372353535851937790883648493 */
bool
edwards_scalar_canonical(const uint8_t s[static 32])
{
	static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63,
	    0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10};

	for (int i = 31; i >= 0; i--)
		if (s[i] != order[i])
			return s[i] < order[i];
	return false;
}

void
edwards_identity(struct edwards *out)
{
	memset(out, 0, sizeof *out);
	out->y = out->z = fe_one;
}

/* A point on its way from its encoding. x^2 = u / v. */
struct opening {
	struct edwards_fe u, v, w; /* y^2 - 1, 1 + d y^2, 1 - y^2 */
	struct root x, i;	   /* i = 1 / sqrt(w), for the subgroup */
	struct edwards_fe residue; /* what is 1 in the subgroup */
};

/* False: the encoding is no field element. All is set anyhow. */
static bool
opening_begin(struct opening *o, struct edwards *out,
    const uint8_t bytes[static 32])
{
	struct edwards_fe yy, check;

	fe_load(&out->y, bytes);
	out->z = fe_one;
	fe_square(&yy, &out->y);
	fe_sub(&o->w, &fe_one, &yy);
	fe_sub(&o->u, &yy, &fe_one);
	fe_mul(&o->v, &yy, &fe_d);
	fe_add(&o->v, &o->v, &fe_one);
	root_begin(&o->x, &o->u, &o->v);
	fe_reduce(&check, &out->y); /* y may be p or above */
	return memcmp(&check, &out->y, sizeof check) == 0;
}

/* Of the two x, the one with the wanted parity. */
static bool
opening_end(const struct opening *o, struct edwards *out,
    const uint8_t bytes[static 32])
{
	struct edwards_fe x;

	if (!root_end(&x, &o->x, &o->u, &o->v))
		return false;
	fe_reduce(&x, &x);
	if ((x.v[0] & 1) != bytes[31] >> 7) {
		if (fe_is_zero(&x))
			return false; /* x = 0 has one spelling */
		fe_negate(&x, &x);
	}
	out->x = x;
	fe_mul(&out->t, &out->x, &out->y);
	return true;
}

/*
 * Whether a decoded point lies in the subgroup of prime order, the identity
 * excluded; exact. In Montgomery's form the curve is E: v^2 = u (u^2 + A u
 * + 1) with group Z/8 x Z/q, A = 486662, and u = (1 + y) / (1 - y).
 *
 * P is twice a point exactly if u is a square, that is, if 1 - y^2 is. Then P
 * is the image of two points Q and Q + K, K = (0, 0), of the 2-isogenous curve
 *
 *	E': Y^2 = X (X - (A + 2)) (X - (A - 2))
 *
 * and P has prime order exactly if that character of E'/4E', of order 4,
 * which is 1 at K is 1 at Q too. It is the Tate pairing with a point T of
 * order 4, 2 T = (A + 2, 0), that is, the class of l(Q)^2 / (X - (A + 2))
 * modulo fourth powers, where l: Y - lam X - mu is the tangent at T. (Koshelev,
 * eprint 2022/1164, tests other curves by the same idea.)
 *
 * With i = 1 / sqrt(1 - y^2), c = sqrt(-(A + 2)), b = -x (1 + d y^2) i:
 * X = N / h, Y = 2 a N / h^2, a = (1 - y^2) i, X - (A + 2) = g / h. M is
 * l(Q) h^2. It does not matter which root i is: the other one gives the
 * other preimage, or its negative.
 *
 * tests/unit/check_edwards.c holds this against libsodium over all eight
 * classes of torsion.
 */
static bool
subgroup_residue(struct opening *o, const struct edwards *p)
{
	static const struct edwards_fe ap2 = {{0x76d08}}; /* A + 2 */
	static const struct edwards_fe am2 = {{0x76d04}}; /* A - 2 */
	static const struct edwards_fe c2 = {{0x40955fe8afc0c,
	    0x452df46a0b31b, 0x7e27bf62d0e9e, 0x6bbd27b08dc03,
	    0x1e4ddbe8c1400}}; /* 2 c */
	static const struct edwards_fe lam = {{0x248ef9c884413, 0xe509526c7d34,
	    0x7d29bbd8d6847, 0x157e10fd3bd6b, 0x6be4f497f9a9c}};
	static const struct edwards_fe mu = {{0x26b2339c5da3e, 0x29ea5ceded36a,
	    0x2ec8f043cae2e, 0x2fe702bc742c2, 0x748bd24e97fec}};
	struct edwards_fe i, a, cb, n, g, h, m, t;

	if (fe_is_zero(&o->w) || !root_end(&i, &o->i, &fe_one, &o->w))
		return false;
	fe_mul(&a, &o->w, &i);
	fe_mul(&cb, &p->x, &o->v);
	fe_mul(&cb, &cb, &i);
	fe_mul(&cb, &cb, &c2); /* -2cb */
	fe_mul(&t, &p->y, &am2);
	fe_sub(&n, &ap2, &t);
	fe_sub(&n, &n, &cb);
	fe_mul(&n, &n, &fe_one);
	fe_add(&g, &p->y, &p->y);
	fe_add(&g, &g, &g); /* y is tight: below 2^53.1 */
	fe_sub(&g, &g, &cb);
	fe_sub(&h, &fe_one, &p->y);
	fe_mul(&h, &h, &fe_one);
	/* M = 2aN - h (mu h + lam N) */
	fe_add(&a, &a, &a);
	fe_mul(&m, &a, &n);
	fe_mul(&t, &mu, &h);
	fe_mul(&n, &lam, &n);
	fe_add(&t, &t, &n);
	fe_mul(&t, &t, &h);
	fe_sub(&m, &m, &t);
	/* M^2 h g^3, of which the power (p - 1) / 4 is asked */
	fe_square(&m, &m);
	fe_mul(&m, &m, &h);
	fe_mul(&m, &m, &g);
	fe_square(&g, &g);
	fe_mul(&o->residue, &m, &g);
	return true;
}

/* a = residue^((p - 5) / 8) */
static bool
subgroup_end(const struct opening *o, const struct edwards_fe *a)
{
	struct edwards_fe t;

	fe_square(&t, a);
	fe_mul(&t, &t, &o->residue);
	return fe_equal(&t, &fe_one);
}

bool
edwards_decode(struct edwards *out, const uint8_t bytes[static 32])
{
	struct opening o;
	bool good = opening_begin(&o, out, bytes);

	fe_power_p58(&(struct edwards_fe *){&o.x.power}, 1);
	if (good && opening_end(&o, out, bytes))
		return true;
	edwards_identity(out);
	return false;
}

#define TURN 32

static void
decode_turn(struct edwards *const out[], bool good[],
    const uint8_t *const bytes[], size_t n)
{
	struct opening open[TURN];
	struct edwards_fe *power[2 * TURN] = {NULL}, last[TURN];

	for (size_t i = 0; i < n; i++) {
		good[i] = opening_begin(&open[i], out[i], bytes[i]);
		root_begin(&open[i].i, &fe_one, &open[i].w);
		power[2 * i] = &open[i].x.power;
		power[2 * i + 1] = &open[i].i.power;
	}
	power_each(power, 2 * n);
	for (size_t i = 0; i < n; i++) {
		last[i] = fe_one;
		power[i] = &last[i];
		good[i] = good[i] && opening_end(&open[i], out[i], bytes[i]) &&
		    subgroup_residue(&open[i], out[i]);
		if (good[i])
			last[i] = open[i].residue;
	}
	power_each(power, n);
	for (size_t i = 0; i < n; i++) {
		good[i] = good[i] && subgroup_end(&open[i], &last[i]);
		if (!good[i])
			edwards_identity(out[i]);
	}
}

bool
edwards_decode_prime_each(struct edwards *const out[], bool good[],
    const uint8_t *const bytes[], size_t n)
{
	bool all = true;

	for (size_t from = 0; from < n; from += TURN)
		decode_turn(out + from, good + from, bytes + from,
		    n - from < TURN ? n - from : TURN);
	for (size_t i = 0; i < n; i++)
		all = all && good[i];
	return all;
}

bool
edwards_decode_prime(struct edwards *out, const uint8_t bytes[static 32])
{
	const uint8_t *in = bytes;
	bool good;

	decode_turn(&out, &good, &in, 1);
	return good;
}

static void
encode(uint8_t bytes[static 32], const struct edwards *p,
    const struct edwards_fe *inverse)
{
	struct edwards_fe x, y;

	fe_mul(&x, &p->x, inverse);
	fe_mul(&y, &p->y, inverse);
	fe_reduce(&x, &x);
	fe_store(bytes, &y);
	bytes[31] |= (uint8_t)((x.v[0] & 1) << 7);
}

void
edwards_encode(uint8_t bytes[static 32], const struct edwards *p)
{
	struct edwards_fe inverse;

	fe_invert(&inverse, &p->z);
	encode(bytes, p, &inverse);
}

/* Montgomery's trick: no Z is zero, since the addition is complete. */
void
edwards_encode_each(uint8_t (*bytes)[32], const struct edwards *p, size_t n)
{
	struct edwards_fe before[EDWARDS_ENCODE_MAX], all, one;

	while (n > 0) {
		size_t turn = n < EDWARDS_ENCODE_MAX ? n : EDWARDS_ENCODE_MAX;

		all = fe_one;
		for (size_t i = 0; i < turn; i++) {
			before[i] = all;
			fe_mul(&all, &all, &p[i].z);
		}
		fe_invert(&all, &all);
		for (size_t i = turn; i-- > 0;) {
			fe_mul(&one, &all, &before[i]);
			fe_mul(&all, &all, &p[i].z);
			encode(bytes[i], &p[i], &one);
		}
		bytes += turn;
		p += turn;
		n -= turn;
	}
}

bool
edwards_is_identity(const struct edwards *p)
{
	return fe_is_zero(&p->x) && fe_equal(&p->y, &p->z);
}

bool
edwards_equal(const struct edwards *p, const struct edwards *q)
{
	struct edwards_fe a, b;

	fe_mul(&a, &p->x, &q->z);
	fe_mul(&b, &q->x, &p->z);
	if (!fe_equal(&a, &b))
		return false;
	fe_mul(&a, &p->y, &q->z);
	fe_mul(&b, &q->y, &p->z);
	return fe_equal(&a, &b);
}

void
edwards_negate(struct edwards *out, const struct edwards *p)
{
	*out = *p;
	fe_negate(&out->x, &p->x);
	fe_negate(&out->t, &p->t);
}

static void
add(struct edwards *out, const struct edwards *p, const struct edwards *q,
    bool subtract)
{
	struct cached c;
	struct halves h;

	cached_of(&c, q);
	halves_add(&h, p, &c, false, subtract);
	halves_join(out, &h);
}

void
edwards_add(
    struct edwards *out, const struct edwards *p, const struct edwards *q)
{
	add(out, p, q, false);
}

void
edwards_sub(
    struct edwards *out, const struct edwards *p, const struct edwards *q)
{
	add(out, p, q, true);
}

/* Left to right over the non-adjacent form of k, whose digit at i is bit i + 1
 * of 3k less that of k. */
void
edwards_mul_small(struct edwards *out, const struct edwards *p, unsigned k)
{
	const uint64_t k3 = 3 * (uint64_t)k;
	struct edwards r = *p;
	struct cached c;
	struct halves h;

	if (k == 0) {
		edwards_identity(out);
		return;
	}
	cached_of(&c, p);
	/* the topmost digit is 1: r stands for it */
	for (int at = 62 - __builtin_clzll(k3); at-- > 0;) {
		unsigned plus = k3 >> (at + 1) & 1;
		unsigned minus = (uint64_t)k >> (at + 1) & 1;

		halves_double(&h, &r);
		if (plus != minus) {
			halves_join(&r, &h);
			halves_add(&h, &r, &c, false, minus == 1);
		}
		if (at > 0)
			halves_join_no_t(&r, &h);
		else
			halves_join(&r, &h);
	}
	*out = r;
}
