/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_CATCH_UP_H
#define LOG_STORE_CATCH_UP_H
#include "log/setup.h"
#include "host/why.h"

/*
 * Bring an old copy of a log's state to where the log had come: from the
 * tiles that it once published, at a URL or in a folder. Nothing is signed:
 * the head becomes the checkpoint found there, which this log's own key
 * signed, and which must continue what the state holds. Entries are taken as
 * they are, each proven to be in that tree; rules were applied when they
 * were first admitted.
 *
 * *from and *to: sizes before and after. RC_OK, also when there is nothing
 * to do; RC_LOG_BEHIND (the tiles are older), RC_LOG_FORK, RC_CONSISTENCY,
 * RC_INCLUSION, RC_LOG (not signed by this log), or of network and files.
 * State locked by the caller.
 */
enum rc log_catch_up(const struct log_setup *setup, const char *where,
    uint64_t *from, uint64_t *to, struct why *why)
    __attribute__((warn_unused_result));

/*
 * Begin a new log with the entries of another, whose operator is gone: from
 * a mirror's copy of it. The state is empty; the checkpoint there is signed
 * by a log that the trust in force at its end names, for each authority;
 * every entry is judged again, and one that breaks a rule of admission ends
 * it. The head of the same tree is signed by this log's own key.
 *
 * Results as log_catch_up; RC_CONFLICT: the state has entries.
 */
enum rc log_adopt(const struct log_setup *setup, const char *where,
    uint64_t *from, uint64_t *to, struct why *why)
    __attribute__((warn_unused_result));

/*
 * Open on this machine what log_export wrote on another: an empty state gets
 * the entries, each judged again as for an adoption and proven to be in the
 * tree of the checkpoint there, which this log's own key signed and which
 * becomes the head; and the trust files as they were made first, each of
 * which must verify. Nothing is signed, and after a refusal nothing is there.
 */
enum rc log_import(const struct log_setup *setup, const char *dir,
    uint64_t *to, struct why *why) __attribute__((warn_unused_result));
#endif
