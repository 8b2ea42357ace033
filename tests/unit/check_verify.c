/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify/verify.c, the decision: what is taken, what is refused and with
 * which result, however the bytes come. Built twice: for hosts, and with the
 * freestanding crypto and the buffer sizes of a device (check_verify_device),
 * so that both give the same verdicts. Signature lines, proofs and trust
 * texts have suites of their own: check_verify_lines, _proof and _trust.
 */
#include "tests/unit/decide_help.h"
#include "tests/unit/suite.h"

static struct buf other;

/* ---- releases --------------------------------------------------------- */

START_TEST(a_release_is_taken)
{
	struct verified out, split;
	uint8_t id[32], digest[32];
	size_t i;

	text_id(id, &text);
	crypto_hash_sha256(digest, (const uint8_t *)"firmware", 8);
	proof.time[0] = HELP_TIME + 9;
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	ck_assert_int_eq(out.kind, VERIFIED_RELEASE);
	ck_assert_int_eq(out.product, 0);
	ck_assert_int_eq(out.signers, 2);
	ck_assert_int_eq(out.witnesses, 2);
	ck_assert(!out.recovered);
	ck_assert_uint_eq(out.epoch, 1);
	ck_assert_uint_eq(out.sequence, 7);
	ck_assert_uint_eq(out.floor, 5);
	ck_assert_uint_eq(out.revision, 0);
	ck_assert_uint_eq(out.page_n, 0);
	ck_assert_mem_eq(out.id, id, 32);
	ck_assert_uint_eq(out.payload[0].size, 8);
	ck_assert_mem_eq(out.payload[0].sha256, digest, 32);
	ck_assert_uint_eq(out.payload[1].size, 0);
	ck_assert_uint_eq(out.proof_time, HELP_TIME);
	ck_assert_uint_eq(out.index, 5);
	ck_assert_uint_eq(out.tree_size, 7);
	for (i = 1; i < file.n; i++) {
		ck_assert_int_eq(run(file.b, file.n, i, file.n, &split), RC_OK);
		ck_assert_int_eq(memcmp(&out, &split, sizeof out), 0);
	}
	for (i = 2; i < 9; i++)
		ck_assert_int_eq(run(file.b, file.n, 1, i, &split), RC_OK);
}
END_TEST

