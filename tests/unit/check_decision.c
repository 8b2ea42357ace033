/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision, on real files: what is taken, and every refusal by its name.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/suite.h"
#include "tests/unit/world.h"
#include "verify/ed25519.h"
#include "verify/payload.h"
#include "verify/verify.h"

static struct world w;
static struct trust trust;
static uint8_t page[8192];

static struct slice
s(const char *string)
{
	return (struct slice){(const uint8_t *)string, strlen(string)};
}

/* A device that takes WORLD_RELEASE. */
static struct verify_device
device(void)
{
	struct verify_device d = {.product_n = 2,
	    .component_n = 1,
	    .time = WORLD_NOW,
	    .page = page,
	    .page_n = sizeof page};

	d.product[0] = (struct device_product){.name = s("acme.example/camera"),
	    .epoch = 1,
	    .floor = 30,
	    .sequence = 41};
	d.product[1] = (struct device_product){
	    .name = s("acme.example/radio"), .epoch = 1, .sequence = 7};
	d.component[0] = s("app");
	return d;
}

/* Bytes of a file under construction. */
static char file_bytes[2][200000];
static struct text
fresh(int which)
{
	struct text t;

	text_init(&t, file_bytes[which], sizeof file_bytes[which]);
	return t;
}

static enum rc
decide_by(const struct trust *t, const struct verify_device *d,
    const void *bytes, size_t n, struct verified *out)
{
	static struct verify v;
	struct verified zero, own;
	enum rc rc;

	memset(&zero, 0, sizeof zero);
	verify_init(&v, t, d);
	rc = verify_feed(&v, bytes, n);
	if (out == NULL)
		out = &own;
	memset(out, 0xaa, sizeof *out);
	if (rc != RC_MORE) { /* a refusal sticks */
		ck_assert_int_eq(verify_feed(&v, (const uint8_t *)"x", 1), rc);
		ck_assert_int_eq(verify_finish(&v, out), rc);
	} else {
		rc = verify_finish(&v, out);
	}
	if (rc != RC_OK)
		ck_assert_mem_eq(out, &zero, sizeof zero);
	ck_assert_int_eq(verify_finish(&v, &own),
	    rc == RC_OK ? RC_STATE : rc); /* decided once */
	return rc;
}

static enum rc
decide(
    const struct verify_device *d, const struct text *t, struct verified *out)
{
	return decide_by(&trust, d, t->p, t->n, out);
}

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

/* ---- signature lines -------------------------------------------------- */

static void
put_bad_line(struct text *t, const struct key *k, size_t blob_n)
{
	uint8_t blob[100] = {0};

	memcpy(blob, k->id, 4);
	put_blob_line(t, k->name, blob, blob_n);
}

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

/* ---- trust hops ------------------------------------------------------- */

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

/* Never without `recover`; N roots must also be a root quorum. */
START_TEST(recover)
{
	struct verify_device d = device();
	static char held_text[8192], text[8192];
	const struct key *some[] = {&w.root[1], &w.root[2]};
	const struct key *all[] = {&w.root[0], &w.root[1], &w.root[2]};
	char head[200], hex[65];
	struct trust held;
	uint8_t id[32];
	struct text t = fresh(0);

	d.person = VERIFY_PERSON;
	snprintf(held_text, sizeof held_text, "%s",
	    _i == 0 ? with(w.trust, "recover 2\n", "")
		    : with(w.trust,
			  "group board 2 dana emil frida\n"
			  "root-quorum board\nrecover 2\n",
			  "group x any emil frida\ngroup board all dana x\n"
			  "root-quorum board\nrecover 2\n"));
	ck_assert_int_eq(trust_read(&held, (uint8_t *)held_text,
			     strlen(held_text), READER_DEVICE),
	    RC_OK);
	text_id(id, held_text);
	hex_of(hex, id);
	snprintf(head, sizeof head, "revision 2\nprevious %s\n", hex);
	snprintf(text, sizeof text, "%s",
	    with(held_text, "revision 1\nprevious -\n", head));
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
	char head[200], hex[65];
	struct trust held;
	uint8_t id[32];
	struct text t = fresh(0);

	d.person = VERIFY_PERSON;
	snprintf(held_text, sizeof held_text, "%s",
	    with(w.trust, "recover 2\n", "recover 3\n"));
	ck_assert_int_eq(trust_read(&held, (uint8_t *)held_text,
			     strlen(held_text), READER_DEVICE),
	    RC_OK);
	text_id(id, held_text);
	hex_of(hex, id);
	snprintf(head, sizeof head, "revision 2\nprevious %s\n", hex);
	snprintf(text, sizeof text, "%s",
	    with(held_text, "revision 1\nprevious -\n", head));
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

	world_make(&w);
	if (trust_read(&trust, (uint8_t *)w.trust, strlen(w.trust),
		READER_DEVICE) != RC_OK)
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
	tcase_add_loop_test(t, note_lines, 0, 8);
	tcase_add_test(t, other_roles);
	tcase_add_loop_test(t, checkpoint_lines, 0, 11);
	tcase_add_loop_test(t, proof_grammar, 0, PROOFS);
	tcase_add_test(t, cuts);
	tcase_add_test(t, hop);
	tcase_add_loop_test(t, hop_refused, 0, HOPS);
	tcase_add_test(t, hop_previous);
	tcase_add_test(t, hop_introduced);
	tcase_add_loop_test(t, hop_roots, 0, 7);
	tcase_add_test(t, hop_two);
	tcase_add_loop_test(t, recover, 0, 2);
	tcase_add_test(t, recover_more);
	tcase_add_test(t, endorsement);
	tcase_add_test(t, limits);
	tcase_add_test(t, payload);
	tcase_add_test(t, payload_unasked);
	tcase_add_test(t, key_check);
	return suite_run(suite);
}
