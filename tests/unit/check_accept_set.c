/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One accept set (docs/accept-set.md): the devices' Ed25519 and the hosts'
 * give one verdict on the published edge cases and on 200,000 made ones.
 *
 * The made ones are built from points whose logarithms are known, so three
 * parties judge each: verify/ed25519.c, host/crypto_sodium.c, and a model
 * that sees no curve at all, only how the case was made. The same model with
 * one check or the other left out is what laxer implementations of the field
 * do; at least a third of the cases must be taken by one of them, or the
 * sweep would be a sweep of noise.
 *
 * `check_accept_set --table` writes the page; the suite compares it.
 */
#include <check.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/vectors.h"
#include "verify/ed25519.h"

/* The devices' crypto under other names (tests/unit/small_crypto.c), with
 * either arithmetic, beside the hosts' that every test is linked with. */
enum rc small16_ed25519_verify(const uint8_t sig[static 64],
    const uint8_t key[static 32], const uint8_t *message, size_t n);
enum rc small_ed25519_verify(const uint8_t sig[static 64],
    const uint8_t key[static 32], const uint8_t *message, size_t n);
enum rc small_ed25519_key_check(const uint8_t key[static 32]);

enum { CASES = 200000, MESSAGE_MAX = 4096, LENGTH_MAX = 300 };

static void
hex_to(uint8_t *out, size_t n, const char *hex)
{
	size_t got;

	if (sodium_hex2bin(out, n, hex, strlen(hex), NULL, &got, NULL) != 0 ||
	    got != n)
		abort();
}

/* Both backends, which must agree. */
static bool
verdict(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *m, size_t n)
{
	bool small = small_ed25519_verify(sig, key, m, n) == RC_OK;
	bool host = ed25519_verify(sig, key, m, n) == RC_OK;

	if (small != host) {
		char s[129], k[65];

		sodium_bin2hex(s, sizeof s, sig, 64);
		sodium_bin2hex(k, sizeof k, key, 32);
		fprintf(stderr,
		    "device %d, host %d: sig %s key %s, %zu bytes\n", small,
		    host, s, k, n);
		abort();
	}
	return small;
}

/* ---- cases whose logarithms are known --------------------------------- */

enum { SCALARS = 192, KEYS = 64, TORSION = 8, SPELLINGS = 6, EDGES = 8 };

/* s B + i T, and how it is spelt */
struct known {
	uint8_t s[32]; /* below L; zero: the point is of small order */
	uint8_t b[32];
	unsigned i;
	bool canonical;
};

static struct known pool[SCALARS + EDGES][TORSION];
static struct known small_order[TORSION + SPELLINGS];
static uint8_t edge[EDGES][32]; /* scalars at the boundaries, below L */
static const uint8_t group_order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63,
    0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};

static uint8_t seed[randombytes_SEEDBYTES];

/* Bytes that are the same in every run. */
static void
draw(void *out, size_t n)
{
	sodium_increment(seed, sizeof seed);
	randombytes_buf_deterministic(out, n, seed);
}

static unsigned
draw_below(unsigned n)
{
	uint32_t x;

	draw(&x, sizeof x);
	return x % n;
}

