/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wiring. An inbox comes in on a courier's thread: if it holds a proposal the
 * logs are read first, without the lock; then, under the lock and with the
 * secrets shown, each item goes to the seat or to its ceremony; what they
 * say goes back to the courier. Invariant: seat, record and secrets are
 * touched only between enter() and leave().
 */
#include "signer/serve.h"
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "host/clock.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "quorum/bundle.h"
#include "quorum/coordinator.h"
#include "quorum/message.h"
#include "signer/birth.h"
#include "signer/courier.h"
#include "signer/evidence.h"
#include "signer/seat.h"
#include "signer/store_record.h"
#include "signer/vault.h"

struct part; /* one authority */

/*
 * Every party is a monitor: it looks at the log when nothing asks it to, too.
 * And often while a ceremony is under way: whoever missed its end (killed,
 * away) learns from the log that its share is history.
 */
enum { LOOK_S = 60, CEREMONY_S = 86400 };

/* A ceremony in memory. */
struct cradle {
	struct part *part; /* NULL: free */
	struct birth *b;
	uint8_t *bytes; /* of its bundle */
	uint64_t touched;
};

/* A share and roster that a reshare gave, until the log has a successor of
 * the roster before. Its share is at the seat's next place of that index. */
struct next {
	struct part *part; /* NULL: free */
	uint8_t ceremony[32];
	bool share; /* false: we only leave */
	struct roster roster;
	size_t text_n;
	uint8_t text[NOTE_BYTES_MAX];
};

struct part {
	struct signerd *d;
	const struct settings_authority *settings;
	struct seat_authority *seat;
	struct evidence *evidence;
	pthread_mutex_t reading; /* one evidence_read at a time */
	uint64_t looked; /* when the logs were last read; unix seconds */
	struct courier *courier;
};

struct signerd {
	struct settings *settings;
	struct vault *vault;
	struct store_record *record;
	int state_lock;
	pthread_mutex_t lock;
	struct seat *seat;
	unsigned part_n;
	struct part part[SEAT_AUTHORITIES_MAX];
	struct cradle cradle[VAULT_BIRTHS_MAX];
	struct next *next; /* SEAT_NEXT_MAX */
	uint64_t count;
	struct people *people;
	struct notify *notify;
	struct looker *looker;
};

static struct seat_secrets *
enter(struct signerd *d)
{
	pthread_mutex_lock(&d->lock);
	vault_show(d->vault);
	return &vault_secrets(d->vault)->seat;
}

static void
leave(struct signerd *d)
{
	vault_hide(d->vault);
	pthread_mutex_unlock(&d->lock);
}

/* The record alone: no secret is shown. */
static void
lock_for_evidence(void *context, bool on)
{
	struct signerd *d = context;

	if (on)
		pthread_mutex_lock(&d->lock);
	else
		pthread_mutex_unlock(&d->lock);
}

static void
now_fill(struct seat_now *now)
{
	now->unix_s = clock_unix();
	now->sources = NULL;
	randombytes_buf(now->random, sizeof now->random);
}

static void
hex_of(char out[static 65], const uint8_t id[static 32])
{
	struct text t;

	text_init(&t, out, 65);
	text_hex(&t, id, 32);
}

static unsigned
part_index(const struct part *p)
{
	return (unsigned)(p - p->d->part);
}

/* ---- shares that wait for the log ------------------------------------------------ */

static unsigned
next_index(const struct next *n)
{
	return (unsigned)(n - n->part->d->next);
}

static struct next *
next_find(struct signerd *d, const uint8_t ceremony[static 32])
{
	for (unsigned i = 0; i < SEAT_NEXT_MAX; i++)
		if (d->next[i].part != NULL &&
		    memcmp(d->next[i].ceremony, ceremony, 32) == 0)
			return &d->next[i];
	return NULL;
}

static bool
next_waits(const struct part *p)
{
	for (unsigned i = 0; i < SEAT_NEXT_MAX; i++)
		if (p->d->next[i].part == p)
			return true;
	return false;
}

/*
 * A roster that our ceremony came to; share is NULL if we are not in it. The
 * record and the vault have both already.
 */
static enum rc
next_lay(struct part *p, const uint8_t ceremony[static 32],
    const struct frost_key_share *share, const uint8_t *text, size_t text_n)
{
	struct signerd *d = p->d;
	struct seat_authority *a;
	struct next *n = NULL;
	enum rc rc;

	for (unsigned i = SEAT_NEXT_MAX; i-- > 0;)
		if (d->next[i].part == NULL)
			n = &d->next[i];
	if (n == NULL || text_n > sizeof n->text)
		return RC_SEAT_FULL;
	memcpy(n->text, text, text_n);
	rc = roster_parse(&n->roster, n->text, text_n);
	if (rc != RC_OK)
		return rc;
	n->part = p;
	n->text_n = text_n;
	n->share = share != NULL;
	memcpy(n->ceremony, ceremony, 32);
	if (share == NULL)
		return RC_OK;
	a = seat_next(d->seat, next_index(n), p->seat);
	vault_secrets(d->vault)
	    ->seat.share[SEAT_AUTHORITIES_MAX + next_index(n)] = *share;
	rc = seat_roster(d->seat, a, n->text, text_n);
	if (rc != RC_OK) {
		seat_next_drop(d->seat, next_index(n));
		n->part = NULL;
	}
	return rc;
}

/* Our words on it: line and commitments, or the line of who leaves. */
static void
say_next(struct next *n, struct text *notes)
{
	struct signerd *d = n->part->d;
	struct seat_out out = {.notes = notes};
	struct seat_now now;
	char bytes[NOTE_BYTES_MAX + 512];
	struct text note;
	enum rc rc;

	if (!n->share) {
		text_init(&note, bytes, sizeof bytes);
		text_put(&note, n->text, n->text_n);
		message_sign(&note, &d->seat->key,
		    vault_secrets(d->vault)->seat.seed);
		bundle_put(notes, note.p, note.n);
		return;
	}
	now_fill(&now);
	rc = seat_birth(d->seat, &out, &now,
	    &d->seat->authority[SEAT_AUTHORITIES_MAX + next_index(n)],
	    n->text, n->text_n);
	sodium_memzero(&now, sizeof now);
	if (rc != RC_OK)
		say(SAY_ERROR, "%s: the new roster: %s",
		    n->part->settings->name, rc_text(rc));
}

/* It did not come to be: another is in force. */
static enum rc
next_drop(struct next *n, struct why *why)
{
	struct signerd *d = n->part->d;
	enum rc rc;

	rc = store_ceremony_end(d->record, n->ceremony, FATE_OVER);
	if (rc == RC_OK)
		rc = vault_next_erase(d->vault, n->ceremony, why);
	if (rc == RC_OK)
		rc = vault_dkg_erase(d->vault, n->ceremony, why);
	seat_next_drop(d->seat, next_index(n));
	n->part = NULL;
	return rc;
}

