/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets under a magnifying glass. Run plainly this is one ceremony and one
 * signature. Run under valgrind (tests/ctime/quorum.test.sh) every secret is
 * marked as undefined memory, so that a jump or an address that depends on
 * one is reported; what is published is marked defined again, here. For keys of
 * either curve.
 */
#include "tests/unit/quorum_help.h"
#include "quorum/dkg.h"
#include "quorum/purpose.h"
#include "quorum/reshare.h"
#include "tests/unit/suite.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define SECRET(x) VALGRIND_MAKE_MEM_UNDEFINED(&(x), sizeof(x))
#define PUBLIC(x) VALGRIND_MAKE_MEM_DEFINED(&(x), sizeof(x))
#else
#define SECRET(x) ((void)&(x))
#define PUBLIC(x) ((void)&(x))
#endif

#define PARTIES 5

static struct tree tree;
static struct frost_roster roster;
static struct frost_key_share share[PARTIES];
static uint64_t state = 1;

/* A result is public, though it was computed from secrets. */
static void
expect(enum rc rc, enum rc want)
{
	PUBLIC(rc);
	ck_assert_int_eq((int)rc, (int)want);
}

static struct dkg_ceremony ceremony;
static struct dkg_key key[PARTIES];
static struct dkg_dealing dealing[PARTIES];

static void
deal(unsigned i)
{
	struct dkg_secret secret;
	uint8_t seed[32];

	help_bytes(&state, seed, sizeof seed);
	SECRET(seed);
	dkg_secret_make(&secret, &ceremony, &key[i], seed);
	expect(dkg_deal(&dealing[i], &ceremony, i + 1, &key[i], &secret),
	    RC_OK);
	PUBLIC(dealing[i]);
}

static void
ceremony_run(void)
{
	struct point keys[PARTIES];
	struct dkg_sum sum;
	uint8_t random[64], sig[DKG_SIG_BYTES];
	unsigned culprit;

	help_jurisdictions(&tree);
	for (unsigned i = 0; i < PARTIES; i++) {
		help_bytes(&state, random, sizeof random);
		SECRET(random);
		expect(dkg_key_make(&key[i], random), RC_OK);
		PUBLIC(key[i].p);
		keys[i] = key[i].p;
	}
	expect(dkg_init(&ceremony, &culprit, suite, &tree, keys, random, 0),
	    RC_OK);
	for (unsigned i = 0; i < PARTIES; i++)
		deal(i);
	for (unsigned j = 0; j < PARTIES; j++) {
		dkg_sum_init(&sum, j + 1);
		for (unsigned i = 0; i < PARTIES; i++)
			expect(dkg_sum_add(
				   &sum, &ceremony, &key[j], &dealing[i]),
			    RC_OK);
		expect(
		    dkg_finish(&roster, &share[j], &ceremony, &sum), RC_OK);
	}
	dkg_transcript_sign(sig, &key[0], (const uint8_t *)"text", 4);
	PUBLIC(sig);
	expect(dkg_transcript_verify(
		   sig, &ceremony, 1, (const uint8_t *)"text", 4),
	    RC_OK);
}

/* The five holders deal their shares along a flat 3 of 4. */
static void
reshare_run(void)
{
	static struct dkg_dealing dealt[PARTIES];
	static struct frost_roster before, after;
	struct dkg_ceremony c;
	struct dkg_key dealer[PARTIES], receiver[4];
	struct point keys[4];
	struct tree flat;
	struct tree_set chosen = {{1 | 8 | 16, 0}};
	struct frost_key_share fresh;
	uint8_t random[64], sid[DKG_SESSION_BYTES] = {5};
	unsigned culprit;

	before = roster;
	before.id[0] = 1;
	help_flat(&flat, 3, 4);
	for (unsigned i = 0; i < 4; i++) {
		help_bytes(&state, random, sizeof random);
		SECRET(random);
		expect(dkg_key_make(&receiver[i], random), RC_OK);
		PUBLIC(receiver[i].p);
		keys[i] = receiver[i].p;
	}
	expect(reshare_init(&c, &culprit, &before, &flat, keys, sid), RC_OK);
	for (unsigned i = 0; i < PARTIES; i++) {
		struct dkg_secret secret;
		struct frost_key_share old = share[i];
		uint8_t seed[32];

		old.roster_id[0] = 1;
		help_bytes(&state, random, sizeof random);
		SECRET(random);
		expect(dkg_key_make(&dealer[i], random), RC_OK);
		PUBLIC(dealer[i].p);
		expect(reshare_dealer(&c, i + 1, &dealer[i].p), RC_OK);
		help_bytes(&state, seed, sizeof seed);
		SECRET(seed);
		reshare_secret_make(&secret, &c, &dealer[i], seed, &old);
		expect(dkg_deal(&dealt[i], &c, i + 1, &dealer[i], &secret),
		    RC_OK);
		PUBLIC(dealt[i]);
		expect(dkg_dealing_check(&c, &dealt[i]), RC_OK);
	}
	for (unsigned id = 1; id <= 4; id++)
		expect(reshare_finish(&after, &fresh, &culprit, &c, &before,
			   &chosen, dealt, id, &receiver[id - 1]),
		    RC_OK);
}

