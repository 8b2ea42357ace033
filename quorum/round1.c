/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Round one: nonces, and what is published of them. RFC 9591 sections 4.1
 * and 5.1. A nonce is hashed from fresh randomness and the share, so that a
 * guessable generator alone does not give it away; it is never derived from
 * the message, so that two runs never meet in one nonce.
 */
#include "quorum/frost.h"
#include <sodium.h>
#include <string.h>

#define FRESH 0xa7 /* anything that cleared memory is not */

enum rc
frost_commit(struct frost_nonces *nonces, struct frost_commitment *commitment,
    const struct suite *suite, const struct frost_key_share *share,
    const struct frost_binding *made_for, const uint8_t hiding[static 32],
    const uint8_t binding[static 32])
{
	struct piece for_d[] = {{hiding, 32}, {share->s.b, sizeof share->s.b}};
	struct piece for_e[] = {{binding, 32}, {share->s.b, sizeof share->s.b}};
	struct scalar zero;

	sodium_memzero(nonces, sizeof *nonces);
	memset(commitment, 0, sizeof *commitment);
	suite->scalar_set(&zero, 0);
	if (memcmp(made_for->roster_id, share->roster_id,
		sizeof share->roster_id) != 0)
		return RC_ROSTER_MISMATCH;
	if (sodium_memcmp(hiding, binding, 32) == 0)
		return RC_SCALAR;
	suite->hash_scalar(&nonces->d, SUITE_H3_NONCE, for_d, 2);
	suite->hash_scalar(&nonces->e, SUITE_H3_NONCE, for_e, 2);
	suite->scalar_sub(&nonces->minus_d, &zero, &nonces->d);
	suite->scalar_sub(&nonces->minus_e, &zero, &nonces->e);
	nonces->commitment.id = share->id;
	if (!suite->point_base(&nonces->commitment.d, &nonces->d) ||
	    !suite->point_base(&nonces->commitment.e, &nonces->e)) {
		sodium_memzero(nonces, sizeof *nonces);
		return RC_SCALAR;
	}
	nonces->made_for = *made_for;
	nonces->fresh = FRESH;
	*commitment = nonces->commitment;
	return RC_OK;
}
