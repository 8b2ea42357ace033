/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole ceremony and every signing session of a tree of three
 * jurisdictions, held byte for byte to tests/vectors/frost_tree.json, which
 * another reader of docs/crypto.md computed (tests/foreign/frost_tree.py).
 */
#include "tests/unit/quorum_help.h"
#include "quorum/dkg.h"
#include "tests/unit/suite.h"

static json_t *file;
static struct tree tree;
static struct dkg_ceremony ceremony;
static struct dkg_key key[DKG_PARTIES_MAX];
static struct dkg_dealing dealing[DKG_PARTIES_MAX];
static struct frost_roster roster;
static struct frost_key_share share[DKG_PARTIES_MAX];

enum { DEALING_BYTES_MAX = 32 * DKG_COMMITMENTS_MAX + 96 + 56 * DKG_PARTIES_MAX };

static void
same(const void *got, size_t n, const char *hex)
{
	static uint8_t want[DEALING_BYTES_MAX];

	ck_assert_uint_eq(strlen(hex), 2 * n);
	help_hex(want, n, hex);
	ck_assert_mem_eq(got, want, n);
}

static void
same_field(const void *got, size_t n, const json_t *object, const char *field)
{
	same(got, n, help_string(object, field));
}

static unsigned
number(const json_t *object, const char *field)
{
	return (unsigned)json_integer_value(json_object_get(object, field));
}

static void
read_tree(void)
{
	json_t *line, *member;
	size_t i, j;

	ck_assert_rc(tree_init(&tree, number(file, "parties")), RC_OK);
	json_array_foreach(json_object_get(file, "groups"), i, line)
	{
		uint8_t nodes[TREE_MEMBERS_MAX];
		unsigned k = 0;

		json_array_foreach(line, j, member)
		{
			const char *s = json_string_value(member);

			if (j == 0)
				k = (unsigned)json_integer_value(member);
			else
				nodes[j - 1] = (uint8_t)(s[1] - '0' +
				    (s[0] == 'g' ? TREE_LEAVES_MAX : 0));
		}
		ck_assert_rc(tree_add_group(&tree, k, nodes,
				 json_array_size(line) - 1),
		    RC_OK);
	}
	ck_assert_rc(tree_finish(&tree, TREE_GROUP(tree.groups - 1)), RC_OK);
	ck_assert_uint_eq(tree.commitments, number(file, "commitments"));
	json_array_foreach(json_object_get(file, "party_of_leaf"), i, member)
	    ck_assert_uint_eq(tree.party[i],
		(unsigned)json_integer_value(member));
	ck_assert_uint_eq(i, tree.leaves);
}

/* As the file has one: C || PoP || E || for each leaf be64(48) || ciphertext. */
static size_t
dealing_bytes(uint8_t out[static DEALING_BYTES_MAX],
    const struct dkg_dealing *d)
{
	static const uint8_t length[8] = {[7] = DKG_CIPHERTEXT_BYTES};
	uint8_t *at = out;

	for (unsigned k = 0; k < d->count; k++, at += 32)
		memcpy(at, d->commitment[k].b, 32);
	memcpy(at, d->pop, 64);
	memcpy(at + 64, d->ephemeral.b, 32);
	at += 96;
	for (unsigned j = 0; j < tree.leaves; j++, at += 56) {
		memcpy(at, length, 8);
		memcpy(at + 8, d->ciphertext[j], DKG_CIPHERTEXT_BYTES);
	}
	return (size_t)(at - out);
}

static void
deal(json_t *dealer, unsigned i)
{
	static uint8_t bytes[DEALING_BYTES_MAX];
	struct dkg_secret secret;
	struct scalar f;
	uint8_t seed[32];
	json_t *item;
	size_t k;

	help_hex(seed, 32, help_string(dealer, "seed"));
	dkg_secret_make(&secret, &ceremony, &key[i], seed);
	json_array_foreach(json_object_get(dealer, "coefficients"), k, item)
	    same(&secret.coefficient[k], 32, json_string_value(item));
	same_field(&secret.ephemeral, 32, dealer, "ephemeral");
	ck_assert_rc(
	    dkg_deal(&dealing[i], &ceremony, i + 1, &key[i], &secret), RC_OK);
	same_field(bytes, dealing_bytes(bytes, &dealing[i]), dealer, "message");
	json_array_foreach(json_object_get(dealer, "shares"), k, item)
	{
		ck_assert_rc(dkg_share_open(&f, &ceremony, (unsigned)k + 1,
				 &key[k], &dealing[i]),
		    RC_OK);
		same(&f, 32, json_string_value(item));
	}
}

