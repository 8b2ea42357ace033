/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/merkle.h"
#include "verify/mem.h"
#include "verify/sha256.h"

void
merkle_leaf_init(struct sha256 *s)
{
	const uint8_t zero = 0;

	sha256_init(s);
	sha256_update(s, &zero, 1);
}

void
merkle_leaf(uint8_t out[static 32], const uint8_t *entry, size_t n)
{
	struct sha256 s;

	merkle_leaf_init(&s);
	sha256_update(&s, entry, n);
	sha256_final(&s, out);
}

void
merkle_node(uint8_t out[static 32], const uint8_t left[static 32],
    const uint8_t right[static 32])
{
	const uint8_t one = 1;
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, &one, 1);
	sha256_update(&s, left, 32);
	sha256_update(&s, right, 32);
	sha256_final(&s, out);
}

enum rc
merkle_root_from_path(uint8_t root[static 32], const uint8_t leaf[static 32],
    uint64_t index, uint64_t size, const uint8_t *path, unsigned path_n)
{
	const uint8_t *end = path + 32 * (size_t)path_n;
	uint64_t last = size - 1;

	if (index >= size)
		return RC_INCLUSION;
	memcpy(root, leaf, 32);
	/* level by level, to where the node is the only one */
	for (; last != 0; index >>= 1, last >>= 1) {
		if (!(index & 1) && index == last)
			continue; /* the last has no sibling here */
		if (path == end)
			return RC_INCLUSION;
		if (index & 1)
			merkle_node(root, path, root);
		else
			merkle_node(root, root, path);
		path += 32;
	}
	return path == end ? RC_OK : RC_INCLUSION;
}

enum rc
merkle_consistency(uint64_t old_size, const uint8_t old_root[static 32],
    uint64_t new_size, const uint8_t new_root[static 32], const uint8_t *proof,
    unsigned proof_n)
{
	uint8_t from[32], to[32];
	uint64_t node, last;
	unsigned i = 0;

	if (old_size > new_size)
		return RC_CONSISTENCY;
	if (old_size == new_size)
		return proof_n == 0 && memcmp(old_root, new_root, 32) == 0
			   ? RC_OK
			   : RC_CONSISTENCY;
	if (old_size == 0)
		return proof_n == 0 ? RC_OK : RC_CONSISTENCY;
	node = old_size - 1;
	last = new_size - 1;
	while (node & 1) {
		node >>= 1;
		last >>= 1;
	}
	if (node == 0) { /* old tree is a whole left subtree */
		memcpy(from, old_root, 32);
	} else {
		if (proof_n == 0)
			return RC_CONSISTENCY;
		memcpy(from, proof, 32);
		i = 1;
	}
	memcpy(to, from, 32);
	for (; i < proof_n; i++) {
		const uint8_t *p = proof + 32 * (size_t)i;

		if (last == 0)
			return RC_CONSISTENCY;
		if (node & 1 || node == last) {
			merkle_node(from, p, from);
			merkle_node(to, p, to);
			while (!(node & 1) && node != 0) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			merkle_node(to, to, p);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && memcmp(from, old_root, 32) == 0 &&
		       memcmp(to, new_root, 32) == 0
		   ? RC_OK
		   : RC_CONSISTENCY;
}
