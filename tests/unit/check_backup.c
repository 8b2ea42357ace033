/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer/backup.c: a page that is typed in again is the sealed text that it
 * was made of, however it was typed; every slip is found at its line.
 */
#include "signer/backup.h"
#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include "host/secret.h"
#include "tests/unit/signer_help.h"
#include "tests/unit/suite.h"

static char page[BACKUP_PAGE_MAX], sealed[BACKUP_SEALED_MAX];
static char typed[BACKUP_PAGE_MAX], again[BACKUP_SEALED_MAX];
static struct text made, seal;
static struct backup_head head;
static struct help_key alice;

static void
make(bool share)
{
	const struct passphrase pass = {4, "test"};
	const uint8_t plain[BACKUP_PLAIN_MAX] = {1, 2, 3};

	ck_assert_int_ge(sodium_init(), 0);
	help_key(&alice, "alice.example", 1, KEY_ED25519);
	head = (struct backup_head){
	    .party = {(const uint8_t *)alice.vkey, strlen(alice.vkey)},
	    .made = HELP_NOW};
	if (share) {
		head.authority =
		    (struct slice){(const uint8_t *)"a.example/release", 17};
		head.epoch = 2;
		head.serial = 3;
		memset(head.roster, 7, 32);
	}
	text_init(&seal, sealed, sizeof sealed);
	ck_assert_code(secret_seal(&seal, BACKUP_KIND, plain,
			   share ? BACKUP_PLAIN_MAX : BACKUP_SHARE_AT, &pass,
			   SECRET_COST_FAST),
	    RC_OK);
	text_init(&made, page, sizeof page);
	ck_assert_code(
	    backup_page_build(&made, &head, seal.p, seal.n), RC_OK);
}

static unsigned at_fault;

static enum rc
type(const char *bytes, size_t n)
{
	/* its end is the page's, for whoever reads too far */
	char *copy = malloc(n + 1);
	struct backup_head h;
	struct text t;
	uint8_t one[32], two[32];
	enum rc rc;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, n);
	text_init(&t, again, sizeof again);
	rc = backup_page_parse(&h, &t, &at_fault, copy, n);
	if (rc == RC_OK) {
		ck_assert_uint_eq(t.n, seal.n);
		ck_assert_mem_eq(t.p, seal.p, t.n);
		backup_head_hash(one, &h);
		backup_head_hash(two, &head);
		ck_assert_mem_eq(one, two, 32);
	}
	free(copy);
	return rc;
}

START_TEST(typed_again)
{
	size_t n = 0;

	make(_i != 0);
	ck_assert_code(type(made.p, made.n), RC_OK);
	/* in capitals, with spaces for dashes, and more of them */
	for (size_t i = 0; i < made.n; i++) {
		bool words = strstr(page, "\n\n") + 1 < page + i;

		if (words && page[i] == '-') {
			typed[n++] = ' ';
			typed[n++] = ' ';
		} else {
			typed[n++] = words ? (char)toupper(page[i]) : page[i];
		}
	}
	ck_assert_code(type(typed, n), RC_OK);
}
END_TEST

/* Any one letter typed wrong is found, and where. */
START_TEST(slips)
{
	unsigned line = 1;
	const char *words;

	make(true);
	words = strstr(page, "\n\n");
	for (size_t i = 0; i < made.n; i++) {
		char was = page[i];

		if (was == '\n') {
			line++;
			continue;
		}
		page[i] = was == 'b' || was == '7' ? 'd' : was == '1' ? '7' : 'b';
		if (was == '-' || was == ' ')
			page[i] = 'x';
		ck_assert_msg(type(page, made.n) == RC_BACKUP,
		    "byte %zu, '%c'", i, was);
		if (page + i > words)
			ck_assert_uint_eq(at_fault, line);
		page[i] = was;
	}
	/* two lines in the other order; one twice; one left out; more */
	for (size_t n = 0; n < made.n; n++)
		ck_assert_msg(type(page, n) == RC_BACKUP, "cut at %zu", n);
	memcpy(typed, page, made.n);
	memcpy(typed + made.n, "25 babab", 8);
	ck_assert_code(type(typed, made.n + 8), RC_BACKUP);
}
END_TEST

START_TEST(not_sealed)
{
	make(false);
	text_init(&made, page, sizeof page);
	ck_assert_code(backup_page_build(&made, &head, "quorate", 7),
	    RC_SEALED);
	sealed[seal.n - 2] = '*';
	text_init(&made, page, sizeof page);
	ck_assert_code(
	    backup_page_build(&made, &head, seal.p, seal.n), RC_SEALED);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("backup");
	TCase *tc = tcase_create("backup");

	tcase_add_loop_test(tc, typed_again, 0, 2);
	tcase_add_test(tc, slips);
	tcase_add_test(tc, not_sealed);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
