/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a committed head to a published one, in rounds. A round has one
 * target, so that the witnesses' cosignatures meet on one checkpoint however
 * many entries arrive meanwhile. It is published when, for every authority,
 * it satisfies the trust text in force or the one before it, an authority
 * whose witnesses have been gone for long left out; an entry is
 * answered when the text that checks it is satisfied. Whoever is late is not
 * waited for, but a late cosignature still finds its way into `checkpoint`.
 */
#include "log/serve.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/clock.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/text.h"
#include "log/store_tiles.h"

/* Under load a round waits for more, because it costs the same for few as for
 * many, and least where a tile ends: one that covered ROUND_LOADED is followed
 * by one that does so, or after ROUND_WAIT_MS if no more is on its way, and
 * ROUND_WAIT_MAX_MS if it is. */
enum {
	UNFILED_MAX = 64,
	LATE_MS = 200,
	RETRY_MS = 300,
	ROUND_LOADED = 32,
	ROUND_WAIT_MS = 15,
	ROUND_WAIT_MAX_MS = 100,
};

/* ---- publishing ------------------------------------------------------- */

/* What is known of an authority's quorum. */
struct attendance {
	char name[NAME_BYTES_MAX + 1];
	bool met;    /* it came together since the log was started */
	bool absent; /* it had not when it was last looked at */
	uint64_t since_ms;
	bool left; /* it was said that it does not hold up the others */
};

struct publisher {
	struct log_server *log;
	struct log_reader *r; /* its `cosigned` is what was published */
	struct cosigned seen; /* the target when it was last looked at */
	struct tiles tiles;
	uint64_t begun_ms;
	uint64_t enough_ms; /* when the round had its quorums; 0: not yet */
	uint64_t covered; /* entries that the round has made public */
	struct attendance attendance[LOG_AUTHORITIES_MAX];
	unsigned attendance_n;
	uint64_t leave_ms; /* when the next absent one is left; 0: none */
	bool failed; /* the disk: it is tried again */
	bool done; /* the round has published its target */
	bool told; /* what the log waits for before it begins */
};

/* There is room: an authority has one name, and no more are in force. */
static struct attendance *
attendance_of(struct publisher *p, struct slice name)
{
	struct attendance *a = p->attendance;
	unsigned i;

	for (i = 0; i < p->attendance_n; i++)
		if (slice_is(name, a[i].name))
			return &a[i];
	assert(i < LOG_AUTHORITIES_MAX);
	p->attendance_n++;
	memcpy(a[i].name, name.p, name.n);
	return &a[i];
}

static void
left_count(struct publisher *p, int more)
{
	pthread_mutex_lock(&p->log->lock);
	p->log->left_n += (unsigned)more;
	pthread_mutex_unlock(&p->log->lock);
}

static void
authority_present(struct publisher *p, struct attendance *a)
{
	if (a->left) {
		say(SAY_INFO, "the witnesses of '%s' cosign again", a->name);
		left_count(p, -1);
	}
	a->met = true;
	a->absent = a->left = false;
}

/* Whether it has been without its quorum for so long that the others are not
 * held up by it any more: for as long as one question may take, if it never
 * had one since the log was started. */
static bool
authority_left(struct publisher *p, struct attendance *a, uint64_t now_ms)
{
	const struct log_setup *setup = p->log->setup;
	uint64_t hold_ms = setup->hold_ms;

	if (!a->met && setup->witness_ms < hold_ms)
		hold_ms = setup->witness_ms;
	if (!a->absent)
		a->since_ms = now_ms;
	a->absent = true;
	if (now_ms - a->since_ms < hold_ms) {
		if (p->leave_ms == 0 || a->since_ms + hold_ms < p->leave_ms)
			p->leave_ms = a->since_ms + hold_ms;
		return false;
	}
	if (!a->left) {
		say(SAY_ERROR, "the witnesses of '%s' are gone: heads are "
			       "published without its quorum, for the others",
		    a->name);
		left_count(p, 1);
	}
	a->left = true;
	return true;
}

/* For every authority, but for those that have been without witnesses for
 * long; for one at least. */
static enum rc
publishable(struct publisher *p, const struct cosigned *c, bool *yes)
{
	struct store_force force[LOG_AUTHORITIES_MAX];
	const struct log_setup *setup = p->log->setup;
	const struct trust *now, *before;
	struct attendance *a;
	unsigned n, i, satisfied = 0, waited = 0;
	enum rc rc = store_in_force(p->r->store, c->size, force, &n);

	p->leave_ms = 0;
	for (i = 0; rc == RC_OK && i < n; i++) {
		rc = store_trust(p->r->store, force[i].now, &now);
		if (rc == RC_OK)
			rc = store_trust(p->r->store, force[i].before, &before);
		if (rc != RC_OK)
			break;
		a = attendance_of(p, trust_name(now));
		if (cosigned_satisfies(c, setup, now) ||
		    cosigned_satisfies(c, setup, before)) {
			authority_present(p, a);
			satisfied++;
		} else if (!authority_left(p, a, clock_ms())) {
			waited++;
		}
	}
	*yes = waited == 0 && (satisfied > 0 || n == 0);
	return rc;
}

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
publish(struct publisher *p, struct why *why)
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

