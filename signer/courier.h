/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_COURIER_H
#define SIGNER_COURIER_H
/*
 * The way to the coordinator and back, for one authority: a thread that has
 * one long poll open at any time, hands every answer to the daemon, and posts
 * what comes of it. It has no secrets and no state that matters: whenever
 * something may be lost, it forgets its cursor and asks for everything that
 * is still open; both sides take everything twice.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "host/why.h"
#include "verify/rc.h"

#define COURIER_WAIT_S	 50 /* of a long poll */
#define COURIER_SOON_S	 2  /* of one when something else is awaited too */
#define COURIER_BACK_MS	 100 /* first pause after a failure; doubles */
#define COURIER_BACK_MAX_MS 30000

struct courier;

struct courier_options {
	const char *url; /* of the coordinator, no slash at the end */
	const char *ca_file; /* NULL: the system's */
	const char *label; /* for messages: the authority */
	void *context;
	/* Append a signed poll note. `after`: the cursor. How many seconds to
	 * wait for news, at most COURIER_WAIT_S. */
	unsigned (*poll)(void *context, struct text *note, const char *after);
	/*
	 * An inbox, behind its first item; append a bundle to notes (of
	 * BUNDLE_BYTES_MAX). False: something has to wait; ask again for
	 * all of it after a pause. Called with no lock held.
	 */
	bool (*inbox)(void *context, const uint8_t *bytes, size_t n,
	    struct text *notes);
};

/* Starts polling. options' strings must live. RC_OK, RC_MEMORY. */
enum rc courier_start(struct courier **out,
    const struct courier_options *options) __attribute__((warn_unused_result));
/* Ends the thread, in the middle of a poll too. NULL is allowed. */
void courier_stop(struct courier *c);

/*
 * From any thread. post: send a bundle now; what cannot be sent is asked for
 * again later. fetch: an extra poll for everything that is open, now.
 */
void courier_post(struct courier *c, const void *bundle, size_t n);
void courier_fetch(struct courier *c);

/* How it stands, one line: "connected" or what failed last. */
void courier_status(struct courier *c, char out[static WHY_BYTES_MAX]);
#endif
