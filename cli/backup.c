/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The printed backup of a party's key and share, and its way back. It dies
 * with its roster: a share of a roster that has a successor is refused here
 * by the roster that the user shows, and by the signer by the log's.
 */
#include "cli/backup.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/key.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "host/secret.h"
#include "host/sign.h"
#include "quorum/message.h"
#include "quorum/roster_frost.h"
#include "signer/backup.h"
#include "signer/store_record.h"
#include "signer/vault.h"

static void
or_die(enum rc rc, const struct why *why, const char *what)
{
	if (rc != RC_OK)
		die(exit_for(rc), "%s: %s", what, rc_why(rc, why));
}

/* A roster's text from a note, a file with proof, or bare. Borrows b. */
static void
roster_load(struct roster *r, struct blob *b, const char *path)
{
	struct note note;
	size_t rest;
	enum rc rc;

	blob_load(b, path);
	if (note_split_file(&note, &rest, b->p, b->n) == RC_OK)
		b->n = note.text_n;
	rc = roster_parse(r, b->p, b->n);
	if (rc != RC_OK)
		die(exit_for(rc), "%s: %s", path, rc_text(rc));
}

/* The share is the roster's. */
static void
share_check(struct frost_key_share *share, const struct roster *r,
    const char *path)
{
	static struct frost_roster frost;
	enum rc rc = roster_frost(&frost, r);

	if (rc == RC_OK)
		rc = frost_key_share_check(share, &frost);
	if (rc != RC_OK)
		die(exit_for(rc), "%s: %s", path, rc_text(rc));
}

/* ---- out ---------------------------------------------------------------------- */

static void
plain_put(uint8_t plain[static BACKUP_PLAIN_MAX], size_t *n,
    const struct backup_head *h, const struct seat_secrets *secrets)
{
	const struct frost_key_share *share = &secrets->share[0];

	backup_head_hash(plain, h);
	memcpy(plain + BACKUP_SEED_AT, secrets->seed, 32);
	*n = BACKUP_SHARE_AT;
	if (h->authority.n == 0)
		return;
	memcpy(plain + BACKUP_SHARE_AT, share->roster_id, 32);
	plain[BACKUP_SHARE_AT + 32] = share->id;
	memcpy(plain + BACKUP_SHARE_AT + 33, share->s.b, 32);
	*n = BACKUP_PLAIN_MAX;
}

/* Opens the key and the state; dies if X.pub is another key's. */
static struct vault *
vault_of(struct pub *self, const char *key, const char *state,
    const char *pass_file)
{
	char pub[FILE_PATH_MAX + 1];
	struct why why = {""};
	struct vault *vault;
	uint8_t derived[32];

	snprintf(pub, sizeof pub, "%.*s.pub", (int)strlen(key) - 4, key);
	or_die(pub_read(self, pub, &why), &why, pub);
	or_die(vault_open(&vault, key, pass_file, state, NULL, &why), &why,
	    key);
	vault_show(vault);
	ed25519_public(derived, vault_secrets(vault)->seat.seed);
	if (memcmp(derived, self->key.key, 32) != 0)
		die(EXIT_REFUSED, "'%s' is not the key of '%s'", key, pub);
	return vault;
}

/* The share of the roster, into the vault's secrets; the page is to say whose
 * it is. r and the names in h stay. */
static void
share_take(struct backup_head *h, struct roster *r, struct vault *vault,
    const char *roster, const char *state)
{
	struct frost_key_share *share = &vault_secrets(vault)->seat.share[0];
	char name[NAME_BYTES_MAX + 1];
	struct why why = {""};
	struct blob b;

	roster_load(r, &b, roster);
	snprintf(name, sizeof name, "%.*s", SLICE(r->authority));
	or_die(vault_share_read(vault, share, name, &why), &why, state);
	if (memcmp(share->roster_id, r->id, 32) != 0)
		die(EXIT_REFUSED,
		    "'%s' is not the roster of the share in '%s'", roster,
		    state);
	share_check(share, r, roster);
	h->authority = r->authority;
	h->epoch = r->epoch;
	h->serial = r->serial;
	memcpy(h->roster, r->id, 32);
}

