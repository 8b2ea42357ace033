/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_BOOT_CONFIRM_H
#define VERIFY_BOOT_CONFIRM_H
#include "verify/boot/boot.h"

/*
 * What the application says when it has satisfied itself that it works: a
 * line in the one area that is not locked, naming the image and this very
 * start of it. The next boot_open believes it. Say it at every start, after
 * the self-test; it costs nothing when nothing is on trial. slot: the one that
 * the caller runs from, so that no other image can speak for the trial.
 *
 * RC_OK (said, said before, or nobody asks), RC_RECORD, RC_FLASH.
 */
enum rc boot_confirm(struct records *s, const struct boot_config *c,
    const struct boot_flash *f, unsigned slot)
    __attribute__((warn_unused_result));

/* The line for the trial in a record; n bytes, padded with ff. */
void confirm_encode(uint8_t *out, size_t n, const struct record *r);
#endif
