/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/words.h"

#include <stdio.h>
#include <string.h>

#include "cli/believe.h"
#include "cli/cli.h"
#include "verify/release.h"
#include "verify/roster.h"

unsigned
words_members(const struct policy *p, unsigned group, uint8_t nodes[static 160])
{
	unsigned i, n = 0;

	for (i = 0; i < p->leaf_n; i++)
		if (p->parent[i] == group)
			nodes[n++] = (uint8_t)i;
	for (i = p->group_from; i < p->group_n; i++)
		if (p->parent[p->groups + i] == group)
			nodes[n++] = (uint8_t)(p->groups + i);
	return n;
}

/* Depth is at most POLICY_DEPTH_MAX: a closed tree. */
static void
words_node(struct text *out, const struct policy *p, uint8_t node, bool top)
{
	uint8_t nodes[160];
	unsigned n, i, k;

	if (node < p->groups) {
		text_printf(
		    out, "%.*s", SLICE(policy_name(p->text, p->at[node])));
		return;
	}
	k = p->group_k[node - p->groups];
	n = words_members(p, node - p->groups, nodes);
	if (n == 1) {
		words_node(out, p, nodes[0], top);
		return;
	}
	if (!top)
		text_string(out, "(");
	if (k == n)
		text_string(out, n == 2 ? "both " : "all of ");
	else if (k == 1)
		text_string(out, "any one of ");
	else
		text_printf(out, "any %u of ", k);
	for (i = 0; i < n; i++) {
		if (i > 0)
			text_string(out, i + 1 == n ? " and " : ", ");
		words_node(out, p, nodes[i], false);
	}
	if (!top)
		text_string(out, ")");
}

struct needs {
	struct text *out;
	const struct policy *p;
	struct slice (*label)(const void *context, unsigned leaf);
	const void *context;
};

static void
needs_name(const struct needs *w, uint8_t node)
{
	const struct policy *p = w->p;
	struct slice label;

	text_printf(
	    w->out, "%.*s", SLICE(policy_name(p->text, p->at[node])));
	if (node >= p->groups)
		return;
	label = w->label(w->context, node);
	if (label.n > 0 && !slice_is(label, "-"))
		text_printf(w->out, " (%.*s)", SLICE(label));
}

/* What one group asks of its members, by their names. */
static void
needs_group(const struct needs *w, unsigned group)
{
	uint8_t nodes[160];
	unsigned n = words_members(w->p, group, nodes);
	unsigned k = w->p->group_k[group];

	if (k == n && n > 1)
		text_string(w->out, n == 2 ? "both " : "all of ");
	else if (k == 1 && n > 1)
		text_string(w->out, "any one of ");
	else if (n > 1)
		text_printf(w->out, "any %u of ", k);
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			text_string(w->out, i + 1 == n ? " and " : ", ");
		needs_name(w, nodes[i]);
	}
}

void
words_needs(struct text *out, const struct policy *p,
    struct slice (*label)(const void *context, unsigned leaf),
    const void *context)
{
	const struct needs w = {out, p, label, context};
	uint8_t queue[POLICY_GROUPS_MAX + 1], nodes[160];
	unsigned n = 0;

	if (p->root < p->groups) {
		needs_name(&w, p->root);
		return;
	}
	queue[n++] = (uint8_t)(p->root - p->groups);
	for (unsigned i = 0; i < n; i++) { /* every group once, by depth */
		unsigned count = words_members(p, queue[i], nodes);

		if (i > 0) {
			text_string(out, "; ");
			needs_name(&w, (uint8_t)(p->groups + queue[i]));
			text_string(out, " needs ");
		}
		needs_group(&w, queue[i]);
		for (unsigned j = 0; j < count; j++)
			if (nodes[j] >= p->groups)
				queue[n++] = (uint8_t)(nodes[j] - p->groups);
	}
}

void
words_policy(struct text *out, const struct policy *p)
{
	words_node(out, p, p->root, true);
}

void
words_tree(struct text *out, const struct trust *t, enum trust_tree which)
{
	struct policy p;

	trust_policy(&p, (struct trust *)(uintptr_t)t, which); /* only read */
	if (which == TREE_SIGNERS)
		p.group_n = t->signer_groups;
	else if (which == TREE_ROOTS)
		p.group_n = t->root_groups;
	words_policy(out, &p);
}

