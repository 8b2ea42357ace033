/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request is judged, stored and signed under one lock: the store's
 * condition makes the step atomic against a second process too, which the
 * lock file keeps away. A commit is a tenth of a millisecond; many logs
 * share it one after another.
 */
#include "log/serve_witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/secret.h"
#include "host/text.h"

#define TEXT_PLAIN "text/plain; charset=utf-8"

static struct witness_log *
log_find(struct witness_server *w, struct slice origin)
{
	unsigned i;

	for (i = 0; i < w->log_n; i++)
		if (slice_is(origin, w->log[i]->origin))
			return w->log[i];
	return NULL;
}

/* Under the lock. At most a second's worth at once. */
static bool
token_take(struct witness_server *w, struct witness_log *l)
{
	uint64_t now = clock_ms(), gained = (now - l->tokens_ms) * w->rate;

	l->tokens += gained; /* thousandths */
	l->tokens_ms = now;
	if (l->tokens > w->rate * 1000)
		l->tokens = w->rate * 1000;
	if (l->tokens < 1000)
		return false;
	l->tokens -= 1000;
	return true;
}

/* The checkpoint with the lines of the log's own keys, verified, alone. */
static void
own_note(struct text *out, const struct cosign_request *r,
    const struct witness_log *l, unsigned mask)
{
	struct sigline line;
	struct slice raw;
	unsigned i, k;

	text_put(out, r->note.bytes, r->note.text_n);
	text_string(out, "\n");
	for (i = 0; i < r->note.line_n; i++) {
		note_line(&r->note, i, &line, &raw);
		for (k = 0; k < l->key_n; k++)
			if ((mask >> k & 1) && sigline_by(&line, &l->key[k]))
				text_put(out, raw.p, raw.n);
	}
}

static void
cosign(struct witness_server *w, struct text *line, const uint8_t *text,
    size_t n, uint64_t time)
{
	uint8_t blob[SIG_COSIGNATURE_BYTES];

	secret_show(w->seed);
	checkpoint_cosign(blob, &w->key, w->seed, text, n, time);
	secret_hide(w->seed);
	sigline_text(line, w->key.name, blob, sizeof blob);
}

/* Under the lock. 200 and the line, or another verdict; 0: the store. */
static unsigned
judge(struct witness_server *w, struct witness_log *l,
    const struct cosign_request *r, unsigned mask,
    const struct http_request *request, struct text *line,
    struct witness_head *held)
{
	char note[COSIGN_BODY_TAKEN_MAX];
	uint64_t now = clock_unix();
	enum witness_verdict verdict;
	struct text t;
	bool fork;

	if (witness_store_head(w->store, r->head.origin, held) != RC_OK)
		return 0;
	verdict = witness_judge(r, held, &fork);
	if (fork || verdict == WITNESS_INCONSISTENT) {
		w->forks += fork;
		if (fork)
			say(SAY_ERROR, "log '%s' has signed two trees of %llu "
				       "entries: kept as evidence",
			    l->origin, (unsigned long long)r->head.size);
		if (witness_store_evidence(w->store, r->head.origin, fork,
			request->body, request->body_n, now) != RC_OK)
			return 0;
	}
	if (verdict != WITNESS_COSIGN)
		return verdict;
	text_init(&t, note, sizeof note);
	own_note(&t, r, l, mask);
	if (witness_store_move(w->store, r->head.origin, r->old, &r->head,
		(uint8_t *)note, t.n, now) != RC_OK)
		return 0;
	/* on disk: now it may be said */
	cosign(w, line, r->note.bytes, r->note.text_n, now);
	return WITNESS_COSIGN;
}

static void
answer(struct http_request *request, unsigned status,
    const struct witness_head *held, const struct text *line)
{
	char size[32];
	int n;

	switch (status) {
	case WITNESS_COSIGN:
		http_reply(request, 200, TEXT_PLAIN, line->p, line->n);
		break;
	case WITNESS_STALE:
		n = snprintf(size, sizeof size, "%llu\n",
		    (unsigned long long)held->size);
		http_reply(request, 409, "text/x.tlog.size", size, (size_t)n);
		break;
	case WITNESS_MALFORMED:
		http_reply_text(request, 400, "old is above the size");
		break;
	case WITNESS_INCONSISTENT:
		http_reply_text(request, 422, "not consistent with the "
					      "checkpoint of size %llu",
		    (unsigned long long)held->size);
		break;
	default:
		http_reply_text(request, 503, "the witness cannot store this");
	}
}

