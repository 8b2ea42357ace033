/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/trust.h"
#include "verify/mem.h"
#include "verify/sha256.h"
#include "verify/tick.h"

/*
 * In the order of enum trust_rule; an owner's text has the lines of a trust
 * text that are not of the first kind only, and `for`. A device obeys those
 * down to `about`.
 */
#define TRUST_ABOVE \
	LINE_ONCE "name n\0" \
	LINE_SECOND_ONCE "for n\0" \
	LINE_FIRST_ONCE "epoch d\0" \
	LINE_ONCE "revision d\0" \
	LINE_ONCE "previous H\0" \
	LINE_SOME "\40" "signer nkl\0" \
	LINE_ANY "\40" "group nqm\0" \
	LINE_ONCE "quorum n\0" \
	LINE_FIRST_SOME "\40" "root nkl\0" \
	LINE_FIRST_ANY "\40" "group nqm\0" \
	LINE_FIRST_ONCE "root-quorum n\0" \
	LINE_FIRST_MAYBE "recover d\0" \
	LINE_FIRST_SOME "\4" "log Kl\0" \
	LINE_FIRST_ANY "\40" "witness nWl\0" \
	LINE_FIRST_ANY "\40" "mirror nWl\0" \
	LINE_FIRST_ANY "\40" "group nqm\0" \
	LINE_FIRST_ONCE "witness-quorum n\0" \
	LINE_ONCE "about\0"
static const char trust_above[] = TRUST_ABOVE;
const char trust_rules[] =
    TRUST_ABOVE
    LINE_ONCE "proposed D\0"
    LINE_FIRST_SORTED "\40" "shared n\0"
    LINE_FIRST_MAYBE "text-max d\0"
    LINE_EXTENSIONS "\10" "\0";
const unsigned trust_rule_n = TRUST_RULE_EXTENSION + 1;

static const char kind_trust[] = "quorate/trust@v1";
static const char kind_owner[] = "quorate/owner@v1";

void
trust_policy(struct policy *p, struct trust *t, enum trust_tree which)
{
	p->text = t->page;
	p->leaf_at = t->name_of[which];
	p->leaf_parent = t->parent[which];
	p->leaf_n = t->count[which == TREE_COSIGNERS ? LIST_COSIGNERS : which];
	p->group_at = t->group_at;
	p->group_parent = t->group_parent;
	p->group_k = t->group_k;
	p->group_from = t->groups_from[which];
	p->group_n = t->group_n;
	p->root = t->root_node[which];
}

bool
trust_satisfied(const struct trust *t, enum trust_tree which, uint32_t mask)
{
	struct policy p;

	/* the view is only read from here on */
	trust_policy(&p, (struct trust *)(uintptr_t)t, which);
	p.group_n = t->groups_from[which + 1]; /* later trees have their own */
	return policy_satisfied(&p, &mask);
}

unsigned
trust_count(const struct trust *t, enum trust_list list)
{
	return t->count[list];
}

struct slice
trust_vkey(const struct trust *t, enum trust_list list, unsigned index)
{
	static const uint8_t from[] = {0, 32, 96, 64}; /* in key_at */
	struct slice s = policy_name(t->page, t->key_at[from[list] + index]);

	if (list != LIST_LOGS) /* past the local name */
		s = policy_name(s.p + s.n + 1, 0);
	return s;
}

void
trust_key(
    struct vkey *k, const struct trust *t, enum trust_list list, unsigned index)
{
	/* the page has been parsed: this cannot fail */
	(void)!vkey_read(k, trust_vkey(t, list, index));
}

struct slice
trust_name(const struct trust *t)
{
	return policy_name(t->page, t->name_at);
}

/* Key number n of all lists together, or false. */
static bool
key_numbered(struct vkey *k, const struct trust *t, unsigned n)
{
	unsigned list;

	for (list = LIST_SIGNERS; list <= LIST_COSIGNERS; list++) {
		if (n < t->count[list]) {
			trust_key(k, t, (enum trust_list)list, n);
			return true;
		}
		n -= t->count[list];
	}
	return false;
}

