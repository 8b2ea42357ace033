/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a boot loader calls, one entry point for each part that somebody may
 * want alone. The linker drops what an entry point does not reach.
 */
#include "tests/device/use.h"

void
use_sha256(uint8_t out[static 32], const uint8_t *bytes, size_t n)
{
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, bytes, n);
	sha256_final(&s, out);
}

int
use_ed25519(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *message, size_t n)
{
	return ed25519_verify(sig, key, message, n) == RC_OK;
}

int
use_all(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *bytes, size_t n)
{
	uint8_t digest[32];

	use_sha256(digest, bytes, n);
	return use_ed25519(sig, key, digest, sizeof digest);
}
