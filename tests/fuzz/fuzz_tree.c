/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two kinds of trees. Quorum trees: bytes become the groups of a trust text,
 * most of them wrong in some way; a recursive reading of the same bytes says
 * whether the text is one, and which sets of signers satisfy it. Merkle
 * trees: an inclusion path of any length is climbed once by verify/ and once
 * by the other known rule (inner and border part, from the bits of the
 * index), and consistency proofs are held against trees made by definition.
 */
#include <assert.h>
#include "tests/unit/world.h"
#include "verify/merkle.h"
#include "verify/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* ---- quorum trees ----------------------------------------------------- */

enum { LEAVES = 12, GROUPS = 34, MEMBERS = 16 };

struct shape {
	unsigned leaf_n, group_n, root;
	struct {
		unsigned k, n, member[MEMBERS];
	} group[GROUPS];
};
/* A node: 0.. a leaf, LEAVES.. a group. */

static const uint8_t *
shape_read(struct shape *s, const uint8_t *p, const uint8_t *end)
{
	unsigned g, i;

	memset(s, 0, sizeof *s);
	s->leaf_n = 1 + *p++ % LEAVES;
	for (g = 0; g < GROUPS && end - p > 1 && *p != 0xff; g++) {
		s->group[g].n = 1 + p[0] % MEMBERS;
		s->group[g].k = p[1] % (MEMBERS + 2);
		p += 2;
		for (i = 0; i < s->group[g].n; i++)
			s->group[g].member[i] =
			    p < end ? *p++ % (LEAVES + g + 1) : 0;
	}
	s->group_n = g;
	s->root = LEAVES + g - 1;
	if (p < end && *p == 0xff)
		p++;
	if (p < end && *p >= 0xf0)
		s->root = *p++ % (LEAVES + g);
	return p;
}

static bool
node_known(const struct shape *s, unsigned node, unsigned before)
{
	return node < LEAVES ? node < s->leaf_n : node - LEAVES < before;
}

/* Counts the uses of every node under `node`; false: too deep. */
static bool
node_visit(const struct shape *s, unsigned node, unsigned depth, unsigned *uses)
{
	unsigned i;

	if (depth > POLICY_DEPTH_MAX || uses[node]++ > 0)
		return false;
	if (node < LEAVES)
		return true;
	for (i = 0; i < s->group[node - LEAVES].n; i++)
		if (!node_visit(s, s->group[node - LEAVES].member[i],
			depth + 1, uses))
			return false;
	return true;
}

static bool
shape_valid(const struct shape *s)
{
	unsigned uses[LEAVES + GROUPS] = {0}, g, i;

	/* the other two trees of the text need no group */
	if (s->group_n > POLICY_GROUPS_MAX)
		return false;
	for (g = 0; g < s->group_n; g++) {
		if (s->group[g].k < 1 || s->group[g].k > s->group[g].n)
			return false;
		for (i = 0; i < s->group[g].n; i++)
			if (!node_known(s, s->group[g].member[i], g))
				return false;
	}
	if (!node_known(s, s->root, s->group_n) ||
	    !node_visit(s, s->root, 0, uses))
		return false;
	for (i = 0; i < s->leaf_n; i++)
		if (uses[i] != 1)
			return false;
	for (g = 0; g < s->group_n; g++)
		if (uses[LEAVES + g] != 1)
			return false;
	return true;
}

static bool
node_satisfied(const struct shape *s, unsigned node, uint32_t mask)
{
	unsigned i, n = 0;

	if (node < LEAVES)
		return mask >> node & 1;
	for (i = 0; i < s->group[node - LEAVES].n; i++)
		n += node_satisfied(s, s->group[node - LEAVES].member[i], mask);
	return n >= s->group[node - LEAVES].k;
}

static void
put_node(struct text *t, unsigned node)
{
	text_printf(t, node < LEAVES ? "s%u" : "g%u",
	    node < LEAVES ? node : node - LEAVES);
}

