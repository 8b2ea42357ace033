/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_COORDINATOR_PARTS_H
#define QUORUM_COORDINATOR_PARTS_H
/* What the files of the coordinator's state machine share. */
#include "quorum/coordinator.h"

enum { COORD_NO_AUTHORITY = 0xff };

/* Something changed about p: its status is another one. */
void coord_touch(struct coordinator *c, struct coord_proposal *p);
/* A name of the length that a text holds, cut. */
void coord_copy(char *out, size_t out_n, struct slice s);

static inline bool
coord_is_birth(const struct coord_proposal *p)
{
	return p->work == COORD_BIRTH_ROSTER || p->work == COORD_BIRTH_TRUST;
}

/* coordinator.c */
/* The authority's text of that epoch, or -1; any: of whatever epoch. */
int coord_authority_find(const struct coordinator *c, struct slice name,
    uint32_t epoch, bool any);
/* RC_OK: m is by the proposer of that key, who may propose the product. */
enum rc coord_proposer_check(const struct coordinator *c,
    const struct message *m, struct slice product, uint8_t key[static 32])
    __attribute__((warn_unused_result));
/* A free place, all zero but not used; NULL: there is none. */
struct coord_proposal *coord_proposal_place(struct coordinator *c);

/* coordinator_purpose.c: what is signed, and whose key it is under. */
/* coord_text: the text on which it rests, for evidence. */
struct slice coord_text(const struct coord_proposal *p);
struct slice coord_signed(const struct coord_proposal *p);
const struct frost_roster *coord_frost(const struct coordinator *c,
    const struct coord_proposal *p, const struct coord_slot *s);
/* The note that stands for a finished purpose. */
void coord_purpose_result(
    struct text *t, const struct coordinator *c, const struct coord_proposal *p);

/* coordinator_sign.c: how the lines under one text come about. */

/* The member with that key, -1; and make one, -1 if there is no room. */
int coord_member_by(const struct coord_proposal *p, const struct message *m);
int coord_member_add(struct coord_proposal *p, const struct vkey *k);
/* RC_OK; RC_LIMIT. */
enum rc coord_slot_add(struct coordinator *c, struct coord_proposal *p,
    unsigned signer, unsigned roster) __attribute__((warn_unused_result));
enum rc coord_plain_add(struct coord_proposal *p, unsigned signer,
    const struct vkey *k) __attribute__((warn_unused_result));

/* Whether the quorum is within reach of those who did not refuse. */
bool coord_possible(
    const struct coordinator *c, const struct coord_proposal *p);
/* Do everything that can be done now: open, ask, sign, give up. */
void coord_advance(
    struct coordinator *c, struct coord_proposal *p, uint64_t now);
void coord_close(struct coordinator *c, struct coord_proposal *p,
    enum coord_state state, const char *reason);

enum rc coord_commit(struct coordinator *c, const struct message *m,
    uint64_t now) __attribute__((warn_unused_result));
enum rc coord_share(struct coordinator *c, const struct message *m,
    uint64_t now) __attribute__((warn_unused_result));

/* A member that will not answer this session: refused, found out, or its
 * nonces died with its last boot. */
bool coord_seat_is_lost(const struct coord_proposal *p,
    const struct coord_session *x, unsigned id);

/* The text of a package for plain signers: those asked under `number`. */
void coord_plain_package(struct text *out, const struct coord_proposal *p,
    uint32_t number);

/* coordinator_birth.c */
enum rc coord_birth_message(struct coordinator *c, const struct message *m,
    uint64_t now) __attribute__((warn_unused_result));
/* One of a birth's two texts got its group line, or never will. */
void coord_birth_signed(struct coordinator *c, const struct coord_proposal *p);
void coord_birth_tick(struct coordinator *c, uint64_t now);
/* See which steps are over; behind any event that may have ended one. */
void coord_birth_clock(struct coordinator *c, uint64_t now);
bool coord_birth_has(const struct coord_birth *b, const uint8_t key[static 32]);
void coord_birth_touch(struct coordinator *c, struct coord_birth *b);
/* Keep a note for everybody's inbox; false: no room. */
bool coord_birth_keep(
    struct coordinator *c, struct coord_birth *b, struct slice s);
/* The end. name.n 0: nobody in particular. */
void coord_birth_fail(struct coordinator *c, struct coord_birth *b,
    struct slice name, const char *what, enum rc rc);
void coord_birth_name(struct coord_birth *b, struct slice name,
    const char *code);
/* Propose the roster, to be signed by its own shares. */
enum rc coord_birth_roster(struct coordinator *c, struct coord_birth *b,
    const char *text, size_t n) __attribute__((warn_unused_result));

/* coordinator_reshare.c: the same notes, in a reshare. */
enum rc coord_reshare_message(struct coordinator *c, struct coord_birth *b,
    const struct ceremony_member *who, const struct message *m, uint64_t now)
    __attribute__((warn_unused_result));
/* Choose, if there is something to choose from. */
void coord_reshare_advance(
    struct coordinator *c, struct coord_birth *b, uint64_t now);
#endif
