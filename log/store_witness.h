/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_WITNESS_H
#define LOG_STORE_WITNESS_H
#include "host/why.h"
#include "log/witness.h"

/* A witness's memory. One thread at a time; `reader`: looks only, beside the
 * one that writes, and sees what is on disk. vkey NULL, for a reader: whoever's
 * state it is. */
struct witness_store;

enum rc witness_store_open(struct witness_store **out, const char *state,
    const char *vkey, bool reader, struct why *why)
    __attribute__((warn_unused_result));
void witness_store_close(struct witness_store *s);

/* Several moves and pieces of evidence in one: on disk after the commit,
 * nowhere after a refusal of it. Without these each is its own. */
enum rc witness_store_begin(struct witness_store *s)
    __attribute__((warn_unused_result));
enum rc witness_store_commit(struct witness_store *s)
    __attribute__((warn_unused_result));
void witness_store_rollback(struct witness_store *s);

/* The largest tree that was cosigned; all zero when there is none. */
enum rc witness_store_head(struct witness_store *s, struct slice origin,
    struct witness_head *out) __attribute__((warn_unused_result));

/*
 * Moves the head of an origin from size `old` on, and keeps the checkpoint
 * (with the log's lines alone) and the time of the cosignature that may be
 * made once this returned RC_OK: it is on disk then. RC_CONFLICT when the
 * head is not at `old`.
 */
enum rc witness_store_move(struct witness_store *s, struct slice origin,
    uint64_t old, const struct checkpoint *head, const uint8_t *note,
    size_t n, uint64_t time) __attribute__((warn_unused_result));

/*
 * For a mirror: heads that were taken and whose entries may still come, the
 * newest PENDING_MAX of a log. Remembered by witness_store_move when the
 * store was told so. note has room for COSIGN_BODY_TAKEN_MAX; RC_MORE: none
 * of that size.
 */
enum { PENDING_MAX = 64 };
void witness_store_remember(struct witness_store *s);
enum rc witness_store_pending(struct witness_store *s, struct slice origin,
    uint64_t size, uint8_t root[static 32], uint8_t *note, size_t *n)
    __attribute__((warn_unused_result));

/* What was kept; RC_MORE when the origin's hash has nothing. note has room
 * for COSIGN_BODY_TAKEN_MAX bytes. */
enum rc witness_store_latest(struct witness_store *s,
    const uint8_t origin_hash[static 32], uint8_t *note, size_t *n,
    uint64_t *time) __attribute__((warn_unused_result));

/* A request that speaks against its log, beside what was held: of a log the
 * first EVIDENCE_MAX forks, and the newest EVIDENCE_MAX that prove nothing. */
enum { EVIDENCE_MAX = 64 };
enum rc witness_store_evidence(struct witness_store *s, struct slice origin,
    bool fork, const uint8_t *body, size_t n, uint64_t time)
    __attribute__((warn_unused_result));

/* All that is kept against logs, in the order in which it came. held is empty
 * where nothing was; all of it borrows until each returns. */
struct witness_evidence {
	uint64_t number, time;
	bool fork; /* held and body prove two histories by themselves */
	struct slice origin, held, body;
};
enum rc witness_store_evidence_each(struct witness_store *s,
    enum rc (*each)(void *context, const struct witness_evidence *e),
    void *context) __attribute__((warn_unused_result));
#endif
