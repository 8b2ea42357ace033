/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_NOTE_H
#define VERIFY_NOTE_H
#include "verify/line.h"

/*
 * C2SP signed notes: text, empty line, signature lines. Texts of ours hold
 * no empty line, so the first one is the separator.
 */
enum {
	NOTE_BYTES_MAX = 61440,
	NOTE_SIGLINES_MAX = 264,
	SIG_BLOB_MIN = 5,
	SIG_BLOB_MAX = 4096,
	SIG_ED25519_BYTES = 68,     /* key id, signature */
	SIG_COSIGNATURE_BYTES = 76, /* key id, time, signature */
};

/*
 * One signature line, a byte at a time: em dash, space, name, space, base64,
 * LF. The first 76 bytes of the blob are kept; key id first.
 */
struct sigline {
	uint8_t state, name_n;
	struct base64 base64; /* of the blob, whose length is its n */
	uint8_t name[NAME_BYTES_MAX];
	uint8_t blob[SIG_COSIGNATURE_BYTES];
};
void sigline_init(struct sigline *l);
/* RC_MORE; RC_OK at the LF of a well-formed line; RC_SIGLINE. */
enum rc sigline_feed(struct sigline *l, uint8_t byte)
    __attribute__((warn_unused_result));
/*
 * The same for a line that lies in memory, from p[*at], all of it at once:
 * RC_MORE when p ends before it does. *at is behind what was read then, its
 * LF included. *l is for reading, not for feeding.
 */
enum rc sigline_take(struct sigline *l, size_t *at, const uint8_t *p, size_t n)
    __attribute__((warn_unused_result));
/* Whether the pair (name, key id) of the line is the key's. */
bool sigline_by(const struct sigline *l, const struct vkey *k);

/*
 * The signature of a line known to be by k, over message: RC_OK,
 * RC_SIGLINE_LENGTH, RC_SIGNATURE_INVALID. For a cosigner's key message is
 * a checkpoint's text with COSIGNATURE_HEAD_MAX writable bytes before it,
 * and *time (1..2^53-1) is what the line states.
 */
enum { COSIGNATURE_HEAD_MAX = 40 };
enum rc sigline_verify(const struct sigline *l, const struct vkey *k,
    uint8_t *message, size_t n, uint64_t *time)
    __attribute__((warn_unused_result));
/*
 * Write `cosignature/v1 LF time T LF` so that it ends where text begins:
 * returns how many bytes before text the signed message starts.
 */
size_t cosignature_head(uint8_t *text, uint64_t time);

/* For readers that hold a whole note in memory. */
struct note {
	const uint8_t *bytes; /* the note: text, separator, lines */
	size_t n;
	size_t text_n; /* with its last LF */
	unsigned line_n;
};
/*
 * bytes are exactly one note: RC_OK, RC_NOTE_LONG, RC_TRUNCATED, RC_SIGLINE,
 * RC_SIGLINES_MANY. The text is not looked at beyond its lines' ends.
 */
enum rc note_split(struct note *note, const uint8_t *bytes, size_t n)
    __attribute__((warn_unused_result));
/*
 * bytes are a note, an empty line and something else (a proof), or a note
 * alone: *rest is where the something starts, or n.
 */
enum rc note_split_file(struct note *note, size_t *rest, const uint8_t *bytes,
    size_t n) __attribute__((warn_unused_result));
/* Line `index` of a split note; *raw, when not NULL, its bytes with LF. */
void note_line(const struct note *note, unsigned index, struct sigline *out,
    struct slice *raw);
/* SHA-256 of the text. */
void note_id(uint8_t id[static 32], const struct note *note);
#endif