/*
 * The log has it: from the first step on no other roster is ours, and each
 * step that a kill left out is made at the next start (part_share).
 */
static enum rc
next_use(struct next *n, struct why *why)
{
	struct part *p = n->part;
	struct signerd *d = p->d;
	enum rc rc;

	rc = store_ceremony_end(d->record, n->ceremony, FATE_IN_FORCE);
	if (rc == RC_OK)
		rc = n->share ? vault_next_use(d->vault, n->ceremony,
				    p->settings->name, why)
			      : vault_share_erase(
				    d->vault, p->settings->name, why);
	if (rc == RC_OK)
		rc = vault_dkg_erase(d->vault, n->ceremony, why);
	if (rc != RC_OK)
		return rc;
	if (n->share)
		rc = seat_next_use(d->seat, next_index(n), p->seat);
	else
		seat_share_drop(d->seat, p->seat);
	say(SAY_INFO, "%s: roster %u is in force; %s", p->settings->name,
	    (unsigned)n->roster.serial,
	    n->share ? "the old share is erased"
		     : "we are not in it, our share is erased");
	n->part = NULL;
	return rc;
}

enum { OVERTAKEN_MAX = 16 };

/* Ceremonies that we joined and that a roster in force has overtaken. */
struct overtaken {
	const struct explain *log;
	unsigned n;
	uint8_t id[OVERTAKEN_MAX][32];
};

static enum rc
overtaken_find(void *context, const uint8_t ceremony[static 32],
    const uint8_t *bundle, size_t n)
{
	struct overtaken *o = context;
	struct ceremony_bundle *b = malloc(sizeof *b);
	const struct roster *newest = NULL;

	if (b == NULL)
		return RC_MEMORY;
	if (ceremony_open(b, bundle, n) == RC_OK && b->ceremony.reshare)
		newest = explain_roster_of(o->log, b->before.key.key);
	if (newest != NULL && b->ceremony.serial < newest->serial &&
	    o->n < OVERTAKEN_MAX)
		memcpy(o->id[o->n++], ceremony, 32);
	free(b);
	return RC_OK;
}

static struct cradle *
cradle_find(struct signerd *d, const uint8_t id[static 32])
{
	for (unsigned i = 0; i < VAULT_BIRTHS_MAX; i++)
		if (d->cradle[i].part != NULL &&
		    memcmp(d->cradle[i].b->bundle.ceremony.id, id, 32) == 0)
			return &d->cradle[i];
	return NULL;
}

/* They will never come to anything; their keys go. */
static enum rc
ceremonies_overtaken(
    struct part *p, const struct explain *x, struct why *why)
{
	struct signerd *d = p->d;
	struct overtaken o = {.log = x};
	enum rc rc = store_ceremony_unfinished(
	    d->record, p->settings->name, overtaken_find, &o);

	for (unsigned i = 0; rc == RC_OK && i < o.n; i++) {
		struct cradle *c = cradle_find(d, o.id[i]);

		if (c != NULL)
			birth_fail(c->b, "another roster is in force");
		rc = store_ceremony_end(d->record, o.id[i], FATE_OVER);
		if (rc == RC_OK)
			rc = vault_dkg_erase(d->vault, o.id[i], why);
	}
	return rc;
}

/*
 * What the log says of the rosters of our keys: take up the one in force,
 * forget the others, and a share whose roster has a successor without us.
 */
static enum rc
next_take(struct part *p, const struct explain *x)
{
	struct signerd *d = p->d;
	struct seat_authority *a = p->seat;
	const struct roster *newest;
	struct why why = {""};
	enum rc rc = RC_OK;

	for (unsigned i = 0; rc == RC_OK && i < SEAT_NEXT_MAX; i++) {
		struct next *n = &d->next[i];

		if (n->part != p)
			continue;
		newest = explain_roster_of(x, n->roster.key.key);
		if (newest == NULL || newest->serial < n->roster.serial)
			continue;
		rc = memcmp(newest->id, n->roster.id, 32) == 0
		    ? next_use(n, &why)
		    : next_drop(n, &why);
	}
	if (rc == RC_OK)
		rc = ceremonies_overtaken(p, x, &why);
	if (rc == RC_OK && a->role == SEAT_SHARER) {
		newest = explain_roster_of(x, a->roster.key.key);
		if (newest != NULL && newest->serial > a->roster.serial) {
			rc = vault_share_erase(
			    d->vault, p->settings->name, &why);
			seat_share_drop(d->seat, a);
			say(SAY_WARNING,
			    "%s: roster %u is in force without us; our share "
			    "is erased", p->settings->name,
			    (unsigned)newest->serial);
		}
	}
	if (rc != RC_OK)
		say(SAY_ERROR, "%s: %s", p->settings->name,
		    why.text[0] != '\0' ? why.text : rc_text(rc));
	return rc;
}

/* ---- the log ------------------------------------------------------------------ */

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
	enter(p->d);
	if (p->seat->known) {
		n = p->seat->trust.page_n;
		memcpy(text, p->seat->trust_text, n);
	}
	leave(p->d);
	rc = n > 0 ? evidence_begin(p->evidence, text, n) : RC_OK;
	free(text);
	return rc;
}

/* Read the logs and lock or unlock the authority. RC_OK: unlocked. */
static enum rc
part_look(struct part *p)
{
	struct why why = {""};
	bool news;
	enum rc rc = RC_OK;

	pthread_mutex_lock(&p->reading);
	if (!evidence_state(p->evidence)->known)
		rc = part_born(p);
	if (rc == RC_OK)
		rc = evidence_read(p->evidence, clock_unix(), &news, &why);
	p->looked = clock_unix();
	enter(p->d);
	if (rc == RC_OK) {
		if (!p->seat->caught_up)
			say(SAY_INFO, "%s: the log has been read",
			    p->settings->name);
		rc = part_take(p);
	} else {
		if (strcmp(p->seat->why_locked, why.text) != 0 &&
		    rc != RC_STATE)
			say(SAY_WARNING, "%s: locked: %s", p->settings->name,
			    why.text);
		seat_lock(p->seat, why.text);
	}
	leave(p->d);
	pthread_mutex_unlock(&p->reading);
	return rc;
}

/* ---- ceremonies ------------------------------------------------------------------ */

static struct birth_secrets *
cradle_secrets(struct cradle *c)
{
	struct signerd *d = c->part->d;

	return &vault_secrets(d->vault)->birth[c - d->cradle];
}

