/* SPDX-License-Identifier: Apache-2.0 */
/* signer/judge.c: one refusal a line, and who proposed. */
#include "signer/judge.h"
#include "tests/unit/signer_help.h"
#include "tests/unit/suite.h"

static struct help_key alice, pipeline, stranger, group;
static char trust_bytes[4096], roster_bytes[4096];
static struct text trust_text, roster_text;
static struct trust trust;
static struct roster roster;
static struct judge_policy policy;

#define NAME "acme.example/release"

static void
setup(void)
{
	char signers[600];

	help_key(&alice, "alice.example", 1, KEY_ED25519);
	help_key(&pipeline, "ci.example", 2, KEY_ED25519);
	help_key(&stranger, "ci.example", 3, KEY_ED25519);
	help_key(&group, NAME, 4, KEY_ED25519);
	snprintf(signers, sizeof signers,
	    "signer release %s -\nquorum release\n", group.vkey);
	text_init(&trust_text, trust_bytes, sizeof trust_bytes);
	help_trust(&trust_text, NAME, 2, signers,
	    "shared release\ntext-max 500\n");
	ck_assert_code(trust_read(&trust, (uint8_t *)trust_text.p,
			   trust_text.n, READER_HOST),
	    RC_OK);
	text_init(&roster_text, roster_bytes, sizeof roster_bytes);
	text_printf(&roster_text,
	    "quorate/roster@v1\nauthority %s 2\nsigner release\nserial 3\n"
	    "previous %064d\nproposed 1763600000\nkey %s\nparty alice %s CH\n"
	    "quorum alice\nshare alice ",
	    NAME, 0, group.vkey, alice.vkey);
	text_base64(&roster_text, alice.key, 32);
	text_printf(&roster_text, "\nceremony %064d\n", 0);
	ck_assert_code(roster_parse(&roster, (uint8_t *)roster_text.p,
			   roster_text.n),
	    RC_OK);
	memset(&policy, 0, sizeof policy);
	policy.step = JUDGE_STEP_DEFAULT;
	policy.products.count = 2;
	strcpy(policy.products.at[0], "acme.example/camera-*");
	strcpy(policy.products.at[1], "acme.example/door");
	policy.proposer_count = 2;
	strcpy(policy.proposer[0].vkey, alice.vkey);
	policy.proposer[0].products.count = 1;
	strcpy(policy.proposer[0].products.at[0], "acme.example/door");
	strcpy(policy.proposer[1].vkey, pipeline.vkey);
	policy.proposer[1].products.count = 1;
	strcpy(policy.proposer[1].products.at[0], "acme.example/c*");
}

/* A case differs from the release that is approved in what is not zero. */
struct table {
	enum judge_code want;
	const char *authority, *product, *extra, *tail;
	unsigned epoch, sequence, serial;
	int floor; /* a withdraw */
	int proposer;
	uint64_t now;
	struct judge_record record;
};

#define LOGGED(n) .record = {.logged = n}
static const struct table table[] = {
    {JUDGE_NONE, .sequence = 42},
    {JUDGE_NONE, .sequence = 57},
    {JUDGE_NONE, .now = HELP_NOW + 30 * 86400},
    {JUDGE_NONE, .now = HELP_NOW - 600},
    {JUDGE_NONE, .extra = "expires 1763700001\n"},
    {JUDGE_NONE, .sequence = 16, .record = {.logged = 0}, .proposer = 1},
    {JUDGE_AUTHORITY, .authority = "acme.example/other"},
    {JUDGE_AUTHORITY, .epoch = 1},
    {JUDGE_AUTHORITY, .epoch = 3},
    {JUDGE_TEXT_MAX, .tail = "x-pad "
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"\nx-pad "
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"\n"},
    {JUDGE_ROSTER, .serial = 2},
    {JUDGE_ROSTER, .serial = 4},
    {JUDGE_ROSTER, .serial = 9999}, /* no roster line */
    {JUDGE_PRODUCT, .product = "acme.example/camera"},
    {JUDGE_PRODUCT, .product = "acme.example/doors"},
    {JUDGE_PROPOSER, .proposer = -1},
    {JUDGE_PROPOSER, .proposer = 2},
    {JUDGE_PROPOSER, .proposer = 9}, /* index 0, for another product */
    {JUDGE_AGE, .now = HELP_NOW + 30 * 86400 + 1},
    {JUDGE_AHEAD, .now = HELP_NOW - 601},
    {JUDGE_FROZEN, .record = {.logged = 41, .frozen = true}},
    {JUDGE_WITHDRAWN, .record = {.logged = 41, .withdrawn = true}},
    {JUDGE_BOUND, .record = {.logged = 41, .bound = true}},
    {JUDGE_RESTORED, .record = {.logged = 41, .unsure = 57}},
    {JUDGE_RESTORED, .record = {.logged = 41, .unsure = 42}},
    {JUDGE_NONE, .record = {.logged = 41, .unsure = 41}},
    {JUDGE_NONE, .record = {.logged = 41, .unsure = 57, .holds = true}},
    {JUDGE_SEQUENCE, .sequence = 41},
    {JUDGE_SEQUENCE, .sequence = 1},
    {JUDGE_STEP, .sequence = 58},
    {JUDGE_STEP, .sequence = 4294967295u},
    {JUDGE_STEP, .sequence = 17, .record = {.logged = 0}, .proposer = 1},
    {JUDGE_POLICY, .extra = "expires 1763700000\n"},
    {JUDGE_NONE, .floor = 42},
    {JUDGE_NONE, .floor = 40,
	.record = {.logged = 41, .floor_known = true, .floor = 39}},
    {JUDGE_SEQUENCE, .floor = 43},
    {JUDGE_SEQUENCE, .floor = 40,
	.record = {.logged = 41, .floor_known = true, .floor = 40}},
    {JUDGE_SEQUENCE, .floor = 1, .record = {.frozen = false},
	.proposer = 1},
    {JUDGE_FROZEN, .floor = 42, .record = {.logged = 41, .frozen = true}},
};

