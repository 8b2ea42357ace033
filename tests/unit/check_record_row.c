/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer/record_row.c: exports of a record, good ones and ones in which
 * something was changed, taken out, put in another place, or that show what
 * no party may do. Each is refused by its rule and at its row.
 */
#include "signer/record_row.h"
#include <check.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "quorum/message.h"
#include "tests/unit/signer_help.h"
#include "tests/unit/suite.h"

/* A file as it grows: the rows; the head is made last. */
static char rows[1 << 18], file[1 << 18];
static struct text body, whole;
static uint32_t number;
static uint8_t last[32];
static size_t row_at[64]; /* where each begins */
static struct help_key alice, bob;

static const char release[] = "quorate/release@v1\nx 1\n";
static const char other[] = "quorate/release@v1\nx 2\n";
static uint8_t release_id[32], other_id[32];

static struct slice
word(const char *s)
{
	return (struct slice){(const uint8_t *)s, strlen(s)};
}

static void
setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	help_key(&alice, "alice.example", 1, KEY_ED25519);
	help_key(&bob, "bob.example", 2, KEY_ED25519);
	crypto_hash_sha256(
	    release_id, (const uint8_t *)release, strlen(release));
	crypto_hash_sha256(other_id, (const uint8_t *)other, strlen(other));
	text_init(&body, rows, sizeof rows);
	number = 0;
	memset(last, 0, sizeof last);
}

/* Number, previous and time are filled in; bytes go behind it if `here`. */
static void
put(struct record_row *r, const char *bytes)
{
	size_t at = body.n;

	row_at[number] = at;
	r->number = ++number;
	r->first = number == 1;
	memcpy(r->previous, last, 32);
	r->at = HELP_NOW;
	if (bytes != NULL) {
		r->bytes = r->bytes.n > 0 ? r->bytes : word("note");
		r->bytes_n = strlen(bytes);
		crypto_hash_sha256(
		    r->bytes_id, (const uint8_t *)bytes, strlen(bytes));
	}
	row_build(&body, r);
	crypto_hash_sha256(
	    last, (const uint8_t *)body.p + at, body.n - at);
	text_string(&body, "\n");
	if (bytes != NULL && r->here) {
		text_string(&body, bytes);
		text_string(&body, "\n");
	}
	ck_assert(!body.full);
}

static void
put_party(const struct help_key *k)
{
	put(&(struct record_row){.what = ROW_PARTY, .key = word(k->vkey)},
	    NULL);
}

static void
put_decision(const char *text, const uint8_t id[static 32], const char *which,
    bool here)
{
	put(&(struct record_row){.what = ROW_DECISION,
		.which = word(which),
		.message = id,
		.code = word("none"),
		.by = word("policy"),
		.says = word("-"),
		.bytes = word("text"),
		.here = here},
	    text);
}

static void
put_bound(const uint8_t id[static 32], uint32_t sequence)
{
	put(&(struct record_row){.what = ROW_BOUND,
		.message = id,
		.slot_authority = word("a/release"),
		.slot_epoch = 1,
		.slot_number = sequence,
		.slot = word("product p")},
	    NULL);
}

/* A note of k's that left: a text of ours with its line. */
static void
put_left(const char *which, const char *text, const uint8_t id[static 32],
    const struct help_key *k)
{
	char note[4096];
	struct text t;

	text_init(&t, note, sizeof note);
	text_string(&t, text);
	help_sign(&t, k);
	put(&(struct record_row){.what = ROW_LEFT,
		.which = word(which),
		.message = id,
		.here = true},
	    note);
}

static void
put_share(const uint8_t id[static 32], const uint8_t package[static 32],
    const uint8_t said_id[static 32], const uint8_t said[static 32])
{
	struct message_share share = {0};
	char note[4096];
	struct text t;

	memcpy(share.message, said_id, 32);
	memcpy(share.package, said, 32);
	text_init(&t, note, sizeof note);
	share_build(&t, &share);
	help_sign(&t, &alice);
	put(&(struct record_row){.what = ROW_LEFT,
		.which = word("share"),
		.message = id,
		.package = package,
		.here = true},
	    note);
}

/* The file, with a head by k over `count` rows. */
static void
finish(const struct help_key *k, uint32_t count)
{
	struct record_head head = {
	    .party = word(k->vkey), .rows = count, .time = HELP_NOW};

	memcpy(head.id, last, 32);
	text_init(&whole, file, sizeof file);
	record_head_build(&whole, &head);
	help_sign(&whole, k);
	text_string(&whole, "\n");
	text_put(&whole, body.p, body.n);
	ck_assert(!whole.full);
}

