/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rehearsals: the coordinator's machine and each party's, with nothing but
 * bytes between them. Of a new key and of a reshare, flat and along a tree;
 * with holders away, a liar in the signature, a coordinator that is killed.
 * And what they are not: no reader takes a rehearsal's texts for live ones or
 * the reverse, and the share that a reshare deals is nobody's.
 */
#include "signer/rehearsal.h"
#include "host/digest.h"
#include "tests/unit/ceremony_world.h"
#include "tests/unit/suite.h"

enum { CHAIRS_MAX = 8 };

struct chair {
	struct actor *actor;
	bool away, holds, lies;
	struct rehearsal *r;
	struct rehearsal_secrets *x;
	unsigned shares; /* notes */
};

static struct {
	struct world *w;
	unsigned n;
	struct chair chair[CHAIRS_MAX];
	char bundle[65536];
	size_t bundle_n;
	unsigned index;
} run;

static const char *const live = "alice bob carol dana emil";
#define LIVE_GROUPS "group three 3 alice bob carol dana emil\nquorum three\n"
#define TREE_GROUPS                                                            \
	"group swiss any alice bob\ngroup brazil all carol dana\n"             \
	"group both all swiss brazil\nquorum both\n"

/* The trust text of the world with a hole for its key. */
static void
template(struct text *t)
{
	const struct world *w = run.w;
	const char *at = strstr(w->trust, "\nsigner release ");
	const char *key = at + strlen("\nsigner release ");
	const char *end = strchr(key, ' ');

	text_put(t, w->trust, (size_t)(key - w->trust));
	text_string(t, "@");
	text_put(t, end, w->trust_n - (size_t)(end - w->trust));
}

static void
draft(const char *kind, bool reshare, const char *parties, const char *groups,
    uint64_t deadline)
{
	struct world *w = run.w;
	char text[16384], hole[16384];
	uint8_t digest[32];
	struct text t, out, last;

	text_init(&last, hole, sizeof hole);
	if (reshare)
		text_put(&last, w->roster_text[0], w->roster_text_n[0]);
	else
		template(&last);
	text_init(&t, text, sizeof text);
	put_head(&t, w, kind, reshare, deadline);
	put_parties(&t, w, parties);
	text_string(&t, groups);
	if (!reshare) {
		sha256_of(digest, hole, last.n);
		text_string(&t, "trust ");
		text_hex(&t, digest, 32);
		text_string(&t, "\n");
	}
	text_init(&out, run.bundle, sizeof run.bundle);
	put_draft(&out, w, &t, last.p, last.n);
	run.bundle_n = out.n;
}

static void
world_begin(uint64_t seed)
{
	struct world *w = world_new(seed);

	run.w = w;
	world_roster(w, "release", live, LIVE_GROUPS);
	world_trust(w, "", "quorum release\n");
	w->c = world_machine(w);
}

static enum rc
propose(void)
{
	return coordinator_ceremony(run.w->c, &run.index,
	    (const uint8_t *)run.bundle, run.bundle_n, run.w->now);
}

static void
sit(void)
{
	struct world *w = run.w;

	world_record(w, 'c', run.bundle, run.bundle_n, NULL);
	run.n = w->actor_n;
	ck_assert_uint_le(run.n, CHAIRS_MAX);
	for (unsigned i = 0; i < run.n; i++) {
		struct chair *c = &run.chair[i];
		enum rc rc;

		memset(c, 0, sizeof *c);
		c->actor = &w->actor[i];
		c->holds = c->actor->roster == 0;
		c->r = calloc(1, sizeof *c->r);
		c->x = calloc(1, sizeof *c->x);
		ck_assert(c->r != NULL && c->x != NULL);
		rc = rehearsal_offer(c->r, c->x, &c->actor->key,
		    c->actor->boot, (const uint8_t *)run.bundle, run.bundle_n);
		c->away = rc == RC_SENDER; /* it is not of this one */
		ck_assert(rc == RC_OK || c->away);
	}
}

static void
start(uint64_t seed, bool reshare, const char *parties, const char *groups)
{
	world_begin(seed);
	draft("rehearsal", reshare, parties, groups, run.w->now + 3600);
	ck_assert_rc(propose(), RC_OK);
	sit();
}

static void
finish(void)
{
	for (unsigned i = 0; i < run.n; i++) {
		free(run.chair[i].r);
		free(run.chair[i].x);
	}
	run.n = 0;
	world_free(run.w);
}

