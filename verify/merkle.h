/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_MERKLE_H
#define VERIFY_MERKLE_H
#include <stddef.h>
#include <stdint.h>
#include "verify/rc.h"

/*
 * Merkle trees of RFC 6962 section 2.1, over SHA-256. Sizes and indices are
 * below 2^53. Proof hashes lie in one array, 32 bytes each, leaf side first.
 */
enum { MERKLE_DEPTH_MAX = 53 };

struct sha256;
void merkle_leaf_init(struct sha256 *s); /* then update with the entry */
void merkle_leaf(uint8_t out[static 32], const uint8_t *entry, size_t n);
void merkle_node(uint8_t out[static 32], const uint8_t left[static 32],
    const uint8_t right[static 32]);

/*
 * The root that an inclusion path leads to (RFC 9162 section 2.1.3.2).
 * RC_OK, or RC_INCLUSION when the path has not the length that index and
 * size demand; root is then unspecified.
 */
enum rc merkle_root_from_path(uint8_t root[static 32],
    const uint8_t leaf[static 32], uint64_t index, uint64_t size,
    const uint8_t *path, unsigned path_n) __attribute__((warn_unused_result));

/*
 * That the tree of old_size with old_root is a prefix of the tree of
 * new_size with new_root (RFC 9162 section 2.1.4.2). From size 0 or between
 * equal sizes the proof is empty. RC_OK or RC_CONSISTENCY.
 */
enum rc merkle_consistency(uint64_t old_size, const uint8_t old_root[static 32],
    uint64_t new_size, const uint8_t new_root[static 32], const uint8_t *proof,
    unsigned proof_n) __attribute__((warn_unused_result));
#endif
