/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk through a log, entry by entry. What was in force earlier than our
 * first trust text is not judged: it was checked by whoever made that text
 * ours, and nothing in it can be used against us, since only entries of the
 * present epoch raise anything.
 */
#include "signer/explain.h"
#include <string.h>

/* RC_OK: one line by k, and it verifies. RC_MORE: none. */
static enum rc
line_by(const struct note *note, const struct vkey *k)
{
	enum rc rc = RC_MORE;

	for (unsigned i = 0; i < note->line_n; i++) {
		struct sigline l;
		uint64_t time;

		note_line(note, i, &l, NULL);
		if (!sigline_by(&l, k))
			continue;
		if (rc != RC_MORE)
			return RC_SIGLINE_REPEATED;
		rc = sigline_verify(&l, k, (uint8_t *)note->bytes,
		    note->text_n, &time);
		if (rc != RC_OK)
			return rc;
	}
	return rc;
}

/* Which keys of a list of a trust text signed. */
static enum rc
list_mask(uint32_t *mask, const struct note *note, const struct trust *t,
    enum trust_list list)
{
	*mask = 0;
	for (unsigned i = 0; i < trust_count(t, list); i++) {
		struct vkey k;
		enum rc rc;

		trust_key(&k, t, list, i);
		rc = line_by(note, &k);
		if (rc == RC_OK)
			*mask |= UINT32_C(1) << i;
		else if (rc != RC_MORE)
			return rc;
	}
	return RC_OK;
}

/* Which parties of a roster signed; all of them or not. */
static enum rc
party_mask(uint32_t mask[static 4], bool *all, const struct note *note,
    const struct roster *r)
{
	memset(mask, 0, 4 * sizeof mask[0]);
	*all = true;
	for (unsigned i = 0; i < r->party_n; i++) {
		struct vkey k;
		enum rc rc;

		roster_party_key(&k, r, i);
		rc = line_by(note, &k);
		if (rc == RC_OK)
			mask[i / 32] |= UINT32_C(1) << i % 32;
		else if (rc != RC_MORE)
			return rc;
		else
			*all = false;
	}
	return RC_OK;
}

const struct roster *
explain_roster_of(const struct explain *e, const uint8_t key[static 32])
{
	for (unsigned i = 0; i < e->roster_n; i++)
		if (memcmp(e->roster[i].roster.key.key, key, 32) == 0)
			return &e->roster[i].roster;
	return NULL;
}

enum rc
explain_trust(struct explain *e, const uint8_t *text, size_t n)
{
	struct trust t;
	enum rc rc;

	if (n > sizeof e->trust_text)
		return RC_TEXT_LONG;
	rc = trust_read(&t, text, n, READER_HOST);
	if (rc != RC_OK || (e->known && t.revision <= e->trust.revision))
		return rc;
	memmove(e->trust_text, text, n);
	e->trust_n = n;
	e->known = true;
	return trust_read(&e->trust, e->trust_text, n, READER_HOST);
}

enum rc
explain_roster(struct explain *e, const uint8_t *text, size_t n)
{
	struct roster r;
	unsigned i;
	enum rc rc;

	if (n > sizeof e->roster[0].text)
		return RC_TEXT_LONG;
	rc = roster_parse(&r, text, n);
	if (rc != RC_OK)
		return rc;
	for (i = 0; i < e->roster_n; i++)
		if (memcmp(e->roster[i].roster.key.key, r.key.key, 32) == 0)
			break;
	if (i == EXPLAIN_ROSTERS_MAX)
		return RC_LOG_MANY;
	if (i < e->roster_n && r.serial <= e->roster[i].roster.serial)
		return RC_OK;
	memmove(e->roster[i].text, text, n);
	if (i == e->roster_n)
		e->roster_n++;
	return roster_parse(&e->roster[i].roster, e->roster[i].text, n);
}

/* ---- releases -------------------------------------------------------------- */

/* Whether the index-th signer is a group key: its name stands in `shared`. */
static bool
is_shared(const struct trust *t, unsigned index)
{
	struct slice name = policy_name(t->page, t->signer_at[index]);
	struct walk w;
	struct line l;

	if (walk_init(&w, t->page, t->page_n, "quorate/trust@v1", trust_rules,
		trust_rule_n, READER_HOST) != RC_OK)
		return false;
	while (line_next_of(&w, TRUST_RULE_SHARED, &l) == RC_OK)
		if (slice_equal(l.field[0], name))
			return true;
	return false;
}

