/* SPDX-License-Identifier: Apache-2.0 */
/* Fields, lines and their order: one spelling of everything. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/world.h"

static struct slice
s(const char *string)
{
	return (struct slice){(const uint8_t *)string, strlen(string)};
}

START_TEST(decimals)
{
	static const struct {
		const char *text;
		uint64_t max;
		bool ok;
		uint64_t value;
	} cases[] = {
	    {"0", 0, true, 0},
	    {"1", 0, false, 0},
	    {"9007199254740991", ((uint64_t)1 << 53) - 1, true,
		((uint64_t)1 << 53) - 1},
	    {"9007199254740992", ((uint64_t)1 << 53) - 1, false, 0},
	    {"9999999999999999", UINT64_MAX, true, 9999999999999999u},
	    {"10000000000000000", UINT64_MAX, false, 0},
	    {"18446744073709551617", UINT64_MAX, false, 0},
	    {"", UINT64_MAX, false, 0},
	    {"00", UINT64_MAX, false, 0},
	    {"01", UINT64_MAX, false, 0},
	    {"+1", UINT64_MAX, false, 0},
	    {"-1", UINT64_MAX, false, 0},
	    {"1 ", UINT64_MAX, false, 0},
	    {" 1", UINT64_MAX, false, 0},
	    {"1e3", UINT64_MAX, false, 0},
	    {"0x1", UINT64_MAX, false, 0},
	    {"1/", UINT64_MAX, false, 0},
	    {"1:", UINT64_MAX, false, 0},
	};
	uint64_t v;

	ck_assert(slice_decimal(s(cases[_i].text), cases[_i].max, &v) ==
		  cases[_i].ok);
	if (cases[_i].ok)
		ck_assert_uint_eq(v, cases[_i].value);
}
END_TEST
enum { DECIMALS = 18 };

START_TEST(hex)
{
	uint8_t out[2];

	ck_assert(slice_hex(s("00ff"), out, 2));
	ck_assert_uint_eq(out[0], 0);
	ck_assert_uint_eq(out[1], 255);
	ck_assert(!slice_hex(s("00FF"), out, 2));
	ck_assert(!slice_hex(s("00f"), out, 2));
	ck_assert(!slice_hex(s("00fff"), out, 2));
	ck_assert(!slice_hex(s("00fg"), out, 2));
	ck_assert(!slice_hex(s("00f/"), out, 2));
	ck_assert(!slice_hex(s("00f:"), out, 2));
	ck_assert(!slice_hex(s("00f`"), out, 2));
	ck_assert(!slice_hex(s(" 0ff"), out, 2));
}
END_TEST

/* Every length 1..64: what base64 writes is read, and nothing near it. */
START_TEST(base64)
{
	uint8_t in[64], out[64];
	char text[100];
	struct text t;
	size_t n = (size_t)_i, i, c;
	unsigned taken = 0;

	for (i = 0; i < n; i++)
		in[i] = (uint8_t)(i * 37 + n);
	text_init(&t, text, sizeof text);
	text_base64(&t, in, n);
	memset(out, 0, sizeof out);
	ck_assert(slice_base64(s(text), out, n));
	ck_assert_mem_eq(in, out, n);
	ck_assert(!slice_base64(s(text), out, n + 3));
	ck_assert(n < 4 || !slice_base64(s(text), out, n - 3));
	/* the last digit has one spelling: of 256 bytes in its place, as many
	 * decode as there are values of the bits that it carries */
	i = t.n - 1;
	while (text[i] == '=')
		i--;
	for (c = 0; c < 256; c++) {
		text[i] = (char)c;
		taken +=
		    slice_base64((struct slice){(uint8_t *)text, t.n}, out, n);
	}
	ck_assert_uint_eq(taken, n % 3 == 0 ? 64 : n % 3 == 1 ? 4 : 16);
}
END_TEST

