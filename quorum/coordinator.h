/* SPDX-License-Identifier: Apache-2.0 */
#ifndef QUORUM_COORDINATOR_H
#define QUORUM_COORDINATOR_H
/*
 * The coordinator as a state machine: docs/formats.md sections 9 and 10. It
 * has no key and is trusted with nothing: it can delay, and see. Pure: no
 * clock, file, socket or heap. An event goes in (a note, a tick, each with
 * the time); what to say comes out when asked (status, inbox, result).
 *
 * Deterministic: whoever feeds the events that changed something (`changed`)
 * with their times into a machine with the same authorities is where this
 * one is. That is how it resumes: quorum/store.c keeps those events.
 *
 * A text that is being signed is a proposal: a release or withdraw text, and
 * the two texts of a birth. Its signers are slots: a shared one runs FROST
 * sessions among the parties of its roster (ROAST, eprint 2022/550, over
 * trees), a plain one gives its line. A session opens when seats with unused
 * commitments contain a qualified set; the seats that broke fewest sessions
 * come first; a seat with a bad share is named and never used again for this
 * text. With f faulty parties and a qualified honest rest that answers within
 * COORD_PATIENCE_S this takes at most f + 1 sessions, one more per honest
 * restart, and COORD_COMMITS_MAX more per faulty party.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "quorum/ceremony.h"
#include "quorum/frost.h"
#include "quorum/message.h"
#include "quorum/purpose.h"
#include "verify/release.h"
#include "verify/roster.h"
#include "verify/trust.h"

/* Every limit, once. What is above is refused with RC_LIMIT. */
#define COORD_AUTHORITIES_MAX 8 /* each epoch of a name counts */
#define COORD_ROSTERS_MAX     26 /* two of them for rehearsals */
#define COORD_PROPOSERS_MAX   64
#define COORD_PATTERNS_MAX    16
#define COORD_PARTIES_MAX     128 /* configured for ceremonies */
#define COORD_PROPOSALS_MAX   64 /* open at a time, births included */
#define COORD_MEMBERS_MAX     160 /* keys that may act on one text */
#define COORD_SHARED_MAX      4	  /* shared signers of one text */
#define COORD_SESSIONS_MAX    256 /* live, of all proposals */
#define COORD_BLAMES_MAX      64  /* kept, of all proposals */
#define COORD_COMMITS_MAX     8	  /* re-commitments of a seat for a text */
#define COORD_CEREMONIES_MAX  4	  /* at a time */
#define COORD_REHEARSALS_MAX  2	  /* besides */
#define COORD_BIRTHS_MAX      (COORD_CEREMONIES_MAX + COORD_REHEARSALS_MAX)
#define COORD_CHOICES_MAX     16  /* of dealings, in one reshare */

#define COORD_AGE_S_MAX	 (30u * 86400) /* of a proposal */
#define COORD_AHEAD_S	 600
#define COORD_BIRTH_S_MAX (30u * 86400) /* until a ceremony's deadline */
#define COORD_PATIENCE_S 3  /* a session's silence before another is tried */
#define COORD_SILENCE_S	 15 /* a plain signer's before another is asked */
#define COORD_DEALING_S	 5  /* for the other holders, once enough have dealt */

#define COORD_CURSOR_MAX     32
#define COORD_WANTS_MAX	     MESSAGE_WANTS_MAX
#define COORD_NAMED_MAX	     (COORD_PROPOSALS_MAX * COORD_WANTS_MAX)
#define COORD_BLOB_SMALL_MAX (1u << 20) /* notes and attestations */
#define COORD_TEXT_MAX	     NOTE_BYTES_MAX
#define COORD_NOTE_MAX	     PURPOSE_BYTES_MAX
#define COORD_MOVED_MAX	     2 /* the roster in force, and the one before */
#define COORD_BIRTH_BYTES    (6u * 1024 * 1024)

enum coord_state {
	COORD_OPEN,
	COORD_SIGNED,
	COORD_REFUSED,
	COORD_EXPIRED,
	COORD_SUPERSEDED,
	COORD_ABORTED,
};
const char *coord_state_name(enum coord_state state);

enum coord_work {
	COORD_RELEASE,
	COORD_BIRTH_ROSTER,
	COORD_BIRTH_TRUST,
	COORD_PURPOSE, /* one `sign` line of a release that is in the log */
};

