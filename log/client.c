/* SPDX-License-Identifier: Apache-2.0 */
#include "log/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/rc_text.h"
#include "host/text.h"

enum {
	CLIENT_SLOTS = 32,
	CLIENT_URL_MAX = 2048,
	BUNDLE_BYTES_FULL = TILE_WIDTH * (BUNDLE_ENTRY_MAX + 2),
};

/* ---- questions -------------------------------------------------------- */

/* "RC_NAME: sentence" back to its number; RC_HTTP for anything else. */
static enum rc
refusal_read(const uint8_t *body, size_t n)
{
#define NAMED(name, number, sentence) {#name, name},
	static const struct {
		const char *name;
		enum rc rc;
	} all[] = {RC_LIST(NAMED)};
#undef NAMED
	struct slice s = {body, 0};
	size_t i;

	while (s.n < n && body[s.n] != ':' && body[s.n] != '\n')
		s.n++;
	for (i = 0; i < sizeof all / sizeof all[0]; i++)
		if (slice_is(s, all[i].name))
			return all[i].rc;
	return RC_HTTP;
}

/* What came back, if it is a file; otherwise what it means. */
static enum rc
file_answer(enum rc rc, struct http_answer *answer, uint8_t **file,
    size_t *file_n, struct why *why)
{
	*file = NULL;
	*file_n = 0;
	if (rc == RC_OK && answer->status == 200 && answer->body != NULL) {
		*file = answer->body;
		*file_n = answer->body_n;
		answer->body = NULL; /* handed over */
	} else if (rc == RC_OK) {
		rc = answer->status == 202 ? RC_LOG_WAIT : RC_HTTP;
		why_set(why, "%.*s", (int)strcspn(answer->body == NULL
				? ""
				: (char *)answer->body, "\n"),
		    answer->body == NULL ? "" : (char *)answer->body);
	} else if (rc == RC_HTTP && answer->status == 404) {
		rc = RC_MORE;
	} else if (rc == RC_HTTP && answer->body != NULL) {
		rc = refusal_read(answer->body, answer->body_n);
	}
	http_answer_release(answer);
	return rc;
}

enum rc
tlog_add(struct http_client *client, const char *url, const uint8_t *bytes,
    size_t n, unsigned timeout_ms, uint8_t **file, size_t *file_n,
    struct why *why)
{
	static const char *const headers[] = {
	    "Content-Type: text/plain; charset=utf-8", NULL};
	char full[CLIENT_URL_MAX];
	struct note sent, got;
	struct http_answer answer;
	size_t rest;
	enum rc rc = note_split_file(&sent, &rest, bytes, n);

	*file = NULL;
	*file_n = 0;
	if (rc != RC_OK) {
		why_set(why, "what is to be logged: %s", rc_text(rc));
		return rc;
	}
	snprintf(full, sizeof full, "%s/add", url);
	rc = http_post(client, full, headers, bytes, n, timeout_ms,
	    TLOG_FILE_MAX, &answer, why);
	rc = file_answer(rc, &answer, file, file_n, why);
	if (rc == RC_MORE)
		rc = RC_HTTP; /* no log at this address */
	if (rc != RC_OK)
		return rc;
	if (note_split_file(&got, &rest, *file, *file_n) == RC_OK &&
	    got.text_n == sent.text_n && rest < *file_n &&
	    memcmp(got.bytes, sent.bytes, got.text_n) == 0)
		return RC_OK;
	free(*file);
	*file = NULL;
	*file_n = 0;
	why_set(why, "%s: the answer is not a file of the text sent", full);
	return RC_PROOF;
}

static enum rc
lookup(struct http_client *client, const char *url, unsigned timeout_ms,
    uint8_t **file, size_t *file_n, struct why *why)
{
	struct http_answer answer;
	enum rc rc = http_get(client, url, NULL, timeout_ms, TLOG_FILE_MAX,
	    &answer, why);

	return file_answer(rc, &answer, file, file_n, why);
}

enum rc
tlog_lookup(struct http_client *client, const char *url,
    const uint8_t digest[static 32], unsigned nth, unsigned timeout_ms,
    uint8_t **file, size_t *file_n, struct why *why)
{
	char full[CLIENT_URL_MAX];
	struct text t;

	text_init(&t, full, sizeof full);
	text_printf(&t, "%s/lookup/", url);
	text_hex(&t, digest, 32);
	if (nth > 0)
		text_printf(&t, "?n=%u", nth);
	return lookup(client, full, timeout_ms, file, file_n, why);
}

