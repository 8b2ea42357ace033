/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H
#include "cli/cli.h"

/*
 * Child processes of commands: started with what env adds to ours, no signal
 * blocked, stdin from bytes (at most a pipe's 64 KiB), stdout taken up to
 * out_max (out NULL: it goes nowhere), killed after timeout_ms. RC_OK: it
 * ended with 0. RC_TIMEOUT, RC_HTTP (it failed; why has the status), RC_MEMORY, RC_FILE.
 */
enum rc child_run(char *const argv[], char *const env[], const void *bytes,
    size_t n, char *out, size_t out_max, size_t *out_n, unsigned timeout_ms,
    struct why *why) __attribute__((warn_unused_result));

/*
 * Whether a source repository can be asked for a ref and says that it is
 * this commit (`git ls-remote`, https, http and file only; a tag's own
 * object or what it points to). RC_OK, RC_FILE_ABSENT, or of child_run.
 */
enum rc source_has(struct slice url, struct slice ref, struct slice commit,
    unsigned timeout_ms, struct why *why) __attribute__((warn_unused_result));
#endif
