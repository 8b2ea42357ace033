/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/evidence_worker.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "host/clock.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "signer/serve_sandbox.h"

/*
 * A question: the lines below in their order, each a word and the rest; then,
 * of a look, the allowed signers, of a build, `output COMPONENT PATH` lines.
 * An answer: a findings text of one, or `failed SENTENCE`.
 */
static const char *const look_fields[] = {"directory", "ca", "now", "url",
    "ref", "commit", "branch", "checkout", "since"};
static const char *const build_fields[] = {
    "root", "command", "epoch", "cpu", "memory", "file"};
static const char *const fetch_fields[] = {
    "directory", "ca", "url", "header", "digest", "size", "seconds"};
enum {
	LOOK_FIELDS = sizeof look_fields / sizeof look_fields[0],
	BUILD_FIELDS = sizeof build_fields / sizeof build_fields[0],
	FETCH_FIELDS = sizeof fetch_fields / sizeof fetch_fields[0],
	LOG_FD = 3, /* in the build's child */
};
enum { QUESTION_MAX = SSH_SIGNERS_FILE_MAX + 2 * FILE_PATH_MAX + 4096 };

/* ---- the child --------------------------------------------------------- */

static bool
question_take(char *text, const char *const fields[], unsigned field_n,
    char *value[], char **rest)
{
	char *at = text, *lf;

	for (unsigned i = 0; i < field_n; i++) {
		size_t n = strlen(fields[i]);

		lf = strchr(at, '\n');
		if (lf == NULL || strncmp(at, fields[i], n) != 0 ||
		    at[n] != ' ')
			return false;
		*lf = '\0';
		value[i] = at + n + 1;
		at = lf + 1;
	}
	*rest = at;
	return true;
}

static bool
copy(char *out, size_t cap, const char *value)
{
	size_t n = strcmp(value, "-") == 0 ? 0 : strlen(value);

	if (n >= cap)
		return false;
	memcpy(out, value, n);
	out[n] = '\0';
	return true;
}

/* One repository a URL, under a name that no URL can choose. */
static void
repository_path(char out[static FILE_PATH_MAX], const char *directory,
    const char *url)
{
	uint8_t digest[32];
	struct text t;

	crypto_hash_sha256(digest, (const uint8_t *)url, strlen(url));
	text_init(&t, out, FILE_PATH_MAX);
	text_printf(&t, "%s/", directory);
	text_hex(&t, digest, 16);
	text_string(&t, ".git");
}

static enum rc
confine(const char *directory, const char *ca, const char *url,
    struct why *why)
{
	struct sandbox box = {
	    .read = {SANDBOX_SYSTEM, SANDBOX_NAMES, "/proc/self"},
	    .write = {directory},
	    .network = true,
	    .memory_bytes = LOOK_MEMORY_MAX,
	    .file_bytes = GIT_FETCH_BYTES_MAX + (64u << 20),
	};

	sandbox_read(&box, ca);
	if (strncmp(url, "file:///", 8) == 0) {
		sandbox_read(&box, url + 7);
		box.network = false;
	}
	return sandbox_enter(&box, why);
}

static enum rc
look(struct source_findings *out, char *text, struct why *why)
{
	struct source_found *found = &out->at[0];
	static struct ssh_signers signers;
	char *value[LOOK_FIELDS], *rest, repository[FILE_PATH_MAX];
	struct git_ask ask = {0};
	const char *ca, *checkout;
	enum rc rc;

	if (!question_take(text, look_fields, LOOK_FIELDS, value, &rest) ||
	    !decimal_decode(
		&ask.now, UINT64_MAX >> 1, value[2], strlen(value[2])) ||
	    !copy(ask.url, sizeof ask.url, value[3]) ||
	    !copy(ask.ref, sizeof ask.ref, value[4]) ||
	    !copy(ask.commit, sizeof ask.commit, value[5]) ||
	    !copy(ask.branch, sizeof ask.branch, value[6]) ||
	    !copy(ask.since, sizeof ask.since, value[8])) {
		why_set(why, "not a question");
		return RC_SOURCE;
	}
	ca = strcmp(value[1], "-") == 0 ? NULL : value[1];
	checkout = strcmp(value[7], "-") == 0 ? NULL : value[7];
	repository_path(repository, value[0], ask.url);
	out->count = 1;
	rc = confine(value[0], ca, ask.url, why);
	if (rc == RC_OK)
		rc = ssh_signers_parse(
		    &signers, (const uint8_t *)rest, strlen(rest), why);
	if (rc == RC_OK)
		rc = git_look(
		    found, &ask, &signers, repository, ca, checkout, why);
	return rc;
}

static bool
number_take(uint64_t *out, const char *value)
{
	return decimal_decode(out, UINT64_MAX >> 1, value, strlen(value));
}

