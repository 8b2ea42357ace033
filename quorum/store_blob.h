/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_STORE_BLOB_H
#define QUORUM_STORE_BLOB_H
/*
 * Payloads at the coordinator, for parties that want to see what they sign:
 * files by their SHA-256, in a folder. Nothing is believed: a file gets its
 * name when its bytes have that digest, and is on disk by then. Pieces come
 * in order; a half one survives a restart. Any thread; one lock inside.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/why.h"
#include "verify/rc.h"

#define BLOBS_MAX	1024
#define BLOB_UPLOADS_MAX 32 /* half ones at a time */
#define BLOB_PIECE_MAX	(4u << 20)

struct blobs;

struct blobs_options {
	const char *dir; /* made when absent */
	uint64_t each_max, total_max; /* bytes; half ones count whole */
	uint64_t keep_s; /* since the last text that names it ended */
};

/* options->dir must live. RC_OK, RC_FILE, RC_MEMORY. */
enum rc blobs_open(struct blobs **out, const struct blobs_options *options,
    struct why *why) __attribute__((warn_unused_result));
void blobs_close(struct blobs *b); /* NULL is allowed */

/* RC_OK, a descriptor to read from and the size; RC_UNKNOWN (not whole
 * here), RC_FILE. */
enum rc blobs_read(struct blobs *b, int *fd, uint64_t *size,
    const uint8_t sha256[static 32]) __attribute__((warn_unused_result));

/*
 * n bytes at `at` of the `size` bytes of a digest; n 0: how far is it? *have
 * is what is here afterwards. RC_OK: all of it, on disk; RC_MORE: go on at
 * *have; RC_BLOB_RANGE: not taken, go on at *have; RC_PAYLOAD_DIGEST: these
 * are other bytes, all are forgotten; RC_FILE_LONG (larger than each_max),
 * RC_BLOB_ROOM (no room, nor to be made; or the disk is full), RC_LIMIT (too
 * many half ones), RC_FILE. Writes, hashes and syncs: not for a thread that
 * others wait for.
 */
enum rc blobs_write(struct blobs *b, uint64_t *have,
    const uint8_t sha256[static 32], uint64_t size, uint64_t at,
    const uint8_t *bytes, size_t n, uint64_t now)
    __attribute__((warn_unused_result));

/* The clock: what an open text names (n digests) is kept, the rest for
 * keep_s. */
void blobs_tick(
    struct blobs *b, const uint8_t named[][32], unsigned n, uint64_t now);

/* For /metrics. */
void blobs_count(struct blobs *b, unsigned *whole, unsigned *half,
    uint64_t *bytes);
#endif
