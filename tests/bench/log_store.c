/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log as a library, without HTTP: what a durable append costs in batches
 * of 256, at 10^4 entries and (--count 1000000) at 10^6, beside what the
 * machine can do in the same run: synced 4 KiB writes, SQLite's own rate for
 * the same bytes under one unique index, and Ed25519 verifications one by
 * one. Prints `name ns/op bytes`; judges nothing.
 */
#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/args.h"
#include "host/clock.h"
#include "host/say.h"
#include "host/text.h"
#include "log/store.h"
#include "verify/sha256.h"

enum { BATCH = 256, NOTE_N = 1500, WINDOW = 8192, WIDE = 65536 };

static uint64_t count = 16384;
static const char *dir;
static struct log_setup setup;

static uint64_t
cpu_us(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (uint64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static void
print(const char *name, uint64_t us, uint64_t cpu, uint64_t n, unsigned bytes)
{
	printf("%s %llu %u\n# %s: %.0f/s, CPU %.2f us\n", name,
	    (unsigned long long)(us * 1000 / n), bytes, name,
	    (double)n * 1e6 / (double)us, (double)cpu / (double)n);
	fflush(stdout);
}

/* A release of 1,500 bytes whose lines are well formed. */
static size_t
note(char out[static 2048], uint64_t i)
{
	uint8_t digest[32];
	struct sha256 h;
	struct text t;

	sha256_init(&h);
	sha256_update(&h, (uint8_t *)&i, sizeof i);
	sha256_final(&h, digest);
	text_init(&t, out, 2048);
	text_printf(&t,
	    "quorate/release@v1\nauthority a.test/test 1\nproduct "
	    "a.test/p%u\nversion 1\nsequence %llu\npayload app 1 ",
	    (unsigned)(i % 1024), (unsigned long long)(i / 1024 + 1));
	text_hex(&t, digest, 32);
	text_string(&t, "\nabout\nproposed 1\n");
	for (unsigned a = 0; a < 8; a++) {
		text_printf(&t, "attest type.%u ", a);
		text_hex(&t, digest, 32);
		text_string(&t, "\n");
	}
	text_string(&t, "\n");
	while (t.n < NOTE_N)
		text_printf(&t, "\xe2\x80\x94 p%03u.example %.88sAAAA\n",
		    (unsigned)t.n,
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	return t.n;
}

static void
must(bool ok, const char *what)
{
	if (!ok)
		die(EXIT_ENVIRONMENT, "%s", what);
}

static struct admission prepared[BATCH];
static char bytes[BATCH][2048];

/* What admission leaves behind; it is not what is measured here. */
static void
batch_prepare(uint64_t from)
{
	for (unsigned i = 0; i < BATCH; i++) {
		struct admission *a = &prepared[i];
		size_t n = note(bytes[i], from + i);

		must(admission_begin(a, (uint8_t *)bytes[i], n) == RC_OK,
		    "note");
		a->kind = ADMISSION_RELEASE;
		must(release_parse(&a->u.release, a->bytes, a->note.text_n,
			 READER_HOST) == RC_OK,
		    "release");
		a->authority = a->u.release.authority;
	}
}

struct cost {
	uint64_t us, cpu, n;
};

static void
batch_append(struct cost *c, struct store *s)
{
	struct store_head head = {.checkpoint_n = 200};
	uint64_t index, trust, us = clock_us(), cpu = cpu_us();

	must(store_begin(s) == RC_OK, "begin");
	for (unsigned i = 0; i < BATCH; i++)
		must(store_append(s, &prepared[i], &index, &trust) == RC_OK,
		    "append");
	must(store_root(s, &head.size, head.root) == RC_OK, "root");
	must(store_commit(s, &head) == RC_OK, "commit");
	c->cpu += cpu_us() - cpu;
	c->us += clock_us() - us;
	c->n += BATCH;
}

static void
cost_print(const char *name, struct cost *c)
{
	if (c->n > 0)
		print(name, c->us, c->cpu, c->n, NOTE_N);
	*c = (struct cost){0};
}

/* Whether there was anything to write. */
static bool
index_write(struct cost *c, struct store *s)
{
	uint64_t us = clock_us(), cpu = cpu_us();

	if (!store_index_due(s))
		return false;
	must(store_index_flush(s) == RC_OK, "index");
	c->cpu += cpu_us() - cpu;
	c->us += clock_us() - us;
	return true;
}

static struct store *
log_open(struct log_setup *of, const char *name)
{
	static const char vkey[] =
	    "example.test/log+b6e3f3c7+ASmsuuFBvMrwsi4alNNNC8c2HlJtC/"
	    "4SyJeUvJMilm3X";
	struct why why = {""};
	struct store *s;

	strcpy(of->vkey, vkey);
	snprintf(of->state, sizeof of->state, "%s%s", dir, name);
	must(mkdir(of->state, 0755) == 0, of->state);
	must(vkey_parse(&of->key,
		 (struct slice){(uint8_t *)of->vkey, strlen(vkey)}, 1) == RC_OK,
	    "vkey");
	if (store_open(&s, of, NULL, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	return s;
}

/* A log of 8,192 to 16,384 entries, one batch further. */
static struct store *small_store;
static uint64_t small_at;
static char small_dir[sizeof setup.state];

static void
small_end(void)
{
	static const char *const files[] = {"log.db", "index.db"};
	char path[sizeof small_dir + 16];

	if (small_store == NULL)
		return;
	store_close(small_store);
	small_store = NULL;
	for (unsigned i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", small_dir, files[i]);
		unlink(path);
	}
	rmdir(small_dir);
}

static void
small_append(struct cost *c)
{
	static struct log_setup of_small;
	struct cost ignored = {0};

	if (small_at == 2 * WINDOW)
		small_end();
	if (small_store == NULL) {
		small_store = log_open(&of_small, "/small");
		strcpy(small_dir, of_small.state);
		for (small_at = 0; small_at < WINDOW; small_at += BATCH) {
			batch_prepare(small_at);
			batch_append(&ignored, small_store);
		}
	}
	batch_prepare(small_at);
	batch_append(c, small_store);
	small_at += BATCH;
}

static double
each(const struct cost *c)
{
	return c->n > 0 ? (double)c->cpu / (double)c->n : 0;
}

static void
library(void)
{
	struct cost window = {0}, large = {0}, little = {0}, written = {0},
		    first = {0};
	struct store *s = log_open(&setup, "/log");
	uint64_t at, beside = count > WIDE ? count - WIDE : count;
	char name[64];

	store_index_due(s); /* from now on it is this program's task */
	for (at = 0; at < count; at += BATCH) {
		batch_prepare(at);
		if (at == WINDOW)
			window = (struct cost){0};
		batch_append(at < beside ? &window : &large, s);
		if (index_write(&written, s) && first.cpu == 0)
			first = written;
		snprintf(name, sizeof name, "append-at-%llu",
		    (unsigned long long)(at + BATCH));
		if (at + BATCH == 2 * WINDOW)
			cost_print(name, &window);
		if (at >= beside)
			small_append(&little);
	}
	small_end();
	if (large.n > 0) {
		/* what was not written yet costs as much as what was */
		written.n = count;
		first.n = count < 131072 ? count : 131072;
		printf("# an append at %llu entries, CPU us: %.2f, and the "
		       "index %.2f; at 8,192 to 16,384, turn about: %.2f, and "
		       "the index %.2f; ratio %.2f, with the index %.2f\n",
		    (unsigned long long)count, each(&large), each(&written),
		    each(&little), each(&first), each(&large) / each(&little),
		    (each(&large) + each(&written)) /
			(each(&little) + each(&first)));
		cost_print("append-small", &little);
		cost_print("append-large", &large);
	}
	store_close(s);
}

/* ---- what the machine can do ------------------------------------------ */

static void
disk(void)
{
	char path[4096], page[4096] = {1};
	uint64_t from, cpu;
	int fd;

	snprintf(path, sizeof path, "%s/sync", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	must(fd >= 0, "open");
	from = clock_us();
	cpu = cpu_us();
	for (unsigned i = 0; i < 1000; i++)
		must(write(fd, page, sizeof page) == sizeof page &&
			 fdatasync(fd) == 0,
		    "fdatasync");
	print("fdatasync", clock_us() - from, cpu_us() - cpu, 1000, 4096);
	close(fd);
	unlink(path);
}

static void
sql(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		die(EXIT_ENVIRONMENT, "%s", sqlite3_errmsg(db));
}

/* What anybody would write: the entry, and its id under a unique index. */
static void
sqlite_own(void)
{
	uint64_t at, from, cpu, us = 0, all = 0;
	char path[4096];
	sqlite3_stmt *q;
	sqlite3 *db;

	snprintf(path, sizeof path, "%s/own.db", dir);
	must(sqlite3_open(path, &db) == SQLITE_OK, "own.db");
	sql(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
		"CREATE TABLE entry(idx INTEGER PRIMARY KEY, id BLOB NOT NULL"
		" UNIQUE, bytes BLOB NOT NULL) STRICT");
	must(sqlite3_prepare_v2(db, "INSERT INTO entry VALUES(?1, ?2, ?3)", -1,
		 &q, NULL) == SQLITE_OK,
	    "prepare");
	for (at = 0; at < 2 * WINDOW; at += BATCH) {
		batch_prepare(at);
		from = clock_us();
		cpu = cpu_us();
		sql(db, "BEGIN IMMEDIATE");
		for (unsigned i = 0; i < BATCH; i++) {
			sqlite3_bind_int64(q, 1, (int64_t)(at + i));
			sqlite3_bind_blob(
			    q, 2, prepared[i].id, 32, SQLITE_STATIC);
			sqlite3_bind_blob(
			    q, 3, bytes[i], NOTE_N, SQLITE_STATIC);
			must(sqlite3_step(q) == SQLITE_DONE, "insert");
			sqlite3_reset(q);
		}
		sql(db, "COMMIT");
		if (at >= WINDOW) {
			us += clock_us() - from;
			all += cpu_us() - cpu;
		}
	}
	print("sqlite-own-at-16384", us, all, WINDOW, NOTE_N);
	sqlite3_finalize(q);
	sqlite3_close(db);
	unlink(path);
}

static void
verify_rate(void)
{
	uint8_t pk[32], sk[64], sig[64];
	uint64_t from, cpu;
	unsigned bad = 0;

	must(sodium_init() >= 0, "sodium");
	crypto_sign_keypair(pk, sk);
	crypto_sign_detached(sig, NULL, (uint8_t *)bytes[0], 1000, sk);
	from = clock_us();
	cpu = cpu_us();
	for (unsigned i = 0; i < 5000; i++)
		bad += crypto_sign_verify_detached(
			   sig, (uint8_t *)bytes[0], 1000, pk) != 0;
	must(bad == 0, "verify");
	print("ed25519-verify-one", clock_us() - from, cpu_us() - cpu, 5000,
	    1000);
}

int
main(int argc, char **argv)
{
	const struct args_option options[] = {
	    {.name = "dir", .value = "DIR", .required = true, .string = &dir},
	    {.name = "count",
		.value = "N",
		.number = &count,
		.help = "entries to append"},
	    {0}};
	const struct args_command command = {.program = "log-store",
	    .options = options,
	    .help = "See the head of log_store.c."};

	say_init("log-store");
	args_parse(NULL, &command, argc, argv);
	mkdir(dir, 0755);
	disk();
	sqlite_own();
	library();
	verify_rate();
	return 0;
}
