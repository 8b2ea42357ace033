/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ROAST as a property: real seats (signer/seat.c), the real coordinator, real
 * FROST; between them parties below blocking whose every note is drawn from
 * {honest, replayed, altered, of another session, of another boot, random,
 * silent}, honest parties that restart, and in other runs a coordinator that
 * draws each thing it says from the same urn. Of every run is demanded:
 *
 *   - the release is signed, within f + 1 sessions, one more per honest
 *     restart and 8 more per faulty party;
 *   - who signed a note that convicts is named, with evidence that
 *     quorum/blame.h takes from its bytes alone; nobody else is named;
 *   - no honest seat ever gives two shares for one nonce, whatever it hears.
 *
 * Against a coordinator that lies nothing but delay is allowed. ctest runs a
 * sample; QUORATE_ROAST_RUNS=20000 is the whole (target `roast`).
 */
#include "tests/unit/coord_world.h"
#include "quorum/blame.h"
#include "signer/seat.h"
#include "tests/unit/suite.h"

enum { PARTIES_MAX = 50, HISTORY = 96, NOTE_ROOM = 8192, KEPT = 64 };

enum draw {
	AS_IT_IS,
	REPLAYED,
	ALTERED,
	OTHER_SESSION,
	OTHER_BOOT,
	RANDOM,
	SILENCE,
	DRAWS
};

/* A text, and the last word about it. */
struct decided {
	enum record_verb verb;
	uint8_t id[32];
	size_t text_n;
	uint8_t text[NOTE_ROOM];
};

/* What a seat has durably, of this release. */
struct memory {
	uint32_t logged;
	unsigned decided_n;
	struct decided decided[KEPT];
	bool bound;
	uint8_t bound_to[32];
	unsigned kept_n;
	struct {
		uint8_t package[32];
		size_t n;
		uint8_t note[RECORD_SHARE_MAX];
	} kept[KEPT];
	/* every D that ever left, and in which package */
	unsigned spent_n;
	struct {
		struct point d;
		uint8_t package[32];
	} spent[4096];
};

struct stored {
	size_t n;
	uint8_t bytes[NOTE_ROOM];
};

struct member {
	struct actor *actor;
	struct seat *seat;
	struct seat_secrets *x;
	struct memory memory;
	bool faulty, convicted;
	unsigned history_n; /* of what it said, and of what it was told */
	struct stored said[HISTORY];
	unsigned told_n;
	struct stored told[HISTORY];
};

static struct {
	struct world *w;
	unsigned n;
	struct member *m; /* by leaf id - 1 */
	uint64_t dice;
	uint32_t sequence;
	struct seat_authority *a[PARTIES_MAX];
	unsigned long runs, sessions, worst, named, restarts, lies, delayed;
	bool fixed; /* every lie is `draw`, and nobody restarts */
	enum draw draw;
} pool;

static unsigned
below(unsigned n)
{
	return help_below(&pool.dice, n);
}

/* ---- a record in memory ---- */

static struct decided *
decided(struct memory *m, const uint8_t id[static 32])
{
	for (unsigned i = 0; i < m->decided_n; i++)
		if (memcmp(m->decided[i].id, id, 32) == 0)
			return &m->decided[i];
	return NULL;
}

static enum rc
remember_decision(void *context, const struct record_decision *d)
{
	struct memory *m = context;
	struct decided *k = decided(m, d->message);

	if (k == NULL) {
		ck_assert_uint_lt(m->decided_n, KEPT);
		k = &m->decided[m->decided_n++];
	}
	memcpy(k->id, d->message, 32);
	k->verb = d->verb;
	ck_assert_uint_le(d->text_n, sizeof k->text);
	memcpy(k->text, d->text, d->text_n);
	k->text_n = d->text_n;
	return RC_OK;
}

static enum rc
recall_standing(void *context, struct record_standing *out, uint8_t *text,
    size_t cap, const uint8_t message[static 32])
{
	const struct decided *k = decided(context, message);

	memset(out, 0, sizeof *out);
	if (k == NULL)
		return RC_OK;
	out->verb = k->verb;
	out->text_n = k->text_n;
	if (cap >= k->text_n)
		memcpy(text, k->text, k->text_n);
	return RC_OK;
}

