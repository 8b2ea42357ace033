/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The moves of a text until it is approved or refused, and what is said of
 * that: look, decide, store, speak.
 */
#include "signer/seat_inner.h"
#include <assert.h>
#include <sodium.h>
#include <string.h>
#include "host/sign.h"
#include "quorum/bundle.h"
#include "quorum/roster_frost.h"

/* ---- what is said --------------------------------------------------- */

static struct text
scratch(struct seat *s)
{
	struct text t;

	text_init(&t, s->scratch, sizeof s->scratch);
	return t;
}

/* It leaves when the event is in the record, and with it that it leaves. */
static void
say_signed(const struct turn *t, enum record_note what, struct text *note)
{
	const struct record *record = &t->s->record;

	message_sign(note, &t->s->key, t->s->secrets->seed);
	assert(!note->full);
	if (record->note(record->context, what, t->m->id, note->p, note->n) !=
	    RC_OK)
		(void)seat_broken(t->s);
	bundle_put(t->out->notes, note->p, note->n);
	assert(!t->out->notes->full);
}

static void
say_approval(const struct turn *t)
{
	struct text note = scratch(t->s);
	struct message_approve approve;

	memcpy(approve.release, t->m->id, sizeof approve.release);
	approve_build(&note, &approve);
	say_signed(t, RECORD_APPROVAL, &note);
}

static void
say_refusal(const struct turn *t)
{
	struct text note = scratch(t->s);
	struct message_refuse refuse;
	const struct verdict *v = &t->m->verdict;
	const char *code = judge_code_name(v->code);

	memcpy(refuse.release, t->m->id, sizeof refuse.release);
	refuse.code = slice_of(code);
	refuse.reason = (struct slice){
	    (const uint8_t *)v->sentence, strlen(v->sentence)};
	refuse_build(&note, &refuse);
	say_signed(t, RECORD_REFUSAL, &note);
}

/* The commitment in force, if there is one. */
void
turn_say_commitment(const struct turn *t)
{
	struct text note = scratch(t->s);
	const struct frost_nonces *k = nonces_of(t);
	struct message_commit commit;

	if (!k->fresh || t->m->serial == 0)
		return;
	memcpy(commit.message, t->m->id, sizeof commit.message);
	memcpy(commit.roster, t->a->frost.id, sizeof commit.roster);
	memcpy(commit.boot, t->s->boot, sizeof commit.boot);
	commit.serial = t->m->serial;
	commit.d = k->commitment.d;
	commit.e = k->commitment.e;
	commit_build(&note, &commit);
	say_signed(t, RECORD_COMMITMENT, &note);
}

/* Our own line over the text. A trust text has no parties' lines, and under
 * a release ours stands already. */
void
turn_say_line(const struct turn *t)
{
	struct text note = scratch(t->s);

	if (t->m->kind == MESSAGE_TRUST || t->m->kind == MESSAGE_PURPOSE)
		return;
	text_put(&note, t->m->text, t->m->text_n);
	say_signed(t, RECORD_LINE, &note);
}

/* ---- what is looked up ---------------------------------------------- */

/*
 * Of a reshare, or of a new key in the place of another: the log takes one
 * successor, and which one is not ours to say; a ceremony that never ends
 * would bind the serial or the revision for ever. Its share signs the texts
 * of that ceremony alone.
 */
static bool
waits_for_log(const struct turn *t)
{
	return authority_index(t->s, t->a) >= SEAT_AUTHORITIES_MAX;
}

void
turn_slot(struct record_slot *out, const struct turn *t)
{
	const struct release *r = &t->m->release;
	struct text slot;

	*out = (struct record_slot){.epoch = t->a->trust.epoch};
	out->authority = (struct slice){
	    (const uint8_t *)t->a->name, strlen(t->a->name)};
	text_init(&slot, out->slot, sizeof out->slot);
	switch (t->m->kind) {
	case MESSAGE_RELEASE:
		text_printf(&slot, "product %.*s", (int)r->product.n,
		    (const char *)r->product.p);
		out->number = r->sequence;
		break;
	case MESSAGE_ROSTER:
		if (waits_for_log(t))
			break;
		text_printf(&slot, "roster %.*s",
		    (int)t->a->roster.signer.n,
		    (const char *)t->a->roster.signer.p);
		out->number = t->a->roster.serial;
		break;
	case MESSAGE_TRUST:
		if (waits_for_log(t))
			break;
		text_string(&slot, "trust");
		out->number = t->a->trust.revision;
		break;
	default: /* a withdraw uses nothing up */
		break;
	}
	assert(!slot.full);
}

/* What judge and judge_again are given about this text, now. */
enum rc
turn_look(struct judge_evidence *e, struct judge_record *j,
    struct record_logged *logged, const struct turn *t)
{
	const struct record *record = &t->s->record;
	const struct release *r = &t->m->release;
	struct record_waiting waiting;
	struct record_slot slot;
	uint8_t holder[32];
	bool bound = false;

