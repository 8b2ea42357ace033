/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the suites of signer/ share: keys from one byte, texts of every kind
 * that a signer meets, signed.
 */
#ifndef TESTS_UNIT_SIGNER_HELP_H
#define TESTS_UNIT_SIGNER_HELP_H
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "host/sign.h"
#include "host/text.h"
#include "verify/note.h"
#include "verify/trust.h"

#define ck_assert_code(call, want) ck_assert_int_eq((int)(call), (int)(want))

#define HELP_NOW UINT64_C(1763700000)

struct help_key {
	uint8_t seed[32];
	uint8_t key[32];
	char vkey[256];
	char name[129];
};

static inline void
help_vkey(char *out, size_t cap, const char *name, uint8_t type,
    const uint8_t key[static 32])
{
	uint8_t id[4], typed[33];
	struct text t;

	vkey_id(id, (struct slice){(const uint8_t *)name, strlen(name)}, type,
	    key);
	typed[0] = type;
	memcpy(typed + 1, key, 32);
	text_init(&t, out, cap);
	text_printf(&t, "%s+", name);
	text_hex(&t, id, 4);
	text_string(&t, "+");
	text_base64(&t, typed, 33);
	ck_assert(!t.full);
}

static inline void
help_key(struct help_key *k, const char *name, uint8_t number, uint8_t type)
{
	memset(k, 0, sizeof *k);
	memset(k->seed, number, 32);
	snprintf(k->name, sizeof k->name, "%s", name);
	ed25519_public(k->key, k->seed);
	help_vkey(k->vkey, sizeof k->vkey, name, type, k->key);
}

/* Appends one Ed25519 line over the first n bytes of the text. */
static inline void
help_line(struct text *t, size_t n, const struct help_key *k)
{
	uint8_t blob[SIG_ED25519_BYTES];

	vkey_id(blob, (struct slice){(const uint8_t *)k->name,
			  strlen(k->name)},
	    KEY_ED25519, k->key);
	ed25519_sign(blob + 4, k->seed, (const uint8_t *)t->p, n);
	text_printf(t, "\xe2\x80\x94 %s ", k->name);
	text_base64(t, blob, sizeof blob);
	text_string(t, "\n");
	ck_assert(!t->full);
}

static inline void
help_sign(struct text *t, const struct help_key *k)
{
	size_t n = t->n;

	text_string(t, "\n");
	help_line(t, n, k);
}

/*
 * A trust text of `name`: the signers given as ready lines, one root, one
 * log, one mirror.
 */
static inline void
help_trust(struct text *t, const char *name, unsigned epoch,
    const char *signer_lines, const char *about_lines)
{
	struct help_key root, log, mirror;

	help_key(&root, "rita.example/root", 200, KEY_ED25519);
	help_key(&log, "log.example", 201, KEY_ED25519);
	help_key(&mirror, "mirror.example", 202, KEY_COSIGNATURE);
	text_printf(t,
	    "quorate/trust@v1\nname %s\nepoch %u\nrevision %u\nprevious %s\n"
	    "%sroot rita %s -\nroot-quorum rita\nlog %s -\n"
	    "mirror m1 %s -\nwitness-quorum m1\nabout\nproposed 1763600000\n"
	    "%s",
	    name, epoch, epoch,
	    epoch == 1
		? "-"
		: "0000000000000000000000000000000000000000000000000000000000"
		  "000000",
	    signer_lines, root.vkey, log.vkey, mirror.vkey, about_lines);
	ck_assert(!t->full);
}
#endif
