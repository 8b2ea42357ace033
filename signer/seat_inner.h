/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_SEAT_INNER_H
#define SIGNER_SEAT_INNER_H
/*
 * What the chapters of the seat share: seat.c has the table of moves and the
 * events, seat_decide.c the moves up to an approval, seat_answer.c those that
 * answer packages and requests, seat_text.c the texts in memory,
 * seat_authority.c what they are about. For nobody else.
 *
 * Each move does things in one order: look, decide, store, speak. Every exit
 * before "speak" leaves the notes as they were. What a move wrote into memory
 * before a failing store is either wiped nonces or nothing.
 */
#include <sodium.h>
#include "signer/seat.h"

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

static inline unsigned
message_index(const struct seat *s, const struct seat_message *m)
{
	return (unsigned)(m - s->message);
}

static inline unsigned
authority_index(const struct seat *s, const struct seat_authority *a)
{
	return (unsigned)(a - s->authority);
}

static inline struct frost_nonces *
nonces_of(const struct turn *t)
{
	return &t->s->secrets->nonces[message_index(t->s, t->m)];
}

static inline const struct frost_key_share *
share_of(const struct turn *t)
{
	return &t->s->secrets->share[authority_index(t->s, t->a)];
}

static inline void
nonces_wipe(struct seat *s, const struct seat_message *m)
{
	struct frost_nonces *k = &s->secrets->nonces[message_index(s, m)];

	sodium_memzero(k, sizeof *k);
}

static inline bool
is_release(const struct seat_message *m)
{
	return m->kind == MESSAGE_RELEASE || m->kind == MESSAGE_WITHDRAW;
}

/* What the decision rests on, for the record: one line, then what was found
 * at the sources. */
enum { EVIDENCE_MAX = 400 + SOURCE_FINDINGS_MAX };

/* The record failed: what it holds is not known, so nothing is said. */
enum rc seat_broken(struct seat *s);

/* ---- seat_decide.c ---------------------------------------------------- */

/* What is known about the text now. RC_OK, RC_DATABASE. */
enum rc turn_look(struct judge_evidence *e, struct judge_record *j,
    struct record_logged *logged, const struct turn *t);
void turn_evidence_line(char out[static EVIDENCE_MAX], const struct turn *t,
    const struct judge_evidence *e, const struct judge_record *j);
void turn_slot(struct record_slot *out, const struct turn *t);
/* Decide, store, speak. */
enum rc turn_approve(struct turn *t, const struct verdict *v, const char *by,
    const char *evidence);
enum rc turn_refuse(struct turn *t, const struct verdict *v, const char *by,
    const char *evidence);
enum rc turn_commit(const struct turn *t);
/* Speak: what is durable by now. */
void turn_say_line(const struct turn *t);
void turn_say_commitment(const struct turn *t);

enum rc move_judge(struct turn *t);
enum rc move_adopt(struct turn *t);
enum rc move_wait(struct turn *t);
enum rc move_yes(struct turn *t);
enum rc move_no(struct turn *t);
enum rc move_repeat(struct turn *t);
enum rc move_repeat_refusal(struct turn *t);
enum rc move_nothing(struct turn *t);

/* ---- seat_answer.c ---------------------------------------------------- */

enum rc move_answer(struct turn *t);
enum rc move_purpose(struct turn *t);

/* ---- seat_text.c ------------------------------------------------------ */

void seat_text_drop(struct seat *s, struct seat_message *m);
enum rc seat_text_fetch(struct seat_message **out, struct seat *s,
    const uint8_t id[static 32]);
struct seat_message *seat_text_place(struct seat *s);
enum rc seat_text_read(struct seat *s, struct seat_message *m);
enum rc seat_text_stand(struct seat *s, struct seat_message *m, bool load);
bool seat_text_locked(const struct seat_authority *a);
#endif
