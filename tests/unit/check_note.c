/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify/note.c and verify/checkpoint.c: notes, signature lines, cosignatures
 * and checkpoints, with files that another program made.
 */
#include <check.h>
#include <stdlib.h>
#include "tests/unit/notes_help.h"
#include "tests/unit/suite.h"
#include "verify/checkpoint.h"
#include "verify/note.h"

static struct key alice, bob;
static struct buf text, note_bytes;

static void
setup(void)
{
	struct by by;

	key_make(&alice, "alice", 1, "alice");
	key_make(&bob, "bob", 1, "bob");
	buf_set(&text, "first\nsecond\n");
	by = BY(&alice, &bob);
	note_make(&note_bytes, &text, &by);
}

/* Of an allocation of exactly that size, so that reading on is seen. */
static enum rc
split(const char *b, size_t n, struct note *out)
{
	uint8_t *exact = malloc(n > 0 ? n : 1);
	struct sigline l;
	struct slice raw;
	unsigned i;
	enum rc rc;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, b, n);
	rc = note_split(out, exact, n);
	for (i = 0; rc == RC_OK && i < out->line_n; i++)
		note_line(out, i, &l, &raw);
	free(exact);
	return rc;
}

START_TEST(a_note_is_split)
{
	struct sigline l;
	struct slice raw;
	struct note note;
	struct vkey k;
	uint8_t id[32], want[32], message[64];
	uint64_t time = 7;
	unsigned i;

	ck_assert_int_eq(
	    note_split(&note, (const uint8_t *)note_bytes.b, note_bytes.n),
	    RC_OK);
	ck_assert_uint_eq(note.n, note_bytes.n);
	ck_assert_uint_eq(note.text_n, text.n);
	ck_assert_uint_eq(note.line_n, 2);
	text_id(want, &text);
	note_id(id, &note);
	ck_assert_mem_eq(id, want, 32);
	for (i = 0; i < 2; i++) {
		const struct key *key = i == 0 ? &alice : &bob;

		note_line(&note, i, &l, &raw);
		ck_assert_int_eq(vkey_parse(&k,
				     (struct slice){(const uint8_t *)key->vkey,
					 strlen(key->vkey)},
				     KEY_ED25519),
		    RC_OK);
		ck_assert_mem_eq(k.key, key->public, 32);
		ck_assert(sigline_by(&l, &k));
		memcpy(message, text.b, text.n);
		ck_assert_int_eq(
		    sigline_verify(&l, &k, message, text.n, &time), RC_OK);
		ck_assert_uint_eq(time, 7);
		message[0] ^= 1;
		ck_assert_int_eq(sigline_verify(&l, &k, message, text.n, &time),
		    RC_SIGNATURE_INVALID);
		k.id[3] ^= 1;
		ck_assert(!sigline_by(&l, &k));
		k.id[3] ^= 1;
		k.name.n--;
		ck_assert(!sigline_by(&l, &k));
		ck_assert(memcmp(raw.p, "\xe2\x80\x94 ", 4) == 0);
		ck_assert_int_eq(raw.p[raw.n - 1], '\n');
	}
	ck_assert_ptr_eq(
	    raw.p + raw.n, (const uint8_t *)note_bytes.b + note_bytes.n);
}
END_TEST

START_TEST(a_note_is_whole)
{
	struct note note;
	size_t n, line = text.n + 1;

	while (note_bytes.b[line] != '\n')
		line++;
	for (n = 0; n < note_bytes.n; n++) {
		enum rc rc = split(note_bytes.b, n, &note);

		if (n == line + 1)
			ck_assert_int_eq(rc, RC_OK); /* one line less */
		else if (n == text.n + 1)
			ck_assert_int_eq(rc, RC_SIGLINE);
		else
			ck_assert_int_eq(rc, RC_TRUNCATED);
	}
	ck_assert_int_eq(split(note_bytes.b, n, &note), RC_OK);
	buf_printf(&note_bytes, "\n");
	ck_assert_int_eq(split(note_bytes.b, n + 1, &note), RC_TRAILING);
	buf_printf(&note_bytes, "x");
	ck_assert_int_eq(split(note_bytes.b, n + 2, &note), RC_TRAILING);
	note_bytes.b[n] = 'x';
	ck_assert_int_eq(split(note_bytes.b, n + 1, &note), RC_SIGLINE);
	ck_assert_int_eq(split("\n\n", 2, &note), RC_SIGLINE);
	ck_assert_int_eq(split("\n", 1, &note), RC_TRUNCATED);
}
END_TEST

