/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log over HTTP, and the life of its threads. POST /add, GET /lookup;
 * the reads of C2SP tlog-tiles; /healthz and /metrics.
 */
#include "log/serve.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/file.h"
#include "host/http_client.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/text.h"
#include "log/store_head.h"
#include "log/store_tiles.h"

/* Keys that a verifier remembers decoded. */
enum { KEYS_KEPT = 1024 };

#define TEXT_PLAIN "text/plain; charset=utf-8"
#define TILE_TYPE  "application/octet-stream"
#define TILE_CACHE "public, max-age=31536000, immutable"

/* ---- small things ----------------------------------------------------- */

void
log_halt(struct log_server *log, enum rc rc, const char *format, ...)
{
	va_list args;

	if (log->halt != RC_OK)
		return;
	log->halt = rc;
	va_start(args, format);
	vsnprintf(log->halt_why.text, sizeof log->halt_why.text, format, args);
	va_end(args);
	log->open = false;
}

enum rc
log_halted(struct log_server *log, struct why *why)
{
	enum rc rc;

	pthread_mutex_lock(&log->lock);
	rc = log->halt;
	*why = log->halt_why;
	pthread_mutex_unlock(&log->lock);
	return rc;
}

struct log_reader *
reader_take(struct log_server *log)
{
	unsigned i;

	pthread_mutex_lock(&log->lock);
	for (;;) {
		for (i = 0; i < log->reader_n; i++)
			if (!log->reader[i]->busy) {
				log->reader[i]->busy = true;
				pthread_mutex_unlock(&log->lock);
				return log->reader[i];
			}
		pthread_cond_wait(&log->reader_wake, &log->lock);
	}
}

void
reader_give(struct log_server *log, struct log_reader *r)
{
	pthread_mutex_lock(&log->lock);
	r->busy = false;
	pthread_cond_signal(&log->reader_wake);
	pthread_mutex_unlock(&log->lock);
}

void
request_refuse(struct http_request *request, unsigned status, enum rc rc,
    const char *why)
{
	http_reply_text(request, status, "%s: %s", rc_name(rc),
	    why != NULL ? why : rc_text(rc));
}

/* ---- POST /add -------------------------------------------------------- */

void
item_wait_over(struct log_server *log, struct log_item *item)
{
	log->metrics.waited++;
	http_reply_text(item->request, 202, "%s: logged as entry %llu, "
					    "waiting for witnesses; ask again",
	    rc_name(RC_LOG_WAIT), (unsigned long long)item->index);
	item_free(log, item);
}

/* The request's time is over. Committed: the entry stays and the same POST
 * or a lookup gets the file later. Queued: it may still be taken. */
static void
item_expired(void *context, struct http_request *request)
{
	struct log_server *log = context;
	struct log_item **at, *item;

	pthread_mutex_lock(&log->lock);
	for (at = &log->waiting; (item = *at) != NULL; at = &item->next)
		if (item->request == request) {
			*at = item->next;
			log->waiting_n--;
			item_wait_over(log, item);
			goto out;
		}
	for (item = log->arrived; item != NULL; item = item->next)
		if (item->request == request)
			break;
	for (at = &log->queue; item == NULL && *at != NULL; at = &(*at)->next)
		if ((*at)->request == request)
			item = *at;
	if (item != NULL) {
		item->request = NULL;
		request_refuse(request, 503, RC_TIMEOUT,
		    log->open ? "the log is too busy; ask again"
			      : "the log has not yet heard from enough "
				"witnesses; ask again");
	}
out:
	pthread_mutex_unlock(&log->lock);
}

static void
published_copy(struct log_server *log, struct log_reader *r)
{
	struct cosigned c;

	pthread_mutex_lock(&log->lock);
	c = log->published;
	pthread_mutex_unlock(&log->lock);
	reader_head(r, &c);
}

enum rc
known_answer(struct log_server *log, struct log_reader *r, uint64_t index,
    struct http_request *request)
{
	size_t n;
	enum rc rc;

	published_copy(log, r);
	rc = file_make(r, log->setup, index, &n);
	if (rc == RC_OK)
		http_reply(request, 200, TEXT_PLAIN, r->file, n);
	return rc;
}

/* Suspends the request and puts the item where it belongs, in one step
 * under the lock: item_expired must find it from the first moment on. */
static void
item_enqueue(struct log_server *log, struct log_item *item,
    struct http_request *request)
{
	bool full;

