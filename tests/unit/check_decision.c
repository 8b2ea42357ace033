/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision, on real files: what is taken, and every refusal by its name.
 * Lines and proofs, and trust texts, have suites of their own:
 * check_decision_lines and _trust.
 */
#include "tests/unit/decision_world.h"
#include "tests/unit/suite.h"
#include "verify/ed25519.h"
#include "verify/payload.h"

/* ---- what is taken ---------------------------------------------------- */

START_TEST(release)
{
	struct proof_spec p = {.index = 5, .size = 13, .time = {100, 300, 200}};
	struct verify_device d = device();
	struct text t = fresh(0);
	struct verified out;
	uint8_t id[32];

	d.time = 0;
	file_make(&t, &w, WORLD_RELEASE, &p);
	ck_assert_int_eq(decide(&d, &t, &out), RC_OK);
	text_id(id, WORLD_RELEASE);
	ck_assert_mem_eq(out.id, id, 32);
	ck_assert_int_eq(out.kind, VERIFIED_RELEASE);
	ck_assert_uint_eq(out.product, 0);
	ck_assert_uint_eq(out.epoch, 1);
	ck_assert_uint_eq(out.sequence, 42);
	ck_assert_uint_eq(out.floor, 40);
	ck_assert_uint_eq(out.signers, 2);
	ck_assert_uint_eq(out.witnesses, 3);
	ck_assert_uint_eq(out.index, 5);
	ck_assert_uint_eq(out.tree_size, 13);
	/* m1 at 200 and w2 at 300: since 200 a quorum has seen it */
	ck_assert_uint_eq(out.proof_time, 200);
	ck_assert_uint_eq(out.payload[0].size, 4);
	ck_assert_uint_eq(out.payload[0].sha256[0], 0x9f);
	ck_assert(!out.recovered);
}
END_TEST

START_TEST(withdraw)
{
	struct proof_spec p = {0};
	struct verify_device d = device();
	struct text t = fresh(0);
	struct verified out;

	file_make(&t, &w, WORLD_WITHDRAW, &p);
	ck_assert_int_eq(decide(&d, &t, &out), RC_OK);
	ck_assert_int_eq(out.kind, VERIFIED_WITHDRAW);
	ck_assert_uint_eq(out.floor, 43);
	ck_assert_uint_eq(out.sequence, 0);
}
END_TEST

/* Either log will do, and the lines may come in any order, with strangers'
 * among them. */
START_TEST(liberties)
{
	static const struct {
		int signers[4], n;
		bool second_log, stranger;
	} cases[] = {{{0, 1}, 2, false, false}, {{1, 0}, 2, false, false},
	    {{2, 0}, 2, true, false}, {{0, 1, 2}, 3, false, false},
	    {{2, 1, 0}, 3, true, true}};
	struct proof_spec p = {.index = 1, .size = 2};
	struct verify_device d = device();
	const struct key *keys[5];
	struct text t = fresh(0);
	int i, n = 0;

	if (cases[_i].stranger)
		keys[n++] = &w.stranger;
	for (i = 0; i < cases[_i].n; i++)
		keys[n++] = &w.signer[cases[_i].signers[i]];
	if (cases[_i].second_log)
		p.log = &w.log[1];
	note_make(&t, WORLD_RELEASE, keys, (unsigned)n);
	proof_append(&t, &w, &p);
	ck_assert_int_eq(decide(&d, &t, NULL), RC_OK);
}
END_TEST

/* Trees of every size to 20, every index. */
START_TEST(trees)
{
	struct proof_spec p = {.size = (uint64_t)_i};
	struct verify_device d = device();
	struct verified out;

	for (p.index = 0; p.index < p.size; p.index++) {
		struct text t = fresh(0);

		file_make(&t, &w, WORLD_RELEASE, &p);
		ck_assert_int_eq(decide(&d, &t, &out), RC_OK);
		ck_assert_uint_eq(out.index, p.index);
	}
}
END_TEST

/* ---- what a device says of itself, and what is refused for it --------- */

