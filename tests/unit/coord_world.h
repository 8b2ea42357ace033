/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small world around the coordinator's state machine: parties that do what
 * docs/formats.md section 9 says, and a fault each if the test wants one.
 * All that passes between them are bytes of notes and bundles. Every event
 * that changed the machine is kept, so that it can be built again.
 */
#ifndef TESTS_UNIT_COORD_WORLD_H
#define TESTS_UNIT_COORD_WORLD_H
#include <stdio.h>
#include <stdlib.h>
#include "host/sign.h"
#include "quorum/coordinator.h"
#include "quorum/roster_frost.h"
#include "tests/unit/quorum_help.h"
#include "verify/sha256.h"

#ifndef WORLD_ACTORS_MAX /* the load bench has more of both */
#define WORLD_ACTORS_MAX 60
#define WORLD_TEXTS_MAX	 8
#endif
enum { WORLD_NONCES_MAX = 64, WORLD_EVENTS_MAX = 8192 };
#define WORLD_NOW UINT64_C(1763700000)

enum fault {
	HONEST,
	SILENT,	       /* approves and commits, never answers a package */
	ABSENT,	       /* says nothing at all */
	REFUSING,
	BAD_SHARE,     /* a share that does not verify */
	BAD_NONCES,    /* a share note that names other nonces */
	RESTARTING,    /* loses its nonces at every package, new boot */
	RECOMMITTING,  /* the same within one boot */
};

struct actor {
	char local[64], name[80];
	uint8_t seed[32];
	struct vkey key;
	enum fault fault;
	bool plain;
	unsigned restarts_left;
	int roster; /* index in world, -1 */
	struct frost_key_share share;
	uint8_t boot[FROST_BOOT_ID_BYTES];
	uint32_t serial;
	char cursor[64];
	unsigned nonce_n;
	struct frost_nonces nonce[WORLD_NONCES_MAX];
	uint8_t nonce_message[WORLD_NONCES_MAX][32];
	unsigned text_n; /* proposals seen */
	struct {
		uint8_t id[32];
		size_t n;
		uint8_t bytes[8192];
	} text[WORLD_TEXTS_MAX];
	unsigned packages; /* answered */
};

struct event {
	uint8_t kind; /* p, m, c, t, s */
	uint64_t now;
	size_t n;
	uint8_t *bytes;
	uint8_t supersedes[32];
};

struct world {
	struct coordinator *c;
	uint64_t random, now;
	unsigned actor_n, roster_n;
	struct actor actor[WORLD_ACTORS_MAX];
	struct frost_roster roster[4];
	char roster_text[4][32768];
	size_t roster_text_n[4];
	uint8_t roster_id[4][32];
	char trust[16384];
	size_t trust_n;
	struct actor proposer;
	unsigned event_n;
	struct event event[WORLD_EVENTS_MAX];
	enum rc last; /* of the last post */
	/* Another way to the machine than the direct one; NULL for that. */
	void (*post)(struct world *w, const char *path, const void *bytes,
	    size_t n, struct text *answer);
	void *transport;
	/* Also told of every event that changed the machine, if not NULL. */
	void (*record)(struct world *w, uint8_t kind, const void *bytes,
	    size_t n, const uint8_t *supersedes);
	struct store *store;
};

static inline void
actor_key(struct world *w, struct actor *a, const char *local)
{
	uint8_t pk[32];

	memset(a, 0, sizeof *a);
	snprintf(a->local, sizeof a->local, "%s", local);
	snprintf(a->name, sizeof a->name, "%s.example", local);
	help_bytes(&w->random, a->seed, 32);
	help_bytes(&w->random, a->boot, sizeof a->boot);
	ed25519_public(pk, a->seed);
	a->key.name = (struct slice){
	    (const uint8_t *)a->name, strlen(a->name)};
	a->key.type = KEY_ED25519;
	memcpy(a->key.key, pk, 32);
	vkey_id(a->key.id, a->key.name, KEY_ED25519, pk);
	a->roster = -1;
	strcpy(a->cursor, "0");
}

