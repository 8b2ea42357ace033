/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_EVIDENCE_BUILD_H
#define SIGNER_EVIDENCE_BUILD_H
/*
 * A rebuild: the operator's command on a checkout, in a sandbox of its own,
 * without network, and the digests of what it left behind. Called in an
 * evidence process only (signer/evidence_worker.h).
 */
#include "signer/source.h"

struct build_ask {
	const char *root;    /* holds src, the checkout; the rest is ours */
	const char *command; /* the operator's; runs in root/src */
	uint64_t epoch;	     /* SOURCE_DATE_EPOCH: the commit's time */
	uint64_t cpu_s, memory_bytes, file_bytes; /* limits of each process */
	int log_fd; /* gets what the command says */
	unsigned output_count;
	struct {
		char component[NAME_BYTES_MAX + 1];
		char path[256]; /* below src */
	} output[SOURCE_OUTPUTS_MAX];
};

/*
 * out->build and what goes with it; the rest of out is left alone. Returns
 * when the command has ended and everything that it started. RC_OK (also for
 * a build that failed: a fact), RC_STATE with why: it could not be tried.
 */
enum rc build_run(struct source_found *out, const struct build_ask *ask,
    struct why *why) __attribute__((warn_unused_result));
#endif