/* Both ways to read a line, over an allocation of exactly that size. */
static bool
ways_agree(const char *b, size_t n)
{
	enum { BEFORE = 3 };
	uint8_t *exact = malloc(BEFORE + n);
	struct sigline fed, taken;
	enum rc rc = RC_MORE, took;
	size_t i = BEFORE, at = BEFORE;

	ck_assert(exact != NULL);
	memset(exact, '\n', BEFORE);
	memcpy(exact + BEFORE, b, n);
	sigline_init(&fed);
	while (rc == RC_MORE && i < BEFORE + n)
		rc = sigline_feed(&fed, exact[i++]);
	memset(&taken, 0xa5, sizeof taken);
	took = sigline_take(&taken, &at, exact, BEFORE + n);
	free(exact);
	return took == rc && at == i &&
	    (rc != RC_OK ||
		(taken.name_n == fed.name_n &&
		    memcmp(taken.name, fed.name, sizeof fed.name) == 0 &&
		    taken.base64.n == fed.base64.n &&
		    memcmp(taken.blob, fed.blob, sizeof fed.blob) == 0));
}

/* Blobs of all lengths around those that matter; then each byte of the line
 * replaced by every other, and the line cut everywhere. */
START_TEST(a_line_is_taken_as_it_is_fed)
{
	static const unsigned lengths[] = {0, 4, 5, 6, 7, 60, 66, 67, 68, 69,
	    70, 74, 75, 76, 77, 78, 79, 80, 81, 128};
	unsigned blob_n = _i < 20 ? lengths[_i] : 68, i, c;
	uint8_t blob[128];
	char line[512], base64[256];
	size_t n, k;

	for (i = 0; i < sizeof blob; i++)
		blob[i] = (uint8_t)(251 * i + 7 * (unsigned)_i);
	if (_i >= 20) /* as long as a name may be, and longer */
		n = (size_t)sprintf(line, "\xe2\x80\x94 %0*d ", _i + 107, 0);
	else
		n = (size_t)sprintf(line, "\xe2\x80\x94 a.example/b ");
	ck_assert(sodium_bin2base64(base64, sizeof base64, blob,
		      blob_n, sodium_base64_VARIANT_ORIGINAL) != NULL);
	n += (size_t)sprintf(line + n, "%s\n\xe2\x80", base64);
	for (k = 0; k < n; k++) {
		char was = line[k];

		ck_assert(ways_agree(line, k));
		for (c = 0; c < 256; c++) {
			line[k] = (char)c;
			if (!ways_agree(line, n))
				ck_abort_msg("byte %zu as %u", k, c);
		}
		line[k] = was;
	}
	ck_assert(ways_agree(line, n));
}
END_TEST

START_TEST(a_file_is_a_note_and_a_rest)
{
	struct note note;
	size_t rest, n = note_bytes.n;

	buf_printf(&note_bytes, "\nproof");
	ck_assert_int_eq(note_split_file(&note, &rest,
			     (const uint8_t *)note_bytes.b, note_bytes.n),
	    RC_OK);
	ck_assert_uint_eq(note.n, n);
	ck_assert_uint_eq(rest, n + 1);
	ck_assert_int_eq(
	    note_split_file(&note, &rest, (const uint8_t *)note_bytes.b, n + 1),
	    RC_OK);
	ck_assert_uint_eq(rest, n + 1);
	ck_assert_int_eq(
	    note_split_file(&note, &rest, (const uint8_t *)note_bytes.b, n),
	    RC_OK);
	ck_assert_uint_eq(rest, n);
}
END_TEST

