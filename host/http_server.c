/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP over libmicrohttpd: its threads take requests off the wire, ours
 * (one, `clock`) watches deadlines. What the library leaves open is closed
 * here: its timeout counts idleness only, so that one byte a second holds a
 * connection for ever (every request has a deadline); and it takes requests
 * whose length can be read in two ways (refused: a proxy before us may read
 * the other one).
 *
 * A request's life: line_received (request made) -> on_request, first call
 * (checked, room for the body) -> further calls (body) -> last call (handler)
 * -> the answer, at once or after http_suspend -> on_completed (freed).
 * Everything about deadlines and suspension is under server->lock, which is
 * never held across a call of the library or of a handler.
 */
#include "host/http_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/file.h"
#include "host/say.h"
#include "host/text.h"

#define HTTP_REPLY_HEADERS_MAX 8
#define HTTP_QUERY_MAX	       16
#define HTTP_URI_MAX	       4096
#define HTTP_PEM_MAX	       1048576
#define HTTP_DISCARD_MAX       8388608
#define HTTP_DRAIN_MS	       10000
#define HTTP_FLUSH_MS	       2000
#define HTTP_BYTES_PER_MS      16
#define NEVER		       UINT64_MAX

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

static struct request *
request_of(const struct http_request *request)
{
	return (struct request *)(uintptr_t)request;
}

/* Under the lock. */
static void
clock_by(struct http_server *s, uint64_t due_ms)
{
	if (due_ms < s->wake_ms)
		pthread_cond_signal(&s->wake);
}

static void
link_due(struct link *link, uint64_t due_ms)
{
	if (link == NULL)
		return;
	pthread_mutex_lock(&link->server->lock);
	link->due_ms = due_ms;
	clock_by(link->server, due_ms);
	pthread_mutex_unlock(&link->server->lock);
}

static void
peer_name(struct link *link, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *a = info == NULL ? NULL : info->client_addr;
	const void *bytes = NULL;

	if (a != NULL && a->sa_family == AF_INET)
		bytes = &((const struct sockaddr_in *)(const void *)a)->sin_addr;
	if (a != NULL && a->sa_family == AF_INET6)
		bytes =
		    &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
	if (bytes == NULL || inet_ntop(a->sa_family, bytes, link->peer,
		sizeof link->peer) == NULL)
		strcpy(link->peer, "unknown");
}

/* The library tells of a closed connection before it closes the socket, so
 * that an fd found in the list under the lock is still ours to shut down. */
static void
on_link(void *context, struct MHD_Connection *connection, void **link_at,
    enum MHD_ConnectionNotificationCode what)
{
	struct http_server *s = context;
	const union MHD_ConnectionInfo *info;
	struct link *link;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		link = *link_at;
		if (link == NULL)
			return;
		pthread_mutex_lock(&s->lock);
		if (link->previous != NULL)
			link->previous->next = link->next;
		else
			s->links = link->next;
		if (link->next != NULL)
			link->next->previous = link->previous;
		pthread_mutex_unlock(&s->lock);
		free(link);
		*link_at = NULL;
		return;
	}
	info = MHD_get_connection_info(connection,
	    MHD_CONNECTION_INFO_CONNECTION_FD);
	link = info == NULL ? NULL : calloc(1, sizeof *link);
	*link_at = link;
	if (link == NULL)
		return; /* on_line refuses what comes on it */
	link->server = s;
	link->fd = info->connect_fd;
	peer_name(link, connection);
	link->due_ms = clock_ms() + s->options.request_ms;
	pthread_mutex_lock(&s->lock);
	link->next = s->links;
	if (s->links != NULL)
		s->links->previous = link;
	s->links = link;
	clock_by(s, link->due_ms);
	pthread_mutex_unlock(&s->lock);
}

/* One spelling per path: no percent-encoding, no empty, "." or ".."
 * segments, so that a tail may name a file. */
