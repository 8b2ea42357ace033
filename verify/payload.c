/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/payload.h"
#include "verify/mem.h"

/* Compared twice, through volatile copies: one skipped branch decides
 * nothing. */
static enum rc
digest_compare(const uint8_t a[static 32], const uint8_t b[static 32])
{
	volatile int first = memcmp(a, b, 32);
	volatile int again = memcmp(b, a, 32);

	if (first != 0)
		return RC_PAYLOAD_DIGEST;
	return again == 0 ? RC_OK : RC_PAYLOAD_DIGEST;
}

static bool
has_component(const struct verified *r, unsigned component)
{
	/* an entry that was never filled is all zero: it must match nothing,
	 * not the digest of a hash engine that did not run */
	return r->kind == VERIFIED_RELEASE && component < r->component_n;
}

enum rc
payload_init(struct payload *p, const struct verified *r, unsigned component)
{
	memset(p, 0, sizeof *p);
	p->rc = RC_COMPONENT;
	if (!has_component(r, component))
		return p->rc;
	p->want = &r->payload[component];
	p->left = p->want->size;
	sha256_init(&p->hash);
	p->rc = RC_MORE;
	return p->rc;
}

enum rc
payload_feed(struct payload *p, const uint8_t *bytes, size_t n)
{
	if (p->rc != RC_MORE)
		return p->rc;
	if (n > p->left) {
		p->rc = RC_PAYLOAD_LONG;
	} else {
		p->left -= n;
		sha256_update(&p->hash, bytes, n);
	}
	return p->rc;
}

enum rc
payload_finish(struct payload *p)
{
	uint8_t digest[32];

	if (p->rc != RC_MORE)
		return p->rc;
	p->rc = RC_PAYLOAD_SHORT;
	if (p->left == 0) {
		sha256_final(&p->hash, digest);
		p->rc = digest_compare(digest, p->want->sha256);
	}
	return p->rc;
}

enum rc
payload_is(const struct verified *r, unsigned component, uint64_t size,
    const uint8_t sha256[static 32])
{
	const struct verified_payload *want;

	if (!has_component(r, component))
		return RC_COMPONENT;
	want = &r->payload[component];
	if (size != want->size)
		return size < want->size ? RC_PAYLOAD_SHORT : RC_PAYLOAD_LONG;
	return digest_compare(sha256, want->sha256);
}