	pthread_mutex_lock(&log->lock);
	full = log->arrived_n + log->queue_n >= LOG_QUEUE_MAX ||
	    log->waiting_n >= LOG_WAITING_MAX;
	if (full || log->stopping || log->halt != RC_OK) {
		item_free(log, item);
		pthread_mutex_unlock(&log->lock);
		request_refuse(request, 503, full ? RC_TIMEOUT : RC_STOPPED,
		    full ? "the log is too busy; try again" : NULL);
		return;
	}
	item->request = request;
	item->due_ms = clock_ms() + log->setup->patience_ms;
	http_suspend(request, (unsigned)log->setup->patience_ms, item_expired,
	    log);
	*log->arrived_end = item;
	log->arrived_end = &item->next;
	log->arrived_n++;
	if (!log->gathering)
		pthread_cond_signal(&log->verify_wake);
	else if (log->arrived_n >= LOG_VERIFY_WORTH)
		pthread_cond_signal(&log->verify_more);
	pthread_mutex_unlock(&log->lock);
}

static void
on_add(void *context, struct http_request *request)
{
	struct log_server *log = context;
	struct log_item *item = item_new(log, request);
	enum rc rc = RC_MEMORY;

	if (item != NULL) {
		item->came_us = clock_us();
		rc = admission_begin(&item->a, item->bytes, item->bytes_n);
	}
	if (rc == RC_OK) {
		item_enqueue(log, item, request);
		return;
	}
	request_refuse(request, admission_status(rc), rc, NULL);
	pthread_mutex_lock(&log->lock);
	log->metrics.refused++;
	if (item != NULL)
		item_free(log, item);
	pthread_mutex_unlock(&log->lock);
}

/* There may be something tomorrow: a cache may keep a 404 that does not say
 * so (RFC 9110 section 15.1). */
static void
absent_answer(struct http_request *request, const char *what)
{
	http_reply_header(request, "Cache-Control", "no-cache");
	http_reply_text(request, 404, "%s", what);
}

/* ---- GET /lookup ------------------------------------------------------ */

static void
lookup_answer(struct log_server *log, struct log_reader *r, uint64_t index,
    struct http_request *request)
{
	enum rc rc;

	http_reply_header(request, "Cache-Control", "no-cache");
	rc = known_answer(log, r, index, request);
	if (rc == RC_OK)
		return;
	if (rc == RC_MORE)
		http_reply_text(request, 202, "%s: logged as entry %llu, "
					      "waiting for witnesses; ask again",
		    rc_name(RC_LOG_WAIT), (unsigned long long)index);
	else
		request_refuse(request, 503, rc, NULL);
}

/* A text id, or a payload's digest: its newest release, or the nth. */
static void
on_lookup(void *context, struct http_request *request)
{
	struct log_server *log = context;
	uint64_t index, nth, size;
	uint8_t digest[32];
	struct log_reader *r;
	enum rc rc;

	if (!hex_decode(digest, 32, request->tail, strlen(request->tail)) ||
	    !http_query_number(request, "n", 1000000, 0, &nth)) {
		request_refuse(request, 400, RC_FIELD, "wanted /lookup/ and 64 "
					       "lowercase hex digits");
		return;
	}
	r = reader_take(log);
	rc = store_find(r->store, digest, 0, &index, &size);
	if (rc == RC_MORE)
		rc = store_find_payload(r->store, digest, nth, &index);
	if (rc == RC_OK)
		lookup_answer(log, r, index, request);
	else if (rc == RC_MORE)
		absent_answer(request, "nothing with this id or payload digest "
				       "is logged");
	else
		request_refuse(request, 503, rc, NULL);
	reader_give(log, r);
}

static void
on_lookup_product(void *context, struct http_request *request)
{
	struct log_server *log = context;
	struct log_reader *r = reader_take(log);
	uint64_t index;
	enum rc rc = store_find_product(r->store, request->tail,
	    http_query(request, "authority"), &index);

	if (rc == RC_OK)
		lookup_answer(log, r, index, request);
	else if (rc == RC_MORE)
		absent_answer(request, "no release of this product is logged");
	else
		request_refuse(request, 503, rc, NULL);
	reader_give(log, r);
}

/* ---- the tiled log ---------------------------------------------------- */

