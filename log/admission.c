/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of admission in its order, and its runs. The rules are in the
 * files of admission_inside.h; one that depends on what is logged asks
 * a->state.
 */
#include "log/admission.h"

#include <stddef.h>
#include <string.h>

#include "host/rc_text.h"
#include "log/admission_inside.h"
#include "verify/merkle.h"

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
