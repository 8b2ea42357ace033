/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer/seat.c: what a `sign` line of a logged release allows, and nothing
 * else; with a record that fails at any step.
 */
#include "signer/seat.h"
#include "tests/unit/seat_world.h"
#include "tests/unit/suite.h"

static struct said a, b;
static struct small rel, pkg, pkg2;

/* The group's signature over a text, by its shares and no seat. */
static void
group_sign(uint8_t sig[static 64], const struct text *t)
{
	static struct frost_nonces nonces[2];
	struct frost_session session;
	struct signing_package f = {.message = (uint8_t *)t->p,
	    .message_bytes = t->n,
	    .count = 2};
	struct frost_binding binding = {.boot_id = {1}};
	struct scalar z[FROST_PARTIES_MAX] = {0};
	struct tree_set culprits;

	memcpy(f.roster_id, frost.id, 32);
	memcpy(binding.roster_id, frost.id, 32);
	crypto_hash_sha256(binding.message_id, f.message, f.message_bytes);
	for (unsigned i = 0; i < 2; i++) {
		uint8_t random[64];

		help_bytes(&dice, random, sizeof random);
		ck_assert_rc(frost_commit(&nonces[i], &f.list[i],
				 &suite_ed25519, &party[i].share, &binding,
				 random, random + 32),
		    RC_OK);
	}
	for (unsigned i = 0; i < 2; i++)
		ck_assert_rc(frost_sign(&z[i], &nonces[i], &party[i].share,
				 &frost, binding.boot_id, &f),
		    RC_OK);
	ck_assert_rc(frost_session_open(&session, NULL, &frost, &f), RC_OK);
	ck_assert_rc(frost_aggregate(sig, &culprits, &session, &frost,
			 f.message, f.message_bytes, z),
	    RC_OK);
}

/* Appends the release file of a text: the group's line, and the proof of a
 * log that holds nothing else. */
static void
file_put(struct text *out, const struct small *r)
{
	char checkpoint[512], cosigned[600];
	struct help_key log, mirror;
	uint8_t sig[64], id[4], leaf[32], blob[SIG_COSIGNATURE_BYTES] = {0};
	size_t start = out->n;
	struct text t, over;

	help_key(&log, "log.example", 201, KEY_ED25519);
	help_key(&mirror, "mirror.example", 202, KEY_COSIGNATURE);
	text_put(out, r->t.p, r->t.n);
	text_string(out, "\n");
	group_sign(sig, &r->t);
	vkey_id(id, (struct slice){(const uint8_t *)NAME, strlen(NAME)},
	    KEY_ED25519, group.key);
	text_sigline(out, (struct slice){(const uint8_t *)NAME, strlen(NAME)},
	    id, sig);
	merkle_leaf(leaf, (uint8_t *)out->p + start, out->n - start);
	text_string(out, "\nc2sp.org/tlog-proof@v1\nindex 0\n\n");
	text_init(&t, checkpoint, sizeof checkpoint);
	text_string(&t, "log.example\n1\n");
	text_base64(&t, leaf, 32);
	text_string(&t, "\n");
	text_init(&over, cosigned, sizeof cosigned);
	text_printf(&over, "cosignature/v1\ntime %llu\n",
	    (unsigned long long)HELP_NOW);
	text_put(&over, t.p, t.n);
	vkey_id(blob,
	    (struct slice){
		(const uint8_t *)mirror.name, strlen(mirror.name)},
	    KEY_COSIGNATURE, mirror.key);
	for (unsigned i = 0; i < 8; i++)
		blob[4 + i] = (uint8_t)(HELP_NOW >> (56 - 8 * i));
	ed25519_sign(blob + 12, mirror.seed, (uint8_t *)over.p, over.n);
	help_sign(&t, &log);
	text_printf(&t, "\xe2\x80\x94 %s ", mirror.name);
	text_base64(&t, blob, sizeof blob);
	text_string(&t, "\n");
	text_put(out, t.p, t.n);
	ck_assert(!t.full && !over.full && !out->full);
}

static char ask_bytes[16384];
static uint8_t ask_id[32];

