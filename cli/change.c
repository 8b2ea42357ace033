/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trust text as a list of lines, changed line by line. The rules of
 * verify/trust.h number the lines in the order in which they stand, so a
 * changed list is put in order by sorting on them.
 */
#include "cli/change.h"

#include <stdio.h>
#include <string.h>

#include "cli/key.h"

struct item {
	unsigned rule;
	struct slice words; /* behind the key */
	struct slice name;  /* {0}: the line comes once */
};

struct change {
	struct item item[CHANGE_LINES_MAX];
	unsigned n;
	struct why *why;
};

/* How each line is spelled in a change; groups three ways. */
static const struct {
	const char *key, *spelled;
	unsigned rule;
	bool named;
} kinds[] = {
    {"signer", "signer", TRUST_RULE_SIGNER, true},
    {"group", "signer-group", TRUST_RULE_SIGNER_GROUP, true},
    {"quorum", "quorum", TRUST_RULE_QUORUM, false},
    {"root", "root", TRUST_RULE_ROOT, true},
    {"group", "root-group", TRUST_RULE_ROOT_GROUP, true},
    {"root-quorum", "root-quorum", TRUST_RULE_ROOT_QUORUM, false},
    {"recover", "recover", TRUST_RULE_RECOVER, false},
    {"log", "log", TRUST_RULE_LOG, true},
    {"witness", "witness", TRUST_RULE_WITNESS, true},
    {"mirror", "mirror", TRUST_RULE_MIRROR, true},
    {"group", "witness-group", TRUST_RULE_COSIGNER_GROUP, true},
    {"witness-quorum", "witness-quorum", TRUST_RULE_WITNESS_QUORUM, false},
    {"shared", "shared", TRUST_RULE_SHARED, true},
    {"text-max", "text-max", TRUST_RULE_TEXT_MAX, false},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static unsigned
kind_of_rule(unsigned rule)
{
	unsigned i = 0;

	while (i < KINDS && kinds[i].rule != rule)
		i++;
	return i;
}

static bool
is_group(unsigned rule)
{
	return rule == TRUST_RULE_SIGNER_GROUP ||
	       rule == TRUST_RULE_ROOT_GROUP ||
	       rule == TRUST_RULE_COSIGNER_GROUP;
}

/* What a line is called by: its first field; of a log the key's name. */
static struct slice
name_of(unsigned rule, struct slice words)
{
	struct slice name = slice_word(&words);
	const uint8_t *plus;

	if (rule != TRUST_RULE_LOG)
		return name;
	plus = memchr(name.p, '+', name.n);
	if (plus != NULL)
		name.n = (size_t)(plus - name.p);
	return name;
}

/* A tree's leaf or group of that name. */
static bool
tree_has(const struct change *c, unsigned group_rule, struct slice name)
{
	for (unsigned i = 0; i < c->n; i++) {
		unsigned r = c->item[i].rule;
		bool leaf = group_rule == TRUST_RULE_SIGNER_GROUP
				? r == TRUST_RULE_SIGNER
			    : group_rule == TRUST_RULE_ROOT_GROUP
				? r == TRUST_RULE_ROOT
				: r == TRUST_RULE_WITNESS ||
				      r == TRUST_RULE_MIRROR;

		if ((leaf || r == group_rule) &&
		    slice_equal(c->item[i].name, name))
			return true;
	}
	return false;
}

static int
item_find(const struct change *c, unsigned rule, struct slice name)
{
	for (unsigned i = 0; i < c->n; i++)
		if (c->item[i].rule == rule &&
		    (name.n == 0 || slice_equal(c->item[i].name, name)))
			return (int)i;
	return -1;
}

static bool
members_fit(const struct change *c, unsigned rule, struct slice words)
{
	(void)slice_word(&words); /* name, then threshold */
	(void)slice_word(&words);
	while (words.n > 0)
		if (!tree_has(c, rule, slice_word(&words)))
			return false;
	return true;
}

/* The one tree whose group a bare `group` is. */
static enum rc
group_rule(unsigned *rule, const struct change *c, struct slice words)
{
	static const unsigned rules[] = {TRUST_RULE_SIGNER_GROUP,
	    TRUST_RULE_ROOT_GROUP, TRUST_RULE_COSIGNER_GROUP};
	struct slice name = name_of(TRUST_RULE_SIGNER_GROUP, words);
	unsigned named = 0, fit = 0;

	for (unsigned i = 0; i < 3; i++)
		if (item_find(c, rules[i], name) >= 0) {
			named++;
			*rule = rules[i];
		}
	for (unsigned i = 0; named == 0 && i < 3; i++)
		if (members_fit(c, rules[i], words)) {
			fit++;
			*rule = rules[i];
		}
	if (named == 1 || fit == 1)
		return RC_OK;
	why_set(c->why,
	    named + fit == 0
		? "no tree has all members of the group '%.*s'"
		: "'%.*s' may be of several trees: say signer-group, "
		  "root-group or witness-group",
	    SLICE(name));
	return RC_FIELD;
}

static enum rc
rule_of(unsigned *rule, const struct change *c, struct slice key,
    struct slice words)
{
	if (slice_is(key, "group"))
		return group_rule(rule, c, words);
	for (unsigned i = 0; i < KINDS; i++)
		if (slice_is(key, kinds[i].spelled)) {
			*rule = kinds[i].rule;
			return RC_OK;
		}
	why_set(c->why, "'%.*s' is no line that can be changed", SLICE(key));
	return RC_LINE_UNKNOWN;
}

static enum rc
drop(struct change *c, struct slice words)
{
	struct slice key = slice_word(&words);
	struct slice name = {0};
	unsigned rule = 0;
	enum rc rc = rule_of(&rule, c, key, words);
	int at;

	if (rc != RC_OK)
		return rc;
	if (kinds[kind_of_rule(rule)].named) {
		name = name_of(rule, words);
		if (name.n == 0) {
			why_set(c->why, "drop which %.*s?", SLICE(key));
			return RC_FIELD;
		}
	}
	at = item_find(c, rule, name);
	if (at < 0) {
		why_set(c->why, "there is no %.*s %.*s to drop", SLICE(key),
		    SLICE(name));
		return RC_FIELD;
	}
	memmove(&c->item[at], &c->item[at + 1],
	    (c->n - (unsigned)at - 1) * sizeof c->item[0]);
	c->n--;
	return RC_OK;
}

static enum rc
set(struct change *c, struct slice key, struct slice words)
{
	struct item item = {.words = words};
	enum rc rc = rule_of(&item.rule, c, key, words);
	unsigned at = 0;
	int known;

	if (rc != RC_OK)
		return rc;
	if (words.n == 0) {
		why_set(c->why, "'%.*s' what?", SLICE(key));
		return RC_FIELD;
	}
	if (kinds[kind_of_rule(item.rule)].named)
		item.name = name_of(item.rule, words);
	known = item_find(c, item.rule, item.name);
	if (known >= 0) {
		c->item[known] = item;
		return RC_OK;
	}
	if (c->n == CHANGE_LINES_MAX) {
		why_set(c->why, "too many lines");
		return RC_FIELD;
	}
	/* as the last of its kind; `shared` lines are sorted */
	while (at < c->n && (c->item[at].rule < item.rule ||
				(c->item[at].rule == item.rule &&
				    (item.rule != TRUST_RULE_SHARED ||
					slice_compare(c->item[at].name,
					    item.name) < 0))))
		at++;
	memmove(&c->item[at + 1], &c->item[at],
	    (c->n - at) * sizeof c->item[0]);
	c->item[at] = item;
	c->n++;
	return RC_OK;
}

static enum rc
items_load(struct change *c, const struct trust *before)
{
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, before->page, before->page_n,
	    "quorate/trust@v1", trust_rules, trust_rule_n, READER_HOST);

	while (rc == RC_OK && (rc = line_next(&w, &l)) == RC_OK) {
		unsigned kind = kind_of_rule(l.rule);
		struct item *item = &c->item[c->n];

		if (kind == KINDS && l.rule != TRUST_RULE_EXTENSION)
			continue;
		if (c->n == CHANGE_LINES_MAX) {
			why_set(c->why, "the text has too many lines");
			return RC_FIELD;
		}
		*item = (struct item){.rule = l.rule, .words = l.whole};
		if (kind < KINDS)
			(void)slice_word(&item->words);
		if (kind < KINDS && kinds[kind].named)
			item->name = name_of(l.rule, item->words);
		c->n++;
	}
	return rc == RC_MORE ? RC_OK : rc;
}

