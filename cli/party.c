/* SPDX-License-Identifier: Apache-2.0 */
/* Party notes: a key, its holder and where to reach them, self-signed. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/key.h"
#include "cli/words.h"
#include "host/rc_text.h"
#include "verify/roster.h"

static int
party_new(int argc, char **argv)
{
	const char *name = NULL, *key = NULL, *label = NULL, *contact = NULL;
	const char *out = NULL, *pass_file = NULL;
	const struct args_option options[] = {
	    {.name = "name",
		.value = "NAME",
		.string = &name,
		.required = true,
		.help = "the party's short name, such as alice"},
	    {.name = "key",
		.value = "X.key",
		.string = &key,
		.required = true,
		.help = "the party's key"},
	    {.name = "label",
		.value = "CH",
		.string = &label,
		.required = true,
		.help = "its jurisdiction: two capital letters, or -"},
	    {.name = "contact",
		.value = "TEXT",
		.string = &contact,
		.required = true,
		.help = "how to reach it out of band"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &out,
		.help = "where to write the note (default: stdout)"},
	    {.name = "passphrase-file",
		.value = "FILE",
		.string = &pass_file,
		.help = "a file that holds it, instead of asking"},
	    {0}};
	const struct args_command command = {.program = "quorate party new",
	    .help = "Makes a party's card, signed by its own key.",
	    .options = options};
	struct party_card card;
	struct signing_key k;
	char bytes[2048];
	struct text t;
	size_t text_n;
	enum rc rc;

	args_parse(NULL, &command, argc, argv);
	signing_key_open(&k, key, NULL, pass_file);
	text_init(&t, bytes, sizeof bytes);
	text_printf(&t,
	    "quorate/party@v1\nname %s\nvkey %s\nlabel %s\n"
	    "contact %s\n",
	    name, k.pub.text, label, contact);
	text_n = t.n;
	rc = t.full ? RC_TEXT_LONG
		    : party_parse(&card, (const uint8_t *)t.p, text_n);
	if (rc == RC_OK) {
		text_string(&t, "\n");
		signing_key_line(&t, &k, (const uint8_t *)t.p, text_n);
	}
	signing_key_close(&k);
	if (rc != RC_OK)
		return refuse(out != NULL ? out : "party", rc,
		    "check --name, --label and --contact");
	output_write(out, t.p, t.n);
	return EXIT_OK;
}

int
run_party(int argc, char **argv)
{
	static const struct command table[] = {
	    {"new", party_new, "make a party note"},
	    {"show", run_show, "say what a party note says"},
	};

	return command_dispatch("party", table, 2, argc, argv);
}
