/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/release.h"
#include "verify/mem.h"

/* The lines that a device obeys; those below `about` are for hosts. */
#define RELEASE_ABOVE \
	[RELEASE_RULE_AUTHORITY] = {"authority", "nd", 1, 1, 0}, \
	[RELEASE_RULE_PRODUCT] = {"product", "n", 1, 1, 0}, \
	[RELEASE_RULE_VERSION] = {"version", "v", 1, 1, 0}, \
	[RELEASE_RULE_SEQUENCE] = {"sequence", "d", 1, 1, 0}, \
	[RELEASE_RULE_FLOOR] = {"floor", "z", 0, 1, 0}, \
	[RELEASE_RULE_PAYLOAD] = {"payload", "nDh", 1, RELEASE_PAYLOADS_MAX, \
		LINE_SORTED | LINE_UNIQUE}, \
	[RELEASE_RULE_DELTA] = {"delta", "nhDh", 0, RELEASE_DELTAS_MAX, \
		LINE_SORTED | LINE_UNIQUE2}, \
	[RELEASE_RULE_FROM] = {"from", "zz", 0, 1, 0}, \
	[RELEASE_RULE_REQUIRES] = {"requires", "nz", 0, RELEASE_REQUIRES_MAX, \
		LINE_SORTED | LINE_UNIQUE}, \
	[RELEASE_RULE_EXPIRES] = {"expires", "D", 0, 1, 0}, \
	[RELEASE_RULE_ABOUT] = {"about", "", 1, 1, 0}
static const struct line_rule release_above[] = {RELEASE_ABOVE};
const struct line_rule release_rules[] = {
	RELEASE_ABOVE,
	[RELEASE_RULE_PROPOSED] = {"proposed", "D", 1, 1, 0},
	[RELEASE_RULE_ROSTER] = {"roster", "nd", 0, 32,
		LINE_SORTED | LINE_UNIQUE},
	[RELEASE_RULE_SOURCE] = {"source", "uvch", 0, 4, LINE_SORTED},
	[RELEASE_RULE_ATTEST] = {"attest", "nh", 0, 8, LINE_SORTED},
	[RELEASE_RULE_NOTES] = {"notes", "h", 0, 1, 0},
	[RELEASE_RULE_SIGN] = {"sign", "nn", 0, 8, LINE_SORTED},
	[RELEASE_RULE_EXTENSION] = {"", "", 0, 8, 0},
};
#define COUNT(a) (sizeof(a) / sizeof(a)[0])
const unsigned release_rule_n = COUNT(release_rules);

#define WITHDRAW_ABOVE \
	[WITHDRAW_RULE_AUTHORITY] = {"authority", "nd", 1, 1, 0}, \
	[WITHDRAW_RULE_PRODUCT] = {"product", "n", 1, 1, 0}, \
	[WITHDRAW_RULE_FLOOR] = {"floor", "z", 1, 1, 0}, \
	[WITHDRAW_RULE_ABOUT] = {"about", "", 1, 1, 0}
static const struct line_rule withdraw_above[] = {WITHDRAW_ABOVE};
const struct line_rule withdraw_rules[] = {
	WITHDRAW_ABOVE,
	[WITHDRAW_RULE_PROPOSED] = {"proposed", "D", 1, 1, 0},
	[WITHDRAW_RULE_ROSTER] = {"roster", "nd", 0, 32,
		LINE_SORTED | LINE_UNIQUE},
	[WITHDRAW_RULE_RELEASE] = {"release", "h", 0, 8, LINE_SORTED},
	[WITHDRAW_RULE_REASON] = {"reason", "r", 1, 1, 0},
	[WITHDRAW_RULE_EXTENSION] = {"", "", 0, 8, 0},
};
const unsigned withdraw_rule_n = COUNT(withdraw_rules);
/* A withdraw's rule as the release rule that it equals. */
static const uint8_t withdraw_as_release[] = {RELEASE_RULE_AUTHORITY,
    RELEASE_RULE_PRODUCT, RELEASE_RULE_FLOOR, RELEASE_RULE_ABOUT,
    RELEASE_RULE_PROPOSED, RELEASE_RULE_ROSTER, RELEASE_RULE_EXTENSION,
    RELEASE_RULE_EXTENSION, RELEASE_RULE_EXTENSION};
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

enum rc
release_next(struct release *r, struct walk *w, struct line *l)
{
	enum rc rc = line_next(w, l);
	uint32_t first, second;

	if (rc != RC_OK)
		return rc;
	if (r->withdraw)
		l->rule = withdraw_as_release[l->rule];
	first = (uint32_t)l->number[0];
	second = (uint32_t)l->number[1];
	switch (l->rule) {
	case RELEASE_RULE_AUTHORITY:
		r->authority = l->field[0];
		r->epoch = first;
		break;
	case RELEASE_RULE_PRODUCT:
		r->product = l->field[0];
		break;
	case RELEASE_RULE_VERSION:
		r->version = l->field[0];
		break;
	case RELEASE_RULE_SEQUENCE:
		r->sequence = r->floor = first;
		break;
	case RELEASE_RULE_FLOOR:
		r->floor = first;
		r->has_floor = true;
		if (!r->withdraw && first > r->sequence)
			rc = RC_FLOOR;
		break;
	case RELEASE_RULE_PAYLOAD:
		r->payload_n++;
		break;
	case RELEASE_RULE_DELTA:
	case RELEASE_RULE_SIGN:
		if (!payload_stands(w->first, l->whole.p,
			l->field[l->rule == RELEASE_RULE_SIGN]))
			rc = RC_COMPONENT;
		break;
	case RELEASE_RULE_FROM:
		r->has_from = true;
		r->from_low = first;
		r->from_high = second;
		if (first > second)
			rc = RC_NUMBER;
		break;
	case RELEASE_RULE_EXPIRES:
		r->expires = l->number[0];
		if (r->expires == 0)
			rc = RC_NUMBER;
		break;
	case RELEASE_RULE_PROPOSED:
		r->proposed = l->number[0];
		break;
	default:
		break;
	}
	return rc;
}

enum release_kind
release_kind(struct slice first)
{
	return slice_is(first, kind_release)    ? RELEASE_RELEASE
	       : slice_is(first, kind_withdraw) ? RELEASE_WITHDRAW
						: RELEASE_NOT;
}

void
release_begin_device(struct release *r, struct walk *w, const uint8_t *text,
    size_t n, bool withdraw)
{
	memset(r, 0, sizeof *r);
	r->from_high = UINT32_MAX;
	r->withdraw = withdraw;
	if (withdraw)
		walk_device(w, text, n, withdraw_above,
		    COUNT(withdraw_above), NULL);
	else
		walk_device(w, text, n, release_above, COUNT(release_above),
		    NULL);
}

enum rc
release_parse(
    struct release *r, const uint8_t *text, size_t n, enum reader reader)
{
	struct walk w;
	struct line l;
	enum rc rc;

	memset(r, 0, sizeof *r);
	r->from_high = UINT32_MAX;
	rc = walk_init(&w, text, n, kind_release, release_rules,
	    release_rule_n, reader);
	if (rc == RC_KIND) {
		r->withdraw = true;
		rc = walk_init(&w, text, n, kind_withdraw, withdraw_rules,
		    withdraw_rule_n, reader);
	}
	while (rc == RC_OK)
		rc = release_next(r, &w, &l);
	return rc == RC_MORE ? RC_OK : rc;
}
