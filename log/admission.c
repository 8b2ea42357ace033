/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of admission in their order. A rule that depends on what is
 * logged asks a->state; a rule that concerns signatures claims the lines of
 * the keys that may sign (line_claim), and what nobody claimed in the end
 * stands there without right.
 */
#include "log/admission.h"

#include <stddef.h>
#include <string.h>

#include "host/bip340.h"
#include "host/rc_text.h"
#include "verify/merkle.h"

#define RELEASES (ADMISSION_RELEASE | ADMISSION_WITHDRAW)
#define CHAINED (ADMISSION_TRUST | ADMISSION_ROSTER)
#define ALL (RELEASES | CHAINED | ADMISSION_OBJECTION)

#define SLICE(s) (int)(s).n, (const char *)(s).p

enum rc
admission_begin(struct admission *a, const uint8_t *bytes, size_t n)
{
	size_t rest = n;
	enum rc rc;

	/* not the union, which is large: it is read once its kind is known */
	memset(a, 0, offsetof(struct admission, u));
	memset(&a->split, 0, offsetof(struct admission, line) -
		offsetof(struct admission, split));
	a->bytes = bytes;
	a->n = n;
	rc = note_split_file(&a->note, &rest, bytes, n);
	if (a->note.text_n == 0)
		return rc; /* no text to speak of */
	note_id(a->id, &a->note);
	if (rc != RC_OK)
		return RC_OK;
	a->split = true;
	a->rest = (struct slice){bytes + rest, n - rest};
	merkle_leaf(a->leaf, bytes, a->note.n);
	return RC_OK;
}

/* ---- the note --------------------------------------------------------- */

static void
lines_index(struct admission *a)
{
	size_t at = a->note.text_n + 1;
	struct sigline l;
	unsigned i;

	for (i = 0; i < a->note.line_n; i++) {
		struct admission_line *line = &a->line[i];

		memset(line, 0, sizeof *line);
		line->at = (uint16_t)at;
		/* it was taken before, when the note was split */
		(void)!sigline_take(&l, &at, a->bytes, a->note.n);
		line->name_n = l.name_n;
		line->blob_n = (uint16_t)l.base64.n;
		memcpy(line->id, l.blob, 4);
		memcpy(line->sig, l.blob + 4, 64);
		line->place = PLACE_NOBODY;
	}
}

static enum rc
rule_note(struct admission *a)
{
	struct note note;
	size_t rest;

	if (!a->split) /* once more, to say what is wrong */
		return note_split_file(&note, &rest, a->bytes, a->n);
	if (a->rest.n == 0 && a->note.n != a->n) /* the LF alone */
		return RC_TRAILING;
	lines_index(a);
	return RC_OK;
}

static enum rc
rule_kind(struct admission *a)
{
	static const struct {
		const char *kind;
		enum admission_kind is;
	} kinds[] = {{"quorate/release@v1", ADMISSION_RELEASE},
	    {"quorate/withdraw@v1", ADMISSION_WITHDRAW},
	    {"quorate/trust@v1", ADMISSION_TRUST},
	    {"quorate/roster@v1", ADMISSION_ROSTER},
	    {"quorate/objection@v1", ADMISSION_OBJECTION}};
	struct slice s = {a->bytes, 0};
	size_t i;

	while (s.p[s.n] != '\n')
		s.n++;
	for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (slice_is(s, kinds[i].kind)) {
			a->kind = kinds[i].is;
			return RC_OK;
		}
	return RC_KIND;
}

/* `proposed` of a trust text, which a device's struct does not keep. */
static enum rc
trust_line_number(const struct trust *t, unsigned rule, uint64_t *out)
{
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, t->page, t->page_n, "quorate/trust@v1",
	    trust_rules, trust_rule_n, READER_HOST);

	*out = 0;
	if (rc == RC_OK)
		rc = line_next_of(&w, rule, &l);
	if (rc == RC_OK)
		*out = l.number[0];
	return rc == RC_MORE ? RC_OK : rc;
}

