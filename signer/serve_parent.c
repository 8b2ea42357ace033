/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent: starts seat and courier, runs evidence processes and the
 * operator's command for the seat, and waits. It is what the service manager
 * knows. Invariant: one seat in its life; when it ends, everything does.
 */
#include "signer/serve_parts.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <linux/close_range.h>
#include <unistd.h>
#include "host/clock.h"
#include "host/daemon.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/secret.h"
#include "signer/evidence_worker.h"
#include "signer/serve.h"
#include "signer/serve_link.h"

enum {
	AGAIN_MS = 100, /* before a courier is started again; doubles */
	AGAIN_MAX_MS = 30000,
	WELL_MS = 60000, /* it lived this long: the next starts at once */
	PATIENCE_MS = 20000, /* for a seat that is to end */
	FD_FREE = 64,	     /* numbers that no part knows */
};

struct parent {
	const struct settings *settings;
	const char *config;
	bool verbose, ready, stopping;
	bool renews; /* the courier was ended for a new configuration */
	pid_t seat, courier; /* 0: none */
	int signals, control; /* our ends */
	int work, notify;
	uint64_t started_ms, again_ms, end_ms; /* of the courier; of all */
	unsigned pause_ms;
};

extern char **environ;

/* ---- starting ---------------------------------------------------------------- */

/* What the operator's environment says to the parent alone, or to the seat. */
static bool
passes(const char *variable, bool seat)
{
	static const char *const parents[] = {
	    "NOTIFY_SOCKET=", "LISTEN_FDS=", "LISTEN_PID="};
	static const char *const seats[] = {
	    "QUORATE_PASSPHRASE_FILE=", "CREDENTIALS_DIRECTORY="};

	for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++)
		if (strncmp(variable, parents[i], strlen(parents[i])) == 0)
			return false;
	for (size_t i = 0; !seat && i < sizeof seats / sizeof seats[0]; i++)
		if (strncmp(variable, seats[i], strlen(seats[i])) == 0)
			return false;
	return true;
}

/* fd[i] becomes descriptor 3 + i there; all are FD_FREE or more. 0: failed. */
static pid_t
start(const struct parent *p, const char *word, const int *fd, unsigned fd_n)
{
	char program[] = "/proc/self/exe";
	char *argv[] = {(char *)"quorate-signerd", (char *)word,
	    (char *)p->config, (char *)(p->verbose ? "verbose" : "plain"),
	    NULL};
	bool seat = strcmp(word, "--seat") == 0;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	size_t count = 0, kept = 0;
	sigset_t none;
	char **env;
	pid_t pid = 0;
	int e;

	while (environ[count] != NULL)
		count++;
	env = calloc(count + 1, sizeof *env);
	if (env == NULL)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (passes(environ[i], seat))
			env[kept++] = environ[i];
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawn_file_actions_init(&actions);
	for (unsigned i = 0; i < fd_n; i++)
		posix_spawn_file_actions_adddup2(
		    &actions, fd[i], 3 + (int)i);
	e = posix_spawn(&pid, program, &actions, &attributes, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	free(env);
	if (e == 0)
		return pid;
	say(SAY_ERROR, "cannot start a process: %s", strerror(e));
	return 0;
}

static void
close_all(const int *fd, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (fd[i] >= 0)
			close(fd[i]);
}

/* To a number that is in nobody's way. */
static bool
move_up(int *fd)
{
	int up = fcntl(*fd, F_DUPFD_CLOEXEC, FD_FREE);

	close(*fd);
	*fd = up;
	return up >= 0;
}

/* Its pairs; the seat is told its ends. */
static bool
courier_process_start(struct parent *p)
{
	unsigned n = LINK_KINDS * p->settings->authority_n, made = 0;
	int ours[LINKS_MAX], theirs[LINKS_MAX] = {0};
	bool good = true;

	while (good && made < n) {
		int end[2];

		good = link_pair(end);
		if (!good)
			break;
		ours[made] = end[0];
		theirs[made] = end[1];
		made++;
		good = move_up(&theirs[made - 1]);
	}
	p->started_ms = clock_ms();
	p->again_ms = 0;
	p->courier = good ? start(p, "--courier", theirs, n) : 0;
	good = p->courier > 0 && control_send(p->control, "courier", ours, n);
	close_all(ours, made);
	close_all(theirs, made);
	return good;
}

static bool
seat_process_start(struct parent *p)
{
	int control[2], work[2], notify[2], theirs[3];

	if (!control_pair(control) || !link_pair(work) || !link_pair(notify))
		return false;
	p->control = control[0];
	p->work = work[0];
	p->notify = notify[0];
	theirs[0] = control[1];
	theirs[1] = work[1];
	theirs[2] = notify[1];
	for (unsigned i = 0; i < 3; i++)
		if (!move_up(&theirs[i]))
			return false;
	p->seat = start(p, "--seat", theirs, 3);
	close_all(theirs, 3);
	return p->seat > 0;
}

/* ---- what the seat has run ------------------------------------------------------ */

/* NAME of a build's log: of our making, so it is only looked at strictly. */
static int
log_open(const struct settings *s, const char *name)
{
	char path[SETTINGS_PATH_MAX + 128];
	struct text t;

	if (name[strspn(name, "0123456789abcdef-")] != '\0')
		return -1;
	text_init(&t, path, sizeof path);
	text_printf(&t, "%s/builds", s->state);
	if (t.full || dir_make(path, 0700, NULL) != RC_OK)
		return -1;
	text_printf(&t, "/%s.log", name);
	return t.full ? -1
		      : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			    0600);
}

