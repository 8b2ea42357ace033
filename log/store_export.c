/* SPDX-License-Identifier: Apache-2.0 */
#include "log/store_export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/file.h"
#include "host/rc_text.h"
#include "log/store_tiles.h"

enum { EXPORT_FILE_MODE = 0644, EXPORT_DIR_MODE = 0755 };

struct export {
	struct store *s;
	const char *dir;
	struct why *why;
};

static enum rc
export_write(struct export *e, const char *path, const uint8_t *bytes,
    size_t n)
{
	char full[FILE_PATH_MAX + 1], *slash;
	enum rc rc;

	snprintf(full, sizeof full, "%s/%s", e->dir, path);
	slash = strrchr(full, '/');
	*slash = '\0';
	rc = dir_make(full, EXPORT_DIR_MODE, e->why);
	*slash = '/';
	return rc == RC_OK ? file_write_synced(full, bytes, n,
				 EXPORT_FILE_MODE, false, e->why)
			   : rc;
}

static enum rc
tile_export(struct export *e, const struct tile *t, uint64_t size)
{
	char path[TILE_PATH_MAX];
	uint8_t *bytes = NULL;
	size_t n;
	enum rc rc = tiles_make(e->s, t, size, &bytes, &n);

	tile_path(path, t);
	if (rc == RC_OK)
		rc = export_write(e, path, bytes, n);
	free(bytes);
	return rc;
}

static enum rc
tiles_export(struct export *e, uint64_t size)
{
	struct tile t = {.level = 0};
	enum rc rc = RC_OK;

	for (; rc == RC_OK && t.level < TILE_LEVELS_MAX; t.level++)
		for (t.number = 0; rc == RC_OK; t.number++) {
			t.width = tile_width(t.level, t.number, size);
			if (t.width == 0)
				break;
			t.entries = false;
			rc = tile_export(e, &t, size);
			t.entries = true;
			if (rc == RC_OK && t.level == 0)
				rc = tile_export(e, &t, size);
		}
	return rc;
}

/* Those of texts whose file was made; the others are made anew where the log
 * is opened. */
static enum rc
trust_export(struct export *e, uint64_t size)
{
	uint64_t index, next;
	char path[64];
	uint8_t *file;
	size_t n;
	enum rc rc = RC_OK;

	for (next = 0; rc == RC_OK; next = index + 1) {
		rc = store_trust_next(e->s, next, size, &index);
		if (rc != RC_OK)
			break;
		rc = store_trust_file(e->s, index, &file, &n);
		if (rc == RC_MORE) {
			rc = RC_OK;
			continue;
		}
		snprintf(path, sizeof path, "trust/%llu",
		    (unsigned long long)index);
		if (rc == RC_OK)
			rc = export_write(e, path, file, n);
		free(file);
	}
	return rc == RC_MORE ? RC_OK : rc;
}

/* The head as it was published, with cosignatures, or else as it is. */
static enum rc
checkpoint_export(struct export *e, const struct store_head *head,
    const char *state)
{
	char path[FILE_PATH_MAX + 1];
	struct note own, shown;
	uint8_t *bytes = NULL;
	size_t n;
	enum rc rc = note_split(&own, head->checkpoint, head->checkpoint_n);

	if (rc != RC_OK)
		return rc;
	snprintf(path, sizeof path, "%s/tiles/checkpoint", state);
	if (file_read(&bytes, &n, path, CHECKPOINT_NOTE_MAX, NULL) == RC_OK &&
	    note_split(&shown, bytes, n) == RC_OK &&
	    shown.text_n == own.text_n &&
	    memcmp(shown.bytes, own.bytes, own.text_n) == 0)
		rc = export_write(e, "checkpoint", bytes, n);
	else
		rc = export_write(e, "checkpoint", head->checkpoint,
		    head->checkpoint_n);
	free(bytes);
	return rc;
}

static enum rc
everything(struct export *e, const char *state, uint64_t *size)
{
	struct store_head head;
	enum rc rc = store_head(e->s, &head);

	*size = head.size;
	if (rc == RC_OK)
		rc = tiles_export(e, head.size);
	if (rc == RC_OK)
		rc = trust_export(e, head.size);
	if (rc == RC_OK)
		rc = checkpoint_export(e, &head, state);
	return rc;
}

enum rc
log_export(uint64_t *size, const char *state, const char *dir, struct why *why)
{
	struct log_setup *setup = calloc(1, sizeof *setup);
	struct export e = {.dir = dir, .why = why};
	char path[FILE_PATH_MAX + 1];
	int lock = -1;
	enum rc rc = setup != NULL ? RC_OK : RC_MEMORY;

	*size = 0;
	snprintf(path, sizeof path, "%s/checkpoint", dir);
	if (rc == RC_OK && file_exists(path)) {
		why_set(why, "'%s' is there already", path);
		rc = RC_FILE_EXISTS;
	}
	if (rc == RC_OK)
		rc = file_lock(&lock, state, why);
	if (rc == RC_OK)
		rc = store_setup_of(setup, state, why);
	if (rc == RC_OK)
		rc = store_open(&e.s, setup, NULL, why);
	if (rc == RC_OK)
		rc = everything(&e, state, size);
	store_close(e.s);
	if (lock >= 0)
		file_unlock(lock);
	if (rc != RC_OK && why->text[0] == '\0')
		why_set(why, "'%s': %s", state, rc_text(rc));
	free(setup);
	return rc;
}
