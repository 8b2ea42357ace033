/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and pages for secrets. Erasing a DKG key is unlinking its sealed
 * file: what a disk keeps of it is a ciphertext.
 */
#include "signer/vault.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "host/file.h"
#include "host/rc_text.h"

#define SHARE_BYTES 65

struct vault {
	struct passphrase *pass;
	struct vault_secrets *secrets;
	enum secret_cost cost;
	char state[FILE_PATH_MAX + 1];
};

/*
 * secret_new ends at a page's end, so the pages from the one that holds its
 * first byte on are its own. A child finds them zero.
 */
static void
wipe_on_fork(void *secret, size_t n)
{
#ifdef MADV_WIPEONFORK
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = (uintptr_t)secret & ~(page - 1);
	uintptr_t to = ((uintptr_t)secret + n + page - 1) & ~(page - 1);

	(void)madvise((void *)from, to - from, MADV_WIPEONFORK);
#else
	(void)secret;
	(void)n;
#endif
}

/* What a sealed text cost, by its kdf line; the default if it is unusual. */
static enum secret_cost
cost_of(const char *sealed)
{
	static const struct {
		const char *line;
		enum secret_cost cost;
	} costs[] = {
	    {"\nkdf argon2id 1 65536 ", SECRET_COST_FAST},
	    {"\nkdf argon2id 2 67108864 ", SECRET_COST_INTERACTIVE},
	    {"\nkdf argon2id 3 268435456 ", SECRET_COST_MODERATE},
	    {"\nkdf argon2id 4 1073741824 ", SECRET_COST_SENSITIVE},
	};

	for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++)
		if (strstr(sealed, costs[i].line) != NULL)
			return costs[i].cost;
	return SECRET_COST_DEFAULT;
}

enum rc
vault_open(struct vault **out, const char *key_file,
    const char *passphrase_file, const char *state,
    const enum secret_cost *cost, struct why *why)
{
	struct vault *v = calloc(1, sizeof *v);
	uint8_t *sealed = NULL;
	size_t sealed_n, n = 0;
	enum rc rc;

	*out = NULL;
	if (v == NULL)
		return RC_MEMORY;
	strncpy(v->state, state, sizeof v->state - 1);
	v->pass = secret_new(sizeof *v->pass);
	v->secrets = secret_new(sizeof *v->secrets);
	wipe_on_fork(v->secrets, sizeof *v->secrets);
	rc = file_read(&sealed, &sealed_n, key_file, SECRET_SEALED_MAX, why);
	if (rc != RC_OK)
		goto out;
	rc = passphrase_read(
	    v->pass, passphrase_file, "passphrase", false, why);
	if (rc != RC_OK)
		goto out;
	rc = secret_open(v->secrets->seat.seed, &n, 32, "quorate/key",
	    (const char *)sealed, sealed_n, v->pass);
	if (rc == RC_OK && n != 32)
		rc = RC_SEALED;
	if (rc != RC_OK) {
		why_set(why, "cannot open the key '%s': %s", key_file,
		    rc_text(rc));
		goto out;
	}
	v->cost = cost != NULL ? *cost : cost_of((const char *)sealed);
	secret_hide(v->pass);
	vault_hide(v);
	*out = v;
	v = NULL; /* handed over */
out:
	free(sealed);
	vault_close(v);
	return rc;
}

void
vault_close(struct vault *v)
{
	if (v == NULL)
		return;
	secret_free(v->secrets);
	secret_free(v->pass);
	free(v);
}

struct vault_secrets *
vault_secrets(struct vault *v)
{
	return v->secrets;
}

void
vault_show(struct vault *v)
{
	secret_edit(v->secrets);
}

void
vault_hide(struct vault *v)
{
	secret_hide(v->secrets);
}

/* ---- sealed files ------------------------------------------------------ */

static void
path_of(struct text *path, char *room, size_t cap, const struct vault *v,
    const char *what, const char *name)
{
	text_init(path, room, cap);
	text_printf(path, "%s/%s-", v->state, what);
	for (; *name != '\0'; name++)
		text_put(path, *name == '/' ? "+" : name, 1);
}

/* Exactly n bytes of a kind, from a file, into secret memory. */
static enum rc
sealed_read(struct vault *v, uint8_t *plain, size_t n, const char *path,
    const char *kind, struct why *why)
{
	uint8_t *sealed = NULL;
	size_t sealed_n, got = 0;
	enum rc rc =
	    file_read(&sealed, &sealed_n, path, SECRET_SEALED_MAX, why);

	if (rc != RC_OK)
		return rc;
	secret_show(v->pass);
	rc = secret_open(
	    plain, &got, n, kind, (const char *)sealed, sealed_n, v->pass);
	secret_hide(v->pass);
	free(sealed);
	if (rc == RC_OK && got != n) {
		sodium_memzero(plain, n);
		rc = RC_SEALED;
	}
	if (rc != RC_OK)
		why_set(why, "cannot open '%s'", path);
	return rc;
}

