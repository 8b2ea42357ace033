/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts in plain words, texts from typed words, and notes put together.
 *
 * What people are told is what the text says: it is told of what the host's
 * reader takes and of nothing else, in printable lines; all that a device
 * would install stands in it; a quorum read back from its sentence is
 * satisfied by the same sets. A draft made of any words is refused or is a
 * text that its readers can be given. The lines of a note, dealt to two notes
 * and merged again, come out the same whichever is first.
 *
 * The first byte says which; for words it is the text's own.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "cli/change.h"
#include "cli/draft.h"
#include "cli/lint.h"
#include "cli/order.h"
#include "cli/words.h"
#define LINES_FRESH                                                            \
	"fuzz_words/deep-trust", "fuzz_words/longest-release",                 \
	    "fuzz_words/changes", "fuzz_words/draft"
#include "tests/fuzz/lines.h"
#include "tests/unit/world.h"
#include "verify/release.h"
#include "verify/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static char room[65536];

static void
printable(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		assert((p[i] >= 0x20 && p[i] <= 0x7e) || p[i] == '\n');
}

static void
says(const struct text *t, struct slice what)
{
	assert(memmem(t->p, t->n, what.p, what.n) != NULL);
}

static void
says_number(const struct text *t, const char *before, uint64_t number)
{
	char words[64];

	snprintf(
	    words, sizeof words, "%s%llu", before, (unsigned long long)number);
	says(t, slice_of(words));
}

/* ---- a quorum, from its sentence ---------------------------------------- */

struct sentence {
	const char *at;
	const struct policy *p;
	uint32_t mask;
};

static bool
skip(struct sentence *s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(s->at, word, n) != 0)
		return false;
	s->at += n;
	return true;
}

static bool
leaf_satisfied(struct sentence *s)
{
	struct slice word = {(const uint8_t *)s->at, strcspn(s->at, " ,)")};
	unsigned i;

	s->at += word.n;
	for (i = 0; i < 32 && i < s->p->groups; i++)
		if (s->p->at[i] != 0 &&
		    slice_equal(policy_name(s->p->text, s->p->at[i]), word))
			return s->mask >> i & 1;
	assert(!"a name that the text does not have");
	return false;
}

static bool
node_satisfied(struct sentence *s, bool top)
{
	unsigned k = 0, n = 0, have = 0;
	bool all = false, last;

	if (top ? strchr(s->at, ' ') == NULL : !skip(s, "("))
		return leaf_satisfied(s);
	if (skip(s, "both "))
		k = 2;
	else if (skip(s, "any one of "))
		k = 1;
	else if (skip(s, "all of "))
		all = true;
	else {
		assert(skip(s, "any "));
		k = (unsigned)strtoul(s->at, (char **)(uintptr_t)&s->at, 10);
		assert(skip(s, " of ") && k > 1);
	}
	for (last = false;; n++) {
		have += node_satisfied(s, false);
		if (last)
			break;
		last = skip(s, " and ");
		assert(last || skip(s, ", "));
	}
	n++;
	assert(n > 1 && k <= n && (top || skip(s, ")")));
	return have >= (all ? n : k);
}

static void
tree_again(struct trust *t, enum trust_tree which)
{
	struct policy p;
	struct sentence s;
	struct text w;
	unsigned i;

	text_init(&w, room, sizeof room);
	words_tree(&w, t, which);
	assert(!w.full);
	trust_policy(&p, t, which);
	for (i = 0; i < 96; i++) {
		/* few, half, most; and first none and all */
		uint32_t a = (i + 1) * 0x9e3779b9u ^ (i * 0x85ebca6bu) >> 7;
		uint32_t b = (i + 7) * 0xc2b2ae35u ^ (i * 0x27d4eb2fu) >> 9;
		uint32_t mask = i % 3 == 0 ? a & b : i % 3 == 1 ? a : a | b;

		s = (struct sentence){w.p, &p, i < 2 ? i * UINT32_MAX : mask};
		assert(node_satisfied(&s, true) ==
		       trust_satisfied(t, which, s.mask));
		assert(*s.at == '\0');
	}
}

/* ---- texts -------------------------------------------------------------- */

static void
found(void *context, bool refuses, const char *sentence)
{
	unsigned *n = context;

	*n += refuses;
	assert(sentence[0] != '\0');
	printable(sentence, strlen(sentence));
}

