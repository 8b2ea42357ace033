/* SPDX-License-Identifier: Apache-2.0 */
/* verify/trust.c: what a trust text and an owner's text must be. */
#include <check.h>
#include <stdlib.h>
#include "tests/unit/edits.h"
#include "tests/unit/notes_help.h"
#include "tests/unit/suite.h"
#include "verify/trust.h"

static struct authority a;
static struct buf text;

static void
setup(void)
{
	authority_make(&a);
	trust_text(&text, &a);
}

static enum rc
parse(struct trust *t, enum reader reader)
{
	static const struct trust zero;
	uint8_t *exact = malloc(text.n > 0 ? text.n : 1);
	enum rc rc;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, text.b, text.n);
	rc = trust_read(t, exact, text.n, reader);
	if (rc != RC_OK)
		ck_assert_int_eq(memcmp(t, &zero, sizeof zero), 0);
	free(exact);
	return rc;
}

START_TEST(a_trust_text_is_read)
{
	struct trust t;
	uint8_t id[32];
	struct vkey k;
	unsigned i;

	ck_assert_int_eq(
	    trust_read(&t, (const uint8_t *)text.b, text.n, READER_HOST),
	    RC_OK);
	ck_assert_int_eq(t.kind, TRUST_VENDOR);
	ck_assert_uint_eq(t.epoch, 1);
	ck_assert_uint_eq(t.revision, 1);
	ck_assert_uint_eq(t.recover, 2);
	ck_assert_uint_eq(trust_witness_n(&t), 2);
	ck_assert(slice_is(trust_name(&t), "acme/test"));
	text_id(id, &text);
	ck_assert_mem_eq(t.id, id, 32);
	ck_assert_uint_eq(trust_count(&t, LIST_SIGNERS), 3);
	ck_assert_uint_eq(trust_count(&t, LIST_ROOTS), 3);
	ck_assert_uint_eq(trust_count(&t, LIST_LOGS), 1);
	ck_assert_uint_eq(trust_count(&t, LIST_COSIGNERS), 3);
	for (i = 0; i < 3; i++) {
		trust_key(&k, &t, LIST_SIGNERS, i);
		ck_assert_mem_eq(k.key, a.signer[i].public, 32);
		ck_assert(slice_is(k.name, a.signer[i].name));
		ck_assert_int_eq(k.type, 1);
		trust_key(&k, &t, LIST_ROOTS, i);
		ck_assert_mem_eq(k.key, a.root[i].public, 32);
		trust_key(&k, &t, LIST_COSIGNERS, i);
		ck_assert_mem_eq(
		    k.key, i < 2 ? a.witness[i].public : a.mirror.public, 32);
		ck_assert_int_eq(k.type, 4);
	}
	trust_key(&k, &t, LIST_LOGS, 0);
	ck_assert_mem_eq(k.key, a.log[0].public, 32);
	/* each tree by its own leaves and groups */
	for (i = 0; i < 8; i++) {
		bool two = i == 3 || i == 5 || i == 6 || i == 7;

		ck_assert_int_eq(trust_satisfied(&t, TREE_SIGNERS, i), two);
		ck_assert_int_eq(trust_satisfied(&t, TREE_ROOTS, i), two);
		ck_assert_int_eq(
		    trust_satisfied(&t, TREE_COSIGNERS, i), i >= 5);
	}
	/* a page is hashed again each time it is read */
	ck_assert_int_eq(
	    trust_parse(&t, (const uint8_t *)text.b, text.n, id), RC_OK);
	id[0] ^= 1;
	ck_assert_int_eq(
	    trust_parse(&t, (const uint8_t *)text.b, text.n, id), RC_PAGE_ID);
	ck_assert_int_eq(t.kind, 0);
}
END_TEST

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* host, then device */
static const struct edit edits[] = {
    {"trust@v1", "trust@v2", RC_KIND, RC_KIND},
    {"name acme/test", "name Acme/test", RC_FIELD, RC_FIELD},
    {"epoch 1", "epoch 2", RC_REVISION, RC_REVISION},
    {"epoch 1", "epoch 0", RC_NUMBER, RC_NUMBER},
    {"revision 1", "revision 0", RC_NUMBER, RC_NUMBER},
    {"revision 1", "revision 2", RC_PREVIOUS, RC_PREVIOUS},
    {"previous -", "previous " ZEROS, RC_PREVIOUS, RC_PREVIOUS},
    {"revision 1\nprevious -", "revision 2\nprevious " ZEROS, RC_OK, RC_OK},
    {"epoch 1\nrevision 1\nprevious -", "epoch 9\nrevision 2\nprevious " ZEROS,
	RC_OK, RC_OK},
    {"signer alice", "signer all", RC_POLICY, RC_POLICY},
    {"signer alice", "signer bob", RC_NAME_REPEATED, RC_NAME_REPEATED},
    {"signer alice", "signer 7", RC_POLICY, RC_POLICY},
    {"signer alice", "signer carla", RC_POLICY, RC_POLICY},
    {"root r1", "root alice", RC_POLICY, RC_POLICY}, /* another tree */
    {"root r1", "root none", RC_POLICY, RC_POLICY},
    {"root r1", "root r2", RC_NAME_REPEATED, RC_NAME_REPEATED},
    {"witness w1", "witness w2", RC_NAME_REPEATED, RC_NAME_REPEATED},
    {"mirror m1", "mirror w2", RC_NAME_REPEATED, RC_NAME_REPEATED},
    {"group signers 2 alice bob carol", "group signers 2 alice bob", RC_POLICY,
	RC_POLICY},
    {"group signers 2 alice bob carol", "group signers 2 alice bob r1",
	RC_POLICY, RC_POLICY},
    {"group roots 2 r1 r2 r3", "group roots 2 r1 r2 signers", RC_POLICY,
	RC_POLICY},
    {"root-quorum roots", "root-quorum signers", RC_POLICY, RC_POLICY},
    {"\nquorum signers", "\nquorum alice", RC_POLICY, RC_POLICY},
    {"\nquorum signers\n", "\n", RC_LINE_MISSING, RC_LINE_MISSING},
    {"root-quorum roots\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
    {"witness-quorum both\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
    {"witness-quorum both", "witness-quorum w", RC_POLICY, RC_POLICY},
    {"recover 2\n", "", RC_OK, RC_OK},
    {"recover 2", "recover 3", RC_OK, RC_OK},
    {"recover 2", "recover 4", RC_NUMBER, RC_NUMBER},
    {"recover 2", "recover 1", RC_NUMBER, RC_NUMBER},
    {"recover 2", "recover 0", RC_NUMBER, RC_NUMBER},
    {"recover 2", "recover 258", RC_NUMBER, RC_NUMBER}, /* 2 in a byte */
    {"recover 2", "recover 4294967298", RC_NUMBER, RC_NUMBER},
    /* a device knows no line that may stand below */
    {"about\n", "", RC_LINE_MISSING, RC_LINE_UNKNOWN},
    {"about\n", "about\nabout\n", RC_LINE_REPEATED, RC_LINE_REPEATED},
    {"log ", "logs ", RC_LINE_UNKNOWN, RC_LINE_UNKNOWN},
    {"text-max 1536\n", "", RC_OK, RC_OK},
    {"text-max 1536", "text-max 0", RC_NUMBER, RC_OK},
    {"text-max 1536", "text-max 1536\nshared alice", RC_LINE_ORDER, RC_OK},
    {"text-max 1536", "shared dave", RC_POLICY, RC_OK},
    {"text-max 1536", "shared alice", RC_FIELD, RC_OK}, /* has a label */
    {"text-max 1536", "shared r1", RC_POLICY, RC_OK},
    {"text-max 1536", "anything", RC_LINE_UNKNOWN, RC_OK},
    {" DE\nsigner bob", " de\nsigner bob", RC_FIELD, RC_FIELD},
};

START_TEST(a_trust_text_is_refused_for_its_reason)
{
	struct trust t;

	buf_swap(&text, edits[_i].from, edits[_i].to);
	edit_judge(
	    &edits[_i], parse(&t, READER_HOST), parse(&t, READER_DEVICE));
}
END_TEST

START_TEST(a_shared_signer_has_no_label)
{
	struct trust t;
	char line[300], to[300];

	snprintf(line, sizeof line, "signer bob %s FR", a.signer[1].vkey);
	snprintf(to, sizeof to, "signer bob %s -", a.signer[1].vkey);
	buf_swap(&text, line, to);
	buf_swap(&text, "text-max", "shared bob\ntext-max");
	ck_assert_int_eq(parse(&t, READER_HOST), RC_OK);
	buf_swap(&text, "shared bob", "shared bob\nshared bob");
	ck_assert_int_eq(parse(&t, READER_HOST), RC_LINE_ORDER);
}
END_TEST

/* One public key, one role, under whatever name and type. */
START_TEST(all_keys_differ)
{
	const struct key *all[] = {&a.signer[0], &a.signer[1], &a.signer[2],
	    &a.root[0], &a.root[1], &a.root[2], &a.log[0], &a.witness[0],
	    &a.witness[1], &a.mirror};
	unsigned i, j;

	for (i = 0; i < 10; i++)
		for (j = 0; j < 10; j++) {
			struct key same;
			struct trust t;

			if (i == j)
				continue;
			trust_text(&text, &a);
			key_from_seed(
			    &same, "elsewhere", all[i]->type, all[j]->seed);
			buf_swap(&text, all[i]->vkey, same.vkey);
			ck_assert_int_eq(parse(&t, READER_DEVICE), RC_KEY_ROLE);
		}
}
END_TEST

/* Two keys whose pairs (name, key id) are one: found by trying. */
START_TEST(all_pairs_differ)
{
	enum { TRIED = 200000 };
	static struct {
		uint32_t id;
		unsigned n;
	} seen[1 << 19];
	struct key k, first;
	struct trust t;
	unsigned n, at;
	char label[32];

	for (n = 1; n < TRIED; n++) {
		uint32_t id;

		snprintf(label, sizeof label, "pair %u", n);
		key_make(&k, "acme.example/alice", 1, label);
		memcpy(&id, k.id, 4);
		for (at = id & 0x7ffff; seen[at].n != 0 && seen[at].id != id;
		     at = (at + 1) & 0x7ffff)
			;
		if (seen[at].n != 0)
			break;
		seen[at].id = id;
		seen[at].n = n;
	}
	ck_assert_msg(n < TRIED, "no two ids met");
	snprintf(label, sizeof label, "pair %u", seen[at].n);
	key_make(&first, "acme.example/alice", 1, label);
	ck_assert_mem_eq(first.id, k.id, 4);
	ck_assert_mem_ne(first.public, k.public, 32);
	buf_swap(&text, a.signer[1].vkey, first.vkey);
	ck_assert_int_eq(parse(&t, READER_DEVICE), RC_OK);
	buf_swap(&text, a.root[1].vkey, k.vkey);
	ck_assert_int_eq(parse(&t, READER_DEVICE), RC_KEY_ROLE);
}
END_TEST

START_TEST(keys_are_what_their_line_wants)
{
	struct key wrong;
	struct trust t;
	char vkey[200];

	key_make(&wrong, "acme.example/alice", 4, "x");
	buf_swap(&text, a.signer[0].vkey, wrong.vkey);
	ck_assert_int_eq(parse(&t, READER_DEVICE), RC_KEY_TYPE);
	setup();
	key_make(&wrong, "Acme", 1, "x"); /* not a name of ours */
	buf_swap(&text, a.signer[0].vkey, wrong.vkey);
	ck_assert_int_eq(parse(&t, READER_DEVICE), RC_FIELD);
	setup();
	buf_swap(&text, a.log[0].vkey, wrong.vkey);
	ck_assert_int_eq(parse(&t, READER_DEVICE), RC_OK);
	setup();
	buf_swap(&text, a.witness[0].vkey, wrong.vkey);
	ck_assert_int_eq(parse(&t, READER_DEVICE), RC_KEY_TYPE);
	setup();
	strcpy(vkey, a.root[0].vkey);
	*strchr(vkey, '+') = 'x';
	buf_swap(&text, a.root[0].vkey, vkey);
	ck_assert_int_eq(parse(&t, READER_DEVICE), RC_FIELD);
	setup();
	strcpy(vkey, a.root[0].vkey);
	vkey[0] = 'b';
	buf_swap(&text, a.root[0].vkey, vkey);
	ck_assert_int_eq(parse(&t, READER_DEVICE), RC_KEY_ID);
}
END_TEST

/* ---- recover ---------------------------------------------------------- */

static void
roots(const char *groups, const char *quorum, unsigned n, unsigned recover)
{
	struct buf *t = &text;
	struct key k;
	unsigned i;
	char name[32];

	t->n = 0;
	buf_printf(t,
	    "quorate/trust@v1\nname acme/test\nepoch 1\nrevision 1\n"
	    "previous -\nsigner alice %s DE\nquorum alice\n",
	    a.signer[0].vkey);
	for (i = 1; i <= n; i++) {
		snprintf(name, sizeof name, "many/%u", i);
		key_make(&k, name, 1, name);
		buf_printf(t, "root r%u %s -\n", i, k.vkey);
	}
	buf_printf(t,
	    "%sroot-quorum %s\nrecover %u\nlog %s DE\nwitness w1 %s -\n"
	    "witness-quorum w1\nabout\nproposed 1\n",
	    groups, quorum, recover, a.log[0].vkey, a.witness[0].vkey);
}

START_TEST(recover_is_at_least_the_largest_minimal_set)
{
	static const struct {
		const char *groups, *quorum;
		unsigned roots, low;
	} cases[] = {
	    {"", "r1", 1, 1},
	    {"group g any r1 r2 r3\n", "g", 3, 1},
	    {"group g all r1 r2 r3\n", "g", 3, 3},
	    {"group g any r2 r3\ngroup h all r1 g\n", "h", 3, 2},
	    {"group g all r2 r3\ngroup h any r1 g\n", "h", 3, 2},
	    {"group g all r1 r2 r3\ngroup h any r4 r5\ngroup i 2 g h r6\n", "i",
		6, 4},
	    {"group g all r1 r2\ngroup h all r3 r4 r5\ngroup i all r6 r7\n"
	     "group j 2 g h i r8\n",
		"j", 8, 5},
	    {"group g all r1 r2\ngroup h any g r3 r4\ngroup i all h r5\n"
	     "group j any i r6\n",
		"j", 6, 3},
	    {"group g 2 r1 r2 r3\ngroup h 2 r4 r5 r6\ngroup i 2 r7 r8 r9\n"
	     "group j 2 g h i\n",
		"j", 9, 4},
	};
	struct trust t;
	unsigned i, n;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (n = 1; n <= cases[i].roots + 1; n++) {
			roots(cases[i].groups, cases[i].quorum, cases[i].roots,
			    n);
			ck_assert_msg(
			    parse(&t, READER_DEVICE) ==
				(n >= cases[i].low && n <= cases[i].roots
					? RC_OK
					: RC_NUMBER),
			    "case %u, recover %u", i, n);
		}
}
END_TEST

/* Random root trees; the largest minimal set by trying every set. */
START_TEST(recover_by_trying_every_set)
{
	unsigned round, seed = 1;

	for (round = 0; round < 60; round++) {
		static struct buf groups;
		char nodes[32][8];
		unsigned n, m = 0, g = 0, largest = 0, i, leaves;
		struct trust t;
		uint32_t mask;

		groups.n = 0;
#define DRAW(below) ((seed = seed * 1103515245 + 12345) >> 16) % (below)
		leaves = 2 + DRAW(8);
		for (n = 0; n < leaves; n++)
			snprintf(nodes[n], sizeof nodes[n], "r%u", n + 1);
		while (n > 1) { /* the first few nodes become a group */
			unsigned take = 2 + DRAW(3);

			if (take > n || g == 3)
				take = n;
			buf_printf(&groups, "group g%u %u", g,
			    1 + (unsigned)(DRAW(take)));
			for (i = 0; i < take; i++)
				buf_printf(&groups, " %s", nodes[i]);
			buf_printf(&groups, "\n");
			m = n - take;
			memmove(nodes[0], nodes[take], m * sizeof nodes[0]);
			snprintf(nodes[m], sizeof nodes[m], "g%u", g++);
			n = m + 1;
		}
		roots(groups.b, nodes[0], leaves, leaves);
		ck_assert_int_eq(trust_read(&t, (const uint8_t *)text.b, text.n,
				     READER_DEVICE),
		    RC_OK);
		for (mask = 1; mask < (uint32_t)1 << leaves; mask++) {
			bool minimal = trust_satisfied(&t, TREE_ROOTS, mask);
			unsigned size = 0;

			for (i = 0; i < leaves; i++) {
				size += mask >> i & 1;
				if (mask >> i & 1 &&
				    trust_satisfied(&t, TREE_ROOTS,
					mask & ~((uint32_t)1 << i)))
					minimal = false;
			}
			if (minimal && size > largest)
				largest = size;
		}
		ck_assert_uint_gt(largest, 0);
		roots(groups.b, nodes[0], leaves, largest);
		ck_assert_int_eq(parse(&t, READER_DEVICE), RC_OK);
		if (largest > 1) {
			roots(groups.b, nodes[0], leaves, largest - 1);
			ck_assert_int_eq(parse(&t, READER_DEVICE), RC_NUMBER);
		}
	}
}
END_TEST

/* ---- limits ----------------------------------------------------------- */

static void
large(unsigned signers, unsigned logs, unsigned witnesses, unsigned mirrors)
{
	struct buf *t = &text;
	struct key k;
	char name[64];
	unsigned i;

	t->n = 0;
	buf_printf(t, "quorate/trust@v1\nname acme/test\nepoch 1\nrevision 1\n"
		      "previous -\n");
	for (i = 0; i < signers; i++) {
		snprintf(name, sizeof name, "signer/%u", i);
		key_make(&k, name, 1, name);
		buf_printf(t, "signer s%u %s -\n", i, k.vkey);
	}
	buf_printf(t, "group s 1");
	for (i = 0; i < signers; i++)
		buf_printf(t, " s%u", i);
	buf_printf(t, "\nquorum s\n");
	for (i = 0; i < signers; i++) {
		snprintf(name, sizeof name, "root/%u", i);
		key_make(&k, name, 1, name);
		buf_printf(t, "root s%u %s -\n", i, k.vkey);
	}
	buf_printf(t, "group s %u", signers);
	for (i = 0; i < signers; i++)
		buf_printf(t, " s%u", i);
	buf_printf(t, "\nroot-quorum s\nrecover %u\n", signers);
	for (i = 0; i < logs; i++) {
		snprintf(name, sizeof name, "log/%u", i);
		key_make(&k, name, 1, name);
		buf_printf(t, "log %s -\n", k.vkey);
	}
	for (i = 0; i < witnesses + mirrors; i++) {
		snprintf(name, sizeof name, "cosigner/%u", i);
		key_make(&k, name, 4, name);
		buf_printf(t, "%s c%u %s -\n",
		    i < witnesses ? "witness" : "mirror", i, k.vkey);
	}
	buf_printf(t, "group c all");
	for (i = 0; i < witnesses + mirrors; i++)
		buf_printf(t, " c%u", i);
	buf_printf(t, "\nwitness-quorum c\nabout\nproposed 1\n");
}

START_TEST(trust_texts_have_limits)
{
	struct trust t;

	large(32, 4, 16, 16);
	ck_assert_int_eq(
	    trust_read(&t, (const uint8_t *)text.b, text.n, READER_HOST),
	    RC_OK);
	ck_assert(trust_satisfied(&t, TREE_SIGNERS, 0x80000000));
	ck_assert(!trust_satisfied(&t, TREE_ROOTS, 0xfffffffe));
	ck_assert(trust_satisfied(&t, TREE_ROOTS, 0xffffffff));
	ck_assert(!trust_satisfied(&t, TREE_COSIGNERS, 0x7fffffff));
	ck_assert(trust_satisfied(&t, TREE_COSIGNERS, 0xffffffff));
	large(33, 4, 16, 16);
	ck_assert_int_eq(parse(&t, READER_HOST), RC_LINE_REPEATED);
	large(32, 5, 16, 16);
	ck_assert_int_eq(parse(&t, READER_HOST), RC_LINE_REPEATED);
	large(32, 0, 16, 16);
	ck_assert_int_eq(parse(&t, READER_HOST), RC_LINE_MISSING);
	large(32, 4, 16, 17);
	ck_assert_int_eq(parse(&t, READER_HOST), RC_LINE_REPEATED);
	large(32, 4, 33, 0);
	ck_assert_int_eq(parse(&t, READER_HOST), RC_LINE_REPEATED);
	large(32, 4, 32, 0);
	ck_assert_int_eq(parse(&t, READER_HOST), RC_OK);
	large(32, 4, 0, 32);
	ck_assert_int_eq(parse(&t, READER_HOST), RC_OK);
	/* no cosigner at all: the quorum line names nobody */
	large(1, 1, 0, 1);
	buf_swap(&text, "group c all c0\nwitness-quorum c", "witness-quorum c");
	ck_assert_int_eq(parse(&t, READER_HOST), RC_POLICY);
	/* offsets have 16 bits */
	large(1, 1, 1, 1);
	while (text.n <= UINT16_MAX)
		buf_printf(&text, "x-a\n");
	ck_assert_int_eq(parse(&t, READER_DEVICE), RC_TEXT_LONG);
	text.n -= 4;
	ck_assert_int_eq(parse(&t, READER_DEVICE), RC_OK);
}
END_TEST

/* 32 groups, over all three trees. */
START_TEST(groups_are_counted_over_all_trees)
{
	struct trust t;
	unsigned n, i;

	for (n = 10; n <= 11; n++) {
		static struct buf chain;
		struct key k;

		setup();
		text.n = 0;
		buf_printf(&text, "quorate/trust@v1\nname acme/test\nepoch 1\n"
				  "revision 1\nprevious -\n");
		for (unsigned tree = 0; tree < 3; tree++) {
			static const char *const line[] = {
			    "signer", "root", "witness"};
			static const char *const quorum[] = {
			    "quorum", "root-quorum", "witness-quorum"};
			/* 11 + 11 + 10, or one more */
			unsigned groups = tree < 2 ? 11 : n;

			if (tree == 2)
				buf_printf(&text, "log %s -\n", a.log[0].vkey);
			chain.n = 0;
			for (i = 0; i + 1 < groups; i++) {
				char name[32];

				snprintf(name, sizeof name, "t%u/%u", tree, i);
				key_make(&k, name, tree == 2 ? 4 : 1, name);
				buf_printf(&text, "%s l%u %s -\n", line[tree],
				    i, k.vkey);
				buf_printf(&chain, "group g%u 1 l%u\n", i, i);
			}
			buf_printf(&chain, "group all-of-them any");
			for (i = 0; i + 1 < groups; i++)
				buf_printf(&chain, " g%u", i);
			buf_printf(&text, "%s\n%s all-of-them\n", chain.b,
			    quorum[tree]);
		}
		buf_printf(&text, "about\nproposed 1\n");
		ck_assert_int_eq(
		    parse(&t, READER_HOST), n == 10 ? RC_OK : RC_POLICY);
	}
}
END_TEST

/* ---- owner ------------------------------------------------------------ */

static void
owner(void)
{
	text.n = 0;
	buf_printf(&text,
	    "quorate/owner@v1\nname clinic/1\nfor acme/test\nrevision 1\n"
	    "previous -\nsigner alice %s DE\nsigner bob %s FR\n"
	    "group g all alice bob\nquorum g\nabout\nproposed 1\n",
	    a.signer[0].vkey, a.signer[1].vkey);
}

static const struct {
	const char *from, *to;
	enum rc rc;
} owner_edits[] = {
    {"name clinic/1", "name clinic/2", RC_OK},
    {"for acme/test\n", "", RC_LINE_MISSING},
    {"revision 1", "epoch 1\nrevision 1", RC_LINE_UNKNOWN},
    {"revision 1", "revision 2", RC_PREVIOUS},
    {"group g all alice bob", "group g all alice", RC_POLICY},
    {"about", "root-quorum g\nabout", RC_LINE_UNKNOWN},
    {"proposed 1\n", "", RC_LINE_MISSING},
    {"proposed 1\n", "proposed 1\nx-a\n", RC_OK},
    {"proposed 1\n", "proposed 1\nshared alice\n", RC_LINE_UNKNOWN},
};

START_TEST(an_owner_s_text_is_read)
{
	struct trust t;

	owner();
	buf_swap(&text, owner_edits[_i].from, owner_edits[_i].to);
	ck_assert_int_eq(parse(&t, READER_HOST), owner_edits[_i].rc);
	if (owner_edits[_i].rc != RC_OK)
		return;
	ck_assert_int_eq(
	    trust_read(&t, (const uint8_t *)text.b, text.n, READER_HOST),
	    RC_OK);
	ck_assert_int_eq(t.kind, TRUST_OWNER);
	ck_assert(!trust_satisfied(&t, TREE_SIGNERS, 1));
	ck_assert(trust_satisfied(&t, TREE_SIGNERS, 3));
	buf_swap(&text, a.signer[1].vkey, a.signer[0].vkey);
	ck_assert_int_eq(parse(&t, READER_HOST), RC_KEY_ROLE);
}
END_TEST

/* Cut anywhere it is no trust text, but for whole lines below `about`. */
START_TEST(a_text_cut_short_is_refused)
{
	size_t n = text.n, about, i;
	struct trust t;

	about = (size_t)(strstr(text.b, "\nabout\n") - text.b) + 7;
	for (i = 0; i < n; i++) {
		text.n = i;
		if (i >= about && text.b[i - 1] == '\n') {
			ck_assert_int_eq(parse(&t, READER_DEVICE), RC_OK);
			continue;
		}
		ck_assert_int_ne(parse(&t, READER_DEVICE), RC_OK);
		ck_assert_int_ne(parse(&t, READER_HOST), RC_OK);
	}
}
END_TEST

#define COUNT(x) ((int)(sizeof(x) / sizeof(x)[0]))

int
main(void)
{
	Suite *suite = suite_create("trust");
	TCase *t = tcase_create("texts");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_trust_text_is_read);
	tcase_add_loop_test(
	    t, a_trust_text_is_refused_for_its_reason, 0, COUNT(edits));
	tcase_add_test(t, a_shared_signer_has_no_label);
	tcase_add_test(t, all_keys_differ);
	tcase_add_test(t, all_pairs_differ);
	tcase_add_test(t, keys_are_what_their_line_wants);
	tcase_add_test(t, recover_is_at_least_the_largest_minimal_set);
	tcase_add_test(t, recover_by_trying_every_set);
	tcase_add_test(t, trust_texts_have_limits);
	tcase_add_test(t, groups_are_counted_over_all_trees);
	tcase_add_loop_test(t, an_owner_s_text_is_read, 0, COUNT(owner_edits));
	tcase_add_test(t, a_text_cut_short_is_refused);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
