/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole reshares: the coordinator's machine and the machine of each party,
 * with nothing but bytes between them. Dealers who abort, lie to one, lie to
 * all, send wrong counts, in every position and in pairs; parties and
 * coordinator killed between any two notes. The matrix is printed: who was
 * found out, and how many choices it took.
 */
#include "tests/unit/ceremony_world.h"
#include "signer/birth.h"
#include "tests/unit/suite.h"

enum deceit {
	NO_DECEIT,
	STAYS_AWAY,	/* never accepts */
	ABORTS,		/* accepts, never deals */
	LIES_TO_ONE,	/* one ciphertext is noise */
	LIES_TO_ALL,	/* all are */
	OTHER_POINTS,	/* shares that do not fit the commitments */
	OTHER_SECRET,	/* deals what is not its share */
	FEWER,		/* commitments */
	MORE,
	IDENTITY,	/* a commitment that is no point */
	SWAPPED,	/* ciphertexts in another order */
	OTHER_CONTEXT,	/* for other keys */
	COMPLAINS,	/* of a good dealing, with an opening of another */
	DECLINES,
	DECEITS
};

/* What becomes of it: NULL is silence, which nobody is named for. */
static const struct {
	const char *name, *code;
	bool ends; /* the ceremony: it is a new party's deceit */
} deceits[DECEITS] = {
    [NO_DECEIT] = {"honest", NULL, false},
    [STAYS_AWAY] = {"stays-away", NULL, false},
    [ABORTS] = {"aborts", NULL, false},
    [LIES_TO_ONE] = {"lies-to-one", "dealing", false},
    [LIES_TO_ALL] = {"lies-to-all", "dealing", false},
    [OTHER_POINTS] = {"other-points", "dealing", false},
    [OTHER_SECRET] = {"other-secret", "share", false},
    [FEWER] = {"fewer", "count", false},
    [MORE] = {"more", "count", false},
    [IDENTITY] = {"identity", "dealing", false},
    [SWAPPED] = {"swapped", "count", false},
    [OTHER_CONTEXT] = {"other-context", NULL, false},
    [COMPLAINS] = {"false-complaint", "complaint", true},
    [DECLINES] = {"declines", NULL, true},
};

enum { CHAIRS_MAX = 8 };

struct chair {
	struct actor *actor;
	enum deceit deceit;
	bool holds;
	struct frost_key_share held;
	uint8_t dkg[BIRTH_DKG_BYTES];
	struct birth *b;
	struct birth_secrets *x;
	/* durable */
	bool confirmed, born;
	uint8_t transcript[64];
	struct frost_key_share share;
	char roster[16384];
	size_t roster_n;
};

static struct {
	struct world *w;
	unsigned n;
	struct chair chair[CHAIRS_MAX];
	char bundle[65536];
	size_t bundle_n;
	unsigned index; /* of the ceremony in the machine */
	unsigned kills;
} run;

static const char *const holders = "alice bob carol dana emil";
#define FLAT3OF5                                                               \
	"group three 3 alice bob carol dana emil\nquorum three\n"

static enum rc
keep_confirm(void *context, const uint8_t ceremony[static 32],
    const uint8_t transcript[static 64])
{
	struct chair *c = context;

	(void)ceremony;
	if (c->confirmed && memcmp(c->transcript, transcript, 64) != 0)
		return RC_CONFLICT;
	c->confirmed = true;
	memcpy(c->transcript, transcript, 64);
	return RC_OK;
}

static enum rc
keep_born(void *context, const uint8_t ceremony[static 32],
    const struct frost_key_share *share, struct slice roster,
    struct slice trust, struct slice record)
{
	struct chair *c = context;