/* Every text that is refused, signed and logged as well as any. */
static const struct {
	const char *from, *to;
	enum rc rc;
} release_edits[] = {
    {"version 1.7.0", "version 1.7.1", RC_OK},
    {"release@v1", "release@v2", RC_KIND},
    {"quorate/release@v1", "quorate/roster@v1", RC_KIND},
    {"quorate/release@v1", " quorate/release@v1", RC_KIND},
    {"quorate/release@v1", "", RC_KIND},
    {"acme/test 1", "acme/prod 1", RC_AUTHORITY},
    {"acme/test 1", "acme/tes 1", RC_AUTHORITY},
    {"acme/test 1", "acme/test 2", RC_EPOCH},
    {"acme/pump", "acme/pum", RC_PRODUCT},
    {"acme/pump", "acme/pumps", RC_PRODUCT},
    {"sequence 7\nfloor 5", "sequence 5", RC_OK},
    {"sequence 7\nfloor 5", "sequence 4", RC_SEQUENCE_LOW},
    {"sequence 7\nfloor 5", "sequence 6", RC_SEQUENCE_SAME},
    {"floor 5", "floor 7", RC_OK},
    {"floor 5", "floor 0", RC_OK},
    {"floor 5", "floor 8", RC_FLOOR},
    {"about", "from 6 6\nabout", RC_OK},
    {"about", "from 0 6\nabout", RC_OK},
    {"about", "from 0 5\nabout", RC_FROM},
    {"about", "from 7 9\nabout", RC_FROM},
    {"about", "from 7 6\nabout", RC_NUMBER},
    {"about", "requires acme/pump 6\nabout", RC_OK},
    {"about", "requires acme/pump 7\nabout", RC_REQUIRES},
    {"about", "requires acme/other 0\nabout", RC_REQUIRES},
    {"payload app ", "payload ap ", RC_COMPONENT},
    {"payload app ", "payload apple ", RC_COMPONENT},
    {"about", "expires 0\nabout", RC_NUMBER},
    {"about", "expires 1\nabout", RC_OK}, /* no clock */
    {"about",
	"delta app "
	"0000000000000000000000000000000000000000000000000000000000000000 1 "
	"0000000000000000000000000000000000000000000000000000000000000000\n"
	"about",
	RC_OK},
    {"about",
	"delta boot "
	"0000000000000000000000000000000000000000000000000000000000000000 1 "
	"0000000000000000000000000000000000000000000000000000000000000000\n"
	"about",
	RC_COMPONENT},
    {"version 1.7.0\n", "", RC_LINE_MISSING},
    {"version 1.7.0\n", "version 1.7.0\nversion 1.7.0\n", RC_LINE_REPEATED},
    {"about", "x-a\nabout", RC_LINE_UNKNOWN}, /* known below only */
    {"about", "beside", RC_LINE_UNKNOWN},
    {"sequence 7\nfloor 5", "floor 5\nsequence 7", RC_LINE_MISSING},
    {"about", "sequence 7\nabout", RC_LINE_ORDER},
    {"sequence 7", "sequence 07", RC_FIELD},
    {"sequence 7", "sequence 4294967295", RC_OK},
    {"sequence 7", "sequence 4294967296", RC_NUMBER},
    {"sequence 7", "sequence  7", RC_FIELD},
    {"version 1.7.0", "version 1.7.0 ", RC_LINE},
    {"version 1.7.0", "version 1.7.0\t", RC_BYTE},
    {"version 1.7.0", "version 1.7.\x7f", RC_BYTE},
    {"version 1.7.0", "version 1.7.\xc3\xa9", RC_BYTE},
    /* below `about` a device only looks at lines */
    {"proposed 1700000000\n", "", RC_OK},
    {"proposed 1700000000\n", "anything at all\n", RC_OK},
    {"proposed 1700000000\n", "proposed 1700000000\nabout\n", RC_LINE_REPEATED},
    {"proposed 1700000000\n", "proposed 1700000000 \n", RC_LINE},
    {"proposed 1700000000\n", "proposed \x01\n", RC_BYTE},
};

START_TEST(a_text_is_refused_for_its_reason)
{
	buf_swap(&text, release_edits[_i].from, release_edits[_i].to);
	ck_assert_file(release_edits[_i].rc);
}
END_TEST

START_TEST(the_record_decides_the_order)
{
	struct device_product *p = &device.product[0];

	/* equal only with the installed text's id */
	p->sequence = 7;
	p->floor = 7;
	ck_assert_file(RC_SEQUENCE_SAME);
	text_id(p->id, &text);
	ck_assert_file(RC_OK);
	p->id[31] ^= 1;
	ck_assert_file(RC_SEQUENCE_SAME);
	/* below the installed one is allowed down to the floor */
	p->sequence = 9;
	ck_assert_file(RC_OK);
	p->floor = 8;
	ck_assert_file(RC_SEQUENCE_LOW);
	/* floor goes before anything else about order */
	p->sequence = 7;
	ck_assert_file(RC_SEQUENCE_LOW);
	/* nothing installed */
	p->floor = p->sequence = 0;
	ck_assert_file(RC_OK);
	/* a record of a later epoch: this trust is an old page */
	p->epoch = 2;
	ck_assert_file(RC_EPOCH);
}
END_TEST

START_TEST(a_later_epoch_starts_from_nothing)
{
	struct device_product *p = &device.product[0];

	p->floor = p->sequence = UINT32_MAX;
	ck_assert_file(RC_SEQUENCE_LOW);
	p->epoch = 0;
	ck_assert_file(RC_OK);
	buf_swap(&text, "about", "from 0 0\nrequires acme/pump 0\nabout");
	ck_assert_file(RC_OK);
	buf_swap(&text, "from 0 0", "from 1 4294967295");
	ck_assert_file(RC_FROM);
	buf_swap(&text, "from 1 4294967295", "from 0 0");
	buf_swap(&text, "requires acme/pump 0", "requires acme/pump 1");
	ck_assert_file(RC_REQUIRES);
}
END_TEST

