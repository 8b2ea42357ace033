/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/roster.h"
#include "verify/mem.h"
#include "verify/sha256.h"

/* In the order of enum roster_rule. */
const char roster_rules[] =
    LINE_ONCE "authority nd\0"
    LINE_ONCE "signer n\0"
    LINE_ONCE "serial d\0"
    LINE_ONCE "previous H\0"
    LINE_ONCE "proposed D\0"
    LINE_ONCE "key k\0"
    LINE_SOME "\200" "party nkl\0"
    LINE_ANY "\40" "group nqm\0"
    LINE_ONCE "quorum n\0"
    LINE_SOME "\200" "share np\0"
    LINE_ONCE "ceremony h\0";
const unsigned roster_rule_n = ROSTER_RULE_CEREMONY + 1;

void
roster_policy(struct policy *p, struct roster *r)
{
	memset(p, 0, sizeof *p);
	p->text = r->text;
	p->at = r->at;
	p->parent = r->parent;
	p->leaf_n = (uint8_t)r->party_n;
	p->groups = POLICY_GROUP;
	p->group_k = r->group_k;
	p->group_n = (uint8_t)r->group_n;
	p->root = r->root;
}

bool
roster_satisfied(const struct roster *r, const uint32_t mask[static 4])
{
	struct policy p;

	roster_policy(&p, (struct roster *)(uintptr_t)r); /* only read */
	return policy_satisfied(&p, mask);
}

struct slice
roster_party_name(const struct roster *r, unsigned index)
{
	return policy_name(r->text, r->at[index]);
}

void
roster_party_key(struct vkey *k, const struct roster *r, unsigned index)
{
	struct slice s = roster_party_name(r, index);

	s = policy_name(r->text, (uint16_t)(s.p + s.n + 1 - r->text));
	(void)!vkey_parse_signer(k, s);
}

/* In the key's own group: SEC1's parity first, where a point has one. */
static enum rc
roster_share(struct roster *r, unsigned index, struct slice s)
{
	uint8_t sec1[33];

	if (r->key.type == KEY_ED25519)
		return slice_base64(s, r->share[index], 32) ? RC_OK : RC_FIELD;
	if (!slice_base64(s, sec1, sizeof sec1))
		return RC_FIELD;
	r->share_prefix[index] = sec1[0];
	memcpy(r->share[index], sec1 + 1, 32);
	return RC_OK;
}

static enum rc
roster_line(struct roster *r, const struct line *l, unsigned *shares)
{
	struct policy p;
	enum rc rc = RC_OK;

	switch (l->rule) {
	case ROSTER_RULE_AUTHORITY:
		r->authority = l->field[0];
		r->epoch = (uint32_t)l->number[0];
		break;
	case ROSTER_RULE_SIGNER:
		r->signer = l->field[0];
		break;
	case ROSTER_RULE_SERIAL:
		r->serial = (uint32_t)l->number[0];
		break;
	case ROSTER_RULE_PREVIOUS:
		r->previous = l->field[0];
		if (slice_is(r->previous, "-") != (r->serial == 1))
			rc = RC_PREVIOUS;
		break;
	case ROSTER_RULE_PROPOSED:
		r->proposed = l->number[0];
		break;
	case ROSTER_RULE_KEY:
		rc = vkey_parse_signer(&r->key, l->field[0]);
		break;
	case ROSTER_RULE_PARTY:
	case ROSTER_RULE_GROUP:
		roster_policy(&p, r);
		rc = policy_node(&p, l);
		r->party_n = p.leaf_n;
		r->group_n = p.group_n;
		break;
	case ROSTER_RULE_QUORUM:
		roster_policy(&p, r);
		rc = policy_close(&p, l);
		r->root = p.root;
		break;
	case ROSTER_RULE_SHARE:
		if (*shares == r->party_n ||
		    !slice_equal(l->field[0], roster_party_name(r, *shares)))
			return RC_LINE_ORDER;
		rc = roster_share(r, (*shares)++, l->field[1]);
		break;
	default:
		if (*shares != r->party_n)
			return RC_LINE_MISSING;
		if (!slice_hex(l->field[0], r->ceremony, 32))
			rc = RC_FIELD;
	}
	return rc;
}

static enum rc
keys_differ(const struct roster *r)
{
	struct vkey a, b;
	unsigned i, j;

	for (i = 0; i < r->party_n; i++) {
		roster_party_key(&a, r, i);
		if (memcmp(a.key, r->key.key, 32) == 0)
			return RC_KEY_ROLE;
		for (j = 0; j < i; j++) {
			roster_party_key(&b, r, j);
			if (memcmp(a.key, b.key, 32) == 0 ||
			    (memcmp(a.id, b.id, 4) == 0 &&
				slice_equal(a.name, b.name)))
				return RC_KEY_ROLE;
		}
	}
	return RC_OK;
}

