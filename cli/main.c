/* SPDX-License-Identifier: Apache-2.0 */
/* `quorate`: one program, a table of subcommands (quorate(1)). */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "host/standard.h"

static const struct command commands[] = {
    {"release", run_release, "build, sign, log and check a release"},
    {"verify", run_verify, "may this file be installed?"},
    {"show", run_show, "say what a note or file says"},
    {"sign", run_sign, "add one key's line to a text"},
    {"merge", run_merge, "unite the lines of several notes of one text"},
    {"append", run_append, "have a log take a signed note; get its file"},
    {"audit", run_audit, "read all of a log and verify it again"},
    {"monitor", run_monitor, "do so for ever, and tell of releases"},
    {"refresh", run_refresh, "give a file a newer proof"},
    {"log", run_log, "make a log, change its key, move and verify it"},
    {"withdraw", run_withdraw, "build a text that raises a product's floor"},
    {"trust", run_trust, "build and check trust texts; device headers"},
    {"source", run_source, "name a commit and its tree for a release"},
    {"key", run_key, "make and show keys"},
    {"ceremony", run_ceremony, "make a group key together with others"},
    {"party", run_party, "make and show party notes"},
    {"pending", run_pending, "what waits for a person at one's own signer"},
    {"approve", run_approve, "have one's own signer sign a text"},
    {"refuse", run_refuse, "have it refuse one, or withdraw"},
    {"freeze", run_freeze, "have it sign nothing"},
    {"unlock", run_unlock, "end a freeze"},
    {"object", run_object, "dissent, in public"},
    {"status", run_status, "how one's own signer stands"},
    {"payloads", run_payloads, "which files of releases it has fetched"},
    {"history", run_history, "what it decided, and why"},
    {"signer", run_signer, "its record, backup; one without a network"},
    {"courier", run_courier, "carry notes to a party without a network"},
};
enum { COMMAND_N = sizeof commands / sizeof commands[0] };

static void
help(void)
{
	size_t i;

	printf("usage: quorate COMMAND [option...] [argument...]\n\n");
	for (i = 0; i < COMMAND_N; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].help);
	printf("\n'quorate COMMAND --help' says more; quorate(1) has "
	       "examples.\n");
}

#if defined(__SANITIZE_ADDRESS__)
/*
 * A command runs once, and what it has read stays until it ends: texts borrow
 * from files to the last line. Leaks are looked for in the daemons.
 */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

int
main(int argc, char **argv)
{
	size_t i;

	standard_hold();
	say_init("quorate");
	say_without_time();
	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		help();
		return standard_end(argc < 2 ? EXIT_USAGE : EXIT_OK);
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("quorate %s\n", QUORATE_VERSION);
		return standard_end(EXIT_OK);
	}
	for (i = 0; i < COMMAND_N; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return standard_end(
			    commands[i].run(argc - 1, argv + 1));
	die(EXIT_USAGE, "unknown command '%s'; see 'quorate --help'", argv[1]);
}
