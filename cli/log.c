/* SPDX-License-Identifier: Apache-2.0 */
/* `quorate log`: what an operator does with a log's state. */
#include "cli/log.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "log/store_catch_up.h"
#include "log/store_export.h"
#include "log/store_setup.h"
#include "log/store_verify.h"

/* What a log's state refuses: 6 when it, or what was brought, is not one
 * tree. */
static int
log_exit(enum rc rc, const struct why *why)
{
	say(SAY_ERROR, "%s: %s", rc_name(rc),
	    rc_why(rc, why));
	return rc == RC_INCLUSION ? EXIT_INCONSISTENT : exit_for(rc);
}

static const struct args_option no_options[] = {{0}};

static int
log_verify_store(int argc, char **argv)
{
	bool json = false;
	const struct args_option options[] = {
	    {.name = "json", .flag = &json, .help = "one JSON object"}, {0}};
	const struct args_command command = {
	    .program = "quorate log verify-store",
	    .positionals = "DIR",
	    .help = "Builds the tree again from the entries of a log's state "
		    "and holds head, stored\ntiles, index, checkpoint and all "
		    "files that are served against it. The log must\nnot be "
		    "running. Whether the entries deserve to be there: "
		    "`quorate audit`.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	struct store_verified v;
	struct args_list dirs;
	struct why why = {""};
	char root[64];
	struct text t;
	enum rc rc;

	args_parse(&dirs, &command, argc, argv);
	rc = store_verify(&v, dirs.at[0], &why);
	if (rc != RC_OK) {
		say(SAY_ERROR, "%s: %s", rc_name(rc), why.text);
		return rc == RC_LOG_FORK ? EXIT_INCONSISTENT
					 : EXIT_ENVIRONMENT;
	}
	text_init(&t, root, sizeof root);
	text_base64(&t, v.root, 32);
	printf(json ? "{\"log_verify_store\":1,\"log\":\"%s\",\"size\":%llu,"
		      "\"root\":\"%s\",\"published\":%llu,\"tiles\":%llu,"
		      "\"bundles\":%llu,\"partials\":%llu,\"absent\":%llu}\n"
		    : "log %s\nsize %llu\nroot %s\npublished %llu\n"
		      "tiles %llu\nbundles %llu\npartials %llu\nabsent %llu\n",
	    v.vkey, (unsigned long long)v.size, root,
	    (unsigned long long)v.published, (unsigned long long)v.tiles,
	    (unsigned long long)v.bundles, (unsigned long long)v.partials,
	    (unsigned long long)v.absent);
	return EXIT_OK;
}

static int
log_export_run(int argc, char **argv)
{
	const struct args_command command = {
	    .program = "quorate log export",
	    .options = no_options,
	    .positionals = "STATE DIR",
	    .help = "Verifies a log's state (as verify-store does) and writes "
		    "it as plain files: its\nhead, all tiles and entries, and "
		    "the trust files as they were made first. The log\nmust "
		    "not be running. `quorate log import` opens it elsewhere; "
		    "no key is in it.",
	    .positional_min = 2,
	    .positional_max = 2};
	struct store_verified v;
	struct args_list dirs;
	struct why why = {""};
	uint64_t size;
	enum rc rc;

	args_parse(&dirs, &command, argc, argv);
	rc = store_verify(&v, dirs.at[0], &why);
	if (rc == RC_OK)
		rc = log_export(&size, dirs.at[0], dirs.at[1], &why);
	if (rc != RC_OK)
		return log_exit(rc, &why);
	printf("log %s\nsize %llu\n", v.vkey, (unsigned long long)size);
	say(SAY_INFO, "carry '%s', the key and the configuration to the other "
		      "machine, run `quorate log import log.ini %s` there, and "
		      "never start the log here again",
	    dirs.at[1], dirs.at[1]);
	return EXIT_OK;
}

static int
log_import_run(int argc, char **argv)
{
	const struct args_command command = {
	    .program = "quorate log import",
	    .options = no_options,
	    .positionals = "LOG.ini DIR",
	    .help = "Opens what `quorate log export` wrote: fills the empty "
		    "state of the log that the\nconfiguration describes. The "
		    "head must be signed by its key, every entry is judged\n"
		    "by the rules of admission and proven to be in the tree, "
		    "and the trust files are\nverified, before anything is "
		    "kept. Nothing is signed.",
	    .positional_min = 2,
	    .positional_max = 2};
	struct log_setup *setup = calloc(1, sizeof *setup);
	struct args_list at;
	struct why why = {""};
	uint64_t size = 0;
	int lock = -1;
	enum rc rc = setup != NULL ? RC_OK : RC_MEMORY;

	args_parse(&at, &command, argc, argv);
	if (rc == RC_OK)
		rc = setup_read_public(setup, at.at[0], &why);
	if (rc == RC_OK)
		rc = dir_make(setup->state, 0755, &why);
	if (rc == RC_OK)
		rc = file_lock(&lock, setup->state, &why);
	if (rc == RC_OK)
		rc = log_import(setup, at.at[1], &size, &why);
	if (lock >= 0)
		file_unlock(lock);
	if (rc == RC_OK)
		printf("log %s\nsize %llu\n", setup->vkey,
		    (unsigned long long)size);
	free(setup);
	return rc == RC_OK ? EXIT_OK : log_exit(rc, &why);
}

int
run_log(int argc, char **argv)
{
	static const struct command table[] = {
	    {"init", log_init, "make a new log: key, configuration, state"},
	    {"add-key", log_add_key, "begin to change its key"},
	    {"retire-key", log_retire_key, "end it: the old key goes"},
	    {"export", log_export_run, "write it as plain files"},
	    {"import", log_import_run, "open such files"},
	    {"verify-store", log_verify_store,
		"hold a log's state to its entries"},
	    {"evidence", log_evidence, "what a witness keeps against logs"},
	    {"judge", log_judge, "what a folder of evidence proves"},
	};

	return command_dispatch("log", table, sizeof table / sizeof table[0],
	    argc, argv);
}
