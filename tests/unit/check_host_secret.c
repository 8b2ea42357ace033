/* SPDX-License-Identifier: Apache-2.0 */
/* host/secret.h: sealed files open with the passphrase and in one spelling. */
#include <check.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/file.h"
#include "host/secret.h"
#include "tests/unit/suite.h"

static const uint8_t plain[] = "one share of one key, and some more of it so "
			       "that the body has several lines of base64";
static char sealed_bytes[SECRET_SEALED_MAX];
static struct text sealed;
static struct passphrase *pass, *other;
static uint8_t out[SECRET_PLAIN_MAX + 1];
static size_t out_n;

static void
setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	pass = secret_new(sizeof *pass);
	other = secret_new(sizeof *other);
	pass->n = 7;
	memcpy(pass->b, "correct", 8);
	other->n = 7;
	memcpy(other->b, "Correct", 8);
	text_init(&sealed, sealed_bytes, sizeof sealed_bytes);
	ck_assert_int_eq(secret_seal(&sealed, "share", plain, sizeof plain,
			     pass, SECRET_COST_FAST), RC_OK);
}

static void
teardown(void)
{
	secret_free(pass);
	secret_free(other);
}

static enum rc
open_text(const char *p, size_t n)
{
	size_t cap = n < 2048 ? 256 : SECRET_PLAIN_MAX;
	enum rc rc;

	memset(out, 0xaa, cap + 1);
	rc = secret_open(out, &out_n, cap, "share", p, n, pass);
	ck_assert_int_eq(out[cap], 0xaa);
	if (rc != RC_OK) {
		ck_assert_uint_eq(out_n, 0);
		ck_assert(sodium_is_zero(out, cap));
	}
	return rc;
}

START_TEST(seal_then_open)
{
	char kind[SECRET_KIND_MAX + 1];

	ck_assert_int_eq(open_text(sealed.p, sealed.n), RC_OK);
	ck_assert_uint_eq(out_n, sizeof plain);
	ck_assert_mem_eq(out, plain, sizeof plain);
	secret_sealed_kind(kind, sealed.p, sealed.n);
	ck_assert_str_eq(kind, "share");
	ck_assert_ptr_ne(strstr(sealed.p,
			     "quorate-sealed-v1\nkind share\n"
			     "kdf argon2id 1 65536 "), NULL);
	ck_assert_ptr_eq(memmem(sealed.p, sealed.n, plain, 8), NULL);
}
END_TEST

START_TEST(default_cost_opens)
{
	text_init(&sealed, sealed_bytes, sizeof sealed_bytes);
	ck_assert_int_eq(secret_seal(&sealed, "share", plain, 1, pass,
			     SECRET_COST_INTERACTIVE), RC_OK);
	ck_assert_int_eq(open_text(sealed.p, sealed.n), RC_OK);
	ck_assert_uint_eq(out_n, 1);
}
END_TEST

START_TEST(sizes_at_the_edges)
{
	static uint8_t big[SECRET_PLAIN_MAX + 1];
	size_t sizes[] = {0, 1, 31, 32, 33, 79, 80, 81, SECRET_PLAIN_MAX};
	size_t i;

	randombytes_buf(big, sizeof big);
	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		text_init(&sealed, sealed_bytes, sizeof sealed_bytes);
		ck_assert_int_eq(secret_seal(&sealed, "share", big, sizes[i],
				     pass, SECRET_COST_FAST), RC_OK);
		ck_assert_int_eq(open_text(sealed.p, sealed.n), RC_OK);
		ck_assert_uint_eq(out_n, sizes[i]);
		ck_assert_mem_eq(out, big, sizes[i]);
	}
	text_init(&sealed, sealed_bytes, sizeof sealed_bytes);
	ck_assert_int_eq(secret_seal(&sealed, "share", big, sizeof big, pass,
			     SECRET_COST_FAST), RC_FILE_LONG);
	text_init(&sealed, sealed_bytes, 100);
	ck_assert_int_eq(secret_seal(&sealed, "share", big, 1, pass,
			     SECRET_COST_FAST), RC_FILE_LONG);
}
END_TEST

