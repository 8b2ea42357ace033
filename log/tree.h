/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_TREE_H
#define LOG_TREE_H
#include <stdbool.h>

#include "verify/merkle.h"

/*
 * Roots and proofs of a log's tree at any size (RFC 6962 section 2.1), from
 * the hashes of its perfect subtrees. A source gives the hash of the 2^level
 * entries from index << level on; it is asked only for subtrees that are
 * complete in the size at hand. Its refusals pass through.
 */
struct tlog_source {
	enum rc (*node)(void *context, unsigned level, uint64_t index,
	    uint8_t out[static 32]);
	void *context;
};

/* Of size 0 the hash of nothing. */
enum rc tlog_root(uint8_t root[static 32], uint64_t size,
    const struct tlog_source *source) __attribute__((warn_unused_result));

/*
 * The inclusion path of entry `index` in the tree of `size`, leaf side first:
 * *path_n hashes of 32 bytes. index < size. RC_OK or the source's.
 */
enum rc tlog_inclusion(uint8_t path[static MERKLE_DEPTH_MAX * 32],
    unsigned *path_n, uint64_t index, uint64_t size,
    const struct tlog_source *source) __attribute__((warn_unused_result));

/*
 * That the tree of old_size is a prefix of that of new_size, old <= new, as
 * merkle_consistency takes it: nothing from size 0 or between equal sizes.
 */
enum { TLOG_PROOF_MAX = MERKLE_DEPTH_MAX + 1 };
enum rc tlog_consistency(uint8_t proof[static TLOG_PROOF_MAX * 32],
    unsigned *proof_n, uint64_t old_size, uint64_t new_size,
    const struct tlog_source *source) __attribute__((warn_unused_result));
#endif
