/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What everybody computes alike in a ceremony: docs/formats.md
 * section 10. Two parties that run these functions over the same messages
 * come to the same two texts, byte for byte, or to a refusal.
 */
#include "quorum/ceremony.h"
#include <sodium.h>
#include <string.h>
#include "host/digest.h"
#include "quorum/roster_frost.h"
#include "verify/roster.h"
#include "verify/sha256.h"
#include "verify/sha512.h"


enum draft_rule {
	DRAFT_AUTHORITY,
	DRAFT_SIGNER,
	DRAFT_KEY,
	DRAFT_SUITE,
	DRAFT_RESHARE,
	DRAFT_PROPOSED,
	DRAFT_DEADLINE,
	DRAFT_PARTY,
	DRAFT_GROUP,
	DRAFT_QUORUM,
	DRAFT_TRUST,
};

/* In the order of the rules above. */
static const char draft_rules[] =
    LINE_ONCE "authority nd\0"
    LINE_ONCE "signer n\0"
    LINE_MAYBE "key n\0"
    LINE_MAYBE "suite n\0"
    LINE_MAYBE "reshare dh\0"
    LINE_ONCE "proposed D\0"
    LINE_ONCE "deadline D\0"
    LINE_SOME "\200" "party nkl\0"
    LINE_ANY "\40" "group nqm\0"
    LINE_ONCE "quorum n\0"
    LINE_MAYBE "trust h\0";
static const char draft_kind[] = "quorate/ceremony@v1";
static const char rehearsal_kind[] = "quorate/rehearsal@v1";
#define STAND_IN "quorate/rehearsal-stand-in@v1\n"

/* Over a draft's lines; the kind has been seen. */
static enum rc
draft_walk(struct walk *w, const struct ceremony *c)
{
	return walk_init(w, c->text, c->text_n,
	    c->rehearsal ? rehearsal_kind : draft_kind, draft_rules,
	    DRAFT_TRUST + 1, READER_HOST);
}

static void
draft_policy(struct policy *p, struct ceremony *c)
{
	memset(p, 0, sizeof *p);
	p->text = c->text;
	p->at = c->at;
	p->parent = c->parent;
	p->leaf_n = (uint8_t)c->party_n;
	p->groups = POLICY_GROUP;
	p->group_k = c->group_k;
	p->group_n = (uint8_t)c->group_n;
	p->root = c->root;
}

void
ceremony_policy(struct policy *p, const struct ceremony *c)
{
	draft_policy(p, (struct ceremony *)(uintptr_t)c); /* only read */
}

static enum rc
draft_party(struct ceremony *c, const struct line *l)
{
	struct policy p;
	struct vkey k;
	enum rc rc;

	draft_policy(&p, c);
	rc = policy_node(&p, l);
	c->party_n = p.leaf_n;
	/* it signs notes */
	return rc == RC_OK ? vkey_parse(&k, l->field[1], KEY_ED25519) : rc;
}

static enum rc
draft_line(struct ceremony *c, bool *has_trust, const struct line *l)
{
	struct policy p;
	enum rc rc = RC_OK;

	switch (l->rule) {
	case DRAFT_AUTHORITY:
		c->authority = l->field[0];
		c->epoch = (uint32_t)l->number[0];
		break;
	case DRAFT_SIGNER:
		c->signer = l->field[0];
		break;
	case DRAFT_KEY:
		c->key_name = l->field[0];
		break;
	case DRAFT_SUITE: /* one spelling of each: ed25519 is not said */
		rc = slice_is(l->field[0], suite_secp256k1.name) ? RC_OK
								 : RC_FIELD;
		c->suite = &suite_secp256k1;
		break;
	case DRAFT_RESHARE:
		c->reshare = true;
		c->serial = (uint32_t)l->number[0];
		rc = slice_hex(l->field[1], c->before, 32) ? RC_OK : RC_FIELD;
		break;
	case DRAFT_PROPOSED:
		c->proposed = l->number[0];
		break;
	case DRAFT_DEADLINE:
		c->deadline = l->number[0];
		rc = c->deadline > c->proposed &&
			(!c->rehearsal ||
			    c->deadline - c->proposed <=
				CEREMONY_REHEARSAL_S_MAX)
		    ? RC_OK
		    : RC_NUMBER;
		break;
	case DRAFT_PARTY:
		rc = draft_party(c, l);
		break;
	case DRAFT_GROUP:
		draft_policy(&p, c);
		rc = policy_node(&p, l);
		c->group_n = p.group_n;
		break;
	case DRAFT_QUORUM:
		draft_policy(&p, c);
		rc = policy_close(&p, l);
		c->root = p.root;
		break;
	default: /* DRAFT_TRUST */
		*has_trust = true;
		rc = slice_hex(l->field[0], c->trust, 32) ? RC_OK : RC_FIELD;
	}
	return rc;
}

