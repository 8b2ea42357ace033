/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quorum/frost.h: the figures of RFC 9591, signing along random trees, and
 * what must be refused. The attacks T1 and T2 are played out in full against
 * a signer that lacks the rule, then against ours.
 */
#include "tests/unit/quorum_help.h"
#include "tests/unit/suite.h"
#include "verify/policy.h"

/* Everything of one signing session. */
struct play {
	struct frost_roster roster;
	struct frost_key_share share[FROST_PARTIES_MAX];
	struct frost_binding binding;
	struct frost_nonces nonces[FROST_PARTIES_MAX];
	struct signing_package pkg;
	struct tree_set set;
	struct scalar z[FROST_PARTIES_MAX];
	struct frost_session session;
	struct tree_set culprits;
	uint8_t sig[64];
	uint64_t state;
};

static struct play play; /* large */

#ifdef __SANITIZE_ADDRESS__
enum { TREES = 4 };
#else
enum { TREES = 24 };
#endif
static const uint8_t text[] = "quorate/release@v1\nversion 1.4.2\n";

/* A package of the given set over the given message, nonces and all. */
static void
play_commit(struct play *p, const struct tree_set *set, const uint8_t *message,
    size_t n)
{
	p->set = *set;
	memset(&p->pkg, 0, sizeof p->pkg);
	memset(p->z, 0, sizeof p->z);
	memcpy(p->pkg.roster_id, p->roster.id, sizeof p->roster.id);
	p->pkg.message = message;
	p->pkg.message_bytes = n;
	memcpy(p->binding.roster_id, p->roster.id, sizeof p->roster.id);
	crypto_hash_sha256(p->binding.message_id, message, n);
	help_bytes(&p->state, p->binding.boot_id, sizeof p->binding.boot_id);
	for (unsigned id = 1; id <= p->roster.tree.leaves; id++) {
		uint8_t hiding[32], binding[32];

		if (!tree_set_has(set, id))
			continue;
		help_bytes(&p->state, hiding, 32);
		help_bytes(&p->state, binding, 32);
		ck_assert_rc(frost_commit(&p->nonces[id - 1],
				 &p->pkg.list[p->pkg.count++], suite,
				 &p->share[id - 1], &p->binding, hiding,
				 binding),
		    RC_OK);
	}
}

static enum rc
play_sign_one(struct play *p, unsigned id)
{
	return frost_sign(&p->z[id - 1], &p->nonces[id - 1], &p->share[id - 1],
	    &p->roster, p->binding.boot_id, &p->pkg);
}

static void
play_sign(struct play *p)
{
	ck_assert_rc(frost_session_open(
			 &p->session, &p->culprits, &p->roster, &p->pkg),
	    RC_OK);
	for (unsigned id = 1; id <= p->roster.tree.leaves; id++) {
		if (!tree_set_has(&p->set, id))
			continue;
		ck_assert_rc(play_sign_one(p, id), RC_OK);
		ck_assert_rc(frost_share_check(
				 &p->session, &p->roster, id, &p->z[id - 1]),
		    RC_OK);
	}
}

static enum rc
play_aggregate(struct play *p)
{
	return frost_aggregate(p->sig, &p->culprits, &p->session, &p->roster,
	    p->pkg.message, p->pkg.message_bytes, p->z);
}

static bool
play_accepted(const struct play *p)
{
	return help_accepted(p->sig, &p->roster.key, p->pkg.message,
	    p->pkg.message_bytes);
}

static void
play_cheapest(struct play *p, struct tree_set *set)
{
	static const uint8_t cost[TREE_LEAVES_MAX];
	struct tree_set all = {{UINT64_MAX, UINT64_MAX}};

	ck_assert(tree_minimal_set(&p->roster.tree, &all, cost, set));
}

static void
play_jurisdictions(struct play *p, uint64_t state)
{
	struct tree_set set = {{1 | 8 | 16, 0}}; /* 1, and both 4 and 5 */

	memset(p, 0, sizeof *p);
	p->state = state;
	help_jurisdictions(&p->roster.tree);
	help_deal(&p->state, &p->roster, p->share);
	play_commit(p, &set, text, sizeof text - 1);
}

/* ---- RFC 9591, Appendix E.1 ---- */

#ifdef QUORATE_SUITE_ED25519

static void
rfc_keys(json_t *v)
{
	struct scalar a[2], s[TREE_LEAVES_MAX], want;
	json_t *list = json_object_get(v, "shares");

	help_flat(&play.roster.tree, 2, 3);
	play.roster.suite = suite;
	play.roster.id[0] = 1;
	help_hex(&a[0], 32, help_string(v, "group_secret_key"));
	help_hex(&a[1], 32,
	    json_string_value(
		json_array_get(json_object_get(v, "coefficients"), 0)));
	help_hex(&play.roster.key, 32, help_string(v, "group_public_key"));
	tree_shares(&play.roster.tree, suite, a, s);
	for (unsigned i = 0; i < 3; i++) {
		help_hex(&want, 32,
		    help_string(json_array_get(list, i), "participant_share"));
		ck_assert_mem_eq(&s[i], &want, sizeof want);
		play.share[i].id = (uint8_t)(i + 1);
		play.share[i].s = s[i];
		memcpy(play.share[i].roster_id, play.roster.id, 32);
		ck_assert(suite->point_base(&play.roster.share[i], &s[i]));
		ck_assert_rc(
		    frost_key_share_check(&play.share[i], &play.roster), RC_OK);
	}
	ck_assert_rc(frost_roster_check(&play.roster), RC_OK);
}

