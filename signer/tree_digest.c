/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/tree_digest.h"
#include <string.h>
#include "host/text.h"

void
tree_digest_init(struct tree_digest *t)
{
	memset(t, 0, sizeof *t);
	sha256_init(&t->hash);
}

/* What a checkout could be led astray by is no part of a path here. */
static bool
part_fits(struct slice part)
{
	if (part.n == 0 || slice_is(part, ".") || slice_is(part, ".."))
		return false;
	return part.n != 4 || part.p[0] != '.' || (part.p[1] | 32) != 'g' ||
	    (part.p[2] | 32) != 'i' || (part.p[3] | 32) != 't';
}

static bool
path_fits(struct slice path)
{
	size_t from = 0;

	if (path.n == 0 || path.n > TREE_PATH_MAX)
		return false;
	for (size_t i = 0; i <= path.n; i++) {
		if (i < path.n && (path.p[i] < 0x20 || path.p[i] == 0x7f))
			return false;
		if (i < path.n && path.p[i] != '/')
			continue;
		if (!part_fits((struct slice){path.p + from, i - from}))
			return false;
		from = i + 1;
	}
	return true;
}

enum rc
tree_digest_add(struct tree_digest *t, unsigned mode, struct slice path,
    const uint8_t sha256[static 32], struct why *why)
{
	struct slice last = {t->last, t->last_n};
	char room[8 + 64 + 2];
	struct text line;

	if (mode == 0160000) {
		why_set(why, "the tree has a submodule");
		return RC_SOURCE;
	}
	if (mode != 0100644 && mode != 0100755 && mode != 0120000) {
		why_set(why, "the tree has a file of mode %06o", mode);
		return RC_SOURCE;
	}
	if (!path_fits(path)) {
		why_set(why, "the tree has a path that is refused");
		return RC_SOURCE;
	}
	if (t->files > 0 && slice_compare(last, path) >= 0) {
		why_set(why, "the tree's paths are not in order");
		return RC_SOURCE;
	}
	text_init(&line, room, sizeof room);
	text_printf(&line, "%06o ", mode);
	sha256_update(&t->hash, (const uint8_t *)line.p, line.n);
	sha256_update(&t->hash, path.p, path.n);
	text_init(&line, room, sizeof room);
	text_string(&line, "\n");
	text_hex(&line, sha256, 32);
	text_string(&line, "\n");
	sha256_update(&t->hash, (const uint8_t *)line.p, line.n);
	memcpy(t->last, path.p, path.n);
	t->last_n = path.n;
	t->files++;
	return RC_OK;
}

void
tree_digest_final(struct tree_digest *t, uint8_t out[static 32])
{
	sha256_final(&t->hash, out);
	memset(t, 0, sizeof *t);
}
