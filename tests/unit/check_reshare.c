/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quorum/reshare.h: from random trees to random trees, under the same key;
 * whoever is chosen among the dealers; dealers who cheat and receivers who
 * accuse; shares of two rosters do not mix.
 */
#include "tests/unit/quorum_help.h"
#include "quorum/reshare.h"
#include "tests/unit/suite.h"

static struct {
	uint64_t state;
	struct frost_roster before, after;
	struct frost_key_share old[DKG_PARTIES_MAX], share[DKG_PARTIES_MAX];
	struct tree tree;
	struct dkg_key dealer[DKG_PARTIES_MAX], key[DKG_PARTIES_MAX];
	struct point p[DKG_PARTIES_MAX];
	uint8_t sid[DKG_SESSION_BYTES];
	struct dkg_ceremony c;
	struct dkg_secret secret[DKG_PARTIES_MAX];
	struct dkg_dealing dealing[DKG_PARTIES_MAX];
	struct tree_set chosen;
} run; /* large */

static void
make_key(struct dkg_key *k)
{
	uint8_t random[64];

	help_bytes(&run.state, random, sizeof random);
	ck_assert_rc(dkg_key_make(k, random), RC_OK);
}

static void
deal(unsigned id)
{
	ck_assert_rc(dkg_deal(&run.dealing[id - 1], &run.c, id,
			 &run.dealer[id - 1], &run.secret[id - 1]),
	    RC_OK);
}

/* run.before.tree and run.tree are set: everybody deals honestly. */
static void
start(void)
{
	unsigned culprit;
	uint8_t seed[32];

	help_deal(&run.state, &run.before, run.old);
	help_bytes(&run.state, run.sid, sizeof run.sid);
	for (unsigned i = 0; i < run.tree.leaves; i++) {
		make_key(&run.key[i]);
		run.p[i] = run.key[i].p;
	}
	ck_assert_rc(reshare_init(&run.c, &culprit, &run.before, &run.tree,
			 run.p, run.sid),
	    RC_OK);
	for (unsigned i = 0; i < run.before.tree.leaves; i++) {
		make_key(&run.dealer[i]);
		ck_assert_rc(
		    reshare_dealer(&run.c, i + 1, &run.dealer[i].p), RC_OK);
		help_bytes(&run.state, seed, sizeof seed);
		reshare_secret_make(&run.secret[i], &run.c, &run.dealer[i],
		    seed, &run.old[i]);
		deal(i + 1);
		ck_assert_rc(
		    dkg_dealing_check(&run.c, &run.dealing[i]), RC_OK);
	}
}

static void
start_flat(uint64_t state, unsigned k, unsigned n)
{
	memset(&run, 0, sizeof run);
	run.state = state;
	help_flat(&run.before.tree, k, n);
	help_jurisdictions(&run.tree);
	start();
}

static void
choose(const struct tree_set *from)
{
	static const uint8_t cost[TREE_LEAVES_MAX];

	ck_assert(tree_minimal_set(&run.before.tree, from, cost, &run.chosen));
}

static enum rc
finish(unsigned id, unsigned *culprit)
{
	return reshare_finish(&run.after, &run.share[id - 1], culprit, &run.c,
	    &run.before, &run.chosen, run.dealing, id, &run.key[id - 1]);
}

static void
finish_all(void)
{
	static struct frost_roster first, onlooker;
	unsigned culprit;

	ck_assert_rc(reshare_finish(&onlooker, NULL, &culprit, &run.c,
			 &run.before, &run.chosen, run.dealing, 0, NULL),
	    RC_OK);
	for (unsigned id = 1; id <= run.tree.leaves; id++) {
		ck_assert_rc(finish(id, &culprit), RC_OK);
		if (id == 1)
			first = run.after;
		ck_assert_mem_eq(&first, &run.after, sizeof first);
		ck_assert_mem_eq(&onlooker, &run.after, sizeof first);
	}
	ck_assert_mem_eq(&run.after.key, &run.before.key, sizeof(struct point));
}

/* Sign with a minimal set of `set`, each with the share that shares[] has,
 * under the new roster. Whether an ordinary verifier takes it. */
