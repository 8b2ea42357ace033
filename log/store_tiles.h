/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_TILES_H
#define LOG_STORE_TILES_H
#include "log/store.h"

/*
 * The files that readers fetch, as C2SP tlog-tiles lays them out, below
 * `state`/tiles: made from the database, written once, synced. Any web
 * server can serve the folder; throwing it away loses nothing.
 */

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
 * `from` did not: full tiles, and the partial ones at the right edge. What
 * is there already must be the same bytes (RC_FILE_EXISTS otherwise).
 * On disk, names included, when it returns RC_OK.
 */
enum rc tiles_write(struct store *s, const char *state, uint64_t from,
    uint64_t to, struct why *why) __attribute__((warn_unused_result));

/* Replaces `checkpoint`. */
enum rc tiles_checkpoint(const char *state, const uint8_t *note, size_t n,
    struct why *why) __attribute__((warn_unused_result));

/* Partial tiles that full ones have replaced between two published sizes. */
void tiles_tidy(const char *state, uint64_t from, uint64_t to);

/* Open the file of a tile: RC_OK and *fd, *size; RC_FILE_ABSENT; RC_FILE. */
enum rc tiles_open(int *fd, uint64_t *size, const char *state,
    const struct tile *t) __attribute__((warn_unused_result));
#endif
