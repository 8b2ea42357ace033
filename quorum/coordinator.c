/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coordinator's state machine: what it believes, what is proposed, and
 * which part of it an event concerns. Signing is coordinator_sign.c, births
 * coordinator_birth.c, purposes coordinator_purpose.c, what is said
 * coordinator_view.c.
 */
#include "quorum/coordinator.h"
#include <string.h>
#include "quorum/coordinator_parts.h"
#include "quorum/roster_frost.h"

static const char *const state_names[] = {[COORD_OPEN] = "open",
    [COORD_SIGNED] = "signed",
    [COORD_REFUSED] = "refused",
    [COORD_EXPIRED] = "expired",
    [COORD_SUPERSEDED] = "superseded",
    [COORD_ABORTED] = "aborted"};

const char *
coord_state_name(enum coord_state state)
{
	return state_names[state];
}

void
coord_touch(struct coordinator *c, struct coord_proposal *p)
{
	p->change++;
	c->changed = true;
}

void
coord_copy(char *out, size_t out_n, struct slice s)
{
	size_t n = s.n < out_n ? s.n : out_n - 1;

	memcpy(out, s.p, n);
	out[n] = 0;
}

void
coordinator_init(
    struct coordinator *c, const uint8_t token[static 4], uint32_t run)
{
	struct text t;

	text_init(&t, c->token, sizeof c->token);
	text_hex(&t, token, 4);
	c->change_base = (run & 0xfffff) << 12;
}

/* ---- what is believed ---- */

static void
members_of_trust(const void *context, unsigned group,
    uint8_t nodes[static POLICY_LEAVES_MAX], unsigned *n)
{
	const struct trust *t = context;
	struct policy p;
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, t->page, t->page_n, "quorate/trust@v1",
	    trust_rules, trust_rule_n, READER_HOST);

	for (unsigned i = 0; rc == RC_OK && i <= group; i++)
		rc = line_next_of(&w, TRUST_RULE_SIGNER_GROUP, &l);
	trust_policy(&p, (struct trust *)(uintptr_t)t, TREE_SIGNERS);
	if (rc == RC_OK)
		(void)!policy_members(&p, &l, group, nodes, n);
}

static void
authority_read(struct coord_authority *a)
{
	struct trust *t = &a->trust;
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, t->page, t->page_n, "quorate/trust@v1",
	    trust_rules, trust_rule_n, READER_HOST);

	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc != RC_OK)
			break;
		if (l.rule == TRUST_RULE_TEXT_MAX)
			a->text_max = (uint32_t)l.number[0];
		for (unsigned i = 0; l.rule == TRUST_RULE_SHARED &&
		     i < t->signer_n; i++)
			if (slice_equal(policy_name(t->page, t->signer_at[i]),
				l.field[0]))
				a->shared |= UINT32_C(1) << i;
	}
}

/* The text of that name and epoch, or -1; any: of whatever epoch. */
int
coord_authority_find(
    const struct coordinator *c, struct slice name, uint32_t epoch, bool any)
{
	for (unsigned i = 0; i < c->authority_n; i++) {
		const struct trust *t = &c->authority[i].trust;

		if (slice_equal(trust_name(t), name) &&
		    (any || t->epoch == epoch))
			return (int)i;
	}
	return -1;
}

/* What was proposed under a text that gives way is signed by nobody. */
static void
authority_abort(struct coordinator *c, unsigned index)
{
	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++) {
		struct coord_proposal *p = &c->proposal[i];

		if (p->used && p->state == COORD_OPEN &&
		    !coord_is_birth(p) && p->authority == index)
			coord_close(c, p, COORD_ABORTED,
			    "another key was made for its epoch");
	}
}

static bool
authority_is_used(const struct coordinator *c, unsigned index)
{
	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++)
		if (c->proposal[i].used && c->proposal[i].authority == index)
			return true;
	return false;
}

/*
 * Where a text belongs. There is one of each epoch of a name: what is of the
 * epoch before is released until a new one is in force, and which one is, the
 * log knows and not we. Of one epoch the greater revision counts among the
 * operator's; what was born here gives way to the operator's, and to what is
 * born later: of two ceremonies for one epoch the roots sign what the second
 * made.
 */
