/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_RUNS_H
#define LOG_STORE_RUNS_H
#include "host/db.h"
#include "log/store_inside.h"

/*
 * References on disk. What gathered in memory becomes a run, sorted by hash
 * and cut into parts by the hash's first bits; RUNS_MERGED of one level
 * become one of the next, so that a reference is written again once a level
 * and a log of any size has few runs. A part is 16 bytes a reference:
 *
 *	OFFSET SIZE FIELD
 *	0      8    hash, little endian; parts are sorted by it,
 *	8      8    index, little endian, and by this where it is the same
 *
 * Runs cover entries that follow one another: what is in a newer run is
 * newer.
 */
enum {
	RUNS_MERGED = 8,
	RUN_LEVEL_MAX = 4,
	RUN_BITS = 10,	    /* of the hash, that tell the part, at level 0 */
	RUN_BITS_LEVEL = 3, /* and at each level three more: 2^3 merged */
};
/* first: the lowest entry that is referred to; id: number << 24 | part */
#define RUN_TABLES                                                             \
	"CREATE TABLE run(number INTEGER PRIMARY KEY, level INTEGER NOT NULL," \
	" first INTEGER NOT NULL) STRICT;"                                     \
	"CREATE TABLE part(id INTEGER PRIMARY KEY, refs BLOB NOT NULL) STRICT;"

/* For qsort: by hash, then by index. */
int reference_order(const void *a, const void *b);

/* One more run, in the caller's transaction. sorted by hash and index. */
enum rc runs_write(struct db *db, const struct reference *sorted, size_t n)
    __attribute__((warn_unused_result));

/* The nth newest index of a hash below a bound: RC_OK, or RC_MORE and *nth
 * is what is left to count. */
enum rc runs_find(struct db *db, uint64_t hash, uint64_t below, uint64_t *nth,
    uint64_t *index) __attribute__((warn_unused_result));

/* Every hash that is there, in no order. */
enum rc runs_each(struct db *db, void (*each)(void *context, uint64_t hash),
    void *context) __attribute__((warn_unused_result));
#endif
