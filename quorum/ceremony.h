/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_CEREMONY_H
#define QUORUM_CEREMONY_H
/*
 * A ceremony, docs/formats.md section 10: what everybody computes alike from
 * the draft and the messages. Pure. A genesis:
 *
 *   draft bundle     ceremony_open: draft, cards, template, code
 *   accept           P of every leaf -> dkg_init(tree, keys, session)
 *   deal             ceremony_deal_build, ceremony_dealing
 *   all dealt        dkg_transcript -> confirm
 *   all confirmed    ceremony_record -> ceremony_roster_build,
 *                    ceremony_trust_build: the two texts that the new key
 *                    signs; each party sends the roster note with its line,
 *                    and commitments for both texts
 *
 * The record needs everybody's signature of the transcript, hence the roster
 * line comes after the confirms and not with one's own. A reshare, whose
 * draft has a `reshare` line instead of `key` and `trust`:
 *
 *   draft bundle     the roster before stands in place of the template
 *   accept           P of every new leaf -> reshare_init; of a holder ->
 *                    reshare_dealer
 *   reshare          ceremony_reshare_build, ceremony_reshared
 *   choice           ceremony_choice_build, ceremony_chosen: which dealings
 *                    count. It fixes record and roster.
 *   confirm          over the choice; then as above, with the roster alone
 *
 * A rehearsal is the same from a draft of another kind, and nothing that it
 * comes to can be taken for what a ceremony comes to:
 *
 *   draft            `quorate/rehearsal@v1`. Its id is in every note.
 *   reshare          of a stand-in for the key of the roster before, with a
 *                    share for each holder that anybody can compute from the
 *                    draft: the live shares are not touched
 *   all confirmed    `quorate/rehearsal-roster@v1` in place of the roster,
 *                    and always a second text, `quorate/rehearsed@v1`
 *
 * A party is a holder (it has a leaf of the roster before), a leaf of the new
 * one, or both; one local name is one key.
 */
#include "quorum/bundle.h"
#include "quorum/dkg.h"
#include "quorum/message.h"
#include "quorum/reshare.h"
#include "verify/policy.h"
#include "verify/roster.h"
#include "verify/trust.h"

#define CEREMONY_REHEARSAL_S_MAX 86400 /* from proposed to deadline */
#define CEREMONY_CODE_BYTES 48 /* eight words of five, dashes, NUL */

/* A draft. Offsets into its text, which must stay. */
struct ceremony {
	const uint8_t *text;
	size_t text_n;
	uint8_t id[32]; /* of the text */
	struct slice authority, signer;
	struct slice key_name; /* of a reshare: the roster's, once opened */
	const struct suite *suite; /* reshare: the roster's, once opened */
	uint32_t epoch;
	uint64_t proposed, deadline;
	uint8_t trust[32]; /* genesis: SHA-256 of the template */
	bool reshare, rehearsal;
	uint32_t serial;    /* reshare: of the roster before; or 0 */
	uint8_t before[32]; /* reshare: its id */
	unsigned party_n, group_n;
	uint16_t at[POLICY_NODES_MAX]; /* of the local names */
	uint8_t parent[POLICY_NODES_MAX];
	uint8_t group_k[POLICY_GROUPS_MAX];
	uint8_t root;
	struct tree tree; /* leaf ids; tree.party[id - 1] is a line index */
};

/*
 * A draft's text: grammar, one key one role, deadline after proposed, a tree
 * that can carry shares. Results of line_next and policy.h, RC_KEY_ROLE,
 * RC_NUMBER, RC_TREE.
 */
enum rc ceremony_parse(struct ceremony *c, const uint8_t *text, size_t n)
    __attribute__((warn_unused_result));

/* A view of its tree, as verify/policy.h has it; it borrows from c. */
void ceremony_policy(struct policy *p, const struct ceremony *c);

/* By line index, 0..party_n-1: local name, key, label. */
struct slice ceremony_party_name(const struct ceremony *c, unsigned index);
/* The same by leaf id, from 1. */
struct slice ceremony_leaf_name(const struct ceremony *c, unsigned leaf);
struct slice ceremony_party_label(const struct ceremony *c, unsigned index);
void ceremony_party_key(
    struct vkey *k, const struct ceremony *c, unsigned index);
