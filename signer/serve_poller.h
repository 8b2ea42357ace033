/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_SERVE_POLLER_H
#define SIGNER_SERVE_POLLER_H
/*
 * In the courier process: the way to the coordinator and back, for one
 * authority. A thread that has one long poll open at any time, hands every
 * answer to the seat, and posts what comes of it. It has no secrets and no
 * state that matters: whenever something may be lost, it forgets its cursor
 * and asks for everything that is still open; both sides take everything
 * twice.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "host/why.h"
#include "verify/rc.h"

#define POLLER_WAIT_S	 50 /* of a long poll */
#define POLLER_SOON_S	 2  /* of one when something else is awaited too */
#define POLLER_BACK_MS	 100 /* first pause after a failure; doubles */
#define POLLER_BACK_MAX_MS 30000

struct poller;

struct poller_options {
	const char *url; /* of the coordinator, no slash at the end */
	const char *ca_file; /* NULL: the system's */
	const char *label; /* for messages: the authority */
	void *context;
	/* Append a signed poll note. `after`: the cursor; other: of
	 * poller_fetch, on its caller's thread; status: how it stands. How
	 * many seconds to wait for news, at most POLLER_WAIT_S. */
	unsigned (*poll)(void *context, bool other, const char *status,
	    struct text *note, const char *after);
	/*
	 * An inbox, behind its first item; append a bundle to notes (of
	 * BUNDLE_BYTES_MAX). False: something has to wait; ask again for
	 * all of it after a pause. Called with no lock held.
	 */
	bool (*inbox)(void *context, bool other, const uint8_t *bytes,
	    size_t n, struct text *notes);
};

/* Starts polling, for as long as the process lives. options' strings must
 * live. RC_OK, RC_MEMORY. */
enum rc poller_start(struct poller **out,
    const struct poller_options *options) __attribute__((warn_unused_result));

/*
 * From any thread. post: send a bundle now; what cannot be sent is asked for
 * again later. fetch: an extra poll for everything that is open, now.
 */
void poller_post(struct poller *c, const void *bundle, size_t n);
void poller_fetch(struct poller *c);
#endif
