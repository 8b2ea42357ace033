/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seat's moves. Which event is legal in which state is the table
 * `moves`; each move is one function, and each does things in one order:
 * look, decide, store, speak. Every exit before "speak" leaves the notes as
 * they were. What a move wrote into memory before a failing store is either
 * wiped nonces or nothing.
 */
#include "signer/seat.h"
#include <assert.h>
#include <sodium.h>
#include <string.h>
#include "host/sign.h"
#include "quorum/bundle.h"
#include "quorum/roster_frost.h"

/* One event on one text. */
struct turn {
	struct seat *s;
	struct seat_message *m;
	struct seat_authority *a;
	struct seat_out *out;
	struct seat_now *now;
	enum seat_event event;
	size_t notes_n; /* what was said before it */
	struct slice asked; /* a proposal's whole note */
	/* a package */
	const struct message_package *package;
	const uint8_t *package_id;
	/* a request */
	const struct verified *file;
	/* a person */
	enum judge_code code;
	const char *reason, *by;
	const void *shown; /* by which the person is known */
	size_t shown_n;
};

static unsigned
message_index(const struct seat *s, const struct seat_message *m)
{
	return (unsigned)(m - s->message);
}

static unsigned
authority_index(const struct seat *s, const struct seat_authority *a)
{
	return (unsigned)(a - s->authority);
}

static struct frost_nonces *
nonces_of(const struct turn *t)
{
	return &t->s->secrets->nonces[message_index(t->s, t->m)];
}

static const struct frost_key_share *
share_of(const struct turn *t)
{
	return &t->s->secrets->share[authority_index(t->s, t->a)];
}

static void
nonces_wipe(struct seat *s, const struct seat_message *m)
{
	struct frost_nonces *k = &s->secrets->nonces[message_index(s, m)];

	sodium_memzero(k, sizeof *k);
}

static bool
is_release(const struct seat_message *m)
{
	return m->kind == MESSAGE_RELEASE || m->kind == MESSAGE_WITHDRAW;
}

/* The record failed: what it holds is not known, so nothing is said. */
static enum rc
broken(struct seat *s)
{
	s->broken = true;
	seat_forget(s);
	return RC_DATABASE;
}

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
		(void)broken(t->s);
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
	refuse.code = (struct slice){(const uint8_t *)code, strlen(code)};
	refuse.reason = (struct slice){
	    (const uint8_t *)v->sentence, strlen(v->sentence)};
	refuse_build(&note, &refuse);
	say_signed(t, RECORD_REFUSAL, &note);
}

/* The commitment in force, if there is one. */
static void
say_commitment(const struct turn *t)
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
static void
say_line(const struct turn *t)
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

static void
slot_of(struct record_slot *out, const struct turn *t)
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
static enum rc
look(struct judge_evidence *e, struct judge_record *j,
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
	slot_of(&slot, t);
	if (slot.slot[0] != '\0' &&
	    record->bound(record->context, &bound, holder, &slot) != RC_OK)
		return broken(t->s);
	j->bound = bound && memcmp(holder, t->m->id, sizeof holder) != 0;
	if (record->logged(record->context, logged, slot.authority,
		slot.epoch, r->product) != RC_OK)
		return broken(t->s);
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
		return broken(t->s);
	j->first_seen = waiting.first_seen;
	j->assents = waiting.assents;
	j->approved_day = waiting.approved_day;
	return RC_OK;
}

/* What the decision rests on, for the record: one line, then what was found
 * at the sources. */
enum { EVIDENCE_MAX = 400 + SOURCE_FINDINGS_MAX };

static void
evidence_line(char out[static EVIDENCE_MAX], const struct turn *t,
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
		return broken(t->s);
	if (record->decide(record->context, &row) != RC_OK)
		return broken(t->s);
	return RC_OK;
}

/* ---- the moves ------------------------------------------------------ */

static enum rc
move_nothing(struct turn *t)
{
	(void)t;
	return RC_OK;
}

/*
 * A fresh nonce pair for an approved text, if we hold a share. Only ever
 * called when none is held: what was promised stays good until it is spent.
 */
static enum rc
commit(const struct turn *t)
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
static enum rc
move_repeat(struct turn *t)
{
	enum rc rc = RC_OK;

	if (!nonces_of(t)->fresh)
		rc = commit(t);
	if (rc != RC_OK)
		return rc;
	if (is_release(t->m))
		say_approval(t);
	else if (t->m->kind == MESSAGE_ROSTER)
		say_line(t);
	say_commitment(t);
	return RC_OK;
}

static enum rc
move_repeat_refusal(struct turn *t)
{
	say_refusal(t);
	return RC_OK;
}

static enum rc
approve(struct turn *t, const struct verdict *v, const char *by,
    const char *evidence)
{
	enum rc rc = store_decision(t, RECORD_APPROVE, v, by, evidence);

	if (rc != RC_OK)
		return rc;
	t->m->state = SEAT_APPROVED;
	t->m->verdict = *v;
	return move_repeat(t);
}

static enum rc
refuse(struct turn *t, const struct verdict *v, const char *by,
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

	rc = look(&e, &j, &logged, t);
	if (rc != RC_OK)
		return rc;
	judge(&v, &t->a->policy, &e, &j, &t->m->release, t->m->text,
	    t->m->text_n);
	evidence_line(line, t, &e, &j);
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
		return refuse(t, &v, "policy", line);
	if (v.answer == JUDGE_APPROVE)
		return approve(t, &v, by, line);
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

static enum rc
move_judge(struct turn *t)
{
	return decide(t, "policy");
}

/* A yes counts for good, even if the time has not come or others are to say
 * it too. The rules are asked again all the same. */
static enum rc
move_yes(struct turn *t)
{
	const struct record *record = &t->s->record;

	if (record->assent(record->context, t->m->id, t->by, t->shown,
		t->shown_n, t->now->unix_s) != RC_OK)
		return broken(t->s);
	return decide(t, t->by);
}

/* It waits for people, or for its time: has that come? */
static enum rc
move_wait(struct turn *t)
{
	if (t->m->verdict.answer == JUDGE_LATER &&
	    t->now->unix_s >= t->m->verdict.later)
		return decide(
		    t, t->a->policy.person ? "people" : "policy");
	return RC_OK;
}

static enum rc
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
	return refuse(t, &v, t->by, "-");
}

