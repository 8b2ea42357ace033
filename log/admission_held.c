/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of admission that are last: what the entries logged before, the
 * clock, and how this log is set up leave room for. The text is well formed
 * and signed by whom it must be when they run.
 */
#include "log/admission_inside.h"

#include <string.h>

/* A copy was in time at the home log; it may come here much later. */
enum rc
rule_age(struct admission *a)
{
	bool copy = a->rest.n > 0;

	if (a->proposed > a->now && a->proposed - a->now > ADMISSION_AHEAD_S) {
		why_set(&a->why, "proposed %llu s ahead of this log's clock",
		    (unsigned long long)(a->proposed - a->now));
		return RC_LOG_AGE;
	}
	if (!copy && a->now > a->proposed &&
	    a->now - a->proposed > ADMISSION_AGE_S) {
		why_set(&a->why, "proposed more than 37 days ago");
		return RC_LOG_AGE;
	}
	return RC_OK;
}

enum rc
rule_sequence(struct admission *a)
{
	const struct admission_state *s = a->state;
	struct admission_product p = {0};
	enum rc rc = s->product(s->context, a->authority, a->epoch,
	    a->u.release.product, &p);

	if (rc != RC_OK || !p.released || a->u.release.sequence > p.sequence)
		return rc;
	why_set(&a->why, "sequence %u, and %u is logged of '%.*s'",
	    a->u.release.sequence, p.sequence, SLICE(a->u.release.product));
	return RC_LOG_SEQUENCE;
}

enum rc
rule_floor(struct admission *a)
{
	const struct admission_state *s = a->state;
	const struct release *r = &a->u.release;
	struct admission_product p = {0};
	enum rc rc = s->product(s->context, a->authority, a->epoch,
	    r->product, &p);

	if (rc != RC_OK)
		return rc;
	if (!p.released)
		why_set(&a->why, "no release of '%.*s' is logged in this epoch",
		    SLICE(r->product));
	else if (r->floor > p.sequence && r->floor - p.sequence > 1)
		why_set(&a->why, "floor %u is more than one above sequence %u",
		    r->floor, p.sequence);
	else if (p.withdrawn && r->floor <= p.floor)
		why_set(&a->why, "floor %u is not above the earlier %u",
		    r->floor, p.floor);
	else
		return RC_OK;
	return RC_LOG_FLOOR;
}

/* The next line that an epoch fixes: who may sign, and how many. */
static enum rc
epoch_line(struct walk *w, struct line *l)
{
	enum rc rc;

	do
		rc = line_next(w, l);
	while (rc == RC_OK && l->rule != TRUST_RULE_SIGNER &&
	    l->rule != TRUST_RULE_SIGNER_GROUP &&
	    l->rule != TRUST_RULE_QUORUM && l->rule != TRUST_RULE_SHARED);
	return rc;
}

static bool
epoch_line_equal(const struct line *a, const struct line *b)
{
	if (a->rule != b->rule)
		return false;
	if (a->rule != TRUST_RULE_SIGNER)
		return slice_equal(a->whole, b->whole);
	return slice_equal(a->field[0], b->field[0]) && /* not the label */
	    slice_equal(a->field[1], b->field[1]);
}

enum rc
rule_same_epoch(struct admission *a)
{
	const struct trust *t[2] = {a->held, &a->u.trust};
	struct walk w[2];
	struct line l[2];
	enum rc rc[2];
	unsigned i;

	if (a->held == NULL || a->held->epoch != a->u.trust.epoch)
		return RC_OK;
	for (i = 0; i < 2; i++)
		rc[i] = walk_init(&w[i], t[i]->page, t[i]->page_n,
		    "quorate/trust@v1", trust_rules, trust_rule_n,
		    READER_HOST);
	while (rc[0] == RC_OK && rc[1] == RC_OK) {
		for (i = 0; i < 2; i++)
			rc[i] = epoch_line(&w[i], &l[i]);
		if (rc[0] != rc[1] ||
		    (rc[0] == RC_OK && !epoch_line_equal(&l[0], &l[1]))) {
			why_set(&a->why, "signers, their quorum or `shared` "
					 "differ from the text before in the "
					 "same epoch");
			return RC_LOG_EPOCH_CHANGE;
		}
	}
	return rc[0] == RC_MORE ? RC_OK : rc[0];
}

/* Witness and mirror are two: what a cosignature says differs. */
static unsigned
role_of(const struct trust *t, unsigned list, unsigned index)
{
	return list == LIST_COSIGNERS && trust_mirror(t, index) ? LIST_LOGS + 1
								: list;
}

