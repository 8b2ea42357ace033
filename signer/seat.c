/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seat's events, and the table of its moves: which event is legal in which
 * state, for which kind of text, and which only once. What is not in the table
 * is refused; what an event says is durable, all of it, before it is said.
 */
#include "signer/seat.h"
#include <assert.h>
#include <sodium.h>
#include <string.h>
#include "host/sign.h"
#include "quorum/bundle.h"
#include "quorum/roster_frost.h"
#include "signer/seat_inner.h"

enum rc
seat_broken(struct seat *s)
{
	s->broken = true;
	seat_forget(s);
	return RC_DATABASE;
}

/* ---- the table ------------------------------------------------------ */

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
	    : seat_broken(s);
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
		rc = seat_broken(t->s);
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
		t->m = seat_text_place(s);
		if (t->m == NULL)
			return RC_SEAT_FULL;
		memcpy(t->m->id, id, sizeof id);
		memcpy(t->m->text, bytes, note.text_n);
		t->m->text_n = note.text_n;
		rc = seat_text_read(s, t->m);
		if (rc == RC_OK)
			rc = seat_text_stand(s, t->m, false);
	}
	if (rc == RC_OK && !is_release(t->m))
		rc = RC_KIND; /* of our birth: nobody proposes that */
	if (rc == RC_OK) {
		t->a = &s->authority[t->m->authority];
		if (t->m->proposer < 0)
			t->m->proposer =
			    judge_proposer_find(&t->a->policy, &note);
		rc = seat_text_locked(t->a) ? RC_SEAT_LOCKED
					    : move(t, SEAT_PROPOSAL);
	}
	/* Nothing was decided: it must be new when it comes again. */
	if (rc != RC_OK && t->m->state == SEAT_NONE)
		seat_text_drop(s, t->m);
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
		rc = seat_text_fetch(&t->m, t->s, package.message);
	if (rc != RC_OK)
		return rc;
	t->a = &t->s->authority[t->m->authority];
	t->package = &package;
	t->package_id = m.id;
	if ((is_release(t->m) || t->m->kind == MESSAGE_PURPOSE) &&
	    seat_text_locked(t->a))
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
	if (seat_text_locked(t->a))
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
		t->m = seat_text_place(s);
		if (t->m == NULL)
			return RC_SEAT_FULL;
		memcpy(t->m->id, r->ask.message, sizeof t->m->id);
		memcpy(t->m->text, r->release_note.bytes,
		    r->release_note.text_n);
		t->m->text_n = r->release_note.text_n;
		rc = seat_text_read(s, t->m);
		if (rc == RC_OK)
			rc = seat_text_stand(s, t->m, false);
	}
	if (rc == RC_OK)
		rc = move(t, SEAT_PURPOSE);
	if (rc != RC_OK && t->m->state == SEAT_NONE)
		seat_text_drop(s, t->m);
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
	enum rc rc = seat_text_fetch(&t->m, t->s, id);

	if (rc != RC_OK)
		return rc;
	t->a = &t->s->authority[t->m->authority];
	if (event == SEAT_YES && is_release(t->m) && seat_text_locked(t->a))
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
	m = seat_text_place(s);
	if (m == NULL)
		return RC_SEAT_FULL;
	memcpy(m->text, bytes, note.text_n);
	m->text_n = note.text_n;
	note_id(m->id, &note);
	rc = seat_text_read(s, m);
	if (rc == RC_OK) {
		t.m = m;
		t.a = &s->authority[m->authority];
		m->proposer = judge_proposer_find(&t.a->policy, &note);
		rc = seat_text_locked(t.a)
		    ? RC_SEAT_LOCKED
		    : turn_look(&e, &j, &logged, &t);
	}
	if (rc == RC_OK)
		judge_explain(rule, context, out, &t.a->policy, &e, &j,
		    &m->release, m->text, m->text_n);
	seat_text_drop(s, m);
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
		t->m = seat_text_place(s);
		if (t->m == NULL)
			return RC_SEAT_FULL;
		memcpy(t->m->id, id, sizeof id);
		memcpy(t->m->text, text, n);
		t->m->text_n = n;
		t->m->kind = kind;
		t->m->authority = authority_index(s, a);
		rc = seat_text_stand(s, t->m, false);
	}
	if (rc == RC_OK)
		rc = move(t, SEAT_BIRTH);
	if (rc != RC_OK && t->m->state == SEAT_NONE)
		seat_text_drop(s, t->m);
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
		return seat_broken(s);
	s->frozen = frozen;
	return RC_OK;
}