/* Our own birth: nothing is judged, the text was computed here. */
static enum rc
move_adopt(struct turn *t)
{
	struct verdict v = {.answer = JUDGE_APPROVE};

	memcpy(v.sentence, "of our own ceremony", sizeof "of our own ceremony");
	return approve(t, &v, "ceremony", "-");
}

/* ---- purposes ------------------------------------------------------- */

static void
verdict_set(struct verdict *v, enum judge_code code, const char *sentence)
{
	struct text t;

	v->answer = JUDGE_REFUSE;
	v->code = code;
	text_init(&t, v->sentence, sizeof v->sentence);
	text_string(&t, sentence);
}

/*
 * Whether what a `sign` line allows may be signed now: v->code JUDGE_NONE, or
 * why not. People decided when they decided about the release; a release that
 * was not approved here is not signed for here. RC_OK, RC_DATABASE.
 */
static enum rc
purpose_judge(struct verdict *v, const struct turn *t)
{
	const struct record *record = &t->s->record;
	const struct release *r = &t->m->release;
	const struct slice name = {
	    (const uint8_t *)t->a->name, strlen(t->a->name)};
	struct record_standing was;
	struct record_logged logged;
	uint8_t release[32], none[1];

	*v = (struct verdict){.answer = JUDGE_APPROVE};
	memcpy(v->sentence, "a line of an approved release allows it",
	    sizeof "a line of an approved release allows it");
	crypto_hash_sha256(release, t->m->text, t->m->text_n);
	if (record->standing(record->context, &was, none, 0, release) !=
		RC_OK ||
	    record->logged(record->context, &logged, name,
		t->a->trust.epoch, r->product) != RC_OK)
		return broken(t->s);
	if (t->s->frozen)
		verdict_set(v, JUDGE_FROZEN, "frozen");
	else if (was.verb != RECORD_APPROVE)
		verdict_set(v, JUDGE_POLICY,
		    "the release was not approved here");
	else if (r->epoch != t->a->trust.epoch)
		verdict_set(v, JUDGE_AUTHORITY, "the epoch has ended");
	else if (r->proposed + JUDGE_AGE_MAX_S < t->now->unix_s)
		verdict_set(v, JUDGE_AGE, "proposed more than 30 days ago");
	else if (logged.sequence > r->sequence ||
	    (logged.sequence == r->sequence &&
		memcmp(logged.id, release, sizeof release) != 0) ||
	    (logged.floor_known && logged.floor > r->sequence))
		verdict_set(v, JUDGE_SEQUENCE,
		    "not the newest release of its product");
	return RC_OK;
}

/* What it rests on. The first word is the record's: such rows are no
 * approvals of a text, and do not count as such. */
static void
purpose_evidence(char out[static EVIDENCE_MAX], const struct turn *t)
{
	uint8_t release[32];
	struct text line;

	crypto_hash_sha256(release, t->m->text, t->m->text_n);
	text_init(&line, out, EVIDENCE_MAX);
	text_printf(&line, "purpose %.*s component %.*s release ",
	    (int)t->m->line.name.n, (const char *)t->m->line.name.p,
	    (int)t->m->line.component.n,
	    (const char *)t->m->line.component.p);
	text_hex(&line, release, sizeof release);
	text_string(&line, " roster ");
	text_hex(&line, t->a->roster.id, 32);
	if (t->file != NULL)
		text_printf(&line, " index %llu size %llu proof-time %llu",
		    (unsigned long long)t->file->index,
		    (unsigned long long)t->file->tree_size,
		    (unsigned long long)t->file->proof_time);
}

/* Its file was verified: decide, for good but while frozen. */
static enum rc
move_purpose(struct turn *t)
{
	char line[EVIDENCE_MAX];
	struct verdict v;
	enum rc rc = purpose_judge(&v, t);

	if (rc != RC_OK)
		return rc;
	if (v.code == JUDGE_FROZEN)
		return RC_SEAT_LOCKED;
	purpose_evidence(line, t);
	return v.code == JUDGE_NONE ? approve(t, &v, "purpose", line)
				    : refuse(t, &v, "purpose", line);
}

static enum rc
purpose_still_good(struct turn *t, bool *dead)
{
	char line[EVIDENCE_MAX];
	struct verdict v;
	enum rc rc = purpose_judge(&v, t);

	if (rc != RC_OK || v.code == JUDGE_NONE)
		return rc;
	if (v.code == JUDGE_FROZEN)
		return RC_SEAT_LOCKED;
	*dead = true;
	purpose_evidence(line, t);
	return refuse(t, &v, "purpose", line);
}

/*
 * Whether an approved text may still be signed. RC_OK with *dead false: yes.
 * Dead: it was refused, or closed, and the answer is complete.
 */
