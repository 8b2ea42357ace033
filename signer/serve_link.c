/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets are not blocking, and every wait is a poll: so a wait has an end,
 * and no signal and no lock is needed to cut it short.
 */
#include "signer/serve_link.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "host/clock.h"

bool
link_pair(int end[static 2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		   0, end) == 0;
}

/* RC_OK: fd is ready for `events`, or its other side is gone. */
static enum rc
wait_for(int fd, short events, uint64_t end_ms, int stop_fd)
{
	struct pollfd p[2] = {{.fd = fd, .events = events},
	    {.fd = stop_fd, .events = POLLIN}};

	for (;;) {
		uint64_t now = clock_ms();
		int ms = -1;

		if (end_ms != 0 && now >= end_ms)
			return RC_TIMEOUT;
		if (end_ms != 0)
			ms = end_ms - now < 60000 ? (int)(end_ms - now) : 60000;
		if (poll(p, 2, ms) < 0 && errno != EINTR)
			return RC_LINK;
		if (p[1].revents != 0)
			return RC_STOPPED;
		if (p[0].revents != 0)
			return RC_OK;
	}
}

static uint64_t
end_of(uint64_t timeout_ms)
{
	return timeout_ms != 0 ? clock_ms() + timeout_ms : 0;
}

static enum rc
send_all(int fd, const void *bytes, size_t n, uint64_t end_ms)
{
	const uint8_t *p = bytes;
	enum rc rc = RC_OK;

	while (n > 0 && rc == RC_OK) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);

		if (done > 0) {
			p += done;
			n -= (size_t)done;
		} else if (done < 0 && errno == EAGAIN) {
			rc = wait_for(fd, POLLOUT, end_ms, -1);
		} else if (done == 0 || errno != EINTR) {
			rc = RC_LINK;
		}
	}
	return rc;
}

static enum rc
receive_all(int fd, void *bytes, size_t n, uint64_t end_ms, int stop_fd)
{
	uint8_t *p = bytes;
	enum rc rc = RC_OK;

	while (n > 0 && rc == RC_OK) {
		ssize_t got = recv(fd, p, n, 0);

		if (got > 0) {
			p += got;
			n -= (size_t)got;
		} else if (got < 0 && errno == EAGAIN) {
			rc = wait_for(fd, POLLIN, end_ms, stop_fd);
		} else if (got == 0 || errno != EINTR) {
			rc = RC_LINK;
		}
	}
	return rc;
}

enum rc
link_say(int fd, const void *line_and_body, size_t n, uint64_t timeout_ms)
{
	uint8_t head[FRAME_HEAD_BYTES];
	uint64_t end_ms = end_of(timeout_ms);
	enum rc rc;

	if (n == 0 || n > FRAME_BYTES_MAX)
		return RC_LINK;
	frame_head(head, n);
	rc = send_all(fd, head, sizeof head, end_ms);
	return rc == RC_OK ? send_all(fd, line_and_body, n, end_ms) : rc;
}

enum rc
link_hear(int fd, struct frame *f, uint8_t **heard, uint64_t timeout_ms,
    int stop_fd)
{
	uint8_t head[FRAME_HEAD_BYTES];
	uint64_t end_ms = end_of(timeout_ms);
	size_t n;
	enum rc rc;

	*heard = NULL;
	memset(f, 0, sizeof *f);
	rc = receive_all(fd, head, sizeof head, end_ms, stop_fd);
	if (rc != RC_OK)
		return rc;
	n = frame_size(head);
	*heard = n > 0 ? malloc(n) : NULL;
	if (*heard == NULL)
		return n > 0 ? RC_MEMORY : RC_LINK;
	rc = receive_all(fd, *heard, n, end_ms, stop_fd);
	if (rc == RC_OK && frame_open(f, *heard, n) != RC_OK)
		rc = RC_LINK;
	if (rc != RC_OK) {
		free(*heard);
		*heard = NULL;
	}
	return rc;
}

