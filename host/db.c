/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite, opened one way. WAL with synchronous=FULL: a commit is one fsync
 * of the log and is durable when it returns (NORMAL is not: it may lose the
 * last commits, after which a signer could sign them differently).
 */
#include "host/db.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/file.h"
#include "host/say.h"

#define DB_PATIENCE_MS	 5000
#define DB_STATEMENTS_MAX 64

struct db_statement {
	sqlite3_stmt *statement; /* NULL: free */
	bool busy;
};

struct db {
	sqlite3 *handle;
	struct db_statement kept[DB_STATEMENTS_MAX];
	char why[WHY_BYTES_MAX];
};

/* What the disk said is what helps: an "I/O error" may be that it is read-only.
 * SQLite keeps that for some calls only; errno was 0 before them. */
static enum rc
db_failed(struct db *db)
{
	int said = errno, code = sqlite3_errcode(db->handle) & 0xff;
	int disk = sqlite3_system_errno(db->handle);

	if (disk == 0)
		disk = said;
	if (code != SQLITE_IOERR && code != SQLITE_CANTOPEN)
		disk = 0;
	snprintf(db->why, sizeof db->why, "database: %s%s%s",
	    sqlite3_errmsg(db->handle), disk != 0 ? ": " : "",
	    disk != 0 ? strerror(disk) : "");
	return RC_DATABASE;
}

static void
db_say(const struct db *db)
{
	say(SAY_ERROR, "'%s': %s", sqlite3_db_filename(db->handle, "main"),
	    db->why);
}

enum rc
db_run(struct db *db, const char *sql)
{
	errno = 0;
	if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
		return RC_OK;
	db_failed(db);
	db_say(db);
	return RC_DATABASE;
}

static enum rc
run_quietly(struct db *db, const char *sql)
{
	errno = 0;
	if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
		return RC_OK;
	return db_failed(db);
}

static enum rc
version_read(struct db *db, unsigned *version)
{
	struct db_query q = db_prepare(db, "PRAGMA user_version");

	*version = db_row(&q) ? (unsigned)db_int64(&q, 0) : 0;
	return db_finish(&q);
}

