/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log/cosign.c, log/proof.c, log/witness.c, against the end-to-end vectors of
 * the project's tlog fact sheet, section 9 (computed with Python's hashlib and
 * an independent Ed25519).
 */
#include "tests/unit/log_help.h"
#include "log/proof.h"
#include "log/tile.h"
#include "log/witness.h"
#include "tests/unit/suite.h"

#define LOG_VKEY "example.test/log+b6e3f3c7+ASmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"
#define W1_VKEY "witness1.test/w+b8091962+BCVDuS/xCVURR2rcg2nbbdyTNmWhGXjdoUBO4QZsqVWd"
#define W2_VKEY "witness2.test/w+95684e5c+BBdFU7RW3d/GkI7KscEB/mqyHiuqBhd5W31DpjSCmT/V"

static struct help_tree tree;
static const struct tlog_source source = {help_node, &tree};
static struct vkey log_key, w1, w2;
static uint8_t log_seed[32], w1_seed[32], w2_seed[32];

static void
setup(void)
{
	for (unsigned i = 0; i < 32; i++) {
		log_seed[i] = (uint8_t)(0x20 + i);
		w1_seed[i] = (uint8_t)(0x40 + i);
		w2_seed[i] = (uint8_t)(0x60 + i);
	}
	ck_assert_rc(vkey_parse(&log_key, S(LOG_VKEY), 1), RC_OK);
	ck_assert_rc(vkey_parse(&w1, S(W1_VKEY), 4), RC_OK);
	ck_assert_rc(vkey_parse(&w2, S(W2_VKEY), 4), RC_OK);
	help_leaves(&tree, 7);
}

/* The checkpoint of n entries by the log alone; *text_n its text's length. */
static void
checkpoint(struct text *t, uint64_t n, size_t *text_n)
{
	uint8_t root[32], blob[SIG_ED25519_BYTES];

	ck_assert_rc(tlog_root(root, n, &source), RC_OK);
	checkpoint_text(t, S("example.test/log"), n, root);
	*text_n = t->n;
	checkpoint_sign(blob, &log_key, log_seed, (uint8_t *)t->p, t->n);
	text_string(t, "\n");
	sigline_text(t, log_key.name, blob, sizeof blob);
}

static void
cosign(struct text *t, const struct vkey *k, const uint8_t *seed, uint64_t time,
    size_t text_n)
{
	uint8_t blob[SIG_COSIGNATURE_BYTES];

	checkpoint_cosign(blob, k, seed, (uint8_t *)t->p, text_n, time);
	sigline_text(t, k->name, blob, sizeof blob);
}

START_TEST(proof_file)
{
	char note[4096], file[8192];
	uint8_t path[MERKLE_DEPTH_MAX * 32];
	unsigned path_n;
	size_t text_n;
	struct text c, t;
	struct proof p;

	text_init(&c, note, sizeof note);
	checkpoint(&c, 7, &text_n);
	cosign(&c, &w1, w1_seed, 1700000000, text_n);
	cosign(&c, &w2, w2_seed, 1700000001, text_n);
	ck_assert_rc(tlog_inclusion(path, &path_n, 5, 7, &source), RC_OK);
	text_init(&t, file, sizeof file);
	proof_text(&t, 5, path, path_n);
	text_put(&t, c.p, c.n);
	ck_assert_uint_eq(t.n, 596);
	help_ck_sha256(t.p, t.n,
	    "30a7e93ed12db0f592cdb1fde76b437742e0f66274a87545fd650bbf776b5303");
	ck_assert_rc(proof_parse(&p, (uint8_t *)t.p, t.n), RC_OK);
	ck_assert_uint_eq(p.index, 5);
	ck_assert_uint_eq(p.head.size, 7);
	ck_assert_rc(proof_includes(&p, (const uint8_t *)"release-5", 9),
	    RC_OK);
	ck_assert_rc(proof_includes(&p, (const uint8_t *)"release-4", 9),
	    RC_INCLUSION);
	p.index = 4;
	ck_assert_rc(proof_includes(&p, (const uint8_t *)"release-5", 9),
	    RC_INCLUSION);
	/* cut anywhere it is no proof */
	for (size_t n = 0; n < t.n; n++) {
		struct note in;

		if (proof_parse(&p, (uint8_t *)t.p, n) != RC_OK)
			continue;
		in = p.checkpoint; /* ends behind a whole line */
		ck_assert_uint_lt(in.line_n, 3);
	}
}
END_TEST