/* A request for what a text allows; the text is put to no seat here. */
static void
ask_put(struct text *out, const struct small *r, const char *signer,
    const char *purpose, const char *component)
{
	struct message_purpose m = {
	    .signer = {(const uint8_t *)signer, strlen(signer)},
	    .purpose = {(const uint8_t *)purpose, strlen(purpose)},
	    .component = {(const uint8_t *)component, strlen(component)}};

	memcpy(m.release, r->id, 32);
	purpose_id(ask_id, r->id, m.purpose, m.component);
	memcpy(m.message, ask_id, 32);
	text_init(out, ask_bytes, sizeof ask_bytes);
	purpose_build(out, &m);
	help_sign(out, &pipeline);
	text_string(out, "\n");
	file_put(out, r);
}

static enum rc
ask_at(struct said *s, struct party *p, const struct text *request,
    uint64_t unix_s)
{
	struct purpose_request req;
	struct seat_now now;
	struct bundle bundle;

	said_begin(s, &now, unix_s);
	ck_assert_rc(bundle_init(
			 &bundle, (uint8_t *)request->p, request->n),
	    RC_OK);
	s->rc = purpose_take(&req, &bundle);
	if (s->rc == RC_OK)
		s->rc = seat_purpose(p->seat, &s->out, &now, &req);
	read_notes(s, p);
	return s->rc;
}

static struct text ask;

/* A release that all have approved, logged; the request for its first line. */
static void
purpose_world(void)
{
	release_text(&rel, 42, "1");
	text_string(&rel.t, "sign mcuboot app\nsign sshsig app\n");
	crypto_hash_sha256(rel.id, (uint8_t *)rel.t.p, rel.t.n);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_rc(propose(&a, &party[i], &rel.t), RC_OK);
		ck_assert_uint_eq(a.approve_n, 1);
	}
	for (unsigned i = 0; i < PARTIES; i++) {
		party[i].fake.logged.sequence = 42;
		memcpy(party[i].fake.logged.id, rel.id, 32);
		unlock(&party[i]);
	}
	ask_put(&ask, &rel, "release", "mcuboot", "app");
}

