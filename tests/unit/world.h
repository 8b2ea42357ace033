/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small authority with its log and witnesses, for tests and golden files:
 * real keys from fixed seeds, real signatures, a real tree. Everything comes
 * out the same in every run. Whoever builds a file says what is wrong with
 * it; nothing here asks verify/ for its opinion.
 */
#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/sign.h"
#include "host/text.h"
#include "verify/line.h"
#include "verify/merkle.h"
#include "verify/note.h"
#include "verify/sha256.h"
#include "verify/trust.h"

#define WORLD_NOW  1763700000u
#define WORLD_NAME "acme.example/release/test"
#define WORLD_LOG  "log.acme.example"
#define WORLD_DIGEST \
	"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
/* the SHA-256 of "test" */

struct key {
	char name[NAME_BYTES_MAX + 1], vkey[NAME_BYTES_MAX + 56];
	uint8_t type, seed[32], pk[32], id[4];
};

/* Its id and its vkey, from name, type and public key. */
static inline void
key_spell(struct key *k)
{
	uint8_t blob[33];
	struct text t;

	vkey_id(k->id, (struct slice){(uint8_t *)k->name, strlen(k->name)},
	    k->type, k->pk);
	blob[0] = k->type;
	memcpy(blob + 1, k->pk, 32);
	text_init(&t, k->vkey, sizeof k->vkey);
	text_printf(&t, "%s+", k->name);
	text_hex(&t, k->id, 4);
	text_string(&t, "+");
	text_base64(&t, blob, sizeof blob);
}

/* The seed is the SHA-256 of `tag`, or of the name and type. */
static inline void
key_make_tag(struct key *k, const char *name, uint8_t type, const char *tag)
{
	struct sha256 s;

	memset(k, 0, sizeof *k);
	snprintf(k->name, sizeof k->name, "%s", name);
	k->type = type;
	sha256_init(&s);
	sha256_update(&s, (const uint8_t *)tag, strlen(tag));
	sha256_final(&s, k->seed);
	ed25519_public(k->pk, k->seed);
	key_spell(k);
}

static inline void
key_make(struct key *k, const char *name, uint8_t type)
{
	key_make_tag(k, name, type, name);
}

static inline void
put_blob_line(struct text *out, const char *name, const uint8_t *blob, size_t n)
{
	text_printf(out, "\xe2\x80\x94 %s ", name);
	text_base64(out, blob, n);
	text_string(out, "\n");
}

/* The key's line over a text. */
static inline void
put_line(struct text *out, const struct key *k, const char *text, size_t n)
{
	uint8_t blob[68];

	memcpy(blob, k->id, 4);
	ed25519_sign(blob + 4, k->seed, (const uint8_t *)text, n);
	put_blob_line(out, k->name, blob, sizeof blob);
}

/* A witness's line over a checkpoint's text. */
static inline void
put_cosignature(struct text *out, const struct key *k, const char *text,
    size_t n, uint64_t time)
{
	char message[512];
	uint8_t blob[76];
	int head = snprintf(message, sizeof message,
	    "cosignature/v1\ntime %llu\n", (unsigned long long)time);
	int i;

	memcpy(message + head, text, n);
	memcpy(blob, k->id, 4);
	for (i = 0; i < 8; i++)
		blob[4 + i] = (uint8_t)(time >> (56 - 8 * i));
	ed25519_sign(
	    blob + 12, k->seed, (const uint8_t *)message, (size_t)head + n);
	put_blob_line(out, k->name, blob, sizeof blob);
}

/* ---- a tree, by the definition of RFC 6962 section 2.1 ---------------- */

static inline uint64_t
tree_split(uint64_t n)
{
	uint64_t k = 1;

	while (k * 2 < n)
		k *= 2;
	return k;
}

static inline void
tree_root(uint8_t out[static 32], uint8_t (*leaf)[32], uint64_t n)
{
	uint8_t two[65];
	struct sha256 s;
	uint64_t k;

	if (n == 0) {
		sha256_init(&s);
		sha256_final(&s, out);
		return;
	}
	if (n == 1) {
		memcpy(out, leaf[0], 32);
		return;
	}
	k = tree_split(n);
	two[0] = 1;
	tree_root(two + 1, leaf, k);
	tree_root(two + 33, leaf + k, n - k);
	sha256_init(&s);
	sha256_update(&s, two, 65);
	sha256_final(&s, out);
}

/* RFC 6962 section 2.1.1, leaf side first: how many hashes. */
static inline unsigned
tree_path(uint8_t (*path)[32], uint8_t (*leaf)[32], uint64_t n, uint64_t index)
{
	uint64_t k;
	unsigned d;

	if (n <= 1)
		return 0;
	k = tree_split(n);
	if (index < k) {
		d = tree_path(path, leaf, k, index);
		tree_root(path[d], leaf + k, n - k);
	} else {
		d = tree_path(path, leaf + k, n - k, index - k);
		tree_root(path[d], leaf, k);
	}
	return d + 1;
}

