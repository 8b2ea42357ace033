/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parties without a network. Where there is one, `courier fetch` writes what
 * the coordinator has for a party, and `courier deliver` hands over what the
 * party says; in between somebody carries a folder. At the party, `signer
 * carry` hands the one folder's files to the signer and fills the other.
 */
#include "cli/carry.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/coordinator.h"
#include "cli/key.h"
#include "cli/web.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "quorum/bundle.h"
#include "signer/serve.h"

enum { READ_MS = 30000, FILES_MAX = 256 };

static void
bundle_load(struct blob *b, const char *path)
{
	struct why why = {""};

	if (file_read(&b->p, &b->n, path, BUNDLE_BYTES_MAX, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
}

/* ---- where the network is ------------------------------------------------- */

static int
courier_fetch_files(int argc, char **argv)
{
	const char *url = NULL, *party = NULL, *key = NULL, *out = NULL;
	const char *pass_file = NULL;
	const struct args_option options[] = {
	    {.name = "coordinator",
		.value = "URL",
		.base_url = true,
		.string = &url,
		.required = true,
		.help = "where it is"},
	    {.name = "party",
		.value = "X.pub",
		.string = &party,
		.required = true,
		.help = "whom it is for: a vkey's file or a party note"},
	    {.name = "key",
		.value = "KEY",
		.string = &key,
		.help = "of a proposer or party, if the coordinator wants to "
			"know who reads"},
	    {.name = "passphrase-file",
		.value = "FILE",
		.string = &pass_file,
		.help = "opens it, instead of asking"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &out,
		.required = true,
		.help = "the file to carry; its name ends in .inbox"},
	    WEB_OPTION,
	    {0}};
	const struct args_command command = {
	    .program = "quorate courier fetch",
	    .help = "Gets all that waits at a coordinator for a party that "
		    "has no network, as one\nfile. 'quorate signer carry' "
		    "hands it in there.",
	    .options = options};
	struct coordinator_access access = {0};
	struct signing_key k;
	char path[128], query[256];
	struct why why = {""};
	struct blob body;
	struct pub pub;
	struct text t;
	enum rc rc;

	args_parse(NULL, &command, argc, argv);
	rc = pub_read(&pub, party, &why);
	if (rc != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	access.url = url;
	if (key != NULL) {
		signing_key_open(&k, key, NULL, pass_file);
		access.key = &k;
	}
	text_init(&t, path, sizeof path);
	text_string(&t, "/v1/inbox/");
	text_hex(&t, pub.key.key, 32);
	snprintf(query, sizeof query, "?name=%.*s", SLICE(pub.key.name));
	rc = coordinator_read(&body, &access, path, query, READ_MS, &why);
	if (key != NULL)
		signing_key_close(&k);
	if (rc != RC_OK) {
		say(SAY_ERROR, "%s: %s", rc_name(rc), why.text);
		return rc == RC_HTTP ? EXIT_POLICY : EXIT_ENVIRONMENT;
	}
	output_write(out, body.p, body.n);
	return EXIT_OK;
}

/* One file; what is refused as a whole goes item by item. */
static int
deliver(const char *url, const char *path)
{
	struct why why = {""};
	struct bundle_item item;
	struct blob b, body;
	struct bundle items;
	int code = EXIT_OK;
	enum rc rc;

	bundle_load(&b, path);
	rc = b.n == 0 ? RC_OK
		      : coordinator_post(
			    &body, url, "/v1/messages", b.p, b.n, &why);
	if (rc == RC_HTTP && bundle_init(&items, b.p, b.n) == RC_OK)
		while (bundle_next(&items, &item) == RC_OK) {
			rc = coordinator_post(&body, url, "/v1/messages",
			    item.whole.p, item.whole.n, &why);
			if (rc == RC_HTTP) {
				say(SAY_WARNING, "%s: %s", path, why.text);
				code = EXIT_POLICY;
			}
		}
	blob_release(&b);
	if (rc != RC_OK && rc != RC_HTTP)
		die(EXIT_ENVIRONMENT, "%s: %s", path, why.text);
	return code;
}

static int
courier_deliver(int argc, char **argv)
{
	const char *url = NULL;
	const struct args_option options[] = {
	    {.name = "coordinator",
		.value = "URL",
		.base_url = true,
		.string = &url,
		.required = true,
		.help = "where it is"},
	    WEB_OPTION,
	    {0}};
	const struct args_command command = {
	    .program = "quorate courier deliver",
	    .positionals = "FILE [FILE...]",
	    .help = "Hands a coordinator what a party without a network says. "
		    "All of it may be handed\nover twice.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = ARGS_LIST_MAX};
	struct args_list files;
	int code = EXIT_OK;

	args_parse(&files, &command, argc, argv);
	for (size_t i = 0; i < files.count; i++) {
		int one = deliver(url, files.at[i]);

		if (one != EXIT_OK)
			code = one;
	}
	return code;
}

int
run_courier(int argc, char **argv)
{
	static const struct command table[] = {
	    {"fetch", courier_fetch_files, "what waits for a party, as a file"},
	    {"deliver", courier_deliver, "hand over what it says"},
	};

	return command_dispatch("courier", table, 2, argc, argv);
}

/* ---- where there is none ---------------------------------------------------- */

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n > k && strcmp(s + n - k, end) == 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static unsigned
inbox_list(char *name[static FILES_MAX], const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	unsigned n = 0;

	if (d == NULL)
		die(EXIT_ENVIRONMENT, "cannot read the folder '%s'", dir);
	while ((e = readdir(d)) != NULL && n < FILES_MAX)
		if (ends_in(e->d_name, ".inbox") &&
		    (name[n] = strdup(e->d_name)) != NULL)
			n++;
	closedir(d);
	qsort(name, n, sizeof name[0], by_name);
	return n;
}

/* True: something of it has to wait. */
static bool
carry_one(const char *socket, const char *authority, const char *inbox,
    const char *outbox, const char *name)
{
	static char line[SIGNERD_LINE_MAX], answer[SIGNERD_ANSWER_MAX + 1024];
	char path[FILE_PATH_MAX];
	struct slice rest = {(uint8_t *)answer, 0}, first;
	struct why why = {""};
	struct blob b;
	struct text t;
	bool some;

	snprintf(path, sizeof path, "%s/%s", inbox, name);
	bundle_load(&b, path);
	text_init(&t, line, sizeof line);
	text_printf(&t, "carry %s ", authority);
	text_base64(&t, b.p, b.n);
	text_string(&t, "\n");
	blob_release(&b);
	if (t.full)
		die(EXIT_ENVIRONMENT, "'%s' is too large", path);
	if (people_ask(
		answer, &rest.n, sizeof answer, socket, line, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	first = slice_line(&rest);
	if (!slice_is(first, "ok"))
		die(EXIT_POLICY, "'%s': the signer refuses: %.*s", path,
		    SLICE(first));
	first = slice_line(&rest);
	some = slice_is(first, "some");
	snprintf(path, sizeof path, "%s/%.*s.notes", outbox,
	    (int)(strlen(name) - strlen(".inbox")), name);
	if (rest.n > 0 &&
	    file_write_atomic(path, rest.p, rest.n, 0644, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	printf("%s %s %zu\n", name, some ? "some" : "all", rest.n);
	return some;
}

int
signer_carry(int argc, char **argv)
{
	const char *socket = NULL, *authority = NULL;
	const char *inbox = NULL, *outbox = NULL;
	const struct args_option options[] = {
	    {.name = "socket",
		.value = "PATH",
		.string = &socket,
		.required = true,
		.help = "the signer's, of its configuration"},
	    {.name = "authority",
		.value = "NAME",
		.string = &authority,
		.required = true,
		.help = "whose notes they are"},
	    {.name = "inbox",
		.value = "DIR",
		.string = &inbox,
		.required = true,
		.help = "the folder that was carried here; of it, the files "
			"*.inbox"},
	    {.name = "outbox",
		.value = "DIR",
		.string = &outbox,
		.required = true,
		.help = "the folder to carry back, for NAME.notes"},
	    {0}};
	const struct args_command command = {
	    .program = "quorate signer carry",
	    .help = "Hands one's own signer, which has no network, what "
		    "'quorate courier fetch' got for\nit, and writes what it "
		    "says for 'quorate courier deliver'. Exits 4 while "
		    "something\nhas to wait: for a person, or for a newer copy "
		    "of the log.",
	    .options = options};
	char *name[FILES_MAX];
	unsigned n;
	bool some = false;

	args_parse(NULL, &command, argc, argv);
	n = inbox_list(name, inbox);
	for (unsigned i = 0; i < n; i++) {
		some |= carry_one(socket, authority, inbox, outbox, name[i]);
		free(name[i]);
	}
	return some ? EXIT_PENDING : EXIT_OK;
}
