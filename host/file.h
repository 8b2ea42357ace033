/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_FILE_H
#define HOST_FILE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/why.h"
#include "verify/rc.h"

/*
 * Files, whole and durable. Every writer here returns RC_OK only when the
 * bytes and the name would survive a power cut. Paths are NUL-terminated,
 * at most FILE_PATH_MAX bytes.
 */
#define FILE_PATH_MAX 4000

/*
 * The whole of a regular file of at most max bytes, in malloc'd memory that
 * the caller frees; one NUL follows that *n does not count. *bytes is NULL
 * unless RC_OK. "-" is no special name. RC_OK, RC_FILE_ABSENT, RC_FILE
 * (also directories, pipes, devices), RC_FILE_LONG, RC_MEMORY.
 */
enum rc file_read(uint8_t **bytes, size_t *n, const char *path, size_t max,
    struct why *why) __attribute__((warn_unused_result));

/* The same into the caller's memory, for secrets; no NUL is added. */
enum rc file_read_into(uint8_t *out, size_t *n, size_t cap, const char *path,
    struct why *why) __attribute__((warn_unused_result));

/* All of stdin, at most max bytes; otherwise as file_read. */
enum rc file_read_stdin(uint8_t **bytes, size_t *n, size_t max,
    struct why *why) __attribute__((warn_unused_result));

/* SHA-256 and size of a regular file of any size, read once. */
enum rc file_sha256(uint8_t digest[static 32], uint64_t *size,
    const char *path, struct why *why) __attribute__((warn_unused_result));

/*
 * Replaces or makes path: readers see the old bytes or the new, never a
 * mixture. RC_OK or RC_FILE (then the old file stands; also where something
 * stands that is no file).
 */
enum rc file_write_atomic(const char *path, const void *bytes, size_t n,
    unsigned mode, struct why *why) __attribute__((warn_unused_result));

/*
 * The same for a path that a person gave, who means what `>` would: a link is
 * followed (/dev/stdout), and a device or pipe is written to, not replaced.
 */
enum rc file_write_given(const char *path, const void *bytes, size_t n,
    unsigned mode, struct why *why) __attribute__((warn_unused_result));

/*
 * Whether file_write_atomic would replace what is there: nothing, a file or a
 * link. Root's rename would put a file where /dev/null was. RC_OK or RC_FILE.
 */
enum rc file_replaceable(const char *path, struct why *why)
    __attribute__((warn_unused_result));

/* A regular file that all users may read or write. */
bool file_exposed(const char *path);

/* Both are there and are one file, by whatever names. */
bool file_same(const char *a, const char *b);

/*
 * Makes path, whole or not at all; RC_FILE_EXISTS if there is anything by
 * that name. RC_OK, RC_FILE_EXISTS, RC_FILE.
 */
enum rc file_create_exclusive(const char *path, const void *bytes, size_t n,
    unsigned mode, struct why *why) __attribute__((warn_unused_result));

/*
 * Write once: like file_create_exclusive, but a file that already holds
 * exactly these bytes is RC_OK (a repeat after a crash), and another is
 * RC_FILE_EXISTS and stays. `later` leaves the directory's sync to the
 * caller: one file_sync_dir for many tiles, before anything is said.
 */
enum rc file_write_synced(const char *path, const void *bytes, size_t n,
    unsigned mode, bool later, struct why *why)
    __attribute__((warn_unused_result));
enum rc file_sync_dir(const char *dir, struct why *why)
    __attribute__((warn_unused_result));

/*
 * Makes or replaces path, whole, and syncs nothing: for what is made again
 * after a power cut. RC_OK or RC_FILE.
 */
enum rc file_write_passing(const char *path, const void *bytes, size_t n,
    unsigned mode, struct why *why) __attribute__((warn_unused_result));

/* Unlinks and syncs the directory; an absent file is RC_OK. */
enum rc file_remove(const char *path, struct why *why)
    __attribute__((warn_unused_result));

/* Removes path and all that is below it, and follows no link. Absent is
 * RC_OK. RC_OK or RC_FILE. Nothing is synced. */
enum rc dir_remove(const char *path, struct why *why)
    __attribute__((warn_unused_result));

/*
 * Moves a file over another of the same directory, in one step: whoever
 * looks sees the old bytes by that name or the new. Synced. RC_OK,
 * RC_FILE_ABSENT (nothing was done), RC_FILE.
 */
enum rc file_replace(const char *from, const char *to, struct why *why)
    __attribute__((warn_unused_result));

/* Something is there, of any type. */
bool file_exists(const char *path);

/* Makes dir and what is missing above it, synced. An existing directory is
 * RC_OK and keeps its mode. RC_OK or RC_FILE. */
enum rc dir_make(const char *dir, unsigned mode, struct why *why)
    __attribute__((warn_unused_result));

/*
 * One process per state directory: makes `dir`/lock, locks it and writes
 * our pid into it. RC_LOCKED, with the holder's pid in why, when another
 * process has it. Held until file_unlock or the end of the process; not
 * inherited across exec. *lock is -1 unless RC_OK.
 */
enum rc file_lock(int *lock, const char *dir, struct why *why)
    __attribute__((warn_unused_result));
void file_unlock(int lock);
#endif
