/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log is opened, and its key changes. The change takes two steps with time
 * between: at first the log signs by both keys, while trust texts, witnesses
 * and mirrors learn of the new one; the old one goes when every trust text
 * in force names the new one.
 */
#include "cli/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/key.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "host/secret.h"
#include "log/store_head.h"
#include "log/store_setup.h"

enum { INI_BYTES_MAX = 1048576, INI_MODE = 0644, STATE_MODE = 0755 };

/* An absolute path, so that the configuration may be read from anywhere. */
static void
path_whole(char out[static FILE_PATH_MAX + 1], const char *path)
{
	char *whole = realpath(path, NULL);

	if (whole == NULL || strlen(whole) > FILE_PATH_MAX)
		die(EXIT_ENVIRONMENT, "cannot find '%s'", path);
	strcpy(out, whole);
	free(whole);
}

static const struct args_option no_options[] = {{0}};

/* ---- init ------------------------------------------------------------- */

static const char ini_rest[] =
    "\n"
    "# Whose entries are taken, each with the id of its first trust text, the\n"
    "# one thing that this log believes.\n"
    "#[authority acme.example/release]\n"
    "#first-trust = 64 hex digits, as `quorate trust id` prints them\n"
    "\n"
    "# Whom it asks to cosign, witnesses and mirrors alike: enough for the\n"
    "# witness quorum of every trust text.\n"
    "#[witness w1]\n"
    "#vkey = w1.example+...\n"
    "#url = https://w1.example\n";

static void
ini_write(const char *dir, const char *origin, const char *listen,
    const char *pass_file)
{
	char path[FILE_PATH_MAX + 1], pass[FILE_PATH_MAX + 1], page[8192];
	struct why why = {""};
	struct text t;
	enum rc rc;

	snprintf(path, sizeof path, "%s/log.ini", dir);
	text_init(&t, page, sizeof page);
	text_printf(&t, "[log]\norigin = %s\nkey = log.key\n", origin);
	if (pass_file != NULL) {
		path_whole(pass, pass_file);
		text_printf(&t, "passphrase-file = %s\n", pass);
	} else {
		text_string(&t, "# without one of these the terminal is "
				"asked\n#passphrase-file = log.passphrase\n"
				"#passphrase-credential = log.passphrase\n");
	}
	text_printf(&t, "listen = %s\nstate = state\n%s", listen, ini_rest);
	if (t.full)
		die(EXIT_USAGE, "the paths are too long");
	rc = file_create_exclusive(path, t.p, t.n, INI_MODE, &why);
	if (rc != RC_OK)
		die(exit_for(rc), "%s", why.text);
}

/* An empty state that belongs to the key: its head is the empty tree. */
static void
state_make(const char *dir, const char *vkey, uint8_t *seed)
{
	struct log_setup *setup = calloc(1, sizeof *setup);
	struct store_head head;
	struct store *s = NULL;
	struct why why = {""};
	int lock = -1;
	enum rc rc = setup != NULL ? RC_OK : RC_MEMORY;

	if (rc == RC_OK) {
		snprintf(setup->state, sizeof setup->state, "%s/state", dir);
		/* a log's: shorter than the longest */
		snprintf(setup->vkey, sizeof setup->vkey, "%.*s",
		    (int)sizeof setup->vkey - 1, vkey);
		setup->seed = seed;
		rc = vkey_parse(&setup->key, slice_of(setup->vkey),
		    KEY_ED25519);
	}
	if (rc == RC_OK)
		rc = dir_make(setup->state, STATE_MODE, &why);
	if (rc == RC_OK)
		rc = file_lock(&lock, setup->state, &why);
	if (rc == RC_OK)
		rc = store_open(&s, setup, NULL, &why);
	if (rc == RC_OK)
		rc = store_head_first(&head, s, setup);
	store_close(s);
	if (lock >= 0)
		file_unlock(lock);
	free(setup);
	if (rc != RC_OK)
		die(exit_for(rc), "'%s/state': %s", dir,
		    rc_why(rc, &why));
}