static inline struct actor *
world_actor(struct world *w, const char *local)
{
	for (unsigned i = 0; i < w->actor_n; i++)
		if (strcmp(w->actor[i].local, local) == 0)
			return &w->actor[i];
	ck_assert_uint_lt(w->actor_n, WORLD_ACTORS_MAX);
	actor_key(w, &w->actor[w->actor_n], local);
	return &w->actor[w->actor_n++];
}

static inline void
put_key(struct text *t, const struct actor *a)
{
	text_vkey(t, a->key.name, KEY_ED25519, a->key.key);
}

static inline void
put_random_key(struct world *w, struct text *t, const char *name, uint8_t type)
{
	uint8_t key[32];

	help_bytes(&w->random, key, sizeof key);
	text_vkey(t, (struct slice){(const uint8_t *)name, strlen(name)}, type,
	    key);
}

/*
 * A shared signer: "alice bob carol", "group g 2 alice bob carol\nquorum g\n".
 * The draft of a ceremony is the easiest way to a tree.
 */
static inline unsigned
world_roster(struct world *w, const char *signer, const char *parties,
    const char *groups)
{
	static struct frost_key_share shares[FROST_PARTIES_MAX];
	struct frost_roster *f = &w->roster[w->roster_n];
	char draft[32768], name[64], list[1024];
	struct ceremony c;
	struct roster r;
	struct text t;
	uint8_t zero[32] = {0};

	text_init(&t, draft, sizeof draft);
	text_printf(&t, "quorate/ceremony@v1\nauthority acme.example/release 1"
			"\nsigner %s\nkey acme.example/%s\nproposed 5\n"
			"deadline 6\n", signer, signer);
	snprintf(list, sizeof list, "%s", parties);
	for (char *s = strtok(list, " "); s != NULL; s = strtok(NULL, " ")) {
		text_printf(&t, "party %s ", s);
		put_key(&t, world_actor(w, s));
		text_string(&t, " CH\n");
	}
	text_printf(&t, "%strust ", groups);
	text_hex(&t, zero, 32);
	text_string(&t, "\n");
	ck_assert_rc(ceremony_parse(&c, (const uint8_t *)draft, t.n), RC_OK);
	f->tree = c.tree;
	help_deal(&w->random, f, shares);
	text_init(&t, w->roster_text[w->roster_n],
	    sizeof w->roster_text[0]);
	ceremony_roster_build(&t, &c, &f->key, f->share, zero);
	w->roster_text_n[w->roster_n] = t.n;
	ck_assert_rc(roster_parse(&r,
			 (const uint8_t *)w->roster_text[w->roster_n], t.n),
	    RC_OK);
	ck_assert_rc(roster_frost(f, &r), RC_OK);
	memcpy(w->roster_id[w->roster_n], r.id, 32);
	for (unsigned i = 0; i < c.party_n; i++) {
		struct slice s = ceremony_party_name(&c, i);
		struct actor *a;

		snprintf(name, sizeof name, "%.*s", (int)s.n, s.p);
		a = world_actor(w, name);
		a->roster = (int)w->roster_n;
		a->share = shares[c.tree.id[i] - 1];
		memcpy(a->share.roster_id, r.id, 32);
		ck_assert_rc(frost_key_share_check(&a->share, f), RC_OK);
	}
	return w->roster_n++;
}

/*
 * The trust: plain signers "carol dave" and the rosters made so far, in this
 * order; groups over their local names: "group g 2 a b\nquorum g\n".
 */