static void
quorum(const uint8_t *bytes, size_t n)
{
	static struct key keys[LEAVES], other[3];
	static char page[16384];
	struct trust t;
	struct shape s;
	struct text out;
	uint32_t mask;
	unsigned i, j;
	enum rc rc;
	const uint8_t *end = bytes + n;

	if (keys[0].name[0] == 0) {
		for (i = 0; i < LEAVES; i++) {
			char name[16];

			snprintf(name, sizeof name, "k%u.example", i);
			key_make(&keys[i], name, KEY_ED25519);
		}
		key_make(&other[0], "root.example/root", KEY_ED25519);
		key_make(&other[1], WORLD_LOG, KEY_ED25519);
		key_make(&other[2], "w1.example/w", KEY_COSIGNATURE);
	}
	bytes = shape_read(&s, bytes, end);
	text_init(&out, page, sizeof page);
	text_string(&out, "quorate/trust@v1\nname " WORLD_NAME
			  "\nepoch 1\nrevision 1\nprevious -\n");
	for (i = 0; i < s.leaf_n; i++)
		text_printf(&out, "signer s%u %s CH\n", i, keys[i].vkey);
	for (i = 0; i < s.group_n; i++) {
		text_printf(&out, "group g%u %u", i, s.group[i].k);
		for (j = 0; j < s.group[i].n; j++) {
			text_string(&out, " ");
			put_node(&out, s.group[i].member[j]);
		}
		text_string(&out, "\n");
	}
	text_string(&out, "quorum ");
	if (s.group_n == 0 && s.root >= s.leaf_n)
		s.root = 0;
	put_node(&out, s.root);
	text_printf(&out,
	    "\nroot r %s CH\nroot-quorum r\nlog %s CH\nwitness w %s CH\n"
	    "witness-quorum w\nabout\nproposed 1\n",
	    other[0].vkey, other[1].vkey, other[2].vkey);
	rc = trust_read(&t, (uint8_t *)page, out.n, READER_DEVICE);
	assert((rc == RC_OK) == shape_valid(&s));
	if (rc != RC_OK)
		return;
	for (i = 0; i < 16; i++) {
		mask = i * 0x9e3779b9u >> 7;
		if (end - bytes >= 2) {
			mask = bytes[0] | (uint32_t)bytes[1] << 8;
			bytes += 2;
		}
		mask &= (1u << s.leaf_n) - 1;
		assert(trust_satisfied(&t, TREE_SIGNERS, mask) ==
		    node_satisfied(&s, s.root, mask));
	}
}

/* ---- Merkle trees ----------------------------------------------------- */

static uint64_t
number(const uint8_t *p)
{
	uint64_t v = 0;
	int i;

	for (i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v >> (p[0] & 1 ? 11 + p[1] % 48 : 11); /* below 2^53 */
}

static void
node_of(uint8_t out[static 32], const uint8_t left[static 32],
    const uint8_t right[static 32])
{
	uint8_t two[65];
	struct sha256 s;

	two[0] = 1;
	memcpy(two + 1, left, 32);
	memcpy(two + 33, right, 32);
	sha256_init(&s);
	sha256_update(&s, two, sizeof two);
	sha256_final(&s, out);
}

static unsigned
inner_part(uint64_t index, uint64_t size)
{
	return index == size - 1 ? 0
	    : 64 - (unsigned)__builtin_clzll(index ^ (size - 1));
}

static void
inclusion(const uint8_t *bytes, size_t n)
{
	uint64_t index = number(bytes), size = number(bytes + 8);
	uint8_t root[32], want[32], path[64][32];
	unsigned path_n, inner, border, i;
	enum rc rc;

	bytes += 16;
	n -= 16;
	for (i = 0; i < 64; i++)
		memset(path[i], n > 0 ? bytes[i % n] : 0, 32);
	path_n = n > 0 ? bytes[0] % 64 : 0;
	memset(want, 7, 32);
	if (index >= size) {
		assert(merkle_root_from_path(root, want, index, size, path[0],
			   path_n) == RC_INCLUSION);
		return;
	}
	inner = inner_part(index, size);
	border = (unsigned)__builtin_popcountll(
	    inner < 64 ? index >> inner : 0);
	if (n > 0 && bytes[0] & 0x80) /* the right length */
		path_n = inner + border;
	rc = merkle_root_from_path(root, want, index, size, path[0], path_n);
	assert((rc == RC_OK) == (path_n == inner + border));
	if (rc != RC_OK)
		return;
	for (i = 0; i < path_n; i++)
		if (i < inner && !(index >> i & 1))
			node_of(want, want, path[i]);
		else
			node_of(want, path[i], want);
	assert(memcmp(root, want, 32) == 0);
}

static void
consistency(const uint8_t *bytes, size_t n)
{
	uint8_t leaf[40][32], proof[64][32], from[32], to[32];
	unsigned size = bytes[0] % 41, old = bytes[1] % 41, d = 0, i;
	bool holds = old <= size;

	for (i = 0; i < size; i++)
		filler_leaf(leaf[i], i);
	memset(proof, 0, sizeof proof);
	if (holds && old > 0)
		d = tree_consistency(proof, leaf, old, size, 1);
	tree_root(from, leaf, holds ? old : 0);
	tree_root(to, leaf, size);
	switch (n > 3 ? bytes[2] % 5 : 0) {
	case 1: /* another hash; without any, another root */
		if (d > 0)
			proof[bytes[3] % d][bytes[3] % 32] ^= 1;
		else
			from[0] ^= 1;
		/* nothing is a prefix of everything, whatever its root */
		holds = holds && d == 0 && old == 0 && size > 0;
		break;
	case 2:
		d++;
		holds = false;
		break;
	case 3:
		if (d > 0) {
			d--;
			holds = false;
		}
		break;
	case 4:
		to[bytes[3] % 32] ^= 1;
		holds = holds && old == 0 && size > 0;
		break;
	default:
		break;
	}
	assert((merkle_consistency(old, from, size, to, proof[0], d) ==
		   RC_OK) == holds);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	if (n < 4)
		return 0;
	switch (bytes[0] % 4) {
	case 0:
		if (n >= 17)
			inclusion(bytes + 1, n - 1);
		break;
	case 1:
		consistency(bytes + 1, n - 1);
		break;
	default:
		quorum(bytes + 1, n - 1);
	}
	return 0;
}
