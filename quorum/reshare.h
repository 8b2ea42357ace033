/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_RESHARE_H
#define QUORUM_RESHARE_H
/*
 * Reshare: the holders of a roster deal their shares along another tree, to
 * others or to themselves; the group key stays. docs/crypto.md section 4,
 * "Reshare"; rule T10 says what it cannot do.
 *
 *   everyone   dkg_key_make; receivers' keys are exchanged; reshare_init
 *   dealer     reshare_dealer with its key; reshare_secret_make, dkg_deal
 *   receiver   reshare_dealer for each; dkg_dealing_check, dkg_share_open
 *   all        a minimal set of valid dealings is chosen; reshare_finish
 *   disputes   dkg_complaint_make, dkg_complaint_check
 *
 * Two numberings: dealers are leaf ids of the roster before, receivers leaf
 * ids of the new tree. Which dealers count is decided after they dealt, so
 * that one who stops or lies costs nothing: any qualified set gives the same
 * key. Pure; suite ed25519.
 */
#include "quorum/dkg.h"

/*
 * Fix a reshare: the roster before (checked), the new tree, the keys of all
 * its leaves. No dealer has a key yet. Results of dkg_init.
 */
enum rc reshare_init(struct dkg_ceremony *out, unsigned *culprit,
    const struct frost_roster *before, const struct tree *tree,
    const struct point keys[], const uint8_t sid[static DKG_SESSION_BYTES])
    __attribute__((warn_unused_result));

/*
 * A dealer's key for this ceremony. RC_OK, also when it is the one that is
 * there; RC_STATE (no holder of that id, or it has another key), RC_POINT.
 */
enum rc reshare_dealer(struct dkg_ceremony *ceremony, unsigned id,
    const struct point *key) __attribute__((warn_unused_result));

/*
 * dkg_secret_make, but what is dealt is the share of the roster before.
 * Secret; the caller erases it. share is of that roster.
 */
void reshare_secret_make(struct dkg_secret *secret,
    const struct dkg_ceremony *ceremony, const struct dkg_key *key,
    const uint8_t seed[static 32], const struct frost_key_share *share);

/*
 * The result, from the dealings of a minimal set of the roster before.
 *
 *   out  roster   suite, tree, the same key, all new Y; its id is zero until
 *                 its text exists
 *   out  share    of leaf id (secret), roster id zero as well; NULL for an
 *                 onlooker, whose id and key are 0 and NULL
 *   in   chosen   leaf ids of the roster before; minimal
 *   in   dealings by leaf id - 1 of the roster before; those chosen passed
 *                 dkg_dealing_check
 *
 * Y are computed from the weighted sums of the commitments, and the key from
 * Y along the new tree. RC_OK; RC_SET_NOT_MINIMAL; results of dkg_share_open,
 * with the dealer in *culprit (0 otherwise); RC_IDENTITY, RC_DEALING: nobody
 * is at fault, choose others. Outputs are all zero unless RC_OK.
 */
enum rc reshare_finish(struct frost_roster *roster,
    struct frost_key_share *share, unsigned *culprit,
    const struct dkg_ceremony *ceremony, const struct frost_roster *before,
    const struct tree_set *chosen, const struct dkg_dealing dealings[],
    unsigned id, const struct dkg_key *key) __attribute__((warn_unused_result));
#endif
