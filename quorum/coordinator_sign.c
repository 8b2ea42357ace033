/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the lines under one text come about: commitments, packages, shares,
 * lines, and the note in the end. The rules of docs/formats.md section 9 and
 * R1, R2 of docs/crypto.md.
 *
 * A seat is EMPTY, READY with a commitment that no package has used, or
 * USED. Sessions are never withdrawn: a member of one that can no longer
 * succeed still answers it, and brings its next commitment (ROAST). So a
 * seat waits in one session at a time, and there are at most as many of
 * them as parties.
 */
#include "quorum/coordinator_parts.h"
#include <assert.h>
#include <string.h>
#include "host/digest.h"
#include "quorum/blame.h"
#include "quorum/roster_frost.h"
#include "verify/note.h"

static unsigned
proposal_index(const struct coordinator *c, const struct coord_proposal *p)
{
	return (unsigned)(p - c->proposal);
}

static const struct frost_roster *
slot_frost(const struct coordinator *c, const struct coord_slot *s)
{
	return &c->roster[s->roster].frost;
}

/* ---- members, slots ---- */

int
coord_member_by(const struct coord_proposal *p, const struct message *m)
{
	for (unsigned i = 0; i < p->member_n; i++)
		if (message_by(m, &p->member[i].key))
			return (int)i;
	return -1;
}

int
coord_member_add(struct coord_proposal *p, const struct vkey *k)
{
	for (unsigned i = 0; i < p->member_n; i++)
		if (memcmp(p->member[i].key.key, k->key, 32) == 0 &&
		    slice_equal(p->member[i].key.name, k->name))
			return (int)i;
	if (p->member_n == COORD_MEMBERS_MAX)
		return -1;
	p->member[p->member_n] = (struct coord_member){.key = *k};
	return (int)p->member_n++;
}

enum rc
coord_slot_add(struct coordinator *c, struct coord_proposal *p,
    unsigned signer, unsigned roster)
{
	const struct coord_roster *r = &c->roster[roster];
	struct coord_slot *s = &p->slot[p->slot_n];

	if (p->slot_n == COORD_SHARED_MAX)
		return RC_LIMIT;
	memset(s, 0, sizeof *s);
	s->signer = (uint8_t)signer;
	s->roster = (uint8_t)roster;
	for (unsigned i = 0; i < r->frost.tree.leaves; i++) {
		struct vkey k;
		int member;

		roster_party_key(&k, &r->roster, r->frost.tree.party[i]);
		member = coord_member_add(p, &k);
		if (member < 0)
			return RC_LIMIT;
		s->seat[i].member = (uint8_t)member;
	}
	p->slot_n++;
	return RC_OK;
}

enum rc
coord_plain_add(
    struct coord_proposal *p, unsigned signer, const struct vkey *k)
{
	int member = coord_member_add(p, k);

	if (member < 0)
		return RC_LIMIT;
	p->plain[p->plain_n++] = (struct coord_plain){
	    .signer = (uint8_t)signer, .member = (uint8_t)member};
	return RC_OK;
}

static struct coord_slot *
slot_of_roster(struct coordinator *c, struct coord_proposal *p,
    const uint8_t roster[static 32])
{
	for (unsigned i = 0; i < p->slot_n; i++)
		if (memcmp(slot_frost(c, &p->slot[i])->id, roster, 32) == 0)
			return &p->slot[i];
	return NULL;
}

/* Leaf id of a member in a slot, or 0. */
static unsigned
slot_leaf(const struct coordinator *c, const struct coord_slot *s, int member)
{
	for (unsigned i = 0; i < slot_frost(c, s)->tree.leaves; i++)
		if (s->seat[i].member == member)
			return i + 1;
	return 0;
}

/* ---- what the quorum says ---- */

enum reach {
	REACH_POSSIBLE,	 /* who has not refused or been found out */
	REACH_AVAILABLE, /* who has approved */
	REACH_READY,	 /* and has a commitment that nobody has used */
	REACH_DONE	 /* whose line is there */
};

