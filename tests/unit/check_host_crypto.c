/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host/crypto_sodium.c: hashes and signatures against RFC 8032 and FIPS 180-4.
 * The edge cases of signatures are check_accept_set.c's.
 */
#include <check.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/bip340.h"
#include "quorum/bip340.h"
#include "host/sign.h"
#include "host/text.h"
#include "tests/unit/suite.h"
#include "verify/bip340.h"
#include "verify/ed25519.h"
#include "verify/sha256.h"
#include "verify/sha512.h"

static uint8_t bytes[8192];

static size_t
hex_to(uint8_t *out, size_t cap, const char *hex)
{
	size_t n = strlen(hex) / 2;

	ck_assert_uint_le(n, cap);
	ck_assert(hex_decode(out, n, hex, strlen(hex)));
	return n;
}

/* FIPS 180-4 examples, and pieces of every length against the whole. */
START_TEST(hashes)
{
	uint8_t want[64], got[64];
	struct sha256 s2;
	struct sha512 s5;
	size_t n, i;

	hex_to(want, 64, "ba7816bf8f01cfea414140de5dae2223"
			 "b00361a396177a9cb410ff61f20015ad");
	sha256_init(&s2);
	sha256_update(&s2, (const uint8_t *)"abc", 3);
	sha256_final(&s2, got);
	ck_assert_mem_eq(got, want, 32);
	hex_to(want, 64, "ddaf35a193617abacc417349ae204131"
			 "12e6fa4e89a97ea20a9eeee64b55d39a"
			 "2192992a274fc1a836ba3c23a3feebbd"
			 "454d4423643ce80e2a9ac94fa54ca49f");
	sha512_init(&s5);
	sha512_update(&s5, (const uint8_t *)"abc", 3);
	sha512_final(&s5, got);
	ck_assert_mem_eq(got, want, 64);
	for (n = 0; n <= 300; n++) {
		crypto_hash_sha256(want, bytes, n);
		sha256_init(&s2);
		for (i = 0; i < n; i++)
			sha256_update(&s2, bytes + i, 1);
		sha256_update(&s2, NULL, 0);
		sha256_final(&s2, got);
		ck_assert_mem_eq(got, want, 32);
		crypto_hash_sha512(want, bytes, n);
		sha512_init(&s5);
		for (i = 0; i < n; i++)
			sha512_update(&s5, bytes + i, 1);
		sha512_update(&s5, NULL, 0);
		sha512_final(&s5, got);
		ck_assert_mem_eq(got, want, 64);
	}
}
END_TEST

/* RFC 8032 section 7.1, TEST 1, 2, 3 */
static const char *const rfc8032[][4] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
	"5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
	"72",
	"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
	"af82",
	"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	"18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"}};

