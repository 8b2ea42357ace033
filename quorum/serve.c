/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests in, answers out. Every handler does the same under the lock: feed
 * the machine, store what changed it, wake who waited, answer. Nothing is
 * said before it is on disk, and a store that fails ends the process: the
 * machine in memory would be ahead of it.
 */
#include "quorum/serve.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/clock.h"
#include "host/http_server.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/text.h"
#include "quorum/serve_blob.h"

enum waits_for { FOR_INBOX, FOR_PROPOSAL, FOR_BIRTH, FOR_BLOB };

/* A suspended request; the oldest is the first. */
struct waiter {
	struct waiter *next;
	struct http_request *request;
	enum waits_for what;
	struct coord_poller who;
	uint8_t id[32];
	uint32_t change;
};

struct serve {
	pthread_mutex_t lock;
	struct coordinator *c;
	struct store *store;
	struct http_server *http;
	bool read_auth;
	bool writing; /* a transaction is open */
	struct blobs *blobs; /* and desk: NULL without */
	struct blob_desk *desk;
	struct waiter *waiters;
	unsigned waiter_n;
	uint64_t events, requests;
	char *answer; /* BUNDLE_BYTES_MAX */
	uint8_t named[COORD_NAMED_MAX][32]; /* serve_tick's */
};

static const char text_type[] = "text/plain; charset=utf-8";

/* ---- refusals ---- */

static unsigned
status_of(enum rc rc)
{
	switch (rc) {
	case RC_SENDER:
	case RC_PRODUCT:
	case RC_PURPOSE:
	case RC_PURPOSE_SIGNER:
	case RC_SIGNATURE_INVALID:
	case RC_BLAMED:
		return 403;
	case RC_UNKNOWN:
		return 404;
	case RC_BUSY:
	case RC_CEREMONY:
		return 409;
	case RC_NOTE_LONG:
	case RC_LOG_TEXT_MAX:
	case RC_FILE_LONG:
		return 413;
	case RC_LIMIT:
	case RC_COMMITS_MANY:
		return 429;
	case RC_FILE:
		return 500;
	case RC_BLOB_ROOM:
		return 507;
	default:
		return 400;
	}
}

static void
refuse(struct http_request *r, enum rc rc)
{
	http_reply_text(
	    r, status_of(rc), "%s: %s", rc_name(rc), rc_text(rc));
}

static void
answer_text(struct http_request *r, const struct text *t)
{
	if (t->full)
		http_reply_text(r, 500, "the answer is too long");
	else
		http_reply(r, 200, text_type, t->p, t->n);
}

static struct text
answer_start(struct serve *s)
{
	struct text t;

	text_init(&t, s->answer, BUNDLE_BYTES_MAX);
	return t;
}

/* ---- who waits ---- */

/* The present state of what it waits for; true: there is something. */
static bool
waiter_ready(const struct serve *s, const struct waiter *w)
{
	int i;

	if (w->what == FOR_INBOX)
		return coordinator_news(s->c, &w->who);
	if (w->what == FOR_BLOB)
		return w->change != 0; /* blob_came */
	if (w->what == FOR_PROPOSAL) {
		i = coordinator_find(s->c, w->id);
		return i < 0 || s->c->proposal[i].change > w->change;
	}
	i = coordinator_find_birth(s->c, w->id);
	return i < 0 || s->c->birth[i].change > w->change;
}

/* Whatever there is to say now, news or not. */
static void
waiter_answer(struct serve *s, const struct waiter *w)
{
	struct text t = answer_start(s);
	bool birth = w->what == FOR_BIRTH;
	int i;

	if (w->what == FOR_INBOX) {
		coordinator_inbox(&t, s->c, &w->who, clock_unix());
		answer_text(w->request, &t);
		return;
	}
	if (w->what == FOR_BLOB) {
		if (!blob_desk_get(s->desk, w->request, w->id))
			refuse(w->request, RC_UNKNOWN);
		return;
	}
	i = birth ? coordinator_find_birth(s->c, w->id)
		  : coordinator_find(s->c, w->id);
	if (i >= 0 && birth)
		coordinator_birth_status(&t, s->c, (unsigned)i);
	else if (i >= 0 && (s->c->proposal[i].work == COORD_RELEASE ||
			       s->c->proposal[i].work == COORD_PURPOSE))
		coordinator_status(&t, s->c, (unsigned)i);
	else if (!coord_store_end(s->store, w->id, birth, &t)) {
		refuse(w->request, RC_UNKNOWN);
		return;
	}
	answer_text(w->request, &t);
}