static enum rc
recall_bound(void *context, bool *bound, uint8_t message[static 32],
    const struct record_slot *slot)
{
	const struct memory *m = context;

	(void)slot;
	*bound = m->bound;
	memcpy(message, m->bound_to, 32);
	return RC_OK;
}

/* The heart of it: a D leaves in one package, ever. */
static enum rc
remember_answer(void *context, const struct record_slot *slot,
    const uint8_t message[static 32], const uint8_t package[static 32],
    const uint8_t *note, size_t n)
{
	struct memory *m = context;
	struct message_share s;
	struct message open;

	(void)slot;
	ck_assert_ptr_nonnull(decided(m, message));
	ck_assert_int_eq(decided(m, message)->verb, RECORD_APPROVE);
	if (m->bound && memcmp(m->bound_to, message, 32) != 0)
		return RC_CONFLICT;
	m->bound = true;
	memcpy(m->bound_to, message, 32);
	if (n == 0)
		return RC_OK;
	ck_assert_rc(message_open(&open, note, n), RC_OK);
	ck_assert_rc(share_parse(&s, open.text.p, open.text.n), RC_OK);
	for (unsigned i = 0; i < m->spent_n; i++)
		ck_assert_msg(
		    memcmp(&m->spent[i].d, &s.d, sizeof s.d) != 0 ||
			memcmp(m->spent[i].package, package, 32) == 0,
		    "two shares for one nonce");
	memcpy(&m->spent[m->spent_n % 4096].d, &s.d, sizeof s.d);
	memcpy(m->spent[m->spent_n % 4096].package, package, 32);
	if (m->spent_n < 4095)
		m->spent_n++;
	ck_assert_uint_lt(m->kept_n, KEPT);
	memcpy(m->kept[m->kept_n].package, package, 32);
	memcpy(m->kept[m->kept_n].note, note, n);
	m->kept[m->kept_n++].n = n;
	return RC_OK;
}

static enum rc
recall_answer(void *context, uint8_t note[static RECORD_SHARE_MAX],
    size_t *n, const uint8_t message[static 32],
    const uint8_t package[static 32])
{
	struct memory *m = context;

	*n = 0;
	for (unsigned i = 0; i < m->kept_n; i++)
		if (memcmp(m->kept[i].package, package, 32) == 0 &&
		    memcmp(m->bound_to, message, 32) == 0) {
			memcpy(note, m->kept[i].note, m->kept[i].n);
			*n = m->kept[i].n;
		}
	return RC_OK;
}

static enum rc
recall_logged(void *context, struct record_logged *out,
    struct slice authority, uint32_t epoch, struct slice product)
{
	struct memory *m = context;

	(void)authority;
	(void)epoch;
	(void)product;
	memset(out, 0, sizeof *out);
	out->sequence = m->logged;
	return RC_OK;
}

static enum rc
remember_assent(void *context, const uint8_t message[static 32],
    const char *by, const void *shown, size_t n, uint64_t at)
{
	(void)context;
	(void)message;
	(void)by;
	(void)shown;
	(void)n;
	(void)at;
	return RC_OK;
}

static enum rc
recall_waiting(void *context, struct record_waiting *out,
    const uint8_t message[static 32], uint64_t now)
{
	(void)context;
	(void)message;
	(void)now;
	memset(out, 0, sizeof *out);
	return RC_OK;
}

/* Events and notes are kept by nobody here. */
static enum rc
remember_begin(void *context, uint64_t at)
{
	(void)context;
	(void)at;
	return RC_OK;
}

static enum rc
remember_end(void *context, bool keep)
{
	(void)context;
	(void)keep;
	return RC_OK;
}

static enum rc
remember_note(void *context, enum record_note what,
    const uint8_t message[static 32], const void *note, size_t n)
{
	(void)context;
	(void)what;
	(void)message;
	(void)note;
	(void)n;
	return RC_OK;
}

static enum rc
remember_freeze(void *context, bool frozen, const char *by, uint64_t at)
{
	(void)context;
	(void)frozen;
	(void)by;
	(void)at;
	return RC_OK;
}

/* ---- the pool ---- */

