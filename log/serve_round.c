/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a committed head to one that may be published, in rounds. A round has
 * one target, so that the witnesses' cosignatures meet on one checkpoint
 * however many entries arrive meanwhile. It ends when, for every authority,
 * the target satisfies the trust text in force or the one before it, an
 * authority whose witnesses have been gone for long left out. Then it is the
 * publisher's (serve_publish.c), and the next round begins while he writes
 * it down and answers: he publishes the newest that he finds. Whoever is late
 * is not waited for, but a late cosignature still finds its way into
 * `checkpoint`.
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

/* A round costs the same for few as for many, and least where a tile ends.
 * Under load it waits for more: one that covered ROUND_LOADED is followed by
 * one at the end of a tile, or when that was worth waiting for
 * (serve_sequence.c). Short of that it waits for the one before it to be
 * published, as long as that takes a disk that is well. */
enum {
	LATE_MS = 200,
	ROUND_LOADED = 32,
	ROUND_APART_MS = 10,
	ROUND_LOOK_MS = 2, /* while a round is due */
};

/* What is known of an authority's quorum. */
struct attendance {
	char name[NAME_BYTES_MAX + 1];
	bool met;    /* it came together since the log was started */
	bool absent; /* it had not when it was last looked at */
	uint64_t since_ms;
	bool left; /* it was said that it does not hold up the others */
};

struct rounds {
	struct log_server *log;
	struct store *store;
	struct cosigned seen; /* the target when it was last looked at */
	struct tiles tiles;
	uint64_t begun_ms;
	uint64_t enough_ms; /* when the round had its quorums; 0: not yet */
	uint64_t covered; /* entries that the round adds */
	struct attendance attendance[LOG_AUTHORITIES_MAX];
	unsigned attendance_n;
	uint64_t leave_ms; /* when the next absent one is left; 0: none */
	bool failed; /* the disk: it is tried again */
	bool done; /* the target was handed over, with `mask` */
	uint32_t mask;
	bool told; /* what the log waits for before it begins */
};

/* ---- who is there ----------------------------------------------------- */

/* There is room: an authority has one name, and no more are in force. */
static struct attendance *
attendance_of(struct rounds *p, struct slice name)
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
left_count(struct rounds *p, int more)
{
	pthread_mutex_lock(&p->log->lock);
	p->log->left_n += (unsigned)more;
	pthread_mutex_unlock(&p->log->lock);
}