static enum rc
keep_confirm(void *context, const uint8_t ceremony[static 32],
    const uint8_t transcript[static 64])
{
	struct cradle *c = context;

	return store_ceremony_confirm(
	    c->part->d->record, ceremony, transcript);
}

/* Share first, then the texts, then the key's end: a kill in between leaves
 * a ceremony that is taken up again and comes to the same. Of a reshare the
 * share waits beside the present one, and nothing ends yet. */
static enum rc
keep_born(void *context, const uint8_t ceremony[static 32],
    const struct frost_key_share *share, struct slice roster,
    struct slice trust, struct slice record)
{
	struct cradle *c = context;
	struct signerd *d = c->part->d;
	struct why why = {""};
	enum rc rc = RC_OK;

	if (trust.n > 0)
		rc = vault_share_keep(
		    d->vault, share, c->part->settings->name, &why);
	else if (share != NULL)
		rc = vault_next_keep(d->vault, share, ceremony, &why);
	if (rc == RC_OK)
		rc = store_ceremony_born(d->record, ceremony, roster.p,
		    roster.n, trust.p, trust.n, record.p, record.n);
	if (rc == RC_OK && trust.n > 0)
		rc = vault_dkg_erase(d->vault, ceremony, &why);
	if (rc != RC_OK)
		say(SAY_ERROR, "%s: the share cannot be kept: %s",
		    c->part->settings->name,
		    why.text[0] != '\0' ? why.text : rc_text(rc));
	return rc;
}

/* The two texts of a birth: our words on them. */
static void
say_birth(struct part *p, struct text *notes)
{
	struct seat_authority *a = p->seat;
	struct seat_out out = {.notes = notes};
	struct seat_now now;
	enum rc rc;

	if (a->role != SEAT_SHARER || a->roster.serial != 1 ||
	    a->trust.revision != 1)
		return;
	now_fill(&now);
	rc = seat_birth(p->d->seat, &out, &now, a, a->roster_text,
	    a->roster.text_n);
	now_fill(&now);
	if (rc == RC_OK)
		rc = seat_birth(p->d->seat, &out, &now, a, a->trust_text,
		    a->trust.page_n);
	sodium_memzero(&now, sizeof now);
	if (rc != RC_OK)
		say(SAY_ERROR, "%s: birth: %s", p->settings->name,
		    rc_text(rc));
}

/* A reshare is done: its share and roster wait for the log. */
static void
cradle_settle_next(struct cradle *c, struct text *notes)
{
	struct part *p = c->part;
	struct signerd *d = p->d;
	const struct birth *b = c->b;
	struct next *n;
	enum rc rc;

	rc = next_lay(p, b->bundle.ceremony.id,
	    b->leaf != 0 ? &cradle_secrets(c)->share : NULL,
	    (const uint8_t *)b->roster.p, b->roster.n);
	sodium_memzero(cradle_secrets(c), sizeof *cradle_secrets(c));
	if (rc != RC_OK) {
		say(SAY_ERROR, "%s: the new share cannot be used: %s",
		    p->settings->name, rc_text(rc));
		return;
	}
	n = next_find(d, b->bundle.ceremony.id);
	say(SAY_INFO, "%s: roster %u is made and waits for the log",
	    p->settings->name, (unsigned)n->roster.serial);
	say_next(n, notes);
}

/* A share has been born: the seat gets it. */
static void
cradle_settle(struct cradle *c, struct text *notes)
{
	struct part *p = c->part;
	struct signerd *d = p->d;
	const struct birth *b = c->b;
	struct frost_key_share *share =
	    &vault_secrets(d->vault)->seat.share[part_index(p)];
	enum rc rc;

	if (b->bundle.ceremony.reshare) {
		cradle_settle_next(c, notes);
		return;
	}
	*share = cradle_secrets(c)->share;
	sodium_memzero(cradle_secrets(c), sizeof *cradle_secrets(c));
	rc = seat_trust(
	    d->seat, p->seat, (const uint8_t *)b->trust.p, b->trust.n);
	if (rc == RC_OK)
		rc = seat_roster(d->seat, p->seat,
		    (const uint8_t *)b->roster.p, b->roster.n);
	if (rc != RC_OK) {
		say(SAY_ERROR, "%s: the new share cannot be used: %s",
		    p->settings->name, rc_text(rc));
		return;
	}
	say(SAY_INFO, "%s: a share of the key is kept", p->settings->name);
	say_birth(p, notes);
}

/* A free one, or the oldest that is over or was never joined. */
static struct cradle *
cradle_place(struct signerd *d)
{
	struct cradle *best = NULL;

	for (unsigned i = 0; i < VAULT_BIRTHS_MAX; i++) {
		struct cradle *c = &d->cradle[i];

		if (c->part == NULL)
			return c;
		if (c->b->state >= BIRTH_JOINED && c->b->state < BIRTH_DONE)
			continue;
		if (best == NULL || c->touched < best->touched)
			best = c;
	}
	return best;
}

static void
cradle_empty(struct cradle *c)
{
	if (c->part != NULL)
		sodium_memzero(cradle_secrets(c), sizeof *cradle_secrets(c));
	free(c->b);
	free(c->bytes);
	memset(c, 0, sizeof *c);
}

/* Lay a bundle into a cradle: offered, nothing said. */
static enum rc
cradle_lay(struct cradle **out, struct part *p, struct slice whole)
{
	struct signerd *d = p->d;
	struct birth_keeper keeper = {
	    .confirm = keep_confirm, .born = keep_born};
	struct cradle *c = cradle_place(d);
	enum rc rc = RC_MEMORY;

	*out = NULL;
	if (c == NULL)
		return RC_SEAT_FULL;
	cradle_empty(c);
	c->b = calloc(1, sizeof *c->b);
	c->bytes = malloc(whole.n);
	c->part = p;
	c->touched = ++d->count;
	keeper.context = c;
	if (c->b != NULL && c->bytes != NULL) {
		memcpy(c->bytes, whole.p, whole.n);
		rc = birth_offer(c->b, &keeper, cradle_secrets(c),
		    &d->seat->key, c->bytes, whole.n);
	}
	if (rc == RC_OK &&
	    !slice_is(c->b->bundle.ceremony.authority, p->settings->name))
		rc = RC_AUTHORITY;
	if (rc != RC_OK)
		cradle_empty(c);
	else
		*out = c;
	return rc;
}

