/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Talk to stderr. A line is put together first and written with one call,
 * so that lines of several threads and processes do not mix.
 */
#include "host/say.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "host/text.h"

#define SAY_BYTES_MAX 2000

static const char *say_program = "quorate";
static enum say_level say_limit = SAY_INFO;
static bool say_timeless;

void
say_init(const char *program)
{
	say_program = program;
}

void
say_without_time(void)
{
	say_timeless = true;
}

void
say_level_set(enum say_level level)
{
	say_limit = level;
}

/* What a peer sent may stand in a message; it must not end the line, move
 * the cursor, or look like our own escape. */
static void
put_escaped(struct text *line, const char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 0x20 && *s <= 0x7e && *s != '\\')
			text_put(line, s, 1);
		else
			text_printf(line, "\\x%02x", (unsigned char)*s);
}

static void
put_time(struct text *line)
{
	time_t now = time(NULL);
	char stamp[32];
	struct tm tm;

	if (say_timeless || isatty(STDERR_FILENO) ||
	    gmtime_r(&now, &tm) == NULL)
		return;
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ ", &tm);
	text_string(line, stamp);
}

static void
say_write(const char *p, size_t n)
{
	ssize_t k;

	while (n > 0) {
		k = write(STDERR_FILENO, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return; /* nobody to tell */
		p += k;
		n -= (size_t)k;
	}
}

static void
say_args(enum say_level level, const char *format, va_list args)
{
	static const char *const prefix[] = {"", "warning: ", "", "debug: "};
	char message[SAY_BYTES_MAX], bytes[4 * SAY_BYTES_MAX + 256];
	struct text line;

	text_init(&line, bytes, sizeof bytes - 1);
	put_time(&line);
	put_escaped(&line, say_program);
	text_printf(&line, ": %s", prefix[level]);
	vsnprintf(message, sizeof message, format, args);
	put_escaped(&line, message);
	line.p[line.n++] = '\n'; /* the byte kept back above */
	say_write(line.p, line.n);
}

void
say(enum say_level level, const char *format, ...)
{
	int saved = errno;
	va_list args;

	if (level > say_limit)
		return;
	va_start(args, format);
	say_args(level, format, args);
	va_end(args);
	errno = saved;
}

void
die(enum exit_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_args(SAY_ERROR, format, args);
	va_end(args);
	exit((int)code);
}
