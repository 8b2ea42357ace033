/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_WITNESS_H
#define LOG_WITNESS_H
#include "log/cosign.h"

/*
 * What a witness decides (C2SP tlog-witness, add-checkpoint), without its
 * store and its socket: the answer to one well-formed request, given what it
 * cosigned last of that origin. The caller compares and swaps on `old`.
 */
struct witness_head {
	uint64_t size; /* 0: nothing yet */
	uint8_t root[32];
};

enum witness_verdict {
	WITNESS_COSIGN = 200,
	WITNESS_MALFORMED = 400, /* old size above the checkpoint's */
	WITNESS_UNTRUSTED = 403, /* no good line by a key of the log */
	WITNESS_UNKNOWN = 404,	 /* not a log that it was told of */
	WITNESS_STALE = 409,	 /* old is not what it holds: says what is */
	WITNESS_INCONSISTENT = 422,
};

enum { WITNESS_LOG_KEYS_MAX = 4 };

/* The log's lines: at least one verifies, none that is known fails. Which
 * ones in *mask. */
bool witness_trusts(const struct cosign_request *r, const struct vkey *keys,
    unsigned key_n, unsigned *mask);

/*
 * Everything after the log's signature. *fork when the two checkpoints prove
 * by themselves that the log shows two histories: one size, two roots.
 */
enum witness_verdict witness_judge(const struct cosign_request *r,
    const struct witness_head *held, bool *fork);
#endif