static void
slot_set(const struct coordinator *c, const struct coord_proposal *p,
    const struct coord_slot *s, enum reach reach, struct tree_set *out)
{
	memset(out, 0, sizeof *out);
	for (unsigned i = 0; i < slot_frost(c, s)->tree.leaves; i++) {
		const struct coord_member *m = &p->member[s->seat[i].member];
		bool in = !m->refused && !m->blamed;

		if (reach != REACH_POSSIBLE)
			in = in && m->approved;
		if (reach == REACH_READY)
			in = in && s->seat[i].state == SEAT_READY;
		if (in)
			tree_set_add(out, i + 1);
	}
}

static bool
slot_within(const struct coordinator *c, const struct coord_proposal *p,
    const struct coord_slot *s, enum reach reach)
{
	struct tree_set set;

	if (s->done || reach == REACH_DONE)
		return s->done;
	slot_set(c, p, s, reach, &set);
	return tree_set_satisfied(&slot_frost(c, s)->tree, &set);
}

static bool
plain_within(const struct coord_proposal *p, const struct coord_plain *q,
    enum reach reach)
{
	const struct coord_member *m = &p->member[q->member];

	if (m->has_line || reach == REACH_DONE)
		return m->has_line;
	return !m->refused && (reach == REACH_POSSIBLE || m->approved);
}

/* The signers within reach, as leaf ids of the trust's tree. */
static void
signer_set(const struct coordinator *c, const struct coord_proposal *p,
    enum reach reach, struct tree_set *out)
{
	const struct tree *t = &c->authority[p->authority].tree;

	memset(out, 0, sizeof *out);
	for (unsigned i = 0; i < p->slot_n; i++)
		if (slot_within(c, p, &p->slot[i], reach))
			tree_set_add(out, t->id[p->slot[i].signer]);
	for (unsigned i = 0; i < p->plain_n; i++)
		if (plain_within(p, &p->plain[i], reach))
			tree_set_add(out, t->id[p->plain[i].signer]);
}

static bool
quorum_within(const struct coordinator *c, const struct coord_proposal *p,
    enum reach reach)
{
	struct tree_set set;

	if (p->work != COORD_RELEASE) {
		/* a purpose: by the roster in force, or the one before */
		for (unsigned i = 0; i < p->slot_n; i++)
			if (slot_within(c, p, &p->slot[i], reach))
				return true;
		return false;
	}
	signer_set(c, p, reach, &set);
	return tree_set_satisfied(&c->authority[p->authority].tree, &set);
}

bool
coord_possible(const struct coordinator *c, const struct coord_proposal *p)
{
	return quorum_within(c, p, REACH_POSSIBLE);
}

/* A session of the slot that has been silent for s seconds and still could
 * succeed; or one that has not yet been. */
static bool
slot_waits(const struct coordinator *c, const struct coord_proposal *p,
    const struct coord_slot *s, uint64_t now, uint64_t s_max, bool longer)
{
	for (unsigned i = 0; i < COORD_SESSIONS_MAX; i++) {
		const struct coord_session *x = &c->session[i];

		if (x->used && !x->broken &&
		    x->proposal == proposal_index(c, p) &&
		    &p->slot[x->slot] == s &&
		    (now >= x->opened + s_max) == longer)
			return true;
	}
	return false;
}

/*
 * The signers to be asked: a minimal set of those available, preferring
 * who has signed, then who has not kept anybody waiting.
 */
static void
signers_wanted(const struct coordinator *c, const struct coord_proposal *p,
    uint64_t now, struct tree_set *out)
{
	const struct tree *t = &c->authority[p->authority].tree;
	uint8_t cost[TREE_LEAVES_MAX] = {0};
	struct tree_set set;

	signer_set(c, p, REACH_AVAILABLE, &set);
	for (unsigned i = 0; i < p->slot_n; i++) {
		const struct coord_slot *s = &p->slot[i];
		uint8_t late = slot_waits(
		    c, p, s, now, COORD_SILENCE_S, true);

		cost[t->id[s->signer] - 1] = s->done ? 0 : 1 + late;
	}
	for (unsigned i = 0; i < p->plain_n; i++) {
		const struct coord_plain *q = &p->plain[i];
		uint8_t late = q->asked != 0 &&
		    now >= q->asked_at + COORD_SILENCE_S;

		cost[t->id[q->signer] - 1] =
		    p->member[q->member].has_line ? 0 : 1 + late;
	}
	(void)tree_minimal_set(t, &set, cost, out);
}

/* ---- sessions ---- */

