/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ceremony as the coordinator sees it: docs/formats.md section 10.
 * It forwards every party's notes to every party, and looks on: it adds up
 * the public part of all dealings as an onlooker, so that whoever misbehaves
 * is named here at once. Parties do not rely on it: they compute the same
 * from the notes themselves.
 */
#include <string.h>
#include "host/digest.h"
#include "host/rc_text.h"
#include "quorum/coordinator_parts.h"
#include "quorum/roster_frost.h"
#include "verify/sha512.h"

enum { WHY_MAX = 256 };

void
coord_birth_touch(struct coordinator *c, struct coord_birth *b)
{
	b->change++;
	c->changed = true;
}

void
coord_birth_name(struct coord_birth *b, struct slice name, const char *code)
{
	for (unsigned i = 0; i < b->named_n; i++)
		if (slice_equal(b->named[i].name, name))
			return;
	if (b->named_n < MESSAGE_PARTIES_MAX)
		b->named[b->named_n++] = (struct coord_named){name, code};
}

/* The end: nothing of it will ever be signed. */
void
coord_birth_fail(struct coordinator *c, struct coord_birth *b,
    struct slice name, const char *what, enum rc rc)
{
	struct text t;

	text_init(&t, b->reason, sizeof b->reason);
	if (name.n > 0) {
		text_slice(&t, name);
		text_string(&t, ": ");
	}
	text_string(&t, what);
	if (rc != RC_OK)
		text_printf(&t, ": %s", rc_text(rc));
	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++) {
		struct coord_proposal *p = &c->proposal[i];

		if (b->state == BIRTH_SIGNING && p->used &&
		    coord_is_birth(p) &&
		    p->slot[0].roster == b->roster_index)
			coordinator_forget(c, i);
	}
	if (b->state == BIRTH_SIGNING)
		c->roster[b->roster_index].used = false;
	b->failed_in = b->state;
	b->state = BIRTH_FAILED;
	coord_birth_touch(c, b);
}

/* The same, by leaf id; 0: nobody in particular. A fault has a code. */
static void
birth_fail(struct coordinator *c, struct coord_birth *b, const char *what,
    unsigned id, enum rc rc)
{
	coord_birth_fail(c, b,
	    id != 0 ? ceremony_leaf_name(&b->bundle.ceremony, id)
		    : (struct slice){0},
	    what, rc);
}

static void
birth_blame(struct coordinator *c, struct coord_birth *b, const char *what,
    unsigned id, const char *code, enum rc rc)
{
	coord_birth_name(b, ceremony_leaf_name(&b->bundle.ceremony, id), code);
	birth_fail(c, b, what, id, rc);
}

/* Keep a note for everybody's inbox. */
bool
coord_birth_keep(
    struct coordinator *c, struct coord_birth *b, struct slice s)
{
	struct coord_item *item = &b->item[b->item_n];

	if (b->item_n == sizeof b->item / sizeof b->item[0] ||
	    s.n > sizeof b->arena - b->arena_n)
		return false;
	memcpy(b->arena + b->arena_n, s.p, s.n);
	*item = (struct coord_item){++c->stamp, b->arena_n, (uint32_t)s.n};
	b->arena_n += (uint32_t)s.n;
	b->item_n++;
	return true;
}

/* A proposer or a party; of a reshare also a holder, if we know the roster. */
static enum rc
draft_sender(const struct coordinator *c, const struct ceremony_bundle *open)
{
	const struct message *m = &open->draft;
	struct ceremony_member who;

	for (unsigned i = 0; i < c->proposer_n; i++)
		if (message_by(m, &c->proposer[i].key))
			return message_verify(m, &c->proposer[i].key);
	for (unsigned i = 0; i < c->party_n; i++)
		if (message_by(m, &c->party[i].key))
			return message_verify(m, &c->party[i].key);
	for (unsigned i = 0; i < COORD_ROSTERS_MAX; i++)
		if (c->roster[i].used && open->ceremony.reshare &&
		    memcmp(c->roster[i].roster.id, open->before.id, 32) == 0 &&
		    ceremony_by(&who, open, m) == RC_OK && who.holder != 0)
			return RC_OK;
	return RC_SENDER;
}

