/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify/policy.c: trees of groups over leaves, read from text, and evaluated
 * for every set of leaves against the definition itself.
 */
#include <check.h>
#include <stdlib.h>
#include "tests/unit/notes_help.h"
#include "tests/unit/suite.h"
#include "verify/policy.h"

static const char rules[] =
    LINE_ANY "\200" "leaf n\0"
    LINE_ANY "\50" "group nqm\0"
    LINE_ONCE "quorum n\0";

static struct buf text;
static uint16_t node_at[POLICY_NODES_MAX];
static uint8_t parent[POLICY_NODES_MAX];
static uint8_t group_k[POLICY_GROUPS_MAX];

/* As trust.c and roster.c read a tree. */
static enum rc
tree(struct policy *p, const char *lines)
{
	struct walk w;
	struct line l;
	enum rc rc;

	buf_set(&text, "quorate/t@v1\n");
	buf_printf(&text, "%s", lines);
	memset(p, 0, sizeof *p);
	p->text = (const uint8_t *)text.b;
	p->at = node_at;
	p->parent = parent;
	p->groups = POLICY_GROUP;
	p->group_k = group_k;
	rc = walk_init(
	    &w, p->text, text.n, "quorate/t@v1", rules, 3, READER_HOST);
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc == RC_OK)
			rc = l.rule == 2 ? policy_close(p, &l)
					 : policy_node(p, &l);
	}
	return rc == RC_MORE ? RC_OK : rc;
}

#define ABC "leaf a\nleaf b\nleaf c\n"

static const struct {
	const char *lines;
	enum rc rc;
} trees[] = {
    {"leaf a\nquorum a\n", RC_OK},
    {ABC "group g 2 a b c\nquorum g\n", RC_OK},
    {ABC "group g 3 a b c\nquorum g\n", RC_OK},
    {ABC "group g all c a b\nquorum g\n", RC_OK},
    {ABC "group g any a b c\nquorum g\n", RC_OK},
    {ABC "group g any a b\ngroup h all g c\nquorum h\n", RC_OK},
    {"leaf a\ngroup g 1 a\nquorum g\n", RC_OK},
    /* thresholds */
    {ABC "group g 4 a b c\nquorum g\n", RC_POLICY},
    {ABC "group g 128 a b c\nquorum g\n", RC_POLICY},
    {ABC "group g 0 a b c\nquorum g\n", RC_FIELD},
    {ABC "group g 02 a b c\nquorum g\n", RC_FIELD},
    {ABC "group g most a b c\nquorum g\n", RC_FIELD},
    /* used twice, or not at all */
    {ABC "group g 2 a b b\nquorum g\n", RC_POLICY},
    {ABC "group g 2 a b c\ngroup h 1 g a\nquorum h\n", RC_POLICY},
    {ABC "group g any a b\ngroup h any b c\ngroup i any g h\nquorum i\n",
	RC_POLICY},
    {ABC "group g 2 a b\nquorum g\n", RC_POLICY},
    {ABC "quorum a\n", RC_POLICY},
    {ABC "group g 2 a b c\nquorum a\n", RC_POLICY},
    {ABC "group g any a b\ngroup h 1 c\nquorum g\n", RC_POLICY},
    {"leaf a\nleaf b\ngroup g 1 b\nquorum a\n", RC_POLICY},
    {ABC "group g any a b c\ngroup h any g\nquorum g\n", RC_POLICY},
    /* forward references, itself, nobody */
    {ABC "group g any h a\ngroup h any b c\nquorum g\n", RC_POLICY},
    {ABC "group g any g a b c\nquorum g\n", RC_POLICY},
    {ABC "group g any a b d\nquorum g\n", RC_POLICY},
    {ABC "group g 2 a b c\nquorum h\n", RC_POLICY},
    {"quorum a\n", RC_POLICY},
    {"leaf a\nquorum none\n", RC_POLICY},
    {ABC "group g any\nquorum g\n", RC_FIELD},
    {ABC "group g any a  b c\nquorum g\n", RC_POLICY},
    {ABC "group g any  a b c\nquorum g\n", RC_POLICY},
    {ABC "group g  any a b c\nquorum g\n", RC_FIELD},
    {ABC "group g any A b c\nquorum g\n", RC_POLICY},
    /* names */
    {"leaf none\nquorum none\n", RC_POLICY},
    {"leaf any\nquorum any\n", RC_POLICY},
    {"leaf all\nquorum all\n", RC_POLICY},
    {"leaf 12\nquorum 12\n", RC_POLICY},
    {"leaf 0\nquorum 0\n", RC_POLICY},
    {"leaf 12a\nquorum 12a\n", RC_OK},
    {"leaf alls\nquorum alls\n", RC_OK},
    {ABC "group none any a b c\nquorum none\n", RC_POLICY},
    {ABC "group all any a b c\nquorum all\n", RC_POLICY},
    {ABC "group 1 any a b c\nquorum 1\n", RC_POLICY},
    {"leaf a\nleaf a\nquorum a\n", RC_NAME_REPEATED},
    {ABC "group a any b c\nquorum a\n", RC_NAME_REPEATED},
    {ABC "group g any a b\ngroup g any c\nquorum g\n", RC_NAME_REPEATED},
    {ABC "group g any a b c\nquorum g\nquorum g\n", RC_LINE_REPEATED},
    {ABC "group g any a b c\n", RC_LINE_MISSING},
    /* depth: 4 edges, 5 edges, also beside a shallow leaf */
    {"leaf a\ngroup g any a\ngroup h any g\ngroup i any h\ngroup j any i\n"
     "quorum j\n",
	RC_OK},
    {"leaf a\ngroup g any a\ngroup h any g\ngroup i any h\ngroup j any i\n"
     "group k any j\nquorum k\n",
	RC_POLICY},
    {ABC "group g any a\ngroup h any g\ngroup i any h\ngroup j any i b c\n"
	 "quorum j\n",
	RC_OK},
    {ABC "group g any a\ngroup h any g\ngroup i any h\ngroup j any i b\n"
	 "group k any c j\nquorum k\n",
	RC_POLICY},
};

