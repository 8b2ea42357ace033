/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole releases through the coordinator's state machine, with parties that
 * are honest and parties that are not. A frozen note is judged here from its
 * bytes, by other code than the machine's.
 */
#include "tests/unit/coord_world.h"
#include "quorum/blame.h"
#include "tests/unit/suite.h"
#include "verify/note.h"

#define FLAT_3_OF_5                                                            \
	"alice bob carol dana emil",                                           \
	    "group five 3 alice bob carol dana emil\nquorum five\n"
#define REGIONS                                                                \
	"alice bob carol dana emil",                                           \
	    "group swiss any alice bob\ngroup brazil all dana emil\n"          \
	    "group regions 2 swiss carol brazil\nquorum regions\n"

static struct world *
flat_world(uint64_t seed)
{
	struct world *w = world_new(seed);

	world_roster(w, "release", FLAT_3_OF_5);
	world_trust(w, "", "quorum release\n");
	world_open(w);
	return w;
}

static struct world *
regions_world(uint64_t seed)
{
	struct world *w = world_new(seed);

	world_roster(w, "release", REGIONS);
	world_trust(w, "", "quorum release\n");
	world_open(w);
	return w;
}

static struct world *
plain_world(uint64_t seed)
{
	struct world *w = world_new(seed);

	world_trust(w, "alice bob carol",
	    "group two 2 alice bob carol\nquorum two\n");
	world_open(w);
	return w;
}

/* The group and carol, who holds no share. */
static struct world *
mixed_world(uint64_t seed)
{
	struct world *w = world_new(seed);

	world_roster(w, "group", "alice bob dana",
	    "group g 2 alice bob dana\nquorum g\n");
	world_trust(w, "carol emil",
	    "group one any carol emil\ngroup both all group one\n"
	    "quorum both\n");
	world_open(w);
	return w;
}

static unsigned
start(struct world *w)
{
	unsigned index;

	ck_assert_rc(
	    world_propose(w, "acme.example/camera", 7, NULL, &index), RC_OK);
	return index;
}

/* Whose line this is: an actor, or 100 + roster. -1: nobody's. */
static int
line_whose(const struct world *w, const struct sigline *l)
{
	for (unsigned i = 0; i < w->actor_n; i++)
		if (sigline_by(l, &w->actor[i].key))
			return (int)i;
	for (unsigned i = 0; i < w->roster_n; i++) {
		struct roster r;

		(void)!roster_parse(&r, (const uint8_t *)w->roster_text[i],
		    w->roster_text_n[i]);
		if (sigline_by(l, &r.key))
			return 100 + (int)i;
	}
	return -1;
}

/*
 * A frozen note: every line verifies by libsodium, signers in front, parties
 * of the one roster behind in leaf order and a minimal set.
 */
static void
judge(const struct world *w, unsigned index, unsigned lines)
{
	const struct coord_proposal *p = &w->c->proposal[index];
	struct tree_set set = {{0}};
	unsigned last = 0, shared = 0;
	struct note note;

	ck_assert_msg(p->state == COORD_SIGNED, "state %s: %s",
	    coord_state_name(p->state), p->reason);
	ck_assert_rc(note_split(&note, p->result, p->result_n), RC_OK);
	ck_assert_uint_eq(note.line_n, lines);
	for (unsigned i = 0; i < note.line_n; i++) {
		const uint8_t *key;
		struct sigline l;
		int who;

		note_line(&note, i, &l, NULL);
		who = line_whose(w, &l);
		ck_assert_int_ge(who, 0);
		key = who >= 100 ? w->roster[who - 100].key.b
				 : w->actor[who].key.key;
		ck_assert_int_eq(crypto_sign_verify_detached(l.blob + 4,
				     note.bytes, note.text_n, key), 0);
		if (who >= 100) {
			ck_assert_uint_eq(last, 0);
			shared++;
		} else if (w->actor[who].roster >= 0) {
			ck_assert_uint_gt(w->actor[who].share.id, last);
			last = w->actor[who].share.id;
			tree_set_add(&set, last);
		} else {
			ck_assert_uint_eq(last, 0);
		}
	}
	ck_assert_uint_eq(shared, w->roster_n);
	if (shared > 0)
		ck_assert(tree_set_is_minimal(&w->roster[0].tree, &set));
}

