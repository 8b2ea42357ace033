/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The freestanding crypto of verify/, which hosts do not link, under other
 * names beside libsodium: the devices' backend and the hosts' must give one
 * verdict on every signature. Where a case is made rather than read, what
 * the verdict must be follows from how it was made, not from libsodium.
 */
#include <check.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/vectors.h"

#define sha256_init small_sha256_init
#define sha256_update small_sha256_update
#define sha256_final small_sha256_final
#define sha512_init small_sha512_init
#define sha512_update small_sha512_update
#define sha512_final small_sha512_final
#define sha_k small_sha_k
#define sha_iv small_sha_iv
#define ed25519_verify small_ed25519_verify
#define ed25519_key_check small_ed25519_key_check

static unsigned long ticks;
#define VERIFY_TICK() ((void)ticks++)

#define sha_update small_sha_update
#define sha_final small_sha_final
#include "verify/sha_common.c"
#include "verify/sha512.c"
#include "verify/sha256.c"
#include "verify/ed25519.c"

enum { MESSAGE_MAX = 4096 };

static unsigned long cases, accepted;

/* ---- helpers ---------------------------------------------------------- */

static size_t
unhex(uint8_t *out, size_t max, const char *hex)
{
	size_t n;
	const char *end;

	ck_assert_int_eq(sodium_hex2bin(out, max, hex, strlen(hex), NULL, &n,
	    &end), 0);
	ck_assert_int_eq(*end, 0);
	return n;
}