	*e = (struct judge_evidence){
	    .now = t->now->unix_s,
	    .proposer = t->m->proposer,
	    .trust = t->a->known ? &t->a->trust : NULL,
	    .text_max = t->a->text_max,
	    .roster = t->a->role == SEAT_SHARER ? &t->a->roster : NULL,
	    .sources = t->now->sources,
	};
	*j = (struct judge_record){.frozen = t->s->frozen};
	memset(logged, 0, sizeof *logged);
	turn_slot(&slot, t);
	if (slot.slot[0] != '\0' &&
	    record->bound(record->context, &bound, holder, &slot) != RC_OK)
		return seat_broken(t->s);
	j->bound = bound && memcmp(holder, t->m->id, sizeof holder) != 0;
	if (record->logged(record->context, logged, slot.authority,
		slot.epoch, r->product) != RC_OK)
		return seat_broken(t->s);
	j->logged = logged->sequence;
	j->floor_known = logged->floor_known;
	j->floor = logged->floor;
	j->holds = bound && !j->bound;
	if (logged->restored)
		j->unsure = logged->unsure > UINT32_MAX - t->a->policy.step
		    ? UINT32_MAX
		    : logged->unsure + t->a->policy.step;
	if (record->waiting(record->context, &waiting, t->m->id,
		t->now->unix_s) != RC_OK)
		return seat_broken(t->s);
	j->first_seen = waiting.first_seen;
	j->assents = waiting.assents;
	j->approved_day = waiting.approved_day;
	return RC_OK;
}

void
turn_evidence_line(char out[static EVIDENCE_MAX], const struct turn *t,
    const struct judge_evidence *e, const struct judge_record *j)
{
	struct text line;

	text_init(&line, out, EVIDENCE_MAX);
	text_printf(&line, "proposer %d trust ", e->proposer);
	if (e->trust != NULL)
		text_hex(&line, e->trust->id, 32);
	else
		text_string(&line, "-");
	text_string(&line, " roster ");
	if (e->roster != NULL)
		text_hex(&line, e->roster->id, 32);
	else
		text_string(&line, "-");
	text_printf(&line, " logged %u floor %u bound %d frozen %d state %d",
	    (unsigned)j->logged, (unsigned)j->floor, j->bound, j->frozen,
	    (int)t->m->state);
	if (e->sources != NULL) {
		text_string(&line, "\n");
		source_findings_build(&line, e->sources);
	}
}

static enum rc
store_decision(const struct turn *t, enum record_verb verb,
    const struct verdict *v, const char *by, const char *evidence)
{
	const struct record *record = &t->s->record;
	const struct record_decision d = {
	    .verb = verb,
	    .code = v->code,
	    .sentence = v->sentence,
	    .by = by,
	    .evidence = evidence,
	    .at = t->now->unix_s,
	    .text = t->m->text,
	    .text_n = t->m->text_n,
	};
	struct record_decision row = d;

	memcpy(row.message, t->m->id, sizeof row.message);
	if (t->m->state == SEAT_NONE && t->asked.n > 0 &&
	    record->note(record->context, RECORD_ASKED, t->m->id, t->asked.p,
		t->asked.n) != RC_OK)
		return seat_broken(t->s);
	if (record->decide(record->context, &row) != RC_OK)
		return seat_broken(t->s);
	return RC_OK;
}

/* ---- the moves ------------------------------------------------------ */

enum rc
move_nothing(struct turn *t)
{
	(void)t;
	return RC_OK;
}

/*
 * A fresh nonce pair for an approved text, if we hold a share. Only ever
 * called when none is held: what was promised stays good until it is spent.
 */
enum rc
turn_commit(const struct turn *t)
{
	struct frost_binding made_for;
	struct frost_commitment commitment;
	struct seat_now *now = t->now;
	enum rc rc;

	if (t->a->role != SEAT_SHARER || t->s->frozen)
		return RC_OK;
	memcpy(made_for.message_id, t->m->id, sizeof made_for.message_id);
	if (t->m->kind == MESSAGE_PURPOSE) /* which is no hash of what is signed */
		crypto_hash_sha256(made_for.message_id, t->m->line.message,
		    t->m->line.message_n);
	memcpy(made_for.roster_id, t->a->frost.id,
	    sizeof made_for.roster_id);
	memcpy(made_for.boot_id, t->s->boot, sizeof made_for.boot_id);
	rc = frost_commit(nonces_of(t), &commitment, t->a->frost.suite,
	    share_of(t), &made_for, now->random, now->random + 32);
	sodium_memzero(now->random, sizeof now->random);
	if (rc == RC_OK)
		t->m->serial = ++t->s->serial;
	return rc;
}