START_TEST(requires_looks_at_every_product)
{
	device.product[1] = device.product[0];
	device.product[1].name =
	    (struct slice){(const uint8_t *)"acme/boot", 9};
	device.product[1].sequence = 3;
	device.product_n = 2;
	buf_swap(&text, "about",
	    "requires acme/boot 3\nrequires acme/pump 6\nabout");
	ck_assert_file(RC_OK);
	device.product[1].sequence = 2;
	ck_assert_file(RC_REQUIRES);
	device.product[1].sequence = 3;
	device.product[1].epoch = 0; /* of an epoch before: nothing */
	ck_assert_file(RC_REQUIRES);
	device.product_n = 1;
	ck_assert_file(RC_REQUIRES);
}
END_TEST

START_TEST(without_a_record_only_the_floor_counts)
{
	device.installed_unknown = true;
	buf_swap(&text, "about", "from 90 91\nrequires acme/x 4\nabout");
	buf_swap(&text, "sequence 7", "sequence 6");
	ck_assert_file(RC_OK);
	device.product[0].floor = 7;
	ck_assert_file(RC_SEQUENCE_LOW);
}
END_TEST

START_TEST(every_wanted_component_is_there)
{
	struct verified out;

	device.component[0] = (struct slice){(const uint8_t *)"boot", 4};
	device.component[1] = (struct slice){(const uint8_t *)"app", 3};
	device.component_n = 2;
	ck_assert_file(RC_COMPONENT);
	buf_swap(&text, "about",
	    "payload boot 9007199254740991 "
	    "00000000000000000000000000000000000000000000000000000000000000ff"
	    "\nabout");
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	ck_assert_uint_eq(out.payload[0].size, 9007199254740991);
	ck_assert_uint_eq(out.payload[0].sha256[31], 0xff);
	ck_assert_uint_eq(out.payload[1].size, 8);
	device.component_n = 0;
	ck_assert_file(RC_OK);
	device.component_n = 1;
	device.component[0] = (struct slice){(const uint8_t *)"app", 3};
	buf_swap(&text, "payload boot 9007199254740991",
	    "payload boot 9007199254740992");
	ck_assert_file(RC_NUMBER);
}
END_TEST

START_TEST(an_unusable_device_is_refused)
{
	file_make(&file, &text, &by, &proof);
	device.product_n = DEVICE_PRODUCTS_MAX + 1;
	ck_assert_verdict(RC_DEVICE);
	device.product_n = 1;
	device.component_n = DEVICE_COMPONENTS_MAX + 1;
	ck_assert_verdict(RC_DEVICE);
	device.component_n = 1;
	memset(&held, 0, sizeof held); /* what a refused text leaves */
	ck_assert_verdict(RC_DEVICE);
	held.kind = 3;
	ck_assert_verdict(RC_DEVICE);
}
END_TEST

START_TEST(a_file_is_decided_once)
{
	static struct verify v;
	struct verified out;

	file_make(&file, &text, &by, &proof);
	verify_init(&v, &held, &device);
	ck_assert_int_eq(
	    verify_feed(&v, (const uint8_t *)file.b, file.n), RC_MORE);
	ck_assert_int_eq(verify_feed(&v, NULL, 0), RC_MORE);
	ck_assert_int_eq(verify_finish(&v, &out), RC_OK);
	ck_assert_int_eq(out.kind, VERIFIED_RELEASE);
	ck_assert_int_eq(verify_finish(&v, &out), RC_STATE);
	ck_assert_int_eq(out.kind, 0);
	ck_assert_int_eq(
	    verify_feed(&v, (const uint8_t *)file.b, file.n), RC_STATE);
	/* nothing at all is no file */
	verify_init(&v, &held, &device);
	ck_assert_int_eq(verify_finish(&v, &out), RC_TRUNCATED);
	ck_assert_int_eq(verify_finish(&v, &out), RC_TRUNCATED);
}
END_TEST

