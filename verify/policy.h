/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_POLICY_H
#define VERIFY_POLICY_H
#include "verify/line.h"

/*
 * The one policy language: a tree of k-of-n groups over named leaves
 * (docs/formats.md, "Trees"; the grammar of C2SP tlog-policy's group lines).
 * A struct policy is a view of arrays that somebody else keeps (struct trust
 * packs three trees into one page's worth of them; a roster has one tree of
 * its own), so that one parser and one evaluator serve all of them.
 *
 * Every leaf and group is used exactly once, hence a tree is its parents. A
 * group is defined after its members, hence one pass upward evaluates it:
 * no recursion.
 */
enum {
	POLICY_GROUPS_MAX = 32,
	POLICY_LEAVES_MAX = 128,
	POLICY_DEPTH_MAX = 4, /* edges from root to leaf */
	POLICY_NONE = 0xff,   /* no parent yet; the root keeps it */
	POLICY_GROUP = 0x80,  /* a node: leaf index, or this | group index */
};

struct policy {
	const uint8_t *text;     /* what the offsets count from */
	const uint16_t *leaf_at; /* of each leaf's name in text */
	uint16_t *group_at;      /* of each group's name; all trees' groups */
	uint8_t *leaf_parent;    /* group index or POLICY_NONE */
	uint8_t *group_parent;
	uint8_t *group_k; /* threshold */
	unsigned leaf_n;
	unsigned group_from; /* this tree's groups: from..n-1 */
	unsigned group_n;
	uint8_t root; /* node; set by policy_close */
};

/*
 * Give a name to the next leaf: refuses a reserved one (`none`, `any`, `all`,
 * digits only) and one that this tree has. Leaves come before groups.
 */
enum rc policy_leaf_check(const struct policy *p, struct slice name)
    __attribute__((warn_unused_result));

/*
 * Add a group from its three fields: name, threshold, members. `at` is the
 * offset of the name. RC_POLICY, RC_NAME_REPEATED.
 */
enum rc policy_group(struct policy *p, uint16_t at, const struct line *l)
    __attribute__((warn_unused_result));

/*
 * The nodes that the member names of a group line stand for, in the line's
 * order. Knows groups before `before` only. RC_OK or RC_POLICY.
 */
enum rc policy_members(const struct policy *p, const struct line *l,
    unsigned before, uint8_t nodes[static POLICY_LEAVES_MAX], unsigned *n)
    __attribute__((warn_unused_result));

/* The quorum line: sets root; every leaf and group must be below it. */
enum rc policy_close(struct policy *p, struct slice name)
    __attribute__((warn_unused_result));

/* Whether the leaves whose bits are set in mask satisfy the tree. */
bool policy_satisfied(const struct policy *p, const uint32_t *mask);

/* The name that begins at an offset: up to the next space or LF. */
struct slice policy_name(const uint8_t *text, uint16_t at);
#endif
