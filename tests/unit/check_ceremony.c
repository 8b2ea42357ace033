/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Births: whole ceremonies through the coordinator's state machine, flat and
 * along a tree, with parties that run the real key generation; what the
 * newborn key signs is judged by its bytes. And the draft's own functions.
 */
#include "tests/unit/ceremony_world.h"
#include <unistd.h>
#include "host/digest.h"
#include "quorum/store.h"
#include "tests/unit/suite.h"
#include "verify/note.h"
#include "verify/sha512.h"

enum birth_fault {
	BIRTH_HONEST,
	BAD_POP,
	BAD_CONFIRM,
	NEVER_DEALS,
	COMPLAINS,
};

/* What a party keeps of a ceremony. */
struct seat {
	struct actor *actor;
	enum birth_fault fault;
	bool draft_seen, dealt, confirmed, lined;
	unsigned id;
	struct dkg_key key;
	struct dkg_ceremony dkg;
	struct tree_set accepts, deals, confirms;
	struct point keys[DKG_PARTIES_MAX];
	struct dkg_dealing dealing[8];
	uint8_t signature[8][DKG_SIG_BYTES];
	uint8_t transcript[65536];
	size_t transcript_n;
	struct frost_key_share share;
	struct frost_roster frost;
	char roster[8192], trust[8192];
	size_t roster_n, trust_n;
	uint8_t id_of[2][32]; /* of the two texts */
	struct frost_nonces nonces[2][4];
	unsigned nonce_n[2];
	uint32_t serial;
};

struct birth {
	struct world *w;
	unsigned n;
	struct seat seat[8];
	char bundle[65536];
	size_t bundle_n;
	struct ceremony_bundle open;
};

static void
template_make(struct world *w, struct text *t, const char *vkey)
{
	text_printf(t, "quorate/trust@v1\nname acme.example/release\nepoch 1\n"
		       "revision 1\nprevious -\nsigner release %s -\n"
		       "quorum release\nroot r1 ", vkey);
	put_random_key(w, t, "r1", KEY_ED25519);
	text_string(t, " CH\nroot-quorum r1\nlog ");
	put_random_key(w, t, "log.example", KEY_ED25519);
	text_string(t, " CH\nwitness w1 ");
	put_random_key(w, t, "w1.example", KEY_COSIGNATURE);
	text_string(t, " IS\nwitness-quorum w1\nabout\nproposed 1763600000\n"
		       "shared release\n");
}

static void
draft_make(struct birth *b, const char *parties, const char *groups)
{
	struct world *w = b->w;
	char template[8192], draft[8192], local[64];
	struct text t, u, out;
	const struct ceremony *k;
	uint8_t digest[32];

	text_init(&t, template, sizeof template);
	template_make(w, &t, "@");
	sha256_of(digest, template, t.n);
	text_init(&u, draft, sizeof draft);
	text_printf(&u,
	    "quorate/ceremony@v1\nauthority acme.example/release 1\n"
	    "signer release\nkey acme.example/release\nproposed %llu\n"
	    "deadline %llu\n",
	    (unsigned long long)w->now, (unsigned long long)w->now + 3600);
	put_parties(&u, w, parties);
	text_printf(&u, "%strust ", groups);
	text_hex(&u, digest, 32);
	text_string(&u, "\n");
	text_init(&out, b->bundle, sizeof b->bundle);
	put_draft(&out, w, &u, template, t.n);
	b->bundle_n = out.n;
	ck_assert_rc(ceremony_open(&b->open, (const uint8_t *)b->bundle,
			 b->bundle_n),
	    RC_OK);
	k = &b->open.ceremony;
	b->n = k->party_n;
	for (unsigned i = 0; i < k->party_n; i++) {
		struct slice s = ceremony_party_name(k, k->tree.party[i]);

		snprintf(local, sizeof local, "%.*s", (int)s.n, s.p);
		b->seat[i].actor = world_actor(w, local);
		b->seat[i].id = i + 1;
	}
}

static struct birth *
birth_new(uint64_t seed, const char *parties, const char *groups)
{
	struct birth *b = calloc(1, sizeof *b);

	ck_assert_ptr_nonnull(b);
	b->w = world_new(seed);
	draft_make(b, parties, groups);
	b->w->c = world_machine(b->w);
	return b;
}

