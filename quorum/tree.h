/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_TREE_H
#define QUORUM_TREE_H
/*
 * The quorum tree: which sets of parties may sign, and how shares run along
 * it. docs/crypto.md sections 1 and 2; the rule numbers T1..T6 are of its
 * section 7. A flat quorum is the tree with one group.
 *
 * Everything here is public except the scalars of tree_shares.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "quorum/suite.h"
#include "verify/rc.h"

#define TREE_LEAVES_MAX	 128
#define TREE_GROUPS_MAX	 32
#define TREE_DEPTH_MAX	 4 /* edges from the root to a leaf */
#define TREE_MEMBERS_MAX (TREE_LEAVES_MAX + TREE_GROUPS_MAX)
/* Sum of k - 1 over all groups, and 1: every node but the root is a member. */
#define TREE_COMMITMENTS_MAX TREE_MEMBERS_MAX

/* A node is a leaf, 0..127, or a group in order of definition. */
#define TREE_GROUP(index) ((uint8_t)(TREE_LEAVES_MAX + (index)))
#define TREE_NONE	  UINT8_MAX

/* Leaf ids, 1..TREE_LEAVES_MAX. Bit id-1; all zero is the empty set. */
struct tree_set {
	uint64_t w[2];
};

static inline void
tree_set_add(struct tree_set *s, unsigned id)
{
	s->w[(id - 1) / 64] |= UINT64_C(1) << (id - 1) % 64;
}

static inline void
tree_set_remove(struct tree_set *s, unsigned id)
{
	s->w[(id - 1) / 64] &= ~(UINT64_C(1) << (id - 1) % 64);
}

static inline bool
tree_set_has(const struct tree_set *s, unsigned id)
{
	return id >= 1 && id <= TREE_LEAVES_MAX &&
	    (s->w[(id - 1) / 64] >> (id - 1) % 64 & 1) != 0;
}

static inline unsigned
tree_set_count(const struct tree_set *s)
{
	return (unsigned)(__builtin_popcountll(s->w[0]) +
	    __builtin_popcountll(s->w[1]));
}

struct tree_group {
	uint8_t k;
	uint8_t count;	/* of members */
	uint8_t first;	/* its first in tree.member */
	uint8_t parent; /* group index, or TREE_NONE at the root */
	uint8_t x;	/* its own x-coordinate in the parent; 0 at the root */
	uint8_t linear; /* where its coefficient of degree 1 stands */
};

/*
 * Built by tree_init, tree_add_group..., tree_finish; read-only afterwards,
 * may be copied and compared. Leaf arrays are by leaf id - 1 once finished.
 */
struct tree {
	uint8_t leaves;
	uint8_t groups;
	uint8_t members;     /* used of member[] */
	uint8_t root;	     /* a node; TREE_NONE until finished */
	uint8_t commitments; /* of one dealing: k of the root, k-1 of others */
	struct tree_group group[TREE_GROUPS_MAX]; /* as defined */
	uint8_t order[TREE_GROUPS_MAX];		  /* pre-order, of groups */
	uint8_t member[TREE_MEMBERS_MAX];	  /* nodes; a leaf is id - 1 */
	uint8_t parent[TREE_LEAVES_MAX];	  /* group, of leaf id - 1 */
	uint8_t x[TREE_LEAVES_MAX];		  /* of leaf id - 1 */
	uint8_t party[TREE_LEAVES_MAX];		  /* leaf id - 1 -> party */
	uint8_t id[TREE_LEAVES_MAX];		  /* party -> leaf id */
};

/*
 * Start a tree over `leaves` parties, known by their index in the roster's
 * list. RC_OK; RC_POLICY if none or more than TREE_LEAVES_MAX.
 */
enum rc tree_init(struct tree *t, size_t leaves)
    __attribute__((warn_unused_result));

/*
 * Add the next group: k of `count` members, each a party index or TREE_GROUP
 * of an earlier group, in the order of the group line. Its own index is the
 * number of groups before it. RC_OK; RC_POLICY, and the tree is as before,
 * if there are too many groups, k is 0 or above count, or a member does not
 * exist or has been used.
 */
