/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_INSIDE_H
#define LOG_STORE_INSIDE_H
#include <pthread.h>
#include "host/db.h"
#include "log/store.h"

/*
 * What the files of the store share. One struct store is one connection and
 * belongs to one thread; what all connections of a log have in common is in
 * struct store_shared, under its lock: hashes at the tree's edge, parsed
 * texts, the part of the index that is not on disk yet. All of it can be
 * made again from the entries.
 */
enum {
	TILE_SLOTS = 48,
	/* references in memory until they are written to index.db; far more
	 * only when that cannot be written */
	TAIL_MAX = 262144,
	TAIL_LIMIT = 16 * TAIL_MAX,
};

struct tile_slot {
	bool used;
	unsigned level;
	uint64_t number, touched;
	struct tile_nodes nodes;
};

/* A trust or roster text, parsed; kept for good: there are few. */
struct text_slot {
	struct text_slot *next; /* the one logged before it */
	uint64_t index;
	bool roster;
	uint8_t *bytes; /* the note */
	union {
		struct trust trust;
		struct roster roster;
	} u;
	struct admission_facts facts; /* of a trust text */
};

/*
 * Where a digest occurs: entry `index` has it as its id or as a payload. The
 * hash is keyed and names both digest and rôle.
 */
struct reference {
	uint64_t hash, index;
	uint32_t before; /* the one before it in its chain, plus one */
};

/* References as they came, and chains through them, the newest first: as
 * quick when a thousand releases have one payload. */
struct tail {
	struct reference *at;
	size_t n, cap;
	uint32_t *chain; /* TAIL_MAX: the newest of each, plus one; 0 none */
};

/*
 * Which hashes were never added: two bits for each that was. Its size does
 * not grow with the log; at ten million entries one unknown digest in
 * twenty is looked for on disk for nothing.
 */
enum { FILTER_BITS = 1 << 27 };

struct store_shared {
	pthread_mutex_t lock;
	unsigned users;
	uint64_t committed; /* entries that everybody sees */
	uint64_t touched;
	struct tile_slot tile[TILE_SLOTS];
	uint8_t tile_last[TILE_LEVELS_MAX]; /* where the last one found is */
	struct text_slot *texts; /* the newest first */
	/* Of the texts: never the same for two different sets of them. */
	uint64_t generation, generation_committed;
	/* The index: on disk below `indexed`, then `old` (being written) and
	 * `young`, which holds what is not committed too. */
	uint8_t index_key[16];
	uint64_t indexed, old_end;
	struct tail old, young;
	uint64_t *filter; /* FILTER_BITS; NULL: no memory for it */
	size_t tail_max; /* TAIL_MAX, but in tests */
	bool flusher; /* a thread of somebody's writes the index */
};

struct store {
	struct db *db, *index_db;
	const struct log_setup *setup;
	struct store_shared *shared;
	bool writer;
	uint64_t size; /* the writer's, with what is not committed */
};

/* How many entries this connection may know of. Under the lock. */
static inline uint64_t
store_view(const struct store *s)
{
	return s->writer ? s->size : s->shared->committed;
}

/* The one column of a statement that finds an index, or RC_MORE. */
enum rc query_index(struct db_query *q, uint64_t *index)
    __attribute__((warn_unused_result));
/* An entry's note, malloc'd. */
enum rc store_note(struct store *s, uint64_t index, uint8_t **bytes,
    size_t *n) __attribute__((warn_unused_result));

/* store_tree.c: under no lock. */
enum rc tree_append(struct store *s, const uint8_t leaf[static 32])
    __attribute__((warn_unused_result));
void tree_truncate(struct store_shared *shared, uint64_t size);

/* store_text.c */
enum rc texts_open(struct store *s) __attribute__((warn_unused_result));
enum rc texts_append(struct store *s, const struct admission *a)
    __attribute__((warn_unused_result));
/* Drops what was logged at or behind index `from`. */
void texts_truncate(struct store_shared *shared, uint64_t from);
/* The newest trust text of a name, below `size`: RC_OK or RC_MORE. */
enum rc trust_newest(struct store *s, const uint8_t *name, size_t n,
    uint64_t size, uint64_t *index) __attribute__((warn_unused_result));

/* store_index.c */
enum rc index_open(struct store *s, struct why *why)
    __attribute__((warn_unused_result));
enum rc index_append(struct store *s, uint64_t index,
    const struct admission *a) __attribute__((warn_unused_result));
void index_truncate(struct store_shared *shared, uint64_t size);
/* After a commit: enough to be written? */
enum rc index_rotate(struct store *s) __attribute__((warn_unused_result));
void index_release(struct store_shared *shared);
#endif
