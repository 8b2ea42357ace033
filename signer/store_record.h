/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_STORE_RECORD_H
#define SIGNER_STORE_RECORD_H
/*
 * The record in SQLite: decisions, slots, share notes; what the log said and
 * how far it was read; ceremonies. One struct is used by one thread at a
 * time. Every function that writes is durable when it returns RC_OK.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "host/why.h"
#include "signer/record.h"

struct store_record;

/* RC_OK, RC_DATABASE, RC_MEMORY. */
enum rc store_record_open(struct store_record **out, const char *path,
    struct why *why) __attribute__((warn_unused_result));
void store_record_close(struct store_record *s); /* NULL is allowed */

/*
 * Whose record it is (a vkey): before anything else is written. What an
 * earlier version kept without a chain is taken into it here.
 */
enum rc store_record_party(struct store_record *s, const char *vkey)
    __attribute__((warn_unused_result));
/* The chain and what rests on it, from the first row; RC_OK, RC_RECORD_CHAIN
 * with why, RC_DATABASE. */
enum rc store_record_whole(struct store_record *s, struct why *why)
    __attribute__((warn_unused_result));
/* The last row: its number (0: none) and id. */
void store_record_last(
    const struct store_record *s, uint32_t *rows, uint8_t id[static 32]);
/* Rows from `from` to `to`, as an export has them, as many whole ones as fit;
 * *next: the first one that is not there. RC_OK, RC_DATABASE. */
enum rc store_record_rows(struct store_record *s, struct text *out,
    uint32_t *next, uint32_t from, uint32_t to)
    __attribute__((warn_unused_result));

/* The seat's view of it. */
void store_record_ops(struct record *out, struct store_record *s);
enum rc store_record_frozen(struct store_record *s, bool *frozen)
    __attribute__((warn_unused_result));

/* The latest decisions, newest first; each row's strings and text are valid
 * for the call. RC_OK or RC_DATABASE. */
enum rc store_record_history(struct store_record *s, unsigned count_max,
    void (*row)(void *context, const struct record_decision *d),
    void *context) __attribute__((warn_unused_result));

/* ---- what the log said --------------------------------------------- */

/* A tree that was read to its end, and explained. size 0: never. */
struct store_position {
	uint64_t size;
	uint8_t root[32];
};
enum rc store_log_position(struct store_record *s, struct store_position *out,
    const char *authority, const char *origin)
    __attribute__((warn_unused_result));

/*
 * Raise the record: begin, any number of entries, end. Nothing holds before
 * store_log_end is RC_OK; store_log_abandon undoes the rest. Sequences and
 * floors only rise; a text that is there stays. RC_OK, RC_DATABASE.
 */
enum rc store_log_begin(struct store_record *s)
    __attribute__((warn_unused_result));
/* ours: it carries our line. If the record does not know that and the text is
 * young, the record is an old one: see store_restored. */
enum rc store_log_release(struct store_record *s,
    const struct release *release, const uint8_t *text, size_t n, bool ours,
    uint64_t now) __attribute__((warn_unused_result));
/* Whether that log goes on from what it had of the product in this epoch,
 * which is kept, with the entry: RC_OK, also when the entry was judged before;
 * RC_LOG_SEQUENCE (the same again, too), RC_LOG_FLOOR, RC_DATABASE. */
enum rc store_log_progress(struct store_record *s, const char *origin,
    uint64_t index, const struct release *release)
    __attribute__((warn_unused_result));
enum rc store_log_roster(struct store_record *s, const struct roster *roster)
    __attribute__((warn_unused_result));
enum rc store_log_trust(struct store_record *s, const struct trust *trust,
    const uint8_t *text, size_t n) __attribute__((warn_unused_result));
/* position NULL: the entries hold, but the reading goes on. */
enum rc store_log_end(struct store_record *s, const char *authority,
    const char *origin, const struct store_position *position)
    __attribute__((warn_unused_result));
void store_log_abandon(struct store_record *s);
/* An alarm: the log says what cannot be explained. evidence: a checkpoint or
 * an entry. */
enum rc store_log_alarm(struct store_record *s, const char *authority,
    const char *origin, const char *sentence, const void *evidence, size_t n,
    uint64_t at) __attribute__((warn_unused_result));
/* How many there are that nobody has calmed; the last one's sentence. */
enum rc store_log_alarms(struct store_record *s, uint64_t *count,
    char *sentence, size_t cap, const char *authority)
    __attribute__((warn_unused_result));
/* A person has looked at all of them; *count: how many there were. */
enum rc store_log_calm(struct store_record *s, uint64_t *count,
    const char *authority, const char *by) __attribute__((warn_unused_result));

/* ---- a record that came from a backup ---------------------------------- */

/* Longer than a log takes a text after it was proposed: what was signed before
 * and is not logged by then never is. */
#define RESTORED_S (38u * 86400)

/*
 * The record is an old one, as of now: what left since it was copied is not
 * in it. Until RESTORED_S have passed, record_logged says so. message: how it
 * was found out, or NULL. Nothing if that is known already and the log has
 * not been read since.
 */
enum rc store_restored(struct store_record *s, const char *authority,
    const char *says, const uint8_t *message)
    __attribute__((warn_unused_result));
/* The log has been read to its end, in this epoch: no sequence of it that
 * could be used before is more than a step above what is logged now. */
