/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's record: the input as it is, and with its check made good, so
 * that the fields are reached. What is taken encodes to the same bytes and
 * names only slots that hold something.
 */
#include <assert.h>
#include <string.h>
#include "verify/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
one(const uint8_t in[static RECORD_SIZE])
{
	static const struct record none;
	struct record r;
	uint8_t again[RECORD_SIZE];

	if (record_decode(&r, in) != RC_OK) {
		assert(memcmp(&r, &none, sizeof r) == 0);
		return;
	}
	record_encode(again, &r);
	assert(memcmp(in, again, RECORD_SIZE) == 0);
	assert(r.good == RECORD_NONE || r.image[r.good].size > 0);
	assert(r.trial == RECORD_NONE || r.image[r.trial].size > 0);
	assert(r.trial == RECORD_NONE || r.trial != r.good);
	assert(record_pick(&r, in, again) == RC_OK);
	if (r.trial != RECORD_NONE) {
		uint32_t epoch = r.epoch, floor = r.floor;

		record_confirm(&r);
		assert(r.epoch > epoch ||
		       (r.epoch == epoch && r.floor >= floor));
		r.generation = 1;
		record_encode(again, &r);
		assert(record_decode(&r, again) == RC_OK);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	uint8_t in[RECORD_SIZE] = {'Q', 'R', '1'}, check[32];
	struct sha256 s;

	if (n > sizeof in)
		n = sizeof in;
	if (n > 0)
		memcpy(in, bytes, n);
	one(in);
	memcpy(in, "QR1", 3);
	sha256_init(&s);
	sha256_update(&s, in, RECORD_SIZE - 8);
	sha256_final(&s, check);
	memcpy(in + RECORD_SIZE - 8, check, 8);
	one(in);
	return 0;
}