/* RFC 6962 section 2.1.2. `whole`: old is a subtree whose root is known. */
static inline unsigned
tree_consistency(uint8_t (*proof)[32], uint8_t (*leaf)[32], uint64_t old,
    uint64_t n, int whole)
{
	uint64_t k;
	unsigned d;

	if (old == n) {
		if (whole)
			return 0;
		tree_root(proof[0], leaf, n);
		return 1;
	}
	k = tree_split(n);
	if (old <= k) {
		d = tree_consistency(proof, leaf, old, k, whole);
		tree_root(proof[d], leaf + k, n - k);
	} else {
		d = tree_consistency(proof, leaf + k, old - k, n - k, 0);
		tree_root(proof[d], leaf, k);
	}
	return d + 1;
}

static inline void
leaf_of(uint8_t out[static 32], const void *entry, size_t n)
{
	const uint8_t zero = 0;
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, &zero, 1);
	sha256_update(&s, entry, n);
	sha256_final(&s, out);
}

static inline void
filler_leaf(uint8_t out[static 32], uint64_t i)
{
	char entry[32];

	leaf_of(out, entry,
	    (size_t)snprintf(
		entry, sizeof entry, "entry %llu\n", (unsigned long long)i));
}

/* ---- the authority ---------------------------------------------------- */

enum { SIGNER_A, SIGNER_B, SIGNER_C };
enum { WITNESS_1 = 1, WITNESS_2 = 2, MIRROR_1 = 4 }; /* bits */

struct world {
	struct key signer[4]; /* alice bob carol; dora is in no first text */
	struct key root[4];   /* dana emil frida; gina is in no first text */
	struct key log[2];    /* two logs */
	struct key cosigner[3];
	struct key owner[2];
	struct key stranger;
	char trust[4096]; /* the first trust text, NUL-terminated */
	char owner_text[2048];
};

static inline void
world_make(struct world *w)
{
	static const char *const signers[] = {
	    "alice.example", "bob.example", "carol.example", "dora.example"};
	static const char *const roots[] = {"dana.example/root",
	    "emil.example/root", "frida.example/root", "gina.example/root"};
	int i;

	memset(w, 0, sizeof *w);
	for (i = 0; i < 4; i++) {
		key_make(&w->signer[i], signers[i], KEY_ED25519);
		key_make(&w->root[i], roots[i], KEY_ED25519);
	}
	key_make(&w->log[0], WORLD_LOG, KEY_ED25519);
	key_make(&w->log[1], "log.second.example", KEY_ED25519);
	key_make(&w->cosigner[0], "w1.example/w", KEY_COSIGNATURE);
	key_make(&w->cosigner[1], "w2.example/w", KEY_COSIGNATURE);
	key_make(&w->cosigner[2], "m1.example/m", KEY_COSIGNATURE);
	key_make(&w->owner[0], "otto.example", KEY_ED25519);
	key_make(&w->owner[1], "olga.example", KEY_ED25519);
	key_make(&w->stranger, "stranger.example", KEY_ED25519);
	snprintf(w->trust, sizeof w->trust,
	    "quorate/trust@v1\nname " WORLD_NAME "\nepoch 1\nrevision 1\n"
	    "previous -\n"
	    "signer alice %s CH\nsigner bob %s IS\nsigner carol %s BR\n"
	    "group two 2 alice bob carol\nquorum two\n"
	    "root dana %s CH\nroot emil %s IS\nroot frida %s BR\n"
	    "group board 2 dana emil frida\nroot-quorum board\nrecover 2\n"
	    "log %s CH\nlog %s IS\n"
	    "witness w1 %s CH\nwitness w2 %s BR\nmirror m1 %s IS\n"
	    "group seen any w1 w2\ngroup watch all seen m1\n"
	    "witness-quorum watch\nabout\nproposed 1763600000\n",
	    w->signer[0].vkey, w->signer[1].vkey, w->signer[2].vkey,
	    w->root[0].vkey, w->root[1].vkey, w->root[2].vkey, w->log[0].vkey,
	    w->log[1].vkey, w->cosigner[0].vkey, w->cosigner[1].vkey,
	    w->cosigner[2].vkey);
	snprintf(w->owner_text, sizeof w->owner_text,
	    "quorate/owner@v1\nname otto.example/fleet\nfor " WORLD_NAME
	    "\nrevision 1\nprevious -\nsigner otto %s CH\nsigner olga %s CH\n"
	    "group one any otto olga\nquorum one\nabout\n"
	    "proposed 1763600000\n",
	    w->owner[0].vkey, w->owner[1].vkey);
}

