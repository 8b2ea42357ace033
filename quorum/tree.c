/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shares along the quorum tree: docs/crypto.md sections 1 and 2.
 *
 * A group's members were defined before it, so walking the groups as they
 * were defined sees children first, and walking `order` sees parents first:
 * nothing here recurses, and only tree_finish keeps a stack.
 */
#include "quorum/tree.h"
#include <sodium.h>
#include <string.h>

static bool
node_is_leaf(uint8_t node)
{
	return node < TREE_LEAVES_MAX;
}

static uint8_t
node_group(uint8_t node)
{
	return (uint8_t)(node - TREE_LEAVES_MAX);
}

enum rc
tree_init(struct tree *t, size_t leaves)
{
	memset(t, 0, sizeof *t);
	if (leaves == 0 || leaves > TREE_LEAVES_MAX)
		return RC_POLICY;
	t->leaves = (uint8_t)leaves;
	t->root = TREE_NONE;
	memset(t->parent, TREE_NONE, sizeof t->parent);
	return RC_OK;
}

/*
 * Until tree_finish, parent[] is by party: TREE_NONE says not used yet. For
 * groups x says it, since no member has x = 0.
 */
static bool
node_is_free(const struct tree *t, uint8_t node)
{
	if (node_is_leaf(node))
		return node < t->leaves && t->parent[node] == TREE_NONE;
	return node_group(node) < t->groups &&
	    t->group[node_group(node)].x == 0;
}

enum rc
tree_add_group(
    struct tree *t, unsigned k, const uint8_t *members, size_t count)
{
	struct tree_group *g;

	if (t->root != TREE_NONE || t->groups == TREE_GROUPS_MAX || k == 0 ||
	    k > count || count > (size_t)TREE_MEMBERS_MAX - t->members)
		return RC_POLICY;
	for (size_t i = 0; i < count; i++) {
		if (!node_is_free(t, members[i]))
			return RC_POLICY;
		for (size_t j = 0; j < i; j++)
			if (members[j] == members[i])
				return RC_POLICY;
	}
	g = &t->group[t->groups];
	*g = (struct tree_group){.k = (uint8_t)k,
	    .count = (uint8_t)count,
	    .first = t->members,
	    .parent = TREE_NONE};
	for (size_t i = 0; i < count; i++) {
		uint8_t node = members[i], x = (uint8_t)(i + 1);

		t->member[t->members++] = node;
		if (node_is_leaf(node)) {
			t->parent[node] = t->groups;
			t->x[node] = x;
		} else {
			t->group[node_group(node)].parent = t->groups;
			t->group[node_group(node)].x = x;
		}
	}
	t->groups++;
	return RC_OK;
}

/* Number a leaf: from now on the tree knows it by its id. */
static void
leaf_number(struct tree *t, uint8_t *node, unsigned *ids, const struct tree *old)
{
	uint8_t party = *node, index = (uint8_t)(*ids)++;

	t->party[index] = party;
	t->id[party] = (uint8_t)(index + 1);
	t->parent[index] = old->parent[party];
	t->x[index] = old->x[party];
	*node = index;
}

/* A group opens: its place in pre-order and among the commitments. */
static void
group_open(struct tree *t, uint8_t group, unsigned *opened)
{
	struct tree_group *g = &t->group[group];

	if (*opened == 0)
		t->commitments = 1; /* the root's constant, the secret */
	t->order[(*opened)++] = group;
	g->linear = t->commitments;
	t->commitments = (uint8_t)(t->commitments + g->k - 1);
}

/* Depth first from the root group; every node has at most one parent. */
static enum rc
tree_walk(struct tree *t, const struct tree *old, unsigned *ids, unsigned *opened)
{
	struct {
		uint8_t group, next;
	} stack[TREE_DEPTH_MAX];
	unsigned depth = 0;

	stack[depth].group = node_group(t->root);
	stack[depth++].next = 0;
	group_open(t, stack[0].group, opened);
	while (depth > 0) {
		const struct tree_group *g = &t->group[stack[depth - 1].group];
		uint8_t *node;

		if (stack[depth - 1].next == g->count) {
			depth--;
			continue;
		}
		node = &t->member[g->first + stack[depth - 1].next++];
		if (node_is_leaf(*node)) {
			leaf_number(t, node, ids, old);
			continue;
		}
		if (depth == TREE_DEPTH_MAX)
			return RC_POLICY;
		stack[depth].group = node_group(*node);
		stack[depth].next = 0;
		group_open(t, stack[depth++].group, opened);
	}
	return RC_OK;
}