static bool
path_plain(const char *path)
{
	const char *p = path;
	size_t n;

	if (p[0] != '/')
		return false;
	while (*p != '\0') {
		p++; /* the slash */
		n = strcspn(p, "/");
		if ((n == 0 && path[1] != '\0') || (n == 1 && p[0] == '.') ||
		    (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += n;
	}
	return true;
}

static bool
uri_plain(const char *uri)
{
	size_t i;

	for (i = 0; uri[i] != '\0'; i++)
		if (uri[i] <= 0x20 || uri[i] >= 0x7f ||
		    strchr("%#\"<>\\^`{|}", uri[i]) != NULL)
			return false;
	return i < HTTP_URI_MAX;
}

/* The request line is in: from here on the request has its own deadline. */
static void *
on_line(void *context, const char *uri, struct MHD_Connection *connection)
{
	struct http_server *s = context;
	size_t cap = strnlen(uri, HTTP_URI_MAX - 1) + 1;
	struct request *r = calloc(1, sizeof *r + cap);
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (r == NULL)
		return NULL;
	r->path_cap = cap;
	r->server = s;
	r->connection = connection;
	r->link = info == NULL ? NULL : info->socket_context;
	r->uri_bad = !uri_plain(uri) || strchr(uri, '+') != NULL;
	r->public.method = r->method;
	r->public.path = r->path;
	r->public.tail = "";
	link_due(r->link, clock_ms() + s->options.request_ms);
	return r;
}

/* In place of the library's percent-decoding: there is none. */
static size_t
on_unescape(void *context, struct MHD_Connection *connection, char *value)
{
	(void)context;
	(void)connection;
	return strlen(value);
}

struct lengths {
	unsigned lengths, encodings;
	const char *length;
};

static enum MHD_Result
count_lengths(void *context, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	struct lengths *l = context;

	(void)kind;
	if (strcasecmp(name, "Content-Length") == 0) {
		l->lengths++;
		l->length = value;
	}
	if (strcasecmp(name, "Transfer-Encoding") == 0)
		l->encodings++;
	return MHD_YES;
}

struct query {
	const char *names[HTTP_QUERY_MAX];
	size_t count;
	bool bad;
};

static enum MHD_Result
count_query(void *context, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	struct query *q = context;
	size_t i;

	(void)kind;
	(void)value;
	for (i = 0; i < q->count; i++)
		if (strcmp(q->names[i], name) == 0)
			q->bad = true;
	if (q->count == HTTP_QUERY_MAX)
		q->bad = true;
	else
		q->names[q->count++] = name;
	return MHD_YES;
}

static bool
route_matches(const struct http_route *route, const char *path,
    const char **tail)
{
	size_t n = strlen(route->path);

	*tail = "";
	if (n == 0 || route->path[n - 1] != '*')
		return strcmp(route->path, path) == 0;
	if (strncmp(route->path, path, n - 1) != 0 || path[n - 1] == '\0')
		return false;
	*tail = path + n - 1;
	return true;
}

/* 0, or the status of the refusal. */
static unsigned
route_find(struct request *r)
{
	const struct http_server_options *o = &r->server->options;
	char allow[128] = "";
	struct text t;
	const char *tail;
	size_t i;

	text_init(&t, allow, sizeof allow);
	for (i = 0; i < o->route_count; i++) {
		if (!route_matches(&o->routes[i], r->path, &tail))
			continue;
		if (strcmp(o->routes[i].method, r->method) == 0) {
			r->route = &o->routes[i];
			r->public.tail = tail;
			return 0;
		}
		text_printf(&t, "%s%s", t.n > 0 ? ", " : "",
		    o->routes[i].method);
		if (strcmp(o->routes[i].method, "GET") == 0)
			text_string(&t, ", HEAD");
	}
	if (t.n == 0)
		return 404;
	http_reply_header(&r->public, "Allow", allow);
	return 405;
}

/* Room for the body, counted against all others, or a refusal. */
static unsigned
body_begin(struct request *r, const char *length)
{
	struct http_server *s = r->server;
	uint64_t n = 0;
	bool room = true;

	if (length != NULL &&
	    !decimal_decode(&n, UINT64_MAX, length, strlen(length)))
		return 400;
	if (n > r->route->body_max)
		return 413;
	if (!(r->route->flags & HTTP_ROUTE_SMALL)) {
		pthread_mutex_lock(&s->lock);
		room = n <= s->options.body_total_max - s->body_total;
		if (room) {
			s->body_total += (size_t)n;
			r->body_counted = (size_t)n;
		}
		pthread_mutex_unlock(&s->lock);
	}
	r->body = room ? malloc((size_t)n + 1) : NULL;
	if (r->body == NULL)
		return 503;
	r->body[0] = '\0';
	r->body_cap = (size_t)n;
	r->public.body = r->body;
	if (n > 0)
		link_due(r->link, clock_ms() + s->options.request_ms +
			n / HTTP_BYTES_PER_MS);
	return 0;
}

/* Everything that can be said before the body comes; 0 or the status. */
static unsigned
request_check(struct request *r, const char *method, const char *path)
{
	struct lengths l = {0, 0, NULL};
	struct query q = {.bad = false};
	unsigned status;
	bool stopping;

	pthread_mutex_lock(&r->server->lock);
	stopping = r->server->stopping;
	pthread_mutex_unlock(&r->server->lock);
	if (stopping || r->link == NULL)
		return 503;
	MHD_get_connection_values(r->connection, MHD_HEADER_KIND,
	    count_lengths, &l);
	MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND,
	    count_query, &q);
	if (l.lengths > 1 || (l.lengths > 0 && l.encodings > 0) ||
	    r->uri_bad || q.bad || strlen(path) >= r->path_cap ||
	    !path_plain(path))
		return 400;
	if (l.encodings > 0)
		return 411;
	strcpy(r->path, path);
	if (strcmp(method, "HEAD") == 0)
		method = "GET"; /* the library leaves the body out */
	if (strlen(method) >= sizeof r->method)
		return 405;
	strcpy(r->method, method);
	strcpy(r->public.peer, r->link->peer);
	status = route_find(r);
	return status != 0 ? status : body_begin(r, l.length);
}

static const char *
status_line(unsigned status)
{
	switch (status) {
	case 400:
		return "bad request";
	case 404:
		return "there is nothing here";
	case 405:
		return "this method is not served here";
	case 411:
		return "a body needs a Content-Length";
	case 413:
		return "the body is too large";
	}
	return "too busy; try again later";
}

/* Hands the response to the library, on its own thread. */
static enum MHD_Result
answer_queue(struct request *r)
{
	enum MHD_Result ok;

	link_due(r->link, clock_ms() + r->server->options.answer_ms +
		r->answer_n / HTTP_BYTES_PER_MS);
	ok = MHD_queue_response(r->connection, r->status, r->response);
	MHD_destroy_response(r->response);
	r->response = NULL;
	return ok;
}

static enum MHD_Result
refuse(struct request *r, unsigned status)
{
	r->closing = true;
	http_reply_text(&r->public, status, "%s", status_line(status));
	return r->response == NULL ? MHD_NO : answer_queue(r);
}

/* Closing while the peer still sends resets the connection, and a reset
 * may overtake the answer: a body of a bearable length is read and dropped
 * first, within the request's deadline. */
static bool
body_bearable(const struct request *r, unsigned status)
{
	const char *length = MHD_lookup_connection_value(r->connection,
	    MHD_HEADER_KIND, "Content-Length");
	uint64_t n = 0;

	return (status == 404 || status == 405 || status == 413 ||
		   status == 503) &&
	    length != NULL &&
	    decimal_decode(&n, HTTP_DISCARD_MAX, length, strlen(length)) &&
	    n > 0;
}

static enum MHD_Result
handler_enter(struct request *r)
{
	struct http_server *s = r->server;

	r->body[r->public.body_n] = '\0';
	link_due(r->link, NEVER); /* now it is we who take the time */
	pthread_mutex_lock(&s->lock);
	s->active++;
	pthread_mutex_unlock(&s->lock);
	r->entered = true;
	r->route->handler(s->options.context, &r->public);
	if (r->suspended)
		return MHD_YES; /* and r is somebody else's */
	if (r->response == NULL)
		http_reply_text(&r->public, 500, "no answer");
	return r->response == NULL ? MHD_NO : answer_queue(r);
}

/*
 * Many are often answered at once, by a thread of the handler's. Each
 * MHD_resume_connection wakes a thread of the library, which goes through all
 * suspended connections to find the one and is in the way of the next. So
 * only the first is resumed, the herald; whoever gets to it resumes those
 * that were answered meanwhile. Its life ends in on_completed at the latest.
 */
static void
herald_arrived(struct request *herald)
{
	struct http_server *s = herald->server;
	struct request *r, *next;

	herald->herald = false;
	pthread_mutex_lock(&s->lock);
	r = s->answered;
	s->answered = NULL;
	s->herald = false;
	pthread_mutex_unlock(&s->lock);
	for (; r != NULL; r = next) {
		next = r->next;
		MHD_resume_connection(r->connection);
	}
}

static enum MHD_Result
on_request(void *context, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *upload,
    size_t *upload_n, void **request_at)
{
	struct request *r = *request_at;
	unsigned status;

	(void)context;
	(void)connection;
	(void)version;
	if (r == NULL)
		return MHD_NO;
	if (!r->begun) {
		r->begun = true;
		status = request_check(r, method, path);
		if (status == 0)
			return MHD_YES;
		if (!body_bearable(r, status))
			return refuse(r, status);
		r->refusal = status;
		return MHD_YES;
	}
	if (r->refusal != 0 && *upload_n > 0) {
		*upload_n = 0;
		return MHD_YES;
	}
	if (r->refusal != 0)
		return refuse(r, r->refusal);
	if (*upload_n > 0) {
		if (*upload_n > r->body_cap - r->public.body_n)
			return MHD_NO;
		memcpy(r->body + r->public.body_n, upload, *upload_n);
		r->public.body_n += *upload_n;
		*upload_n = 0;
		return MHD_YES;
	}
	if (!r->entered)
		return r->public.body_n == r->body_cap ? handler_enter(r)
						       : MHD_NO;
	if (r->herald) /* resumed */
		herald_arrived(r);
	return r->response == NULL ? MHD_NO : answer_queue(r);
}

static void
on_completed(void *context, struct MHD_Connection *connection,
    void **request_at, enum MHD_RequestTerminationCode how)
{
	struct http_server *s = context;
	struct request *r = *request_at;

	(void)connection;
	(void)how;
	if (r == NULL)
		return;
	if (r->herald)
		herald_arrived(r);
	link_due(r->link, clock_ms() + s->options.idle_ms);
	pthread_mutex_lock(&s->lock);
	s->body_total -= r->body_counted;
	if (r->entered)
		s->active--;
	pthread_cond_broadcast(&s->settled);
	pthread_mutex_unlock(&s->lock);
	if (r->response != NULL)
		MHD_destroy_response(r->response);
	free(r->headers);
	free(r->body);
	free(r);
	*request_at = NULL;
}

const char *
http_header(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request_of(request)->connection,
	    MHD_HEADER_KIND, name);
}

