/* SPDX-License-Identifier: Apache-2.0 */
#include "quorum/roster_frost.h"
#include <string.h>

_Static_assert((unsigned)POLICY_LEAVES_MAX == TREE_LEAVES_MAX, "leaves");

enum rc
tree_of_policy(struct tree *t, const struct policy *p,
    void (*members)(const void *context, unsigned group,
	uint8_t nodes[static POLICY_LEAVES_MAX], unsigned *n),
    const void *context)
{
	/* a tree counts its own groups only */
	const unsigned first = p->groups + p->group_from;
	uint8_t nodes[POLICY_LEAVES_MAX];
	enum rc rc = tree_init(t, p->leaf_n);

	for (unsigned g = p->group_from; rc == RC_OK && g < p->group_n; g++) {
		unsigned n = 0;

		members(context, g, nodes, &n);
		for (unsigned i = 0; i < n; i++)
			if (nodes[i] >= p->groups)
				nodes[i] = TREE_GROUP(nodes[i] - first);
		rc = tree_add_group(t, p->group_k[g], nodes, n);
	}
	if (rc == RC_OK)
		rc = tree_finish(t, p->root >= p->groups
			? TREE_GROUP(p->root - first) : p->root);
	return rc;
}

static void
members_of_roster(const void *context, unsigned group,
    uint8_t nodes[static POLICY_LEAVES_MAX], unsigned *n)
{
	roster_members(context, group, nodes, n);
}

enum rc
roster_frost(struct frost_roster *out, const struct roster *r)
{
	struct policy p;
	enum rc rc;

	memset(out, 0, sizeof *out);
	roster_policy(&p, (struct roster *)(uintptr_t)r); /* only read */
	rc = tree_of_policy(&out->tree, &p, members_of_roster, r);
	if (rc == RC_OK) {
		out->suite = r->key.type == KEY_BIP340 ? &suite_secp256k1
							: &suite_ed25519;
		/* its x alone is written: the even one */
		out->key.prefix = r->key.type == KEY_BIP340 ? 2 : 0;
		memcpy(out->id, r->id, sizeof out->id);
		memcpy(out->key.b, r->key.key, 32);
		/* beyond the leaves: the identity, as everywhere in tree.h */
		for (unsigned i = 0; i < FROST_PARTIES_MAX; i++)
			out->suite->point_identity(&out->share[i]);
		for (unsigned i = 0; i < r->party_n; i++) {
			struct point *y = &out->share[out->tree.id[i] - 1];

			y->prefix = r->share_prefix[i];
			memcpy(y->b, r->share[i], 32);
		}
		rc = frost_roster_check(out);
	}
	if (rc != RC_OK)
		memset(out, 0, sizeof *out);
	return rc;
}

unsigned
roster_leaf(const struct frost_roster *f, const struct roster *r,
    const struct vkey *key)
{
	for (unsigned i = 0; i < r->party_n; i++) {
		struct vkey k;

		roster_party_key(&k, r, i);
		if (memcmp(k.key, key->key, 32) == 0 &&
		    slice_equal(k.name, key->name))
			return f->tree.id[i];
	}
	return 0;
}
