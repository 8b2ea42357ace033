/* SPDX-License-Identifier: Apache-2.0 */
#include "log/mirror.h"

#include <string.h>

#include "verify/checkpoint.h"

static const uint64_t size_max = ((uint64_t)1 << 53) - 1;

static uint64_t
big_endian(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

static void
big_endian_put(uint8_t *p, uint64_t v, unsigned n)
{
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

enum rc
mirror_upload_parse(struct mirror_upload *u, const uint8_t *body, size_t n)
{
	size_t o, t;

	memset(u, 0, sizeof *u);
	if (n < 2)
		return RC_FIELD;
	o = (size_t)big_endian(body, 2);
	if (o == 0 || o > NAME_BYTES_MAX || n < 20 + o)
		return RC_FIELD;
	u->origin = (struct slice){body + 2, o};
	u->start = big_endian(body + 2 + o, 8);
	u->end = big_endian(body + 10 + o, 8);
	t = (size_t)big_endian(body + 18 + o, 2);
	if (n < 20 + o + t || u->end > size_max || u->start > u->end ||
	    !slice_foreign(u->origin))
		return RC_FIELD;
	u->ticket = (struct slice){body + 20 + o, t};
	u->at = 20 + o + t;
	return RC_OK;
}

size_t
mirror_upload_head(uint8_t *out, struct slice origin, uint64_t start,
    uint64_t end)
{
	big_endian_put(out, origin.n, 2);
	memcpy(out + 2, origin.p, origin.n);
	big_endian_put(out + 2 + origin.n, start, 8);
	big_endian_put(out + 10 + origin.n, end, 8);
	big_endian_put(out + 18 + origin.n, 0, 2);
	return 20 + origin.n;
}

enum rc
mirror_package_next(struct mirror_package *p, size_t *at,
    const uint8_t *body, size_t n, uint64_t from, uint64_t end)
{
	uint64_t to = (from / TILE_WIDTH + 1) * TILE_WIDTH, i;
	size_t k = *at, length;

	p->from = from;
	p->to = to < end ? to : end;
	p->entries.p = body + k;
	for (i = p->from; i < p->to; i++) {
		if (n - k < 2)
			return RC_MORE;
		length = (size_t)big_endian(body + k, 2);
		if (n - k - 2 < length)
			return RC_MORE;
		k += 2 + length;
	}
	p->entries.n = (size_t)(body + k - p->entries.p);
	if (n - k < 1)
		return RC_MORE;
	p->proof_n = body[k++];
	if (p->proof_n > MIRROR_PROOF_MAX)
		return RC_FIELD;
	if (n - k < 32 * (size_t)p->proof_n)
		return RC_MORE;
	memcpy(p->proof, body + k, 32 * (size_t)p->proof_n);
	*at = k + 32 * (size_t)p->proof_n;
	return RC_OK;
}

/* ---- subtrees --------------------------------------------------------- */

/* Where RFC 6962 splits lo..hi-1: lo plus the largest power of two below
 * the width. */
static uint64_t
split(uint64_t lo, uint64_t hi)
{
	uint64_t k = 1;

	while (k < hi - lo - k)
		k *= 2;
	return lo + k;
}

/* At most 53 deep: each half is smaller by a bit. */
enum rc
tlog_subtree(uint8_t hash[static 32], uint64_t lo, uint64_t hi,
    const struct tlog_source *source)
{
	uint8_t left[32], right[32];
	unsigned level = 0;
	uint64_t m;
	enum rc rc;

	while ((uint64_t)1 << level < hi - lo)
		level++;
	if ((uint64_t)1 << level == hi - lo)
		return source->node(source->context, level, lo >> level, hash);
	m = split(lo, hi);
	rc = tlog_subtree(left, lo, m, source);
	if (rc == RC_OK)
		rc = tlog_subtree(right, m, hi, source);
	if (rc == RC_OK)
		merkle_node(hash, left, right);
	return rc;
}

struct prover {
	uint8_t *proof;
	unsigned n;
	const struct tlog_source *source;
};

static enum rc
prove_take(struct prover *p, uint64_t lo, uint64_t hi)
{
	if (p->n == MIRROR_PROOF_MAX)
		return RC_CONSISTENCY;
	return tlog_subtree(p->proof + 32 * (size_t)p->n++, lo, hi,
	    p->source);
}

/* P(lo, hi, known) of the draft, for the subtree start..end-1. */
static enum rc
prove(struct prover *p, uint64_t lo, uint64_t hi, uint64_t start,
    uint64_t end, bool known)
{
	uint64_t m;
	enum rc rc;

	if (lo == start && hi == end)
		return known ? RC_OK : prove_take(p, lo, hi);
	m = split(lo, hi);
	if (end <= m) {
		rc = prove(p, lo, m, start, end, known);
		return rc == RC_OK ? prove_take(p, m, hi) : rc;
	}
	rc = start >= m ? prove(p, m, hi, start, end, known)
			: prove(p, m, hi, m, end, false);
	return rc == RC_OK ? prove_take(p, lo, m) : rc;
}

/* One that the tree can have: aligned, not empty, inside. */
static bool
subtree_valid(uint64_t start, uint64_t end, uint64_t size)
{
	uint64_t width = 1;

	if (start >= end || end > size || size > size_max)
		return false;
	while (width < end - start)
		width *= 2;
	return start % width == 0;
}

enum rc
tlog_subtree_proof(uint8_t proof[static MIRROR_PROOF_MAX * 32],
    unsigned *proof_n, uint64_t start, uint64_t end, uint64_t size,
    const struct tlog_source *source)
{
	struct prover p = {proof, 0, source};
	enum rc rc = RC_CONSISTENCY;

	if (subtree_valid(start, end, size))
		rc = prove(&p, 0, size, start, end, true);
	*proof_n = p.n;
	return rc;
}

struct checker {
	const uint8_t *proof, *hash;
	unsigned n, used;
};

static bool
check_take(struct checker *c, uint8_t out[static 32])
{
	if (c->used == c->n)
		return false;
	memcpy(out, c->proof + 32 * (size_t)c->used++, 32);
	return true;
}

/* The same walk: what the proof says of the subtree, and of lo..hi-1. */
static bool
check(struct checker *c, uint64_t lo, uint64_t hi, uint64_t start,
    uint64_t end, bool known, uint8_t sub[static 32], uint8_t node[static 32])
{
	uint8_t half[32], other[32];
	uint64_t m;

	if (lo == start && hi == end) {
		if (known)
			memcpy(sub, c->hash, 32);
		else if (!check_take(c, sub))
			return false;
		memcpy(node, sub, 32);
		return true;
	}
	m = split(lo, hi);
	if (end <= m) {
		if (!check(c, lo, m, start, end, known, sub, half) ||
		    !check_take(c, other))
			return false;
		merkle_node(node, half, other);
		return true;
	}
	if (start >= m) {
		if (!check(c, m, hi, start, end, known, sub, half) ||
		    !check_take(c, other))
			return false;
		merkle_node(node, other, half);
		return true;
	}
	if (!check(c, m, hi, m, end, false, sub, half) ||
	    !check_take(c, other))
		return false;
	merkle_node(node, other, half);
	memcpy(half, sub, 32);
	merkle_node(sub, other, half);
	return true;
}

enum rc
tlog_subtree_check(uint64_t start, uint64_t end,
    const uint8_t hash[static 32], uint64_t size,
    const uint8_t root[static 32], const uint8_t *proof, unsigned proof_n)
{
	struct checker c = {proof, hash, proof_n, 0};
	uint8_t sub[32], node[32];

	if (!subtree_valid(start, end, size) ||
	    !check(&c, 0, size, start, end, true, sub, node) ||
	    c.used != proof_n || memcmp(sub, hash, 32) != 0 ||
	    memcmp(node, root, 32) != 0)
		return RC_CONSISTENCY;
	return RC_OK;
}

/* ---- mirror-info ------------------------------------------------------ */

void
mirror_info_text(struct text *out, uint64_t pending, uint64_t next)
{
	/* uploads resume by what is stored: there is no ticket */
	text_printf(out, "%llu\n%llu\n\n", (unsigned long long)pending,
	    (unsigned long long)next);
}

enum rc
mirror_info_parse(struct mirror_info *i, const uint8_t *bytes, size_t n)
{
	struct slice line[3];
	unsigned k;
	size_t at = 0;

	for (k = 0; k < 3; k++) {
		line[k] = (struct slice){bytes + at, 0};
		while (at < n && bytes[at] != '\n')
			at++;
		if (at == n)
			return RC_FIELD;
		line[k].n = (size_t)(bytes + at++ - line[k].p);
	}
	i->ticket = line[2];
	return at == n && slice_decimal(line[0], size_max, &i->pending) &&
		slice_decimal(line[1], size_max, &i->next)
	    ? RC_OK
	    : RC_FIELD;
}
