/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log/serve_sequence.c: while a batch gathers, a witness may show or claim
 * that it knows more. The writer has looked by then whether it may sign; it
 * must look again before it does. Here its waits are ours, so that what
 * happens meanwhile happens in every run, and no time passes.
 */
#include <pthread.h>
#include <stdlib.h>

#include "log/serve.h"
#include "tests/unit/suite.h"

static int wait_held(pthread_cond_t *, pthread_mutex_t *);
static int wait_until(pthread_cond_t *, pthread_mutex_t *,
    const struct timespec *);

#define pthread_cond_wait wait_held
#define pthread_cond_timedwait wait_until
#include "log/serve_sequence.c"
#undef pthread_cond_wait
#undef pthread_cond_timedwait

static struct log_server *server;
static struct log_item waiting_item;
static unsigned gathered, held; /* how often was waited for more, and shut */
static bool settles; /* the witness says less after all */
static enum meanwhile { NOTHING, HALTED, CLAIMED, STOPPED } meanwhile;

/* For more entries, at most so long: as many come as a batch can hold. */
static int
wait_until(pthread_cond_t *wake, pthread_mutex_t *lock,
    const struct timespec *t)
{
	(void)wake, (void)lock, (void)t;
	gathered++;
	server->queue_n = LOG_BATCH_MAX;
	if (meanwhile == HALTED)
		log_halt(server, RC_LOG_BEHIND, "a witness proves more");
	if (meanwhile == CLAIMED)
		server->open = false;
	server->stopping = meanwhile == STOPPED;
	return 0;
}

/* For as long as it takes. Nobody comes to a log that is halted but who ends
 * it; one that is held up goes on when its witness says less. */
static int
wait_held(pthread_cond_t *wake, pthread_mutex_t *lock)
{
	(void)wake, (void)lock;
	ck_assert(!server->open);
	if (++held < 3)
		return 0; /* woken for nothing, as by every arrival */
	if (settles)
		server->open = true;
	else
		server->stopping = true;
	return 0;
}

static void
begin(void)
{
	server = calloc(1, sizeof *server);
	ck_assert_ptr_nonnull(server);
	server->open = true;
	server->halt = RC_OK;
	server->queue = &waiting_item;
	server->queue_n = 1;
	server->arrived_n = 1; /* somebody is on his way */
	gathered = held = 0;
}

static void
end(void)
{
	free(server);
}

/* The two ways in which a batch gathers: after one that was loaded, and after
 * one that was not. The batch before it began a minute from now, so that a
 * slow machine does not miss the wait. */
static void
gather(unsigned before)
{
	struct batch_pace pace = {.begun_us = clock_us() + 60000000,
	    .n = before};

	server->patience_us = BATCH_PATIENCE_MIN_US;
	batch_wait(server, &pace);
	ck_assert_uint_ge(gathered, 1);
	/* what sequence_loop takes a batch and signs after */
	ck_assert(server->stopping || (server->open && server->queue != NULL));
}

static const struct {
	const char *name;
	enum meanwhile meanwhile;
	bool settles;
	/* what comes of it */
	bool stops;
	unsigned held;
} cases[] = {
    {"nothing happens", NOTHING, false, false, 0},
    {"halted meanwhile", HALTED, false, true, 3},
    {"held up meanwhile", CLAIMED, false, true, 3},
    {"held up, and settled", CLAIMED, true, false, 3},
    {"stopped meanwhile", STOPPED, false, true, 0},
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* Each after both loads. */
START_TEST(while_a_batch_gathers)
{
	unsigned i = (unsigned)_i / 2;

	meanwhile = cases[i].meanwhile;
	settles = cases[i].settles;
	gather(_i % 2 == 0 ? 1 : BATCH_LOADED);
	ck_assert_msg(
	    server->stopping == cases[i].stops && held == cases[i].held,
	    "%s: stopping %d, held %u", cases[i].name, server->stopping, held);
}
END_TEST

/* While it waited for the database: no store is touched, there is none. */
START_TEST(while_a_batch_waits_for_the_database)
{
	struct store_head head = {.size = 7}, before = head;

	log_halt(server, RC_LOG_BEHIND, "a witness proves more");
	ck_assert_int_eq(
	    batch_store(server, NULL, &waiting_item, &head), RC_STOPPED);
	ck_assert_mem_eq(&head, &before, sizeof head);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("serve_sequence");
	TCase *c = tcase_create("a batch is not stored");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, while_a_batch_waits_for_the_database);
	suite_add_tcase(s, c);
	c = tcase_create("a batch gathers");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_loop_test(c, while_a_batch_gathers, 0, 2 * CASES);
	suite_add_tcase(s, c);
	return suite_run(s);
}