static void
birth_free(struct birth *b)
{
	world_free(b->w);
	free(b);
}

static unsigned
birth_propose(struct birth *b)
{
	unsigned index;

	ck_assert_rc(coordinator_ceremony(b->w->c, &index,
			 (const uint8_t *)b->bundle, b->bundle_n, b->w->now),
	    RC_OK);
	world_record(b->w, 'c', b->bundle, b->bundle_n, NULL);
	return index;
}

#define FLAT "carol alice bob", "group three 2 alice bob carol\nquorum three\n"
#define TREE                                                                   \
	"alice bob carol dana emil",                                           \
	    "group swiss any alice bob\ngroup brazil all dana emil\n"          \
	    "group regions 2 swiss carol brazil\nquorum regions\n"

/* ---- what a party says ---- */

static void
say_accept(struct birth *b, struct seat *s, struct text *out)
{
	struct message_accept m;
	uint8_t random[64];
	char buffer[1024];
	struct text t;

	help_bytes(&b->w->random, random, sizeof random);
	ck_assert_rc(dkg_key_make(&s->key, random), RC_OK);
	memcpy(m.ceremony, b->open.ceremony.id, 32);
	m.key = s->key.p;
	text_init(&t, buffer, sizeof buffer);
	accept_build(&t, &m);
	put_note(out, &t, s->actor);
}

static void
say_complaint(struct birth *b, struct seat *s, struct text *out)
{
	struct message_complaint m = {0};
	char buffer[1024];
	struct text t;

	memcpy(m.ceremony, b->open.ceremony.id, 32);
	m.dealer = (struct slice){(const uint8_t *)"bob", 3};
	m.reason = (struct slice){(const uint8_t *)"ciphertext", 10};
	text_init(&t, buffer, sizeof buffer);
	complaint_build(&t, &m);
	put_note(out, &t, s->actor);
}

static void
say_deal(struct birth *b, struct seat *s, struct text *out)
{
	static struct dkg_secret secret;
	static struct dkg_dealing dealing;
	static char buffer[65536];
	uint8_t sid[DKG_SESSION_BYTES], seed[32];
	unsigned culprit;
	struct text t;

	s->dealt = true;
	if (s->fault == NEVER_DEALS)
		return;
	ceremony_session(sid, &b->open.ceremony);
	ck_assert_rc(dkg_init(&s->dkg, &culprit, &suite_ed25519, &b->open.ceremony.tree,
			 s->keys, sid, sizeof sid),
	    RC_OK);
	help_bytes(&b->w->random, seed, sizeof seed);
	dkg_secret_make(&secret, &s->dkg, &s->key, seed);
	ck_assert_rc(
	    dkg_deal(&dealing, &s->dkg, s->id, &s->key, &secret), RC_OK);
	if (s->fault == BAD_POP)
		dealing.pop[40] ^= 1;
	text_init(&t, buffer, sizeof buffer);
	ceremony_deal_build(&t, &b->open.ceremony, &dealing);
	put_note(out, &t, s->actor);
}

static void
say_confirm(struct birth *b, struct seat *s, struct text *out)
{
	static struct dkg_sum sum;
	struct message_confirm m;
	uint8_t ext[DKG_EXTENSION_BYTES];
	struct sha512 h;
	char buffer[1024];
	struct text t;

	dkg_sum_init(&sum, s->id);
	for (unsigned i = 0; i < b->n; i++)
		ck_assert_rc(
		    dkg_sum_add(&sum, &s->dkg, &s->key, &s->dealing[i]),
		    RC_OK);
	ck_assert_rc(dkg_finish(&s->frost, &s->share, &s->dkg, &sum), RC_OK);
	dkg_extension(ext, &s->dkg, s->dealing);
	s->transcript_n = dkg_transcript(
	    s->transcript, &s->dkg, s->dealing, ext, sizeof ext);
	memcpy(m.ceremony, b->open.ceremony.id, 32);
	sha512_init(&h);
	sha512_update(&h, s->transcript, s->transcript_n);
	sha512_final(&h, m.transcript);
	dkg_transcript_sign(
	    m.signature, &s->key, s->transcript, s->transcript_n);
	if (s->fault == BAD_CONFIRM)
		m.signature[3] ^= 1;
	text_init(&t, buffer, sizeof buffer);
	confirm_build(&t, &m);
	put_note(out, &t, s->actor);
	s->confirmed = true;
}