/* ---- clock ------------------------------------------------------------ */

START_TEST(a_clock_is_obeyed)
{
	buf_swap(&text, "about", "expires 1700001000\nabout");
	device.time = 1700000999;
	ck_assert_file(RC_OK);
	device.time = 1700001000;
	ck_assert_file(RC_EXPIRED);
	device.time = 0;
	ck_assert_file(RC_OK);
	device.max_proof_age_s = 500;
	ck_assert_file(RC_OK);
	device.time = 1700000500;
	ck_assert_file(RC_OK);
	device.time = 1700000501;
	ck_assert_file(RC_PROOF_OLD);
	device.max_proof_age_s = 0;
	ck_assert_file(RC_OK);
	device.time = HELP_TIME - 86400;
	ck_assert_file(RC_OK);
	device.time = HELP_TIME - 86401;
	ck_assert_file(RC_PROOF_FUTURE);
	device.time = 1;
	ck_assert_file(RC_PROOF_FUTURE);
	device.time = UINT64_MAX;
	ck_assert_file(RC_EXPIRED);
}
END_TEST

/* The largest T at which cosigners with time >= T satisfy the quorum. */
START_TEST(proof_time_is_a_quorum_s)
{
	static const struct {
		uint64_t w1, w2, m, want;
	} cases[] = {{10, 20, 30, 20}, {30, 20, 10, 10}, {20, 20, 20, 20},
	    {10, 40, 30, 30}, {40, 10, 30, 30}, {1, 2, 9007199254740991, 2}};
	struct verified out;
	unsigned i;

	proof.cosigners = BY(&a.witness[0], &a.witness[1], &a.mirror);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		proof.time[0] = cases[i].w1;
		proof.time[1] = cases[i].w2;
		proof.time[2] = cases[i].m;
		file_make(&file, &text, &by, &proof);
		ck_assert_int_eq(verdict(&out), RC_OK);
		ck_assert_uint_eq(out.proof_time, cases[i].want);
		ck_assert_int_eq(out.witnesses, 3);
	}
}
END_TEST

/* ---- damage ----------------------------------------------------------- */

START_TEST(every_beginning_is_refused)
{
	struct verified out;
	size_t i, n = 0, ends[5];

	file_make(&file, &text, &by, &proof);
	/* the ends of signature lines are ends of a shorter note or file */
	for (i = 0; i < file.n; i++)
		if (file.b[i] == '\n' &&
		    strncmp(file.b + i + 1, "\xe2", 1) == 0)
			ends[n++] = i + 1;
	ck_assert_uint_eq(n, 5);
	for (i = 0; i < file.n; i++) {
		enum rc rc = run(file.b, i, 0, file.n, &out);
		enum rc want = RC_TRUNCATED;

		if (i == ends[0])
			want = RC_SIGLINE; /* a note without lines */
		else if (i == ends[1])
			want = RC_QUORUM;
		else if (i == ends[3] || i == ends[4])
			want = RC_WITNESS_QUORUM;
		ck_assert_int_eq(rc, want);
	}
}
END_TEST

START_TEST(nothing_may_follow)
{
	struct verified out;
	unsigned c;

	for (c = 0; c < 256; c++) {
		char last = (char)c;
		enum rc rc;

		file_make(&file, &text, &by, &proof);
		buf_put(&file, &last, 1);
		rc = run(file.b, file.n, 0, file.n, &out);
		/* the beginning of one more line is a file cut short */
		ck_assert_int_eq(rc, c == 0xe2 ? RC_TRUNCATED : RC_SIGLINE);
	}
	file_make(&file, &text, &by, &proof);
	other = file;
	buf_put(&file, other.b, other.n);
	ck_assert_verdict(RC_SIGLINE);
}
END_TEST