struct slice
ceremony_party_name(const struct ceremony *c, unsigned index)
{
	return policy_name(c->text, c->at[index]);
}

struct slice
ceremony_leaf_name(const struct ceremony *c, unsigned leaf)
{
	return ceremony_party_name(c, c->tree.party[leaf - 1]);
}

/* Field `skip` fields behind the name: the vkey, then the label. */
static struct slice
party_field(const struct ceremony *c, unsigned index, unsigned skip)
{
	struct slice s = ceremony_party_name(c, index);

	while (skip-- > 0)
		s = policy_name(c->text, (uint16_t)(s.p + s.n + 1 - c->text));
	return s;
}

struct slice
ceremony_party_label(const struct ceremony *c, unsigned index)
{
	return party_field(c, index, 2);
}

void
ceremony_party_key(struct vkey *k, const struct ceremony *c, unsigned index)
{
	(void)!vkey_parse(k, party_field(c, index, 1), KEY_ED25519);
}

unsigned
ceremony_sender(const struct ceremony *c, const struct message *m)
{
	for (unsigned i = 0; i < c->party_n; i++) {
		struct vkey k;

		ceremony_party_key(&k, c, i);
		if (message_by(m, &k))
			return c->tree.id[i];
	}
	return 0;
}

unsigned
ceremony_leaf(const struct ceremony *c, struct slice name)
{
	for (unsigned i = 0; i < c->party_n; i++)
		if (slice_equal(ceremony_party_name(c, i), name))
			return c->tree.id[i];
	return 0;
}

static void
members_of_draft(const void *context, unsigned group,
    uint8_t nodes[static POLICY_LEAVES_MAX], unsigned *n)
{
	const struct ceremony *c = context;
	struct policy p;
	struct walk w;
	struct line l;
	enum rc rc = draft_walk(&w, c);

	for (unsigned i = 0; rc == RC_OK && i <= group; i++)
		rc = line_next_of(&w, DRAFT_GROUP, &l);
	draft_policy(&p, (struct ceremony *)(uintptr_t)c); /* only read */
	if (rc == RC_OK)
		(void)!policy_members(&p, &l, group, nodes, n);
}

static enum rc
draft_keys_differ(const struct ceremony *c)
{
	for (unsigned i = 0; i < c->party_n; i++)
		for (unsigned j = 0; j < i; j++) {
			struct vkey a, b;

			ceremony_party_key(&a, c, i);
			ceremony_party_key(&b, c, j);
			if (memcmp(a.key, b.key, 32) == 0 ||
			    (memcmp(a.id, b.id, 4) == 0 &&
				slice_equal(a.name, b.name)))
				return RC_KEY_ROLE;
		}
	return RC_OK;
}

enum rc
ceremony_parse(struct ceremony *c, const uint8_t *text, size_t n)
{
	bool has_trust = false;
	struct policy p;
	struct walk w;
	struct line l;
	enum rc rc;

	memset(c, 0, sizeof *c);
	if (n > NOTE_BYTES_MAX)
		return RC_TEXT_LONG;
	c->text = text;
	c->text_n = n;
	c->suite = &suite_ed25519;
	c->rehearsal = message_kind_of(text, n) == MESSAGE_REHEARSAL;
	rc = draft_walk(&w, c);
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc == RC_OK)
			rc = draft_line(c, &has_trust, &l);
	}
	if (rc != RC_MORE)
		return rc;
	/* a genesis has both, a reshare has neither */
	if (c->reshare && (c->key_name.n > 0 || has_trust ||
			      c->suite != &suite_ed25519))
		return RC_FIELD;
	if (!c->reshare && (c->key_name.n == 0 || !has_trust))
		return RC_LINE_MISSING;
	sha256_of(c->id, text, n);
	draft_policy(&p, c);
	rc = tree_of_policy(&c->tree, &p, members_of_draft, c);
	if (rc == RC_OK)
		rc = tree_check_sharing(&c->tree);
	return rc == RC_OK ? draft_keys_differ(c) : rc;
}

