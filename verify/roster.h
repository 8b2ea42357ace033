/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_ROSTER_H
#define VERIFY_ROSTER_H
#include "verify/policy.h"
#include "verify/release.h"

/*
 * Kinds of note for hosts: who holds the shares of a group key (roster), one
 * party's dissent (objection), one party's card (party). Devices never see
 * one; none of this is linked into a bootloader.
 */
enum { ROSTER_PARTIES_MAX = 128 };

enum roster_rule {
	ROSTER_RULE_AUTHORITY,
	ROSTER_RULE_SIGNER,
	ROSTER_RULE_SERIAL,
	ROSTER_RULE_PREVIOUS,
	ROSTER_RULE_PROPOSED,
	ROSTER_RULE_KEY,
	ROSTER_RULE_PARTY,
	ROSTER_RULE_GROUP,
	ROSTER_RULE_QUORUM,
	ROSTER_RULE_SHARE,
	ROSTER_RULE_CEREMONY,
};
extern const char roster_rules[];
extern const unsigned roster_rule_n;

/* Offsets into the text, which must stay. */
struct roster {
	const char *kind; /* its first line */
	const uint8_t *text;
	size_t text_n;
	struct slice authority, signer;
	struct slice previous; /* 64 hex, or `-` */
	uint32_t epoch, serial;
	uint64_t proposed;
	struct vkey key;
	uint8_t ceremony[32];
	unsigned party_n, group_n;
	uint8_t root;
	uint8_t id[32];
	uint16_t at[POLICY_NODES_MAX]; /* of the local names */
	uint8_t parent[POLICY_NODES_MAX];
	uint8_t group_k[POLICY_GROUPS_MAX];
	uint8_t share[ROSTER_PARTIES_MAX]
		     [32]; /* verification shares, encoded */
	uint8_t share_prefix[ROSTER_PARTIES_MAX]; /* of SEC1, or 0 */
};
/*
 * Grammar, tree, one key one role, one `share` line per party in party
 * order, serial and previous. Not checked here: that the shares interpolate
 * to the key (quorum/). Results of line_next and policy.h, RC_KEY_ROLE,
 * RC_PREVIOUS. r is unspecified unless RC_OK.
 */
enum rc roster_parse(struct roster *r, const uint8_t *text, size_t n)
    __attribute__((warn_unused_result));
/* The same of what a rehearsed ceremony came to, which differs by its first
 * line: neither reads the other's texts. Only quorum/ and signer/rehearsal.c
 * have a use for it. */
enum rc roster_parse_rehearsal(struct roster *r, const uint8_t *text, size_t n)
    __attribute__((warn_unused_result));
void roster_policy(struct policy *p, struct roster *r);
bool roster_satisfied(const struct roster *r, const uint32_t mask[static 4]);
/* Parties in text order; name is the local one. */
struct slice roster_party_name(const struct roster *r, unsigned index);
void roster_party_key(struct vkey *k, const struct roster *r, unsigned index);
/*
 * Leaf order (docs/formats.md): parties by depth-first position from the
 * root. order[i] is the text index of the party with leaf id i + 1.
 */
void roster_leaf_order(
    const struct roster *r, uint8_t order[static ROSTER_PARTIES_MAX]);
/* The members of a group, in the order of its line: x-coordinates 1, 2 ... */
void roster_members(const struct roster *r, unsigned group,
    uint8_t nodes[static POLICY_LEAVES_MAX], unsigned *n);

struct objection {
	struct slice authority, reason;
	uint32_t epoch;
	uint64_t proposed;
	uint8_t release[32];
};
enum rc objection_parse(struct objection *o, const uint8_t *text, size_t n)
    __attribute__((warn_unused_result));

struct party_card {
	struct slice name, label, contact;
	struct slice vkey_text;
	struct vkey key;
};
enum rc party_parse(struct party_card *c, const uint8_t *text, size_t n)
    __attribute__((warn_unused_result));
#endif
