/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host/edwards.c and edwards_msm.c against libsodium: the decoder's accept
 * set over all eight classes of torsion and random strings, and every sum
 * against libsodium's own additions and multiplications.
 */
#include <check.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/edwards.h"
#include "tests/unit/suite.h"
#include "tests/unit/torsion.h"

/* Decoded, it must agree with libsodium; encoded, be the same bytes. */
static void
agree(const uint8_t bytes[static 32])
{
	int want = crypto_core_ed25519_is_valid_point(bytes);
	struct edwards p;
	uint8_t back[32];
	bool got;

	for (int with = EDWARDS_PLAIN; with <= EDWARDS_IFMA; with++) {
		edwards_vectors_most(with); /* the same with all of them */
		got = edwards_decode_prime(&p, bytes);
		ck_assert_msg(got == (want == 1), "libsodium %d, we %d (%d)",
		    want, got, with);
	}
	if (got) {
		edwards_encode(back, &p);
		ck_assert_mem_eq(back, bytes, 32);
	} else {
		ck_assert(edwards_is_identity(&p));
	}
	if (edwards_decode(&p, bytes)) {
		edwards_encode(back, &p);
		ck_assert_mem_eq(back, bytes, 32);
	} else {
		ck_assert(!got);
	}
}

/* 50,000: of each class 4,000 (of the first, prime order, all good), and
 * 18,000 random strings, half of which are points of whatever order. */
START_TEST(decoding)
{
	uint8_t p[32];
	unsigned good = 0, total = 0;

	torsion_init();
	for (int class = 0; class < 8; class++)
		for (int i = 0; i < 4000; i++, total++) {
			torsion_random(p, class);
			agree(p);
			good += crypto_core_ed25519_is_valid_point(p) == 1;
		}
	ck_assert_uint_eq(good, 4000);
	for (int i = 0; i < 18000; i++, total++) {
		randombytes_buf(p, sizeof p);
		agree(p);
	}
	ck_assert_uint_eq(total, 50000);
}
END_TEST

/* Small orders, every y around 0, 1, -1 and p, both signs. */
START_TEST(decoding_edges)
{
	uint8_t p[32];

	torsion_init();
	for (int class = 0; class < 8; class++) {
		agree(torsion[class]);
		memcpy(p, torsion[class], 32);
		p[31] ^= 0x80;
		agree(p);
	}
	for (int low = 0; low < 256; low++)
		for (int sign = 0; sign < 2; sign++) {
			memset(p, 0, sizeof p);
			p[0] = (uint8_t)low;
			p[31] = (uint8_t)(sign << 7);
			agree(p);
			memset(p, 0xff, sizeof p);
			p[0] = (uint8_t)low;
			p[31] = (uint8_t)(0x7f | sign << 7);
			agree(p);
		}
}
END_TEST

/* Many at once, of every number that fills lanes and turns or does not: good
 * and bad ones in any place, and no neighbour changes a verdict. */
START_TEST(decoding_each)
{
	static uint8_t in[140][32];
	static struct edwards out[140], one;
	struct edwards *to[140];
	const uint8_t *from[140];
	bool good[140], all;

	torsion_init();
	for (size_t n = 0; n <= 140; n += n < 40 ? 1 : 25) {
		bool want = true;

		for (size_t i = 0; i < n; i++) {
			to[i] = &out[(i * 37 + 11) % 140]; /* any order */
			from[i] = in[i];
			if ((i + n) % 5 == 4)
				randombytes_buf(in[i], 32);
			else
				torsion_random(
				    in[i], (i + n) % 3 ? 0 : (int)i % 8);
			want = want &&
			    crypto_core_ed25519_is_valid_point(in[i]) == 1;
		}
		for (int with = EDWARDS_PLAIN; with <= EDWARDS_IFMA; with++) {
			edwards_vectors_most(with);
			all = edwards_decode_prime_each(to, good, from, n);
			edwards_vectors_most(EDWARDS_IFMA);
			ck_assert_int_eq(all, want);
			for (size_t i = 0; i < n; i++) {
				ck_assert_int_eq(good[i],
				    edwards_decode_prime(&one, in[i]));
				ck_assert(edwards_equal(&one, to[i]));
			}
		}
	}
}
END_TEST

static void
random_scalar(uint8_t s[static 32], int kind)
{
	memset(s, 0, 32);
	switch (kind % 5) {
	case 0:
		break; /* zero */
	case 1:
		s[0] = (uint8_t)(1 + randombytes_uniform(8));
		break;
	case 2:
		randombytes_buf(s, 16);
		break;
	default:
		crypto_core_ed25519_scalar_random(s);
	}
}