START_TEST(base64_other)
{
	uint8_t out[4];

	ck_assert(slice_base64(s("AA=="), out, 1));
	ck_assert(!slice_base64(s("AA="), out, 1));
	ck_assert(!slice_base64(s("AA"), out, 1));
	ck_assert(!slice_base64(s("A==="), out, 1));
	ck_assert(!slice_base64(s("AA==="), out, 1));
	ck_assert(!slice_base64(s("AAA="), out, 1));
	ck_assert(!slice_base64(s("AB=="), out, 1));
	ck_assert(!slice_base64(s("A\n=="), out, 1));
	ck_assert(!slice_base64(s("-_=="), out, 1));
	ck_assert(!slice_base64(s("=AA="), out, 1));
}
END_TEST

START_TEST(names)
{
	char longest[130];

	memset(longest, 'a', 129);
	longest[129] = 0;
	ck_assert(!slice_name(s(longest)));
	ck_assert(!slice_foreign(s(longest)));
	longest[128] = 0;
	ck_assert(slice_name(s(longest)));
	ck_assert(slice_foreign(s(longest)));
	ck_assert(slice_name(s("a")));
	ck_assert(slice_name(s("0")));
	ck_assert(slice_name(s("acme.example/camera-x2_b")));
	ck_assert(slice_name(s("a..//b")));
	ck_assert(!slice_name(s("")));
	ck_assert(!slice_name(s("A")));
	ck_assert(!slice_name(s("a.")));
	ck_assert(!slice_name(s(".a")));
	ck_assert(!slice_name(s("a-")));
	ck_assert(!slice_name(s("-")));
	ck_assert(!slice_name(s("/")));
	ck_assert(!slice_name(s("a+b")));
	ck_assert(!slice_name(s("a b")));
	ck_assert(!slice_name(s("a\x7f"
				"b")));
	ck_assert(slice_foreign(s("Log-2026h1.EXAMPLE!~")));
	ck_assert(!slice_foreign(s("a+b")));
	ck_assert(!slice_foreign(s("a b")));
	ck_assert(!slice_foreign(s("a\x7f")));
	ck_assert(!slice_foreign(s("\xc3\xa9")));
	ck_assert(!slice_foreign(s("")));
	ck_assert(slice_label(s("CH")) && slice_label(s("-")));
	ck_assert(!slice_label(s("ch")) && !slice_label(s("C")));
	ck_assert(!slice_label(s("CHE")) && !slice_label(s("--")));
	ck_assert(!slice_label(s("C1")) && !slice_label(s("")));
}
END_TEST

START_TEST(compare)
{
	ck_assert_int_eq(slice_compare(s("a"), s("a")), 0);
	ck_assert_int_lt(slice_compare(s("a"), s("ab")), 0);
	ck_assert_int_gt(slice_compare(s("b"), s("ab")), 0);
	ck_assert_int_lt(slice_compare(s(""), s("a")), 0);
	ck_assert(slice_is(s("about"), "about"));
	ck_assert(!slice_is(s("abou"), "about"));
	ck_assert(!slice_is(s("about "), "about"));
}
END_TEST

/* ---- vkeys
 * -------------------------------------------------------------------- */

START_TEST(vkeys)
{
	char other[300];
	struct key k, w;
	struct vkey v;
	size_t n;

	key_make(&k, "alice.example", KEY_ED25519);
	key_make(&w, "w1.example/w", KEY_COSIGNATURE);
	ck_assert_int_eq(vkey_parse(&v, s(k.vkey), KEY_ED25519), RC_OK);
	ck_assert(slice_is(v.name, "alice.example"));
	ck_assert_mem_eq(v.key, k.pk, 32);
	ck_assert_mem_eq(v.id, k.id, 4);
	ck_assert_int_eq(
	    vkey_parse(&v, s(k.vkey), KEY_COSIGNATURE), RC_KEY_TYPE);
	ck_assert_int_eq(vkey_parse(&v, s(w.vkey), KEY_ED25519), RC_KEY_TYPE);
	/* cut anywhere, it is none */
	for (n = 0; n < strlen(k.vkey); n++)
		ck_assert_int_ne(
		    vkey_parse(
			&v, (struct slice){(uint8_t *)k.vkey, n}, KEY_ED25519),
		    RC_OK);
	snprintf(other, sizeof other, "%sA", k.vkey);
	ck_assert_int_eq(vkey_parse(&v, s(other), KEY_ED25519), RC_FIELD);
	snprintf(other, sizeof other, "%s", k.vkey);
	other[0] = 'b';
	ck_assert_int_eq(vkey_parse(&v, s(other), KEY_ED25519), RC_KEY_ID);
	snprintf(other, sizeof other, "+%s", k.vkey);
	ck_assert_int_eq(vkey_parse(&v, s(other), KEY_ED25519), RC_FIELD);
	/* any changed character is refused */
	for (n = 0; n < strlen(k.vkey); n++) {
		snprintf(other, sizeof other, "%s", k.vkey);
		other[n] ^= 1;
		ck_assert_int_ne(vkey_parse(&v, s(other), KEY_ED25519), RC_OK);
	}
}
END_TEST

