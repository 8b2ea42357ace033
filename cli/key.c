/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of parties, roots, owners, logs and witnesses, at rest. */
#include "cli/key.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/bip340.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "host/secret.h"
#include "host/sign.h"
#include "quorum/bip340.h"
#include "quorum/message.h"
#include "verify/ed25519.h"
#include "verify/roster.h"

static const struct key_role {
	const char *name;
	uint8_t type;
	bool ours; /* whose alphabet the key's name is in */
	bool by_hand; /* 'quorate sign' is all that it needs */
} roles[] = {
    {"signer", KEY_ED25519, true, true},
    {"root", KEY_ED25519, true, true},
    {"party", KEY_ED25519, true, false},
    {"proposer", KEY_ED25519, true, false},
    {"owner", KEY_ED25519, true, false}, /* its reader is a device */
    {"log", KEY_ED25519, false, false},
    {"witness", KEY_COSIGNATURE, false, false},
    {"mirror", KEY_COSIGNATURE, false, false},
};
enum { ROLE_N = sizeof roles / sizeof roles[0] };

/* ---- public halves ---------------------------------------------------- */

enum rc
pub_parse(struct pub *p, struct slice s)
{
	struct slice kept;
	enum rc rc;

	memset(p, 0, sizeof *p);
	if (s.n == 0 || s.n >= sizeof p->text)
		return RC_FIELD;
	memcpy(p->text, s.p, s.n);
	kept = (struct slice){(const uint8_t *)p->text, s.n};
	rc = vkey_parse(&p->key, kept, KEY_ED25519);
	if (rc == RC_KEY_TYPE)
		rc = vkey_parse(&p->key, kept, KEY_COSIGNATURE);
	if (rc == RC_KEY_TYPE)
		rc = vkey_parse(&p->key, kept, KEY_BIP340);
	return rc == RC_OK ? vkey_usable(&p->key) : rc;
}

/* A party note: grammar, and its one line by the vkey in it. */
static enum rc
pub_of_party(struct pub *p, const struct blob *b)
{
	struct party_card card;
	struct sigline l;
	struct note note;
	uint64_t time;
	enum rc rc = note_split(&note, b->p, b->n);

	if (rc == RC_OK)
		rc = party_parse(&card, note.bytes, note.text_n);
	if (rc != RC_OK)
		return rc;
	note_line(&note, 0, &l, NULL);
	if (note.line_n != 1 || !sigline_by(&l, &card.key))
		return RC_SIGLINE;
	rc = sigline_verify(&l, &card.key, b->p, note.text_n, &time);
	return rc == RC_OK ? pub_parse(p, card.vkey_text) : rc;
}

enum rc
pub_read(struct pub *p, const char *path, struct why *why)
{
	struct blob b;
	struct slice rest;
	enum rc rc = file_read(&b.p, &b.n, path, CLI_FILE_MAX, why);

	if (rc != RC_OK)
		return rc;
	rest = (struct slice){b.p, b.n};
	if (blob_is(&b, "quorate/party@v1")) {
		rc = pub_of_party(p, &b);
	} else {
		rc = pub_parse(p, slice_line(&rest));
		if (rc == RC_OK && rest.n != 0)
			rc = RC_TRAILING;
	}
	if (rc != RC_OK)
		why_set(why, "'%s' holds no public key: %s", path, rc_text(rc));
	blob_release(&b);
	return rc;
}

/* ---- signing ---------------------------------------------------------- */

/* X.pub for X.key; dies when the name does not end so. */
static void
pub_path(char out[static FILE_PATH_MAX + 1], const char *path)
{
	size_t n = strlen(path);

	if (n < 5 || n > FILE_PATH_MAX || strcmp(path + n - 4, ".key") != 0)
		die(EXIT_USAGE, "'%s': a key file's name ends in .key", path);
	snprintf(out, FILE_PATH_MAX + 1, "%.*s.pub", (int)(n - 4), path);
}