/* Bytes that are the same in every run. */
static void
draw(void *out, size_t n)
{
	static uint8_t seed[randombytes_SEEDBYTES];

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
draw_scalar(uint8_t s[static 32])
{
	uint8_t wide[64];

	draw(wide, sizeof wide);
	crypto_core_ed25519_scalar_reduce(s, wide);
}

/* Our verdict, after checking that libsodium's is the same. */
static bool
verdict(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *m, size_t n)
{
	bool ours = ed25519_verify(sig, key, m, n) == RC_OK;
	bool theirs = crypto_sign_verify_detached(sig, m, n, key) == 0;

	if (ours != theirs) {
		char s[129], k[65];

		sodium_bin2hex(s, sizeof s, sig, 64);
		sodium_bin2hex(k, sizeof k, key, 32);
		ck_abort_msg("ours %d, libsodium %d: sig %s key %s, %zu bytes",
		    ours, theirs, s, k, n);
	}
	if (ours)
		ck_assert_int_eq(ed25519_key_check(key), RC_OK);
	cases++;
	accepted += ours;
	return ours;
}

static void
report(const char *what)
{
	printf("%s: %lu cases, %lu accepted, no difference from libsodium %s\n",
	    what, cases, accepted, sodium_version_string());
	fflush(stdout);
	cases = accepted = 0;
}

/* ---- hashes ----------------------------------------------------------- */

/* FIPS 180-4's examples, as NIST publishes them; the last is 10^6 times a. */
static const struct {
	const char *message, *sha256, *sha512;
} hash_vectors[] = {
	{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
	{"abc",
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
	    "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c335"
	    "96fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445"},
	{"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	 "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
	    "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
	    "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
	{NULL,
	    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
	    "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
	    "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
};

static void
hash_256(uint8_t out[static 32], const uint8_t *m, size_t n, size_t piece)
{
	struct sha256 s;

	sha256_init(&s);
	for (size_t at = 0; at < n; at += piece)
		sha256_update(&s, m + at, n - at < piece ? n - at : piece);
	sha256_final(&s, out);
}

static void
hash_512(uint8_t out[static 64], const uint8_t *m, size_t n, size_t piece)
{
	struct sha512 s;

	sha512_init(&s);
	for (size_t at = 0; at < n; at += piece)
		sha512_update(&s, m + at, n - at < piece ? n - at : piece);
	sha512_final(&s, out);
}

START_TEST(test_hash_vectors)
{
	const char *message = hash_vectors[_i].message;
	size_t n = message == NULL ? 1000000 : strlen(message);
	uint8_t *m = malloc(n + 1);
	uint8_t want[64], got[64];

	ck_assert_ptr_nonnull(m);
	if (message == NULL)
		memset(m, 'a', n);
	else
		memcpy(m, message, n);
	unhex(want, 32, hash_vectors[_i].sha256);
	hash_256(got, m, n, 977);
	ck_assert_mem_eq(got, want, 32);
	unhex(want, 64, hash_vectors[_i].sha512);
	hash_512(got, m, n, 977);
	ck_assert_mem_eq(got, want, 64);
	free(m);
}
END_TEST

START_TEST(test_hash_lengths)
{
	static const size_t pieces[] = {1, 3, 63, 64, 65, 127, 128, 129, 400};
	uint8_t m[300], want[64], got[64];

	for (size_t n = 0; n <= sizeof m; n++) {
		draw(m, sizeof m);
		for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
			crypto_hash_sha256(want, m, n);
			hash_256(got, m, n, pieces[i]);
			ck_assert_mem_eq(got, want, 32);
			crypto_hash_sha512(want, m, n);
			hash_512(got, m, n, pieces[i]);
			ck_assert_mem_eq(got, want, 64);
		}
	}
}
END_TEST

/* Bit counts beyond 2^32 and 2^64, by moving both counters forward. */
START_TEST(test_hash_counters)
{
	crypto_hash_sha256_state a;
	crypto_hash_sha512_state b;
	struct sha256 s;
	struct sha512 t;
	uint8_t m[300], want[64], got[64];

	draw(m, sizeof m);
	crypto_hash_sha256_init(&a);
	sha256_init(&s);
	a.count = 0xfffffe00;
	s.count = a.count / 8;
	crypto_hash_sha256_update(&a, m, sizeof m);
	sha256_update(&s, m, sizeof m);
	crypto_hash_sha256_final(&a, want);
	sha256_final(&s, got);
	ck_assert_mem_eq(got, want, 32);

	crypto_hash_sha512_init(&b);
	sha512_init(&t);
	b.count[1] = 0xfffffffffffffc00;
	t.count[0] = b.count[1] / 8;
	crypto_hash_sha512_update(&b, m, sizeof m);
	sha512_update(&t, m, sizeof m);
	ck_assert_uint_eq(b.count[0], 1);
	crypto_hash_sha512_final(&b, want);
	sha512_final(&t, got);
	ck_assert_mem_eq(got, want, 64);
}
END_TEST

/* ---- field arithmetic at its edges ------------------------------------ */

/* value mod p of n bytes, least first, bit by bit on bytes. */
static void
residue(uint8_t r[static 32], const uint8_t *bytes, size_t n)
{
	uint8_t t[33] = {0}; /* below p between rounds */

	for (size_t i = 8 * n; i-- > 0;) {
		uint8_t u[33];
		unsigned carry = bytes[i / 8] >> i % 8 & 1;

		for (size_t j = 0; j < 33; j++) {
			carry += 2u * t[j];
			t[j] = (uint8_t)carry;
			carry >>= 8;
		}
		carry = 19; /* t - p = t + 19 - 2^255 */
		for (size_t j = 0; j < 33; j++) {
			carry += t[j];
			u[j] = (uint8_t)carry;
			carry >>= 8;
		}
		if ((u[31] & 0x80) != 0 || u[32] != 0) {
			u[31] -= 0x80; /* both cannot be: t < 2p */
			u[32] = 0;
			memcpy(t, u, sizeof t);
		}
	}
	memcpy(r, t, 32);
}

static void
bytes_of(uint8_t b[static 32], const struct num *a)
{
	for (size_t i = 0; i < 32; i++)
		b[i] = (uint8_t)(a->v[i / 4] >> 8 * (i % 4));
}

static void
same(const struct num *got, const uint8_t *want, size_t n)
{
	uint8_t b[32], r[32], w[32];
	struct num c = *got;

	bytes_of(b, got);
	residue(r, b, 32);
	residue(w, want, n);
	ck_assert_mem_eq(r, w, 32);
	reduce(&c, &modulus);
	bytes_of(b, &c);
	ck_assert_mem_eq(b, w, 32);
	c = *got;
	ck_assert_int_eq(zero(&c), sodium_is_zero(w, 32));
}

/* a b, a + b and a + 2^256 + 2^256 - 76 - b, in bytes */
static void
field_check(const struct num *a, const struct num *b)
{
	uint8_t x[32], y[32], w[64] = {0};
	struct num r;
	int carry = 0;

	bytes_of(x, a);
	bytes_of(y, b);
	for (size_t i = 0; i < 32; i++) {
		unsigned c = 0;

		for (size_t j = 0; j < 32; j++) {
			c += (unsigned)x[i] * y[j] + w[i + j];
			w[i + j] = (uint8_t)c;
			c >>= 8;
		}
		w[i + 32] = (uint8_t)c;
	}
	mul(&r, a, b);
	same(&r, w, 64);
	r = *a;
	mul(&r, &r, b);
	same(&r, w, 64);
	if (a == b) {
		mul(&r, a, a);
		same(&r, w, 64);
		r = *a;
		mul(&r, &r, &r);
		same(&r, w, 64);
	}

	for (size_t i = 0; i < 32; i++) {
		carry += x[i] + y[i];
		w[i] = (uint8_t)carry;
		carry >>= 8;
	}
	w[32] = (uint8_t)carry;
	combine(&r, a, b, 0);
	same(&r, w, 33);

	carry = -76; /* 4p = 2^257 - 76 */
	for (size_t i = 0; i < 32; i++) {
		carry += x[i] - y[i];
		w[i] = (uint8_t)carry;
		carry >>= 8;
	}
	w[32] = (uint8_t)(carry + 2);
	combine(&r, a, b, 1);
	same(&r, w, 33);
}

START_TEST(test_field)
{
	/* k, p + k, 2p + k and 2^256 - k for small k, and random ones */
	struct num edge[64 + 200];
	size_t count = 0;

	for (uint32_t k = 0; k < 40; k += k < 2 ? 1 : 9) {
		struct num n = {{{k}}}, t;

		edge[count++] = n;
		sum(&t, &modulus, &n, PLUS);
		edge[count++] = t;
		sum(&t, &modulus, &n, MINUS);
		edge[count++] = t;
		sum(&t, &t, &modulus, PLUS);
		edge[count++] = t;
		sum(&t, &modulus, &modulus, PLUS);
		sum(&t, &t, &n, PLUS); /* from k = 38 this wraps, and is k */
		edge[count++] = t;
		sum(&t, &(struct num){{{0}}}, &n, MINUS);
		edge[count++] = t;
	}
	for (size_t limb = 0; limb < 8; limb++) {
		edge[count] = (struct num){{{0}}};
		edge[count++].v[limb] = 0xffffffff;
	}
	ck_assert_uint_le(count, 64);
	for (size_t i = 0; i < 100; i++, count++) {
		draw(&edge[count], sizeof edge[count]);
		if (i % 2 == 1) /* limbs of all ones carry furthest */
			for (size_t j = 0; j < 8; j++)
				if (draw_below(2) == 0)
					edge[count].v[j] = 0xffffffff;
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			field_check(&edge[i], &edge[j]);
}
END_TEST

/* ---- published vectors ------------------------------------------------ */

/* RFC 8032 section 7.1: key, message, signature. */
static const struct {
	const char *key, *message, *sig;
} rfc8032[] = {
	{"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
	    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
	{"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
	    "72",
	    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
	{"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
	    "af82",
	    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
	{"ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
	    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	    "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
	    "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"},
};

START_TEST(test_rfc8032)
{
	uint8_t key[32], sig[64], m[64];
	size_t n = unhex(m, sizeof m, rfc8032[_i].message);

	unhex(key, sizeof key, rfc8032[_i].key);
	unhex(sig, sizeof sig, rfc8032[_i].sig);
	ck_assert(verdict(sig, key, m, n));
	for (size_t i = 0; i < 8 * sizeof sig; i++) {
		sig[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert(!verdict(sig, key, m, n));
		sig[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}
END_TEST

START_TEST(test_wycheproof)
{
	json_t *root = vectors_load("wycheproof/ed25519_test.json");
	json_t *group, *test;
	size_t i, j;
	unsigned long length = 0;

	if (root == NULL)
		return;
	json_array_foreach(json_object_get(root, "testGroups"), i, group) {
		uint8_t key[32];

		ck_assert_uint_eq(unhex(key, sizeof key,
		    member(json_object_get(group, "publicKey"), "pk")), 32);
		json_array_foreach(json_object_get(group, "tests"), j, test) {
			static uint8_t m[MESSAGE_MAX], sig[128];
			size_t n = unhex(m, sizeof m, member(test, "msg"));
			bool valid = strcmp(member(test, "result"), "valid") == 0;

			if (unhex(sig, sizeof sig, member(test, "sig")) != 64) {
				ck_assert(!valid); /* no such type here */
				length++;
				continue;
			}
			ck_assert_int_eq(verdict(sig, key, m, n), valid);
		}
	}
	ck_assert_uint_eq(cases + length, 151);
	ck_assert_uint_eq(accepted, 88);
	printf("(%lu of other lengths) ", length);
	report("wycheproof");
	json_decref(root);
}
END_TEST

/* The verdict on each case of ed25519-speccheck, in its order. */
static const char speccheck[] = "---V--------";

START_TEST(test_speccheck)
{
	json_t *root = vectors_load("speccheck/cases.json");
	json_t *test;
	size_t i;
	char got[16] = "";

	if (root == NULL)
		return;
	json_array_foreach(root, i, test) {
		uint8_t key[32], sig[64], m[MESSAGE_MAX];
		size_t n = unhex(m, sizeof m, member(test, "message"));

		unhex(key, sizeof key, member(test, "pub_key"));
		unhex(sig, sizeof sig, member(test, "signature"));
		ck_assert_uint_lt(i, sizeof got - 1);
		got[i] = verdict(sig, key, m, n) ? 'V' : '-';
	}
	ck_assert_str_eq(got, speccheck);
	printf("(%s) ", got);
	report("speccheck");
	json_decref(root);
}
END_TEST

START_TEST(test_cctv)
{
	json_t *root = vectors_load("cctv/ed25519vectors.json");
	json_t *test, *flag;
	size_t i, j;

	if (root == NULL)
		return;
	json_array_foreach(root, i, test) {
		const char *m = member(test, "msg");
		uint8_t key[32], sig[64];
		bool refuse = false;

		unhex(key, sizeof key, member(test, "key"));
		unhex(sig, sizeof sig, member(test, "sig"));
		json_array_foreach(json_object_get(test, "flags"), j, flag) {
			const char *f = json_string_value(flag);

			refuse |= strcmp(f, "low_order_A") == 0 ||
			    strcmp(f, "low_order_R") == 0 ||
			    strcmp(f, "non_canonical_A") == 0 ||
			    strcmp(f, "non_canonical_R") == 0 ||
			    strcmp(f, "low_order_residue") == 0;
		}
		ck_assert_int_eq(verdict(sig, key, (const uint8_t *)m,
		    strlen(m)), !refuse);
	}
	ck_assert_uint_eq(cases, 914);
	report("cctv");
	json_decref(root);
}
END_TEST

/* ---- made cases ------------------------------------------------------- */

/* A generator of the points of order dividing eight; torsion[i] = i times. */
static uint8_t torsion[8][32];

static void
setup(void)
{
	cases = accepted = 0;
	unhex(torsion[1], 32,
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
	for (size_t i = 2; i < 9; i++)
		ck_assert_int_eq(crypto_core_ed25519_add(torsion[i % 8],
		    torsion[i - 1], torsion[1]), 0);
	ck_assert_uint_eq(torsion[0][0], 1);
	ck_assert(sodium_is_zero(torsion[0] + 1, 31));
}

/* out = s B + i T */
static void
mixed_point(uint8_t out[static 32], const uint8_t s[static 32], unsigned i)
{
	uint8_t p[32];

	if (crypto_scalarmult_ed25519_base_noclamp(p, s) != 0)
		memcpy(p, torsion[0], 32); /* s = 0 */
	ck_assert_int_eq(crypto_core_ed25519_add(out, p, torsion[i]), 0);
}

/*
 * A signature by the key a B + i T with R = r B + j T. Without a cofactor it
 * is right exactly if c i + j = 0 mod 8, where c is the challenge mod L.
 */
static bool
mixed_sign(uint8_t sig[static 64], uint8_t key[static 32],
    const uint8_t a[static 32], unsigned i, const uint8_t r[static 32],
    unsigned j, const uint8_t *m, size_t n)
{
	crypto_hash_sha512_state hash;
	uint8_t wide[64], c[32], s[32];

	mixed_point(key, a, i);
	mixed_point(sig, r, j);
	crypto_hash_sha512_init(&hash);
	crypto_hash_sha512_update(&hash, sig, 32);
	crypto_hash_sha512_update(&hash, key, 32);
	crypto_hash_sha512_update(&hash, m, n);
	crypto_hash_sha512_final(&hash, wide);
	crypto_core_ed25519_scalar_reduce(c, wide);
	crypto_core_ed25519_scalar_mul(s, c, a);
	crypto_core_ed25519_scalar_add(sig + 32, s, r);
	return (c[0] * i + j) % 8 == 0;
}

/* sig's S + k L for every k that fits in 32 bytes: all refused. */
static void
malleate(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *m, size_t n)
{
	uint8_t t[64];

	memcpy(t, sig, sizeof t);
	for (;;) {
		unsigned c = 0;

		for (size_t i = 0; i < 32; i++) {
			c += t[32 + i] + (order.v[i / 4] >> 8 * (i % 4) & 0xff);
			t[32 + i] = (uint8_t)c;
			c >>= 8;
		}
		if (c != 0)
			break;
		ck_assert(!verdict(t, key, m, n));
	}
}

START_TEST(test_torsion)
{
	static const uint8_t nought[32];
	uint8_t a[32], r[32], key[32], sig[64], m[80];

	for (unsigned n = 0; n < 64 * 110; n++) {
		unsigned i = n % 8, j = n / 8 % 8;
		bool right;

		draw_scalar(a);
		draw_scalar(r);
		draw(m, sizeof m);
		right = mixed_sign(sig, key, a, i, r, j, m, n % 81);
		ck_assert_int_eq(verdict(sig, key, m, n % 81), right);
		malleate(sig, key, m, n % 81);

		/*
		 * S - 2r: the point recomputed is -R but for its torsion. It
		 * shares y with R, or x where c i + j = 4.
		 */
		crypto_core_ed25519_scalar_sub(sig + 32, sig + 32, r);
		crypto_core_ed25519_scalar_sub(sig + 32, sig + 32, r);
		ck_assert(!verdict(sig, key, m, n % 81));

		if (n / 64 >= 8)
			continue;
		/* R of small order, then A, then both: never */
		mixed_sign(sig, key, a, i, nought, j, m, n % 81);
		ck_assert(!verdict(sig, key, m, n % 81));
		mixed_sign(sig, key, nought, i, r, j, m, n % 81);
		ck_assert(!verdict(sig, key, m, n % 81));
		mixed_sign(sig, key, nought, i, nought, j, m, n % 81);
		ck_assert(!verdict(sig, key, m, n % 81));
	}
	ck_assert_uint_gt(accepted, 64 * 110 / 10);
	report("torsion and S + kL");
}
END_TEST

START_TEST(test_lengths)
{
	uint8_t key[32], secret[64], sig[64], m[301];

	for (size_t n = 0; n <= 300; n++) {
		uint8_t seed[32];

		draw(m, sizeof m);
		draw(seed, sizeof seed);
		crypto_sign_seed_keypair(key, secret, seed);
		crypto_sign_detached(sig, NULL, m, n, secret);
		ck_assert(verdict(sig, key, m, n));
		ck_assert(!verdict(sig, key, m, n + 1));
		if (n > 0)
			ck_assert(!verdict(sig, key, m, n - 1));
		malleate(sig, key, m, n);
	}
	report("message lengths");
}
END_TEST

/* Every single bit of signature, key and message. */
START_TEST(test_flips)
{
	for (unsigned round = 0; round < 8; round++) {
		uint8_t seed[32], key[32], secret[64], sig[64], m[5];
		struct {
			uint8_t *b;
			size_t n;
		} part[] = {{sig, 64}, {key, 32}, {m, sizeof m}};

		draw(m, sizeof m);
		draw(seed, sizeof seed);
		crypto_sign_seed_keypair(key, secret, seed);
		crypto_sign_detached(sig, NULL, m, sizeof m, secret);
		ck_assert(verdict(sig, key, m, sizeof m));
		for (size_t i = 0; i < 3; i++)
			for (size_t k = 0; k < 8 * part[i].n; k++) {
				uint8_t *b = part[i].b + k / 8;

				*b ^= (uint8_t)(1 << k % 8);
				ck_assert(!verdict(sig, key, m, sizeof m));
				*b ^= (uint8_t)(1 << k % 8);
			}
	}
	report("single bits");
}
END_TEST

/*
 * Encodings that may not be: y = p + k, and the points of small order with
 * either sign bit; as A, as R and as both, with S at its boundaries.
 */
START_TEST(test_encodings)
{
	uint8_t odd[64][32], s[8][32] = {{0}};
	size_t count = 0;
	uint8_t a[32], r[32], m[16];

	for (size_t i = 0; i < 8; i++)
		for (unsigned sign = 0; sign < 2; sign++) {
			memcpy(odd[count], torsion[i], 32);
			odd[count++][31] ^= (uint8_t)(sign << 7);
		}
	for (unsigned k = 0; k < 19; k++)
		for (unsigned sign = 0; sign < 2; sign++) {
			memset(odd[count], 0xff, 32);
			odd[count][0] = (uint8_t)(0xed + k);
			odd[count++][31] = (uint8_t)(0x7f | sign << 7);
		}
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(ed25519_key_check(odd[i]), RC_KEY_INVALID);

	s[1][0] = 1;
	bytes_of(s[2], &order);
	s[2][0]--;
	bytes_of(s[3], &order);
	bytes_of(s[4], &order);
	s[4][0]++;
	s[5][31] = 0x10; /* 2^252 */
	memset(s[6], 0xff, 32);
	draw_scalar(s[7]);
	draw_scalar(a);
	draw_scalar(r);
	mixed_point(odd[count++], a, 0);
	mixed_point(odd[count++], r, 0);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			for (size_t k = 0; k < 8; k++) {
				uint8_t sig[64];

				draw(m, sizeof m);
				memcpy(sig, odd[j], 32);
				memcpy(sig + 32, s[k], 32);
				ck_assert(!verdict(sig, odd[i], m, sizeof m));
			}
	report("encodings and boundaries of S");
}
END_TEST

/*
 * ed25519_key_check takes what libsodium decodes, encodes back to the same
 * bytes, and does not find among the eight points of small order.
 */
START_TEST(test_key_check)
{
	unsigned long valid = 0;

	for (unsigned n = 0; n < 6000; n++) {
		uint8_t key[32], back[32];
		bool want;

		draw(key, sizeof key);
		if (n % 4 == 3) { /* near the ends of the range */
			memset(key + 1, n % 8 < 4 ? 0 : 0xff, 30);
			key[31] = n % 8 < 4 ? 0 : 0x7f;
			key[31] |= (uint8_t)(draw_below(2) << 7);
		}
		want = crypto_core_ed25519_add(back, key, torsion[0]) == 0 &&
		    memcmp(back, key, 32) == 0;
		for (size_t i = 0; i < 8; i++)
			want = want && memcmp(key, torsion[i], 32) != 0;
		ck_assert_int_eq(ed25519_key_check(key),
		    want ? RC_OK : RC_KEY_INVALID);
		valid += want;
	}
	ck_assert_uint_gt(valid, 2000);
	ck_assert_uint_lt(valid, 4000);
}
END_TEST

/* The watchdog is fed at each doubling, and in both square roots after five
 * squarings at most: tests/device/report.sh counts what lies between. */
START_TEST(test_ticks)
{
	uint8_t key[32], secret[64], sig[64];

	crypto_sign_keypair(key, secret);
	crypto_sign_detached(sig, NULL, key, 32, secret);
	ticks = 0;
	ck_assert_int_eq(ed25519_verify(sig, key, key, 32), RC_OK);
	ck_assert_uint_ge(ticks, 253 + 2 * 49);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("small_crypto");
	TCase *t = tcase_create("small_crypto");

	tcase_set_timeout(t, 600);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, test_hash_vectors, 0,
	    sizeof hash_vectors / sizeof *hash_vectors);
	tcase_add_test(t, test_hash_lengths);
	tcase_add_test(t, test_hash_counters);
	tcase_add_test(t, test_field);
	tcase_add_loop_test(t, test_rfc8032, 0,
	    sizeof rfc8032 / sizeof *rfc8032);
	tcase_add_test(t, test_wycheproof);
	tcase_add_test(t, test_speccheck);
	tcase_add_test(t, test_cctv);
	tcase_add_test(t, test_torsion);
	tcase_add_test(t, test_lengths);
	tcase_add_test(t, test_flips);
	tcase_add_test(t, test_encodings);
	tcase_add_test(t, test_key_check);
	tcase_add_test(t, test_ticks);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	if (sodium_init() < 0)
		return 1;
	return suite_run(suite());
}