START_TEST(notes_have_limits)
{
	static uint8_t blob[4096];
	struct note note;
	unsigned i, n;

	for (n = 263; n <= 265; n++) {
		note_bytes.n = 0;
		buf_printf(&note_bytes, "t\n\n");
		for (i = 0; i < n; i++)
			buf_printf(&note_bytes, "\xe2\x80\x94 u AAAAAAA=\n");
		ck_assert_int_eq(split(note_bytes.b, note_bytes.n, &note),
		    n <= 264 ? RC_OK : RC_SIGLINES_MANY);
	}
	for (n = NOTE_BYTES_MAX - 1; n <= NOTE_BYTES_MAX + 1; n++) {
		note_bytes.n = 0;
		while (note_bytes.n + 17 < n)
			buf_printf(&note_bytes, "x");
		buf_printf(&note_bytes, "\n\n\xe2\x80\x94 u AAAAAAA=\n");
		ck_assert_uint_eq(note_bytes.n, n);
		ck_assert_int_eq(split(note_bytes.b, n, &note),
		    n <= 61440 ? RC_OK : RC_NOTE_LONG);
	}
	for (n = 4095; n <= 4097; n++) {
		note_bytes.n = 0;
		buf_printf(&note_bytes, "t\n\n\xe2\x80\x94 u ");
		buf_base64(&note_bytes, blob, n > 4096 ? 4096 : n);
		if (n > 4096) {
			note_bytes.n -= 2;
			buf_printf(&note_bytes, "AA");
		}
		buf_printf(&note_bytes, "\n");
		ck_assert_int_eq(split(note_bytes.b, note_bytes.n, &note),
		    n <= 4096 ? RC_OK : RC_SIGLINE);
	}
}
END_TEST

/* Every blob length's one spelling is taken, and a changed one is not. */
START_TEST(line_base64_is_canonical)
{
	static struct buf line;
	uint8_t blob[90];
	struct sigline l;
	struct note note;
	unsigned n, i;

	for (n = 1; n <= 90; n++) {
		randombytes_buf(blob, sizeof blob);
		line.n = 0;
		buf_printf(&line, "t\n\n\xe2\x80\x94 u ");
		buf_base64(&line, blob, n);
		buf_printf(&line, "\n");
		ck_assert_int_eq(
		    split(line.b, line.n, &note), n < 5 ? RC_SIGLINE : RC_OK);
		if (n < 5)
			continue;
		ck_assert_int_eq(
		    note_split(&note, (const uint8_t *)line.b, line.n), RC_OK);
		note_line(&note, 0, &l, NULL);
		ck_assert_uint_eq(l.base64.n, n);
		for (i = 0; i < n && i < SIG_COSIGNATURE_BYTES; i++)
			ck_assert_uint_eq(l.blob[i], blob[i]);
		if (n % 3 == 0)
			continue;
		/* the last digit has spare bits: one of them set */
		i = (unsigned)line.n - (n % 3 == 1 ? 4 : 3);
		for (const char *digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh"
					  "ijklmnopqrstuvwxyz0123456789+/";
		     *digits; digits++)
			if (digits[0] == line.b[i]) {
				line.b[i] = digits[1];
				break;
			}
		ck_assert_int_eq(split(line.b, line.n, &note), RC_SIGLINE);
	}
}
END_TEST

/* ---- what another program made ---------------------------------------- */

/*
 * The end-to-end vectors of the fact sheet on transparency logs, section 9,
 * made with Python (hashlib, Ed25519): seeds are the bytes 20..3f, 40..5f,
 * 60..7f.
 */
#define LOG_VKEY                     \
	"example.test/log+b6e3f3c7+" \
	"ASmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"
#define W1_VKEY                     \
	"witness1.test/w+b8091962+" \
	"BCVDuS/xCVURR2rcg2nbbdyTNmWhGXjdoUBO4QZsqVWd"
#define W2_VKEY                     \
	"witness2.test/w+95684e5c+" \
	"BBdFU7RW3d/GkI7KscEB/mqyHiuqBhd5W31DpjSCmT/V"
