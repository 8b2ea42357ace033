/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_CLOCK_H
#define HOST_CLOCK_H
#include <stdint.h>

/* Seconds since 1970, UTC: what notes carry. May jump. */
uint64_t clock_unix(void);

/* Milliseconds, microseconds since some moment; only ever forward. */
uint64_t clock_ms(void);
uint64_t clock_us(void);

/* Microseconds of processor time that this thread has used. */
uint64_t clock_thread_us(void);

/* Sleeps at least that long, interruptions included. */
void clock_sleep_ms(uint64_t ms);
#endif
