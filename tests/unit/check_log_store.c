/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log/store.c, log/store_tiles.c and the reader in log/client.c together: a
 * log of 66,000 entries, so that tiles of three levels are full, on a real
 * disk; read back through the folder that readers are served; and lied about
 * in every file.
 */
#include "tests/unit/log_help.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "log/client.h"
#include "log/store_tiles.h"
#include "tests/unit/suite.h"

enum { ENTRIES = 66000, STEP = 1500 };

static struct log_setup setup;
static char dir[] = "/tmp/check_log_store.XXXXXX";
static struct store *store;

static void
begin(void)
{
	static const char vkey[] =
	    "example.test/log+b6e3f3c7+ASmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X";

	strcpy(dir + sizeof dir - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	memset(&setup, 0, sizeof setup);
	strcpy(setup.vkey, vkey);
	ck_assert_rc(vkey_parse(&setup.key, S(setup.vkey), 1), RC_OK);
	strcpy(setup.state, dir);
	ck_assert_rc(store_open(&store, &setup, NULL, NULL), RC_OK);
}

static void
end(void)
{
	char command[128];

	store_close(store);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

/* A note of a release with this sequence; its line is well formed. */
static size_t
note(char out[static 512], unsigned sequence)
{
	struct text t;

	text_init(&t, out, 512);
	text_printf(&t, "quorate/release@v1\nauthority a.test/test 1\nproduct "
			"a.test/p%u\nversion 1\nsequence %u\npayload app 1 "
			"%064u\nabout\nproposed 1\n\n\xe2\x80\x94 a AAAAAAA=\n",
	    sequence % 100, sequence + 1, sequence / 2);
	return t.n;
}

static void
append_at(struct store *s, unsigned sequence)
{
	static struct admission a;
	char bytes[512];
	size_t n = note(bytes, sequence);
	uint64_t index, trust;

	ck_assert_rc(admission_begin(&a, (uint8_t *)bytes, n), RC_OK);
	a.kind = ADMISSION_RELEASE;
	ck_assert_rc(release_parse(&a.u.release, a.bytes, a.note.text_n,
			 READER_HOST),
	    RC_OK);
	a.authority = a.u.release.authority;
	ck_assert_rc(store_append(s, &a, &index, &trust), RC_OK);
	ck_assert_uint_eq(index, sequence);
}

static struct store_head
commit(struct store *s)
{
	struct store_head head = {.checkpoint_n = 1};

	ck_assert_rc(store_root(s, &head.size, head.root), RC_OK);
	ck_assert_rc(store_commit(s, &head), RC_OK);
	return head;
}

static struct store_head
fill(unsigned from, unsigned to)
{
	struct store_head head = {0};

	while (from < to) {
		ck_assert_rc(store_begin(store), RC_OK);
		for (unsigned i = 0; i < STEP && from < to; i++)
			append_at(store, from++);
		head = commit(store);
	}
	return head;
}

static enum rc
dir_get(void *context, const char *path, size_t max, uint8_t **bytes,
    size_t *n, struct why *why)
{
	char full[256];
	unsigned *asked = context;

	(*asked)++;
	snprintf(full, sizeof full, "%s/tiles/%s", dir, path);
	return file_read(bytes, n, full, max, why);
}

static enum rc
entry_check(void *context, uint64_t index, const uint8_t *entry, size_t n)
{
	uint64_t *next = context;
	char want[512];

	ck_assert_uint_eq(index, *next);
	ck_assert_uint_eq(n, note(want, (unsigned)index));
	ck_assert_mem_eq(entry, want, n);
	(*next)++;
	return RC_OK;
}

static enum rc
entry_take(void *context, uint64_t index, const uint8_t *entry, size_t n)
{
	(void)context, (void)index, (void)entry, (void)n;
	return RC_OK;
}

static enum rc
entry_stop(void *context, uint64_t index, const uint8_t *entry, size_t n)
{
	(void)context, (void)entry, (void)n;
	return index == 300 ? RC_STOPPED : RC_OK;
}

static struct checkpoint
as_checkpoint(const struct store_head *head)
{
	struct checkpoint c = {.origin = S("example.test/log"),
	    .size = head->size};

	memcpy(c.root, head->root, 32);
	return c;
}

/* As a process that starts when `from` are written does. */
static enum rc
write_tiles(uint64_t from, uint64_t to)
{
	struct tiles w = {.state = dir, .size = from};
	struct why why = {""};
	enum rc rc = tiles_write(&w, store, to, &why);

	tiles_release(&w);
	return rc;
}

START_TEST(large)
{
	struct store_head early, head;
	struct checkpoint c;
	struct tlog_reader *r;
	struct tlog_source source, own;
	struct why why = {""};
	unsigned asked = 0, n, m;
	uint64_t next = 0;
	uint8_t a[TLOG_PROOF_MAX * 32], b[TLOG_PROOF_MAX * 32];
	struct tlog_fetch fetch = {dir_get, &asked};

	early = fill(0, 777);
	ck_assert_rc(write_tiles(0, early.size), RC_OK);
	head = fill(777, ENTRIES);
	ck_assert_rc(write_tiles(early.size, head.size),
	    RC_OK);
	/* once more is no harm: a restart does it */
	ck_assert_rc(write_tiles(early.size, head.size),
	    RC_OK);
	c = as_checkpoint(&head);
	ck_assert_rc(tlog_reader_new(&r, &fetch, &c, &why), RC_OK);
	ck_assert_rc(tlog_reader_entries(r, 0, head.size, entry_check, &next,
			 &why),
	    RC_OK);
	ck_assert_uint_eq(next, ENTRIES);
	/* 257 full tiles and the edge: no tile is fetched often */
	ck_assert_uint_le(asked, 3 * (ENTRIES / 256 + 4));
	next = 65500;
	ck_assert_rc(tlog_reader_entries(r, next, next + 90, entry_check, &next,
			 &why),
	    RC_OK);
	ck_assert_rc(tlog_reader_entries(r, 0, head.size, entry_stop, NULL,
			 &why),
	    RC_STOPPED);
	ck_assert_rc(tlog_reader_entries(r, 0, head.size + 1, entry_take, NULL,
			 &why),
	    RC_LOG_BEHIND);
	/* it continues what was known, and nothing else */
	ck_assert_rc(tlog_reader_extends(r, early.size, early.root, &why),
	    RC_OK);
	early.root[0] ^= 1;
	ck_assert_rc(tlog_reader_extends(r, early.size, early.root, &why),
	    RC_LOG_FORK);
	ck_assert_rc(tlog_reader_extends(r, head.size + 1, head.root, &why),
	    RC_LOG_BEHIND);
	/* proofs from tiles are those from the database */
	source = tlog_reader_source(r);
	own = store_source(store);
	for (uint64_t i = 0; i < ENTRIES; i += 4099) {
		ck_assert_rc(tlog_inclusion(a, &n, i, ENTRIES, &source), RC_OK);
		ck_assert_rc(tlog_inclusion(b, &m, i, ENTRIES, &own), RC_OK);
		ck_assert(n == m && memcmp(a, b, 32 * n) == 0);
		ck_assert_rc(tlog_consistency(a, &n, i, ENTRIES, &source),
		    RC_OK);
		ck_assert_rc(tlog_consistency(b, &m, i, ENTRIES, &own), RC_OK);
		ck_assert(n == m && memcmp(a, b, 32 * n) == 0);
	}
	tlog_reader_free(r);
	/* partial folders that full tiles replaced go */
	tiles_tidy(dir, 0, head.size);
	{
		char path[256];

		snprintf(path, sizeof path, "%s/tiles/tile/0/003.p", dir);
		ck_assert(!file_exists(path));
		snprintf(path, sizeof path, "%s/tiles/tile/0/257.p", dir);
		ck_assert(file_exists(path));
	}
}
END_TEST

/* What a writer hands over for from..to; at the front of the rest. */
static struct tiles_fresh *
fresh_of(uint64_t from, uint64_t to, struct tiles_fresh *rest)
{
	struct tiles_fresh *f;
	uint8_t *bytes;
	size_t n;

	ck_assert_rc(store_bundle(store, from, (unsigned)(to - from), &bytes,
			 &n),
	    RC_OK);
	f = malloc(sizeof *f + n);
	ck_assert_ptr_nonnull(f);
	*f = (struct tiles_fresh){.next = rest, .from = from, .to = to, .n = n};
	memcpy(f->bytes, bytes, n);
	free(bytes);
	return f;
}

static enum rc
write_fresh(struct tiles_fresh *fresh)
{
	struct tiles w = {.state = dir};
	struct why why = {""};
	enum rc rc;

	tiles_fresh(&w, fresh);
	rc = tiles_write(&w, store, 600, &why);
	ck_assert_ptr_null(w.fresh);
	tiles_release(&w);
	return rc;
}

/* Bundles are the same bytes whether the entries were handed over or read: a
 * full one that is there is compared, the partial one here. */
START_TEST(handed_over)
{
	struct tiles_fresh *f;
	char path[256];
	uint8_t *bytes, *again;
	size_t n, again_n;

	(void)fill(0, 600);
	ck_assert_rc(write_tiles(0, 600), RC_OK);
	snprintf(path, sizeof path, "%s/tiles/tile/entries/002.p/88", dir);
	ck_assert_rc(file_read(&bytes, &n, path, 1 << 20, NULL), RC_OK);
	for (int turn = 0; turn < 6; turn++) {
		f = NULL;
		switch (turn) {
		case 0:
			f = fresh_of(0, 600, NULL);
			break;
		case 1: /* commits that end where no tile ends */
			f = fresh_of(0, 255, fresh_of(255, 257,
				fresh_of(257, 300, fresh_of(300, 600, NULL))));
			break;
		case 2: /* only the end, or the middle, or with a gap */
			f = fresh_of(590, 600, NULL);
			break;
		case 3:
			f = fresh_of(100, 530, NULL);
			break;
		case 4:
			f = fresh_of(0, 100, fresh_of(400, 600, NULL));
			break;
		default: /* from where a tile begins */
			f = fresh_of(512, 600, NULL);
		}
		ck_assert_int_eq(unlink(path), 0);
		ck_assert_rc(write_fresh(f), RC_OK);
		ck_assert_rc(file_read(&again, &again_n, path, 1 << 20, NULL),
		    RC_OK);
		ck_assert(n == again_n && memcmp(bytes, again, n) == 0);
		free(again);
	}
	/* and they are what is written */
	f = fresh_of(200, 400, NULL);
	f->bytes[f->n - 1] ^= 1;
	ck_assert_rc(write_fresh(f), RC_FILE_EXISTS);
	free(bytes);
}
END_TEST

/* Every file of a small log, each byte once: never believed. */
static const char *const files[] = {"tile/0/000", "tile/0/001",
    "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/000",
    "tile/entries/002.p/88"};

START_TEST(lies)
{
	struct store_head head = fill(0, 600);
	struct checkpoint c = as_checkpoint(&head);
	struct tlog_reader *r;
	unsigned asked = 0;
	struct tlog_fetch fetch = {dir_get, &asked};
	char path[256];
	uint8_t *bytes;
	size_t n, i;
	enum rc rc;

	ck_assert_rc(write_tiles(0, 600), RC_OK);
	snprintf(path, sizeof path, "%s/tiles/%s", dir, files[_i]);
	ck_assert_rc(file_read(&bytes, &n, path, 1 << 20, NULL), RC_OK);
	for (i = 0; i < n; i += n > 1000 ? 997 : 13) {
		bytes[i] ^= 0x10;
		ck_assert_rc(file_write_atomic(path, bytes, n, 0644, NULL),
		    RC_OK);
		bytes[i] ^= 0x10;
		rc = tlog_reader_new(&r, &fetch, &c, NULL);
		if (rc == RC_OK) {
			rc = tlog_reader_entries(r, 0, 600, entry_take, NULL,
			    NULL);
			tlog_reader_free(r);
		}
		ck_assert_msg(rc == RC_CONSISTENCY || rc == RC_INCLUSION,
		    "byte %zu of %s: %s", i, files[_i], rc_name(rc));
	}
	/* cut short, and the writer notices another file of this name */
	ck_assert_rc(file_write_atomic(path, bytes, n - 1, 0644, NULL), RC_OK);
	rc = tlog_reader_new(&r, &fetch, &c, NULL);
	if (rc == RC_OK) {
		rc = tlog_reader_entries(r, 0, 600, entry_take, NULL, NULL);
		tlog_reader_free(r);
	}
	ck_assert(rc == RC_CONSISTENCY || rc == RC_INCLUSION);
	if (strstr(path, ".p/") == NULL) {
		ck_assert_rc(write_tiles(0, 600), RC_FILE_EXISTS);
	} else { /* a power cut does this: it is written again */
		ck_assert_rc(write_tiles(600, 600), RC_OK);
		ck_assert_rc(tlog_reader_new(&r, &fetch, &c, NULL), RC_OK);
		ck_assert_rc(tlog_reader_entries(r, 0, 600, entry_take, NULL,
				 NULL),
		    RC_OK);
		tlog_reader_free(r);
	}
	free(bytes);
}
END_TEST

/* A partial tile that is gone: the full one does, under an older head too. */
START_TEST(older_head)
{
	struct store_head old = fill(0, 300), head;
	struct checkpoint c = as_checkpoint(&old);
	struct tlog_reader *r;
	unsigned asked = 0;
	uint64_t next = 0;
	struct tlog_fetch fetch = {dir_get, &asked};

	ck_assert_rc(write_tiles(0, 300), RC_OK);
	head = fill(300, 520);
	ck_assert_rc(write_tiles(300, 520), RC_OK);
	tiles_tidy(dir, 300, head.size);
	ck_assert_rc(tlog_reader_new(&r, &fetch, &c, NULL), RC_OK);
	ck_assert_rc(tlog_reader_entries(r, 0, 300, entry_check, &next, NULL),
	    RC_OK);
	tlog_reader_free(r);
}
END_TEST

/* What was found true under a text that was taken back is not believed when
 * another, or the same, comes in its place. */
START_TEST(other_texts)
{
	static struct admission a;
	uint64_t seen[3], index, trust;
	struct admission_state state;
	struct why why = {""};
	char path[512];
	uint8_t *bytes;
	size_t n;

	snprintf(path, sizeof path, "%s/tests/vectors/golden/trust.note",
	    QUORATE_SOURCE);
	ck_assert_rc(file_read(&bytes, &n, path, 65536, &why), RC_OK);
	for (unsigned turn = 0; turn < 2; turn++) {
		ck_assert_rc(store_begin(store), RC_OK);
		ck_assert_rc(admission_begin(&a, bytes, n), RC_OK);
		a.kind = ADMISSION_TRUST;
		ck_assert_rc(trust_read(&a.u.trust, bytes, a.note.text_n,
				 READER_HOST),
		    RC_OK);
		a.authority = trust_name(&a.u.trust);
		ck_assert_rc(store_append(store, &a, &index, &trust), RC_OK);
		store_state(&state, store);
		seen[turn] = state.generation;
		if (turn == 0) {
			store_rollback(store);
			store_state(&state, store);
			seen[2] = state.generation;
		}
	}
	store_rollback(store);
	ck_assert_uint_ne(seen[0], seen[1]);
	ck_assert_uint_ne(seen[0], seen[2]);
	ck_assert_uint_ne(seen[1], seen[2]);
	free(bytes);
}
END_TEST

/* The head moves by compare and swap; what fails leaves nothing. */
START_TEST(head_moves)
{
	struct store_head head = fill(0, 10), got;
	struct store *other;
	uint8_t id[32] = {0}, root[32];
	uint64_t index, size, trust;

	ck_assert_rc(store_begin(store), RC_OK);
	append_at(store, 10);
	ck_assert_rc(store_root(store, &size, root), RC_OK);
	store_rollback(store);
	ck_assert_rc(store_head(store, &got), RC_OK);
	ck_assert_uint_eq(got.size, 10);
	/* the tree of the next step is of what was committed */
	ck_assert_rc(store_begin(store), RC_OK);
	append_at(store, 10);
	got = commit(store);
	ck_assert_mem_eq(got.root, root, 32);
	/* a second writer that began earlier loses */
	ck_assert_rc(store_open(&other, &setup, NULL, NULL), RC_OK);
	ck_assert_rc(store_begin(store), RC_OK);
	append_at(store, 11);
	commit(store);
	ck_assert_rc(store_begin(other), RC_OK);
	got = (struct store_head){.size = 11, .checkpoint_n = 1};
	ck_assert_rc(store_commit(other, &got), RC_LOG_FORK);
	store_rollback(other);
	store_close(other);
	/* one text once */
	ck_assert_rc(store_begin(store), RC_OK);
	{
		static struct admission a;
		char bytes[512];
		size_t n = note(bytes, 3);

		ck_assert_rc(admission_begin(&a, (uint8_t *)bytes, n), RC_OK);
		a.kind = ADMISSION_RELEASE;
		memcpy(id, a.id, 32);
		ck_assert_rc(store_append(store, &a, &index, &trust), RC_CONFLICT);
	}
	store_rollback(store);
	ck_assert_rc(store_find(store, id, 0, &index, &size), RC_OK);
	ck_assert_uint_eq(index, 3);
	memset(id, 0, 32);
	ck_assert_rc(store_find(store, id, 0, &index, &size), RC_MORE);
	/* another log's state */
	setup.vkey[strlen(setup.vkey) - 1] ^= 1;
	ck_assert_rc(store_open(&other, &setup, NULL, NULL), RC_CONFIG);
	setup.vkey[strlen(setup.vkey) - 1] ^= 1;
	(void)head;
}
END_TEST

/* The id of note(sequence) is found at its place; payloads newest first. */
static void
found_all(struct store *s, unsigned n)
{
	static struct admission a;
	uint64_t index, size;
	uint8_t digest[32];
	char bytes[512], hex[65];

	for (unsigned i = 0; i < n; i++) {
		size_t k = note(bytes, i);

		ck_assert_rc(admission_begin(&a, (uint8_t *)bytes, k), RC_OK);
		ck_assert_rc(store_find(s, a.id, 0, &index, &size), RC_OK);
		ck_assert_uint_eq(index, i);
		ck_assert_uint_eq(size, n);
		snprintf(hex, sizeof hex, "%064u", i / 2);
		ck_assert(hex_decode(digest, 32, hex, 64));
		ck_assert_rc(store_find_payload(s, digest, i % 2, &index),
		    RC_OK);
		ck_assert_uint_eq(index, i % 2 == 0 && i + 1 < n ? i + 1
				: i % 2 == 0			 ? i
								 : i - 1);
		ck_assert_rc(store_find_payload(s, digest, 2, &index),
		    RC_MORE);
	}
	note(bytes, n);
	ck_assert_rc(admission_begin(&a, (uint8_t *)bytes, note(bytes, n)),
	    RC_OK);
	ck_assert_rc(store_find(s, a.id, 0, &index, &size), RC_MORE);
}

/* Written to disk every few entries, in the middle of steps that are rolled
 * back, opened again, thrown away, put beside a log that is shorter: what is
 * found is always the same. */
START_TEST(index_comes_and_goes)
{
	struct store *reader;
	char command[256];
	struct store_head head;

	store_index_limit(store, 100);
	ck_assert_rc(store_open(&reader, &setup, store, NULL), RC_OK);
	for (unsigned at = 0; at < 1000; at += 40) {
		ck_assert_rc(store_begin(store), RC_OK);
		for (unsigned i = 0; i < 55; i++)
			append_at(store, at + i);
		store_rollback(store);
		ck_assert_rc(store_begin(store), RC_OK);
		for (unsigned i = 0; i < 40; i++)
			append_at(store, at + i);
		/* nobody else sees what is not committed */
		found_all(reader, at);
		head = commit(store);
	}
	found_all(store, 1000);
	found_all(reader, 1000);
	store_close(reader);
	store_close(store);
	snprintf(command, sizeof command, "cp -r %s %s.old", dir, dir);
	ck_assert_int_eq(system(command), 0);
	ck_assert_rc(store_open(&store, &setup, NULL, NULL), RC_OK);
	found_all(store, 1000);
	store_index_limit(store, 10);
	fill(1000, 1100);
	found_all(store, 1100);
	store_close(store);
	/* the index knows more than the log does: yesterday's log.db */
	snprintf(command, sizeof command,
	    "rm %s/log.db* && cp %s.old/log.db* %s && rm -r %s.old", dir, dir,
	    dir, dir);
	ck_assert_int_eq(system(command), 0);
	ck_assert_rc(store_open(&store, &setup, NULL, NULL), RC_OK);
	found_all(store, 1000);
	store_close(store);
	snprintf(command, sizeof command, "rm %s/index.db*", dir);
	ck_assert_int_eq(system(command), 0);
	ck_assert_rc(store_open(&store, &setup, NULL, NULL), RC_OK);
	found_all(store, 1000);
	store_close(store);
	/* damaged */
	snprintf(command, sizeof command,
	    "rm -f %s/index.db-*; printf garbage >%s/index.db", dir, dir);
	ck_assert_int_eq(system(command), 0);
	ck_assert_rc(store_open(&store, &setup, NULL, NULL), RC_OK);
	found_all(store, 1000);
	ck_assert_uint_eq(head.size, 1000);
}
END_TEST

/* By each payload of a release, and by no other digest of its text. */
START_TEST(every_payload_finds)
{
	static const char payloads[] =
	    "payload app 1 %064u\npayload boot 2 %064u\n"
	    "payload z 3 %064u\ndelta app %064u 4 %064u\nabout\n"
	    "proposed 1\nattest payload %064u\nnotes %064u\n"
	    "x-n payload app 1 %064u\n";
	static struct admission a;
	char bytes[1024], hex[65];
	uint64_t index, trust;
	uint8_t digest[32];
	struct text t;

	text_init(&t, bytes, sizeof bytes);
	text_string(&t, "quorate/release@v1\nauthority a.test/test 1\n"
			"product a.test/p\nversion 1\nsequence 1\n");
	text_printf(&t, payloads, 0, 1, 2, 3, 4, 5, 6, 7);
	text_string(&t, "\n\xe2\x80\x94 a AAAAAAA=\n");
	ck_assert_rc(admission_begin(&a, (uint8_t *)bytes, t.n), RC_OK);
	a.kind = ADMISSION_RELEASE;
	ck_assert_rc(release_parse(&a.u.release, a.bytes, a.note.text_n,
			 READER_HOST),
	    RC_OK);
	a.authority = a.u.release.authority;
	ck_assert_rc(store_begin(store), RC_OK);
	ck_assert_rc(store_append(store, &a, &index, &trust), RC_OK);
	commit(store);
	for (unsigned again = 0; again < 2; again++) {
		for (unsigned i = 0; i < 8; i++) {
			snprintf(hex, sizeof hex, "%064u", i);
			ck_assert(hex_decode(digest, 32, hex, 64));
			ck_assert_rc(store_find_payload(store, digest, 0,
					 &index),
			    i < 3 ? RC_OK : RC_MORE);
		}
		store_close(store); /* read again at a start */
		ck_assert_rc(store_open(&store, &setup, NULL, NULL), RC_OK);
	}
}
END_TEST

START_TEST(finding)
{
	uint8_t digest[32] = {0};
	uint64_t index;

	fill(0, 250);
	/* payload digests are the sequence's half in decimal, as hex */
	ck_assert(slice_hex(S("00000000000000000000000000000000000000000000000"
			      "00000000000000050"),
	    digest, 32));
	ck_assert_rc(store_find_payload(store, digest, 0, &index), RC_OK);
	ck_assert_uint_eq(index, 101);
	ck_assert_rc(store_find_payload(store, digest, 1, &index), RC_OK);
	ck_assert_uint_eq(index, 100);
	ck_assert_rc(store_find_payload(store, digest, 2, &index), RC_MORE);
	ck_assert_rc(store_find_product(store, "a.test/p7", NULL, &index),
	    RC_OK);
	ck_assert_uint_eq(index, 207);
	ck_assert_rc(store_find_product(store, "a.test/p7", "b", &index),
	    RC_MORE);
	ck_assert_rc(store_find_product(store, "nothing", NULL, &index),
	    RC_MORE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log store");
	TCase *t = tcase_create("store");

	tcase_set_timeout(t, 240);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, large);
	tcase_add_loop_test(t, lies, 0, sizeof files / sizeof files[0]);
	tcase_add_test(t, older_head);
	tcase_add_test(t, head_moves);
	tcase_add_test(t, other_texts);
	tcase_add_test(t, index_comes_and_goes);
	tcase_add_test(t, every_payload_finds);
	tcase_add_test(t, finding);
	tcase_add_test(t, handed_over);
	suite_add_tcase(s, t);
	return suite_run(s);
}
