/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify/record.c: the bytes of the table, every refusal, and that nothing
 * makes the floor fall.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include "tests/unit/suite.h"
#include "verify/payload.h"
#include "verify/record.h"

static struct record
some(void)
{
	struct record r = {.generation = 7,
	    .epoch = 2,
	    .floor = 40,
	    .tries = 1,
	    .good = 0,
	    .trial = 1,
	    .state = RECORD_TRYING,
	    .page = 1,
	    .trust_n = 1025,
	    .image = {{2, 41, 40, 70000, {1}, {2}}, {2, 43, 42, 65537, {3}, {4}}}};

	memset(r.trust_id, 0xaa, 32);
	return r;
}

/* Encode, change bytes, make the check good again, decode. */
static enum rc
changed(size_t at, uint8_t to)
{
	struct record r = some();
	uint8_t b[RECORD_SIZE], check[32];
	struct sha256 s;

	record_encode(b, &r);
	b[at] = to;
	sha256_init(&s);
	sha256_update(&s, b, RECORD_SIZE - 8);
	sha256_final(&s, check);
	memcpy(b + RECORD_SIZE - 8, check, 8);
	return record_decode(&r, b);
}

START_TEST(bytes_of_the_table)
{
	struct record r = some(), again;
	uint8_t b[RECORD_SIZE];

	record_encode(b, &r);
	ck_assert_mem_eq(b, "QR1\1\0\0\0\7\0\0\0\2\0\0\0\x28\0\1\x5c\1\4\1\0\0",
	    24);
	ck_assert_mem_eq(b + 88, "\0\0\0\2\0\0\0\x29\0\0\0\x28\0\1\x11\x70\1", 17);
	ck_assert_mem_eq(b + 168, "\0\0\0\2\0\0\0\x2b\0\0\0\x2a\0\1\0\1\3", 17);
	ck_assert(record_decode(&again, b) == RC_OK);
	ck_assert_mem_eq(&again, &r, sizeof r);
}
END_TEST

