/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a request is ours to read: its line, the lengths it claims, its
 * query, its body in whatever pieces the library hands over. A reading of a
 * few lines says what has to come of it: which status, which route and tail,
 * which numbers. However it ends, nothing stays counted.
 *
 * Input: `METHOD URI`, lines `Name: value`, an empty line, the body. The
 * library's part (lines, names without regard to case, the query cut at & and
 * =) is done here, as it does it.
 */
#include <assert.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const union MHD_ConnectionInfo *fake_info(
    struct MHD_Connection *connection, enum MHD_ConnectionInfoType what);
static int fake_values(struct MHD_Connection *connection,
    enum MHD_ValueKind kind, MHD_KeyValueIterator each, void *context);
static const char *fake_value(struct MHD_Connection *connection,
    enum MHD_ValueKind kind, const char *name);
static enum MHD_Result fake_queue(struct MHD_Connection *connection,
    unsigned status, struct MHD_Response *response);

#define MHD_get_connection_info(connection, what) fake_info(connection, what)
#define MHD_get_connection_values                 fake_values
#define MHD_lookup_connection_value               fake_value
#define MHD_queue_response                        fake_queue
#include "host/http_server_answer.c"
#include "host/http_server_check.c"
#include "host/http_server_request.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* ---- the library -------------------------------------------------------- */

enum { PAIRS_MAX = 40, BODY_MAX = 64, TOTAL_MAX = 4096 };

static struct {
	enum MHD_ValueKind kind;
	const char *name, *value;
} pairs[PAIRS_MAX];
static unsigned pair_n, answered; /* the status */
static struct link the_link;

static const union MHD_ConnectionInfo *
fake_info(struct MHD_Connection *connection, enum MHD_ConnectionInfoType what)
{
	static union MHD_ConnectionInfo info;

	(void)connection;
	(void)what;
	info.socket_context = &the_link;
	return &info;
}

static int
fake_values(struct MHD_Connection *connection, enum MHD_ValueKind kind,
    MHD_KeyValueIterator each, void *context)
{
	unsigned i;

	(void)connection;
	for (i = 0; i < pair_n; i++)
		if (pairs[i].kind == kind)
			each(context, kind, pairs[i].name, pairs[i].value);
	return 0;
}

static const char *
fake_value(struct MHD_Connection *connection, enum MHD_ValueKind kind,
    const char *name)
{
	unsigned i;

	(void)connection;
	for (i = 0; i < pair_n; i++)
		if (pairs[i].kind == kind &&
		    (kind == MHD_HEADER_KIND
			    ? strcasecmp(pairs[i].name, name) == 0
			    : strcmp(pairs[i].name, name) == 0))
			return pairs[i].value;
	return NULL;
}

static enum MHD_Result
fake_queue(struct MHD_Connection *connection, unsigned status,
    struct MHD_Response *response)
{
	(void)connection;
	assert(answered == 0 && response != NULL); /* one answer */
	answered = status;
	return MHD_YES;
}

/* ---- the server --------------------------------------------------------- */

static const uint8_t *body;
static size_t body_n;
static const char *tail;      /* as it should be */
static bool handled, nothing; /* the handler forgets to answer */

