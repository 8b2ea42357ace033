/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_MIRROR_H
#define LOG_STORE_MIRROR_H
#include "host/why.h"
#include "log/cosign.h"
#include "log/mirror.h"

/*
 * What a mirror holds: under `state`/mirror/<hash of the origin> each log's
 * tiles and bundles, as C2SP tlog-tiles has them, with the checkpoint that
 * the mirror cosigned; in mirror.db how far that reaches, and the hashes of
 * full tiles. One thread at a time, but for mirror_store_path.
 */
struct mirror_store;
enum { MIRROR_PATH_MAX = 4200 };

enum rc mirror_store_open(struct mirror_store **out, const char *state,
    struct why *why) __attribute__((warn_unused_result));
void mirror_store_close(struct mirror_store *s); /* NULL is allowed */

/* size: of the head it cosigned; next: how many entries are on disk. */
struct mirror_state {
	uint64_t size, next;
};
enum rc mirror_store_state(struct mirror_store *s, struct slice origin,
    struct mirror_state *out) __attribute__((warn_unused_result));

/*
 * Take a package: it proves to be part of the tree of `size` with `root`,
 * together with what is held before it in its tile, and is on disk when this
 * returns RC_OK. Entries that are held already are only proven.
 * RC_CONSISTENCY, RC_DATABASE, RC_FILE ...
 */
enum rc mirror_store_take(struct mirror_store *s, struct slice origin,
    const struct mirror_package *p, uint64_t size,
    const uint8_t root[static 32], struct why *why)
    __attribute__((warn_unused_result));

/*
 * Everything below size is held and hashes to root, and the tiles of that
 * size are written: the head may be cosigned. Never less than before:
 * RC_CONFLICT. RC_CONSISTENCY.
 */
enum rc mirror_store_commit(struct mirror_store *s, struct slice origin,
    uint64_t size, const uint8_t root[static 32], struct why *why)
    __attribute__((warn_unused_result));
/* The checkpoint that is served. */
enum rc mirror_store_checkpoint(struct mirror_store *s, struct slice origin,
    const uint8_t *note, size_t n, struct why *why)
    __attribute__((warn_unused_result));

/* The entries from..to-1 that are held. */
enum rc mirror_store_entries(struct mirror_store *s, struct slice origin,
    uint64_t from, uint64_t to,
    enum rc (*each)(void *context, uint64_t index, const uint8_t *entry,
	size_t n),
    void *context, struct why *why) __attribute__((warn_unused_result));

/* `state`/mirror/<hex>/NAME; name may be "". */
void mirror_store_path(char out[static MIRROR_PATH_MAX], const char *state,
    const uint8_t hash[static 32], const char *name);
#endif
