/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP requests over libcurl, through the client's multi handle, which keeps
 * the connections between calls and, not like curl_easy_perform, can be woken
 * from another thread.
 */
#include "host/http_client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/args.h"
#include "verify/sha256.h"

#define HTTP_CONNECT_MS	 10000
#define HTTP_HEADERS_MAX 16
#define HTTP_POLL_MS	 1000
#define HTTP_REFUSAL_MAX 65536 /* of a page about why not */

struct http_client {
	CURLM *multi;
	CURL *idle; /* a handle to use again, or NULL */
	char *ca_file, *agent;
	atomic_bool cancelled;
};

/* One request under way. */
struct transfer {
	CURL *easy;
	struct curl_slist *headers;
	struct http_answer answer;
	struct sha256 *hash; /* of a good answer's body, instead of keeping it */
	uint64_t hashed;
	size_t cap, max;
	bool too_long, added;
	enum rc rc;
	struct why why;
	char error[CURL_ERROR_SIZE];
	const char *url;
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void
curl_begin(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

enum rc
http_client_new(struct http_client **out,
    const struct http_client_options *options)
{
	static const struct http_client_options none = {NULL, NULL};
	const struct http_client_options *o = options ? options : &none;
	struct http_client *c = calloc(1, sizeof *c);

	*out = NULL;
	pthread_once(&curl_once, curl_begin);
	if (c == NULL)
		return RC_MEMORY;
	atomic_init(&c->cancelled, false);
	c->multi = curl_multi_init();
	c->agent = strdup(o->agent ? o->agent : "quorate/" QUORATE_VERSION);
	c->ca_file = o->ca_file ? strdup(o->ca_file) : NULL;
	if (c->multi == NULL || c->agent == NULL ||
	    (o->ca_file != NULL && c->ca_file == NULL)) {
		http_client_free(c);
		return RC_MEMORY;
	}
	*out = c;
	return RC_OK;
}

void
http_client_free(struct http_client *client)
{
	if (client == NULL)
		return;
	curl_easy_cleanup(client->idle);
	curl_multi_cleanup(client->multi);
	free(client->agent);
	free(client->ca_file);
	free(client);
}

void
http_client_cancel(struct http_client *client)
{
	atomic_store(&client->cancelled, true);
	curl_multi_wakeup(client->multi);
}

void
http_answer_release(struct http_answer *answer)
{
	free(answer->body);
	memset(answer, 0, sizeof *answer);
}

static bool
status_good(const struct transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 && status < 300;
}

static size_t
on_body(char *bytes, size_t one, size_t n, void *context)
{
	struct transfer *t = context;
	struct http_answer *a = &t->answer;
	uint8_t *grown;
	size_t cap;

	(void)one;
	if (t->hash != NULL && status_good(t)) {
		t->too_long = n > t->max - t->hashed;
		if (t->too_long)
			return 0;
		sha256_update(t->hash, (uint8_t *)bytes, n);
		t->hashed += n;
		return n;
	}
	if (n > (t->hash == NULL ? t->max : HTTP_REFUSAL_MAX) - a->body_n) {
		t->too_long = true;
		return 0;
	}
	if (a->body_n + n + 1 > t->cap) {
		cap = 2 * (a->body_n + n) + 1;
		grown = realloc(a->body, cap);
		if (grown == NULL) {
			t->rc = RC_MEMORY;
			return 0;
		}
		a->body = grown;
		t->cap = cap;
	}
	memcpy(a->body + a->body_n, bytes, n);
	a->body_n += n;
	a->body[a->body_n] = '\0';
	return n;
}

static bool
header_add(struct transfer *t, const char *line)
{
	struct curl_slist *longer = curl_slist_append(t->headers, line);

	if (longer == NULL)
		return false;
	t->headers = longer;
	return true;
}

/* "Expect:" without a value means: do not send that header. It would cost a
 * round trip before every larger body. */
static bool
headers_set(struct transfer *t, const char *const *headers, bool body)
{
	bool typed = false, ok = header_add(t, "Expect:");
	size_t i;

	for (i = 0; ok && headers != NULL && headers[i] != NULL; i++) {
		if (strncasecmp(headers[i], "Content-Type:", 13) == 0)
			typed = true;
		ok = i < HTTP_HEADERS_MAX && header_add(t, headers[i]);
	}
	if (ok && body && !typed)
		ok = header_add(t, "Content-Type: application/octet-stream");
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
	return ok;
}

static void
method_set(CURL *easy, const char *method, const void *body, size_t n)
{
	if (strcmp(method, "GET") == 0) {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
		return;
	}
	if (strcmp(method, "HEAD") == 0) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
		return;
	}
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, n > 0 ? body : "");
	if (strcmp(method, "POST") != 0)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
}

