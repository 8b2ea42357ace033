/* SPDX-License-Identifier: Apache-2.0 */
/* Notes and signature lines: where a note ends, whose a line is. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/world.h"

static char bytes[80000];

static struct text
fresh(void)
{
	struct text t;

	text_init(&t, bytes, sizeof bytes);
	return t;
}

static enum rc
sigline_of(struct sigline *l, const char *line, size_t n)
{
	enum rc rc = RC_MORE;
	size_t i;

	sigline_init(l);
	for (i = 0; rc == RC_MORE && i < n; i++)
		rc = sigline_feed(l, (uint8_t)line[i]);
	ck_assert(rc == RC_MORE || i == n || rc == RC_SIGLINE);
	return rc;
}

#define D "\xe2\x80\x94"
static const struct {
	const char *line;
	enum rc rc;
} siglines[] = {
    {D " a AAAAAAA=\n", RC_OK}, /* 5 bytes */
    {D " a AAAAAAAA\n", RC_OK},
    {D " a AAAAAAAAAA==\n", RC_OK},
    {D " a AAAAAA==\n", RC_SIGLINE}, /* 4 bytes */
    {D " a \n", RC_SIGLINE},
    {D " a\n", RC_SIGLINE},
    {D "\n", RC_SIGLINE},
    {"\n", RC_SIGLINE},
    {"- a AAAAAAA=\n", RC_SIGLINE},
    {"\xe2\x80\x93 a AAAAAAA=\n", RC_SIGLINE}, /* an en dash */
    {D "a AAAAAAA=\n", RC_SIGLINE},
    {D "  a AAAAAAA=\n", RC_SIGLINE},
    {D " a  AAAAAAA=\n", RC_SIGLINE},
    {D " a AAAAAAA= \n", RC_SIGLINE},
    {D " a AAAAAAA=\r\n", RC_SIGLINE},
    {D " a AAAAAAA\n", RC_SIGLINE},
    {D " a AAAAAAA==\n", RC_SIGLINE},
    {D " a AAAAAAA=A\n", RC_SIGLINE},
    {D " a AAAAAAB=\n", RC_SIGLINE}, /* a spare bit is set */
    {D " a AAAAAAAAAB==\n", RC_SIGLINE},
    {D " a AAAAAAAAAA=\n", RC_SIGLINE},
    {D " a AAAAAAAAA\n", RC_SIGLINE},
    {D " a AAAAAAAA=\n", RC_SIGLINE},
    {D " a AAAA-AA=\n", RC_SIGLINE},
    {D " a AAAA AAAA\n", RC_SIGLINE},
    {D " a+b AAAAAAA=\n", RC_SIGLINE},
    {D " \xc3\xa9 AAAAAAA=\n", RC_SIGLINE},
    {D " a\x7f AAAAAAA=\n", RC_SIGLINE},
    {D " A!~/:b AAAAAAA=\n", RC_OK},
    {D " a AAAAAAA=", RC_MORE},
};
enum { SIGLINES = sizeof siglines / sizeof siglines[0] };

START_TEST(lines)
{
	struct sigline l;

	ck_assert_int_eq(
	    sigline_of(&l, siglines[_i].line, strlen(siglines[_i].line)),
	    siglines[_i].rc);
}
END_TEST

/* 128 bytes of name and 4,096 of blob are taken, one more is not. */
START_TEST(line_limits)
{
	struct text t = fresh();
	uint8_t blob[4097];
	char name[130];
	struct sigline l;

	memset(blob, 7, sizeof blob);
	memset(name, 'n', sizeof name);
	name[128] = 0;
	put_blob_line(&t, name, blob, 4096);
	ck_assert_int_eq(sigline_of(&l, t.p, t.n), RC_OK);
	ck_assert_uint_eq(l.blob_n, 4096);
	ck_assert_uint_eq(l.name_n, 128);
	ck_assert_uint_eq(l.blob[75], 7);
	t = fresh();
	put_blob_line(&t, name, blob, 4097);
	ck_assert_int_eq(sigline_of(&l, t.p, t.n), RC_SIGLINE);
	name[128] = 'n';
	name[129] = 0;
	t = fresh();
	put_blob_line(&t, name, blob, 68);
	ck_assert_int_eq(sigline_of(&l, t.p, t.n), RC_SIGLINE);
}
END_TEST

