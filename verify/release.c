/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/release.h"
#include "verify/mem.h"

/*
 * In the order of enum release_rule; a withdraw has those lines that are not
 * of the first kind only, and `floor`. A device obeys those down to `about`.
 */
#define RELEASE_ABOVE \
	LINE_ONCE "authority nd\0" \
	LINE_ONCE "product n\0" \
	LINE_FIRST_ONCE "version v\0" \
	LINE_FIRST_ONCE "sequence d\0" \
	LINE_FIRST_MAYBE "floor z\0" \
	LINE_SECOND_ONCE "floor z\0" \
	LINE_FIRST_UNIQUE_SOME "\20" "payload nDh\0" \
	LINE_FIRST_UNIQUE2 "\10" "delta nhDh\0" \
	LINE_FIRST_MAYBE "from zz\0" \
	LINE_FIRST_UNIQUE "\10" "requires nz\0" \
	LINE_FIRST_MAYBE "expires D\0" \
	LINE_ONCE "about\0"
static const char release_above[] = RELEASE_ABOVE;
const char release_rules[] =
    RELEASE_ABOVE
    LINE_ONCE "proposed D\0"
    LINE_UNIQUE "\40" "roster nd\0"
    LINE_SORTED "\4" "source uvch\0"
    LINE_SORTED "\10" "attest nh\0"
    LINE_MAYBE "notes h\0"
    LINE_SORTED "\10" "sign nn\0"
    LINE_EXTENSIONS "\10" "\0";
const unsigned release_rule_n = RELEASE_RULE_EXTENSION + 1;

/* For hosts, which look for the lines below `about`. */
const char withdraw_rules[] =
    LINE_ONCE "authority nd\0"
    LINE_ONCE "product n\0"
    LINE_ONCE "floor z\0"
    LINE_ONCE "about\0"
    LINE_ONCE "proposed D\0"
    LINE_UNIQUE "\40" "roster nd\0"
    LINE_SORTED "\10" "release h\0"
    LINE_ONCE "reason r\0"
    LINE_EXTENSIONS "\10" "\0";
const unsigned withdraw_rule_n = WITHDRAW_RULE_EXTENSION + 1;
/* A withdraw's rule as the release rule that it equals. */
static const uint8_t withdraw_as_release[] = {RELEASE_RULE_AUTHORITY,
    RELEASE_RULE_PRODUCT, RELEASE_RULE_FLOOR_ALONE, RELEASE_RULE_ABOUT,
    RELEASE_RULE_PROPOSED, RELEASE_RULE_ROSTER, RELEASE_RULE_EXTENSION,
    RELEASE_RULE_EXTENSION, RELEASE_RULE_EXTENSION};
_Static_assert(offsetof(struct line, field) - offsetof(struct line, number) ==
    offsetof(struct release_said, name), "a line's numbers and first field");
static const char kind_release[] = "quorate/release@v1";
static const char kind_withdraw[] = "quorate/withdraw@v1";

enum rc
line_next_of(struct walk *w, unsigned rule, struct line *out)
{
	enum rc rc;

	do
		rc = line_next(w, out);
	while (rc == RC_OK && out->rule != rule);
	return rc;
}

enum rc
release_payload(const uint8_t *text, size_t n, struct slice component,
    uint64_t *size, uint8_t sha256[static 32])
{
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, text, n, kind_release, release_rules,
	    release_rule_n, READER_DEVICE);

	while (rc == RC_OK) {
		rc = line_next_of(&w, RELEASE_RULE_PAYLOAD, &l);
		if (rc == RC_OK && slice_equal(l.field[0], component)) {
			*size = l.number[0];
			return slice_hex(l.field[2], sha256, 32) ? RC_OK
								 : RC_FIELD;
		}
	}
	return rc == RC_MORE ? RC_COMPONENT : rc;
}

/*
 * Whether a `payload` line of the component stands between two places of a
 * text. Lines there have been read; the name itself lies behind the end.
 */
static bool
payload_stands(const uint8_t *p, const uint8_t *end, struct slice name)
{
	for (; p < end; p++)
		if (memcmp(p, "\npayload ", 9) == 0 &&
		    memcmp(p + 9, name.p, name.n) == 0 && p[9 + name.n] == ' ')
			return true;
	return false;
}

