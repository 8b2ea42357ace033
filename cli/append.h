/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_APPEND_H
#define CLI_APPEND_H
#include "cli/cli.h"

/*
 * Have the log at url take a signed note. file is the answer: the note with
 * its proof, malloc'd. Asks again until deadline_ms when the log has the
 * note and waits for witnesses. Nothing in the answer has been checked but
 * that it begins with this note's text.
 * RC_OK; RC_HTTP (the log refused: why says its line); RC_TIMEOUT (pending);
 * RC_NETWORK and others of host/http_client.h.
 */
enum rc log_append(struct blob *file, const char *url, const struct note *note,
    uint64_t deadline_ms, struct why *why) __attribute__((warn_unused_result));

/* The latest release file of a product; RC_FILE_ABSENT when it has none. */
enum rc log_latest(struct blob *file, const char *url, struct slice product,
    struct why *why) __attribute__((warn_unused_result));
#endif