	(void)ceremony;
	ck_assert(c->confirmed);
	ck_assert_uint_eq(trust.n, 0);
	ck_assert_uint_gt(record.n, 0);
	ck_assert_uint_le(roster.n, sizeof c->roster);
	if (c->born) { /* whoever comes back comes to the same */
		ck_assert_uint_eq(c->roster_n, roster.n);
		ck_assert_mem_eq(c->roster, roster.p, roster.n);
	}
	c->born = true;
	if (share != NULL)
		c->share = *share;
	memcpy(c->roster, roster.p, roster.n);
	c->roster_n = roster.n;
	return RC_OK;
}

static void
draft(const char *parties, const char *groups)
{
	struct world *w = run.w;
	char text[16384];
	struct text t, out;

	text_init(&t, text, sizeof text);
	put_head(&t, w, "ceremony", true, w->now + 3600);
	put_parties(&t, w, parties);
	text_string(&t, groups);
	text_init(&out, run.bundle, sizeof run.bundle);
	put_draft(
	    &out, w, &t, w->roster_text[0], w->roster_text_n[0]);
	run.bundle_n = out.n;
}

/* A process that starts: nothing in memory, the present share at hand. */
static void
sit(struct chair *c)
{
	struct birth_keeper k = {c, keep_confirm, keep_born};
	static struct ceremony_bundle open;
	static struct birth_secrets none;

	ck_assert_rc(ceremony_open(&open, (const uint8_t *)run.bundle,
			 run.bundle_n),
	    RC_OK);
	if (c->b == NULL) {
		c->b = calloc(1, sizeof *c->b);
		c->x = calloc(1, sizeof *c->x);
	}
	ck_assert(c->b != NULL && c->x != NULL);
	*c->x = none;
	ck_assert_rc(birth_offer(c->b, &k, c->x, &c->actor->key,
			 (const uint8_t *)run.bundle, run.bundle_n),
	    RC_OK);
	if (c->holds)
		ck_assert_rc(birth_hold(c->b, &c->held), RC_OK);
	strcpy(c->actor->cursor, "0");
}

static void
start(uint64_t seed, const char *quorum, const char *parties,
    const char *groups)
{
	struct world *w = world_new(seed);

	for (unsigned i = 0; i < CHAIRS_MAX; i++) {
		struct birth *b = run.chair[i].b;
		struct birth_secrets *x = run.chair[i].x;

		memset(&run.chair[i], 0, sizeof run.chair[i]);
		run.chair[i].b = b;
		run.chair[i].x = x;
	}
	run.w = w;
	run.kills = 0;
	world_roster(w, "release", holders, quorum);
	world_trust(w, "", "quorum release\n");
	draft(parties, groups);
	w->c = world_machine(w);
	ck_assert_rc(coordinator_ceremony(w->c, &run.index,
			 (const uint8_t *)run.bundle, run.bundle_n, w->now),
	    RC_OK);
	world_record(w, 'c', run.bundle, run.bundle_n, NULL);
	run.n = w->actor_n;
	ck_assert_uint_le(run.n, CHAIRS_MAX);
	for (unsigned i = 0; i < run.n; i++) {
		struct chair *c = &run.chair[i];

		c->actor = &w->actor[i];
		c->holds = c->actor->roster == 0;
		c->held = c->actor->share;
		help_bytes(&w->random, c->dkg, sizeof c->dkg);
		sit(c);
	}
}

static void
finish(void)
{
	world_free(run.w);
	run.w = NULL;
}

/* ---- deceit: what a party's dealing becomes on its way out ---- */

static void
spoil(const struct chair *c, struct message_reshare *m)
{
	struct world *w = run.w;
	struct scalar s;
	uint8_t t[48];
	struct slice name;
	struct message_dealing *d = &m->dealing;

	switch (c->deceit) {
	case LIES_TO_ONE:
		help_bytes(&w->random, d->share[1], 48);
		break;
	case LIES_TO_ALL:
		help_bytes(&w->random, d->share, 48u * d->share_n);
		break;
	case OTHER_POINTS:
		help_scalar(&w->random, &s);
		ck_assert(suite->point_base(&d->commitment[1], &s));
		break;
	case OTHER_SECRET:
		help_scalar(&w->random, &s);
		ck_assert(suite->point_base(&d->commitment[0], &s));
		break;
	case FEWER:
		d->commitment_n--;
		break;
	case MORE:
		d->commitment[d->commitment_n] = d->commitment[1];
		d->commitment_n++;
		break;
	case IDENTITY:
		suite->point_identity(&d->commitment[1]);
		break;
	case SWAPPED:
		name = d->share_name[0];
		d->share_name[0] = d->share_name[1];
		d->share_name[1] = name;
		memcpy(t, d->share[0], 48);
		memcpy(d->share[0], d->share[1], 48);
		memcpy(d->share[1], t, 48);
		break;
	case OTHER_CONTEXT:
		m->context[7] ^= 1;
		break;
	default:
		break;
	}
}