/* The seed of a sealed file into k->seed. */
static enum rc
seed_open(uint8_t *seed, const char *path, const char *passphrase_file,
    struct why *why)
{
	struct passphrase *pass = secret_new(sizeof *pass);
	char sealed[SECRET_SEALED_MAX], prompt[128];
	size_t sealed_n, n;
	enum rc rc;

	snprintf(prompt, sizeof prompt, "passphrase of '%.100s'", path);
	rc = file_read_into(
	    (uint8_t *)sealed, &sealed_n, sizeof sealed, path, why);
	if (rc == RC_OK)
		rc = passphrase_read(pass, passphrase_file, prompt, false, why);
	if (rc == RC_OK) {
		rc = secret_open(
		    seed, &n, 32, KEY_SEALED_KIND, sealed, sealed_n, pass);
		if (rc == RC_OK && n != 32)
			rc = RC_SEALED;
		if (rc != RC_OK)
			why_set(why, "cannot open '%s': %s", path, rc_text(rc));
	}
	secret_free(pass);
	return rc;
}

/* The public half of a seed, by type. */
static enum rc
key_public(uint8_t pk[static 32], uint8_t type, const uint8_t seed[static 32])
{
	if (type == KEY_BIP340)
		return bip340_public(pk, seed);
	ed25519_public(pk, seed);
	return RC_OK;
}

void
signing_key_open(struct signing_key *k, const char *path, const char *pub,
    const char *passphrase_file)
{
	signing_key_open_any(k, path, pub, passphrase_file);
	if (k->pub.key.type != KEY_BIP340)
		return;
	signing_key_close(k);
	die(EXIT_REFUSED,
	    "'%s' is a key of secp256k1, which signs texts with 'quorate "
	    "sign' and nothing else: this wants an Ed25519 key",
	    path);
}

void
signing_key_open_any(struct signing_key *k, const char *path, const char *pub,
    const char *passphrase_file)
{
	char beside[FILE_PATH_MAX + 1];
	struct why why = {""};
	uint8_t pk[32];
	enum rc rc;

	memset(k, 0, sizeof *k);
	secret_process_harden();
	if (pub == NULL) {
		pub_path(beside, path);
		pub = beside;
	}
	rc = pub_read(&k->pub, pub, &why);
	if (rc != RC_OK)
		die(exit_for(rc), "%s", why.text);
	k->seed = secret_new(32);
	rc = seed_open(k->seed, path, passphrase_file, &why);
	if (rc != RC_OK) {
		signing_key_close(k);
		die(exit_for(rc), "%s", why.text);
	}
	if (key_public(pk, k->pub.key.type, k->seed) != RC_OK ||
	    memcmp(pk, k->pub.key.key, 32) != 0) {
		signing_key_close(k);
		die(EXIT_REFUSED, "'%s' does not belong to '%s'", pub, path);
	}
}

void
signing_key_close(struct signing_key *k)
{
	secret_free(k->seed);
	k->seed = NULL;
}

void
signing_key_line(struct text *out, const struct signing_key *k,
    const uint8_t *text, size_t n)
{
	uint8_t sig[64], aux[32];

	if (k->pub.key.type == KEY_BIP340) {
		randombytes_buf(aux, sizeof aux);
		if (bip340_sign(sig, k->seed, aux, text, n) != RC_OK)
			die(EXIT_ENVIRONMENT, "signing failed");
	} else {
		ed25519_sign(sig, k->seed, text, n);
	}
	text_sigline(out, k->pub.key.name, k->pub.key.id, sig);
}

/* ---- key new, key show ------------------------------------------------ */

static const struct key_role *
role_find(const char *name)
{
	size_t i;

	for (i = 0; i < ROLE_N; i++)
		if (strcmp(roles[i].name, name) == 0)
			return &roles[i];
	die(EXIT_USAGE,
	    "'--type %s': a key is a signer, root, party, "
	    "proposer, owner, log, witness or mirror",
	    name);
}

void
vkey_format(char out[static CLI_VKEY_MAX], const char *name, uint8_t type,
    const uint8_t key[static 32])
{
	struct text t;

	text_init(&t, out, CLI_VKEY_MAX);
	text_vkey(&t, slice_of(name), type, key);
}

