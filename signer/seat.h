/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_SEAT_H
#define SIGNER_SEAT_H
/*
 * The seat: one party's decisions and its part of every signature. A state
 * machine over texts: events come in, notes come out. Time and randomness
 * are arguments, what must survive goes through signer/record.h, and what
 * must not (nonces) never leaves struct seat_secrets.
 *
 *   a text      NONE -> ASKED -> APPROVED -> (answers) -> CLOSED
 *               or REFUSED, from anywhere, for good
 *
 * What it keeps, whoever sits outside:
 *   - the approval is durable before the note that says so exists;
 *   - a nonce pair is made after the approval, for one text, one roster and
 *     this run of the process, and is wiped before its share is stored;
 *   - share and line exist outside only after the slot of the text is bound
 *     to it, durably; the same package gets the stored bytes again;
 *   - a share signs releases and withdraws that were approved here, what the
 *     `sign` lines of such a release allow once its file, proof included, was
 *     verified here (under keys of their own: quorum/purpose.h), and once
 *     each the roster and the trust text of its own birth; that of a reshare
 *     signs its own roster and nothing else until the log has it. There is no event
 *     that takes bytes to be signed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "quorum/frost.h"
#include "quorum/message.h"
#include "quorum/purpose.h"
#include "signer/judge.h"
#include "signer/record.h"
#include "verify/roster.h"
#include "verify/trust.h"

#define SEAT_AUTHORITIES_MAX 8
#define SEAT_NEXT_MAX	     4 /* rosters that wait for the log */
#define SEAT_PLACES (SEAT_AUTHORITIES_MAX + SEAT_NEXT_MAX)
#define SEAT_MESSAGES_MAX    64
#define SEAT_RECOMMITS_MAX   8 /* of one text, in one run */
/* Room that an event may need in its notes: a text with one line, a share
 * note, a commitment. */
#define SEAT_ROOM (NOTE_BYTES_MAX + 4096)

enum seat_state {
	SEAT_NONE,
	SEAT_ASKED,    /* a person is to decide */
	SEAT_APPROVED, /* durable; packages are answered */
	SEAT_REFUSED,  /* durable */
	SEAT_CLOSED,   /* signed by the log's word, or dead */
	SEAT_STATES
};

enum seat_event {
	SEAT_PROPOSAL,
	SEAT_PACKAGE,
	SEAT_YES, /* a person approves */
	SEAT_NO,  /* a person refuses */
	SEAT_BIRTH,
	SEAT_PURPOSE, /* a request that comes with its release file */
	SEAT_EVENTS
};

/* What a text is about: releases and withdraws; our own birth; what a `sign`
 * line of a logged release allows. */
enum seat_text { SEAT_RELEASES, SEAT_OWN, SEAT_SIGN_LINE, SEAT_TEXTS };

/* One row of the table of what is legal. once: good once for a text. */
struct seat_rule {
	enum seat_state state;
	enum seat_text text;
	enum seat_event event;
	bool once;
};
/* Row by row; NULL behind the last. Whatever has no row is RC_SEAT_STATE. */
const struct seat_rule *seat_rule(unsigned index);

/* All of it in guarded memory that a fork wipes. Never copied whole. */
struct seat_secrets {
	uint8_t seed[32]; /* of the identity key */
	struct frost_key_share share[SEAT_PLACES]; /* id 0: none */
	struct frost_nonces nonces[SEAT_MESSAGES_MAX];
};

/* How this party signs for an authority. */
enum seat_role { SEAT_NOBODY, SEAT_PLAIN, SEAT_SHARER };

struct seat_authority {
	char name[NAME_BYTES_MAX + 1];
	struct judge_policy policy;
	bool known;	/* trust below is one */
	bool caught_up; /* the log was read to its end in this run */
	char why_locked[160];
	uint8_t trust_text[NOTE_BYTES_MAX];
	struct trust trust;
	uint32_t text_max;
	enum seat_role role;
	uint8_t roster_text[NOTE_BYTES_MAX]; /* SHARER: of our share */
	struct roster roster;
	struct frost_roster frost;
	unsigned leaf;
	bool roster_logged; /* it is the one in force */
};

