/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/release.h"
#include "verify/mem.h"

const struct line_rule release_rules[] = {
    [RELEASE_RULE_AUTHORITY] = {"authority", "nd", 1, 1, 0},
    [RELEASE_RULE_PRODUCT] = {"product", "n", 1, 1, 0},
    [RELEASE_RULE_VERSION] = {"version", "v", 1, 1, 0},
    [RELEASE_RULE_SEQUENCE] = {"sequence", "d", 1, 1, 0},
    [RELEASE_RULE_FLOOR] = {"floor", "z", 0, 1, 0},
    [RELEASE_RULE_PAYLOAD] = {"payload", "nDh", 1, RELEASE_PAYLOADS_MAX,
	LINE_SORTED | LINE_UNIQUE},
    [RELEASE_RULE_DELTA] = {"delta", "nhDh", 0, RELEASE_DELTAS_MAX,
	LINE_SORTED | LINE_UNIQUE2},
    [RELEASE_RULE_FROM] = {"from", "zz", 0, 1, 0},
    [RELEASE_RULE_REQUIRES] = {"requires", "nz", 0, RELEASE_REQUIRES_MAX,
	LINE_SORTED | LINE_UNIQUE},
    [RELEASE_RULE_EXPIRES] = {"expires", "D", 0, 1, 0},
    [RELEASE_RULE_ABOUT] = {"about", "", 1, 1, 0},
    [RELEASE_RULE_PROPOSED] = {"proposed", "D", 1, 1, 0},
    [RELEASE_RULE_ROSTER] = {"roster", "nd", 0, 32, LINE_SORTED | LINE_UNIQUE},
    [RELEASE_RULE_SOURCE] = {"source", "uvch", 0, 4, LINE_SORTED},
    [RELEASE_RULE_ATTEST] = {"attest", "nh", 0, 8, LINE_SORTED},
    [RELEASE_RULE_NOTES] = {"notes", "h", 0, 1, 0},
    [RELEASE_RULE_SIGN] = {"sign", "nn", 0, 8, LINE_SORTED},
    [RELEASE_RULE_EXTENSION] = {"", "", 0, 8, 0},
};
const unsigned release_rule_n = sizeof release_rules / sizeof release_rules[0];

const struct line_rule withdraw_rules[] = {
    [WITHDRAW_RULE_AUTHORITY] = {"authority", "nd", 1, 1, 0},
    [WITHDRAW_RULE_PRODUCT] = {"product", "n", 1, 1, 0},
    [WITHDRAW_RULE_FLOOR] = {"floor", "z", 1, 1, 0},
    [WITHDRAW_RULE_ABOUT] = {"about", "", 1, 1, 0},
    [WITHDRAW_RULE_PROPOSED] = {"proposed", "D", 1, 1, 0},
    [WITHDRAW_RULE_ROSTER] = {"roster", "nd", 0, 32, LINE_SORTED | LINE_UNIQUE},
    [WITHDRAW_RULE_RELEASE] = {"release", "h", 0, 8, LINE_SORTED},
    [WITHDRAW_RULE_REASON] = {"reason", "r", 1, 1, 0},
    [WITHDRAW_RULE_EXTENSION] = {"", "", 0, 8, 0},
};
const unsigned withdraw_rule_n =
    sizeof withdraw_rules / sizeof withdraw_rules[0];
/* A withdraw's rule as the release rule that it equals. */
static const uint8_t withdraw_as_release[] = {RELEASE_RULE_AUTHORITY,
    RELEASE_RULE_PRODUCT, RELEASE_RULE_FLOOR, RELEASE_RULE_ABOUT,
    RELEASE_RULE_PROPOSED, RELEASE_RULE_ROSTER, RELEASE_RULE_EXTENSION,
    RELEASE_RULE_EXTENSION, RELEASE_RULE_EXTENSION};

static enum rc
release_walk(struct walk *w, const uint8_t *text, size_t n, enum reader reader)
{
	return walk_init(w, text, n, "quorate/release@v1", release_rules,
	    release_rule_n, reader);
}

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
	enum rc rc = release_walk(&w, text, n, READER_DEVICE);

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

static enum rc
release_line(struct release *r, unsigned rule, const struct line *l,
    const uint8_t *text, size_t n)
{
	uint8_t digest[32];
	uint64_t size;

	switch (rule) {
	case RELEASE_RULE_AUTHORITY:
		r->authority = l->field[0];
		r->epoch = (uint32_t)l->number[0];
		break;
	case RELEASE_RULE_PRODUCT:
		r->product = l->field[0];
		break;
	case RELEASE_RULE_VERSION:
		r->version = l->field[0];
		break;
	case RELEASE_RULE_SEQUENCE:
		r->sequence = r->floor = (uint32_t)l->number[0];
		break;
	case RELEASE_RULE_FLOOR:
		r->floor = (uint32_t)l->number[0];
		r->has_floor = true;
		return r->withdraw || r->floor <= r->sequence ? RC_OK
							      : RC_FLOOR;
	case RELEASE_RULE_PAYLOAD:
		r->payload_n++;
		break;
	case RELEASE_RULE_DELTA:
		return release_payload(text, n, l->field[0], &size, digest);
	case RELEASE_RULE_SIGN:
		return release_payload(text, n, l->field[1], &size, digest);
	case RELEASE_RULE_FROM:
		r->has_from = true;
		r->from_low = (uint32_t)l->number[0];
		r->from_high = (uint32_t)l->number[1];
		return r->from_low <= r->from_high ? RC_OK : RC_NUMBER;
	case RELEASE_RULE_EXPIRES:
		r->expires = l->number[0];
		return r->expires > 0 ? RC_OK : RC_NUMBER;
	case RELEASE_RULE_PROPOSED:
		r->proposed = l->number[0];
		break;
	default:
		break;
	}
	return RC_OK;
}

enum rc
release_parse(
    struct release *r, const uint8_t *text, size_t n, enum reader reader)
{
	struct walk w;
	struct line l;
	enum rc rc;

	memset(r, 0, sizeof *r);
	rc = release_walk(&w, text, n, reader);
	if (rc == RC_KIND) {
		r->withdraw = true;
		rc = walk_init(&w, text, n, "quorate/withdraw@v1",
		    withdraw_rules, withdraw_rule_n, reader);
	}
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc == RC_OK)
			rc = release_line(r,
			    r->withdraw ? withdraw_as_release[l.rule] : l.rule,
			    &l, text, n);
	}
	return rc == RC_MORE ? RC_OK : rc;
}
