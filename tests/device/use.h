/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_DEVICE_USE_H
#define TESTS_DEVICE_USE_H
#include <stddef.h>
#include <stdint.h>
#include "verify/ed25519.h"
#include "verify/payload.h"
#include "verify/sha256.h"
#include "verify/verify.h"

/* The entry points of tests/device/CMakeLists.txt. */
void use_sha256(uint8_t out[static 32], const uint8_t *bytes, size_t n);
int use_ed25519(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *message, size_t n);
int use_all(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *bytes, size_t n);
/* A release and its payload under a trust that was compiled in. */
int use_release(struct verify *v, const struct trust *t,
    const struct verify_device *d, const uint8_t *file, size_t file_n,
    const uint8_t *image, size_t image_n);
/* The same, and a trust page of which nothing is believed unhashed; with a
 * page in the device's description, hops too. */
int use_page(struct verify *v, const uint8_t *page, size_t page_n,
    const uint8_t id[static 32], const struct verify_device *d,
    const uint8_t *file, size_t file_n);
#endif
