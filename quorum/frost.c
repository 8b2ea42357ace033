/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What signer and coordinator compute alike: RFC 9591 sections 4.3 to 4.6,
 * with the coefficients of a tree (docs/crypto.md section 3). Everything in
 * this file is public.
 */
#include "quorum/frost.h"
#include <sodium.h>
#include <string.h>

#define ENTRY_BYTES (sizeof(struct scalar) + 2 * SUITE_POINT_MAX)

static enum rc
roster_open(struct frost_roster *roster)
{
	const struct suite *suite = roster->suite;
	struct public_point y[FROST_PARTIES_MAX];
	struct public_point *to[FROST_PARTIES_MAX + 1];
	const struct point *from[FROST_PARTIES_MAX + 1];
	bool good[FROST_PARTIES_MAX + 1];
	unsigned n = roster->tree.leaves;
	enum rc rc;

	for (unsigned i = 0; i < n; i++) {
		to[i] = &y[i];
		from[i] = &roster->share[i];
	}
	to[n] = &roster->open_key;
	from[n] = &roster->key;
	if (!suite->public_open_each(to, good, from, n + 1))
		return RC_POINT;
	rc = tree_public_check(&roster->tree, suite, &roster->open_key, y);
	for (unsigned i = 0; rc == RC_OK && i < n; i++)
		suite->public_twin(&roster->open_share[i], &y[i]);
	roster->opened = rc == RC_OK;
	return rc;
}

enum rc
frost_roster_check(struct frost_roster *roster)
{
	roster->opened = false;
	if (roster->suite == NULL ||
	    sodium_is_zero(roster->id, sizeof roster->id))
		return RC_ROSTER_MISMATCH;
	if (tree_check_sharing(&roster->tree) != RC_OK)
		return RC_TREE;
	return roster_open(roster);
}

const struct public_twin *
frost_share_point(const struct frost_roster *roster, unsigned id,
    struct public_twin *room)
{
	struct public_point p;

	if (roster->opened)
		return &roster->open_share[id - 1];
	roster->suite->public_take(&p, &roster->share[id - 1]);
	roster->suite->public_twin(room, &p);
	return room;
}

/* The negative first: a bit that flips later is in one of the two only. */
enum rc
frost_key_share_check(
    struct frost_key_share *share, const struct frost_roster *roster)
{
	struct scalar zero;
	struct point y;

	if (memcmp(share->roster_id, roster->id, sizeof roster->id) != 0 ||
	    share->id == 0 || share->id > roster->tree.leaves)
		return RC_ROSTER_MISMATCH;
	if (!roster->suite->scalar_check(&share->s))
		return RC_SCALAR;
	roster->suite->scalar_set(&zero, 0);
	roster->suite->scalar_sub(&share->minus, &zero, &share->s);
	if (!roster->suite->point_base(&y, &share->s) ||
	    memcmp(&y, &roster->share[share->id - 1], sizeof y) != 0)
		return RC_DEALING;
	share->y = roster->share[share->id - 1];
	return RC_OK;
}

/* The ids ascend and are a minimal set; nothing is computed before that. */
static enum rc
package_set(struct tree_set *set, const struct frost_roster *roster,
    const struct signing_package *pkg)
{
	unsigned last = 0;

	if (sodium_is_zero(pkg->roster_id, sizeof pkg->roster_id) ||
	    memcmp(pkg->roster_id, roster->id, sizeof roster->id) != 0)
		return RC_ROSTER_MISMATCH;
	if (pkg->count > FROST_PARTIES_MAX)
		return RC_SET_NOT_MINIMAL;
	for (size_t i = 0; i < pkg->count; i++) {
		unsigned id = pkg->list[i].id;

		if (id <= last || id > roster->tree.leaves)
			return RC_SET_NOT_MINIMAL;
		tree_set_add(set, id);
		last = id;
	}
	return tree_set_is_minimal(&roster->tree, set) ? RC_OK
						       : RC_SET_NOT_MINIMAL;
}

static enum rc
package_points(struct frost_session *s, struct tree_set *culprits,
    const struct suite *suite, const struct signing_package *pkg)
{
	struct public_point *to[2 * FROST_PARTIES_MAX];
	const struct point *from[2 * FROST_PARTIES_MAX];
	bool good[2 * FROST_PARTIES_MAX];

	for (size_t i = 0; i < pkg->count; i++) {
		const struct frost_commitment *c = &pkg->list[i];

		to[2 * i] = &s->d[c->id - 1];
		from[2 * i] = &c->d;
		to[2 * i + 1] = &s->e[c->id - 1];
		from[2 * i + 1] = &c->e;
	}
	if (suite->public_open_each(to, good, from, 2 * pkg->count))
		return RC_OK;
	for (size_t i = 0; culprits != NULL && i < pkg->count; i++)
		if (!good[2 * i] || !good[2 * i + 1])
			tree_set_add(culprits, pkg->list[i].id);
	return RC_POINT;
}