/* Enough of those seen have cosigned: are there others, and is there time
 * for them? */
static bool
more_awaited(const struct publisher *p, uint64_t now_ms)
{
	const struct log_setup *setup = p->log->setup;

	return p->enough_ms != 0 && !p->done &&
	    (unsigned)__builtin_popcount(p->seen.mask) < setup->witness_n &&
	    now_ms - p->enough_ms < setup->more_ms;
}

/* The target as it stands: publish it if that says more than before. */
static enum rc
round_look(struct publisher *p, struct why *why)
{
	struct log_server *log = p->log;
	struct log_item *item;
	uint64_t before;
	bool yes;
	enum rc rc;

	pthread_mutex_lock(&log->lock);
	p->seen = log->target;
	before = log->published.size;
	pthread_mutex_unlock(&log->lock);
	if (p->tiles.size < p->seen.size ||
	    (p->done && p->seen.mask == p->r->cosigned.mask))
		return RC_OK;
	rc = publishable(p, &p->seen, &yes);
	if (rc != RC_OK || !yes)
		return rc;
	if (p->enough_ms == 0)
		p->enough_ms = clock_ms();
	if (more_awaited(p, clock_ms()))
		return RC_OK;
	reader_head(p->r, &p->seen);
	rc = publish(p, why);
	if (rc != RC_OK) {
		p->done = false; /* it is on disk with what was before, if so */
		return rc;
	}
	p->done = true;
	pthread_mutex_lock(&log->lock);
	log->published = p->r->cosigned;
	log->metrics.published++;
	for (item = log->waiting; log->waiting_looked && item != NULL;
	     item = item->next)
		item->looked = false;
	log->waiting_looked = false;
	pthread_mutex_unlock(&log->lock);
	answer_waiting(p);
	tiles_tidy(log->setup->state, before, p->r->cosigned.size);
	return RC_OK;
}

/* Under the lock: what was committed since the last round; all of it is below
 * the head. */
static void
fresh_fetch(struct publisher *p)
{
	struct log_server *log = p->log;

	tiles_fresh(&p->tiles, log->fresh);
	log->fresh = NULL;
	log->fresh_end = &log->fresh;
	log->fresh_bytes = 0;
}

/*
 * The newest head becomes the target. Its entries are on disk; while the
 * witnesses store it and sign, its tiles are written: they are there, synced,
 * before this thread looks at what the witnesses said.
 */
static enum rc
round_begin(struct publisher *p, struct why *why)
{
	struct log_server *log = p->log;
	struct store_head head;
	struct cosigned target;
	enum rc rc;

	pthread_mutex_lock(&log->lock);
	head = log->head;
	fresh_fetch(p);
	pthread_mutex_unlock(&log->lock);
	rc = cosigned_read(&target, log->setup, head.checkpoint,
	    head.checkpoint_n);
	if (rc != RC_OK)
		why_set(why, "the stored head: %s", rc_text(rc));
	if (rc != RC_OK)
		return rc;
	p->done = false;
	p->begun_ms = clock_ms();
	p->enough_ms = 0;
	p->covered = target.size - p->tiles.size;
	pthread_mutex_lock(&log->lock);
	log->target = target;
	log->round++;
	pthread_cond_broadcast(&log->ask_wake);
	pthread_mutex_unlock(&log->lock);
	return RC_OK;
}

/* While the witnesses work, and again as long as the disk refuses. */
static enum rc
round_tiles(struct publisher *p, struct why *why)
{
	uint64_t size;

	pthread_mutex_lock(&p->log->lock);
	size = p->log->round > 0 ? p->log->target.size : p->tiles.size;
	pthread_mutex_unlock(&p->log->lock);
	return size == p->tiles.size
	    ? RC_OK
	    : tiles_write(&p->tiles, p->r->store, size, why);
}

/* Under the lock. */
static bool
round_wanted(const struct publisher *p, uint64_t now_ms)
{
	const struct log_server *log = p->log;
	uint64_t age = now_ms - p->begun_ms;

	if (!log->open)
		return false;
	if (log->round == 0)
		return true;
	if (p->done && log->head.size != log->target.size)
		return p->covered < ROUND_LOADED ||
		    log->head.size % TILE_WIDTH == 0 ||
		    age >= ROUND_WAIT_MAX_MS ||
		    (age >= ROUND_WAIT_MS &&
			log->arrived_n + log->verifying_n + log->queue_n == 0);
	if (age < 2 * log->setup->witness_ms)
		return false;
	return !p->done || log->waiting != NULL ||
	    age >= log->setup->interval_ms;
}

