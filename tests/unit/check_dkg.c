/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quorum/dkg.h: the published COCKTAIL-DKG vectors, whole ceremonies over
 * random trees that end in a signature, and cheats of dealers, receivers and
 * whoever carries the messages.
 */
#include "tests/unit/quorum_help.h"
#include "quorum/dkg.h"
#include "tests/unit/suite.h"
#include "verify/bip340.h"

/* Everything of one ceremony. */
struct run {
	struct tree tree;
	struct dkg_key key[DKG_PARTIES_MAX];
	struct point p[DKG_PARTIES_MAX];
	struct dkg_ceremony ceremony;
	struct dkg_secret secret[DKG_PARTIES_MAX];
	struct dkg_dealing dealing[DKG_PARTIES_MAX];
	struct dkg_sum sum;
	struct frost_roster roster;
	struct frost_key_share share[DKG_PARTIES_MAX];
	uint64_t state;
};

static struct run run; /* large */
static uint8_t transcript[DKG_TRANSCRIPT_BYTES_MAX];

/* ---- published vectors ---- */

static void
vector_hex(void *out, size_t n, json_t *array, unsigned i)
{
	help_hex(out, n, json_string_value(json_array_get(array, i)));
}

static void
vector_ceremony(json_t *v)
{
	json_t *config = json_object_get(v, "config");
	uint8_t tag[256], want[64];
	unsigned culprit;
	size_t n = strlen(help_string(v, "session_tag")) / 2;

	memset(&run, 0, sizeof run);
	help_flat(&run.tree,
	    (unsigned)json_integer_value(json_object_get(v, "t")),
	    (unsigned)json_integer_value(json_object_get(v, "n")));
	for (unsigned i = 0; i < run.tree.leaves; i++) {
		struct point p;

		vector_hex(&run.key[i].d, 32,
		    json_object_get(config, "static_secret_keys"), i);
		vector_hex(&run.p[i], 32,
		    json_object_get(config, "static_public_keys"), i);
		ck_assert(suite_ed25519.point_base(&p, &run.key[i].d));
		ck_assert_mem_eq(&p, &run.p[i], sizeof p);
		run.key[i].p = p;
	}
	help_hex(tag, n, help_string(v, "session_tag"));
	ck_assert_rc(
	    dkg_init(&run.ceremony, &culprit, suite, &run.tree, run.p, tag, n),
	    RC_OK);
	help_hex(want, 64, help_string(v, "context"));
	ck_assert_mem_eq(run.ceremony.context, want, 64);
}

/* Read dealing i; its proof is ours to the last byte. */
static void
vector_dealing(json_t *r, unsigned i, bool payload)
{
	struct dkg_dealing *d = &run.dealing[i];
	json_t *sealed = json_object_get(r, "encrypted_shares");
	struct scalar a;
	uint8_t pop[64], points[32 * DKG_COMMITMENTS_MAX], *end = points;

	d->id = (uint8_t)(i + 1);
	d->count = (uint8_t)json_array_size(
	    json_object_get(r, "vss_commitment"));
	for (unsigned k = 0; k < d->count; k++)
		vector_hex(&d->commitment[k], 32,
		    json_object_get(r, "vss_commitment"), k);
	help_hex(d->pop, 64, help_string(r, "pop"));
	help_hex(&d->ephemeral, 32, help_string(r, "ephemeral_public_key"));
	help_hex(&a, 32, help_string(r, "a_0"));
	for (unsigned k = 0; k < d->count; k++)
		end = point_put(suite, end, &d->commitment[k]);
	dkg_schnorr_sign(pop, suite, &a,
	    (struct piece[]){{run.ceremony.context, 64},
		{points, 32u * d->count}, {&d->ephemeral, 32}},
	    3);
	ck_assert_mem_eq(pop, d->pop, 64);
	ck_assert_rc(dkg_dealing_check(&run.ceremony, d), RC_OK);
	for (unsigned j = 0; !payload && j < run.tree.leaves; j++)
		vector_hex(d->ciphertext[j], DKG_CIPHERTEXT_BYTES, sealed, j);
}

/* Open by hand what holds a payload, and seal it again. */
static void
vector_payload(json_t *v, unsigned i, unsigned j, struct scalar *sum)
{
	json_t *r = json_array_get(json_object_get(v, "round1"), i);
	uint8_t sealed[112], again[112], plain[96], payload[64];
	struct dkg_envelope envelope;
	struct point shared[2], want, got;
	struct scalar f;

	vector_hex(sealed, 112, json_object_get(r, "encrypted_shares"), j);
	vector_hex(payload, 64, json_object_get(v, "payloads"), i);
	ck_assert(suite->point_mul(
	    &shared[0], &run.key[j].d, &run.dealing[i].ephemeral));
	ck_assert(suite->point_mul(&shared[1], &run.key[j].d, &run.p[i]));
	dkg_envelope_make(&envelope, &run.ceremony, i + 1, j + 1,
	    &run.dealing[i].ephemeral, shared);
	ck_assert_rc(dkg_envelope_open(plain, &envelope, sealed, 112), RC_OK);
	ck_assert_mem_eq(plain + 32, payload, 64);
	dkg_envelope_seal(again, &envelope, plain, 96);
	ck_assert_mem_eq(again, sealed, 112);
	memcpy(&f, plain, 32);
	ck_assert(suite->point_base(&got, &f));
	tree_point(&run.tree, suite, run.dealing[i].commitment, j + 1, &want);
	ck_assert_mem_eq(&got, &want, sizeof want);
	suite->scalar_add(sum, sum, &f);
	sealed[40] ^= 1;
	ck_assert_rc(
	    dkg_envelope_open(plain, &envelope, sealed, 112), RC_CIPHERTEXT);
	ck_assert(sodium_is_zero(plain, sizeof plain));
	ck_assert_rc(
	    dkg_envelope_open(plain, &envelope, sealed, 15), RC_CIPHERTEXT);
}

