/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread a witness: it asks for a cosignature on every target
 * (C2SP tlog-witness), at its own pace, so that a slow or dead witness
 * delays nobody but itself.
 *
 * First of all it asks how far the witness has come. The log takes and signs
 * nothing before it has heard from so many witnesses that no quorum could
 * have cosigned a larger tree behind its back: a state that was restored from
 * a backup would otherwise sign a second history.
 *
 * One authority's dead witnesses do not keep a log shut for the others, if
 * its state is recent: a head is published for all authorities, so that what
 * was made public since then is known to each one's witnesses.
 */
#include "log/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/clock.h"
#include "host/digest.h"
#include "host/http_client.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/text.h"
#include "log/client.h"
#include "log/mirror.h"
#include "log/store_head.h"

enum {
	ASK_TRIES = 3, /* of one target, each after a 409 that told more */
	ASK_BACKOFF_MIN_MS = 50,
	ASK_BACKOFF_MAX_MS = 2000,
	ASK_ANSWER_MAX = 65536,
	ASK_RECENT_S = 3600, /* that the state was published: see heard_enough */
};
/* A database ends at 2^48 bytes (SQLite), and no entry is as short as 2^7. */
#define LOG_ENTRIES_MAX (UINT64_C(1) << 41)

static const struct log_witness *
asker_witness(const struct log_asker *a)
{
	return &a->log->setup->witness[a->witness];
}

/* One question. *status is 0 when no answer came. On 409 *known is what the
 * witness says; on 200 blob and time are a cosignature that verifies, or
 * RC_MORE when there is none: a mirror wants the entries first. */
static enum rc
ask(struct log_asker *a, const struct cosigned *target, uint64_t old,
    const uint8_t *proof, unsigned proof_n, unsigned *status, uint64_t *known,
    uint8_t blob[static SIG_COSIGNATURE_BYTES], uint64_t *time,
    unsigned *retry_s, struct why *why)
{
	static const char *const headers[] = {
	    "Content-Type: text/plain; charset=utf-8", NULL};
	const struct log_setup *setup = a->log->setup;
	char body[COSIGN_BODY_MAX], url[LOG_URL_MAX + 32];
	char note[CHECKPOINT_TEXT_MAX + 2 + LOG_KEYS_MAX * SIGLINE_CHARS_MAX];
	struct http_answer answer;
	struct text t, n;
	struct slice s;
	enum rc rc;

	text_init(&n, note, sizeof note);
	text_put(&n, target->text, target->text_n);
	text_string(&n, "\n");
	cosigned_own_lines(&n, target, setup);
	text_init(&t, body, sizeof body);
	cosign_request_text(&t, old, proof, proof_n, (uint8_t *)note, n.n);
	snprintf(url, sizeof url, "%s/add-checkpoint", asker_witness(a)->url);
	rc = http_post(a->client, url, headers, body, t.n,
	    (unsigned)setup->witness_ms, ASK_ANSWER_MAX, &answer, why);
	*status = answer.status;
	*retry_s = answer.retry_after_s;
	if (rc == RC_OK)
		rc = cosign_answer_parse(blob, time, &asker_witness(a)->key,
		    answer.body, answer.body_n, target->text, target->text_n);
	if (rc != RC_OK && rc != RC_MORE && *status == 200)
		why_set(why, "%s: its cosignature: %s", url, rc_text(rc));
	if (*status == 403 || *status == 404) {
		struct why said = *why;

		why_set(why, "%s; its operator has to enter '[log %s]' with "
			     "'vkey = %s'",
		    said.text, setup->origin, setup->vkey);
	}
	if (*status == 409) {
		s = (struct slice){answer.body, answer.body_n};
		if (s.n == 0 || s.p[s.n - 1] != '\n' ||
		    !slice_decimal((struct slice){s.p, s.n - 1},
			((uint64_t)1 << 53) - 1, known))
			*status = 0;
	}
	http_answer_release(&answer);
	return rc;
}

/* ---- how far have you come? ------------------------------------------- */

void
unheard_text(struct text *out, const struct log_server *log)
{
	const char *between = "";
	unsigned i;

	for (i = 0; i < log->setup->witness_n; i++)
		if (!log->asker[i].heard) {
			text_printf(out, "%s'%s'", between,
			    log->setup->witness[i].name);
			if (log->asker[i].claimed != 0)
				text_printf(out, " (says without proof that "
						 "it knows %llu entries)",
				    (unsigned long long)
					log->asker[i].claimed);
			between = ", ";
		}
}

