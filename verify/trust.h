/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_TRUST_H
#define VERIFY_TRUST_H
#include "verify/policy.h"

/*
 * `quorate/trust@v1`, what a device obeys, and `quorate/owner@v1`, whose
 * endorsement it also demands. Parsed once into offsets into the text, the
 * page, which must stay where it is and as it is.
 */
enum {
	TRUST_SIGNERS_MAX = 32,
	TRUST_ROOTS_MAX = 32,
	TRUST_LOGS_MAX = 4,
	TRUST_COSIGNERS_MAX = 32,
};
enum trust_kind { TRUST_VENDOR = 1, TRUST_OWNER = 2 };

enum trust_tree { TREE_SIGNERS, TREE_ROOTS, TREE_COSIGNERS };
/* The first three by enum trust_tree: a tree's leaves. */
enum trust_list { LIST_SIGNERS, LIST_ROOTS, LIST_COSIGNERS, LIST_LOGS };

/*
 * Fields by name, or by enum trust_list and enum trust_tree. Keys are counted
 * through, 32 a list, the logs last; groups come after them.
 */
enum {
	TRUST_KEYS = 3 * 32 + TRUST_LOGS_MAX,
	TRUST_NODES = TRUST_KEYS + POLICY_GROUPS_MAX,
};
struct trust {
	const uint8_t *page;
	uint32_t epoch, revision;
	uint16_t page_n;
	uint8_t kind;
	uint8_t recover; /* 0: never */
	union {
		struct { /* cosigners: witnesses, then mirrors */
			uint8_t signer_n, root_n, cosigner_n, log_n;
		};
		uint8_t count[4]; /* by list */
	};
	union {
		struct { /* 0, and where the next tree's groups begin */
			uint8_t groups_begin, signer_groups, root_groups;
			uint8_t group_n;
		};
		uint8_t groups_from[5]; /* by tree; after the last: 0 */
	};
	union {
		struct { /* root nodes */
			uint8_t quorum, root_quorum, witness_quorum;
		};
		uint8_t root_node[4]; /* by tree; after the last: 0 */
	};
	uint8_t id[32];
	union { /* in page: of names, but of the logs' vkeys */
		struct {
			uint16_t signer_at[TRUST_SIGNERS_MAX];
			uint16_t root_at[TRUST_ROOTS_MAX];
			uint16_t cosigner_at[TRUST_COSIGNERS_MAX];
			uint16_t log_at[TRUST_LOGS_MAX];
			uint16_t group_at[POLICY_GROUPS_MAX];
		};
		uint16_t at[TRUST_NODES];
	};
	union {
		struct {
			uint8_t signer_parent[TRUST_SIGNERS_MAX];
			uint8_t root_parent[TRUST_ROOTS_MAX];
			uint8_t cosigner_parent[TRUST_COSIGNERS_MAX];
			uint8_t log_parent[TRUST_LOGS_MAX]; /* nothing */
			uint8_t group_parent[POLICY_GROUPS_MAX];
		};
		uint8_t parent[TRUST_NODES];
	};
	uint8_t group_k[POLICY_GROUPS_MAX];
};
_Static_assert(TRUST_SIGNERS_MAX == 32 && TRUST_ROOTS_MAX == 32 &&
    TRUST_COSIGNERS_MAX == 32, "keys are counted by 32");
_Static_assert(sizeof(struct trust) <= 640, "a parsed trust text stays small");

/*
 * Parse a text; page stays referenced. trust_parse also re-hashes the page
 * and refuses one that is not the text of the given id (RC_PAGE_ID): what
 * was in flash is not believed for having been checked once.
 * Results are those of line_next and of policy.h, RC_KEY_ROLE, RC_TEXT_LONG
 * (over 65535 bytes), RC_NUMBER (recover). t is zero unless RC_OK.
 */
enum rc trust_parse(struct trust *t, const uint8_t *page, size_t n,
    const uint8_t id[static 32]) __attribute__((warn_unused_result));
enum rc trust_read(struct trust *t, const uint8_t *text, size_t n,
    enum reader reader) __attribute__((warn_unused_result));
/* As READER_DEVICE, without what a host's reader needs. Leaves in t->id what
 * `previous` says, if it is not `-`; after a refusal t is anything. */
enum rc trust_read_device(struct trust *t, const uint8_t *text, size_t n)
    __attribute__((warn_unused_result));

/* A view of one of the trees; it borrows from t. */
void trust_policy(struct policy *p, struct trust *t, enum trust_tree which);
bool trust_satisfied(
    const struct trust *t, enum trust_tree which, uint32_t mask);

unsigned trust_count(const struct trust *t, enum trust_list list);
/* A key as they are counted through, where it begins or all of it, or read;
 * false where there is none. */
const uint8_t *trust_vkey_at(const struct trust *t, unsigned key);
struct slice trust_vkey(const struct trust *t, unsigned key);
bool trust_key_read(struct vkey *k, const struct trust *t, unsigned key);
/* The index-th key of a list; indices are below the counts. */
static inline void
trust_key(
    struct vkey *k, const struct trust *t, enum trust_list list, unsigned index)
{
	/* the page has been parsed: this cannot fail */
	(void)trust_key_read(k, t, 32 * (unsigned)list + index);
}
/* Whether a cosigner is a mirror; how many are none. */
bool trust_mirror(const struct trust *t, unsigned index);
unsigned trust_witness_n(const struct trust *t);
/* The line after the kind's, which is as long for both kinds. */
static inline const uint8_t *
trust_name_at(const uint8_t *page)
{
	return page + sizeof "quorate/trust@v1\nname " - 1;
}
struct slice trust_name(const struct trust *t);

/* The rules, for hosts that read lines below `about`. */
extern const char trust_rules[];
extern const unsigned trust_rule_n;
enum trust_rule {
	TRUST_RULE_NAME,
	TRUST_RULE_FOR, /* an owner's */
	TRUST_RULE_EPOCH,
	TRUST_RULE_REVISION,
	TRUST_RULE_PREVIOUS,
	TRUST_RULE_SIGNER,
	TRUST_RULE_SIGNER_GROUP,
	TRUST_RULE_QUORUM,
	TRUST_RULE_ROOT,
	TRUST_RULE_ROOT_GROUP,
	TRUST_RULE_ROOT_QUORUM,
	TRUST_RULE_RECOVER,
	TRUST_RULE_LOG,
	TRUST_RULE_WITNESS,
	TRUST_RULE_MIRROR,
	TRUST_RULE_COSIGNER_GROUP,
	TRUST_RULE_WITNESS_QUORUM,
	TRUST_RULE_ABOUT,
	TRUST_RULE_PROPOSED,
	TRUST_RULE_SHARED,
	TRUST_RULE_TEXT_MAX,
	TRUST_RULE_EXTENSION,
};
#endif
