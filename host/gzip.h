/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_GZIP_H
#define HOST_GZIP_H
#include <stddef.h>
#include <stdint.h>
#include "verify/rc.h"

/* All of a gzip file (RFC 1952), at most max bytes of content, malloc'd.
 * RC_OK, RC_FILE_LONG, RC_TRUNCATED, RC_FIELD, RC_MEMORY; *out is NULL
 * unless RC_OK. */
enum rc gzip_read(uint8_t **out, size_t *out_n, const uint8_t *bytes,
    size_t n, size_t max) __attribute__((warn_unused_result));

/* A gzip file of the bytes, malloc'd; always the same for the same bytes.
 * level 1 (quick) to 9. RC_OK, RC_FILE_LONG, RC_MEMORY. */
enum rc gzip_write(uint8_t **out, size_t *out_n, const uint8_t *bytes,
    size_t n, int level) __attribute__((warn_unused_result));
#endif