/* Everyone's result, or with payloads an onlooker's and sums by hand. */
static void
vector_results(json_t *v, bool payload)
{
	json_t *list = json_object_get(v, "round2");
	struct point key = {0}, y = {0};
	struct scalar s;

	help_hex(&key, 32, help_string(v, "group_public_key"));
	for (unsigned j = 0; j < run.tree.leaves; j++) {
		dkg_sum_init(&run.sum, payload ? 0 : j + 1);
		for (unsigned i = run.tree.leaves; i-- > 0;)
			ck_assert_rc(dkg_sum_add(&run.sum, &run.ceremony,
					 payload ? NULL : &run.key[j],
					 &run.dealing[i]),
			    RC_OK);
		ck_assert_rc(
		    dkg_finish(&run.roster, payload ? NULL : &run.share[j],
			&run.ceremony, &run.sum),
		    RC_OK);
		for (unsigned i = 0; payload && i < run.tree.leaves; i++)
			vector_payload(v, i, j, &run.share[j].s);
		help_hex(&s, 32,
		    help_string(json_array_get(list, j), "secret_share"));
		help_hex(&y, 32,
		    help_string(json_array_get(list, j), "verification_share"));
		ck_assert_mem_eq(&run.share[j].s, &s, sizeof s);
		ck_assert_mem_eq(&run.roster.share[j], &y, sizeof y);
		ck_assert_mem_eq(&run.roster.key, &key, sizeof key);
	}
}

static void
vector_transcript(json_t *v)
{
	json_t *round3 = json_object_get(v, "round3");
	const char *hex = help_string(v, "extension");
	uint8_t extension[64], hash[64], want[64], sig[64];
	size_t n = strlen(hex) / 2;

	if (n > 0)
		help_hex(extension, n, hex);
	n = dkg_transcript(
	    transcript, &run.ceremony, run.dealing, extension, n);
	crypto_hash_sha512(hash, transcript, n);
	help_hex(want, 64, help_string(round3, "transcript_hash"));
	ck_assert_mem_eq(hash, want, 64);
	for (unsigned i = 0; i < run.tree.leaves; i++) {
		vector_hex(want, 64, json_object_get(round3, "signatures"), i);
		dkg_transcript_sign(sig, &run.key[i], transcript, n);
		ck_assert_mem_eq(sig, want, 64);
		ck_assert_rc(dkg_transcript_verify(
				 sig, &run.ceremony, i + 1, transcript, n),
		    RC_OK);
		ck_assert_rc(dkg_transcript_verify(
				 sig, &run.ceremony, i + 1, transcript, n - 1),
		    RC_TRANSCRIPT);
		ck_assert_rc(dkg_transcript_verify(sig, &run.ceremony,
				 i == 0 ? 2 : 1, transcript, n),
		    RC_TRANSCRIPT);
		sig[63] |= 0xe0; /* z + a multiple of the order, and above */
		ck_assert_rc(dkg_transcript_verify(
				 sig, &run.ceremony, i + 1, transcript, n),
		    RC_TRANSCRIPT);
	}
	ck_assert_rc(
	    dkg_transcript_verify(sig, &run.ceremony, 0, transcript, n),
	    RC_TRANSCRIPT);
	ck_assert_rc(dkg_transcript_verify(
			 sig, &run.ceremony, run.tree.leaves + 1u, transcript, n),
	    RC_TRANSCRIPT);
}

START_TEST(published)
{
	json_t *file = help_json("cocktail_dkg_ed25519.json");
	json_t *v = json_array_get(json_object_get(file, "vectors"), (size_t)_i);
	bool payload = json_array_size(json_object_get(v, "payloads")) > 0;

	ck_assert_str_eq(help_string(file, "ciphersuite"), DKG_FLAT_SUITE);
	vector_ceremony(v);
	for (unsigned i = 0; i < run.tree.leaves; i++)
		vector_dealing(json_array_get(json_object_get(v, "round1"), i),
		    i, payload);
	vector_results(v, payload);
	vector_transcript(v);
	json_decref(file);
}
END_TEST

/* ---- our own ceremonies ---- */

