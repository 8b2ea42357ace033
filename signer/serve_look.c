/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of texts and a thread. The thread takes the text that has waited
 * longest, asks an evidence process about each of its source lines, and keeps
 * the answers; a look that failed is tried again, later each time, as long
 * as the text can still be signed. Nothing here decides or is a secret.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "host/clock.h"
#include "host/file.h"
#include "host/say.h"
#include "signer/evidence_worker.h"
#include "signer/serve.h"

enum {
	LOOKS_MAX = 64,
	AGAIN_MS = 5000, /* after a failure; doubles */
	AGAIN_MAX_MS = 600000,
};
enum look_state { LOOK_FREE, LOOK_WAITS, LOOK_RUNS, LOOK_FOUND, LOOK_FAILED };

struct look_job {
	enum look_state state;
	uint8_t id[32];
	uint64_t touched; /* a count; the oldest goes first */
	uint64_t again_ms; /* of FAILED: not before */
	uint64_t proposed; /* unix seconds */
	unsigned failures;
	char product[NAME_BYTES_MAX + 1];
	unsigned line_n;
	struct git_ask ask[SOURCES_MAX];
	const struct settings_source *source[SOURCES_MAX];
	struct source_findings found;
	struct why why;
};

struct looker {
	struct looker_options options;
	struct judge_policy *policy; /* the sources' part of it */
	struct look_options look;
	char directory[SETTINGS_PATH_MAX + 16];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int stop[2]; /* a pipe: readable when it is to end */
	bool ends;
	uint64_t count;
	struct look_job job[LOOKS_MAX];
};

static struct look_job *
job_find(struct looker *k, const uint8_t id[static 32])
{
	for (unsigned i = 0; i < LOOKS_MAX; i++)
		if (k->job[i].state != LOOK_FREE &&
		    memcmp(k->job[i].id, id, 32) == 0)
			return &k->job[i];
	return NULL;
}

/* A free place, or that of the oldest which is not running. */
static struct look_job *
job_place(struct looker *k)
{
	struct look_job *oldest = NULL;

	for (unsigned i = 0; i < LOOKS_MAX; i++) {
		struct look_job *j = &k->job[i];

		if (j->state == LOOK_FREE)
			return j;
		if (j->state != LOOK_RUNS &&
		    (oldest == NULL || j->touched < oldest->touched))
			oldest = j;
	}
	return oldest;
}

static void
string_of(char *out, size_t cap, struct slice s)
{
	size_t n = s.n < cap - 1 ? s.n : cap - 1;

	memcpy(out, s.p, n);
	out[n] = '\0';
}

/* The questions; the judge has seen that each line has its entry. */
static void
job_fill(struct looker *k, struct look_job *j, const uint8_t *text, size_t n)
{
	struct source_line line[SOURCES_MAX];
	struct release r;

	if (release_parse(&r, text, n, READER_HOST) != RC_OK)
		return;
	j->proposed = r.proposed;
	string_of(j->product, sizeof j->product, r.product);
	j->line_n = source_lines(line, text, n);
	for (unsigned i = 0; i < j->line_n; i++) {
		const struct judge_source *s =
		    judge_source_find(k->policy, r.product, &line[i]);
		struct git_ask *ask = &j->ask[i];

		if (s == NULL) {
			j->line_n = 0;
			return;
		}
		j->source[i] =
		    &k->options.settings->source[s - k->policy->source];
		string_of(ask->url, sizeof ask->url, line[i].url);
		string_of(ask->ref, sizeof ask->ref, line[i].ref);
		string_of(ask->commit, sizeof ask->commit, line[i].commit);
		memcpy(ask->branch, s->branch, sizeof ask->branch);
	}
}

void
looker_ask(struct looker *k, const uint8_t id[static 32], const uint8_t *text,
    size_t n)
{
	struct look_job *j;

	pthread_mutex_lock(&k->lock);
	j = job_find(k, id) != NULL ? NULL : job_place(k);
	if (j != NULL) {
		memset(j, 0, sizeof *j);
		memcpy(j->id, id, sizeof j->id);
		j->touched = ++k->count;
		job_fill(k, j, text, n);
		j->state = LOOK_WAITS;
	}
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->lock);
}

bool
looker_found(struct looker *k, struct source_findings *out,
    const uint8_t id[static 32])
{
	const struct look_job *j;
	bool found;

	if (k == NULL)
		return false;
	pthread_mutex_lock(&k->lock);
	j = job_find(k, id);
	found = j != NULL && j->state == LOOK_FOUND;
	if (found)
		*out = j->found;
	pthread_mutex_unlock(&k->lock);
	return found;
}

void
looker_status(struct looker *k, struct text *out)
{
	if (k == NULL)
		return;
	pthread_mutex_lock(&k->lock);
	for (unsigned i = 0; i < LOOKS_MAX; i++) {
		const struct look_job *j = &k->job[i];

		if (j->state == LOOK_FREE || j->state == LOOK_FOUND)
			continue;
		text_printf(out, "source ");
		text_hex(out, j->id, 6);
		text_printf(out, " %s: %s\n", j->product,
		    j->state == LOOK_FAILED	? j->why.text
			: j->state == LOOK_RUNS ? "being looked at"
						: "waits");
	}
	pthread_mutex_unlock(&k->lock);
}

/* ---- the thread --------------------------------------------------------- */

