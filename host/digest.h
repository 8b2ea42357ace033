/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_DIGEST_H
#define HOST_DIGEST_H
#include <stddef.h>
#include <stdint.h>

/* SHA-256 of bytes that are all there. */
void sha256_of(uint8_t out[static 32], const void *bytes, size_t n);
#endif
