/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_ROSTER_FROST_H
#define QUORUM_ROSTER_FROST_H
/*
 * From a roster's text to what FROST signs with: tree, leaf ids, key,
 * verification shares. Leaf ids and party indices (lines of the text):
 * tree.party[id - 1] is the index, tree.id[index] the id.
 */
#include "quorum/frost.h"
#include "verify/roster.h"

/*
 * The tree of a text that was parsed. members(context, group, nodes, &n)
 * gives a group's members in line order, as roster_members does.
 * RC_OK, RC_POLICY.
 */
enum rc tree_of_policy(struct tree *t, const struct policy *p,
    void (*members)(const void *context, unsigned group,
	uint8_t nodes[static POLICY_LEAVES_MAX], unsigned *n),
    const void *context) __attribute__((warn_unused_result));

/*
 * out: suite ed25519, the text's id, its tree, key and shares, all of it
 * checked by frost_roster_check. RC_OK, RC_POLICY, or what that says; out is
 * all zero unless RC_OK.
 */
enum rc roster_frost(struct frost_roster *out, const struct roster *r)
    __attribute__((warn_unused_result));

/* The leaf id of the party whose key this is, 0 if it is nobody's. */
unsigned roster_leaf(const struct frost_roster *f, const struct roster *r,
    const struct vkey *key);
#endif