static void
on_checkpoint(void *context, struct http_request *request)
{
	struct log_server *log = context;
	char path[FILE_PATH_MAX + 1];
	uint8_t *note;
	size_t n;
	enum rc rc;

	snprintf(path, sizeof path, "%s/tiles/checkpoint", log->setup->state);
	rc = file_read(&note, &n, path, CHECKPOINT_NOTE_MAX, NULL);
	http_reply_header(request, "Cache-Control", "no-cache");
	if (rc == RC_OK)
		http_reply(request, 200, TEXT_PLAIN, note, n);
	else
		http_reply_text(request, 404, "nothing is published yet");
	free(note);
}

/* A partial tile of a size published once, whose file is gone. */
static void
tile_answer(struct log_server *log, const struct tile *t,
    struct http_request *request)
{
	struct log_reader *r = reader_take(log);
	uint8_t *bytes = NULL;
	size_t n;
	enum rc rc;

	published_copy(log, r);
	rc = tiles_make(r->store, t, r->cosigned.size, &bytes, &n);
	reader_give(log, r);
	if (rc != RC_OK) {
		if (rc == RC_FILE_ABSENT)
			absent_answer(request, "no such tile");
		else
			http_reply_text(request, 503, "%s", rc_text(rc));
		free(bytes);
		return;
	}
	http_reply_header(request, "Cache-Control", TILE_CACHE);
	http_reply(request, 200, TILE_TYPE, bytes, n);
	free(bytes);
}

/* Whether "gzip" is among what the client takes, and not with q=0. */
static bool
takes_gzip(const struct http_request *request)
{
	const char *accept = http_header(request, "Accept-Encoding");
	const char *p = accept != NULL ? strcasestr(accept, "gzip") : NULL;

	if (p == NULL || (p > accept && p[-1] != ' ' && p[-1] != ','))
		return false;
	p += 4;
	p += strspn(p, " ");
	if (*p == ',' || *p == '\0')
		return true;
	return strncmp(p, ";q=", 3) == 0 && strtod(p + 3, NULL) > 0;
}

static bool
bundle_answer(struct log_server *log, const struct tile *t,
    struct http_request *request)
{
	uint8_t *bytes;
	size_t n;

	http_reply_header(request, "Vary", "Accept-Encoding");
	if (!takes_gzip(request) ||
	    tiles_gzip(log->setup->state, t, &bytes, &n) != RC_OK)
		return false;
	http_reply_header(request, "Cache-Control", TILE_CACHE);
	http_reply_header(request, "Content-Encoding", "gzip");
	http_reply(request, 200, TILE_TYPE, bytes, n);
	free(bytes);
	return true;
}

static void
on_tile(void *context, struct http_request *request)
{
	struct log_server *log = context;
	struct tile t;
	uint64_t size;
	enum rc rc;
	int fd;

	if (!tile_parse(&t, request->path + 1, strlen(request->path) - 1)) {
		absent_answer(request, "no such tile");
		return;
	}
	if (t.entries && bundle_answer(log, &t, request))
		return;
	rc = tiles_open(&fd, &size, log->setup->state, &t);
	if (rc != RC_OK) {
		tile_answer(log, &t, request);
		return;
	}
	http_reply_header(request, "Cache-Control", TILE_CACHE);
	http_reply_file(request, 200, TILE_TYPE, fd, size);
}

/* ---- for operators ---------------------------------------------------- */

static void
on_healthz(void *context, struct http_request *request)
{
	struct log_server *log = context;
	char names[2048];
	bool open, behind, failing;
	struct text t;

	text_init(&t, names, sizeof names);
	pthread_mutex_lock(&log->lock);
	open = log->open;
	failing = log->failing;
	behind = log->published.size < log->head.size;
	unheard_text(&t, log);
	pthread_mutex_unlock(&log->lock);
	failing = failing && !store_room(&log->room, log->setup->state);
	if (!open)
		http_reply_text(request, 503, "waiting to hear from witnesses: "
					      "%.*s", (int)t.n, names);
	else if (failing)
		http_reply_text(request, 503, "the last entries could not be "
					      "stored; what is logged is "
					      "served");
	else
		http_reply_text(request, 200,
		    behind ? "ok, entries wait for witnesses" : "ok");
}

static void
metric(struct text *t, const char *name, const char *type, uint64_t value)
{
	text_printf(t, "# TYPE quorate_log_%s %s\nquorate_log_%s %llu\n", name,
	    type, name, (unsigned long long)value);
}

