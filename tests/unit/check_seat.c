/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer/seat.c: whole releases with a record that can be told to fail at
 * any step, before or after the step took place, and with coordinators that
 * lie. A kill is: the seat and its secrets are thrown away, the record stays.
 */
#include "signer/seat.h"
#include <stdlib.h>
#include "quorum/bundle.h"
#include "quorum/roster_frost.h"
#include "tests/unit/quorum_help.h"
#include "tests/unit/signer_help.h"

#define NAME	"acme.example/release"
#define PARTIES 3

/* ---- a record in memory --------------------------------------------- */

enum { FAKE_DECISIONS = 80, FAKE_SLOTS = 16, FAKE_NOTES = 32 };

struct fake {
	struct record_decision decision[FAKE_DECISIONS];
	unsigned decision_n;
	uint8_t text[FAKE_DECISIONS][4096];
	struct {
		struct record_slot slot;
		char authority[129];
		uint8_t message[32];
	} slot[FAKE_SLOTS];
	unsigned slot_n;
	struct {
		uint8_t message[32], package[32];
		uint8_t note[RECORD_SHARE_MAX];
		size_t n;
	} note[FAKE_NOTES];
	unsigned note_n;
	struct {
		uint8_t message[32];
		char by[64];
	} assent[FAKE_SLOTS];
	unsigned assent_n;
	struct record_logged logged;
	bool frozen;
	unsigned writes;   /* so far */
	unsigned fail_at;  /* the write that fails, counting from 1; 0 never */
	bool after;	   /* it took place all the same */
	bool reads_fail;
	bool in_event;
	unsigned noted[RECORD_OBJECTION + 1];
};

/* Whether this write is to be done, and what it says. */
static bool
fake_write(struct fake *f, enum rc *rc)
{
	f->writes++;
	*rc = f->writes == f->fail_at ? RC_DATABASE : RC_OK;
	return *rc == RC_OK || f->after;
}

static enum rc
fake_decide(void *context, const struct record_decision *d)
{
	struct fake *f = context;
	enum rc rc;

	if (fake_write(f, &rc)) {
		ck_assert_uint_lt(f->decision_n, FAKE_DECISIONS);
		ck_assert_uint_gt(strlen(d->by), 0);
		ck_assert_uint_gt(strlen(d->sentence), 0);
		ck_assert_uint_gt(strlen(d->evidence), 0);
		ck_assert_uint_le(d->text_n, sizeof f->text[0]);
		memcpy(f->text[f->decision_n], d->text, d->text_n);
		f->decision[f->decision_n++] = *d;
	}
	return rc;
}

static enum rc
fake_standing(void *context, struct record_standing *out, uint8_t *text,
    size_t cap, const uint8_t message[static 32])
{
	struct fake *f = context;

	memset(out, 0, sizeof *out);
	for (unsigned i = 0; i < f->decision_n; i++)
		if (memcmp(f->decision[i].message, message, 32) == 0) {
			out->verb = f->decision[i].verb;
			out->code = f->decision[i].code;
			out->text_n = f->decision[i].text_n;
			strcpy(out->sentence, "stands");
			if (cap >= out->text_n)
				memcpy(text, f->text[i], out->text_n);
		}
	return f->reads_fail ? RC_DATABASE : RC_OK;
}

static int
fake_find(const struct fake *f, const struct record_slot *slot)
{
	for (unsigned i = 0; i < f->slot_n; i++)
		if (f->slot[i].slot.epoch == slot->epoch &&
		    f->slot[i].slot.number == slot->number &&
		    strcmp(f->slot[i].slot.slot, slot->slot) == 0 &&
		    slice_is(slot->authority, f->slot[i].authority))
			return (int)i;
	return -1;
}

static enum rc
fake_bound(void *context, bool *bound, uint8_t message[static 32],
    const struct record_slot *slot)
{
	struct fake *f = context;
	int i = fake_find(f, slot);

	*bound = i >= 0;
	if (i >= 0)
		memcpy(message, f->slot[i].message, 32);
	return f->reads_fail ? RC_DATABASE : RC_OK;
}

static enum rc
fake_answer(void *context, const struct record_slot *slot,
    const uint8_t message[static 32], const uint8_t package[static 32],
    const uint8_t *note, size_t note_n)
{
	struct fake *f = context;
	int i = fake_find(f, slot);
	enum rc rc;

	if (slot->slot[0] != '\0' && i >= 0 &&
	    memcmp(f->slot[i].message, message, 32) != 0)
		return RC_CONFLICT;
	if (!fake_write(f, &rc))
		return rc;
	if (slot->slot[0] != '\0' && i < 0) {
		ck_assert_uint_lt(f->slot_n, FAKE_SLOTS);
		f->slot[f->slot_n].slot = *slot;
		snprintf(f->slot[f->slot_n].authority, 129, "%.*s",
		    (int)slot->authority.n, (const char *)slot->authority.p);
		memcpy(f->slot[f->slot_n++].message, message, 32);
	}
	if (note_n != 0) {
		ck_assert_uint_lt(f->note_n, FAKE_NOTES);
		memcpy(f->note[f->note_n].message, message, 32);
		memcpy(f->note[f->note_n].package, package, 32);
		memcpy(f->note[f->note_n].note, note, note_n);
		f->note[f->note_n++].n = note_n;
	}
	return rc;
}

static enum rc
fake_answered(void *context, uint8_t note[static RECORD_SHARE_MAX], size_t *n,
    const uint8_t message[static 32], const uint8_t package[static 32])
{
	struct fake *f = context;

	*n = 0;
	for (unsigned i = 0; i < f->note_n; i++)
		if (memcmp(f->note[i].message, message, 32) == 0 &&
		    memcmp(f->note[i].package, package, 32) == 0) {
			*n = f->note[i].n;
			memcpy(note, f->note[i].note, *n);
		}
	return f->reads_fail ? RC_DATABASE : RC_OK;
}

static enum rc
fake_logged(void *context, struct record_logged *out, struct slice authority,
    uint32_t epoch, struct slice product)
{
	struct fake *f = context;

	(void)authority;
	(void)epoch;
	(void)product;
	*out = f->logged;
	return f->reads_fail ? RC_DATABASE : RC_OK;
}

static enum rc
fake_freeze(void *context, bool frozen, const char *by, uint64_t at)
{
	struct fake *f = context;
	enum rc rc;

	(void)by;
	(void)at;
	if (fake_write(f, &rc))
		f->frozen = frozen;
	return rc;
}

