/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_SERVE_H
#define SIGNER_SERVE_H
/*
 * The daemon around the seat: authorities, ceremonies, and the one lock
 * under which seat, record and secrets are used. Couriers and people call in
 * from their threads; network is never waited for under the lock.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "host/why.h"
#include "quorum/bundle.h"
#include "signer/serve_link.h"
#include "signer/remind.h"
#include "signer/settings.h"

struct signerd;

/*
 * Opens vault, record and the people's socket, takes in trust, share and
 * roster of every authority. No other thread is made, and all files are open
 * that are not in the state directory: a sandbox may be entered next. The
 * settings must live, and are the daemon's from now on. Results of what it
 * opens, with why.
 */
enum rc signerd_new(struct signerd **out, struct settings *settings,
    struct why *why) __attribute__((warn_unused_result));
/* Our ends of the courier's pairs, COURIER_PAIRS an authority, each time it
 * is started. False: not so many. Before signerd_start for the first time. */
bool signerd_courier(struct signerd *d, const int *fd, unsigned n);
/* Reads the logs once, then answers courier and people. */
enum rc signerd_start(struct signerd *d, struct why *why)
    __attribute__((warn_unused_result));
/* Takes the [log] sections of a configuration that was read again. */
void signerd_logs(struct signerd *d, const struct settings *from);
/* Reads the logs again, and asks for what waited for its time: for a quiet
 * minute. How long until the next is wanted, at most max_ms. */
uint64_t signerd_look(struct signerd *d, uint64_t max_ms);
void signerd_stop(struct signerd *d); /* wipes; NULL is allowed */

/* ---- for people: each appends an answer of lines to out --------------- */

#define SIGNERD_ANSWER_MAX (4u * NOTE_BYTES_MAX)
/* A bundle in base64, and a few words. */
#define SIGNERD_LINE_MAX   (BASE64_CHARS(BUNDLE_BYTES_MAX) + 1024)

/* A text by id, or by the beginning of one, at least 6 hex digits, if only
 * one in memory begins so. RC_OK, RC_SEAT_UNKNOWN, RC_SEAT_AMBIGUOUS,
 * RC_FIELD. */
enum rc signerd_id(struct signerd *d, uint8_t id[static 32], const char *hex)
    __attribute__((warn_unused_result));

/* All that wait for a person: `id authority product sequence proposed`,
 * ceremonies as `id authority ceremony - proposed`. */
void signerd_pending(struct signerd *d, struct text *out);
/* One, as a bundle: lines about it, its text, and the text of the product's
 * last logged release if there is one. For a ceremony: lines, the draft,
 * and the trust template. */
enum rc signerd_show(struct signerd *d, struct text *out,
    const uint8_t id[static 32]) __attribute__((warn_unused_result));
/*
 * One line says what came of it. by: who, for the record. With approvers, a
 * yes needs `shown`: an SSH signature of one of them over the text, for the
 * name space "quorate-approve"; who that is goes into the record. RC_SSHSIG,
 * RC_SIGNATURE_INVALID, RC_SENDER (not an approver; or none was shown).
 */
enum rc signerd_decide(struct signerd *d, struct text *out,
    const uint8_t id[static 32], bool yes, enum judge_code code,
    const char *reason, const char *by, const uint8_t *shown, size_t shown_n)
    __attribute__((warn_unused_result));
/*
 * A yes to exactly these, which it sorts: a line `ID what came of it` for each.
 * With approvers, the signature is over the text of signer/set.h. RC_SEAT_SET:
 * one of them does not wait for a person, and nothing was done; RC_FIELD (none,
 * too many, one twice), what signerd_decide says of the first.
 */
enum rc signerd_approve_set(struct signerd *d, struct text *out,
    uint8_t id[][32], unsigned n, const char *by, const uint8_t *shown,
    size_t shown_n) __attribute__((warn_unused_result));
/* What would be decided about a note, a line a rule. */
enum rc signerd_explain(struct signerd *d, struct text *out,
    const uint8_t *note, size_t n) __attribute__((warn_unused_result));
enum rc signerd_freeze(struct signerd *d, bool frozen, const char *by)
    __attribute__((warn_unused_result));
enum rc signerd_accept(struct signerd *d, struct text *out,
    const uint8_t id[static 32], const char *code, const char *by)
    __attribute__((warn_unused_result));
/* A rehearsal that was offered: we will not. RC_OK, RC_SEAT_UNKNOWN,
 * RC_SEAT_STATE (joined, or over). */
enum rc signerd_decline(struct signerd *d, struct text *out,
    const uint8_t id[static 32]) __attribute__((warn_unused_result));
void signerd_status(struct signerd *d, struct text *out);
/* What was fetched and is kept, a line each. */
void signerd_payloads(struct signerd *d, struct text *out);
/*
 * serve_carry.c: what was carried here for an authority, a bundle behind its
 * inbox text as a coordinator says it. A line `all` or `some` (has to wait:
 * hand it in again), then a bundle of notes to be carried back. RC_OK,
 * RC_SEAT_UNKNOWN (no such authority), RC_BUNDLE, RC_FILE_LONG, RC_MEMORY.
 */