START_TEST(purpose_signed)
{
	struct frost_roster moved;
	struct frost_session session;
	struct signing_package f;
	struct message_package m;
	struct purpose_line line;
	struct tree_set culprits;
	struct scalar z[FROST_PARTIES_MAX] = {0};
	struct message_share first;
	uint8_t sig[64], digest[32];

	purpose_world();
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_rc(
		    ask_at(i == 0 ? &a : &b, &party[i], &ask, HELP_NOW + 9),
		    RC_OK);
	}
	/* a commitment is all that is said; the release is not signed again */
	ck_assert_uint_eq(a.commit_n, 1);
	ck_assert_uint_eq(a.approve_n + a.line_n + a.refuse_n, 0);
	ck_assert_mem_eq(a.commit.message, ask_id, 32);
	package_text(&pkg, ask_id, frost.id, 1, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){a.commit, b.commit});
	package_text(&pkg2, ask_id, frost.id, 2, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){a.commit, b.commit});
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_rc(package(&b, &party[1], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 1);
	ck_assert_uint_eq(a.line_n, 0);
	ck_assert_uint_eq(party[0].fake.slot_n, 0); /* no sequence is used */
	first = a.share;

	/* under the purpose's key, over the payload's digest */
	ck_assert_rc(purpose_find(&line, (uint8_t *)rel.t.p, rel.t.n, ask_id),
	    RC_OK);
	ck_assert_rc(purpose_roster(&moved, &frost, line.name), RC_OK);
	ck_assert_rc(
	    package_parse(&m, (uint8_t *)pkg.t.p, pkg.t.n), RC_OK);
	memset(digest, 0, sizeof digest);
	digest[31] = 7;
	package_frost(&f, &m, digest, sizeof digest);
	ck_assert_rc(frost_session_open(&session, NULL, &moved, &f), RC_OK);
	z[0] = a.share.z;
	z[1] = b.share.z;
	ck_assert_rc(frost_aggregate(sig, &culprits, &session, &moved, digest,
			 sizeof digest, z),
	    RC_OK);
	ck_assert(help_accepted(sig, &moved.key, digest, 32));
	ck_assert(!help_accepted(sig, &frost.key, digest, 32));

	/* the same package, the same share; two for one commitment: one share
	 * (seen_share holds every note to that) */
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_mem_eq(&a.share.z, &first.z, sizeof first.z);
	ck_assert_rc(package(&a, &party[0], &pkg2.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 0);
	ck_assert_uint_eq(a.commit_n, 1);
	/* after a restart too: the record says what was approved */
	boot(&party[0]);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_mem_eq(&a.share.z, &first.z, sizeof first.z);
	ck_assert_rc(package(&a, &party[0], &pkg2.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 0);
	/* a nonce of one message serves no other, and no other roster */
	ck_assert_rc(package(&a, &party[1], &pkg.t), RC_OK);
	package_text(&pkg2, ask_id, rel.id, 3, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){a.commit, b.commit});
	ck_assert_rc(package(&a, &party[1], &pkg2.t), RC_ROSTER_MISMATCH);
	package_text(&pkg2, rel.id, frost.id, 3, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){a.commit, b.commit});
	ck_assert_rc(package(&a, &party[1], &pkg2.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 0);
}
END_TEST

/*
 * Each rule, broken alone. code: a refusal for good; otherwise nothing is
 * decided, and the good request that follows is answered.
 */
static void
purpose_case(const char *name, struct party *p, enum rc rc, const char *code,
    uint64_t at)
{
	unsigned rows = p->fake.decision_n;

	ck_assert_msg(ask_at(&a, p, &ask, at) == rc, "%s: %d", name, a.rc);
	ck_assert_uint_eq(a.commit_n + a.share_n + a.approve_n, 0);
	ck_assert_uint_eq(a.refuse_n, code != NULL);
	ck_assert_uint_eq(p->fake.decision_n, rows + (code != NULL));
	if (code == NULL)
		return;
	ck_assert_str_eq(a.code, code);
	ck_assert_rc(ask_at(&a, p, &ask, HELP_NOW), RC_OK);
	ck_assert_uint_eq(a.refuse_n, 1);
}

START_TEST(purpose_refused)
{
	struct party *p = &party[0];
	struct record_logged was;
	char *at;

	purpose_world();
	was = p->fake.logged;
	purpose_case("nobody approved it here", &party[2], RC_OK, "policy",
	    HELP_NOW);
	p->seat->frozen = true;
	purpose_case("frozen", p, RC_SEAT_LOCKED, NULL, HELP_NOW);
	p->seat->frozen = false;
	seat_lock(authority(p), "test");
	purpose_case("locked", p, RC_SEAT_LOCKED, NULL, HELP_NOW);
	unlock(p);
	ask_put(&ask, &rel, "other", "mcuboot", "app");
	purpose_case("signer", p, RC_PURPOSE_SIGNER, NULL, HELP_NOW);
	ask_put(&ask, &rel, "release", "sshsig", "boot");
	purpose_case("no line", p, RC_PURPOSE, NULL, HELP_NOW);
	ask_put(&ask, &rel, "release", "mcuboot", "app");
	at = memmem(ask.p, ask.n, "mirror.example", 14);
	at[0] = 'n'; /* nobody's line */
	purpose_case("no cosignature", p, RC_WITNESS_QUORUM, NULL, HELP_NOW);
	ask_put(&ask, &rel, "release", "mcuboot", "app");
	at = memmem(ask.p, ask.n, "\nindex 0", 8);
	at[7] = '1';
	ck_assert(ask_at(&a, p, &ask, HELP_NOW) != RC_OK);
	ck_assert_uint_eq(a.notes.n, 0);
	ask_put(&ask, &rel, "release", "mcuboot", "app");
	/* a proof from a day after tomorrow */
	purpose_case("time", p, RC_PROOF_FUTURE, NULL, HELP_NOW - 2 * 86400);
	/* after all that, the good one */
	ck_assert_rc(ask_at(&a, p, &ask, HELP_NOW), RC_OK);
	ck_assert_uint_eq(a.commit_n, 1);
	/* and what refuses for good, each in a run of its own */
	for (unsigned i = 0; i < 5; i++) {
		teardown();
		setup_shared();
		purpose_world();
		was = p->fake.logged;
		switch (i) {
		case 0:
			p->fake.logged.sequence = 43;
			purpose_case("newer", p, RC_OK, "sequence", HELP_NOW);
			break;
		case 1:
			p->fake.logged.id[0] ^= 1;
			purpose_case("twin", p, RC_OK, "sequence", HELP_NOW);
			break;
		case 2:
			p->fake.logged.floor_known = true;
			p->fake.logged.floor = 43;
			purpose_case("floor", p, RC_OK, "sequence", HELP_NOW);
			break;
		case 3:
			purpose_case("age", p, RC_OK, "age",
			    HELP_NOW + JUDGE_AGE_MAX_S + 1);
			break;
		default:
			p->fake.logged.sequence = 41;
			boot(p); /* approved, and not closed by the log yet */
			ck_assert_rc(person_says(&a, p, rel.id, false), RC_OK);
			p->fake.logged = was;
			unlock(p);
			purpose_case(
			    "refused", p, RC_OK, "policy", HELP_NOW);
			break;
		}
	}
}
END_TEST

/* What was good when the commitment left, and is not when the package comes. */
START_TEST(purpose_dies)
{
	struct party *p = &party[0];

	for (unsigned i = 0; i < 4; i++) {
		teardown();
		setup_shared();
		purpose_world();
		ck_assert_rc(ask_at(&a, p, &ask, HELP_NOW), RC_OK);
		ck_assert_rc(ask_at(&b, &party[1], &ask, HELP_NOW), RC_OK);
		package_text(&pkg, ask_id, frost.id, 1, 2,
		    (unsigned[]){0, 1},
		    (struct message_commit[]){a.commit, b.commit});
		switch (i) {
		case 0:
			p->fake.logged.sequence = 43;
			ck_assert_rc(package(&a, p, &pkg.t), RC_OK);
			ck_assert_str_eq(a.code, "sequence");
			break;
		case 1: /* the log is read first: closed */
			p->fake.logged.sequence = 43;
			unlock(p);
			ck_assert_rc(package(&a, p, &pkg.t), RC_OK);
			ck_assert_uint_eq(a.refuse_n, 0);
			break;
		case 2:
			ck_assert_rc(
			    seat_freeze(p->seat, true, "uid 0", HELP_NOW),
			    RC_OK);
			ck_assert_rc(
			    package(&a, p, &pkg.t), RC_SEAT_LOCKED);
			break;
		default:
			ck_assert_rc(package_at(&a, p, &pkg.t,
					 HELP_NOW + JUDGE_AGE_MAX_S + 1),
			    RC_OK);
			ck_assert_str_eq(a.code, "age");
			break;
		}
		ck_assert_uint_eq(a.share_n, 0);
		ck_assert(all_zero(
		    p->secrets->nonces, sizeof p->secrets->nonces));
	}
}
END_TEST

/* The record fails at each of its steps, before or after it took place. */
START_TEST(purpose_killed)
{
	struct party *p = &party[0];
	bool failed = false;

	purpose_world();
	p->fake.fail_at = p->fake.writes + (unsigned)_i / 2 + 1;
	p->fake.after = _i % 2 != 0;
	ck_assert_rc(ask_at(&b, &party[1], &ask, HELP_NOW), RC_OK);
	for (unsigned tries = 0; tries < 3; tries++) {
		struct message_commit cb = b.commit;

		if (ask_at(&a, p, &ask, HELP_NOW) == RC_OK) {
			package_text(&pkg, ask_id, frost.id, 1 + tries, 2,
			    (unsigned[]){0, 1},
			    (struct message_commit[]){a.commit, cb});
			if (package(&a, p, &pkg.t) == RC_OK) {
				ck_assert_uint_eq(a.share_n, 1);
				/* three writes of the request, three of
				 * the package */
				ck_assert_int_eq(failed, _i / 2 < 6);
				return;
			}
		}
		failed = true;
		ck_assert_rc(a.rc, RC_DATABASE);
		ck_assert(all_zero(
		    p->secrets->nonces, sizeof p->secrets->nonces));
		ck_assert_rc(ask_at(&a, p, &ask, HELP_NOW), RC_DATABASE);
		boot(p);
	}
	ck_abort_msg("no share");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("seat_purpose");
	TCase *tc = tcase_create("shared");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup_shared, teardown);
	tcase_add_test(tc, purpose_signed);
	tcase_add_test(tc, purpose_refused);
	tcase_add_test(tc, purpose_dies);
	tcase_add_loop_test(tc, purpose_killed, 0, 14);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