enum change {
	C_NONE,
	C_TEXT,      /* from -> to in the text */
	C_FLOOR,     /* a: floor, b: installed */
	C_INSTALLED, /* a: installed, b: 1 = the text's own id */
	C_EPOCH,     /* a: the record's epoch */
	C_RADIO,     /* a: the radio's sequence */
	C_PRODUCT,   /* from: the device's product */
	C_COMPONENT, /* from: the component it wants */
	C_TIME,      /* a: now, b: max_proof_age_s */
	C_SIGNERS,   /* a: bits of signers */
	C_COSIGNERS, /* a: bits */
	C_ORIGIN,    /* from */
	C_INDEX,     /* a: index, b: size */
	C_HASHES,    /* a: added, b: left out */
	C_LEAF,      /* not in the tree */
	C_EXTENSION,
	C_UNKNOWN, /* installed_unknown; a: floor */
	C_NOPRODUCT,
};
static const struct {
	enum change change;
	uint64_t a, b;
	const char *from, *to;
	enum rc rc;
} refusals[] = {
    {C_NONE, 0, 0, "", "", RC_OK},
    /* kind, authority, epoch, product */
    {C_TEXT, 0, 0, "release@v1", "roster@v1", RC_KIND},
    {C_TEXT, 0, 0, "quorate/", "Quorate/", RC_KIND},
    {C_TEXT, 0, 0, WORLD_NAME, "acme.example/other", RC_AUTHORITY},
    {C_TEXT, 0, 0, WORLD_NAME " 1", WORLD_NAME "/x 1", RC_AUTHORITY},
    {C_TEXT, 0, 0, WORLD_NAME " 1", WORLD_NAME " 2", RC_EPOCH},
    {C_EPOCH, 2, 0, "", "", RC_EPOCH},
    {C_PRODUCT, 0, 0, "acme.example/camera-x", "", RC_PRODUCT},
    {C_PRODUCT, 0, 0, "acme.example/camer", "", RC_PRODUCT},
    {C_NOPRODUCT, 0, 0, "", "", RC_PRODUCT},
    /* grammar shows through */
    {C_TEXT, 0, 0, "sequence 42", "sequence 042", RC_FIELD},
    {C_TEXT, 0, 0, "sequence 42", "sequence 0", RC_NUMBER},
    {C_TEXT, 0, 0, "sequence 42\n", "", RC_LINE_MISSING},
    {C_TEXT, 0, 0, "about\n", "danger x\nabout\n", RC_LINE_UNKNOWN},
    {C_TEXT, 0, 0, "about\n", "about\nanything goes\n", RC_OK},
    {C_TEXT, 0, 0, "about\n", "about\nabout\n", RC_LINE_REPEATED},
    {C_TEXT, 0, 0, "1.4.2", "1.4.2\t", RC_BYTE},
    {C_TEXT, 0, 0, "floor 40", "floor 43", RC_FLOOR},
    /* order */
    {C_FLOOR, 42, 41, "", "", RC_OK},
    {C_FLOOR, 43, 41, "", "", RC_SEQUENCE_LOW},
    {C_INSTALLED, 42, 0, "", "", RC_SEQUENCE_SAME},
    {C_INSTALLED, 42, 1, "", "", RC_FROM}, /* the same text, but not for it */
    {C_INSTALLED, 29, 0, "", "", RC_FROM}, {C_INSTALLED, 30, 0, "", "", RC_OK},
    {C_INSTALLED, 41, 0, "", "", RC_OK}, {C_INSTALLED, 43, 0, "", "", RC_FROM},
    {C_INSTALLED, 0, 0, "", "", RC_FROM},
    {C_EPOCH, 0, 0, "", "", RC_FROM}, /* starts from nothing */
    {C_RADIO, 6, 0, "", "", RC_REQUIRES}, {C_RADIO, 8, 0, "", "", RC_OK},
    {C_TEXT, 0, 0, "radio 7", "tv 0", RC_REQUIRES}, /* unknown here */
    {C_TEXT, 0, 0, "radio 7", "camera 41", RC_OK},
    {C_TEXT, 0, 0, "radio 7", "camera 42", RC_REQUIRES},
    {C_COMPONENT, 0, 0, "boot", "", RC_COMPONENT},
    {C_COMPONENT, 0, 0, "ap", "", RC_COMPONENT},
    {C_UNKNOWN, 42, 0, "", "", RC_OK},
    {C_UNKNOWN, 43, 0, "", "", RC_SEQUENCE_LOW},
    /* signers */
    {C_SIGNERS, 7, 0, "", "", RC_OK}, {C_SIGNERS, 1, 0, "", "", RC_QUORUM},
    {C_SIGNERS, 4, 0, "", "", RC_QUORUM},
    {C_SIGNERS, 8, 0, "", "", RC_QUORUM}, /* dora, whom nobody knows */
    {C_SIGNERS, 12, 0, "", "", RC_QUORUM}, {C_SIGNERS, 6, 0, "", "", RC_OK},
    /* proof */
    {C_COSIGNERS, 5, 0, "", "", RC_OK}, {C_COSIGNERS, 6, 0, "", "", RC_OK},
    {C_COSIGNERS, 3, 0, "", "", RC_WITNESS_QUORUM}, /* no mirror */
    {C_COSIGNERS, 4, 0, "", "", RC_WITNESS_QUORUM},
    {C_COSIGNERS, 8, 0, "", "", RC_WITNESS_QUORUM}, /* nobody */
    {C_ORIGIN, 0, 0, "log.third.example", "", RC_LOG},
    {C_ORIGIN, 0, 0, "log.second.example", "", RC_LOG}, /* not its name */
    {C_ORIGIN, 0, 0, "quorate/x", "", RC_CHECKPOINT},
    {C_ORIGIN, 0, 0, "log+x", "", RC_CHECKPOINT},
    {C_EXTENSION, 0, 0, "more\n", "", RC_CHECKPOINT},
    {C_INDEX, 3, 3, "", "", RC_INCLUSION},
    {C_HASHES, 1, 0, "", "", RC_INCLUSION},
    {C_HASHES, 0, 1, "", "", RC_INCLUSION},
    {C_HASHES, 52, 0, "", "", RC_INCLUSION}, /* 53: as many as there can be */
    {C_HASHES, 53, 0, "", "", RC_PROOF_DEPTH},
    {C_LEAF, 0, 0, "", "", RC_INCLUSION},
    /* clock */
    {C_TIME, 1799999999, 0, "", "", RC_OK},
    {C_TIME, 1800000000, 0, "", "", RC_EXPIRED},
    {C_TIME, WORLD_NOW + 1000, 1000, "", "", RC_OK},
    {C_TIME, WORLD_NOW + 1001, 1000, "", "", RC_PROOF_OLD},
    {C_TIME, WORLD_NOW - 86400, 1, "", "", RC_OK},
    {C_TIME, WORLD_NOW - 86401, 0, "", "", RC_PROOF_FUTURE},
    {C_TIME, 1, 0, "", "", RC_PROOF_FUTURE},
    {C_TIME, 0, 1, "", "", RC_OK}, /* no clock */
};
enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

