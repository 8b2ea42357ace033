/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths and consistency proofs, made by the recursive definitions of RFC
 * 6962 and read by the loops of RFC 9162.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/world.h"

enum { LEAVES = 70 };
static uint8_t leaf[LEAVES][32];

static void
leaves_make(void)
{
	unsigned i;

	for (i = 0; i < LEAVES; i++)
		filler_leaf(leaf[i], i);
}

START_TEST(hashes)
{
	uint8_t got[32], want[32], pair[65] = {1};
	struct sha256 s;

	leaf_of(want, "abc", 3);
	merkle_leaf(got, (const uint8_t *)"abc", 3);
	ck_assert_mem_eq(got, want, 32);
	memcpy(pair + 1, leaf[0], 32);
	memcpy(pair + 33, leaf[1], 32);
	sha256_init(&s);
	sha256_update(&s, pair, 65);
	sha256_final(&s, want);
	merkle_node(got, leaf[0], leaf[1]);
	ck_assert_mem_eq(got, want, 32);
}
END_TEST

/* Every index of every size to 70: the path, and nothing near it. */
START_TEST(inclusion)
{
	uint8_t path[64][32], root[32], got[32];
	uint64_t n = (uint64_t)_i, index, other;
	unsigned d;

	tree_root(root, leaf, n);
	for (index = 0; index < n; index++) {
		d = tree_path(path, leaf, n, index);
		ck_assert_int_eq(merkle_root_from_path(
				     got, leaf[index], index, n, path[0], d),
		    RC_OK);
		ck_assert_mem_eq(got, root, 32);
		ck_assert_int_eq(merkle_root_from_path(got, leaf[index], index,
				     n, path[0], d + 1),
		    RC_INCLUSION);
		if (d > 0)
			ck_assert_int_eq(merkle_root_from_path(got, leaf[index],
					     index, n, path[0], d - 1),
			    RC_INCLUSION);
		for (other = 0; other < n; other++)
			ck_assert(other == index ||
				  merkle_root_from_path(got, leaf[index], other,
				      n, path[0], d) != RC_OK ||
				  memcmp(got, root, 32) != 0);
		if (d > 0) {
			path[d / 2][5] ^= 1;
			ck_assert_int_eq(merkle_root_from_path(got, leaf[index],
					     index, n, path[0], d),
			    RC_OK);
			ck_assert_mem_ne(got, root, 32);
		}
	}
	ck_assert_int_eq(merkle_root_from_path(got, leaf[0], n, n, path[0], 0),
	    RC_INCLUSION);
	ck_assert_int_eq(merkle_root_from_path(got, leaf[0],
			     ((uint64_t)1 << 53) - 1, n, path[0], 0),
	    RC_INCLUSION);
}
END_TEST

START_TEST(inclusion_empty)
{
	uint8_t got[32];

	ck_assert_int_eq(merkle_root_from_path(got, leaf[0], 0, 0, leaf[0], 0),
	    RC_INCLUSION);
}
END_TEST

/* The deepest tree there is: 2^53-1 leaves, a path of 53 for the first. */
START_TEST(inclusion_deep)
{
	uint64_t n = ((uint64_t)1 << 53) - 1;
	uint8_t path[54][32], got[32], want[32];
	unsigned i;

	for (i = 0; i < 54; i++)
		filler_leaf(path[i], i);
	memcpy(want, leaf[0], 32);
	for (i = 0; i < 53; i++)
		merkle_node(want, want, path[i]);
	ck_assert_int_eq(
	    merkle_root_from_path(got, leaf[0], 0, n, path[0], 53), RC_OK);
	ck_assert_mem_eq(got, want, 32);
	ck_assert_int_eq(merkle_root_from_path(got, leaf[0], 0, n, path[0], 54),
	    RC_INCLUSION);
	ck_assert_int_eq(merkle_root_from_path(got, leaf[0], 0, n, path[0], 52),
	    RC_INCLUSION);
}
END_TEST

START_TEST(consistency)
{
	uint8_t proof[64][32], old_root[32], root[32];
	uint64_t n = (uint64_t)_i, old;
	unsigned d;

	tree_root(root, leaf, n);
	for (old = 1; old < n; old++) {
		tree_root(old_root, leaf, old);
		d = tree_consistency(proof, leaf, old, n, 1);
		ck_assert_int_eq(
		    merkle_consistency(old, old_root, n, root, proof[0], d),
		    RC_OK);
		ck_assert_int_eq(
		    merkle_consistency(old, old_root, n, root, proof[0], d + 1),
		    RC_CONSISTENCY);
		if (d > 0)
			ck_assert_int_eq(merkle_consistency(old, old_root, n,
					     root, proof[0], d - 1),
			    RC_CONSISTENCY);
		ck_assert_int_eq(
		    merkle_consistency(n, root, old, old_root, proof[0], d),
		    RC_CONSISTENCY);
		ck_assert_int_eq(
		    merkle_consistency(old, root, n, old_root, proof[0], d),
		    RC_CONSISTENCY);
		old_root[0] ^= 1;
		ck_assert_int_eq(
		    merkle_consistency(old, old_root, n, root, proof[0], d),
		    RC_CONSISTENCY);
		old_root[0] ^= 1;
		root[31] ^= 1;
		ck_assert_int_eq(
		    merkle_consistency(old, old_root, n, root, proof[0], d),
		    RC_CONSISTENCY);
		root[31] ^= 1;
		if (d > 0) {
			proof[d / 2][0] ^= 1;
			ck_assert_int_eq(merkle_consistency(old, old_root, n,
					     root, proof[0], d),
			    RC_CONSISTENCY);
		}
	}
	ck_assert_int_eq(
	    merkle_consistency(n, root, n, root, proof[0], 0), RC_OK);
	ck_assert_int_eq(
	    merkle_consistency(n, root, n, root, proof[0], 1), RC_CONSISTENCY);
	ck_assert_int_eq(merkle_consistency(n, root, n, leaf[1], proof[0], 0),
	    n == 2 && memcmp(root, leaf[1], 32) == 0 ? RC_OK : RC_CONSISTENCY);
	ck_assert_int_eq(
	    merkle_consistency(0, leaf[0], n, root, proof[0], 0), RC_OK);
	ck_assert_int_eq(merkle_consistency(0, leaf[0], n, root, proof[0], 1),
	    RC_CONSISTENCY);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("merkle");
	TCase *t = tcase_create("merkle");
	SRunner *r = srunner_create(suite);
	int failed;

	leaves_make();
	suite_add_tcase(suite, t);
	tcase_add_test(t, hashes);
	tcase_add_loop_test(t, inclusion, 1, LEAVES + 1);
	tcase_add_test(t, inclusion_empty);
	tcase_add_test(t, inclusion_deep);
	tcase_add_loop_test(t, consistency, 1, LEAVES + 1);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
