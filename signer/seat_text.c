/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts in memory: SEAT_MESSAGES_MAX of them, the longest untouched one
 * makes room; what was decided about one is read from the record again.
 */
#include "signer/seat_inner.h"
#include <assert.h>
#include <sodium.h>
#include <string.h>
#include "host/sign.h"
#include "quorum/bundle.h"
#include "quorum/roster_frost.h"

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
struct seat_message *
seat_text_place(struct seat *s)
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

void
seat_text_drop(struct seat *s, struct seat_message *m)
{
	nonces_wipe(s, m);
	memset(m, 0, sizeof *m);
}

/* m->text is set: find out what it is and whose. */
enum rc
seat_text_read(struct seat *s, struct seat_message *m)
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
enum rc
seat_text_stand(struct seat *s, struct seat_message *m, bool load)
{
	struct record_standing was;
	uint8_t none[1];
	enum rc rc;

	rc = s->record.standing(s->record.context, &was,
	    load ? m->text : none, load ? sizeof m->text : 0, m->id);
	if (rc != RC_OK)
		return seat_broken(s);
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
enum rc
seat_text_fetch(struct seat_message **out, struct seat *s,
    const uint8_t id[static 32])
{
	struct seat_message *m = (struct seat_message *)seat_find(s, id);
	enum rc rc;

	*out = m;
	if (m != NULL)
		return RC_OK;
	m = seat_text_place(s);
	if (m == NULL)
		return RC_SEAT_FULL;
	memcpy(m->id, id, 32);
	rc = seat_text_stand(s, m, true);
	if (rc == RC_OK && (m->text_n == 0 || m->state == SEAT_NONE))
		rc = RC_SEAT_UNKNOWN;
	if (rc == RC_OK)
		rc = seat_text_read(s, m);
	if (rc != RC_OK) {
		seat_text_drop(s, m);
		return rc;
	}
	*out = m;
	return RC_OK;
}

/* Whether releases of the authority may be touched at all. */
bool
seat_text_locked(const struct seat_authority *a)
{
	return !a->known || !a->caught_up || a->role == SEAT_NOBODY ||
	    (a->role == SEAT_SHARER && !a->roster_logged);
}