static void
put_complaint(const struct chair *c, struct text *out)
{
	struct message_complaint m = {0};
	struct dkg_complaint k;
	struct dkg_dealing d;
	struct dkg_key key;
	char buffer[2048];
	struct text t;
	unsigned h = c->b->holder == 1 ? 2 : 1;

	memcpy(m.ceremony, c->b->bundle.ceremony.id, 32);
	m.reason = (struct slice){(const uint8_t *)"dealing", 7};
	m.dealer = ceremony_holder_name(&c->b->bundle, 1);
	/* not of its own dealing, and opens what was never sent */
	if (c->deceit == COMPLAINS) {
		d = c->b->dealing[h - 1];
		d.ciphertext[c->b->leaf - 1][3] ^= 1;
		ck_assert_rc(dkg_key_make(&key, c->dkg), RC_OK);
		ck_assert_rc(dkg_complaint_make(
				 &k, &c->b->dkg, c->b->leaf, &key, &d),
		    RC_OK);
		ceremony_complaint_open(&m, &k);
	}
	text_init(&t, buffer, sizeof buffer);
	complaint_build(&t, &m);
	put_note(out, &t, c->actor);
}

static bool
twist(struct chair *c, const struct message *m, struct text *out)
{
	static char note[65536];
	static struct message_reshare r;
	struct text t;

	if (m->kind == MESSAGE_RESHARE && c->deceit != ABORTS) {
		ck_assert_rc(reshare_parse(&r, m->text.p, m->text.n), RC_OK);
		spoil(c, &r);
		text_init(&t, note, sizeof note);
		reshare_build(&t, &r);
		put_note(out, &t, c->actor);
	} else if (m->kind == MESSAGE_CONFIRM && deceits[c->deceit].ends) {
		put_complaint(c, out);
	} else {
		return m->kind == MESSAGE_RESHARE; /* aborts: nothing */
	}
	return true;
}

/* ---- a party ---- */

/* Its part of the new roster: as in any session. */
static void
take_up(struct chair *c, struct text *notes)
{
	struct world *w = run.w;
	struct actor *a = c->actor;
	struct roster r;

	put_own_line(
	    notes, a, (const uint8_t *)c->roster, c->roster_n);
	if (c->share.id == 0)
		return;
	ck_assert_rc(
	    roster_parse(&r, (const uint8_t *)c->roster, c->roster_n), RC_OK);
	if (a->roster != 1) {
		ck_assert_rc(roster_frost(&w->roster[1], &r), RC_OK);
		memcpy(w->roster_id[1], r.id, 32);
		a->roster = 1;
		a->share = c->share;
		memset(a->nonce, 0, sizeof a->nonce);
		memcpy(a->text[0].id, r.id, 32);
		memcpy(a->text[0].bytes, c->roster, c->roster_n);
		a->text[0].n = c->roster_n;
		a->text_n = 1;
		ck_assert_rc(
		    frost_key_share_check(&a->share, &w->roster[1]), RC_OK);
	}
	put_commit(w, notes, a, r.id);
}

static void
hear(struct chair *c, const struct message *m, struct text *notes)
{
	enum birth_state was = c->b->state;

	if (m->kind == MESSAGE_PACKAGE) {
		actor_package(run.w, c->actor, m, notes);
		return;
	}
	(void)!birth_note(c->b, notes, c->actor->seed, m);
	if (c->b->state == BIRTH_DONE && was != BIRTH_DONE)
		take_up(c, notes);
}