/* ---- the draft's bundle ---- */

static enum rc
item_open(struct message *m, struct bundle *b)
{
	struct bundle_item item;
	enum rc rc = bundle_next(b, &item);

	if (rc != RC_OK)
		return rc == RC_MORE ? RC_CEREMONY : rc;
	return message_open(m, item.whole.p, item.whole.n);
}

/* A card is the draft's party: name, vkey, label, and its own line. */
static enum rc
card_check(const struct ceremony *c, unsigned index, const struct message *m)
{
	struct party_card card;
	struct vkey k;
	enum rc rc = party_parse(&card, m->text.p, m->text.n);

	if (rc != RC_OK)
		return rc;
	ceremony_party_key(&k, c, index);
	if (!slice_equal(card.name, ceremony_party_name(c, index)) ||
	    !slice_equal(card.label, ceremony_party_label(c, index)) ||
	    memcmp(card.key.key, k.key, 32) != 0 ||
	    !slice_equal(card.key.name, k.name))
		return RC_CEREMONY;
	return message_verify(m, &k);
}

struct slice
ceremony_holder_name(const struct ceremony_bundle *b, unsigned holder)
{
	return roster_party_name(
	    &b->before, b->frost.tree.party[holder - 1]);
}

unsigned
ceremony_holder_of(const struct ceremony_bundle *b, struct slice name)
{
	for (unsigned h = 1; h <= b->frost.tree.leaves; h++)
		if (slice_equal(ceremony_holder_name(b, h), name))
			return h;
	return 0;
}

void
ceremony_holder_key(
    struct vkey *k, const struct ceremony_bundle *b, unsigned holder)
{
	roster_party_key(k, &b->before, b->frost.tree.party[holder - 1]);
}

static bool
same_key(const struct vkey *a, const struct vkey *b)
{
	return memcmp(a->key, b->key, 32) == 0 &&
	    slice_equal(a->name, b->name);
}

/*
 * A party of both rosters has one name and one key in both, and no two of
 * all the parties can be confounded by what their lines say.
 */
static enum rc
members_check(const struct ceremony_bundle *b)
{
	const struct ceremony *c = &b->ceremony;

	for (unsigned h = 1; h <= b->frost.tree.leaves; h++)
		for (unsigned i = 0; i < c->party_n; i++) {
			struct vkey old, new;
			bool name = slice_equal(ceremony_holder_name(b, h),
			    ceremony_party_name(c, i));

			ceremony_holder_key(&old, b, h);
			ceremony_party_key(&new, c, i);
			if (name != same_key(&old, &new))
				return RC_NAME_REPEATED;
			if (!name &&
			    (memcmp(old.key, new.key, 32) == 0 ||
				(memcmp(old.id, new.id, 4) == 0 &&
				    slice_equal(old.name, new.name))))
				return RC_NAME_REPEATED;
		}
	return RC_OK;
}

/*
 * Coefficients from the draft's id, which everybody has. A holder that deals
 * such a share does all that it would do with its own, and what comes of it
 * is a key that signs for nobody.
 */
enum rc
ceremony_stand_in(struct frost_roster *roster,
    struct scalar share[static TREE_LEAVES_MAX], const struct ceremony *c)
{
	static const char label[] = STAND_IN;
	const struct suite *suite = roster->suite;
	struct scalar coefficient[DKG_COMMITMENTS_MAX];
	uint8_t wide[64], number;
	struct sha256 id;
	struct sha512 s;