static void
options_set(struct http_client *c, struct transfer *t, unsigned timeout_ms)
{
	CURL *e = t->easy;
	long connect_ms =
	    timeout_ms < HTTP_CONNECT_MS ? (long)timeout_ms : HTTP_CONNECT_MS;

	curl_easy_setopt(e, CURLOPT_URL, t->url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
	curl_easy_setopt(e, CURLOPT_USERAGENT, c->agent);
	if (c->ca_file != NULL)
		curl_easy_setopt(e, CURLOPT_CAINFO, c->ca_file);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
}

/* t has url and max only; on refusal nothing is under way. timeout_ms 0 would
 * mean for ever to libcurl. */
static enum rc
transfer_begin(struct http_client *c, struct transfer *t, const char *method,
    const char *const *headers, const void *body, size_t n,
    unsigned timeout_ms)
{
	bool has_body =
	    strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;

	t->rc = RC_OK;
	t->easy = c->idle != NULL ? c->idle : curl_easy_init();
	c->idle = NULL;
	if (t->easy == NULL)
		return RC_MEMORY;
	curl_easy_reset(t->easy);
	options_set(c, t, timeout_ms > 0 ? timeout_ms : 1);
	method_set(t->easy, method, body, n);
	if (!headers_set(t, headers, has_body) ||
	    curl_multi_add_handle(c->multi, t->easy) != CURLM_OK)
		return RC_MEMORY;
	t->added = true;
	return RC_OK;
}

static void
transfer_release(struct http_client *c, struct transfer *t)
{
	if (t->added)
		curl_multi_remove_handle(c->multi, t->easy);
	c->idle = t->easy;
	curl_slist_free_all(t->headers);
	http_answer_release(&t->answer);
}

static enum rc
code_rc(const struct transfer *t, CURLcode code)
{
	if (t->too_long)
		return RC_FILE_LONG;
	if (t->rc != RC_OK)
		return t->rc;
	switch (code) {
	case CURLE_OK:
		return RC_OK;
	case CURLE_OPERATION_TIMEDOUT:
		return RC_TIMEOUT;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_SSL_CACERT_BADFILE:
		return RC_CONFIG;
	case CURLE_OUT_OF_MEMORY:
		return RC_MEMORY;
	default:
		return RC_NETWORK;
	}
}

static void
answer_complete(struct transfer *t)
{
	struct http_answer *a = &t->answer;
	curl_off_t retry = 0;
	char *type = NULL;
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &retry);
	a->status = (unsigned)status;
	if (type != NULL && strlen(type) < sizeof a->content_type)
		strcpy(a->content_type, type);
	a->retry_after_s = retry > 0 && retry < 86400 ? (unsigned)retry : 0;
	if (status >= 200 && status < 300)
		return;
	t->rc = RC_HTTP;
	why_set(&t->why, "%s: status %ld: %.*s", t->url, status,
	    a->body == NULL ? 0 : (int)strcspn((char *)a->body, "\n"),
	    a->body == NULL ? "" : (char *)a->body);
}

/* A page about why not, longer than the answer may be: the status counts,
 * and what has come of the page. */
static bool
refused_at_length(const struct transfer *t)
{
	long status = 0;

	if (!t->too_long)
		return false;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 300;
}

/*
 * Whoever speaks the other protocol answers with what is none of ours, or
 * closes, or resets, as it happens; but at once, where a long question is
 * more likely cut by a restart. An alert is TLS.
 */
