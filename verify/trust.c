/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/trust.h"
#include "verify/mem.h"
#include "verify/sha256.h"

const struct line_rule trust_rules[] = {
    [TRUST_RULE_NAME] = {"name", "n", 1, 1, 0},
    [TRUST_RULE_EPOCH] = {"epoch", "d", 1, 1, 0},
    [TRUST_RULE_REVISION] = {"revision", "d", 1, 1, 0},
    [TRUST_RULE_PREVIOUS] = {"previous", "H", 1, 1, 0},
    [TRUST_RULE_SIGNER] = {"signer", "nkl", 1, 32, 0},
    [TRUST_RULE_SIGNER_GROUP] = {"group", "nqm", 0, 32, 0},
    [TRUST_RULE_QUORUM] = {"quorum", "n", 1, 1, 0},
    [TRUST_RULE_ROOT] = {"root", "nkl", 1, 32, 0},
    [TRUST_RULE_ROOT_GROUP] = {"group", "nqm", 0, 32, 0},
    [TRUST_RULE_ROOT_QUORUM] = {"root-quorum", "n", 1, 1, 0},
    [TRUST_RULE_RECOVER] = {"recover", "d", 0, 1, 0},
    [TRUST_RULE_LOG] = {"log", "Kl", 1, 4, 0},
    [TRUST_RULE_WITNESS] = {"witness", "nWl", 0, 32, 0},
    [TRUST_RULE_MIRROR] = {"mirror", "nWl", 0, 32, 0},
    [TRUST_RULE_COSIGNER_GROUP] = {"group", "nqm", 0, 32, 0},
    [TRUST_RULE_WITNESS_QUORUM] = {"witness-quorum", "n", 1, 1, 0},
    [TRUST_RULE_ABOUT] = {"about", "", 1, 1, 0},
    [TRUST_RULE_PROPOSED] = {"proposed", "D", 1, 1, 0},
    [TRUST_RULE_SHARED] = {"shared", "n", 0, 32, LINE_SORTED},
    [TRUST_RULE_TEXT_MAX] = {"text-max", "d", 0, 1, 0},
    [TRUST_RULE_EXTENSION] = {"", "", 0, 8, 0},
};
const unsigned trust_rule_n = sizeof trust_rules / sizeof trust_rules[0];

static const struct line_rule owner_rules[] = {
    {"name", "n", 1, 1, 0},
    {"for", "n", 1, 1, 0},
    {"revision", "d", 1, 1, 0},
    {"previous", "H", 1, 1, 0},
    {"signer", "nkl", 1, 32, 0},
    {"group", "nqm", 0, 32, 0},
    {"quorum", "n", 1, 1, 0},
    {"about", "", 1, 1, 0},
    {"proposed", "D", 1, 1, 0},
    {"", "", 0, 8, 0},
};
/* An owner's rule as the trust rule that it equals; `for` has none. */
static const uint8_t owner_as_trust[] = {TRUST_RULE_NAME, TRUST_RULE_PROPOSED,
    TRUST_RULE_REVISION, TRUST_RULE_PREVIOUS, TRUST_RULE_SIGNER,
    TRUST_RULE_SIGNER_GROUP, TRUST_RULE_QUORUM, TRUST_RULE_ABOUT,
    TRUST_RULE_PROPOSED, TRUST_RULE_PROPOSED};

void
trust_policy(struct policy *p, struct trust *t, enum trust_tree which)
{
	memset(p, 0, sizeof *p);
	p->text = t->page;
	p->group_at = t->group_at;
	p->group_parent = t->group_parent;
	p->group_k = t->group_k;
	p->group_n = t->group_n;
	switch (which) {
	case TREE_SIGNERS:
		p->leaf_at = t->signer_at;
		p->leaf_parent = t->signer_parent;
		p->leaf_n = t->signer_n;
		p->root = t->quorum;
		break;
	case TREE_ROOTS:
		p->leaf_at = t->root_at;
		p->leaf_parent = t->root_parent;
		p->leaf_n = t->root_n;
		p->group_from = t->signer_groups;
		p->root = t->root_quorum;
		break;
	case TREE_COSIGNERS:
		p->leaf_at = t->cosigner_at;
		p->leaf_parent = t->cosigner_parent;
		p->leaf_n = t->cosigner_n;
		p->group_from = t->root_groups;
		p->root = t->witness_quorum;
		break;
	}
}

bool
trust_satisfied(const struct trust *t, enum trust_tree which, uint32_t mask)
{
	struct policy p;

	/* the view is only read from here on */
	trust_policy(&p, (struct trust *)(uintptr_t)t, which);
	/* groups of later trees are not this one's */
	if (which == TREE_SIGNERS)
		p.group_n = t->signer_groups;
	else if (which == TREE_ROOTS)
		p.group_n = t->root_groups;
	return policy_satisfied(&p, &mask);
}

