/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of one party, in the order in which they are asked. Each is a
 * function that refuses or passes; judge() is the list. Invariant: nothing
 * is approved that a rule was not asked about, so a rule that cannot be
 * answered (no roster, no proposer) refuses.
 */
#include "signer/judge.h"
#include <string.h>
#include "host/text.h"

static const char *const code_names[] = {
#define JUDGE_TEXT(name, text) text,
    JUDGE_CODES(JUDGE_TEXT)
#undef JUDGE_TEXT
};

const char *
judge_code_name(enum judge_code code)
{
	return code < JUDGE_CODE_COUNT ? code_names[code] : "-";
}

enum judge_code
judge_code_of(struct slice name)
{
	for (unsigned i = JUDGE_NONE + 1; i < JUDGE_CODE_COUNT; i++)
		if (slice_is(name, code_names[i]))
			return (enum judge_code)i;
	return JUDGE_NONE;
}

/* Greedy with one way back: the last star takes one byte more. */
bool
judge_pattern_matches(const char *pattern, struct slice name)
{
	size_t at = 0, back_at = 0;
	const char *p = pattern, *back = NULL;

	while (at < name.n) {
		if (*p == '*') {
			back = ++p;
			back_at = at;
		} else if (*p != '\0' && (uint8_t)*p == name.p[at]) {
			p++;
			at++;
		} else if (back != NULL) {
			p = back;
			at = ++back_at;
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return *p == '\0';
}

bool
judge_product_allowed(
    const struct judge_patterns *patterns, struct slice product)
{
	for (unsigned i = 0; i < patterns->count; i++)
		if (judge_pattern_matches(patterns->at[i], product))
			return true;
	return false;
}

int
judge_proposer_find(
    const struct judge_policy *policy, const struct note *note)
{
	for (unsigned i = 0; i < policy->proposer_count; i++) {
		const char *s = policy->proposer[i].vkey;
		struct vkey k;

		if (vkey_parse(&k,
			(struct slice){(const uint8_t *)s, strlen(s)},
			KEY_ED25519) != RC_OK)
			continue;
		for (unsigned j = 0; j < note->line_n; j++) {
			struct sigline l;
			uint64_t time;

			note_line(note, j, &l, NULL);
			/* Only cosigners' lines write before the message. */
			if (sigline_by(&l, &k) &&
			    sigline_verify(&l, &k, (uint8_t *)note->bytes,
				note->text_n, &time) == RC_OK)
				return (int)i;
		}
	}
	return -1;
}

/* What a rule is given, and where it says why. */
struct question {
	const struct judge_policy *policy;
	const struct judge_evidence *evidence;
	const struct judge_record *record;
	const struct release *release;
	const uint8_t *text;
	size_t n;
	struct text *say;
};

#define SLICE(s) (int)(s).n, (const char *)(s).p

static bool
authority_fits(const struct judge_evidence *e, const struct release *r)
{
	return e->trust != NULL &&
	    slice_equal(trust_name(e->trust), r->authority) &&
	    e->trust->epoch == r->epoch;
}

static bool
rule_authority(const struct question *q)
{
	const struct release *r = q->release;

	if (authority_fits(q->evidence, r))
		return true;
	text_printf(q->say, "authority %.*s epoch %u is not the one in force",
	    SLICE(r->authority), (unsigned)r->epoch);
	return false;
}

static bool
rule_text_max(const struct question *q)
{
	unsigned max = q->evidence->text_max;

	if (max == 0 || q->n <= max)
		return true;
	text_printf(q->say,
	    "the text has %zu bytes, the authority allows %u", q->n, max);
	return false;
}

/* The serial that the text names for a signer; 0: none. */
static uint32_t
roster_serial(
    bool withdraw, const uint8_t *text, size_t n, struct slice signer)
{
	struct walk w;
	struct line l;
	unsigned rule = withdraw ? (unsigned)WITHDRAW_RULE_ROSTER
				 : (unsigned)RELEASE_RULE_ROSTER;

	if (walk_init(&w, text, n,
		withdraw ? "quorate/withdraw@v1" : "quorate/release@v1",
		withdraw ? withdraw_rules : release_rules,
		withdraw ? withdraw_rule_n : release_rule_n,
		READER_HOST) != RC_OK)
		return 0;
	while (line_next_of(&w, rule, &l) == RC_OK)
		if (slice_equal(l.field[0], signer))
			return (uint32_t)l.number[0];
	return 0;
}

static bool
rule_roster(const struct question *q)
{
	const struct roster *ours = q->evidence->roster;
	uint32_t serial;

	if (ours == NULL) /* a plain signer has none */
		return true;
	serial = roster_serial(
	    q->release->withdraw, q->text, q->n, ours->signer);
	if (serial == ours->serial)
		return true;
	text_printf(q->say, "the text names roster %u of %.*s, in force is %u",
	    (unsigned)serial, SLICE(ours->signer), (unsigned)ours->serial);
	return false;
}

static bool
rule_product(const struct question *q)
{
	struct slice product = q->release->product;

	if (judge_product_allowed(&q->policy->products, product))
		return true;
	text_printf(q->say, "product %.*s is not one that this party releases",
	    SLICE(product));
	return false;
}

static bool
rule_proposer(const struct question *q)
{
	int who = q->evidence->proposer;

	if (who < 0 || (unsigned)who >= q->policy->proposer_count) {
		text_string(q->say,
		    "no proposer that this party knows signed the proposal");
		return false;
	}
	if (judge_product_allowed(&q->policy->proposer[who].products,
		q->release->product))
		return true;
	text_printf(q->say, "this proposer may not propose product %.*s",
	    SLICE(q->release->product));
	return false;
}

static bool
too_old(uint64_t now, uint64_t proposed)
{
	return now > proposed && now - proposed > JUDGE_AGE_MAX_S;
}

static bool
rule_age(const struct question *q)
{
	if (!too_old(q->evidence->now, q->release->proposed))
		return true;
	text_string(q->say, "proposed more than 30 days ago");
	return false;
}

static bool
rule_ahead(const struct question *q)
{
	uint64_t now = q->evidence->now, at = q->release->proposed;

	if (at <= now || at - now <= JUDGE_AHEAD_MAX_S)
		return true;
	text_string(q->say, "proposed more than 600 s ahead of this clock");
	return false;
}

static bool
rule_frozen(const struct question *q)
{
	if (!q->record->frozen)
		return true;
	text_string(q->say, "this party is frozen");
	return false;
}

static bool
rule_withdrawn(const struct question *q)
{
	if (!q->record->withdrawn)
		return true;
	text_string(q->say, "this party has refused this text before");
	return false;
}

static bool
rule_bound(const struct question *q)
{
	if (!q->record->bound)
		return true;
	text_printf(q->say,
	    "sequence %u has been used for another text of %.*s",
	    (unsigned)q->release->sequence, SLICE(q->release->product));
	return false;
}

/* A withdraw: at most one above the log, above earlier withdraws. */
static bool
floor_fits(const struct judge_record *record, uint32_t floor)
{
	return record->logged != 0 &&
	    (uint64_t)floor <= (uint64_t)record->logged + 1 &&
	    (!record->floor_known || floor > record->floor);
}

static bool
rule_sequence(const struct question *q)
{
	const struct judge_record *record = q->record;
	const struct release *r = q->release;

	if (r->withdraw) {
		if (floor_fits(record, r->floor))
			return true;
		text_printf(q->say,
		    "floor %u does not fit: logged are sequence %u, floor %u",
		    (unsigned)r->floor, (unsigned)record->logged,
		    (unsigned)record->floor);
		return false;
	}
	if (r->sequence > record->logged)
		return true;
	text_printf(q->say, "sequence %u is not above %u, which is logged",
	    (unsigned)r->sequence, (unsigned)record->logged);
	return false;
}

static bool
rule_step(const struct question *q)
{
	const struct release *r = q->release;

	if (r->withdraw || r->sequence - q->record->logged <= q->policy->step)
		return true;
	text_printf(q->say, "sequence %u is more than %u above %u, the last",
	    (unsigned)r->sequence, (unsigned)q->policy->step,
	    (unsigned)q->record->logged);
	return false;
}

static bool
rule_policy(const struct question *q)
{
	const struct release *r = q->release;

	if (r->expires == 0 || q->evidence->now < r->expires)
		return true;
	text_string(q->say, "the release has expired already");
	return false;
}

static const struct {
	enum judge_code code;
	bool again; /* before every package; such a rule has no policy */
	bool (*passes)(const struct question *q);
} rules[] = {
    {JUDGE_AUTHORITY, true, rule_authority},
    {JUDGE_TEXT_MAX, false, rule_text_max},
    {JUDGE_ROSTER, true, rule_roster},
    {JUDGE_PRODUCT, false, rule_product},
    {JUDGE_PROPOSER, false, rule_proposer},
    {JUDGE_AGE, true, rule_age},
    {JUDGE_AHEAD, false, rule_ahead},
    {JUDGE_FROZEN, true, rule_frozen},
    {JUDGE_WITHDRAWN, true, rule_withdrawn},
    {JUDGE_BOUND, true, rule_bound},
    {JUDGE_SEQUENCE, true, rule_sequence},
    {JUDGE_STEP, false, rule_step},
    {JUDGE_POLICY, false, rule_policy},
};

void
judge(struct verdict *out, const struct judge_policy *policy,
    const struct judge_evidence *evidence, const struct judge_record *record,
    const struct release *release, const uint8_t *text, size_t n)
{
	/* Two names of 128 bytes fit whole; then the field's ceiling cuts. */
	char room[2 * JUDGE_SENTENCE_MAX];
	struct text say;
	struct question q = {policy, evidence, record, release, text, n,
	    &say};
	size_t cut;

	memset(out, 0, sizeof *out);
	text_init(&say, room, sizeof room);
	out->answer = policy->person ? JUDGE_ASK : JUDGE_APPROVE;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (!rules[i].passes(&q)) {
			out->answer = JUDGE_REFUSE;
			out->code = rules[i].code;
			break;
		}
	if (say.n == 0)
		text_string(&say,
		    policy->person ? "every rule passes; a person decides"
				   : "every rule passes");
	cut = say.n < JUDGE_SENTENCE_MAX ? say.n : JUDGE_SENTENCE_MAX;
	while (cut > 1 && room[cut - 1] == ' ')
		cut--;
	memcpy(out->sentence, room, cut);
}

/* Those of the list whose answer changes with time, the log or a person. */
enum judge_code
judge_again(const struct judge_evidence *evidence,
    const struct judge_record *record, const struct release *release,
    const uint8_t *text, size_t n)
{
	char room[2 * JUDGE_SENTENCE_MAX];
	struct text say;
	const struct question q = {
	    NULL, evidence, record, release, text, n, &say};

	text_init(&say, room, sizeof room);
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (rules[i].again && !rules[i].passes(&q))
			return rules[i].code;
	return JUDGE_NONE;
}