static uint32_t
serial_of(const struct note *note, bool withdraw, struct slice signer)
{
	struct walk w;
	struct line l;

	if (walk_init(&w, note->bytes, note->text_n,
		withdraw ? "quorate/withdraw@v1" : "quorate/release@v1",
		withdraw ? withdraw_rules : release_rules,
		withdraw ? withdraw_rule_n : release_rule_n,
		READER_HOST) != RC_OK)
		return 0;
	while (line_next_of(&w,
		   withdraw ? (unsigned)WITHDRAW_RULE_ROSTER
			    : (unsigned)RELEASE_RULE_ROSTER,
		   &l) == RC_OK)
		if (slice_equal(l.field[0], signer))
			return (uint32_t)l.number[0];
	return 0;
}

/* A shared signer's line is explained by parties of its newest roster. */
static enum rc
parties_explain(const struct explain *e, const struct note *note,
    unsigned signer, bool withdraw)
{
	const struct roster *r;
	struct vkey k;
	uint32_t mask[4];
	bool all;
	enum rc rc;

	trust_key(&k, &e->trust, LIST_SIGNERS, signer);
	r = explain_roster_of(e, k.key);
	if (r == NULL || serial_of(note, withdraw, r->signer) != r->serial)
		return RC_LOG_ROSTER;
	rc = party_mask(mask, &all, note, r);
	if (rc != RC_OK)
		return rc;
	return roster_satisfied(r, mask) ? RC_OK : RC_LOG_PARTIES;
}

static enum rc
explain_release(struct explain *e, enum explained *what,
    struct release *release, const struct note *note)
{
	uint32_t mask;
	enum rc rc =
	    release_parse(release, note->bytes, note->text_n, READER_HOST);

	if (rc != RC_OK)
		return rc;
	if (!slice_equal(release->authority, trust_name(&e->trust)) ||
	    release->epoch < e->trust.epoch)
		return RC_OK;
	if (release->epoch > e->trust.epoch)
		return RC_EPOCH;
	rc = list_mask(&mask, note, &e->trust, LIST_SIGNERS);
	if (rc != RC_OK)
		return rc;
	if (!trust_satisfied(&e->trust, TREE_SIGNERS, mask))
		return RC_QUORUM;
	for (unsigned i = 0; i < trust_count(&e->trust, LIST_SIGNERS); i++)
		if ((mask >> i & 1) != 0 && is_shared(&e->trust, i)) {
			rc = parties_explain(e, note, i, release->withdraw);
			if (rc != RC_OK)
				return rc;
		}
	*what = EXPLAINED_RELEASE;
	return RC_OK;
}

/* ---- rosters ----------------------------------------------------------------- */

static bool
names(struct slice previous, const uint8_t id[static 32])
{
	uint8_t named[32];

	return slice_hex(previous, named, sizeof named) &&
	    memcmp(named, id, sizeof named) == 0;
}

/* Follows the newest one of its key, with enough of its parties. */
static enum rc
roster_follows(const struct note *note, const struct roster *r,
    const struct roster *before)
{
	uint32_t mask[4];
	bool all;
	enum rc rc;

	if (before == NULL)
		return r->serial == 1 ? RC_OK : RC_PREVIOUS;
	if (r->serial != before->serial + 1 || !names(r->previous, before->id))
		return RC_PREVIOUS;
	rc = party_mask(mask, &all, note, before);
	if (rc != RC_OK)
		return rc;
	return roster_satisfied(before, mask) ? RC_OK : RC_LOG_PARTIES;
}

static enum rc
explain_new_roster(struct explain *e, enum explained *what, bool home,
    const struct note *note)
{
	const struct roster *before;
	struct roster r;
	struct vkey k;
	uint32_t mask[4];
	bool all, signer = false;
	enum rc rc = roster_parse(&r, note->bytes, note->text_n);

	if (rc != RC_OK)
		return rc;
	if (!slice_equal(r.authority, trust_name(&e->trust)))
		return RC_OK;
	*what = EXPLAINED_OTHER;
	before = explain_roster_of(e, r.key.key);
	if (before != NULL && memcmp(before->id, r.id, 32) == 0)
		return RC_OK; /* known, from before or from another log */
	if (before != NULL && r.serial < before->serial)
		return RC_OK; /* of before our time */
	for (unsigned i = 0; i < trust_count(&e->trust, LIST_SIGNERS); i++) {
		trust_key(&k, &e->trust, LIST_SIGNERS, i);
		signer |= memcmp(k.key, r.key.key, 32) == 0 &&
		    is_shared(&e->trust, i);
	}
	if (!signer)
		return r.epoch < e->trust.epoch ? RC_OK : RC_LOG_ROSTER;
	rc = roster_follows(note, &r, before);
	if (rc == RC_OK)
		rc = line_by(note, &r.key);
	if (rc == RC_OK)
		rc = party_mask(mask, &all, note, &r);
	if (rc != RC_OK)
		return rc == RC_MORE ? RC_QUORUM : rc;
	if (!all)
		return RC_LOG_PARTIES;
	if (!home)
		return RC_OK;
	rc = explain_roster(e, note->bytes, note->text_n);
	if (rc == RC_OK)
		*what = EXPLAINED_ROSTER;
	return rc;
}