#define WORLD_RELEASE                      \
	"quorate/release@v1\n"             \
	"authority " WORLD_NAME " 1\n"     \
	"product acme.example/camera\n"    \
	"version 1.4.2\n"                  \
	"sequence 42\n"                    \
	"floor 40\n"                       \
	"payload app 4 " WORLD_DIGEST "\n" \
	"from 30 41\n"                     \
	"requires acme.example/radio 7\n"  \
	"expires 1800000000\n"             \
	"about\n"                          \
	"proposed 1763699000\n"

#define WORLD_WITHDRAW                  \
	"quorate/withdraw@v1\n"         \
	"authority " WORLD_NAME " 1\n"  \
	"product acme.example/camera\n" \
	"floor 43\n"                    \
	"about\n"                       \
	"proposed 1763699000\n"         \
	"reason the radio stops after a day\n"

/* text with its first `from` replaced by `to`; static storage, four deep. */
static inline const char *
with(const char *text, const char *from, const char *to)
{
	static char buffer[4][70000];
	static unsigned turn;
	const char *at = strstr(text, from);
	struct text out;

	text_init(&out, buffer[turn++ % 4], sizeof buffer[0]);
	if (at == NULL) {
		fprintf(stderr, "with: no '%s' in the text\n", from);
		abort();
	}
	text_put(&out, text, (size_t)(at - text));
	text_string(&out, to);
	text_string(&out, at + strlen(from));
	return out.p;
}

static inline void
hex_of(char out[static 65], const uint8_t d[static 32])
{
	struct text t;

	text_init(&t, out, 65);
	text_hex(&t, d, 32);
}

static inline void
text_id(uint8_t id[static 32], const char *text)
{
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, (const uint8_t *)text, strlen(text));
	sha256_final(&s, id);
}

/* ---- files ------------------------------------------------------------ */

/* A note of `text` with a line by each key. */
static inline void
note_make(struct text *out, const char *text, const struct key *const *keys,
    unsigned n)
{
	unsigned i;

	text_string(out, text);
	text_string(out, "\n");
	for (i = 0; i < n; i++)
		put_line(out, keys[i], text, strlen(text));
}

/* What a proof is to be. Zero: as the good one. */
struct proof_spec {
	uint64_t index, size;  /* size 0: one entry */
	const char *origin;    /* NULL: the signing log's name */
	const struct key *log; /* NULL: the first */
	unsigned cosigners;    /* bits; 0: all three */
	uint64_t time[3];      /* 0: WORLD_NOW */
	unsigned extra_hashes; /* added to the path */
	bool wrong_leaf;       /* a tree without the note */
	const char *extension; /* a line after the root, with LF */
	unsigned cut_hashes;   /* left out of the path */
};

/* Append LF and a proof to the note that out holds. */
static inline void
proof_append(
    struct text *out, const struct world *w, const struct proof_spec *p)
{
	uint64_t size = p->size == 0 ? 1 : p->size, i;
	uint8_t(*leaf)[32] = malloc((size_t)size * 32);
	const struct key *log = p->log != NULL ? p->log : &w->log[0];
	unsigned cosigners = p->cosigners == 0 ? 7 : p->cosigners, d, j;
	uint8_t path[64][32], root[32];
	char head[512];
	struct text h;

	for (i = 0; i < size; i++)
		filler_leaf(leaf[i], i);
	if (!p->wrong_leaf && p->index < size)
		leaf_of(leaf[p->index], out->p, out->n);
	memset(path, 0, sizeof path);
	d = tree_path(path, leaf, size, p->index < size ? p->index : 0);
	d += p->extra_hashes;
	d -= p->cut_hashes;
	tree_root(root, leaf, size);
	free(leaf);
	text_printf(out, "\nc2sp.org/tlog-proof@v1\nindex %llu\n",
	    (unsigned long long)p->index);
	for (j = 0; j < d; j++) {
		text_base64(out, path[j], 32);
		text_string(out, "\n");
	}
	text_init(&h, head, sizeof head);
	text_printf(&h, "%s\n%llu\n", p->origin != NULL ? p->origin : log->name,
	    (unsigned long long)size);
	text_base64(&h, root, 32);
	text_printf(&h, "\n%s", p->extension != NULL ? p->extension : "");
	text_printf(out, "\n%s\n", h.p);
	put_line(out, log, h.p, h.n);
	for (j = 0; j < 3; j++)
		if (cosigners >> j & 1)
			put_cosignature(out, &w->cosigner[j], h.p, h.n,
			    p->time[j] == 0 ? WORLD_NOW : p->time[j]);
}

/* A whole release or withdraw file, signed by alice and bob. */
static inline void
file_make(struct text *out, const struct world *w, const char *text,
    const struct proof_spec *p)
{
	const struct key *keys[] = {&w->signer[0], &w->signer[1]};

	note_make(out, text, keys, 2);
	proof_append(out, w, p);
}
#endif
