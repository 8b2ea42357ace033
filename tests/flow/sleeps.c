/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded by wake.test.sh: every call that only lets time pass appends a
 * line to $SLEEPS_FILE. A pause that ends by its own clock is what is looked
 * for: pthread_cond_timedwait counts when it timed out, not when it was woken.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Opened before main: later a process may have left the file system. */
static int fd = -1;

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("SLEEPS_FILE");
	int low;

	if (path == NULL)
		return;
	low = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (low < 0)
		abort();
	fd = fcntl(low, F_DUPFD_CLOEXEC, 200); /* in nobody's way */
	close(low);
}

static void
tell(const char *what)
{
	int saved = errno;
	char line[128];

	if (fd >= 0) {
		snprintf(line, sizeof line, "%s %s\n", program_invocation_short_name,
		    what);
		if (write(fd, line, strlen(line)) < 0)
			abort();
	}
	errno = saved;
}

int
nanosleep(const struct timespec *t, struct timespec *left)
{
	int (*real)(const struct timespec *, struct timespec *) =
	    (int (*)(const struct timespec *, struct timespec *))dlsym(
		RTLD_NEXT, "nanosleep");

	tell("nanosleep");
	return real(t, left);
}

int
clock_nanosleep(clockid_t clock, int flags, const struct timespec *t,
    struct timespec *left)
{
	int (*real)(clockid_t, int, const struct timespec *, struct timespec *) =
	    (int (*)(clockid_t, int, const struct timespec *,
		struct timespec *))dlsym(RTLD_NEXT, "clock_nanosleep");

	tell("clock_nanosleep");
	return real(clock, flags, t, left);
}

int
usleep(useconds_t us)
{
	int (*real)(useconds_t) =
	    (int (*)(useconds_t))dlsym(RTLD_NEXT, "usleep");

	tell("usleep");
	return real(us);
}

int
pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
    const struct timespec *t)
{
	int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *) =
	    (int (*)(pthread_cond_t *, pthread_mutex_t *,
		const struct timespec *))dlvsym(RTLD_NEXT,
		"pthread_cond_timedwait", "GLIBC_2.3.2");
	int rc = real(c, m, t);

	if (rc == ETIMEDOUT)
		tell("pthread_cond_timedwait");
	return rc;
}