/* Under the lock: whether what this state shows as published was cosigned by
 * a quorum of an authority a short while ago. */
static bool
published_lately(const struct log_server *log, const struct trust *now,
    const struct trust *before)
{
	struct cosigned c = log->published;
	uint64_t t = clock_unix();
	unsigned i;

	for (i = 0; i < log->setup->witness_n; i++)
		if (c.time[i] + ASK_RECENT_S < t)
			c.mask &= ~((uint32_t)1 << i);
	return cosigned_satisfies(&c, log->setup, now) ||
	    cosigned_satisfies(&c, log->setup, before);
}

/* Under the lock: it says, without proof, that it knows more than we have. */
static bool
claim_holds(const struct log_asker *a)
{
	return a->claimed != 0 && a->claimed <= LOG_ENTRIES_MAX &&
	    !asker_witness(a)->ignore_unproven;
}

/*
 * Under the lock: could those who were not heard from be a quorum of
 * anybody's? If so, it is enough that they are not one of an authority whose
 * quorum this state was published under a short while ago: whatever was
 * published since, its witnesses know, unless they were given up as gone
 * meanwhile, all within that time. Yesterday's backup waits for everybody,
 * and whatever the others say, for one that says it knows more.
 */
static bool
heard_enough(struct log_server *log, struct store *s, bool *missing)
{
	struct store_force force[LOG_AUTHORITIES_MAX];
	struct cosigned silent = {0};
	const struct trust *now, *before;
	bool vouched = false;
	uint32_t minded = 0;
	unsigned n, i;

	*missing = false;
	for (i = 0; i < log->setup->witness_n; i++) {
		const struct log_asker *a = &log->asker[i];

		if (!a->heard)
			silent.mask |= (uint32_t)1 << i;
		if (a->claimed == 0 || !asker_witness(a)->ignore_unproven)
			minded |= (uint32_t)1 << i;
		if (claim_holds(a))
			return false;
	}
	if (log->head.size == 0) /* a lost state looks like this */
		return (silent.mask & minded) == 0;
	if (store_in_force(s, log->head.size, force, &n) != RC_OK)
		return false;
	for (i = 0; i < n; i++) {
		if (store_trust(s, force[i].now, &now) != RC_OK ||
		    store_trust(s, force[i].before, &before) != RC_OK)
			return false;
		if (cosigned_satisfies(&silent, log->setup, now))
			*missing = true;
		else if (published_lately(log, now, before))
			vouched = true;
	}
	return !*missing || vouched;
}

/* Under the lock. */
static void
open_up(struct log_server *log, bool missing)
{
	char names[1024];
	struct text t;

	text_init(&t, names, sizeof names);
	unheard_text(&t, log);
	if (missing)
		say(SAY_WARNING, "begins without having heard from %.*s",
		    (int)t.n, names);
	log->open = true;
	pthread_cond_signal(&log->sequence_wake);
	pthread_cond_signal(&log->round_wake);
}

static void
heard(struct log_asker *a, struct store *s, uint64_t known)
{
	struct log_server *log = a->log;
	bool missing;

	pthread_mutex_lock(&log->lock);
	a->heard = true;
	a->claimed = 0;
	a->known = known;
	if (!log->open && log->halt == RC_OK &&
	    heard_enough(log, s, &missing))
		open_up(log, missing);
	pthread_mutex_unlock(&log->lock);
}

/* What the witness shows at its monitoring prefix, if a key of this log has
 * signed it: its size. */
static enum rc
shown_size(struct log_asker *a, uint64_t *size, struct why *why)
{
	const struct log_setup *setup = a->log->setup;
	char prefix[LOG_URL_MAX + 72];
	struct checkpoint shown;
	struct store_head own;
	struct note note;
	uint8_t *bytes, hash[32];
	struct text t;
	enum rc rc;

	sha256_of(hash, setup->origin, strlen(setup->origin));
	text_init(&t, prefix, sizeof prefix);
	text_printf(&t, "%s/", asker_witness(a)->monitoring);
	text_hex(&t, hash, sizeof hash);
	rc = tlog_checkpoint(a->client, prefix, (unsigned)setup->witness_ms,
	    &bytes, &note, &shown, why);
	if (rc != RC_OK)
		return rc;
	rc = slice_is(shown.origin, setup->origin)
	    ? store_head_take(&own, setup, &note, &shown)
	    : RC_LOG;
	if (rc == RC_OK)
		*size = shown.size;
	else
		why_set(why, "%s/checkpoint: %s", prefix, rc_text(rc));
	free(bytes);
	return rc;
}

