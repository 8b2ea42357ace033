/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exports of a party's record, and single rows: what is read is written again
 * byte for byte, and whatever a file claims, its reader ends.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "signer/record_row.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
one_row(const uint8_t *bytes, size_t n)
{
	static struct record_row r;
	static char room[ROW_TEXT_MAX + 1];
	struct text t;

	if (row_parse(&r, bytes, n) != RC_OK)
		return;
	text_init(&t, room, sizeof room);
	row_build(&t, &r);
	assert(!t.full && t.n == n && memcmp(t.p, bytes, n) == 0);
}

static void
whole(const uint8_t *bytes, size_t n)
{
	size_t seen_n = record_seen_count(n);
	struct record_seen *seen = calloc(seen_n, sizeof *seen);
	struct record_checked c;
	enum rc rc;

	assert(seen != NULL);
	rc = record_check(&c, seen, seen_n, bytes, n, 2);
	assert(rc != RC_MEMORY); /* the room is enough, whatever it says */
	if (rc == RC_OK)
		assert(c.row == c.head.rows && c.row > 0);
	free(seen);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	one_row(bytes, n);
	whole(bytes, n);
	return 0;
}