static void
rfc_round_one(json_t *entry)
{
	unsigned id = (unsigned)json_integer_value(
	    json_object_get(entry, "identifier"));
	struct frost_nonces *n = &play.nonces[id - 1];
	struct frost_commitment *c = &play.pkg.list[play.pkg.count++];
	uint8_t hiding[32], binding[32], want[32];

	help_hex(hiding, 32, help_string(entry, "hiding_nonce_randomness"));
	help_hex(binding, 32, help_string(entry, "binding_nonce_randomness"));
	ck_assert_rc(frost_commit(n, c, suite, &play.share[id - 1],
			 &play.binding, hiding, binding),
	    RC_OK);
	help_hex(want, 32, help_string(entry, "hiding_nonce"));
	ck_assert_mem_eq(&n->d, want, 32);
	help_hex(want, 32, help_string(entry, "binding_nonce"));
	ck_assert_mem_eq(&n->e, want, 32);
	help_hex(want, 32, help_string(entry, "hiding_nonce_commitment"));
	ck_assert_mem_eq(&c->d, want, 32);
	help_hex(want, 32, help_string(entry, "binding_nonce_commitment"));
	ck_assert_mem_eq(&c->e, want, 32);
	ck_assert_uint_eq(c->id, id);
	tree_set_add(&play.set, id);
}

START_TEST(rfc9591)
{
	json_t *v = help_json("frost_rfc9591_ed25519.json"), *entry;
	uint8_t message[4], want[64];
	size_t i;

	memset(&play, 0, sizeof play);
	rfc_keys(v);
	help_hex(message, sizeof message, help_string(v, "message"));
	crypto_hash_sha256(play.binding.message_id, message, sizeof message);
	memcpy(play.binding.roster_id, play.roster.id, 32);
	memcpy(play.pkg.roster_id, play.roster.id, 32);
	play.pkg.message = message;
	play.pkg.message_bytes = sizeof message;
	json_array_foreach(json_object_get(v, "round_one"), i, entry)
		rfc_round_one(entry);
	play_sign(&play);
	json_array_foreach(json_object_get(v, "round_one"), i, entry)
	{
		help_hex(want, 32, help_string(entry, "binding_factor"));
		ck_assert_mem_eq(
		    &play.session.rho[play.pkg.list[i].id - 1], want, 32);
	}
	help_hex(want, 32, help_string(v, "group_commitment"));
	ck_assert_mem_eq(&play.session.r, want, 32);
	help_hex(want, 32, help_string(v, "challenge"));
	ck_assert_mem_eq(&play.session.challenge, want, 32);
	json_array_foreach(json_object_get(v, "round_two"), i, entry)
	{
		help_hex(want, 32, help_string(entry, "sig_share"));
		ck_assert_mem_eq(&play.z[play.pkg.list[i].id - 1], want, 32);
	}
	ck_assert_uint_eq(i, 2);
	ck_assert_rc(play_aggregate(&play), RC_OK);
	help_hex(want, 64, help_string(v, "signature"));
	ck_assert_mem_eq(play.sig, want, 64);
	ck_assert(play_accepted(&play));
	json_decref(v);
}
END_TEST

#endif

/* ---- every minimal set of every tree signs, no other does ---- */

START_TEST(random_trees)
{
	struct tree_set available, set;
	uint8_t cost[TREE_LEAVES_MAX];

	memset(&play, 0, sizeof play);
	play.state = 5000 + (uint64_t)_i;
	help_sharing_tree(&play.state, &play.roster.tree, 16);
	help_deal(&play.state, &play.roster, play.share);
	ck_assert_rc(frost_roster_check(&play.roster), RC_OK);
	help_bytes(&play.state, cost, sizeof cost);
	do
		help_set(&play.state, &play.roster.tree, &available);
	while (!tree_minimal_set(&play.roster.tree, &available, cost, &set));
	play_commit(&play, &set, text, help_below(&play.state, sizeof text));
	play_sign(&play);
	ck_assert_rc(play_aggregate(&play), RC_OK);
	ck_assert(play_accepted(&play));
	ck_assert_uint_eq(tree_set_count(&play.culprits), 0);
	/* one bad share, anywhere: named, alone */
	for (unsigned id = 1; id <= play.roster.tree.leaves; id++) {
		struct scalar one;

		if (!tree_set_has(&set, id))
			continue;
		suite->scalar_set(&one, 1);
		suite->scalar_add(&play.z[id - 1], &play.z[id - 1], &one);
		ck_assert_rc(play_aggregate(&play), RC_SHARE_INVALID);
		ck_assert_uint_eq(tree_set_count(&play.culprits), 1);
		ck_assert(tree_set_has(&play.culprits, id));
		ck_assert(sodium_is_zero(play.sig, sizeof play.sig));
		suite->scalar_sub(&play.z[id - 1], &play.z[id - 1], &one);
	}
	ck_assert_rc(play_aggregate(&play), RC_OK);
	/* one more or one fewer: refused, and the nonces are gone */
	for (unsigned id = 1; id <= play.roster.tree.leaves; id++) {
		struct tree_set other = set;
		bool had = tree_set_has(&set, id);

		if (had)
			tree_set_remove(&other, id);
		else
			tree_set_add(&other, id);
		play_commit(&play, &other, text, sizeof text - 1);
		for (unsigned j = 1; j <= play.roster.tree.leaves; j++) {
			if (!tree_set_has(&other, j))
				continue;
			ck_assert_rc(
			    play_sign_one(&play, j), RC_SET_NOT_MINIMAL);
			ck_assert(sodium_is_zero(play.z[j - 1].b, 32));
			ck_assert(sodium_is_zero((uint8_t *)&play.nonces[j - 1],
			    sizeof play.nonces[0]));
		}
	}
}
END_TEST