/* ---- lines
 * ---------------------------------------------------------------------- */

static const struct line_rule rules[] = {
    {"one", "n", 1, 1, 0},
    {"some", "nd", 0, 3, LINE_SORTED | LINE_UNIQUE},
    {"pair", "nn", 0, 3, LINE_SORTED | LINE_UNIQUE2},
    {"about", "", 1, 1, 0},
    {"rest", "r", 0, 1, 0},
    {"big", "D", 0, 1, 0},
    {"zero", "z", 0, 1, 0},
    {"commit", "c", 0, 1, 0},
    {"boot", "i", 0, 1, 0},
    {"url", "u", 0, 1, 0},
    {"version", "v", 0, 1, 0},
    {"count", "q", 0, 1, 0},
    {"", "", 0, 2, 0},
};

static enum rc
walk(const char *text, enum reader reader)
{
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, (const uint8_t *)text, strlen(text), "k@v1",
	    rules, sizeof rules / sizeof rules[0], reader);

	while (rc == RC_OK)
		rc = line_next(&w, &l);
	return rc;
}

#define H64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define H40 "0123456789abcdef0123456789abcdef01234567"

static const struct {
	const char *text;
	enum rc host, device;
} walks[] = {
    {"k@v1\none a\nabout\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nabout\nx-y\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nabout\nx-y what  ever\nx-y what  ever\n", RC_MORE, RC_MORE},
    {"", RC_LINE, RC_LINE},
    {"\n", RC_LINE, RC_LINE},
    {"k@v2\none a\nabout\n", RC_KIND, RC_KIND},
    {"k@v1 \none a\nabout\n", RC_LINE, RC_LINE},
    {"k@v1", RC_LINE, RC_LINE},
    {"k@v1\n", RC_LINE_MISSING, RC_LINE_MISSING},
    {"k@v1\none a\n", RC_LINE_MISSING, RC_LINE_MISSING},
    {"k@v1\nabout\n", RC_LINE_MISSING, RC_LINE_MISSING},
    {"k@v1\none a\nabout", RC_LINE, RC_LINE},
    {"k@v1\none a\n\nabout\n", RC_LINE, RC_LINE},
    {"k@v1\none a \nabout\n", RC_LINE, RC_LINE},
    {"k@v1\n one a\nabout\n", RC_LINE, RC_LINE},
    {"k@v1\none  a\nabout\n", RC_FIELD, RC_FIELD},
    {"k@v1\none a b\nabout\n", RC_FIELD, RC_FIELD},
    {"k@v1\none\nabout\n", RC_FIELD, RC_FIELD},
    {"k@v1\none\ta\nabout\n", RC_BYTE, RC_BYTE},
    {"k@v1\none a\r\nabout\n", RC_BYTE, RC_BYTE},
    {"k@v1\none a\x7f\nabout\n", RC_BYTE, RC_BYTE},
    {"k@v1\none \xc3\xa9\nabout\n", RC_BYTE, RC_BYTE},
    {"k@v1\none a\none b\nabout\n", RC_LINE_REPEATED, RC_LINE_REPEATED},
    {"k@v1\nsome a 1\none a\nabout\n", RC_LINE_MISSING, RC_LINE_MISSING},
    {"k@v1\none a\nabout\none a\n", RC_LINE_ORDER, RC_MORE},
    {"k@v1\none a\ntwo b\nabout\n", RC_LINE_UNKNOWN, RC_LINE_UNKNOWN},
    {"k@v1\nones a\nabout\n", RC_LINE_UNKNOWN, RC_LINE_UNKNOWN},
    {"k@v1\none a\nx-y\nabout\n", RC_LINE_MISSING, RC_LINE_MISSING},
    {"k@v1\none a\nabout x\n", RC_FIELD, RC_FIELD},
    {"k@v1\none a\nabout\nabout\n", RC_LINE_REPEATED, RC_LINE_REPEATED},
    {"k@v1\none a\nabout\nx-a\nabout\n", RC_LINE_ORDER, RC_LINE_REPEATED},
    /* below `about` a device wants lines, no more */
    {"k@v1\none a\nabout\nwhatever this  says\n", RC_LINE_UNKNOWN, RC_MORE},
    {"k@v1\none a\nabout\nrest\n", RC_FIELD, RC_MORE},
    {"k@v1\none a\nabout\n\n", RC_LINE, RC_LINE},
    {"k@v1\none a\nabout\n x\n", RC_LINE, RC_LINE},
    {"k@v1\none a\nabout\nx \n", RC_LINE, RC_LINE},
    {"k@v1\none a\nabout\nx\x01\n", RC_BYTE, RC_BYTE},
    {"k@v1\none a\nabout\nx", RC_LINE, RC_LINE},
    /* sorted, unique */
    {"k@v1\none a\nsome a 1\nsome b 1\nsome c 1\nabout\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nsome a 1\nsome b 1\nsome c 1\nsome d 1\nabout\n",
	RC_LINE_REPEATED, RC_LINE_REPEATED},
    {"k@v1\none a\nsome b 1\nsome a 1\nabout\n", RC_LINE_ORDER, RC_LINE_ORDER},
    {"k@v1\none a\nsome a 1\nsome a 1\nabout\n", RC_LINE_ORDER, RC_LINE_ORDER},
    {"k@v1\none a\nsome a 1\nsome a 2\nabout\n", RC_NAME_REPEATED,
	RC_NAME_REPEATED},
    {"k@v1\none a\nsome a 1\nsome a-b 1\nsome ab 1\nabout\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nsome a 10\nsome a-b 1\nabout\n", RC_MORE, RC_MORE},
    {"k@v1\none a\npair a a\npair a b\nabout\n", RC_MORE, RC_MORE},
    {"k@v1\none a\npair a b\npair a b\nabout\n", RC_LINE_ORDER, RC_LINE_ORDER},
    /* numbers */
    {"k@v1\none a\nsome a 0\nabout\n", RC_NUMBER, RC_NUMBER},
    {"k@v1\none a\nsome a 4294967295\nabout\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nsome a 4294967296\nabout\n", RC_NUMBER, RC_NUMBER},
    {"k@v1\none a\nsome a 01\nabout\n", RC_FIELD, RC_FIELD},
    {"k@v1\none a\nabout\nbig 0\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nabout\nbig 9007199254740991\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nabout\nbig 9007199254740992\n", RC_NUMBER, RC_MORE},
    {"k@v1\none a\nabout\nbig 90071992547409910\n", RC_FIELD, RC_MORE},
    {"k@v1\none a\nabout\nzero 0\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nabout\nzero 4294967296\n", RC_NUMBER, RC_MORE},
    /* the other fields */
    {"k@v1\none a\nabout\nrest a  b + c\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nabout\nrest  a\n", RC_FIELD, RC_MORE},
    {"k@v1\none a\nabout\ncommit " H40 "\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nabout\ncommit " H64 "\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nabout\ncommit " H40 "0\n", RC_FIELD, RC_MORE},
    {"k@v1\none a\nabout\nboot 0123456789abcdef0123456789abcdef\n", RC_MORE,
	RC_MORE},
    {"k@v1\none a\nabout\nboot 0123456789ABCDEF0123456789abcdef\n", RC_FIELD,
	RC_MORE},
    {"k@v1\none a\nabout\nurl https://a.example/?b=c+d\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nabout\nversion 1.4.2+dev~\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nabout\ncount any\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nabout\ncount all\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nabout\ncount 128\n", RC_MORE, RC_MORE},
    {"k@v1\none a\nabout\ncount 129\n", RC_FIELD, RC_MORE},
    {"k@v1\none a\nabout\ncount 0\n", RC_FIELD, RC_MORE},
    {"k@v1\none a\nabout\ncount none\n", RC_FIELD, RC_MORE},
    {"k@v1\none a\nabout\nzero 1\nbig 1\n", RC_LINE_ORDER, RC_MORE},
    /* extension lines */
    {"k@v1\none a\nabout\nx-\n", RC_LINE_UNKNOWN, RC_MORE},
    {"k@v1\none a\nabout\nx-A\n", RC_LINE_UNKNOWN, RC_MORE},
    {"k@v1\none a\nabout\nx-a  b\n", RC_LINE_UNKNOWN, RC_MORE},
    {"k@v1\none a\nabout\nx-a\nx-a\nx-a\n", RC_LINE_REPEATED, RC_MORE},
    {"k@v1\none a\nabout\nx-a\nzero 1\n", RC_LINE_ORDER, RC_MORE},
};
enum { WALKS = sizeof walks / sizeof walks[0] };

