/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer/frame.c, and signer/serve_link.c over real socket pairs: what one
 * process may say to another, and what becomes of one that says something
 * else, half of something, or nothing.
 */
#include "signer/frame.h"
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "host/clock.h"
#include "signer/serve_link.h"
#include "tests/unit/suite.h"

/* ---- frames ----------------------------------------------------------------- */

START_TEST(opens)
{
	static const uint8_t bytes[] = "get log.example tile/0/000 8192\nbody\n";
	char word[16];
	uint64_t number;
	struct frame f;

	ck_assert_int_eq(frame_open(&f, bytes, sizeof bytes - 1), RC_OK);
	ck_assert_uint_eq(f.word_n, 4);
	ck_assert(frame_word_is(&f, 0, "get"));
	ck_assert(!frame_word_is(&f, 0, "ge"));
	ck_assert(!frame_word_is(&f, 4, ""));
	ck_assert(slice_is(f.body, "body\n"));
	ck_assert(frame_number(&number, &f, 3, 8192));
	ck_assert_uint_eq(number, 8192);
	ck_assert(!frame_number(&number, &f, 3, 8191));
	ck_assert(!frame_number(&number, &f, 0, 8191));
	ck_assert(frame_string(word, sizeof word, &f, 1));
	ck_assert_str_eq(word, "log.example");
	ck_assert(!frame_string(word, 11, &f, 1));
}
END_TEST

static const char *const bad[] = {"", "\n", " \n", "poll", "poll ", " poll\n",
    "poll \n", "poll  1\n", "a b c d e\n", "po\tll\n", "po\x7fll\n",
    "po\xc3\xa9\n", "\r\n"};

START_TEST(refused)
{
	struct frame f;

	ck_assert_int_eq(frame_open(&f, (const uint8_t *)bad[_i],
			     strlen(bad[_i])), RC_FRAME);
}
END_TEST

START_TEST(line_ends)
{
	static uint8_t bytes[FRAME_LINE_MAX + 2];
	struct frame f;

	memset(bytes, 'a', sizeof bytes);
	bytes[FRAME_LINE_MAX] = '\n';
	ck_assert_int_eq(frame_open(&f, bytes, sizeof bytes), RC_OK);
	ck_assert_uint_eq(f.body.n, 1);
	bytes[FRAME_LINE_MAX] = 'a';
	bytes[FRAME_LINE_MAX + 1] = '\n';
	ck_assert_int_eq(frame_open(&f, bytes, sizeof bytes), RC_FRAME);
}
END_TEST

START_TEST(results)
{
	char room[64];
	struct frame f;
	struct text t;

	text_init(&t, room, sizeof room);
	frame_refusal(&t, RC_NETWORK, "no route");
	ck_assert_int_eq(frame_open(&f, (uint8_t *)t.p, t.n), RC_OK);
	ck_assert_int_eq(frame_result(&f), RC_NETWORK);
	ck_assert(slice_is(f.body, "no route"));
	ck_assert_int_eq(frame_open(&f, (const uint8_t *)"ok\n", 3), RC_OK);
	ck_assert_int_eq(frame_result(&f), RC_OK);
	/* RC_OK has no name that travels; nor has nonsense */
	ck_assert_int_eq(frame_open(&f, (const uint8_t *)"RC_OK\n", 6), RC_OK);
	ck_assert_int_eq(frame_result(&f), RC_FRAME);
}
END_TEST

/* ---- pairs ----------------------------------------------------------------------- */

static int end[2];

static void
setup(void)
{
	ck_assert(link_pair(end));
}

static void
teardown(void)
{
	close(end[0]);
	close(end[1]);
}