START_TEST(wrong_passphrase_kind_or_room)
{
	ck_assert_int_eq(secret_open(out, &out_n, 200, "share", sealed.p,
			     sealed.n, other), RC_PASSPHRASE);
	ck_assert_int_eq(out[0], 0);
	ck_assert_int_eq(secret_open(out, &out_n, 200, "seed", sealed.p,
			     sealed.n, pass), RC_SEALED);
	ck_assert_int_eq(secret_open(out, &out_n, sizeof plain - 1, "share",
			     sealed.p, sealed.n, pass), RC_FILE_LONG);
	ck_assert_int_eq(secret_seal(&sealed, "Share", plain, 1, pass,
			     SECRET_COST_FAST), RC_FIELD);
	ck_assert_int_eq(secret_seal(&sealed, "a\nb", plain, 1, pass,
			     SECRET_COST_FAST), RC_FIELD);
	ck_assert_int_eq(secret_seal(&sealed, "", plain, 1, pass,
			     SECRET_COST_FAST), RC_FIELD);
}
END_TEST

/* Every byte, two ways; and every length. No flip opens. */
START_TEST(every_byte_counts)
{
	static const uint8_t flips[] = {0x01, 0x20, 0x80};
	size_t i, k;

	for (i = 0; i < sealed.n; i++)
		for (k = 0; k < sizeof flips; k++) {
			sealed.p[i] ^= (char)flips[k];
			ck_assert_int_ne(open_text(sealed.p, sealed.n), RC_OK);
			sealed.p[i] ^= (char)flips[k];
		}
	for (i = 0; i < sealed.n; i++)
		ck_assert_int_ne(open_text(sealed.p, i), RC_OK);
	ck_assert_int_eq(open_text(sealed.p, sealed.n), RC_OK);
}
END_TEST

static const char *const respelled[][2] = {
    {"quorate-sealed-v1", "quorate-sealed-v2"},
    {"quorate-sealed-v1\n", "quorate-sealed-v1\r\n"},
    {"kind share", "kind  share"},
    {"kind share\n", "kind share \n"},
    {"kind share\n", ""},
    {"kind share\n", "kind share\nkind share\n"},
    {"argon2id 1 ", "argon2id 01 "},
    {"argon2id 1 ", "argon2id 0 "},
    {"argon2id 1 ", "argon2id 5 "},
    {"argon2id 1 ", "argon2i 1 "},
    {"argon2id 1 ", "argon2id 18446744073709551617 "},
    {" 65536 ", " 65535 "},
    {" 65536 ", " 32768 "},
    {" 65536 ", " 2147483648 "},
    {" 65536 ", " 1073741825 "},
    {" 65536 ", " 18446744073709551616 "},
    {" 65536 ", " 065536 "},
    {"\nnonce ", "\n\nnonce "},
    {"\nnonce ", " nonce "}};

/* Absurd costs and other spellings are refused before any work. */
START_TEST(another_spelling)
{
	const char *from = respelled[_i][0], *to = respelled[_i][1];
	char text[2048], *at = strstr(sealed.p, from);
	int n;

	ck_assert_ptr_ne(at, NULL);
	n = snprintf(text, sizeof text, "%.*s%s%s", (int)(at - sealed.p),
	    sealed.p, to, at + strlen(from));
	ck_assert_int_eq(open_text(text, (size_t)n), RC_SEALED);
}
END_TEST

