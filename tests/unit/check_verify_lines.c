/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify/verify.c, the decision: the signature lines of the note, whose they
 * may be, how many, how long and in which spelling. Built twice, as
 * check_verify is.
 */
#include "tests/unit/decide_help.h"
#include "tests/unit/suite.h"

static struct buf other;

static void
file_with_lines(const char *lines)
{
	file.n = 0;
	buf_put(&file, text.b, text.n);
	buf_printf(&file, "\n%s", lines);
	proof_put(&file, &proof);
}

START_TEST(signers_satisfy_the_quorum)
{
	struct key same = a.signer[1], wrong = a.signer[1];

	by = BY(&a.signer[0]);
	ck_assert_file(RC_QUORUM);
	by = BY(&a.signer[0], &a.signer[1], &a.signer[2]);
	ck_assert_file(RC_OK);
	by = BY(&a.signer[2], &a.signer[0]); /* any order */
	ck_assert_file(RC_OK);
	by = BY(&a.signer[0], &a.signer[3]); /* a stranger */
	ck_assert_file(RC_QUORUM);
	by = BY(&a.signer[0], &a.signer[3], &a.signer[1]);
	ck_assert_file(RC_OK);
	by = BY(&a.signer[3]);
	ck_assert_file(RC_QUORUM);
	by = BY(&a.root[0], &a.root[1], &a.root[2]); /* another role */
	ck_assert_file(RC_QUORUM);
	by = BY(&a.log[0], &a.signer[0]);
	ck_assert_file(RC_QUORUM);
	by = BY(&a.signer[0], &a.signer[0]);
	ck_assert_file(RC_SIGLINE_REPEATED);
	by = BY(&a.signer[0], &a.signer[1], &a.signer[0]);
	ck_assert_file(RC_SIGLINE_REPEATED);
	/* the pair decides: same name, other id; same id, other name */
	same.id[0] ^= 1;
	by = BY(&a.signer[0], &same, &a.signer[1]);
	ck_assert_file(RC_OK);
	by = BY(&a.signer[0], &same);
	ck_assert_file(RC_QUORUM);
	same = a.signer[1];
	strcpy(same.name, "acme.example/bob2");
	by = BY(&a.signer[0], &same);
	ck_assert_file(RC_QUORUM);
	/* a known pair that fails refuses beside any number of good ones */
	wrong.seed[0] ^= 1;
	by = BY(&a.signer[0], &a.signer[2], &wrong);
	ck_assert_file(RC_SIGNATURE_INVALID);
	by = BY(&wrong, &a.signer[0], &a.signer[2]);
	ck_assert_file(RC_SIGNATURE_INVALID);
}
END_TEST

START_TEST(known_lines_have_their_length)
{
	uint8_t blob[80] = {0};
	size_t n;

	note_make(&other, &text, &by);
	for (n = 5; n <= 80; n++) {
		struct buf *t = &file;

		t->n = 0;
		buf_put(t, other.b, other.n);
		memcpy(blob, a.signer[1].id, 4);
		buf_printf(t, "\xe2\x80\x94 %s ", a.signer[1].name);
		buf_base64(t, blob, n);
		buf_printf(t, "\n");
		proof_put(t, &proof);
		ck_assert_verdict(
		    n == 68 ? RC_SIGNATURE_INVALID : RC_SIGLINE_LENGTH);
	}
}
END_TEST

START_TEST(line_counts_have_their_limits)
{
	static struct key stranger[262];
	unsigned i, n;

	for (n = NOTE_SIGLINES_MAX - 1; n <= NOTE_SIGLINES_MAX + 1; n++) {
		note_make(&file, &text, &by);
		for (i = by.n; i < n; i++)
			buf_printf(&file, "\xe2\x80\x94 u AAAAAAA=\n");
		proof_put(&file, &proof);
		ck_assert_verdict(n <= 264 ? RC_OK : RC_SIGLINES_MANY);
	}
	/* a checkpoint: known and unknown lines alike */
	for (i = 0; i < 64; i++)
		key_make(&stranger[i], "stranger", 1, "stranger");
	for (n = 60; n <= 63; n++) {
		proof = proof_usual(&a);
		for (i = 0; i < n - 1; i++)
			proof.logs.k[1 + i] = &stranger[i];
		proof.logs.n = n;
		ck_assert_file(n + 2 <= 64 ? RC_OK : RC_SIGLINES_MANY);
	}
}
END_TEST