static enum rc
still_good(struct turn *t, bool *dead)
{
	struct judge_evidence e;
	struct judge_record j;
	struct record_logged logged;
	struct verdict v = {.answer = JUDGE_REFUSE};
	struct text sentence;
	char line[EVIDENCE_MAX];
	enum rc rc;

	*dead = false;
	if (t->m->kind == MESSAGE_PURPOSE)
		return purpose_still_good(t, dead);
	if (!is_release(t->m))
		return t->s->frozen ? RC_SEAT_LOCKED : RC_OK;
	rc = look(&e, &j, &logged, t);
	if (rc != RC_OK)
		return rc;
	v.code =
	    judge_again(&e, &j, &t->m->release, t->m->text, t->m->text_n);
	if (v.code == JUDGE_NONE)
		return RC_OK;
	if (v.code == JUDGE_FROZEN)
		return RC_SEAT_LOCKED;
	*dead = true;
	if (v.code == JUDGE_SEQUENCE &&
	    memcmp(logged.id, t->m->id, sizeof logged.id) == 0) {
		nonces_wipe(t->s, t->m); /* it is in the log: all is done */
		t->m->state = SEAT_CLOSED;
		return RC_OK;
	}
	text_init(&sentence, v.sentence, sizeof v.sentence);
	text_string(&sentence, "approved before, but no longer good");
	evidence_line(line, t, &e, &j);
	return refuse(t, &v, "policy", line);
}

/* The slot is another text's. */
static enum rc
refuse_bound(struct turn *t)
{
	struct verdict v = {.answer = JUDGE_REFUSE, .code = JUDGE_BOUND};

	memcpy(v.sentence, "the sequence is used for another text",
	    sizeof "the sequence is used for another text");
	return refuse(t, &v, "policy", "-");
}

/* A plain signer's answer: the line, once the slot is bound. */
static enum rc
answer_plain(struct turn *t)
{
	const struct record *record = &t->s->record;
	struct record_slot slot;
	bool named = false, dead;
	enum rc rc;

	for (unsigned i = 0; i < t->package->name_n; i++)
		named |= slice_equal(t->package->name[i], t->s->key.name);
	if (!named)
		return RC_OK;
	rc = still_good(t, &dead);
	if (rc != RC_OK || dead)
		return rc;
	slot_of(&slot, t);
	rc = record->answer(record->context, &slot, t->m->id, t->package_id,
	    NULL, 0);
	if (rc == RC_CONFLICT)
		return refuse_bound(t);
	if (rc != RC_OK)
		return broken(t->s);
	say_line(t);
	return RC_OK;
}

/*
 * The package names nonces that we do not hold. If there is a pair, it is
 * offered again; otherwise a new one, a bounded number of times, since each
 * costs the coordinator a session.
 */
static enum rc
recommit(struct turn *t)
{
	enum rc rc;

	if (!nonces_of(t)->fresh) {
		if (t->m->recommits == SEAT_RECOMMITS_MAX)
			return RC_SEAT_RECOMMITS;
		t->m->recommits++;
		rc = commit(t);
		if (rc != RC_OK)
			return rc;
	}
	say_commitment(t);
	return RC_OK;
}

/* One share of the text itself, or of what a `sign` line allows: then by the
 * share and under the roster that belong to the purpose. */
static enum rc
share_make(struct scalar *z, struct turn *t)
{
	const struct seat_message *m = t->m;
	struct frost_key_share moved_share = {0};
	struct frost_roster moved;
	struct signing_package pkg;
	enum rc rc;

	if (m->kind != MESSAGE_PURPOSE) {
		package_frost(&pkg, t->package, m->text, m->text_n);
		return frost_sign(z, nonces_of(t), share_of(t), &t->a->frost,
		    t->s->boot, &pkg);
	}
	package_frost(&pkg, t->package, m->line.message, m->line.message_n);
	rc = purpose_roster(&moved, &t->a->frost, m->line.name);
	if (rc == RC_OK)
		rc = purpose_share(
		    &moved_share, share_of(t), &t->a->frost, m->line.name);
	if (rc == RC_OK)
		rc = frost_key_share_check(&moved_share, &moved);
	if (rc == RC_OK)
		rc = frost_sign(
		    z, nonces_of(t), &moved_share, &moved, t->s->boot, &pkg);
	sodium_memzero(&moved_share, sizeof moved_share);
	return rc;
}

/* Spend the nonces and write the share note; the nonces are gone after. */
static enum rc
share_note(struct turn *t, char note[static RECORD_SHARE_MAX], size_t *n)
{
	struct message_share share;
	struct text out;
	enum rc rc;

	*n = 0;
	memset(&share, 0, sizeof share);
	memcpy(share.message, t->m->id, sizeof share.message);
	memcpy(share.roster, t->a->frost.id, sizeof share.roster);
	memcpy(share.package, t->package_id, sizeof share.package);
	memcpy(share.boot, t->s->boot, sizeof share.boot);
	share.d = nonces_of(t)->commitment.d;
	share.e = nonces_of(t)->commitment.e;
	rc = share_make(&share.z, t);
	nonces_wipe(t->s, t->m); /* burnt, whatever that said */
	if (rc != RC_OK)
		goto out;
	text_init(&out, note, RECORD_SHARE_MAX);
	share_build(&out, &share);
	message_sign(&out, &t->s->key, t->s->secrets->seed);
	assert(!out.full);
	*n = out.n;
out:
	sodium_memzero(&share, sizeof share);
	return rc;
}

/* Share, line and the next commitment, in the order of the protocol. */
static enum rc
say_share(struct turn *t, const char *note, size_t n)
{
	bundle_put(t->out->notes, note, n);
	say_line(t);
	if (!nonces_of(t)->fresh && commit(t) != RC_OK)
		return RC_OK; /* the share counts; the next is not owed */
	say_commitment(t);
	return RC_OK;
}

