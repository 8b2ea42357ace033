/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seat process: what it needs is opened, the door is closed behind it,
 * and only then is a byte of anybody else's read. One thread until then: a
 * sandbox is a thread's, and of those that it makes.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "host/daemon.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/secret.h"
#include "signer/serve.h"
#include "signer/serve_link.h"
#include "signer/serve_parts.h"
#include "signer/serve_sandbox.h"

enum { LOOK_MS = 60000 }; /* every party is a monitor, also in quiet times */

static enum exit_code
exit_of(enum rc rc)
{
	switch (rc) {
	case RC_CONFIG:
		return EXIT_USAGE;
	case RC_PASSPHRASE:
	case RC_SEALED:
		return EXIT_REFUSED;
	default:
		return EXIT_ENVIRONMENT;
	}
}

/* ---- its files ----------------------------------------------------------------- */

/*
 * The directories of files that are read again while it runs: a file that is
 * replaced by another is not the file that was allowed.
 */
struct folders {
	unsigned n;
	char *at[SANDBOX_PATHS_MAX];
};

static void
folder_add(struct folders *f, struct sandbox *box, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder;

	if (path[0] == '\0' || f->n == SANDBOX_PATHS_MAX)
		return;
	folder = slash == NULL	? strdup(".")
	    : slash == path	? strdup("/")
				: strndup(path, (size_t)(slash - path));
	if (folder == NULL)
		return;
	f->at[f->n++] = folder;
	sandbox_read(box, folder);
}

static enum rc
confine(const struct settings *s, const char *config, struct why *why)
{
	struct folders folders = {0};
	struct sandbox box = {
	    .part = SANDBOX_SEAT,
	    .required = s->sandbox_required,
	    .write = {s->state},
	};
	enum rc rc;

#if defined(__SANITIZE_ADDRESS__)
	sandbox_read(&box, "/proc");
#endif
	folder_add(&folders, &box, config);
	folder_add(&folders, &box, s->approvers);
	for (unsigned i = 0; i < s->source_n; i++)
		folder_add(&folders, &box, s->source[i].allowed_signers);
	rc = sandbox_enter(&box, why);
	for (unsigned i = 0; i < folders.n; i++)
		free(folders.at[i]);
	return rc;
}

/* ---- what the parent says ---------------------------------------------------------- */

/* False: it is no more. */
static bool
control_take(struct signerd *d)
{
	char line[CONTROL_MAX];
	int fd[LINKS_MAX];
	unsigned fd_n;

	if (control_receive(SEAT_CONTROL, line, fd, &fd_n) == 0)
		return false;
	if (strcmp(line, "courier") == 0 &&
	    signerd_courier(d, fd, fd_n))
		return true;
	for (unsigned i = 0; i < fd_n; i++)
		close(fd[i]);
	return true;
}

static void *
listen_to_parent(void *argument)
{
	while (control_take(argument))
		;
	_exit(EXIT_ENVIRONMENT); /* secrets are pages of this process only */
}

/* SIGHUP: where the logs are may change, nothing else. The parent, which may
 * not read it, gets it for the next courier. */
static void
logs_again(struct signerd *d, const char *config)
{
	static struct settings again;
	struct why why = {""};
	int fd = open(config, O_RDONLY | O_CLOEXEC);

	if (settings_read(&again, config, &why) != RC_OK) {
		say(SAY_ERROR, "%s", why.text);
	} else if (fd < 0 || !control_send(SEAT_CONTROL, "config", &fd, 1)) {
		say(SAY_ERROR, "%s: the parent was not given it", config);
	} else {
		signerd_logs(d, &again);
		say(SAY_INFO, "%s: %u logs", config, again.log_n);
	}
	if (fd >= 0)
		close(fd);
}

/* ---- its life ------------------------------------------------------------------------ */

_Noreturn void
seat_process(struct settings *s, const char *config)
{
	struct signerd *d = NULL;
	struct why why = {""};
	pthread_t thread;
	uint64_t wait_ms = LOOK_MS;
	enum rc rc;
	int signal;

	part_begin();
	secret_process_harden();
	daemon_begin();
	rc = signerd_new(&d, s, &why);
	if (rc == RC_OK && !control_take(d))
		rc = RC_LINK;
	if (rc == RC_OK)
		rc = confine(s, config, &why);
	if (rc == RC_OK &&
	    pthread_create(&thread, NULL, listen_to_parent, d) != 0)
		rc = RC_MEMORY;
	if (rc == RC_OK)
		rc = signerd_start(d, &why);
	if (rc != RC_OK) {
		signerd_stop(d);
		die(exit_of(rc), "%s", rc_why(rc, &why));
	}
	(void)control_send(SEAT_CONTROL, "ready", NULL, 0);
	do {
		signal = daemon_wait(wait_ms);
		if (signal == SIGHUP)
			logs_again(d, config);
		if (signal == 0 || signal == SIGHUP)
			wait_ms = signerd_look(d, LOOK_MS);
	} while (signal == 0 || signal == SIGHUP);
	signerd_stop(d);
	exit(EXIT_OK);
}
