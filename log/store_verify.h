/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_VERIFY_H
#define LOG_STORE_VERIFY_H
#include "log/store.h"

/*
 * Holds a log's state to itself: from the entries alone the tree is built
 * again, by other code than the server's, and head, stored tiles, index,
 * published checkpoint and every file that readers are served must be what
 * comes out. Whether the entries deserve to be there is `quorate audit`'s
 * question. The state must not be in use; nothing of it is changed but the
 * index, which is brought up to date.
 */
struct store_verified {
	char vkey[LOG_VKEY_MAX];
	uint64_t size, published; /* of the head, of `checkpoint` */
	uint8_t root[32];
	uint64_t tiles, bundles, partials; /* files that are right */
	uint64_t absent; /* partial ones that a start makes again */
};

/* RC_OK; RC_LOCKED; RC_LOG_FORK with why: something is not what the entries
 * say; RC_DATABASE, RC_FILE. */
enum rc store_verify(struct store_verified *out, const char *state,
    struct why *why) __attribute__((warn_unused_result));
#endif