const char *
http_query(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request_of(request)->connection,
	    MHD_GET_ARGUMENT_KIND, name);
}

uint8_t *
http_body_take(struct http_request *request)
{
	struct request *r = request_of(request);
	uint8_t *body = r->body;

	r->body = NULL;
	r->public.body = NULL;
	return body;
}

bool
http_query_number(const struct http_request *request, const char *name,
    uint64_t max, uint64_t fallback, uint64_t *value)
{
	const char *s = http_query(request, name);

	*value = fallback;
	return s == NULL || decimal_decode(value, max, s, strlen(s));
}

void
http_reply_header(struct http_request *request, const char *name,
    const char *value)
{
	struct request *r = request_of(request);
	size_t i;

	for (i = 0; value[i] != '\0'; i++)
		assert(value[i] >= 0x20 && value[i] <= 0x7e);
	if (r->headers == NULL)
		r->headers = malloc(HTTP_REPLY_HEADERS_MAX *
		    sizeof *r->headers);
	if (r->headers == NULL) {
		r->starved = true; /* no answer rather than half of one */
		return;
	}
	assert(r->header_count < HTTP_REPLY_HEADERS_MAX &&
	    strlen(name) < sizeof r->headers[0].name &&
	    i < sizeof r->headers[0].value);
	strcpy(r->headers[r->header_count].name, name);
	strcpy(r->headers[r->header_count].value, value);
	r->header_count++;
}

