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
checkpoint_parse(
    struct checkpoint *c, const uint8_t *text, size_t n, bool extensions)
{
	const uint8_t *at = text, *end = text + n;
	struct slice s;

	c->origin = take(&at, end);
	if (!slice_foreign(c->origin) ||
	    (c->origin.n >= 8 && memcmp(c->origin.p, "quorate/", 8) == 0))
		return RC_CHECKPOINT;
	s = take(&at, end);
	if (!slice_decimal(s, ((uint64_t)1 << 53) - 1, &c->size))
		return RC_CHECKPOINT;
	s = take(&at, end);
	if (!slice_base64(s, c->root, 32))
		return RC_CHECKPOINT;
	while (extensions && at < end) {
		s = take(&at, end);
		if (!is_extension(s))
			return RC_CHECKPOINT;
	}
	return at == end ? RC_OK : RC_CHECKPOINT;
}
