/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parties without a network: the same notes as files, handed in by a person at
 * the socket. It is the courier's inbox with another courier; both sides take
 * everything twice, so that a stick may come back with old files.
 */
#include "signer/serve_inner.h"
#include <stdlib.h>
#include <string.h>

enum rc
signerd_carry(struct signerd *d, struct text *out, const char *authority,
    const uint8_t *bytes, size_t n)
{
	char *room = malloc(BUNDLE_BYTES_MAX);
	struct bundle_item item;
	struct part *p = NULL;
	struct bundle b;
	struct text notes;
	bool all;
	enum rc rc = room == NULL ? RC_MEMORY : bundle_init(&b, bytes, n);

	for (unsigned i = 0; i < d->part_n; i++)
		if (strcmp(d->part[i].settings->name, authority) == 0)
			p = &d->part[i];
	if (rc == RC_OK && p == NULL)
		rc = RC_SEAT_UNKNOWN;
	if (rc == RC_OK)
		rc = bundle_next(&b, &item);
	if (rc == RC_OK &&
	    message_kind_of(item.text.p, item.text.n) != MESSAGE_INBOX)
		rc = RC_KIND;
	if (rc == RC_OK) {
		text_init(&notes, room, BUNDLE_BYTES_MAX);
		all = part_inbox(p, b.at, (size_t)(b.end - b.at), &notes);
		text_string(out, all ? "all\n" : "some\n");
		text_put(out, notes.p, notes.n);
		rc = out->full ? RC_FILE_LONG : RC_OK;
	}
	free(room);
	return rc;
}
