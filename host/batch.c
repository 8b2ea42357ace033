/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exact batch verification of Ed25519.
 *
 * The accept set is cofactorless (verify/ed25519.h). Write s B - R - c A =
 * (d, tau) in Z/q x Z/8; a signature is good if both are 0. A random
 * combination finds d != 0 but for a chance of 2^-128, and cannot see tau:
 * it passes a wrong tau with odds of one in eight or better, and multiplying
 * by the cofactor always passes it. Whoever holds a key can make signatures
 * with a wrong tau, and a log would admit what a device refuses. So tau is
 * decided for each item, before:
 *
 *   0  S is below the order; else refuse
 *   1  A is not of prime order: ed25519_verify decides that item alone
 *   2  R is not the canonical encoding of a point of prime order: refuse.
 *      Exact, for s B - c A lies in that subgroup, and R = 0 is refused by
 *      the single verdict too
 *   3  what is left has tau = 0: one combination with 128 random bits each
 *   4  if that fails, the same for parts of BATCH_SPLIT items; of a part that
 *      fails each item alone, by s B - c A = R without weights
 *
 * Do not drop step 2 for speed: tests/unit/check_batch.c shows what passes
 * then.
 */
#include "host/batch.h"

#include <endian.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "host/edwards.h"
#include "host/sha512_each.h"
#include "verify/ed25519.h"

#define BATCH_MAX   1024 /* items in one combination */
#define BATCH_SPLIT 64	 /* a failing part of this size is done singly */
#define BATCH_MIN   4	 /* below, single verification is as fast */
#define CACHE_WAYS  4

struct known_key {
	bool used, prime;
	uint8_t key[32];
	struct edwards a;
};

/* What a batch is worked out in; kept with the cache, for the next one. */
struct work;

struct batch_cache {
	struct work *work; /* NULL before the first */
	size_t sets;
	uint8_t salt[crypto_shorthash_KEYBYTES];
	uint8_t *next; /* which way of a set is replaced next */
	struct known_key *keys;
};

struct batch_cache *
batch_cache_new(size_t keys)
{
	struct batch_cache *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->sets = keys / CACHE_WAYS + 1;
	randombytes_buf(c->salt, sizeof c->salt);
	c->next = calloc(c->sets, sizeof *c->next);
	c->keys = calloc(c->sets * CACHE_WAYS, sizeof *c->keys);
	if (c->next != NULL && c->keys != NULL)
		return c;
	batch_cache_free(c);
	return NULL;
}

static void
key_learn(struct known_key *k, const uint8_t key[static 32])
{
	memcpy(k->key, key, 32);
	k->used = true;
	k->prime = edwards_decode_prime(&k->a, key);
}

/* Where the key stands in the cache, or in spare. */
static const struct known_key *
key_find(struct batch_cache *c, struct known_key *spare,
    const uint8_t key[static 32])
{
	struct known_key *set, *k;
	uint8_t hash[crypto_shorthash_BYTES];
	uint64_t at;

	if (c == NULL) {
		key_learn(spare, key);
		return spare;
	}
	crypto_shorthash(hash, key, 32, c->salt);
	memcpy(&at, hash, sizeof at);
	at %= c->sets;
	set = &c->keys[at * CACHE_WAYS];
	for (int i = 0; i < CACHE_WAYS; i++)
		if (set[i].used && memcmp(set[i].key, key, 32) == 0)
			return &set[i];
	k = &set[c->next[at]];
	c->next[at] = (c->next[at] + 1) % CACHE_WAYS;
	key_learn(k, key);
	return k;
}

/* An item that waits for the combination. */
struct slot {
	struct batch_item *item;
	size_t key; /* its place in work.key */
	struct edwards r;
	uint8_t c[32];
	uint8_t z[32]; /* 128 random bits */
};

/* A sum of products of a weight and a scalar, reduced when it is complete:
 * BATCH_MAX of 381 bits are far below 512. */
struct product_sum {
	uint64_t w[8];
};

/* A key of this call, once. */
struct slot_key {
	const uint8_t *bytes;
	bool prime;
	struct edwards a;
	struct product_sum zc; /* of those in hand */
	bool touched;
};

struct work {
	size_t cap, slots, keys, places;
	struct slot *slot;
	struct slot_key *key;
	size_t *place; /* hash of key -> 1 + its place in key */
	struct edwards *point;
	uint8_t (*scalar)[32];
	uint8_t (*weight)[16]; /* from one seed: one question to the system */
	struct sha512_text *text;
};

static void
work_free(struct work *w)
{
	if (w == NULL)
		return;
	free(w->slot);
	free(w->key);
	free(w->place);
	free(w->point);
	free(w->scalar);
	free(w->weight);
	free(w->text);
	free(w);
}

