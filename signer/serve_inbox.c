/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An inbox comes in on a courier's thread: if it holds a proposal the logs
 * are read first, without the lock; then, under the lock and with the
 * secrets shown, each item goes to the seat or to its ceremony; what they
 * say goes back to the courier.
 */
#include "signer/serve_inner.h"
#include <string.h>
#include "host/rc_text.h"
#include "host/say.h"

/*
 * Every party is a monitor: it looks at the log when nothing asks it to, too.
 * And often while a ceremony is under way: whoever missed its end (killed,
 * away) learns from the log that its share is history.
 */
enum { LOOK_S = 60, CEREMONY_S = 86400 };

void
matter_notify(struct part *p, const char *kind, const uint8_t id[static 32],
    struct slice product, uint32_t sequence)
{
	struct notify_matter m = {.sequence = sequence};

	hex_of(m.id, id);
	memcpy(m.kind, kind, strlen(kind));
	memcpy(m.authority, p->settings->name, strlen(p->settings->name));
	memcpy(m.product, product.p, product.n);
	notify_person(p->d->notify, &m);
}

static void
say_verdict(const struct part *p, const struct seat_out *out,
    const struct message *m)
{
	static const char *const answers[] = {[JUDGE_APPROVE] = "approved",
	    [JUDGE_REFUSE] = "refused",
	    [JUDGE_ASK] = "for a person",
	    [JUDGE_LOOK] = "to be looked at",
	    [JUDGE_LATER] = "not yet"};
	char id[65];

	if (out->verdict.answer == 0)
		return;
	hex_of(id, m->id);
	say(SAY_INFO, "%s: %s: %s: %s", p->settings->name, id,
	    answers[out->verdict.answer], out->verdict.sentence);
}

/*
 * A text that nobody signed whom this party knows is not looked at further, and
 * its operator is told: so often and no more, since a coordinator can make up
 * as many as it likes.
 */
enum { STRANGERS_MAX = 128, STRANGERS_S = 3600 };

static bool
is_too_strange(struct part *p, const struct message *m)
{
	uint64_t now = clock_unix();
	struct note note;

	if (seat_find(p->d->seat, m->id) != NULL ||
	    note_split(&note, m->whole.p, m->whole.n) != RC_OK ||
	    judge_proposer_find(&p->seat->policy, &note) >= 0)
		return false;
	if (now >= p->strangers_since + STRANGERS_S ||
	    now < p->strangers_since) {
		p->strangers_since = now;
		p->strangers = 0;
	}
	if (p->strangers == STRANGERS_MAX)
		say(SAY_WARNING, "%s: the coordinator offers what nobody "
				 "signed who is known here: no more of it is "
				 "looked at for an hour", p->settings->name);
	return p->strangers++ >= STRANGERS_MAX;
}

static enum rc
take_release(struct part *p, const struct message *m, struct text *notes)
{
	struct seat_out out = {.notes = notes};
	struct source_findings found;
	struct seat_now now;
	const struct seat_message *s;
	enum rc rc;

	if (is_too_strange(p, m))
		return RC_SENDER;
	now_fill(&now);
	if (looker_found(p->d->looker, &found, m->id))
		now.sources = &found;
	rc = seat_proposal(p->d->seat, &out, &now, m->whole.p, m->whole.n);
	sodium_memzero(&now, sizeof now);
	if (out.look) { /* on_looked asks for it again */
		looker_ask(p->d->looker, m->id, m->text.p, m->text.n);
		return RC_OK;
	}
	say_verdict(p, &out, m);
	s = seat_find(p->d->seat, m->id);
	if (out.person && s != NULL)
		matter_notify(p,
		    s->kind == MESSAGE_WITHDRAW ? "withdraw" : "release",
		    s->id, s->release.product, s->release.sequence);
	return rc;
}

static enum rc
take_package(struct part *p, const struct message *m, struct text *notes)
{
	struct seat_out out = {.notes = notes};
	struct seat_now now;
	enum rc rc;

	if (take_rehearsal_package(&rc, p, m, notes))
		return rc;
	now_fill(&now);
	rc = seat_package(p->d->seat, &out, &now, m->whole.p, m->whole.n);
	sodium_memzero(&now, sizeof now);
	return rc;
}

/* A request for what a `sign` line allows, and its release file behind it. */
static enum rc
take_purpose(struct part *p, struct bundle *b, struct text *notes)
{
	struct seat_out out = {.notes = notes};
	struct purpose_request r;
	struct seat_now now;
	char id[65];
	enum rc rc = purpose_take(&r, b);

	if (rc != RC_OK)
		return rc;
	now_fill(&now);
	rc = seat_purpose(p->d->seat, &out, &now, &r);
	sodium_memzero(&now, sizeof now);
	hex_of(id, r.ask.release);
	say(rc == RC_OK ? SAY_INFO : SAY_WARNING,
	    "%s: %s: %.*s for component %.*s: %s", p->settings->name, id,
	    (int)r.ask.purpose.n, (const char *)r.ask.purpose.p,
	    (int)r.ask.component.n, (const char *)r.ask.component.p,
	    rc == RC_OK ? "its file is good" : rc_text(rc));
	return rc;
}