static enum rc
parse(struct roster *r, const char *kind, const uint8_t *text, size_t n)
{
	unsigned shares = 0;
	struct sha256 hash;
	struct walk w;
	struct line l;
	enum rc rc;

	memset(r, 0, sizeof *r);
	if (n > UINT16_MAX)
		return RC_TEXT_LONG;
	r->kind = kind;
	r->text = text;
	r->text_n = n;
	rc = walk_init(
	    &w, text, n, kind, roster_rules, roster_rule_n, READER_HOST);
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc == RC_OK)
			rc = roster_line(r, &l, &shares);
	}
	if (rc != RC_MORE)
		return rc;
	sha256_init(&hash);
	sha256_update(&hash, text, n);
	sha256_final(&hash, r->id);
	return keys_differ(r);
}

enum rc
roster_parse(struct roster *r, const uint8_t *text, size_t n)
{
	return parse(r, "quorate/roster@v1", text, n);
}

enum rc
roster_parse_rehearsal(struct roster *r, const uint8_t *text, size_t n)
{
	return parse(r, "quorate/rehearsal-roster@v1", text, n);
}

void
roster_members(const struct roster *r, unsigned group,
    uint8_t nodes[static POLICY_LEAVES_MAX], unsigned *n)
{
	struct policy p;
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, r->text, r->text_n, r->kind, roster_rules,
	    roster_rule_n, READER_HOST);
	unsigned i;

	*n = 0;
	for (i = 0; rc == RC_OK && i <= group; i++)
		rc = line_next_of(&w, ROSTER_RULE_GROUP, &l);
	roster_policy(&p, (struct roster *)(uintptr_t)r); /* only read */
	if (rc == RC_OK)
		(void)!policy_members(&p, &l, group, nodes, n);
}

void
roster_leaf_order(
    const struct roster *r, uint8_t order[static ROSTER_PARTIES_MAX])
{
	uint8_t nodes[POLICY_DEPTH_MAX][POLICY_LEAVES_MAX];
	unsigned n[POLICY_DEPTH_MAX], at[POLICY_DEPTH_MAX];
	unsigned depth = 0, leaves = 0;

	if (!(r->root & POLICY_GROUP)) {
		order[0] = r->root;
		return;
	}
	roster_members(r, r->root & ~POLICY_GROUP, nodes[0], &n[0]);
	at[0] = 0;
	for (;;) {
		uint8_t node;

		if (at[depth] == n[depth]) {
			if (depth-- == 0)
				return;
			continue;
		}
		node = nodes[depth][at[depth]++];
		if (!(node & POLICY_GROUP)) {
			order[leaves++] = node;
			continue;
		}
		depth++; /* at most POLICY_DEPTH_MAX groups on a path */
		at[depth] = 0;
		roster_members(
		    r, node & ~POLICY_GROUP, nodes[depth], &n[depth]);
	}
}

static const char objection_rules[] =
    LINE_ONCE "authority nd\0"
    LINE_ONCE "about\0"
    LINE_ONCE "proposed D\0"
    LINE_ONCE "release h\0"
    LINE_ONCE "reason r\0"
    LINE_EXTENSIONS "\10" "\0";

enum rc
objection_parse(struct objection *o, const uint8_t *text, size_t n)
{
	struct walk w;
	struct line l;
	enum rc rc;

	memset(o, 0, sizeof *o);
	rc = walk_init(&w, text, n, "quorate/objection@v1", objection_rules,
	    6, READER_HOST);
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc != RC_OK)
			break;
		if (l.rule == 0) {
			o->authority = l.field[0];
			o->epoch = (uint32_t)l.number[0];
		} else if (l.rule == 2) {
			o->proposed = l.number[0];
		} else if (l.rule == 3) {
			if (!slice_hex(l.field[0], o->release, 32))
				rc = RC_FIELD;
		} else if (l.rule == 4) {
			o->reason = l.field[0];
		}
	}
	return rc == RC_MORE ? RC_OK : rc;
}

static const char party_rules[] =
    LINE_ONCE "name n\0"
    LINE_ONCE "vkey k\0"
    LINE_ONCE "label l\0"
    LINE_ONCE "contact r\0";

enum rc
party_parse(struct party_card *c, const uint8_t *text, size_t n)
{
	struct slice *field[] = {
	    &c->name, &c->vkey_text, &c->label, &c->contact};
	struct walk w;
	struct line l;
	enum rc rc;

	memset(c, 0, sizeof *c);
	rc = walk_init(&w, text, n, "quorate/party@v1", party_rules,
	    4, READER_HOST);
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc == RC_OK)
			*field[l.rule] = l.field[0];
	}
	if (rc == RC_MORE)
		rc = vkey_parse(&c->key, c->vkey_text, KEY_ED25519);
	return rc;
}
