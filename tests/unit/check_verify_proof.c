/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify/verify.c, the decision: the proof of the log, that is the checkpoint
 * with the lines of log and witnesses, and the path to its root. Built twice,
 * as check_verify is.
 */
#include "tests/unit/decide_help.h"
#include "tests/unit/suite.h"

static struct buf other;

START_TEST(a_log_and_the_witnesses_sign)
{
	struct key wrong = a.witness[1];

	proof.logs.n = 0;
	ck_assert_file(RC_LOG);
	proof.logs = BY(&a.log[1]); /* same name, a key not trusted */
	ck_assert_file(RC_LOG);
	proof.logs = BY(&a.log[0], &a.log[0]);
	ck_assert_file(RC_SIGLINE_REPEATED);
	proof.logs = BY(&a.log[1], &a.log[0]);
	ck_assert_file(RC_OK);
	/* signed by the log, but for another origin */
	proof = proof_usual(&a);
	proof.origin = "log.example/other";
	ck_assert_file(RC_LOG);
	proof = proof_usual(&a);
	proof.cosigners = BY(&a.witness[0], &a.witness[1]);
	ck_assert_file(RC_WITNESS_QUORUM); /* no mirror */
	proof.cosigners = BY(&a.mirror);
	ck_assert_file(RC_WITNESS_QUORUM);
	proof.cosigners.n = 0;
	ck_assert_file(RC_WITNESS_QUORUM);
	proof.cosigners = BY(&a.witness[2], &a.mirror); /* a stranger */
	ck_assert_file(RC_WITNESS_QUORUM);
	proof.cosigners = BY(&a.mirror, &a.witness[1]);
	ck_assert_file(RC_OK);
	proof.cosigners = BY(&a.mirror, &a.witness[1], &a.mirror);
	ck_assert_file(RC_SIGLINE_REPEATED);
	wrong.seed[3] ^= 4;
	proof.cosigners = BY(&a.witness[0], &a.mirror, &wrong);
	ck_assert_file(RC_SIGNATURE_INVALID);
	/* neither log nor any line */
	proof.cosigners.n = proof.logs.n = 0;
	ck_assert_file(RC_TRUNCATED);
}
END_TEST

START_TEST(two_logs_may_share_an_origin)
{
	log_add(&a.log[1]);
	held_read();
	ck_assert_file(RC_OK);
	proof.logs = BY(&a.log[1]);
	ck_assert_file(RC_OK);
	proof.logs = BY(&a.log[1], &a.log[0]);
	ck_assert_file(RC_OK);
	a.log[1].seed[0] ^= 1;
	ck_assert_file(RC_SIGNATURE_INVALID);
}
END_TEST

/* A second log of another name: its line counts for its own origin only. */
START_TEST(a_log_signs_under_its_own_name)
{
	struct key second;

	key_make(&second, "log.example/2", 1, "second log");
	log_add(&second);
	held_read();
	proof.logs = BY(&second);
	ck_assert_file(RC_LOG);
	proof.origin = second.name;
	ck_assert_file(RC_OK);
	proof.logs = BY(&a.log[0]);
	ck_assert_file(RC_LOG);
	/* under a foreign origin its line is a stranger's: never looked at */
	proof.logs = BY(&a.log[0], &second);
	a.log[0].seed[0] ^= 1;
	ck_assert_file(RC_OK);
}
END_TEST

START_TEST(cosignatures_have_a_time)
{
	static const struct {
		uint64_t time;
		enum rc rc;
	} cases[] = {{1, RC_OK}, {((uint64_t)1 << 53) - 1, RC_OK},
	    {(uint64_t)1 << 53, RC_SIGNATURE_INVALID},
	    {(uint64_t)1 << 63, RC_SIGNATURE_INVALID},
	    {UINT64_MAX, RC_SIGNATURE_INVALID}};
	struct verified out;
	char *at;
	unsigned i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		proof.time[0] = cases[i].time;
		ck_assert_file(cases[i].rc);
	}
	/* the signed time is the stated one */
	proof = proof_usual(&a);
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	at = strstr(file.b, "Witness.example/W1 ") + 19;
	at[14] = at[14] == 'A' ? 'B' : 'A'; /* a low byte of the time */
	ck_assert_verdict(RC_SIGNATURE_INVALID);
}
END_TEST

