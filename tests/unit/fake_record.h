/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct record in memory. It can be told to fail at any write, before or
 * after the write took place, and counts what it keeps.
 */
#ifndef TESTS_UNIT_FAKE_RECORD_H
#define TESTS_UNIT_FAKE_RECORD_H
#include <check.h>
#include <stdio.h>
#include <string.h>
#include "signer/seat.h"

enum { FAKE_DECISIONS = 80, FAKE_SLOTS = 16, FAKE_NOTES = 32 };

struct fake {
	struct record_decision decision[FAKE_DECISIONS];
	unsigned decision_n;
	uint8_t text[FAKE_DECISIONS][4096];
	struct {
		struct record_slot slot;
		char authority[129];
		uint8_t message[32];
	} slot[FAKE_SLOTS];
	unsigned slot_n;
	struct {
		uint8_t message[32], package[32];
		uint8_t note[RECORD_SHARE_MAX];
		size_t n;
	} note[FAKE_NOTES];
	unsigned note_n;
	struct {
		uint8_t message[32];
		char by[64];
	} assent[FAKE_SLOTS];
	unsigned assent_n;
	struct record_logged logged;
	bool frozen;
	unsigned writes;   /* so far */
	unsigned fail_at;  /* the write that fails, counting from 1; 0 never */
	bool after;	   /* it took place all the same */
	bool reads_fail;
	bool in_event;
	unsigned noted[RECORD_OBJECTION + 1];
};

/* Whether this write is to be done, and what it says. */
static inline bool
fake_write(struct fake *f, enum rc *rc)
{
	f->writes++;
	*rc = f->writes == f->fail_at ? RC_DATABASE : RC_OK;
	return *rc == RC_OK || f->after;
}

static inline enum rc
fake_decide(void *context, const struct record_decision *d)
{
	struct fake *f = context;
	enum rc rc;

	if (fake_write(f, &rc)) {
		ck_assert_uint_lt(f->decision_n, FAKE_DECISIONS);
		ck_assert_uint_gt(strlen(d->by), 0);
		ck_assert_uint_gt(strlen(d->sentence), 0);
		ck_assert_uint_gt(strlen(d->evidence), 0);
		ck_assert_uint_le(d->text_n, sizeof f->text[0]);
		memcpy(f->text[f->decision_n], d->text, d->text_n);
		f->decision[f->decision_n++] = *d;
	}
	return rc;
}

static inline enum rc
fake_standing(void *context, struct record_standing *out, uint8_t *text,
    size_t cap, const uint8_t message[static 32])
{
	struct fake *f = context;

	memset(out, 0, sizeof *out);
	for (unsigned i = 0; i < f->decision_n; i++)
		if (memcmp(f->decision[i].message, message, 32) == 0) {
			out->verb = f->decision[i].verb;
			out->code = f->decision[i].code;
			out->text_n = f->decision[i].text_n;
			strcpy(out->sentence, "stands");
			if (cap >= out->text_n)
				memcpy(text, f->text[i], out->text_n);
		}
	return f->reads_fail ? RC_DATABASE : RC_OK;
}

static inline int
fake_find(const struct fake *f, const struct record_slot *slot)
{
	for (unsigned i = 0; i < f->slot_n; i++)
		if (f->slot[i].slot.epoch == slot->epoch &&
		    f->slot[i].slot.number == slot->number &&
		    strcmp(f->slot[i].slot.slot, slot->slot) == 0 &&
		    slice_is(slot->authority, f->slot[i].authority))
			return (int)i;
	return -1;
}

static inline enum rc
fake_bound(void *context, bool *bound, uint8_t message[static 32],
    const struct record_slot *slot)
{
	struct fake *f = context;
	int i = fake_find(f, slot);

	*bound = i >= 0;
	if (i >= 0)
		memcpy(message, f->slot[i].message, 32);
	return f->reads_fail ? RC_DATABASE : RC_OK;
}

static inline enum rc
fake_answer(void *context, const struct record_slot *slot,
    const uint8_t message[static 32], const uint8_t package[static 32],
    const uint8_t *note, size_t note_n)
{
	struct fake *f = context;
	int i = fake_find(f, slot);
	enum rc rc;

	if (slot->slot[0] != '\0' && i >= 0 &&
	    memcmp(f->slot[i].message, message, 32) != 0)
		return RC_CONFLICT;
	if (!fake_write(f, &rc))
		return rc;
	if (slot->slot[0] != '\0' && i < 0) {
		ck_assert_uint_lt(f->slot_n, FAKE_SLOTS);
		f->slot[f->slot_n].slot = *slot;
		snprintf(f->slot[f->slot_n].authority, 129, "%.*s",
		    (int)slot->authority.n, (const char *)slot->authority.p);
		memcpy(f->slot[f->slot_n++].message, message, 32);
	}
	if (note_n != 0) {
		ck_assert_uint_lt(f->note_n, FAKE_NOTES);
		memcpy(f->note[f->note_n].message, message, 32);
		memcpy(f->note[f->note_n].package, package, 32);
		memcpy(f->note[f->note_n].note, note, note_n);
		f->note[f->note_n++].n = note_n;
	}
	return rc;
}