START_TEST(refused)
{
	const char *text = WORLD_RELEASE, *from = refusals[_i].from;
	struct proof_spec p = {.index = 1, .size = 2};
	struct verify_device d = device();
	uint64_t a = refusals[_i].a, b = refusals[_i].b;
	unsigned signers = 3, i, n = 0;
	const struct key *keys[4];
	struct text t = fresh(0);
	enum rc rc;

	switch (refusals[_i].change) {
	case C_NONE:
		break;
	case C_TEXT:
		text = with(text, from, refusals[_i].to);
		break;
	case C_FLOOR:
		d.product[0].floor = (uint32_t)a;
		d.product[0].sequence = (uint32_t)b;
		break;
	case C_INSTALLED:
		d.product[0].sequence = (uint32_t)a;
		d.product[0].floor = 0;
		if (b)
			text_id(d.product[0].id, text);
		break;
	case C_EPOCH:
		d.product[0].epoch = (uint32_t)a;
		break;
	case C_RADIO:
		d.product[1].sequence = (uint32_t)a;
		break;
	case C_PRODUCT:
		d.product[0].name = s(from);
		break;
	case C_COMPONENT:
		d.component[0] = s(from);
		break;
	case C_TIME:
		d.time = a;
		d.max_proof_age_s = b;
		break;
	case C_SIGNERS:
		signers = (unsigned)a;
		break;
	case C_COSIGNERS:
		p.cosigners = (unsigned)a;
		break;
	case C_ORIGIN:
		p.origin = from;
		break;
	case C_INDEX:
		p.index = a;
		p.size = b;
		break;
	case C_HASHES:
		p.extra_hashes = (unsigned)a;
		p.cut_hashes = (unsigned)b;
		break;
	case C_LEAF:
		p.wrong_leaf = true;
		break;
	case C_EXTENSION:
		p.extension = from;
		break;
	case C_UNKNOWN:
		d.installed_unknown = true;
		d.product[0].sequence = 0;
		d.product[0].floor = (uint32_t)a;
		d.product_n = 1;
		break;
	case C_NOPRODUCT:
		d.product_n = 0;
		break;
	}
	for (i = 0; i < 4; i++)
		if (signers >> i & 1)
			keys[n++] = &w.signer[i];
	note_make(&t, text, keys, n);
	proof_append(&t, &w, &p);
	rc = decide(&d, &t, NULL);
	ck_assert_msg(
	    rc == refusals[_i].rc, "%d, not %d", (int)rc, (int)refusals[_i].rc);
}
END_TEST