static const char checkpoint_note[] =
    "example.test/log\n7\n7LtRAWPFYLiFC7WH4wQbKlEl4I4068uedFadelvsqkg=\n\n"
    "\xe2\x80\x94 example.test/log "
    "tuPzx6gCZS5Y+mYY2cXNibO0Hj5qPrfqep7blh4v0P71uyFDq81bctt3lSPU1QEv2gAiqQWX"
    "zNcqdU+Wn+RMUZbhAw4=\n"
    "\xe2\x80\x94 witness1.test/w "
    "uAkZYgAAAABlU/EAEVZ+UlvJyXNPY0Q93X5J9hdlJ75Axl6DGdsbq/+EQfeNSJPeZLJe9sTs"
    "7TPPeTdO4NEgY0JeZg9OwLSooUC5Bw==\n"
    "\xe2\x80\x94 witness2.test/w "
    "lWhOXAAAAABlU/EBp/ZinpByxPT7G0XCTVF8nOSuMPP1qSYNXC11Xokw61wPhSrht28yYyMk"
    "pjT//klsalBkfJHgO44eW+AmcC8jCg==\n";

START_TEST(another_s_checkpoint_verifies)
{
	static const struct {
		const char *vkey;
		uint8_t type, seed;
		uint64_t time;
	} who[] = {{LOG_VKEY, KEY_ED25519, 0x20, 0},
	    {W1_VKEY, KEY_COSIGNATURE, 0x40, 1700000000},
	    {W2_VKEY, KEY_COSIGNATURE, 0x60, 1700000001}};
	uint8_t room[512], seed[32], *message = room + COSIGNATURE_HEAD_MAX;
	struct checkpoint c;
	struct sigline l;
	struct note note;
	struct slice raw;
	struct vkey k;
	unsigned i, j;

	ck_assert_int_eq(note_split(&note, (const uint8_t *)checkpoint_note,
			     strlen(checkpoint_note)),
	    RC_OK);
	ck_assert_uint_eq(note.line_n, 3);
	ck_assert_int_eq(
	    checkpoint_parse(&c, note.bytes, note.text_n, false), RC_OK);
	ck_assert(slice_is(c.origin, "example.test/log"));
	ck_assert_uint_eq(c.size, 7);
	ck_assert_uint_eq(c.root[0], 0xec);
	for (i = 0; i < 3; i++) {
		static struct buf line;
		struct key key;
		uint64_t time = 0;
		char name[64];

		ck_assert_int_eq(
		    vkey_parse(&k,
			(struct slice){
			    (const uint8_t *)who[i].vkey, strlen(who[i].vkey)},
			who[i].type),
		    RC_OK);
		memcpy(message, note.bytes, note.text_n);
		note_line(&note, i, &l, &raw);
		for (j = 0; j < 3; j++)
			if (j != i) {
				struct sigline others;

				note_line(&note, j, &others, NULL);
				ck_assert(!sigline_by(&others, &k));
			}
		ck_assert(sigline_by(&l, &k));
		ck_assert_int_eq(
		    sigline_verify(&l, &k, message, note.text_n, &time), RC_OK);
		ck_assert_uint_eq(time, who[i].time);
		/* our own helper writes the same bytes */
		for (j = 0; j < 32; j++)
			seed[j] = (uint8_t)(who[i].seed + j);
		snprintf(name, sizeof name, "%.*s", (int)k.name.n,
		    (const char *)k.name.p);
		key_from_seed(&key, name, who[i].type, seed);
		ck_assert_str_eq(key.vkey, who[i].vkey);
		line.n = 0;
		line_put(&line, &key, (const char *)note.bytes, note.text_n,
		    who[i].time);
		ck_assert_uint_eq(line.n, raw.n);
		ck_assert_mem_eq(line.b, raw.p, raw.n);
		/* of the other type the line has the wrong length */
		k.type ^= KEY_ED25519 ^ KEY_COSIGNATURE;
		ck_assert_int_eq(
		    sigline_verify(&l, &k, message, note.text_n, &time),
		    RC_SIGLINE_LENGTH);
	}
}
END_TEST

