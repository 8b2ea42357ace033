/* SPDX-License-Identifier: Apache-2.0 */
/* quorate-logd: one log. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/args.h"
#include "host/daemon.h"
#include "host/file.h"
#include "host/say.h"
#include "host/secret.h"
#include "host/standard.h"
#include "log/serve.h"
#include "log/store_catch_up.h"
#include "log/store_setup.h"

static struct log_setup setup;

static int
serve(struct log_server *log)
{
	struct why why = {""};
	enum rc rc = log_start(log, &setup, &why);
	uint64_t size;
	int signal = 0;

	if (rc != RC_OK)
		die(rc == RC_LOG_BEHIND ? EXIT_INCONSISTENT : EXIT_ENVIRONMENT,
		    "%s", why.text);
	pthread_mutex_lock(&log->lock);
	size = log->head.size;
	pthread_mutex_unlock(&log->lock);
	say(SAY_INFO, "log %s, %llu entries", setup.vkey,
	    (unsigned long long)size);
	if (setup_key_n(&setup) > 1)
		say(SAY_INFO, "its heads are signed by %s too",
		    setup.next_vkey);
	daemon_ready("listening on %s", http_server_address(log->http));
	do {
		signal = daemon_wait(100);
		rc = log_halted(log, &why);
	} while (rc == RC_OK && (signal == 0 || signal == 1)); /* not SIGHUP */
	if (rc != RC_OK)
		say(SAY_ERROR, "%s", why.text);
	log_stop(log);
	return rc == RC_OK				? EXIT_OK
	    : rc == RC_LOG_BEHIND || rc == RC_LOG_FORK	? EXIT_INCONSISTENT
							: EXIT_ENVIRONMENT;
}

static int
catch_up(const char *where, bool adopt)
{
	struct why why = {""};
	uint64_t from, to;
	enum rc rc = adopt ? log_adopt(&setup, where, &from, &to, &why)
			   : log_catch_up(&setup, where, &from, &to, &why);

	if (rc != RC_OK) {
		say(SAY_ERROR, "%s", why.text);
		return rc == RC_LOG_BEHIND || rc == RC_LOG_FORK ||
			rc == RC_CONSISTENCY || rc == RC_INCLUSION
		    ? EXIT_INCONSISTENT
		    : EXIT_ENVIRONMENT;
	}
	say(SAY_INFO, "the state had %llu entries and has %llu",
	    (unsigned long long)from, (unsigned long long)to);
	return EXIT_OK;
}

/* What `quorate log init` leaves for its operator to enter. It starts all the
 * same: the read side is of use. */
static void
gaps_tell(const char *config)
{
	if (setup.authority_n == 0)
		say(SAY_WARNING, "%s: no '[authority NAME]': no entry will be "
				 "taken", config);
	if (setup.witness_n == 0)
		say(SAY_WARNING, "%s: no '[witness NAME]': no head will be "
				 "cosigned, and no file be enough for a device",
		    config);
}

int
main(int argc, char **argv)
{
	const char *config = NULL, *where = NULL, *adopt = NULL;
	bool check = false;
	const struct args_option options[] = {
	    {.name = "config", .value = "FILE", .required = true,
		.string = &config, .help = "the configuration"},
	    {.name = "check-config", .flag = &check,
		.help = "read it and the key, start nothing"},
	    {.name = "catch-up", .value = "URL|DIR", .string = &where,
		.help = "bring an old copy of the state to where this log's "
			"published tiles are, sign nothing, and stop"},
	    {.name = "adopt", .value = "URL|DIR", .string = &adopt,
		.help = "carry on a log whose operator is gone: begin with "
			"its entries, each judged again, under this log's "
			"own key, and stop"},
	    {0}};
	const struct args_command command = {.program = "quorate-logd",
	    .options = options,
	    .help = "Keeps one transparency log: takes signed notes that its "
		    "rules allow,\nhas its heads cosigned by witnesses, and "
		    "serves the tiles."};
	struct why why = {""};
	struct log_server *log;
	int lock, code;

	standard_hold();
	say_init("quorate-logd");
	args_parse(NULL, &command, argc, argv);
	secret_process_harden();
	if (setup_read(&setup, config, &why) != RC_OK)
		die(EXIT_USAGE, "%s", why.text);
	gaps_tell(config);
	if (check)
		return EXIT_OK;
	if (dir_make(setup.state, 0755, &why) != RC_OK ||
	    file_lock(&lock, setup.state, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	if (where != NULL && adopt != NULL)
		die(EXIT_USAGE, "'--catch-up' and '--adopt' exclude each "
				"other");
	if (where != NULL || adopt != NULL) {
		code = catch_up(where != NULL ? where : adopt, adopt != NULL);
		file_unlock(lock);
		return code;
	}
	daemon_begin();
	log = calloc(1, sizeof *log);
	if (log == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	code = serve(log);
	secret_free(setup.seed);
	secret_free(setup.next_seed);
	file_unlock(lock);
	free(log);
	return code;
}
