/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files, whole and durable. Every write goes the same way: a temporary name
 * in the same directory, the bytes, fsync, the final name, fsync of the
 * directory. Leaving out any step loses data in some power cut: without the
 * first sync a name may point at nothing, without the second the name may
 * be gone although we said it was there.
 */
#include "host/file.h"

#include <errno.h>
#include <ftw.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verify/sha256.h"

#define FILE_CHUNK 65536

static enum rc
file_fail(struct why *why, const char *what, const char *path)
{
	int e = errno;

	why_set(why, "cannot %s '%s': %s", what, path, strerror(e));
	return e == ENOENT ? RC_FILE_ABSENT : RC_FILE;
}

/* O_NONBLOCK, so that a pipe by that name does not keep us waiting. */
static enum rc
open_regular(int *fd, off_t *size, const char *path, struct why *why)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0)
		return file_fail(why, "open", path);
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode)) {
		*size = st.st_size;
		return RC_OK;
	}
	why_set(why, "'%s' is not a regular file", path);
	close(*fd);
	*fd = -1;
	return RC_FILE;
}

/* Until n bytes or the end; -1 with errno. */
static ssize_t
read_full(int fd, uint8_t *p, size_t n)
{
	size_t have = 0;
	ssize_t k;

	while (have < n) {
		k = read(fd, p + have, n - have);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (k == 0)
			break;
		have += (size_t)k;
	}
	return (ssize_t)have;
}

static enum rc
file_long(struct why *why, const char *path, size_t max)
{
	why_set(why, "'%s' has more than %zu bytes", path, max);
	return RC_FILE_LONG;
}

/* The size is a first guess only: the file may grow as it is read. */
static enum rc
read_rest(uint8_t **bytes, size_t *n, int fd, const char *path, size_t guess,
    size_t max, struct why *why)
{
	size_t cap = guess < max ? guess : max, have = 0;
	uint8_t *p = NULL, *grown;
	ssize_t k;

	for (;;) {
		grown = realloc(p, cap + 2); /* one to see more, one NUL */
		if (grown == NULL) {
			free(p);
			why_set(why, "no memory for '%s'", path);
			return RC_MEMORY;
		}
		p = grown;
		k = read_full(fd, p + have, cap + 1 - have);
		if (k < 0) {
			free(p);
			return file_fail(why, "read", path);
		}
		have += (size_t)k;
		if (have <= cap)
			break;
		if (cap >= max) {
			free(p);
			return file_long(why, path, max);
		}
		cap = cap < max / 2 ? cap * 2 + FILE_CHUNK : max;
		cap = cap < max ? cap : max;
	}
	p[have] = '\0';
	*bytes = p;
	*n = have;
	return RC_OK;
}

enum rc
file_read(uint8_t **bytes, size_t *n, const char *path, size_t max,
    struct why *why)
{
	off_t size = 0;
	enum rc rc;
	int fd;

	*bytes = NULL;
	*n = 0;
	if (max > SIZE_MAX / 4)
		max = SIZE_MAX / 4;
	rc = open_regular(&fd, &size, path, why);
	if (rc != RC_OK)
		return rc;
	if ((uint64_t)size > max)
		rc = file_long(why, path, max);
	else
		rc = read_rest(bytes, n, fd, path, (size_t)size, max, why);
	close(fd);
	return rc;
}

enum rc
file_read_stdin(uint8_t **bytes, size_t *n, size_t max, struct why *why)
{
	*bytes = NULL;
	*n = 0;
	if (max > SIZE_MAX / 4)
		max = SIZE_MAX / 4;
	return read_rest(bytes, n, STDIN_FILENO, "stdin", FILE_CHUNK, max, why);
}

enum rc
file_read_into(uint8_t *out, size_t *n, size_t cap, const char *path,
    struct why *why)
{
	ssize_t k, more = 0;
	off_t size = 0;
	uint8_t extra;
	enum rc rc;
	int fd;

	*n = 0;
	rc = open_regular(&fd, &size, path, why);
	if (rc != RC_OK)
		return rc;
	k = read_full(fd, out, cap);
	if (k == (ssize_t)cap)
		more = read_full(fd, &extra, 1);
	if (k < 0 || more < 0)
		rc = file_fail(why, "read", path);
	else if (more > 0)
		rc = file_long(why, path, cap);
	else
		*n = (size_t)k;
	if (rc != RC_OK)
		explicit_bzero(out, cap);
	explicit_bzero(&extra, 1);
	close(fd);
	return rc;
}

