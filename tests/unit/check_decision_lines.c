/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision, on real files: signature lines of note and checkpoint, the
 * grammar of a proof, and files cut short.
 */
#include "tests/unit/decision_world.h"
#include "tests/unit/suite.h"

/* ---- signature lines -------------------------------------------------- */

START_TEST(note_lines)
{
	static const enum rc want[] = {RC_SIGLINE_REPEATED,
	    RC_SIGNATURE_INVALID, RC_SIGLINE_LENGTH, RC_SIGLINE_LENGTH, RC_OK,
	    RC_SIGLINE, RC_SIGLINES_MANY, RC_OK};
	const struct key *keys[] = {&w.signer[0], &w.signer[1]};
	struct proof_spec p = {0};
	struct verify_device d = device();
	struct text t = fresh(0);
	int i;

	note_make(&t, WORLD_RELEASE, keys, 2);
	switch (_i) {
	case 0: /* the same key again */
		put_line(
		    &t, &w.signer[0], WORLD_RELEASE, strlen(WORLD_RELEASE));
		break;
	case 1: /* a third signer's line that does not verify */
		put_bad_line(&t, &w.signer[2], 68);
		break;
	case 2:
		put_bad_line(&t, &w.signer[2], 67);
		break;
	case 3: /* a cosignature's length under a plain key */
		put_bad_line(&t, &w.signer[2], 76);
		break;
	case 4: /* a stranger's nonsense */
		put_bad_line(&t, &w.stranger, 5);
		break;
	case 5:
		put_bad_line(&t, &w.stranger, 4);
		break;
	case 6:
		for (i = 2; i < NOTE_SIGLINES_MAX + 1; i++)
			put_bad_line(&t, &w.stranger, 5);
		break;
	case 7:
		for (i = 2; i < NOTE_SIGLINES_MAX; i++)
			put_bad_line(&t, &w.stranger, 5);
		break;
	}
	proof_append(&t, &w, &p);
	ck_assert_int_eq(decide(&d, &t, NULL), want[_i]);
}
END_TEST

/* Lines by keys of other roles count for nothing. */
START_TEST(other_roles)
{
	const struct key *keys[] = {
	    &w.signer[0], &w.root[0], &w.root[1], &w.log[0], &w.owner[0]};
	struct proof_spec p = {0};
	struct verify_device d = device();
	struct text t = fresh(0);

	note_make(&t, WORLD_RELEASE, keys, 5);
	proof_append(&t, &w, &p);
	ck_assert_int_eq(decide(&d, &t, NULL), RC_QUORUM);
}
END_TEST

START_TEST(checkpoint_lines)
{
	static const enum rc want[] = {RC_SIGLINE_REPEATED, RC_SIGLINE_REPEATED,
	    RC_SIGNATURE_INVALID, RC_SIGLINE_LENGTH, RC_SIGNATURE_INVALID,
	    RC_OK, RC_SIGLINES_MANY, RC_OK, RC_SIGLINE, RC_SIGLINE,
	    RC_TRUNCATED};
	struct proof_spec p = {0};
	struct verify_device d = device();
	struct text t = fresh(0);
	const char *head, *end;
	int i;

	file_make(&t, &w, WORLD_RELEASE, &p);
	/* the checkpoint's text: from the origin to the last empty line */
	head = strstr(t.p, "\n" WORLD_LOG "\n") + 1;
	end = strstr(head, "\n\n") + 1;
	switch (_i) {
	case 0:
		put_line(&t, &w.log[0], head, (size_t)(end - head));
		break;
	case 1:
		put_cosignature(&t, &w.cosigner[1], head, (size_t)(end - head),
		    WORLD_NOW + 5);
		break;
	case 2: /* the other log's line under this origin is unknown, but a
		 * second line of this log must verify */
		t.n = (size_t)(end - t.p) + 1;
		put_bad_line(&t, &w.log[0], 68);
		break;
	case 3:
		t.n = (size_t)(end - t.p) + 1;
		put_bad_line(&t, &w.cosigner[0], 68);
		break;
	case 4: /* time 0 */
		t.n = (size_t)(end - t.p) + 1;
		put_cosignature(
		    &t, &w.cosigner[0], head, (size_t)(end - head), 0);
		break;
	case 5: /* the other log under this origin: skipped, even if bad */
		put_bad_line(&t, &w.log[1], 68);
		break;
	case 6:
		for (i = 4; i < CHECKPOINT_SIGLINES_MAX + 1; i++)
			put_bad_line(&t, &w.stranger, 5);
		break;
	case 7:
		for (i = 4; i < CHECKPOINT_SIGLINES_MAX; i++)
			put_bad_line(&t, &w.stranger, 5);
		break;
	case 8: /* nothing after the last line */
		text_string(&t, "\n");
		break;
	case 9:
		text_string(&t, "x");
		break;
	case 10: /* no line at all */
		t.n = (size_t)(end - t.p) + 1;
		break;
	}
	ck_assert_int_eq(decide(&d, &t, NULL), want[_i]);
}
END_TEST

