/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_SHA_CONSTANTS_H
#define VERIFY_SHA_CONSTANTS_H
#include <stdint.h>

/*
 * FIPS 180-4 sections 4.2.3 and 5.3.5: the first 64 fraction bits of the cube
 * roots of the first 80 primes, and of the square roots of the first 8.
 * SHA-256 uses the first 32 bits of the same numbers (sections 4.2.2, 5.3.3),
 * so both hashes read these two tables. They stand in sha512.c; a platform
 * that replaces that file and keeps sha256.c keeps them.
 */
extern const uint64_t sha_k[80];
extern const uint64_t sha_iv[8];
#endif
