/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a mirror reads from strangers: uploads, packed or not, their packages
 * and proofs; and what a log reads from its mirror.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "host/gzip.h"
#include "log/mirror.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

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
	for (from = u.start, at = u.at; from < u.end; from = p.to) {
		before = at;
		if (mirror_package_next(&p, &at, bytes, n, from, u.end) !=
		    RC_OK)
			break;
		assert(at > before && at <= n && p.to > p.from &&
		    p.to <= u.end && p.proof_n <= MIRROR_PROOF_MAX);
		(void)!tlog_subtree_check(from, p.to, hash, u.end, hash,
		    p.proof, p.proof_n);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct mirror_info i;
	uint8_t *out;
	size_t out_n;

	upload(bytes, n);
	(void)!mirror_info_parse(&i, bytes, n);
	if (gzip_read(&out, &out_n, bytes, n, 65536) == RC_OK) {
		assert(out_n <= 65536);
		upload(out, out_n);
		free(out);
	}
	return 0;
}
