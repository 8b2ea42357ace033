/* SPDX-License-Identifier: Apache-2.0 */
#include "log/store_tiles.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"

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

/* *dirty is the directory whose sync is still owed; "" at first. Tiles come
 * in an order that changes it seldom. */
static enum rc
tile_write(const char *state, const struct tile *t, const uint8_t *bytes,
    size_t n, char dirty[static FILE_PATH_MAX + 1], struct why *why)
{
	char path[FILE_PATH_MAX + 1], dir[FILE_PATH_MAX + 1];
	enum rc rc = RC_OK;

	file_path(path, state, t);
	file_dir(dir, path);
	if (strcmp(dir, dirty) != 0) {
		if (dirty[0] != '\0')
			rc = file_sync_dir(dirty, why);
		if (rc == RC_OK)
			rc = dir_make(dir, TILE_DIR_MODE, why);
		strcpy(dirty, dir);
	}
	if (rc != RC_OK)
		return rc;
	return file_write_synced(path, bytes, n, TILE_FILE_MODE, true, why);
}

static enum rc
hashes_write(struct store *s, const char *state, unsigned level,
    uint64_t number, unsigned width, char dirty[static FILE_PATH_MAX + 1],
    struct why *why)
{
	struct tile t = {.number = number, .width = width,
	    .level = (uint8_t)level};
	uint8_t hashes[TILE_BYTES];
	enum rc rc = store_tile(s, level, number, width, hashes);

	if (rc == RC_OK)
		rc = tile_write(state, &t, hashes, 32 * (size_t)width, dirty,
		    why);
	return rc;
}

static enum rc
bundle_write(struct store *s, const char *state, uint64_t number,
    unsigned width, char dirty[static FILE_PATH_MAX + 1], struct why *why)
{
	struct tile t = {.number = number, .width = width, .entries = true};
	uint8_t *bundle;
	size_t n;
	enum rc rc = store_bundle(s, number * TILE_WIDTH, width, &bundle, &n);

	if (rc == RC_OK)
		rc = tile_write(state, &t, bundle, n, dirty, why);
	free(bundle);
	return rc;
}

/* Level `levels` stands for the bundles. */
static enum rc
row_write(struct store *s, const char *state, unsigned row, uint64_t from,
    uint64_t to, char dirty[static FILE_PATH_MAX + 1], struct why *why)
{
	unsigned level = row < TILE_LEVELS_MAX ? row : 0;
	uint64_t n = from >> (8 * level) >> 8;
	unsigned width;
	enum rc rc = RC_OK;

	for (; rc == RC_OK && (width = tile_width(level, n, to)) > 0; n++) {
		if (width == tile_width(level, n, from))
			continue;
		rc = row < TILE_LEVELS_MAX
		    ? hashes_write(s, state, level, n, width, dirty, why)
		    : bundle_write(s, state, n, width, dirty, why);
	}
	return rc;
}

enum rc
tiles_write(struct store *s, const char *state, uint64_t from, uint64_t to,
    struct why *why)
{
	char dirty[FILE_PATH_MAX + 1] = "";
	unsigned row;
	enum rc rc = RC_OK;

	for (row = 0; rc == RC_OK && row <= TILE_LEVELS_MAX; row++)
		rc = row_write(s, state, row, from, to, dirty, why);
	if (rc == RC_OK && dirty[0] != '\0')
		rc = file_sync_dir(dirty, why);
	return rc;
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