static void
text_of(struct text *t, const struct table *c)
{
	const char *authority = c->authority ? c->authority : NAME;
	const char *product =
	    c->product ? c->product : "acme.example/camera-x2";
	unsigned epoch = c->epoch ? c->epoch : 2;

	if (c->floor != 0)
		text_printf(t,
		    "quorate/withdraw@v1\nauthority %s %u\nproduct %s\n"
		    "floor %d\n",
		    authority, epoch, product, c->floor);
	else
		text_printf(t,
		    "quorate/release@v1\nauthority %s %u\nproduct %s\n"
		    "version 1.4.2\nsequence %u\npayload app 3 %064d\n%s",
		    authority, epoch, product, c->sequence ? c->sequence : 42,
		    7, c->extra ? c->extra : "");
	text_printf(t, "about\nproposed %llu\n", (unsigned long long)HELP_NOW);
	if (c->serial != 9999)
		text_printf(t, "roster release %u\n",
		    c->serial ? c->serial : 3);
	text_string(t, c->floor ? "reason it burns\n" : "");
	text_string(t, c->tail ? c->tail : "");
	ck_assert(!t->full);
}

static void
ask(struct verdict *out, struct judge_evidence *e, struct judge_record *r,
    struct release *release, struct text *t, const struct table *c)
{
	memset(e, 0, sizeof *e);
	e->now = c->now ? c->now : HELP_NOW;
	e->proposer = c->proposer == 9 ? 0 : c->proposer == 0 ? 1 : c->proposer;
	e->trust = &trust;
	e->text_max = 500;
	e->roster = &roster;
	*r = c->record;
	if (r->logged == 0 && !r->frozen && c->proposer != 1)
		r->logged = 41;
	text_of(t, c);
	ck_assert_code(
	    release_parse(release, (uint8_t *)t->p, t->n, READER_HOST), RC_OK);
	judge(out, &policy, e, r, release, (uint8_t *)t->p, t->n);
}

START_TEST(refusals)
{
	const struct table *c = &table[_i];
	struct judge_evidence e;
	struct judge_record r;
	struct release release;
	struct verdict v;
	char room[2000];
	struct text t;

	text_init(&t, room, sizeof room);
	ask(&v, &e, &r, &release, &t, c);
	ck_assert_str_eq(judge_code_name(v.code), judge_code_name(c->want));
	ck_assert_int_eq(
	    v.answer, c->want == JUDGE_NONE ? JUDGE_APPROVE : JUDGE_REFUSE);
	ck_assert_uint_gt(strlen(v.sentence), 0);
	ck_assert_uint_le(strlen(v.sentence), JUDGE_SENTENCE_MAX);

	/* A person is asked about what the rules let through, only. */
	policy.person = true;
	judge(&v, &policy, &e, &r, &release, (uint8_t *)t.p, t.n);
	ck_assert_int_eq(
	    v.answer, c->want == JUDGE_NONE ? JUDGE_ASK : JUDGE_REFUSE);
}
END_TEST

/* Before a package the same rules stand, but for what cannot change. */
START_TEST(again)
{
	const struct table *c = &table[_i];
	enum judge_code want = c->want;
	struct judge_evidence e;
	struct judge_record r;
	struct release release;
	struct verdict v;
	char room[2000];
	struct text t;

	text_init(&t, room, sizeof room);
	ask(&v, &e, &r, &release, &t, c);
	switch (want) {
	case JUDGE_TEXT_MAX:
	case JUDGE_PRODUCT:
	case JUDGE_PROPOSER:
	case JUDGE_AHEAD:
	case JUDGE_STEP:
	case JUDGE_POLICY:
		want = JUDGE_NONE;
		break;
	default:
		break;
	}
	ck_assert_int_eq(
	    judge_again(&e, &r, &release, (uint8_t *)t.p, t.n), want);
}
END_TEST

/* A sentence never passes its field, whatever the names are. */
START_TEST(long_names)
{
	struct judge_evidence e;
	struct judge_record r;
	struct release release;
	struct verdict v;
	char room[2000], product[129];
	struct text t;
	struct table c = {.product = product};

	memset(product, 'p', 128);
	product[128] = '\0';
	text_init(&t, room, sizeof room);
	ask(&v, &e, &r, &release, &t, &c);
	ck_assert_int_eq(v.code, JUDGE_PRODUCT);
	ck_assert_uint_gt(strlen(v.sentence), 128);
	ck_assert_uint_le(strlen(v.sentence), JUDGE_SENTENCE_MAX);
}
END_TEST

