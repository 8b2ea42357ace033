/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent: starts seat, notify and courier, runs evidence processes for the
 * seat, and waits. It is what the service manager knows. Invariant: one seat
 * in its life; when it ends, everything does. Once the seat is there the
 * parent may no more than what it starts from then on: a seat that was taken
 * over gains nothing by what it asks for.
 */
#include "signer/serve_parts.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
#include "host/config.h"
#include "host/daemon.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/secret.h"
#include "signer/evidence_worker.h"
#include "signer/serve.h"
#include "signer/serve_link.h"
#include "signer/serve_sandbox.h"

enum {
	AGAIN_MS = 100, /* before a courier is started again; doubles */
	AGAIN_MAX_MS = 30000,
	WELL_MS = 60000, /* it lived this long: the next starts at once */
	PATIENCE_MS = 20000, /* for a seat that is to end */
	TWICE_MS = 500,	     /* after which a second signal is meant */
	FD_FREE = 64,	     /* numbers that no part knows */
};

struct parent {
	const struct settings *settings;
	const char *config;
	bool verbose, ready, stopping, failed;
	bool renews; /* the courier was ended for a new configuration */
	pid_t seat, notify, courier; /* 0: none */
	int signals, control, work; /* our ends */
	int text; /* the configuration, for the next courier */
	int told; /* notify's end until it has it */
	uint64_t started_ms, again_ms; /* of the courier */
	uint64_t stop_ms, end_ms; /* when it was told to end, and must have */
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

/* fd[i] becomes descriptor 3 + i there; all are FD_FREE or more. in: its
 * standard input, or -1: ours. 0: failed. */
static pid_t
start(const struct parent *p, const char *word, const char *argument, int in,
    const int *fd, unsigned fd_n)
{
	char program[] = "/proc/self/exe";
	char *argv[] = {(char *)"quorate-signerd", (char *)word,
	    (char *)argument, (char *)(p->verbose ? "verbose" : "plain"), NULL};
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
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&actions, in, 0);
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
	/* Only one reads it at a time, and from the beginning. */
	good = good && lseek(p->text, 0, SEEK_SET) == 0;
	p->courier = good ? start(p, "--courier", p->config, p->text, theirs, n)
			  : 0;
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
	p->told = notify[0];
	theirs[0] = control[1];
	theirs[1] = work[1];
	theirs[2] = notify[1];
	for (unsigned i = 0; i < 3; i++)
		if (!move_up(&theirs[i]))
			return false;
	p->seat = start(p, "--seat", p->config, -1, theirs, 3);
	close_all(theirs, 3);
	return p->seat > 0;
}

/* If there is a command to run. Its end is closed here either way. */
static bool
notify_process_start(struct parent *p)
{
	const char *command = p->settings->notify;
	bool good = command[0] == '\0' || move_up(&p->told);

	if (good && command[0] != '\0') {
		p->notify = start(p, "--notify", command, -1, &p->told, 1);
		good = p->notify > 0;
	}
	close(p->told);
	return good;
}

/* ---- what it may ----------------------------------------------------------------- */

/* Whether a folder has anything in it that the parent is not to open. */
static bool
holds_ours(const char *folder, const struct settings *s, const char *config)
{
	const char *const ours[] = {
	    s->state, s->key, s->passphrase_file, config};
	char at[PATH_MAX], own[PATH_MAX];
	size_t n;

	if (realpath(folder, at) == NULL)
		return true;
	n = strlen(at);
	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
		if (ours[i][0] != '\0' && realpath(ours[i], own) != NULL &&
		    strncmp(own, at, n) == 0 &&
		    (own[n] == '/' || own[n] == '\0' || n == 1))
			return true;
	return false;
}

/*
 * Repositories and logs in folders are replaced, and media come and go: then
 * what is there is another one. So it is the folder that holds it, unless that
 * holds ours too; and all media. Look and courier see what is their own of it.
 */
