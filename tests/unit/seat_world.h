/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the suites of signer/seat share: three parties with a seat and a record
 * each, of one group key or of plain keys; events told to a seat, and its
 * notes, read as a coordinator would and held to the rules that stand always.
 */
#ifndef TESTS_UNIT_SEAT_WORLD_H
#define TESTS_UNIT_SEAT_WORLD_H
#include <stdlib.h>
#include "quorum/bundle.h"
#include "quorum/roster_frost.h"
#include "tests/unit/fake_record.h"
#include "tests/unit/quorum_help.h"
#include "tests/unit/signer_help.h"

#define NAME	"acme.example/release"
#define PARTIES 3

/* ---- parties, a group, a plain authority ---------------------------- */

struct party {
	struct fake fake;
	struct help_key key;
	struct frost_key_share share;
	struct seat *seat;
	struct seat_secrets *secrets;
	unsigned boots;
};

static struct party party[PARTIES];
static struct help_key pipeline, group;
static char trust_bytes[4096], roster_bytes[8192];
static struct text trust_text, roster_text;
static struct trust trust;
static struct roster roster;
static struct frost_roster frost;
static struct judge_policy policy;
static uint64_t dice;
static bool plain;

/* Every share note that ever left anywhere: a nonce pair stands in one. */
static struct {
	struct point d;
	uint8_t digest[32];
} left[256];
static unsigned left_n;

static inline void
make_texts(void)
{
	struct frost_key_share shares[FROST_PARTIES_MAX];
	char signers[2000];
	struct text t;

	help_flat(&frost.tree, 2, PARTIES);
	help_deal(&dice, &frost, shares);
	help_key(&group, NAME, 99, KEY_ED25519);
	memcpy(group.key, frost.key.b, 32);
	help_vkey(group.vkey, sizeof group.vkey, NAME, KEY_ED25519, group.key);
	text_init(&t, signers, sizeof signers);
	if (plain) {
		for (unsigned i = 0; i < PARTIES; i++)
			text_printf(&t, "signer p%u %s -\n", i,
			    party[i].key.vkey);
		text_string(&t, "group g 2 p0 p1 p2\nquorum g\n");
	} else {
		text_printf(&t, "signer release %s -\nquorum release\n",
		    group.vkey);
	}
	text_init(&trust_text, trust_bytes, sizeof trust_bytes);
	help_trust(&trust_text, NAME, 1, signers,
	    plain ? "" : "shared release\n");
	ck_assert_rc(trust_read(&trust, (uint8_t *)trust_text.p,
			 trust_text.n, READER_HOST),
	    RC_OK);
	text_init(&roster_text, roster_bytes, sizeof roster_bytes);
	text_printf(&roster_text,
	    "quorate/roster@v1\nauthority %s 1\nsigner release\nserial 1\n"
	    "previous -\nproposed 1763600000\nkey %s\n",
	    NAME, group.vkey);
	for (unsigned i = 0; i < PARTIES; i++)
		text_printf(&roster_text, "party p%u %s -\n", i,
		    party[i].key.vkey);
	text_string(&roster_text, "group g 2 p0 p1 p2\nquorum g\n");
	for (unsigned i = 0; i < PARTIES; i++) {
		text_printf(&roster_text, "share p%u ", i);
		text_base64(&roster_text, frost.share[i].b, 32);
		text_string(&roster_text, "\n");
	}
	text_printf(&roster_text, "ceremony %064d\n", 0);
	ck_assert_rc(roster_parse(&roster, (uint8_t *)roster_text.p,
			 roster_text.n),
	    RC_OK);
	ck_assert_rc(roster_frost(&frost, &roster), RC_OK);
	for (unsigned i = 0; i < PARTIES; i++) {
		party[i].share = shares[i];
		memcpy(party[i].share.roster_id, frost.id, 32);
	}
}

static inline struct seat_authority *
authority(struct party *p)
{
	return &p->seat->authority[0];
}

static inline void
unlock(struct party *p)
{
	seat_unlock(p->seat, authority(p), plain ? NULL : roster.id);
}

/* A start of the process; the log has been read. */
static inline void
boot(struct party *p)
{
	uint8_t id[16];
	struct record ops = fake_ops;
	struct seat_authority *a;

	ops.context = &p->fake;
	free(p->seat);
	free(p->secrets);
	p->seat = calloc(1, sizeof *p->seat);
	p->secrets = calloc(1, sizeof *p->secrets);
	memcpy(p->secrets->seed, p->key.seed, 32);
	if (!plain)
		p->secrets->share[0] = p->share;
	help_bytes(&dice, id, sizeof id);
	seat_init(p->seat, &ops, p->secrets, p->key.name, id, p->fake.frozen);
	a = seat_authority_add(p->seat, NAME, &policy);
	ck_assert_ptr_nonnull(a);
	ck_assert_rc(seat_trust(p->seat, a, (uint8_t *)trust_text.p,
			 trust_text.n),
	    RC_OK);
	if (!plain)
		ck_assert_rc(seat_roster(p->seat, a,
				 (uint8_t *)roster_text.p, roster_text.n),
		    RC_OK);
	p->boots++;
	unlock(p);
}

