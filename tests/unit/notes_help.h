/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the suites of verify/ and the golden files are made with: keys from
 * labels, an authority, texts that a test edits by replacing a piece, and
 * whole files with a proof. Signs and hashes with libsodium itself and climbs
 * trees its own way, so that nothing of verify/ marks its own work and the
 * same suite can run over the devices' build.
 */
#ifndef TESTS_UNIT_NOTES_HELP_H
#define TESTS_UNIT_NOTES_HELP_H
#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BUF_MAX = 1 << 18, HELP_TIME = 1700000000 };

/* ---- bytes ------------------------------------------------------------ */

struct buf {
	size_t n;
	char b[BUF_MAX];
};

static inline void
buf_put(struct buf *t, const void *p, size_t n)
{
	assert(t->n + n < BUF_MAX);
	memcpy(t->b + t->n, p, n);
	t->n += n;
	t->b[t->n] = 0;
}

static inline void __attribute__((format(printf, 2, 3)))
buf_printf(struct buf *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->b + t->n, BUF_MAX - t->n, format, args);
	va_end(args);
	assert(n >= 0 && (size_t)n < BUF_MAX - t->n);
	t->n += (size_t)n;
}

static inline void
buf_base64(struct buf *t, const void *p, size_t n)
{
	char text[8192];

	assert(n <= 6000);
	sodium_bin2base64(
	    text, sizeof text, p, n, sodium_base64_VARIANT_ORIGINAL);
	buf_put(t, text, strlen(text));
}

static inline void
buf_hex(struct buf *t, const uint8_t *p, size_t n)
{
	while (n-- > 0)
		buf_printf(t, "%02x", *p++);
}

static inline void
buf_set(struct buf *t, const char *s)
{
	t->n = 0;
	buf_put(t, s, strlen(s));
}

/* Replace the first `from`, which must be there. */
static inline void
buf_swap(struct buf *t, const char *from, const char *to)
{
	char *at = strstr(t->b, from);
	size_t a = strlen(from), b = strlen(to), rest;

	if (at == NULL) {
		fprintf(stderr, "no '%s' in\n%s", from, t->b);
		assert(at != NULL);
	}
	assert(t->n + b < BUF_MAX);
	rest = t->n - (size_t)(at - t->b) - a;
	memmove(at + b, at + a, rest + 1);
	memcpy(at, b > 0 ? to : "", b);
	t->n += b;
	t->n -= a;
}

/* ---- keys ------------------------------------------------------------- */

struct key {
	char name[140];
	char vkey[200];
	uint8_t type, id[4];
	uint8_t seed[32], public[32];
};

/* Key id and vkey, from name, type and public key. */
static inline void
key_spell(struct key *k)
{
	uint8_t blob[33], d[32];
	crypto_hash_sha256_state s;
	char text[48]; /* 44 */

	blob[0] = k->type;
	memcpy(blob + 1, k->public, 32);
	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(
	    &s, (const uint8_t *)k->name, strlen(k->name));
	crypto_hash_sha256_update(&s, (const uint8_t *)"\n", 1);
	crypto_hash_sha256_update(&s, blob, 33);
	crypto_hash_sha256_final(&s, d);
	memcpy(k->id, d, 4);
	sodium_bin2base64(
	    text, sizeof text, blob, 33, sodium_base64_VARIANT_ORIGINAL);
	snprintf(k->vkey, sizeof k->vkey, "%s+%02x%02x%02x%02x+%s", k->name,
	    d[0], d[1], d[2], d[3], text);
}

static inline void
key_from_seed(
    struct key *k, const char *name, uint8_t type, const uint8_t seed[32])
{
	uint8_t secret[64];

	memset(k, 0, sizeof *k);
	assert(strlen(name) < sizeof k->name);
	strcpy(k->name, name);
	k->type = type;
	memcpy(k->seed, seed, 32);
	crypto_sign_seed_keypair(k->public, secret, seed);
	key_spell(k);
}

/* The seed is the SHA-256 of the label. */
static inline void
key_make(struct key *k, const char *name, uint8_t type, const char *label)
{
	uint8_t seed[32];

	crypto_hash_sha256(seed, (const uint8_t *)label, strlen(label));
	key_from_seed(k, name, type, seed);
}

/*
 * A signature line by k over text; of a cosigner at `time`, of anyone else
 * when time is 0.
 */