	for (unsigned k = 0; k < roster->tree.commitments; k++) {
		number = (uint8_t)k;
		sha512_init(&s);
		sha512_update(&s, (const uint8_t *)label, sizeof label - 1);
		sha512_update(&s, c->id, sizeof c->id);
		sha512_update(&s, &number, 1);
		sha512_final(&s, wide);
		suite->scalar_wide(&coefficient[k], wide);
	}
	tree_shares(&roster->tree, suite, coefficient, share);
	roster->opened = false;
	if (!suite->point_base(&roster->key, &coefficient[0]))
		return RC_IDENTITY;
	for (unsigned i = 0; i < roster->tree.leaves; i++)
		if (!suite->point_base(&roster->share[i], &share[i]))
			return RC_IDENTITY;
	sha256_init(&id);
	sha256_update(&id, (const uint8_t *)label, sizeof label - 1);
	sha256_update(&id, c->id, sizeof c->id);
	sha256_final(&id, roster->id);
	return frost_roster_check(roster);
}

/* The roster before is the one that the draft means. */
static enum rc
before_open(struct ceremony_bundle *b, const struct message *m)
{
	struct ceremony *c = &b->ceremony;
	struct scalar stand_in[TREE_LEAVES_MAX];
	enum rc rc = memcmp(m->id, c->before, 32) == 0 ? RC_OK
						       : RC_ROSTER_MISMATCH;

	if (rc == RC_OK)
		rc = roster_parse(&b->before, m->text.p, m->text.n);
	if (rc == RC_OK)
		rc = roster_frost(&b->frost, &b->before);
	if (rc != RC_OK)
		return rc;
	if (b->before.serial != c->serial ||
	    !slice_equal(b->before.authority, c->authority) ||
	    !slice_equal(b->before.signer, c->signer))
		return RC_ROSTER_MISMATCH;
	c->key_name = b->before.key.name;
	c->suite = b->frost.suite;
	for (unsigned i = 0; i < c->party_n; i++) {
		struct vkey k;

		ceremony_party_key(&k, c, i);
		if (memcmp(k.key, b->before.key.key, 32) == 0)
			return RC_KEY_ROLE;
	}
	rc = members_check(b);
	if (rc == RC_OK && c->rehearsal)
		rc = ceremony_stand_in(&b->frost, stand_in, c);
	return rc;
}

bool
ceremony_member_of(struct ceremony_member *who,
    const struct ceremony_bundle *b, const struct vkey *key)
{
	const struct ceremony *c = &b->ceremony;
	struct vkey k;

	memset(who, 0, sizeof *who);
	for (unsigned i = 0; i < c->party_n; i++) {
		ceremony_party_key(&k, c, i);
		if (!same_key(&k, key))
			continue;
		who->key = k;
		who->name = ceremony_party_name(c, i);
		who->leaf = c->tree.id[i];
	}
	for (unsigned h = 1; c->reshare && h <= b->frost.tree.leaves; h++) {
		ceremony_holder_key(&k, b, h);
		if (!same_key(&k, key))
			continue;
		who->key = k;
		who->name = ceremony_holder_name(b, h);
		who->holder = h;
	}
	return who->leaf != 0 || who->holder != 0;
}

enum rc
ceremony_by(struct ceremony_member *who, const struct ceremony_bundle *b,
    const struct message *m)
{
	const struct ceremony *c = &b->ceremony;
	struct vkey k = {0};
	unsigned leaf = ceremony_sender(c, m);

	memset(who, 0, sizeof *who);
	if (leaf != 0)
		ceremony_party_key(&k, c, c->tree.party[leaf - 1]);
	for (unsigned h = 1; leaf == 0 && c->reshare &&
	     h <= b->frost.tree.leaves; h++) {
		ceremony_holder_key(&k, b, h);
		if (message_by(m, &k))
			break;
	}
	if (!message_by(m, &k) || !ceremony_member_of(who, b, &k))
		return RC_SENDER;
	return message_verify(m, &who->key);
}

