/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mirror's half of quorate-witnessd (C2SP tlog-mirror). add-checkpoint
 * moves the pending head only (serve_witness.c); here entries come, are
 * proven against a pending head, stored, and when all of a head's are held
 * it is cosigned. One thread does that, one upload after another.
 *
 * What an entry says never keeps a cosignature back: an entry that breaks
 * admission is an alarm, and stays as evidence in the mirror's own copy.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/digest.h"
#include "host/file.h"
#include "host/gzip.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "log/serve_witness.h"
#include "log/store_audit.h"
#include "log/store_mirror.h"

#define TEXT_PLAIN "text/plain; charset=utf-8"
enum { KNOWN_AGAIN_MAX = 32 * TILE_WIDTH };

/* ---- alarms ----------------------------------------------------------- */

struct alarm {
	struct witness_server *w;
	struct witness_log *log;
	uint64_t now;
};

static void
entry_found(void *context, uint64_t index, const struct audit_finding *f,
    const struct admission *admission)
{
	struct alarm *a = context;

	if (f->rc == RC_OK)
		return;
	say(SAY_ERROR, "ALARM: log '%s', entry %llu breaks the rule '%s': "
		       "%s: %s", a->log->origin, (unsigned long long)index,
	    f->rule, rc_name(f->rc), admission->why.text);
	pthread_mutex_lock(&a->w->lock);
	a->w->alarms++;
	pthread_mutex_unlock(&a->w->lock);
}

static enum rc
entry_judge(void *context, uint64_t index, const uint8_t *entry, size_t n)
{
	struct alarm *a = context;

	return audit_store_entry(a->log->audit, index, entry, n, a->now,
	    entry_found, a);
}

static enum rc
audit_open(struct witness_server *w, struct witness_log *l, struct why *why)
{
	char dir[MIRROR_PATH_MAX];
	uint8_t hash[32];
	struct slice name;
	unsigned i;
	enum rc rc;

	sha256_of(hash, l->origin, strlen(l->origin));
	mirror_store_path(dir, w->state, hash, "");
	rc = dir_make(dir, 0755, why);
	if (rc == RC_OK)
		rc = audit_store_open(&l->audit, dir, why);
	for (i = 0; rc == RC_OK && i < l->first_n; i++) {
		name.p = (uint8_t *)l->first[i].name;
		name.n = strlen(l->first[i].name);
		rc = audit_store_pin(l->audit, name, l->first[i].id, why);
	}
	return rc;
}

/* The entries up to size that were not judged yet. Fails to say so, not to
 * mirror. */
static void
entries_judge(struct witness_server *w, struct witness_log *l, uint64_t size,
    const uint8_t root[static 32])
{
	static struct audit_head head;
	struct alarm a = {w, l, clock_unix()};
	struct slice origin = {(uint8_t *)l->origin, strlen(l->origin)};
	struct why why = {""};
	enum rc rc = RC_OK;

	if (l->first_n == 0)
		return;
	if (l->audit == NULL)
		rc = audit_open(w, l, &why);
	if (rc == RC_OK)
		rc = audit_store_head(l->audit, &head);
	if (rc == RC_OK && head.size >= size)
		return;
	if (rc == RC_OK)
		rc = audit_store_begin(l->audit);
	if (rc == RC_OK) {
		rc = mirror_store_entries(w->mirror_store, origin, head.size,
		    size, entry_judge, &a, &why);
		if (rc == RC_OK)
			rc = audit_store_flush(l->audit);
		head.size = size;
		memcpy(head.root, root, 32);
		head.time = a.now;
		head.n = 0;
		if (rc == RC_OK)
			rc = audit_store_commit(l->audit, &head);
		else
			audit_store_rollback(l->audit);
	}
	if (rc != RC_OK)
		say(SAY_ERROR, "ALARM: log '%s': its entries cannot be "
			       "judged: %s: %s", l->origin, rc_name(rc),
		    why.text);
}

/* ---- an upload -------------------------------------------------------- */

struct upload {
	struct witness_server *w;
	struct mirror_job *job;
	struct mirror_upload u;
	struct mirror_state state;
	struct witness_head pending; /* the newest */
	uint8_t root[32];	     /* of the head at u.end */
	size_t note_n;
	char note[COSIGN_BODY_TAKEN_MAX + SIGLINE_CHARS_MAX + 1];
	struct mirror_package package;
	struct why why;
};

static void
answer_info(struct upload *up, unsigned status)
{
	char bytes[MIRROR_INFO_MAX];
	struct text t;

	text_init(&t, bytes, sizeof bytes);
	mirror_info_text(&t, up->pending.size, up->state.next);
	http_reply(up->job->request, status, "text/x.tlog.mirror-info", t.p,
	    t.n);
}

