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
#include "cli/web.h"
#include "cli/words.h"
#include "host/clock.h"
#include "host/rc_text.h"
#include "quorum/ceremony.h"
#include "quorum/bundle.h"
#include "quorum/message.h"
#include "signer/serve.h"
#include "signer/judge.h"
#include "signer/set.h"

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

/* What a person can do about a refusal that is his own signer's. */
static const char *
person_advice(struct slice refusal)
{
	static const struct {
		const char *rc, *next;
	} table[] = {
	    {"RC_SEAT_UNKNOWN", "'quorate pending' lists what waits, 'quorate "
				"status' says whether the coordinator is "
				"there"},
	    {"RC_SEAT_AMBIGUOUS", "give more digits of the id"},
	    {"RC_SEAT_STATE", "it is over, answered already, or not due: "
			      "'quorate pending' lists what waits. A ceremony "
			      "for a key that this party shares is drafted "
			      "with --reshare or --after"},
	    {"RC_SEAT_LOCKED", "'quorate status' says why"},
	    {"RC_CEREMONY_CODE", "if it was copied as everybody compared it, "
				 "do not take part: somebody was shown another "
				 "ceremony"},
	};
	struct slice name = slice_word(&refusal);
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++)
		if (slice_is(name, table[i].rc))
			return table[i].next;
	return NULL;
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
	if (person_advice(first) != NULL)
		say(SAY_INFO, "%s", person_advice(first));
	return EXIT_POLICY;
}

/* Of `min` digits at least; an empty one is a variable that was not set. */
static void
id_check(const char *id, size_t min)
{
	size_t n = strlen(id);

	if (n < min || n > 64 || strspn(id, "0123456789abcdef") != n)
		die(EXIT_USAGE, min == 64
			? "'%s' is no id: 64 digits are wanted, 0 to 9 and a "
			  "to f, as the pipeline and monitors print them"
			: "'%s' is no id: 64 digits are wanted, 0 to 9 and a "
			  "to f, or the first six or more of them", id);
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
	char words[WORDS_RELEASE_MAX]; /* left out, it would not be missed */
	struct text t;

	text_init(&t, words, sizeof words);
	if (words_text(&t, text.p, text.n) == RC_OK && !t.full)
		printf("\nApproving it permits this:\n%s", words);
}

/* The signer's bundle about one id: lines, the text, what it replaces. Borrows
 * from `answer`, until it is asked again. */
struct shown {
	unsigned n;
	struct bundle_item item[3];
};

static int
show_ask(struct shown *out, const char *path, const char *id)
{
	char line[1024];
	struct bundle b;
	struct slice body;
	struct text t;
	enum rc rc;
	int code;

	id_check(id, 6);
	out->n = 0;
	text_init(&t, line, sizeof line);
	request_make(&t, "pending", id, NULL, NULL);
	code = ask_signer(&body, path, line, UNKNOWN_WAIT_MS);
	if (code != EXIT_OK)
		return code;
	rc = bundle_init(&b, body.p, body.n);
	while (rc == RC_OK && out->n < 3) {
		rc = bundle_next(&b, &out->item[out->n]);
		out->n += rc == RC_OK;
	}
	if ((rc != RC_OK && rc != RC_MORE) || out->n == 0)
		die(EXIT_ENVIRONMENT, "'%s': an answer that is no bundle",
		    path);
	return EXIT_OK;
}

static int
show_one(const char *path, const char *id, bool text_only)
{
	static struct ceremony draft; /* large; one thread */
	enum message_kind kind = MESSAGE_OTHER;
	struct shown s;
	const struct bundle_item *item = s.item;
	int code = show_ask(&s, path, id);

	if (code != EXIT_OK)
		return code;
	if (text_only) {
		if (s.n > 1)
			printf("%.*s", SLICE(item[1].text));
		return s.n > 1 ? EXIT_OK : EXIT_REFUSED;
	}
	printf("%.*s", SLICE(item[0].text));
	if (s.n > 1)
		printf("\n%.*s", SLICE(item[1].text));
	if (s.n > 1)
		kind = message_kind_of(item[1].text.p, item[1].text.n);
	if (s.n > 1 && kind != MESSAGE_DRAFT && kind != MESSAGE_REHEARSAL) {
		if (s.n > 2)
			say_changes(item[1].text, item[2].text);
		else
			printf("\nNothing of this product is in the log yet.\n");
		say_words(item[1].text);
	} else if (s.n > 2) {
		printf("\n%.*s", SLICE(item[2].text));
		if (ceremony_parse(
			&draft, item[1].text.p, item[1].text.n) == RC_OK)
			(void)ceremony_quorum_say(&draft);
		if (kind == MESSAGE_REHEARSAL)
			say(SAY_INFO, "a REHEARSAL: it changes nothing");
	}
	return EXIT_OK;
}

/* ---- several, decided once ---------------------------------------------- */

