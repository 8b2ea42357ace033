/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_DB_H
#define HOST_DB_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/why.h"
#include "verify/rc.h"

/*
 * SQLite, with one way to use it: WAL, synchronous=FULL (a commit that
 * returned is on disk), foreign keys on, STRICT tables, trusted_schema off.
 * One struct db is used by one thread at a time; a second thread or a reader
 * beside a writer opens its own.
 */
struct db;

/*
 * steps[i] brings a database from version i to i + 1 in one transaction and
 * is never edited afterwards; a new database runs them all. The version is
 * PRAGMA user_version. Every CREATE TABLE must be STRICT: db_open refuses
 * a database in which one is not.
 */
struct db_schema {
	const char *const *steps;
	unsigned step_count;
};

enum {
	DB_READ_ONLY = 1, /* must exist and be of this version */
	/* Pages of 16 KiB instead of 4 if it is made new: for rows of more than
	 * a kilobyte, of which few fit a page. */
	DB_LONG_ROWS = 2,
};

/*
 * RC_OK; RC_DATABASE with why: cannot open, is of a newer version than this
 * program knows, a step failed, a table is not STRICT.
 */
enum rc db_open(struct db **out, const char *path,
    const struct db_schema *schema, unsigned flags, struct why *why)
    __attribute__((warn_unused_result));
void db_close(struct db *db); /* NULL is allowed; rolls back */

/* The last error, one line. */
const char *db_why(const struct db *db);

/*
 * Transactions do not nest. begin takes the write lock at once (5 s
 * patience). A failed commit is rolled back. rollback outside one does
 * nothing. RC_OK or RC_DATABASE.
 */
enum rc db_begin(struct db *db) __attribute__((warn_unused_result));
enum rc db_commit(struct db *db) __attribute__((warn_unused_result));
void db_rollback(struct db *db);

/* Statements without parameters or rows, several if you like. */
enum rc db_run(struct db *db, const char *sql)
    __attribute__((warn_unused_result));

/* Rows changed by the last finished INSERT, UPDATE or DELETE: what a
 * compare-and-swap looks at. And its rowid. */
int64_t db_changes(const struct db *db);
int64_t db_last_rowid(const struct db *db);

/*
 * One statement. Errors stick and come out of db_finish, so that no step
 * between needs a look:
 *
 *	struct db_query q = db_prepare(db, "SELECT size FROM head"
 *	    " WHERE origin = ?1");
 *	db_bind_text(&q, 1, origin, strlen(origin));
 *	if (db_row(&q))
 *		size = db_int64(&q, 0);
 *	rc = db_finish(&q);
 *
 * Parameters count from 1, columns from 0. Bound bytes must live until
 * db_finish. Prepared statements are kept by their text and used
 * again. Every db_prepare needs its db_finish.
 */
struct db_query {
	struct db *db;
	void *statement;
	enum rc rc;
	int slot;
	bool stepped;
};

struct db_query db_prepare(struct db *db, const char *sql);
void db_bind_int64(struct db_query *q, int parameter, int64_t value);
void db_bind_text(struct db_query *q, int parameter, const char *s, size_t n);
void db_bind_blob(struct db_query *q, int parameter, const void *b, size_t n);
void db_bind_null(struct db_query *q, int parameter);

/* true: there is a row, the column functions may be called. */
bool db_row(struct db_query *q);
int64_t db_int64(struct db_query *q, int column);
bool db_is_null(struct db_query *q, int column);

/* Bytes of a column, valid until the next db_row or db_finish; NULL is the
 * empty string, *n 0. Text is NUL-terminated. n may be NULL. */
const char *db_text(struct db_query *q, int column, size_t *n);
const void *db_blob(struct db_query *q, int column, size_t *n);

/* A blob of exactly n bytes; otherwise out is zero and the query fails with
 * RC_DATABASE. */
void db_blob_exact(struct db_query *q, int column, void *out, size_t n);

/* Runs what has not run yet (an INSERT needs no db_row) and gives the
 * statement back. RC_OK; RC_CONFLICT when a UNIQUE, PRIMARY KEY, CHECK,
 * NOT NULL or foreign key constraint refused; RC_DATABASE, which has been
 * said at SAY_ERROR. */
enum rc db_finish(struct db_query *q) __attribute__((warn_unused_result));
#endif
