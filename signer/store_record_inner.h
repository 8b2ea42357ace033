/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_STORE_RECORD_INNER_H
#define SIGNER_STORE_RECORD_INNER_H
/* What the files of the record share with each other only. */
#include <string.h>
#include "host/db.h"
#include "signer/record_row.h"
#include "signer/store_record.h"

struct store_record {
	struct db *db;
	unsigned depth; /* steps within a step are one step */
	bool failed;	/* a step within it did */
	uint64_t at;	/* of the step */
	/* the chain's end, and what it was before the step */
	uint32_t rows, rows_before;
	uint8_t last[32], last_before[32];
	char row[ROW_TEXT_MAX];
};

static inline void
bind_string(struct db_query *q, int parameter, const char *s)
{
	db_bind_text(q, parameter, s, strlen(s));
}

static inline void
bind_slice(struct db_query *q, int parameter, struct slice s)
{
	db_bind_text(q, parameter, (const char *)s.p, s.n);
}

static inline void
copy_text(char *out, size_t cap, struct db_query *q, int column)
{
	size_t n;
	const char *s = db_text(q, column, &n);

	if (n >= cap)
		n = cap - 1;
	memcpy(out, s, n);
	out[n] = '\0';
}

static inline enum judge_code
column_code(struct db_query *q, int column)
{
	size_t n;
	const char *s = db_text(q, column, &n);

	return judge_code_of((struct slice){(const uint8_t *)s, n});
}

/* ---- store_record.c ---- */

/*
 * A step, or a part of one that is under way; at 0: now. What a part of a step
 * refuses with RC_CONFLICT has changed nothing; any other failure of a part
 * is one of the whole.
 */
enum rc record_step(struct store_record *s, uint64_t at)
    __attribute__((warn_unused_result));
/* Its end: kept if rc is RC_OK. */
enum rc record_ended(struct store_record *s, enum rc rc);

/* The first column of the first row, a blob, into out[cap]; ends the query. */
enum rc record_only_blob(struct db_query *q, uint8_t *out, size_t cap,
    size_t *n) __attribute__((warn_unused_result));
/* *fresh: it was not there before. */
enum rc record_insert_text(struct db *db, bool *fresh,
    const uint8_t id[static 32], const uint8_t *text, size_t n)
    __attribute__((warn_unused_result));

/* The next row. Within a step; number, previous and, unless it is given, the
 * time are filled in. */
enum rc chain_append(struct store_record *s, struct record_row *row)
    __attribute__((warn_unused_result));
/* The same with bytes that go with it. Of a note that left or was asked,
 * nothing if they are known. */
enum rc chain_note(struct store_record *s, struct record_row *row,
    const char *name, const void *bytes, size_t n)
    __attribute__((warn_unused_result));

/* ---- store_record_seat.c ---- */

/* Of struct record: whose the slot is; the end of a step. */
enum rc record_bound(void *context, bool *bound, uint8_t message[static 32],
    const struct record_slot *slot) __attribute__((warn_unused_result));
enum rc record_end(void *context, bool keep);

/* Rows of the chain. here: the text stands with it in an export. */
enum rc chain_decision(struct store_record *s,
    const struct record_decision *d, bool here, uint64_t at)
    __attribute__((warn_unused_result));
enum rc chain_bound(struct store_record *s, const struct record_slot *slot,
    const uint8_t message[static 32], uint64_t at)
    __attribute__((warn_unused_result));
enum rc chain_share(struct store_record *s, const uint8_t message[static 32],
    const uint8_t package[static 32], const void *note, size_t n, uint64_t at)
    __attribute__((warn_unused_result));
enum rc chain_freeze(struct store_record *s, bool frozen, const char *by,
    uint64_t at) __attribute__((warn_unused_result));

/* ---- store_record_log.c ---- */

/* What a person says about an authority as a whole. */
enum rc chain_said(struct store_record *s, enum row_what what,
    const char *authority, const char *by)
    __attribute__((warn_unused_result));
#endif