/* ---- the proof's own grammar ------------------------------------------ */

static const struct {
	const char *from, *to;
	enum rc rc;
} proofs[] = {
    {"c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v2\n", RC_PROOF},
    {"c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v1 \n", RC_PROOF},
    {"c2sp.org/tlog-proof@v1\n", "\n", RC_PROOF},
    {"index 1\n", "extra AAAA\nindex 1\n", RC_PROOF},
    {"index 1\n", "", RC_PROOF},
    {"index 1\n", "index 01\n", RC_PROOF},
    {"index 1\n", "index \n", RC_PROOF},
    {"index 1\n", "index\n", RC_PROOF},
    {"index 1\n", "index -1\n", RC_PROOF},
    {"index 1\n", "index  1\n", RC_PROOF},
    {"index 1\n", "index 9007199254740992\n", RC_PROOF},
    {"index 1\n", "index 9007199254740991\n", RC_INCLUSION},
    {"index 1\n", "index 0\n", RC_INCLUSION},
    {"index 1\n", "index 1\nindex 1\n", RC_PROOF},
    {"index 1\n", "index 1\n\n", RC_CHECKPOINT},
    {"index 1\n", "index 1\nAAAA\n", RC_PROOF},
    {"index 1\n", "index 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
	RC_PROOF},
    {"index 1\n", "index 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
	RC_PROOF},
    {"index 1\n", "index 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
	RC_PROOF},
    {"index 1\n", "index 1\r\n", RC_PROOF},
    {"\n" WORLD_LOG "\n", "\n" WORLD_LOG "\n\n", RC_CHECKPOINT},
    {"\n" WORLD_LOG "\n2\n", "\n" WORLD_LOG "\n02\n", RC_CHECKPOINT},
    {"\n" WORLD_LOG "\n2\n", "\n" WORLD_LOG "\n3\n", RC_SIGNATURE_INVALID},
};
enum { PROOFS = sizeof proofs / sizeof proofs[0] };

START_TEST(proof_grammar)
{
	struct proof_spec p = {.index = 1, .size = 2};
	struct verify_device d = device();
	struct text t = fresh(0), u;
	const char *changed;
	enum rc rc;

	file_make(&t, &w, WORLD_RELEASE, &p);
	changed = with(t.p, proofs[_i].from, proofs[_i].to);
	u = (struct text){
	    .p = (char *)(uintptr_t)changed, .n = strlen(changed)};
	rc = decide(&d, &u, NULL);
	ck_assert_msg(
	    rc == proofs[_i].rc, "%d for '%s'", (int)rc, proofs[_i].to);
}
END_TEST

/* Every prefix of a file is refused: before its end it has ended too early,
 * unless what is there is wrong already. */
START_TEST(cuts)
{
	struct proof_spec p = {.index = 3, .size = 6};
	struct verify_device d = device();
	struct text t = fresh(0);
	size_t i;
	enum rc rc;

	file_make(&t, &w, WORLD_RELEASE, &p);
	for (i = 0; i < t.n; i++) {
		rc = decide_by(&trust, &d, t.p, i, NULL);
		ck_assert_msg(rc == RC_TRUNCATED || rc == RC_QUORUM ||
				  rc == RC_SIGLINE || rc == RC_LOG ||
				  rc == RC_WITNESS_QUORUM || rc == RC_OK,
		    "%d at %zu", (int)rc, i);
		/* m1's line is the last one and needed */
		ck_assert_int_ne(rc, RC_OK);
	}
	ck_assert_int_eq(decide(&d, &t, NULL), RC_OK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("decision_lines");
	TCase *t = tcase_create("verify");

	if (!decision_begin())
		return EXIT_FAILURE;
	suite_add_tcase(suite, t);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, note_lines, 0, 8);
	tcase_add_test(t, other_roles);
	tcase_add_loop_test(t, checkpoint_lines, 0, 11);
	tcase_add_loop_test(t, proof_grammar, 0, PROOFS);
	tcase_add_test(t, cuts);
	return suite_run(suite);
}