static enum rc
sealed_create(struct vault *v, const uint8_t *plain, size_t n,
    const char *path, const char *kind, struct why *why)
{
	char room[2048];
	struct text sealed;
	enum rc rc;

	text_init(&sealed, room, sizeof room);
	secret_show(v->pass);
	rc = secret_seal(&sealed, kind, plain, n, v->pass, v->cost);
	secret_hide(v->pass);
	if (rc != RC_OK) {
		why_set(why, "cannot seal '%s'", path);
		return rc;
	}
	return file_create_exclusive(path, sealed.p, sealed.n, 0600, why);
}

static enum rc
share_read(struct vault *v, struct frost_key_share *share, const char *path,
    struct why *why)
{
	uint8_t *plain = secret_new(SHARE_BYTES);
	enum rc rc;

	memset(share, 0, sizeof *share);
	rc = sealed_read(v, plain, SHARE_BYTES, path, "quorate/share", why);
	if (rc == RC_OK) {
		memcpy(share->roster_id, plain, 32);
		share->id = plain[32];
		memcpy(share->s.b, plain + 33, 32);
	}
	secret_free(plain);
	return rc;
}

static enum rc
share_keep(struct vault *v, const struct frost_key_share *share,
    const char *path, struct why *why)
{
	uint8_t *plain = secret_new(SHARE_BYTES);
	uint8_t *there = secret_new(SHARE_BYTES);
	enum rc rc;

	memcpy(plain, share->roster_id, 32);
	plain[32] = share->id;
	memcpy(plain + 33, share->s.b, 32);
	rc = sealed_create(v, plain, SHARE_BYTES, path, "quorate/share", why);
	if (rc == RC_FILE_EXISTS) { /* ours, from before a crash? */
		rc = sealed_read(
		    v, there, SHARE_BYTES, path, "quorate/share", why);
		if (rc == RC_OK &&
		    sodium_memcmp(plain, there, SHARE_BYTES) != 0) {
			why_set(why, "'%s' holds another share", path);
			rc = RC_FILE_EXISTS;
		}
	}
	secret_free(there);
	secret_free(plain);
	return rc;
}

enum rc
vault_share_read(struct vault *v, struct frost_key_share *share,
    const char *authority, struct why *why)
{
	char room[FILE_PATH_MAX + 1];
	struct text path;

	path_of(&path, room, sizeof room, v, "share", authority);
	return share_read(v, share, path.p, why);
}

enum rc
vault_share_keep(struct vault *v, const struct frost_key_share *share,
    const char *authority, struct why *why)
{
	char room[FILE_PATH_MAX + 1];
	struct text path;

	path_of(&path, room, sizeof room, v, "share", authority);
	return share_keep(v, share, path.p, why);
}

enum rc
vault_share_erase(struct vault *v, const char *authority, struct why *why)
{
	char room[FILE_PATH_MAX + 1];
	struct text path;

	path_of(&path, room, sizeof room, v, "share", authority);
	return file_remove(path.p, why);
}

static void
ceremony_path(char room[static FILE_PATH_MAX + 1], const struct vault *v,
    const char *what, const uint8_t ceremony[static 32])
{
	char hex[65];
	struct text path, id;

	text_init(&id, hex, sizeof hex);
	text_hex(&id, ceremony, 32);
	path_of(&path, room, FILE_PATH_MAX + 1, v, what, hex);
}

enum rc
vault_next_keep(struct vault *v, const struct frost_key_share *share,
    const uint8_t ceremony[static 32], struct why *why)
{
	char path[FILE_PATH_MAX + 1];

	ceremony_path(path, v, "next", ceremony);
	return share_keep(v, share, path, why);
}

enum rc
vault_next_read(struct vault *v, struct frost_key_share *share,
    const uint8_t ceremony[static 32], struct why *why)
{
	char path[FILE_PATH_MAX + 1];

	ceremony_path(path, v, "next", ceremony);
	return share_read(v, share, path, why);
}

enum rc
vault_next_use(struct vault *v, const uint8_t ceremony[static 32],
    const char *authority, struct why *why)
{
	char path[FILE_PATH_MAX + 1], room[FILE_PATH_MAX + 1];
	struct text to;
	enum rc rc;

	ceremony_path(path, v, "next", ceremony);
	path_of(&to, room, sizeof room, v, "share", authority);
	rc = file_replace(path, to.p, why);
	return rc == RC_FILE_ABSENT ? RC_OK : rc;
}

enum rc
vault_next_erase(struct vault *v, const uint8_t ceremony[static 32],
    struct why *why)
{
	char path[FILE_PATH_MAX + 1];

	ceremony_path(path, v, "next", ceremony);
	return file_remove(path, why);
}

enum rc
vault_dkg(struct vault *v, uint8_t out[static BIRTH_DKG_BYTES],
    const uint8_t ceremony[static 32], struct why *why)
{
	char path[FILE_PATH_MAX + 1];

	ceremony_path(path, v, "dkg", ceremony);
	if (file_exists(path))
		return sealed_read(
		    v, out, BIRTH_DKG_BYTES, path, "quorate/dkg", why);
	randombytes_buf(out, BIRTH_DKG_BYTES);
	return sealed_create(
	    v, out, BIRTH_DKG_BYTES, path, "quorate/dkg", why);
}

enum rc
vault_dkg_erase(struct vault *v, const uint8_t ceremony[static 32],
    struct why *why)
{
	char path[FILE_PATH_MAX + 1];

	ceremony_path(path, v, "dkg", ceremony);
	return file_remove(path, why);
}