static inline void
world_trust(struct world *w, const char *plain, const char *groups)
{
	static const char *const roots[] = {"r1", "r2"};
	char list[1024];
	struct text t;

	text_init(&t, w->trust, sizeof w->trust);
	text_string(&t, "quorate/trust@v1\nname acme.example/release\nepoch 1\n"
			"revision 1\nprevious -\n");
	for (unsigned i = 0; i < w->roster_n; i++) {
		struct roster r;

		ck_assert_rc(roster_parse(&r,
				 (const uint8_t *)w->roster_text[i],
				 w->roster_text_n[i]),
		    RC_OK);
		text_string(&t, "signer ");
		text_slice(&t, r.signer);
		text_string(&t, " ");
		text_vkey(&t, r.key.name, KEY_ED25519, r.key.key);
		text_string(&t, " -\n");
	}
	snprintf(list, sizeof list, "%s", plain);
	for (char *s = strtok(list, " "); s != NULL; s = strtok(NULL, " ")) {
		struct actor *a = world_actor(w, s);

		a->plain = true;
		text_printf(&t, "signer %s ", s);
		put_key(&t, a);
		text_string(&t, " IS\n");
	}
	text_string(&t, groups);
	for (unsigned i = 0; i < 2; i++) {
		text_printf(&t, "root %s ", roots[i]);
		put_random_key(w, &t, roots[i], KEY_ED25519);
		text_string(&t, " CH\n");
	}
	text_string(&t, "group board all r1 r2\nroot-quorum board\nlog ");
	put_random_key(w, &t, "log.example", KEY_ED25519);
	text_string(&t, " CH\nwitness w1 ");
	put_random_key(w, &t, "w1.example", KEY_COSIGNATURE);
	text_string(&t, " IS\nwitness-quorum w1\nabout\nproposed 1763600000\n");
	for (unsigned i = 0; i < w->roster_n; i++) {
		struct roster r;

		(void)!roster_parse(&r, (const uint8_t *)w->roster_text[i],
		    w->roster_text_n[i]);
		text_string(&t, "shared ");
		text_slice(&t, r.signer);
		text_string(&t, "\n");
	}
	ck_assert(!t.full);
	w->trust_n = t.n;
}

static inline struct coordinator *
world_machine(struct world *w)
{
	struct coordinator *c = calloc(1, sizeof *c);
	uint8_t token[4];
	char key[256];
	struct text t;

	ck_assert_ptr_nonnull(c);
	help_bytes(&w->random, token, sizeof token);
	coordinator_init(c, token, 1);
	if (w->trust_n > 0)
		ck_assert_rc(coordinator_authority(c,
				 (const uint8_t *)w->trust, w->trust_n),
		    RC_OK);
	for (unsigned i = 0; w->trust_n > 0 && i < w->roster_n; i++)
		ck_assert_rc(coordinator_roster(c,
				 (const uint8_t *)w->roster_text[i],
				 w->roster_text_n[i]),
		    RC_OK);
	text_init(&t, key, sizeof key);
	put_key(&t, &w->proposer);
	ck_assert_rc(coordinator_proposer(c, key), RC_OK);
	ck_assert_rc(coordinator_pattern(c, "acme.example/*"), RC_OK);
	return c;
}

static inline struct world *
world_new(uint64_t seed)
{
	struct world *w = calloc(1, sizeof *w);

	ck_assert_ptr_nonnull(w);
	w->random = seed;
	w->now = WORLD_NOW;
	actor_key(w, &w->proposer, "pipeline");
	return w;
}

static inline void
world_open(struct world *w)
{
	w->c = world_machine(w);
}

static inline void
world_free(struct world *w)
{
	for (unsigned i = 0; i < w->event_n; i++)
		free(w->event[i].bytes);
	free(w->c);
	free(w);
}

