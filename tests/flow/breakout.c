/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded by breakout.test.sh into the daemon as it is. The last step of
 * entering a sandbox is libseccomp's seccomp_load: behind it, in each process
 * of the signer, everything is tried that whoever took it over would try, and
 * a line `PROCESS ACT ERRNO` goes to $BREAKOUT_FILE, which was opened before.
 * What does no harm is also tried before main, as `before-PROCESS`: so it is
 * known that it works where no sandbox is.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/unit/sandbox_acts.h"

static int out = -1;
static char process[32];
/* share; other: the seat, of the seat its parent */
static char dir[512], state[600], passphrase[600], people[600];

/* ---- the acts ----------------------------------------------------------------- */

static int
read_passphrase(void)
{
	return open_rc(passphrase, O_RDONLY);
}
static int
read_accounts(void)
{
	return open_rc("/etc/passwd", O_RDONLY);
}
static int
read_processes(void)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/maps", (int)other);
	return open_rc(path, O_RDONLY);
}
static int
write_share(void)
{
	return open_rc(share, O_WRONLY);
}
static int
write_state(void)
{
	return create_rc(state);
}
static int
write_outside(void)
{
	return create_rc(dir);
}
static int
write_anywhere(void)
{
	return create_rc("/tmp");
}
static int
move_share_out(void)
{
	char to[700];

	/* seat and courier try at once: a name for each */
	snprintf(to, sizeof to, "%s/taken-%d", dir, (int)getpid());
	return result(link(share, to)) != 0 ? errno : result(unlink(to));
}
static int
open_udp(void)
{
	return socket_rc(AF_INET, SOCK_DGRAM);
}
static int
say_yes(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), e;

	if (fd < 0)
		return errno;
	snprintf(at.sun_path, sizeof at.sun_path, "%.100s", people);
	e = result(connect(fd, (struct sockaddr *)&at, sizeof at));
	close(fd);
	return e;
}
static int
send_signal(void)
{
	return result(kill(other, 0));
}
static int
take_descriptor(void)
{
	int fd = (int)syscall(SYS_pidfd_open, other, 0);

	if (fd < 0)
		return errno;
	return result(syscall(SYS_pidfd_getfd, fd, 3, 0));
}
/* One child for both: in a name space of its own the first child's end is
 * the end of all. Without a child it is this very process that tries. */
static int program = -1;

static int
make_process(void)
{
	static char *argv[] = {(char *)"true", NULL};
	int status = 0;
	pid_t child = fork();

	if (child > 0) {
		(void)waitpid(child, &status, 0);
		program = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		return 0;
	}
	if (child == 0) {
		execv("/usr/bin/true", argv);
		_exit(errno);
	}
	status = errno;
	execv("/usr/bin/true", argv);
	program = errno;
	return status;
}
static int
run_program(void)
{
	return program;
}
static int
run_bytes(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : 0;
}
static int
turn_dumpable(void)
{
	return result(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}
static int
allow_cores(void)
{
	const struct rlimit l = {RLIM_INFINITY, RLIM_INFINITY};

	return result(setrlimit(RLIMIT_CORE, &l));
}
static int
mount_here(void)
{
	return mount_rc(state);
}
static int
leave_spaces(void)
{
	return result(unshare(CLONE_NEWUSER | CLONE_NEWNS));
}
static int
clone_user(void)
{
	long child = syscall(
	    SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0);

	if (child == 0)
		_exit(0);
	if (child < 0)
		return errno;
	(void)waitpid((pid_t)child, NULL, 0);
	return 0;
}
static int
clone_newer(void) /* whose arguments no filter sees */
{
	return result(syscall(SYS_clone3, NULL, 0));
}
static int
load_bpf(void)
{
	return result(syscall(SYS_bpf, 0, NULL, 0));
}
static int
watch_cpu(void)
{
	return result(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
}
static int
hold_faults(void)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return result(fd);
}
static int
queue_calls(void)
{
	return result(syscall(SYS_io_uring_setup, 1, NULL));
}
static int
open_by_number(void)
{
	return result(syscall(SYS_open_by_handle_at, -1, NULL, O_RDONLY));
}

static const struct {
	const char *name;
	int (*act)(void);
	bool harmless;
} acts[] = {
    {"read-share", read_share, true},
    {"read-passphrase", read_passphrase, true},
    {"read-accounts", read_accounts, true},
    {"read-processes", read_processes, false},
    {"write-share", write_share, true},
    {"write-state", write_state, true},
    {"write-beside", write_outside, true},
    {"write-tmp", write_anywhere, true},
    {"link-share-out", move_share_out, true},
    {"socket-tcp", open_tcp, true},
    {"socket-tcp6", open_tcp6, false}, /* not every machine has it */
    {"socket-udp", open_udp, true},
    {"socket-packet", open_packet, false},
    {"socket-unix", open_unix, true},
    {"say-yes", say_yes, false},
    {"trace", trace, false},
    {"read-memory", read_memory, false},
    {"open-memory", open_memory, false},
    {"signal", send_signal, true},
    {"take-descriptor", take_descriptor, false},
    {"fork", make_process, true},
    {"exec", run_program, true},
    {"exec-bytes", run_bytes, true},
    {"dumpable", turn_dumpable, false},
    {"cores", allow_cores, false},
    {"mount", mount_here, false},
    {"unshare", leave_spaces, false},
    {"clone-user", clone_user, false},
    {"clone3", clone_newer, false},
    {"bpf", load_bpf, false},
    {"perf", watch_cpu, false},
    {"userfaultfd", hold_faults, false},
    {"io-uring", queue_calls, false},
    {"open-by-handle", open_by_number, false},
};

static void
try_all(const char *prefix, bool harmless)
{
	char line[128];

	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
		const char *name;
		int e;

		if (harmless && !acts[i].harmless)
			continue;
		errno = 0;
		e = acts[i].act();
		name = e == 0 ? "allowed" : strerrorname_np(e);
		snprintf(line, sizeof line, "%s%s %s %s\n", prefix, process,
		    acts[i].name, name != NULL ? name : "?");
		if (write(out, line, strlen(line)) < 0)
			abort();
	}
}