/*
 * How many shares the state holds: a page has one, and whoever believes that
 * all of them are on it finds out on the day that he needs them.
 */
static unsigned
shares_count(const char *state)
{
	DIR *d = opendir(state);
	struct dirent *entry;
	unsigned n = 0;

	if (d == NULL)
		die(EXIT_ENVIRONMENT, "cannot open '%s': %s", state,
		    strerror(errno));
	while ((entry = readdir(d)) != NULL)
		n += strncmp(entry->d_name, "share-", 6) == 0;
	closedir(d);
	return n;
}

/* Key and share, sealed with the page's own passphrase. */
static enum rc
page_seal(struct text *sealed, const struct backup_head *h,
    const struct seat_secrets *secrets, const char *pass_file, bool fast)
{
	struct passphrase *pass = secret_new(sizeof *pass);
	uint8_t *plain = secret_new(BACKUP_PLAIN_MAX);
	struct why why = {""};
	size_t n;
	enum rc rc;

	or_die(passphrase_read(
		   pass, pass_file, "passphrase for the page", true, &why),
	    &why, "page");
	plain_put(plain, &n, h, secrets);
	rc = secret_seal(sealed, BACKUP_KIND, plain, n, pass,
	    fast ? SECRET_COST_FAST : SECRET_COST_SENSITIVE);
	secret_free(plain);
	secret_free(pass);
	return rc;
}

int
signer_backup(int argc, char **argv)
{
	const char *key = NULL, *state = NULL, *roster = NULL, *out = NULL;
	const char *pass_file = NULL, *page_pass_file = NULL;
	bool fast = false;
	const struct args_option options[] = {
	    {.name = "key",
		.value = "X.key",
		.string = &key,
		.required = true,
		.help = "the identity key; X.pub beside it"},
	    {.name = "state",
		.value = "DIR",
		.string = &state,
		.required = true,
		.help = "the signer's state"},
	    {.name = "roster",
		.value = "FILE",
		.string = &roster,
		.help = "of a shared signer: the roster in force, whose share "
			"goes with the key"},
	    {.name = "passphrase-file",
		.value = "FILE",
		.string = &pass_file,
		.help = "opens key and share, instead of asking"},
	    {.name = "page-passphrase-file",
		.value = "FILE",
		.string = &page_pass_file,
		.help = "what the page is sealed with, instead of asking"},
	    {.name = "fast",
		.flag = &fast,
		.help = "for tests: guessing costs nothing"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE",
		.string = &out,
		.help = "where to write the page (default: stdout)"},
	    {0}};
	const struct args_command command = {
	    .program = "quorate signer backup",
	    .help = "Writes identity key and share as a page to be printed "
		    "and typed in again, sealed\nwith a passphrase of its "
		    "own. It names its roster's serial and dies with it.",
	    .options = options};
	char sealed_bytes[BACKUP_SEALED_MAX], page_bytes[BACKUP_PAGE_MAX];
	static struct roster r;
	struct backup_head head = {.made = clock_unix()};
	struct text sealed, page;
	struct why why = {""};
	struct vault *vault;
	struct pub self;
	unsigned share_n;
	enum rc rc;

	args_parse(NULL, &command, argc, argv);
	secret_process_harden();
	share_n = shares_count(state);
	if (share_n > 0 && roster == NULL)
		die(EXIT_USAGE, "'%s' holds a share, and the page would be "
				"without it: name the roster in force with "
				"--roster", state);
	vault = vault_of(&self, key, state, pass_file);
	head.party = slice_of(self.text);
	if (roster != NULL)
		share_take(&head, &r, vault, roster, state);
	text_init(&sealed, sealed_bytes, sizeof sealed_bytes);
	rc = page_seal(&sealed, &head, &vault_secrets(vault)->seat,
	    page_pass_file, fast);
	vault_close(vault);
	or_die(rc, &why, "page");
	text_init(&page, page_bytes, sizeof page_bytes);
	or_die(backup_page_build(&page, &head, sealed.p, sealed.n), &why,
	    "page");
	output_write(out, page.p, page.n);
	if (share_n > 1)
		say(SAY_WARNING, "'%s' holds %u shares, and the page one: make "
				 "a page for each, with its roster", state,
		    share_n);
	return EXIT_OK;
}