static void
on_metrics(void *context, struct http_request *request)
{
	struct log_server *log = context;
	char page[32768]; /* with as many witnesses as there can be */
	struct text t;
	unsigned i;

	text_init(&t, page, sizeof page);
	pthread_mutex_lock(&log->lock);
	metric(&t, "size", "gauge", log->head.size);
	metric(&t, "published_size", "gauge", log->published.size);
	metric(&t, "open", "gauge", log->open);
	metric(&t, "failing", "gauge", log->failing);
	metric(&t, "left_authorities", "gauge", log->left_n);
	metric(&t, "queued", "gauge", log->arrived_n + log->queue_n);
	metric(&t, "waiting", "gauge", log->waiting_n);
	metric(&t, "entries_total", "counter", log->metrics.entries);
	metric(&t, "batches_total", "counter", log->metrics.batches);
	metric(&t, "failed_batches_total", "counter", log->metrics.failed);
	metric(&t, "published_total", "counter", log->metrics.published);
	metric(&t, "known_total", "counter", log->metrics.known);
	metric(&t, "refused_total", "counter", log->metrics.refused);
	metric(&t, "waited_total", "counter", log->metrics.waited);
	metric(&t, "add_total", "counter", log->metrics.add_count);
	metric(&t, "add_us_total", "counter", log->metrics.add_us_sum);
	metric(&t, "verified_total", "counter", log->metrics.verified);
	metric(&t, "verify_cpu_us_total", "counter",
	    log->metrics.verify_cpu_us);
	text_string(&t, "# TYPE quorate_log_witness_size gauge\n");
	for (i = 0; i < log->setup->witness_n; i++)
		text_printf(&t, "quorate_log_witness_size{witness=\"%s\"} "
				"%llu\n",
		    log->setup->witness[i].name, /* ours: no quotes in it */
		    (unsigned long long)log->asker[i].known);
	pthread_mutex_unlock(&log->lock);
	http_reply(request, 200, "text/plain; version=0.0.4", t.p, t.n);
}

static void
html_text(struct text *t, const char *s)
{
	for (; *s != '\0'; s++)
		switch (*s) {
		case '<':
			text_string(t, "&lt;");
			break;
		case '>':
			text_string(t, "&gt;");
			break;
		case '&':
			text_string(t, "&amp;");
			break;
		default:
			text_put(t, s, 1);
		}
}

/* For people who open the log's address. */
static void
on_landing(void *context, struct http_request *request)
{
	struct log_server *log = context;
	char page[65536];
	struct text t;
	uint64_t size;
	unsigned i;

	pthread_mutex_lock(&log->lock);
	size = log->published.size;
	pthread_mutex_unlock(&log->lock);
	text_init(&t, page, sizeof page);
	text_string(&t, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta "
			"charset=\"utf-8\"><title>");
	html_text(&t, log->setup->origin);
	text_string(&t, "</title></head><body>\n<h1>");
	html_text(&t, log->setup->origin);
	text_printf(&t, "</h1>\n<p>A transparency log of signed releases (C2SP "
			"tlog-tiles): %llu entries. "
			"<a href=\"checkpoint\">checkpoint</a></p>\n"
			"<p>Its key: <code>", (unsigned long long)size);
	html_text(&t, log->setup->vkey);
	if (setup_key_n(log->setup) > 1) {
		text_string(&t, "</code>, and the one that takes over: <code>");
		html_text(&t, log->setup->next_vkey);
	}
	text_string(&t, "</code></p>\n<p>Authorities:</p><ul>\n");
	for (i = 0; i < log->setup->authority_n; i++) {
		text_string(&t, "<li>");
		html_text(&t, log->setup->authority[i].name);
		text_string(&t, ", first trust text <code>");
		text_hex(&t, log->setup->authority[i].first, 32);
		text_string(&t, "</code></li>\n");
	}
	text_string(&t, "</ul>\n<p>Files: <code>lookup/</code> and a text id or "
			"payload digest; <code>lookup/product/</code> and a "
			"product.</p>\n</body></html>\n");
	http_reply_header(request, "Cache-Control", "no-cache");
	http_reply(request, 200, "text/html; charset=utf-8", t.p, t.n);
}

/* A file with a proof may come in place of a note. */
const struct http_route log_routes[] = {
    {"POST", "/add", FILE_BYTES_MAX, on_add, 0},
    {"GET", "/lookup/product/*", 0, on_lookup_product, HTTP_ROUTE_SMALL},
    {"GET", "/lookup/*", 0, on_lookup, HTTP_ROUTE_SMALL},
    {"GET", "/", 0, on_landing, HTTP_ROUTE_SMALL},
    {"GET", "/checkpoint", 0, on_checkpoint, HTTP_ROUTE_SMALL},
    {"GET", "/tile/*", 0, on_tile, HTTP_ROUTE_SMALL},
    {"GET", "/healthz", 0, on_healthz, HTTP_ROUTE_SMALL},
    {"GET", "/metrics", 0, on_metrics, HTTP_ROUTE_SMALL},
};
const size_t log_route_n = sizeof log_routes / sizeof log_routes[0];

