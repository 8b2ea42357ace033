/* SPDX-License-Identifier: Apache-2.0 */
/* signer/source.c and signer/tree_digest.c; the judge's source rules. */
#include "signer/source.h"
#include <check.h>
#include <sodium.h>
#include <stdlib.h>
#include "host/text.h"
#include "signer/judge.h"
#include "signer/tree_digest.h"
#include "tests/unit/suite.h"
#include "verify/release.h"

#define TRUST_TEXT "quorate/trust@v1\nname a\n"
#define COMMIT	"0123456789abcdef0123456789abcdef01234567"
#define OTHER	"fedcba9876543210fedcba9876543210fedcba98"
#define DIGEST                                                                 \
	"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

/* ---- findings ------------------------------------------------------------ */

static struct source_findings full;

static void
setup(void)
{
	struct source_found *f = &full.at[0];

	memset(&full, 0, sizeof full);
	full.count = 2;
	strcpy(f->ref_commit, COMMIT);
	f->tag = SOURCE_GOOD;
	strcpy(f->tag_by, "dev@example.com,x y");
	f->commit = SOURCE_STRANGER;
	f->on_branch = true;
	f->tree_known = true;
	ck_assert(slice_hex(slice_of(DIGEST), f->tree, 32));
	f->files = 7;
	f->bytes = 123456789;
	f->time = 1763700000;
	f->build = SOURCE_BUILT;
	f->output_count = 2;
	for (unsigned i = 0; i < 2; i++) {
		strcpy(f->output[i].component, i == 0 ? "app" : "app.b");
		f->output[i].size = 1000 + i;
		memset(f->output[i].sha256, 0xa0 + (int)i, 32);
	}
	strcpy(full.at[1].fault, "the commit is not there");
	full.at[1].build = SOURCE_BUILD_FAILED;
	strcpy(full.at[1].build_fault, "exit status 2");
	f->since_known = true;
	f->changed = 3;
	f->added = 10;
	f->removed = 2;
	f->log_more = 7;
	f->log_n = 2;
	for (unsigned i = 0; i < 2; i++) {
		strcpy(
		    f->log[i].commit, i == 0 ? "0123456789ab" : "ba9876543210");
		strcpy(f->log[i].subject, i == 0 ? "fix the pump" : "-x");
	}
	full.fetched_n = 3;
	for (unsigned i = 0; i < 3; i++) {
		struct source_fetched *x = &full.fetched[i];

		x->what = (enum fetched_what)i;
		strcpy(x->name, i == 0 ? "app" : i == 1 ? "slsa" : "");
		x->size = 1048576 + i;
		memset(x->sha256, 0xb0 + (int)i, 32);
	}
}

START_TEST(findings_again)
{
	char room[SOURCE_FINDINGS_MAX];
	struct source_findings again;
	struct text t;

	text_init(&t, room, sizeof room);
	source_findings_build(&t, &full);
	ck_assert_int_eq(
	    source_findings_parse(&again, (const uint8_t *)t.p, t.n), RC_OK);
	ck_assert_mem_eq(&again, &full, sizeof full);
	/* the largest there is fits */
	full.count = SOURCES_MAX;
	for (unsigned i = 0; i < SOURCES_MAX; i++) {
		struct source_found *f = &full.at[i];

		memset(f->ref_commit, 'a', SOURCE_COMMIT_MAX);
		f->tag = f->commit = SOURCE_GOOD;
		memset(f->tag_by, 'b', SSH_PRINCIPALS_MAX);
		memset(f->commit_by, 'b', SSH_PRINCIPALS_MAX);
		f->tree_known = false;
		memset(f->tree, 0, sizeof f->tree);
		memset(f->fault, 'c', SOURCE_FAULT_MAX);
		f->files = f->bytes = f->time = ((uint64_t)1 << 53) - 1;
		memset(f->build_fault, 0, sizeof f->build_fault);
		f->since_known = true;
		f->changed = f->added = f->removed = f->log_more =
		    ((uint64_t)1 << 53) - 1;
		f->log_n = SOURCE_LOG_MAX;
		for (unsigned x = 0; x < SOURCE_LOG_MAX; x++) {
			strcpy(f->log[x].commit, "0123456789ab");
			memset(f->log[x].subject, 's', SOURCE_SUBJECT_MAX);
		}
		f->build = SOURCE_BUILT;
		f->output_count = SOURCE_OUTPUTS_MAX;
		for (unsigned o = 0; o < SOURCE_OUTPUTS_MAX; o++) {
			memset(f->output[o].component, 'd', NAME_BYTES_MAX);
			f->output[o].size = ((uint64_t)1 << 53) - 1;
		}
	}
	full.fetched_n = FETCHED_MAX;
	for (unsigned i = 0; i < FETCHED_MAX; i++) {
		full.fetched[i].what = FETCHED_PAYLOAD;
		memset(full.fetched[i].name, 'e', NAME_BYTES_MAX);
		full.fetched[i].size = ((uint64_t)1 << 53) - 1;
	}
	text_init(&t, room, sizeof room);
	source_findings_build(&t, &full);
	ck_assert(!t.full);
	ck_assert_int_eq(
	    source_findings_parse(&again, (const uint8_t *)t.p, t.n), RC_OK);
	ck_assert_mem_eq(&again, &full, sizeof full);
}
END_TEST