static bool
output_lines(struct build_ask *ask, char *at)
{
	while (*at != '\0') {
		char *lf = strchr(at, '\n'), *space;

		if (lf == NULL || strncmp(at, "output ", 7) != 0 ||
		    ask->output_count == SOURCE_OUTPUTS_MAX)
			return false;
		*lf = '\0';
		at += 7;
		space = strchr(at, ' ');
		if (space == NULL)
			return false;
		*space = '\0';
		if (!copy(ask->output[ask->output_count].component,
			sizeof ask->output[0].component, at) ||
		    !copy(ask->output[ask->output_count].path,
			sizeof ask->output[0].path, space + 1))
			return false;
		ask->output_count++;
		at = lf + 1;
	}
	return true;
}

static enum rc
build(struct source_findings *out, char *text, struct why *why)
{
	struct source_found *found = &out->at[0];
	char *value[BUILD_FIELDS], *rest;
	struct build_ask ask = {.log_fd = LOG_FD};

	(void)fcntl(LOG_FD, F_SETFD, FD_CLOEXEC);
	if (!question_take(text, build_fields, BUILD_FIELDS, value, &rest) ||
	    !number_take(&ask.epoch, value[2]) ||
	    !number_take(&ask.cpu_s, value[3]) ||
	    !number_take(&ask.memory_bytes, value[4]) ||
	    !number_take(&ask.file_bytes, value[5]) ||
	    !output_lines(&ask, rest)) {
		why_set(why, "not a question");
		return RC_SOURCE;
	}
	out->count = 1;
	ask.root = value[0];
	ask.command = value[1];
	memcpy(found->fault, "a rebuild", sizeof "a rebuild");
	return build_run(found, &ask, why);
}

/* size: a number, or `-` when the text does not say. */
static enum rc
fetch(struct source_findings *out, char *text, struct why *why)
{
	char *value[FETCH_FIELDS], *rest;
	struct fetch_ask ask = {.sized = true};
	enum rc rc;

	if (!question_take(text, fetch_fields, FETCH_FIELDS, value, &rest) ||
	    *rest != '\0' ||
	    !hex_decode(ask.sha256, 32, value[4], strlen(value[4])) ||
	    !number_take(&ask.seconds, value[6])) {
		why_set(why, "not a question");
		return RC_SOURCE;
	}
	ask.sized = number_take(&ask.size, value[5]);
	ask.directory = value[0];
	ask.ca_file = strcmp(value[1], "-") == 0 ? NULL : value[1];
	ask.url = value[2];
	ask.header = value[3];
	out->fetched_n = 1;
	out->fetched[0].what = FETCHED_NOTES; /* the asker knows better */
	rc = confine(value[0], ask.ca_file, ask.url, why);
	return rc == RC_OK ? fetch_run(&out->fetched[0], &ask, why) : rc;
}

