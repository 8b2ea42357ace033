/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_SSHSIG_H
#define SIGNER_SSHSIG_H
/*
 * What `ssh-keygen -Y sign` and git's SSH signing make, read and checked:
 * OpenSSH's PROTOCOL.sshsig and PROTOCOL.u2f. Keys are ssh-ed25519 and
 * sk-ssh-ed25519@openssh.com (hardware; a touch is demanded); every other
 * type is a key that nobody here has. Bytes in, bytes out; all of it public.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/why.h"
#include "verify/line.h"

enum {
	SSHSIG_ARMOR_MAX = 8192, /* of one signature, with its two rules */
	SSHSIG_BLOB_MAX = SSHSIG_ARMOR_MAX / 4 * 3,
	SSH_SIGNERS_MAX = 64,
	SSH_SIGNERS_FILE_MAX = 65536,
	SSH_PRINCIPALS_MAX = 255,
	SSH_APPLICATION_MAX = 64,
};

struct ssh_key {
	bool hardware;
	uint8_t key[32];
	char application[SSH_APPLICATION_MAX + 1]; /* hardware: "ssh:..." */
};

/* An armoured signature, taken apart; slices borrow from blob. */
struct sshsig {
	struct ssh_key key;
	struct slice name_space, hash, signature;
	uint8_t flags;	  /* hardware */
	uint32_t counter; /* hardware */
	size_t n;
	uint8_t blob[SSHSIG_BLOB_MAX];
};

/*
 * One armoured signature and nothing else but line ends after it. Not to be
 * moved afterwards. RC_OK, or RC_SSHSIG with why; s is unspecified then.
 */
enum rc sshsig_parse(struct sshsig *s, const uint8_t *armor, size_t n,
    struct why *why) __attribute__((warn_unused_result));

/*
 * Whether the key in it signed message for name_space ("git", "file", ...),
 * which the signature names too. Ed25519 by this project's accept set.
 * RC_OK, RC_SSHSIG (other name space, unknown hash, no touch),
 * RC_SIGNATURE_INVALID.
 */
enum rc sshsig_verify(const struct sshsig *s, const char *name_space,
    const uint8_t *message, size_t n) __attribute__((warn_unused_result));

/* An ALLOWED SIGNERS file of ssh-keygen(1): who signs with which key. */
struct ssh_signer {
	char principals[SSH_PRINCIPALS_MAX + 1];
	char name_spaces[SSH_PRINCIPALS_MAX + 1]; /* "": all */
	uint64_t after, before; /* unix seconds; 0: no limit */
	struct ssh_key key;
};
struct ssh_signers {
	unsigned count, other; /* other: keys of types not checked here */
	struct ssh_signer at[SSH_SIGNERS_MAX];
};

/*
 * Lines as ssh-keygen takes them; dates are UTC here, with or without Z.
 * cert-authority, an unknown option, a key that is not spelled right:
 * RC_SSHSIG, and why names the line. RC_LIMIT: too many.
 */
enum rc ssh_signers_parse(struct ssh_signers *out, const uint8_t *text,
    size_t n, struct why *why) __attribute__((warn_unused_result));

/* Who of them holds the key for name_space at a time, or NULL. */
const struct ssh_signer *ssh_signers_find(const struct ssh_signers *s,
    const struct ssh_key *key, const char *name_space, uint64_t at);
#endif
