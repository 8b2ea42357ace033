/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision, on real files: trust texts, that is hops to the next revision
 * and recovery.
 */
#include "tests/unit/decision_world.h"
#include "tests/unit/suite.h"

/* The next revision's text of w.trust. */
static const char *
next_text(void)
{
	char head[200], hex[65];
	uint8_t id[32];

	text_id(id, w.trust);
	hex_of(hex, id);
	snprintf(head, sizeof head, "revision 2\nprevious %s\n", hex);
	return with(w.trust, "revision 1\nprevious -\n", head);
}

static void
hop_make(struct text *t, const char *text, const struct key *const *keys,
    unsigned n, const struct proof_spec *p)
{
	note_make(t, text, keys, n);
	if (p != NULL)
		proof_append(t, &w, p);
}

START_TEST(hop)
{
	const struct key *keys[] = {&w.root[0], &w.root[2]};
	struct proof_spec p = {.index = 2, .size = 5};
	struct verify_device d = device();
	const char *text = next_text();
	struct text t = fresh(0);
	struct verified out;
	struct trust next;

	hop_make(&t, text, keys, 2, &p);
	memset(page, 0, sizeof page);
	ck_assert_int_eq(decide(&d, &t, &out), RC_OK);
	ck_assert_int_eq(out.kind, VERIFIED_TRUST);
	ck_assert_uint_eq(out.revision, 2);
	ck_assert_uint_eq(out.epoch, 1);
	ck_assert_uint_eq(out.page_n, strlen(text));
	ck_assert_mem_eq(page, text, strlen(text));
	ck_assert(!out.recovered);
	ck_assert_int_eq(trust_parse(&next, page, out.page_n, out.id), RC_OK);
	/* and from there no further with the same file */
	ck_assert_int_eq(decide_by(&next, &d, t.p, t.n, NULL), RC_REVISION);
}
END_TEST

enum hop_change {
	H_TEXT,
	H_KEYS,    /* a: bits of roots, b: bits of signers */
	H_NOPAGE,  /* the device takes none */
	H_SMALL,   /* a: bytes of page */
	H_PROOF,   /* a: cosigners; b: 1 wrong leaf, 2 other log */
	H_RECOVER, /* no proof; a: roots, b: person */
	H_AGE,     /* max_proof_age_s does not bind hops; the future does */
};
static const struct {
	enum hop_change change;
	uint64_t a, b;
	const char *from, *to;
	enum rc rc;
} hops[] = {
    {H_TEXT, 0, 0, "", "", RC_OK},
    {H_TEXT, 0, 0, "epoch 1", "epoch 2", RC_OK},
    {H_TEXT, 0, 0, "epoch 1", "epoch 3", RC_EPOCH},
    {H_TEXT, 0, 0, "revision 2", "revision 3", RC_REVISION},
    {H_TEXT, 0, 0, "revision 2\nprevious ", "revision 1\nprevious ",
	RC_PREVIOUS},
    {H_TEXT, 0, 0, WORLD_NAME, "acme.example/other/test", RC_AUTHORITY},
    {H_TEXT, 0, 0, "quorum two\n", "quorum tw\n", RC_POLICY},
    {H_TEXT, 0, 0, "recover 2\n", "", RC_OK},
    {H_TEXT, 0, 0, "two 2 alice", "two 3 alice", RC_OK}, /* the log minds */
    {H_TEXT, 0, 0, "board 2 dana", "board 3 dana", RC_NUMBER},
    {H_KEYS, 3, 0, "", "", RC_OK},
    {H_KEYS, 7, 0, "", "", RC_OK},
    {H_KEYS, 1, 0, "", "", RC_ROOT_QUORUM},
    {H_KEYS, 0, 7, "", "", RC_ROOT_QUORUM},
    {H_KEYS, 1, 7, "", "", RC_ROOT_QUORUM},
    {H_NOPAGE, 0, 0, "", "", RC_PAGE},
    {H_SMALL, 10, 0, "", "", RC_PAGE},
    {H_SMALL, 1000, 0, "", "", RC_TEXT_LONG},
    {H_PROOF, 5, 0, "", "", RC_OK},
    {H_PROOF, 3, 0, "", "", RC_WITNESS_QUORUM},
    {H_PROOF, 7, 1, "", "", RC_INCLUSION},
    {H_PROOF, 7, 2, "", "", RC_OK}, /* the second log */
    {H_RECOVER, 3, 1, "", "", RC_OK},
    {H_RECOVER, 3, 0, "", "", RC_PERSON},
    {H_RECOVER, 1, 1, "", "", RC_ROOT_QUORUM},
    {H_AGE, WORLD_NOW + 1000000, 1, "", "", RC_OK},
    {H_AGE, WORLD_NOW - 86401, 1, "", "", RC_PROOF_FUTURE},
};
enum { HOPS = sizeof hops / sizeof hops[0] };

