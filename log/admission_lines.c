/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of admission about signature lines. Each claims the lines of the
 * keys that may sign (line_claim), which verifies them and gives them their
 * place in canonical order; what nobody claimed in the end stands there
 * without right, and then the order itself is looked at.
 */
#include "log/admission_inside.h"

#include <string.h>

#include "host/rc_text.h"

static enum rc
line_verify(struct admission *a, struct admission_line *line,
    const struct vkey *k)
{
	struct sigline l;
	uint64_t none;
	size_t at;
	enum rc rc;

	if (line->verified && memcmp(line->key, k->key, 32) == 0)
		return RC_OK;
	if (a->put_off && k->type == KEY_ED25519) {
		if (line->blob_n != SIG_ED25519_BYTES)
			return RC_SIGLINE_LENGTH;
		if (line->claimed && memcmp(line->key, k->key, 32) != 0)
			return RC_SIGNATURE_INVALID; /* one under two keys */
		line->claimed = true;
		memcpy(line->key, k->key, 32);
		return RC_OK;
	}
	at = line->at;
	(void)!sigline_take(&l, &at, a->bytes, a->note.n);
	/* the message is only written to for a cosigner's key */
	rc = sigline_verify(&l, k, (uint8_t *)(uintptr_t)a->bytes,
	    a->note.text_n, &none);
	if (rc != RC_OK) {
		why_set(&a->why, "the line of '%.*s': %s", SLICE(k->name),
		    rc_text(rc));
		return rc;
	}
	line->verified = true;
	line->claimed = false;
	memcpy(line->key, k->key, 32);
	return RC_OK;
}

/*
 * The line of a key that may sign this text: verified, and given its place
 * in canonical order. RC_OK, or RC_MORE when the key has no line, or the
 * refusal of a known line. A key that may sign in two rôles keeps the
 * earlier place.
 */
static enum rc
line_claim(struct admission *a, const struct vkey *k, unsigned place)
{
	enum rc rc = RC_MORE;
	unsigned i;

	for (i = 0; i < a->note.line_n; i++) {
		struct admission_line *line = &a->line[i];
		struct slice name = {a->bytes + line->at + 4, line->name_n};

		if (memcmp(line->id, k->id, 4) != 0 ||
		    !slice_equal(name, k->name))
			continue;
		if (rc == RC_OK) {
			why_set(&a->why, "'%.*s' signs twice", SLICE(k->name));
			return RC_SIGLINE_REPEATED;
		}
		rc = line_verify(a, line, k);
		if (rc != RC_OK)
			return rc;
		if (line->place == PLACE_NOBODY)
			line->place = (uint16_t)place;
	}
	return rc;
}

enum rc
list_claim(struct admission *a, const struct trust *t, enum trust_list list,
    uint32_t among, unsigned place, uint32_t *mask)
{
	struct vkey k;
	unsigned i;
	enum rc rc;

	for (i = 0; i < trust_count(t, list); i++) {
		if (!(among >> i & 1))
			continue;
		trust_key(&k, t, list, i);
		rc = line_claim(a, &k, place + i);
		if (rc == RC_OK)
			*mask |= (uint32_t)1 << i;
		else if (rc != RC_MORE)
			return rc;
	}
	return RC_OK;
}

enum rc
rule_signers(struct admission *a)
{
	enum rc rc;

	a->signers = 0;
	rc = list_claim(a, a->held, LIST_SIGNERS, UINT32_MAX, 0, &a->signers);
	if (rc != RC_OK)
		return rc;
	return trust_satisfied(a->held, TREE_SIGNERS, a->signers) ? RC_OK
								  : RC_QUORUM;
}

/* The serial that the release names for a signer; 0 when it names none. */
static enum rc
roster_named(const struct admission *a, struct slice signer, uint32_t *serial)
{
	bool w_is = a->kind == ADMISSION_WITHDRAW;
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, a->bytes, a->note.text_n,
	    w_is ? "quorate/withdraw@v1" : "quorate/release@v1",
	    w_is ? withdraw_rules : release_rules,
	    w_is ? withdraw_rule_n : release_rule_n, READER_HOST);

	*serial = 0;
	while (rc == RC_OK) {
		rc = line_next_of(&w,
		    w_is ? WITHDRAW_RULE_ROSTER : RELEASE_RULE_ROSTER, &l);
		if (rc == RC_OK && slice_equal(l.field[0], signer))
			*serial = (uint32_t)l.number[0];
	}
	return rc == RC_MORE ? RC_OK : rc;
}