struct coord_roster {
	bool used;
	bool rehearsal; /* no release is ever signed under it */
	struct roster roster;
	struct frost_roster frost;
	uint8_t text[COORD_TEXT_MAX];
};

struct coord_authority {
	struct trust trust;
	struct tree tree; /* over the signers, by index + 1 = leaf id or not:
			     tree.party and tree.id say */
	uint32_t shared;  /* signer indices that are group keys */
	uint32_t text_max; /* 0: no such line */
	bool born;	   /* in a ceremony here; else the operator's */
	uint8_t text[COORD_TEXT_MAX];
};

struct coord_proposer {
	struct vkey key;
	char key_text[192];
	unsigned pattern_n;
	char pattern[COORD_PATTERNS_MAX][NAME_BYTES_MAX + 2];
};

struct coord_party {
	struct vkey key;
	char key_text[192];
};

/* One key, and what it said about one text. */
struct coord_member {
	struct vkey key; /* its name borrows from a trust or roster text */
	bool approved, refused, blamed;
	bool has_line;
	uint8_t sig[64]; /* of its own line */
	char code[NAME_BYTES_MAX + 1]; /* of refused or blamed */
	char said[REASON_BYTES_MAX + 1]; /* its refusal's reason, or "" */
};

/* A commitment and what became of it. */
enum coord_seat_state { SEAT_EMPTY, SEAT_READY, SEAT_USED };
enum { COORD_BOOTS_MAX = COORD_COMMITS_MAX + 2 };

struct coord_boot {
	uint8_t id[FROST_BOOT_ID_BYTES];
	uint32_t serial; /* highest seen */
};

struct coord_seat {
	uint8_t state;
	uint8_t member; /* of the proposal */
	uint8_t commits; /* re-commitments */
	uint8_t broken;	 /* sessions */
	uint8_t boot_n, boot; /* known ones; the present one */
	struct coord_boot boots[COORD_BOOTS_MAX];
	struct point d, e;
};

/* A signer of the text. */
struct coord_slot {
	uint8_t signer;	 /* index in the trust; 0 in a birth */
	uint8_t roster;	 /* of the coordinator */
	bool done;
	uint8_t sig[64];      /* of the group */
	struct tree_set set;  /* whose session it was */
	struct coord_seat seat[FROST_PARTIES_MAX]; /* by leaf id - 1 */
};

struct coord_plain {
	uint8_t signer; /* index in the trust */
	uint8_t member;
	uint32_t asked; /* session number of its package; 0: never */
	uint64_t asked_at;
	uint64_t stamp;
};

/* What convicts a party: the five items of quorum/blame.h. */
struct coord_blame {
	bool used;
	uint8_t proposal;
	size_t n;
	uint8_t bytes[PACKAGE_BYTES_MAX + 2 * NOTE_BYTES_MAX + 8192];
};

struct coord_proposal {
	bool used;
	uint8_t state; /* enum coord_state */
	uint8_t work;  /* enum coord_work */
	uint8_t authority;
	uint8_t id[32];
	uint8_t proposer[32]; /* public key */
	struct release release;
	uint32_t change;
	uint32_t sessions; /* packages so far */
	uint64_t stamp;	   /* when it came, in inbox order */
	unsigned slot_n, plain_n, member_n;
	struct coord_slot slot[COORD_SHARED_MAX];
	struct coord_plain plain[TRUST_SIGNERS_MAX];
	struct coord_member member[COORD_MEMBERS_MAX];
	/* Of a purpose: what is signed, and the rosters moved to its key, by
	 * slot. Its note is a request with its release file. */
	struct purpose_request ask;
	struct frost_roster moved[COORD_MOVED_MAX];
	unsigned want_n; /* of this run; whoever wants them asks again */
	uint8_t want[COORD_WANTS_MAX][32]; /* ascending */
	size_t text_n, note_n, result_n;
	uint8_t note[COORD_NOTE_MAX]; /* text and proposer's line */
	uint8_t result[COORD_TEXT_MAX];	    /* signed */
	char reason[256];
};