/* Under the lock: no longer among those that wait. */
static void
waiting_leave(struct request *r)
{
	if (r->previous != NULL)
		r->previous->next = r->next;
	else
		r->server->waiting = r->next;
	if (r->next != NULL)
		r->next->previous = r->previous;
	r->next = r->previous = NULL;
	pthread_cond_broadcast(&r->server->settled);
}

/* Gives the response to the request. After the resume r may be gone. */
static void
answer_give(struct request *r, unsigned status, const char *content_type,
    struct MHD_Response *response, uint64_t n)
{
	struct http_server *s = r->server;
	bool resume = false;
	size_t i;

	assert(r->response == NULL); /* one answer */
	if (r->starved && response != NULL) {
		MHD_destroy_response(response);
		response = NULL;
	}
	if (response != NULL) {
		MHD_add_response_header(response, "Content-Type", content_type);
		for (i = 0; i < r->header_count; i++)
			MHD_add_response_header(response, r->headers[i].name,
			    r->headers[i].value);
		if (r->closing)
			MHD_add_response_header(response, "Connection",
			    "close");
	}
	r->response = response;
	r->status = status;
	r->answer_n = n;
	if (!r->suspended)
		return;
	pthread_mutex_lock(&s->lock);
	assert(!r->answered);
	r->answered = true;
	waiting_leave(r);
	if (r->expiring) {
		; /* the clock does it, after `expired` */
	} else if (s->herald) {
		r->next = s->answered;
		s->answered = r;
	} else {
		resume = r->herald = s->herald = true;
	}
	pthread_mutex_unlock(&s->lock);
	if (resume)
		MHD_resume_connection(r->connection);
}

