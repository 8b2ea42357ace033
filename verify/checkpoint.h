/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_CHECKPOINT_H
#define VERIFY_CHECKPOINT_H
#include "verify/line.h"

/*
 * The text of a C2SP tlog-checkpoint: origin, size, root, each a line.
 * CHECKPOINT_TEXT_MAX bounds one without extension lines.
 */
enum {
	CHECKPOINT_TEXT_MAX = NAME_BYTES_MAX + 1 + 16 + 1 + 44 + 1,
	CHECKPOINT_SIGLINES_MAX = 64,
};
struct checkpoint {
	struct slice origin;
	uint64_t size;
	uint8_t root[32];
};
/*
 * text is the whole text with its last LF. Extension lines are refused
 * unless extensions is true, and then are not empty and hold no control
 * bytes. The origin is a foreign name that does not begin with `quorate/`.
 * RC_OK or RC_CHECKPOINT.
 */
enum rc checkpoint_parse(struct checkpoint *c, const uint8_t *text, size_t n,
    bool extensions) __attribute__((warn_unused_result));
/* The same without extension lines. */
enum rc checkpoint_plain(struct checkpoint *c, const uint8_t *text, size_t n)
    __attribute__((warn_unused_result));
#endif
