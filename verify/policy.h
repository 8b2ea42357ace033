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
 *
 * A node is a leaf's index, or `groups` and a group's index: its place in the
 * arrays at and parent.
 */
enum {
	POLICY_GROUPS_MAX = 32,
	POLICY_LEAVES_MAX = 128,
	POLICY_NODES_MAX = POLICY_LEAVES_MAX + POLICY_GROUPS_MAX,
	POLICY_GROUP = POLICY_LEAVES_MAX, /* groups, in a tree of so many */
	POLICY_DEPTH_MAX = 4, /* edges from root to leaf */
	POLICY_NONE = 0xff,   /* no parent yet; the root keeps it */
};

struct policy {
	const uint8_t *text; /* what the offsets count from */
	uint16_t *at;	     /* of each node's name in text */
	uint8_t *parent;     /* of each node: group index or POLICY_NONE */
	uint8_t *group_k;    /* of each group: threshold */
	uint8_t leaf_n;
	uint8_t groups; /* the first group's place, above as many leaves as
			   there may be, which is a multiple of 32 */
	uint8_t group_from; /* this tree's groups: from..n-1 */
	uint8_t group_n;
	uint8_t root; /* node; set by policy_close */
};

/*
 * Add a node: a leaf, whose name is the first field of the line, or of a line
 * `group` a group with its fields name, threshold, members. Leaves come before
 * groups. Refuses a reserved name (`none`, `any`, `all`, digits only) and one
 * that this tree has. RC_POLICY, RC_NAME_REPEATED, RC_LINE_REPEATED (a leaf too
 * many), RC_FIELD (no threshold).
 */
enum rc policy_node(struct policy *p, const struct line *l)
    __attribute__((warn_unused_result));

/*
 * The nodes that the member names of a group line stand for, in the line's
 * order. Knows groups before `before` only. RC_OK or RC_POLICY.
 */
enum rc policy_members(const struct policy *p, const struct line *l,
    unsigned before, uint8_t nodes[static POLICY_LEAVES_MAX], unsigned *n)
    __attribute__((warn_unused_result));

/* The quorum line: sets root; every leaf and group must be below it. */
enum rc policy_close(struct policy *p, const struct line *l)
    __attribute__((warn_unused_result));

/* Whether the leaves whose bits are set in mask satisfy the tree. */
bool policy_satisfied(const struct policy *p, const uint32_t *mask);

/* Whether two words are the same; a space or an LF ends each. */
bool policy_same(const uint8_t *a, const uint8_t *b);

/* The name that begins at an offset: up to the next space or LF. */
struct slice policy_name(const uint8_t *text, uint16_t at);
#endif