static const struct {
	const char *lines;
	enum rc rc;
} note_lines[] = {
    {"", RC_SIGLINE}, {"\xe2\x80\x94 u AAAAAAA=\n", RC_QUORUM},
    {"\xe2\x80\x94 u AAAA\n", RC_SIGLINE},     /* 3 bytes */
    {"\xe2\x80\x94 u AAAAAA==\n", RC_SIGLINE}, /* 4 bytes */
    {"\xe2\x80\x94 u AAAAAAB=\n", RC_SIGLINE}, /* not canonical */
    {"\xe2\x80\x94 u AAAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAA\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAAAA\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAA==\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAA=A\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAAA==\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAAA====\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAAAA===\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAA_=\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAA= \n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAA=\r\n", RC_SIGLINE},
    {"\xe2\x80\x94 u  AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94  u AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94 AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94u AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x93 u AAAAAAA=\n", RC_SIGLINE}, {"- u AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94 u+v AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94 \xc3\xa9 AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94 u\x7f AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94 u\tv AAAAAAA=\n", RC_SIGLINE},
    {"\n\xe2\x80\x94 u AAAAAAA=\n", RC_SIGLINE}, /* two empty lines */
};

START_TEST(lines_have_one_spelling)
{
	file_with_lines(note_lines[_i].lines);
	ck_assert_verdict(note_lines[_i].rc);
}
END_TEST

START_TEST(names_and_blobs_of_lines_have_limits)
{
	char name[140];
	static uint8_t blob[4100];
	size_t n;

	for (n = 127; n <= 130; n++) {
		memset(name, 'n', n);
		name[n] = 0;
		note_make(&file, &text, &by);
		buf_printf(&file, "\xe2\x80\x94 %s AAAAAAA=\n", name);
		proof_put(&file, &proof);
		ck_assert_verdict(n <= 128 ? RC_OK : RC_SIGLINE);
	}
	for (n = 4094; n <= 4098; n++) {
		note_make(&file, &text, &by);
		buf_printf(&file, "\xe2\x80\x94 u ");
		buf_base64(&file, blob, n);
		buf_printf(&file, "\n");
		proof_put(&file, &proof);
		ck_assert_verdict(n <= 4096 ? RC_OK : RC_SIGLINE);
	}
}
END_TEST

/* Notes as long as they may be, by lines of strangers. */
static void
note_fill(size_t want)
{
	static uint8_t blob[4096];

	note_make(&file, &text, &by);
	while (file.n < want) {
		size_t left = want - file.n, name_n = 1;
		/* dash and space, name, space, base64, LF */
		size_t bytes = left > 5600 ? 3000 : (left - 7 - 1) / 4 * 3;

		if (bytes > 3072)
			bytes = 3072;
		while (6 + name_n + (bytes + 2) / 3 * 4 < left &&
		       left <= 5600 && name_n < 128)
			name_n++;
		buf_printf(&file, "\xe2\x80\x94 ");
		for (; name_n > 0; name_n--)
			buf_printf(&file, "n");
		buf_printf(&file, " ");
		buf_base64(&file, blob, bytes);
		buf_printf(&file, "\n");
	}
	ck_assert_uint_eq(file.n, want);
}

START_TEST(a_note_has_its_greatest_length)
{
	struct verified out;

	note_fill(NOTE_BYTES_MAX);
	proof_put(&file, &proof);
	ck_assert_int_eq(run(file.b, file.n, 0, 4096, &out), RC_OK);
	note_fill(NOTE_BYTES_MAX + 1);
	proof_put(&file, &proof);
	ck_assert_int_eq(run(file.b, file.n, 0, 4096, &out), RC_NOTE_LONG);
	ck_assert_int_eq(run(file.b, file.n, 0, 1, &out), RC_NOTE_LONG);
}
END_TEST

START_TEST(a_text_has_its_greatest_length)
{
	struct verified out;
	size_t want = VERIFY_TEXT_MAX, i;

	if (!SMALL)
		want = 60000;
	for (i = text.n; i < want; i++)
		buf_printf(&text, i == text.n ? "x" : "x");
	text.b[text.n - 1] = '\n';
	ck_assert_uint_eq(text.n, want);
	ck_assert_file(RC_OK);
	if (SMALL) {
		text.b[text.n - 1] = 'x';
		buf_printf(&text, "\n");
		ck_assert_file(RC_TEXT_LONG);
		/* a line that never ends, of any kind */
		file.n = 0;
	}
	for (i = 0; i < 70000; i++)
		file.b[i] = 'x';
	ck_assert_int_eq(run(file.b, 70000, 0, 70000, &out),
	    SMALL ? RC_TEXT_LONG : RC_NOTE_LONG);
}
END_TEST

#define COUNT(x) ((int)(sizeof(x) / sizeof(x)[0]))

int
main(void)
{
	Suite *suite = suite_create("verify_lines");
	TCase *t = tcase_create("decision");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, signers_satisfy_the_quorum);
	tcase_add_test(t, known_lines_have_their_length);
	tcase_add_test(t, line_counts_have_their_limits);
	tcase_add_loop_test(t, lines_have_one_spelling, 0, COUNT(note_lines));
	tcase_add_test(t, names_and_blobs_of_lines_have_limits);
	tcase_add_test(t, a_note_has_its_greatest_length);
	tcase_add_test(t, a_text_has_its_greatest_length);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
