/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person decides goes to the seat on the person's thread, and what
 * the seat says of it to the courier.
 */
#include "signer/serve_inner.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/file.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "signer/set.h"

bool
outgoing_open(struct outgoing *o)
{
	o->bytes = malloc(2 * ITEM_ROOM);
	if (o->bytes == NULL)
		return false;
	text_init(&o->notes, o->bytes, 2 * ITEM_ROOM);
	return true;
}

void
outgoing_send(struct outgoing *o, struct part *p)
{
	if (o->notes.n > 0 && p->courier != NULL)
		courier_post(p->courier, o->notes.p, o->notes.n);
	free(o->bytes);
}

void
fetch_unknown(struct signerd *d, const uint8_t id[static 32])
{
	bool known;

	signerd_enter(d);
	known = seat_find(d->seat, id) != NULL ||
	    cradle_find(d, id) != NULL || rehearsal_find(d, id) != NULL;
	signerd_leave(d);
	for (unsigned i = 0; !known && i < d->part_n; i++)
		if (d->part[i].courier != NULL)
			courier_fetch(d->part[i].courier);
}

bool
signerd_waits(void *context, const char *hex)
{
	struct signerd *d = context;
	const struct seat_message *m;
	const struct rehearsing *x;
	const struct cradle *c;
	uint8_t id[32];
	bool waits;

	if (!hex_decode(id, 32, hex, strlen(hex)))
		return false;
	signerd_enter(d);
	m = seat_find(d->seat, id);
	c = cradle_find(d, id);
	x = rehearsal_find(d, id);
	waits = (m != NULL && m->state == SEAT_ASKED &&
		    m->verdict.answer == JUDGE_ASK) ||
	    (c != NULL && c->b->state == BIRTH_OFFERED) ||
	    (x != NULL && x->r->b.state == BIRTH_OFFERED);
	for (unsigned i = 0; i < d->part_n; i++) /* an alarm, until calmed */
		waits |= d->part[i].alarms > 0 &&
		    memcmp(d->part[i].alarm, id, 32) == 0;
	signerd_leave(d);
	return waits;
}

/* A reason as a note's field may have it. */
static void
reason_trim(char out[static JUDGE_SENTENCE_MAX + 1], const char *reason)
{
	size_t n;

	reason += strspn(reason, " ");
	n = strlen(reason);
	n = n < JUDGE_SENTENCE_MAX ? n : JUDGE_SENTENCE_MAX;
	while (n > 0 && reason[n - 1] == ' ')
		n--;
	memcpy(out, reason, n);
	out[n] = '\0';
}

static struct part *
part_of(struct signerd *d, const uint8_t id[static 32])
{
	const struct seat_message *m = seat_find(d->seat, id);

	return m != NULL && m->authority < d->part_n ? &d->part[m->authority]
						     : NULL;
}

#define APPROVE_NAME_SPACE "quorate-approve"
_Static_assert(SSH_PRINCIPALS_MAX == RECORD_BY_MAX, "names go over whole");

/*
 * Who approves: by stays unless the operator names approvers, and then it
 * becomes the signer's name. text: what was signed.
 */
static enum rc
approver_of(struct signerd *d, char by[static RECORD_BY_MAX + 1],
    const uint8_t *shown, size_t shown_n, const uint8_t *text, size_t n)
{
	const struct ssh_signer *who = NULL;
	struct ssh_signers *signers;
	struct sshsig *sig;
	struct why why = {""};
	uint8_t *file = NULL;
	size_t file_n;
	enum rc rc;

	if (d->settings->approvers[0] == '\0')
		return shown_n == 0 ? RC_OK : RC_SENDER;
	if (shown_n == 0)
		return RC_SENDER;
	signers = malloc(sizeof *signers);
	sig = malloc(sizeof *sig);
	rc = signers == NULL || sig == NULL ? RC_MEMORY : RC_OK;
	if (rc == RC_OK)
		rc = file_read(&file, &file_n, d->settings->approvers,
		    SSH_SIGNERS_FILE_MAX, &why);
	if (rc == RC_OK)
		rc = ssh_signers_parse(signers, file, file_n, &why);
	if (rc != RC_OK)
		say(SAY_ERROR, "approvers: %s", why.text);
	if (rc == RC_OK)
		rc = sshsig_parse(sig, shown, shown_n, NULL);
	if (rc == RC_OK)
		rc = sshsig_verify(sig, APPROVE_NAME_SPACE, text, n);
	if (rc == RC_OK) {
		who = ssh_signers_find(
		    signers, &sig->key, APPROVE_NAME_SPACE, clock_unix());
		rc = who != NULL ? RC_OK : RC_SENDER;
	}
	if (rc == RC_OK)
		memcpy(by, who->principals, sizeof who->principals);
	free(file);
	free(sig);
	free(signers);
	return rc;
}

/* What a person says. */
struct word {
	bool yes;
	enum judge_code code;
	const char *reason, *by;
	const uint8_t *shown; /* a signature, n 0: none */
	size_t shown_n;
	const struct text *over; /* what it is over; NULL: the text itself */
};

/* A signature over a set is kept with the set's text behind it: without that
 * it would prove nothing later. */