enum rc
tree_finish(struct tree *t, unsigned root)
{
	struct tree old = *t;
	unsigned ids = 0, opened = 0;

	if (t->root != TREE_NONE || root >= TREE_NONE ||
	    !node_is_free(t, (uint8_t)root))
		return RC_POLICY;
	t->root = (uint8_t)root;
	memset(t->parent, TREE_NONE, sizeof t->parent);
	memset(t->x, 0, sizeof t->x);
	if (node_is_leaf(t->root)) {
		leaf_number(t, &t->root, &ids, &old);
	} else if (tree_walk(t, &old, &ids, &opened) != RC_OK) {
		ids = 0;
	}
	if (ids == t->leaves && opened == t->groups)
		return RC_OK;
	t->root = TREE_NONE;
	return RC_POLICY;
}

bool
tree_is_flat(const struct tree *t)
{
	return t->groups == 1;
}

enum rc
tree_check_sharing(const struct tree *t)
{
	if (t->root == TREE_NONE || node_is_leaf(t->root))
		return RC_TREE;
	for (unsigned id = 1; id <= t->leaves; id++) {
		struct tree_set one = {{0}};

		tree_set_add(&one, id);
		if (tree_set_satisfied(t, &one))
			return RC_TREE;
	}
	return RC_OK;
}

/*
 * What a set does to each group: how many members it satisfies, how many it
 * touches.
 */
struct tally {
	uint8_t satisfied[TREE_GROUPS_MAX];
	uint8_t touched[TREE_GROUPS_MAX];
};

static bool
node_satisfied(const struct tree *t, const struct tree_set *set,
    const struct tally *tally, uint8_t node)
{
	if (node_is_leaf(node))
		return tree_set_has(set, node + 1u);
	return tally->satisfied[node_group(node)] >= t->group[node_group(node)].k;
}

static bool
node_touched(
    const struct tree_set *set, const struct tally *tally, uint8_t node)
{
	if (node_is_leaf(node))
		return tree_set_has(set, node + 1u);
	return tally->touched[node_group(node)] > 0;
}

static void
tally_make(struct tally *out, const struct tree *t, const struct tree_set *set)
{
	memset(out, 0, sizeof *out);
	for (unsigned i = 0; i < t->groups; i++) {
		const struct tree_group *g = &t->group[i];

		for (unsigned m = 0; m < g->count; m++) {
			uint8_t node = t->member[g->first + m];

			out->satisfied[i] += node_satisfied(t, set, out, node);
			out->touched[i] += node_touched(set, out, node);
		}
	}
}

bool
tree_set_satisfied(const struct tree *t, const struct tree_set *set)
{
	struct tally tally;

	if (t->root == TREE_NONE)
		return false;
	tally_make(&tally, t, set);
	return node_satisfied(t, set, &tally, t->root);
}

bool
tree_set_is_minimal(const struct tree *t, const struct tree_set *set)
{
	struct tally tally;

	if (!tree_set_satisfied(t, set))
		return false;
	for (unsigned id = t->leaves + 1u; id <= TREE_LEAVES_MAX; id++)
		if (tree_set_has(set, id))
			return false;
	tally_make(&tally, t, set);
	/*
	 * Counting what is touched is enough: a member touched but not
	 * satisfied would leave its group short of k, and so up to the root.
	 */
	for (unsigned i = 0; i < t->groups; i++)
		if (tally.touched[i] > 0 && tally.touched[i] != t->group[i].k)
			return false;
	return true;
}

/*
 * One choice per node: cost, then leaves, packed so that comparing compares
 * both. The sum of 128 costs of at most 255 fits 16 bits, and 128 fits 8.
 */
#define CHOICE_NONE UINT32_MAX

static uint32_t
choice_of(const struct tree_set *available, const uint8_t *cost,
    const uint32_t *of_group, uint8_t node)
{
	if (!node_is_leaf(node))
		return of_group[node_group(node)];
	return tree_set_has(available, node + 1u)
	    ? (uint32_t)cost[node] << 8 | 1
	    : CHOICE_NONE;
}

