/* SPDX-License-Identifier: Apache-2.0 */
/* quorum/tree.c: numbering, minimal sets, coefficients, shares. */
#include "tests/unit/quorum_help.h"
#include "tests/unit/suite.h"

/* As every roster is checked: along the tree, down to the key. */
static enum rc
points_check(const struct tree *t, const struct suite *of,
    const struct point *key, const struct point y[static TREE_LEAVES_MAX])
{
	static struct frost_roster r;

	r.suite = of;
	r.tree = *t;
	r.id[0] = 1;
	r.key = *key;
	memcpy(r.share, y, TREE_LEAVES_MAX * sizeof *y);
	return frost_roster_check(&r);
}

/* Each leaf's verification share, and nothing beyond the leaves. */
static enum rc
points_of(const struct tree *t, const struct point *commitments,
    struct point y[static TREE_LEAVES_MAX])
{
	struct public_point c[TREE_COMMITMENTS_MAX], open[TREE_LEAVES_MAX];
	enum rc rc;

	memset(y, 0, TREE_LEAVES_MAX * sizeof *y);
	for (unsigned i = 0; i < t->commitments; i++)
		suite->public_take(&c[i], &commitments[i]);
	rc = tree_public_points(t, suite, c, open);
	if (rc == RC_OK)
		suite->public_close(y, open, t->leaves);
	return rc;
}

START_TEST(numbering)
{
	struct tree t;

	help_jurisdictions(&t);
	ck_assert_mem_eq(t.party, ((uint8_t[]){4, 2, 1, 0, 3}), 5);
	ck_assert_mem_eq(t.id, ((uint8_t[]){4, 3, 2, 5, 1}), 5);
	ck_assert_mem_eq(t.x, ((uint8_t[]){1, 2, 2, 1, 2}), 5);
	ck_assert_mem_eq(t.order, ((uint8_t[]){2, 0, 1}), 3);
	ck_assert_mem_eq(t.parent, ((uint8_t[]){0, 0, 2, 1, 1}), 5);
	ck_assert_uint_eq(t.commitments, 3);
	ck_assert_uint_eq(t.group[2].linear, 1);
	ck_assert_uint_eq(t.group[0].linear, 2);
	ck_assert_uint_eq(t.group[1].linear, 2);
	ck_assert_uint_eq(t.group[0].x, 1);
	ck_assert_uint_eq(t.group[1].x, 3);
	ck_assert_uint_eq(t.group[1].parent, 2);
	ck_assert(!tree_is_flat(&t));
	ck_assert_rc(tree_check_sharing(&t), RC_OK);
	help_flat(&t, 3, 5);
	ck_assert(tree_is_flat(&t));
	ck_assert_uint_eq(t.commitments, 3);
	ck_assert_mem_eq(t.x, ((uint8_t[]){1, 2, 3, 4, 5}), 5);
}
END_TEST

START_TEST(ceilings)
{
	struct tree t;
	uint8_t m[TREE_MEMBERS_MAX + 1];

	ck_assert_rc(tree_init(&t, 0), RC_POLICY);
	ck_assert_rc(tree_init(&t, 129), RC_POLICY);
	help_flat(&t, 128, 128);
	ck_assert_uint_eq(t.commitments, 128);
	/* 32 groups: 31 pairs and singles under a root of 31. */
	ck_assert_rc(tree_init(&t, 128), RC_OK);
	for (unsigned g = 0; g < 31; g++) {
		for (unsigned i = 0; i < 4; i++)
			m[i] = (uint8_t)(g * 4 + i);
		ck_assert_rc(tree_add_group(&t, 4, m, 4), RC_OK);
	}
	for (unsigned i = 0; i < 31; i++)
		m[i] = TREE_GROUP(i);
	for (unsigned i = 0; i < 4; i++)
		m[31 + i] = (uint8_t)(124 + i);
	ck_assert_rc(tree_add_group(&t, 35, m, 35), RC_OK);
	ck_assert_rc(tree_add_group(&t, 1, m, 1), RC_POLICY); /* a 33rd */
	ck_assert_rc(tree_finish(&t, TREE_GROUP(31)), RC_OK);
	ck_assert_uint_eq(t.commitments, 128);
	ck_assert_uint_eq(t.id[127], 128);
}
END_TEST

