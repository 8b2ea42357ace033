/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_STORE_H
#define QUORUM_STORE_H
/*
 * What the coordinator keeps: every event that changed its machine, until
 * the text or ceremony that it is about has come to an end; then the end:
 * the last status, the signed notes, the evidence. SQLite, one file.
 *
 * coord_store_begin, feed the machine, coord_store_event for each change,
 * coord_store_commit: only then may anything be said. A machine that is ahead
 * of a failed commit must not live on: the caller exits.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/why.h"
#include "quorum/coordinator.h"

struct store;

enum store_kind {
	STORE_PROPOSE = 1,
	STORE_MESSAGE = 2,
	STORE_CEREMONY = 3,
	STORE_TICK = 4,
	STORE_PURPOSE = 5
};

/* dir is there and locked. RC_OK, RC_DATABASE. run: this run's number. */
enum rc coord_store_open(struct store **out, const char *dir, uint32_t *run,
    struct why *why) __attribute__((warn_unused_result));
void coord_store_close(struct store *s); /* NULL is allowed */

/*
 * After the configured authorities: those born here, then every event. A
 * born authority that the configuration names itself is left out.
 */
enum rc coord_store_replay(struct store *s, struct coordinator *c, struct why *why)
    __attribute__((warn_unused_result));

enum rc coord_store_begin(struct store *s) __attribute__((warn_unused_result));
/* Only when c->changed; clears it. scope is all zero for a tick, supersedes
 * NULL but for such a proposal. */
enum rc coord_store_event(struct store *s, struct coordinator *c,
    enum store_kind kind, const uint8_t scope[static 32],
    const uint8_t *supersedes, const void *bytes, size_t n, uint64_t now)
    __attribute__((warn_unused_result));
/* Also writes down the ends, and takes what has ended out of the machine. */
enum rc coord_store_commit(struct store *s, struct coordinator *c, uint64_t now)
    __attribute__((warn_unused_result));

/* Whether that text or ceremony has ended here. */
bool coord_store_knows(struct store *s, const uint8_t id[static 32]);
/*
 * Its last status, and the notes behind it, as one bundle; or its blame
 * bundles. False: there is none. out is appended to.
 */
bool coord_store_end(struct store *s, const uint8_t id[static 32], bool birth,
    struct text *out);
bool coord_store_blames(
    struct store *s, const uint8_t id[static 32], struct text *out);
#endif
