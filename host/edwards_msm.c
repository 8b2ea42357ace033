/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multi-scalar multiplication of host/edwards.h. PUBLIC data only.
 *
 * Straus: every scalar as a non-adjacent form of width 5 (eight odd multiples
 * in a table), all of them added along one chain of doublings. The generator
 * has a wide table made once a process. Pippenger: per window of w bits each
 * point goes into the bucket of its digit, and the buckets are added up with
 * a running sum; digits are signed, which halves the buckets.
 */
#include "host/edwards.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host/edwards_parts.h"

#define NAF_DIGITS 257
#define WIDTH	   5
#define ODD	   (1 << (WIDTH - 2)) /* multiples in a table */
#define BASE_WIDTH 8
#define BASE_ODD   (1 << (BASE_WIDTH - 2))
#define TABLE_WIDTH 6

_Static_assert(1 << (TABLE_WIDTH - 2) == EDWARDS_TABLE_POINTS, "table");
_Static_assert(sizeof(struct edwards_table) ==
	EDWARDS_TABLE_POINTS * sizeof(struct cached),
    "a table's points are struct cached");

static struct cached base_table[BASE_ODD];
static pthread_once_t base_once = PTHREAD_ONCE_INIT;

/* p, 3p, 5p, ... */
static void
odd_multiples(struct cached *table, size_t n, const struct edwards *p)
{
	struct edwards at = *p;
	struct cached twice;
	struct halves h;

	cached_of(&table[0], &at);
	halves_double(&h, &at);
	halves_join(&at, &h);
	cached_of(&twice, &at);
	at = *p;
	for (size_t i = 1; i < n; i++) {
		halves_add(&h, &at, &twice, false, false);
		halves_join(&at, &h);
		cached_of(&table[i], &at);
	}
}

/* The generator of RFC 8032 section 5.1, from its encoding: y = 4/5. The
 * multiples are brought to Z = 1, so that adding one is cheaper. */
static void
base_make(void)
{
	static const uint8_t four_fifths[32] = {0x58, 0x66, 0x66, 0x66, 0x66,
	    0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
	    0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
	    0x66, 0x66, 0x66, 0x66, 0x66};
	struct edwards b, twice, at;
	uint8_t bytes[32];

	if (!edwards_decode(&b, four_fifths))
		abort();
	edwards_add(&twice, &b, &b);
	at = b;
	for (int i = 0; i < BASE_ODD; i++) {
		struct edwards affine;

		edwards_encode(bytes, &at);
		if (!edwards_decode(&affine, bytes))
			abort();
		cached_of(&base_table[i], &affine);
		edwards_add(&at, &at, &twice);
	}
}

static void
words_of(uint64_t w[static 5], const uint8_t s[static 32])
{
	for (int i = 0; i < 4; i++) {
		w[i] = 0;
		for (int j = 7; j >= 0; j--)
			w[i] = w[i] << 8 | s[8 * i + j];
	}
	w[4] = 0;
}

/* Digits are zero or odd, below 2^(width-1) in size; returns how many stand
 * up to the highest that is not zero. */
static int
naf(int8_t digit[static NAF_DIGITS], const uint8_t s[static 32], int width)
{
	const uint64_t mask = (UINT64_C(1) << width) - 1;
	uint64_t w[5], carry = 0;
	int top = 0;

	memset(digit, 0, NAF_DIGITS);
	words_of(w, s);
	for (int at = 0; at < 256;) {
		int word = at / 64, bit = at % 64;
		uint64_t bits = w[word] >> bit;

		if (bit + width > 64)
			bits |= w[word + 1] << (64 - bit);
		bits = (bits & mask) + carry;
		if ((bits & 1) == 0) {
			at++;
			continue;
		}
		carry = bits >> (width - 1);
		digit[at] = (int8_t)((int)bits - (int)(carry << width));
		top = at + 1;
		at += width;
	}
	return top;
}