/* An evidence process that was taken over says what it likes. */
START_TEST(findings_refused)
{
	static const char *const edits[][2] = {{"found 2", "found 5"},
	    {"found 2", "found 02"}, {"found 2", "found 1"},
	    {"found 2", "found 3"}, {"ref " COMMIT, "ref " COMMIT "0"},
	    {"ref 0", "ref A"}, {"ref ", "reg "},
	    {"tag good dev@example.com,x y", "tag good -"},
	    {"tag good", "tag fine"},
	    {"commit stranger -", "commit stranger x"},
	    {"commit stranger -", "commit stranger"},
	    {"branch yes", "branch maybe"}, {"tree 9f", "tree 9F"},
	    {"size 7 ", "size 07 "}, {"size 7 ", "size 7\t"},
	    {"fault -\n", "fault late\n"},                    /* with a tree */
	    {"fault the commit is not there\n", "fault -\n"}, /* without */
	    {"not there", "not\x01there"}, {"build 2", "build 1"},
	    {"build 2", "build 3"}, {"build 2", "build 17"},
	    {"build 2", "build"}, {"output app ", "output App "},
	    {"output app 1000", "output app -1"}, {"a0a0\n", "a0\n"},
	    {"build failed exit status 2", "build failed -"},
	    {"build failed exit status 2", "build failed "},
	    {"build failed", "build broke"}, {"time 1763700000", "time x"},
	    {"b2b2\n", "b2b2"}, {"status 2\n", "status 2\n\n"},
	    {"payload app ", "payload App "}, {"payload app ", "payload - "},
	    {"payload app 1048576", "payload app 01048576"},
	    {"attest slsa", "attested slsa"}, {"notes - ", "notes n "},
	    {"since 3 10 2 7 2", "since 3 10 2 7 3"},
	    {"since 3 10 2 7 2", "since 3 10 2 7 21"},
	    {"since 3 10 2 7 2", "since 3 10 2 7"}, {"since 3 ", "since -3 "},
	    {"log 0123456789ab ", "log 0123456789aB "},
	    {"log 0123456789ab ", "log 0123456789 "},
	    {"log 0123456789ab fix the pump", "log 0123456789ab -"},
	    {"b2b2\n", "b2b\n"}, {"b2b2\n", "b2b2\nx\n"}};
	char room[SOURCE_FINDINGS_MAX], edited[SOURCE_FINDINGS_MAX + 64], *at;
	struct source_findings again;
	const char *const *e = edits[_i];
	struct text t;
	int n;

	text_init(&t, room, sizeof room);
	source_findings_build(&t, &full);
	at = strstr(room, e[0]);
	ck_assert_msg(at != NULL, "no '%s'", e[0]);
	n = snprintf(edited, sizeof edited, "%.*s%s%s", (int)(at - room), room,
	    e[1], at + strlen(e[0]));
	ck_assert_msg(source_findings_parse(&again, (const uint8_t *)edited,
			  (size_t)n) == RC_SOURCE,
	    "'%s' is taken", e[1]);
	ck_assert_uint_eq(again.count, 0);
}
END_TEST

/* ---- trees --------------------------------------------------------------- */

