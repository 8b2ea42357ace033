/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify/verify.c, the decision: trust texts, the hop to the next revision
 * and recovery. Built twice, as check_verify is.
 */
#include "tests/unit/decide_help.h"
#include "tests/unit/suite.h"

START_TEST(a_hop_is_taken)
{
	struct verified out;
	uint8_t id[32];
	size_t i;

	hop("text-max 1536", "text-max 1537");
	file_make(&file, &text, &by, &proof);
	ck_assert_int_eq(verdict(&out), RC_OK);
	text_id(id, &text);
	ck_assert_int_eq(out.kind, VERIFIED_TRUST);
	ck_assert_uint_eq(out.revision, 2);
	ck_assert_uint_eq(out.epoch, 1);
	ck_assert_uint_eq(out.page_n, text.n);
	ck_assert_mem_eq(out.id, id, 32);
	ck_assert_mem_eq(page, text.b, text.n);
	ck_assert_int_eq(page[text.n], 0xee);
	ck_assert(!out.recovered);
	for (i = 1; i < file.n; i += 7)
		ck_assert_int_eq(run(file.b, file.n, i, file.n, &out), RC_OK);
	/* room for exactly the text, and for less */
	device.page_n = (uint16_t)text.n;
	ck_assert_verdict(RC_OK);
	device.page_n--;
	ck_assert_verdict(RC_TEXT_LONG);
	device.page_n = 17;
	ck_assert_verdict(RC_TEXT_LONG);
	device.page_n = 16; /* not even the kind */
	ck_assert_verdict(RC_PAGE);
	device.page = NULL;
	device.page_n = sizeof page;
	ck_assert_verdict(RC_PAGE);
}
END_TEST

static const struct {
	const char *from, *to;
	enum rc rc;
} hop_edits[] = {
    {"epoch 1", "epoch 2", RC_OK},
    {"epoch 1", "epoch 3", RC_EPOCH},
    {"name acme/test", "name acme/tess", RC_AUTHORITY},
    {"revision 2", "revision 3", RC_REVISION},
    {"previous ", "previous 0", RC_FIELD},
    {"about", "abuot", RC_LINE_UNKNOWN},
    {"group signers 2", "group signers 4", RC_POLICY},
    {"recover 2\n", "", RC_OK},
    {"recover 2\n", "recover 4\n", RC_NUMBER},
};

START_TEST(a_hop_is_refused_for_its_reason)
{
	hop(hop_edits[_i].from, hop_edits[_i].to);
	ck_assert_file(hop_edits[_i].rc);
}
END_TEST

START_TEST(a_hop_follows_what_is_held)
{
	char *at;

	hop(NULL, NULL);
	at = strstr(text.b, "previous ") + 9;
	at[0] = at[0] == '0' ? '1' : '0';
	ck_assert_file(RC_PREVIOUS);
	/* replayed: the held text again, and one that is already past */
	text = held_text;
	ck_assert_file(RC_REVISION);
	hop("epoch 1", "epoch 2");
	held_text = text;
	held_read();
	file_make(&file, &text, &by, &proof);
	ck_assert_verdict(RC_REVISION);
	/* an epoch back */
	trust_next(&text, &held_text, 2);
	buf_swap(&text, "epoch 2", "epoch 1");
	ck_assert_file(RC_EPOCH);
	buf_swap(&text, "epoch 1", "epoch 2");
	ck_assert_file(RC_OK);
	buf_swap(&text, "revision 3", "revision 4");
	ck_assert_file(RC_REVISION);
	/* after the last revision there is none */
	trust_text(&held_text, &a);
	buf_swap(&held_text, "revision 1\nprevious -\n",
	    "revision 4294967295\nprevious 00000000000000000000000000000000"
	    "00000000000000000000000000000000\n");
	held_read();
	text = held_text;
	ck_assert_file(RC_REVISION);
}
END_TEST

