/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling people. In the seat a table and a thread, so that no decision waits
 * for a command; the command itself is run by a process that was started
 * before anything was closed, since nobody knows what a command needs: it has
 * no secret, hears the seat alone, and does nothing else. When, says
 * signer/remind.h; that something is decided is not told here but asked,
 * before each reminder.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "host/clock.h"
#include "host/say.h"
#include "signer/serve.h"
#include "signer/serve_parts.h"

enum { ENVIRONMENT_MAX = 70 };

struct notify {
	struct notify_options options;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	struct reminders reminders;
};

extern char **environ;

/* Waits for the child, and ends it when it takes too long. */
static int
child_wait(pid_t child)
{
	struct pollfd p = {.events = POLLIN};
	int status = -1;

	p.fd = (int)syscall(SYS_pidfd_open, child, 0);
	if (p.fd >= 0) {
		if (poll(&p, 1, NOTIFY_MS) != 1)
			(void)kill(child, SIGKILL);
		close(p.fd);
	}
	while (waitpid(child, &status, 0) < 0)
		;
	return status;
}

/* With these variables, a line each, more than those of the environment. Its
 * status as waitpid has it, or -1. */
static int
command_run(const char *command, const char *variables, size_t bytes)
{
	char *lines = strndup(variables, bytes), *at = lines;
	char *env[ENVIRONMENT_MAX + 1];
	char *argv[] = {(char *)command, NULL};
	posix_spawnattr_t attributes;
	sigset_t none, ignored;
	unsigned n = 0;
	pid_t child;
	int status = -1;

	if (lines == NULL)
		return -1;
	while (*at != '\0' && n < ENVIRONMENT_MAX) {
		char *lf = at + strcspn(at, "\n");

		env[n++] = at;
		at = *lf != '\0' ? lf + 1 : lf;
		*lf = '\0';
	}
	for (char **e = environ; *e != NULL && n < ENVIRONMENT_MAX; e++)
		if (strncmp(*e, "QUORATE_", 8) != 0)
			env[n++] = *e;
	env[n] = NULL;
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(
	    &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGINT);
	sigaddset(&ignored, SIGTERM);
	sigaddset(&ignored, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &ignored);
	if (posix_spawn(&child, command, NULL, &attributes, argv, env) != 0) {
		say(SAY_ERROR, "notify: cannot run '%s'", command);
	} else {
		status = child_wait(child);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			say(SAY_WARNING, "notify: '%s' failed", command);
	}
	posix_spawnattr_destroy(&attributes);
	free(lines);
	return status;
}

/* run: the body is the variables of its environment. Until the seat ends. */
_Noreturn void
notify_process(const char *command)
{
	struct frame f;
	uint8_t *heard;
	enum rc rc = RC_OK;

	part_begin();
	while (rc == RC_OK &&
	    link_hear(NOTIFY_LINK, &f, &heard, 0, -1) == RC_OK) {
		int status = -1;
		const char *answer = "RC_STATE\n";

		if (frame_word_is(&f, 0, "run"))
			status = command_run(
			    command, (const char *)f.body.p, f.body.n);
		free(heard);
		if (status == 0)
			answer = "ok\n";
		rc = link_say(NOTIFY_LINK, answer, strlen(answer), 0);
	}
	_exit(EXIT_OK);
}

/* ---- the seat --------------------------------------------------------------- */

static bool
run_command(
    struct notify *n, const struct notify_matter *m, unsigned reminder)
{
	char room[1024];
	uint8_t *heard = NULL;
	struct frame f;
	struct text t;
	bool good;

	text_init(&t, room, sizeof room);
	text_printf(&t,
	    "run\nQUORATE_ID=%s\nQUORATE_KIND=%s\nQUORATE_AUTHORITY=%s\n"
	    "QUORATE_PRODUCT=%s\nQUORATE_SEQUENCE=%u\nQUORATE_REMINDER=%u\n",
	    m->id, m->kind, m->authority, m->product, (unsigned)m->sequence,
	    reminder);
	good = !t.full &&
	    link_ask(n->options.process, t.p, t.n, &f, &heard, 2 * NOTIFY_MS,
		-1) == RC_OK &&
	    frame_result(&f) == RC_OK;
	if (!good)
		say(SAY_ERROR, "notify: nobody was told of %s %s: '%s' failed; "
			       "it is tried again",
		    m->kind, m->id, n->options.command);
	free(heard);
	return good;
}

/* Without the lock: the table may change meanwhile, so what was due is found
 * again by its id. */
static void
tell(struct notify *n, const struct notify_matter *m, unsigned told)
{
	bool waits, good = true;
	uint64_t ms;

	pthread_mutex_unlock(&n->lock);
	waits = n->options.waits(n->options.context, m->id);
	if (waits)
		good = run_command(n, m, told);
	pthread_mutex_lock(&n->lock);
	ms = clock_ms();
	for (unsigned i = 0; i < REMIND_MAX; i++) {
		struct reminder *r = &n->reminders.at[i];

		if (!r->used || strcmp(r->matter.id, m->id) != 0)
			continue;
		if (waits)
			remind_said(&n->reminders, r, good, ms);
		else
			remind_drop(r);
	}
}

static void
rest(struct notify *n, uint64_t wait_ms)
{
	struct timespec t;
	uint64_t until = clock_ms() + wait_ms;

	t.tv_sec = (time_t)(until / 1000);
	t.tv_nsec = (long)(until % 1000) * 1000000;
	if (wait_ms == UINT64_MAX)
		pthread_cond_wait(&n->wake, &n->lock);
	else
		pthread_cond_timedwait(&n->wake, &n->lock, &t);
}

static void *
run(void *argument)
{
	struct notify *n = argument;

	pthread_mutex_lock(&n->lock);
	while (!n->stop) {
		uint64_t wait_ms;
		const struct reminder *r =
		    remind_due(&n->reminders, clock_ms(), &wait_ms);

		if (r == NULL) {
			rest(n, wait_ms);
		} else {
			struct notify_matter m = r->matter;

			tell(n, &m, r->told);
		}
	}
	pthread_mutex_unlock(&n->lock);
	return NULL;
}

enum rc
notify_start(struct notify **out, const struct notify_options *options)
{
	struct notify *n = calloc(1, sizeof *n);
	pthread_condattr_t monotonic;

	*out = NULL;
	if (n == NULL)
		return RC_MEMORY;
	n->options = *options;
	n->reminders.again_ms = options->again_ms;
	n->reminders.retry_ms = options->retry_ms;
	pthread_mutex_init(&n->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&n->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&n->thread, NULL, run, n) != 0) {
		free(n);
		return RC_MEMORY;
	}
	*out = n;
	return RC_OK;
}

void
notify_person(struct notify *n, const struct notify_matter *matter)
{
	say(SAY_INFO, "%s: a person is to decide about %s %s", matter->authority,
	    matter->kind, matter->id);
	if (n->options.command[0] == '\0')
		return;
	pthread_mutex_lock(&n->lock);
	if (remind_add(&n->reminders, matter, clock_ms()))
		say(SAY_WARNING, "notify: too many matters at once");
	pthread_cond_signal(&n->wake);
	pthread_mutex_unlock(&n->lock);
}

void
notify_stop(struct notify *n)
{
	if (n == NULL)
		return;
	pthread_mutex_lock(&n->lock);
	n->stop = true;
	pthread_cond_signal(&n->wake);
	pthread_mutex_unlock(&n->lock);
	pthread_join(n->thread, NULL);
	free(n);
}
