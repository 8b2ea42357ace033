/* SPDX-License-Identifier: Apache-2.0 */
#include "log/store_tiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "host/gzip.h"
#include "host/say.h"

enum { TILE_FILE_MODE = 0644, TILE_DIR_MODE = 0755 };

static void
file_path(char out[static FILE_PATH_MAX + 1], const char *state,
    const struct tile *t)
{
	char path[TILE_PATH_MAX];

	tile_path(path, t);
	snprintf(out, FILE_PATH_MAX + 1, "%s/tiles/%s", state, path);
}

/* Its directory, without the last slash. */
static void
file_dir(char dir[static FILE_PATH_MAX + 1],
    const char path[static FILE_PATH_MAX + 1])
{
	strcpy(dir, path);
	*strrchr(dir, '/') = '\0';
}

/* Tiles come in an order that changes the directory seldom. */
static enum rc
dir_enter(struct tiles *w, const char *dir, struct why *why)
{
	enum rc rc = RC_OK;

	if (strcmp(dir, w->dir) == 0)
		return RC_OK;
	if (w->owed)
		rc = file_sync_dir(w->dir, why);
	w->owed = false;
	if (rc == RC_OK)
		rc = dir_make(dir, TILE_DIR_MODE, why);
	strcpy(w->dir, rc == RC_OK ? dir : "");
	return rc;
}

/* The folder of a partial tile goes when the tile is full: no sync. */
static enum rc
dir_pass(const char *dir, struct why *why)
{
	return mkdir(dir, TILE_DIR_MODE) == 0 || errno == EEXIST
	    ? RC_OK
	    : dir_make(dir, TILE_DIR_MODE, why);
}

/* A full one stays for ever and is synced; what is partial is replaced soon
 * and is written again at a start. */
static enum rc
tile_write(struct tiles *w, const struct tile *t, const uint8_t *bytes,
    size_t n, struct why *why)
{
	char path[FILE_PATH_MAX + 1], dir[FILE_PATH_MAX + 1];
	enum rc rc;

	file_path(path, w->state, t);
	file_dir(dir, path);
	if (t->width < TILE_WIDTH) {
		rc = dir_pass(dir, why);
		return rc != RC_OK ? rc
				   : file_write_passing(path, bytes, n,
					 TILE_FILE_MODE, why);
	}
	rc = dir_enter(w, dir, why);
	if (rc != RC_OK)
		return rc;
	w->owed = true;
	return file_write_synced(path, bytes, n, TILE_FILE_MODE, true, why);
}

static enum rc
hashes_write(struct tiles *w, struct store *s, unsigned level,
    uint64_t number, unsigned width, struct why *why)
{
	struct tile t = {.number = number, .width = width,
	    .level = (uint8_t)level};
	uint8_t hashes[TILE_BYTES];
	enum rc rc = store_tile(s, level, number, width, hashes);

	if (rc == RC_OK)
		rc = tile_write(w, &t, hashes, 32 * (size_t)width, why);
	return rc;
}

static enum rc
bundle_append(struct tiles *w, const uint8_t *bytes, size_t n)
{
	size_t cap = 2 * (w->bundle_n + n);
	uint8_t *grown;

	if (w->bundle_n + n > w->bundle_cap) {
		grown = realloc(w->bundle, cap);
		if (grown == NULL)
			return RC_MEMORY;
		w->bundle = grown;
		w->bundle_cap = cap;
	}
	if (n > 0)
		memcpy(w->bundle + w->bundle_n, bytes, n);
	w->bundle_n += n;
	return RC_OK;
}

static const uint8_t *
entries_skip(const uint8_t *p, uint64_t count)
{
	while (count-- > 0)
		p += 2 + (p[0] << 8 | p[1]);
	return p;
}

/* What of *from..to is at hand, from its beginning on. */
static enum rc
bundle_append_fresh(struct tiles *w, uint64_t *from, uint64_t to)
{
	const struct tiles_fresh *f;
	enum rc rc = RC_OK;

	for (f = w->fresh; f != NULL && rc == RC_OK; f = f->next) {
		uint64_t end = f->to < to ? f->to : to;
		const uint8_t *p, *q;

		if (f->from > *from || *from >= end)
			continue;
		p = entries_skip(f->bytes, *from - f->from);
		q = entries_skip(p, end - *from);
		rc = bundle_append(w, p, (size_t)(q - p));
		if (rc == RC_OK)
			*from = end;
	}
	return rc;
}