static enum rc
answer_share(struct turn *t)
{
	const struct record *record = &t->s->record;
	const struct frost_commitment *ours = NULL;
	const struct frost_nonces *k = nonces_of(t);
	struct record_slot slot;
	char note[RECORD_SHARE_MAX];
	size_t n = 0;
	bool dead;
	enum rc rc;

	if (memcmp(t->package->roster, t->a->frost.id, 32) != 0)
		return RC_ROSTER_MISMATCH;
	for (unsigned i = 0; i < t->package->list_n; i++)
		if (t->package->list[i].id == t->a->leaf)
			ours = &t->package->list[i];
	if (ours == NULL)
		return RC_OK;
	rc = still_good(t, &dead);
	if (rc != RC_OK || dead)
		return rc;
	rc = record->answered(record->context, (uint8_t *)note, &n, t->m->id,
	    t->package_id);
	if (rc != RC_OK)
		return broken(t->s);
	if (n != 0)
		return say_share(t, note, n);
	if (!k->fresh || memcmp(&ours->d, &k->commitment.d, 32) != 0 ||
	    memcmp(&ours->e, &k->commitment.e, 32) != 0)
		return recommit(t);
	rc = share_note(t, note, &n);
	if (rc != RC_OK)
		return rc;
	slot_of(&slot, t);
	rc = record->answer(record->context, &slot, t->m->id, t->package_id,
	    (const uint8_t *)note, n);
	if (rc == RC_OK)
		rc = say_share(t, note, n);
	else if (rc == RC_CONFLICT)
		rc = refuse_bound(t);
	else
		rc = broken(t->s);
	sodium_memzero(note, sizeof note); /* secret unless it was said */
	return rc;
}

static enum rc
move_answer(struct turn *t)
{
	if (!t->package->has_roster)
		return t->a->role == SEAT_PLAIN ? answer_plain(t) : RC_OK;
	return t->a->role == SEAT_SHARER ? answer_share(t) : RC_OK;
}

/* What is legal when, to whom; anything else is RC_SEAT_STATE. */
static const struct move {
	struct seat_rule rule;
	enum rc (*make)(struct turn *t);
} moves[] = {
    {{SEAT_NONE, SEAT_RELEASES, SEAT_PROPOSAL, true}, move_judge},
    {{SEAT_NONE, SEAT_OWN, SEAT_BIRTH, true}, move_adopt},
    {{SEAT_ASKED, SEAT_RELEASES, SEAT_PROPOSAL, false}, move_wait},
    {{SEAT_ASKED, SEAT_RELEASES, SEAT_YES, false}, move_yes},
    {{SEAT_ASKED, SEAT_RELEASES, SEAT_NO, true}, move_no},
    {{SEAT_APPROVED, SEAT_RELEASES, SEAT_PROPOSAL, false}, move_repeat},
    {{SEAT_APPROVED, SEAT_RELEASES, SEAT_PACKAGE, false}, move_answer},
    {{SEAT_APPROVED, SEAT_RELEASES, SEAT_YES, false}, move_repeat},
    {{SEAT_APPROVED, SEAT_RELEASES, SEAT_NO, true}, move_no},
    {{SEAT_APPROVED, SEAT_OWN, SEAT_PACKAGE, false}, move_answer},
    {{SEAT_APPROVED, SEAT_OWN, SEAT_BIRTH, false}, move_repeat},
    {{SEAT_REFUSED, SEAT_RELEASES, SEAT_PROPOSAL, false}, move_repeat_refusal},
    {{SEAT_REFUSED, SEAT_RELEASES, SEAT_NO, false}, move_repeat_refusal},
    {{SEAT_CLOSED, SEAT_RELEASES, SEAT_PROPOSAL, false}, move_nothing},
    {{SEAT_CLOSED, SEAT_RELEASES, SEAT_PACKAGE, false}, move_nothing},
    {{SEAT_CLOSED, SEAT_OWN, SEAT_PACKAGE, false}, move_nothing},
    {{SEAT_CLOSED, SEAT_OWN, SEAT_BIRTH, false}, move_nothing},
    {{SEAT_NONE, SEAT_SIGN_LINE, SEAT_PURPOSE, true}, move_purpose},
    {{SEAT_APPROVED, SEAT_SIGN_LINE, SEAT_PURPOSE, false}, move_repeat},
    {{SEAT_APPROVED, SEAT_SIGN_LINE, SEAT_PACKAGE, false}, move_answer},
    {{SEAT_REFUSED, SEAT_SIGN_LINE, SEAT_PURPOSE, false}, move_repeat_refusal},
    {{SEAT_CLOSED, SEAT_SIGN_LINE, SEAT_PURPOSE, false}, move_purpose},
    {{SEAT_CLOSED, SEAT_SIGN_LINE, SEAT_PACKAGE, false}, move_nothing},
};
enum { MOVE_N = sizeof moves / sizeof moves[0] };

const struct seat_rule *
seat_rule(unsigned index)
{
	return index < MOVE_N ? &moves[index].rule : NULL;
}

static enum seat_text
text_of(const struct seat_message *m)
{
	return is_release(m)		      ? SEAT_RELEASES
	    : m->kind == MESSAGE_PURPOSE ? SEAT_SIGN_LINE
					      : SEAT_OWN;
}

/*
 * What is good once is not good again, whatever state a move has left behind:
 * no move is trusted with that.
 */
static enum rc
move(struct turn *t, enum seat_event event)
{
	unsigned bit = 1u << event;
	enum rc rc = RC_SEAT_STATE;

	for (unsigned i = 0; i < MOVE_N; i++) {
		const struct seat_rule *r = &moves[i].rule;

		if (r->state != t->m->state || r->event != event ||
		    r->text != text_of(t->m) || (r->once && t->m->done & bit))
			continue;
		t->m->touched = ++t->s->count;
		t->event = event;
		rc = moves[i].make(t);
		if (rc == RC_OK && r->once)
			t->m->done |= bit;
		break;
	}
	return rc;
}

/* ---- texts in memory ------------------------------------------------ */

const struct seat_message *
seat_find(const struct seat *s, const uint8_t id[static 32])
{
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++)
		if (s->message[i].text_n != 0 &&
		    memcmp(s->message[i].id, id, 32) == 0)
			return &s->message[i];
	return NULL;
}

