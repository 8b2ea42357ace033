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

bool
policy_same(const uint8_t *a, const uint8_t *b)
{
	for (; *a > ' '; a++, b++)
		if (*a != *b)
			return false;
	return *b <= ' ';
}

/* The words that are no names, a threshold's among them; or WORD_NONE. */
enum { WORD_ANY = 5, WORD_ALL = 10, WORD_NONE = 15 };
static unsigned
word_find(const uint8_t *name)
{
	static const uint8_t words[] = "none any  all  ";
	unsigned i = 0;

	while (i < WORD_NONE && !policy_same(words + i, name))
		i += 5;
	return i;
}

/* The node of a name, or POLICY_NONE. */
static uint8_t
node_find(const struct policy *p, const uint8_t *name)
{
	unsigned node;

	for (node = 0;; node++) {
		if (node == p->leaf_n)
			node = p->groups + p->group_from;
		if (node >= p->groups + p->group_n)
			return POLICY_NONE;
		if (policy_same(p->text + p->at[node], name))
			return (uint8_t)node;
	}
}

enum rc
policy_members(const struct policy *p, const struct line *l, unsigned before,
    uint8_t nodes[static POLICY_LEAVES_MAX], unsigned *n)
{
	const uint8_t *at = l->field[2].p;
	struct policy known = *p;

	known.group_n = (uint8_t)before;
	*n = 0;
	do {
		if (*n == POLICY_LEAVES_MAX)
			return RC_POLICY;
		nodes[*n] = node_find(&known, at);
		if (nodes[(*n)++] == POLICY_NONE)
			return RC_POLICY;
		while (*at++ > ' ')
			;
	} while (at[-1] != '\n'); /* as the line ends */
	return RC_OK;
}

/* A group's members, which get it as their parent, and its threshold. */
static enum rc
group_read(struct policy *p, const struct line *l)
{
	const uint8_t *member = l->field[2].p;
	unsigned word, n = 0;
	unsigned k = 1;
	uint64_t number;

	do { /* each is below one group: there are no more than leaves */
		uint8_t node = node_find(p, member);

		while (*member++ > ' ')
			;
		if (node == POLICY_NONE || p->parent[node] != POLICY_NONE)
			return RC_POLICY;
		p->parent[node] = p->group_n;
		n++;
	} while (member[-1] != '\n');
	word = word_find(l->field[1].p);
	if (word == WORD_ALL) {
		k = n;
	} else if (word != WORD_ANY) {
		if (slice_number(l->field[1], 'd', &number) != RC_OK)
			return RC_FIELD;
		k = (uint32_t)number;
	}
	if (k > n)
		return RC_POLICY;
	p->group_k[p->group_n] = (uint8_t)k;
	return RC_OK;
}

enum rc
policy_node(struct policy *p, const struct line *l)
{
	const uint8_t *name = l->field[0].p, *digit = name;
	unsigned node = p->leaf_n;
	enum rc rc;

	while (*digit >= '0' && *digit <= '9')
		digit++;
	if (*digit <= ' ' || word_find(name) != WORD_NONE)
		return RC_POLICY;
	if (node_find(p, name) != POLICY_NONE)
		return RC_NAME_REPEATED;
	if (*l->whole.p == 'g') {
		if (p->group_n == POLICY_GROUPS_MAX)
			return RC_POLICY;
		rc = group_read(p, l);
		if (rc != RC_OK)
			return rc;
		node = p->groups + p->group_n++;
	} else {
		if (node == (p->groups & ~31u))
			return RC_LINE_REPEATED;
		p->leaf_n++;
	}
	p->at[node] = (uint16_t)(name - p->text);
	p->parent[node] = POLICY_NONE;
	return RC_OK;
}

/*
 * Every leaf is the root or below it, and not too deep. Once all are, so are
 * the groups: each has members, hence some leaf below it.
 */
enum rc
policy_close(struct policy *p, const struct line *l)
{
	unsigned leaf, node, depth;

	p->root = node_find(p, l->field[0].p);
	if (p->root == POLICY_NONE || p->parent[p->root] != POLICY_NONE)
		return RC_POLICY;
	for (leaf = 0; leaf < p->leaf_n; leaf++)
		for (node = leaf, depth = 0; node != p->root; depth++) {
			if (depth == POLICY_DEPTH_MAX ||
			    p->parent[node] == POLICY_NONE)
				return RC_POLICY;
			node = p->groups + p->parent[node];
		}
	return RC_OK;
}

bool
policy_satisfied(const struct policy *p, const uint32_t *mask)
{
	uint8_t count[POLICY_GROUPS_MAX], up;
	unsigned node, g;

	memset(count, 0, sizeof count);
	for (node = 0;; node++) { /* leaves, then groups after their members */
		if (node == p->leaf_n)
			node = p->groups + p->group_from;
		g = node - p->groups;
		if (node < p->groups) {
			if (!(mask[node / 32] >> node % 32 & 1))
				continue;
			up = p->parent[node];
		} else {
			if (g >= p->group_n)
				return false;
			if (count[g] < p->group_k[g])
				continue;
			up = p->parent[p->groups + g]; /* node, for Eva */
		}
		if (node == p->root)
			return true;
		if (up >= POLICY_GROUPS_MAX)
			return false; /* no closed tree has such a node */
		count[up]++;
	}
}
