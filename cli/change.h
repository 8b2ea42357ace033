/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CHANGE_H
#define CLI_CHANGE_H
#include "cli/cli.h"
#include "verify/trust.h"

/*
 * The draft (cli/draft.h) of the text that follows `before`, from changes:
 *
 *	witness w3 @w3.pub DE     sets this line: in the place of the one of
 *	                          the same name, or else as the last of its kind
 *	group seen 2 w1 w2 w3     the tree is the one that has the group, or
 *	                          else all its members; where that is several,
 *	                          signer-group, root-group, witness-group
 *	recover 3                 lines that come once: name or none
 *	drop witness w1           takes a line away
 *
 * They are done in order. A log is called by its key's name. `signer release
 * @ -` leaves its key to a ceremony. Groups are put behind those that they
 * have as members; what does not fit together is for the text's reader to
 * refuse.
 */
enum { CHANGES_MAX = 64, CHANGE_LINES_MAX = 256 };

/* RC_OK; RC_FIELD, RC_LINE_UNKNOWN, RC_FILE_... with why. */
enum rc change_draft(struct text *out, const struct trust *before,
    const struct slice *changes, unsigned change_n, struct why *why)
    __attribute__((warn_unused_result));

struct trust_file;
/*
 * That text itself, held to the grammar and to the lints (cli/lint.h), what it
 * permits said; malloc'd, NUL behind it. file is the name of `before`. Dies,
 * or EXIT_OK, or an exit code after its reason was said.
 */
int change_make(struct blob *out, const char *file,
    const struct trust_file *before, const struct slice *changes,
    unsigned change_n);

/* The lines that two texts do not share, `- LINE` of the first, then `+ LINE`
 * of the second; revision, previous, proposed aside. */
void change_words(struct text *out, struct slice before, struct slice after);
#endif