static enum rc
authority_place(unsigned *index, struct coordinator *c, const struct trust *t,
    bool born)
{
	int known =
	    coord_authority_find(c, trust_name(t), t->epoch, false);
	const struct coord_authority *a;

	if (known >= 0) {
		*index = (unsigned)known;
		a = &c->authority[known];
		if (memcmp(a->trust.id, t->id, 32) == 0)
			return RC_OK;
		if (born > a->born || (!born && !a->born &&
			t->revision <= a->trust.revision))
			return RC_NAME_REPEATED;
		authority_abort(c, *index);
		return RC_OK;
	}
	*index = c->authority_n;
	if (*index < COORD_AUTHORITIES_MAX) {
		c->authority_n++;
		return RC_OK;
	}
	known = -1;
	for (unsigned i = 0; i < COORD_AUTHORITIES_MAX; i++) {
		const struct trust *x = &c->authority[i].trust;

		if (slice_equal(trust_name(x), trust_name(t)) &&
		    x->epoch < t->epoch && !authority_is_used(c, i) &&
		    (known < 0 ||
			x->epoch < c->authority[known].trust.epoch))
			known = (int)i;
	}
	*index = (unsigned)known;
	return known >= 0 ? RC_OK : RC_LIMIT;
}

static enum rc
authority_take(
    struct coordinator *c, const uint8_t *text, size_t n, bool born)
{
	struct coord_authority *a;
	struct trust t;
	struct policy p;
	struct tree tree;
	unsigned index;
	enum rc rc;

	if (n > sizeof a->text)
		return RC_LIMIT;
	rc = trust_read(&t, text, n, READER_HOST);
	if (rc == RC_OK && t.kind != TRUST_VENDOR)
		rc = RC_KIND;
	if (rc != RC_OK)
		return rc;
	trust_policy(&p, &t, TREE_SIGNERS);
	rc = tree_of_policy(&tree, &p, members_of_trust, &t);
	if (rc == RC_OK)
		rc = authority_place(&index, c, &t, born);
	if (rc != RC_OK)
		return rc;
	a = &c->authority[index];
	memset(a, 0, sizeof *a);
	memcpy(a->text, text, n);
	rc = trust_read(&a->trust, a->text, n, READER_HOST); /* as just now */
	a->tree = tree;
	a->born = born;
	authority_read(a);
	return rc;
}

enum rc
coordinator_authority(struct coordinator *c, const uint8_t *text, size_t n)
{
	return authority_take(c, text, n, false);
}

enum rc
coordinator_authority_born(
    struct coordinator *c, const uint8_t *text, size_t n)
{
	enum rc rc = authority_take(c, text, n, true);

	/* the operator's text of that epoch stays */
	return rc == RC_NAME_REPEATED ? RC_OK : rc;
}

static bool
roster_is_used(const struct coordinator *c, unsigned index)
{
	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++)
		for (unsigned j = 0; c->proposal[i].used &&
		     j < c->proposal[i].slot_n; j++)
			if (c->proposal[i].slot[j].roster == index)
				return true;
	return false;
}

/*
 * A free place; when there is none, that of the oldest roster of the same
 * key: a key is refreshed more often than there are places.
 */
static struct coord_roster *
roster_free(struct coordinator *c)
{
	struct coord_roster *best = NULL;

	for (unsigned i = COORD_ROSTERS_MAX; i-- > 0;)
		if (!c->roster[i].used)
			best = &c->roster[i];
	return best;
}

static struct coord_roster *
roster_place(struct coordinator *c, const struct roster *r)
{
	struct coord_roster *best = roster_free(c);

	if (best != NULL)
		return best;
	for (unsigned i = 0; i < COORD_ROSTERS_MAX; i++) {
		struct coord_roster *x = &c->roster[i];

		if (memcmp(x->roster.key.key, r->key.key, 32) == 0 &&
		    x->roster.serial < r->serial && !roster_is_used(c, i) &&
		    (best == NULL || x->roster.serial < best->roster.serial))
			best = x;
	}
	return best;
}

