/* SPDX-License-Identifier: Apache-2.0 */
/* signer/remind.c, under a clock of our own. */
#include "signer/remind.h"
#include "tests/unit/suite.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

static struct reminders table;
static uint64_t now;

static void
setup(void)
{
	memset(&table, 0, sizeof table);
	table.again_ms = 43200000;
	table.retry_ms = 60000;
	now = 1000;
}

static bool
add(unsigned i)
{
	struct notify_matter m = {.kind = "release", .sequence = i};

	snprintf(m.id, sizeof m.id, "%064u", i);
	return remind_add(&table, &m, now);
}

/* What is due now, or 0. */
static unsigned
due(void)
{
	uint64_t wait;
	const struct reminder *r = remind_due(&table, now, &wait);

	return r != NULL ? r->matter.sequence : 0;
}

static uint64_t
wait_of(void)
{
	uint64_t wait;

	(void)remind_due(&table, now, &wait);
	return wait;
}

static void
said(bool good)
{
	uint64_t wait;
	struct reminder *r = remind_due(&table, now, &wait);

	ck_assert_ptr_nonnull(r);
	remind_said(&table, r, good, now);
}

START_TEST(first_and_again)
{
	ck_assert_uint_eq(due(), 0);
	ck_assert_uint_eq(wait_of(), UINT64_MAX);
	add(1);
	add(2);
	add(1); /* offered again by the coordinator */
	ck_assert_uint_eq(due(), 1);
	said(true);
	ck_assert_uint_eq(due(), 2);
	said(true);
	ck_assert_uint_eq(due(), 0);
	ck_assert_uint_eq(wait_of(), 43200000);
	now += 43199999;
	add(1);
	ck_assert_uint_eq(due(), 0);
	now++;
	ck_assert_uint_eq(due(), 1);
	{
		uint64_t wait;
		struct reminder *r = remind_due(&table, now, &wait);

		ck_assert_uint_eq(r->told, 1);
		remind_drop(r); /* decided meanwhile */
	}
	ck_assert_uint_eq(due(), 2);
	said(true);
	now += 43200000;
	ck_assert_uint_eq(due(), 2); /* until it is */
}
END_TEST

START_TEST(once)
{
	table.again_ms = 0;
	add(1);
	said(true);
	ck_assert_uint_eq(wait_of(), UINT64_MAX);
}
END_TEST

START_TEST(failures)
{
	static const uint64_t pauses[] = {60000, 120000, 240000, 480000, 960000,
	    1920000, 3600000, 3600000, 3600000};

	add(1);
	for (unsigned i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
		said(false);
		ck_assert_uint_eq(wait_of(), pauses[i]);
		now += pauses[i];
	}
	for (unsigned i = 0; i < 200; i++) { /* for ever, and no overflow */
		said(false);
		now += REMIND_RETRY_MAX_MS;
	}
	said(true);
	ck_assert_uint_eq(wait_of(), 43200000);
	now += 43200000;
	said(false); /* the pauses begin again */
	ck_assert_uint_eq(wait_of(), 60000);
}
END_TEST

START_TEST(many)
{
	for (unsigned i = 1; i <= REMIND_MAX; i++) {
		ck_assert(!add(i));
		said(true);
		now++;
	}
	ck_assert(add(1000)); /* in the place of the first */
	ck_assert_uint_eq(due(), 1000);
	said(true);
	now += 43200000;
	ck_assert_uint_eq(due(), 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("remind");
	TCase *t = tcase_create("remind");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, first_and_again);
	tcase_add_test(t, once);
	tcase_add_test(t, failures);
	tcase_add_test(t, many);
	suite_add_tcase(s, t);
	return suite_run(s);
}