static enum rc
fake_assent(void *context, const uint8_t message[static 32], const char *by,
    const void *shown, size_t n, uint64_t at)
{
	struct fake *f = context;
	enum rc rc;

	(void)shown;
	(void)n;
	(void)at;
	for (unsigned i = 0; i < f->assent_n; i++)
		if (memcmp(f->assent[i].message, message, 32) == 0 &&
		    strcmp(f->assent[i].by, by) == 0)
			return RC_OK;
	if (fake_write(f, &rc)) {
		ck_assert_uint_lt(f->assent_n, FAKE_SLOTS);
		memcpy(f->assent[f->assent_n].message, message, 32);
		snprintf(f->assent[f->assent_n].by,
		    sizeof f->assent[0].by, "%s", by);
		f->assent_n++;
	}
	return rc;
}

static enum rc
fake_waiting(void *context, struct record_waiting *out,
    const uint8_t message[static 32], uint64_t now)
{
	struct fake *f = context;

	memset(out, 0, sizeof *out);
	for (unsigned i = 0; i < f->decision_n; i++) {
		const struct record_decision *d = &f->decision[i];
		bool same = memcmp(d->message, message, 32) == 0;

		if (same && out->first_seen == 0)
			out->first_seen = d->at;
		out->approved_day += !same && d->verb == RECORD_APPROVE &&
		    d->at + 86400 > now;
	}
	for (unsigned i = 0; i < f->assent_n; i++)
		out->assents +=
		    memcmp(f->assent[i].message, message, 32) == 0;
	return f->reads_fail ? RC_DATABASE : RC_OK;
}

/* An event is one step: all that it kept is kept at its end, or nothing. */
static struct fake before_event;

static enum rc
fake_begin(void *context, uint64_t at)
{
	struct fake *f = context;

	(void)at;
	ck_assert(!f->in_event);
	f->in_event = true;
	before_event = *f;
	return RC_OK;
}

static enum rc
fake_end(void *context, bool keep)
{
	struct fake *f = context;
	unsigned writes;
	enum rc rc = RC_OK;

	ck_assert(f->in_event);
	if (!keep || !fake_write(f, &rc)) {
		writes = f->writes;
		*f = before_event;
		f->writes = writes;
	}
	f->in_event = false;
	return rc;
}

static enum rc
fake_note(void *context, enum record_note what,
    const uint8_t message[static 32], const void *note, size_t n)
{
	struct fake *f = context;
	enum rc rc;

	(void)message;
	(void)note;
	ck_assert(f->in_event);
	ck_assert_uint_gt(n, 0);
	if (fake_write(f, &rc))
		f->noted[what]++;
	return rc;
}

static const struct record fake_ops = {.begin = fake_begin,
    .end = fake_end,
    .note = fake_note,
    .decide = fake_decide,
    .assent = fake_assent,
    .waiting = fake_waiting,
    .standing = fake_standing,
    .bound = fake_bound,
    .answer = fake_answer,
    .answered = fake_answered,
    .logged = fake_logged,
    .freeze = fake_freeze};

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

static void
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

static struct seat_authority *
authority(struct party *p)
{
	return &p->seat->authority[0];
}

static void
unlock(struct party *p)
{
	seat_unlock(p->seat, authority(p), plain ? NULL : roster.id);
}

/* A start of the process; the log has been read. */
static void
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

static void
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

static void
setup_shared(void)
{
	setup_as(false);
}

static void
setup_plain(void)
{
	setup_as(true);
}

static void
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

static void
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
static void
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

static void
said_begin(struct said *s, struct seat_now *now, uint64_t unix_s)
{
	memset(s, 0, sizeof *s);
	text_init(&s->notes, s->bytes, sizeof s->bytes);
	s->out.notes = &s->notes;
	*now = (struct seat_now){.unix_s = unix_s};
	help_bytes(&dice, now->random, sizeof now->random);
}

static enum rc
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

static enum rc
propose(struct said *s, struct party *p, const struct text *text)
{
	return propose_at(s, p, text, &pipeline, HELP_NOW);
}

static enum rc
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

static enum rc
package(struct said *s, struct party *p, const struct text *text)
{
	return package_at(s, p, text, HELP_NOW + 1);
}

static enum rc
yes_at(struct said *s, struct party *p, const uint8_t id[static 32],
    const char *by, uint64_t unix_s)
{
	struct seat_now now;

	said_begin(s, &now, unix_s);
	s->rc = seat_yes(p->seat, &s->out, &now, id, by, NULL, 0);
	read_notes(s, p);
	return s->rc;
}

static enum rc
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

static void
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
static void
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

static bool
all_zero(const void *p, size_t n)
{
	return sodium_is_zero(p, n) == 1;
}

/* ---- tests ---------------------------------------------------------- */

static struct said a, b, c;
static struct small rel, rel2, pkg, pkg2;

/* Both shares of a package make a signature that any verifier takes. */
static void
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