static inline void
digit_add(struct edwards *r, struct halves *h, const struct cached *table,
    int digit, bool affine)
{
	if (digit == 0)
		return;
	halves_join(r, h);
	if (digit > 0)
		halves_add(h, r, &table[digit / 2], affine, false);
	else
		halves_add(h, r, &table[-digit / 2], affine, true);
}

struct straus_term {
	int8_t digit[NAF_DIGITS];
	struct cached odd[ODD];
};

static void
straus(struct edwards *out, const uint8_t *base, const uint8_t (*scalar)[32],
    const struct edwards *p, size_t n, const uint8_t (*table_scalar)[32],
    const struct edwards_table *const *table, size_t m)
{
	int8_t base_digit[NAF_DIGITS];
	int8_t table_digit[EDWARDS_STRAUS_MAX][NAF_DIGITS];
	struct straus_term term[EDWARDS_STRAUS_MAX];
	struct edwards r;
	struct halves h;
	int top = 0, t;

	if (base != NULL) {
		pthread_once(&base_once, base_make);
		top = naf(base_digit, base, BASE_WIDTH);
	}
	for (size_t i = 0; i < n; i++) {
		t = naf(term[i].digit, scalar[i], WIDTH);
		top = t > top ? t : top;
		odd_multiples(term[i].odd, ODD, &p[i]);
	}
	for (size_t i = 0; i < m; i++) {
		t = naf(table_digit[i], table_scalar[i], TABLE_WIDTH);
		top = t > top ? t : top;
	}
	edwards_identity(&r);
	for (int at = top - 1; at >= 0; at--) {
		halves_double(&h, &r);
		if (base != NULL)
			digit_add(&r, &h, base_table, base_digit[at], true);
		for (size_t i = 0; i < n; i++)
			digit_add(
			    &r, &h, term[i].odd, term[i].digit[at], false);
		for (size_t i = 0; i < m; i++)
			digit_add(&r, &h,
			    (const struct cached *)table[i]->multiple,
			    table_digit[i][at], false);
		if (at > 0)
			halves_join_no_t(&r, &h);
		else
			halves_join(&r, &h);
	}
	*out = r;
}

/* Scalars with half a window added at every window, so that a digit is a
 * plain window less that half: signed digits without a carry. */
struct windows {
	uint64_t w[5];
};

static void
windows_of(struct windows *out, const uint8_t s[static 32], int width,
    int count)
{
	struct windows half = {{0}};
	unsigned carry = 0;

	for (int j = 0; j < count; j++) {
		int bit = j * width + width - 1;

		half.w[bit / 64] |= UINT64_C(1) << bit % 64;
	}
	words_of(out->w, s);
	for (int i = 0; i < 5; i++) {
		uint128 sum = (uint128)out->w[i] + half.w[i] + carry;

		out->w[i] = (uint64_t)sum;
		carry = (unsigned)(sum >> 64);
	}
}

static inline int
window(const struct windows *s, int width, int j)
{
	int word = j * width / 64, bit = j * width % 64;
	uint64_t bits = s->w[word] >> bit;

	if (bit + width > 64 && word < 4)
		bits |= s->w[word + 1] << (64 - bit);
	return (int)(bits & ((1u << width) - 1)) - (1 << (width - 1));
}

#define BUCKET_WIDTH_MAX 8

/* The sum over all buckets of number times content; the empty ones cost
 * nothing until the first that is full. */
static void
buckets_sum(struct edwards *out, const struct edwards *bucket,
    const bool *full, int count)
{
	struct edwards run;
	struct cached c;
	struct halves h;
	bool any = false;

	edwards_identity(out);
	edwards_identity(&run);
	for (int i = count - 1; i >= 0; i--) {
		if (full[i]) {
			cached_of(&c, &bucket[i]);
			halves_add(&h, &run, &c, false, false);
			halves_join(&run, &h);
			any = true;
		}
		if (!any)
			continue;
		cached_of(&c, &run);
		halves_add(&h, out, &c, false, false);
		halves_join(out, &h);
	}
}