START_TEST(whose)
{
	struct text t = fresh();
	struct key a, b, same;
	struct sigline l;
	struct vkey k;
	uint64_t time;

	key_make(&a, "alice.example", KEY_ED25519);
	key_make_tag(&same, "alice.example", KEY_ED25519, "another");
	key_make(&b, "bob.example", KEY_ED25519);
	put_line(&t, &a, "x\n", 2);
	ck_assert_int_eq(sigline_of(&l, t.p, t.n), RC_OK);
	k = (struct vkey){
	    .name = {(uint8_t *)a.name, strlen(a.name)}, .type = KEY_ED25519};
	memcpy(k.id, a.id, 4);
	memcpy(k.key, a.pk, 32);
	ck_assert(sigline_by(&l, &k));
	ck_assert_int_eq(
	    sigline_verify(&l, &k, (uint8_t *)"x\n", 2, &time), RC_OK);
	ck_assert_int_eq(sigline_verify(&l, &k, (uint8_t *)"y\n", 2, &time),
	    RC_SIGNATURE_INVALID);
	memcpy(k.id, same.id, 4);
	ck_assert(!sigline_by(&l, &k));
	memcpy(k.id, a.id, 4);
	k.name.n--;
	ck_assert(!sigline_by(&l, &k));
	k.name = (struct slice){(uint8_t *)b.name, strlen(b.name)};
	ck_assert(!sigline_by(&l, &k));
	l.blob_n = 67;
	ck_assert_int_eq(sigline_verify(&l, &k, (uint8_t *)"x\n", 2, &time),
	    RC_SIGLINE_LENGTH);
	l.blob_n = 76;
	ck_assert_int_eq(sigline_verify(&l, &k, (uint8_t *)"x\n", 2, &time),
	    RC_SIGLINE_LENGTH);
}
END_TEST

/* A cosignature states its time, which its signature covers. */
START_TEST(cosignature)
{
	static const uint64_t times[] = {1, WORLD_NOW, ((uint64_t)1 << 53) - 1,
	    0, (uint64_t)1 << 53, UINT64_MAX};
	static const char head[] = "log.example\n1\nAAAA\n";
	uint8_t room[COSIGNATURE_HEAD_MAX + sizeof head];
	struct text t = fresh();
	struct sigline l;
	struct key w;
	struct vkey k = {.type = KEY_COSIGNATURE};
	uint64_t time = 0;
	enum rc rc;

	key_make(&w, "w1.example/w", KEY_COSIGNATURE);
	memcpy(k.key, w.pk, 32);
	memset(room, 0xaa, sizeof room);
	memcpy(room + COSIGNATURE_HEAD_MAX, head, sizeof head);
	put_cosignature(&t, &w, head, sizeof head - 1, times[_i]);
	ck_assert_int_eq(sigline_of(&l, t.p, t.n), RC_OK);
	rc = sigline_verify(
	    &l, &k, room + COSIGNATURE_HEAD_MAX, sizeof head - 1, &time);
	ck_assert_int_eq(rc, _i < 3 ? RC_OK : RC_SIGNATURE_INVALID);
	if (rc != RC_OK)
		return;
	ck_assert_uint_eq(time, times[_i]);
	l.blob[11] ^= 1;
	ck_assert_int_eq(sigline_verify(&l, &k, room + COSIGNATURE_HEAD_MAX,
			     sizeof head - 1, &time),
	    RC_SIGNATURE_INVALID);
	l.blob_n = 68;
	ck_assert_int_eq(sigline_verify(&l, &k, room + COSIGNATURE_HEAD_MAX,
			     sizeof head - 1, &time),
	    RC_SIGLINE_LENGTH);
}
END_TEST

/* The head's longest form fits where its contract says. */
START_TEST(cosignature_room)
{
	uint8_t room[COSIGNATURE_HEAD_MAX + 1];

	ck_assert_uint_eq(cosignature_head(room + COSIGNATURE_HEAD_MAX,
			      ((uint64_t)1 << 53) - 1),
	    strlen("cosignature/v1\ntime 9007199254740991\n"));
	ck_assert_uint_eq(cosignature_head(room + COSIGNATURE_HEAD_MAX, 0),
	    strlen("cosignature/v1\ntime 0\n"));
}
END_TEST

/* ---- notes
 * ---------------------------------------------------------------------- */

