/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_SET_H
#define SIGNER_SET_H
/*
 * A set: several releases that are decided once. Its text names exactly them
 * (docs/formats.md, section 9) and is made anew by everybody who needs it: by
 * the pipeline that proposed them, by the person who signs it as an approval,
 * and by the signer that checks that.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"

#define SET_MAX		64
#define SET_TEXT_MAX	(16 + SET_MAX * (sizeof "release " + 64))

/* Sorts ids. False: none, more than SET_MAX, or one of them twice. */
bool set_sort(uint8_t id[][32], unsigned n);
/* The text of sorted ids. */
void set_build(struct text *out, const uint8_t id[][32], unsigned n);
#endif
