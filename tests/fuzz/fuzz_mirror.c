/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a mirror reads from strangers: uploads, packed or not, their packages
 * and proofs; and what a log reads from its mirror. An upload's head is
 * spelled again byte for byte, a package's parts are where it says; what is
 * unpacked is what another call of zlib unpacks, and packs again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "host/gzip.h"
#include "log/mirror.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
head_again(const struct mirror_upload *u, const uint8_t *bytes)
{
	uint8_t head[MIRROR_HEADER_MAX];
	size_t n = mirror_upload_head(head, u->origin, u->start, u->end);

	/* it has no ticket, which is two bytes of length and itself */
	assert(n <= sizeof head && u->at == n + u->ticket.n);
	assert(memcmp(head, bytes, n - 2) == 0);
	assert((size_t)(bytes[n - 2] << 8 | bytes[n - 1]) == u->ticket.n);
	assert(u->ticket.p == bytes + n && u->origin.p == bytes + 2);
}

/* Lengths of two bytes, a count, hashes: nothing between, nothing behind. */
static void
package_again(const struct mirror_package *p, uint64_t end,
    const uint8_t *bytes, size_t n)
{
	size_t at = 0;
	uint64_t i;

	for (i = p->from; i < p->to; i++)
		at += 2 + (size_t)(bytes[at] << 8 | bytes[at + 1]);
	assert(p->entries.p == bytes && p->entries.n == at);
	assert(
	    bytes[at] == p->proof_n && n == at + 1 + 32 * (size_t)p->proof_n);
	assert(memcmp(bytes + at + 1, p->proof, 32 * (size_t)p->proof_n) == 0);
	assert(p->to == end || p->to % 256 == 0); /* cut there, and only */
	assert(p->to - p->from <= 256 - p->from % 256);
}

static void
upload(const uint8_t *bytes, size_t n)
{
	static struct mirror_package p;
	struct mirror_upload u;
	uint8_t hash[32] = {0};
	uint64_t from;
	size_t at, before;

	if (mirror_upload_parse(&u, bytes, n) != RC_OK)
		return;
	assert(u.start <= u.end && u.at <= n && slice_foreign(u.origin));
	head_again(&u, bytes);
	for (from = u.start, at = u.at; from < u.end; from = p.to) {
		before = at;
		if (mirror_package_next(&p, &at, bytes, n, from, u.end) !=
		    RC_OK)
			break;
		assert(at > before && at <= n && p.to > p.from &&
		       p.to <= u.end && p.proof_n <= MIRROR_PROOF_MAX);
		package_again(&p, u.end, bytes + before, at - before);
		(void)!tlog_subtree_check(
		    from, p.to, hash, u.end, hash, p.proof, p.proof_n);
	}
}

enum { UNPACKED_MAX = 65536 };

/* One member, to its end, in one call with room for one byte too many. */
static bool
unpack(uint8_t *out, size_t *out_n, const uint8_t *bytes, size_t n)
{
	z_stream z = {.next_in = (uint8_t *)(uintptr_t)bytes,
	    .avail_in = (uInt)n,
	    .next_out = out,
	    .avail_out = UNPACKED_MAX + 1};
	bool good;

	assert(inflateInit2(&z, 15 + 16) == Z_OK);
	good = inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_in == 0 &&
	       z.total_out <= UNPACKED_MAX;
	*out_n = z.total_out;
	inflateEnd(&z);
	return good;
}

static void
packed(const uint8_t *bytes, size_t n)
{
	static uint8_t want[UNPACKED_MAX + 1];
	uint8_t *out, *again, *twice;
	size_t out_n, want_n, again_n, twice_n;
	bool good = unpack(want, &want_n, bytes, n);

	if (gzip_read(&out, &out_n, bytes, n, UNPACKED_MAX) != RC_OK) {
		assert(!good && out == NULL && out_n == 0);
		return;
	}
	assert(good && out_n == want_n && memcmp(out, want, out_n) == 0);
	upload(out, out_n);
	assert(gzip_write(&again, &again_n, out, out_n, 6) == RC_OK);
	assert(gzip_read(&twice, &twice_n, again, again_n, out_n) == RC_OK);
	assert(twice_n == out_n && memcmp(twice, out, out_n) == 0);
	free(twice);
	free(again);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct mirror_info i;
	uint8_t *again, *out;
	size_t again_n, out_n;

	upload(bytes, n);
	(void)!mirror_info_parse(&i, bytes, n); /* see fuzz_answer */
	packed(bytes, n);
	/* of a body that is packed well, one byte too much */
	if (n > 0 && n <= 4096 && bytes[0] % 8 == 0) {
		assert(gzip_write(&again, &again_n, bytes, n, 1) == RC_OK);
		assert(gzip_read(&out, &out_n, again, again_n, n - 1) ==
		       RC_FILE_LONG);
		packed(again, again_n);
		free(again);
	}
	return 0;
}
