/* SPDX-License-Identifier: Apache-2.0 */
#include "log/witness.h"

#include <string.h>

bool
witness_trusts(const struct cosign_request *r, const struct vkey *keys,
    unsigned key_n, unsigned *mask)
{
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	uint64_t none;
	unsigned i;

	*mask = 0;
	for (i = 0; i < key_n; i++) {
		enum rc rc =
		    checkpoint_line_by(blob, &none, &r->note, &keys[i]);

		if (rc == RC_OK)
			*mask |= 1u << i;
		else if (rc != RC_MORE)
			return false;
	}
	return *mask != 0;
}

enum witness_verdict
witness_judge(const struct cosign_request *r, const struct witness_head *held,
    bool *fork)
{
	const uint8_t *root = held->root;
	uint8_t empty[32];

	*fork = held->size > 0 && r->head.size == held->size &&
	    memcmp(r->head.root, held->root, 32) != 0;
	if (r->old > r->head.size)
		return WITNESS_MALFORMED;
	if (r->old != held->size)
		return WITNESS_STALE;
	if (held->size == 0) { /* nothing yet, or the empty tree: the same */
		(void)!tlog_root(empty, 0, NULL);
		root = empty;
	}
	return merkle_consistency(r->old, root, r->head.size, r->head.root,
		   r->proof, r->proof_n) == RC_OK
	    ? WITNESS_COSIGN
	    : WITNESS_INCONSISTENT;
}