static void
say_commit(struct birth *b, struct seat *s, unsigned which, struct text *out)
{
	struct message_commit m = {0};
	struct frost_commitment k;
	struct frost_binding made_for;
	uint8_t random[2][32];
	char buffer[1024];
	struct text t;

	memcpy(made_for.message_id, s->id_of[which], 32);
	memcpy(made_for.roster_id, s->frost.id, 32);
	memcpy(made_for.boot_id, s->actor->boot, sizeof made_for.boot_id);
	help_bytes(&b->w->random, random, sizeof random);
	ck_assert_uint_lt(s->nonce_n[which], 4);
	ck_assert_rc(frost_commit(&s->nonces[which][s->nonce_n[which]++], &k,
			 suite, &s->share, &made_for, random[0], random[1]),
	    RC_OK);
	memcpy(m.message, s->id_of[which], 32);
	memcpy(m.roster, s->frost.id, 32);
	memcpy(m.boot, s->actor->boot, sizeof m.boot);
	m.serial = ++s->serial;
	m.d = k.d;
	m.e = k.e;
	text_init(&t, buffer, sizeof buffer);
	commit_build(&t, &m);
	put_note(out, &t, s->actor);
}

static void
text_id(uint8_t id[static 32], const char *text, size_t n)
{
	sha256_of(id, text, n);
}

/* All have confirmed: the two texts, the line, commitments for both. */
static void
say_line(struct birth *b, struct seat *s, struct text *out)
{
	const struct ceremony *k = &b->open.ceremony;
	uint8_t record[32];
	struct roster r;
	struct text t;

	ceremony_record(record, k, s->transcript, s->transcript_n,
	    (const uint8_t(*)[DKG_SIG_BYTES])s->signature);
	text_init(&t, s->roster, sizeof s->roster);
	ceremony_roster_build(&t, k, &s->frost.key, s->frost.share, record);
	s->roster_n = t.n;
	text_init(&t, s->trust, sizeof s->trust);
	ceremony_trust_build(&t, k, b->open.template.p, b->open.template.n,
	    &s->frost.key);
	s->trust_n = t.n;
	text_id(s->id_of[0], s->roster, s->roster_n);
	text_id(s->id_of[1], s->trust, s->trust_n);
	ck_assert_rc(
	    roster_parse(&r, (const uint8_t *)s->roster, s->roster_n), RC_OK);
	ck_assert_rc(roster_frost(&s->frost, &r), RC_OK);
	memcpy(s->share.roster_id, s->frost.id, 32);
	ck_assert_rc(frost_key_share_check(&s->share, &s->frost), RC_OK);
	put_own_line(out, s->actor, (const uint8_t *)s->roster, s->roster_n);
	say_commit(b, s, 0, out);
	say_commit(b, s, 1, out);
	s->lined = true;
}

static void
say_share(struct seat *s, const struct message *m, struct text *out)
{
	static struct message_package p;
	static struct signing_package pkg;
	struct message_share share = {0};
	struct frost_nonces *k = NULL;
	unsigned which;
	char buffer[2048];
	struct text t;

	ck_assert_rc(package_parse(&p, m->text.p, m->text.n), RC_OK);
	which = memcmp(p.message, s->id_of[0], 32) != 0;
	ck_assert_mem_eq(p.message, s->id_of[which], 32);
	for (unsigned i = 0; i < p.list_n; i++)
		for (unsigned j = 0; j < s->nonce_n[which]; j++)
			if (s->nonces[which][j].fresh &&
			    memcmp(s->nonces[which][j].commitment.d.b,
				p.list[i].d.b, 32) == 0)
				k = &s->nonces[which][j];
	ck_assert_ptr_nonnull(k);
	memcpy(share.message, p.message, 32);
	memcpy(share.roster, p.roster, 32);
	memcpy(share.package, m->id, 32);
	memcpy(share.boot, s->actor->boot, sizeof share.boot);
	share.d = k->commitment.d;
	share.e = k->commitment.e;
	package_frost(&pkg, &p,
	    (const uint8_t *)(which ? s->trust : s->roster),
	    which ? s->trust_n : s->roster_n);
	ck_assert_rc(frost_sign(&share.z, k, &s->share, &s->frost,
			 s->actor->boot, &pkg),
	    RC_OK);
	text_init(&t, buffer, sizeof buffer);
	share_build(&t, &share);
	put_note(out, &t, s->actor);
}

