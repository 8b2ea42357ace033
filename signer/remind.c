/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/remind.h"
#include <string.h>

bool
remind_add(
    struct reminders *r, const struct notify_matter *m, uint64_t now_ms)
{
	struct reminder *place = NULL, *oldest = &r->at[0];
	bool pushed;

	for (unsigned i = 0; i < REMIND_MAX; i++) {
		struct reminder *x = &r->at[i];

		if (!x->used) {
			place = place == NULL ? x : place;
			continue;
		}
		if (strcmp(x->matter.id, m->id) == 0)
			return false;
		if (x->count < oldest->count || !oldest->used)
			oldest = x;
	}
	pushed = place == NULL;
	if (pushed)
		place = oldest;
	*place = (struct reminder){.used = true,
	    .matter = *m, .due_ms = now_ms, .count = ++r->count};
	return pushed;
}

struct reminder *
remind_due(struct reminders *r, uint64_t now_ms, uint64_t *wait_ms)
{
	struct reminder *next = NULL;

	*wait_ms = UINT64_MAX;
	for (unsigned i = 0; i < REMIND_MAX; i++) {
		struct reminder *x = &r->at[i];

		if (x->used &&
		    (next == NULL || x->due_ms < next->due_ms ||
			(x->due_ms == next->due_ms && x->count < next->count)))
			next = x;
	}
	if (next == NULL)
		return NULL;
	*wait_ms = next->due_ms > now_ms ? next->due_ms - now_ms : 0;
	return *wait_ms == 0 ? next : NULL;
}

void
remind_said(
    struct reminders *r, struct reminder *which, bool good, uint64_t now_ms)
{
	uint64_t pause = r->retry_ms;

	if (good) {
		which->told++;
		which->failures = 0;
		which->due_ms = now_ms + r->again_ms;
		if (r->again_ms == 0)
			which->used = false;
		return;
	}
	for (unsigned i = 0;
	     i < which->failures && pause < REMIND_RETRY_MAX_MS; i++)
		pause *= 2;
	which->failures++;
	which->due_ms = now_ms +
	    (pause < REMIND_RETRY_MAX_MS ? pause : REMIND_RETRY_MAX_MS);
}

void
remind_drop(struct reminder *which)
{
	which->used = false;
}
