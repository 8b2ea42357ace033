/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lint.h"

#include <stdio.h>
#include <string.h>

#include "cli/believe.h"
#include "cli/words.h"
#include "host/bip340.h"

struct lint {
	const struct trust *t;
	void (*found)(void *, bool, const char *);
	void *context;
	bool test; /* the authority's name ends in /test */
};

static void found(struct lint *l, bool refuses, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
found(struct lint *l, bool refuses, const char *format, ...)
{
	struct why why;
	va_list args;

	va_start(args, format);
	vsnprintf(why.text, sizeof why.text, format, args);
	va_end(args);
	l->found(l->context, refuses, why.text);
}

static struct slice
owner_of(const struct trust *t, enum trust_list list, unsigned index)
{
	struct vkey k;
	const uint8_t *slash;

	trust_key(&k, t, list, index);
	slash = memchr(k.name.p, '/', k.name.n);
	if (slash != NULL)
		k.name.n = (size_t)(slash - k.name.p);
	return k.name;
}

static const enum trust_list tree_list[] = {[TREE_SIGNERS] = LIST_SIGNERS,
    [TREE_ROOTS] = LIST_ROOTS,
    [TREE_COSIGNERS] = LIST_COSIGNERS};
static const char *const tree_suffices[] = {
    [TREE_SIGNERS] = "can release alone",
    [TREE_ROOTS] = "can change this text alone",
    [TREE_COSIGNERS] = "satisfies the witness quorum alone"};
static const char *const tree_blocks[] = {
    [TREE_SIGNERS] = "can stop every release",
    [TREE_ROOTS] = "can stop every change of this text",
    [TREE_COSIGNERS] = "can stop the witnesses"};

/* ---- keys ------------------------------------------------------------- */

static void
lint_keys(struct lint *l)
{
	unsigned list, i;
	struct vkey k;

	for (list = LIST_SIGNERS; list <= LIST_LOGS; list++)
		for (i = 0; i < trust_count(l->t, (enum trust_list)list); i++) {
			trust_key(&k, l->t, (enum trust_list)list, i);
			if (vkey_usable(&k) != RC_OK)
				found(l, true,
				    "the key of %.*s is no usable "
				    "curve point",
				    SLICE(k.name));
		}
}

/* ---- jurisdictions and owners ----------------------------------------- */

/* Whether some key of this owner bears the label. */
static bool
owner_has_label(const struct trust *t, struct slice owner, struct slice label)
{
	unsigned list, i;

	for (list = LIST_SIGNERS; list <= LIST_LOGS; list++)
		for (i = 0; i < trust_count(t, (enum trust_list)list); i++)
			if (slice_equal(
				owner_of(t, (enum trust_list)list, i), owner) &&
			    slice_equal(
				trust_label(t, (enum trust_list)list, i),
				label))
				return true;
	return false;
}

static void
lint_mask(struct lint *l, enum trust_tree tree, uint32_t mask, const char *what,
    struct slice who)
{
	unsigned n = trust_count(l->t, tree_list[tree]);
	uint32_t all = n == 32 ? UINT32_MAX : ((uint32_t)1 << n) - 1;

	if (mask == 0)
		return;
	if (trust_satisfied(l->t, tree, mask))
		found(l, !l->test, "%s %.*s %s", what, SLICE(who),
		    tree_suffices[tree]);
	else if (!trust_satisfied(l->t, tree, all & ~mask))
		found(l, false, "%s %.*s %s", what, SLICE(who),
		    tree_blocks[tree]);
}

/* The leaves of a tree that are in a jurisdiction: by label or by owner. */
static uint32_t
mask_of_label(const struct trust *t, enum trust_list list, struct slice label)
{
	uint32_t mask = 0;
	unsigned i;

	for (i = 0; i < trust_count(t, list); i++)
		if (slice_equal(trust_label(t, list, i), label) ||
		    owner_has_label(t, owner_of(t, list, i), label))
			mask |= (uint32_t)1 << i;
	return mask;
}

static uint32_t
mask_of_owner(const struct trust *t, enum trust_list list, struct slice owner)
{
	uint32_t mask = 0;
	unsigned i;

	for (i = 0; i < trust_count(t, list); i++)
		if (slice_equal(owner_of(t, list, i), owner))
			mask |= (uint32_t)1 << i;
	return mask;
}

/* A group key is one signer for many parties: it is not one owner's, and
 * its label `-` names no jurisdiction. */
static bool
is_shared_key(const struct trust *t, enum trust_list list, unsigned index)
{
	return list == LIST_SIGNERS &&
	       slice_is(trust_label(t, list, index), "-");
}

static void
lint_powers(struct lint *l, enum trust_tree tree)
{
	const struct trust *t = l->t;
	enum trust_list list = tree_list[tree];
	unsigned i, j;

	for (i = 0; i < trust_count(t, list); i++) {
		struct slice label = trust_label(t, list, i);
		struct slice owner = owner_of(t, list, i);
		bool again = false, owned = false;

		if (is_shared_key(t, list, i))
			continue;
		for (j = 0; j < i; j++) {
			again = again ||
				slice_equal(trust_label(t, list, j), label);
			owned =
			    owned || slice_equal(owner_of(t, list, j), owner);
		}
		if (slice_is(label, "-"))
			found(l, false, "%.*s names no jurisdiction",
			    SLICE(trust_leaf(t, list, i)));
		else if (!again)
			lint_mask(l, tree, mask_of_label(t, list, label),
			    "the jurisdiction", label);
		/* one owner that a jurisdiction does not already show */
		if (!owned && slice_is(label, "-"))
			lint_mask(l, tree, mask_of_owner(t, list, owner),
			    "the owner", owner);
	}
}

/* ---- mirrors ---------------------------------------------------------- */

static void
lint_mirrors(struct lint *l)
{
	const struct trust *t = l->t;
	uint32_t witnesses =
	    (uint32_t)(((uint64_t)1 << trust_witness_n(t)) - 1);

	if (trust_satisfied(t, TREE_COSIGNERS, witnesses))
		found(l, true,
		    "the witness quorum can be met without a mirror: nobody "
		    "need store what is signed");
}

/* ---- release sets and roots ------------------------------------------- */

enum { SETS_MAX = 2000000 };

/* The roots whose owner also owns one of these signers. */
static uint32_t
roots_of(const struct trust *t, uint32_t signers)
{
	uint32_t mask = 0;
	unsigned i, j;

	for (i = 0; i < t->signer_n; i++) {
		if (!(signers >> i & 1))
			continue;
		for (j = 0; j < t->root_n; j++)
			if (slice_equal(owner_of(t, LIST_SIGNERS, i),
				owner_of(t, LIST_ROOTS, j)))
				mask |= (uint32_t)1 << j;
	}
	return mask;
}

static bool
is_minimal(const struct trust *t, uint32_t set)
{
	uint32_t rest;

	for (rest = set; rest != 0; rest &= rest - 1)
		if (trust_satisfied(
			t, TREE_SIGNERS, set & ~(rest & (~rest + 1))))
			return false;
	return true;
}

/*
 * Every minimal set, by walking all sets: 2^n of them, so beyond n = 20 the
 * larger question is answered instead that needs no walk: are the owners of
 * all signers too few? If not, it stays open and is said to be.
 */
static void
lint_release_sets(struct lint *l)
{
	const struct trust *t = l->t;
	uint32_t by_signer[TRUST_SIGNERS_MAX], set, end;
	unsigned i;

	for (i = 0; i < t->signer_n; i++)
		by_signer[i] = roots_of(t, (uint32_t)1 << i);
	if (!trust_satisfied(t, TREE_ROOTS, roots_of(t, UINT32_MAX)))
		return;
	if (t->signer_n > 20) {
		found(l, false,
		    "too many signers to tell whether a release set's owners "
		    "suffice as roots");
		return;
	}
	end = (uint32_t)1 << t->signer_n;
	for (set = 1; set < end; set++) {
		uint32_t roots = 0;

		for (i = 0; i < t->signer_n; i++)
			if (set >> i & 1)
				roots |= by_signer[i];
		if (!trust_satisfied(t, TREE_ROOTS, roots) ||
		    !trust_satisfied(t, TREE_SIGNERS, set) ||
		    !is_minimal(t, set))
			continue;
		found(l, true,
		    "those who can release can also change this text: their "
		    "owners satisfy the root quorum");
		return;
	}
}

bool
lint_is_test(struct slice name)
{
	return name.n >= 5 && memcmp(name.p + name.n - 5, "/test", 5) == 0;
}

void
lint_trust(const struct trust *t, const struct trust *before,
    void (*report)(void *, bool, const char *), void *context)
{
	struct lint l = {
	    .t = t, .found = report, .context = context, .test = false};

	l.test = lint_is_test(trust_name(t));
	lint_keys(&l);
	if (t->kind == TRUST_OWNER) {
		l.test = true; /* an owner's people may sit in one place */
		lint_powers(&l, TREE_SIGNERS);
		return;
	}
	lint_powers(&l, TREE_SIGNERS);
	lint_powers(&l, TREE_ROOTS);
	lint_powers(&l, TREE_COSIGNERS);
	lint_mirrors(&l);
	lint_release_sets(&l);
	if (t->log_n == 1)
		found(&l, false,
		    "one log alone: when it is gone, nothing can be released "
		    "or changed without 'recover'");
	if (t->page_n > LINT_PAGE_BYTES)
		found(&l, false,
		    "%u bytes: more than a device's page of %d unless it was "
		    "built larger",
		    t->page_n, LINT_PAGE_BYTES);
	if (before != NULL && trust_roles_kept(t, before) != RC_OK)
		found(
		    &l, true, "a key has another role than in the text before");
}

/* ---- quorums along which shares lie ------------------------------------ */

/* The fewest leaves that do something, and in how many ways. */
struct fewest {
	unsigned size;
	double ways;
};

struct quorum_lint {
	const struct policy *p;
	struct slice (*label)(const void *context, unsigned leaf);
	const void *labels;
	struct lint l; /* for found() */
};

/*
 * The fewest leaves that satisfy a node, or block it. A smallest set touches
 * as many children as it must and leaves the others whole, so its size and
 * number follow from those of the children: best[m] is that of m of those
 * looked at so far.
 */
static struct fewest
fewest_of(const struct policy *p, uint8_t node, bool block)
{
	struct fewest best[160 + 1] = {{0, 1}};
	uint8_t nodes[160];
	unsigned n, want;

	if (node < p->groups)
		return (struct fewest){1, 1};
	n = words_members(p, node - p->groups, nodes);
	want = p->group_k[node - p->groups];
	if (block)
		want = n - want + 1;
	for (unsigned i = 0; i < n; i++) {
		struct fewest one = fewest_of(p, nodes[i], block);

		for (unsigned m = i + 1; m > 0; m--) {
			struct fewest with = {best[m - 1].size + one.size,
			    best[m - 1].ways * one.ways};

			if (best[m].ways == 0 || with.size < best[m].size)
				best[m] = with;
			else if (with.size == best[m].size)
				best[m].ways += with.ways;
		}
	}
	return best[want];
}

static struct slice
leaf_of(const struct policy *p, unsigned leaf)
{
	return policy_name(p->text, p->at[leaf]);
}

static void
mask_of(uint32_t mask[static 4], const struct quorum_lint *q,
    struct slice label, bool others)
{
	memset(mask, 0, 4 * sizeof mask[0]);
	for (unsigned i = 0; i < q->p->leaf_n; i++)
		if (slice_equal(q->label(q->labels, i), label) != others)
			mask[i / 32] |= (uint32_t)1 << i % 32;
}

static void
quorum_places(struct quorum_lint *q)
{
	uint32_t mask[4];

	for (unsigned i = 0; i < q->p->leaf_n; i++) {
		struct slice label = q->label(q->labels, i);
		bool again = false;

		for (unsigned j = 0; j < i; j++)
			again = again ||
				slice_equal(q->label(q->labels, j), label);
		if (again || label.n == 0 || slice_is(label, "-"))
			continue;
		mask_of(mask, q, label, false);
		if (policy_satisfied(q->p, mask)) {
			found(&q->l, true,
			    "the jurisdiction %.*s can sign alone",
			    SLICE(label));
			continue;
		}
		mask_of(mask, q, label, true);
		if (!policy_satisfied(q->p, mask))
			found(&q->l, false,
			    "without the jurisdiction %.*s nothing is signed",
			    SLICE(label));
	}
}

static void
quorum_alone(struct quorum_lint *q)
{
	uint32_t mask[4];

	for (unsigned i = 0; i < q->p->leaf_n; i++) {
		memset(mask, 0xff, sizeof mask);
		mask[i / 32] &= ~((uint32_t)1 << i % 32);
		if (!policy_satisfied(q->p, mask))
			found(&q->l, false,
			    "without %.*s nothing is signed: a key that is "
			    "lost there is lost for all",
			    SLICE(leaf_of(q->p, i)));
	}
}

static void
quorum_groups(struct quorum_lint *q)
{
	uint8_t nodes[160];

	for (unsigned g = q->p->group_from; g < q->p->group_n; g++) {
		struct slice name = policy_name(
		    q->p->text, q->p->at[q->p->groups + g]);
		unsigned n = words_members(q->p, g, nodes);

		if (n == 1)
			found(&q->l, false,
			    "the group %.*s has one member, and is no group",
			    SLICE(name));
		else if (q->p->group_k[g] == 1)
			found(&q->l, false,
			    "the %u members of %.*s hold one and the same "
			    "value: a share that one of them loses is all of "
			    "theirs",
			    n, SLICE(name));
	}
}

void
lint_quorum(const struct policy *p,
    struct slice (*label)(const void *context, unsigned leaf),
    const void *labels,
    void (*report)(void *context, bool refuses, const char *sentence),
    void *context)
{
	struct quorum_lint q = {.p = p,
	    .label = label,
	    .labels = labels,
	    .l = {.found = report, .context = context}};
	struct fewest sign = fewest_of(p, p->root, false);
	struct fewest block = fewest_of(p, p->root, true);

	quorum_places(&q);
	quorum_alone(&q);
	quorum_groups(&q);
	found(&q.l, false,
	    "of %u parties %u can sign (in %.0f way%s), and %u can stop every "
	    "signature (in %.0f)",
	    p->leaf_n, sign.size, sign.ways, sign.ways == 1 ? "" : "s",
	    block.size, block.ways);
}