static void
pool_make(void)
{
	static const char *const spelt[SPELLINGS] = {
	    /* 0 as p, with either sign; 1 as p + 1, with either; -0 */
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    "0100000000000000000000000000000000000000000000000000000000000080",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};
	uint8_t wide[64], p[32], zero_y[32] = {0};
	size_t k, i;

	memset(seed, 0, sizeof seed);
	hex_to(small_order[1].b, 32,
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
	for (i = 2; i <= TORSION; i++)
		if (crypto_core_ed25519_add(small_order[i % TORSION].b,
			small_order[i - 1].b, small_order[1].b) != 0)
			abort();
	for (i = 0; i < TORSION; i++) {
		small_order[i].i = (unsigned)i;
		small_order[i].canonical = true;
	}
	for (k = 0; k < SPELLINGS; k++) {
		struct known *q = &small_order[TORSION + k];

		hex_to(q->b, 32, spelt[k]);
		zero_y[31] = q->b[31] & 0x80;
		if (k < 2) /* which of the two points of order 4 has the sign */
			q->i = memcmp(small_order[2].b, zero_y, 32) == 0 ? 2
									 : 6;
		else
			q->i = k == 5 ? 4 : 0;
	}

	edge[0][0] = 1;
	edge[1][0] = 2;
	memcpy(edge[2], group_order, 32); /* L - 1, L - 2 */
	edge[2][0] -= 1;
	memcpy(edge[3], group_order, 32);
	edge[3][0] -= 2;
	edge[4][31] = 0x10; /* 2^252, and one less */
	memset(edge[5], 0xff, 31);
	edge[5][31] = 0x0f;
	edge[6][31] = 0x08; /* 2^251 */
	edge[7][16] = 1;    /* 2^128 */
	for (k = 0; k < SCALARS + EDGES; k++) {
		struct known *q = pool[k];

		draw(wide, sizeof wide);
		if (k < SCALARS)
			crypto_core_ed25519_scalar_reduce(q->s, wide);
		else
			memcpy(q->s, edge[k - SCALARS], 32);
		if (crypto_scalarmult_ed25519_base_noclamp(p, q->s) != 0)
			abort();
		for (i = 0; i < TORSION; i++) {
			memcpy(q[i].s, q->s, 32);
			q[i].i = (unsigned)i;
			q[i].canonical = true;
			if (crypto_core_ed25519_add(q[i].b, p,
				small_order[i].b) != 0)
				abort();
		}
	}
}

struct made {
	const struct known *a, *r; /* NULL: bytes that nobody made */
	uint8_t sig[64], key[32], m[LENGTH_MAX];
	size_t n;
	bool order_holds;   /* S = c a + r modulo L */
	bool torsion_holds; /* c i + j = 0 modulo 8 */
	bool below_l, below_2_253;
};

static void
challenge_of(uint8_t c[static 32], const struct made *t)
{
	crypto_hash_sha512_state hash;
	uint8_t wide[64];

	crypto_hash_sha512_init(&hash);
	crypto_hash_sha512_update(&hash, t->sig, 32);
	crypto_hash_sha512_update(&hash, t->key, 32);
	crypto_hash_sha512_update(&hash, t->m, t->n);
	crypto_hash_sha512_final(&hash, wide);
	crypto_core_ed25519_scalar_reduce(c, wide);
}

/* Little endian a < b */
static bool
less(const uint8_t a[static 32], const uint8_t b[static 32])
{
	for (int i = 31; i >= 0; i--)
		if (a[i] != b[i])
			return a[i] < b[i];
	return false;
}

/* S that fits A, R and the message, if there is one. */
static void
solve(uint8_t s[static 32], const struct made *t)
{
	uint8_t c[32];

	challenge_of(c, t);
	crypto_core_ed25519_scalar_mul(s, c, t->a->s);
	crypto_core_ed25519_scalar_add(s, s, t->r->s);
}

/* What the model is told, from the finished bytes and the logarithms. */
static void
finish_case(struct made *t)
{
	uint8_t c[32], s[32], wide[64] = {0};

	memcpy(wide, t->sig + 32, 32);
	crypto_core_ed25519_scalar_reduce(s, wide);
	t->below_l = less(t->sig + 32, group_order);
	t->below_2_253 = (t->sig[63] & 0xe0) == 0;
	t->order_holds = t->torsion_holds = false;
	if (t->a == NULL || t->r == NULL)
		return;
	challenge_of(c, t);
	solve(wide, t);
	t->order_holds = memcmp(wide, s, 32) == 0;
	t->torsion_holds = (c[0] * t->a->i + t->r->i) % 8 == 0;
}

/* S += k L, as often as it fits in 32 bytes. */
static void
add_order(uint8_t s[static 32], unsigned k)
{
	while (k-- > 0) {
		uint8_t t[32];
		unsigned c = 0;

		for (size_t i = 0; i < 32; i++) {
			c += s[i] + group_order[i];
			t[i] = (uint8_t)c;
			c >>= 8;
		}
		if (c != 0)
			return;
		memcpy(s, t, 32);
	}
}

static const struct {
	const char *name;
	unsigned weight; /* of 100 */
} class[] = {
    {"honest", 6},
    {"S + kL", 12},
    {"torsion in A, R or both, c steered: they cancel", 14},
    {"torsion in A, R or both, c as it comes", 14},
    {"the same, and S + kL", 6},
    {"A of small order", 7},
    {"R of small order", 7},
    {"A and R of small order", 5},
    {"A spelt otherwise (y >= p, -0)", 6},
    {"R spelt otherwise (y >= p, -0)", 6},
    {"A and R spelt otherwise", 3},
    {"S at a boundary, A of small order", 4},
    {"S at a boundary, A and R good", 3},
    {"R at a boundary of its range", 2},
    {"-R, or another S", 3},
    {"one bit of key, signature or message", 2},
};
enum { CLASSES = sizeof class / sizeof *class };

static unsigned
class_of(unsigned n)
{
	unsigned at = n % 100, k = 0;

	while (at >= class[k].weight)
		at -= class[k++].weight;
	return k;
}

static void
set_points(struct made *t, const struct known *a, const struct known *r)
{
	t->a = a;
	t->r = r;
	memcpy(t->key, a->b, 32);
	memcpy(t->sig, r->b, 32);
}

/* The n-th case. */
static unsigned
case_make(struct made *t, unsigned n)
{
	unsigned k = class_of(n), i = draw_below(8), j = draw_below(8), tries;
	const struct known *a = &pool[draw_below(KEYS)][0];
	const struct known *r = &pool[draw_below(SCALARS)][0];
	const struct known *odd = &small_order[TORSION + draw_below(SPELLINGS)];
	uint8_t c[32];

	memset(t, 0, sizeof *t);
	t->n = n % (LENGTH_MAX + 1);
	draw(t->m, t->n);
	if ((k == 2 || k == 3 || k == 4) && i == 0 && j == 0)
		i = 1 + n / 100 % 7;
	switch (k) {
	case 0:
	case 1:
	case 14:
	case 15:
		set_points(t, a, r);
		break;
	case 2:
		/* a message of no byte cannot be steered */
		for (tries = 0; tries < 200; tries++) {
			set_points(t, a + i, r + j);
			challenge_of(c, t);
			if ((c[0] * i + j) % 8 == 0)
				break;
			r = &pool[draw_below(SCALARS)][0];
			if (i % 2 == 0) /* else every j can be met */
				j = 2 * draw_below(4);
			draw(t->m, t->n);
		}
		break;
	case 3:
	case 4:
		set_points(t, a + i, r + j);
		break;
	case 5:
		set_points(t, &small_order[i], r + j);
		break;
	case 6:
		set_points(t, a + i, &small_order[j]);
		break;
	case 7:
		set_points(t, &small_order[i], &small_order[j]);
		break;
	case 8:
		set_points(t, odd, r + j);
		break;
	case 9:
		set_points(t, a + i, odd);
		break;
	case 10:
		set_points(t, odd,
		    &small_order[TORSION + draw_below(SPELLINGS)]);
		break;
	case 11: /* S = r, whatever c is */
		set_points(t, &small_order[i],
		    &pool[SCALARS + draw_below(EDGES)][j]);
		break;
	default:
		set_points(t, a + (k == 12 ? i : 0), r + (k == 12 ? j : 0));
		break;
	}
	solve(t->sig + 32, t);
	switch (k) {
	case 1:
	case 4:
		add_order(t->sig + 32, 1 + draw_below(15));
		break;
	case 11:
	case 12:
		if (k == 12)
			memcpy(t->sig + 32, edge[draw_below(EDGES)], 32);
		add_order(t->sig + 32, n / 100 % 3 == 0 ? draw_below(3) : 0);
		if (k == 12 && n / 100 % 7 == 0) /* L, 0, 2^256 - 1 */
			memcpy(t->sig + 32, group_order, 32);
		else if (k == 12 && n / 100 % 7 == 1)
			memset(t->sig + 32, n / 700 % 2 == 0 ? 0 : 0xff, 32);
		break;
	case 13: /* y = k, p - k, p + k, 2^255 - 1 - k */
		t->r = NULL;
		memset(t->sig, i < 2 ? 0 : 0xff, 32);
		t->sig[0] = (uint8_t)(i < 2 ? draw_below(256)
			: i < 5		    ? 0xed - draw_below(20)
					    : 0xed + draw_below(19));
		t->sig[31] = (uint8_t)((i < 2 ? 0 : 0x7f) | (j & 1) << 7);
		if (i < 7)
			break;
		memset(t->sig, 0, 32); /* one bit */
		t->sig[draw_below(32)] = (uint8_t)(1 << j);
		break;
	case 14: /* -R has R's y; elsewhere S is off by a little */
		if (j < 4) {
			crypto_core_ed25519_scalar_sub(t->sig + 32,
			    t->sig + 32, t->r->s);
			crypto_core_ed25519_scalar_sub(t->sig + 32,
			    t->sig + 32, t->r->s);
		} else {
			sodium_increment(t->sig + 32, 32);
		}
		break;
	case 15: {
		unsigned bit = draw_below(8 * (96 + (unsigned)t->n));
		uint8_t *b = bit < 512 ? t->sig
		    : bit < 768	       ? t->key
				       : t->m;

		bit -= bit < 512 ? 0 : bit < 768 ? 512 : 768;
		b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (b == t->key)
			t->a = NULL; /* nobody knows its logarithm now */
		if (b == t->sig && bit < 256)
			t->r = NULL;
		break;
	}
	default:
		break;
	}
	finish_case(t);
	return k;
}

/* ---- models ----------------------------------------------------------- */

enum {
	ANY_S = 1,
	S_BITS = 2, /* the three highest bits of S are 0 */
	COFACTOR = 4,
	SMALL = 8,
	SPELT_A = 16, /* y >= p and -0 are read as what they are modulo p */
	SPELT_R = 32, /* not who compares R's bytes */
};

/* What a verifier leaves out, and who is known to. */
static const struct {
	const char *name, *who;
	unsigned lax;
} model[] = {
    {"ours", "verify/ed25519.c, host/crypto_sodium.c", 0},
    {"S unchecked", "NaCl's first code, TweetNaCl", ANY_S | SMALL | SPELT_A},
    {"S below 2^253", "ref10, donna and what was made of them",
	S_BITS | SMALL | SPELT_A},
    {"small order taken", "RFC 8032 to the letter, without cofactor", SMALL},
    {"small order, A with y >= p taken", "many: they check S, and R's bytes",
	SMALL | SPELT_A},
    {"cofactor", "RFC 8032 to the letter, with cofactor", COFACTOR | SMALL},
    {"cofactor, y >= p taken", "ZIP 215",
	COFACTOR | SMALL | SPELT_A | SPELT_R},
};
enum { MODELS = sizeof model / sizeof *model };

static bool
model_takes(unsigned lax, const struct made *t)
{
	if (t->a == NULL || t->r == NULL)
		return false;
	if (!t->below_l && (lax & ANY_S) == 0 &&
	    ((lax & S_BITS) == 0 || !t->below_2_253))
		return false;
	if ((!t->a->canonical && (lax & SPELT_A) == 0) ||
	    (!t->r->canonical && (lax & SPELT_R) == 0))
		return false;
	if ((lax & SMALL) == 0 &&
	    (sodium_is_zero(t->a->s, 32) || sodium_is_zero(t->r->s, 32)))
		return false;
	return t->order_holds && (t->torsion_holds || (lax & COFACTOR) != 0);
}

struct counts {
	unsigned cases, any, by[MODELS];
};

static void
count(struct counts *sum, const struct made *t)
{
	bool any = false;

	sum->cases++;
	for (size_t i = 0; i < MODELS; i++) {
		bool takes = model_takes(model[i].lax, t);

		sum->by[i] += takes;
		any |= takes;
	}
	sum->any += any;
}

/* ---- the page --------------------------------------------------------- */

/* ed25519-speccheck's cases, what is odd about each. */
static const char *const speccheck[12] = {
    "S = 0; A and R of small order; holds without cofactor",
    "A of small order, R of mixed order; holds without cofactor",
    "A of mixed order, R of small order; holds without cofactor",
    "A and R of mixed order; holds without cofactor",
    "A and R of mixed order; holds with cofactor only",
    "A of mixed order; holds with cofactor only",
    "S > L, below 2^253; else good",
    "S > 2 L; else good",
    "R of small order, spelt -0; holds without cofactor if hashed reduced",
    "R of small order, spelt -0; holds without cofactor as spelt",
    "A spelt -0; holds without cofactor if hashed reduced",
    "A spelt -0; holds without cofactor as spelt",
};

static bool
speccheck_write(FILE *f)
{
	json_t *all = vectors_load("speccheck/cases.json"), *one;
	size_t i;

	if (all == NULL)
		return false;
	fprintf(f, "\n## ed25519-speccheck\n\n"
		   "| case | what is odd | verdict |\n|---|---|---|\n");
	json_array_foreach(all, i, one) {
		const char *m = member(one, "message");
		uint8_t key[32], sig[64], bytes[MESSAGE_MAX];

		hex_to(key, 32, member(one, "pub_key"));
		hex_to(sig, 64, member(one, "signature"));
		hex_to(bytes, strlen(m) / 2, m);
		fprintf(f, "| %zu | %s | %s |\n", i, i < 12 ? speccheck[i] : "",
		    verdict(sig, key, bytes, strlen(m) / 2) ? "**accepted**"
							     : "refused");
	}
	json_decref(all);
	return true;
}

/* How many cases carry a flag, and the file's whole in the first row. */
enum { TALLY_MAX = 32 };
struct tally {
	char flag[40];
	unsigned cases, accepted;
};

static void
tally_one(struct tally *tally, const char *flag, bool accepted)
{
	size_t i;

	for (i = 0; i < TALLY_MAX; i++) {
		if (tally[i].flag[0] == 0)
			strcpy(tally[i].flag, flag);
		if (strcmp(tally[i].flag, flag) != 0)
			continue;
		tally[i].cases++;
		tally[i].accepted += accepted;
		return;
	}
	abort();
}

static void
tally_add(struct tally *tally, const json_t *flags, bool accepted)
{
	const json_t *flag;
	size_t i;

	tally_one(tally, "**all**", accepted);
	if (json_array_size(flags) == 0)
		tally_one(tally, "no flag", accepted);
	json_array_foreach(flags, i, flag)
		tally_one(tally, json_string_value(flag), accepted);
}

static int
tally_compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct tally *)a)->flag, ((const struct tally *)b)->flag);
}