enum rc
file_sha256(uint8_t digest[static 32], uint64_t *size, const char *path,
    struct why *why)
{
	uint8_t chunk[FILE_CHUNK];
	struct sha256 hash;
	off_t guess = 0;
	ssize_t k;
	enum rc rc;
	int fd;

	*size = 0;
	memset(digest, 0, 32);
	rc = open_regular(&fd, &guess, path, why);
	if (rc != RC_OK)
		return rc;
	sha256_init(&hash);
	while ((k = read_full(fd, chunk, sizeof chunk)) > 0) {
		sha256_update(&hash, chunk, (size_t)k);
		*size += (uint64_t)k;
	}
	if (k < 0) {
		*size = 0;
		rc = file_fail(why, "read", path);
	} else {
		sha256_final(&hash, digest);
	}
	close(fd);
	return rc;
}

static bool
write_full(int fd, const uint8_t *p, size_t n)
{
	ssize_t k;

	while (n > 0) {
		k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

/* "a/b/c" -> "a/b", "c" -> ".", "/c" -> "/". */
static enum rc
directory_of(char dir[static FILE_PATH_MAX + 1], const char *path,
    struct why *why)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - path);

	if (strlen(path) > FILE_PATH_MAX) {
		why_set(why, "the path '%.40s...' is too long", path);
		return RC_FILE;
	}
	if (slash == NULL)
		strcpy(dir, ".");
	else if (n == 0)
		strcpy(dir, "/");
	else {
		memcpy(dir, path, n);
		dir[n] = '\0';
	}
	return RC_OK;
}

enum rc
file_sync_dir(const char *dir, struct why *why)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum rc rc = RC_OK;

	if (fd < 0)
		return file_fail(why, "open the directory", dir);
	if (fsync(fd) != 0)
		rc = file_fail(why, "sync the directory", dir);
	close(fd);
	return rc;
}

/* A synced file under a temporary name beside path. */
static enum rc
write_temporary(char name[static FILE_PATH_MAX + 16], const char *path,
    const void *bytes, size_t n, unsigned mode, struct why *why)
{
	enum rc rc = RC_FILE;
	int fd;

	snprintf(name, FILE_PATH_MAX + 16, "%s.tmp.XXXXXX", path);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0) {
		file_fail(why, "make a file beside", path);
		return RC_FILE;
	}
	if (fchmod(fd, (mode_t)mode) != 0)
		file_fail(why, "set the mode of", name);
	else if (!write_full(fd, bytes, n))
		file_fail(why, "write", name);
	else if (fsync(fd) != 0)
		file_fail(why, "sync", name);
	else
		rc = RC_OK;
	if (close(fd) != 0 && rc == RC_OK) {
		file_fail(why, "close", name);
		rc = RC_FILE;
	}
	if (rc != RC_OK)
		unlink(name);
	return rc;
}

enum rc
file_replaceable(const char *path, struct why *why)
{
	struct stat st;

	if (lstat(path, &st) != 0 || S_ISREG(st.st_mode) ||
	    S_ISLNK(st.st_mode))
		return RC_OK;
	why_set(why, "cannot replace '%s': %s", path,
	    S_ISDIR(st.st_mode) ? strerror(EISDIR)
				: "it is not a regular file");
	return RC_FILE;
}

enum rc
file_write_atomic(const char *path, const void *bytes, size_t n, unsigned mode,
    struct why *why)
{
	char name[FILE_PATH_MAX + 16], dir[FILE_PATH_MAX + 1];
	enum rc rc = directory_of(dir, path, why);

	if (rc == RC_OK)
		rc = file_replaceable(path, why);
	if (rc == RC_OK)
		rc = write_temporary(name, path, bytes, n, mode, why);
	if (rc != RC_OK)
		return rc;
	if (rename(name, path) != 0) {
		file_fail(why, "replace", path);
		unlink(name);
		return RC_FILE;
	}
	return file_sync_dir(dir, why) == RC_OK ? RC_OK : RC_FILE;
}