struct coord_session {
	bool used;
	bool broken; /* cannot complete any more; still answered */
	uint8_t proposal, slot;
	uint32_t number;
	uint64_t stamp, opened;
	uint8_t digest[32];
	struct tree_set set, answered;
	uint8_t boot[FROST_PARTIES_MAX][FROST_BOOT_ID_BYTES];
	struct frost_commitment commitment[FROST_PARTIES_MAX];
	struct scalar z[FROST_PARTIES_MAX];
	struct frost_session frost;
	size_t text_n;
	uint8_t text[PACKAGE_BYTES_MAX];
};

enum coord_birth_state {
	BIRTH_ACCEPTING,
	BIRTH_DEALING,
	BIRTH_CONFIRMING,
	BIRTH_SIGNING,
	BIRTH_BORN,
	BIRTH_FAILED,
};

enum {
	COORD_BIRTH_ITEMS = 1 + 3 * FROST_PARTIES_MAX +
	    COORD_CHOICES_MAX * (1 + FROST_PARTIES_MAX) +
	    2 * FROST_PARTIES_MAX,
	COORD_CHOICE_BYTES = 512 + FROST_PARTIES_MAX * (NAME_BYTES_MAX + 80)
};

/* Somebody at fault in a ceremony. */
struct coord_named {
	struct slice name; /* local; borrows from the bundle */
	const char *code;
};

/* What a reshare has besides; arrays by leaf id - 1 of the roster before. */
struct coord_reshare {
	struct tree_set accepted, dealt, valid, lined; /* of its holders */
	uint64_t ready_at; /* when the valid dealings first sufficed; or 0 */
	unsigned number;   /* of the choice; 0: none yet */
	struct tree_set chosen;
	size_t choice_n;
	uint8_t choice[COORD_CHOICE_BYTES];
	uint8_t note[FROST_PARTIES_MAX][32]; /* SHA-256 of the dealing's note */
	unsigned item[FROST_PARTIES_MAX];    /* and which item it is */
	struct point key[FROST_PARTIES_MAX];
	uint8_t line[FROST_PARTIES_MAX][64];
};

/* A note that all parties must see, within the arena. */
struct coord_item {
	uint64_t stamp;
	uint32_t at, n;
};

struct coord_birth {
	bool used;
	uint8_t state; /* enum coord_birth_state */
	uint8_t failed_in; /* the state before BIRTH_FAILED */
	uint8_t step_n;
	uint64_t since; /* when the last step was over */
	uint32_t step_s[BIRTH_BORN];
	struct tree_set took; /* the last signature's leaves, once born */
	uint8_t roster_index; /* of the coordinator, from signing on */
	uint32_t change;
	struct ceremony_bundle bundle;
	struct tree_set accepted, dealt, confirmed, lined;
	struct point key[FROST_PARTIES_MAX];
	struct dkg_ceremony dkg;
	struct dkg_sum sum;
	struct dkg_dealing dealing[FROST_PARTIES_MAX];
	uint8_t signature[FROST_PARTIES_MAX][DKG_SIG_BYTES];
	uint8_t line[FROST_PARTIES_MAX][64]; /* over the roster */
	uint8_t transcript_hash[64];
	size_t transcript_n;
	uint8_t transcript[DKG_TRANSCRIPT_BYTES_MAX];
	uint8_t record[32], roster_id[32], trust_id[32];
	size_t trust_n, roster_note_n, trust_note_n;
	uint8_t trust[COORD_TEXT_MAX];
	uint8_t roster_note[COORD_TEXT_MAX], trust_note[COORD_TEXT_MAX];
	char reason[256];
	unsigned named_n;
	struct coord_named named[MESSAGE_PARTIES_MAX];
	struct coord_reshare reshare;
	unsigned item_n;
	struct coord_item item[COORD_BIRTH_ITEMS];
	uint32_t arena_n;
	uint8_t arena[COORD_BIRTH_BYTES];
};

