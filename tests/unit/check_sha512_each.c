/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host/sha512_each.c against libsodium, with every number of lanes: all
 * lengths around every border of a block, and mixtures in which lanes end at
 * different times.
 */
#include <check.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "host/sha512_each.h"
#include "tests/unit/suite.h"

enum { TEXTS = 420, LONGEST = 5000 };

static uint8_t half[TEXTS][64], message[TEXTS][LONGEST];
static struct sha512_text texts[TEXTS];

/* Against libsodium, which is given the same in one piece. */
static void
agree(size_t n)
{
	static const unsigned lanes[] = {1, 4, 8};
	static uint8_t whole[64 + LONGEST];
	uint8_t want[64];

	for (size_t k = 0; k < sizeof lanes / sizeof *lanes; k++) {
		for (size_t i = 0; i < n; i++)
			memset(texts[i].out, 0, sizeof texts[i].out);
		sha512_lanes_most(lanes[k]);
		sha512_each(texts, n);
		for (size_t i = 0; i < n; i++) {
			memcpy(whole, texts[i].half[0], 32);
			memcpy(whole + 32, texts[i].half[1], 32);
			if (texts[i].n > 0)
				memcpy(
				    whole + 64, texts[i].message, texts[i].n);
			crypto_hash_sha512(want, whole, 64 + texts[i].n);
			ck_assert_mem_eq(texts[i].out, want, sizeof want);
		}
	}
	sha512_lanes_most(8);
}

static void
text_make(size_t i, size_t n)
{
	texts[i] = (struct sha512_text){.half = {half[i], half[i] + 32},
	    .message = n > 0 ? message[i] : NULL,
	    .n = n};
}

START_TEST(every_length)
{
	randombytes_buf(half, sizeof half);
	randombytes_buf(message, sizeof message);
	for (size_t i = 0; i <= 400; i++)
		text_make(i, i);
	agree(401);
	for (size_t i = 0; i <= 400; i++) /* the long ones first */
		text_make(i, 400 - i);
	agree(401);
	for (size_t n = 0; n <= 400; n++) { /* each in company of its like */
		for (size_t i = 0; i < 9; i++)
			text_make(i, n);
		agree(9);
	}
}
END_TEST

START_TEST(mixtures)
{
	randombytes_buf(half, sizeof half);
	randombytes_buf(message, sizeof message);
	for (int turn = 0; turn < 100; turn++) {
		size_t n = randombytes_uniform(turn < 50 ? 20 : TEXTS);

		for (size_t i = 0; i < n; i++)
			text_make(i,
			    randombytes_uniform(
				randombytes_uniform(4) == 0 ? LONGEST : 300));
		agree(n);
	}
}
END_TEST

/* The test is of what it says where there are lanes at all. */
START_TEST(lanes)
{
	unsigned here = sha512_lanes();

	ck_assert(here == 1 || here == 4 || here == 8);
	sha512_lanes_most(4);
	ck_assert_uint_eq(sha512_lanes(), here < 4 ? here : 4);
	sha512_lanes_most(1);
	ck_assert_uint_eq(sha512_lanes(), 1);
	sha512_lanes_most(8);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sha512_each");
	TCase *t = tcase_create("sha512_each");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_set_timeout(t, 120);
	tcase_add_test(t, every_length);
	tcase_add_test(t, mixtures);
	tcase_add_test(t, lanes);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
