/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_CLIENT_H
#define LOG_CLIENT_H
#include "host/http_client.h"
#include "log/proof.h"
#include "log/tile.h"
#include "log/tree.h"

/*
 * How everybody else talks to a log. url is its prefix, without a slash at
 * the end. Nothing that comes back is believed for having come: files are to
 * be checked with tlog_file_check, heads with checkpoint_trusted, and a
 * reader hands out only what leads to its head's root.
 */
enum { TLOG_FILE_MAX = FILE_BYTES_MAX };

/*
 * POST /add. bytes: a note, or a file for another log's copy of a trust or
 * roster text. RC_OK: the log's complete file, malloc'd, whose text is the
 * one sent (its lines need not be: a known text is answered as it was logged).
 * RC_LOG_WAIT: logged, not yet cosigned: ask again, by tlog_add or
 * tlog_lookup. A refusal by the log: its own rc (RC_LOG_SEQUENCE ...), why
 * saying its sentence. RC_PROOF: an answer that is not a file of this text.
 * Otherwise the results of http_post.
 */
enum rc tlog_add(struct http_client *client, const char *url,
    const uint8_t *bytes, size_t n, unsigned timeout_ms, uint8_t **file,
    size_t *file_n, struct why *why) __attribute__((warn_unused_result));

/*
 * GET /lookup: by text id or payload digest, the nth newest. RC_MORE: the log
 * has none. The rest as tlog_add. Nothing is checked.
 */
enum rc tlog_lookup(struct http_client *client, const char *url,
    const uint8_t digest[static 32], unsigned nth, unsigned timeout_ms,
    uint8_t **file, size_t *file_n, struct why *why)
    __attribute__((warn_unused_result));
enum rc tlog_lookup_product(struct http_client *client, const char *url,
    const char *product, unsigned timeout_ms, uint8_t **file, size_t *file_n,
    struct why *why) __attribute__((warn_unused_result));

/* GET /checkpoint: the note, malloc'd, and its split and parsed forms, which
 * borrow from it. RC_CHECKPOINT when it is none. */
enum rc tlog_checkpoint(struct http_client *client, const char *url,
    unsigned timeout_ms, uint8_t **bytes, struct note *note,
    struct checkpoint *head, struct why *why)
    __attribute__((warn_unused_result));

/* The same through a fetch, see below. */
struct tlog_fetch;
enum rc tlog_checkpoint_fetch(const struct tlog_fetch *fetch, uint8_t **bytes,
    struct note *note, struct checkpoint *head, struct why *why)
    __attribute__((warn_unused_result));

/*
 * A file whose note's lines were judged elsewhere: that its proof satisfies
 * the trust text. Any of id (of the text), time (proof_time) and p may be
 * NULL.
 */
enum rc tlog_file_check(const uint8_t *file, size_t n, const struct trust *t,
    struct note *note, uint64_t *time, struct proof *p)
    __attribute__((warn_unused_result));

/*
 * Reading a log under one head that the caller has verified. Tiles come
 * through `get`: path "tile/0/000.p/7"; RC_OK and malloc'd bytes,
 * RC_FILE_ABSENT, or what else failed.
 */
struct tlog_fetch {
	enum rc (*get)(void *context, const char *path, size_t max,
	    uint8_t **bytes, size_t *n, struct why *why);
	void *context;
};
/* Over HTTP, from url; both must outlive the reader. */
struct tlog_http {
	struct http_client *client;
	const char *url;
	unsigned timeout_ms;
};
struct tlog_fetch tlog_fetch_http(struct tlog_http *http);

/*
 * Fetches the right edge of the tree and refuses one that does not lead to
 * the head's root: RC_CONSISTENCY. Every later tile is held against the one
 * above it. RC_OK, RC_MEMORY, RC_FILE_ABSENT, or of get.
 */
struct tlog_reader;
enum rc tlog_reader_new(struct tlog_reader **out,
    const struct tlog_fetch *fetch, const struct checkpoint *head,
    struct why *why) __attribute__((warn_unused_result));
void tlog_reader_free(struct tlog_reader *r); /* NULL is allowed */

/* Verified hashes, for roots and proofs within the head's size. */
struct tlog_source tlog_reader_source(struct tlog_reader *r);

/* That the tree continues one known earlier: RC_OK; RC_LOG_FORK: it does
 * not, keep both checkpoints; RC_LOG_BEHIND: the known one is larger. */
enum rc tlog_reader_extends(struct tlog_reader *r, uint64_t size,
    const uint8_t root[static 32], struct why *why)
    __attribute__((warn_unused_result));

/*
 * Entries from..to-1, verified, in order; to is at most the head's size.
 * What `each` returns, unless RC_OK, ends it and is the result.
 * RC_INCLUSION: bytes that are not the log's.
 */
enum rc tlog_reader_entries(struct tlog_reader *r, uint64_t from, uint64_t to,
    enum rc (*each)(void *context, uint64_t index, const uint8_t *entry,
	size_t n),
    void *context, struct why *why) __attribute__((warn_unused_result));
#endif