static enum rc
rule_grammar(struct admission *a)
{
	size_t n = a->note.text_n;
	enum rc rc;

	switch (a->kind) {
	case ADMISSION_RELEASE:
	case ADMISSION_WITHDRAW:
		rc = release_parse(&a->u.release, a->bytes, n, READER_HOST);
		a->authority = a->u.release.authority;
		a->epoch = a->u.release.epoch;
		a->proposed = a->u.release.proposed;
		return rc;
	case ADMISSION_TRUST:
		rc = trust_read(&a->u.trust, a->bytes, n, READER_HOST);
		if (rc != RC_OK)
			return rc;
		a->authority = trust_name(&a->u.trust);
		a->epoch = a->u.trust.epoch;
		return trust_line_number(&a->u.trust, TRUST_RULE_PROPOSED,
		    &a->proposed);
	case ADMISSION_ROSTER:
		rc = roster_parse(&a->u.roster, a->bytes, n);
		a->authority = a->u.roster.authority;
		a->epoch = a->u.roster.epoch;
		a->proposed = a->u.roster.proposed;
		return rc;
	default:
		rc = objection_parse(&a->u.objection, a->bytes, n);
		a->authority = a->u.objection.authority;
		a->epoch = a->u.objection.epoch;
		a->proposed = a->u.objection.proposed;
		return rc;
	}
}

/* A key that is no curve point verifies nothing, and a quorum that counts on
 * it is smaller than it looks. */
static enum rc
rule_keys(struct admission *a)
{
	const struct trust *t = &a->u.trust;
	struct vkey k;
	unsigned list, i;
	enum rc rc = RC_OK;

	if (a->kind == ADMISSION_ROSTER) {
		rc = vkey_usable(&a->u.roster.key);
		for (i = 0; rc == RC_OK && i < a->u.roster.party_n; i++) {
			roster_party_key(&k, &a->u.roster, i);
			rc = vkey_usable(&k);
		}
		return rc;
	}
	for (list = LIST_SIGNERS; list <= LIST_LOGS; list++)
		for (i = 0;
		     rc == RC_OK && i < trust_count(t, (enum trust_list)list);
		     i++) {
			trust_key(&k, t, (enum trust_list)list, i);
			rc = vkey_usable(&k);
			if (rc != RC_OK)
				why_set(&a->why, "the key of '%.*s' is no "
						 "usable public key",
				    SLICE(k.name));
		}
	return rc;
}

/* ---- authority, epoch, chain ------------------------------------------ */

static enum rc
rule_authority(struct admission *a)
{
	const struct admission_state *s = a->state;
	uint8_t first[32];
	enum rc rc;

	a->held = NULL;
	if (!s->authority(s->context, a->authority, first, &a->no_mirror)) {
		why_set(&a->why, "this log does not serve the authority "
				 "'%.*s'",
		    SLICE(a->authority));
		return RC_AUTHORITY;
	}
	rc = s->trust(s->context, a->authority, &a->held, &a->facts);
	if (rc != RC_OK || a->held != NULL)
		return rc;
	if (a->kind != ADMISSION_TRUST) {
		why_set(&a->why, "the first trust text of '%.*s' is not "
				 "logged yet",
		    SLICE(a->authority));
		return RC_AUTHORITY;
	}
	if (memcmp(a->id, first, 32) != 0) {
		why_set(&a->why, "not the first trust text that this log is "
				 "configured to take for '%.*s'",
		    SLICE(a->authority));
		return RC_AUTHORITY;
	}
	return RC_OK;
}

static enum rc
rule_epoch(struct admission *a)
{
	uint32_t held = a->held != NULL ? a->held->epoch : a->epoch;

	if (a->epoch == held ||
	    (a->kind == ADMISSION_TRUST && held < UINT32_MAX &&
		a->epoch == held + 1))
		return RC_OK;
	why_set(&a->why, "epoch %u, and the trust in force has %u", a->epoch,
	    held);
	return RC_EPOCH;
}