/* Whoever lies sends a share that is not one. */
static bool
twist(struct chair *c, const struct message *m, struct text *out)
{
	static char note[65536];
	struct message_share share;
	struct text t;

	c->shares += m->kind == MESSAGE_SHARE;
	if (m->kind != MESSAGE_SHARE || !c->lies)
		return false;
	ck_assert_rc(share_parse(&share, m->text.p, m->text.n), RC_OK);
	help_scalar(&run.w->random, &share.z);
	text_init(&t, note, sizeof note);
	share_build(&t, &share);
	put_note(out, &t, c->actor);
	return true;
}

static void
hear(struct chair *c, const struct message *m, struct text *notes)
{
	uint8_t random[REHEARSAL_RANDOM];

	help_bytes(&run.w->random, random, sizeof random);
	if (m->kind != MESSAGE_PACKAGE)
		(void)!rehearsal_note(
		    c->r, notes, c->actor->seed, random, m);
	else if (rehearsal_signs(c->r, m))
		(void)!rehearsal_package(
		    c->r, notes, c->actor->seed, random, m);
}

static void
hear_draft(struct chair *c, struct text *notes)
{
	uint8_t dkg[BIRTH_DKG_BYTES], random[REHEARSAL_RANDOM];

	help_bytes(&run.w->random, dkg, sizeof dkg);
	help_bytes(&run.w->random, random, sizeof random);
	if (c->r->b.state == BIRTH_OFFERED)
		ck_assert_rc(rehearsal_join(c->r, notes, NULL, c->holds, dkg,
				 c->actor->seed),
		    RC_OK);
	else
		rehearsal_repeat(c->r, notes, c->actor->seed, random);
}

static bool
step(struct chair *c)
{
	static const struct chair_does does = {
	    MESSAGE_REHEARSAL, hear_draft, hear, twist};

	return !c->away && chair_poll(run.w, c->actor, c, &does);
}