enum rc
ceremony_open_next(struct ceremony_bundle *out, struct bundle *b)
{
	struct ceremony *c = &out->ceremony;
	const uint8_t *from = b->at;
	struct message m;
	enum rc rc;

	memset(out, 0, sizeof *out);
	rc = item_open(&out->draft, b);
	if (rc == RC_OK && !out->draft.is_signed)
		rc = RC_SENDER;
	if (rc == RC_OK)
		rc = ceremony_parse(c, out->draft.text.p, out->draft.text.n);
	for (unsigned i = 0; rc == RC_OK && i < c->tree.leaves; i++) {
		rc = item_open(&m, b);
		if (rc == RC_OK)
			rc = card_check(c, c->tree.party[i], &m);
		memcpy(out->card_id[i], m.id, 32);
	}
	if (rc == RC_OK)
		rc = item_open(&m, b);
	if (rc != RC_OK)
		return rc;
	if (m.is_signed)
		return RC_TEMPLATE;
	out->template = m.text;
	out->whole = (struct slice){from, (size_t)(b->at - from)};
	if (b->at < b->end)
		out->whole.n--; /* the separator is not the ceremony's */
	ceremony_code(out->code, c, (const uint8_t(*)[32])out->card_id);
	return c->reshare ? before_open(out, &m)
			  : ceremony_template_check(c, m.text.p, m.text.n);
}

enum rc
ceremony_open(struct ceremony_bundle *out, const uint8_t *bytes, size_t n)
{
	struct bundle b;
	enum rc rc = bundle_init(&b, bytes, n);

	if (rc == RC_OK)
		rc = ceremony_open_next(out, &b);
	if (rc == RC_OK && b.at != b.end)
		rc = RC_CEREMONY;
	return rc;
}

void
ceremony_session(
    uint8_t sid[static DKG_SESSION_BYTES], const struct ceremony *c)
{
	struct sha512 s;

	sha512_init(&s);
	sha512_update(&s, c->text, c->text_n);
	sha512_final(&s, sid);
}

/* One 16-bit word as five letters: consonants carry 4 bits, vowels 2. */
static char *
proquint_put(char *p, unsigned w)
{
	static const char consonant[] = "bdfghjklmnprstvz", vowel[] = "aiou";

	*p++ = consonant[w >> 12 & 15];
	*p++ = vowel[w >> 10 & 3];
	*p++ = consonant[w >> 6 & 15];
	*p++ = vowel[w >> 4 & 3];
	*p++ = consonant[w & 15];
	return p;
}

void
ceremony_code(char out[static CEREMONY_CODE_BYTES], const struct ceremony *c,
    const uint8_t card_id[][32])
{
	struct sha256 s;
	uint8_t d[32];
	char *p = out;

	sha256_init(&s);
	sha256_update(&s, c->text, c->text_n);
	for (unsigned i = 0; i < c->tree.leaves; i++)
		sha256_update(&s, card_id[i], 32);
	sha256_final(&s, d);
	for (unsigned i = 0; i < 8; i++) {
		if (i > 0)
			*p++ = '-';
		p = proquint_put(p, (unsigned)d[2 * i] << 8 | d[2 * i + 1]);
	}
	*p = 0;
}

/* ---- dealings, record ---- */

static void
dealing_write(struct message_dealing *m, const struct ceremony *c,
    const struct dkg_dealing *dealing)
{
	m->commitment_n = dealing->count;
	memcpy(m->commitment, dealing->commitment, sizeof m->commitment);
	m->ephemeral = dealing->ephemeral;
	m->share_n = c->tree.leaves;
	for (unsigned i = 0; i < m->share_n; i++) {
		m->share_name[i] = ceremony_leaf_name(c, i + 1);
		memcpy(m->share[i], dealing->ciphertext[i],
		    sizeof m->share[i]);
	}
}

static enum rc
dealing_read(struct dkg_dealing *out, const struct ceremony *c, unsigned id,
    const struct message_dealing *m)
{
	if (m->commitment_n != c->tree.commitments ||
	    m->share_n != c->tree.leaves)
		return RC_COUNT;
	for (unsigned i = 0; i < m->share_n; i++)
		if (!slice_equal(m->share_name[i],
			ceremony_leaf_name(c, i + 1)))
			return RC_LINE_ORDER;
	out->id = (uint8_t)id;
	out->count = (uint8_t)m->commitment_n;
	memcpy(out->commitment, m->commitment,
	    m->commitment_n * sizeof m->commitment[0]);
	out->ephemeral = m->ephemeral;
	memcpy(out->ciphertext, m->share, m->share_n * sizeof m->share[0]);
	return RC_OK;
}