static enum rc
take_item(struct part *p, struct bundle *b, struct text *notes)
{
	struct bundle at = *b;
	struct bundle_item item;
	struct message m;
	enum rc rc = bundle_next(b, &item);

	if (rc == RC_OK)
		rc = message_open(&m, item.whole.p, item.whole.n);
	if (rc != RC_OK)
		return rc;
	switch (m.kind) {
	case MESSAGE_RELEASE:
	case MESSAGE_WITHDRAW:
		return take_release(p, &m, notes);
	case MESSAGE_PACKAGE:
		return take_package(p, &m, notes);
	case MESSAGE_PURPOSE:
		*b = at;
		return take_purpose(p, b, notes);
	case MESSAGE_DRAFT:
		*b = at;
		return take_draft(p, b, notes);
	case MESSAGE_REHEARSAL:
		*b = at;
		return take_rehearsal(p, b, notes);
	case MESSAGE_ACCEPT:
	case MESSAGE_DEAL:
	case MESSAGE_RESHARE:
	case MESSAGE_CHOICE:
	case MESSAGE_CONFIRM:
	case MESSAGE_COMPLAINT:
		return take_ceremony_note(p, &m, notes);
	default:
		return RC_KIND;
	}
}

/* Whether something in there has to be judged. */
static bool
has_proposal(const uint8_t *bytes, size_t n)
{
	struct bundle_item item;
	struct bundle b;

	if (bundle_init(&b, bytes, n) != RC_OK)
		return false;
	while (bundle_next(&b, &item) == RC_OK) {
		enum message_kind kind =
		    message_kind_of(item.text.p, item.text.n);

		if (kind == MESSAGE_RELEASE || kind == MESSAGE_WITHDRAW)
			return true;
	}
	return false;
}

static bool
part_waits(struct part *p)
{
	uint64_t now = clock_unix();
	bool waits, open = false;

	signerd_enter(p->d);
	waits = next_waits(p) ||
	    (p->seat->known &&
		store_ceremony_open(p->d->record, &open, p->settings->name,
		    now > CEREMONY_S ? now - CEREMONY_S : 0) == RC_OK &&
		open);
	signerd_leave(p->d);
	return waits;
}

bool
part_inbox(void *context, const uint8_t *bytes, size_t n, struct text *notes)
{
	struct part *p = context;
	struct bundle b;
	bool all = true;

	if (has_proposal(bytes, n) || part_waits(p))
		(void)!part_look(p);
	if (bundle_init(&b, bytes, n) != RC_OK)
		return true;
	signerd_enter(p->d);
	while (b.at < b.end) {
		const uint8_t *at = b.at;
		enum rc rc;

		if (notes->cap - notes->n < ITEM_ROOM) {
			all = false;
			break;
		}
		rc = take_item(p, &b, notes);
		if ((rc == RC_SEAT_LOCKED && !p->d->seat->frozen) ||
		    rc == RC_SEAT_FULL || rc == RC_MORE)
			all = false; /* it will be asked for again */
		else if (rc != RC_OK)
			say(SAY_DEBUG, "%s: inbox: %s", p->settings->name,
			    rc_text(rc));
		if (b.at == at)
			break; /* not a bundle any more */
	}
	signerd_leave(p->d);
	return all;
}

unsigned
part_poll(void *context, struct text *note, const char *after)
{
	struct part *p = context;
	const struct seat *s = p->d->seat;
	struct message_poll poll;
	unsigned wait_s = COURIER_WAIT_S;

	if (part_waits(p)) { /* the sooner an old share is gone the better */
		wait_s = COURIER_SOON_S;
		(void)!part_look(p);
	} else if (clock_unix() >= p->looked + LOOK_S) {
		(void)!part_look(p);
	}
	signerd_enter(p->d);
	rehearsals_sweep(p->d);
	memset(&poll, 0, sizeof poll);
	poll.authority = slice_of(p->settings->name);
	poll.epoch = p->seat->known ? p->seat->trust.epoch : 1;
	memcpy(poll.boot, s->boot, sizeof poll.boot);
	poll.time = clock_unix();
	poll.after = slice_of(after);
	poll_build(note, &poll);
	message_sign(note, &s->key, vault_secrets(p->d->vault)->seat.seed);
	signerd_leave(p->d);
	return wait_s;
}