enum rc
tlog_lookup_product(struct http_client *client, const char *url,
    const char *product, unsigned timeout_ms, uint8_t **file, size_t *file_n,
    struct why *why)
{
	char full[CLIENT_URL_MAX];

	snprintf(full, sizeof full, "%s/lookup/product/%s", url, product);
	return lookup(client, full, timeout_ms, file, file_n, why);
}

/* RC_OK, RC_CHECKPOINT (there is nothing), what split and parse say. */
static enum rc
checkpoint_open(const uint8_t *bytes, size_t n, struct note *note,
    struct checkpoint *head)
{
	enum rc rc = bytes == NULL ? RC_CHECKPOINT : note_split(note, bytes, n);

	return rc == RC_OK
	    ? checkpoint_parse(head, note->bytes, note->text_n, false)
	    : rc;
}

enum rc
tlog_checkpoint(struct http_client *client, const char *url,
    unsigned timeout_ms, uint8_t **bytes, struct note *note,
    struct checkpoint *head, struct why *why)
{
	char full[CLIENT_URL_MAX];
	struct http_answer answer;
	enum rc rc;

	*bytes = NULL;
	snprintf(full, sizeof full, "%s/checkpoint", url);
	rc = http_get(client, full, NULL, timeout_ms, CHECKPOINT_NOTE_MAX,
	    &answer, why);
	if (rc == RC_OK)
		rc = checkpoint_open(answer.body, answer.body_n, note, head);
	if (rc == RC_OK) {
		*bytes = answer.body;
		answer.body = NULL; /* handed over */
	} else if (answer.status == 200) {
		why_set(why, "%s: %s", full, rc_text(rc));
	}
	http_answer_release(&answer);
	return rc;
}

enum rc
tlog_checkpoint_fetch(const struct tlog_fetch *fetch, uint8_t **bytes,
    struct note *note, struct checkpoint *head, struct why *why)
{
	size_t n = 0;
	enum rc rc;

	*bytes = NULL;
	rc = fetch->get(fetch->context, "checkpoint", CHECKPOINT_NOTE_MAX,
	    bytes, &n, why);
	if (rc != RC_OK)
		return rc;
	rc = checkpoint_open(*bytes, n, note, head);
	if (rc != RC_OK) {
		why_set(why, "checkpoint: %s", rc_text(rc));
		free(*bytes);
		*bytes = NULL;
	}
	return rc;
}

enum rc
tlog_file_check(const uint8_t *file, size_t n, const struct trust *t,
    struct note *note, uint64_t *time, struct proof *p)
{
	struct note own_note;
	struct proof own;
	size_t rest;
	enum rc rc;

	note = note != NULL ? note : &own_note;
	p = p != NULL ? p : &own;
	rc = note_split_file(note, &rest, file, n);
	if (rc == RC_OK)
		rc = proof_parse(p, file + rest, n - rest);
	return rc == RC_OK ? proof_trusted(p, t, file, note->n, time) : rc;
}

/* ---- reading ---------------------------------------------------------- */

struct client_slot {
	bool used;
	unsigned level;
	uint64_t number, touched;
	struct tile_nodes nodes;
};

struct tlog_reader {
	struct tlog_fetch fetch;
	uint64_t size, touched;
	uint8_t root[32];
	struct why why; /* of the last fetch that failed */
	/* the right edge, one a level, verified together; then a cache */
	struct tile_nodes edge[TILE_LEVELS_MAX];
	struct client_slot slot[CLIENT_SLOTS];
};

static enum rc
http_fetch(void *context, const char *path, size_t max, uint8_t **bytes,
    size_t *n, struct why *why)
{
	struct tlog_http *http = context;
	char full[CLIENT_URL_MAX];
	struct http_answer answer;
	enum rc rc;

	snprintf(full, sizeof full, "%s/%s", http->url, path);
	rc = http_get(http->client, full, NULL, http->timeout_ms, max, &answer,
	    why);
	if (rc == RC_HTTP && answer.status == 404)
		rc = RC_FILE_ABSENT;
	*bytes = answer.body;
	*n = answer.body_n;
	if (rc == RC_OK)
		answer.body = NULL; /* handed over */
	else
		*bytes = NULL;
	http_answer_release(&answer);
	return rc;
}

struct tlog_fetch
tlog_fetch_http(struct tlog_http *http)
{
	return (struct tlog_fetch){http_fetch, http};
}

/* A partial tile may be gone once the full one is there; then that. */
static enum rc
tile_fetch(struct tlog_reader *r, struct tile t, size_t max, uint8_t **bytes,
    size_t *n)
{
	char path[TILE_PATH_MAX];
	enum rc rc;

	tile_path(path, &t);
	rc = r->fetch.get(r->fetch.context, path, max, bytes, n, &r->why);
	if (rc != RC_FILE_ABSENT || t.width == TILE_WIDTH)
		return rc;
	t.width = TILE_WIDTH;
	tile_path(path, &t);
	return r->fetch.get(r->fetch.context, path, max, bytes, n, &r->why);
}