enum rc
coordinator_roster(struct coordinator *c, const uint8_t *text, size_t n)
{
	struct coord_roster *place;
	struct roster r;
	enum rc rc;

	for (unsigned i = 0; i < COORD_ROSTERS_MAX; i++)
		if (c->roster[i].used && c->roster[i].roster.text_n == n &&
		    memcmp(c->roster[i].text, text, n) == 0)
			return RC_OK;
	if (n > sizeof place->text)
		return RC_LIMIT;
	rc = roster_parse(&r, text, n);
	if (rc != RC_OK)
		return rc;
	place = roster_place(c, &r);
	if (place == NULL)
		return RC_LIMIT;
	place->used = place->rehearsal = false;
	memcpy(place->text, text, n);
	rc = roster_parse(&place->roster, place->text, n);
	if (rc == RC_OK)
		rc = roster_frost(&place->frost, &place->roster);
	place->used = rc == RC_OK;
	return rc;
}

enum rc
coordinator_rehearsal(
    struct coordinator *c, uint8_t *index, const uint8_t *text, size_t n)
{
	struct coord_roster *place = roster_free(c);
	enum rc rc;

	*index = 0;
	if (place == NULL || n > sizeof place->text)
		return RC_LIMIT;
	memcpy(place->text, text, n);
	rc = roster_parse_rehearsal(&place->roster, place->text, n);
	if (rc == RC_OK)
		rc = roster_frost(&place->frost, &place->roster);
	place->used = place->rehearsal = rc == RC_OK;
	*index = (uint8_t)(place - c->roster);
	return rc;
}

static enum rc
key_keep(struct vkey *k, char *out, size_t out_n, const char *vkey)
{
	size_t n = strlen(vkey);

	if (n >= out_n)
		return RC_FIELD;
	memcpy(out, vkey, n + 1);
	return vkey_parse(
	    k, (struct slice){(const uint8_t *)out, n}, KEY_ED25519);
}

enum rc
coordinator_proposer(struct coordinator *c, const char *vkey)
{
	struct coord_proposer *p = &c->proposer[c->proposer_n];
	enum rc rc;

	if (c->proposer_n == COORD_PROPOSERS_MAX)
		return RC_LIMIT;
	memset(p, 0, sizeof *p);
	rc = key_keep(&p->key, p->key_text, sizeof p->key_text, vkey);
	if (rc == RC_OK)
		c->proposer_n++;
	return rc;
}

enum rc
coordinator_pattern(struct coordinator *c, const char *pattern)
{
	size_t n = strlen(pattern);
	struct coord_proposer *p;

	if (c->proposer_n == 0)
		return RC_STATE;
	p = &c->proposer[c->proposer_n - 1];
	if (p->pattern_n == COORD_PATTERNS_MAX)
		return RC_LIMIT;
	if (n == 0 || n >= sizeof p->pattern[0] ||
	    memchr(pattern, '*', n - 1) != NULL)
		return RC_FIELD;
	memcpy(p->pattern[p->pattern_n++], pattern, n + 1);
	return RC_OK;
}

enum rc
coordinator_party(struct coordinator *c, const char *vkey)
{
	struct coord_party *p = &c->party[c->party_n];
	enum rc rc;

	if (c->party_n == COORD_PARTIES_MAX)
		return RC_LIMIT;
	rc = key_keep(&p->key, p->key_text, sizeof p->key_text, vkey);
	if (rc == RC_OK)
		c->party_n++;
	return rc;
}

/* ---- proposals ---- */

static bool
pattern_fits(const char *pattern, struct slice s)
{
	size_t n = strlen(pattern);

	if (n == 0 || pattern[n - 1] != '*')
		return slice_is(s, pattern);
	return s.n >= n - 1 && memcmp(s.p, pattern, n - 1) == 0;
}

enum rc
coord_proposer_check(const struct coordinator *c, const struct message *m,
    struct slice product, uint8_t key[static 32])
{
	for (unsigned i = 0; i < c->proposer_n; i++) {
		const struct coord_proposer *p = &c->proposer[i];
		enum rc rc;

		if (!message_by(m, &p->key))
			continue;
		rc = message_verify(m, &p->key);
		if (rc != RC_OK)
			return rc;
		memcpy(key, p->key.key, 32);
		for (unsigned j = 0; j < p->pattern_n; j++)
			if (pattern_fits(p->pattern[j], product))
				return RC_OK;
		return RC_PRODUCT;
	}
	return RC_SENDER;
}

/* Slots for the trust's signers: plain ones, and shared ones whose roster
 * the text names and we know. */