/* What a line of the first item says behind its key; n 0: nothing. */
static struct slice
line_of(struct slice text, const char *key)
{
	size_t k = strlen(key);

	while (text.n > 0) {
		struct slice line = slice_line(&text);

		if (line.n > k + 1 && memcmp(line.p, key, k) == 0 &&
		    line.p[k] == ' ')
			return (struct slice){line.p + k + 1, line.n - k - 1};
	}
	return (struct slice){NULL, 0};
}

/* `old -> new`, or `new` alone when nothing came before, `= new` when it is
 * the same. */
static void
change_say(struct text *t, const char *key, const struct shown *s)
{
	struct slice now = line_of(s->item[1].text, key), before = {NULL, 0};

	if (s->n > 2)
		before = line_of(s->item[2].text, key);
	text_printf(t, "  %s ", key);
	if (before.n > 0 && slice_equal(now, before))
		text_printf(t, "%.*s (as before)\n", SLICE(now));
	else if (before.n > 0)
		text_printf(t, "%.*s -> %.*s\n", SLICE(before), SLICE(now));
	else
		text_printf(t, "%.*s\n", SLICE(now));
}

/* Lines that a product's last release does not have, for a table's row. */
static void
payloads_say(struct text *t, const struct shown *s)
{
	struct slice rest = s->item[1].text, line;

	while (rest.n > 0) {
		line = slice_line(&rest);
		if ((line.n > 8 && memcmp(line.p, "payload ", 8) == 0) ||
		    (line.n > 7 && memcmp(line.p, "source ", 7) == 0))
			text_printf(t, "  %s%.*s\n",
			    s->n > 2 && text_has(s->item[2].text, line)
				? "(as before) "
				: "",
			    SLICE(line));
	}
}

/*
 * The table: a row for each, what differs from the product's last release.
 * Collects their full ids. A release that does not wait for a person is in it
 * too, with its state: the set cannot be approved then.
 */
static int
set_ask(uint8_t id[][32], struct text *table, const char *path,
    const struct args_list *ids)
{
	struct slice word;
	struct shown s;
	int code = EXIT_OK;

	for (size_t i = 0; code == EXIT_OK && i < ids->count; i++) {
		code = show_ask(&s, path, ids->at[i]);
		if (code != EXIT_OK)
			break;
		word = line_of(s.item[0].text, "id");
		if (s.n < 2 || !slice_hex(word, id[i], 32) ||
		    message_kind_of(s.item[1].text.p, s.item[1].text.n) !=
			MESSAGE_RELEASE) {
			say(SAY_ERROR, "'%s' is not a release", ids->at[i]);
			return EXIT_REFUSED;
		}
		text_printf(table, "%.*s %.*s %.*s\n", SLICE(word),
		    SLICE(line_of(s.item[1].text, "product")),
		    SLICE(line_of(s.item[0].text, "state")));
		change_say(table, "version", &s);
		change_say(table, "sequence", &s);
		payloads_say(table, &s);
		text_printf(table, "  says %.*s\n",
		    SLICE(line_of(s.item[0].text, "says")));
	}
	if (code == EXIT_OK && !set_sort(id, (unsigned)ids->count)) {
		say(SAY_ERROR, "one of them twice");
		code = EXIT_USAGE;
	}
	return code;
}

static char set_table[SET_MAX * 8192];

static int
show_set(const char *path, const struct args_list *ids, bool text_only)
{
	uint8_t id[SET_MAX][32];
	char room[SET_TEXT_MAX];
	struct text table, t;
	int code;

	text_init(&table, set_table, sizeof set_table);
	code = set_ask(id, &table, path, ids);
	if (code != EXIT_OK)
		return code;
	text_init(&t, room, sizeof room);
	set_build(&t, (const uint8_t(*)[32])id, (unsigned)ids->count);
	if (!text_only)
		printf("%.*s\nOne approval covers exactly these %zu:\n",
		    (int)table.n, table.p, ids->count);
	printf("%.*s", (int)t.n, t.p);
	return EXIT_OK;
}

