/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DIGEST.part grows, is hashed as it grows, and becomes DIGEST. Of a half one
 * that a restart left, the hash is made again from the file: nothing about
 * it was kept, so nothing can be out of date.
 */
#include "quorum/store_blob.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "host/file.h"
#include "host/text.h"
#include "verify/sha256.h"

struct blob {
	bool used, whole, named;
	bool busy; /* a piece is being written, without the lock */
	bool hashed; /* hash is that of the first `have` bytes */
	uint8_t sha256[32];
	uint64_t size; /* of a half one, as its sender says; 0: not said yet */
	uint64_t have;
	uint64_t last; /* when it was last named or written; unix seconds */
	struct sha256 hash;
};

struct blobs {
	struct blobs_options options;
	pthread_mutex_t lock;
	struct blob blob[BLOBS_MAX];
};

enum { PATH_ROOM = FILE_PATH_MAX + 80 };

static void
path_of(char out[static PATH_ROOM], const struct blobs *b,
    const uint8_t sha256[static 32], bool whole)
{
	struct text t;

	text_init(&t, out, PATH_ROOM);
	text_printf(&t, "%s/", b->options.dir);
	text_hex(&t, sha256, 32);
	text_string(&t, whole ? "" : ".part");
}

static struct blob *
blob_find(struct blobs *b, const uint8_t sha256[static 32])
{
	for (unsigned i = 0; i < BLOBS_MAX; i++)
		if (b->blob[i].used &&
		    memcmp(b->blob[i].sha256, sha256, 32) == 0)
			return &b->blob[i];
	return NULL;
}

static struct blob *
blob_add(struct blobs *b, const uint8_t sha256[static 32])
{
	for (unsigned i = 0; i < BLOBS_MAX; i++) {
		struct blob *at = &b->blob[i];

		if (at->used)
			continue;
		memset(at, 0, sizeof *at);
		at->used = true;
		memcpy(at->sha256, sha256, 32);
		return at;
	}
	return NULL;
}

/* Whoever reads it reads on: an open file stays until it is closed. */
static void
blob_drop(struct blobs *b, struct blob *at)
{
	char path[PATH_ROOM];

	path_of(path, b, at->sha256, at->whole);
	(void)!file_remove(path, NULL);
	at->used = false;
}

/* ---- coming back ---- */

static void
found(struct blobs *b, const char *name)
{
	size_t n = strlen(name);
	bool whole = n == 64;
	char path[PATH_ROOM];
	uint8_t sha256[32];
	struct stat st;
	struct blob *at;

	if ((!whole && (n != 69 || strcmp(name + 64, ".part") != 0)) ||
	    !hex_decode(sha256, 32, name, 64))
		return;
	path_of(path, b, sha256, whole);
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	at = blob_find(b, sha256);
	if (at == NULL)
		at = blob_add(b, sha256);
	if (at == NULL || at->whole)
		return;
	at->whole = whole;
	at->size = whole ? (uint64_t)st.st_size : 0; /* 0: not known yet */
	at->have = (uint64_t)st.st_size;
	at->last = (uint64_t)st.st_mtime;
}

enum rc
blobs_open(struct blobs **out, const struct blobs_options *options,
    struct why *why)
{
	struct blobs *b;
	struct dirent *entry;
	DIR *dir;
	enum rc rc = dir_make(options->dir, 0700, why);

	*out = NULL;
	if (rc != RC_OK)
		return rc;
	b = calloc(1, sizeof *b);
	if (b == NULL)
		return RC_MEMORY;
	b->options = *options;
	dir = opendir(options->dir);
	if (dir == NULL) {
		why_set(why, "cannot read '%s': %s", options->dir,
		    strerror(errno));
		free(b);
		return RC_FILE;
	}
	while ((entry = readdir(dir)) != NULL)
		found(b, entry->d_name);
	closedir(dir);
	pthread_mutex_init(&b->lock, NULL);
	*out = b;
	return RC_OK;
}

void
blobs_close(struct blobs *b)
{
	if (b == NULL)
		return;
	pthread_mutex_destroy(&b->lock);
	free(b);
}

/* ---- reading ---- */