/* ---- beginning and end ------------------------------------------------ */

static enum rc
reader_new(struct log_reader **out, struct log_server *log, bool publisher,
    struct why *why)
{
	struct log_reader *r = calloc(1, sizeof *r);
	enum rc rc = RC_MEMORY;

	*out = r;
	if (r != NULL)
		rc = publisher ? store_open_publisher(&r->store, log->setup,
				     log->writer, why)
			       : store_open(&r->store, log->setup, log->writer,
				     why);
	return rc;
}

static void
reader_free(struct log_reader *r)
{
	if (r != NULL)
		store_close(r->store);
	free(r);
}

/*
 * How far the process before this one came: the stored head, and the
 * checkpoint that readers see. A folder without one is made anew.
 */
static enum rc
state_recall(struct log_server *log, struct why *why)
{
	uint8_t note[CHECKPOINT_NOTE_MAX];
	size_t n = 0;
	enum rc rc = store_head_first(&log->head, log->writer, log->setup);

	if (rc != RC_OK) {
		why_set(why, "the state in '%s': %s", log->setup->state,
		    rc_text(rc));
		return rc;
	}
	rc = tiles_begin(log->setup->state, note, &n, why);
	if (rc == RC_OK && n > 0) {
		rc = cosigned_read(&log->published, log->setup, note, n);
		if (rc != RC_OK)
			why_set(why, "'%s/tiles/checkpoint': %s",
			    log->setup->state, rc_text(rc));
	}
	if (rc == RC_OK && log->published.size > log->head.size) {
		why_set(why, "'%s/tiles' shows %llu entries and the database "
			     "has %llu: it is an old copy",
		    log->setup->state,
		    (unsigned long long)log->published.size,
		    (unsigned long long)log->head.size);
		rc = RC_LOG_BEHIND;
	}
	return rc;
}

