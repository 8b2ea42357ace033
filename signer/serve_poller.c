/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing here sleeps on the good path: the answer of a poll is handled, its
 * notes are posted on the same connection, and the next poll goes out. Only
 * after a failure is there a pause, which doubles, and which poller_fetch cuts
 * short. It ends with its process.
 */
#include "signer/serve_poller.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "host/clock.h"
#include "host/http_client.h"
#include "host/say.h"
#include "quorum/bundle.h"
#include "quorum/message.h"

#define POST_MS 20000
#define POLL_MS 15000 /* and what the coordinator was asked to wait */

/*
 * A coordinator that always has something to say keeps nobody busy: more than
 * this in PACE_MS, and there is a pause. An honest one comes nowhere near, a
 * release being three inboxes of some kilobytes.
 */
enum {
	PACE_MS = 10000,
	PACE_POLLS = 2000,
	PACE_BYTES = 16 << 20,
	PACE_PAUSE_MS = 10000,
};

/* One connection with its cursor; two of them: the poller's and that of
 * everybody else. */
struct wire {
	bool other;
	struct http_client *http;
	char *notes; /* BUNDLE_BYTES_MAX + 1 */
	char cursor[NAME_BYTES_MAX + 1];
	uint64_t pace_ms; /* since when it is counted */
	unsigned polls;
	size_t bytes;
};

struct poller {
	struct poller_options o;
	pthread_t thread;
	struct wire poller;
	struct wire other;
	pthread_mutex_t other_lock;
	/* From an inbox to the delivery of what comes of it: what a party says
	 * later is not to arrive first. */
	pthread_mutex_t order;
	pthread_mutex_t lock; /* of what is below */
	pthread_cond_t wake;
	bool again;
	char status[WHY_BYTES_MAX];
};

static void
status_set(struct poller *c, const char *status)
{
	pthread_mutex_lock(&c->lock);
	if (strcmp(c->status, status) != 0) {
		say(strcmp(status, "connected") == 0 ? SAY_INFO : SAY_WARNING,
		    "%s: coordinator: %s", c->o.label, status);
		memcpy(c->status, status, strlen(status) + 1);
	}
	pthread_mutex_unlock(&c->lock);
}

/* One line: "connected" or what failed last. */
static void
poller_status(struct poller *c, char out[static WHY_BYTES_MAX])
{
	pthread_mutex_lock(&c->lock);
	memcpy(out, c->status, sizeof c->status);
	pthread_mutex_unlock(&c->lock);
}

/* ---- talking -------------------------------------------------------------- */

static const char *const text_plain[] = {
    "Content-Type: text/plain; charset=utf-8", NULL};

static enum rc
post(struct poller *c, struct wire *l, const void *bytes, size_t n,
    struct why *why)
{
	char url[1024];
	struct text t;
	struct http_answer answer;
	enum rc rc;

	text_init(&t, url, sizeof url);
	text_printf(&t, "%s/v1/messages", c->o.url);
	rc = http_post(
	    l->http, url, text_plain, bytes, n, POST_MS, 4096, &answer, why);
	if (rc == RC_HTTP && answer.status >= 500)
		rc = RC_NETWORK;
	http_answer_release(&answer);
	return rc;
}

/*
 * Send a bundle; if the coordinator refuses an item of it, send them one by
 * one, so that a refused item does not take others with it. RC_OK unless it
 * cannot be reached.
 */
static enum rc
deliver(struct poller *c, struct wire *l, const void *bytes, size_t n,
    struct why *why)
{
	struct bundle b;
	struct bundle_item item;
	enum rc rc;