START_TEST(hop_refused)
{
	struct proof_spec p = {.index = 1, .size = 2};
	uint64_t roots = 3, signers = 0;
	uint64_t a = hops[_i].a, b = hops[_i].b;
	struct verify_device d = device();
	const char *text = next_text();
	struct text t = fresh(0);
	const struct key *keys[8];
	bool proof = true;
	unsigned i, n = 0;
	struct verified out;
	enum rc rc;

	switch (hops[_i].change) {
	case H_TEXT:
		text = with(text, hops[_i].from, hops[_i].to);
		break;
	case H_KEYS:
		roots = a;
		signers = b;
		break;
	case H_NOPAGE:
		d.page = NULL;
		break;
	case H_SMALL:
		d.page_n = (uint16_t)a;
		break;
	case H_PROOF:
		p.cosigners = (unsigned)a;
		p.wrong_leaf = b == 1;
		if (b == 2)
			p.log = &w.log[1];
		break;
	case H_RECOVER:
		proof = false;
		roots = a;
		d.person = b == 1 ? VERIFY_PERSON : 1; /* `true` is nobody */
		break;
	case H_AGE:
		d.time = a;
		d.max_proof_age_s = b;
		break;
	}
	for (i = 0; i < 4; i++)
		if (roots >> i & 1)
			keys[n++] = &w.root[i];
	for (i = 0; i < 4; i++)
		if (signers >> i & 1)
			keys[n++] = &w.signer[i];
	hop_make(&t, text, keys, n, proof ? &p : NULL);
	rc = decide(&d, &t, &out);
	ck_assert_msg(
	    rc == hops[_i].rc, "%d, not %d", (int)rc, (int)hops[_i].rc);
	if (rc == RC_OK)
		ck_assert_int_eq(out.recovered, !proof);
}
END_TEST

/* A text that names another one as its predecessor. */
START_TEST(hop_previous)
{
	const struct key *keys[] = {&w.root[0], &w.root[1]};
	struct proof_spec p = {0};
	struct verify_device d = device();
	struct text t = fresh(0);
	static char text[8192];
	char *at;

	snprintf(text, sizeof text, "%s", next_text());
	at = strstr(text, "previous ") + 9;
	*at = *at == '0' ? '1' : '0';
	hop_make(&t, text, keys, 2, &p);
	ck_assert_int_eq(decide(&d, &t, NULL), RC_PREVIOUS);
	/* the very text that is held is no successor of itself */
	t = fresh(0);
	hop_make(&t, w.trust, keys, 2, &p);
	ck_assert_int_eq(decide(&d, &t, NULL), RC_REVISION);
}
END_TEST