static void
sit_down(unsigned i)
{
	static struct judge_policy policy;
	struct member *m = &pool.m[i];
	const struct record record = {.context = &m->memory,
	    .begin = remember_begin,
	    .end = remember_end,
	    .note = remember_note,
	    .decide = remember_decision,
	    .standing = recall_standing,
	    .bound = recall_bound,
	    .answer = remember_answer,
	    .answered = recall_answer,
	    .logged = recall_logged,
	    .assent = remember_assent,
	    .waiting = recall_waiting,
	    .freeze = remember_freeze};
	char key[256];
	struct text t;

	memset(&policy, 0, sizeof policy);
	policy.step = 1000000;
	policy.products.count = policy.proposer_count = 1;
	strcpy(policy.products.at[0], "*");
	strcpy(policy.proposer[0].products.at[0], "*");
	policy.proposer[0].products.count = 1;
	text_init(&t, key, sizeof key);
	put_key(&t, &pool.w->proposer);
	strcpy(policy.proposer[0].vkey, key);
	m->seat = calloc(1, sizeof *m->seat);
	m->x = calloc(1, sizeof *m->x);
	ck_assert(m->seat != NULL && m->x != NULL);
	memcpy(m->x->seed, m->actor->seed, 32);
	seat_init(m->seat, &record, m->x, m->actor->name, m->actor->boot,
	    false);
	pool.a[i] = seat_authority_add(
	    m->seat, "acme.example/release", &policy);
	m->x->share[0] = m->actor->share;
	ck_assert_rc(seat_trust(m->seat, pool.a[i],
			 (const uint8_t *)pool.w->trust, pool.w->trust_n),
	    RC_OK);
	ck_assert_rc(seat_roster(m->seat, pool.a[i],
			 (const uint8_t *)pool.w->roster_text[0],
			 pool.w->roster_text_n[0]),
	    RC_OK);
}

static void
pool_fill(uint64_t seed, const char *parties, const char *groups)
{
	const struct frost_roster *f;

	memset(&pool, 0, sizeof pool);
	pool.dice = seed;
	pool.w = world_new(seed);
	world_roster(pool.w, "release", parties, groups);
	world_trust(pool.w, "", "quorum release\n");
	pool.w->c = world_machine(pool.w);
	f = &pool.w->roster[0];
	pool.n = f->tree.leaves;
	ck_assert_uint_le(pool.n, PARTIES_MAX);
	pool.m = calloc(pool.n, sizeof *pool.m);
	ck_assert_ptr_nonnull(pool.m);
	for (unsigned i = 0; i < pool.n; i++) {
		struct actor *a = &pool.w->actor[i];

		pool.m[a->share.id - 1].actor = a;
	}
	for (unsigned i = 0; i < pool.n; i++)
		sit_down(i);
}

static void
pool_empty(void)
{
	for (unsigned i = 0; i < pool.n; i++) {
		free(pool.m[i].seat);
		free(pool.m[i].x);
	}
	free(pool.m);
	world_free(pool.w);
}

static void
now_fill(struct seat_now *now)
{
	memset(now, 0, sizeof *now);
	now->unix_s = pool.w->now;
	help_bytes(&pool.dice, now->random, sizeof now->random);
}

/* A process that ends and starts again: memory is gone, the record is not. */
static void
restart(struct member *m)
{
	seat_forget(m->seat);
	memset(m->seat->message, 0, sizeof m->seat->message);
	help_bytes(&pool.dice, m->seat->boot, sizeof m->seat->boot);
	memcpy(m->actor->boot, m->seat->boot, sizeof m->actor->boot);
	m->seat->serial = 0;
	strcpy(m->actor->cursor, "0");
}

/* ---- deceit ---- */

static void
keep(struct stored *list, unsigned *n, const void *bytes, size_t size)
{
	struct stored *s = &list[*n % HISTORY];

	if (size > sizeof s->bytes)
		return;
	memcpy(s->bytes, bytes, size);
	s->n = size;
	(*n)++;
}

static const struct stored *
any_of(const struct stored *list, unsigned n)
{
	return n == 0 ? NULL : &list[below(n < HISTORY ? n : HISTORY)];
}

static void
random_point(struct point *p)
{
	struct scalar s;

	help_scalar(&pool.dice, &s);
	ck_assert(suite->point_base(p, &s));
}

