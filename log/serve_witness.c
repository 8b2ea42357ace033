/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's threads read a request and verify the log's signature. Then
 * it waits for the committer, who judges what has gathered, moves the heads
 * in one transaction, and signs when that is on disk: under load a commit
 * serves many logs, and alone nobody waits for anybody. The store's
 * condition makes each move atomic against a second process too, which the
 * lock file keeps away.
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
#include "log/mirror.h"

#define TEXT_PLAIN "text/plain; charset=utf-8"

static int
log_compare(const void *key, const void *element)
{
	const struct slice *origin = key;
	const struct witness_log *const *l = element;
	size_t n = strlen((*l)->origin);
	int order = memcmp(origin->p, (*l)->origin,
	    origin->n < n ? origin->n : n);

	return order != 0 ? order : (origin->n > n) - (origin->n < n);
}

static int
log_order(const void *a, const void *b)
{
	return strcmp((*(struct witness_log *const *)a)->origin,
	    (*(struct witness_log *const *)b)->origin);
}

struct witness_log *
witness_log_find(struct witness_server *w, struct slice origin)
{
	struct witness_log **l = bsearch(
	    &origin, w->log, w->log_n, sizeof *w->log, log_compare);

	return l != NULL ? *l : NULL;
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

/* Showing a page to one thread interrupts all of them: once for many. */
static void
seed_take(struct witness_server *w)
{
	pthread_mutex_lock(&w->signing);
	secret_show(w->seed);
}

static void
seed_give(struct witness_server *w)
{
	secret_hide(w->seed);
	pthread_mutex_unlock(&w->signing);
}

/* With the seed shown. */
static void
cosign(struct witness_server *w, struct text *line, const uint8_t *text,
    size_t n, uint64_t time)
{
	uint8_t blob[SIG_COSIGNATURE_BYTES];

	checkpoint_cosign(blob, &w->key, w->seed, text, n, time);
	sigline_text(line, w->key.name, blob, sizeof blob);
}

void
witness_cosign(struct witness_server *w, struct text *line,
    const uint8_t *text, size_t n, uint64_t time)
{
	seed_take(w);
	cosign(w, line, text, n, time);
	seed_give(w);
}

void
witness_failing(struct witness_server *w, bool *failing, bool fails,
    const char *why)
{
	bool before;

	pthread_mutex_lock(&w->lock);
	before = *failing;
	*failing = fails;
	w->failed += fails;
	pthread_mutex_unlock(&w->lock);
	if (fails && !before)
		say(SAY_ERROR, "nothing is signed, as it cannot be stored: "
			       "%s; trying again with each request", why);
	else if (before && !fails)
		say(SAY_INFO, "stores and signs again");
}

/* ---- the committer ---------------------------------------------------- */

/* What speaks against a log, beside what was held; said once, as it may come a
 * thousand times a second. A proof that is wrong may be anybody's, over a head
 * that the log has shown. */
static enum rc
job_evidence(struct witness_server *w, struct witness_job *job, bool fork,
    uint64_t now)
{
	bool *told = fork ? &job->log->told_fork : &job->log->told;

	if (fork && !*told)
		say(SAY_ERROR, "log '%s' has signed two trees of %llu "
			       "entries: kept as evidence. `quorate log "
			       "evidence %s DIR` writes it as files: give them "
			       "to the authorities that name this log",
		    job->log->origin, (unsigned long long)job->r.head.size,
		    w->state);
	else if (!*told)
		say(SAY_WARNING, "log '%s': a head of %llu entries was not "
				 "proven to continue the %llu held, and is not "
				 "cosigned: kept (`quorate log evidence %s`). "
				 "Whether it is a fork `quorate audit` says",
		    job->log->origin, (unsigned long long)job->r.head.size,
		    (unsigned long long)job->held, w->state);
	*told = true;
	return witness_store_evidence(w->store, job->r.head.origin, fork,
	    job->request->body, job->request->body_n, now);
}

/* In the transaction: the verdict, and what follows from it. */
static enum rc
job_judge(struct witness_server *w, struct witness_job *job, uint64_t now,
    uint64_t *forks, uint64_t *inconsistent)
{
	static char note[COSIGN_BODY_TAKEN_MAX];
	struct witness_head *held = &job->log->head;
	struct text t;
	bool fork;
	enum rc rc = RC_OK;

	job->held = held->size;
	job->status = witness_judge(&job->r, held, &fork);
	*forks += fork;
	*inconsistent += !fork && job->status == WITNESS_INCONSISTENT;
	if (fork || job->status == WITNESS_INCONSISTENT)
		rc = job_evidence(w, job, fork, now);
	if (rc != RC_OK || job->status != WITNESS_COSIGN)
		return rc;
	text_init(&t, note, sizeof note);
	own_note(&t, &job->r, job->log, job->mask);
	rc = witness_store_move(w->store, job->r.head.origin, job->r.old,
	    &job->r.head, (uint8_t *)note, t.n, now);
	if (rc == RC_OK) {
		held->size = job->r.head.size;
		memcpy(held->root, job->r.head.root, 32);
	}
	return rc;
}

static void
job_answer(const struct witness_job *job)
{
	struct http_request *request = job->request;
	uint64_t held = job->held;
	char size[32];
	int n;

	switch (job->status) {
	case WITNESS_COSIGN:
		http_reply(request, 200, TEXT_PLAIN, job->line, job->line_n);
		break;
	case WITNESS_STALE:
		n = snprintf(size, sizeof size, "%llu\n",
		    (unsigned long long)held);
		http_reply(request, 409, "text/x.tlog.size", size, (size_t)n);
		break;
	case WITNESS_MALFORMED:
		http_reply_text(request, 400, "old is above the size");
		break;
	case WITNESS_INCONSISTENT:
		http_reply_text(request, 422, "not consistent with the "
					      "checkpoint of size %llu",
		    (unsigned long long)held);
		break;
	default:
		http_reply_text(request, 503, "the witness cannot store this");
	}
}

/* What is stored counts, whatever was tried. */
static void
heads_reload(struct witness_server *w, struct witness_job *jobs)
{
	for (; jobs != NULL; jobs = jobs->next) {
		struct slice origin = {(uint8_t *)jobs->log->origin,
		    strlen(jobs->log->origin)};

		jobs->status = 0;
		if (witness_store_head(w->store, origin, &jobs->log->head) !=
		    RC_OK) /* nothing is consistent with this */
			jobs->log->head.size = UINT64_MAX;
	}
}

/* A mirror signs what it holds: when the entries came, not here. */
static void
jobs_sign(struct witness_server *w, struct witness_job *jobs, uint64_t now)
{
	struct text line;

	if (w->mirror)
		return;
	seed_take(w);
	for (; jobs != NULL; jobs = jobs->next) {
		if (jobs->status != WITNESS_COSIGN)
			continue;
		text_init(&line, jobs->line, sizeof jobs->line);
		cosign(w, &line, jobs->r.note.bytes, jobs->r.note.text_n,
		    now);
		jobs->line_n = line.n;
	}
	seed_give(w);
}

static void
jobs_answer(struct witness_job *jobs)
{
	struct witness_job *job;

	while ((job = jobs) != NULL) {
		jobs = job->next;
		job_answer(job);
		free(job);
	}
}

static void
jobs_commit(struct witness_server *w, struct witness_job *jobs)
{
	uint64_t now = clock_unix(), forks = 0, inconsistent = 0, good = 0;
	uint64_t n = 0;
	struct witness_job *job;
	enum rc rc = witness_store_begin(w->store);

	for (job = jobs; job != NULL && rc == RC_OK; job = job->next)
		rc = job_judge(w, job, now, &forks, &inconsistent);
	if (rc == RC_OK)
		rc = witness_store_commit(w->store);
	if (rc != RC_OK) {
		witness_store_rollback(w->store);
		heads_reload(w, jobs);
	}
	witness_failing(w, &w->failing, rc != RC_OK, rc_text(rc));
	for (job = jobs; job != NULL; job = job->next, n++)
		good += job->status == WITNESS_COSIGN;
	pthread_mutex_lock(&w->lock);
	w->cosigned += good;
	w->refused += n - good;
	w->forks += forks;
	w->inconsistent += inconsistent;
	w->commits++;
	pthread_mutex_unlock(&w->lock);
	jobs_sign(w, jobs, now); /* on disk: now it may be said */
	jobs_answer(jobs);
}

static void *
committer_run(void *context)
{
	struct witness_server *w = context;
	struct witness_job *jobs, **end;
	unsigned n;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (!w->stopping && w->queue == NULL)
			pthread_cond_wait(&w->wake, &w->lock);
		if (w->queue == NULL)
			break;
		jobs = w->queue;
		end = &w->queue;
		for (n = 0; *end != NULL && n < WITNESS_BATCH_MAX; n++)
			end = &(*end)->next;
		w->queue = *end;
		*end = NULL;
		if (w->queue == NULL)
			w->queue_end = &w->queue;
		pthread_mutex_unlock(&w->lock);
		jobs_commit(w, jobs);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- requests --------------------------------------------------------- */

static void
on_add_checkpoint(void *context, struct http_request *request)
{
	struct witness_server *w = context;
	struct witness_job *job = calloc(1, sizeof *job);
	bool token;
	enum rc rc = job != NULL
	    ? cosign_request_parse(&job->r, request->body, request->body_n)
	    : RC_MEMORY;

	if (job == NULL) {
		http_reply_text(request, 503, "%s", rc_text(rc));
		return;
	}
	if (rc != RC_OK) {
		http_reply_text(request, 400, "%s: %s", rc_name(rc),
		    rc_text(rc));
		free(job);
		return;
	}
	job->log = witness_log_find(w, job->r.head.origin);
	if (job->log == NULL) {
		http_reply_text(request, 404, "this witness does not know the "
					      "log");
		free(job);
		return;
	}
	if (!witness_trusts(&job->r, job->log->key, job->log->key_n,
		&job->mask)) {
		http_reply_text(request, 403, "not signed by the log's key");
		free(job);
		return;
	}
	job->request = request;
	pthread_mutex_lock(&w->lock);
	token = token_take(w, job->log);
	w->refused += !token;
	pthread_mutex_unlock(&w->lock);
	if (!token) {
		http_reply_header(request, "Retry-After", "1");
		http_reply_text(request, 429, "too many requests of this log");
		free(job);
		return;
	}
	http_suspend(request, 0, NULL, NULL);
	pthread_mutex_lock(&w->lock);
	*w->queue_end = job;
	w->queue_end = &job->next;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
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

	if (w->mirror && strlen(request->tail) > 65 &&
	    request->tail[64] == '/' &&
	    hex_decode(hash, 32, request->tail, 64) &&
	    mirror_on_get(w, request, hash, request->tail + 65))
		return;
	if (!w->mirror && strlen(request->tail) == 64 + 11 &&
	    strcmp(request->tail + 64, "/checkpoint") == 0 &&
	    hex_decode(hash, 32, request->tail, 64)) {
		pthread_mutex_lock(&w->reading);
		rc = witness_store_latest(w->reader, hash, (uint8_t *)note, &n,
		    &time);
		pthread_mutex_unlock(&w->reading);
		if (rc == RC_OK)
			rc = note_split(&split, (uint8_t *)note, n);
		if (rc == RC_OK) {
			text_init(&t, note + n, sizeof note - n);
			witness_cosign(w, &t, (uint8_t *)note, split.text_n,
			    time);
			n += t.n;
		}
	}
	if (rc == RC_OK || rc == RC_MORE) /* no cache keeps a 404 either */
		http_reply_header(request, "Cache-Control", "no-cache");
	if (rc == RC_OK) {
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
	struct witness_server *w = context;
	bool failing;

	pthread_mutex_lock(&w->lock);
	failing = w->failing || w->mirror_failing;
	pthread_mutex_unlock(&w->lock);
	failing = failing && !store_room(&w->room, w->state);
	http_reply_text(request, failing ? 503 : 200, "%s", failing
		? "the last heads could not be stored; nothing is signed"
		: "ok");
}

static void
on_metrics(void *context, struct http_request *request)
{
	struct witness_server *w = context;
	char page[2048];
	struct text t;

	text_init(&t, page, sizeof page);
	pthread_mutex_lock(&w->lock);
	text_printf(&t,
	    "# TYPE quorate_witness_failing gauge\n"
	    "quorate_witness_failing %d\n"
	    "# TYPE quorate_witness_cosigned_total counter\n"
	    "quorate_witness_cosigned_total %llu\n"
	    "# TYPE quorate_witness_refused_total counter\n"
	    "quorate_witness_refused_total %llu\n"
	    "# TYPE quorate_witness_forks_total counter\n"
	    "quorate_witness_forks_total %llu\n"
	    "# TYPE quorate_witness_inconsistent_total counter\n"
	    "quorate_witness_inconsistent_total %llu\n"
	    "# TYPE quorate_witness_failed_total counter\n"
	    "quorate_witness_failed_total %llu\n"
	    "# TYPE quorate_witness_commits_total counter\n"
	    "quorate_witness_commits_total %llu\n",
	    w->failing || w->mirror_failing,
	    (unsigned long long)w->cosigned, (unsigned long long)w->refused,
	    (unsigned long long)w->forks, (unsigned long long)w->inconsistent,
	    (unsigned long long)w->failed, (unsigned long long)w->commits);
	if (w->mirror)
		text_printf(&t,
		    "# TYPE quorate_mirror_entries_total counter\n"
		    "quorate_mirror_entries_total %llu\n"
		    "# TYPE quorate_mirror_alarms_total counter\n"
		    "quorate_mirror_alarms_total %llu\n",
		    (unsigned long long)w->mirrored,
		    (unsigned long long)w->alarms);
	pthread_mutex_unlock(&w->lock);
	http_reply(request, 200, "text/plain; version=0.0.4", t.p, t.n);
}

static const struct http_route routes[] = {
    {"POST", "/add-checkpoint", COSIGN_BODY_TAKEN_MAX, on_add_checkpoint,
	HTTP_ROUTE_SMALL},
    {"POST", "/add-entries", MIRROR_BODY_MAX, mirror_on_entries, 0},
    {"GET", "/healthz", 0, on_healthz, HTTP_ROUTE_SMALL},
    {"GET", "/metrics", 0, on_metrics, HTTP_ROUTE_SMALL},
    {"GET", "/*", 0, on_monitor, HTTP_ROUTE_SMALL},
};

static enum rc
evidence_count(void *context, const struct witness_evidence *e)
{
	struct witness_server *w = context;

	*(e->fork ? &w->forks : &w->inconsistent) += 1;
	return RC_OK;
}

/* What was found stays found when it is started anew. */
static enum rc
evidence_look(struct witness_server *w)
{
	enum rc rc =
	    witness_store_evidence_each(w->store, evidence_count, w);

	if (rc == RC_OK && w->forks > 0)
		say(SAY_WARNING, "keeps the evidence of %llu forks: `quorate "
				 "log evidence %s`",
		    (unsigned long long)w->forks, w->state);
	return rc;
}

enum rc
witness_start(struct witness_server *w, struct why *why)
{
	struct http_server_options options = {.listen = w->listen,
	    .routes = routes,
	    .route_count = sizeof routes / sizeof routes[0], .context = w,
	    .connections_max = (unsigned)w->connections,
	    .connections_per_ip = (unsigned)w->connections_per_ip,
	    .tls_certificate = w->tls_certificate[0] ? w->tls_certificate
						     : NULL,
	    .tls_key = w->tls_key[0] ? w->tls_key : NULL};
	struct slice origin;
	unsigned i;
	enum rc rc =
	    witness_store_open(&w->store, w->state, w->vkey, false, why);

	if (rc == RC_OK)
		rc = witness_store_open(
		    &w->reader, w->state, w->vkey, true, why);
	if (rc == RC_OK)
		rc = evidence_look(w);
	if (rc == RC_OK && w->mirror)
		witness_store_remember(w->store);
	qsort(w->log, w->log_n, sizeof *w->log, log_order);
	for (i = 0; rc == RC_OK && i < w->log_n; i++) {
		origin.p = (uint8_t *)w->log[i]->origin;
		origin.n = strlen(w->log[i]->origin);
		w->log[i]->tokens = w->rate * 1000; /* its first come at once */
		rc = witness_store_head(w->store, origin, &w->log[i]->head);
	}
	pthread_mutex_init(&w->lock, NULL);
	pthread_mutex_init(&w->room.lock, NULL);
	pthread_mutex_init(&w->reading, NULL);
	pthread_mutex_init(&w->signing, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->queue_end = &w->queue;
	if (rc == RC_OK &&
	    pthread_create(&w->committer, NULL, committer_run, w) != 0)
		rc = RC_MEMORY;
	w->committing = rc == RC_OK;
	if (rc == RC_OK && w->mirror)
		rc = mirror_start(w, why);
	if (rc == RC_OK)
		rc = http_server_start(&w->http, &options, why);
	return rc;
}

/* The server first: what it has taken is still answered. */
void
witness_stop(struct witness_server *w)
{
	http_server_stop(w->http);
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	if (w->committing)
		pthread_join(w->committer, NULL);
	mirror_stop(w);
	witness_store_close(w->reader);
	witness_store_close(w->store);
}