/* One public key, one role: all keys of the text differ pairwise. */
static enum rc
keys_differ(const struct trust *t)
{
	struct vkey a, b;
	unsigned i, j;

	for (i = 1; key_numbered(&a, t, i); i++)
		for (j = 0; j < i; j++) {
			VERIFY_TICK();
			key_numbered(&b, t, j);
			if (memcmp(a.key, b.key, 32) == 0 ||
			    (memcmp(a.id, b.id, 4) == 0 &&
				slice_equal(a.name, b.name)))
				return RC_KEY_ROLE;
		}
	return RC_OK;
}

/*
 * The most members that a smallest set of roots can have: what `recover` must
 * ask for at least. Of a group, its k largest children; a leaf is 1, and no
 * group is less, so leaves are what is left to take when no group is.
 */
static unsigned
minimal_set_max(const struct trust *t)
{
	uint8_t need[POLICY_GROUPS_MAX + 1];
	unsigned g, k, i;

	if (!(t->root_quorum & POLICY_GROUP))
		return 1;
	memset(need, 0, sizeof need);
	for (g = t->signer_groups; g < t->root_groups; g++)
		for (k = t->group_k[g]; k > 0; k--) {
			unsigned taken = POLICY_GROUPS_MAX;

			need[taken] = 1; /* a leaf, if no group is larger */
			for (i = t->signer_groups; i < g; i++)
				if (t->group_parent[i] == g &&
				    need[i] > need[taken])
					taken = i;
			need[g] = (uint8_t)(need[g] + need[taken]);
			need[taken] = 0;
		}
	return need[t->root_quorum & ~POLICY_GROUP];
}

static enum rc
leaf_add(struct trust *t, enum trust_tree which, const struct line *l)
{
	struct policy p;
	enum rc rc;

	trust_policy(&p, t, which);
	if (p.leaf_n == 32) /* witnesses and mirrors together */
		return RC_LINE_REPEATED;
	p.group_from = p.group_n; /* leaves precede the tree's groups */
	rc = policy_leaf_check(&p, l->field[0]);
	t->parent[which][p.leaf_n] = POLICY_NONE;
	t->name_of[which][p.leaf_n] = (uint16_t)(l->field[0].p - t->page);
	t->count[which == TREE_COSIGNERS ? LIST_COSIGNERS : which]++;
	return rc;
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
	t->root_node[which] = p.root;
	for (; which < TREE_COSIGNERS; which++)
		t->groups_from[which + 1] = t->group_n;
	return rc;
}

