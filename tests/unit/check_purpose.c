/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quorum/purpose.h: the moved key is the key of the moved shares along every
 * tree, what it signs is good for nothing else, and only what a `sign` line
 * says can be signed. Requests and their files: check_seat.c.
 */
#include "quorum/purpose.h"
#include "tests/unit/quorum_help.h"
#include "tests/unit/suite.h"

enum { TREES = 24 };

static struct frost_roster roster;
static struct frost_key_share share[FROST_PARTIES_MAX];

static void
deal(uint64_t *state, unsigned leaves_max)
{
	memset(&roster, 0, sizeof roster);
	memset(share, 0, sizeof share);
	for (unsigned i = 0; i < FROST_PARTIES_MAX; i++)
		suite->point_identity(&roster.share[i]);
	help_sharing_tree(state, &roster.tree, leaves_max);
	help_deal(state, &roster, share);
	for (unsigned i = roster.tree.leaves; i < FROST_PARTIES_MAX; i++)
		suite->point_identity(&roster.share[i]);
}

/* One signature by the cheapest set of `r`, whose shares are s. */
static enum rc
sign(uint64_t *state, uint8_t sig[static 64], const struct frost_roster *r,
    const struct frost_key_share *s, const uint8_t *message, size_t n)
{
	static const uint8_t cost[TREE_LEAVES_MAX];
	static struct frost_nonces nonces[FROST_PARTIES_MAX];
	static struct frost_session session;
	static struct signing_package pkg;
	struct tree_set all = {{UINT64_MAX, UINT64_MAX}}, set, culprits;
	struct scalar z[FROST_PARTIES_MAX] = {{{0}}};
	struct frost_binding binding;
	enum rc rc;

	ck_assert(tree_minimal_set(&r->tree, &all, cost, &set));
	memset(&pkg, 0, sizeof pkg);
	memcpy(pkg.roster_id, r->id, sizeof r->id);
	pkg.message = message;
	pkg.message_bytes = n;
	memcpy(binding.roster_id, r->id, sizeof r->id);
	crypto_hash_sha256(binding.message_id, message, n);
	help_bytes(state, binding.boot_id, sizeof binding.boot_id);
	for (unsigned id = 1; id <= r->tree.leaves; id++) {
		uint8_t random[64];

		if (!tree_set_has(&set, id))
			continue;
		help_bytes(state, random, sizeof random);
		ck_assert_rc(frost_commit(&nonces[id - 1],
				 &pkg.list[pkg.count++], suite, &s[id - 1],
				 &binding, random, random + 32),
		    RC_OK);
	}
	rc = frost_session_open(&session, NULL, r, &pkg);
	for (unsigned id = 1; rc == RC_OK && id <= r->tree.leaves; id++)
		if (tree_set_has(&set, id))
			rc = frost_sign(&z[id - 1], &nonces[id - 1],
			    &s[id - 1], r, binding.boot_id, &pkg);
	if (rc == RC_OK)
		rc = frost_aggregate(
		    sig, &culprits, &session, r, message, n, z);
	return rc;
}

static void
move(struct frost_roster *to, struct frost_key_share *shares,
    const char *purpose)
{
	ck_assert_rc(purpose_roster(to, &roster, slice_of(purpose)), RC_OK);
	for (unsigned i = 0; i < roster.tree.leaves; i++) {
		ck_assert_rc(purpose_share(&shares[i], &share[i], &roster,
				 slice_of(purpose)),
		    RC_OK);
		ck_assert_rc(frost_key_share_check(&shares[i], to), RC_OK);
	}
}

/* The moved roster is a roster: its shares are those of its key, and each
 * moved share is the one that it names. */