/* Rehearsals have places of their own, so that none is in a ceremony's way. */
static struct coord_birth *
birth_place(struct coordinator *c, bool rehearsal)
{
	struct coord_birth *b = NULL;
	unsigned n = 0;

	for (unsigned i = COORD_BIRTHS_MAX; i-- > 0;)
		if (!c->birth[i].used)
			b = &c->birth[i];
		else if (c->birth[i].bundle.ceremony.rehearsal == rehearsal)
			n++;
	return n < (rehearsal ? COORD_REHEARSALS_MAX : COORD_CEREMONIES_MAX)
	    ? b
	    : NULL;
}

/* What was over when: a step ends for good the first time. */
static void
birth_clock(struct coord_birth *b, uint64_t now)
{
	while (b->state <= BIRTH_BORN && b->step_n < b->state) {
		b->step_s[b->step_n++] =
		    now > b->since ? (uint32_t)(now - b->since) : 0;
		b->since = now;
	}
}

enum rc
coordinator_ceremony(struct coordinator *c, unsigned *index,
    const uint8_t *bundle, size_t n, uint64_t now)
{
	struct coord_birth *b = NULL;
	struct ceremony_bundle open;
	int known;
	enum rc rc = ceremony_open(&open, bundle, n);

	if (rc == RC_OK)
		rc = draft_sender(c, &open);
	if (rc != RC_OK)
		return rc;
	known = coordinator_find_birth(c, open.ceremony.id);
	if (known >= 0) {
		*index = (unsigned)known;
		return RC_OK;
	}
	if (open.ceremony.proposed > now + COORD_AHEAD_S ||
	    open.ceremony.deadline <= now ||
	    open.ceremony.deadline > now + COORD_BIRTH_S_MAX)
		return RC_AGE;
	b = birth_place(c, open.ceremony.rehearsal);
	if (b == NULL || n > sizeof b->arena / 4)
		return RC_LIMIT;
	memset(b, 0, sizeof *b);
	b->change = c->change_base;
	b->since = now;
	if (!coord_birth_keep(c, b, (struct slice){bundle, n}))
		return RC_LIMIT;
	rc = ceremony_open(&b->bundle, b->arena, n); /* slices that stay */
	if (rc != RC_OK)
		return rc;
	b->used = true;
	coord_birth_touch(c, b);
	*index = (unsigned)(b - c->birth);
	return RC_OK;
}

/* ---- accept, deal, confirm ---- */

static bool
set_is_full(const struct coord_birth *b, const struct tree_set *set)
{
	return tree_set_count(set) == b->bundle.ceremony.tree.leaves;
}

