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
#include "signer/store_payload.h"

enum {
	LOOKS_MAX = 64,
	AGAIN_MS = 5000, /* after a failure; doubles */
	AGAIN_MAX_MS = 600000,
	FETCH_S = 200, /* a header is good for 300 */
	AGE_MS = 3600000, /* between looks for what is too old */
};
enum look_state { LOOK_FREE, LOOK_WAITS, LOOK_RUNS, LOOK_FOUND, LOOK_FAILED };

struct look_job {
	enum look_state state;
	uint8_t id[32];
	uint64_t touched; /* a count; the oldest goes first */
	uint64_t again_ms; /* of FAILED: not before */
	uint64_t proposed; /* unix seconds */
	unsigned failures;
	char authority[NAME_BYTES_MAX + 1], product[NAME_BYTES_MAX + 1];
	uint32_t epoch;
	unsigned line_n;
	struct git_ask ask[SOURCES_MAX];
	uint8_t tree[SOURCES_MAX][32]; /* what the text says */
	const struct settings_source *source[SOURCES_MAX];
	uint32_t sequence;
	unsigned fetch_n;
	struct source_fetched fetch[FETCHED_MAX]; /* what the text says */
	bool looked; /* at all of its sources: found.count and found.at hold */
	struct source_findings found;
	struct why why;
};