static inline enum rc
fake_answered(void *context, uint8_t note[static RECORD_SHARE_MAX], size_t *n,
    const uint8_t message[static 32], const uint8_t package[static 32])
{
	struct fake *f = context;

	*n = 0;
	for (unsigned i = 0; i < f->note_n; i++)
		if (memcmp(f->note[i].message, message, 32) == 0 &&
		    memcmp(f->note[i].package, package, 32) == 0) {
			*n = f->note[i].n;
			memcpy(note, f->note[i].note, *n);
		}
	return f->reads_fail ? RC_DATABASE : RC_OK;
}

static inline enum rc
fake_logged(void *context, struct record_logged *out, struct slice authority,
    uint32_t epoch, struct slice product)
{
	struct fake *f = context;

	(void)authority;
	(void)epoch;
	(void)product;
	*out = f->logged;
	return f->reads_fail ? RC_DATABASE : RC_OK;
}

static inline enum rc
fake_freeze(void *context, bool frozen, const char *by, uint64_t at)
{
	struct fake *f = context;
	enum rc rc;

	(void)by;
	(void)at;
	if (fake_write(f, &rc))
		f->frozen = frozen;
	return rc;
}

static inline enum rc
fake_assent(void *context, const uint8_t message[static 32], const char *by,
    const void *shown, size_t n, uint64_t at)
{
	struct fake *f = context;
	enum rc rc;

	(void)shown;
	(void)n;
	(void)at;
	for (unsigned i = 0; i < f->assent_n; i++)
		if (memcmp(f->assent[i].message, message, 32) == 0 &&
		    strcmp(f->assent[i].by, by) == 0)
			return RC_OK;
	if (fake_write(f, &rc)) {
		ck_assert_uint_lt(f->assent_n, FAKE_SLOTS);
		memcpy(f->assent[f->assent_n].message, message, 32);
		snprintf(f->assent[f->assent_n].by,
		    sizeof f->assent[0].by, "%s", by);
		f->assent_n++;
	}
	return rc;
}

static inline enum rc
fake_waiting(void *context, struct record_waiting *out,
    const uint8_t message[static 32], uint64_t now)
{
	struct fake *f = context;

	memset(out, 0, sizeof *out);
	for (unsigned i = 0; i < f->decision_n; i++) {
		const struct record_decision *d = &f->decision[i];
		bool same = memcmp(d->message, message, 32) == 0;

		if (same && out->first_seen == 0)
			out->first_seen = d->at;
		out->approved_day += !same && d->verb == RECORD_APPROVE &&
		    d->at + 86400 > now;
	}
	for (unsigned i = 0; i < f->assent_n; i++)
		out->assents +=
		    memcmp(f->assent[i].message, message, 32) == 0;
	return f->reads_fail ? RC_DATABASE : RC_OK;
}

/* An event is one step: all that it kept is kept at its end, or nothing. */
static struct fake before_event;

static inline enum rc
fake_begin(void *context, uint64_t at)
{
	struct fake *f = context;

	(void)at;
	ck_assert(!f->in_event);
	f->in_event = true;
	before_event = *f;
	return RC_OK;
}

static inline enum rc
fake_end(void *context, bool keep)
{
	struct fake *f = context;
	unsigned writes;
	enum rc rc = RC_OK;

	ck_assert(f->in_event);
	if (!keep || !fake_write(f, &rc)) {
		writes = f->writes;
		*f = before_event;
		f->writes = writes;
	}
	f->in_event = false;
	return rc;
}

static inline enum rc
fake_note(void *context, enum record_note what,
    const uint8_t message[static 32], const void *note, size_t n)
{
	struct fake *f = context;
	enum rc rc;

	(void)message;
	(void)note;
	ck_assert(f->in_event);
	ck_assert_uint_gt(n, 0);
	if (fake_write(f, &rc))
		f->noted[what]++;
	return rc;
}

static const struct record fake_ops = {.begin = fake_begin,
    .end = fake_end,
    .note = fake_note,
    .decide = fake_decide,
    .assent = fake_assent,
    .waiting = fake_waiting,
    .standing = fake_standing,
    .bound = fake_bound,
    .answer = fake_answer,
    .answered = fake_answered,
    .logged = fake_logged,
    .freeze = fake_freeze};
#endif