/* Large (100 MB of addresses, touched as needed): the heap of main(). */
struct coordinator {
	char token[9];	/* of this run: part of every cursor */
	uint64_t stamp; /* of the last thing that an inbox may show */
	uint32_t change_base;
	bool changed;  /* since the caller cleared it: store the event */
	uint64_t sessions_opened, shares_refused; /* for /metrics */
	unsigned authority_n, proposer_n, party_n;
	struct coord_authority authority[COORD_AUTHORITIES_MAX];
	struct coord_roster roster[COORD_ROSTERS_MAX];
	struct coord_proposer proposer[COORD_PROPOSERS_MAX];
	struct coord_party party[COORD_PARTIES_MAX];
	struct coord_proposal proposal[COORD_PROPOSALS_MAX];
	struct coord_session session[COORD_SESSIONS_MAX];
	struct coord_blame blame[COORD_BLAMES_MAX];
	struct coord_birth birth[COORD_BIRTHS_MAX];
};

/*
 * c is all zero. token: 4 random bytes of this run; run: 1, 2, ... the runs
 * of this state, so that `change` in a status rises over restarts.
 */
void coordinator_init(
    struct coordinator *c, const uint8_t token[static 4], uint32_t run);

/*
 * What is believed: trust and roster texts (bare, or the text of a note whose
 * lines the caller has judged). Copied. Of a name one trust text an epoch is
 * held: the operator's of the greatest revision, or else the one that was born
 * here last. A roster is of any authority and epoch; a release picks it by
 * signer, serial and key. RC_OK (also when the text is there), results of
 * trust_read, roster_parse, roster_frost; RC_LIMIT; RC_NAME_REPEATED (the
 * operator has another text of that epoch, not of a lower revision).
 */
enum rc coordinator_authority(struct coordinator *c, const uint8_t *text,
    size_t n) __attribute__((warn_unused_result));
/* Of a ceremony here; RC_OK too when the operator's text of its epoch stays. */
enum rc coordinator_authority_born(struct coordinator *c,
    const uint8_t *text, size_t n) __attribute__((warn_unused_result));
enum rc coordinator_roster(struct coordinator *c, const uint8_t *text,
    size_t n) __attribute__((warn_unused_result));
/* What a rehearsed ceremony came to, in a free place; *index says which. */
enum rc coordinator_rehearsal(struct coordinator *c, uint8_t *index,
    const uint8_t *text, size_t n) __attribute__((warn_unused_result));
/* Who may propose; then what: names of products, or a prefix and `*`. A
 * party may propose ceremonies and nothing else. */
enum rc coordinator_proposer(struct coordinator *c, const char *vkey)
    __attribute__((warn_unused_result));
enum rc coordinator_pattern(struct coordinator *c, const char *pattern)
    __attribute__((warn_unused_result));
enum rc coordinator_party(struct coordinator *c, const char *vkey)
    __attribute__((warn_unused_result));

/*
 * A proposal: a release or withdraw text with its proposer's line.
 * *index is where it is, also when it was there before. supersedes: 32 bytes
 * or NULL. RC_OK; RC_BUSY, with the open one's index; RC_SENDER, RC_PRODUCT
 * (not that proposer's), RC_AUTHORITY, RC_EPOCH, RC_AGE, RC_LOG_TEXT_MAX,
 * RC_QUORUM (with the rosters it names no quorum is possible), RC_LIMIT, and
 * results of release_parse and message_verify.
 */
enum rc coordinator_propose(struct coordinator *c, unsigned *index,
    const struct message *m, const uint8_t *supersedes, uint64_t now)
    __attribute__((warn_unused_result));

/*
 * A request for a signature under a purpose: its note, by a proposer of the
 * product, and the release file, which is verified against the trust. One of
 * which a party may have forgotten is shown to the parties again. RC_OK, also
 * when it was there; RC_BUNDLE (more than one request), RC_SENDER, RC_PRODUCT,
 * RC_AUTHORITY, RC_AGE, RC_QUORUM (no roster of that signer), RC_LIMIT, and
 * results of purpose_take and purpose_file_check.
 */
enum rc coordinator_purpose(struct coordinator *c, unsigned *index,
    const uint8_t *bytes, size_t n, uint64_t now)
    __attribute__((warn_unused_result));

/*
 * approve, refuse, commit, share, a party's own line; accept, deal, reshare,
 * confirm, complaint, a party's line on a new roster. RC_OK also when it was known or
 * can no longer matter; RC_UNKNOWN (no such open text here), RC_SENDER,
 * RC_BLAMED, RC_COMMITS_MANY, RC_SHARE_INVALID (and its sender is named),
 * RC_POINT, RC_CEREMONY, results of the parsers and of message_verify.
 */