unsigned
trust_count(const struct trust *t, enum trust_list list)
{
	switch (list) {
	case LIST_SIGNERS:
		return t->signer_n;
	case LIST_ROOTS:
		return t->root_n;
	case LIST_LOGS:
		return t->log_n;
	default:
		return t->cosigner_n;
	}
}

static const uint16_t *
list_offsets(const struct trust *t, enum trust_list list)
{
	switch (list) {
	case LIST_SIGNERS:
		return t->signer_at;
	case LIST_ROOTS:
		return t->root_at;
	case LIST_LOGS:
		return t->log_at;
	default:
		return t->cosigner_at;
	}
}

void
trust_key(
    struct vkey *k, const struct trust *t, enum trust_list list, unsigned index)
{
	struct slice s = policy_name(t->page, list_offsets(t, list)[index]);

	if (list != LIST_LOGS) /* past the local name */
		s = policy_name(
		    t->page, (uint16_t)(s.p - t->page + (ptrdiff_t)s.n + 1));
	(void)!vkey_parse(
	    k, s, list == LIST_COSIGNERS ? KEY_COSIGNATURE : KEY_ED25519);
}

struct slice
trust_name(const struct trust *t)
{
	return policy_name(t->page, t->name_at);
}

/* One public key, one role: all keys of the text differ pairwise. */
static enum rc
keys_differ(const struct trust *t)
{
	struct vkey a, b;
	unsigned la, lb, i, j;

	for (la = LIST_SIGNERS; la <= LIST_COSIGNERS; la++)
		for (i = 0; i < trust_count(t, (enum trust_list)la); i++) {
			trust_key(&a, t, (enum trust_list)la, i);
			for (lb = la; lb <= LIST_COSIGNERS; lb++)
				for (j = lb == la ? i + 1 : 0;
				     j < trust_count(t, (enum trust_list)lb);
				     j++) {
					trust_key(
					    &b, t, (enum trust_list)lb, j);
					if (memcmp(a.key, b.key, 32) == 0 ||
					    (memcmp(a.id, b.id, 4) == 0 &&
						slice_equal(a.name, b.name)))
						return RC_KEY_ROLE;
				}
		}
	return RC_OK;
}

/* Whether some root set of fewer than n members satisfies the root quorum
 * is what `recover` is held to: n is at least the largest minimal set. */
static unsigned
minimal_set_max(const struct trust *t)
{
	uint8_t need[POLICY_GROUPS_MAX] = {0};
	unsigned g;

	if (!(t->root_quorum & POLICY_GROUP))
		return 1;
	/* per group, the sum of its k largest children; children come first */
	for (g = t->signer_groups; g < t->root_groups; g++) {
		unsigned taken = 0, weight, i;

		for (weight = TRUST_ROOTS_MAX; weight >= 1; weight--) {
			for (i = t->signer_groups; i < g; i++)
				if (t->group_parent[i] == g &&
				    need[i] == weight &&
				    taken < t->group_k[g]) {
					need[g] = (uint8_t)(need[g] + weight);
					taken++;
				}
			for (i = 0; weight == 1 && i < t->root_n; i++)
				if (t->root_parent[i] == g &&
				    taken < t->group_k[g]) {
					need[g]++;
					taken++;
				}
		}
	}
	return need[t->root_quorum & ~POLICY_GROUP];
}

static enum rc
leaf_add(struct trust *t, enum trust_tree which, const struct line *l)
{
	uint16_t at = (uint16_t)(l->field[0].p - t->page);
	struct policy p;
	enum rc rc;

	trust_policy(&p, t, which);
	p.group_from = p.group_n; /* leaves precede the tree's groups */
	rc = policy_leaf_check(&p, l->field[0]);
	if (rc != RC_OK)
		return rc;
	switch (which) {
	case TREE_SIGNERS:
		t->signer_parent[t->signer_n] = POLICY_NONE;
		t->signer_at[t->signer_n++] = at;
		break;
	case TREE_ROOTS:
		t->root_parent[t->root_n] = POLICY_NONE;
		t->root_at[t->root_n++] = at;
		break;
	case TREE_COSIGNERS:
		if (t->cosigner_n == TRUST_COSIGNERS_MAX)
			return RC_LINE_REPEATED;
		t->cosigner_parent[t->cosigner_n] = POLICY_NONE;
		t->cosigner_at[t->cosigner_n++] = at;
		break;
	}
	return RC_OK;
}

static enum rc
tree_line(
    struct trust *t, enum trust_tree which, const struct line *l, bool close)
{
	struct policy p;
	enum rc rc;

	trust_policy(&p, t, which);
	if (!close) {
		rc = policy_group(&p, (uint16_t)(l->field[0].p - t->page), l);
		t->group_n = (uint8_t)p.group_n;
		return rc;
	}
	rc = policy_close(&p, l->field[0]);
	if (which == TREE_SIGNERS) {
		t->quorum = p.root;
		t->signer_groups = t->root_groups = t->group_n;
	} else if (which == TREE_ROOTS) {
		t->root_quorum = p.root;
		t->root_groups = t->group_n;
	} else {
		t->witness_quorum = p.root;
	}
	return rc;
}