/*
 * A place for a text: a free one, or that of the text that is over and was
 * touched longest ago; or else of a purpose, which is in the record whole and
 * costs nonces only. NULL when all others are open.
 */
static struct seat_message *
message_place(struct seat *s)
{
	struct seat_message *best = NULL;

	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++) {
		struct seat_message *m = &s->message[i];

		if (m->text_n == 0) {
			best = m;
			break;
		}
		if ((m->state == SEAT_REFUSED || m->state == SEAT_CLOSED) &&
		    (best == NULL || best->kind == MESSAGE_PURPOSE ||
			m->touched < best->touched))
			best = m;
		if (m->kind == MESSAGE_PURPOSE &&
		    (best == NULL || (best->kind == MESSAGE_PURPOSE &&
			m->touched < best->touched)))
			best = m;
	}
	if (best != NULL) {
		nonces_wipe(s, best);
		memset(best, 0, sizeof *best);
		best->proposer = -1;
	}
	return best;
}

static void
message_drop(struct seat *s, struct seat_message *m)
{
	nonces_wipe(s, m);
	memset(m, 0, sizeof *m);
}

/* m->text is set: find out what it is and whose. */
static enum rc
message_read(struct seat *s, struct seat_message *m)
{
	struct seat_authority *a;
	uint8_t id[32];
	enum rc rc;

	m->kind = message_kind_of(m->text, m->text_n);
	if (!is_release(m))
		return RC_KIND;
	rc = release_parse(&m->release, m->text, m->text_n, READER_HOST);
	crypto_hash_sha256(id, m->text, m->text_n);
	if (rc == RC_OK && memcmp(id, m->id, sizeof id) != 0) {
		m->kind = MESSAGE_PURPOSE; /* or nothing at all */
		rc = purpose_find(&m->line, m->text, m->text_n, m->id);
	}
	if (rc != RC_OK)
		return rc;
	a = seat_authority_find(s, m->release.authority);
	if (a == NULL)
		return RC_SEAT_UNKNOWN;
	m->authority = authority_index(s, a);
	return RC_OK;
}

/* What the record says of a text decides its state. */
static enum rc
message_stand(struct seat *s, struct seat_message *m, bool load)
{
	struct record_standing was;
	uint8_t none[1];
	enum rc rc;

	rc = s->record.standing(s->record.context, &was,
	    load ? m->text : none, load ? sizeof m->text : 0, m->id);
	if (rc != RC_OK)
		return broken(s);
	if (load)
		m->text_n = was.text_n;
	m->verdict.code = was.code;
	memcpy(m->verdict.sentence, was.sentence, sizeof was.sentence);
	m->state = was.verb == RECORD_APPROVE ? SEAT_APPROVED
	    : was.verb == RECORD_REFUSE	      ? SEAT_REFUSED
					      : SEAT_NONE;
	return RC_OK;
}

/* In memory, or fetched from the record; RC_SEAT_UNKNOWN. */
static enum rc
message_fetch(struct seat_message **out, struct seat *s,
    const uint8_t id[static 32])
{
	struct seat_message *m = (struct seat_message *)seat_find(s, id);
	enum rc rc;

	*out = m;
	if (m != NULL)
		return RC_OK;
	m = message_place(s);
	if (m == NULL)
		return RC_SEAT_FULL;
	memcpy(m->id, id, 32);
	rc = message_stand(s, m, true);
	if (rc == RC_OK && (m->text_n == 0 || m->state == SEAT_NONE))
		rc = RC_SEAT_UNKNOWN;
	if (rc == RC_OK)
		rc = message_read(s, m);
	if (rc != RC_OK) {
		message_drop(s, m);
		return rc;
	}
	*out = m;
	return RC_OK;
}

/* Whether releases of the authority may be touched at all. */
static bool
locked(const struct seat_authority *a)
{
	return !a->known || !a->caught_up || a->role == SEAT_NOBODY ||
	    (a->role == SEAT_SHARER && !a->roster_logged);
}

/* ---- events --------------------------------------------------------- */

static enum rc
begin(struct seat *s, struct seat_out *out, struct turn *t,
    struct seat_now *now)
{
	*t = (struct turn){.s = s, .out = out, .now = now};
	out->person = false;
	out->look = false;
	memset(&out->verdict, 0, sizeof out->verdict);
	t->notes_n = out->notes->n;
	if (s->broken)
		return RC_DATABASE;
	return s->record.begin(s->record.context, now->unix_s) == RC_OK
	    ? RC_OK
	    : broken(s);
}

/* The event is over: what it decided and what it says is durable, all of it,
 * or it has said nothing. */
static enum rc
finish(struct turn *t, enum rc rc)
{
	const struct record *record = &t->s->record;
	struct text *notes = t->out->notes;

	/* What was stored stays, whatever came of the rest. */
	if (record->end(record->context, !t->s->broken) != RC_OK ||
	    t->s->broken)
		rc = broken(t->s);
	if (rc != RC_OK) {
		notes->n = t->notes_n;
		notes->p[notes->n] = '\0';
	}
	return rc;
}

static enum rc
proposal(struct turn *t, const uint8_t *bytes, size_t n)
{
	struct seat *s = t->s;
	struct note note;
	uint8_t id[32];
	enum rc rc = note_split(&note, bytes, n);

	if (rc != RC_OK)
		return rc;
	note_id(id, &note);
	t->asked = (struct slice){bytes, n};
	t->m = (struct seat_message *)seat_find(s, id);
	if (t->m == NULL) {
		t->m = message_place(s);
		if (t->m == NULL)
			return RC_SEAT_FULL;
		memcpy(t->m->id, id, sizeof id);
		memcpy(t->m->text, bytes, note.text_n);
		t->m->text_n = note.text_n;
		rc = message_read(s, t->m);
		if (rc == RC_OK)
			rc = message_stand(s, t->m, false);
	}
	if (rc == RC_OK && !is_release(t->m))
		rc = RC_KIND; /* of our birth: nobody proposes that */
	if (rc == RC_OK) {
		t->a = &s->authority[t->m->authority];
		if (t->m->proposer < 0)
			t->m->proposer =
			    judge_proposer_find(&t->a->policy, &note);
		rc = locked(t->a) ? RC_SEAT_LOCKED : move(t, SEAT_PROPOSAL);
	}
	/* Nothing was decided: it must be new when it comes again. */
	if (rc != RC_OK && t->m->state == SEAT_NONE)
		message_drop(s, t->m);
	return rc;
}

