/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For evidence, which runs what others wrote, and for the parent of it the
 * list of denied calls is short on purpose: files and network, which an
 * attacker wants, are closed by kind, and the rest of the list is what breaks
 * out of, looks into or outlives a process. For seat and courier it is the
 * other way round. Every denial is EPERM, so that a library that only tries
 * something goes on.
 */
#include "signer/serve_sandbox.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "host/say.h"

/* Rights that later kernels know and the header of this one may not. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ull << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ull << 14)
#endif

#define RIGHTS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RIGHTS_EXEC LANDLOCK_ACCESS_FS_EXECUTE
#define RIGHTS_WRITE                                                           \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |       \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |     \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define RIGHTS_NEVER                                                           \
	(LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |         \
	    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK)
#define RIGHTS_OF_FILES                                                        \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |          \
	    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)

static enum rc
refused(struct why *why, const char *what)
{
	why_set(why, "the kernel refuses %s: %s", what, strerror(errno));
	return RC_STATE;
}

/* A kernel without it: the operator has said whether that will do. */
static enum rc
lacking(const struct sandbox *s, struct why *why, const char *what)
{
	if (!s->required) {
		say(SAY_WARNING, "this kernel has %s", what);
		return RC_OK;
	}
	why_set(why, "this kernel has %s; `sandbox = available` in [signer] "
		     "goes on without", what);
	return RC_SANDBOX;
}

void
sandbox_read(struct sandbox *s, const char *path)
{
	unsigned i = 0;

	while (i < SANDBOX_PATHS_MAX - 1 && s->read[i] != NULL)
		i++;
	if (path != NULL && path[0] != '\0' && i < SANDBOX_PATHS_MAX - 1)
		s->read[i] = path;
}

/* ---- files --------------------------------------------------------------- */

