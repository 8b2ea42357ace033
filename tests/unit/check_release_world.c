/* SPDX-License-Identifier: Apache-2.0 */
/* Release and withdraw texts, and the kinds that only hosts read. */
#include <check.h>
#include <string.h>
#include "tests/unit/edits.h"
#include "tests/unit/suite.h"
#include "tests/unit/world.h"
#include "verify/release.h"
#include "verify/roster.h"

static struct world w;

#define H2  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define C40 "0123456789abcdef0123456789abcdef01234567"
#define PAY "payload app 4 " WORLD_DIGEST "\n"
#define PRO "proposed 1763699000\n"

static const struct edit cases[] = {
    {"", "", RC_OK, RC_OK},
    {"quorate/release@v1", "quorate/release@v10", RC_KIND, RC_KIND},
    {"authority " WORLD_NAME " 1\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
    {WORLD_NAME " 1", WORLD_NAME " 0", RC_NUMBER, RC_NUMBER},
    {WORLD_NAME " 1", WORLD_NAME " 4294967296", RC_NUMBER, RC_NUMBER},
    {WORLD_NAME " 1", WORLD_NAME, RC_FIELD, RC_FIELD},
    {"product acme.example/camera", "product Camera", RC_FIELD, RC_FIELD},
    {"version 1.4.2", "version one two", RC_FIELD, RC_FIELD},
    {"version 1.4.2", "version 1.4.2+dev~(x)", RC_OK, RC_OK},
    {"sequence 42", "sequence 0", RC_NUMBER, RC_NUMBER},
    {"sequence 42", "sequence 042", RC_FIELD, RC_FIELD},
    {"sequence 42\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
    {"sequence 42", "sequence 4294967295", RC_OK, RC_OK},
    {"floor 40", "floor 42", RC_OK, RC_OK},
    {"floor 40", "floor 43", RC_FLOOR, RC_FLOOR},
    {"floor 40", "floor 0", RC_OK, RC_OK},
    {"floor 40\n", "", RC_OK, RC_OK},
    {"floor 40\n", "floor 40\nfloor 40\n", RC_LINE_REPEATED, RC_LINE_REPEATED},
    {"sequence 42\nfloor 40\n", "floor 40\nsequence 42\n", RC_LINE_MISSING,
	RC_LINE_MISSING},
    /* payloads */
    {PAY, "", RC_LINE_MISSING, RC_LINE_MISSING},
    {PAY, "payload app 0 " H2 "\n", RC_OK, RC_OK},
    {PAY, "payload app 9007199254740991 " H2 "\n", RC_OK, RC_OK},
    {PAY, "payload app 9007199254740992 " H2 "\n", RC_NUMBER, RC_NUMBER},
    {PAY, "payload app 4 " C40 "\n", RC_FIELD, RC_FIELD},
    {PAY, PAY PAY, RC_LINE_ORDER, RC_LINE_ORDER},
    {PAY, PAY "payload app 5 " H2 "\n", RC_NAME_REPEATED, RC_NAME_REPEATED},
    {PAY, PAY "payload boot 5 " H2 "\n", RC_OK, RC_OK},
    {PAY, "payload boot 5 " H2 "\n" PAY, RC_LINE_ORDER, RC_LINE_ORDER},
    {PAY, "payload a 5 " H2 "\npayload a.b 5 " H2 "\n", RC_OK, RC_OK},
    /* deltas */
    {PAY, PAY "delta app " H2 " 5 " H2 "\n", RC_OK, RC_OK},
    {PAY, PAY "delta boot " H2 " 5 " H2 "\n", RC_COMPONENT, RC_COMPONENT},
    {PAY, PAY "delta app " H2 " 5 " H2 "\ndelta app " H2 " 6 " H2 "\n",
	RC_NAME_REPEATED, RC_NAME_REPEATED},
    {PAY,
	PAY "delta app " H2 " 5 " H2 "\ndelta app " WORLD_DIGEST " 5 " H2 "\n",
	RC_OK, RC_OK},
    {PAY, "delta app " H2 " 5 " H2 "\n" PAY, RC_LINE_MISSING, RC_LINE_MISSING},
    /* from, requires, expires */
    {"from 30 41\n", "", RC_OK, RC_OK},
    {"from 30 41", "from 41 41", RC_OK, RC_OK},
    {"from 30 41", "from 41 30", RC_NUMBER, RC_NUMBER},
    {"from 30 41", "from 0 0", RC_OK, RC_OK},
    {"from 30 41", "from 30", RC_FIELD, RC_FIELD},
    {"requires acme.example/radio 7\n", "", RC_OK, RC_OK},
    {"radio 7", "radio 0", RC_OK, RC_OK},
    {"requires acme.example/radio 7\n",
	"requires acme.example/radio 7\nrequires acme.example/radio 8\n",
	RC_NAME_REPEATED, RC_NAME_REPEATED},
    {"expires 1800000000\n", "", RC_OK, RC_OK},
    {"expires 1800000000", "expires 0", RC_NUMBER, RC_NUMBER},
    {"expires 1800000000", "expires 9007199254740992", RC_NUMBER, RC_NUMBER},
    {"about\n", "critical x\nabout\n", RC_LINE_UNKNOWN, RC_LINE_UNKNOWN},
    {"about\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
    /* below: hosts only */
    {PRO, "", RC_LINE_MISSING, RC_OK},
    {PRO, PRO "roster release 3\n", RC_OK, RC_OK},
    {PRO, PRO "roster release 3\nroster release 4\n", RC_NAME_REPEATED, RC_OK},
    {PRO, PRO "roster release 0\n", RC_NUMBER, RC_OK},
    {PRO, PRO "source https://g.example/x.git refs/tags/v1 " C40 " " H2 "\n",
	RC_OK, RC_OK},
    {PRO, PRO "source https://g.example/x.git refs/tags/v1 " C40 "\n", RC_FIELD,
	RC_OK},
    {PRO, PRO "attest slsa " H2 "\n", RC_OK, RC_OK},
    {PRO, PRO "notes " H2 "\n", RC_OK, RC_OK},
    {PRO, PRO "notes " H2 "\nnotes " H2 "\n", RC_LINE_REPEATED, RC_OK},
    {PRO, PRO "sign mcuboot app\n", RC_OK, RC_OK},
    {PRO, PRO "sign mcuboot boot\n", RC_COMPONENT, RC_OK},
    {PRO, PRO "sign mcuboot app\nnotes " H2 "\n", RC_LINE_ORDER, RC_OK},
    {PRO, PRO "x-ci run 77\n", RC_OK, RC_OK},
    {PRO, PRO "future line\n", RC_LINE_UNKNOWN, RC_OK},
    {PRO, PRO "about\n", RC_LINE_ORDER, RC_LINE_REPEATED},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static enum rc
reads(const char *text, enum reader reader)
{
	struct release r;

	return release_parse(&r, (const uint8_t *)text, strlen(text), reader);
}

START_TEST(grammar)
{
	const char *text = with(WORLD_RELEASE, cases[_i].from, cases[_i].to);

	edit_judge(&cases[_i], reads(text, READER_HOST),
	    reads(text, READER_DEVICE));
}
END_TEST

/* n lines of one kind are taken, n+1 are not. */
static enum rc
reads_many(const char *after, const char *format, unsigned n)
{
	static char bytes[16384];
	struct text t;
	unsigned i;

	text_init(&t, bytes, sizeof bytes);
	text_string(&t, after);
	for (i = 0; i < n; i++)
		text_printf(&t, "%s%02u%s", format, i,
		    strncmp(format, "payload", 7) == 0 ? " 4 " H2 "\n"
		    : strncmp(format, "delta", 5) == 0
			? "23456789abcdef0123456789abcdef0123456789abcdef"
			  "0123456789abcdef 5 " H2 "\n"
		    : strncmp(format, "requires", 8) == 0 ? " 1\n"
		    : strncmp(format, "source", 6) == 0 ? " r " C40 " " H2 "\n"
		    : strncmp(format, "sign", 4) == 0   ? " app\n"
							: " " H2 "\n");
	return reads(with(WORLD_RELEASE, after, bytes), READER_HOST);
}

START_TEST(counts)
{
	static const struct {
		const char *after, *format;
		unsigned max;
		unsigned more; /* of the sample itself */
	} many[] = {{PAY, "payload b", 16, 1}, {PAY, "delta app ", 8, 0},
	    {"requires acme.example/radio 7\n", "requires b", 8, 1},
	    {PRO, "source u", 4, 0}, {PRO, "attest a", 8, 0},
	    {PRO, "sign p", 8, 0}};
	unsigned n = many[_i].max - many[_i].more;

	ck_assert_int_eq(reads_many(many[_i].after, many[_i].format, n), RC_OK);
	ck_assert_int_eq(reads_many(many[_i].after, many[_i].format, n + 1),
	    RC_LINE_REPEATED);
}
END_TEST

START_TEST(values)
{
	struct release r;
	uint8_t digest[32];
	uint64_t size;
	const char *text = WORLD_RELEASE;

	ck_assert_int_eq(
	    release_parse(&r, (const uint8_t *)text, strlen(text), READER_HOST),
	    RC_OK);
	ck_assert(slice_is(r.authority, WORLD_NAME));
	ck_assert(slice_is(r.product, "acme.example/camera"));
	ck_assert(slice_is(r.version, "1.4.2"));
	ck_assert_uint_eq(r.epoch, 1);
	ck_assert_uint_eq(r.sequence, 42);
	ck_assert_uint_eq(r.floor, 40);
	ck_assert(r.has_floor && r.has_from && !r.withdraw);
	ck_assert_uint_eq(r.from_low, 30);
	ck_assert_uint_eq(r.from_high, 41);
	ck_assert_uint_eq(r.expires, 1800000000);
	ck_assert_uint_eq(r.proposed, 1763699000);
	ck_assert_uint_eq(r.payload_n, 1);
	ck_assert_int_eq(
	    release_payload((const uint8_t *)text, strlen(text),
		(struct slice){(const uint8_t *)"app", 3}, &size, digest),
	    RC_OK);
	ck_assert_uint_eq(size, 4);
	ck_assert_uint_eq(digest[0], 0x9f);
	ck_assert_uint_eq(digest[31], 0x08);
	ck_assert_int_eq(
	    release_payload((const uint8_t *)text, strlen(text),
		(struct slice){(const uint8_t *)"ap", 2}, &size, digest),
	    RC_COMPONENT);
	text = with(WORLD_RELEASE, "floor 40\n", "");
	ck_assert_int_eq(release_parse(&r, (const uint8_t *)text, strlen(text),
			     READER_DEVICE),
	    RC_OK);
	ck_assert_uint_eq(r.floor, 42);
	ck_assert(!r.has_floor);
}
END_TEST

static const struct edit withdraws[] = {
    {"", "", RC_OK, RC_OK},
    {"floor 43\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
    {"floor 43", "floor 0", RC_OK, RC_OK},
    {"floor 43\n", "floor 43\nsequence 1\n", RC_LINE_UNKNOWN, RC_LINE_UNKNOWN},
    {"product acme.example/camera\n", "", RC_LINE_MISSING, RC_LINE_MISSING},
    {"reason the radio stops after a day\n", "", RC_LINE_MISSING, RC_OK},
    {"reason the", "reason  the", RC_FIELD, RC_OK},
    {"reason the", "release " H2 "\nreason the", RC_OK, RC_OK},
    {"reason the", "release " H2 "\nrelease " H2 "\nreason the", RC_LINE_ORDER,
	RC_OK},
    {"reason the", "roster release 1\nreason the", RC_OK, RC_OK},
};
enum { WITHDRAWS = sizeof withdraws / sizeof withdraws[0] };

START_TEST(withdraw)
{
	const char *text =
	    with(WORLD_WITHDRAW, withdraws[_i].from, withdraws[_i].to);
	struct release r;

	edit_judge(&withdraws[_i], reads(text, READER_HOST),
	    reads(text, READER_DEVICE));
	if (_i > 0)
		return;
	ck_assert_int_eq(
	    release_parse(&r, (const uint8_t *)text, strlen(text), READER_HOST),
	    RC_OK);
	ck_assert(r.withdraw);
	ck_assert_uint_eq(r.floor, 43);
	ck_assert_uint_eq(r.sequence, 0);
	ck_assert_uint_eq(r.proposed, 1763699000);
}
END_TEST

START_TEST(cuts)
{
	const char *text = WORLD_RELEASE;
	struct release r;
	size_t i;

	for (i = 0; i < strlen(text); i++)
		ck_assert_int_ne(
		    release_parse(&r, (const uint8_t *)text, i, READER_HOST),
		    RC_OK);
}
END_TEST

/* ---- rosters, objections, party notes --------------------------------- */

static const char *
roster_text(void)
{
	static char text[4096];
	char point[64];
	struct text t;

	text_init(&t, point, sizeof point);
	text_base64(&t, w.signer[3].pk, 32);
	snprintf(text, sizeof text,
	    "quorate/roster@v1\nauthority " WORLD_NAME " 1\nsigner release\n"
	    "serial 1\nprevious -\nproposed 1763650000\nkey %s\n"
	    "party alice %s CH\nparty bob %s IS\nparty carol %s BR\n"
	    "group isles any bob carol\ngroup two all isles alice\n"
	    "quorum two\nshare alice %s\nshare bob %s\nshare carol %s\n"
	    "ceremony " H2 "\n",
	    w.signer[3].vkey, w.signer[0].vkey, w.signer[1].vkey,
	    w.signer[2].vkey, point, point, point);
	return text;
}

static const struct {
	const char *from, *to;
	enum rc rc;
} rosters[] = {
    {"", "", RC_OK},
    {"serial 1", "serial 2", RC_PREVIOUS},
    {"serial 1\nprevious -", "serial 2\nprevious " H2, RC_OK},
    {"previous -", "previous " H2, RC_PREVIOUS},
    {"ceremony " H2 "\n", "", RC_LINE_MISSING},
    {"ceremony " H2 "\n", "ceremony " H2 "\nx-y\n", RC_LINE_UNKNOWN},
    {"proposed 1763650000\n", "about\nproposed 1763650000\n", RC_LINE_UNKNOWN},
    {"share alice ", "share bob ", RC_LINE_ORDER},
    {"share carol ", "share dora ", RC_LINE_ORDER},
    {"group two all isles alice", "group two all isles", RC_POLICY},
    {"quorum two", "quorum isles", RC_POLICY},
    {"party bob", "party alice", RC_NAME_REPEATED},
    {"signer release", "signer Release", RC_FIELD},
};
enum { ROSTERS = sizeof rosters / sizeof rosters[0] };

START_TEST(roster)
{
	const char *text =
	    with(roster_text(), rosters[_i].from, rosters[_i].to);
	static struct roster r;

	ck_assert_int_eq(roster_parse(&r, (const uint8_t *)text, strlen(text)),
	    rosters[_i].rc);
}
END_TEST

START_TEST(roster_shares)
{
	const char *text = roster_text();
	static struct roster r;
	char last[1024];

	snprintf(last, sizeof last, "%s", strstr(text, "share carol"));
	/* one share too few */
	text = with(text, last, "ceremony " H2 "\n");
	ck_assert_int_eq(roster_parse(&r, (const uint8_t *)text, strlen(text)),
	    RC_LINE_MISSING);
	/* one too many */
	text = with(roster_text(), "ceremony ",
	    "share carol AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	    "ceremony ");
	ck_assert_int_eq(roster_parse(&r, (const uint8_t *)text, strlen(text)),
	    RC_LINE_ORDER);
}
END_TEST

START_TEST(roster_roles)
{
	static struct roster r;
	const char *text =
	    with(roster_text(), w.signer[1].vkey, w.signer[0].vkey);

	ck_assert_int_eq(
	    roster_parse(&r, (const uint8_t *)text, strlen(text)), RC_KEY_ROLE);
	text = with(roster_text(), w.signer[1].vkey, w.signer[3].vkey);
	ck_assert_int_eq(
	    roster_parse(&r, (const uint8_t *)text, strlen(text)), RC_KEY_ROLE);
}
END_TEST

START_TEST(roster_order)
{
	uint8_t order[ROSTER_PARTIES_MAX];
	const char *text = roster_text();
	uint32_t mask[4] = {0};
	static struct roster r;
	unsigned i;

	ck_assert_int_eq(
	    roster_parse(&r, (const uint8_t *)text, strlen(text)), RC_OK);
	roster_leaf_order(&r, order);
	ck_assert_uint_eq(order[0], 1); /* bob, carol, alice */
	ck_assert_uint_eq(order[1], 2);
	ck_assert_uint_eq(order[2], 0);
	for (i = 0; i < 8; i++) {
		mask[0] = i;
		ck_assert_int_eq(
		    roster_satisfied(&r, mask), (i & 1) && (i & 6));
	}
}
END_TEST

#define OBJECTION                                                   \
	"quorate/objection@v1\nauthority " WORLD_NAME " 1\nabout\n" \
	"proposed 1763699000\nrelease " H2 "\nreason the source is not it\n"

static const struct {
	const char *from, *to;
	enum rc rc;
} objections[] = {
    {"", "", RC_OK},
    {"release " H2 "\n", "", RC_LINE_MISSING},
    {"release " H2 "\n", "release " H2 "\nrelease " H2 "\n", RC_LINE_REPEATED},
    {"reason the", "reason  the", RC_FIELD},
    {"reason the source is not it\n", "", RC_LINE_MISSING},
    {"about\n", "", RC_LINE_MISSING},
    {"reason the source is not it\n", "reason x\nx-y\n", RC_OK},
};
enum { OBJECTIONS = sizeof objections / sizeof objections[0] };

START_TEST(objection)
{
	const char *text =
	    with(OBJECTION, objections[_i].from, objections[_i].to);
	struct objection o;

	ck_assert_int_eq(
	    objection_parse(&o, (const uint8_t *)text, strlen(text)),
	    objections[_i].rc);
	if (_i == 0) {
		ck_assert(slice_is(o.reason, "the source is not it"));
		ck_assert_uint_eq(o.release[0], 0x01);
		ck_assert_uint_eq(o.proposed, 1763699000);
	}
}
END_TEST

START_TEST(party)
{
	static const struct {
		const char *from, *to;
		enum rc rc;
	} parties[] = {
	    {"", "", RC_OK},
	    {"label CH\n", "", RC_LINE_MISSING},
	    {"label CH", "label ch", RC_FIELD},
	    {"contact a b", "contact  a b", RC_FIELD},
	    {"contact a b\n", "contact a b\nx-y\n", RC_LINE_UNKNOWN},
	    {"contact a b\n", "about\ncontact a b\n", RC_LINE_UNKNOWN},
	    {"name alice", "name Alice", RC_FIELD},
	    {"name alice\n", "", RC_LINE_MISSING},
	};
	char text[1024];
	const char *t;
	struct party_card c;

	snprintf(text, sizeof text,
	    "quorate/party@v1\nname alice\nvkey %s\nlabel CH\ncontact a b\n",
	    w.signer[0].vkey);
	t = with(text, parties[_i].from, parties[_i].to);
	ck_assert_int_eq(
	    party_parse(&c, (const uint8_t *)t, strlen(t)), parties[_i].rc);
	if (_i == 0)
		ck_assert_mem_eq(c.key.key, w.signer[0].pk, 32);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("release");
	TCase *t = tcase_create("release");

	world_make(&w);
	suite_add_tcase(suite, t);
	tcase_add_loop_test(t, grammar, 0, CASES);
	tcase_add_loop_test(t, counts, 0, 6);
	tcase_add_test(t, values);
	tcase_add_loop_test(t, withdraw, 0, WITHDRAWS);
	tcase_add_test(t, cuts);
	tcase_add_loop_test(t, roster, 0, ROSTERS);
	tcase_add_test(t, roster_shares);
	tcase_add_test(t, roster_roles);
	tcase_add_test(t, roster_order);
	tcase_add_loop_test(t, objection, 0, OBJECTIONS);
	tcase_add_loop_test(t, party, 0, 8);
	return suite_run(suite);
}