/* Slow and sure: libsodium, point by point. */
static void
reference(uint8_t out[static 32], const uint8_t *base,
    const uint8_t (*s)[32], const uint8_t (*p)[32], size_t n)
{
	uint8_t t[32];

	memset(out, 0, 32);
	out[0] = 1;
	if (base != NULL && crypto_scalarmult_ed25519_base_noclamp(t, base) == 0)
		crypto_core_ed25519_add(out, out, t);
	for (size_t i = 0; i < n; i++)
		if (crypto_scalarmult_ed25519_noclamp(t, s[i], p[i]) == 0)
			crypto_core_ed25519_add(out, out, t);
}

static uint8_t scalar[700][32], bytes[700][32];
static struct edwards point[700];

/* With every kind of vectors. */
static void
sums_agree(const uint8_t *base, size_t n)
{
	uint8_t want[32], got[32];
	struct edwards r;

	reference(want, base, scalar, bytes, n);
	for (int with = EDWARDS_PLAIN; with <= EDWARDS_IFMA; with++) {
		edwards_vectors_most(with);
		edwards_msm(&r, base, scalar, point, n);
		edwards_encode(got, &r);
		ck_assert_mem_eq(got, want, 32);
	}
}

START_TEST(multiplication)
{
	static const size_t sizes[] = {0, 1, 2, 3, 5, 17, 23, 24, 25, 64, 100,
	    191, 192, 193, 300, 450, 700};
	size_t n = sizes[_i];
	uint8_t base[32];

	torsion_init();
	for (int turn = 0; turn < (n < 20 ? 40 : 1); turn++) {
		for (size_t i = 0; i < n; i++) {
			random_scalar(scalar[i], (int)i + turn);
			torsion_random(bytes[i], 0);
			ck_assert(edwards_decode(&point[i], bytes[i]));
			if (i % 3 == 1) { /* a Z that is not 1 */
				edwards_add(&point[i], &point[i], &point[0]);
				edwards_encode(bytes[i], &point[i]);
			}
		}
		random_scalar(base, turn);
		sums_agree(turn % 2 ? base : NULL, n);
		sums_agree(base, n);
	}
}
END_TEST

/* As a batch has them: many weights of 128 bits, the largest among them, and
 * after them whole scalars, few or not. */
START_TEST(short_and_long)
{
	static const size_t shorts[] = {0, 16, 22, 23, 24, 40, 193, 400, 600};
	static const size_t longs[] = {0, 1, 2, 15, 16, 17, 60};
	size_t n = shorts[_i];
	uint8_t base[32];

	torsion_init();
	for (size_t k = 0; k < sizeof longs / sizeof *longs; k++) {
		for (size_t i = 0; i < n + longs[k]; i++) {
			torsion_random(bytes[i], 0);
			ck_assert(edwards_decode(&point[i], bytes[i]));
			crypto_core_ed25519_scalar_random(scalar[i]);
			if (i < n)
				memset(scalar[i] + 16, 0, 16);
			if (i < n && i % 7 == 0)
				memset(scalar[i], i % 2 ? 0x80 : 0xff, 16);
		}
		crypto_core_ed25519_scalar_random(base);
		sums_agree(k % 2 ? base : NULL, n + longs[k]);
	}
}
END_TEST

/* The largest scalars there may be, and the one below the order. */
START_TEST(scalar_edges)
{
	uint8_t s[32], got[32];
	struct edwards b, r, s1;

	edwards_vectors_most(_i);
	memset(s, 0, sizeof s);
	s[0] = 1;
	edwards_msm(&b, s, NULL, NULL, 0);
	memset(s, 0xff, sizeof s);
	s[31] = 0x1f;
	ck_assert(!edwards_scalar_canonical(s));
	edwards_msm(&r, s, NULL, NULL, 0);
	for (size_t n = 1; n < 700; n += 250) {
		for (size_t i = 0; i < n; i++) {
			memcpy(scalar[i], s, 32);
			point[i] = b;
		}
		edwards_msm(&s1, NULL, scalar, point, n);
		for (size_t i = 1; i < n; i++)
			edwards_sub(&s1, &s1, &r);
		ck_assert(edwards_equal(&s1, &r));
	}
	/* -1: the sum with the generator is nothing */
	crypto_core_ed25519_scalar_negate(s, scalar[1]);
	memset(scalar[0], 0, 32);
	scalar[0][0] = 1;
	crypto_core_ed25519_scalar_negate(s, scalar[0]);
	ck_assert(edwards_scalar_canonical(s));
	s[0]++;
	ck_assert(!edwards_scalar_canonical(s));
	edwards_msm(&r, s, NULL, NULL, 0); /* the order itself */
	ck_assert(edwards_is_identity(&r));
	edwards_encode(got, &r);
	ck_assert(got[0] == 1 && sodium_is_zero(got + 1, 31));
	edwards_vectors_most(EDWARDS_IFMA);
}
END_TEST

