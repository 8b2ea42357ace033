/* SPDX-License-Identifier: Apache-2.0 */
#include "log/tree.h"

#include <string.h>

#include "verify/sha256.h"

/* The largest power of two below n, as its exponent; n >= 2. */
static unsigned
split_level(uint64_t n)
{
	return 63 - (unsigned)__builtin_clzll(n - 1);
}

/*
 * MTH of entries lo..hi-1, where lo is a multiple of the smallest power of
 * two that is at least hi - lo: a chain of perfect subtrees, folded from the
 * right, the ragged side.
 */
static enum rc
range_hash(uint8_t out[static 32], uint64_t lo, uint64_t hi,
    const struct tlog_source *source)
{
	uint8_t left[32];
	bool first = true;
	enum rc rc = RC_OK;

	while (rc == RC_OK && hi > lo) {
		unsigned level = (unsigned)__builtin_ctzll(hi - lo);

		hi -= (uint64_t)1 << level;
		rc = source->node(source->context, level, hi >> level,
		    first ? out : left);
		if (rc == RC_OK && !first)
			merkle_node(out, left, out);
		first = false;
	}
	return rc;
}

enum rc
tlog_root(uint8_t root[static 32], uint64_t size,
    const struct tlog_source *source)
{
	struct sha256 s;

	if (size > 0)
		return range_hash(root, 0, size, source);
	sha256_init(&s);
	sha256_final(&s, root);
	return RC_OK;
}

/* From the root down the siblings come in the opposite order. */
static void
reverse(uint8_t *hashes, unsigned n)
{
	uint8_t h[32];
	unsigned i;

	for (i = 0; i < n / 2; i++) {
		memcpy(h, hashes + 32 * i, 32);
		memcpy(hashes + 32 * i, hashes + 32 * (n - 1 - i), 32);
		memcpy(hashes + 32 * (n - 1 - i), h, 32);
	}
}

enum rc
tlog_inclusion(uint8_t path[static MERKLE_DEPTH_MAX * 32], unsigned *path_n,
    uint64_t index, uint64_t size, const struct tlog_source *source)
{
	uint64_t lo = 0, hi = size;
	enum rc rc = RC_OK;

	*path_n = 0;
	while (rc == RC_OK && hi - lo > 1) {
		uint64_t middle = lo + ((uint64_t)1 << split_level(hi - lo));
		uint8_t *sibling = path + 32 * (size_t)(*path_n)++;

		if (index < middle) {
			rc = range_hash(sibling, middle, hi, source);
			hi = middle;
		} else {
			rc = range_hash(sibling, lo, middle, source);
			lo = middle;
		}
	}
	reverse(path, *path_n);
	return rc;
}

enum rc
tlog_consistency(uint8_t proof[static TLOG_PROOF_MAX * 32], unsigned *proof_n,
    uint64_t old_size, uint64_t new_size, const struct tlog_source *source)
{
	uint64_t lo = 0, hi = new_size;
	bool whole = true; /* the old root is the hash of lo..old_size-1 */
	enum rc rc = RC_OK;

	*proof_n = 0;
	if (old_size == 0 || old_size == new_size)
		return RC_OK;
	/* SUBPROOF of RFC 6962 section 2.1.2, as a loop down to old_size */
	while (rc == RC_OK && hi != old_size) {
		uint64_t middle = lo + ((uint64_t)1 << split_level(hi - lo));
		uint8_t *sibling = proof + 32 * (size_t)(*proof_n)++;

		if (old_size <= middle) {
			rc = range_hash(sibling, middle, hi, source);
			hi = middle;
		} else {
			rc = range_hash(sibling, lo, middle, source);
			lo = middle;
			whole = false;
		}
	}
	if (rc == RC_OK && !whole)
		rc = range_hash(proof + 32 * (size_t)(*proof_n)++, lo, hi,
		    source);
	reverse(proof, *proof_n);
	return rc;
}