/* Who is introduced must sign; who only moves need not. */
START_TEST(hop_introduced)
{
	struct proof_spec p = {0};
	struct verify_device d = device();
	const struct key *keys[] = {
	    &w.root[0], &w.root[1], &w.signer[3], &w.signer[0]};
	static char text[8192];
	struct text t = fresh(0);
	char line[400];

	/* dora comes in carol's place, and alice is called otherwise */
	snprintf(text, sizeof text, "%s", next_text());
	snprintf(line, sizeof line, "signer dora %s BR\n", w.signer[3].vkey);
	{
		char old[400];

		snprintf(
		    old, sizeof old, "signer carol %s BR\n", w.signer[2].vkey);
		snprintf(text, sizeof text, "%s", with(text, old, line));
	}
	snprintf(text, sizeof text, "%s",
	    with(text, "two 2 alice bob carol", "two 2 ada bob dora"));
	snprintf(
	    text, sizeof text, "%s", with(text, "signer alice", "signer ada"));
	snprintf(text, sizeof text, "%s", with(text, "epoch 1", "epoch 2"));
	hop_make(&t, text, keys, 3, &p);
	ck_assert_int_eq(decide(&d, &t, NULL), RC_OK);
	t = fresh(0);
	hop_make(&t, text, keys, 2, &p);
	ck_assert_int_eq(decide(&d, &t, NULL), RC_INTRODUCED);
	/* a line of hers that does not verify refuses */
	t = fresh(0);
	note_make(&t, text, keys, 2);
	put_bad_line(&t, &w.signer[3], 68);
	proof_append(&t, &w, &p);
	ck_assert_int_eq(decide(&d, &t, NULL), RC_SIGNATURE_INVALID);
	/* alice's is nobody's here: not introduced, so not known */
	t = fresh(0);
	note_make(&t, text, keys, 3);
	put_bad_line(&t, &w.signer[0], 68);
	proof_append(&t, &w, &p);
	ck_assert_int_eq(decide(&d, &t, NULL), RC_OK);
}
END_TEST

/* New roots sign for the new text, old ones for the old. */
START_TEST(hop_roots)
{
	struct proof_spec p = {0};
	struct verify_device d = device();
	static char text[8192];
	char old[400], line[400];
	struct text t = fresh(0);
	static const struct {
		int root[4], n;
		enum rc rc;
	} cases[] = {
	    {{0, 1, 3}, 3, RC_OK}, /* dana, emil; emil, gina */
	    {{1, 2, 3}, 3, RC_OK},
	    {{0, 1}, 2, RC_OK},          /* both are in both */
	    {{0, 2}, 2, RC_ROOT_QUORUM}, /* dana alone of the new */
	    {{0, 3}, 2, RC_ROOT_QUORUM}, /* dana alone of the old */
	    {{1, 3}, 2, RC_ROOT_QUORUM},
	    {{0, 2, 3}, 3, RC_OK},
	};
	const struct key *keys[4];
	int i;

	/* gina in frida's place: the new board is dana, emil, gina */
	snprintf(old, sizeof old, "root frida %s BR\n", w.root[2].vkey);
	snprintf(line, sizeof line, "root gina %s BR\n", w.root[3].vkey);
	snprintf(text, sizeof text, "%s", with(next_text(), old, line));
	snprintf(text, sizeof text, "%s",
	    with(text, "board 2 dana emil frida", "board 2 dana emil gina"));
	for (i = 0; i < cases[_i].n; i++)
		keys[i] = &w.root[cases[_i].root[i]];
	hop_make(&t, text, keys, (unsigned)cases[_i].n, &p);
	ck_assert_int_eq(decide(&d, &t, NULL), cases[_i].rc);
}
END_TEST

/* Two revisions in a row; the first cannot be skipped. */
START_TEST(hop_two)
{
	const struct key *keys[] = {&w.root[0], &w.root[1]};
	struct proof_spec p = {0};
	struct verify_device d = device();
	static char two[8192], three[8192];
	static uint8_t page_two[8192];
	char hex[65], head[200];
	uint8_t id[32];
	struct trust next;
	struct verified out;
	struct text t = fresh(0), u = fresh(1);

	snprintf(two, sizeof two, "%s", next_text());
	text_id(id, two);
	hex_of(hex, id);
	snprintf(head, sizeof head, "revision 3\nprevious %s\n", hex);
	snprintf(three, sizeof three, "%.*s%s%s",
	    (int)(strstr(two, "revision 2") - two), two, head,
	    strstr(two, "signer alice"));
	hop_make(&t, two, keys, 2, &p);
	hop_make(&u, three, keys, 2, &p);
	ck_assert_int_eq(decide(&d, &u, NULL), RC_REVISION);
	d.page = page_two;
	d.page_n = sizeof page_two;
	ck_assert_int_eq(decide(&d, &t, &out), RC_OK);
	ck_assert_int_eq(
	    trust_parse(&next, page_two, out.page_n, out.id), RC_OK);
	d.page = page;
	d.page_n = sizeof page;
	ck_assert_int_eq(decide_by(&next, &d, u.p, u.n, &out), RC_OK);
	ck_assert_uint_eq(out.revision, 3);
}
END_TEST

