/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify/merkle.c against RFC 6962 written down as it reads, recursively, and
 * against figures computed elsewhere.
 */
#include <check.h>
#include <stdlib.h>
#include "tests/unit/notes_help.h"
#include "tests/unit/suite.h"
#include "verify/merkle.h"

enum { SIZE_MAX_ = 40 };

static uint8_t leaves[SIZE_MAX_][32];

static size_t
split(size_t n)
{
	size_t k = 1;

	while (k * 2 < n)
		k *= 2;
	return k;
}

/* MTH(D[from:from+n]) */
static void
mth(uint8_t out[32], size_t from, size_t n)
{
	uint8_t l[32], r[32];

	if (n == 0) {
		crypto_hash_sha256(out, NULL, 0);
	} else if (n == 1) {
		memcpy(out, leaves[from], 32);
	} else {
		mth(l, from, split(n));
		mth(r, from + split(n), n - split(n));
		help_node(out, l, r);
	}
}

/* PATH(m, D[from:from+n]) */
static void
path(uint8_t p[][32], unsigned *count, size_t m, size_t from, size_t n)
{
	size_t k = split(n);

	if (n == 1)
		return;
	if (m < k) {
		path(p, count, m, from, k);
		mth(p[(*count)++], from + k, n - k);
	} else {
		path(p, count, m - k, from + k, n - k);
		mth(p[(*count)++], from, k);
	}
}

/* SUBPROOF(m, D[from:from+n], b) */
static void
subproof(
    uint8_t p[][32], unsigned *count, size_t m, size_t from, size_t n, bool b)
{
	size_t k = split(n);

	if (m == n) {
		if (!b)
			mth(p[(*count)++], from, n);
	} else if (m <= k) {
		subproof(p, count, m, from, k, b);
		mth(p[(*count)++], from + k, n - k);
	} else {
		subproof(p, count, m - k, from + k, n - k, false);
		mth(p[(*count)++], from, k);
	}
}

static void
setup(void)
{
	char entry[32];
	size_t i;

	for (i = 0; i < SIZE_MAX_; i++) {
		snprintf(entry, sizeof entry, "release-%zu", i);
		help_leaf(leaves[i], entry, strlen(entry));
	}
}

START_TEST(leaf_and_node_are_apart)
{
	uint8_t x[32], y[32], z[64] = {0};

	merkle_leaf(x, (const uint8_t *)"release-3", 9);
	ck_assert_mem_eq(x, leaves[3], 32);
	merkle_node(x, leaves[0], leaves[1]);
	help_node(y, leaves[0], leaves[1]);
	ck_assert_mem_eq(x, y, 32);
	merkle_leaf(x, z, 64);
	merkle_node(y, z, z + 32);
	ck_assert_mem_ne(x, y, 32);
	merkle_node(y, x, y); /* out may be an input */
	merkle_leaf(x, NULL, 0);
}
END_TEST

/*
 * Figures of docs' fact sheet on transparency logs, section 9, computed with
 * Python's hashlib: entries release-0 .. release-6.
 */