static uint64_t
number(const char *name, bool *good)
{
	const char *s = fake_value(NULL, MHD_GET_ARGUMENT_KIND, name);
	uint64_t v = 0;
	size_t i;

	*good = true;
	if (s == NULL)
		return 77;
	*good = s[0] != '\0' && (s[0] != '0' || s[1] == '\0');
	for (i = 0; s[i] != '\0' && *good; i++) {
		*good = s[i] >= '0' && s[i] <= '9' && i < 7;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	*good = *good && v <= 1000000;
	return v;
}

static void
handle(void *context, struct http_request *r)
{
	uint64_t want, got;
	bool good;

	(void)context;
	handled = true;
	assert(strcmp(r->tail, tail) == 0);
	assert(r->body_n == body_n && r->body[body_n] == '\0');
	assert(body_n == 0 || memcmp(r->body, body, body_n) == 0);
	want = number("n", &good);
	assert(http_query_number(r, "n", 1000000, 77, &got) == good);
	assert(!good || got == want);
	if (nothing)
		return;
	http_reply_header(r, "Cache-Control", "no-cache");
	http_reply_text(r, good ? 200 : 400, "x");
}

static const struct http_route routes[] = {
    {.method = "GET", .path = "/", .handler = handle},
    {.method = "GET", .path = "/lookup/*", .handler = handle},
    {.method = "POST", .path = "/add", .handler = handle, .body_max = BODY_MAX},
    {.method = "PUT",
	.path = "/add",
	.handler = handle,
	.body_max = BODY_MAX,
	.flags = HTTP_ROUTE_SMALL},
};
enum { ROUTES = sizeof routes / sizeof routes[0] };

static struct http_server server = {
    .options = {.routes = routes,
	.route_count = ROUTES,
	.body_total_max = TOTAL_MAX,
	.request_ms = 1000,
	.answer_ms = 1000,
	.idle_ms = 1000},
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .wake = PTHREAD_COND_INITIALIZER,
    .settled = PTHREAD_COND_INITIALIZER,
    .wake_ms = NEVER,
};

/* ---- a reading of a few lines ------------------------------------------- */

/* 0: it is for a handler, with a body of *length. */
static unsigned
expected(
    const char *method, const char *uri, const char *path, uint64_t *length)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "-._~:/?[]@!$&'()*,;=";
	unsigned lengths = 0, encodings = 0, queries = 0, i, j;
	const char *claimed = NULL, *p;
	bool known = false;

	tail = "";
	*length = 0;
	for (i = 0; i < pair_n; i++)
		if (pairs[i].kind == MHD_HEADER_KIND) {
			if (strcasecmp(pairs[i].name, "content-length") == 0) {
				lengths++;
				claimed = pairs[i].value;
			}
			encodings +=
			    strcasecmp(pairs[i].name, "transfer-encoding") == 0;
		} else {
			for (j = 0; j < i; j++)
				if (pairs[j].kind == pairs[i].kind &&
				    strcmp(pairs[j].name, pairs[i].name) == 0)
					return 400; /* said twice */
			queries++;
		}
	if (lengths > 1 || (lengths == 1 && encodings > 0))
		return 400; /* two readers, two lengths */
	if (strspn(uri, plain) != strlen(uri) || strlen(uri) > 4095 ||
	    queries > HTTP_QUERY_MAX || path[0] != '/')
		return 400;
	for (p = path; *p == '/' && path[1] != '\0';) { /* each segment */
		size_t k = strcspn(++p, "/");

		if (k == 0 || (k == 1 && *p == '.') ||
		    (k == 2 && memcmp(p, "..", 2) == 0))
			return 400;
		p += k;
	}
	if (encodings > 0)
		return 411;
	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	if (strlen(method) > 7)
		return 405;
	for (i = 0; i < ROUTES; i++) {
		const char *star = strchr(routes[i].path, '*');
		size_t k = star == NULL ? 0 : (size_t)(star - routes[i].path);

		if (star == NULL ? strcmp(path, routes[i].path) != 0
				 : strncmp(path, routes[i].path, k) != 0 ||
				       path[k] == '\0')
			continue;
		known = true;
		if (strcmp(method, routes[i].method) != 0)
			continue;
		tail = path + (star == NULL ? strlen(path) : k);
		if (claimed == NULL)
			return 0;
		if (claimed[0] == '\0' ||
		    strspn(claimed, "0123456789") != strlen(claimed) ||
		    (claimed[0] == '0' && claimed[1] != '\0'))
			return 400;
		if (strlen(claimed) > 20 ||
		    (strlen(claimed) == 20 &&
			strcmp(claimed, "18446744073709551615") > 0))
			return 400;
		*length = strtoull(claimed, NULL, 10);
		return *length > routes[i].body_max ? 413 : 0;
	}
	return known ? 405 : 404;
}

