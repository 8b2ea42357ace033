/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of admission about the place of a text: which authority's it is,
 * whether this log serves that one, whether the text has the epoch of the
 * trust in force and, if it changes trust or a roster, follows the newest one
 * by number and by id, and came by way of its home log.
 */
#include "log/admission_inside.h"

#include <string.h>

enum rc
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

enum rc
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

bool
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

enum rc
rule_chain(struct admission *a)
{
	struct line previous;
	enum rc rc;

	if (a->kind == ADMISSION_ROSTER)
		return roster_chain(a);
	if (a->held == NULL)
		return a->u.trust.revision == 1 ? RC_OK : RC_REVISION;
	rc = trust_line(&a->u.trust, TRUST_RULE_PREVIOUS, &previous);
	return rc == RC_OK
	    ? chain_follows(a, previous.field[0], a->u.trust.revision,
		  a->held->revision, a->held->id)
	    : rc;
}

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
enum rc
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

enum rc
rule_text_max(struct admission *a)
{
	uint64_t max = a->facts->text_max;

	if (max == 0 || a->note.text_n <= max)
		return RC_OK;
	why_set(&a->why, "the text has %zu bytes, text-max is %llu",
	    a->note.text_n, (unsigned long long)max);
	return RC_LOG_TEXT_MAX;
}