static void
run_init(const uint8_t *session, size_t n)
{
	unsigned culprit = 99;

	ck_assert_rc(dkg_init(&run.ceremony, &culprit, suite, &run.tree, run.p,
			 session, n),
	    RC_OK);
	ck_assert_uint_eq(culprit, 0);
}

/* Keys, ceremony, dealings, along run.tree. */
static void
run_deal(void)
{
	uint8_t seed[64], session[DKG_SESSION_BYTES];

	for (unsigned i = 0; i < run.tree.leaves; i++) {
		help_bytes(&run.state, seed, sizeof seed);
		ck_assert_rc(dkg_key_make(&run.key[i], seed), RC_OK);
		run.p[i] = run.key[i].p;
	}
	help_bytes(&run.state, session, sizeof session);
	run_init(session, sizeof session);
	for (unsigned i = 0; i < run.tree.leaves; i++) {
		help_bytes(&run.state, seed, 32);
		dkg_secret_make(
		    &run.secret[i], &run.ceremony, &run.key[i], seed);
		ck_assert_rc(dkg_deal(&run.dealing[i], &run.ceremony, i + 1,
				 &run.key[i], &run.secret[i]),
		    RC_OK);
	}
}

static void
run_jurisdictions(uint64_t state)
{
	memset(&run, 0, sizeof run);
	run.state = state;
	help_jurisdictions(&run.tree);
	run_deal();
}

/* Deal again, honestly in form, from the dealer's present secrets. */
static void
run_deal_again(unsigned id)
{
	ck_assert_rc(dkg_deal(&run.dealing[id - 1], &run.ceremony, id,
			 &run.key[id - 1], &run.secret[id - 1]),
	    RC_OK);
}

