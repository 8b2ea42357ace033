/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one writer. Takes what is queued, at most 256 at a time. While it
 * commits, the next batch gathers by itself; under load it waits a little for
 * those that are being verified, because a commit costs the same for few as
 * for many. Where so many wait, a batch ends where a tile ends: a head that
 * no partial tile belongs to costs its publisher the least.
 */
#include "log/serve.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/text.h"
#include "log/store_head.h"

enum { SPARES_MAX = 1024, BATCH_LOADED = 16 };
/* How long a batch may gather after the one before it (log->patience_us) is
 * what the last ones say is worth it: long after one that filled up, and less
 * after each one that did not. */
enum {
	BATCH_PATIENCE_MIN_US = 2500,
	BATCH_PATIENCE_MAX_US = 20000,
};
/* Short of such a load a batch waits for nothing if its entry is all that is
 * under way. If it is not, it begins so long after the one before it: a
 * commit and its round are a hundred times what an entry adds to them, and
 * some entries a round is what keeps the time for more. */
enum { BATCH_SPACE_US = 4000 };

struct log_item *
item_new(struct log_server *log, struct http_request *request)
{
	struct log_item *item;

	pthread_mutex_lock(&log->lock);
	item = log->spare;
	if (item != NULL) {
		log->spare = item->next;
		log->spare_n--;
	}
	pthread_mutex_unlock(&log->lock);
	if (item == NULL)
		item = malloc(sizeof *item);
	if (item == NULL)
		return NULL;
	memset(item, 0, offsetof(struct log_item, a));
	item->a.why.text[0] = '\0';
	item->bytes_n = request->body_n;
	item->bytes = http_body_take(request);
	return item;
}

/* Under the lock. */
void
item_free(struct log_server *log, struct log_item *item)
{
	free(item->bytes);
	if (log->spare_n >= SPARES_MAX) {
		free(item);
		return;
	}
	item->next = log->spare;
	log->spare = item;
	log->spare_n++;
}

/* Under the lock. */
void
item_refuse(struct log_server *log, struct log_item *item, enum rc rc,
    unsigned status, const char *why)
{
	if (item->request != NULL)
		http_reply_text(item->request, status, "%s: %s", rc_name(rc),
		    why);
	item_free(log, item);
}

void
item_await(struct log_server *log, struct log_item *item)
{
	item->next = log->waiting;
	log->waiting = item;
	log->waiting_n++;
	if (item->index < log->published.size)
		log->waiting_ready = true;
}

/* Known by now, admitted and appended, or refused. */
static enum rc
item_sequence(struct store *s, struct log_item *item, enum rc *refused)
{
	struct admission_state state;
	uint64_t size;
	enum rc rc = store_find(s, item->a.id, item->a.unlogged, &item->index,
	    &size);

	*refused = RC_OK;
	if (rc != RC_MORE)
		return rc;
	store_state(&state, s);
	rc = admission_check(&item->a, &state, clock_unix());
	if (rc == RC_DATABASE || rc == RC_MEMORY)
		return rc;
	if (rc != RC_OK) {
		*refused = rc;
		return RC_OK;
	}
	item->fresh = true;
	return store_append(s, &item->a, &item->index, &item->trust);
}

/* One transaction. On refusal nothing of it happened. */
static enum rc
batch_commit(struct log_server *log, struct store *s, struct log_item *items,
    struct store_head *head)
{
	struct log_item *item;
	uint64_t before;
	enum rc rc = store_begin(s), refused;

	if (rc != RC_OK)
		return rc;
	before = head->size;
	for (item = items; item != NULL && rc == RC_OK; item = item->next) {
		rc = item_sequence(s, item, &refused);
		item->committed = refused == RC_OK;
	}
	if (rc == RC_OK)
		rc = store_root(s, &head->size, head->root);
	if (rc == RC_OK)
		rc = store_head_sign(head, log->setup);
	if (rc == RC_OK && head->size != before)
		rc = store_commit(s, head);
	else
		store_rollback(s); /* nothing new, or it failed */
	if (rc != RC_OK)
		store_rollback(s);
	return rc;
}