/*
 * Which line of a roster or trust text names the text before. Not kept in
 * struct trust: found by walking.
 */
static enum rc
trust_previous(const struct trust *t, struct slice *out)
{
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, t->page, t->page_n, "quorate/trust@v1",
	    trust_rules, trust_rule_n, READER_HOST);

	if (rc == RC_OK)
		rc = line_next_of(&w, TRUST_RULE_PREVIOUS, &l);
	if (rc == RC_OK)
		*out = l.field[0];
	return rc;
}

/*
 * A text follows the newest one, by number and by id. One whose `previous`
 * is an older text of the log competes with the successor that this one has.
 */
static enum rc
chain_follows(struct admission *a, struct slice previous, uint32_t number,
    uint32_t newest, const uint8_t newest_id[static 32])
{
	const struct admission_state *s = a->state;
	uint8_t id[32];
	bool known = false;
	enum rc rc;

	if (!slice_hex(previous, id, 32)) /* "-" */
		known = true;
	else if (memcmp(id, newest_id, 32) == 0)
		return newest < UINT32_MAX && number == newest + 1
		    ? RC_OK
		    : RC_REVISION;
	rc = known ? RC_OK : s->known(s->context, id, &known);
	if (rc != RC_OK)
		return rc;
	return known ? RC_LOG_SUCCESSOR : RC_PREVIOUS;
}

/* The signer of the trust in force whose name a roster line bears. */
static bool
signer_find(const struct trust *t, struct slice name, struct vkey *k,
    unsigned *index)
{
	for (*index = 0; *index < t->signer_n; (*index)++)
		if (slice_equal(policy_name(t->page, t->signer_at[*index]),
			name)) {
			trust_key(k, t, LIST_SIGNERS, *index);
			return true;
		}
	return false;
}

/* Whether a signer is a group key: one bit per signer. */
static enum rc
shared_mask(const struct trust *t, uint32_t *mask)
{
	struct walk w;
	struct line l;
	struct vkey k;
	unsigned i;
	enum rc rc = walk_init(&w, t->page, t->page_n, "quorate/trust@v1",
	    trust_rules, trust_rule_n, READER_HOST);

	*mask = 0;
	while (rc == RC_OK) {
		rc = line_next_of(&w, TRUST_RULE_SHARED, &l);
		if (rc == RC_OK && signer_find(t, l.field[0], &k, &i))
			*mask |= (uint32_t)1 << i;
	}
	return rc == RC_MORE ? RC_OK : rc;
}

enum rc
admission_facts(struct admission_facts *out, const struct trust *t)
{
	enum rc rc = shared_mask(t, &out->shared);

	return rc == RC_OK
	    ? trust_line_number(t, TRUST_RULE_TEXT_MAX, &out->text_max)
	    : rc;
}

static bool
vkey_equal(const struct vkey *a, const struct vkey *b)
{
	return a->type == b->type && slice_equal(a->name, b->name) &&
	    memcmp(a->key, b->key, 32) == 0;
}

static enum rc
roster_chain(struct admission *a)
{
	const struct admission_state *s = a->state;
	const struct roster *r = &a->u.roster, *newest = NULL;
	struct vkey k;
	unsigned i;
	enum rc rc;

	if (!signer_find(a->held, r->signer, &k, &i) ||
	    !(a->facts->shared >> i & 1) || !vkey_equal(&k, &r->key)) {
		why_set(&a->why, "the trust in force has no shared signer "
				 "'%.*s' with this key",
		    SLICE(r->signer));
		return RC_LOG_ROSTER;
	}
	rc = s->roster(s->context, r->key.key, &newest);
	if (rc != RC_OK)
		return rc;
	if (newest != NULL)
		return chain_follows(a, r->previous, r->serial, newest->serial,
		    newest->id);
	return r->serial == 1 ? RC_OK : RC_PREVIOUS;
}

