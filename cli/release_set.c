/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `quorate release --set FILE`: several releases, a line each, decided once by
 * people and shipped together or not at all. Each line is the command line of
 * one `quorate release`, and is run as that, in a child: first all are
 * proposed, then all are waited for at the same time (a party may want to see
 * the files of any of them), then, when every one is signed, all are logged.
 * Said again, it takes up where it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cli/cli.h"
#include "cli/web.h"
#include "host/file.h"
#include "host/standard.h"
#include "signer/set.h"

enum { WORDS_MAX = 100, SET_FILE_MAX = 1 << 20 };

struct member {
	unsigned word_n;
	char *word[WORDS_MAX]; /* without its output */
	const char *out;
	char note[FILE_PATH_MAX + 16]; /* signed, until all of them are */
	uint8_t id[32];
	char hex[65];
	pid_t child;
	int code;
};

struct release_set {
	const char *file, *out, *trust;
	char wait[32];
	bool upload;
	unsigned n;
	struct member at[SET_MAX];
};

/* ---- the file ----------------------------------------------------------- */

/* The next word: up to a space, or between two quotation marks of a kind.
 * NULL: there is none. It is ended in place. */
static char *
word_next(char **at)
{
	char *word, *end, quote;

	*at += strspn(*at, " \t");
	if (**at == '\0' || **at == '#')
		return NULL;
	word = *at;
	quote = *word;
	if (quote == '"' || quote == '\'') {
		end = strchr(++word, quote);
		if (end == NULL)
			die(EXIT_USAGE, "a quotation mark without another: %s",
			    word);
	} else {
		end = word + strcspn(word, " \t");
	}
	*at = *end == '\0' ? end : end + 1;
	*end = '\0';
	return word;
}

static void
line_take(struct release_set *s, char *line, unsigned number)
{
	struct member *m = &s->at[s->n];
	char *word;

	while ((word = word_next(&line)) != NULL) {
		if (strcmp(word, "-o") == 0 || strcmp(word, "--output") == 0) {
			m->out = word_next(&line);
			continue;
		}
		if (strncmp(word, "--output=", 9) == 0) {
			m->out = word + 9;
			continue;
		}
		if (m->word_n == WORDS_MAX)
			die(EXIT_USAGE, "%s:%u: too many words", s->file,
			    number);
		m->word[m->word_n++] = word;
	}
	if (m->word_n == 0 && m->out == NULL)
		return;
	if (m->out == NULL)
		die(EXIT_USAGE, "%s:%u: every release wants its own -o FILE",
		    s->file, number);
	for (unsigned i = 0; i < s->n; i++)
		if (strcmp(s->at[i].out, m->out) == 0)
			die(EXIT_USAGE, "%s:%u: '%s' twice", s->file, number,
			    m->out);
	snprintf(m->note, sizeof m->note, "%s.signed", m->out);
	s->n++;
}

