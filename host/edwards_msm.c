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

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host/edwards_parts.h"

#define BASE_ODD (1 << (BASE_WIDTH - 2))

/* A scalar below 2^253 in two halves: its lower HALF bits, and the rest. */
#define HALF EDWARDS_HALF

/* Of the generator, and of 2^HALF times the generator. */
static union operand base_table[2][BASE_ODD], base_lanes[2][BASE_ODD];
static pthread_once_t base_once = PTHREAD_ONCE_INIT;

/* p, 3p, 5p, ... */
static void
odd_multiples(union operand *table, size_t n, const struct edwards *p)
{
	struct edwards at = *p;
	struct cached twice;
	struct halves h;

	if (edwards_vectors() == EDWARDS_IFMA) {
		ifma_odd_multiples(table, n, p);
		return;
	}
	cached_of(&table[0].plain, &at);
	halves_double(&h, &at);
	halves_join(&at, &h);
	cached_of(&twice, &at);
	at = *p;
	for (size_t i = 1; i < n; i++) {
		halves_add(&h, &at, &twice, false, false);
		halves_join(&at, &h);
		cached_of(&table[i].plain, &at);
	}
}

/* Brought to Z = 1, so that adding one is cheaper. */
static void
base_multiples(
    union operand *table, union operand *lanes, const struct edwards *p)
{
	struct edwards at = *p, twice, affine;
	uint8_t bytes[32];

