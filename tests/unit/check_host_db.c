/* SPDX-License-Identifier: Apache-2.0 */
/* host/db.h: durable, strict, and refusing what a newer program wrote. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/db.h"
#include "tests/unit/suite.h"

static const char *const steps[] = {
    "CREATE TABLE head (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, "
    "root BLOB NOT NULL CHECK (length(root) = 4)) STRICT;",
    "CREATE TABLE child (origin TEXT NOT NULL REFERENCES head) STRICT;"
    "INSERT INTO head VALUES ('seed', 0, x'00000000');",
    "CREATE TABLE third (x INTEGER) STRICT"};
static const struct db_schema v1 = {steps, 1}, v2 = {steps, 2}, v3 = {steps, 3};

static char dir[64], path[128];
static struct why why;
static struct db *db;

static void
setup(void)
{
	strcpy(dir, "/tmp/quorate-check-XXXXXX");
	ck_assert_ptr_ne(mkdtemp(dir), NULL);
	snprintf(path, sizeof path, "%s/db", dir);
	memset(&why, 0, sizeof why);
	ck_assert_int_eq(db_open(&db, path, &v2, 0, &why), RC_OK);
}

static void
teardown(void)
{
	char command[128];

	db_close(db);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static enum rc
head_insert(const char *origin, int64_t size, const char *root, size_t root_n)
{
	struct db_query q = db_prepare(db,
	    "INSERT INTO head VALUES (?1, ?2, ?3)");

	db_bind_text(&q, 1, origin, strlen(origin));
	db_bind_int64(&q, 2, size);
	db_bind_blob(&q, 3, root, root_n);
	return db_finish(&q);
}

static int64_t
head_count(void)
{
	struct db_query q = db_prepare(db, "SELECT count(*) FROM head");
	int64_t n = db_row(&q) ? db_int64(&q, 0) : -1;

	ck_assert_int_eq(db_finish(&q), RC_OK);
	return n;
}

START_TEST(settings_are_ours)
{
	static const char *const pragmas[][2] = {{"PRAGMA journal_mode", "wal"},
	    {"PRAGMA synchronous", "2"}, {"PRAGMA foreign_keys", "1"},
	    {"PRAGMA trusted_schema", "0"}, {"PRAGMA user_version", "2"}};
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof pragmas / sizeof pragmas[0]; i++) {
		struct db_query q = db_prepare(db, pragmas[i][0]);

		ck_assert(db_row(&q));
		ck_assert_str_eq(db_text(&q, 0, NULL), pragmas[i][1]);
		ck_assert_int_eq(db_finish(&q), RC_OK);
	}
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(values_come_back)
{
	struct db_query q;
	char out[4];
	size_t n;

	ck_assert_int_eq(head_insert("a", INT64_MAX, "\0\1\2\3", 4), RC_OK);
	ck_assert_int_eq(head_insert("", INT64_MIN, "abcd", 4), RC_OK);
	ck_assert_int_eq(db_changes(db), 1);
	q = db_prepare(db, "SELECT origin, size, root, NULL FROM head "
			   "WHERE origin = ?1");
	db_bind_text(&q, 1, "a", 1);
	ck_assert(db_row(&q));
	ck_assert_str_eq(db_text(&q, 0, &n), "a");
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(db_int64(&q, 1), INT64_MAX);
	ck_assert_mem_eq(db_blob(&q, 2, &n), "\0\1\2\3", 4);
	ck_assert_uint_eq(n, 4);
	db_blob_exact(&q, 2, out, 4);
	ck_assert_mem_eq(out, "\0\1\2\3", 4);
	ck_assert(db_is_null(&q, 3));
	ck_assert_str_eq(db_text(&q, 3, &n), "");
	ck_assert(!db_row(&q));
	ck_assert_int_eq(db_finish(&q), RC_OK);
	/* kept, and used again: nothing is bound */
	q = db_prepare(db, "SELECT origin, size, root, NULL FROM head "
			   "WHERE origin = ?1");
	db_bind_text(&q, 1, "", 0);
	ck_assert(db_row(&q));
	ck_assert_int_eq(db_int64(&q, 1), INT64_MIN);
	db_blob_exact(&q, 2, out, 3);
	ck_assert_mem_eq(out, "\0\0\0", 3);
	ck_assert_int_eq(db_finish(&q), RC_DATABASE);
}
END_TEST

