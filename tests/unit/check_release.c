/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify/release.c and verify/roster.c: the tables of release, withdraw,
 * roster, objection and party texts as hosts hold texts to them.
 */
#include <check.h>
#include <stdlib.h>
#include "tests/unit/edits.h"
#include "tests/unit/notes_help.h"
#include "tests/unit/suite.h"
#include "verify/release.h"
#include "verify/roster.h"

#define ID0    "0000000000000000000000000000000000000000000000000000000000000000"
#define ID1    "1111111111111111111111111111111111111111111111111111111111111111"
#define COMMIT "0123456789012345678901234567890123456789"

static struct buf text;

static const char full[] =
    "quorate/release@v1\n"
    "authority acme/test 3\n"
    "product acme/pump\n"
    "version 1.7.0+b2\n"
    "sequence 7\n"
    "floor 5\n"
    "payload app 300 " ID0 "\n"
    "payload boot 20 " ID1 "\n"
    "delta app " ID0 " 10 " ID0 "\n"
    "delta app " ID1 " 10 " ID0 "\n"
    "delta boot " ID0 " 10 " ID0 "\n"
    "from 1 6\n"
    "requires acme/base 0\n"
    "requires acme/pump 3\n"
    "expires 1800000000\n"
    "about\n"
    "proposed 1700000000\n"
    "roster release 4\n"
    "roster safety 1\n"
    "source https://e.example/a.git v1.7.0 " COMMIT " " ID0 "\n"
    "attest review " ID0 "\n"
    "attest review " ID1 "\n"
    "notes " ID1 "\n"
    "sign firmware app\n"
    "x-ticket PUMP-7 and more\n"
    "x-ticket PUMP-7 and more\n";

static enum rc
parse(struct release *r, enum reader reader)
{
	uint8_t *exact = malloc(text.n > 0 ? text.n : 1);
	enum rc rc;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, text.b, text.n);
	rc = release_parse(r, exact, text.n, reader);
	free(exact);
	return rc;
}

START_TEST(a_full_release_is_read)
{
	struct release r;
	uint64_t size;
	uint8_t digest[32];

	buf_set(&text, full);
	ck_assert_int_eq(
	    release_parse(&r, (const uint8_t *)text.b, text.n, READER_HOST),
	    RC_OK);
	ck_assert(slice_is(r.authority, "acme/test"));
	ck_assert(slice_is(r.product, "acme/pump"));
	ck_assert(slice_is(r.version, "1.7.0+b2"));
	ck_assert_uint_eq(r.epoch, 3);
	ck_assert_uint_eq(r.sequence, 7);
	ck_assert_uint_eq(r.floor, 5);
	ck_assert(r.has_floor && r.has_from && !r.withdraw);
	ck_assert_uint_eq(r.from_low, 1);
	ck_assert_uint_eq(r.from_high, 6);
	ck_assert_uint_eq(r.expires, 1800000000);
	ck_assert_uint_eq(r.proposed, 1700000000);
	ck_assert_uint_eq(r.payload_n, 2);
	ck_assert_int_eq(
	    release_payload((const uint8_t *)text.b, text.n,
		(struct slice){(const uint8_t *)"boot", 4}, &size, digest),
	    RC_OK);
	ck_assert_uint_eq(size, 20);
	ck_assert_uint_eq(digest[0], 0x11);
	ck_assert_int_eq(
	    release_payload((const uint8_t *)text.b, text.n,
		(struct slice){(const uint8_t *)"boo", 3}, &size, digest),
	    RC_COMPONENT);
	/* without a floor line the floor is the sequence */
	buf_swap(&text, "floor 5\n", "");
	ck_assert_int_eq(parse(&r, READER_DEVICE), RC_OK);
	ck_assert_uint_eq(r.floor, 7);
	ck_assert(!r.has_floor);
	ck_assert_uint_eq(r.proposed, 0);
}
END_TEST