static void
tally_write(FILE *f, struct tally *tally)
{
	size_t n = 0, i;

	while (n < TALLY_MAX && tally[n].flag[0] != 0)
		n++;
	qsort(tally, n, sizeof *tally, tally_compare);
	fprintf(f,
	    "| cases with the flag | cases | accepted | refused |\n"
	    "|---|---|---|---|\n");
	for (i = 0; i < n; i++)
		fprintf(f, "| %s | %u | %u | %u |\n", tally[i].flag,
		    tally[i].cases, tally[i].accepted,
		    tally[i].cases - tally[i].accepted);
}

/* One letter a case, in the file's order. */
static void
letters_write(FILE *f, const char *letters)
{
	fprintf(f, "\nOne by one, V accepted and - refused:\n\n");
	for (size_t at = 0, n = strlen(letters); at < n; at += 64)
		fprintf(f, "    %4zu %.64s\n", at, letters + at);
}

static bool
wycheproof_write(FILE *f)
{
	json_t *all = vectors_load("wycheproof/ed25519_test.json"), *group, *test;
	struct tally tally[TALLY_MAX] = {0};
	char letters[1024] = "";
	size_t g, i, at = 0, differ = 0;

	if (all == NULL)
		return false;
	json_array_foreach(json_object_get(all, "testGroups"), g, group) {
		uint8_t key[32];

		hex_to(key, 32,
		    member(json_object_get(group, "publicKey"), "pk"));
		json_array_foreach(json_object_get(group, "tests"), i, test) {
			const char *sig = member(test, "sig");
			const char *m = member(test, "msg");
			uint8_t s[64], bytes[MESSAGE_MAX];
			bool takes = false;

			hex_to(bytes, strlen(m) / 2, m);
			if (strlen(sig) == 128) {
				hex_to(s, 64, sig);
				takes = verdict(s, key, bytes, strlen(m) / 2);
			}
			differ += takes !=
			    (strcmp(member(test, "result"), "valid") == 0);
			tally_add(tally, json_object_get(test, "flags"),
			    takes);
			letters[at++] = takes ? 'V' : '-';
		}
	}
	letters[at] = 0;
	fprintf(f,
	    "\n## Wycheproof\n\n`ed25519_test.json`. A signature that is not "
	    "64 bytes long is none here. Verdicts that\ndiffer from the "
	    "published result: %zu.\n\n",
	    differ);
	tally_write(f, tally);
	letters_write(f, letters);
	json_decref(all);
	return true;
}