static void
hear_draft(struct chair *c, struct text *notes)
{
	if (c->born) { /* a restart after the end */
		take_up(c, notes);
		return;
	}
	if (c->b->state != BIRTH_OFFERED)
		return;
	ck_assert_rc(birth_join(c->b, notes, NULL, c->dkg, c->actor->seed),
	    RC_OK);
}

static bool
step(struct chair *c)
{
	static const struct chair_does does = {
	    MESSAGE_DRAFT, hear_draft, hear, twist};

	return c->deceit != STAYS_AWAY && chair_poll(run.w, c->actor, c, &does);
}

/* Until nothing is new; a kill now and then, if there are any left. */
static void
settle(void)
{
	bool news = true;

	for (unsigned round = 0; news; round++) {
		ck_assert_msg(round < 400, "it does not settle");
		news = false;
		for (unsigned i = 0; i < run.n; i++) {
			struct chair *c = &run.chair[i];

			news |= step(c);
			if (run.kills == 0 ||
			    help_below(&run.w->random, 4) != 0)
				continue;
			run.kills--;
			news = true;
			if (help_below(&run.w->random, 4) == 0) {
				world_restart(run.w);
				continue;
			}
			actor_reboot(run.w, c->actor);
			sit(c);
		}
	}
}

static void
go(void)
{
	for (unsigned i = 0; i < 8; i++) {
		settle();
		world_tick(run.w, COORD_DEALING_S);
	}
	settle();
}

/* ---- what came of it ---- */

static const struct coord_birth *
ceremony(void)
{
	return &run.w->c->birth[run.index];
}

static const char *
named(const char *local)
{
	const struct coord_birth *b = ceremony();

	for (unsigned i = 0; i < b->named_n; i++)
		if (slice_is(b->named[i].name, local))
			return b->named[i].code;
	return NULL;
}

/* The note as the log will judge it, and the key is the key. */
static void
judge(void)
{
	const struct coord_birth *b = ceremony();
	struct roster before, after;
	static struct frost_roster frost;
	uint32_t old[4] = {0};
	struct note note;

	for (unsigned i = 0; i < run.n && b->state != BIRTH_BORN; i++)
		printf("# %s %s: state %d %s\n", run.chair[i].actor->local,
		    deceits[run.chair[i].deceit].name, run.chair[i].b->state,
		    run.chair[i].b->why);
	ck_assert_msg(b->state == BIRTH_BORN, "state %d: %s", b->state,
	    b->reason);
	ck_assert_rc(
	    note_split(&note, b->roster_note, b->roster_note_n), RC_OK);
	ck_assert_rc(
	    roster_parse(&after, b->roster_note, note.text_n), RC_OK);
	ck_assert_rc(roster_frost(&frost, &after), RC_OK);
	ck_assert_rc(roster_parse(&before,
			 (const uint8_t *)run.w->roster_text[0],
			 run.w->roster_text_n[0]),
	    RC_OK);
	ck_assert_mem_eq(after.key.key, before.key.key, 32);
	ck_assert_uint_eq(after.serial, 2);
	for (unsigned i = 0; i < note.line_n; i++) {
		struct sigline l;
		struct vkey k = after.key;
		bool known = false;
		uint64_t time;

		note_line(&note, i, &l, NULL);
		if (i > 0 && i <= after.party_n)
			roster_party_key(
			    &k, &after, frost.tree.party[i - 1]);
		known = sigline_by(&l, &k);
		for (unsigned j = 0; j < before.party_n; j++) {
			struct vkey o;

			roster_party_key(&o, &before, j);
			if (!sigline_by(&l, &o))
				continue;
			old[j / 32] |= UINT32_C(1) << j % 32;
			if (i > after.party_n) {
				k = o;
				known = true;
			}
		}
		ck_assert_msg(known, "line %u is nobody's", i);
		ck_assert_rc(sigline_verify(&l, &k,
				 (uint8_t *)(uintptr_t)note.bytes,
				 note.text_n, &time),
		    RC_OK);
	}
	ck_assert_uint_gt(note.line_n, after.party_n);
	ck_assert(roster_satisfied(&before, old));
}