static void
waiter_drop(struct serve *s, struct waiter **at)
{
	struct waiter *w = *at;

	*at = w->next;
	s->waiter_n--;
	waiter_answer(s, w);
	free(w);
}

static void
wake(struct serve *s)
{
	struct waiter **at = &s->waiters;

	while (*at != NULL)
		if (waiter_ready(s, *at))
			waiter_drop(s, at);
		else
			at = &(*at)->next;
}

/* In time or at the end of the server. */
static void
waiter_expired(void *context, struct http_request *request)
{
	struct serve *s = context;
	struct waiter **at = &s->waiters;

	pthread_mutex_lock(&s->lock);
	while (*at != NULL && (*at)->request != request)
		at = &(*at)->next;
	if (*at != NULL)
		waiter_drop(s, at);
	pthread_mutex_unlock(&s->lock);
}

/* A party that polls again has lost its older connections. */
static void
inbox_crowd(struct serve *s, const struct waiter *w)
{
	struct waiter **oldest = NULL;
	unsigned n = 0;

	for (struct waiter **at = &s->waiters; *at != NULL;
	     at = &(*at)->next)
		if ((*at)->what == FOR_INBOX &&
		    memcmp((*at)->who.key, w->who.key, 32) == 0) {
			if (oldest == NULL)
				oldest = at;
			n++;
		}
	if (n >= SERVE_WAITERS_PER_KEY)
		waiter_drop(s, oldest);
}

/* Answer now, or wait for news. */
static void
answer_or_wait(struct serve *s, const struct waiter *want, uint64_t wait_s)
{
	struct waiter *w, **at = &s->waiters;

	if (wait_s == 0 || waiter_ready(s, want)) {
		waiter_answer(s, want);
		return;
	}
	if (want->what == FOR_INBOX)
		inbox_crowd(s, want);
	w = s->waiter_n < SERVE_WAITERS_MAX ? malloc(sizeof *w) : NULL;
	if (w == NULL) {
		refuse(want->request, RC_LIMIT);
		return;
	}
	*w = *want;
	w->next = NULL;
	http_suspend(w->request, (unsigned)wait_s * 1000, waiter_expired, s);
	while (*at != NULL)
		at = &(*at)->next;
	*at = w;
	s->waiter_n++;
}

/* ---- writing ---- */

static void
must(enum rc rc)
{
	if (rc != RC_OK)
		die(EXIT_ENVIRONMENT, "cannot store what has happened: %s",
		    rc_text(rc));
}

/* After each event that may have changed the machine. */
static void
keep(struct serve *s, enum store_kind kind, const uint8_t scope[static 32],
    const uint8_t *supersedes, const void *bytes, size_t n, uint64_t now)
{
	if (!s->c->changed)
		return;
	if (!s->writing)
		must(coord_store_begin(s->store));
	s->writing = true;
	s->events++;
	must(coord_store_event(
	    s->store, s->c, kind, scope, supersedes, bytes, n, now));
}

/* Before anything is said. */
static void
settle(struct serve *s, uint64_t now)
{
	if (!s->writing)
		return;
	must(coord_store_commit(s->store, s->c, now));
	s->writing = false;
	wake(s);
}

void
serve_tick(struct serve *s)
{
	static const uint8_t all[32];
	uint64_t now = clock_unix();

	pthread_mutex_lock(&s->lock);
	coordinator_tick(s->c, now);
	keep(s, STORE_TICK, all, NULL, "", 0, now);
	settle(s, now);
	if (s->blobs != NULL)
		blobs_tick(s->blobs, (const uint8_t(*)[32])s->named,
		    coordinator_named(s->c, s->named), now);
	pthread_mutex_unlock(&s->lock);
}

/* ---- handlers; each runs under the lock ---- */