START_TEST(refused_groups)
{
	struct tree t, before;

	ck_assert_rc(tree_init(&t, 3), RC_OK);
	ck_assert_rc(tree_add_group(&t, 1, (uint8_t[]){0}, 1), RC_OK);
	before = t;
	/* k of 0, k above n, nothing, no such leaf, no such group, itself,
	 * used already, twice in one line */
	ck_assert_rc(tree_add_group(&t, 0, (uint8_t[]){1, 2}, 2), RC_POLICY);
	ck_assert_rc(tree_add_group(&t, 3, (uint8_t[]){1, 2}, 2), RC_POLICY);
	ck_assert_rc(tree_add_group(&t, 1, (uint8_t[]){1}, 0), RC_POLICY);
	ck_assert_rc(tree_add_group(&t, 1, (uint8_t[]){3}, 1), RC_POLICY);
	ck_assert_rc(tree_add_group(&t, 1, (uint8_t[]){129}, 1), RC_POLICY);
	ck_assert_rc(tree_add_group(&t, 1, (uint8_t[]){255}, 1), RC_POLICY);
	ck_assert_rc(tree_add_group(&t, 1, (uint8_t[]){0}, 1), RC_POLICY);
	ck_assert_rc(tree_add_group(&t, 1, (uint8_t[]){1, 1}, 2), RC_POLICY);
	ck_assert_rc(tree_add_group(
			 &t, 1, (uint8_t[]){TREE_GROUP(0), 128}, 2),
	    RC_POLICY);
	ck_assert_mem_eq(&t, &before, sizeof t);
	ck_assert_rc(
	    tree_add_group(&t, 2, (uint8_t[]){TREE_GROUP(0), 1}, 2), RC_OK);
	/* leaf 2 is not used; a root that is a member; no such root */
	before = t;
	ck_assert_rc(tree_finish(&t, TREE_GROUP(1)), RC_POLICY);
	ck_assert_rc(tree_check_sharing(&t), RC_TREE);
	t = before;
	ck_assert_rc(tree_finish(&t, TREE_GROUP(0)), RC_POLICY);
	ck_assert_rc(tree_finish(&t, TREE_GROUP(2)), RC_POLICY);
	ck_assert_rc(tree_finish(&t, 2), RC_POLICY);
	t = before;
	ck_assert_rc(tree_finish(&t, 255), RC_POLICY);
	ck_assert_rc(tree_finish(&t, 1000), RC_POLICY);
	ck_assert_rc(
	    tree_add_group(&t, 2, (uint8_t[]){2, TREE_GROUP(1)}, 2), RC_OK);
	ck_assert_rc(tree_finish(&t, TREE_GROUP(2)), RC_OK);
	ck_assert_rc(tree_finish(&t, TREE_GROUP(2)), RC_POLICY); /* again */
	ck_assert_rc(tree_add_group(&t, 1, (uint8_t[]){0}, 1), RC_POLICY);
}
END_TEST

START_TEST(unused_group)
{
	struct tree t;

	ck_assert_rc(tree_init(&t, 4), RC_OK);
	ck_assert_rc(tree_add_group(&t, 2, (uint8_t[]){0, 1}, 2), RC_OK);
	ck_assert_rc(tree_add_group(&t, 2, (uint8_t[]){2, 3}, 2), RC_OK);
	ck_assert_rc(tree_finish(&t, TREE_GROUP(1)), RC_POLICY);
}
END_TEST

START_TEST(depth)
{
	for (unsigned groups = 4; groups <= 5; groups++) {
		struct tree t;

		ck_assert_rc(tree_init(&t, groups + 1), RC_OK);
		ck_assert_rc(
		    tree_add_group(&t, 2, (uint8_t[]){0, 1}, 2), RC_OK);
		for (uint8_t g = 1; g < groups; g++)
			ck_assert_rc(tree_add_group(&t, 2,
					 (uint8_t[]){TREE_GROUP(g - 1),
					     (uint8_t)(g + 1)},
					 2),
			    RC_OK);
		ck_assert_rc(tree_finish(&t, TREE_GROUP(groups - 1)),
		    groups == 4 ? RC_OK : RC_POLICY);
	}
}
END_TEST