static bool
cctv_write(FILE *f)
{
	json_t *all = vectors_load("cctv/ed25519vectors.json"), *one;
	struct tally tally[TALLY_MAX] = {0};
	char letters[1024] = "";
	size_t i;

	if (all == NULL)
		return false;
	json_array_foreach(all, i, one) {
		const char *m = member(one, "msg");
		uint8_t key[32], sig[64];
		bool takes;

		hex_to(key, 32, member(one, "key"));
		hex_to(sig, 64, member(one, "sig"));
		takes = verdict(sig, key, (const uint8_t *)m, strlen(m));
		tally_add(tally, json_object_get(one, "flags"), takes);
		letters[i] = takes ? 'V' : '-';
		letters[i + 1] = 0;
	}
	fprintf(f,
	    "\n## CCTV\n\n`ed25519vectors.json`: every pair of points of small "
	    "order, components and spellings.\nAccepted is what has no flag, "
	    "and a mere component of small order in A or R whose residue\n"
	    "vanishes without the cofactor.\n\n");
	tally_write(f, tally);
	letters_write(f, letters);
	json_decref(all);
	return true;
}

static void
made_write(FILE *f)
{
	static struct counts sum[CLASSES + 1];
	static struct made t;
	size_t k, i;

	memset(sum, 0, sizeof sum);
	pool_make();
	for (unsigned n = 0; n < CASES; n++) {
		k = case_make(&t, n);
		count(&sum[k], &t);
		count(&sum[CLASSES], &t);
	}
	fprintf(f,
	    "\n## Made cases\n\n%u cases from points whose logarithms are "
	    "known, with messages of 0 to %u bytes. A model that\nknows how "
	    "each was made, and both backends, agree on all. The columns are "
	    "the same model with\nchecks left out, as other implementations "
	    "leave them out:\n\n| | leaves out | like |\n|---|---|---|\n",
	    CASES, LENGTH_MAX);
	for (i = 0; i < MODELS; i++)
		fprintf(f, "| %c | %s | %s |\n", (char)('A' + i),
		    i == 0 ? "nothing: ours" : model[i].name, model[i].who);
	fprintf(f, "\n| made | cases |");
	for (i = 0; i < MODELS; i++)
		fprintf(f, " %c |", (char)('A' + i));
	fprintf(f, " any |\n|---|---|");
	for (i = 0; i < MODELS; i++)
		fprintf(f, "---|");
	fprintf(f, "---|\n");
	for (k = 0; k <= CLASSES; k++) {
		fprintf(f, "| %s | %u |", k < CLASSES ? class[k].name : "**all**",
		    sum[k].cases);
		for (i = 0; i < MODELS; i++)
			fprintf(f, " %u |", sum[k].by[i]);
		fprintf(f, " %u |\n", sum[k].any);
	}
}