void
ceremony_deal_build(struct text *t, const struct ceremony *c,
    const struct dkg_dealing *dealing)
{
	struct message_deal m;

	memset(&m, 0, sizeof m);
	memcpy(m.ceremony, c->id, 32);
	memcpy(m.pop, dealing->pop, sizeof m.pop);
	dealing_write(&m.dealing, c, dealing);
	deal_build(t, &m);
}

enum rc
ceremony_dealing(struct dkg_dealing *out, const struct ceremony *c,
    unsigned id, const struct message_deal *m)
{
	memset(out, 0, sizeof *out);
	if (memcmp(m->ceremony, c->id, 32) != 0)
		return RC_CEREMONY;
	memcpy(out->pop, m->pop, sizeof out->pop);
	return dealing_read(out, c, id, &m->dealing);
}

void
ceremony_complaint(struct dkg_complaint *out,
    const struct message_complaint *m, unsigned dealer, unsigned receiver)
{
	out->dealer = (uint8_t)dealer;
	out->receiver = (uint8_t)receiver;
	for (unsigned w = 0; w < 2; w++) {
		out->shared[w] = m->opened[w];
		memcpy(out->proof[w].c.b, m->proof[w], 32);
		memcpy(out->proof[w].z.b, m->proof[w] + 32, 32);
	}
}

void
ceremony_complaint_open(
    struct message_complaint *out, const struct dkg_complaint *k)
{
	out->opened_n = 2;
	for (unsigned w = 0; w < 2; w++) {
		out->opened[w] = k->shared[w];
		memcpy(out->proof[w], k->proof[w].c.b, 32);
		memcpy(out->proof[w] + 32, k->proof[w].z.b, 32);
	}
}

void
ceremony_reshare_build(struct text *t, const struct ceremony *c,
    const struct dkg_ceremony *dkg, const struct dkg_dealing *dealing)
{
	struct message_reshare m;

	memset(&m, 0, sizeof m);
	memcpy(m.ceremony, c->id, 32);
	memcpy(m.context, dkg->context, sizeof m.context);
	dealing_write(&m.dealing, c, dealing);
	reshare_build(t, &m);
}

enum rc
ceremony_reshared(struct dkg_dealing *out, const struct ceremony *c,
    const struct dkg_ceremony *dkg, unsigned id,
    const struct message_reshare *m)
{
	memset(out, 0, sizeof *out);
	if (memcmp(m->ceremony, c->id, 32) != 0)
		return RC_CEREMONY;
	if (memcmp(m->context, dkg->context, sizeof m->context) != 0)
		return RC_CONTEXT;
	return dealing_read(out, c, id, &m->dealing);
}

void
ceremony_choice_build(struct text *t, const struct ceremony_bundle *b,
    const struct dkg_ceremony *dkg, unsigned number,
    const struct tree_set *chosen, const uint8_t note[][32])
{
	struct message_choice m;

	memset(&m, 0, sizeof m);
	memcpy(m.ceremony, b->ceremony.id, 32);
	m.number = number;
	memcpy(m.context, dkg->context, sizeof m.context);
	for (unsigned h = 1; h <= dkg->dealers; h++) {
		if (!tree_set_has(chosen, h))
			continue;
		m.dealer[m.dealing_n] = ceremony_holder_name(b, h);
		memcpy(m.dealing[m.dealing_n++], note[h - 1], 32);
	}
	choice_build(t, &m);
}