/* The leaf id of the party whose pair (name, key id) the line is, or 0. */
unsigned ceremony_sender(const struct ceremony *c, const struct message *m);
/* Leaf id of a local name, or 0. */
unsigned ceremony_leaf(const struct ceremony *c, struct slice name);

/* A ceremony as it travels: draft note, cards in leaf order, template. */
struct ceremony_bundle {
	struct slice whole;
	struct message draft; /* its line is NOT verified: by whom, the caller
				 knows */
	struct ceremony ceremony;
	struct slice template; /* reshare: the text of the roster before */
	struct roster before;	     /* reshare: that roster */
	struct frost_roster frost; /* and what it signs with */
	uint8_t card_id[POLICY_LEAVES_MAX][32]; /* by leaf id - 1 */
	char code[CEREMONY_CODE_BYTES];
};

/*
 * Everything about it that anyone can check, but the draft's line: cards
 * self-signed, with name, vkey and label of the draft; template fits.
 * Borrows the bytes. Results of bundle_next, message_open, ceremony_parse,
 * party_parse, message_verify; RC_CEREMONY (items missing or too many, a
 * card that is not the draft's party), RC_TEMPLATE; in a reshare what
 * roster_frost says, RC_ROSTER_MISMATCH (not the roster that the draft
 * names), RC_NAME_REPEATED (a local name or a key stands for two parties).
 * The second reads them as
 * the first items of a longer bundle, and leaves b behind the template.
 */
enum rc ceremony_open(struct ceremony_bundle *out, const uint8_t *bytes,
    size_t n) __attribute__((warn_unused_result));
enum rc ceremony_open_next(struct ceremony_bundle *out, struct bundle *b)
    __attribute__((warn_unused_result));

/* Who a message is by. */
struct ceremony_member {
	struct vkey key;
	struct slice name;
	unsigned leaf;	 /* of the new tree, or 0 */
	unsigned holder; /* leaf of the roster before, or 0 */
};
/* RC_OK, RC_SENDER (no party of this ceremony), results of message_verify. */
enum rc ceremony_by(struct ceremony_member *who,
    const struct ceremony_bundle *b, const struct message *m)
    __attribute__((warn_unused_result));
/* The same by key alone; false: nobody here. */
bool ceremony_member_of(struct ceremony_member *who,
    const struct ceremony_bundle *b, const struct vkey *key);
/* A holder's local name, by leaf id of the roster before. */
struct slice ceremony_holder_name(
    const struct ceremony_bundle *b, unsigned holder);
/* And back; 0: nobody of that name. */
unsigned ceremony_holder_of(
    const struct ceremony_bundle *b, struct slice name);
void ceremony_holder_key(
    struct vkey *k, const struct ceremony_bundle *b, unsigned holder);

/*
 * What the trust text of a genesis follows. A first one follows nothing; that
 * of a new key in the place of another is the next revision, of the next
 * epoch, of the text whose id is `before`.
 */
struct ceremony_hop {
	bool is_hop;
	uint32_t revision;
	uint8_t before[32];
};
void ceremony_hop(struct ceremony_hop *out, const struct ceremony_bundle *b);

/* SHA-512 of the draft: the session id of dkg_init. */
void ceremony_session(
    uint8_t sid[static DKG_SESSION_BYTES], const struct ceremony *c);
void ceremony_code(char out[static CEREMONY_CODE_BYTES],
    const struct ceremony *c, const uint8_t card_id[][32]);

/* A dealing as a deal note's text, and back. id is the sender's leaf id.
 * RC_OK; RC_CEREMONY (of another ceremony), RC_COUNT, RC_LINE_ORDER (shares
 * not for every leaf in leaf order). Then dkg_dealing_check. */
void ceremony_deal_build(struct text *t, const struct ceremony *c,
    const struct dkg_dealing *dealing);
