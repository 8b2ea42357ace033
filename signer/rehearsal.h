/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_REHEARSAL_H
#define SIGNER_REHEARSAL_H
/*
 * A party's part in a rehearsal, docs/formats.md section 10: the ceremony of
 * signer/birth.h, and behind it the two signatures, all of it in this struct
 * and its secrets. There is no record, no vault and no seat in reach of this
 * file, which is why a rehearsal cannot change anything: not a share, since
 * the one dealt in a rehearsed reshare is a stand-in that anybody can
 * compute; not a nonce of a live key; no sequence, roster or trust. What it
 * has in common with the live party is the identity key, which signs notes
 * that name a rehearsal.
 *
 * What it signs with the made key: the rehearsal's roster and the text
 * behind it, both computed here. No event takes a text to be signed.
 */
#include "signer/birth.h"
#include "verify/roster.h"

#define REHEARSALS_MAX	       2 /* at a time */
#define REHEARSAL_RECOMMITS_MAX 8 /* of one text */
#define REHEARSAL_RANDOM       128 /* fresh bytes with every event */
#define REHEARSAL_SHARE_MAX    1024

/* In guarded memory. Erased at the end. */
struct rehearsal_secrets {
	struct birth_secrets birth;
	struct frost_nonces nonces[2]; /* by text */
};

/* One of the two texts, and what we said about it last. */
struct rehearsal_text {
	const uint8_t *bytes; /* in the struct around it */
	size_t n;
	uint8_t id[32];
	uint32_t serial; /* of the commitment */
	unsigned commits;
	uint8_t package[32]; /* that our share answered */
	size_t share_n;
	char share[REHEARSAL_SHARE_MAX]; /* the note */
};

/* Large; the heap of the caller. Not to be moved. */
struct rehearsal {
	struct birth b;
	struct rehearsal_secrets *secrets;
	uint8_t boot[FROST_BOOT_ID_BYTES];
	uint32_t serial;
	bool signing; /* the two texts exist, and we have a share */
	struct roster roster;
	struct frost_roster frost;
	struct rehearsal_text text[2];
	char rehearsed[512];
};

/*
 * Look at one that somebody proposes; bytes must stay. boot: random, for this
 * rehearsal. RC_OK: b.state is OFFERED; RC_CEREMONY (it is no rehearsal),
 * results of birth_offer.
 */
enum rc rehearsal_offer(struct rehearsal *r,
    struct rehearsal_secrets *secrets, const struct vkey *key,
    const uint8_t boot[static FROST_BOOT_ID_BYTES], const uint8_t *bytes,
    size_t n) __attribute__((warn_unused_result));

/*
 * Take part. holds: we have a share of the roster before, and would deal it;
 * a stand-in is dealt. Results of birth_join.
 */
enum rc rehearsal_join(struct rehearsal *r, struct text *notes,
    const char *code, bool holds, const uint8_t dkg[static BIRTH_DKG_BYTES],
    const uint8_t seed[static 32]) __attribute__((warn_unused_result));

/* Say that we will not; it is over for us. */
void rehearsal_decline(struct rehearsal *r, struct text *notes,
    const uint8_t seed[static 32]);

/* A note of the ceremony, as birth_note has it. random is used up. */
enum rc rehearsal_note(struct rehearsal *r, struct text *notes,
    const uint8_t seed[static 32], uint8_t random[static REHEARSAL_RANDOM],
    const struct message *m) __attribute__((warn_unused_result));

/* Whether a package is for one of its texts. */
bool rehearsal_signs(const struct rehearsal *r, const struct message *m);
/*
 * Then: our share, and the next commitment; or a commitment alone if the
 * package is for others than we hold. The same package again gets the same
 * note. RC_OK, RC_ROSTER_MISMATCH, RC_SEAT_RECOMMITS, results of
 * package_parse and frost_sign.
 */
enum rc rehearsal_package(struct rehearsal *r, struct text *notes,
    const uint8_t seed[static 32], uint8_t random[static REHEARSAL_RANDOM],
    const struct message *m) __attribute__((warn_unused_result));

/* All that we have said, again. */
void rehearsal_repeat(struct rehearsal *r, struct text *notes,
    const uint8_t seed[static 32], uint8_t random[static REHEARSAL_RANDOM]);

/* Erase every secret. */
void rehearsal_wipe(struct rehearsal *r);
#endif