/* ---- what a party hears ---- */

static unsigned
seat_by(const struct birth *b, const struct message *m)
{
	unsigned id = ceremony_sender(&b->open.ceremony, m);

	ck_assert_uint_ne(id, 0);
	ck_assert_rc(message_verify(m, &b->seat[id - 1].actor->key), RC_OK);
	return id;
}

/* The same deal is none with another count of anything, or for another. T2: a
 * sub-group's constant that is sent is one commitment too many. */
static void
deal_refused(
    const struct ceremony *c, unsigned id, const struct message_deal *deal)
{
	static struct message_deal other;
	static struct dkg_dealing out;

	for (int by = -1; by <= 1; by += 2) {
		other = *deal;
		other.dealing.commitment_n += by;
		ck_assert_rc(ceremony_dealing(&out, c, id, &other), RC_COUNT);
		other = *deal;
		other.dealing.share_n += by;
		ck_assert_rc(ceremony_dealing(&out, c, id, &other), RC_COUNT);
	}
	other = *deal;
	other.dealing.share_name[0] = deal->dealing.share_name[1];
	ck_assert_rc(ceremony_dealing(&out, c, id, &other), RC_LINE_ORDER);
	other = *deal;
	other.ceremony[31] ^= 1;
	ck_assert_rc(ceremony_dealing(&out, c, id, &other), RC_CEREMONY);
}

static void
seat_hear(struct birth *b, struct seat *s, const struct message *m,
    struct text *out)
{
	static struct message_deal deal;
	struct message_confirm confirm;
	struct message_accept accept;
	unsigned id;

	switch (m->kind) {
	case MESSAGE_ACCEPT:
		id = seat_by(b, m);
		ck_assert_rc(
		    accept_parse(&accept, m->text.p, m->text.n), RC_OK);
		s->keys[id - 1] = accept.key;
		tree_set_add(&s->accepts, id);
		break;
	case MESSAGE_DEAL:
		id = seat_by(b, m);
		ck_assert_rc(deal_parse(&deal, m->text.p, m->text.n), RC_OK);
		ck_assert_rc(ceremony_dealing(&s->dealing[id - 1],
				 &b->open.ceremony, id, &deal),
		    RC_OK);
		deal_refused(&b->open.ceremony, id, &deal);
		tree_set_add(&s->deals, id);
		break;
	case MESSAGE_CONFIRM:
		id = seat_by(b, m);
		ck_assert_rc(
		    confirm_parse(&confirm, m->text.p, m->text.n), RC_OK);
		memcpy(s->signature[id - 1], confirm.signature, 64);
		tree_set_add(&s->confirms, id);
		break;
	case MESSAGE_PACKAGE:
		say_share(s, m, out);
		break;
	default:
		ck_assert_int_eq(m->kind, MESSAGE_COMPLAINT);
	}
}