static int
approve_set(const char *path, const struct args_list *ids, const char *shown,
    bool ask_first)
{
	static char line[BASE64_CHARS(SSHSIG_ARMOR_MAX) + SET_MAX * 66 + 64];
	uint8_t id[SET_MAX][32];
	struct text table, t;
	struct slice body;
	int code;

	text_init(&table, set_table, sizeof set_table);
	code = set_ask(id, &table, path, ids);
	if (code != EXIT_OK)
		return code;
	if (ask_first) {
		printf("%.*s\n", (int)table.n, table.p);
		fflush(stdout);
		if (!ask("Approve all of them, and nothing else?"))
			return EXIT_REFUSED;
	}
	text_init(&t, line, sizeof line);
	text_printf(&t, "approve-set %s ", shown[0] != '\0' ? shown : "-");
	for (size_t i = 0; i < ids->count; i++) {
		text_string(&t, i == 0 ? "" : ",");
		text_hex(&t, id[i], 32);
	}
	text_string(&t, "\n");
	if (t.full)
		die(EXIT_USAGE, "that is too long");
	code = ask_signer(&body, path, line, UNKNOWN_WAIT_MS);
	if (code != EXIT_OK)
		return code;
	printf("%.*s", SLICE(body));
	while (body.n > 0) {
		struct slice one = slice_line(&body), word;

		(void)slice_word(&one);
		word = slice_word(&one);
		if (slice_is(word, "asked:") && code == EXIT_OK)
			code = EXIT_PENDING;
		else if (!slice_is(word, "approved") &&
		    !slice_is(word, "asked:"))
			code = EXIT_POLICY;
	}
	return code;
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
	    .positionals = "[ID...]",
	    .help = "Lists what waits for a person, or shows one: its text, "
		    "what changed since the\nlast logged release, and what "
		    "approving it permits; or several as a table, and\nthe "
		    "text of the set that they make. An id may be shortened.",
	    .options = options,
	    .positional_max = SET_MAX};
	struct args_list ids;

	args_parse(&ids, &command, argc, argv);
	if (ids.count > 1)
		return show_set(path, &ids, text);
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
	    .positionals = "ID...",
	    .help = "Has one's own signer take part in signing a text, after "
		    "showing it; or a set of\nthem, none but all that are "
		    "named: by one answer, or by one signature over the\nset's "
		    "text ('quorate pending ID ID --text').",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = SET_MAX};
	struct args_list ids;
	int code;

	args_parse(&ids, &command, argc, argv);
	if (sshsig != NULL)
		signature_load(shown, sizeof shown, sshsig);
	if (ids.count > 1)
		return approve_set(path, &ids, shown, !yes && sshsig == NULL);
	if (!yes && sshsig == NULL) { /* whoever signed has read it */
		code = show_one(path, ids.at[0], false);
		if (code != EXIT_OK)
			return code;
		if (!ask("Approve this?"))
			return EXIT_REFUSED;
	}
	id_check(ids.at[0], 6);
	/* The signer asks its rules once more, and they may say no by now. */
	code = simple(path, "approve", ids.at[0],
	    shown[0] != '\0' ? shown : NULL, NULL);
	if (code == EXIT_OK && strstr(answer, "\nasked: ") != NULL)
		return EXIT_PENDING; /* it counts, and others are awaited */
	return code == EXIT_OK && strstr(answer, "\napproved\n") == NULL
	    ? EXIT_POLICY
	    : code;
}

static void
code_check(const char *code)
{
	char names[512];
	struct text t;
	int i;

	if (judge_code_of(slice_of(code)) != JUDGE_NONE)
		return;
	text_init(&t, names, sizeof names);
	for (i = JUDGE_NONE + 1; i < JUDGE_CODE_COUNT; i++)
		text_printf(&t, " %s", judge_code_name((enum judge_code)i));
	die(EXIT_USAGE, "'--code %s' is none of:%s", code, names);
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
		.help = "one line, sent and kept with the code"},
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
	id_check(ids.at[0], 6);
	code_check(code);
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
		.base_url = true,
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
	    WEB_OPTION,
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
	id_check(ids.at[0], 64);
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
run_payloads(int argc, char **argv)
{
	return run_plain("quorate payloads", "payloads",
	    "Lists the files of releases that one's own signer has fetched, and "
	    "whether it has\nthem still.",
	    argc, argv);
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

/* As people type what was read to them: capitals, spaces for the hyphens. It is
 * the code that is compared, by the signer. */
static const char *
words_typed(const char *code)
{
	static char out[128];
	size_t n = 0;

	for (; *code != '\0' && n < sizeof out - 1; code++) {
		if (*code != ' ' && *code != '-')
			out[n++] = *code >= 'A' && *code <= 'Z'
			    ? (char)(*code + ('a' - 'A'))
			    : *code;
		else if (n > 0 && out[n - 1] != '-')
			out[n++] = '-';
	}
	while (n > 0 && out[n - 1] == '-')
		n--;
	out[n] = '\0';
	return out;
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
	id_check(ids.at[0], 6);
	return simple(path, "accept", ids.at[0], words_typed(code), NULL);
}

int
ceremony_decline(int argc, char **argv)
{
	const char *path = NULL;
	const struct args_option options[] = {SOCKET_OPTION(path), {0}};
	const struct args_command command = {
	    .program = "quorate ceremony decline",
	    .positionals = "ID",
	    .help = "Has one's own signer say that it takes no part in a "
		    "rehearsal, so that nobody\nwaits for it.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	struct args_list ids;

	args_parse(&ids, &command, argc, argv);
	id_check(ids.at[0], 6);
	return simple(path, "decline", ids.at[0], NULL, NULL);
}
