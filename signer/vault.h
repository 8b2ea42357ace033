/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_VAULT_H
#define SIGNER_VAULT_H
/*
 * Where a party's secrets lie: the identity key, shares and DKG keys, sealed
 * in files of the state directory (docs/formats.md section 11), and all of
 * them, nonces included, in guarded memory that a fork wipes.
 *
 *   share-<authority>   quorate/share, 65 bytes   `/` is written `+`
 *   next-<ceremony id>  quorate/share, 65 bytes   of a reshare: takes the place
 *                                                 of the share once its roster
 *                                                 is in the log
 *   dkg-<ceremony id>   quorate/dkg, 96 bytes     gone when the share is kept
 */
#include "host/secret.h"
#include "host/why.h"
#include "signer/birth.h"
#include "signer/seat.h"

#define VAULT_BIRTHS_MAX 4

struct vault_secrets {
	struct seat_secrets seat;
	struct birth_secrets birth[VAULT_BIRTHS_MAX];
};

struct vault;

/*
 * key_file: a sealed quorate/key. passphrase_file: NULL asks the terminal.
 * The one passphrase opens and seals everything, at *cost, or, if that is
 * NULL, at what key_file cost: whoever guesses takes the cheapest file. RC_OK,
 * results of passphrase_read, file_read and secret_open, RC_SEALED (not 32
 * bytes).
 */
enum rc vault_open(struct vault **out, const char *key_file,
    const char *passphrase_file, const char *state,
    const enum secret_cost *cost, struct why *why)
    __attribute__((warn_unused_result));
void vault_close(struct vault *v); /* wipes; NULL is allowed */

/* Readable and writable only between show and hide; one thread at a time. */
struct vault_secrets *vault_secrets(struct vault *v);
void vault_show(struct vault *v);
void vault_hide(struct vault *v);

/* Shown secrets, please. RC_OK, RC_FILE_ABSENT, RC_SEALED, RC_PASSPHRASE,
 * RC_FILE. A read share is all zero unless RC_OK. */
enum rc vault_share_read(struct vault *v, struct frost_key_share *share,
    const char *authority, struct why *why)
    __attribute__((warn_unused_result));
/* Durable when it returns RC_OK; RC_FILE_EXISTS if another share is kept. */
enum rc vault_share_keep(struct vault *v, const struct frost_key_share *share,
    const char *authority, struct why *why)
    __attribute__((warn_unused_result));

/* That the authority's share is gone; RC_OK also if there was none. */
enum rc vault_share_erase(struct vault *v, const char *authority,
    struct why *why) __attribute__((warn_unused_result));

/* The share that a reshare gave: kept apart; read; put in place of the
 * authority's, which is gone in the same step (RC_OK also if that was done
 * before); given up. */
enum rc vault_next_keep(struct vault *v, const struct frost_key_share *share,
    const uint8_t ceremony[static 32], struct why *why)
    __attribute__((warn_unused_result));
enum rc vault_next_read(struct vault *v, struct frost_key_share *share,
    const uint8_t ceremony[static 32], struct why *why)
    __attribute__((warn_unused_result));
enum rc vault_next_use(struct vault *v, const uint8_t ceremony[static 32],
    const char *authority, struct why *why)
    __attribute__((warn_unused_result));
enum rc vault_next_erase(struct vault *v, const uint8_t ceremony[static 32],
    struct why *why) __attribute__((warn_unused_result));

/* The random bytes of one ceremony: made and kept the first time, the same
 * ones ever after. */
enum rc vault_dkg(struct vault *v, uint8_t out[static BIRTH_DKG_BYTES],
    const uint8_t ceremony[static 32], struct why *why)
    __attribute__((warn_unused_result));
enum rc vault_dkg_erase(struct vault *v, const uint8_t ceremony[static 32],
    struct why *why) __attribute__((warn_unused_result));
#endif