static const char *const bad_proofs[] = {
    "c2sp.org/tlog-proof@v2\nindex 0\n\n", "index 0\n\n",
    "c2sp.org/tlog-proof@v1\nextra YQ==\nindex 0\n\n",
    "c2sp.org/tlog-proof@v1\nindex 00\n\n",
    "c2sp.org/tlog-proof@v1\nindex -1\n\n",
    "c2sp.org/tlog-proof@v1\nindex \n\n",
    "c2sp.org/tlog-proof@v1\nindex 9007199254740992\n\n",
    "c2sp.org/tlog-proof@v1\n\n",
    "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n",
    "c2sp.org/tlog-proof@v1\nindex 0 \n\n",
};

START_TEST(proof_refused)
{
	char file[8192];
	size_t text_n;
	struct text t, c;
	char note[4096];
	struct proof p;

	text_init(&c, note, sizeof note);
	checkpoint(&c, 1, &text_n);
	text_init(&t, file, sizeof file);
	text_string(&t, "c2sp.org/tlog-proof@v1\nindex 0\n\n");
	text_put(&t, c.p, c.n);
	ck_assert_rc(proof_parse(&p, (uint8_t *)t.p, t.n), RC_OK);
	text_string(&t, "\n");
	ck_assert_rc(proof_parse(&p, (uint8_t *)t.p, t.n), RC_TRAILING);
	text_init(&t, file, sizeof file);
	text_string(&t, bad_proofs[_i]);
	text_put(&t, c.p, c.n);
	ck_assert(proof_parse(&p, (uint8_t *)t.p, t.n) != RC_OK);
}
END_TEST

START_TEST(add_checkpoint_body)
{
	char note[4096], body[8192];
	uint8_t proof[TLOG_PROOF_MAX * 32];
	struct cosign_request r;
	unsigned proof_n, mask;
	size_t text_n;
	struct text c, t;

	text_init(&c, note, sizeof note);
	checkpoint(&c, 7, &text_n);
	ck_assert_rc(tlog_consistency(proof, &proof_n, 3, 7, &source), RC_OK);
	text_init(&t, body, sizeof body);
	cosign_request_text(&t, 3, proof, proof_n, (uint8_t *)c.p, c.n);
	help_ck_sha256(t.p, t.n,
	    "58dd4365f07d64a9572af76594c4c7aaaa7d1ddf05c9d91998167d8f0d1b487d");
	ck_assert_rc(cosign_request_parse(&r, (uint8_t *)t.p, t.n), RC_OK);
	ck_assert_uint_eq(r.old, 3);
	ck_assert_uint_eq(r.proof_n, proof_n);
	ck_assert_uint_eq(r.head.size, 7);
	ck_assert(witness_trusts(&r, &log_key, 1, &mask) && mask == 1);
	ck_assert(!witness_trusts(&r, &w1, 1, &mask));
}
END_TEST

static const char *const bad_bodies[] = {"", "old 3", "old 3\n", "old 03\n\n",
    "old -1\n\n", "old  3\n\n", "old\n\n", "Old 3\n\n", "old 3\nxyz\n\n",
    "old 3 \n\n", "old 9007199254740992\n\n", "\n"};

START_TEST(body_refused)
{
	char note[4096], body[8192];
	struct cosign_request r;
	size_t text_n;
	struct text c, t;

	text_init(&c, note, sizeof note);
	checkpoint(&c, 7, &text_n);
	text_init(&t, body, sizeof body);
	text_string(&t, bad_bodies[_i]);
	text_put(&t, c.p, c.n);
	ck_assert(cosign_request_parse(&r, (uint8_t *)t.p, t.n) != RC_OK);
}
END_TEST

