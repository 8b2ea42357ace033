/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_HTTP_SERVER_H
#define HOST_HTTP_SERVER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/why.h"
#include "verify/rc.h"

/*
 * An HTTP/1.1 server over libmicrohttpd, which nobody else sees. It takes
 * requests off the wire whole, within limits, and hands them to handlers.
 * It refuses by itself, one line of text and the status: 400 (two
 * Content-Lengths, one together with Transfer-Encoding, a path with
 * percent-encoding, an empty, "." or ".." segment, a repeated query key),
 * 404, 405 with Allow, 411 (a body without length), 413 (body), 431
 * (headers), 503 (too much in flight). A refused body of up to 8 MiB is read and
 * dropped first, so that the refusal arrives. A request whose bytes come too
 * slowly is cut off.
 */
struct http_server;

/* Fields are for handlers to read, until the answer. */
struct http_request {
	const char *method; /* HEAD comes as GET */
	const char *path;   /* "/tile/0/x001/067", without the query */
	const char *tail;   /* behind the route's star; "" otherwise */
	const uint8_t *body;
	size_t body_n;
	char peer[48]; /* address without port; "unknown" */
};

enum {
	/* This route's bodies do not count against body_total_max. */
	HTTP_ROUTE_SMALL = 1
};

/*
 * path is exact ("/v1/poll"), or ends in a star ("/v1/blobs/" and "*") and
 * matches every longer path. The first match of path and method wins. GET
 * serves HEAD. Called on a server thread, several at once: answer or suspend
 * before returning, and do not block: work that takes more than a few
 * milliseconds goes to a thread of yours, with http_suspend.
 */
struct http_route {
	const char *method;
	const char *path;
	size_t body_max;
	void (*handler)(void *context, struct http_request *request);
	unsigned flags;
};

/* For settings: a thread each 120, and as many files, open at once. */
enum { HTTP_CONNECTIONS_MAX = 10000 };

/* Whether `listen` is one: RC_OK or RC_CONFIG. Opens nothing. */
enum rc http_listen_check(const char *listen, struct why *why)
    __attribute__((warn_unused_result));

/* Zero means the figure behind it. */
struct http_server_options {
	const char *listen; /* "127.0.0.1:0", "[::1]:8080"; 0: any port */
	const struct http_route *routes;
	size_t route_count;
	void *context;		     /* for the handlers */
	unsigned threads;	     /* 2; or one for each 120 connections */
	unsigned connections_max;    /* 1000 */
	unsigned connections_per_ip; /* 100 */
	unsigned request_ms;	     /* 15000; behind 16 bytes/ms of body, too */
	unsigned idle_ms;	     /* 60000: to the next request's first line */
	unsigned answer_ms;	     /* 30000, and 1 ms per 16 bytes: to be read */
	size_t header_bytes_max;     /* 16384, answer headers included */
	size_t body_total_max;	     /* 268435456, come and not done with */
	const char *tls_certificate; /* PEM files; NULL: plain HTTP */
	const char *tls_key;
};

/*
 * Listens and serves. The table, the context and the strings of the routes
 * must live until http_server_stop. RC_OK, RC_NETWORK (cannot listen, with
 * why), RC_CONFIG (`listen` is not an address and a port), RC_MEMORY, or of
 * file_read for the PEM files.
 */
enum rc http_server_start(struct http_server **out,
    const struct http_server_options *options, struct why *why)
    __attribute__((warn_unused_result));

/* Where it really listens, as in `listen` with the port filled in. */
const char *http_server_address(const struct http_server *server);
unsigned http_server_port(const struct http_server *server);

/*
 * No new connections; `expired` of every suspended request is called now;
 * waits until all are answered, at most 10 s, then answers the rest itself
 * with 503 (so stop your threads first, or see that they answer). NULL is
 * allowed.
 */
void http_server_stop(struct http_server *server);

/* A request header or a query value (?name=value), NULL if absent. A query
 * value is as on the wire: percent-encoding was refused. */
const char *http_header(const struct http_request *request, const char *name);
const char *http_query(const struct http_request *request, const char *name);

/* The body itself, body_n bytes and a NUL, for the handler to keep and free:
 * no copy. Once, and the request has none afterwards. */
uint8_t *http_body_take(struct http_request *request);

/* A decimal query value of at most max; fallback if absent. False if it is
 * there and is none. */
bool http_query_number(const struct http_request *request, const char *name,
    uint64_t max, uint64_t fallback, uint64_t *value);

/*
 * The answer, once, from the handler or, after http_suspend, from any thread.
 * Bytes are copied. The request is gone afterwards. A header is added before
 * the answer; values with control bytes are refused by an assert.
 * http_reply_file sends the next `size` bytes of fd and closes it.
 * http_reply_text sends "text/plain; charset=utf-8", the line and LF: every
 * refusal is one line.
 */
void http_reply_header(struct http_request *request, const char *name,
    const char *value);
void http_reply(struct http_request *request, unsigned status,
    const char *content_type, const void *bytes, size_t n);
void http_reply_file(struct http_request *request, unsigned status,
    const char *content_type, int fd, uint64_t size);
void http_reply_text(struct http_request *request, unsigned status,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * The handler will return without an answer; some thread answers later (hand
 * request to it after this call, not before), once and always, also when the client is long gone (that cannot be seen).
 * request stays valid until then.
 *
 * With timeout_ms > 0, `expired` is called on a thread of the server when
 * nobody has answered in time, or at http_server_stop, at most once. It
 * should take the request out of wherever it waits, under your own lock, and
 * answer it (204, say). If it is no longer there, another thread has taken
 * it and answers: then do nothing. During the call request stays valid even
 * if that thread answers meanwhile. With timeout_ms 0 `expired` may be
 * NULL, or is called at http_server_stop only.
 */
void http_suspend(struct http_request *request, unsigned timeout_ms,
    void (*expired)(void *context, struct http_request *request),
    void *context);
#endif
