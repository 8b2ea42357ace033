/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages are answered here, and requests for what a `sign` line allows. The
 * slot of the text is bound and the answer stored before a byte of it leaves;
 * nonces are wiped before that.
 */
#include "signer/seat_inner.h"
#include <assert.h>
#include <sodium.h>
#include <string.h>
#include "host/sign.h"
#include "quorum/bundle.h"
#include "quorum/roster_frost.h"

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
		return seat_broken(t->s);
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
enum rc
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
	return v.code == JUDGE_NONE ? turn_approve(t, &v, "purpose", line)
				    : turn_refuse(t, &v, "purpose", line);
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
	return turn_refuse(t, &v, "purpose", line);
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
	rc = turn_look(&e, &j, &logged, t);
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
	turn_evidence_line(line, t, &e, &j);
	return turn_refuse(t, &v, "policy", line);
}

/* The slot is another text's. */
static enum rc
refuse_bound(struct turn *t)
{
	struct verdict v = {.answer = JUDGE_REFUSE, .code = JUDGE_BOUND};

	memcpy(v.sentence, "the sequence is used for another text",
	    sizeof "the sequence is used for another text");
	return turn_refuse(t, &v, "policy", "-");
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
	turn_slot(&slot, t);
	rc = record->answer(record->context, &slot, t->m->id, t->package_id,
	    NULL, 0);
	if (rc == RC_CONFLICT)
		return refuse_bound(t);
	if (rc != RC_OK)
		return seat_broken(t->s);
	turn_say_line(t);
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
		rc = turn_commit(t);
		if (rc != RC_OK)
			return rc;
	}
	turn_say_commitment(t);
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
	turn_say_line(t);
	if (!nonces_of(t)->fresh && turn_commit(t) != RC_OK)
		return RC_OK; /* the share counts; the next is not owed */
	turn_say_commitment(t);
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
		return seat_broken(t->s);
	if (n != 0)
		return say_share(t, note, n);
	if (!k->fresh || memcmp(&ours->d, &k->commitment.d, 32) != 0 ||
	    memcmp(&ours->e, &k->commitment.e, 32) != 0)
		return recommit(t);
	rc = share_note(t, note, &n);
	if (rc != RC_OK)
		return rc;
	turn_slot(&slot, t);
	rc = record->answer(record->context, &slot, t->m->id, t->package_id,
	    (const uint8_t *)note, n);
	if (rc == RC_OK)
		rc = say_share(t, note, n);
	else if (rc == RC_CONFLICT)
		rc = refuse_bound(t);
	else
		rc = seat_broken(t->s);
	sodium_memzero(note, sizeof note); /* secret unless it was said */
	return rc;
}

enum rc
move_answer(struct turn *t)
{
	if (!t->package->has_roster)
		return t->a->role == SEAT_PLAIN ? answer_plain(t) : RC_OK;
	return t->a->role == SEAT_SHARER ? answer_share(t) : RC_OK;
}