/*
 * A witness says that it has cosigned more than this log has. Its number is
 * anybody's word; a checkpoint of so many that this log's own key signed is
 * the proof, and ends the log. Without one it holds the log up like one that
 * was not heard from, but alone: one honest witness may be all that knows.
 * Only who runs the log can say that a witness is not to be minded.
 *
 * RC_LOG_BEHIND, with why; RC_STOPPED.
 */
static enum rc
ahead(struct log_asker *a, uint64_t claimed, struct why *why)
{
	const struct log_witness *w = asker_witness(a);
	struct log_server *log = a->log;
	struct why shows = {""};
	uint64_t shown = 0, have;
	enum rc rc = shown_size(a, &shown, &shows);

	if (rc == RC_STOPPED)
		return rc;
	if (rc == RC_OK)
		why_set(&shows, "what it shows has %llu",
		    (unsigned long long)shown);
	pthread_mutex_lock(&log->lock);
	have = log->head.size;
	if (shown > have) {
		log_halt(log, RC_LOG_BEHIND,
		    "witness '%s' has cosigned %llu entries of this log, and "
		    "this state has %llu: it is an old copy, or a second log "
		    "runs under this key.%s Put back the newest state, or run "
		    "quorate-logd --catch-up with a copy of this log's tiles",
		    w->name, (unsigned long long)shown,
		    (unsigned long long)have,
		    log->open ? "" : " Nothing was signed.");
	} else if (!a->heard) {
		a->claimed = claimed;
		if (claim_holds(a))
			log->open = false;
	}
	pthread_mutex_unlock(&log->lock);
	if (shown > have) {
		why_set(why, "it shows a checkpoint of %llu entries that this "
			     "log's key has signed",
		    (unsigned long long)shown);
		return RC_LOG_BEHIND;
	}
	why_set(why, "it says that it knows %llu entries, %s (%s)",
	    (unsigned long long)claimed,
	    a->heard ? "more than this log has signed"
		: claimed > LOG_ENTRIES_MAX
		? "more than any log can have: it counts as silent"
		: w->ignore_unproven
		? "and proves nothing: it counts as silent, as "
		  "'ignore-unproven-size' says"
		: "more than this state, and proves nothing: nothing is "
		  "signed until it does, or says less. If this is the newest "
		  "state, say 'ignore-unproven-size = yes' in its section; if "
		  "not, put the newest back, or run quorate-logd --catch-up",
	    shows.text);
	return RC_LOG_BEHIND;
}

/* "old 0" with the head: a witness that knows more says how much; one that
 * knows nothing cosigns, and then knows the head. */
static enum rc
ask_known(struct log_asker *a, struct store *s, unsigned *retry_s,
    struct why *why)
{
	struct log_server *log = a->log;
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	struct store_head head;
	struct cosigned c;
	uint64_t known, time;
	unsigned status = 0;
	enum rc rc;

	pthread_mutex_lock(&log->lock);
	head = log->head;
	pthread_mutex_unlock(&log->lock);
	rc = cosigned_read(&c, log->setup, head.checkpoint, head.checkpoint_n);
	if (rc != RC_OK)
		return rc;
	known = c.size;
	rc = ask(a, &c, 0, NULL, 0, &status, &known, blob, &time, retry_s,
	    why);
	if (rc == RC_OK || rc == RC_MORE || status == 409) {
		if (known > head.size)
			return ahead(a, known, why);
		heard(a, s, known);
		rc = RC_OK;
	}
	return rc;
}

/* ---- the entries, for a mirror ---------------------------------------- */

/* Packages from `from` on, as many as fit. Returns where they end. */
static enum rc
packages_put(struct text *t, struct store *s, uint64_t *from, uint64_t end)
{
	struct tlog_source source = store_source(s);
	uint8_t proof[MIRROR_PROOF_MAX * 32], count;
	uint8_t *bundle = NULL;
	uint64_t first, to;
	size_t n, start;
	unsigned proof_n;
	enum rc rc = RC_OK;

	while (rc == RC_OK && *from < end) {
		first = *from / TILE_WIDTH * TILE_WIDTH;
		to = first + TILE_WIDTH < end ? first + TILE_WIDTH : end;
		rc = store_bundle(s, *from, (unsigned)(to - *from), &bundle,
		    &n);
		if (rc != RC_OK)
			break;
		rc = tlog_subtree_proof(proof, &proof_n, first, to, end,
		    &source);
		start = t->n;
		count = (uint8_t)proof_n;
		text_put(t, bundle, n);
		text_put(t, &count, 1);
		text_put(t, proof, 32 * (size_t)proof_n);
		free(bundle);
		if (t->full && start > MIRROR_HEADER_MAX) {
			t->n = start; /* the next request's */
			t->full = false;
			return RC_OK;
		}
		*from = to;
	}
	return rc;
}