/* In a reshare: our share of the roster before, if we have it still. */
static enum rc
cradle_hold(struct cradle *c)
{
	const struct part *p = c->part;
	const struct seat_authority *a = p->seat;

	if (!c->b->bundle.ceremony.reshare || c->b->holder == 0 ||
	    a->role != SEAT_SHARER ||
	    memcmp(a->roster.id, c->b->bundle.ceremony.before, 32) != 0)
		return RC_OK;
	return birth_hold(c->b,
	    &vault_secrets(p->d->vault)->seat.share[part_index(p)]);
}

/* It is over, and so is its key; a restart must not take it up again. */
static void
cradle_dead(struct cradle *c)
{
	struct signerd *d = c->part->d;
	const uint8_t *id = c->b->bundle.ceremony.id;
	struct why why = {""};
	enum rc rc;

	say(SAY_ERROR, "%s: the ceremony failed: %s",
	    c->part->settings->name, c->b->why);
	rc = store_ceremony_end(d->record, id, FATE_OVER);
	if (rc == RC_OK)
		rc = vault_dkg_erase(d->vault, id, &why);
	if (rc != RC_OK)
		say(SAY_ERROR, "%s: the ceremony's key: %s",
		    c->part->settings->name, rc_text(rc));
}

/* Take part: the key is kept before a word is said. */
static enum rc
cradle_join(struct cradle *c, struct text *notes, const char *code)
{
	struct signerd *d = c->part->d;
	uint8_t *dkg = secret_new(BIRTH_DKG_BYTES);
	struct why why = {""};
	enum rc rc;

	rc = cradle_hold(c);
	if (rc == RC_OK)
		rc = vault_dkg(
		    d->vault, dkg, c->b->bundle.ceremony.id, &why);
	if (rc == RC_OK)
		rc = birth_join(c->b, notes, code, dkg,
		    vault_secrets(d->vault)->seat.seed);
	else
		say(SAY_ERROR, "%s: %s", c->part->settings->name, why.text);
	secret_free(dkg);
	if (rc == RC_OK && c->b->state == BIRTH_DONE)
		cradle_settle(c, notes);
	return rc;
}

static void
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

/* The coordinator offers a ceremony, for the first time or again. */
static enum rc
take_draft(struct part *p, struct bundle *b, struct text *notes)
{
	struct signerd *d = p->d;
	struct ceremony_bundle *open = malloc(sizeof *open);
	struct store_ceremony kept;
	struct cradle *c;
	struct next *n;
	enum rc rc = RC_MEMORY;

	if (open == NULL)
		goto out;
	rc = ceremony_open_next(open, b);
	if (rc == RC_OK)
		rc = store_ceremony_find(d->record, &kept, open->ceremony.id);
	if (rc != RC_OK)
		goto out;
	if (kept.fate == FATE_OVER || kept.fate == FATE_IN_FORCE)
		goto out;
	if (kept.fate == FATE_CANDIDATE) {
		n = next_find(d, open->ceremony.id);
		if (n != NULL)
			say_next(n, notes);
		goto out;
	}
	if (kept.state == CEREMONY_BORN) {
		say_birth(p, notes);
		goto out;
	}
	c = cradle_find(d, open->ceremony.id);
	if (c != NULL) {
		birth_repeat(
		    c->b, notes, vault_secrets(d->vault)->seat.seed);
		goto out;
	}
	rc = cradle_lay(&c, p, open->whole);
	if (rc != RC_OK)
		goto out;
	if (kept.state != CEREMONY_UNKNOWN)
		rc = cradle_join(c, notes, NULL);
	else
		matter_notify(p, "ceremony", open->ceremony.id,
		    (struct slice){(const uint8_t *)"-", 1}, 0);
out:
	free(open);
	return rc;
}

/* accept, deal, reshare, choice, confirm, complaint: all begin with the
 * ceremony's id. */
static enum rc
take_ceremony_note(struct part *p, const struct message *m,
    struct text *notes)
{
	struct signerd *d = p->d;
	struct cradle *c;
	enum birth_state was;
	uint8_t id[32];
	enum rc rc;

	if (!coordinator_about(m, id))
		return RC_CEREMONY;
	c = cradle_find(d, id);
	if (c == NULL || c->part != p)
		return RC_CEREMONY;
	was = c->b->state;
	rc = birth_note(
	    c->b, notes, vault_secrets(d->vault)->seat.seed, m);
	if (c->b->state == BIRTH_DONE && was != BIRTH_DONE)
		cradle_settle(c, notes);
	if (c->b->state == BIRTH_DEAD && was != BIRTH_DEAD)
		cradle_dead(c);
	return rc;
}

/* ---- inboxes ------------------------------------------------------------------- */

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