/* RFC 9591 section 4.4: every factor covers key, message and whole list. */
static void
binding_factors(struct scalar rho[static FROST_PARTIES_MAX],
    const struct frost_roster *roster, const struct signing_package *pkg)
{
	const struct suite *suite = roster->suite;
	uint8_t list[FROST_PARTIES_MAX * ENTRY_BYTES], *at = list;
	uint8_t h4[SUITE_DIGEST_MAX], h5[SUITE_DIGEST_MAX];
	struct piece message = {pkg->message, pkg->message_bytes};
	struct point key = roster->key;
	uint8_t wire[SUITE_POINT_MAX];
	struct scalar id[FROST_PARTIES_MAX], *out[FROST_PARTIES_MAX];
	struct piece prefix[] = {{wire, suite->point_bytes},
	    {h4, suite->digest_bytes}, {h5, suite->digest_bytes}};
	struct piece last[FROST_PARTIES_MAX];

	if (point_is_odd(&key))
		key.prefix = 2; /* BIP 340 knows the even one */
	point_put(suite, wire, &key);

	for (size_t i = 0; i < pkg->count; i++) {
		const struct frost_commitment *c = &pkg->list[i];

		suite->scalar_set(&id[i], c->id);
		memcpy(at, id[i].b, sizeof id[i].b);
		at += sizeof id[i].b;
		at = point_put(suite, at, &c->d);
		at = point_put(suite, at, &c->e);
	}
	suite->hash_digest(h4, SUITE_H4_MESSAGE, &message, 1);
	suite->hash_digest(h5, SUITE_H5_COMMITMENTS,
	    &(struct piece){list, (size_t)(at - list)}, 1);
	for (size_t i = 0; i < pkg->count; i++) {
		last[i] = (struct piece){id[i].b, sizeof id[i].b};
		out[i] = &rho[pkg->list[i].id - 1];
	}
	suite->hash_each(out, SUITE_H1_RHO, prefix, 3, last, pkg->count);
}

/*
 * BIP 340 takes R and PK for the points of even Y over their x. Where R is
 * odd, all nonces count negative; where PK is, all shares do, and their sign
 * goes into the challenge. Without effect for points without parity.
 */
static void
parities(struct frost_session *s, const struct frost_roster *roster,
    const struct signing_package *pkg)
{
	const struct suite *suite = roster->suite;
	struct public_point nothing;
	struct point identity;
	struct scalar zero;

	suite->scalar_set(&zero, 0);
	suite->point_identity(&identity);
	suite->public_take(&nothing, &identity);
	if (point_is_odd(&roster->key))
		suite->scalar_sub(&s->challenge, &zero, &s->challenge);
	s->negative = point_is_odd(&s->r);
	if (!s->negative)
		return;
	s->r.prefix = 2;
	for (size_t i = 0; i < pkg->count; i++) {
		unsigned at = pkg->list[i].id - 1u;

		suite->public_sub(&s->d[at], &nothing, &s->d[at]);
		suite->public_sub(&s->e[at], &nothing, &s->e[at]);
	}
}

/* RFC 9591 sections 4.5 and 4.6. */
static enum rc
commitment_and_challenge(struct frost_session *s,
    const struct frost_roster *roster, const struct signing_package *pkg)
{
	const struct suite *suite = roster->suite;
	struct piece pieces[] = {
	    {s->r.b, sizeof s->r.b},
	    {roster->key.b, sizeof roster->key.b},
	    {pkg->message, pkg->message_bytes},
	};
	struct public_point e[FROST_PARTIES_MAX], r;
	struct scalar rho[FROST_PARTIES_MAX];

	/* R = sum of D_i + rho_i E_i, one multiplication for all of them */
	for (size_t i = 0; i < pkg->count; i++) {
		unsigned at = pkg->list[i].id - 1u;

		rho[i] = s->rho[at];
		e[i] = s->e[at];
	}
	suite->public_combine(&r, NULL, rho, e, pkg->count);
	for (size_t i = 0; i < pkg->count; i++)
		suite->public_add(&r, &r, &s->d[pkg->list[i].id - 1]);
	if (suite->public_is_identity(&r))
		return RC_IDENTITY;
	suite->public_close(&s->r, &r, 1);
	suite->hash_scalar(&s->challenge, SUITE_H2_CHALLENGE, pieces, 3);
	parities(s, roster, pkg);
	return RC_OK;
}

enum rc
frost_session_open(struct frost_session *session, struct tree_set *culprits,
    const struct frost_roster *roster, const struct signing_package *pkg)
{
	enum rc rc;

	memset(session, 0, sizeof *session);
	if (culprits != NULL)
		memset(culprits, 0, sizeof *culprits);
	rc = package_set(&session->set, roster, pkg);
	if (rc == RC_OK)
		rc = package_points(session, culprits, roster->suite, pkg);
	if (rc == RC_OK)
		rc = tree_coefficients(&roster->tree, roster->suite,
		    &session->set, session->weight);
	if (rc == RC_OK) {
		binding_factors(session->rho, roster, pkg);
		rc = commitment_and_challenge(session, roster, pkg);
	}
	if (rc != RC_OK) {
		memset(session, 0, sizeof *session);
		return rc;
	}
	for (size_t i = 0; i < pkg->count; i++) {
		struct scalar *w = &session->weight[pkg->list[i].id - 1];

		roster->suite->scalar_mul(w, w, &session->challenge);
	}
	return RC_OK;
}

/* RFC 9591 section 5.4: D + rho E + c lambda Y - z B, which is nothing. */
enum rc
frost_share_check(const struct frost_session *session,
    const struct frost_roster *roster, unsigned id, const struct scalar *z)
{
	const struct suite *suite = roster->suite;
	struct public_point miss;
	struct public_twin room;
	struct scalar factor;

	if (!tree_set_has(&session->set, id))
		return RC_COMMITMENT_MISSING;
	if (!suite->scalar_check(z))
		return RC_SCALAR;
	suite->public_miss(&miss, &factor, z, &session->d[id - 1],
	    &session->rho[id - 1], &session->e[id - 1],
	    &session->weight[id - 1], frost_share_point(roster, id, &room));
	return suite->public_is_identity(&miss) ? RC_OK : RC_SHARE_INVALID;
}