/* One upload: RC_OK when blob and time are the mirror's; RC_MORE when it
 * wants more, from a->held on. */
static enum rc
upload(struct log_asker *a, struct store *s, const struct cosigned *target,
    char *body, size_t cap, uint8_t blob[static SIG_COSIGNATURE_BYTES],
    uint64_t *time, unsigned *retry_s, struct why *why)
{
	static const char *const headers[] = {
	    "Content-Type: application/octet-stream", NULL};
	uint64_t from = a->held;
	char url[LOG_URL_MAX + 32];
	struct http_answer answer;
	struct mirror_info info;
	struct text t;
	enum rc rc;

	text_init(&t, body, cap);
	t.n = mirror_upload_head((uint8_t *)body, a->log->setup->key.name,
	    from, target->size);
	rc = packages_put(&t, s, &from, target->size);
	if (rc != RC_OK)
		return rc;
	snprintf(url, sizeof url, "%s/add-entries", asker_witness(a)->url);
	rc = http_post(a->client, url, headers, body, t.n,
	    (unsigned)a->log->setup->witness_ms + 10000, ASK_ANSWER_MAX,
	    &answer, why);
	*retry_s = answer.retry_after_s;
	if ((rc == RC_OK && answer.status == 202) || answer.status == 409) {
		rc = mirror_info_parse(&info, answer.body, answer.body_n);
		if (rc == RC_OK) {
			a->held = info.next < target->size ? info.next
							   : target->size;
			rc = RC_MORE;
		}
	} else if (rc == RC_OK) {
		rc = cosign_answer_parse(blob, time, &asker_witness(a)->key,
		    answer.body, answer.body_n, target->text, target->text_n);
		if (rc == RC_OK)
			a->held = target->size;
		else
			rc = RC_SIGLINE;
	}
	http_answer_release(&answer);
	return rc;
}

/* Everything up to the target. Each answer but the last must bring it on. */
static enum rc
ask_mirror(struct log_asker *a, struct store *s,
    const struct cosigned *target, uint8_t blob[static SIG_COSIGNATURE_BYTES],
    uint64_t *time, unsigned *retry_s, struct why *why)
{
	char *body = malloc(MIRROR_BODY_MAX);
	unsigned stalls = 0;
	uint64_t before;
	enum rc rc = body != NULL ? RC_MORE : RC_MEMORY;

	if (a->held == 0 || a->held > target->size)
		a->held = target->size; /* it says what it has */
	while (rc == RC_MORE && stalls < ASK_TRIES) {
		before = a->held;
		rc = upload(a, s, target, body, MIRROR_BODY_MAX, blob, time,
		    retry_s, why);
		stalls = a->held > before ? 0 : stalls + 1;
	}
	free(body);
	if (rc == RC_MORE) {
		why_set(why, "the mirror does not take the entries from %llu "
			     "on", (unsigned long long)a->held);
		rc = RC_HTTP;
	}
	return rc;
}

/* ---- cosign this ------------------------------------------------------ */

/* A cosignature that comes too late for its round is dropped. */
static void
deliver(struct log_asker *a, uint64_t round, const struct cosigned *target,
    const uint8_t *blob, uint64_t time)
{
	struct log_server *log = a->log;

	pthread_mutex_lock(&log->lock);
	a->known = target->size;
	a->round = round;
	if (log->round == round) {
		memcpy(log->target.blob[a->witness], blob,
		    SIG_COSIGNATURE_BYTES);
		log->target.time[a->witness] = time;
		log->target.mask |= (uint32_t)1 << a->witness;
		pthread_cond_signal(&log->round_wake);
	}
	pthread_mutex_unlock(&log->lock);
}

static enum rc
ask_mirrored(struct log_asker *a, struct store *s, uint64_t round,
    const struct cosigned *target, unsigned *retry_s, struct why *why)
{
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	uint64_t time;
	enum rc rc = ask_mirror(a, s, target, blob, &time, retry_s, why);

	if (rc == RC_OK)
		deliver(a, round, target, blob, time);
	return rc;
}