static enum rc
take_release(struct part *p, const struct message *m, struct text *notes)
{
	struct seat_out out = {.notes = notes};
	struct source_findings found;
	struct seat_now now;
	const struct seat_message *s;
	enum rc rc;

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

#define ITEM_ROOM (SEAT_ROOM > BIRTH_ROOM ? 2 * SEAT_ROOM : 2 * BIRTH_ROOM)

static bool
part_waits(struct part *p)
{
	uint64_t now = clock_unix();
	bool waits, open = false;

	enter(p->d);
	waits = next_waits(p) ||
	    (p->seat->known &&
		store_ceremony_open(p->d->record, &open, p->settings->name,
		    now > CEREMONY_S ? now - CEREMONY_S : 0) == RC_OK &&
		open);
	leave(p->d);
	return waits;
}

static bool
on_inbox(void *context, const uint8_t *bytes, size_t n, struct text *notes)
{
	struct part *p = context;
	struct bundle b;
	bool all = true;

	if (has_proposal(bytes, n) || part_waits(p))
		(void)!part_look(p);
	if (bundle_init(&b, bytes, n) != RC_OK)
		return true;
	enter(p->d);
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
	leave(p->d);
	return all;
}

/* The sooner an old share is gone the better. */
static unsigned
on_poll(void *context, struct text *note, const char *after)
{
	struct part *p = context;
	const struct seat *s = p->d->seat;
	struct message_poll poll;
	unsigned wait_s = COURIER_WAIT_S;

	if (part_waits(p)) {
		wait_s = COURIER_SOON_S;
		(void)!part_look(p);
	} else if (clock_unix() >= p->looked + LOOK_S) {
		(void)!part_look(p);
	}
	enter(p->d);
	memset(&poll, 0, sizeof poll);
	poll.authority = (struct slice){(const uint8_t *)p->settings->name,
	    strlen(p->settings->name)};
	poll.epoch = p->seat->known ? p->seat->trust.epoch : 1;
	memcpy(poll.boot, s->boot, sizeof poll.boot);
	poll.time = clock_unix();
	poll.after = (struct slice){(const uint8_t *)after, strlen(after)};
	poll_build(note, &poll);
	message_sign(note, &s->key, vault_secrets(p->d->vault)->seat.seed);
	leave(p->d);
	return wait_s;
}

/* ---- people -------------------------------------------------------------------- */

/* Notes of a person's decision, sent on the person's thread. */
struct outgoing {
	char *bytes;
	struct text notes;
};

static bool
outgoing_open(struct outgoing *o)
{
	o->bytes = malloc(2 * ITEM_ROOM);
	if (o->bytes == NULL)
		return false;
	text_init(&o->notes, o->bytes, 2 * ITEM_ROOM);
	return true;
}

static void
outgoing_send(struct outgoing *o, struct part *p)
{
	if (o->notes.n > 0 && p->courier != NULL)
		courier_post(p->courier, o->notes.p, o->notes.n);
	free(o->bytes);
}

/* Somebody knows of a matter that was not offered here yet: ask for it. */
static void
fetch_unknown(struct signerd *d, const uint8_t id[static 32])
{
	bool known;

	enter(d);
	known = seat_find(d->seat, id) != NULL || cradle_find(d, id) != NULL;
	leave(d);
	for (unsigned i = 0; !known && i < d->part_n; i++)
		if (d->part[i].courier != NULL)
			courier_fetch(d->part[i].courier);
}

enum rc
signerd_id(struct signerd *d, uint8_t id[static 32], const char *hex)
{
	size_t n = strlen(hex);
	unsigned hits = 0;
	char full[65];

	if (n == 64) {
		if (!hex_decode(id, 32, hex, n))
			return RC_FIELD;
		fetch_unknown(d, id);
		return RC_OK;
	}
	if (n < 6 || n > 64)
		return RC_FIELD;
	enter(d);
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++) {
		const struct seat_message *m = &d->seat->message[i];

		hex_of(full, m->id);
		if (m->text_n != 0 && strncmp(full, hex, n) == 0) {
			memcpy(id, m->id, 32);
			hits++;
		}
	}
	for (unsigned i = 0; i < VAULT_BIRTHS_MAX; i++) {
		const struct cradle *c = &d->cradle[i];

		if (c->part == NULL)
			continue;
		hex_of(full, c->b->bundle.ceremony.id);
		if (strncmp(full, hex, n) == 0) {
			memcpy(id, c->b->bundle.ceremony.id, 32);
			hits++;
		}
	}
	leave(d);
	return hits == 1 ? RC_OK : RC_SEAT_UNKNOWN;
}

void
signerd_pending(struct signerd *d, struct text *out)
{
	char id[65];

	enter(d);
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++) {
		const struct seat_message *m = &d->seat->message[i];

		if (m->text_n == 0 || m->state != SEAT_ASKED)
			continue;
		hex_of(id, m->id);
		text_printf(out, "%s %s %.*s %u %llu\n", id,
		    d->seat->authority[m->authority].name,
		    (int)m->release.product.n,
		    (const char *)m->release.product.p,
		    (unsigned)m->release.sequence,
		    (unsigned long long)m->release.proposed);
	}
	for (unsigned i = 0; i < VAULT_BIRTHS_MAX; i++) {
		const struct cradle *c = &d->cradle[i];

		if (c->part == NULL || c->b->state != BIRTH_OFFERED)
			continue;
		hex_of(id, c->b->bundle.ceremony.id);
		text_printf(out, "%s %s ceremony - %llu\n", id,
		    c->part->settings->name,
		    (unsigned long long)c->b->bundle.ceremony.proposed);
	}
	leave(d);
}

static const char *const seat_states[SEAT_STATES] = {
    "new", "asked", "approved", "refused", "closed"};
static const char *const birth_states[] = {
    "new", "offered", "joined", "dealt", "confirmed", "done", "failed"};

/* Who asks, as the operator calls them. */
static const char *
proposer_name(const struct signerd *d, int index)
{
	return index >= 0 && (unsigned)index < d->settings->proposer_n
	    ? d->settings->proposer[index].name
	    : "-";
}

static enum rc
show_release(
    struct signerd *d, struct text *out, const struct seat_message *m)
{
	char id[65], lines[2048];
	uint8_t *last = malloc(NOTE_BYTES_MAX);
	struct text t;
	size_t n = 0;
	enum rc rc = RC_MEMORY;

	if (last == NULL)
		return rc;
	hex_of(id, m->id);
	text_init(&t, lines, sizeof lines);
	text_printf(&t, "id %s\nstate %s\nproposer %s\nsays %s\n", id,
	    seat_states[m->state], proposer_name(d, m->proposer),
	    m->verdict.sentence[0] != '\0' ? m->verdict.sentence : "-");
	rc = store_release_newest(d->record, last, NOTE_BYTES_MAX, &n,
	    m->release.authority, m->release.epoch, m->release.product);
	if (rc == RC_OK) {
		bundle_put(out, t.p, t.n);
		bundle_put(out, m->text, m->text_n);
		if (n > 0)
			bundle_put(out, last, n);
	}
	free(last);
	return rc;
}

static enum rc
show_ceremony(struct text *out, const struct cradle *c)
{
	const struct ceremony *k = &c->b->bundle.ceremony;
	char id[65], lines[1024];
	struct text t;

	hex_of(id, k->id);
	text_init(&t, lines, sizeof lines);
	text_printf(&t,
	    "id %s\nstate %s\nauthority %s\ncode %s\naccepted %u\ndealt %u\n"
	    "confirmed %u\nsays %s\n",
	    id, birth_states[c->b->state], c->part->settings->name,
	    c->b->bundle.code, tree_set_count(&c->b->accepted),
	    tree_set_count(&c->b->dealt), tree_set_count(&c->b->confirmed),
	    c->b->why[0] != '\0' ? c->b->why : "-");
	bundle_put(out, t.p, t.n);
	bundle_put(out, k->text, k->text_n);
	bundle_put(
	    out, c->b->bundle.template.p, c->b->bundle.template.n);
	return RC_OK;
}