static enum rc
proposal_signers(struct coordinator *c, struct coord_proposal *p)
{
	struct coord_authority *a = &c->authority[p->authority];
	enum rc rc = RC_OK;

	for (unsigned i = 0; rc == RC_OK && i < a->trust.signer_n; i++) {
		struct slice name =
		    policy_name(a->trust.page, a->trust.signer_at[i]);
		struct walk w;
		struct line l;
		struct vkey k;

		trust_key(&k, &a->trust, LIST_SIGNERS, i);
		if (!(a->shared >> i & 1)) {
			rc = coord_plain_add(p, i, &k);
			continue;
		}
		if (walk_init(&w, p->note, p->text_n,
			p->release.withdraw ? "quorate/withdraw@v1"
					    : "quorate/release@v1",
			p->release.withdraw ? withdraw_rules : release_rules,
			p->release.withdraw ? withdraw_rule_n : release_rule_n,
			READER_HOST) != RC_OK)
			return RC_KIND;
		while (line_next_of(&w,
			   p->release.withdraw ? (unsigned)WITHDRAW_RULE_ROSTER
					       : RELEASE_RULE_ROSTER,
			   &l) == RC_OK) {
			for (unsigned r = 0; r < COORD_ROSTERS_MAX; r++) {
				const struct roster *x = &c->roster[r].roster;

				if (rc == RC_OK && c->roster[r].used &&
				    !c->roster[r].rehearsal &&
				    slice_equal(l.field[0], name) &&
				    x->serial == l.number[0] &&
				    slice_equal(x->signer, name) &&
				    slice_equal(x->authority,
					trust_name(&a->trust)) &&
				    memcmp(x->key.key, k.key, 32) == 0)
					rc = coord_slot_add(c, p, i, r);
			}
		}
	}
	if (rc == RC_OK && !coord_possible(c, p))
		rc = RC_QUORUM;
	return rc;
}

static enum rc
proposal_check(const struct coordinator *c, const struct message *m,
    struct release *r, int *authority, uint64_t now)
{
	enum rc rc = release_parse(r, m->text.p, m->text.n, READER_HOST);
	const struct coord_authority *a;

	if (rc != RC_OK)
		return rc;
	if (coord_authority_find(c, r->authority, 0, true) < 0)
		return RC_AUTHORITY;
	*authority = coord_authority_find(c, r->authority, r->epoch, false);
	if (*authority < 0)
		return RC_EPOCH;
	a = &c->authority[*authority];
	if (a->text_max != 0 && m->text.n > a->text_max)
		return RC_LOG_TEXT_MAX;
	if (r->proposed > now + COORD_AHEAD_S ||
	    r->proposed + COORD_AGE_S_MAX < now)
		return RC_AGE;
	return RC_OK;
}

/* The open proposal of the same authority and product, or NULL. */
static struct coord_proposal *
product_open(struct coordinator *c, unsigned authority, struct slice product)
{
	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++) {
		struct coord_proposal *p = &c->proposal[i];

		if (p->used && p->state == COORD_OPEN &&
		    p->work == COORD_RELEASE && p->authority == authority &&
		    slice_equal(p->release.product, product))
			return p;
	}
	return NULL;
}

struct coord_proposal *
coord_proposal_place(struct coordinator *c)
{
	struct coord_proposal *p = NULL;

	for (unsigned i = COORD_PROPOSALS_MAX; i-- > 0;)
		if (!c->proposal[i].used)
			p = &c->proposal[i];
	if (p != NULL)
		memset(p, 0, sizeof *p);
	return p;
}

static enum rc
proposal_make(struct coordinator *c, unsigned *index, const struct message *m,
    unsigned authority, const uint8_t key[static 32])
{
	struct coord_proposal *p = coord_proposal_place(c);
	enum rc rc;

	if (p == NULL || m->whole.n > NOTE_BYTES_MAX + 512)
		return RC_LIMIT;
	memcpy(p->note, m->whole.p, m->whole.n);
	p->note_n = m->whole.n;
	p->text_n = m->text.n;
	memcpy(p->id, m->id, 32);
	memcpy(p->proposer, key, 32);
	p->authority = (uint8_t)authority;
	p->change = c->change_base;
	rc = release_parse(&p->release, p->note, p->text_n, READER_HOST);
	if (rc == RC_OK)
		rc = proposal_signers(c, p);
	if (rc != RC_OK)
		return rc;
	p->used = true;
	p->stamp = ++c->stamp;
	*index = (unsigned)(p - c->proposal);
	coord_touch(c, p);
	return RC_OK;
}

