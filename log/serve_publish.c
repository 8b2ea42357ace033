/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a head that enough have cosigned to a published one: `checkpoint` is
 * replaced, and those who wait are answered. An entry is answered when the
 * text that checks it is satisfied. One that becomes publishable meanwhile
 * takes the place of any other that still waits: heads only grow, and the
 * newest says all that those before it say.
 */
#include "log/serve.h"

#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/text.h"
#include "log/store_tiles.h"

enum { UNFILED_MAX = 64, RETRY_MS = 300 };

struct publisher {
	struct log_server *log;
	struct log_reader *r; /* its `cosigned`: published, or about to be */
	bool due;    /* it is not published yet */
	bool failed; /* the disk: it is tried again */
};

/* Files of trust texts are made once, with the first head that satisfies
 * the text before them, and kept. */
static enum rc
trust_files(struct publisher *p)
{
	uint64_t index[UNFILED_MAX];
	unsigned n, i;
	size_t size;
	enum rc rc = store_trust_unfiled(p->r->store, p->r->cosigned.size,
	    index, UNFILED_MAX, &n);

	for (i = 0; rc == RC_OK && i < n; i++) {
		rc = file_make(p->r, p->log->setup, index[i], &size);
		if (rc == RC_MORE) {
			rc = RC_OK;
			continue;
		}
		pthread_mutex_lock(&p->log->writing);
		if (rc == RC_OK)
			rc = store_trust_file_set(p->r->store, index[i],
			    (uint8_t *)p->r->file, size);
		pthread_mutex_unlock(&p->log->writing);
	}
	return rc;
}

/* Durable, then visible. The size never goes back: a target is a head, heads
 * only grow, and one is stored before it is a target. */
static enum rc
checkpoint_replace(struct publisher *p, struct why *why)
{
	char note[CHECKPOINT_NOTE_MAX];
	struct text t;
	enum rc rc = trust_files(p);

	if (rc != RC_OK) {
		why_set(why, "a trust file could not be stored: %s",
		    rc_text(rc));
		return rc;
	}
	text_init(&t, note, sizeof note);
	cosigned_text(&t, &p->r->cosigned, p->log->setup, NULL, 0);
	return tiles_checkpoint(p->log->setup->state, (uint8_t *)note, t.n,
	    why);
}

/* Under the lock: those whose entry is published, and that were not found
 * to lack a quorum under this very checkpoint. */
static struct log_item *
waiting_take(struct log_server *log, uint64_t size)
{
	struct log_item *ready = NULL, **at = &log->waiting, *item;

	log->waiting_ready = false;
	while ((item = *at) != NULL) {
		if (item->index >= size || item->looked) {
			at = &item->next;
			continue;
		}
		*at = item->next;
		item->next = ready;
		ready = item;
		log->waiting_n--;
	}
	return ready;
}

/* Under the lock: back among those that wait. Its time may have run out
 * while it was out of reach of item_expired, which comes once only. */
static void
waiting_return(struct log_server *log, struct log_item *item)
{
	item->looked = log->waiting_looked = true;
	pthread_cond_signal(&log->round_wake);
	if (item->request != NULL && clock_ms() >= item->due_ms) {
		item_wait_over(log, item);
		return;
	}
	item->next = log->waiting;
	log->waiting = item;
	log->waiting_n++;
}

/* The lock is not held while files are made: a taken item is nobody else's. */
static void
answer_waiting(struct publisher *p)
{
	struct log_server *log = p->log;
	struct log_item *ready, *item, *done = NULL;
	uint64_t us = 0, count = 0;
	size_t n;
	enum rc rc;

	pthread_mutex_lock(&log->lock);
	ready = waiting_take(log, p->r->cosigned.size);
	pthread_mutex_unlock(&log->lock);
	while ((item = ready) != NULL) {
		ready = item->next;
		rc = file_make_fresh(p->r, log->setup, item, &n);
		if (rc == RC_MORE) {
			pthread_mutex_lock(&log->lock);
			waiting_return(log, item);
			pthread_mutex_unlock(&log->lock);
			continue;
		}
		count++;
		us += clock_us() - item->came_us;
		if (rc == RC_OK && item->request != NULL)
			http_reply(item->request, 200,
			    "text/plain; charset=utf-8", p->r->file, n);
		else if (item->request != NULL)
			http_reply_text(item->request, 503, "%s: %s",
			    rc_name(rc), rc_text(rc));
		item->next = done;
		done = item;
	}
	pthread_mutex_lock(&log->lock);
	log->metrics.add_count += count;
	log->metrics.add_us_sum += us;
	while ((item = done) != NULL) {
		done = item->next;
		item_free(log, item);
	}
	pthread_mutex_unlock(&log->lock);
}

static enum rc
publish(struct publisher *p, struct why *why)
{
	struct log_server *log = p->log;
	struct log_item *item;
	uint64_t before;
	enum rc rc = checkpoint_replace(p, why);

	if (rc != RC_OK)
		return rc;
	p->due = false;
	pthread_mutex_lock(&log->lock);
	before = log->published.size;
	log->published = p->r->cosigned;
	log->metrics.published++;
	for (item = log->waiting; log->waiting_looked && item != NULL;
	     item = item->next)
		item->looked = false;
	log->waiting_looked = false;
	pthread_cond_signal(&log->round_wake);
	pthread_mutex_unlock(&log->lock);
	answer_waiting(p);
	tiles_tidy(log->setup->state, before, p->r->cosigned.size);
	return RC_OK;
}

/* Nothing that was said depends on what could not be written. */
bool
publish_goes_on(struct log_server *log, bool *failed, enum rc rc,
    const struct why *why)
{
	const char *text = rc_why(rc, why);

	if (rc == RC_OK) {
		if (*failed)
			say(SAY_INFO, "publishing again");
		*failed = false;
		return true;
	}
	if (rc != RC_FILE && rc != RC_DATABASE) {
		pthread_mutex_lock(&log->lock);
		log_halt(log, rc, "%s", text);
		pthread_mutex_unlock(&log->lock);
		return false;
	}
	if (!*failed)
		say(SAY_ERROR, "cannot publish: %s; trying again", text);
	*failed = true;
	clock_sleep_ms(RETRY_MS);
	return true;
}

static void
publish_loop(struct publisher *p)
{
	struct log_server *log = p->log;
	bool more = true;

	pthread_mutex_lock(&log->lock);
	while (!log->stopping && more) {
		struct why why = {""};
		enum rc rc = RC_OK;

		if (log->ready_new) {
			reader_head(p->r, &log->ready);
			log->ready_new = false;
			p->due = true;
		} else if (!p->due && !log->waiting_ready) {
			pthread_cond_wait(&log->publish_wake, &log->lock);
			continue;
		}
		pthread_mutex_unlock(&log->lock);
		if (p->due)
			rc = publish(p, &why);
		else
			answer_waiting(p);
		more = publish_goes_on(log, &p->failed, rc, &why);
		pthread_mutex_lock(&log->lock);
	}
	pthread_mutex_unlock(&log->lock);
}

void *
publish_run(void *context)
{
	struct log_server *log = context;
	struct publisher p = {.log = log, .r = log->publish_reader};

	pthread_setname_np(pthread_self(), "publish");
	pthread_mutex_lock(&log->lock);
	reader_head(p.r, &log->published);
	pthread_mutex_unlock(&log->lock);
	publish_loop(&p);
	return NULL;
}
