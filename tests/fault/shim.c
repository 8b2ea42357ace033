/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a daemon, this ends it at a chosen moment: FAULT_AT=n ends
 * the process in place of its n-th effect on disk (write, pwrite, fsync,
 * fdatasync, ftruncate, rename, link, unlink, mkdir, of regular files and
 * directories), with FAULT_TORN=1 in the middle of a write. Counted from the
 * start, or from SIGUSR1 on with FAULT_ARM=1. SIGUSR2 writes the count to
 * FAULT_COUNT.
 *
 * With FAULT_ERRNO=e the effect fails instead with that number, and nothing
 * of it happens (or half of a write, with FAULT_TORN); with FAULT_STAY=1 all
 * the following ones too, as on a disk that is full or read-only, until the
 * next SIGUSR1.
 *
 * And with FAULT_SYNC=1, once armed, it holds the process to "durable before
 * visible": when an HTTP answer "200" leaves while something written is not
 * synced, or a name was made and its directory is not synced, the process
 * ends with status 99 and says what. For tests that ask one thing at a time.
 * Partial tiles ("000.p/17") may be lost in a power cut: they are made again
 * from the database before anybody is served, and not held to this.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS = 4096, DIRS = 256, PATHS = 512 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t armed;
static unsigned long fault_at, count;
static bool torn, hold, stay;
static int fault_errno;
static const char *count_file;
static bool dirty_fd[FDS];
static char dirty_dir[DIRS][PATHS], lost[PATHS];

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void
on_arm(int s)
{
	(void)s;
	armed = fault_errno == 0 || !armed;
}

static void
on_count(int s)
{
	char line[32];
	int fd = open(count_file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	int n = snprintf(line, sizeof line, "%lu\n", count);

	(void)s;
	if (fd >= 0 && REAL(write)(fd, line, (size_t)n) == n)
		close(fd);
}

__attribute__((constructor)) static void
begin(void)
{
	const char *at = getenv("FAULT_AT");

	fault_at = at != NULL ? strtoul(at, NULL, 10) : 0;
	torn = getenv("FAULT_TORN") != NULL;
	hold = getenv("FAULT_SYNC") != NULL;
	stay = getenv("FAULT_STAY") != NULL;
	fault_errno = getenv("FAULT_ERRNO") != NULL
	    ? atoi(getenv("FAULT_ERRNO"))
	    : 0;
	count_file = getenv("FAULT_COUNT");
	armed = getenv("FAULT_ARM") == NULL;
	signal(SIGUSR1, on_arm);
	if (count_file != NULL)
		signal(SIGUSR2, on_count);
}

/* 0, or the path of a file or directory that counts. */
static bool
path_of(char out[static PATHS], int fd)
{
	char link[64];
	struct stat st;
	ssize_t n;

	if (fd <= 2 || fd >= FDS || fstat(fd, &st) != 0 ||
	    !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
		return false;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, out, PATHS - 1);
	if (n <= 0)
		return false;
	out[n] = '\0';
	return strstr(out, "-shm") == NULL && strstr(out, "/lock") == NULL;
}

/* True: this is the moment. */
static bool
moment(void)
{
	bool now = false;

	pthread_mutex_lock(&lock);
	if (armed && (++count == fault_at || (stay && count > fault_at)))
		now = true;
	pthread_mutex_unlock(&lock);
	return now;
}

/* The end, or -1 and the number to fail with. */
static int
end(void)
{
	if (fault_errno == 0)
		_exit(137);
	errno = fault_errno;
	return -1;
}

static void
dir_mark(const char *path)
{
	char dir[PATHS];
	char *slash;

	snprintf(dir, sizeof dir, "%s", path);
	slash = strrchr(dir, '/');
	if (slash == NULL || strstr(path, ".p/") != NULL)
		return;
	*slash = '\0';
	if (realpath(dir, (char[4096]){0}) != NULL) {
		char full[4096];

		snprintf(dir, sizeof dir, "%s", realpath(dir, full));
	}
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < DIRS; i++)
		if (dirty_dir[i][0] == '\0' || strcmp(dirty_dir[i], dir) == 0) {
			strcpy(dirty_dir[i], dir);
			break;
		}
	pthread_mutex_unlock(&lock);
}

