/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/upload.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/web.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/http_client.h"
#include "host/rc_text.h"

enum {
	PIECE_BYTES = 1 << 20, /* the coordinator takes 4 MiB at a time */
	PIECE_MS = 300000,
	TRIES = 6, /* of one piece, with pauses that double */
	PAUSE_MS = 500,
};

/* ---- which files ------------------------------------------------------- */

static void
file_add(struct upload *u, const char *path)
{
	struct upload_file *f = &u->file[u->file_n];
	struct why why = {""};

	if (path == NULL || u->file_n == sizeof u->file / sizeof u->file[0])
		return;
	f->path = path;
	if (file_sha256(f->sha256, &f->size, path, &why) == RC_OK)
		u->file_n++;
	else
		say(SAY_WARNING, "%s", why.text);
}

static void
list_add(struct upload *u, const struct args_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *equals = strchr(list->at[i], '=');

		file_add(u, equals != NULL ? equals + 1 : NULL);
	}
}

static void
files_hash(struct upload *u)
{
	if (u->hashed)
		return;
	u->hashed = true;
	list_add(u, &u->request->payloads);
	list_add(u, &u->request->deltas);
	list_add(u, &u->request->attestations);
	file_add(u, u->request->notes);
}

static struct upload_file *
file_find(struct upload *u, const uint8_t sha256[static 32])
{
	for (unsigned i = 0; i < u->file_n; i++)
		if (memcmp(u->file[i].sha256, sha256, 32) == 0)
			return &u->file[i];
	return NULL;
}

/* Once for each, not at every status. */
static void
unknown_say(struct upload *u, const uint8_t sha256[static 32])
{
	char hex[65];
	struct text t;

	for (unsigned i = 0; i < u->unknown_n; i++)
		if (memcmp(u->unknown[i], sha256, 32) == 0)
			return;
	if (u->unknown_n < MESSAGE_WANTS_MAX)
		memcpy(u->unknown[u->unknown_n++], sha256, 32);
	text_init(&t, hex, sizeof hex);
	text_hex(&t, sha256, 32);
	say(SAY_WARNING, "a party wants to see the file with digest %s, and it "
			 "is not named here: run the same command with its "
			 "COMPONENT=FILE", hex);
}

/* ---- sending ----------------------------------------------------------- */

struct sending {
	const struct upload_file *file;
	struct http_client *client;
	char url[2048], path[96];
	uint8_t *room; /* PIECE_BYTES */
	uint64_t have;
	bool first, told;
};

static void
progress_say(struct sending *s, bool end)
{
	unsigned percent = s->file->size == 0
	    ? 100
	    : (unsigned)(s->have * 100 / s->file->size);

	if (!isatty(2))
		return;
	if (!end)
		fprintf(stderr, "\rsending '%s': %u %%", s->file->path, percent);
	else if (s->told)
		fputs("\n", stderr);
	s->told = !end;
	fflush(stderr);
}

/* `have N`, whatever the status. */
static bool
have_take(uint64_t *have, const struct http_answer *a)
{
	size_t n;

	if (a->body_n < 6 || memcmp(a->body, "have ", 5) != 0)
		return false;
	n = strcspn((const char *)a->body + 5, "\n");
	return decimal_decode(
	    have, UINT64_MAX >> 1, (const char *)a->body + 5, n);
}

/* The next piece, or at first the question how much is there. RC_OK: all is;
 * RC_MORE. */
static enum rc
piece_send(struct sending *s, const struct coordinator_access *access, int fd,
    struct why *why)
{
	uint64_t size = s->file->size, left = size - s->have;
	size_t n = s->first ? 0 : left < PIECE_BYTES ? (size_t)left
						      : PIECE_BYTES;
	char range[96], header[4096];
	const char *headers[] = {header, range, NULL};
	struct http_answer a = {0};
	struct text t;
	enum rc rc;