/* What else a line must be, once its rule is that of enum release_rule. */
static enum rc
release_line(struct release_walk *w, const struct line *l)
{
	uint32_t first = (uint32_t)l->number[0];
	unsigned rule = l->rule;

	if (rule > RELEASE_RULE_PROPOSED)
		return RC_OK;
	/* numbers and first field, which lie side by side */
	memcpy(&w->said[rule],
	    (const uint8_t *)l + offsetof(struct line, number),
	    sizeof w->said[rule]);
	if (rule == RELEASE_RULE_FLOOR &&
	    first > (uint32_t)w->said[RELEASE_RULE_SEQUENCE].number[0])
		return RC_FLOOR;
	if (rule == RELEASE_RULE_FROM && first > (uint32_t)l->number[1])
		return RC_NUMBER;
	if (rule == RELEASE_RULE_EXPIRES && l->number[0] == 0)
		return RC_NUMBER;
	if (rule == RELEASE_RULE_DELTA &&
	    !payload_stands(w->walk.first, l->whole.p, l->field[0]))
		return RC_COMPONENT;
	return RC_OK;
}

enum rc
release_next(struct release_walk *w, struct line *l)
{
	enum rc rc = line_next(&w->walk, l);

	return rc == RC_OK ? release_line(w, l) : rc;
}

enum release_kind
release_kind(const uint8_t *text)
{
	if (memcmp(text, "quorate/release@v1\n", 19) == 0)
		return RELEASE_RELEASE;
	return memcmp(text, "quorate/withdraw@v1\n", 20) == 0
		   ? RELEASE_WITHDRAW
		   : RELEASE_NOT;
}

void
release_begin_device(
    struct release_walk *w, const uint8_t *text, size_t n, bool withdraw)
{
	memset(w, 0, sizeof *w);
	walk_device(&w->walk, text, n, release_above, RELEASE_RULE_ABOUT + 1,
	    NULL);
	if (withdraw)
		w->walk.without = LINE_FIRST;
}

enum rc
release_parse(
    struct release *r, const uint8_t *text, size_t n, enum reader reader)
{
	struct release_walk w = {0};
	struct line l = {0};
	enum rc rc;

	memset(r, 0, sizeof *r);
	rc = walk_init(&w.walk, text, n, kind_release, release_rules,
	    release_rule_n, reader);
	if (rc == RC_KIND) {
		r->withdraw = true;
		rc = walk_init(&w.walk, text, n, kind_withdraw,
		    withdraw_rules, withdraw_rule_n, reader);
	}
	while (rc == RC_OK) {
		rc = line_next(&w.walk, &l);
		if (rc != RC_OK)
			break;
		if (r->withdraw)
			l.rule = withdraw_as_release[l.rule];
		if (l.rule == RELEASE_RULE_SIGN) {
			/* its second field needs a payload as a delta's first */
			l.rule = RELEASE_RULE_DELTA;
			l.field[0] = l.field[1];
		}
		rc = release_line(&w, &l);
		r->payload_n += l.rule == RELEASE_RULE_PAYLOAD;
	}
	if (rc != RC_MORE)
		return rc;
#define SAID(rule) w.said[RELEASE_RULE_##rule]
	r->authority = SAID(AUTHORITY).name;
	r->epoch = (uint32_t)SAID(AUTHORITY).number[0];
	r->product = SAID(PRODUCT).name;
	r->version = SAID(VERSION).name;
	r->sequence = (uint32_t)SAID(SEQUENCE).number[0];
	r->has_floor = SAID(FLOOR).name.n > 0 || r->withdraw;
	r->floor = SAID(FLOOR).name.n > 0 ? (uint32_t)SAID(FLOOR).number[0]
		   : r->withdraw ? (uint32_t)SAID(FLOOR_ALONE).number[0]
				 : r->sequence;
	r->has_from = SAID(FROM).name.n > 0;
	r->from_low = (uint32_t)SAID(FROM).number[0];
	r->from_high = r->has_from ? (uint32_t)SAID(FROM).number[1] : UINT32_MAX;
	r->expires = SAID(EXPIRES).number[0];
	r->proposed = SAID(PROPOSED).number[0];
#undef SAID
	return RC_OK;
}