static inline void
world_record(struct world *w, uint8_t kind, const void *bytes, size_t n,
    const uint8_t *supersedes)
{
	struct event *e = &w->event[w->event_n];

	if (!w->c->changed)
		return;
	if (w->record != NULL)
		w->record(w, kind, bytes, n, supersedes);
	w->c->changed = false;
	ck_assert_uint_lt(w->event_n, WORLD_EVENTS_MAX);
	w->event_n++;
	e->kind = kind;
	e->now = w->now;
	e->n = n;
	e->bytes = malloc(n + 1);
	ck_assert_ptr_nonnull(e->bytes);
	memcpy(e->bytes, bytes, n);
	if (supersedes != NULL) {
		e->kind = 's';
		memcpy(e->supersedes, supersedes, 32);
	}
}

/* What store.c does after a kill -9: the same functions once more. */
static inline struct coordinator *
world_replay(struct world *w)
{
	struct coordinator *c = world_machine(w);

	for (unsigned i = 0; i < w->event_n; i++) {
		const struct event *e = &w->event[i];
		struct message m;
		unsigned index;

		switch (e->kind) {
		case 't':
			coordinator_tick(c, e->now);
			break;
		case 'c':
			ck_assert_rc(coordinator_ceremony(
					 c, &index, e->bytes, e->n, e->now),
			    RC_OK);
			break;
		default:
			ck_assert_rc(message_open(&m, e->bytes, e->n), RC_OK);
			if (e->kind == 'm')
				(void)!coordinator_message(c, &m, e->now);
			else
				(void)!coordinator_propose(c, &index, &m,
				    e->kind == 's' ? e->supersedes : NULL,
				    e->now);
		}
		ck_assert_msg(c->changed, "event %u changes nothing", i);
		c->changed = false;
	}
	return c;
}

/* All statuses as one text: two machines in the same state say the same. */
static inline void
world_said(struct text *t, const struct coordinator *c)
{
	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++)
		if (c->proposal[i].used && c->proposal[i].work == COORD_RELEASE)
			coordinator_status(t, c, i);
	for (unsigned i = 0; i < COORD_BIRTHS_MAX; i++)
		if (c->birth[i].used)
			coordinator_birth_status(t, c, i);
}

static inline void
world_restart(struct world *w)
{
	static char before[STATUS_BYTES_MAX], after[STATUS_BYTES_MAX];
	struct coordinator *c = world_replay(w);
	struct text a, b;

	text_init(&a, before, sizeof before);
	text_init(&b, after, sizeof after);
	world_said(&a, w->c);
	world_said(&b, c);
	ck_assert_str_eq(before, after);
	ck_assert_uint_eq(w->c->stamp, c->stamp);
	free(w->c);
	w->c = c;
}

static inline enum rc
world_post(struct world *w, const void *bytes, size_t n)
{
	struct bundle_item item;
	struct message m;
	struct bundle b;
	enum rc rc = bundle_init(&b, bytes, n);

	if (w->post != NULL) {
		w->post(w, "/v1/messages", bytes, n, NULL);
		return w->last;
	}
	while (rc == RC_OK) {
		rc = bundle_next(&b, &item);
		if (rc != RC_OK)
			break;
		rc = message_open(&m, item.whole.p, item.whole.n);
		if (rc == RC_OK)
			rc = coordinator_message(w->c, &m, w->now);
		world_record(w, 'm', item.whole.p, item.whole.n, NULL);
	}
	return w->last = rc == RC_MORE ? RC_OK : rc;
}

/* One note: a text, signed by the actor. */
static inline void
note_make(struct text *t, const struct actor *a)
{
	message_sign(t, &a->key, a->seed);
	ck_assert(!t->full);
}

static inline void
put_note(struct text *bundle, struct text *note, const struct actor *a)
{
	note_make(note, a);
	bundle_put(bundle, note->p, note->n);
}