enum rc
signerd_show(struct signerd *d, struct text *out, const uint8_t id[static 32])
{
	const struct seat_message *m;
	const struct cradle *c;
	enum rc rc = RC_SEAT_UNKNOWN;

	enter(d);
	m = seat_find(d->seat, id);
	c = cradle_find(d, id);
	if (m != NULL &&
	    (m->kind == MESSAGE_RELEASE || m->kind == MESSAGE_WITHDRAW))
		rc = show_release(d, out, m);
	else if (c != NULL)
		rc = show_ceremony(out, c);
	leave(d);
	return rc;
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

enum rc
signerd_decide(struct signerd *d, struct text *out,
    const uint8_t id[static 32], bool yes, enum judge_code code,
    const char *reason, const char *said_by, const uint8_t *shown,
    size_t shown_n)
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

	enter(d);
	p = part_of(d, id);
	leave(d);
	if (p != NULL && yes)
		(void)!part_look(p); /* what it finds is judged below */
	if (!outgoing_open(&o))
		return RC_MEMORY;
	reason_trim(trimmed, reason);
	snprintf(by, sizeof by, "%s", said_by);
	said = (struct seat_out){.notes = &o.notes};
	enter(d);
	now_fill(&now);
	if (looker_found(d->looker, &found, id))
		now.sources = &found;
	m = seat_find(d->seat, id);
	if (!yes)
		rc = RC_OK;
	else if (m != NULL)
		rc = approver_of(d, by, shown, shown_n, m->text, m->text_n);
	else /* no text, so nothing that an approver could have signed */
		rc = d->settings->approvers[0] == '\0' ? RC_OK
							: RC_SEAT_UNKNOWN;
	if (rc == RC_OK)
		rc = yes ? seat_yes(d->seat, &said, &now, id, by, shown, shown_n)
			 : seat_no(d->seat, &said, &now, id, code, trimmed, by);
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
	leave(d);
	if (p != NULL)
		outgoing_send(&o, p);
	else
		free(o.bytes);
	return rc;
}

static void
explain_rule(void *context, enum judge_code code, bool passes,
    const char *sentence)
{
	text_printf(context, "%s %s%s%s\n", passes ? "ok" : "no",
	    judge_code_name(code), sentence[0] != '\0' ? ": " : "", sentence);
}

enum rc
signerd_explain(struct signerd *d, struct text *out, const uint8_t *note,
    size_t n)
{
	static const char *const answers[] = {[JUDGE_APPROVE] = "approve",
	    [JUDGE_REFUSE] = "refuse",
	    [JUDGE_ASK] = "ask a person",
	    [JUDGE_LOOK] = "look at its sources",
	    [JUDGE_LATER] = "approve later"};
	struct source_findings found;
	struct seat_now now;
	struct verdict v;
	struct note split;
	uint8_t id[32];
	enum rc rc = note_split(&split, note, n);

	if (rc != RC_OK)
		return rc;
	note_id(id, &split);
	for (unsigned i = 0; i < d->part_n; i++)
		(void)!part_look(&d->part[i]);
	enter(d);
	now_fill(&now);
	if (looker_found(d->looker, &found, id))
		now.sources = &found;
	rc = seat_explain(d->seat, &now, note, n, &v, explain_rule, out);
	if (rc == RC_OK)
		text_printf(out, "would %s: %s\n", answers[v.answer],
		    v.sentence);
	leave(d);
	return rc;
}

enum rc
signerd_freeze(struct signerd *d, bool frozen, const char *by)
{
	enum rc rc;

	enter(d);
	rc = seat_freeze(d->seat, frozen, by, clock_unix());
	leave(d);
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

/*
 * Of a reshare: the log has been read, and the roster before is the one in
 * force. Otherwise we would deal for a roster that is history, or join one
 * that can never be logged.
 */
static enum rc
reshare_is_due(struct signerd *d, const uint8_t id[static 32])
{
	struct part *p = NULL;
	const struct roster *newest;
	uint8_t key[32], before[32];
	struct cradle *c;
	enum rc rc = RC_OK;

	enter(d);
	c = cradle_find(d, id);
	if (c != NULL && c->b->bundle.ceremony.reshare) {
		p = c->part;
		memcpy(key, c->b->bundle.before.key.key, 32);
		memcpy(before, c->b->bundle.ceremony.before, 32);
	}
	leave(d);
	if (p == NULL)
		return RC_OK;
	rc = part_look(p);
	if (rc != RC_OK)
		return RC_SEAT_LOCKED;
	pthread_mutex_lock(&p->reading);
	newest = explain_roster_of(evidence_state(p->evidence), key);
	if (newest == NULL || memcmp(newest->id, before, 32) != 0)
		rc = RC_ROSTER_MISMATCH;
	pthread_mutex_unlock(&p->reading);
	return rc;
}

static enum rc
accept_check(const struct cradle *c, const char *code)
{
	const struct ceremony_bundle *b = &c->b->bundle;

	if (strcmp(code, b->code) != 0)
		return RC_CEREMONY_CODE;
	if (c->b->state != BIRTH_OFFERED ||
	    (!b->ceremony.reshare && c->part->seat->role == SEAT_SHARER))
		return RC_SEAT_STATE;
	return b->ceremony.deadline > clock_unix() ? RC_OK : RC_CEREMONY;
}

enum rc
signerd_accept(struct signerd *d, struct text *out,
    const uint8_t id[static 32], const char *code, const char *by)
{
	struct part *p = NULL;
	struct outgoing o;
	struct cradle *c;
	enum rc rc, due = reshare_is_due(d, id);

	if (!outgoing_open(&o))
		return RC_MEMORY;
	enter(d);
	c = cradle_find(d, id);
	rc = c == NULL ? RC_SEAT_UNKNOWN : accept_check(c, code);
	if (rc == RC_OK)
		rc = due;
	if (rc == RC_OK) {
		p = c->part;
		rc = store_ceremony_accept(d->record, id, p->settings->name,
		    c->b->bundle.whole.p, c->b->bundle.whole.n, by,
		    clock_unix());
		if (rc == RC_OK)
			rc = cradle_join(c, &o.notes, code);
		if (rc == RC_OK)
			text_string(out, "joined\n");
	}
	leave(d);
	if (p == NULL) {
		free(o.bytes);
		return rc;
	}
	outgoing_send(&o, p);
	/* What others said before we joined was not listened to. */
	if (rc == RC_OK && p->courier != NULL)
		courier_fetch(p->courier);
	return rc;
}

static void
status_part(struct text *out, struct part *p)
{
	static const char *const roles[] = {"nobody", "signer", "sharer"};
	const struct seat_authority *a = p->seat;
	char courier[WHY_BYTES_MAX], id[65];
	uint64_t alarms = 0;

	text_printf(out, "authority %s\n", p->settings->name);
	text_printf(out, "role %s\n", roles[a->role]);
	if (a->known) {
		hex_of(id, a->trust.id);
		text_printf(out, "trust %u %u %s\n", (unsigned)a->trust.epoch,
		    (unsigned)a->trust.revision, id);
	}
	if (a->role == SEAT_SHARER) {
		hex_of(id, a->roster.id);
		text_printf(out, "roster %u %s %s\n",
		    (unsigned)a->roster.serial, id,
		    a->roster_logged ? "in-force" : "not-logged");
	}
	text_printf(out, "log %s\n",
	    a->caught_up		? "read"
		: a->why_locked[0] != '\0' ? a->why_locked
					   : "-");
	(void)!store_log_alarms(p->d->record, &alarms, p->settings->name);
	text_printf(out, "alarms %llu\n", (unsigned long long)alarms);
	if (p->courier != NULL) {
		courier_status(p->courier, courier);
		text_printf(out, "coordinator %s\n", courier);
	}
}

void
signerd_status(struct signerd *d, struct text *out)
{
	unsigned open[SEAT_STATES] = {0};

	enter(d);
	text_printf(out, "key %s\n", d->seat->key_name);
	text_printf(out, "frozen %s\n", d->seat->frozen ? "yes" : "no");
	if (d->seat->broken)
		text_string(out, "broken the record cannot be written: "
				 "start again when it can\n");
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++)
		if (d->seat->message[i].text_n != 0)
			open[d->seat->message[i].state]++;
	text_printf(out, "asked %u\napproved %u\n", open[SEAT_ASKED],
	    open[SEAT_APPROVED]);
	looker_status(d->looker, out);
	for (unsigned i = 0; i < d->part_n; i++)
		status_part(out, &d->part[i]);
	leave(d);
}

