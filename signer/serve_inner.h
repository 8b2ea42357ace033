/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_SERVE_INNER_H
#define SIGNER_SERVE_INNER_H
/*
 * What the daemon's own files share, and nobody else sees: its parts, and
 * the one lock.
 *
 *   serve.c          start and end
 *   serve_inbox.c    what the coordinator says, and polls
 *   serve_log.c      reads the logs, locks and unlocks an authority
 *   serve_next.c     shares of a reshare or a new key that wait for the log
 *   serve_ceremony.c ceremonies
 *   serve_rehearsal.c the same without any effect
 *   serve_decide.c   what a person decides
 *   serve_show.c     what a person is shown
 *   serve_record.c   the record, for third parties
 *   serve_carry.c    notes that are carried by hand
 *   serve_alarm.c    alarms, a restored record, objections
 *
 * Invariant: seat, record and secrets are touched only between
 * signerd_enter() and signerd_leave(). "Within the lock" below says so.
 */
#include <pthread.h>
#include <sodium.h>
#include "host/clock.h"
#include "host/text.h"
#include "host/why.h"
#include "quorum/bundle.h"
#include "quorum/message.h"
#include "signer/birth.h"
#include "signer/courier.h"
#include "signer/evidence.h"
#include "signer/rehearsal.h"
#include "signer/seat.h"
#include "signer/serve.h"
#include "signer/store_record.h"
#include "signer/vault.h"

struct part; /* one authority */

/* A ceremony in memory. */
struct cradle {
	struct part *part; /* NULL: free */
	struct birth *b;
	uint8_t *bytes; /* of its bundle */
	uint64_t touched;
};

/* A rehearsal in memory; its secrets are at the same index. */
struct rehearsing {
	struct part *part; /* NULL: free */
	struct rehearsal *r;
	uint8_t *bytes; /* of its bundle */
	uint64_t touched;
};

/* A share and roster that a reshare gave, until the log has a successor of
 * the roster before; or that a new key gave, until the log has its roster, or
 * another trust text in the place of the one that introduces it. Its share is
 * at the seat's next place of that index. */
struct next {
	struct part *part; /* NULL: free */
	uint8_t ceremony[32];
	bool share; /* false: we only leave */
	uint32_t revision; /* of the trust text of a new key; or 0 */
	struct roster roster;
	size_t text_n;
	uint8_t text[NOTE_BYTES_MAX];
};

struct part {
	struct signerd *d;
	const struct settings_authority *settings;
	struct seat_authority *seat;
	struct evidence *evidence;
	pthread_mutex_t reading; /* one evidence_read at a time */
	uint64_t looked; /* when the logs were last read; unix seconds */
	uint64_t strangers_since; /* texts that nobody known signed */
	unsigned strangers;
	uint64_t alarms; /* that somebody was told of */
	uint8_t alarm[32]; /* the last one, as notify knows it */
	struct courier *courier;
};

struct signerd {
	struct settings *settings;
	struct vault *vault;
	struct store_record *record;
	int state_lock;
	pthread_mutex_t lock;
	struct seat *seat;
	unsigned part_n;
	struct part part[SEAT_AUTHORITIES_MAX];
	struct cradle cradle[VAULT_BIRTHS_MAX];
	struct rehearsing rehearsing[REHEARSALS_MAX];
	struct rehearsal_secrets *rehearsal_secrets;
	struct next *next; /* SEAT_NEXT_MAX */
	uint64_t count;
	struct link work, notifying; /* to the parent */
	struct people *people;
	struct notify *notify;
	struct looker *looker;
};

#define ITEM_ROOM (SEAT_ROOM > BIRTH_ROOM ? 2 * SEAT_ROOM : 2 * BIRTH_ROOM)

/* The lock; with secrets shown until signerd_leave. */
struct seat_secrets *signerd_enter(struct signerd *d);
void signerd_leave(struct signerd *d);

static inline void
now_fill(struct seat_now *now)
{
	now->unix_s = clock_unix();
	now->sources = NULL;
	randombytes_buf(now->random, sizeof now->random);
}

static inline void
hex_of(char out[static 65], const uint8_t id[static 32])
{
	struct text t;

	text_init(&t, out, 65);
	text_hex(&t, id, 32);
}

static inline unsigned
part_index(const struct part *p)
{
	return (unsigned)(p - p->d->part);
}

/* serve.c: the header that lets us read `path` of the coordinator. Without
 * the lock; context is the struct signerd. */
void signerd_read_header(
    void *context, struct text *out, const char *path);

/* ---- serve_log.c ---------------------------------------------------------- */