/* The held text, and the same again as its revision 2. */
static void
revision_two(char out[static 8192], struct trust *held, const char *held_text)
{
	char head[200], hex[65];
	uint8_t id[32];

	ck_assert_int_eq(trust_read(held, (uint8_t *)held_text,
			     strlen(held_text), READER_DEVICE),
	    RC_OK);
	text_id(id, held_text);
	hex_of(hex, id);
	snprintf(head, sizeof head, "revision 2\nprevious %s\n", hex);
	snprintf(out, 8192, "%s",
	    with(held_text, "revision 1\nprevious -\n", head));
}

/* Never without `recover`; N roots must also be a root quorum. */
START_TEST(recover)
{
	struct verify_device d = device();
	static char held_text[8192], text[8192];
	const struct key *some[] = {&w.root[1], &w.root[2]};
	const struct key *all[] = {&w.root[0], &w.root[1], &w.root[2]};
	struct trust held;
	struct text t = fresh(0);

	d.person = VERIFY_PERSON;
	snprintf(held_text, sizeof held_text, "%s",
	    _i == 0 ? with(w.trust, "recover 2\n", "")
		    : with(w.trust,
			  "group board 2 dana emil frida\n"
			  "root-quorum board\nrecover 2\n",
			  "group x any emil frida\ngroup board all dana x\n"
			  "root-quorum board\nrecover 2\n"));
	revision_two(text, &held, held_text);
	note_make(&t, text, all, 3);
	ck_assert_int_eq(
	    decide_by(&held, &d, t.p, t.n, NULL), _i == 0 ? RC_PERSON : RC_OK);
	t = fresh(0);
	note_make(&t, text, some, 2);
	ck_assert_int_eq(decide_by(&held, &d, t.p, t.n, NULL),
	    _i == 0 ? RC_PERSON : RC_ROOT_QUORUM);
}
END_TEST

/* Fewer than N that yet are a quorum: recover asks for more. */
START_TEST(recover_more)
{
	struct verify_device d = device();
	static char held_text[8192], text[8192];
	const struct key *all[] = {&w.root[0], &w.root[1], &w.root[2]};
	struct trust held;
	struct text t = fresh(0);

	d.person = VERIFY_PERSON;
	snprintf(held_text, sizeof held_text, "%s",
	    with(w.trust, "recover 2\n", "recover 3\n"));
	revision_two(text, &held, held_text);
	note_make(&t, text, all, 2);
	ck_assert_int_eq(decide_by(&held, &d, t.p, t.n, NULL), RC_ROOT_QUORUM);
	t = fresh(0);
	note_make(&t, text, all, 3);
	ck_assert_int_eq(decide_by(&held, &d, t.p, t.n, NULL), RC_OK);
	/* an empty line after it promises a proof that does not come */
	text_string(&t, "\n");
	ck_assert_int_eq(decide_by(&held, &d, t.p, t.n, NULL), RC_TRUNCATED);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("decision_trust");
	TCase *t = tcase_create("verify");

	if (!decision_begin())
		return EXIT_FAILURE;
	suite_add_tcase(suite, t);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, hop);
	tcase_add_loop_test(t, hop_refused, 0, HOPS);
	tcase_add_test(t, hop_previous);
	tcase_add_test(t, hop_introduced);
	tcase_add_loop_test(t, hop_roots, 0, 7);
	tcase_add_test(t, hop_two);
	tcase_add_loop_test(t, recover, 0, 2);
	tcase_add_test(t, recover_more);
	return suite_run(suite);
}
