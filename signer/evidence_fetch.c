/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/evidence_fetch.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "host/clock.h"
#include "host/file.h"
#include "host/http_client.h"
#include "verify/sha256.h"

enum {
	PATH_ROOM = FILE_PATH_MAX + 80,
	PIECE_MS = 60000,
	URL_ROOM = 2048,
};

struct fetching {
	const struct fetch_ask *ask;
	struct http_client *client;
	int fd;
	uint64_t have;
	struct sha256 hash;
	char half[PATH_ROOM], whole[PATH_ROOM];
};

static enum rc
fail(const char *what, const char *path, struct why *why)
{
	why_set(why, "cannot %s '%s': %s", what, path, strerror(errno));
	return errno == ENOSPC || errno == EDQUOT ? RC_PAYLOAD_ROOM : RC_FILE;
}

/* The half one, hashed again. */
static enum rc
half_open(struct fetching *f, struct why *why)
{
	uint8_t *room = malloc(FETCH_PIECE_MAX);
	ssize_t k = -1;

	if (room == NULL)
		return RC_MEMORY;
	f->fd = open(f->half, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->fd >= 0 && flock(f->fd, LOCK_EX | LOCK_NB) != 0) {
		why_set(why, "another process is at '%s'", f->half);
		free(room);
		return RC_LOCKED;
	}
	sha256_init(&f->hash);
	while (f->fd >= 0 && (k = read(f->fd, room, FETCH_PIECE_MAX)) > 0) {
		sha256_update(&f->hash, room, (size_t)k);
		f->have += (uint64_t)k;
	}
	free(room);
	return f->fd < 0 || k < 0 ? fail("read", f->half, why) : RC_OK;
}

static enum rc
keep(struct fetching *f, const uint8_t *bytes, size_t n, struct why *why)
{
	size_t done = 0;

	while (done < n) {
		ssize_t k = pwrite(f->fd, bytes + done, n - done,
		    (off_t)(f->have + done));

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) {
			enum rc rc = fail("write", f->half, why);

			(void)!ftruncate(f->fd, (off_t)f->have);
			return rc;
		}
		done += (size_t)k;
	}
	sha256_update(&f->hash, bytes, n);
	f->have += n;
	return RC_OK;
}

/* The next piece: RC_MORE, or RC_OK when that was all. */
static enum rc
piece(struct fetching *f, struct why *why)
{
	const struct fetch_ask *ask = f->ask;
	uint64_t left = ask->size - f->have;
	size_t n = !ask->sized || left > FETCH_PIECE_MAX ? FETCH_PIECE_MAX
							  : (size_t)left;
	char url[URL_ROOM], range[96];
	const char *headers[] = {ask->header, range, NULL};
	struct http_answer a = {0};
	enum rc rc;

	snprintf(url, sizeof url, "%s?wait=%d", ask->url, FETCH_WAIT_S);
	snprintf(range, sizeof range, "Range: bytes=%llu-%llu",
	    (unsigned long long)f->have,
	    (unsigned long long)(f->have + n - 1));
	if (!ask->sized)
		headers[1] = NULL; /* it is small: whole, or refused */
	rc = http_get(f->client, url, headers, PIECE_MS, n, &a, why);
	if (rc == RC_HTTP && a.status == 404)
		why_set(why, "the coordinator does not have it yet");
	if (rc == RC_OK && a.body_n == 0 && ask->sized) {
		why_set(why, "the coordinator gives fewer bytes than asked for");
		rc = RC_NETWORK;
	}
	if (rc == RC_OK && ask->sized && f->have > 0 && a.status != 206) {
		why_set(why, "the coordinator does not go on where asked");
		rc = RC_NETWORK;
	}
	if (rc == RC_OK)
		rc = keep(f, a.body, a.body_n, why);
	if (rc == RC_OK && ask->sized && f->have < ask->size)
		rc = RC_MORE;
	http_answer_release(&a);
	return rc;
}

/* All of it is here: the right one gets its name. */
static enum rc
finish(struct fetching *f, struct source_fetched *out, struct why *why)
{
	sha256_final(&f->hash, out->sha256);
	out->size = f->have;
	if (memcmp(out->sha256, f->ask->sha256, 32) != 0)
		return file_remove(f->half, why);
	if (fsync(f->fd) != 0)
		return fail("write", f->half, why);
	return file_replace(f->half, f->whole, why);
}

enum rc
fetch_run(struct source_fetched *out, const struct fetch_ask *ask,
    struct why *why)
{
	const struct http_client_options options = {.ca_file = ask->ca_file};
	struct fetching f = {.ask = ask, .fd = -1};
	uint64_t end = clock_ms() + ask->seconds * 1000;
	struct text t;
	enum rc rc = http_client_new(&f.client, &options);

	if (rc != RC_OK)
		return rc;
	text_init(&t, f.whole, sizeof f.whole);
	text_printf(&t, "%s/", ask->directory);
	text_hex(&t, ask->sha256, 32);
	text_init(&t, f.half, sizeof f.half);
	text_printf(&t, "%s.part", f.whole);
	if (t.full)
		rc = RC_CONFIG;
	else
		rc = half_open(&f, why);
	/* left by who knows what: begin again */
	if (rc == RC_OK && (!ask->sized || f.have > ask->size)) {
		rc = ftruncate(f.fd, 0) == 0 ? RC_OK
					     : fail("write", f.half, why);
		f.have = 0;
		sha256_init(&f.hash);
	}
	if (rc == RC_OK && (!ask->sized || f.have < ask->size))
		rc = RC_MORE;
	while (rc == RC_MORE && clock_ms() < end)
		rc = piece(&f, why);
	if (rc == RC_MORE)
		why_set(why, "%llu of %llu bytes are here",
		    (unsigned long long)f.have,
		    (unsigned long long)ask->size);
	if (rc == RC_OK)
		rc = finish(&f, out, why);
	if (f.fd >= 0)
		close(f.fd);
	http_client_free(f.client);
	return rc;
}
