/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_DAEMON_H
#define HOST_DAEMON_H
#include <stdint.h>

/*
 * The life of a daemon in three calls. daemon_begin, before any thread:
 * SIGTERM, SIGINT and SIGHUP are blocked in all of them, SIGPIPE ignored.
 * daemon_ready says "ready: ..." at SAY_INFO and tells the service manager
 * ($NOTIFY_SOCKET) if there is one. daemon_wait sleeps until a signal, or
 * timeout_ms (0: for ever), and returns the signal's number, or 0; after
 * SIGTERM or SIGINT the caller stops in order. A second one kills.
 */
void daemon_begin(void);
void daemon_ready(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
int daemon_wait(uint64_t timeout_ms);
/* For a daemon that waits by itself: it has begun to stop. */
void daemon_stopping(void);
#endif