static void
history_row(void *context, const struct record_decision *d)
{
	static const char *const verbs[] = {
	    "nothing", "ask", "approve", "refuse"};
	struct text *out = context;
	char id[65];

	hex_of(id, d->message);
	text_printf(out, "%llu %s %s %s %s: %s\n", (unsigned long long)d->at,
	    verbs[d->verb], id, judge_code_name(d->code), d->by, d->sentence);
}

enum rc
signerd_history(struct signerd *d, struct text *out, unsigned count)
{
	enum rc rc;

	enter(d);
	rc = store_record_history(d->record, count, history_row, out);
	leave(d);
	return rc;
}

/* ---- start and end -------------------------------------------------------------- */

/* The trust text: of the operator's file, which is a note, a file or a bare
 * text, or of our own birth. Malloc'd. */
static enum rc
trust_load(uint8_t **text, size_t *n, const char *path, struct why *why)
{
	struct note note;
	size_t rest;
	enum rc rc = file_read(text, n, path, 2 * NOTE_BYTES_MAX, why);

	if (rc == RC_OK && note_split_file(&note, &rest, *text, *n) == RC_OK)
		*n = note.text_n;
	return rc;
}

static bool
roster_has_us(const struct signerd *d, const uint8_t *text, size_t n)
{
	const struct vkey *us = &d->seat->key;
	struct roster r;
	struct vkey k;

	if (roster_parse(&r, text, n) != RC_OK)
		return false;
	for (unsigned i = 0; i < r.party_n; i++) {
		roster_party_key(&k, &r, i);
		if (memcmp(k.key, us->key, 32) == 0 &&
		    slice_equal(k.name, us->name))
			return true;
	}
	return false;
}

/* A reshare that waits for the log, found at the start. */
static enum rc
next_load(void *context, const uint8_t ceremony[static 32],
    const uint8_t *roster, size_t n)
{
	struct part *p = context;
	struct signerd *d = p->d;
	/* read where secrets live: the cradles are still empty */
	struct frost_key_share *share =
	    &vault_secrets(d->vault)->birth[0].share;
	bool ours = roster_has_us(d, roster, n);
	struct why why = {""};
	enum rc rc = RC_OK;

	if (ours)
		rc = vault_next_read(d->vault, share, ceremony, &why);
	if (rc == RC_OK)
		rc = next_lay(p, ceremony, ours ? share : NULL, roster, n);
	sodium_memzero(share, sizeof *share);
	if (rc != RC_OK)
		say(SAY_ERROR, "%s: a share of a reshare cannot be used: %s",
		    p->settings->name,
		    why.text[0] != '\0' ? why.text : rc_text(rc));
	return RC_OK; /* the present share is as good as before */
}

/* Share and roster, if there are any. Within the lock. */
static enum rc
part_share(struct part *p, uint8_t **trust, size_t *trust_n, struct why *why)
{
	struct signerd *d = p->d;
	struct frost_key_share *share =
	    &vault_secrets(d->vault)->seat.share[part_index(p)];
	uint8_t *roster = malloc(NOTE_BYTES_MAX);
	uint8_t *born = malloc(NOTE_BYTES_MAX);
	uint8_t ceremony[32];
	size_t roster_n = 0, born_n = 0;
	enum rc rc = RC_MEMORY;

	if (roster == NULL || born == NULL)
		goto out;
	rc = store_ceremony_texts(d->record, ceremony, roster, &roster_n,
	    born, &born_n, NOTE_BYTES_MAX, p->settings->name);
	if (rc != RC_OK || roster_n == 0)
		goto out;
	if (*trust_n == 0 && born_n > 0) {
		*trust = born;
		*trust_n = born_n;
		born = NULL; /* handed over */
	}
	if (*trust_n > 0)
		rc = seat_trust(d->seat, p->seat, *trust, *trust_n);
	/* what a kill may have left undone in keep_born or next_use */
	if (rc == RC_OK)
		rc = vault_dkg_erase(d->vault, ceremony, why);
	if (rc == RC_OK)
		rc = roster_has_us(d, roster, roster_n)
		    ? vault_next_use(
			  d->vault, ceremony, p->settings->name, why)
		    : vault_share_erase(d->vault, p->settings->name, why);
	if (rc != RC_OK || !roster_has_us(d, roster, roster_n))
		goto out;
	rc = vault_share_read(d->vault, share, p->settings->name, why);
	if (rc == RC_FILE_ABSENT) { /* erased: a successor without us */
		rc = RC_OK;
		goto out;
	}
	if (rc == RC_OK) {
		rc = seat_roster(d->seat, p->seat, roster, roster_n);
		if (rc != RC_OK)
			why_set(why, "the share of '%s' is not its roster's",
			    p->settings->name);
	}
out:
	free(born);
	free(roster);
	return rc;
}