static void
read_url(struct sandbox *box, const struct settings *s, const char *config,
    const char *url, char holder[static SETTINGS_PATH_MAX])
{
	static const char *const media[] = {"/media/", "/mnt/", "/run/media/"};
	char *slash;

	if (strncmp(url, "file:///", 8) != 0)
		return;
	url += 7;
	snprintf(holder, SETTINGS_PATH_MAX, "%s", url);
	slash = strrchr(holder, '/');
	if (slash[1] == '\0' && slash != holder) { /* FOLDER/ */
		*slash = '\0';
		slash = strrchr(holder, '/');
	}
	*slash = '\0';
	if (holder[0] != '\0' && !holds_ours(holder, s, config)) {
		sandbox_read(box, holder);
		return;
	}
	for (size_t i = 0; i < sizeof media / sizeof media[0]; i++)
		if (strncmp(url, media[i], strlen(media[i])) == 0)
			sandbox_read(box, media[i]);
	sandbox_read(box, url);
	if (access(url, F_OK) != 0)
		say(SAY_WARNING, "'%s' is not there: unless it is on a medium, "
				 "only the next start will see it", url);
}

/*
 * All that a courier, a look, a fetch and a rebuild may, together; and the
 * files of this program. Not the configuration's directory, so neither key nor
 * passphrase; of `state` three folders, so neither share nor record.
 */
static enum rc
confine(const struct settings *s, const char *config, struct why *why)
{
	static const char *const folder[] = {"sources", "payloads", "builds"};
	static char path[3][SETTINGS_PATH_MAX + 16], people[SETTINGS_PATH_MAX],
	    holder[SETTINGS_LOGS_MAX + JUDGE_SOURCES_MAX][SETTINGS_PATH_MAX];
	struct sandbox box = {
	    .part = SANDBOX_PARENT,
	    .required = s->sandbox_required,
	    .read = {SANDBOX_SYSTEM, SANDBOX_NAMES, "/bin", "/sbin", "/proc",
		"/proc/self/exe"},
	    .network = true,
	    .programs = true,
	};
	unsigned n = 0;
	char *slash;

	box.write[n++] = "/dev/null"; /* of a rebuild */
	for (unsigned i = 0; i < 3; i++) {
		snprintf(path[i], sizeof path[i], "%s/%s", s->state, folder[i]);
		/* A state that cannot be used is the seat's to complain of. */
		if (dir_make(s->state, 0700, NULL) == RC_OK &&
		    dir_make(path[i], 0700, NULL) == RC_OK)
			box.write[n++] = path[i];
	}
	sandbox_read(&box, s->ca);
	for (unsigned i = 0; i < s->log_n; i++)
		read_url(&box, s, config, s->log[i].url, holder[i]);
	for (unsigned i = 0; i < s->source_n; i++) {
		read_url(&box, s, config, s->source[i].judge.url,
		    holder[SETTINGS_LOGS_MAX + i]);
		sandbox_read(&box, s->source[i].build);
		box.spaces |= s->source[i].build[0] != '\0';
	}
	if (box.spaces)
		sandbox_read(&box, "/dev/zero");
	box.etc = box.spaces; /* a rebuild reads it */
	box.hidden[0] = config;
	box.hidden[1] = s->key;
	if (s->passphrase_file[0] != '\0')
		box.hidden[2] = s->passphrase_file;
	snprintf(people, sizeof people, "%s", s->socket);
	slash = strrchr(people, '/');
	if (slash != NULL)
		*slash = '\0';
	/* The seat may not remove files outside its state. */
	if (s->socket[0] != '\0')
		box.remove = slash == NULL ? "." : slash == people ? "/" : people;
	return sandbox_enter(&box, why);
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

/* The seat's pair, to its end. */
static void *
serve_work(void *argument)
{
	char room[SOURCE_FINDINGS_MAX + FRAME_LINE_MAX];
	struct parent *p = argument;
	struct frame f;
	uint8_t *heard;

	while (link_hear(p->work, &f, &heard, 0, -1) == RC_OK) {
		struct text out;

		text_init(&out, room, sizeof room);
		work(p, &f, &out);
		free(heard);
		if (link_say(p->work, out.p, out.n, 0) != RC_OK)
			break;
	}
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
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && p->stopping) {
		say(SAY_WARNING, "stopped at once: told so twice, or the seat "
				 "did not end in time");
	} else if (WIFSIGNALED(status) || (p->ready && !p->stopping)) {
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
	if (signal == SIGHUP && p->ready)
		(void)kill(p->seat, SIGHUP);
	if (signal != SIGTERM && signal != SIGINT)
		return;
	/* timeout(1) and others tell us, and in the same moment all of us */
	if (p->stopping && clock_ms() < p->stop_ms + TWICE_MS)
		return;
	if (!p->stopping) {
		p->stop_ms = clock_ms();
		daemon_stopping();
	}
	(void)kill(p->seat, p->stopping ? SIGKILL : SIGTERM);
	p->end_ms = clock_ms() + PATIENCE_MS;
	p->stopping = true;
}

/* Nobody would be told, in silence; and it cannot be started from in here. */
static void
notify_ended(struct parent *p, int status)
{
	char how[64];

	p->notify = 0;
	if (p->stopping)
		return;
	ended_how(how, status);
	say(SAY_ERROR, "the notify process ended %s: everything ends", how);
	p->failed = true;
	on_signal(p, SIGTERM);
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
	if (strcmp(line, "config") == 0 && fd_n == 1 && fd[0] >= 0) {
		/* It was read, and is good: a new courier reads it too. */
		close(p->text);
		p->text = fd[0];
		p->renews = p->courier > 0;
		if (p->renews)
			(void)kill(p->courier, SIGKILL);
		return;
	}
	close_all(fd, fd_n);
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
		if (p->notify > 0 &&
		    waitpid(p->notify, &status, WNOHANG) == p->notify)
			notify_ended(p, status);
		times_up(p);
	}
}