static const struct edit edits[] = {
    {"floor 5", "floor 7", RC_OK, RC_OK},
    {"floor 5", "floor 8", RC_FLOOR, RC_FLOOR},
    {"sequence 7", "sequence 0", RC_NUMBER, RC_NUMBER},
    {"test 3", "test 0", RC_NUMBER, RC_NUMBER},
    {"version 1.7.0+b2", "version 1 7", RC_FIELD, RC_FIELD},
    {"payload app 300", "payload boot 300", RC_LINE_ORDER, RC_LINE_ORDER},
    {"payload boot 20 " ID1, "payload app 301 " ID1, RC_NAME_REPEATED,
	RC_NAME_REPEATED},
    {"payload app 300 " ID0, "payload app 300 " ID0 " x", RC_FIELD, RC_FIELD},
    {"payload app 300", "payload cap 300", RC_LINE_ORDER, RC_LINE_ORDER},
    {"payload app 300", "payload apq 300", RC_COMPONENT, RC_COMPONENT},
    {"delta app " ID1, "delta app " ID0, RC_LINE_ORDER, RC_LINE_ORDER},
    {"delta app " ID1 " 10", "delta app " ID0 " 11", RC_NAME_REPEATED,
	RC_NAME_REPEATED},
    {"delta boot", "delta cool", RC_COMPONENT, RC_COMPONENT},
    {"from 1 6", "from 6 6", RC_OK, RC_OK},
    {"from 1 6", "from 7 6", RC_NUMBER, RC_NUMBER},
    {"from 1 6", "from 1", RC_FIELD, RC_FIELD},
    {"requires acme/base 0", "requires acme/pump 0", RC_NAME_REPEATED,
	RC_NAME_REPEATED},
    {"requires acme/base 0", "requires acme/q 0", RC_LINE_ORDER, RC_LINE_ORDER},
    {"expires 1800000000", "expires 0", RC_NUMBER, RC_NUMBER},
    {"expires 1800000000", "expires 1\nexpires 2", RC_LINE_REPEATED,
	RC_LINE_REPEATED},
    {"proposed 1700000000\n", "", RC_LINE_MISSING, RC_OK},
    {"proposed 1700000000", "proposed 01700000000", RC_FIELD, RC_OK},
    {"roster release 4", "roster release 0", RC_NUMBER, RC_OK},
    {"roster safety 1", "roster release 5", RC_NAME_REPEATED, RC_OK},
    {"roster safety 1", "roster quality 1", RC_LINE_ORDER, RC_OK},
    {COMMIT, COMMIT "0", RC_FIELD, RC_OK},
    {COMMIT, ID0, RC_OK, RC_OK},
    {"attest review " ID1, "attest review " ID0, RC_LINE_ORDER, RC_OK},
    {"notes " ID1, "notes " ID1 "\nnotes " ID1, RC_LINE_REPEATED, RC_OK},
    {"sign firmware app", "sign firmware boot", RC_OK, RC_OK},
    {"sign firmware app", "sign firmware cool", RC_COMPONENT, RC_OK},
    {"sign firmware app", "sign firmware", RC_FIELD, RC_OK},
    {"x-ticket PUMP-7 and more\n", "y-ticket\n", RC_LINE_UNKNOWN, RC_OK},
    {"about\n", "about\nabout\n", RC_LINE_REPEATED, RC_LINE_REPEATED},
    {"x-ticket PUMP-7 and more\n", "about\n", RC_LINE_ORDER, RC_LINE_REPEATED},
};

START_TEST(a_release_is_refused_for_its_reason)
{
	struct release r;

	buf_set(&text, full);
	buf_swap(&text, edits[_i].from, edits[_i].to);
	edit_judge(
	    &edits[_i], parse(&r, READER_HOST), parse(&r, READER_DEVICE));
}
END_TEST

