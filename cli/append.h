/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_APPEND_H
#define CLI_APPEND_H
#include "cli/cli.h"

/*
 * Have the log at url take a signed note, or another log's file of one. file
 * is the answer, malloc'd: the note with its proof. Asks again, at least
 * once and until deadline_ms, while the log waits for witnesses. The answer
 * is a file of this text; nothing else in it has been checked.
 * RC_OK; the log's own refusal, why saying its line; RC_LOG_WAIT, RC_TIMEOUT
 * (pending); the rest of tlog_add (log/client.h).
 */
enum rc log_append(struct blob *file, const char *url, const uint8_t *bytes,
    size_t n, uint64_t deadline_ms, struct why *why)
    __attribute__((warn_unused_result));
/* What a program exits with for a result of the above. */
enum exit_code log_exit(enum rc rc);

/* The latest release file of a product, a name of ours; RC_FILE_ABSENT when
 * the log has none. Nothing in it has been checked. */
enum rc log_latest(struct blob *file, const char *url, const char *product,
    struct why *why) __attribute__((warn_unused_result));
#endif