/* Under the lock: until somebody signals, at most `ms`. */
static void
wake_wait(pthread_cond_t *wake, pthread_mutex_t *lock, uint64_t ms)
{
	uint64_t due = clock_ms() + ms;
	struct timespec t = {.tv_sec = (time_t)(due / 1000),
	    .tv_nsec = (long)(due % 1000) * 1000000};

	pthread_cond_timedwait(wake, lock, &t);
}

/* Under the lock: what the publisher looks at before it sleeps. */
static bool
nothing_new(const struct publisher *p)
{
	const struct log_server *log = p->log;

	/* a late cosignature is worth a write when nothing else is to do */
	if (log->round > 0 && log->target.mask != p->seen.mask &&
	    (!p->done || log->waiting != NULL ||
		clock_ms() - p->begun_ms >= LATE_MS))
		return false;
	if (p->enough_ms != 0 && !p->done && !more_awaited(p, clock_ms()))
		return false;
	if (p->leave_ms != 0 && !p->done && clock_ms() >= p->leave_ms)
		return false;
	return !log->waiting_ready;
}

/* A full or failing disk may recover, and nothing that was said depends on
 * what could not be written: the log waits and tries again. Anything else
 * ends it. */
static bool
disk_trouble(struct publisher *p, enum rc rc, const struct why *why)
{
	if (rc != RC_FILE && rc != RC_DATABASE)
		return false;
	if (!p->failed)
		say(SAY_ERROR, "cannot publish: %s; trying again",
		    why->text[0] != '\0' ? why->text : rc_text(rc));
	p->failed = true;
	return true;
}

static bool
anybody_ready(struct log_server *log)
{
	bool ready;

	pthread_mutex_lock(&log->lock);
	ready = log->waiting_ready;
	pthread_mutex_unlock(&log->lock);
	return ready;
}

static enum rc
publish_step(struct publisher *p, bool begin, struct why *why)
{
	enum rc rc = begin ? round_begin(p, why) : RC_OK;

	if (rc == RC_OK)
		rc = round_tiles(p, why);
	if (rc == RC_OK)
		rc = round_look(p, why);
	if (rc == RC_OK && anybody_ready(p->log))
		answer_waiting(p);
	return rc;
}

/* Under the lock: a log that cannot begin says why, once. */
static void
shut_tell(struct publisher *p)
{
	struct log_server *log = p->log;
	char names[1024];
	struct text t;

	if (p->told || log->open || log->halt != RC_OK ||
	    clock_ms() - p->begun_ms < 2 * log->setup->witness_ms)
		return;
	p->told = true;
	text_init(&t, names, sizeof names);
	unheard_text(&t, log);
	say(SAY_WARNING, "takes and signs nothing before it has heard from "
			 "more witnesses: %.*s. If they are gone for good and "
			 "this is the newest state, take them out of the "
			 "configuration",
	    (int)t.n, names);
}

static void
publish_loop(struct publisher *p)
{
	struct log_server *log = p->log;
	struct why why = {""};
	enum rc rc = RC_OK;

	pthread_mutex_lock(&log->lock);
	while (!log->stopping && rc == RC_OK) {
		bool begin = round_wanted(p, clock_ms());

		shut_tell(p);
		if (!begin && !p->failed && nothing_new(p)) {
			wake_wait(&log->publish_wake, &log->lock,
			    (p->done && log->head.size != log->target.size) ||
				    (p->enough_ms != 0 && !p->done)
				? ROUND_WAIT_MS
				: 200);
			continue;
		}
		pthread_mutex_unlock(&log->lock);
		rc = publish_step(p, begin, &why);
		if (disk_trouble(p, rc, &why)) {
			rc = RC_OK;
			clock_sleep_ms(RETRY_MS);
		} else if (rc == RC_OK && p->failed) {
			p->failed = false;
			say(SAY_INFO, "publishing again");
		}
		pthread_mutex_lock(&log->lock);
	}
	if (rc != RC_OK)
		log_halt(log, rc, "%s", why.text[0] != '\0' ? why.text
							    : rc_text(rc));
	pthread_mutex_unlock(&log->lock);
}

void *
publish_run(void *context)
{
	struct log_server *log = context;
	struct publisher *p = calloc(1, sizeof *p);

	pthread_setname_np(pthread_self(), "publish");
	pthread_mutex_lock(&log->lock);
	if (p == NULL) {
		log_halt(log, RC_MEMORY, "no memory");
	} else {
		p->log = log;
		p->r = log->publish_reader;
		reader_head(p->r, &log->published);
		p->tiles.state = log->setup->state;
		p->tiles.size = log->published.size;
		p->begun_ms = clock_ms();
	}
	pthread_mutex_unlock(&log->lock);
	if (p != NULL) {
		publish_loop(p);
		tiles_release(&p->tiles);
	}
	free(p);
	return NULL;
}
