/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_KEY_H
#define LOG_STORE_KEY_H
#include "host/why.h"
#include "log/setup.h"

/*
 * A daemon's key: X.key, a sealed file of kind `quorate/key` (32-byte seed),
 * and beside it X.pub, one line, its vkey of the wanted type. *seed is
 * secret memory, hidden, that secret_free takes; vkey gets the line, k
 * borrows from it. What a service manager hands over instead of a file, sealed
 * key or passphrase, has a name in $CREDENTIALS_DIRECTORY.
 * RC_OK, RC_CONFIG (names, type, the two do not belong together), or of
 * file_read, passphrase_read, secret_open.
 */
/* The public half alone, of X.pub. */
enum rc key_public(struct vkey *k, char vkey[static LOG_VKEY_MAX],
    const struct key_place *at, uint8_t type, struct why *why)
    __attribute__((warn_unused_result));
enum rc key_load(uint8_t **seed, struct vkey *k,
    char vkey[static LOG_VKEY_MAX], const struct key_place *at, uint8_t type,
    struct why *why)
    __attribute__((warn_unused_result));
#endif