START_TEST(body_has_one_wrapping)
{
	char text[2048];
	char *body = strstr(sealed.p, "nonce ");
	size_t k;

	body = strchr(body, '\n') + 1;
	k = (size_t)(body - sealed.p);
	memcpy(text, sealed.p, sealed.n);
	text[sealed.n] = '\n';
	ck_assert_int_eq(open_text(text, sealed.n + 1), RC_SEALED);
	ck_assert_int_eq(open_text(text, sealed.n - 1), RC_SEALED);
	/* the first line break one to the left, one to the right */
	memcpy(text, sealed.p, sealed.n);
	text[k + 64] = text[k + 63];
	text[k + 63] = '\n';
	ck_assert_int_eq(open_text(text, sealed.n), RC_SEALED);
	memcpy(text, sealed.p, sealed.n);
	text[k + 64] = text[k + 65];
	text[k + 65] = '\n';
	ck_assert_int_eq(open_text(text, sealed.n), RC_SEALED);
}
END_TEST

/* A plain mutator: nothing but the original may open, nothing may crash. */
START_TEST(mutants)
{
	static char text[SECRET_SEALED_MAX];
	unsigned i, edits;
	size_t n, at, len;

	for (i = 0; i < 20000; i++) {
		n = sealed.n;
		memcpy(text, sealed.p, n);
		for (edits = 1 + randombytes_uniform(3); edits > 0; edits--) {
			at = randombytes_uniform((uint32_t)n);
			len = randombytes_uniform((uint32_t)(n - at));
			switch (randombytes_uniform(4)) {
			case 0: /* another byte, mostly a telling one */
				text[at] = "\n =0A9/"[randombytes_uniform(7)];
				break;
			case 1: /* a piece out */
				len = len > 70 ? 65 : len;
				memmove(text + at, text + at + len,
				    n - at - len);
				n -= len;
				break;
			case 2: /* a piece twice */
				len = len > 70 ? 65 : len;
				memmove(text + at + len, text + at, n - at);
				n += len;
				break;
			default:
				n -= len;
			}
			if (n == 0)
				break;
		}
		if (n == sealed.n && memcmp(text, sealed.p, n) == 0)
			continue;
		ck_assert_int_ne(open_text(text, n), RC_OK);
	}
}
END_TEST

static void
file_make(char *path, const char *bytes, size_t n)
{
	int fd;

	strcpy(path, "/tmp/quorate-check-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
	close(fd);
}

START_TEST(passphrase_from_a_file)
{
	static char big[PASSPHRASE_MAX + 3];
	struct {
		const char *bytes;
		size_t n;
		enum rc rc;
		size_t want_n;
	} cases[] = {{"abc\n", 4, RC_OK, 3}, {"abc", 3, RC_OK, 3},
	    {"a b\xc3\xa9\n", 6, RC_OK, 5}, {"", 0, RC_PASSPHRASE, 0},
	    {"\n", 1, RC_PASSPHRASE, 0}, {"a\n\n", 3, RC_PASSPHRASE, 0},
	    {"a\nb", 3, RC_PASSPHRASE, 0}, {"a\r\n", 3, RC_PASSPHRASE, 0},
	    {"a\0b", 3, RC_PASSPHRASE, 0},
	    {big, PASSPHRASE_MAX, RC_OK, PASSPHRASE_MAX},
	    {big, PASSPHRASE_MAX + 1, RC_PASSPHRASE, 0},
	    {big, PASSPHRASE_MAX + 2, RC_FILE_LONG, 0}};
	struct passphrase *p = secret_new(sizeof *p);
	struct why why;
	char path[64];
	size_t i;

	memset(big, 'x', sizeof big);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		file_make(path, cases[i].bytes, cases[i].n);
		ck_assert_int_eq(passphrase_read(p, path, "pass", false, &why),
		    cases[i].rc);
		ck_assert_uint_eq(p->n, cases[i].want_n);
		if (cases[i].rc == RC_OK)
			ck_assert_mem_eq(p->b, cases[i].bytes, p->n);
		setenv("QUORATE_PASSPHRASE_FILE", path, 1);
		ck_assert_int_eq(passphrase_read(p, NULL, "pass", false, NULL),
		    cases[i].rc);
		ck_assert_int_eq(p->b[p->n], 0);
		unlink(path);
	}
	ck_assert_int_eq(passphrase_read(p, path, "pass", false, &why),
	    RC_FILE_ABSENT);
	unsetenv("QUORATE_PASSPHRASE_FILE");
	secret_free(p);
}
END_TEST