/* A key of the text that has another role in `other`. */
static bool
role_changes(const struct trust *t, const struct trust *other, struct vkey *k)
{
	unsigned la, lb, i, j;
	struct vkey o;

	for (la = LIST_SIGNERS; la <= LIST_LOGS; la++)
		for (i = 0; i < trust_count(t, (enum trust_list)la); i++) {
			trust_key(k, t, (enum trust_list)la, i);
			for (lb = LIST_SIGNERS; lb <= LIST_LOGS; lb++)
				for (j = 0; j < trust_count(other,
						    (enum trust_list)lb);
				     j++) {
					if (role_of(t, la, i) ==
					    role_of(other, lb, j))
						continue;
					trust_key(&o, other,
					    (enum trust_list)lb, j);
					if (memcmp(k->key, o.key, 32) == 0)
						return true;
				}
		}
	return false;
}

/* A party of the roster whose key the trust text uses for something. */
static bool
role_of_party(const struct trust *t, const struct roster *r, struct vkey *k)
{
	unsigned list, i, j;
	struct vkey o;

	for (j = 0; j < r->party_n; j++) {
		roster_party_key(k, r, j);
		for (list = LIST_SIGNERS; list <= LIST_LOGS; list++)
			for (i = 0; i < trust_count(t, (enum trust_list)list);
			     i++) {
				trust_key(&o, t, (enum trust_list)list, i);
				if (memcmp(k->key, o.key, 32) == 0)
					return true;
			}
	}
	return false;
}

static enum rc
role_refuse(struct admission *a, const struct vkey *k)
{
	why_set(&a->why, "the key of '%.*s' has another role already",
	    SLICE(k->name));
	return RC_KEY_ROLE;
}

enum rc
rule_roles(struct admission *a)
{
	const struct admission_state *s = a->state;
	const struct roster *r;
	struct vkey k, signer;
	unsigned i;
	enum rc rc = RC_OK;

	if (a->kind == ADMISSION_ROSTER)
		return role_of_party(a->held, &a->u.roster, &k)
		    ? role_refuse(a, &k)
		    : RC_OK;
	if (a->held != NULL && role_changes(&a->u.trust, a->held, &k))
		return role_refuse(a, &k);
	for (i = 0; rc == RC_OK && i < a->u.trust.signer_n; i++) {
		trust_key(&signer, &a->u.trust, LIST_SIGNERS, i);
		rc = s->roster(s->context, signer.key, &r);
		if (rc == RC_OK && r != NULL &&
		    role_of_party(&a->u.trust, r, &k))
			rc = role_refuse(a, &k);
	}
	return rc;
}

/* Trees are monotone: if all the plain witnesses together do not satisfy the
 * quorum, every set that does holds a mirror. */
enum rc
rule_mirror(struct admission *a)
{
	const struct trust *t = &a->u.trust;
	uint32_t witnesses = (uint32_t)(((uint64_t)1 << trust_witness_n(t)) - 1);
	struct slice name = a->authority;
	bool test = name.n >= 5 &&
	    memcmp(name.p + name.n - 5, "/test", 5) == 0;

	if (!trust_satisfied(t, TREE_COSIGNERS, witnesses) ||
	    (test && a->no_mirror))
		return RC_OK;
	return RC_LOG_MIRROR;
}

/* Otherwise nothing under this text would ever be published here, and as a
 * head must satisfy every authority, nobody else's either. */
enum rc
rule_witnesses(struct admission *a)
{
	const struct admission_state *s = a->state;
	const struct trust *t = &a->u.trust;
	uint32_t mask = 0;
	struct vkey k;
	unsigned i;

	for (i = 0; i < t->cosigner_n; i++) {
		trust_key(&k, t, LIST_COSIGNERS, i);
		if (s->cosigner(s->context, &k))
			mask |= (uint32_t)1 << i;
	}
	return trust_satisfied(t, TREE_COSIGNERS, mask) ? RC_OK
							: RC_LOG_WITNESSES;
}

enum rc
rule_many(struct admission *a)
{
	const struct admission_state *s = a->state;
	unsigned n = 0;
	enum rc rc = s->objections(s->context, a->objector,
	    a->u.objection.release, &n);

	if (rc == RC_OK && n >= ADMISSION_OBJECTIONS_MAX)
		rc = RC_LOG_MANY;
	return rc;
}
