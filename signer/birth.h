/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_BIRTH_H
#define SIGNER_BIRTH_H
/*
 * A party's part in a ceremony, docs/formats.md section 10 and docs/crypto.md
 * section 4. A genesis: accept, deal, check everybody's dealing, confirm one
 * transcript, and end with a share, a roster text and a trust text. A
 * reshare: accept; deal our share of the roster before, if we hold one;
 * check what the others deal to us; confirm a choice among the dealings, and
 * end with a share of the new roster, if we are in it, and its text.
 *
 * A state machine like the seat: notes come in, notes go out. Everything it
 * sends is a function of the draft, the DKG key, the dealing seed and what
 * the others sent, so that after a restart the same notes come out again.
 * What must be durable before it is said goes through struct birth_keeper.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "quorum/bundle.h"
#include "quorum/ceremony.h"
#include "quorum/dkg.h"
#include "quorum/message.h"

#define BIRTH_DKG_BYTES 96 /* at rest: 64 for dkg_key_make, 32 of dealing */
#define BIRTH_NOTE_MAX	32768 /* of what we send: a dealing of 128 */
#define BIRTH_ROOM	(3 * BIRTH_NOTE_MAX)
#define BIRTH_CHOICE_BYTES (512 + DKG_PARTIES_MAX * (NAME_BYTES_MAX + 80))

enum birth_state {
	BIRTH_NONE,
	BIRTH_OFFERED,	/* somebody proposes it; a person decides */
	BIRTH_JOINED,	/* our key is out; the others' are awaited */
	BIRTH_DEALT,	/* our dealing is out */
	BIRTH_SIGNED,	/* our confirmation is out */
	BIRTH_DONE,	/* the share is kept */
	BIRTH_DEAD	/* `why` says why */
};

/* In guarded memory. Erased at the end. */
struct birth_secrets {
	struct dkg_key key;
	uint8_t seed[32]; /* of the dealing */
	struct dkg_sum sum;
	struct frost_key_share share;
	struct frost_key_share held; /* of the roster before; id 0: none */
};

/* RC_OK only when it would survive a power cut. */
struct birth_keeper {
	void *context;
	/* We sign this transcript and no other in this ceremony. */
	enum rc (*confirm)(void *context, const uint8_t ceremony[static 32],
	    const uint8_t transcript[static 64]);
	/* Keep the share (sealed; NULL: we have none in the new roster) and
	 * the texts. Of a genesis: erase the DKG key. Of a reshare there is
	 * no trust text, and nothing is erased before the roster is logged. */
	enum rc (*born)(void *context, const uint8_t ceremony[static 32],
	    const struct frost_key_share *share, struct slice roster,
	    struct slice trust, struct slice record);
};

/* Large (some MB): the heap of the caller. Not to be moved. */
struct birth {
	enum birth_state state;
	struct birth_keeper keeper;
	struct birth_secrets *secrets;
	struct vkey key; /* our identity; borrows its name */
	struct ceremony_bundle bundle; /* borrows the caller's bytes */
	unsigned leaf;	 /* ours */
	char why[256];
	struct tree_set accepted, dealt, confirmed;
	struct point keys[DKG_PARTIES_MAX];
	struct dkg_ceremony dkg;
	struct dkg_dealing dealing[DKG_PARTIES_MAX];
	uint8_t signature[DKG_PARTIES_MAX][DKG_SIG_BYTES];
	uint8_t transcript_hash[64];
	size_t transcript_n;
	/* transcript, then all signatures: the record */
	uint8_t transcript[DKG_TRANSCRIPT_BYTES_MAX +
	    DKG_PARTIES_MAX * DKG_SIG_BYTES];
	struct text roster, trust; /* once DONE */
	char roster_bytes[NOTE_BYTES_MAX + 1];
	char trust_bytes[NOTE_BYTES_MAX + 1];
	char scratch[BIRTH_NOTE_MAX];
	/* A reshare; arrays by leaf id - 1 of the roster before. */
	unsigned holder; /* ours, or 0 */
	struct tree_set holders, bad, complained, chosen;
	struct point holder_key[DKG_PARTIES_MAX];
	uint8_t note_hash[DKG_PARTIES_MAX][32];
	struct slice note[DKG_PARTIES_MAX]; /* in the arena */
	size_t choice_n;
	uint8_t choice[BIRTH_CHOICE_BYTES];
	size_t arena_n;
	uint8_t arena[BUNDLE_BYTES_MAX];
	struct text record;
	char record_bytes[BUNDLE_BYTES_MAX];
};