static bool
page_write(FILE *f)
{
	fprintf(f,
	    "# The accept set of Ed25519\n\n"
	    "Written by `check_accept_set --table`; the suite of that name "
	    "holds it to what the code does.\n\n"
	    "Implementations of Ed25519 differ on signatures that no honest "
	    "signer makes. Two readers of one\nfile that differ on one "
	    "signature are a fork: the log takes what a device refuses, or a "
	    "device\ntakes what no auditor counts. So the set is pinned, and "
	    "the same for every signature that anything\nhere checks, the "
	    "witnesses' too:\n\n"
	    "- S < L;\n"
	    "- A and R are canonical spellings (y < p, no -0) of points on the "
	    "curve;\n"
	    "- neither A nor R is of small order; a component of small order "
	    "alone is no reason;\n"
	    "- the equation without cofactor: S B - c A, spelt, is R byte for "
	    "byte, with\n"
	    "  c = SHA-512(R || A || message) mod L over the bytes as they "
	    "stand.\n\n"
	    "The devices' backend (`verify/ed25519.c`) and the hosts' "
	    "(`host/crypto_sodium.c`, libsodium with\npre-checks) are compared "
	    "on every case below.\n");
	if (!speccheck_write(f) || !wycheproof_write(f) || !cctv_write(f))
		return false;
	made_write(f);
	return true;
}

