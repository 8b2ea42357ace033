/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be said of a request before its body comes: one spelling of its
 * path, one length, no query key twice, a route, and room for the body.
 * Whatever could be read in two ways is refused: a proxy before us may read
 * it the other way.
 */
#include "host/http_server_inside.h"

#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/text.h"

#define HTTP_QUERY_MAX 16

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

bool
http_uri_plain(const char *uri)
{
	size_t i;

	for (i = 0; uri[i] != '\0'; i++)
		if (uri[i] <= 0x20 || uri[i] >= 0x7f ||
		    strchr("%#\"<>\\^`{|}", uri[i]) != NULL)
			return false;
	return i < HTTP_URI_MAX;
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

/* Room for the body, or a refusal. */
static unsigned
body_begin(struct request *r, const char *length)
{
	struct http_server *s = r->server;
	uint64_t n = 0;

	if (length != NULL &&
	    !decimal_decode(&n, UINT64_MAX, length, strlen(length)))
		return 400;
	if (n > r->route->body_max)
		return 413;
	r->body = malloc((size_t)n + 1); /* untouched until it comes */
	if (r->body == NULL)
		return 503;
	r->body[0] = '\0';
	r->body_cap = (size_t)n;
	r->public.body = r->body;
	r->body_due_ms = clock_ms() + s->options.request_ms;
	if (n > 0)
		http_link_due(r->link, r->body_due_ms);
	return 0;
}

unsigned
http_request_check(struct request *r, const char *method, const char *path)
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

const char *
http_status_line(unsigned status)
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
