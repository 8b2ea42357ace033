/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_SERVE_LINK_H
#define SIGNER_SERVE_LINK_H
/*
 * Socket pairs between the signer's processes. On each of them one side asks
 * and the other answers, frame by frame, and it is known which:
 *
 *   descriptor     the seat   the other side
 *   SEAT_CONTROL   hears and says, datagrams    the parent
 *   SEAT_WORK      asks       the parent: evidence processes
 *   SEAT_NOTIFY    asks       notify: the operator's command
 *   of each authority, to the courier:
 *   LINK_POLLER    answers    its long poll: what to say, what came
 *   LINK_OTHER     answers    the same for LINK_ASK's fetch
 *   LINK_ASK       asks       post, fetch
 *   LINK_LOG       asks       files of logs
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/why.h"
#include "signer/frame.h"
#include "signer/seat.h"

enum link_kind { LINK_POLLER, LINK_OTHER, LINK_ASK, LINK_LOG, LINK_KINDS };

/* Where a process finds what its parent gave it. */
enum {
	SEAT_CONTROL = 3,
	SEAT_WORK,
	SEAT_NOTIFY,
	SEAT_FDS,
	COURIER_FIRST = 3, /* LINK_KINDS of each authority */
	NOTIFY_LINK = 3,
};
#define LINKS_MAX (SEAT_AUTHORITIES_MAX * LINK_KINDS)

/* Two ends, not blocking, closed on exec. */
bool link_pair(int end[static 2]);

/*
 * One frame, whole: RC_OK, RC_TIMEOUT, RC_STOPPED (*stop_fd became readable;
 * -1: none), RC_LINK (the other side is gone, or what came is no frame).
 * After anything but RC_OK the pair is of no more use. timeout_ms 0: for
 * ever. heard: malloc'd bytes that f borrows, to be freed.
 */
enum rc link_say(int fd, const void *line_and_body, size_t n,
    uint64_t timeout_ms) __attribute__((warn_unused_result));
enum rc link_hear(int fd, struct frame *f, uint8_t **heard,
    uint64_t timeout_ms, int stop_fd) __attribute__((warn_unused_result));

/*
 * The seat's end of a pair whose other process may die and come again: then
 * there is a new pair. One thread at a time uses it, any thread renews it.
 */
struct link {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int fd, fresh; /* -1: none */
	bool ends;
};
void link_init(struct link *l);
void link_renew(struct link *l, int fd); /* fd is the link's from now on */
/* Whoever waits for it returns, now and later. */
void link_end(struct link *l);
void link_release(struct link *l);
/* The pair in use, or -1. wait: until there is one, or the end. */
int link_fd(struct link *l, bool wait);
/* Until there is one, for so long; false: there is none yet, or no more. */
bool link_await(struct link *l, uint64_t timeout_ms);
/* It is of no more use. */
void link_drop(struct link *l);

/*
 * Ask and hear the answer. RC_OK and *f for any answer that is a frame;
 * RC_LINK (also when there is no process to ask), RC_TIMEOUT, RC_STOPPED.
 */
enum rc link_ask(struct link *l, const void *question, size_t n,
    struct frame *f, uint8_t **heard, uint64_t timeout_ms, int stop_fd)
    __attribute__((warn_unused_result));

/* A datagram with descriptors, of at most 512 bytes and LINKS_MAX. */
#define CONTROL_MAX 512
bool control_send(int fd, const char *line, const int *fds, unsigned fd_n);
/* Its length, without LF or NUL problems: line[n] is NUL. 0: the end. */
size_t control_receive(int fd, char line[static CONTROL_MAX], int *fds,
    unsigned *fd_n);
bool control_pair(int end[static 2]);
#endif
