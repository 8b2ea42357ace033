/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_LINE_H
#define VERIFY_LINE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "verify/rc.h"

/*
 * The grammar of every text of ours (docs/formats.md, "Lines"): a kind line,
 * then lines `key field...` in a fixed order, split by a line `about`. Each
 * kind is a list of rules; one walker checks all of them. Above `about` the
 * list is closed for everyone. Below it a device only checks that lines are
 * lines, and a host holds them to the rules.
 */

enum { LINE_FIELDS_MAX = 5, LINE_NUMBERS_MAX = 2, NAME_BYTES_MAX = 128 };

/* Bytes within a text. Never empty once a walker has returned it. */
struct slice {
	const uint8_t *p;
	size_t n;
};

/*
 * What one field may be:
 *   n  a name of ours          f  a foreign name        v  a version or ref
 *   u  a URL, to 512 bytes     r  the rest of the line  m  member names
 *   d  1..2^32-1               z  0..2^32-1             D  0..2^53-1
 *   h  SHA-256, hex            H  the same or `-`       c  40 or 64 hex
 *   i  16 bytes, hex           b  32 bytes, base64      B  64 bytes, base64
 *   k  our key, type 0x01      K  a log's key, 0x01     W  a cosigner's, 0x04
 *   l  a label                 q  `any`, `all` or a count from 1 to 128
 *   C  48 bytes, base64
 *
 * The rules of a kind are one string. A rule is how often its line may stand
 * there, the line's key and, if it has fields, a space and their letters; it
 * ends with a NUL. A rule without a key is that of `x-` lines:
 *
 *   LINE_ONCE "sequence d\0" LINE_UNIQUE "\10" "requires nz\0"
 *
 * After the last there is one more NUL, that of the string.
 */
#define LINE_ONCE  "A\1" /* must be there */
#define LINE_MAYBE "@\1"
/* These are followed by a byte, the most there may be. */
#define LINE_ANY	 "@"
#define LINE_SOME	 "A" /* at least one */
#define LINE_SORTED	 "B" /* any, strictly ascending as whole lines */
#define LINE_SORTED_SOME "C"
#define LINE_UNIQUE	 "F" /* sorted, and first fields differ */
#define LINE_UNIQUE_SOME "G"
#define LINE_UNIQUE2	 "J" /* sorted, and first two fields differ */
#define LINE_EXTENSIONS	 "P" /* of a rule without a key */
/* Two kinds may share a string. These are rules of the first only, or of the
 * second only, whose reader sets walk.without to LINE_FIRST. */
#define LINE_FIRST_ONCE	 "a\1"
#define LINE_FIRST_MAYBE "`\1"
#define LINE_FIRST_ANY	 "`"
#define LINE_FIRST_SOME	 "a"
#define LINE_FIRST_SORTED "b"
#define LINE_FIRST_UNIQUE "f"
#define LINE_FIRST_UNIQUE_SOME "g"
#define LINE_FIRST_UNIQUE2 "j"
#define LINE_SECOND_ONCE "\301\1"
enum { LINE_FIRST = 0x20, LINE_SECOND = 0x80 };

enum reader { READER_DEVICE, READER_HOST };

struct line {
	struct slice whole; /* without its LF */
	uint64_t number[LINE_NUMBERS_MAX]; /* the d, z and D fields, in order */
	struct slice field[LINE_FIELDS_MAX];
	unsigned field_n;
	unsigned rule; /* index into the rules */
};

/*
 * What a device's reader of releases need not know: the check of a field by
 * its letter, and with 'e' whether a line is an extension. Reached through a
 * pointer, so that a program without such texts is linked without it.
 * field_tree: the letters of a trust text. field_host: all of them.
 */
typedef enum rc field_reader(char type, struct slice s);
field_reader field_tree, field_host;

struct walk {
	const uint8_t *at, *end, *first;
	const char *rules;
	const uint8_t *previous;  /* line of the same rule, or NULL */
	field_reader *more;
	uint8_t next, count; /* after that of the line before; its lines so far */
	uint8_t without;      /* no rules with these flags */
	uint8_t below; /* device: after this many rules lines are only lines */
};

/* What a text is known by: its SHA-256. */
void text_sha256(uint8_t id[static 32], const uint8_t *text, size_t n);
/* By which two readings of a text are compared: n bytes of words added up,
 * each turned by its place, so that no value can go to the place of another
 * unseen. */
uint32_t words_sum(const void *from, size_t n);