/* ---- who can sign is who satisfies the policy ---- */

/* The tree as verify/policy.c knows it, which shares no code with tree.c. */
struct other_view {
	struct policy policy;
	uint8_t parent[POLICY_NODES_MAX], group_k[TREE_GROUPS_MAX];
};

static void
view_of(struct other_view *v, const struct tree *t)
{
	memset(v, 0, sizeof *v);
	for (unsigned id = 1; id <= t->leaves; id++)
		v->parent[id - 1] = t->parent[id - 1];
	for (unsigned g = 0; g < t->groups; g++) {
		v->parent[POLICY_GROUP + g] = t->group[g].parent;
		v->group_k[g] = t->group[g].k;
	}
	v->policy.parent = v->parent;
	v->policy.groups = POLICY_GROUP;
	v->policy.group_k = v->group_k;
	v->policy.leaf_n = t->leaves;
	v->policy.group_n = t->groups;
	v->policy.root = t->root;
}

static bool
view_satisfied(const struct other_view *v, const struct tree_set *set)
{
	uint32_t mask[4] = {(uint32_t)set->w[0], (uint32_t)(set->w[0] >> 32),
	    (uint32_t)set->w[1], (uint32_t)(set->w[1] >> 32)};

	return policy_satisfied(&v->policy, mask);
}

/*
 * What holders of `set` get who interpolate in every group over what they
 * have, at most k members of it, whole or not: the best they can do.
 */
static void
interpolated(struct scalar *out, const struct play *p,
    const struct tree_set *set)
{
	const struct tree *t = &p->roster.tree;
	struct scalar value[TREE_GROUPS_MAX], x, y, above, below, term, zero;
	bool any[TREE_GROUPS_MAX];

	suite->scalar_set(&zero, 0);
	suite->scalar_set(out, 0);
	for (unsigned i = 0; i < t->groups; i++) {
		const struct tree_group *g = &t->group[i];
		unsigned at[TREE_MEMBERS_MAX], n = 0;
		struct scalar have[TREE_MEMBERS_MAX];

		for (unsigned m = 0; m < g->count && n < g->k; m++) {
			uint8_t node = t->member[g->first + m];

			if (node < TREE_LEAVES_MAX
				? !tree_set_has(set, node + 1u)
				: !any[node - TREE_LEAVES_MAX])
				continue;
			at[n] = m + 1;
			have[n++] = node < TREE_LEAVES_MAX
			    ? p->share[node].s
			    : value[node - TREE_LEAVES_MAX];
		}
		any[i] = n > 0;
		suite->scalar_set(&value[i], 0);
		for (unsigned j = 0; j < n; j++) {
			suite->scalar_set(&above, 1);
			suite->scalar_set(&below, 1);
			for (unsigned m = 0; m < n; m++) {
				if (m == j)
					continue;
				suite->scalar_set(&x, at[m]);
				suite->scalar_set(&y, at[j]);
				suite->scalar_mul(&above, &above, &x);
				suite->scalar_sub(&x, &x, &y);
				suite->scalar_mul(&below, &below, &x);
			}
			suite->scalar_invert(&below, &below);
			suite->scalar_mul(&term, &above, &below);
			suite->scalar_mul(&term, &term, &have[j]);
			suite->scalar_add(&value[i], &value[i], &term);
		}
	}
	*out = value[t->root - TREE_LEAVES_MAX];
}

/* Whether the secret that they got makes a signature that verifies. */
static bool
forged(struct play *p, const struct scalar *secret)
{
	struct scalar k, c, zero, s = *secret;
	struct point r;
	uint8_t sig[64];

	suite->scalar_set(&zero, 0);
	help_scalar(&p->state, &k);
	ck_assert(suite->point_base(&r, &k));
	if (point_is_odd(&r))
		suite->scalar_sub(&k, &zero, &k);
	if (point_is_odd(&p->roster.key))
		suite->scalar_sub(&s, &zero, &s);
	suite->hash_scalar(&c, SUITE_H2_CHALLENGE,
	    (struct piece[]){{r.b, 32}, {p->roster.key.b, 32},
		{text, sizeof text - 1}},
	    3);
	suite->scalar_mul(&c, &c, &s);
	suite->scalar_add(&c, &c, &k);
	memcpy(sig, r.b, 32);
	memcpy(sig + 32, c.b, 32);
	return help_accepted(sig, &p->roster.key, text, sizeof text - 1);
}

