/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes keys and notes for tests of whole programs. Seeds are the SHA-256 of
 * the key's name: nothing made here protects anything.
 *
 *	note-maker key PREFIX NAME 01|04      PREFIX.key, PREFIX.pub
 *	note-maker sign TEXT PREFIX...        the note, to stdout
 *	note-maker releases AUTHORITY PREFIX N TIME   a bundle of N releases,
 *		each of a product of its own, signed
 *	note-maker id FILE                    the id of its text
 *	note-maker proof FILE TRUST           is it logged as TRUST demands?
 *	note-maker device FILE TRUST PRODUCT  what a device decides, with nothing
 *		installed: index of size
 *	note-maker checkpoint PREFIX SIZE ROOT    signed by a log
 *	note-maker audit URL|DIR [SIZE ROOT]  read all of a log, verified; prints
 *		size, root, entries, different texts
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/file.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/secret.h"
#include "host/sign.h"
#include "host/text.h"
#include "log/client.h"
#include "verify/sha256.h"
#include "verify/verify.h"

static void
seed_of(uint8_t seed[static 32], struct slice name)
{
	struct sha256 h;

	sha256_init(&h);
	sha256_update(&h, name.p, name.n);
	sha256_final(&h, seed);
}

static size_t
file_take(uint8_t **bytes, const char *path)
{
	struct why why;
	size_t n;

	if (file_read(bytes, &n, path, 1 << 20, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	return n;
}

static void
key_make(const char *prefix, const char *name, const char *type)
{
	struct slice s = {(const uint8_t *)name, strlen(name)};
	uint8_t blob[33] = {type[1] == '4' ? 4 : 1}, seed[32], id[4];
	char path[1024], sealed[SECRET_SEALED_MAX], pub[256];
	struct passphrase pass = {4, "test"};
	struct text t;

	seed_of(seed, s);
	ed25519_public(blob + 1, seed);
	vkey_id(id, s, blob[0], blob + 1);
	text_init(&t, pub, sizeof pub);
	text_printf(&t, "%s+", name);
	text_hex(&t, id, 4);
	text_string(&t, "+");
	text_base64(&t, blob, 33);
	text_string(&t, "\n");
	snprintf(path, sizeof path, "%s.pub", prefix);
	if (file_write_atomic(path, pub, t.n, 0644, NULL) != RC_OK)
		die(EXIT_ENVIRONMENT, "cannot write %s", path);
	text_init(&t, sealed, sizeof sealed);
	snprintf(path, sizeof path, "%s.key", prefix);
	if (secret_seal(&t, "quorate/key", seed, 32, &pass,
		SECRET_COST_FAST) != RC_OK ||
	    file_write_atomic(path, sealed, t.n, 0600, NULL) != RC_OK)
		die(EXIT_ENVIRONMENT, "cannot write %s", path);
}

static void
sign(const char *text, char **prefixes, int n)
{
	uint8_t *bytes, *pub, seed[32], blob[68];
	static char line[1024];
	size_t text_n = file_take(&bytes, text);
	struct vkey k;
	struct text t;
	int i;

	fwrite(bytes, 1, text_n, stdout);
	puts("");
	for (i = 0; i < n; i++) {
		char path[1024];
		size_t pub_n;

		snprintf(path, sizeof path, "%s.pub", prefixes[i]);
		pub_n = file_take(&pub, path);
		if (vkey_parse(&k, (struct slice){pub, pub_n - 1},
			KEY_ED25519) != RC_OK)
			die(EXIT_USAGE, "%s: no key that signs notes", path);
		seed_of(seed, k.name);
		memcpy(blob, k.id, 4);
		ed25519_sign(blob + 4, seed, bytes, text_n);
		text_init(&t, line, sizeof line);
		sigline_text(&t, k.name, blob, sizeof blob);
		fwrite(line, 1, t.n, stdout);
		free(pub);
	}
	free(bytes);
}

static void
releases(const char *authority, const char *prefix, unsigned n,
    const char *proposed)
{
	char path[1024], line[1024], text[1024];
	uint8_t *pub, seed[32], blob[68];
	struct vkey k;
	struct text t;
	size_t pub_n;

	snprintf(path, sizeof path, "%s.pub", prefix);
	pub_n = file_take(&pub, path);
	if (vkey_parse(&k, (struct slice){pub, pub_n - 1}, KEY_ED25519) !=
	    RC_OK)
		die(EXIT_USAGE, "%s: no key that signs notes", path);
	seed_of(seed, k.name);
	memcpy(blob, k.id, 4);
	for (unsigned i = 0; i < n; i++) {
		text_init(&t, text, sizeof text);
		text_printf(&t,
		    "quorate/release@v1\nauthority %s 1\nproduct "
		    "example/many-%u\nversion 1\nsequence 1\n"
		    "payload app 1 %064u\nabout\nproposed %s\n",
		    authority, i, i, proposed);
		ed25519_sign(blob + 4, seed, (const uint8_t *)text, t.n);
		printf("%s%s\n", i > 0 ? "\n" : "", text);
		text_init(&t, line, sizeof line);
		sigline_text(&t, k.name, blob, sizeof blob);
		fwrite(line, 1, t.n, stdout);
	}
	free(pub);
}

static void
id_print(const char *path)
{
	uint8_t *bytes, id[32];
	size_t n = file_take(&bytes, path), rest;
	char hex[65];
	struct note note;
	struct text t;
	struct sha256 h;

	sha256_init(&h);
	if (note_split_file(&note, &rest, bytes, n) == RC_OK)
		n = note.text_n;
	sha256_update(&h, bytes, n);
	sha256_final(&h, id);
	text_init(&t, hex, sizeof hex);
	text_hex(&t, id, 32);
	puts(hex);
	free(bytes);
}

static int
proof_check(const char *file, const char *trust_path)
{
	uint8_t *bytes, *text;
	size_t n = file_take(&bytes, file), rest;
	size_t text_n = file_take(&text, trust_path);
	struct note note, trust_note;
	struct proof p;
	struct trust t;
	uint64_t time;
	enum rc rc = note_split_file(&note, &rest, bytes, n);

	if (note_split(&trust_note, text, text_n) == RC_OK)
		text_n = trust_note.text_n;
	if (rc == RC_OK)
		rc = trust_read(&t, text, text_n, READER_HOST);
	if (rc == RC_OK)
		rc = proof_parse(&p, bytes + rest, n - rest);
	if (rc == RC_OK)
		rc = proof_trusted(&p, &t, bytes, note.n, &time);
	if (rc == RC_OK)
		printf("%llu of %llu\n", (unsigned long long)p.index,
		    (unsigned long long)p.head.size);
	else
		fprintf(stderr, "%s: %s\n", rc_name(rc), rc_text(rc));
	free(bytes);
	free(text);
	return rc == RC_OK ? EXIT_OK : EXIT_REFUSED;
}

/* The verifier of bootloaders, a byte at a time. */
static int
device(const char *file, const char *trust_path, const char *product)
{
	static struct verify v;
	static uint8_t page[NOTE_BYTES_MAX];
	uint8_t *bytes, *text;
	size_t n = file_take(&bytes, file), i;
	size_t text_n = file_take(&text, trust_path);
	struct verify_device d = {.product_n = 1, .page = page,
	    .page_n = NOTE_BYTES_MAX};
	struct note note;
	struct verified out;
	struct trust t;
	enum rc rc;

	d.product[0].name =
	    (struct slice){(const uint8_t *)product, strlen(product)};
	if (note_split(&note, text, text_n) == RC_OK)
		text_n = note.text_n;
	rc = trust_read(&t, text, text_n, READER_DEVICE);
	if (rc == RC_OK) {
		verify_init(&v, &t, &d);
		for (i = 0, rc = RC_MORE; rc == RC_MORE && i < n; i++)
			rc = verify_feed(&v, bytes + i, 1);
		rc = verify_finish(&v, &out);
	}
	if (rc == RC_OK)
		printf("%llu of %llu\n", (unsigned long long)out.index,
		    (unsigned long long)out.tree_size);
	else
		fprintf(stderr, "%s: %s\n", rc_name(rc), rc_text(rc));
	free(bytes);
	free(text);
	return rc == RC_OK ? EXIT_OK : EXIT_REFUSED;
}

static void
checkpoint_make(const char *prefix, const char *size, const char *root)
{
	uint8_t *pub, seed[32], blob[68];
	char path[1024], out[2048];
	struct text t;
	struct vkey k;
	size_t n;

	snprintf(path, sizeof path, "%s.pub", prefix);
	n = file_take(&pub, path);
	if (vkey_parse(&k, (struct slice){pub, n - 1}, KEY_ED25519) != RC_OK)
		die(EXIT_USAGE, "%s: no key of a log", path);
	seed_of(seed, k.name);
	text_init(&t, out, sizeof out);
	text_put(&t, k.name.p, k.name.n);
	text_printf(&t, "\n%s\n%s\n", size, root);
	checkpoint_sign(blob, &k, seed, (uint8_t *)out, t.n);
	text_string(&t, "\n");
	sigline_text(&t, k.name, blob, sizeof blob);
	fwrite(out, 1, t.n, stdout);
	free(pub);
}

/* ---- audit ------------------------------------------------------------ */

enum { TEXTS_MAX = 1 << 20 };
struct texts {
	uint8_t (*id)[32];
	uint64_t n;
};

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static enum rc
text_note(void *context, uint64_t index, const uint8_t *entry, size_t n)
{
	struct texts *t = context;
	struct note note;
	enum rc rc = note_split(&note, entry, n);

	if (rc == RC_OK && index < TEXTS_MAX)
		note_id(t->id[t->n++], &note);
	return rc;
}

static enum rc
dir_get(void *context, const char *path, size_t max, uint8_t **bytes,
    size_t *n, struct why *why)
{
	char full[2048];

	snprintf(full, sizeof full, "%s/%s", (const char *)context, path);
	return file_read(bytes, n, full, max, why);
}

static int
audit(char *url, const char *size, const char *root)
{
	struct texts texts = {.id = calloc(TEXTS_MAX, 32)};
	struct tlog_http http = {.url = url, .timeout_ms = 10000};
	struct tlog_fetch fetch = {dir_get, url};
	struct tlog_reader *r = NULL;
	struct checkpoint head;
	struct why why = {""};
	uint8_t *bytes, known[32];
	struct note note;
	uint64_t i, different = 0;
	char b64[64];
	struct text t;
	size_t n;
	enum rc rc;

	if (http_client_new(&http.client, NULL) != RC_OK || texts.id == NULL)
		die(EXIT_ENVIRONMENT, "no memory");
	if (strncmp(url, "http", 4) == 0) {
		fetch = tlog_fetch_http(&http);
		rc = tlog_checkpoint(http.client, url, 10000, &bytes, &note,
		    &head, &why);
	} else {
		rc = dir_get(url, "checkpoint", 65536, &bytes, &n, &why);
		if (rc == RC_OK)
			rc = note_split(&note, bytes, n);
		if (rc == RC_OK)
			rc = checkpoint_parse(&head, bytes, note.text_n, false);
	}
	if (rc == RC_OK)
		rc = tlog_reader_new(&r, &fetch, &head, &why);
	if (rc == RC_OK && size != NULL) {
		if (!slice_base64((struct slice){(const uint8_t *)root,
				      strlen(root)},
			known, 32))
			die(EXIT_USAGE, "no root: %s", root);
		rc = tlog_reader_extends(r, strtoull(size, NULL, 10), known,
		    &why);
	}
	if (rc == RC_OK)
		rc = tlog_reader_entries(r, 0, head.size, text_note, &texts,
		    &why);
	if (rc == RC_OK) {
		qsort(texts.id, texts.n, 32, compare);
		for (i = 0; i < texts.n; i++)
			different += i == 0 ||
			    memcmp(texts.id[i], texts.id[i - 1], 32) != 0;
		text_init(&t, b64, sizeof b64);
		text_base64(&t, head.root, 32);
		printf("%llu %s %llu %llu\n", (unsigned long long)head.size,
		    b64, (unsigned long long)texts.n,
		    (unsigned long long)different);
	} else {
		fprintf(stderr, "%s: %s\n", rc_name(rc), why.text);
	}
	tlog_reader_free(r);
	http_client_free(http.client);
	free(texts.id);
	free(bytes);
	return rc == RC_OK ? EXIT_OK : EXIT_REFUSED;
}

int
main(int argc, char **argv)
{
	say_init("note-maker");
	if (argc == 5 && strcmp(argv[1], "key") == 0)
		key_make(argv[2], argv[3], argv[4]);
	else if (argc >= 3 && strcmp(argv[1], "sign") == 0)
		sign(argv[2], argv + 3, argc - 3);
	else if (argc == 6 && strcmp(argv[1], "releases") == 0)
		releases(argv[2], argv[3], (unsigned)atoi(argv[4]), argv[5]);
	else if (argc == 3 && strcmp(argv[1], "id") == 0)
		id_print(argv[2]);
	else if (argc == 4 && strcmp(argv[1], "proof") == 0)
		return proof_check(argv[2], argv[3]);
	else if (argc == 5 && strcmp(argv[1], "device") == 0)
		return device(argv[2], argv[3], argv[4]);
	else if (argc == 5 && strcmp(argv[1], "checkpoint") == 0)
		checkpoint_make(argv[2], argv[3], argv[4]);
	else if ((argc == 3 || argc == 5) && strcmp(argv[1], "audit") == 0)
		return audit(argv[2], argc == 5 ? argv[3] : NULL,
		    argc == 5 ? argv[4] : NULL);
	else
		die(EXIT_USAGE, "see the head of tests/flow/note_maker.c");
	return EXIT_OK;
}