static enum rc
device_write(const char *path, const void *bytes, size_t n, struct why *why)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	enum rc rc = RC_FILE;

	if (fd < 0) {
		file_fail(why, "open", path);
		return RC_FILE;
	}
	if (write_full(fd, bytes, n))
		rc = RC_OK;
	else
		file_fail(why, "write", path);
	close(fd);
	return rc;
}

enum rc
file_write_given(const char *path, const void *bytes, size_t n, unsigned mode,
    struct why *why)
{
	char target[PATH_MAX];
	struct stat st;

	if (stat(path, &st) != 0)
		return file_write_atomic(path, bytes, n, mode, why);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return device_write(path, bytes, n, why);
	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode) &&
	    realpath(path, target) != NULL)
		path = target;
	return file_write_atomic(path, bytes, n, mode, why);
}

bool
file_exposed(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IROTH | S_IWOTH)) != 0;
}

bool
file_same(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	    x.st_ino == y.st_ino;
}

/* link(2), because it never replaces; rename would. */
static enum rc
create_unsynced(const char *path, const void *bytes, size_t n, unsigned mode,
    struct why *why)
{
	char name[FILE_PATH_MAX + 16];
	enum rc rc = write_temporary(name, path, bytes, n, mode, why);

	if (rc != RC_OK)
		return rc;
	if (link(name, path) != 0) {
		rc = errno == EEXIST ? RC_FILE_EXISTS : RC_FILE;
		file_fail(why, "make", path);
	}
	unlink(name);
	return rc;
}

enum rc
file_create_exclusive(const char *path, const void *bytes, size_t n,
    unsigned mode, struct why *why)
{
	char dir[FILE_PATH_MAX + 1];
	enum rc rc = directory_of(dir, path, why);

	if (rc == RC_OK && file_exists(path)) {
		why_set(why, "'%s' is already there", path);
		rc = RC_FILE_EXISTS;
	}
	if (rc == RC_OK)
		rc = create_unsynced(path, bytes, n, mode, why);
	if (rc == RC_OK && file_sync_dir(dir, why) != RC_OK)
		rc = RC_FILE;
	return rc;
}

/* RC_OK, RC_FILE_EXISTS (other bytes), or why it cannot be read. */
static enum rc
file_compare(const char *path, const void *bytes, size_t n, struct why *why)
{
	uint8_t *there;
	size_t there_n;
	enum rc rc = file_read(&there, &there_n, path, n, why);

	if (rc == RC_FILE_LONG)
		rc = RC_FILE_EXISTS;
	else if (rc == RC_OK && (there_n != n || memcmp(there, bytes, n) != 0))
		rc = RC_FILE_EXISTS;
	if (rc == RC_FILE_EXISTS)
		why_set(why, "'%s' is already there with other bytes", path);
	free(there);
	return rc;
}

enum rc
file_write_synced(const char *path, const void *bytes, size_t n, unsigned mode,
    bool later, struct why *why)
{
	char dir[FILE_PATH_MAX + 1];
	enum rc rc = directory_of(dir, path, why);

	if (rc != RC_OK)
		return rc;
	rc = file_exists(path) ? RC_FILE_EXISTS
			       : create_unsynced(path, bytes, n, mode, why);
	if (rc == RC_FILE_EXISTS)
		rc = file_compare(path, bytes, n, why);
	/* also for a repeat: its name may not have been synced last time */
	if (rc == RC_OK && !later && file_sync_dir(dir, why) != RC_OK)
		rc = RC_FILE;
	return rc;
}

enum rc
file_write_passing(const char *path, const void *bytes, size_t n,
    unsigned mode, struct why *why)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = open(path, flags, (mode_t)mode);
	enum rc rc;

	if (fd < 0 && errno == EEXIST && unlink(path) == 0)
		fd = open(path, flags, (mode_t)mode);
	if (fd < 0) {
		file_fail(why, "make", path);
		return RC_FILE;
	}
	rc = RC_FILE;
	if (fchmod(fd, (mode_t)mode) == 0 && write_full(fd, bytes, n))
		rc = RC_OK;
	else
		file_fail(why, "write", path);
	close(fd);
	if (rc != RC_OK)
		unlink(path);
	return rc;
}