START_TEST(flat)
{
	struct world *w = flat_world(1);
	unsigned index = start(w);

	world_settle(w);
	judge(w, index, 4);
	ck_assert_uint_eq(w->c->proposal[index].sessions, 1);
	world_restart(w);
	judge(w, index, 4);
	world_free(w);
}
END_TEST

START_TEST(regions)
{
	struct world *w = regions_world(2);
	unsigned index = start(w);

	/* Brazil is away: Switzerland and carol */
	world_actor(w, "emil")->fault = ABSENT;
	world_settle(w);
	judge(w, index, 3);
	ck_assert_uint_eq(w->c->proposal[index].sessions, 1);
	world_free(w);
}
END_TEST

START_TEST(plain)
{
	struct world *w = plain_world(3);
	unsigned index = start(w);

	world_settle(w);
	judge(w, index, 2);
	/* only those who were asked gave a line */
	ck_assert_uint_eq(world_actor(w, "alice")->packages +
		world_actor(w, "bob")->packages +
		world_actor(w, "carol")->packages, 2);
	world_free(w);
}
END_TEST

START_TEST(plain_silent)
{
	struct world *w = plain_world(4);
	unsigned index = start(w);

	world_actor(w, "alice")->fault = SILENT;
	world_settle(w);
	ck_assert_uint_eq(w->c->proposal[index].state, COORD_OPEN);
	world_tick(w, COORD_SILENCE_S);
	world_settle(w);
	judge(w, index, 2);
	world_free(w);
}
END_TEST

START_TEST(mixed)
{
	struct world *w = mixed_world(5);
	unsigned index = start(w);

	world_settle(w);
	judge(w, index, 4);
	world_free(w);

	w = mixed_world(6);
	index = start(w);
	world_actor(w, "carol")->fault = SILENT;
	world_actor(w, "bob")->fault = BAD_SHARE;
	world_run(w);
	judge(w, index, 4);
	world_free(w);
}
END_TEST

/* A package leaves only when every signer that the quorum needs is there. */
START_TEST(mixed_waits)
{
	struct world *w = mixed_world(7);
	unsigned index = start(w);

	world_actor(w, "carol")->fault = ABSENT;
	world_actor(w, "emil")->fault = ABSENT;
	world_run(w);
	ck_assert_uint_eq(w->c->proposal[index].state, COORD_OPEN);
	ck_assert_uint_eq(w->c->proposal[index].sessions, 0);
	world_actor(w, "emil")->fault = HONEST;
	world_run(w);
	judge(w, index, 4);
	world_free(w);
}
END_TEST

START_TEST(silent_party)
{
	struct world *w = flat_world(8);
	unsigned index = start(w);

	world_actor(w, "alice")->fault = SILENT;
	world_settle(w);
	ck_assert_uint_eq(w->c->proposal[index].state, COORD_OPEN);
	world_tick(w, COORD_PATIENCE_S);
	world_settle(w);
	judge(w, index, 4);
	ck_assert_uint_eq(w->c->proposal[index].sessions, 2);
	world_free(w);
}
END_TEST

static void
refusals(unsigned refusing, enum coord_state want)
{
	static const char *const names[] = {"alice", "bob", "carol"};
	struct world *w = flat_world(9 + refusing);
	unsigned index = start(w);

	for (unsigned i = 0; i < refusing; i++)
		world_actor(w, names[i])->fault = REFUSING;
	world_run(w);
	ck_assert_uint_eq(w->c->proposal[index].state, want);
	world_restart(w);
	ck_assert_uint_eq(w->c->proposal[index].state, want);
	world_free(w);
}

START_TEST(refused)
{
	refusals(2, COORD_SIGNED);
	refusals(3, COORD_REFUSED);
}
END_TEST

