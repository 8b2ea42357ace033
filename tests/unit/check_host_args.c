/* SPDX-License-Identifier: Apache-2.0 */
/* host/args.h: tables of options; mistakes are named. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/args.h"
#include "tests/unit/suite.h"

static const char *trust, *out, *log_url;
static bool json;
static uint64_t installed, wait_ms;
static struct args_list components, positionals;
static struct why why;

static const struct args_option options[] = {
    {.name = "trust", .value = "FILE", .help = "the trust text",
	.required = true, .string = &trust},
    {.name = "output", .letter = 'o', .value = "FILE", .string = &out},
    {.name = "log", .value = "URL", .base_url = true, .string = &log_url},
    {.name = "json", .help = "for programs", .flag = &json},
    {.name = "installed", .value = "SEQ", .number = &installed},
    {.name = "wait", .value = "TIME", .duration_ms = &wait_ms},
    {.name = "component", .value = "NAME", .list = &components}, {0}};
static const struct args_command command = {.program = "quorate verify",
    .positionals = "FILE [FILE]", .help = "Verifies files.",
    .options = options, .positional_min = 1, .positional_max = 2};

static enum rc
take(const char *line)
{
	static char copy[512];
	static char name[] = "verify";
	char *argv[32] = {name};
	int argc = 1;
	char *word;

	trust = out = NULL;
	json = false;
	installed = wait_ms = 99;
	components.count = 0;
	memset(&why, 0, sizeof why);
	snprintf(copy, sizeof copy, "%s", line);
	for (word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	return args_read(&positionals, &command, argc, argv, &why);
}

START_TEST(base_urls_end_without_a_slash)
{
	ck_assert_int_eq(take("a --trust t/ --log http://h/x//"), RC_OK);
	ck_assert_str_eq(log_url, "http://h/x");
	ck_assert_str_eq(trust, "t/"); /* a path stays what it was */
	ck_assert_int_eq(take("a --trust t --log=https://h"), RC_OK);
	ck_assert_str_eq(log_url, "https://h");
	ck_assert_int_eq(take("a --trust t --log //"), RC_OK);
	ck_assert_str_eq(log_url, "");
}
END_TEST

START_TEST(everything_lands)
{
	ck_assert_int_eq(take("a --trust t -o x --json --component=c=d "
			      "--installed=0 --component e --wait 20m -- -b"),
	    RC_OK);
	ck_assert_str_eq(trust, "t");
	ck_assert_str_eq(out, "x");
	ck_assert(json);
	ck_assert_uint_eq(installed, 0);
	ck_assert_uint_eq(wait_ms, 1200000);
	ck_assert_uint_eq(components.count, 2);
	ck_assert_str_eq(components.at[0], "c=d");
	ck_assert_str_eq(components.at[1], "e");
	ck_assert_uint_eq(positionals.count, 2);
	ck_assert_str_eq(positionals.at[0], "a");
	ck_assert_str_eq(positionals.at[1], "-b");
	ck_assert_int_eq(take("- --trust=t"), RC_OK);
	ck_assert_str_eq(positionals.at[0], "-");
	ck_assert_uint_eq(installed, 99);
	ck_assert_int_eq(take("--help"), RC_MORE);
	ck_assert_int_eq(take("a --version"), RC_STATE);
	ck_assert_int_eq(take("--trust t -- --help"), RC_OK);
}
END_TEST

static const char *const errors[][2] = {
    {"a --trust t --x", "unknown option '--x'"},
    {"a --trust t --x=1", "unknown option '--x'"},
    {"a --trust t --trus u", "unknown option '--trus'"},
    {"a --trust t -x", "unknown option '-x'"},
    {"a --trust t -ox", "unknown option '-ox'"},
    {"a --trust t --trust u", "'--trust' is given twice"},
    {"a --trust t --json --json", "'--json' is given twice"},
    {"a --trust t --json=yes", "'--json' takes no value"},
    {"a --trust", "'--trust' wants a value: FILE"},
    {"a --json", "'--trust FILE' is missing"},
    {"--trust t", "missing argument: FILE [FILE]"},
    {"a b c --trust t", "unexpected argument 'c'"},
    {"a --trust t --installed x", "'--installed' wants a number, not 'x'"},
    {"a --trust t --installed 9007199254740992",
	"'--installed' wants a number, not '9007199254740992'"},
    {"a --trust t --wait 20",
	"'--wait' wants a time such as 30s or 20m, not '20'"}};

START_TEST(mistake)
{
	ck_assert_int_eq(take(errors[_i][0]), RC_FIELD);
	ck_assert_str_eq(why.text, errors[_i][1]);
}
END_TEST

/* What a program prints, and its exit code. */
static int
run(char *got, size_t cap, const char *argument)
{
	char name[] = "verify", copy[32];
	char *argv[] = {name, copy};
	int pipes[2], status;
	size_t have = 0;
	ssize_t n;
	pid_t pid;

	snprintf(copy, sizeof copy, "%s", argument);
	ck_assert_int_eq(pipe(pipes), 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(pipes[1], 1);
		dup2(pipes[1], 2);
		args_parse(&positionals, &command, 2, argv);
		_exit(99);
	}
	close(pipes[1]);
	while ((n = read(pipes[0], got + have, cap - 1 - have)) > 0)
		have += (size_t)n;
	got[have] = '\0';
	close(pipes[0]);
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

START_TEST(exits)
{
	char got[4000];

	ck_assert_int_eq(run(got, sizeof got, "--x"), 2);
	ck_assert_ptr_ne(strstr(got, "unknown option '--x'; see 'quorate verify "
				     "--help'\n"), NULL);
	ck_assert_int_eq(run(got, sizeof got, "--version"), 0);
	ck_assert_str_eq(got, "quorate " QUORATE_VERSION "\n");
	ck_assert_int_eq(run(got, sizeof got, "--help"), 0);
	ck_assert_int_eq(strncmp(got, "usage: quorate verify [option...] FILE "
				      "[FILE]\n\nVerifies files.\n\n", 60), 0);
	ck_assert_ptr_ne(strstr(got, "      --trust FILE            the trust "
				     "text (required)\n"), NULL);
	ck_assert_ptr_ne(strstr(got, "  -o, --output FILE"), NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("host/args");
	TCase *c = tcase_create("args");

	tcase_add_test(c, everything_lands);
	tcase_add_test(c, base_urls_end_without_a_slash);
	tcase_add_loop_test(c, mistake, 0, sizeof errors / sizeof errors[0]);
	tcase_add_test(c, exits);
	suite_add_tcase(suite, c);
	return suite_run(suite);
}