static struct record_checked checked;

static enum rc
judge_n(size_t n, uint32_t watch)
{
	size_t seen_n = record_seen_count(n);
	struct record_seen *seen = calloc(seen_n, sizeof *seen);
	uint8_t *copy = malloc(n > 0 ? n : 1); /* its end is the file's */
	enum rc rc;

	ck_assert(seen != NULL && copy != NULL);
	memcpy(copy, file, n);
	rc = record_check(&checked, seen, seen_n, copy, n, watch);
	free(copy);
	free(seen);
	return rc;
}

static enum rc
judge_file(void)
{
	return judge_n(whole.n, 0);
}

/* One release, all the way. */
static void
good(void)
{
	const uint8_t package[32] = {7};

	put_party(&alice);
	put_decision(release, release_id, "ask", true);
	put_decision(release, release_id, "approve", false);
	put_bound(release_id, 4);
	put_share(release_id, package, release_id, package);
	put_left("line", release, release_id, &alice);
	put(&(struct record_row){.what = ROW_FREEZE,
		.which = word("on"),
		.by = word("uid 1")},
	    NULL);
	finish(&alice, number);
}

START_TEST(accepted)
{
	uint8_t third[32];

	good();
	ck_assert_code(judge_n(whole.n, 3), RC_OK);
	ck_assert_uint_eq(checked.row, 7);
	ck_assert_uint_eq(checked.left, 2);
	crypto_hash_sha256(third, (const uint8_t *)body.p + row_at[2],
	    row_at[3] - row_at[2] - 1);
	ck_assert_mem_eq(checked.watched, third, 32);
}
END_TEST

/* Every cut and every changed byte of a good file is refused. */
START_TEST(cuts)
{
	good();
	for (size_t n = 0; n < whole.n; n++)
		ck_assert_msg(judge_n(n, 0) != RC_OK, "cut at %zu", n);
	for (size_t i = 0; i < whole.n; i++) {
		file[i] ^= 1;
		ck_assert_msg(judge_file() != RC_OK, "changed at %zu", i);
		file[i] ^= 1;
	}
	ck_assert_code(judge_file(), RC_OK);
}
END_TEST

START_TEST(rows_taken_out)
{
	size_t head_n;

	/* The last row, and a head that still counts it. */
	good();
	head_n = whole.n - body.n;
	ck_assert_code(judge_n(head_n + row_at[6], 0), RC_RECORD_HEAD);
	/* One from the middle. */
	memmove(file + head_n + row_at[3], file + head_n + row_at[4],
	    body.n - row_at[4]);
	ck_assert_code(
	    judge_n(whole.n - (row_at[4] - row_at[3]), 0), RC_RECORD_CHAIN);
	ck_assert_uint_eq(checked.row, 4);
	/* Two in another order (of one length: the two decisions differ). */
	finish(&alice, number);
	memcpy(file + head_n + row_at[3], body.p + row_at[4],
	    row_at[5] - row_at[4]);
	memcpy(file + head_n + row_at[3] + row_at[5] - row_at[4],
	    body.p + row_at[3], row_at[4] - row_at[3]);
	ck_assert_code(judge_file(), RC_RECORD_CHAIN);
	ck_assert_uint_eq(checked.row, 4);
	/* A head that counts fewer, or names another last one. */
	finish(&alice, number - 1);
	ck_assert_code(judge_file(), RC_RECORD_HEAD);
	last[0] ^= 1;
	finish(&alice, number);
	ck_assert_code(judge_file(), RC_RECORD_HEAD);
}
END_TEST

START_TEST(other_bytes)
{
	char *at;

	good();
	at = strstr(file, "\n\nquorate/release@v1\nx 1\n");
	ck_assert_ptr_nonnull(at);
	at[strlen("\n\nquorate/release@v1\nx ")] = '3';
	ck_assert_code(judge_file(), RC_RECORD_BYTES);
	ck_assert_uint_eq(checked.row, 2);
}
END_TEST

START_TEST(parties)
{
	/* Somebody else's head; then the new key that the record names. */
	good();
	finish(&bob, number);
	ck_assert_code(judge_file(), RC_RECORD_PARTY);
	put_party(&bob);
	finish(&bob, number);
	ck_assert_code(judge_file(), RC_OK);
	finish(&alice, number);
	ck_assert_code(judge_file(), RC_RECORD_PARTY);
	setup();
	put_decision(release, release_id, "ask", true);
	put_party(&alice);
	finish(&alice, number);
	ck_assert_code(judge_file(), RC_RECORD_PARTY);
	/* A head whose signature is another text's. */
	setup();
	good();
	file[strlen("quorate/record@v1\nparty ") + strlen(alice.vkey) +
	    strlen("\nrows ")]++;
	ck_assert_code(judge_file(), RC_SIGNATURE_INVALID);
}
END_TEST