/* The first `width` hashes of a tile, not verified. */
static enum rc
hashes_fetch(struct tlog_reader *r, unsigned level, uint64_t number,
    unsigned width, struct tile_nodes *out)
{
	struct tile t = {.level = (uint8_t)level, .number = number,
	    .width = width};
	uint8_t *bytes;
	size_t n;
	unsigned i;
	enum rc rc = tile_fetch(r, t, TILE_BYTES, &bytes, &n);

	out->width = 0;
	if (rc != RC_OK)
		return rc;
	if (n != 32 * (size_t)width && n != TILE_BYTES) {
		why_set(&r->why, "tile %u/%llu has %zu bytes", level,
		    (unsigned long long)number, n);
		rc = RC_CONSISTENCY;
	}
	for (i = 0; rc == RC_OK && i < width; i++)
		tile_nodes_append(out, bytes + 32 * (size_t)i);
	free(bytes);
	return rc;
}

static struct client_slot *
slot_oldest(struct tlog_reader *r)
{
	struct client_slot *oldest = &r->slot[0];
	unsigned i;

	for (i = 1; i < CLIENT_SLOTS && oldest->used; i++)
		if (!r->slot[i].used || r->slot[i].touched < oldest->touched)
			oldest = &r->slot[i];
	return oldest;
}

static struct client_slot *
slot_find(struct tlog_reader *r, unsigned level, uint64_t number)
{
	unsigned i;

	for (i = 0; i < CLIENT_SLOTS; i++)
		if (r->slot[i].used && r->slot[i].level == level &&
		    r->slot[i].number == number)
			return &r->slot[i];
	return NULL;
}

static bool
on_edge(const struct tlog_reader *r, unsigned level, uint64_t number)
{
	return number == r->size >> (8 * level) >> 8;
}

/*
 * A tile, verified: from the lowest tile above it that is verified already
 * down to this one, each full tile's own hash being one of those above.
 */
static enum rc
tile_get(struct tlog_reader *r, unsigned level, uint64_t number,
    const struct tile_nodes **out)
{
	const struct tile_nodes *above;
	struct client_slot *slot;
	unsigned top = level;
	uint64_t n;
	enum rc rc = RC_OK;

	while (!on_edge(r, top, number >> (8 * (top - level))) &&
	    slot_find(r, top, number >> (8 * (top - level))) == NULL)
		top++; /* the edge of the highest level is everybody's */
	for (above = NULL;; top--) {
		n = number >> (8 * (top - level));
		slot = slot_find(r, top, n);
		if (on_edge(r, top, n)) {
			above = &r->edge[top];
		} else if (slot != NULL) {
			above = &slot->nodes;
		} else {
			slot = slot_oldest(r);
			slot->used = false;
			rc = hashes_fetch(r, top, n, TILE_WIDTH, &slot->nodes);
			if (rc == RC_OK &&
			    memcmp(tile_node(&slot->nodes, 8, 0),
				tile_node(above, 0, (unsigned)(n % 256)),
				32) != 0) {
				why_set(&r->why, "tile %u/%llu does not lead "
						 "to the root",
				    top, (unsigned long long)n);
				rc = RC_CONSISTENCY;
			}
			if (rc != RC_OK)
				return rc;
			slot->used = true;
			slot->level = top;
			slot->number = n;
			above = &slot->nodes;
		}
		if (slot != NULL)
			slot->touched = ++r->touched;
		if (top == level)
			break;
	}
	*out = above;
	return RC_OK;
}

static enum rc
reader_node(void *context, unsigned level, uint64_t index, uint8_t out[32])
{
	struct tlog_reader *r = context;
	unsigned j = level % 8;
	unsigned i = (unsigned)(index & ((1u << (8 - j)) - 1));
	const struct tile_nodes *t;
	enum rc rc = tile_get(r, level / 8, index >> (8 - j), &t);

	if (rc == RC_OK && (i + 1) << j > t->width)
		rc = RC_CONSISTENCY; /* beyond the head */
	if (rc == RC_OK)
		memcpy(out, tile_node(t, j, i), 32);
	return rc;
}

struct tlog_source
tlog_reader_source(struct tlog_reader *r)
{
	return (struct tlog_source){reader_node, r};
}