START_TEST(tree_listing)
{
	static const char listing[] = "100644 Makefile\n" DIGEST "\n"
				      "120000 a.b\n" DIGEST "\n"
				      "100755 a/b\n" DIGEST "\n";
	struct tree_digest t;
	uint8_t leaf[32], want[32], got[32];

	ck_assert(slice_hex(slice_of(DIGEST), leaf, 32));
	tree_digest_init(&t);
	ck_assert_int_eq(tree_digest_add(&t, 0100644, slice_of("Makefile"),
			     leaf, NULL),
	    RC_OK);
	ck_assert_int_eq(
	    tree_digest_add(&t, 0120000, slice_of("a.b"), leaf, NULL), RC_OK);
	ck_assert_int_eq(
	    tree_digest_add(&t, 0100755, slice_of("a/b"), leaf, NULL), RC_OK);
	tree_digest_final(&t, got);
	crypto_hash_sha256(
	    want, (const uint8_t *)listing, sizeof listing - 1);
	ck_assert_mem_eq(got, want, 32);
}
END_TEST

START_TEST(tree_refused)
{
	static const struct {
		unsigned mode;
		const char *path;
	} cases[] = {{0160000, "b"}, {0100664, "b"}, {0040000, "b"}, {0, "b"},
	    {0100644, ""}, {0100644, "a"}, {0100644, "Z"}, {0100644, "b\n"},
	    {0100644, "b\x7f"}, {0100644, "b/../c"}, {0100644, "b//c"},
	    {0100644, "/b"}, {0100644, "b/"}, {0100644, "b/.git/config"},
	    {0100644, "b/.GiT"}, {0100644, "c/."}};
	struct tree_digest t;
	uint8_t leaf[32] = {0};

	tree_digest_init(&t);
	ck_assert_int_eq(
	    tree_digest_add(&t, 0100644, slice_of("a"), leaf, NULL), RC_OK);
	ck_assert_int_eq(tree_digest_add(&t, cases[_i].mode,
			     slice_of(cases[_i].path), leaf, NULL),
	    RC_SOURCE);
}
END_TEST

/* ---- the judge ----------------------------------------------------------- */

#define LINE \
	"source https://g.example/p.git refs/tags/v1 " COMMIT " " DIGEST "\n"

struct judged {
	enum judge_code want;
	enum judge_answer answer; /* 0: by want */
	const char *source;	  /* lines; NULL: LINE */
	bool blind;		  /* nobody has looked */
	const char *ref_commit;	  /* NULL: COMMIT */
	bool tree_other, tree_unknown, off_branch;
	enum source_mark tag, commit;
	enum source_want signed_by;
	const char *output; /* what the operator builds; NULL: nothing */
	enum source_build build;
	const char *built; /* a component; NULL: output */
	bool size_other, bytes_other;
};
static const struct judged judged[] = {
    {JUDGE_NONE, .tag = SOURCE_GOOD, .signed_by = SOURCE_WANT_TAG},
    {JUDGE_NONE, .commit = SOURCE_GOOD, .signed_by = SOURCE_WANT_COMMIT},
    {JUDGE_NONE, .tag = SOURCE_GOOD, .signed_by = SOURCE_WANT_EITHER},
    {JUDGE_NONE, .commit = SOURCE_GOOD, .signed_by = SOURCE_WANT_EITHER},
    {JUDGE_NONE, .signed_by = SOURCE_WANT_NONE},
    {JUDGE_NONE, JUDGE_LOOK, .blind = true},
    {JUDGE_SOURCE, .source = ""},
    {JUDGE_SOURCE, .blind = true,
	.source = "source https://g.example/q.git refs/tags/v1 " COMMIT
		  " " DIGEST "\n"},
    {JUDGE_SOURCE, .blind = true,
	.source = "source https://g.example/p.git refs/heads/x " COMMIT
		  " " DIGEST "\n"},
    /* a second line that nobody looked at */
    {JUDGE_NONE, JUDGE_LOOK,
	.source = LINE "source https://g.example/p.git refs/tags/v2 " COMMIT
		       " " DIGEST "\n"},
    {JUDGE_SOURCE_REF, .ref_commit = OTHER},
    {JUDGE_SOURCE_REF, .ref_commit = ""},
    {JUDGE_SOURCE_TREE, .tree_other = true},
    {JUDGE_SOURCE_TREE, .tree_unknown = true},
    {JUDGE_SOURCE_SIGNATURE, .signed_by = SOURCE_WANT_TAG},
    {JUDGE_SOURCE_SIGNATURE, .tag = SOURCE_STRANGER,
	.commit = SOURCE_GOOD, .signed_by = SOURCE_WANT_TAG},
    {JUDGE_SOURCE_SIGNATURE, .tag = SOURCE_GOOD, .commit = SOURCE_BAD,
	.signed_by = SOURCE_WANT_COMMIT},
    {JUDGE_SOURCE_SIGNATURE, .tag = SOURCE_BAD, .commit = SOURCE_STRANGER,
	.signed_by = SOURCE_WANT_EITHER},
    {JUDGE_SOURCE_BRANCH, .off_branch = true},
    {JUDGE_NONE, .output = "app", .build = SOURCE_BUILT},
    {JUDGE_REBUILD, .output = "app"},
    {JUDGE_REBUILD, .output = "app", .build = SOURCE_BUILD_FAILED},
    {JUDGE_REBUILD, .output = "boot", .build = SOURCE_BUILT},
    {JUDGE_REBUILD, .output = "app", .build = SOURCE_BUILT,
	.built = "boot"},
    {JUDGE_REBUILD, .output = "app", .build = SOURCE_BUILT,
	.size_other = true},
    {JUDGE_REBUILD, .output = "app", .build = SOURCE_BUILT,
	.bytes_other = true},
};