START_TEST(sign_and_verify)
{
	uint8_t seed[32], key[32], want[64], got[64];
	size_t n;
	int i;

	hex_to(seed, 32, rfc8032[_i][0]);
	hex_to(want, 32, rfc8032[_i][1]);
	ed25519_public(key, seed);
	ck_assert_mem_eq(key, want, 32);
	n = hex_to(bytes, sizeof bytes, rfc8032[_i][2]);
	hex_to(want, 64, rfc8032[_i][3]);
	ed25519_sign(got, seed, bytes, n);
	ck_assert_mem_eq(got, want, 64);
	ck_assert_int_eq(ed25519_verify(want, key, bytes, n), RC_OK);
	ck_assert_int_eq(ed25519_key_check(key), RC_OK);
	for (i = 0; i < 512; i++) {
		got[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_eq(ed25519_verify(got, key, bytes, n),
		    RC_SIGNATURE_INVALID);
		got[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ck_assert_int_eq(ed25519_verify(want, key, bytes, n + 1),
	    RC_SIGNATURE_INVALID);
}
END_TEST

/* The points of small order and their other spellings, points off the
 * curve, and one point of mixed order, which is a key. */
static const struct {
	const char *key;
	enum rc rc;
} keys[] = {
    {"0100000000000000000000000000000000000000000000000000000000000000",
	RC_KEY_INVALID},
    {"0100000000000000000000000000000000000000000000000000000000000080",
	RC_KEY_INVALID},
    {"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	RC_KEY_INVALID},
    {"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	RC_KEY_INVALID},
    {"0000000000000000000000000000000000000000000000000000000000000000",
	RC_KEY_INVALID},
    {"0000000000000000000000000000000000000000000000000000000000000080",
	RC_KEY_INVALID},
    {"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	RC_KEY_INVALID},
    {"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	RC_KEY_INVALID},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	RC_KEY_INVALID},
    {"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	RC_KEY_INVALID},
    /* y = 2 is off the curve; y = 3 is on it, y = p + 3 spells the same */
    {"0200000000000000000000000000000000000000000000000000000000000000",
	RC_KEY_INVALID},
    {"0300000000000000000000000000000000000000000000000000000000000000",
	RC_OK},
    {"f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	RC_KEY_INVALID},
    /* speccheck's A of mixed order */
    {"f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
	RC_OK},
    {"5866666666666666666666666666666666666666666666666666666666666666",
	RC_OK}};

START_TEST(key_checked)
{
	uint8_t key[32];

	hex_to(key, 32, keys[_i].key);
	ck_assert_int_eq(ed25519_key_check(key), keys[_i].rc);
}
END_TEST

/* The published table: index, secret, key, aux, message, signature, verdict. */
START_TEST(bip340_published)
{
	FILE *f = fopen(QUORATE_VECTORS "/bip340/test-vectors.csv", "r");
	unsigned good = 0, bad = 0, made = 0;
	char line[4096];

	if (f == NULL) {
		printf("SKIPPED: no vectors of BIP 340\n");
		return;
	}
	ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
	while (fgets(line, sizeof line, f) != NULL) {
		char *field[7] = {line}, *p = line;
		uint8_t key[32], message[512], sig[64];
		uint8_t seed[32], aux[32], own[64];
		struct vkey k = {.type = KEY_BIP340};
		size_t n;
		enum rc rc;

		for (char *c = line; *c != '\0'; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c + 'a' - 'A');
		for (unsigned i = 1; i < 7; i++) {
			p = strchr(p, ',');
			ck_assert_ptr_nonnull(p);
			*p++ = '\0';
			field[i] = p;
		}
		ck_assert_uint_eq(hex_to(key, 32, field[2]), 32);
		n = hex_to(message, sizeof message, field[4]);
		ck_assert_uint_eq(hex_to(sig, 64, field[5]), 64);
		rc = bip340_verify(sig, key, message, n);
		ck_assert_msg(
		    (rc == RC_OK) == (strncmp(field[6], "true", 4) == 0),
		    "case %s: %d", field[0], (int)rc);
		ck_assert(rc == RC_OK || rc == RC_SIGNATURE_INVALID);
		good += rc == RC_OK;
		bad += rc != RC_OK;
		memcpy(k.key, key, 32);
		if (rc == RC_OK)
			ck_assert_int_eq(vkey_usable(&k), RC_OK);
		if (hex_to(seed, 32, field[1]) != 32)
			continue; /* no secret, to be verified only */
		ck_assert_uint_eq(hex_to(aux, 32, field[3]), 32);
		ck_assert_int_eq(bip340_public(own, seed), RC_OK);
		ck_assert_mem_eq(own, key, 32);
		ck_assert_int_eq(
		    bip340_sign(own, seed, aux, message, n), RC_OK);
		ck_assert_mem_eq(own, sig, 64);
		made++;
	}
	fclose(f);
	ck_assert_uint_ge(good, 9);
	ck_assert_uint_ge(bad, 10);
	ck_assert_uint_ge(made, 8);
}
END_TEST

/* Zero, and the order of the group: no key. */
START_TEST(bip340_no_key)
{
	static const char order[] = "fffffffffffffffffffffffffffffffe"
				    "baaedce6af48a03bbfd25e8cd0364141";
	static const uint8_t zero[64];
	uint8_t seed[32] = {0}, out[64];

	for (unsigned i = 0; i < 2; i++) {
		memset(out, 1, sizeof out);
		ck_assert_int_eq(bip340_public(out, seed), RC_SCALAR);
		ck_assert_mem_eq(out, zero, 32);
		ck_assert_int_eq(
		    bip340_sign(out, seed, zero, zero, 1), RC_SCALAR);
		ck_assert_mem_eq(out, zero, 64);
		hex_to(seed, 32, order);
	}
}
END_TEST

START_TEST(keys_are_points_of_their_curve)
{
	struct vkey k = {.type = KEY_BIP340};

	/* x = 2 is on secp256k1, x = 5 is not, p is none; as an Ed25519 key
	 * the first of small order */
	memset(k.key, 0, 32);
	k.key[31] = 2;
	ck_assert_int_eq(vkey_usable(&k), RC_OK);
	k.key[31] = 5;
	ck_assert_int_eq(vkey_usable(&k), RC_KEY_INVALID);
	memset(k.key, 0xff, 32);
	ck_assert_int_eq(vkey_usable(&k), RC_KEY_INVALID);
	memset(k.key, 0, 32);
	k.type = KEY_ED25519;
	ck_assert_int_eq(vkey_usable(&k), RC_KEY_INVALID);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("host/crypto_sodium");
	TCase *c = tcase_create("crypto");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_test(c, hashes);
	tcase_add_test(c, bip340_published);
	tcase_add_test(c, bip340_no_key);
	tcase_add_test(c, keys_are_points_of_their_curve);
	tcase_add_loop_test(c, sign_and_verify, 0,
	    sizeof rfc8032 / sizeof rfc8032[0]);
	tcase_add_loop_test(c, key_checked, 0, sizeof keys / sizeof keys[0]);
	suite_add_tcase(suite, c);
	return suite_run(suite);
}
