/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_H
#define LOG_STORE_H
#include "log/admission.h"
#include "log/setup.h"
#include "log/tile.h"
#include "log/tree.h"

/*
 * A log's memory: SQLite holds entries, hashes, head, what is in force, and
 * what was published. A struct store is one connection, used by one thread
 * at a time. The first one is the writer of entries and head; the others are
 * opened beside it and share what it keeps in memory. One that publishes
 * writes what was published (store_open_publisher).
 */
struct store;

/* beside NULL: the writer, which must be closed last. */
enum rc store_open(struct store **out, const struct log_setup *setup,
    struct store *beside, struct why *why)
    __attribute__((warn_unused_result));
enum rc store_open_publisher(struct store **out,
    const struct log_setup *setup, struct store *beside, struct why *why)
    __attribute__((warn_unused_result));
void store_close(struct store *s); /* NULL is allowed */
/* To open a state as what it is: the setup, all zero before, gets its
 * folder and the key that is stored there, and knows no secret. RC_FILE_ABSENT:
 * there is no log. */
enum rc store_setup_of(struct log_setup *setup, const char *state,
    struct why *why) __attribute__((warn_unused_result));

/* The log as the rules of admission see it, through this connection. */
void store_state(struct admission_state *out, struct store *s);

/* The hashes of the tree, as stored (uncommitted ones too, for the writer). */
struct tlog_source store_source(struct store *s);

/*
 * The head: what the log has signed last. checkpoint is the note by the log
 * alone. Size 0, and checkpoint_n 0, before the first.
 */
struct store_head {
	uint64_t size;
	uint8_t root[32];
	uint16_t checkpoint_n;
	uint8_t checkpoint[CHECKPOINT_TEXT_MAX + 2 +
	    LOG_KEYS_MAX * SIGLINE_CHARS_MAX];
};
enum rc store_head(struct store *s, struct store_head *out)
    __attribute__((warn_unused_result));

/*
 * One step of the writer: begin, append any number, commit with the new
 * head. store_append gives the entry the next index, and says which trust text
 * checks it; a is one that
 * admission_check took in this transaction; RC_CONFLICT when the text is
 * logged already. The commit compares and swaps:
 * RC_LOG_FORK when the stored head is not the one the step began with.
 * After a refusal the caller rolls back.
 */
enum rc store_begin(struct store *s) __attribute__((warn_unused_result));
enum rc store_append(struct store *s, const struct admission *a,
    uint64_t *index, uint64_t *trust) __attribute__((warn_unused_result));
enum rc store_root(struct store *s, uint64_t *size,
    uint8_t root[static 32]) __attribute__((warn_unused_result));
enum rc store_commit(struct store *s, const struct store_head *head)
    __attribute__((warn_unused_result));
void store_rollback(struct store *s);

/* Finding entries: RC_OK and *index, RC_MORE when there is none. The nth
 * newest of a payload digest, from 0. `since` entries need no look; *size is
 * how many there are that were looked at, or need none. */
enum rc store_find(struct store *s, const uint8_t id[static 32],
    uint64_t since, uint64_t *index, uint64_t *size)
    __attribute__((warn_unused_result));
enum rc store_find_payload(struct store *s, const uint8_t sha256[static 32],
    uint64_t nth, uint64_t *index) __attribute__((warn_unused_result));
enum rc store_find_product(struct store *s, const char *product,
    const char *authority, uint64_t *index)
    __attribute__((warn_unused_result));

/*
 * Entry `index`: its note's bytes (NOTE_BYTES_MAX), its kind, and the index
 * of the trust text that checks it (its own for a first one).
 */
struct store_entry {
	enum admission_kind kind;
	uint64_t trust;
	size_t note_n;
	uint8_t note[NOTE_BYTES_MAX];
};
enum rc store_entry(struct store *s, uint64_t index, struct store_entry *out)
    __attribute__((warn_unused_result));

/* The trust text that is entry `index`, parsed; the store keeps it. */
enum rc store_trust(struct store *s, uint64_t index, const struct trust **out)
    __attribute__((warn_unused_result));

/*
 * For every authority that has a trust text among the first `size` entries:
 * the newest, and the one before it (the same where there is none). Returns
 * in *n how many; at most LOG_AUTHORITIES_MAX.
 */
struct store_force {
	uint64_t now, before;
};
enum rc store_in_force(struct store *s, uint64_t size,
    struct store_force out[static LOG_AUTHORITIES_MAX], unsigned *n)
    __attribute__((warn_unused_result));
/* The trust text now in force (below size) of the authority of entry's
 * trust text `trust`. */
enum rc store_force_of(struct store *s, uint64_t trust, uint64_t size,
    uint64_t *now) __attribute__((warn_unused_result));

/* Files of trust texts, kept as first made. RC_MORE: not made yet. */
enum rc store_trust_file(struct store *s, uint64_t index, uint8_t **file,
    size_t *n) __attribute__((warn_unused_result)); /* malloc'd */
enum rc store_trust_file_set(struct store *s, uint64_t index,
    const uint8_t *file, size_t n) __attribute__((warn_unused_result));
/* The first trust text at or behind `from` and below size, or RC_MORE. */
enum rc store_trust_next(struct store *s, uint64_t from, uint64_t size,
    uint64_t *index) __attribute__((warn_unused_result));
/* Indices below size of trust texts that have no file: at most max. */
enum rc store_trust_unfiled(struct store *s, uint64_t size, uint64_t *out,
    unsigned max, unsigned *n) __attribute__((warn_unused_result));

/* So many entries as a bundle has them, or a piece of one: malloc'd. */
enum rc store_bundle(struct store *s, uint64_t from, unsigned count,
    uint8_t **bundle, size_t *n) __attribute__((warn_unused_result));
/* The hashes of a tile, one after another. */
enum rc store_tile(struct store *s, unsigned level, uint64_t number,
    unsigned width, uint8_t out[static TILE_BYTES])
    __attribute__((warn_unused_result));

/*
 * The index of ids and payload digests is written now and then, by whoever
 * asks store_index_due first (it is his task from then on), or else by the
 * writer after a commit.
 */
bool store_index_due(struct store *s);
/* How many references gather first; a quarter of a million, but in tests. */
void store_index_limit(struct store *s, unsigned references);
enum rc store_index_flush(struct store *s)
    __attribute__((warn_unused_result));
#endif
