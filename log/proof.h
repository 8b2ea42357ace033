/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_PROOF_H
#define LOG_PROOF_H
#include "log/cosign.h"

/*
 * The proof at the end of a file (C2SP tlog-proof), for hosts that hold the
 * whole of it in memory. A device reads it in verify/verify.c, as it comes.
 */
enum {
	PROOF_HEAD_MAX = 64 + MERKLE_DEPTH_MAX * 45,
	FILE_BYTES_MAX =
	    NOTE_BYTES_MAX + 1 + PROOF_HEAD_MAX + CHECKPOINT_NOTE_MAX,
};

/* Up to and with the empty line; a signed checkpoint follows. */
void proof_text(struct text *out, uint64_t index, const uint8_t *path,
    unsigned path_n);

struct proof {
	uint64_t index;
	unsigned path_n;
	uint8_t path[MERKLE_DEPTH_MAX * 32];
	struct note checkpoint; /* borrows from the bytes */
	struct checkpoint head;
};
/* RC_OK, RC_PROOF, RC_PROOF_DEPTH, RC_CHECKPOINT, or of note_split. */
enum rc proof_parse(struct proof *p, const uint8_t *bytes, size_t n)
    __attribute__((warn_unused_result));

/* That the note's bytes are in the tree of the head. RC_OK, RC_INCLUSION. */
enum rc proof_includes(const struct proof *p, const uint8_t *note, size_t n)
    __attribute__((warn_unused_result));

/* proof_includes and checkpoint_trusted. */
enum rc proof_trusted(const struct proof *p, const struct trust *t,
    const uint8_t *note, size_t n, uint64_t *time)
    __attribute__((warn_unused_result));
#endif