static bool
sign_with(const struct frost_key_share shares[])
{
	static const uint8_t boot[FROST_BOOT_ID_BYTES];
	static const uint8_t text[] = "quorate/roster@v1\n";
	static const uint8_t cost[TREE_LEAVES_MAX];
	static struct frost_nonces nonces[DKG_PARTIES_MAX];
	static struct signing_package pkg;
	static struct frost_session session;
	static struct scalar z[DKG_PARTIES_MAX];
	struct tree_set all = {{UINT64_MAX, UINT64_MAX}}, set, culprits;
	struct frost_binding b = {0};
	uint8_t sig[64];

	memset(&pkg, 0, sizeof pkg);
	memset(z, 0, sizeof z);
	memcpy(b.roster_id, run.after.id, 32);
	memcpy(pkg.roster_id, run.after.id, 32);
	pkg.message = text;
	pkg.message_bytes = sizeof text - 1;
	crypto_hash_sha256(b.message_id, text, sizeof text - 1);
	ck_assert(tree_minimal_set(&run.tree, &all, cost, &set));
	for (unsigned id = 1; id <= run.tree.leaves; id++) {
		uint8_t x[64];

		help_bytes(&run.state, x, 64);
		if (tree_set_has(&set, id))
			ck_assert_rc(frost_commit(&nonces[id - 1],
					 &pkg.list[pkg.count++], suite,
					 &shares[id - 1], &b, x, x + 32),
			    RC_OK);
	}
	ck_assert_rc(
	    frost_session_open(&session, NULL, &run.after, &pkg), RC_OK);
	for (unsigned id = 1; id <= run.tree.leaves; id++)
		if (tree_set_has(&set, id) &&
		    frost_sign(&z[id - 1], &nonces[id - 1], &shares[id - 1],
			&run.after, boot, &pkg) != RC_OK)
			return false;
	if (frost_aggregate(sig, &culprits, &session, &run.after, text,
		sizeof text - 1, z) != RC_OK)
		return false;
	return suite->verify(
		   sig, &run.before.key, text, sizeof text - 1) == RC_OK;
}

static void
stamp(struct frost_key_share shares[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		memcpy(shares[i].roster_id, run.after.id, 32);
}

static bool
sign_anew(void)
{
	help_bytes(&run.state, run.after.id, 32);
	stamp(run.share, run.tree.leaves);
	for (unsigned i = 0; i < run.tree.leaves; i++)
		ck_assert_rc(
		    frost_key_share_check(&run.share[i], &run.after), RC_OK);
	ck_assert_rc(frost_roster_check(&run.after), RC_OK);
	return sign_with(run.share);
}

START_TEST(random_trees)
{
	struct tree_set some;

	memset(&run, 0, sizeof run);
	run.state = 71000 + (uint64_t)_i;
	help_sharing_tree(&run.state, &run.before.tree, 7);
	help_sharing_tree(&run.state, &run.tree, 7);
	start();
	/* twice, with whoever is there: another sharing, the same key */
	for (unsigned turn = 0; turn < 2; turn++) {
		do
			help_set(&run.state, &run.before.tree, &some);
		while (!tree_set_satisfied(&run.before.tree, &some));
		choose(&some);
		finish_all();
		ck_assert(sign_anew());
	}
}
END_TEST

/* Refresh: same tree, other shares; one old share spoils a set. */
START_TEST(two_rosters_do_not_mix)
{
	struct frost_key_share mixed[3];

	memset(&run, 0, sizeof run);
	run.state = 5;
	help_flat(&run.before.tree, 2, 3);
	help_flat(&run.tree, 2, 3);
	start();
	choose(&(struct tree_set){{7, 0}});
	finish_all();
	ck_assert(sign_anew());
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_mem_ne(&run.share[i].s, &run.old[i].s, 32);
		mixed[i] = run.share[i];
	}
	mixed[0].s = run.old[0].s;
	ck_assert(!sign_with(mixed));
}
END_TEST

START_TEST(vector)
{
	json_t *file = help_json("frost_reshare.json");
	struct scalar lambda[TREE_LEAVES_MAX], inverse;
	struct point y;

	memset(&run, 0, sizeof run);
	run.state = 6;
	help_flat(&run.before.tree, 2, 3);
	help_flat(&run.tree, 3, 5);
	start();
	for (unsigned i = 0; i < 3; i++) { /* the old roster is the RFC's */
		help_hex(&run.old[i].s, 32,
		    json_string_value(json_array_get(
			json_object_get(file, "old"), i)));
		ck_assert(suite->point_base(
		    &run.before.share[i], &run.old[i].s));
		run.c.dealt[i] = run.before.share[i];
	}
	help_hex(&run.before.key, 32, help_string(file, "key"));
	run.chosen = (struct tree_set){{1 | 4, 0}};
	ck_assert_rc(tree_coefficients(
			 &run.before.tree, suite, &run.chosen, lambda),
	    RC_OK);
	for (unsigned d = 0; d < 2; d++) {
		unsigned id = d == 0 ? 1 : 3;
		json_t *a = json_array_get(
		    json_object_get(file, "polynomials"), d);

		suite->scalar_invert(&inverse, &lambda[id - 1]);
		for (unsigned k = 0; k < 3; k++) {
			struct scalar *x =
			    &run.secret[id - 1].coefficient[k];

			help_hex(x, 32,
			    json_string_value(json_array_get(a, k)));
			suite->scalar_mul(x, x, &inverse);
		}
		ck_assert_mem_eq(run.secret[id - 1].coefficient[0].b,
		    run.old[id - 1].s.b, 32);
		deal(id);
	}
	finish_all();
	for (unsigned i = 0; i < 5; i++) {
		help_hex(lambda[0].b, 32,
		    json_string_value(json_array_get(
			json_object_get(file, "new_shares"), i)));
		ck_assert_mem_eq(run.share[i].s.b, lambda[0].b, 32);
		help_hex(y.b, 32,
		    json_string_value(json_array_get(
			json_object_get(file, "new_verifying_shares"), i)));
		ck_assert_mem_eq(run.after.share[i].b, y.b, 32);
	}
	json_decref(file);
}
END_TEST

