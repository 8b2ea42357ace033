/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_COURIER_H
#define SIGNER_COURIER_H
/*
 * The courier as the seat knows it: another process, with the network and
 * without a secret, that may be killed and come again at any time. It asks
 * (what to say in a poll, what to say to what came), and is asked (to post,
 * to fetch, to get a file of a log). What it brings is bytes of the network
 * and nothing more: proposals are checked by the seat, entries of logs
 * against a head that witnesses cosigned. One struct an authority.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/text.h"
#include "host/why.h"
#include "verify/rc.h"

#define COURIER_WAIT_S	 50 /* of a long poll */
#define COURIER_SOON_S	 2  /* of one when something else is awaited too */
#define COURIER_PAIRS	 4  /* of sockets; signer/serve_link.h */

struct courier;

struct courier_options {
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

/* options' strings must live. RC_OK, RC_MEMORY. */
enum rc courier_new(struct courier **out,
    const struct courier_options *options) __attribute__((warn_unused_result));
/* Its process was started, or started again: our ends. */
void courier_renew(struct courier *c, const int fd[static COURIER_PAIRS]);
/* From now on it is answered. RC_OK, RC_MEMORY. */
enum rc courier_start(struct courier *c) __attribute__((warn_unused_result));
/* Ends the threads, in the middle of whatever; then free may come when
 * nobody asks any more. NULL is allowed. */
void courier_stop(struct courier *c);
void courier_free(struct courier *c);

/*
 * From any thread. post: send a bundle now; what cannot be sent is asked for
 * again later. fetch: an extra poll for everything that is open, now.
 */
void courier_post(struct courier *c, const void *bundle, size_t n);
void courier_fetch(struct courier *c);

/*
 * A file of a log whose URL the configuration has; path is below it. One
 * thread at a time. RC_OK and malloc'd bytes; RC_FILE_ABSENT; RC_CONFIG (no
 * such log); what else http_get says; RC_LINK.
 */
enum rc courier_get(struct courier *c, const char *origin, const char *path,
    size_t max, uint8_t **bytes, size_t *n, struct why *why)
    __attribute__((warn_unused_result));

/*
 * What the coordinator says of a text: path is /v1/proposals/ID, header the one
 * that lets us read it. RC_OK and malloc'd bytes, which nobody has checked;
 * RC_LINK, RC_HTTP, RC_NETWORK, RC_TIMEOUT. Waits a few seconds at most.
 */
enum rc courier_ask_status(struct courier *c, const char *path,
    const char *header, uint8_t **bytes, size_t *n)
    __attribute__((warn_unused_result));

/* How it stands, one line: "connected" or what failed last. */
void courier_status(struct courier *c, char out[static WHY_BYTES_MAX]);
#endif