/*
 * Walk the lines of text under a kind. text ends with an LF. line_next
 * returns RC_OK with a line, RC_MORE when the text was complete and ended
 * as it should, or a refusal: RC_KIND RC_BYTE RC_LINE RC_LINE_UNKNOWN
 * RC_LINE_MISSING RC_LINE_REPEATED RC_LINE_ORDER RC_FIELD RC_NUMBER
 * RC_KEY_TYPE RC_KEY_ID RC_NAME_REPEATED. A reader that is a device gets no
 * lines below `about`; the walker checks them all the same.
 */
enum rc walk_init(struct walk *w, const uint8_t *text, size_t n,
    const char *kind, const char *rules, unsigned rule_n, enum reader reader) __attribute__((warn_unused_result));
enum rc line_next(struct walk *w, struct line *out)
    __attribute__((warn_unused_result));
/* For a device's reader, which has looked at the first line: what follows
 * it, by rules of which `about` is the last. more may be NULL where no rule
 * has a letter for it. */
void walk_device(struct walk *w, const uint8_t *text, size_t n,
    const char *rules, unsigned rule_n, field_reader *more);

/* Of a walk, of which at and end are enough: the next line without its LF,
 * if it is printable, not empty, and without outer spaces; or RC_BYTE, RC_LINE,
 * for the end too. */
enum rc walk_take(struct walk *w, struct slice *out)
    __attribute__((warn_unused_result));

bool slice_equal(struct slice a, struct slice b);
bool slice_is(struct slice a, const char *s);
/* Bytewise, a prefix before what it begins. */
int slice_compare(struct slice a, struct slice b);

/* Field readers: true and the value, or false. Strict, one spelling each. */
bool slice_decimal(struct slice s, uint64_t max, uint64_t *out);
/* The same by the letters d, z, D: RC_OK, RC_FIELD or RC_NUMBER. */
enum rc slice_number(struct slice s, char type, uint64_t *out)
    __attribute__((warn_unused_result));
/* Exactly out_n bytes, below 128, as base64; or as hex with SLICE_HEX added. */
enum { SLICE_HEX = 128 };
bool slice_bytes(struct slice s, uint8_t *out, size_t out_n);
static inline bool
slice_hex(struct slice s, uint8_t *out, size_t out_n)
{
	return slice_bytes(s, out, out_n | SLICE_HEX);
}
static inline bool
slice_base64(struct slice s, uint8_t *out, size_t out_n)
{
	return slice_bytes(s, out, out_n);
}
bool slice_name(struct slice s);    /* ours */
bool slice_foreign(struct slice s); /* 0x21..0x7e without '+', 1 to 128 */
bool slice_label(struct slice s);

/* One base64 digit, or 0xff. */
uint8_t base64_digit(uint8_t c);

/*
 * Canonical, padded base64, or hex, a character at a time: n bytes so far, of
 * which out holds the first out_n. False where a character cannot stand; the
 * end is a good one when no bits are spare. Starts from all zero, but for hex.
 */
struct base64 {
	uint32_t bits, n;
	uint8_t spare, padded, hex;
};
bool base64_feed(struct base64 *b, uint8_t c, uint8_t *out, size_t out_n);

/*
 * A public key as a line of text (C2SP signed-note): name + id + base64 of
 * type and key. RC_OK, RC_FIELD, RC_KEY_TYPE (not `type`), RC_KEY_ID.
 * BIP 340's type is 0xff and a name, its key x(P); only readers that are built
 * with VERIFY_BIP340, hosts, know more of it than that they cannot verify it.
 */
enum { KEY_ED25519 = 0x01, KEY_COSIGNATURE = 0x04, KEY_BIP340 = 0xff };
struct vkey {
	struct slice name;
	uint8_t id[4];
	uint8_t even[2]; /* then a key lies as words do */
	union { /* after the name: what an id is the hash of */
		struct {
			uint8_t lf;
			uint8_t type;
			uint8_t key[32];
		};
		uint8_t hashed[1 + 1 + 32];
	};
};
enum rc vkey_parse(struct vkey *k, struct slice s, uint8_t type)
    __attribute__((warn_unused_result));
/* Of a signer, root or party, for hosts: KEY_ED25519 or KEY_BIP340. */
enum rc vkey_parse_signer(struct vkey *k, struct slice s)
    __attribute__((warn_unused_result));
/* The same for one that has been parsed before; false where it cannot have
 * been. The id is not computed again. */
bool vkey_read(struct vkey *k, struct slice s);
void vkey_id(uint8_t id[static 4], struct slice name, uint8_t type,
    const uint8_t key[static 32]);
#endif
