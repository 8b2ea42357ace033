/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_COSIGN_H
#define LOG_COSIGN_H
#include "host/text.h"
#include "log/tree.h"
#include "verify/checkpoint.h"
#include "verify/note.h"
#include "verify/trust.h"

/*
 * Signed checkpoints (C2SP tlog-checkpoint, tlog-cosignature) and what a log
 * and its witnesses say to each other about them (C2SP tlog-witness).
 */
enum {
	SIGLINE_CHARS_MAX = 4 + NAME_BYTES_MAX + 1 + 104 + 1,
	/* A log's own lines: two while its key changes. */
	LOG_KEYS_MAX = 2,
	/* text, empty line, the log's line, 63 others; a NUL */
	CHECKPOINT_NOTE_MAX =
	    CHECKPOINT_TEXT_MAX + 2 + CHECKPOINT_SIGLINES_MAX * SIGLINE_CHARS_MAX,
	/* "old N", proof, empty line, checkpoint by the log alone; a NUL */
	COSIGN_BODY_MAX = 32 + 45 * 63 + CHECKPOINT_TEXT_MAX + 2 +
			  LOG_KEYS_MAX * SIGLINE_CHARS_MAX,
	/* What a witness takes: other logs have other lines. */
	COSIGN_BODY_TAKEN_MAX = 65536,
	COSIGN_PROOF_MAX = 63,
	COSIGNERS_MAX = TRUST_COSIGNERS_MAX,
};

/* origin LF size LF root LF: the text that is signed. */
void checkpoint_text(struct text *out, struct slice origin, uint64_t size,
    const uint8_t root[static 32]);

/* em dash, name, base64 of blob, LF. */
void sigline_text(struct text *out, struct slice name, const uint8_t *blob,
    size_t n);

/*
 * What stands behind the name in a line by k over a checkpoint's text: key
 * id and signature, for a cosigner's key id, time and signature. seed is
 * secret. text_n is at most CHECKPOINT_SIGNED_MAX.
 */
enum { CHECKPOINT_SIGNED_MAX = 8192 };
void checkpoint_sign(uint8_t blob[static SIG_ED25519_BYTES],
    const struct vkey *k, const uint8_t seed[static 32], const uint8_t *text,
    size_t text_n);
void checkpoint_cosign(uint8_t blob[static SIG_COSIGNATURE_BYTES],
    const struct vkey *k, const uint8_t seed[static 32], const uint8_t *text,
    size_t text_n, uint64_t time);

/*
 * Look for k's line in a split checkpoint: RC_OK and its blob and time (0
 * for a log's key), RC_MORE when there is none, or the refusal: a pair that
 * is known must verify and come once (RC_SIGLINE_LENGTH,
 * RC_SIGLINE_REPEATED, RC_SIGNATURE_INVALID).
 */
enum rc checkpoint_line_by(uint8_t blob[static SIG_COSIGNATURE_BYTES],
    uint64_t *time, const struct note *note, const struct vkey *k)
    __attribute__((warn_unused_result));

/*
 * Whether a head is one that a trust text lets its readers believe: a line
 * by one of its logs whose name is the origin, and cosignatures that satisfy
 * its witness quorum. *time is the largest T at which cosigners with time
 * >= T satisfy it; may be NULL. RC_OK, RC_LOG, RC_WITNESS_QUORUM, RC_CHECKPOINT
 * (too many lines), or the refusal of a known line.
 */
enum rc checkpoint_trusted(const struct note *note,
    const struct checkpoint *head, const struct trust *t, uint64_t *time)
    __attribute__((warn_unused_result));

/* The largest T at which the cosigners of mask with time >= T satisfy the
 * quorum; 0 when they do not. */
uint64_t cosign_time(const struct trust *t, uint32_t mask,
    const uint64_t time[static TRUST_COSIGNERS_MAX]);

/* The body of add-checkpoint; checkpoint is the signed note. */
void cosign_request_text(struct text *out, uint64_t old, const uint8_t *proof,
    unsigned proof_n, const uint8_t *checkpoint, size_t n);

struct cosign_request {
	uint64_t old;
	unsigned proof_n;
	uint8_t proof[COSIGN_PROOF_MAX * 32];
	struct note note; /* borrows from the body */
	struct checkpoint head;
};
/* RC_OK or RC_CHECKPOINT, RC_SIGLINE, RC_SIGLINES_MANY, RC_TRUNCATED,
 * RC_NOTE_LONG. Extension lines are let through. */
enum rc cosign_request_parse(struct cosign_request *r, const uint8_t *body,
    size_t n) __attribute__((warn_unused_result));

/*
 * A witness's answer to the checkpoint text that it was asked about: note
 * signature lines. Its blob for k, as in checkpoint_line_by.
 */
enum rc cosign_answer_parse(uint8_t blob[static SIG_COSIGNATURE_BYTES],
    uint64_t *time, const struct vkey *k, const uint8_t *answer,
    size_t answer_n, const uint8_t *text, size_t text_n)
    __attribute__((warn_unused_result));
#endif