static enum rc
rule_chain(struct admission *a)
{
	struct slice previous = {NULL, 0};
	enum rc rc;

	if (a->kind == ADMISSION_ROSTER)
		return roster_chain(a);
	if (a->held == NULL)
		return a->u.trust.revision == 1 ? RC_OK : RC_REVISION;
	rc = trust_previous(&a->u.trust, &previous);
	return rc == RC_OK ? chain_follows(a, previous, a->u.trust.revision,
				 a->held->revision, a->held->id)
			   : rc;
}

static enum rc list_claim(struct admission *a, const struct trust *t,
    enum trust_list list, uint32_t among, unsigned place, uint32_t *mask);

static bool
recovery_is(const struct admission *a)
{
	const struct admission_state *s = a->state;

	return a->kind == ADMISSION_TRUST && a->held != NULL &&
	    s->recovery != NULL &&
	    s->recovery(s->context, a->authority, a->id);
}

/* As a device takes it with a person present: `recover` roots of the text
 * held. That they satisfy its root quorum is the rule roots-before. */
static enum rc
recovery_roots(struct admission *a)
{
	uint32_t mask = 0;
	enum rc rc = list_claim(a, a->held, LIST_ROOTS, UINT32_MAX, 0, &mask);

	if (rc != RC_OK)
		return rc;
	if (a->held->recover > 0 &&
	    __builtin_popcount(mask) >= a->held->recover)
		return RC_OK;
	why_set(&a->why, "a recovery wants lines by %u roots of the text in "
			 "force", a->held->recover);
	return RC_ROOT_QUORUM;
}

/* A key of the home log: of two `log` lines with the name of the first, either
 * is, so that a key can go while the text in force still names it first. */
static bool
home_is(const struct trust *t, const struct vkey *key)
{
	struct vkey first, k;
	unsigned i;

	trust_key(&first, t, LIST_LOGS, 0);
	for (i = 0; i < t->log_n; i++) {
		trust_key(&k, t, LIST_LOGS, i);
		if (slice_equal(k.name, first.name) && vkey_equal(&k, key))
			return true;
	}
	return false;
}

/*
 * Trust and roster texts are in force when the home log of the text before
 * has them (for the first: its own). Every other log takes a copy, which
 * brings the home log's proof along.
 */
static enum rc
rule_home(struct admission *a)
{
	const struct trust *before =
	    a->held != NULL ? a->held : &a->u.trust;
	struct proof proof;
	struct vkey home;
	enum rc rc;

	if (!(a->kind & CHAINED))
		return a->rest.n == 0 ? RC_OK : RC_TRAILING;
	trust_key(&home, before, LIST_LOGS, 0);
	if (home_is(before, a->state->log) ||
	    (a->state->log_next != NULL &&
		home_is(before, a->state->log_next)))
		return a->rest.n == 0 ? RC_OK : RC_TRAILING;
	if (a->rest.n == 0 && recovery_is(a))
		return recovery_roots(a);
	if (a->rest.n == 0) {
		why_set(&a->why, "a copy for this log wants the proof of "
				 "'%.*s'",
		    SLICE(home.name));
		return RC_LOG_COPY;
	}
	rc = proof_parse(&proof, a->rest.p, a->rest.n);
	if (rc == RC_OK && !slice_equal(proof.head.origin, home.name))
		rc = RC_LOG_COPY;
	if (rc == RC_OK)
		rc = proof_trusted(&proof, before, a->bytes, a->note.n, NULL);
	return rc;
}

static enum rc
rule_text_max(struct admission *a)
{
	uint64_t max = a->facts->text_max;

	if (max == 0 || a->note.text_n <= max)
		return RC_OK;
	why_set(&a->why, "the text has %zu bytes, text-max is %llu",
	    a->note.text_n, (unsigned long long)max);
	return RC_LOG_TEXT_MAX;
}