START_TEST(a_tree_is_well_formed)
{
	struct policy p;

	ck_assert_int_eq(tree(&p, trees[_i].lines), trees[_i].rc);
}
END_TEST

START_TEST(trees_have_limits)
{
	static struct buf t;
	struct policy p;
	unsigned i, n;

	/* 128 leaves in one group */
	for (n = 128; n <= 129; n++) {
		buf_set(&t, "");
		for (i = 0; i < n; i++)
			buf_printf(&t, "leaf l%u\n", i);
		buf_printf(&t, "group g 128");
		for (i = 0; i < n; i++)
			buf_printf(&t, " l%u", i);
		buf_printf(&t, "\nquorum g\n");
		ck_assert_int_eq(
		    tree(&p, t.b), n == 128 ? RC_OK : RC_LINE_REPEATED);
	}
	/* a line of more members than there can be */
	buf_set(&t, ABC "group g any");
	for (i = 0; i < 400; i++)
		buf_printf(&t, " a");
	buf_printf(&t, "\nquorum g\n");
	ck_assert_int_eq(tree(&p, t.b), RC_POLICY);
	/* 32 groups in a text */
	for (n = 31; n <= 32; n++) {
		buf_set(&t, "");
		for (i = 0; i < n; i++)
			buf_printf(&t, "leaf l%u\n", i);
		for (i = 0; i < n; i++)
			buf_printf(&t, "group g%u 1 l%u\n", i, i);
		buf_printf(&t, "group root any");
		for (i = 0; i < n; i++)
			buf_printf(&t, " g%u", i);
		buf_printf(&t, "\nquorum root\n");
		ck_assert_int_eq(tree(&p, t.b), n == 31 ? RC_OK : RC_POLICY);
	}
}
END_TEST

/* The definition, over the text's own lines. */
static bool
satisfied(const char *name, size_t name_n, uint32_t mask)
{
	const char *at = text.b;
	unsigned leaf = 0, k = 0, n = 0, got = 0;

	while ((at = strchr(at, '\n')) != NULL && *++at) {
		const char *end = strchr(at, '\n'), *word;

		if (strncmp(at, "leaf ", 5) == 0) {
			if ((size_t)(end - at - 5) == name_n &&
			    memcmp(at + 5, name, name_n) == 0)
				return mask >> leaf & 1;
			leaf++;
			continue;
		}
		if (strncmp(at, "group ", 6) != 0 ||
		    strncmp(at + 6, name, name_n) != 0 || at[6 + name_n] != ' ')
			continue;
		word = at + 7 + name_n;
		if (strncmp(word, "all ", 4) == 0)
			k = 1000;
		else if (strncmp(word, "any ", 4) == 0)
			k = 1;
		else
			k = (unsigned)strtoul(word, NULL, 10);
		for (word = strchr(word, ' '); word != NULL && word < end;
		     n++) {
			size_t w = strcspn(++word, " \n");

			got += satisfied(word, w, mask);
			word += w;
			if (*word == '\n')
				word = NULL;
		}
		return got >= (k == 1000 ? n : k);
	}
	ck_abort_msg("no %.*s", (int)name_n, name);
	return false;
}