/* Against an older epoch's record, floor and installed are nothing. */
START_TEST(later_epoch)
{
	const char *text = with(WORLD_RELEASE, "from 30 41", "from 0 41");
	struct proof_spec p = {0};
	struct verify_device d = device();
	struct text t = fresh(0);

	d.product[0].epoch = 0;
	d.product[0].floor = 1000;
	d.product[0].sequence = 2000;
	file_make(&t, &w, text, &p);
	ck_assert_int_eq(decide(&d, &t, NULL), RC_OK);
	d.product[1].epoch = 0; /* and so for what it requires */
	ck_assert_int_eq(decide(&d, &t, NULL), RC_REQUIRES);
}
END_TEST

/* The installed text itself may come again. */
START_TEST(again)
{
	const char *text = with(WORLD_RELEASE, "from 30 41\n", "");
	struct proof_spec p = {0};
	struct verify_device d = device();
	struct text t = fresh(0);

	file_make(&t, &w, text, &p);
	d.product[0].sequence = 42;
	ck_assert_int_eq(decide(&d, &t, NULL), RC_SEQUENCE_SAME);
	text_id(d.product[0].id, text);
	ck_assert_int_eq(decide(&d, &t, NULL), RC_OK);
	d.product[0].id[31] ^= 1;
	ck_assert_int_eq(decide(&d, &t, NULL), RC_SEQUENCE_SAME);
}
END_TEST

START_TEST(withdraw_refused)
{
	struct proof_spec p = {0};
	struct verify_device d = device();
	struct text t = fresh(0);

	file_make(
	    &t, &w, with(WORLD_WITHDRAW, WORLD_NAME " 1", WORLD_NAME " 2"), &p);
	ck_assert_int_eq(decide(&d, &t, NULL), RC_EPOCH);
	t = fresh(0);
	file_make(&t, &w, with(WORLD_WITHDRAW, "camera", "tv"), &p);
	ck_assert_int_eq(decide(&d, &t, NULL), RC_PRODUCT);
	t = fresh(0);
	file_make(&t, &w, WORLD_WITHDRAW, &p);
	d.max_proof_age_s = 1;
	d.time = WORLD_NOW + 2;
	ck_assert_int_eq(decide(&d, &t, NULL), RC_PROOF_OLD);
	d.time = 1800000001; /* no `expires` of some release sticks to it */
	d.max_proof_age_s = 0;
	ck_assert_int_eq(decide(&d, &t, NULL), RC_OK);
}
END_TEST

/* ---- owners ----------------------------------------------------------- */