enum rc coordinator_message(struct coordinator *c, const struct message *m,
    uint64_t now) __attribute__((warn_unused_result));

/* A ceremony's bundle, proposed by a proposer or party. RC_OK, also when
 * known; RC_SENDER, RC_AGE (deadline), RC_LIMIT, results of ceremony_open. */
enum rc coordinator_ceremony(struct coordinator *c, unsigned *index,
    const uint8_t *bundle, size_t n, uint64_t now)
    __attribute__((warn_unused_result));

/*
 * Which text a message is about: the release, the text to be signed, the
 * ceremony, or a roster itself. False: none of these kinds.
 */
bool coordinator_about(const struct message *m, uint8_t id[static 32]);
/* What that text belongs to here: its own id, or its ceremony's. False: it
 * is not in the machine. */
bool coordinator_scope(const struct coordinator *c,
    const uint8_t id[static 32], uint8_t scope[static 32]);

/* The clock: once a second or so. */
void coordinator_tick(struct coordinator *c, uint64_t now);

/* ---- what to say ---- */

/* The index of an open or finished one that is still in memory, or -1. */
int coordinator_find(const struct coordinator *c, const uint8_t id[static 32]);
int coordinator_find_birth(
    const struct coordinator *c, const uint8_t id[static 32]);

/* Status text; STATUS_BYTES_MAX is enough. Of one that has ended, the store
 * has it, with the signed note behind it: coord_store_end. */
void coordinator_status(
    struct text *out, const struct coordinator *c, unsigned index);
void coordinator_birth_status(
    struct text *out, const struct coordinator *c, unsigned index);

/* All blame bundles of a text, as one bundle; may be empty. */
void coordinator_blames(
    struct text *out, const struct coordinator *c, unsigned index);

/*
 * Bytes that a text names, for parties that want to see them. The texts that
 * are open: false, none of them names this digest; *size is what it says of
 * it, or *exact is false (notes, attestations: no more than that).
 */
bool coordinator_names(const struct coordinator *c, uint64_t *size,
    bool *exact, const uint8_t sha256[static 32]);
/* All of them, at most COORD_NAMED_MAX; how many. */
unsigned coordinator_named(
    const struct coordinator *c, uint8_t sha256[][32]);
/*
 * Somebody wants them and they are not here, or no longer: the statuses say
 * so to whoever has them. True: one has changed. Not an event: nothing of it
 * is stored.
 */
bool coordinator_want(
    struct coordinator *c, const uint8_t sha256[static 32], bool want);
/* Whether a read note is by a proposer: only those may send such bytes.
 * Results of coordinator_reader. */
enum rc coordinator_uploader(const struct coordinator *c,
    const struct message *m, const char *path, uint64_t now)
    __attribute__((warn_unused_result));
/* Give a finished one's place back. */
void coordinator_forget(struct coordinator *c, unsigned index);
void coordinator_forget_birth(struct coordinator *c, unsigned index);

/*
 * Who polls: an opened poll note. RC_OK; RC_SENDER (no party of that
 * authority, nor of a ceremony for it), RC_AGE, results of poll_parse. who
 * borrows from the machine until the party's text is forgotten: copy it.
 */
struct coord_poller {
	uint8_t key[32];
	char name[NAME_BYTES_MAX + 1];
	uint64_t after; /* 0: everything that is open */
};
enum rc coordinator_poll(struct coord_poller *who, const struct coordinator *c,
    const struct message *m, uint64_t now)
    __attribute__((warn_unused_result));
/* Whether there is anything for it; the answer: inbox, then the items. An
 * item that does not fit is left for the next poll: the cursor says so. */
bool coordinator_news(
    const struct coordinator *c, const struct coord_poller *who);
void coordinator_inbox(struct text *out, const struct coordinator *c,
    const struct coord_poller *who, uint64_t now);

/*
 * Whether a read note lets its sender see `path`: by a proposer or any
 * party. RC_OK, RC_SENDER, RC_AGE, RC_FIELD (another path).
 */
enum rc coordinator_reader(const struct coordinator *c,
    const struct message *m, const char *path, uint64_t now)
    __attribute__((warn_unused_result));
#endif
