/* SPDX-License-Identifier: Apache-2.0 */
/* Stands where verify/ would: what use.c costs by itself. */
#include "tests/device/use.h"

void
sha256_init(struct sha256 *s)
{
	(void)s;
}

void
sha256_update(struct sha256 *s, const uint8_t *bytes, size_t n)
{
	(void)s;
	(void)bytes;
	(void)n;
}

void
sha256_final(struct sha256 *s, uint8_t out[static 32])
{
	(void)s;
	(void)out;
}

enum rc
ed25519_verify(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *message, size_t n)
{
	(void)sig;
	(void)key;
	(void)message;
	(void)n;
	return RC_SIGNATURE_INVALID;
}

void
verify_init(struct verify *v, const struct trust *t,
    const struct verify_device *d)
{
	(void)v;
	(void)t;
	(void)d;
}

void
verify_init_release(struct verify *v, const struct trust *t,
    const struct verify_device *d)
{
	(void)v;
	(void)t;
	(void)d;
}

enum rc
verify_feed(struct verify *v, const uint8_t *bytes, size_t n)
{
	(void)v;
	(void)bytes;
	(void)n;
	return RC_STATE;
}

enum rc
verify_finish(struct verify *v, struct verified *out)
{
	(void)v;
	(void)out;
	return RC_STATE;
}

enum rc
payload_init(struct payload *p, const struct verified *r, unsigned component)
{
	(void)p;
	(void)r;
	(void)component;
	return RC_STATE;
}

enum rc
payload_feed(struct payload *p, const uint8_t *bytes, size_t n)
{
	(void)p;
	(void)bytes;
	(void)n;
	return RC_STATE;
}

enum rc
payload_finish(struct payload *p)
{
	(void)p;
	return RC_STATE;
}

enum rc
trust_parse(struct trust *t, const uint8_t *page, size_t n,
    const uint8_t id[static 32])
{
	(void)t;
	(void)page;
	(void)n;
	(void)id;
	return RC_STATE;
}
