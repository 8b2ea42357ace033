/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole decision on any bytes, fed whole and in pieces whose size the
 * input chooses: the result is the same. The trust is the first seed's, or
 * any that the input itself brings behind a zero byte.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "verify/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static enum rc
run(const struct trust *t, const uint8_t *bytes, size_t n, size_t piece,
    struct verified *out)
{
	static struct verify v;
	static uint8_t page[4096];
	struct verify_device d;
	size_t at = 0;

	memset(&d, 0, sizeof d);
	memset(page, 0, sizeof page);
	d.product[0].name = (struct slice){(const uint8_t *)"p", 1};
	d.product_n = 1;
	d.installed_unknown = true;
	d.person = true;
	d.page = page;
	d.page_n = sizeof page;
	verify_init(&v, t, &d);
	while (at < n) {
		size_t take = piece < n - at ? piece : n - at;

		if (verify_feed(&v, bytes + at, take) != RC_MORE)
			break;
		at += take;
	}
	return verify_finish(&v, out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static uint8_t *kept;
	static size_t kept_n;
	struct verified whole, pieces;
	struct trust t;
	struct note note;
	size_t rest;

	if (note_split_file(&note, &rest, bytes, n) == RC_OK &&
	    trust_read(&t, bytes, note.text_n, READER_DEVICE) == RC_OK) {
		free(kept);
		kept = malloc(note.text_n);
		assert(kept != NULL);
		memcpy(kept, bytes, note.text_n);
		kept_n = note.text_n;
	}
	if (kept == NULL ||
	    trust_read(&t, kept, kept_n, READER_DEVICE) != RC_OK)
		return 0;
	assert(run(&t, bytes, n, n > 0 ? n : 1, &whole) ==
	    run(&t, bytes, n, n > 0 ? 1 + bytes[0] % 7 : 1, &pieces));
	assert(memcmp(&whole, &pieces, sizeof whole) == 0);
	return 0;
}
