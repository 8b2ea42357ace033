/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_LINES_H
#define TESTS_FUZZ_LINES_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * A mutator for texts of lines behind a first byte: half of the time a line
 * is said again, taken away or put elsewhere, a word is put in another's
 * place, a number is made another. Most of what is found is soon refused for
 * its first fault; so now and then it begins again with a good text, one of
 * those of LINES_FRESH, files of the target's corpus. Included by a target,
 * whose it becomes.
 */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t max);
size_t LLVMFuzzerCustomMutator(
    uint8_t *bytes, size_t n, size_t max, unsigned seed);

static uint32_t lines_state;

static uint32_t
lines_roll(size_t below)
{
	lines_state = lines_state * 1664525 + 1013904223;
	return below == 0 ? 0 : (lines_state >> 8) % (uint32_t)below;
}

/* From `at`, back to the byte behind an `end`, forward to the next. */
static size_t
lines_span(const uint8_t *b, size_t n, size_t *at, const char *ends)
{
	size_t to = *at;

	while (*at > 0 && strchr(ends, b[*at - 1]) == NULL)
		--*at;
	while (to < n && strchr(ends, b[to]) == NULL)
		to++;
	return to - *at;
}

/* m bytes of `with` in the place of those from at on. */
static size_t
lines_put(uint8_t *b, size_t n, size_t max, size_t at, size_t old,
    const uint8_t *with, size_t m)
{
	if (n - old + m > max)
		return n;
	memmove(b + at + m, b + at + old, n - at - old);
	memcpy(b + at, with, m);
	return n - old + m;
}

static size_t
lines_edit(uint8_t *b, size_t n, size_t max)
{
	static const char *const numbers[] = {"0", "1", "2", "9", "10", "60",
	    "61", "1440", "4294967295", "4294967296", "9007199254740991",
	    "9007199254740992", "-1", "00"};
	uint8_t kept[2048];
	size_t at = lines_roll(n), to = lines_roll(n), m, k, times;
	const char *w;

	switch (lines_roll(6)) {
	case 0: /* again, some times */
	case 1: /* elsewhere */
		m = lines_span(b, n, &at, "\n");
		if (m >= sizeof kept || at + m >= n)
			return n;
		memcpy(kept, b + at, ++m);
		times = lines_state & 256 ? 1 : 1 + lines_roll(40);
		if (lines_state & 512) {
			n = lines_put(b, n, max, at, m, kept, 0);
			to = n == 0 ? 0 : to % n;
		}
		(void)lines_span(b, n, &to, "\n");
		for (; times > 0; times--)
			n = lines_put(b, n, max, to, 0, kept, m);
		return n;
	case 2: /* without it */
		m = lines_span(b, n, &at, "\n");
		return lines_put(b, n, max, at, m + (at + m < n), kept, 0);
	case 3: /* another's word */
		m = lines_span(b, n, &at, " \n");
		k = lines_span(b, n, &to, " \n");
		if (m >= sizeof kept)
			return n;
		memcpy(kept, b + at, m);
		return lines_put(b, n, max, to, k, kept, m);
	case 4:
		while (at < n && (b[at] < '0' || b[at] > '9'))
			at++;
		for (m = 0; at + m < n && b[at + m] >= '0' && b[at + m] <= '9';)
			m++;
		w = numbers[lines_roll(sizeof numbers / sizeof numbers[0])];
		return lines_put(
		    b, n, max, at, m, (const uint8_t *)w, strlen(w));
	default: /* a digit */
		while (at < n && (b[at] < '0' || b[at] > '9'))
			at++;
		if (at < n)
			b[at] = (uint8_t)('0' + lines_roll(10));
		return n;
	}
}

static size_t
lines_fresh(uint8_t *bytes, size_t n, size_t max)
{
	static const char *const files[] = {LINES_FRESH};
	char path[1024];
	FILE *f;

	snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", QUORATE_SOURCE,
	    files[lines_roll(sizeof files / sizeof files[0])]);
	f = fopen(path, "rb");
	if (f == NULL)
		return n;
	n = fread(bytes, 1, max, f);
	fclose(f);
	return n;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t max, unsigned seed)
{
	size_t times;

	lines_state = seed * 2654435761u + 1;
	if (lines_roll(3) == 0)
		n = lines_fresh(bytes, n, max);
	else if (n < 2 || lines_roll(2) == 0)
		return LLVMFuzzerMutate(bytes, n, max);
	if (n < 2)
		return n;
	for (times = 1 + lines_roll(3); times > 0; times--)
		n = 1 + lines_edit(bytes + 1, n - 1, max - 1);
	return n;
}
#endif