static void
file_take(struct release_set *s)
{
	struct why why = {""};
	uint8_t *bytes;
	size_t n;
	unsigned number = 0;

	if (file_read(&bytes, &n, s->file, SET_FILE_MAX, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	if (memchr(bytes, 0, n) != NULL)
		die(EXIT_USAGE, "'%s' is not a text", s->file);
	for (char *at = (char *)bytes; *at != '\0';) { /* words stay */
		char *lf = at + strcspn(at, "\n"), *next = lf + (*lf != '\0');

		*lf = '\0';
		if (s->n == SET_MAX)
			die(EXIT_USAGE, "%s: more than %d releases", s->file,
			    SET_MAX);
		line_take(s, at, ++number);
		at = next;
	}
	if (s->n < 2)
		die(EXIT_USAGE, "%s: a set has two releases or more", s->file);
}

/* ---- children ----------------------------------------------------------- */

/* `quorate release` with the member's words and those behind; its stdout to fd,
 * or ours. */
static pid_t
start(const struct release_set *s, const struct member *m,
    const char *const *more, int fd)
{
	char *argv[WORDS_MAX + 24];
	int argc = 0;
	pid_t child;

	argv[argc++] = (char *)"release";
	for (unsigned i = 0; i < m->word_n; i++)
		argv[argc++] = m->word[i];
	if (s->trust != NULL) {
		argv[argc++] = (char *)"--trust";
		argv[argc++] = (char *)s->trust;
	}
	argv[argc++] = (char *)"--wait";
	argv[argc++] = (char *)s->wait;
	for (unsigned i = 0; more[i] != NULL; i++)
		argv[argc++] = (char *)more[i];
	argv[argc] = NULL;
	fflush(stdout);
	fflush(stderr);
	child = fork();
	if (child < 0)
		die(EXIT_ENVIRONMENT, "cannot start a process: %s",
		    strerror(errno));
	if (child > 0)
		return child;
	if (fd >= 0 && dup2(fd, 1) < 0)
		_exit(EXIT_ENVIRONMENT);
	say_init(m->out);
	exit(standard_end(run_release(argc, argv)));
}

static int
ended(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_ENVIRONMENT;
}

static int
propose(const struct release_set *s, struct member *m)
{
	const char *more[] = {"-o", m->out, "--detach",
	    s->upload ? "--upload" : NULL, NULL};
	size_t n = 0;
	ssize_t k;
	int fd[2], code;
	pid_t child;

	if (pipe2(fd, O_CLOEXEC) != 0)
		die(EXIT_ENVIRONMENT, "cannot make a pipe");
	child = start(s, m, more, fd[1]);
	close(fd[1]);
	while (n < sizeof m->hex - 1 &&
	    (k = read(fd[0], m->hex + n, sizeof m->hex - 1 - n)) > 0)
		n += (size_t)k;
	close(fd[0]);
	code = ended(child);
	if (code == EXIT_OK && !hex_decode(m->id, 32, m->hex, n))
		code = EXIT_ENVIRONMENT;
	return code;
}

/* ---- together ------------------------------------------------------------ */

static void
files_drop(const struct member *m, bool pending)
{
	char path[FILE_PATH_MAX + 16];

	(void)!file_remove(m->note, NULL);
	snprintf(path, sizeof path, "%s.pending", m->out);
	if (pending)
		(void)!file_remove(path, NULL);
}

static const char *
code_words(int code)
{
	switch (code) {
	case EXIT_OK:
		return "signed";
	case EXIT_PENDING:
		return "not signed yet";
	case EXIT_POLICY:
		return "will not be signed";
	default:
		return "failed";
	}
}

/* The worst of several: one that will never be signed decides. */
static int
worse(int a, int b)
{
	static const int order[] = {EXIT_OK, EXIT_PENDING};

	if (a == EXIT_POLICY || b == EXIT_POLICY)
		return EXIT_POLICY;
	for (unsigned i = 0; i < sizeof order / sizeof order[0]; i++)
		if (a == order[i] || b == order[i])
			return a == order[i] ? b : a;
	return a;
}

static int
all_await(struct release_set *s)
{
	int code = EXIT_OK;

	for (unsigned i = 0; i < s->n; i++) {
		struct member *m = &s->at[i];
		const char *more[] = {"--resume", m->hex, "--signed-only", "-o",
		    m->note, NULL};

		m->child = start(s, m, more, -1);
	}
	for (unsigned i = 0; i < s->n; i++) {
		s->at[i].code = ended(s->at[i].child);
		code = worse(code, s->at[i].code);
	}
	for (unsigned i = 0; i < s->n; i++)
		say(code == EXIT_OK ? SAY_INFO : SAY_WARNING, "%.12s %s: %s",
		    s->at[i].hex, s->at[i].out, code_words(s->at[i].code));
	if (code == EXIT_OK)
		return code;
	if (code == EXIT_POLICY)
		say(SAY_ERROR, "the set will not be signed: none of it is "
			       "logged; propose another one, with new "
			       "sequences");
	else
		say(SAY_ERROR, "the set is not signed yet: none of it is "
			       "logged; say the same again later");
	for (unsigned i = 0; i < s->n; i++)
		files_drop(&s->at[i], code == EXIT_POLICY);
	return code;
}

static int
all_append(struct release_set *s)
{
	int code = EXIT_OK;

	for (unsigned i = 0; i < s->n; i++) {
		struct member *m = &s->at[i];
		const char *more[] = {"--note", m->note, "-o", m->out, NULL};

		m->code = ended(start(s, m, more, -1));
		code = worse(code, m->code);
		if (m->code == EXIT_OK)
			files_drop(m, true);
		else
			say(SAY_ERROR, "%.12s: signed, in '%s', and not "
				       "logged: quorate append",
			    m->hex, m->note);
	}
	return code;
}

int
release_set(int argc, char **argv)
{
	static struct release_set s;
	static uint8_t id[SET_MAX][32];
	static char room[SET_TEXT_MAX];
	uint64_t wait_ms = 60000;
	const struct args_option options[] = {
	    {.name = "set",
		.value = "FILE",
		.string = &s.file,
		.required = true,
		.help = "a line for each release: its options, files and -o "
			"FILE"},
	    {.name = "trust",
		.value = "FILE",
		.string = &s.trust,
		.help = "the trust text, of all of them"},
	    {.name = "upload",
		.flag = &s.upload,
		.help = "send the files to the coordinator at once"},
	    {.name = "wait",
		.value = "60s",
		.duration_ms = &wait_ms,
		.help = "how long to wait for the quorum, and for each log"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &s.out,
		.help = "the set's text (default: stdout)"},
	    WEB_OPTION,
	    {0}};
	const struct args_command command = {.program = "quorate release",
	    .help = "Has several releases signed that people decide once, and "
		    "logs all of them or none.",
	    .options = options};
	struct text t;
	int code;

	args_parse(NULL, &command, argc, argv);
	snprintf(s.wait, sizeof s.wait, "%llums", (unsigned long long)wait_ms);
	file_take(&s);
	for (unsigned i = 0; i < s.n; i++) {
		code = propose(&s, &s.at[i]);
		if (code != EXIT_OK) {
			say(SAY_ERROR, "'%s' cannot be proposed; those before "
				       "it are open still",
			    s.at[i].out);
			return code;
		}
		memcpy(id[i], s.at[i].id, 32);
	}
	if (!set_sort(id, s.n))
		die(EXIT_USAGE, "%s: the same release twice", s.file);
	text_init(&t, room, sizeof room);
	set_build(&t, (const uint8_t(*)[32])id, s.n);
	if (s.out != NULL)
		output_write(s.out, t.p, t.n);
	else
		printf("%.*s", (int)t.n, t.p);
	fflush(stdout);
	say(SAY_INFO, "%u releases are proposed; people decide them once: "
		      "'quorate approve' with all of these ids", s.n);
	code = all_await(&s);
	return code == EXIT_OK ? all_append(&s) : code;
}