#define L1 D " a AAAAAAA=\n"
#define L2 D " b AAAAAAA=\n"
static const struct {
	const char *bytes;
	enum rc whole, file;
	size_t rest; /* of a file that is taken */
} notes[] = {
    {"x\n\n" L1, RC_OK, RC_OK, 18},
    {"x\n\n" L1 L2, RC_OK, RC_OK, 33},
    {"x\ny\n\n" L1, RC_OK, RC_OK, 20},
    {"\n\n" L1, RC_OK, RC_OK, 17},
    {"x\n\n" L1 "\n", RC_TRAILING, RC_OK, 19},
    {"x\n\n" L1 "\nproof", RC_TRAILING, RC_OK, 19},
    {"x\n\n" L1 "y", RC_SIGLINE, RC_SIGLINE, 0},
    {"x\n\n" L1 "\xe2", RC_TRUNCATED, RC_TRUNCATED, 0},
    {"x\n\n" D " a AAAAAAA=", RC_TRUNCATED, RC_TRUNCATED, 0},
    {"x\n\n", RC_SIGLINE, RC_SIGLINE, 0},
    {"x\n\n\n" L1, RC_SIGLINE, RC_SIGLINE, 0},
    {"x\n", RC_TRUNCATED, RC_TRUNCATED, 0},
    {"x", RC_TRUNCATED, RC_TRUNCATED, 0},
    {"", RC_TRUNCATED, RC_TRUNCATED, 0},
    {"x\n" L1, RC_TRUNCATED, RC_TRUNCATED, 0},
};
enum { NOTES = sizeof notes / sizeof notes[0] };

START_TEST(split)
{
	const uint8_t *p = (const uint8_t *)notes[_i].bytes;
	size_t n = strlen(notes[_i].bytes), rest;
	struct note note;

	ck_assert_int_eq(note_split(&note, p, n), notes[_i].whole);
	ck_assert_int_eq(note_split_file(&note, &rest, p, n), notes[_i].file);
	if (notes[_i].file == RC_OK)
		ck_assert_uint_eq(rest, notes[_i].rest);
}
END_TEST

START_TEST(split_lines)
{
	const char *n = "x\n\n" L1 L2;
	struct sigline l;
	struct note note;
	struct slice raw;
	uint8_t id[32], want[32];

	ck_assert_int_eq(
	    note_split(&note, (const uint8_t *)n, strlen(n)), RC_OK);
	ck_assert_uint_eq(note.line_n, 2);
	ck_assert_uint_eq(note.text_n, 2);
	note_line(&note, 1, &l, &raw);
	ck_assert_int_eq(l.name[0], 'b');
	ck_assert(slice_is(raw, L2));
	note_line(&note, 0, &l, NULL);
	ck_assert_int_eq(l.name[0], 'a');
	note_id(id, &note);
	text_id(want, "x\n");
	ck_assert_mem_eq(id, want, 32);
}
END_TEST

START_TEST(split_limits)
{
	struct text t = fresh();
	struct note note;
	unsigned i;
	size_t n;

	text_string(&t, "x\n\n");
	for (i = 0; i < NOTE_SIGLINES_MAX; i++)
		text_string(&t, L1);
	ck_assert_int_eq(note_split(&note, (uint8_t *)t.p, t.n), RC_OK);
	ck_assert_uint_eq(note.line_n, NOTE_SIGLINES_MAX);
	text_string(&t, L1);
	ck_assert_int_eq(
	    note_split(&note, (uint8_t *)t.p, t.n), RC_SIGLINES_MANY);
	/* 61,440 bytes, and one more */
	n = NOTE_BYTES_MAX - strlen("\n\n" L1);
	memset(bytes, 'x', n);
	memcpy(bytes + n, "\n\n" L1, strlen("\n\n" L1));
	ck_assert_int_eq(
	    note_split(&note, (uint8_t *)bytes, NOTE_BYTES_MAX), RC_OK);
	memset(bytes, 'x', n + 1);
	memcpy(bytes + n + 1, "\n\n" L1, strlen("\n\n" L1));
	ck_assert_int_eq(
	    note_split(&note, (uint8_t *)bytes, NOTE_BYTES_MAX + 1),
	    RC_NOTE_LONG);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("note");
	TCase *t = tcase_create("note");
	SRunner *r = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, t);
	tcase_add_loop_test(t, lines, 0, SIGLINES);
	tcase_add_test(t, line_limits);
	tcase_add_test(t, whose);
	tcase_add_loop_test(t, cosignature, 0, 6);
	tcase_add_test(t, cosignature_room);
	tcase_add_loop_test(t, split, 0, NOTES);
	tcase_add_test(t, split_lines);
	tcase_add_test(t, split_limits);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