/* The refusal is the last word, also against a replayed approval. */
START_TEST(refuse_after_approve)
{
	struct world *w = flat_world(14);
	unsigned index = start(w);
	struct actor *a = world_actor(w, "alice");
	char yes[2048], no[2048], status[STATUS_BYTES_MAX];
	struct text t, u;

	text_init(&t, yes, sizeof yes);
	put_approve(&t, a, w->c->proposal[index].id);
	ck_assert_rc(world_post(w, t.p, t.n), RC_OK);
	ck_assert(w->c->proposal[index].member[0].approved);
	text_init(&u, no, sizeof no);
	put_refuse(&u, a, w->c->proposal[index].id);
	ck_assert_rc(world_post(w, u.p, u.n), RC_OK);
	ck_assert_rc(world_post(w, t.p, t.n), RC_OK);
	ck_assert(!w->c->proposal[index].member[0].approved);
	ck_assert_str_eq(w->c->proposal[index].member[0].code, "policy");
	text_init(&t, status, sizeof status);
	coordinator_status(&t, w->c, index);
	ck_assert_ptr_nonnull(memmem(status, t.n, "\nrefused alice.example policy\n", 30));
	ck_assert_ptr_nonnull(
	    memmem(status, t.n, "\nsaid alice.example not on Friday\n", 34));
	a->fault = ABSENT;
	world_run(w);
	judge(w, index, 4);
	world_free(w);
}
END_TEST

/* What convicts: items that fit together, signed by the culprit. */
static void
judge_blame(const struct world *w, unsigned index, const struct actor *who,
    const char *code)
{
	static char bytes[1 << 20], damaged[1 << 20];
	static struct blame_case c;
	struct bundle bundle;
	struct text t;

	text_init(&t, bytes, sizeof bytes);
	coordinator_blames(&t, w->c, index);
	ck_assert_rc(bundle_init(&bundle, (const uint8_t *)t.p, t.n), RC_OK);
	ck_assert_rc(blame_check(&c, &bundle), RC_OK);
	ck_assert(slice_is(c.blame.code, code));
	ck_assert_mem_eq(c.party.key, who->key.key, 32);
	ck_assert(slice_is(c.name, who->local));
	ck_assert_rc(blame_check(&c, &bundle), RC_MORE);
	/* not a byte of it can be another */
	for (size_t i = 0; i < t.n; i += 7) {
		enum rc rc;

		memcpy(damaged, bytes, t.n);
		damaged[i] ^= 1;
		rc = bundle_init(&bundle, (const uint8_t *)damaged, t.n);
		if (rc == RC_OK)
			rc = blame_check(&c, &bundle);
		ck_assert_msg(rc != RC_OK, "byte %zu", i);
	}
	/* nor is there a case of another code in it */
	for (unsigned i = 0; i < 3; i++) {
		static const char *const codes[] = {
		    "code share\n", "code nonces\n", "code roster\n"};
		char mine[32];
		char *at;
		size_t n = strlen(codes[i]);

		snprintf(mine, sizeof mine, "code %s\n", code);
		if (strcmp(mine, codes[i]) == 0)
			continue;
		at = memmem(bytes, t.n, mine, strlen(mine));
		ck_assert_ptr_nonnull(at);
		memcpy(damaged, bytes, (size_t)(at - bytes));
		memcpy(damaged + (at - bytes), codes[i], n);
		memcpy(damaged + (at - bytes) + n, at + strlen(mine),
		    t.n - (size_t)(at - bytes) - strlen(mine));
		ck_assert_rc(bundle_init(&bundle, (const uint8_t *)damaged,
				 t.n - strlen(mine) + n),
		    RC_OK);
		/* a share with foreign nonces does not verify either */
		if (!(strcmp(code, "nonces") == 0 && i == 0))
			ck_assert_rc(blame_check(&c, &bundle), RC_BLAME);
	}
}