START_TEST(a_cosigner_signs_at_time_zero)
{
	struct buf *t = &file;
	uint8_t blob[76] = {0}, public[32], secret[64];
	char message[300];
	size_t n, from;

	proof.cosigners = BY(&a.mirror);
	file_make(&file, &text, &by, &proof);
	from = (size_t)(strstr(file.b, "\n\nlog.example") - file.b) + 2;
	n = (size_t)snprintf(message, sizeof message,
	    "cosignature/v1\ntime 0\n%.*s",
	    (int)(strstr(file.b + from, "\n\n") - file.b - (long)from + 1),
	    file.b + from);
	memcpy(blob, a.witness[0].id, 4);
	crypto_sign_seed_keypair(public, secret, a.witness[0].seed);
	crypto_sign_detached(
	    blob + 12, NULL, (const uint8_t *)message, n, secret);
	buf_printf(t, "\xe2\x80\x94 %s ", a.witness[0].name);
	buf_base64(t, blob, 76);
	buf_printf(t, "\n");
	ck_assert_verdict(RC_SIGNATURE_INVALID);
}
END_TEST

static const struct {
	const char *from, *to;
	enum rc rc;
} proof_edits[] = {
    {"c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2", RC_PROOF},
    {"c2sp.org/tlog-proof@v1\n", "\n", RC_PROOF},
    {"c2sp.org/tlog-proof@v1\n", "", RC_PROOF},
    {"index 5", "index 05", RC_PROOF},
    {"index 5", "index", RC_PROOF},
    {"index 5", "index ", RC_PROOF},
    {"index 5", "index +5", RC_PROOF},
    {"index 5", "index 5 ", RC_PROOF},
    {"index 5", "Index 5", RC_PROOF},
    {"index 5\n", "", RC_PROOF},
    {"index 5\n", "\n", RC_PROOF},
    {"index 5\n", "extra AAAA\nindex 5\n", RC_PROOF},
    {"index 5\n", "index 5\nindex 5\n", RC_PROOF},
    {"index 5", "index 9007199254740991", RC_INCLUSION},
    {"index 5", "index 9007199254740992", RC_PROOF},
    {"index 5", "index 99999999999999999", RC_PROOF},
    {"index 5", "index 4", RC_INCLUSION},
    {"index 5", "index 6", RC_INCLUSION},
    {"index 5", "index 7", RC_INCLUSION},
    {"index 5", "index 0", RC_INCLUSION},
    {"index 5\n", "index 5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
	RC_INCLUSION},
    {"index 5\n", "index 5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
	RC_PROOF},
    {"index 5\n", "index 5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
	RC_PROOF},
    {"index 5\n", "index 5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
	RC_PROOF},
    {"index 5\n", "index 5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n",
	RC_PROOF},
    {"\n\nlog.example/acme\n", "\n\n\nlog.example/acme\n", RC_CHECKPOINT},
    {"\n\nlog.example/acme\n", "\n\nquorate/acme\n", RC_CHECKPOINT},
    {"\n\nlog.example/acme\n", "\n\nlog.example/acme \n", RC_CHECKPOINT},
    {"\n\nlog.example/acme\n", "\n\nlog.example+acme\n", RC_CHECKPOINT},
    {"\n\nlog.example/acme\n", "\n\nlog.example/acmf\n",
	RC_SIGNATURE_INVALID}, /* the witnesses' lines; the log's is skipped */
    {"\n\nlog.example/acme\n7\n", "\n\nlog.example/acme\n07\n", RC_CHECKPOINT},
    {"\n\nlog.example/acme\n7\n", "\n\nlog.example/acme\n-1\n", RC_CHECKPOINT},
    {"\n\nlog.example/acme\n7\n", "\n\nlog.example/acme\n\n", RC_CHECKPOINT},
    {"\n\nlog.example/acme\n7\n", "\n\nlog.example/acme\n9007199254740992\n",
	RC_CHECKPOINT},
    {"\n\nlog.example/acme\n7\n", "\n\nlog.example/acme\n8\n",
	RC_SIGNATURE_INVALID},
    {"=\n\n\xe2\x80\x94 log", "=\n\n\n\xe2\x80\x94 log", RC_SIGLINE},
    {"=\n\n\xe2\x80\x94 log", "=\nextension\n\n\xe2\x80\x94 log",
	RC_CHECKPOINT},
    {"=\n\n\xe2\x80\x94 log", "=\n\xe2\x80\x94 log", RC_CHECKPOINT},
    {"=\n\n\xe2\x80\x94 log", "\n\n\xe2\x80\x94 log", RC_CHECKPOINT},
    {"=\n\xe2\x80\x94 Witness", "=\n\n\xe2\x80\x94 Witness", RC_SIGLINE},
    {"=\n\xe2\x80\x94 Witness", "=\nx\xe2\x80\x94 Witness", RC_SIGLINE},
};

START_TEST(a_proof_has_one_spelling)
{
	size_t at;

	file_make(&file, &text, &by, &proof);
	at = (size_t)(strstr(file.b, "c2sp.org") - file.b);
	other.n = 0; /* edit the proof only */
	buf_put(&other, file.b + at, file.n - at);
	buf_swap(&other, proof_edits[_i].from, proof_edits[_i].to);
	file.n = at;
	buf_put(&file, other.b, other.n);
	ck_assert_verdict(proof_edits[_i].rc);
}
END_TEST