static enum rc
part_open(struct part *p, struct why *why)
{
	struct signerd *d = p->d;
	const struct evidence_options options = {
	    .authority = p->settings->name,
	    .settings = d->settings,
	    .record = d->record,
	    .lock = lock_for_evidence,
	    .context = d,
	};
	struct judge_policy *policy = malloc(sizeof *policy);
	uint8_t *trust = NULL;
	size_t trust_n = 0;
	enum rc rc = RC_MEMORY;

	pthread_mutex_init(&p->reading, NULL);
	if (policy == NULL)
		goto out;
	settings_policy(policy, d->settings, p->settings);
	rc = evidence_new(&p->evidence, &options);
	if (rc == RC_OK && p->settings->trust[0] != '\0')
		rc = trust_load(&trust, &trust_n, p->settings->trust, why);
	if (rc != RC_OK)
		goto out;
	enter(d);
	p->seat = seat_authority_add(d->seat, p->settings->name, policy);
	if (trust_n > 0) {
		rc = seat_trust(d->seat, p->seat, trust, trust_n);
		if (rc != RC_OK)
			why_set(why, "'%s': %s", p->settings->trust,
			    rc_text(rc));
	}
	if (rc == RC_OK)
		rc = part_share(p, &trust, &trust_n, why);
	if (rc == RC_OK)
		rc = store_ceremony_candidates(
		    d->record, p->settings->name, next_load, p);
	leave(d);
	if (rc == RC_OK)
		rc = evidence_begin(p->evidence, trust, trust_n);
out:
	free(trust);
	free(policy);
	return rc;
}

static enum rc
open_state(struct signerd *d, struct why *why)
{
	const struct settings *s = d->settings;
	char path[SETTINGS_PATH_MAX + 16];
	struct text t;
	enum rc rc;

	rc = dir_make(s->state, 0700, why);
	if (rc == RC_OK)
		rc = file_lock(&d->state_lock, s->state, why);
	if (rc == RC_OK)
		rc = vault_open(&d->vault, s->key,
		    s->passphrase_file[0] != '\0' ? s->passphrase_file : NULL,
		    s->state, s->seal_said ? &s->seal : NULL, why);
	if (rc != RC_OK)
		return rc;
	text_init(&t, path, sizeof path);
	text_printf(&t, "%s/record.db", s->state);
	return store_record_open(&d->record, path, why);
}

/* From the looker's thread: the proposal is to come again. */
static void
on_looked(void *context, const uint8_t id[static 32])
{
	struct signerd *d = context;

	(void)id;
	for (unsigned i = 0; i < d->part_n; i++)
		if (d->part[i].courier != NULL)
			courier_fetch(d->part[i].courier);
}

enum rc
signerd_new(struct signerd **out, struct settings *settings,
    struct why *why)
{
	struct signerd *d = calloc(1, sizeof *d);
	uint8_t boot[FROST_BOOT_ID_BYTES];
	struct record ops;
	bool frozen = false;
	enum rc rc = RC_MEMORY;

	*out = NULL;
	if (d == NULL)
		return rc;
	d->settings = settings;
	d->state_lock = -1;
	pthread_mutex_init(&d->lock, NULL);
	d->seat = calloc(1, sizeof *d->seat);
	d->next = calloc(SEAT_NEXT_MAX, sizeof *d->next);
	if (d->seat != NULL && d->next != NULL)
		rc = open_state(d, why);
	if (rc == RC_OK)
		rc = store_record_frozen(d->record, &frozen);
	if (rc != RC_OK)
		goto out;
	randombytes_buf(boot, sizeof boot);
	store_record_ops(&ops, d->record);
	seat_init(d->seat, &ops, enter(d), settings->name, boot, frozen);
	leave(d);
	for (unsigned i = 0; rc == RC_OK && i < settings->authority_n; i++) {
		d->part[i].d = d;
		d->part[i].settings = &settings->authority[i];
		d->part_n++;
		rc = part_open(&d->part[i], why);
	}
	if (rc == RC_OK)
		rc = notify_start(&d->notify, settings->notify);
	if (rc == RC_OK) {
		const struct looker_options options = {
		    .settings = settings, .context = d, .done = on_looked};

		rc = looker_start(&d->looker, &options, why);
	}
	if (rc == RC_OK)
		*out = d;
out:
	if (rc != RC_OK)
		signerd_stop(d);
	return rc;
}

enum rc
signerd_start(struct signerd *d, struct why *why)
{
	const struct settings *s = d->settings;
	enum rc rc = RC_OK;

	(void)signerd_look(d, 0);
	for (unsigned i = 0; rc == RC_OK && i < d->part_n; i++) {
		struct part *p = &d->part[i];
		const struct courier_options options = {
		    .url = s->coordinator,
		    .ca_file = s->ca[0] != '\0' ? s->ca : NULL,
		    .label = p->settings->name,
		    .context = p,
		    .poll = on_poll,
		    .inbox = on_inbox,
		};

		rc = courier_start(&p->courier, &options);
	}
	if (rc == RC_OK && s->socket[0] != '\0')
		rc = people_start(&d->people, d, s->socket, why);
	return rc;
}

uint64_t
signerd_look(struct signerd *d, uint64_t max_ms)
{
	uint64_t now = clock_unix(), next = now + max_ms / 1000;
	bool due = false;

	for (unsigned i = 0; i < d->part_n; i++)
		(void)!part_look(&d->part[i]);
	enter(d);
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++) {
		const struct seat_message *m = &d->seat->message[i];

		if (m->text_n == 0 || m->state != SEAT_ASKED ||
		    m->verdict.answer != JUDGE_LATER)
			continue;
		due |= m->verdict.later <= now;
		if (m->verdict.later < next)
			next = m->verdict.later;
	}
	leave(d);
	for (unsigned i = 0; due && i < d->part_n; i++)
		if (d->part[i].courier != NULL)
			courier_fetch(d->part[i].courier);
	/* What is due has been asked for; the logs are not read in a hurry. */
	return next > now && !due ? (next - now) * 1000 : max_ms;
}

void
signerd_logs(struct signerd *d, const struct settings *from)
{
	struct settings *s = d->settings;

	for (unsigned i = 0; i < d->part_n; i++)
		pthread_mutex_lock(&d->part[i].reading);
	memcpy(s->log, from->log, sizeof s->log);
	s->log_n = from->log_n;
	for (unsigned i = d->part_n; i > 0; i--)
		pthread_mutex_unlock(&d->part[i - 1].reading);
}

void
signerd_stop(struct signerd *d)
{
	if (d == NULL)
		return;
	people_stop(d->people);
	looker_stop(d->looker); /* it calls the couriers, and they ask it */
	for (unsigned i = 0; i < d->part_n; i++)
		courier_stop(d->part[i].courier);
	looker_free(d->looker);
	notify_stop(d->notify);
	for (unsigned i = 0; i < d->part_n; i++)
		evidence_free(d->part[i].evidence);
	if (d->vault != NULL) {
		vault_show(d->vault);
		for (unsigned i = 0; i < VAULT_BIRTHS_MAX; i++)
			cradle_empty(&d->cradle[i]);
		vault_hide(d->vault);
	}
	store_record_close(d->record);
	vault_close(d->vault);
	free(d->next);
	free(d->seat);
	if (d->state_lock >= 0)
		file_unlock(d->state_lock);
	free(d);
}
