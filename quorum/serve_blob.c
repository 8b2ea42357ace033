/* SPDX-License-Identifier: Apache-2.0 */
#include "quorum/serve_blob.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/clock.h"
#include "quorum/range.h"

struct piece {
	struct http_request *request;
	uint8_t sha256[32];
	uint64_t size, at;
};

struct blob_desk {
	struct blob_desk_options options;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool ends;
	_Atomic uint64_t sent;
	unsigned first, count;
	struct piece queue[BLOB_QUEUE_MAX];
};

bool
blob_desk_get(struct blob_desk *d, struct http_request *r,
    const uint8_t sha256[static 32])
{
	enum range_ask ask;
	uint64_t size, from, n;
	char range[96];
	int fd;
	enum rc rc = blobs_read(d->options.blobs, &fd, &size, sha256);

	if (rc == RC_UNKNOWN)
		return false;
	if (rc != RC_OK) {
		d->options.refuse(r, rc);
		return true;
	}
	ask = range_parse(&from, &n, http_header(r, "Range"), size);
	if (ask == RANGE_BEYOND) {
		close(fd);
		snprintf(range, sizeof range, "bytes */%llu",
		    (unsigned long long)size);
		http_reply_header(r, "Content-Range", range);
		http_reply_text(r, 416, "there are %llu bytes",
		    (unsigned long long)size);
		return true;
	}
	http_reply_header(r, "Accept-Ranges", "bytes");
	if (ask == RANGE_PART) {
		snprintf(range, sizeof range, "bytes %llu-%llu/%llu",
		    (unsigned long long)from,
		    (unsigned long long)(from + n - 1),
		    (unsigned long long)size);
		http_reply_header(r, "Content-Range", range);
	}
	(void)lseek(fd, (off_t)from, SEEK_SET);
	d->sent += n;
	http_reply_file(r, ask == RANGE_PART ? 206 : 200,
	    "application/octet-stream", fd, n);
	return true;
}

uint64_t
blob_desk_sent(struct blob_desk *d)
{
	return d->sent;
}

/* ---- pieces ---- */

static void
have_say(struct http_request *r, unsigned status, uint64_t have)
{
	http_reply_text(r, status, "have %llu", (unsigned long long)have);
}

static void
piece_answer(struct blob_desk *d, const struct piece *p)
{
	struct http_request *r = p->request;
	uint64_t have;
	enum rc rc = blobs_write(d->options.blobs, &have, p->sha256, p->size,
	    p->at, r->body, r->body_n, clock_unix());

	switch (rc) {
	case RC_OK:
		d->options.came(d->options.context, p->sha256);
		have_say(r, r->body_n > 0 ? 201 : 200, have);
		break;
	case RC_MORE:
		have_say(r, 202, have);
		break;
	case RC_BLOB_RANGE:
		have_say(r, 409, have);
		break;
	default:
		d->options.refuse(r, rc);
		break;
	}
}

void
blob_desk_put(struct blob_desk *d, struct http_request *r,
    const uint8_t sha256[static 32], uint64_t size, bool exact)
{
	const char *where = http_header(r, "Content-Range");
	struct piece p = {.request = r, .size = r->body_n};
	bool room;

	memcpy(p.sha256, sha256, 32);
	if (where != NULL &&
	    !range_content_parse(&p.at, &p.size, where, r->body_n)) {
		http_reply_text(r, 400, "Content-Range is 'bytes A-B/SIZE', or "
					"'bytes */SIZE' without a body");
		return;
	}
	if (exact ? p.size != size : p.size > size) {
		http_reply_text(r, exact ? 400 : 413,
		    "the text says %s%llu bytes", exact ? "" : "at most ",
		    (unsigned long long)size);
		return;
	}
	pthread_mutex_lock(&d->lock);
	room = d->count < BLOB_QUEUE_MAX;
	if (room) {
		http_suspend(r, 0, NULL, NULL);
		d->queue[(d->first + d->count++) % BLOB_QUEUE_MAX] = p;
		pthread_cond_signal(&d->wake);
	}
	pthread_mutex_unlock(&d->lock);
	if (!room)
		d->options.refuse(r, RC_LIMIT);
}

static void *
run(void *argument)
{
	struct blob_desk *d = argument;

	pthread_mutex_lock(&d->lock);
	while (!d->ends || d->count > 0) {
		struct piece p;

		if (d->count == 0) {
			pthread_cond_wait(&d->wake, &d->lock);
			continue;
		}
		p = d->queue[d->first];
		d->first = (d->first + 1) % BLOB_QUEUE_MAX;
		d->count--;
		pthread_mutex_unlock(&d->lock);
		piece_answer(d, &p);
		pthread_mutex_lock(&d->lock);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

enum rc
blob_desk_start(
    struct blob_desk **out, const struct blob_desk_options *options)
{
	struct blob_desk *d = calloc(1, sizeof *d);

	*out = NULL;
	if (d == NULL)
		return RC_MEMORY;
	d->options = *options;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->wake, NULL);
	if (pthread_create(&d->thread, NULL, run, d) != 0) {
		free(d);
		return RC_MEMORY;
	}
	*out = d;
	return RC_OK;
}

void
blob_desk_stop(struct blob_desk *d)
{
	if (d == NULL)
		return;
	pthread_mutex_lock(&d->lock);
	d->ends = true;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
	pthread_mutex_destroy(&d->lock);
	pthread_cond_destroy(&d->wake);
	free(d);
}