/* C2SP signed-note's own example. */
START_TEST(the_example_of_signed_note_verifies)
{
	static const char vkey[] =
	    "example.com/foo+530d903a+"
	    "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
	static const char bytes[] =
	    "This is an example message.\n\n\xe2\x80\x94 example.com/foo "
	    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYj"
	    "OBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
	uint8_t message[64];
	struct sigline l;
	struct note note;
	struct vkey k;
	uint64_t time;

	ck_assert_int_eq(
	    note_split(&note, (const uint8_t *)bytes, strlen(bytes)), RC_OK);
	note_line(&note, 0, &l, NULL);
	ck_assert_int_eq(
	    vkey_parse(&k, (struct slice){(const uint8_t *)vkey, strlen(vkey)},
		KEY_ED25519),
	    RC_OK);
	ck_assert(sigline_by(&l, &k));
	memcpy(message, bytes, note.text_n);
	ck_assert_int_eq(
	    sigline_verify(&l, &k, message, note.text_n, &time), RC_OK);
	/* without its last LF it is another text */
	ck_assert_int_eq(
	    sigline_verify(&l, &k, message, note.text_n - 1, &time),
	    RC_SIGNATURE_INVALID);
}
END_TEST

START_TEST(a_cosignature_head_fits)
{
	static const uint64_t times[] = {
	    0, 1, 9, 10, 1700000000, ((uint64_t)1 << 53) - 1};
	uint8_t room[COSIGNATURE_HEAD_MAX + 1];
	char want[64];
	unsigned i;
	size_t n;

	for (i = 0; i < 6; i++) {
		memset(room, 'T', sizeof room);
		n = cosignature_head(room + COSIGNATURE_HEAD_MAX, times[i]);
		ck_assert_uint_le(n, COSIGNATURE_HEAD_MAX);
		snprintf(want, sizeof want, "cosignature/v1\ntime %llu\n",
		    (unsigned long long)times[i]);
		ck_assert_uint_eq(n, strlen(want));
		ck_assert_mem_eq(room + COSIGNATURE_HEAD_MAX - n, want, n);
		ck_assert_int_eq(room[COSIGNATURE_HEAD_MAX], 'T');
	}
}
END_TEST

/* ---- checkpoints ------------------------------------------------------ */

#define ROOT "7LtRAWPFYLiFC7WH4wQbKlEl4I4068uedFadelvsqkg=\n"

/* plain, then with extension lines allowed */
static const struct {
	const char *text;
	enum rc plain, extended;
} checkpoints[] = {
    {"o\n7\n" ROOT, RC_OK, RC_OK},
    {"o\n0\n" ROOT, RC_OK, RC_OK},
    {"o\n9007199254740991\n" ROOT, RC_OK, RC_OK},
    {"o\n9007199254740992\n" ROOT, RC_CHECKPOINT, RC_CHECKPOINT},
    {"o\n18446744073709551616\n" ROOT, RC_CHECKPOINT, RC_CHECKPOINT},
    {"o\n07\n" ROOT, RC_CHECKPOINT, RC_CHECKPOINT},
    {"o\n-1\n" ROOT, RC_CHECKPOINT, RC_CHECKPOINT},
    {"o\n+7\n" ROOT, RC_CHECKPOINT, RC_CHECKPOINT},
    {"o\n 7\n" ROOT, RC_CHECKPOINT, RC_CHECKPOINT},
    {"o\n\n" ROOT, RC_CHECKPOINT, RC_CHECKPOINT},
    {"\n7\n" ROOT, RC_CHECKPOINT, RC_CHECKPOINT},
    {"a b\n7\n" ROOT, RC_CHECKPOINT, RC_CHECKPOINT},
    {"a+b\n7\n" ROOT, RC_CHECKPOINT, RC_CHECKPOINT},
    {"\xc3\xa9\n7\n" ROOT, RC_CHECKPOINT, RC_CHECKPOINT},
    {"o\r\n7\n" ROOT, RC_CHECKPOINT, RC_CHECKPOINT},
    {"quorate/release@v1\n7\n" ROOT, RC_CHECKPOINT, RC_CHECKPOINT},
    {"quorate/\n7\n" ROOT, RC_CHECKPOINT, RC_CHECKPOINT},
    {"quorate\n7\n" ROOT, RC_OK, RC_OK},
    {"o\n7\n" ROOT "\n", RC_CHECKPOINT, RC_CHECKPOINT},
    {"o\n7\n" ROOT "extension\n", RC_CHECKPOINT, RC_OK},
    {"o\n7\n" ROOT "two of\nthem\n", RC_CHECKPOINT, RC_OK},
    {"o\n7\n" ROOT "a\n\nb\n", RC_CHECKPOINT, RC_CHECKPOINT},
    {"o\n7\n" ROOT "a", RC_CHECKPOINT, RC_CHECKPOINT},
    {"o\n7\n" ROOT "a\tb\n", RC_CHECKPOINT, RC_CHECKPOINT},
    {"o\n7\n" ROOT "\xc3\xa9\n", RC_CHECKPOINT, RC_OK},
    {"o\n7\n" ROOT "\x7f\n", RC_CHECKPOINT, RC_CHECKPOINT},
    {"o\n7\n" ROOT "a\r\n", RC_CHECKPOINT, RC_CHECKPOINT},
    {"o\n7\n7LtRAWPFYLiFC7WH4wQbKlEl4I4068uedFadelvsqkg=", RC_CHECKPOINT,
	RC_CHECKPOINT},
    {"o\n7\n7LtRAWPFYLiFC7WH4wQbKlEl4I4068uedFadelvsqg==\n", RC_CHECKPOINT,
	RC_CHECKPOINT}, /* 31 bytes */
    {"o\n7\n7LtRAWPFYLiFC7WH4wQbKlEl4I4068uedFadelvsqkgA\n", RC_CHECKPOINT,
	RC_CHECKPOINT}, /* 33 */
    {"o\n7\n7LtRAWPFYLiFC7WH4wQbKlEl4I4068uedFadelvsqkh=\n", RC_CHECKPOINT,
	RC_CHECKPOINT},
    {"o\n7\n", RC_CHECKPOINT, RC_CHECKPOINT},
    {"o\n", RC_CHECKPOINT, RC_CHECKPOINT},
    {"o", RC_CHECKPOINT, RC_CHECKPOINT},
    {"", RC_CHECKPOINT, RC_CHECKPOINT},
};