START_TEST(both_root_quorums_are_asked)
{
	struct key wrong = a.root[1];

	hop("text-max 1536\n", "");
	by = BY(&a.root[0]);
	ck_assert_file(RC_ROOT_QUORUM);
	by = BY(&a.root[0], &a.root[3]);
	ck_assert_file(RC_ROOT_QUORUM);
	by = BY(&a.signer[0], &a.signer[1], &a.signer[2]);
	ck_assert_file(RC_ROOT_QUORUM);
	by = BY(&a.root[0], &a.root[0]);
	ck_assert_file(RC_SIGLINE_REPEATED);
	wrong.seed[0] ^= 1;
	by = BY(&a.root[0], &a.root[2], &wrong);
	ck_assert_file(RC_SIGNATURE_INVALID);
	/* r3 gives way to root[3] */
	hop(a.root[2].vkey, a.root[3].vkey);
	by = BY(&a.root[0], &a.root[2]); /* the new roots: r1 only */
	ck_assert_file(RC_ROOT_QUORUM);
	by = BY(&a.root[0], &a.root[3]); /* the old roots: r1 only */
	ck_assert_file(RC_ROOT_QUORUM);
	by = BY(&a.root[2], &a.root[3]); /* one each */
	ck_assert_file(RC_ROOT_QUORUM);
	by = BY(&a.root[0], &a.root[1]); /* serve in both */
	ck_assert_file(RC_OK);
	by = BY(&a.root[0], &a.root[2], &a.root[3]);
	ck_assert_file(RC_OK);
	/* the new quorum is stricter than the old */
	hop("group roots 2", "group roots 3");
	buf_swap(&text, "recover 2", "recover 3");
	ck_assert_file(RC_ROOT_QUORUM);
	by = BY(&a.root[0], &a.root[1], &a.root[2]);
	ck_assert_file(RC_OK);
	/* a new root's line is known: it verifies, or all is refused */
	hop(a.root[2].vkey, a.root[3].vkey);
	wrong = a.root[3];
	wrong.seed[0] ^= 1;
	by = BY(&a.root[0], &a.root[1], &wrong);
	ck_assert_file(RC_SIGNATURE_INVALID);
	by = BY(&a.root[0], &a.root[1], &a.root[3], &a.root[3]);
	ck_assert_file(RC_SIGLINE_REPEATED);
}
END_TEST

START_TEST(introduced_signers_have_signed)
{
	struct key wrong = a.signer[3], renamed;

	hop(a.signer[1].vkey, a.signer[3].vkey);
	ck_assert_file(RC_INTRODUCED);
	by = BY(&a.root[0], &a.root[1], &a.signer[1]);
	ck_assert_file(RC_INTRODUCED);
	by = BY(&a.root[0], &a.root[1], &a.signer[3]);
	ck_assert_file(RC_OK);
	by = BY(&a.root[0], &a.root[1], &a.signer[3], &a.signer[3]);
	ck_assert_file(RC_SIGLINE_REPEATED);
	wrong.seed[0] ^= 1;
	by = BY(&a.root[0], &a.root[1], &wrong);
	ck_assert_file(RC_SIGNATURE_INVALID);
	/* by vkey: the same key under another name is another */
	key_from_seed(&renamed, "acme.example/rob", 1, a.signer[1].seed);
	hop(a.signer[1].vkey, renamed.vkey);
	ck_assert_file(RC_INTRODUCED);
	by = BY(&a.root[0], &a.root[1], &renamed);
	ck_assert_file(RC_OK);
	/* another local name or label introduces nobody */
	hop("signer bob ", "signer robert ");
	buf_swap(&text, "2 alice bob carol", "2 alice robert carol");
	ck_assert_file(RC_OK);
	/* a signer who stays is no known key: its line is skipped */
	wrong = a.signer[0];
	wrong.seed[0] ^= 1;
	by = BY(&a.root[0], &a.root[1], &wrong);
	ck_assert_file(RC_OK);
}
END_TEST

/* Introduced is whose vkey was no signer's before; a root's is none. */
START_TEST(a_root_that_turns_signer_is_introduced)
{
	char line[300];

	hop(a.signer[1].vkey, a.root[2].vkey);
	snprintf(line, sizeof line, "root r3 %s JP\ngroup roots 2 r1 r2 r3",
	    a.root[2].vkey);
	buf_swap(&text, line, "group roots 2 r1 r2");
	by = BY(&a.root[0], &a.root[1]);
	ck_assert_file(RC_INTRODUCED);
	by = BY(&a.root[0], &a.root[1], &a.root[2]);
	ck_assert_file(RC_OK);
}
END_TEST

