/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_BUNDLE_H
#define QUORUM_BUNDLE_H
/*
 * Bundles, docs/formats.md section 5: the body of a request or an answer,
 * items separated by one empty line, an item being a note or a bare text.
 * A bundle may be empty. Strict both ways: what bundle_put writes is the
 * only spelling that bundle_next takes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "verify/line.h"
#include "verify/rc.h"

#define BUNDLE_BYTES_MAX (4u * 1024 * 1024)
#define BUNDLE_ITEMS_MAX 4096

/* Borrows the bytes. */
struct bundle {
	const uint8_t *at, *end;
	unsigned items; /* handed out so far */
};

struct bundle_item {
	struct slice whole; /* text, or text, empty line, signature lines */
	struct slice text;  /* with its last LF */
	unsigned line_n;    /* 0: a bare text */
};

/* RC_OK, RC_BUNDLE (more than BUNDLE_BYTES_MAX). */
enum rc bundle_init(struct bundle *b, const uint8_t *bytes, size_t n)
    __attribute__((warn_unused_result));

/*
 * The next item: RC_OK; RC_MORE at the end, which was a proper one;
 * RC_BUNDLE (separators, too many items), RC_SIGLINE and others of
 * note_split, RC_NOTE_LONG. Texts are not looked at beyond their lines' ends.
 */
enum rc bundle_next(struct bundle *b, struct bundle_item *item)
    __attribute__((warn_unused_result));

/* Append one whole item, a note or a text. t is what was put before, or
 * empty. A full text stays full, as always. */
void bundle_put(struct text *t, const void *item, size_t n);
#endif
