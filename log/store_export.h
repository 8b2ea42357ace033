/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_EXPORT_H
#define LOG_STORE_EXPORT_H
#include "host/why.h"
#include "log/store.h"

/*
 * A log as a folder of plain files, for log_import on another machine and
 * for anybody who reads C2SP tlog-tiles:
 *
 *	checkpoint	the head, with its cosignatures if it was published
 *	tile/...	all tiles and bundles of that size
 *	trust/INDEX	files of trust texts, as they were made first
 *
 * `checkpoint` is written last, so that a folder without one is not whole;
 * all is synced. The state must not be in use (RC_LOCKED) and should have
 * been verified (log/store_verify.h); dir must not hold a log yet
 * (RC_FILE_EXISTS). RC_OK and *size, RC_FILE_ABSENT (no log), or of files and
 * the database.
 */
enum rc log_export(uint64_t *size, const char *state, const char *dir,
    struct why *why) __attribute__((warn_unused_result));
#endif
