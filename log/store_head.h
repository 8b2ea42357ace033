/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_HEAD_H
#define LOG_STORE_HEAD_H
#include "log/store.h"

/*
 * The head as the log signs it: by its key, and by its next one as long as
 * both are configured, in this order.
 */

/* For the size and root that are in it. RC_OK or RC_MEMORY. */
enum rc store_head_sign(struct store_head *head,
    const struct log_setup *setup) __attribute__((warn_unused_result));

/*
 * From a checkpoint that somebody else kept: its text, and the lines of this
 * log's keys alone, of which there is one at least. RC_OK, RC_LOG (there is
 * none), RC_CHECKPOINT, or of a line that does not verify.
 */
enum rc store_head_take(struct store_head *head, const struct log_setup *setup,
    const struct note *note, const struct checkpoint *found)
    __attribute__((warn_unused_result));

/*
 * What a log begins a run with: the stored head. One that has nothing yet
 * signs the empty tree, so that there is something to ask witnesses with. A
 * head that the next key has not signed is signed by it: the same text as
 * before, so that this says nothing new.
 */
enum rc store_head_first(struct store_head *out, struct store *s,
    const struct log_setup *setup) __attribute__((warn_unused_result));
#endif
