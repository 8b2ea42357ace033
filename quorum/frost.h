/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_FROST_H
#define QUORUM_FROST_H
/*
 * FROST signing along a quorum tree: the door. RFC 9591 for a flat quorum,
 * docs/crypto.md section 3 for every tree. Pure: randomness comes in as
 * arguments, nothing is stored, no heap.
 *
 *   signer       frost_commit ... frost_sign
 *   coordinator  frost_session_open, frost_share_check as shares come,
 *                frost_aggregate
 *
 * The one rule not to be lost when this is simplified (T1): tree, leaf ids
 * and coefficients come from the roster whose id is stored with the share.
 * A package carries a roster id, a message and commitments, never a tree.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "quorum/suite.h"
#include "quorum/tree.h"
#include "verify/rc.h"

#define FROST_PARTIES_MAX     TREE_LEAVES_MAX
#define FROST_ROSTER_ID_BYTES 32 /* SHA-256 of a roster's text */
#define FROST_MESSAGE_ID_BYTES 32 /* SHA-256 of a message */
#define FROST_BOOT_ID_BYTES   16

/*
 * The public side of a group key: what a roster's text says. The caller
 * reads it from the very text whose SHA-256 is id, and checks it once with
 * frost_roster_check. An id of all zero is no roster's.
 */
struct frost_roster {
	const struct suite *suite;
	uint8_t id[FROST_ROSTER_ID_BYTES];
	struct tree tree;
	struct point key;		       /* PK */
	struct point share[FROST_PARTIES_MAX]; /* Y, by leaf id - 1 */
	/* frost_roster_check leaves its points decoded here. Who writes key
	 * or share later takes `opened` back. */
	bool opened;
	struct public_point open_key;
	struct public_twin open_share[FROST_PARTIES_MAX];
};

/* One party's share of a group key. Secret. */
struct frost_key_share {
	uint8_t roster_id[FROST_ROSTER_ID_BYTES];
	uint8_t id; /* leaf id */
	struct scalar s;
	/* By frost_key_share_check, else nothing: */
	struct scalar minus; /* -s */
	struct point y;	     /* s B */
};

/* What a nonce pair is made for; it serves nothing else. */
struct frost_binding {
	uint8_t message_id[FROST_MESSAGE_ID_BYTES];
	uint8_t roster_id[FROST_ROSTER_ID_BYTES];
	uint8_t boot_id[FROST_BOOT_ID_BYTES];
};

/* Public half of a nonce pair. */
struct frost_commitment {
	uint8_t id; /* leaf id */
	struct point d;
	struct point e;
};

/*
 * One nonce pair. Secret; never copied, serialised or written anywhere.
 * All zero is a spent one. Each with its negative, as a share.
 */
struct frost_nonces {
	uint8_t fresh;
	struct frost_binding made_for;
	struct frost_commitment commitment;
	struct scalar d;
	struct scalar e;
	struct scalar minus_d;
	struct scalar minus_e;
};

/* What a coordinator asks a minimal set of signers to sign. Public. */
struct signing_package {
	uint8_t roster_id[FROST_ROSTER_ID_BYTES];
	const uint8_t *message; /* the note's text */
	size_t message_bytes;
	size_t count;
	struct frost_commitment list[FROST_PARTIES_MAX]; /* ids ascending */
};

/*
 * What follows from a roster and a package, computed once and shared by
 * signer, coordinator and whoever assigns blame. Public. By leaf id - 1.
 */
struct frost_session {
	struct tree_set set;
	bool negative;		 /* nonces count negative (BIP 340) */
	struct point r;		 /* group commitment */
	struct scalar challenge; /* c; -c under a key of odd Y (BIP 340) */
	struct scalar rho[FROST_PARTIES_MAX];	 /* binding factors */
	struct scalar weight[FROST_PARTIES_MAX]; /* c * lambda_i */
	struct public_point d[FROST_PARTIES_MAX]; /* the commitments, */
	struct public_point e[FROST_PARTIES_MAX]; /* decoded */
};

/*
 * Whether a roster can be signed with: every Y and the key canonical points
 * of prime order, the Y shares of the key along the tree, and no single
 * party satisfies it. How: tree_public_check. RC_OK, RC_TREE, RC_POINT,
 * RC_IDENTITY, RC_DEALING, RC_ROSTER_MISMATCH (no id, or no suite).
 */
enum rc frost_roster_check(struct frost_roster *roster)
    __attribute__((warn_unused_result));

/* Y of a leaf, decoded: where it stands, or in room if the roster was never
 * checked. */
const struct public_twin *frost_share_point(const struct frost_roster *roster,
    unsigned id, struct public_twin *room);

