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

/* A scalar below 2^253 in two halves: its lower HALF bits, and the rest. */
#define HALF EDWARDS_HALF

/* Of the generator, and of 2^HALF times the generator. */
static struct cached base_table[2][BASE_ODD];
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

/* Brought to Z = 1, so that adding one is cheaper. */
static void
affine_odd_multiples(struct cached *table, size_t n, const struct edwards *p)
{
	struct edwards at = *p, twice, affine;
	uint8_t bytes[32];

	edwards_add(&twice, p, p);
	for (size_t i = 0; i < n; i++) {
		edwards_encode(bytes, &at);
		if (!edwards_decode(&affine, bytes))
			abort();
		cached_of(&table[i], &affine);
		edwards_add(&at, &at, &twice);
	}
}

/* The generator of RFC 8032 section 5.1, from its encoding: y = 4/5. */
static void
base_make(void)
{
	static const uint8_t four_fifths[32] = {0x58, 0x66, 0x66, 0x66, 0x66,
	    0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
	    0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
	    0x66, 0x66, 0x66, 0x66, 0x66};
	struct edwards_twin b;

	if (!edwards_decode(&b.p, four_fifths))
		abort();
	edwards_twin_make(&b, &b.p);
	affine_odd_multiples(base_table[0], BASE_ODD, &b.p);
	affine_odd_multiples(base_table[1], BASE_ODD, &b.high);
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
			digit_add(
			    &r, &h, base_table[0], base_digit[at], true);
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

void
edwards_twin_make(struct edwards_twin *out, const struct edwards *p)
{
	struct edwards r = *p;
	struct halves h;

	out->p = *p;
	for (int i = 0; i < HALF; i++) {
		halves_double(&h, &r);
		halves_join(&r, &h);
	}
	out->high = r;
}

/* 256 bits as words, and what is needed to divide them by one another. */
struct wide {
	uint64_t w[4];
};

static int
wide_bits(const struct wide *a)
{
	for (int i = 3; i >= 0; i--)
		if (a->w[i] != 0)
			return 64 * i + 64 - __builtin_clzll(a->w[i]);
	return 0;
}

static bool
wide_below(const struct wide *a, const struct wide *b)
{
	for (int i = 3; i >= 0; i--)
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i];
	return false;
}

/* a << n, n below 256, without what falls off. */
static struct wide
wide_left(const struct wide *a, int n)
{
	struct wide r = {{0}};
	int word = n / 64, bit = n % 64;

	for (int i = word; i < 4; i++) {
		r.w[i] = a->w[i - word] << bit;
		if (bit > 0 && i > word)
			r.w[i] |= a->w[i - word - 1] >> (64 - bit);
	}
	return r;
}

static void
wide_sub(struct wide *a, const struct wide *b)
{
	uint64_t borrow = 0;

	for (int i = 0; i < 4; i++) {
		uint128 d = (uint128)a->w[i] - b->w[i] - borrow;

		a->w[i] = (uint64_t)d;
		borrow = (uint64_t)(d >> 64) & 1;
	}
}

static void
half_store(uint8_t s[static 32], uint64_t w0, uint64_t w1)
{
	memset(s, 0, 32);
	for (int i = 0; i < 8; i++) {
		s[i] = (uint8_t)(w0 >> 8 * i);
		s[8 + i] = (uint8_t)(w1 >> 8 * i);
	}
}

/*
 * The extended Euclidean algorithm on the order and s, left in the middle:
 * every remainder r there is t s modulo the order, and as the r fall the t
 * rise, so that when r is first below 2^127 both are (|t| below the order
 * over the r before, which was 2^127 or more). Two rows have t of opposite
 * sign, hence a subtraction of rows adds the sizes of their t.
 */
