/* SPDX-License-Identifier: Apache-2.0 */
/* signer/set.c: one text for one set of ids, in whatever order they come. */
#include "signer/set.h"
#include "tests/unit/suite.h"
#include <check.h>
#include <string.h>

START_TEST(orders)
{
	uint8_t id[5][32], one[3][32];
	char first[SET_TEXT_MAX], again[SET_TEXT_MAX];
	struct text a, b;

	memset(id, 0, sizeof id);
	for (unsigned i = 0; i < 5; i++) {
		id[i][0] = (uint8_t)(i * 67 % 5); /* mixed */
		id[i][31] = (uint8_t)i;
	}
	ck_assert(set_sort(id, 5));
	for (unsigned i = 1; i < 5; i++)
		ck_assert_int_lt(memcmp(id[i - 1], id[i], 32), 0);
	text_init(&a, first, sizeof first);
	set_build(&a, (const uint8_t(*)[32])id, 5);
	ck_assert_int_eq(memcmp(first, "quorate/set@v1\nrelease 00", 25), 0);
	ck_assert_uint_eq(a.n, 15 + 5 * (8 + 64 + 1));
	for (unsigned turn = 0; turn < 5; turn++) {
		uint8_t keep[32];

		memcpy(keep, id[0], 32);
		memmove(id[0], id[1], 4 * 32);
		memcpy(id[4], keep, 32);
		ck_assert(set_sort(id, 5));
		text_init(&b, again, sizeof again);
		set_build(&b, (const uint8_t(*)[32])id, 5);
		ck_assert(b.n == a.n && memcmp(first, again, a.n) == 0);
	}
	memcpy(one, id, sizeof one);
	memcpy(one[2], one[0], 32); /* twice */
	ck_assert(!set_sort(one, 3));
}
END_TEST

START_TEST(sizes)
{
	static uint8_t id[SET_MAX + 1][32];
	char room[SET_TEXT_MAX];
	struct text t;

	for (unsigned i = 0; i <= SET_MAX; i++)
		id[i][5] = (uint8_t)(200 - i);
	ck_assert(!set_sort(id, 0));
	ck_assert(set_sort(id, 1));
	ck_assert(!set_sort(id, SET_MAX + 1));
	ck_assert(set_sort(id, SET_MAX));
	text_init(&t, room, sizeof room);
	set_build(&t, (const uint8_t(*)[32])id, SET_MAX);
	ck_assert(!t.full);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("set");
	TCase *t = tcase_create("set");

	tcase_add_test(t, orders);
	tcase_add_test(t, sizes);
	suite_add_tcase(s, t);
	return suite_run(s);
}