static enum rc
say_yes(struct signerd *d, struct seat_out *said, struct seat_now *now,
    const uint8_t id[static 32], const char *by, const struct word *w)
{
	uint8_t *both;
	size_t n = w->shown_n;
	enum rc rc;

	if (n == 0 || w->over == NULL)
		return seat_yes(d->seat, said, now, id, by, w->shown, n);
	both = malloc(n + w->over->n);
	if (both == NULL)
		return RC_MEMORY;
	memcpy(both, w->shown, n);
	memcpy(both + n, w->over->p, w->over->n);
	rc = seat_yes(d->seat, said, now, id, by, both, n + w->over->n);
	free(both);
	return rc;
}

static enum rc
decide(struct signerd *d, struct text *out, const uint8_t id[static 32],
    const struct word *w)
{
	char by[RECORD_BY_MAX + 1];
	char trimmed[JUDGE_SENTENCE_MAX + 1];
	const struct seat_message *m;
	struct outgoing o;
	struct seat_out said;
	struct source_findings found;
	struct seat_now now;
	struct part *p;
	enum rc rc;

	signerd_enter(d);
	p = part_of(d, id);
	signerd_leave(d);
	if (p != NULL && w->yes)
		(void)!part_look(p); /* what it finds is judged below */
	if (!outgoing_open(&o))
		return RC_MEMORY;
	reason_trim(trimmed, w->reason);
	snprintf(by, sizeof by, "%s", w->by);
	said = (struct seat_out){.notes = &o.notes};
	signerd_enter(d);
	now_fill(&now);
	if (looker_found(d->looker, &found, id))
		now.sources = &found;
	m = seat_find(d->seat, id);
	if (!w->yes)
		rc = RC_OK;
	else if (m != NULL && w->over != NULL)
		rc = approver_of(d, by, w->shown, w->shown_n,
		    (const uint8_t *)w->over->p, w->over->n);
	else if (m != NULL)
		rc = approver_of(
		    d, by, w->shown, w->shown_n, m->text, m->text_n);
	else /* no text, so nothing that an approver could have signed */
		rc = d->settings->approvers[0] == '\0' ? RC_OK
							: RC_SEAT_UNKNOWN;
	if (rc == RC_OK)
		rc = w->yes ? say_yes(d, &said, &now, id, by, w)
			    : seat_no(d->seat, &said, &now, id, w->code,
				  trimmed, by);
	sodium_memzero(&now, sizeof now);
	p = part_of(d, id); /* it may have been fetched from the record */
	m = seat_find(d->seat, id);
	if (said.look) {
		if (m != NULL)
			looker_ask(d->looker, id, m->text, m->text_n);
		rc = RC_SOURCE;
	}
	if (rc == RC_OK && m != NULL)
		text_printf(out, "%s%s%s\n", seat_states[m->state],
		    m->state == SEAT_APPROVED ? "" : ": ",
		    m->state == SEAT_APPROVED ? "" : m->verdict.sentence);
	signerd_leave(d);
	if (p != NULL)
		outgoing_send(&o, p);
	else
		free(o.bytes);
	return rc;
}

enum rc
signerd_decide(struct signerd *d, struct text *out,
    const uint8_t id[static 32], bool yes, enum judge_code code,
    const char *reason, const char *by, const uint8_t *shown, size_t shown_n)
{
	const struct word w = {yes, code, reason, by, shown, shown_n, NULL};

	return decide(d, out, id, &w);
}

/* Every one of them waits for a person, now. */
static bool
set_waits(struct signerd *d, const uint8_t id[][32], unsigned n)
{
	bool all = true;

	signerd_enter(d);
	for (unsigned i = 0; i < n; i++) {
		const struct seat_message *m = seat_find(d->seat, id[i]);

		all = all && m != NULL && m->state == SEAT_ASKED;
	}
	signerd_leave(d);
	return all;
}

enum rc
signerd_approve_set(struct signerd *d, struct text *out, uint8_t id[][32],
    unsigned n, const char *by, const uint8_t *shown, size_t shown_n)
{
	char room[SET_TEXT_MAX], hex[65];
	struct text over;
	const struct word w = {true, JUDGE_NONE, "", by, shown, shown_n, &over};

	if (!set_sort(id, n))
		return RC_FIELD;
	text_init(&over, room, sizeof room);
	set_build(&over, (const uint8_t(*)[32])id, n);
	if (!set_waits(d, (const uint8_t(*)[32])id, n))
		return RC_SEAT_SET;
	for (unsigned i = 0; i < n; i++) {
		enum rc rc;

		hex_of(hex, id[i]);
		text_printf(out, "%s ", hex);
		rc = decide(d, out, id[i], &w);
		if (rc != RC_OK && i == 0) { /* a signature that is not good */
			out->n = 0;
			return rc;
		}
		if (rc != RC_OK)
			text_printf(out, "not: %s\n", rc_text(rc));
	}
	return RC_OK;
}

enum rc
signerd_freeze(struct signerd *d, bool frozen, const char *by)
{
	enum rc rc;

	signerd_enter(d);
	rc = seat_freeze(d->seat, frozen, by, clock_unix());
	signerd_leave(d);
	if (rc != RC_OK)
		return rc;
	say(SAY_WARNING, "%s by %s", frozen ? "frozen" : "unlocked", by);
	for (unsigned i = 0; !frozen && i < d->part_n; i++) {
		(void)!part_look(&d->part[i]);
		if (d->part[i].courier != NULL)
			courier_fetch(d->part[i].courier);
	}
	return RC_OK;
}