/* Pick the k best members of a group, the earliest among equals. */
static uint32_t
group_choose(const struct tree *t, const struct tree_group *g,
    const struct tree_set *available, const uint8_t *cost,
    const uint32_t *of_group, bool *taken)
{
	uint32_t sum = 0;

	for (unsigned picks = 0; picks < g->k; picks++) {
		uint32_t best = CHOICE_NONE;
		unsigned at = 0;

		for (unsigned m = 0; m < g->count; m++) {
			uint32_t c = choice_of(available, cost, of_group,
			    t->member[g->first + m]);

			if (!taken[g->first + m] && c < best) {
				best = c;
				at = m;
			}
		}
		if (best == CHOICE_NONE)
			return CHOICE_NONE;
		taken[g->first + at] = true;
		sum += best;
	}
	return sum;
}

bool
tree_minimal_set(const struct tree *t, const struct tree_set *available,
    const uint8_t cost[static TREE_LEAVES_MAX], struct tree_set *out)
{
	struct tree_set within = {{0}};
	uint32_t of_group[TREE_GROUPS_MAX];
	bool taken[TREE_MEMBERS_MAX] = {false}, wanted[TREE_GROUPS_MAX];

	for (unsigned id = 1; id <= t->leaves; id++)
		if (tree_set_has(available, id))
			tree_set_add(&within, id);
	memset(out, 0, sizeof *out);
	if (!tree_set_satisfied(t, &within))
		return false;
	if (node_is_leaf(t->root)) {
		tree_set_add(out, t->root + 1u);
		return true;
	}
	for (unsigned i = 0; i < t->groups; i++)
		of_group[i] = group_choose(
		    t, &t->group[i], &within, cost, of_group, taken);
	/* From the root down, keep what was taken by what was taken. */
	memset(wanted, 0, sizeof wanted);
	wanted[node_group(t->root)] = true;
	for (unsigned i = 0; i < t->groups; i++) {
		const struct tree_group *g = &t->group[t->order[i]];

		for (unsigned m = g->first; m < g->first + (unsigned)g->count;
		     m++) {
			if (!wanted[t->order[i]] || !taken[m])
				continue;
			if (node_is_leaf(t->member[m]))
				tree_set_add(out, t->member[m] + 1u);
			else
				wanted[node_group(t->member[m])] = true;
		}
	}
	return true;
}

/* A product of small numbers, a word of them to one multiplication. */
struct product {
	struct scalar v;
	uint64_t word;
};

static void
product_start(struct product *p, const struct suite *suite)
{
	suite->scalar_set(&p->v, 1);
	p->word = 1;
}

static void
product_flush(struct product *p, const struct suite *suite)
{
	struct scalar word;

	suite->scalar_set(&word, p->word);
	suite->scalar_mul(&p->v, &p->v, &word);
	p->word = 1;
}

/* factor is below 2^8 */
static void
product_times(struct product *p, const struct suite *suite, unsigned factor)
{
	if (p->word >> 56 != 0)
		product_flush(p, suite);
	p->word *= factor;
}

_Static_assert(TREE_MEMBERS_MAX < 256, "an x-coordinate is below 2^8");

/*
 * The Lagrange coefficients at 0 of x[0..count), which ascend from 1 or above:
 * product of all x over x[j] times the product of x[m] - x[j]. One inversion
 * serves all of them (Montgomery's trick); none of it can be zero.
 */
static void
lagrange(const struct suite *suite, const uint8_t *x, size_t count,
    struct scalar out[static TREE_MEMBERS_MAX])
{
	struct scalar below[TREE_MEMBERS_MAX], inverse, t, zero;
	struct product p;

	for (size_t j = 0; j < count; j++) {
		product_start(&p, suite);
		product_times(&p, suite, x[j]);
		for (size_t m = 0; m < count; m++)
			if (m != j)
				product_times(&p, suite,
				    m < j ? x[j] - x[m] : x[m] - x[j]);
		product_flush(&p, suite);
		below[j] = p.v;
	}
	product_start(&p, suite);
	for (size_t j = 0; j < count; j++)
		product_times(&p, suite, x[j]);
	product_flush(&p, suite);
	/* out[j]: the product of those before; then back with the inverse */
	suite->scalar_set(&t, 1);
	for (size_t j = 0; j < count; j++) {
		out[j] = t;
		suite->scalar_mul(&t, &t, &below[j]);
	}
	suite->scalar_invert(&inverse, &t);
	suite->scalar_mul(&inverse, &inverse, &p.v);
	suite->scalar_set(&zero, 0);
	for (size_t j = count; j-- > 0;) {
		suite->scalar_mul(&out[j], &out[j], &inverse);
		suite->scalar_mul(&inverse, &inverse, &below[j]);
		if (j % 2 == 1) /* of the factors, j were negative */
			suite->scalar_sub(&out[j], &zero, &out[j]);
	}
}

