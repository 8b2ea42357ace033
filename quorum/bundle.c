/* SPDX-License-Identifier: Apache-2.0 */
#include "quorum/bundle.h"
#include <string.h>
#include "verify/note.h"

enum rc
bundle_init(struct bundle *b, const uint8_t *bytes, size_t n)
{
	*b = (struct bundle){bytes, bytes + n, 0};
	return n > BUNDLE_BYTES_MAX ? RC_BUNDLE : RC_OK;
}

/* Bytes of the text that begins at p: to the LF before an empty line. */
static size_t
text_bytes(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *at = p;

	while (at < end) {
		const uint8_t *lf = memchr(at, '\n', (size_t)(end - at));

		if (lf == NULL)
			return 0;
		at = lf + 1;
		if (at < end && *at == '\n')
			break;
	}
	return (size_t)(at - p);
}

enum rc
bundle_next(struct bundle *b, struct bundle_item *item)
{
	size_t left = (size_t)(b->end - b->at), text_n;
	struct note note = {0};
	size_t rest = 0;
	enum rc rc;

	if (left == 0)
		return RC_MORE;
	text_n = text_bytes(b->at, b->end);
	if (*b->at == '\n' || text_n == 0 || b->items == BUNDLE_ITEMS_MAX)
		return RC_BUNDLE;
	*item = (struct bundle_item){{b->at, text_n}, {b->at, text_n}, 0};
	/* behind a text: nothing, or an empty line and something */
	if (text_n < left && b->at[text_n + 1 < left ? text_n + 1 : text_n] ==
		0xe2) {
		rc = note_split_file(&note, &rest, b->at, left);
		if (rc != RC_OK)
			return rc;
		item->whole.n = note.n;
		item->line_n = note.line_n;
	}
	if (item->whole.n < left && item->whole.n + 1 >= left)
		return RC_BUNDLE; /* an empty line and nothing behind it */
	b->at += item->whole.n + (item->whole.n < left);
	b->items++;
	return RC_OK;
}

void
bundle_put(struct text *t, const void *item, size_t n)
{
	if (t->n > 0)
		text_put(t, "\n", 1);
	text_put(t, item, n);
}
