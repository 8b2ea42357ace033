/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COORDINATOR_H
#define CLI_COORDINATOR_H
#include "cli/cli.h"
#include "cli/key.h"
#include "quorum/message.h"

/*
 * The coordinator's client: docs/formats.md section 9. It is believed in
 * nothing: whoever gets a note from it checks the note.
 */
struct coordinator_access {
	const char *url; /* without a slash at the end */
	const struct signing_key *key; /* proposer's or party's */
	bool purpose; /* what is awaited is a quorate/signature@v1 text */
	/* Or NULL: sees each status in which parties want to see files. */
	void (*wanted)(void *context, const struct message_status *status);
	void *context;
};

/* The header that lets the key's owner read `path`. */
void coordinator_header(
    struct text *out, const struct signing_key *key, const char *path);

/*
 * Hand over a release or withdraw text. id is its id. supersedes: an id in
 * hex, or NULL. RC_OK, also when it was there; RC_BUSY (why names the open
 * one), RC_HTTP (refused, why says its line), RC_NETWORK and others of
 * host/http_client.h.
 */
enum rc coordinator_submit(uint8_t id[static 32],
    const struct coordinator_access *access, const uint8_t *text, size_t n,
    const char *supersedes, struct why *why)
    __attribute__((warn_unused_result));

/*
 * Wait until the text is signed; note is then its signed note, malloc'd, of
 * which nothing was checked but that its text has this id. progress, if not
 * NULL, sees each new status. A coordinator that is away for a moment is
 * asked again.
 * RC_OK; RC_TIMEOUT (still open); RC_QUORUM (refused, expired, superseded or
 * aborted: why says which and by whom); RC_HTTP, RC_NETWORK ...
 */
enum rc coordinator_await(struct blob *note,
    const struct coordinator_access *access, const uint8_t id[static 32],
    uint64_t timeout_ms,
    void (*progress)(void *context, const struct message_status *status),
    void *context, struct why *why) __attribute__((warn_unused_result));

/* Both, with progress on stderr. Returns an exit code: EXIT_OK and note,
 * EXIT_PENDING, EXIT_POLICY, EXIT_ENVIRONMENT, after saying why. */
int coordinator_obtain(struct blob *note,
    const struct coordinator_access *access, const uint8_t *text, size_t n,
    const char *supersedes, uint64_t wait_ms);
/* coordinator_await with the same talk: for --resume ID. */
int coordinator_resume(struct blob *note,
    const struct coordinator_access *access, const uint8_t id[static 32],
    uint64_t wait_ms);

/* For cli/ceremony.c: GET path?query, signed. body is malloc'd. */
enum rc coordinator_read(struct blob *body,
    const struct coordinator_access *access, const char *path,
    const char *query, unsigned timeout_ms, struct why *why)
    __attribute__((warn_unused_result));
enum rc coordinator_post(struct blob *body, const char *url, const char *path,
    const void *bytes, size_t n, struct why *why)
    __attribute__((warn_unused_result));
#endif