enum rc
tree_coefficients(const struct tree *t, const struct suite *suite,
    const struct tree_set *set, struct scalar out[static TREE_LEAVES_MAX])
{
	struct scalar of_group[TREE_GROUPS_MAX];
	struct tally tally;

	memset(out, 0, TREE_LEAVES_MAX * sizeof *out);
	if (tree_check_sharing(t) != RC_OK)
		return RC_TREE;
	if (!tree_set_is_minimal(t, set))
		return RC_SET_NOT_MINIMAL;
	tally_make(&tally, t, set);
	suite->scalar_set(&of_group[node_group(t->root)], 1);
	for (unsigned i = 0; i < t->groups; i++) {
		uint8_t group = t->order[i];
		const struct tree_group *g = &t->group[group];
		uint8_t x[TREE_MEMBERS_MAX], node[TREE_MEMBERS_MAX];
		struct scalar c[TREE_MEMBERS_MAX];
		size_t count = 0;

		if (tally.touched[group] == 0)
			continue;
		for (unsigned m = 0; m < g->count; m++) {
			node[count] = t->member[g->first + m];
			x[count] = (uint8_t)(m + 1);
			count += node_satisfied(t, set, &tally, node[count]);
		}
		lagrange(suite, x, count, c);
		for (size_t j = 0; j < count; j++) {
			struct scalar *to = node_is_leaf(node[j])
			    ? &out[node[j]]
			    : &of_group[node_group(node[j])];

			suite->scalar_mul(to, &c[j], &of_group[group]);
		}
	}
	return RC_OK;
}

void
tree_shares(const struct tree *t, const struct suite *suite,
    const struct scalar *coefficients,
    struct scalar out[static TREE_LEAVES_MAX])
{
	struct scalar constant[TREE_GROUPS_MAX], v, x;

	memset(out, 0, TREE_LEAVES_MAX * sizeof *out);
	if (node_is_leaf(t->root))
		return;
	constant[node_group(t->root)] = coefficients[0];
	for (unsigned i = 0; i < t->groups; i++) {
		uint8_t group = t->order[i];
		const struct tree_group *g = &t->group[group];

		for (unsigned m = 0; m < g->count; m++) {
			uint8_t node = t->member[g->first + m];

			suite->scalar_set(&x, m + 1);
			suite->scalar_set(&v, 0);
			for (unsigned j = g->k; j-- > 1;) {
				suite->scalar_add(&v, &v,
				    &coefficients[g->linear + j - 1]);
				suite->scalar_mul(&v, &v, &x);
			}
			suite->scalar_add(&v, &v, &constant[group]);
			if (node_is_leaf(node))
				out[node] = v;
			else
				constant[node_group(node)] = v;
		}
	}
	sodium_memzero(constant, sizeof constant);
	sodium_memzero(&v, sizeof v);
}

/* A group's polynomial at x, in the exponent. The result may be anything. */
static void
group_point(const struct tree_group *g, const struct suite *suite,
    const struct public_point *commitments,
    const struct public_point *constant, unsigned x, struct public_point *out)
{
	struct public_point v;

	if (g->k == 1) {
		*out = *constant;
		return;
	}
	v = commitments[g->linear + g->k - 2];
	for (unsigned j = g->k - 1u; j-- > 1;) {
		suite->public_small(&v, &v, x);
		suite->public_add(&v, &v, &commitments[g->linear + j - 1]);
	}
	suite->public_small(&v, &v, x);
	suite->public_add(out, &v, constant);
}

/*
 * The same at 1..count. The first k values, that at 0 included, are computed;
 * with them the differences of a polynomial of degree k - 1 are known, and
 * every further value costs k - 1 additions and no multiplication.
 */
static void
group_points(const struct tree_group *g, const struct suite *suite,
    const struct public_point *commitments,
    const struct public_point *constant,
    struct public_point out[static TREE_MEMBERS_MAX])
{
	struct public_point last[TREE_MEMBERS_MAX + 1];
	unsigned k = g->k;