static enum rc
allow_path(int rules, const char *path, uint64_t rights, struct why *why)
{
	struct landlock_path_beneath_attr attr = {.allowed_access = rights};
	struct stat st;
	long e;

	attr.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (attr.parent_fd < 0)
		return errno == ENOENT ? RC_OK : refused(why, path);
	if (fstat(attr.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		attr.allowed_access &= RIGHTS_OF_FILES;
	e = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
	    &attr, 0);
	close(attr.parent_fd);
	return e == 0 ? RC_OK : refused(why, path);
}

/* Whether entry `name` of /etc is, or holds, a file that is to be hidden. */
static bool
is_hidden(const struct sandbox *s, const char *name)
{
	size_t n = strlen(name);

	for (unsigned i = 0; i < 4 && s->hidden[i] != NULL; i++) {
		char at[PATH_MAX];

		if (realpath(s->hidden[i], at) != NULL &&
		    strncmp(at, "/etc/", 5) == 0 &&
		    strncmp(at + 5, name, n) == 0 &&
		    (at[5 + n] == '/' || at[5 + n] == '\0'))
			return true;
	}
	return false;
}

static enum rc
allow_etc(int rules, const struct sandbox *s, uint64_t rights, struct why *why)
{
	DIR *etc = opendir("/etc");
	const struct dirent *e;
	char path[sizeof "/etc/" + sizeof e->d_name];
	enum rc rc = RC_OK;

	if (etc == NULL)
		return refused(why, "/etc");
	while (rc == RC_OK && (e = readdir(etc)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0 || is_hidden(s, e->d_name))
			continue;
		snprintf(path, sizeof path, "/etc/%s", e->d_name);
		rc = allow_path(rules, path, rights, why);
	}
	closedir(etc);
	return rc;
}

static enum rc
files_close(const struct sandbox *s, struct why *why)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	uint64_t write = RIGHTS_WRITE, read = RIGHTS_READ;
	struct landlock_ruleset_attr attr = {0};
	int rules;
	enum rc rc = RC_OK;

	if (abi < 1)
		return lacking(s, why, "no Landlock: files are guarded by "
				       "their modes alone");
	if (abi >= 2)
		write |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		write |= LANDLOCK_ACCESS_FS_TRUNCATE;
	attr.handled_access_fs = write | RIGHTS_READ | RIGHTS_EXEC | RIGHTS_NEVER;
	rules = (int)syscall(
	    SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	if (rules < 0)
		return refused(why, "Landlock");
	if (s->programs)
		read |= RIGHTS_EXEC;
	for (unsigned i = 0;
	     rc == RC_OK && i < SANDBOX_PATHS_MAX && s->read[i] != NULL; i++)
		rc = allow_path(rules, s->read[i], read, why);
	if (rc == RC_OK && s->etc)
		rc = allow_etc(rules, s, read, why);
	for (unsigned i = 0;
	     rc == RC_OK && i < SANDBOX_PATHS_MAX && s->write[i] != NULL; i++)
		rc = allow_path(rules, s->write[i], read | write, why);
	if (rc == RC_OK && s->remove != NULL)
		rc = allow_path(
		    rules, s->remove, LANDLOCK_ACCESS_FS_REMOVE_FILE, why);
	if (rc == RC_OK && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		rc = refused(why, "Landlock");
	close(rules);
	return rc;
}

/* ---- calls ---------------------------------------------------------------- */

static const int denied[] = {SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev), SCMP_SYS(process_madvise),
    SCMP_SYS(pidfd_getfd), SCMP_SYS(kcmp), SCMP_SYS(mount), SCMP_SYS(umount2),
    SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(move_mount),
    SCMP_SYS(open_tree), SCMP_SYS(fsopen), SCMP_SYS(fsmount),
    SCMP_SYS(setns), SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(init_module),
    SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load), SCMP_SYS(add_key), SCMP_SYS(request_key),
    SCMP_SYS(keyctl), SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register), SCMP_SYS(reboot), SCMP_SYS(swapon),
    SCMP_SYS(swapoff), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime),
    SCMP_SYS(adjtimex), SCMP_SYS(clock_adjtime), SCMP_SYS(acct),
    SCMP_SYS(quotactl), SCMP_SYS(open_by_handle_at),
    SCMP_SYS(name_to_handle_at), SCMP_SYS(iopl), SCMP_SYS(ioperm),
    SCMP_SYS(personality), SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname)};

/* Of a process that starts no other: it has nobody to speak to. */
static const int denied_alone[] = {SCMP_SYS(execve), SCMP_SYS(execveat),
    SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(rt_sigqueueinfo),
    SCMP_SYS(rt_tgsigqueueinfo), SCMP_SYS(pidfd_send_signal)};