START_TEST(as_the_policy_says)
{
	static const uint8_t cost[TREE_LEAVES_MAX];
	struct other_view view;
	struct tree_set set, minimal;
	struct scalar secret;

	memset(&play, 0, sizeof play);
	play.state = 7000 + (uint64_t)_i;
	help_sharing_tree(&play.state, &play.roster.tree, 64);
	help_deal(&play.state, &play.roster, play.share);
	view_of(&view, &play.roster.tree);
	for (unsigned turn = 0; turn < 12; turn++) {
		bool can;

		memset(&set, 0, sizeof set);
		for (unsigned id = 1; id <= play.roster.tree.leaves; id++)
			if (help_below(&play.state, 12) >= turn)
				tree_set_add(&set, id);
		can = tree_minimal_set(
		    &play.roster.tree, &set, cost, &minimal);
		ck_assert_int_eq(can, view_satisfied(&view, &set));
		interpolated(&secret, &play, can ? &minimal : &set);
		ck_assert_int_eq(forged(&play, &secret), can);
		if (!can)
			continue;
		play_commit(&play, &minimal, text, sizeof text - 1);
		play_sign(&play);
		ck_assert_rc(play_aggregate(&play), RC_OK);
		ck_assert(play_accepted(&play));
		/* minimal: without any one of them nothing */
		for (unsigned id = 1; id <= play.roster.tree.leaves; id++) {
			struct tree_set fewer = minimal;

			if (!tree_set_has(&minimal, id))
				continue;
			tree_set_remove(&fewer, id);
			ck_assert(!view_satisfied(&view, &fewer));
			interpolated(&secret, &play, &fewer);
			ck_assert(!forged(&play, &secret));
		}
	}
}
END_TEST

#ifdef QUORATE_SUITE_ED25519
START_TEST(two_bad_shares_and_a_wrapped_one)
{
	struct scalar one;
	unsigned carry = 0;

	play_jurisdictions(&play, 1);
	play_sign(&play);
	ck_assert_rc(play_aggregate(&play), RC_OK);
	/* z + q is the same number, but not a share */
	for (unsigned i = 0; i < 32; i++) {
		static const uint8_t q[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a,
		    0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
		    0x14, [31] = 0x10};

		carry += play.z[3].b[i] + q[i];
		play.z[3].b[i] = (uint8_t)carry;
		carry >>= 8;
	}
	ck_assert_rc(play_aggregate(&play), RC_SHARE_INVALID);
	ck_assert_uint_eq(play.culprits.w[0], 8);
	ck_assert_rc(
	    frost_share_check(&play.session, &play.roster, 4, &play.z[3]),
	    RC_SCALAR);
	suite->scalar_set(&one, 1);
	suite->scalar_add(&play.z[0], &play.z[0], &one);
	ck_assert_rc(play_aggregate(&play), RC_SHARE_INVALID);
	ck_assert_uint_eq(play.culprits.w[0], 8 | 1);
	suite->scalar_set(&play.z[0], 0);
	ck_assert_rc(
	    frost_share_check(&play.session, &play.roster, 1, &play.z[0]),
	    RC_SHARE_INVALID);
	/* leaf 2 is of the tree, not of the session; 0 and 6 of nothing */
	for (unsigned id = 0; id <= 6; id += 2)
		if (id != 4)
			ck_assert_rc(frost_share_check(&play.session,
					 &play.roster, id, &one),
			    RC_COMMITMENT_MISSING);
}
END_TEST
#endif

/* ---- what a nonce is good for ---- */

START_TEST(a_nonce_signs_once)
{
	play_jurisdictions(&play, 2);
	ck_assert_rc(play_sign_one(&play, 1), RC_OK);
	ck_assert(sodium_is_zero(
	    (uint8_t *)&play.nonces[0], sizeof play.nonces[0]));
	ck_assert_rc(play_sign_one(&play, 1), RC_NONCE_SPENT);
	ck_assert(sodium_is_zero(play.z[0].b, 32));
}
END_TEST

START_TEST(another_roster_leaves_the_nonce)
{
	struct frost_roster *other = &(struct frost_roster){0};
	struct frost_nonces before;

	play_jurisdictions(&play, 3);
	before = play.nonces[0];
	play.pkg.roster_id[31] ^= 1;
	ck_assert_rc(play_sign_one(&play, 1), RC_ROSTER_MISMATCH);
	ck_assert_mem_eq(&before, &play.nonces[0], sizeof before);
	play.pkg.roster_id[31] ^= 1;
	/* a roster that is not the share's, however well it suits */
	*other = play.roster;
	other->id[0] ^= 1;
	ck_assert_rc(frost_sign(&play.z[0], &play.nonces[0], &play.share[0],
			 other, play.binding.boot_id, &play.pkg),
	    RC_ROSTER_MISMATCH);
	memcpy(play.pkg.roster_id, other->id, 32);
	ck_assert_rc(frost_sign(&play.z[0], &play.nonces[0], &play.share[0],
			 other, play.binding.boot_id, &play.pkg),
	    RC_ROSTER_MISMATCH);
	/* roster, package and nonces agree; the share is of another */
	memcpy(play.pkg.roster_id, play.roster.id, 32);
	memcpy(play.share[0].roster_id, other->id, 32);
	ck_assert_rc(play_sign_one(&play, 1), RC_ROSTER_MISMATCH);
	memcpy(play.pkg.roster_id, other->id, 32);
	/* share, roster and package agree; the nonces are of another */
	ck_assert_rc(frost_sign(&play.z[0], &play.nonces[0], &play.share[0],
			 other, play.binding.boot_id, &play.pkg),
	    RC_ROSTER_MISMATCH);
	ck_assert(sodium_is_zero(play.z[0].b, 32));
	ck_assert_mem_eq(&before, &play.nonces[0], sizeof before);
	/* and the right package still finds it fresh */
	memcpy(play.share[0].roster_id, play.roster.id, 32);
	memcpy(play.pkg.roster_id, play.roster.id, 32);
	ck_assert_rc(play_sign_one(&play, 1), RC_OK);
}
END_TEST

