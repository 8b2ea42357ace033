/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log/store_runs.c against a list in memory: some hundred runs, so that
 * several levels are merged; hashes that are alone, that come often, and that
 * share their first bits.
 */
#include "tests/unit/log_help.h"

#include <stdio.h>
#include <unistd.h>

#include "log/store_runs.h"
#include "tests/unit/suite.h"

enum { RUNS = 8 * 8 * 8 + 8 * 3 + 5, EACH = 40, REFERENCES = RUNS * EACH };

static struct reference all[REFERENCES]; /* by index */
static char dir[] = "/tmp/check_store_runs.XXXXXX";
static struct db *db;
static uint64_t seed = 1;

static uint64_t
draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static uint64_t
some_hash(void)
{
	switch (draw() % 4) {
	case 0:
		return draw(); /* alone */
	case 1:
		return (draw() % 50) << 58 | 7; /* often, all over */
	case 2:
		return 0xabcdef0000000000 | draw() % 300; /* one part */
	default:
		return draw() % 2 ? 0 : UINT64_MAX;
	}
}

static void
begin(void)
{
	static const char *const steps[] = {RUN_TABLES};
	static const struct db_schema schema = {steps, 1};
	struct reference sorted[EACH];
	char path[64];
	unsigned i, r;

	strcpy(dir + sizeof dir - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/index.db", dir);
	ck_assert_rc(db_open(&db, path, &schema, 0, NULL), RC_OK);
	ck_assert_rc(db_begin(db), RC_OK);
	for (r = 0; r < RUNS; r++) {
		for (i = 0; i < EACH; i++)
			all[r * EACH + i] = (struct reference){
			    .hash = some_hash(), .index = r * EACH + i};
		memcpy(sorted, all + r * EACH, sizeof sorted);
		qsort(sorted, EACH, sizeof *sorted, reference_order);
		ck_assert_rc(runs_write(db, sorted, EACH), RC_OK);
	}
	ck_assert_rc(db_commit(db), RC_OK);
}

static void
end(void)
{
	char command[128];

	db_close(db);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static int64_t
count(const char *sql)
{
	struct db_query q = db_prepare(db, sql);
	int64_t n;

	ck_assert(db_row(&q));
	n = db_int64(&q, 0);
	ck_assert_rc(db_finish(&q), RC_OK);
	return n;
}

START_TEST(levels)
{
	ck_assert_int_eq(count("SELECT count(*) FROM run"), 1 + 3 + 5);
	ck_assert_int_eq(count("SELECT max(level) FROM run"), 3);
	ck_assert_int_eq(count("SELECT sum(length(refs)) FROM part"),
	    16 * REFERENCES);
	ck_assert_int_eq(count("SELECT count(*) FROM part WHERE id >> 24 NOT"
			       " IN (SELECT number FROM run)"),
	    0);
}
END_TEST

/* What the list says: the nth newest below, or what is left to count. */
static enum rc
expected(uint64_t hash, uint64_t below, uint64_t *nth, uint64_t *index)
{
	uint64_t i;

	for (i = below < REFERENCES ? below : REFERENCES; i-- > 0;)
		if (all[i].hash == hash && (*nth)-- == 0) {
			*index = i;
			return RC_OK;
		}
	return RC_MORE;
}

START_TEST(finding)
{
	uint64_t hash, below, nth, want_nth, index, want, found = 0;
	unsigned i;
	enum rc rc;

	for (i = 0; i < 3000; i++) {
		hash = i % 3 ? all[draw() % REFERENCES].hash : some_hash();
		below = draw() % (REFERENCES + REFERENCES / 8);
		nth = want_nth = i % 2 ? 0 : draw() % 400;
		index = want = 0;
		rc = expected(hash, below, &want_nth, &want);
		ck_assert_rc(runs_find(db, hash, below, &nth, &index), rc);
		ck_assert_uint_eq(index, want);
		if (rc == RC_MORE)
			ck_assert_uint_eq(nth, want_nth);
		found += rc == RC_OK;
	}
	ck_assert_uint_gt(found, 1000);
	ck_assert_uint_lt(found, 2900);
}
END_TEST

static void
hash_sum(void *context, uint64_t hash)
{
	uint64_t *sum = context;

	sum[0] += hash;
	sum[1]++;
}

START_TEST(each)
{
	uint64_t sum[2] = {0}, want = 0;
	unsigned i;

	for (i = 0; i < REFERENCES; i++)
		want += all[i].hash;
	ck_assert_rc(runs_each(db, hash_sum, sum), RC_OK);
	ck_assert_uint_eq(sum[1], REFERENCES);
	ck_assert_uint_eq(sum[0], want);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_runs");
	TCase *c = tcase_create("runs");

	tcase_add_unchecked_fixture(c, begin, end);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, levels);
	tcase_add_test(c, finding);
	tcase_add_test(c, each);
	suite_add_tcase(s, c);
	return suite_run(s);
}