/* What is to be done now, or NULL and how long there is nothing to do. */
static struct look_job *
job_next(struct looker *k, uint64_t *pause_ms)
{
	uint64_t now_ms = clock_ms(), now_s = clock_unix();
	struct look_job *next = NULL;

	*pause_ms = AGAIN_MAX_MS;
	for (unsigned i = 0; i < LOOKS_MAX; i++) {
		struct look_job *j = &k->job[i];

		if (j->state == LOOK_FAILED &&
		    now_s > j->proposed + JUDGE_AGE_MAX_S)
			j->state = LOOK_FREE;
		if (j->state == LOOK_FAILED && j->again_ms <= now_ms)
			j->state = LOOK_WAITS;
		if (j->state == LOOK_FAILED &&
		    j->again_ms - now_ms < *pause_ms)
			*pause_ms = j->again_ms - now_ms;
		if (j->state == LOOK_WAITS &&
		    (next == NULL || j->touched < next->touched))
			next = j;
	}
	return next;
}

static void
rest(struct looker *k, uint64_t pause_ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (time_t)(pause_ms / 1000 + 1);
	pthread_cond_timedwait(&k->wake, &k->lock, &t);
}

/* The operator's file is read anew each time: people come and go. */
static enum rc
line_look(struct looker *k, struct source_found *out, const struct git_ask *ask,
    const struct settings_source *source, struct why *why)
{
	static struct ssh_signers signers; /* the thread's alone */
	struct git_ask asked = *ask;
	uint8_t *file = NULL;
	size_t n = 0;
	enum rc rc = RC_OK;

	asked.now = clock_unix();
	if (source->allowed_signers[0] != '\0') {
		rc = file_read(&file, &n, source->allowed_signers,
		    SSH_SIGNERS_FILE_MAX, why);
		if (rc == RC_OK)
			rc = ssh_signers_parse(&signers, file, n, why);
		if (rc == RC_SSHSIG)
			why_prefix(why, "'%s'", source->allowed_signers);
	}
	if (rc == RC_OK)
		rc = look_run(
		    out, &k->look, &asked, file, n, k->stop[0], why);
	free(file);
	return rc;
}

static void
job_run(struct looker *k, struct look_job *kept)
{
	struct look_job *j = malloc(sizeof *j); /* without the lock */
	uint8_t id[32];
	enum rc rc = RC_MEMORY;

	memcpy(id, kept->id, sizeof id);
	if (j == NULL)
		goto out;
	*j = *kept;
	pthread_mutex_unlock(&k->lock);
	memset(&j->why, 0, sizeof j->why);
	rc = RC_OK;
	for (unsigned i = 0; rc == RC_OK && i < j->line_n; i++)
		rc = line_look(
		    k, &j->found.at[i], &j->ask[i], j->source[i], &j->why);
	j->found.count = j->line_n;
	if (rc != RC_OK && rc != RC_STOPPED && kept->failures == 0)
		say(SAY_WARNING, "the sources of %s: %s", j->product,
		    j->why.text);
	pthread_mutex_lock(&k->lock);
	kept->found = j->found;
	kept->why = j->why;
out:
	kept->state = rc == RC_OK ? LOOK_FOUND : LOOK_FAILED;
	if (rc != RC_OK) {
		uint64_t pause = AGAIN_MS;

		for (unsigned i = 0; i < kept->failures && pause < AGAIN_MAX_MS;
		     i++)
			pause *= 2;
		kept->failures++;
		kept->again_ms = clock_ms() + pause;
	}
	free(j);
	pthread_mutex_unlock(&k->lock);
	if (rc != RC_STOPPED)
		k->options.done(k->options.context, id);
	pthread_mutex_lock(&k->lock);
}

static void *
run(void *argument)
{
	struct looker *k = argument;

	pthread_mutex_lock(&k->lock);
	while (!k->ends) {
		uint64_t pause_ms;
		struct look_job *j = job_next(k, &pause_ms);

		if (j == NULL) {
			rest(k, pause_ms);
			continue;
		}
		j->state = LOOK_RUNS;
		job_run(k, j);
	}
	pthread_mutex_unlock(&k->lock);
	return NULL;
}

enum rc
looker_start(struct looker **out, const struct looker_options *options,
    struct why *why)
{
	struct looker *k = calloc(1, sizeof *k);
	pthread_condattr_t monotonic;
	struct text t;

	*out = NULL;
	if (k == NULL)
		return RC_MEMORY;
	k->policy = calloc(1, sizeof *k->policy);
	if (k->policy == NULL || pipe2(k->stop, O_CLOEXEC) != 0) {
		free(k->policy);
		free(k);
		return RC_MEMORY;
	}
	k->options = *options;
	settings_policy(
	    k->policy, options->settings, &options->settings->authority[0]);
	text_init(&t, k->directory, sizeof k->directory);
	text_printf(&t, "%s/sources", options->settings->state);
	k->look = (struct look_options){
	    .directory = k->directory,
	    .ca_file = options->settings->ca[0] != '\0'
		? options->settings->ca
		: NULL,
	    .timeout_ms = options->settings->look_ms,
	};
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&k->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&k->thread, NULL, run, k) != 0) {
		why_set(why, "cannot start a thread");
		close(k->stop[0]);
		close(k->stop[1]);
		free(k->policy);
		free(k);
		return RC_MEMORY;
	}
	*out = k;
	return RC_OK;
}

void
looker_stop(struct looker *k)
{
	if (k == NULL)
		return;
	pthread_mutex_lock(&k->lock);
	k->ends = true;
	close(k->stop[1]); /* the other end hangs up: a look ends at once */
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	close(k->stop[0]);
	free(k->policy);
	free(k);
}