START_TEST(endorsement)
{
	const struct key *vendor[] = {&w.signer[0], &w.signer[1]};
	const struct key *owners[] = {&w.owner[1], &w.signer[0]};
	struct proof_spec p = {0};
	struct verify_device d = device();
	struct trust owner;
	struct verified out;
	struct text t = fresh(0), e = fresh(1);
	uint8_t id[32];

	ck_assert_int_eq(trust_read(&owner, (uint8_t *)w.owner_text,
			     strlen(w.owner_text), READER_DEVICE),
	    RC_OK);
	note_make(&e, WORLD_RELEASE, owners, 2);
	ck_assert_int_eq(decide_by(&owner, &d, e.p, e.n, &out), RC_OK);
	ck_assert_int_eq(out.kind, VERIFIED_ENDORSEMENT);
	ck_assert_uint_eq(out.signers, 1);
	memcpy(id, out.id, 32);
	/* the vendor's own file, on a device that has an owner */
	note_make(&t, WORLD_RELEASE, vendor, 2);
	proof_append(&t, &w, &p);
	d.owner = &owner;
	ck_assert_int_eq(decide(&d, &t, NULL), RC_ENDORSEMENT);
	d.endorsed = id;
	ck_assert_int_eq(decide(&d, &t, NULL), RC_OK);
	id[0] ^= 1;
	ck_assert_int_eq(decide(&d, &t, NULL), RC_ENDORSEMENT);
	/* a note without proof is no release, and a file no endorsement */
	d.owner = NULL;
	ck_assert_int_eq(decide(&d, &e, NULL), RC_QUORUM);
	ck_assert_int_eq(decide_by(&owner, &d, t.p, t.n, NULL), RC_TRAILING);
	t = fresh(0);
	note_make(&t, WORLD_RELEASE, vendor, 2);
	ck_assert_int_eq(decide(&d, &t, NULL), RC_TRUNCATED);
	ck_assert_int_eq(decide_by(&owner, &d, t.p, t.n, NULL), RC_QUORUM);
	/* of another vendor; of another kind */
	e = fresh(1);
	note_make(&e, with(WORLD_RELEASE, WORLD_NAME, "acme.example/other"),
	    owners, 1);
	ck_assert_int_eq(decide_by(&owner, &d, e.p, e.n, NULL), RC_AUTHORITY);
	e = fresh(1);
	note_make(&e, WORLD_WITHDRAW, owners, 1);
	ck_assert_int_eq(decide_by(&owner, &d, e.p, e.n, NULL), RC_KIND);
}
END_TEST

/* ---- limits ----------------------------------------------------------- */

START_TEST(limits)
{
	static uint8_t bytes[NOTE_BYTES_MAX + 10];
	struct verify_device d = device();
	struct trust none;
	struct verify_device many = device();

	memset(bytes, 'x', sizeof bytes);
	memcpy(bytes, "quorate/release@v1\n", 19);
	ck_assert_int_eq(
	    decide_by(&trust, &d, bytes, NOTE_BYTES_MAX, NULL), RC_TRUNCATED);
	ck_assert_int_eq(decide_by(&trust, &d, bytes, NOTE_BYTES_MAX + 1, NULL),
	    RC_NOTE_LONG);
	ck_assert_int_eq(decide_by(&trust, &d, "", 0, NULL), RC_TRUNCATED);
	ck_assert_int_eq(decide_by(&trust, &d, "\n", 1, NULL), RC_KIND);
	ck_assert_int_eq(decide_by(&trust, &d, "x\n", 2, NULL), RC_KIND);
	memset(&none, 0, sizeof none);
	ck_assert_int_eq(decide_by(&none, &d, "x", 1, NULL), RC_DEVICE);
	many.product_n = DEVICE_PRODUCTS_MAX + 1;
	ck_assert_int_eq(decide_by(&trust, &many, "x", 1, NULL), RC_DEVICE);
	many = d;
	many.component_n = DEVICE_COMPONENTS_MAX + 1;
	ck_assert_int_eq(decide_by(&trust, &many, "x", 1, NULL), RC_DEVICE);
}
END_TEST

/* ---- payloads --------------------------------------------------------- */