/*
 * Look at a ceremony that somebody proposes; bytes must stay. RC_OK, and the
 * state is OFFERED; RC_SENDER (we are none of its parties), results of
 * ceremony_open; then the state is NONE.
 */
enum rc birth_offer(struct birth *b, const struct birth_keeper *keeper,
    struct birth_secrets *secrets, const struct vkey *key,
    const uint8_t *bytes, size_t n) __attribute__((warn_unused_result));

/*
 * The share that we hold of the roster before: before birth_join, if we do.
 * Copied. RC_OK; RC_SEAT_STATE (not offered, or no reshare, or no holder);
 * what frost_key_share_check says.
 */
enum rc birth_hold(struct birth *b, const struct frost_key_share *held)
    __attribute__((warn_unused_result));

/*
 * Join it. code is what the person read out: RC_CEREMONY_CODE if it is not
 * the ceremony's; NULL when it is taken up again after a restart. dkg (secret)
 * is kept by the caller already, durably. Only then say our accept note.
 * RC_OK, RC_CEREMONY_CODE, RC_SEAT_STATE, RC_SCALAR.
 */
enum rc birth_join(struct birth *b, struct text *notes, const char *code,
    const uint8_t dkg[static BIRTH_DKG_BYTES], const uint8_t seed[static 32])
    __attribute__((warn_unused_result));

/* All that we have said in this ceremony so far, again. */
void birth_repeat(
    struct birth *b, struct text *notes, const uint8_t seed[static 32]);

/*
 * accept, deal, reshare, confirm or complaint of a party, ours included; or
 * a choice, which nobody signs. seed is of
 * our identity key. RC_OK, also for what is known already; RC_CEREMONY (of
 * another, or we have not joined), RC_MORE (too early: it has to come again
 * after what it follows), RC_SENDER, results of message_verify and the
 * parsers. Anything else ends the ceremony here: state DEAD, `why`, and a
 * complaint in notes if a dealer is to blame.
 */
enum rc birth_note(struct birth *b, struct text *notes,
    const uint8_t seed[static 32], const struct message *m)
    __attribute__((warn_unused_result));

void birth_fail(struct birth *b, const char *why);

/* Not to join what was offered: say so, and be done with it. */
void birth_decline(
    struct birth *b, struct text *notes, const uint8_t seed[static 32]);

/* Our line over the roster that a reshare came to: state DONE. */
void birth_line(
    struct birth *b, struct text *notes, const uint8_t seed[static 32]);

/* ---- what birth.c and birth_reshare.c share ---- */

struct text birth_scratch(struct birth *b);
/* Sign a note with our key and put it among the notes. */
void birth_say(struct birth *b, struct text *notes,
    const uint8_t seed[static 32], struct text *note);
void birth_say_accept(
    struct birth *b, struct text *notes, const uint8_t seed[static 32]);
void birth_say_confirm(
    struct birth *b, struct text *notes, const uint8_t seed[static 32]);
void birth_say_complaint(struct birth *b, struct text *notes,
    const uint8_t seed[static 32], struct slice dealer, const char *reason,
    const struct dkg_dealing *dealing);
void birth_fail_by(struct birth *b, struct slice name, const char *what);
/*
 * The end: have our share (none without a leaf) kept with b->roster, the
 * trust text (empty: none) and the record, then erase what made it: DONE.
 * Results of keeper.born: DEAD.
 */
enum rc birth_keep(struct birth *b, struct slice trust, struct slice record)
    __attribute__((warn_unused_result));
/* Everybody of the new tree. */
bool birth_everyone(const struct birth *b, const struct tree_set *set);

enum rc reshare_note(struct birth *b, struct text *notes,
    const uint8_t seed[static 32], const struct ceremony_member *who,
    const struct message *m) __attribute__((warn_unused_result));
enum rc reshare_choice(struct birth *b, struct text *notes,
    const uint8_t seed[static 32], const struct message *m)
    __attribute__((warn_unused_result));
/* All accepted: make the keys of the ceremony, and deal. */
enum rc reshare_begin(struct birth *b, struct text *notes,
    const uint8_t seed[static 32]) __attribute__((warn_unused_result));
void reshare_repeat(
    struct birth *b, struct text *notes, const uint8_t seed[static 32]);
#endif