/* ---- one request -------------------------------------------------------- */

/* Cuts `text` at & and =, in place. */
static void
query_take(char *text)
{
	char *next, *value;

	for (; text != NULL && pair_n < PAIRS_MAX; text = next) {
		next = strchr(text, '&');
		if (next != NULL)
			*next++ = '\0';
		value = strchr(text, '=');
		if (value != NULL)
			*value++ = '\0';
		pairs[pair_n].kind = MHD_GET_ARGUMENT_KIND;
		pairs[pair_n].name = text;
		pairs[pair_n++].value = value;
	}
}

static void
request_run(const char *method, char *uri, unsigned cut)
{
	char *path = strdup(uri), *query = strchr(path, '?');
	void *r = http_on_line(&server, uri, NULL);
	uint64_t length;
	unsigned want;
	size_t at, none = 0, piece;
	enum MHD_Result go;

	assert(path != NULL && r != NULL);
	if (query != NULL) {
		*query = '\0';
		query_take(query + 1);
	}
	want = expected(method, uri, path, &length);
	answered = 0;
	handled = false;
	go = http_on_request(
	    &server, NULL, path, method, "HTTP/1.1", NULL, &none, &r);
	if (want == 0 && length < body_n)
		body_n = (size_t)length; /* the library hands over no more */
	for (at = 0; go == MHD_YES && answered == 0 && at < body_n;) {
		size_t left;

		piece = 1 + cut % 13;
		left = piece = piece < body_n - at ? piece : body_n - at;
		go = http_on_request(&server, NULL, path, method, "HTTP/1.1",
		    (const char *)body + at, &left, &r);
		assert(go == MHD_NO || left == 0); /* all of it, always */
		at += piece;
		cut = cut * 5 + 1;
	}
	if (want == 0 && length > body_n) { /* it broke off */
		assert(answered == 0 && !handled);
	} else if (answered == 0 && go == MHD_YES) {
		none = 0;
		go = http_on_request(
		    &server, NULL, path, method, "HTTP/1.1", NULL, &none, &r);
	}
	if (want != 0)
		assert(!handled && answered == want);
	else if (length == body_n)
		assert(handled && (answered == 200 || answered == 400 ||
				      (nothing && answered == 500)));
	http_on_completed(
	    &server, NULL, &r, MHD_REQUEST_TERMINATED_COMPLETED_OK);
	assert(r == NULL && server.active == 0 && server.body_total == 0);
	free(path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *head, *line, *next, *value, *uri;
	const uint8_t *end = n > 0 ? memmem(bytes, n, "\n\n", 2) : NULL;
	size_t head_n = end != NULL ? (size_t)(end - bytes) : n;

	the_link.server = &server;
	pair_n = 0;
	nothing = n % 5 == 4;
	body = bytes + head_n;
	body_n = 0;
	if (end != NULL) {
		body = end + 2;
		body_n = n - head_n - 2;
	}
	if (memchr(bytes, 0, head_n) != NULL)
		return 0; /* none comes through the library */
	head = strndup((const char *)bytes, head_n);
	assert(head != NULL);
	line = strchr(head, '\n');
	if (line != NULL)
		*line++ = '\0';
	uri = strchr(head, ' ');
	if (uri == NULL) {
		free(head);
		return 0;
	}
	*uri++ = '\0';
	for (; line != NULL && pair_n < PAIRS_MAX / 2; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		value = strchr(line, ':');
		if (value == NULL)
			continue;
		*value++ = '\0';
		pairs[pair_n].kind = MHD_HEADER_KIND;
		pairs[pair_n].name = line;
		pairs[pair_n++].value = value + strspn(value, " \t");
	}
	request_run(head, uri, (unsigned)n);
	free(head);
	return 0;
}
