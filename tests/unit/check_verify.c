/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify/verify.c, the decision: what is taken, what is refused and with
 * which result, however the bytes come. Built twice: for hosts, and with the
 * freestanding crypto and the buffer sizes of a device (check_verify_device),
 * so that both give the same verdicts.
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

/* ---- signature lines of the note -------------------------------------- */

static void
file_with_lines(const char *lines)
{
	file.n = 0;
	buf_put(&file, text.b, text.n);
	buf_printf(&file, "\n%s", lines);
	proof_put(&file, &proof);
}

START_TEST(signers_satisfy_the_quorum)
{
	struct key same = a.signer[1], wrong = a.signer[1];

	by = BY(&a.signer[0]);
	ck_assert_file(RC_QUORUM);
	by = BY(&a.signer[0], &a.signer[1], &a.signer[2]);
	ck_assert_file(RC_OK);
	by = BY(&a.signer[2], &a.signer[0]); /* any order */
	ck_assert_file(RC_OK);
	by = BY(&a.signer[0], &a.signer[3]); /* a stranger */
	ck_assert_file(RC_QUORUM);
	by = BY(&a.signer[0], &a.signer[3], &a.signer[1]);
	ck_assert_file(RC_OK);
	by = BY(&a.signer[3]);
	ck_assert_file(RC_QUORUM);
	by = BY(&a.root[0], &a.root[1], &a.root[2]); /* another role */
	ck_assert_file(RC_QUORUM);
	by = BY(&a.log[0], &a.signer[0]);
	ck_assert_file(RC_QUORUM);
	by = BY(&a.signer[0], &a.signer[0]);
	ck_assert_file(RC_SIGLINE_REPEATED);
	by = BY(&a.signer[0], &a.signer[1], &a.signer[0]);
	ck_assert_file(RC_SIGLINE_REPEATED);
	/* the pair decides: same name, other id; same id, other name */
	same.id[0] ^= 1;
	by = BY(&a.signer[0], &same, &a.signer[1]);
	ck_assert_file(RC_OK);
	by = BY(&a.signer[0], &same);
	ck_assert_file(RC_QUORUM);
	same = a.signer[1];
	strcpy(same.name, "acme.example/bob2");
	by = BY(&a.signer[0], &same);
	ck_assert_file(RC_QUORUM);
	/* a known pair that fails refuses beside any number of good ones */
	wrong.seed[0] ^= 1;
	by = BY(&a.signer[0], &a.signer[2], &wrong);
	ck_assert_file(RC_SIGNATURE_INVALID);
	by = BY(&wrong, &a.signer[0], &a.signer[2]);
	ck_assert_file(RC_SIGNATURE_INVALID);
}
END_TEST

START_TEST(known_lines_have_their_length)
{
	uint8_t blob[80] = {0};
	size_t n;

	note_make(&other, &text, &by);
	for (n = 5; n <= 80; n++) {
		struct buf *t = &file;

		t->n = 0;
		buf_put(t, other.b, other.n);
		memcpy(blob, a.signer[1].id, 4);
		buf_printf(t, "\xe2\x80\x94 %s ", a.signer[1].name);
		buf_base64(t, blob, n);
		buf_printf(t, "\n");
		proof_put(t, &proof);
		ck_assert_verdict(
		    n == 68 ? RC_SIGNATURE_INVALID : RC_SIGLINE_LENGTH);
	}
}
END_TEST

START_TEST(line_counts_have_their_limits)
{
	static struct key stranger[262];
	unsigned i, n;

	for (n = NOTE_SIGLINES_MAX - 1; n <= NOTE_SIGLINES_MAX + 1; n++) {
		note_make(&file, &text, &by);
		for (i = by.n; i < n; i++)
			buf_printf(&file, "\xe2\x80\x94 u AAAAAAA=\n");
		proof_put(&file, &proof);
		ck_assert_verdict(n <= 264 ? RC_OK : RC_SIGLINES_MANY);
	}
	/* a checkpoint: known and unknown lines alike */
	for (i = 0; i < 64; i++)
		key_make(&stranger[i], "stranger", 1, "stranger");
	for (n = 60; n <= 63; n++) {
		proof = proof_usual(&a);
		for (i = 0; i < n - 1; i++)
			proof.logs.k[1 + i] = &stranger[i];
		proof.logs.n = n;
		ck_assert_file(n + 2 <= 64 ? RC_OK : RC_SIGLINES_MANY);
	}
}
END_TEST

static const struct {
	const char *lines;
	enum rc rc;
} note_lines[] = {
    {"", RC_SIGLINE}, {"\xe2\x80\x94 u AAAAAAA=\n", RC_QUORUM},
    {"\xe2\x80\x94 u AAAA\n", RC_SIGLINE},     /* 3 bytes */
    {"\xe2\x80\x94 u AAAAAA==\n", RC_SIGLINE}, /* 4 bytes */
    {"\xe2\x80\x94 u AAAAAAB=\n", RC_SIGLINE}, /* not canonical */
    {"\xe2\x80\x94 u AAAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAA\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAAAA\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAA==\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAA=A\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAAA==\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAAA====\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAAAA===\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAA_=\n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAA= \n", RC_SIGLINE},
    {"\xe2\x80\x94 u AAAAAAA=\r\n", RC_SIGLINE},
    {"\xe2\x80\x94 u  AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94  u AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94 AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94u AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x93 u AAAAAAA=\n", RC_SIGLINE}, {"- u AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94 u+v AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94 \xc3\xa9 AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94 u\x7f AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x94 u\tv AAAAAAA=\n", RC_SIGLINE},
    {"\n\xe2\x80\x94 u AAAAAAA=\n", RC_SIGLINE}, /* two empty lines */
};

