/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log that lies, for tests. Keys as note_maker.c makes them: the seed is
 * the SHA-256 of the key's name.
 *
 *	liar-log build DIR LOG [key:PREFIX | ask:PREFIX@URL |
 *	    mirror:PREFIX@URL]... -- ENTRY...
 *		writes tiles, bundles and a checkpoint over the entries in
 *		this order, whatever they are, signed by LOG and cosigned by
 *		the keys at hand (accomplices), by those witnesses that agree
 *		when they are asked (C2SP tlog-witness), and by a mirror that
 *		is given all of it (C2SP tlog-mirror; of at most one bundle).
 *		Prints who did not cosign, and its answer. DIR/file/N is the
 *		complete file of entry N, and DIR/last.file the last one's.
 *	liar-log serve DIR PORT
 *		serves DIR over HTTP. DIR/act, read at each request, says how
 *		to lie, a line each:
 *			hide PATH		404
 *			other FOLDER PATH	FOLDER's file instead
 *			agent WORD FOLDER	to clients whose User-Agent
 *						has WORD: all from FOLDER
 *		PATH may end in a star.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/clock.h"
#include "host/daemon.h"
#include "host/file.h"
#include "host/http_client.h"
#include "host/http_server.h"
#include "host/say.h"
#include "host/sign.h"
#include "host/text.h"
#include "log/mirror.h"
#include "log/proof.h"
#include "log/tile.h"
#include "verify/sha256.h"

enum { LEVELS = 20, ENTRIES_MAX = 4096 };

static uint8_t node[LEVELS][ENTRIES_MAX][32];
static struct {
	uint8_t *p;
	size_t n;
} entry[ENTRIES_MAX];
static uint64_t size;

static enum rc
get(void *context, unsigned level, uint64_t index, uint8_t out[32])
{
	(void)context;
	memcpy(out, node[level][index], 32);
	return RC_OK;
}
static const struct tlog_source source = {get, NULL};

static void
key_load(struct vkey *k, uint8_t seed[static 32], const char *prefix,
    uint8_t type)
{
	char path[1024];
	struct why why;
	struct sha256 h;
	uint8_t *pub;
	size_t n;

	snprintf(path, sizeof path, "%s.pub", prefix);
	if (file_read(&pub, &n, path, 4096, &why) != RC_OK ||
	    vkey_parse(k, (struct slice){pub, n - 1}, type) != RC_OK)
		die(EXIT_USAGE, "%s: no such key", path);
	sha256_init(&h);
	sha256_update(&h, k->name.p, k->name.n);
	sha256_final(&h, seed);
}

static void
entry_add(const char *path)
{
	struct why why = {""};
	uint64_t n = size;
	unsigned level;

	if (size == ENTRIES_MAX || file_read(&entry[n].p, &entry[n].n, path,
				       65535, &why) != RC_OK)
		die(EXIT_USAGE, "%s", why.text);
	merkle_leaf(node[0][n], entry[n].p, entry[n].n);
	for (level = 0; n & 1; level++, n >>= 1)
		merkle_node(node[level + 1][n >> 1], node[level][n - 1],
		    node[level][n]);
	size++;
}