/* ---- signature lines -------------------------------------------------- */

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

/* All keys of a list whose bits are in `among`; *mask says who has a line. */
static enum rc
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

static enum rc
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

static enum rc
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

static enum rc
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

static enum rc
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

static enum rc
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

static enum rc
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
static enum rc
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

static enum rc
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
static enum rc
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

static enum rc
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

static enum rc
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

/* ---- what the log already holds --------------------------------------- */

/* A copy was in time at the home log; it may come here much later. */
static enum rc
rule_age(struct admission *a)
{
	bool copy = a->rest.n > 0;

	if (a->proposed > a->now && a->proposed - a->now > ADMISSION_AHEAD_S) {
		why_set(&a->why, "proposed %llu s ahead of this log's clock",
		    (unsigned long long)(a->proposed - a->now));
		return RC_LOG_AGE;
	}
	if (!copy && a->now > a->proposed &&
	    a->now - a->proposed > ADMISSION_AGE_S) {
		why_set(&a->why, "proposed more than 37 days ago");
		return RC_LOG_AGE;
	}
	return RC_OK;
}

static enum rc
rule_sequence(struct admission *a)
{
	const struct admission_state *s = a->state;
	struct admission_product p = {0};
	enum rc rc = s->product(s->context, a->authority, a->epoch,
	    a->u.release.product, &p);

	if (rc != RC_OK || !p.released || a->u.release.sequence > p.sequence)
		return rc;
	why_set(&a->why, "sequence %u, and %u is logged of '%.*s'",
	    a->u.release.sequence, p.sequence, SLICE(a->u.release.product));
	return RC_LOG_SEQUENCE;
}

static enum rc
rule_floor(struct admission *a)
{
	const struct admission_state *s = a->state;
	const struct release *r = &a->u.release;
	struct admission_product p = {0};
	enum rc rc = s->product(s->context, a->authority, a->epoch,
	    r->product, &p);

	if (rc != RC_OK)
		return rc;
	if (!p.released)
		why_set(&a->why, "no release of '%.*s' is logged in this epoch",
		    SLICE(r->product));
	else if (r->floor > p.sequence && r->floor - p.sequence > 1)
		why_set(&a->why, "floor %u is more than one above sequence %u",
		    r->floor, p.sequence);
	else if (p.withdrawn && r->floor <= p.floor)
		why_set(&a->why, "floor %u is not above the earlier %u",
		    r->floor, p.floor);
	else
		return RC_OK;
	return RC_LOG_FLOOR;
}

/* The next line that an epoch fixes: who may sign, and how many. */
static enum rc
epoch_line(struct walk *w, struct line *l)
{
	enum rc rc;

	do
		rc = line_next(w, l);
	while (rc == RC_OK && l->rule != TRUST_RULE_SIGNER &&
	    l->rule != TRUST_RULE_SIGNER_GROUP &&
	    l->rule != TRUST_RULE_QUORUM && l->rule != TRUST_RULE_SHARED);
	return rc;
}

static bool
epoch_line_equal(const struct line *a, const struct line *b)
{
	if (a->rule != b->rule)
		return false;
	if (a->rule != TRUST_RULE_SIGNER)
		return slice_equal(a->whole, b->whole);
	return slice_equal(a->field[0], b->field[0]) && /* not the label */
	    slice_equal(a->field[1], b->field[1]);
}