/* The database may have been somebody else's for a while. If the log was
 * halted or shut meanwhile: RC_STOPPED, and nothing is signed. */
static enum rc
batch_store(struct log_server *log, struct store *s, struct log_item *items,
    struct store_head *head)
{
	bool open;
	enum rc rc = RC_STOPPED;

	pthread_mutex_lock(&log->writing);
	pthread_mutex_lock(&log->lock);
	open = log->open;
	pthread_mutex_unlock(&log->lock);
	if (open)
		rc = batch_commit(log, s, items, head);
	pthread_mutex_unlock(&log->writing);
	return rc;
}

/* What a batch has appended from `before` on, for the publisher. NULL: he
 * reads it. */
static struct tiles_fresh *
batch_fresh(const struct log_item *items, uint64_t before, uint64_t size)
{
	const struct log_item *item;
	struct tiles_fresh *f;
	uint64_t next = before;
	size_t n = 0;
	uint8_t *p;

	for (item = items; item != NULL; item = item->next)
		if (item->fresh)
			n += 2 + item->a.note.n;
	if (n > LOG_FRESH_BYTES_MAX)
		return NULL;
	f = malloc(sizeof *f + n);
	if (f == NULL)
		return NULL;
	p = f->bytes;
	for (item = items; item != NULL; item = item->next) {
		size_t length = item->a.note.n;

		if (!item->fresh)
			continue;
		assert(item->index == next && length <= UINT16_MAX);
		next++;
		*p++ = (uint8_t)(length >> 8);
		*p++ = (uint8_t)length;
		memcpy(p, item->bytes, length);
		p += length;
	}
	assert(next == size);
	f->next = NULL;
	f->from = before;
	f->to = size;
	f->n = n;
	return f;
}

/* Under the lock. A publisher who does not come for it shall read. */
static void
fresh_offer(struct log_server *log, struct tiles_fresh *f)
{
	if (log->fresh_bytes + f->n > LOG_FRESH_BYTES_MAX) {
		free(f);
		return;
	}
	*log->fresh_end = f;
	log->fresh_end = &f->next;
	log->fresh_bytes += f->n;
}

/* Under the lock: those that are in wait for the publisher. */
static void
batch_hand_over(struct log_server *log, struct log_item *items, enum rc rc)
{
	struct log_item *item, *next;

	for (item = items; item != NULL; item = next) {
		next = item->next;
		if (rc != RC_OK) {
			item_refuse(log, item, rc, 503,
			    "the log could not store this; try again");
		} else if (!item->committed) {
			log->metrics.refused++;
			item_refuse(log, item, item->a.rc,
			    admission_status(item->a.rc), item->a.why.text);
		} else if (item->request != NULL &&
		    clock_ms() >= item->due_ms) {
			/* item_expired came while nobody could find it */
			item_wait_over(log, item);
		} else {
			item_await(log, item);
		}
	}
}

/* Under the lock: what a batch wants, up to the end of a tile. */
static unsigned
batch_room(const struct log_server *log)
{
	return LOG_BATCH_MAX - (unsigned)(log->head.size % LOG_BATCH_MAX);
}

/* Under the lock: up to a batch from the queue's front. */
static struct log_item *
batch_take(struct log_server *log)
{
	struct log_item *first = log->queue, **end = &first;
	unsigned n, room = batch_room(log);

	for (n = 0; *end != NULL && n < room; n++)
		end = &(*end)->next;
	log->queue = *end;
	if (log->queue == NULL)
		log->queue_end = &log->queue;
	*end = NULL;
	log->queue_n -= n;
	return first;
}

/* What the writer knows of its last batch. */
struct batch_pace {
	uint64_t begun_us;
	unsigned n;
};

/* Under the lock: entries that somebody waits for the answer of. */
static unsigned
under_way(const struct log_server *log)
{
	return log->arrived_n + log->verifying_n + log->queue_n +
	    log->waiting_n;
}

/* Under the lock: until `due_us`, or until somebody signals. */
static void
sequence_sleep(struct log_server *log, uint64_t due_us)
{
	struct timespec t = {.tv_sec = (time_t)(due_us / 1000000),
	    .tv_nsec = (long)(due_us % 1000000) * 1000};

	pthread_cond_timedwait(&log->sequence_wake, &log->lock, &t);
}