START_TEST(constraints_are_conflicts)
{
	struct db_query q;

	ck_assert_int_eq(head_insert("seed", 1, "abcd", 4), RC_CONFLICT);
	ck_assert_int_eq(head_insert("b", 1, "abc", 3), RC_CONFLICT);
	q = db_prepare(db, "INSERT INTO child VALUES ('nobody')");
	ck_assert_int_eq(db_finish(&q), RC_CONFLICT);
	q = db_prepare(db, "INSERT INTO head VALUES (?1, NULL, x'00000000')");
	db_bind_text(&q, 1, "c", 1);
	ck_assert_int_eq(db_finish(&q), RC_CONFLICT);
	q = db_prepare(db, "INSERT INTO head VALUES (?1, 'x', x'00000000')");
	db_bind_text(&q, 1, "c", 1);
	ck_assert_int_eq(db_finish(&q), RC_DATABASE); /* STRICT */
	q = db_prepare(db, "SELECT size FROM nowhere");
	db_bind_int64(&q, 1, 1);
	ck_assert(!db_row(&q));
	ck_assert_int_eq(db_finish(&q), RC_DATABASE);
	ck_assert_ptr_ne(strstr(db_why(db), "nowhere"), NULL);
	ck_assert_int_eq(head_count(), 1);
}
END_TEST

START_TEST(transactions)
{
	ck_assert_int_eq(db_begin(db), RC_OK);
	ck_assert_int_eq(head_insert("a", 1, "abcd", 4), RC_OK);
	db_rollback(db);
	db_rollback(db);
	ck_assert_int_eq(head_count(), 1);
	ck_assert_int_eq(db_begin(db), RC_OK);
	ck_assert_int_eq(db_begin(db), RC_DATABASE);
	ck_assert_int_eq(head_insert("a", 1, "abcd", 4), RC_OK);
	ck_assert_int_eq(db_commit(db), RC_OK);
	ck_assert_int_eq(db_commit(db), RC_DATABASE);
	ck_assert_int_eq(head_count(), 2);
}
END_TEST

/* The safety rule of a compare-and-swap is in the statement. */
START_TEST(compare_and_swap)
{
	for (int i = 0; i < 2; i++) {
		struct db_query q = db_prepare(db,
		    "UPDATE head SET size = ?2"
		    " WHERE origin = ?1 AND size = ?3");

		db_bind_text(&q, 1, "seed", 4);
		db_bind_int64(&q, 2, 5);
		db_bind_int64(&q, 3, 0);
		ck_assert_int_eq(db_finish(&q), RC_OK);
		ck_assert_int_eq(db_changes(db), i == 0 ? 1 : 0);
	}
}
END_TEST

START_TEST(statements_nest_and_return)
{
	struct db_query q[70];
	size_t i, k;

	for (k = 0; k < 3; k++) {
		for (i = 0; i < 70; i++) {
			q[i] = db_prepare(db, "SELECT size FROM head");
			ck_assert(db_row(&q[i]));
		}
		for (i = 0; i < 70; i++)
			ck_assert_int_eq(db_finish(&q[i]), RC_OK);
	}
}
END_TEST

START_TEST(versions)
{
	struct db *other;

	ck_assert_int_eq(db_open(&other, path, &v1, 0, &why), RC_DATABASE);
	ck_assert_ptr_eq(other, NULL);
	ck_assert_ptr_ne(strstr(why.text, "version 2 and this program knows 1"),
	    NULL);
	ck_assert_int_eq(db_open(&other, path, &v3, DB_READ_ONLY, &why),
	    RC_DATABASE);
	ck_assert_int_eq(db_open(&other, path, &v2, DB_READ_ONLY, &why), RC_OK);
	ck_assert_int_eq(db_run(other, "DELETE FROM head"), RC_DATABASE);
	db_close(other);
	db_close(db);
	ck_assert_int_eq(db_open(&db, path, &v3, 0, &why), RC_OK);
	ck_assert_int_eq(head_count(), 1); /* step 2 was not run again */
}
END_TEST