static void
alter_share(struct member *m, struct message_share *s, enum draw draw)
{
	const struct stored *old;
	struct message o;
	struct message_share other;

	if (draw == OTHER_BOOT) {
		help_bytes(&pool.dice, s->boot, sizeof s->boot);
		return;
	}
	if (draw == OTHER_SESSION) {
		old = any_of(m->told, m->told_n);
		if (old != NULL &&
		    message_open(&o, old->bytes, old->n) == RC_OK &&
		    o.kind == MESSAGE_PACKAGE)
			memcpy(s->package, o.id, 32);
		old = any_of(m->said, m->history_n);
		if (old != NULL &&
		    message_open(&o, old->bytes, old->n) == RC_OK &&
		    o.kind == MESSAGE_SHARE &&
		    share_parse(&other, o.text.p, o.text.n) == RC_OK)
			s->z = other.z;
		return;
	}
	switch (below(6)) {
	case 0:
		help_scalar(&pool.dice, &s->z);
		break;
	case 1:
		memset(s->z.b, 0xff, sizeof s->z.b); /* above the order */
		break;
	case 2:
		random_point(&s->d);
		break;
	case 3:
		s->e = s->d;
		break;
	case 4:
		help_bytes(&pool.dice, s->roster, 32);
		break;
	default:
		help_bytes(&pool.dice, s->message, 32);
	}
}

static void
alter_commit(struct message_commit *k, enum draw draw)
{
	if (draw == OTHER_BOOT) {
		help_bytes(&pool.dice, k->boot, sizeof k->boot);
		return;
	}
	switch (below(4)) {
	case 0:
		random_point(&k->d);
		break;
	case 1:
		k->serial += below(5);
		break;
	case 2:
		help_bytes(&pool.dice, &k->e, sizeof k->e); /* hardly a point */
		break;
	default:
		k->e = k->d;
	}
}

/* A note as the faulty party sends it, in `t`; false: it says nothing. */
static bool
deceive(struct member *m, struct text *t, struct slice note)
{
	enum draw draw = pool.fixed ? pool.draw : (enum draw)below(DRAWS);
	const struct stored *old;
	struct message_share s;
	struct message_commit k;
	struct message o;
	size_t n;

	keep(m->said, &m->history_n, note.p, note.n);
	ck_assert_rc(message_open(&o, note.p, note.n), RC_OK);
	if (pool.fixed && o.kind != MESSAGE_SHARE)
		draw = AS_IT_IS; /* else it is not asked for a share */
	pool.lies += draw != AS_IT_IS;
	switch (draw) {
	case SILENCE:
		return false;
	case AS_IT_IS:
		text_put(t, note.p, note.n);
		return true;
	case REPLAYED:
		old = any_of(m->said, m->history_n);
		text_put(t, old->bytes, old->n);
		return true;
	case RANDOM:
		if (below(2) == 0) { /* bytes that are no note */
			n = 1 + below(200);
			while (n-- > 0)
				text_printf(t, "%c", 0x20 + below(90));
			text_string(t, "\n");
			return true;
		}
		text_put(t, note.p, note.n); /* its line is not its own */
		t->p[t->n - 8] = t->p[t->n - 8] == 'A' ? 'B' : 'A';
		return true;
	default:
		break;
	}
	if (o.kind == MESSAGE_SHARE &&
	    share_parse(&s, o.text.p, o.text.n) == RC_OK) {
		alter_share(m, &s, draw);
		share_build(t, &s);
		note_make(t, m->actor);
	} else if (o.kind == MESSAGE_COMMIT &&
	    commit_parse(&k, o.text.p, o.text.n) == RC_OK) {
		alter_commit(&k, draw);
		commit_build(t, &k);
		note_make(t, m->actor);
	} else {
		text_put(t, note.p, note.n);
	}
	return true;
}

/* ---- judging what is sent ---- */

/* Whether this note, sent now, convicts its sender: it names a package that
 * waits for it, and is wrong about it. */
static bool
convicts(const struct member *m, const struct message *note)
{
	const struct coordinator *k = pool.w->c;
	const struct frost_roster *f = &pool.w->roster[0];
	unsigned id = m->actor->share.id;
	struct message_share s;

	if (note->kind != MESSAGE_SHARE ||
	    share_parse(&s, note->text.p, note->text.n) != RC_OK ||
	    message_verify(note, &m->actor->key) != RC_OK)
		return false;
	for (unsigned i = 0; i < COORD_SESSIONS_MAX; i++) {
		const struct coord_session *x = &k->session[i];
		const struct coord_proposal *p = &k->proposal[x->proposal];

		if (x->used && p->state == COORD_OPEN &&
		    memcmp(x->digest, s.package, 32) == 0 &&
		    memcmp(p->id, s.message, 32) == 0 &&
		    tree_set_has(&x->set, id) &&
		    !tree_set_has(&x->answered, id))
			return memcmp(s.roster, f->id, 32) != 0 ||
			    memcmp(&s.d, &x->commitment[id - 1].d, 32) != 0 ||
			    memcmp(&s.e, &x->commitment[id - 1].e, 32) != 0 ||
			    frost_share_check(&x->frost, f, id, &s.z) != RC_OK;
	}
	return false;
}

