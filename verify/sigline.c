/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A signature line that lies in memory, for programs that read thousands: the
 * plain ones are taken in large steps, everything else byte by byte with
 * sigline_feed. What is taken, and what stands in *l then, is sigline_feed's
 * to say; tests/unit/check_note.c holds both against each other.
 */
#include "verify/note.h"
#include "verify/mem.h"

enum { HEAD = 4 }; /* a dash of three bytes and a space */

/* 1 + the value of a base64 digit; 0: none. */
static unsigned
digit(uint8_t c)
{
	static const uint8_t values[80] = {
	    63, 0, 0, 0, 64, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 0,
	    0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
	    11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	    0, 0, 0, 0, 0, 0, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36,
	    37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	};

	return c >= '+' && c < '+' + sizeof values ? values[c - '+'] : 0;
}

/* Up to the blob: where it starts, or 0. */
static size_t
head_take(struct sigline *l, const uint8_t *p, size_t i, size_t n)
{
	unsigned name_n;

	if (i + HEAD >= n || p[i] != 0xe2 || p[i + 1] != 0x80 ||
	    p[i + 2] != 0x94 || p[i + 3] != ' ')
		return 0;
	i += HEAD;
	for (name_n = 0; i < n && p[i] > 0x20 && p[i] <= 0x7e && p[i] != '+' &&
	     name_n < NAME_BYTES_MAX;
	     name_n++)
		l->name[name_n] = p[i++];
	if (name_n == 0 || i >= n || p[i] != ' ')
		return 0;
	l->name_n = (uint8_t)name_n;
	return i + 1;
}

/* The last group of one or two bytes: how many, or 0. */
static unsigned
padded_take(uint8_t out[static 2], const uint8_t p[static 4])
{
	unsigned a = digit(p[0]), b = digit(p[1]), c = digit(p[2]);

	if (a == 0 || b == 0 || p[3] != '=')
		return 0;
	a--;
	b--;
	out[0] = (uint8_t)(a << 2 | b >> 4);
	if (p[2] == '=')
		return (b & 15) == 0 ? 1 : 0;
	if (c == 0 || ((c - 1) & 3) != 0)
		return 0;
	out[1] = (uint8_t)(b << 4 | (c - 1) >> 2);
	return 2;
}

/* The blob and the LF behind it: where the next line starts, or 0. */
static size_t
blob_take(struct sigline *l, const uint8_t *p, size_t i, size_t n)
{
	uint32_t bytes = 0, a, b, c, d;
	unsigned more;

	for (; i + 4 < n && bytes + 3 <= sizeof l->blob; i += 4, bytes += 3) {
		a = digit(p[i]);
		b = digit(p[i + 1]);
		c = digit(p[i + 2]);
		d = digit(p[i + 3]);
		if (a == 0 || b == 0 || c == 0 || d == 0)
			break;
		a = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
		l->blob[bytes] = (uint8_t)(a >> 16);
		l->blob[bytes + 1] = (uint8_t)(a >> 8);
		l->blob[bytes + 2] = (uint8_t)a;
	}
	if (i + 4 < n && p[i] != '\n' && bytes + 2 <= sizeof l->blob) {
		more = padded_take(l->blob + bytes, p + i);
		i = more > 0 ? i + 4 : n;
		bytes += more;
		l->base64.padded = more > 0;
	}
	if (i >= n || p[i] != '\n' || bytes < SIG_BLOB_MIN)
		return 0;
	l->base64.n = bytes;
	return i + 1;
}

enum rc
sigline_take(struct sigline *l, size_t *at, const uint8_t *p, size_t n)
{
	enum rc rc = RC_MORE;
	size_t i;

	sigline_init(l);
	i = head_take(l, p, *at, n);
	if (i > 0)
		i = blob_take(l, p, i, n);
	if (i > 0) {
		*at = i;
		return RC_OK;
	}
	sigline_init(l);
	while (rc == RC_MORE && *at < n)
		rc = sigline_feed(l, p[(*at)++]);
	return rc;
}