static struct coord_session *
session_room(struct coordinator *c)
{
	for (unsigned i = 0; i < COORD_SESSIONS_MAX; i++)
		if (!c->session[i].used) {
			memset(&c->session[i], 0, sizeof c->session[i]);
			return &c->session[i];
		}
	return NULL;
}

static void
session_open(struct coordinator *c, struct coord_proposal *p,
    struct coord_slot *s, const struct tree_set *set, uint64_t now)
{
	const struct frost_roster *f = coord_frost(c, p, s);
	struct coord_session *x = session_room(c);
	const struct slice text = coord_signed(p);
	struct message_package m;
	struct signing_package pkg;
	struct text t;
	enum rc rc;

	if (x == NULL)
		return; /* again when one has ended */
	memset(&m, 0, sizeof m);
	memcpy(m.message, p->id, 32);
	m.has_roster = true;
	memcpy(m.roster, f->id, 32);
	m.session = p->sessions + 1;
	for (unsigned id = 1; id <= f->tree.leaves; id++) {
		struct coord_seat *seat = &s->seat[id - 1];

		if (!tree_set_has(set, id))
			continue;
		x->commitment[id - 1] = m.list[m.list_n++] =
		    (struct frost_commitment){(uint8_t)id, seat->d, seat->e};
		memcpy(x->boot[id - 1], seat->boots[seat->boot].id,
		    FROST_BOOT_ID_BYTES);
		seat->state = SEAT_USED;
	}
	c->changed = true;
	package_frost(&pkg, &m, text.p, text.n);
	rc = frost_session_open(&x->frost, NULL, f, &pkg);
	if (rc != RC_OK)
		return; /* R is the identity: these are used, new ones come */
	text_init(&t, (char *)x->text, sizeof x->text);
	package_build(&t, &m);
	assert(!t.full);
	x->text_n = t.n;
	sha256_of(x->digest, x->text, x->text_n);
	x->used = true;
	x->proposal = (uint8_t)proposal_index(c, p);
	x->slot = (uint8_t)(s - p->slot);
	x->number = ++p->sessions;
	x->set = *set;
	x->opened = now;
	x->stamp = ++c->stamp;
	c->sessions_opened++;
	coord_touch(c, p);
}

static void
slot_try(struct coordinator *c, struct coord_proposal *p,
    struct coord_slot *s, uint64_t now)
{
	uint8_t cost[TREE_LEAVES_MAX] = {0};
	struct tree_set ready, set;

	if (s->done || slot_waits(c, p, s, now, COORD_PATIENCE_S, false))
		return;
	slot_set(c, p, s, REACH_READY, &ready);
	for (unsigned i = 0; i < TREE_LEAVES_MAX; i++)
		cost[i] = s->seat[i].broken;
	if (tree_minimal_set(&slot_frost(c, s)->tree, &ready, cost, &set))
		session_open(c, p, s, &set, now);
}

bool
coord_seat_is_lost(const struct coord_proposal *p,
    const struct coord_session *x, unsigned id)
{
	const struct coord_seat *seat = &p->slot[x->slot].seat[id - 1];

	return p->member[seat->member].blamed ||
	    p->member[seat->member].refused ||
	    memcmp(seat->boots[seat->boot].id, x->boot[id - 1],
		FROST_BOOT_ID_BYTES) != 0;
}

/* A session that nobody will answer any more gives its place back. */
static void
sessions_sweep(struct coordinator *c, const struct coord_proposal *p)
{
	for (unsigned i = 0; i < COORD_SESSIONS_MAX; i++) {
		struct coord_session *x = &c->session[i];
		bool waits = false;

		if (!x->used || x->proposal != proposal_index(c, p))
			continue;
		if (p->state != COORD_OPEN || p->slot[x->slot].done) {
			x->used = false;
			continue;
		}
		for (unsigned id = 1; id <= FROST_PARTIES_MAX; id++)
			if (tree_set_has(&x->set, id) &&
			    !tree_set_has(&x->answered, id)) {
				if (coord_seat_is_lost(p, x, id))
					x->broken = true;
				else
					waits = true;
			}
		if (x->broken && !waits)
			x->used = false;
	}
}