enum rc ceremony_dealing(struct dkg_dealing *out, const struct ceremony *c,
    unsigned id, const struct message_deal *m)
    __attribute__((warn_unused_result));

/* What a complaint note opens, for dkg_complaint_check; and back. */
void ceremony_complaint(struct dkg_complaint *out,
    const struct message_complaint *m, unsigned dealer, unsigned receiver);
void ceremony_complaint_open(
    struct message_complaint *out, const struct dkg_complaint *k);

/*
 * The same of a reshare. id is the holder's. RC_OK; RC_CEREMONY, RC_COUNT,
 * RC_LINE_ORDER as above; RC_CONTEXT: the dealer saw other keys than we, which
 * is not its fault. Then dkg_dealing_check.
 */
void ceremony_reshare_build(struct text *t, const struct ceremony *c,
    const struct dkg_ceremony *dkg, const struct dkg_dealing *dealing);
enum rc ceremony_reshared(struct dkg_dealing *out, const struct ceremony *c,
    const struct dkg_ceremony *dkg, unsigned id,
    const struct message_reshare *m) __attribute__((warn_unused_result));

/*
 * Which dealings count: holders in leaf order, each with the SHA-256 of its
 * whole note. ceremony_chosen gives the set back: RC_OK; RC_MORE (a dealing
 * that is not among those in `dealt`, or another note of it: it may come),
 * RC_CHOICE (no minimal set, or out of order), RC_CEREMONY, RC_CONTEXT.
 */
void ceremony_choice_build(struct text *t, const struct ceremony_bundle *b,
    const struct dkg_ceremony *dkg, unsigned number,
    const struct tree_set *chosen, const uint8_t note[][32]);
enum rc ceremony_chosen(struct tree_set *out, const struct ceremony_bundle *b,
    const struct dkg_ceremony *dkg, const struct message_choice *m,
    const struct tree_set *dealt, const uint8_t note[][32])
    __attribute__((warn_unused_result));

/*
 * The record of a reshare, as a bundle: the draft's text, the choice, the
 * chosen dealings' notes by holder. `ceremony` of the roster is its SHA-256.
 * t may be NULL: only the hash is wanted. notes are by leaf id - 1 of the roster before.
 */
void ceremony_reshare_record(struct text *t, uint8_t out[static 32],
    const struct ceremony *c, struct slice choice,
    const struct tree_set *chosen, const struct slice notes[]);

/* `ceremony` of the roster: SHA-256(transcript || signatures, leaf order). */
void ceremony_record(uint8_t out[static 32], const struct ceremony *c,
    const uint8_t *transcript, size_t n,
    const uint8_t signature[][DKG_SIG_BYTES]);

/*
 * The stand-in for the roster before of a rehearsed reshare: its tree under
 * another key. The shares, by leaf id - 1, are no secret. ceremony_open gives
 * the public side. RC_OK, what frost_roster_check says.
 */
enum rc ceremony_stand_in(struct frost_roster *roster,
    struct scalar share[static TREE_LEAVES_MAX], const struct ceremony *c)
    __attribute__((warn_unused_result));

/* The roster's text. key and share (by leaf id - 1) are dkg_finish's. Of a
 * rehearsal: the text of its kind. */
void ceremony_roster_build(struct text *t, const struct ceremony *c,
    const struct point *key, const struct point share[],
    const uint8_t record[static 32]);

/*
 * The template: its digest is the draft's; a trust text of the draft's
 * authority and epoch, revision 1, with `@` as the vkey of the draft's
 * signer and nowhere else, which is `shared`. RC_OK, RC_TEMPLATE, or what
 * trust_read says of it with a key in place.
 */
enum rc ceremony_template_check(const struct ceremony *c,
    const uint8_t *template, size_t n) __attribute__((warn_unused_result));
/* The text that a rehearsed key signs behind its roster. */
void ceremony_rehearsed_build(struct text *t, const struct ceremony *c,
    const uint8_t roster_id[static 32]);

/* The trust text: the group's vkey in place of `@`. */
void ceremony_trust_build(struct text *t, const struct ceremony *c,
    const uint8_t *template, size_t n, const struct point *key);
#endif