static void
post(struct member *m, const void *bytes, size_t n)
{
	struct message o;
	bool guilty;
	enum rc rc = message_open(&o, bytes, n);

	if (rc != RC_OK) {
		ck_assert(m->faulty);
		return;
	}
	guilty = !m->convicted && convicts(m, &o);
	rc = coordinator_message(pool.w->c, &o, pool.w->now);
	ck_assert_msg((rc == RC_SHARE_INVALID) == guilty,
	    "%s: %d, and the note %s", m->actor->local, (int)rc,
	    guilty ? "convicts" : "does not convict");
	ck_assert_msg(!guilty || m->faulty, "an honest note convicts");
	m->convicted |= guilty;
}

static void
say(struct member *m, const struct text *notes)
{
	static char bytes[65536];
	struct bundle_item item;
	struct bundle b;
	struct text t;

	ck_assert_rc(bundle_init(&b, (const uint8_t *)notes->p, notes->n),
	    RC_OK);
	while (bundle_next(&b, &item) == RC_OK) {
		if (!m->faulty) {
			post(m, item.whole.p, item.whole.n);
			continue;
		}
		text_init(&t, bytes, sizeof bytes);
		if (deceive(m, &t, item.whole))
			post(m, t.p, t.n);
	}
}

/* ---- hearing ---- */

static void
hear(struct member *m, struct text *notes, const void *bytes, size_t n)
{
	struct seat_out out = {.notes = notes};
	struct seat_now now;
	struct message o;

	if (message_open(&o, bytes, n) != RC_OK)
		return;
	now_fill(&now);
	if (o.kind == MESSAGE_PACKAGE)
		(void)!seat_package(m->seat, &out, &now, bytes, n);
	else
		(void)!seat_proposal(m->seat, &out, &now, bytes, n);
}

/* What a lying coordinator makes of an item; false: it keeps it back. */
static bool
mislead(struct member *m, struct text *t, struct slice item)
{
	enum draw draw = (enum draw)below(DRAWS);
	static struct message_package p;
	const struct stored *old = any_of(m->told, m->told_n);
	struct message o;
	unsigned i;

	pool.lies += draw != AS_IT_IS;
	switch (draw) {
	case SILENCE:
		return false;
	case AS_IT_IS:
		text_put(t, item.p, item.n);
		return true;
	case RANDOM:
		text_put(t, item.p, item.n);
		t->p[below((unsigned)t->n)] ^= (char)(1 + below(127));
		return true;
	default:
		break;
	}
	if (draw == REPLAYED && old != NULL) {
		text_put(t, old->bytes, old->n);
		return true;
	}
	if (message_open(&o, item.p, item.n) != RC_OK ||
	    o.kind != MESSAGE_PACKAGE ||
	    package_parse(&p, o.text.p, o.text.n) != RC_OK) {
		text_put(t, item.p, item.n);
		return true;
	}
	i = below(p.list_n);
	if (draw == OTHER_SESSION) {
		p.session += 1 + below(4); /* the same nonces, once more */
	} else if (draw == OTHER_BOOT) {
		random_point(&p.list[i].d); /* of a boot that is gone */
	} else {
		switch (below(5)) {
		case 0:
			random_point(&p.list[i].e);
			break;
		case 1:
			help_bytes(&pool.dice, p.message, 32);
			break;
		case 2:
			help_bytes(&pool.dice, p.roster, 32);
			break;
		case 3: /* another set */
			p.list[i].id = (uint8_t)(1 + below(pool.n));
			break;
		default:
			p.list[i] = p.list[below(p.list_n)];
		}
	}
	package_build(t, &p);
	return true;
}