/* ---- withdraw --------------------------------------------------------- */

static const struct {
	const char *from, *to;
	enum rc rc;
} withdraw_edits[] = {
    {"floor 8", "floor 0", RC_OK},
    {"floor 8", "floor 4294967295", RC_OK},
    {"floor 8", "floor 4294967296", RC_NUMBER},
    {"floor 8\n", "", RC_LINE_MISSING},
    {"acme/test 1", "acme/test 2", RC_EPOCH},
    {"acme/test 1", "acme/tes 1", RC_AUTHORITY},
    {"acme/pump", "acme/pumx", RC_PRODUCT},
    {"product", "version 1\nproduct", RC_LINE_UNKNOWN},
    {"about\n", "sequence 7\nabout\n", RC_LINE_UNKNOWN},
};

START_TEST(a_withdraw_is_taken)
{
	struct verified out;

	withdraw_text(&text);
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	ck_assert_int_eq(out.kind, VERIFIED_WITHDRAW);
	ck_assert_uint_eq(out.floor, 8);
	ck_assert_uint_eq(out.sequence, 0);
	ck_assert_uint_eq(out.payload[0].size, 0);
	device.time = HELP_TIME + 11;
	device.max_proof_age_s = 10;
	ck_assert_verdict(RC_PROOF_OLD);
	device.max_proof_age_s = 11;
	ck_assert_verdict(RC_OK);
	device.product[0].epoch = 2;
	ck_assert_verdict(RC_EPOCH);
	device.product[0].epoch = 1;
	by = BY(&a.signer[1]);
	ck_assert_file(RC_QUORUM);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_QUORUM);
	by = BY(&a.signer[1], &a.signer[0]);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_TRUNCATED);
}
END_TEST

START_TEST(a_withdraw_is_refused_for_its_reason)
{
	withdraw_text(&text);
	buf_swap(&text, withdraw_edits[_i].from, withdraw_edits[_i].to);
	ck_assert_file(withdraw_edits[_i].rc);
}
END_TEST

/* ---- owner ------------------------------------------------------------ */

START_TEST(an_owner_endorses)
{
	struct trust vendor = held;
	struct verified out;
	uint8_t id[32];

	owner_make();
	text_id(id, &text);
	held = owner;
	by = BY(&owner_key[0], &owner_key[1]);
	note_make(&file, &text, &by);
	ck_assert_int_eq(verdict(&out), RC_OK);
	ck_assert_int_eq(out.kind, VERIFIED_ENDORSEMENT);
	ck_assert_mem_eq(out.id, id, 32);
	ck_assert_uint_eq(out.sequence, 7);
	ck_assert_int_eq(out.signers, 2);
	by = BY(&owner_key[0]);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_QUORUM);
	by = BY(&owner_key[0], &owner_key[1]);
	ck_assert_file(RC_TRAILING);
	note_make(&file, &text, &by);
	buf_printf(&file, "\n");
	ck_assert_verdict(RC_TRAILING);
	buf_swap(&text, "acme/test", "acme/tesu");
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_AUTHORITY);
	withdraw_text(&text);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_KIND);
	trust_next(&text, &held_text, 1);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_KIND);
	/* the device holds the release to it */
	held = vendor;
	device.owner = &owner;
	release_text(&text, "firmware", 8);
	by = BY(&a.signer[0], &a.signer[1]);
	ck_assert_file(RC_ENDORSEMENT);
	device.endorsed = id;
	ck_assert_file(RC_OK);
	id[7] ^= 1;
	ck_assert_file(RC_ENDORSEMENT);
	/* nobody endorses withdraws and hops */
	withdraw_text(&text);
	ck_assert_file(RC_OK);
	hop(NULL, NULL);
	ck_assert_file(RC_OK);
}
END_TEST

/* ---- payload ---------------------------------------------------------- */