static void
bad_party(enum fault fault, const char *code)
{
	struct world *w = flat_world(20);
	static char said[STATUS_BYTES_MAX];
	struct message_status st;
	unsigned index = start(w);
	struct actor *a = world_actor(w, "bob");
	struct text t;

	a->fault = fault;
	world_settle(w);
	judge(w, index, 4);
	ck_assert_uint_eq(w->c->proposal[index].sessions, 2);
	text_init(&t, said, sizeof said);
	coordinator_status(&t, w->c, index);
	ck_assert_rc(
	    status_parse(&st, (const uint8_t *)said, t.n), RC_OK);
	ck_assert_uint_eq(st.blamed_n, 1);
	ck_assert(slice_is(st.blamed[0], "bob.example"));
	ck_assert(slice_is(st.blamed_code[0], code));
	judge_blame(w, index, a, code);
	world_restart(w);
	judge_blame(w, index, a, code);
	world_free(w);
}

START_TEST(bad_share)
{
	bad_party(BAD_SHARE, "share");
	bad_party(BAD_NONCES, "nonces");
}
END_TEST

/* A party loses its nonces with its process, in the middle of a session. */
START_TEST(party_restart)
{
	struct world *w = flat_world(21);
	unsigned index = start(w);

	world_actor(w, "alice")->fault = RESTARTING;
	world_actor(w, "alice")->restarts_left = 1;
	world_actor(w, "dana")->fault = ABSENT;
	world_actor(w, "emil")->fault = ABSENT;
	world_run(w);
	judge(w, index, 4);
	ck_assert_uint_eq(w->c->proposal[index].sessions, 2);
	world_free(w);
}
END_TEST

START_TEST(recommit_cap)
{
	struct world *w = flat_world(22);
	unsigned index = start(w);

	world_actor(w, "alice")->fault = RESTARTING;
	world_actor(w, "alice")->restarts_left = 100;
	world_actor(w, "dana")->fault = ABSENT;
	world_actor(w, "emil")->fault = ABSENT;
	for (unsigned i = 0; i < 4; i++)
		world_run(w);
	/* nobody else is there: it stalls, but after a bounded time */
	ck_assert_uint_eq(w->c->proposal[index].state, COORD_OPEN);
	ck_assert_uint_eq(
	    w->c->proposal[index].sessions, 1 + COORD_COMMITS_MAX);
	ck_assert_rc(w->last, RC_COMMITS_MANY);
	/* one more honest party suffices */
	world_actor(w, "emil")->fault = HONEST;
	world_run(w);
	judge(w, index, 4);
	world_free(w);
}
END_TEST

/* kill -9 of the coordinator after every single event. */
START_TEST(coordinator_restart)
{
	for (unsigned stop = 1; stop < 40; stop++) {
		struct world *w = regions_world(30);
		unsigned index = start(w);
		bool done = false;

		world_actor(w, "carol")->fault = BAD_SHARE;
		for (unsigned step = 1; step <= stop && !done; step++)
			(void)actor_step(w,
			    &w->actor[help_below(&w->random, w->actor_n)]);
		world_restart(w);
		world_settle(w);
		world_run(w);
		judge(w, index, 4);
		world_free(w);
	}
}
END_TEST

