/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded text, and the three spellings of bytes and numbers that our texts
 * use: each is read in one way only. Nothing here is secret, so tables and
 * early exits are allowed.
 */
#include "host/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
text_init(struct text *t, char *p, size_t cap)
{
	*t = (struct text){.p = p, .cap = cap};
	p[0] = '\0';
}

/* Room for n more bytes, or NULL and full for good. */
static char *
text_room(struct text *t, size_t n)
{
	char *p = t->p + t->n;

	if (t->full || n >= t->cap - t->n) {
		t->full = true;
		return NULL;
	}
	t->n += n;
	t->p[t->n] = '\0';
	return p;
}

void
text_put(struct text *t, const void *bytes, size_t n)
{
	char *p = text_room(t, n);

	if (p != NULL && n > 0)
		memcpy(p, bytes, n);
}

void
text_string(struct text *t, const char *string)
{
	text_put(t, string, strlen(string));
}

void
text_printf(struct text *t, const char *format, ...)
{
	size_t room = t->cap - t->n;
	va_list args;
	int n;

	if (t->full)
		return;
	va_start(args, format);
	n = vsnprintf(t->p + t->n, room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room) {
		t->p[t->n] = '\0';
		t->full = true;
		return;
	}
	t->n += (size_t)n;
}

void
text_hex(struct text *t, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char *p = n < SIZE_MAX / 2 ? text_room(t, 2 * n) : NULL;
	size_t i;

	if (p == NULL) {
		t->full = true;
		return;
	}
	for (i = 0; i < n; i++) {
		*p++ = digits[bytes[i] >> 4];
		*p++ = digits[bytes[i] & 15];
	}
}

void
text_base64(struct text *t, const uint8_t *bytes, size_t n)
{
	char *p = n < SIZE_MAX / 2 ? text_room(t, BASE64_CHARS(n)) : NULL;
	uint32_t v;
	size_t i, left;

	if (p == NULL) {
		t->full = true;
		return;
	}
	for (i = 0; i < n; i += 3) {
		left = n - i;
		v = (uint32_t)bytes[i] << 16;
		v |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
		v |= left > 2 ? bytes[i + 2] : 0;
		*p++ = alphabet[v >> 18];
		*p++ = alphabet[v >> 12 & 63];
		*p++ = left > 1 ? alphabet[v >> 6 & 63] : '=';
		*p++ = left > 2 ? alphabet[v & 63] : '=';
	}
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool
hex_decode(uint8_t *out, size_t n, const char *hex, size_t hex_n)
{
	size_t i;
	int high, low;

	if (n > SIZE_MAX / 2 || hex_n != 2 * n)
		goto bad;
	for (i = 0; i < n; i++) {
		high = hex_value(hex[2 * i]);
		low = hex_value(hex[2 * i + 1]);
		if (high < 0 || low < 0)
			goto bad;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
bad:
	if (n > 0)
		memset(out, 0, n);
	return false;
}

static int
base64_value(char c)
{
	const char *at = c == '\0' ? NULL : strchr(alphabet, c);

	return at == NULL ? -1 : (int)(at - alphabet);
}

/* One group of four: the number of bytes it means, 0 if it is none. `last`
 * allows padding, whose bits must be zero: otherwise one string of bytes
 * would have several spellings, and signatures could be respelled. */
static size_t
base64_group(uint8_t b[static 3], const char *s, bool last)
{
	size_t pad = 0, i;
	uint32_t v = 0;
	int d;

	if (last && s[3] == '=')
		pad = s[2] == '=' ? 2 : 1;
	for (i = 0; i < 4; i++) {
		d = i < 4 - pad ? base64_value(s[i]) : 0;
		if (d < 0)
			return 0;
		v = v << 6 | (uint32_t)d;
	}
	if ((pad == 1 && (v & 0xff) != 0) || (pad == 2 && (v & 0xffff) != 0))
		return 0;
	b[0] = (uint8_t)(v >> 16);
	b[1] = (uint8_t)(v >> 8);
	b[2] = (uint8_t)v;
	return 3 - pad;
}

bool
base64_decode(uint8_t *out, size_t *n, size_t cap, const char *base64,
    size_t base64_n)
{
	size_t i, k, have = 0;
	uint8_t b[3];

	*n = 0;
	if (base64_n % 4 != 0)
		return false;
	for (i = 0; i < base64_n; i += 4) {
		k = base64_group(b, base64 + i, i + 4 == base64_n);
		if (k == 0 || k > cap - have)
			return false;
		memcpy(out + have, b, k);
		have += k;
	}
	*n = have;
	return true;
}

bool
decimal_decode(uint64_t *value, uint64_t max, const char *s, size_t n)
{
	uint64_t v = 0, d;
	size_t i;

	*value = 0;
	if (n == 0 || (n > 1 && s[0] == '0'))
		return false;
	for (i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		d = (uint64_t)(s[i] - '0');
		if (v > max / 10 || (v == max / 10 && d > max % 10))
			return false;
		v = v * 10 + d;
	}
	*value = v;
	return true;
}

bool
duration_decode(uint64_t *ms, const char *s, size_t n)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000},
	    {"d", 86400000}};
	size_t digits = 0, i;

	*ms = 0;
	while (digits < n && s[digits] >= '0' && s[digits] <= '9')
		digits++;
	if (digits == 1 && n == 1 && s[0] == '0')
		return true;
	for (i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strlen(units[i].name) == n - digits &&
		    memcmp(units[i].name, s + digits, n - digits) == 0 &&
		    decimal_decode(ms, DURATION_MS_MAX / units[i].ms, s,
			digits)) {
			*ms *= units[i].ms;
			return true;
		}
	return false;
}

struct slice
slice_of(const char *string)
{
	return (struct slice){(const uint8_t *)string, strlen(string)};
}
