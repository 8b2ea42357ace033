/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks and bits. One result however a file is cut; and of all changes of
 * one bit exactly those are taken that lie in the name or key id of a
 * signature line under the checkpoint that is not needed, and make it a
 * well-formed line of somebody unknown.
 */
#include <stdio.h>
#include "tests/unit/decide_help.h"
#include "tests/unit/suite.h"

/* Every n-th split and bit only, of all but the first file, where that is
 * slow: under sanitizers, and with the devices' arithmetic. */
#ifdef __SANITIZE_ADDRESS__
enum { THIN = SMALL ? 20 : 7, THIN_FIRST = SMALL ? 7 : 1 };
#else
enum { THIN = SMALL ? 3 : 1, THIN_FIRST = 1 };
#endif

/* ---- files of every kind, taken and refused --------------------------- */

static void
release(void)
{
	file_make(&file, &text, &by, &proof);
}

static void
release_long_path(void)
{
	proof.size = (1u << 24) - 1;
	proof.index = 77;
	proof.cosigners = BY(&a.witness[0], &a.witness[1], &a.mirror);
	file_make(&file, &text, &by, &proof);
}

static void
withdraw(void)
{
	withdraw_text(&text);
	file_make(&file, &text, &by, &proof);
}

static void
trust_hop(void)
{
	hop("epoch 1", "epoch 2");
	file_make(&file, &text, &by, &proof);
}

static void
recovery(void)
{
	hop("text-max 1536\n", "");
	device.person = VERIFY_PERSON;
	note_make(&file, &text, &by);
}

static void
endorsement(void)
{
	owner_make();
	held = owner;
	by = BY(&owner_key[0], &owner_key[1]);
	note_make(&file, &text, &by);
}

/* Refused at one stage after the other. */
static void
rollback(void)
{
	device.product[0].sequence = 9;
	device.product[0].floor = 8;
	release();
}

static void
one_signer(void)
{
	by = BY(&a.signer[1]);
	release();
}

static void
one_witness(void)
{
	proof.cosigners = BY(&a.witness[0], &a.witness[1]);
	release();
}

static void
wrong_leaf(void)
{
	proof.index = 4;
	release();
	buf_swap(&file, "index 4", "index 2");
}

static void
expired(void)
{
	buf_swap(&text, "about", "expires 1700000001\nabout");
	device.time = 1700000002;
	release();
}

static void
trailing(void)
{
	release();
	buf_put(&file, "x", 1);
}

static void
hop_too_far(void)
{
	hop("revision 2", "revision 3");
	file_make(&file, &text, &by, &proof);
}

static const struct {
	const char *name;
	void (*make)(void);
	enum rc rc;
} kinds[] = {
    {"release", release, RC_OK},
    {"release with 24 hashes", release_long_path, RC_OK},
    {"withdraw", withdraw, RC_OK},
    {"trust", trust_hop, RC_OK},
    {"trust by recover", recovery, RC_OK},
    {"endorsement", endorsement, RC_OK},
    {"rollback", rollback, RC_SEQUENCE_LOW},
    {"one signer", one_signer, RC_QUORUM},
    {"no mirror", one_witness, RC_WITNESS_QUORUM},
    {"another leaf", wrong_leaf, RC_INCLUSION},
    {"expired", expired, RC_EXPIRED},
    {"a byte more", trailing, RC_SIGLINE},
    {"hop too far", hop_too_far, RC_REVISION},
};
#define COUNT(x) (sizeof(x) / sizeof(x)[0])

/* ---- chunks ----------------------------------------------------------- */

static struct verified whole;
static uint8_t whole_page[sizeof page];

static void
same(enum rc want, enum rc got, const struct verified *out)
{
	ck_assert_int_eq(got, want);
	ck_assert_mem_eq(out, &whole, sizeof whole);
	if (want == RC_OK) /* a refusal leaves nothing to use in the page */
		ck_assert_mem_eq(page, whole_page, sizeof page);
}

