/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of denied calls is short on purpose: files and network, which an
 * attacker wants, are closed by kind, and the rest of the list is what breaks
 * out of, looks into or outlives a process. Every denial is EPERM, so that a
 * library that only tries something goes on.
 */
#include "signer/serve_sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <string.h>
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

static enum rc
files_close(const struct sandbox *s, struct why *why)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	uint64_t write = RIGHTS_WRITE, read = RIGHTS_READ;
	struct landlock_ruleset_attr attr = {0};
	int rules;
	enum rc rc = RC_OK;

	if (abi < 1) {
		say(SAY_WARNING, "this kernel has no Landlock: files are "
				 "guarded by their modes alone");
		return RC_OK;
	}
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
	for (unsigned i = 0;
	     rc == RC_OK && i < SANDBOX_PATHS_MAX && s->write[i] != NULL; i++)
		rc = allow_path(rules, s->write[i], read | write, why);
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
    SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf),
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

static enum rc
calls_close(const struct sandbox *s, struct why *why)
{
	static const int families[] = {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET,
	    AF_VSOCK, AF_ALG, AF_KEY, AF_XDP};
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	unsigned from = s->network ? 3 : 0; /* the first three are internet */
	int e = ctx == NULL ? -ENOMEM : 0;

	for (unsigned i = 0; e == 0 && i < sizeof denied / sizeof denied[0]; i++)
		e = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
	for (unsigned i = from;
	     e == 0 && i < sizeof families / sizeof families[0]; i++)
		e = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
		    SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0));
	if (e == 0 && s->alone)
		e = seccomp_rule_add(
		    ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 0);
	if (e == 0 && !s->programs)
		e = seccomp_rule_add(
		    ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(execve), 0);
	if (e == 0 && !s->programs)
		e = seccomp_rule_add(
		    ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(execveat), 0);
	if (e == 0)
		e = seccomp_load(ctx);
	if (ctx != NULL)
		seccomp_release(ctx);
	if (e == 0)
		return RC_OK;
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