/* look MS - | fetch MS - | build MS LOG: the body is the question. */
static void
work(struct parent *p, const struct frame *f, struct text *out)
{
	char answer[SOURCE_FINDINGS_MAX], log[96];
	struct text question = {0};
	struct why why = {""};
	uint64_t timeout_ms;
	size_t n = 0;
	int log_fd = -1;
	bool build = frame_word_is(f, 0, "build");
	bool fetch = frame_word_is(f, 0, "fetch");
	enum rc rc = RC_FRAME;

	if ((build || fetch || frame_word_is(f, 0, "look")) &&
	    frame_number(&timeout_ms, f, 1, DURATION_MS_MAX) &&
	    frame_string(log, sizeof log, f, 2))
		rc = RC_OK;
	if (rc == RC_OK && build) {
		log_fd = log_open(p->settings, log);
		if (log_fd < 0) {
			rc = RC_FILE;
			why_set(&why, "cannot write the build's log");
		}
	}
	question.p = (char *)f->body.p;
	question.n = f->body.n;
	if (rc == RC_OK)
		rc = worker_ask(answer, &n, sizeof answer,
		    build ? "--build" : fetch ? "--fetch" : "--look", log_fd,
		    &question, timeout_ms, p->work, &why);
	if (log_fd >= 0)
		close(log_fd);
	if (rc == RC_OK) {
		text_string(out, "ok\n");
		text_put(out, answer, n);
	} else {
		frame_refusal(out, rc, why.text);
	}
}

/* run: the body is the variables of its environment, a line each. */
static void
tell(struct parent *p, const struct frame *f, struct text *out)
{
	int status = -1;

	if (frame_word_is(f, 0, "run") && p->settings->notify[0] != '\0')
		status = notify_command(
		    p->settings->notify, (const char *)f->body.p, f->body.n);
	text_printf(out, status == 0 ? "ok\n" : "RC_STATE\n");
}

/* One of the seat's pairs, to its end. */
static void
serve(struct parent *p, int fd,
    void (*answer)(struct parent *p, const struct frame *f, struct text *out))
{
	char room[SOURCE_FINDINGS_MAX + FRAME_LINE_MAX];
	struct frame f;
	uint8_t *heard;

	while (link_hear(fd, &f, &heard, 0, -1) == RC_OK) {
		struct text out;

		text_init(&out, room, sizeof room);
		answer(p, &f, &out);
		free(heard);
		if (link_say(fd, out.p, out.n, 0) != RC_OK)
			break;
	}
}

static void *
serve_work(void *argument)
{
	struct parent *p = argument;

	serve(p, p->work, work);
	return NULL;
}

static void *
serve_notify(void *argument)
{
	struct parent *p = argument;

	serve(p, p->notify, tell);
	return NULL;
}

/* ---- waiting ---------------------------------------------------------------------- */

static void
ended_how(char out[static 64], int status)
{
	if (WIFSIGNALED(status))
		snprintf(out, 64, "by signal %d", WTERMSIG(status));
	else
		snprintf(out, 64, "with status %d", WEXITSTATUS(status));
}

/* The seat is no more: its exit code is ours. Before it was ready, or when it
 * was told to end, it has said what there is to say. */
static int
seat_ended(struct parent *p, int status)
{
	char how[64];
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_ENVIRONMENT;

	p->seat = 0;
	if (WIFSIGNALED(status) || (p->ready && !p->stopping)) {
		ended_how(how, status);
		say(SAY_ERROR, "the seat process ended %s: everything ends, "
			       "and nothing is signed until this is started "
			       "again", how);
		code = code != EXIT_OK ? code : EXIT_ENVIRONMENT;
	}
	return code;
}

static void
courier_ended(struct parent *p, int status)
{
	uint64_t now = clock_ms();
	char how[64];

	p->courier = 0;
	if (p->renews)
		p->pause_ms = 0;
	if (now - p->started_ms >= WELL_MS || p->pause_ms == 0)
		p->pause_ms = AGAIN_MS;
	else if (p->pause_ms < AGAIN_MAX_MS)
		p->pause_ms *= 2;
	p->again_ms = now + p->pause_ms;
	if (p->stopping || p->renews || status == 0) {
		p->renews = false;
		return;
	}
	ended_how(how, status);
	say(SAY_WARNING, "the courier process ended %s: it is started again",
	    how);
}