START_TEST(payload)
{
	struct proof_spec p = {0};
	struct verify_device d = device();
	struct text t = fresh(0);
	struct verified out;
	struct payload load;
	uint8_t digest[32];
	struct sha256 h;

	file_make(&t, &w, WORLD_RELEASE, &p);
	ck_assert_int_eq(decide(&d, &t, &out), RC_OK);
	ck_assert_int_eq(payload_init(&load, &out, 0), RC_MORE);
	ck_assert_int_eq(
	    payload_feed(&load, (const uint8_t *)"te", 2), RC_MORE);
	ck_assert_int_eq(
	    payload_feed(&load, (const uint8_t *)"st", 2), RC_MORE);
	ck_assert_int_eq(payload_finish(&load), RC_OK);
	ck_assert_int_eq(payload_init(&load, &out, 0), RC_MORE);
	ck_assert_int_eq(
	    payload_feed(&load, (const uint8_t *)"tes", 3), RC_MORE);
	ck_assert_int_eq(payload_finish(&load), RC_PAYLOAD_SHORT);
	ck_assert_int_eq(payload_init(&load, &out, 0), RC_MORE);
	ck_assert_int_eq(
	    payload_feed(&load, (const uint8_t *)"tests", 5), RC_PAYLOAD_LONG);
	ck_assert_int_eq(
	    payload_feed(&load, (const uint8_t *)"", 0), RC_PAYLOAD_LONG);
	ck_assert_int_eq(payload_finish(&load), RC_PAYLOAD_LONG);
	ck_assert_int_eq(payload_init(&load, &out, 0), RC_MORE);
	ck_assert_int_eq(
	    payload_feed(&load, (const uint8_t *)"tent", 4), RC_MORE);
	ck_assert_int_eq(payload_finish(&load), RC_PAYLOAD_DIGEST);
	ck_assert_int_eq(
	    payload_init(&load, &out, DEVICE_COMPONENTS_MAX), RC_COMPONENT);
	ck_assert_int_eq(payload_finish(&load), RC_COMPONENT);
	sha256_init(&h);
	sha256_update(&h, (const uint8_t *)"test", 4);
	sha256_final(&h, digest);
	ck_assert_int_eq(payload_is(&out, 0, 4, digest), RC_OK);
	ck_assert_int_eq(payload_is(&out, 0, 3, digest), RC_PAYLOAD_SHORT);
	ck_assert_int_eq(payload_is(&out, 0, 5, digest), RC_PAYLOAD_LONG);
	digest[31] ^= 0x80;
	ck_assert_int_eq(payload_is(&out, 0, 4, digest), RC_PAYLOAD_DIGEST);
	ck_assert_int_eq(payload_is(&out, 9, 4, digest), RC_COMPONENT);
	/* nothing that was refused has payloads */
	memset(&out, 0, sizeof out);
	ck_assert_int_eq(payload_init(&load, &out, 0), RC_COMPONENT);
	ck_assert_int_eq(payload_is(&out, 0, 0, digest), RC_COMPONENT);
}
END_TEST

/* A component that the device did not ask for is none of its payloads. */
START_TEST(payload_unasked)
{
	struct proof_spec p = {0};
	struct verify_device d = device();
	struct text t = fresh(0);
	struct verified out;
	struct payload load;
	uint8_t zero[32] = {0};

	file_make(&t, &w, WORLD_RELEASE, &p);
	ck_assert_int_eq(decide(&d, &t, &out), RC_OK);
	ck_assert_int_ne(payload_is(&out, 1, 0, zero), RC_OK);
	(void)!payload_init(&load, &out, 1);
	ck_assert_int_ne(payload_finish(&load), RC_OK);
}
END_TEST

START_TEST(key_check)
{
	uint8_t bad[32] = {2}; /* y = 2 is on no point of the curve */

	ck_assert_int_eq(ed25519_key_check(w.signer[0].pk), RC_OK);
	ck_assert_int_eq(ed25519_key_check(bad), RC_KEY_INVALID);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("decision");
	TCase *t = tcase_create("verify");

	if (!decision_begin())
		return EXIT_FAILURE;
	suite_add_tcase(suite, t);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, release);
	tcase_add_test(t, withdraw);
	tcase_add_loop_test(t, liberties, 0, 5);
	tcase_add_loop_test(t, trees, 1, 21);
	tcase_add_loop_test(t, refused, 0, REFUSALS);
	tcase_add_test(t, later_epoch);
	tcase_add_test(t, again);
	tcase_add_test(t, withdraw_refused);
	tcase_add_test(t, endorsement);
	tcase_add_test(t, limits);
	tcase_add_test(t, payload);
	tcase_add_test(t, payload_unasked);
	tcase_add_test(t, key_check);
	return suite_run(suite);
}
