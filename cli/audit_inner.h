/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_AUDIT_INNER_H
#define CLI_AUDIT_INNER_H
#include "cli/audit.h"

/* What the files of the audit share with each other only. */

/* ---- audit_folder.c: where tiles come from ---- */
enum { AUDIT_PENDING_MAX = 2 * TILE_LEVELS_MAX + 2 };

/* The folder, else the log. */
struct audit_folder {
	struct audit *a;
	struct tlog_fetch away;
	struct tlog_http http;
	bool fresh; /* do not read the folder */
	bool read;  /* something came from it */
	bool write; /* what comes may be kept */
	unsigned pending_n;
	struct {
		char path[TILE_PATH_MAX];
		struct blob b;
	} pending[AUDIT_PENDING_MAX];
};

bool audit_is_http(const char *url);

/* A file below the folder that is the context: a tlog_fetch's get. */
enum rc audit_dir_get(void *context, const char *path, size_t max,
    uint8_t **bytes, size_t *n, struct why *why);

void audit_folder_init(struct audit_folder *f, struct audit *a, bool fresh);
/* A tlog_fetch's get. */
enum rc audit_folder_get(void *context, const char *path, size_t max,
    uint8_t **bytes, size_t *n, struct why *why);
/* Everything that came so far was verified: write it, if it may be kept. */
enum rc audit_folder_keep(struct audit_folder *f, struct why *why)
    __attribute__((warn_unused_result));
/* What was not kept is dropped. */
void audit_folder_forget(struct audit_folder *f);
/* The partial tiles of a head of `from` entries that one of `to` has not. */
void audit_folder_tidy(struct audit *a, uint64_t from, uint64_t to);

/* ---- audit_evidence.c: findings, and what proves them ---- */
void audit_fault_add(struct audit *a, const char *what, enum rc rc,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* What all findings together come to. */
enum exit_code audit_outcome(const struct audit *a);

/* DIR/evidence/NAME/FILE, once: what was found first stays. */
void audit_evidence(struct audit *a, const char *name, const char *file,
    const void *bytes, size_t n);
void audit_evidence_why(struct audit *a, const char *name,
    const struct why *why);
/* Two signed heads that contradict each other; reader: of the larger one, or
 * NULL: then there is no proof that they do. */
void audit_evidence_heads(struct audit *a, const char *what,
    const struct why *why, const uint8_t *held, size_t held_n,
    uint64_t held_size, struct tlog_reader *reader);
/* One entry that breaks a rule, with its evidence: for audit_store_broken. */
enum rc audit_broken_keep(void *context, const struct audit_broken *b);

/* ---- audit_walk.c: from the head known to the head shown ---- */
struct audit_head_check {
	struct audit *a;
	bool by_log; /* a log of some trust in force signed it */
	enum rc rc;
	uint64_t time;
};
/* What every authority's trust says of a->head. */
enum rc audit_head_check(struct audit *a, struct audit_head_check *c)
    __attribute__((warn_unused_result));
/* RC_OK: what is wrong is in the findings. */
enum rc audit_walk(struct audit *a, struct why *why)
    __attribute__((warn_unused_result));

/* ---- audit_others.c: what others have ---- */
void audit_witnesses_ask(struct audit *a);
/* A head that lacks cosignatures, of a mirror or a cache: those of the
 * witnesses that show the same one are added to it. What c says at the end is
 * of the head with them. */
enum rc audit_witnesses_gather(struct audit *a, struct audit_head_check *c)
    __attribute__((warn_unused_result));
void audit_against_compare(struct audit *a);
/* Payloads and sources of one entry, for audit_entries. */
enum rc audit_release_get(void *context, uint64_t index, const uint8_t *entry,
    size_t n);
#endif
