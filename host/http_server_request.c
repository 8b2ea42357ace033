/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request from its first line until it is gone: what the library calls, and
 * what then becomes of the request. On the library's threads throughout.
 */
#include "host/http_server_inside.h"

#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/text.h"

#define HTTP_DISCARD_MAX 8388608

/* The request line is in: from here on the request has its own deadline. */
void *
http_on_line(void *context, const char *uri, struct MHD_Connection *connection)
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
	r->uri_bad = !http_uri_plain(uri) || strchr(uri, '+') != NULL;
	r->public.method = r->method;
	r->public.path = r->path;
	r->public.tail = "";
	http_link_due(r->link, clock_ms() + s->options.request_ms);
	return r;
}

/* In place of the library's percent-decoding: there is none. */
size_t
http_on_unescape(void *context, struct MHD_Connection *connection, char *value)
{
	(void)context;
	(void)connection;
	return strlen(value);
}

/* Hands the response to the library, on its own thread. */
static enum MHD_Result
answer_queue(struct request *r)
{
	enum MHD_Result ok;

	http_link_due(r->link, clock_ms() + r->server->options.answer_ms +
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
	http_reply_text(&r->public, status, "%s", http_status_line(status));
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
	http_link_due(r->link, NEVER); /* now it is we who take the time */
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
 * that were answered meanwhile. Its life ends in http_on_completed at the
 * latest.
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

/*
 * Counted against all others is what has come, not what was announced: else a
 * few sockets that announce much and send nothing would keep everybody out.
 * And what has come fast gives no more time than anything else: whoever stops
 * sending is cut off as soon as one who never began.
 */
static bool
body_more(struct request *r, size_t n)
{
	struct http_server *s = r->server;
	uint64_t latest;
	bool room;

	if (n < r->body_cap - r->public.body_n) { /* there is more to come */
		latest = clock_ms() + s->options.request_ms;
		r->body_ahead += n;
		r->body_due_ms += r->body_ahead / HTTP_BYTES_PER_MS;
		r->body_ahead %= HTTP_BYTES_PER_MS;
		if (r->body_due_ms > latest)
			r->body_due_ms = latest;
		http_link_due(r->link, r->body_due_ms);
	}
	if (r->route->flags & HTTP_ROUTE_SMALL)
		return true;
	pthread_mutex_lock(&s->lock);
	room = n <= s->options.body_total_max - s->body_total;
	if (room) {
		s->body_total += n;
		r->body_counted += n;
	} else { /* what it has is for those who come to their end */
		s->body_total -= r->body_counted;
		r->body_counted = 0;
	}
	pthread_mutex_unlock(&s->lock);
	return room;
}

static enum MHD_Result
body_take(struct request *r, const char *bytes, size_t n)
{
	if (n > r->body_cap - r->public.body_n)
		return MHD_NO;
	if (!body_more(r, n)) {
		r->refusal = 503;
		free(r->body);
		r->body = NULL;
		r->public.body = NULL;
		return MHD_YES;
	}
	memcpy(r->body + r->public.body_n, bytes, n);
	r->public.body_n += n;
	return MHD_YES;
}

enum MHD_Result
http_on_request(void *context, struct MHD_Connection *connection,
    const char *path, const char *method, const char *version,
    const char *upload, size_t *upload_n, void **request_at)
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
		status = http_request_check(r, method, path);
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
		size_t n = *upload_n;

		*upload_n = 0;
		return body_take(r, upload, n);
	}
	if (!r->entered)
		return r->public.body_n == r->body_cap ? handler_enter(r)
						       : MHD_NO;
	if (r->herald) /* resumed */
		herald_arrived(r);
	return r->response == NULL ? MHD_NO : answer_queue(r);
}

void
http_on_completed(void *context, struct MHD_Connection *connection,
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
	http_link_due(r->link, clock_ms() + s->options.idle_ms);
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
