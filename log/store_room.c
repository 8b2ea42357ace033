/* SPDX-License-Identifier: Apache-2.0 */
#include "log/store_room.h"

#include <stdio.h>

#include "host/clock.h"
#include "host/file.h"

/* More than a database keeps in hand in its -wal, so that a full disk is
 * not taken for one with room because a few bytes still fit. */
enum { ROOM_BYTES = 65536, ROOM_EVERY_MS = 1000 };

static bool
room_look(const char *dir)
{
	static const uint8_t bytes[ROOM_BYTES];
	char path[FILE_PATH_MAX + 1];
	enum rc rc;

	snprintf(path, sizeof path, "%s/room", dir);
	rc = file_write_atomic(path, bytes, sizeof bytes, 0600, NULL);
	if (rc == RC_OK)
		rc = file_remove(path, NULL);
	return rc == RC_OK;
}

bool
store_room(struct store_room *r, const char *dir)
{
	uint64_t now = clock_ms();
	bool room;

	/* a disk that hangs holds up one thread of the server, not all */
	if (pthread_mutex_trylock(&r->lock) != 0)
		return false;
	if (r->looked_ms == 0 || now - r->looked_ms >= ROOM_EVERY_MS) {
		r->room = room_look(dir);
		r->looked_ms = clock_ms();
	}
	room = r->room;
	pthread_mutex_unlock(&r->lock);
	return room;
}
