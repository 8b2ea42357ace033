/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_DRAFT_H
#define CLI_DRAFT_H
#include "cli/cli.h"
#include "verify/trust.h"

/*
 * A trust or owner text from a draft. A draft is the text itself with what
 * can be filled in left out:
 *
 *	quorate/trust@v1
 *	name acme.example/release
 *	signer alice @alice.pub CH        # @FILE: an X.pub, or a party note
 *	...
 *
 * Lines may be indented and set in columns, `#` at the start of a word
 * begins a comment, empty lines are skipped. Absent epoch, revision,
 * previous, about and proposed lines are filled: from the text before, if
 * there is one, and the clock. @FILE is relative to the draft's folder.
 */
struct draft_options {
	const char *dir;            /* of the draft; "" for the current one */
	const struct trust *before; /* or NULL: revision 1 */
	uint64_t now;
	bool new_epoch; /* also when nothing asks for one */
};
/* out is the text; *epoch_up whether the epoch rose over before's. RC_FIELD
 * and others with why. The text is not parsed here beyond need. */
enum rc draft_build(struct text *out, bool *epoch_up,
    const struct draft_options *options, struct slice draft, struct why *why)
    __attribute__((warn_unused_result));

/*
 * A template leaves one signer's key to a ceremony: `@` where the vkey will
 * stand. So that everything else can be checked now, *checked is the text
 * with the key of an all-zero seed in its place, which nobody would use.
 * False, and the same text, when there is no such signer.
 */
bool draft_template(struct text *checked, const struct text *text);

/* Whether two trust texts differ in what only a new epoch may change:
 * signer lines (labels aside), their groups, `quorum`, `shared`. */
bool trust_needs_epoch(const struct trust *t, const struct trust *before);
#endif
