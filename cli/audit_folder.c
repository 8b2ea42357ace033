/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit's folder as a source of tiles: what it holds is read from it,
 * the rest is fetched, and kept only once it was verified (write is set then
 * and each further request says that the ones before were good).
 */
#include "cli/audit_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum rc
audit_dir_get(void *context, const char *path, size_t max, uint8_t **bytes,
    size_t *n, struct why *why)
{
	char full[FILE_PATH_MAX + 1];

	snprintf(full, sizeof full, "%s/%s", (const char *)context, path);
	return file_read(bytes, n, full, max, why);
}

bool
audit_is_http(const char *url)
{
	return strncmp(url, "http://", 7) == 0 ||
	    strncmp(url, "https://", 8) == 0;
}

void
audit_folder_forget(struct audit_folder *f)
{
	while (f->pending_n > 0)
		blob_release(&f->pending[--f->pending_n].b);
}

/* Everything that came so far was verified. */
enum rc
audit_folder_keep(struct audit_folder *f, struct why *why)
{
	char full[FILE_PATH_MAX + 1], *slash;
	unsigned i;
	enum rc rc = RC_OK;

	for (i = 0; rc == RC_OK && f->write && i < f->pending_n; i++) {
		snprintf(full, sizeof full, "%s/%s", f->a->dir,
		    f->pending[i].path);
		slash = strrchr(full, '/');
		*slash = '\0';
		rc = dir_make(full, 0755, why);
		*slash = '/';
		if (rc == RC_OK)
			rc = file_write_atomic(full, f->pending[i].b.p,
			    f->pending[i].b.n, 0644, why);
	}
	if (f->write)
		audit_folder_forget(f);
	return rc;
}

enum rc
audit_folder_get(void *context, const char *path, size_t max, uint8_t **bytes,
    size_t *n, struct why *why)
{
	struct audit_folder *f = context;
	struct blob b;
	enum rc rc = RC_FILE_ABSENT;

	if (f->write) { /* the reader came back: the last one was good */
		rc = audit_folder_keep(f, why);
		if (rc != RC_OK)
			return rc;
		rc = RC_FILE_ABSENT;
	}
	if (!f->fresh)
		rc = audit_dir_get(f->a->dir, path, max, bytes, n, NULL);
	if (rc == RC_OK) {
		f->read = true;
		return RC_OK;
	}
	rc = f->away.get(f->away.context, path, max, bytes, n, why);
	if (rc != RC_OK || f->pending_n == AUDIT_PENDING_MAX)
		return rc;
	b.n = *n;
	b.p = malloc(*n > 0 ? *n : 1);
	if (b.p == NULL)
		return RC_OK; /* not kept */
	memcpy(b.p, *bytes, *n);
	snprintf(f->pending[f->pending_n].path, TILE_PATH_MAX, "%s", path);
	f->pending[f->pending_n++].b = b;
	return RC_OK;
}

void
audit_folder_init(struct audit_folder *f, struct audit *a, bool fresh)
{
	memset(f, 0, sizeof *f);
	f->a = a;
	f->fresh = fresh;
	f->http = (struct tlog_http){a->client, a->url,
	    (unsigned)a->timeout_ms};
	f->away = audit_is_http(a->url)
	    ? tlog_fetch_http(&f->http)
	    : (struct tlog_fetch){audit_dir_get, (void *)(uintptr_t)a->url};
}

/* The partial tiles of the last head that this one does not have. */
void
audit_folder_tidy(struct audit *a, uint64_t from, uint64_t to)
{
	char path[TILE_PATH_MAX], full[FILE_PATH_MAX + 1];
	struct tile t;
	unsigned level, both;

	for (level = 0; level < TILE_LEVELS_MAX; level++)
		for (both = 0; both < (level == 0 ? 2u : 1u); both++) {
			t = (struct tile){.level = (uint8_t)level,
			    .entries = both == 1,
			    .number = from >> (8 * level) >> 8};
			t.width = tile_width(level, t.number, from);
			if (t.width == 0 || t.width == TILE_WIDTH ||
			    t.width == tile_width(level, t.number, to))
				continue;
			tile_path(path, &t);
			snprintf(full, sizeof full, "%s/%s", a->dir, path);
			unlink(full);
		}
}