/* Everything twice, and in any order. */
START_TEST(replays)
{
	struct world *w = flat_world(31);
	unsigned index = start(w);
	unsigned n;
	uint64_t opened;

	world_settle(w);
	judge(w, index, 4);
	opened = w->c->sessions_opened;
	n = w->event_n;
	for (unsigned i = 0; i < 3 * n; i++) {
		const struct event *e = &w->event[help_below(&w->random, n)];
		struct message m;
		unsigned where;

		if (e->kind == 't')
			continue;
		ck_assert_rc(message_open(&m, e->bytes, e->n), RC_OK);
		if (e->kind == 'p')
			ck_assert_rc(coordinator_propose(
					 w->c, &where, &m, NULL, w->now),
			    RC_OK);
		else
			ck_assert_rc(
			    coordinator_message(w->c, &m, w->now), RC_OK);
		ck_assert(!w->c->changed);
	}
	ck_assert_uint_eq(w->event_n, n);
	ck_assert_uint_eq(w->c->sessions_opened, opened);
	world_free(w);

	/* the same while it is still open: duplicates change nothing */
	w = flat_world(32);
	index = start(w);
	for (unsigned i = 0; i < 400; i++) {
		const struct event *e;
		struct message m;

		(void)actor_step(
		    w, &w->actor[help_below(&w->random, w->actor_n)]);
		e = &w->event[help_below(&w->random, w->event_n)];
		if (e->kind != 'm' || w->c->proposal[index].state != COORD_OPEN)
			continue;
		ck_assert_rc(message_open(&m, e->bytes, e->n), RC_OK);
		ck_assert_rc(coordinator_message(w->c, &m, w->now), RC_OK);
		ck_assert(!w->c->changed);
	}
	judge(w, index, 4);
	ck_assert_uint_eq(w->c->proposal[index].sessions, 1);
	world_free(w);
}
END_TEST

/* More refreshes than places: the oldest of the key goes, none in use. */
START_TEST(many_rosters)
{
	struct world *w = flat_world(24);
	const char *base = w->roster_text[0];
	static const char old[] = "serial 1\nprevious -\n";
	const char *at = memmem(base, w->roster_text_n[0], old, strlen(old));
	unsigned index = start(w), mine, serial;

	ck_assert_ptr_nonnull(at);
	mine = w->c->proposal[index].slot[0].roster;
	for (serial = 2; serial < 3 * COORD_ROSTERS_MAX; serial++) {
		char text[16384];
		struct text t;

		text_init(&t, text, sizeof text);
		text_put(&t, base, (size_t)(at - base));
		text_printf(&t, "serial %u\nprevious ", serial);
		text_hex(&t, w->roster_id[0], 32);
		text_string(&t, "\n");
		text_put(&t, at + strlen(old),
		    w->roster_text_n[0] - (size_t)(at - base) - strlen(old));
		ck_assert_rc(coordinator_roster(
				 w->c, (const uint8_t *)text, t.n),
		    RC_OK);
	}
	ck_assert_uint_eq(w->c->roster[mine].roster.serial, 1);
	for (unsigned i = 0, newest = 0; i < COORD_ROSTERS_MAX; i++) {
		newest = w->c->roster[i].roster.serial > newest
		    ? w->c->roster[i].roster.serial
		    : newest;
		ck_assert(i + 1 < COORD_ROSTERS_MAX || newest == serial - 1);
	}
	world_settle(w);
	judge(w, index, 4);
	world_free(w);
}
END_TEST

/* The trust text of a world with other counts, and x- lines at its end. */
static size_t
trust_of(char out[static 16384], const struct world *w, unsigned epoch,
    unsigned revision, const char *mark)
{
	static const char old[] = "epoch 1\nrevision 1\nprevious -\n";
	const char *at = memmem(w->trust, w->trust_n, old, strlen(old));
	struct text t;

	ck_assert_ptr_nonnull(at);
	text_init(&t, out, 16384);
	text_put(&t, w->trust, (size_t)(at - w->trust));
	text_printf(&t, "epoch %u\nrevision %u\nprevious %064d\n", epoch,
	    revision, 7);
	text_put(&t, at + strlen(old),
	    w->trust_n - (size_t)(at - w->trust) - strlen(old));
	text_string(&t, mark);
	return t.n;
}

/*
 * Of a name there is one text an epoch. What is proposed under the present one
 * goes on while the next is made; a text that was born here gives way to one
 * that is born later, with what was proposed under it, and to the operator's.
 */