static void
release_said(const struct text *t, const uint8_t *text, size_t n)
{
	struct release r;
	struct walk w;
	struct line l;

	assert(release_parse(&r, text, n, READER_HOST) == RC_OK);
	assert(t->n < WORDS_RELEASE_MAX);
	says(t, r.authority);
	says(t, r.product);
	says_number(t, "epoch ", r.epoch);
	says_number(t, "below sequence ", r.floor);
	if (r.withdraw)
		return;
	says(t, r.version);
	says_number(t, "as sequence ", r.sequence);
	if (r.has_from) {
		says_number(t, "sequence ", r.from_low);
		says_number(t, " to ", r.from_high);
	}
	assert(walk_init(&w, text, n, "quorate/release@v1", release_rules,
		   release_rule_n, READER_HOST) == RC_OK);
	while (line_next(&w, &l) == RC_OK) {
		if (l.rule == RELEASE_RULE_PAYLOAD) {
			says(t, l.field[0]);
			says_number(t, ": ", l.number[0]);
			says(t, l.field[2]);
		} else if (l.rule == RELEASE_RULE_REQUIRES) {
			says(t, l.field[0]);
			says_number(t, "at sequence ", l.number[0]);
		} else if (l.rule == RELEASE_RULE_SIGN) {
			says(t, l.field[0]);
			says(t, l.field[1]);
		}
	}
}

static void
words(const uint8_t *text, size_t n)
{
	static struct release r;
	static struct roster roster;
	struct slice rest = {text, n}, kind = slice_line(&rest);
	struct objection o;
	struct party_card c;
	struct trust t;
	struct text w;
	unsigned refuses = 0, again = 0;
	enum rc rc, want = RC_KIND;

	text_init(&w, room, sizeof room);
	rc = words_text(&w, text, n);
	if (slice_is(kind, "quorate/release@v1") ||
	    slice_is(kind, "quorate/withdraw@v1"))
		want = release_parse(&r, text, n, READER_HOST);
	else if (slice_is(kind, "quorate/trust@v1") ||
		 slice_is(kind, "quorate/owner@v1"))
		want = trust_read(&t, text, n, READER_HOST);
	else if (slice_is(kind, "quorate/roster@v1"))
		want = roster_parse(&roster, text, n);
	else if (slice_is(kind, "quorate/objection@v1"))
		want = objection_parse(&o, text, n);
	else if (slice_is(kind, "quorate/party@v1"))
		want = party_parse(&c, text, n);
	if (rest.n > 0 || n > 0) /* a kind is a line of its own */
		assert(rc == want || rest.n == 0);
	if (rc != RC_OK) {
		assert(w.n == 0);
		return;
	}
	assert(!w.full && w.n > 0 && w.p[w.n - 1] == '\n');
	printable(w.p, w.n);
	if (slice_is(kind, "quorate/release@v1") ||
	    slice_is(kind, "quorate/withdraw@v1")) {
		release_said(&w, text, n);
	} else if (slice_is(kind, "quorate/trust@v1")) {
		tree_again(&t, TREE_SIGNERS);
		tree_again(&t, TREE_ROOTS);
		tree_again(&t, TREE_COSIGNERS);
		lint_trust(&t, NULL, found, &refuses);
		lint_trust(&t, &t, found, &again); /* no key changes its role */
		assert(refuses == again);
	} else if (slice_is(kind, "quorate/owner@v1")) {
		tree_again(&t, TREE_SIGNERS);
	}
}

/* ---- drafts ------------------------------------------------------------- */

static const struct trust *
before(void)
{
	static struct world w;
	static struct trust t;

	if (t.kind == 0) {
		world_make(&w);
		assert(trust_read(&t, (uint8_t *)w.trust, strlen(w.trust),
			   READER_HOST) == RC_OK);
	}
	return &t;
}

/* No file is read: @ is none. */
static char *
without_files(const uint8_t *bytes, size_t n)
{
	char *words = malloc(n + 1);
	size_t i;

	assert(words != NULL);
	for (i = 0; i < n; i++)
		words[i] = bytes[i] == '@' ? 'a' : (char)bytes[i];
	return words;
}

static void
draft(struct slice typed)
{
	static char made[65536], checked[65536];
	const struct trust *old[] = {NULL, before()};
	struct text t, c;
	struct trust again;
	bool up;
	unsigned i;
	enum rc rc;

	for (i = 0; i < 2; i++) {
		const struct draft_options o = {
		    .dir = "", .before = old[i], .now = 1763700000};
		struct why why = {""};

		text_init(&t, made, sizeof made);
		rc = draft_build(&t, &up, &o, typed, &why);
		if (rc != RC_OK) {
			assert(why.text[0] != '\0');
			continue;
		}
		text_init(&c, checked, sizeof checked);
		if (!draft_template(&c, &t))
			assert(c.n == t.n && memcmp(c.p, t.p, t.n) == 0);
		rc = trust_read(&again, (uint8_t *)t.p, t.n, READER_HOST);
		if (rc == RC_OK && old[i] != NULL &&
		    again.kind != TRUST_OWNER &&
		    memmem(typed.p, typed.n, "epoch", 5) == NULL)
			assert(again.epoch == old[i]->epoch + up &&
			       (up || !trust_needs_epoch(&again, old[i])));
		words((uint8_t *)t.p, t.n);
	}
}