/* Nobody honest is named, and everybody at fault who can be. */
static void
judge_names(void)
{
	for (unsigned i = 0; i < run.n; i++) {
		const struct chair *c = &run.chair[i];
		const char *code = named(c->actor->local);
		const char *want = deceits[c->deceit].code;

		if (want != NULL && code == NULL && ceremony()->state ==
		    BIRTH_FAILED)
			continue; /* it ended before that */
		ck_assert_msg((code == NULL) == (want == NULL) &&
			(code == NULL || strcmp(code, want) == 0),
		    "%s, who is %s: %s", c->actor->local,
		    deceits[c->deceit].name, code == NULL ? "-" : code);
	}
}

#define TO_TREE                                                                \
	"alice bob dana fred gina",                                            \
	    "group swiss any alice bob\ngroup brazil all dana fred\n"          \
	    "group regions 2 swiss gina brazil\nquorum regions\n"
#define TO_SELF "alice bob carol dana emil", FLAT3OF5

START_TEST(to_others)
{
	static const char *const cases[][2] = {{TO_SELF}, {TO_TREE},
	    {"fred gina", "group both all fred gina\nquorum both\n"},
	    {"alice bob carol dana emil fred",
		"group five 5 alice bob carol dana emil fred\nquorum five\n"},
	    {"alice bob carol dana",
		"group two 2 alice bob carol dana\nquorum two\n"}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		start(100 + i, FLAT3OF5, cases[i][0], cases[i][1]);
		go();
		judge();
		judge_names();
		world_restart(run.w);
		judge();
		finish();
	}
	/* and from a tree to a flat quorum */
	start(110,
	    "group swiss any alice bob\ngroup brazil all dana emil\n"
	    "group regions 2 swiss carol brazil\nquorum regions\n",
	    TO_SELF);
	go();
	judge();
	finish();
}
END_TEST

/* The matrix: every deceit by every holder. */
START_TEST(one_dealer)
{
	printf("# reshare 3-of-5 to a tree, one dealer at fault:\n"
	       "# fault position completed named choices\n");
	for (unsigned d = NO_DECEIT; d < COMPLAINS; d++)
		for (unsigned i = 0; i < 5; i++) {
			bool needed;

			start(1000 + 10 * d + i, FLAT3OF5, TO_TREE);
			run.chair[i].deceit = d;
			needed = d == STAYS_AWAY && (i < 2 || i == 3);
			if (needed) { /* a new party, who must take part */
				finish();
				continue;
			}
			go();
			judge();
			judge_names();
			printf("# %s %s yes %s %u\n", deceits[d].name,
			    run.chair[i].actor->local,
			    named(run.chair[i].actor->local) != NULL
				? named(run.chair[i].actor->local)
				: "-",
			    ceremony()->reshare.number);
			ck_assert_uint_le(ceremony()->reshare.number, 2);
			finish();
		}
}
END_TEST

/* Two of five at fault: the three others are a quorum, just. */
START_TEST(two_dealers)
{
	static const enum deceit pairs[][2] = {{LIES_TO_ONE, LIES_TO_ALL},
	    {OTHER_POINTS, ABORTS}, {FEWER, OTHER_SECRET},
	    {LIES_TO_ONE, LIES_TO_ONE}, {MORE, OTHER_CONTEXT}};

	for (unsigned p = 0; p < 5; p++)
		for (unsigned i = 0; i < 5; i++) {
			start(2000 + 10 * p + i, FLAT3OF5, TO_SELF);
			run.chair[i].deceit = pairs[p][0];
			run.chair[(i + 2) % 5].deceit = pairs[p][1];
			go();
			judge();
			judge_names();
			ck_assert_uint_le(ceremony()->reshare.number, 3);
			finish();
		}
}
END_TEST