static bool
seat_step(struct birth *b, struct seat *s)
{
	static char inbox[BUNDLE_BYTES_MAX], answer[1 << 20];
	struct actor *a = s->actor;
	struct message_poll poll = {0};
	struct coord_poller who;
	struct bundle_item item;
	struct bundle bundle;
	struct message m;
	char note[2048];
	struct text t, out;
	bool news;
	enum rc rc;

	poll.authority = b->open.ceremony.authority;
	poll.epoch = 1;
	memcpy(poll.boot, a->boot, sizeof poll.boot);
	poll.time = b->w->now;
	poll.after = (struct slice){
	    (const uint8_t *)a->cursor, strlen(a->cursor)};
	text_init(&t, note, sizeof note);
	poll_build(&t, &poll);
	note_make(&t, a);
	ck_assert_rc(message_open(&m, (const uint8_t *)t.p, t.n), RC_OK);
	ck_assert_rc(coordinator_poll(&who, b->w->c, &m, b->w->now), RC_OK);
	news = coordinator_news(b->w->c, &who);
	text_init(&t, inbox, sizeof inbox);
	coordinator_inbox(&t, b->w->c, &who, b->w->now);
	ck_assert_rc(bundle_init(&bundle, (const uint8_t *)t.p, t.n), RC_OK);
	ck_assert_rc(bundle_next(&bundle, &item), RC_OK);
	{
		struct message_inbox head;

		ck_assert_rc(
		    inbox_parse(&head, item.text.p, item.text.n), RC_OK);
		snprintf(a->cursor, sizeof a->cursor, "%.*s",
		    (int)head.cursor.n, head.cursor.p);
	}
	text_init(&out, answer, sizeof answer);
	while (bundle.at != bundle.end) {
		struct bundle before = bundle;

		rc = bundle_next(&bundle, &item);
		ck_assert_rc(rc, RC_OK);
		ck_assert_rc(
		    message_open(&m, item.whole.p, item.whole.n), RC_OK);
		if (m.kind == MESSAGE_DRAFT) {
			struct ceremony_bundle seen;

			bundle = before;
			ck_assert_rc(
			    ceremony_open_next(&seen, &bundle), RC_OK);
			ck_assert_str_eq(seen.code, b->open.code);
			ck_assert_uint_eq(seen.whole.n, b->bundle_n);
			if (!s->draft_seen)
				say_accept(b, s, &out);
			s->draft_seen = true;
			continue;
		}
		seat_hear(b, s, &m, &out);
	}
	if (tree_set_count(&s->accepts) == b->n && !s->dealt)
		say_deal(b, s, &out);
	if (s->fault == COMPLAINS && tree_set_count(&s->deals) == b->n)
		say_complaint(b, s, &out);
	else if (tree_set_count(&s->deals) == b->n && !s->confirmed)
		say_confirm(b, s, &out);
	if (tree_set_count(&s->confirms) == b->n && !s->lined)
		say_line(b, s, &out);
	if (out.n > 0)
		(void)!world_post(b->w, out.p, out.n);
	return news;
}

static void
birth_settle(struct birth *b)
{
	for (unsigned round = 0; round < 40; round++)
		for (unsigned i = 0; i < b->n; i++)
			(void)seat_step(b, &b->seat[i]);
}

/* ---- judged by bytes ---- */

static void
judge_note(const struct birth *b, const uint8_t *bytes, size_t n,
    const struct frost_roster *f, unsigned lines)
{
	struct note note;
	struct sigline l;

	ck_assert_rc(note_split(&note, bytes, n), RC_OK);
	ck_assert_uint_eq(note.line_n, lines);
	for (unsigned i = 0; i < lines; i++) {
		note_line(&note, i, &l, NULL);
		ck_assert_int_eq(
		    crypto_sign_verify_detached(l.blob + 4, bytes, note.text_n,
			i == 0 ? f->key.b : b->seat[i - 1].actor->key.key),
		    0);
		if (i > 0)
			ck_assert(
			    sigline_by(&l, &b->seat[i - 1].actor->key));
	}
}

static void
judge_born(struct birth *b, unsigned index)
{
	const struct coord_birth *x = &b->w->c->birth[index];
	const struct seat *s = &b->seat[0];

	ck_assert_msg(x->state == BIRTH_BORN, "state %d: %s", x->state,
	    x->reason);
	judge_note(b, x->roster_note, x->roster_note_n, &s->frost, b->n + 1);
	judge_note(b, x->trust_note, x->trust_note_n, &s->frost, 1);
	ck_assert_mem_eq(x->roster_note, s->roster, s->roster_n);
	ck_assert_mem_eq(x->trust_note, s->trust, s->trust_n);
	ck_assert_uint_eq(b->w->c->authority_n, 1);
	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++)
		ck_assert(!b->w->c->proposal[i].used);
}

static void
full_birth(uint64_t seed, const char *parties, const char *groups)
{
	struct birth *b = birth_new(seed, parties, groups);
	unsigned index = birth_propose(b);

	birth_settle(b);
	judge_born(b, index);
	world_restart(b->w);
	judge_born(b, index);
	birth_free(b);
}

START_TEST(flat)
{
	full_birth(1, FLAT);
}
END_TEST

START_TEST(along_a_tree)
{
	full_birth(2, TREE);
}
END_TEST

