/* SPDX-License-Identifier: Apache-2.0 */
#include "quorum/range.h"
#include <string.h>
#include "host/text.h"

/* A decimal, up to the next byte that is no digit. */
static bool
number_take(const char **at, uint64_t *out)
{
	size_t n = strspn(*at, "0123456789");

	if (!decimal_decode(out, RANGE_SIZE_MAX, *at, n))
		return false;
	*at += n;
	return true;
}

static bool
byte_take(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

bool
range_content_parse(
    uint64_t *at, uint64_t *size, const char *value, uint64_t n)
{
	uint64_t last = 0;

	*at = 0;
	if (strncmp(value, "bytes ", 6) != 0)
		return false;
	value += 6;
	if (n == 0 ? !byte_take(&value, '*')
		   : !number_take(&value, at) || !byte_take(&value, '-') ||
		!number_take(&value, &last) || last < *at ||
		last - *at != n - 1)
		return false;
	return byte_take(&value, '/') && number_take(&value, size) &&
	    *value == '\0' && (n == 0 || last < *size);
}

enum range_ask
range_parse(uint64_t *from, uint64_t *n, const char *value, uint64_t size)
{
	uint64_t first, last = RANGE_SIZE_MAX;

	*from = 0;
	*n = size;
	if (value == NULL || strncmp(value, "bytes=", 6) != 0)
		return RANGE_ALL;
	value += 6;
	if (!number_take(&value, &first) || !byte_take(&value, '-') ||
	    (*value != '\0' && !number_take(&value, &last)) ||
	    *value != '\0' || last < first)
		return RANGE_ALL;
	if (first >= size)
		return RANGE_BEYOND;
	if (last >= size)
		last = size - 1;
	*from = first;
	*n = last - first + 1;
	return RANGE_PART;
}