static void
other_protocol_say(struct transfer *t, CURLcode code)
{
	curl_off_t took_us = 0;

	curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &took_us);
	if (took_us >= 5000000)
		return;
	if (strncmp(t->url, "https:", 6) == 0) {
		if (code == CURLE_SSL_CONNECT_ERROR &&
		    strstr(t->error, "alert") == NULL)
			why_append(&t->why,
			    "; does it speak http://, without the s?");
	} else if (code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR ||
	    code == CURLE_SEND_ERROR || code == CURLE_UNSUPPORTED_PROTOCOL ||
	    code == CURLE_WEIRD_SERVER_REPLY) {
		why_append(&t->why, "; does it speak https:// there?");
	}
}

static void
transfer_end(struct transfer *t, CURLcode code)
{
	t->rc = refused_at_length(t) ? RC_OK : code_rc(t, code);
	if (t->rc == RC_OK) {
		answer_complete(t);
		return;
	}
	http_answer_release(&t->answer);
	if (t->rc == RC_FILE_LONG)
		why_set(&t->why, "%s: the answer has more than %zu bytes",
		    t->url, t->max);
	else
		why_set(&t->why, "%s: %s", t->url,
		    t->error[0] != '\0' ? t->error : curl_easy_strerror(code));
	other_protocol_say(t, code);
}

/* Drives it to its end; false: the client was cancelled, or nothing works. */
static bool
transfer_drive(struct http_client *c, struct transfer *t)
{
	CURLMsg *message;
	int running = 1, left;

	while (!atomic_load(&c->cancelled)) {
		if (curl_multi_perform(c->multi, &running) != CURLM_OK)
			return false;
		message = curl_multi_info_read(c->multi, &left);
		if (message != NULL && message->msg == CURLMSG_DONE) {
			transfer_end(t, message->data.result);
			return true;
		}
		if (running == 0)
			return false;
		curl_multi_poll(c->multi, NULL, 0, HTTP_POLL_MS, NULL);
	}
	return false;
}

/* The whole of it; t has what it is about, and is to be released. */
static enum rc
transfer_run(struct http_client *client, struct transfer *t,
    const char *method, const char *const *headers, const void *body,
    size_t n, unsigned timeout_ms, struct why *why)
{
	enum rc rc = transfer_begin(
	    client, t, method, headers, body, n, timeout_ms);

	if (rc == RC_OK && !transfer_drive(client, t))
		rc = atomic_load(&client->cancelled) ? RC_STOPPED : RC_NETWORK;
	if (rc != RC_OK) {
		http_answer_release(&t->answer);
		why_set(why, "%s: %s", t->url,
		    rc == RC_STOPPED ? "stopped" : "cannot be asked");
		return rc;
	}
	if (t->rc != RC_OK && why != NULL)
		*why = t->why;
	return t->rc;
}

enum rc
http_send(struct http_client *client, const char *method, const char *url,
    const char *const *headers, const void *body, size_t n,
    unsigned timeout_ms, size_t max, struct http_answer *answer,
    struct why *why)
{
	struct transfer t = {.url = url, .max = max};
	enum rc rc = transfer_run(
	    client, &t, method, headers, body, n, timeout_ms, why);

	*answer = t.answer;
	memset(&t.answer, 0, sizeof t.answer); /* handed over */
	transfer_release(client, &t);
	return rc;
}

enum rc
http_get_sha256(struct http_client *client, const char *url,
    unsigned timeout_ms, size_t max, uint8_t digest[static 32], uint64_t *n,
    struct why *why)
{
	struct sha256 hash;
	struct transfer t = {.url = url, .max = max, .hash = &hash};
	enum rc rc;

	sha256_init(&hash);
	rc = transfer_run(client, &t, "GET", NULL, NULL, 0, timeout_ms, why);
	sha256_final(&hash, digest);
	*n = t.hashed;
	transfer_release(client, &t);
	return rc;
}

enum rc
http_get(struct http_client *client, const char *url,
    const char *const *headers, unsigned timeout_ms, size_t max,
    struct http_answer *answer, struct why *why)
{
	return http_send(client, "GET", url, headers, NULL, 0, timeout_ms, max,
	    answer, why);
}

enum rc
http_post(struct http_client *client, const char *url,
    const char *const *headers, const void *body, size_t n,
    unsigned timeout_ms, size_t max, struct http_answer *answer,
    struct why *why)
{
	return http_send(client, "POST", url, headers, body, n, timeout_ms, max,
	    answer, why);
}