static enum rc
step_run(struct db *db, const char *sql, unsigned version)
{
	char pragma[64];
	enum rc rc = run_quietly(db, "BEGIN IMMEDIATE");

	if (rc != RC_OK)
		return rc;
	snprintf(pragma, sizeof pragma, "PRAGMA user_version = %u", version);
	rc = run_quietly(db, sql);
	if (rc == RC_OK)
		rc = run_quietly(db, pragma);
	if (rc == RC_OK)
		rc = run_quietly(db, "COMMIT");
	if (rc != RC_OK && !sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

/* A newer program may have given columns a meaning that we would trample. */
static enum rc
schema_raise(struct db *db, const struct db_schema *schema, unsigned flags)
{
	unsigned version;
	enum rc rc = version_read(db, &version);

	if (rc != RC_OK)
		return rc;
	if (version > schema->step_count ||
	    ((flags & DB_READ_ONLY) && version != schema->step_count)) {
		snprintf(db->why, sizeof db->why,
		    "its schema is version %u and this program knows %u; "
		    "use a %s program",
		    version, schema->step_count,
		    version > schema->step_count ? "newer" : "matching");
		return RC_DATABASE;
	}
	for (; version < schema->step_count && rc == RC_OK; version++)
		rc = step_run(db, schema->steps[version], version + 1);
	return rc;
}

static enum rc
strict_check(struct db *db)
{
	struct db_query q = db_prepare(db,
	    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND "
	    "type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'");
	char name[128] = "";
	enum rc rc;

	if (db_row(&q))
		snprintf(name, sizeof name, "%s", db_text(&q, 0, NULL));
	rc = db_finish(&q);
	if (rc != RC_OK || name[0] == '\0')
		return rc;
	snprintf(db->why, sizeof db->why, "table %s is not STRICT", name);
	return RC_DATABASE;
}

static enum rc
wal_enter(struct db *db)
{
	struct db_query q = db_prepare(db, "PRAGMA journal_mode = WAL");
	bool wal = db_row(&q) && strcmp(db_text(&q, 0, NULL), "wal") == 0;
	enum rc rc = db_finish(&q);

	if (rc == RC_OK && !wal) {
		snprintf(db->why, sizeof db->why, "cannot use a write-ahead "
						  "log here");
		return RC_DATABASE;
	}
	return rc;
}

static enum rc
db_setup(struct db *db, const struct db_schema *schema, unsigned flags)
{
	enum rc rc;

	sqlite3_busy_timeout(db->handle, DB_PATIENCE_MS);
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	rc = run_quietly(db, "PRAGMA synchronous = FULL;"
			     "PRAGMA foreign_keys = ON;"
			     "PRAGMA trusted_schema = OFF;");
	if (rc == RC_OK && (flags & DB_LONG_ROWS)) /* empty, else no effect */
		rc = run_quietly(db, "PRAGMA page_size = 16384");
	if (rc == RC_OK && !(flags & DB_READ_ONLY))
		rc = wal_enter(db);
	if (rc == RC_OK)
		rc = schema_raise(db, schema, flags);
	if (rc == RC_OK)
		rc = strict_check(db);
	return rc;
}

/* SQLite would make it readable for all; its companions copy the mode. */
static enum rc
make_private(const char *path, struct why *why)
{
	enum rc rc;

	if (file_exists(path))
		return RC_OK;
	rc = file_create_exclusive(path, "", 0, 0600, why);
	return rc == RC_FILE_EXISTS ? RC_OK : rc;
}

enum rc
db_open(struct db **out, const char *path, const struct db_schema *schema,
    unsigned flags, struct why *why)
{
	bool reader = flags & DB_READ_ONLY;
	struct db *db;
	enum rc rc;

	*out = NULL;
	if (!reader && make_private(path, why) != RC_OK)
		return RC_DATABASE;
	db = calloc(1, sizeof *db);
	if (db == NULL) {
		why_set(why, "no memory");
		return RC_MEMORY;
	}
	rc = RC_DATABASE;
	errno = 0;
	if (sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_NOMUTEX |
		(reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE),
		NULL) != SQLITE_OK) {
		db_failed(db);
		goto out;
	}
	rc = db_setup(db, schema, flags);
out:
	if (rc == RC_OK) {
		*out = db;
	} else {
		why_set(why, "cannot use '%s': %s", path, db->why);
		db_close(db);
	}
	return rc;
}

void
db_close(struct db *db)
{
	size_t i;

	if (db == NULL)
		return;
	for (i = 0; i < DB_STATEMENTS_MAX; i++) {
		assert(!db->kept[i].busy); /* a db_prepare without db_finish */
		sqlite3_finalize(db->kept[i].statement);
	}
	if (sqlite3_close(db->handle) != SQLITE_OK)
		say(SAY_ERROR, "database: closed with statements open");
	free(db);
}

const char *
db_why(const struct db *db)
{
	return db->why;
}

enum rc
db_begin(struct db *db)
{
	return db_run(db, "BEGIN IMMEDIATE");
}

enum rc
db_commit(struct db *db)
{
	enum rc rc = db_run(db, "COMMIT");

	if (rc != RC_OK)
		db_rollback(db);
	return rc;
}

void
db_rollback(struct db *db)
{
	if (!sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

int64_t
db_changes(const struct db *db)
{
	return sqlite3_changes64(db->handle);
}

int64_t
db_last_rowid(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

static enum rc
query_failed(struct db_query *q)
{
	int code = sqlite3_extended_errcode(q->db->handle);

	db_failed(q->db);
	switch (code) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
	case SQLITE_CONSTRAINT_CHECK:
	case SQLITE_CONSTRAINT_NOTNULL:
	case SQLITE_CONSTRAINT_FOREIGNKEY:
	case SQLITE_CONSTRAINT_TRIGGER:
		q->rc = RC_CONFLICT;
		break;
	default:
		q->rc = RC_DATABASE;
		db_say(q->db);
	}
	return q->rc;
}

/* The slot that holds sql, idle; else a free one; else -1. */
static int
statement_find(const struct db *db, const char *sql)
{
	int i, unused = -1;

	for (i = 0; i < DB_STATEMENTS_MAX; i++) {
		sqlite3_stmt *s = db->kept[i].statement;

		if (s == NULL) {
			if (unused < 0)
				unused = i;
		} else if (!db->kept[i].busy &&
		    strcmp(sqlite3_sql(s), sql) == 0) {
			return i;
		}
	}
	return unused;
}

struct db_query
db_prepare(struct db *db, const char *sql)
{
	struct db_query q = {.db = db, .rc = RC_OK, .slot = -1};
	sqlite3_stmt *s = NULL;
	const char *tail = "";
	int slot = statement_find(db, sql);

	if (slot >= 0)
		s = db->kept[slot].statement;
	errno = 0;
	if (s == NULL &&
	    sqlite3_prepare_v3(db->handle, sql, -1,
		slot >= 0 ? SQLITE_PREPARE_PERSISTENT : 0, &s,
		&tail) != SQLITE_OK) {
		query_failed(&q);
		return q;
	}
	assert(s != NULL && tail[0] == '\0'); /* exactly one statement */
	q.statement = s;
	q.slot = slot;
	if (slot >= 0)
		db->kept[slot] = (struct db_statement){s, true};
	return q;
}

static void
bind_result(struct db_query *q, int code)
{
	if (code != SQLITE_OK)
		query_failed(q);
}

void
db_bind_int64(struct db_query *q, int parameter, int64_t value)
{
	if (q->rc == RC_OK)
		bind_result(q, sqlite3_bind_int64(q->statement, parameter,
				   value));
}

void
db_bind_text(struct db_query *q, int parameter, const char *s, size_t n)
{
	if (q->rc == RC_OK)
		bind_result(q, sqlite3_bind_text64(q->statement, parameter,
				   n > 0 ? s : "", n, SQLITE_STATIC,
				   SQLITE_UTF8));
}

void
db_bind_blob(struct db_query *q, int parameter, const void *b, size_t n)
{
	if (q->rc == RC_OK) /* a NULL pointer would bind NULL */
		bind_result(q, sqlite3_bind_blob64(q->statement, parameter,
				   n > 0 ? b : "", n, SQLITE_STATIC));
}

void
db_bind_null(struct db_query *q, int parameter)
{
	if (q->rc == RC_OK)
		bind_result(q, sqlite3_bind_null(q->statement, parameter));
}

bool
db_row(struct db_query *q)
{
	int code;

	if (q->rc != RC_OK)
		return false;
	q->stepped = true;
	errno = 0;
	code = sqlite3_step(q->statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		query_failed(q);
	return code == SQLITE_ROW;
}

int64_t
db_int64(struct db_query *q, int column)
{
	return sqlite3_column_int64(q->statement, column);
}

bool
db_is_null(struct db_query *q, int column)
{
	return sqlite3_column_type(q->statement, column) == SQLITE_NULL;
}

const char *
db_text(struct db_query *q, int column, size_t *n)
{
	const char *s = (const char *)sqlite3_column_text(q->statement, column);

	if (n != NULL)
		*n = s == NULL ? 0
			       : (size_t)sqlite3_column_bytes(q->statement,
				     column);
	return s == NULL ? "" : s;
}

const void *
db_blob(struct db_query *q, int column, size_t *n)
{
	const void *b = sqlite3_column_blob(q->statement, column);

	*n = b == NULL ? 0 : (size_t)sqlite3_column_bytes(q->statement, column);
	return b == NULL ? "" : b;
}

void
db_blob_exact(struct db_query *q, int column, void *out, size_t n)
{
	size_t there = 0;
	const void *b = db_blob(q, column, &there);

	if (there == n) {
		memcpy(out, b, n);
		return;
	}
	memset(out, 0, n);
	snprintf(q->db->why, sizeof q->db->why,
	    "database: column %d has %zu bytes where %zu belong", column, there,
	    n);
	db_say(q->db);
	q->rc = RC_DATABASE;
}

enum rc
db_finish(struct db_query *q)
{
	if (!q->stepped)
		(void)db_row(q);
	if (q->statement != NULL) {
		sqlite3_reset(q->statement);
		sqlite3_clear_bindings(q->statement);
	}
	if (q->slot >= 0)
		q->db->kept[q->slot].busy = false;
	else
		sqlite3_finalize(q->statement);
	q->statement = NULL;
	q->slot = -1;
	return q->rc;
}