static enum rc
key_write(const char *path, const char *pub, const char *vkey,
    const uint8_t *seed, const struct passphrase *pass, enum secret_cost cost,
    struct why *why)
{
	char sealed[SECRET_SEALED_MAX], line[CLI_VKEY_MAX + 1];
	struct text t;
	enum rc rc;

	text_init(&t, sealed, sizeof sealed);
	rc = secret_seal(&t, KEY_SEALED_KIND, seed, 32, pass, cost);
	if (rc != RC_OK) {
		why_set(why, "cannot seal '%s': %s", path, rc_text(rc));
		return rc;
	}
	if (file_exists(pub)) { /* a key that is lost is worse than none */
		why_set(why, "'%s' is there already", pub);
		return RC_FILE_EXISTS;
	}
	rc = file_create_exclusive(path, t.p, t.n, 0600, why);
	if (rc != RC_OK)
		return rc;
	snprintf(line, sizeof line, "%s\n", vkey);
	return file_create_exclusive(pub, line, strlen(line), 0644, why);
}

void
key_keep(const char *path, const char *vkey, const uint8_t *seed,
    const char *pass_file, bool fast)
{
	char pub[FILE_PATH_MAX + 1];
	struct passphrase *pass = secret_new(sizeof *pass);
	struct why why = {""};
	enum rc rc;

	pub_path(pub, path);
	rc = passphrase_read(pass, pass_file, "new passphrase", true, &why);
	if (rc == RC_OK)
		rc = key_write(path, pub, vkey, seed, pass,
		    fast ? SECRET_COST_FAST : SECRET_COST_DEFAULT, &why);
	secret_free(pass);
	if (rc != RC_OK)
		die(exit_for(rc), "%s", why.text);
}

void
key_make(char vkey[static CLI_VKEY_MAX], uint8_t **seed, const char *path,
    const char *name, uint8_t type, const char *pass_file, bool fast)
{
	char pub[FILE_PATH_MAX + 1];
	struct passphrase *pass;
	struct why why = {""};
	uint8_t pk[32];
	enum rc rc;

	pub_path(pub, path);
	secret_process_harden();
	pass = secret_new(sizeof *pass);
	*seed = secret_new(32);
	rc = passphrase_read(pass, pass_file, "new passphrase", true, &why);
	if (rc == RC_OK) {
		do /* 2^-128 of all bytes are no key of secp256k1 */
			randombytes_buf(*seed, 32);
		while (key_public(pk, type, *seed) != RC_OK);
		vkey_format(vkey, name, type, pk);
		rc = key_write(path, pub, vkey, *seed, pass,
		    fast ? SECRET_COST_FAST : SECRET_COST_DEFAULT, &why);
	}
	secret_free(pass);
	if (rc != RC_OK) {
		secret_free(*seed);
		die(exit_for(rc), "%s", why.text);
	}
}

