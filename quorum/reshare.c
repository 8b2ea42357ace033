/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reshare. Sealing, opening, complaints are dkg.c's: only who deals what is
 * different, and the sum, which is weighted: with the coefficients l_i of a
 * minimal set of the roster before, sum l_i s_i is the secret, so the
 * polynomial sum l_i f_i has it as its constant whoever was chosen.
 */
#include "quorum/reshare.h"
#include <sodium.h>
#include <string.h>

#define LABEL "quorate/reshare@v1\n"

/*
 * The context names the roster before and the keys of the receivers, not of
 * the dealers: those come when they come. A dealer's key is in each of its
 * envelopes.
 */
static void
context_make(struct dkg_ceremony *c, const struct frost_roster *before,
    const uint8_t sid[static DKG_SESSION_BYTES])
{
	crypto_hash_sha512_state s;

	crypto_hash_sha512_init(&s);
	crypto_hash_sha512_update(
	    &s, (const uint8_t *)LABEL, sizeof LABEL - 1);
	crypto_hash_sha512_update(&s, sid, DKG_SESSION_BYTES);
	crypto_hash_sha512_update(&s, before->id, sizeof before->id);
	for (unsigned i = 0; i < c->tree.leaves; i++)
		crypto_hash_sha512_update(&s, c->key[i].b, sizeof c->key[i].b);
	crypto_hash_sha512_final(&s, c->context);
}

enum rc
reshare_init(struct dkg_ceremony *out, unsigned *culprit,
    const struct frost_roster *before, const struct tree *tree,
    const struct point keys[], const uint8_t sid[static DKG_SESSION_BYTES])
{
	enum rc rc =
	    dkg_init(out, culprit, before->suite, tree, keys, sid,
	    DKG_SESSION_BYTES);

	if (rc != RC_OK)
		return rc;
	out->reshare = true;
	out->dealers = before->tree.leaves;
	memset(&out->dealer_set, 0, sizeof out->dealer_set);
	memset(out->dealer_key, 0, sizeof out->dealer_key);
	memcpy(out->dealt, before->share,
	    before->tree.leaves * sizeof before->share[0]);
	context_make(out, before, sid);
	return RC_OK;
}

enum rc
reshare_dealer(
    struct dkg_ceremony *ceremony, unsigned id, const struct point *key)
{
	if (id == 0 || id > ceremony->dealers)
		return RC_STATE;
	if (tree_set_has(&ceremony->dealer_set, id))
		return memcmp(key, &ceremony->dealer_key[id - 1],
			   sizeof *key) == 0
		    ? RC_OK
		    : RC_STATE;
	if (!suite_ed25519.point_check(key)) /* a ceremony's key */
		return RC_POINT;
	ceremony->dealer_key[id - 1] = *key;
	tree_set_add(&ceremony->dealer_set, id);
	return RC_OK;
}

void
reshare_secret_make(struct dkg_secret *secret,
    const struct dkg_ceremony *ceremony, const struct dkg_key *key,
    const uint8_t seed[static 32], const struct frost_key_share *share)
{
	dkg_secret_make(secret, ceremony, key, seed);
	secret->coefficient[0] = share->s;
}

/* sum += l p; l is public. */
static void
add_weighted(const struct suite *suite, struct point *sum,
    const struct scalar *l, const struct point *p)
{
	struct point t;

	(void)suite->point_mul(&t, l, p); /* p is a point, l not zero */
	suite->point_add(sum, sum, &t);
}

static enum rc
share_sum(struct frost_key_share *share, unsigned *culprit,
    const struct dkg_ceremony *c, const struct frost_roster *roster,
    const struct tree_set *chosen, const struct scalar *weight,
    const struct dkg_dealing dealings[], unsigned id,
    const struct dkg_key *key)
{
	const struct suite *suite = c->suite;
	struct scalar f;
	struct point y;
	enum rc rc = RC_OK;

	share->id = (uint8_t)id;
	for (unsigned i = 1; rc == RC_OK && i <= c->dealers; i++) {
		if (!tree_set_has(chosen, i))
			continue;
		rc = dkg_share_open(&f, c, id, key, &dealings[i - 1]);
		if (rc != RC_OK)
			*culprit = rc == RC_STATE ? 0 : i;
		suite->scalar_mul(&f, &f, &weight[i - 1]);
		suite->scalar_add(&share->s, &share->s, &f);
	}
	sodium_memzero(&f, sizeof f);
	if (rc == RC_OK && (!suite->point_base(&y, &share->s) ||
	    memcmp(&y, &roster->share[id - 1], sizeof y) != 0))
		rc = RC_DEALING;
	return rc;
}

enum rc
reshare_finish(struct frost_roster *roster, struct frost_key_share *share,
    unsigned *culprit, const struct dkg_ceremony *ceremony,
    const struct frost_roster *before, const struct tree_set *chosen,
    const struct dkg_dealing dealings[], unsigned id,
    const struct dkg_key *key)
{
	const struct suite *suite = ceremony->suite;
	const struct tree *t = &ceremony->tree;
	struct scalar weight[TREE_LEAVES_MAX];
	struct point sum[DKG_COMMITMENTS_MAX];
	enum rc rc;

	*culprit = 0;
	memset(roster, 0, sizeof *roster);
	if (share != NULL)
		sodium_memzero(share, sizeof *share);
	rc = tree_coefficients(&before->tree, suite, chosen, weight);
	if (rc != RC_OK)
		return rc;
	for (unsigned k = 0; k < t->commitments; k++) {
		suite->point_identity(&sum[k]);
		for (unsigned i = 1; i <= ceremony->dealers; i++)
			if (tree_set_has(chosen, i))
				add_weighted(suite, &sum[k], &weight[i - 1],
				    &dealings[i - 1].commitment[k]);
	}
	roster->suite = suite;
	roster->tree = *t;
	roster->key = before->key;
	rc = tree_points(t, suite, sum, roster->share);
	if (rc == RC_OK) /* and the key is still the key */
		rc = tree_points_check(
		    t, suite, &roster->key, roster->share);
	if (rc == RC_OK && share != NULL)
		rc = share_sum(share, culprit, ceremony, roster, chosen,
		    weight, dealings, id, key);
	if (rc != RC_OK) {
		memset(roster, 0, sizeof *roster);
		if (share != NULL)
			sodium_memzero(share, sizeof *share);
	}
	return rc;
}