enum rc
coordinator_propose(struct coordinator *c, unsigned *index,
    const struct message *m, const uint8_t *supersedes, uint64_t now)
{
	struct coord_proposal *open;
	struct release r;
	uint8_t key[32];
	int authority, known;
	enum rc rc;

	if (m->kind != MESSAGE_RELEASE && m->kind != MESSAGE_WITHDRAW)
		return RC_KIND;
	rc = proposal_check(c, m, &r, &authority, now);
	if (rc == RC_OK)
		rc = coord_proposer_check(c, m, r.product, key);
	if (rc != RC_OK)
		return rc;
	known = coordinator_find(c, m->id);
	if (known >= 0) {
		*index = (unsigned)known;
		return RC_OK;
	}
	open = product_open(c, (unsigned)authority, r.product);
	if (open == NULL)
		return proposal_make(c, index, m, (unsigned)authority, key);
	*index = (unsigned)(open - c->proposal);
	if (supersedes == NULL || memcmp(supersedes, open->id, 32) != 0 ||
	    memcmp(open->proposer, key, 32) != 0 ||
	    r.proposed <= open->release.proposed || open->sessions > 0)
		return RC_BUSY;
	rc = proposal_make(c, index, m, (unsigned)authority, key);
	if (rc == RC_OK)
		coord_close(c, open, COORD_SUPERSEDED,
		    "its proposer has proposed another");
	return rc;
}

/* ---- messages about them ---- */

/* The proposal, and the member who signed m; verified. */
static enum rc
said_by(struct coordinator *c, const struct message *m,
    const uint8_t id[static 32], struct coord_proposal **p,
    struct coord_member **member)
{
	int index = coordinator_find(c, id), who;

	if (index < 0)
		return RC_UNKNOWN;
	*p = &c->proposal[index];
	who = coord_member_by(*p, m);
	if (who < 0)
		return RC_SENDER;
	*member = &(*p)->member[who];
	return message_verify(m, &(*member)->key);
}

static enum rc
approve(struct coordinator *c, const struct message *m, uint64_t now)
{
	struct message_approve a;
	struct coord_proposal *p;
	struct coord_member *k;
	enum rc rc = approve_parse(&a, m->text.p, m->text.n);

	if (rc == RC_OK)
		rc = said_by(c, m, a.release, &p, &k);
	/* a refusal is the last word: an approval may be a replay */
	if (rc != RC_OK || p->state != COORD_OPEN || k->approved ||
	    k->refused)
		return rc;
	k->approved = true;
	coord_touch(c, p);
	coord_advance(c, p, now);
	return RC_OK;
}

static enum rc
refuse(struct coordinator *c, const struct message *m, uint64_t now)
{
	struct message_refuse r;
	struct coord_proposal *p;
	struct coord_member *k;
	enum rc rc = refuse_parse(&r, m->text.p, m->text.n);

	if (rc == RC_OK)
		rc = said_by(c, m, r.release, &p, &k);
	if (rc != RC_OK || p->state != COORD_OPEN || k->refused)
		return rc;
	k->approved = false;
	k->refused = true;
	if (!k->blamed)
		coord_copy(k->code, sizeof k->code, r.code);
	coord_copy(k->said, sizeof k->said, r.reason);
	coord_touch(c, p);
	coord_advance(c, p, now);
	return RC_OK;
}

static enum rc
own_line(struct coordinator *c, const struct message *m, uint64_t now)
{
	struct coord_proposal *p;
	struct coord_member *k;
	enum rc rc = said_by(c, m, m->id, &p, &k);

	if (rc != RC_OK || p->state != COORD_OPEN || k->has_line)
		return rc;
	memcpy(k->sig, m->line.blob + 4, sizeof k->sig);
	k->has_line = true;
	coord_touch(c, p);
	coord_advance(c, p, now);
	return RC_OK;
}

static enum rc
message_take(struct coordinator *c, const struct message *m, uint64_t now)
{
	if (!m->is_signed)
		return RC_SENDER;
	switch (m->kind) {
	case MESSAGE_APPROVE:
		return approve(c, m, now);
	case MESSAGE_REFUSE:
		return refuse(c, m, now);
	case MESSAGE_COMMIT:
		return coord_commit(c, m, now);
	case MESSAGE_SHARE:
		return coord_share(c, m, now);
	case MESSAGE_RELEASE:
	case MESSAGE_WITHDRAW:
		return own_line(c, m, now);
	case MESSAGE_ACCEPT:
	case MESSAGE_DEAL:
	case MESSAGE_RESHARE:
	case MESSAGE_CONFIRM:
	case MESSAGE_COMPLAINT:
	case MESSAGE_ROSTER:
	case MESSAGE_REHEARSAL_ROSTER:
		return coord_birth_message(c, m, now);
	default:
		return RC_KIND;
	}
}