START_TEST(lines)
{
	ck_assert_msg(walk(walks[_i].text, READER_HOST) == walks[_i].host,
	    "host: %d for:\n%s", (int)walk(walks[_i].text, READER_HOST),
	    walks[_i].text);
	ck_assert_msg(walk(walks[_i].text, READER_DEVICE) == walks[_i].device,
	    "device: %d for:\n%s", (int)walk(walks[_i].text, READER_DEVICE),
	    walks[_i].text);
}
END_TEST

/* A line of exactly so many bytes. */
static const char *
long_line(const char *head, unsigned bytes)
{
	static char text[2048];
	size_t n =
	    (size_t)snprintf(text, sizeof text, "k@v1\none a\nabout\n%s", head);
	size_t want = n + bytes - strlen(head);

	memset(text + n, 'y', want - n);
	memcpy(text + want, "\n", 2);
	return text;
}

START_TEST(lengths)
{
	ck_assert_int_eq(walk(long_line("x-a ", 256), READER_HOST), RC_MORE);
	ck_assert_int_eq(
	    walk(long_line("x-a ", 257), READER_HOST), RC_LINE_UNKNOWN);
	ck_assert_int_eq(
	    walk(long_line("rest ", 5 + 256), READER_HOST), RC_MORE);
	ck_assert_int_eq(
	    walk(long_line("rest ", 5 + 257), READER_HOST), RC_FIELD);
	ck_assert_int_eq(
	    walk(long_line("url ", 4 + 512), READER_HOST), RC_MORE);
	ck_assert_int_eq(
	    walk(long_line("url ", 4 + 513), READER_HOST), RC_FIELD);
	ck_assert_int_eq(
	    walk(long_line("version ", 8 + 128), READER_HOST), RC_MORE);
	ck_assert_int_eq(
	    walk(long_line("version ", 8 + 129), READER_HOST), RC_FIELD);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("line");
	TCase *t = tcase_create("line");
	SRunner *r = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, t);
	tcase_add_loop_test(t, decimals, 0, DECIMALS);
	tcase_add_test(t, hex);
	tcase_add_loop_test(t, base64, 1, 65);
	tcase_add_test(t, base64_other);
	tcase_add_test(t, names);
	tcase_add_test(t, compare);
	tcase_add_test(t, vkeys);
	tcase_add_loop_test(t, lines, 0, WALKS);
	tcase_add_test(t, lengths);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
