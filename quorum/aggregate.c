/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sum of the shares, and who is to blame if it is no signature.
 * RFC 9591 sections 5.3 and 5.4.
 */
#include "quorum/frost.h"
#include <string.h>

static void
culprits_find(struct tree_set *culprits, const struct frost_session *session,
    const struct frost_roster *roster, const struct scalar *z)
{
	for (unsigned id = 1; id <= roster->tree.leaves; id++)
		if (tree_set_has(&session->set, id) &&
		    frost_share_check(session, roster, id, &z[id - 1]) != RC_OK)
			tree_set_add(culprits, id);
}

enum rc
frost_aggregate(uint8_t sig[static 64], struct tree_set *culprits,
    const struct frost_session *session, const struct frost_roster *roster,
    const uint8_t *message, size_t message_bytes,
    const struct scalar z[static FROST_PARTIES_MAX])
{
	const struct suite *suite = roster->suite;
	struct scalar sum;
	bool canonical = true;

	memset(sig, 0, 64);
	memset(culprits, 0, sizeof *culprits);
	suite->scalar_set(&sum, 0);
	for (unsigned id = 1; id <= roster->tree.leaves; id++) {
		if (!tree_set_has(&session->set, id))
			continue;
		/* The sum is reduced: z + q must not pass for z. */
		canonical = canonical && suite->scalar_check(&z[id - 1]);
		suite->scalar_add(&sum, &sum, &z[id - 1]);
	}
	memcpy(sig, session->r.b, 32);
	memcpy(sig + 32, sum.b, 32);
	if (canonical &&
	    suite->verify(sig, &roster->key, message, message_bytes) == RC_OK)
		return RC_OK;
	memset(sig, 0, 64);
	culprits_find(culprits, session, roster, z);
	return tree_set_count(culprits) > 0 ? RC_SHARE_INVALID
					    : RC_SIGNATURE_INVALID;
}
