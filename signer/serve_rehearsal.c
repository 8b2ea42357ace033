/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rehearsals in memory, over signer/rehearsal.h. Invariant: neither record
 * nor vault is written here, and of the seat only its key, its names and what
 * it knows to be in force are read. The rest is forgotten at the deadline,
 * when another takes the place, and with the process.
 */
#include "signer/serve_inner.h"
#include <stdlib.h>
#include <string.h>
#include "host/rc_text.h"
#include "host/say.h"

struct rehearsing *
rehearsal_find(struct signerd *d, const uint8_t id[static 32])
{
	for (unsigned i = 0; i < REHEARSALS_MAX; i++)
		if (d->rehearsing[i].part != NULL &&
		    memcmp(d->rehearsing[i].r->b.bundle.ceremony.id, id, 32) ==
			0)
			return &d->rehearsing[i];
	return NULL;
}

static const uint8_t *
identity(const struct signerd *d)
{
	return vault_secrets(d->vault)->seat.seed;
}

void
rehearsal_forget(struct rehearsing *x)
{
	if (x->part != NULL)
		rehearsal_wipe(x->r);
	free(x->r);
	free(x->bytes);
	memset(x, 0, sizeof *x);
}

void
rehearsals_sweep(struct signerd *d)
{
	uint64_t now = clock_unix();

	for (unsigned i = 0; i < REHEARSALS_MAX; i++)
		if (d->rehearsing[i].part != NULL &&
		    d->rehearsing[i].r->b.bundle.ceremony.deadline < now)
			rehearsal_forget(&d->rehearsing[i]);
}

/*
 * A free place; or that of the oldest that we do not take part in (any more);
 * or of one whose signatures are all that may be wanted of us still: nobody
 * says when they are made. NULL: we are in the middle of as many as may be.
 */
static struct rehearsing *
place(struct signerd *d)
{
	struct rehearsing *best = NULL;
	bool best_done = false;

	for (unsigned i = 0; i < REHEARSALS_MAX; i++) {
		struct rehearsing *x = &d->rehearsing[i];
		bool done = x->part != NULL && x->r->b.state == BIRTH_DONE;

		if (x->part == NULL)
			return x;
		if (x->r->b.state >= BIRTH_JOINED && x->r->b.state < BIRTH_DONE)
			continue;
		if (best == NULL || (best_done && !done) ||
		    (best_done == done && x->touched < best->touched)) {
			best = x;
			best_done = done;
		}
	}
	return best;
}

/* Lay it into a place: offered, nothing said. */
static enum rc
lay(struct rehearsing **out, struct part *p, struct slice whole)
{
	struct signerd *d = p->d;
	struct rehearsing *x = place(d);
	uint8_t boot[FROST_BOOT_ID_BYTES];
	enum rc rc = RC_MEMORY;

	*out = NULL;
	if (x == NULL) /* not RC_SEAT_FULL: no poll waits for it */
		return RC_LIMIT;
	rehearsal_forget(x);
	x->r = calloc(1, sizeof *x->r);
	x->bytes = malloc(whole.n);
	if (x->r != NULL && x->bytes != NULL) {
		x->part = p;
		x->touched = ++d->count;
		memcpy(x->bytes, whole.p, whole.n);
		randombytes_buf(boot, sizeof boot);
		rc = rehearsal_offer(x->r,
		    &d->rehearsal_secrets[x - d->rehearsing], &d->seat->key,
		    boot, x->bytes, whole.n);
	}
	if (rc == RC_OK &&
	    !slice_is(x->r->b.bundle.ceremony.authority, p->settings->name))
		rc = RC_AUTHORITY;
	if (rc != RC_OK)
		rehearsal_forget(x);
	else
		*out = x;
	return rc;
}

/*
 * Would this party have a part in the ceremony itself? What serve_ceremony.c
 * asks of the logs is asked here of what the seat knows of them, since nothing
 * hangs on it. *holds: our share of the roster before is in force.
 */
static enum rc
is_due(const struct rehearsing *x, bool *holds)
{
	const struct ceremony_bundle *b = &x->r->b.bundle;
	const struct seat_authority *a = x->part->seat;
	bool sharer = a->role == SEAT_SHARER;
	struct ceremony_hop hop;

	*holds = false;
	if (b->ceremony.deadline <= clock_unix())
		return RC_CEREMONY;
	ceremony_hop(&hop, b);
	if (hop.is_hop)
		return a->known && memcmp(a->trust.id, hop.before, 32) == 0 &&
			hop.revision == a->trust.revision + 1
		    ? RC_OK
		    : RC_PREVIOUS;
	if (!b->ceremony.reshare)
		return sharer ? RC_SEAT_STATE : RC_OK;
	*holds = sharer && x->r->b.holder != 0 &&
	    memcmp(a->roster.id, b->ceremony.before, 32) == 0;
	/* a newcomer has no share to know it by */
	return *holds || !sharer ? RC_OK : RC_ROSTER_MISMATCH;
}