/* Under the lock: until something is queued, and the log may take it. */
static void
queue_wait(struct log_server *log)
{
	while (!log->stopping && (!log->open || log->queue == NULL))
		pthread_cond_wait(&log->sequence_wake, &log->lock);
}

/* Under the lock: until there is a batch that is worth its commit. */
static void
batch_wait(struct log_server *log, struct batch_pace *pace)
{
	uint64_t due, now = 0;
	bool coming;

	queue_wait(log);
	due = pace->begun_us + BATCH_SPACE_US;
	while (pace->n < BATCH_LOADED && !log->stopping &&
	    log->queue_n < BATCH_LOADED && under_way(log) > 1 &&
	    clock_us() < due)
		sequence_sleep(log, due);
	while (pace->n >= BATCH_LOADED && !log->stopping &&
	    log->queue_n < batch_room(log)) {
		coming = log->arrived_n + log->verifying_n > 0;
		due = pace->begun_us +
		    (coming ? LOG_COMING : 1) * log->patience_us;
		now = clock_us();
		if (now >= due)
			break;
		sequence_sleep(log, due);
	}
	queue_wait(log); /* it may have been halted meanwhile: sign no more */
	log->patience_us = log->queue_n >= batch_room(log)
	    ? BATCH_PATIENCE_MAX_US
	    : log->patience_us / 2;
	if (log->patience_us < BATCH_PATIENCE_MIN_US)
		log->patience_us = BATCH_PATIENCE_MIN_US;
	pace->n = log->queue_n;
	pace->begun_us = clock_us();
}

_Static_assert((unsigned)LOG_BATCH_MAX == (unsigned)TILE_WIDTH,
    "a batch may end with a tile");

static void
sequence_loop(struct log_server *log, struct store *s)
{
	struct store_head head = log->head;
	struct batch_pace pace = {0};
	struct tiles_fresh *fresh;
	struct log_item *items;
	uint64_t before;
	enum rc rc;

	pthread_mutex_lock(&log->lock);
	for (;;) {
		batch_wait(log, &pace);
		if (log->stopping)
			break;
		items = batch_take(log);
		before = head.size;
		pthread_mutex_unlock(&log->lock);
		rc = batch_store(log, s, items, &head);
		fresh = rc == RC_OK && head.size > before
		    ? batch_fresh(items, before, head.size)
		    : NULL;
		pthread_mutex_lock(&log->lock);
		if (fresh != NULL)
			fresh_offer(log, fresh);
		if (rc == RC_OK) {
			log->metrics.entries += head.size - log->head.size;
			log->metrics.batches++;
			log->head = head;
		} else {
			log->metrics.failed++;
			head = log->head;
		}
		log->failing = rc != RC_OK && rc != RC_STOPPED;
		if (rc == RC_LOG_FORK)
			log_halt(log, rc, "the head in the database is not "
					  "the one this process wrote");
		batch_hand_over(log, items, rc);
		pthread_cond_signal(&log->round_wake);
		if (log->waiting_ready)
			pthread_cond_signal(&log->publish_wake);
		pthread_cond_signal(&log->index_wake);
	}
	pthread_mutex_unlock(&log->lock);
}

/* Now and then what the writer has gathered goes into the index. */
void *
index_run(void *context)
{
	struct log_server *log = context;

	pthread_setname_np(pthread_self(), "index");
	pthread_mutex_lock(&log->lock);
	while (!log->stopping) {
		while (!log->stopping && !store_index_due(log->index_store))
			pthread_cond_wait(&log->index_wake, &log->lock);
		pthread_mutex_unlock(&log->lock);
		if (store_index_flush(log->index_store) != RC_OK) {
			say(SAY_ERROR, "the index cannot be written; trying "
				       "again");
			clock_sleep_ms(1000);
		}
		pthread_mutex_lock(&log->lock);
	}
	pthread_mutex_unlock(&log->lock);
	return NULL;
}

void *
sequence_run(void *context)
{
	struct log_server *log = context;

	pthread_setname_np(pthread_self(), "sequence");
	sequence_loop(log, log->writer);
	return NULL;
}