static enum rc
run_add_all(unsigned id)
{
	dkg_sum_init(&run.sum, id);
	for (unsigned i = 0; i < run.tree.leaves; i++) {
		enum rc rc = dkg_sum_add(&run.sum, &run.ceremony,
		    id == 0 ? NULL : &run.key[id - 1], &run.dealing[i]);

		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

static void
run_finish_all(void)
{
	static struct frost_roster first;

	for (unsigned id = 1; id <= run.tree.leaves; id++) {
		ck_assert_rc(run_add_all(id), RC_OK);
		ck_assert_rc(dkg_finish(&run.roster, &run.share[id - 1],
				 &run.ceremony, &run.sum),
		    RC_OK);
		if (id == 1)
			first = run.roster;
		ck_assert_mem_eq(&first, &run.roster, sizeof first);
	}
	ck_assert_rc(run_add_all(0), RC_OK);
	ck_assert_rc(
	    dkg_finish(&run.roster, NULL, &run.ceremony, &run.sum), RC_OK);
	ck_assert_mem_eq(&first, &run.roster, sizeof first);
}

/* The point of it all: an ordinary signature under the new key. */
static void
run_sign(void)
{
	static const uint8_t cost[TREE_LEAVES_MAX], boot[FROST_BOOT_ID_BYTES];
	static const uint8_t text[] = "quorate/roster@v1\n";
	static struct frost_nonces nonces[DKG_PARTIES_MAX];
	static struct signing_package pkg;
	static struct frost_session session;
	struct scalar z[DKG_PARTIES_MAX];
	struct tree_set all = {{UINT64_MAX, UINT64_MAX}}, set, culprits;
	struct frost_binding binding;
	uint8_t sig[64];

	memset(&pkg, 0, sizeof pkg);
	memset(&binding, 0, sizeof binding);
	memset(z, 0, sizeof z);
	help_bytes(&run.state, run.roster.id, 32);
	memcpy(binding.roster_id, run.roster.id, 32);
	memcpy(pkg.roster_id, run.roster.id, 32);
	crypto_hash_sha256(binding.message_id, text, sizeof text - 1);
	pkg.message = text;
	pkg.message_bytes = sizeof text - 1;
	ck_assert_rc(frost_roster_check(&run.roster), RC_OK);
	ck_assert(tree_minimal_set(&run.tree, &all, cost, &set));
	for (unsigned id = 1; id <= run.tree.leaves; id++) {
		uint8_t a[32], b[32];

		memcpy(run.share[id - 1].roster_id, run.roster.id, 32);
		ck_assert_rc(frost_key_share_check(
				 &run.share[id - 1], &run.roster),
		    RC_OK);
		help_bytes(&run.state, a, 32);
		help_bytes(&run.state, b, 32);
		if (tree_set_has(&set, id))
			ck_assert_rc(frost_commit(&nonces[id - 1],
					 &pkg.list[pkg.count++], suite,
					 &run.share[id - 1], &binding, a, b),
			    RC_OK);
	}
	for (unsigned id = 1; id <= run.tree.leaves; id++)
		if (tree_set_has(&set, id))
			ck_assert_rc(frost_sign(&z[id - 1], &nonces[id - 1],
					 &run.share[id - 1], &run.roster, boot,
					 &pkg),
			    RC_OK);
	ck_assert_rc(
	    frost_session_open(&session, NULL, &run.roster, &pkg), RC_OK);
	ck_assert_rc(frost_aggregate(sig, &culprits, &session, &run.roster,
			 pkg.message, pkg.message_bytes, z),
	    RC_OK);
	if (suite == &suite_ed25519)
		ck_assert_int_eq(crypto_sign_verify_detached(sig, pkg.message,
				     pkg.message_bytes, run.roster.key.b),
		    0);
	else /* libsecp256k1's, for the even key of that x */
		ck_assert_rc(bip340_verify(sig, run.roster.key.b, pkg.message,
				 pkg.message_bytes),
		    RC_OK);
	ck_assert_uint_eq(
	    run.roster.key.prefix, suite == &suite_ed25519 ? 0 : 2);
}

START_TEST(random_trees)
{
	uint8_t extension[DKG_EXTENSION_BYTES], sig[64];
	size_t n;

	memset(&run, 0, sizeof run);
	run.state = 9000 + (uint64_t)_i;
	help_sharing_tree(&run.state, &run.tree, 9);
	run_deal();
	run_finish_all();
	run_sign();
	dkg_extension(extension, &run.ceremony, run.dealing);
	n = dkg_transcript(transcript, &run.ceremony, run.dealing, extension,
	    sizeof extension);
	dkg_transcript_sign(sig, &run.key[0], transcript, n);
	ck_assert_rc(
	    dkg_transcript_verify(sig, &run.ceremony, 1, transcript, n), RC_OK);
	/* one byte of one ciphertext, and everyone signs something else */
	run.dealing[1].ciphertext[0][47] ^= 1;
	dkg_extension(extension, &run.ceremony, run.dealing);
	n = dkg_transcript(transcript, &run.ceremony, run.dealing, extension,
	    sizeof extension);
	ck_assert_rc(dkg_transcript_verify(
			 sig, &run.ceremony, 1, transcript, n),
	    RC_TRANSCRIPT);
}
END_TEST

START_TEST(no_roster_id_no_signature)
{
	static struct signing_package pkg;
	static const uint8_t boot[FROST_BOOT_ID_BYTES];
	struct frost_nonces nonces = {0};
	struct scalar z;

	run_jurisdictions(1);
	run_finish_all();
	ck_assert_rc(frost_roster_check(&run.roster), RC_ROSTER_MISMATCH);
	ck_assert_rc(
	    frost_sign(&z, &nonces, &run.share[0], &run.roster, boot, &pkg),
	    RC_ROSTER_MISMATCH);
}
END_TEST

/* ---- dealers ---- */

static void
identity_commitment(struct dkg_dealing *d)
{
	suite->point_identity(&d->commitment[1]);
}
static void
identity_constant(struct dkg_dealing *d)
{
	suite->point_identity(&d->commitment[0]);
}
static void
identity_ephemeral(struct dkg_dealing *d)
{
	suite_ed25519.point_identity(&d->ephemeral);
}
static void
mixed_order(struct dkg_dealing *d)
{
	help_hex(&d->commitment[2], 32,
	    "98519eadf35b995233b51b5cd23e9cc5"
	    "a28b639b5a4af0ec903cb960d81b7819");
	if (suite != &suite_ed25519) /* of no order but none: no point */
		d->commitment[2].prefix = 5;
}
static void
small_order(struct dkg_dealing *d)
{
	memset(&d->ephemeral, 0, sizeof d->ephemeral);
}
static void
one_more(struct dkg_dealing *d)
{
	d->commitment[d->count++] = d->commitment[0];
}
static void
one_fewer(struct dkg_dealing *d)
{
	d->count--;
}
static void
pop_of_another(struct dkg_dealing *d)
{
	memcpy(d->pop, run.dealing[2].pop, sizeof d->pop);
}
static void
pop_flipped(struct dkg_dealing *d)
{
	d->pop[40] ^= 1;
}
static void
other_commitment(struct dkg_dealing *d)
{
	d->commitment[2] = run.dealing[2].commitment[2];
}
static void
other_ephemeral(struct dkg_dealing *d)
{
	d->ephemeral = run.dealing[2].ephemeral;
}
/* The rogue key: minus everyone else's constants, plus one's own. */
static void
rogue_constant(struct dkg_dealing *d)
{
	for (unsigned i = 0; i < run.tree.leaves; i++)
		if (&run.dealing[i] != d)
			suite->point_sub(&d->commitment[0], &d->commitment[0],
			    &run.dealing[i].commitment[0]);
}

static const struct {
	void (*spoil)(struct dkg_dealing *d);
	enum rc want;
} dealers[] = {
    {identity_commitment, RC_IDENTITY},
    {identity_constant, RC_IDENTITY},
    {identity_ephemeral, RC_IDENTITY},
    {mixed_order, RC_POINT},
    {small_order, RC_POINT},
    {one_more, RC_COUNT},
    {one_fewer, RC_COUNT},
    {pop_of_another, RC_POP},
    {pop_flipped, RC_POP},
    {other_commitment, RC_POP},
    {other_ephemeral, RC_POP},
    {rogue_constant, RC_POP},
};

START_TEST(dealer_refused)
{
	struct dkg_sum before;

	run_jurisdictions(2);
	dkg_sum_init(&run.sum, 1);
	ck_assert_rc(dkg_sum_add(&run.sum, &run.ceremony, &run.key[0],
			 &run.dealing[0]),
	    RC_OK);
	before = run.sum;
	dealers[_i].spoil(&run.dealing[1]);
	ck_assert_rc(dkg_dealing_check(&run.ceremony, &run.dealing[1]),
	    dealers[_i].want);
	ck_assert_rc(dkg_sum_add(&run.sum, &run.ceremony, &run.key[0],
			 &run.dealing[1]),
	    dealers[_i].want);
	ck_assert_mem_eq(&before, &run.sum, sizeof before);
}
END_TEST

/*
 * T2: a dealer whose polynomial makes a group's constant, or a leaf's point,
 * the identity, with a proof of possession and shares that all fit.
 */
START_TEST(derived_identity_names_the_dealer)
{
	struct scalar x, zero;

	run_jurisdictions(3);
	suite->scalar_set(&zero, 0);
	for (unsigned at = 1; at <= 3; at++) {
		struct scalar *a = run.secret[1].coefficient;

		suite->scalar_set(&x, at);
		suite->scalar_mul(&a[0], &a[1], &x);
		suite->scalar_sub(&a[0], &zero, &a[0]); /* a0 + a1 x = 0 */
		run_deal_again(2);
		ck_assert_rc(dkg_dealing_check(&run.ceremony, &run.dealing[1]),
		    RC_IDENTITY);
	}
}
END_TEST

START_TEST(zero_coefficient_not_dealt)
{
	run_jurisdictions(4);
	suite->scalar_set(&run.secret[1].coefficient[2], 0);
	ck_assert_rc(dkg_deal(&run.dealing[1], &run.ceremony, 2, &run.key[1],
			 &run.secret[1]),
	    RC_SCALAR);
	ck_assert(sodium_is_zero(
	    (uint8_t *)&run.dealing[1], sizeof run.dealing[1]));
	/* nor with another's key, nor for nobody */
	for (unsigned id = 0; id <= 6; id += 3)
		ck_assert_rc(dkg_deal(&run.dealing[1], &run.ceremony, id,
				 &run.key[1], &run.secret[0]),
		    RC_STATE);
}
END_TEST

/*
 * T8: 2 of (2 of 3, 2 of 3) and flat 4 of 6 have six parties and four
 * commitments each. A dealing for one is none for the other; nor for
 * another session, nor for other keys.
 */
START_TEST(dealings_stay_in_their_ceremony)
{
	uint8_t session[DKG_SESSION_BYTES] = {1};

	memset(&run, 0, sizeof run);
	ck_assert_rc(tree_init(&run.tree, 6), RC_OK);
	ck_assert_rc(
	    tree_add_group(&run.tree, 2, (uint8_t[]){0, 1, 2}, 3), RC_OK);
	ck_assert_rc(
	    tree_add_group(&run.tree, 2, (uint8_t[]){3, 4, 5}, 3), RC_OK);
	ck_assert_rc(
	    tree_add_group(&run.tree, 2, (uint8_t[]){128, 129}, 2), RC_OK);
	ck_assert_rc(tree_finish(&run.tree, TREE_GROUP(2)), RC_OK);
	ck_assert_uint_eq(run.tree.commitments, 4);
	run_deal();
	run_init(session, sizeof session);
	ck_assert_rc(dkg_dealing_check(&run.ceremony, &run.dealing[0]), RC_POP);
	for (unsigned i = 0; i < 6; i++)
		run_deal_again(i + 1);
	ck_assert_rc(dkg_dealing_check(&run.ceremony, &run.dealing[0]), RC_OK);
	help_flat(&run.tree, 4, 6);
	run_init(session, sizeof session);
	ck_assert_rc(dkg_dealing_check(&run.ceremony, &run.dealing[0]), RC_POP);
	run_deal_again(1);
	ck_assert_rc(dkg_dealing_check(&run.ceremony, &run.dealing[0]), RC_OK);
	run_init(session, sizeof session - 1);
	ck_assert_rc(dkg_dealing_check(&run.ceremony, &run.dealing[0]), RC_POP);
	run_init(session, sizeof session);
	run.p[0] = run.p[1];
	run.p[1] = run.key[0].p;
	run_init(session, sizeof session);
	ck_assert_rc(dkg_dealing_check(&run.ceremony, &run.dealing[0]), RC_POP);
}
END_TEST

START_TEST(ceremony_refused)
{
	struct dkg_ceremony c;
	unsigned culprit;
	struct point was;

	run_jurisdictions(6);
	was = run.p[3];
	run.p[3] = run.p[1];
	ck_assert_rc(dkg_init(&c, &culprit, suite, &run.tree, run.p,
			 run.ceremony.context, 64),
	    RC_KEY_ROLE);
	ck_assert_uint_eq(culprit, 4);
	suite_ed25519.point_identity(&run.p[3]);
	ck_assert_rc(dkg_init(&c, &culprit, suite, &run.tree, run.p,
			 run.ceremony.context, 64),
	    RC_POINT);
	ck_assert_uint_eq(culprit, 4);
	run.p[3] = was;
	help_flat(&run.tree, 1, 5);
	ck_assert_rc(dkg_init(&c, &culprit, suite, &run.tree, run.p,
			 run.ceremony.context, 64),
	    RC_TREE);
	ck_assert_uint_eq(culprit, 0);
}
END_TEST

START_TEST(secrets_differ)
{
	uint8_t seed[32] = {7};
	struct dkg_secret *a = &run.secret[0], *b = &run.secret[1];

	run_jurisdictions(7);
	dkg_secret_make(a, &run.ceremony, &run.key[0], seed);
	dkg_secret_make(b, &run.ceremony, &run.key[0], seed);
	ck_assert_mem_eq(a, b, sizeof *a);
	dkg_secret_make(b, &run.ceremony, &run.key[1], seed);
	ck_assert_mem_ne(&a->coefficient[0], &b->coefficient[0], 32);
	ck_assert_mem_ne(&a->ephemeral, &b->ephemeral, 32);
	run.ceremony.context[0] ^= 1;
	dkg_secret_make(b, &run.ceremony, &run.key[0], seed);
	ck_assert_mem_ne(&a->coefficient[0], &b->coefficient[0], 32);
	ck_assert_mem_ne(&a->coefficient[0], &a->coefficient[1], 32);
	ck_assert_mem_ne(&a->coefficient[0], &a->ephemeral, 32);
	ck_assert(sodium_is_zero(a->coefficient[3].b, 32));
}
END_TEST

START_TEST(sums_in_turn)
{
	run_jurisdictions(8);
	dkg_sum_init(&run.sum, 2);
	ck_assert_rc(dkg_finish(&run.roster, &run.share[1], &run.ceremony,
			 &run.sum),
	    RC_STATE);
	ck_assert_rc(dkg_sum_add(&run.sum, &run.ceremony, &run.key[0],
			 &run.dealing[0]),
	    RC_STATE); /* not our key */
	ck_assert_rc(dkg_sum_add(
			 &run.sum, &run.ceremony, NULL, &run.dealing[0]),
	    RC_STATE);
	for (unsigned i = 0; i < 5; i++) {
		ck_assert_rc(dkg_finish(&run.roster, &run.share[1],
				 &run.ceremony, &run.sum),
		    RC_STATE);
		ck_assert_rc(dkg_sum_add(&run.sum, &run.ceremony, &run.key[1],
				 &run.dealing[i]),
		    RC_OK);
		ck_assert_rc(dkg_sum_add(&run.sum, &run.ceremony, &run.key[1],
				 &run.dealing[i]),
		    RC_STATE);
	}
	run.dealing[0].id = 6;
	ck_assert_rc(dkg_sum_add(&run.sum, &run.ceremony, &run.key[1],
			 &run.dealing[0]),
	    RC_STATE);
	run.dealing[0].id = 0;
	ck_assert_rc(dkg_sum_add(&run.sum, &run.ceremony, &run.key[1],
			 &run.dealing[0]),
	    RC_STATE);
	ck_assert_rc(dkg_finish(&run.roster, &run.share[1], &run.ceremony,
			 &run.sum),
	    RC_OK);
	/* an onlooker has no share to finish with */
	ck_assert_rc(run_add_all(0), RC_STATE);
	run.dealing[0].id = 1;
	ck_assert_rc(run_add_all(0), RC_OK);
	ck_assert_rc(dkg_finish(&run.roster, &run.share[1], &run.ceremony,
			 &run.sum),
	    RC_STATE);
	/* a share that slipped is noticed */
	ck_assert_rc(run_add_all(3), RC_OK);
	run.sum.s.b[0] ^= 1;
	ck_assert_rc(dkg_finish(&run.roster, &run.share[1], &run.ceremony,
			 &run.sum),
	    RC_DEALING);
	ck_assert(sodium_is_zero(run.share[1].s.b, 32));
}
END_TEST

/* ---- bad ciphertexts, and who is to blame ---- */

/* Dealer 2 seals any 32 bytes for leaf 4, properly. */
static void
seal_for_four(const uint8_t plain[static 32])
{
	struct dkg_envelope envelope;
	struct point shared[2];

	ck_assert(suite_ed25519.point_mul(
	    &shared[0], &run.secret[1].ephemeral, &run.p[3]));
	ck_assert(suite_ed25519.point_mul(
	    &shared[1], &run.key[1].d, &run.p[3]));
	dkg_envelope_make(&envelope, &run.ceremony, 2, 4,
	    &run.dealing[1].ephemeral, shared);
	dkg_envelope_seal(run.dealing[1].ciphertext[3], &envelope, plain, 32);
}

static void
flipped(void)
{
	run.dealing[1].ciphertext[3][0] ^= 1;
}
static void
tag_flipped(void)
{
	run.dealing[1].ciphertext[3][47] ^= 0x80;
}
static void
somebody_elses(void)
{
	memcpy(run.dealing[1].ciphertext[3], run.dealing[1].ciphertext[4], 48);
}
static void
of_another_dealer(void)
{
	memcpy(run.dealing[1].ciphertext[3], run.dealing[0].ciphertext[3], 48);
}
static void
a_wrong_share(void)
{
	seal_for_four(run.secret[0].coefficient[0].b);
}
static void
a_zero_share(void)
{
	uint8_t zero[32] = {0};

	seal_for_four(zero);
}
static void
a_large_share(void)
{
	uint8_t large[32];

	memset(large, 0xff, sizeof large);
	seal_for_four(large);
}
/* The copyist: another's commitments, proof and E, its own name. */
static void
a_copied_dealing(void)
{
	run.dealing[1] = run.dealing[0];
	run.dealing[1].id = 2;
}

static const struct {
	void (*spoil)(void);
	enum rc want;
} sealers[] = {
    {flipped, RC_CIPHERTEXT},
    {tag_flipped, RC_CIPHERTEXT},
    {somebody_elses, RC_CIPHERTEXT},
    {of_another_dealer, RC_CIPHERTEXT},
    {a_wrong_share, RC_DEALING},
    {a_zero_share, RC_DEALING},
    {a_large_share, RC_SCALAR},
    {a_copied_dealing, RC_CIPHERTEXT},
};

START_TEST(complaint_stands)
{
	struct dkg_complaint complaint;
	struct scalar f;
	unsigned culprit = 99;

	run_jurisdictions(10);
	sealers[_i].spoil();
	ck_assert_rc(dkg_dealing_check(&run.ceremony, &run.dealing[1]), RC_OK);
	ck_assert_rc(dkg_share_open(&f, &run.ceremony, 4, &run.key[3],
			 &run.dealing[1]),
	    sealers[_i].want);
	ck_assert(sodium_is_zero(f.b, 32));
	ck_assert_rc(run_add_all(4), sealers[_i].want);
	ck_assert_uint_eq(run.sum.dealers.w[0], 1);
	ck_assert_rc(dkg_complaint_make(&complaint, &run.ceremony, 4,
			 &run.key[3], &run.dealing[1]),
	    RC_OK);
	ck_assert_rc(dkg_complaint_check(&complaint, &culprit, &run.ceremony,
			 &run.dealing[1]),
	    RC_OK);
	ck_assert_uint_eq(culprit, 2);
}
END_TEST

/* A liar: a good ciphertext, and all that can be claimed about it. */
START_TEST(complaint_falls)
{
	struct dkg_complaint good, bad;
	struct dkg_dealing spoilt;
	unsigned culprit;

	run_jurisdictions(11);
	ck_assert_rc(dkg_complaint_make(&good, &run.ceremony, 4, &run.key[3],
			 &run.dealing[1]),
	    RC_COMPLAINT); /* we do not give a good share away */
	ck_assert(sodium_is_zero((uint8_t *)&good, sizeof good));
	ck_assert_rc(dkg_complaint_make(&good, &run.ceremony, 4, &run.key[2],
			 &run.dealing[1]),
	    RC_STATE);
	/* proofs that hold, for a ciphertext that is then found good */
	spoilt = run.dealing[1];
	ck_assert_rc(dkg_complaint_make(&good, &run.ceremony, 4, &run.key[3],
			 &spoilt),
	    RC_COMPLAINT);
	spoilt.ciphertext[3][0] ^= 1;
	ck_assert_rc(dkg_complaint_make(&good, &run.ceremony, 4, &run.key[3],
			 &spoilt),
	    RC_OK);
	ck_assert_rc(
	    dkg_complaint_check(&good, &culprit, &run.ceremony, &spoilt),
	    RC_OK);
	/* the coordinator swapped it: the dealer's own is good */
	ck_assert_rc(dkg_complaint_check(
			 &good, &culprit, &run.ceremony, &run.dealing[1]),
	    RC_COMPLAINT);
	ck_assert_uint_eq(culprit, 4);
	/* every byte of it counts */
	for (size_t i = 2; i < sizeof good; i++) {
		bad = good;
		((uint8_t *)&bad)[i] ^= 1;
		ck_assert_rc(dkg_complaint_check(
				 &bad, &culprit, &run.ceremony, &spoilt),
		    RC_COMPLAINT);
		ck_assert_uint_eq(culprit, 4);
	}
	/* ECDH points that are not the receiver's, proofs or not */
	bad = good;
	bad.shared[0] = good.shared[1];
	bad.proof[0] = good.proof[1];
	ck_assert_rc(
	    dkg_complaint_check(&bad, &culprit, &run.ceremony, &spoilt),
	    RC_COMPLAINT);
	/* in another's name, about another dealing, by nobody */
	bad = good;
	bad.receiver = 5;
	ck_assert_rc(
	    dkg_complaint_check(&bad, &culprit, &run.ceremony, &spoilt),
	    RC_COMPLAINT);
	ck_assert_uint_eq(culprit, 5);
	bad = good;
	bad.dealer = 1;
	ck_assert_rc(
	    dkg_complaint_check(&bad, &culprit, &run.ceremony, &spoilt),
	    RC_STATE);
	ck_assert_uint_eq(culprit, 0);
	for (unsigned id = 0; id <= 6; id += 6) {
		bad = good;
		bad.receiver = (uint8_t)id;
		ck_assert_rc(dkg_complaint_check(
				 &bad, &culprit, &run.ceremony, &spoilt),
		    RC_STATE);
	}
}
END_TEST

/* A receiver that lies to frame a dealer: true proofs, good ciphertext. */
START_TEST(true_proofs_of_a_good_ciphertext)
{
	struct dkg_complaint complaint;
	struct dkg_ceremony elsewhere;
	struct dkg_dealing other;
	unsigned culprit;

	run_jurisdictions(12);
	other = run.dealing[1]; /* the ciphertext, but not the commitments */
	other.commitment[0] = run.dealing[0].commitment[0];
	ck_assert_rc(dkg_complaint_make(&complaint, &run.ceremony, 4,
			 &run.key[3], &other),
	    RC_OK);
	ck_assert_rc(dkg_complaint_check(
			 &complaint, &culprit, &run.ceremony, &other),
	    RC_OK);
	ck_assert_rc(dkg_complaint_check(
			 &complaint, &culprit, &run.ceremony, &run.dealing[1]),
	    RC_COMPLAINT);
	ck_assert_uint_eq(culprit, 4);
	/* under another context nothing opens; that proves nothing here */
	elsewhere = run.ceremony;
	elsewhere.context[5] ^= 1;
	ck_assert_rc(dkg_complaint_make(&complaint, &elsewhere, 4, &run.key[3],
			 &run.dealing[1]),
	    RC_OK);
	ck_assert_rc(dkg_complaint_check(
			 &complaint, &culprit, &run.ceremony, &run.dealing[1]),
	    RC_COMPLAINT);
	ck_assert_uint_eq(culprit, 4);
}
END_TEST

/* 32 groups, 128 leaves: the ceilings hold; one dealing, opened by one. */
START_TEST(largest)
{
	static const uint8_t extension[DKG_EXTENSION_BYTES];
	uint8_t m[TREE_MEMBERS_MAX];
	struct scalar f;

	memset(&run, 0, sizeof run);
	run.state = 13;
	ck_assert_rc(tree_init(&run.tree, 128), RC_OK);
	for (unsigned g = 0; g < 31; g++) {
		for (unsigned i = 0; i < 4; i++)
			m[i] = (uint8_t)(g * 4 + i);
		ck_assert_rc(tree_add_group(&run.tree, 4, m, 4), RC_OK);
	}
	for (unsigned i = 0; i < 35; i++)
		m[i] = (uint8_t)(i < 31 ? TREE_GROUP(i) : 124 + i - 31);
	ck_assert_rc(tree_add_group(&run.tree, 35, m, 35), RC_OK);
	ck_assert_rc(tree_finish(&run.tree, TREE_GROUP(31)), RC_OK);
	ck_assert_uint_eq(run.tree.commitments, DKG_COMMITMENTS_MAX);
	run_deal();
	ck_assert_rc(
	    dkg_dealing_check(&run.ceremony, &run.dealing[127]), RC_OK);
	ck_assert_rc(dkg_share_open(&f, &run.ceremony, 128, &run.key[127],
			 &run.dealing[127]),
	    RC_OK);
	ck_assert_uint_eq(dkg_transcript(transcript, &run.ceremony, run.dealing,
			      extension, DKG_EXTENSION_BYTES),
	    suite == &suite_secp256k1
		? DKG_TRANSCRIPT_BYTES_MAX
		: DKG_TRANSCRIPT_BYTES_MAX -
		    (sizeof DKG_SECP256K1_SUITE - sizeof DKG_TREE_SUITE) -
		    DKG_PARTIES_MAX * DKG_COMMITMENTS_MAX);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dkg");
	TCase *tc = tcase_create("dkg");

	if (sodium_init() < 0)
		return 3;
	tcase_set_timeout(tc, 300);
	if (suite == &suite_ed25519)
		tcase_add_loop_test(tc, published, 0, 4);
	tcase_add_loop_test(tc, random_trees, 0, 15);
	tcase_add_test(tc, no_roster_id_no_signature);
	tcase_add_loop_test(tc, dealer_refused, 0,
	    (int)(sizeof dealers / sizeof *dealers));
	tcase_add_test(tc, derived_identity_names_the_dealer);
	tcase_add_test(tc, zero_coefficient_not_dealt);
	tcase_add_test(tc, dealings_stay_in_their_ceremony);
	tcase_add_test(tc, ceremony_refused);
	tcase_add_test(tc, secrets_differ);
	tcase_add_test(tc, sums_in_turn);
	tcase_add_loop_test(tc, complaint_stands, 0,
	    (int)(sizeof sealers / sizeof *sealers));
	tcase_add_test(tc, complaint_falls);
	tcase_add_test(tc, true_proofs_of_a_good_ciphertext);
	tcase_add_test(tc, largest);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