/* Whether a group that is still to be written is a member of this one. */
static bool
waits(const struct change *c, unsigned group, const bool *done)
{
	struct slice words = c->item[group].words;

	(void)slice_word(&words);
	(void)slice_word(&words);
	while (words.n > 0) {
		int at = item_find(
		    c, c->item[group].rule, slice_word(&words));

		if (at >= 0 && at != (int)group && !done[at])
			return true;
	}
	return false;
}

static void
item_put(struct text *out, const struct item *item)
{
	unsigned kind = kind_of_rule(item->rule);

	if (kind < KINDS)
		text_printf(out, "%s ", kinds[kind].key);
	text_printf(out, "%.*s\n", SLICE(item->words));
}

/* The groups from item `i` on, members first; what goes round in a circle
 * comes as it stands. */
static unsigned
groups_put(struct text *out, const struct change *c, unsigned i)
{
	bool done[CHANGE_LINES_MAX] = {false};
	unsigned end = i, j, next;

	while (end < c->n && c->item[end].rule == c->item[i].rule)
		end++;
	for (j = i; j < end; j++) {
		next = end;
		for (unsigned k = end; k-- > i;)
			if (!done[k] && !waits(c, k, done))
				next = k;
		for (unsigned k = end; next == end && k-- > i;)
			if (!done[k])
				next = k;
		done[next] = true;
		item_put(out, &c->item[next]);
	}
	return end;
}