/* 63 hashes are taken, 64 not; control bytes nowhere. */
START_TEST(body_limits)
{
	static uint8_t proof[64 * 32];
	char note[4096], body[16384];
	struct cosign_request r;
	size_t text_n;
	struct text c, t;

	text_init(&c, note, sizeof note);
	checkpoint(&c, 7, &text_n);
	text_init(&t, body, sizeof body);
	cosign_request_text(&t, 1, proof, 63, (uint8_t *)c.p, c.n);
	ck_assert_rc(cosign_request_parse(&r, (uint8_t *)t.p, t.n), RC_OK);
	text_init(&t, body, sizeof body);
	cosign_request_text(&t, 1, proof, 64, (uint8_t *)c.p, c.n);
	ck_assert_rc(cosign_request_parse(&r, (uint8_t *)t.p, t.n),
	    RC_CHECKPOINT);
	text_init(&t, body, sizeof body);
	text_string(&t, "old 0\n\na\n0\n"
			"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nx\ty\n"
			"\n\xe2\x80\x94 a AAAAAAA=\n");
	ck_assert_rc(cosign_request_parse(&r, (uint8_t *)t.p, t.n),
	    RC_CHECKPOINT);
	t.p[strlen("old 0\n\na\n0\n") + 46] = ' ';
	ck_assert_rc(cosign_request_parse(&r, (uint8_t *)t.p, t.n), RC_OK);
}
END_TEST

/* The order of a witness's checks (tlog-witness): the first that applies. */
START_TEST(witness_order)
{
	struct witness_head held = {.size = 0}, five = {.size = 5};
	uint8_t proof[TLOG_PROOF_MAX * 32];
	char note[4096], body[8192];
	struct cosign_request r;
	unsigned proof_n;
	size_t text_n;
	struct text c, t;
	bool fork;

	ck_assert_rc(tlog_root(five.root, 5, &source), RC_OK);
	text_init(&c, note, sizeof note);
	checkpoint(&c, 7, &text_n);
	ck_assert_rc(tlog_consistency(proof, &proof_n, 5, 7, &source), RC_OK);
	text_init(&t, body, sizeof body);
	cosign_request_text(&t, 5, proof, proof_n, (uint8_t *)c.p, c.n);
	ck_assert_rc(cosign_request_parse(&r, (uint8_t *)t.p, t.n), RC_OK);
	ck_assert_int_eq(witness_judge(&r, &five, &fork), WITNESS_COSIGN);
	ck_assert_int_eq(witness_judge(&r, &held, &fork), WITNESS_STALE);
	r.old = 8; /* above the size: malformed, even if also stale */
	ck_assert_int_eq(witness_judge(&r, &five, &fork), WITNESS_MALFORMED);
	r.old = 5;
	r.proof[0] ^= 1;
	ck_assert_int_eq(witness_judge(&r, &five, &fork), WITNESS_INCONSISTENT);
	ck_assert(!fork);
	/* from nothing: an empty proof or none */
	r.old = 0;
	ck_assert_int_eq(witness_judge(&r, &held, &fork), WITNESS_INCONSISTENT);
	r.proof_n = 0;
	ck_assert_int_eq(witness_judge(&r, &held, &fork), WITNESS_COSIGN);
	/* the same size again: fresh time; another root: two histories */
	held.size = 7;
	memcpy(held.root, r.head.root, 32);
	r.old = 7;
	ck_assert_int_eq(witness_judge(&r, &held, &fork), WITNESS_COSIGN);
	held.root[3] ^= 1;
	ck_assert_int_eq(witness_judge(&r, &held, &fork), WITNESS_INCONSISTENT);
	ck_assert(fork);
	r.old = 3; /* the proof of a fork does not depend on `old` */
	ck_assert_int_eq(witness_judge(&r, &held, &fork), WITNESS_STALE);
	ck_assert(fork);
	/* the empty tree has one root */
	held.size = 0;
	r.old = r.head.size = 0;
	ck_assert_int_eq(witness_judge(&r, &held, &fork), WITNESS_INCONSISTENT);
	ck_assert_rc(tlog_root(r.head.root, 0, &source), RC_OK);
	ck_assert_int_eq(witness_judge(&r, &held, &fork), WITNESS_COSIGN);
}
END_TEST