START_TEST(no_roster_is_no_roster)
{
	play_jurisdictions(&play, 4);
	memset(play.roster.id, 0, 32);
	memset(play.pkg.roster_id, 0, 32);
	memset(play.share[0].roster_id, 0, 32);
	memset(play.nonces[0].made_for.roster_id, 0, 32);
	ck_assert_rc(frost_roster_check(&play.roster), RC_ROSTER_MISMATCH);
	ck_assert_rc(play_sign_one(&play, 1), RC_ROSTER_MISMATCH);
	ck_assert_rc(
	    frost_session_open(&play.session, NULL, &play.roster, &play.pkg),
	    RC_ROSTER_MISMATCH);
}
END_TEST

static void
wrong_message(void)
{
	play.pkg.message_bytes--;
}
static void
wrong_boot(void)
{
	play.binding.boot_id[15] ^= 1;
}
static void
wrong_own_d(void)
{
	play.pkg.list[0].d = play.pkg.list[1].d;
}
static void
wrong_own_e(void)
{
	play.pkg.list[0].e = play.pkg.list[1].e;
}
static void
not_in_the_list(void)
{
	play.pkg.list[0] = play.pkg.list[1];
	play.pkg.list[0].id = 2; /* {2, 4, 5} is minimal too */
}
static void
descending(void)
{
	struct frost_commitment c = play.pkg.list[1];

	play.pkg.list[1] = play.pkg.list[2];
	play.pkg.list[2] = c;
}
static void
twice(void)
{
	play.pkg.list[2] = play.pkg.list[1];
}
static void
id_zero(void)
{
	play.pkg.list[0].id = 0;
}
static void
id_of_nobody(void)
{
	play.pkg.list[2].id = 6;
}
static void
id_out_of_range(void)
{
	play.pkg.list[2].id = 255;
}
static void
empty_list(void)
{
	play.pkg.count = 0;
}
static void
endless_list(void)
{
	play.pkg.count = FROST_PARTIES_MAX + 1;
}
static void
wrong_share(void)
{
	play.share[0].s.b[0] ^= 1;
}
static void
wrong_share_minus(void)
{
	play.share[0].minus.b[31] ^= 8;
}
static void
wrong_share_point(void)
{
	play.share[0].y = play.roster.share[3];
}
static void
share_of_another_point(void)
{
	play.roster.share[0] = play.roster.share[3];
}
static void
unchecked_share(void)
{
	memset(&play.share[0].minus, 0, sizeof play.share[0].minus);
	memset(&play.share[0].y, 0, sizeof play.share[0].y);
}
static void
wrong_d(void)
{
	play.nonces[0].d.b[7] ^= 64;
}
static void
wrong_e(void)
{
	play.nonces[0].e.b[15] ^= 2;
}
static void
wrong_d_minus(void)
{
	play.nonces[0].minus_d.b[0] ^= 1;
}
static void
wrong_e_minus(void)
{
	play.nonces[0].minus_e.b[0] ^= 1;
}
static void
large_share(void)
{
	memset(play.share[0].s.b, 0xff, 32);
}
static void
another_leaf(void)
{
	play.share[0].id = 2;
}

static const struct {
	void (*spoil)(void);
	enum rc want;
} spoilers[] = {
    {wrong_message, RC_NONCE_BINDING},
    {wrong_boot, RC_NONCE_BINDING},
    {another_leaf, RC_NONCE_BINDING},
    {wrong_own_d, RC_COMMITMENT_MISSING},
    {wrong_own_e, RC_COMMITMENT_MISSING},
    {not_in_the_list, RC_COMMITMENT_MISSING},
    {descending, RC_SET_NOT_MINIMAL},
    {twice, RC_SET_NOT_MINIMAL},
    {id_zero, RC_SET_NOT_MINIMAL},
    {id_of_nobody, RC_SET_NOT_MINIMAL},
    {id_out_of_range, RC_SET_NOT_MINIMAL},
    {empty_list, RC_SET_NOT_MINIMAL},
    {endless_list, RC_SET_NOT_MINIMAL},
    {wrong_share, RC_SHARE_INVALID},
    {wrong_share_minus, RC_SHARE_INVALID},
    {wrong_share_point, RC_SHARE_INVALID},
    {share_of_another_point, RC_SHARE_INVALID},
    {unchecked_share, RC_SHARE_INVALID},
    {wrong_d, RC_SHARE_INVALID},
    {wrong_e, RC_SHARE_INVALID},
    {wrong_d_minus, RC_SHARE_INVALID},
    {wrong_e_minus, RC_SHARE_INVALID},
    {large_share, RC_SCALAR},
};

START_TEST(refused_and_burnt)
{
	play_jurisdictions(&play, 5);
	spoilers[_i].spoil();
	ck_assert_rc(play_sign_one(&play, 1), spoilers[_i].want);
	ck_assert(sodium_is_zero(play.z[0].b, 32));
	ck_assert(sodium_is_zero(
	    (uint8_t *)&play.nonces[0], sizeof play.nonces[0]));
}
END_TEST