/* max lines of a kind are taken, max + 1 are not. */
START_TEST(lines_have_their_counts)
{
	static const struct {
		const char *before, *line;
		unsigned there, max;
		enum rc device;
	} cases[] = {
	    {"payload boot", "payload b%02u 1 " ID0 "\n", 2, 16,
		RC_LINE_REPEATED},
	    {"delta boot",
		"delta app 2%02u"
		"2222222222222222222222222222222222222222222222222222"
		"222222222 1 " ID0 "\n",
		3, 8, RC_LINE_REPEATED},
	    {"expires", "requires acme/q%02u 1\n", 2, 8, RC_LINE_REPEATED},
	    {"source", "roster t%02u 1\n", 2, 32, RC_OK},
	    {"attest", "source u%02u v " COMMIT " " ID0 "\n", 1, 4, RC_OK},
	    {"notes", "attest t%02u " ID0 "\n", 2, 8, RC_OK},
	    {"x-ticket", "sign t%02u app\n", 1, 8, RC_OK},
	    {"x-ticket", "x-t%02u\n", 2, 8, RC_OK},
	};
	unsigned i, n, j;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (n = cases[i].max; n <= cases[i].max + 1; n++) {
			static char lines[8192];
			struct release r;
			size_t at = 0;

			for (j = cases[i].there; j < n; j++)
				at += (size_t)snprintf(lines + at,
				    sizeof lines - at, cases[i].line, j);
			strcpy(lines + at, cases[i].before);
			buf_set(&text, full);
			buf_swap(&text, cases[i].before, lines);
			ck_assert_msg(
			    parse(&r, READER_HOST) ==
				(n == cases[i].max ? RC_OK : RC_LINE_REPEATED),
			    "case %u host %u", i, n);
			ck_assert_int_eq(parse(&r, READER_DEVICE),
			    n == cases[i].max ? RC_OK : cases[i].device);
		}
}
END_TEST

/* Every line taken away, said twice, or swapped with the next. */
START_TEST(lines_are_neither_lost_nor_moved)
{
	static const char *const optional[] = {"floor", "delta", "from",
	    "requires", "expires", "roster", "source", "attest", "notes",
	    "sign", "x-"};
	const char *at, *end, *next;

	for (at = strchr(full, '\n') + 1; *at; at = end) {
		size_t before = (size_t)(at - full), i;
		struct release r;
		bool may_go = false;

		end = strchr(at, '\n') + 1;
		for (i = 0; i < sizeof optional / sizeof optional[0]; i++)
			may_go |=
			    strncmp(at, optional[i], strlen(optional[i])) == 0;
		/* one of two payloads may go, if no delta or sign wants it */
		text.n = 0;
		buf_put(&text, full, before);
		buf_put(&text, end, strlen(end));
		ck_assert_int_eq(parse(&r, READER_HOST) == RC_OK, may_go);
		text.n = 0;
		buf_put(&text, full, before);
		buf_put(&text, at, (size_t)(end - at));
		buf_put(&text, at, strlen(at));
		ck_assert_int_eq(parse(&r, READER_HOST) == RC_OK, at[0] == 'x');
		next = *end ? strchr(end, '\n') + 1 : end;
		if (next == end)
			continue;
		text.n = 0;
		buf_put(&text, full, before);
		buf_put(&text, end, (size_t)(next - end));
		buf_put(&text, at, (size_t)(end - at));
		buf_put(&text, next, strlen(next));
		ck_assert_int_eq(parse(&r, READER_HOST) == RC_OK, at[0] == 'x');
	}
}
END_TEST

/* ---- withdraw, objection, party --------------------------------------- */

