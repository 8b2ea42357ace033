/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_DKG_H
#define QUORUM_DKG_H
/*
 * Distributed key generation: COCKTAIL-DKG (C2SP v0.2.1, Ed25519) for a flat
 * quorum, quorate/tree-dkg@v1 for a tree. docs/crypto.md section 4 has every
 * byte; rules T2, T3, T6 to T9 of its section 7. The key that is made is of a
 * suite; the ceremony's own keys, its envelopes and complaints are always
 * over Ed25519.
 *
 *   everyone   dkg_key_make; keys are exchanged; dkg_init
 *   dealer     dkg_secret_make, dkg_deal
 *   receiver   dkg_sum_init, dkg_sum_add for every dealing, dkg_finish
 *   all        dkg_transcript, dkg_transcript_sign, dkg_transcript_verify
 *   disputes   dkg_complaint_make, dkg_complaint_check
 *
 * Parties are leaf ids, 1..leaves, and arrays are by leaf id - 1. Pure: no
 * heap; the structs are large (a dealing is 10 KiB, of 128 parties 1.3 MiB)
 * and belong to the caller.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "quorum/frost.h"
#include "quorum/suite.h"
#include "quorum/tree.h"
#include "verify/rc.h"

#define DKG_PARTIES_MAX	     TREE_LEAVES_MAX
#define DKG_COMMITMENTS_MAX  TREE_LEAVES_MAX /* no tree has more */
#define DKG_CIPHERTEXT_BYTES 48
#define DKG_TAG_BYTES	     16 /* what sealing adds */
#define DKG_SESSION_BYTES    64 /* SHA-512 of the proposal's text */
#define DKG_CONTEXT_BYTES    64
#define DKG_EXTENSION_BYTES  64
#define DKG_SIG_BYTES	     64
#define DKG_FLAT_SUITE	     "COCKTAIL(Ed25519, SHA-512)"
#define DKG_TREE_SUITE	     "quorate/tree-dkg@v1(Ed25519, SHA-512)"
#define DKG_SECP256K1_SUITE  "quorate/tree-dkg@v1(secp256k1, SHA-512)"
#define DKG_SECP256K1_FLAT   "quorate/flat-dkg@v1(secp256k1, SHA-512)"

/* 8 + suite + 8 + context + 4 + 4 + n (P, t C, PoP, E) + 8 + extension */
#define DKG_TRANSCRIPT_BYTES_MAX                                               \
	(32u + sizeof DKG_SECP256K1_SUITE - 1 + DKG_CONTEXT_BYTES +            \
	    DKG_EXTENSION_BYTES +                                              \
	    DKG_PARTIES_MAX *                                              \
		(SUITE_POINT_MAX * DKG_COMMITMENTS_MAX + 128u))

/*
 * One party's key pair for one ceremony (T7): made when it accepts, erased
 * when the ceremony ends. d is secret.
 */
struct dkg_key {
	struct scalar d;
	struct point p;
};

/*
 * What all parties agree on before anyone deals. Public. Receivers are the
 * leaves of `tree`. So are the dealers of a genesis; those of a reshare
 * (quorum/reshare.h) are leaves of the roster before, and what they deal is
 * fixed: their share of it.
 */
struct dkg_ceremony {
	const struct suite *suite; /* of the key that is made */
	struct tree tree;
	struct point key[DKG_PARTIES_MAX]; /* P of the receivers */
	uint8_t context[DKG_CONTEXT_BYTES];
	bool reshare;
	uint8_t dealers;	    /* leaf ids 1..dealers */
	struct tree_set dealer_set; /* those whose key is known */
	struct point dealer_key[DKG_PARTIES_MAX]; /* P of the dealers */
	struct point dealt[DKG_PARTIES_MAX]; /* reshare: Y of the dealers */
};

/* A dealer's coefficients and ephemeral key. Secret, for one dealing. */
struct dkg_secret {
	struct scalar coefficient[DKG_COMMITMENTS_MAX];
	struct scalar ephemeral;
};

/* The first message. Public. */
struct dkg_dealing {
	uint8_t id;	/* of the dealer */
	uint8_t count;	/* of commitments */
	struct point commitment[DKG_COMMITMENTS_MAX];
	uint8_t pop[DKG_SIG_BYTES];
	struct point ephemeral; /* E */
	uint8_t ciphertext[DKG_PARTIES_MAX][DKG_CIPHERTEXT_BYTES];
};

/* The dealings taken so far. s is secret. */
struct dkg_sum {
	uint8_t id; /* of the receiver; 0 is an onlooker without a share */
	struct tree_set dealers;
	struct public_point commitment[DKG_COMMITMENTS_MAX];
	struct scalar s;
};