static inline void
setup_as(bool as_plain)
{
	plain = as_plain;
	dice = 7;
	left_n = 0;
	help_key(&pipeline, "ci.example", 50, KEY_ED25519);
	memset(&policy, 0, sizeof policy);
	policy.step = JUDGE_STEP_DEFAULT;
	policy.products.count = 1;
	strcpy(policy.products.at[0], "acme.example/*");
	policy.proposer_count = 1;
	strcpy(policy.proposer[0].vkey, pipeline.vkey);
	policy.proposer[0].products = policy.products;
	for (unsigned i = 0; i < PARTIES; i++) {
		char name[32];

		memset(&party[i].fake, 0, sizeof party[i].fake);
		snprintf(name, sizeof name, "p%u.example", i);
		help_key(&party[i].key, name, (uint8_t)(60 + i), KEY_ED25519);
	}
	make_texts();
	for (unsigned i = 0; i < PARTIES; i++) {
		party[i].fake.logged.sequence = 41;
		boot(&party[i]);
	}
}

static inline void
setup_shared(void)
{
	setup_as(false);
}

static inline void
setup_plain(void)
{
	setup_as(true);
}

static inline void
teardown(void)
{
	for (unsigned i = 0; i < PARTIES; i++) {
		free(party[i].seat);
		free(party[i].secrets);
		party[i].seat = NULL;
		party[i].secrets = NULL;
	}
}

/* ---- events and what comes of them ---------------------------------- */

struct said {
	char bytes[2 * SEAT_ROOM];
	struct text notes;
	struct seat_out out;
	enum rc rc;
	/* what is in there */
	unsigned approve_n, refuse_n, commit_n, share_n, line_n;
	struct message_commit commit;
	struct message_share share;
	uint8_t share_digest[32];
	char code[32];
};

static inline void
seen_share(const struct message_share *s, const struct message *m)
{
	uint8_t digest[32];

	crypto_hash_sha256(digest, m->whole.p, m->whole.n);
	for (unsigned i = 0; i < left_n; i++)
		if (memcmp(&left[i].d, &s->d, 32) == 0) {
			ck_assert_mem_eq(left[i].digest, digest, 32);
			return;
		}
	ck_assert_uint_lt(left_n, 256);
	left[left_n].d = s->d;
	memcpy(left[left_n++].digest, digest, 32);
}

/* Reads the notes as a coordinator would, and holds them to the rules that
 * stand whatever happened: by this party, nothing unknown, durable first. */
static inline void
read_notes(struct said *s, const struct party *p)
{
	struct bundle b;
	struct bundle_item item;
	struct message m;

	ck_assert(!s->notes.full);
	ck_assert_rc(
	    bundle_init(&b, (uint8_t *)s->notes.p, s->notes.n), RC_OK);
	while (bundle_next(&b, &item) == RC_OK) {
		ck_assert_rc(
		    message_open(&m, item.whole.p, item.whole.n), RC_OK);
		ck_assert_rc(message_verify(&m, &p->seat->key), RC_OK);
		if (m.kind == MESSAGE_APPROVE) {
			s->approve_n++;
		} else if (m.kind == MESSAGE_REFUSE) {
			struct message_refuse r;

			ck_assert_rc(
			    refuse_parse(&r, m.text.p, m.text.n), RC_OK);
			snprintf(s->code, sizeof s->code, "%.*s",
			    (int)r.code.n, (const char *)r.code.p);
			s->refuse_n++;
		} else if (m.kind == MESSAGE_COMMIT) {
			ck_assert_rc(commit_parse(&s->commit, m.text.p,
					 m.text.n),
			    RC_OK);
			s->commit_n++;
		} else if (m.kind == MESSAGE_SHARE) {
			ck_assert_rc(
			    share_parse(&s->share, m.text.p, m.text.n), RC_OK);
			seen_share(&s->share, &m);
			crypto_hash_sha256(
			    s->share_digest, m.whole.p, m.whole.n);
			s->share_n++;
		} else {
			ck_assert(m.kind == MESSAGE_RELEASE ||
			    m.kind == MESSAGE_WITHDRAW ||
			    m.kind == MESSAGE_ROSTER);
			s->line_n++;
		}
	}
	ck_assert(b.at == b.end);
	if (s->rc != RC_OK)
		ck_assert_uint_eq(s->notes.n, 0);
	/* Nothing leaves that the record does not know of. */
	ck_assert(s->approve_n == 0 || p->fake.noted[RECORD_APPROVAL] > 0);
	ck_assert(s->refuse_n == 0 || p->fake.noted[RECORD_REFUSAL] > 0);
	ck_assert(s->commit_n == 0 || p->fake.noted[RECORD_COMMITMENT] > 0);
	ck_assert(s->line_n == 0 || p->fake.noted[RECORD_LINE] > 0);
	if (s->share_n != 0)
		ck_assert_uint_gt(p->fake.note_n, 0);
	/* An approval that is said stands in the record. */
	if (s->approve_n != 0) {
		bool stands = false;

		for (unsigned i = 0; i < p->fake.decision_n; i++)
			stands |= p->fake.decision[i].verb == RECORD_APPROVE;
		ck_assert(stands);
	}
}