enum rc tree_add_group(struct tree *t, unsigned k, const uint8_t *members,
    size_t count) __attribute__((warn_unused_result));

/*
 * Close the tree under its root, a node, and number its leaves. RC_OK;
 * RC_POLICY if a leaf or group is not used exactly once or a leaf lies
 * deeper than TREE_DEPTH_MAX: the tree is then of no more use. A root that
 * is a single leaf is a legal tree, but cannot carry shares.
 */
enum rc tree_finish(struct tree *t, unsigned root)
    __attribute__((warn_unused_result));

/*
 * RC_OK if shares may run along the finished tree; RC_TREE if the root is a
 * leaf or some single party satisfies it (T6).
 */
enum rc tree_check_sharing(const struct tree *t)
    __attribute__((warn_unused_result));

/* One group of leaf members only: RFC 9591's own case. */
bool tree_is_flat(const struct tree *t);

/* Whether the set satisfies the root. Ids beyond the leaves count nothing. */
bool tree_set_satisfied(const struct tree *t, const struct tree_set *set);

/*
 * T5: whether the set satisfies the root with exactly k members in each
 * group that it touches, and nothing besides.
 */
bool tree_set_is_minimal(const struct tree *t, const struct tree_set *set);

/*
 * The cheapest minimal set within `available`: least sum of cost[id - 1],
 * then fewest leaves, then the earliest members of each group. The cost is
 * the number of sessions that the party broke (R1). Deterministic. False,
 * and out is empty, if there is none.
 */
bool tree_minimal_set(const struct tree *t, const struct tree_set *available,
    const uint8_t cost[static TREE_LEAVES_MAX], struct tree_set *out);

/*
 * T4: the coefficient of every leaf of a minimal set, by leaf id - 1; zero
 * for all others. RC_OK; RC_TREE if the tree cannot carry shares;
 * RC_SET_NOT_MINIMAL; out is all zero then.
 */
enum rc tree_coefficients(const struct tree *t, const struct suite *suite,
    const struct tree_set *set, struct scalar out[static TREE_LEAVES_MAX])
    __attribute__((warn_unused_result));

/*
 * The shares of one dealing, by leaf id - 1, from its tree.commitments
 * coefficients: root group's first, then of every other group, in pre-order,
 * those of degree 1 and above (T2). Coefficients and shares are secret.
 */
void tree_shares(const struct tree *t, const struct suite *suite,
    const struct scalar *coefficients,
    struct scalar out[static TREE_LEAVES_MAX]);

/*
 * The same in the exponent, on decoded points: verification shares by leaf
 * id - 1; out holds the leaves' and nothing else. Commitments are checked
 * points, or sums of them, in the same order. RC_OK; RC_IDENTITY if a share
 * or the constant of a group is the identity.
 */
enum rc tree_public_points(const struct tree *t, const struct suite *suite,
    const struct public_point *commitments,
    struct public_point out[static TREE_LEAVES_MAX])
    __attribute__((warn_unused_result));
/* For one leaf, along its own path only. May be the identity. */
void tree_public_point(const struct tree *t, const struct suite *suite,
    const struct public_point *commitments, unsigned id,
    struct public_point *out);

/* The same on encoded points. */
void tree_point(const struct tree *t, const struct suite *suite,
    const struct point *commitments, unsigned id, struct point *out);

/*
 * Whether Y, by leaf id - 1, are shares along this tree of the secret of
 * `key`: in every group, from the leaves up, the first k members fix the
 * value and predict each other member; the root's value is the key. Exact,
 * no sampling. The points are decoded, of prime order each. RC_OK, RC_TREE,
 * RC_IDENTITY (a group's value), RC_DEALING (they do not interpolate).
 */
enum rc tree_public_check(const struct tree *t, const struct suite *suite,
    const struct public_point *key,
    const struct public_point y[static TREE_LEAVES_MAX])
    __attribute__((warn_unused_result));
#endif
