/* SPDX-License-Identifier: Apache-2.0 */
/* quorate-signerd: one party's daemon. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/args.h"
#include "host/daemon.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/secret.h"
#include "signer/evidence_worker.h"
#include "signer/serve.h"

enum { LOOK_MS = 60000 }; /* every party is a monitor, also in quiet times */

static enum exit_code
exit_of(enum rc rc)
{
	switch (rc) {
	case RC_CONFIG:
		return EXIT_USAGE;
	case RC_PASSPHRASE:
	case RC_SEALED:
		return EXIT_REFUSED;
	default:
		return EXIT_ENVIRONMENT;
	}
}

static void
give_up(enum rc rc, const struct why *why)
{
	die(exit_of(rc), "%s", why->text[0] != '\0' ? why->text : rc_text(rc));
}

/* SIGHUP: where the logs are may change, nothing else. */
static void
logs_again(struct signerd *d, const char *config)
{
	static struct settings again;
	struct why why = {""};

	if (settings_read(&again, config, &why) == RC_OK) {
		signerd_logs(d, &again);
		say(SAY_INFO, "%s: %u logs", config, again.log_n);
	} else {
		say(SAY_ERROR, "%s", why.text);
	}
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
	struct signerd *d = NULL;
	struct why why = {""};
	const char *config = NULL, *explain = NULL;
	bool check = false, verbose = false;
	uint64_t wait_ms = LOOK_MS;
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
	int signal;

	say_init("quorate-signerd");
	worker_serve_if_asked(argc, argv);
	args_parse(NULL, &command, argc, argv);
	if (verbose)
		say_level_set(SAY_DEBUG);
	rc = settings_read(&settings, config, &why);
	if (rc != RC_OK)
		give_up(rc, &why);
	if (check)
		return EXIT_OK;
	if (explain != NULL)
		return explain_note(&settings, explain);
	secret_process_harden();
	daemon_begin();
	rc = signerd_new(&d, &settings, &why);
	if (rc == RC_OK)
		rc = signerd_start(d, &why);
	if (rc != RC_OK) {
		signerd_stop(d);
		give_up(rc, &why);
	}
	daemon_ready("%s", settings.name);
	do {
		signal = daemon_wait(wait_ms);
		if (signal == SIGHUP)
			logs_again(d, config);
		if (signal == 0 || signal == SIGHUP)
			wait_ms = signerd_look(d, LOOK_MS);
	} while (signal == 0 || signal == SIGHUP);
	signerd_stop(d);
	return EXIT_OK;
}