/* ---- and in again ------------------------------------------------------------- */

/* Opens what was typed; dies with the line at fault. plain is secret. */
static size_t
page_open(uint8_t *plain, struct backup_head *head, const char *path,
    const char *pass_file)
{
	char sealed[BACKUP_SEALED_MAX];
	struct passphrase *pass = secret_new(sizeof *pass);
	uint8_t hash[32];
	struct why why = {""};
	struct blob page;
	struct text t;
	unsigned line;
	size_t n = 0;
	enum rc rc;

	blob_load(&page, path);
	text_init(&t, sealed, sizeof sealed);
	rc = backup_page_parse(head, &t, &line, (char *)page.p, page.n);
	if (rc != RC_OK)
		die(exit_for(rc), "%s: %s: %s, line %u", path, rc_name(rc),
		    rc_text(rc), line);
	or_die(passphrase_read(pass, pass_file, "passphrase of the page",
		   false, &why),
	    &why, path);
	rc = secret_open(
	    plain, &n, BACKUP_PLAIN_MAX, BACKUP_KIND, t.p, t.n, pass);
	secret_free(pass);
	backup_head_hash(hash, head);
	if (rc == RC_OK &&
	    (n != (head->authority.n > 0 ? BACKUP_PLAIN_MAX
					 : BACKUP_SHARE_AT) ||
		memcmp(plain, hash, 32) != 0))
		rc = RC_BACKUP;
	if (rc != RC_OK)
		die(exit_for(rc), "%s: %s: %s", path, rc_name(rc),
		    rc_text(rc));
	return n;
}

/* The roster that the user says is in force: is the share still its? */
static void
roster_due(const struct backup_head *head, const struct roster *r,
    const char *path, const char *roster)
{
	enum rc rc = RC_OK;

	if (memcmp(r->id, head->roster, 32) != 0)
		rc = slice_equal(r->authority, head->authority) &&
			r->serial > head->serial
		    ? RC_BACKUP_DEAD
		    : RC_ROSTER_MISMATCH;
	if (rc != RC_OK)
		die(exit_for(rc), "%s: %s: %s (roster %u, '%s' is %u)", path,
		    rc_name(rc), rc_text(rc), (unsigned)head->serial, roster,
		    (unsigned)r->serial);
}

/* A record that knows its roster and nothing else. */
static void
record_make(const char *state, const char *vkey, const struct roster *r)
{
	static const uint8_t none[64];
	char path[FILE_PATH_MAX + 1], name[NAME_BYTES_MAX + 1];
	struct store_record *record;
	struct why why = {""};
	enum rc rc;

	snprintf(path, sizeof path, "%s/record.db", state);
	snprintf(name, sizeof name, "%.*s", SLICE(r->authority));
	or_die(store_record_open(&record, path, &why), &why, path);
	rc = store_record_party(record, vkey);
	if (rc == RC_OK)
		rc = store_ceremony_accept(record, r->ceremony, name, none, 0,
		    "restored", clock_unix());
	if (rc == RC_OK)
		rc = store_ceremony_confirm(record, r->ceremony, none);
	if (rc == RC_OK)
		rc = store_ceremony_born(record, r->ceremony, r->text,
		    r->text_n, NULL, 0, none, 0, false);
	if (rc == RC_OK)
		rc = store_ceremony_end(record, r->ceremony, FATE_IN_FORCE);
	store_record_close(record);
	or_die(rc, &why, path);
}

/* The share of an opened page, if the roster at hand is still its. */
static void
share_of_page(struct frost_key_share *share, struct roster *r,
    const struct backup_head *head, const uint8_t *plain, const char *page,
    const char *roster)
{
	struct blob b;

	if (roster == NULL)
		die(EXIT_USAGE,
		    "'--roster FILE' is missing: the newest roster of '%.*s', "
		    "from its log",
		    SLICE(head->authority));
	roster_load(r, &b, roster);
	roster_due(head, r, page, roster);
	memcpy(share->roster_id, plain + BACKUP_SHARE_AT, 32);
	share->id = plain[BACKUP_SHARE_AT + 32];
	memcpy(share->s.b, plain + BACKUP_SHARE_AT + 33, 32);
	share_check(share, r, page);
}

