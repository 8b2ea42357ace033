/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_PAYLOAD_H
#define VERIFY_PAYLOAD_H
#include "verify/verify.h"

/*
 * A component is what a release says when its first `size` bytes have the
 * digest. Stream exactly those: byte size+1 is refused.
 */
struct payload {
	const struct verified_payload *want;
	uint64_t left;
	enum rc rc;
	struct sha256 hash;
};
/* component: index into the device's. RC_MORE, or RC_COMPONENT. */
enum rc payload_init(struct payload *p, const struct verified *r,
    unsigned component) __attribute__((warn_unused_result));
/* RC_MORE, or RC_PAYLOAD_LONG, which sticks. */
enum rc payload_feed(struct payload *p, const uint8_t *bytes, size_t n)
    __attribute__((warn_unused_result));
/* RC_OK, RC_PAYLOAD_SHORT, RC_PAYLOAD_DIGEST, or what stuck. */
enum rc payload_finish(struct payload *p) __attribute__((warn_unused_result));
/* For who has hashed already (a bootloader's own pass over the image). */
enum rc payload_is(const struct verified *r, unsigned component, uint64_t size,
    const uint8_t sha256[static 32]) __attribute__((warn_unused_result));
#endif
