/* SPDX-License-Identifier: Apache-2.0 */
/* The three lines of a checkpoint's text. */
#include <check.h>
#include <string.h>
#include "tests/unit/suite.h"
#include "tests/unit/world.h"
#include "verify/checkpoint.h"

#define R "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
static const struct {
	const char *text;
	bool plain, extended;
} cases[] = {
    {"log.example\n7\n" R, true, true},
    {"Log:2/~\n0\n" R, true, true},
    {"log.example\n9007199254740991\n" R, true, true},
    {"log.example\n9007199254740992\n" R, false, false},
    {"log.example\n7\n" R "ext\n", false, true},
    {"log.example\n7\n" R "ext one\next two\n", false, true},
    {"log.example\n7\n" R "\n", false, false},
    {"log.example\n7\n" R "ext\n\n", false, false},
    {"log.example\n7\n" R "ext", false, false},
    {"log.example\n7\n" R "e\x01xt\n", false, false},
    {"log.example\n7\n" R "e\rxt\n", false, false},
    {"log.example\n7\n" R "e\x7fxt\n", false, false},
    {"log.example\n07\n" R, false, false},
    {"log.example\n-1\n" R, false, false},
    {"log.example\n\n" R, false, false},
    {"log.example\n7 \n" R, false, false},
    {"log.example\n7\n", false, false},
    {"log.example\n7\n\n", false, false},
    {"log.example\n", false, false},
    {"log.example", false, false},
    {"", false, false},
    {"\n7\n" R, false, false},
    {"log example\n7\n" R, false, false},
    {"log+example\n7\n" R, false, false},
    {"quorate/trust@v1\n7\n" R, false, false},
    {"quorate/\n7\n" R, false, false},
    {"quorate\n7\n" R, true, true},
    {"log.example\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF=\n", false,
	false},
    {"log.example\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n", false,
	false},
    {"log.example\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n", false,
	false},
};
enum { CASES = sizeof cases / sizeof cases[0] };

START_TEST(parse)
{
	const uint8_t *p = (const uint8_t *)cases[_i].text;
	size_t n = strlen(cases[_i].text);
	struct checkpoint c;

	ck_assert_msg(checkpoint_parse(&c, p, n, false) ==
			  (cases[_i].plain ? RC_OK : RC_CHECKPOINT),
	    "%s", cases[_i].text);
	ck_assert_msg(checkpoint_parse(&c, p, n, true) ==
			  (cases[_i].extended ? RC_OK : RC_CHECKPOINT),
	    "extended: %s", cases[_i].text);
}
END_TEST

START_TEST(values)
{
	const char *text = "log.example\n7\n" R;
	struct checkpoint c;

	ck_assert_int_eq(
	    checkpoint_parse(&c, (const uint8_t *)text, strlen(text), false),
	    RC_OK);
	ck_assert(slice_is(c.origin, "log.example"));
	ck_assert_uint_eq(c.size, 7);
	ck_assert_uint_eq(c.root[0], 0xe3);
	ck_assert_uint_eq(c.root[31], 0x55);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("checkpoint");
	TCase *t = tcase_create("checkpoint");

	suite_add_tcase(suite, t);
	tcase_add_loop_test(t, parse, 0, CASES);
	tcase_add_test(t, values);
	return suite_run(suite);
}