static inline void
line_put(struct buf *out, const struct key *k, const char *text, size_t n,
    uint64_t time)
{
	static struct buf message;
	uint8_t blob[76], public[32], secret[64];
	size_t at = 4, i;

	message.n = 0;
	memcpy(blob, k->id, 4);
	if (k->type == 4) {
		buf_printf(&message, "cosignature/v1\ntime %llu\n",
		    (unsigned long long)time);
		for (i = 0; i < 8; i++)
			blob[at++] = (uint8_t)(time >> (56 - 8 * i));
	}
	buf_put(&message, text, n);
	crypto_sign_seed_keypair(public, secret, k->seed);
	crypto_sign_detached(
	    blob + at, NULL, (const uint8_t *)message.b, message.n, secret);
	buf_printf(out, "\xe2\x80\x94 %s ", k->name);
	buf_base64(out, blob, at + 64);
	buf_printf(out, "\n");
}

/* ---- notes and files -------------------------------------------------- */

enum { BY_MAX = 300 };
struct by {
	const struct key *k[BY_MAX];
	unsigned n;
};
#define BY(...)                                                          \
	((struct by){                                                    \
	    {__VA_ARGS__}, sizeof((const struct key *[]){__VA_ARGS__}) / \
			       sizeof(struct key *)})

static inline void
note_make(struct buf *out, const struct buf *text, const struct by *by)
{
	unsigned i;

	out->n = 0;
	buf_put(out, text->b, text->n);
	buf_put(out, "\n", 1);
	for (i = 0; i < by->n; i++)
		line_put(out, by->k[i], text->b, text->n, 0);
}

static inline void
help_leaf(uint8_t out[32], const void *p, size_t n)
{
	crypto_hash_sha256_state s;

	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, (const uint8_t *)"\0", 1);
	crypto_hash_sha256_update(&s, p, n);
	crypto_hash_sha256_final(&s, out);
}

static inline void
help_node(uint8_t out[32], const uint8_t l[32], const uint8_t r[32])
{
	uint8_t b[65] = {1};

	memcpy(b + 1, l, 32);
	memcpy(b + 33, r, 32);
	crypto_hash_sha256(out, b, 65);
}

/*
 * The root of a tree of any size over a leaf at index, by the recursion of
 * RFC 6962 section 2.1.1, with siblings made up on the way.
 */
static inline void
help_climb(uint8_t root[32], const uint8_t leaf[32], uint64_t index,
    uint64_t size, uint8_t path[][32], unsigned *path_n)
{
	uint8_t below[32], label[16] = "sibling";
	uint64_t k = 1;

	if (size == 1) {
		memcpy(root, leaf, 32);
		return;
	}
	while (k * 2 < size)
		k *= 2;
	help_climb(below, leaf, index < k ? index : index - k,
	    index < k ? k : size - k, path, path_n);
	label[15] = (uint8_t)*path_n;
	crypto_hash_sha256(path[*path_n], label, sizeof label);
	if (index < k)
		help_node(root, below, path[*path_n]);
	else
		help_node(root, path[*path_n], below);
	++*path_n;
}

struct proof {
	const char *origin;
	uint64_t index, size;
	struct by logs, cosigners;
	uint64_t time[BY_MAX]; /* of each cosigner; 0: HELP_TIME */
};

/* Append LF and the proof of the note that out holds. */
static inline void
proof_put(struct buf *out, const struct proof *p)
{
	static struct buf checkpoint;
	uint8_t leaf[32], root[32], path[64][32];
	unsigned path_n = 0, i;

	help_leaf(leaf, out->b, out->n);
	help_climb(root, leaf, p->index, p->size, path, &path_n);
	buf_printf(out, "\nc2sp.org/tlog-proof@v1\nindex %llu\n",
	    (unsigned long long)p->index);
	for (i = 0; i < path_n; i++) {
		buf_base64(out, path[i], 32);
		buf_put(out, "\n", 1);
	}
	checkpoint.n = 0;
	buf_printf(
	    &checkpoint, "%s\n%llu\n", p->origin, (unsigned long long)p->size);
	buf_base64(&checkpoint, root, 32);
	buf_put(&checkpoint, "\n", 1);
	buf_put(out, "\n", 1);
	buf_put(out, checkpoint.b, checkpoint.n);
	buf_put(out, "\n", 1);
	for (i = 0; i < p->logs.n; i++)
		line_put(out, p->logs.k[i], checkpoint.b, checkpoint.n, 0);
	for (i = 0; i < p->cosigners.n; i++)
		line_put(out, p->cosigners.k[i], checkpoint.b, checkpoint.n,
		    p->time[i] != 0 ? p->time[i] : HELP_TIME);
}

/* ---- an authority ----------------------------------------------------- */

struct authority {
	struct key signer[4], root[4], log[2], witness[3], mirror;
};