enum rc
seat_proposal(struct seat *s, struct seat_out *out, struct seat_now *now,
    const uint8_t *bytes, size_t n)
{
	struct turn t;
	enum rc rc = begin(s, out, &t, now);

	return rc == RC_OK ? finish(&t, proposal(&t, bytes, n)) : rc;
}

static enum rc
package(struct turn *t, const uint8_t *text, size_t n)
{
	struct message_package package;
	struct message m;
	enum rc rc = message_open(&m, text, n);

	if (rc == RC_OK && (m.kind != MESSAGE_PACKAGE || m.is_signed))
		rc = RC_KIND;
	if (rc == RC_OK)
		rc = package_parse(&package, m.text.p, m.text.n);
	if (rc == RC_OK)
		rc = message_fetch(&t->m, t->s, package.message);
	if (rc != RC_OK)
		return rc;
	t->a = &t->s->authority[t->m->authority];
	t->package = &package;
	t->package_id = m.id;
	if ((is_release(t->m) || t->m->kind == MESSAGE_PURPOSE) && locked(t->a))
		return RC_SEAT_LOCKED;
	return move(t, SEAT_PACKAGE);
}

enum rc
seat_package(struct seat *s, struct seat_out *out, struct seat_now *now,
    const uint8_t *text, size_t n)
{
	struct turn t;
	enum rc rc = begin(s, out, &t, now);

	return rc == RC_OK ? finish(&t, package(&t, text, n)) : rc;
}

static enum rc
purpose(struct turn *t, const struct purpose_request *r)
{
	struct seat *s = t->s;
	struct verified verified;
	enum rc rc;

	t->a = seat_authority_find(s, r->release.authority);
	if (t->a == NULL)
		return RC_SEAT_UNKNOWN;
	if (locked(t->a))
		return RC_SEAT_LOCKED;
	if (t->a->role != SEAT_SHARER ||
	    !slice_equal(r->ask.signer, t->a->roster.signer))
		return RC_PURPOSE_SIGNER;
	rc = purpose_file_check(&verified, r, &t->a->trust, t->now->unix_s);
	if (rc != RC_OK)
		return rc;
	t->file = &verified;
	t->m = (struct seat_message *)seat_find(s, r->ask.message);
	if (t->m == NULL) {
		t->m = message_place(s);
		if (t->m == NULL)
			return RC_SEAT_FULL;
		memcpy(t->m->id, r->ask.message, sizeof t->m->id);
		memcpy(t->m->text, r->release_note.bytes,
		    r->release_note.text_n);
		t->m->text_n = r->release_note.text_n;
		rc = message_read(s, t->m);
		if (rc == RC_OK)
			rc = message_stand(s, t->m, false);
	}
	if (rc == RC_OK)
		rc = move(t, SEAT_PURPOSE);
	if (rc != RC_OK && t->m->state == SEAT_NONE)
		message_drop(s, t->m);
	return rc;
}

enum rc
seat_purpose(struct seat *s, struct seat_out *out, struct seat_now *now,
    const struct purpose_request *r)
{
	struct turn t;
	enum rc rc = begin(s, out, &t, now);

	return rc == RC_OK ? finish(&t, purpose(&t, r)) : rc;
}

/* A person speaks about releases; of the texts of our birth nobody does. */
static enum rc
person(struct turn *t, const uint8_t id[static 32], enum seat_event event)
{
	enum rc rc = message_fetch(&t->m, t->s, id);

	if (rc != RC_OK)
		return rc;
	t->a = &t->s->authority[t->m->authority];
	if (event == SEAT_YES && is_release(t->m) && locked(t->a))
		return RC_SEAT_LOCKED;
	return move(t, event);
}

enum rc
seat_yes(struct seat *s, struct seat_out *out, struct seat_now *now,
    const uint8_t id[static 32], const char *by, const void *shown, size_t n)
{
	struct turn t;
	enum rc rc = begin(s, out, &t, now);

	t.by = by;
	t.shown = shown;
	t.shown_n = n;
	return rc == RC_OK ? finish(&t, person(&t, id, SEAT_YES)) : rc;
}

enum rc
seat_no(struct seat *s, struct seat_out *out, struct seat_now *now,
    const uint8_t id[static 32], enum judge_code code, const char *reason,
    const char *by)
{
	struct turn t;
	enum rc rc = begin(s, out, &t, now);

	t.by = by;
	t.code = code == JUDGE_NONE ? JUDGE_PERSON : code;
	t.reason = reason;
	return rc == RC_OK ? finish(&t, person(&t, id, SEAT_NO)) : rc;
}

/* In a place that is given back: nothing of it stays. */
enum rc
seat_explain(struct seat *s, struct seat_now *now, const uint8_t *bytes,
    size_t n, struct verdict *out,
    void (*rule)(void *context, enum judge_code code, bool passes,
	const char *sentence),
    void *context)
{
	struct judge_evidence e;
	struct judge_record j;
	struct record_logged logged;
	struct seat_message *m;
	struct note note;
	struct turn t = {.s = s, .now = now};
	enum rc rc = s->broken ? RC_DATABASE : note_split(&note, bytes, n);

	memset(out, 0, sizeof *out);
	if (rc != RC_OK)
		return rc;
	m = message_place(s);
	if (m == NULL)
		return RC_SEAT_FULL;
	memcpy(m->text, bytes, note.text_n);
	m->text_n = note.text_n;
	note_id(m->id, &note);
	rc = message_read(s, m);
	if (rc == RC_OK) {
		t.m = m;
		t.a = &s->authority[m->authority];
		m->proposer = judge_proposer_find(&t.a->policy, &note);
		rc = locked(t.a) ? RC_SEAT_LOCKED : look(&e, &j, &logged, &t);
	}
	if (rc == RC_OK)
		judge_explain(rule, context, out, &t.a->policy, &e, &j,
		    &m->release, m->text, m->text_n);
	message_drop(s, m);
	return rc;
}