START_TEST(every_tree)
{
	static struct frost_key_share moved_share[FROST_PARTIES_MAX];
	static struct frost_roster moved;
	uint64_t state = (uint64_t)_i + 71;
	uint8_t sig[64];
	struct point key;

	deal(&state, 12);
	move(&moved, moved_share, "mcuboot");
	ck_assert_rc(frost_roster_check(&moved), RC_OK);
	ck_assert_rc(
	    purpose_key(&key, suite, &roster.key, slice_of("mcuboot")), RC_OK);
	ck_assert_mem_eq(&key, &moved.key, sizeof key);
	ck_assert_mem_ne(key.b, roster.key.b, sizeof key.b);
	for (unsigned i = 0; i < roster.tree.leaves; i++)
		ck_assert_rc(
		    frost_key_share_check(&moved_share[i], &moved), RC_OK);
	ck_assert_rc(sign(&state, sig, &moved, moved_share,
			 (const uint8_t *)"digest", 6),
	    RC_OK);
	ck_assert(help_accepted(sig, &moved.key, (const uint8_t *)"digest", 6));
	ck_assert(
	    !help_accepted(sig, &roster.key, (const uint8_t *)"digest", 6));
}
END_TEST

/* A share that was not moved, or to another purpose, is caught before it
 * leaves, and nobody learns z. */
START_TEST(shares_do_not_mix)
{
	static struct frost_key_share moved_share[FROST_PARTIES_MAX],
	    other_share[FROST_PARTIES_MAX];
	static struct frost_roster moved, other;
	const uint8_t *text = (const uint8_t *)"text";
	uint64_t state = 5;
	uint8_t sig[64];

	deal(&state, 6);
	move(&moved, moved_share, "mcuboot");
	move(&other, other_share, "sshsig");
	ck_assert_rc(sign(&state, sig, &moved, share, text, 4),
	    RC_SHARE_INVALID);
	ck_assert_rc(sign(&state, sig, &roster, moved_share, text, 4),
	    RC_SHARE_INVALID);
	ck_assert_rc(sign(&state, sig, &moved, other_share, text, 4),
	    RC_SHARE_INVALID);
	ck_assert_rc(sign(&state, sig, &other, other_share, text, 4), RC_OK);
}
END_TEST

/* The text of a release with three `sign` lines. */
static size_t
text_make(char *out, size_t cap, const char *signs)
{
	return (size_t)snprintf(out, cap,
	    "quorate/release@v1\nauthority acme/test 1\nproduct acme/pump\n"
	    "version 1\nsequence 1\n"
	    "payload app 3 %064d\npayload boot 4 %064d\n"
	    "about\nproposed 1763700000\n%s",
	    7, 8, signs);
}

static void
line_find(struct purpose_line *out, const char *text, size_t n,
    const char *purpose, const char *component)
{
	uint8_t release[32], id[32];

	crypto_hash_sha256(release, (const uint8_t *)text, n);
	purpose_id(id, release, slice_of(purpose), slice_of(component));
	ck_assert_rc(purpose_find(out, (const uint8_t *)text, n, id), RC_OK);
}

/*
 * Four signatures that one approval allows: the release's own, two purposes
 * of one component, one of another. Each is good for one of the sixteen
 * pairs of key and message, and for no other.
 */