START_TEST(source_rules)
{
	const struct judged *c = &judged[_i];
	static struct judge_policy policy;
	struct judge_record record = {.logged = 1};
	struct source_findings found = {.count = 1};
	struct judge_evidence e = {.now = 1763700000};
	static struct trust trust;
	char text[2048];
	struct release r;
	struct verdict v;
	int n;

	memset(&policy, 0, sizeof policy);
	policy.step = 16;
	policy.require_source = true;
	policy.products.count = policy.proposer_count = 1;
	strcpy(policy.products.at[0], "*");
	policy.proposer[0].products = policy.products;
	policy.source_count = 1;
	strcpy(policy.source[0].url, "https://g.example/p.git");
	policy.source[0].products = policy.products;
	policy.source[0].refs.count = 1;
	strcpy(policy.source[0].refs.at[0], "refs/tags/v*");
	strcpy(policy.source[0].branch, "refs/heads/main");
	policy.source[0].want = c->signed_by;
	n = snprintf(text, sizeof text,
	    "quorate/release@v1\nauthority a 1\nproduct p\nversion 1\n"
	    "sequence 2\npayload app 1 " DIGEST "\nabout\n"
	    "proposed 1763700000\n%s",
	    c->source != NULL ? c->source : LINE);
	ck_assert_int_eq(
	    release_parse(&r, (uint8_t *)text, (size_t)n, READER_HOST), RC_OK);
	/* only a name, where it stands in a text, and an epoch are looked at */
	trust.page = (const uint8_t *)TRUST_TEXT;
	trust.page_n = sizeof TRUST_TEXT - 1;
	trust.epoch = 1;
	e.trust = &trust;
	strcpy(found.at[0].ref_commit,
	    c->ref_commit != NULL ? c->ref_commit : COMMIT);
	found.at[0].tag = c->tag;
	found.at[0].commit = c->commit;
	found.at[0].on_branch = !c->off_branch;
	found.at[0].tree_known = !c->tree_unknown;
	if (c->tree_unknown)
		strcpy(found.at[0].fault, "the tree has a submodule");
	else
		ck_assert(slice_hex(slice_of(DIGEST), found.at[0].tree, 32));
	found.at[0].tree[0] ^= c->tree_other;
	if (c->output != NULL) {
		struct source_output *o = &found.at[0].output[0];

		policy.source[0].output_count = 1;
		strcpy(policy.source[0].output[0], c->output);
		found.at[0].build = c->build;
		strcpy(found.at[0].build_fault,
		    c->build == SOURCE_BUILD_FAILED ? "exit status 2" : "");
		found.at[0].output_count = c->build == SOURCE_BUILT;
		strcpy(o->component, c->built != NULL ? c->built : c->output);
		o->size = 1 + c->size_other;
		ck_assert(slice_hex(slice_of(DIGEST), o->sha256, 32));
		o->sha256[31] ^= c->bytes_other;
	}
	if (!c->blind)
		e.sources = &found;
	judge(&v, &policy, &e, &record, &r, (uint8_t *)text, (size_t)n);
	ck_assert_msg(v.code == c->want, "%s: %s", judge_code_name(v.code),
	    v.sentence);
	ck_assert_int_eq(v.answer,
	    c->answer != 0	   ? c->answer
		: c->want == JUDGE_NONE ? JUDGE_APPROVE
					: JUDGE_REFUSE);
	ck_assert(v.sentence[0] != '\0');
}
END_TEST

