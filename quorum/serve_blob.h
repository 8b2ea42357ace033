/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_SERVE_BLOB_H
#define QUORUM_SERVE_BLOB_H
/*
 * `/v1/blobs/<sha256>`: docs/formats.md section 9. Who may is decided before;
 * here bytes go in, on a thread of their own, and out.
 */
#include "host/http_server.h"
#include "quorum/store_blob.h"

#define BLOB_QUEUE_MAX 16 /* pieces that wait to be written; then 429 */

struct blob_desk;

struct blob_desk_options {
	struct blobs *blobs;
	void *context;
	/* All of them are here now. On the desk's thread, before the sender
	 * hears of it. */
	void (*came)(void *context, const uint8_t sha256[static 32]);
	/* A refusal in the coordinator's words. */
	void (*refuse)(struct http_request *r, enum rc rc);
};

enum rc blob_desk_start(struct blob_desk **out,
    const struct blob_desk_options *options)
    __attribute__((warn_unused_result));
/* Behind http_server_stop, which waits for its answers. NULL is allowed. */
void blob_desk_stop(struct blob_desk *d);

/* A piece, or the question how far it is. size: of the text that names it,
 * at most that unless exact. Answers, now or later. */
void blob_desk_put(struct blob_desk *d, struct http_request *r,
    const uint8_t sha256[static 32], uint64_t size, bool exact);
/* Bytes of all answers so far, for /metrics. */
uint64_t blob_desk_sent(struct blob_desk *d);
/* Answers with the bytes, or the range that is asked for. False: they are not
 * here, and nothing was answered. */
bool blob_desk_get(struct blob_desk *d, struct http_request *r,
    const uint8_t sha256[static 32]);
#endif
