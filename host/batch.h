/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_BATCH_H
#define HOST_BATCH_H
/*
 * Many signatures at once, with exactly the verdict that ed25519_verify
 * gives each: three to four times as fast where few keys sign much. For the
 * log's admission and for auditors. All of it is public.
 */
#include <stddef.h>
#include <stdint.h>

#include "verify/rc.h"

struct batch_item {
	const uint8_t *key;	/* 32 bytes */
	const uint8_t *sig;	/* 64 bytes */
	const uint8_t *message; /* may be NULL if n is 0 */
	size_t n;
	enum rc rc; /* out: RC_OK or RC_SIGNATURE_INVALID */
};

/*
 * What is known of keys seen before: the decoded point, and whether it is of
 * prime order. A cache is the caller's, one a thread, and may be kept as
 * long as he likes: it holds at most about `keys` of them, forgetting others
 * that share a place. NULL if there is no memory, which works as no cache.
 */
struct batch_cache;
struct batch_cache *batch_cache_new(size_t keys);
void batch_cache_free(struct batch_cache *c);

/*
 * Set rc of each of n items. cache may be NULL. Random weights are drawn
 * inside, after the items are fixed: whoever writes signatures must not know
 * them. The bytes that the items point at must not change meanwhile.
 */
void ed25519_verify_batch(
    struct batch_item *items, size_t n, struct batch_cache *cache);
#endif