START_TEST(the_old_text_s_witnesses_count)
{
	hop(a.witness[0].vkey, a.witness[2].vkey);
	proof.cosigners = BY(&a.witness[2], &a.mirror);
	ck_assert_file(RC_WITNESS_QUORUM);
	proof.cosigners = BY(&a.witness[0], &a.mirror);
	ck_assert_file(RC_OK);
	hop(a.log[0].vkey, a.log[1].vkey);
	ck_assert_file(RC_OK);
	proof.logs = BY(&a.log[1]);
	ck_assert_file(RC_LOG);
}
END_TEST

START_TEST(hops_obey_the_day_ahead_only)
{
	hop("text-max 1536\n", "");
	device.max_proof_age_s = 1;
	device.time = HELP_TIME + 100000000;
	ck_assert_file(RC_OK);
	device.time = HELP_TIME - 86401;
	ck_assert_file(RC_PROOF_FUTURE);
}
END_TEST

START_TEST(recovery_wants_a_person_and_enough_roots)
{
	struct verified out;

	hop("text-max 1536\n", "");
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_PERSON);
	device.person = VERIFY_PERSON;
	ck_assert_int_eq(verdict(&out), RC_OK);
	ck_assert(out.recovered);
	ck_assert_int_eq(out.kind, VERIFIED_TRUST);
	ck_assert_uint_eq(out.proof_time, 0);
	ck_assert_uint_eq(out.tree_size, 0);
	by = BY(&a.root[0]);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_ROOT_QUORUM);
	/* a file that is cut behind the note is no recovery */
	by = BY(&a.root[0], &a.root[1]);
	note_make(&file, &text, &by);
	buf_printf(&file, "\n");
	ck_assert_verdict(RC_TRUNCATED);
	/* the rules of a hop hold */
	trust_next(&text, &held_text, 1);
	buf_swap(&text, "revision 2", "revision 3");
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_REVISION);
	/* more roots than the quorum asks */
	buf_swap(&held_text, "recover 2", "recover 3");
	held_read();
	hop(NULL, NULL);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_ROOT_QUORUM);
	by = BY(&a.root[0], &a.root[1], &a.root[2]);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_OK);
	/* the held text says whether, not the new one */
	buf_swap(&held_text, "recover 3\n", "");
	held_read();
	hop("log ", "recover 2\nlog ");
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_PERSON);
}
END_TEST

/* Enough in number is not enough: they satisfy the root quorum too. */
START_TEST(recovery_satisfies_the_root_quorum)
{
	buf_swap(&held_text, "group roots 2 r1 r2 r3",
	    "group some any r2 r3\ngroup roots all r1 some");
	held_read();
	hop(NULL, NULL);
	device.person = VERIFY_PERSON;
	by = BY(&a.root[1], &a.root[2]);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_ROOT_QUORUM);
	by = BY(&a.root[0], &a.root[2]);
	note_make(&file, &text, &by);
	ck_assert_verdict(RC_OK);
}
END_TEST

/* With a proof a hop needs neither person nor `recover`. */
START_TEST(a_proof_needs_no_recover_line)
{
	buf_swap(&held_text, "recover 2\n", "");
	held_read();
	hop(NULL, NULL);
	ck_assert_file(RC_OK);
}
END_TEST

#define COUNT(x) ((int)(sizeof(x) / sizeof(x)[0]))

int
main(void)
{
	Suite *suite = suite_create("verify_trust");
	TCase *t = tcase_create("decision");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, a_hop_is_taken);
	tcase_add_loop_test(
	    t, a_hop_is_refused_for_its_reason, 0, COUNT(hop_edits));
	tcase_add_test(t, a_hop_follows_what_is_held);
	tcase_add_test(t, both_root_quorums_are_asked);
	tcase_add_test(t, introduced_signers_have_signed);
	tcase_add_test(t, a_root_that_turns_signer_is_introduced);
	tcase_add_test(t, the_old_text_s_witnesses_count);
	tcase_add_test(t, hops_obey_the_day_ahead_only);
	tcase_add_test(t, recovery_wants_a_person_and_enough_roots);
	tcase_add_test(t, recovery_satisfies_the_root_quorum);
	tcase_add_test(t, a_proof_needs_no_recover_line);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