static void
authority_present(struct rounds *p, struct attendance *a)
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
authority_left(struct rounds *p, struct attendance *a, uint64_t now_ms)
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
publishable(struct rounds *p, const struct cosigned *c, bool *yes)
{
	struct store_force force[LOG_AUTHORITIES_MAX];
	const struct log_setup *setup = p->log->setup;
	const struct trust *now, *before;
	struct attendance *a;
	unsigned n, i, satisfied = 0, waited = 0;
	enum rc rc = store_in_force(p->store, c->size, force, &n);

	p->leave_ms = 0;
	for (i = 0; rc == RC_OK && i < n; i++) {
		rc = store_trust(p->store, force[i].now, &now);
		if (rc == RC_OK)
			rc = store_trust(p->store, force[i].before, &before);
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

/* ---- a round ---------------------------------------------------------- */

/* Enough of those seen have cosigned: are there others, and is there time
 * for them? */
static bool
more_awaited(const struct rounds *p, uint64_t now_ms)
{
	const struct log_setup *setup = p->log->setup;

	return p->enough_ms != 0 && !p->done &&
	    (unsigned)__builtin_popcount(p->seen.mask) < setup->witness_n &&
	    now_ms - p->enough_ms < setup->more_ms;
}

/* The target as it stands: hand it over if that says more than before. */
static enum rc
round_look(struct rounds *p)
{
	struct log_server *log = p->log;
	bool yes;
	enum rc rc;

	pthread_mutex_lock(&log->lock);
	p->seen = log->target;
	pthread_mutex_unlock(&log->lock);
	if (p->tiles.size < p->seen.size ||
	    (p->done && p->seen.mask == p->mask))
		return RC_OK;
	rc = publishable(p, &p->seen, &yes);
	if (rc != RC_OK || !yes)
		return rc;
	if (p->enough_ms == 0)
		p->enough_ms = clock_ms();
	if (more_awaited(p, clock_ms()))
		return RC_OK;
	p->done = true;
	p->mask = p->seen.mask;
	pthread_mutex_lock(&log->lock);
	log->ready = p->seen;
	log->ready_new = true;
	pthread_cond_signal(&log->publish_wake);
	pthread_mutex_unlock(&log->lock);
	return RC_OK;
}

/* Under the lock: what was committed since the last round; all of it is below
 * the head. */
static void
fresh_fetch(struct rounds *p)
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
round_begin(struct rounds *p, struct why *why)
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
round_tiles(struct rounds *p, struct why *why)
{
	uint64_t size;

	pthread_mutex_lock(&p->log->lock);
	size = p->log->round > 0 ? p->log->target.size : p->tiles.size;
	pthread_mutex_unlock(&p->log->lock);
	return size == p->tiles.size
	    ? RC_OK
	    : tiles_write(&p->tiles, p->store, size, why);
}

/* Under the lock. */
static bool
round_wanted(const struct rounds *p, uint64_t now_ms)
{
	const struct log_server *log = p->log;
	uint64_t age = now_ms - p->begun_ms;
	bool coming = log->arrived_n + log->verifying_n + log->queue_n > 0;

	if (!log->open)
		return false;
	if (log->round == 0)
		return true;
	if (p->done && log->head.size != log->target.size)
		return p->covered < ROUND_LOADED
		    ? log->published.size >= log->target.size ||
			age >= ROUND_APART_MS
		    : log->head.size % TILE_WIDTH == 0 ||
			1000 * age >=
			    (coming ? LOG_COMING : 1) * log->patience_us;
	if (age < 2 * log->setup->witness_ms)
		return false;
	return !p->done || log->waiting != NULL ||
	    age >= log->setup->interval_ms;
}

/* Under the lock: until somebody signals, at most `ms`. */
static void
round_sleep(struct log_server *log, uint64_t ms)
{
	uint64_t due = clock_ms() + ms;
	struct timespec t = {.tv_sec = (time_t)(due / 1000),
	    .tv_nsec = (long)(due % 1000) * 1000000};

	pthread_cond_timedwait(&log->round_wake, &log->lock, &t);
}

/* Under the lock: what is looked at before sleep. */
static bool
nothing_new(const struct rounds *p)
{
	const struct log_server *log = p->log;

	/* a late cosignature is worth a write when somebody waits for it, or
	 * when nothing else is to do */
	if (log->round > 0 && log->target.mask != p->seen.mask &&
	    (!p->done || log->waiting_looked ||
		clock_ms() - p->begun_ms >= LATE_MS))
		return false;
	if (p->enough_ms != 0 && !p->done && !more_awaited(p, clock_ms()))
		return false;
	return p->leave_ms == 0 || p->done || clock_ms() < p->leave_ms;
}

/* Under the lock: a log that cannot begin says why, once. */
static void
shut_tell(struct rounds *p)
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
	say(SAY_WARNING, "takes and signs nothing yet, not having heard from "
			 "%.*s; it goes on when it has. If they do not come, "
			 "make sure that this is the newest state, no backup, "
			 "and that no second log runs under this key; "
			 "otherwise: quorate-logd --catch-up. If it is, say "
			 "'ignore-unproven-size = yes' of one that claims more "
			 "without proof, and take one that is gone for good "
			 "out, once no trust text needs it",
	    (int)t.n, names);
}

static enum rc
round_step(struct rounds *p, bool begin, struct why *why)
{
	enum rc rc = begin ? round_begin(p, why) : RC_OK;

	if (rc == RC_OK)
		rc = round_tiles(p, why);
	return rc == RC_OK ? round_look(p) : rc;
}

/* Under the lock: how long a sleep may be. */
static uint64_t
look_ms(const struct rounds *p)
{
	uint64_t end_ms, now_ms;

	if (p->done && p->log->head.size != p->log->target.size)
		return ROUND_LOOK_MS; /* the next round is due */
	if (p->enough_ms == 0 || p->done)
		return LATE_MS;
	end_ms = p->enough_ms + p->log->setup->more_ms;
	now_ms = clock_ms();
	if (now_ms >= end_ms)
		return 0;
	return end_ms - now_ms < LATE_MS ? end_ms - now_ms : LATE_MS;
}

static void
round_loop(struct rounds *p)
{
	struct log_server *log = p->log;
	bool more = true;

	pthread_mutex_lock(&log->lock);
	while (!log->stopping && more) {
		bool begin = round_wanted(p, clock_ms());
		struct why why = {""};
		enum rc rc;

		shut_tell(p);
		if (!begin && !p->failed && nothing_new(p)) {
			round_sleep(log, look_ms(p));
			continue;
		}
		pthread_mutex_unlock(&log->lock);
		rc = round_step(p, begin, &why);
		more = publish_goes_on(log, &p->failed, rc, &why);
		pthread_mutex_lock(&log->lock);
	}
	pthread_mutex_unlock(&log->lock);
}

void *
round_run(void *context)
{
	struct log_server *log = context;
	struct rounds *p = calloc(1, sizeof *p);

	pthread_setname_np(pthread_self(), "round");
	pthread_mutex_lock(&log->lock);
	if (p == NULL) {
		log_halt(log, RC_MEMORY, "no memory");
	} else {
		p->log = log;
		p->store = log->round_store;
		p->tiles.state = log->setup->state;
		p->tiles.size = log->published.size;
		p->begun_ms = clock_ms();
	}
	pthread_mutex_unlock(&log->lock);
	if (p != NULL) {
		round_loop(p);
		tiles_release(&p->tiles);
	}
	free(p);
	return NULL;
}
