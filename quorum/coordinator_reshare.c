/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reshare as the coordinator sees it: docs/formats.md section 10. All new
 * parties must take part, of the holders only as many as can sign. What a
 * holder deals is checked here as far as anyone can; what it sealed for one
 * is checked by that one, whose complaint opens it. A dealer that is found
 * out costs another choice and nothing more.
 *
 * The choice is the coordinator's, since any will do: parties check that it
 * is a minimal set of dealings that hold for them.
 */
#include <sodium.h>
#include <string.h>
#include "host/digest.h"
#include "host/rc_text.h"
#include "quorum/coordinator_parts.h"

static bool
set_within(const struct tree_set *a, const struct tree_set *b)
{
	return (a->w[0] & ~b->w[0]) == 0 && (a->w[1] & ~b->w[1]) == 0;
}

static void
leaf_fail(struct coordinator *c, struct coord_birth *b, unsigned leaf,
    const char *what, const char *code, enum rc rc)
{
	const struct ceremony *k = &b->bundle.ceremony;
	struct slice name = ceremony_leaf_name(k, leaf);

	if (code != NULL)
		coord_birth_name(b, name, code);
	coord_birth_fail(c, b, name, what, rc);
}

static bool
holder_is_named(const struct coord_birth *b, unsigned h)
{
	return tree_set_has(&b->reshare.dealt, h) &&
	    !tree_set_has(&b->reshare.valid, h);
}

/* Its dealing does not count, for all to see. */
static void
holder_blame(struct coordinator *c, struct coord_birth *b, unsigned h,
    const char *code)
{
	coord_birth_name(b, ceremony_holder_name(&b->bundle, h), code);
	tree_set_remove(&b->reshare.valid, h);
	coord_birth_touch(c, b);
}

/* ---- accept ---- */

/* All new parties are here: from now on one can deal. */
static void
dealing_begin(struct coordinator *c, struct coord_birth *b)
{
	const struct ceremony *k = &b->bundle.ceremony;
	uint8_t sid[DKG_SESSION_BYTES];
	unsigned culprit;
	enum rc rc;

	ceremony_session(sid, k);
	rc = reshare_init(
	    &b->dkg, &culprit, &b->bundle.frost, &k->tree, b->key, sid);
	for (unsigned h = 1; rc == RC_OK && h <= b->bundle.frost.tree.leaves;
	     h++)
		if (tree_set_has(&b->reshare.accepted, h))
			rc = reshare_dealer(
			    &b->dkg, h, &b->reshare.key[h - 1]);
	if (rc == RC_OK)
		b->state = BIRTH_DEALING;
	else if (culprit != 0)
		leaf_fail(c, b, culprit, "its ceremony key", "key", rc);
	else
		coord_birth_fail(
		    c, b, (struct slice){0}, "the ceremony's keys", rc);
}