/* ---- tests ------------------------------------------------------------ */

START_TEST(test_page)
{
	char *made = NULL, *page;
	size_t made_n = 0, n;
	FILE *f = open_memstream(&made, &made_n);

	ck_assert_ptr_nonnull(f);
	if (!page_write(f)) {
		fclose(f);
		free(made);
		return;
	}
	fclose(f);
	f = fopen(QUORATE_SOURCE "/docs/accept-set.md", "r");
	ck_assert_ptr_nonnull(f);
	page = malloc(made_n + 2);
	ck_assert_ptr_nonnull(page);
	n = fread(page, 1, made_n + 1, f);
	page[n] = 0;
	fclose(f);
	ck_assert_msg(strcmp(page, made) == 0,
	    "docs/accept-set.md is not what check_accept_set --table writes");
	free(page);
	free(made);
}
END_TEST

/* Both backends and the model on every made case; under a sanitizer on every
 * seventeenth, which meets every class. */
START_TEST(test_made)
{
#ifdef __SANITIZE_ADDRESS__
	const unsigned step = 17;
#else
	const unsigned step = 1;
#endif
	static struct made t;
	struct counts sum = {0};
	bool seen[CLASSES] = {false};
	unsigned judged = 0, accepted = 0;

	pool_make();
	for (unsigned n = 0; n < CASES; n++) {
		unsigned k = case_make(&t, n);
		bool ours;

		count(&sum, &t);
		if (n % step != 0)
			continue;
		seen[k] = true;
		ours = verdict(t.sig, t.key, t.m, t.n);
		ck_assert_msg(ours == model_takes(0, &t),
		    "case %u (%s): code %d, model %d", n, class[k].name, ours,
		    !ours);
		if (n % 7 == 0) /* what a Cortex-M0 multiplies with */
			ck_assert_int_eq(ours,
			    small16_ed25519_verify(t.sig, t.key, t.m, t.n) ==
				RC_OK);
		judged++;
		accepted += ours;
	}
	for (size_t k = 0; k < CLASSES; k++)
		ck_assert_msg(seen[k], "no case of '%s'", class[k].name);
	printf("accept set: %u made cases, %u judged by both backends, %u "
	       "accepted; %u (%.1f %%) taken by some model\n",
	    sum.cases, judged, accepted, sum.any, 100. * sum.any / sum.cases);
	ck_assert_uint_eq(sum.cases, CASES);
	/* what we refuse and others take: alone more than a third */
	ck_assert_uint_ge(3 * (sum.any - sum.by[0]), sum.cases);
	ck_assert_uint_gt(accepted, judged / 10);
	ck_assert_uint_lt(accepted, judged / 2);
}
END_TEST