static _Noreturn void
serve(enum rc (*answerer)(struct source_findings *, char *, struct why *))
{
	static char answer[SOURCE_FINDINGS_MAX];
	static struct source_findings findings;
	struct why why = {""};
	uint8_t *text = NULL;
	struct text t;
	size_t n;
	enum rc rc;

	(void)signal(SIGPIPE, SIG_DFL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	text_init(&t, answer, sizeof answer);
	rc = file_read_stdin(&text, &n, QUESTION_MAX, &why);
	if (rc == RC_OK && memchr(text, 0, n) != NULL)
		rc = RC_SOURCE;
	if (rc == RC_OK)
		rc = answerer(&findings, (char *)text, &why);
	if (rc == RC_OK)
		source_findings_build(&t, &findings);
	else
		text_printf(&t, "failed %s\n",
		    why.text[0] != '\0' ? why.text : "for no known reason");
	/* No handler of anybody's runs: nothing is left to be done. */
	_exit(fwrite(t.p, 1, t.n, stdout) == t.n && fflush(stdout) == 0 ? 0
									 : 1);
}

void
worker_serve_if_asked(int argc, char **argv)
{
	if (argc != 2)
		return;
	/* Nothing that was open in the parent is open here. */
	if (strcmp(argv[1], "--look") == 0) {
		closefrom(3);
		serve(look);
	}
	if (strcmp(argv[1], "--fetch") == 0) {
		closefrom(3);
		serve(fetch);
	}
	if (strcmp(argv[1], "--build") == 0) {
		closefrom(LOG_FD + 1);
		serve(build);
	}
}

/* ---- the parent --------------------------------------------------------- */

struct child {
	pid_t pid;
	int in, out; /* our ends */
};

/* log_fd -1: it gets none. */
static bool
child_start(struct child *c, const char *word, int log_fd)
{
	char program[] = "/proc/self/exe";
	char *argv[] = {program, (char *)word, NULL};
	char path[] = "PATH=/usr/bin:/bin";
	char *env[] = {path, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int in[2], out[2], e;
	sigset_t none;

	if (pipe2(in, O_CLOEXEC) != 0)
		return false;
	if (pipe2(out, O_CLOEXEC) != 0) {
		close(in[0]);
		close(in[1]);
		return false;
	}
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(
	    &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	if (log_fd >= 0)
		posix_spawn_file_actions_adddup2(&actions, log_fd, LOG_FD);
	e = posix_spawn(&c->pid, program, &actions, &attributes, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	close(in[0]);
	close(out[1]);
	c->in = in[1];
	c->out = out[0];
	if (e == 0)
		return true;
	close(c->in);
	close(c->out);
	return false;
}

static void
child_end(struct child *c)
{
	if (c->in >= 0)
		close(c->in);
	close(c->out);
	(void)kill(-c->pid, SIGKILL);
	(void)kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Say the question and hear the answer, both as they go. */
static enum rc
converse(struct child *c, const struct text *question, char *answer,
    size_t cap, size_t *n, uint64_t timeout_ms, int stop_fd)
{
	uint64_t end = clock_ms() + timeout_ms;
	size_t said = 0;

	*n = 0;
	(void)fcntl(c->in, F_SETFL, O_NONBLOCK);
	for (;;) {
		struct pollfd p[3] = {{.fd = c->out, .events = POLLIN},
		    {.fd = stop_fd, .events = POLLIN},
		    {.fd = c->in, .events = POLLOUT}};
		uint64_t now = clock_ms();
		ssize_t k;

		if (now >= end)
			return RC_TIMEOUT;
		if (poll(p, 3, (int)(end - now < 60000 ? end - now : 60000)) < 0 &&
		    errno != EINTR)
			return RC_STATE;
		if (p[1].revents != 0)
			return RC_STOPPED;
		if (p[2].revents != 0) {
			k = write(
			    c->in, question->p + said, question->n - said);
			if (k > 0)
				said += (size_t)k;
			if (said == question->n || (k < 0 && errno != EAGAIN)) {
				close(c->in);
				c->in = -1;
			}
		}
		if (p[0].revents != 0) {
			k = read(c->out, answer + *n, cap - *n);
			if (k > 0)
				*n += (size_t)k;
			if (*n == cap)
				return RC_SOURCE;
			if (k == 0 || (k < 0 && errno != EINTR))
				return RC_OK;
		}
	}
}

static enum rc
answer_read(struct source_findings *out, const char *answer, size_t n,
    struct why *why)
{
	if (n > 8 && memcmp(answer, "failed ", 7) == 0) {
		why_set(why, "%.*s", (int)(n - 8), answer + 7);
		return RC_SOURCE;
	}
	if (source_findings_parse(out, (const uint8_t *)answer, n) != RC_OK ||
	    out->count + out->fetched_n != 1) {
		why_set(why, "the evidence process gave no answer");
		return RC_SOURCE;
	}
	return RC_OK;
}

enum rc
worker_ask(char *answer, size_t *n, size_t cap, const char *word, int log_fd,
    const struct text *question, uint64_t timeout_ms, int stop_fd,
    struct why *why)
{
	struct child c;
	enum rc rc;

	*n = 0;
	if (!child_start(&c, word, log_fd)) {
		why_set(why, "cannot start an evidence process");
		return RC_STATE;
	}
	rc = converse(&c, question, answer, cap, n, timeout_ms, stop_fd);
	child_end(&c);
	return rc;
}

/* ---- the seat --------------------------------------------------------- */

/* The parent gives up first. */
enum { PARENT_MS = 10000 };

static enum rc
ask_parent(struct source_findings *out, struct link *parent, const char *word,
    const char *log, const struct text *question, uint64_t timeout_ms,
    int stop_fd, struct why *why)
{
	char *room = malloc(FRAME_LINE_MAX + question->n);
	uint8_t *heard = NULL;
	struct frame f;
	struct text t;
	enum rc rc = RC_STATE;

	if (room == NULL || question->full) {
		why_set(why, "the question is too long");
		goto out;
	}
	text_init(&t, room, FRAME_LINE_MAX + question->n);
	text_printf(&t, "%s %llu %s\n", word, (unsigned long long)timeout_ms,
	    log);
	text_put(&t, question->p, question->n);
	rc = link_ask(parent, t.p, t.n, &f, &heard, timeout_ms + PARENT_MS,
	    stop_fd);
	if (rc != RC_OK) {
		why_set(why, "%s", rc_text(rc));
		goto out;
	}
	rc = frame_result(&f);
	if (rc == RC_OK)
		rc = answer_read(out, (const char *)f.body.p, f.body.n, why);
	else
		why_set(why, "%.*s", (int)f.body.n, (const char *)f.body.p);
out:
	free(heard);
	free(room);
	return rc;
}

static const char *
or_dash(const char *s)
{
	return s == NULL || s[0] == '\0' ? "-" : s;
}

enum rc
look_run(struct source_found *out, const struct look_options *options,
    const struct git_ask *ask, const uint8_t *signers_text, size_t signers_n,
    int stop_fd, struct why *why)
{
	char *room = malloc(QUESTION_MAX);
	struct source_findings found = {0};
	struct text q;
	enum rc rc = RC_MEMORY;

	memset(out, 0, sizeof *out);
	if (room == NULL)
		return rc;
	text_init(&q, room, QUESTION_MAX);
	text_printf(&q,
	    "directory %s\nca %s\nnow %llu\nurl %s\nref %s\n"
	    "commit %s\nbranch %s\ncheckout %s\nsince %s\n",
	    options->directory, or_dash(options->ca_file),
	    (unsigned long long)ask->now, ask->url, ask->ref, ask->commit,
	    or_dash(ask->branch), or_dash(options->checkout),
	    or_dash(ask->since));
	text_put(&q, signers_text, signers_n);
	rc = dir_make(options->directory, 0700, why);
	if (rc == RC_OK)
		rc = ask_parent(&found, options->parent, "look", "-", &q,
		    options->timeout_ms, stop_fd, why);
	if (rc == RC_OK)
		*out = found.at[0]; /* zero if it is of something else */
	if (rc == RC_TIMEOUT)
		why_set(why, "'%s' did not answer within %llu s", ask->url,
		    (unsigned long long)options->timeout_ms / 1000);
	free(room);
	return rc;
}

enum rc
look_build(struct source_found *out, struct link *parent,
    const struct build_ask *ask, const char *log, uint64_t timeout_ms,
    int stop_fd, struct why *why)
{
	char room[2 * FILE_PATH_MAX + SOURCE_OUTPUTS_MAX * 512];
	struct source_findings findings;
	const struct source_found *found = &findings.at[0];
	struct text q;
	enum rc rc;

	text_init(&q, room, sizeof room);
	text_printf(&q,
	    "root %s\ncommand %s\nepoch %llu\ncpu %llu\nmemory %llu\n"
	    "file %llu\n",
	    ask->root, ask->command, (unsigned long long)ask->epoch,
	    (unsigned long long)ask->cpu_s,
	    (unsigned long long)ask->memory_bytes,
	    (unsigned long long)ask->file_bytes);
	for (unsigned i = 0; i < ask->output_count; i++)
		text_printf(&q, "output %s %s\n", ask->output[i].component,
		    ask->output[i].path);
	rc = ask_parent(&findings, parent, "build", log, &q, timeout_ms, stop_fd,
	    why);
	if (rc == RC_TIMEOUT) {
		out->build = SOURCE_BUILD_FAILED;
		(void)snprintf(out->build_fault, sizeof out->build_fault,
		    "it took longer than %llu s",
		    (unsigned long long)timeout_ms / 1000);
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	out->build = found->build;
	memcpy(out->build_fault, found->build_fault, sizeof out->build_fault);
	out->output_count = found->output_count;
	memcpy(out->output, found->output, sizeof out->output);
	return RC_OK;
}

/* So long after it should have ended by itself. */
enum { FETCH_SLACK_MS = 120000 };

enum rc
look_fetch(struct source_fetched *out, struct link *parent,
    const struct fetch_ask *ask, int stop_fd, struct why *why)
{
	char room[2 * FILE_PATH_MAX + 8192], size[24] = "-";
	struct source_findings findings;
	struct text q;
	enum rc rc;

	if (ask->sized)
		snprintf(size, sizeof size, "%llu",
		    (unsigned long long)ask->size);
	text_init(&q, room, sizeof room);
	text_printf(&q, "directory %s\nca %s\nurl %s\nheader %s\ndigest ",
	    ask->directory, or_dash(ask->ca_file), ask->url, ask->header);
	text_hex(&q, ask->sha256, 32);
	text_printf(&q, "\nsize %s\nseconds %llu\n", size,
	    (unsigned long long)ask->seconds);
	rc = ask_parent(&findings, parent, "fetch", "-", &q,
	    ask->seconds * 1000 + FETCH_SLACK_MS, stop_fd, why);
	if (rc == RC_TIMEOUT)
		why_set(why, "the coordinator stalls");
	if (rc == RC_OK && findings.fetched_n != 1)
		rc = RC_SOURCE;
	if (rc != RC_OK)
		return rc;
	out->size = findings.fetched[0].size;
	memcpy(out->sha256, findings.fetched[0].sha256, 32);
	return RC_OK;
}
