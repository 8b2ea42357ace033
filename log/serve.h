/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_SERVE_H
#define LOG_SERVE_H
#include <pthread.h>
#include "host/batch.h"
#include "host/http_server.h"
#include "host/text.h"
#include "log/store.h"
#include "log/store_room.h"
#include "log/store_tiles.h"

/*
 * A running log. Five kinds of thread beside the server's: some verify
 * (serve_verify.c), one sequences (serve_sequence.c), one has heads cosigned
 * in rounds (serve_round.c), one for each witness asks it (serve_ask.c), one
 * publishes (serve_publish.c). What they share is below and under `lock`, except where it says otherwise; nobody
 * holds it while he waits for disk or network. An entry's way:
 *
 *	handler    take it off the wire, suspend, queue.
 *	verify     known? answer. Else judge, the signatures of all that
 *		   arrived together.
 *	sequence   judge again inside the transaction what others may have
 *		   changed, append, sign the head, commit: it is in the log.
 *	round      the head becomes the target; tiles, synced.
 *	ask        every witness is asked to cosign the target.
 *	round      enough of them: ready.
 *	publish    replace `checkpoint`, answer.
 *
 * After a crash the same: the stored head becomes the target of the first
 * round, tiles from the published size on are written again.
 */
enum {
	LOG_BATCH_MAX = 256,
	LOG_VERIFY_MAX = 256,	/* entries that are verified together */
	LOG_VERIFY_WORTH = 128, /* so many do not wait for more */
	LOG_QUEUE_MAX = 1024,	/* not committed yet: 503 */
	LOG_WAITING_MAX = 4096, /* committed and not published: 503 */
	LOG_COMING = 4,
	LOG_FRESH_BYTES_MAX = 4 << 20, /* kept for the publisher */
};

/* A checkpoint with whatever cosignatures there are. */
struct cosigned {
	uint64_t size;
	uint8_t root[32];
	size_t text_n;
	uint8_t text[CHECKPOINT_TEXT_MAX];
	unsigned log_mask; /* which of the log's keys */
	uint8_t log_blob[LOG_KEYS_MAX][SIG_COSIGNATURE_BYTES];
	uint32_t mask; /* which witnesses of the setup have one */
	uint64_t time[LOG_WITNESSES_MAX];
	uint8_t blob[LOG_WITNESSES_MAX][SIG_COSIGNATURE_BYTES];
};

/* One POST /add under way. request is NULL once it was answered. */
struct log_item {
	struct log_item *next;
	struct http_request *request;
	bool committed;
	bool looked; /* published, but without the entry's own quorum yet */
	bool fresh;  /* appended from these bytes, under `trust` */
	uint64_t index, trust, came_us, due_ms;
	size_t bytes_n;
	uint8_t *bytes; /* the body; the admission borrows from it */
	struct admission a;
};

/*
 * What a thread needs to make files: its own connection and room. `tail` is
 * how the last file ended, for the next one under the same trust text: n 0
 * when it is not known.
 */
struct log_reader {
	struct store *store;
	bool busy;
	struct store_entry entry;
	struct cosigned cosigned;
	uint64_t tail_trust;
	bool tail_chained;
	size_t tail_n;
	char tail[CHECKPOINT_NOTE_MAX];
	char file[FILE_BYTES_MAX + 1];
};

/* One that verifies, with what it knows of keys. */
struct log_verifier {
	struct log_server *log;
	pthread_t thread;
	bool started;
	struct log_reader *reader;
	struct batch_cache *keys;
};

struct log_metrics {
	uint64_t entries, known, refused, waited, published, batches;
	uint64_t failed; /* batches that could not be stored */
	uint64_t add_us_sum, add_count;
	uint64_t verified, verify_cpu_us; /* signatures; batches of them alone */
};

struct log_asker {
	struct log_server *log;
	unsigned witness;
	pthread_t thread;
	bool started, heard;
	uint64_t known;  /* the size that the witness cosigned last */
	uint64_t claimed; /* unheard: more than we have, unproven; 0: none */
	uint64_t round;  /* the last one it has cosigned */
	uint64_t held;   /* entries that it holds, if it is a mirror; 0: ask */
	uint64_t failures;
	struct http_client *client;
};