/* For at least so many items; NULL: no memory. */
static struct work *
work_new(size_t items)
{
	struct work *w = calloc(1, sizeof *w);
	size_t cap = 64;

	if (w == NULL)
		return NULL;
	while (cap < items)
		cap *= 2;
	w->cap = cap;
	w->slot = malloc(cap * sizeof *w->slot);
	w->key = malloc(cap * sizeof *w->key);
	w->place = malloc(2 * cap * sizeof *w->place);
	w->point = malloc(2 * cap * sizeof *w->point);
	w->scalar = malloc(2 * cap * sizeof *w->scalar);
	w->weight = malloc(cap * sizeof *w->weight);
	w->text = malloc(cap * sizeof *w->text);
	if (w->slot != NULL && w->key != NULL && w->place != NULL &&
	    w->point != NULL && w->scalar != NULL && w->weight != NULL &&
	    w->text != NULL)
		return w;
	work_free(w);
	return NULL;
}

/* The cache's, if it is large enough or can be had. */
static struct work *
work_take(struct batch_cache *cache, size_t items)
{
	struct work *w;

	if (cache != NULL && cache->work != NULL && cache->work->cap >= items)
		return cache->work;
	w = work_new(items);
	if (w != NULL && cache != NULL) {
		work_free(cache->work);
		cache->work = w;
	}
	return w;
}

void
batch_cache_free(struct batch_cache *c)
{
	if (c == NULL)
		return;
	work_free(c->work);
	free(c->next);
	free(c->keys);
	free(c);
}

static size_t
key_place(struct work *w, struct batch_cache *cache, const uint8_t *bytes)
{
	struct known_key spare;
	const struct known_key *k;
	struct slot_key *fresh = &w->key[w->keys];
	uint64_t at;

	memcpy(&at, bytes + 8, sizeof at);
	for (at &= w->places - 1; w->place[at] != 0;
	     at = (at + 1) & (w->places - 1))
		if (memcmp(w->key[w->place[at] - 1].bytes, bytes, 32) == 0)
			return w->place[at] - 1;
	k = key_find(cache, &spare, bytes);
	fresh->bytes = bytes;
	fresh->prime = k->prime;
	fresh->a = k->a;
	w->place[at] = ++w->keys;
	return w->keys - 1;
}

/* Steps 0 and 1: refuse, decide singly, or give it a slot. */
static void
item_sort(struct work *w, struct batch_cache *cache, struct batch_item *item)
{
	struct slot *s = &w->slot[w->slots];

	item->rc = RC_SIGNATURE_INVALID;
	if (!edwards_scalar_canonical(item->sig + 32))
		return;
	s->key = key_place(w, cache, item->key);
	if (!w->key[s->key].prime) {
		item->rc = ed25519_verify(
		    item->sig, item->key, item->message, item->n);
		return;
	}
	s->item = item;
	w->slots++;
}

/* Step 2, for many at once; who is refused loses the slot. */
static void
slots_open(struct work *w)
{
	struct edwards *to[BATCH_SPLIT];
	const uint8_t *from[BATCH_SPLIT];
	bool good[BATCH_SPLIT];
	size_t kept = 0;

	for (size_t at = 0; at < w->slots; at += BATCH_SPLIT) {
		size_t n = w->slots - at < BATCH_SPLIT ? w->slots - at
						       : BATCH_SPLIT;

		for (size_t i = 0; i < n; i++) {
			to[i] = &w->slot[at + i].r;
			from[i] = w->slot[at + i].item->sig;
		}
		(void)!edwards_decode_prime_each(to, good, from, n);
		for (size_t i = 0; i < n; i++)
			if (good[i])
				w->slot[kept++] = w->slot[at + i];
	}
	w->slots = kept;
}

/* z is drawn only now: every item is in place. */
static void
slots_weigh(struct work *w)
{
	uint8_t seed[randombytes_SEEDBYTES];

	for (size_t i = 0; i < w->slots; i++) {
		const struct batch_item *item = w->slot[i].item;

		w->text[i] = (struct sha512_text){
		    .half = {item->sig, item->key},
		    .message = item->message,
		    .n = item->n};
	}
	sha512_each(w->text, w->slots);
	randombytes_buf(seed, sizeof seed);
	randombytes_buf_deterministic(
	    w->weight, w->slots * sizeof *w->weight, seed);
	for (size_t i = 0; i < w->slots; i++) {
		struct slot *s = &w->slot[i];

		memset(s->z, 0, sizeof s->z);
		memcpy(s->z, w->weight[i], sizeof w->weight[i]);
		crypto_core_ed25519_scalar_reduce(s->c, w->text[i].out);
	}
}

static uint64_t
word(const uint8_t b[static 8])
{
	uint64_t w;

	memcpy(&w, b, sizeof w);
	return le64toh(w);
}

