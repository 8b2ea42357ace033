/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person says to the party's own signer, at its socket: what waits,
 * yes, no, stop. One line asks; the answer is `ok` or a reason, then lines
 * or a bundle (signer/serve_people.c).
 */
#include <stdio.h>
#include <string.h>

#include "cli/append.h"
#include "cli/cli.h"
#include "cli/words.h"
#include "host/clock.h"
#include "host/rc_text.h"
#include "quorum/bundle.h"
#include "quorum/message.h"
#include "signer/serve.h"

enum { UNKNOWN_WAIT_MS = 5000 };

static char answer[SIGNERD_ANSWER_MAX + 1024];

/* Ask: the first line of the answer, and *body, what came behind it. Dies
 * when nobody answers. */
static struct slice
ask_once(struct slice *body, const char *path, const char *line)
{
	struct why why = {""};
	struct slice rest = {(uint8_t *)answer, 0}, first;

	if (people_ask(answer, &rest.n, sizeof answer, path, line, &why) !=
	    RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	first = slice_line(&rest);
	*body = rest;
	return first;
}

/*
 * EXIT_OK, or EXIT_POLICY after saying the signer's reason. What the signer
 * has not heard of is asked about again until wait_ms have passed: it may
 * still be on its way from the coordinator.
 */
static int
ask_signer(
    struct slice *body, const char *path, const char *line, uint64_t wait_ms)
{
	uint64_t until = clock_ms() + wait_ms;
	struct slice first;

	for (;;) {
		first = ask_once(body, path, line);
		if (slice_is(first, "ok"))
			return EXIT_OK;
		if (first.n < 16 || memcmp(first.p, "RC_SEAT_UNKNOWN ", 16) != 0 ||
		    clock_ms() >= until)
			break;
		clock_sleep_ms(50);
	}
	say(SAY_ERROR, "the signer refuses: %.*s", SLICE(first));
	return EXIT_POLICY;
}

/* Word by word into one request line; a person's text stays one line. */
static void
request_make(struct text *t, const char *verb, const char *a, const char *b,
    const char *c)
{
	text_printf(t, "%s%s%s%s%s%s%s\n", verb, a != NULL ? " " : "",
	    a != NULL ? a : "", b != NULL ? " " : "", b != NULL ? b : "",
	    c != NULL ? " " : "", c != NULL ? c : "");
	if (t->full || strchr(t->p, '\n') != t->p + t->n - 1)
		die(EXIT_USAGE, "that is too long, or not one line");
}

static int
simple(const char *path, const char *verb, const char *a, const char *b,
    const char *c)
{
	static char line[BASE64_CHARS(SSHSIG_ARMOR_MAX) + 1024];
	struct slice body;
	struct text t;
	int code;

	text_init(&t, line, sizeof line);
	request_make(&t, verb, a, b, c);
	code = ask_signer(&body, path, line, UNKNOWN_WAIT_MS);
	if (code == EXIT_OK)
		printf("%.*s", SLICE(body));
	return code;
}

/* ---- showing ---------------------------------------------------------- */

static bool
text_has(struct slice text, struct slice line)
{
	while (text.n > 0)
		if (slice_equal(slice_line(&text), line))
			return true;
	return false;
}

/* Line by line, what one text has and the other has not. */
static void
say_changes(struct slice now, struct slice before)
{
	struct slice rest, line;

	printf("\nChanged since the last logged release:\n");
	for (rest = before; rest.n > 0;) {
		line = slice_line(&rest);
		if (!text_has(now, line))
			printf("  - %.*s\n", SLICE(line));
	}
	for (rest = now; rest.n > 0;) {
		line = slice_line(&rest);
		if (!text_has(before, line))
			printf("  + %.*s\n", SLICE(line));
	}
}

static void
say_words(struct slice text)
{
	char words[8192];
	struct text t;

	text_init(&t, words, sizeof words);
	if (words_text(&t, text.p, text.n) == RC_OK && !t.full)
		printf("\nApproving it permits this:\n%s", words);
}

/* The signer's bundle about one id: lines, the text, what it replaces. */
static int
show_one(const char *path, const char *id, bool text_only)
{
	struct bundle_item item[3];
	char line[1024];
	struct bundle b;
	struct slice body;
	struct text t;
	unsigned n = 0;
	enum rc rc;
	int code;

	text_init(&t, line, sizeof line);
	request_make(&t, "pending", id, NULL, NULL);
	code = ask_signer(&body, path, line, UNKNOWN_WAIT_MS);
	if (code != EXIT_OK)
		return code;
	rc = bundle_init(&b, body.p, body.n);
	while (rc == RC_OK && n < 3) {
		rc = bundle_next(&b, &item[n]);
		n += rc == RC_OK;
	}
	if ((rc != RC_OK && rc != RC_MORE) || n == 0)
		die(EXIT_ENVIRONMENT, "'%s': an answer that is no bundle",
		    path);
	if (text_only) {
		if (n > 1)
			printf("%.*s", SLICE(item[1].text));
		return n > 1 ? EXIT_OK : EXIT_REFUSED;
	}
	printf("%.*s", SLICE(item[0].text));
	if (n > 1)
		printf("\n%.*s", SLICE(item[1].text));
	if (n > 1 && message_kind_of(item[1].text.p, item[1].text.n) !=
		MESSAGE_DRAFT) {
		if (n > 2)
			say_changes(item[1].text, item[2].text);
		else
			printf("\nNothing of this product is in the log yet.\n");
		say_words(item[1].text);
	} else if (n > 2) {
		printf("\n%.*s", SLICE(item[2].text));
	}
	return EXIT_OK;
}

/* ---- the commands ----------------------------------------------------- */

#define SOCKET_OPTION(variable)                                               \
	{.name = "socket", .value = "PATH", .string = &variable,               \
	    .required = true, .help = "the signer's, of its configuration"}

int
run_pending(int argc, char **argv)
{
	const char *path = NULL;
	bool text = false;
	const struct args_option options[] = {SOCKET_OPTION(path),
	    {.name = "text",
		.flag = &text,
		.help = "its text alone, as 'ssh-keygen -Y sign' wants it"},
	    {0}};
	const struct args_command command = {.program = "quorate pending",
	    .positionals = "[ID]",
	    .help = "Lists what waits for a person, or shows one: its text, "
		    "what changed since the\nlast logged release, and what "
		    "approving it permits. An id may be shortened.",
	    .options = options,
	    .positional_max = 1};
	struct args_list ids;

	args_parse(&ids, &command, argc, argv);
	return ids.count > 0 ? show_one(path, ids.at[0], text)
			     : simple(path, "pending", NULL, NULL, NULL);
}

static void
signature_load(char *out, size_t cap, const char *path)
{
	struct blob b;
	struct text t;

	blob_load(&b, path);
	text_init(&t, out, cap);
	text_base64(&t, b.p, b.n);
	if (t.full || b.n == 0)
		die(EXIT_USAGE, "'%s' is not an SSH signature", path);
	blob_release(&b);
}

int
run_approve(int argc, char **argv)
{
	const char *path = NULL, *sshsig = NULL;
	char shown[BASE64_CHARS(SSHSIG_ARMOR_MAX) + 1] = "";
	bool yes = false;
	const struct args_option options[] = {SOCKET_OPTION(path),
	    {.name = "sshsig",
		.value = "FILE",
		.string = &sshsig,
		.help = "an approver's signature over the text (ssh-keygen -Y "
			"sign -n quorate-approve)"},
	    {.name = "yes",
		.flag = &yes,
		.help = "do not ask: it has been read elsewhere"},
	    {0}};
	const struct args_command command = {.program = "quorate approve",
	    .positionals = "ID",
	    .help = "Has one's own signer take part in signing a text, after "
		    "showing it.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	struct args_list ids;
	int code;

	args_parse(&ids, &command, argc, argv);
	if (sshsig != NULL)
		signature_load(shown, sizeof shown, sshsig);
	if (!yes && sshsig == NULL) { /* whoever signed has read it */
		code = show_one(path, ids.at[0], false);
		if (code != EXIT_OK)
			return code;
		if (!ask("Approve this?"))
			return EXIT_REFUSED;
	}
	/* The signer asks its rules once more, and they may say no by now. */
	code = simple(path, "approve", ids.at[0],
	    shown[0] != '\0' ? shown : NULL, NULL);
	if (code == EXIT_OK && strstr(answer, "\nasked: ") != NULL)
		return EXIT_PENDING; /* it counts, and others are awaited */
	return code == EXIT_OK && strstr(answer, "\napproved\n") == NULL
	    ? EXIT_POLICY
	    : code;
}

int
run_refuse(int argc, char **argv)
{
	const char *path = NULL, *code = "person", *reason = NULL;
	const struct args_option options[] = {SOCKET_OPTION(path),
	    {.name = "code",
		.value = "CODE",
		.string = &code,
		.help = "a reason code (default: person)"},
	    {.name = "reason",
		.value = "TEXT",
		.string = &reason,
		.help = "one line; the pipeline reads it"},
	    {0}};
	const struct args_command command = {.program = "quorate refuse",
	    .positionals = "ID",
	    .help = "Has one's own signer refuse a text, or withdraw from one "
		    "that it approved.\nThere is no way back: the pipeline "
		    "proposes another.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	struct args_list ids;

	args_parse(&ids, &command, argc, argv);
	return simple(path, "refuse", ids.at[0], code, reason);
}

static int
run_plain(const char *program, const char *verb, const char *help, int argc,
    char **argv)
{
	const char *path = NULL;
	const struct args_option options[] = {SOCKET_OPTION(path), {0}};
	const struct args_command command = {
	    .program = program, .help = help, .options = options};

	args_parse(NULL, &command, argc, argv);
	return simple(path, verb, NULL, NULL, NULL);
}

int
run_freeze(int argc, char **argv)
{
	return run_plain("quorate freeze", "freeze",
	    "Has one's own signer sign nothing until it is unlocked.", argc,
	    argv);
}

int
run_unlock(int argc, char **argv)
{
	const char *path = NULL;
	bool alarms = false, restored = false;
	const struct args_option options[] = {SOCKET_OPTION(path),
	    {.name = "alarms",
		.flag = &alarms,
		.help = "end what the alarms so far locked: they have been "
			"understood"},
	    {.name = "restored",
		.flag = &restored,
		.help = "the record lacks nothing, although it seems to come "
			"from a backup"},
	    {0}};
	const struct args_command command = {.program = "quorate unlock",
	    .help = "Ends a freeze of one's own signer; or, if one is named, "
		    "another reason why it does\nnot sign. Who said so goes "
		    "into the record.",
	    .options = options};
	int code = EXIT_OK;

	args_parse(NULL, &command, argc, argv);
	if (alarms)
		code = simple(path, "calm", "alarms", NULL, NULL);
	if (restored && code == EXIT_OK)
		code = simple(path, "calm", "restored", NULL, NULL);
	return alarms || restored ? code
				  : simple(path, "unlock", NULL, NULL, NULL);
}

/* ---- dissent ------------------------------------------------------------ */

int
run_object(int argc, char **argv)
{
	const char *path = NULL, *reason = NULL, *log = NULL, *out = NULL;
	uint64_t wait_ms = 60000;
	const struct args_option options[] = {SOCKET_OPTION(path),
	    {.name = "reason",
		.value = "TEXT",
		.string = &reason,
		.required = true,
		.help = "one line, for everybody to read"},
	    {.name = "log",
		.value = "URL",
		.string = &log,
		.help = "have this log take it (without: the note alone)"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &out,
		.help = "the note, or with a log its file (default: stdout)"},
	    {.name = "wait",
		.value = "60s",
		.duration_ms = &wait_ms,
		.help = "how long to wait for the witnesses"},
	    {0}};
	const struct args_command command = {.program = "quorate object",
	    .positionals = "ID",
	    .help = "Has one's own signer object to a release, in public: it "
		    "signs a dissent, which a\nlog takes and monitors tell of. "
		    "It stops nothing.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	char line[1024];
	struct args_list ids;
	struct slice note;
	struct blob file;
	struct why why = {""};
	struct text t;
	int code;
	enum rc rc;

	args_parse(&ids, &command, argc, argv);
	text_init(&t, line, sizeof line);
	request_make(&t, "object", ids.at[0], reason, NULL);
	code = ask_signer(&note, path, line, 0);
	if (code != EXIT_OK)
		return code;
	if (log == NULL) {
		output_write(out, note.p, note.n);
		return EXIT_OK;
	}
	rc = log_append(&file, log, note.p, note.n, wait_ms, &why);
	if (rc != RC_OK) {
		say(SAY_ERROR, "%s: %s", rc_name(rc), why.text);
		return (int)log_exit(rc);
	}
	output_write(out, file.p, file.n);
	return EXIT_OK;
}

int
run_status(int argc, char **argv)
{
	int code = run_plain("quorate status", "status",
	    "Says how one's own signer stands: its key, coordinator, logs, and "
	    "why it may be\nlocked. Exits 6 while there are alarms.",
	    argc, argv);
	const char *at = answer;

	while (code == EXIT_OK && (at = strstr(at, "\nalarms ")) != NULL) {
		at += strlen("\nalarms ");
		if (*at != '0')
			code = EXIT_INCONSISTENT;
	}
	return code;
}

int
run_history(int argc, char **argv)
{
	return run_plain("quorate history", "history",
	    "Lists the last decisions of one's own signer.", argc, argv);
}

int
ceremony_show(int argc, char **argv)
{
	const char *path = NULL;
	const struct args_option options[] = {SOCKET_OPTION(path), {0}};
	const struct args_command command = {
	    .program = "quorate ceremony show",
	    .positionals = "ID",
	    .help = "A ceremony as one's own signer knows it: how far it is, "
		    "its code, the draft, and\nthe trust text that the key "
		    "will stand in.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	struct args_list ids;

	args_parse(&ids, &command, argc, argv);
	return show_one(path, ids.at[0], false);
}

int
ceremony_accept(int argc, char **argv)
{
	const char *path = NULL, *code = NULL;
	const struct args_option options[] = {SOCKET_OPTION(path),
	    {.name = "code",
		.value = "WORDS",
		.string = &code,
		.required = true,
		.help = "the eight words that everybody has compared"},
	    {0}};
	const struct args_command command = {
	    .program = "quorate ceremony accept",
	    .positionals = "ID",
	    .help = "Has one's own signer take part in making a key. "
		    "'quorate pending ID' shows\nwhat is proposed. The signer "
		    "computes the code itself and refuses another.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	struct args_list ids;

	args_parse(&ids, &command, argc, argv);
	return simple(path, "accept", ids.at[0], code, NULL);
}