static enum rc
rule_same_epoch(struct admission *a)
{
	const struct trust *t[2] = {a->held, &a->u.trust};
	struct walk w[2];
	struct line l[2];
	enum rc rc[2];
	unsigned i;

	if (a->held == NULL || a->held->epoch != a->u.trust.epoch)
		return RC_OK;
	for (i = 0; i < 2; i++)
		rc[i] = walk_init(&w[i], t[i]->page, t[i]->page_n,
		    "quorate/trust@v1", trust_rules, trust_rule_n,
		    READER_HOST);
	while (rc[0] == RC_OK && rc[1] == RC_OK) {
		for (i = 0; i < 2; i++)
			rc[i] = epoch_line(&w[i], &l[i]);
		if (rc[0] != rc[1] ||
		    (rc[0] == RC_OK && !epoch_line_equal(&l[0], &l[1]))) {
			why_set(&a->why, "signers, their quorum or `shared` "
					 "differ from the text before in the "
					 "same epoch");
			return RC_LOG_EPOCH_CHANGE;
		}
	}
	return rc[0] == RC_MORE ? RC_OK : rc[0];
}

/* Witness and mirror are two: what a cosignature says differs. */
static unsigned
role_of(const struct trust *t, unsigned list, unsigned index)
{
	return list == LIST_COSIGNERS && trust_mirror(t, index) ? LIST_LOGS + 1
								: list;
}

/* A key of the text that has another role in `other`. */
static bool
role_changes(const struct trust *t, const struct trust *other, struct vkey *k)
{
	unsigned la, lb, i, j;
	struct vkey o;

	for (la = LIST_SIGNERS; la <= LIST_LOGS; la++)
		for (i = 0; i < trust_count(t, (enum trust_list)la); i++) {
			trust_key(k, t, (enum trust_list)la, i);
			for (lb = LIST_SIGNERS; lb <= LIST_LOGS; lb++)
				for (j = 0; j < trust_count(other,
						    (enum trust_list)lb);
				     j++) {
					if (role_of(t, la, i) ==
					    role_of(other, lb, j))
						continue;
					trust_key(&o, other,
					    (enum trust_list)lb, j);
					if (memcmp(k->key, o.key, 32) == 0)
						return true;
				}
		}
	return false;
}

/* A party of the roster whose key the trust text uses for something. */
static bool
role_of_party(const struct trust *t, const struct roster *r, struct vkey *k)
{
	unsigned list, i, j;
	struct vkey o;

	for (j = 0; j < r->party_n; j++) {
		roster_party_key(k, r, j);
		for (list = LIST_SIGNERS; list <= LIST_LOGS; list++)
			for (i = 0; i < trust_count(t, (enum trust_list)list);
			     i++) {
				trust_key(&o, t, (enum trust_list)list, i);
				if (memcmp(k->key, o.key, 32) == 0)
					return true;
			}
	}
	return false;
}

static enum rc
role_refuse(struct admission *a, const struct vkey *k)
{
	why_set(&a->why, "the key of '%.*s' has another role already",
	    SLICE(k->name));
	return RC_KEY_ROLE;
}

static enum rc
rule_roles(struct admission *a)
{
	const struct admission_state *s = a->state;
	const struct roster *r;
	struct vkey k, signer;
	unsigned i;
	enum rc rc = RC_OK;

	if (a->kind == ADMISSION_ROSTER)
		return role_of_party(a->held, &a->u.roster, &k)
		    ? role_refuse(a, &k)
		    : RC_OK;
	if (a->held != NULL && role_changes(&a->u.trust, a->held, &k))
		return role_refuse(a, &k);
	for (i = 0; rc == RC_OK && i < a->u.trust.signer_n; i++) {
		trust_key(&signer, &a->u.trust, LIST_SIGNERS, i);
		rc = s->roster(s->context, signer.key, &r);
		if (rc == RC_OK && r != NULL &&
		    role_of_party(&a->u.trust, r, &k))
			rc = role_refuse(a, &k);
	}
	return rc;
}

/* Trees are monotone: if all the plain witnesses together do not satisfy the
 * quorum, every set that does holds a mirror. */