static const struct edit withdraws[] = {
    {"floor 8", "floor 0", RC_OK, RC_OK},
    {"reason it overheats\n", "", RC_LINE_MISSING, RC_OK},
    {"reason it overheats", "reason  it overheats", RC_FIELD, RC_OK},
    {"reason it", "release " ID0 "\nrelease " ID1 "\nreason it", RC_OK, RC_OK},
    {"reason it", "release " ID1 "\nrelease " ID0 "\nreason it", RC_LINE_ORDER,
	RC_OK},
    {"reason it", "release " ID1 "\nrelease " ID1 "\nreason it", RC_LINE_ORDER,
	RC_OK},
    {"reason it", "roster release 1\nreason it", RC_OK, RC_OK},
    {"floor 8\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
    {"floor 8\n", "sequence 7\nfloor 8\n", RC_LINE_UNKNOWN, RC_LINE_UNKNOWN},
    {"withdraw@v1", "withdraw@v2", RC_KIND, RC_KIND},
    {"about\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
};

START_TEST(a_withdraw_is_held_to_its_table)
{
	struct release r;

	withdraw_text(&text);
	ck_assert_int_eq(parse(&r, READER_HOST), RC_OK);
	ck_assert(r.withdraw);
	ck_assert_uint_eq(r.floor, 8);
	ck_assert_uint_eq(r.sequence, 0);
	ck_assert_uint_eq(r.proposed, HELP_TIME);
	buf_swap(&text, withdraws[_i].from, withdraws[_i].to);
	edit_judge(
	    &withdraws[_i], parse(&r, READER_HOST), parse(&r, READER_DEVICE));
}
END_TEST

static const struct {
	const char *from, *to;
	enum rc rc;
} objections[] = {
    {"reason no", "reason no, never", RC_OK},
    {"reason no\n", "reason no\nx-a\n", RC_OK},
    {"reason no\n", "", RC_LINE_MISSING},
    {"reason no", "reason ", RC_LINE},
    {"release " ID1, "release " ID1 "1", RC_FIELD},
    {"authority acme/test 1", "authority acme/test", RC_FIELD},
    {"about\n", "", RC_LINE_MISSING},
    {"objection@v1", "objection@v", RC_KIND},
};

START_TEST(an_objection_is_held_to_its_table)
{
	struct objection o;

	buf_set(&text, "quorate/objection@v1\nauthority acme/test 1\nabout\n"
		       "proposed 9\nrelease " ID1 "\nreason no\n");
	ck_assert_int_eq(
	    objection_parse(&o, (const uint8_t *)text.b, text.n), RC_OK);
	ck_assert(slice_is(o.authority, "acme/test"));
	ck_assert(slice_is(o.reason, "no"));
	ck_assert_uint_eq(o.epoch, 1);
	ck_assert_uint_eq(o.proposed, 9);
	ck_assert_uint_eq(o.release[31], 0x11);
	buf_swap(&text, objections[_i].from, objections[_i].to);
	ck_assert_int_eq(objection_parse(&o, (const uint8_t *)text.b, text.n),
	    objections[_i].rc);
}
END_TEST

static const struct {
	const char *from, *to;
	enum rc rc;
} cards[] = {
    {"label DE", "label -", RC_OK},
    {"contact a@e", "contact a@e or phone", RC_OK},
    {"contact a@e", "contact  a@e", RC_FIELD},
    {"contact a@e\n", "contact a@e\nx-a\n", RC_LINE_UNKNOWN},
    {"contact a@e\n", "", RC_LINE_MISSING},
    {"label DE\n", "", RC_LINE_MISSING},
    {"name alice", "name Alice", RC_FIELD},
    {"label DE", "about\nlabel DE", RC_LINE_UNKNOWN},
};

START_TEST(a_card_is_held_to_its_table)
{
	struct party_card c;
	struct key k;

	key_make(&k, "acme.example/alice", 1, "card");
	text.n = 0;
	buf_printf(&text,
	    "quorate/party@v1\nname alice\nvkey %s\nlabel DE\n"
	    "contact a@e\n",
	    k.vkey);
	ck_assert_int_eq(
	    party_parse(&c, (const uint8_t *)text.b, text.n), RC_OK);
	ck_assert_mem_eq(c.key.key, k.public, 32);
	ck_assert(slice_is(c.name, "alice"));
	ck_assert(slice_is(c.vkey_text, k.vkey));
	ck_assert(slice_is(c.label, "DE"));
	ck_assert(slice_is(c.contact, "a@e"));
	buf_swap(&text, cards[_i].from, cards[_i].to);
	ck_assert_int_eq(
	    party_parse(&c, (const uint8_t *)text.b, text.n), cards[_i].rc);
}
END_TEST

/* ---- roster ----------------------------------------------------------- */

static struct key group_key, party[5];

#define POINT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void
roster(void)
{
	static const char *const names[] = {"ann", "ben", "cy", "dan", "eve"};
	char name[32];
	unsigned i;

	key_make(&group_key, "acme.example/group", 1, "group");
	text.n = 0;
	buf_printf(&text,
	    "quorate/roster@v1\nauthority acme/test 1\nsigner group\n"
	    "serial 1\nprevious -\nproposed 9\nkey %s\n",
	    group_key.vkey);
	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "party/%s", names[i]);
		key_make(&party[i], name, 1, name);
		buf_printf(&text, "party %s %s DE\n", names[i], party[i].vkey);
	}
	buf_printf(&text, "group x any eve cy\ngroup y 2 ann dan\n"
			  "group all-of 2 x ben y\nquorum all-of\n");
	for (i = 0; i < 5; i++)
		buf_printf(&text, "share %s " POINT "\n", names[i]);
	buf_printf(&text, "ceremony " ID1 "\n");
}

