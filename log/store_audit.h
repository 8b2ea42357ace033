/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_AUDIT_H
#define LOG_STORE_AUDIT_H
#include "log/audit.h"

/*
 * What an auditor remembers of one log: its head, which texts it holds, what
 * is in force, and every entry that broke a rule, for good. `dir`/audit.db;
 * one thread at a time. Names are NUL-terminated, at most NAME_BYTES_MAX.
 */
struct audit_store;

enum rc audit_store_open(struct audit_store **out, const char *dir,
    struct why *why) __attribute__((warn_unused_result));
void audit_store_close(struct audit_store *s); /* NULL is allowed */

/* Whose entries are judged, from which first trust text on. The same each
 * time: RC_LOG_PINNED when another was named before, or, later than the
 * first entry was read, a new one (its entries went by unjudged). */
enum rc audit_store_pin(struct audit_store *s, struct slice authority,
    const uint8_t first[static 32], struct why *why)
    __attribute__((warn_unused_result));

/* Of the last commit. size 0 and n 0 before the first. */
struct audit_head {
	uint64_t size, time;
	uint8_t root[32];
	size_t n;
	uint8_t note[CHECKPOINT_NOTE_MAX];
};
enum rc audit_store_head(struct audit_store *s, struct audit_head *out)
    __attribute__((warn_unused_result));

enum rc audit_store_begin(struct audit_store *s)
    __attribute__((warn_unused_result));
void audit_store_rollback(struct audit_store *s);
enum rc audit_store_commit(struct audit_store *s, const struct audit_head *h)
    __attribute__((warn_unused_result));

/*
 * Judge entries, in order, and remember what follows from them. Up to
 * AUDIT_BATCH_MAX are kept and judged together, their signatures at once:
 * audit_store_flush judges the rest, and must come before a commit. found,
 * which may be NULL, is called for each, in order, with its verdict; the
 * admission has the text, and the sentence. RC_OK whatever the verdicts.
 */
enum { AUDIT_BATCH_MAX = 256 };
typedef void audit_found(void *context, uint64_t index,
    const struct audit_finding *f, const struct admission *a);
enum rc audit_store_entry(struct audit_store *s, uint64_t index,
    const uint8_t *entry, size_t n, uint64_t now, audit_found *found,
    void *context) __attribute__((warn_unused_result));
enum rc audit_store_flush(struct audit_store *s)
    __attribute__((warn_unused_result));

/* For each authority that was pinned; now is NULL before its first text. */
enum rc audit_store_authorities(struct audit_store *s,
    enum rc (*each)(void *context, struct slice name,
	const struct trust *now, const struct trust *before),
    void *context) __attribute__((warn_unused_result));

/* Every entry that broke a rule. trust, other: indices of the text that was
 * in force and of the entry it collides with; UINT64_MAX: none. */
struct audit_broken {
	uint64_t index, trust, other;
	const char *rule, *rc, *why;
};
enum rc audit_store_broken(struct audit_store *s,
    enum rc (*each)(void *context, const struct audit_broken *b),
    void *context) __attribute__((warn_unused_result));
/* The rosters that were the newest before an entry, of the signers of the
 * trust text at index `trust` (UINT64_MAX: none). */
enum rc audit_store_rosters(struct audit_store *s, uint64_t trust,
    uint64_t before, enum rc (*each)(void *context, uint64_t index),
    void *context) __attribute__((warn_unused_result));
enum rc audit_store_strangers(struct audit_store *s,
    enum rc (*each)(void *context, const char *authority, uint64_t count),
    void *context) __attribute__((warn_unused_result));

/* How far a monitor's hook was told. */
enum rc audit_store_told(struct audit_store *s, uint64_t *index)
    __attribute__((warn_unused_result));
enum rc audit_store_tell(struct audit_store *s, uint64_t index)
    __attribute__((warn_unused_result));
#endif