/* Lines without an end, wherever one may begin behind the note. */
START_TEST(no_line_outgrows_its_buffer)
{
	static const struct {
		const char *after;
		enum rc rc;
	} cases[] = {{"\n\n\xe2\x80\x94 acme.example/alice", RC_SIGLINE},
	    {"\n\nc2sp", RC_PROOF}, {"\nindex ", RC_PROOF},
	    {"index 5\n", RC_PROOF}, {"\n\nlog.", RC_CHECKPOINT},
	    {"log.example/acme\n", RC_CHECKPOINT},
	    {"log.example/acme\n7\n", RC_CHECKPOINT}};
	unsigned i, j;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		file_make(&file, &text, &by, &proof);
		file.n = (size_t)(strstr(file.b, cases[i].after) - file.b) +
			 strlen(cases[i].after);
		for (j = 0; j < 150000; j++)
			file.b[file.n++] = 'A';
		ck_assert_verdict(cases[i].rc);
	}
}
END_TEST

START_TEST(a_path_leads_to_the_root)
{
	unsigned i;

	for (proof.size = 1; proof.size <= 40; proof.size++)
		for (proof.index = 0; proof.index < proof.size; proof.index++)
			ck_assert_file(RC_OK);
	/* each of its hashes matters, and there are exactly so many */
	proof = proof_usual(&a);
	proof.size = 37;
	proof.index = 21;
	for (i = 0; i < 6; i++) {
		char *at, *line;
		unsigned j;

		file_make(&file, &text, &by, &proof);
		line = strstr(file.b, "index 21\n") + 9;
		for (j = 0; j < i; j++)
			line += 45;
		at = line + 7;
		*at = *at == 'A' ? 'B' : 'A';
		ck_assert_verdict(RC_INCLUSION);
		file_make(&file, &text, &by, &proof);
		memmove(line, line + 45, file.n - (size_t)(line - file.b) - 44);
		file.n -= 45;
		ck_assert_verdict(RC_INCLUSION);
	}
}
END_TEST

/* Of a tree of `size` the first entry, which has the longest path. */
START_TEST(a_path_has_its_greatest_length)
{
	static const struct {
		uint64_t size;
		enum rc rc;
	} cases[] = {{(uint64_t)1 << 31, RC_OK}, {(uint64_t)1 << 32, RC_OK},
	    {((uint64_t)1 << 32) + 1, SMALL ? RC_PROOF_DEPTH : RC_OK},
	    {(uint64_t)1 << 52, SMALL ? RC_PROOF_DEPTH : RC_OK},
	    {((uint64_t)1 << 53) - 1, SMALL ? RC_PROOF_DEPTH : RC_OK}};
	char *at;
	unsigned i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		proof.index = 0;
		proof.size = cases[i].size;
		ck_assert_file(cases[i].rc);
		if (!SMALL || i < 2) { /* from the other end, one side only */
			proof.index = cases[i].size - 1;
			ck_assert_file(RC_OK);
		}
	}
	/* a 54th hash, a device's 33rd */
	proof.index = 0;
	proof.size = SMALL ? (uint64_t)1 << 32 : ((uint64_t)1 << 53) - 1;
	file_make(&file, &text, &by, &proof);
	at = strstr(file.b, "index 0\n") + 8;
	memmove(at + 45, at, file.n - (size_t)(at - file.b) + 1);
	file.n += 45;
	ck_assert_verdict(RC_PROOF_DEPTH);
}
END_TEST

/* The leaf is the note as it stands: also lines that nobody asked for. */
START_TEST(the_leaf_is_the_whole_note)
{
	struct by three = BY(&a.signer[0], &a.signer[1], &a.signer[2]);
	const char *at;

	file_make(&other, &text, &by, &proof);
	note_make(&file, &text, &three);
	at = strstr(other.b, "\nc2sp.org");
	buf_put(&file, at, other.n - (size_t)(at - other.b));
	ck_assert_verdict(RC_INCLUSION);
}
END_TEST

#define COUNT(x) ((int)(sizeof(x) / sizeof(x)[0]))

int
main(void)
{
	Suite *suite = suite_create("verify_proof");
	TCase *t = tcase_create("decision");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, a_log_and_the_witnesses_sign);
	tcase_add_test(t, two_logs_may_share_an_origin);
	tcase_add_test(t, a_log_signs_under_its_own_name);
	tcase_add_test(t, cosignatures_have_a_time);
	tcase_add_test(t, a_cosigner_signs_at_time_zero);
	tcase_add_loop_test(t, a_proof_has_one_spelling, 0, COUNT(proof_edits));
	tcase_add_test(t, no_line_outgrows_its_buffer);
	tcase_add_test(t, a_path_leads_to_the_root);
	tcase_add_test(t, a_path_has_its_greatest_length);
	tcase_add_test(t, the_leaf_is_the_whole_note);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
