/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sum of the shares, and who is to blame if it is no signature.
 * RFC 9591 sections 5.3 and 5.4.
 */
#include "quorum/frost.h"
#include <string.h>

/* The shares of a session in order of their ids, while liars are sought. */
struct suspects {
	const struct frost_session *session;
	const struct frost_roster *roster;
	const struct scalar *z;
	struct tree_set *culprits;
	unsigned count;
	uint8_t id[FROST_PARTIES_MAX];
};

/* How far the shares from..to miss: sum of D + rho E + c lambda Y - z B. */
static void
miss_of(struct public_point *out, const struct suspects *s, unsigned from,
    unsigned to)
{
	const struct suite *suite = s->roster->suite;
	struct public_point p[FROST_PARTIES_MAX + 1];
	struct scalar a[FROST_PARTIES_MAX + 1], minus;
	struct public_twin room;
	size_t n = 0;

	suite->scalar_set(&minus, 0);
	for (unsigned i = from; i < to; i++) {
		unsigned at = s->id[i] - 1u;

		a[n] = s->session->rho[at];
		p[n++] = s->session->e[at];
		a[n] = s->session->weight[at];
		p[n++] = frost_share_point(s->roster, s->id[i], &room)->p;
		if (suite->scalar_check(&s->z[at]))
			suite->scalar_sub(&minus, &minus, &s->z[at]);
	}
	suite->public_combine(out, &minus, a, p, n);
	for (unsigned i = from; i < to; i++)
		suite->public_add(out, out, &s->session->d[s->id[i] - 1]);
}

/* So few are asked one by one: no halving of them is cheaper. */
#define FEW 8

/*
 * Blame by halving: from..to misses by `miss`, which is not nothing. The
 * right half misses by what the left one does not, so that a whole search
 * costs one share check's terms for each share, in a few multiplications.
 * At most seven calls deep, for 128 shares.
 */
static void
liars_find(const struct suspects *s, unsigned from, unsigned to,
    const struct public_point *miss)
{
	const struct suite *suite = s->roster->suite;
	unsigned middle = from + (to - from) / 2;
	struct public_point left, right;

	if (to - from == 1) {
		/* asked itself: the whole may miss by the roster's fault */
		if (frost_share_check(s->session, s->roster, s->id[from],
			&s->z[s->id[from] - 1]) != RC_OK)
			tree_set_add(s->culprits, s->id[from]);
		return;
	}
	miss_of(&left, s, from, middle);
	suite->public_sub(&right, miss, &left);
	if (!suite->public_is_identity(&left))
		liars_find(s, from, middle, &left);
	if (!suite->public_is_identity(&right))
		liars_find(s, middle, to, &right);
}

/*
 * The whole misses by R + c PK - z B: what a wrong signature misses by. That
 * the shares add up to what does not verify, while none is to blame, means
 * that the roster's points are not its key's.
 */
static void
culprits_find(struct tree_set *culprits, const struct frost_session *session,
    const struct frost_roster *roster, const struct scalar *z)
{
	const struct suite *suite = roster->suite;
	struct suspects s = {session, roster, z, culprits, 0, {0}};
	struct scalar minus;
	struct public_point miss, r, key;

	suite->scalar_set(&minus, 0);
	for (unsigned id = 1; id <= roster->tree.leaves; id++) {
		if (!tree_set_has(&session->set, id))
			continue;
		s.id[s.count++] = (uint8_t)id;
		if (suite->scalar_check(&z[id - 1]))
			suite->scalar_sub(&minus, &minus, &z[id - 1]);
		else
			tree_set_add(culprits, id);
	}
	if (s.count <= FEW) {
		for (unsigned i = 0; i < s.count; i++)
			liars_find(&s, i, i + 1, NULL);
		return;
	}
	suite->public_take(&r, &session->r);
	suite->public_take(&key, &roster->key);
	suite->public_combine(&miss, &minus, &session->challenge, &key, 1);
	suite->public_add(&miss, &miss, &r);
	if (s.count > 0 && !suite->public_is_identity(&miss))
		liars_find(&s, 0, s.count, &miss);
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
		if (canonical)
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
