/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures under a purpose. A request is a proposal like a release, with
 * one signer, other bytes to be signed, and a moved key; commitments,
 * packages and shares are those of every proposal (coordinator_sign.c). Its
 * parties need not approve: they did when they approved the release, and a
 * commitment says that they have verified its file.
 *
 * There are two slots where there are two rosters. A reshare is in force
 * when the log has it, which nobody here knows; so a party answers for
 * whichever holds at its seat, and the first full set wins.
 */
#include <string.h>
#include "quorum/coordinator_parts.h"

struct slice
coord_text(const struct coord_proposal *p)
{
	if (p->work != COORD_PURPOSE)
		return (struct slice){p->note, p->text_n};
	return (struct slice){
	    p->ask.release_note.bytes, p->ask.release_note.text_n};
}

struct slice
coord_signed(const struct coord_proposal *p)
{
	if (p->work != COORD_PURPOSE)
		return (struct slice){p->note, p->text_n};
	return (struct slice){p->ask.line.message, p->ask.line.message_n};
}

const struct frost_roster *
coord_frost(const struct coordinator *c, const struct coord_proposal *p,
    const struct coord_slot *s)
{
	return p->work == COORD_PURPOSE ? &p->moved[s - p->slot]
					: &c->roster[s->roster].frost;
}

void
coord_purpose_result(
    struct text *t, const struct coordinator *c, const struct coord_proposal *p)
{
	struct message_signature m = {.signer = p->ask.ask.signer,
	    .purpose = p->ask.ask.purpose,
	    .component = p->ask.ask.component};
	const struct coord_slot *s = &p->slot[p->slot[0].done ? 0 : 1];

	memcpy(m.message, p->id, sizeof m.message);
	memcpy(m.release, p->ask.ask.release, sizeof m.release);
	memcpy(m.key, coord_frost(c, p, s)->key.b, sizeof m.key);
	memcpy(m.signature, s->sig, sizeof m.signature);
	signature_build(t, &m);
}

/* The shared signer of that name: its index, or -1. */
static int
shared_find(const struct coord_authority *a, struct slice name)
{
	for (unsigned i = 0; i < a->trust.signer_n; i++)
		if (a->shared >> i & 1 &&
		    slice_equal(policy_name(
				    a->trust.page, a->trust.signer_at[i]),
			name))
			return (int)i;
	return -1;
}

/* A roster that a ceremony is still making is nobody's yet. */
static bool
being_born(const struct coordinator *c, unsigned roster)
{
	for (unsigned i = 0; i < COORD_BIRTHS_MAX; i++)
		if (c->birth[i].used && c->birth[i].state == BIRTH_SIGNING &&
		    c->birth[i].roster_index == roster)
			return true;
	return false;
}

/* The key's roster with the highest serial below `below`, or -1. */
static int
roster_find(const struct coordinator *c, const struct vkey *key,
    uint32_t below)
{
	int best = -1;

	for (unsigned i = 0; i < COORD_ROSTERS_MAX; i++) {
		const struct roster *r = &c->roster[i].roster;

		if (!c->roster[i].used || c->roster[i].rehearsal ||
		    being_born(c, i) ||
		    memcmp(r->key.key, key->key, 32) != 0 ||
		    !slice_equal(r->key.name, key->name) ||
		    r->serial >= below ||
		    (best >= 0 && r->serial <= c->roster[best].roster.serial))
			continue;
		best = (int)i;
	}
	return best;
}

static enum rc
slots_add(struct coordinator *c, struct coord_proposal *p, unsigned signer)
{
	struct vkey key;
	uint32_t below = UINT32_MAX;
	enum rc rc = RC_OK;

	trust_key(
	    &key, &c->authority[p->authority].trust, LIST_SIGNERS, signer);
	for (unsigned i = 0; rc == RC_OK && i < COORD_MOVED_MAX; i++) {
		int roster = roster_find(c, &key, below);

		if (roster < 0)
			break;
		rc = coord_slot_add(c, p, signer, (unsigned)roster);
		if (rc == RC_OK)
			rc = purpose_roster(&p->moved[i],
			    &c->roster[roster].frost, p->ask.ask.purpose);
		below = c->roster[roster].roster.serial;
	}
	return rc == RC_OK && p->slot_n == 0 ? RC_QUORUM : rc;
}

/* What is asked, by whom, about which authority: all of it believed. */
static enum rc
request_check(const struct coordinator *c, const struct purpose_request *r,
    int *authority, uint8_t key[static 32], uint64_t now)
{
	struct verified verified;
	enum rc rc =
	    coord_proposer_check(c, &r->note, r->release.product, key);

	if (rc != RC_OK)
		return rc;
	*authority = coord_authority_find(
	    c, r->release.authority, r->release.epoch, false);
	if (*authority < 0)
		return RC_AUTHORITY;
	if (shared_find(&c->authority[*authority], r->ask.signer) < 0)
		return RC_PURPOSE_SIGNER;
	if (r->release.proposed + COORD_AGE_S_MAX < now)
		return RC_AGE;
	return purpose_file_check(
	    &verified, r, &c->authority[*authority].trust, now);
}

static enum rc
proposal_make(struct coordinator *c, unsigned *index, const uint8_t *bytes,
    size_t n, unsigned authority, const uint8_t key[static 32])
{
	struct coord_proposal *p = coord_proposal_place(c);
	struct bundle b;
	enum rc rc;

	if (p == NULL || n > sizeof p->note)
		return RC_LIMIT;
	memcpy(p->note, bytes, n);
	p->note_n = n;
	rc = bundle_init(&b, p->note, n);
	if (rc == RC_OK)
		rc = purpose_take(&p->ask, &b);
	if (rc != RC_OK)
		return rc;
	p->work = COORD_PURPOSE;
	p->text_n = p->ask.note.text.n;
	p->release = p->ask.release;
	memcpy(p->id, p->ask.ask.message, sizeof p->id);
	memcpy(p->proposer, key, sizeof p->proposer);
	p->authority = (uint8_t)authority;
	p->change = c->change_base;
	rc = slots_add(c, p,
	    (unsigned)shared_find(&c->authority[authority], p->ask.ask.signer));
	if (rc != RC_OK)
		return rc;
	p->used = true;
	p->stamp = ++c->stamp;
	*index = (unsigned)(p - c->proposal);
	coord_touch(c, p);
	return RC_OK;
}

enum rc
coordinator_purpose(struct coordinator *c, unsigned *index,
    const uint8_t *bytes, size_t n, uint64_t now)
{
	struct purpose_request r;
	struct bundle_item more;
	struct bundle b;
	uint8_t key[32];
	int authority, known;
	enum rc rc = bundle_init(&b, bytes, n);

	if (rc == RC_OK)
		rc = purpose_take(&r, &b);
	if (rc == RC_OK && bundle_next(&b, &more) != RC_MORE)
		rc = RC_BUNDLE;
	if (rc == RC_OK)
		rc = request_check(c, &r, &authority, key, now);
	if (rc != RC_OK)
		return rc;
	known = coordinator_find(c, r.ask.message);
	if (known < 0)
		return proposal_make(
		    c, index, bytes, n, (unsigned)authority, key);
	*index = (unsigned)known;
	/* asked again: whoever let it lie is shown it once more */
	c->proposal[known].stamp = ++c->stamp;
	coord_touch(c, &c->proposal[known]);
	return RC_OK;
}
