/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three processes: this one waits and then hashes; below it the first process
 * of a name space of its own, whose death takes along whatever was started in
 * there, also what turned daemon; below that the command. This one dies with
 * its parent's patience, and the name space with this one.
 */
#include "signer/evidence_build.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "host/file.h"
#include "signer/serve_sandbox.h"

/* One's own user, in a name space of users. */
static bool
map_write(const char *path, unsigned id)
{
	char line[64];
	int n = snprintf(line, sizeof line, "%u %u 1\n", id, id);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, line, (size_t)n) == n;

	if (fd >= 0)
		close(fd);
	return good;
}

/* Processes, network and shared memory of the build's own. Without the right
 * to it the rest of the sandbox stands alone, and the log says so. */
static bool
spaces_enter(void)
{
	int flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC;
	unsigned uid = getuid(), gid = getgid();
	int deny;

	if (geteuid() == 0)
		return unshare(flags) == 0;
	if (unshare(flags | CLONE_NEWUSER) != 0)
		return false;
	deny = open("/proc/self/setgroups", O_WRONLY | O_CLOEXEC);
	if (deny >= 0) {
		(void)!write(deny, "deny", 4);
		close(deny);
	}
	return map_write("/proc/self/uid_map", uid) &&
	    map_write("/proc/self/gid_map", gid);
}

static _Noreturn void
command_exec(const struct build_ask *ask)
{
	char home[FILE_PATH_MAX + 16], tmp[FILE_PATH_MAX + 16], epoch[64];
	char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	char locale[] = "LC_ALL=C", zone[] = "TZ=UTC";
	char *env[] = {path, locale, zone, home, tmp, epoch, NULL};
	char *argv[] = {(char *)ask->command, NULL};
	sigset_t none;
	int in = open("/dev/null", O_RDONLY);

	snprintf(home, sizeof home, "HOME=%s/home", ask->root);
	snprintf(tmp, sizeof tmp, "TMPDIR=%s/tmp", ask->root);
	snprintf(epoch, sizeof epoch, "SOURCE_DATE_EPOCH=%llu",
	    (unsigned long long)ask->epoch);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)umask(022);
	if (in >= 0 && dup2(in, 0) == 0 && dup2(ask->log_fd, 1) == 1 &&
	    dup2(ask->log_fd, 2) == 2) {
		(void)closefrom(3);
		execve(ask->command, argv, env);
	}
	_exit(127);
}

/* The first process: reaps, and ends with the command's status. */
static _Noreturn void
first_process(const struct build_ask *ask)
{
	int status = 0;
	pid_t command, ended;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	command = fork();
	if (command == 0)
		command_exec(ask);
	do
		ended = wait(&status);
	while (ended != command && (ended > 0 || errno == EINTR));
	if (ended != command)
		_exit(126);
	if (WIFSIGNALED(status))
		_exit(WTERMSIG(status) < 64 ? 128 + WTERMSIG(status) : 126);
	_exit(WEXITSTATUS(status) <= 127 ? WEXITSTATUS(status) : 126);
}

static enum rc
confine(const struct build_ask *ask, struct why *why)
{
	const struct sandbox box = {
	    .read = {"/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64",
		"/dev/urandom", "/dev/zero", ask->command},
	    .write = {ask->root, "/dev/null"},
	    .alone = true,
	    .programs = true,
	    .memory_bytes = ask->memory_bytes,
	    .file_bytes = ask->file_bytes,
	    .cpu_s = ask->cpu_s,
	};

	return sandbox_enter(&box, why);
}

static bool
folder_make(const char *root, const char *name)
{
	char path[FILE_PATH_MAX + 16];

	snprintf(path, sizeof path, "%s/%s", root, name);
	return mkdir(path, 0700) == 0;
}

static void
failed(struct source_found *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
failed(struct source_found *out, const char *format, ...)
{
	va_list list;

	out->build = SOURCE_BUILD_FAILED;
	va_start(list, format);
	(void)vsnprintf(
	    out->build_fault, sizeof out->build_fault, format, list);
	va_end(list);
}

/* The outputs are what is there when nothing runs any more. */
static void
outputs_hash(struct source_found *out, const struct build_ask *ask)
{
	for (unsigned i = 0; i < ask->output_count; i++) {
		struct source_output *o = &out->output[i];
		char path[2 * FILE_PATH_MAX];
		struct stat st;

		snprintf(path, sizeof path, "%s/src/%s", ask->root,
		    ask->output[i].path);
		memcpy(o->component, ask->output[i].component,
		    sizeof o->component);
		if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
		    file_sha256(o->sha256, &o->size, path, NULL) != RC_OK) {
			failed(out, "no file %.80s", ask->output[i].path);
			out->output_count = 0;
			return;
		}
		out->output_count++;
	}
	out->build = SOURCE_BUILT;
}

enum rc
build_run(struct source_found *out, const struct build_ask *ask,
    struct why *why)
{
	char src[FILE_PATH_MAX + 16];
	int status;
	pid_t first;
	enum rc rc;

	out->build = SOURCE_NOT_BUILT;
	out->output_count = 0;
	snprintf(src, sizeof src, "%s/src", ask->root);
	if (!folder_make(ask->root, "tmp") || !folder_make(ask->root, "home") ||
	    chdir(src) != 0) {
		why_set(why, "cannot use '%s': %s", ask->root, strerror(errno));
		return RC_STATE;
	}
	if (!spaces_enter())
		(void)!write(ask->log_fd,
		    "quorate: no name spaces here; daemons of the build would "
		    "outlive it\n", 68);
	rc = confine(ask, why);
	if (rc != RC_OK)
		return rc;
	first = fork();
	if (first == 0)
		first_process(ask);
	if (first < 0) {
		why_set(why, "cannot start a process: %s", strerror(errno));
		return RC_STATE;
	}
	while (waitpid(first, &status, 0) < 0)
		if (errno != EINTR)
			return RC_STATE;
	if (!WIFEXITED(status))
		failed(out, "it was killed");
	else if (WEXITSTATUS(status) == 127)
		failed(out, "a command is not there or cannot be run");
	else if (WEXITSTATUS(status) >= 128)
		failed(out, "ended by signal %d", WEXITSTATUS(status) - 128);
	else if (WEXITSTATUS(status) != 0)
		failed(out, "exit status %d", WEXITSTATUS(status));
	else
		outputs_hash(out, ask);
	return RC_OK;
}