/* ---- when --------------------------------------------------------------------------- */

/* The seat is its parent's first child. */
static pid_t
find_other(void)
{
	const char *told = getenv("BREAKOUT_SEAT");
	bool is_parent = strcmp(process, "parent") == 0;
	int parent = (int)(is_parent ? getpid() : getppid());
	char path[64];
	int pid = 0;
	FILE *f;

	if (told != NULL)
		return (pid_t)atoi(told);
	if (strcmp(process, "seat") == 0)
		return getppid();
	snprintf(
	    path, sizeof path, "/proc/%d/task/%d/children", parent, parent);
	f = fopen(path, "re");
	if (f != NULL && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f != NULL)
		fclose(f);
	return (pid_t)pid;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("BREAKOUT_FILE"), *base = getenv("BREAKOUT_DIR");
	char line[256] = "";
	int low, fd;
	ssize_t n;

	fd = open("/proc/self/cmdline", O_RDONLY);
	n = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i + 1 < n; i++)
		if (line[i] == '\0' && strncmp(line + i + 1, "--", 2) == 0) {
			snprintf(process, sizeof process, "%.20s", line + i + 3);
			break;
		}
	if (strcmp(process, "config") == 0)
		memcpy(process, "parent", sizeof "parent");
	if (path == NULL || base == NULL ||
	    (strcmp(process, "parent") != 0 && strcmp(process, "seat") != 0 &&
		strcmp(process, "courier") != 0 &&
		strcmp(process, "look") != 0 && strcmp(process, "build") != 0)) {
		process[0] = '\0';
		return;
	}
	if (strcmp(process, "look") == 0 || strcmp(process, "build") == 0) {
		out = 2; /* they close all else; the test has it in the file */
		goto found;
	}
	low = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (low < 0)
		abort();
	out = fcntl(low, F_DUPFD_CLOEXEC, 200);
	close(low);
found:
	snprintf(dir, sizeof dir, "%s", base);
	snprintf(state, sizeof state, "%s/alice.state", base);
	snprintf(share, sizeof share, "%s/share-example", state);
	snprintf(passphrase, sizeof passphrase, "%s/passphrase", base);
	snprintf(people, sizeof people, "%s/alice.sock", base);
	other = find_other();
	/* a courier begins inside its parent's sandbox */
	if (strcmp(process, "courier") != 0)
		try_all("before-", true);
}

int seccomp_load(void *ctx);

int
seccomp_load(void *ctx)
{
	int (*real)(void *) = (int (*)(void *))dlsym(RTLD_NEXT, "seccomp_load");
	int e = real(ctx);

	if (strcmp(process, "parent") == 0)
		other = find_other(); /* it has one by now */
	if (process[0] != '\0' && e == 0)
		try_all("", false);
	return e;
}
