/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deadlines: of every socket, from accept to close, and of every suspended
 * request; and the one thread that watches them. A socket that is late is
 * shut down, which the library then notices.
 */
#include "host/http_server_inside.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "host/clock.h"

void
http_clock_by(struct http_server *s, uint64_t due_ms)
{
	if (due_ms < s->wake_ms)
		pthread_cond_signal(&s->wake);
}

void
http_link_due(struct link *link, uint64_t due_ms)
{
	if (link == NULL)
		return;
	pthread_mutex_lock(&link->server->lock);
	link->due_ms = due_ms;
	http_clock_by(link->server, due_ms);
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
void
http_on_link(void *context, struct MHD_Connection *connection, void **link_at,
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
		return; /* http_request_check refuses what comes on it */
	link->server = s;
	link->fd = info->connect_fd;
	peer_name(link, connection);
	link->due_ms = clock_ms() + s->options.request_ms;
	pthread_mutex_lock(&s->lock);
	link->next = s->links;
	if (s->links != NULL)
		s->links->previous = link;
	s->links = link;
	http_clock_by(s, link->due_ms);
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

void *
http_clock_run(void *context)
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
