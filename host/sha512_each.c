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
static const uint64_t round_constant[80] = {
    0x428a2f98d728ae22,
    0x7137449123ef65cd,
    0xb5c0fbcfec4d3b2f,
    0xe9b5dba58189dbbc,
    0x3956c25bf348b538,
    0x59f111f1b605d019,
    0x923f82a4af194f9b,
    0xab1c5ed5da6d8118,
    0xd807aa98a3030242,
    0x12835b0145706fbe,
    0x243185be4ee4b28c,
    0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f,
    0x80deb1fe3b1696b1,
    0x9bdc06a725c71235,
    0xc19bf174cf692694,
    0xe49b69c19ef14ad2,
    0xefbe4786384f25e3,
    0x0fc19dc68b8cd5b5,
    0x240ca1cc77ac9c65,
    0x2de92c6f592b0275,
    0x4a7484aa6ea6e483,
    0x5cb0a9dcbd41fbd4,
    0x76f988da831153b5,
    0x983e5152ee66dfab,
    0xa831c66d2db43210,
    0xb00327c898fb213f,
    0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2,
    0xd5a79147930aa725,
    0x06ca6351e003826f,
    0x142929670a0e6e70,
    0x27b70a8546d22ffc,
    0x2e1b21385c26c926,
    0x4d2c6dfc5ac42aed,
    0x53380d139d95b3df,
    0x650a73548baf63de,
    0x766a0abb3c77b2a8,
    0x81c2c92e47edaee6,
    0x92722c851482353b,
    0xa2bfe8a14cf10364,
    0xa81a664bbc423001,
    0xc24b8b70d0f89791,
    0xc76c51a30654be30,
    0xd192e819d6ef5218,
    0xd69906245565a910,
    0xf40e35855771202a,
    0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8,
    0x1e376c085141ab53,
    0x2748774cdf8eeb99,
    0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63,
    0x4ed8aa4ae3418acb,
    0x5b9cca4f7763e373,
    0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc,
    0x78a5636f43172f60,
    0x84c87814a1f0ab72,
    0x8cc702081a6439ec,
    0x90befffa23631e28,
    0xa4506cebde82bde9,
    0xbef9a3f7b2c67915,
    0xc67178f2e372532b,
    0xca273eceea26619c,
    0xd186b8c721c0c207,
    0xeada7dd6cde0eb1e,
    0xf57d4f7fee6ed178,
    0x06f067aa72176fba,
    0x0a637dc5a2c898a6,
    0x113f9804bef90dae,
    0x1b710b35131c471b,
    0x28db77f523047d84,
    0x32caab7b40c72493,
    0x3c9ebe0a15c9bebc,
    0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6,
    0x597f299cfc657e2a,
    0x5fcb6fab3ad6faec,
    0x6c44198c4a475817,
};

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
		block[i] = (const uint8_t *)round_constant; /* any bytes */
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
