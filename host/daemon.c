/* SPDX-License-Identifier: Apache-2.0 */
/* Signals and readiness, the same for every daemon. */
#include "host/daemon.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "host/say.h"

/* Free memory that is kept, and what is mapped by itself and never kept. */
enum { DAEMON_KEEP_BYTES = 16777216, DAEMON_MAP_BYTES = 1048576 };

static sigset_t
daemon_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	return set;
}

/* The service manager's, from the beginning: a process that confines itself
 * may have no right to another socket when it is ready. -1: there is none. */
static int manager = -1;

/* Memory that is free for a moment is kept for the next request. Otherwise the
 * library gives it back to the system and fetches it again, a page fault for
 * each page, many times a second. */
static void
memory_keep(void)
{
	mallopt(M_TRIM_THRESHOLD, DAEMON_KEEP_BYTES);
	mallopt(M_MMAP_THRESHOLD, DAEMON_MAP_BYTES);
}

void
daemon_begin(void)
{
	sigset_t set = daemon_signals();

	if (getenv("NOTIFY_SOCKET") != NULL && manager < 0)
		manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	memory_keep();
	signal(SIGPIPE, SIG_IGN);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		die(EXIT_ENVIRONMENT, "cannot block signals");
}

/* sd_notify(3)'s protocol: one datagram; '@' means an abstract name. */
static void
service_notify(const char *message)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path == NULL ? 0 : strlen(path);

	if (n < 2 || n >= sizeof to.sun_path)
		return;
	if (manager < 0)
		manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (manager < 0)
		return;
	memcpy(to.sun_path, path, n);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	if (sendto(manager, message, strlen(message), MSG_NOSIGNAL, (void *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		say(SAY_WARNING, "cannot tell the service manager: %s",
		    strerror(errno));
}

void
daemon_ready(const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	say(SAY_INFO, "ready: %s", message);
	service_notify("READY=1");
}

void
daemon_stopping(void)
{
	service_notify("STOPPING=1");
}

int
daemon_wait(uint64_t timeout_ms)
{
	struct timespec t = {.tv_sec = (time_t)(timeout_ms / 1000),
	    .tv_nsec = (long)(timeout_ms % 1000) * 1000000};
	sigset_t set = daemon_signals(), deadly = set;
	int got;

	do
		got = timeout_ms > 0 ? sigtimedwait(&set, NULL, &t)
				     : sigwaitinfo(&set, NULL);
	while (got < 0 && errno == EINTR);
	if (got == SIGTERM || got == SIGINT) {
		sigdelset(&deadly, SIGHUP);
		pthread_sigmask(SIG_UNBLOCK, &deadly, NULL);
		daemon_stopping();
	}
	return got < 0 ? 0 : got;
}