struct seat_message {
	enum seat_state state;
	enum message_kind kind; /* RELEASE WITHDRAW ROSTER TRUST PURPOSE */
	unsigned authority;
	uint8_t id[32];
	uint64_t touched; /* a count; the oldest goes first */
	struct release release;	/* of the first two kinds, and PURPOSE */
	struct purpose_line line; /* PURPOSE; the text is the release's */
	int proposer;
	struct verdict verdict; /* of a refusal, or why a person is asked */
	uint32_t serial;	/* of the commitment in force; 0: none */
	unsigned recommits;
	unsigned done; /* a bit an event: what was good once */
	size_t text_n;
	uint8_t text[NOTE_BYTES_MAX];
};

struct seat {
	struct record record;
	struct seat_secrets *secrets;
	char key_name[NAME_BYTES_MAX + 1];
	struct vkey key; /* identity; its name is key_name */
	uint8_t boot[FROST_BOOT_ID_BYTES];
	uint32_t serial;
	uint64_t count;
	bool frozen;
	bool broken; /* the record failed: nothing more is said */
	unsigned authority_n;
	/* those, and behind them the same once more for each share that a
	 * reshare gave and the log has not taken up yet */
	struct seat_authority authority[SEAT_PLACES];
	struct seat_message message[SEAT_MESSAGES_MAX];
	char scratch[SEAT_ROOM];
};

/* With every event: the time, fresh random bytes that it uses up, and what
 * was found out meanwhile. */
struct seat_now {
	uint64_t unix_s;
	uint8_t random[64]; /* erased by the seat */
	/* What a look at the text's sources found; NULL: nobody looked. */
	const struct source_findings *sources;
};

/* What an event leads to. notes is a bundle; the caller empties it and sees
 * to SEAT_ROOM bytes of room. */
struct seat_out {
	struct text *notes;
	bool person;	     /* somebody should be told: a text waits */
	bool look;	     /* its sources have to be looked at first */
	uint8_t id[32];	     /* which */
	struct verdict verdict; /* of a proposal judged now; or .answer 0 */
};

/*
 * secrets has the seed; boot is random, of this run. The caller's memory, of
 * the struct's (large) size; it may not be moved, since parsed texts borrow
 * from their bytes beside them.
 */
void seat_init(struct seat *s, const struct record *record,
    struct seat_secrets *secrets, const char *key_name,
    const uint8_t boot[static FROST_BOOT_ID_BYTES], bool frozen);

/* A place for an authority; NULL when there is none left. */
struct seat_authority *seat_authority_add(struct seat *s, const char *name,
    const struct judge_policy *policy);
/* By name, or NULL. */
struct seat_authority *seat_authority_find(struct seat *s, struct slice name);

/*
 * The trust text in force. Texts that rest on the one before and are dead
 * under this one (another epoch) are found out when they are asked for.
 * RC_OK, RC_AUTHORITY, what trust_read says.
 */
enum rc seat_trust(struct seat *s, struct seat_authority *a,
    const uint8_t *text, size_t n) __attribute__((warn_unused_result));

/*
 * The roster of our share, which is in secrets already, at the authority's
 * index. Checked whole: roster_frost, frost_key_share_check, that the leaf
 * is our key's. RC_OK, RC_AUTHORITY, RC_ROSTER_MISMATCH, what those say;
 * then there is no share (and it is wiped).
 */
enum rc seat_roster(struct seat *s, struct seat_authority *a,
    const uint8_t *text, size_t n) __attribute__((warn_unused_result));

/*
 * A share that waits: place i for it, beside the one of `of`, whose trust is
 * known. Then its share goes to secrets at that place's index, and
 * seat_roster (of a new key: seat_trust before), seat_birth as ever. seat_next_use puts share and roster in the
 * place of those of `of`: the old share and every nonce made with it are
 * gone. seat_next_drop forgets it. seat_share_drop: `of` has no share more.
 */
struct seat_authority *seat_next(struct seat *s, unsigned i,
    const struct seat_authority *of);
enum rc seat_next_use(struct seat *s, unsigned i, struct seat_authority *of)
    __attribute__((warn_unused_result));
void seat_next_drop(struct seat *s, unsigned i);
void seat_share_drop(struct seat *s, struct seat_authority *of);