static bool
session_is_complete(
    const struct coord_proposal *p, const struct coord_session *x)
{
	const struct coord_slot *s = &p->slot[x->slot];

	if (memcmp(&x->answered, &x->set, sizeof x->set) != 0)
		return false;
	for (unsigned id = 1; id <= FROST_PARTIES_MAX; id++)
		if (tree_set_has(&x->set, id) && p->work == COORD_RELEASE &&
		    !p->member[s->seat[id - 1].member].has_line)
			return false;
	return true;
}

static void
sessions_finish(struct coordinator *c, struct coord_proposal *p)
{
	for (unsigned i = 0; i < COORD_SESSIONS_MAX; i++) {
		struct coord_session *x = &c->session[i];
		struct coord_slot *s;
		struct tree_set culprits;
		struct slice text;

		if (!x->used || x->proposal != proposal_index(c, p) ||
		    p->slot[x->slot].done || !session_is_complete(p, x))
			continue;
		s = &p->slot[x->slot];
		/* every share was checked when it came */
		text = coord_signed(p);
		if (frost_aggregate(s->sig, &culprits, &x->frost,
			coord_frost(c, p, s), text.p, text.n, x->z) != RC_OK) {
			x->used = false;
			continue;
		}
		s->done = true;
		s->set = x->set;
		coord_touch(c, p);
	}
}

/* ---- plain signers ---- */

static void
plain_ask(struct coordinator *c, struct coord_proposal *p,
    const struct tree_set *wanted, uint64_t now)
{
	const struct tree *t = &c->authority[p->authority].tree;
	uint64_t stamp = 0;

	for (unsigned i = 0; i < p->plain_n; i++) {
		struct coord_plain *q = &p->plain[i];

		if (!tree_set_has(wanted, t->id[q->signer]) ||
		    q->asked != 0 || p->member[q->member].has_line)
			continue;
		if (stamp == 0) {
			stamp = ++c->stamp;
			p->sessions++;
		}
		q->asked = p->sessions;
		q->asked_at = now;
		q->stamp = stamp;
	}
	if (stamp != 0)
		coord_touch(c, p);
}

/* Names sorted, as the table wants them: insertion, they are few. */
static void
names_insert(struct slice *names, unsigned *n, struct slice name)
{
	unsigned i = (*n)++;

	for (; i > 0 && slice_compare(names[i - 1], name) > 0; i--)
		names[i] = names[i - 1];
	names[i] = name;
}

void
coord_plain_package(
    struct text *out, const struct coord_proposal *p, uint32_t number)
{
	struct message_package m;

	memset(&m, 0, sizeof m);
	memcpy(m.message, p->id, 32);
	m.session = number;
	for (unsigned i = 0; i < p->plain_n; i++)
		if (p->plain[i].asked == number)
			names_insert(m.name, &m.name_n,
			    p->member[p->plain[i].member].key.name);
	package_build(out, &m);
}

/* ---- the note ---- */

static void
line_put(struct text *t, const struct vkey *k, const uint8_t sig[static 64])
{
	text_sigline(t, k->name, k->id, sig);
}

static void
slot_parties_put(struct text *t, const struct coordinator *c,
    const struct coord_proposal *p, unsigned slot)
{
	const struct coord_slot *s = &p->slot[slot];

	for (unsigned id = 1; id <= slot_frost(c, s)->tree.leaves; id++) {
		unsigned member = s->seat[id - 1].member;
		bool before = false;

		/* one key may sit in two rosters; it signs once */
		for (unsigned i = 0; i < slot; i++) {
			unsigned other = slot_leaf(
			    c, &p->slot[i], (int)member);

			if (p->slot[i].done && other != 0 &&
			    tree_set_has(&p->slot[i].set, other))
				before = true;
		}
		if (tree_set_has(&s->set, id) && !before)
			line_put(t, &p->member[member].key,
			    p->member[member].sig);
	}
}