/* A blocking coalition of dealers: named, and nothing is made. */
START_TEST(three_dealers)
{
	for (unsigned i = 0; i < 5; i++) {
		start(3000 + i, FLAT3OF5, "fred gina",
		    "group both all fred gina\nquorum both\n");
		for (unsigned j = 0; j < 3; j++)
			run.chair[(i + j) % 5].deceit = LIES_TO_ONE;
		go();
		ck_assert_int_eq(ceremony()->state, BIRTH_FAILED);
		for (unsigned j = 0; j < 3; j++)
			ck_assert_ptr_nonnull(
			    named(run.chair[(i + j) % 5].actor->local));
		for (unsigned j = 0; j < run.n; j++)
			ck_assert(!run.chair[j].born);
		finish();
	}
}
END_TEST

/* New parties are all needed: who does not want, or lies, is told apart. */
START_TEST(new_parties)
{
	for (unsigned d = COMPLAINS; d < DECEITS; d++)
		for (unsigned i = 0; i < 5; i++) {
			start(4000 + 10 * d + i, FLAT3OF5, TO_SELF);
			run.chair[i].deceit = d;
			go();
			ck_assert_int_eq(ceremony()->state, BIRTH_FAILED);
			judge_names();
			ck_assert_ptr_nonnull(strstr(
			    ceremony()->reason, run.chair[i].actor->local));
			finish();
		}
}
END_TEST

START_TEST(killed)
{
	start(5000 + (uint64_t)_i, FLAT3OF5, TO_TREE);
	run.kills = 25;
	if (_i % 2)
		run.chair[(unsigned)_i % 5].deceit = LIES_TO_ONE;
	go();
	judge();
	judge_names();
	finish();
}
END_TEST

/*
 * Once all have confirmed a choice a party follows no other, not after a
 * restart either: the record says no, whoever shows it what.
 */
START_TEST(one_choice)
{
	static char buffer[65536], notes_bytes[1 << 20];
	struct chair *c = &run.chair[0];
	struct text t, notes;
	struct message m;

	start(6000, FLAT3OF5, TO_SELF);
	c = &run.chair[0];
	/* it sees its coordinator up to the choice, then is shown another */
	for (unsigned i = 0; i < 30 && c->b->state < BIRTH_SIGNED; i++)
		for (unsigned j = 0; j < run.n; j++)
			(void)step(&run.chair[j]);
	ck_assert_int_eq(c->b->state, BIRTH_SIGNED);
	help_bytes(&run.w->random, c->transcript, 64);
	c->confirmed = true; /* the record of before a restart */
	text_init(&t, buffer, sizeof buffer);
	text_init(&notes, notes_bytes, sizeof notes_bytes);
	for (unsigned j = 0; j < run.n; j++) { /* its own too comes back */
		struct message_confirm k = {0};
		struct chair *o = &run.chair[j];

		for (unsigned i = 0; i < 9 && o->b->state < BIRTH_SIGNED; i++)
			(void)step(o);
		memcpy(k.ceremony, o->b->bundle.ceremony.id, 32);
		memcpy(k.transcript, o->b->transcript_hash, 64);
		memcpy(k.signature,
		    o->b->signature[o->b->leaf - 1], 64);
		text_init(&t, buffer, sizeof buffer);
		confirm_build(&t, &k);
		note_make(&t, o->actor);
		ck_assert_rc(
		    message_open(&m, (const uint8_t *)buffer, t.n), RC_OK);
		(void)!birth_note(c->b, &notes, c->actor->seed, &m);
	}
	ck_assert_int_eq(c->b->state, BIRTH_DEAD);
	ck_assert(!c->born);
	ck_assert_ptr_nonnull(strstr(c->b->why, "another choice"));
	finish();
}
END_TEST

/* ---- the draft ---- */

