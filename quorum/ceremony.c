/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What everybody computes alike in a genesis ceremony: docs/formats.md
 * section 10. Two parties that run these functions over the same messages
 * come to the same two texts, byte for byte, or to a refusal.
 */
#include "quorum/ceremony.h"
#include <sodium.h>
#include <string.h>
#include "quorum/roster_frost.h"
#include "verify/roster.h"
#include "verify/sha256.h"
#include "verify/sha512.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

enum draft_rule {
	DRAFT_AUTHORITY,
	DRAFT_SIGNER,
	DRAFT_KEY,
	DRAFT_PROPOSED,
	DRAFT_DEADLINE,
	DRAFT_PARTY,
	DRAFT_GROUP,
	DRAFT_QUORUM,
	DRAFT_TRUST,
};

static const struct line_rule draft_rules[] = {
    [DRAFT_AUTHORITY] = {"authority", "nd", 1, 1, 0},
    [DRAFT_SIGNER] = {"signer", "n", 1, 1, 0},
    [DRAFT_KEY] = {"key", "n", 1, 1, 0},
    [DRAFT_PROPOSED] = {"proposed", "D", 1, 1, 0},
    [DRAFT_DEADLINE] = {"deadline", "D", 1, 1, 0},
    [DRAFT_PARTY] = {"party", "nkl", 1, POLICY_LEAVES_MAX, 0},
    [DRAFT_GROUP] = {"group", "nqm", 0, POLICY_GROUPS_MAX, 0},
    [DRAFT_QUORUM] = {"quorum", "n", 1, 1, 0},
    [DRAFT_TRUST] = {"trust", "h", 1, 1, 0},
};
static const char draft_kind[] = "quorate/ceremony@v1";

static void
sha256_of(uint8_t out[static 32], const uint8_t *bytes, size_t n)
{
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, bytes, n);
	sha256_final(&s, out);
}

static void
draft_policy(struct policy *p, struct ceremony *c)
{
	memset(p, 0, sizeof *p);
	p->text = c->text;
	p->leaf_at = c->party_at;
	p->leaf_parent = c->party_parent;
	p->leaf_n = c->party_n;
	p->group_at = c->group_at;
	p->group_parent = c->group_parent;
	p->group_k = c->group_k;
	p->group_n = c->group_n;
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
	enum rc rc;

	draft_policy(&p, c);
	rc = policy_leaf_check(&p, l->field[0]);
	if (rc != RC_OK)
		return rc;
	c->party_parent[c->party_n] = POLICY_NONE;
	c->party_at[c->party_n++] = (uint16_t)(l->field[0].p - c->text);
	return RC_OK;
}

static enum rc
draft_line(struct ceremony *c, const struct line *l)
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
	case DRAFT_PROPOSED:
		c->proposed = l->number[0];
		break;
	case DRAFT_DEADLINE:
		c->deadline = l->number[0];
		rc = c->deadline > c->proposed ? RC_OK : RC_NUMBER;
		break;
	case DRAFT_PARTY:
		rc = draft_party(c, l);
		break;
	case DRAFT_GROUP:
		draft_policy(&p, c);
		rc = policy_group(&p, (uint16_t)(l->field[0].p - c->text), l);
		c->group_n = p.group_n;
		break;
	case DRAFT_QUORUM:
		draft_policy(&p, c);
		rc = policy_close(&p, l->field[0]);
		c->root = p.root;
		break;
	default:
		rc = slice_hex(l->field[0], c->trust, 32) ? RC_OK : RC_FIELD;
	}
	return rc;
}

struct slice
ceremony_party_name(const struct ceremony *c, unsigned index)
{
	return policy_name(c->text, c->party_at[index]);
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
	enum rc rc = walk_init(&w, c->text, c->text_n, draft_kind, draft_rules,
	    COUNT(draft_rules), READER_HOST);

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
	struct policy p;
	struct walk w;
	struct line l;
	enum rc rc;

	memset(c, 0, sizeof *c);
	if (n > NOTE_BYTES_MAX)
		return RC_TEXT_LONG;
	c->text = text;
	c->text_n = n;
	rc = walk_init(&w, text, n, draft_kind, draft_rules,
	    COUNT(draft_rules), READER_HOST);
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc == RC_OK)
			rc = draft_line(c, &l);
	}
	if (rc != RC_MORE)
		return rc;
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
	return ceremony_template_check(c, m.text.p, m.text.n);
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

