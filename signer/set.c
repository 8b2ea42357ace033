/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/set.h"
#include <string.h>

bool
set_sort(uint8_t id[][32], unsigned n)
{
	uint8_t keep[32];

	if (n == 0 || n > SET_MAX)
		return false;
	for (unsigned i = 1; i < n; i++)
		for (unsigned j = i; j > 0; j--) {
			int c = memcmp(id[j - 1], id[j], 32);

			if (c == 0)
				return false;
			if (c < 0)
				break;
			memcpy(keep, id[j], 32);
			memcpy(id[j], id[j - 1], 32);
			memcpy(id[j - 1], keep, 32);
		}
	return true;
}

void
set_build(struct text *out, const uint8_t id[][32], unsigned n)
{
	text_string(out, "quorate/set@v1\n");
	for (unsigned i = 0; i < n; i++) {
		text_string(out, "release ");
		text_hex(out, id[i], 32);
		text_string(out, "\n");
	}
}
