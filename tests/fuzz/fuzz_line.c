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

static const struct line_rule every[] = {
    {"n", "n", 0, 3, LINE_SORTED | LINE_UNIQUE},
    {"two", "nh", 0, 4, LINE_SORTED | LINE_UNIQUE2},
    {"f", "f", 0, 2, LINE_SORTED},
    {"v", "vu", 0, 2, 0},
    {"d", "dd", 0, 2, 0},
    {"z", "zD", 0, 2, 0},
    {"h", "hH", 0, 2, 0},
    {"c", "ci", 0, 2, 0},
    {"b", "b", 0, 2, 0},
    {"B", "B", 0, 1, 0},
    {"C", "Cl", 0, 1, 0},
    {"k", "k", 0, 1, 0},
    {"K", "K", 0, 1, 0},
    {"W", "Wl", 0, 1, 0},
    {"g", "nqm", 0, 3, 0},
    {"about", "", 0, 1, 0},
    {"r", "nr", 0, 2, 0},
    {"", "", 0, 3, 0},
};

static bool
inside(struct slice s, struct slice whole)
{
	return s.p >= whole.p && s.n <= whole.n &&
	    s.p + s.n <= whole.p + whole.n;
}

static enum rc
walk(const uint8_t *text, size_t n, const char *kind,
    const struct line_rule *rules, unsigned rule_n, enum reader reader,
    unsigned *lines)
{
	struct slice all = {text, n};
	struct walk w;
	struct line l;
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
		about = about || strcmp(rules[l.rule].key, "about") == 0;
		assert(l.whole.p == text + at && inside(l.whole, all));
		assert(l.whole.n > 0 && text[at + l.whole.n] == '\n');
		at += l.whole.n + 1;
		assert(l.field_n == strlen(rules[l.rule].fields));
		for (i = numbers = 0; i < l.field_n; i++) {
			char c = rules[l.rule].fields[i];

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
		const struct line_rule *rules;
		unsigned n;
	} tables[] = {
	    {"every", every, sizeof every / sizeof every[0]},
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