/* Canonical order: signers in trust order, then the parties of each. */
static void
note_put(struct text *t, const struct coordinator *c,
    const struct coord_proposal *p)
{
	struct coord_authority *a = (struct coord_authority *)
	    &c->authority[p->work == COORD_RELEASE ? p->authority : 0];
	struct vkey k;

	if (p->work == COORD_PURPOSE) {
		coord_purpose_result(t, c, p);
		return;
	}
	text_put(t, p->note, p->text_n);
	text_string(t, "\n");
	if (p->work != COORD_RELEASE) {
		line_put(t, &c->roster[p->slot[0].roster].roster.key,
		    p->slot[0].sig);
		return; /* a birth adds its parties' lines */
	}
	for (unsigned i = 0; i < trust_count(&a->trust, LIST_SIGNERS); i++) {
		trust_key(&k, &a->trust, LIST_SIGNERS, i);
		for (unsigned j = 0; j < p->slot_n; j++)
			if (p->slot[j].signer == i && p->slot[j].done)
				line_put(t, &k, p->slot[j].sig);
		for (unsigned j = 0; j < p->plain_n; j++)
			if (p->plain[j].signer == i &&
			    p->member[p->plain[j].member].has_line)
				line_put(t, &k,
				    p->member[p->plain[j].member].sig);
	}
	for (unsigned i = 0; i < p->slot_n; i++) /* slots: trust order */
		if (p->slot[i].done)
			slot_parties_put(t, c, p, i);
}

/*
 * The note as a stranger reads it: every line verifies, the signers satisfy
 * the quorum, each shared signer's parties their roster.
 */
static bool
note_verifies(const struct coordinator *c, const struct coord_proposal *p,
    const uint8_t *bytes, size_t n)
{
	const struct coord_authority *a = &c->authority[p->authority];
	uint32_t signers = 0;
	uint32_t parties[COORD_SHARED_MAX][4] = {{0}};
	struct note note;

	if (note_split(&note, bytes, n) != RC_OK)
		return false;
	for (unsigned i = 0; i < note.line_n; i++) {
		bool known = false;
		struct sigline l;
		struct vkey k;
		uint64_t time;

		note_line(&note, i, &l, NULL);
		for (unsigned j = 0; j < trust_count(&a->trust, LIST_SIGNERS);
		     j++) {
			trust_key(&k, &a->trust, LIST_SIGNERS, j);
			if (!sigline_by(&l, &k))
				continue;
			known = true;
			signers |= UINT32_C(1) << j;
			if (sigline_verify(&l, &k, (uint8_t *)(uintptr_t)bytes,
				note.text_n, &time) != RC_OK)
				return false;
		}
		for (unsigned s = 0; s < p->slot_n; s++) {
			const struct roster *r =
			    &c->roster[p->slot[s].roster].roster;

			for (unsigned j = 0; j < r->party_n; j++) {
				roster_party_key(&k, r, j);
				if (!sigline_by(&l, &k))
					continue;
				known = true;
				parties[s][j / 32] |= UINT32_C(1) << j % 32;
				if (sigline_verify(&l, &k,
					(uint8_t *)(uintptr_t)bytes,
					note.text_n, &time) != RC_OK)
					return false;
			}
		}
		if (!known)
			return false;
	}
	for (unsigned s = 0; s < p->slot_n; s++)
		if (signers >> p->slot[s].signer & 1 &&
		    !roster_satisfied(
			&c->roster[p->slot[s].roster].roster, parties[s]))
			return false;
	return trust_satisfied(&a->trust, TREE_SIGNERS, signers);
}

static void
proposal_freeze(struct coordinator *c, struct coord_proposal *p)
{
	struct text t;

	text_init(&t, (char *)p->result, sizeof p->result);
	note_put(&t, c, p);
	if (t.full) {
		coord_close(c, p, COORD_ABORTED,
		    "the signed note would be longer than notes may be");
		return;
	}
	if (p->work == COORD_RELEASE &&
	    !note_verifies(c, p, p->result, t.n)) {
		coord_close(c, p, COORD_ABORTED,
		    "the signed note does not verify: a fault of this program");
		return;
	}
	p->result_n = t.n;
	coord_close(c, p, COORD_SIGNED, "");
}

void
coord_close(struct coordinator *c, struct coord_proposal *p,
    enum coord_state state, const char *reason)
{
	struct text t;

	p->state = (uint8_t)state;
	text_init(&t, p->reason, sizeof p->reason);
	text_string(&t, reason);
	sessions_sweep(c, p);
	coord_touch(c, p);
	if (coord_is_birth(p))
		coord_birth_signed(c, p);
}