/* Key and nonce of one ciphertext. Secret until a complaint opens it. */
struct dkg_envelope {
	uint8_t key[32];
	uint8_t nonce[24];
};

/* Receiver's opening of one ciphertext: ECDH points and their proofs. */
struct dkg_complaint {
	uint8_t dealer;
	uint8_t receiver;
	struct point shared[2]; /* with the dealer's E, then with its P */
	struct {
		struct scalar c;
		struct scalar z;
	} proof[2];
};

/*
 * A key pair from 64 fresh random bytes, which the caller erases. RC_OK;
 * RC_SCALAR (they give zero).
 */
enum rc dkg_key_make(struct dkg_key *key, const uint8_t random[static 64])
    __attribute__((warn_unused_result));

/*
 * Fix a ceremony: suite of the key, tree, keys of all leaves, and a session id, which in our
 * own runs is the DKG_SESSION_BYTES of the proposal. The suite id follows
 * from the shape of the tree (T8). RC_OK; RC_TREE; RC_POINT (a key is no
 * point) and RC_KEY_ROLE (a key stands twice), with its leaf id in *culprit,
 * which is 0 otherwise.
 */
enum rc dkg_init(struct dkg_ceremony *ceremony, unsigned *culprit,
    const struct suite *suite, const struct tree *tree, const struct point keys[],
    const uint8_t *session_id, size_t n) __attribute__((warn_unused_result));

/*
 * A dealer's secrets from 32 fresh random bytes, which the caller erases,
 * hedged with its key and the ceremony.
 */
void dkg_secret_make(struct dkg_secret *secret,
    const struct dkg_ceremony *ceremony, const struct dkg_key *key,
    const uint8_t seed[static 32]);

/*
 * Deal: commitments, proof, and a ciphertext for every leaf, also the
 * dealer's. RC_OK; RC_SCALAR (a coefficient is zero); RC_STATE (key is not
 * the one that the ceremony has for id). The caller erases secret, whatever
 * comes back; out is all zero unless RC_OK.
 */
enum rc dkg_deal(struct dkg_dealing *out, const struct dkg_ceremony *ceremony,
    unsigned id, const struct dkg_key *key, const struct dkg_secret *secret)
    __attribute__((warn_unused_result));

/*
 * Everything about a dealing that anyone can check. RC_OK, or what is wrong
 * with dealing->id's work: RC_COUNT (T2: exactly tree.commitments),
 * RC_POINT, RC_IDENTITY (sent or derived: a group's constant, a leaf's
 * point), RC_POP; in a reshare instead RC_DEALT (the first commitment is not
 * the dealer's verification share). RC_STATE: dealing->id is no dealer.
 */
enum rc dkg_dealing_check(const struct dkg_ceremony *ceremony,
    const struct dkg_dealing *dealing) __attribute__((warn_unused_result));

/*
 * Open leaf id's ciphertext of a dealing that dkg_dealing_check took. out is
 * secret, zero unless RC_OK. RC_CIPHERTEXT, RC_SCALAR, RC_DEALING (the share
 * is not the commitments'): complain. RC_POINT: the dealing was not checked.
 * RC_STATE: key is not id's, or the dealing is nobody's.
 */
enum rc dkg_share_open(struct scalar *out, const struct dkg_ceremony *ceremony,
    unsigned id, const struct dkg_key *key, const struct dkg_dealing *dealing)
    __attribute__((warn_unused_result));

/* Start a sum for leaf id; 0 for an onlooker, who learns the public part. */
void dkg_sum_init(struct dkg_sum *sum, unsigned id);

/*
 * Check one dealing, open our share of it, add it. Any order, once each. key
 * is sum->id's; NULL for an onlooker. The sum is as before unless RC_OK.
 * Results of dkg_dealing_check and dkg_share_open, which blame dealing->id;
 * RC_STATE blames nobody: that dealer is in already, or is no leaf, or key is
 * not ours.
 */
enum rc dkg_sum_add(struct dkg_sum *sum, const struct dkg_ceremony *ceremony,
    const struct dkg_key *key, const struct dkg_dealing *dealing)
    __attribute__((warn_unused_result));

/*
 * The result, once every leaf has dealt.
 *
 *   out  roster  suite, tree, key and all Y; its id is zero, and the caller
 *                sets it when the roster's text exists: until then nothing
 *                can be signed with it
 *   out  share   our key share (secret), roster id zero as well; NULL for
 *                an onlooker
 *
 * Where the key is written without its parity it is the even one. Y are recomputed from the summed commitments, PK from Y along the tree
 * (T2), our s from its Y. RC_OK; RC_STATE (somebody has not dealt);
 * RC_IDENTITY, RC_DEALING: nobody can be named, start again. Outputs are all
 * zero unless RC_OK. The caller erases sum.
 */
