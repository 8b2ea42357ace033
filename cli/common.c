/* SPDX-License-Identifier: Apache-2.0 */
/* Files, refusals, questions: what every subcommand does the same way. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/file.h"
#include "host/rc_text.h"
#include "verify/release.h"
#include "verify/roster.h"
#include "verify/trust.h"

int
command_dispatch(const char *name, const struct command *table, size_t count,
    int argc, char **argv)
{
	char names[256] = "";
	size_t i;

	for (i = 0; argc > 1 && i < count; i++)
		if (strcmp(argv[1], table[i].name) == 0)
			return table[i].run(argc - 1, argv + 1);
	for (i = 0; i < count; i++)
		snprintf(names + strlen(names), sizeof names - strlen(names),
		    "%s%s", i > 0 ? ", " : "", table[i].name);
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		for (i = 0; i < count; i++)
			printf("quorate %s %-8s %s\n", name, table[i].name,
			    table[i].help);
		return EXIT_OK;
	}
	if (argc > 1)
		die(EXIT_USAGE, "unknown command '%s %s'; there is: %s", name,
		    argv[1], names);
	die(EXIT_USAGE, "'%s' wants a command: %s", name, names);
}

struct slice
slice_line(struct slice *rest)
{
	const uint8_t *lf = memchr(rest->p, '\n', rest->n);
	struct slice s = {
	    rest->p, lf != NULL ? (size_t)(lf - rest->p) : rest->n};

	rest->p += s.n + (lf != NULL);
	rest->n -= s.n + (lf != NULL);
	return s;
}

struct slice
slice_word(struct slice *rest)
{
	const uint8_t *sp = memchr(rest->p, ' ', rest->n);
	struct slice s = {
	    rest->p, sp != NULL ? (size_t)(sp - rest->p) : rest->n};

	rest->p += s.n + (sp != NULL);
	rest->n -= s.n + (sp != NULL);
	return s;
}

void
blob_load(struct blob *b, const char *path)
{
	struct why why = {""};
	enum rc rc = strcmp(path, "-") == 0
			 ? file_read_stdin(&b->p, &b->n, CLI_FILE_MAX, &why)
			 : file_read(&b->p, &b->n, path, CLI_FILE_MAX, &why);

	if (rc != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
}

void
blob_release(struct blob *b)
{
	free(b->p);
	b->p = NULL;
	b->n = 0;
}

bool
blob_is(const struct blob *b, const char *kind)
{
	size_t n = strlen(kind);

	return b->n > n && memcmp(b->p, kind, n) == 0 && b->p[n] == '\n';
}

void
output_write(const char *path, const void *bytes, size_t n)
{
	struct why why = {""};

	if (path != NULL && strcmp(path, "-") != 0) {
		if (file_write_given(path, bytes, n, 0644, &why) != RC_OK)
			die(EXIT_ENVIRONMENT, "%s", why.text);
	} else if (fwrite(bytes, 1, n, stdout) != n || fflush(stdout) != 0) {
		die(EXIT_ENVIRONMENT, "cannot write to standard output");
	}
}

enum exit_code
exit_for(enum rc rc)
{
	if (rc == RC_OK)
		return EXIT_OK;
	if (rc == RC_CONSISTENCY || rc == RC_LOG_FORK || rc == RC_LOG_BEHIND)
		return EXIT_INCONSISTENT;
	if (rc >= RC_FILE && rc < RC_SCALAR && rc != RC_PASSPHRASE &&
	    rc != RC_SEALED)
		return EXIT_ENVIRONMENT;
	return EXIT_REFUSED;
}

const char *
refuse_advice(enum rc rc)
{
	switch (rc) {
	case RC_EPOCH:
		return "give the trust text of that epoch: feed the trust "
		       "files in between with --hop";
	case RC_AUTHORITY:
		return "give the trust text of that authority with --trust";
	case RC_QUORUM:
	case RC_ROOT_QUORUM:
	case RC_INTRODUCED:
		return "collect the missing lines with 'quorate sign' and "
		       "'quorate merge'";
	case RC_TRUNCATED:
		return "the file may be a note without its proof: 'quorate "
		       "append' gets one from the log";
	case RC_LOG:
	case RC_WITNESS_QUORUM:
		return "this proof was made under other logs or witnesses, "
		       "or cosignatures are missing: ask the log for the "
		       "file again";
	case RC_LOG_COPY:
		return "give the file that the authority's home log answered "
		       "with; if that log is gone and 'recover' roots have "
		       "signed, the operator of this one enters 'recovery = ' "
		       "and the text's id (`quorate trust id`)";
	case RC_PROOF_OLD:
		return "ask the log for the file again: its proof will be "
		       "newer";
	case RC_PROOF_FUTURE:
	case RC_LOG_AGE:
		return "check this machine's clock";
	case RC_SEQUENCE_SAME:
		return "if it is the installed text, say "
		       "--installed SEQ:ID";
	case RC_SEQUENCE_LOW:
	case RC_FROM:
		return "this machine must not install it";
	case RC_REQUIRES:
		return "install the required product first, or say what is "
		       "there with --have PRODUCT=SEQ";
	case RC_COMPONENT:
		return "say which of the release's components this file is "
		       "with --component";
	case RC_PAYLOAD_LONG:
		return "if the signed region is only the beginning of the "
		       "file, say --prefix";
	case RC_PAYLOAD_SHORT:
	case RC_PAYLOAD_DIGEST:
		return "get the file again from its maker; do not install "
		       "this one";
	case RC_SIGNATURE_INVALID:
	case RC_INCLUSION:
		return "the file was altered: get it again from its maker";
	case RC_PERSON:
		return "if you are the person that 'recover' means, say "
		       "--person";
	case RC_PREVIOUS:
	case RC_REVISION:
		return "feed the trust files one after another, oldest "
		       "first";
	default:
		return NULL;
	}
}

/* What an editor did to a text, and no code names. */
static void
slip_say(const char *file)
{
	static const uint8_t mark[] = "\xef\xbb\xbf";
	struct stat st;
	size_t n, at;
	uint8_t *p;

	/* a pipe has been read */
	if (stat(file, &st) != 0 || !S_ISREG(st.st_mode) ||
	    file_read(&p, &n, file, CLI_FILE_MAX, NULL) != RC_OK)
		return;
	at = n >= 3 && memcmp(p, mark, 3) == 0 ? 3 : 0;
	if (n - at >= 8 && memcmp(p + at, "quorate/", 8) == 0) {
		if (at > 0)
			say(SAY_INFO, "it begins with a byte order mark; texts "
				      "begin with their kind");
		if (memmem(p, n, "\r\n", 2) != NULL)
			say(SAY_INFO, "lines of it end with CR LF, as Windows "
				      "writes them; texts have LF alone");
	}
	free(p);
}

