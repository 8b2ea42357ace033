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
	unsigned i;

	for (i = 0; i < p->leaf_n; i++)
		if (slice_equal(policy_name(p->text, p->leaf_at[i]), name))
			return (uint8_t)i;
	for (i = p->group_from; i < before; i++)
		if (slice_equal(policy_name(p->text, p->group_at[i]), name))
			return (uint8_t)(POLICY_GROUP | i);
	return POLICY_NONE;
}

enum rc
policy_leaf_check(const struct policy *p, struct slice name)
{
	if (name_reserved(name))
		return RC_POLICY;
	return node_find(p, name, p->group_from) == POLICY_NONE
		   ? RC_OK
		   : RC_NAME_REPEATED;
}

enum rc
policy_members(const struct policy *p, const struct line *l, unsigned before,
    uint8_t nodes[static POLICY_LEAVES_MAX], unsigned *n)
{
	struct slice rest = l->field[2], name;

	for (*n = 0; rest.n > 0; (*n)++) {
		name = (struct slice){rest.p, 0};
		while (name.n < rest.n && rest.p[name.n] != ' ')
			name.n++;
		if (*n == POLICY_LEAVES_MAX)
			return RC_POLICY;
		nodes[*n] = node_find(p, name, before);
		if (nodes[*n] == POLICY_NONE)
			return RC_POLICY;
		rest.p += name.n;
		rest.n -= name.n;
		if (rest.n > 0) { /* the space; the line has no outer ones */
			rest.p++;
			rest.n--;
		}
	}
	return *n > 0 ? RC_OK : RC_POLICY;
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
	uint8_t nodes[POLICY_LEAVES_MAX];
	unsigned g = p->group_n, n, i;
	uint64_t k = 0;
	enum rc rc;

	if (g == POLICY_GROUPS_MAX || name_reserved(l->field[0]))
		return RC_POLICY;
	if (node_find(p, l->field[0], g) != POLICY_NONE)
		return RC_NAME_REPEATED;
	rc = policy_members(p, l, g, nodes, &n);
	if (rc != RC_OK)
		return rc;
	if (slice_is(l->field[1], "any"))
		k = 1;
	else if (slice_is(l->field[1], "all"))
		k = n;
	else
		(void)slice_decimal(l->field[1], POLICY_LEAVES_MAX, &k);
	if (k < 1 || k > n)
		return RC_POLICY;
	for (i = 0; i < n; i++) {
		uint8_t *parent = node_parent(p, nodes[i]);

		if (*parent != POLICY_NONE) /* used twice */
			return RC_POLICY;
		*parent = (uint8_t)g;
	}
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
	uint8_t count[POLICY_GROUPS_MAX], g;
	unsigned i;

	memset(count, 0, sizeof count);
	for (i = 0; i < p->leaf_n; i++) {
		if (!(mask[i / 32] >> (i % 32) & 1))
			continue;
		if (p->root == i)
			return true;
		g = p->leaf_parent[i];
		if (g >= POLICY_GROUPS_MAX)
			return false; /* no closed tree has such a leaf */
		count[g]++;
	}
	for (i = p->group_from; i < p->group_n; i++) {
		if (count[i] < p->group_k[i])
			continue;
		if (p->root == (i | POLICY_GROUP))
			return true;
		g = p->group_parent[i];
		if (g >= POLICY_GROUPS_MAX)
			return false;
		count[g]++;
	}
	return false;
}