static void
bucket_add(struct edwards *bucket, bool *full, const struct cached *q,
    const struct edwards *p, bool affine, bool subtract)
{
	struct halves h;

	if (!*full) {
		*full = true;
		if (subtract)
			edwards_negate(bucket, p);
		else
			*bucket = *p;
		return;
	}
	halves_add(&h, bucket, q, affine, subtract);
	halves_join(bucket, &h);
}

static bool
z_is_one(const struct edwards *p)
{
	return p->z.v[0] == 1 &&
	    (p->z.v[1] | p->z.v[2] | p->z.v[3] | p->z.v[4]) == 0;
}

struct pippenger_term {
	struct windows s;
	struct cached q;
	bool affine;
};

static void
pippenger(struct edwards *out, struct pippenger_term *term,
    const uint8_t (*scalar)[32], const struct edwards *p, size_t n)
{
	const int width = n < 400 ? 6 : n < 3000 ? 7 : BUCKET_WIDTH_MAX;
	const int windows = 255 / width + 1;
	struct edwards bucket[1 << (BUCKET_WIDTH_MAX - 1)], r, sum;
	bool full[1 << (BUCKET_WIDTH_MAX - 1)];
	struct halves h;

	for (size_t i = 0; i < n; i++) {
		windows_of(&term[i].s, scalar[i], width, windows);
		cached_of(&term[i].q, &p[i]);
		term[i].affine = z_is_one(&p[i]);
	}
	edwards_identity(&r);
	for (int j = windows - 1; j >= 0; j--) {
		for (int k = 0; k < width; k++) {
			halves_double(&h, &r);
			halves_join(&r, &h);
		}
		memset(full, 0, sizeof full);
		for (size_t i = 0; i < n; i++) {
			int digit = window(&term[i].s, width, j);
			int b = digit < 0 ? -digit - 1 : digit - 1;

			if (digit != 0)
				bucket_add(&bucket[b], &full[b], &term[i].q,
				    &p[i], term[i].affine, digit < 0);
		}
		buckets_sum(&sum, bucket, full, 1 << (width - 1));
		edwards_add(&r, &r, &sum);
	}
	*out = r;
}

void
edwards_msm(struct edwards *out, const uint8_t *base,
    const uint8_t (*scalar)[32], const struct edwards *p, size_t n)
{
	struct pippenger_term *term = NULL;
	struct edwards sum, part;

	if (n > EDWARDS_STRAUS_MAX)
		term = malloc(n * sizeof *term);
	if (term != NULL) {
		pippenger(&sum, term, scalar, p, n);
		free(term);
		if (base != NULL) {
			straus(&part, base, NULL, NULL, 0, NULL, NULL, 0);
			edwards_add(&sum, &sum, &part);
		}
		*out = sum;
		return;
	}
	edwards_identity(&sum);
	do {
		size_t turn = n < EDWARDS_STRAUS_MAX ? n : EDWARDS_STRAUS_MAX;

		straus(&part, base, scalar, p, turn, NULL, NULL, 0);
		edwards_add(&sum, &sum, &part);
		base = NULL;
		scalar += turn;
		p += turn;
		n -= turn;
	} while (n > 0);
	*out = sum;
}

void
edwards_table_make(struct edwards_table *t, const struct edwards *p)
{
	odd_multiples((struct cached *)t->multiple, EDWARDS_TABLE_POINTS, p);
}

void
edwards_msm_tables(struct edwards *out, const uint8_t *base,
    const uint8_t (*scalar)[32], const struct edwards *p, size_t n,
    const uint8_t (*table_scalar)[32],
    const struct edwards_table *const *table, size_t m)
{
	assert(n + m <= EDWARDS_STRAUS_MAX);
	straus(out, base, scalar, p, n, table_scalar, table, m);
}