struct looker {
	struct looker_options options;
	struct judge_policy *policy; /* the sources' part of it */
	struct look_options look;
	/* All absolute: a build works elsewhere. */
	char directory[FILE_PATH_MAX];
	char root[FILE_PATH_MAX]; /* of the rebuild under way */
	char checkout[FILE_PATH_MAX];
	char fetched[FILE_PATH_MAX]; /* the folder of payloads */
	struct payloads payloads;
	uint64_t aged_ms; /* when the payloads were last gone through */
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
	string_of(j->authority, sizeof j->authority, r.authority);
	string_of(j->product, sizeof j->product, r.product);
	j->epoch = r.epoch;
	j->sequence = r.sequence;
	j->fetch_n = k->policy->require_payload
	    ? fetch_lines(j->fetch, text, n)
	    : 0;
	j->line_n = k->policy->source_count > 0 ? source_lines(line, text, n)
						: 0;
	for (unsigned i = 0; i < j->line_n; i++) {
		const struct judge_source *s =
		    judge_source_find(k->policy, r.product, &line[i]);
		struct git_ask *ask = &j->ask[i];

		if (s == NULL) {
			j->line_n = j->fetch_n = 0;
			return;
		}
		j->source[i] =
		    &k->options.settings->source[s - k->policy->source];
		memcpy(j->tree[i], line[i].tree, sizeof j->tree[i]);
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
	/* its sources alone may be enough to refuse */
	found = j != NULL && (j->state == LOOK_FOUND || j->looked);
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

/* path, from the root of the file system. */
static bool
absolute(char out[static FILE_PATH_MAX], const char *path, const char *below)
{
	char here[FILE_PATH_MAX] = "";
	struct text t;

	if (path[0] != '/' && getcwd(here, sizeof here) == NULL)
		return false;
	text_init(&t, out, FILE_PATH_MAX);
	text_printf(&t, "%s%s%s%s", here, path[0] != '/' ? "/" : "", path,
	    below);
	return !t.full;
}

static enum rc
line_build(struct looker *k, struct source_found *out,
    const struct settings_source *source, const uint8_t id[static 32],
    unsigned line, struct why *why)
{
	struct build_ask *ask = calloc(1, sizeof *ask);
	char command[FILE_PATH_MAX], log[96];
	struct text t;
	enum rc rc = RC_MEMORY;

	if (ask == NULL || !absolute(command, source->build, "")) {
		free(ask);
		return rc;
	}
	ask->root = k->root;
	ask->command = command;
	ask->cpu_s = source->build_cpu_s;
	ask->memory_bytes = source->build_memory << 20;
	ask->file_bytes = source->build_file << 20;
	ask->epoch = (uint64_t)out->time;
	ask->output_count = source->judge.output_count;
	for (unsigned i = 0; i < ask->output_count; i++) {
		memcpy(ask->output[i].component, source->judge.output[i],
		    sizeof ask->output[i].component);
		memcpy(ask->output[i].path, source->output_path[i],
		    sizeof ask->output[i].path);
	}
	/* The log of a rebuild: kept, one a text and source. */
	text_init(&t, log, sizeof log);
	text_hex(&t, id, 32);
	text_printf(&t, "-%u", line);
	rc = look_build(out, k->look.parent, ask, log, source->build_ms,
	    k->stop[0], why);
	free(ask);
	return rc;
}

/*
 * The operator's file of signers is read anew each time: people come and go.
 * A rebuild is tried only of a tree that is the text's: whatever else the
 * judge will say, nobody's other bytes are run.
 */
static enum rc
line_look(struct looker *k, const struct look_job *j, unsigned line,
    struct source_found *out, struct why *why)
{
	const struct settings_source *source = j->source[line];
	const struct git_ask *ask = &j->ask[line];
	static struct ssh_signers signers; /* the thread's alone */
	struct look_options look = k->look;
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
		rc = dir_remove(k->root, why);
	if (rc == RC_OK && source->build[0] != '\0') {
		rc = dir_make(k->root, 0700, why);
		look.checkout = k->checkout;
	}
	if (rc == RC_OK)
		rc = look_run(out, &look, &asked, file, n, k->stop[0], why);
	if (rc == RC_OK && look.checkout != NULL && out->tree_known &&
	    memcmp(out->tree, j->tree[line], sizeof out->tree) == 0)
		rc = line_build(k, out, source, j->id, line, why);
	if (look.checkout != NULL)
		(void)!dir_remove(k->root, NULL);
	free(file);
	return rc;
}

/* For people: since which commits of the same repositories. */
static void
since_fill(struct looker *k, struct look_job *j)
{
	struct source_line line[SOURCES_MAX];
	uint8_t *text = malloc(NOTE_BYTES_MAX);
	size_t n =
	    text == NULL ? 0 : k->options.last(k->options.context, text,
				   j->authority, j->epoch, j->product);
	unsigned count = n == 0 ? 0 : source_lines(line, text, n);

	for (unsigned i = 0; i < j->line_n; i++)
		for (unsigned l = 0; l < count; l++)
			if (slice_is(line[l].url, j->ask[i].url))
				string_of(j->ask[i].since,
				    sizeof j->ask[i].since, line[l].commit);
	free(text);
}

/* ---- payloads ----------------------------------------------------------- */

/*
 * One of the text's digests, from the coordinator, unless it is here. As long
 * as more of it comes in, it is gone on with.
 */
static enum rc
digest_fetch(struct looker *k, const struct look_job *j,
    const struct source_fetched *want, struct source_fetched *out,
    struct why *why)
{
	const struct settings *s = k->options.settings;
	char path[96], header[4096], url[SETTINGS_URL_MAX + sizeof path];
	struct fetch_ask ask = {.directory = k->fetched, .url = url,
	    .header = header, .ca_file = k->look.ca_file,
	    .sized = want->what == FETCHED_PAYLOAD, .size = want->size,
	    .seconds = FETCH_S};
	uint64_t before, size, room;
	struct text t;
	enum rc rc = RC_OK;

	*out = *want;
	if (payload_kept(&k->payloads, &out->size, want->sha256) &&
	    (!ask.sized || out->size == want->size))
		return payload_note(&k->payloads, out, slice_of(j->product),
		    j->sequence, j->id, clock_unix(), why);
	memcpy(ask.sha256, want->sha256, 32);
	text_init(&t, path, sizeof path);
	text_string(&t, "/v1/blobs/");
	text_hex(&t, want->sha256, 32);
	text_init(&t, url, sizeof url);
	text_printf(&t, "%s%s", s->coordinator, path);
	do {
		before = payload_half(&k->payloads, want->sha256);
		size = ask.sized ? want->size : FETCHED_SMALL_MAX;
		room = size > before ? size - before : 0;
		rc = payload_room(&k->payloads, room, why);
		if (rc != RC_OK)
			break;
		text_init(&t, header, sizeof header);
		k->options.header(k->options.context, &t, path);
		rc = look_fetch(
		    out, k->look.parent, &ask, k->stop[0], why);
	} while (rc == RC_SOURCE && ask.sized &&
	    payload_half(&k->payloads, want->sha256) > before);
	if (rc == RC_OK && memcmp(out->sha256, want->sha256, 32) == 0)
		rc = payload_note(&k->payloads, out, slice_of(j->product),
		    j->sequence, j->id, clock_unix(), why);
	if (rc != RC_OK) {
		struct why said = *why;
		char words[NAME_BYTES_MAX + 16];

		text_init(&t, words, sizeof words);
		fetched_words(&t, want);
		why_set(why, "%s: %s", words, said.text);
	}
	return rc;
}

static enum rc
digests_fetch(struct looker *k, struct look_job *j)
{
	enum rc rc = RC_OK;

	if (j->fetch_n == 0)
		return RC_OK;
	rc = dir_make(k->fetched, 0700, &j->why);
	for (unsigned i = 0; rc == RC_OK && i < j->fetch_n; i++)
		rc = digest_fetch(
		    k, j, &j->fetch[i], &j->found.fetched[i], &j->why);
	j->found.fetched_n = rc == RC_OK ? j->fetch_n : 0;
	return rc;
}

void
looker_payloads(struct looker *k, struct text *out)
{
	payloads_list(&k->payloads, out);
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
	if (!j->looked && j->line_n > 0)
		since_fill(k, j);
	for (unsigned i = 0; !j->looked && rc == RC_OK && i < j->line_n; i++)
		rc = line_look(k, j, i, &j->found.at[i], &j->why);
	if (rc == RC_OK) {
		j->found.count = j->line_n;
		j->looked = true;
		rc = digests_fetch(k, j);
	}
	if (rc != RC_OK && rc != RC_STOPPED && kept->failures == 0)
		say(SAY_WARNING, "the %s of %s: %s",
		    j->looked ? "payloads" : "sources", j->product,
		    j->why.text);
	pthread_mutex_lock(&k->lock);
	kept->looked = j->looked;
	kept->found = j->found;
	kept->why = j->why;
out:
	kept->state = rc == RC_OK ? LOOK_FOUND : LOOK_FAILED;
	if (rc != RC_OK) {
		uint64_t pause = AGAIN_MS;

		/* what the pipeline is sending will be there soon */
		uint64_t most = kept->looked ? AGAIN_MAX_MS / 10 : AGAIN_MAX_MS;

		for (unsigned i = 0; i < kept->failures && pause < most; i++)
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

		if (clock_ms() - k->aged_ms >= AGE_MS) {
			k->aged_ms = clock_ms();
			payloads_age(&k->payloads, clock_unix());
		}
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
	if (!absolute(k->directory, options->settings->state, "/sources") ||
	    !absolute(k->root, k->directory, "/build") ||
	    !absolute(k->checkout, k->root, "/src") ||
	    !absolute(k->fetched, options->settings->state, "/payloads")) {
		why_set(why, "the state directory's path is too long");
		goto fail;
	}
	k->look = (struct look_options){
	    .parent = options->parent,
	    .directory = k->directory,
	    .ca_file = options->settings->ca[0] != '\0'
		? options->settings->ca
		: NULL,
	    .timeout_ms = options->settings->look_ms,
	};
	k->payloads = (struct payloads){.dir = k->fetched,
	    .total_max = options->settings->payloads_mib << 20,
	    .keep_s = options->settings->payload_years * 366 * 86400};
	k->aged_ms = clock_ms() - AGE_MS; /* at the start, too */
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&k->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&k->thread, NULL, run, k) != 0) {
		why_set(why, "cannot start a thread");
		goto fail;
	}
	*out = k;
	return RC_OK;
fail:
	close(k->stop[0]);
	close(k->stop[1]);
	free(k->policy);
	free(k);
	return RC_MEMORY;
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
}

void
looker_free(struct looker *k)
{
	if (k == NULL)
		return;
	close(k->stop[0]);
	free(k->policy);
	free(k);
}
