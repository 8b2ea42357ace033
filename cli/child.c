/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/web.h"
#include "host/clock.h"
#include "host/file.h"

extern char **environ;
enum { ENV_MAX = 256 };

/* Up to the end of its output, or of its time. */
static bool
output_take(int fd, char *out, size_t max, size_t *n, uint64_t until)
{
	char drop[4096];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint64_t now;
	ssize_t got;

	for (;;) {
		now = clock_ms();
		if (now >= until || poll(&p, 1, (int)(until - now)) == 0)
			return false;
		got = read(fd, *n < max ? out + *n : drop,
		    *n < max ? max - *n : sizeof drop);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return true;
		if (*n < max)
			*n += (size_t)got;
	}
}

static int
child_wait(pid_t child, uint64_t until)
{
	int status = -1;

	while (waitpid(child, &status, WNOHANG) == 0) {
		if (clock_ms() >= until)
			kill(child, SIGKILL);
		clock_sleep_ms(2);
	}
	return status;
}

/* Signals as they are at a login: the monitor blocks and ignores some, and a
 * child with those could not be ended by its own means. */
static int
child_start(pid_t *child, char *const argv[], char *const env[], int in,
    int out)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, pipe;
	int error;

	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &pipe);
	posix_spawnattr_setflags(&attributes,
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, 0);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&files, out, 1);
	else
		posix_spawn_file_actions_addopen(
		    &files, 1, "/dev/null", O_WRONLY, 0);
	error = posix_spawnp(child, argv[0], &files, &attributes, argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return error;
}

enum rc
child_run(char *const argv[], char *const env[], const void *bytes, size_t n,
    char *out, size_t out_max, size_t *out_n, unsigned timeout_ms,
    struct why *why)
{
	uint64_t until = clock_ms() + timeout_ms;
	char *all[ENV_MAX + 1];
	int to[2], from[2], status;
	size_t own = 0, none = 0, i;
	bool ended = true;
	pid_t child;
	enum rc rc = RC_OK;

	out_n = out_n != NULL ? out_n : &none;
	*out_n = 0;
	for (; env[own] != NULL && own < ENV_MAX; own++)
		all[own] = env[own];
	for (i = 0; environ[i] != NULL && own < ENV_MAX; i++)
		if (strncmp(environ[i], "QUORATE_", 8) != 0)
			all[own++] = environ[i];
	all[own] = NULL;
	if (pipe2(to, O_CLOEXEC) != 0)
		return RC_FILE;
	if (pipe2(from, O_CLOEXEC) != 0) {
		close(to[0]);
		close(to[1]);
		return RC_FILE;
	}
	/* all of it fits the pipe, or the child gets a beginning */
	fcntl(to[1], F_SETFL, O_NONBLOCK);
	if (n > 0 && write(to[1], bytes, n) < 0)
		rc = RC_FILE;
	close(to[1]);
	if (rc == RC_OK && child_start(&child, argv, all, to[0],
				out != NULL ? from[1] : -1) != 0) {
		why_set(why, "cannot run '%s'", argv[0]);
		rc = RC_FILE;
	}
	close(to[0]);
	close(from[1]);
	if (rc == RC_OK) {
		/* whoever it leaves behind is waited for only by his output */
		if (out != NULL)
			ended = output_take(from[0], out, out_max, out_n, until);
		status = child_wait(child, ended ? until : 0);
		if (!WIFEXITED(status)) {
			why_set(why, "'%s' did not end in time", argv[0]);
			rc = RC_TIMEOUT;
		} else if (WEXITSTATUS(status) != 0) {
			why_set(why, "'%s' failed with %d", argv[0],
			    WEXITSTATUS(status));
			rc = RC_HTTP;
		}
	}
	close(from[0]);
	return rc;
}

enum rc
source_has(struct slice url, struct slice ref, struct slice commit,
    unsigned timeout_ms, struct why *why)
{
	char u[600], r[200], peeled[208], out[4096];
	char *argv[] = {(char *)"git", (char *)"ls-remote", (char *)"--", u, r,
	    peeled, NULL};
	char believe[FILE_PATH_MAX + 32];
	char *env[] = {(char *)"GIT_ALLOW_PROTOCOL=https:http:file",
	    (char *)"GIT_TERMINAL_PROMPT=0",
	    web_ca_file() != NULL ? believe : NULL, NULL};
	struct slice rest, line, word;
	size_t n;
	enum rc rc;

	snprintf(believe, sizeof believe, "GIT_SSL_CAINFO=%s",
	    web_ca_file() != NULL ? web_ca_file() : "");
	snprintf(u, sizeof u, "%.*s", SLICE(url));
	snprintf(r, sizeof r, "%.*s", SLICE(ref));
	snprintf(peeled, sizeof peeled, "%.*s^{}", SLICE(ref));
	rc = child_run(argv, env, NULL, 0, out, sizeof out, &n, timeout_ms,
	    why);
	if (rc != RC_OK) {
		why_prefix(why, "%s", u);
		return rc;
	}
	for (rest = (struct slice){(uint8_t *)out, n}; rest.n > 0;) {
		line = slice_line(&rest);
		word = line;
		for (word.n = 0; word.n < line.n && line.p[word.n] != '\t';)
			word.n++;
		if (slice_equal(word, commit))
			return RC_OK;
	}
	why_set(why, "%s: %s is not commit %.*s", u, r, SLICE(commit));
	return RC_FILE_ABSENT;
}