	edwards_add(&twice, p, p);
	for (size_t i = 0; i < BASE_ODD; i++) {
		edwards_encode(bytes, &at);
		if (!edwards_decode(&affine, bytes))
			abort();
		cached_of(&table[i].plain, &affine);
		if (fe_ifma())
			ifma_operand(&lanes[i], &affine);
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
	base_multiples(base_table[0], base_lanes[0], &b.p);
	base_multiples(base_table[1], base_lanes[1], &b.high);
}

static const union operand *
base_of(int half)
{
	pthread_once(&base_once, base_make);
	return edwards_vectors() == EDWARDS_IFMA ? base_lanes[half]
						 : base_table[half];
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

static void
chain_init(struct chain *c)
{
	c->bits = c->uses = c->terms = 0;
	memset(c->first, -1, sizeof c->first);
}

/* s, or its negative, times the point of these odd multiples: digits of the
 * non-adjacent form. */
static void
chain_add(struct chain *c, const union operand *odd, bool affine, int width,
    const uint64_t s[static 5], bool negative)
{
	const uint64_t mask = (UINT64_C(1) << width) - 1;
	uint64_t carry = 0;

	c->term[c->terms].odd = odd;
	c->term[c->terms].affine = affine;
	for (int at = 0; at < 256;) {
		int word = at / 64, bit = at % 64, digit;
		uint64_t bits = s[word] >> bit;

		if (bit + width > 64)
			bits |= s[word + 1] << (64 - bit);
		bits = (bits & mask) + carry;
		if ((bits & 1) == 0) {
			at++;
			continue;
		}
		carry = bits >> (width - 1);
		digit = (int)bits - (int)(carry << width);
		c->use[c->uses].digit = (int8_t)(negative ? -digit : digit);
		c->use[c->uses].term = (uint8_t)c->terms;
		c->use[c->uses].next = c->first[at];
		c->first[at] = (int16_t)c->uses++;
		c->bits = at + 1 > c->bits ? at + 1 : c->bits;
		at += width;
	}
	c->terms++;
}

static void
chain_run(struct edwards *out, const struct chain *c)
{
	struct edwards r;
	struct halves h;

	if (edwards_vectors() == EDWARDS_IFMA) {
		ifma_chain(out, c);
		return;
	}
	edwards_identity(&r);
	for (int at = c->bits - 1; at >= 0; at--) {
		halves_double(&h, &r);
		for (int u = c->first[at]; u >= 0; u = c->use[u].next) {
			int term = c->use[u].term, digit = c->use[u].digit;
			const union operand *odd = c->term[term].odd;

			halves_join(&r, &h);
			halves_add(&h, &r, &odd[abs(digit) / 2].plain,
			    c->term[term].affine, digit < 0);
		}
		if (at > 0)
			halves_join_no_t(&r, &h);
		else
			halves_join(&r, &h);
	}
	*out = r;
}

static void
straus(struct edwards *out, const uint8_t *base, const uint8_t (*scalar)[32],
    const struct edwards *p, size_t n)
{
	union operand odd[EDWARDS_STRAUS_MAX][ODD];
	struct chain c;
	uint64_t s[5];

	chain_init(&c);
	if (base != NULL) {
		words_of(s, base);
		chain_add(&c, base_of(0), true, BASE_WIDTH, s, false);
	}
	for (size_t i = 0; i < n; i++) {
		odd_multiples(odd[i], ODD, &p[i]);
		words_of(s, scalar[i]);
		chain_add(&c, odd[i], false, WIDTH, s, false);
	}
	chain_run(out, &c);
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

/* The sum of digit times point. p: the points of the terms. */
static void
plain_window(struct edwards *out, const struct bucket_term *term,
    const struct edwards *p, size_t n, int buckets)
{
	struct edwards bucket[1 << (BUCKET_WIDTH_MAX - 1)];
	bool full[1 << (BUCKET_WIDTH_MAX - 1)] = {false};

	for (size_t i = 0; i < n; i++) {
		int digit = term[i].digit, b = abs(digit) - 1;

		if (digit != 0)
			bucket_add(&bucket[b], &full[b], &term[i].q.plain,
			    &p[i], term[i].affine, digit < 0);
	}
	buckets_sum(out, bucket, full, buckets);
}

struct pippenger_memory {
	struct bucket_term *term;
	struct windows *s;
};

/* Scalars below 2^bits. */
static void
pippenger(struct edwards *out, const struct pippenger_memory *m,
    const uint8_t (*scalar)[32], const struct edwards *p, size_t n, int bits)
{
	const int width = n < 100 ? 5
	    : n < 400		  ? 6
	    : n < 3000		  ? 7
				  : BUCKET_WIDTH_MAX;
	const int windows = bits / width + 1;
	const bool ifma = edwards_vectors() == EDWARDS_IFMA;
	struct bucket_term *term = m->term;
	struct edwards r, sum;
	struct halves h;

	for (size_t i = 0; i < n; i++) {
		windows_of(&m->s[i], scalar[i], width, windows);
		term[i].affine = z_is_one(&p[i]);
		if (ifma)
			ifma_operand(&term[i].q, &p[i]);
		else
			cached_of(&term[i].q.plain, &p[i]);
	}
	edwards_identity(&r);
	for (int j = windows - 1; j >= 0; j--) {
		for (int k = 0; k < width; k++) {
			halves_double(&h, &r);
			halves_join(&r, &h);
		}
		for (size_t i = 0; i < n; i++)
			term[i].digit = (int8_t)window(&m->s[i], width, j);
		if (ifma)
			ifma_window(&sum, term, n, 1 << (width - 1));
		else
			plain_window(&sum, term, p, n, 1 << (width - 1));
		edwards_add(&r, &r, &sum);
	}
	*out = r;
}

/* Weights are short; the sums that belong to keys, few and at the end, are
 * not. */
static size_t
short_ones(const uint8_t (*scalar)[32], size_t n)
{
	static const uint8_t zero[16];
	size_t i = 0;

	while (i < n && memcmp(scalar[i] + 16, zero, 16) == 0)
		i++;
	return i;
}

static void
straus_in_turns(struct edwards *out, const uint8_t *base,
    const uint8_t (*scalar)[32], const struct edwards *p, size_t n)
{
	struct edwards part;

	edwards_identity(out);
	do {
		size_t turn = n < EDWARDS_STRAUS_MAX ? n : EDWARDS_STRAUS_MAX;

		straus(&part, base, scalar, p, turn);
		edwards_add(out, out, &part);
		base = NULL;
		scalar += turn;
		p += turn;
		n -= turn;
	} while (n > 0);
}

/* So few by buckets are no gain; with vectors, and without. */
#define BUCKETS_MIN_IFMA 24
#define BUCKETS_MIN	 (EDWARDS_STRAUS_MAX + 1)
/* So few long scalars are not worth windows of their own. */
#define LONG_FEW 16

void
edwards_msm(struct edwards *out, const uint8_t *base,
    const uint8_t (*scalar)[32], const struct edwards *p, size_t n)
{
	const size_t least = edwards_vectors() == EDWARDS_IFMA
	    ? BUCKETS_MIN_IFMA
	    : BUCKETS_MIN;
	struct pippenger_memory m = {NULL, NULL};
	struct edwards sum, rest;
	size_t by_buckets = 0, brief;
	int bits = 255;

	if (n >= least) {
		m.term = malloc(n * sizeof *m.term);
		m.s = malloc(n * sizeof *m.s);
		by_buckets = m.term != NULL && m.s != NULL ? n : 0;
	}
	brief = by_buckets > 0 ? short_ones(scalar, n) : 0;
	if (brief >= least && n - brief <= LONG_FEW) {
		by_buckets = brief;
		bits = 128;
	}
	edwards_identity(&sum);
	if (by_buckets > 0)
		pippenger(&sum, &m, scalar, p, by_buckets, bits);
	free(m.term);
	free(m.s);
	if (by_buckets < n || base != NULL) {
		straus_in_turns(&rest, base, scalar + by_buckets,
		    p + by_buckets, n - by_buckets);
		edwards_add(&sum, &sum, &rest);
	}
	*out = sum;
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

/* s, or its negative, times a point whose odd multiples are the first, and
 * those of its twin the second: half of the doublings. */
static void
chain_add_twin(struct chain *c, const union operand *low,
    const union operand *high, bool affine, int width,
    const uint8_t s[static 32], bool negative)
{
	uint64_t w[5];
	uint64_t part[2][5] = {{0}};

	words_of(w, s);
	part[0][0] = w[0];
	part[0][1] = w[1] & (UINT64_MAX >> 1);
	part[1][0] = w[1] >> 63 | w[2] << 1;
	part[1][1] = w[2] >> 63 | w[3] << 1;
	chain_add(c, low, affine, width, part[0], negative);
	chain_add(c, high, affine, width, part[1], negative);
}

void
edwards_equation(struct edwards *out, const uint8_t *minus_base,
    const uint8_t factor[static 32], const struct edwards *p,
    const uint8_t product[static 32], bool negative, const struct edwards *q,
    const uint8_t s[static 32], const struct edwards_twin *y)
{
	const struct edwards *point[4] = {p, q, &y->p, &y->high};
	union operand odd[4][ODD];
	struct chain c;
	uint64_t w[5];

	for (int i = 0; i < 4; i++)
		odd_multiples(odd[i], ODD, point[i]);
	chain_init(&c);
	words_of(w, factor);
	chain_add(&c, odd[0], false, WIDTH, w, false);
	words_of(w, product);
	chain_add(&c, odd[1], false, WIDTH, w, negative);
	chain_add_twin(&c, odd[2], odd[3], false, WIDTH, s, false);
	if (minus_base != NULL) {
		chain_add_twin(&c, base_of(0), base_of(1), true, BASE_WIDTH, minus_base, true);
	}
	chain_run(out, &c);
}