/* What a child does to a secret of 48 bytes; it ends with 0 if it lives. */
static void
touch(unsigned how)
{
	volatile uint8_t *p = secret_new(48);
	struct rlimit none = {0, 0};

	switch (how) {
	case 0: /* in bounds */
		for (unsigned i = 0; i < 48; i++)
			p[i] = (uint8_t)(p[i] + 1);
		secret_free((void *)(uintptr_t)p);
		break;
	case 1: /* one behind */
		p[48] = 1;
		break;
	case 2: /* a page behind */
		(void)p[48 + 4095];
		break;
	case 3: /* one before: found when it is freed */
		p[-1] = (uint8_t)~p[-1];
		secret_free((void *)(uintptr_t)p);
		break;
	case 4:
		secret_hide((void *)(uintptr_t)p);
		(void)p[0];
		break;
	case 5:
		secret_show((void *)(uintptr_t)p);
		p[0] = 1;
		break;
	case 6:
		secret_free((void *)(uintptr_t)p);
		(void)p[0];
		break;
	case 7: /* no room to lock it */
		if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 ||
		    (getuid() == 0 && setuid(65534) != 0))
			_exit(3);
		(void)secret_new(48);
		break;
	default:
		break;
	}
	_exit(0);
}

enum { TOUCHES = 8 };

START_TEST(guards)
{
	int status;
	pid_t child;

#ifdef __SANITIZE_ADDRESS__
	if (_i == 7)
		return; /* there mlock does nothing */
#endif
	fflush(NULL);
	child = fork();
	if (child == 0) {
		secret_process_harden(); /* no core of it */
		touch((unsigned)_i);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	if (_i == 0) {
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	} else if (_i == 7) {
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	} else {
		/* killed, or told off by a sanitizer */
		ck_assert(
		    !(WIFEXITED(status) && WEXITSTATUS(status) == 0));
#ifndef __SANITIZE_ADDRESS__
		ck_assert(WIFSIGNALED(status));
#endif
	}
}
END_TEST

/* The kernel's own word about the pages: locked, not in a dump. */
START_TEST(locked_and_not_dumped)
{
	uint8_t *p = secret_new(48);
	char line[512];
	FILE *f = fopen("/proc/self/smaps", "r");
	bool ours = false, found = false;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f) != NULL) {
		unsigned long from, to;
		char more[5];

		if (sscanf(line, "%lx-%lx %4s", &from, &to, more) == 3)
			ours = (uintptr_t)p >= from && (uintptr_t)p < to;
		if (!ours || strncmp(line, "VmFlags:", 8) != 0)
			continue;
		found = true;
		ck_assert_ptr_nonnull(strstr(line, " dd"));
#ifndef __SANITIZE_ADDRESS__
		ck_assert_ptr_nonnull(strstr(line, " lo"));
#endif
	}
	fclose(f);
	ck_assert(found);
	secret_free(p);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("host/secret");
	TCase *c = tcase_create("secret");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, seal_then_open);
	tcase_add_test(c, default_cost_opens);
	tcase_add_test(c, sizes_at_the_edges);
	tcase_add_test(c, wrong_passphrase_kind_or_room);
	tcase_add_test(c, every_byte_counts);
	tcase_add_loop_test(c, another_spelling, 0,
	    sizeof respelled / sizeof respelled[0]);
	tcase_add_test(c, body_has_one_wrapping);
	tcase_add_test(c, mutants);
	tcase_add_test(c, passphrase_from_a_file);
	tcase_add_loop_test(c, guards, 0, TOUCHES);
	tcase_add_test(c, locked_and_not_dumped);
	suite_add_tcase(suite, c);
	return suite_run(suite);
}