enum rc
ceremony_chosen(struct tree_set *out, const struct ceremony_bundle *b,
    const struct dkg_ceremony *dkg, const struct message_choice *m,
    const struct tree_set *dealt, const uint8_t note[][32])
{
	unsigned h = 0;
	bool here = true;

	memset(out, 0, sizeof *out);
	if (memcmp(m->ceremony, b->ceremony.id, 32) != 0)
		return RC_CEREMONY;
	if (memcmp(m->context, dkg->context, sizeof m->context) != 0)
		return RC_CONTEXT;
	for (unsigned i = 0; i < m->dealing_n; i++) {
		do
			h++;
		while (h <= dkg->dealers &&
		    !slice_equal(ceremony_holder_name(b, h), m->dealer[i]));
		if (h > dkg->dealers)
			return RC_CHOICE;
		tree_set_add(out, h);
		here = here && tree_set_has(dealt, h) &&
		    memcmp(note[h - 1], m->dealing[i], 32) == 0;
	}
	if (!tree_set_is_minimal(&b->frost.tree, out))
		return RC_CHOICE;
	return here ? RC_OK : RC_MORE;
}

/* One item of a bundle, into a text or a hash or both. */
static void
record_item(struct text *t, struct sha256 *h, bool first, struct slice s)
{
	if (!first)
		sha256_update(h, (const uint8_t *)"\n", 1);
	sha256_update(h, s.p, s.n);
	if (t != NULL)
		bundle_put(t, s.p, s.n);
}

void
ceremony_reshare_record(struct text *t, uint8_t out[static 32],
    const struct ceremony *c, struct slice choice,
    const struct tree_set *chosen, const struct slice notes[])
{
	struct sha256 h;

	sha256_init(&h);
	record_item(t, &h, true, (struct slice){c->text, c->text_n});
	record_item(t, &h, false, choice);
	for (unsigned i = 1; i <= TREE_LEAVES_MAX; i++)
		if (tree_set_has(chosen, i))
			record_item(t, &h, false, notes[i - 1]);
	sha256_final(&h, out);
}

void
ceremony_record(uint8_t out[static 32], const struct ceremony *c,
    const uint8_t *transcript, size_t n,
    const uint8_t signature[][DKG_SIG_BYTES])
{
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, transcript, n);
	for (unsigned i = 0; i < c->tree.leaves; i++)
		sha256_update(&s, signature[i], DKG_SIG_BYTES);
	sha256_final(&s, out);
}

/* ---- the two texts ---- */

static uint8_t
key_type(const struct ceremony *c)
{
	return c->suite == &suite_secp256k1 ? KEY_BIP340 : KEY_ED25519;
}

void
ceremony_roster_build(struct text *t, const struct ceremony *c,
    const struct point *key, const struct point share[],
    const uint8_t record[static 32])
{
	struct walk w;
	struct line l;
	enum rc rc = draft_walk(&w, c);

	text_string(t,
	    c->rehearsal ? "quorate/rehearsal-roster@v1\nauthority "
			 : "quorate/roster@v1\nauthority ");
	text_slice(t, c->authority);
	text_printf(t, " %lu\nsigner ", (unsigned long)c->epoch);
	text_slice(t, c->signer);
	text_printf(
	    t, "\nserial %lu\nprevious ", (unsigned long)c->serial + 1);
	if (c->reshare)
		text_hex(t, c->before, 32);
	else
		text_string(t, "-");
	text_printf(
	    t, "\nproposed %llu\nkey ", (unsigned long long)c->proposed);
	text_vkey(t, c->key_name, key_type(c), key->b);
	text_string(t, "\n");
	/* parties, groups and quorum: the draft's own lines */
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc == RC_OK && l.rule >= DRAFT_PARTY &&
		    l.rule <= DRAFT_QUORUM) {
			text_slice(t, l.whole);
			text_string(t, "\n");
		}
	}
	for (unsigned i = 0; i < c->party_n; i++) {
		text_string(t, "share ");
		text_slice(t, ceremony_party_name(c, i));
		text_string(t, " ");
		text_point(t, &share[c->tree.id[i] - 1]);
		text_string(t, "\n");
	}
	text_string(t, "ceremony ");
	text_hex(t, record, 32);
	text_string(t, "\n");
}

void
ceremony_rehearsed_build(struct text *t, const struct ceremony *c,
    const uint8_t roster_id[static 32])
{
	struct message_rehearsed m = {
	    .authority = c->authority, .epoch = c->epoch};

	memcpy(m.ceremony, c->id, sizeof m.ceremony);
	memcpy(m.roster, roster_id, sizeof m.roster);
	rehearsed_build(t, &m);
}

