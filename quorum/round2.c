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
    const struct frost_nonces *k, const struct scalar *rho,
    const struct scalar *weight, const struct scalar *s, bool negative)
{
	struct scalar t, zero;

	suite->scalar_mul(&t, &k->e, rho);
	suite->scalar_add(z, &k->d, &t);
	suite->scalar_set(&zero, 0);
	if (negative)
		suite->scalar_sub(z, &zero, z);
	suite->scalar_mul(&t, weight, s);
	suite->scalar_add(z, z, &t);
	sodium_memzero(&t, sizeof t);
}

/*
 * frost_share_check for a z that is not out yet, and stays in if it is wrong:
 * what has z in it takes constant time, the rest is public. Both sides times
 * the factor, which is public: it halves the doublings of the right one.
 */
static enum rc
own_share_check(const struct frost_session *session,
    const struct frost_roster *roster, unsigned id, const struct scalar *z)
{
	const struct suite *suite = roster->suite;
	struct public_point sum;
	struct public_twin room;
	struct scalar factor, t;
	struct point left, right;

	suite->public_miss(&sum, &factor, NULL, &session->d[id - 1],
	    &session->rho[id - 1], &session->e[id - 1],
	    &session->weight[id - 1], frost_share_point(roster, id, &room));
	suite->public_close(&right, &sum, 1);
	suite->scalar_mul(&t, &factor, z);
	suite->point_base(&left, &t);
	sodium_memzero(&t, sizeof t);
	return memcmp(&left, &right, sizeof left) == 0 ? RC_OK
						       : RC_SHARE_INVALID;
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
	share_compute(z, roster->suite, &k, &session.rho[share->id - 1],
	    &session.weight[share->id - 1], &share->s, session.negative);
	/* A wrong z, after a fault in the arithmetic, can tell the share. */
	rc = own_share_check(&session, roster, share->id, z);
	if (rc != RC_OK)
		sodium_memzero(z, sizeof *z);
out:
	sodium_memzero(&k, sizeof k);
	return rc;
}