void
ceremony_deal_build(struct text *t, const struct ceremony *c,
    const struct dkg_dealing *dealing)
{
	struct message_deal m;

	memset(&m, 0, sizeof m);
	memcpy(m.ceremony, c->id, 32);
	m.commitment_n = dealing->count;
	memcpy(m.commitment, dealing->commitment, sizeof m.commitment);
	memcpy(m.pop, dealing->pop, sizeof m.pop);
	m.ephemeral = dealing->ephemeral;
	m.share_n = c->tree.leaves;
	for (unsigned i = 0; i < m.share_n; i++) {
		m.share_name[i] =
		    ceremony_party_name(c, c->tree.party[i]);
		memcpy(m.share[i], dealing->ciphertext[i],
		    sizeof m.share[i]);
	}
	deal_build(t, &m);
}

enum rc
ceremony_dealing(struct dkg_dealing *out, const struct ceremony *c,
    unsigned id, const struct message_deal *m)
{
	memset(out, 0, sizeof *out);
	if (memcmp(m->ceremony, c->id, 32) != 0)
		return RC_CEREMONY;
	if (m->commitment_n != c->tree.commitments ||
	    m->share_n != c->tree.leaves)
		return RC_COUNT;
	for (unsigned i = 0; i < m->share_n; i++)
		if (!slice_equal(m->share_name[i],
			ceremony_party_name(c, c->tree.party[i])))
			return RC_LINE_ORDER;
	out->id = (uint8_t)id;
	out->count = (uint8_t)m->commitment_n;
	memcpy(out->commitment, m->commitment,
	    m->commitment_n * sizeof m->commitment[0]);
	memcpy(out->pop, m->pop, sizeof out->pop);
	out->ephemeral = m->ephemeral;
	memcpy(out->ciphertext, m->share, m->share_n * sizeof m->share[0]);
	return RC_OK;
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

void
ceremony_roster_build(struct text *t, const struct ceremony *c,
    const struct point *key, const struct point share[],
    const uint8_t record[static 32])
{
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, c->text, c->text_n, draft_kind, draft_rules,
	    COUNT(draft_rules), READER_HOST);

	text_string(t, "quorate/roster@v1\nauthority ");
	text_slice(t, c->authority);
	text_printf(t, " %lu\nsigner ", (unsigned long)c->epoch);
	text_slice(t, c->signer);
	text_printf(t, "\nserial 1\nprevious -\nproposed %llu\nkey ",
	    (unsigned long long)c->proposed);
	text_vkey(t, c->key_name, KEY_ED25519, key->b);
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
		text_base64(t, share[c->tree.id[i] - 1].b, 32);
		text_string(t, "\n");
	}
	text_string(t, "ceremony ");
	text_hex(t, record, 32);
	text_string(t, "\n");
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
	text_vkey(t, c->key_name, KEY_ED25519, key->b);
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
			named = vkey_parse(&k, l.field[1], KEY_ED25519) ==
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

enum rc
ceremony_template_check(
    const struct ceremony *c, const uint8_t *template, size_t n)
{
	/* any key that no trust text names: the grammar does not ask for a
	 * curve point */
	static const struct point key = {{0xff, 0xff, 0xff, 0xff}};
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
	ceremony_trust_build(&t, c, template, n, &key);
	rc = trust_read(&trust, text, t.n, READER_HOST);
	if (rc != RC_OK)
		return rc;
	if (t.full || !slice_equal(trust_name(&trust), c->authority) ||
	    trust.epoch != c->epoch || trust.revision != 1 ||
	    !trust_has_signer(c, text, t.n, &key))
		return RC_TEMPLATE;
	return RC_OK;
}