static enum rc
rule_mirror(struct admission *a)
{
	const struct trust *t = &a->u.trust;
	uint32_t witnesses = (uint32_t)(((uint64_t)1 << trust_witness_n(t)) - 1);
	struct slice name = a->authority;
	bool test = name.n >= 5 &&
	    memcmp(name.p + name.n - 5, "/test", 5) == 0;

	if (!trust_satisfied(t, TREE_COSIGNERS, witnesses) ||
	    (test && a->no_mirror))
		return RC_OK;
	return RC_LOG_MIRROR;
}

/* Otherwise nothing under this text would ever be published here, and as a
 * head must satisfy every authority, nobody else's either. */
static enum rc
rule_witnesses(struct admission *a)
{
	const struct admission_state *s = a->state;
	const struct trust *t = &a->u.trust;
	uint32_t mask = 0;
	struct vkey k;
	unsigned i;

	for (i = 0; i < t->cosigner_n; i++) {
		trust_key(&k, t, LIST_COSIGNERS, i);
		if (s->cosigner(s->context, &k))
			mask |= (uint32_t)1 << i;
	}
	return trust_satisfied(t, TREE_COSIGNERS, mask) ? RC_OK
							: RC_LOG_WITNESSES;
}

static enum rc
rule_many(struct admission *a)
{
	const struct admission_state *s = a->state;
	unsigned n = 0;
	enum rc rc = s->objections(s->context, a->objector,
	    a->u.objection.release, &n);

	if (rc == RC_OK && n >= ADMISSION_OBJECTIONS_MAX)
		rc = RC_LOG_MANY;
	return rc;
}

#define ONCE ADMISSION_ONCE
#define TEXTS ADMISSION_TEXTS
#define LATE ADMISSION_LATE
const struct admission_rule admission_rules[] = {
    {"note", ALL, ONCE, rule_note, false},
    {"kind", ALL, ONCE, rule_kind, false},
    {"grammar", ALL, ONCE, rule_grammar, false},
    {"keys", CHAINED, ONCE, rule_keys, false},
    {"authority", ALL, TEXTS, rule_authority, false},
    {"epoch", ALL, TEXTS, rule_epoch, false},
    {"chain", CHAINED, TEXTS, rule_chain, false},
    {"home", ALL, TEXTS, rule_home, true},
    {"text-max", RELEASES, TEXTS, rule_text_max, false},
    {"signers", RELEASES, TEXTS, rule_signers, false},
    {"rosters", RELEASES, TEXTS, rule_rosters, false},
    {"parties", RELEASES, TEXTS, rule_parties, false},
    {"roots-before", ADMISSION_TRUST, TEXTS, rule_roots_before, false},
    {"roots-own", ADMISSION_TRUST, TEXTS, rule_roots_own, false},
    {"introduced", ADMISSION_TRUST, TEXTS, rule_introduced, false},
    {"roster-lines", ADMISSION_ROSTER, TEXTS, rule_roster_lines, false},
    {"roster-before", ADMISSION_ROSTER, TEXTS, rule_roster_before, false},
    {"objector", ADMISSION_OBJECTION, TEXTS, rule_objector, false},
    {"strangers", ALL, TEXTS, rule_strangers, false},
    {"order", ALL, TEXTS, rule_order, false},
    {"age", ALL, LATE, rule_age, true},
    {"sequence", ADMISSION_RELEASE, LATE, rule_sequence, false},
    {"floor", ADMISSION_WITHDRAW, LATE, rule_floor, false},
    {"same-epoch", ADMISSION_TRUST, TEXTS, rule_same_epoch, false},
    {"roles", CHAINED, TEXTS, rule_roles, false},
    {"mirror", ADMISSION_TRUST, TEXTS, rule_mirror, false},
    {"witnesses", ADMISSION_TRUST, TEXTS, rule_witnesses, true},
    {"many", ADMISSION_OBJECTION, LATE, rule_many, false},
};
const unsigned admission_rule_n =
    sizeof admission_rules / sizeof admission_rules[0];

/* Which rules this run needs: those that passed before and depend on nothing
 * that has changed are not run again. */