enum rc
tlog_reader_new(struct tlog_reader **out, const struct tlog_fetch *fetch,
    const struct checkpoint *head, struct why *why)
{
	struct tlog_reader *r = calloc(1, sizeof *r);
	struct tlog_source source = {reader_node, r};
	uint8_t root[32];
	unsigned level, width;
	uint64_t n;
	enum rc rc = RC_OK;

	*out = NULL;
	if (r == NULL)
		return RC_MEMORY;
	r->fetch = *fetch;
	r->size = head->size;
	memcpy(r->root, head->root, 32);
	for (level = 0; rc == RC_OK && level < TILE_LEVELS_MAX; level++) {
		n = r->size >> (8 * level) >> 8;
		width = tile_width(level, n, r->size);
		if (width > 0)
			rc = hashes_fetch(r, level, n, width, &r->edge[level]);
	}
	if (rc == RC_OK)
		rc = tlog_root(root, r->size, &source);
	if (rc == RC_OK && memcmp(root, r->root, 32) != 0) {
		why_set(&r->why, "the tiles do not lead to the root of the "
				 "checkpoint");
		rc = RC_CONSISTENCY;
	}
	if (rc != RC_OK) {
		if (why != NULL)
			*why = r->why;
		tlog_reader_free(r);
		return rc;
	}
	*out = r;
	return RC_OK;
}

void
tlog_reader_free(struct tlog_reader *r)
{
	free(r);
}

/* Every node of the smaller tree is one of the larger: the old root comes
 * out of verified hashes or the log has two histories. */
enum rc
tlog_reader_extends(struct tlog_reader *r, uint64_t size,
    const uint8_t root[static 32], struct why *why)
{
	struct tlog_source source = tlog_reader_source(r);
	uint8_t again[32];
	enum rc rc;

	if (size > r->size) {
		why_set(why, "the log shows %llu entries, and %llu were known",
		    (unsigned long long)r->size, (unsigned long long)size);
		return RC_LOG_BEHIND;
	}
	rc = tlog_root(again, size, &source);
	if (rc != RC_OK) {
		if (why != NULL)
			*why = r->why;
		return rc;
	}
	if (memcmp(again, root, 32) == 0)
		return RC_OK;
	why_set(why, "the tree of %llu entries is not the one known before",
	    (unsigned long long)size);
	return RC_LOG_FORK;
}

/* One bundle's entries from..to-1, each against its verified leaf hash. */
static enum rc
bundle_entries(struct tlog_reader *r, uint64_t number, uint64_t from,
    uint64_t to,
    enum rc (*each)(void *context, uint64_t index, const uint8_t *entry,
	size_t n),
    void *context)
{
	struct tile t = {.number = number, .entries = true,
	    .width = tile_width(0, number, r->size)};
	const struct tile_nodes *leaves;
	const uint8_t *entry;
	uint8_t *bytes = NULL, leaf[32];
	uint64_t index = number * TILE_WIDTH;
	size_t n = 0, at = 0, entry_n = 0;
	enum rc rc = tile_get(r, 0, number, &leaves);

	if (rc == RC_OK)
		rc = tile_fetch(r, t, BUNDLE_BYTES_FULL, &bytes, &n);
	for (; rc == RC_OK && index < to; index++) {
		if (!tile_bundle_next(&entry, &entry_n, &at, bytes, n)) {
			rc = RC_INCLUSION;
			break;
		}
		if (index < from)
			continue;
		merkle_leaf(leaf, entry, entry_n);
		if (memcmp(leaf, tile_node(leaves, 0, (unsigned)(index % 256)),
			32) != 0)
			rc = RC_INCLUSION;
		else
			rc = each(context, index, entry, entry_n);
	}
	if (rc == RC_INCLUSION && r->why.text[0] == '\0')
		why_set(&r->why, "entry %llu is not what the tree says",
		    (unsigned long long)index);
	free(bytes);
	return rc;
}

enum rc
tlog_reader_entries(struct tlog_reader *r, uint64_t from, uint64_t to,
    enum rc (*each)(void *context, uint64_t index, const uint8_t *entry,
	size_t n),
    void *context, struct why *why)
{
	uint64_t number = from / TILE_WIDTH;
	enum rc rc = to <= r->size ? RC_OK : RC_LOG_BEHIND;

	r->why.text[0] = '\0';
	for (; rc == RC_OK && from < to && number * TILE_WIDTH < to; number++) {
		uint64_t end = (number + 1) * TILE_WIDTH;

		rc = bundle_entries(r, number, from, end < to ? end : to, each,
		    context);
	}
	if (rc != RC_OK && why != NULL && r->why.text[0] != '\0')
		*why = r->why; /* else each has said it */
	return rc;
}