int
refuse(const char *file, enum rc rc, const char *more, ...)
{
	struct why why = {""};
	va_list args;

	if (more != NULL) {
		va_start(args, more);
		vsnprintf(why.text, sizeof why.text, more, args);
		va_end(args);
	}
	say(SAY_ERROR, "%s: %s: %s%s%s%s", file, rc_name(rc), rc_text(rc),
	    more != NULL ? " (" : "", why.text, more != NULL ? ")" : "");
	if (refuse_advice(rc) != NULL)
		say(SAY_INFO, "%s", refuse_advice(rc));
	slip_say(file);
	return exit_for(rc);
}

bool
ask(const char *question)
{
	char answer[16] = "";

	if (!isatty(STDIN_FILENO))
		die(EXIT_USAGE, "there is no terminal to ask at; "
				"read the text, then say --yes");
	fprintf(stderr, "%s [yes/no] ", question);
	fflush(stderr);
	if (fgets(answer, sizeof answer, stdin) == NULL)
		return false;
	return strcmp(answer, "yes\n") == 0 || strcmp(answer, "y\n") == 0;
}

void
time_text(char out[static 32], uint64_t unix_s)
{
	time_t t = (time_t)unix_s;
	struct tm tm;

	if (unix_s > (uint64_t)253402300799 || gmtime_r(&t, &tm) == NULL ||
	    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(out, 32, "beyond the year 9999");
}

static unsigned
fault_in(const uint8_t *text, size_t n, const char *kind, const char *rules,
    unsigned rule_n, struct slice *line)
{
	struct slice rest = {text, n};
	unsigned number = 1;
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, text, n, kind, rules, rule_n, READER_HOST);

	*line = slice_line(&rest);
	while (rc == RC_OK && (rc = line_next(&w, &l)) != RC_MORE) {
		*line = slice_line(&rest);
		number++;
	}
	return rc == RC_MORE ? 0 : number;
}

unsigned
line_at_fault(const uint8_t *text, size_t n, struct slice *line)
{
	struct blob b = {(uint8_t *)(uintptr_t)text, n}; /* only read */

	if (blob_is(&b, "quorate/release@v1"))
		return fault_in(text, n, "quorate/release@v1", release_rules,
		    release_rule_n, line);
	if (blob_is(&b, "quorate/withdraw@v1"))
		return fault_in(text, n, "quorate/withdraw@v1", withdraw_rules,
		    withdraw_rule_n, line);
	if (blob_is(&b, "quorate/trust@v1"))
		return fault_in(text, n, "quorate/trust@v1", trust_rules,
		    trust_rule_n, line);
	if (blob_is(&b, "quorate/roster@v1"))
		return fault_in(text, n, "quorate/roster@v1", roster_rules,
		    roster_rule_n, line);
	return 0;
}

int
refuse_text(const char *file, enum rc rc, const uint8_t *text, size_t n)
{
	struct slice line;
	unsigned number = line_at_fault(text, n, &line);

	return number > 0
	    ? refuse(file, rc, "line %u: '%.*s'", number, SLICE(line))
	    : refuse(file, rc, NULL);
}