static bool
step(struct member *m, bool lies)
{
	static char inbox[1 << 20], notes_bytes[1 << 20], other[65536];
	struct coord_poller who = {.after = 0};
	const struct coordinator *c = pool.w->c;
	struct bundle_item item;
	struct bundle b;
	struct text t, notes;
	struct message_inbox head;
	unsigned long long after = 0;
	bool news;

	/* the poll's own lines are coordinatord's test */
	memcpy(who.key, m->actor->key.key, 32);
	if (sscanf(m->actor->cursor, "%*8[0-9a-f].%llu", &after) == 1)
		who.after = after;
	news = coordinator_news(c, &who);
	if (!news)
		return false;
	text_init(&t, inbox, sizeof inbox);
	coordinator_inbox(&t, c, &who, pool.w->now);
	ck_assert_rc(bundle_init(&b, (const uint8_t *)t.p, t.n), RC_OK);
	ck_assert_rc(bundle_next(&b, &item), RC_OK);
	ck_assert_rc(inbox_parse(&head, item.text.p, item.text.n), RC_OK);
	snprintf(m->actor->cursor, sizeof m->actor->cursor, "%.*s",
	    (int)head.cursor.n, head.cursor.p);
	text_init(&notes, notes_bytes, sizeof notes_bytes);
	while (bundle_next(&b, &item) == RC_OK) {
		keep(m->told, &m->told_n, item.whole.p, item.whole.n);
		text_init(&t, other, sizeof other);
		if (!lies)
			hear(m, &notes, item.whole.p, item.whole.n);
		else if (mislead(m, &t, item.whole))
			hear(m, &notes, t.p, t.n);
	}
	say(m, &notes);
	return true;
}

/* ---- a run ---- */

/* A random set whose absence leaves a quorum; 0 to as many as can be. */
static unsigned
choose_faulty(void)
{
	struct tree_set honest = {{0}};
	unsigned f = 0;

	for (unsigned id = 1; id <= pool.n; id++)
		tree_set_add(&honest, id);
	for (unsigned i = 0; i < pool.n; i++) {
		unsigned id = 1 + below(pool.n);

		pool.m[i].faulty = pool.m[i].convicted = false;
		if (below(3) == 0 || !tree_set_has(&honest, id))
			continue;
		tree_set_remove(&honest, id);
		if (!tree_set_satisfied(&pool.w->roster[0].tree, &honest))
			tree_set_add(&honest, id);
	}
	for (unsigned i = 0; i < pool.n; i++) {
		pool.m[i].faulty = !tree_set_has(&honest, i + 1);
		f += pool.m[i].faulty;
	}
	return f;
}

static unsigned
propose(void)
{
	char buffer[NOTE_ROOM];
	struct message m;
	struct text t;
	unsigned index;

	for (unsigned i = 0; i < pool.n; i++) {
		pool.m[i].memory.logged = pool.sequence;
		pool.m[i].memory.bound = false;
		pool.m[i].memory.kept_n = 0;
		pool.m[i].memory.decided_n = 0;
		seat_unlock(pool.m[i].seat, pool.a[i], pool.w->roster_id[0]);
	}
	pool.sequence++;
	text_init(&t, buffer, sizeof buffer);
	release_make(pool.w, &t, "acme.example/x", pool.sequence, pool.w->now);
	note_make(&t, &pool.w->proposer);
	ck_assert_rc(message_open(&m, (const uint8_t *)t.p, t.n), RC_OK);
	ck_assert_rc(coordinator_propose(
			 pool.w->c, &index, &m, NULL, pool.w->now),
	    RC_OK);
	return index;
}

static void
judge_named(unsigned index)
{
	static struct blame_case c;
	static char bytes[BUNDLE_BYTES_MAX];
	const struct coord_proposal *p = &pool.w->c->proposal[index];
	struct bundle b;
	struct text t;
	unsigned cases = 0, named = 0;

	for (unsigned i = 0; i < p->member_n; i++)
		for (unsigned j = 0; j < pool.n; j++)
			if (memcmp(p->member[i].key.key,
				pool.m[j].actor->key.key, 32) == 0) {
				ck_assert_int_eq(p->member[i].blamed,
				    pool.m[j].convicted);
				ck_assert(!p->member[i].blamed ||
				    pool.m[j].faulty);
				named += p->member[i].blamed;
			}
	text_init(&t, bytes, sizeof bytes);
	coordinator_blames(&t, pool.w->c, index);
	ck_assert_rc(bundle_init(&b, (const uint8_t *)t.p, t.n), RC_OK);
	while (blame_check(&c, &b) == RC_OK) {
		cases++;
		ck_assert(pool.m[c.leaf - 1].convicted);
	}
	ck_assert(b.at == b.end);
	ck_assert_uint_eq(cases, named);
	pool.named += named;
}

