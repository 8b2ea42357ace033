/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/policy.h"
#include "verify/mem.h"

struct slice
policy_name(const uint8_t *text, uint16_t at)
{
	struct slice s = {text + at, 0};

	while (s.p[s.n] != ' ' && s.p[s.n] != '\n')
		s.n++;
	return s;
}

/* `none`, `any`, `all`, and what a threshold looks like. */
static bool
name_reserved(struct slice s)
{
	size_t i = 0;

	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i == s.n || slice_is(s, "any") || slice_is(s, "all") ||
	       slice_is(s, "none");
}

/* The node of a name, or POLICY_NONE. Looks at groups before `before`. */
static uint8_t
node_find(const struct policy *p, struct slice name, unsigned before)
{
	unsigned node;
	uint16_t at;

	for (node = 0;; node++) {
		if (node == p->leaf_n)
			node = POLICY_GROUP | p->group_from;
		if (node >= (POLICY_GROUP | before))
			return POLICY_NONE;
		at = node < POLICY_GROUP ? p->leaf_at[node]
					 : p->group_at[node - POLICY_GROUP];
		if (slice_equal(policy_name(p->text, at), name))
			return (uint8_t)node;
	}
}

/* A name that is free, among groups before `before` too. */
static enum rc
name_check(const struct policy *p, struct slice name, unsigned before)
{
	if (name_reserved(name))
		return RC_POLICY;
	return node_find(p, name, before) == POLICY_NONE ? RC_OK
							 : RC_NAME_REPEATED;
}

enum rc
policy_leaf_check(const struct policy *p, struct slice name)
{
	return name_check(p, name, p->group_from);
}

/* The member that *at begins with, and *at on to the next: after the line,
 * an LF is before it. */
static uint8_t
member_find(const struct policy *p, const uint8_t **at, unsigned before)
{
	struct slice name = policy_name(*at, 0);

	*at += name.n + 1;
	return node_find(p, name, before);
}

enum rc
policy_members(const struct policy *p, const struct line *l, unsigned before,
    uint8_t nodes[static POLICY_LEAVES_MAX], unsigned *n)
{
	const uint8_t *at = l->field[2].p;

	*n = 0;
	do {
		if (*n == POLICY_LEAVES_MAX)
			return RC_POLICY;
		nodes[*n] = member_find(p, &at, before);
		if (nodes[(*n)++] == POLICY_NONE)
			return RC_POLICY;
	} while (at[-1] != '\n');
	return RC_OK;
}

static uint8_t *
node_parent(struct policy *p, uint8_t node)
{
	return node & POLICY_GROUP ? &p->group_parent[node & ~POLICY_GROUP]
				   : &p->leaf_parent[node];
}

enum rc
policy_group(struct policy *p, uint16_t at, const struct line *l)
{
	const uint8_t *member = l->field[2].p;
	unsigned g = p->group_n, n = 0;
	uint64_t k;
	enum rc rc;

	if (g == POLICY_GROUPS_MAX)
		return RC_POLICY;
	rc = name_check(p, l->field[0], g);
	if (rc != RC_OK)
		return rc;
	do { /* each is below one group: there are no more than leaves */
		uint8_t node = member_find(p, &member, g);

		if (node == POLICY_NONE || *node_parent(p, node) != POLICY_NONE)
			return RC_POLICY;
		*node_parent(p, node) = (uint8_t)g;
		n++;
	} while (member[-1] != '\n');
	if (slice_number(l->field[1], 'd', &k) != RC_OK) /* any, all */
		k = l->field[1].p[1] == 'n' ? 1 : n;
	if (k > n)
		return RC_POLICY;
	p->group_at[g] = at;
	p->group_parent[g] = POLICY_NONE;
	p->group_k[g] = (uint8_t)k;
	p->group_n++;
	return RC_OK;
}

/*
 * Whether a leaf is the root or below it, and not too deep. Once all are, so
 * are the groups: each has members, hence some leaf below it.
 */
static bool
leaf_placed(const struct policy *p, unsigned leaf)
{
	unsigned depth = 0;
	uint8_t g = p->leaf_parent[leaf];

	if (leaf == p->root)
		return true;
	while (g != POLICY_NONE && ++depth < POLICY_DEPTH_MAX &&
	       (g | POLICY_GROUP) != p->root)
		g = p->group_parent[g];
	return g != POLICY_NONE && (g | POLICY_GROUP) == p->root;
}

enum rc
policy_close(struct policy *p, struct slice name)
{
	unsigned i;

	p->root = node_find(p, name, p->group_n);
	if (p->root == POLICY_NONE || *node_parent(p, p->root) != POLICY_NONE)
		return RC_POLICY;
	for (i = 0; i < p->leaf_n; i++)
		if (!leaf_placed(p, i))
			return RC_POLICY;
	return RC_OK;
}

bool
policy_satisfied(const struct policy *p, const uint32_t *mask)
{
	uint8_t count[POLICY_GROUPS_MAX], up;
	unsigned node = 0, g;

	memset(count, 0, sizeof count);
	for (;; node++) { /* leaves, then groups, each after its members */
		if (node == p->leaf_n)
			node = POLICY_GROUP | p->group_from;
		g = node - POLICY_GROUP;
		if (node < POLICY_GROUP) {
			if (!(mask[node / 32] >> node % 32 & 1))
				continue;
			up = p->leaf_parent[node];
		} else {
			if (g >= p->group_n)
				return false;
			if (count[g] < p->group_k[g])
				continue;
			up = p->group_parent[g];
		}
		if (node == p->root)
			return true;
		if (up >= POLICY_GROUPS_MAX)
			return false; /* no closed tree has such a node */
		count[up]++;
	}
}
