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

static int
check(struct verify *v, const uint8_t *file, size_t file_n,
    const uint8_t *image, size_t image_n)
{
	struct verified out;
	struct payload p;

	if (verify_feed(v, file, file_n) != RC_MORE ||
	    verify_finish(v, &out) != RC_OK)
		return 0;
	return payload_init(&p, &out, 0) == RC_MORE &&
	    payload_feed(&p, image, image_n) == RC_MORE &&
	    payload_finish(&p) == RC_OK;
}

int
use_release(struct verify *v, const struct trust *t,
    const struct verify_device *d, const uint8_t *file, size_t file_n,
    const uint8_t *image, size_t image_n)
{
	verify_init_release(v, t, d);
	return check(v, file, file_n, image, image_n);
}

int
use_page(struct verify *v, const uint8_t *page, size_t page_n,
    const uint8_t id[static 32], const struct verify_device *d,
    const uint8_t *file, size_t file_n)
{
	struct trust t;

	if (trust_parse(&t, page, page_n, id) != RC_OK)
		return 0;
	verify_init(v, &t, d);
	return check(v, file, file_n, page, page_n);
}