START_TEST(a_roster_is_read)
{
	static const uint8_t want[] = {4, 2, 1, 0, 3};
	uint8_t order[ROSTER_PARTIES_MAX], nodes[POLICY_LEAVES_MAX], id[32];
	uint32_t mask[4] = {0};
	struct roster r;
	struct vkey k;
	unsigned i, n;

	roster();
	ck_assert_int_eq(
	    roster_parse(&r, (const uint8_t *)text.b, text.n), RC_OK);
	ck_assert_uint_eq(r.party_n, 5);
	ck_assert_uint_eq(r.serial, 1);
	ck_assert_uint_eq(r.epoch, 1);
	ck_assert_uint_eq(r.proposed, 9);
	ck_assert(slice_is(r.previous, "-"));
	ck_assert(slice_is(r.signer, "group"));
	ck_assert_mem_eq(r.key.key, group_key.public, 32);
	ck_assert_uint_eq(r.ceremony[5], 0x11);
	text_id(id, &text);
	ck_assert_mem_eq(r.id, id, 32);
	ck_assert(slice_is(roster_party_name(&r, 2), "cy"));
	for (i = 0; i < 5; i++) {
		roster_party_key(&k, &r, i);
		ck_assert_mem_eq(k.key, party[i].public, 32);
	}
	roster_leaf_order(&r, order);
	ck_assert_mem_eq(order, want, 5);
	roster_members(&r, 2, nodes, &n);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(nodes[0], POLICY_GROUP | 0);
	ck_assert_uint_eq(nodes[1], 1);
	ck_assert_uint_eq(nodes[2], POLICY_GROUP | 1);
	for (mask[0] = 0; mask[0] < 32; mask[0]++) {
		bool x = mask[0] & 0x14, y = (mask[0] & 9) == 9,
		     b = mask[0] & 2;

		ck_assert_int_eq(roster_satisfied(&r, mask), x + y + b >= 2);
	}
}
END_TEST

/* Depth first through the deepest tree there may be. */
START_TEST(leaf_order_of_a_deep_tree)
{
	static const uint8_t want[] = {3, 2, 1, 0, 4};
	uint8_t order[ROSTER_PARTIES_MAX];
	struct roster r;

	roster();
	buf_swap(&text,
	    "group x any eve cy\ngroup y 2 ann dan\n"
	    "group all-of 2 x ben y\n",
	    "group x any ann\ngroup y 2 ben x\ngroup z any cy y\n"
	    "group all-of 2 dan z eve\n");
	ck_assert_int_eq(
	    roster_parse(&r, (const uint8_t *)text.b, text.n), RC_OK);
	roster_leaf_order(&r, order);
	ck_assert_mem_eq(order, want, 5);
}
END_TEST