static void
put(const char *dir, const char *name, const void *bytes, size_t n)
{
	char path[2048], *slash;
	struct why why = {""};

	snprintf(path, sizeof path, "%s/%s", dir, name);
	slash = strrchr(path, '/');
	*slash = '\0';
	if (dir_make(path, 0755, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	*slash = '/';
	if (file_write_atomic(path, bytes, n, 0644, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
}

/* The entries from..to-1 as a bundle; returns its length. */
static size_t
bundle_put(uint8_t *out, uint64_t from, uint64_t to)
{
	size_t n = 0;

	for (; from < to; from++) {
		out[n++] = (uint8_t)(entry[from].n >> 8);
		out[n++] = (uint8_t)entry[from].n;
		memcpy(out + n, entry[from].p, entry[from].n);
		n += entry[from].n;
	}
	return n;
}

static void
tiles_put(const char *dir)
{
	static uint8_t bytes[TILE_WIDTH * (BUNDLE_ENTRY_MAX + 2)];
	char path[TILE_PATH_MAX];
	struct tile t;
	unsigned level;
	size_t n;

	for (level = 0; level < 2; level++)
		for (t = (struct tile){.level = (uint8_t)level};
		     (t.width = tile_width(level, t.number, size)) > 0;
		     t.number++) {
			tile_path(path, &t);
			put(dir, path, node[8 * level][t.number * 256],
			    32 * (size_t)t.width);
		}
	for (t = (struct tile){.entries = true};
	     (t.width = tile_width(0, t.number, size)) > 0; t.number++) {
		n = bundle_put(bytes, t.number * TILE_WIDTH,
		    t.number * TILE_WIDTH + t.width);
		tile_path(path, &t);
		put(dir, path, bytes, n);
	}
}

/* A real mirror, which knows the head by now: all entries, as one package. */
static enum rc
mirror_fill(struct http_client *client, const char *url, const struct vkey *log,
    struct http_answer *answer, struct why *why)
{
	static uint8_t body[MIRROR_HEADER_MAX +
	    TILE_WIDTH * (BUNDLE_ENTRY_MAX + 2) + 1];
	static const char *const headers[] = {
	    "Content-Type: application/octet-stream", NULL};
	size_t n = mirror_upload_head(body, log->name, 0, size);

	if (size > TILE_WIDTH)
		die(EXIT_USAGE, "a mirror is given one bundle at most");
	n += bundle_put(body + n, 0, size);
	body[n++] = 0; /* it is the whole tree: no hashes */
	return http_post(client, url, headers, body, n, 10000, 65536, answer,
	    why);
}

/* A real witness: learn its size, prove, and take its line. */
static void
ask(struct text *lines, const char *whole, const struct vkey *log,
    const char *text, size_t text_n, const uint8_t *log_line,
    size_t log_line_n)
{
	static char body[COSIGN_BODY_MAX], note[4096];
	uint8_t seed[32], proof[TLOG_PROOF_MAX * 32] = {0};
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	char prefix[256], url[600];
	const char *spec = strchr(whole, ':') + 1, *at = strchr(spec, '@');
	struct http_client *client;
	struct http_answer answer;
	struct why why = {""};
	unsigned proof_n = 0, tries;
	uint64_t old = 0, time;
	struct vkey k;
	struct text t;
	enum rc rc = RC_OK;

	snprintf(prefix, sizeof prefix, "%.*s", (int)(at - spec), spec);
	snprintf(url, sizeof url, "%s/add-checkpoint", at + 1);
	key_load(&k, seed, prefix, KEY_COSIGNATURE);
	if (http_client_new(&client, NULL) != RC_OK)
		die(EXIT_ENVIRONMENT, "no memory");
	for (tries = 0; tries < 2; tries++) {
		text_init(&t, note, sizeof note);
		text_put(&t, text, text_n);
		text_string(&t, "\n");
		text_put(&t, log_line, log_line_n);
		if (old <= size)
			(void)!tlog_consistency(
			    proof, &proof_n, old, size, &source);
		else
			proof_n = 0;
		text_init(&t, body, sizeof body);
		cosign_request_text(&t, old, proof, proof_n, (uint8_t *)note,
		    text_n + 1 + log_line_n);
		rc = http_post(client, url, NULL, body, t.n, 10000, 65536,
		    &answer, &why);
		if (answer.status != 409)
			break;
		old = strtoull((char *)answer.body, NULL, 10);
		http_answer_release(&answer);
	}
	if (rc == RC_OK)
		rc = cosign_answer_parse(blob, &time, &k, answer.body,
		    answer.body_n, (const uint8_t *)text, text_n);
	if (rc == RC_MORE && strncmp(whole, "mirror:", 7) == 0) {
		http_answer_release(&answer);
		snprintf(url, sizeof url, "%s/add-entries", at + 1);
		rc = mirror_fill(client, url, log, &answer, &why);
		if (rc == RC_OK)
			rc = cosign_answer_parse(blob, &time, &k, answer.body,
			    answer.body_n, (const uint8_t *)text, text_n);
	}
	if (rc == RC_OK)
		sigline_text(lines, k.name, blob, sizeof blob);
	else
		printf("%s refused %u\n", prefix, answer.status);
	http_answer_release(&answer);
	http_client_free(client);
}

/* Each entry's complete file, for those who look at nothing else. */
static void
files_put(const char *dir, const char *checkpoint, size_t n)
{
	static char file[FILE_BYTES_MAX + 1];
	uint8_t path[MERKLE_DEPTH_MAX * 32];
	char name[32];
	unsigned path_n;
	struct text t;
	uint64_t i;

	for (i = 0; i < size; i++) {
		if (tlog_inclusion(path, &path_n, i, size, &source) != RC_OK)
			die(EXIT_ENVIRONMENT, "no proof");
		text_init(&t, file, sizeof file);
		text_put(&t, entry[i].p, entry[i].n);
		text_string(&t, "\n");
		proof_text(&t, i, path, path_n);
		text_put(&t, checkpoint, n);
		snprintf(name, sizeof name, "file/%llu", (unsigned long long)i);
		put(dir, name, t.p, t.n);
		if (i == size - 1)
			put(dir, "last.file", t.p, t.n);
	}
}

static int
build(int argc, char **argv)
{
	static char note[CHECKPOINT_NOTE_MAX + 1];
	uint8_t seed[32], cosigner_seed[32], root[32];
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	char line[SIGLINE_CHARS_MAX + 1], text[CHECKPOINT_TEXT_MAX + 1];
	struct text t, l, c;
	struct vkey k, w;
	int i, entries = 0;

	for (i = 2; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			entries = i + 1;
	if (entries == 0)
		die(EXIT_USAGE, "see the head of tests/flow/liar_log.c");
	for (i = entries; i < argc; i++)
		entry_add(argv[i]);
	key_load(&k, seed, argv[1], KEY_ED25519);
	if (tlog_root(root, size, &source) != RC_OK)
		die(EXIT_ENVIRONMENT, "no root");
	text_init(&c, text, sizeof text);
	checkpoint_text(&c, k.name, size, root);
	checkpoint_sign(blob, &k, seed, (uint8_t *)text, c.n);
	text_init(&l, line, sizeof line);
	sigline_text(&l, k.name, blob, SIG_ED25519_BYTES);
	text_init(&t, note, sizeof note);
	text_put(&t, text, c.n);
	text_string(&t, "\n");
	text_put(&t, line, l.n);
	for (i = 2; i < entries - 1; i++) {
		if (strncmp(argv[i], "key:", 4) != 0) {
			ask(&t, argv[i], &k, text, c.n, (uint8_t *)line, l.n);
			continue;
		}
		key_load(&w, cosigner_seed, argv[i] + 4, KEY_COSIGNATURE);
		checkpoint_cosign(blob, &w, cosigner_seed, (uint8_t *)text,
		    c.n, clock_unix());
		sigline_text(&t, w.name, blob, sizeof blob);
	}
	tiles_put(argv[0]);
	put(argv[0], "checkpoint", t.p, t.n);
	files_put(argv[0], t.p, t.n);
	return EXIT_OK;
}

/* ---- serving ---------------------------------------------------------- */

static const char *home;

static bool
path_is(const char *path, const char *pattern)
{
	size_t n = strlen(pattern);

	return n > 0 && pattern[n - 1] == '*'
	    ? strncmp(path, pattern, n - 1) == 0
	    : strcmp(path, pattern) == 0;
}

/* The folder that this client is shown; NULL: nothing. */
static const char *
folder_for(const struct http_request *r, const char *path)
{
	static _Thread_local char folder[1024];
	char act[1024], line[1024], a[500], b[500];
	const char *agent = http_header(r, "User-Agent");
	bool hidden = false;
	FILE *f;

	snprintf(folder, sizeof folder, "%s", home);
	snprintf(act, sizeof act, "%s/act", home);
	f = fopen(act, "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		if (sscanf(line, "hide %499s", a) == 1)
			hidden = hidden || path_is(path, a);
		else if (sscanf(line, "other %499s %499s", a, b) == 2 &&
		    path_is(path, b))
			snprintf(folder, sizeof folder, "%s", a);
		else if (sscanf(line, "agent %499s %499s", a, b) == 2 &&
		    agent != NULL && strstr(agent, a) != NULL)
			snprintf(folder, sizeof folder, "%s", b);
	}
	if (f != NULL)
		fclose(f);
	return hidden ? NULL : folder;
}

static void
on_get(void *context, struct http_request *r)
{
	const char *folder = folder_for(r, r->path + 1);
	char path[2048];
	struct stat st;
	int fd = -1;

	(void)context;
	if (folder != NULL) {
		snprintf(path, sizeof path, "%s%s", folder, r->path);
		fd = open(path, O_RDONLY);
	}
	if (fd < 0 || fstat(fd, &st) != 0)
		http_reply_text(r, 404, "nothing here");
	else
		http_reply_file(r, 200, "application/octet-stream", fd,
		    (uint64_t)st.st_size);
}

static int
serve(const char *dir, const char *port)
{
	static const struct http_route routes[] = {
	    {"GET", "/*", 0, on_get, HTTP_ROUTE_SMALL}};
	char listen[64];
	struct http_server_options options = {.listen = listen,
	    .routes = routes, .route_count = 1};
	struct http_server *server;
	struct why why = {""};

	home = dir;
	snprintf(listen, sizeof listen, "127.0.0.1:%s", port);
	daemon_begin();
	if (http_server_start(&server, &options, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	daemon_ready("listening on %s", http_server_address(server));
	daemon_wait(0);
	http_server_stop(server);
	return EXIT_OK;
}

#if defined(__SANITIZE_ADDRESS__)
/* It runs once; keys borrow from files to the end. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

int
main(int argc, char **argv)
{
	say_init("liar-log");
	if (argc >= 5 && strcmp(argv[1], "build") == 0)
		return build(argc - 2, argv + 2);
	if (argc == 4 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2], argv[3]);
	die(EXIT_USAGE, "see the head of tests/flow/liar_log.c");
}