START_TEST(lines_have_one_spelling)
{
	file_with_lines(note_lines[_i].lines);
	ck_assert_verdict(note_lines[_i].rc);
}
END_TEST

START_TEST(names_and_blobs_of_lines_have_limits)
{
	char name[140];
	static uint8_t blob[4100];
	size_t n;

	for (n = 127; n <= 130; n++) {
		memset(name, 'n', n);
		name[n] = 0;
		note_make(&file, &text, &by);
		buf_printf(&file, "\xe2\x80\x94 %s AAAAAAA=\n", name);
		proof_put(&file, &proof);
		ck_assert_verdict(n <= 128 ? RC_OK : RC_SIGLINE);
	}
	for (n = 4094; n <= 4098; n++) {
		note_make(&file, &text, &by);
		buf_printf(&file, "\xe2\x80\x94 u ");
		buf_base64(&file, blob, n);
		buf_printf(&file, "\n");
		proof_put(&file, &proof);
		ck_assert_verdict(n <= 4096 ? RC_OK : RC_SIGLINE);
	}
}
END_TEST

/* Notes as long as they may be, by lines of strangers. */
static void
note_fill(size_t want)
{
	static uint8_t blob[4096];

	note_make(&file, &text, &by);
	while (file.n < want) {
		size_t left = want - file.n, name_n = 1;
		/* dash and space, name, space, base64, LF */
		size_t bytes = left > 5600 ? 3000 : (left - 7 - 1) / 4 * 3;

		if (bytes > 3072)
			bytes = 3072;
		while (6 + name_n + (bytes + 2) / 3 * 4 < left &&
		       left <= 5600 && name_n < 128)
			name_n++;
		buf_printf(&file, "\xe2\x80\x94 ");
		for (; name_n > 0; name_n--)
			buf_printf(&file, "n");
		buf_printf(&file, " ");
		buf_base64(&file, blob, bytes);
		buf_printf(&file, "\n");
	}
	ck_assert_uint_eq(file.n, want);
}

START_TEST(a_note_has_its_greatest_length)
{
	struct verified out;

	note_fill(NOTE_BYTES_MAX);
	proof_put(&file, &proof);
	ck_assert_int_eq(run(file.b, file.n, 0, 4096, &out), RC_OK);
	note_fill(NOTE_BYTES_MAX + 1);
	proof_put(&file, &proof);
	ck_assert_int_eq(run(file.b, file.n, 0, 4096, &out), RC_NOTE_LONG);
	ck_assert_int_eq(run(file.b, file.n, 0, 1, &out), RC_NOTE_LONG);
}
END_TEST

START_TEST(a_text_has_its_greatest_length)
{
	struct verified out;
	size_t want = VERIFY_TEXT_MAX, i;

	if (!SMALL)
		want = 60000;
	for (i = text.n; i < want; i++)
		buf_printf(&text, i == text.n ? "x" : "x");
	text.b[text.n - 1] = '\n';
	ck_assert_uint_eq(text.n, want);
	ck_assert_file(RC_OK);
	if (SMALL) {
		text.b[text.n - 1] = 'x';
		buf_printf(&text, "\n");
		ck_assert_file(RC_TEXT_LONG);
		/* a line that never ends, of any kind */
		file.n = 0;
	}
	for (i = 0; i < 70000; i++)
		file.b[i] = 'x';
	ck_assert_int_eq(run(file.b, 70000, 0, 70000, &out),
	    SMALL ? RC_TEXT_LONG : RC_NOTE_LONG);
}
END_TEST

/* ---- proof and checkpoint --------------------------------------------- */

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

/* ---- trust ------------------------------------------------------------ */

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
	tcase_add_test(t, signers_satisfy_the_quorum);
	tcase_add_test(t, known_lines_have_their_length);
	tcase_add_test(t, line_counts_have_their_limits);
	tcase_add_loop_test(t, lines_have_one_spelling, 0, COUNT(note_lines));
	tcase_add_test(t, names_and_blobs_of_lines_have_limits);
	tcase_add_test(t, a_note_has_its_greatest_length);
	tcase_add_test(t, a_text_has_its_greatest_length);
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
	tcase_add_test(t, a_clock_is_obeyed);
	tcase_add_test(t, proof_time_is_a_quorum_s);
	tcase_add_test(t, every_beginning_is_refused);
	tcase_add_test(t, nothing_may_follow);
	tcase_add_test(t, a_withdraw_is_taken);
	tcase_add_loop_test(
	    t, a_withdraw_is_refused_for_its_reason, 0, COUNT(withdraw_edits));
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
	tcase_add_test(t, an_owner_endorses);
	tcase_add_test(t, a_payload_is_exactly_the_released_one);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