static enum rc
take_accept(struct coordinator *c, struct coord_birth *b,
    const struct ceremony_member *who, const struct message *m)
{
	struct coord_reshare *r = &b->reshare;
	struct message_accept a;
	enum rc rc = accept_parse(&a, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (who->leaf != 0 ? tree_set_has(&b->accepted, who->leaf)
			   : tree_set_has(&r->accepted, who->holder))
		return RC_OK; /* the first one counts */
	if (b->state == BIRTH_SIGNING)
		return RC_OK; /* too late to matter, and so below */
	if (!suite_ed25519.point_check(&a.key))
		return RC_POINT;
	if (!coord_birth_keep(c, b, m->whole))
		return RC_LIMIT;
	if (who->leaf != 0) {
		b->key[who->leaf - 1] = a.key;
		tree_set_add(&b->accepted, who->leaf);
	}
	if (who->holder != 0) {
		r->key[who->holder - 1] = a.key;
		tree_set_add(&r->accepted, who->holder);
		if (b->state != BIRTH_ACCEPTING)
			(void)!reshare_dealer(&b->dkg, who->holder, &a.key);
	}
	coord_birth_touch(c, b);
	if (b->state == BIRTH_ACCEPTING &&
	    tree_set_count(&b->accepted) == b->bundle.ceremony.tree.leaves)
		dealing_begin(c, b);
	return RC_OK;
}

/* ---- deal, choose ---- */

static enum rc
take_dealing(struct coordinator *c, struct coord_birth *b, unsigned h,
    const struct message *m)
{
	struct coord_reshare *r = &b->reshare;
	struct message_reshare d;
	enum rc rc = reshare_parse(&d, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (h == 0)
		return RC_SENDER;
	if (tree_set_has(&r->dealt, h) || b->state == BIRTH_SIGNING)
		return RC_OK;
	if ((b->state != BIRTH_DEALING && b->state != BIRTH_CONFIRMING) ||
	    !tree_set_has(&r->accepted, h))
		return RC_CEREMONY;
	rc = ceremony_reshared(
	    &b->dealing[h - 1], &b->bundle.ceremony, &b->dkg, h, &d);
	if (rc == RC_CONTEXT || rc == RC_CEREMONY)
		return rc; /* nobody's fault that we can see */
	if (rc == RC_OK)
		rc = dkg_dealing_check(&b->dkg, &b->dealing[h - 1]);
	r->item[h - 1] = b->item_n;
	if (!coord_birth_keep(c, b, m->whole))
		return RC_LIMIT;
	sha256_of(r->note[h - 1], m->whole.p, m->whole.n);
	tree_set_add(&r->dealt, h);
	tree_set_add(&r->valid, h);
	coord_birth_touch(c, b);
	if (rc != RC_OK)
		holder_blame(c, b, h,
		    rc == RC_COUNT || rc == RC_LINE_ORDER ? "count"
			: rc == RC_DEALT		  ? "share"
							  : "dealing");
	return RC_OK;
}

static void
choose(struct coordinator *c, struct coord_birth *b)
{
	static const uint8_t cost[TREE_LEAVES_MAX];
	struct coord_reshare *r = &b->reshare;
	struct text t;

	if (r->number == COORD_CHOICES_MAX) {
		coord_birth_fail(c, b, (struct slice){0},
		    "too many dealings did not hold", RC_LIMIT);
		return;
	}
	if (!tree_minimal_set(
		&b->bundle.frost.tree, &r->valid, cost, &r->chosen))
		return;
	text_init(&t, (char *)r->choice, sizeof r->choice);
	ceremony_choice_build(&t, &b->bundle, &b->dkg, ++r->number, &r->chosen,
	    (const uint8_t(*)[32])r->note);
	r->choice_n = t.n;
	memset(&b->confirmed, 0, sizeof b->confirmed);
	if (!coord_birth_keep(c, b, (struct slice){r->choice, t.n})) {
		coord_birth_fail(
		    c, b, (struct slice){0}, "the choice", RC_LIMIT);
		return;
	}
	b->state = BIRTH_CONFIRMING;
	coord_birth_touch(c, b);
}

void
coord_reshare_advance(
    struct coordinator *c, struct coord_birth *b, uint64_t now)
{
	const struct tree *t = &b->bundle.frost.tree;
	struct coord_reshare *r = &b->reshare;
	struct tree_set possible = {{0}};

	if (b->state != BIRTH_DEALING)
		return;
	for (unsigned h = 1; h <= t->leaves; h++)
		if (!holder_is_named(b, h))
			tree_set_add(&possible, h);
	if (!tree_set_satisfied(t, &possible)) {
		coord_birth_fail(c, b, (struct slice){0},
		    "without those who were found out no quorum of the "
		    "roster before is left", RC_OK);
		return;
	}
	if (!tree_set_satisfied(t, &r->valid))
		return;
	if (r->ready_at == 0) {
		r->ready_at = now;
		c->changed = true;
	}
	/* those who are late may still make a better set; once is enough */
	if (set_within(&r->accepted, &r->dealt) || r->number > 0 ||
	    now >= r->ready_at + COORD_DEALING_S)
		choose(c, b);
}

/* ---- confirm ---- */

static enum rc
confirmed(struct coordinator *c, struct coord_birth *b)
{
	const struct ceremony *k = &b->bundle.ceremony;
	struct coord_reshare *r = &b->reshare;
	struct slice notes[FROST_PARTIES_MAX] = {{0}};
	struct frost_roster after;
	char text[COORD_TEXT_MAX];
	struct text t;
	unsigned culprit;
	enum rc rc = reshare_finish(&after, NULL, &culprit, &b->dkg,
	    &b->bundle.frost, &r->chosen, b->dealing, 0, NULL);

	if (rc != RC_OK)
		return rc;
	for (unsigned h = 1; h <= b->bundle.frost.tree.leaves; h++)
		if (tree_set_has(&r->chosen, h))
			notes[h - 1] = (struct slice){
			    b->arena + b->item[r->item[h - 1]].at,
			    b->item[r->item[h - 1]].n};
	ceremony_reshare_record(NULL, b->record, k,
	    (struct slice){r->choice, r->choice_n}, &r->chosen, notes);
	text_init(&t, text, sizeof text);
	ceremony_roster_build(&t, k, &after.key, after.share, b->record);
	return t.full ? RC_TEXT_LONG : coord_birth_roster(c, b, text, t.n);
}

static enum rc
take_confirm(struct coordinator *c, struct coord_birth *b, unsigned leaf,
    const struct message *m)
{
	struct coord_reshare *r = &b->reshare;
	struct message_confirm k;
	uint8_t hash[64];
	enum rc rc = confirm_parse(&k, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (leaf == 0)
		return RC_SENDER;
	if (b->state != BIRTH_CONFIRMING) /* a choice that is void again */
		return b->state == BIRTH_ACCEPTING ? RC_CEREMONY : RC_OK;
	if (tree_set_has(&b->confirmed, leaf))
		return RC_OK;
	crypto_hash_sha512(hash, r->choice, r->choice_n);
	if (memcmp(k.transcript, hash, 64) != 0)
		return RC_OK; /* of an earlier choice */
	rc = dkg_transcript_verify(
	    k.signature, &b->dkg, leaf, r->choice, r->choice_n);
	if (rc != RC_OK) {
		leaf_fail(c, b, leaf, "its confirmation", "confirmation", rc);
		return RC_OK;
	}
	if (!coord_birth_keep(c, b, m->whole))
		return RC_LIMIT;
	tree_set_add(&b->confirmed, leaf);
	coord_birth_touch(c, b);
	if (tree_set_count(&b->confirmed) != b->bundle.ceremony.tree.leaves)
		return RC_OK;
	rc = confirmed(c, b);
	if (rc != RC_OK)
		coord_birth_fail(
		    c, b, (struct slice){0}, "the new roster", rc);
	return RC_OK;
}

/* ---- complaints ---- */

static enum rc
take_complaint(struct coordinator *c, struct coord_birth *b,
    const struct ceremony_member *who, const struct message *m)
{
	struct coord_reshare *r = &b->reshare;
	struct message_complaint k;
	struct dkg_complaint open;
	unsigned h, culprit;
	enum rc rc = complaint_parse(&k, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	if (b->state == BIRTH_SIGNING) /* all have confirmed */
		return RC_OK;
	if (k.opened_n == 0) { /* declines; only a new party is missed */
		if (!coord_birth_keep(c, b, m->whole))
			return RC_LIMIT;
		if (who->leaf != 0)
			leaf_fail(c, b, who->leaf, "declines", NULL, RC_OK);
		else
			coord_birth_touch(c, b);
		return RC_OK;
	}
	h = ceremony_holder_of(&b->bundle, k.dealer);
	if (who->leaf == 0 || h == 0 || !tree_set_has(&r->dealt, h))
		return RC_CEREMONY;
	if (holder_is_named(b, h))
		return RC_OK;
	if (!coord_birth_keep(c, b, m->whole))
		return RC_LIMIT;
	ceremony_complaint(&open, &k, h, who->leaf);
	rc = dkg_complaint_check(
	    &open, &culprit, &b->dkg, &b->dealing[h - 1]);
	if (rc != RC_OK) {
		leaf_fail(c, b, who->leaf, "its complaint", "complaint", rc);
		return RC_OK;
	}
	holder_blame(c, b, h, "dealing");
	if (b->state == BIRTH_CONFIRMING && tree_set_has(&r->chosen, h))
		b->state = BIRTH_DEALING;
	return RC_OK;
}

enum rc
coord_reshare_message(struct coordinator *c, struct coord_birth *b,
    const struct ceremony_member *who, const struct message *m, uint64_t now)
{
	enum rc rc;

	switch (m->kind) {
	case MESSAGE_ACCEPT:
		rc = take_accept(c, b, who, m);
		break;
	case MESSAGE_RESHARE:
		rc = take_dealing(c, b, who->holder, m);
		break;
	case MESSAGE_CONFIRM:
		rc = take_confirm(c, b, who->leaf, m);
		break;
	case MESSAGE_COMPLAINT:
		rc = take_complaint(c, b, who, m);
		break;
	default:
		rc = RC_CEREMONY;
	}
	coord_reshare_advance(c, b, now);
	return rc;
}
