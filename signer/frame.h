/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_FRAME_H
#define SIGNER_FRAME_H
/*
 * What the processes of one signer say to each other: docs/formats.md,
 * "Between the signer's processes". Never leaves the machine, never touches
 * a disk.
 *
 *   OFFSET SIZE FIELD
 *   0      4    n, big endian: bytes that follow, 1..FRAME_BYTES_MAX
 *   4      ..   a line of 1..FRAME_WORDS_MAX words of 0x21..0x7e, one space
 *               between, at most FRAME_LINE_MAX bytes, LF
 *   ..     ..   the body: what the first word says, often notes
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "verify/line.h"
#include "verify/rc.h"

#define FRAME_HEAD_BYTES 4
#define FRAME_LINE_MAX	 1024
#define FRAME_WORDS_MAX	 4
#define FRAME_BYTES_MAX	 (17u << 20) /* a full tile of entries */

/* Borrows the bytes. */
struct frame {
	unsigned word_n;
	struct slice word[FRAME_WORDS_MAX];
	struct slice body;
};

/* The n of a head: 0 if it is none that may be. */
size_t frame_size(const uint8_t head[static FRAME_HEAD_BYTES]);
void frame_head(uint8_t head[static FRAME_HEAD_BYTES], size_t n);

/* Line and body, without the head. RC_OK, RC_FRAME. */
enum rc frame_open(struct frame *f, const uint8_t *bytes, size_t n)
    __attribute__((warn_unused_result));

/* That word i is there and is this one. */
bool frame_word_is(const struct frame *f, unsigned i, const char *word);
/* Word i as a number of at most max. */
bool frame_number(uint64_t *out, const struct frame *f, unsigned i,
    uint64_t max);
/* Word i as a string; false if there is none or it is too long. */
bool frame_string(
    char *out, size_t cap, const struct frame *f, unsigned i);

/*
 * Results that travel: `RC_NAME`, the body a sentence. frame_refusal
 * appends one; frame_result reads one whose first word it is: `ok` is RC_OK,
 * an unknown name RC_FRAME.
 */
void frame_refusal(struct text *out, enum rc rc, const char *why);
enum rc frame_result(const struct frame *f) __attribute__((warn_unused_result));
#endif