/* A known pair must verify: next to a good line of another key too. */
START_TEST(known_lines)
{
	char note[8192], copy[8192];
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	struct note split;
	uint64_t time;
	size_t text_n;
	struct text t;

	text_init(&t, note, sizeof note);
	checkpoint(&t, 7, &text_n);
	cosign(&t, &w1, w1_seed, 1700000000, text_n);
	ck_assert_rc(note_split(&split, (uint8_t *)t.p, t.n), RC_OK);
	ck_assert_rc(checkpoint_line_by(blob, &time, &split, &w1), RC_OK);
	ck_assert_uint_eq(time, 1700000000);
	ck_assert_rc(checkpoint_line_by(blob, &time, &split, &w2), RC_MORE);
	ck_assert_rc(checkpoint_line_by(blob, &time, &split, &log_key), RC_OK);
	/* the root is changed: both known keys' lines fail */
	memcpy(copy, note, t.n);
	copy[text_n - 3] ^= 1;
	ck_assert_rc(note_split(&split, (uint8_t *)copy, t.n), RC_OK);
	ck_assert_rc(checkpoint_line_by(blob, &time, &split, &w1),
	    RC_SIGNATURE_INVALID);
	ck_assert_rc(checkpoint_line_by(blob, &time, &split, &log_key),
	    RC_SIGNATURE_INVALID);
	/* twice */
	cosign(&t, &w1, w1_seed, 1700000005, text_n);
	ck_assert_rc(note_split(&split, (uint8_t *)t.p, t.n), RC_OK);
	ck_assert_rc(checkpoint_line_by(blob, &time, &split, &w1),
	    RC_SIGLINE_REPEATED);
}
END_TEST

START_TEST(answers)
{
	char note[4096], answer[4096];
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	uint64_t time;
	size_t text_n;
	struct text c, a;

	text_init(&c, note, sizeof note);
	checkpoint(&c, 7, &text_n);
	text_init(&a, answer, sizeof answer);
	checkpoint_cosign(blob, &w1, w1_seed, (uint8_t *)c.p, text_n, 9);
	sigline_text(&a, w1.name, blob, sizeof blob);
	ck_assert_rc(cosign_answer_parse(blob, &time, &w1, (uint8_t *)a.p, a.n,
			 (uint8_t *)c.p, text_n),
	    RC_OK);
	ck_assert_uint_eq(time, 9);
	/* somebody else's line alone, another text's, rubbish, nothing */
	ck_assert_rc(cosign_answer_parse(blob, &time, &w2, (uint8_t *)a.p, a.n,
			 (uint8_t *)c.p, text_n),
	    RC_MORE);
	c.p[text_n - 3] ^= 1;
	ck_assert_rc(cosign_answer_parse(blob, &time, &w1, (uint8_t *)a.p, a.n,
			 (uint8_t *)c.p, text_n),
	    RC_SIGNATURE_INVALID);
	ck_assert(cosign_answer_parse(blob, &time, &w1, (uint8_t *)a.p, a.n - 1,
		      (uint8_t *)c.p, text_n) != RC_OK);
	ck_assert(cosign_answer_parse(blob, &time, &w1, (uint8_t *)a.p, 0,
		      (uint8_t *)c.p, text_n) != RC_OK);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cosign");
	TCase *t = tcase_create("cosign");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, proof_file);
	tcase_add_loop_test(t, proof_refused, 0,
	    sizeof bad_proofs / sizeof bad_proofs[0]);
	tcase_add_test(t, add_checkpoint_body);
	tcase_add_loop_test(t, body_refused, 0,
	    sizeof bad_bodies / sizeof bad_bodies[0]);
	tcase_add_test(t, body_limits);
	tcase_add_test(t, witness_order);
	tcase_add_test(t, known_lines);
	tcase_add_test(t, answers);
	suite_add_tcase(s, t);
	return suite_run(s);
}
