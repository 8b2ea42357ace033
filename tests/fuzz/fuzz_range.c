/* SPDX-License-Identifier: Apache-2.0 */
/* Byte ranges: what is taken lies within, and is what its spelling says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "quorum/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
must(int true_)
{
	if (!true_)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char value[256], again[256];
	uint64_t body, size, at, all, from, count;

	if (n < 16 || n - 16 >= sizeof value)
		return 0;
	memcpy(&body, bytes, 8);
	memcpy(&size, bytes + 8, 8);
	memcpy(value, bytes + 16, n - 16);
	value[n - 16] = '\0';
	if (range_content_parse(&at, &all, value, body)) {
		if (body == 0)
			snprintf(again, sizeof again, "bytes */%llu",
			    (unsigned long long)all);
		else
			snprintf(again, sizeof again, "bytes %llu-%llu/%llu",
			    (unsigned long long)at,
			    (unsigned long long)(at + body - 1),
			    (unsigned long long)all);
		must(strcmp(value, again) == 0); /* one spelling */
		must(at <= all && body <= all - at);
	}
	switch (range_parse(&from, &count, value, size)) {
	case RANGE_ALL:
		must(from == 0 && count == size);
		break;
	case RANGE_PART:
		must(count > 0 && from < size && count <= size - from);
		break;
	case RANGE_BEYOND:
		break;
	}
	return 0;
}