int
log_init(int argc, char **argv)
{
	const char *origin = NULL, *listen = "127.0.0.1:8420", *pass = NULL;
	bool fast = false;
	const struct args_option options[] = {
	    {.name = "origin", .value = "NAME", .string = &origin,
		.required = true,
		.help = "the log's name for ever, such as log.acme.example"},
	    {.name = "listen", .value = "ADDRESS:PORT", .string = &listen,
		.help = "where it serves; 127.0.0.1:8420"},
	    {.name = "passphrase-file", .value = "FILE", .string = &pass,
		.help = "a file that holds it, instead of asking"},
	    {.name = "fast", .flag = &fast,
		.help = "cheap passphrase hashing: for tests only"},
	    {0}};
	const struct args_command command = {.program = "quorate log init",
	    .positionals = "DIR",
	    .help = "Makes a new log in a directory: a key, a configuration "
		    "to be completed, and an\nempty state. Prints the log's "
		    "vkey, for trust texts and witnesses.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	char vkey[CLI_VKEY_MAX], key[FILE_PATH_MAX + 1];
	struct args_list at;
	struct why why = {""};
	uint8_t *seed;
	enum rc rc;

	args_parse(&at, &command, argc, argv);
	if (!slice_foreign(slice_of(origin)) ||
	    strncmp(origin, "quorate/", 8) == 0)
		die(EXIT_USAGE, "'--origin %s' is no name for a log: "
				"printable bytes without + or space",
		    origin);
	rc = dir_make(at.at[0], STATE_MODE, &why);
	if (rc != RC_OK)
		die(exit_for(rc), "%s", why.text);
	snprintf(key, sizeof key, "%s/log.key", at.at[0]);
	key_make(vkey, &seed, key, origin, KEY_ED25519, pass, fast);
	secret_hide(seed);
	state_make(at.at[0], vkey, seed);
	secret_free(seed);
	ini_write(at.at[0], origin, listen, pass);
	printf("%s\n", vkey);
	say(SAY_INFO, "the trust texts of its authorities and the "
		      "configurations of its witnesses name this vkey; then "
		      "complete '%s/log.ini', check it with `quorate-logd "
		      "--config %s/log.ini --check-config` and start it",
	    at.at[0], at.at[0]);
	return EXIT_OK;
}

/* ---- the configuration, line by line ---------------------------------- */

/* The value of `key = value`, or NULL; line is a C string without LF. */
static const char *
ini_value(const char *line, const char *key)
{
	size_t n = strlen(key);

	line += strspn(line, " \t");
	if (strncmp(line, key, n) != 0)
		return NULL;
	line += n;
	line += strspn(line, " \t");
	if (*line != '=')
		return NULL;
	line++;
	return line + strspn(line, " \t");
}

/* Goes through the lines of [log]; `each` writes what becomes of one. The
 * others stay. Replaces the file. */
static void
ini_edit(const char *path,
    void (*each)(struct text *out, const char *line, const void *context),
    const void *context)
{
	struct why why = {""};
	uint8_t *bytes;
	char *line, *end;
	bool inside = false;
	struct text t;
	size_t n;
	enum rc rc = file_read(&bytes, &n, path, INI_BYTES_MAX, &why);

	if (rc != RC_OK)
		die(exit_for(rc), "%s", why.text);
	t.p = malloc(n + 2 * FILE_PATH_MAX);
	if (t.p == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	text_init(&t, t.p, n + 2 * FILE_PATH_MAX);
	for (line = (char *)bytes; *line != '\0'; line = end) {
		end = strchrnul(line, '\n');
		if (*end == '\n')
			*end++ = '\0';
		if (line[strspn(line, " \t")] == '[')
			inside = strncmp(line + strspn(line, " \t"), "[log]",
				     5) == 0;
		if (inside)
			each(&t, line, context);
		else
			text_printf(&t, "%s\n", line);
	}
	if (t.full)
		die(EXIT_ENVIRONMENT, "'%s' becomes too long", path);
	rc = file_write_atomic(path, t.p, t.n, INI_MODE, &why);
	if (rc != RC_OK)
		die(exit_for(rc), "%s", why.text);
	free(t.p);
	free(bytes);
}

static struct log_setup *
setup_open(const char *path)
{
	struct log_setup *setup = calloc(1, sizeof *setup);
	struct why why = {""};

	if (setup == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	if (setup_read_public(setup, path, &why) != RC_OK)
		die(EXIT_USAGE, "%s", why.text);
	return setup;
}

/* ---- add-key ---------------------------------------------------------- */

struct added {
	const char *key, *pass; /* pass: NULL, the one of the old key */
};

static void
line_add_key(struct text *out, const char *line, const void *context)
{
	const struct added *a = context;

	text_printf(out, "%s\n", line);
	if (ini_value(line, "key") == NULL)
		return;
	text_printf(out, "next-key = %s\n", a->key);
	if (a->pass != NULL)
		text_printf(out, "next-passphrase-file = %s\n", a->pass);
}

int
log_add_key(int argc, char **argv)
{
	const char *out = NULL, *pass = NULL;
	bool fast = false;
	const struct args_option options[] = {
	    {.name = "output", .letter = 'o', .value = "NEW.key",
		.string = &out, .required = true,
		.help = "the new key; NEW.pub is made beside it"},
	    {.name = "passphrase-file", .value = "FILE", .string = &pass,
		.help = "a file that holds the new key's passphrase; otherwise "
			"it must be the old one's"},
	    {.name = "fast", .flag = &fast,
		.help = "cheap passphrase hashing: for tests only"},
	    {0}};
	const struct args_command command = {.program = "quorate log add-key",
	    .positionals = "LOG.ini",
	    .help = "Begins to change a log's key: makes a new one and "
		    "enters it as `next-key`. After a\nrestart the log signs "
		    "by both, so that every reader finds the key that it "
		    "knows.\nPrints the new vkey.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	char vkey[CLI_VKEY_MAX], key[FILE_PATH_MAX + 1];
	char phrase[FILE_PATH_MAX + 1];
	struct log_setup *setup;
	struct added added = {.key = key};
	struct args_list at;
	uint8_t *seed;

	args_parse(&at, &command, argc, argv);
	setup = setup_open(at.at[0]);
	if (setup_key_n(setup) > 1)
		die(EXIT_REFUSED, "'%s' has a 'next-key' already; `quorate log "
				  "retire-key` ends one change before the next",
		    at.at[0]);
	if (pass == NULL && setup->key_at.passphrase_file[0] != '\0')
		pass = setup->key_at.passphrase_file;
	else if (pass != NULL) {
		path_whole(phrase, pass);
		added.pass = phrase;
	}
	key_make(vkey, &seed, out, setup->origin, KEY_ED25519, pass, fast);
	secret_free(seed);
	path_whole(key, out);
	ini_edit(at.at[0], line_add_key, &added);
	free(setup);
	printf("%s\n", vkey);
	say(SAY_INFO, "start the log anew: it signs by both keys. Let its "
		      "witnesses and mirrors have the new vkey beside the old, "
		      "and the trust texts of its authorities name both, and "
		      "then the new one alone; when all devices have "
		      "followed: `quorate log retire-key %s`",
	    at.at[0]);
	return EXIT_OK;
}

/* ---- retire-key ------------------------------------------------------- */

static void
line_retire_key(struct text *out, const char *line, const void *context)
{
	static const char *const old[] = {"key", "key-credential",
	    "passphrase-file", "passphrase-credential"};
	static const char *const next[] = {"next-key", "next-key-credential",
	    "next-passphrase-file", "next-passphrase-credential"};
	const struct log_setup *setup = context;
	bool own = setup->next_at.passphrase_file[0] != '\0' ||
	    setup->next_at.passphrase_credential[0] != '\0';
	unsigned i;

	for (i = 0; i < 4; i++) {
		const char *value = ini_value(line, next[i]);

		if (value != NULL) {
			text_printf(out, "%s = %s\n", old[i], value);
			return;
		}
		if (ini_value(line, old[i]) != NULL && (i < 2 || own))
			return;
	}
	text_printf(out, "%s\n", line);
}

static bool
trust_names(const struct trust *t, const struct vkey *key)
{
	struct vkey k;
	unsigned i;

	for (i = 0; i < t->log_n; i++) {
		trust_key(&k, t, LIST_LOGS, i);
		if (memcmp(k.key, key->key, 32) == 0)
			return true;
	}
	return false;
}

/* A checkpoint by the new key: the log's state goes over to it. */
static void
signed_by_next(const struct log_setup *setup, const uint8_t *bytes, size_t n,
    const char *what)
{
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	struct note note;
	uint64_t none;

	if (note_split(&note, bytes, n) != RC_OK ||
	    checkpoint_line_by(blob, &none, &note, &setup->next_key) != RC_OK)
		die(EXIT_REFUSED, "the %s is not signed by the new key yet: "
				  "let the log run with both",
		    what);
}

/* What would be lost with the old key: dies. */
static void
retire_check(const struct log_setup *setup)
{
	struct store_force force[LOG_AUTHORITIES_MAX];
	char path[FILE_PATH_MAX + 1];
	const struct trust *t;
	struct store_head head;
	struct store *s = NULL;
	struct why why = {""};
	struct slice name;
	uint8_t *bytes;
	size_t bytes_n;
	unsigned n, i;
	int lock;
	enum rc rc = file_lock(&lock, setup->state, &why);

	if (rc == RC_OK)
		rc = store_open(&s, setup, NULL, &why);
	if (rc == RC_OK)
		rc = store_head(s, &head);
	snprintf(path, sizeof path, "%s/tiles/checkpoint", setup->state);
	if (rc == RC_OK)
		rc = file_read(&bytes, &bytes_n, path, CHECKPOINT_NOTE_MAX,
		    &why);
	if (rc != RC_OK)
		die(exit_for(rc), "%s",
		    rc_why(rc, &why));
	signed_by_next(setup, head.checkpoint, head.checkpoint_n,
	    "stored head");
	signed_by_next(setup, bytes, bytes_n, "published checkpoint");
	free(bytes);
	rc = store_in_force(s, head.size, force, &n);
	for (i = 0; rc == RC_OK && i < n; i++) {
		rc = store_trust(s, force[i].now, &t);
		if (rc != RC_OK || trust_names(t, &setup->next_key))
			continue;
		name = trust_name(t);
		die(EXIT_REFUSED, "the trust text in force of '%.*s' does not "
				  "name the new key: its devices would take "
				  "nothing any more",
		    SLICE(name));
	}
	if (rc != RC_OK)
		die(exit_for(rc), "'%s': %s", setup->state, rc_text(rc));
	store_close(s);
	file_unlock(lock);
}

int
log_retire_key(int argc, char **argv)
{
	const struct args_command command = {
	    .program = "quorate log retire-key",
	    .options = no_options,
	    .positionals = "LOG.ini",
	    .help = "Ends the change of a log's key: `next-key` becomes "
		    "`key`. The log must be stopped.\nRefused while a trust "
		    "text in force does not name the new key, or what the "
		    "log has\npublished is not signed by it.",
	    .positional_min = 1,
	    .positional_max = 1};
	struct log_setup *setup;
	struct args_list at;

	args_parse(&at, &command, argc, argv);
	setup = setup_open(at.at[0]);
	if (setup_key_n(setup) < 2)
		die(EXIT_REFUSED, "'%s' has no 'next-key': `quorate log "
				  "add-key` makes one",
		    at.at[0]);
	retire_check(setup);
	ini_edit(at.at[0], line_retire_key, setup);
	printf("%s\n", setup->next_vkey);
	say(SAY_INFO, "start the log: it signs by this key alone. Take %s out "
		      "of the configurations of its witnesses and mirrors, "
		      "and destroy its file",
	    setup->vkey);
	free(setup);
	return EXIT_OK;
}