static int64_t
page_bytes(struct db *d)
{
	struct db_query q = db_prepare(d, "PRAGMA page_size");
	int64_t n = db_row(&q) ? db_int64(&q, 0) : 0;

	ck_assert_int_eq(db_finish(&q), RC_OK);
	return n;
}

START_TEST(long_rows_have_long_pages)
{
	static const char *const names[] = {"long", "short"};
	static const unsigned flags[] = {DB_LONG_ROWS, 0};
	char at[140];
	struct db *d;
	int i;

	for (i = 0; i < 4; i++) { /* made new, then opened the other way */
		snprintf(at, sizeof at, "%s/%s", dir, names[i % 2]);
		ck_assert_int_eq(db_open(&d, at, &v2,
				     i < 2 ? flags[i] : flags[3 - i], &why),
		    RC_OK);
		ck_assert_int_eq(page_bytes(d), i % 2 == 0 ? 16384 : 4096);
		db_close(d);
	}
}
END_TEST

START_TEST(bad_databases)
{
	static const char *const lax[] = {"CREATE TABLE t (x)"};
	static const char *const broken[] = {
	    "CREATE TABLE t (x INTEGER) STRICT", "CREATE TABEL u"};
	struct db_schema lax_schema = {lax, 1}, broken_schema = {broken, 2};
	char other[140];
	struct db *bad;
	FILE *f;

	snprintf(other, sizeof other, "%s/lax", dir);
	ck_assert_int_eq(db_open(&bad, other, &lax_schema, 0, &why),
	    RC_DATABASE);
	ck_assert_ptr_ne(strstr(why.text, "table t is not STRICT"), NULL);
	snprintf(other, sizeof other, "%s/broken", dir);
	ck_assert_int_eq(db_open(&bad, other, &broken_schema, 0, &why),
	    RC_DATABASE);
	broken_schema.step_count = 1; /* the first step stands */
	ck_assert_int_eq(db_open(&bad, other, &broken_schema, 0, &why), RC_OK);
	db_close(bad);
	snprintf(other, sizeof other, "%s/text", dir);
	f = fopen(other, "w");
	fprintf(f, "%2000s\n", "this is no database");
	fclose(f);
	ck_assert_int_eq(db_open(&bad, other, &v1, 0, &why), RC_DATABASE);
	ck_assert_int_eq(db_open(&bad, "/nowhere/db", &v1, 0, &why),
	    RC_DATABASE);
	ck_assert_int_eq(db_open(&bad, other, &v1, DB_READ_ONLY, &why),
	    RC_DATABASE);
}
END_TEST

/* What was committed outlives a process that ends without a word. */
START_TEST(commit_survives_the_process)
{
	int status;
	pid_t pid;

	db_close(db);
	db = NULL;
	pid = fork();
	if (pid == 0) {
		if (db_open(&db, path, &v2, 0, NULL) != RC_OK ||
		    db_begin(db) != RC_OK ||
		    head_insert("kept", 1, "abcd", 4) != RC_OK ||
		    db_commit(db) != RC_OK || db_begin(db) != RC_OK ||
		    head_insert("lost", 1, "abcd", 4) != RC_OK)
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, &status, 0);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(db_open(&db, path, &v2, 0, &why), RC_OK);
	ck_assert_int_eq(head_count(), 2);
	ck_assert_int_eq(head_insert("kept", 1, "abcd", 4), RC_CONFLICT);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("host/db");
	TCase *c = tcase_create("db");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, settings_are_ours);
	tcase_add_test(c, values_come_back);
	tcase_add_test(c, constraints_are_conflicts);
	tcase_add_test(c, transactions);
	tcase_add_test(c, compare_and_swap);
	tcase_add_test(c, statements_nest_and_return);
	tcase_add_test(c, versions);
	tcase_add_test(c, long_rows_have_long_pages);
	tcase_add_test(c, bad_databases);
	tcase_add_test(c, commit_survives_the_process);
	suite_add_tcase(suite, c);
	return suite_run(suite);
}
