/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_REMIND_H
#define SIGNER_REMIND_H
/*
 * When people are told of what waits for them: at once, again every so often
 * until it is decided, and after a command that failed sooner, with pauses
 * that double. Pure: the time is an argument, milliseconds of any clock that
 * does not go back.
 */
#include <stdbool.h>
#include <stdint.h>
#include "verify/line.h"

#define REMIND_MAX	    128 /* matters; the next pushes out the oldest */
#define REMIND_RETRY_MAX_MS 3600000u

struct notify_matter {
	char id[65], kind[16];
	char authority[NAME_BYTES_MAX + 1], product[NAME_BYTES_MAX + 1];
	uint32_t sequence;
};

struct reminder {
	bool used;
	struct notify_matter matter;
	uint64_t due_ms;
	unsigned told;	   /* how often, with success */
	unsigned failures; /* in a row */
	uint64_t count;	   /* which came first */
};

struct reminders {
	uint64_t again_ms; /* between reminders; 0: it is said once */
	uint64_t retry_ms; /* first pause after a failure; at least 1 */
	uint64_t count;
	struct reminder at[REMIND_MAX];
};

/* A matter; one that is there already is left as it is. True: another, the
 * oldest, was dropped for it. */
bool remind_add(struct reminders *r, const struct notify_matter *m,
    uint64_t now_ms);
/* The one that is due first, or NULL; *wait_ms then says how long not. */
struct reminder *remind_due(
    struct reminders *r, uint64_t now_ms, uint64_t *wait_ms);
/* It was told, or could not be. */
void remind_said(struct reminders *r, struct reminder *which, bool good,
    uint64_t now_ms);
/* It is decided. */
void remind_drop(struct reminder *which);
#endif