static inline void
put_commit(struct world *w, struct text *out, struct actor *a,
    const uint8_t id[static 32])
{
	struct frost_binding made_for;
	struct message_commit m = {0};
	struct frost_commitment k;
	uint8_t random[2][32];
	char buffer[2048];
	struct text t;
	unsigned i = a->nonce_n++ % WORLD_NONCES_MAX;

	memcpy(made_for.message_id, id, 32);
	memcpy(made_for.roster_id, w->roster_id[a->roster], 32);
	memcpy(made_for.boot_id, a->boot, sizeof a->boot);
	help_bytes(&w->random, random, sizeof random);
	ck_assert_rc(frost_commit(&a->nonce[i], &k, suite, &a->share,
			 &made_for, random[0], random[1]),
	    RC_OK);
	memcpy(a->nonce_message[i], id, 32);
	memcpy(m.message, id, 32);
	memcpy(m.roster, w->roster_id[a->roster], 32);
	memcpy(m.boot, a->boot, sizeof a->boot);
	m.serial = ++a->serial;
	m.d = k.d;
	m.e = k.e;
	text_init(&t, buffer, sizeof buffer);
	commit_build(&t, &m);
	put_note(out, &t, a);
}

static inline void
put_own_line(struct text *out, struct actor *a, const uint8_t *text, size_t n)
{
	static char buffer[16384];
	struct text t;

	text_init(&t, buffer, sizeof buffer);
	text_put(&t, text, n);
	put_note(out, &t, a);
}

static inline void
actor_reboot(struct world *w, struct actor *a)
{
	memset(a->nonce, 0, sizeof a->nonce);
	help_bytes(&w->random, a->boot, sizeof a->boot);
	a->serial = 0;
	strcpy(a->cursor, "0");
}

static inline void
put_approve(struct text *out, struct actor *a, const uint8_t id[static 32])
{
	struct message_approve m;
	char buffer[1024];
	struct text t;

	memcpy(m.release, id, 32);
	text_init(&t, buffer, sizeof buffer);
	approve_build(&t, &m);
	put_note(out, &t, a);
}

static inline void
put_refuse(struct text *out, struct actor *a, const uint8_t id[static 32])
{
	struct message_refuse m = {0};
	char buffer[1024];
	struct text t;

	memcpy(m.release, id, 32);
	m.code = (struct slice){(const uint8_t *)"policy", 6};
	m.reason = (struct slice){(const uint8_t *)"not on Friday", 13};
	text_init(&t, buffer, sizeof buffer);
	refuse_build(&t, &m);
	put_note(out, &t, a);
}

static inline void
actor_proposal(struct world *w, struct actor *a, const struct message *m,
    struct text *out)
{
	unsigned i = a->text_n;

	for (unsigned j = 0; j < a->text_n; j++)
		if (memcmp(a->text[j].id, m->id, 32) == 0)
			i = j;
	ck_assert_uint_lt(i, WORLD_TEXTS_MAX);
	if (i == a->text_n)
		a->text_n++;
	memcpy(a->text[i].id, m->id, 32);
	ck_assert_uint_le(m->text.n, sizeof a->text[i].bytes);
	memcpy(a->text[i].bytes, m->text.p, m->text.n);
	a->text[i].n = m->text.n;
	if (a->fault == REFUSING) {
		put_refuse(out, a, m->id);
		return;
	}
	put_approve(out, a, m->id);
	for (unsigned j = 0; j < WORLD_NONCES_MAX; j++)
		if (a->nonce[j].fresh &&
		    memcmp(a->nonce_message[j], m->id, 32) == 0)
			return;
	if (a->roster >= 0)
		put_commit(w, out, a, m->id);
}

static inline struct frost_nonces *
nonces_of(struct actor *a, const struct message_package *p, unsigned id)
{
	for (unsigned i = 0; i < p->list_n; i++)
		for (unsigned j = 0; j < WORLD_NONCES_MAX; j++)
			if (p->list[i].id == id && a->nonce[j].fresh &&
			    memcmp(a->nonce[j].commitment.d.b, p->list[i].d.b,
				32) == 0)
				return &a->nonce[j];
	return NULL;
}

