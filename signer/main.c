/* SPDX-License-Identifier: Apache-2.0 */
/* quorate-signerd: one party's daemon. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/args.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/standard.h"
#include "host/tls_files.h"
#include "signer/evidence_worker.h"
#include "signer/serve.h"
#include "signer/serve_parts.h"

static void
give_up(enum rc rc, const struct why *why)
{
	die(rc == RC_CONFIG ? EXIT_USAGE : EXIT_ENVIRONMENT, "%s",
	    rc_why(rc, why));
}

/* The running daemon knows what this depends on: it is asked. */
static int
explain_note(const struct settings *s, const char *path)
{
	static char answer[SIGNERD_ANSWER_MAX], line[SIGNERD_LINE_MAX];
	struct why why = {""};
	struct text t;
	uint8_t *note;
	size_t n;
	enum rc rc;

	if (s->socket[0] == '\0')
		die(EXIT_USAGE, "--explain asks the running daemon, and the "
				"configuration has no socket");
	rc = file_read(&note, &n, path, NOTE_BYTES_MAX, &why);
	if (rc != RC_OK)
		give_up(rc, &why);
	text_init(&t, line, sizeof line);
	text_string(&t, "explain ");
	text_base64(&t, note, n);
	text_string(&t, "\n");
	free(note);
	rc = people_ask(answer, &n, sizeof answer, s->socket, line, &why);
	if (rc != RC_OK)
		give_up(rc, &why);
	if (strncmp(answer, "ok\n", 3) != 0) {
		answer[strcspn(answer, "\n")] = '\0';
		die(EXIT_POLICY, "'%s': %s", path, answer);
	}
	(void)fputs(answer + 3, stdout);
	return strstr(answer, "\nwould refuse") != NULL ? EXIT_POLICY : EXIT_OK;
}

int
main(int argc, char **argv)
{
	static struct settings settings;
	struct why why = {""};
	const char *config = NULL, *explain = NULL;
	bool check = false, verbose = false;
	const struct args_option options[] = {
	    {.name = "config",
		.value = "FILE",
		.help = "what to do, see quorate-signerd(8)",
		.required = true,
		.string = &config},
	    {.name = "check-config",
		.help = "read the configuration and stop",
		.flag = &check},
	    {.name = "explain",
		.value = "NOTE",
		.help = "what the running daemon would decide, and why",
		.string = &explain},
	    {.name = "verbose", .help = "say more", .flag = &verbose},
	    {0},
	};
	const struct args_command command = {
	    .program = "quorate-signerd",
	    .help = "Judges what is proposed to this party, and signs its "
		    "part of what it approves.",
	    .options = options,
	};
	enum rc rc;

	standard_hold();
	say_init("quorate-signerd");
	worker_serve_if_asked(argc, argv);
	part_serve_if_asked(argc, argv);
	args_parse(NULL, &command, argc, argv);
	if (verbose)
		say_level_set(SAY_DEBUG);
	rc = settings_read(&settings, config, &why);
	if (rc == RC_OK && tls_ca_check(settings.ca, &why) != RC_OK) {
		why_prefix(&why, "%s: [signer]", config);
		rc = RC_CONFIG;
	}
	if (rc != RC_OK)
		give_up(rc, &why);
	if (check)
		return EXIT_OK;
	if (explain != NULL)
		return standard_end(explain_note(&settings, explain));
	parent_run(&settings, config, verbose);
}