/* ---- trust ------------------------------------------------------------------- */

static bool
has_signer(const struct trust *t, const struct vkey *k)
{
	for (unsigned i = 0; i < trust_count(t, LIST_SIGNERS); i++) {
		struct vkey other;

		trust_key(&other, t, LIST_SIGNERS, i);
		if (slice_equal(other.name, k->name) &&
		    memcmp(other.key, k->key, 32) == 0)
			return true;
	}
	return false;
}

/* Everything that section 6 asks of a successor, the proof excepted. */
static enum rc
trust_follows(const struct note *note, const struct trust *t,
    const struct trust *before)
{
	struct walk w;
	struct line l;
	uint32_t mask;
	enum rc rc;

	if (t->epoch != before->epoch && t->epoch != before->epoch + 1)
		return RC_EPOCH;
	rc = walk_init(&w, note->bytes, note->text_n, "quorate/trust@v1",
	    trust_rules, trust_rule_n, READER_HOST);
	if (rc == RC_OK)
		rc = line_next_of(&w, TRUST_RULE_PREVIOUS, &l);
	if (rc != RC_OK || !names(l.field[0], before->id))
		return RC_PREVIOUS;
	rc = list_mask(&mask, note, before, LIST_ROOTS);
	if (rc == RC_OK && !trust_satisfied(before, TREE_ROOTS, mask))
		rc = RC_ROOT_QUORUM;
	if (rc == RC_OK)
		rc = list_mask(&mask, note, t, LIST_ROOTS);
	if (rc == RC_OK && !trust_satisfied(t, TREE_ROOTS, mask))
		rc = RC_ROOT_QUORUM;
	for (unsigned i = 0;
	     rc == RC_OK && i < trust_count(t, LIST_SIGNERS); i++) {
		struct vkey k;

		trust_key(&k, t, LIST_SIGNERS, i);
		if (has_signer(before, &k))
			continue;
		rc = line_by(note, &k);
		if (rc == RC_MORE)
			rc = RC_INTRODUCED;
	}
	return rc;
}

static enum rc
explain_new_trust(struct explain *e, enum explained *what, bool home,
    const struct note *note)
{
	const struct trust *held = &e->trust;
	struct trust t;
	enum rc rc =
	    trust_read(&t, note->bytes, note->text_n, READER_HOST);

	if (rc != RC_OK)
		return rc;
	if (!slice_equal(trust_name(&t), trust_name(held)))
		return RC_OK;
	*what = EXPLAINED_OTHER;
	if (t.revision < held->revision)
		return RC_OK;
	if (t.revision == held->revision)
		return memcmp(t.id, held->id, 32) == 0 ? RC_OK : RC_PREVIOUS;
	if (t.revision != held->revision + 1)
		return RC_REVISION;
	rc = trust_follows(note, &t, held);
	if (rc != RC_OK || !home)
		return rc;
	rc = explain_trust(e, note->bytes, note->text_n);
	if (rc == RC_OK)
		*what = EXPLAINED_TRUST;
	return rc;
}

enum rc
explain_entry(struct explain *e, enum explained *what,
    struct release *release, bool home, const uint8_t *entry, size_t n)
{
	static const char *const kinds[] = {"quorate/release@v1\n",
	    "quorate/withdraw@v1\n", "quorate/roster@v1\n",
	    "quorate/trust@v1\n"};
	struct note note;
	unsigned kind;
	enum rc rc;

	*what = EXPLAINED_NOTHING;
	if (!e->known)
		return RC_STATE;
	rc = note_split(&note, entry, n);
	if (rc != RC_OK)
		return RC_OK; /* no note: nobody's, so not ours */
	for (kind = 0; kind < 4; kind++)
		if (note.text_n > strlen(kinds[kind]) &&
		    memcmp(entry, kinds[kind], strlen(kinds[kind])) == 0)
			break;
	switch (kind) {
	case 0:
	case 1:
		return explain_release(e, what, release, &note);
	case 2:
		return explain_new_roster(e, what, home, &note);
	case 3:
		return explain_new_trust(e, what, home, &note);
	default:
		return RC_OK; /* objections and what others log */
	}
}
