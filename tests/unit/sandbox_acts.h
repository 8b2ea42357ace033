/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_SANDBOX_ACTS_H
#define TESTS_UNIT_SANDBOX_ACTS_H
/*
 * What whoever takes a process over would try in it; each returns the errno,
 * 0: allowed. For check_sandbox.c, which asks the sandbox alone, and
 * flow/breakout.c, which asks the daemon as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char share[700]; /* a file that nobody else may read */
static pid_t other;	/* a process of another part: the seat */

static inline int
result(long r)
{
	return r < 0 ? errno : 0;
}

static inline int
open_rc(const char *path, int flags)
{
	int fd = open(path, flags, 0600);
	int e = result(fd);

	if (fd >= 0)
		close(fd);
	return e;
}

/* A new file there, gone again: processes may try at once. */
static inline int
create_rc(const char *folder)
{
	char path[700];
	int e;

	snprintf(path, sizeof path, "%s/new-%d", folder, (int)getpid());
	e = open_rc(path, O_WRONLY | O_CREAT);
	(void)unlink(path);
	return e;
}

static inline int
socket_rc(int family, int type)
{
	int fd = socket(family, type, 0);
	int e = result(fd);

	if (fd >= 0)
		close(fd);
	return e;
}

static inline int
mount_rc(const char *folder)
{
	return result(mount("none", folder, "tmpfs", 0, NULL));
}

static inline int
read_share(void)
{
	return open_rc(share, O_RDONLY);
}

static inline int
open_tcp(void)
{
	return socket_rc(AF_INET, SOCK_STREAM);
}

static inline int
open_tcp6(void)
{
	return socket_rc(AF_INET6, SOCK_STREAM);
}

static inline int
open_packet(void)
{
	return socket_rc(AF_PACKET, SOCK_RAW);
}

static inline int
open_unix(void)
{
	return socket_rc(AF_UNIX, SOCK_STREAM);
}

static inline int
trace(void)
{
	int e = result(ptrace(PTRACE_SEIZE, other, 0, 0));

	if (e == 0)
		(void)ptrace(PTRACE_DETACH, other, 0, 0);
	return e;
}

static inline int
read_memory(void)
{
	char here[8];
	struct iovec local = {here, sizeof here}, remote = {here, sizeof here};

	return result(process_vm_readv(other, &local, 1, &remote, 1, 0));
}

static inline int
open_memory(void)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/mem", (int)other);
	return open_rc(path, O_RDWR);
}
#endif