START_TEST(roots_are_those_computed_elsewhere)
{
	static const char *const roots[] = {
	    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
	    "Wvo4+OWtrkJOKU4O3tXdmrDwcAGrUnRi+S7Hhcu06po=",
	    "eAJ+BBWvOChuTQhajj1JVuj0DcyJlq83L2Bxl8fYU3M=",
	    "PFUZmwGWAsPWLxstGr8grWHrxtaNFUdbF5CoKqPPsBc=",
	    "FHaTD7iMi5N33Tp6iKDZdg3V4FMWeqFTvKSKCkHJjXk=",
	    "v/7Zigl0w9wHDt2O4ARjg90yPI+15/i9Gg6+Fb38akc=",
	    "DOmNFFi0LetKMGX48d8PhzbXSr4hqpP83sQjLtnWckg=",
	    "7LtRAWPFYLiFC7WH4wQbKlEl4I4068uedFadelvsqkg="};
	static const char *const five[] = {
	    "NLk1LqX7HuF8FJlzlIwmNpbPAblifpOHfpqIOelRVDA=",
	    "r5iPIImgqNbmcf/ehQpUuSYIXj5TDl8aZwKhQGz+H1g=",
	    "FHaTD7iMi5N33Tp6iKDZdg3V4FMWeqFTvKSKCkHJjXk="};
	static const char *const three_seven[] = {
	    "Ur/sDkLnGLbMjheAQOBv4O4Dpus6rMF3hRhWhuQnOCA=",
	    "c8NVG9BHm9zp12xtp+HeGjVnKlRklXtEj5/prtG8Z+Q=",
	    "eAJ+BBWvOChuTQhajj1JVuj0DcyJlq83L2Bxl8fYU3M=",
	    "p8OzJ79kDRXYjvNxXadcI1IU2xz7I8/9ZFB+2ogO70U="};
	uint8_t x[32], root[8][32], p[4][32];
	unsigned i;

	for (i = 0; i < 8; i++) {
		ck_assert_int_eq(
		    sodium_base642bin(root[i], 32, roots[i], 44, NULL, NULL,
			NULL, sodium_base64_VARIANT_ORIGINAL),
		    0);
		mth(x, 0, i);
		ck_assert_mem_eq(x, root[i], 32);
	}
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(
		    sodium_base642bin(p[i], 32, five[i], 44, NULL, NULL, NULL,
			sodium_base64_VARIANT_ORIGINAL),
		    0);
	merkle_leaf(x, (const uint8_t *)"release-5", 9);
	ck_assert_int_eq(merkle_root_from_path(x, x, 5, 7, p[0], 3), RC_OK);
	ck_assert_mem_eq(x, root[7], 32);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(
		    sodium_base642bin(p[i], 32, three_seven[i], 44, NULL, NULL,
			NULL, sodium_base64_VARIANT_ORIGINAL),
		    0);
	ck_assert_int_eq(
	    merkle_consistency(3, root[3], 7, root[7], p[0], 4), RC_OK);
}
END_TEST

START_TEST(inclusion_for_every_entry_of_every_size)
{
	uint8_t p[10][32], root[32], want[32];
	unsigned n, m, i, count;

	for (n = 1; n <= SIZE_MAX_; n++)
		for (m = 0; m < n; m++) {
			memset(p, 0, sizeof p);
			count = 0;
			path(p, &count, m, 0, n);
			mth(want, 0, n);
			ck_assert_int_eq(merkle_root_from_path(root, leaves[m],
					     m, n, p[0], count),
			    RC_OK);
			ck_assert_mem_eq(root, want, 32);
			/* of no other length */
			for (i = 0; i <= 8; i++)
				if (i != count)
					ck_assert_int_eq(
					    merkle_root_from_path(
						root, leaves[m], m, n, p[0], i),
					    RC_INCLUSION);
			/* nor to another index */
			for (i = 0; i < n; i++)
				if (i != m &&
				    merkle_root_from_path(root, leaves[m], i, n,
					p[0], count) == RC_OK)
					ck_assert_mem_ne(root, want, 32);
			ck_assert_int_eq(merkle_root_from_path(root, leaves[m],
					     n, n, p[0], count),
			    RC_INCLUSION);
		}
	ck_assert_int_eq(merkle_root_from_path(root, leaves[0], 0, 0, p[0], 0),
	    RC_INCLUSION);
}
END_TEST

START_TEST(paths_of_the_largest_trees)
{
	static const struct {
		uint64_t index, size;
	} cases[] = {{0, ((uint64_t)1 << 53) - 1},
	    {((uint64_t)1 << 53) - 2, ((uint64_t)1 << 53) - 1},
	    {(uint64_t)1 << 52, ((uint64_t)1 << 52) + 1},
	    {12345678901234, ((uint64_t)1 << 52) + 77},
	    {0, ((uint64_t)1 << 32) + 1}};
	uint8_t p[64][32], root[32], want[32];
	unsigned i, count;

	for (i = 0; i < 5; i++) {
		memset(p, 0, sizeof p);
		count = 0;
		help_climb(
		    want, leaves[0], cases[i].index, cases[i].size, p, &count);
		ck_assert_uint_le(count, MERKLE_DEPTH_MAX);
		ck_assert_int_eq(
		    merkle_root_from_path(root, leaves[0], cases[i].index,
			cases[i].size, p[0], count),
		    RC_OK);
		ck_assert_mem_eq(root, want, 32);
		ck_assert_int_eq(
		    merkle_root_from_path(root, leaves[0], cases[i].index,
			cases[i].size, p[0], count + 1),
		    RC_INCLUSION);
		ck_assert_int_eq(
		    merkle_root_from_path(root, leaves[0], cases[i].index,
			cases[i].size, p[0], count - 1),
		    RC_INCLUSION);
	}
}
END_TEST

