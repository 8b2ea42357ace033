/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_SAY_H
#define HOST_SAY_H
#include <stdarg.h>

/*
 * Talk, to stderr; data goes to stdout and is nobody's business here. One
 * message is one line and one write: "program: message", with "warning: "
 * or "debug: " before the message of that level. When stderr is no terminal
 * (a journal, a file) the line begins with the UTC time, seconds. Bytes
 * outside 0x20..0x7e and backslash are written \xHH, so that nothing a peer sent
 * can forge a line. Long messages are cut at 2,000 bytes. Never hand it a
 * secret. Any thread.
 */
enum say_level { SAY_ERROR, SAY_WARNING, SAY_INFO, SAY_DEBUG };

/* Before any thread; program is kept, not copied. */
void say_init(const char *program);

/* For commands that a person or a script runs once: no time, ever. */
void say_without_time(void);

/* Levels above this are dropped; SAY_INFO at first. */
void say_level_set(enum say_level level);

void say(enum say_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Exit codes of every program (design: the command line). */
enum exit_code {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	EXIT_ENVIRONMENT = 3,
	EXIT_PENDING = 4,
	EXIT_POLICY = 5,
	EXIT_INCONSISTENT = 6
};

/* Says it at SAY_ERROR and exits. */
void die(enum exit_code code, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));
#endif