static bool
rule_wanted(const struct admission *a, const struct admission_rule *rule)
{
	if (rule->at_the_door && a->state->log == NULL)
		return false;
	switch (rule->when) {
	case ADMISSION_ONCE:
		return !a->read;
	case ADMISSION_TEXTS:
		return a->passed == 0 || a->passed != a->state->generation;
	default:
		return !a->put_off;
	}
}

static enum rc
rules_run(struct admission *a, const struct admission_state *state,
    uint64_t now)
{
	unsigned i;
	enum rc rc = RC_OK;

	a->state = state;
	a->now = now;
	if (!a->read)
		a->kind = (enum admission_kind)ALL; /* until its rule has run */
	a->why.text[0] = '\0';
	if (a->read && (a->passed == 0 || a->passed != state->generation))
		for (i = 0; i < a->note.line_n; i++)
			a->line[i].place = PLACE_NOBODY;
	a->refused_by = NULL;
	for (i = 0; rc == RC_OK && i < admission_rule_n; i++) {
		const struct admission_rule *rule = &admission_rules[i];

		if (rule->when != ADMISSION_ONCE)
			a->read = true;
		if (!(a->kind & rule->kinds) || !rule_wanted(a, rule))
			continue;
		rc = rule->check(a);
		if (rc != RC_OK)
			a->refused_by = rule->name;
	}
	if (rc == RC_OK)
		a->passed = state->generation;
	a->state = NULL;
	return rc;
}

enum rc
admission_check(struct admission *a, const struct admission_state *state,
    uint64_t now)
{
	unsigned i;
	enum rc rc;

	for (i = 0; a->read && i < a->note.line_n; i++)
		if (a->line[i].claimed)
			a->passed = 0; /* nobody has verified it */
	a->put_off = false;
	rc = rules_run(a, state, now);
	if (rc != RC_OK && a->why.text[0] == '\0')
		why_set(&a->why, "%s", rc_text(rc));
	a->rc = rc;
	return rc;
}

/* ---- many at once ----------------------------------------------------- */

enum rc
admission_prepare(struct admission *a, const struct admission_state *state,
    uint64_t now)
{
	enum rc rc;

	a->put_off = true;
	rc = rules_run(a, state, now);
	a->put_off = false;
	if (rc != RC_OK)
		a->passed = 0;
	return rc;
}

bool
admission_claim(const struct admission *a, unsigned *i, const uint8_t **key,
    const uint8_t **sig)
{
	while (*i < a->note.line_n && !a->line[*i].claimed)
		(*i)++;
	if (*i >= a->note.line_n)
		return false;
	*key = a->line[*i].key;
	*sig = a->line[*i].sig;
	(*i)++;
	return true;
}

void
admission_verified(struct admission *a)
{
	unsigned i;

	for (i = 0; i < a->note.line_n; i++)
		if (a->line[i].claimed) {
			a->line[i].claimed = false;
			a->line[i].verified = true;
		}
}

unsigned
admission_status(enum rc rc)
{
	switch (rc) {
	case RC_OK:
		return 200;
	case RC_NOTE_LONG:
		return 413;
	case RC_SIGNATURE_INVALID:
	case RC_QUORUM:
	case RC_ROOT_QUORUM:
	case RC_INTRODUCED:
	case RC_LOG:
	case RC_WITNESS_QUORUM:
	case RC_LOG_PARTIES:
	case RC_LOG_LINE:
		return 403;
	case RC_LOG_SEQUENCE:
	case RC_LOG_SUCCESSOR:
		return 409;
	case RC_AUTHORITY:
	case RC_EPOCH:
	case RC_PREVIOUS:
	case RC_REVISION:
	case RC_KEY_ROLE:
		return 422;
	case RC_DATABASE:
	case RC_FILE:
	case RC_MEMORY:
	case RC_STOPPED:
	case RC_LOG_BEHIND:
		return 503;
	default:
		return rc < RC_LOG_AGE ? 400 : 422;
	}
}
