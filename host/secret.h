/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_SECRET_H
#define HOST_SECRET_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "host/why.h"
#include "verify/rc.h"

/*
 * Secrets at rest and in memory. First call of every program that will hold
 * one: initialises libsodium, forbids core dumps (RLIMIT_CORE 0) and
 * debuggers of the same user (PR_SET_DUMPABLE 0). Dies when it cannot.
 */
void secret_process_harden(void);

/*
 * Guarded pages that do not swap, are absent from dumps and are wiped when
 * freed. secret_new gives n zero bytes, readable and writable; it dies
 * when there are none, or they cannot be locked. Between uses, hide them: any access then crashes.
 */
void *secret_new(size_t n);
void secret_free(void *secret); /* NULL is allowed */
void secret_hide(void *secret);
void secret_show(void *secret); /* to be read; writing crashes */
void secret_edit(void *secret); /* to be read and written */

/*
 * What opening costs. FAST is for tests and the quickstart: it protects
 * nothing against guessing. The file says which costs it was made with.
 */
enum secret_cost {
	SECRET_COST_FAST,	 /* 1 pass, 64 KiB */
	SECRET_COST_INTERACTIVE, /* 2 passes, 64 MiB: 0.05 s */
	SECRET_COST_MODERATE,	 /* 3 passes, 256 MiB: 0.6 s; the default */
	SECRET_COST_SENSITIVE	 /* 4 passes, 1 GiB: 4 s */
};
#define SECRET_COST_DEFAULT SECRET_COST_MODERATE

#define SECRET_PLAIN_MAX  32768 /* bytes in one sealed file */
#define SECRET_KIND_MAX	  64
#define SECRET_SEALED_MAX 46080 /* its text, a NUL included */
#define PASSPHRASE_MAX	  1024

/* Lives in secret_new(sizeof) memory. b[n] is NUL. */
struct passphrase {
	size_t n;
	char b[PASSPHRASE_MAX + 1];
};

/*
 * Passphrase-encrypted text, Argon2id 1.3 and XChaCha20-Poly1305:
 *
 *   quorate-sealed-v1
 *   kind <kind>
 *   kdf argon2id <passes> <memory in bytes> <base64 salt, 16 bytes>
 *   nonce <base64, 24 bytes>
 *   <base64 of ciphertext and tag, 64 characters a line>
 *
 * All lines above the body are authenticated with it. kind is one of our
 * names, 1..SECRET_KIND_MAX bytes of [a-z0-9._/-], and says what is inside:
 * whoever opens must ask for the same. Appends to out; out->full when it
 * did not fit. In: plain, pass (secret). n at most SECRET_PLAIN_MAX.
 * RC_OK, RC_MEMORY, RC_FIELD (kind), RC_FILE_LONG (n, or out too small).
 */
enum rc secret_seal(struct text *out, const char *kind, const uint8_t *plain,
    size_t n, const struct passphrase *pass, enum secret_cost cost)
    __attribute__((warn_unused_result));

/*
 * Opens one; the spelling is the one above or it is refused, and so are
 * costs above SENSITIVE, before any work. plain (cap bytes, secret memory)
 * is all zero and *n 0 unless RC_OK.
 * RC_OK, RC_SEALED (not such a file, or another kind), RC_PASSPHRASE (wrong
 * passphrase or damaged: it cannot be told), RC_FILE_LONG (cap), RC_MEMORY.
 */
enum rc secret_open(uint8_t *plain, size_t *n, size_t cap, const char *kind,
    const char *sealed, size_t sealed_n, const struct passphrase *pass)
    __attribute__((warn_unused_result));

/* The kind a sealed text claims, unauthenticated; "" if it is not one. */
void secret_sealed_kind(char kind[static SECRET_KIND_MAX + 1],
    const char *sealed, size_t sealed_n);

/*
 * A passphrase: from `file` if not NULL, else from the file that the
 * environment variable QUORATE_PASSPHRASE_FILE names, else from the
 * terminal without echo after "prompt: " (twice and compared when
 * `confirm`). One LF at the end is dropped; empty, longer than
 * PASSPHRASE_MAX, or with a byte below 0x20 is refused. pass is zero
 * unless RC_OK. RC_OK, RC_FILE (also: no terminal), RC_FILE_ABSENT,
 * RC_FILE_LONG, RC_PASSPHRASE (empty, unusable, or the two differ).
 */
enum rc passphrase_read(struct passphrase *pass, const char *file,
    const char *prompt, bool confirm, struct why *why)
    __attribute__((warn_unused_result));
#endif