static void
complain(void)
{
	struct dkg_complaint complaint;
	unsigned culprit;

	dealing[1].ciphertext[3][0] ^= 1;
	expect(dkg_complaint_make(
		   &complaint, &ceremony, 4, &key[3], &dealing[1]),
	    RC_OK);
	PUBLIC(complaint);
	expect(dkg_complaint_check(
		   &complaint, &culprit, &ceremony, &dealing[1]),
	    RC_OK);
	ck_assert_uint_eq(culprit, 2);
}

/* By these shares, for this roster: the group's, or a purpose's. */
static void
sign(void)
{
	static const uint8_t boot[FROST_BOOT_ID_BYTES], text[] = "text";
	static struct signing_package pkg;
	static struct frost_session session;
	static struct frost_nonces nonces[PARTIES];
	struct tree_set set = {{1 | 8 | 16, 0}}, culprits;
	struct scalar z[FROST_PARTIES_MAX] = {0};
	struct frost_binding binding = {0};
	uint8_t a[32], b[32], sig[64];

	memset(&pkg, 0, sizeof pkg);
	roster.id[0] = binding.roster_id[0] = pkg.roster_id[0] = 1;
	pkg.message = text;
	pkg.message_bytes = 4;
	crypto_hash_sha256(binding.message_id, text, 4);
	for (unsigned i = 0; i < PARTIES; i++) {
		share[i].roster_id[0] = 1;
		expect(frost_key_share_check(&share[i], &roster), RC_OK);
		if (!tree_set_has(&set, i + 1))
			continue;
		help_bytes(&state, a, 32);
		help_bytes(&state, b, 32);
		SECRET(a);
		SECRET(b);
		expect(frost_commit(&nonces[i], &pkg.list[pkg.count], suite,
			   &share[i], &binding, a, b),
		    RC_OK);
		PUBLIC(pkg.list[pkg.count]);
		/* what was published is public in our own copy as well */
		PUBLIC(nonces[i].commitment);
		pkg.count++;
	}
	for (unsigned i = 0; i < PARTIES; i++)
		if (tree_set_has(&set, i + 1)) {
			expect(frost_sign(&z[i], &nonces[i], &share[i],
				   &roster, boot, &pkg),
			    RC_OK);
			PUBLIC(z[i]);
		}
	expect(frost_session_open(&session, NULL, &roster, &pkg), RC_OK);
	expect(frost_aggregate(
		   sig, &culprits, &session, &roster, text, 4, z),
	    RC_OK);
}

/* The same by the moved shares, as a seat makes them for one signature. */
static void
sign_purpose(void)
{
	const struct slice name = {(const uint8_t *)"mcuboot", 7};
	static struct frost_roster moved;
	struct frost_key_share s;

	expect(purpose_roster(&moved, &roster, name), RC_OK);
	for (unsigned i = 0; i < PARTIES; i++) {
		expect(purpose_share(&s, &share[i], &roster, name), RC_OK);
		expect(frost_key_share_check(&s, &moved), RC_OK);
		share[i] = s;
	}
	roster = moved;
	sign();
}

START_TEST(secrets)
{
	ceremony_run();
	reshare_run();
	complain();
	sign();
	sign_purpose();
}
END_TEST

/* A jump on a secret, to see that it is seen. */
static int
control(void)
{
	uint8_t secret[32];

	help_bytes(&state, secret, sizeof secret);
	SECRET(secret);
	return secret[0] > 250 ? 1 : 0;
}

int
main(int argc, char **argv)
{
	Suite *s = suite_create("ctime");
	TCase *tc = tcase_create("ctime");

	if (sodium_init() < 0)
		return 3;
	if (argc == 2 && strcmp(argv[1], "control") == 0)
		return control();
	tcase_set_timeout(tc, 600);
	tcase_add_test(tc, secrets);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