static void
changes(const uint8_t *bytes, size_t n)
{
	static char made[65536];
	char *typed = without_files(bytes, n);
	struct slice rest = {(uint8_t *)typed, n}, list[CHANGES_MAX];
	struct why why = {""};
	struct text t;
	unsigned count = 0;
	enum rc rc;

	while (rest.n > 0 && count < CHANGES_MAX)
		list[count++] = slice_line(&rest);
	text_init(&t, made, sizeof made);
	rc = change_draft(&t, before(), list, count, &why);
	if (rc == RC_OK) {
		assert(!t.full);
		draft((struct slice){(uint8_t *)t.p, t.n});
	} else {
		assert(why.text[0] != '\0');
	}
	free(typed);
}

/* ---- notes -------------------------------------------------------------- */

/* A key with two lines that differ may keep either. */
static bool
two_of_one(const struct note *note)
{
	struct sigline a, b;
	unsigned i, j;

	for (i = 0; i < note->line_n; i++)
		for (j = 0; j < i; j++) {
			note_line(note, i, &a, NULL);
			note_line(note, j, &b, NULL);
			if (a.name_n == b.name_n &&
			    memcmp(a.name, b.name, a.name_n) == 0 &&
			    memcmp(a.blob, b.blob, 4) == 0)
				return true;
		}
	return false;
}

static void
merge(const uint8_t *bytes, size_t n, unsigned deal)
{
	static char dealt[2][65536], merged[3][65536];
	static struct order order;
	const struct order_with with = {
	    .trust = before(), .previous = before()};
	struct note whole, half[2];
	struct sigline stranger;
	struct text t[2], out[3];
	struct slice raw;
	unsigned i, lines[3];
	const struct order *by;
	enum rc rc[3];

	if (note_split(&whole, bytes, n) != RC_OK || whole.line_n < 2)
		return;
	for (i = 0; i < 2; i++) {
		text_init(&t[i], dealt[i], sizeof dealt[i]);
		text_put(&t[i], whole.bytes, whole.text_n + 1);
	}
	for (i = 0; i < whole.line_n; i++) {
		/* one each at least; some to both */
		unsigned to = i < 2 ? i : deal >> i % 7 & 1;

		note_line(&whole, i, &stranger, &raw);
		text_put(&t[to], raw.p, raw.n);
		if (i >= 2 && deal >> (i + 3) % 7 & 1)
			text_put(&t[!to], raw.p, raw.n);
	}
	for (i = 0; i < 2; i++)
		assert(
		    note_split(&half[i], (uint8_t *)t[i].p, t[i].n) == RC_OK);
	by = order_of(&order, whole.bytes, whole.text_n, &with) == RC_OK
		 ? &order
		 : NULL;
	for (i = 0; i < 2; i++) {
		const struct note pair[2] = {half[i], half[!i]};

		text_init(&out[i], merged[i], sizeof merged[i]);
		rc[i] = order_merge(&out[i], &lines[i], &stranger, by, pair, 2);
	}
	assert((rc[0] == RC_OK) == (rc[1] == RC_OK));
	if (rc[0] != RC_OK)
		return;
	/* the same lines; in one order if there is one */
	assert(lines[0] == lines[1] || two_of_one(&whole));
	assert(lines[0] <= whole.line_n);
	if (by != NULL && !two_of_one(&whole))
		assert(out[0].n == out[1].n && lines[0] == whole.line_n &&
		       memcmp(out[0].p, out[1].p, out[0].n) == 0);
	assert(note_split(&half[0], (uint8_t *)out[0].p, out[0].n) == RC_OK);
	assert(half[0].line_n == lines[0] && half[0].text_n == whole.text_n);
	/* and once more changes nothing */
	text_init(&out[2], merged[2], sizeof merged[2]);
	rc[2] = order_merge(&out[2], &lines[2], &stranger, by, half, 1);
	assert(rc[2] == RC_OK && out[2].n == out[0].n &&
	       memcmp(out[2].p, out[0].p, out[2].n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct note note;
	size_t rest;
	char *plain;

	if (n < 2)
		return 0;
	switch (bytes[0]) {
	case 1:
		changes(bytes + 1, n - 1);
		break;
	case 2:
		plain = without_files(bytes + 1, n - 1);
		draft((struct slice){(uint8_t *)plain, n - 1});
		free(plain);
		break;
	default:
		merge(bytes, n, (unsigned)n);
		words(bytes, n);
		if (note_split_file(&note, &rest, bytes, n) == RC_OK)
			words(bytes, note.text_n);
	}
	return 0;
}
