/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/checkpoint.h"
#include "verify/mem.h"

/* The next line; an empty slice where there is none. */
static struct slice
take(const uint8_t **at, const uint8_t *end)
{
	struct slice s = {*at, 0};

	while (s.p + s.n < end && s.p[s.n] != '\n')
		s.n++;
	if (s.p + s.n == end)
		return (struct slice){end, 0};
	*at = s.p + s.n + 1;
	return s;
}

/* Not empty, no control bytes; other people's words may be UTF-8. */
static bool
is_extension(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return s.n > 0;
}

enum rc
checkpoint_plain(struct checkpoint *c, const uint8_t *text, size_t n)
{
	struct slice size, root;
	struct walk w;

	w.at = text;
	w.end = text + n;
	if (walk_take(&w, &c->origin) == RC_OK &&
	    walk_take(&w, &size) == RC_OK && walk_take(&w, &root) == RC_OK &&
	    w.at == w.end && slice_foreign(c->origin) &&
	    slice_number(size, 'D', &c->size) == RC_OK &&
	    slice_bytes(root, c->root, 32) &&
	    memcmp(text, "quorate/", 8) != 0) /* shorter than a root */
		return RC_OK;
	return RC_CHECKPOINT;
}

enum rc
checkpoint_parse(
    struct checkpoint *c, const uint8_t *text, size_t n, bool extensions)
{
	const uint8_t *at = text, *end = text + n;

	if (!extensions)
		return checkpoint_plain(c, text, n);
	(void)take(&at, end);
	(void)take(&at, end);
	(void)take(&at, end);
	if (checkpoint_plain(c, text, (size_t)(at - text)) != RC_OK)
		return RC_CHECKPOINT;
	while (at < end)
		if (!is_extension(take(&at, end)))
			return RC_CHECKPOINT;
	return RC_OK;
}