/* For every shared signer that has a line: its newest roster. */
static enum rc
each_roster(struct admission *a,
    enum rc (*check)(struct admission *a, unsigned signer,
	const struct roster *r))
{
	const struct admission_state *s = a->state;
	const struct roster *r;
	struct vkey k;
	unsigned i;
	enum rc rc = RC_OK;

	for (i = 0; rc == RC_OK && i < a->held->signer_n; i++) {
		if (!(a->facts->shared & a->signers & (uint32_t)1 << i))
			continue;
		trust_key(&k, a->held, LIST_SIGNERS, i);
		rc = s->roster(s->context, k.key, &r);
		if (rc == RC_OK)
			rc = check(a, i, r);
	}
	return rc;
}

static enum rc
roster_is_newest(struct admission *a, unsigned signer, const struct roster *r)
{
	struct slice name =
	    policy_name(a->held->page, a->held->signer_at[signer]);
	uint32_t serial;
	enum rc rc = roster_named(a, name, &serial);

	if (rc != RC_OK)
		return rc;
	if (r != NULL && serial == r->serial)
		return RC_OK;
	if (r == NULL)
		why_set(&a->why, "no roster of '%.*s' is logged", SLICE(name));
	else if (serial == 0)
		why_set(&a->why, "the text names no roster of '%.*s'",
		    SLICE(name));
	else
		why_set(&a->why, "roster %u of '%.*s' is named, %u is the "
				 "newest",
		    serial, SLICE(name), r->serial);
	return RC_LOG_ROSTER;
}

enum rc
rule_rosters(struct admission *a)
{
	return each_roster(a, roster_is_newest);
}

/* Claim the lines of a roster's parties, in leaf order. */
static enum rc
parties_claim(struct admission *a, const struct roster *r, unsigned place,
    uint32_t mask[static 4])
{
	uint8_t order[ROSTER_PARTIES_MAX];
	struct vkey k;
	unsigned i;
	enum rc rc;

	memset(mask, 0, 4 * sizeof *mask);
	roster_leaf_order(r, order);
	for (i = 0; i < r->party_n; i++) {
		roster_party_key(&k, r, order[i]);
		rc = line_claim(a, &k, place + i);
		if (rc == RC_OK)
			mask[order[i] / 32] |= (uint32_t)1 << order[i] % 32;
		else if (rc != RC_MORE)
			return rc;
	}
	return RC_OK;
}

/* Places behind the signers': a block of 128 for each shared one. */
static enum rc
parties_satisfy(struct admission *a, unsigned signer, const struct roster *r)
{
	uint32_t mask[4];
	enum rc rc;

	if (r == NULL)
		return RC_LOG_ROSTER;
	rc = parties_claim(a, r,
	    TRUST_SIGNERS_MAX + signer * ROSTER_PARTIES_MAX, mask);
	if (rc != RC_OK)
		return rc;
	return roster_satisfied(r, mask) ? RC_OK : RC_LOG_PARTIES;
}

enum rc
rule_parties(struct admission *a)
{
	return each_roster(a, parties_satisfy);
}

/* Which keys of a list of t the other text's list does not have, by vkey. */
static uint32_t
list_new(const struct trust *t, const struct trust *other, enum trust_list list)
{
	uint32_t mask = 0;
	struct vkey k, o;
	unsigned i, j;

	for (i = 0; i < trust_count(t, list); i++) {
		trust_key(&k, t, list, i);
		for (j = 0; other != NULL && j < trust_count(other, list);
		     j++) {
			trust_key(&o, other, list, j);
			if (vkey_equal(&k, &o))
				break;
		}
		if (other == NULL || j == trust_count(other, list))
			mask |= (uint32_t)1 << i;
	}
	return mask;
}

/* Roots of the text before, then new roots; then introduced signers. */
enum {
	PLACE_NEW_ROOTS = TRUST_ROOTS_MAX,
	PLACE_INTRODUCED = 2 * TRUST_ROOTS_MAX,
};

enum rc
rule_roots_before(struct admission *a)
{
	uint32_t mask = 0;
	enum rc rc;

	if (a->held == NULL)
		return RC_OK;
	rc = list_claim(a, a->held, LIST_ROOTS, UINT32_MAX, 0, &mask);
	if (rc != RC_OK)
		return rc;
	if (trust_satisfied(a->held, TREE_ROOTS, mask))
		return RC_OK;
	why_set(&a->why, "the root quorum of the text in force is not met");
	return RC_ROOT_QUORUM;
}