static void
on_signal(struct parent *p, int signal)
{
	if (signal == SIGHUP && p->ready) {
		/* The seat reads where the logs are; a new courier too. */
		p->renews = p->courier > 0;
		if (p->renews)
			(void)kill(p->courier, SIGKILL);
		(void)kill(p->seat, SIGHUP);
	}
	if (signal != SIGTERM && signal != SIGINT)
		return;
	if (!p->stopping)
		daemon_stopping();
	(void)kill(p->seat, p->stopping ? SIGKILL : SIGTERM);
	p->end_ms = clock_ms() + PATIENCE_MS;
	p->stopping = true;
}

static void
on_control(struct parent *p)
{
	char line[CONTROL_MAX];
	int fd[LINKS_MAX];
	unsigned fd_n;

	if (control_receive(p->control, line, fd, &fd_n) == 0) {
		close(p->control);
		p->control = -1;
		return;
	}
	close_all(fd, fd_n); /* it has none to give */
	if (strcmp(line, "ready") == 0 && !p->ready) {
		p->ready = true;
		daemon_ready("%s", p->settings->name);
	}
}

/* How long nothing is to be done. */
static int
pause_ms(const struct parent *p)
{
	uint64_t now = clock_ms(), until = p->stopping ? p->end_ms
						       : p->again_ms;

	if (until == 0)
		return -1;
	return until > now ? (int)(until - now) : 0;
}

static void
times_up(struct parent *p)
{
	uint64_t now = clock_ms();

	if (p->stopping && now >= p->end_ms)
		(void)kill(p->seat, SIGKILL);
	if (!p->stopping && p->courier == 0 && p->again_ms != 0 &&
	    now >= p->again_ms && !courier_process_start(p))
		courier_ended(p, EXIT_ENVIRONMENT << 8);
}

/* Until the seat has ended. */
static int
wait_for_end(struct parent *p)
{
	for (;;) {
		struct pollfd wait[] = {{.fd = p->signals, .events = POLLIN},
		    {.fd = p->control, .events = POLLIN}};
		struct signalfd_siginfo info;
		int status;

		if (poll(wait, 2, pause_ms(p)) < 0 && errno != EINTR)
			return EXIT_ENVIRONMENT;
		if (wait[1].revents != 0)
			on_control(p);
		if (wait[0].revents != 0 &&
		    read(p->signals, &info, sizeof info) == sizeof info)
			on_signal(p, (int)info.ssi_signo);
		/* A courier ends with its seat, and is not the news then. */
		if (waitpid(p->seat, &status, WNOHANG) == p->seat)
			return seat_ended(p, status);
		if (p->courier > 0 &&
		    waitpid(p->courier, &status, WNOHANG) == p->courier)
			courier_ended(p, status);
		times_up(p);
	}
}

int
parent_run(const struct settings *s, const char *config, bool verbose)
{
	static struct parent p;
	pthread_t thread;
	sigset_t set;
	int code = EXIT_ENVIRONMENT;

	p.settings = s;
	p.config = config;
	p.verbose = verbose;
	secret_process_harden();
	daemon_begin();
	/* Whatever was open where this was started is not open in a part. */
	(void)close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	p.signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (p.signals < 0 || !seat_process_start(&p) ||
	    !courier_process_start(&p) ||
	    pthread_create(&thread, NULL, serve_work, &p) != 0 ||
	    pthread_create(&thread, NULL, serve_notify, &p) != 0)
		die(EXIT_ENVIRONMENT, "cannot start the signer's processes");
	code = wait_for_end(&p);
	if (p.courier > 0) {
		(void)kill(p.courier, SIGKILL);
		(void)waitpid(p.courier, NULL, 0);
	}
	/* The seat may not remove files outside its state. */
	if (p.ready && s->socket[0] != '\0')
		(void)unlink(s->socket);
	return code;
}

/* ---- the parts --------------------------------------------------------------------- */

void
part_begin(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* A terminal's goes to the parent, and one to all of us does twice: the
	 * seat waits for SIGTERM, blocked, and a second one must not kill it. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
}

void
part_serve_if_asked(int argc, char **argv)
{
	static struct settings settings;
	struct why why = {""};
	bool seat;

	if (argc != 4 || (strcmp(argv[1], "--seat") != 0 &&
			     strcmp(argv[1], "--courier") != 0))
		return;
	seat = strcmp(argv[1], "--seat") == 0;
	if (strcmp(argv[3], "verbose") == 0)
		say_level_set(SAY_DEBUG);
	if (settings_read(&settings, argv[2], &why) != RC_OK)
		die(EXIT_USAGE, "%s", why.text);
	if (seat)
		seat_process(&settings, argv[2]);
	courier_process(&settings);
}
