/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the suites of quorum/ share: a small deterministic generator, random
 * trees, a dealer (tests only: no dealer exists in the product) and hex.
 */
#ifndef TESTS_UNIT_QUORUM_HELP_H
#define TESTS_UNIT_QUORUM_HELP_H
#include <check.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>
#include "quorum/frost.h"
#include "quorum/tree.h"

#ifndef QUORATE_SUITE
#define QUORATE_SUITE suite_ed25519
#define QUORATE_SUITE_ED25519 /* whose vectors are run */
#endif
static const struct suite *const suite = &QUORATE_SUITE;

static inline uint64_t
help_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline unsigned
help_below(uint64_t *state, unsigned n)
{
	return (unsigned)(help_random(state) % n);
}

static inline void
help_bytes(uint64_t *state, void *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint8_t *)out)[i] = (uint8_t)help_random(state);
}

static inline void
help_scalar(uint64_t *state, struct scalar *out)
{
	uint8_t wide[64];

	help_bytes(state, wide, sizeof wide);
	suite->scalar_wide(out, wide);
}

static inline void
help_hex(void *out, size_t n, const char *hex)
{
	size_t got = 0;

	ck_assert_ptr_nonnull(hex);
	ck_assert_int_eq(sodium_hex2bin(
			     out, n, hex, strlen(hex), NULL, &got, NULL),
	    0);
	ck_assert_uint_eq(got, n);
}

static inline const char *
help_string(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	ck_assert_msg(s != NULL, "no string '%s'", key);
	return s;
}

/*
 * The ordinary verifier of a suite, by libraries that did not make the
 * signature: Ed25519 by libsodium and by OpenSSL, which must agree; BIP 340 by
 * libsecp256k1.
 */
static inline bool
help_accepted(const uint8_t sig[static 64], const struct point *key,
    const uint8_t *message, size_t n)
{
	EVP_PKEY *pkey;
	EVP_MD_CTX *context;
	bool sodium, openssl;

	if (suite != &suite_ed25519)
		return suite->verify(sig, key, message, n) == RC_OK;
	sodium = crypto_sign_verify_detached(sig, message, n, key->b) == 0;
	pkey = EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_ED25519, NULL, key->b, 32);
	context = EVP_MD_CTX_new();
	openssl = pkey != NULL &&
	    EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestVerify(context, sig, 64, message, n) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(pkey);
	ck_assert_int_eq(sodium, openssl);
	return sodium;
}

/* A file of tests/vectors, which is part of the checkout. */
static inline json_t *
help_json(const char *name)
{
	json_error_t why;
	char path[512];
	json_t *j;

	snprintf(path, sizeof path, "%s/tests/vectors/%s", QUORATE_SOURCE,
	    name);
	j = json_load_file(path, 0, &why);
	ck_assert_msg(j != NULL, "%s: %s", path, why.text);
	return j;
}

#define ck_assert_rc(call, want) ck_assert_int_eq((int)(call), (int)(want))

/* k of n parties. */
static inline void
help_flat(struct tree *t, unsigned k, unsigned n)
{
	uint8_t members[TREE_LEAVES_MAX];

	for (unsigned i = 0; i < n; i++)
		members[i] = (uint8_t)i;
	ck_assert_rc(tree_init(t, n), RC_OK);
	ck_assert_rc(tree_add_group(t, k, members, n), RC_OK);
	ck_assert_rc(tree_finish(t, TREE_GROUP(0)), RC_OK);
}

/*
 * Two of three jurisdictions: any of two parties, one party, both of two.
 * The roster lists them so that party order is not leaf order.
 */
static inline void
help_jurisdictions(struct tree *t)
{
	ck_assert_rc(tree_init(t, 5), RC_OK);
	ck_assert_rc(tree_add_group(t, 1, (uint8_t[]){4, 2}, 2), RC_OK);
	ck_assert_rc(tree_add_group(t, 2, (uint8_t[]){0, 3}, 2), RC_OK);
	ck_assert_rc(tree_add_group(t, 2,
			 (uint8_t[]){TREE_GROUP(0), 1, TREE_GROUP(1)}, 3),
	    RC_OK);
	ck_assert_rc(tree_finish(t, TREE_GROUP(2)), RC_OK);
}

/*
 * A random tree of at most leaves_max parties, depth at most 4. The nodes at
 * hand are grouped level by level; the last level takes all of them.
 */
static inline void
help_tree(uint64_t *state, struct tree *t, unsigned leaves_max)
{
	uint8_t node[TREE_LEAVES_MAX];
	unsigned leaves = 2 + help_below(state, leaves_max - 1);
	unsigned levels = 1 + help_below(state, TREE_DEPTH_MAX);
	unsigned count = leaves;

	ck_assert_rc(tree_init(t, leaves), RC_OK);
	for (unsigned i = 0; i < leaves; i++) {
		unsigned j = help_below(state, i + 1);

		node[i] = node[j];
		node[j] = (uint8_t)i;
	}
	for (unsigned level = 1; level <= levels; level++) {
		unsigned kept = 0;

		for (unsigned i = 0; i < count;) {
			unsigned n = level == levels
			    ? count
			    : 1 + help_below(state, 4);

			if (n > count - i)
				n = count - i;
			if (level < levels &&
			    (help_below(state, 3) == 0 ||
				t->groups == TREE_GROUPS_MAX - 1)) {
				node[kept++] = node[i++];
				continue;
			}
			ck_assert_rc(tree_add_group(t,
					 1 + help_below(state, n), node + i, n),
			    RC_OK);
			node[kept++] = TREE_GROUP(t->groups - 1);
			i += n;
		}
		count = kept;
	}
	ck_assert_rc(tree_finish(t, node[0]), RC_OK);
}

/* A random tree that can carry shares. */
static inline void
help_sharing_tree(uint64_t *state, struct tree *t, unsigned leaves_max)
{
	do
		help_tree(state, t, leaves_max);
	while (tree_check_sharing(t) != RC_OK);
}

/* A random subset of the leaves. */
static inline void
help_set(uint64_t *state, const struct tree *t, struct tree_set *out)
{
	memset(out, 0, sizeof *out);
	for (unsigned id = 1; id <= t->leaves; id++)
		if (help_below(state, 4) != 0)
			tree_set_add(out, id);
}

/* Deal a random secret along roster->tree; fills key, Y and the shares. */
static inline void
help_deal(uint64_t *state, struct frost_roster *roster,
    struct frost_key_share shares[FROST_PARTIES_MAX])
{
	struct scalar a[TREE_LEAVES_MAX], s[TREE_LEAVES_MAX];

	roster->suite = suite;
	help_bytes(state, roster->id, sizeof roster->id);
	for (unsigned i = 0; i < roster->tree.commitments; i++)
		help_scalar(state, &a[i]);
	ck_assert(suite->point_base(&roster->key, &a[0]));
	tree_shares(&roster->tree, suite, a, s);
	memset(roster->share, 0, sizeof roster->share);
	for (unsigned i = 0; i < roster->tree.leaves; i++) {
		memcpy(shares[i].roster_id, roster->id, sizeof roster->id);
		shares[i].id = (uint8_t)(i + 1);
		shares[i].s = s[i];
		ck_assert(suite->point_base(&roster->share[i], &s[i]));
		ck_assert_rc(
		    frost_key_share_check(&shares[i], roster), RC_OK);
	}
}
#endif