START_TEST(whole_release)
{
	const unsigned who[] = {0, 1};

	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
	ck_assert_uint_eq(a.commit_n, 1);
	ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	ck_assert_uint_eq(party[0].fake.slot_n, 0); /* nothing bound yet */
	package_text(&pkg, rel.id, frost.id, 1, 2, who,
	    (struct message_commit[]){a.commit, b.commit});
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_rc(package(&b, &party[1], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 1);
	ck_assert_uint_eq(a.line_n, 1);
	ck_assert_uint_eq(a.commit_n, 1); /* the next one */
	ck_assert_mem_ne(&a.commit.d, &a.share.d, 32);
	ck_assert_uint_eq(party[0].fake.slot_n, 1);
	check_signature(&rel, &pkg, &a.share, &b.share);

	/* The party that the package does not list keeps quiet. */
	ck_assert_rc(propose(&c, &party[2], &rel.t), RC_OK);
	ck_assert_rc(package(&c, &party[2], &pkg.t), RC_OK);
	ck_assert_uint_eq(c.notes.n, 0);
	ck_assert_uint_eq(party[2].fake.slot_n, 0);

	/* The same package again: the same bytes; across a restart too. */
	ck_assert_rc(package(&b, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(b.share_n, 1);
	ck_assert_mem_eq(b.share_digest, a.share_digest, 32);
	boot(&party[0]);
	ck_assert_rc(package(&b, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(b.share_n, 1);
	ck_assert_mem_eq(b.share_digest, a.share_digest, 32);
	ck_assert_uint_eq(left_n, 2);

	/* Once logged, the text is closed and the nonces are gone. */
	party[1].fake.logged.sequence = 42;
	memcpy(party[1].fake.logged.id, rel.id, 32);
	unlock(&party[1]);
	ck_assert(all_zero(party[1].secrets->nonces,
	    sizeof party[1].secrets->nonces));
	ck_assert_rc(package(&b, &party[1], &pkg.t), RC_OK);
	ck_assert_uint_eq(b.notes.n, 0);
	ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	ck_assert_uint_eq(b.notes.n, 0);
}
END_TEST

START_TEST(two_packages_for_one_commitment)
{
	struct message_commit ca, cb, cc;

	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ca = a.commit;
	ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	cb = b.commit;
	ck_assert_rc(propose(&c, &party[2], &rel.t), RC_OK);
	cc = c.commit;
	package_text(&pkg, rel.id, frost.id, 1, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){ca, cb});
	package_text(&pkg2, rel.id, frost.id, 2, 2, (unsigned[]){0, 2},
	    (struct message_commit[]){ca, cc});
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 1);
	/* No second share: the commitment that is in force, again. */
	ck_assert_rc(package(&b, &party[0], &pkg2.t), RC_OK);
	ck_assert_uint_eq(b.share_n, 0);
	ck_assert_uint_eq(b.line_n, 0);
	ck_assert_uint_eq(b.commit_n, 1);
	ck_assert_mem_eq(&b.commit.d, &a.commit.d, 32);
	ck_assert_uint_eq(b.commit.serial, a.commit.serial);
	/* And that one serves. */
	package_text(&pkg2, rel.id, frost.id, 3, 2, (unsigned[]){0, 2},
	    (struct message_commit[]){b.commit, cc});
	ck_assert_rc(package(&a, &party[0], &pkg2.t), RC_OK);
	ck_assert_rc(package(&c, &party[2], &pkg2.t), RC_OK);
	check_signature(&rel, &pkg2, &a.share, &c.share);
}
END_TEST

/* A set that is not minimal burns the pair and gets nothing. */
START_TEST(a_set_that_is_not_minimal)
{
	struct message_commit commits[3];

	release_text(&rel, 42, "1");
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_rc(propose(&a, &party[i], &rel.t), RC_OK);
		commits[i] = a.commit;
	}
	package_text(&pkg, rel.id, frost.id, 1, 3, (unsigned[]){0, 1, 2},
	    commits);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_SET_NOT_MINIMAL);
	ck_assert_uint_eq(party[0].fake.slot_n, 0);
	ck_assert_uint_eq(left_n, 0);
	ck_assert(all_zero(party[0].secrets->nonces,
	    sizeof party[0].secrets->nonces));
	/* Told of the old pair once more, the party makes a new one. */
	package_text(&pkg, rel.id, frost.id, 2, 2, (unsigned[]){0, 1},
	    commits);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 0);
	ck_assert_uint_eq(a.commit_n, 1);
	ck_assert_mem_ne(&a.commit.d, &commits[0].d, 32);
}
END_TEST

START_TEST(wrong_roster_and_unapproved)
{
	uint8_t other[32];
	struct message_commit ca, cb;

	release_text(&rel, 42, "1");
	release_text(&rel2, 43, "2");
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ca = a.commit;
	ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	cb = b.commit;
	memset(other, 5, sizeof other);
	package_text(&pkg, rel.id, other, 1, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){ca, cb});
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_ROSTER_MISMATCH);
	/* A text that nobody asked about here. */
	package_text(&pkg, rel2.id, frost.id, 1, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){ca, cb});
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_SEAT_UNKNOWN);
	/* A text that a person has not decided. */
	authority(&party[0])->policy.person = true;
	ck_assert_rc(propose(&a, &party[0], &rel2.t), RC_OK);
	ck_assert(a.out.person);
	ck_assert_uint_eq(a.notes.n, 0);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_SEAT_STATE);
	/* None of it cost the pair, or bound anything. */
	ck_assert_uint_eq(party[0].fake.slot_n, 0);
	package_text(&pkg, rel.id, frost.id, 2, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){ca, cb});
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 1);
	/* A nonce made for one text serves no other. */
	ck_assert_rc(person_says(&b, &party[0], rel2.id, true), RC_OK);
	package_text(&pkg2, rel2.id, frost.id, 1, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){a.commit, cb});
	ck_assert_rc(package(&c, &party[0], &pkg2.t), RC_OK);
	ck_assert_uint_eq(c.share_n, 0);
}
END_TEST

START_TEST(refuse_after_approve)
{
	struct message_commit ca, cb;

	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ca = a.commit;
	ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	cb = b.commit;
	ck_assert_rc(person_says(&a, &party[0], rel.id, false), RC_OK);
	ck_assert_uint_eq(a.refuse_n, 1);
	ck_assert_str_eq(a.code, "withdrawn");
	ck_assert(all_zero(party[0].secrets->nonces,
	    sizeof party[0].secrets->nonces));
	package_text(&pkg, rel.id, frost.id, 1, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){ca, cb});
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_SEAT_STATE);
	/* For good: after a restart, and a person cannot take it back. */
	boot(&party[0]);
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ck_assert_uint_eq(a.refuse_n, 1);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_SEAT_STATE);
	ck_assert_rc(person_says(&a, &party[0], rel.id, true), RC_SEAT_STATE);
}
END_TEST

/* Whoever carries a proposal takes the proposer's line off, breaks it, or puts
 * another in its place: nothing is said of the text and nothing kept, and it
 * is judged when it comes as it was. */
START_TEST(on_the_way)
{
	static const struct {
		bool broken;
		uint32_t sequence; /* 999: another rule would refuse too */
	} cases[] = {{true, 42}, {false, 42}, {false, 999}, {true, 999}};
	struct party *p = &party[0];
	struct help_key alien;
	unsigned writes;

	help_key(&alien, "ci.example", 51, KEY_ED25519);
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct seat_now now;
		struct text note;
		char bytes[NOTE_BYTES_MAX + 1];

		release_text(&rel, cases[i].sequence, "1");
		text_init(&note, bytes, sizeof bytes);
		text_put(&note, rel.t.p, rel.t.n);
		help_sign(&note, cases[i].broken ? &pipeline : &alien);
		if (cases[i].broken) {
			char *last = note.p + note.n - 6;

			*last = *last == 'A' ? 'B' : 'A';
		}
		writes = p->fake.writes;
		said_begin(&a, &now, HELP_NOW);
		ck_assert_rc(seat_proposal(p->seat, &a.out, &now,
				 (uint8_t *)note.p, note.n),
		    RC_SENDER);
		read_notes(&a, p);
		ck_assert_uint_eq(a.notes.n, 0);
		ck_assert_uint_le(p->fake.writes, writes + 1); /* an empty event */
		ck_assert_ptr_null(seat_find(p->seat, rel.id));
	}
	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&a, p, &rel.t), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
	release_text(&rel2, 999, "1");
	ck_assert_rc(propose(&a, p, &rel2.t), RC_OK);
	ck_assert_uint_eq(a.refuse_n, 1);
}
END_TEST

