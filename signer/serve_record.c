/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record for whoever may see it: a head signed with the party's key, and
 * the rows below it, piece by piece. Rows are never changed, so the pieces
 * fit the head that was asked for first, whatever is appended meanwhile.
 */
#include "signer/serve_inner.h"
#include "signer/record_row.h"

enum rc
signerd_record_head(struct signerd *d, struct text *out)
{
	char vkey[2 * NAME_BYTES_MAX], room[1024];
	struct record_head head = {.time = clock_unix()};
	const struct vkey *k = &d->seat->key;
	struct text key, note;

	text_init(&key, vkey, sizeof vkey);
	text_vkey(&key, k->name, k->type, k->key);
	head.party = (struct slice){(const uint8_t *)key.p, key.n};
	text_init(&note, room, sizeof room);
	signerd_enter(d);
	store_record_last(d->record, &head.rows, head.id);
	record_head_build(&note, &head);
	message_sign(&note, k, vault_secrets(d->vault)->seat.seed);
	signerd_leave(d);
	text_put(out, note.p, note.n);
	return head.rows > 0 && !out->full ? RC_OK : RC_DATABASE;
}

enum rc
signerd_record_rows(
    struct signerd *d, struct text *out, uint32_t from, uint32_t to)
{
	struct text rows;
	uint32_t next;
	enum rc rc;
	enum { NEXT_ROOM = 20 }; /* for the first line */

	/* rows go behind the line that says how many there are */
	if (out->cap - out->n <= NEXT_ROOM)
		return RC_MEMORY;
	text_init(&rows, out->p + out->n + NEXT_ROOM,
	    out->cap - out->n - NEXT_ROOM);
	signerd_enter(d);
	rc = store_record_rows(d->record, &rows, &next, from, to);
	signerd_leave(d);
	if (rc != RC_OK)
		return rc;
	text_printf(out, "next %u\n", (unsigned)next);
	memmove(out->p + out->n, rows.p, rows.n);
	out->n += rows.n;
	out->p[out->n] = '\0';
	return RC_OK;
}