START_TEST(single_party_refused)
{
	struct scalar c[TREE_LEAVES_MAX];
	struct tree_set one = {{1, 0}};
	struct tree t;

	help_flat(&t, 1, 3);
	ck_assert_rc(tree_check_sharing(&t), RC_TREE);
	ck_assert_rc(tree_coefficients(&t, suite, &one, c), RC_TREE);
	help_flat(&t, 1, 1);
	ck_assert_rc(tree_check_sharing(&t), RC_TREE);
	/* the root is a leaf */
	ck_assert_rc(tree_init(&t, 1), RC_OK);
	ck_assert_rc(tree_finish(&t, 0), RC_OK);
	ck_assert_uint_eq(t.commitments, 0);
	ck_assert(tree_set_satisfied(&t, &one));
	ck_assert(tree_set_is_minimal(&t, &one));
	ck_assert_rc(tree_check_sharing(&t), RC_TREE);
	ck_assert_rc(tree_coefficients(&t, suite, &one, c), RC_TREE);
	/* any of (1 of a, 2 of b c): a alone is enough, two levels down */
	ck_assert_rc(tree_init(&t, 3), RC_OK);
	ck_assert_rc(tree_add_group(&t, 1, (uint8_t[]){0}, 1), RC_OK);
	ck_assert_rc(tree_add_group(&t, 2, (uint8_t[]){1, 2}, 2), RC_OK);
	ck_assert_rc(
	    tree_add_group(&t, 1, (uint8_t[]){128, 129}, 2), RC_OK);
	ck_assert_rc(tree_finish(&t, TREE_GROUP(2)), RC_OK);
	ck_assert_rc(tree_check_sharing(&t), RC_TREE);
}
END_TEST

/* Minimal = satisfied, and not without any one of its leaves. */
static bool
minimal_by_definition(const struct tree *t, const struct tree_set *set)
{
	if (!tree_set_satisfied(t, set))
		return false;
	for (unsigned id = 1; id <= t->leaves; id++) {
		struct tree_set less = *set;

		tree_set_remove(&less, id);
		if (tree_set_has(set, id) && tree_set_satisfied(t, &less))
			return false;
	}
	return true;
}

/* Satisfied, by recursion, as a reader would write it down. */
static bool
satisfied_by_recursion(
    const struct tree *t, uint8_t node, const struct tree_set *set)
{
	unsigned have = 0;

	if (node < TREE_LEAVES_MAX)
		return tree_set_has(set, node + 1u);
	for (unsigned m = 0; m < t->group[node - TREE_LEAVES_MAX].count; m++)
		have += satisfied_by_recursion(t,
		    t->member[t->group[node - TREE_LEAVES_MAX].first + m], set);
	return have >= t->group[node - TREE_LEAVES_MAX].k;
}

START_TEST(sets_of_random_trees)
{
	uint64_t state = (uint64_t)_i;
	struct tree_set best, set;
	uint8_t cost[TREE_LEAVES_MAX];
	struct tree t;
	unsigned best_key = UINT32_MAX, found = 0;

	help_tree(&state, &t, 10);
	for (unsigned i = 0; i < sizeof cost; i++)
		cost[i] = (uint8_t)help_below(&state, 3);
	for (unsigned bits = 0; bits < 1u << t.leaves; bits++) {
		unsigned key = 0;

		set = (struct tree_set){{bits, 0}};
		ck_assert_int_eq(tree_set_satisfied(&t, &set),
		    satisfied_by_recursion(&t, t.root, &set));
		ck_assert_int_eq(tree_set_is_minimal(&t, &set),
		    minimal_by_definition(&t, &set));
		if (!tree_set_is_minimal(&t, &set))
			continue;
		found++;
		for (unsigned id = 1; id <= t.leaves; id++)
			if (tree_set_has(&set, id))
				key += (unsigned)cost[id - 1] << 8 | 1;
		if (key < best_key)
			best_key = key;
	}
	ck_assert_uint_gt(found, 0);
	set = (struct tree_set){{UINT64_MAX, UINT64_MAX}}; /* and strangers */
	ck_assert(tree_minimal_set(&t, &set, cost, &best));
	ck_assert(tree_set_is_minimal(&t, &best));
	for (unsigned id = 1; id <= t.leaves; id++)
		if (tree_set_has(&best, id))
			best_key -= (unsigned)cost[id - 1] << 8 | 1;
	ck_assert_uint_eq(best_key, 0);
	/* within any set: a minimal part of it, or none */
	help_set(&state, &t, &set);
	ck_assert_int_eq(tree_minimal_set(&t, &set, cost, &best),
	    tree_set_satisfied(&t, &set));
	ck_assert_uint_eq(best.w[0] & ~set.w[0], 0);
	ck_assert_int_eq(tree_set_is_minimal(&t, &best),
	    tree_set_satisfied(&t, &set));
	/* a stranger beyond the leaves spoils a set */
	tree_set_add(&best, t.leaves + 1u);
	ck_assert(!tree_set_is_minimal(&t, &best));
}
END_TEST