enum rc store_restored_based(struct store_record *s, const char *authority,
    uint32_t epoch) __attribute__((warn_unused_result));
/*
 * Whether the file at `path`, which is this record, was made at another time
 * than the record's own file was: then it is a copy of it. A file system that
 * does not say when files were made, and a copy written over the old file,
 * cannot be told: false. settled: this file is its own from now on.
 */
enum rc store_record_copied(struct store_record *s, bool *copied,
    const char *path) __attribute__((warn_unused_result));
enum rc store_record_settled(struct store_record *s, const char *path)
    __attribute__((warn_unused_result));
/* A person says that nothing is missing. */
enum rc store_restored_lift(struct store_record *s, const char *authority,
    const char *by) __attribute__((warn_unused_result));
/* Since when, unix seconds; 0: it is not. */
enum rc store_restored_since(struct store_record *s, uint64_t *at,
    const char *authority) __attribute__((warn_unused_result));

/* All trust and roster texts of an authority, oldest first. What `each`
 * returns, unless RC_OK, ends it and is the result. */
enum rc store_log_each(struct store_record *s, const char *authority,
    enum rc (*each)(void *context, bool roster, const uint8_t *text, size_t n),
    void *context) __attribute__((warn_unused_result));
/* The newest of each that was logged; *n 0: none. Texts longer than cap do
 * not exist: NOTE_BYTES_MAX is enough. */
enum rc store_release_newest(struct store_record *s, uint8_t *text,
    size_t cap, size_t *n, struct slice authority, uint32_t epoch,
    struct slice product) __attribute__((warn_unused_result));

/* ---- ceremonies ------------------------------------------------------ */

enum store_ceremony_state {
	CEREMONY_UNKNOWN,
	CEREMONY_ACCEPTED,  /* DKG key sealed, bundle kept */
	CEREMONY_CONFIRMED, /* one transcript was signed */
	CEREMONY_BORN	    /* share sealed; roster and trust kept */
};

/* What became of it. Reshares, and new keys in the place of others, wait for
 * the log. */
enum store_ceremony_fate {
	FATE_OPEN,	/* of a first genesis also: its share is the one */
	FATE_CANDIDATE, /* its share and roster wait for the log */
	FATE_IN_FORCE,
	FATE_OVER, /* failed, or another roster is in force */
};

struct store_ceremony {
	uint8_t id[32];
	enum store_ceremony_state state;
	enum store_ceremony_fate fate;
	uint8_t transcript[64]; /* from CONFIRMED on */
};

/* RC_OK also when it is kept already, with the same bytes; RC_CONFLICT. */
enum rc store_ceremony_accept(struct store_record *s,
    const uint8_t id[static 32], const char *authority,
    const uint8_t *bundle, size_t n, const char *by, uint64_t at)
    __attribute__((warn_unused_result));
/* One transcript a ceremony: RC_CONFLICT for a second. */
enum rc store_ceremony_confirm(struct store_record *s,
    const uint8_t id[static 32], const uint8_t transcript[static 64])
    __attribute__((warn_unused_result));
/* Share excepted, all that came of it. record is the ceremony's. trust_n 0:
 * a reshare. waits: its roster is a candidate from now on. */
enum rc store_ceremony_born(struct store_record *s,
    const uint8_t id[static 32], const uint8_t *roster, size_t roster_n,
    const uint8_t *trust, size_t trust_n, const uint8_t *record,
    size_t record_n, bool waits) __attribute__((warn_unused_result));
enum rc store_ceremony_find(struct store_record *s,
    struct store_ceremony *out, const uint8_t id[static 32])
    __attribute__((warn_unused_result));
enum rc store_ceremony_end(struct store_record *s,
    const uint8_t id[static 32], enum store_ceremony_fate fate)
    __attribute__((warn_unused_result));
/* In force, with a new key: every other one of its authority that came to a
 * share is over, also if it began later. */
enum rc store_ceremony_new_key(struct store_record *s,
    const uint8_t id[static 32]) __attribute__((warn_unused_result));
/* Whether one that was accepted since then is neither done nor over. */
enum rc store_ceremony_open(struct store_record *s, bool *open,
    const char *authority, uint64_t since)
    __attribute__((warn_unused_result));
/* The rosters of an authority's candidates; the bundles of those that are
 * neither done nor over; oldest first. */
typedef enum rc store_ceremony_fn(void *context,
    const uint8_t ceremony[static 32], const uint8_t *bytes, size_t n);
enum rc store_ceremony_candidates(struct store_record *s,
    const char *authority, store_ceremony_fn *each, void *context)
    __attribute__((warn_unused_result));
enum rc store_ceremony_unfinished(struct store_record *s,
    const char *authority, store_ceremony_fn *each, void *context)
    __attribute__((warn_unused_result));
/* The roster of an authority's share, of which ceremony, and the trust of
 * its birth, which may be missing; n 0: none. */
enum rc store_ceremony_texts(struct store_record *s,
    uint8_t ceremony[static 32], uint8_t *roster,
    size_t *roster_n, uint8_t *trust, size_t *trust_n, size_t cap,
    const char *authority) __attribute__((warn_unused_result));
/* The trust text that one came to; n 0: none. */
enum rc store_ceremony_trust(struct store_record *s, uint8_t *trust,
    size_t cap, size_t *n, const uint8_t id[static 32])
    __attribute__((warn_unused_result));
#endif