	if (n > 0 && pread(fd, s->room, n, (off_t)s->have) != (ssize_t)n) {
		why_set(why, "cannot read '%s': %s", s->file->path,
		    errno != 0 ? strerror(errno) : "it has become shorter");
		return RC_FILE;
	}
	if (n == 0)
		snprintf(range, sizeof range, "Content-Range: bytes */%llu",
		    (unsigned long long)size);
	else
		snprintf(range, sizeof range,
		    "Content-Range: bytes %llu-%llu/%llu",
		    (unsigned long long)s->have,
		    (unsigned long long)(s->have + n - 1),
		    (unsigned long long)size);
	text_init(&t, header, sizeof header);
	coordinator_header(&t, access->key, s->path);
	rc = http_send(s->client, "PUT", s->url, headers, s->room, n, PIECE_MS,
	    4096, &a, why);
	if (rc == RC_OK && a.status != 202) {
		s->have = size;
	} else if (rc == RC_OK || (rc == RC_HTTP && a.status == 409)) {
		/* an offset of ours that was wrong is put right by the answer */
		rc = have_take(&s->have, &a) && s->have <= size ? RC_MORE
								: RC_HTTP;
		if (rc == RC_HTTP)
			why_set(why, "the coordinator's answer is not usable");
	} else if (rc == RC_HTTP && (a.status == 429 || a.status == 503)) {
		rc = RC_LIMIT;
	} else if (rc == RC_HTTP && a.status == 507) {
		rc = RC_BLOB_ROOM;
	} else if (rc == RC_HTTP && a.status == 404) {
		rc = RC_UNKNOWN;
	}
	http_answer_release(&a);
	return rc;
}

static enum rc
file_send(const struct upload_file *file,
    const struct coordinator_access *access, struct why *why)
{
	struct sending s = {.file = file, .first = true};
	unsigned tries = 0;
	struct text t;
	enum rc rc = web_client_new(&s.client);
	int fd = open(file->path, O_RDONLY | O_CLOEXEC);

	text_init(&t, s.path, sizeof s.path);
	text_string(&t, "/v1/blobs/");
	text_hex(&t, file->sha256, 32);
	snprintf(s.url, sizeof s.url, "%s%s", access->url, s.path);
	s.room = malloc(PIECE_BYTES);
	if (rc == RC_OK && s.room == NULL)
		rc = RC_MEMORY;
	if (rc == RC_OK && fd < 0) {
		why_set(why, "cannot read '%s': %s", file->path,
		    strerror(errno));
		rc = RC_FILE;
	}
	while (rc == RC_OK || rc == RC_MORE) {
		bool asks = s.first && file->size > 0;

		rc = piece_send(&s, access, fd, why);
		progress_say(&s, false);
		if (rc == RC_OK || (rc == RC_MORE && asks)) {
			s.first = false;
			tries = 0;
			if (rc == RC_OK)
				break;
		} else if (rc == RC_MORE) {
			tries = 0;
		} else if ((rc == RC_NETWORK || rc == RC_TIMEOUT ||
			       rc == RC_LIMIT) &&
		    tries < TRIES) {
			clock_sleep_ms((uint64_t)PAUSE_MS << tries++);
			s.first = file->size > 0; /* it may have some of it */
			rc = RC_MORE;
		}
	}
	progress_say(&s, true);
	if (fd >= 0)
		close(fd);
	free(s.room);
	http_client_free(s.client);
	return rc;
}

static enum rc
send_and_say(struct upload *u, struct upload_file *f)
{
	struct why why = {""};
	enum rc rc = file_send(f, u->access, &why);

	if (rc == RC_UNKNOWN) { /* signed or refused before, or meanwhile */
		say(SAY_INFO, "'%s' is not sent: no text that is still open "
			      "names it", f->path);
		return RC_OK;
	}
	if (rc == RC_OK)
		say(SAY_INFO, "the coordinator has '%s', %llu bytes, for the "
			      "parties", f->path, (unsigned long long)f->size);
	else if (!f->missed)
		say(SAY_WARNING, "'%s' cannot be sent to the coordinator: %s",
		    f->path, rc_why(rc, &why));
	f->missed = rc != RC_OK;
	return rc;
}

void
upload_wanted(struct upload *u, const struct message_status *s)
{
	files_hash(u);
	for (unsigned i = 0; i < s->want_n; i++) {
		struct upload_file *f = file_find(u, s->want[i]);

		if (f == NULL)
			unknown_say(u, s->want[i]);
		else
			(void)!send_and_say(u, f);
	}
}

enum rc
upload_all(struct upload *u)
{
	enum rc rc = RC_OK;

	files_hash(u);
	for (unsigned i = 0; i < u->file_n; i++) {
		enum rc one = send_and_say(u, &u->file[i]);

		rc = one != RC_OK ? one : rc;
	}
	return rc;
}