/* The bundle at the edge grows in memory: what came is at hand, or read,
 * once. */
static enum rc
bundle_grow(struct tiles *w, struct store *s, uint64_t number, unsigned width)
{
	uint64_t first = number * TILE_WIDTH, from, to = first + width;
	uint8_t *more = NULL;
	size_t n;
	enum rc rc;

	if (w->number != number || w->width > width) {
		w->number = number;
		w->width = 0;
		w->bundle_n = 0;
	}
	from = first + w->width;
	rc = bundle_append_fresh(w, &from, to);
	w->width = (unsigned)(from - first);
	if (rc != RC_OK || from == to)
		return rc;
	rc = store_bundle(s, from, (unsigned)(to - from), &more, &n);
	if (rc == RC_OK)
		rc = bundle_append(w, more, n);
	if (rc == RC_OK)
		w->width = width;
	free(more);
	return rc;
}

static enum rc
bundle_write(struct tiles *w, struct store *s, uint64_t number,
    unsigned width, struct why *why)
{
	struct tile t = {.number = number, .width = width, .entries = true};
	enum rc rc = bundle_grow(w, s, number, width);

	if (rc == RC_OK)
		rc = tile_write(w, &t, w->bundle, w->bundle_n, why);
	return rc;
}

/* Level `levels` stands for the bundles. `edge`: the partial one at `from`
 * too. */
static enum rc
row_write(struct tiles *w, struct store *s, unsigned row, uint64_t from,
    uint64_t to, bool edge, struct why *why)
{
	unsigned level = row < TILE_LEVELS_MAX ? row : 0;
	uint64_t n = from >> (8 * level) >> 8;
	unsigned width;
	enum rc rc = RC_OK;

	for (; rc == RC_OK && (width = tile_width(level, n, to)) > 0; n++) {
		if (!edge && width == tile_width(level, n, from))
			continue;
		rc = row < TILE_LEVELS_MAX
		    ? hashes_write(w, s, level, n, width, why)
		    : bundle_write(w, s, n, width, why);
	}
	return rc;
}

static enum rc
rows_write(struct tiles *w, struct store *s, uint64_t from, uint64_t to,
    bool edge, struct why *why)
{
	unsigned row;
	enum rc rc = RC_OK;

	for (row = 0; rc == RC_OK && row <= TILE_LEVELS_MAX; row++)
		rc = row_write(w, s, row, from, to, edge, why);
	if (rc == RC_OK && w->owed)
		rc = file_sync_dir(w->dir, why);
	if (rc == RC_OK)
		w->owed = false;
	return rc;
}

enum rc
tiles_write(struct tiles *w, struct store *s, uint64_t to, struct why *why)
{
	enum rc rc = RC_OK;

	if (w->size > 0 && !w->edge)
		rc = rows_write(w, s, w->size, w->size, true, why);
	w->edge = true;
	if (rc == RC_OK)
		rc = rows_write(w, s, w->size, to, false, why);
	if (rc == RC_OK)
		w->size = to;
	tiles_fresh(w, NULL);
	return rc;
}

void
tiles_fresh(struct tiles *w, struct tiles_fresh *fresh)
{
	struct tiles_fresh *f;

	while ((f = w->fresh) != NULL) {
		w->fresh = f->next;
		free(f);
	}
	w->fresh = fresh;
}

void
tiles_release(struct tiles *w)
{
	free(w->bundle);
	w->bundle = NULL;
	tiles_fresh(w, NULL);
}

enum rc
tiles_begin(const char *state, uint8_t checkpoint[static CHECKPOINT_NOTE_MAX],
    size_t *n, struct why *why)
{
	char path[FILE_PATH_MAX + 1];
	uint8_t *bytes;
	enum rc rc;

	snprintf(path, sizeof path, "%s/tiles", state);
	rc = dir_make(path, TILE_DIR_MODE, why);
	if (rc != RC_OK)
		return rc;
	snprintf(path, sizeof path, "%s/tiles/checkpoint", state);
	rc = file_read(&bytes, n, path, CHECKPOINT_NOTE_MAX, why);
	if (rc == RC_OK)
		memcpy(checkpoint, bytes, *n);
	free(bytes);
	return rc == RC_FILE_ABSENT ? RC_OK : rc;
}

