/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_WHY_H
#define HOST_WHY_H
#include <stdarg.h>

/*
 * The sentence that goes with a refusal. Functions of this floor that can
 * fail for more than one reason take a `struct why *` last; it may be NULL.
 * On RC_OK it is left alone; otherwise it holds one line, lower case,
 * without LF, that names the subject ("cannot open 'share.key': ..."). Cut
 * when too long. Never a secret.
 */
#define WHY_BYTES_MAX 512

struct why {
	char text[WHY_BYTES_MAX];
};

void why_set(struct why *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Behind what is already there: what to do about it. */
void why_append(struct why *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before what is already there. */
void why_prefix(struct why *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#endif