START_TEST(the_earliest_of_equals)
{
	struct tree_set all = {{31, 0}}, set;
	uint8_t cost[TREE_LEAVES_MAX] = {0};
	struct tree t;

	help_jurisdictions(&t);
	ck_assert(tree_minimal_set(&t, &all, cost, &set));
	ck_assert_uint_eq(set.w[0], 1 | 4); /* ids 1, 3 */
	cost[0] = 1;
	ck_assert(tree_minimal_set(&t, &all, cost, &set));
	ck_assert_uint_eq(set.w[0], 2 | 4); /* 2, 3 */
	cost[1] = cost[2] = 1;
	ck_assert(tree_minimal_set(&t, &all, cost, &set));
	ck_assert_uint_eq(set.w[0], 1 | 8 | 16); /* cost 1, not 2 */
	tree_set_remove(&all, 4);
	tree_set_remove(&all, 3);
	ck_assert(!tree_minimal_set(&t, &all, cost, &set));
	ck_assert_uint_eq(set.w[0] | set.w[1], 0);
}
END_TEST

START_TEST(shares_of_random_trees)
{
	uint64_t state = 1000 + (uint64_t)_i;
	struct scalar a[TREE_LEAVES_MAX], s[TREE_LEAVES_MAX];
	struct scalar c[TREE_LEAVES_MAX], sum, one, got;
	struct point commit[TREE_LEAVES_MAX], y[TREE_LEAVES_MAX], p;
	struct tree_set available, set;
	uint8_t cost[TREE_LEAVES_MAX];
	struct tree t;

	help_sharing_tree(&state, &t, 16);
	for (unsigned i = 0; i < t.commitments; i++) {
		help_scalar(&state, &a[i]);
		ck_assert(suite->point_base(&commit[i], &a[i]));
	}
	tree_shares(&t, suite, a, s);
	ck_assert_rc(points_of(&t, commit, y), RC_OK);
	for (unsigned i = 0; i < t.leaves; i++) {
		ck_assert(suite->point_base(&p, &s[i]));
		ck_assert_mem_eq(&p, &y[i], sizeof p);
		tree_point(&t, suite, commit, i + 1, &p);
		ck_assert_mem_eq(&p, &y[i], sizeof p);
	}
	ck_assert_rc(points_check(&t, suite, &commit[0], y), RC_OK);
	for (unsigned round = 0; round < 4; round++) {
		help_bytes(&state, cost, sizeof cost);
		do
			help_set(&state, &t, &available);
		while (!tree_minimal_set(&t, &available, cost, &set));
		ck_assert_rc(tree_coefficients(&t, suite, &set, c), RC_OK);
		suite->scalar_set(&sum, 0);
		suite->scalar_set(&got, 0);
		for (unsigned i = 0; i < TREE_LEAVES_MAX; i++) {
			ck_assert_int_eq(sodium_is_zero(c[i].b, 32),
			    !tree_set_has(&set, i + 1));
			if (i >= t.leaves)
				continue;
			suite->scalar_add(&sum, &sum, &c[i]);
			suite->scalar_mul(&c[i], &c[i], &s[i]);
			suite->scalar_add(&got, &got, &c[i]);
		}
		suite->scalar_set(&one, 1);
		ck_assert_mem_eq(&sum, &one, sizeof sum);
		ck_assert_mem_eq(&got, &a[0], sizeof got);
		/* one more than minimal, and one less, have no coefficients */
		for (unsigned id = 1; id <= t.leaves; id++) {
			struct tree_set other = set;

			if (tree_set_has(&set, id))
				tree_set_remove(&other, id);
			else
				tree_set_add(&other, id);
			ck_assert_rc(tree_coefficients(&t, suite, &other, c),
			    RC_SET_NOT_MINIMAL);
			ck_assert(sodium_is_zero((uint8_t *)c, sizeof c));
		}
	}
	/* no point may be another than it is */
	help_scalar(&state, &sum);
	ck_assert(suite->point_base(&commit[1], &sum));
	for (unsigned i = 0; i < t.leaves; i++) {
		p = y[i];
		suite->point_add(&y[i], &y[i], &commit[1]);
		ck_assert_rc(points_check(&t, suite, &commit[0], y),
		    RC_DEALING);
		y[i] = p;
	}
	suite->point_add(&p, &commit[0], &commit[0]);
	ck_assert_rc(points_check(&t, suite, &p, y), RC_DEALING);
	memset(&y[0], 0, sizeof y[0]);
	ck_assert_rc(points_check(&t, suite, &commit[0], y), RC_POINT);
}
END_TEST

