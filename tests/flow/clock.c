/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded by load.test.sh: a clock that is off by as many seconds as stand
 * in $CLOCK_FILE (8 bytes, this machine's order), which may change while the
 * program runs. Only the time of day; what measures time passing is right.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *off;

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("CLOCK_FILE");
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	void *at;

	if (fd < 0)
		return;
	at = mmap(NULL, sizeof *off, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		abort();
	off = at;
}

int
clock_gettime(clockid_t clock, struct timespec *t)
{
	static int (*real)(clockid_t, struct timespec *);
	int rc;

	if (real == NULL)
		real = (int (*)(clockid_t, struct timespec *))dlsym(
		    RTLD_NEXT, "clock_gettime");
	rc = real(clock, t);
	if (rc == 0 && off != NULL && clock == CLOCK_REALTIME)
		t->tv_sec += *off;
	return rc;
}
