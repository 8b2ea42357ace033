/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_ROOM_H
#define LOG_STORE_ROOM_H
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Whether a state takes bytes again, for /healthz of a daemon whose last
 * attempt to store something failed. A balancer that is told 503 sends it
 * nothing more, so that no attempt would ever tell.
 */
struct store_room {
	pthread_mutex_t lock; /* the owner's to make */
	uint64_t looked_ms;   /* 0: never */
	bool room;
};

/* Writes, syncs and removes `dir`/room, at most once a second. */
bool store_room(struct store_room *r, const char *dir);
#endif