static void
run_ceremony(void)
{
	json_t *dkg = json_object_get(file, "dkg"), *dealer;
	uint8_t session[DKG_SESSION_BYTES], random[64];
	struct point keys[DKG_PARTIES_MAX];
	unsigned culprit;
	size_t i;

	ck_assert_str_eq(help_string(dkg, "suite"), DKG_TREE_SUITE);
	json_array_foreach(json_object_get(dkg, "dealers"), i, dealer)
	{
		help_hex(random, 64, help_string(dealer, "key_random"));
		ck_assert_rc(dkg_key_make(&key[i], random), RC_OK);
		same_field(&key[i].d, 32, dealer, "d");
		same_field(&key[i].p, 32, dealer, "P");
		keys[i] = key[i].p;
	}
	help_hex(session, sizeof session, help_string(dkg, "session_id"));
	ck_assert_rc(dkg_init(&ceremony, &culprit, &suite_ed25519, &tree, keys, session,
			 sizeof session),
	    RC_OK);
	same_field(ceremony.context, 64, dkg, "context");
	json_array_foreach(json_object_get(dkg, "dealers"), i, dealer)
	    deal(dealer, (unsigned)i);
}

START_TEST(certificate)
{
	json_t *dkg = json_object_get(file, "dkg"), *dealer;
	static uint8_t transcript[DKG_TRANSCRIPT_BYTES_MAX];
	uint8_t extension[DKG_EXTENSION_BYTES], hash[64], sig[64];
	size_t i, n;

	dkg_extension(extension, &ceremony, dealing);
	same_field(extension, sizeof extension, dkg, "extension");
	n = dkg_transcript(
	    transcript, &ceremony, dealing, extension, sizeof extension);
	crypto_hash_sha512(hash, transcript, n);
	same_field(hash, sizeof hash, dkg, "transcript_sha512");
	json_array_foreach(json_object_get(dkg, "dealers"), i, dealer)
	{
		dkg_transcript_sign(sig, &key[i], transcript, n);
		same_field(sig, sizeof sig, dealer, "signature");
		ck_assert_rc(dkg_transcript_verify(sig, &ceremony,
				 (unsigned)i + 1, transcript, n),
		    RC_OK);
	}
}
END_TEST

START_TEST(complaint)
{
	json_t *c = json_object_get(json_object_get(file, "dkg"), "complaint");
	unsigned from = number(c, "dealer"), to = number(c, "receiver");
	struct dkg_dealing spoilt = dealing[from - 1];
	struct dkg_complaint got;
	unsigned culprit;

	help_hex(spoilt.ciphertext[to - 1], DKG_CIPHERTEXT_BYTES,
	    help_string(c, "ciphertext"));
	ck_assert_rc(
	    dkg_complaint_make(&got, &ceremony, to, &key[to - 1], &spoilt),
	    RC_OK);
	for (unsigned w = 0; w < 2; w++) {
		json_t *proof =
		    json_array_get(json_object_get(c, "proofs"), w);

		same_field(&got.shared[w], 32, proof, "shared");
		same_field(&got.proof[w].c, 32, proof, "c");
		same_field(&got.proof[w].z, 32, proof, "z");
	}
	ck_assert_rc(
	    dkg_complaint_check(&got, &culprit, &ceremony, &spoilt), RC_OK);
	ck_assert_uint_eq(culprit, from);
}
END_TEST

/* Shares, verification shares and key; run before the sessions. */
static void
finish(void)
{
	struct dkg_sum sum;

	for (unsigned j = 0; j < tree.leaves; j++) {
		dkg_sum_init(&sum, j + 1);
		for (unsigned i = 0; i < tree.leaves; i++)
			ck_assert_rc(dkg_sum_add(
					 &sum, &ceremony, &key[j], &dealing[i]),
			    RC_OK);
		ck_assert_rc(
		    dkg_finish(&roster, &share[j], &ceremony, &sum), RC_OK);
		same(&share[j].s, 32,
		    json_string_value(json_array_get(
			json_object_get(file, "shares"), j)));
		same(&roster.share[j], 32,
		    json_string_value(json_array_get(
			json_object_get(file, "verification_shares"), j)));
	}
	same_field(&roster.key, 32, file, "key");
	help_hex(roster.id, 32, help_string(file, "roster_id"));
	for (unsigned j = 0; j < tree.leaves; j++) {
		memcpy(share[j].roster_id, roster.id, 32);
		ck_assert_rc(frost_key_share_check(&share[j], &roster), RC_OK);
	}
}