void
words_wanted(struct text *out, const struct trust *t,
    const struct trust *before, const struct words_have *have)
{
	uint32_t introduced = trust_introduced(t, before) & ~have->signers;

	if (before != NULL &&
	    !trust_satisfied(before, TREE_ROOTS, have->before)) {
		text_string(out, "wanted of the roots in force: ");
		words_tree(out, before, TREE_ROOTS);
		text_string(out, "\n");
	}
	if (!trust_satisfied(t, TREE_ROOTS, have->roots)) {
		text_string(out, "wanted of its own roots: ");
		words_tree(out, t, TREE_ROOTS);
		text_string(out, "\n");
	}
	for (unsigned i = 0; i < t->signer_n; i++)
		if (introduced >> i & 1)
			text_printf(out,
			    "wanted of the signer that it introduces: %.*s\n",
			    SLICE(trust_leaf(t, LIST_SIGNERS, i)));
}

static void
words_time(struct text *out, uint64_t unix_s)
{
	char stamp[32];

	time_text(stamp, unix_s);
	text_string(out, stamp);
}

static void
release_lines(struct text *out, const uint8_t *text, size_t n)
{
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, text, n, "quorate/release@v1", release_rules,
	    release_rule_n, READER_HOST);

	while (rc == RC_OK && (rc = line_next(&w, &l)) == RC_OK)
		switch (l.rule) {
		case RELEASE_RULE_PAYLOAD:
			text_printf(out, "  %.*s: %llu bytes, sha256 %.*s\n",
			    SLICE(l.field[0]), (unsigned long long)l.number[0],
			    SLICE(l.field[2]));
			break;
		case RELEASE_RULE_REQUIRES:
			text_printf(out,
			    "Only where %.*s is at sequence %llu or "
			    "higher.\n",
			    SLICE(l.field[0]), (unsigned long long)l.number[0]);
			break;
		case RELEASE_RULE_SOURCE:
			text_printf(out,
			    "It says it was made from %.*s at %.*s, "
			    "commit %.*s.\n",
			    SLICE(l.field[0]), SLICE(l.field[1]),
			    SLICE(l.field[2]));
			break;
		case RELEASE_RULE_SIGN:
			text_printf(out,
			    "It also permits a %.*s signature over "
			    "%.*s.\n",
			    SLICE(l.field[0]), SLICE(l.field[1]));
			break;
		default:
			break;
		}
}

static enum rc
words_release(struct text *out, const uint8_t *text, size_t n)
{
	struct release r;
	enum rc rc = release_parse(&r, text, n, READER_HOST);

	if (rc != RC_OK)
		return rc;
	if (r.withdraw) {
		text_printf(out,
		    "This permits every device of %.*s epoch %u that is "
		    "%.*s to refuse\nreleases below sequence %u from now "
		    "on. A running image keeps running.\n",
		    SLICE(r.authority), r.epoch, SLICE(r.product), r.floor);
		return RC_OK;
	}
	text_printf(out,
	    "This permits every device of %.*s epoch %u that is %.*s\n"
	    "to install version %.*s as sequence %u:\n",
	    SLICE(r.authority), r.epoch, SLICE(r.product), SLICE(r.version),
	    r.sequence);
	release_lines(out, text, n);
	if (r.has_from)
		text_printf(out,
		    "Only where sequence %u to %u is installed now.\n",
		    r.from_low, r.from_high);
	text_printf(out,
	    "Once it has confirmed itself, nothing below sequence %u is "
	    "accepted again.\n",
	    r.floor);
	if (r.expires != 0) {
		text_string(out, "Devices with a clock refuse it from ");
		words_time(out, r.expires);
		text_string(out, " on.\n");
	}
	text_string(out, "Proposed ");
	words_time(out, r.proposed);
	text_string(out, ".\n");
	return RC_OK;
}