START_TEST(epochs)
{
	struct world *w = flat_world(29);
	const uint8_t *text;
	char bytes[16384];
	unsigned index = start(w);
	size_t n;

	text = (const uint8_t *)bytes;
	/* of the operator's the greater revision counts */
	n = trust_of(bytes, w, 1, 3, "");
	ck_assert_rc(coordinator_authority(w->c, text, n), RC_OK);
	ck_assert_uint_eq(w->c->authority_n, 1);
	n = trust_of(bytes, w, 1, 2, "");
	ck_assert_rc(coordinator_authority(w->c, text, n), RC_NAME_REPEATED);
	ck_assert_uint_eq(w->c->authority[0].trust.revision, 3);
	free(w->c);
	world_open(w);
	index = start(w);
	/* born: beside it, and twice */
	n = trust_of(bytes, w, 2, 2, "x-first\n");
	ck_assert_rc(coordinator_authority_born(w->c, text, n), RC_OK);
	ck_assert_uint_eq(w->c->authority_n, 2);
	w->c->proposal[5] = w->c->proposal[index];
	w->c->proposal[5].authority = 1;
	ck_assert_int_eq(w->c->proposal[5].state, COORD_OPEN);
	ck_assert_rc(coordinator_authority_born(w->c, text, n), RC_OK);
	ck_assert_int_eq(w->c->proposal[5].state, COORD_OPEN);
	n = trust_of(bytes, w, 2, 2, "x-second\n");
	ck_assert_rc(coordinator_authority_born(w->c, text, n), RC_OK);
	ck_assert_uint_eq(w->c->authority_n, 2);
	ck_assert_int_eq(w->c->proposal[5].state, COORD_ABORTED);
	w->c->proposal[5].used = false;
	/* the operator's stays, whatever is born after */
	n = trust_of(bytes, w, 2, 2, "x-third\n");
	ck_assert_rc(coordinator_authority(w->c, text, n), RC_OK);
	n = trust_of(bytes, w, 2, 2, "x-fourth\n");
	ck_assert_rc(coordinator_authority_born(w->c, text, n), RC_OK);
	ck_assert_ptr_nonnull(memmem(w->c->authority[1].text,
	    sizeof w->c->authority[1].text, "x-third", 7));
	/* more epochs than places: the oldest that nothing is proposed under */
	for (unsigned i = 3; i <= COORD_AUTHORITIES_MAX + 1; i++) {
		n = trust_of(bytes, w, i, i, "");
		ck_assert_rc(
		    coordinator_authority_born(w->c, text, n), RC_OK);
	}
	ck_assert_uint_eq(w->c->authority_n, COORD_AUTHORITIES_MAX);
	ck_assert_uint_eq(w->c->authority[0].trust.epoch, 1);
	ck_assert_uint_eq(
	    w->c->authority[1].trust.epoch, COORD_AUTHORITIES_MAX + 1);
	world_settle(w);
	judge(w, index, 4);
	world_free(w);
}
END_TEST

START_TEST(two_proposals)
{
	struct world *w = flat_world(33);
	unsigned first = start(w), other, index;
	uint8_t id[32];

	memcpy(id, w->c->proposal[first].id, 32);
	w->now += 5;
	ck_assert_rc(
	    world_propose(w, "acme.example/camera", 8, NULL, &index), RC_BUSY);
	ck_assert_uint_eq(index, first);
	/* another product is no matter */
	ck_assert_rc(
	    world_propose(w, "acme.example/lamp", 8, NULL, &other), RC_OK);
	ck_assert_rc(world_propose(w, "other.example/x", 1, NULL, &index),
	    RC_PRODUCT);
	/* it may be superseded while no package has been sent */
	ck_assert_rc(
	    world_propose(w, "acme.example/camera", 8, id, &index), RC_OK);
	ck_assert_uint_eq(w->c->proposal[first].state, COORD_SUPERSEDED);
	world_settle(w);
	judge(w, index, 4);
	judge(w, other, 4);
	world_restart(w);
	world_free(w);

	w = flat_world(34);
	first = start(w);
	memcpy(id, w->c->proposal[first].id, 32);
	for (unsigned i = 0; i < 3; i++)
		(void)actor_step(w, &w->actor[i]);
	ck_assert_uint_eq(w->c->proposal[first].sessions, 1);
	w->now += 5;
	ck_assert_rc(
	    world_propose(w, "acme.example/camera", 8, id, &index), RC_BUSY);
	world_free(w);
}
END_TEST