enum rc signerd_carry(struct signerd *d, struct text *out,
    const char *authority, const uint8_t *bytes, size_t n)
    __attribute__((warn_unused_result));
/* serve_alarm.c: a person has looked at the `alarms`, or says that a
 * `restored` record lacks nothing. RC_OK, RC_FIELD, RC_DATABASE. */
enum rc signerd_calm(struct signerd *d, struct text *out, const char *what,
    const char *by) __attribute__((warn_unused_result));
/* A signed objection to a release, for a log. RC_OK, RC_SEAT_UNKNOWN (we are
 * nobody there), RC_DATABASE, what objection_parse says. */
enum rc signerd_object(struct signerd *d, struct text *out,
    const uint8_t id[static 32], const char *reason)
    __attribute__((warn_unused_result));
/* serve_record.c: the note over the record as it is now; rows of it, as an
 * export has them, behind a line `next N`: the first one that did not fit. */
enum rc signerd_record_head(struct signerd *d, struct text *out)
    __attribute__((warn_unused_result));
enum rc signerd_record_rows(struct signerd *d, struct text *out,
    uint32_t from, uint32_t to) __attribute__((warn_unused_result));
/* The decisions, newest first. */
enum rc signerd_history(struct signerd *d, struct text *out, unsigned count)
    __attribute__((warn_unused_result));

/* ---- parts in files of their own ---------------------------------------- */

/* serve_people.c: the socket, mode 0600. One request a connection: a line
 * of words; the answer: `ok` or `RC_NAME sentence`, LF, then lines. Opened
 * first and served later; whoever removes it is somebody else. */
struct people;
enum rc people_open(struct people **out, struct signerd *d, const char *path,
    struct why *why) __attribute__((warn_unused_result));
enum rc people_start(struct people *p, struct why *why)
    __attribute__((warn_unused_result));
void people_stop(struct people *p); /* NULL is allowed */
/* The other side: one line asked, the answer's text (NUL after it) to out.
 * RC_OK, RC_NETWORK with why, RC_FILE_LONG. */
enum rc people_ask(char *out, size_t *n, size_t cap, const char *path,
    const char *line, struct why *why) __attribute__((warn_unused_result));

/*
 * serve_look.c: looks at the sources of texts, one repository at a time, and
 * fetches what they name by digest, in evidence processes. What it found stays in memory for this run.
 */
struct looker;
struct looker_options {
	const struct settings *settings;
	struct link *parent; /* it starts the evidence processes */
	void *context;
	/* A text was looked at, with or without success. No lock is held. */
	void (*done)(void *context, const uint8_t id[static 32]);
	/* The text of a product's last logged release, into NOTE_BYTES_MAX
	 * bytes; its length, 0 for none. No lock is held. */
	size_t (*last)(void *context, uint8_t *text, const char *authority,
	    uint32_t epoch, const char *product);
	/* The header line that lets us read `path` of the coordinator, good
	 * for some minutes. No lock is held. */
	void (*header)(void *context, struct text *out, const char *path);
};
enum rc looker_start(struct looker **out, const struct looker_options *options,
    struct why *why) __attribute__((warn_unused_result));
/* Ends its thread, which calls `done`; free comes when nobody asks any more.
 * NULL is allowed. */
void looker_stop(struct looker *k);
void looker_free(struct looker *k);
/* Look at this text's sources, unless that is done or under way; what fails
 * is tried again without being asked. */
void looker_ask(struct looker *k, const uint8_t id[static 32],
    const uint8_t *text, size_t n);
/* True and what was found; false: nothing yet. */
bool looker_found(struct looker *k, struct source_findings *out,
    const uint8_t id[static 32]);
/* What was fetched and is kept: payloads_list of signer/store_payload.h. */
void looker_payloads(struct looker *k, struct text *out);
/* One line a text that is being looked at or could not be. */
void looker_status(struct looker *k, struct text *out);

/* serve_notify.c: runs the command for one matter at a time, at most
 * NOTIFY_MS each, with QUORATE_ID, QUORATE_KIND, QUORATE_AUTHORITY,
 * QUORATE_PRODUCT, QUORATE_SEQUENCE and QUORATE_REMINDER (how often people were
 * told of it before) in its environment; again as signer/remind.h says. */
#define NOTIFY_MS 30000
struct notify;
struct notify_options {
	const char *command; /* "": nothing is run */
	struct link *process; /* runs it */
	uint64_t again_ms, retry_ms;
	void *context;
	/* Whether it waits for a person still. No lock is held. */
	bool (*waits)(void *context, const char *id);
};
enum rc notify_start(struct notify **out, const struct notify_options *options)
    __attribute__((warn_unused_result));
void notify_person(struct notify *n, const struct notify_matter *matter);
void notify_stop(struct notify *n); /* NULL is allowed */
#endif
