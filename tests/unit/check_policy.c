/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of k-of-n groups, as trust texts hold it: what is no tree, and
 * what satisfies one, against an evaluator that knows only the definition.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/world.h"

static struct world w;

#define TREE "group two 2 alice bob carol\nquorum two\n"

static const struct {
	const char *tree;
	enum rc rc;
} trees[] = {
    {"group two any alice bob carol\nquorum two\n", RC_OK},
    {"group two all alice bob carol\nquorum two\n", RC_OK},
    {"group two 1 alice bob carol\nquorum two\n", RC_OK},
    {"group two 3 alice bob carol\nquorum two\n", RC_OK},
    {"group x any alice\ngroup y 2 x bob carol\nquorum y\n", RC_OK},
    {"group a any alice\ngroup b any a\ngroup c any b\n"
     "group d all c bob carol\nquorum d\n",
	RC_OK}, /* four edges */
    {"group a any alice\ngroup b any a\ngroup c any b\ngroup d any c\n"
     "group e all d bob carol\nquorum e\n",
	RC_POLICY}, /* five */
    {"group two 0 alice bob carol\nquorum two\n", RC_FIELD},
    {"group two 4 alice bob carol\nquorum two\n", RC_POLICY},
    {"group two 02 alice bob carol\nquorum two\n", RC_FIELD},
    {"group two 129 alice bob carol\nquorum two\n", RC_FIELD},
    {"group two none alice bob carol\nquorum two\n", RC_FIELD},
    {"group two 2 alice bob carol carol\nquorum two\n", RC_POLICY},
    {"group two 2 alice alice bob carol\nquorum two\n", RC_POLICY},
    {"group two 2 alice bob\nquorum two\n", RC_POLICY}, /* carol unused */
    {"group two 2 alice bob dora\nquorum two\n", RC_POLICY},
    {"group two 2 alice bob two\nquorum two\n", RC_POLICY},
    {"group two 2 x bob\ngroup x any alice carol\nquorum two\n", RC_POLICY},
    {"group two 2 alice bob carol\nquorum three\n", RC_POLICY},
    {"group two 2 alice bob carol\nquorum alice\n", RC_POLICY},
    {"group two 2 alice bob carol\nquorum none\n", RC_POLICY},
    {"group x any alice\ngroup two 2 x bob carol\nquorum x\n", RC_POLICY},
    {"group x any alice\ngroup two 2 alice bob carol\nquorum two\n",
	RC_POLICY}, /* alice twice */
    {"group x any alice bob\ngroup y any carol\nquorum x\n", RC_POLICY},
    {"group alice 2 alice bob carol\nquorum alice\n", RC_NAME_REPEATED},
    {"group x any alice\ngroup x 2 bob carol\nquorum x\n", RC_NAME_REPEATED},
    {"group any 2 alice bob carol\nquorum any\n", RC_POLICY},
    {"group all 2 alice bob carol\nquorum all\n", RC_POLICY},
    {"group none 2 alice bob carol\nquorum none\n", RC_POLICY},
    {"group 42 2 alice bob carol\nquorum 42\n", RC_POLICY},
    {"group 4a 2 alice bob carol\nquorum 4a\n", RC_OK},
    {"group two 2 alice bob  carol\nquorum two\n", RC_POLICY},
    {"group two 2  alice bob carol\nquorum two\n", RC_FIELD},
    {"group two 2\nquorum two\n", RC_FIELD},
    {"group two 2 Alice bob carol\nquorum two\n", RC_POLICY},
    /* names of the other trees are not known here */
    {"group two 2 dana bob carol\nquorum two\n", RC_POLICY},
    {"group board 2 alice bob carol\nquorum board\n", RC_OK},
    {"group seen 2 alice bob carol\nquorum seen\n", RC_OK},
};
enum { TREES = sizeof trees / sizeof trees[0] };

START_TEST(grammar)
{
	const char *text = with(w.trust, TREE, trees[_i].tree);
	struct trust t;
	enum rc rc =
	    trust_read(&t, (const uint8_t *)text, strlen(text), READER_DEVICE);

	ck_assert_msg(
	    rc == trees[_i].rc, "%d for:\n%s", (int)rc, trees[_i].tree);
}
END_TEST

START_TEST(reserved_leaves)
{
	static const struct {
		const char *name;
		enum rc rc;
	} names[] = {{"any", RC_POLICY}, {"all", RC_POLICY},
	    {"none", RC_POLICY}, {"7", RC_POLICY}, {"bob", RC_NAME_REPEATED}};
	char line[64];
	const char *text;
	struct trust t;

	snprintf(line, sizeof line, "signer %s a", names[_i].name);
	text = with(w.trust, "signer alice a", line);
	ck_assert_int_eq(
	    trust_read(&t, (const uint8_t *)text, strlen(text), READER_DEVICE),
	    names[_i].rc);
}
END_TEST

/* ---- random trees
 * -------------------------------------------------------------- */

enum { LEAVES_MAX = 12, NODES_MAX = 40 };
static struct node {
	unsigned child[LEAVES_MAX], child_n, k;
} node[NODES_MAX]; /* 0..leaf_n-1 are leaves */

static bool
satisfied(unsigned i, unsigned leaf_n, uint32_t mask)
{
	unsigned c, n = 0;

	if (i < leaf_n)
		return mask >> i & 1;
	for (c = 0; c < node[i].child_n; c++)
		n += satisfied(node[i].child[c], leaf_n, mask);
	return n >= node[i].k;
}

