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

		if (vkey_parse(&k, slice_of(s), KEY_ED25519) != RC_OK)
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
	text_printf(q->say, "proposed %llu s ahead of this clock, %u at most",
	    (unsigned long long)(at - now), JUDGE_AHEAD_MAX_S);
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

/* A share for another text may have left, and been forgotten. */
static bool
rule_restored(const struct question *q)
{
	const struct judge_record *record = q->record;

	if (q->release->withdraw || record->holds ||
	    q->release->sequence > record->unsure)
		return true;
	text_printf(q->say,
	    "restored from a backup: sequence %u of %.*s may have been used",
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

/* ---- sources ----------------------------------------------------------- */

const struct judge_source *
judge_source_find(const struct judge_policy *policy, struct slice product,
    const struct source_line *line)
{
	for (unsigned i = 0; i < policy->source_count; i++) {
		const struct judge_source *s = &policy->source[i];

		if (slice_is(line->url, s->url) &&
		    judge_product_allowed(&s->products, product) &&
		    judge_product_allowed(&s->refs, line->ref))
			return s;
	}
	return NULL;
}

/* How many lines have to be looked at; 0 when the operator asks for none. */
static unsigned
sources_of(const struct question *q, struct source_line line[SOURCES_MAX])
{
	if (q->release->withdraw || q->policy->source_count == 0)
		return 0;
	return source_lines(line, q->text, q->n);
}

/* Where the text says it comes from is a place that the operator allows. */
static bool
rule_source(const struct question *q)
{
	struct source_line line[SOURCES_MAX];
	unsigned n = sources_of(q, line);

	if (q->policy->require_source && !q->release->withdraw && n == 0) {
		text_string(q->say, "the release names no source");
		return false;
	}
	for (unsigned i = 0; i < n; i++)
		if (judge_source_find(
			q->policy, q->release->product, &line[i]) == NULL) {
			text_printf(q->say,
			    "source %.*s %.*s is not one that this party "
			    "takes for %.*s",
			    SLICE(line[i].url), SLICE(line[i].ref),
			    SLICE(q->release->product));
			return false;
		}
	return true;
}

/*
 * A rule about what was found at each source. Not looked at yet: it passes,
 * and the answer will be JUDGE_LOOK.
 */
static bool
each_source(const struct question *q,
    bool (*passes)(const struct judge_source *want,
	const struct source_line *line, const struct source_found *found,
	struct text *say))
{
	const struct source_findings *f = q->evidence->sources;
	struct source_line line[SOURCES_MAX];
	unsigned n = sources_of(q, line);

	if (f == NULL || f->count != n)
		return true;
	for (unsigned i = 0; i < n; i++) {
		const struct judge_source *want = judge_source_find(
		    q->policy, q->release->product, &line[i]);

		if (want == NULL || !passes(want, &line[i], &f->at[i], q->say))
			return false;
	}
	return true;
}

static bool
ref_passes(const struct judge_source *want, const struct source_line *line,
    const struct source_found *found, struct text *say)
{
	(void)want;
	if (slice_is(line->commit, found->ref_commit))
		return true;
	if (found->ref_commit[0] == '\0')
		text_printf(say, "%.*s has no %.*s", SLICE(line->url),
		    SLICE(line->ref));
	else
		text_printf(say, "%.*s is commit %.12s, the text says %.12s",
		    SLICE(line->ref), found->ref_commit,
		    (const char *)line->commit.p);
	return false;
}

static bool
rule_source_ref(const struct question *q)
{
	return each_source(q, ref_passes);
}

static bool
tree_passes(const struct judge_source *want, const struct source_line *line,
    const struct source_found *found, struct text *say)
{
	(void)want;
	if (!found->tree_known) {
		text_printf(say, "the tree of %.12s: %s",
		    (const char *)line->commit.p, found->fault);
		return false;
	}
	if (memcmp(found->tree, line->tree, sizeof line->tree) == 0)
		return true;
	text_printf(say, "the tree of %.12s is ",
	    (const char *)line->commit.p);
	text_hex(say, found->tree, 32);
	text_string(say, ", the text says ");
	text_hex(say, line->tree, 32);
	return false;
}

static bool
rule_source_tree(const struct question *q)
{
	return each_source(q, tree_passes);
}

static bool
signature_passes(const struct judge_source *want,
    const struct source_line *line, const struct source_found *found,
    struct text *say)
{
	static const char *const said[] = {
	    [SOURCE_UNSIGNED] = "is not signed",
	    [SOURCE_BAD] = "has a signature that does not verify",
	    [SOURCE_STRANGER] = "is signed by a key that is not allowed",
	    [SOURCE_GOOD] = "is signed"};
	bool tag = found->tag == SOURCE_GOOD, commit = found->commit == SOURCE_GOOD;

	switch (want->want) {
	case SOURCE_WANT_TAG:
		if (tag)
			return true;
		text_printf(
		    say, "tag %.*s %s", SLICE(line->ref), said[found->tag]);
		return false;
	case SOURCE_WANT_COMMIT:
		if (commit)
			return true;
		text_printf(say, "commit %.12s %s",
		    (const char *)line->commit.p, said[found->commit]);
		return false;
	case SOURCE_WANT_EITHER:
		if (tag || commit)
			return true;
		text_printf(say, "tag %.*s %s, commit %.12s %s",
		    SLICE(line->ref), said[found->tag],
		    (const char *)line->commit.p, said[found->commit]);
		return false;
	case SOURCE_WANT_NONE:
		break;
	}
	return true;
}

static bool
rule_source_signature(const struct question *q)
{
	return each_source(q, signature_passes);
}

static bool
branch_passes(const struct judge_source *want, const struct source_line *line,
    const struct source_found *found, struct text *say)
{
	if (want->branch[0] == '\0' || found->on_branch)
		return true;
	text_printf(say, "commit %.12s is not in the history of %s",
	    (const char *)line->commit.p, want->branch);
	return false;
}

static bool
rule_source_branch(const struct question *q)
{
	return each_source(q, branch_passes);
}

static bool
build_passes(const struct judge_source *want, const struct source_line *line,
    const struct source_found *found, struct text *say)
{
	if (want->output_count == 0 || found->build == SOURCE_BUILT)
		return true;
	text_printf(say, "the rebuild of %.12s %s%s",
	    (const char *)line->commit.p,
	    found->build == SOURCE_BUILD_FAILED ? "failed: " : "was not tried",
	    found->build_fault);
	return false;
}

/* Some source's rebuild made this component: the same bytes? */
static bool
payload_rebuilt(const struct question *q, unsigned n, struct slice component,
    uint64_t size, struct slice digest)
{
	uint8_t sha256[32];

	(void)!slice_hex(digest, sha256, sizeof sha256);
	for (unsigned i = 0; i < n; i++) {
		const struct source_found *f = &q->evidence->sources->at[i];

		for (unsigned j = 0; j < f->output_count; j++) {
			const struct source_output *o = &f->output[j];

			if (!slice_is(component, o->component))
				continue;
			if (o->size == size &&
			    memcmp(o->sha256, sha256, sizeof sha256) == 0)
				return true;
			text_printf(q->say, "payload %.*s: the rebuild has %llu "
					    "bytes with digest ",
			    SLICE(component), (unsigned long long)o->size);
			text_hex(q->say, o->sha256, sizeof o->sha256);
			return false;
		}
	}
	text_printf(q->say, "payload %.*s does not come out of a rebuild",
	    SLICE(component));
	return false;
}

/* Whoever rebuilds, rebuilds everything: what was not is what an attacker
 * would put there. */
static bool
rule_rebuild(const struct question *q)
{
	struct source_line line[SOURCES_MAX];
	unsigned n = sources_of(q, line);
	bool rebuilds = false;
	struct walk w;
	struct line l;

	if (n == 0 || q->evidence->sources == NULL ||
	    q->evidence->sources->count != n)
		return true;
	if (!each_source(q, build_passes))
		return false;
	for (unsigned i = 0; i < n; i++) {
		const struct judge_source *want = judge_source_find(
		    q->policy, q->release->product, &line[i]);

		rebuilds |= want != NULL && want->output_count > 0;
	}
	if (!rebuilds)
		return true;
	if (walk_init(&w, q->text, q->n, "quorate/release@v1", release_rules,
		release_rule_n, READER_HOST) != RC_OK)
		return false;
	while (line_next_of(&w, RELEASE_RULE_PAYLOAD, &l) == RC_OK)
		if (!payload_rebuilt(
			q, n, l.field[0], l.number[0], l.field[2]))
			return false;
	return true;
}

/* ---- what it names by digest ------------------------------------------- */

/* Types that the operator wants to see attested. */
static bool
rule_attest(const struct question *q)
{
	struct source_fetched line[FETCHED_MAX];
	unsigned n = fetch_lines(line, q->text, q->n);

	for (unsigned i = 0;
	     !q->release->withdraw && i < q->policy->attest.count; i++) {
		bool there = false;

		for (unsigned j = 0; j < n; j++)
			there |= line[j].what == FETCHED_ATTEST &&
			    strcmp(line[j].name, q->policy->attest.at[i]) == 0;
		if (there)
			continue;
		text_printf(q->say, "the release carries no attestation %s",
		    q->policy->attest.at[i]);
		return false;
	}
	return true;
}

/* How many of a text's digests have to be fetched; 0: the operator does not
 * ask for it. */
static unsigned
fetches_of(const struct question *q, struct source_fetched line[FETCHED_MAX])
{
	if (q->release->withdraw || !q->policy->require_payload)
		return 0;
	return fetch_lines(line, q->text, q->n);
}

static bool
fetched_passes(const struct question *q, const struct source_fetched *line,
    const struct source_fetched *found)
{
	bool sized = line->what != FETCHED_PAYLOAD || line->size == found->size;

	if (sized && line->what == found->what &&
	    strcmp(line->name, found->name) == 0 &&
	    memcmp(line->sha256, found->sha256, 32) == 0)
		return true;
	fetched_words(q->say, line);
	text_printf(q->say, ": what is served are %llu bytes with digest ",
	    (unsigned long long)found->size);
	text_hex(q->say, found->sha256, 32);
	return false;
}

/* What cannot be had is waited for, and never refused: see look_wanted. */
static bool
rule_payload(const struct question *q)
{
	const struct source_findings *f = q->evidence->sources;
	struct source_fetched line[FETCHED_MAX];
	unsigned n = fetches_of(q, line);

	for (unsigned i = 0; i < n; i++)
		if (line[i].size > q->policy->payload_max) {
			fetched_words(q->say, &line[i]);
			text_printf(q->say,
			    " has %llu bytes, this party takes %llu",
			    (unsigned long long)line[i].size,
			    (unsigned long long)q->policy->payload_max);
			return false;
		}
	if (f == NULL || f->fetched_n != n)
		return true;
	for (unsigned i = 0; i < n; i++)
		if (!fetched_passes(q, &line[i], &f->fetched[i]))
			return false;
	return true;
}

/* Something has to be found out first; what, for people. */
static const char *
look_wanted(const struct question *q)
{
	const struct source_findings *f = q->evidence->sources;
	struct source_fetched fetch[FETCHED_MAX];
	struct source_line line[SOURCES_MAX];
	unsigned n = sources_of(q, line), k = fetches_of(q, fetch);

	if (n > 0 && (f == NULL || f->count != n))
		return "its sources have to be looked at";
	if (k > 0 && (f == NULL || f->fetched_n != k))
		return "its payloads have to be fetched";
	return NULL;
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
    {JUDGE_RESTORED, true, rule_restored},
    {JUDGE_STEP, false, rule_step},
    {JUDGE_POLICY, false, rule_policy},
    {JUDGE_SOURCE, false, rule_source},
    {JUDGE_SOURCE_REF, false, rule_source_ref},
    {JUDGE_SOURCE_TREE, false, rule_source_tree},
    {JUDGE_SOURCE_SIGNATURE, false, rule_source_signature},
    {JUDGE_SOURCE_BRANCH, false, rule_source_branch},
    {JUDGE_REBUILD, false, rule_rebuild},
    {JUDGE_ATTEST, false, rule_attest},
    {JUDGE_PAYLOAD, false, rule_payload},
};

/* ---- not yet ------------------------------------------------------------ */

uint64_t
judge_window_next(const struct judge_policy *policy, uint64_t now)
{
	uint64_t best = UINT64_MAX, today = now / 86400;

	if (policy->window_count == 0)
		return now;
	for (uint64_t day = today; day <= today + 7; day++)
		for (unsigned i = 0; i < policy->window_count; i++) {
			const struct judge_window *w = &policy->window[i];
			uint64_t from = day * 86400 + w->from * 60u;

			/* 1970-01-01 was a Thursday */
			if (!(w->days >> (day + 3) % 7 & 1) ||
			    now >= day * 86400 + w->to * 60u)
				continue;
			from = from > now ? from : now;
			best = from < best ? from : best;
		}
	return best;
}

/* A yes whose time has not come. */
static void
not_yet(struct verdict *out, const struct question *q)
{
	uint64_t now = q->evidence->now, first = q->record->first_seen;
	uint64_t open = judge_window_next(q->policy, now);

	out->answer = JUDGE_LATER;
	first = first == 0 ? now : first;
	if (now < first + q->policy->wait_s) {
		out->code = JUDGE_WAIT;
		out->later = first + q->policy->wait_s;
		text_printf(q->say, "every rule passes; it waits until %llu s "
				    "after it was first seen",
		    (unsigned long long)q->policy->wait_s);
	} else if (q->policy->rate != 0 &&
	    q->record->approved_day >= q->policy->rate) {
		out->code = JUDGE_RATE;
		out->later = now + 600;
		text_printf(q->say, "every rule passes; %u were approved in "
				    "24 hours already",
		    q->record->approved_day);
	} else if (open > now) {
		out->code = JUDGE_WINDOW;
		out->later = open;
		text_string(q->say, "every rule passes; outside the hours in "
				    "which this party approves");
	} else {
		out->answer = JUDGE_APPROVE;
	}
}

static unsigned
people_wanted(const struct judge_policy *policy)
{
	if (!policy->person)
		return 0;
	return policy->approvals == 0 ? 1 : policy->approvals;
}

/* No rule refuses. */
static void
answer(struct verdict *out, const struct question *q)
{
	unsigned wanted = people_wanted(q->policy);
	const char *look = look_wanted(q);

	if (look != NULL) {
		out->answer = JUDGE_LOOK;
		text_string(q->say, look);
	} else if (q->record->assents < wanted) {
		out->answer = JUDGE_ASK;
		if (wanted == 1)
			text_string(
			    q->say, "every rule passes; a person decides");
		else
			text_printf(q->say, "every rule passes; %u of %u "
					    "people have said yes",
			    q->record->assents, wanted);
	} else {
		not_yet(out, q);
		if (q->say->n == 0)
			text_string(q->say, "every rule passes");
	}
}

/* A sentence whole, with the longest URL and two names; then it is cut. */
enum { JUDGE_ROOM = 2048 };

static void
sentence_cut(char out[static JUDGE_SENTENCE_MAX + 1], const struct text *say)
{
	size_t cut = say->n < JUDGE_SENTENCE_MAX ? say->n : JUDGE_SENTENCE_MAX;

	while (cut > 1 && say->p[cut - 1] == ' ')
		cut--;
	memcpy(out, say->p, cut);
	out[cut] = '\0';
}

void
judge_explain(void (*rule)(void *context, enum judge_code code, bool passes,
		  const char *sentence),
    void *context, struct verdict *out, const struct judge_policy *policy,
    const struct judge_evidence *evidence, const struct judge_record *record,
    const struct release *release, const uint8_t *text, size_t n)
{
	char room[JUDGE_ROOM], sentence[JUDGE_SENTENCE_MAX + 1];
	struct text say;
	struct question q = {policy, evidence, record, release, text, n,
	    &say};

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		bool passes;

		text_init(&say, room, sizeof room);
		passes = rules[i].passes(&q);
		sentence_cut(sentence, &say);
		if (rule != NULL)
			rule(context, rules[i].code, passes, sentence);
		if (passes || out->answer == JUDGE_REFUSE)
			continue;
		out->answer = JUDGE_REFUSE;
		out->code = rules[i].code;
		memcpy(out->sentence, sentence, sizeof sentence);
		if (rule == NULL)
			break;
	}
	if (out->answer == JUDGE_REFUSE)
		return;
	text_init(&say, room, sizeof room);
	answer(out, &q);
	sentence_cut(out->sentence, &say);
}

void
judge(struct verdict *out, const struct judge_policy *policy,
    const struct judge_evidence *evidence, const struct judge_record *record,
    const struct release *release, const uint8_t *text, size_t n)
{
	judge_explain(NULL, NULL, out, policy, evidence, record, release, text,
	    n);
}

/* Those of the list whose answer changes with time, the log or a person. */
enum judge_code
judge_again(const struct judge_evidence *evidence,
    const struct judge_record *record, const struct release *release,
    const uint8_t *text, size_t n)
{
	char room[JUDGE_ROOM];
	struct text say;
	const struct question q = {
	    NULL, evidence, record, release, text, n, &say};

	text_init(&say, room, sizeof room);
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (rules[i].again && !rules[i].passes(&q))
			return rules[i].code;
	return JUDGE_NONE;
}