START_TEST(a_checkpoint_has_one_spelling)
{
	size_t n = strlen(checkpoints[_i].text);
	uint8_t *exact = malloc(n > 0 ? n : 1);
	struct checkpoint c;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, checkpoints[_i].text, n);
	ck_assert_int_eq(
	    checkpoint_parse(&c, exact, n, false), checkpoints[_i].plain);
	ck_assert_int_eq(
	    checkpoint_parse(&c, exact, n, true), checkpoints[_i].extended);
	free(exact);
}
END_TEST

START_TEST(the_longest_checkpoint_fits)
{
	static struct buf t;
	struct checkpoint c;
	unsigned i, n;

	for (n = 128; n <= 129; n++) {
		t.n = 0;
		for (i = 0; i < n; i++)
			buf_printf(&t, "o");
		buf_printf(&t, "\n9007199254740991\n" ROOT);
		ck_assert_int_eq(
		    checkpoint_parse(&c, (const uint8_t *)t.b, t.n, false),
		    n == 128 ? RC_OK : RC_CHECKPOINT);
		if (n == 128)
			ck_assert_uint_eq(t.n, CHECKPOINT_TEXT_MAX);
	}
}
END_TEST

#define COUNT(x) ((int)(sizeof(x) / sizeof(x)[0]))

int
main(void)
{
	Suite *suite = suite_create("note");
	TCase *t = tcase_create("notes");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_note_is_split);
	tcase_add_test(t, a_note_is_whole);
	tcase_add_loop_test(t, a_line_is_taken_as_it_is_fed, 0, 24);
	tcase_add_test(t, a_file_is_a_note_and_a_rest);
	tcase_add_test(t, notes_have_limits);
	tcase_add_test(t, line_base64_is_canonical);
	tcase_add_test(t, another_s_checkpoint_verifies);
	tcase_add_test(t, the_example_of_signed_note_verifies);
	tcase_add_test(t, a_cosignature_head_fits);
	tcase_add_loop_test(
	    t, a_checkpoint_has_one_spelling, 0, COUNT(checkpoints));
	tcase_add_test(t, the_longest_checkpoint_fits);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