START_TEST(ages)
{
	struct world *w = flat_world(35);
	unsigned index = start(w);
	char buffer[8192];
	struct message m;
	struct text t;

	for (unsigned i = 0; i < w->actor_n; i++)
		w->actor[i].fault = ABSENT;
	world_tick(w, COORD_AGE_S_MAX);
	ck_assert_uint_eq(w->c->proposal[index].state, COORD_OPEN);
	world_tick(w, 1);
	ck_assert_uint_eq(w->c->proposal[index].state, COORD_EXPIRED);
	text_init(&t, buffer, sizeof buffer);
	release_make(w, &t, "acme.example/camera", 9, w->now + 601);
	note_make(&t, &w->proposer);
	ck_assert_rc(message_open(&m, (const uint8_t *)t.p, t.n), RC_OK);
	ck_assert_rc(
	    coordinator_propose(w->c, &index, &m, NULL, w->now), RC_AGE);
	ck_assert_rc(
	    coordinator_propose(w->c, &index, &m, NULL, w->now + 1), RC_OK);
	world_free(w);
}
END_TEST

/* Who is nobody is told so, whatever is signed. */
START_TEST(strangers)
{
	struct world *w = flat_world(36);
	unsigned index = start(w);
	struct actor stranger;
	char buffer[8192];
	struct message m;
	struct text t;

	actor_key(w, &stranger, "mallory");
	text_init(&t, buffer, sizeof buffer);
	put_approve(&t, &stranger, w->c->proposal[index].id);
	ck_assert_rc(world_post(w, t.p, t.n), RC_SENDER);
	/* alice's name and key id, mallory's signature */
	memcpy(&stranger.key, &world_actor(w, "alice")->key,
	    sizeof stranger.key);
	text_init(&t, buffer, sizeof buffer);
	put_approve(&t, &stranger, w->c->proposal[index].id);
	ck_assert_rc(world_post(w, t.p, t.n), RC_SIGNATURE_INVALID);
	text_init(&t, buffer, sizeof buffer);
	release_make(w, &t, "acme.example/camera", 9, w->now);
	note_make(&t, &stranger);
	ck_assert_rc(message_open(&m, (const uint8_t *)t.p, t.n), RC_OK);
	ck_assert_rc(
	    coordinator_propose(w->c, &index, &m, NULL, w->now), RC_SENDER);
	ck_assert_uint_eq(w->event_n, 1);
	world_free(w);
}
END_TEST

/* Any text under a party's own good signature: no harm, no stall. */
START_TEST(signed_garbage)
{
	static const char *const pieces[] = {"release ", "message ", "roster ",
	    "package ", "boot 00112233445566778899aabbccddeeff\n",
	    "serial 1\n", "serial 4294967295\n", "code x\n", "reason \n",
	    ("nonces AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= "
	     "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"),
	    "share //////////////////////////////////////////8=\n"};
	static const char *const kinds[] = {
	    "approve", "commit", "share", "refuse", "roster", "accept", "deal"};
	struct world *w = flat_world(40);
	unsigned index = start(w), before;
	uint8_t id[32];

	memcpy(id, w->c->proposal[index].id, 32);
	for (unsigned i = 0; i < 2000; i++) {
		struct actor *a =
		    &w->actor[help_below(&w->random, w->actor_n)];
		unsigned kind = help_below(&w->random, 7);
		char buffer[4096];
		struct text t;

		text_init(&t, buffer, sizeof buffer);
		text_printf(&t, "quorate/%s@v1\n", kinds[kind]);
		for (unsigned j = help_below(&w->random, 7); j > 0; j--) {
			unsigned piece = help_below(&w->random, 11);

			text_string(&t, pieces[piece]);
			if (piece >= 4)
				continue;
			text_hex(&t, piece == 2 ? w->roster_id[0] : id, 32);
			text_string(&t, "\n");
		}
		/* whole and well formed, but for its points */
		if (kind == 1 && help_below(&w->random, 2)) {
			struct message_commit m;

			help_bytes(&w->random, &m, sizeof m);
			memcpy(m.message, id, 32);
			memcpy(m.roster, w->roster_id[0], 32);
			text_init(&t, buffer, sizeof buffer);
			m.serial |= 1;
			commit_build(&t, &m);
		}
		note_make(&t, a);
		before = w->event_n;
		(void)world_post(w, t.p, t.n);
		if (w->last != RC_OK)
			ck_assert_uint_eq(w->event_n, before);
	}
	ck_assert_uint_eq(w->c->proposal[index].state, COORD_OPEN);
	world_run(w);
	judge(w, index, 4);
	world_free(w);
}
END_TEST