/* Another text for a sequence whose share has left. */
START_TEST(bound)
{
	struct message_commit ca, cb, cd;

	release_text(&rel, 42, "1");
	release_text(&rel2, 42, "2");
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ca = a.commit;
	ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	cb = b.commit;
	/* Approving binds nothing: the second may still be approved. */
	ck_assert_rc(propose(&c, &party[0], &rel2.t), RC_OK);
	ck_assert_uint_eq(c.approve_n, 1);
	cd = c.commit;
	package_text(&pkg, rel.id, frost.id, 1, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){ca, cb});
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 1);
	package_text(&pkg2, rel2.id, frost.id, 1, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){cd, cb});
	ck_assert_rc(package(&a, &party[0], &pkg2.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 0);
	ck_assert_uint_eq(a.refuse_n, 1);
	ck_assert_str_eq(a.code, "bound");
	/* A third is refused when it is proposed. */
	release_text(&rel2, 42, "3");
	ck_assert_rc(propose(&a, &party[0], &rel2.t), RC_OK);
	ck_assert_str_eq(a.code, "bound");
	ck_assert_uint_eq(left_n, 1);
}
END_TEST

/* What time and the log do to an approval. */
START_TEST(too_late)
{
	struct message_commit ca, cb;

	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ca = a.commit;
	ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	cb = b.commit;
	package_text(&pkg, rel.id, frost.id, 1, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){ca, cb});
	ck_assert_rc(package_at(&a, &party[0], &pkg.t,
			 HELP_NOW + 30 * 86400 + 1),
	    RC_OK);
	ck_assert_uint_eq(a.share_n, 0);
	ck_assert_str_eq(a.code, "age");
	party[1].fake.logged.sequence = 42; /* by another text */
	ck_assert_rc(package(&b, &party[1], &pkg.t), RC_OK);
	ck_assert_uint_eq(b.share_n, 0);
	ck_assert_str_eq(b.code, "sequence");
	ck_assert_uint_eq(left_n, 0);
}
END_TEST

START_TEST(frozen_and_locked)
{
	struct message_commit ca, cb;

	release_text(&rel, 42, "1");
	release_text(&rel2, 43, "2");
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ca = a.commit;
	ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	cb = b.commit;
	package_text(&pkg, rel.id, frost.id, 1, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){ca, cb});
	ck_assert_rc(
	    seat_freeze(party[0].seat, true, "uid 1000", HELP_NOW), RC_OK);
	ck_assert(all_zero(party[0].secrets->nonces,
	    sizeof party[0].secrets->nonces));
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_SEAT_LOCKED);
	ck_assert_rc(propose(&a, &party[0], &rel2.t), RC_OK);
	ck_assert_str_eq(a.code, "frozen");
	boot(&party[0]); /* still */
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_SEAT_LOCKED);
	ck_assert_rc(
	    seat_freeze(party[0].seat, false, "uid 1000", HELP_NOW), RC_OK);
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
	ck_assert_uint_eq(a.commit_n, 1);
	ck_assert_uint_eq(a.commit.serial, 1);
	package_text(&pkg, rel.id, frost.id, 2, 2, (unsigned[]){0, 1},
	    (struct message_commit[]){a.commit, cb});

	seat_lock(authority(&party[0]), "the log cannot be read");
	ck_assert_rc(package(&b, &party[0], &pkg.t), RC_SEAT_LOCKED);
	release_text(&rel2, 44, "3");
	ck_assert_rc(propose(&b, &party[0], &rel2.t), RC_SEAT_LOCKED);
	unlock(&party[0]);
	ck_assert_rc(propose(&b, &party[0], &rel2.t), RC_OK);
	ck_assert_uint_eq(b.approve_n, 1);
	ck_assert_rc(package(&b, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(b.share_n, 1);

	/* The newest roster in the log is not the share's. */
	seat_unlock(party[1].seat, authority(&party[1]), rel.id);
	ck_assert_rc(package(&b, &party[1], &pkg.t), RC_SEAT_LOCKED);
}
END_TEST

START_TEST(recommits_are_bounded)
{
	struct message_commit ca, cb;
	unsigned made = 0;

	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ca = a.commit;
	ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	cb = b.commit;
	for (unsigned i = 0; i < 20; i++) {
		seat_forget(party[0].seat);
		package_text(&pkg, rel.id, frost.id, 1 + i, 2,
		    (unsigned[]){0, 1}, (struct message_commit[]){ca, cb});
		if (package(&a, &party[0], &pkg.t) == RC_OK)
			made += a.commit_n;
		else
			ck_assert_rc(a.rc, RC_SEAT_RECOMMITS);
	}
	ck_assert_uint_eq(made, SEAT_RECOMMITS_MAX);
}
END_TEST

/*
 * Killed at every write, before it took place and after: then started again
 * and asked again. Whatever happened, no pair of nonces serves twice
 * (read_notes), every share that left is bound, and a signature comes out.
 */
START_TEST(killed)
{
	unsigned fail_at = (unsigned)_i / 2 + 1;
	struct party *p = &party[0];
	bool failed = false;

	p->fake.fail_at = fail_at;
	p->fake.after = _i % 2 != 0;
	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	for (unsigned tries = 0; tries < 4; tries++) {
		struct message_commit cb = b.commit;

		if (propose(&a, p, &rel.t) != RC_OK)
			goto dead;
		package_text(&pkg, rel.id, frost.id, 1 + tries, 2,
		    (unsigned[]){0, 1},
		    (struct message_commit[]){a.commit, cb});
		if (package(&a, p, &pkg.t) != RC_OK)
			goto dead;
		ck_assert_uint_eq(a.share_n, 1);
		ck_assert_rc(package(&b, &party[1], &pkg.t), RC_OK);
		ck_assert_uint_eq(b.share_n, 1);
		check_signature(&rel, &pkg, &a.share, &b.share);
		ck_assert_uint_eq(p->fake.slot_n, 1);
		ck_assert_int_eq(failed, fail_at <= 9);
		return;
	dead:
		failed = true;
		ck_assert_rc(a.rc, RC_DATABASE);
		ck_assert(all_zero(
		    p->secrets->nonces, sizeof p->secrets->nonces));
		/* Nothing more is said by this run. */
		ck_assert_rc(propose(&a, p, &rel.t), RC_DATABASE);
		ck_assert_rc(package(&a, p, &pkg.t), RC_DATABASE);
		boot(p);
		ck_assert_rc(propose(&a, p, &rel.t), RC_OK);
		if (tries == 0 && p->fake.note_n != 0) {
			/* stored, never said: the same package gets it now */
			ck_assert_rc(package(&a, p, &pkg.t), RC_OK);
			ck_assert_uint_eq(a.share_n, 1);
		}
		/* Its partner made new ones in the meantime, or did not. */
		ck_assert_rc(propose(&b, &party[1], &rel.t), RC_OK);
	}
	ck_abort_msg("no signature");
}
END_TEST

START_TEST(reads_fail)
{
	release_text(&rel, 42, "1");
	party[0].fake.reads_fail = true;
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_DATABASE);
	party[0].fake.reads_fail = false;
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_DATABASE);
}
END_TEST