/* code NULL: the configuration says yes to all of them. */
static enum rc
join(struct rehearsing *x, struct text *notes, const char *code)
{
	uint8_t dkg[BIRTH_DKG_BYTES];
	bool holds;
	enum rc rc = x->r->b.state == BIRTH_OFFERED ? is_due(x, &holds)
						    : RC_SEAT_STATE;

	if (rc == RC_OK && x->part->d->seat->frozen)
		rc = RC_SEAT_LOCKED;
	if (rc != RC_OK)
		return rc;
	randombytes_buf(dkg, sizeof dkg);
	rc = rehearsal_join(
	    x->r, notes, code, holds, dkg, identity(x->part->d));
	sodium_memzero(dkg, sizeof dkg);
	return rc;
}

static void
say_moved(const struct rehearsing *x, enum birth_state was)
{
	const char *name = x->part->settings->name;

	if (x->r->b.state == BIRTH_DONE && was != BIRTH_DONE)
		say(SAY_INFO, "%s: rehearsal: the ceremony went well, its "
			      "signatures follow; nothing was kept", name);
	if (x->r->b.state == BIRTH_DEAD && was != BIRTH_DEAD)
		say(SAY_WARNING, "%s: rehearsal: it failed: %s", name,
		    x->r->b.why);
}

enum rc
take_rehearsal(struct part *p, struct bundle *b, struct text *notes)
{
	struct signerd *d = p->d;
	struct ceremony_bundle *open = malloc(sizeof *open);
	uint8_t random[REHEARSAL_RANDOM];
	struct rehearsing *x;
	enum rc rc = RC_MEMORY;

	if (open == NULL)
		return rc;
	rc = ceremony_open_next(open, b);
	if (rc == RC_OK && !open->ceremony.rehearsal)
		rc = RC_CEREMONY;
	if (rc != RC_OK || open->ceremony.deadline <= clock_unix())
		goto out;
	x = rehearsal_find(d, open->ceremony.id);
	if (x != NULL) {
		randombytes_buf(random, sizeof random);
		rehearsal_repeat(x->r, notes, identity(d), random);
		goto out;
	}
	rc = lay(&x, p, open->whole);
	if (rc != RC_OK)
		goto out;
	if (d->settings->rehearsals == REHEARSALS_NO)
		rehearsal_decline(x->r, notes, identity(d));
	else if (d->settings->rehearsals == REHEARSALS_YES)
		rc = join(x, notes, NULL);
	else
		matter_notify(p, "rehearsal", open->ceremony.id,
		    (struct slice){(const uint8_t *)"-", 1}, 0);
	if (rc != RC_OK)
		say(SAY_WARNING, "%s: rehearsal: cannot take part: %s",
		    p->settings->name, rc_text(rc));
out:
	free(open);
	return rc;
}

enum rc
take_rehearsal_note(struct part *p, const struct message *m,
    struct text *notes, const uint8_t id[static 32])
{
	struct rehearsing *x = rehearsal_find(p->d, id);
	uint8_t random[REHEARSAL_RANDOM];
	enum birth_state was;
	enum rc rc;

	if (x == NULL || x->part != p)
		return RC_CEREMONY;
	was = x->r->b.state;
	randombytes_buf(random, sizeof random);
	rc = rehearsal_note(x->r, notes, identity(p->d), random, m);
	say_moved(x, was);
	return rc;
}

bool
take_rehearsal_package(enum rc *rc, struct part *p, const struct message *m,
    struct text *notes)
{
	uint8_t random[REHEARSAL_RANDOM];

	for (unsigned i = 0; i < REHEARSALS_MAX; i++) {
		struct rehearsing *x = &p->d->rehearsing[i];

		if (x->part != p || !rehearsal_signs(x->r, m))
			continue;
		randombytes_buf(random, sizeof random);
		*rc = rehearsal_package(
		    x->r, notes, identity(p->d), random, m);
		return true;
	}
	return false;
}

enum rc
rehearsal_accept(struct rehearsing *x, struct text *notes, const char *code)
{
	return strcmp(code, x->r->b.bundle.code) == 0 ? join(x, notes, code)
						      : RC_CEREMONY_CODE;
}

enum rc
signerd_decline(
    struct signerd *d, struct text *out, const uint8_t id[static 32])
{
	struct part *p = NULL;
	struct outgoing o;
	struct rehearsing *x;
	enum rc rc = RC_SEAT_UNKNOWN;

	if (!outgoing_open(&o))
		return RC_MEMORY;
	signerd_enter(d);
	x = rehearsal_find(d, id);
	if (x != NULL) {
		rc = x->r->b.state == BIRTH_OFFERED ? RC_OK : RC_SEAT_STATE;
		p = x->part;
	}
	if (rc == RC_OK) {
		rehearsal_decline(x->r, &o.notes, identity(d));
		text_string(out, "declined\n");
	}
	signerd_leave(d);
	if (rc == RC_OK)
		outgoing_send(&o, p);
	else
		free(o.bytes);
	return rc;
}
