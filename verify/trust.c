/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/trust.h"
#include "verify/mem.h"
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
	const unsigned first = 32 * (unsigned)which;

	p->text = t->page;
	p->at = t->at + first;
	p->parent = t->parent + first;
	p->group_k = t->group_k;
	p->leaf_n = t->count[which];
	p->groups = (uint8_t)(TRUST_KEYS - first);
	p->group_from = t->groups_from[which];
	p->group_n = t->groups_from[which + 1];
	p->root = t->root_node[which];
}

bool
trust_satisfied(const struct trust *t, enum trust_tree which, uint32_t mask)
{
	struct policy p;

	/* the view is only read from here on */
	trust_policy(&p, (struct trust *)(uintptr_t)t, which);
	return policy_satisfied(&p, &mask);
}

unsigned
trust_count(const struct trust *t, enum trust_list list)
{
	return t->count[list];
}

const uint8_t *
trust_vkey_at(const struct trust *t, unsigned key)
{
	const uint8_t *p = t->page + t->at[key];

	if (key < 32 * LIST_LOGS) /* past the local name */
		while (*p++ > ' ')
			;
	return p;
}

struct slice
trust_vkey(const struct trust *t, unsigned key)
{
	return policy_name(trust_vkey_at(t, key), 0);
}

bool
trust_key_read(struct vkey *k, const struct trust *t, unsigned key)
{
	return vkey_read(k, policy_name(trust_vkey_at(t, key), 0));
}

bool
trust_mirror(const struct trust *t, unsigned index)
{
	return t->page[t->cosigner_at[index] - 2] == 'r'; /* no `witness` */
}

unsigned
trust_witness_n(const struct trust *t)
{
	unsigned n = 0;

	while (n < t->cosigner_n && !trust_mirror(t, n))
		n++;
	return n;
}

struct slice
trust_name(const struct trust *t)
{
	return policy_name(trust_name_at(t->page), 0);
}

/* Name and id as they are written. */
static struct slice
key_pair(const struct vkey *k)
{
	return (struct slice){k->name.p, k->name.n + 1 + 8};
}

/* One public key, one role: all keys of the text differ pairwise. No key is
 * read where there is none. */
static WITHIN enum rc
keys_differ(const struct trust *t)
{
	struct vkey a, b;
	unsigned i, j;

	for (i = 1; i < TRUST_KEYS; i++) {
		if (!trust_key_read(&a, t, i))
			continue;
		for (j = 0; j < i; j++) {
			VERIFY_TICK();
			if (trust_key_read(&b, t, j) &&
			    (memcmp(a.key, b.key, 32) == 0 ||
				slice_equal(key_pair(&a), key_pair(&b))))
				return RC_KEY_ROLE;
		}
	}
	return RC_OK;
}

/*
 * The most members that a smallest set of roots can have: what `recover` must
 * ask for at least. A leaf is 1, a group the sum of its k largest members:
 * of each size above 1, one for every member that reaches it, at most k. The
 * last group is the root.
 */
static unsigned
minimal_set_max(const struct trust *t)
{
	uint8_t most[POLICY_GROUPS_MAX];
	unsigned all = 1, g, size, left, i;

	for (g = t->signer_groups; g < t->root_groups; g++) {
		all = t->group_k[g];
		for (size = 2; size <= TRUST_ROOTS_MAX; size++) {
			left = t->group_k[g];
			for (i = 0; i < g; i++)
				if (t->group_parent[i] == g &&
				    most[i] >= size && left > 0) {
					left--;
					all++;
				}
		}
		most[g] = (uint8_t)all;
	}
	return all;
}

/* What reads a text: the trees one after the other. */
struct trust_reader {
	struct policy policy; /* of this one */
	struct line line;
	struct trust *t;
	unsigned tree;
	struct walk walk;
};

static void
reader_begin(
    struct trust_reader *r, struct trust *t, const uint8_t *text, size_t n)
{
	memset(t, 0, sizeof *t);
	t->page = text;
	t->page_n = (uint16_t)n;
	t->kind = TRUST_VENDOR;
	r->t = t;
	r->tree = 0;
	trust_policy(&r->policy, t, TREE_SIGNERS);
}

/* The quorum line of a tree, and on to the next. */
static enum rc
tree_close(struct trust_reader *r)
{
	struct policy *p = &r->policy;
	struct trust *t = r->t;
	enum rc rc = policy_close(p, &r->line);
	unsigned i = r->tree++;

	t->root_node[i] = p->root;
	t->count[i] = p->leaf_n;
	while (++i < 4) /* of an owner's text there is one tree */
		t->groups_from[i] = p->group_n;
	trust_policy(p, t, (enum trust_tree)r->tree);
	return rc;
}