enum rc
coordinator_message(
    struct coordinator *c, const struct message *m, uint64_t now)
{
	enum rc rc = message_take(c, m, now);

	coord_birth_clock(c, now);
	return rc;
}

bool
coordinator_about(const struct message *m, uint8_t id[static 32])
{
	static const struct {
		enum message_kind kind;
		const char *key;
	} first[] = {{MESSAGE_APPROVE, "release "}, {MESSAGE_REFUSE, "release "},
	    {MESSAGE_COMMIT, "message "}, {MESSAGE_SHARE, "message "},
	    {MESSAGE_ACCEPT, "ceremony "}, {MESSAGE_DEAL, "ceremony "},
	    {MESSAGE_CONFIRM, "ceremony "}, {MESSAGE_COMPLAINT, "ceremony "},
	    {MESSAGE_RESHARE, "ceremony "}, {MESSAGE_CHOICE, "ceremony "}};
	const uint8_t *lf = memchr(m->text.p, '\n', m->text.n);
	size_t at = lf == NULL ? m->text.n : (size_t)(lf + 1 - m->text.p);

	if (m->kind == MESSAGE_RELEASE || m->kind == MESSAGE_WITHDRAW ||
	    m->kind == MESSAGE_ROSTER || m->kind == MESSAGE_DRAFT ||
	    m->kind == MESSAGE_REHEARSAL_ROSTER ||
	    m->kind == MESSAGE_REHEARSAL) {
		memcpy(id, m->id, 32);
		return true;
	}
	/* the id stands in the first line behind the kind */
	for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
		size_t n = strlen(first[i].key);

		if (first[i].kind == m->kind)
			return at + n + 64 <= m->text.n &&
			    memcmp(m->text.p + at, first[i].key, n) == 0 &&
			    slice_hex((struct slice){m->text.p + at + n, 64},
				id, 32);
	}
	return false;
}

bool
coordinator_scope(const struct coordinator *c, const uint8_t id[static 32],
    uint8_t scope[static 32])
{
	int index = coordinator_find(c, id);

	memcpy(scope, id, 32);
	if (index >= 0 && !coord_is_birth(&c->proposal[index]))
		return true;
	for (unsigned i = 0; i < COORD_BIRTHS_MAX; i++) {
		const struct coord_birth *b = &c->birth[i];

		if (!b->used ||
		    (memcmp(b->bundle.ceremony.id, id, 32) != 0 &&
			memcmp(b->roster_id, id, 32) != 0 &&
			memcmp(b->trust_id, id, 32) != 0))
			continue;
		memcpy(scope, b->bundle.ceremony.id, 32);
		return true;
	}
	return false;
}

void
coordinator_tick(struct coordinator *c, uint64_t now)
{
	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++) {
		struct coord_proposal *p = &c->proposal[i];

		if (!p->used || p->state != COORD_OPEN)
			continue;
		if (!coord_is_birth(p) &&
		    p->release.proposed + COORD_AGE_S_MAX < now)
			coord_close(c, p, COORD_EXPIRED,
			    "proposed more than 30 days ago");
		else
			coord_advance(c, p, now);
	}
	coord_birth_tick(c, now);
}

/* ---- places ---- */

int
coordinator_find(const struct coordinator *c, const uint8_t id[static 32])
{
	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++)
		if (c->proposal[i].used &&
		    memcmp(c->proposal[i].id, id, 32) == 0)
			return (int)i;
	return -1;
}

void
coordinator_forget(struct coordinator *c, unsigned index)
{
	for (unsigned i = 0; i < COORD_BLAMES_MAX; i++)
		if (c->blame[i].proposal == index)
			c->blame[i].used = false;
	for (unsigned i = 0; i < COORD_SESSIONS_MAX; i++)
		if (c->session[i].proposal == index)
			c->session[i].used = false;
	c->proposal[index].used = false;
}
