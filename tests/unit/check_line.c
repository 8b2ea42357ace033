/* SPDX-License-Identifier: Apache-2.0 */
/* verify/line.c: one spelling of every field, lines in their order. */
#include <check.h>
#include <stdlib.h>
#include "tests/unit/notes_help.h"
#include "tests/unit/suite.h"
#include "verify/release.h"
#include "verify/roster.h"
#include "verify/trust.h"

/* Walk a whole text: RC_OK when it was complete. */
static enum rc
walk_text(const char *s, size_t n, const char *rules, unsigned rule_n,
    enum reader reader, unsigned *lines)
{
	uint8_t *exact = malloc(n > 0 ? n : 1);
	struct walk w;
	struct line l;
	enum rc rc;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, s, n);
	*lines = 0;
	rc = walk_init(&w, exact, n, "quorate/t@v1", rules, rule_n, reader);
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		*lines += rc == RC_OK;
	}
	free(exact);
	return rc == RC_MORE ? RC_OK : rc;
}

/* A text of one line `k VALUE` under one rule. */
static enum rc
field(const char *letters, const char *value)
{
	static struct buf t;
	char rule[16] = {0};
	unsigned lines;

	buf_set(&t, "quorate/t@v1\nk");
	if (value != NULL)
		buf_printf(&t, " %s", value);
	buf_printf(&t, "\n");
	snprintf(rule, sizeof rule, LINE_ONCE "k%s%s",
	    letters[0] != 0 ? " " : "", letters);
	return walk_text(t.b, t.n, rule, 1, READER_HOST, &lines);
}

#define H32 "0123456789abcdef0123456789abcdef"
#define B32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define A16 "AAAAAAAAAAAAAAAA"
#define A64 A16 A16 A16 A16
#define B64 A64 A16 "AAAAAA=="