START_TEST(commit_refuses)
{
	struct frost_commitment c;
	uint8_t a[32] = {1}, b[32] = {2};

	play_jurisdictions(&play, 6);
	ck_assert_rc(frost_commit(&play.nonces[0], &c, suite, &play.share[0],
			 &play.binding, a, a),
	    RC_SCALAR);
	play.binding.roster_id[0] ^= 1;
	ck_assert_rc(frost_commit(&play.nonces[0], &c, suite, &play.share[0],
			 &play.binding, a, b),
	    RC_ROSTER_MISMATCH);
	ck_assert(sodium_is_zero((uint8_t *)&c, sizeof c));
	ck_assert_rc(play_sign_one(&play, 1), RC_NONCE_SPENT);
}
END_TEST

/* Identity, orders 4, 2, 8, y = p, mixed order, off the curve. */
static const char *const no_points[] = {
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "98519eadf35b995233b51b5cd23e9cc5a28b639b5a4af0ec903cb960d81b7819",
    "0200000000000000000000000000000000000000000000000000000000000000",
};

START_TEST(no_points_taken)
{
	struct point bad, was;

	play_jurisdictions(&play, 7);
	help_hex(&bad, 32, no_points[_i]);
	was = play.pkg.list[1].d;
	play.pkg.list[1].d = bad;
	ck_assert_rc(frost_session_open(&play.session, &play.culprits,
			 &play.roster, &play.pkg),
	    RC_POINT);
	ck_assert_uint_eq(play.culprits.w[0], 8);
	ck_assert(
	    sodium_is_zero((uint8_t *)&play.session, sizeof play.session));
	play.pkg.list[2].e = bad;
	play.pkg.list[1].d = was;
	ck_assert_rc(frost_session_open(&play.session, &play.culprits,
			 &play.roster, &play.pkg),
	    RC_POINT);
	ck_assert_uint_eq(play.culprits.w[0], 16);
	ck_assert_rc(play_sign_one(&play, 1), RC_POINT);
	/* nor in a roster */
	was = play.roster.key;
	play.roster.key = bad;
	ck_assert_rc(frost_roster_check(&play.roster), RC_POINT);
	play.roster.key = was;
	play.roster.share[4] = bad;
	ck_assert_rc(frost_roster_check(&play.roster), RC_POINT);
}
END_TEST

/* Leaf 4 repeats what leaf 1 published: it cannot answer for it. */
START_TEST(a_stolen_commitment)
{
	play_jurisdictions(&play, 8);
	play.pkg.list[1].d = play.pkg.list[0].d;
	play.pkg.list[1].e = play.pkg.list[0].e;
	ck_assert_rc(frost_session_open(&play.session, &play.culprits,
			 &play.roster, &play.pkg),
	    RC_OK);
	ck_assert_rc(play_sign_one(&play, 1), RC_OK);
	ck_assert_rc(play_sign_one(&play, 4), RC_COMMITMENT_MISSING);
	ck_assert_rc(play_sign_one(&play, 5), RC_OK);
	play.z[3] = play.z[0];
	ck_assert_rc(play_aggregate(&play), RC_SHARE_INVALID);
	ck_assert_uint_eq(play.culprits.w[0], 8);
}
END_TEST

START_TEST(roster_refused)
{
	struct point was;

	play_jurisdictions(&play, 9);
	ck_assert_rc(frost_roster_check(&play.roster), RC_OK);
	was = play.roster.share[1];
	play.roster.share[1] = play.roster.share[2];
	ck_assert_rc(frost_roster_check(&play.roster), RC_DEALING);
	play.roster.share[1] = was;
	was = play.roster.key;
	play.roster.key = play.roster.share[0];
	ck_assert_rc(frost_roster_check(&play.roster), RC_DEALING);
	play.roster.key = was;
	play.roster.suite = NULL;
	ck_assert_rc(frost_roster_check(&play.roster), RC_ROSTER_MISMATCH);
	play.roster.suite = suite;
	/* the same shares under another tree */
	help_flat(&play.roster.tree, 3, 5);
	ck_assert_rc(frost_roster_check(&play.roster), RC_DEALING);
	help_flat(&play.roster.tree, 1, 5);
	ck_assert_rc(frost_roster_check(&play.roster), RC_TREE);
}
END_TEST

START_TEST(key_share_check)
{
	play_jurisdictions(&play, 10);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_rc(
		    frost_key_share_check(&play.share[i], &play.roster), RC_OK);
	play.share[0].id = 6;
	ck_assert_rc(frost_key_share_check(&play.share[0], &play.roster),
	    RC_ROSTER_MISMATCH);
	play.share[1].s.b[0] ^= 1;
	ck_assert_rc(
	    frost_key_share_check(&play.share[1], &play.roster), RC_DEALING);
	memset(play.share[2].s.b, 0, 32);
	ck_assert_rc(
	    frost_key_share_check(&play.share[2], &play.roster), RC_DEALING);
	memset(play.share[3].s.b, 0xff, 32);
	ck_assert_rc(
	    frost_key_share_check(&play.share[3], &play.roster), RC_SCALAR);
	play.share[4].roster_id[0] ^= 1;
	ck_assert_rc(frost_key_share_check(&play.share[4], &play.roster),
	    RC_ROSTER_MISMATCH);
}
END_TEST

