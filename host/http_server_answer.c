/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What handlers call: they read a request, answer it, or suspend it and
 * answer later from any thread.
 */
#include "host/http_server_inside.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/text.h"

#define HTTP_REPLY_HEADERS_MAX 8

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
	http_clock_by(s, r->due_ms);
	pthread_mutex_unlock(&s->lock);
}