enum rc dkg_finish(struct frost_roster *roster, struct frost_key_share *share,
    const struct dkg_ceremony *ceremony, const struct dkg_sum *sum)
    __attribute__((warn_unused_result));

/* T8: SHA-512 over all ciphertexts, framed, dealers in leaf order. */
void dkg_extension(uint8_t out[static DKG_EXTENSION_BYTES],
    const struct dkg_ceremony *ceremony, const struct dkg_dealing dealings[]);

/*
 * The transcript, which everyone signs; with all signatures, the record of
 * the ceremony. extension_bytes is DKG_EXTENSION_BYTES in our own runs, at
 * most that. out has DKG_TRANSCRIPT_BYTES_MAX bytes. Returns its length.
 */
size_t dkg_transcript(uint8_t *out, const struct dkg_ceremony *ceremony,
    const struct dkg_dealing dealings[], const uint8_t *extension,
    size_t extension_bytes);

void dkg_transcript_sign(uint8_t sig[static DKG_SIG_BYTES],
    const struct dkg_key *key, const uint8_t *transcript, size_t n);

/* RC_OK or RC_TRANSCRIPT, which blames leaf id. */
enum rc dkg_transcript_verify(const uint8_t sig[static DKG_SIG_BYTES],
    const struct dkg_ceremony *ceremony, unsigned id,
    const uint8_t *transcript, size_t n) __attribute__((warn_unused_result));

/*
 * T9: open a ciphertext that could not be used, so that anyone can decide.
 * RC_OK; RC_COMPLAINT, and out is all zero, if the ciphertext is good: an
 * opening would give the share away for nothing; RC_STATE, RC_POINT as in
 * dkg_share_open.
 */
enum rc dkg_complaint_make(struct dkg_complaint *out,
    const struct dkg_ceremony *ceremony, unsigned id,
    const struct dkg_key *key, const struct dkg_dealing *dealing)
    __attribute__((warn_unused_result));

/*
 * Decide. The dealing passed dkg_dealing_check and is the one that its
 * dealer signed. *culprit is who is at fault. RC_OK: the complaint stands,
 * it is the dealer. RC_COMPLAINT: a proof does not hold or the ciphertext
 * is good, it is the receiver. RC_STATE: not about this dealing, or no such
 * receiver; *culprit is 0.
 */
enum rc dkg_complaint_check(const struct dkg_complaint *complaint,
    unsigned *culprit, const struct dkg_ceremony *ceremony,
    const struct dkg_dealing *dealing) __attribute__((warn_unused_result));

/* ---- the parts, for the published vectors and for complaints ---- */

/*
 * COCKTAIL's Schnorr signatures, deterministic, over joined pieces; verify
 * is RC_OK or RC_SIGNATURE_INVALID. secret is not zero.
 */
void dkg_schnorr_sign(uint8_t sig[static DKG_SIG_BYTES],
    const struct suite *suite, const struct scalar *secret, const struct piece *pieces, size_t count);
enum rc dkg_schnorr_verify(const uint8_t sig[static DKG_SIG_BYTES],
    const struct suite *suite, const struct point *key, const struct piece *pieces, size_t count)
    __attribute__((warn_unused_result));

/*
 * Key and nonce for what leaf `from` seals for leaf `to` under E, from the
 * two ECDH points: with E and with the dealer's P.
 */
void dkg_envelope_make(struct dkg_envelope *out,
    const struct dkg_ceremony *ceremony, unsigned from, unsigned to,
    const struct point *ephemeral, const struct point shared[static 2]);
/* out has n + DKG_TAG_BYTES bytes. */
void dkg_envelope_seal(uint8_t *out, const struct dkg_envelope *envelope,
    const uint8_t *plain, size_t n);
/* dkg_share_open, given the two ECDH points. */
enum rc dkg_share_unseal(struct scalar *out,
    const struct dkg_ceremony *ceremony, unsigned id,
    const struct dkg_dealing *dealing, const struct point shared[static 2])
    __attribute__((warn_unused_result));
/* out has n - DKG_TAG_BYTES bytes, zero unless RC_OK; or RC_CIPHERTEXT. */
enum rc dkg_envelope_open(uint8_t *out, const struct dkg_envelope *envelope,
    const uint8_t *sealed, size_t n) __attribute__((warn_unused_result));
#endif