/* ---- dealers who cheat ---- */

START_TEST(another_secret)
{
	start_flat(11, 2, 3);
	help_scalar(&run.state, &run.secret[1].coefficient[0]);
	deal(2);
	ck_assert_rc(dkg_dealing_check(&run.c, &run.dealing[1]), RC_DEALT);
	/* the zero of a refresh, or the share of another: as little */
	run.secret[1].coefficient[0] = run.old[0].s;
	deal(2);
	ck_assert_rc(dkg_dealing_check(&run.c, &run.dealing[1]), RC_DEALT);
}
END_TEST

START_TEST(wrong_counts)
{
	start_flat(12, 2, 3);
	run.dealing[0].count--;
	ck_assert_rc(dkg_dealing_check(&run.c, &run.dealing[0]), RC_COUNT);
	run.dealing[0].count += 2;
	ck_assert_rc(dkg_dealing_check(&run.c, &run.dealing[0]), RC_COUNT);
}
END_TEST

START_TEST(identity)
{
	start_flat(13, 2, 3);
	suite->point_identity(&run.dealing[0].commitment[1]);
	ck_assert_rc(dkg_dealing_check(&run.c, &run.dealing[0]), RC_IDENTITY);
}
END_TEST

START_TEST(lies_to_one)
{
	struct dkg_complaint k;
	struct tree_set others = {{1 | 4, 0}};
	unsigned culprit;

	start_flat(14, 2, 3);
	run.dealing[1].ciphertext[2][5] ^= 1;
	ck_assert_rc(dkg_dealing_check(&run.c, &run.dealing[1]), RC_OK);
	run.chosen = (struct tree_set){{1 | 2, 0}};
	ck_assert_rc(finish(1, &culprit), RC_OK);
	ck_assert_rc(finish(3, &culprit), RC_CIPHERTEXT);
	ck_assert_uint_eq(culprit, 2);
	ck_assert_mem_eq(&run.share[2], &(struct frost_key_share){0},
	    sizeof run.share[2]);
	ck_assert_rc(dkg_complaint_make(
			 &k, &run.c, 3, &run.key[2], &run.dealing[1]),
	    RC_OK);
	ck_assert_rc(dkg_complaint_check(
			 &k, &culprit, &run.c, &run.dealing[1]),
	    RC_OK);
	ck_assert_uint_eq(culprit, 2);
	/* without it: the honest ones are enough */
	choose(&others);
	finish_all();
	ck_assert(sign_anew());
}
END_TEST

/* A share of another polynomial, well sealed. */
START_TEST(share_of_another)
{
	static struct dkg_dealing other;
	struct dkg_complaint k;
	unsigned culprit;

	start_flat(15, 2, 3);
	other = run.dealing[1];
	help_scalar(&run.state, &run.secret[1].coefficient[1]);
	deal(2); /* the same E, hence the same envelopes */
	memcpy(other.ciphertext[0], run.dealing[1].ciphertext[0],
	    DKG_CIPHERTEXT_BYTES);
	run.dealing[1] = other;
	run.chosen = (struct tree_set){{1 | 2, 0}};
	ck_assert_rc(finish(1, &culprit), RC_DEALING);
	ck_assert_uint_eq(culprit, 2);
	ck_assert_rc(dkg_complaint_make(
			 &k, &run.c, 1, &run.key[0], &run.dealing[1]),
	    RC_OK);
	ck_assert_rc(dkg_complaint_check(
			 &k, &culprit, &run.c, &run.dealing[1]),
	    RC_OK);
	ck_assert_uint_eq(culprit, 2);
}
END_TEST

