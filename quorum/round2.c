/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Round two: one share of one signature. RFC 9591 section 5.2. What is
 * refused, and in which order, is the safety of the scheme; the arithmetic
 * is one line.
 */
#include "quorum/frost.h"
#include <sodium.h>
#include <string.h>
#include "verify/sha256.h"

/* Four names of a roster, which must be one. */
static bool
rosters_agree(const struct frost_nonces *nonces,
    const struct frost_key_share *share, const struct frost_roster *roster,
    const struct signing_package *pkg)
{
	const size_t n = FROST_ROSTER_ID_BYTES;

	if (sodium_is_zero(roster->id, n) ||
	    memcmp(share->roster_id, roster->id, n) != 0 ||
	    memcmp(pkg->roster_id, roster->id, n) != 0)
		return false;
	return nonces->fresh == 0 ||
	    memcmp(nonces->made_for.roster_id, roster->id, n) == 0;
}

static enum rc
binding_check(const struct frost_nonces *k, const struct frost_key_share *share,
    const uint8_t *boot_id, const struct signing_package *pkg)
{
	uint8_t message_id[FROST_MESSAGE_ID_BYTES];
	struct sha256 h;

	sha256_init(&h);
	if (pkg->message_bytes > 0)
		sha256_update(&h, pkg->message, pkg->message_bytes);
	sha256_final(&h, message_id);
	if (memcmp(message_id, k->made_for.message_id, sizeof message_id) != 0)
		return RC_NONCE_BINDING;
	if (memcmp(boot_id, k->made_for.boot_id, FROST_BOOT_ID_BYTES) != 0)
		return RC_NONCE_BINDING;
	return k->commitment.id == share->id ? RC_OK : RC_NONCE_BINDING;
}

/* Our own entry, byte for byte as we published it. */
static enum rc
own_entry_check(
    const struct frost_commitment *own, const struct signing_package *pkg)
{
	for (size_t i = 0; i < pkg->count; i++) {
		const struct frost_commitment *c = &pkg->list[i];

		if (c->id == own->id &&
		    memcmp(&c->d, &own->d, sizeof own->d) == 0 &&
		    memcmp(&c->e, &own->e, sizeof own->e) == 0)
			return RC_OK;
	}
	return RC_COMMITMENT_MISSING;
}

/* z = d + e rho + (c lambda) s; the nonces may count negative */
static void
share_compute(struct scalar *z, const struct suite *suite,
    const struct scalar *d, const struct scalar *e, const struct scalar *s,
    const struct scalar *rho, const struct scalar *weight, bool negative)
{
	struct scalar t, zero;

	suite->scalar_mul(&t, e, rho);
	suite->scalar_add(z, d, &t);
	suite->scalar_set(&zero, 0);
	if (negative)
		suite->scalar_sub(z, &zero, z);
	suite->scalar_mul(&t, weight, s);
	suite->scalar_add(z, z, &t);
	sodium_memzero(&t, sizeof t);
}

/*
 * A wrong z can tell the share: where one bit of s has flipped in memory, z
 * misses by weight 2^n, which everybody can see, and its sign is that bit. So
 * the same sum of the negatives must be the negative. No scalar is used twice,
 * hence no single fault passes, and it costs a hundredth of asking the points
 * (docs/crypto.md section 5).
 */
static enum rc
share_make(struct scalar *z, const struct frost_session *session,
    const struct suite *suite, const struct frost_nonces *k,
    const struct frost_key_share *share)
{
	const struct scalar *rho = &session->rho[share->id - 1];
	const struct scalar *weight = &session->weight[share->id - 1];
	struct scalar sum;
	enum rc rc = RC_SHARE_INVALID;

	share_compute(z, suite, &k->d, &k->e, &share->s, rho, weight,
	    session->negative);
	share_compute(&sum, suite, &k->minus_d, &k->minus_e, &share->minus,
	    rho, weight, session->negative);
	suite->scalar_add(&sum, &sum, z);
	if (sodium_is_zero(sum.b, sizeof sum.b))
		rc = RC_OK;
	else
		sodium_memzero(z, sizeof *z);
	sodium_memzero(&sum, sizeof sum);
	return rc;
}

enum rc
frost_sign(struct scalar *z, struct frost_nonces *nonces,
    const struct frost_key_share *share, const struct frost_roster *roster,
    const uint8_t boot_id[static FROST_BOOT_ID_BYTES],
    const struct signing_package *pkg)
{
	enum rc rc = RC_ROSTER_MISMATCH;
	struct frost_nonces k = {0};
	struct frost_session session;

	memset(z, 0, sizeof *z);
	if (!rosters_agree(nonces, share, roster, pkg))
		goto out;
	rc = RC_NONCE_SPENT;
	k = *nonces;				/* take, then burn: */
	sodium_memzero(nonces, sizeof *nonces); /* nobody signs twice */
	if (k.fresh == 0)
		goto out;
	rc = binding_check(&k, share, boot_id, pkg);
	if (rc != RC_OK)
		goto out;
	rc = RC_SCALAR;
	if (!roster->suite->scalar_check(&share->s))
		goto out;
	rc = frost_session_open(&session, NULL, roster, pkg);
	if (rc != RC_OK)
		goto out;
	rc = own_entry_check(&k.commitment, pkg);
	if (rc != RC_OK)
		goto out;
	rc = RC_SHARE_INVALID;
	if (memcmp(&share->y, &roster->share[share->id - 1],
		sizeof share->y) != 0)
		goto out;
	rc = share_make(z, &session, roster->suite, &k, share);
out:
	sodium_memzero(&k, sizeof k);
	return rc;
}