static void
locks_begin(struct log_server *log)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&log->lock, NULL);
	pthread_mutex_init(&log->writing, NULL);
	pthread_mutex_init(&log->room.lock, NULL);
	pthread_cond_init(&log->sequence_wake, &monotonic);
	pthread_cond_init(&log->round_wake, &monotonic);
	pthread_cond_init(&log->publish_wake, &monotonic);
	pthread_cond_init(&log->ask_wake, &monotonic);
	pthread_cond_init(&log->reader_wake, &monotonic);
	pthread_cond_init(&log->verify_wake, &monotonic);
	pthread_cond_init(&log->verify_more, &monotonic);
	pthread_cond_init(&log->index_wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static enum rc
threads_start(struct log_server *log)
{
	const struct http_client_options options = {
	    .ca_file = log->setup->ca_file[0] ? log->setup->ca_file : NULL};
	bool ok = true;
	unsigned i;

	for (i = 0; i < log->setup->witness_n && ok; i++) {
		struct log_asker *a = &log->asker[i];

		a->log = log;
		a->witness = i;
		ok = http_client_new(&a->client, &options) == RC_OK &&
		    pthread_create(&a->thread, NULL, ask_run, a) == 0;
		a->started = ok;
	}
	for (i = 0; i < log->setup->threads && ok; i++) {
		struct log_verifier *v = &log->verifier[i];

		ok = v->started = pthread_create(&v->thread, NULL, verify_run,
				      v) == 0;
	}
	if (ok)
		ok = log->indexing = pthread_create(&log->indexer, NULL,
			       index_run, log) == 0;
	if (ok)
		ok = log->sequencing = pthread_create(&log->sequencer, NULL,
				 sequence_run, log) == 0;
	if (ok)
		ok = log->rounding = pthread_create(&log->rounder, NULL,
			       round_run, log) == 0;
	if (ok)
		ok = log->publishing = pthread_create(&log->publisher, NULL,
				 publish_run, log) == 0;
	return ok ? RC_OK : RC_MEMORY;
}

enum rc
log_start(struct log_server *log, const struct log_setup *setup,
    struct why *why)
{
	struct http_server_options options = {.listen = setup->listen,
	    .routes = log_routes, .route_count = log_route_n, .context = log,
	    .threads = (unsigned)setup->threads,
	    .connections_max = (unsigned)setup->connections,
	    .connections_per_ip = (unsigned)setup->connections_per_ip,
	    .tls_certificate =
		setup->tls_certificate[0] ? setup->tls_certificate : NULL,
	    .tls_key = setup->tls_key[0] ? setup->tls_key : NULL};
	unsigned i;
	enum rc rc;

	log->setup = setup;
	log->halt = RC_OK;
	log->queue_end = &log->queue;
	log->arrived_end = &log->arrived;
	log->fresh_end = &log->fresh;
	locks_begin(log);
	rc = store_open(&log->writer, setup, NULL, why);
	if (rc == RC_OK)
		rc = state_recall(log, why);
	if (rc == RC_OK)
		rc = reader_new(&log->publish_reader, log, true, why);
	log->reader_n = (unsigned)setup->threads;
	for (i = 0; rc == RC_OK && i < log->reader_n; i++) {
		log->verifier[i].log = log;
		log->verifier[i].keys = batch_cache_new(KEYS_KEPT);
		rc = reader_new(&log->verifier[i].reader, log, false, why);
		if (rc == RC_OK)
			rc = reader_new(&log->reader[i], log, false, why);
	}
	if (rc == RC_OK)
		rc = store_open(&log->index_store, setup, log->writer, why);
	if (rc == RC_OK)
		rc = store_open(&log->round_store, setup, log->writer, why);
	if (rc == RC_OK) {
		log->open = setup->witness_n == 0;
		rc = threads_start(log);
	}
	if (rc == RC_OK)
		rc = http_server_start(&log->http, &options, why);
	if (rc != RC_OK)
		log_stop(log);
	return rc;
}

/* What is still queued was never taken; what waits is logged. */
static void
items_drop(struct log_server *log)
{
	struct tiles_fresh *fresh;
	struct log_item *item;

	pthread_mutex_lock(&log->lock);
	*log->arrived_end = log->queue;
	while ((item = log->arrived) != NULL) {
		log->arrived = item->next;
		item_refuse(log, item, RC_STOPPED, 503,
		    "the log stops; ask again");
	}
	log->queue = NULL;
	log->queue_end = &log->queue;
	log->arrived_end = &log->arrived;
	while ((item = log->waiting) != NULL) {
		log->waiting = item->next;
		item_refuse(log, item, RC_LOG_WAIT, 202,
		    "logged, waiting for witnesses; ask again");
	}
	while ((fresh = log->fresh) != NULL) {
		log->fresh = fresh->next;
		free(fresh);
	}
	log->fresh_end = &log->fresh;
	while ((item = log->spare) != NULL) {
		log->spare = item->next;
		free(item);
	}
	log->spare_n = 0;
	pthread_mutex_unlock(&log->lock);
}

void
log_stop(struct log_server *log)
{
	unsigned i;

	pthread_mutex_lock(&log->lock);
	log->stopping = true;
	pthread_cond_broadcast(&log->sequence_wake);
	pthread_cond_broadcast(&log->round_wake);
	pthread_cond_broadcast(&log->publish_wake);
	pthread_cond_broadcast(&log->ask_wake);
	pthread_cond_broadcast(&log->verify_wake);
	pthread_cond_broadcast(&log->verify_more);
	pthread_cond_broadcast(&log->index_wake);
	pthread_mutex_unlock(&log->lock);
	for (i = 0; i < LOG_READERS_MAX; i++)
		if (log->verifier[i].started)
			pthread_join(log->verifier[i].thread, NULL);
	if (log->indexing)
		pthread_join(log->indexer, NULL);
	for (i = 0; i < LOG_WITNESSES_MAX; i++)
		if (log->asker[i].started) {
			http_client_cancel(log->asker[i].client);
			pthread_join(log->asker[i].thread, NULL);
		}
	if (log->sequencing)
		pthread_join(log->sequencer, NULL);
	if (log->rounding)
		pthread_join(log->rounder, NULL);
	if (log->publishing)
		pthread_join(log->publisher, NULL);
	items_drop(log);
	http_server_stop(log->http);
	items_drop(log);
	for (i = 0; i < LOG_WITNESSES_MAX; i++)
		http_client_free(log->asker[i].client);
	for (i = 0; i < LOG_READERS_MAX; i++) {
		reader_free(log->reader[i]);
		reader_free(log->verifier[i].reader);
		batch_cache_free(log->verifier[i].keys);
	}
	store_close(log->round_store);
	store_close(log->index_store);
	reader_free(log->publish_reader);
	store_close(log->writer);
}
