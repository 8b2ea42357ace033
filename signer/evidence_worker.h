/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_EVIDENCE_WORKER_H
#define SIGNER_EVIDENCE_WORKER_H
/*
 * The evidence process: this program again (`quorate-signerd --look`), one
 * question on its stdin, one answer on its stdout, sandboxed to the directory
 * of its repositories before it reads a foreign byte. It has no secret, and
 * whoever takes it over can lie about one repository and nothing else. It is
 * killed when it takes too long.
 */
#include "signer/evidence_git.h"
#include "verify/release.h"

#define LOOK_MS_DEFAULT 600000u
#if defined(__SANITIZE_ADDRESS__)
#define LOOK_MEMORY_MAX 0 /* the sanitizer maps terabytes */
#else
#define LOOK_MEMORY_MAX (3ull << 30)
#endif

/* The child's part: reads, answers, and ends the process. */
_Noreturn void look_serve(void);

struct look_options {
	const char *directory; /* of the repositories; made when absent */
	const char *ca_file;   /* NULL: the system's */
	uint64_t timeout_ms;
};
/*
 * The parent's part, one question. signers_text: an ALLOWED SIGNERS file's
 * bytes, n 0: none. RC_OK and *out, whose findings text was parsed strictly;
 * RC_SOURCE, RC_TIMEOUT, RC_STOPPED (*stop_fd became readable), RC_STATE (no
 * child), with why.
 */
enum rc look_run(struct source_found *out, const struct look_options *options,
    const struct git_ask *ask, const uint8_t *signers_text, size_t signers_n,
    int stop_fd, struct why *why) __attribute__((warn_unused_result));
#endif
