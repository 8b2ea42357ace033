/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_RELEASE_H
#define VERIFY_RELEASE_H
#include "verify/line.h"

/* `quorate/release@v1` and its narrow sibling `quorate/withdraw@v1`. */
enum {
	RELEASE_PAYLOADS_MAX = 16,
	RELEASE_DELTAS_MAX = 8,
	RELEASE_REQUIRES_MAX = 8,
};

enum release_rule {
	RELEASE_RULE_AUTHORITY,
	RELEASE_RULE_PRODUCT,
	RELEASE_RULE_VERSION,
	RELEASE_RULE_SEQUENCE,
	RELEASE_RULE_FLOOR,
	RELEASE_RULE_FLOOR_ALONE, /* a withdraw's */
	RELEASE_RULE_PAYLOAD,
	RELEASE_RULE_DELTA,
	RELEASE_RULE_FROM,
	RELEASE_RULE_REQUIRES,
	RELEASE_RULE_EXPIRES,
	RELEASE_RULE_ABOUT,
	RELEASE_RULE_PROPOSED,
	RELEASE_RULE_ROSTER,
	RELEASE_RULE_SOURCE,
	RELEASE_RULE_ATTEST,
	RELEASE_RULE_NOTES,
	RELEASE_RULE_SIGN,
	RELEASE_RULE_EXTENSION,
};
extern const char release_rules[];
extern const unsigned release_rule_n;

enum withdraw_rule {
	WITHDRAW_RULE_AUTHORITY,
	WITHDRAW_RULE_PRODUCT,
	WITHDRAW_RULE_FLOOR,
	WITHDRAW_RULE_ABOUT,
	WITHDRAW_RULE_PROPOSED,
	WITHDRAW_RULE_ROSTER,
	WITHDRAW_RULE_RELEASE,
	WITHDRAW_RULE_REASON,
	WITHDRAW_RULE_EXTENSION,
};
extern const char withdraw_rules[];
extern const unsigned withdraw_rule_n;

struct release {
	struct slice authority, product, version;
	uint32_t epoch;
	uint32_t sequence; /* 0 in a withdraw */
	uint32_t floor;    /* sequence where there is no line */
	uint32_t from_low, from_high; /* without a line, all there are */
	uint64_t expires;  /* 0: never */
	uint64_t proposed; /* host readers only */
	uint8_t payload_n;
	bool has_floor, has_from;
	bool withdraw;
};

/*
 * Parse a text of either kind; slices borrow from it. A host's reader also
 * holds the lines below `about` to their rules. Results of line_next,
 * RC_FLOOR, RC_NUMBER (an empty `from` range), RC_COMPONENT (a delta or sign
 * line without its payload). r is unspecified unless RC_OK.
 */
enum rc release_parse(struct release *r, const uint8_t *text, size_t n,
    enum reader reader) __attribute__((warn_unused_result));

/*
 * The same a line at a time, as a device reads it: the kind, of a text whose
 * first line is there, and 20 bytes at least; then begin, then next until it is not RC_OK. RC_MORE
 * is the end of a good text. A line's rule is that of enum release_rule, in
 * a withdraw too.
 */
enum release_kind { RELEASE_NOT, RELEASE_RELEASE, RELEASE_WITHDRAW };
enum release_kind release_kind(const uint8_t *text);
struct release_walk {
	struct walk walk;
	struct release_said { /* of each rule's last line; name.n: 0 without one */
		uint64_t number[LINE_NUMBERS_MAX];
		struct slice name; /* the first field */
	} said[RELEASE_RULE_PROPOSED + 1]; /* of later ones nobody asks */
};
void release_begin_device(struct release_walk *w, const uint8_t *text,
    size_t n, bool withdraw);
enum rc release_next(struct release_walk *w, struct line *out)
    __attribute__((warn_unused_result));

/*
 * Step through the lines of one rule of a text that release_parse took:
 * start with walk_init, RC_MORE when there are no more.
 */
enum rc line_next_of(struct walk *w, unsigned rule, struct line *out)
    __attribute__((warn_unused_result));

/* The payload line of a component: size and digest, or RC_COMPONENT. */
enum rc release_payload(const uint8_t *text, size_t n, struct slice component,
    uint64_t *size, uint8_t sha256[static 32])
    __attribute__((warn_unused_result));
#endif
