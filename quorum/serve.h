/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_SERVE_H
#define QUORUM_SERVE_H
/*
 * The coordinator over HTTP: docs/formats.md section 9. One lock around
 * machine and store; who waits is suspended and woken by the very event that
 * brings it news, after that event is on disk.
 */
#include <stdbool.h>
#include <stdint.h>
#include "host/why.h"
#include "quorum/coordinator.h"
#include "quorum/store.h"
#include "quorum/store_blob.h"

#define SERVE_WAITERS_MAX     1024 /* long polls; the next is answered 429 */
#define SERVE_WAITERS_PER_KEY 4	   /* of one party; the oldest gives way */
#define SERVE_WAIT_S_MAX      55

struct serve;

struct serve_options {
	const char *listen;
	const char *tls_certificate, *tls_key; /* NULL: plain HTTP */
	bool read_auth; /* reads of proposals carry Quorate-Read */
	struct blobs *blobs; /* NULL: there are none; lives longer */
};

/* c and store live longer. RC_OK or what http_server_start says. */
enum rc serve_start(struct serve **out, struct coordinator *c,
    struct store *store, const struct serve_options *options, struct why *why)
    __attribute__((warn_unused_result));
const char *serve_address(const struct serve *s);
/* The clock: once a second. */
void serve_tick(struct serve *s);
void serve_stop(struct serve *s); /* NULL is allowed */
#endif