/* out = k p, one doubling and addition at a time; p of any order. */
static void
multiply(uint8_t out[static 32], const uint8_t k[static 32],
    const uint8_t p[static 32])
{
	uint8_t r[32] = {1};

	for (int i = 255; i >= 0; i--) {
		ck_assert_int_eq(crypto_core_ed25519_add(r, r, r), 0);
		if (k[i / 8] >> i % 8 & 1)
			ck_assert_int_eq(crypto_core_ed25519_add(r, r, p), 0);
	}
	memcpy(out, r, 32);
}

/* The model's equation, on points: what it says of orders and torsion is what
 * S B - c A - R is, times eight and as it stands. */
START_TEST(test_model)
{
	static const uint8_t identity[32] = {1};
	static struct made t;
	uint8_t base_point[32], one_s[32] = {1}, c[32], x[32], y[32];
	unsigned tried = 0;

	pool_make();
	ck_assert_int_eq(
	    crypto_scalarmult_ed25519_base_noclamp(base_point, one_s), 0);
	for (unsigned n = 0; n < CASES; n++) {
		case_make(&t, n);
		if (t.a == NULL || t.r == NULL || n % 499 != 0)
			continue;
		tried++;
		challenge_of(c, &t);
		multiply(x, t.sig + 32, base_point);
		multiply(y, c, t.a->b);
		ck_assert_int_eq(crypto_core_ed25519_sub(x, x, y), 0);
		ck_assert_int_eq(crypto_core_ed25519_sub(x, x, t.r->b), 0);
		ck_assert_int_eq(memcmp(x, identity, 32) == 0,
		    t.order_holds && t.torsion_holds);
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(crypto_core_ed25519_add(x, x, x), 0);
		ck_assert_int_eq(
		    memcmp(x, identity, 32) == 0, t.order_holds);
	}
	printf("accept set: the model's equation holds on %u cases' points\n",
	    tried);
	ck_assert_uint_gt(tried, 300);
}
END_TEST

/* A key is refused when it is read exactly if it could never verify. */
START_TEST(test_keys)
{
	pool_make();
	for (size_t i = 0; i < TORSION + SPELLINGS; i++) {
		ck_assert_int_eq(small_ed25519_key_check(small_order[i].b),
		    RC_KEY_INVALID);
		ck_assert_int_eq(
		    ed25519_key_check(small_order[i].b), RC_KEY_INVALID);
	}
	for (size_t k = 0; k < SCALARS + EDGES; k++)
		for (size_t i = 0; i < TORSION; i++) {
			ck_assert_int_eq(
			    small_ed25519_key_check(pool[k][i].b), RC_OK);
			ck_assert_int_eq(
			    ed25519_key_check(pool[k][i].b), RC_OK);
		}
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("accept_set");
	TCase *c = tcase_create("accept_set");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	if (argc == 2 && strcmp(argv[1], "--table") == 0)
		return page_write(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
	tcase_set_timeout(c, 1200);
	tcase_add_test(c, test_page);
	tcase_add_test(c, test_made);
	tcase_add_test(c, test_model);
	tcase_add_test(c, test_keys);
	suite_add_tcase(suite, c);
	return suite_run(suite);
}
