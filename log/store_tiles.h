/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_TILES_H
#define LOG_STORE_TILES_H
#include "log/store.h"

/*
 * The files that readers fetch, as C2SP tlog-tiles lays them out, below
 * `state`/tiles: made from the database. Any web server can serve the folder;
 * throwing it away loses nothing. Full tiles and bundles are written once,
 * and synced; the partial ones at the edge are many, are replaced soon, and
 * after a power cut are written again at the next start.
 */
struct tiles_fresh;
struct tiles {
	const char *state;
	uint64_t size; /* up to which they are written */
	bool edge;     /* the partial ones at `size` too, by this process */
	bool owed;     /* the sync of `dir` */
	char dir[4001];
	/* the bundle at the edge, as far as it is known */
	uint64_t number;
	unsigned width;
	size_t bundle_n, bundle_cap;
	uint8_t *bundle;
	struct tiles_fresh *fresh; /* ascending; see below */
};
void tiles_release(struct tiles *w);

/*
 * What was committed a moment ago, as bundles have it (C2SP tlog-tiles: two
 * bytes of length, then the entry): it need not be read back. What is not
 * here is, so that any of it may be dropped. Malloc'd, in a list.
 */
struct tiles_fresh {
	struct tiles_fresh *next;
	uint64_t from, to;
	size_t n;
	uint8_t bytes[];
};
/* For the next tiles_write; NULL: nothing. Handed over. */
void tiles_fresh(struct tiles *w, struct tiles_fresh *fresh);

/*
 * Makes the folder, and reads the `checkpoint` in it, up to
 * CHECKPOINT_NOTE_MAX bytes: *n 0 when there is none. Then all tiles are to
 * be written, from size 0 on.
 */
enum rc tiles_begin(const char *state,
    uint8_t checkpoint[static CHECKPOINT_NOTE_MAX], size_t *n,
    struct why *why) __attribute__((warn_unused_result));

/*
 * Everything that a reader of the tree of size `to` needs and one of size
 * w->size did not: full tiles, and the partial ones at the right edge. A full
 * one that is there already must be the same bytes (RC_FILE_EXISTS
 * otherwise); full ones are on disk, names included, when it returns RC_OK.
 */
enum rc tiles_write(struct tiles *w, struct store *s, uint64_t to,
    struct why *why) __attribute__((warn_unused_result));

/* Replaces `checkpoint`. */
enum rc tiles_checkpoint(const char *state, const uint8_t *note, size_t n,
    struct why *why) __attribute__((warn_unused_result));

/* Partial tiles that full ones have replaced between two published sizes. */
void tiles_tidy(const char *state, uint64_t from, uint64_t to);

/* Open the file of a tile: RC_OK and *fd, *size; RC_FILE_ABSENT; RC_FILE. */
enum rc tiles_open(int *fd, uint64_t *size, const char *state,
    const struct tile *t) __attribute__((warn_unused_result));
/* An entry bundle as a gzip file, malloc'd: a full one is kept beside it as
 * "....gz" when it is asked for first, where nginx's gzip_static finds it. */
enum rc tiles_gzip(const char *state, const struct tile *t, uint8_t **bytes,
    size_t *n) __attribute__((warn_unused_result));
/* The bytes of a tile of the tree of that size, from the database, malloc'd:
 * for a partial one whose file is gone. RC_FILE_ABSENT: that tree has none. */
enum rc tiles_make(struct store *s, const struct tile *t, uint64_t size,
    uint8_t **bytes, size_t *n) __attribute__((warn_unused_result));
#endif
