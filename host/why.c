/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence that goes with a refusal: formatted, cut, kept to one line. */
#include "host/why.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static void
one_line(char *s)
{
	for (; *s != '\0'; s++)
		if (*s == '\n' || *s == '\r')
			*s = ' ';
}

void
why_set(struct why *why, const char *format, ...)
{
	va_list args;

	if (why == NULL)
		return;
	va_start(args, format);
	vsnprintf(why->text, sizeof why->text, format, args);
	va_end(args);
	one_line(why->text);
}

void
why_append(struct why *why, const char *format, ...)
{
	va_list args;
	size_t n;

	if (why == NULL)
		return;
	n = strlen(why->text);
	va_start(args, format);
	vsnprintf(why->text + n, sizeof why->text - n, format, args);
	va_end(args);
	one_line(why->text);
}

void
why_prefix(struct why *why, const char *format, ...)
{
	struct why old;
	va_list args;
	size_t n;

	if (why == NULL)
		return;
	old = *why;
	va_start(args, format);
	vsnprintf(why->text, sizeof why->text, format, args);
	va_end(args);
	n = strlen(why->text);
	snprintf(why->text + n, sizeof why->text - n, ": %s", old.text);
	one_line(why->text);
}