enum rc
file_remove(const char *path, struct why *why)
{
	char dir[FILE_PATH_MAX + 1];
	enum rc rc = directory_of(dir, path, why);

	if (rc != RC_OK)
		return rc;
	if (unlink(path) != 0) {
		if (errno == ENOENT)
			return RC_OK;
		file_fail(why, "remove", path);
		return RC_FILE;
	}
	return file_sync_dir(dir, why) == RC_OK ? RC_OK : RC_FILE;
}

static int
remove_each(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	/* what somebody made unreadable may still be removed by its owner */
	if (type == FTW_DNR)
		(void)chmod(path, 0700);
	return remove(path);
}

enum rc
dir_remove(const char *path, struct why *why)
{
	if (!file_exists(path) ||
	    nftw(path, remove_each, 32, FTW_DEPTH | FTW_PHYS) == 0)
		return RC_OK;
	why_set(why, "cannot remove '%s': %s", path, strerror(errno));
	return RC_FILE;
}

enum rc
file_replace(const char *from, const char *to, struct why *why)
{
	char dir[FILE_PATH_MAX + 1];
	enum rc rc = directory_of(dir, to, why);

	if (rc != RC_OK)
		return rc;
	if (rename(from, to) != 0) {
		rc = errno == ENOENT ? RC_FILE_ABSENT : RC_FILE;
		file_fail(why, "move", from);
		return rc;
	}
	return file_sync_dir(dir, why) == RC_OK ? RC_OK : RC_FILE;
}

bool
file_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static enum rc
dir_make_one(const char *dir, unsigned mode, struct why *why)
{
	char parent[FILE_PATH_MAX + 1];
	struct stat st;

	if (mkdir(dir, (mode_t)mode) != 0) {
		if (errno == EEXIST && stat(dir, &st) == 0 &&
		    S_ISDIR(st.st_mode))
			return RC_OK;
		file_fail(why, "make the directory", dir);
		return RC_FILE;
	}
	if (directory_of(parent, dir, why) != RC_OK ||
	    file_sync_dir(parent, why) != RC_OK)
		return RC_FILE;
	return RC_OK;
}

enum rc
dir_make(const char *dir, unsigned mode, struct why *why)
{
	char part[FILE_PATH_MAX + 1];
	size_t n = strlen(dir), i;
	struct stat st;
	enum rc rc = RC_OK;

	if (n == 0 || n > FILE_PATH_MAX) {
		why_set(why, "'%.40s' is no name for a directory", dir);
		return RC_FILE;
	}
	memcpy(part, dir, n + 1);
	while (n > 1 && part[n - 1] == '/')
		part[--n] = '\0';
	if (stat(part, &st) == 0 && S_ISDIR(st.st_mode))
		return RC_OK;
	for (i = 1; i < n && rc == RC_OK; i++) {
		if (part[i] != '/' || part[i - 1] == '/')
			continue;
		part[i] = '\0';
		rc = dir_make_one(part, mode, why);
		part[i] = '/';
	}
	return rc == RC_OK ? dir_make_one(part, mode, why) : rc;
}

static void
say_holder(struct why *why, int fd, const char *dir)
{
	char pid[24] = "";
	ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

	pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
	why_set(why, "'%s' is in use by another process (pid %s)", dir,
	    pid[0] != '\0' ? pid : "unknown");
}

enum rc
file_lock(int *lock, const char *dir, struct why *why)
{
	char path[FILE_PATH_MAX + 16], pid[24];
	int fd, n;

	*lock = -1;
	n = snprintf(path, sizeof path, "%s/lock", dir);
	if (n < 0 || (size_t)n >= sizeof path) {
		why_set(why, "the path '%.40s...' is too long", dir);
		return RC_FILE;
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		file_fail(why, "open", path);
		return RC_FILE;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK) {
			file_fail(why, "lock", path);
			close(fd);
			return RC_FILE;
		}
		say_holder(why, fd, dir);
		close(fd);
		return RC_LOCKED;
	}
	n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) != 0 || !write_full(fd, (void *)pid, (size_t)n)) {
		file_fail(why, "write", path);
		close(fd);
		return RC_FILE;
	}
	*lock = fd;
	return RC_OK;
}

/* The file stays: removing it would let two processes hold two locks. */
void
file_unlock(int lock)
{
	if (lock >= 0)
		close(lock);
}