/* Cuts at random, with pieces of no bytes among them. */
static enum rc
run_random(uint64_t *seed, struct verified *out)
{
	static struct verify v;
	size_t at = 0;

	memset(page, 0xee, sizeof page);
	verify_init(&v, &held, &device);
	while (at < file.n) {
		static const size_t most[] = {2, 5, 40, 64, 300, 1500};
		uint64_t x = *seed = *seed * 6364136223846793005u + 1;
		size_t n = (size_t)(x >> 33) % most[(x >> 20) % COUNT(most)];

		if (n > file.n - at)
			n = file.n - at;
		(void)!verify_feed(&v, (const uint8_t *)file.b + at, n);
		at += n;
	}
	return verify_finish(&v, out);
}

START_TEST(one_result_however_it_is_cut)
{
	struct verified out;
	uint64_t seed = (uint64_t)_i + 1;
	size_t i;
	enum rc rc = kinds[_i].rc;
	unsigned cuts = 0;

	kinds[_i].make();
	ck_assert_int_eq(run(file.b, file.n, 0, file.n, &whole), rc);
	memcpy(whole_page, page, sizeof page);
	for (i = 1; i < file.n; i += _i == 0 ? THIN_FIRST : THIN, cuts++)
		same(rc, run(file.b, file.n, i, file.n, &out), &out);
	for (i = 1; i < 80; i++, cuts++)
		same(rc, run(file.b, file.n, 0, i, &out), &out);
	for (i = 0; i < 300 / THIN_FIRST; i++, cuts++)
		same(rc, run_random(&seed, &out), &out);
	printf("%s: %zu bytes, %u ways to cut, always %d\n", kinds[_i].name,
	    file.n, cuts, (int)rc);
}
END_TEST

/* ---- bits ------------------------------------------------------------- */

/* A line under the checkpoint, where it stands, and whether the file would
 * be taken without it. */
struct spare {
	const char *name;
	size_t name_at, name_n, id_at;
	bool needed;
};

/* By removing the line and asking, so that nobody marks his own work. */
static size_t
spares_find(struct spare spare[static 8])
{
	static struct buf all;
	struct verified out;
	size_t n = 0, at;

	all = file;
	at = (size_t)(strstr(file.b, "c2sp.org/tlog-proof") - file.b);
	while (at < all.n) {
		size_t end = at;

		while (all.b[end] != '\n')
			end++;
		end++;
		if (memcmp(all.b + at, "\xe2\x80\x94 ", 4) == 0) {
			struct spare *s = &spare[n++];

			ck_assert_uint_le(n, 8);
			s->name_at = at + 4;
			s->name = all.b + s->name_at;
			s->name_n = strcspn(s->name, " ");
			s->id_at = s->name_at + s->name_n + 1;
			memmove(file.b + at, file.b + end, all.n - end);
			s->needed = run(file.b, all.n - (end - at), 0, all.n,
					&out) != RC_OK;
			file = all;
		}
		at = end;
	}
	return n;
}

/* The first four bytes that six characters of base64 spell. */
static bool
key_id_of(uint8_t id[static 4], const char *six)
{
	char eight[9];
	uint8_t b[6];
	size_t n;

	memcpy(eight, six, 6);
	for (n = 0; n < 6; n++)
		if (six[n] < 0) /* libsodium minds only ASCII */
			return false;
	strcpy(eight + 6, "AA");
	if (sodium_base642bin(b, sizeof b, eight, 8, NULL, &n, NULL,
		sodium_base64_VARIANT_ORIGINAL) != 0)
		return false;
	memcpy(id, b, 4);
	return true;
}

/* Whether the changed byte at `at` only makes an unneeded line a stranger's. */
static bool
bit_is_free(const struct spare *spare, size_t n, size_t at, char was)
{
	uint8_t before[4], after[4];
	char six[6], c = file.b[at];

	for (; n-- > 0; spare++) {
		if (spare->needed)
			continue;
		if (at >= spare->name_at && at < spare->name_at + spare->name_n)
			return c > ' ' && c <= '~' && c != '+';
		if (at < spare->id_at || at >= spare->id_at + sizeof six)
			continue;
		memcpy(six, file.b + spare->id_at, sizeof six);
		if (!key_id_of(after, six))
			return false;
		six[at - spare->id_at] = was;
		ck_assert(key_id_of(before, six));
		return memcmp(before, after, sizeof before) != 0;
	}
	return false;
}