/* What libseccomp's own macros say, with every field. */
static struct scmp_arg_cmp
argument_is(unsigned n, scmp_datum_t value)
{
	return (struct scmp_arg_cmp){
	    .arg = n, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}

/*
 * Name spaces are entered by unshare, and by what makes a process. clone3's
 * arguments cannot be looked at: it is not there, and libraries take clone.
 */
static int
deny_spaces(scmp_filter_ctx ctx, const struct sandbox *s)
{
	static const scmp_datum_t spaces[] = {CLONE_NEWNS, CLONE_NEWCGROUP,
	    CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID,
	    CLONE_NEWNET};
	const struct scmp_arg_cmp mounts =
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWNS, CLONE_NEWNS);
	int e = seccomp_rule_add(
	    ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	for (size_t i = 0; e == 0 && i < sizeof spaces / sizeof spaces[0]; i++) {
		const struct scmp_arg_cmp space =
		    SCMP_A0(SCMP_CMP_MASKED_EQ, spaces[i], spaces[i]);

		e = seccomp_rule_add_array(
		    ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, &space);
	}
	if (e == 0 && !s->spaces)
		e = seccomp_rule_add(
		    ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 0);
	if (e == 0 && s->spaces)
		e = seccomp_rule_add_array(
		    ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 1, &mounts);
	return e;
}

static int
deny_calls(scmp_filter_ctx ctx, const struct sandbox *s)
{
	static const int families[] = {AF_INET, AF_INET6, AF_NETLINK, AF_UNIX,
	    AF_PACKET, AF_VSOCK, AF_ALG, AF_KEY, AF_XDP};
	unsigned from = s->network ? 3 : 0; /* the first three are internet */
	int e = deny_spaces(ctx, s);

	for (unsigned i = 0; e == 0 && i < sizeof denied / sizeof denied[0]; i++)
		e = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
	for (unsigned i = from; e == 0 && !s->alone &&
	     i < sizeof families / sizeof families[0]; i++)
		e = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
		    SCMP_SYS(socket), 1,
		    argument_is(0, (scmp_datum_t)families[i]));
	if (e == 0 && s->alone)
		e = seccomp_rule_add(
		    ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 0);
	if (e == 0 && s->part == SANDBOX_PARENT)
		e = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
		    SCMP_SYS(prctl), 1, argument_is(0, PR_SET_DUMPABLE));
	for (unsigned i = 0; e == 0 && !s->programs &&
	     i < sizeof denied_alone / sizeof denied_alone[0]; i++)
		e = seccomp_rule_add(
		    ctx, SCMP_ACT_ERRNO(EPERM), denied_alone[i], 0);
	return e;
}

/* What ours uses: memory, threads, time, files that Landlock lets through,
 * and sockets that are open already. */
static const int allowed[] = {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv),
    SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(open),
    SCMP_SYS(openat), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
    SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx), SCMP_SYS(lseek),
    SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
    SCMP_SYS(getcwd), SCMP_SYS(getdents64), SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(fcntl), SCMP_SYS(flock), SCMP_SYS(fsync),
    SCMP_SYS(fdatasync), SCMP_SYS(ftruncate), SCMP_SYS(fallocate),
    SCMP_SYS(fadvise64), SCMP_SYS(statfs), SCMP_SYS(fstatfs),
    SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(mlock),
    SCMP_SYS(mlock2), SCMP_SYS(munlock), SCMP_SYS(brk), SCMP_SYS(futex),
    SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall), SCMP_SYS(pause), SCMP_SYS(poll),
    SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6),
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday),
    SCMP_SYS(time), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid),
    SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
    SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(sysinfo),
    SCMP_SYS(uname), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(membarrier), SCMP_SYS(pipe2), SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
    SCMP_SYS(shutdown), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
    SCMP_SYS(exit), SCMP_SYS(exit_group)};
static const int allowed_seat[] = {SCMP_SYS(accept4), SCMP_SYS(unlink),
    SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat),
    SCMP_SYS(renameat2), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(umask), SCMP_SYS(chmod),
    SCMP_SYS(fchmod), SCMP_SYS(fchmodat)};
static const int allowed_courier[] = {SCMP_SYS(connect), SCMP_SYS(bind),
    SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(sendmmsg),
    SCMP_SYS(recvmmsg), SCMP_SYS(socketpair), SCMP_SYS(eventfd2),
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait), SCMP_SYS(pipe), SCMP_SYS(dup)};

static int
allow(scmp_filter_ctx ctx, const int *call, size_t n)
{
	int e = 0;

	for (size_t i = 0; e == 0 && i < n; i++)
		e = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call[i], 0);
	return e;
}

/* Of some calls only some uses. clone3's arguments cannot be looked at: it is
 * not there, and the library makes threads with clone. */