static inline void
actor_sign(struct world *w, struct actor *a, const struct message *m,
    const struct message_package *p, const uint8_t *text, size_t n,
    struct text *out)
{
	struct frost_nonces *k = nonces_of(a, p, a->share.id);
	static struct signing_package pkg;
	struct message_share s = {0};
	char buffer[2048];
	struct text t;

	if (a->fault == RESTARTING && a->restarts_left > 0) {
		a->restarts_left--;
		actor_reboot(w, a);
		put_commit(w, out, a, p->message);
		return;
	}
	if (a->fault == RECOMMITTING && a->restarts_left > 0) {
		a->restarts_left--;
		put_commit(w, out, a, p->message);
		return;
	}
	if (k == NULL) {
		put_commit(w, out, a, p->message);
		return;
	}
	memcpy(s.message, p->message, 32);
	memcpy(s.roster, p->roster, 32);
	memcpy(s.package, m->id, 32);
	memcpy(s.boot, a->boot, sizeof s.boot);
	s.d = k->commitment.d;
	s.e = k->commitment.e;
	package_frost(&pkg, p, text, n);
	ck_assert_rc(frost_sign(&s.z, k, &a->share, &w->roster[a->roster],
			 a->boot, &pkg),
	    RC_OK);
	if (a->fault == BAD_SHARE)
		s.z.b[0] ^= 1;
	if (a->fault == BAD_NONCES)
		s.e = s.d;
	a->packages++;
	text_init(&t, buffer, sizeof buffer);
	share_build(&t, &s);
	put_note(out, &t, a);
	put_own_line(out, a, text, n);
	put_commit(w, out, a, p->message);
}

static inline void
actor_package(struct world *w, struct actor *a, const struct message *m,
    struct text *out)
{
	static struct message_package p;
	unsigned i = 0;

	ck_assert_rc(package_parse(&p, m->text.p, m->text.n), RC_OK);
	while (i < a->text_n && memcmp(a->text[i].id, p.message, 32) != 0)
		i++;
	ck_assert_uint_lt(i, a->text_n);
	if (a->fault == SILENT)
		return;
	if (p.has_roster) {
		actor_sign(w, a, m, &p, a->text[i].bytes, a->text[i].n, out);
		return;
	}
	for (unsigned j = 0; j < p.name_n; j++)
		if (slice_equal(p.name[j], a->key.name)) {
			a->packages++;
			put_own_line(out, a, a->text[i].bytes, a->text[i].n);
		}
}

/* One poll into inbox[BUNDLE_BYTES_MAX]; *b: what came, behind its head. */
static inline bool
actor_poll(struct world *w, struct actor *a, char *inbox, struct bundle *b)
{
	struct message_poll poll = {0};
	struct message_inbox head;
	struct coord_poller who;
	struct bundle_item item;
	struct message m;
	char note[2048];
	struct text t;
	bool news;

	poll.authority = (struct slice){
	    (const uint8_t *)"acme.example/release", 20};
	poll.epoch = 1;
	memcpy(poll.boot, a->boot, sizeof poll.boot);
	poll.time = w->now;
	poll.after = (struct slice){
	    (const uint8_t *)a->cursor, strlen(a->cursor)};
	text_init(&t, note, sizeof note);
	poll_build(&t, &poll);
	note_make(&t, a);
	if (w->post != NULL) {
		struct text in;

		text_init(&in, inbox, BUNDLE_BYTES_MAX);
		w->post(w, "/v1/poll", t.p, t.n, &in);
		t = in;
		news = memchr(in.p, 0xe2, in.n) != NULL ||
		    strstr(in.p, "quorate/package") != NULL;
	} else {
		ck_assert_rc(
		    message_open(&m, (const uint8_t *)t.p, t.n), RC_OK);
		ck_assert_rc(coordinator_poll(&who, w->c, &m, w->now), RC_OK);
		news = coordinator_news(w->c, &who);
		text_init(&t, inbox, BUNDLE_BYTES_MAX);
		coordinator_inbox(&t, w->c, &who, w->now);
	}
	ck_assert(!t.full);
	ck_assert_rc(bundle_init(b, (const uint8_t *)t.p, t.n), RC_OK);
	ck_assert_rc(bundle_next(b, &item), RC_OK);
	ck_assert_rc(inbox_parse(&head, item.text.p, item.text.n), RC_OK);
	snprintf(a->cursor, sizeof a->cursor, "%.*s", (int)head.cursor.n,
	    head.cursor.p);
	return news;
}