enum rc
change_draft(struct text *out, const struct trust *before,
    const struct slice *changes, unsigned change_n, struct why *why)
{
	static struct change c; /* some KB; one thread */
	bool about = false;
	enum rc rc;

	memset(&c, 0, sizeof c);
	c.why = why;
	rc = items_load(&c, before);
	for (unsigned i = 0; rc == RC_OK && i < change_n; i++) {
		struct slice words = changes[i];
		struct slice key = slice_word(&words);

		rc = slice_is(key, "drop") ? drop(&c, words)
					   : set(&c, key, words);
	}
	if (rc != RC_OK)
		return rc;
	text_printf(out, "quorate/trust@v1\nname %.*s\n",
	    SLICE(trust_name(before)));
	for (unsigned i = 0; i < c.n;) {
		if (!about && c.item[i].rule > TRUST_RULE_ABOUT) {
			about = true;
			text_string(out, "about\n");
		}
		if (is_group(c.item[i].rule))
			i = groups_put(out, &c, i);
		else
			item_put(out, &c.item[i++]);
	}
	if (out->full)
		why_set(why, "the text grows too long");
	return out->full ? RC_TEXT_LONG : RC_OK;
}

static bool
is_counter(struct slice line)
{
	struct slice key = slice_word(&line);

	return slice_is(key, "revision") || slice_is(key, "previous") ||
	       slice_is(key, "proposed");
}

/* Lines of a that b does not have. Groups of two trees may be spelled alike:
 * then a change of one of them is still told by the other's line. */
static void
lines_missing(struct text *out, const char *sign, struct slice a,
    struct slice b)
{
	while (a.n > 0) {
		struct slice line = slice_line(&a), rest = b;
		bool there = is_counter(line);

		while (!there && rest.n > 0)
			there = slice_equal(slice_line(&rest), line);
		if (!there)
			text_printf(out, "%s %.*s\n", sign, SLICE(line));
	}
}

void
change_words(struct text *out, struct slice before, struct slice after)
{
	lines_missing(out, "-", before, after);
	lines_missing(out, "+", after, before);
}
