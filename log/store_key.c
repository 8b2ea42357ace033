/* SPDX-License-Identifier: Apache-2.0 */
#include "log/store_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/file.h"
#include "host/secret.h"
#include "host/sign.h"

enum rc
key_public(struct vkey *k, char vkey[static LOG_VKEY_MAX],
    const struct key_place *at, uint8_t type, struct why *why)
{
	const char *path = at->file;
	char pub[FILE_PATH_MAX + 1];
	size_t n = strlen(path), line_n;
	uint8_t *bytes;
	enum rc rc;

	if (n < 5 || n > FILE_PATH_MAX || strcmp(path + n - 4, ".key") != 0) {
		why_set(why, "'%s': a key file's name ends in .key", path);
		return RC_CONFIG;
	}
	memcpy(pub, path, n - 4);
	strcpy(pub + n - 4, ".pub");
	rc = file_read(&bytes, &line_n, pub, LOG_VKEY_MAX, why);
	if (rc != RC_OK)
		return rc;
	if (line_n > 0 && bytes[line_n - 1] == '\n')
		line_n--;
	if (line_n < LOG_VKEY_MAX) {
		memcpy(vkey, bytes, line_n);
		vkey[line_n] = '\0';
	}
	free(bytes);
	if (line_n >= LOG_VKEY_MAX ||
	    vkey_parse(k, (struct slice){(uint8_t *)vkey, line_n}, type) != RC_OK) {
		why_set(why, "'%s' is not a vkey of type 0x%02x", pub, type);
		return RC_CONFIG;
	}
	return RC_OK;
}

/* Where a file is that may be a credential of systemd's: then the name says
 * which, and is the name of a file, never a way to one. */
static enum rc
place_path(char out[static FILE_PATH_MAX + 1], const char *file,
    const char *credential, struct why *why)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");

	if (credential[0] == '\0') {
		snprintf(out, FILE_PATH_MAX + 1, "%s", file);
		return RC_OK;
	}
	if (credential[0] == '.' || strchr(credential, '/') != NULL) {
		why_set(why, "'%s' is no name of a credential", credential);
		return RC_CONFIG;
	}
	if (dir == NULL || dir[0] != '/' ||
	    snprintf(out, FILE_PATH_MAX + 1, "%s/%s", dir, credential) >
		FILE_PATH_MAX) {
		why_set(why, "no CREDENTIALS_DIRECTORY for the credential "
			     "'%s': it comes from a service manager",
		    credential);
		return RC_CONFIG;
	}
	return RC_OK;
}

static enum rc
seed_open(uint8_t *seed, const struct key_place *at, struct why *why)
{
	struct passphrase *pass = secret_new(sizeof *pass);
	char path[FILE_PATH_MAX + 1], phrase[FILE_PATH_MAX + 1];
	uint8_t *sealed = NULL;
	size_t n = 0, plain_n = 0;
	enum rc rc = place_path(path, at->file, at->credential, why);

	if (rc == RC_OK && at->passphrase_file[0] != '\0' &&
	    at->passphrase_credential[0] != '\0') {
		why_set(why, "a passphrase is in a file or a credential, not "
			     "in both");
		rc = RC_CONFIG;
	}
	if (rc == RC_OK)
		rc = place_path(phrase, at->passphrase_file,
		    at->passphrase_credential, why);
	if (rc == RC_OK)
		rc = file_read(&sealed, &n, path, SECRET_SEALED_MAX, why);
	if (rc == RC_OK)
		rc = passphrase_read(pass, phrase[0] != '\0' ? phrase : NULL,
		    "passphrase of the key", false, why);
	if (rc == RC_OK) {
		rc = secret_open(seed, &plain_n, 32, "quorate/key",
		    (char *)sealed, n, pass);
		if (rc == RC_OK && plain_n != 32)
			rc = RC_SEALED;
		if (rc != RC_OK)
			why_set(why, "'%s' does not open: wrong passphrase, "
				     "damaged, or no key",
			    path);
	}
	free(sealed);
	secret_free(pass);
	return rc;
}

enum rc
key_load(uint8_t **seed, struct vkey *k, char vkey[static LOG_VKEY_MAX],
    const struct key_place *at, uint8_t type, struct why *why)
{
	uint8_t public[32];
	enum rc rc = key_public(k, vkey, at, type, why);

	*seed = NULL;
	if (rc != RC_OK)
		return rc;
	*seed = secret_new(32);
	rc = seed_open(*seed, at, why);
	if (rc == RC_OK) {
		ed25519_public(public, *seed);
		if (memcmp(public, k->key, 32) != 0) {
			why_set(why, "'%s' and its .pub do not belong together",
			    at->file);
			rc = RC_CONFIG;
		}
	}
	if (rc != RC_OK) {
		secret_free(*seed);
		*seed = NULL;
	} else {
		secret_hide(*seed);
	}
	return rc;
}
