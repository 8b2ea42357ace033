/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_BELIEVE_H
#define CLI_BELIEVE_H
#include "cli/trust_file.h"
#include "verify/checkpoint.h"
#include "verify/merkle.h"
#include "verify/trust.h"

/*
 * Whose lines stand under a note, and what a proof proves, for readers that
 * hold whole files in memory. The decision about a device is verify/'s; this
 * is for trust texts that a user names, and for saying what is there.
 */

/*
 * The lines of note by the keys of a list whose bits are in `among`: each
 * verifies and comes once, and sets its bit in *mask, or the note is
 * refused. Type 0x01 keys. RC_OK, RC_SIGLINE_REPEATED, RC_SIGLINE_LENGTH,
 * RC_SIGNATURE_INVALID.
 */
enum rc lines_by(uint32_t *mask, const struct note *note, const struct trust *t,
    enum trust_list list, uint32_t among) __attribute__((warn_unused_result));

/* The label of a key's line: signers, roots, logs, cosigners. */
struct slice trust_label(
    const struct trust *t, enum trust_list list, unsigned index);
/* Its local name; of a log, the key's name. */
struct slice trust_leaf(
    const struct trust *t, enum trust_list list, unsigned index);
/* The signers of t whose vkey `before` does not have; all without before. */
uint32_t trust_introduced(const struct trust *t, const struct trust *before);
/* A key of one text that has another role in the other: RC_KEY_ROLE. */
enum rc trust_roles_kept(const struct trust *t, const struct trust *before)
    __attribute__((warn_unused_result));

struct proof {
	uint64_t index;
	unsigned path_n;
	uint8_t path[MERKLE_DEPTH_MAX * 32];
	struct note head; /* the checkpoint, a signed note */
	struct checkpoint checkpoint;
};
/* The bytes after a file's second empty line. RC_OK, RC_PROOF,
 * RC_PROOF_DEPTH, RC_CHECKPOINT, or of note_split. */
enum rc proof_read(struct proof *p, const uint8_t *bytes, size_t n)
    __attribute__((warn_unused_result));

struct proof_facts {
	uint32_t log_mask, cosigner_mask;
	uint64_t cosigner_time[TRUST_COSIGNERS_MAX];
	uint64_t time; /* the largest T at which cosigners >= T suffice */
};
/*
 * That a log and a witness quorum of t have seen the note. facts say who
 * signed, as far as was looked. RC_OK, RC_LOG, RC_WITNESS_QUORUM,
 * RC_INCLUSION, or a line's refusal.
 */
enum rc proof_check(struct proof_facts *facts, const struct proof *p,
    const struct trust *t, const struct note *note)
    __attribute__((warn_unused_result));
#endif
