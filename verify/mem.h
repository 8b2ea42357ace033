/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_MEM_H
#define VERIFY_MEM_H
/*
 * The four functions that this folder asks of its surroundings. Declared
 * here because a freestanding compiler need not have <string.h>.
 */
#if defined(__STDC_HOSTED__) && __STDC_HOSTED__
#include <string.h>
#else
#include <stddef.h>
void *memcpy(void *restrict, const void *restrict, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
int memcmp(const void *, const void *, size_t);
#endif

/* Functions that a compiler is told not to inline, or to inline, where that
 * is smaller, or where the stack of the one is then used by the other. */
#ifdef __GNUC__
#define APART  __attribute__((noinline))
#define WITHIN inline __attribute__((always_inline))
#else
#define APART
#define WITHIN
#endif
#endif