/* A poll of another time: by how much, for whoever has to set a clock. */
static void
refuse_clock(struct http_request *r, const struct message *m)
{
	struct message_poll p;
	uint64_t now = clock_unix();

	if (poll_parse(&p, m->text.p, m->text.n) != RC_OK) {
		refuse(r, RC_AGE);
		return;
	}
	http_reply_text(r, status_of(RC_AGE),
	    "%s: the signer's clock is %llu s %s this coordinator's",
	    rc_name(RC_AGE),
	    (unsigned long long)(p.time > now ? p.time - now : now - p.time),
	    p.time > now ? "ahead of" : "behind");
}

static bool
query_wait(struct http_request *r, uint64_t *wait_s, uint64_t *change)
{
	if (http_query_number(r, "wait", 86400, 0, wait_s) &&
	    http_query_number(r, "change", UINT32_MAX, 0, change)) {
		if (*wait_s > SERVE_WAIT_S_MAX)
			*wait_s = SERVE_WAIT_S_MAX;
		return true;
	}
	http_reply_text(r, 400, "'wait' and 'change' are decimals");
	return false;
}

/* The one note of a body. */
static enum rc
body_note(struct message *m, const struct http_request *r)
{
	enum rc rc = message_open(m, r->body, r->body_n);

	return rc == RC_OK && !m->is_signed ? RC_SENDER : rc;
}

/* How that which was posted stands now; or why it was not taken. */
static void
posted(struct serve *s, struct http_request *r, enum waits_for what,
    const uint8_t id[static 32], enum rc rc)
{
	struct waiter w = {.request = r, .what = what};

	if (rc != RC_OK) {
		refuse(r, rc);
		return;
	}
	memcpy(w.id, id, 32);
	waiter_answer(s, &w);
}

/* A request for a signature under a purpose, with its release file. */
static void
post_purpose(struct serve *s, struct http_request *r)
{
	uint64_t now = clock_unix();
	struct purpose_request open;
	struct bundle b;
	unsigned index;
	enum rc rc = bundle_init(&b, r->body, r->body_n);

	if (rc == RC_OK)
		rc = purpose_take(&open, &b);
	if (rc == RC_OK && !coord_store_knows(s->store, open.ask.message)) {
		rc = coordinator_purpose(
		    s->c, &index, r->body, r->body_n, now);
		keep(s, STORE_PURPOSE, open.ask.message, NULL, r->body,
		    r->body_n, now);
		settle(s, now);
	}
	posted(s, r, FOR_PROPOSAL, open.ask.message, rc);
}

static void
post_proposal(struct serve *s, struct http_request *r)
{
	const char *over = http_query(r, "supersedes");
	uint64_t now = clock_unix();
	uint8_t supersedes[32];
	struct message m;
	unsigned index = 0;
	char hex[65];
	struct text t;
	enum rc rc;

	if (message_kind_of(r->body, r->body_n) == MESSAGE_PURPOSE) {
		post_purpose(s, r);
		return;
	}
	if (over != NULL && !hex_decode(supersedes, 32, over, strlen(over))) {
		http_reply_text(r, 400, "'supersedes' is an id in hex");
		return;
	}
	rc = body_note(&m, r);
	if (rc == RC_OK && !coord_store_knows(s->store, m.id)) {
		rc = coordinator_propose(
		    s->c, &index, &m, over ? supersedes : NULL, now);
		keep(s, STORE_PROPOSE, m.id, over ? supersedes : NULL,
		    m.whole.p, m.whole.n, now);
		settle(s, now);
	}
	if (rc == RC_BUSY) {
		text_init(&t, hex, sizeof hex);
		text_hex(&t, s->c->proposal[index].id, 32);
		http_reply_text(r, 409, "%s is open for this product", hex);
		return;
	}
	posted(s, r, FOR_PROPOSAL, m.id, rc);
}

static void
post_ceremony(struct serve *s, struct http_request *r)
{
	uint64_t now = clock_unix();
	struct ceremony_bundle open;
	unsigned index;
	enum rc rc = ceremony_open(&open, r->body, r->body_n);

	if (rc == RC_OK && !coord_store_knows(s->store, open.ceremony.id)) {
		rc = coordinator_ceremony(
		    s->c, &index, r->body, r->body_n, now);
		keep(s, STORE_CEREMONY, open.ceremony.id, NULL, r->body,
		    r->body_n, now);
		settle(s, now);
	}
	posted(s, r, FOR_BIRTH, open.ceremony.id, rc);
}

