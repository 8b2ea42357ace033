/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people say to their own signer: pending, approve, refuse, freeze,
 * unlock, status, and a ceremony's accept and show. The daemon decides and
 * signs; this side only shows what it would sign, and carries the word.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/words.h"
#include "host/clock.h"
#include "quorum/bundle.h"

enum {
	ANSWER_MAX = 1048576,
	ANSWER_S = 60,
	UNKNOWN_MS = 5000,
};

/* ---- the socket -------------------------------------------------------- */

static int
signer_connect(const char *path)
{
	const struct timeval patience = {.tv_sec = ANSWER_S};
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof at.sun_path)
		die(EXIT_USAGE, "'%s': the path is too long", path);
	memcpy(at.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) != 0)
		die(EXIT_ENVIRONMENT,
		    "cannot speak to the signer at '%s': %s; is "
		    "quorate-signerd running?",
		    path, strerror(errno));
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return fd;
}

/*
 * One request. *answer is what follows the first line, malloc'd, a NUL after
 * it. first is the first line; true if it is `ok`.
 */
static bool
signer_ask_once(struct blob *answer, char first[static 512], const char *path,
    const char *request)
{
	int fd = signer_connect(path);
	char *bytes = malloc(ANSWER_MAX + 1), *lf;
	size_t n = 0;
	bool ok;

	if (bytes == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0 ||
	    send(fd, "\n", 1, MSG_NOSIGNAL) < 0)
		die(EXIT_ENVIRONMENT, "%s: %s", path, strerror(errno));
	while (n < ANSWER_MAX) {
		ssize_t got = recv(fd, bytes + n, ANSWER_MAX - n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			die(EXIT_ENVIRONMENT, "%s: no answer: %s", path,
			    strerror(errno));
		if (got == 0)
			break;
		n += (size_t)got;
	}
	close(fd);
	bytes[n] = '\0';
	lf = memchr(bytes, '\n', n);
	if (lf == NULL)
		die(EXIT_ENVIRONMENT, "%s: no answer", path);
	*lf = '\0';
	ok = strcmp(bytes, "ok") == 0;
	snprintf(first, 512, "%s", bytes);
	answer->n = n - (size_t)(lf + 1 - bytes);
	memmove(bytes, lf + 1, answer->n + 1);
	answer->p = (uint8_t *)bytes;
	return ok;
}

/*
 * The same, and says why not. What the signer has not heard of may still be
 * on its way from the coordinator: it is asked about again for a moment.
 */
static bool
signer_ask(struct blob *answer, const char *path, const char *request)
{
	uint64_t until = clock_ms() + UNKNOWN_MS;
	char first[512];
	bool ok;

	while (!(ok = signer_ask_once(answer, first, path, request)) &&
	       strncmp(first, "RC_SEAT_UNKNOWN ", 16) == 0 &&
	       clock_ms() < until) {
		blob_release(answer);
		clock_sleep_ms(50);
	}
	if (!ok)
		say(SAY_ERROR, "the signer says: %s", first);
	return ok;
}

/* ---- options that all of them have --------------------------------------- */

struct decide {
	const char *program, *positionals, *help;
	size_t positional_max;
	bool id_wanted;
	bool *yes;
	const char **code, **reason;
	const char *socket; /* filled */
	const char *id;	    /* filled, NULL if there is none */
};

static void
decide_parse(struct decide *d, int argc, char **argv)
{
	struct args_option options[5] = {
	    {.name = "socket",
		.value = "PATH",
		.string = &d->socket,
		.help = "the signer's socket (default: $QUORATE_SOCKET)"}};
	unsigned n = 1;
	struct args_list ids = {.count = 0};
	struct args_command command = {
	    .program = d->program,
	    .positionals = d->positionals,
	    .help = d->help,
	    .options = options,
	    .positional_min = d->id_wanted,
	    .positional_max = d->positional_max,
	};

	if (d->yes != NULL)
		options[n++] = (struct args_option){.name = "yes",
		    .flag = d->yes,
		    .help = "do not ask: the text was read elsewhere"};
	if (d->code != NULL)
		options[n++] = (struct args_option){.name = "code",
		    .value = "CODE",
		    .string = d->code,
		    .required = d->reason == NULL,
		    .help = d->reason == NULL
			? "the eight words that all parties compared"
			: "product, policy, person ... (default: person)"};
	if (d->reason != NULL)
		options[n++] = (struct args_option){.name = "reason",
		    .value = "TEXT",
		    .string = d->reason,
		    .help = "one line; everybody will read it"};
	options[n] = (struct args_option){0};
	d->socket = getenv("QUORATE_SOCKET");
	args_parse(
	    d->positional_max > 0 ? &ids : NULL, &command, argc, argv);
	if (d->socket == NULL)
		die(EXIT_USAGE,
		    "which signer? name its socket: '--socket PATH' or "
		    "QUORATE_SOCKET");
	d->id = ids.count > 0 ? ids.at[0] : NULL;
	if (d->id != NULL && strspn(d->id, "0123456789abcdef") != strlen(d->id))
		die(EXIT_USAGE, "'%s' is not an id", d->id);
}

/* ---- showing --------------------------------------------------------------- */

static bool
has_line(struct slice text, struct slice line)
{
	while (text.n > 0)
		if (slice_equal(slice_line(&text), line))
			return true;
	return false;
}

/* Lines of a that are not in b, behind a mark. */
static unsigned
lines_beyond(struct slice a, struct slice b, const char *mark)
{
	unsigned count = 0;

	while (a.n > 0) {
		struct slice line = slice_line(&a);

		if (has_line(b, line))
			continue;
		fprintf(stderr, "  %s %.*s\n", mark, SLICE(line));
		count++;
	}
	return count;
}

/* A line `key rest` of the signer's lines; empty if there is none. */
static struct slice
line_of(struct slice lines, const char *key)
{
	while (lines.n > 0) {
		struct slice line = slice_line(&lines);

		if (slice_is(slice_word(&line), key))
			return line;
	}
	return (struct slice){NULL, 0};
}

static void
show_changes(struct slice text, struct slice last)
{
	if (last.n == 0) {
		fprintf(stderr, "\nNothing of this product is in the log.\n");
		return;
	}
	fprintf(stderr, "\nAgainst the last release in the log:\n");
	if (lines_beyond(last, text, "-") + lines_beyond(text, last, "+") == 0)
		fprintf(stderr, "  no line differs\n");
}

static void
show_words(struct slice text)
{
	char room[16384];
	struct text words;

	text_init(&words, room, sizeof room);
	if (words_text(&words, text.p, text.n) == RC_OK)
		fprintf(stderr, "\nApproving it permits this:\n%s", words.p);
}

static void
show_release(struct slice lines, struct slice text, struct slice last)
{
	fwrite(text.p, 1, text.n, stdout);
	fflush(stdout);
	fprintf(stderr, "\nAsked by %.*s. State: %.*s (%.*s).\n",
	    SLICE(line_of(lines, "proposer")), SLICE(line_of(lines, "state")),
	    SLICE(line_of(lines, "says")));
	show_changes(text, last);
	show_words(text);
}

static void
show_ceremony(struct slice lines, struct slice draft, struct slice template)
{
	fwrite(draft.p, 1, draft.n, stdout);
	fflush(stdout);
	fprintf(stderr,
	    "\nThe key that comes of it will be in this trust text:\n%.*s",
	    SLICE(template));
	fprintf(stderr,
	    "\nState: %.*s (%.*s). Compare this code with every party, by "
	    "voice:\n%.*s\n",
	    SLICE(line_of(lines, "state")), SLICE(line_of(lines, "says")),
	    SLICE(line_of(lines, "code")));
}

/* One matter, whole: false if the signer has none. */
static bool
show(const struct decide *d)
{
	struct slice part[3] = {{NULL, 0}};
	struct bundle_item item;
	struct bundle b;
	struct blob answer, text;
	char request[128];
	bool ok;

	snprintf(request, sizeof request, "pending %.64s", d->id);
	ok = signer_ask(&answer, d->socket, request) &&
	    bundle_init(&b, answer.p, answer.n) == RC_OK;
	for (unsigned i = 0; ok && i < 3 && bundle_next(&b, &item) == RC_OK;
	     i++)
		part[i] = item.text;
	text = (struct blob){(uint8_t *)(uintptr_t)part[1].p, part[1].n};
	if (ok && part[1].n == 0) {
		say(SAY_ERROR, "the signer's answer cannot be read");
		ok = false;
	} else if (ok && blob_is(&text, "quorate/ceremony@v1")) {
		show_ceremony(part[0], part[1], part[2]);
	} else if (ok) {
		show_release(part[0], part[1], part[2]);
	}
	blob_release(&answer);
	return ok;
}

/* ---- the subcommands ---------------------------------------------------------- */

int
run_pending(int argc, char **argv)
{
	struct decide d = {.program = "quorate pending",
	    .positionals = "[ID]",
	    .help = "What waits for a person at this party's signer; or one "
		    "matter whole: its text,\nwhat differs from the last "
		    "release in the log, who asked, what approving permits.",
	    .positional_max = 1};
	struct blob answer;
	struct slice rest;

	decide_parse(&d, argc, argv);
	if (d.id != NULL)
		return show(&d) ? EXIT_OK : EXIT_REFUSED;
	if (!signer_ask(&answer, d.socket, "pending"))
		return EXIT_REFUSED;
	rest = (struct slice){answer.p, answer.n};
	while (rest.n > 0) {
		struct slice line = slice_line(&rest);
		struct slice id = slice_word(&line);
		struct slice authority = slice_word(&line);
		struct slice product = slice_word(&line);
		struct slice sequence = slice_word(&line);
		uint64_t at = 0;
		char when[32];

		(void)slice_decimal(line, UINT64_MAX, &at);
		time_text(when, at);
		printf("%.*s %.*s %.*s %.*s %s\n", SLICE(id), SLICE(authority),
		    SLICE(product), SLICE(sequence), when);
	}
	if (answer.n == 0)
		say(SAY_INFO, "nothing waits for a person");
	blob_release(&answer);
	return EXIT_OK;
}

/* Sends a decision; the signer's line says what came of it. */
static int
decision(const struct decide *d, const char *request, const char *wanted)
{
	struct blob answer;
	int code = EXIT_REFUSED;

	if (signer_ask(&answer, d->socket, request)) {
		fwrite(answer.p, 1, answer.n, stdout);
		code = strncmp((char *)answer.p, wanted, strlen(wanted)) == 0
		    ? EXIT_OK
		    : EXIT_POLICY;
	}
	blob_release(&answer);
	return code;
}

int
run_approve(int argc, char **argv)
{
	bool yes = false;
	struct decide d = {.program = "quorate approve",
	    .positionals = "ID",
	    .help = "Shows a text that waits, asks, and approves it. The "
		    "signer's rules are asked once more.",
	    .positional_max = 1,
	    .id_wanted = true,
	    .yes = &yes};
	char request[128];

	decide_parse(&d, argc, argv);
	if (!yes) {
		if (!show(&d))
			return EXIT_REFUSED;
		if (!ask("\napprove it?"))
			die(EXIT_REFUSED, "not approved");
	}
	snprintf(request, sizeof request, "approve %.64s", d.id);
	return decision(&d, request, "approved");
}

int
run_refuse(int argc, char **argv)
{
	const char *code = NULL, *reason = NULL;
	struct decide d = {.program = "quorate refuse",
	    .positionals = "ID",
	    .help = "Refuses a text, for good, also after an approval.",
	    .positional_max = 1,
	    .id_wanted = true,
	    .code = &code,
	    .reason = &reason};
	char request[512];

	decide_parse(&d, argc, argv);
	if ((reason != NULL && strlen(reason) > 256) ||
	    (code != NULL && strlen(code) > 32))
		die(EXIT_USAGE, "a reason has at most 256 bytes");
	snprintf(request, sizeof request, "refuse %.64s %s %s", d.id,
	    code != NULL ? code : "person", reason != NULL ? reason : "");
	return decision(&d, request, "refused");
}

static int
simple(struct decide *d, const char *request, int argc, char **argv)
{
	decide_parse(d, argc, argv);
	return decision(d, request, "");
}

int
run_freeze(int argc, char **argv)
{
	struct decide d = {.program = "quorate freeze",
	    .help = "From now on this party's signer refuses and signs "
		    "nothing, until 'quorate unlock'."};

	return simple(&d, "freeze", argc, argv);
}

int
run_unlock(int argc, char **argv)
{
	struct decide d = {.program = "quorate unlock",
	    .help = "Ends 'quorate freeze'."};

	return simple(&d, "unlock", argc, argv);
}

int
run_status(int argc, char **argv)
{
	struct decide d = {.program = "quorate status",
	    .help = "How this party's signer stands."};

	return simple(&d, "status", argc, argv);
}

int
run_history(int argc, char **argv)
{
	struct decide d = {.program = "quorate history",
	    .help = "What this party's signer decided, newest first: time, "
		    "decision, id, code, by whom, why."};

	return simple(&d, "history", argc, argv);
}

int
run_ceremony_show(int argc, char **argv)
{
	struct decide d = {.program = "quorate ceremony show",
	    .positionals = "ID",
	    .help = "A ceremony as this party's signer knows it, and its "
		    "code.",
	    .positional_max = 1,
	    .id_wanted = true};

	decide_parse(&d, argc, argv);
	return show(&d) ? EXIT_OK : EXIT_REFUSED;
}

int
run_ceremony_accept(int argc, char **argv)
{
	const char *code = NULL;
	struct decide d = {.program = "quorate ceremony accept",
	    .positionals = "ID",
	    .help = "Takes part in a ceremony, if the code that you heard is "
		    "the one that your signer computes.",
	    .positional_max = 1,
	    .id_wanted = true,
	    .code = &code};
	char request[256];

	decide_parse(&d, argc, argv);
	if (strlen(code) != 47)
		die(EXIT_USAGE,
		    "'%s' is not a code: eight words of five letters, with "
		    "dashes between",
		    code);
	snprintf(request, sizeof request, "accept %.64s %s", d.id, code);
	return decision(&d, request, "joined");
}
