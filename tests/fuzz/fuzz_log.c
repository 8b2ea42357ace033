/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a log and a witness read from strangers: bodies of add-checkpoint,
 * proofs, bundles, paths of tiles, and notes as far as admission takes them
 * before it asks what is logged.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "log/admission.h"
#include "log/tile.h"
#include "log/witness.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
paths(const uint8_t *bytes, size_t n)
{
	char again[TILE_PATH_MAX];
	struct tile t;

	if (!tile_parse(&t, (const char *)bytes, n))
		return;
	assert(t.width >= 1 && t.width <= TILE_WIDTH);
	tile_path(again, &t);
	assert(strlen(again) == n && memcmp(again, bytes, n) == 0);
}

static void
bundles(const uint8_t *bytes, size_t n)
{
	const uint8_t *entry;
	size_t at = 0, entry_n, all = 0;

	while (tile_bundle_next(&entry, &entry_n, &at, bytes, n)) {
		assert(entry + entry_n == bytes + at);
		all += entry_n + 2;
	}
	assert(entry == NULL ? all < n : all == n);
}

static bool
none(void *context, struct slice name, uint8_t first[static 32], bool *mirror)
{
	(void)context;
	assert(slice_name(name));
	memset(first, 0, 32);
	*mirror = false;
	return false;
}

static void
admission(const uint8_t *bytes, size_t n)
{
	static const struct admission_state state = {.authority = none};
	static struct admission a;

	if (admission_begin(&a, bytes, n) == RC_OK) {
		assert(admission_check(&a, &state, 1800000000) != RC_OK);
		assert(a.why.text[0] != '\0');
		assert(strchr(a.why.text, '\n') == NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct witness_head held = {.size = 3};
	struct cosign_request r;
	struct proof p;
	bool fork;

	paths(bytes, n);
	bundles(bytes, n);
	admission(bytes, n);
	if (proof_parse(&p, bytes, n) == RC_OK) {
		assert(p.path_n <= MERKLE_DEPTH_MAX);
		(void)!proof_includes(&p, bytes, n);
	}
	if (cosign_request_parse(&r, bytes, n) == RC_OK) {
		assert(r.proof_n <= COSIGN_PROOF_MAX);
		(void)!witness_judge(&r, &held, &fork);
	}
	return 0;
}
