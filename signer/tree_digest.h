/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_TREE_DIGEST_H
#define SIGNER_TREE_DIGEST_H
/*
 * The last field of a `source` line: SHA-256 over the listing of a tree,
 * one line a file, `mode SP path LF sha256 LF` (docs/formats.md, "Source
 * trees"). Git names a tree by SHA-1, which two trees can share; this is what
 * a release is held to. Bytes in, bytes out.
 */
#include "host/why.h"
#include "verify/line.h"
#include "verify/sha256.h"

enum { TREE_PATH_MAX = 4096 };

struct tree_digest {
	struct sha256 hash;
	uint64_t files;
	size_t last_n;
	uint8_t last[TREE_PATH_MAX];
};

void tree_digest_init(struct tree_digest *t);
/*
 * The next file. mode as git has it (0100644, 0100755, 0120000: a symlink,
 * whose bytes are its target); paths relative, in ascending byte order. RC_OK,
 * or RC_SOURCE with why: another mode (submodules are refused), a path with
 * control bytes, `.`, `..`, `.git` or empty parts, too long or out of order.
 */
enum rc tree_digest_add(struct tree_digest *t, unsigned mode,
    struct slice path, const uint8_t sha256[static 32], struct why *why)
    __attribute__((warn_unused_result));
/* An empty tree has the digest of no bytes. */
void tree_digest_final(struct tree_digest *t, uint8_t out[static 32]);
#endif