static const struct {
	const char *letters, *value;
	enum rc rc;
} fields[] = {
    {"n", "a", RC_OK},
    {"n", "9", RC_OK},
    {"n", "a.b_c/d-e", RC_OK},
    {"n", "a..b", RC_OK},
    {"n", "-a", RC_FIELD},
    {"n", "a-", RC_FIELD},
    {"n", "/a", RC_FIELD},
    {"n", "a/", RC_FIELD},
    {"n", ".", RC_FIELD},
    {"n", "aB", RC_FIELD},
    {"n", "a+b", RC_FIELD},
    {"n", "a b", RC_FIELD},
    {"n", "a~b", RC_FIELD},
    {"n", NULL, RC_FIELD},
    {"n", "a@b", RC_FIELD},
    {"n", "a`b", RC_FIELD},
    {"n", "a{b", RC_FIELD},
    {"n", "a:b", RC_FIELD},
    {"f", "A.b/~!", RC_OK},
    {"f", "a+b", RC_FIELD},
    {"v", "v1.2+3", RC_OK},
    {"v", "refs/tags/!~", RC_OK},
    {"v", "a b", RC_FIELD},
    {"v", NULL, RC_FIELD},
    {"u", "https://e/+?", RC_OK},
    {"u", "a b", RC_FIELD},
    {"r", "a", RC_OK},
    {"r", "a  b c", RC_OK},
    {"r", NULL, RC_FIELD},
    {"r", " a", RC_FIELD},
    {"nr", "n  a", RC_FIELD},
    {"nr", "n a", RC_OK},
    {"r", "a ", RC_LINE},
    {"d", "1", RC_OK},
    {"d", "4294967295", RC_OK},
    {"d", "0", RC_NUMBER},
    {"d", "4294967296", RC_NUMBER},
    {"d", "01", RC_FIELD},
    {"d", "+1", RC_FIELD},
    {"d", "-1", RC_FIELD},
    {"d", "1a", RC_FIELD},
    {"d", "0x1", RC_FIELD},
    {"d", "1.0", RC_FIELD},
    {"d", NULL, RC_FIELD},
    {"d", "99999999999999999", RC_FIELD},
    {"d", "18446744073709551617", RC_FIELD}, /* 1 modulo 2^64 */
    {"d", "1:", RC_FIELD},
    {"d", "1/", RC_FIELD},
    {"z", "0", RC_OK},
    {"z", "00", RC_FIELD},
    {"z", "4294967295", RC_OK},
    {"z", "4294967296", RC_NUMBER},
    {"D", "0", RC_OK},
    {"D", "9007199254740991", RC_OK},
    {"D", "9007199254740992", RC_NUMBER},
    {"D", "9999999999999999", RC_NUMBER},
    {"h", H32 H32, RC_OK},
    {"h", H32 "0", RC_FIELD},
    {"h", H32 H32 "0", RC_FIELD},
    {"h", H32 H32 "00", RC_FIELD},
    {"h", "0123456789ABCDEF0123456789abcdef" H32, RC_FIELD},
    {"h", "g123456789abcdef0123456789abcdef" H32, RC_FIELD},
    {"h", "-", RC_FIELD},
    {"H", "-", RC_OK},
    {"H", H32 H32, RC_OK},
    {"H", "--", RC_FIELD},
    {"H", H32, RC_FIELD},
    {"c", H32 "01234567", RC_OK},
    {"c", H32 H32, RC_OK},
    {"c", H32 "0123456", RC_FIELD},
    {"c", H32, RC_FIELD},
    {"c", H32 "012345678", RC_FIELD},
    {"c", H32 "0123456G", RC_FIELD},
    {"i", H32, RC_OK},
    {"i", H32 "00", RC_FIELD},
    {"i", H32 H32, RC_FIELD},
    {"b", B32, RC_OK},
    {"b", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=", RC_OK},
    {"b", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", RC_FIELD},
    {"b", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAC=", RC_FIELD},
    {"b", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", RC_FIELD},
    {"b", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", RC_FIELD},
    {"b", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", RC_FIELD},
    {"b", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=A", RC_FIELD},
    {"b", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_A=", RC_FIELD},
    {"b", "AAAA=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", RC_FIELD},
    {"B", B64, RC_OK},
    {"B", B32, RC_FIELD},
    {"B", A64 A16 "AAAAAB==", RC_FIELD},
    {"C", A64, RC_OK},
    {"C", A64 "A", RC_FIELD},
    {"C", B32, RC_FIELD},
    {"C", B64, RC_FIELD},
    {"l", "DE", RC_OK},
    {"l", "-", RC_OK},
    {"l", "D", RC_FIELD},
    {"l", "DEU", RC_FIELD},
    {"l", "De", RC_FIELD},
    {"l", "D-", RC_FIELD},
    {"l", "[Z", RC_FIELD},
    {"l", "Z[", RC_FIELD},
    {"l", "@A", RC_FIELD},
    {"q", "any", RC_OK},
    {"q", "all", RC_OK},
    {"q", "1", RC_OK},
    {"q", "128", RC_OK},
    {"q", "129", RC_FIELD},
    {"q", "0", RC_FIELD},
    {"q", "01", RC_FIELD},
    {"q", "none", RC_FIELD},
    {"q", "an", RC_FIELD},
    {"q", "anyx", RC_FIELD},
    {"nn", "a b", RC_OK},
    {"nn", "a", RC_FIELD},
    {"nn", "a b c", RC_FIELD},
    {"nn", "a  b", RC_FIELD},
    {"", NULL, RC_OK},
    {"", "x", RC_FIELD},
    {"nhDh", "a " H32 H32 " 0 " H32 H32, RC_OK},
    {"zz", "0 1", RC_OK},
    {"zz", "0", RC_FIELD},
};

START_TEST(a_field_has_one_spelling)
{
	ck_assert_int_eq(
	    field(fields[_i].letters, fields[_i].value), fields[_i].rc);
}
END_TEST

START_TEST(fields_have_their_lengths)
{
	static const struct {
		const char *letter;
		size_t max;
	} cases[] = {
	    {"n", 128}, {"f", 128}, {"v", 128}, {"u", 512}, {"r", 256}};
	char s[600];
	unsigned i;

	for (i = 0; i < 5; i++) {
		memset(s, 'a', sizeof s);
		s[cases[i].max] = 0;
		ck_assert_int_eq(field(cases[i].letter, s), RC_OK);
		s[cases[i].max] = 'a';
		s[cases[i].max + 1] = 0;
		ck_assert_int_eq(field(cases[i].letter, s), RC_FIELD);
	}
}
END_TEST

START_TEST(numbers_are_handed_on)
{
	static const char rules[] = LINE_ONCE "k nzD\0";
	static const char text[] = "quorate/t@v1\nk x 4294967295 "
				   "9007199254740991\n";
	struct walk w;
	struct line l;

	ck_assert_int_eq(walk_init(&w, (const uint8_t *)text, strlen(text),
			     "quorate/t@v1", rules, 1, READER_HOST),
	    RC_OK);
	ck_assert_int_eq(line_next(&w, &l), RC_OK);
	ck_assert_uint_eq(l.number[0], 4294967295);
	ck_assert_uint_eq(l.number[1], 9007199254740991);
	ck_assert_uint_eq(l.field_n, 3);
	ck_assert(slice_is(l.field[0], "x"));
	ck_assert_int_eq(line_next(&w, &l), RC_MORE);
	ck_assert_int_eq(line_next(&w, &l), RC_MORE);
}
END_TEST

/* ---- keys ------------------------------------------------------------- */

static enum rc
vkey(const char *s, uint8_t type)
{
	size_t n = strlen(s);
	uint8_t *exact = malloc(n > 0 ? n : 1);
	struct vkey k;
	enum rc rc;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, s, n);
	rc = vkey_parse(&k, (struct slice){exact, n}, type);
	free(exact);
	return rc;
}

/* From the C2SP signed-note specification. */
#define FOO            \
	"example.com/" \
	"foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

START_TEST(a_vkey_has_one_spelling)
{
	static const struct {
		const char *s;
		enum rc rc;
	} cases[] = {
	    {FOO, RC_OK},
	    {"example.com/fop+530d903a+"
	     "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		RC_KEY_ID},
	    {"example.com/foo+530d903b+"
	     "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		RC_KEY_ID},
	    {"example.com/foo+530d903a+"
	     "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2l",
		RC_KEY_ID},
	    {"example.com/foo+530D903A+"
	     "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		RC_FIELD},
	    {"example.com/foo+530d903a+"
	     "BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		RC_KEY_TYPE},
	    {"example.com/foo+530d903a+"
	     "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
		RC_FIELD},
	    {"example.com/foo+530d903a+"
	     "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2kA",
		RC_FIELD},
	    {"example.com/foo+530d903a "
	     "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		RC_FIELD},
	    {"+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		RC_FIELD},
	    {"a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		RC_FIELD},
	    {"example.com/foo", RC_FIELD},
	    {"+", RC_FIELD},
	    {"", RC_FIELD},
	    {"example.com/foo+", RC_FIELD},
	};
	unsigned i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_int_eq(vkey(cases[i].s, KEY_ED25519), cases[i].rc);
	ck_assert_int_eq(vkey(FOO, KEY_COSIGNATURE), RC_KEY_TYPE);
	ck_assert_int_eq(vkey("example.com/foo+7c264079+"
			      "BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
			     KEY_COSIGNATURE),
	    RC_OK);
}
END_TEST

/* The letters k and K want type 1, W wants 4; k a name of ours. */
START_TEST(key_fields_want_their_type)
{
	struct key ours, foreign, cosigner, odd;

	key_make(&ours, "ours", 1, "x");
	key_make(&foreign, "Foreign", 1, "x");
	key_make(&cosigner, "ours", 4, "x");
	key_make(&odd, "ours", 6, "x");
	ck_assert_int_eq(field("k", ours.vkey), RC_OK);
	ck_assert_int_eq(field("k", foreign.vkey), RC_FIELD);
	ck_assert_int_eq(field("k", cosigner.vkey), RC_KEY_TYPE);
	ck_assert_int_eq(field("K", foreign.vkey), RC_OK);
	ck_assert_int_eq(field("K", cosigner.vkey), RC_KEY_TYPE);
	ck_assert_int_eq(field("W", cosigner.vkey), RC_OK);
	ck_assert_int_eq(field("W", ours.vkey), RC_KEY_TYPE);
	ck_assert_int_eq(field("k", odd.vkey), RC_KEY_TYPE);
	ck_assert_int_eq(field("W", odd.vkey), RC_KEY_TYPE);
}
END_TEST

#define BIP "alice.example/k+e7412cf1+"
#define BIP_DATA                                                               \
	"/3F1b3JhdGUvYmlwMzQweb5mfvncu6xVoGKVzocLBwKb/NstzijZWfKBWxb4F5g="

/* A key of BIP 340: x of the generator, for hosts. */
START_TEST(keys_of_bip340)
{
	static const struct {
		const char *vkey;
		enum rc host, device;
	} cases[] = {{BIP BIP_DATA, RC_OK, RC_KEY_TYPE},
	    {"alice.example/k+e7412cf2+" BIP_DATA, RC_KEY_ID, RC_KEY_TYPE},
	    {"Alice+e7412cf1+" BIP_DATA, RC_KEY_ID, RC_KEY_TYPE},
	    /* another name of a type 0xff */
	    {BIP "/3F1b3JhdGUvYmlwMzQxeb5mfvncu6xVoGKVzocLBwKb/NstzijZWfKBWxb4"
		 "F5g=", RC_FIELD, RC_FIELD},
	    /* a byte less */
	    {BIP "/3F1b3JhdGUvYmlwMzQweb5mfvncu6xVoGKVzocLBwKb/NstzijZWfKBWxb4"
		 "Fw==", RC_FIELD, RC_FIELD},
	    {BIP "/3F1b3JhdGUvYmlwMzQweb5mfvncu6xVoGKVzocLBwKb/NstzijZWfKBWxb4"
		 "F5h=", RC_FIELD, RC_FIELD}};
	struct vkey k;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum rc rc;

		ck_assert_int_eq(field("k", cases[i].vkey), cases[i].host);
		rc = field_tree('k', (struct slice){
					 (const uint8_t *)cases[i].vkey,
					 strlen(cases[i].vkey)});
		/* built with the type it knows what is no such key */
		ck_assert_msg(rc == cases[i].device || rc == RC_KEY_TYPE,
		    "case %zu: %d", i, (int)rc);
		ck_assert(rc != RC_OK);
	}
	ck_assert_int_eq(field("K", cases[0].vkey), RC_KEY_TYPE);
	ck_assert_int_eq(field("W", cases[0].vkey), RC_KEY_TYPE);
	ck_assert_int_eq(
	    vkey_parse_signer(&k, (struct slice){(const uint8_t *)BIP BIP_DATA,
				      strlen(BIP BIP_DATA)}),
	    RC_OK);
	ck_assert_int_eq(k.type, KEY_BIP340);
	ck_assert_mem_eq(k.key, "\x79\xbe\x66\x7e\xf9\xdc\xbb\xac", 8);
	/* points: 32 bytes or 33 */
	ck_assert_int_eq(field("p", B32), RC_OK);
	ck_assert_int_eq(field("p", A16 A16 "AAAAAAAAAAAA"), RC_OK);
	ck_assert_int_eq(field("p", A16 A16 "AAAAAAAAAAA="), RC_OK);
	ck_assert_int_eq(field("p", A16 A16 "AAAAAAAAAA=="), RC_FIELD);
	ck_assert_int_eq(field("p", A16 A16 A16), RC_FIELD);
	ck_assert_int_eq(field("p", A16 A16 "AAAAAAAAAAB="), RC_FIELD);
}
END_TEST

/* ---- order ------------------------------------------------------------ */

static const char ordered[] =
    LINE_ONCE "a n\0"
    LINE_UNIQUE "\3" "b nz\0"
    LINE_UNIQUE2 "\3" "c nnz\0"
    LINE_ANY "\2" "g n\0"
    LINE_SORTED_SOME "\2" "d n\0"
    LINE_ANY "\2" "g n\0"
    LINE_ONCE "about\0"
    LINE_ONCE "e n\0"
    LINE_EXTENSIONS "\10" "\0";

/* host, then device */
static const struct {
	const char *text;
	enum rc host, device;
} orders[] = {
    {"a x\nd x\nabout\ne x\n", RC_OK, RC_OK},
    {"a x\nb a 1\nb b 1\nc a a 1\nc a b 1\ng z\ng a\nd a\nd b\ng x\n"
     "about\ne x\nx-a\n",
	RC_OK, RC_OK},
    {"d x\nabout\ne x\n", RC_LINE_MISSING, RC_LINE_MISSING},
    {"a x\nabout\ne x\n", RC_LINE_MISSING, RC_LINE_MISSING},
    {"a x\nd x\n", RC_LINE_MISSING, RC_LINE_MISSING},
    {"a x\n", RC_LINE_MISSING, RC_LINE_MISSING},
    {"", RC_LINE_MISSING, RC_LINE_MISSING},
    {"a x\na y\nd x\nabout\ne x\n", RC_LINE_REPEATED, RC_LINE_REPEATED},
    {"a x\nd x\nd y\nd z\nabout\ne x\n", RC_LINE_REPEATED, RC_LINE_REPEATED},
    {"a x\nd x\na y\nabout\ne x\n", RC_LINE_ORDER, RC_LINE_ORDER},
    {"a x\nd y\nd x\nabout\ne x\n", RC_LINE_ORDER, RC_LINE_ORDER},
    {"a x\nd x\nd x\nabout\ne x\n", RC_LINE_ORDER, RC_LINE_ORDER},
    {"a x\nd x\nd xx\nabout\ne x\n", RC_OK, RC_OK},
    {"a x\nd xx\nd x\nabout\ne x\n", RC_LINE_ORDER, RC_LINE_ORDER},
    {"a x\nb a 1\nb a 2\nd x\nabout\ne x\n", RC_NAME_REPEATED,
	RC_NAME_REPEATED},
    {"a x\nb a 1\nb aa 1\nd x\nabout\ne x\n", RC_OK, RC_OK},
    {"a x\nb a 2\nb a 1\nd x\nabout\ne x\n", RC_LINE_ORDER, RC_LINE_ORDER},
    {"a x\nc a a 1\nc a a 2\nd x\nabout\ne x\n", RC_NAME_REPEATED,
	RC_NAME_REPEATED},
    {"a x\nc a a 1\nc a b 1\nc b a 1\nd x\nabout\ne x\n", RC_OK, RC_OK},
    {"a x\nf x\nd x\nabout\ne x\n", RC_LINE_UNKNOWN, RC_LINE_UNKNOWN},
    {"a x\ndd x\nabout\ne x\n", RC_LINE_UNKNOWN, RC_LINE_UNKNOWN},
    {"a x\nabou\ne x\n", RC_LINE_UNKNOWN, RC_LINE_UNKNOWN},
    {"a x\nx-a\nd x\nabout\ne x\n", RC_LINE_MISSING, RC_LINE_MISSING},
    {"a x\nd x\nx-a\nabout\ne x\n", RC_LINE_MISSING, RC_LINE_MISSING},
    {"a x\nd x\nabout x\ne x\n", RC_FIELD, RC_FIELD},
    {"a\nd x\nabout\ne x\n", RC_FIELD, RC_FIELD},
    /* below about */
    {"a x\nd x\nabout\n", RC_LINE_MISSING, RC_OK},
    {"a x\nd x\nabout\ne x\ne x\n", RC_LINE_REPEATED, RC_OK},
    {"a x\nd x\nabout\ne X\n", RC_FIELD, RC_OK},
    {"a x\nd x\nabout\nsomething\n", RC_LINE_UNKNOWN, RC_OK},
    {"a x\nd x\nabout\ne x\nd y\n", RC_LINE_ORDER, RC_OK},
    {"a x\nd x\nabout\ne x\nabout\n", RC_LINE_ORDER, RC_LINE_REPEATED},
    {"a x\nd x\nabout\nabout\ne x\n", RC_LINE_REPEATED, RC_LINE_REPEATED},
    {"a x\nd x\nabout\ne x\nabouts\n", RC_LINE_UNKNOWN, RC_OK},
    {"a x\nd x\nabout\ne x\n\n", RC_LINE, RC_LINE},
    {"a x\nd x\nabout\ne x", RC_LINE, RC_LINE},
    {"a x\nd x\nabout\n e x\n", RC_LINE, RC_LINE},
    {"a x\nd x\nabout\ne x \n", RC_LINE, RC_LINE},
    {"a x\nd x\nabout\ne x\r\n", RC_BYTE, RC_BYTE},
    {"a x\nd x\nabout\ne \xff\n", RC_BYTE, RC_BYTE},
    {"a x\nd x\nabout\ne x\nx-a\nx-a\nx-b anything at all\n", RC_OK, RC_OK},
    {"a x\nd x\nabout\ne x\nx-a  two\n", RC_OK, RC_OK},
    {"a x\nd x\nabout\ne x\nx-\n", RC_LINE_UNKNOWN, RC_OK},
    {"a x\nd x\nabout\ne x\nx- a\n", RC_LINE_UNKNOWN, RC_OK},
    {"a x\nd x\nabout\ne x\nx-A\n", RC_LINE_UNKNOWN, RC_OK},
    {"a x\nd x\nabout\ne x\nX-a\n", RC_LINE_UNKNOWN, RC_OK},
    {"a x\nd x\nabout\ne x\nx-a-\n", RC_LINE_UNKNOWN, RC_OK},
    {"a x\nd x\nabout\nx-a\ne x\n", RC_LINE_MISSING, RC_OK},
    {"a x\nd x\nabout\ne x\nx-1\nx-2\nx-3\nx-4\nx-5\nx-6\nx-7\nx-8\n", RC_OK,
	RC_OK},
    {"a x\nd x\nabout\ne x\nx-1\nx-2\nx-3\nx-4\nx-5\nx-6\nx-7\nx-8\nx-9\n",
	RC_LINE_REPEATED, RC_OK},
    /* above: what lines are */
    {"\na x\nd x\nabout\ne x\n", RC_LINE, RC_LINE},
    {" a x\nd x\nabout\ne x\n", RC_LINE, RC_LINE},
    {"a x \nd x\nabout\ne x\n", RC_LINE, RC_LINE},
    {"a\tx\nd x\nabout\ne x\n", RC_BYTE, RC_BYTE},
    {"a x\r\nd x\nabout\ne x\n", RC_BYTE, RC_BYTE},
};

START_TEST(lines_come_in_their_order)
{
	static struct buf t;
	unsigned lines;

	buf_set(&t, "quorate/t@v1\n");
	buf_printf(&t, "%s", orders[_i].text);
	ck_assert_int_eq(walk_text(t.b, t.n, ordered, 9, READER_HOST, &lines),
	    orders[_i].host);
	ck_assert_int_eq(walk_text(t.b, t.n, ordered, 9, READER_DEVICE, &lines),
	    orders[_i].device);
}
END_TEST

START_TEST(extension_lines_have_a_length)
{
	static struct buf t;
	unsigned lines, i, n;

	for (n = 255; n <= 257; n++) {
		buf_set(&t, "quorate/t@v1\na x\nd x\nabout\ne x\nx-a ");
		for (i = 4; i < n; i++)
			buf_printf(&t, "y");
		buf_printf(&t, "\n");
		ck_assert_int_eq(
		    walk_text(t.b, t.n, ordered, 9, READER_HOST, &lines),
		    n <= 256 ? RC_OK : RC_LINE_UNKNOWN);
	}
}
END_TEST

/* A device is handed nothing below `about`. */
START_TEST(a_device_sees_the_upper_part)
{
	static const char text[] =
	    "quorate/t@v1\na x\nd x\nabout\ne x\nx-a b\n";
	unsigned lines;

	ck_assert_int_eq(
	    walk_text(text, strlen(text), ordered, 9, READER_HOST, &lines),
	    RC_OK);
	ck_assert_uint_eq(lines, 5);
	ck_assert_int_eq(
	    walk_text(text, strlen(text), ordered, 9, READER_DEVICE, &lines),
	    RC_OK);
	ck_assert_uint_eq(lines, 3);
}
END_TEST

START_TEST(the_kind_line_is_exact)
{
	static const struct {
		const char *text;
		enum rc rc;
	} cases[] = {{"quorate/t@v1\na x\nd x\nabout\ne x\n", RC_OK},
	    {"quorate/t@v2\n", RC_KIND}, {"quorate/t@v1x\n", RC_KIND},
	    {"quorate/t@v\n", RC_KIND}, {"Quorate/t@v1\n", RC_KIND},
	    {"quorate/t@v1", RC_LINE}, {"\n", RC_LINE}, {"", RC_LINE},
	    {" quorate/t@v1\n", RC_LINE}, {"quorate/t@v1 \n", RC_LINE},
	    {"quorate/t@v1\r\n", RC_BYTE}};
	unsigned lines, i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_int_eq(walk_text(cases[i].text, strlen(cases[i].text),
				     ordered, 9, READER_HOST, &lines),
		    cases[i].rc);
}
END_TEST

START_TEST(every_byte_but_print_and_lf_is_refused)
{
	char text[] = "quorate/t@v1\na x\nd x\nabout\ne xyz\nx-a b?c\n";
	size_t at = strlen(text) - 3;
	unsigned lines, c;

	ck_assert_int_eq(text[at], '?');
	for (c = 0; c < 256; c++) {
		enum rc want = c >= 0x20 && c <= 0x7e ? RC_OK : RC_BYTE;

		if (c == '\n')
			continue;
		text[at] = (char)c;
		ck_assert_int_eq(walk_text(text,
				     strlen("quorate/t@v1\na x\nd x\n"
					    "about\ne xyz\n"
					    "x-a b?c\n"),
				     ordered, 9, READER_HOST, &lines),
		    want);
		ck_assert_int_eq(
		    walk_text(text, at + 3, ordered, 9, READER_DEVICE, &lines),
		    want);
	}
}
END_TEST

/* ---- slices ----------------------------------------------------------- */

START_TEST(base64_agrees_with_another)
{
	uint8_t in[70], out[70];
	char s[128];
	size_t n, i;

	for (n = 1; n <= 64; n++)
		for (i = 0; i < 20; i++) {
			size_t j;

			randombytes_buf(in, n);
			sodium_bin2base64(
			    s, sizeof s, in, n, sodium_base64_VARIANT_ORIGINAL);
			for (j = 0; s[j]; j++)
				ck_assert(s[j] == '=' ||
					  base64_digit((uint8_t)s[j]) < 64);
			ck_assert(slice_base64(
			    (struct slice){(const uint8_t *)s, strlen(s)}, out,
			    n));
			ck_assert_mem_eq(in, out, n);
			ck_assert(!slice_base64(
			    (struct slice){(const uint8_t *)s, strlen(s)}, out,
			    n + 3));
		}
	for (i = 0, n = 0; i < 256; i++)
		n += base64_digit((uint8_t)i) != 0xff;
	ck_assert_uint_eq(n, 64);
}
END_TEST

/* What base64_feed makes of hex, one digit after the other. */
static bool
hex_fed(const uint8_t *s, size_t n, uint8_t *out, size_t out_n)
{
	struct base64 b = {.hex = 1};
	size_t i;

	for (i = 0; i < n; i++)
		if (!base64_feed(&b, s[i], out, out_n))
			return false;
	return b.spare == 0 && b.n == out_n;
}

static void
hex_is_as_fed(const uint8_t *s, size_t n, size_t out_n)
{
	uint8_t out[64], want[64];
	bool good = hex_fed(s, n, want, out_n);

	ck_assert_int_eq(slice_hex((struct slice){s, n}, out, out_n), good);
	if (good)
		ck_assert_mem_eq(out, want, out_n);
}

/* Hosts read hex in larger steps than devices: every byte in every place, and
 * every length. */
START_TEST(hex_is_read_as_devices_read_it)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t s[2 * 64 + 2], kept;
	size_t n, i;
	unsigned c;

	for (i = 0; i < sizeof s; i++)
		s[i] = (uint8_t)digits[randombytes_uniform(16)];
	for (n = 0; n <= sizeof s; n++)
		for (i = 0; i <= 64; i++)
			hex_is_as_fed(s, n, i);
	for (i = 0; i < 64; i++) {
		kept = s[i];
		for (c = 0; c < 256; c++) {
			s[i] = (uint8_t)c;
			hex_is_as_fed(s, 64, 32);
		}
		s[i] = kept;
	}
}
END_TEST

START_TEST(slices_compare_bytewise)
{
	static const char *const sorted[] = {"", "a", "a-b", "aa", "b", "~"};
	unsigned i, j;

	for (i = 0; i < 6; i++)
		for (j = 0; j < 6; j++) {
			struct slice x = {(const uint8_t *)sorted[i],
					 strlen(sorted[i])},
				     y = {(const uint8_t *)sorted[j],
					 strlen(sorted[j])};
			int c = slice_compare(x, y);

			ck_assert_int_eq(c < 0, i < j);
			ck_assert_int_eq(c > 0, i > j);
			ck_assert_int_eq(slice_equal(x, y), i == j);
			ck_assert_int_eq(slice_is(x, sorted[j]), i == j);
		}
}
END_TEST

#define COUNT(x) ((int)(sizeof(x) / sizeof(x)[0]))

/* ---- what the proof takes for granted ---------------------------------- */

/*
 * tests/proof/line.acsl, `grammar`: rules end with a NUL, a rule's letters
 * are as many as a line has room for, a line that is compared by a field has
 * it, and a rule without a key or with a letter of its own asks for a reader.
 */
static void
rules_are_well_formed(const char *rules, unsigned rule_n, unsigned device_n)
{
	const char *rule = rules, *key, *type, *letters;
	unsigned i, field_n, number_n;

	ck_assert_uint_lt(rule_n, 0xff);
	for (i = 0; i < rule_n; i++, rule = key + 1) {
		unsigned flags = (unsigned char)rule[0];

		ck_assert(rule[0] != 0 && rule[1] != 0);
		key = rule + 2;
		ck_assert(*key == 0 || *key > ' ');
		ck_assert(*key != 0 || i >= device_n);
		while (*key > ' ')
			key++;
		letters = *key == 0 ? key : key + 1;
		for (type = letters, number_n = 0; *type != 0; type++) {
			number_n += strchr("dzD", *type) != NULL;
			ck_assert(i >= device_n || strchr("nvhdzD", *type));
		}
		field_n = (unsigned)(type - letters);
		ck_assert(*key == 0 || (*key == ' ' && field_n > 0));
		ck_assert_uint_le(field_n, LINE_FIELDS_MAX);
		ck_assert_uint_le(number_n, LINE_NUMBERS_MAX);
		ck_assert(!(flags & 4) || field_n >= 1);
		ck_assert(!(flags & 8) || field_n >= 2);
		ck_assert(!(flags & 12) || !(flags & 16));
		key = type;
	}
	ck_assert_int_eq(*rule, 0);
}

START_TEST(rules_are_as_the_proof_says)
{
	/* a device reads releases without a reader of its own, to `about` */
	rules_are_well_formed(
	    release_rules, release_rule_n, RELEASE_RULE_ABOUT + 1);
	rules_are_well_formed(withdraw_rules, withdraw_rule_n, 0);
	rules_are_well_formed(trust_rules, trust_rule_n, 0);
	rules_are_well_formed(roster_rules, roster_rule_n, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("line");
	TCase *t = tcase_create("grammar");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_loop_test(t, a_field_has_one_spelling, 0, COUNT(fields));
	tcase_add_test(t, fields_have_their_lengths);
	tcase_add_test(t, numbers_are_handed_on);
	tcase_add_test(t, a_vkey_has_one_spelling);
	tcase_add_test(t, key_fields_want_their_type);
	tcase_add_test(t, keys_of_bip340);
	tcase_add_loop_test(t, lines_come_in_their_order, 0, COUNT(orders));
	tcase_add_test(t, extension_lines_have_a_length);
	tcase_add_test(t, a_device_sees_the_upper_part);
	tcase_add_test(t, the_kind_line_is_exact);
	tcase_add_test(t, every_byte_but_print_and_lf_is_refused);
	tcase_add_test(t, base64_agrees_with_another);
	tcase_add_test(t, hex_is_read_as_devices_read_it);
	tcase_add_test(t, slices_compare_bytewise);
	tcase_add_test(t, rules_are_as_the_proof_says);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