static void
answer_failed(struct upload *up, enum rc rc)
{
	witness_failing(up->w, &up->w->mirror_failing, true,
	    rc_why(rc, &up->why));
	http_reply_text(up->job->request, 503, "the mirror cannot store this");
}

/* All of it is held: the head is stored, then signed, served, and said. */
static void
upload_commit(struct upload *up)
{
	struct witness_server *w = up->w;
	struct note split;
	struct text t;
	enum rc rc = mirror_store_commit(w->mirror_store, up->u.origin,
	    up->u.end, up->root, &up->why);

	if (rc == RC_OK) {
		entries_judge(w, up->job->log, up->u.end, up->root);
		rc = note_split(&split, (uint8_t *)up->note, up->note_n);
	}
	if (rc == RC_OK) {
		text_init(&t, up->note + up->note_n,
		    sizeof up->note - up->note_n);
		witness_cosign(w, &t, (uint8_t *)up->note, split.text_n,
		    clock_unix());
		rc = mirror_store_checkpoint(w->mirror_store, up->u.origin,
		    (uint8_t *)up->note, up->note_n + t.n, &up->why);
	}
	if (rc == RC_CONFLICT) {
		answer_info(up, 409);
	} else if (rc != RC_OK) {
		answer_failed(up, rc);
	} else {
		witness_failing(w, &w->mirror_failing, false, "");
		pthread_mutex_lock(&w->lock);
		w->cosigned++;
		w->mirrored += up->u.end - up->state.size;
		pthread_mutex_unlock(&w->lock);
		http_reply(up->job->request, 200, TEXT_PLAIN,
		    up->note + up->note_n, t.n);
	}
}

static void
upload_take(struct upload *up)
{
	const struct mirror_job *job = up->job;
	struct mirror_store *s = up->w->mirror_store;
	uint64_t from = up->u.start;
	size_t at = up->u.at;
	unsigned saved = 0;
	enum rc rc = RC_OK;

	while (rc == RC_OK && from < up->u.end) {
		rc = mirror_package_next(&up->package, &at, job->body,
		    job->body_n, from, up->u.end);
		if (rc == RC_OK)
			rc = mirror_store_take(s, up->u.origin, &up->package,
			    up->u.end, up->root, &up->why);
		if (rc == RC_OK) {
			from = up->package.to;
			saved++;
		}
	}
	if (rc == RC_OK && at < job->body_n)
		rc = RC_FIELD;
	if (rc == RC_OK) {
		upload_commit(up);
	} else if (rc == RC_CONSISTENCY) {
		http_reply_text(job->request, 422, "the entries %llu to %llu "
		    "are not of the pending checkpoint's tree",
		    (unsigned long long)up->package.from,
		    (unsigned long long)up->package.to);
	} else if (rc == RC_MORE && saved > 0) {
		rc = mirror_store_state(s, up->u.origin, &up->state);
		if (rc == RC_OK)
			answer_info(up, 202);
		else
			answer_failed(up, rc);
	} else if (rc == RC_MORE || rc == RC_FIELD) {
		http_reply_text(job->request, 400, "no whole package");
	} else {
		answer_failed(up, rc);
	}
}

static void
upload_run(struct upload *up)
{
	struct witness_server *w = up->w;
	enum rc rc, known;

	(void)!mirror_upload_parse(&up->u, up->job->body, up->job->body_n);
	up->why.text[0] = '\0';
	rc = mirror_store_state(w->mirror_store, up->u.origin, &up->state);
	pthread_mutex_lock(&w->reading);
	if (rc == RC_OK)
		rc = witness_store_head(w->reader, up->u.origin, &up->pending);
	known = rc == RC_OK ? witness_store_pending(w->reader, up->u.origin,
				  up->u.end, up->root, (uint8_t *)up->note,
				  &up->note_n)
			    : rc;
	pthread_mutex_unlock(&w->reading);
	if (rc != RC_OK || (known != RC_OK && known != RC_MORE))
		answer_failed(up, rc != RC_OK ? rc : known);
	else if (known == RC_MORE && up->pending.size == 0)
		http_reply_text(up->job->request, 422, "no checkpoint is "
						       "pending");
	else if (known == RC_MORE || up->u.end < up->state.size ||
	    up->u.start > up->state.next ||
	    up->state.next - up->u.start > KNOWN_AGAIN_MAX)
		answer_info(up, 409);
	else
		upload_take(up);
}

