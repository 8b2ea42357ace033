/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_ADMISSION_H
#define LOG_ADMISSION_H
#include "host/why.h"
#include "log/proof.h"
#include "verify/release.h"
#include "verify/roster.h"

/*
 * What a log takes (docs/formats.md section 7): one table of rules, run from
 * the top, the first that fails refuses. The rules see the log only through
 * struct admission_state, so that they run against SQLite, inside its
 * transaction, and in tests against a struct.
 */
enum {
	ADMISSION_AHEAD_S = 600,
	ADMISSION_AGE_S = 37 * 86400,
	ADMISSION_OBJECTIONS_MAX = 8, /* by one key of one release id */
};

/* What is logged of a product in one epoch. */
struct admission_product {
	bool released, withdrawn;
	uint32_t sequence; /* the highest */
	uint32_t floor;    /* the highest of its withdraws */
};

/* What the rules want to know of the trust text in force, besides what
 * struct trust keeps: found once a text, not once an entry. */
struct admission_facts {
	uint32_t shared;   /* which signers are group keys */
	uint64_t text_max; /* 0: none */
};
enum rc admission_facts(struct admission_facts *out, const struct trust *t)
    __attribute__((warn_unused_result));

/*
 * Questions to the log. Pointers that are given out hold until the check
 * returns. Anything but RC_OK (RC_DATABASE) ends the check with it.
 */
struct admission_state {
	void *context;
	/* Not 0, and the same as at another run: trust and roster texts are
	 * the same too. Taken before any of them is asked for. */
	uint64_t generation;
	/*
	 * This log's key; its name is the origin. NULL for whoever reads a
	 * log: then the rules are left out that only the log could hold (what
	 * came along with a copy, how old a text was when it came, whom the
	 * log asks).
	 */
	const struct vkey *log;
	const struct vkey *log_next; /* takes over; NULL: there is none */
	/* Is it configured? Then the id of its first trust text. */
	bool (*authority)(void *context, struct slice name,
	    uint8_t first[static 32], bool *no_mirror);
	/*
	 * Whether the operator was told that this trust text is one of a
	 * recovery, made because its home log is gone: then it comes without
	 * that log's proof, by `recover` roots. May be NULL: never.
	 */
	bool (*recovery)(void *context, struct slice name,
	    const uint8_t id[static 32]);
	/* The trust text in force, and its facts; NULL before the first. */
	enum rc (*trust)(void *context, struct slice authority,
	    const struct trust **out, const struct admission_facts **facts);
	/* The newest roster of a key; NULL if there is none. */
	enum rc (*roster)(void *context, const uint8_t key[static 32],
	    const struct roster **out);
	/* Whether a trust or roster text with this id is logged. */
	enum rc (*known)(void *context, const uint8_t id[static 32], bool *out);
	enum rc (*product)(void *context, struct slice authority,
	    uint32_t epoch, struct slice product,
	    struct admission_product *out);
	enum rc (*objections)(void *context, const uint8_t key[static 32],
	    const uint8_t release[static 32], unsigned *out);
	/* Whether this log asks the cosigner. */
	bool (*cosigner)(void *context, const struct vkey *k);
};

enum admission_kind {
	ADMISSION_RELEASE = 1,
	ADMISSION_WITHDRAW = 2,
	ADMISSION_TRUST = 4,
	ADMISSION_ROSTER = 8,
	ADMISSION_OBJECTION = 16,
};

/* A signature line: where it is, whose it turned out to be. */
struct admission_line {
	uint16_t at;    /* of the line in the note */
	uint8_t sig[64]; /* of an Ed25519 line */
	uint16_t place; /* in canonical order; PLACE_NOBODY at first */
	uint16_t blob_n;
	uint8_t name_n;
	uint8_t id[4];
	bool verified; /* under `key`: kept between two runs */
	bool claimed;  /* put off: to be verified under `key` */
	uint8_t key[32];
};
enum { PLACE_NOBODY = 0xffff };

/*
 * One check, and what it found out. Some 40 KB; only whoever runs it
 * touches it. Between admission_begin and the end `bytes` must stay.
 */
struct admission {
	const uint8_t *bytes;
	size_t n;
	struct note note;
	struct slice rest; /* behind the note: a proof, or nothing */
	uint8_t id[32];    /* of the text */
	uint8_t leaf[32];  /* of the note, if it is one */
	/* for whoever looks: the text is none of so many first entries */
	uint64_t unlogged;
	enum admission_kind kind;
	struct slice authority;
	uint32_t epoch;
	uint64_t proposed;
	union {
		struct release release; /* withdraws too */
		struct trust trust;
		struct roster roster;
		struct objection objection;
	} u;
	bool split; /* `note` is one; else admission_begin did not see it all */
	/* for the run at hand */
	const struct admission_state *state;
	uint64_t now;
	const struct trust *held; /* in force; NULL for a first trust text */
	const struct admission_facts *facts; /* of it */
	bool no_mirror;
	bool put_off; /* signatures are claimed, not verified */
	bool read;    /* rules about the bytes alone have passed */
	uint64_t passed; /* the generation under which all but the last did */
	uint32_t signers; /* whose lines stand */
	uint8_t objector[32];
	enum rc rc; /* of the last run */
	const char *refused_by; /* the rule's name; NULL when none refused */
	struct why why;
	/* last: only as many as there are were ever written to */
	struct admission_line line[NOTE_SIGLINES_MAX];
};

/*
 * Take a body: RC_OK once the text's id is known (a->id), whatever follows
 * the text, so that a known text can be answered before anything is judged;
 * RC_NOTE_LONG, RC_TRUNCATED. bytes are a note, or for trust and roster a
 * file.
 */
enum rc admission_begin(struct admission *a, const uint8_t *bytes, size_t n)
    __attribute__((warn_unused_result));

/*
 * Run the table. May be run again with another state or time: signatures
 * that verified are not verified twice. a->why has the sentence of a
 * refusal.
 */
enum rc admission_check(struct admission *a,
    const struct admission_state *state, uint64_t now)
    __attribute__((warn_unused_result));

/*
 * The same in two steps, so that many entries' signatures are verified
 * together. Prepare runs the rules up to the last ones, which depend on
 * every entry logged before, and puts signatures off: RC_OK when it wants
 * nothing but that each of the lines admission_claim gives verifies. Then
 * admission_verified, and admission_check, which has little left to do. Any
 * other result, or a line that does not verify, is no verdict: run
 * admission_check for that.
 */
enum rc admission_prepare(struct admission *a,
    const struct admission_state *state, uint64_t now)
    __attribute__((warn_unused_result));
/* The next line put off, from *i (0 at first) on: its key and signature; the
 * message is the note's text. False: there is none. */
bool admission_claim(const struct admission *a, unsigned *i,
    const uint8_t **key, const uint8_t **sig);
/* All that were put off verify. */
void admission_verified(struct admission *a);

/* On what a rule depends. */
enum admission_when {
	ADMISSION_ONCE,	 /* the bytes alone */
	ADMISSION_TEXTS, /* and the trust and roster texts logged */
	ADMISSION_LATE,	 /* and any entry logged, or the clock */
};

/* The table itself, for its tests: each rule says for which kinds it is. */
struct admission_rule {
	const char *name;
	unsigned kinds;
	enum admission_when when;
	enum rc (*check)(struct admission *a);
	bool at_the_door; /* only the log can hold it: see `log` above */
};
extern const struct admission_rule admission_rules[];
extern const unsigned admission_rule_n;

/* The HTTP status that goes with a refusal. */
unsigned admission_status(enum rc rc);
#endif
