/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks. Pure code gets their readings as arguments. */
#include "host/clock.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

static struct timespec
clock_read(clockid_t id)
{
	struct timespec t;
	int rc = clock_gettime(id, &t);

	assert(rc == 0);
	(void)rc;
	return t;
}

uint64_t
clock_unix(void)
{
	struct timespec t = clock_read(CLOCK_REALTIME);

	return t.tv_sec > 0 ? (uint64_t)t.tv_sec : 0;
}

static uint64_t
microseconds(struct timespec t)
{
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t
clock_us(void)
{
	return microseconds(clock_read(CLOCK_MONOTONIC));
}

uint64_t
clock_thread_us(void)
{
	return microseconds(clock_read(CLOCK_THREAD_CPUTIME_ID));
}

uint64_t
clock_ms(void)
{
	return clock_us() / 1000;
}

void
clock_sleep_ms(uint64_t ms)
{
	struct timespec t = {.tv_sec = (time_t)(ms / 1000),
	    .tv_nsec = (long)(ms % 1000) * 1000000};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		continue;
}
