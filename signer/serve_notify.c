/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling people. In the seat a queue and a thread, so that no decision waits
 * for a command; the command itself is run by the parent, which has no
 * secret: notify_command.
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
#include <unistd.h>
#include "host/say.h"
#include "signer/serve.h"

enum { QUEUE_MAX = 32, ENVIRONMENT_MAX = 70 };

struct notify {
	const char *command;
	struct link *parent;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	unsigned first, count;
	struct notify_matter queue[QUEUE_MAX];
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

int
notify_command(const char *command, const char *variables, size_t bytes)
{
	char *lines = strndup(variables, bytes), *at = lines;
	char *env[ENVIRONMENT_MAX + 1];
	char *argv[] = {(char *)command, NULL};
	posix_spawnattr_t attributes;
	sigset_t none;
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
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
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

/* ---- the seat --------------------------------------------------------------- */

static void
run_command(struct notify *n, const struct notify_matter *m)
{
	char room[1024];
	uint8_t *heard = NULL;
	struct frame f;
	struct text t;

	text_init(&t, room, sizeof room);
	text_printf(&t,
	    "run\nQUORATE_ID=%s\nQUORATE_KIND=%s\nQUORATE_AUTHORITY=%s\n"
	    "QUORATE_PRODUCT=%s\nQUORATE_SEQUENCE=%u\n",
	    m->id, m->kind, m->authority, m->product, (unsigned)m->sequence);
	if (t.full ||
	    link_ask(n->parent, t.p, t.n, &f, &heard, 2 * NOTIFY_MS, -1) !=
		RC_OK)
		say(SAY_ERROR, "notify: cannot have '%s' run", n->command);
	free(heard);
}

static void *
run(void *argument)
{
	struct notify *n = argument;

	pthread_mutex_lock(&n->lock);
	while (!n->stop) {
		struct notify_matter m;

		if (n->count == 0) {
			pthread_cond_wait(&n->wake, &n->lock);
			continue;
		}
		m = n->queue[n->first];
		n->first = (n->first + 1) % QUEUE_MAX;
		n->count--;
		pthread_mutex_unlock(&n->lock);
		run_command(n, &m);
		pthread_mutex_lock(&n->lock);
	}
	pthread_mutex_unlock(&n->lock);
	return NULL;
}

enum rc
notify_start(
    struct notify **out, const char *command, struct link *parent)
{
	struct notify *n = calloc(1, sizeof *n);

	*out = NULL;
	if (n == NULL)
		return RC_MEMORY;
	n->command = command;
	n->parent = parent;
	pthread_mutex_init(&n->lock, NULL);
	pthread_cond_init(&n->wake, NULL);
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
	if (n->command[0] == '\0')
		return;
	pthread_mutex_lock(&n->lock);
	if (n->count < QUEUE_MAX)
		n->queue[(n->first + n->count++) % QUEUE_MAX] = *matter;
	else
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
