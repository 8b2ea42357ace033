/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_DEVICE_USE_H
#define TESTS_DEVICE_USE_H
#include <stddef.h>
#include <stdint.h>
#include "verify/ed25519.h"
#include "verify/sha256.h"

/* The entry points of tests/device/CMakeLists.txt. */
void use_sha256(uint8_t out[static 32], const uint8_t *bytes, size_t n);
int use_ed25519(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *message, size_t n);
int use_all(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *bytes, size_t n);
#endif