void
http_reply(struct http_request *request, unsigned status,
    const char *content_type, const void *bytes, size_t n)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(n,
	    (void *)(uintptr_t)(n > 0 ? bytes : ""), MHD_RESPMEM_MUST_COPY);

	answer_give(request_of(request), status, content_type, response, n);
}

void
http_reply_file(struct http_request *request, unsigned status,
    const char *content_type, int fd, uint64_t size)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	struct MHD_Response *response =
	    MHD_create_response_from_fd_at_offset64(size, fd,
		at > 0 ? (uint64_t)at : 0);

	if (response == NULL)
		close(fd);
	answer_give(request_of(request), status, content_type, response, size);
}

void
http_reply_text(struct http_request *request, unsigned status,
    const char *format, ...)
{
	char line[WHY_BYTES_MAX + 1];
	va_list args;
	size_t n, i;

	va_start(args, format);
	vsnprintf(line, sizeof line - 1, format, args);
	va_end(args);
	n = strlen(line);
	for (i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20)
			line[i] = ' ';
	line[n++] = '\n';
	http_reply(request, status, "text/plain; charset=utf-8", line, n);
}

void
http_suspend(struct http_request *request, unsigned timeout_ms,
    void (*expired)(void *context, struct http_request *request),
    void *context)
{
	struct request *r = request_of(request);
	struct http_server *s = r->server;

	assert(expired != NULL || timeout_ms == 0);
	assert(!r->suspended && r->response == NULL);
	MHD_suspend_connection(r->connection);
	r->suspended = true;
	r->expired = expired;
	r->expired_context = context;
	r->due_ms = timeout_ms > 0 ? clock_ms() + timeout_ms : NEVER;
	pthread_mutex_lock(&s->lock);
	if (s->stopping && expired != NULL)
		r->due_ms = 0;
	r->next = s->waiting;
	if (s->waiting != NULL)
		s->waiting->previous = r;
	s->waiting = r;
	clock_by(s, r->due_ms);
	pthread_mutex_unlock(&s->lock);
}

