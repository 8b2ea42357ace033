/* SPDX-License-Identifier: Apache-2.0 */
#include "log/proof.h"

#include <string.h>

void
proof_text(struct text *out, uint64_t index, const uint8_t *path,
    unsigned path_n)
{
	text_printf(out, "c2sp.org/tlog-proof@v1\nindex %llu\n",
	    (unsigned long long)index);
	for (; path_n > 0; path_n--, path += 32) {
		text_base64(out, path, 32);
		text_string(out, "\n");
	}
	text_string(out, "\n");
}

static enum rc
proof_line(struct proof *p, unsigned line, struct slice s)
{
	if (line == 0)
		return slice_is(s, "c2sp.org/tlog-proof@v1") ? RC_OK : RC_PROOF;
	if (line == 1) {
		if (s.n < 7 || memcmp(s.p, "index ", 6) != 0)
			return RC_PROOF;
		s.p += 6;
		s.n -= 6;
		return slice_decimal(s, ((uint64_t)1 << 53) - 1, &p->index)
		    ? RC_OK
		    : RC_PROOF;
	}
	if (p->path_n == MERKLE_DEPTH_MAX)
		return RC_PROOF_DEPTH;
	return slice_base64(s, p->path + 32 * (size_t)p->path_n++, 32)
	    ? RC_OK
	    : RC_PROOF;
}

enum rc
proof_parse(struct proof *p, const uint8_t *bytes, size_t n)
{
	const uint8_t *at = bytes, *end = bytes + n, *lf;
	enum rc rc = RC_OK;
	unsigned line;

	memset(p, 0, sizeof *p);
	for (line = 0; rc == RC_OK; line++, at = lf + 1) {
		lf = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
		if (lf == NULL)
			return RC_TRUNCATED;
		if (lf == at && line >= 2)
			break;
		rc = proof_line(p, line, (struct slice){at, (size_t)(lf - at)});
	}
	if (rc != RC_OK)
		return rc;
	at++;
	rc = note_split(&p->checkpoint, at, (size_t)(end - at));
	if (rc == RC_OK && p->checkpoint.line_n > CHECKPOINT_SIGLINES_MAX)
		rc = RC_SIGLINES_MANY;
	if (rc == RC_OK)
		rc = checkpoint_parse(&p->head, at, p->checkpoint.text_n,
		    false);
	return rc;
}

enum rc
proof_includes(const struct proof *p, const uint8_t *note, size_t n)
{
	uint8_t leaf[32], root[32];
	enum rc rc;

	merkle_leaf(leaf, note, n);
	rc = merkle_root_from_path(root, leaf, p->index, p->head.size, p->path,
	    p->path_n);
	if (rc == RC_OK && memcmp(root, p->head.root, 32) != 0)
		rc = RC_INCLUSION;
	return rc;
}

enum rc
proof_trusted(const struct proof *p, const struct trust *t,
    const uint8_t *note, size_t n, uint64_t *time)
{
	enum rc rc = checkpoint_trusted(&p->checkpoint, &p->head, t, time);

	return rc == RC_OK ? proof_includes(p, note, n) : rc;
}