static enum rc
trust_line(struct trust *t, unsigned rule, const struct line *l)
{
	switch (rule) {
	case TRUST_RULE_NAME:
		t->name_at = (uint16_t)(l->field[0].p - t->page);
		return RC_OK;
	case TRUST_RULE_EPOCH:
		t->epoch = (uint32_t)l->number[0];
		return RC_OK;
	case TRUST_RULE_REVISION:
		t->revision = (uint32_t)l->number[0];
		/* a first text has epoch 1 */
		return t->revision == 1 && t->epoch > 1 ? RC_REVISION : RC_OK;
	case TRUST_RULE_PREVIOUS:
		return slice_is(l->field[0], "-") == (t->revision == 1)
			   ? RC_OK
			   : RC_PREVIOUS;
	case TRUST_RULE_SIGNER:
		return leaf_add(t, TREE_SIGNERS, l);
	case TRUST_RULE_SIGNER_GROUP:
	case TRUST_RULE_QUORUM:
		return tree_line(t, TREE_SIGNERS, l, rule == TRUST_RULE_QUORUM);
	case TRUST_RULE_ROOT:
		return leaf_add(t, TREE_ROOTS, l);
	case TRUST_RULE_ROOT_GROUP:
	case TRUST_RULE_ROOT_QUORUM:
		return tree_line(
		    t, TREE_ROOTS, l, rule == TRUST_RULE_ROOT_QUORUM);
	case TRUST_RULE_RECOVER:
		t->recover = (uint8_t)l->number[0];
		return l->number[0] <= t->root_n &&
			       l->number[0] >= minimal_set_max(t)
			   ? RC_OK
			   : RC_NUMBER;
	case TRUST_RULE_LOG:
		t->log_at[t->log_n++] = (uint16_t)(l->field[0].p - t->page);
		return RC_OK;
	case TRUST_RULE_WITNESS:
		t->witness_n++;
		return leaf_add(t, TREE_COSIGNERS, l);
	case TRUST_RULE_MIRROR:
		return leaf_add(t, TREE_COSIGNERS, l);
	case TRUST_RULE_COSIGNER_GROUP:
	case TRUST_RULE_WITNESS_QUORUM:
		return tree_line(
		    t, TREE_COSIGNERS, l, rule == TRUST_RULE_WITNESS_QUORUM);
	default:
		return RC_OK;
	}
}

static bool
text_is(const uint8_t *text, size_t n, const char *kind)
{
	size_t i = 0;

	while (i < n && kind[i] != 0 && text[i] == (uint8_t)kind[i])
		i++;
	return kind[i] == 0 && i < n && text[i] == '\n';
}

/* Every `shared` line names a signer whose label is `-`. */
static enum rc
shared_check(const struct trust *t, struct slice name)
{
	unsigned i;

	for (i = 0; i < t->signer_n; i++) {
		struct slice s = policy_name(t->page, t->signer_at[i]);

		if (!slice_equal(s, name))
			continue;
		while (*s.p != '\n')
			s.p++;
		return s.p[-1] == '-' && s.p[-2] == ' ' ? RC_OK : RC_FIELD;
	}
	return RC_POLICY;
}

enum rc
trust_read(struct trust *t, const uint8_t *text, size_t n, enum reader reader)
{
	bool owner = text_is(text, n, "quorate/owner@v1");
	struct sha256 hash;
	struct walk w;
	struct line l;
	enum rc rc;

	memset(t, 0, sizeof *t);
	if (n > UINT16_MAX)
		return RC_TEXT_LONG;
	t->page = text;
	t->page_n = (uint16_t)n;
	t->kind = owner ? TRUST_OWNER : TRUST_VENDOR;
	rc = owner ? walk_init(&w, text, n, "quorate/owner@v1", owner_rules,
			 sizeof owner_rules / sizeof owner_rules[0], reader)
		   : walk_init(&w, text, n, "quorate/trust@v1", trust_rules,
			 trust_rule_n, reader);
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc == RC_OK)
			rc = trust_line(
			    t, owner ? owner_as_trust[l.rule] : l.rule, &l);
		if (rc == RC_OK && !owner && l.rule == TRUST_RULE_SHARED)
			rc = shared_check(t, l.field[0]);
	}
	if (rc == RC_MORE)
		rc = keys_differ(t);
	if (rc != RC_OK) {
		memset(t, 0, sizeof *t);
		return rc;
	}
	sha256_init(&hash);
	sha256_update(&hash, text, n);
	sha256_final(&hash, t->id);
	return RC_OK;
}

enum rc
trust_parse(
    struct trust *t, const uint8_t *page, size_t n, const uint8_t id[static 32])
{
	enum rc rc = trust_read(t, page, n, READER_DEVICE);

	if (rc == RC_OK && memcmp(t->id, id, 32) != 0) {
		memset(t, 0, sizeof *t);
		rc = RC_PAGE_ID;
	}
	return rc;
}
