/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_MIRROR_H
#define LOG_MIRROR_H
#include "host/text.h"
#include "log/tree.h"
#include "log/tile.h"
#include "verify/line.h"

/*
 * What a log and its mirror say to each other (C2SP tlog-mirror), and the
 * proofs in it: that a subtree is part of a tree (consistency proofs of
 * subtrees, draft-ietf-plants-merkle-tree-certs section 4.4). Bytes only.
 *
 *	OFFSET      SIZE  FIELD of an add-entries body, big endian
 *	0           2     length o of the origin
 *	2           o     origin
 *	2+o         8     upload_start
 *	10+o        8     upload_end
 *	18+o        2     length t of the ticket
 *	20+o        t     ticket
 *	20+o+t            packages, cut where the index is a multiple of 256:
 *			  (2 length, entry)*, 1 number of hashes, 32 each
 */
enum {
	MIRROR_HEADER_MAX = 20 + NAME_BYTES_MAX + 1024,
	MIRROR_PROOF_MAX = 63,
	/* one package at least fits */
	MIRROR_BODY_MAX = 24 * 1024 * 1024,
	MIRROR_INFO_MAX = 128,
};

struct mirror_upload {
	struct slice origin, ticket;
	uint64_t start, end;
	size_t at; /* of the first package */
};
/* RC_OK or RC_FIELD: malformed, or start above end. */
enum rc mirror_upload_parse(struct mirror_upload *u, const uint8_t *body,
    size_t n) __attribute__((warn_unused_result));
/* room for MIRROR_HEADER_MAX bytes; returns how many. */
size_t mirror_upload_head(uint8_t *out, struct slice origin, uint64_t start,
    uint64_t end);

/* The entries from..to-1 of one package, and its proof. */
struct mirror_package {
	uint64_t from, to;
	struct slice entries; /* a bundle, as tiles have it */
	unsigned proof_n;
	uint8_t proof[MIRROR_PROOF_MAX * 32];
};
/* The package that begins at *at with entry `from`; *at moves behind it.
 * RC_OK; RC_MORE: the body ends before it does; RC_FIELD. */
enum rc mirror_package_next(struct mirror_package *p, size_t *at,
    const uint8_t *body, size_t n, uint64_t from, uint64_t end)
    __attribute__((warn_unused_result));

/* The hash over the entries lo..hi-1, lo a multiple of the smallest power of
 * two that is at least hi - lo. */
enum rc tlog_subtree(uint8_t hash[static 32], uint64_t lo, uint64_t hi,
    const struct tlog_source *source) __attribute__((warn_unused_result));

/* That such a subtree is part of the tree of that size: made, and checked.
 * RC_OK, RC_CONSISTENCY, or the source's. */
enum rc tlog_subtree_proof(uint8_t proof[static MIRROR_PROOF_MAX * 32],
    unsigned *proof_n, uint64_t start, uint64_t end, uint64_t size,
    const struct tlog_source *source) __attribute__((warn_unused_result));
enum rc tlog_subtree_check(uint64_t start, uint64_t end,
    const uint8_t hash[static 32], uint64_t size,
    const uint8_t root[static 32], const uint8_t *proof, unsigned proof_n)
    __attribute__((warn_unused_result));

/* text/x.tlog.mirror-info: pending size, next entry, ticket. */
struct mirror_info {
	uint64_t pending, next;
	struct slice ticket; /* base64 */
};
void mirror_info_text(struct text *out, uint64_t pending, uint64_t next);
enum rc mirror_info_parse(struct mirror_info *i, const uint8_t *bytes,
    size_t n) __attribute__((warn_unused_result));
#endif