static enum rc
message_take(struct serve *s, const struct message *m, uint64_t now)
{
	uint8_t id[32], scope[32];
	enum rc rc;

	if (!coordinator_about(m, id))
		return RC_KIND;
	if (!coordinator_scope(s->c, id, scope))
		return coord_store_knows(s->store, id) ? RC_OK : RC_UNKNOWN;
	rc = coordinator_message(s->c, m, now);
	keep(s, STORE_MESSAGE, scope, NULL, m->whole.p, m->whole.n, now);
	return rc;
}

static void
post_messages(struct serve *s, struct http_request *r)
{
	uint64_t now = clock_unix();
	struct bundle_item item;
	struct message m;
	struct bundle b;
	enum rc rc = bundle_init(&b, r->body, r->body_n);

	while (rc == RC_OK && (rc = bundle_next(&b, &item)) == RC_OK) {
		rc = message_open(&m, item.whole.p, item.whole.n);
		if (rc == RC_OK)
			rc = message_take(s, &m, now);
	}
	settle(s, now);
	if (rc == RC_MORE)
		http_reply(r, 200, text_type, "", 0);
	else
		refuse(r, rc);
}

static void
post_poll(struct serve *s, struct http_request *r)
{
	struct waiter w = {.request = r, .what = FOR_INBOX};
	uint64_t wait_s, change;
	struct message m;
	enum rc rc;

	if (!query_wait(r, &wait_s, &change))
		return;
	rc = body_note(&m, r);
	if (rc == RC_OK)
		rc = coordinator_poll(&w.who, s->c, &m, clock_unix());
	if (rc == RC_AGE)
		refuse_clock(r, &m);
	else if (rc != RC_OK)
		refuse(r, rc);
	else
		answer_or_wait(s, &w, wait_s);
}

/* upload: by a proposer, whatever the configuration says of reads. */
static bool
may(struct serve *s, struct http_request *r, bool upload)
{
	const char *header = http_header(r, "Quorate-Read");
	uint8_t note[2048];
	struct message m;
	size_t n;
	enum rc rc;

	if (!s->read_auth && !upload)
		return true;
	if (header == NULL) {
		http_reply_text(r, 401, "a header Quorate-Read is wanted");
		return false;
	}
	if (!base64_decode(note, &n, sizeof note, header, strlen(header))) {
		http_reply_text(r, 400, "Quorate-Read is not base64");
		return false;
	}
	rc = message_open(&m, note, n);
	if (rc == RC_OK && m.kind != MESSAGE_READ)
		rc = RC_KIND;
	if (rc == RC_OK)
		rc = upload
		    ? coordinator_uploader(s->c, &m, r->path, clock_unix())
		    : coordinator_reader(s->c, &m, r->path, clock_unix());
	if (rc != RC_OK)
		refuse(r, rc);
	return rc == RC_OK;
}

static bool
may_read(struct serve *s, struct http_request *r)
{
	return may(s, r, false);
}

/* The same that a poll gets, for whoever carries it to a party that has no
 * network: /v1/inbox/<public key in hex>?name=<key name>. */
static void
get_inbox(struct serve *s, struct http_request *r)
{
	const char *name = http_query(r, "name");
	struct coord_poller who = {0};
	struct text t;

	if (!may_read(s, r))
		return;
	if (name == NULL || strlen(name) >= sizeof who.name ||
	    !hex_decode(who.key, 32, r->tail, strlen(r->tail))) {
		http_reply_text(r, 400, "a key in hex and its name are wanted");
		return;
	}
	memcpy(who.name, name, strlen(name));
	t = answer_start(s);
	coordinator_inbox(&t, s->c, &who, clock_unix());
	answer_text(r, &t);
}

static void
get_blames(struct serve *s, struct http_request *r, const uint8_t *id)
{
	struct text t = answer_start(s);
	int i = coordinator_find(s->c, id);

	if (i >= 0)
		coordinator_blames(&t, s->c, (unsigned)i);
	else if (!coord_store_blames(s->store, id, &t)) {
		refuse(r, RC_UNKNOWN);
		return;
	}
	answer_text(r, &t);
}

/* ---- blobs ---- */