static void *
mirror_run(void *context)
{
	struct witness_server *w = context;
	static struct upload up;
	struct mirror_job *job;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (!w->stopping && w->uploads == NULL)
			pthread_cond_wait(&w->mirror_wake, &w->lock);
		job = w->uploads;
		if (job == NULL)
			break;
		w->uploads = job->next;
		if (w->uploads == NULL)
			w->uploads_end = &w->uploads;
		w->upload_n--;
		pthread_mutex_unlock(&w->lock);
		up.w = w;
		up.job = job;
		upload_run(&up);
		free(job->unpacked);
		free(job);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- requests --------------------------------------------------------- */

void
mirror_on_entries(void *context, struct http_request *request)
{
	struct witness_server *w = context;
	const char *encoding = http_header(request, "Content-Encoding");
	struct mirror_job *job;
	struct mirror_upload u;
	enum rc rc = RC_OK;
	bool full;

	if (!w->mirror) {
		http_reply_text(request, 404, "this witness is no mirror");
		return;
	}
	job = calloc(1, sizeof *job);
	if (job == NULL) {
		http_reply_text(request, 503, "no memory");
		return;
	}
	job->request = request;
	job->body = request->body;
	job->body_n = request->body_n;
	if (encoding != NULL && strcasecmp(encoding, "gzip") == 0) {
		rc = gzip_read(&job->unpacked, &job->body_n, request->body,
		    request->body_n, MIRROR_BODY_MAX);
		job->body = job->unpacked;
	} else if (encoding != NULL && strcasecmp(encoding, "identity") != 0) {
		rc = RC_FIELD;
	}
	if (rc == RC_OK)
		rc = mirror_upload_parse(&u, job->body, job->body_n);
	if (rc == RC_OK)
		job->log = witness_log_find(w, u.origin);
	if (rc != RC_OK || job->log == NULL) {
		http_reply_text(request, rc != RC_OK
			? (rc == RC_FILE_LONG ? 413 : 400) : 404,
		    rc != RC_OK ? "not a well-formed upload"
				: "this mirror does not know the log");
		free(job->unpacked);
		free(job);
		return;
	}
	http_suspend(request, 0, NULL, NULL);
	pthread_mutex_lock(&w->lock);
	full = w->upload_n >= MIRROR_QUEUE_MAX;
	if (!full) {
		*w->uploads_end = job;
		w->uploads_end = &job->next;
		w->upload_n++;
		pthread_cond_signal(&w->mirror_wake);
	}
	pthread_mutex_unlock(&w->lock);
	if (full) {
		http_reply_header(request, "Retry-After", "1");
		http_reply_text(request, 503, "too many uploads at once");
		free(job->unpacked);
		free(job);
	}
}

/* Files, with names that can only be a tile's or the checkpoint's. */
bool
mirror_on_get(struct witness_server *w, struct http_request *request,
    const uint8_t hash[static 32], const char *path)
{
	bool checkpoint = strcmp(path, "checkpoint") == 0;
	char full[MIRROR_PATH_MAX];
	struct tile tile;
	struct stat st;
	int fd;

	if (!checkpoint && !tile_parse(&tile, path, strlen(path)))
		return false;
	mirror_store_path(full, w->state, hash, path);
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) != 0) {
		close(fd);
		return false;
	}
	http_reply_header(request, "Cache-Control", checkpoint
		? "no-cache" : "public, max-age=31536000, immutable");
	http_reply_file(request, 200, checkpoint
		? TEXT_PLAIN : "application/octet-stream", fd,
	    (uint64_t)st.st_size);
	return true;
}

static enum rc
alarm_count(void *context, const struct audit_broken *b)
{
	struct witness_server *w = context;

	(void)b;
	w->alarms++;
	return RC_OK;
}

/* Opened now, to say what is wrong now, not in an alarm; what was found stays
 * found. */
static enum rc
audits_open(struct witness_server *w, struct why *why)
{
	enum rc rc = RC_OK;
	unsigned i;

	for (i = 0; rc == RC_OK && i < w->log_n; i++) {
		if (w->log[i]->first_n == 0)
			continue;
		rc = audit_open(w, w->log[i], why);
		if (rc == RC_OK)
			rc = audit_store_broken(w->log[i]->audit, alarm_count,
			    w);
	}
	return rc;
}

enum rc
mirror_start(struct witness_server *w, struct why *why)
{
	enum rc rc = mirror_store_open(&w->mirror_store, w->state, why);

	pthread_cond_init(&w->mirror_wake, NULL);
	w->uploads_end = &w->uploads;
	if (rc == RC_OK)
		rc = audits_open(w, why);
	if (rc == RC_OK && pthread_create(&w->mirrorer, NULL, mirror_run, w) != 0)
		rc = RC_MEMORY;
	w->mirroring = rc == RC_OK;
	return rc;
}

void
mirror_stop(struct witness_server *w)
{
	unsigned i;

	if (w->mirroring) {
		pthread_mutex_lock(&w->lock);
		pthread_cond_signal(&w->mirror_wake);
		pthread_mutex_unlock(&w->lock);
		pthread_join(w->mirrorer, NULL);
	}
	for (i = 0; i < w->log_n; i++)
		audit_store_close(w->log[i]->audit);
	mirror_store_close(w->mirror_store);
}