enum rc
blobs_read(struct blobs *b, int *fd, uint64_t *size,
    const uint8_t sha256[static 32])
{
	const struct blob *at;
	char path[PATH_ROOM];
	enum rc rc = RC_UNKNOWN;

	*fd = -1;
	pthread_mutex_lock(&b->lock);
	at = blob_find(b, sha256);
	if (at != NULL && at->whole) {
		path_of(path, b, sha256, true);
		*fd = open(path, O_RDONLY | O_CLOEXEC);
		*size = at->size;
		rc = *fd >= 0 ? RC_OK : RC_FILE;
	}
	pthread_mutex_unlock(&b->lock);
	return rc;
}

/* ---- writing ---- */

static uint64_t
total(const struct blobs *b, const struct blob *but)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < BLOBS_MAX; i++) {
		const struct blob *at = &b->blob[i];

		if (at->used && at != but)
			sum += at->size > at->have ? at->size : at->have;
	}
	return sum;
}

/* Room for `size` more, if need be of what no open text names. */
static bool
room_make(struct blobs *b, const struct blob *but, uint64_t size)
{
	for (;;) {
		struct blob *oldest = NULL;

		if (size <= b->options.total_max &&
		    total(b, but) <= b->options.total_max - size)
			return true;
		for (unsigned i = 0; i < BLOBS_MAX; i++) {
			struct blob *at = &b->blob[i];

			if (at->used && at != but && !at->named &&
			    !at->busy &&
			    (oldest == NULL || at->last < oldest->last))
				oldest = at;
		}
		if (oldest == NULL)
			return false;
		blob_drop(b, oldest);
	}
}

static unsigned
halves(const struct blobs *b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < BLOBS_MAX; i++)
		n += b->blob[i].used && !b->blob[i].whole;
	return n;
}

/* The entry that a piece may be written to, busy. Within the lock. */
static enum rc
blob_take(struct blobs *b, struct blob **out, uint64_t *have,
    const uint8_t sha256[static 32], uint64_t size, uint64_t at, uint64_t now)
{
	struct blob *x = blob_find(b, sha256);

	*out = NULL;
	*have = x != NULL ? x->have : 0;
	if (x != NULL && x->whole) {
		x->last = now;
		*have = x->size;
		return x->size == size ? RC_OK : RC_BLOB_RANGE;
	}
	if (size > b->options.each_max)
		return RC_FILE_LONG;
	if (x != NULL && x->busy)
		return RC_LIMIT; /* somebody else's piece is on its way */
	if (x != NULL && (x->have > size || (x->size != 0 && x->size != size))) {
		blob_drop(b, x); /* of another upload; the digest decides */
		x = NULL;
		*have = 0;
	}
	if (at != *have)
		return RC_BLOB_RANGE;
	if (x == NULL && halves(b) >= BLOB_UPLOADS_MAX)
		return RC_LIMIT;
	if (!room_make(b, x, size))
		return RC_BLOB_ROOM;
	if (x == NULL)
		x = blob_add(b, sha256);
	if (x == NULL)
		return RC_LIMIT;
	x->size = size;
	x->last = now;
	x->named = true; /* until the next tick says otherwise */
	x->busy = true;
	*out = x;
	return RC_MORE;
}

static bool
rehash(struct blob *x, int fd)
{
	uint8_t *room = malloc(1 << 16);
	uint64_t done = 0;

	sha256_init(&x->hash);
	while (room != NULL && done < x->have) {
		ssize_t k = pread(fd, room, 1 << 16, (off_t)done);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		k = (uint64_t)k > x->have - done ? (ssize_t)(x->have - done) : k;
		sha256_update(&x->hash, room, (size_t)k);
		done += (uint64_t)k;
	}
	free(room);
	x->hashed = done == x->have;
	return x->hashed;
}

static enum rc
append(struct blob *x, int fd, const uint8_t *bytes, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t k = pwrite(
		    fd, bytes + done, n - done, (off_t)(x->have + done));

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) {
			(void)!ftruncate(fd, (off_t)x->have);
			return errno == ENOSPC || errno == EDQUOT ||
				errno == EFBIG
			    ? RC_BLOB_ROOM
			    : RC_FILE;
		}
		done += (size_t)k;
	}
	return RC_OK;
}