START_TEST(nobody_frames_a_dealer)
{
	struct dkg_complaint k;
	unsigned culprit;

	start_flat(16, 2, 3);
	ck_assert_rc(dkg_complaint_make(
			 &k, &run.c, 1, &run.key[0], &run.dealing[1]),
	    RC_COMPLAINT);
	/* an opening of another ciphertext, put under this one */
	run.dealing[1].ciphertext[0][0] ^= 1;
	ck_assert_rc(dkg_complaint_make(
			 &k, &run.c, 1, &run.key[0], &run.dealing[1]),
	    RC_OK);
	run.dealing[1].ciphertext[0][0] ^= 1;
	ck_assert_rc(dkg_complaint_check(
			 &k, &culprit, &run.c, &run.dealing[1]),
	    RC_COMPLAINT);
	ck_assert_uint_eq(culprit, 1);
}
END_TEST

/* ---- out of turn ---- */

START_TEST(only_holders_deal)
{
	struct dkg_ceremony c;
	static struct dkg_dealing d;
	unsigned culprit;

	start_flat(17, 2, 3);
	ck_assert_rc(reshare_dealer(&run.c, 4, &run.key[3].p), RC_STATE);
	ck_assert_rc(reshare_dealer(&run.c, 0, &run.key[3].p), RC_STATE);
	ck_assert_rc(reshare_dealer(&run.c, 1, &run.key[3].p), RC_STATE);
	ck_assert_rc(reshare_dealer(&run.c, 1, &run.dealer[0].p), RC_OK);
	ck_assert_rc(reshare_init(&c, &culprit, &run.before, &run.tree, run.p,
			 run.sid),
	    RC_OK);
	ck_assert_rc(dkg_deal(&d, &c, 1, &run.dealer[0], &run.secret[0]),
	    RC_STATE);
	ck_assert_rc(dkg_dealing_check(&c, &run.dealing[0]), RC_STATE);
	suite_ed25519.point_identity(&run.p[0]);
	ck_assert_rc(reshare_dealer(&c, 1, &run.p[0]), RC_POINT);
	/* nor is a reshare added up like a genesis */
	struct dkg_sum sum;

	dkg_sum_init(&sum, 1);
	ck_assert_rc(dkg_sum_add(&sum, &run.c, &run.key[0], &run.dealing[0]),
	    RC_STATE);
}
END_TEST

START_TEST(only_minimal_sets)
{
	unsigned culprit;

	start_flat(18, 2, 3);
	run.chosen = (struct tree_set){{7, 0}};
	ck_assert_rc(finish(1, &culprit), RC_SET_NOT_MINIMAL);
	run.chosen = (struct tree_set){{1, 0}};
	ck_assert_rc(finish(1, &culprit), RC_SET_NOT_MINIMAL);
}
END_TEST

/* The context holds the roster before and all receivers' keys. */
START_TEST(bound_to_its_context)
{
	struct dkg_ceremony c;
	unsigned culprit;

	start_flat(19, 2, 3);
	run.before.id[0] ^= 1;
	ck_assert_rc(reshare_init(&c, &culprit, &run.before, &run.tree, run.p,
			 run.sid),
	    RC_OK);
	ck_assert_mem_ne(c.context, run.c.context, 64);
	run.before.id[0] ^= 1;
	make_key(&run.key[4]);
	run.p[4] = run.key[4].p;
	ck_assert_rc(reshare_init(&c, &culprit, &run.before, &run.tree, run.p,
			 run.sid),
	    RC_OK);
	ck_assert_mem_ne(c.context, run.c.context, 64);
	c.dealer_set = run.c.dealer_set;
	memcpy(c.dealer_key, run.c.dealer_key, sizeof c.dealer_key);
	run.c = c;
	run.chosen = (struct tree_set){{1 | 2, 0}};
	ck_assert_rc(finish(1, &culprit), RC_CIPHERTEXT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reshare");
	TCase *t = tcase_create("reshare");

	if (sodium_init() < 0)
		return 1;
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, random_trees, 0, 12);
	tcase_add_test(t, two_rosters_do_not_mix);
	if (suite == &suite_ed25519)
		tcase_add_test(t, vector);
	tcase_add_test(t, another_secret);
	tcase_add_test(t, wrong_counts);
	tcase_add_test(t, identity);
	tcase_add_test(t, lies_to_one);
	tcase_add_test(t, share_of_another);
	tcase_add_test(t, nobody_frames_a_dealer);
	tcase_add_test(t, only_holders_deal);
	tcase_add_test(t, only_minimal_sets);
	tcase_add_test(t, bound_to_its_context);
	suite_add_tcase(s, t);
	return suite_run(s);
}