void
coord_advance(struct coordinator *c, struct coord_proposal *p, uint64_t now)
{
	struct tree_set wanted;

	if (p->state != COORD_OPEN)
		return;
	sessions_finish(c, p);
	sessions_sweep(c, p);
	if (quorum_within(c, p, REACH_DONE)) {
		proposal_freeze(c, p);
		return;
	}
	if (!coord_possible(c, p)) {
		coord_close(c, p, COORD_REFUSED,
		    "without those who refused or were found out, no quorum "
		    "is left");
		return;
	}
	if (p->work != COORD_RELEASE) {
		for (unsigned i = 0; i < p->slot_n; i++)
			slot_try(c, p, &p->slot[i], now);
		return;
	}
	signers_wanted(c, p, now, &wanted);
	for (unsigned i = 0; i < p->slot_n; i++)
		if (tree_set_has(&wanted, c->authority[p->authority]
					      .tree.id[p->slot[i].signer]))
			slot_try(c, p, &p->slot[i], now);
	plain_ask(c, p, &wanted, now);
}

/* ---- commitments and shares ---- */

/* The open proposal, the sender's member and its line, for both kinds. */
static enum rc
sender_find(struct coordinator *c, const struct message *m,
    const uint8_t id[static 32], struct coord_proposal **p, int *member)
{
	int index = coordinator_find(c, id);
	enum rc rc;

	*p = NULL;
	if (index < 0)
		return RC_UNKNOWN;
	*member = coord_member_by(&c->proposal[index], m);
	if (*member < 0)
		return RC_SENDER;
	rc = message_verify(m, &c->proposal[index].member[*member].key);
	if (rc != RC_OK)
		return rc;
	if (c->proposal[index].member[*member].blamed)
		return RC_BLAMED;
	if (c->proposal[index].state == COORD_OPEN &&
	    !c->proposal[index].member[*member].refused)
		*p = &c->proposal[index];
	return RC_OK; /* *p NULL: it can no longer matter */
}

/* Whether the seat sits unanswered in a session that is still kept. */
static bool
seat_waits(const struct coordinator *c, const struct coord_proposal *p,
    const struct coord_slot *s, unsigned id)
{
	const struct coord_seat *seat = &s->seat[id - 1];

	for (unsigned i = 0; i < COORD_SESSIONS_MAX; i++) {
		const struct coord_session *x = &c->session[i];

		if (x->used && x->proposal == proposal_index(c, p) &&
		    &p->slot[x->slot] == s && tree_set_has(&x->set, id) &&
		    !tree_set_has(&x->answered, id) &&
		    memcmp(x->boot[id - 1], seat->boots[seat->boot].id,
			FROST_BOOT_ID_BYTES) == 0)
			return true;
	}
	return false;
}

/* Where the boot id stands, or boot_n. */
static unsigned
boot_find(const struct coord_seat *seat, const uint8_t *boot)
{
	unsigned i = 0;

	while (i < seat->boot_n &&
	    memcmp(seat->boots[i].id, boot, FROST_BOOT_ID_BYTES) != 0)
		i++;
	return i;
}

enum rc
coord_commit(struct coordinator *c, const struct message *m, uint64_t now)
{
	const struct suite *suite;
	struct message_commit k;
	struct coord_proposal *p;
	struct coord_slot *s;
	struct coord_seat *seat;
	unsigned id, boot;
	int member;
	bool waits, again;
	enum rc rc = commit_parse(&k, m->text.p, m->text.n);

	if (rc == RC_OK)
		rc = sender_find(c, m, k.message, &p, &member);
	if (rc != RC_OK || p == NULL)
		return rc;
	s = slot_of_roster(c, p, k.roster);
	id = s == NULL ? 0 : slot_leaf(c, s, member);
	if (id == 0)
		return RC_ROSTER_MISMATCH;
	seat = &s->seat[id - 1];
	boot = boot_find(seat, k.boot);
	/* old news: a serial of a boot is heard once */
	if (boot < seat->boot_n && k.serial <= seat->boots[boot].serial)
		return RC_OK;
	suite = c->roster[s->roster].frost.suite;
	if (!suite->point_check(&k.d) || !suite->point_check(&k.e))
		return RC_POINT;
	waits = seat_waits(c, p, s, id);
	again = waits || seat->state == SEAT_READY ||
	    (seat->boot_n > 0 && boot != seat->boot);
	if (boot == COORD_BOOTS_MAX ||
	    (again && seat->commits == COORD_COMMITS_MAX))
		return RC_COMMITS_MANY;
	seat->commits = (uint8_t)(seat->commits + again);
	seat->broken = (uint8_t)(seat->broken + waits);
	if (boot == seat->boot_n)
		memcpy(seat->boots[seat->boot_n++].id, k.boot, sizeof k.boot);
	seat->boots[boot].serial = k.serial;
	seat->boot = (uint8_t)boot;
	seat->d = k.d;
	seat->e = k.e;
	seat->state = SEAT_READY;
	/* of a purpose there is no other word than this */
	if (p->work == COORD_PURPOSE)
		p->member[member].approved = true;
	c->changed = true;
	coord_advance(c, p, now);
	return RC_OK;
}