/* Without the lock; x is busy, so nobody else touches it. */
static enum rc
piece_write(struct blobs *b, struct blob *x, const uint8_t *bytes, size_t n)
{
	char half[PATH_ROOM], whole[PATH_ROOM];
	struct sha256 hash;
	uint8_t digest[32];
	enum rc rc = RC_FILE;
	int fd;

	path_of(half, b, x->sha256, false);
	path_of(whole, b, x->sha256, true);
	fd = open(half, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == ENOSPC || errno == EDQUOT ? RC_BLOB_ROOM
							  : RC_FILE;
	if (x->hashed || rehash(x, fd))
		rc = append(x, fd, bytes, n);
	if (rc == RC_OK) {
		sha256_update(&x->hash, bytes, n);
		x->have += n;
		rc = x->have == x->size ? RC_OK : RC_MORE;
	}
	if (rc == RC_OK) {
		hash = x->hash;
		sha256_final(&hash, digest);
		rc = memcmp(digest, x->sha256, 32) == 0 ? RC_OK
							: RC_PAYLOAD_DIGEST;
	}
	if (rc == RC_OK && fsync(fd) != 0)
		rc = errno == ENOSPC || errno == EDQUOT ? RC_BLOB_ROOM
							: RC_FILE;
	close(fd);
	if (rc == RC_OK)
		rc = file_replace(half, whole, NULL);
	return rc;
}

/* How far it is; nothing is begun. Within the lock. */
static enum rc
blob_ask(struct blobs *b, uint64_t *have, const uint8_t sha256[static 32],
    uint64_t size)
{
	const struct blob *x = blob_find(b, sha256);

	*have = 0;
	if (x != NULL && x->whole) {
		*have = x->size;
		return x->size == size ? RC_OK : RC_BLOB_RANGE;
	}
	if (size > b->options.each_max)
		return RC_FILE_LONG;
	if (x != NULL && x->have <= size && (x->size == 0 || x->size == size))
		*have = x->have;
	return RC_MORE;
}

enum rc
blobs_write(struct blobs *b, uint64_t *have, const uint8_t sha256[static 32],
    uint64_t size, uint64_t at, const uint8_t *bytes, size_t n, uint64_t now)
{
	struct blob *x = NULL;
	enum rc rc;

	pthread_mutex_lock(&b->lock);
	if (n == 0 && size > 0)
		rc = blob_ask(b, have, sha256, size);
	else if (at > size || n > size - at)
		rc = RC_BLOB_RANGE;
	else
		rc = blob_take(b, &x, have, sha256, size, at, now);
	pthread_mutex_unlock(&b->lock);
	if (x == NULL)
		return rc;
	rc = piece_write(b, x, bytes, n);
	pthread_mutex_lock(&b->lock);
	x->busy = false;
	x->whole = rc == RC_OK;
	/* a whole length that did not get its name is of no use to anybody */
	if (!x->whole && (x->have == x->size || rc == RC_FILE)) {
		x->have = 0;
		blob_drop(b, x);
	}
	*have = x->have;
	pthread_mutex_unlock(&b->lock);
	return rc;
}

/* ---- forgetting ---- */

/* So that a restart counts from here, too. */
static void
blob_touch(const struct blobs *b, const struct blob *x)
{
	char path[PATH_ROOM];

	path_of(path, b, x->sha256, x->whole);
	(void)utimensat(AT_FDCWD, path, NULL, 0);
}

static bool
is_named(const struct blob *x, const uint8_t named[][32], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (memcmp(named[i], x->sha256, 32) == 0)
			return true;
	return false;
}

void
blobs_tick(struct blobs *b, const uint8_t named[][32], unsigned n, uint64_t now)
{
	pthread_mutex_lock(&b->lock);
	for (unsigned i = 0; i < BLOBS_MAX; i++) {
		struct blob *x = &b->blob[i];
		bool is;

		if (!x->used || x->busy)
			continue;
		is = is_named(x, named, n);
		if (x->named && !is) {
			x->last = now;
			blob_touch(b, x);
		}
		x->named = is;
		if (!is && now > x->last && now - x->last > b->options.keep_s)
			blob_drop(b, x);
	}
	pthread_mutex_unlock(&b->lock);
}

void
blobs_count(
    struct blobs *b, unsigned *whole, unsigned *half, uint64_t *bytes)
{
	*whole = *half = 0;
	*bytes = 0;
	pthread_mutex_lock(&b->lock);
	for (unsigned i = 0; i < BLOBS_MAX; i++) {
		const struct blob *x = &b->blob[i];

		if (!x->used)
			continue;
		*whole += x->whole;
		*half += !x->whole;
		*bytes += x->have;
	}
	pthread_mutex_unlock(&b->lock);
}
