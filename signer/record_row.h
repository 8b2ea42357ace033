/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_RECORD_ROW_H
#define SIGNER_RECORD_ROW_H
/*
 * The record as a chain of texts: one row a thing that happened, each with
 * the id of the row before, and a note over the last one's id. Grammar and
 * rules: docs/formats.md section 11, "A party's record". Whoever holds the
 * party's key can judge an export of it, without the party. Pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "verify/line.h"
#include "verify/rc.h"

#define ROW_EVIDENCE_MAX 200
#define ROW_TEXT_MAX	 49152 /* a row, without the bytes that go with it */
#define ROW_BYTES_MAX	 65536 /* that go with one */
#define ROW_REST_MAX	 256

enum row_what {
	ROW_NOTHING,
	ROW_PARTY,    /* whose record it is, from here on */
	ROW_MIGRATED, /* what follows was kept without a chain, up to here */
	ROW_RESTORED, /* what stood behind here may be lost */
	ROW_ASKED,    /* a proposal, with its proposer's line */
	ROW_DECISION,
	ROW_ASSENT, /* a person's yes */
	ROW_FREEZE,
	ROW_BOUND, /* a sequence belongs to a text */
	ROW_LEFT,  /* a note of ours may have been seen outside */
	ROW_LOG,   /* a log was read to here */
	ROW_ALARM,
	ROW_CALMED,  /* a person has looked at the alarms */
	ROW_LIFTED,  /* a person says that nothing was lost */
	ROW_CEREMONY,
	ROW_WHATS
};

/* Slices with n 0 and NULL pointers are lines that do not stand. */
struct record_row {
	uint32_t number; /* from 1 */
	bool first;	 /* no row before: previous is zero */
	uint8_t previous[32];
	uint64_t at; /* unix seconds; by the party's clock */
	enum row_what what;
	struct slice which; /* approve, share, on ...: a name of ours */
	struct slice key;   /* a vkey */
	const uint8_t *message, *package, *ceremony, *digest; /* 32 bytes */
	struct slice code;
	struct slice slot_authority, slot; /* slot: "product acme/x" */
	uint32_t slot_epoch, slot_number;
	struct slice authority, origin; /* origin `-`: no log */
	bool has_head;
	uint64_t size;
	uint8_t root[32];
	struct slice by, says;
	unsigned evidence_n;
	struct slice evidence[ROW_EVIDENCE_MAX];
	struct slice bytes; /* what they are; n 0: none go with it */
	uint64_t bytes_n;
	uint8_t bytes_id[32]; /* SHA-256 */
	bool here; /* they stand behind this row, not behind an earlier one */
	uint8_t ids[4][32]; /* a parsed row's message and so on */
};

/* Append the text of a row. What does not fit a field is the caller's bug;
 * row_rest makes a rest-of-line field of anything. */
void row_build(struct text *t, const struct record_row *row);
/* What may not stand in a line becomes `?`; "" becomes `-`; cut at
 * ROW_REST_MAX. out has room for that and a NUL. */
struct slice row_rest(
    char out[static ROW_REST_MAX + 1], const char *s, size_t n);
/* One row's text. RC_OK; what line_next says; RC_RECORD_ROW: a line that
 * this kind of row has not, or lacks. Slices borrow; the row may not be
 * moved. */
enum rc row_parse(struct record_row *row, const uint8_t *text, size_t n)
    __attribute__((warn_unused_result));

/* The note over it all. */
struct record_head {
	struct slice party; /* vkey */
	struct vkey key;
	uint32_t rows;
	uint8_t id[32]; /* of the last row */
	uint64_t time;
};
void record_head_build(struct text *t, const struct record_head *head);
enum rc record_head_parse(struct record_head *head, const uint8_t *text,
    size_t n) __attribute__((warn_unused_result));

/* ---- judging an export --------------------------------------------------- */

/* What has been seen, by SHA-256: room that the caller gives, all zero. */
struct record_seen {
	uint8_t tag, state;
	uint8_t key[32], value[32];
};
/* How many a file of n bytes needs. */
size_t record_seen_count(size_t n);

struct record_checked {
	struct record_head head;
	uint32_t row; /* where it ended: the row at fault, or the last */
	uint32_t asked, approved, refused, bound, left, alarms, restored;
	uint8_t watched[32]; /* id of the row that was asked for, or zero */
};

/*
 * All of a file: head note, empty line, rows. `watch`: the number of a row
 * whose id is wanted, 0: none. RC_OK, or the first rule that does not hold:
 * RC_RECORD_ROW, RC_RECORD_CHAIN (number or previous), RC_RECORD_HEAD (rows
 * are missing or too many, or the last is another), RC_RECORD_BYTES,
 * RC_RECORD_PARTY (no party row first, or the head is by another),
 * RC_RECORD_BOUND (two texts for one sequence), RC_RECORD_LEFT (what left was
 * not approved, not bound, not by the party, or not what the row says),
 * RC_MEMORY (seen is too small), what note.h and line.h say.
 */
enum rc record_check(struct record_checked *out, struct record_seen *seen,
    size_t seen_n, const uint8_t *file, size_t n, uint32_t watch)
    __attribute__((warn_unused_result));
#endif
