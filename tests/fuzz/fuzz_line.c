/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walker over lines, with every table of rules and with one of its own
 * that has each kind of field. The first byte chooses the table; the
 * kind line is ours. Lines come in the order of the table, are slices of the text, and
 * together with what a device does not look at they are the text.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "verify/release.h"
#include "verify/roster.h"
#include "verify/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { EVERY_N = 18 };
static const char every[] =
    LINE_UNIQUE "\3" "n n\0"
    LINE_UNIQUE2 "\4" "two nh\0"
    LINE_SORTED "\2" "f f\0"
    LINE_ANY "\2" "v vu\0"
    LINE_ANY "\2" "d dd\0"
    LINE_ANY "\2" "z zD\0"
    LINE_ANY "\2" "h hH\0"
    LINE_ANY "\2" "c ci\0"
    LINE_ANY "\2" "b b\0"
    LINE_MAYBE "B B\0"
    LINE_MAYBE "C Cl\0"
    LINE_MAYBE "k k\0"
    LINE_MAYBE "K K\0"
    LINE_MAYBE "W Wl\0"
    LINE_ANY "\3" "g nqm\0"
    LINE_MAYBE "about\0"
    LINE_ANY "\2" "r nr\0"
    LINE_EXTENSIONS "\3" "\0";

/* The key of a rule, its fields behind a space. */
static const char *
rule_key(const char *rules, unsigned index)
{
	for (; index > 0; index--)
		rules += strlen(rules) + 1;
	return rules + 2;
}

static bool
inside(struct slice s, struct slice whole)
{
	return s.p >= whole.p && s.n <= whole.n &&
	    s.p + s.n <= whole.p + whole.n;
}

static enum rc
walk(const uint8_t *text, size_t n, const char *kind,
    const char *rules, unsigned rule_n, enum reader reader, unsigned *lines)
{
	struct slice all = {text, n};
	struct walk w;
	struct line l;
	const char *key, *types;
	size_t at = strlen(kind) + 1;
	unsigned last = 0, i, numbers;
	bool about = false;
	enum rc rc;

	*lines = 0;
	memset(&l, 0, sizeof l);
	rc = walk_init(&w, text, n, kind, rules, rule_n, reader);
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc != RC_OK)
			break;
		++*lines;
		assert(l.rule < rule_n && l.rule >= last);
		last = l.rule;
		assert(!about || reader == READER_HOST);
		key = rule_key(rules, l.rule);
		types = strchr(key, ' ');
		types = types != NULL ? types + 1 : "";
		about = about || strcmp(key, "about") == 0;
		assert(l.whole.p == text + at && inside(l.whole, all));
		assert(l.whole.n > 0 && text[at + l.whole.n] == '\n');
		at += l.whole.n + 1;
		assert(l.field_n == strlen(types));
		for (i = numbers = 0; i < l.field_n; i++) {
			char c = types[i];

			assert(l.field[i].n > 0 && inside(l.field[i], l.whole));
			if (strchr("dzD", c) == NULL)
				continue;
			assert(l.number[numbers] > 0 || c != 'd');
			assert(l.number[numbers++] <=
			    (c == 'D' ? ((uint64_t)1 << 53) - 1 : UINT32_MAX));
		}
	}
	assert(rc != RC_MORE || at == n ||
	    (about && reader == READER_DEVICE && at < n));
	if (rc != RC_OK && rc != RC_MORE) /* where it stood says nothing new */
		*lines = 0;
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct {
		const char *kind;
		const char *rules;
		unsigned n;
	} tables[] = {
	    {"every", every, EVERY_N},
	    {"quorate/release@v1", release_rules, release_rule_n},
	    {"quorate/withdraw@v1", withdraw_rules, withdraw_rule_n},
	    {"quorate/trust@v1", trust_rules, trust_rule_n},
	    {"quorate/roster@v1", roster_rules, roster_rule_n},
	};
	unsigned t, host_n, device_n;
	enum rc host, device;
	uint8_t *text;
	size_t head;

	if (n < 2)
		return 0;
	t = bytes[0] % (sizeof tables / sizeof tables[0]);
	head = strlen(tables[t].kind);
	text = malloc(head + n); /* exactly: a read past the end is seen */
	assert(text != NULL);
	memcpy(text, tables[t].kind, head);
	text[head] = '\n';
	memcpy(text + head + 1, bytes + 1, n - 1);
	n += head;
	host = walk(text, n, tables[t].kind, tables[t].rules,
	    tables[t].n, READER_HOST, &host_n);
	device = walk(text, n, tables[t].kind, tables[t].rules,
	    tables[t].n, READER_DEVICE, &device_n);
	assert(host != RC_MORE || (device == RC_MORE && device_n <= host_n));
	free(text);
	return 0;
}
