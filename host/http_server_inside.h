/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_HTTP_SERVER_INSIDE_H
#define HOST_HTTP_SERVER_INSIDE_H
#include <microhttpd.h>
#include <pthread.h>
#include "host/http_server.h"

/*
 * HTTP over libmicrohttpd: its threads take requests off the wire, ours
 * (one, http_clock_run) watches deadlines. What the library leaves open is
 * closed here: its timeout counts idleness only, so that one byte a second
 * holds a connection for ever (every request has a deadline); and it takes
 * requests whose length can be read in two ways (refused: a proxy before us
 * may read the other one).
 *
 * A request's life: http_on_line (request made) -> http_on_request, first
 * call (checked, room for the body) -> further calls (body) -> last call
 * (handler) -> the answer, at once or after http_suspend ->
 * http_on_completed (freed). Everything about deadlines and suspension is
 * under server->lock, which is never held across a call of the library or of
 * a handler.
 */
#define HTTP_URI_MAX	  4096
#define HTTP_BYTES_PER_MS 16
#define NEVER		  UINT64_MAX

/* One socket, from accept to close. */
struct link {
	struct http_server *server;
	struct link *next, *previous;
	int fd;
	uint64_t due_ms;
	char peer[sizeof((struct http_request *)0)->peer];
};

struct reply_header {
	char name[64], value[512];
};

struct request {
	struct http_request public; /* first: handlers hold this address */
	struct http_server *server;
	struct MHD_Connection *connection;
	struct link *link;
	const struct http_route *route;
	char method[8];
	bool uri_bad, begun, entered, closing, starved;
	uint8_t *body;
	size_t body_cap, body_counted;
	uint64_t body_due_ms, body_ahead; /* bytes that are no ms yet */
	unsigned refusal; /* a status, to be given behind the body */
	/* the answer */
	struct reply_header *headers; /* room for all, from the first one on */
	size_t header_count;
	struct MHD_Response *response;
	unsigned status;
	uint64_t answer_n;
	/* suspension, under server->lock; `suspended` is the handler's */
	bool suspended, answered, expiring, herald;
	uint64_t due_ms;
	void (*expired)(void *context, struct http_request *request);
	void *expired_context;
	struct request *next, *previous;
	size_t path_cap;
	char path[];
};

struct http_server {
	struct http_server_options options;
	struct MHD_Daemon *daemon;
	int fd;
	char address[80];
	unsigned port;
	pthread_t clock;
	pthread_mutex_t lock;
	pthread_cond_t wake;	/* the clock: an earlier deadline */
	pthread_cond_t settled; /* stop: one request fewer */
	struct link *links;
	struct request *waiting; /* suspended and not answered */
	struct request *answered; /* to be resumed by the herald's thread */
	bool herald;		  /* one is on its way there */
	size_t active;		 /* handed to a handler, not completed */
	size_t body_total;
	uint64_t wake_ms;
	bool stopping, ended;
};

static inline struct request *
request_of(const struct http_request *request)
{
	return (struct request *)(uintptr_t)request;
}

/* http_server_clock.c. Under the lock: somebody is due then. */
void http_clock_by(struct http_server *s, uint64_t due_ms);
/* Not under the lock. NULL is allowed. */
void http_link_due(struct link *link, uint64_t due_ms);
void http_on_link(void *context, struct MHD_Connection *connection,
    void **link_at, enum MHD_ConnectionNotificationCode what);
void *http_clock_run(void *context);

/* http_server_check.c */
bool http_uri_plain(const char *uri);
/* Everything that can be said before the body comes; 0 or the status. */
unsigned http_request_check(struct request *r, const char *method,
    const char *path);
const char *http_status_line(unsigned status);

/* http_server_request.c */
void *http_on_line(void *context, const char *uri,
    struct MHD_Connection *connection);
size_t http_on_unescape(void *context, struct MHD_Connection *connection,
    char *value);
enum MHD_Result http_on_request(void *context,
    struct MHD_Connection *connection, const char *path, const char *method,
    const char *version, const char *upload, size_t *upload_n,
    void **request_at);
void http_on_completed(void *context, struct MHD_Connection *connection,
    void **request_at, enum MHD_RequestTerminationCode how);
#endif