START_TEST(persons)
{
	struct party *p = &party[0];

	authority(p)->policy.person = true;
	release_text(&rel, 42, "1");
	release_text(&rel2, 43, "2");
	ck_assert_rc(person_says(&a, p, rel.id, true), RC_SEAT_UNKNOWN);
	ck_assert_rc(propose(&a, p, &rel.t), RC_OK);
	ck_assert(a.out.person);
	ck_assert_mem_eq(a.out.id, rel.id, 32);
	ck_assert_rc(propose(&a, p, &rel.t), RC_OK); /* once is enough */
	ck_assert(!a.out.person);
	ck_assert_uint_eq(p->fake.decision_n, 1);
	ck_assert_rc(person_says(&a, p, rel.id, true), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
	ck_assert_uint_eq(a.commit_n, 1);
	ck_assert_str_eq(p->fake.decision[1].by, "uid 1000");
	/* A person's yes does not pass over the rules. */
	ck_assert_rc(propose(&a, p, &rel2.t), RC_OK);
	p->fake.logged.sequence = 43;
	ck_assert_rc(person_says(&a, p, rel2.id, true), RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert_str_eq(a.code, "sequence");
	release_text(&rel2, 44, "3");
	ck_assert_rc(propose(&a, p, &rel2.t), RC_OK);
	ck_assert_rc(person_says(&a, p, rel2.id, false), RC_OK);
	ck_assert_str_eq(a.code, "person");
}
END_TEST

/* Two people, one of them twice, a restart between. */
START_TEST(two_people)
{
	struct party *p = &party[0];

	authority(p)->policy.person = true;
	authority(p)->policy.approvals = 2;
	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&a, p, &rel.t), RC_OK);
	ck_assert_rc(yes_at(&a, p, rel.id, "anna", HELP_NOW + 2), RC_OK);
	ck_assert_rc(yes_at(&a, p, rel.id, "anna", HELP_NOW + 3), RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert_int_eq(seat_find(p->seat, rel.id)->state, SEAT_ASKED);
	boot(p);
	unlock(p);
	authority(p)->policy.person = true;
	authority(p)->policy.approvals = 2;
	ck_assert_rc(propose(&a, p, &rel.t), RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert_rc(yes_at(&a, p, rel.id, "bert", HELP_NOW + 4), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
}
END_TEST

/* Seen, it waits; its time is counted from then, also over a restart. */
START_TEST(waits)
{
	struct party *p = &party[0];

	authority(p)->policy.wait_s = 3600;
	release_text(&rel, 42, "1");
	ck_assert_rc(
	    propose_at(&a, p, &rel.t, &pipeline, HELP_NOW), RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert(!a.out.person);
	ck_assert_rc(
	    propose_at(&a, p, &rel.t, &pipeline, HELP_NOW + 3599), RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	boot(p);
	unlock(p);
	authority(p)->policy.wait_s = 3600;
	ck_assert_rc(
	    propose_at(&a, p, &rel.t, &pipeline, HELP_NOW + 3599), RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert_rc(
	    propose_at(&a, p, &rel.t, &pipeline, HELP_NOW + 3600), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
}
END_TEST

/* With people and a wait, a yes counts and the approval comes by itself. */
START_TEST(waits_after_yes)
{
	struct party *p = &party[0];

	authority(p)->policy.person = true;
	authority(p)->policy.wait_s = 3600;
	release_text(&rel, 42, "1");
	ck_assert_rc(
	    propose_at(&a, p, &rel.t, &pipeline, HELP_NOW), RC_OK);
	ck_assert(a.out.person);
	ck_assert_rc(yes_at(&a, p, rel.id, "anna", HELP_NOW + 60), RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert_rc(
	    propose_at(&a, p, &rel.t, &pipeline, HELP_NOW + 3600), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
	ck_assert_str_eq(
	    p->fake.decision[p->fake.decision_n - 1].by, "people");
	/* and a rate: the next one waits for its day */
	authority(p)->policy.person = false;
	authority(p)->policy.wait_s = 0;
	authority(p)->policy.rate = 1;
	release_text(&rel2, 43, "2");
	ck_assert_rc(propose_at(&a, p, &rel2.t, &pipeline, HELP_NOW + 3600),
	    RC_OK);
	ck_assert_uint_eq(a.approve_n, 0);
	ck_assert_rc(propose_at(&a, p, &rel2.t, &pipeline,
			 HELP_NOW + 3600 + 86400),
	    RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
}
END_TEST

/* Nothing is decided or kept by explaining. */
static void
count_rules(void *context, enum judge_code code, bool passes,
    const char *sentence)
{
	unsigned *n = context;

	(void)code;
	n[passes]++;
	ck_assert(passes || sentence[0] != '\0');
}

START_TEST(explains)
{
	struct party *p = &party[0];
	struct seat_now now = {.unix_s = HELP_NOW};
	unsigned n[2] = {0}, writes = p->fake.writes;
	struct help_key alien;
	struct verdict v;

	release_text(&rel, 42, "1");
	text_string(&rel.t, "\n");
	ck_assert_rc(seat_explain(p->seat, &now, (uint8_t *)rel.t.p, rel.t.n,
			 &v, count_rules, n),
	    RC_SIGLINE);
	release_text(&rel, 42, "1");
	help_sign(&rel.t, &pipeline);
	ck_assert_rc(seat_explain(p->seat, &now, (uint8_t *)rel.t.p, rel.t.n,
			 &v, count_rules, n),
	    RC_OK);
	ck_assert_int_eq(v.answer, JUDGE_APPROVE);
	ck_assert_uint_eq(n[false], 0);
	ck_assert_uint_gt(n[true], 10);
	release_text(&rel, 999, "1");
	help_key(&alien, "ci.example", 51, KEY_ED25519);
	help_sign(&rel.t, &alien);
	ck_assert_rc(seat_explain(p->seat, &now, (uint8_t *)rel.t.p, rel.t.n,
			 &v, count_rules, n),
	    RC_OK);
	ck_assert_int_eq(v.code, JUDGE_PROPOSER); /* the first of them */
	ck_assert_uint_eq(n[false], 2);
	ck_assert_uint_eq(p->fake.writes, writes);
	ck_assert_ptr_null(seat_find(p->seat, rel.id));
}
END_TEST

/* The roster and the trust of the birth, and nothing like them. */
START_TEST(birth)
{
	struct party *p = &party[0];
	struct seat_authority *at;
	struct seat_now now;
	struct message_commit commits[2];
	uint8_t id[32];
	char other[8192];

	for (unsigned i = 0; i < 2; i++) {
		at = authority(&party[i]);
		at->roster_logged = at->caught_up = false;
		said_begin(&a, &now, HELP_NOW);
		a.rc = seat_birth(party[i].seat, &a.out, &now, at,
		    (uint8_t *)roster_text.p, roster_text.n);
		read_notes(&a, &party[i]);
		ck_assert_rc(a.rc, RC_OK);
		ck_assert_uint_eq(a.line_n, 1);
		ck_assert_uint_eq(a.commit_n, 1);
		commits[i] = a.commit;
	}
	package_text(&pkg, roster.id, frost.id, 1, 2, (unsigned[]){0, 1},
	    commits);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_rc(package(&b, &party[1], &pkg.t), RC_OK);
	text_init(&rel.t, rel.bytes, sizeof rel.bytes);
	text_put(&rel.t, roster_text.p, roster_text.n);
	check_signature(&rel, &pkg, &a.share, &b.share);
	ck_assert_str_eq(p->fake.slot[0].slot.slot, "roster release");

	/* The trust text: no line of the party, but a share. */
	for (unsigned i = 0; i < 2; i++) {
		said_begin(&a, &now, HELP_NOW);
		a.rc = seat_birth(party[i].seat, &a.out, &now,
		    authority(&party[i]), (uint8_t *)trust_text.p,
		    trust_text.n);
		read_notes(&a, &party[i]);
		ck_assert_rc(a.rc, RC_OK);
		ck_assert_uint_eq(a.line_n, 0);
		commits[i] = a.commit;
	}
	crypto_hash_sha256(id, (uint8_t *)trust_text.p, trust_text.n);
	package_text(&pkg, id, frost.id, 2, 2, (unsigned[]){0, 1}, commits);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.share_n, 1);
	ck_assert_uint_eq(a.line_n, 0);

	/* Releases wait for the roster to be in the log. */
	release_text(&rel2, 42, "1");
	ck_assert_rc(propose(&a, p, &rel2.t), RC_SEAT_LOCKED);
	seat_unlock(p->seat, authority(p), NULL);
	ck_assert_rc(propose(&a, p, &rel2.t), RC_SEAT_LOCKED);

	/* Another roster, another trust text: no. */
	memcpy(other, roster_text.p, roster_text.n);
	other[roster_text.n - 2] = '1';
	said_begin(&a, &now, HELP_NOW);
	ck_assert_rc(seat_birth(p->seat, &a.out, &now, authority(p),
			 (uint8_t *)other, roster_text.n),
	    RC_SEAT_STATE);
	ck_assert_rc(seat_birth(p->seat, &a.out, &now, authority(p),
			 (uint8_t *)rel2.t.p, rel2.t.n),
	    RC_SEAT_STATE);
	/* Nor does a roster come in as a proposal. */
	ck_assert_rc(propose(&a, p, &roster_text), RC_KIND);
}
END_TEST

/* ---- what is legal ------------------------------------------------------ */

/* The table once more, by hand: a letter an event (Proposal, pacKage, Yes,
 * No, Birth, pUrpose), large where it is good once. */
static const char events_letters[] = "pkynbu";
_Static_assert(sizeof events_letters - 1 == SEAT_EVENTS, "a letter each");
static const char *const legal[SEAT_TEXTS][SEAT_STATES] = {
    [SEAT_RELEASES] = {[SEAT_NONE] = "P",
	[SEAT_ASKED] = "pyN",
	[SEAT_APPROVED] = "pkyN",
	[SEAT_REFUSED] = "pn",
	[SEAT_CLOSED] = "pk"},
    [SEAT_OWN] = {[SEAT_NONE] = "B",
	[SEAT_ASKED] = "",
	[SEAT_APPROVED] = "kb",
	[SEAT_REFUSED] = "",
	[SEAT_CLOSED] = "kb"},
    [SEAT_SIGN_LINE] = {[SEAT_NONE] = "U",
	[SEAT_ASKED] = "",
	[SEAT_APPROVED] = "ku",
	[SEAT_REFUSED] = "u",
	[SEAT_CLOSED] = "ku"},
};

static bool
is_legal(unsigned text, unsigned state, unsigned event, bool *once)
{
	const char *row = legal[text][state];
	char small = events_letters[event];

	*once = strchr(row, small - 'a' + 'A') != NULL;
	return *once || strchr(row, small) != NULL;
}

START_TEST(table_is_the_table)
{
	unsigned rows = 0, letters = 0;
	const struct seat_rule *r;
	bool once;

	for (; (r = seat_rule(rows)) != NULL; rows++) {
		ck_assert(is_legal(r->text, r->state, r->event, &once));
		ck_assert(once == r->once);
		for (unsigned i = 0; i < rows; i++)
			ck_assert(seat_rule(i)->state != r->state ||
			    seat_rule(i)->text != r->text ||
			    seat_rule(i)->event != r->event);
	}
	for (unsigned t = 0; t < SEAT_TEXTS; t++)
		for (unsigned i = 0; i < SEAT_STATES; i++)
			letters += (unsigned)strlen(legal[t][i]);
	ck_assert_uint_eq(rows, letters);
}
END_TEST

/* A text of this kind in this state: by events, as far as there are any. */
static void
bring(struct party *p, unsigned text, unsigned state)
{
	struct seat_message *m;
	struct seat_now now;
	uint8_t id[32];

	release_text(&rel, 42, "1");
	authority(p)->policy.person = state == SEAT_ASKED;
	if (state == SEAT_NONE)
		return;
	if (text == SEAT_OWN) {
		said_begin(&a, &now, HELP_NOW);
		ck_assert_rc(seat_birth(p->seat, &a.out, &now, authority(p),
				 (uint8_t *)roster_text.p, roster_text.n),
		    RC_OK);
		memcpy(id, roster.id, sizeof id);
	} else {
		ck_assert_rc(propose(&a, p, &rel.t), RC_OK);
		memcpy(id, rel.id, sizeof id);
		if (text == SEAT_RELEASES && state == SEAT_REFUSED)
			ck_assert_rc(person_says(&a, p, id, false), RC_OK);
		if (text == SEAT_RELEASES && state == SEAT_CLOSED) {
			p->fake.logged.sequence = 42;
			memcpy(p->fake.logged.id, id, 32);
			unlock(p);
		}
	}
	m = (struct seat_message *)seat_find(p->seat, id);
	ck_assert_ptr_nonnull(m);
	/* Nothing that is said leads to some of them; and the file that comes
	 * with a sign line is not made here. */
	if (text == SEAT_SIGN_LINE)
		m->kind = MESSAGE_PURPOSE;
	if (text != SEAT_RELEASES)
		m->state = (enum seat_state)state;
	ck_assert_int_eq(m->state, (int)state);
}

static enum rc
send(struct party *p, unsigned text, unsigned event)
{
	const struct text *t = text == SEAT_OWN ? &roster_text : &rel.t;
	struct message_commit commits[2] = {a.commit, a.commit};
	static struct purpose_request request;
	struct seat_now now;
	uint8_t id[32];

	crypto_hash_sha256(id, (const uint8_t *)t->p, t->n);
	switch ((enum seat_event)event) {
	case SEAT_PROPOSAL:
		return propose(&b, p, t);
	case SEAT_PACKAGE:
		package_text(&pkg, id, frost.id, 1, 2, (unsigned[]){0, 1},
		    commits);
		return package(&b, p, &pkg.t);
	case SEAT_YES:
	case SEAT_NO:
		return person_says(&b, p, id, event == SEAT_YES);
	case SEAT_PURPOSE:
		/* of this release, with a file that proves nothing */
		memset(&request, 0, sizeof request);
		memcpy(request.ask.message, id, sizeof id);
		request.ask.signer = roster.signer;
		request.release.authority =
		    (struct slice){(const uint8_t *)NAME, strlen(NAME)};
		said_begin(&b, &now, HELP_NOW);
		b.rc = seat_purpose(p->seat, &b.out, &now, &request);
		read_notes(&b, p);
		return b.rc;
	case SEAT_BIRTH:
	default:
		said_begin(&b, &now, HELP_NOW);
		b.rc = seat_birth(p->seat, &b.out, &now, authority(p),
		    (const uint8_t *)t->p, t->n);
		read_notes(&b, p);
		return b.rc;
	}
}

/* All that a party is. */
static struct snapshot {
	struct fake fake;
	struct seat seat;
	struct seat_secrets secrets;
} before;

static void
snapshot_take(const struct party *p)
{
	before.fake = p->fake;
	before.seat = *p->seat;
	before.secrets = *p->secrets;
}

static void
snapshot_check(struct party *p, bool texts)
{
	ck_assert_uint_eq(b.notes.n, 0);
	ck_assert(!b.out.person && !b.out.look);
	before.fake.writes = p->fake.writes; /* the end of an empty event */
	ck_assert_int_eq(memcmp(&before.fake, &p->fake, sizeof p->fake), 0);
	ck_assert_int_eq(memcmp(&before.secrets, p->secrets,
			     sizeof before.secrets), 0);
	/* what was given back, and what is nobody's, may differ */
	if (!texts)
		memcpy(p->seat->message, before.seat.message,
		    sizeof before.seat.message);
	memcpy(p->seat->scratch, before.seat.scratch,
	    sizeof before.seat.scratch);
	p->seat->count = before.seat.count;
	ck_assert_int_eq(memcmp(&before.seat, p->seat, sizeof before.seat), 0);
}

enum { WALK = SEAT_TEXTS * SEAT_STATES * SEAT_EVENTS };

/* Every message that is not legal, in every state, of both kinds of text: it
 * is refused, nothing is said, and nothing of the party is another than
 * before: not the record, not a nonce, not a state. */
START_TEST(everything_else_is_refused)
{
	unsigned event = (unsigned)_i % SEAT_EVENTS;
	unsigned state = (unsigned)_i / SEAT_EVENTS % SEAT_STATES;
	unsigned text = (unsigned)_i / SEAT_EVENTS / SEAT_STATES;
	struct party *p = &party[0];
	enum rc rc;
	bool once;

	if (is_legal(text, state, event, &once))
		return;
	if (text == SEAT_SIGN_LINE && state == SEAT_NONE)
		return; /* not known: the same as a release that is not */
	bring(p, text, state);
	snapshot_take(p);
	rc = send(p, text, event);
	if (event == SEAT_PURPOSE)
		ck_assert(rc != RC_OK); /* there is no file, to begin with */
	else if (event == SEAT_PROPOSAL)
		ck_assert_rc(rc, RC_KIND); /* nobody proposes the others */
	else if (state == SEAT_NONE && event != SEAT_BIRTH)
		ck_assert_rc(rc, RC_SEAT_UNKNOWN);
	else
		ck_assert_rc(rc, RC_SEAT_STATE);
	snapshot_check(p, true);
}
END_TEST

/* What is good once: done, and the state put back as a wrong move might leave
 * it, it is not good again. */
START_TEST(once_is_once)
{
	struct party *p = &party[0];
	const struct seat_rule *r = seat_rule((unsigned)_i);
	struct seat_message *m;
	uint8_t id[32];

	if (r == NULL || !r->once || r->text == SEAT_SIGN_LINE)
		return;
	bring(p, r->text, r->state);
	ck_assert_rc(send(p, r->text, r->event), RC_OK);
	memcpy(id, r->text == SEAT_OWN ? roster.id : rel.id, sizeof id);
	m = (struct seat_message *)seat_find(p->seat, id);
	ck_assert_ptr_nonnull(m);
	ck_assert_int_ne(m->state, (int)r->state);
	m->state = r->state;
	a = b;
	snapshot_take(p);
	if (r->state == SEAT_NONE) /* its place is given back, nonces and all */
		memset(&before.secrets.nonces[m - p->seat->message], 0,
		    sizeof before.secrets.nonces[0]);
	ck_assert_rc(send(p, r->text, r->event), RC_SEAT_STATE);
	snapshot_check(p, r->state != SEAT_NONE);
}
END_TEST

/* A share that is not the roster's, a roster of another authority. */
START_TEST(wrong_share)
{
	struct party *p = &party[0];

	p->secrets->share[0] = party[1].share;
	ck_assert_rc(seat_roster(p->seat, authority(p),
			 (uint8_t *)roster_text.p, roster_text.n),
	    RC_ROSTER_MISMATCH);
	ck_assert(all_zero(&p->secrets->share[0],
	    sizeof p->secrets->share[0]));
	p->secrets->share[0] = p->share;
	p->secrets->share[0].s.b[0] ^= 1;
	ck_assert_rc(seat_roster(p->seat, authority(p),
			 (uint8_t *)roster_text.p, roster_text.n),
	    RC_DEALING);
	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&a, p, &rel.t), RC_SEAT_LOCKED);
}
END_TEST

/* More open texts than there are places, then places again. */
START_TEST(full)
{
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++) {
		release_text(&rel, 42 + i % 16, "1");
		text_printf(&rel.t, "x-n %u\n", i);
		ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
		ck_assert_uint_eq(a.approve_n, 1);
	}
	release_text(&rel2, 44, "2");
	ck_assert_rc(propose(&a, &party[0], &rel2.t), RC_SEAT_FULL);
	crypto_hash_sha256(rel.id, (uint8_t *)rel.t.p, rel.t.n);
	ck_assert_rc(person_says(&a, &party[0], rel.id, false), RC_OK);
	ck_assert_rc(propose(&a, &party[0], &rel2.t), RC_OK);
}
END_TEST

static void
plain_package(struct small *out, const uint8_t message[static 32],
    unsigned session, unsigned n, const unsigned *who)
{
	struct message_package p = {.session = session};

	memcpy(p.message, message, 32);
	p.name_n = n;
	for (unsigned i = 0; i < n; i++)
		p.name[i] = (struct slice){
		    (const uint8_t *)party[who[i]].key.name,
		    strlen(party[who[i]].key.name)};
	text_init(&out->t, out->bytes, sizeof out->bytes);
	package_build(&out->t, &p);
}

START_TEST(plain_signers)
{
	struct small held;

	release_text(&rel, 42, "1");
	release_text(&rel2, 42, "2");
	ck_assert_rc(propose(&a, &party[0], &rel.t), RC_OK);
	ck_assert_uint_eq(a.approve_n, 1);
	ck_assert_uint_eq(a.commit_n, 0);
	ck_assert_uint_eq(a.line_n, 0); /* never before a package */
	ck_assert_rc(propose(&a, &party[0], &rel2.t), RC_OK);
	plain_package(&pkg, rel.id, 1, 2, (unsigned[]){1, 2});
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.notes.n, 0); /* not listed */
	ck_assert_uint_eq(party[0].fake.slot_n, 0);
	plain_package(&pkg, rel.id, 2, 2, (unsigned[]){0, 1});
	/* The store fails: no line. */
	party[0].fake.fail_at = party[0].fake.writes + 1;
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_DATABASE);
	boot(&party[0]);
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.line_n, 1);
	ck_assert_uint_eq(a.share_n, 0);
	ck_assert_uint_eq(party[0].fake.slot_n, 1);
	held = pkg;
	ck_assert_rc(package(&b, &party[0], &held.t), RC_OK);
	ck_assert_uint_eq(b.notes.n, a.notes.n);
	ck_assert_mem_eq(b.notes.p, a.notes.p, a.notes.n);
	/* The sequence is used. */
	plain_package(&pkg, rel2.id, 3, 1, (unsigned[]){0});
	ck_assert_rc(package(&a, &party[0], &pkg.t), RC_OK);
	ck_assert_uint_eq(a.line_n, 0);
	ck_assert_str_eq(a.code, "bound");
}
END_TEST

/* A key that is no signer of the authority signs nothing. */
START_TEST(nobody)
{
	struct party *p = &party[0];

	help_key(&p->key, "mallory.example", 77, KEY_ED25519);
	boot(p);
	release_text(&rel, 42, "1");
	ck_assert_rc(propose(&a, p, &rel.t), RC_SEAT_LOCKED);
}
END_TEST

/* ---- purposes ------------------------------------------------------- */

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
	Suite *s = suite_create("seat");
	TCase *tc = tcase_create("shared");
	SRunner *run;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup_shared, teardown);
	tcase_add_test(tc, whole_release);
	tcase_add_test(tc, two_packages_for_one_commitment);
	tcase_add_test(tc, a_set_that_is_not_minimal);
	tcase_add_test(tc, wrong_roster_and_unapproved);
	tcase_add_test(tc, refuse_after_approve);
	tcase_add_test(tc, on_the_way);
	tcase_add_test(tc, bound);
	tcase_add_test(tc, too_late);
	tcase_add_test(tc, frozen_and_locked);
	tcase_add_test(tc, recommits_are_bounded);
	tcase_add_loop_test(tc, killed, 0, 20);
	tcase_add_test(tc, reads_fail);
	tcase_add_test(tc, persons);
	tcase_add_test(tc, two_people);
	tcase_add_test(tc, waits);
	tcase_add_test(tc, waits_after_yes);
	tcase_add_test(tc, explains);
	tcase_add_test(tc, birth);
	tcase_add_test(tc, table_is_the_table);
	tcase_add_loop_test(tc, everything_else_is_refused, 0, WALK);
	tcase_add_loop_test(tc, once_is_once, 0, 20);
	tcase_add_test(tc, wrong_share);
	tcase_add_test(tc, full);
	tcase_add_test(tc, purpose_signed);
	tcase_add_test(tc, purpose_refused);
	tcase_add_test(tc, purpose_dies);
	tcase_add_loop_test(tc, purpose_killed, 0, 14);
	suite_add_tcase(s, tc);
	tc = tcase_create("plain");
	tcase_add_checked_fixture(tc, setup_plain, teardown);
	tcase_add_test(tc, plain_signers);
	tcase_add_test(tc, nobody);
	suite_add_tcase(s, tc);
	run = srunner_create(s);
	srunner_run_all(run, CK_NORMAL);
	failed = srunner_ntests_failed(run);
	srunner_free(run);
	return failed != 0;
}
