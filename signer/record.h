/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_RECORD_H
#define SIGNER_RECORD_H
/*
 * What a party remembers, as its seat sees it: a few questions and a few
 * durable steps. Every function that changes something returns RC_OK only
 * when a power cut would keep it; anything else means that nothing may be
 * said that relies on it. Decisions are appended and never edited: the last
 * one about a text stands.
 *
 * signer/store_record.c keeps it in SQLite; tests bring their own.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "signer/judge.h"
#include "verify/line.h"
#include "verify/rc.h"

#define RECORD_SHARE_MAX 2048 /* a share note */
#define RECORD_BY_MAX	 255
#define RECORD_SLOT_MAX	 160

enum record_verb { RECORD_NOTHING, RECORD_ASK, RECORD_APPROVE, RECORD_REFUSE };

/* One row: who decided what about which text, on what evidence, when. */
struct record_decision {
	uint8_t message[32]; /* id of the text */
	enum record_verb verb;
	enum judge_code code;	 /* of a refusal */
	const char *sentence;	 /* why */
	const char *by;		 /* "policy", or a person */
	const char *evidence;	 /* one line: what it rests on */
	uint64_t at;		 /* unix seconds */
	const uint8_t *text;	 /* kept with the first row about it */
	size_t text_n;
};

/* What stands about a text. */
struct record_standing {
	enum record_verb verb; /* RECORD_NOTHING: never heard of */
	enum judge_code code;
	char sentence[JUDGE_SENTENCE_MAX + 1];
	char by[RECORD_BY_MAX + 1];
	uint64_t at;
	size_t text_n;
};

/*
 * What a text uses up: (authority, epoch, slot, number). A release's slot is
 * "product " and its name, the number its sequence; "roster " and the
 * signer's name with the serial; "trust" with the revision. A withdraw
 * takes no sequence and has none (empty slot).
 */
struct record_slot {
	struct slice authority;
	uint32_t epoch;
	char slot[RECORD_SLOT_MAX + 1];
	uint32_t number;
};

/* What the log holds about a product, in one epoch. */
struct record_logged {
	uint32_t sequence; /* highest; 0: none */
	uint8_t id[32];	   /* of that text */
	bool floor_known;
	uint32_t floor;
	/* The record was restored lately: then sequences above `unsure`, the
	 * highest one that was logged when that was found out, may have been
	 * used without its knowing, as far as the policy's step. */
	bool restored;
	uint32_t unsure;
};

/* How long a text has been here, and who said yes to it. */
struct record_waiting {
	uint64_t first_seen; /* its first decision row; 0: none */
	unsigned assents;    /* by different people */
	unsigned approved_day; /* texts approved in the 24 hours before */
};

/* What the seat keeps besides its decisions. */
enum record_note {
	RECORD_ASKED,	  /* a proposal, with its proposer's line */
	RECORD_APPROVAL,  /* what may leave, from here on */
	RECORD_REFUSAL,
	RECORD_COMMITMENT,
	RECORD_LINE,
	RECORD_OBJECTION
};

struct record {
	void *context;
	/*
	 * Around every event: what is kept in between is kept in one durable
	 * step, at the time `at`, or (keep false) not at all. Nothing that
	 * the event says may be heard before end is RC_OK. RC_OK, RC_DATABASE.
	 */
	enum rc (*begin)(void *context, uint64_t at);
	enum rc (*end)(void *context, bool keep);
	/* A note about a text; the same one again is nothing. */
	enum rc (*note)(void *context, enum record_note what,
	    const uint8_t message[static 32], const void *note, size_t n);
	/* Append a decision. RC_OK or RC_DATABASE. */
	enum rc (*decide)(void *context, const struct record_decision *d);
	/* The last approve or refuse row about a text, or the ask row if
	 * there is no other; its text to text[cap]. RC_OK, RC_DATABASE. */
	enum rc (*standing)(void *context, struct record_standing *out,
	    uint8_t *text, size_t cap, const uint8_t message[static 32]);
	/* Who holds a slot: *bound false, or true and the message's id. */
	enum rc (*bound)(void *context, bool *bound,
	    uint8_t message[static 32], const struct record_slot *slot);
	/*
	 * In one step: bind the slot to the message (nothing to do if it is
	 * already, or if the slot is empty) and keep the share note (note_n 0:
	 * there is none) under (message, package). RC_OK; RC_CONFLICT: the
	 * slot is another text's, or another note is kept for the package;
	 * nothing is changed; RC_DATABASE.
	 */
	enum rc (*answer)(void *context, const struct record_slot *slot,
	    const uint8_t message[static 32], const uint8_t package[static 32],
	    const uint8_t *note, size_t note_n);
	/* The share note kept for a package; *n 0: none. */
	enum rc (*answered)(void *context, uint8_t note[static RECORD_SHARE_MAX],
	    size_t *n, const uint8_t message[static 32],
	    const uint8_t package[static 32]);
	/* What the log said when it was last read. */
	enum rc (*logged)(void *context, struct record_logged *out,
	    struct slice authority, uint32_t epoch, struct slice product);
	/* A person's yes, and what shows it (a signature; n 0: nothing). The
	 * same person's second one is RC_OK and nothing. */
	enum rc (*assent)(void *context, const uint8_t message[static 32],
	    const char *by, const void *shown, size_t n, uint64_t at);
	enum rc (*waiting)(void *context, struct record_waiting *out,
	    const uint8_t message[static 32], uint64_t now);
	/* Frozen or not, for every start from now on. */
	enum rc (*freeze)(
	    void *context, bool frozen, const char *by, uint64_t at);
};
#endif