static void
refused(const char *from, const char *to, enum rc want)
{
	static char bytes[65536];
	static struct ceremony_bundle open;
	const char *at = memmem(run.bundle, run.bundle_n, from, strlen(from));
	struct text t;

	ck_assert_msg(at != NULL, "'%s' is not there", from);
	text_init(&t, bytes, sizeof bytes);
	text_put(&t, run.bundle, (size_t)(at - run.bundle));
	text_string(&t, to);
	text_put(&t, at + strlen(from),
	    run.bundle_n - (size_t)(at - run.bundle) - strlen(from));
	ck_assert_rc(
	    ceremony_open(&open, (const uint8_t *)bytes, t.n), want);
}

START_TEST(drafts)
{
	static struct ceremony_bundle open;

	start(7000, FLAT3OF5, TO_TREE);
	refused("reshare 1 ", "reshare 2 ", RC_ROSTER_MISMATCH);
	refused("signer release\nreshare", "signer relaese\nreshare",
	    RC_ROSTER_MISMATCH);
	refused("acme.example/release 1\nsigner release\nreshare",
	    "acme.example/releasf 1\nsigner release\nreshare",
	    RC_ROSTER_MISMATCH);
	refused("signer release\nreshare", "signer release\nkey k\nreshare",
	    RC_FIELD);
	refused("quorum regions\n",
	    "quorum regions\ntrust 0000000000000000000000000000000000000000"
	    "000000000000000000000000\n", RC_FIELD);
	refused("serial 1\n", "serial 2\n", RC_ROSTER_MISMATCH);
	for (size_t n = 0; n < run.bundle_n; n++)
		ck_assert(ceremony_open(&open, (const uint8_t *)run.bundle,
			      n) != RC_OK);
	finish();
}
END_TEST

/* One name, one party: whoever reuses a name with another key. */
START_TEST(names)
{
	static struct ceremony_bundle open;
	struct world *w;
	struct actor *alice;

	start(7001, FLAT3OF5, TO_TREE);
	w = run.w;
	alice = world_actor(w, "alice");
	help_bytes(&w->random, alice->seed, 32);
	ed25519_public(alice->key.key, alice->seed);
	vkey_id(alice->key.id, alice->key.name, KEY_ED25519, alice->key.key);
	draft(TO_TREE);
	ck_assert_rc(ceremony_open(&open, (const uint8_t *)run.bundle,
			 run.bundle_n),
	    RC_NAME_REPEATED);
	finish();
}
END_TEST

/* Only a holder's own share of that very roster can be dealt. */
START_TEST(holding)
{
	struct frost_key_share other;
	struct chair *c;

	start(7002, FLAT3OF5, TO_TREE);
	c = &run.chair[0];
	sit(c);
	other = c->held;
	other.roster_id[0] ^= 1;
	ck_assert_rc(birth_hold(c->b, &other), RC_ROSTER_MISMATCH);
	other = run.chair[1].held;
	ck_assert_rc(birth_hold(c->b, &other), RC_ROSTER_MISMATCH);
	other = c->held;
	other.s.b[0] ^= 1;
	ck_assert_rc(birth_hold(c->b, &other), RC_DEALING);
	c = &run.chair[5];
	ck_assert_uint_eq(c->b->holder, 0);
	ck_assert_rc(birth_hold(c->b, &other), RC_SEAT_STATE);
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reshare_party");
	TCase *t = tcase_create("reshares");

	if (sodium_init() < 0)
		return 1;
	tcase_set_timeout(t, 600);
	tcase_add_test(t, to_others);
	tcase_add_test(t, one_dealer);
	tcase_add_test(t, two_dealers);
	tcase_add_test(t, three_dealers);
	tcase_add_test(t, new_parties);
	tcase_add_loop_test(t, killed, 0, 8);
	tcase_add_test(t, one_choice);
	tcase_add_test(t, drafts);
	tcase_add_test(t, names);
	tcase_add_test(t, holding);
	suite_add_tcase(s, t);
	return suite_run(s);
}
