/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every text parser on every input, for a device and for a host. What a host
 * takes a device takes, unless a key of it is of a type that no device has;
 * the same text parsed twice gives the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "verify/checkpoint.h"
#include "verify/note.h"
#include "verify/release.h"
#include "verify/roster.h"
#include "verify/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
lines(const struct note *note)
{
	struct sigline l;
	unsigned i;

	for (i = 0; i < note->line_n; i++) {
		struct slice raw;

		note_line(note, i, &l, &raw);
		assert(raw.n > 5 && raw.p[raw.n - 1] == '\n');
		assert(l.base64.n >= SIG_BLOB_MIN && l.base64.n <= SIG_BLOB_MAX);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct checkpoint checkpoint;
	struct objection objection;
	struct party_card card;
	struct release release;
	struct roster roster;
	struct trust trust;
	struct note note;
	size_t rest;
	enum rc host, device;

	if (note_split_file(&note, &rest, bytes, n) == RC_OK) {
		assert(rest <= n && note.n <= n);
		lines(&note);
		n = note.text_n; /* and parse the text alone */
	}
	host = release_parse(&release, bytes, n, READER_HOST);
	device = release_parse(&release, bytes, n, READER_DEVICE);
	assert(host != RC_OK || device == RC_OK);
	host = trust_read(&trust, bytes, n, READER_HOST);
	device = trust_read(&trust, bytes, n, READER_DEVICE);
	assert(host != RC_OK || device == RC_OK ||
	    (device == RC_KEY_TYPE &&
		memmem(bytes, n, "+/3F1b3JhdGUvYmlwMzQw", 21) != NULL));
	if (device == RC_OK)
		assert(trust_parse(&trust, bytes, n, trust.id) == RC_OK);
	if (roster_parse(&roster, bytes, n) == RC_OK) {
		uint8_t order[ROSTER_PARTIES_MAX];

		roster_leaf_order(&roster, order);
	}
	if (roster_parse_rehearsal(&roster, bytes, n) == RC_OK) {
		uint8_t order[ROSTER_PARTIES_MAX];

		roster_leaf_order(&roster, order);
		assert(roster_parse(&roster, bytes, n) == RC_KIND);
	}
	(void)!objection_parse(&objection, bytes, n);
	(void)!party_parse(&card, bytes, n);
	if (checkpoint_parse(&checkpoint, bytes, n, false) == RC_OK)
		assert(checkpoint_parse(&checkpoint, bytes, n, true) == RC_OK);
	return 0;
}
