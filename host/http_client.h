/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_HTTP_CLIENT_H
#define HOST_HTTP_CLIENT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/why.h"
#include "verify/rc.h"

/*
 * HTTP(S) requests over libcurl, which nobody else sees. http and https
 * only, no redirects, certificates verified, no cookies, no proxies but those
 * of the environment, answers bounded. Connections are kept alive between
 * calls. One struct http_client is used by one thread at a time, except for
 * http_client_cancel.
 */
struct http_client;

struct http_client_options {
	const char *ca_file; /* NULL: the system's */
	const char *agent;   /* NULL: "quorate/" and the version */
};

/* options may be NULL. RC_OK or RC_MEMORY. */
enum rc http_client_new(struct http_client **out,
    const struct http_client_options *options)
    __attribute__((warn_unused_result));
void http_client_free(struct http_client *client); /* NULL is allowed */

/*
 * From any thread: the call in progress, and every later one, returns
 * RC_STOPPED at once. For ending a daemon in the middle of a long poll.
 */
void http_client_cancel(struct http_client *client);

/* body is malloc'd, NUL follows; NULL when empty. */
struct http_answer {
	unsigned status; /* 0: none came */
	uint8_t *body;
	size_t body_n;
	char content_type[128]; /* "" if none or longer */
	unsigned retry_after_s; /* 0 if none */
};
void http_answer_release(struct http_answer *answer);

/*
 * headers: "Name: value" strings and a NULL, or NULL. For http_post a
 * Content-Type among them, otherwise application/octet-stream is sent.
 * The whole call ends within timeout_ms, connecting within 10 s of it.
 *
 * RC_OK for any 2xx; RC_HTTP for other statuses, the answer and its body in
 * *answer, why saying the status and the body's first line; RC_NETWORK,
 * RC_TIMEOUT, RC_FILE_LONG (more than max answer bytes), RC_CONFIG (not an
 * http or https URL), RC_STOPPED, RC_MEMORY: *answer is empty. Release it
 * whatever the result.
 */
enum rc http_get(struct http_client *client, const char *url,
    const char *const *headers, unsigned timeout_ms, size_t max,
    struct http_answer *answer, struct why *why)
    __attribute__((warn_unused_result));

/* The digest and length of what a GET answers, of any length, not kept.
 * digest and n mean something with RC_OK only. Otherwise as http_get. */
enum rc http_get_sha256(struct http_client *client, const char *url,
    unsigned timeout_ms, size_t max, uint8_t digest[static 32], uint64_t *n,
    struct why *why) __attribute__((warn_unused_result));

enum rc http_post(struct http_client *client, const char *url,
    const char *const *headers, const void *body, size_t n,
    unsigned timeout_ms, size_t max, struct http_answer *answer,
    struct why *why) __attribute__((warn_unused_result));

/* "GET", "HEAD", "POST", "PUT", "DELETE". body may be NULL for the first two. */
enum rc http_send(struct http_client *client, const char *method,
    const char *url, const char *const *headers, const void *body, size_t n,
    unsigned timeout_ms, size_t max, struct http_answer *answer,
    struct why *why) __attribute__((warn_unused_result));
#endif
