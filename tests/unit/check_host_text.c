/* SPDX-License-Identifier: Apache-2.0 */
/* host/text.h, why.h, rc_text.h, say.h: bounds, and one spelling each. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/rc_text.h"
#include "host/say.h"
#include "host/text.h"
#include "host/why.h"
#include "tests/unit/suite.h"

START_TEST(text_never_passes_its_end)
{
	char bytes[9];
	struct text t;
	size_t cap;

	for (cap = 1; cap <= 8; cap++) {
		memset(bytes, '#', sizeof bytes);
		text_init(&t, bytes, cap);
		text_string(&t, "abc");
		text_printf(&t, "%d", 12);
		text_hex(&t, (const uint8_t *)"\x5f", 1);
		ck_assert_int_eq(bytes[cap], '#');
		ck_assert_int_eq(bytes[t.n], '\0');
		ck_assert_int_eq(t.full, cap < 8);
	}
	ck_assert_str_eq(bytes, "abc125f");
	text_put(&t, "", 0);
	ck_assert(!t.full);
	text_put(&t, "x", 1);
	ck_assert(t.full);
}
END_TEST

START_TEST(text_full_stays_full)
{
	char bytes[4];
	struct text t;

	text_init(&t, bytes, sizeof bytes);
	text_string(&t, "abcd");
	ck_assert(t.full);
	text_string(&t, "a");
	text_printf(&t, "a");
	text_base64(&t, (const uint8_t *)"", 0);
	ck_assert_uint_eq(t.n, 0);
	ck_assert_str_eq(bytes, "");
	text_init(&t, bytes, sizeof bytes);
	text_printf(&t, "%s", "abcd");
	ck_assert(t.full);
	ck_assert_str_eq(bytes, "");
}
END_TEST

START_TEST(hex_is_lowercase_and_exact)
{
	uint8_t out[3] = {9, 9, 9};

	ck_assert(hex_decode(out, 3, "00ff1a", 6));
	ck_assert_mem_eq(out, "\x00\xff\x1a", 3);
	ck_assert(!hex_decode(out, 3, "00FF1a", 6));
	ck_assert_mem_eq(out, "\0\0\0", 3);
	ck_assert(!hex_decode(out, 3, "00ff1", 5));
	ck_assert(!hex_decode(out, 3, "00ff1a0", 7));
	ck_assert(!hex_decode(out, 3, "00ff1g", 6));
	ck_assert(!hex_decode(out, 3, "0x001a", 6));
	ck_assert(!hex_decode(out, 2, "00ff1a", 6));
	ck_assert(hex_decode(out, 0, "", 0));
}
END_TEST

/* RFC 4648 section 10 */
static const char *const base64_vectors[][2] = {{"", ""}, {"f", "Zg=="},
    {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

START_TEST(base64_vector)
{
	const char *plain = base64_vectors[_i][0], *coded =
	    base64_vectors[_i][1];
	uint8_t out[16];
	char bytes[32];
	struct text t;
	size_t n;

	text_init(&t, bytes, sizeof bytes);
	text_base64(&t, (const uint8_t *)plain, strlen(plain));
	ck_assert_str_eq(bytes, coded);
	ck_assert(base64_decode(out, &n, sizeof out, coded, strlen(coded)));
	ck_assert_uint_eq(n, strlen(plain));
	ck_assert_mem_eq(out, plain, n);
}
END_TEST

/* Of all strings of four characters from a telling alphabet, exactly those
 * are taken that the encoder would write. */
START_TEST(base64_has_one_spelling)
{
	static const char letters[] = "AQghZ+/=-_ \n";
	size_t k = sizeof letters - 1, i, n, taken = 0;
	char s[5] = "", again[8];
	struct text t;
	uint8_t out[3];

	for (i = 0; i < k * k * k * k; i++) {
		s[0] = letters[i % k];
		s[1] = letters[i / k % k];
		s[2] = letters[i / k / k % k];
		s[3] = letters[i / k / k / k];
		if (!base64_decode(out, &n, sizeof out, s, 4)) {
			ck_assert_uint_eq(n, 0);
			continue;
		}
		taken++;
		text_init(&t, again, sizeof again);
		text_base64(&t, out, n);
		ck_assert_str_eq(again, s);
	}
	/* 7 letters: 7^4 full, pad 1: 49 * those with 2 low bits zero
	 * (A Q g: 3), pad 2: 7 * those with 4 low bits zero (A Q g) */
	ck_assert_uint_eq(taken, 7 * 7 * 7 * 7 + 49 * 3 + 7 * 3);
	ck_assert(!base64_decode(out, &n, 3, "Zg==Zg==", 8));
	ck_assert(!base64_decode(out, &n, 3, "Zg=", 3));
	ck_assert(!base64_decode(out, &n, 3, "Z===", 4));
	ck_assert(!base64_decode(out, &n, 2, "Zm9v", 4));
	ck_assert(!base64_decode(out, &n, 3, "Zm9\0", 4));
}
END_TEST

START_TEST(decimal_has_one_spelling)
{
	uint64_t v;

	ck_assert(decimal_decode(&v, 10, "0", 1) && v == 0);
	ck_assert(decimal_decode(&v, 10, "10", 2) && v == 10);
	ck_assert(!decimal_decode(&v, 10, "11", 2) && v == 0);
	ck_assert(!decimal_decode(&v, 10, "00", 2));
	ck_assert(!decimal_decode(&v, 10, "01", 2));
	ck_assert(!decimal_decode(&v, 10, "", 0));
	ck_assert(!decimal_decode(&v, 10, "+1", 2));
	ck_assert(!decimal_decode(&v, 10, "1 ", 2));
	ck_assert(!decimal_decode(&v, 10, "-1", 2));
	ck_assert(decimal_decode(&v, UINT64_MAX, "18446744073709551615", 20) &&
	    v == UINT64_MAX);
	ck_assert(!decimal_decode(&v, UINT64_MAX, "18446744073709551616", 20));
	ck_assert(!decimal_decode(&v, UINT64_MAX, "99999999999999999999", 20));
	ck_assert(!decimal_decode(&v, UINT64_MAX, "184467440737095516150", 21));
}
END_TEST

START_TEST(durations)
{
	uint64_t v;

	ck_assert(duration_decode(&v, "5ms", 3) && v == 5);
	ck_assert(duration_decode(&v, "3s", 2) && v == 3000);
	ck_assert(duration_decode(&v, "20m", 3) && v == 1200000);
	ck_assert(duration_decode(&v, "7d", 2) && v == 604800000);
	ck_assert(duration_decode(&v, "0", 1) && v == 0);
	ck_assert(duration_decode(&v, "3653d", 5));
	ck_assert(!duration_decode(&v, "3654d", 5));
	ck_assert(!duration_decode(&v, "18446744073709551616ms", 22));
	ck_assert(!duration_decode(&v, "5", 1) && v == 0);
	ck_assert(!duration_decode(&v, "s", 1));
	ck_assert(!duration_decode(&v, "05s", 3));
	ck_assert(!duration_decode(&v, "5 s", 3));
	ck_assert(!duration_decode(&v, "5S", 2));
	ck_assert(!duration_decode(&v, "", 0));
}
END_TEST

START_TEST(results_have_names)
{
	struct why why = {""};

	ck_assert_str_eq(rc_name(RC_OK), "RC_OK");
	ck_assert_str_eq(rc_name(RC_MORE), "RC_MORE");
	ck_assert_str_eq(rc_text(RC_PASSPHRASE),
	    "wrong passphrase or damaged file");
	ck_assert_str_eq(rc_name((enum rc)99999), "RC_?");
	ck_assert_str_eq(rc_text((enum rc)0), "an unknown result");
	ck_assert_str_eq(rc_why(RC_PASSPHRASE, &why), rc_text(RC_PASSPHRASE));
	why_set(&why, "the key does not open");
	ck_assert_str_eq(rc_why(RC_PASSPHRASE, &why), "the key does not open");
}
END_TEST

START_TEST(why_is_one_line)
{
	char longer[2 * WHY_BYTES_MAX];
	struct why why;

	why_set(NULL, "nobody asks");
	why_set(&why, "a\nb %d", 7);
	why_prefix(&why, "in '%s'", "c");
	ck_assert_str_eq(why.text, "in 'c': a b 7");
	memset(longer, 'x', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	why_set(&why, "%s", longer);
	ck_assert_uint_eq(strlen(why.text), WHY_BYTES_MAX - 1);
	why_prefix(&why, "%s", longer);
	ck_assert_uint_eq(strlen(why.text), WHY_BYTES_MAX - 1);
}
END_TEST

/* What fn writes to stderr, and how it ends. */
static int
said(char *out, size_t cap, void (*fn)(void))
{
	int pipes[2], status;
	size_t have = 0;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		dup2(pipes[1], 2);
		fn();
		_exit(99);
	}
	close(pipes[1]);
	while ((n = read(pipes[0], out + have, cap - 1 - have)) > 0)
		have += (size_t)n;
	out[have] = '\0';
	close(pipes[0]);
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void
say_hostile(void)
{
	say_init("prog");
	say(SAY_DEBUG, "not heard");
	say(SAY_WARNING, "peer said '%s'", "a\nprog: fake\x1b[2J\\x\x80");
}

static void
say_long(void)
{
	static char longer[5000];

	memset(longer, '\n', sizeof longer - 1);
	say(SAY_INFO, "%s", longer);
}

static void
say_death(void)
{
	say_init("prog");
	die(EXIT_POLICY, "no");
}

START_TEST(say_is_one_line)
{
	static char out[20000];

	ck_assert_int_eq(said(out, sizeof out, say_hostile), 99);
	ck_assert_int_eq(out[10], 'T'); /* 2025-11-21T12:46:29Z prog: ... */
	ck_assert_str_eq(out + 21, "prog: warning: peer said "
				   "'a\\x0aprog: fake\\x1b[2J\\x5cx\\x80'\n");
	said(out, sizeof out, say_long);
	ck_assert_ptr_eq(strchr(out, '\n'), out + strlen(out) - 1);
	ck_assert_int_eq(said(out, sizeof out, say_death), EXIT_POLICY);
	ck_assert_str_eq(out + 21, "prog: no\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("host/text");
	TCase *c = tcase_create("text");

	tcase_add_test(c, text_never_passes_its_end);
	tcase_add_test(c, text_full_stays_full);
	tcase_add_test(c, hex_is_lowercase_and_exact);
	tcase_add_loop_test(c, base64_vector, 0,
	    sizeof base64_vectors / sizeof base64_vectors[0]);
	tcase_add_test(c, base64_has_one_spelling);
	tcase_add_test(c, decimal_has_one_spelling);
	tcase_add_test(c, durations);
	tcase_add_test(c, results_have_names);
	tcase_add_test(c, why_is_one_line);
	tcase_add_test(c, say_is_one_line);
	suite_add_tcase(suite, c);
	return suite_run(suite);
}
