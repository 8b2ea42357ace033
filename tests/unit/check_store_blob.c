/* SPDX-License-Identifier: Apache-2.0 */
/* quorum/store_blob.c: bytes that come in pieces, and what becomes of them. */
#include "quorum/store_blob.h"
#include <check.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <unistd.h>
#include "host/file.h"
#include "tests/unit/suite.h"
#include "verify/sha256.h"

#define ck_assert_code(a, b) ck_assert_int_eq((int)(a), (int)(b))

enum { SIZE = 300000, DAY = 86400 };

static char dir[64], blobs_dir[80];
static struct blobs *blobs;
static struct blobs_options options;
static uint8_t bytes[4][SIZE], id[4][32];

static void
open_again(void)
{
	struct why why = {""};

	blobs_close(blobs);
	ck_assert_msg(blobs_open(&blobs, &options, &why) == RC_OK, "%s",
	    why.text);
}

static void
setup(void)
{
	strcpy(dir, "/tmp/quorate-check.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(blobs_dir, sizeof blobs_dir, "%s/blobs", dir);
	options = (struct blobs_options){.dir = blobs_dir,
	    .each_max = SIZE, .total_max = 2 * SIZE + 100, .keep_s = DAY};
	for (unsigned i = 0; i < 4; i++) {
		struct sha256 h;

		memset(bytes[i], (int)i + 1, SIZE);
		sha256_init(&h);
		sha256_update(&h, bytes[i], SIZE);
		sha256_final(&h, id[i]);
	}
	blobs = NULL;
	open_again();
}

static void
teardown(void)
{
	blobs_close(blobs);
	ck_assert_code(dir_remove(dir, NULL), RC_OK);
}

static enum rc
put(unsigned i, uint64_t at, size_t n, uint64_t now, uint64_t *have)
{
	return blobs_write(
	    blobs, have, id[i], SIZE, at, bytes[i] + at, n, now);
}

static void
expect_here(unsigned i, bool here)
{
	uint8_t *all = malloc(SIZE);
	uint64_t size = 0;
	int fd;
	enum rc rc = blobs_read(blobs, &fd, &size, id[i]);

	ck_assert_code(rc, here ? RC_OK : RC_UNKNOWN);
	if (here) {
		ck_assert_uint_eq(size, SIZE);
		ck_assert_int_eq(read(fd, all, SIZE), SIZE);
		ck_assert_mem_eq(all, bytes[i], SIZE);
		close(fd);
	}
	free(all);
}

/* Pieces, a restart in the middle, a repeat of each. */
START_TEST(pieces)
{
	uint64_t have = 7;

	ck_assert_code(put(0, 0, 0, 1, &have), RC_MORE); /* asked */
	ck_assert_uint_eq(have, 0);
	ck_assert_code(put(0, 5, 10, 1, &have), RC_BLOB_RANGE);
	ck_assert_uint_eq(have, 0);
	ck_assert_code(put(0, 0, 100000, 1, &have), RC_MORE);
	ck_assert_uint_eq(have, 100000);
	ck_assert_code(put(0, 0, 100000, 1, &have), RC_BLOB_RANGE);
	ck_assert_uint_eq(have, 100000);
	expect_here(0, false);
	open_again();
	ck_assert_code(put(0, 0, 0, 1, &have), RC_MORE);
	ck_assert_uint_eq(have, 100000);
	ck_assert_code(put(0, 100000, 100000, 1, &have), RC_MORE);
	ck_assert_code(put(0, 200000, 100001, 1, &have), RC_BLOB_RANGE);
	ck_assert_code(put(0, 200000, 100000, 1, &have), RC_OK);
	ck_assert_uint_eq(have, SIZE);
	expect_here(0, true);
	ck_assert_code(put(0, 0, 100000, 1, &have), RC_OK); /* idempotent */
	ck_assert_code(put(0, 0, 0, 1, &have), RC_OK);
	open_again();
	expect_here(0, true);
}
END_TEST

/* Other bytes than the digest's are forgotten, and can be sent again. */
START_TEST(other_bytes)
{
	uint64_t have;

	ck_assert_code(blobs_write(blobs, &have, id[0], SIZE, 0, bytes[1],
			   SIZE, 1), RC_PAYLOAD_DIGEST);
	ck_assert_uint_eq(have, 0);
	expect_here(0, false);
	ck_assert_code(put(0, 0, SIZE, 1, &have), RC_OK);
	expect_here(0, true);
	/* half of it was of something else, before a restart */
	ck_assert_code(blobs_write(blobs, &have, id[1], SIZE, 0, bytes[2],
			   1000, 1), RC_MORE);
	open_again();
	ck_assert_code(put(1, 1000, SIZE - 1000, 1, &have), RC_PAYLOAD_DIGEST);
	ck_assert_code(put(1, 0, SIZE, 1, &have), RC_OK);
	expect_here(1, true);
}
END_TEST

START_TEST(limits)
{
	uint64_t have;
	uint8_t name[32] = {0};

	ck_assert_code(blobs_write(blobs, &have, id[0], SIZE + 1, 0, bytes[0],
			   10, 1), RC_FILE_LONG);
	ck_assert_code(put(0, 0, SIZE, 1, &have), RC_OK);
	ck_assert_code(put(1, 0, 10, 2, &have), RC_MORE); /* counts whole */
	ck_assert_code(put(2, 0, 10, 3, &have), RC_BLOB_ROOM);
	/* nobody names the oldest any more */
	blobs_tick(blobs, (const uint8_t(*)[32])id[1], 1, 4);
	ck_assert_code(put(2, 0, SIZE, 5, &have), RC_OK);
	expect_here(0, false);
	expect_here(2, true);
	blobs_tick(blobs, (const uint8_t(*)[32])id, 4, 6);
	blobs_tick(blobs, NULL, 0, 7); /* all may go now, one by one */
	for (unsigned i = 0; i < BLOB_UPLOADS_MAX - 1; i++) {
		name[0] = (uint8_t)i;
		ck_assert_code(blobs_write(blobs, &have, name, 100, 0, bytes[0],
				   10, 8), RC_MORE);
	}
	name[1] = 1;
	ck_assert_code(blobs_write(blobs, &have, name, 100, 0, bytes[0], 10,
			   8), RC_LIMIT);
}
END_TEST

START_TEST(kept)
{
	const uint8_t(*named)[32] = (const uint8_t(*)[32])id;
	unsigned whole, half;
	uint64_t have, sum;

	ck_assert_code(put(0, 0, SIZE, 1000, &have), RC_OK);
	ck_assert_code(put(1, 0, 10, 1000, &have), RC_MORE);
	blobs_tick(blobs, named, 2, 1000 + 9 * DAY);
	blobs_count(blobs, &whole, &half, &sum);
	ck_assert_uint_eq(whole, 1);
	ck_assert_uint_eq(half, 1);
	ck_assert_uint_eq(sum, SIZE + 10);
	blobs_tick(blobs, NULL, 0, 1000 + 10 * DAY); /* counts from here */
	blobs_tick(blobs, NULL, 0, 1000 + 11 * DAY);
	expect_here(0, true);
	blobs_tick(blobs, NULL, 0, 1001 + 11 * DAY);
	expect_here(0, false);
	blobs_count(blobs, &whole, &half, &sum);
	ck_assert_uint_eq(whole + half, 0);
	open_again();
	expect_here(0, false);
}
END_TEST

/* A disk that is full: nothing is believed to be there, what was is. */
START_TEST(full_disk)
{
	struct rlimit old, small;
	uint64_t have;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){150000, old.rlim_max};
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_code(put(0, 0, 100000, 1, &have), RC_MORE);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	ck_assert_code(put(0, 100000, 100000, 1, &have), RC_BLOB_ROOM);
	ck_assert_uint_eq(have, 100000);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	ck_assert_code(put(0, 100000, SIZE - 100000, 1, &have), RC_OK);
	expect_here(0, true);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_blob");
	TCase *t = tcase_create("blobs");

	if (sodium_init() < 0)
		return 1;
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, pieces);
	tcase_add_test(t, other_bytes);
	tcase_add_test(t, limits);
	tcase_add_test(t, kept);
	tcase_add_test(t, full_disk);
	suite_add_tcase(s, t);
	return suite_run(s);
}