/* sum += z s */
static void
product_add(struct product_sum *sum, const uint8_t z[static 16],
    const uint8_t s[static 32])
{
	for (int i = 0; i < 2; i++) {
		uint64_t weight = word(z + 8 * i), carry = 0;

		for (int j = 0; j < 4; j++) {
			unsigned __int128 t =
			    (unsigned __int128)weight * word(s + 8 * j) +
			    sum->w[i + j] + carry;

			sum->w[i + j] = (uint64_t)t;
			carry = (uint64_t)(t >> 64);
		}
		for (int j = i + 4; j < 8; j++) {
			sum->w[j] += carry;
			carry = sum->w[j] < carry;
		}
	}
}

static void
product_reduce(uint8_t out[static 32], const struct product_sum *sum)
{
	uint8_t wide[64];

	for (int i = 0; i < 8; i++) {
		uint64_t w = htole64(sum->w[i]);

		memcpy(wide + 8 * i, &w, sizeof w);
	}
	crypto_core_ed25519_scalar_reduce(out, wide);
}

/* Step 3 over slots from..to: sum z R + sum (z c) A = (sum z s) B. */
static bool
slots_hold(struct work *w, size_t from, size_t to)
{
	struct product_sum zs = {{0}};
	struct edwards sum;
	uint8_t base[32];
	size_t n = 0;

	for (size_t i = 0; i < w->keys; i++)
		w->key[i].touched = false;
	for (size_t i = from; i < to; i++) {
		const struct slot *s = &w->slot[i];
		struct slot_key *k = &w->key[s->key];

		if (!k->touched)
			memset(&k->zc, 0, sizeof k->zc);
		k->touched = true;
		product_add(&k->zc, s->z, s->c);
		product_add(&zs, s->z, s->item->sig + 32);
		w->point[n] = s->r;
		memcpy(w->scalar[n++], s->z, 32);
	}
	/* after the weights, which are short: edwards_msm looks for that */
	for (size_t i = 0; i < w->keys; i++) {
		if (!w->key[i].touched)
			continue;
		w->point[n] = w->key[i].a;
		product_reduce(w->scalar[n++], &w->key[i].zc);
	}
	product_reduce(base, &zs);
	crypto_core_ed25519_scalar_negate(base, base);
	edwards_msm(&sum, base, w->scalar, w->point, n);
	return edwards_is_identity(&sum);
}

static bool
slot_holds(const struct work *w, const struct slot *s)
{
	uint8_t minus_c[32];
	struct edwards r;

	crypto_core_ed25519_scalar_negate(minus_c, s->c);
	edwards_msm(&r, s->item->sig + 32, (const uint8_t (*)[32]) & minus_c,
	    &w->key[s->key].a, 1);
	return edwards_equal(&r, &s->r);
}

static void
slots_decide(struct work *w, size_t from, size_t to, bool known_bad)
{
	bool good = !known_bad && slots_hold(w, from, to);

	for (size_t i = from; i < to; i++)
		w->slot[i].item->rc = good || slot_holds(w, &w->slot[i])
		    ? RC_OK
		    : RC_SIGNATURE_INVALID;
}

static void
batch_turn(struct batch_item *items, size_t n, struct batch_cache *cache,
    struct work *w)
{
	w->slots = w->keys = 0;
	for (w->places = 16; w->places < 2 * n; w->places *= 2)
		continue;
	memset(w->place, 0, w->places * sizeof *w->place);
	for (size_t i = 0; i < n; i++)
		item_sort(w, cache, &items[i]);
	slots_open(w);
	if (w->slots == 0)
		return;
	slots_weigh(w);
	if (slots_hold(w, 0, w->slots)) {
		for (size_t i = 0; i < w->slots; i++)
			w->slot[i].item->rc = RC_OK;
		return;
	}
	for (size_t at = 0; at < w->slots; at += BATCH_SPLIT) {
		size_t end = at + BATCH_SPLIT < w->slots ? at + BATCH_SPLIT
							 : w->slots;

		/* a batch that was one part need not be asked again */
		slots_decide(w, at, end, w->slots <= BATCH_SPLIT);
	}
}

void
ed25519_verify_batch(
    struct batch_item *items, size_t n, struct batch_cache *cache)
{
	struct work *w = NULL;
	size_t cap = n < BATCH_MAX ? n : BATCH_MAX;

	if (n >= BATCH_MIN)
		w = work_take(cache, cap);
	if (w == NULL) {
		for (size_t i = 0; i < n; i++)
			items[i].rc = ed25519_verify(items[i].sig,
			    items[i].key, items[i].message, items[i].n);
		return;
	}
	for (size_t at = 0; at < n; at += cap)
		batch_turn(items + at, n - at < cap ? n - at : cap, cache, w);
	if (cache == NULL)
		work_free(w);
}