enum rc
rule_roots_own(struct admission *a)
{
	uint32_t mask = 0;
	enum rc rc = list_claim(a, &a->u.trust, LIST_ROOTS, UINT32_MAX,
	    PLACE_NEW_ROOTS, &mask);

	if (rc != RC_OK)
		return rc;
	if (trust_satisfied(&a->u.trust, TREE_ROOTS, mask))
		return RC_OK;
	why_set(&a->why, "the text's own root quorum is not met");
	return RC_ROOT_QUORUM;
}

enum rc
rule_introduced(struct admission *a)
{
	uint32_t fresh = list_new(&a->u.trust, a->held, LIST_SIGNERS);
	uint32_t mask = 0;
	enum rc rc = list_claim(a, &a->u.trust, LIST_SIGNERS, fresh,
	    PLACE_INTRODUCED, &mask);

	if (rc != RC_OK)
		return rc;
	return mask == fresh ? RC_OK : RC_INTRODUCED;
}

/* The group key, with the new shares, and every party of the new roster. */
enum rc
rule_roster_lines(struct admission *a)
{
	const struct roster *r = &a->u.roster;
	uint32_t mask[4];
	unsigned i;
	enum rc rc = line_claim(a, &r->key, 0);

	if (rc == RC_MORE) {
		why_set(&a->why, "the group key has not signed");
		return RC_QUORUM;
	}
	if (rc == RC_OK)
		rc = parties_claim(a, r, 1, mask);
	for (i = 0; rc == RC_OK && i < r->party_n; i++)
		if (!(mask[i / 32] >> i % 32 & 1)) {
			why_set(&a->why, "party '%.*s' has not signed",
			    SLICE(roster_party_name(r, i)));
			rc = RC_LOG_PARTIES;
		}
	return rc;
}

enum rc
rule_roster_before(struct admission *a)
{
	const struct admission_state *s = a->state;
	const struct roster *before;
	uint32_t mask[4];
	enum rc rc = s->roster(s->context, a->u.roster.key.key, &before);

	if (rc != RC_OK || before == NULL)
		return rc;
	rc = parties_claim(a, before, 1 + ROSTER_PARTIES_MAX, mask);
	if (rc != RC_OK)
		return rc;
	if (roster_satisfied(before, mask))
		return RC_OK;
	why_set(&a->why, "parties of roster %u do not satisfy its quorum",
	    before->serial);
	return RC_LOG_PARTIES;
}

/* A plain signer, or a party of a roster in force; one line. */
enum rc
rule_objector(struct admission *a)
{
	const struct admission_state *s = a->state;
	const struct roster *r;
	uint32_t shared = a->facts->shared, mask = 0, parties[4];
	struct vkey k;
	unsigned i;
	enum rc rc = list_claim(a, a->held, LIST_SIGNERS, ~shared, 0, &mask);

	for (i = 0; rc == RC_OK && i < a->held->signer_n; i++) {
		if (!(shared >> i & 1))
			continue;
		trust_key(&k, a->held, LIST_SIGNERS, i);
		rc = s->roster(s->context, k.key, &r);
		if (rc == RC_OK && r != NULL)
			rc = parties_claim(a, r, 1, parties);
	}
	if (rc != RC_OK)
		return rc;
	if (a->note.line_n != 1 || a->line[0].place == PLACE_NOBODY) {
		why_set(&a->why, "an objection has one line, by a plain signer "
				 "or a party of a roster in force");
		return RC_LOG_LINE;
	}
	memcpy(a->objector, a->line[0].key, 32);
	return RC_OK;
}

enum rc
rule_strangers(struct admission *a)
{
	unsigned i;

	for (i = 0; i < a->note.line_n; i++) {
		if (a->line[i].place != PLACE_NOBODY)
			continue;
		why_set(&a->why, "the line of '%.*s' is by nobody who may sign "
				 "this text",
		    (int)a->line[i].name_n,
		    (const char *)a->bytes + a->line[i].at + 4);
		return RC_LOG_LINE;
	}
	return RC_OK;
}

enum rc
rule_order(struct admission *a)
{
	unsigned i;

	for (i = 1; i < a->note.line_n; i++) {
		if (a->line[i - 1].place < a->line[i].place)
			continue;
		why_set(&a->why, "the line of '%.*s' stands too late",
		    (int)a->line[i].name_n,
		    (const char *)a->bytes + a->line[i].at + 4);
		return RC_LOG_ORDER;
	}
	return RC_OK;
}