/* `-` is that of a first text, whose epoch is 1 if it has one. Others are
 * kept where a hop looks for them; the text's id takes the place. */
static enum rc
previous_check(struct trust *t, const struct line *l)
{
	const struct slice *s = &l->field[0];
	bool none = s->n == 1 && *s->p == '-';

	if (!none && !slice_bytes(*s, t->id, SLICE_HEX | 32))
		return RC_FIELD;
	if (t->revision == 1 && t->epoch > 1)
		return RC_REVISION;
	return none == (t->revision == 1) ? RC_OK : RC_PREVIOUS;
}

static enum rc
trust_line(struct trust_reader *r)
{
	const struct line *l = &r->line;
	const uint8_t *field = l->field[0].p;
	uint32_t number = (uint32_t)l->number[0];
	struct trust *t = r->t;

	if (l->field_n == 3)
		return policy_node(&r->policy, l);
	if (l->rule == TRUST_RULE_PREVIOUS)
		return previous_check(t, l);
	if (l->field_n == 1 && field[-2] == 'm') /* a key that ends in `quorum` */
		return tree_close(r);
	if (l->rule == TRUST_RULE_EPOCH)
		t->epoch = number;
	if (l->rule == TRUST_RULE_REVISION)
		t->revision = number;
	if (l->rule == TRUST_RULE_LOG)
		t->log_at[t->log_n++] = (uint16_t)(field - t->page);
	if (l->rule == TRUST_RULE_RECOVER) {
		t->recover = (uint8_t)number;
		if (number > t->root_n || number < minimal_set_max(t))
			return RC_NUMBER;
	}
	return RC_OK;
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
trust_next(struct trust_reader *r)
{
	enum rc rc = line_next(&r->walk, &r->line);

	return rc == RC_OK ? trust_line(r) : rc;
}

enum rc
trust_read_device(struct trust *t, const uint8_t *text, size_t n)
{
	struct trust_reader r;
	bool owner;
	enum rc rc;

	if (n > UINT16_MAX)
		return RC_TEXT_LONG;
	if (n < 17)
		return RC_KIND;
	owner = text[8] == 'o';
	reader_begin(&r, t, text, n);
	if (memcmp(text, owner ? "quorate/owner@v1\n" : "quorate/trust@v1\n",
		17) != 0)
		return RC_KIND;
	walk_device(&r.walk, text, n, trust_above, TRUST_RULE_ABOUT + 1,
	    field_tree);
	if (owner) {
		t->kind = TRUST_OWNER;
		r.walk.without = LINE_FIRST;
	}
	do
		rc = trust_next(&r);
	while (rc == RC_OK);
	return rc == RC_MORE ? keys_differ(t) : rc;
}

enum rc
trust_read(struct trust *t, const uint8_t *text, size_t n, enum reader reader)
{
	struct trust_reader r;
	enum rc rc = RC_OK;

	if (reader == READER_DEVICE) {
		rc = trust_read_device(t, text, n);
		goto out;
	}
	reader_begin(&r, t, text, n);
	rc = n > UINT16_MAX ? RC_TEXT_LONG
			    : walk_init(&r.walk, text, n, kind_trust,
				  trust_rules, trust_rule_n, READER_HOST);
	if (rc == RC_KIND) {
		t->kind = TRUST_OWNER;
		rc = walk_init(&r.walk, text, n, kind_owner, trust_rules,
		    trust_rule_n, READER_HOST);
		r.walk.without = LINE_FIRST;
	}
	while (rc == RC_OK) {
		rc = trust_next(&r);
		if (rc == RC_OK && r.line.rule == TRUST_RULE_SHARED)
			rc = shared_check(t, r.line.field[0]);
	}
	if (rc == RC_MORE)
		rc = keys_differ(t);
out:
	if (rc == RC_OK)
		text_sha256(t->id, text, n);
	else
		memset(t, 0, sizeof *t);
	return rc;
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
	volatile uint32_t sum = RC_OK - 1; /* RC_OK after two that agree */
	uint32_t pass;
	enum rc rc;

	for (pass = 0; pass < 2; pass++) {
		rc = trust_read_device(t, page, n);
		if (rc != RC_OK)
			goto out;
		text_sha256(t->id, page, n);
		rc = RC_PAGE_ID;
		if (memcmp(t->id, id, 32) != 0)
			goto out;
		sum = words_sum(t, sizeof *t) + pass - sum;
	}
	rc = RC_FAULT;
	/* whoever comes here past the branch returns no RC_OK */
	if (sum == RC_OK)
		return (enum rc)sum;
out:
	memset(t, 0, sizeof *t);
	return rc;
}
