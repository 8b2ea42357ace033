/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_KEY_H
#define CLI_KEY_H
#include "cli/cli.h"

/*
 * A key is two files: X.key, a sealed file of kind `quorate/key` whose plain
 * bytes are the 32-byte seed, and X.pub, one line, the vkey, which says of
 * what type it is.
 */
#define KEY_SEALED_KIND "quorate/key"

struct pub {
	char text[CLI_VKEY_MAX]; /* of the vkey; key's slices borrow from it */
	struct vkey key;
};
/* An X.pub file, or a quorate/party@v1 note whose own line is checked. The
 * key is a usable curve point. RC_OK, or a refusal with why. */
enum rc pub_read(struct pub *p, const char *path, struct why *why)
    __attribute__((warn_unused_result));
/* key.type is whichever of the known two the text says. */
enum rc pub_parse(struct pub *p, struct slice s)
    __attribute__((warn_unused_result));

/* The vkey line of a key. */
void vkey_format(char out[static CLI_VKEY_MAX], const char *name, uint8_t type,
    const uint8_t key[static 32]);

/*
 * A new key pair: seals the seed into path (X.key) and writes X.pub. Asks
 * for a passphrase, or reads pass_file. *seed is secret_new(32), for
 * secret_free; vkey its public half. Dies when a file is there already.
 */
void key_make(char vkey[static CLI_VKEY_MAX], uint8_t **seed,
    const char *path, const char *name, uint8_t type, const char *pass_file,
    bool fast);

/* The same of a seed that there is already. */
void key_keep(const char *path, const char *vkey, const uint8_t *seed,
    const char *pass_file, bool fast);

struct signing_key {
	struct pub pub;
	uint8_t *seed; /* secret_new(32) */
};
/*
 * Open X.key and the X.pub beside it (or `pub`, when not NULL), and hold
 * them against each other. passphrase_file may be NULL. Dies when it cannot.
 */
void signing_key_open(struct signing_key *k, const char *path, const char *pub,
    const char *passphrase_file);
/* The same, of secp256k1 too: for who calls signing_key_line alone, since all
 * other signing here is Ed25519's and takes the seed for one. */
void signing_key_open_any(struct signing_key *k, const char *path,
    const char *pub, const char *passphrase_file);
void signing_key_close(struct signing_key *k);
/* Append the key's signature line, LF included, over text. Type 0x01, or
 * BIP 340's. */
void signing_key_line(struct text *out, const struct signing_key *k,
    const uint8_t *text, size_t n);
#endif