static int
allow_some(scmp_filter_ctx ctx, bool seat)
{
	static const int families[] = {AF_INET, AF_INET6, AF_NETLINK};
	const struct scmp_arg_cmp thread = SCMP_A0(
	    SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
	const struct scmp_arg_cmp data =
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int e = seccomp_rule_add(
	    ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	if (e == 0)
		e = seccomp_rule_add_array(
		    ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &thread);
	if (e == 0) /* abort */
		e = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
		    argument_is(0, (scmp_datum_t)getpid()));
	if (e == 0) /* to look, not to set */
		e = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64),
		    1, argument_is(2, 0));
	if (e == 0)
		e = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
		    argument_is(0, PR_SET_NAME));
	/* The courier's resolver loads libraries when it resolves. */
	if (e == 0 && seat)
		e = seccomp_rule_add_array(
		    ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &data);
	if (e == 0 && seat)
		e = seccomp_rule_add_array(
		    ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &data);
	if (e == 0 && !seat)
		e = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 0);
	if (e == 0 && !seat)
		e = seccomp_rule_add(
		    ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 0);
	if (e == 0 && !seat) /* how much is to be read */
		e = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
		    argument_is(1, FIONREAD));
	for (unsigned i = 0; e == 0 && !seat &&
	     i < sizeof families / sizeof families[0]; i++)
		e = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		    argument_is(0, (scmp_datum_t)families[i]));
	return e;
}

/* A sanitizer's own calls are nobody's table. */
#if defined(__SANITIZE_ADDRESS__)
enum { CALLS_ARE_LISTED = 0 };
#else
enum { CALLS_ARE_LISTED = 1 };
#endif

static enum rc
calls_close(const struct sandbox *s, struct why *why)
{
	bool seat = s->part == SANDBOX_SEAT;
	bool listed = CALLS_ARE_LISTED && s->part != SANDBOX_EVIDENCE &&
	    s->part != SANDBOX_PARENT;
	scmp_filter_ctx ctx = seccomp_init(
	    listed ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW);
	struct sandbox like = *s;
	int e = ctx == NULL ? -ENOMEM : 0;

	like.network |= s->part == SANDBOX_COURIER;
	like.alone |= seat;
	if (e == 0 && !listed)
		e = deny_calls(ctx, &like);
	if (e == 0 && listed)
		e = allow(ctx, allowed, sizeof allowed / sizeof allowed[0]);
	if (e == 0 && listed && seat)
		e = allow(ctx, allowed_seat,
		    sizeof allowed_seat / sizeof allowed_seat[0]);
	if (e == 0 && listed && !seat)
		e = allow(ctx, allowed_courier,
		    sizeof allowed_courier / sizeof allowed_courier[0]);
	if (e == 0 && listed)
		e = allow_some(ctx, seat);
	if (e == 0)
		e = seccomp_load(ctx);
	if (ctx != NULL)
		seccomp_release(ctx);
	if (e == 0)
		return RC_OK;
	if (e == -EINVAL || e == -ENOSYS)
		return lacking(s, why, "no filter of calls");
	errno = -e;
	return refused(why, "the filter of calls");
}

/* ---- limits --------------------------------------------------------------- */

/* A sanitizer maps terabytes that it does not use. */
#if defined(__SANITIZE_ADDRESS__)
enum { MEMORY_IS_LIMITED = 0 };
#else
enum { MEMORY_IS_LIMITED = 1 };
#endif

static bool
limit(int what, uint64_t value)
{
	const struct rlimit l = {value, value};

	return setrlimit(what, &l) == 0;
}

enum rc
sandbox_enter(const struct sandbox *s, struct why *why)
{
	enum rc rc;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return refused(why, "to forbid privileges");
	if (!limit(RLIMIT_CORE, 0) ||
	    (MEMORY_IS_LIMITED && s->memory_bytes != 0 &&
		!limit(RLIMIT_AS, s->memory_bytes)) ||
	    (s->file_bytes != 0 && !limit(RLIMIT_FSIZE, s->file_bytes)) ||
	    (s->cpu_s != 0 && !limit(RLIMIT_CPU, s->cpu_s)) ||
	    (s->processes != 0 && !limit(RLIMIT_NPROC, s->processes)))
		return refused(why, "limits");
	rc = files_close(s, why);
	if (rc == RC_OK)
		rc = calls_close(s, why);
	return rc;
}
