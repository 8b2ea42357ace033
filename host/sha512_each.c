/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each text has a lane until its last block; then the next text takes the
 * lane, so that lengths need not agree. Only towards the end are there lanes
 * without work, which then hash what they had.
 */
#include "host/sha512_each.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "verify/sha_common.h"

#define LANES_MAX 8
#define BLOCK     128
#define HEAD      64 /* the two halves */

static unsigned most = LANES_MAX;

void
sha512_lanes_most(unsigned limit)
{
	most = limit;
}

#if defined(__x86_64__)
#define LANES    4
#define TARGET   __attribute__((target("avx2")))
#define COMPRESS compress_4
#include "host/sha512_lanes.h"

#define LANES    8
#define TARGET   __attribute__((target("avx512f")))
#define COMPRESS compress_8
#include "host/sha512_lanes.h"

unsigned
sha512_lanes(void)
{
	if (most >= 8 && __builtin_cpu_supports("avx512f") != 0)
		return 8;
	return most >= 4 && __builtin_cpu_supports("avx2") != 0 ? 4 : 1;
}

/* A text on its way. */
struct lane {
	struct sha512_text *text; /* NULL: none any more */
	size_t at, blocks;
	uint8_t edge[BLOCK]; /* a block that is not all message */
};

static void
lane_take(struct lane *l, unsigned lane, struct sha512_text *text,
    uint64_t *state, unsigned lanes)
{
	static const uint64_t initial[8] = {0x6a09e667f3bcc908,
	    0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
	    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b,
	    0x5be0cd19137e2179};

	l->text = text;
	l->at = 0;
	/* 17: the bit that ends the text, and its length */
	l->blocks = (HEAD + text->n + 17 + BLOCK - 1) / BLOCK;
	for (int i = 0; i < 8; i++)
		state[i * lanes + lane] = initial[i];
}

static void
big_endian(uint8_t out[static 8], uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		out[i] = (uint8_t)v;
}

/* Block l->at of the text with its padding (FIPS 180-4 section 5.1.2). */
static const uint8_t *
lane_block(struct lane *l)
{
	const struct sha512_text *t = l->text;
	size_t head = l->at == 0 ? HEAD : 0;
	size_t from =
	    l->at == 0 ? 0 : l->at * BLOCK - HEAD; /* of the message */
	size_t left = from < t->n ? t->n - from : 0;

	if (head == 0 && left >= BLOCK)
		return t->message + from;
	memset(l->edge, 0, sizeof l->edge);
	if (head > 0) {
		memcpy(l->edge, t->half[0], 32);
		memcpy(l->edge + 32, t->half[1], 32);
	}
	if (left >= BLOCK - head) {
		memcpy(l->edge + head, t->message + from, BLOCK - head);
		return l->edge;
	}
	if (left > 0)
		memcpy(l->edge + head, t->message + from, left);
	if (from <= t->n) /* not where an earlier block had room for it */
		l->edge[head + left] = 0x80;
	if (l->at + 1 == l->blocks) {
		big_endian(l->edge + BLOCK - 16, (uint64_t)t->n >> 61);
		big_endian(l->edge + BLOCK - 8, 8 * (uint64_t)(HEAD + t->n));
	}
	return l->edge;
}

static void
each_side_by_side(struct sha512_text *texts, size_t n, unsigned lanes)
{
	uint64_t state[8 * LANES_MAX] = {0};
	struct lane lane[LANES_MAX];
	const uint8_t *block[LANES_MAX] = {NULL};
	size_t next = 0, busy = 0;

	for (unsigned i = 0; i < lanes; i++) {
		lane[i].text = NULL;
		block[i] = (const uint8_t *)sha_k; /* any bytes */
		if (next < n) {
			lane_take(&lane[i], i, &texts[next++], state, lanes);
			busy++;
		}
	}
	while (busy > 0) {
		for (unsigned i = 0; i < lanes; i++)
			if (lane[i].text != NULL)
				block[i] = lane_block(&lane[i]);
		if (lanes == 8)
			compress_8(state, block);
		else
			compress_4(state, block);
		for (unsigned i = 0; i < lanes; i++) {
			struct lane *l = &lane[i];

			if (l->text == NULL || ++l->at < l->blocks)
				continue;
			for (int k = 0; k < 8; k++)
				big_endian(
				    l->text->out + 8 * k, state[k * lanes + i]);
			l->text = NULL;
			busy--;
			if (next == n)
				continue;
			lane_take(l, i, &texts[next++], state, lanes);
			busy++;
		}
	}
}
#else
unsigned
sha512_lanes(void)
{
	return 1;
}

static void
each_side_by_side(struct sha512_text *texts, size_t n, unsigned lanes)
{
	(void)texts;
	(void)n;
	(void)lanes;
}
#endif

static void
one(struct sha512_text *t)
{
	crypto_hash_sha512_state h;

	crypto_hash_sha512_init(&h);
	crypto_hash_sha512_update(&h, t->half[0], 32);
	crypto_hash_sha512_update(&h, t->half[1], 32);
	if (t->n > 0)
		crypto_hash_sha512_update(&h, t->message, t->n);
	crypto_hash_sha512_final(&h, t->out);
}

void
sha512_each(struct sha512_text *texts, size_t n)
{
	unsigned lanes = n > 1 ? sha512_lanes() : 1;

	if (lanes > 1)
		each_side_by_side(texts, n, lanes);
	else
		for (size_t i = 0; i < n; i++)
			one(&texts[i]);
}