#ifdef QUORATE_SUITE_ED25519
/*
 * T1. Leaf 1 of a 2-of-3 is the attacker, leaf 2 is honest. A signer that
 * takes its coefficient from the message is asked once, about a harmless
 * text, with lambda' = (c* / c) lambda: the answer completes a signature on
 * the attacker's text. Our signer, asked the same, gives what it gives.
 */
START_TEST(t1_coefficients_from_a_message)
{
	static const uint8_t evil[] = "quorate/release@v1\nversion 6.6.6\n";
	struct tree_set set = {{3, 0}};
	struct scalar lambda[FROST_PARTIES_MAX], c_evil, ratio, t, z[2], sum;
	struct frost_nonces k[2];
	const struct scalar *c = &play.session.challenge;
	uint8_t sig[64];

	memset(&play, 0, sizeof play);
	play.state = 11;
	help_flat(&play.roster.tree, 2, 3);
	help_deal(&play.state, &play.roster, play.share);
	play_commit(&play, &set, text, sizeof text - 1);
	memcpy(k, play.nonces, sizeof k);
	ck_assert_rc(
	    frost_session_open(&play.session, NULL, &play.roster, &play.pkg),
	    RC_OK);
	ck_assert_rc(tree_coefficients(
			 &play.roster.tree, suite, &set, lambda),
	    RC_OK);
	suite->hash_scalar(&c_evil, SUITE_H2_CHALLENGE,
	    (struct piece[]){{play.session.r.b, 32}, {play.roster.key.b, 32},
		{evil, sizeof evil - 1}},
	    3);
	suite->scalar_invert(&ratio, c);
	suite->scalar_mul(&ratio, &ratio, &c_evil);
	/* both compute d + e rho + lambda' s c; lambda' = ratio lambda */
	for (unsigned i = 0; i < 2; i++) {
		suite->scalar_mul(&t, &k[i].e, &play.session.rho[i]);
		suite->scalar_add(&z[i], &k[i].d, &t);
		suite->scalar_mul(&t, &lambda[i], &ratio);
		suite->scalar_mul(&t, &t, &play.share[i].s);
		suite->scalar_mul(&t, &t, c);
		suite->scalar_add(&z[i], &z[i], &t);
	}
	suite->scalar_add(&sum, &z[0], &z[1]);
	memcpy(sig, &play.session.r, 32);
	memcpy(sig + 32, &sum, 32);
	/* the attack is real */
	ck_assert(help_accepted(
	    sig, &play.roster.key, evil, sizeof evil - 1));
	ck_assert_rc(play_sign_one(&play, 2), RC_OK);
	ck_assert_mem_ne(&play.z[1], &z[1], sizeof z[1]);
	suite->scalar_add(&sum, &z[0], &play.z[1]);
	memcpy(sig + 32, &sum, 32);
	ck_assert(!help_accepted(
	    sig, &play.roster.key, evil, sizeof evil - 1));
}
END_TEST
#endif

/*
 * T1 again: the same ids under another tree have other coefficients. Whoever
 * could choose the tree would choose the challenge; ours looks at the id of
 * the roster its share was stored with.
 */
START_TEST(t1_another_tree)
{
	static struct frost_roster other;
	struct scalar a[FROST_PARTIES_MAX], b[FROST_PARTIES_MAX];
	struct tree_set set;

	memset(&play, 0, sizeof play);
	play.state = 12;
	help_flat(&play.roster.tree, 3, 5);
	help_deal(&play.state, &play.roster, play.share);
	set = (struct tree_set){{1 | 8 | 16, 0}};
	other = play.roster;
	help_jurisdictions(&other.tree);
	ck_assert_rc(
	    tree_coefficients(&play.roster.tree, suite, &set, a), RC_OK);
	ck_assert_rc(tree_coefficients(&other.tree, suite, &set, b), RC_OK);
	ck_assert_mem_ne(a, b, sizeof a);
	help_bytes(&play.state, other.id, sizeof other.id);
	play_commit(&play, &set, text, sizeof text - 1);
	memcpy(play.pkg.roster_id, other.id, 32);
	ck_assert_rc(frost_sign(&play.z[0], &play.nonces[0], &play.share[0],
			 &other, play.binding.boot_id, &play.pkg),
	    RC_ROSTER_MISMATCH);
	memcpy(play.pkg.roster_id, play.roster.id, 32);
	play_sign(&play);
	ck_assert_rc(play_aggregate(&play), RC_OK);
}
END_TEST

/*
 * T2. A dealer who may send a sub-group's constant sends another than the
 * parent's value. Every leaf's share fits its commitments and every
 * signature share checks, yet sets through that group sign nothing and
 * nobody is at fault. The roster check refuses such points; the DKG has no
 * place to say them (check_dkg).
 */
