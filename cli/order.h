/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ORDER_H
#define CLI_ORDER_H
#include "cli/believe.h"
#include "verify/roster.h"

/*
 * The canonical order of signature lines (docs/formats.md section 4), which
 * the log demands: the keys that may sign a text, in the order in which
 * their lines stand.
 */
enum {
	ORDER_ROSTERS_MAX = 4,
	ORDER_KEYS_MAX = 2 * TRUST_SIGNERS_MAX + 2 * TRUST_ROOTS_MAX +
			 ORDER_ROSTERS_MAX * ROSTER_PARTIES_MAX,
};
struct order {
	unsigned n;
	struct vkey key[ORDER_KEYS_MAX];
};
/* What is known beside the text: each may be NULL or 0. */
struct order_with {
	const struct trust *trust;    /* of releases and withdraws */
	const struct trust *previous; /* of trust and owner texts */
	const struct roster *roster[ORDER_ROSTERS_MAX];
	unsigned roster_n;
	const struct roster *roster_before; /* of rosters */
};
/* text is of a kind that `quorate sign` signs, or a roster. RC_OK; RC_KIND;
 * RC_LINE_MISSING when what the kind needs was not given; its parser's. */
enum rc order_of(struct order *order, const uint8_t *text, size_t n,
    const struct order_with *with) __attribute__((warn_unused_result));

/*
 * Write the note of text with the lines of all notes (each of that text), in
 * order; each line verifies and comes once. *stranger is the name on a line
 * by nobody in the order (RC_LOG_LINE). Lines of NULL order stay as they
 * come. *lines counts them.
 */
enum rc order_merge(struct text *out, unsigned *lines, struct sigline *stranger,
    const struct order *order, const struct note *notes, unsigned note_n)
    __attribute__((warn_unused_result));
#endif
