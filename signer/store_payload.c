/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/store_payload.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "host/file.h"

enum { PATH_ROOM = FILE_PATH_MAX + 80, LINE_ROOM = 512, HALF_S = 30 * 86400 };
#define INDEX_MAX (256u << 20) /* more than 100 years of anybody */

static void
path_of(char out[static PATH_ROOM], const struct payloads *p,
    const uint8_t sha256[static 32], const char *end)
{
	struct text t;

	text_init(&t, out, PATH_ROOM);
	text_printf(&t, "%s/", p->dir);
	text_hex(&t, sha256, 32);
	text_string(&t, end);
}

static bool
size_of(const char *path, uint64_t *size)
{
	struct stat st;

	*size = 0;
	if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	*size = (uint64_t)st.st_size;
	return true;
}

bool
payload_kept(const struct payloads *p, uint64_t *size,
    const uint8_t sha256[static 32])
{
	char path[PATH_ROOM];

	path_of(path, p, sha256, "");
	return size_of(path, size);
}

uint64_t
payload_half(const struct payloads *p, const uint8_t sha256[static 32])
{
	char path[PATH_ROOM];
	uint64_t size;

	path_of(path, p, sha256, ".part");
	(void)!size_of(path, &size);
	return size;
}

/* Calls f for every file of the folder but the index. */
static void
each_file(const struct payloads *p,
    void (*f)(void *context, const char *path, const struct stat *st),
    void *context)
{
	DIR *dir = opendir(p->dir);
	struct dirent *entry;
	char path[PATH_ROOM + 256];
	struct text t;
	struct stat st;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		text_init(&t, path, sizeof path);
		text_printf(&t, "%s/%s", p->dir, entry->d_name);
		if (!t.full && strcmp(entry->d_name, "index") != 0 &&
		    lstat(path, &st) == 0 && S_ISREG(st.st_mode))
			f(context, path, &st);
	}
	closedir(dir);
}

static void
add_size(void *context, const char *path, const struct stat *st)
{
	uint64_t *sum = context;

	(void)path;
	*sum += (uint64_t)st->st_size;
}

enum rc
payload_room(const struct payloads *p, uint64_t size, struct why *why)
{
	uint64_t sum = 0;

	each_file(p, add_size, &sum);
	if (size <= p->total_max && sum <= p->total_max - size)
		return RC_OK;
	why_set(why, "'%s' holds %llu bytes and may hold %llu: there is no "
		     "room for %llu more (payloads-mib)",
	    p->dir, (unsigned long long)sum, (unsigned long long)p->total_max,
	    (unsigned long long)size);
	return RC_PAYLOAD_ROOM;
}

struct aging {
	uint64_t now, keep_s;
};

/* A half one that nobody came back for goes earlier. */
static void
age_one(void *context, const char *path, const struct stat *st)
{
	const struct aging *a = context;
	uint64_t at = (uint64_t)st->st_mtime;
	size_t n = strlen(path);
	bool half = n > 5 && strcmp(path + n - 5, ".part") == 0;
	uint64_t keep_s = half && HALF_S < a->keep_s ? HALF_S : a->keep_s;

	if (a->now > at && a->now - at > keep_s)
		(void)!file_remove(path, NULL);
}

void
payloads_age(const struct payloads *p, uint64_t now)
{
	struct aging a = {now, p->keep_s};

	each_file(p, age_one, &a);
}

/* ---- the index --------------------------------------------------------- */

static uint8_t *
index_read(const struct payloads *p, size_t *n)
{
	char path[PATH_ROOM];
	struct text t;
	uint8_t *bytes;

	text_init(&t, path, sizeof path);
	text_printf(&t, "%s/index", p->dir);
	return file_read(&bytes, n, path, INDEX_MAX, NULL) == RC_OK ? bytes
								    : NULL;
}

static bool
index_has(const struct payloads *p, const char *end)
{
	size_t n, k = strlen(end);
	uint8_t *bytes = index_read(p, &n);
	bool has = bytes != NULL && memmem(bytes, n, end, k) != NULL;

	free(bytes);
	return has;
}

/* A line that a power cut left half is ended, and means nothing. */
static enum rc
index_append(const struct payloads *p, const struct text *line,
    struct why *why)
{
	char path[PATH_ROOM], last = '\n';
	struct text t;
	struct stat st;
	bool good;
	int fd;

	text_init(&t, path, sizeof path);
	text_printf(&t, "%s/index", p->dir);
	fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	good = fd >= 0 && fstat(fd, &st) == 0;
	if (good && st.st_size > 0)
		good = pread(fd, &last, 1, st.st_size - 1) == 1;
	if (good && last != '\n')
		good = write(fd, "\n", 1) == 1;
	good = good && write(fd, line->p, line->n) == (ssize_t)line->n &&
	    fsync(fd) == 0;
	if (!good)
		why_set(why, "cannot write '%s': %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return good && file_sync_dir(p->dir, why) == RC_OK ? RC_OK : RC_FILE;
}

enum rc
payload_note(const struct payloads *p, const struct source_fetched *f,
    struct slice product, uint32_t sequence, const uint8_t id[static 32],
    uint64_t now, struct why *why)
{
	char room[LINE_ROOM + NAME_BYTES_MAX], end[LINE_ROOM + NAME_BYTES_MAX];
	char path[PATH_ROOM];
	struct text line, same;

	text_init(&same, end, sizeof end);
	text_string(&same, " ");
	text_hex(&same, f->sha256, 32);
	text_printf(&same, " %llu ", (unsigned long long)f->size);
	fetched_words(&same, f);
	if (f->what == FETCHED_NOTES)
		text_string(&same, " -"); /* as many words as others */
	text_printf(&same, " %.*s %u ", (int)product.n,
	    (const char *)product.p, (unsigned)sequence);
	text_hex(&same, id, 32);
	text_string(&same, "\n");
	if (index_has(p, end))
		return RC_OK;
	path_of(path, p, f->sha256, ""); /* its years count from now */
	(void)utimensat(AT_FDCWD, path, NULL, 0);
	text_init(&line, room, sizeof room);
	text_printf(&line, "%llu%s", (unsigned long long)now, end);
	return index_append(p, &line, why);
}

/* A line of the index: is the file there still? */
static void
line_show(const struct payloads *p, struct text *out, struct slice line)
{
	const uint8_t *space = memchr(line.p, ' ', line.n);
	uint8_t sha256[32];
	uint64_t size;
	size_t at;

	if (space == NULL)
		return;
	at = (size_t)(space - line.p) + 1;
	if (line.n - at < 65 || !hex_decode(sha256, 32,
				    (const char *)line.p + at, 64))
		return;
	text_printf(out, "%s %.*s\n",
	    payload_kept(p, &size, sha256) ? "kept" : "gone", (int)line.n,
	    (const char *)line.p);
}

void
payloads_list(const struct payloads *p, struct text *out)
{
	size_t n, from, lines = 0;
	uint8_t *bytes = index_read(p, &n);

	if (bytes == NULL)
		return;
	for (from = n; from > 0; from--)
		if (bytes[from - 1] == '\n' && lines++ == PAYLOADS_LIST_MAX)
			break;
	while (from < n) {
		const uint8_t *lf = memchr(bytes + from, '\n', n - from);
		size_t k = lf == NULL ? n - from
				      : (size_t)(lf - bytes) - from;

		if (lf != NULL)
			line_show(p, out, (struct slice){bytes + from, k});
		from += k + 1;
	}
	free(bytes);
}