/* The coordinator is killed after every k-th step. */
START_TEST(killed)
{
	for (unsigned stop = 1; stop < 26; stop += 2) {
		struct birth *b = birth_new(3, FLAT);
		unsigned index = birth_propose(b);

		for (unsigned i = 0; i < stop; i++)
			(void)seat_step(b, &b->seat[i % b->n]);
		if (b->w->c->birth[index].state != BIRTH_BORN)
			world_restart(b->w);
		birth_settle(b);
		judge_born(b, index);
		birth_free(b);
	}
}
END_TEST

static void
failed_birth(enum birth_fault fault, const char *reason)
{
	struct birth *b = birth_new(4, FLAT);
	unsigned index = birth_propose(b);
	const struct coord_birth *x = &b->w->c->birth[index];

	b->seat[1].fault = fault;
	birth_settle(b);
	world_tick(b->w, 3600);
	if (fault == NEVER_DEALS)
		ck_assert_uint_eq(x->state, BIRTH_DEALING);
	world_tick(b->w, 1);
	ck_assert_uint_eq(x->state, BIRTH_FAILED);
	ck_assert_msg(strncmp(x->reason, reason, strlen(reason)) == 0, "%s",
	    x->reason);
	world_restart(b->w);
	birth_settle(b); /* nobody minds */
	birth_free(b);
}

START_TEST(faults)
{
	failed_birth(BAD_POP, "bob: its dealing");
	failed_birth(BAD_CONFIRM, "bob: its confirmation");
	failed_birth(NEVER_DEALS, "not everybody");
	failed_birth(COMPLAINS, "bob: declines");
}
END_TEST

/* ---- what is kept ---- */

static void
keep(struct world *w, uint8_t kind, const void *bytes, size_t n,
    const uint8_t *supersedes)
{
	static const uint8_t all[32];
	enum store_kind as = kind == 'm' ? STORE_MESSAGE
	    : kind == 'c'		 ? STORE_CEREMONY
	    : kind == 't'		 ? STORE_TICK
					 : STORE_PROPOSE;
	struct ceremony_bundle open;
	uint8_t id[32], scope[32];
	struct message m;

	memcpy(scope, all, 32);
	if (as == STORE_CEREMONY) {
		ck_assert_rc(ceremony_open(&open, bytes, n), RC_OK);
		memcpy(scope, open.ceremony.id, 32);
	} else if (as != STORE_TICK) {
		ck_assert_rc(message_open(&m, bytes, n), RC_OK);
		ck_assert(coordinator_about(&m, id));
		ck_assert(coordinator_scope(w->c, id, scope));
	}
	ck_assert_rc(coord_store_begin(w->store), RC_OK);
	ck_assert_rc(coord_store_event(w->store, w->c, as, scope, supersedes, bytes,
			 n, w->now),
	    RC_OK);
	ck_assert_rc(coord_store_commit(w->store, w->c, w->now), RC_OK);
}

/* Another process: a machine that knows the proposer and the store. */
static void
store_restart(struct world *w, const char *dir)
{
	struct why why = {""};
	uint32_t run;

	coord_store_close(w->store);
	free(w->c);
	w->c = world_machine(w);
	ck_assert_msg(
	    coord_store_open(&w->store, dir, &run, &why) == RC_OK, "%s", why.text);
	ck_assert_msg(
	    coord_store_replay(w->store, w->c, &why) == RC_OK, "%s", why.text);
}

/* The parties hold their shares now: let them sign a release. */
static void
release_by_newborn(struct birth *b, const char *dir)
{
	static char said[BUNDLE_BYTES_MAX];
	struct world *w = b->w;
	uint8_t id[32];
	unsigned index;
	struct text t;

	memcpy(w->roster_text[0], b->seat[0].roster, b->seat[0].roster_n);
	w->roster_text_n[0] = b->seat[0].roster_n;
	w->roster[0] = b->seat[0].frost;
	memcpy(w->roster_id[0], w->roster[0].id, 32);
	w->roster_n = 1;
	for (unsigned i = 0; i < b->n; i++) {
		b->seat[i].actor->roster = 0;
		b->seat[i].actor->share = b->seat[i].share;
		strcpy(b->seat[i].actor->cursor, "0");
	}
	ck_assert_rc(
	    world_propose(w, "acme.example/camera", 1, NULL, &index), RC_OK);
	memcpy(id, w->c->proposal[index].id, 32);
	(void)actor_step(w, &w->actor[0]);
	(void)actor_step(w, &w->actor[1]);
	store_restart(w, dir);
	ck_assert_int_ge(coordinator_find(w->c, id), 0);
	world_run(w);
	ck_assert_int_lt(coordinator_find(w->c, id), 0); /* it has ended */
	store_restart(w, dir);
	ck_assert_int_lt(coordinator_find(w->c, id), 0);
	ck_assert(coord_store_knows(w->store, id));
	text_init(&t, said, sizeof said);
	ck_assert(coord_store_end(w->store, id, false, &t));
	ck_assert_ptr_nonnull(strstr(said, "\nstate signed\n"));
}