/* signer[3], root[3] and witness[2] are in no text by themselves. */
static inline void
authority_make(struct authority *a)
{
	static const char *const names[] = {"alice", "bob", "carol", "dave"};
	char name[64], label[64];
	unsigned i;

	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof name, "acme.example/%s", names[i]);
		snprintf(label, sizeof label, "quorate test signer %u", i);
		key_make(&a->signer[i], name, 1, label);
		snprintf(name, sizeof name, "acme.example/root%u", i + 1);
		snprintf(label, sizeof label, "quorate test root %u", i);
		key_make(&a->root[i], name, 1, label);
	}
	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "Witness.example/W%u", i + 1);
		snprintf(label, sizeof label, "quorate test witness %u", i);
		key_make(&a->witness[i], name, 4, label);
	}
	key_make(&a->log[0], "log.example/acme", 1, "quorate test log");
	key_make(&a->log[1], "log.example/acme", 1, "quorate test log 2");
	key_make(&a->mirror, "mirror.example/m", 4, "quorate test mirror");
}

/* 2 of 3 signers, 2 of 3 roots, a log, any of two witnesses and a mirror. */
static inline void
trust_text(struct buf *t, const struct authority *a)
{
	t->n = 0;
	buf_printf(t,
	    "quorate/trust@v1\nname acme/test\nepoch 1\nrevision 1\n"
	    "previous -\n"
	    "signer alice %s DE\nsigner bob %s FR\nsigner carol %s JP\n"
	    "group signers 2 alice bob carol\nquorum signers\n"
	    "root r1 %s DE\nroot r2 %s FR\nroot r3 %s JP\n"
	    "group roots 2 r1 r2 r3\nroot-quorum roots\nrecover 2\n",
	    a->signer[0].vkey, a->signer[1].vkey, a->signer[2].vkey,
	    a->root[0].vkey, a->root[1].vkey, a->root[2].vkey);
	buf_printf(t,
	    "log %s DE\nwitness w1 %s FR\nwitness w2 %s JP\nmirror m1 %s -\n"
	    "group w any w1 w2\ngroup both all w m1\nwitness-quorum both\n"
	    "about\nproposed %u\ntext-max 1536\n",
	    a->log[0].vkey, a->witness[0].vkey, a->witness[1].vkey,
	    a->mirror.vkey, (unsigned)HELP_TIME);
}

static inline void
text_id(uint8_t id[32], const struct buf *t)
{
	crypto_hash_sha256(id, (const uint8_t *)t->b, t->n);
}

/* The next revision of a text: its number and `previous`. */
static inline void
trust_next(struct buf *next, const struct buf *held, unsigned revision)
{
	char from[128], to[128];
	uint8_t id[32];
	const char *at;
	int n;

	text_id(id, held);
	*next = *held;
	snprintf(from, sizeof from, "revision %u\n", revision);
	snprintf(to, sizeof to, "revision %u\n", revision + 1);
	buf_swap(next, from, to);
	at = strstr(next->b, "previous ");
	n = (int)strcspn(at, "\n");
	snprintf(from, sizeof from, "%.*s\n", n, at);
	n = snprintf(to, sizeof to, "previous ");
	sodium_bin2hex(to + n, sizeof to - (size_t)n, id, 32);
	strcat(to, "\n");
	buf_swap(next, from, to);
}

static inline void
release_text(struct buf *t, const void *app, size_t app_n)
{
	uint8_t d[32];

	t->n = 0;
	buf_printf(t,
	    "quorate/release@v1\nauthority acme/test 1\nproduct acme/pump\n"
	    "version 1.7.0\nsequence 7\nfloor 5\npayload app %zu ",
	    app_n);
	crypto_hash_sha256(d, app, app_n);
	buf_hex(t, d, 32);
	buf_printf(t, "\nabout\nproposed %u\n", (unsigned)HELP_TIME);
}

static inline void
withdraw_text(struct buf *t)
{
	t->n = 0;
	buf_printf(t,
	    "quorate/withdraw@v1\nauthority acme/test 1\nproduct acme/pump\n"
	    "floor 8\nabout\nproposed %u\nreason it overheats\n",
	    (unsigned)HELP_TIME);
}

static inline struct proof
proof_usual(const struct authority *a)
{
	return (struct proof){.origin = a->log[0].name,
	    .index = 5,
	    .size = 7,
	    .logs = BY(&a->log[0]),
	    .cosigners = BY(&a->witness[0], &a->mirror)};
}

static inline void
file_make(struct buf *out, const struct buf *text, const struct by *by,
    const struct proof *p)
{
	note_make(out, text, by);
	proof_put(out, p);
}
#endif