static void
on_add_checkpoint(void *context, struct http_request *request)
{
	struct witness_server *w = context;
	char bytes[SIGLINE_CHARS_MAX + 1];
	struct witness_head held = {0};
	struct cosign_request r;
	struct witness_log *l;
	struct text line;
	unsigned mask, status;
	bool token;
	enum rc rc = cosign_request_parse(&r, request->body, request->body_n);

	if (rc != RC_OK) {
		http_reply_text(request, 400, "%s: %s", rc_name(rc),
		    rc_text(rc));
		return;
	}
	l = log_find(w, r.head.origin);
	if (l == NULL) {
		http_reply_text(request, 404, "this witness does not know the "
					      "log");
		return;
	}
	if (!witness_trusts(&r, l->key, l->key_n, &mask)) {
		http_reply_text(request, 403, "not signed by the log's key");
		return;
	}
	text_init(&line, bytes, sizeof bytes);
	pthread_mutex_lock(&w->lock);
	token = token_take(w, l);
	status = token ? judge(w, l, &r, mask, request, &line, &held) : 429;
	if (status == WITNESS_COSIGN)
		w->cosigned++;
	else
		w->refused++;
	pthread_mutex_unlock(&w->lock);
	if (!token) {
		http_reply_header(request, "Retry-After", "1");
		http_reply_text(request, 429, "too many requests of this log");
		return;
	}
	answer(request, status, &held, &line);
}

/* GET <sha256 of the origin>/checkpoint: what was cosigned last. Ed25519 has
 * no chance in it: signing again gives the same line. */
static void
on_monitor(void *context, struct http_request *request)
{
	struct witness_server *w = context;
	char note[COSIGN_BODY_TAKEN_MAX + SIGLINE_CHARS_MAX + 1];
	uint8_t hash[32];
	struct note split;
	struct text t;
	uint64_t time;
	size_t n = 0;
	enum rc rc = RC_MORE;

	if (strlen(request->tail) == 64 + 11 &&
	    strcmp(request->tail + 64, "/checkpoint") == 0 &&
	    hex_decode(hash, 32, request->tail, 64)) {
		pthread_mutex_lock(&w->lock);
		rc = witness_store_latest(w->store, hash, (uint8_t *)note, &n,
		    &time);
		if (rc == RC_OK)
			rc = note_split(&split, (uint8_t *)note, n);
		if (rc == RC_OK) {
			text_init(&t, note + n, sizeof note - n);
			cosign(w, &t, (uint8_t *)note, split.text_n, time);
			n += t.n;
		}
		pthread_mutex_unlock(&w->lock);
	}
	if (rc == RC_OK) {
		http_reply_header(request, "Cache-Control", "no-cache");
		http_reply(request, 200, TEXT_PLAIN, note, n);
	} else if (rc == RC_MORE) {
		http_reply_text(request, 404, "nothing here was cosigned");
	} else {
		http_reply_text(request, 503, "%s", rc_text(rc));
	}
}

static void
on_healthz(void *context, struct http_request *request)
{
	(void)context;
	http_reply_text(request, 200, "ok");
}

static void
on_metrics(void *context, struct http_request *request)
{
	struct witness_server *w = context;
	char page[1024];
	struct text t;

	text_init(&t, page, sizeof page);
	pthread_mutex_lock(&w->lock);
	text_printf(&t,
	    "# TYPE quorate_witness_cosigned_total counter\n"
	    "quorate_witness_cosigned_total %llu\n"
	    "# TYPE quorate_witness_refused_total counter\n"
	    "quorate_witness_refused_total %llu\n"
	    "# TYPE quorate_witness_forks_total counter\n"
	    "quorate_witness_forks_total %llu\n",
	    (unsigned long long)w->cosigned, (unsigned long long)w->refused,
	    (unsigned long long)w->forks);
	pthread_mutex_unlock(&w->lock);
	http_reply(request, 200, "text/plain; version=0.0.4", t.p, t.n);
}

static const struct http_route routes[] = {
    {"POST", "/add-checkpoint", COSIGN_BODY_TAKEN_MAX, on_add_checkpoint,
	HTTP_ROUTE_SMALL},
    {"GET", "/healthz", 0, on_healthz, HTTP_ROUTE_SMALL},
    {"GET", "/metrics", 0, on_metrics, HTTP_ROUTE_SMALL},
    {"GET", "/*", 0, on_monitor, HTTP_ROUTE_SMALL},
};

enum rc
witness_start(struct witness_server *w, struct why *why)
{
	struct http_server_options options = {.listen = w->listen,
	    .routes = routes,
	    .route_count = sizeof routes / sizeof routes[0], .context = w,
	    .tls_certificate = w->tls_certificate[0] ? w->tls_certificate
						     : NULL,
	    .tls_key = w->tls_key[0] ? w->tls_key : NULL};
	enum rc rc =
	    witness_store_open(&w->store, w->state, w->vkey, why);

	pthread_mutex_init(&w->lock, NULL);
	if (rc == RC_OK)
		rc = http_server_start(&w->http, &options, why);
	return rc;
}

void
witness_stop(struct witness_server *w)
{
	http_server_stop(w->http);
	witness_store_close(w->store);
}