START_TEST(born_and_used)
{
	char dir[] = "/tmp/check_ceremony.XXXXXX", command[64];
	static char said[BUNDLE_BYTES_MAX];
	struct birth *b = birth_new(8, TREE);
	struct world *w = b->w;
	struct why why = {""};
	uint8_t id[32];
	struct text t;
	uint32_t run;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_msg(
	    coord_store_open(&w->store, dir, &run, &why) == RC_OK, "%s", why.text);
	ck_assert_uint_eq(run, 1);
	w->record = keep;
	memcpy(id, b->open.ceremony.id, 32);
	(void)birth_propose(b);
	for (unsigned i = 0; i < 3 * b->n; i++)
		(void)seat_step(b, &b->seat[i % b->n]);
	store_restart(w, dir);
	ck_assert_int_ge(coordinator_find_birth(w->c, id), 0);
	birth_settle(b);
	ck_assert_int_lt(coordinator_find_birth(w->c, id), 0);
	store_restart(w, dir);
	ck_assert_uint_eq(w->c->authority_n, 1);
	ck_assert(coord_store_knows(w->store, id));
	ck_assert(coord_store_knows(w->store, b->seat[0].id_of[0]));
	ck_assert(coord_store_knows(w->store, b->seat[0].id_of[1]));
	ck_assert(!coord_store_end(w->store, id, false, &(struct text){0}));
	text_init(&t, said, sizeof said);
	ck_assert(coord_store_end(w->store, id, true, &t));
	ck_assert_ptr_nonnull(strstr(said, "\nstate born\n"));
	ck_assert_ptr_nonnull(strstr(said, b->seat[0].roster));
	ck_assert_ptr_nonnull(strstr(said, b->seat[0].trust));
	release_by_newborn(b, dir);
	coord_store_close(w->store);
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
	birth_free(b);
}
END_TEST

/* ---- the draft ---- */

/* 127.0.0.1 is lusab-babad: the letters as their author published them. */
static unsigned
proquint_value(const char *word)
{
	static const char consonant[] = "bdfghjklmnprstvz", vowel[] = "aiou";
	unsigned v = 0;

	for (unsigned i = 0; i < 5; i++) {
		const char *at =
		    strchr(i % 2 ? vowel : consonant, word[i]);

		ck_assert_ptr_nonnull(at);
		v = v << (i % 2 ? 2 : 4) |
		    (unsigned)(at - (i % 2 ? vowel : consonant));
	}
	return v;
}

START_TEST(code)
{
	struct birth *b = birth_new(5, FLAT);
	const struct ceremony *c = &b->open.ceremony;
	struct sha256 h;
	uint8_t d[32];

	ck_assert_uint_eq(proquint_value("lusab"), 0x7f00);
	ck_assert_uint_eq(proquint_value("babad"), 0x0001);
	sha256_init(&h);
	sha256_update(&h, c->text, c->text_n);
	for (unsigned i = 0; i < b->n; i++)
		sha256_update(&h, b->open.card_id[i], 32);
	sha256_final(&h, d);
	ck_assert_uint_eq(strlen(b->open.code), 47);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_uint_eq(proquint_value(b->open.code + 6 * i),
		    (unsigned)d[2 * i] << 8 | d[2 * i + 1]);
	birth_free(b);
}
END_TEST

/* One replacement in the bundle, which must then be refused. */
static void
bundle_without(const struct birth *b, const char *from, const char *to,
    enum rc want)
{
	static char bytes[65536];
	const char *at = memmem(b->bundle, b->bundle_n, from, strlen(from));
	struct ceremony_bundle open;
	struct text t;