/* Where the one `@` that is a whole field stands; false if there is none or
 * another. */
static bool
template_hole(const uint8_t *template, size_t n, size_t *at)
{
	unsigned found = 0;

	for (size_t i = 1; i + 1 < n; i++)
		if (template[i] == '@' && template[i - 1] == ' ' &&
		    template[i + 1] == ' ') {
			*at = i;
			found++;
		}
	return found == 1;
}

void
ceremony_trust_build(struct text *t, const struct ceremony *c,
    const uint8_t *template, size_t n, const struct point *key)
{
	size_t at = 0;

	if (!template_hole(template, n, &at))
		return;
	text_put(t, template, at);
	text_vkey(t, c->key_name, key_type(c), key->b);
	text_put(t, template + at + 1, n - at - 1);
}

/* The signer whose key stands at the hole is the draft's, and `shared`. */
static bool
trust_has_signer(const struct ceremony *c, const uint8_t *text, size_t n,
    const struct point *key)
{
	bool named = false, shared = false;
	struct walk w;
	struct line l;
	struct vkey k;
	enum rc rc = walk_init(&w, text, n, "quorate/trust@v1", trust_rules,
	    trust_rule_n, READER_HOST);

	while (rc == RC_OK && line_next(&w, &l) == RC_OK) {
		if (l.rule == TRUST_RULE_SIGNER &&
		    slice_equal(l.field[0], c->signer))
			named = vkey_parse(&k, l.field[1], key_type(c)) ==
				RC_OK &&
			    slice_equal(k.name, c->key_name) &&
			    memcmp(k.key, key->b, 32) == 0 &&
			    slice_is(l.field[2], "-");
		if (l.rule == TRUST_RULE_SHARED &&
		    slice_equal(l.field[0], c->signer))
			shared = true;
	}
	return named && shared;
}

/* any key that no trust text names: the grammar does not ask for a curve
 * point */
static const struct point template_key = {{0xff, 0xff, 0xff, 0xff}, 0};

enum rc
ceremony_template_check(
    const struct ceremony *c, const uint8_t *template, size_t n)
{
	char buffer[NOTE_BYTES_MAX + 512];
	const uint8_t *text = (const uint8_t *)buffer;
	struct trust trust;
	struct text t;
	uint8_t digest[32];
	enum rc rc;
	size_t at;

	sha256_of(digest, template, n);
	if (n > NOTE_BYTES_MAX || memcmp(digest, c->trust, 32) != 0 ||
	    !template_hole(template, n, &at))
		return RC_TEMPLATE;
	text_init(&t, buffer, sizeof buffer);
	ceremony_trust_build(&t, c, template, n, &template_key);
	rc = trust_read(&trust, text, t.n, READER_HOST);
	if (rc != RC_OK)
		return rc;
	if (t.full || !slice_equal(trust_name(&trust), c->authority) ||
	    trust.epoch != c->epoch ||
	    !trust_has_signer(c, text, t.n, &template_key))
		return RC_TEMPLATE;
	return RC_OK;
}

void
ceremony_hop(struct ceremony_hop *out, const struct ceremony_bundle *b)
{
	char buffer[NOTE_BYTES_MAX + 512];
	struct text t;
	struct walk w;
	struct line l;

	memset(out, 0, sizeof *out);
	if (b->ceremony.reshare)
		return;
	text_init(&t, buffer, sizeof buffer);
	ceremony_trust_build(&t, &b->ceremony, b->template.p, b->template.n,
	    &template_key);
	if (walk_init(&w, (const uint8_t *)buffer, t.n, "quorate/trust@v1",
		trust_rules, trust_rule_n, READER_HOST) != RC_OK ||
	    line_next_of(&w, TRUST_RULE_REVISION, &l) != RC_OK)
		return;
	out->revision = (uint32_t)l.number[0];
	if (line_next_of(&w, TRUST_RULE_PREVIOUS, &l) == RC_OK)
		out->is_hop = slice_hex(l.field[0], out->before, 32);
}
