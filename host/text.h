/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_TEXT_H
#define HOST_TEXT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "verify/line.h"

/*
 * A string that grows inside the caller's memory and never past it. p[n] is
 * always NUL, so at most cap - 1 bytes fit. A piece that does not fit is left
 * out whole, `full` is set and stays, and nothing is added any more: build
 * everything, then look at `full` once. Not for secrets: nothing is wiped.
 */
struct text {
	char *p;
	size_t n, cap;
	bool full;
};

/* cap at least 1. The text is empty afterwards. */
void text_init(struct text *t, char *p, size_t cap);
void text_put(struct text *t, const void *bytes, size_t n);
void text_string(struct text *t, const char *string);
void text_printf(struct text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_hex(struct text *t, const uint8_t *bytes, size_t n);
void text_base64(struct text *t, const uint8_t *bytes, size_t n);

/* A string of C without its NUL. */
struct slice slice_of(const char *string);

/* Bytes that base64 with padding makes of n bytes, and at most back. */
#define BASE64_CHARS(n)	      (((n) + 2) / 3 * 4)
#define BASE64_BYTES_MAX(chars) ((chars) / 4 * 3)

/*
 * Lowercase hex of exactly n bytes: false, and out zeroed, unless hex_n is
 * 2 n and every character is one of 0-9a-f.
 */
bool hex_decode(uint8_t *out, size_t n, const char *hex, size_t hex_n);

/*
 * Canonical base64 (RFC 4648 section 4): padded, no white space, unused bits
 * zero. *n is the number of bytes written, at most cap. False, *n 0, when
 * the spelling is any other or the bytes do not fit. Empty gives none.
 */
bool base64_decode(uint8_t *out, size_t *n, size_t cap, const char *base64,
    size_t base64_n);

/*
 * A decimal without sign or leading zeros, at most max; all of the n
 * characters. False, *value 0, otherwise.
 */
bool decimal_decode(uint64_t *value, uint64_t max, const char *s, size_t n);

#define DURATION_MS_MAX (3653ull * 86400000)

/* A decimal and a unit, "5ms 3s 2m 1h 7d", as milliseconds, at most ten
 * years; "0" needs none. False, *ms 0, otherwise. */
bool duration_decode(uint64_t *ms, const char *s, size_t n);
#endif