	ck_assert_msg(at != NULL, "'%s' is not there", from);
	text_init(&t, bytes, sizeof bytes);
	text_put(&t, b->bundle, (size_t)(at - b->bundle));
	text_string(&t, to);
	text_put(&t, at + strlen(from),
	    b->bundle_n - (size_t)(at - b->bundle) - strlen(from));
	ck_assert_rc(
	    ceremony_open(&open, (const uint8_t *)bytes, t.n), want);
}

START_TEST(damaged_bundles)
{
	struct birth *b = birth_new(6, FLAT);

	bundle_without(b, "contact a@b", "contact a@c", RC_SIGNATURE_INVALID);
	bundle_without(b, "party@v1\nname alice", "party@v1\nname alicf",
	    RC_CEREMONY);
	bundle_without(b, "release @ -", "release # -", RC_TEMPLATE);
	bundle_without(b, "quorum release\n", "quorum  release\n",
	    RC_TEMPLATE);
	bundle_without(b, "group three 2 ", "group three 1 ", RC_TREE);
	for (size_t n = 0; n < b->bundle_n; n++) {
		struct ceremony_bundle open;

		ck_assert(ceremony_open(&open, (const uint8_t *)b->bundle,
			      n) != RC_OK);
	}
	birth_free(b);
}
END_TEST

START_TEST(templates)
{
	static const struct {
		const char *from, *to;
		enum rc rc;
	} cases[] = {{"", "", RC_OK}, {"epoch 1", "epoch 2", RC_NUMBER},
	    {"name acme", "name bcme", RC_TEMPLATE},
	    {"shared release\n", "", RC_TEMPLATE},
	    {"signer release @ -", "signer release @ CH", RC_FIELD},
	    {"signer release @ -\nquorum release",
		"signer other @ -\nquorum other", RC_POLICY},
	    /* a new key in the place of another is of the next text */
	    {"revision 1\nprevious -",
		"revision 2\nprevious 00000000000000000000000000000000000000000"
		"00000000000000000000000", RC_OK}};
	struct birth *b = birth_new(7, FLAT);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ceremony c = b->open.ceremony;
		char bytes[8192];
		const char *base = (const char *)b->open.template.p;
		size_t n = b->open.template.n;
		const char *at = cases[i].from[0] == 0
		    ? base
		    : memmem(base, n, cases[i].from, strlen(cases[i].from));
		struct text t;
		enum rc rc;

		ck_assert_ptr_nonnull(at);
		text_init(&t, bytes, sizeof bytes);
		text_put(&t, base, (size_t)(at - base));
		text_string(&t, cases[i].to);
		text_put(&t, at + strlen(cases[i].from),
		    n - (size_t)(at - base) - strlen(cases[i].from));
		text_id(c.trust, bytes, t.n);
		rc = ceremony_template_check(
		    &c, (const uint8_t *)bytes, t.n);
		if (cases[i].rc == RC_NUMBER)
			ck_assert(rc != RC_OK);
		else
			ck_assert_msg(rc == cases[i].rc, "case %zu: %d", i,
			    (int)rc);
		if (rc == RC_OK) {
			struct ceremony_bundle k = {.ceremony = c,
			    .template = {(const uint8_t *)bytes, t.n}};
			const uint8_t zero[32] = {0};
			struct ceremony_hop hop;

			ceremony_hop(&hop, &k);
			ck_assert(hop.is_hop == (i > 0));
			ck_assert_uint_eq(hop.revision, i > 0 ? 2 : 1);
			ck_assert_mem_eq(hop.before, zero, 32);
		}
	}
	birth_free(b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ceremony");
	TCase *t = tcase_create("births");

	if (sodium_init() < 0)
		return 1;
	tcase_set_timeout(t, 300);
	tcase_add_test(t, flat);
	tcase_add_test(t, along_a_tree);
	tcase_add_test(t, killed);
	tcase_add_test(t, faults);
	tcase_add_test(t, born_and_used);
	tcase_add_test(t, code);
	tcase_add_test(t, damaged_bundles);
	tcase_add_test(t, templates);
	suite_add_tcase(s, t);
	return suite_run(s);
}