static void
settle(void)
{
	for (bool news = true; news;) {
		news = false;
		for (unsigned i = 0; i < run.n; i++)
			news |= step(&run.chair[i]);
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

static struct coord_birth *
ceremony(void)
{
	return &run.w->c->birth[run.index];
}

static void
status(struct message_birth *m)
{
	static char bytes[STATUS_BYTES_MAX];
	struct text t;

	text_init(&t, bytes, sizeof bytes);
	coordinator_birth_status(&t, run.w->c, run.index);
	ck_assert_rc(birth_parse(m, (const uint8_t *)t.p, t.n), RC_OK);
}

static bool
awaited(const struct message_birth *m, const char *name)
{
	for (unsigned i = 0; i < m->awaited_n; i++)
		if (slice_is(m->awaited[i], name))
			return true;
	return false;
}

/* It went well, and what it signed is its own. */
static void
judge(void)
{
	struct coord_birth *b = ceremony();
	static struct roster r, none;
	static struct frost_roster frost;
	static struct message_birth m;
	struct message_rehearsed second;
	struct release release;
	struct trust trust;
	struct note note;
	struct sigline l;
	uint64_t time;

	ck_assert_msg(b->state == BIRTH_BORN, "%u: %s", b->state, b->reason);
	ck_assert_rc(
	    note_split(&note, b->roster_note, b->roster_note_n), RC_OK);
	ck_assert_rc(
	    roster_parse_rehearsal(&r, note.bytes, note.text_n), RC_OK);
	ck_assert_rc(roster_frost(&frost, &r), RC_OK);
	ck_assert_rc(roster_parse(&none, note.bytes, note.text_n), RC_KIND);
	ck_assert_rc(roster_parse_rehearsal(&none,
			 (const uint8_t *)run.w->roster_text[0],
			 run.w->roster_text_n[0]),
	    RC_KIND);
	note_line(&note, 0, &l, NULL);
	ck_assert(sigline_by(&l, &r.key));
	ck_assert_rc(
	    sigline_verify(&l, &r.key, b->roster_note, note.text_n, &time),
	    RC_OK);
	/* the key is no live one */
	ck_assert_mem_ne(r.key.key, run.w->roster[0].key.b, 32);
	ck_assert_rc(
	    note_split(&note, b->trust_note, b->trust_note_n), RC_OK);
	ck_assert_rc(
	    rehearsed_parse(&second, note.bytes, note.text_n), RC_OK);
	ck_assert_mem_eq(second.roster, r.id, 32);
	ck_assert_mem_eq(second.ceremony, b->bundle.ceremony.id, 32);
	note_line(&note, 0, &l, NULL);
	ck_assert_rc(
	    sigline_verify(&l, &r.key, b->trust_note, note.text_n, &time),
	    RC_OK);
	ck_assert_rc(release_parse(&release, note.bytes, note.text_n,
			 READER_HOST),
	    RC_KIND);
	ck_assert_rc(
	    trust_read(&trust, note.bytes, note.text_n, READER_HOST), RC_KIND);
	/* nothing of it stays: no roster, no text being signed */
	for (unsigned i = 0; i < COORD_ROSTERS_MAX; i++)
		ck_assert(!run.w->c->roster[i].used ||
		    !run.w->c->roster[i].rehearsal);
	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++)
		ck_assert(!run.w->c->proposal[i].used);
	ck_assert_uint_eq(run.w->c->authority_n, 1);
	status(&m);
	ck_assert_uint_eq(m.step_n, MESSAGE_STEPS_MAX);
	ck_assert_uint_gt(m.took_n, 1);
}

START_TEST(new_key)
{
	start(1, false, "alice bob carol", "group two 2 alice bob carol\n"
					   "quorum two\n");
	go();
	judge();
	finish();
	start(2, false, "alice bob carol dana", TREE_GROUPS);
	go();
	judge();
	finish();
}
END_TEST

/* fred joins, dana and emil leave, and emil is away. */
START_TEST(reshare)
{
	static struct message_birth m;
	struct scalar share[TREE_LEAVES_MAX];
	struct frost_roster stand_in;
	struct roster r;
	struct note note;

	start(3, true, "alice bob carol fred", "group three 3 alice bob carol "
					       "fred\nquorum three\n");
	for (unsigned i = 0; i < run.n; i++)
		run.chair[i].away |=
		    strcmp(run.chair[i].actor->local, "emil") == 0;
	go();
	judge();
	status(&m);
	ck_assert(awaited(&m, "emil") && m.awaited_n == 1);
	/* the key that is kept is the stand-in, which everybody can have */
	stand_in = run.w->roster[0];
	ck_assert_rc(ceremony_stand_in(
			 &stand_in, share, &ceremony()->bundle.ceremony),
	    RC_OK);
	ck_assert_rc(note_split(&note, ceremony()->roster_note,
			 ceremony()->roster_note_n),
	    RC_OK);
	ck_assert_rc(
	    roster_parse_rehearsal(&r, note.bytes, note.text_n), RC_OK);
	ck_assert_mem_eq(r.key.key, stand_in.key.b, 32);
	/* and no live share was in any of it */
	for (unsigned i = 0; i < run.n; i++) {
		const struct chair *c = &run.chair[i];

		if (c->actor->roster == 0)
			for (unsigned h = 0; h < 5; h++)
				ck_assert_mem_ne(
				    &c->actor->share.s, &share[h], 32);
	}
	finish();
}
END_TEST

/* A new party is needed, in a rehearsal as in the ceremony. */
START_TEST(missing)
{
	static struct message_birth m;

	start(4, true, "alice bob carol fred", "group three 3 alice bob carol "
					       "fred\nquorum three\n");
	for (unsigned i = 0; i < run.n; i++)
		run.chair[i].away |=
		    strcmp(run.chair[i].actor->local, "fred") == 0;
	go();
	ck_assert_uint_eq(ceremony()->state, BIRTH_ACCEPTING);
	world_tick(run.w, 3700);
	ck_assert_uint_eq(ceremony()->state, BIRTH_FAILED);
	status(&m);
	ck_assert(awaited(&m, "fred") && m.awaited_n == 1);
	ck_assert_uint_eq(m.accepted_n, 5);
	finish();
}
END_TEST

START_TEST(declined)
{
	static char bytes[8192];
	struct text t;

	start(5, false, "alice bob carol", "group two 2 alice bob carol\n"
					   "quorum two\n");
	(void)step(&run.chair[0]);
	text_init(&t, bytes, sizeof bytes);
	for (unsigned i = 0; i < run.n; i++)
		if (strcmp(run.chair[i].actor->local, "carol") == 0) {
			rehearsal_decline(
			    run.chair[i].r, &t, run.chair[i].actor->seed);
			ck_assert_uint_eq(
			    run.chair[i].r->b.state, BIRTH_DEAD);
		}
	(void)!world_post(run.w, t.p, t.n);
	ck_assert_uint_eq(ceremony()->state, BIRTH_FAILED);
	ck_assert_str_eq(ceremony()->reason, "carol: declines");
	finish();
}
END_TEST

/* Who lies in the signature is named, and the others sign. */
START_TEST(liar)
{
	static struct message_birth m;

	start(6, false, "alice bob carol", "group two 2 alice bob carol\n"
					   "quorum two\n");
	run.chair[1].lies = true; /* it is among the first that are asked */
	go();
	judge();
	ck_assert_uint_gt(run.chair[1].shares, 0);
	status(&m);
	ck_assert_uint_eq(m.blamed_n, 1);
	ck_assert(slice_is(m.blamed[0], run.chair[1].actor->local));
	ck_assert(slice_is(m.blamed_code[0], "share"));
	for (unsigned i = 0; i < m.took_n; i++)
		ck_assert(!slice_is(m.took[i], run.chair[1].actor->local));
	finish();
}
END_TEST

START_TEST(coordinator_killed)
{
	for (unsigned stop = 1; stop < 20; stop += 3) {
		start(7, false, "alice bob carol",
		    "group two 2 alice bob carol\nquorum two\n");
		for (unsigned i = 0; i < stop; i++)
			(void)step(&run.chair[i % run.n]);
		if (ceremony()->state != BIRTH_BORN)
			world_restart(run.w);
		go();
		judge();
		finish();
	}
}
END_TEST

/* ---- what a party answers ---- */

/* The first package of the text 0, as the machine would send it. */
static void
package_make(struct text *t, struct chair *c, const struct chair *other)
{
	struct message_package p = {.has_roster = true, .session = 1};

	memcpy(p.message, c->r->text[0].id, 32);
	memcpy(p.roster, c->r->frost.id, 32);
	p.list_n = 2;
	p.list[0] = c->x->nonces[0].commitment;
	p.list[1] = other->x->nonces[0].commitment;
	if (p.list[0].id > p.list[1].id) {
		p.list[1] = c->x->nonces[0].commitment;
		p.list[0] = other->x->nonces[0].commitment;
	}
	package_build(t, &p);
}

static enum rc
ask(struct text *notes, struct chair *c, const struct text *package)
{
	uint8_t random[REHEARSAL_RANDOM];
	struct message m;

	help_bytes(&run.w->random, random, sizeof random);
	ck_assert_rc(
	    message_open(&m, (const uint8_t *)package->p, package->n), RC_OK);
	if (!rehearsal_signs(c->r, &m))
		return RC_UNKNOWN;
	return rehearsal_package(c->r, notes, c->actor->seed, random, &m);
}

static unsigned
kinds_in(const struct text *t, enum message_kind kind)
{
	struct bundle_item item;
	struct bundle b;
	unsigned n = 0;

	if (bundle_init(&b, (const uint8_t *)t->p, t->n) == RC_OK)
		while (bundle_next(&b, &item) == RC_OK)
			n += message_kind_of(item.text.p, item.text.n) == kind;
	return n;
}

START_TEST(packages)
{
	static char bytes[65536], again[65536], asked[4096], other[4096];
	struct chair *c, *d;
	struct text t, u, p, q;
	size_t k;

	start(8, false, "alice bob carol", "group two 2 alice bob carol\n"
					   "quorum two\n");
	/* all have made their shares; none has been asked for one */
	while (run.chair[0].r->b.state != BIRTH_DONE ||
	    run.chair[1].r->b.state != BIRTH_DONE)
		for (unsigned i = 0; i < 3; i++)
			if (run.chair[i].r->b.state != BIRTH_DONE)
				(void)step(&run.chair[i]);
	c = &run.chair[0];
	d = &run.chair[1];
	ck_assert(c->x->nonces[0].fresh && c->x->nonces[1].fresh);
	text_init(&p, asked, sizeof asked);
	package_make(&p, c, d);
	text_init(&t, bytes, sizeof bytes);
	ck_assert_rc(ask(&t, c, &p), RC_OK);
	ck_assert_uint_eq(kinds_in(&t, MESSAGE_SHARE), 1);
	/* the same again: the same share, from no new nonce */
	text_init(&u, again, sizeof again);
	ck_assert_rc(ask(&u, c, &p), RC_OK);
	k = c->r->text[0].share_n;
	ck_assert(k > 0 && t.n > k && memcmp(bytes, again, k) == 0);
	/* another package for the spent pair: a commitment and no share */
	text_init(&q, other, sizeof other);
	text_put(&q, p.p, p.n);
	*(strstr(other, "session 1") + 8) = '2';
	for (unsigned i = 1; i < 3 * REHEARSAL_RECOMMITS_MAX; i++) {
		text_init(&u, again, sizeof again);
		ck_assert_rc(ask(&u, c, &q), RC_OK);
		ck_assert_uint_eq(kinds_in(&u, MESSAGE_SHARE), 0);
		ck_assert_uint_eq(kinds_in(&u, MESSAGE_COMMIT), 1);
	}
	ck_assert_uint_eq(c->r->text[0].commits, 2);
	/* so many pairs and no more */
	for (unsigned i = c->r->text[0].commits; i < REHEARSAL_RECOMMITS_MAX;
	     i++) {
		text_init(&p, asked, sizeof asked);
		package_make(&p, c, d);
		text_init(&u, again, sizeof again);
		ck_assert_rc(ask(&u, c, &p), RC_OK);
		ck_assert_uint_eq(kinds_in(&u, MESSAGE_SHARE), 1);
	}
	text_init(&p, asked, sizeof asked);
	package_make(&p, c, d);
	ck_assert_rc(ask(&u, c, &p), RC_OK);
	ck_assert(!c->x->nonces[0].fresh);
	ck_assert_rc(ask(&u, c, &q), RC_SEAT_RECOMMITS);
	/* another roster's, another text's */
	text_init(&q, other, sizeof other);
	text_put(&q, p.p, p.n);
	*(strstr(other, "roster ") + 7) ^= 1;
	ck_assert_rc(ask(&u, c, &q), RC_ROSTER_MISMATCH);
	text_init(&q, other, sizeof other);
	text_put(&q, p.p, p.n);
	*(strstr(other, "message ") + 8) ^= 1;
	ck_assert_rc(ask(&u, c, &q), RC_UNKNOWN);
	/* forgotten is forgotten */
	rehearsal_wipe(d->r);
	ck_assert(sodium_is_zero((const uint8_t *)d->x, sizeof *d->x));
	ck_assert_rc(ask(&u, d, &p), RC_UNKNOWN);
	finish();
}
END_TEST

/* ---- what is refused ---- */

START_TEST(kinds)
{
	static struct rehearsal r;
	static struct rehearsal_secrets x;
	struct ceremony k;
	struct message m;
	struct bundle_item item;
	struct bundle b;
	uint8_t live_id[32], live_session[64], session[64];

	world_begin(9);
	draft("ceremony", true, "alice bob carol", "group two 2 alice bob "
						   "carol\nquorum two\n",
	    run.w->now + 3600);
	/* a live draft is no rehearsal */
	ck_assert_rc(rehearsal_offer(&r, &x, &run.w->actor[0].key,
			 run.w->actor[0].boot, (const uint8_t *)run.bundle,
			 run.bundle_n),
	    RC_CEREMONY);
	ck_assert_rc(bundle_init(&b, (const uint8_t *)run.bundle, run.bundle_n),
	    RC_OK);
	ck_assert_rc(bundle_next(&b, &item), RC_OK);
	ck_assert_rc(ceremony_parse(&k, item.text.p, item.text.n), RC_OK);
	ck_assert(!k.rehearsal);
	memcpy(live_id, k.id, 32);
	ceremony_session(live_session, &k);
	draft("rehearsal", true, "alice bob carol", "group two 2 alice bob "
						    "carol\nquorum two\n",
	    run.w->now + 3600);
	ck_assert_rc(bundle_init(&b, (const uint8_t *)run.bundle, run.bundle_n),
	    RC_OK);
	ck_assert_rc(bundle_next(&b, &item), RC_OK);
	ck_assert_rc(message_open(&m, item.whole.p, item.whole.n), RC_OK);
	ck_assert_int_eq(m.kind, MESSAGE_REHEARSAL);
	ck_assert_rc(ceremony_parse(&k, item.text.p, item.text.n), RC_OK);
	ck_assert(k.rehearsal);
	/* the same draft but for its kind: nothing said in one fits the other */
	ceremony_session(session, &k);
	ck_assert_mem_ne(live_id, k.id, 32);
	ck_assert_mem_ne(live_session, session, 64);
	world_free(run.w);
}
END_TEST

/* A day at most; a ceremony has thirty. */
START_TEST(deadline)
{
	char text[16384];
	struct ceremony k;
	struct bundle_item item;
	struct bundle b;
	char *at;

	world_begin(10);
	draft("rehearsal", true, "alice bob carol", "group two 2 alice bob "
						    "carol\nquorum two\n",
	    run.w->now + CEREMONY_REHEARSAL_S_MAX);
	ck_assert_rc(bundle_init(&b, (const uint8_t *)run.bundle, run.bundle_n),
	    RC_OK);
	ck_assert_rc(bundle_next(&b, &item), RC_OK);
	memcpy(text, item.text.p, item.text.n);
	text[item.text.n] = '\0';
	at = strchr(strstr(text, "deadline "), '\n') - 1;
	ck_assert(*at != '9');
	++*at;
	ck_assert_rc(
	    ceremony_parse(&k, (const uint8_t *)text, item.text.n), RC_NUMBER);
	world_free(run.w);
}
END_TEST

/* Rehearsals are not in the way of ceremonies, nor of each other for ever. */
START_TEST(places)
{
	static const char groups[] = "group two 2 alice bob carol\nquorum "
				     "two\n";

	world_begin(11);
	for (unsigned i = 0; i < COORD_REHEARSALS_MAX; i++) {
		draft("rehearsal", true, "alice bob carol", groups,
		    run.w->now + 3600 + i);
		ck_assert_rc(propose(), RC_OK);
	}
	draft("rehearsal", true, "alice bob carol", groups, run.w->now + 3700);
	ck_assert_rc(propose(), RC_LIMIT);
	for (unsigned i = 0; i < COORD_CEREMONIES_MAX; i++) {
		draft("ceremony", true, "alice bob carol", groups,
		    run.w->now + 3600 + i);
		ck_assert_rc(propose(), RC_OK);
	}
	draft("ceremony", true, "alice bob carol", groups, run.w->now + 3700);
	ck_assert_rc(propose(), RC_LIMIT);
	coordinator_forget_birth(run.w->c, 0);
	ck_assert_rc(propose(), RC_LIMIT); /* a rehearsal's place */
	draft("rehearsal", true, "alice bob carol", groups, run.w->now + 3701);
	ck_assert_rc(propose(), RC_OK);
	world_free(run.w);
}
END_TEST

/*
 * A release names signer and serial; the roster that fits in everything but
 * its kind, which even has the live key, is not its roster.
 */
START_TEST(no_release_under_it)
{
	static char text[32768];
	struct world *w;
	struct text t;
	uint8_t place;
	unsigned index;

	world_begin(12);
	w = run.w;
	for (unsigned i = 0; i < COORD_ROSTERS_MAX; i++)
		w->c->roster[i].used = false;
	text_init(&t, text, sizeof text);
	text_string(&t, "quorate/rehearsal-roster@v1\n");
	text_put(&t, w->roster_text[0] + strlen("quorate/roster@v1\n"),
	    w->roster_text_n[0] - strlen("quorate/roster@v1\n"));
	ck_assert_rc(
	    coordinator_roster(w->c, (const uint8_t *)text, t.n), RC_KIND);
	ck_assert_rc(coordinator_rehearsal(
			 w->c, &place, (const uint8_t *)text, t.n),
	    RC_OK);
	ck_assert_rc(world_propose(w, "acme.example/camera", 1, NULL, &index),
	    RC_QUORUM);
	/* the live one is taken */
	ck_assert_rc(coordinator_roster(w->c,
			 (const uint8_t *)w->roster_text[0],
			 w->roster_text_n[0]),
	    RC_OK);
	ck_assert_rc(world_propose(w, "acme.example/camera", 1, NULL, &index),
	    RC_OK);
	world_free(w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rehearsal");
	TCase *t = tcase_create("rehearsals");

	tcase_set_timeout(t, 300);
	tcase_add_test(t, new_key);
	tcase_add_test(t, reshare);
	tcase_add_test(t, missing);
	tcase_add_test(t, declined);
	tcase_add_test(t, liar);
	tcase_add_test(t, coordinator_killed);
	tcase_add_test(t, packages);
	tcase_add_test(t, kinds);
	tcase_add_test(t, deadline);
	tcase_add_test(t, places);
	tcase_add_test(t, no_release_under_it);
	suite_add_tcase(s, t);
	return suite_run(s);
}
