/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_PURPOSE_H
#define QUORUM_PURPOSE_H
/*
 * Purpose keys: signatures in formats that know no log, by a key that is
 * good for nothing else. docs/formats.md section 9, "Purposes", and
 * docs/crypto.md section 9. The key of a purpose is the group key moved by a
 * public delta, and every leaf's share is moved by the same, since the
 * coefficients of every minimal set add up to one. Pure.
 *
 * What is signed follows from a release text and a message id alone: the id
 * is that of one of the text's `sign` lines, the line names purpose and
 * component, and the payload line of the component has the digest that both
 * formats sign. Nobody hands in bytes.
 */
#include <stddef.h>
#include <stdint.h>
#include "quorum/bundle.h"
#include "quorum/frost.h"
#include "quorum/message.h"
#include "verify/note.h"
#include "verify/release.h"
#include "verify/trust.h"
#include "verify/verify.h"

#define PURPOSE_MESSAGE_MAX 64
/* A request with its release file: a note, a proof of MERKLE_DEPTH_MAX
 * hashes, a checkpoint of 64 lines. */
#define PURPOSE_BYTES_MAX (2u * NOTE_BYTES_MAX)

enum purpose {
	PURPOSE_NONE, /* a name that is none of these */
	PURPOSE_MCUBOOT, /* Ed25519 in hash mode: the payload's SHA-256 */
	PURPOSE_SSHSIG,	 /* namespace file, hash sha256 */
};
enum purpose purpose_of_name(struct slice name);

/* What one `sign` line asks for; slices borrow from the release's text. */
struct purpose_line {
	enum purpose purpose;
	struct slice name, component;
	uint64_t size; /* of the payload */
	uint8_t sha256[32];
	size_t message_n; /* what is signed */
	uint8_t message[PURPOSE_MESSAGE_MAX];
};

/* SHA-256(release id LF purpose LF component LF), the release id raw. */
void purpose_id(uint8_t out[static 32], const uint8_t release[static 32],
    struct slice purpose, struct slice component);

/* The bytes that a purpose signs of a payload. n 0: PURPOSE_NONE. */
size_t purpose_message(uint8_t out[static PURPOSE_MESSAGE_MAX],
    enum purpose purpose, const uint8_t sha256[static 32]);

/*
 * The `sign` line of a release text, which release_parse took, that has this
 * message id. RC_OK; RC_PURPOSE: none, or it names a purpose that is unknown
 * here. out is all zero unless RC_OK.
 */
enum rc purpose_find(struct purpose_line *out, const uint8_t *text, size_t n,
    const uint8_t id[static 32]) __attribute__((warn_unused_result));

/*
 * delta of a group key and a purpose's name; public. RC_OK, RC_SCALAR (it is
 * zero: nobody will ever see that).
 */
enum rc purpose_delta(struct scalar *out, const struct suite *suite,
    const struct point *key, struct slice purpose)
    __attribute__((warn_unused_result));

/* The purpose's public key. RC_OK, RC_SCALAR, RC_IDENTITY. */
enum rc purpose_key(struct point *out, const struct suite *suite,
    const struct point *key, struct slice purpose)
    __attribute__((warn_unused_result));

/*
 * The roster, its key and all verification shares moved; id and tree stay.
 * RC_OK, RC_SCALAR, RC_IDENTITY; out is all zero unless RC_OK.
 */
enum rc purpose_roster(struct frost_roster *out,
    const struct frost_roster *roster, struct slice purpose)
    __attribute__((warn_unused_result));

/*
 * The leaf's share (secret) moved, for purpose_roster of the same roster and
 * name; the caller has it checked against that, and wipes it. Constant time
 * in the share. RC_OK, RC_SCALAR.
 */
enum rc purpose_share(struct frost_key_share *out,
    const struct frost_key_share *share, const struct frost_roster *roster,
    struct slice purpose) __attribute__((warn_unused_result));

/*
 * A request, as it travels: a purpose note with one line, and the release
 * file behind it, in a bundle four items. Borrows the bytes.
 */
struct purpose_request {
	struct message note;
	struct message_purpose ask;
	struct slice file;	/* note, empty line, proof */
	struct note release_note;
	struct release release;
	struct purpose_line line;
};

/*
 * The next request of a bundle: read, nothing believed. RC_OK; RC_KIND,
 * RC_SENDER (no line), RC_FIELD (the ids do not fit together), RC_PURPOSE,
 * RC_PROOF, results of bundle_next and the parsers.
 */
enum rc purpose_take(struct purpose_request *out, struct bundle *b)
    __attribute__((warn_unused_result));

/*
 * Whether the file may be acted on: the decision of verify/verify.h for any
 * device of the product, proof and clock included, and the line of the group
 * key that is asked for. RC_OK; RC_PURPOSE_SIGNER (not a signer of the trust,
 * or its line is not there); what verify_finish says. About 64 KiB of stack.
 */
enum rc purpose_file_check(struct verified *out,
    const struct purpose_request *r, const struct trust *trust, uint64_t now)
    __attribute__((warn_unused_result));
#endif