START_TEST(every_bit_counts)
{
	struct record r = some();
	uint8_t b[RECORD_SIZE];
	size_t i;

	record_encode(b, &r);
	for (i = 0; i < 8 * sizeof b; i++) {
		b[i / 8] ^= (uint8_t)(1u << i % 8);
		ck_assert(record_decode(&r, b) == RC_RECORD);
		ck_assert_uint_eq(r.generation, 0);
		b[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	memset(b, 0, sizeof b);
	ck_assert(record_decode(&r, b) == RC_RECORD);
	memset(b, 0xff, sizeof b);
	ck_assert(record_decode(&r, b) == RC_RECORD);
}
END_TEST

START_TEST(contradictions_are_refused)
{
	struct record r = some();
	uint8_t b[RECORD_SIZE];

	ck_assert(changed(3, 9) == RC_OK);
	ck_assert(changed(2, '2') == RC_RECORD);  /* another version */
	ck_assert(changed(7, 0) == RC_RECORD);    /* generation 0 */
	ck_assert(changed(16, 2) == RC_RECORD);   /* no such slot */
	ck_assert(changed(16, 1) == RC_RECORD);   /* good and on trial */
	ck_assert(changed(17, 0xff) == RC_RECORD); /* a state without trial */
	ck_assert(changed(18, 0) == RC_RECORD);   /* a trial without state */
	ck_assert(changed(18, 0x36) == RC_RECORD);
	ck_assert(changed(19, 2) == RC_RECORD); /* a third page */
	ck_assert(changed(60, 1) == RC_RECORD); /* an owner without a page */
	r.image[1].size = 0;                    /* and other fields not zero */
	record_encode(b, &r);
	ck_assert(record_decode(&r, b) == RC_RECORD);
	r = some();
	memset(&r.image[1], 0, sizeof r.image[1]); /* trial without an image */
	record_encode(b, &r);
	ck_assert(record_decode(&r, b) == RC_RECORD);
	r = some();
	r.trust_n = 0;
	record_encode(b, &r);
	ck_assert(record_decode(&r, b) == RC_RECORD);
}
END_TEST

START_TEST(the_newer_valid_copy)
{
	struct record r = some(), out;
	uint8_t a[RECORD_SIZE], b[RECORD_SIZE];

	record_encode(a, &r);
	r.generation = 8;
	record_encode(b, &r);
	ck_assert(record_pick(&out, a, b) == RC_OK);
	ck_assert_uint_eq(out.generation, 8);
	ck_assert(record_pick(&out, b, a) == RC_OK);
	ck_assert_uint_eq(out.generation, 8);
	b[200] ^= 1;
	ck_assert(record_pick(&out, a, b) == RC_OK);
	ck_assert_uint_eq(out.generation, 7);
	ck_assert(record_pick(&out, b, a) == RC_OK);
	ck_assert_uint_eq(out.generation, 7);
	a[0] ^= 1;
	ck_assert(record_pick(&out, a, b) == RC_RECORD);
}
END_TEST

START_TEST(the_floor_only_rises)
{
	struct record r = some();

	record_raise(&r, 2, 39);
	ck_assert_uint_eq(r.floor, 40);
	record_raise(&r, 1, 90);
	ck_assert(r.epoch == 2 && r.floor == 40);
	record_raise(&r, 2, 41);
	ck_assert_uint_eq(r.floor, 41);
	record_raise(&r, 3, 1);
	ck_assert(r.epoch == 3 && r.floor == 1);
	ck_assert(record_allows(&r, 3, 1) && record_allows(&r, 4, 1));
	ck_assert(!record_allows(&r, 2, 90) && !record_allows(&r, 3, 0));
	r = some();
	r.epoch = 1; /* the trial is of the next epoch, and its floor 42 */
	r.floor = 99;
	record_confirm(&r);
	ck_assert(r.epoch == 2 && r.floor == 42);
	ck_assert(r.good == 1 && r.trial == RECORD_NONE);
	ck_assert(r.state == RECORD_IDLE && r.tries == 0);
	r = some();
	r.floor = 50; /* a withdraw came between */
	record_confirm(&r);
	ck_assert(r.epoch == 2 && r.floor == 50);
}
END_TEST

START_TEST(what_the_decision_is_told)
{
	struct record r = some();
	struct device_product p;
	struct verified v;

	record_product(&p, &r);
	ck_assert(p.epoch == 2 && p.floor == 40 && p.sequence == 41);
	ck_assert_mem_eq(p.id, r.image[0].id, 32);
	r.image[0].epoch = 1; /* of an earlier count */
	record_product(&p, &r);
	ck_assert(p.epoch == 2 && p.floor == 40 && p.sequence == 0);
	r.good = RECORD_NONE;
	r.image[0].epoch = 2;
	record_product(&p, &r);
	ck_assert_uint_eq(p.sequence, 0);
	record_verified(&v, &r.image[1]);
	ck_assert(payload_is(&v, 0, 65537, r.image[1].sha256) == RC_OK);
	ck_assert(payload_is(&v, 0, 65536, r.image[1].sha256) ==
		  RC_PAYLOAD_SHORT);
	ck_assert(payload_is(&v, 0, 65537, r.image[0].sha256) ==
		  RC_PAYLOAD_DIGEST);
	ck_assert(payload_is(&v, 1, 65537, r.image[1].sha256) == RC_COMPONENT);
}
END_TEST

START_TEST(the_golden_record)
{
	uint8_t b[RECORD_SIZE + 1];
	struct record r;
	FILE *f = fopen(QUORATE_SOURCE "/tests/vectors/golden/record.bin", "rb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fread(b, 1, sizeof b, f), RECORD_SIZE);
	fclose(f);
	ck_assert(record_decode(&r, b) == RC_OK);
	ck_assert(r.state == RECORD_PENDING && r.good == 0 && r.trial == 1);
	ck_assert(r.image[1].sequence == 7 && r.image[1].floor == 5);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("record");
	TCase *t = tcase_create("record");

	tcase_add_test(t, bytes_of_the_table);
	tcase_add_test(t, every_bit_counts);
	tcase_add_test(t, contradictions_are_refused);
	tcase_add_test(t, the_newer_valid_copy);
	tcase_add_test(t, the_floor_only_rises);
	tcase_add_test(t, what_the_decision_is_told);
	tcase_add_test(t, the_golden_record);
	suite_add_tcase(s, t);
	return suite_run(s);
}