static void
end_part(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

_Noreturn void
parent_run(const struct settings *s, const char *config, bool verbose)
{
	static struct parent p;
	struct why why = {""};
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
	p.text = open(config, O_RDONLY | O_CLOEXEC);
	if (p.signals < 0 || p.text < 0 || !move_up(&p.text) ||
	    !seat_process_start(&p) || !notify_process_start(&p))
		die(EXIT_ENVIRONMENT, "cannot start the signer's processes");
	if (confine(s, config, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "the parent process: %s", why.text);
	/* One that is there, and a seat that is not any more: it has said why. */
	if ((!courier_process_start(&p) && p.courier <= 0) ||
	    pthread_create(&thread, NULL, serve_work, &p) != 0)
		die(EXIT_ENVIRONMENT, "cannot start the signer's processes");
	code = wait_for_end(&p);
	end_part(p.courier);
	end_part(p.notify);
	if (p.ready && s->socket[0] != '\0')
		(void)unlink(s->socket);
	/* No handler of a library's runs in here: a sanitizer's would trace. */
	_exit(code == EXIT_OK && p.failed ? EXIT_ENVIRONMENT : code);
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
	uint8_t *text;
	size_t n;
	bool seat, courier, notify;
	enum rc rc;

	if (argc != 4)
		return;
	seat = strcmp(argv[1], "--seat") == 0;
	courier = strcmp(argv[1], "--courier") == 0;
	notify = strcmp(argv[1], "--notify") == 0;
	if ((seat || courier || notify) && strcmp(argv[3], "verbose") == 0)
		say_level_set(SAY_DEBUG);
	if (notify)
		notify_process(argv[2]);
	if (seat && settings_read(&settings, argv[2], &why) != RC_OK)
		die(EXIT_USAGE, "%s", why.text);
	if (seat)
		seat_process(&settings, argv[2]);
	if (!courier)
		return;
	/* It may not open it: the parent may not, and had it open before. */
	rc = file_read_stdin(&text, &n, CONFIG_BYTES_MAX, &why);
	if (rc == RC_OK)
		rc = settings_parse(
		    &settings, argv[2], (const char *)text, n, &why);
	if (rc != RC_OK)
		die(EXIT_USAGE, "%s", why.text);
	free(text);
	courier_process(&settings);
}