START_TEST(minimal_sets)
{
	struct scalar lambda[TREE_LEAVES_MAX];
	unsigned found = 0;
	json_t *entry;
	size_t i, j;

	json_array_foreach(json_object_get(file, "minimal_sets"), i, entry)
	{
		json_t *ids = json_object_get(entry, "ids"), *id;
		struct tree_set set = {{0}};

		json_array_foreach(ids, j, id)
		    tree_set_add(&set, (unsigned)json_integer_value(id));
		ck_assert_rc(
		    tree_coefficients(&tree, suite, &set, lambda), RC_OK);
		json_array_foreach(ids, j, id)
		    same(&lambda[json_integer_value(id) - 1], 32,
			json_string_value(json_array_get(
			    json_object_get(entry, "coefficients"), j)));
	}
	for (uint64_t bits = 0; bits < UINT64_C(1) << tree.leaves; bits++)
		found += tree_set_is_minimal(
		    &tree, &(struct tree_set){{bits, 0}});
	ck_assert_uint_eq(found, i);
}
END_TEST

static void
session_commit(json_t *entry, struct signing_package *pkg,
    struct frost_nonces *nonces, struct frost_binding *binding)
{
	json_t *signer;
	size_t i;

	memcpy(pkg->roster_id, roster.id, 32);
	memcpy(binding->roster_id, roster.id, 32);
	crypto_hash_sha256(
	    binding->message_id, pkg->message, pkg->message_bytes);
	json_array_foreach(json_object_get(entry, "signers"), i, signer)
	{
		unsigned id = number(signer, "id");
		struct frost_commitment *c = &pkg->list[pkg->count++];
		uint8_t a[32], b[32];

		help_hex(a, 32, help_string(signer, "hiding_randomness"));
		help_hex(b, 32, help_string(signer, "binding_randomness"));
		ck_assert_rc(frost_commit(&nonces[id - 1], c, suite,
				 &share[id - 1], binding, a, b),
		    RC_OK);
		same_field(&nonces[id - 1].d, 32, signer, "d");
		same_field(&nonces[id - 1].e, 32, signer, "e");
		same_field(&c->d, 32, signer, "D");
		same_field(&c->e, 32, signer, "E");
	}
}

START_TEST(sessions)
{
	json_t *entry = json_array_get(
	    json_object_get(file, "sessions"), (size_t)_i);
	static struct signing_package pkg;
	static struct frost_nonces nonces[FROST_PARTIES_MAX];
	static struct frost_session session;
	struct scalar z[FROST_PARTIES_MAX] = {0};
	struct frost_binding binding = {0};
	struct tree_set culprits;
	uint8_t message[128], sig[64];
	json_t *signer;
	size_t i;

	ck_assert_ptr_nonnull(entry);
	memset(&pkg, 0, sizeof pkg);
	pkg.message = message;
	pkg.message_bytes = strlen(help_string(file, "message")) / 2;
	help_hex(message, pkg.message_bytes, help_string(file, "message"));
	session_commit(entry, &pkg, nonces, &binding);
	ck_assert_rc(frost_session_open(&session, NULL, &roster, &pkg), RC_OK);
	same_field(&session.r, 32, entry, "group_commitment");
	same_field(&session.challenge, 32, entry, "challenge");
	json_array_foreach(json_object_get(entry, "signers"), i, signer)
	{
		unsigned id = number(signer, "id");

		same_field(&session.rho[id - 1], 32, signer, "rho");
		ck_assert_rc(frost_sign(&z[id - 1], &nonces[id - 1],
				 &share[id - 1], &roster, binding.boot_id,
				 &pkg),
		    RC_OK);
		same_field(&z[id - 1], 32, signer, "z");
	}
	ck_assert_rc(frost_aggregate(sig, &culprits, &session, &roster, message,
			 pkg.message_bytes, z),
	    RC_OK);
	same_field(sig, sizeof sig, entry, "signature");
}
END_TEST

static void
setup(void)
{
	file = help_json("frost_tree.json");
	read_tree();
	run_ceremony();
	finish();
}

static void
teardown(void)
{
	json_decref(file);
}

START_TEST(as_many_sessions_as_sets)
{
	ck_assert_uint_eq(json_array_size(json_object_get(file, "sessions")),
	    json_array_size(json_object_get(file, "minimal_sets")));
	ck_assert_uint_eq(
	    json_array_size(json_object_get(file, "sessions")), 5);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("frost_tree");
	TCase *tc = tcase_create("frost_tree");

	if (sodium_init() < 0)
		return 3;
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, certificate);
	tcase_add_test(tc, complaint);
	tcase_add_test(tc, minimal_sets);
	tcase_add_test(tc, as_many_sessions_as_sets);
	tcase_add_loop_test(tc, sessions, 0, 5);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