/*
 * The bound: f faulty parties, an honest rest that satisfies the quorum and
 * answers in time: at most f + 1 sessions, one more per honest restart, and
 * the cap more per faulty party.
 */
START_TEST(sessions_bounded)
{
	unsigned most = 0;

	for (unsigned seed = 0; seed < 60; seed++) {
		struct world *w = seed % 2 ? flat_world(1000 + seed)
					   : regions_world(1000 + seed);
		struct tree_set honest = {{0}};
		unsigned faulty = 0, restarts = 0, index, bound;

		for (unsigned i = 0; i < w->actor_n; i++) {
			struct actor *a = &w->actor[i];

			a->fault = (enum fault)help_below(&w->random, 8);
			if (help_below(&w->random, 2) == 0)
				a->fault = HONEST;
			a->restarts_left = a->fault == RECOMMITTING
			    ? 20
			    : a->fault == RESTARTING ? 1 : 0;
			if (a->fault == HONEST || a->fault == RESTARTING)
				tree_set_add(&honest, a->share.id);
			else
				faulty++;
			restarts += a->fault == RESTARTING;
		}
		bound = faulty + 1 + restarts + COORD_COMMITS_MAX * faulty;
		index = start(w);
		/* in a random order, and time goes on */
		for (unsigned i = 0; i < 60; i++) {
			for (unsigned j = 0; j < 40; j++)
				(void)actor_step(w,
				    &w->actor[help_below(
					&w->random, w->actor_n)]);
			world_settle(w);
			world_tick(w, COORD_PATIENCE_S);
		}
		if (w->c->proposal[index].sessions > most)
			most = w->c->proposal[index].sessions;
		ck_assert_uint_le(w->c->proposal[index].sessions, bound);
		if (tree_set_satisfied(&w->roster[0].tree, &honest))
			ck_assert_msg(w->c->proposal[index].state ==
				COORD_SIGNED,
			    "seed %u: %s", seed,
			    coord_state_name(w->c->proposal[index].state));
		world_restart(w);
		world_free(w);
	}
	printf("# most sessions in 60 worlds: %u\n", most);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("coordinator");
	TCase *t = tcase_create("releases");

	if (sodium_init() < 0)
		return 1;
	tcase_set_timeout(t, 300);
	tcase_add_test(t, flat);
	tcase_add_test(t, regions);
	tcase_add_test(t, plain);
	tcase_add_test(t, plain_silent);
	tcase_add_test(t, mixed);
	tcase_add_test(t, mixed_waits);
	tcase_add_test(t, silent_party);
	tcase_add_test(t, refused);
	tcase_add_test(t, refuse_after_approve);
	tcase_add_test(t, bad_share);
	tcase_add_test(t, party_restart);
	tcase_add_test(t, recommit_cap);
	tcase_add_test(t, coordinator_restart);
	tcase_add_test(t, replays);
	tcase_add_test(t, epochs);
	tcase_add_test(t, two_proposals);
	tcase_add_test(t, many_rosters);
	tcase_add_test(t, ages);
	tcase_add_test(t, strangers);
	tcase_add_test(t, signed_garbage);
	tcase_add_test(t, sessions_bounded);
	suite_add_tcase(s, t);
	return suite_run(s);
}