static void
share_keep(const struct frost_key_share *share, struct slice authority,
    const char *key, const char *pass_file, const char *state)
{
	char name[NAME_BYTES_MAX + 1];
	struct why why = {""};
	struct vault *vault;

	snprintf(name, sizeof name, "%.*s", SLICE(authority));
	or_die(vault_open(&vault, key, pass_file, state, NULL, &why), &why,
	    key);
	or_die(vault_share_keep(vault, share, name, &why), &why, state);
	vault_close(vault);
}

int
signer_restore(int argc, char **argv)
{
	const char *key = NULL, *state = NULL, *roster = NULL;
	const char *pass_file = NULL, *page_pass_file = NULL;
	bool fast = false;
	const struct args_option options[] = {
	    {.name = "key",
		.value = "X.key",
		.string = &key,
		.required = true,
		.help = "where the identity key goes, X.pub beside it"},
	    {.name = "state",
		.value = "DIR",
		.string = &state,
		.required = true,
		.help = "a new state directory for the signer"},
	    {.name = "roster",
		.value = "FILE",
		.string = &roster,
		.help = "of a shared signer: the newest logged roster"},
	    {.name = "passphrase-file",
		.value = "FILE",
		.string = &pass_file,
		.help = "seals key and share, instead of asking"},
	    {.name = "page-passphrase-file",
		.value = "FILE",
		.string = &page_pass_file,
		.help = "what the page is sealed with, instead of asking"},
	    {.name = "fast",
		.flag = &fast,
		.help = "for tests: guessing costs nothing"},
	    {0}};
	const struct args_command command = {
	    .program = "quorate signer restore",
	    .positionals = "PAGE",
	    .help = "Makes identity key and state of a signer from the typed "
		    "page of a backup. A share\nis refused when its roster "
		    "has a successor. The signer takes into account that it\n"
		    "may have signed more than it knows: quorate-signerd(8).",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	char path[FILE_PATH_MAX + 1], vkey[CLI_VKEY_MAX];
	struct frost_key_share *share = secret_new(sizeof *share);
	uint8_t *plain = secret_new(BACKUP_PLAIN_MAX), derived[32];
	static struct roster r;
	struct backup_head head;
	struct args_list files;
	struct why why = {""};
	struct vkey k;

	args_parse(&files, &command, argc, argv);
	secret_process_harden();
	(void)page_open(plain, &head, files.at[0], page_pass_file);
	snprintf(vkey, sizeof vkey, "%.*s", SLICE(head.party));
	ed25519_public(derived, plain + BACKUP_SEED_AT);
	if (vkey_parse(&k, head.party, KEY_ED25519) != RC_OK ||
	    memcmp(k.key, derived, 32) != 0)
		die(EXIT_REFUSED, "'%s' is not the page of its key",
		    files.at[0]);
	snprintf(path, sizeof path, "%s/record.db", state);
	if (file_exists(path))
		die(EXIT_ENVIRONMENT, "'%s' is there already: a page is "
				      "restored into an empty state", path);
	if (head.authority.n > 0)
		share_of_page(share, &r, &head, plain, files.at[0], roster);
	or_die(dir_make(state, 0700, &why), &why, state);
	key_keep(key, vkey, plain + BACKUP_SEED_AT, pass_file, fast);
	if (head.authority.n > 0) {
		share_keep(share, head.authority, key, pass_file, state);
		record_make(state, vkey, &r);
	}
	secret_free(share);
	secret_free(plain);
	snprintf(path, sizeof path, "%s/restored", state);
	or_die(file_write_atomic(path, "", 0, 0600, &why), &why, path);
	printf("party %s\n", vkey);
	if (head.authority.n > 0)
		printf("authority %.*s %u\nroster %u\n",
		    SLICE(head.authority), (unsigned)head.epoch,
		    (unsigned)head.serial);
	return EXIT_OK;
}
