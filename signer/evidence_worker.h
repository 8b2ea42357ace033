/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_EVIDENCE_WORKER_H
#define SIGNER_EVIDENCE_WORKER_H
/*
 * Evidence processes: this program again (`quorate-signerd --look`, `--build`,
 * `--fetch`),
 * one question on stdin, one answer on stdout, sandboxed to a directory of its
 * own before a foreign byte is read. They have no secret, and whoever takes
 * one over can lie about one repository and nothing else. They are killed when
 * they take too long.
 */
#include "signer/evidence_build.h"
#include "signer/evidence_fetch.h"
#include "signer/evidence_git.h"
#include "signer/serve_link.h"
#include "verify/release.h"

#define LOOK_MS_DEFAULT 600000u
#define LOOK_MEMORY_MAX (3ull << 30)

/* The child's part: if the arguments are those of one, reads, answers and ends
 * the process; otherwise returns at once. */
void worker_serve_if_asked(int argc, char **argv);

/*
 * The parent's part: one question to a new process ("--look", "--build"; the
 * latter's log goes to log_fd, otherwise -1), and the bytes that it answers.
 * RC_OK, RC_TIMEOUT, RC_STOPPED (*stop_fd became readable), RC_SOURCE (more
 * than cap), RC_STATE (no child), with why.
 */
enum rc worker_ask(char *answer, size_t *n, size_t cap, const char *word,
    int log_fd, const struct text *question, uint64_t timeout_ms, int stop_fd,
    struct why *why) __attribute__((warn_unused_result));

struct look_options {
	struct link *parent;   /* one question at a time */
	const char *directory; /* of the repositories; made when absent */
	const char *checkout;  /* below it, or NULL: git_look's */
	const char *ca_file;   /* NULL: the system's */
	uint64_t timeout_ms;
};
/*
 * The seat's part, one question. signers_text: an ALLOWED SIGNERS file's
 * bytes, n 0: none. RC_OK and *out, whose findings text was parsed strictly;
 * RC_SOURCE, RC_TIMEOUT, RC_STOPPED (*stop_fd became readable), RC_STATE (no
 * child), RC_LINK, with why.
 */
enum rc look_run(struct source_found *out, const struct look_options *options,
    const struct git_ask *ask, const uint8_t *signers_text, size_t signers_n,
    int stop_fd, struct why *why) __attribute__((warn_unused_result));

/*
 * Rebuild what look_run checked out to ask->root/src; what the command says
 * goes to builds/`log`.log in the state directory. Adds to *out. A build that
 * takes too long has failed. RC_OK, RC_STATE, RC_STOPPED, RC_SOURCE (no
 * answer), RC_LINK, with why.
 */
enum rc look_build(struct source_found *out, struct link *parent,
    const struct build_ask *ask, const char *log, uint64_t timeout_ms,
    int stop_fd, struct why *why)
    __attribute__((warn_unused_result));

/*
 * Fetch what a digest stands for. RC_OK: size and sha256 of *out are those of
 * the bytes that came, in ask->directory under the digest if they are the
 * right ones. RC_SOURCE, RC_STATE, RC_STOPPED, RC_TIMEOUT, with why: not, or
 * not all of it, this time; what came so far stays.
 */
enum rc look_fetch(struct source_fetched *out, struct link *parent,
    const struct fetch_ask *ask, int stop_fd, struct why *why)
    __attribute__((warn_unused_result));
#endif
