/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_EXPLAIN_H
#define SIGNER_EXPLAIN_H
/*
 * A party is a monitor: every entry of the log under its authority is
 * checked once, in order, against what was in force at that point. What
 * cannot be explained is an alarm and raises nothing, so that a log cannot
 * move a party by writing. Written apart from the log's own admission: one
 * mistake shall not judge its own work.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "verify/note.h"
#include "verify/release.h"
#include "verify/roster.h"
#include "verify/trust.h"

#define EXPLAIN_ROSTERS_MAX 4 /* shared signers of an authority, here */

/* What is in force. Large; not to be moved. */
struct explain {
	bool known; /* there is a trust text */
	struct trust trust;
	size_t trust_n;
	uint8_t trust_text[NOTE_BYTES_MAX];
	unsigned roster_n;
	struct {
		struct roster roster;
		uint8_t text[NOTE_BYTES_MAX];
	} roster[EXPLAIN_ROSTERS_MAX];
};

/* Believed already: from the record, or the operator's file. Results of the
 * parsers; RC_LOG_MANY (too many rosters). A newer one replaces. */
enum rc explain_trust(struct explain *e, const uint8_t *text, size_t n)
    __attribute__((warn_unused_result));
enum rc explain_roster(struct explain *e, const uint8_t *text, size_t n)
    __attribute__((warn_unused_result));

/* The newest roster of a key, or NULL. */
const struct roster *explain_roster_of(
    const struct explain *e, const uint8_t key[static 32]);

enum explained {
	EXPLAINED_NOTHING, /* another authority's, or of before our time */
	EXPLAINED_RELEASE, /* a withdraw too: release->withdraw */
	EXPLAINED_ROSTER,  /* now in force */
	EXPLAINED_TRUST,   /* now in force */
	EXPLAINED_OTHER,   /* ours and in order, raises nothing */
};

/*
 * One entry. home: it stands in the home log of the trust in force, whose
 * trust and roster texts count; from other logs they are only looked at.
 * RC_OK and *what; release (whose slices borrow from the entry) for
 * EXPLAINED_RELEASE. Anything else is the alarm: RC_EPOCH, RC_QUORUM,
 * RC_LOG_ROSTER, RC_LOG_PARTIES, RC_PREVIOUS, RC_REVISION, RC_ROOT_QUORUM,
 * RC_INTRODUCED, RC_SIGNATURE_INVALID, RC_SIGLINE_REPEATED, results of the
 * parsers. e is then as before.
 */
enum rc explain_entry(struct explain *e, enum explained *what,
    struct release *release, bool home, const uint8_t *entry, size_t n)
    __attribute__((warn_unused_result));
#endif