static int
key_new(int argc, char **argv)
{
	const char *name = NULL, *type = NULL, *out = NULL, *pass_file = NULL;
	const char *suite = "ed25519";
	bool fast = false, bip340;
	const struct args_option options[] = {
	    {.name = "name",
		.value = "NAME",
		.string = &name,
		.required = true,
		.help = "the key's name, such as alice.example/root"},
	    {.name = "type",
		.value = "ROLE",
		.string = &type,
		.required = true,
		.help = "signer root party proposer owner log witness mirror"},
	    {.name = "suite",
		.value = "NAME",
		.string = &suite,
		.help = "ed25519 (default), or secp256k1, of a signer or root: "
			"no device\nverifies it"},
	    {.name = "output",
		.letter = 'o',
		.value = "FILE.key",
		.string = &out,
		.required = true,
		.help = "the sealed key; FILE.pub is made beside it"},
	    {.name = "passphrase-file",
		.value = "FILE",
		.string = &pass_file,
		.help = "a file that holds it, instead of asking"},
	    {.name = "fast",
		.flag = &fast,
		.help = "cheap passphrase hashing: for tests only"},
	    {0}};
	const struct args_command command = {.program = "quorate key new",
	    .help = "Makes a key. Its secret half is sealed with a "
		    "passphrase.",
	    .options = options};
	char vkey[CLI_VKEY_MAX];
	const struct key_role *role;
	uint8_t *seed;

	args_parse(NULL, &command, argc, argv);
	role = role_find(type);
	if (!(role->ours ? slice_name(slice_of(name))
			 : slice_foreign(slice_of(name))) ||
	    strncmp(name, "quorate/", 8) == 0)
		die(EXIT_USAGE, "'--name %s' is no name for a %s key: %s", name,
		    role->name,
		    role->ours ? "a-z 0-9 . _ / -, at most 128 bytes"
			       : "printable bytes without + or space");
	bip340 = strcmp(suite, "secp256k1") == 0;
	if (!bip340 && strcmp(suite, "ed25519") != 0)
		die(EXIT_USAGE, "there is no suite '%s'", suite);
	if (bip340 && !role->by_hand)
		die(EXIT_USAGE,
		    "'--suite secp256k1' is for keys that sign by hand: a "
		    "%s's is ed25519",
		    role->name);
	key_make(vkey, &seed, out, name, bip340 ? KEY_BIP340 : role->type,
	    pass_file, fast);
	secret_free(seed);
	printf("%s\n", vkey);
	return EXIT_OK;
}

static void
pub_show(const struct pub *p)
{
	char id[9];
	struct text t;

	text_init(&t, id, sizeof id);
	text_hex(&t, p->key.id, 4);
	printf("vkey %s\nname %.*s\nkey-id %s\ntype %s\n", p->text,
	    SLICE(p->key.name), id,
	    p->key.type == KEY_ED25519
		? "0x01 ed25519 (signs texts, or checkpoints as a log)"
	    : p->key.type == KEY_BIP340
		? "0xff quorate/bip340 (signs texts, for hosts)"
		: "0x04 cosignature (witness or mirror)");
}

static int
key_show(int argc, char **argv)
{
	const char *pass_file = NULL;
	bool open = false;
	const struct args_option options[] = {
	    {.name = "open",
		.flag = &open,
		.help = "ask for the passphrase and hold X.key against "
			"X.pub"},
	    {.name = "passphrase-file",
		.value = "FILE",
		.string = &pass_file,
		.help = "a file that holds it, instead of asking"},
	    {0}};
	const struct args_command command = {.program = "quorate key show",
	    .positionals = "X.pub|X.key",
	    .help = "Says what a key is. Never shows a secret.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1};
	char kind[SECRET_KIND_MAX + 1], beside[FILE_PATH_MAX + 1];
	struct args_list files;
	struct signing_key k;
	struct why why = {""};
	struct blob b;
	struct pub p;
	enum rc rc;

	args_parse(&files, &command, argc, argv);
	blob_load(&b, files.at[0]);
	secret_sealed_kind(kind, (const char *)b.p, b.n);
	blob_release(&b);
	snprintf(beside, sizeof beside, "%s", files.at[0]);
	if (kind[0] != '\0') {
		if (strcmp(kind, KEY_SEALED_KIND) != 0)
			die(EXIT_REFUSED, "'%s' is a sealed %s, not a key",
			    files.at[0], kind);
		pub_path(beside, files.at[0]);
	}
	if (open) {
		signing_key_open_any(&k, files.at[0], beside, pass_file);
		signing_key_close(&k);
	}
	rc = pub_read(&p, beside, &why);
	if (rc != RC_OK)
		die(exit_for(rc), "%s", why.text);
	pub_show(&p);
	if (kind[0] != '\0')
		printf("sealed yes\nopens %s\n", open ? "yes" : "not tried");
	return EXIT_OK;
}

int
run_key(int argc, char **argv)
{
	static const struct command table[] = {
	    {"new", key_new, "make a key"},
	    {"show", key_show, "say what a key is"},
	    {"purpose", key_purpose, "show a group's key for one purpose"},
	};

	return command_dispatch("key", table, 3, argc, argv);
}