/* Approved before: the same words again, and a commitment. */
enum rc
move_repeat(struct turn *t)
{
	enum rc rc = RC_OK;

	if (!nonces_of(t)->fresh)
		rc = turn_commit(t);
	if (rc != RC_OK)
		return rc;
	if (is_release(t->m))
		say_approval(t);
	else if (t->m->kind == MESSAGE_ROSTER)
		turn_say_line(t);
	turn_say_commitment(t);
	return RC_OK;
}

enum rc
move_repeat_refusal(struct turn *t)
{
	say_refusal(t);
	return RC_OK;
}

enum rc
turn_approve(struct turn *t, const struct verdict *v, const char *by,
    const char *evidence)
{
	enum rc rc = store_decision(t, RECORD_APPROVE, v, by, evidence);

	if (rc != RC_OK)
		return rc;
	t->m->state = SEAT_APPROVED;
	t->m->verdict = *v;
	return move_repeat(t);
}

enum rc
turn_refuse(struct turn *t, const struct verdict *v, const char *by,
    const char *evidence)
{
	enum rc rc;

	nonces_wipe(t->s, t->m); /* whatever comes of the rest */
	rc = store_decision(t, RECORD_REFUSE, v, by, evidence);
	if (rc != RC_OK)
		return rc;
	t->m->state = SEAT_REFUSED;
	t->m->verdict = *v;
	say_refusal(t);
	return RC_OK;
}

/*
 * A proposal that is new here, a person's yes, or a time that has come: the
 * judge decides. `by`: who the approval is by, if it is one.
 */
static enum rc
decide(struct turn *t, const char *by)
{
	struct judge_evidence e;
	struct judge_record j;
	struct record_logged logged;
	struct verdict v;
	char line[EVIDENCE_MAX];
	enum rc rc;

	rc = turn_look(&e, &j, &logged, t);
	if (rc != RC_OK)
		return rc;
	judge(&v, &t->a->policy, &e, &j, &t->m->release, t->m->text,
	    t->m->text_n);
	turn_evidence_line(line, t, &e, &j);
	t->out->verdict = v;
	if (v.answer == JUDGE_LOOK) {
		t->out->look = true;
		memcpy(t->out->id, t->m->id, sizeof t->out->id);
		return RC_MORE;
	}
	/* Without a proposer of ours nothing is said about the text, and nothing
	 * kept: somebody on the way may have taken the line off or broken it,
	 * and a refusal with our name would be the end of the text anywhere. */
	if (t->m->state == SEAT_NONE &&
	    (t->m->proposer < 0 || v.code == JUDGE_PROPOSER))
		return RC_SENDER;
	if (v.answer == JUDGE_REFUSE)
		return turn_refuse(t, &v, "policy", line);
	if (v.answer == JUDGE_APPROVE)
		return turn_approve(t, &v, by, line);
	if (t->m->state == SEAT_NONE) { /* and for good: since when it waits */
		rc = store_decision(t, RECORD_ASK, &v, "policy", line);
		if (rc != RC_OK)
			return rc;
		t->out->person = v.answer == JUDGE_ASK;
	}
	t->m->state = SEAT_ASKED;
	t->m->verdict = v;
	memcpy(t->out->id, t->m->id, sizeof t->out->id);
	return RC_OK;
}

enum rc
move_judge(struct turn *t)
{
	return decide(t, "policy");
}

/* A yes counts for good, even if the time has not come or others are to say
 * it too. The rules are asked again all the same. */
enum rc
move_yes(struct turn *t)
{
	const struct record *record = &t->s->record;

	if (record->assent(record->context, t->m->id, t->by, t->shown,
		t->shown_n, t->now->unix_s) != RC_OK)
		return seat_broken(t->s);
	return decide(t, t->by);
}

/* It waits for people, or for its time: has that come? */
enum rc
move_wait(struct turn *t)
{
	if (t->m->verdict.answer == JUDGE_LATER &&
	    t->now->unix_s >= t->m->verdict.later)
		return decide(
		    t, t->a->policy.person ? "people" : "policy");
	return RC_OK;
}

enum rc
move_no(struct turn *t)
{
	struct verdict v = {.answer = JUDGE_REFUSE, .code = t->code};
	struct text sentence;

	if (v.code == JUDGE_PERSON && t->m->state == SEAT_APPROVED)
		v.code = JUDGE_WITHDRAWN;
	text_init(&sentence, v.sentence, sizeof v.sentence);
	text_string(&sentence, t->reason);
	if (sentence.n == 0)
		text_string(&sentence, "a person refuses");
	return turn_refuse(t, &v, t->by, "-");
}

/* Our own birth: nothing is judged, the text was computed here. */
enum rc
move_adopt(struct turn *t)
{
	struct verdict v = {.answer = JUDGE_APPROVE};

	memcpy(v.sentence, "of our own ceremony", sizeof "of our own ceremony");
	return turn_approve(t, &v, "ceremony", "-");
}