/* T6: equal shares under `any`, all the way down. */
START_TEST(any_shares_are_equal)
{
	uint64_t state = 7;
	static struct frost_roster r;
	static struct frost_key_share s[FROST_PARTIES_MAX];

	help_jurisdictions(&r.tree);
	help_deal(&state, &r, s);
	ck_assert_mem_eq(&s[0].s, &s[1].s, sizeof s[0].s);
	ck_assert_mem_ne(&s[3].s, &s[4].s, sizeof s[0].s);
	ck_assert_rc(frost_roster_check(&r), RC_OK);
}
END_TEST

/* T2: a derived constant, or a verification share, that is the identity. */
START_TEST(derived_identities)
{
	struct point commit[3], y[TREE_LEAVES_MAX], p;
	struct scalar a, minus, zero;
	uint64_t state = 8;
	struct tree t;

	help_jurisdictions(&t); /* groups at x = 1 and x = 3, a leaf at 2 */
	for (unsigned x = 1; x <= 3; x++) {
		suite->scalar_set(&a, x);
		ck_assert(suite->point_base(&commit[0], &a));
		suite->scalar_set(&zero, 0);
		suite->scalar_set(&minus, 1);
		suite->scalar_sub(&minus, &zero, &minus);
		ck_assert(suite->point_base(&commit[1], &minus));
		help_scalar(&state, &a);
		ck_assert(suite->point_base(&commit[2], &a));
		ck_assert_rc(points_of(&t, commit, y), RC_IDENTITY);
		tree_point(&t, suite, commit, x == 3 ? 4 : x == 2 ? 3 : 1, &p);
		ck_assert_int_eq(suite->point_is_identity(&p), x != 3);
	}
}
END_TEST

START_TEST(scalars_refused)
{
#ifdef QUORATE_SUITE_ED25519
	static const char *const bad[] = {
	    "edd3f55c1a631258d69cf7a2def9de14"
	    "00000000000000000000000000000010",
	    "eed3f55c1a631258d69cf7a2def9de14"
	    "00000000000000000000000000000010",
	    "00000000000000000000000000000000"
	    "00000000000000000000000000000020",
	    "ffffffffffffffffffffffffffffffff"
	    "ffffffffffffffffffffffffffffffff",
	};
	static const char last[] = "ecd3f55c1a631258d69cf7a2def9de14"
				   "00000000000000000000000000000010";
#else
	static const char *const bad[] = {
	    "fffffffffffffffffffffffffffffffe"
	    "baaedce6af48a03bbfd25e8cd0364141",
	    "fffffffffffffffffffffffffffffffe"
	    "baaedce6af48a03bbfd25e8cd0364142",
	    "ffffffffffffffffffffffffffffffff"
	    "ffffffffffffffffffffffffffffffff",
	};
	static const char last[] = "fffffffffffffffffffffffffffffffe"
				   "baaedce6af48a03bbfd25e8cd0364140";
#endif
	struct scalar s;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		help_hex(&s, sizeof s, bad[i]);
		ck_assert(!suite->scalar_check(&s));
	}
	help_hex(&s, sizeof s, last);
	ck_assert(suite->scalar_check(&s));
	suite->scalar_set(&s, 0);
	ck_assert(suite->scalar_check(&s));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tree");
	TCase *tc = tcase_create("tree");

	if (sodium_init() < 0)
		return 3;
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, numbering);
	tcase_add_test(tc, ceilings);
	tcase_add_test(tc, refused_groups);
	tcase_add_test(tc, unused_group);
	tcase_add_test(tc, depth);
	tcase_add_test(tc, single_party_refused);
	tcase_add_loop_test(tc, sets_of_random_trees, 0, 200);
	tcase_add_test(tc, the_earliest_of_equals);
	tcase_add_loop_test(tc, shares_of_random_trees, 0, 40);
	tcase_add_test(tc, any_shares_are_equal);
	tcase_add_test(tc, derived_identities);
	tcase_add_test(tc, scalars_refused);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