/* A log that has two keys, while one takes over, is still one log. */
static void
words_logs(struct text *out, const struct trust *t)
{
	struct vkey k[TRUST_LOGS_MAX];
	unsigned keys[TRUST_LOGS_MAX] = {0}, n = 0, i, j;

	for (i = 0; i < t->log_n; i++) {
		trust_key(&k[n], t, LIST_LOGS, i);
		for (j = 0; j < n && !slice_equal(k[j].name, k[n].name); j++)
			;
		keys[j]++;
		n += j == n;
	}
	for (i = 0; i < n; i++) {
		text_printf(out, "%s%.*s",
		    i == 0	  ? ""
		    : i + 1 < n ? ", "
				: " or ",
		    SLICE(k[i].name));
		if (keys[i] > 1)
			text_printf(out, " (under any of %u keys)", keys[i]);
	}
}

static enum rc
words_trust(struct text *out, const uint8_t *text, size_t n)
{
	struct trust t;
	enum rc rc = trust_read(&t, text, n, READER_HOST);

	if (rc != RC_OK)
		return rc;
	if (t.kind == TRUST_OWNER) {
		text_printf(out,
		    "Devices of the owner %.*s install only what the owner "
		    "endorses:\n  ",
		    SLICE(trust_name(&t)));
		words_tree(out, &t, TREE_SIGNERS);
		text_string(out, " may endorse.\n");
		return RC_OK;
	}
	text_printf(out, "Trust of %.*s, epoch %u, revision %u:\n  ",
	    SLICE(trust_name(&t)), t.epoch, t.revision);
	words_tree(out, &t, TREE_SIGNERS);
	text_string(out,
	    t.signer_n == 1 ? " may release alone;\n  " : " may release;\n  ");
	words_tree(out, &t, TREE_ROOTS);
	text_string(out, " may change this text;\n  ");
	if (t.recover > 0)
		text_printf(out,
		    "any %u roots that also are such a set may change it "
		    "without a log, a person being present;\n  ",
		    t.recover);
	text_string(out, "devices take only what ");
	words_logs(out, &t);
	text_string(out, " has logged, cosigned by ");
	words_tree(out, &t, TREE_COSIGNERS);
	text_string(out, ".\n");
	return RC_OK;
}

static enum rc
words_small(struct text *out, const uint8_t *text, size_t n)
{
	struct blob b = {(uint8_t *)(uintptr_t)text, n}; /* only read */
	struct objection o;
	struct party_card c;
	char hex[65];
	struct text h;
	enum rc rc;

	if (blob_is(&b, "quorate/objection@v1")) {
		rc = objection_parse(&o, text, n);
		if (rc != RC_OK)
			return rc;
		text_init(&h, hex, sizeof hex);
		text_hex(&h, o.release, 32);
		text_printf(out,
		    "This objects in public, under %.*s, to the release "
		    "%s: %.*s\nIt stops nothing; everybody who watches "
		    "the log sees it.\n",
		    SLICE(o.authority), hex, SLICE(o.reason));
		return RC_OK;
	}
	if (!blob_is(&b, "quorate/party@v1"))
		return RC_KIND;
	rc = party_parse(&c, text, n);
	if (rc == RC_OK)
		text_printf(out,
		    "%.*s (%.*s) holds the key %.*s; contact: %.*s\n",
		    SLICE(c.name), SLICE(c.label), SLICE(c.vkey_text),
		    SLICE(c.contact));
	return rc;
}

static enum rc
words_roster(struct text *out, const uint8_t *text, size_t n)
{
	static struct roster r; /* 6 KB; one thread */
	struct policy p;
	enum rc rc = roster_parse(&r, text, n);

	if (rc != RC_OK)
		return rc;
	text_printf(out,
	    "Roster %u of %.*s for %.*s: %u parties hold shares of its "
	    "key;\n  ",
	    r.serial, SLICE(r.signer), SLICE(r.authority), r.party_n);
	roster_policy(&p, &r);
	words_policy(out, &p);
	text_string(out, " make its signature.\n");
	return RC_OK;
}

enum rc
words_text(struct text *out, const uint8_t *text, size_t n)
{
	struct blob b = {(uint8_t *)(uintptr_t)text, n}; /* only read */

	if (blob_is(&b, "quorate/release@v1") ||
	    blob_is(&b, "quorate/withdraw@v1"))
		return words_release(out, text, n);
	if (blob_is(&b, "quorate/trust@v1") || blob_is(&b, "quorate/owner@v1"))
		return words_trust(out, text, n);
	if (blob_is(&b, "quorate/roster@v1"))
		return words_roster(out, text, n);
	return words_small(out, text, n);
}