/* Under the lock, which is let go while `expired` runs. */
static void
request_expire(struct http_server *s, struct request *r)
{
	bool resume;

	r->due_ms = NEVER;
	r->expiring = true;
	pthread_mutex_unlock(&s->lock);
	r->expired(r->expired_context, &r->public);
	pthread_mutex_lock(&s->lock);
	r->expiring = false;
	resume = r->answered;
	if (resume) {
		pthread_mutex_unlock(&s->lock);
		MHD_resume_connection(r->connection);
		pthread_mutex_lock(&s->lock);
	}
}

/* Under the lock: does what is due, one thing at a time because the lists
 * may change meanwhile; the next moment when there is something to do. */
static uint64_t
clock_turn(struct http_server *s)
{
	uint64_t now, next;
	struct request *r;
	struct link *link;

again:
	now = clock_ms();
	next = NEVER;
	for (r = s->waiting; r != NULL; r = r->next) {
		if (r->due_ms <= now) {
			request_expire(s, r);
			goto again;
		}
		next = r->due_ms < next ? r->due_ms : next;
	}
	for (link = s->links; link != NULL; link = link->next) {
		if (link->due_ms <= now) {
			shutdown(link->fd, SHUT_RDWR);
			link->due_ms = NEVER;
		}
		next = link->due_ms < next ? link->due_ms : next;
	}
	return next;
}