	if (n == 0)
		return RC_OK;
	rc = post(c, l, bytes, n, why);
	if (rc != RC_HTTP || bundle_init(&b, bytes, n) != RC_OK)
		return rc;
	while (bundle_next(&b, &item) == RC_OK) {
		rc = post(c, l, item.whole.p, item.whole.n, why);
		if (rc == RC_HTTP)
			say(SAY_INFO, "%s: coordinator: %s", c->o.label,
			    why->text);
		else if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* The inbox text, which begins every answer, and what is behind it. */
static enum rc
inbox_open(struct wire *l, const uint8_t **rest, size_t *rest_n,
    const uint8_t *bytes, size_t n)
{
	struct message_inbox inbox;
	struct bundle_item item;
	struct bundle b;
	enum rc rc = bundle_init(&b, bytes, n);

	if (rc == RC_OK)
		rc = bundle_next(&b, &item);
	if (rc == RC_OK)
		rc = inbox_parse(&inbox, item.text.p, item.text.n);
	if (rc != RC_OK)
		return rc;
	memcpy(l->cursor, inbox.cursor.p, inbox.cursor.n);
	l->cursor[inbox.cursor.n] = '\0';
	*rest = b.at;
	*rest_n = (size_t)(b.end - b.at);
	return RC_OK;
}

/* One poll and what comes of it. RC_MORE: something has to wait. */
static enum rc
poll_once(
    struct poller *c, struct wire *l, unsigned wait_s, struct why *why)
{
	char url[1024], note_bytes[4096], status[WHY_BYTES_MAX];
	struct text t, note, notes;
	struct http_answer answer;
	const uint8_t *rest;
	size_t rest_n;
	bool all;
	unsigned soon_s;
	enum rc rc;

	text_init(&note, note_bytes, sizeof note_bytes);
	poller_status(c, status);
	soon_s = c->o.poll(c->o.context, l->other, status, &note, l->cursor);
	/* The end of the first one says that there is somebody. */
	if (strcmp(status, "connected") != 0)
		wait_s = 0;
	wait_s = soon_s < wait_s ? soon_s : wait_s;
	text_init(&t, url, sizeof url);
	text_printf(&t, "%s/v1/poll?wait=%u", c->o.url, wait_s);
	rc = http_post(l->http, url, text_plain, note.p, note.n,
	    POLL_MS + 1000 * wait_s, BUNDLE_BYTES_MAX, &answer, why);
	if (rc != RC_OK)
		goto out;
	l->polls++;
	l->bytes += answer.body_n;
	status_set(c, "connected");
	if (answer.body_n == 0) /* nothing new */
		goto out;
	rc = inbox_open(l, &rest, &rest_n, answer.body, answer.body_n);
	if (rc != RC_OK) {
		why_set(why, "the answer to a poll is not an inbox");
		goto out;
	}
	if (rest_n == 0)
		goto out;
	text_init(&notes, l->notes, BUNDLE_BYTES_MAX);
	pthread_mutex_lock(&c->order);
	all = c->o.inbox(c->o.context, l->other, rest, rest_n, &notes);
	rc = deliver(c, l, notes.p, notes.n, why);
	pthread_mutex_unlock(&c->order);
	if (rc == RC_OK && !all)
		rc = RC_MORE;
out:
	http_answer_release(&answer);
	return rc;
}

/* ---- the thread ------------------------------------------------------------ */

/* Until asked for, or over. */
static void
pause_for(struct poller *c, unsigned ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&c->lock);
	while (!c->again &&
	    pthread_cond_timedwait(&c->wake, &c->lock, &until) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&c->lock);
}

/* Before the next poll. */
static void
keep_pace(struct poller *c, struct wire *l)
{
	uint64_t now = clock_ms();

	if (now - l->pace_ms < PACE_MS &&
	    (l->polls > PACE_POLLS || l->bytes > PACE_BYTES)) {
		status_set(c, "it says too much: it is asked less often");
		pause_for(c, PACE_PAUSE_MS);
		now = clock_ms();
	}
	if (now - l->pace_ms >= PACE_MS) {
		l->pace_ms = now;
		l->polls = 0;
		l->bytes = 0;
	}
}

static void
forget_cursor(struct wire *l)
{
	memcpy(l->cursor, "0", 2);
}

static void *
run(void *argument)
{
	struct poller *c = argument;
	struct why why = {""};
	unsigned pause_ms = POLLER_BACK_MS;

	forget_cursor(&c->poller);
	for (;;) {
		enum rc rc;

		pthread_mutex_lock(&c->lock);
		if (c->again)
			forget_cursor(&c->poller);
		c->again = false;
		pthread_mutex_unlock(&c->lock);
		keep_pace(c, &c->poller);
		rc = poll_once(c, &c->poller, POLLER_WAIT_S, &why);
		if (rc == RC_OK) {
			pause_ms = POLLER_BACK_MS;
			continue;
		}
		forget_cursor(&c->poller);
		if (rc != RC_MORE)
			status_set(c, why.text);
		pause_for(c, pause_ms);
		pause_ms = pause_ms * 2 < POLLER_BACK_MAX_MS
		    ? pause_ms * 2
		    : POLLER_BACK_MAX_MS;
	}
	return NULL;
}

/* Ask for everything at the next turn, without waiting for its end. */
static void
ask_again(struct poller *c)
{
	pthread_mutex_lock(&c->lock);
	c->again = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
}

void
poller_post(struct poller *c, const void *bundle, size_t n)
{
	struct why why = {""};
	enum rc rc;

	pthread_mutex_lock(&c->other_lock);
	pthread_mutex_lock(&c->order);
	rc = deliver(c, &c->other, bundle, n, &why);
	pthread_mutex_unlock(&c->order);
	if (rc != RC_OK) {
		say(SAY_WARNING, "%s: coordinator: %s", c->o.label, why.text);
		ask_again(c);
	}
	pthread_mutex_unlock(&c->other_lock);
}

void
poller_fetch(struct poller *c)
{
	struct why why = {""};

	pthread_mutex_lock(&c->other_lock);
	forget_cursor(&c->other);
	if (poll_once(c, &c->other, 0, &why) != RC_OK)
		ask_again(c);
	pthread_mutex_unlock(&c->other_lock);
}

static enum rc
line_open(struct wire *l, const struct poller_options *o)
{
	const struct http_client_options http = {.ca_file = o->ca_file};

	l->notes = malloc(BUNDLE_BYTES_MAX + 1);
	if (l->notes == NULL)
		return RC_MEMORY;
	return http_client_new(&l->http, &http);
}

static void
line_close(struct wire *l)
{
	http_client_free(l->http);
	free(l->notes);
}

enum rc
poller_start(struct poller **out, const struct poller_options *options)
{
	struct poller *c = calloc(1, sizeof *c);
	pthread_condattr_t monotonic;
	enum rc rc;

	*out = NULL;
	if (c == NULL)
		return RC_MEMORY;
	c->o = *options;
	memcpy(c->status, "not tried yet", sizeof "not tried yet");
	pthread_mutex_init(&c->lock, NULL);
	pthread_mutex_init(&c->other_lock, NULL);
	pthread_mutex_init(&c->order, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&c->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	c->other.other = true;
	rc = line_open(&c->poller, &c->o);
	if (rc == RC_OK)
		rc = line_open(&c->other, &c->o);
	if (rc == RC_OK && pthread_create(&c->thread, NULL, run, c) != 0)
		rc = RC_MEMORY;
	if (rc != RC_OK) {
		line_close(&c->poller);
		line_close(&c->other);
		free(c);
		return rc;
	}
	*out = c;
	return RC_OK;
}