static const struct {
	const char *from, *to;
	enum rc rc;
} rosters[] = {
    {"serial 1", "serial 2", RC_PREVIOUS},
    {"previous -", "previous " ID0, RC_PREVIOUS},
    {"serial 1\nprevious -", "serial 2\nprevious " ID0, RC_OK},
    {"serial 1", "serial 0", RC_NUMBER},
    {"share ann " POINT "\n", "", RC_LINE_ORDER},
    {"share eve " POINT "\n", "", RC_LINE_MISSING},
    {"share eve " POINT "\n", "share eve " POINT "\nshare eve " POINT "\n",
	RC_LINE_ORDER},
    {"share ben " POINT "\nshare cy", "share cy " POINT "\nshare ben",
	RC_LINE_ORDER},
    {"share ann " POINT, "share ann AAAA", RC_FIELD},
    {"ceremony " ID1 "\n", "", RC_LINE_MISSING},
    {"ceremony " ID1 "\n", "ceremony " ID1 "\nx-a\n", RC_LINE_UNKNOWN},
    {"ceremony " ID1 "\n", "ceremony " ID1 "\nabout\n", RC_LINE_UNKNOWN},
    {"group y 2", "group y 3", RC_POLICY},
    {"party ann", "party any", RC_POLICY},
    {"party ann", "party ben", RC_NAME_REPEATED},
    {"quorum all-of", "quorum x", RC_POLICY},
    {"roster@v1", "roster@v0", RC_KIND},
};

START_TEST(a_roster_is_refused_for_its_reason)
{
	struct roster r;

	roster();
	buf_swap(&text, rosters[_i].from, rosters[_i].to);
	ck_assert_int_eq(
	    roster_parse(&r, (const uint8_t *)text.b, text.n), rosters[_i].rc);
}
END_TEST

START_TEST(roster_keys_differ)
{
	struct roster r;
	struct key same;

	roster();
	key_from_seed(&same, "party/else", 1, party[3].seed);
	buf_swap(&text, party[1].vkey, same.vkey);
	ck_assert_int_eq(
	    roster_parse(&r, (const uint8_t *)text.b, text.n), RC_KEY_ROLE);
	roster();
	key_from_seed(&same, "party/else", 1, group_key.seed);
	buf_swap(&text, party[1].vkey, same.vkey);
	ck_assert_int_eq(
	    roster_parse(&r, (const uint8_t *)text.b, text.n), RC_KEY_ROLE);
	roster();
	while (text.n <= UINT16_MAX)
		buf_printf(&text, "x-a\n");
	ck_assert_int_eq(
	    roster_parse(&r, (const uint8_t *)text.b, text.n), RC_TEXT_LONG);
}
END_TEST

#define COUNT(x) ((int)(sizeof(x) / sizeof(x)[0]))

int
main(void)
{
	Suite *suite = suite_create("release");
	TCase *t = tcase_create("texts");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_test(t, a_full_release_is_read);
	tcase_add_loop_test(
	    t, a_release_is_refused_for_its_reason, 0, COUNT(edits));
	tcase_add_test(t, lines_have_their_counts);
	tcase_add_test(t, lines_are_neither_lost_nor_moved);
	tcase_add_loop_test(
	    t, a_withdraw_is_held_to_its_table, 0, COUNT(withdraws));
	tcase_add_loop_test(
	    t, an_objection_is_held_to_its_table, 0, COUNT(objections));
	tcase_add_loop_test(t, a_card_is_held_to_its_table, 0, COUNT(cards));
	tcase_add_test(t, a_roster_is_read);
	tcase_add_test(t, leaf_order_of_a_deep_tree);
	tcase_add_loop_test(
	    t, a_roster_is_refused_for_its_reason, 0, COUNT(rosters));
	tcase_add_test(t, roster_keys_differ);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