static enum rc
adopt(struct turn *t, const uint8_t *text, size_t n)
{
	struct seat *s = t->s;
	const struct seat_authority *a = t->a;
	enum message_kind kind = message_kind_of(text, n);
	uint8_t id[32];
	enum rc rc = RC_OK;

	/* Exactly the two texts that this authority's state is made of. */
	crypto_hash_sha256(id, text, n);
	if (a->role != SEAT_SHARER || !a->known ||
	    !(kind == MESSAGE_ROSTER ? memcmp(id, a->roster.id, 32) == 0
		: kind == MESSAGE_TRUST
		? memcmp(id, a->trust.id, 32) == 0 &&
		    (a->trust.revision == 1 ||
			authority_index(s, a) >= SEAT_AUTHORITIES_MAX)
		: false))
		return RC_SEAT_STATE;
	t->m = (struct seat_message *)seat_find(s, id);
	if (t->m == NULL) {
		t->m = message_place(s);
		if (t->m == NULL)
			return RC_SEAT_FULL;
		memcpy(t->m->id, id, sizeof id);
		memcpy(t->m->text, text, n);
		t->m->text_n = n;
		t->m->kind = kind;
		t->m->authority = authority_index(s, a);
		rc = message_stand(s, t->m, false);
	}
	if (rc == RC_OK)
		rc = move(t, SEAT_BIRTH);
	if (rc != RC_OK && t->m->state == SEAT_NONE)
		message_drop(s, t->m);
	return rc;
}

enum rc
seat_birth(struct seat *s, struct seat_out *out, struct seat_now *now,
    struct seat_authority *a, const uint8_t *text, size_t n)
{
	struct turn t;
	enum rc rc = begin(s, out, &t, now);

	t.a = a;
	return rc == RC_OK ? finish(&t, adopt(&t, text, n)) : rc;
}

enum rc
seat_freeze(struct seat *s, bool frozen, const char *by, uint64_t at)
{
	if (s->broken)
		return RC_DATABASE;
	if (frozen) {
		s->frozen = true; /* even if the record fails now */
		seat_forget(s);
	}
	if (s->record.freeze(s->record.context, frozen, by, at) != RC_OK)
		return broken(s);
	s->frozen = frozen;
	return RC_OK;
}

/* ---- authorities ---------------------------------------------------- */

void
seat_init(struct seat *s, const struct record *record,
    struct seat_secrets *secrets, const char *key_name,
    const uint8_t boot[static FROST_BOOT_ID_BYTES], bool frozen)
{
	memset(s, 0, sizeof *s);
	s->record = *record;
	s->secrets = secrets;
	s->frozen = frozen;
	memcpy(s->boot, boot, sizeof s->boot);
	assert(strlen(key_name) < sizeof s->key_name);
	memcpy(s->key_name, key_name, strlen(key_name));
	s->key.name = (struct slice){
	    (const uint8_t *)s->key_name, strlen(s->key_name)};
	s->key.type = KEY_ED25519;
	ed25519_public(s->key.key, secrets->seed);
	vkey_id(s->key.id, s->key.name, KEY_ED25519, s->key.key);
}

void
seat_forget(struct seat *s)
{
	sodium_memzero(s->secrets->nonces, sizeof s->secrets->nonces);
}

struct seat_authority *
seat_authority_add(struct seat *s, const char *name,
    const struct judge_policy *policy)
{
	struct seat_authority *a;

	if (s->authority_n == SEAT_AUTHORITIES_MAX ||
	    strlen(name) > NAME_BYTES_MAX)
		return NULL;
	a = &s->authority[s->authority_n++];
	memcpy(a->name, name, strlen(name) + 1);
	a->policy = *policy;
	seat_lock(a, "the log has not been read yet");
	return a;
}

struct seat_authority *
seat_authority_find(struct seat *s, struct slice name)
{
	for (unsigned i = 0; i < s->authority_n; i++)
		if (slice_is(name, s->authority[i].name))
			return &s->authority[i];
	return NULL;
}

static bool
same_key(const struct vkey *a, const struct vkey *b)
{
	return slice_equal(a->name, b->name) &&
	    memcmp(a->key, b->key, sizeof a->key) == 0;
}

static uint32_t
trust_text_max(const uint8_t *text, size_t n)
{
	struct walk w;
	struct line l;

	if (walk_init(&w, text, n, "quorate/trust@v1", trust_rules,
		trust_rule_n, READER_HOST) != RC_OK ||
	    line_next_of(&w, TRUST_RULE_TEXT_MAX, &l) != RC_OK)
		return 0;
	return (uint32_t)l.number[0];
}

enum rc
seat_trust(struct seat *s, struct seat_authority *a, const uint8_t *text,
    size_t n)
{
	struct trust trust;
	enum rc rc = RC_TEXT_LONG;

	if (n <= sizeof a->trust_text)
		rc = trust_read(&trust, text, n, READER_HOST);
	if (rc == RC_OK && !slice_is(trust_name(&trust), a->name))
		rc = RC_AUTHORITY;
	if (rc != RC_OK)
		return rc;
	memmove(a->trust_text, text, n);
	rc = trust_read(&a->trust, a->trust_text, n, READER_HOST);
	assert(rc == RC_OK);
	a->known = true;
	a->text_max = trust_text_max(a->trust_text, n);
	if (a->role == SEAT_SHARER)
		return RC_OK;
	a->role = SEAT_NOBODY;
	for (unsigned i = 0; i < trust_count(&a->trust, LIST_SIGNERS); i++) {
		struct vkey k;

		trust_key(&k, &a->trust, LIST_SIGNERS, i);
		if (same_key(&k, &s->key))
			a->role = SEAT_PLAIN;
	}
	return RC_OK;
}