static void
raw(const void *bytes, size_t n)
{
	ck_assert_int_eq(send(end[1], bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

static enum rc
hear(uint64_t timeout_ms)
{
	struct frame f;
	uint8_t *heard;
	enum rc rc = link_hear(end[0], &f, &heard, timeout_ms, -1);

	ck_assert(rc == RC_OK || heard == NULL);
	free(heard);
	return rc;
}

static void *
say_much(void *bytes)
{
	ck_assert_int_eq(link_say(end[1], bytes, FRAME_BYTES_MAX, 60000), RC_OK);
	return NULL;
}

/* The largest frame is many times what a socket holds. */
START_TEST(largest)
{
	uint8_t *bytes = malloc(FRAME_BYTES_MAX), *heard;
	pthread_t other;
	struct frame f;

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < FRAME_BYTES_MAX; i++)
		bytes[i] = (uint8_t)(i * 2654435761u >> 13);
	memcpy(bytes, "inbox\n", 6);
	ck_assert_int_eq(pthread_create(&other, NULL, say_much, bytes), 0);
	ck_assert_int_eq(link_hear(end[0], &f, &heard, 60000, -1), RC_OK);
	pthread_join(other, NULL);
	ck_assert_uint_eq(f.body.n, FRAME_BYTES_MAX - 6);
	ck_assert_int_eq(memcmp(f.body.p, bytes + 6, f.body.n), 0);
	ck_assert_int_eq(
	    link_say(end[1], bytes, FRAME_BYTES_MAX + 1, 1000), RC_LINK);
	free(heard);
	free(bytes);
}
END_TEST

START_TEST(too_large)
{
	uint8_t head[FRAME_HEAD_BYTES];

	frame_head(head, FRAME_BYTES_MAX + 1);
	raw(head, sizeof head);
	ck_assert_int_eq(hear(60000), RC_LINK);
}
END_TEST

START_TEST(no_frame)
{
	raw("\0\0\0\0", 4);
	ck_assert_int_eq(hear(60000), RC_LINK);
	raw("\0\0\0\3no\n", 7); /* a proper one is taken all the same */
	ck_assert_int_eq(hear(60000), RC_OK);
	raw("\0\0\0\2no", 6);
	ck_assert_int_eq(hear(60000), RC_LINK);
}
END_TEST

START_TEST(half)
{
	raw("\0\0\0\12inbo", 8);
	ck_assert_int_eq(hear(200), RC_TIMEOUT);
}
END_TEST

START_TEST(dies_in_the_middle)
{
	raw("\0\0\0\12inbo", 8);
	(void)shutdown(end[1], SHUT_RDWR);
	ck_assert_int_eq(hear(60000), RC_LINK);
}
END_TEST

START_TEST(nobody_listens)
{
	uint8_t *bytes = calloc(1, 4u << 20);

	ck_assert_int_eq(link_say(end[1], bytes, 4u << 20, 200), RC_TIMEOUT);
	free(bytes);
}
END_TEST

START_TEST(stopped)
{
	int stop[2];
	struct frame f;
	uint8_t *heard;

	ck_assert_int_eq(pipe(stop), 0);
	close(stop[1]);
	ck_assert_int_eq(
	    link_hear(end[0], &f, &heard, 60000, stop[0]), RC_STOPPED);
	close(stop[0]);
}
END_TEST

static void *
answer_one(void *argument)
{
	struct frame f;
	uint8_t *heard;

	(void)argument;
	ck_assert_int_eq(link_hear(end[1], &f, &heard, 60000, -1), RC_OK);
	free(heard);
	ck_assert_int_eq(link_say(end[1], "ok\n", 3, 60000), RC_OK);
	return NULL;
}

/* A process that died is asked in vain; the next one answers. */
START_TEST(renewed)
{
	struct link l;
	pthread_t other;
	struct frame f;
	uint8_t *heard;
	int dead[2];

	link_init(&l);
	ck_assert_int_eq(
	    link_ask(&l, "fetch\n", 6, &f, &heard, 60000, -1), RC_LINK);
	ck_assert(link_pair(dead));
	close(dead[1]);
	link_renew(&l, dead[0]);
	ck_assert_int_eq(
	    link_ask(&l, "fetch\n", 6, &f, &heard, 60000, -1), RC_LINK);
	link_renew(&l, dup(end[0]));
	ck_assert_int_eq(pthread_create(&other, NULL, answer_one, NULL), 0);
	ck_assert_int_eq(
	    link_ask(&l, "fetch\n", 6, &f, &heard, 60000, -1), RC_OK);
	ck_assert_int_eq(frame_result(&f), RC_OK);
	free(heard);
	pthread_join(other, NULL);
	link_end(&l);
	ck_assert_int_eq(link_fd(&l, true), -1);
	link_release(&l);
}
END_TEST

START_TEST(control)
{
	char line[CONTROL_MAX];
	int pair[2], fd[LINKS_MAX], got[LINKS_MAX];
	unsigned n;

	ck_assert(control_pair(pair));
	for (unsigned i = 0; i < LINKS_MAX; i++)
		fd[i] = dup(end[0]);
	ck_assert(control_send(pair[0], "courier", fd, LINKS_MAX));
	ck_assert_uint_eq(control_receive(pair[1], line, got, &n), 7);
	ck_assert_str_eq(line, "courier");
	ck_assert_uint_eq(n, LINKS_MAX);
	for (unsigned i = 0; i < LINKS_MAX; i++) {
		ck_assert_int_gt(got[i], 2);
		close(got[i]);
		close(fd[i]);
	}
	close(pair[0]);
	ck_assert_uint_eq(control_receive(pair[1], line, got, &n), 0);
	close(pair[1]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("frame");
	TCase *tc = tcase_create("frame");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, opens);
	tcase_add_loop_test(tc, refused, 0, sizeof bad / sizeof bad[0]);
	tcase_add_test(tc, line_ends);
	tcase_add_test(tc, results);
	tcase_add_test(tc, largest);
	tcase_add_test(tc, too_large);
	tcase_add_test(tc, no_frame);
	tcase_add_test(tc, half);
	tcase_add_test(tc, dies_in_the_middle);
	tcase_add_test(tc, nobody_listens);
	tcase_add_test(tc, stopped);
	tcase_add_test(tc, renewed);
	tcase_add_test(tc, control);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