static void *
clock_run(void *context)
{
	struct http_server *s = context;
	struct timespec t;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		s->wake_ms = clock_turn(s);
		if (s->ended) /* also while a turn had let go of the lock */
			break;
		if (s->wake_ms == NEVER) {
			pthread_cond_wait(&s->wake, &s->lock);
			continue;
		}
		t.tv_sec = (time_t)(s->wake_ms / 1000);
		t.tv_nsec = (long)(s->wake_ms % 1000) * 1000000;
		pthread_cond_timedwait(&s->wake, &s->lock, &t);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* "127.0.0.1:80" or "[::1]:80". */
static enum rc
address_parse(const char *listen, struct sockaddr_storage *a, socklen_t *n,
    struct why *why)
{
	const char *colon = strrchr(listen, ':');
	struct sockaddr_in6 *v6 = (void *)a;
	struct sockaddr_in *v4 = (void *)a;
	char host[64] = "";
	uint64_t port = 0;
	size_t host_n = colon == NULL ? 0 : (size_t)(colon - listen);
	bool ok = false;

	memset(a, 0, sizeof *a);
	if (host_n > 0 && host_n < sizeof host &&
	    decimal_decode(&port, 65535, colon + 1, strlen(colon + 1))) {
		memcpy(host, listen, host_n);
		if (host[0] == '[' && host[host_n - 1] == ']') {
			host[host_n - 1] = '\0';
			v6->sin6_family = AF_INET6;
			v6->sin6_port = htons((uint16_t)port);
			*n = sizeof *v6;
			ok = inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1;
		} else {
			v4->sin_family = AF_INET;
			v4->sin_port = htons((uint16_t)port);
			*n = sizeof *v4;
			ok = inet_pton(AF_INET, host, &v4->sin_addr) == 1;
		}
	}
	if (ok)
		return RC_OK;
	why_set(why, "cannot listen on '%s': wanted an address and a port, "
		     "as in 127.0.0.1:8080 or [::1]:8080", listen);
	return RC_CONFIG;
}

static void
address_note(struct http_server *s)
{
	struct sockaddr_storage a = {0};
	socklen_t n = sizeof a;
	char host[64] = "";

	getsockname(s->fd, (void *)&a, &n);
	if (a.ss_family == AF_INET6) {
		struct sockaddr_in6 *v6 = (void *)&a;

		s->port = ntohs(v6->sin6_port);
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
		snprintf(s->address, sizeof s->address, "[%s]:%u", host,
		    s->port);
	} else {
		struct sockaddr_in *v4 = (void *)&a;

		s->port = ntohs(v4->sin_port);
		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
		snprintf(s->address, sizeof s->address, "%s:%u", host, s->port);
	}
}

/* TCP_NODELAY is inherited by what is accepted: without it an answer that
 * leaves in two pieces waits 40 ms for the peer's delayed acknowledgement. */
static enum rc
listen_on(struct http_server *s, struct why *why)
{
	struct sockaddr_storage a;
	socklen_t n = 0;
	int one = 1;
	enum rc rc = address_parse(s->options.listen, &a, &n, why);

	if (rc != RC_OK)
		return rc;
	s->fd = socket(a.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd >= 0) {
		setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
		setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		if (a.ss_family == AF_INET6)
			setsockopt(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
			    sizeof one);
	}
	if (s->fd < 0 || bind(s->fd, (void *)&a, n) != 0 ||
	    listen(s->fd, SOMAXCONN) != 0) {
		why_set(why, "cannot listen on '%s': %s", s->options.listen,
		    strerror(errno));
		return RC_NETWORK;
	}
	address_note(s);
	return RC_OK;
}

static void
on_library_error(void *context, const char *format, va_list args)
{
	char line[512];

	(void)context;
	vsnprintf(line, sizeof line, format, args);
	line[strcspn(line, "\n")] = '\0';
	say(SAY_DEBUG, "http: %s", line);
}

static enum rc
daemon_start(struct http_server *s, const char *certificate, const char *key,
    struct why *why)
{
	const struct http_server_options *o = &s->options;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD |
	    MHD_USE_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem items[4] = {{MHD_OPTION_END, 0, NULL}};
	size_t n = 0;

	if (o->threads > 1)
		items[n++] = (struct MHD_OptionItem){
		    MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)o->threads, NULL};
	if (certificate != NULL) {
		flags |= MHD_USE_TLS;
		items[n++] = (struct MHD_OptionItem){
		    MHD_OPTION_HTTPS_MEM_CERT, 0,
		    (void *)(uintptr_t)certificate};
		items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY,
		    0, (void *)(uintptr_t)key};
	}
	items[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	s->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, s,
	    MHD_OPTION_EXTERNAL_LOGGER, on_library_error, NULL,
	    MHD_OPTION_LISTEN_SOCKET, s->fd,
	    MHD_OPTION_NOTIFY_CONNECTION, on_link, s,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    MHD_OPTION_URI_LOG_CALLBACK, on_line, s,
	    MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_CONNECTION_LIMIT, o->connections_max,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, o->connections_per_ip,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->header_bytes_max,
	    MHD_OPTION_ARRAY, items, MHD_OPTION_END);
	if (s->daemon == NULL) {
		why_set(why, "cannot start the server on '%s'%s", o->listen,
		    certificate != NULL ? ": certificate or key unusable?"
					: "");
		return RC_NETWORK;
	}
	return RC_OK;
}