enum rc
tiles_checkpoint(const char *state, const uint8_t *note, size_t n,
    struct why *why)
{
	char path[FILE_PATH_MAX + 1];

	snprintf(path, sizeof path, "%s/tiles/checkpoint", state);
	return file_write_atomic(path, note, n, TILE_FILE_MODE, why);
}

/* The folder of partial tiles of a full one. Nobody waits for it to be gone:
 * no sync. */
static void
partials_remove(const char *state, struct tile t)
{
	char path[FILE_PATH_MAX + 1], file[2 * FILE_PATH_MAX];
	struct dirent *e;
	DIR *d;

	t.width = TILE_WIDTH;
	file_path(path, state, &t);
	if (strlen(path) + 3 > FILE_PATH_MAX)
		return;
	strcat(path, ".p");
	d = opendir(path);
	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(file, sizeof file, "%s/%s", path, e->d_name);
		unlink(file);
	}
	closedir(d);
	rmdir(path);
}

void
tiles_tidy(const char *state, uint64_t from, uint64_t to)
{
	struct tile t = {.width = TILE_WIDTH};
	unsigned level;

	for (level = 0; level < TILE_LEVELS_MAX; level++) {
		t.level = (uint8_t)level;
		for (t.number = from >> (8 * level) >> 8;
		     t.number < to >> (8 * level) >> 8; t.number++) {
			t.entries = false;
			partials_remove(state, t);
			t.entries = true;
			if (level == 0)
				partials_remove(state, t);
		}
	}
}

enum rc
tiles_open(int *fd, uint64_t *size, const char *state, const struct tile *t)
{
	char path[FILE_PATH_MAX + 1];
	struct stat st;

	file_path(path, state, t);
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd < 0)
		return RC_FILE_ABSENT;
	if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(*fd);
		return RC_FILE;
	}
	*size = (uint64_t)st.st_size;
	return RC_OK;
}

enum rc
tiles_make(struct store *s, const struct tile *t, uint64_t size,
    uint8_t **bytes, size_t *n)
{
	uint8_t hashes[TILE_BYTES];
	enum rc rc;

	*bytes = NULL;
	if (tile_width(t->level, t->number, size) < t->width)
		return RC_FILE_ABSENT;
	if (t->entries)
		return store_bundle(s, t->number * TILE_WIDTH, t->width,
		    bytes, n);
	rc = store_tile(s, t->level, t->number, t->width, hashes);
	*n = 32 * (size_t)t->width;
	if (rc == RC_OK)
		*bytes = malloc(*n);
	if (rc == RC_OK && *bytes == NULL)
		rc = RC_MEMORY;
	if (rc == RC_OK)
		memcpy(*bytes, hashes, *n);
	return rc;
}

enum { BUNDLE_MAX = TILE_WIDTH * (2 + BUNDLE_ENTRY_MAX) };

enum rc
tiles_gzip(const char *state, const struct tile *t, uint8_t **bytes,
    size_t *n)
{
	char path[FILE_PATH_MAX + 1], packed[FILE_PATH_MAX + 8];
	bool full = t->width == TILE_WIDTH;
	struct why why = {""};
	uint8_t *plain;
	size_t plain_n;
	enum rc rc;

	file_path(path, state, t);
	snprintf(packed, sizeof packed, "%s.gz", path);
	if (full && file_read(bytes, n, packed, BUNDLE_MAX, &why) == RC_OK)
		return RC_OK;
	rc = file_read(&plain, &plain_n, path, BUNDLE_MAX, &why);
	if (rc != RC_OK)
		return rc;
	rc = gzip_write(bytes, n, plain, plain_n, full ? 6 : 1);
	free(plain);
	if (rc == RC_OK && full &&
	    file_write_atomic(packed, *bytes, *n, TILE_FILE_MODE, &why) !=
		RC_OK)
		say(SAY_WARNING, "%s", why.text); /* made again next time */
	return rc;
}
