/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree is built with a stack of perfect subtrees, one leaf after another
 * (RFC 6962 section 2.1 read bottom up); tiles are cut from lists of hashes.
 * Nothing of log/tree.c or of the tile cache is asked.
 */
#include "log/store_verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/file.h"
#include "host/rc_text.h"
#include "log/cosign.h"
#include "log/store_inside.h"
#include "verify/merkle.h"
#include "verify/sha256.h"

/* One level of tiles: the hashes of the one that is being filled. */
struct level {
	uint64_t number;
	unsigned width;
	uint8_t hashes[TILE_BYTES];
};

struct check {
	struct store *s;
	struct store_verified *out;
	const char *state;
	struct why *why;
	struct level level[TILE_LEVELS_MAX];
	uint8_t *bundle;
	size_t bundle_n, bundle_cap;
	unsigned stack_n;
	uint8_t stack[64][32]; /* bit i of the size: a subtree of 2^i */
};

static enum rc
differs(struct check *c, const char *what, uint64_t number)
{
	why_set(c->why, "'%s': %s %llu is not what the entries say", c->state,
	    what, (unsigned long long)number);
	return RC_LOG_FORK;
}

/* ---- the tree, from below --------------------------------------------- */

static void
stack_add(struct check *c, const uint8_t leaf[static 32], uint64_t index)
{
	uint8_t hash[32];

	memcpy(hash, leaf, 32);
	for (; index & 1; index >>= 1)
		merkle_node(hash, c->stack[--c->stack_n], hash);
	memcpy(c->stack[c->stack_n++], hash, 32);
}

static void
stack_root(const struct check *c, uint8_t root[static 32])
{
	unsigned i = c->stack_n;
	struct sha256 h;

	if (i == 0) {
		sha256_init(&h);
		sha256_final(&h, root);
		return;
	}
	memcpy(root, c->stack[--i], 32);
	while (i > 0)
		merkle_node(root, c->stack[--i], root);
}

static void
tile_fold(uint8_t root[static 32], const uint8_t hashes[static TILE_BYTES])
{
	uint8_t row[TILE_BYTES];
	unsigned n, i;

	memcpy(row, hashes, sizeof row);
	for (n = TILE_WIDTH; n > 1; n /= 2)
		for (i = 0; i < n / 2; i++)
			merkle_node(row + 32 * i, row + 64 * i,
			    row + 64 * i + 32);
	memcpy(root, row, 32);
}

/* ---- files ------------------------------------------------------------ */