static void
mark(int fd, bool dirty)
{
	char path[PATHS];

	if (!path_of(path, fd) || strstr(path, ".p/") != NULL)
		return;
	pthread_mutex_lock(&lock);
	dirty_fd[fd] = dirty;
	for (unsigned i = 0; !dirty && i < DIRS; i++)
		if (strcmp(dirty_dir[i], path) == 0)
			dirty_dir[i][0] = '\0';
	pthread_mutex_unlock(&lock);
}

/* Something visible leaves: nothing may be owed to the disk. */
static void
visible(const void *bytes, size_t n)
{
	char path[PATHS];

	if (!hold || !armed || n < 12 || memcmp(bytes, "HTTP/1.1 200", 12) != 0)
		return;
	pthread_mutex_lock(&lock);
	for (int fd = 3; fd < FDS; fd++)
		if (dirty_fd[fd] && path_of(path, fd)) {
			dprintf(2, "shim: unsynced at an answer: %s\n", path);
			_exit(99);
		}
	for (unsigned i = 0; i < DIRS; i++)
		if (dirty_dir[i][0] != '\0') {
			dprintf(2, "shim: names unsynced at an answer: %s\n",
			    dirty_dir[i]);
			_exit(99);
		}
	if (lost[0] != '\0') {
		dprintf(2, "shim: closed unsynced: %s\n", lost);
		_exit(99);
	}
	pthread_mutex_unlock(&lock);
}

ssize_t
write(int fd, const void *b, size_t n)
{
	char path[PATHS];

	if (!path_of(path, fd))
		return REAL(write)(fd, b, n);
	if (moment()) {
		if (torn && REAL(write)(fd, b, n / 2) < 0)
			return end();
		return end();
	}
	mark(fd, true);
	return REAL(write)(fd, b, n);
}

static ssize_t
pwrite_any(int fd, const void *b, size_t n, off_t at)
{
	char path[PATHS];

	if (path_of(path, fd)) {
		if (moment()) {
			if (torn && REAL(pwrite64)(fd, b, n / 2, at) < 0)
				return end();
			return end();
		}
		mark(fd, true);
	}
	return REAL(pwrite64)(fd, b, n, at);
}

ssize_t
pwrite(int fd, const void *b, size_t n, off_t at)
{
	return pwrite_any(fd, b, n, at);
}

ssize_t
pwrite64(int fd, const void *b, size_t n, off64_t at)
{
	return pwrite_any(fd, b, n, at);
}

static int
sync_any(int fd, int (*real)(int))
{
	char path[PATHS];
	int r;

	if (path_of(path, fd) && moment())
		return end();
	r = real(fd);
	if (r == 0)
		mark(fd, false);
	return r;
}

int
fsync(int fd)
{
	return sync_any(fd, REAL(fsync));
}

int
fdatasync(int fd)
{
	return sync_any(fd, REAL(fdatasync));
}

int
ftruncate(int fd, off_t n)
{
	char path[PATHS];

	if (path_of(path, fd) && moment())
		return end();
	return REAL(ftruncate)(fd, n);
}

int
ftruncate64(int fd, off64_t n)
{
	return ftruncate(fd, n);
}

int
rename(const char *from, const char *to)
{
	if (moment())
		return end();
	dir_mark(to);
	return REAL(rename)(from, to);
}

int
link(const char *from, const char *to)
{
	if (moment())
		return end();
	dir_mark(to);
	return REAL(link)(from, to);
}

int
unlink(const char *path)
{
	if (moment())
		end();
	return REAL(unlink)(path);
}

int
mkdir(const char *path, mode_t mode)
{
	int r;

	if (moment())
		return end();
	r = REAL(mkdir)(path, mode);
	if (r == 0)
		dir_mark(path);
	return r;
}

int
close(int fd)
{
	char path[PATHS];

	if (fd >= 0 && fd < FDS && dirty_fd[fd]) {
		pthread_mutex_lock(&lock);
		if (path_of(path, fd))
			strcpy(lost, path);
		dirty_fd[fd] = false;
		pthread_mutex_unlock(&lock);
	}
	return REAL(close)(fd);
}

ssize_t
send(int fd, const void *b, size_t n, int flags)
{
	visible(b, n);
	return REAL(send)(fd, b, n, flags);
}

ssize_t
sendmsg(int fd, const struct msghdr *m, int flags)
{
	if (m->msg_iovlen > 0)
		visible(m->msg_iov[0].iov_base, m->msg_iov[0].iov_len);
	return REAL(sendmsg)(fd, m, flags);
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	if (n > 0)
		visible(v[0].iov_base, v[0].iov_len);
	return REAL(writev)(fd, v, n);
}
