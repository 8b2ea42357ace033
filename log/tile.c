/* SPDX-License-Identifier: Apache-2.0 */
#include "log/tile.h"

#include <string.h>

#include "verify/line.h"
#include "verify/merkle.h"

unsigned
tile_width(unsigned level, uint64_t number, uint64_t size)
{
	uint64_t hashes = size >> (8 * level);

	if (number >= (hashes + TILE_WIDTH - 1) / TILE_WIDTH)
		return 0;
	hashes -= number * TILE_WIDTH;
	return hashes < TILE_WIDTH ? (unsigned)hashes : TILE_WIDTH;
}

static char *
put(char *p, const char *s)
{
	while (*s != '\0')
		*p++ = *s++;
	return p;
}

static char *
put_decimal(char *p, unsigned v)
{
	if (v >= 10)
		p = put_decimal(p, v / 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

void
tile_path(char out[static TILE_PATH_MAX], const struct tile *t)
{
	uint64_t n = t->number, power = 1;
	char *p = put(out, "tile/");
	unsigned group;

	if (t->entries)
		p = put(p, "entries");
	else
		p = put_decimal(p, t->level);
	*p++ = '/';
	while (n / power >= 1000)
		power *= 1000;
	for (; power >= 1; power /= 1000) { /* groups of three digits */
		group = (unsigned)(n / power % 1000);
		if (power > 1)
			*p++ = 'x';
		*p++ = (char)('0' + group / 100);
		*p++ = (char)('0' + group / 10 % 10);
		*p++ = (char)('0' + group % 10);
		if (power > 1)
			*p++ = '/';
	}
	if (t->width < TILE_WIDTH)
		p = put_decimal(put(p, ".p/"), t->width);
	*p = '\0';
}

/* Whatever digits are there are read leniently; that the spelling is the one
 * there is, is seen by writing it again. */
bool
tile_parse(struct tile *t, const char *path, size_t n)
{
	struct slice s;
	char again[TILE_PATH_MAX];
	uint64_t v = 0;
	size_t i = 5;

	memset(t, 0, sizeof *t);
	t->width = TILE_WIDTH;
	if (n >= TILE_PATH_MAX || n < 6 || memcmp(path, "tile/", 5) != 0)
		return false;
	if (n > 13 && memcmp(path + 5, "entries/", 8) == 0) {
		t->entries = true;
		i = 13;
	} else {
		if (path[5] < '0' || path[5] >= '0' + TILE_LEVELS_MAX)
			return false;
		t->level = (uint8_t)(path[5] - '0');
		i = 7;
	}
	for (; i < n && path[i] != '.'; i++) {
		if (path[i] == 'x' || path[i] == '/')
			continue;
		if (path[i] < '0' || path[i] > '9' || t->number >> 53 != 0)
			return false;
		t->number = t->number * 10 + (uint64_t)(path[i] - '0');
	}
	if (i < n) {
		if (n - i < 4)
			return false;
		s = (struct slice){(const uint8_t *)path + i + 3, n - i - 3};
		if (!slice_decimal(s, TILE_WIDTH - 1, &v) || v == 0)
			return false;
		t->width = (unsigned)v;
	}
	if (t->number >> 45 != 0)
		return false;
	tile_path(again, t);
	return strlen(again) == n && memcmp(again, path, n) == 0;
}

bool
tile_bundle_next(const uint8_t **entry, size_t *entry_n, size_t *at,
    const uint8_t *bundle, size_t n)
{
	*entry = NULL;
	if (*at == n) {
		*entry = bundle; /* a clean end */
		return false;
	}
	if (n - *at < 2)
		return false;
	*entry_n = (size_t)bundle[*at] << 8 | bundle[*at + 1];
	if (n - *at - 2 < *entry_n)
		return false;
	*entry = bundle + *at + 2;
	*at += 2 + *entry_n;
	return true;
}

/* Level j begins behind the room of those below it: 256, 128, ... */
static unsigned
node_at(unsigned j, unsigned i)
{
	return 2 * TILE_WIDTH - (2 * TILE_WIDTH >> j) + i;
}

void
tile_nodes_append(struct tile_nodes *t, const uint8_t hash[static 32])
{
	unsigned i = t->width++, j = 0;

	memcpy(t->node[node_at(0, i)], hash, 32);
	for (; i & 1 && j < 8; i >>= 1, j++)
		merkle_node(t->node[node_at(j + 1, i >> 1)],
		    t->node[node_at(j, i - 1)], t->node[node_at(j, i)]);
}

const uint8_t *
tile_node(const struct tile_nodes *t, unsigned j, unsigned i)
{
	return t->node[node_at(j, i)];
}
