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

/* Origin, size, root; then w->at is what follows. */
static bool
three_lines(struct checkpoint *c, struct walk *w)
{
	struct slice size, root;

	return walk_take(w, &c->origin) == RC_OK &&
	       walk_take(w, &size) == RC_OK && walk_take(w, &root) == RC_OK &&
	       slice_foreign(c->origin) &&
	       (c->origin.n < 8 || memcmp(c->origin.p, "quorate/", 8) != 0) &&
	       slice_number(size, 'D', &c->size) == RC_OK &&
	       slice_base64(root, c->root, 32);
}

enum rc
checkpoint_plain(struct checkpoint *c, const uint8_t *text, size_t n)
{
	struct walk w;

	w.at = text;
	w.end = text + n;
	return three_lines(c, &w) && w.at == w.end ? RC_OK : RC_CHECKPOINT;
}

enum rc
checkpoint_parse(
    struct checkpoint *c, const uint8_t *text, size_t n, bool extensions)
{
	struct walk w;

	w.at = text;
	w.end = text + n;
	if (!three_lines(c, &w))
		return RC_CHECKPOINT;
	while (extensions && w.at < w.end)
		if (!is_extension(take(&w.at, w.end)))
			return RC_CHECKPOINT;
	return w.at == w.end ? RC_OK : RC_CHECKPOINT;
}