/* On the desk's thread. */
static void
blob_came(void *context, const uint8_t sha256[static 32])
{
	struct serve *s = context;

	pthread_mutex_lock(&s->lock);
	for (struct waiter *w = s->waiters; w != NULL; w = w->next)
		if (w->what == FOR_BLOB && memcmp(w->id, sha256, 32) == 0)
			w->change = 1;
	(void)!coordinator_want(s->c, sha256, false);
	wake(s);
	pthread_mutex_unlock(&s->lock);
}

static bool
blob_id(const struct serve *s, struct http_request *r, uint8_t id[static 32])
{
	if (s->desk != NULL && hex_decode(id, 32, r->tail, strlen(r->tail)))
		return true;
	refuse(r, RC_UNKNOWN);
	return false;
}

/* What is named and not here is wanted from now on: the pipeline is told. */
static void
get_blob(struct serve *s, struct http_request *r)
{
	struct waiter w = {.request = r, .what = FOR_BLOB};
	uint64_t wait_s, change, size;
	bool exact;

	if (!may_read(s, r) || !query_wait(r, &wait_s, &change) ||
	    !blob_id(s, r, w.id) || blob_desk_get(s->desk, r, w.id))
		return;
	if (!coordinator_names(s->c, &size, &exact, w.id)) {
		refuse(r, RC_UNKNOWN);
		return;
	}
	if (coordinator_want(s->c, w.id, true))
		wake(s);
	answer_or_wait(s, &w, wait_s);
}

static void
put_blob(struct serve *s, struct http_request *r)
{
	uint8_t id[32];
	uint64_t size;
	bool exact;

	if (!may(s, r, true) || !blob_id(s, r, id))
		return;
	if (coordinator_names(s->c, &size, &exact, id))
		blob_desk_put(s->desk, r, id, size, exact);
	else
		refuse(r, RC_UNKNOWN);
}

static void
get_one(struct serve *s, struct http_request *r, enum waits_for what)
{
	struct waiter w = {.request = r, .what = what};
	uint64_t wait_s, change;

	if (!may_read(s, r) || !query_wait(r, &wait_s, &change))
		return;
	if (strlen(r->tail) < 64 || !hex_decode(w.id, 32, r->tail, 64)) {
		refuse(r, RC_UNKNOWN);
		return;
	}
	w.change = (uint32_t)change;
	if (r->tail[64] == 0)
		answer_or_wait(s, &w, wait_s);
	else if (what == FOR_PROPOSAL && strcmp(r->tail + 64, "/blame") == 0)
		get_blames(s, r, w.id);
	else
		refuse(r, RC_UNKNOWN);
}

static void
get_proposal(struct serve *s, struct http_request *r)
{
	get_one(s, r, FOR_PROPOSAL);
}

static void
get_ceremony(struct serve *s, struct http_request *r)
{
	get_one(s, r, FOR_BIRTH);
}

static void
get_health(struct serve *s, struct http_request *r)
{
	(void)s;
	http_reply_text(r, 200, "ok");
}

static void
metric(struct text *t, const char *name, uint64_t value)
{
	bool counts = strlen(name) > 6 &&
	    strcmp(name + strlen(name) - 6, "_total") == 0;

	text_printf(t, "# TYPE quorate_coordinator_%s %s\n"
		       "quorate_coordinator_%s %llu\n",
	    name, counts ? "counter" : "gauge", name,
	    (unsigned long long)value);
}

static void
get_metrics(struct serve *s, struct http_request *r)
{
	struct text t = answer_start(s);
	unsigned open = 0, births = 0, live = 0;

	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++)
		open += s->c->proposal[i].used;
	for (unsigned i = 0; i < COORD_BIRTHS_MAX; i++)
		births += s->c->birth[i].used;
	for (unsigned i = 0; i < COORD_SESSIONS_MAX; i++)
		live += s->c->session[i].used;
	metric(&t, "proposals_open", open);
	metric(&t, "ceremonies_open", births);
	metric(&t, "sessions_live", live);
	metric(&t, "sessions_total", s->c->sessions_opened);
	metric(&t, "shares_refused_total", s->c->shares_refused);
	metric(&t, "events_total", s->events);
	metric(&t, "requests_total", s->requests);
	metric(&t, "waiting", s->waiter_n);
	if (s->blobs != NULL) {
		unsigned whole, half;
		uint64_t bytes;

		blobs_count(s->blobs, &whole, &half, &bytes);
		metric(&t, "blobs", whole);
		metric(&t, "blobs_half", half);
		metric(&t, "blob_bytes", bytes);
		metric(&t, "blob_bytes_sent_total", blob_desk_sent(s->desk));
	}
	http_reply(r, 200, "text/plain; version=0.0.4", t.p, t.n);
}