static inline void
said_begin(struct said *s, struct seat_now *now, uint64_t unix_s)
{
	memset(s, 0, sizeof *s);
	text_init(&s->notes, s->bytes, sizeof s->bytes);
	s->out.notes = &s->notes;
	*now = (struct seat_now){.unix_s = unix_s};
	help_bytes(&dice, now->random, sizeof now->random);
}

static inline enum rc
propose_at(struct said *s, struct party *p, const struct text *text,
    const struct help_key *by, uint64_t unix_s)
{
	struct seat_now now;
	char bytes[NOTE_BYTES_MAX + 1];
	struct text note;

	said_begin(s, &now, unix_s);
	text_init(&note, bytes, sizeof bytes);
	text_put(&note, text->p, text->n);
	help_sign(&note, by);
	s->rc = seat_proposal(p->seat, &s->out, &now, (uint8_t *)note.p,
	    note.n);
	read_notes(s, p);
	return s->rc;
}

static inline enum rc
propose(struct said *s, struct party *p, const struct text *text)
{
	return propose_at(s, p, text, &pipeline, HELP_NOW);
}

static inline enum rc
package_at(struct said *s, struct party *p, const struct text *text,
    uint64_t unix_s)
{
	struct seat_now now;

	said_begin(s, &now, unix_s);
	s->rc = seat_package(
	    p->seat, &s->out, &now, (uint8_t *)text->p, text->n);
	read_notes(s, p);
	return s->rc;
}

static inline enum rc
package(struct said *s, struct party *p, const struct text *text)
{
	return package_at(s, p, text, HELP_NOW + 1);
}

static inline enum rc
yes_at(struct said *s, struct party *p, const uint8_t id[static 32],
    const char *by, uint64_t unix_s)
{
	struct seat_now now;

	said_begin(s, &now, unix_s);
	s->rc = seat_yes(p->seat, &s->out, &now, id, by, NULL, 0);
	read_notes(s, p);
	return s->rc;
}

static inline enum rc
person_says(struct said *s, struct party *p, const uint8_t id[static 32],
    bool yes)
{
	struct seat_now now;

	said_begin(s, &now, HELP_NOW + 2);
	s->rc = yes
	    ? seat_yes(p->seat, &s->out, &now, id, "uid 1000", NULL, 0)
	    : seat_no(p->seat, &s->out, &now, id, JUDGE_NONE, "no", "uid 1000");
	read_notes(s, p);
	return s->rc;
}

struct small {
	char bytes[8192];
	struct text t;
	uint8_t id[32];
};

static inline void
release_text(struct small *r, unsigned sequence, const char *version)
{
	text_init(&r->t, r->bytes, sizeof r->bytes);
	text_printf(&r->t,
	    "quorate/release@v1\nauthority %s 1\nproduct acme.example/x\n"
	    "version %s\nsequence %u\npayload app 3 %064d\nabout\n"
	    "proposed %llu\n%s",
	    NAME, version, sequence, 7, (unsigned long long)HELP_NOW,
	    plain ? "" : "roster release 1\n");
	crypto_hash_sha256(r->id, (uint8_t *)r->t.p, r->t.n);
}

/* A package of these commitments; leaf id of each is its party + 1. */
static inline void
package_text(struct small *out, const uint8_t message[static 32],
    const uint8_t roster_id[static 32], unsigned session, unsigned n,
    const unsigned *who, const struct message_commit *commits)
{
	struct message_package p = {.has_roster = true, .session = session};

	memcpy(p.message, message, 32);
	memcpy(p.roster, roster_id, 32);
	p.list_n = n;
	for (unsigned i = 0; i < n; i++) {
		p.list[i].id = (uint8_t)(who[i] + 1);
		p.list[i].d = commits[i].d;
		p.list[i].e = commits[i].e;
	}
	text_init(&out->t, out->bytes, sizeof out->bytes);
	package_build(&out->t, &p);
	crypto_hash_sha256(out->id, (uint8_t *)out->t.p, out->t.n);
}

static inline bool
all_zero(const void *p, size_t n)
{
	return sodium_is_zero(p, n) == 1;
}

/* Both shares of a package make a signature that any verifier takes. */
static inline void
check_signature(const struct small *r, const struct small *p,
    const struct message_share *x, const struct message_share *y)
{
	struct message_package m;
	struct signing_package f;
	struct frost_session session;
	struct tree_set culprits;
	struct scalar z[FROST_PARTIES_MAX] = {0};
	uint8_t sig[64];

	ck_assert_rc(
	    package_parse(&m, (uint8_t *)p->t.p, p->t.n), RC_OK);
	package_frost(&f, &m, (uint8_t *)r->t.p, r->t.n);
	ck_assert_rc(frost_session_open(&session, NULL, &frost, &f), RC_OK);
	z[m.list[0].id - 1] = x->z;
	z[m.list[1].id - 1] = y->z;
	ck_assert_rc(frost_aggregate(sig, &culprits, &session, &frost,
			 f.message, f.message_bytes, z),
	    RC_OK);
}
#endif
