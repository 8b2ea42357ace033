/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_BLAME_H
#define QUORUM_BLAME_H
/*
 * Evidence against a party, docs/formats.md section 9: five items that
 * anyone can check, offline and without believing who hands them over. The
 * party signed a share note that names the package, and what it names or
 * adds to it is wrong. R2 of docs/crypto.md.
 *
 *   blame text · package text · the share note · the text to be signed (of
 *   a purpose: the release's) · the roster's text
 */
#include "quorum/bundle.h"
#include "quorum/frost.h"
#include "quorum/message.h"
#include "quorum/purpose.h"
#include "verify/roster.h"

/* What a proven case says; borrows the bundle's bytes. Large. */
struct blame_case {
	struct message_blame blame;
	struct message_package package;
	struct message_share share;
	struct roster roster;
	struct frost_roster frost;
	struct vkey party;
	struct slice name; /* local, in the roster */
	unsigned leaf;
	struct slice text; /* that was to be signed, or a release whose */
	struct purpose_line line; /* `sign` line this is: see purpose.h */
	struct slice signed_bytes;
};

/*
 * Put the five items together, as one item after another of `t`. package,
 * message and roster are texts, share a whole note.
 */
void blame_put(struct text *t, const struct message_blame *blame,
    struct slice package, struct slice share, struct slice message,
    struct slice roster);

/*
 * Check the next case of a bundle. RC_OK: the party named did what the code
 * says. RC_MORE: no more cases. RC_BLAME: the items do not fit together, or
 * they do not convict. Otherwise results of bundle_next, the parsers,
 * message_verify, roster_frost, frost_session_open.
 */
enum rc blame_check(struct blame_case *out, struct bundle *b)
    __attribute__((warn_unused_result));
#endif