START_TEST(small_things)
{
	uint8_t k[32], want[32], got[300][32];
	struct edwards r, sum;

	torsion_init();
	for (size_t i = 0; i < 300; i++) {
		torsion_random(bytes[i], (int)i % 8);
		ck_assert(edwards_decode(&point[i], bytes[i]));
	}
	memset(want, 0, 32);
	want[0] = 1;
	edwards_identity(&sum);
	for (size_t i = 0; i < 300; i++) {
		ck_assert_int_eq(
		    crypto_core_ed25519_add(want, want, bytes[i]), 0);
		edwards_add(&sum, &sum, &point[i]);
		edwards_encode(got[0], &sum);
		ck_assert_mem_eq(got[0], want, 32);
	}
	for (size_t i = 0; i < 300; i++) {
		edwards_sub(&sum, &sum, &point[i]);
		edwards_add(&point[i], &point[i], &point[(i + 1) % 300]);
	}
	ck_assert(edwards_is_identity(&sum));
	edwards_encode_each(got, point, 300);
	for (size_t i = 0; i < 300; i++) {
		edwards_encode(want, &point[i]);
		ck_assert_mem_eq(got[i], want, 32);
	}
	for (unsigned i = 0; i < 300; i++) {
		torsion_random(bytes[0], 0);
		ck_assert(edwards_decode(&r, bytes[0]));
		edwards_mul_small(&r, &r, i);
		memset(k, 0, 32);
		k[0] = (uint8_t)i;
		k[1] = (uint8_t)(i >> 8);
		reference(want, NULL, (const uint8_t (*)[32]) & k,
		    (const uint8_t (*)[32]) & bytes[0], 1);
		edwards_encode(got[0], &r);
		ck_assert_mem_eq(got[0], want, 32);
	}
	ck_assert(edwards_decode(&r, bytes[0]));
	edwards_negate(&sum, &r);
	ck_assert(!edwards_equal(&sum, &r));
	edwards_add(&sum, &sum, &r);
	ck_assert(edwards_is_identity(&sum));
}
END_TEST

static bool
half(const uint8_t s[static 32])
{
	return sodium_is_zero(s + 16, 16) && s[15] < 0x80;
}

/* factor s = +-product, both short; and the equation as it stands. */
START_TEST(halves)
{
	uint8_t s[3][32], p[3][32], f[32], product[32], t[32], u[4][32];
	uint8_t want[32], got[32];
	struct edwards d[3], out;
	struct edwards_twin y;
	bool negative;

	torsion_init();
	for (int turn = 0; turn < 3000; turn++) {
		for (int i = 0; i < 3; i++)
			random_scalar(s[i], turn < 20 ? turn + i : 4);
		if (turn % 7 == 3) { /* near the order, and powers of two */
			memset(t, 0, 32);
			t[turn % 32] = (uint8_t)(1 << turn % 8);
			t[31] &= 0x0f;
			crypto_core_ed25519_scalar_negate(s[0], t);
			if (turn % 2)
				memcpy(s[0], t, 32);
		}
		negative = edwards_halve(f, product, s[0]);
		ck_assert(half(f) && half(product) && !sodium_is_zero(f, 32));
		crypto_core_ed25519_scalar_mul(t, f, s[0]);
		if (negative)
			crypto_core_ed25519_scalar_negate(t, t);
		ck_assert_mem_eq(t, product, 32);
		if (turn % 20 != 0)
			continue;
		for (int i = 0; i < 3; i++) {
			torsion_random(p[i], 0);
			ck_assert(edwards_decode(&d[i], p[i]));
		}
		edwards_twin_make(&y, &d[2]);
		memcpy(u[0], f, 32);
		if (negative)
			crypto_core_ed25519_scalar_negate(u[1], product);
		else
			memcpy(u[1], product, 32);
		memcpy(u[2], s[1], 32);
		crypto_core_ed25519_scalar_negate(u[3], s[2]);
		for (int base = 0; base < 2; base++) {
			edwards_equation(&out, base ? s[2] : NULL, f, &d[0],
			    product, negative, &d[1], s[1], &y);
			edwards_encode(got, &out);
			reference(want, base ? u[3] : NULL,
			    (const uint8_t (*)[32])u,
			    (const uint8_t (*)[32])p, 3);
			ck_assert_mem_eq(got, want, 32);
		}
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("edwards");
	TCase *t = tcase_create("edwards");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_set_timeout(t, 300);
	tcase_add_test(t, decoding);
	tcase_add_test(t, decoding_edges);
	tcase_add_test(t, decoding_each);
	tcase_add_test(t, halves);
	tcase_add_loop_test(t, multiplication, 0, 17);
	tcase_add_loop_test(t, short_and_long, 0, 9);
	tcase_add_loop_test(t, scalar_edges, EDWARDS_PLAIN, EDWARDS_IFMA + 1);
	tcase_add_test(t, small_things);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