/* What a party wants to see, and what it was given. */
#define FETCH_TEXT                                                             \
	"quorate/release@v1\nauthority a 1\nproduct p\nversion 1\n"            \
	"sequence 2\npayload app 7 " DIGEST "\nabout\n"                        \
	"proposed 1763700000\nattest audit " DIGEST "\nnotes " DIGEST "\n"
static const struct {
	const char *attest; /* of the policy */
	unsigned fetched;   /* how many of the three; 9: one is other bytes,
			       8: of another size, 7: another name */
	uint64_t max;
	bool all; /* require-payload */
	enum judge_answer answer;
	enum judge_code want;
} fetches[] = {
    {NULL, 0, 100, false, JUDGE_APPROVE, JUDGE_NONE},
    {NULL, 0, 100, true, JUDGE_LOOK, JUDGE_NONE},
    {NULL, 2, 100, true, JUDGE_LOOK, JUDGE_NONE},
    {NULL, 3, 100, true, JUDGE_APPROVE, JUDGE_NONE},
    {NULL, 3, 7, true, JUDGE_APPROVE, JUDGE_NONE},
    {NULL, 3, 6, true, JUDGE_REFUSE, JUDGE_PAYLOAD},
    {NULL, 0, 6, true, JUDGE_REFUSE, JUDGE_PAYLOAD}, /* not even fetched */
    {NULL, 0, 6, false, JUDGE_APPROVE, JUDGE_NONE},
    {NULL, 9, 100, true, JUDGE_REFUSE, JUDGE_PAYLOAD},
    {NULL, 8, 100, true, JUDGE_REFUSE, JUDGE_PAYLOAD},
    {NULL, 7, 100, true, JUDGE_REFUSE, JUDGE_PAYLOAD},
    {"audit", 0, 100, false, JUDGE_APPROVE, JUDGE_NONE},
    {"slsa", 0, 100, false, JUDGE_REFUSE, JUDGE_ATTEST},
    {"audi", 3, 100, true, JUDGE_REFUSE, JUDGE_ATTEST},
};

START_TEST(payload_rules)
{
	static struct judge_policy policy;
	static struct trust trust;
	struct judge_record record = {.logged = 1};
	struct source_findings found = {0};
	struct judge_evidence e = {.now = 1763700000, .sources = &found};
	const char *text = FETCH_TEXT;
	unsigned n = fetches[_i].fetched;
	struct release r;
	struct verdict v;

	memset(&policy, 0, sizeof policy);
	policy.step = 16;
	policy.products.count = policy.proposer_count = 1;
	strcpy(policy.products.at[0], "*");
	policy.proposer[0].products = policy.products;
	policy.require_payload = fetches[_i].all;
	policy.payload_max = fetches[_i].max;
	if (fetches[_i].attest != NULL)
		strcpy(policy.attest.at[policy.attest.count++],
		    fetches[_i].attest);
	trust.page = (const uint8_t *)TRUST_TEXT;
	trust.page_n = sizeof TRUST_TEXT - 1;
	trust.epoch = 1;
	e.trust = &trust;
	ck_assert_uint_eq(fetch_lines(found.fetched, (const uint8_t *)text,
			      strlen(text)), 3);
	ck_assert_str_eq(found.fetched[1].name, "audit");
	ck_assert_uint_eq(found.fetched[0].size, 7);
	found.fetched[1].size = found.fetched[2].size = 99; /* not said */
	found.fetched_n = n > 3 ? 3 : n;
	found.fetched[2].sha256[31] ^= n == 9;
	found.fetched[0].size += n == 8;
	if (n == 7)
		strcpy(found.fetched[1].name, "other");
	ck_assert_int_eq(release_parse(&r, (const uint8_t *)text, strlen(text),
			     READER_HOST), RC_OK);
	judge(&v, &policy, &e, &record, &r, (const uint8_t *)text,
	    strlen(text));
	ck_assert_msg(v.code == fetches[_i].want, "%s: %s",
	    judge_code_name(v.code), v.sentence);
	ck_assert_int_eq(v.answer, fetches[_i].answer);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("source");
	TCase *tc = tcase_create("source");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, findings_again);
	tcase_add_loop_test(tc, payload_rules, 0,
	    sizeof fetches / sizeof fetches[0]);
	tcase_add_loop_test(tc, findings_refused, 0, 45);
	tcase_add_test(tc, tree_listing);
	tcase_add_loop_test(tc, tree_refused, 0, 16);
	tcase_add_loop_test(tc, source_rules, 0,
	    (int)(sizeof judged / sizeof judged[0]));
	suite_add_tcase(s, tc);
	return suite_run(s);
}