START_TEST(bound_twice)
{
	put_party(&alice);
	put_decision(release, release_id, "approve", true);
	put_decision(other, other_id, "approve", true);
	put_bound(release_id, 4);
	put_bound(other_id, 5);
	finish(&alice, number);
	ck_assert_code(judge_file(), RC_OK);
	put_bound(other_id, 4);
	finish(&alice, number);
	ck_assert_code(judge_file(), RC_RECORD_BOUND);
	ck_assert_uint_eq(checked.row, 6);
}
END_TEST

/* What may not leave, one case each. */
START_TEST(left)
{
	static const char approve[] = "quorate/approve@v1\nrelease ";
	const uint8_t package[32] = {7}, wrong[32] = {8};
	char text[256];
	struct text t;

	text_init(&t, text, sizeof text);
	text_string(&t, approve);
	text_hex(&t, release_id, 32);
	text_string(&t, "\n");
	put_party(&alice);
	if (_i != 0)
		put_decision(release, release_id, "approve", true);
	if (_i > 1)
		put_bound(release_id, 4);
	if (_i == 2)
		put_decision(release, release_id, "refuse", false);
	finish(&alice, number);
	ck_assert_code(judge_file(), RC_OK);
	switch (_i) {
	case 0: /* never approved */
		put_left("approve", t.p, release_id, &alice);
		break;
	case 1: /* not bound */
	case 2: /* refused by then */
		put_share(release_id, package, release_id, package);
		break;
	case 3: /* about another text, or another package */
		put_share(release_id, package, other_id, package);
		break;
	case 4:
		put_share(release_id, package, release_id, wrong);
		break;
	case 5: /* by somebody else */
		put_left("line", release, release_id, &bob);
		break;
	case 6: /* a line over another text */
		put_left("line", other, release_id, &alice);
		break;
	case 7: /* not what the row says */
		put_left("refuse", t.p, release_id, &alice);
		break;
	case 8:
		put_left("commit", t.p, release_id, &alice);
		break;
	case 9:
		put_left("objection", t.p, release_id, &alice);
		break;
	}
	finish(&alice, number);
	ck_assert_code(judge_file(), RC_RECORD_LEFT);
	ck_assert_uint_eq(checked.row, number);
}
END_TEST

START_TEST(rows_malformed)
{
	struct record_row r;
	static const struct {
		const char *text;
		enum rc rc;
	} cases[] = {
	    {"what freeze\nwhich on\nby uid 1\n", RC_OK},
	    {"what freeze\nby uid 1\n", RC_RECORD_ROW},
	    {"what freeze\nwhich on\nby uid 1\nsays x\n", RC_RECORD_ROW},
	    {"what freeze\nby uid 1\nwhich on\n", RC_LINE_ORDER},
	    {"what thaw\nwhich on\nby uid 1\n", RC_FIELD},
	    {"what freeze\nwhich on\nby uid 1\nmore x\n", RC_LINE_UNKNOWN},
	    {"what freeze\nwhich on\nby uid 1\nby uid 2\n",
		RC_LINE_REPEATED},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[512];

		snprintf(text, sizeof text,
		    "quorate/row@v1\nnumber 1\nprevious -\nat 5\n%s",
		    cases[i].text);
		ck_assert_msg(row_parse(&r, (const uint8_t *)text,
				  strlen(text)) == cases[i].rc,
		    "%s", cases[i].text);
	}
}
END_TEST

START_TEST(rest)
{
	char out[ROW_REST_MAX + 1], text[600];

	memset(text, 'x', sizeof text);
	ck_assert_uint_eq(row_rest(out, text, sizeof text).n, ROW_REST_MAX);
	ck_assert_uint_eq(row_rest(out, "  ", 2).n, 1);
	ck_assert_str_eq(out, "-");
	(void)row_rest(out, " a\n\xc3\xa9  b ", 9);
	ck_assert_str_eq(out, "a???  b");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("record_row");
	TCase *tc = tcase_create("record_row");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, accepted);
	tcase_add_test(tc, cuts);
	tcase_add_test(tc, rows_taken_out);
	tcase_add_test(tc, other_bytes);
	tcase_add_test(tc, parties);
	tcase_add_test(tc, bound_twice);
	tcase_add_loop_test(tc, left, 0, 10);
	tcase_add_test(tc, rows_malformed);
	tcase_add_test(tc, rest);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
