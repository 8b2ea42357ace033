/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_TILE_H
#define LOG_TILE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Tiles of a log (C2SP tlog-tiles): 256 hashes side by side, or fewer at the
 * right edge of the tree. Hash i of tile `number` at tile level l covers the
 * entries from (number * 256 + i) * 256^l on, 256^l of them. An entry bundle
 * holds the entries of the tile of level 0 with its number and width.
 */
enum {
	TILE_WIDTH = 256,
	TILE_LEVELS_MAX = 7, /* sizes are below 2^53 */
	TILE_BYTES = TILE_WIDTH * 32,
	TILE_PATH_MAX = 64, /* with its NUL */
	/* 2 bytes of length and at most 65535 of entry, each */
	BUNDLE_ENTRY_MAX = 65535,
};

struct tile {
	uint64_t number;
	unsigned width; /* 1..256 */
	uint8_t level;  /* 0..6; of a bundle 0 */
	bool entries;   /* a bundle */
};

/* How many hashes of this tile exist in a tree of that size: 0..256. */
unsigned tile_width(unsigned level, uint64_t number, uint64_t size);

/* "tile/0/x001/067.p/5": without a slash before it. */
void tile_path(char out[static TILE_PATH_MAX], const struct tile *t);

/* Reads such a path, one spelling only; n bytes. False, t unspecified. */
bool tile_parse(struct tile *t, const char *path, size_t n);

/*
 * The next entry of a bundle: *at is its offset, moved behind it. False at
 * the end, and with *entry NULL when the bundle is cut short.
 */
bool tile_bundle_next(const uint8_t **entry, size_t *entry_n, size_t *at,
    const uint8_t *bundle, size_t n);

/*
 * The nodes over one tile's hashes, those that have all their leaves, so
 * that a hash of any level is at hand without hashing. Level j of 0..8 has
 * (width >> j) nodes; level 8 of a full tile is the hash that the tile above
 * holds of it.
 */
struct tile_nodes {
	unsigned width;
	uint8_t node[2 * TILE_WIDTH - 1][32];
};
void tile_nodes_append(struct tile_nodes *t, const uint8_t hash[static 32]);
/* j is at most 8 and i below width >> j. */
const uint8_t *tile_node(const struct tile_nodes *t, unsigned j, unsigned i);
#endif