START_TEST(pairwise)
{
	static const struct {
		const char *purpose, *component;
	} what[4] = {{NULL, NULL}, {"mcuboot", "app"}, {"sshsig", "app"},
	    {"mcuboot", "boot"}};
	static struct frost_key_share moved_share[4][FROST_PARTIES_MAX];
	static struct frost_roster moved[4];
	uint64_t state = 11;
	struct purpose_line line[4];
	struct slice message[4];
	uint8_t sig[4][64];
	char text[1024];
	size_t n = text_make(text, sizeof text,
	    "sign mcuboot app\nsign mcuboot boot\nsign sshsig app\n");

	deal(&state, 6);
	moved[0] = roster;
	memcpy(moved_share[0], share, sizeof share);
	message[0] = (struct slice){(const uint8_t *)text, n};
	for (unsigned i = 1; i < 4; i++) {
		move(&moved[i], moved_share[i], what[i].purpose);
		line_find(
		    &line[i], text, n, what[i].purpose, what[i].component);
		message[i] =
		    (struct slice){line[i].message, line[i].message_n};
	}
	for (unsigned i = 0; i < 4; i++)
		ck_assert_rc(sign(&state, sig[i], &moved[i], moved_share[i],
				 message[i].p, message[i].n),
		    RC_OK);
	for (unsigned s = 0; s < 4; s++)
		for (unsigned k = 0; k < 4; k++)
			for (unsigned m = 0; m < 4; m++) {
				/* 1 and 3 are signed by one key */
				bool same_key = s == k || (s == 1 && k == 3) ||
				    (s == 3 && k == 1);

				ck_assert_int_eq(
				    help_accepted(sig[s], &moved[k].key,
					message[m].p, message[m].n),
				    s == m && same_key);
			}
}
END_TEST

START_TEST(lines)
{
	static const uint8_t wrapper[] = "SSHSIG\0\0\0\4file\0\0\0\0"
					 "\0\0\0\6sha256\0\0\0\40";
	struct purpose_line a;
	uint8_t release[32], id[32], digest[32];
	char text[1024];
	size_t n = text_make(text, sizeof text,
	    "sign dsse app\nsign mcuboot app\nsign sshsig boot\n");
	const uint8_t *t = (const uint8_t *)text;

	help_hex(digest, 32,
	    "0000000000000000000000000000000000000000000000000000000000000007");
	line_find(&a, text, n, "mcuboot", "app");
	ck_assert_uint_eq(a.message_n, 32);
	ck_assert_mem_eq(a.message, digest, 32);
	ck_assert_uint_eq(a.size, 3);
	digest[31] = 8;
	line_find(&a, text, n, "sshsig", "boot");
	ck_assert_uint_eq(a.message_n, 64);
	ck_assert_mem_eq(a.message, wrapper, 32);
	ck_assert_mem_eq(a.message + 32, digest, 32);

	crypto_hash_sha256(release, t, n);
	/* no such line; a purpose that is unknown; the release's own id */
	purpose_id(id, release, slice_of("sshsig"), slice_of("app"));
	ck_assert_rc(purpose_find(&a, t, n, id), RC_PURPOSE);
	purpose_id(id, release, slice_of("dsse"), slice_of("app"));
	ck_assert_rc(purpose_find(&a, t, n, id), RC_PURPOSE);
	ck_assert_uint_eq(a.message_n, 0);
	ck_assert_rc(purpose_find(&a, t, n, release), RC_PURPOSE);
	/* of another release */
	release[0] ^= 1;
	purpose_id(id, release, slice_of("mcuboot"), slice_of("app"));
	ck_assert_rc(purpose_find(&a, t, n, id), RC_PURPOSE);
}
END_TEST

/* Names and fields do not run into each other. */
START_TEST(ids)
{
	uint8_t release[32] = {1}, a[32], b[32], want[32];
	uint8_t bytes[32 + 13];

	purpose_id(a, release, slice_of("mcuboot"), slice_of("app"));
	purpose_id(b, release, slice_of("mcuboota"), slice_of("pp"));
	ck_assert_mem_ne(a, b, 32);
	memcpy(bytes, release, 32);
	memcpy(bytes + 32, "\nmcuboot\napp\n", 13);
	crypto_hash_sha256(want, bytes, sizeof bytes);
	ck_assert_mem_eq(a, want, 32);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("purpose");
	TCase *t = tcase_create("purpose");

	if (sodium_init() < 0)
		return 1;
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, every_tree, 0, TREES);
	tcase_add_test(t, shares_do_not_mix);
	tcase_add_test(t, pairwise);
	tcase_add_test(t, lines);
	tcase_add_test(t, ids);
	suite_add_tcase(s, t);
	return suite_run(s);
}
