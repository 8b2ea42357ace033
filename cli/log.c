/* SPDX-License-Identifier: Apache-2.0 */
/* `quorate log`: what an operator does with a log's state. */
#include "cli/cli.h"

#include <stdio.h>

#include "host/rc_text.h"
#include "log/store_verify.h"

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

int
run_log(int argc, char **argv)
{
	static const struct command table[] = {
	    {"verify-store", log_verify_store,
		"hold a log's state to its entries"},
	};

	return command_dispatch("log", table, sizeof table / sizeof table[0],
	    argc, argv);
}
