/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hosted backend of the three doors to cryptography (verify/sha256.h,
 * sha512.h, ed25519.h), on libsodium; SHA-256 on OpenSSL's.
 *
 * The accept set of signatures is pinned and every backend must have exactly
 * that one. libsodium 1.0.18 refuses small-order A and R and compares
 * the recomputed R byte for byte; what later or specially built versions may
 * take more lightly (a large S, an A or R that is not reduced) is refused
 * here first. docs/accept-set.md has its verdict on every published case.
 */
/* The one-shot doors of newer OpenSSL cost a fetch and a context each. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "verify/ed25519.h"

#include <openssl/sha.h>
#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "host/edwards.h"
#include "host/sign.h"
#include "verify/sha256.h"
#include "verify/sha512.h"

/* Same members in the same order; only then may the pointers be handed on. */
_Static_assert(sizeof(struct sha512) == sizeof(crypto_hash_sha512_state) &&
	offsetof(struct sha512, count) ==
	    offsetof(crypto_hash_sha512_state, count) &&
	offsetof(struct sha512, block) ==
	    offsetof(crypto_hash_sha512_state, buf),
    "struct sha512 is libsodium's");

/* OpenSSL's compression function, which uses the processor's own SHA-256
 * where there is one: four times libsodium. Of the struct it keeps only what
 * every SHA-256 needs. */
static void
sha256_load(SHA256_CTX *c, const struct sha256 *s)
{
	memcpy(c->h, s->h, sizeof s->h);
	c->Nl = (SHA_LONG)(s->count << 3);
	c->Nh = (SHA_LONG)(s->count >> 29);
	memcpy(c->data, s->block, sizeof s->block);
	c->num = (unsigned)(s->count % 64);
	c->md_len = 32;
}

void
sha256_init(struct sha256 *s)
{
	static const uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372,
	    0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

	memcpy(s->h, h, sizeof h);
	s->count = 0;
	memset(s->block, 0, sizeof s->block);
}

void
sha256_update(struct sha256 *s, const uint8_t *bytes, size_t n)
{
	SHA256_CTX c;

	if (n == 0)
		return;
	sha256_load(&c, s);
	SHA256_Update(&c, bytes, n);
	memcpy(s->h, c.h, sizeof s->h);
	memcpy(s->block, c.data, sizeof s->block);
	s->count += n;
	explicit_bzero(&c, sizeof c);
}

void
sha256_final(struct sha256 *s, uint8_t out[static 32])
{
	SHA256_CTX c;

	sha256_load(&c, s);
	SHA256_Final(out, &c); /* and wipes it */
	explicit_bzero(s, sizeof *s);
}

void
sha512_init(struct sha512 *s)
{
	crypto_hash_sha512_init((void *)s);
}

void
sha512_update(struct sha512 *s, const uint8_t *bytes, size_t n)
{
	if (n > 0)
		crypto_hash_sha512_update((void *)s, bytes, n);
}

void
sha512_final(struct sha512 *s, uint8_t out[static 64])
{
	crypto_hash_sha512_final((void *)s, out);
}

/* Little endian a < b; all inputs are public. */
static bool
below(const uint8_t a[static 32], const uint8_t b[static 32])
{
	int i;

	for (i = 31; i >= 0; i--)
		if (a[i] != b[i])
			return a[i] < b[i];
	return false;
}

/* y < p = 2^255 - 19. The one other spelling of a point, x = 0 with the
 * sign set, belongs to points of small order only. */
static bool
y_canonical(const uint8_t point[static 32])
{
	static const uint8_t p[32] = {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0x7f};
	uint8_t y[32];

	memcpy(y, point, 32);
	y[31] &= 0x7f;
	return below(y, p);
}

enum rc
ed25519_verify(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *message, size_t n)
{
	static const uint8_t nothing[1];

	if (!y_canonical(key) || !y_canonical(sig) ||
	    !edwards_scalar_canonical(sig + 32))
		return RC_SIGNATURE_INVALID;
	if (crypto_sign_verify_detached(sig, n > 0 ? message : nothing, n,
		key) != 0)
		return RC_SIGNATURE_INVALID;
	return RC_OK;
}

/*
 * crypto_core_ed25519_is_valid_point would also ask for prime order, which
 * ed25519_verify does not. The sum of a point with itself fails off the
 * curve, and eight times a point is the identity exactly at small order.
 */
enum rc
ed25519_key_check(const uint8_t key[static 32])
{
	static const uint8_t identity[32] = {1};
	uint8_t p[32], q[32];
	int i;

	if (!y_canonical(key))
		return RC_KEY_INVALID;
	memcpy(p, key, 32);
	for (i = 0; i < 3; i++) {
		if (crypto_core_ed25519_add(q, p, p) != 0)
			return RC_KEY_INVALID;
		memcpy(p, q, 32);
	}
	return memcmp(p, identity, 32) == 0 ? RC_KEY_INVALID : RC_OK;
}

void
ed25519_public(uint8_t pk[static 32], const uint8_t seed[static 32])
{
	uint8_t sk[crypto_sign_SECRETKEYBYTES];

	crypto_sign_seed_keypair(pk, sk, seed);
	sodium_memzero(sk, sizeof sk);
}

void
ed25519_sign_as(uint8_t sig[static 64], const uint8_t seed[static 32],
    const uint8_t pk[static 32], const uint8_t *m, size_t n)
{
	static const uint8_t nothing[1];
	uint8_t sk[crypto_sign_SECRETKEYBYTES]; /* libsodium's: both */

	memcpy(sk, seed, 32);
	memcpy(sk + 32, pk, 32);
	crypto_sign_detached(sig, NULL, n > 0 ? m : nothing, n, sk);
	sodium_memzero(sk, sizeof sk);
}

/* The public half is derived anew each time: a signature under a public key
 * that does not belong to the seed would give the seed away. */
void
ed25519_sign(uint8_t sig[static 64], const uint8_t seed[static 32],
    const uint8_t *m, size_t n)
{
	uint8_t pk[crypto_sign_PUBLICKEYBYTES];

	ed25519_public(pk, seed);
	ed25519_sign_as(sig, seed, pk, m, n);
}