/*
 * The log was read: everything up to now is in the record, and `roster` is
 * the id of the newest logged roster of our key (NULL: none). Without this,
 * or after seat_lock, proposals and packages of the authority are left for
 * later: RC_SEAT_LOCKED. Texts that the log has overtaken are closed.
 */
void seat_unlock(struct seat *s, struct seat_authority *a,
    const uint8_t *roster);
void seat_lock(struct seat_authority *a, const char *why);

/*
 * Events. RC_OK, with notes or without; RC_SEAT_STATE (out of turn),
 * RC_SEAT_LOCKED, RC_SEAT_FULL, RC_SEAT_UNKNOWN (no such text or authority),
 * RC_MORE (out->look: to be said again with the sources looked at),
 * RC_DATABASE (nothing is said, now or later), what the parsers say. After
 * anything but RC_OK notes is as it was.
 *
 * seat_proposal takes a note: a release or withdraw with its proposer's
 * line. seat_package takes a bare package; RC_ROSTER_MISMATCH is one for
 * another roster, found before a nonce was touched; one that does not name
 * this party is RC_OK and nothing.
 */
enum rc seat_proposal(struct seat *s, struct seat_out *out,
    struct seat_now *now, const uint8_t *note, size_t n)
    __attribute__((warn_unused_result));
enum rc seat_package(struct seat *s, struct seat_out *out,
    struct seat_now *now, const uint8_t *text, size_t n)
    __attribute__((warn_unused_result));

/*
 * A request for a signature under a purpose, as purpose_take left it. The
 * file is verified here, against the trust in force; a request whose file
 * does not verify, or that is for another signer's key, decides nothing and
 * is forgotten. The release must have been approved here, be the newest of
 * its product, and be of the last JUDGE_AGE_MAX_S: otherwise the request is
 * refused, for good. Results of purpose_file_check besides.
 */
enum rc seat_purpose(struct seat *s, struct seat_out *out,
    struct seat_now *now, const struct purpose_request *r)
    __attribute__((warn_unused_result));

/*
 * A person's word. by says who, for the record; shown is what it is known by
 * (a signature; n 0: nothing). A yes is judged again: the
 * rules may by now refuse, and then a refusal is what comes of it. Where more
 * people or a later time are wanted, it is kept and counts then. A no after
 * a yes withdraws and wipes the nonces. code is JUDGE_PERSON if nothing
 * better is known.
 */
enum rc seat_yes(struct seat *s, struct seat_out *out, struct seat_now *now,
    const uint8_t id[static 32], const char *by, const void *shown, size_t n)
    __attribute__((warn_unused_result));
enum rc seat_no(struct seat *s, struct seat_out *out, struct seat_now *now,
    const uint8_t id[static 32], enum judge_code code, const char *reason,
    const char *by) __attribute__((warn_unused_result));

/*
 * What would be decided about a note, rule by rule; nothing is decided, stored
 * or said. RC_OK, RC_SEAT_LOCKED, RC_SEAT_UNKNOWN, RC_SEAT_FULL, RC_DATABASE,
 * what the parsers say.
 */
enum rc seat_explain(struct seat *s, struct seat_now *now,
    const uint8_t *bytes, size_t n, struct verdict *out,
    void (*rule)(void *context, enum judge_code code, bool passes,
	const char *sentence),
    void *context) __attribute__((warn_unused_result));

/*
 * A text of our own birth: the roster of the share, or the trust text that
 * introduces its key, computed here and not received. Gives the roster with
 * our line, and commitments.
 */
enum rc seat_birth(struct seat *s, struct seat_out *out, struct seat_now *now,
    struct seat_authority *a, const uint8_t *text, size_t n)
    __attribute__((warn_unused_result));

/* Frozen, no package is answered and all nonces are gone. */
enum rc seat_freeze(struct seat *s, bool frozen, const char *by, uint64_t at)
    __attribute__((warn_unused_result));

/* By id, or NULL; only what is in memory. */
const struct seat_message *seat_find(
    const struct seat *s, const uint8_t id[static 32]);

/* Wipe every nonce. Also part of ending the process. */
void seat_forget(struct seat *s);
#endif