static void
judge_signature(unsigned index)
{
	const struct coord_proposal *p = &pool.w->c->proposal[index];
	struct note note;
	struct sigline l;

	ck_assert_rc(note_split(&note, p->result, p->result_n), RC_OK);
	note_line(&note, 0, &l, NULL);
	ck_assert_int_eq(
	    crypto_sign_verify_detached(l.blob + 4, note.bytes, note.text_n,
		pool.w->roster[0].key.b),
	    0);
}

/* Whether honest parties that have not refused, and have a commitment left or
 * may offer one more, are a quorum. */
static bool
could_sign(const struct coord_proposal *p)
{
	struct tree_set able = {{0}};

	for (unsigned i = 0; i < pool.n; i++) {
		const struct coord_seat *seat = &p->slot[0].seat[i];

		if (!pool.m[i].faulty && !p->member[seat->member].refused &&
		    (seat->state == SEAT_READY ||
			seat->commits < COORD_COMMITS_MAX))
			tree_set_add(&able, i + 1);
	}
	return tree_set_satisfied(&pool.w->roster[0].tree, &able);
}

static void
one_run(unsigned f, bool lying_coordinator)
{
	unsigned restarts = 0, index = propose();
	struct coord_proposal *p = &pool.w->c->proposal[index];
	unsigned bound, lies_left = lying_coordinator ? 30 : 0;

	for (unsigned round = 0; p->state == COORD_OPEN && round < 400;
	     round++) {
		bool news = false;
		unsigned from = below(pool.n);

		for (unsigned i = 0; i < pool.n; i++) {
			struct member *m = &pool.m[(from + i) % pool.n];
			bool lies = lies_left > 0 && !m->faulty;

			if (p->state != COORD_OPEN)
				break;
			if (step(m, lies)) {
				news = true;
				lies_left -= lies;
			}
			if (!pool.fixed && !m->faulty && restarts < 2 &&
			    below(60) == 0) {
				restart(m);
				restarts++;
			}
		}
		if (news)
			continue;
		/* whoever was told nonsense asks for everything again */
		for (unsigned i = 0; lying_coordinator && i < pool.n; i++)
			strcpy(pool.m[i].actor->cursor, "0");
		pool.w->now += COORD_PATIENCE_S + 1;
		coordinator_tick(pool.w->c, pool.w->now);
	}
	bound = f + 1 + restarts + 8 * f;
	if (!lying_coordinator) {
		ck_assert_msg(p->state == COORD_SIGNED,
		    "run %lu: not signed: %u faulty, %u sessions, state %d %s",
		    pool.runs, f, (unsigned)p->sessions, p->state, p->reason);
		ck_assert_msg(p->sessions <= bound,
		    "run %lu: %u sessions, the bound is %u", pool.runs,
		    (unsigned)p->sessions, bound);
	} else {
		/* Delay: it uses up what parties offer for one text, or has
		 * them refuse it, for whatever it made of it. The next one
		 * is as good as ever. */
		ck_assert_msg(p->state == COORD_SIGNED ||
			p->state == COORD_REFUSED ||
			(p->state == COORD_OPEN && !could_sign(p)),
		    "run %lu: state %d %s", pool.runs, p->state, p->reason);
	}
	pool.delayed += p->state != COORD_SIGNED;
	if (p->state == COORD_SIGNED)
		judge_signature(index);
	judge_named(index);
	pool.runs++;
	pool.sessions += p->sessions;
	pool.restarts += restarts;
	if (p->sessions > pool.worst)
		pool.worst = p->sessions;
	coordinator_forget(pool.w->c, index);
}

static unsigned
runs_of(unsigned sample, unsigned percent)
{
	const char *s = getenv("QUORATE_ROAST_RUNS");

	return s != NULL ? (unsigned)(strtoul(s, NULL, 10) * percent / 100)
			 : sample;
}

