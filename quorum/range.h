/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_RANGE_H
#define QUORUM_RANGE_H
/* Byte ranges of HTTP, RFC 9110 section 14, as far as blobs need them. */
#include <stdbool.h>
#include <stdint.h>

#define RANGE_SIZE_MAX (UINT64_MAX >> 1)

/*
 * Content-Range of a body of n bytes: `bytes A-B/SIZE` with B - A + 1 = n > 0
 * and B < SIZE, or for n = 0 a star for A-B. False: not that; *at and *size
 * then mean nothing.
 */
bool range_content_parse(
    uint64_t *at, uint64_t *size, const char *value, uint64_t n);

/* What a Range header asks for. */
enum range_ask {
	RANGE_ALL,    /* none, or not one of ours: which asks for all */
	RANGE_PART,   /* *n bytes from *from, at least one, all there */
	RANGE_BEYOND, /* nothing of that is there */
};
/* `bytes=A-` or `bytes=A-B` of `size` bytes; value may be NULL. */
enum range_ask range_parse(
    uint64_t *from, uint64_t *n, const char *value, uint64_t size);
#endif