/* ---- pairs that come again -------------------------------------------------- */

void
link_init(struct link *l)
{
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->changed, NULL);
	l->fd = l->fresh = -1;
	l->ends = false;
}

void
link_renew(struct link *l, int fd)
{
	pthread_mutex_lock(&l->lock);
	if (l->fresh >= 0)
		close(l->fresh);
	l->fresh = fd;
	pthread_cond_signal(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

void
link_end(struct link *l)
{
	pthread_mutex_lock(&l->lock);
	l->ends = true;
	if (l->fd >= 0)
		(void)shutdown(l->fd, SHUT_RDWR);
	if (l->fresh >= 0)
		(void)shutdown(l->fresh, SHUT_RDWR);
	pthread_cond_signal(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

void
link_release(struct link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	if (l->fresh >= 0)
		close(l->fresh);
	l->fd = l->fresh = -1;
}

int
link_fd(struct link *l, bool wait)
{
	int fd;

	pthread_mutex_lock(&l->lock);
	while (wait && !l->ends && l->fd < 0 && l->fresh < 0)
		pthread_cond_wait(&l->changed, &l->lock);
	if (l->fresh >= 0) {
		if (l->fd >= 0)
			close(l->fd);
		l->fd = l->fresh;
		l->fresh = -1;
	}
	fd = l->ends ? -1 : l->fd;
	pthread_mutex_unlock(&l->lock);
	return fd;
}

bool
link_await(struct link *l, uint64_t timeout_ms)
{
	uint64_t end = clock_ms() + timeout_ms;
	struct timespec at = {.tv_sec = (time_t)(end / 1000),
	    .tv_nsec = (long)(end % 1000) * 1000000};
	bool is;

	pthread_mutex_lock(&l->lock);
	while (!l->ends && l->fd < 0 && l->fresh < 0)
		if (pthread_cond_clockwait(
			&l->changed, &l->lock, CLOCK_MONOTONIC, &at) != 0)
			break;
	is = !l->ends && (l->fd >= 0 || l->fresh >= 0);
	pthread_mutex_unlock(&l->lock);
	return is;
}

void
link_drop(struct link *l)
{
	pthread_mutex_lock(&l->lock);
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	pthread_mutex_unlock(&l->lock);
}

enum rc
link_ask(struct link *l, const void *question, size_t n, struct frame *f,
    uint8_t **heard, uint64_t timeout_ms, int stop_fd)
{
	int fd = link_fd(l, false);
	enum rc rc;

	*heard = NULL;
	memset(f, 0, sizeof *f);
	if (fd < 0)
		return RC_LINK;
	rc = link_say(fd, question, n, timeout_ms);
	if (rc == RC_OK)
		rc = link_hear(fd, f, heard, timeout_ms, stop_fd);
	if (rc != RC_OK)
		link_drop(l);
	return rc;
}

/* ---- control -------------------------------------------------------------------- */

bool
control_pair(int end[static 2])
{
	return socketpair(
		   AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end) == 0;
}

bool
control_send(int fd, const char *line, const int *fds, unsigned fd_n)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int) * LINKS_MAX)];
	} control;
	struct iovec iov = {(void *)line, strlen(line)};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t done;

	if (fd_n > 0) {
		struct cmsghdr *c = &control.head;

		memset(&control, 0, sizeof control);
		m.msg_control = control.bytes;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * fd_n);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * fd_n);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * fd_n);
	}
	do
		done = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (done < 0 && errno == EINTR);
	return done > 0;
}

size_t
control_receive(
    int fd, char line[static CONTROL_MAX], int *fds, unsigned *fd_n)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int) * LINKS_MAX)];
	} control;
	struct iovec iov = {line, CONTROL_MAX - 1};
	struct msghdr m = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof control.bytes};
	struct cmsghdr *c;
	ssize_t n;

	*fd_n = 0;
	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	line[n] = '\0';
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS) {
		*fd_n = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(c), sizeof(int) * *fd_n);
	}
	return (size_t)n;
}