static enum rc
file_is(struct check *c, const struct tile *t, const uint8_t *want, size_t n)
{
	char path[FILE_PATH_MAX + 1], name[TILE_PATH_MAX];
	bool partial = t->width < TILE_WIDTH;
	uint8_t *bytes;
	size_t have;
	enum rc rc;

	tile_path(name, t);
	snprintf(path, sizeof path, "%s/tiles/%s", c->state, name);
	rc = file_read(&bytes, &have, path, n + 1, c->why);
	if (rc == RC_FILE_ABSENT && partial) {
		c->out->absent++;
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc == RC_FILE ? rc : RC_LOG_FORK; /* absent, or long */
	if (have != n || memcmp(bytes, want, n) != 0) {
		why_set(c->why, "'%s' is not what the entries say", path);
		rc = RC_LOG_FORK;
	} else if (partial) {
		c->out->partials++;
	} else if (t->entries) {
		c->out->bundles++;
	} else {
		c->out->tiles++;
	}
	free(bytes);
	return rc;
}

/* A tile of this width as it now stands, if readers are served it. */
static enum rc
level_file(struct check *c, unsigned level)
{
	const struct level *l = &c->level[level];
	struct tile t = {.number = l->number, .width = l->width,
	    .level = (uint8_t)level};
	uint64_t published = c->out->published;
	enum rc rc = RC_OK;

	if (l->width == 0 ||
	    tile_width(level, l->number, published) != l->width)
		return RC_OK;
	rc = file_is(c, &t, l->hashes, 32 * (size_t)l->width);
	if (rc == RC_OK && level == 0) {
		t.entries = true;
		rc = file_is(c, &t, c->bundle, c->bundle_n);
	}
	return rc;
}

/* ---- rows ------------------------------------------------------------- */

static enum rc
tile_row_is(struct check *c, unsigned level, const uint8_t root[static 32])
{
	const struct level *l = &c->level[level];
	struct db_query q = db_prepare(c->s->db, "SELECT hashes, root FROM"
	    " tile WHERE level = ?1 AND number = ?2");
	uint8_t hashes[TILE_BYTES] = {0}, stored[32] = {0};
	bool found;
	enum rc rc;

	db_bind_int64(&q, 1, level);
	db_bind_int64(&q, 2, (int64_t)l->number);
	found = db_row(&q);
	if (found) {
		db_blob_exact(&q, 0, hashes, sizeof hashes);
		db_blob_exact(&q, 1, stored, sizeof stored);
	}
	rc = db_finish(&q);
	if (rc == RC_OK && (!found || memcmp(hashes, l->hashes, TILE_BYTES) != 0 ||
			       memcmp(stored, root, 32) != 0))
		rc = differs(c, "the stored tile", l->number);
	return rc;
}

/* A hash goes into its tile; a tile that is full goes into the one above. */
static enum rc
levels_add(struct check *c, const uint8_t leaf[static 32])
{
	uint8_t hash[32];
	unsigned level;
	enum rc rc = RC_OK;

	memcpy(hash, leaf, 32);
	for (level = 0; rc == RC_OK && level < TILE_LEVELS_MAX; level++) {
		struct level *l = &c->level[level];

		memcpy(l->hashes + 32 * (size_t)l->width++, hash, 32);
		if (l->width < TILE_WIDTH)
			break;
		tile_fold(hash, l->hashes);
		rc = tile_row_is(c, level, hash);
		if (rc == RC_OK)
			rc = level_file(c, level);
		l->number++;
		l->width = 0;
		if (level == 0)
			c->bundle_n = 0;
	}
	return rc;
}

static enum rc
bundle_add(struct check *c, const uint8_t *bytes, size_t n)
{
	if (c->bundle_n + n + 2 > c->bundle_cap) {
		size_t cap = 2 * (c->bundle_n + n + 2);
		uint8_t *grown = realloc(c->bundle, cap);

		if (grown == NULL)
			return RC_MEMORY;
		c->bundle = grown;
		c->bundle_cap = cap;
	}
	c->bundle[c->bundle_n++] = (uint8_t)(n >> 8);
	c->bundle[c->bundle_n++] = (uint8_t)n;
	memcpy(c->bundle + c->bundle_n, bytes, n);
	c->bundle_n += n;
	return RC_OK;
}

static enum rc
entry_add(struct check *c, uint64_t index)
{
	uint8_t *bytes, leaf[32], id[32];
	uint64_t found = 0, size;
	struct note note;
	size_t n;
	enum rc rc = store_note(c->s, index, &bytes, &n);

	if (rc == RC_DATABASE)
		return differs(c, "entry", index);
	if (rc != RC_OK)
		return rc;
	if (note_split(&note, bytes, n) != RC_OK) {
		free(bytes);
		return differs(c, "entry", index);
	}
	note_id(id, &note);
	rc = store_find(c->s, id, 0, &found, &size);
	if (rc == RC_MORE || (rc == RC_OK && found != index))
		rc = differs(c, rc == RC_MORE ? "the index of entry"
					      : "a text twice: entry", index);
	if (rc == RC_OK)
		rc = bundle_add(c, bytes, n);
	merkle_leaf(leaf, bytes, n);
	stack_add(c, leaf, index);
	if (rc == RC_OK)
		rc = levels_add(c, leaf);
	free(bytes);
	return rc;
}

/* ---- what was signed -------------------------------------------------- */

/* A checkpoint by this log: its size and root, once the log's line holds. */
static enum rc
checkpoint_read(struct check *c, struct checkpoint *head, const uint8_t *bytes,
    size_t n, const char *what)
{
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	struct note note;
	uint64_t none;
	enum rc rc = note_split(&note, bytes, n);

	if (rc == RC_OK)
		rc = checkpoint_parse(head, bytes, note.text_n, false);
	if (rc == RC_OK)
		rc = checkpoint_line_by(blob, &none, &note, &c->s->setup->key);
	if (rc != RC_OK) {
		why_set(c->why, "'%s': %s: %s", c->state, what,
		    rc == RC_MORE ? "this log has not signed it" : rc_text(rc));
		rc = RC_LOG_FORK;
	}
	return rc;
}

static enum rc
published_read(struct check *c, uint8_t root[static 32])
{
	char path[FILE_PATH_MAX + 1];
	struct checkpoint head;
	uint8_t *bytes;
	size_t n;
	enum rc rc;

	snprintf(path, sizeof path, "%s/tiles/checkpoint", c->state);
	rc = file_read(&bytes, &n, path, CHECKPOINT_NOTE_MAX, c->why);
	if (rc == RC_FILE_ABSENT)
		return RC_OK; /* nothing is published yet */
	if (rc == RC_OK)
		rc = checkpoint_read(c, &head, bytes, n, "the checkpoint");
	if (rc == RC_OK) {
		c->out->published = head.size;
		memcpy(root, head.root, 32);
	}
	free(bytes);
	return rc;
}

static enum rc
everything(struct check *c)
{
	struct store_verified *out = c->out;
	uint8_t root[32], published[32] = {0};
	struct checkpoint signed_head;
	struct store_head head;
	uint64_t i;
	unsigned level;
	enum rc rc = store_head(c->s, &head);

	if (rc == RC_OK && head.checkpoint_n > 0)
		rc = checkpoint_read(c, &signed_head, head.checkpoint,
		    head.checkpoint_n, "the head");
	if (rc == RC_OK && head.checkpoint_n > 0 &&
	    (signed_head.size != head.size ||
		memcmp(signed_head.root, head.root, 32) != 0))
		rc = differs(c, "the head of", head.size);
	if (rc == RC_OK)
		rc = published_read(c, published);
	if (rc == RC_OK && out->published > head.size)
		rc = differs(c, "the checkpoint of", out->published);
	for (i = 0; rc == RC_OK && i <= head.size; i++) {
		if (i == out->published && i > 0) {
			stack_root(c, root);
			if (memcmp(root, published, 32) != 0)
				rc = differs(c, "the checkpoint of", i);
			for (level = 0;
			     rc == RC_OK && level < TILE_LEVELS_MAX; level++)
				rc = level_file(c, level);
		}
		if (rc == RC_OK && i < head.size)
			rc = entry_add(c, i);
	}
	if (rc != RC_OK)
		return rc;
	stack_root(c, root);
	out->size = head.size;
	memcpy(out->root, root, 32);
	return head.checkpoint_n == 0 || memcmp(root, head.root, 32) == 0
	    ? RC_OK
	    : differs(c, "the head of", head.size);
}

enum rc
store_verify(struct store_verified *out, const char *state, struct why *why)
{
	struct log_setup *setup = calloc(1, sizeof *setup);
	struct check *c = calloc(1, sizeof *c);
	int lock = -1;
	enum rc rc = RC_MEMORY;

	memset(out, 0, sizeof *out);
	if (setup == NULL || c == NULL)
		goto out;
	c->out = out;
	c->state = state;
	c->why = why;
	rc = file_lock(&lock, state, why);
	if (rc == RC_OK)
		rc = store_setup_of(setup, state, why);
	strcpy(out->vkey, setup->vkey);
	if (rc == RC_OK)
		rc = store_open(&c->s, setup, NULL, why);
	if (rc == RC_OK)
		rc = everything(c);
out:
	if (rc != RC_OK && why->text[0] == '\0')
		why_set(why, "'%s': %s", state, rc_text(rc));
	if (c != NULL) {
		store_close(c->s);
		free(c->bundle);
	}
	if (lock >= 0)
		file_unlock(lock);
	free(c);
	free(setup);
	return rc;
}