static enum rc
birth_accept(struct coordinator *c, struct coord_birth *b, unsigned id,
    const struct message *m)
{
	struct message_accept a;
	uint8_t sid[DKG_SESSION_BYTES];
	unsigned culprit;
	enum rc rc = accept_parse(&a, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (tree_set_has(&b->accepted, id))
		return RC_OK; /* the first one counts */
	if (b->state != BIRTH_ACCEPTING)
		return RC_CEREMONY;
	if (!suite_ed25519.point_check(&a.key))
		return RC_POINT;
	if (!coord_birth_keep(c, b, m->whole))
		return RC_LIMIT;
	b->key[id - 1] = a.key;
	tree_set_add(&b->accepted, id);
	coord_birth_touch(c, b);
	if (!set_is_full(b, &b->accepted))
		return RC_OK;
	ceremony_session(sid, &b->bundle.ceremony);
	rc = dkg_init(&b->dkg, &culprit, b->bundle.ceremony.suite,
	    &b->bundle.ceremony.tree, b->key, sid, sizeof sid);
	if (rc != RC_OK) {
		birth_blame(c, b, "its ceremony key", culprit, "key", rc);
		return RC_OK;
	}
	dkg_sum_init(&b->sum, 0);
	b->state = BIRTH_DEALING;
	return RC_OK;
}

static void
birth_dealt(struct coordinator *c, struct coord_birth *b)
{
	struct frost_roster roster;
	struct sha512 hash;
	uint8_t ext[DKG_EXTENSION_BYTES];
	enum rc rc = dkg_finish(&roster, NULL, &b->dkg, &b->sum);

	if (rc != RC_OK) {
		birth_fail(c, b, "the sum of all dealings", 0, rc);
		return;
	}
	dkg_extension(ext, &b->dkg, b->dealing);
	b->transcript_n = dkg_transcript(
	    b->transcript, &b->dkg, b->dealing, ext, sizeof ext);
	sha512_init(&hash);
	sha512_update(&hash, b->transcript, b->transcript_n);
	sha512_final(&hash, b->transcript_hash);
	b->state = BIRTH_CONFIRMING;
}

static enum rc
birth_deal(struct coordinator *c, struct coord_birth *b, unsigned id,
    const struct message *m)
{
	struct message_deal d;
	enum rc rc = deal_parse(&d, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (tree_set_has(&b->dealt, id))
		return RC_OK;
	if (b->state != BIRTH_DEALING)
		return RC_CEREMONY;
	rc = ceremony_dealing(&b->dealing[id - 1], &b->bundle.ceremony, id, &d);
	if (rc == RC_OK)
		rc = dkg_sum_add(&b->sum, &b->dkg, NULL, &b->dealing[id - 1]);
	if (rc != RC_OK) { /* signed by its dealer, and wrong */
		birth_blame(c, b, "its dealing", id, "dealing", rc);
		return RC_OK;
	}
	if (!coord_birth_keep(c, b, m->whole))
		return RC_LIMIT;
	tree_set_add(&b->dealt, id);
	coord_birth_touch(c, b);
	if (set_is_full(b, &b->dealt))
		birth_dealt(c, b);
	return RC_OK;
}

/* A proposal for one of the two texts, signed by the newborn roster. */
static enum rc
birth_text(struct coordinator *c, struct coord_birth *b, enum coord_work work,
    const void *text, size_t n)
{
	struct coord_proposal *p = NULL;
	enum rc rc;

	for (unsigned i = COORD_PROPOSALS_MAX; i-- > 0;)
		if (!c->proposal[i].used)
			p = &c->proposal[i];
	if (p == NULL || n > sizeof p->note)
		return RC_LIMIT;
	memset(p, 0, sizeof *p);
	memcpy(p->note, text, n);
	p->note_n = p->text_n = n;
	p->work = (uint8_t)work;
	p->authority = COORD_NO_AUTHORITY;
	sha256_of(p->id, text, n);
	memcpy(work == COORD_BIRTH_ROSTER ? b->roster_id : b->trust_id, p->id,
	    32);
	rc = coord_slot_add(c, p, 0, b->roster_index);
	p->used = rc == RC_OK;
	return rc;
}

enum rc
coord_birth_roster(
    struct coordinator *c, struct coord_birth *b, const char *text, size_t n)
{
	const struct ceremony *k = &b->bundle.ceremony;
	char second[512];
	struct text t;
	enum rc rc = k->rehearsal
	    ? coordinator_rehearsal(
		  c, &b->roster_index, (const uint8_t *)text, n)
	    : coordinator_roster(c, (const uint8_t *)text, n);

	if (rc != RC_OK)
		return rc;
	for (unsigned i = 0; i < COORD_ROSTERS_MAX; i++)
		if (c->roster[i].used && c->roster[i].roster.text_n == n &&
		    memcmp(c->roster[i].text, text, n) == 0)
			b->roster_index = (uint8_t)i;
	b->state = BIRTH_SIGNING;
	rc = birth_text(c, b, COORD_BIRTH_ROSTER, text, n);
	if (rc != RC_OK || !k->rehearsal)
		return rc;
	text_init(&t, second, sizeof second);
	ceremony_rehearsed_build(&t, k, b->roster_id);
	return t.full ? RC_TEXT_LONG
		      : birth_text(c, b, COORD_BIRTH_TRUST, second, t.n);
}

static enum rc
birth_confirmed(struct coordinator *c, struct coord_birth *b)
{
	const struct ceremony *k = &b->bundle.ceremony;
	struct frost_roster sum;
	char text[COORD_TEXT_MAX];
	struct text t;
	enum rc rc = dkg_finish(&sum, NULL, &b->dkg, &b->sum);

	if (rc != RC_OK)
		return rc;
	ceremony_record(b->record, k, b->transcript, b->transcript_n,
	    (const uint8_t(*)[DKG_SIG_BYTES])b->signature);
	text_init(&t, text, sizeof text);
	ceremony_roster_build(&t, k, &sum.key, sum.share, b->record);
	if (t.full)
		return RC_TEXT_LONG;
	rc = coord_birth_roster(c, b, text, t.n);
	if (k->rehearsal) /* no trust text of it exists anywhere */
		return rc;
	text_init(&t, (char *)b->trust, sizeof b->trust);
	ceremony_trust_build(
	    &t, k, b->bundle.template.p, b->bundle.template.n, &sum.key);
	b->trust_n = t.n;
	if (rc == RC_OK)
		rc = t.full ? RC_TEXT_LONG
			    : birth_text(c, b, COORD_BIRTH_TRUST, b->trust,
				  b->trust_n);
	return rc;
}

static enum rc
birth_confirm(struct coordinator *c, struct coord_birth *b, unsigned id,
    const struct message *m)
{
	struct message_confirm k;
	enum rc rc = confirm_parse(&k, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (tree_set_has(&b->confirmed, id))
		return RC_OK;
	if (b->state != BIRTH_CONFIRMING)
		return RC_CEREMONY;
	rc = memcmp(k.transcript, b->transcript_hash, 64) == 0
	    ? dkg_transcript_verify(k.signature, &b->dkg, id, b->transcript,
		  b->transcript_n)
	    : RC_TRANSCRIPT;
	if (rc != RC_OK) {
		birth_blame(
		    c, b, "its confirmation", id, "confirmation", rc);
		return RC_OK;
	}
	if (!coord_birth_keep(c, b, m->whole))
		return RC_LIMIT;
	memcpy(b->signature[id - 1], k.signature, DKG_SIG_BYTES);
	tree_set_add(&b->confirmed, id);
	coord_birth_touch(c, b);
	if (!set_is_full(b, &b->confirmed))
		return RC_OK;
	rc = birth_confirmed(c, b);
	if (rc != RC_OK)
		birth_fail(c, b, "the two texts", 0, rc);
	return RC_OK;
}

/*
 * Everybody deals and must: whoever is right, this is the end. With the
 * ciphertext opened it is known who is at fault (T9); without, the sender
 * declines.
 */
static enum rc
birth_complaint(struct coordinator *c, struct coord_birth *b, unsigned id,
    const struct message *m)
{
	struct message_complaint k;
	struct dkg_complaint open;
	char what[WHY_MAX];
	struct text t;
	unsigned dealer, culprit = 0;
	enum rc rc = complaint_parse(&k, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (b->state == BIRTH_SIGNING) /* too late: it was confirmed */
		return RC_CEREMONY;
	dealer = ceremony_leaf(&b->bundle.ceremony, k.dealer);
	if (k.opened_n > 0 && !tree_set_has(&b->dealt, dealer))
		return RC_CEREMONY;
	if (!coord_birth_keep(c, b, m->whole))
		return RC_LIMIT;
	if (k.opened_n > 0) {
		ceremony_complaint(&open, &k, dealer, id);
		(void)!dkg_complaint_check(
		    &open, &culprit, &b->dkg, &b->dealing[dealer - 1]);
	}
	text_init(&t, what, sizeof what);
	if (culprit == dealer && culprit != 0) {
		text_string(&t, "what it dealt to ");
		text_slice(&t, ceremony_leaf_name(&b->bundle.ceremony, id));
		birth_blame(c, b, what, dealer, "dealing", RC_OK);
		return RC_OK;
	}
	if (k.opened_n == 0 &&
	    slice_equal(
		k.dealer, ceremony_leaf_name(&b->bundle.ceremony, id))) {
		text_string(&t, "declines");
	} else {
		text_string(&t, "complains about ");
		text_slice(&t, k.dealer);
		text_string(&t, ", ");
		text_slice(&t, k.reason);
	}
	if (culprit == id)
		birth_blame(c, b, what, id, "complaint", RC_COMPLAINT);
	else
		birth_fail(c, b, what, id, RC_OK);
	return RC_OK;
}

/* ---- the two texts ---- */

static struct coord_proposal *
birth_proposal(
    struct coordinator *c, const struct coord_birth *b, enum coord_work work)
{
	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++)
		if (c->proposal[i].used && c->proposal[i].work == work &&
		    c->proposal[i].slot[0].roster == b->roster_index)
			return &c->proposal[i];
	return NULL;
}

/* Whose shares of a text were not good: no line of theirs is missing. */
static void
birth_liars(struct coord_birth *b, const struct coord_proposal *p)
{
	for (unsigned id = 1; id <= b->bundle.ceremony.tree.leaves; id++)
		if (p->member[p->slot[0].seat[id - 1].member].blamed)
			coord_birth_name(b,
			    ceremony_leaf_name(&b->bundle.ceremony, id),
			    "share");
}

/* A rehearsal ends here: its key signs nothing more. */
static void
rehearsal_finish(struct coordinator *c, struct coord_birth *b,
    const struct coord_proposal *last)
{
	memcpy(b->trust_note, last->result, last->result_n);
	b->trust_note_n = last->result_n;
	c->roster[b->roster_index].used = false;
}

/*
 * All signed by the group, the roster by everybody, and in a reshare by
 * parties of the roster before that satisfy it: it is born. A rehearsal
 * wants the same, and its second text.
 */
static void
birth_finish(struct coordinator *c, struct coord_birth *b)
{
	const struct ceremony *k = &b->bundle.ceremony;
	struct coord_proposal *roster =
	    birth_proposal(c, b, COORD_BIRTH_ROSTER);
	struct coord_proposal *trust = birth_proposal(c, b, COORD_BIRTH_TRUST);
	struct text t;
	enum rc rc;

	if (roster == NULL || roster->state != COORD_SIGNED ||
	    !set_is_full(b, &b->lined))
		return;
	if (k->reshare &&
	    !tree_set_satisfied(&b->bundle.frost.tree, &b->reshare.lined))
		return;
	if ((!k->reshare || k->rehearsal) &&
	    (trust == NULL || trust->state != COORD_SIGNED))
		return;
	text_init(&t, (char *)b->roster_note, sizeof b->roster_note);
	text_put(&t, roster->result, roster->result_n);
	for (unsigned id = 1; id <= k->tree.leaves; id++) {
		struct vkey key;

		ceremony_party_key(&key, k, k->tree.party[id - 1]);
		text_sigline(&t, key.name, key.id, b->line[id - 1]);
	}
	for (unsigned h = 1; h <= b->bundle.frost.tree.leaves; h++) {
		struct ceremony_member who;
		struct vkey key;

		if (!tree_set_has(&b->reshare.lined, h))
			continue;
		ceremony_holder_key(&key, &b->bundle, h);
		if (ceremony_member_of(&who, &b->bundle, &key) &&
		    who.leaf == 0)
			text_sigline(&t, key.name, key.id,
			    b->reshare.line[h - 1]);
	}
	b->roster_note_n = t.n;
	rc = t.full ? RC_NOTE_LONG : RC_OK;
	b->took = (trust != NULL ? trust : roster)->slot[0].set;
	birth_liars(b, roster);
	if (trust != NULL)
		birth_liars(b, trust);
	if (rc == RC_OK && k->rehearsal) {
		rehearsal_finish(c, b, trust);
	} else if (rc == RC_OK && !k->reshare) {
		memcpy(b->trust_note, trust->result, trust->result_n);
		b->trust_note_n = trust->result_n;
		rc = coordinator_authority_born(c, b->trust, b->trust_n);
	}
	if (rc != RC_OK) {
		birth_fail(c, b, "taking the new texts in", 0, rc);
		return;
	}
	coordinator_forget(c, (unsigned)(roster - c->proposal));
	if (trust != NULL)
		coordinator_forget(c, (unsigned)(trust - c->proposal));
	b->state = BIRTH_BORN;
	coord_birth_touch(c, b);
}

void
coord_birth_signed(struct coordinator *c, const struct coord_proposal *p)
{
	for (unsigned i = 0; i < COORD_BIRTHS_MAX; i++) {
		struct coord_birth *b = &c->birth[i];

		if (!b->used || b->state != BIRTH_SIGNING ||
		    b->roster_index != p->slot[0].roster)
			continue;
		if (p->state == COORD_SIGNED)
			birth_finish(c, b);
		else
			birth_fail(c, b, p->reason, 0, RC_OK);
	}
}

/* A party's line on the roster: it also lets its share sign both texts. */
static enum rc
birth_line(struct coordinator *c, const struct message *m, uint64_t now)
{
	for (unsigned i = 0; i < COORD_BIRTHS_MAX; i++) {
		struct coord_birth *b = &c->birth[i];
		struct ceremony_member who;
		enum rc rc;

		if (!b->used || b->state < BIRTH_SIGNING ||
		    memcmp(b->roster_id, m->id, 32) != 0)
			continue;
		rc = ceremony_by(&who, &b->bundle, m);
		if (rc != RC_OK || b->state != BIRTH_SIGNING)
			return rc;
		if ((who.leaf == 0 || tree_set_has(&b->lined, who.leaf)) &&
		    (who.holder == 0 ||
			tree_set_has(&b->reshare.lined, who.holder)))
			return RC_OK;
		if (who.holder != 0) {
			memcpy(b->reshare.line[who.holder - 1],
			    m->line.blob + 4, 64);
			tree_set_add(&b->reshare.lined, who.holder);
		}
		if (who.leaf != 0) {
			memcpy(b->line[who.leaf - 1], m->line.blob + 4, 64);
			tree_set_add(&b->lined, who.leaf);
		}
		coord_birth_touch(c, b);
		for (unsigned j = 0; j < COORD_PROPOSALS_MAX; j++) {
			struct coord_proposal *p = &c->proposal[j];

			if (b->state != BIRTH_SIGNING || !p->used ||
			    !coord_is_birth(p) ||
			    p->slot[0].roster != b->roster_index)
				continue;
			if (who.leaf != 0)
				p->member[p->slot[0]
					      .seat[who.leaf - 1]
					      .member]
				    .approved = true;
			coord_advance(c, p, now);
		}
		birth_finish(c, b);
		return RC_OK;
	}
	return RC_UNKNOWN;
}

enum rc
coord_birth_message(
    struct coordinator *c, const struct message *m, uint64_t now)
{
	struct ceremony_member who;
	struct coord_birth *b;
	uint8_t id[32];
	int index;
	enum rc rc;

	if (m->kind == MESSAGE_ROSTER || m->kind == MESSAGE_REHEARSAL_ROSTER)
		return birth_line(c, m, now);
	if (!coordinator_about(m, id))
		return RC_LINE_MISSING;
	index = coordinator_find_birth(c, id);
	if (index < 0)
		return RC_UNKNOWN;
	b = &c->birth[index];
	rc = ceremony_by(&who, &b->bundle, m);
	if (rc != RC_OK)
		return rc;
	if (b->state == BIRTH_FAILED || b->state == BIRTH_BORN)
		return RC_OK;
	if (b->bundle.ceremony.reshare)
		return coord_reshare_message(c, b, &who, m, now);
	switch (m->kind) {
	case MESSAGE_ACCEPT:
		return birth_accept(c, b, who.leaf, m);
	case MESSAGE_DEAL:
		return birth_deal(c, b, who.leaf, m);
	case MESSAGE_CONFIRM:
		return birth_confirm(c, b, who.leaf, m);
	case MESSAGE_COMPLAINT:
		return birth_complaint(c, b, who.leaf, m);
	default:
		return RC_CEREMONY;
	}
}

void
coord_birth_clock(struct coordinator *c, uint64_t now)
{
	for (unsigned i = 0; i < COORD_BIRTHS_MAX; i++)
		if (c->birth[i].used)
			birth_clock(&c->birth[i], now);
}

void
coord_birth_tick(struct coordinator *c, uint64_t now)
{
	for (unsigned i = 0; i < COORD_BIRTHS_MAX; i++) {
		struct coord_birth *b = &c->birth[i];

		if (b->used && b->state < BIRTH_BORN &&
		    b->bundle.ceremony.deadline < now)
			birth_fail(c, b, "not everybody acted before the "
					 "deadline", 0, RC_OK);
		else if (b->used && b->bundle.ceremony.reshare)
			coord_reshare_advance(c, b, now);
	}
	coord_birth_clock(c, now);
}

bool
coord_birth_has(const struct coord_birth *b, const uint8_t key[static 32])
{
	const struct ceremony *k = &b->bundle.ceremony;
	struct vkey v;

	for (unsigned i = 0; i < k->party_n; i++) {
		ceremony_party_key(&v, k, i);
		if (memcmp(v.key, key, 32) == 0)
			return true;
	}
	for (unsigned h = 1; h <= b->bundle.frost.tree.leaves; h++) {
		ceremony_holder_key(&v, &b->bundle, h);
		if (memcmp(v.key, key, 32) == 0)
			return true;
	}
	return false;
}

int
coordinator_find_birth(
    const struct coordinator *c, const uint8_t id[static 32])
{
	for (unsigned i = 0; i < COORD_BIRTHS_MAX; i++)
		if (c->birth[i].used &&
		    memcmp(c->birth[i].bundle.ceremony.id, id, 32) == 0)
			return (int)i;
	return -1;
}

void
coordinator_forget_birth(struct coordinator *c, unsigned index)
{
	c->birth[index].used = false;
}
