/* SPDX-License-Identifier: Apache-2.0 */
#include "log/store_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/file.h"
#include "host/secret.h"
#include "host/sign.h"

static enum rc
vkey_load(struct vkey *k, char vkey[static LOG_VKEY_MAX], const char *path,
    uint8_t type, struct why *why)
{
	char pub[FILE_PATH_MAX + 1];
	size_t n = strlen(path), at;
	uint8_t *bytes;
	enum rc rc;

	if (n < 5 || n > FILE_PATH_MAX || strcmp(path + n - 4, ".key") != 0) {
		why_set(why, "'%s': a key file's name ends in .key", path);
		return RC_CONFIG;
	}
	memcpy(pub, path, n - 4);
	strcpy(pub + n - 4, ".pub");
	rc = file_read(&bytes, &at, pub, LOG_VKEY_MAX, why);
	if (rc != RC_OK)
		return rc;
	if (at > 0 && bytes[at - 1] == '\n')
		at--;
	if (at < LOG_VKEY_MAX) {
		memcpy(vkey, bytes, at);
		vkey[at] = '\0';
	}
	free(bytes);
	if (at >= LOG_VKEY_MAX ||
	    vkey_parse(k, (struct slice){(uint8_t *)vkey, at}, type) != RC_OK) {
		why_set(why, "'%s' is not a vkey of type 0x%02x", pub, type);
		return RC_CONFIG;
	}
	return RC_OK;
}

static enum rc
seed_open(uint8_t *seed, const char *path, const char *passphrase_file,
    struct why *why)
{
	struct passphrase *pass = secret_new(sizeof *pass);
	uint8_t *sealed = NULL;
	size_t n = 0, plain_n = 0;
	enum rc rc = file_read(&sealed, &n, path, SECRET_SEALED_MAX, why);

	if (rc == RC_OK)
		rc = passphrase_read(pass,
		    passphrase_file != NULL && passphrase_file[0] != '\0'
			? passphrase_file
			: NULL,
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
    const char *path, const char *passphrase_file, uint8_t type,
    struct why *why)
{
	uint8_t public[32];
	enum rc rc = vkey_load(k, vkey, path, type, why);

	*seed = NULL;
	if (rc != RC_OK)
		return rc;
	*seed = secret_new(32);
	rc = seed_open(*seed, path, passphrase_file, why);
	if (rc == RC_OK) {
		ed25519_public(public, *seed);
		if (memcmp(public, k->key, 32) != 0) {
			why_set(why, "'%s' and its .pub do not belong together",
			    path);
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