/*
 * Whether a share is what its roster says: the ids agree and s B = Y.
 * For the moment a share is unlocked, or moved to a purpose: it gets what
 * frost_sign asks for. RC_OK, RC_ROSTER_MISMATCH, RC_SCALAR, RC_DEALING.
 * Constant time in the share.
 */
enum rc frost_key_share_check(struct frost_key_share *share,
    const struct frost_roster *roster) __attribute__((warn_unused_result));

/*
 * First round: one nonce pair. RFC 9591 sections 4.1 and 5.1.
 *
 *   out  nonces      secret; spent (all zero) unless RC_OK
 *   out  commitment  to be published; all zero unless RC_OK
 *   in   share       our key share (secret)
 *   in   made_for    the message, roster and boot that it will serve
 *   in   hiding, binding   32 fresh random bytes each, erased by the caller
 *
 * RC_OK, RC_ROSTER_MISMATCH (made_for names another roster than the
 * share's), RC_SCALAR (a nonce is zero, or both randoms are the same bytes:
 * the source of randomness is broken).
 */
enum rc frost_commit(struct frost_nonces *nonces,
    struct frost_commitment *commitment, const struct suite *suite,
    const struct frost_key_share *share, const struct frost_binding *made_for,
    const uint8_t hiding[static 32], const uint8_t binding[static 32])
    __attribute__((warn_unused_result));

/*
 * Second round: spend one nonce pair on one share of one signature.
 * RFC 9591 sections 4.4 to 4.6 and 5.2; T1, T5.
 *
 *   out     z        our signature share; all zero unless RC_OK
 *   in/out  nonces   spent: wiped on every path but RC_ROSTER_MISMATCH
 *   in      share    our key share (secret)
 *   in      roster   the roster stored with the share
 *   in      boot_id  of this run of the process
 *   in      pkg      untrusted; the caller has decided to sign its message
 *
 * RC_ROSTER_MISMATCH  share, roster, package or nonces name different
 *                     rosters: found before the burn, nothing is spent
 * RC_NONCE_SPENT      the pair was used, or never made
 * RC_NONCE_BINDING    made for another message, or by another boot
 * RC_COMMITMENT_MISSING  our own entry is not in the list, or not as it was
 * RC_SHARE_INVALID    frost_key_share_check did not pass this share for this
 *                     Y, or z from the secrets and z from their negatives
 *                     are not each other's negative, a fault: z is withheld
 * and those of frost_session_open. Constant time in nonces and share,
 * variable in everything public. The caller makes its decision durable
 * before z leaves.
 */
enum rc frost_sign(struct scalar *z, struct frost_nonces *nonces,
    const struct frost_key_share *share, const struct frost_roster *roster,
    const uint8_t boot_id[static FROST_BOOT_ID_BYTES],
    const struct signing_package *pkg) __attribute__((warn_unused_result));

/*
 * Open a session: check the package against the roster, then compute the
 * binding factors, R, the challenge and the weights.
 *
 *   out  session   all zero unless RC_OK
 *   out  culprits  leaf ids whose commitments are no points; may be NULL
 *
 * RC_OK, RC_ROSTER_MISMATCH, RC_SET_NOT_MINIMAL (also ids that do not
 * ascend, or are not in the tree), RC_TREE, RC_POINT, RC_IDENTITY (R is
 * the identity: nobody in particular is at fault).
 */
enum rc frost_session_open(struct frost_session *session,
    struct tree_set *culprits, const struct frost_roster *roster,
    const struct signing_package *pkg) __attribute__((warn_unused_result));

/*
 * Whether z is the share of leaf `id` in this session: z B = D + rho E +
 * c lambda Y. RC_OK; RC_SHARE_INVALID; RC_SCALAR (not below the order);
 * RC_COMMITMENT_MISSING (the id is not in the session). All but the last
 * blame that party, if its share came over an authenticated channel.
 */
enum rc frost_share_check(const struct frost_session *session,
    const struct frost_roster *roster, unsigned id, const struct scalar *z)
    __attribute__((warn_unused_result));

/*
 * Add up the shares of all of the session's set, by leaf id - 1; verify the
 * signature under the group key with the ordinary verifier; and if it fails
 * find who is at fault.
 *
 *   out  sig       64 bytes R || z; all zero unless RC_OK
 *   out  culprits  leaf ids whose shares do not check: never an honest one,
 *                  and all of them, except that shares whose errors cancel
 *                  each other may stay hidden among those of a third liar
 *
 * RC_OK; RC_SHARE_INVALID (culprits is not empty); RC_SIGNATURE_INVALID (all
 * shares check and the signature does not: the roster was never checked).
 */
enum rc frost_aggregate(uint8_t sig[static 64], struct tree_set *culprits,
    const struct frost_session *session, const struct frost_roster *roster,
    const uint8_t *message, size_t message_bytes,
    const struct scalar z[static FROST_PARTIES_MAX])
    __attribute__((warn_unused_result));
#endif