	/* last[i]: the difference of order i that ends at the value in hand */
	last[0] = *constant;
	for (unsigned x = 1; x < k; x++) {
		group_point(g, suite, commitments, constant, x, &out[x - 1]);
		struct public_point carry = out[x - 1], old;

		for (unsigned i = 0; i < x; i++) {
			old = last[i];
			last[i] = carry;
			suite->public_sub(&carry, &carry, &old);
		}
		last[x] = carry;
	}
	for (unsigned x = k; x <= g->count; x++) {
		for (unsigned i = k - 1; i-- > 0;)
			suite->public_add(&last[i], &last[i], &last[i + 1]);
		out[x - 1] = last[0];
	}
}

enum rc
tree_public_points(const struct tree *t, const struct suite *suite,
    const struct public_point *commitments,
    struct public_point out[static TREE_LEAVES_MAX])
{
	struct public_point constant[TREE_GROUPS_MAX];
	struct public_point member[TREE_MEMBERS_MAX];

	if (node_is_leaf(t->root))
		return RC_TREE;
	constant[node_group(t->root)] = commitments[0];
	for (unsigned i = 0; i < t->groups; i++) {
		uint8_t group = t->order[i];
		const struct tree_group *g = &t->group[group];

		if (suite->public_is_identity(&constant[group]))
			return RC_IDENTITY;
		group_points(
		    g, suite, commitments, &constant[group], member);
		for (unsigned m = 0; m < g->count; m++) {
			uint8_t node = t->member[g->first + m];

			if (suite->public_is_identity(&member[m]))
				return RC_IDENTITY;
			if (node_is_leaf(node))
				out[node] = member[m];
			else
				constant[node_group(node)] = member[m];
		}
	}
	return RC_OK;
}

void
tree_public_point(const struct tree *t, const struct suite *suite,
    const struct public_point *commitments, unsigned id,
    struct public_point *out)
{
	uint8_t path[TREE_DEPTH_MAX];
	unsigned depth = 0;
	struct public_point v = commitments[0];

	for (uint8_t group = t->parent[id - 1]; group != TREE_NONE;
	     group = t->group[group].parent)
		path[depth++] = group;
	while (depth-- > 0) {
		unsigned x = depth > 0 ? t->group[path[depth - 1]].x
				       : t->x[id - 1];

		group_point(
		    &t->group[path[depth]], suite, commitments, &v, x, &v);
	}
	*out = v;
}

void
tree_point(const struct tree *t, const struct suite *suite,
    const struct point *commitments, unsigned id, struct point *out)
{
	struct public_point c[TREE_COMMITMENTS_MAX], v;

	for (unsigned i = 0; i < t->commitments; i++)
		suite->public_take(&c[i], &commitments[i]);
	tree_public_point(t, suite, c, id, &v);
	suite->public_close(out, &v, 1);
}

/*
 * A group's value from its members' points at 1..count, and whether they lie
 * on one polynomial of degree k - 1: exactly then all differences of order k
 * are nothing. The differences that begin at 1 give the value at 0, one step
 * back: the alternating sum of the first k. member is used up.
 */
static bool
group_value(const struct tree_group *g, const struct suite *suite,
    struct public_point *member, struct public_point *value)
{
	bool fits = true;

	for (unsigned order = 1; order <= g->k; order++)
		for (unsigned m = g->count; m-- > order;)
			suite->public_sub(
			    &member[m], &member[m], &member[m - 1]);
	for (unsigned m = g->k; m < g->count; m++)
		fits = fits && suite->public_is_identity(&member[m]);
	*value = member[g->k - 1];
	for (unsigned i = g->k - 1; i-- > 0;)
		suite->public_sub(value, &member[i], value);
	return fits;
}

enum rc
tree_public_check(const struct tree *t, const struct suite *suite,
    const struct public_point *key,
    const struct public_point y[static TREE_LEAVES_MAX])
{
	struct public_point value[TREE_GROUPS_MAX];
	struct public_point member[TREE_MEMBERS_MAX];

	if (tree_check_sharing(t) != RC_OK)
		return RC_TREE;
	for (unsigned i = 0; i < t->groups; i++) {
		const struct tree_group *g = &t->group[i];
		bool fits;

		for (unsigned m = 0; m < g->count; m++) {
			uint8_t node = t->member[g->first + m];

			member[m] = node_is_leaf(node)
			    ? y[node]
			    : value[node_group(node)];
		}
		fits = group_value(g, suite, member, &value[i]);
		if (suite->public_is_identity(&value[i]))
			return RC_IDENTITY;
		if (!fits)
			return RC_DEALING;
	}
	return suite->public_equal(&value[node_group(t->root)], key)
	    ? RC_OK
	    : RC_DEALING;
}