/* A plain signer asks for no roster; a trust that is not there refuses. */
START_TEST(plain_and_nothing)
{
	struct judge_evidence e;
	struct judge_record r;
	struct release release;
	struct verdict v;
	char room[2000];
	struct text t;
	struct table c = {.serial = 2};

	text_init(&t, room, sizeof room);
	ask(&v, &e, &r, &release, &t, &c);
	ck_assert_int_eq(v.code, JUDGE_ROSTER);
	e.roster = NULL;
	judge(&v, &policy, &e, &r, &release, (uint8_t *)t.p, t.n);
	ck_assert_int_eq(v.answer, JUDGE_APPROVE);
	e.trust = NULL;
	judge(&v, &policy, &e, &r, &release, (uint8_t *)t.p, t.n);
	ck_assert_int_eq(v.code, JUDGE_AUTHORITY);
}
END_TEST

START_TEST(proposers)
{
	char room[2000];
	struct table c = {0};
	struct text t;
	struct note note;
	const struct {
		const struct help_key *by;
		int want;
		bool spoiled;
	} cases[] = {{&alice, 0, false}, {&pipeline, 1, false},
	    {&stranger, -1, false}, {&pipeline, -1, true}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		text_init(&t, room, sizeof room);
		text_of(&t, &c);
		help_sign(&t, cases[i].by);
		if (cases[i].spoiled)
			t.p[100] ^= 1;
		ck_assert_code(
		    note_split(&note, (uint8_t *)t.p, t.n), RC_OK);
		ck_assert_int_eq(
		    judge_proposer_find(&policy, &note), cases[i].want);
	}
}
END_TEST

START_TEST(patterns)
{
	static const struct {
		const char *pattern, *name;
		bool want;
	} cases[] = {
	    {"a/b", "a/b", true},
	    {"a/b", "a/bc", false},
	    {"a/b", "a/", false},
	    {"*", "anything/at.all", true},
	    {"a/*", "a/", true},
	    {"a/*", "b/a/", false},
	    {"*b", "abab", true},
	    {"*b", "aba", false},
	    {"a*b*c", "aXbXbc", true},
	    {"a*b*c", "aXcXb", false},
	    {"a**c", "ac", true},
	    {"", "a", false},
	    {"*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(
		    judge_pattern_matches(cases[i].pattern,
			(struct slice){(const uint8_t *)cases[i].name,
			    strlen(cases[i].name)}) == cases[i].want,
		    "%s ~ %s", cases[i].pattern, cases[i].name);
}
END_TEST

/* 1763700000 is Friday, 21 November 2025, 04:40 UTC. */
START_TEST(windows)
{
	static const struct {
		struct judge_window w[2];
		unsigned n;
		uint64_t now, want;
	} cases[] = {
	    {.n = 0, .now = 1763700000, .want = 1763700000},
	    {{{0x1f, 480, 1080}}, 1, 1763700000, 1763712000}, /* 08:00 */
	    {{{0x1f, 280, 1080}}, 1, 1763700000, 1763700000}, /* 04:40 */
	    {{{0x1f, 279, 280}}, 1, 1763700000, 1763959140}, /* on Monday */
	    {{{0x60, 0, 1440}}, 1, 1763700000, 1763769600}, /* on Saturday */
	    {{{0x10, 0, 280}}, 1, 1763700000, 1764288000}, /* in a week */
	    {{{0x10, 0, 280}, {0x20, 60, 120}}, 2, 1763700000, 1763773200},
	};
	struct judge_policy p = {0};

	p.window_count = cases[_i].n;
	memcpy(p.window, cases[_i].w, sizeof cases[_i].w);
	ck_assert_uint_eq(
	    judge_window_next(&p, cases[_i].now), cases[_i].want);
}
END_TEST

START_TEST(codes)
{
	for (unsigned i = JUDGE_NONE + 1; i < JUDGE_CODE_COUNT; i++) {
		const char *s = judge_code_name((enum judge_code)i);

		ck_assert_int_eq(judge_code_of((struct slice){
				     (const uint8_t *)s, strlen(s)}),
		    (int)i);
	}
	ck_assert_int_eq(
	    judge_code_of((struct slice){(const uint8_t *)"-", 1}),
	    JUDGE_NONE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("judge");
	TCase *tc = tcase_create("judge");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(
	    tc, refusals, 0, (int)(sizeof table / sizeof table[0]));
	tcase_add_loop_test(
	    tc, again, 0, (int)(sizeof table / sizeof table[0]));
	tcase_add_test(tc, long_names);
	tcase_add_test(tc, plain_and_nothing);
	tcase_add_test(tc, proposers);
	tcase_add_test(tc, patterns);
	tcase_add_loop_test(tc, windows, 0, 7);
	tcase_add_test(tc, codes);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