static enum rc
daemon_start_tls(struct http_server *s, struct why *why)
{
	uint8_t *certificate = NULL, *key = NULL;
	size_t n, key_n = 0;
	enum rc rc = file_read(&certificate, &n, s->options.tls_certificate,
	    HTTP_PEM_MAX, why);

	if (rc == RC_OK)
		rc = file_read(&key, &key_n, s->options.tls_key, HTTP_PEM_MAX,
		    why);
	if (rc == RC_OK)
		rc = daemon_start(s, (char *)certificate, (char *)key, why);
	if (key != NULL)
		explicit_bzero(key, key_n);
	free(key);
	free(certificate);
	return rc;
}

static void
options_complete(struct http_server_options *o)
{
#define DEFAULT(field, value) o->field = o->field != 0 ? o->field : (value)
	DEFAULT(threads, 2);
	DEFAULT(connections_max, 1000);
	DEFAULT(connections_per_ip, 100);
	DEFAULT(request_ms, 15000);
	DEFAULT(idle_ms, 60000);
	DEFAULT(answer_ms, 30000);
	DEFAULT(header_bytes_max, 16384);
	DEFAULT(body_total_max, 268435456);
#undef DEFAULT
}

static void
server_free(struct http_server *s)
{
	if (s->fd >= 0)
		close(s->fd);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->settled);
	free(s);
}

enum rc
http_server_start(struct http_server **out,
    const struct http_server_options *options, struct why *why)
{
	struct http_server *s = calloc(1, sizeof *s);
	pthread_condattr_t monotonic;
	enum rc rc;

	*out = NULL;
	if (s == NULL) {
		why_set(why, "no memory");
		return RC_MEMORY;
	}
	s->fd = -1;
	s->wake_ms = 0;
	s->options = *options;
	options_complete(&s->options);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &monotonic);
	pthread_cond_init(&s->settled, &monotonic);
	pthread_condattr_destroy(&monotonic);
	rc = listen_on(s, why);
	if (rc == RC_OK)
		rc = s->options.tls_certificate != NULL
		    ? daemon_start_tls(s, why)
		    : daemon_start(s, NULL, NULL, why);
	if (rc == RC_OK &&
	    pthread_create(&s->clock, NULL, clock_run, s) != 0) {
		why_set(why, "cannot start a thread");
		MHD_stop_daemon(s->daemon);
		s->fd = -1; /* closed by the library */
		rc = RC_MEMORY;
	}
	if (rc == RC_OK)
		*out = s;
	else
		server_free(s);
	return rc;
}

const char *
http_server_address(const struct http_server *server)
{
	return server->address;
}

unsigned
http_server_port(const struct http_server *server)
{
	return server->port;
}

/* Under the lock: until the count is 0, or the time is over. */
static void
settle(struct http_server *s, bool (*open)(const struct http_server *s),
    uint64_t patience_ms)
{
	uint64_t due = clock_ms() + patience_ms;
	struct timespec t = {.tv_sec = (time_t)(due / 1000),
	    .tv_nsec = (long)(due % 1000) * 1000000};

	while (open(s) &&
	    pthread_cond_timedwait(&s->settled, &s->lock, &t) != ETIMEDOUT)
		continue;
}

static bool
any_waiting(const struct http_server *s)
{
	return s->waiting != NULL;
}

static bool
any_active(const struct http_server *s)
{
	return s->active > 0;
}

void
http_server_stop(struct http_server *s)
{
	struct request *r;

	if (s == NULL)
		return;
	MHD_quiesce_daemon(s->daemon); /* the listening socket is ours again */
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	for (r = s->waiting; r != NULL; r = r->next)
		if (r->expired != NULL)
			r->due_ms = 0;
	pthread_cond_signal(&s->wake);
	settle(s, any_waiting, HTTP_DRAIN_MS);
	while ((r = s->waiting) != NULL) { /* their owners are gone */
		pthread_mutex_unlock(&s->lock);
		http_reply_text(&r->public, 503, "%s", status_line(503));
		pthread_mutex_lock(&s->lock);
	}
	settle(s, any_active, HTTP_FLUSH_MS);
	s->ended = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->clock, NULL);
	MHD_stop_daemon(s->daemon);
	server_free(s);
}