static enum rc
ask_target(struct log_asker *a, struct store *s, uint64_t round,
    const struct cosigned *target, unsigned *retry_s, struct why *why)
{
	struct tlog_source source = store_source(s);
	uint8_t proof[TLOG_PROOF_MAX * 32], blob[SIG_COSIGNATURE_BYTES];
	unsigned proof_n, status, tries;
	uint64_t time, known = a->known;
	enum rc rc = RC_OK;

	for (tries = 0; tries < ASK_TRIES; tries++) {
		if (known > target->size)
			return ahead(a, known, why);
		rc = tlog_consistency(proof, &proof_n, known, target->size,
		    &source);
		if (rc != RC_OK)
			return rc;
		rc = ask(a, target, known, proof, proof_n, &status, &known,
		    blob, &time, retry_s, why);
		if (rc == RC_MORE)
			return ask_mirrored(a, s, round, target, retry_s, why);
		if (rc == RC_OK) {
			deliver(a, round, target, blob, time);
			return RC_OK;
		}
		if (status == 422)
			say(SAY_ERROR, "witness '%s' says that this log is "
				       "not consistent with what it has seen",
			    asker_witness(a)->name);
		if (status != 409)
			return rc;
	}
	a->known = known;
	return rc;
}

static void
asker_sleep(struct log_asker *a, unsigned retry_s)
{
	struct log_server *log = a->log;
	uint64_t ms = ASK_BACKOFF_MIN_MS, due;
	struct timespec t;

	if (a->failures < 16)
		ms <<= a->failures;
	ms = ms < ASK_BACKOFF_MAX_MS ? ms : ASK_BACKOFF_MAX_MS;
	if (retry_s > 0)
		ms = 1000 * (uint64_t)(retry_s < 60 ? retry_s : 60);
	due = clock_ms() + ms;
	t.tv_sec = (time_t)(due / 1000);
	t.tv_nsec = (long)(due % 1000) * 1000000;
	pthread_mutex_lock(&log->lock);
	a->failures++;
	while (!log->stopping && clock_ms() < due)
		pthread_cond_timedwait(&log->ask_wake, &log->lock, &t);
	pthread_mutex_unlock(&log->lock);
}

/* The next thing to do: false at the end. *round 0: to be heard. */
static bool
asker_wait(struct log_asker *a, struct cosigned *target, uint64_t *round)
{
	struct log_server *log = a->log;
	bool go;

	pthread_mutex_lock(&log->lock);
	while (!log->stopping && a->heard && log->round == a->round)
		pthread_cond_wait(&log->ask_wake, &log->lock);
	*target = log->target;
	*round = a->heard ? log->round : 0;
	go = !log->stopping;
	pthread_mutex_unlock(&log->lock);
	return go;
}

static void
asker_loop(struct log_asker *a, struct store *s)
{
	struct cosigned target;
	uint64_t round;
	unsigned retry_s;
	bool well = true, told_ahead = false;
	enum rc rc;

	while (asker_wait(a, &target, &round)) {
		struct why why = {""};

		retry_s = 0;
		rc = round == 0
		    ? ask_known(a, s, &retry_s, &why)
		    : ask_target(a, s, round, &target, &retry_s, &why);
		if (rc == RC_OK) {
			if (!well)
				say(SAY_INFO, "witness '%s' cosigns again",
				    asker_witness(a)->name);
			well = true;
			told_ahead = false;
			a->failures = 0;
			continue;
		}
		if (rc == RC_STOPPED)
			break;
		/* the first trouble, and what may hold up the whole log */
		if (well || (rc == RC_LOG_BEHIND && !told_ahead))
			say(rc == RC_LOG_BEHIND ? SAY_ERROR : SAY_WARNING,
			    "witness '%s': %s", asker_witness(a)->name,
			    why.text);
		well = false;
		told_ahead = told_ahead || rc == RC_LOG_BEHIND;
		asker_sleep(a, retry_s);
	}
}

void *
ask_run(void *context)
{
	struct log_asker *a = context;
	struct store *s = NULL;
	struct why why = {""};
	enum rc rc = store_open(&s, a->log->setup, a->log->writer, &why);

	pthread_setname_np(pthread_self(), "ask");
	if (rc == RC_OK) {
		asker_loop(a, s);
		store_close(s);
		return NULL;
	}
	pthread_mutex_lock(&a->log->lock);
	log_halt(a->log, rc, "%s", why.text);
	pthread_mutex_unlock(&a->log->lock);
	return NULL;
}