static enum rc
trust_line(struct trust *t, unsigned rule, const struct line *l)
{
	enum trust_tree tree = rule < TRUST_RULE_ROOT	   ? TREE_SIGNERS
			       : rule < TRUST_RULE_RECOVER ? TREE_ROOTS
							   : TREE_COSIGNERS;
	uint16_t at = (uint16_t)(l->field[0].p - t->page);
	uint32_t number = (uint32_t)l->number[0];

	switch (rule) {
	case TRUST_RULE_NAME:
		t->name_at = at;
		return RC_OK;
	case TRUST_RULE_EPOCH:
		t->epoch = number;
		return RC_OK;
	case TRUST_RULE_REVISION:
		t->revision = number;
		/* a first text has epoch 1 */
		return number == 1 && t->epoch > 1 ? RC_REVISION : RC_OK;
	case TRUST_RULE_PREVIOUS:
		return slice_is(l->field[0], "-") == (t->revision == 1)
			   ? RC_OK
			   : RC_PREVIOUS;
	case TRUST_RULE_RECOVER:
		t->recover = (uint8_t)number;
		return number <= t->root_n && number >= minimal_set_max(t)
			   ? RC_OK
			   : RC_NUMBER;
	case TRUST_RULE_LOG:
		t->log_at[t->log_n++] = at;
		return RC_OK;
	case TRUST_RULE_WITNESS:
		t->witness_n++;
		/* fall through */
	case TRUST_RULE_SIGNER:
	case TRUST_RULE_ROOT:
	case TRUST_RULE_MIRROR:
		return leaf_add(t, tree, l);
	case TRUST_RULE_SIGNER_GROUP:
	case TRUST_RULE_ROOT_GROUP:
	case TRUST_RULE_COSIGNER_GROUP:
		return tree_line(t, tree, l, false);
	case TRUST_RULE_QUORUM:
	case TRUST_RULE_ROOT_QUORUM:
	case TRUST_RULE_WITNESS_QUORUM:
		return tree_line(t, tree, l, true);
	default:
		return RC_OK;
	}
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

/* The next line, taken in: RC_OK, RC_MORE at the end, or a refusal. */
static enum rc
trust_next(struct trust *t, struct walk *w, struct line *l)
{
	enum rc rc = line_next(w, l);

	if (rc != RC_OK)
		return rc;
	return trust_line(t, l->rule, l);
}

static enum rc
trust_begin(struct trust *t, const uint8_t *text, size_t n)
{
	memset(t, 0, sizeof *t);
	t->page = text;
	t->page_n = (uint16_t)n;
	t->kind = TRUST_VENDOR;
	return n > UINT16_MAX ? RC_TEXT_LONG : RC_OK;
}

/* After the last line, whose result is rc. */
static enum rc
trust_end(struct trust *t, enum rc rc)
{
	struct sha256 hash;

	if (rc == RC_MORE)
		rc = keys_differ(t);
	if (rc != RC_OK) {
		memset(t, 0, sizeof *t);
		return rc;
	}
	sha256_init(&hash);
	sha256_update(&hash, t->page, t->page_n);
	sha256_final(&hash, t->id);
	return RC_OK;
}

/* Whether the first line is that of a kind, a trust text's or an owner's. */
static bool
kind_is(const uint8_t *text, size_t n, const char line[static 18])
{
	return n >= 17 && memcmp(text, line, 17) == 0;
}

enum rc
trust_read_device(struct trust *t, const uint8_t *text, size_t n)
{
	bool owner = kind_is(text, n, "quorate/owner@v1\n");
	enum rc rc = trust_begin(t, text, n);
	struct walk w;
	struct line l;

	if (owner)
		t->kind = TRUST_OWNER;
	else if (rc == RC_OK && !kind_is(text, n, "quorate/trust@v1\n"))
		rc = RC_KIND;
	if (rc == RC_OK)
		walk_device(&w, text, n, trust_above, TRUST_RULE_ABOUT + 1,
		    field_tree);
	if (owner)
		w.without = LINE_FIRST;
	while (rc == RC_OK)
		rc = trust_next(t, &w, &l);
	return trust_end(t, rc);
}

enum rc
trust_read(struct trust *t, const uint8_t *text, size_t n, enum reader reader)
{
	struct walk w;
	struct line l;
	enum rc rc;

	if (reader == READER_DEVICE)
		return trust_read_device(t, text, n);
	rc = trust_begin(t, text, n);
	if (rc == RC_OK)
		rc = walk_init(&w, text, n, kind_trust, trust_rules,
		    trust_rule_n, READER_HOST);
	if (rc == RC_KIND) {
		t->kind = TRUST_OWNER;
		rc = walk_init(&w, text, n, kind_owner, trust_rules,
		    trust_rule_n, READER_HOST);
		w.without = LINE_FIRST;
	}
	while (rc == RC_OK) {
		rc = trust_next(t, &w, &l);
		if (rc == RC_OK && l.rule == TRUST_RULE_SHARED)
			rc = shared_check(t, l.field[0]);
	}
	return trust_end(t, rc);
}

/*
 * Twice, like everything that decides (verify.c says why): the id is compared
 * in both readings, and what they left must add up to the same. A threshold
 * that one reading got wrong would be believed by all that follows.
 */
enum rc
trust_parse(
    struct trust *t, const uint8_t *page, size_t n, const uint8_t id[static 32])
{
	const uint32_t *word = (const uint32_t *)(const void *)t;
	volatile uint32_t sum = 0; /* 2 after two readings that agree */
	unsigned pass, i;
	enum rc rc = RC_PAGE_ID;

	for (pass = 0; pass < 2; pass++) {
		uint32_t now = 0;

		rc = trust_read_device(t, page, n);
		if (rc == RC_OK && memcmp(t->id, id, 32) != 0)
			rc = RC_PAGE_ID;
		if (rc != RC_OK)
			break;
		for (i = 0; i < sizeof *t / sizeof *word; i++)
			now += word[i];
		sum += 1 + (pass == 0 ? now : -now);
	}
	if (rc == RC_OK && sum != 2)
		rc = RC_FAULT;
	if (rc != RC_OK) {
		memset(t, 0, sizeof *t);
		return rc;
	}
	/* whoever came here past the branch above returns no RC_OK */
	return (enum rc)(sum - 2 + RC_OK);
}