struct log_server {
	const struct log_setup *setup;
	pthread_mutex_t lock;
	pthread_cond_t verify_wake, verify_more, sequence_wake, round_wake,
	    publish_wake, ask_wake, reader_wake, index_wake;
	bool stopping;
	bool open; /* enough witnesses were heard: see serve_ask.c */
	bool failing; /* the last batch could not be stored */
	struct store_room room;
	enum rc halt;
	struct why halt_why;
	/* to be verified; to be sequenced; to be answered once published */
	struct log_item *arrived, **arrived_end;
	struct log_item *queue, **queue_end, *waiting;
	unsigned arrived_n, verifying_n, queue_n, waiting_n;
	bool gathering; /* a verifier waits on verify_more: see serve_verify.c */
	/* How long it is worth waiting for more when nothing is on its way;
	 * LOG_COMING times as long when something is. */
	uint64_t patience_us;
	/* Among the waiting: one whose entry was published before it came; one
	 * that was looked at and put back. */
	bool waiting_ready, waiting_looked;
	struct log_item *spare; /* items to be used again */
	unsigned spare_n;
	struct store_head head;	   /* committed */
	/* what of it no round has fetched yet, or not all of that */
	struct tiles_fresh *fresh, **fresh_end;
	size_t fresh_bytes;
	struct cosigned published; /* text_n 0: nothing yet */
	struct cosigned target;	   /* being cosigned */
	struct cosigned ready;	   /* cosigned by enough, to be published */
	bool ready_new;		   /* the publisher has not fetched it */
	unsigned left_n; /* authorities that heads are published without */
	uint64_t round;		   /* of the target; 0: none yet */
	struct log_metrics metrics;
	pthread_t sequencer, rounder, publisher, indexer;
	bool sequencing, rounding, publishing, indexing;
	struct log_verifier verifier[LOG_READERS_MAX];
	struct store *index_store, *round_store;
	struct store *writer; /* the sequencer's */
	struct log_reader *publish_reader;
	struct log_asker asker[LOG_WITNESSES_MAX];
	unsigned reader_n;
	struct log_reader *reader[LOG_READERS_MAX];
	/* held around writing transactions, never together with `lock` */
	pthread_mutex_t writing;
	struct http_server *http;
};

/*
 * Opens the state (which must be locked), starts the threads and the server.
 * RC_OK or what failed, with why. log is calloc'd by the caller.
 */
enum rc log_start(struct log_server *log, const struct log_setup *setup,
    struct why *why) __attribute__((warn_unused_result));
void log_stop(struct log_server *log);
/* RC_OK while all is well; otherwise what ended the log, and why. */
enum rc log_halted(struct log_server *log, struct why *why);

/* ---- between the files of the server ---------------------------------- */

extern const struct http_route log_routes[];
extern const size_t log_route_n;

void *verify_run(void *verifier);
void *sequence_run(void *log);
void *round_run(void *log);
void *publish_run(void *log);
void *index_run(void *log);
void *ask_run(void *asker);

/* Under the lock: the log cannot go on; the daemon will end. */
void log_halt(struct log_server *log, enum rc rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Under the lock: the witnesses that have not said how far they have come. */
void unheard_text(struct text *out, const struct log_server *log);

/* Not under the lock, after a step towards a published head: whether there is
 * to be another. Trouble of a disk, which may recover, is told once, as is its
 * end, and waited for; *failed while it lasts. Anything else halts the log. */
bool publish_goes_on(struct log_server *log, bool *failed, enum rc rc,
    const struct why *why);

/* Not under the lock. */
struct log_reader *reader_take(struct log_server *log);
void reader_give(struct log_server *log, struct log_reader *r);

/* Split a checkpoint note by this log into a struct; witness lines too. */
enum rc cosigned_read(struct cosigned *c, const struct log_setup *setup,
    const uint8_t *note, size_t n) __attribute__((warn_unused_result));

/* The log's own lines. */
void cosigned_own_lines(struct text *out, const struct cosigned *c,
    const struct log_setup *setup);

/* Whether the cosignatures satisfy a trust text's witness quorum. */
bool cosigned_satisfies(const struct cosigned *c,
    const struct log_setup *setup, const struct trust *t);

/*
 * The complete file of an entry under r->cosigned, in r->file and r->entry.
 * RC_OK and *n; RC_MORE: not published under a quorum yet.
 */
enum rc file_make(struct log_reader *r, const struct log_setup *setup,
    uint64_t index, size_t *n) __attribute__((warn_unused_result));

/* The same of an item that was appended: from its own bytes. */
enum rc file_make_fresh(struct log_reader *r, const struct log_setup *setup,
    const struct log_item *item, size_t *n)
    __attribute__((warn_unused_result));
/* Under which head the reader makes files from now on. */
void reader_head(struct log_reader *r, const struct cosigned *c);
/* The log's line, then cosigners in the order of the trust texts, each once;
 * without any, in the order of the configuration. */
void cosigned_text(struct text *out, const struct cosigned *c,
    const struct log_setup *setup, const struct trust *const *t, unsigned t_n);

/* The file of an entry that is there, or RC_MORE: it is not published. */
enum rc known_answer(struct log_server *log, struct log_reader *r,
    uint64_t index, struct http_request *request)
    __attribute__((warn_unused_result));
void request_refuse(struct http_request *request, unsigned status, enum rc rc,
    const char *why);

/* Under the lock: to wait for its entry to be published. */
void item_await(struct log_server *log, struct log_item *item);
/* Answers and frees. */
void item_refuse(struct log_server *log, struct log_item *item, enum rc rc,
    unsigned status, const char *why);
/* Not under the lock; and under it. */
struct log_item *item_new(struct log_server *log,
    struct http_request *request);
void item_free(struct log_server *log, struct log_item *item);
/* Under the lock: committed, but its time has run out: 202. */
void item_wait_over(struct log_server *log, struct log_item *item);
#endif