/* Keep the evidence, and never use the party again for this text. */
static void
party_blame(struct coordinator *c, struct coord_proposal *p, int member,
    const struct coord_session *x, const struct message *m, const char *code)
{
	struct coord_member *k = &p->member[member];
	const struct coord_roster *r =
	    &c->roster[p->slot[x->slot].roster];
	struct message_blame b;
	char key[192];
	struct text t;

	k->blamed = true;
	text_init(&t, k->code, sizeof k->code);
	text_string(&t, code);
	c->shares_refused++;
	coord_touch(c, p);
	memset(&b, 0, sizeof b);
	text_init(&t, key, sizeof key);
	text_vkey(&t, k->key.name, k->key.type, k->key.key);
	b.party = (struct slice){(const uint8_t *)key, t.n};
	memcpy(b.message, p->id, 32);
	memcpy(b.package, x->digest, 32);
	memcpy(b.share, m->id, 32);
	b.code = slice_of(code);
	for (unsigned i = 0; i < COORD_BLAMES_MAX; i++) {
		struct coord_blame *e = &c->blame[i];
		struct text out;

		if (e->used)
			continue;
		e->used = true;
		e->proposal = (uint8_t)proposal_index(c, p);
		text_init(&out, (char *)e->bytes, sizeof e->bytes);
		blame_put(&out, &b, (struct slice){x->text, x->text_n},
		    m->whole, coord_text(p),
		    (struct slice){r->text, r->roster.text_n});
		e->n = out.full ? 0 : out.n;
		break;
	}
}

static struct coord_session *
session_find(struct coordinator *c, const struct coord_proposal *p,
    const uint8_t digest[static 32])
{
	for (unsigned i = 0; i < COORD_SESSIONS_MAX; i++)
		if (c->session[i].used &&
		    c->session[i].proposal == proposal_index(c, p) &&
		    memcmp(c->session[i].digest, digest, 32) == 0)
			return &c->session[i];
	return NULL;
}

enum rc
coord_share(struct coordinator *c, const struct message *m, uint64_t now)
{
	struct message_share k;
	struct coord_proposal *p;
	struct coord_session *x;
	const struct coord_slot *s;
	const struct frost_commitment *mine;
	const char *code = NULL;
	unsigned id;
	int member;
	enum rc rc = share_parse(&k, m->text.p, m->text.n);

	if (rc == RC_OK)
		rc = sender_find(c, m, k.message, &p, &member);
	if (rc != RC_OK || p == NULL)
		return rc;
	x = session_find(c, p, k.package);
	if (x == NULL)
		return RC_OK; /* of a session that is over */
	s = &p->slot[x->slot];
	id = slot_leaf(c, s, member);
	if (id == 0 || !tree_set_has(&x->set, id))
		return RC_SENDER;
	if (tree_set_has(&x->answered, id))
		return RC_OK;
	mine = &x->commitment[id - 1];
	/* Its own note names the package, and nonces or a roster that the
	 * package does not have: nobody honest signs that. (The boot id is
	 * not in a package, so it convicts nobody.) */
	if (memcmp(k.roster, slot_frost(c, s)->id, 32) != 0)
		code = "roster";
	else if (memcmp(k.d.b, mine->d.b, 32) != 0 ||
	    memcmp(k.e.b, mine->e.b, 32) != 0)
		code = "nonces";
	else if (frost_share_check(&x->frost, coord_frost(c, p, s), id, &k.z) !=
	    RC_OK)
		code = "share";
	if (code != NULL) {
		party_blame(c, p, member, x, m, code);
	} else {
		x->z[id - 1] = k.z;
		tree_set_add(&x->answered, id);
		c->changed = true;
	}
	coord_advance(c, p, now);
	return code == NULL ? RC_OK : RC_SHARE_INVALID;
}