static void
bits(unsigned step, unsigned *taken, unsigned *wanted)
{
	struct spare spare[8];
	struct verified out;
	size_t n = spares_find(spare), at, k;

	*taken = *wanted = 0;
	printf("%zu bytes; under the checkpoint:", file.n);
	for (k = 0; k < n; k++)
		printf(" %.*s (%s)", (int)spare[k].name_n, spare[k].name,
		    spare[k].needed ? "needed" : "not needed");
	printf("\n");
	for (at = 0; at < file.n; at++) {
		char was = file.b[at], list[9] = "";
		unsigned list_n = 0, bit;

		for (bit = 0; bit < 8; bit++) {
			bool want;
			enum rc rc;

			if ((at * 8 + bit) % step != 0)
				continue;
			file.b[at] = (char)(was ^ 1 << bit);
			want = bit_is_free(spare, n, at, was);
			rc = run(file.b, file.n, 0, file.n, &out);
			ck_assert_msg(want == (rc == RC_OK),
			    "byte %zu bit %u: %d", at, bit, (int)rc);
			*wanted += want;
			*taken += rc == RC_OK;
			if (rc == RC_OK)
				list[list_n++] = file.b[at];
			file.b[at] = was;
		}
		list[list_n] = 0;
		if (list_n > 0)
			printf("byte %zu: %c taken as %s\n", at, was, list);
	}
	ck_assert_uint_eq(*taken, *wanted);
	printf("%zu bits changed, %u taken\n", file.n * 8 / step, *taken);
}

/* Two logs of one origin sign, and three cosigners of which one would do. */
START_TEST(exactly_the_bits_of_spare_lines)
{
	unsigned taken, wanted;

	log_add(&a.log[1]);
	buf_swap(&held_text,
	    "group w any w1 w2\ngroup both all w m1\n"
	    "witness-quorum both",
	    "group w any w1 w2 m1\nwitness-quorum w");
	held_read();
	proof.size = 2;
	proof.index = 1;
	proof.logs = BY(&a.log[0], &a.log[1]);
	proof.cosigners = BY(&a.witness[0], &a.witness[1]);
	release();
	bits(THIN_FIRST, &taken, &wanted);
	/* four lines; the names alone are more than 60 bytes */
	ck_assert_uint_gt(taken, 400 / THIN_FIRST);
}
END_TEST

/* w2's cosignature is there beside w1's; m1's and the log's are needed. */
START_TEST(a_needed_line_has_no_free_bit)
{
	unsigned taken, wanted;

	proof.cosigners = BY(&a.witness[0], &a.witness[1], &a.mirror);
	release();
	bits(THIN, &taken, &wanted);
	ck_assert_uint_gt(taken, 100 / THIN);
	ck_assert_uint_lt(taken, 400);
}
END_TEST

/* With one line of each nothing may change, in no kind of file. */
START_TEST(without_spare_lines_every_bit_counts)
{
	static void (*const make[])(void) = {
	    release, withdraw, trust_hop, recovery, endorsement};
	unsigned taken, wanted;

	make[_i]();
	bits(_i == 0 ? THIN : 5 * THIN + 2, &taken, &wanted);
	ck_assert_uint_eq(taken, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cuts");
	TCase *t = tcase_create("cuts");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 900);
	tcase_add_loop_test(
	    t, one_result_however_it_is_cut, 0, COUNT(kinds));
	tcase_add_test(t, exactly_the_bits_of_spare_lines);
	tcase_add_test(t, a_needed_line_has_no_free_bit);
	tcase_add_loop_test(t, without_spare_lines_every_bit_counts, 0, 5);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