static const struct {
	const char *name, *parties, *groups;
	unsigned sample, percent;
} policies[] = {
    {"3-of-5", "a b c d e", "group g 3 a b c d e\nquorum g\n", 150, 40},
    {"5-of-9", "a b c d e f g h i",
	"group q 5 a b c d e f g h i\nquorum q\n", 50, 20},
    {"2 of (any 2, 2 of 3, all 2)", "a b c d e f g",
	"group one any a b\ngroup two 2 c d e\ngroup three all f g\n"
	"group regions 2 one two three\nquorum regions\n", 150, 39},
    {"34-of-50",
	"p01 p02 p03 p04 p05 p06 p07 p08 p09 p10 p11 p12 p13 p14 p15 p16 p17 "
	"p18 p19 p20 p21 p22 p23 p24 p25 p26 p27 p28 p29 p30 p31 p32 p33 p34 "
	"p35 p36 p37 p38 p39 p40 p41 p42 p43 p44 p45 p46 p47 p48 p49 p50",
	"group q 34 p01 p02 p03 p04 p05 p06 p07 p08 p09 p10 p11 p12 p13 p14 "
	"p15 p16 p17 p18 p19 p20 p21 p22 p23 p24 p25 p26 p27 p28 p29 p30 p31 "
	"p32 p33 p34 p35 p36 p37 p38 p39 p40 p41 p42 p43 p44 p45 p46 p47 p48 "
	"p49 p50\nquorum q\n", 1, 1}};

START_TEST(releases)
{
	const unsigned n =
	    runs_of(policies[_i].sample, policies[_i].percent);

	pool_fill(40 + (uint64_t)_i, policies[_i].parties,
	    policies[_i].groups);
	for (unsigned i = 0; i < n; i++)
		one_run(choose_faulty(), i % 4 == 3);
	printf("# %s: %lu releases, %lu sessions, at worst %lu; %lu lies told, "
	       "%lu restarts, %lu named, %lu not signed for the "
	       "coordinator's lies\n",
	    policies[_i].name, pool.runs, pool.sessions, pool.worst,
	    pool.lies, pool.restarts, pool.named, pool.delayed);
	pool_empty();
}
END_TEST

/*
 * Each fault by itself, in every share of one party, which is the first, the
 * middle or the last of its roster: the table of what came of it. That each run completes
 * within the bound, and names whom it must and nobody else, one_run demands;
 * here, that the row says something.
 */
START_TEST(fault_matrix)
{
	static const char *const faults[DRAWS] = {"honest", "replayed",
	    "altered", "another session", "another boot", "random", "silent"};
	static const char *const positions[] = {"first", "middle", "last"};
	enum { RUNS = 5 };

	pool_fill(80 + (uint64_t)_i, policies[_i].parties,
	    policies[_i].groups);
	pool.fixed = true;
	for (unsigned draw = 0; draw < DRAWS; draw++) {
		unsigned long altogether = pool.named;

		pool.draw = (enum draw)draw;
		for (unsigned at = 0; at < 3; at++) {
			unsigned long named = pool.named;

			for (unsigned i = 0; i < pool.n; i++)
				pool.m[i].faulty = false;
			pool.m[at * (pool.n - 1) / 2].faulty = true;
			pool.worst = 0;
			for (unsigned i = 0; i < RUNS; i++) {
				for (unsigned j = 0; j < pool.n; j++)
					pool.m[j].convicted = false;
				one_run(1, false);
			}
			printf("# %-26s | %-15s | %-6s | signed %u of %u | "
			       "named in %lu | sessions %lu at worst, "
			       "bound 10\n",
			    policies[_i].name, faults[draw], positions[at],
			    RUNS, RUNS, pool.named - named, pool.worst);
		}
		if (draw == ALTERED)
			ck_assert_uint_gt(pool.named, altogether);
		if (draw == AS_IT_IS || draw == RANDOM || draw == SILENCE)
			ck_assert_uint_eq(pool.named, altogether);
	}
	pool_empty();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("roast");
	TCase *t = tcase_create("releases");

	if (sodium_init() < 0)
		return 1;
	tcase_set_timeout(t, 7200);
	tcase_add_loop_test(t, releases, 0,
	    (int)(sizeof policies / sizeof policies[0]));
	if (getenv("QUORATE_ROAST_RUNS") == NULL)
		tcase_add_loop_test(t, fault_matrix, 0, 3);
	suite_add_tcase(s, t);
	return suite_run(s);
}
