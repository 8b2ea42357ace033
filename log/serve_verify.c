/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What arrived is judged here, many at a time: signatures are what an entry
 * costs, and together they cost a third (host/batch.h). Nobody waits for
 * more to come: while one batch is verified the next gathers.
 */
#include "log/serve.h"

#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/rc_text.h"

enum { CLAIMS_MAX = 4096, CLAIMS_ONE_MAX = 64 };

/* So many on their way are load; one that is then no longer followed by
 * others after so long is not waited beyond; a smaller batch is not shared. */
enum { VERIFY_LOADED = 64, VERIFY_QUIET_US = 300, VERIFY_PART_MIN = 64 };

/* A batch of signatures and whose they are. */
struct claims {
	size_t n;
	struct batch_item item[CLAIMS_MAX];
	unsigned owner[CLAIMS_MAX];
};

/* Under the lock: until there is something, and of it what is worth a batch
 * or all that comes. One verifier gathers; the others sleep meanwhile. */
static void
arrived_wait(struct log_server *log)
{
	unsigned before = 0;

	while (!log->stopping && (log->arrived == NULL || log->gathering))
		pthread_cond_wait(&log->verify_wake, &log->lock);
	if (log->arrived_n + log->verifying_n + log->queue_n +
		log->waiting_n < VERIFY_LOADED)
		return;
	log->gathering = true;
	while (!log->stopping && log->arrived_n < LOG_VERIFY_WORTH &&
	    log->arrived_n > before) {
		uint64_t due = clock_us() + VERIFY_QUIET_US;
		struct timespec t = {.tv_sec = (time_t)(due / 1000000),
		    .tv_nsec = (long)(due % 1000000) * 1000};

		before = log->arrived_n;
		pthread_cond_timedwait(&log->verify_more, &log->lock, &t);
	}
	log->gathering = false;
}

/* Under the lock: a fair part of what is there. */
static unsigned
arrived_take(struct log_server *log, struct log_item *taken[LOG_VERIFY_MAX])
{
	unsigned part = (log->arrived_n + (unsigned)log->setup->threads - 1) /
	    (unsigned)log->setup->threads, n;

	if (part < VERIFY_PART_MIN)
		part = VERIFY_PART_MIN;
	for (n = 0; log->arrived != NULL && n < part && n < LOG_VERIFY_MAX;
	     n++) {
		taken[n] = log->arrived;
		log->arrived = taken[n]->next;
	}
	if (log->arrived == NULL)
		log->arrived_end = &log->arrived;
	log->arrived_n -= n;
	log->verifying_n += n;
	if (log->arrived != NULL)
		pthread_cond_signal(&log->verify_wake);
	return n;
}

/* RC_OK: known, *item is answered or waits to be. RC_MORE: it is new. */
static enum rc
known_look(struct log_verifier *v, struct log_item *item)
{
	struct log_server *log = v->log;
	enum rc rc = store_find(v->reader->store, item->a.id, 0, &item->index,
	    &item->a.unlogged);

	if (rc != RC_OK)
		return rc;
	item->committed = true;
	rc = item->request == NULL
	    ? RC_OK
	    : known_answer(log, v->reader, item->index, item->request);
	pthread_mutex_lock(&log->lock);
	if (rc == RC_OK)
		log->metrics.known++;
	if (rc != RC_MORE) {
		if (rc != RC_OK && item->request != NULL)
			request_refuse(item->request, admission_status(rc), rc,
			    NULL);
		item_free(log, item);
	} else if (item->request != NULL && clock_ms() >= item->due_ms) {
		item_wait_over(log, item);
	} else {
		item_await(log, item);
		pthread_cond_signal(&log->publish_wake);
	}
	pthread_mutex_unlock(&log->lock);
	return RC_OK;
}