START_TEST(every_set_is_judged_by_the_definition)
{
	static const struct {
		const char *lines, *root;
	} cases[] = {
	    {"leaf a\nquorum a\n", "a"},
	    {ABC "group g 2 a b c\nquorum g\n", "g"},
	    {ABC "group g any b c\ngroup h all a g\nquorum h\n", "h"},
	    {ABC "leaf d\nleaf e\nleaf f\nleaf g\ngroup x 2 g a c\n"
		 "group y all b d\ngroup z 2 f x y\ngroup r 2 z e\nquorum r\n",
		"r"},
	    {ABC "leaf d\nleaf e\nleaf f\ngroup w any a\ngroup x all w b\n"
		 "group y any x c d\ngroup z 2 y e f\nquorum z\n",
		"z"},
	    {ABC "leaf d\ngroup gg any a b\ngroup g all c d gg\nquorum g\n",
		"g"},
	};
	struct policy p;
	unsigned i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint32_t mask, n;

		ck_assert_int_eq(tree(&p, cases[i].lines), RC_OK);
		n = (uint32_t)1 << p.leaf_n;
		for (mask = 0; mask < n; mask++)
			ck_assert_int_eq(policy_satisfied(&p, &mask),
			    satisfied(
				cases[i].root, strlen(cases[i].root), mask));
	}
}
END_TEST

/* Leaves beyond the first word of the mask. */
START_TEST(masks_have_four_words)
{
	uint32_t mask[4] = {0};
	static struct buf t;
	struct policy p;
	unsigned i;

	buf_set(&t, "");
	for (i = 0; i < 128; i++)
		buf_printf(&t, "leaf l%u\n", i);
	buf_printf(&t, "group g 3");
	for (i = 0; i < 128; i++)
		buf_printf(&t, " l%u", i);
	buf_printf(&t, "\nquorum g\n");
	ck_assert_int_eq(tree(&p, t.b), RC_OK);
	mask[3] = 0x80000000;
	mask[1] = 1;
	ck_assert(!policy_satisfied(&p, mask));
	mask[2] = 0x10;
	ck_assert(policy_satisfied(&p, mask));
	memset(mask, 0xff, sizeof mask);
	ck_assert(policy_satisfied(&p, mask));
}
END_TEST

START_TEST(members_keep_their_order)
{
	uint8_t nodes[POLICY_LEAVES_MAX];
	struct policy p;
	struct walk w;
	struct line l;
	unsigned n;

	ck_assert_int_eq(
	    tree(&p, ABC "group g any b\ngroup h 2 c g a\nquorum h\n"), RC_OK);
	ck_assert_int_eq(walk_init(&w, p.text, text.n, "quorate/t@v1", rules, 3,
			     READER_HOST),
	    RC_OK);
	do
		ck_assert_int_eq(line_next(&w, &l), RC_OK);
	while (l.rule != 1 || !slice_is(l.field[0], "h"));
	ck_assert_int_eq(policy_members(&p, &l, 1, nodes, &n), RC_OK);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(nodes[0], 2);
	ck_assert_uint_eq(nodes[1], POLICY_GROUP | 0);
	ck_assert_uint_eq(nodes[2], 0);
	/* knows groups before `before` only */
	ck_assert_int_eq(policy_members(&p, &l, 0, nodes, &n), RC_POLICY);
}
END_TEST

#define COUNT(x) ((int)(sizeof(x) / sizeof(x)[0]))

int
main(void)
{
	Suite *suite = suite_create("policy");
	TCase *t = tcase_create("trees");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_loop_test(t, a_tree_is_well_formed, 0, COUNT(trees));
	tcase_add_test(t, trees_have_limits);
	tcase_add_test(t, every_set_is_judged_by_the_definition);
	tcase_add_test(t, masks_have_four_words);
	tcase_add_test(t, members_keep_their_order);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
