/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server starts, with an address, options and TLS, and stops, which waits
 * for answers but not for ever. What comes between is in the files of
 * host/http_server_inside.h.
 */
#include "host/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/file.h"
#include "host/http_server_inside.h"
#include "host/say.h"
#include "host/text.h"

#define HTTP_PEM_MAX  1048576
#define HTTP_DRAIN_MS 10000
#define HTTP_FLUSH_MS 2000

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

enum rc
http_listen_check(const char *listen, struct why *why)
{
	struct sockaddr_storage a;
	socklen_t n;

	return address_parse(listen, &a, &n, why);
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

/*
 * libmicrohttpd (0.9.75) asks for the events of 128 sockets at a time, and
 * when it gets just so many it waits for more, as long as before, with none of
 * them served: for ever, when all its clients wait for an answer. So no
 * thread has as many connections, with room for the sockets of its own.
 */
enum { LINKS_PER_THREAD = 120 };

static unsigned
threads_needed(const struct http_server_options *o)
{
	unsigned n =
	    (o->connections_max + LINKS_PER_THREAD - 1) / LINKS_PER_THREAD;

	return n > o->threads ? n : o->threads;
}

static enum rc
daemon_start(struct http_server *s, const char *certificate, const char *key,
    struct why *why)
{
	const struct http_server_options *o = &s->options;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD |
	    MHD_USE_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem items[4] = {{MHD_OPTION_END, 0, NULL}};
	unsigned threads = threads_needed(o);
	size_t n = 0;

	if (threads > 1)
		items[n++] = (struct MHD_OptionItem){
		    MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)threads, NULL};
	if (certificate != NULL) {
		flags |= MHD_USE_TLS;
		items[n++] = (struct MHD_OptionItem){
		    MHD_OPTION_HTTPS_MEM_CERT, 0,
		    (void *)(uintptr_t)certificate};
		items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY,
		    0, (void *)(uintptr_t)key};
	}
	items[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	s->daemon = MHD_start_daemon(flags, 0, NULL, NULL, http_on_request, s,
	    MHD_OPTION_EXTERNAL_LOGGER, on_library_error, NULL,
	    MHD_OPTION_LISTEN_SOCKET, s->fd,
	    MHD_OPTION_NOTIFY_CONNECTION, http_on_link, s,
	    MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, s,
	    MHD_OPTION_URI_LOG_CALLBACK, http_on_line, s,
	    MHD_OPTION_UNESCAPE_CALLBACK, http_on_unescape, NULL,
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

/*
 * A file for each connection, besides what the program itself needs: as many
 * clients as are allowed must not take the last one from a database. A
 * service manager gives 1,024 at first and lets us ask for more.
 */
enum { FILES_OF_OUR_OWN = 256 };

static void
files_allow(struct http_server_options *o)
{
	rlim_t want = o->connections_max + FILES_OF_OUR_OWN;
	struct rlimit r, more;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want)
		return;
	more = r;
	more.rlim_cur = want < r.rlim_max ? want : r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &more) == 0)
		r = more;
	if (r.rlim_cur >= want)
		return;
	o->connections_max = r.rlim_cur > 2 * FILES_OF_OUR_OWN
	    ? (unsigned)r.rlim_cur - FILES_OF_OUR_OWN
	    : (unsigned)r.rlim_cur / 2;
	say(SAY_WARNING, "takes %u connections at once: no more than %llu "
			 "files may be open (LimitNOFILE)",
	    o->connections_max, (unsigned long long)r.rlim_cur);
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
	files_allow(&s->options);
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
	    pthread_create(&s->clock, NULL, http_clock_run, s) != 0) {
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
		http_reply_text(&r->public, 503, "%s", http_status_line(503));
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