/* Under the lock: the verdict is given; on to the writer, or back. */
static void
item_hand_over(struct log_server *log, struct log_item *item, enum rc rc)
{
	if (rc != RC_OK) {
		log->metrics.refused++;
		item_refuse(log, item, rc, admission_status(rc),
		    rc_why(rc, &item->a.why));
	} else if (item->request != NULL && clock_ms() >= item->due_ms) {
		item_refuse(log, item, RC_TIMEOUT, 503,
		    "the log is too busy; ask again");
	} else {
		item->next = NULL;
		*log->queue_end = item;
		log->queue_end = &item->next;
		log->queue_n++;
	}
}

/* Those of an item whose table has passed so far; false: no room, or too
 * many, so that it is judged by itself. */
static bool
claims_add(struct claims *c, const struct log_item *item, unsigned owner)
{
	size_t before = c->n;
	const uint8_t *key, *sig;
	unsigned i = 0;

	while (c->n < CLAIMS_MAX && c->n - before < CLAIMS_ONE_MAX &&
	    admission_claim(&item->a, &i, &key, &sig)) {
		c->item[c->n] = (struct batch_item){.key = key,
		    .sig = sig, .message = item->bytes,
		    .n = item->a.note.text_n};
		c->owner[c->n++] = owner;
	}
	if (c->n < CLAIMS_MAX && c->n - before < CLAIMS_ONE_MAX)
		return true;
	c->n = before;
	return false;
}

static void
batch_verify(struct log_verifier *v, struct claims *c,
    struct log_item *taken[LOG_VERIFY_MAX], unsigned n)
{
	struct log_server *log = v->log;
	bool good[LOG_VERIFY_MAX] = {false};
	struct admission_state state;
	unsigned i, kept = 0;
	uint64_t us;
	size_t k;
	enum rc rc;

	store_state(&state, v->reader->store);
	c->n = 0;
	for (i = 0; i < n; i++) {
		struct log_item *item = taken[i];

		rc = known_look(v, item);
		if (rc == RC_OK)
			continue;
		taken[kept] = item;
		good[kept] = rc == RC_MORE &&
		    admission_prepare(&item->a, &state, clock_unix()) ==
			RC_OK &&
		    claims_add(c, item, kept);
		kept++;
	}
	us = clock_thread_us();
	ed25519_verify_batch(c->item, c->n, v->keys);
	us = clock_thread_us() - us;
	for (k = 0; k < c->n; k++)
		good[c->owner[k]] &= c->item[k].rc == RC_OK;
	for (i = 0; i < kept; i++) {
		taken[i]->a.rc = RC_OK;
		if (good[i]) /* what is late comes with the writer */
			admission_verified(&taken[i]->a);
		else
			(void)!admission_check(&taken[i]->a, &state,
			    clock_unix());
	}
	pthread_mutex_lock(&log->lock);
	log->metrics.verified += c->n;
	log->metrics.verify_cpu_us += us;
	for (i = 0; i < kept; i++)
		item_hand_over(log, taken[i], taken[i]->a.rc);
	log->verifying_n -= n;
	pthread_cond_signal(&log->sequence_wake);
	pthread_mutex_unlock(&log->lock);
}

void *
verify_run(void *context)
{
	struct log_verifier *v = context;
	struct log_server *log = v->log;
	struct claims *c = malloc(sizeof *c);
	struct log_item *taken[LOG_VERIFY_MAX];
	unsigned n;

	pthread_setname_np(pthread_self(), "verify");
	pthread_mutex_lock(&log->lock);
	if (c == NULL)
		log_halt(log, RC_MEMORY, "no memory");
	while (c != NULL) {
		arrived_wait(log);
		if (log->stopping)
			break;
		n = arrived_take(log, taken);
		pthread_mutex_unlock(&log->lock);
		batch_verify(v, c, taken, n);
		pthread_mutex_lock(&log->lock);
	}
	pthread_mutex_unlock(&log->lock);
	free(c);
	return NULL;
}