/* Read the logs and lock or unlock the authority. RC_OK: unlocked. */
enum rc part_look(struct part *p);

/* ---- serve_alarm.c ------------------------------------------------------- */

/* Within the lock: there are alarms that nobody has calmed. Then the
 * authority is locked, and somebody is told of new ones. */
bool part_alarmed(struct part *p);
/* At the start: what the file state/restored declares. */
enum rc signerd_restored(struct signerd *d, struct why *why)
    __attribute__((warn_unused_result));

/* ---- serve_next.c: all within the lock -------------------------------------- */

struct next *next_find(
    struct signerd *d, const uint8_t ceremony[static 32]);
bool next_waits(const struct part *p);
/*
 * A roster that our ceremony came to; share is NULL if we are not in it. The
 * record and the vault have both already. trust.n 0: a reshare.
 */
enum rc next_lay(struct part *p, const uint8_t ceremony[static 32],
    const struct frost_key_share *share, const uint8_t *text, size_t text_n,
    struct slice trust)
    __attribute__((warn_unused_result));
/* Our words on it: line and commitments, or the line of who leaves. */
void say_next(struct next *n, struct text *notes);
/*
 * What the log says of the rosters of our keys: take up the one in force,
 * forget the others, and a share whose roster has a successor without us, or
 * whose key the trust text in force does not name.
 */
enum rc next_take(struct part *p, const struct explain *x)
    __attribute__((warn_unused_result));

/* ---- serve_ceremony.c: all within the lock ----------------------------------- */

struct cradle *cradle_find(
    struct signerd *d, const uint8_t id[static 32]);
void cradle_empty(struct cradle *c);
/* The coordinator offers a ceremony, for the first time or again. */
enum rc take_draft(struct part *p, struct bundle *b, struct text *notes)
    __attribute__((warn_unused_result));
/* accept, deal, reshare, choice, confirm, complaint: all begin with the
 * ceremony's id. */
enum rc take_ceremony_note(struct part *p, const struct message *m,
    struct text *notes) __attribute__((warn_unused_result));

/* ---- serve_rehearsal.c: within the lock, but for decline ---------------------- */

struct rehearsing *rehearsal_find(
    struct signerd *d, const uint8_t id[static 32]);
void rehearsal_forget(struct rehearsing *x);
void rehearsals_sweep(struct signerd *d); /* those whose deadline has passed */
enum rc take_rehearsal(struct part *p, struct bundle *b, struct text *notes)
    __attribute__((warn_unused_result));
/* A ceremony's note that is about this id. RC_CEREMONY: no rehearsal's. */
enum rc take_rehearsal_note(struct part *p, const struct message *m,
    struct text *notes, const uint8_t id[static 32])
    __attribute__((warn_unused_result));
/* True: it is for a rehearsal's text, and *rc says what came of it. */
bool take_rehearsal_package(enum rc *rc, struct part *p,
    const struct message *m, struct text *notes);
/* A person joins. RC_OK, RC_CEREMONY_CODE, RC_SEAT_STATE, RC_SEAT_LOCKED
 * (frozen), RC_CEREMONY (too late), RC_PREVIOUS, RC_ROSTER_MISMATCH (the
 * ceremony itself could not be, as things are). */
enum rc rehearsal_accept(struct rehearsing *x, struct text *notes,
    const char *code) __attribute__((warn_unused_result));

/* ---- serve_inbox.c: without the lock --------------------------------------- */

/* For the courier, see there. */
unsigned part_poll(void *context, struct text *note, const char *after);
bool part_inbox(
    void *context, const uint8_t *bytes, size_t n, struct text *notes);
/* Tell whoever `notify` runs. Within the lock or without. */
void matter_notify(struct part *p, const char *kind,
    const uint8_t id[static 32], struct slice product, uint32_t sequence);

/* ---- serve_decide.c: without the lock -------------------------------------- */

/* Notes of a person's decision, sent on the person's thread. */
struct outgoing {
	char *bytes;
	struct text notes;
};
bool outgoing_open(struct outgoing *o);
/* Posts what there is, and frees it. */
void outgoing_send(struct outgoing *o, struct part *p);
/* Whether this, an id in hex, waits for a person. context: the struct
 * signerd. */
bool signerd_waits(void *context, const char *id);
/* Somebody knows of a matter that was not offered here yet: ask for it. */
void fetch_unknown(struct signerd *d, const uint8_t id[static 32]);

/* serve_show.c. context: the struct signerd; without the lock. */
size_t signerd_last(void *context, uint8_t *text, const char *authority,
    uint32_t epoch, const char *product);
extern const char *const seat_states[SEAT_STATES];
#endif