START_TEST(a_payload_is_exactly_the_released_one)
{
	static const struct {
		const char *bytes;
		enum rc rc;
	} cases[] = {{"firmware", RC_OK}, {"firmwarf", RC_PAYLOAD_DIGEST},
	    {"firmwar", RC_PAYLOAD_SHORT}, {"", RC_PAYLOAD_SHORT},
	    {"firmwares", RC_PAYLOAD_LONG}};
	struct verified out;
	uint8_t digest[32];
	struct payload p;
	unsigned i, j;

	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	for (i = 0; i < 5; i++) {
		const char *b = cases[i].bytes;

		ck_assert_int_eq(payload_init(&p, &out, 0), RC_MORE);
		(void)!payload_feed(&p, (const uint8_t *)b, strlen(b));
		ck_assert_int_eq(payload_finish(&p), cases[i].rc);
		ck_assert_int_eq(payload_finish(&p), cases[i].rc);
		ck_assert_int_eq(payload_init(&p, &out, 0), RC_MORE);
		for (j = 0; b[j]; j++)
			ck_assert_int_eq(
			    payload_feed(&p, (const uint8_t *)b + j, 1),
			    j < 8 ? RC_MORE : RC_PAYLOAD_LONG);
		ck_assert_int_eq(payload_finish(&p), cases[i].rc);
		crypto_hash_sha256(digest, (const uint8_t *)b, strlen(b));
		ck_assert_int_eq(
		    payload_is(&out, 0, strlen(b), digest), cases[i].rc);
	}
	ck_assert_int_eq(payload_init(&p, &out, 4), RC_COMPONENT);
	ck_assert_int_eq(
	    payload_feed(&p, (const uint8_t *)"firmware", 8), RC_COMPONENT);
	ck_assert_int_eq(payload_finish(&p), RC_COMPONENT);
	ck_assert_int_eq(payload_is(&out, 4, 8, digest), RC_COMPONENT);
	/* a component that nobody asked for has nothing to compare with */
	ck_assert_int_eq(payload_finish(&p), RC_COMPONENT);
	memset(digest, 0, sizeof digest);
	ck_assert_int_eq(payload_init(&p, &out, 1), RC_COMPONENT);
	ck_assert_int_eq(payload_is(&out, 1, 0, digest), RC_COMPONENT);
	/* nor is there one in a refused file or another kind */
	out.kind = VERIFIED_WITHDRAW;
	ck_assert_int_eq(payload_init(&p, &out, 0), RC_COMPONENT);
	ck_assert_int_eq(payload_is(&out, 0, 8, digest), RC_COMPONENT);
	memset(&out, 0, sizeof out);
	ck_assert_int_eq(payload_init(&p, &out, 0), RC_COMPONENT);
}
END_TEST

#define COUNT(x) ((int)(sizeof(x) / sizeof(x)[0]))

int
main(void)
{
	Suite *suite = suite_create("verify");
	TCase *t = tcase_create("decision");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, a_release_is_taken);
	tcase_add_loop_test(
	    t, a_text_is_refused_for_its_reason, 0, COUNT(release_edits));
	tcase_add_test(t, the_record_decides_the_order);
	tcase_add_test(t, a_later_epoch_starts_from_nothing);
	tcase_add_test(t, requires_looks_at_every_product);
	tcase_add_test(t, without_a_record_only_the_floor_counts);
	tcase_add_test(t, every_wanted_component_is_there);
	tcase_add_test(t, an_unusable_device_is_refused);
	tcase_add_test(t, a_file_is_decided_once);
	tcase_add_test(t, a_clock_is_obeyed);
	tcase_add_test(t, proof_time_is_a_quorum_s);
	tcase_add_test(t, every_beginning_is_refused);
	tcase_add_test(t, nothing_may_follow);
	tcase_add_test(t, a_withdraw_is_taken);
	tcase_add_loop_test(
	    t, a_withdraw_is_refused_for_its_reason, 0, COUNT(withdraw_edits));
	tcase_add_test(t, an_owner_endorses);
	tcase_add_test(t, a_payload_is_exactly_the_released_one);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