START_TEST(t2_a_sent_constant)
{
	struct tree group;
	struct scalar a[2], s[FROST_PARTIES_MAX];
	struct tree_set set = {{1 | 8 | 16, 0}}, without = {{1 | 4, 0}};

	play_jurisdictions(&play, 13);
	help_flat(&group, 2, 2);
	help_scalar(&play.state, &a[0]); /* not the value at x = 3 */
	help_scalar(&play.state, &a[1]);
	tree_shares(&group, suite, a, s);
	for (unsigned i = 0; i < 2; i++) {
		play.share[3 + i].s = s[i];
		ck_assert(suite->point_base(&play.roster.share[3 + i], &s[i]));
		ck_assert_rc(frost_key_share_check(
				 &play.share[3 + i], &play.roster),
		    RC_OK);
	}
	play_commit(&play, &set, text, sizeof text - 1);
	play_sign(&play); /* every share checks */
	ck_assert_rc(play_aggregate(&play), RC_SIGNATURE_INVALID);
	ck_assert_uint_eq(tree_set_count(&play.culprits), 0);
	play_commit(&play, &without, text, sizeof text - 1);
	play_sign(&play);
	ck_assert_rc(play_aggregate(&play), RC_OK);
	ck_assert_rc(frost_roster_check(&play.roster), RC_DEALING);
}
END_TEST

/* The largest session: 128 of 128, in one group and in 32. */
START_TEST(largest)
{
	struct tree_set set;
	uint8_t m[TREE_MEMBERS_MAX];

	memset(&play, 0, sizeof play);
	play.state = 14;
	if (_i == 0) {
		help_flat(&play.roster.tree, 100, 128);
	} else {
		ck_assert_rc(tree_init(&play.roster.tree, 128), RC_OK);
		for (unsigned g = 0; g < 31; g++) {
			for (unsigned i = 0; i < 4; i++)
				m[i] = (uint8_t)(127 - (g * 4 + i));
			ck_assert_rc(tree_add_group(&play.roster.tree, 3, m, 4),
			    RC_OK);
			m[4 + g] = TREE_GROUP(g);
		}
		for (unsigned i = 0; i < 31; i++)
			m[i] = TREE_GROUP(i);
		for (unsigned i = 0; i < 4; i++)
			m[31 + i] = (uint8_t)i;
		ck_assert_rc(
		    tree_add_group(&play.roster.tree, 20, m, 35), RC_OK);
		ck_assert_rc(
		    tree_finish(&play.roster.tree, TREE_GROUP(31)), RC_OK);
	}
	help_deal(&play.state, &play.roster, play.share);
	play_cheapest(&play, &set);
	play_commit(&play, &set, text, sizeof text - 1);
	ck_assert_rc(frost_session_open(
			 &play.session, NULL, &play.roster, &play.pkg),
	    RC_OK);
	for (unsigned id = 1; id <= 128; id++)
		if (tree_set_has(&set, id)) {
			/* each signer opens the session anew: one is enough */
			struct scalar t;
			const struct frost_nonces *k = &play.nonces[id - 1];

			if (id == 128 || tree_set_count(&set) < 40) {
				ck_assert_rc(play_sign_one(&play, id), RC_OK);
				continue;
			}
			suite->scalar_mul(
			    &t, &k->e, &play.session.rho[id - 1]);
			suite->scalar_add(&play.z[id - 1], &k->d, &t);
			suite->scalar_mul(&t, &play.session.weight[id - 1],
			    &play.share[id - 1].s);
			suite->scalar_add(
			    &play.z[id - 1], &play.z[id - 1], &t);
		}
	ck_assert_rc(play_aggregate(&play), RC_OK);
	ck_assert(play_accepted(&play));
}
END_TEST

/* One word, two, and all: each has its way. */
START_TEST(inversions)
{
	struct scalar one, a, b;
	uint64_t state = 77;

	suite->scalar_set(&one, 1);
	for (uint64_t v = 1; v < 3000; v++) {
		uint64_t x = v < 1000 ? v
		    : v < 1100	      ? UINT64_MAX - (v - 1000)
				      : help_random(&state);

		suite->scalar_set(&a, x);
		if (v >= 2000) /* wider and wider */
			for (uint64_t i = 0; i < v % 24; i++)
				a.b[8 + i] = (uint8_t)help_random(&state);
		suite->scalar_invert(&b, &a);
		suite->scalar_mul(&b, &b, &a);
		ck_assert_mem_eq(&b, &one, sizeof one);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("frost");
	TCase *tc = tcase_create("frost");

	if (sodium_init() < 0)
		return 3;
	tcase_set_timeout(tc, 120);
#ifdef QUORATE_SUITE_ED25519
	tcase_add_test(tc, rfc9591);
	/* z + q has no spelling where q is nearly 2^256 */
	tcase_add_test(tc, two_bad_shares_and_a_wrapped_one);
	/* by hand, without the parities of BIP 340 */
	tcase_add_test(tc, t1_coefficients_from_a_message);
#endif
	tcase_add_test(tc, inversions);
	tcase_add_loop_test(tc, random_trees, 0, 60);
	tcase_add_loop_test(tc, as_the_policy_says, 0, TREES);
	tcase_add_test(tc, a_nonce_signs_once);
	tcase_add_test(tc, another_roster_leaves_the_nonce);
	tcase_add_test(tc, no_roster_is_no_roster);
	tcase_add_loop_test(tc, refused_and_burnt, 0,
	    (int)(sizeof spoilers / sizeof *spoilers));
	tcase_add_test(tc, commit_refuses);
	tcase_add_loop_test(tc, no_points_taken, 0,
	    (int)(sizeof no_points / sizeof *no_points));
	tcase_add_test(tc, a_stolen_commitment);
	tcase_add_test(tc, roster_refused);
	tcase_add_test(tc, key_share_check);
	tcase_add_test(tc, t1_another_tree);
	tcase_add_test(tc, t2_a_sent_constant);
	tcase_add_loop_test(tc, largest, 0, 2);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