static uint64_t
draw(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Gather random free nodes into groups until one is left; the text of it. */
static unsigned
tree_make(char *text, size_t cap, unsigned leaf_n, uint64_t *seed)
{
	unsigned free_node[NODES_MAX], free_n = leaf_n, n = leaf_n, i, take;
	unsigned levels[NODES_MAX] = {0};
	size_t at = 0;
	bool all;

	for (i = 0; i < leaf_n; i++)
		free_node[i] = i;
	while (free_n > 1 || n == leaf_n) {
		struct node *g = &node[n];

		take = 1 + (unsigned)(draw(seed) % free_n);
		if (n - leaf_n > 6 || take == 1)
			take = free_n;
		all = take == free_n;
		memset(g, 0, sizeof *g);
		for (i = 0; i < take; i++) {
			unsigned at_free = (unsigned)(draw(seed) % free_n);
			unsigned child = free_node[at_free];

			if (levels[child] >= 3 && !all && i > 0)
				continue;
			g->child[g->child_n++] = child;
			if (levels[n] < levels[child] + 1)
				levels[n] = levels[child] + 1;
			free_node[at_free] = free_node[--free_n];
		}
		g->k = 1 + (unsigned)(draw(seed) % g->child_n);
		at += (size_t)snprintf(
		    text + at, cap - at, "group g%u %u", n, g->k);
		for (i = 0; i < g->child_n; i++)
			at += (size_t)snprintf(text + at, cap - at, " %s%u",
			    g->child[i] < leaf_n ? "p" : "g", g->child[i]);
		at += (size_t)snprintf(text + at, cap - at, "\n");
		free_node[free_n++] = n++;
	}
	snprintf(text + at, cap - at, "quorum g%u\n", n - 1);
	return levels[n - 1] <= POLICY_DEPTH_MAX ? n - 1 : 0;
}

START_TEST(evaluation)
{
	static char text[16384], tree[4096];
	unsigned leaf_n = 1 + (unsigned)_i % LEAVES_MAX, i, root;
	uint64_t seed = (uint64_t)_i;
	struct trust t;
	struct text out;
	struct key k;
	char name[32];
	uint32_t mask;

	root = tree_make(tree, sizeof tree, leaf_n, &seed);
	text_init(&out, text, sizeof text);
	text_put(
	    &out, w.trust, (size_t)(strstr(w.trust, "signer alice") - w.trust));
	for (i = 0; i < leaf_n; i++) {
		snprintf(name, sizeof name, "p%u.example", i);
		key_make(&k, name, KEY_ED25519);
		text_printf(&out, "signer p%u %s CH\n", i, k.vkey);
	}
	text_string(&out, tree);
	text_string(&out, strstr(w.trust, "root dana"));
	ck_assert_int_eq(trust_read(&t, (uint8_t *)out.p, out.n, READER_HOST),
	    root == 0 ? RC_POLICY : RC_OK);
	if (root == 0)
		return;
	for (mask = 0; mask < (uint32_t)1 << leaf_n; mask++)
		ck_assert_int_eq(trust_satisfied(&t, TREE_SIGNERS, mask),
		    satisfied(root, leaf_n, mask));
	/* the other trees stay as they are */
	for (mask = 0; mask < 8; mask++) {
		ck_assert_int_eq(trust_satisfied(&t, TREE_ROOTS, mask),
		    mask == 3 || mask >= 5);
		ck_assert_int_eq(
		    trust_satisfied(&t, TREE_COSIGNERS, mask), mask >= 5);
	}
}
END_TEST

/* 32 groups in a text, all trees together; the 33rd is refused. */
START_TEST(group_limit)
{
	static char tree[2048];
	unsigned i, n = 29 + (unsigned)_i; /* the other trees have 3 */
	static char bytes[32768];
	struct text out;
	struct trust t;
	struct key k;
	char name[32];
	size_t at = 0;

	text_init(&out, bytes, sizeof bytes);
	text_put(
	    &out, w.trust, (size_t)(strstr(w.trust, "signer alice") - w.trust));
	for (i = 0; i < n - 1; i++) {
		snprintf(name, sizeof name, "p%u.example", i);
		key_make(&k, name, KEY_ED25519);
		text_printf(&out, "signer p%u %s CH\n", i, k.vkey);
		at += (size_t)snprintf(
		    tree + at, sizeof tree - at, "group g%u any p%u\n", i, i);
	}
	at += (size_t)snprintf(tree + at, sizeof tree - at, "group top any");
	for (i = 0; i < n - 1; i++)
		at += (size_t)snprintf(tree + at, sizeof tree - at, " g%u", i);
	snprintf(tree + at, sizeof tree - at, "\nquorum top\n");
	text_string(&out, tree);
	text_string(&out, strstr(w.trust, "root dana"));
	ck_assert_int_eq(trust_read(&t, (uint8_t *)out.p, out.n, READER_DEVICE),
	    _i == 0 ? RC_OK : RC_POLICY);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("policy");
	TCase *t = tcase_create("policy");
	SRunner *r = srunner_create(suite);
	int failed;

	world_make(&w);
	suite_add_tcase(suite, t);
	tcase_add_loop_test(t, grammar, 0, TREES);
	tcase_add_loop_test(t, reserved_leaves, 0, 5);
	tcase_add_loop_test(t, evaluation, 0, 240);
	tcase_add_loop_test(t, group_limit, 0, 2);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
