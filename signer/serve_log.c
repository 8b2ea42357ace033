/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logs are read without the lock; what they say is taken in within it,
 * and only then is the authority unlocked.
 */
#include "signer/serve_inner.h"
#include <stdlib.h>
#include <string.h>
#include "host/rc_text.h"
#include "host/say.h"

/* What was read goes to the seat. Within the lock. */
static enum rc
part_take(struct part *p)
{
	const struct explain *x = evidence_state(p->evidence);
	struct seat_authority *a = p->seat;
	const struct roster *roster = NULL;
	enum rc rc = RC_OK;

	if (!a->known || memcmp(a->trust.id, x->trust.id, 32) != 0)
		rc = seat_trust(p->d->seat, a, x->trust_text, x->trust_n);
	if (rc != RC_OK) {
		seat_lock(a, "the trust text in force cannot be used");
		return rc;
	}
	rc = next_take(p, x);
	if (rc != RC_OK) {
		seat_lock(a, "the new share cannot be put in place");
		return rc;
	}
	if (a->role == SEAT_SHARER)
		roster = explain_roster_of(x, a->roster.key.key);
	rc = store_restored_based(
	    p->d->record, p->settings->name, a->trust.epoch);
	if (rc != RC_OK) {
		seat_lock(a, "the record cannot be written");
		return rc;
	}
	if (part_alarmed(p))
		return RC_SEAT_LOCKED;
	seat_unlock(p->d->seat, a, roster != NULL ? roster->id : NULL);
	return RC_OK;
}

/* An authority that was born in this run: its logs can be read from now on. */
static enum rc
part_born(struct part *p)
{
	uint8_t *text = malloc(NOTE_BYTES_MAX);
	size_t n = 0;
	enum rc rc;

	if (text == NULL)
		return RC_MEMORY;
	signerd_enter(p->d);
	if (p->seat->known) {
		n = p->seat->trust.page_n;
		memcpy(text, p->seat->trust_text, n);
	}
	signerd_leave(p->d);
	rc = n > 0 ? evidence_begin(p->evidence, text, n) : RC_OK;
	free(text);
	return rc;
}

enum rc
part_look(struct part *p)
{
	struct why why = {""};
	bool news, was_locked;
	enum rc rc = RC_OK;

	pthread_mutex_lock(&p->reading);
	if (!evidence_state(p->evidence)->known)
		rc = part_born(p);
	if (rc == RC_OK)
		rc = evidence_read(p->evidence, clock_unix(), &news, &why);
	p->looked = clock_unix();
	signerd_enter(p->d);
	if (rc == RC_OK) {
		was_locked = !p->seat->caught_up;
		rc = part_take(p);
		if (rc == RC_OK && was_locked)
			say(SAY_INFO, "%s: the log has been read",
			    p->settings->name);
	} else {
		if (strcmp(p->seat->why_locked, why.text) != 0 &&
		    rc != RC_STATE)
			say(SAY_WARNING, "%s: locked: %s", p->settings->name,
			    why.text);
		seat_lock(p->seat, why.text);
		(void)part_alarmed(p); /* a fork is one */
	}
	signerd_leave(p->d);
	pthread_mutex_unlock(&p->reading);
	return rc;
}