START_TEST(consistency_between_all_sizes)
{
	uint8_t p[12][32], old_root[32], new_root[32], wrong[32];
	unsigned n, m, i, count;

	for (n = 0; n <= SIZE_MAX_; n++)
		for (m = 0; m <= n; m++) {
			memset(p, 0, sizeof p);
			count = 0;
			if (m > 0 && m < n)
				subproof(p, &count, m, 0, n, true);
			mth(old_root, 0, m);
			mth(new_root, 0, n);
			ck_assert_int_eq(merkle_consistency(m, old_root, n,
					     new_root, p[0], count),
			    RC_OK);
			for (i = 0; i <= 9; i++)
				if (i != count)
					ck_assert_int_eq(
					    merkle_consistency(m, old_root, n,
						new_root, p[0], i),
					    RC_CONSISTENCY);
			if (m == 0)
				continue;
			memcpy(wrong, old_root, 32);
			wrong[31] ^= 1;
			ck_assert_int_eq(merkle_consistency(m, wrong, n,
					     new_root, p[0], count),
			    RC_CONSISTENCY);
			memcpy(wrong, new_root, 32);
			wrong[0] ^= 0x80;
			ck_assert_int_eq(merkle_consistency(m, old_root, n,
					     wrong, p[0], count),
			    RC_CONSISTENCY);
			for (i = 0; i < count; i++) {
				p[i][i] ^= 4;
				ck_assert_int_eq(merkle_consistency(m, old_root,
						     n, new_root, p[0], count),
				    RC_CONSISTENCY);
				p[i][i] ^= 4;
			}
			/* never backwards */
			if (m < n)
				ck_assert_int_eq(merkle_consistency(n, new_root,
						     m, old_root, p[0], count),
				    RC_CONSISTENCY);
		}
}
END_TEST

/* What arithmetic alone would take. */
START_TEST(consistency_refuses_impossible_sizes_and_lengths)
{
	uint8_t p[5][32], old_root[32], new_root[32];
	unsigned n, m, count = 0;

	for (n = 0; n < 9; n++) /* a tree does not shrink, also to itself */
		for (m = n + 1; m <= 9; m++)
			ck_assert_int_eq(merkle_consistency(m, leaves[0], n,
					     leaves[0], p[0], 0),
			    RC_CONSISTENCY);
	/* no proof at all is not read */
	ck_assert_int_eq(
	    merkle_consistency(3, leaves[0], 7, leaves[1], NULL, 0),
	    RC_CONSISTENCY);
	/* one hash more, and roots that would fit it */
	subproof(p, &count, 3, 0, 7, true);
	ck_assert_uint_eq(count, 4);
	memcpy(p[4], leaves[9], 32);
	mth(old_root, 0, 3);
	mth(new_root, 0, 7);
	help_node(old_root, p[4], old_root);
	help_node(new_root, p[4], new_root);
	ck_assert_int_eq(merkle_consistency(3, old_root, 7, new_root, p[0], 5),
	    RC_CONSISTENCY);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("merkle");
	TCase *t = tcase_create("trees");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, leaf_and_node_are_apart);
	tcase_add_test(t, roots_are_those_computed_elsewhere);
	tcase_add_test(t, inclusion_for_every_entry_of_every_size);
	tcase_add_test(t, paths_of_the_largest_trees);
	tcase_add_test(t, consistency_between_all_sizes);
	tcase_add_test(t, consistency_refuses_impossible_sizes_and_lengths);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