bool
edwards_halve(uint8_t factor[static 32], uint8_t product[static 32],
    const uint8_t s[static 32])
{
	struct wide r0 = {{0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0,
	    0x1000000000000000}};
	struct wide r1, t;
	uint64_t words[5];
	uint128 t0 = 0, t1 = 1;
	bool negative = false; /* t1 is */

	words_of(words, s);
	memcpy(r1.w, words, sizeof r1.w);
	while (wide_bits(&r1) > HALF) {
		int shift = wide_bits(&r0) - wide_bits(&r1);

		t = wide_left(&r1, shift);
		if (wide_below(&r0, &t)) {
			if (shift == 0) {
				uint128 swap = t0;

				t = r0, r0 = r1, r1 = t;
				t0 = t1, t1 = swap;
				negative = !negative;
				continue;
			}
			t = wide_left(&r1, --shift);
		}
		wide_sub(&r0, &t);
		t0 += t1 << shift;
		if (wide_below(&r0, &r1)) {
			uint128 swap = t0;

			t = r0, r0 = r1, r1 = t;
			t0 = t1, t1 = swap;
			negative = !negative;
		}
	}
	half_store(factor, (uint64_t)t1, (uint64_t)(t1 >> 64));
	half_store(product, r1.w[0], r1.w[1]);
	return negative;
}

/* A point of the chain: a scalar of 127 bits, and where its multiples are. */
struct half_term {
	int8_t digit[NAF_DIGITS];
	const struct cached *odd;
	bool affine;
};

static int
halves_of(struct half_term term[static 2], const uint8_t s[static 32],
    int width, bool negative)
{
	uint64_t w[5];
	uint8_t low[32], high[32];
	int top, t;

	words_of(w, s);
	half_store(low, w[0], w[1] & (UINT64_MAX >> 1));
	half_store(high, w[1] >> 63 | w[2] << 1, w[2] >> 63 | w[3] << 1);
	top = naf(term[0].digit, low, width);
	t = naf(term[1].digit, high, width);
	for (int i = 0; negative && i < NAF_DIGITS; i++) {
		term[0].digit[i] = (int8_t)-term[0].digit[i];
		term[1].digit[i] = (int8_t)-term[1].digit[i];
	}
	return t > top ? t : top;
}

void
edwards_equation(struct edwards *out, const uint8_t *minus_base,
    const uint8_t factor[static 32], const struct edwards *p,
    const uint8_t product[static 32], bool negative, const struct edwards *q,
    const uint8_t s[static 32], const struct edwards_twin *y)
{
	struct half_term term[6];
	struct cached odd[4][ODD];
	const struct edwards *dynamic[4] = {p, q, &y->p, &y->high};
	struct edwards r;
	struct halves h;
	int n = 4, top, t;

	pthread_once(&base_once, base_make);
	for (int i = 0; i < 4; i++) {
		odd_multiples(odd[i], ODD, dynamic[i]);
		term[i].odd = odd[i];
		term[i].affine = false;
	}
	top = naf(term[0].digit, factor, WIDTH);
	t = naf(term[1].digit, product, WIDTH);
	top = t > top ? t : top;
	for (int i = 0; negative && i < t; i++)
		term[1].digit[i] = (int8_t)-term[1].digit[i];
	t = halves_of(&term[2], s, WIDTH, false);
	top = t > top ? t : top;
	if (minus_base != NULL) {
		t = halves_of(&term[4], minus_base, BASE_WIDTH, true);
		top = t > top ? t : top;
		for (n = 4; n < 6; n++) {
			term[n].odd = base_table[n - 4];
			term[n].affine = true;
		}
	}
	edwards_identity(&r);
	for (int at = top - 1; at >= 0; at--) {
		halves_double(&h, &r);
		for (int i = 0; i < n; i++)
			digit_add(&r, &h, term[i].odd, term[i].digit[at],
			    term[i].affine);
		if (at > 0)
			halves_join_no_t(&r, &h);
		else
			halves_join(&r, &h);
	}
	*out = r;
}
