/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log/tree.c: roots, inclusion and consistency, against RFC 6962 by
 * definition and against the verifier in verify/merkle.c. The roots of sizes
 * 0..7 and the subtree proof are from the project's tlog fact sheet (computed
 * there with Python's hashlib); the root of 15 entries is that of Tessera's
 * testdata/log, whose entries are below.
 */
#include "tests/unit/log_help.h"
#include "tests/unit/suite.h"

static const char *const roots[] = {
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "Wvo4+OWtrkJOKU4O3tXdmrDwcAGrUnRi+S7Hhcu06po=",
    "eAJ+BBWvOChuTQhajj1JVuj0DcyJlq83L2Bxl8fYU3M=",
    "PFUZmwGWAsPWLxstGr8grWHrxtaNFUdbF5CoKqPPsBc=",
    "FHaTD7iMi5N33Tp6iKDZdg3V4FMWeqFTvKSKCkHJjXk=",
    "v/7Zigl0w9wHDt2O4ARjg90yPI+15/i9Gg6+Fb38akc=",
    "DOmNFFi0LetKMGX48d8PhzbXSr4hqpP83sQjLtnWckg=",
    "7LtRAWPFYLiFC7WH4wQbKlEl4I4068uedFadelvsqkg="};
static const char *const tessera[] = {"one", "two", "three", "four", "five",
    "six", "seven", "eit", "nain", "ten", "ileven", "twelf", "threeten",
    "fourten", "fivten"};

static struct help_tree tree;
static const struct tlog_source source = {help_node, &tree};

START_TEST(published_roots)
{
	uint8_t root[32], want[32];

	help_leaves(&tree, 8);
	for (unsigned n = 0; n < 8; n++) {
		ck_assert_rc(tlog_root(root, n, &source), RC_OK);
		help_base64(want, roots[n]);
		ck_assert_mem_eq(root, want, 32);
	}
	help_leaves(&tree, 14);
	ck_assert_rc(tlog_root(root, 14, &source), RC_OK);
	help_base64(want, "rLtiRXR0qd+1FHR1uQa+Il/yi2C3PegccWgLUcmclQw=");
	ck_assert_mem_eq(root, want, 32);
	for (unsigned i = 0; i < 15; i++)
		merkle_leaf(tree.leaf[i], (const uint8_t *)tessera[i],
		    strlen(tessera[i]));
	ck_assert_rc(tlog_root(root, 15, &source), RC_OK);
	help_base64(want, "rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=");
	ck_assert_mem_eq(root, want, 32);
}
END_TEST

/* Every pair of sizes up to 70, and around powers of two further on. */
static const unsigned sizes[] = {127, 128, 129, 255, 256, 257, 511, 513, 1000,
    1024, 1025};

static void
size_check(unsigned n)
{
	uint8_t root[32], want[32], old_root[32];
	uint8_t path[MERKLE_DEPTH_MAX * 32], proof[TLOG_PROOF_MAX * 32];
	unsigned path_n, proof_n;

	help_mth(want, &tree, 0, n);
	tree.asked_max = 0;
	ck_assert_rc(tlog_root(root, n, &source), RC_OK);
	ck_assert_mem_eq(root, want, 32);
	for (unsigned i = 0; i < n; i += n > 70 ? 13 : 1) {
		ck_assert_rc(tlog_inclusion(path, &path_n, i, n, &source),
		    RC_OK);
		ck_assert_rc(merkle_root_from_path(root, tree.leaf[i], i, n,
				 path, path_n),
		    RC_OK);
		ck_assert_mem_eq(root, want, 32);
	}
	for (unsigned m = 0; m <= n; m += n > 70 ? 13 : 1) {
		help_mth(old_root, &tree, 0, m);
		ck_assert_rc(tlog_consistency(proof, &proof_n, m, n, &source),
		    RC_OK);
		ck_assert_rc(merkle_consistency(m, old_root, n, want, proof,
				 proof_n),
		    RC_OK);
		if (proof_n > 0) { /* one bit less is no proof */
			proof[32 * (proof_n - 1)] ^= 1;
			ck_assert_rc(merkle_consistency(m, old_root, n, want,
					 proof, proof_n),
			    RC_CONSISTENCY);
		}
	}
	/* only complete subtrees of this very size were asked for */
	ck_assert_uint_le(tree.asked_max, n);
}

START_TEST(all_sizes)
{
	help_leaves(&tree, 1200);
	for (unsigned n = 1; n <= 70; n++)
		size_check(n);
	for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		size_check(sizes[i]);
}
END_TEST

static enum rc
failing(void *context, unsigned level, uint64_t index, uint8_t out[32])
{
	unsigned *left = context;

	(void)level;
	(void)index;
	memset(out, 0, 32);
	return (*left)-- == 0 ? RC_DATABASE : RC_OK;
}

/* A source that fails at its n-th answer: the refusal comes through. */
START_TEST(source_fails)
{
	uint8_t root[32], proof[TLOG_PROOF_MAX * 32];
	unsigned left, n, proof_n;
	struct tlog_source s = {failing, &left};

	for (n = 0; n < 3; n++) {
		left = n;
		ck_assert_rc(tlog_root(root, 13, &s), RC_DATABASE);
		left = n;
		ck_assert_rc(tlog_inclusion(proof, &proof_n, 5, 13, &s),
		    RC_DATABASE);
		left = n;
		ck_assert_rc(tlog_consistency(proof, &proof_n, 5, 13, &s),
		    RC_DATABASE);
	}
}
END_TEST

/* Far sizes: paths as deep as they get, without walking the tree. */
static enum rc
constant(void *context, unsigned level, uint64_t index, uint8_t out[32])
{
	const uint64_t *size = context;

	ck_assert((index + 1) << level <= *size);
	memset(out, (int)level, 32);
	return RC_OK;
}

START_TEST(deep)
{
	uint8_t proof[TLOG_PROOF_MAX * 32];
	uint64_t size = (UINT64_C(1) << 53) - 1;
	struct tlog_source s = {constant, &size};
	unsigned n;

	ck_assert_rc(tlog_inclusion(proof, &n, 0, size, &s), RC_OK);
	ck_assert_uint_eq(n, 53);
	ck_assert_rc(tlog_inclusion(proof, &n, size - 1, size, &s), RC_OK);
	ck_assert_uint_eq(n, 52);
	ck_assert_rc(tlog_consistency(proof, &n, 1, size, &s), RC_OK);
	ck_assert_uint_eq(n, 53);
	ck_assert_rc(tlog_consistency(proof, &n, 3, size, &s), RC_OK);
	ck_assert_uint_eq(n, 54);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log tree");
	TCase *t = tcase_create("tree");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, published_roots);
	tcase_add_test(t, all_sizes);
	tcase_add_test(t, source_fails);
	tcase_add_test(t, deep);
	suite_add_tcase(s, t);
	return suite_run(s);
}