/* ---- the table ---- */

#define HANDLER(name)                                                          \
	static void name##_locked(void *context, struct http_request *r)       \
	{                                                                      \
		struct serve *s = context;                                     \
                                                                               \
		pthread_mutex_lock(&s->lock);                                  \
		s->requests++;                                                 \
		name(s, r);                                                    \
		pthread_mutex_unlock(&s->lock);                                \
	}
HANDLER(post_proposal)
HANDLER(post_ceremony)
HANDLER(post_messages)
HANDLER(post_poll)
HANDLER(get_inbox)
HANDLER(get_proposal)
HANDLER(get_ceremony)
HANDLER(get_blob)
HANDLER(put_blob)
HANDLER(get_health)
HANDLER(get_metrics)

static const struct http_route routes[] = {
    {"POST", "/v1/proposals", PURPOSE_BYTES_MAX, post_proposal_locked, 0},
    {"GET", "/v1/proposals/*", 0, get_proposal_locked, 0},
    {"GET", "/v1/inbox/*", 0, get_inbox_locked, 0},
    {"POST", "/v1/poll", 4096, post_poll_locked, HTTP_ROUTE_SMALL},
    {"POST", "/v1/messages", BUNDLE_BYTES_MAX, post_messages_locked, 0},
    {"POST", "/v1/ceremonies", BUNDLE_BYTES_MAX, post_ceremony_locked, 0},
    {"GET", "/v1/ceremonies/*", 0, get_ceremony_locked, 0},
    {"GET", "/v1/blobs/*", 0, get_blob_locked, 0},
    {"PUT", "/v1/blobs/*", BLOB_PIECE_MAX, put_blob_locked, 0},
    {"GET", "/healthz", 0, get_health_locked, HTTP_ROUTE_SMALL},
    {"GET", "/metrics", 0, get_metrics_locked, HTTP_ROUTE_SMALL},
};

enum rc
serve_start(struct serve **out, struct coordinator *c, struct store *store,
    const struct serve_options *options, struct why *why)
{
	/* a whole quorum may poll from behind one proxy */
	struct http_server_options http = {.listen = options->listen,
	    .connections_per_ip = 3 * COORD_MEMBERS_MAX,
	    .routes = routes,
	    .route_count = sizeof routes / sizeof routes[0],
	    .tls_certificate = options->tls_certificate,
	    .tls_key = options->tls_key};
	struct serve *s = calloc(1, sizeof *s);
	const struct blob_desk_options desk = {.blobs = options->blobs,
	    .context = s, .came = blob_came, .refuse = refuse};
	enum rc rc = RC_MEMORY;

	*out = NULL;
	if (s == NULL)
		return rc;
	s->answer = malloc(BUNDLE_BYTES_MAX);
	s->c = c;
	s->store = store;
	s->read_auth = options->read_auth;
	s->blobs = options->blobs;
	pthread_mutex_init(&s->lock, NULL);
	http.context = s;
	if (s->answer != NULL)
		rc = RC_OK;
	if (rc == RC_OK && s->blobs != NULL)
		rc = blob_desk_start(&s->desk, &desk);
	if (rc == RC_OK)
		rc = http_server_start(&s->http, &http, why);
	if (rc != RC_OK) {
		blob_desk_stop(s->desk);
		free(s->answer);
		free(s);
		return rc;
	}
	*out = s;
	return RC_OK;
}

const char *
serve_address(const struct serve *s)
{
	return http_server_address(s->http);
}

void
serve_stop(struct serve *s)
{
	if (s == NULL)
		return;
	http_server_stop(s->http);
	blob_desk_stop(s->desk);
	pthread_mutex_destroy(&s->lock);
	free(s->answer);
	free(s);
}