/* One poll; its answer's items are handled, the answers posted. */
static inline bool
actor_step(struct world *w, struct actor *a)
{
	static char inbox[BUNDLE_BYTES_MAX], out[1 << 20];
	struct bundle_item item;
	struct bundle b;
	struct message m;
	struct text answer;
	bool news;

	if (a->fault == ABSENT)
		return false;
	news = actor_poll(w, a, inbox, &b);
	text_init(&answer, out, sizeof out);
	for (;;) {
		enum rc rc = bundle_next(&b, &item);

		if (rc == RC_MORE)
			break;
		ck_assert_rc(rc, RC_OK);
		ck_assert(news);
		ck_assert_rc(message_open(&m, item.whole.p, item.whole.n),
		    RC_OK);
		if (m.kind == MESSAGE_PACKAGE)
			actor_package(w, a, &m, &answer);
		else
			actor_proposal(w, a, &m, &answer);
	}
	if (answer.n > 0)
		(void)!world_post(w, answer.p, answer.n);
	return news;
}

/* Everybody polls until nothing is new. */
static inline void
world_settle(struct world *w)
{
	bool news = true;

	for (unsigned round = 0; news; round++) {
		ck_assert_msg(round < 400, "the world does not settle");
		news = false;
		for (unsigned i = 0; i < w->actor_n; i++)
			news |= actor_step(w, &w->actor[i]);
	}
}

static inline void
world_tick(struct world *w, uint64_t seconds)
{
	w->now += seconds;
	coordinator_tick(w->c, w->now);
	world_record(w, 't', "", 0, NULL);
}

/* Settle, and let time pass, while something moves. */
static inline void
world_run(struct world *w)
{
	for (unsigned i = 0; i < 12; i++) {
		world_settle(w);
		world_tick(w, COORD_PATIENCE_S + 1);
	}
	world_settle(w);
}

static inline void
release_make(struct world *w, struct text *t, const char *product,
    unsigned sequence, uint64_t proposed)
{
	text_printf(t,
	    "quorate/release@v1\nauthority acme.example/release 1\n"
	    "product %s\nversion 1.%u\nsequence %u\n"
	    "payload app 1048576 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b8"
	    "22cd15d6c15b0f00a08\nabout\nproposed %llu\n",
	    product, sequence, sequence, (unsigned long long)proposed);
	for (unsigned i = 0; i < w->roster_n; i++) {
		struct roster r;

		(void)!roster_parse(&r, (const uint8_t *)w->roster_text[i],
		    w->roster_text_n[i]);
		text_string(t, "roster ");
		text_slice(t, r.signer);
		text_string(t, " 1\n");
	}
}

static inline enum rc
world_propose(struct world *w, const char *product, unsigned sequence,
    const uint8_t *supersedes, unsigned *index)
{
	char buffer[8192];
	struct message m;
	struct text t;
	enum rc rc;

	text_init(&t, buffer, sizeof buffer);
	release_make(w, &t, product, sequence, w->now);
	note_make(&t, &w->proposer);
	ck_assert_rc(message_open(&m, (const uint8_t *)t.p, t.n), RC_OK);
	rc = coordinator_propose(w->c, index, &m, supersedes, w->now);
	world_record(w, 'p', t.p, t.n, supersedes);
	return rc;
}
#endif