enum rc
seat_roster(struct seat *s, struct seat_authority *a, const uint8_t *text,
    size_t n)
{
	struct frost_key_share *share =
	    &s->secrets->share[authority_index(s, a)];
	enum rc rc = RC_TEXT_LONG;

	a->role = SEAT_NOBODY;
	a->roster_logged = false;
	if (n > sizeof a->roster_text)
		goto out;
	memmove(a->roster_text, text, n);
	rc = roster_parse(&a->roster, a->roster_text, n);
	if (rc != RC_OK)
		goto out;
	rc = RC_AUTHORITY;
	if (!slice_is(a->roster.authority, a->name))
		goto out;
	rc = roster_frost(&a->frost, &a->roster);
	if (rc == RC_OK)
		rc = frost_key_share_check(share, &a->frost);
	if (rc != RC_OK)
		goto out;
	rc = RC_ROSTER_MISMATCH;
	a->leaf = roster_leaf(&a->frost, &a->roster, &s->key);
	if (a->leaf == 0 || a->leaf != share->id)
		goto out;
	a->role = SEAT_SHARER;
	rc = RC_OK;
out:
	if (rc != RC_OK)
		sodium_memzero(share, sizeof *share);
	return rc;
}

/* All texts of a place, and the nonces made for them. */
static void
messages_drop(struct seat *s, unsigned authority, bool all)
{
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++) {
		struct seat_message *m = &s->message[i];

		if (m->text_n == 0 || m->authority != authority)
			continue;
		nonces_wipe(s, m);
		if (all)
			message_drop(s, m);
	}
}

struct seat_authority *
seat_next(struct seat *s, unsigned i, const struct seat_authority *of)
{
	struct seat_authority *a = &s->authority[SEAT_AUTHORITIES_MAX + i];
	enum rc rc;

	seat_next_drop(s, i);
	memcpy(a->name, of->name, sizeof a->name);
	a->policy = of->policy;
	if (of->known) {
		rc = seat_trust(s, a, of->trust_text, of->trust.page_n);
		assert(rc == RC_OK);
	}
	seat_lock(a, "its roster is not in the log");
	return a;
}

void
seat_next_drop(struct seat *s, unsigned i)
{
	unsigned place = SEAT_AUTHORITIES_MAX + i;

	messages_drop(s, place, true);
	sodium_memzero(
	    &s->secrets->share[place], sizeof s->secrets->share[place]);
	memset(&s->authority[place], 0, sizeof s->authority[place]);
}

enum rc
seat_next_use(struct seat *s, unsigned i, struct seat_authority *of)
{
	const struct seat_authority *a =
	    &s->authority[SEAT_AUTHORITIES_MAX + i];
	unsigned place = authority_index(s, of);
	enum rc rc;

	messages_drop(s, place, false);
	s->secrets->share[place] =
	    s->secrets->share[SEAT_AUTHORITIES_MAX + i];
	rc = seat_roster(s, of, a->roster_text, a->roster.text_n);
	seat_next_drop(s, i);
	return rc;
}

void
seat_share_drop(struct seat *s, struct seat_authority *of)
{
	unsigned place = authority_index(s, of);

	messages_drop(s, place, false);
	sodium_memzero(
	    &s->secrets->share[place], sizeof s->secrets->share[place]);
	if (of->role == SEAT_SHARER)
		of->role = SEAT_NOBODY;
	of->roster_logged = false;
}

/* The log has overtaken a text, or its authority's epoch has ended. */
static bool
overtaken(struct seat *s, const struct seat_authority *a,
    const struct seat_message *m)
{
	struct record_logged logged;
	const struct slice name = {
	    (const uint8_t *)a->name, strlen(a->name)};

	if (!is_release(m) && m->kind != MESSAGE_PURPOSE)
		return a->roster_logged;
	if (m->release.epoch != a->trust.epoch)
		return true;
	if (s->record.logged(s->record.context, &logged, name,
		a->trust.epoch, m->release.product) != RC_OK) {
		(void)broken(s);
		return true;
	}
	if (m->kind == MESSAGE_PURPOSE) /* it is logged, and stays good for */
		return logged.sequence > m->release.sequence; /* that long */
	return m->release.withdraw
	    ? logged.floor_known && logged.floor >= m->release.floor
	    : logged.sequence >= m->release.sequence;
}

void
seat_unlock(struct seat *s, struct seat_authority *a, const uint8_t *roster)
{
	unsigned index = authority_index(s, a);

	a->roster_logged = a->role == SEAT_SHARER && roster != NULL &&
	    memcmp(roster, a->roster.id, 32) == 0;
	a->caught_up = true;
	memset(a->why_locked, 0, sizeof a->why_locked);
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++) {
		struct seat_message *m = &s->message[i];

		if (m->text_n != 0 && m->authority == index &&
		    (m->state == SEAT_ASKED || m->state == SEAT_APPROVED) &&
		    overtaken(s, a, m)) {
			nonces_wipe(s, m);
			m->state = SEAT_CLOSED;
		}
	}
}

void
seat_lock(struct seat_authority *a, const char *why)
{
	struct text t;

	a->caught_up = false;
	text_init(&t, a->why_locked, sizeof a->why_locked);
	text_printf(&t, "%.*s", (int)sizeof a->why_locked - 1, why);
}
