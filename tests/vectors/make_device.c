/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_device DIRECTORY: what the programs of tests/device/ are fed. One
 * authority with three witnesses, any of which satisfies its quorum, and a
 * release with one, two and three of them in a tree of 2^24 entries; the same
 * text as a hop; all keys from fixed seeds, every byte the same each time.
 */
#include "tests/unit/world.h"

enum { DEPTH = 24, IMAGE_BYTES = 4096 };
static const char *folder;

static void
put(const char *name, const void *bytes, size_t n)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(bytes, 1, n, f) != n || fclose(f) != 0) {
		fprintf(stderr, "make_device: cannot write '%s'\n", path);
		exit(3);
	}
}

static void
hash(uint8_t out[static 32], const void *bytes, size_t n)
{
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, bytes, n);
	sha256_final(&s, out);
}

/* A proof in a tree that has the entry and 24 siblings of its path. */
static void
prove(struct text *out, const struct world *w, unsigned witnesses)
{
	const uint64_t index = 0xa5c396;
	uint8_t path[DEPTH][32], root[32];
	char head[512];
	struct text h;
	unsigned i;

	leaf_of(root, out->p, out->n);
	text_printf(out, "\nc2sp.org/tlog-proof@v1\nindex %llu\n",
	    (unsigned long long)index);
	for (i = 0; i < DEPTH; i++) {
		hash(path[i], &i, 1);
		if (index >> i & 1)
			merkle_node(root, path[i], root);
		else
			merkle_node(root, root, path[i]);
		text_base64(out, path[i], 32);
		text_string(out, "\n");
	}
	text_init(&h, head, sizeof head);
	text_printf(&h, "%s\n%lu\n", w->log[0].name, 1ul << DEPTH);
	text_base64(&h, root, 32);
	text_string(&h, "\n");
	text_printf(out, "\n%s\n", h.p);
	put_line(out, &w->log[0], h.p, h.n);
	for (i = 0; i < witnesses; i++)
		put_cosignature(out, &w->cosigner[i], h.p, h.n, WORLD_NOW + i);
}

static void
release(const char *name, const struct world *w, const char *text,
    unsigned witnesses)
{
	static char buffer[65536];
	const struct key *keys[] = {&w->signer[0], &w->signer[1]};
	struct text out;

	text_init(&out, buffer, sizeof buffer);
	note_make(&out, text, keys, 2);
	prove(&out, w, witnesses);
	put(name, out.p, out.n);
}

static void
numbers(struct text *out, const char *field, const void *p, size_t n,
    size_t each)
{
	size_t i;

	text_printf(out, "\t.%s = {", field);
	for (i = 0; i < n; i++)
		text_printf(out, "%s%u,", i % 12 == 0 ? "\n\t    " : " ",
		    each == 1 ? ((const uint8_t *)p)[i]
			      : ((const uint16_t *)p)[i]);
	text_string(out, "\n\t},\n");
}

/* The trust as a constant, for devices without trust_parse. */
static void
trust_constant(const char *page)
{
	static char buffer[65536];
	size_t n = strlen(page);
	uint8_t id[32];
	struct trust t;
	struct text out;

	hash(id, page, n);
	if (trust_parse(&t, (const uint8_t *)page, n, id) != RC_OK)
		abort();
	text_init(&out, buffer, sizeof buffer);
	text_string(&out,
	    "/* SPDX-License-Identifier: Apache-2.0 */\n"
	    "/* Made by tests/vectors/make_device.c from device/trust.text. */\n"
	    "static const struct trust device_trust = {\n"
	    "\t.page = device_page,\n");
#define NUMBER(f) text_printf(&out, "\t." #f " = %u,\n", (unsigned)t.f)
#define ARRAY(f)  numbers(&out, #f, t.f, sizeof t.f / sizeof t.f[0], sizeof t.f[0])
	NUMBER(epoch);
	NUMBER(revision);
	NUMBER(page_n);
	NUMBER(kind);
	NUMBER(signer_n);
	NUMBER(root_n);
	NUMBER(log_n);
	NUMBER(cosigner_n);
	NUMBER(group_n);
	NUMBER(recover);
	NUMBER(signer_groups);
	NUMBER(root_groups);
	NUMBER(quorum);
	NUMBER(root_quorum);
	NUMBER(witness_quorum);
	ARRAY(id);
	ARRAY(signer_at);
	ARRAY(root_at);
	ARRAY(log_at);
	ARRAY(cosigner_at);
	ARRAY(group_at);
	ARRAY(signer_parent);
	ARRAY(root_parent);
	ARRAY(cosigner_parent);
	ARRAY(group_parent);
	ARRAY(group_k);
	text_string(&out, "};\n");
	put("trust.h", out.p, out.n);
}

int
main(int argc, char **argv)
{
	static uint8_t image[IMAGE_BYTES];
	static struct world w;
	const char *text = WORLD_RELEASE, *trust, *next;
	char line[160], hex[65];
	uint8_t digest[32];
	const struct key *roots[] = {&w.root[0], &w.root[1]};
	static char buffer[65536];
	struct text out;
	unsigned i;

	if (argc != 2) {
		fprintf(stderr, "usage: make_device DIRECTORY\n");
		return 2;
	}
	folder = argv[1];
	world_make(&w);
	for (i = 0; i < sizeof image; i++)
		image[i] = (uint8_t)(i * i >> 3 ^ i);
	put("image.bin", image, sizeof image);
	hash(digest, image, sizeof image);
	hex_of(hex, digest);
	snprintf(line, sizeof line, "payload app %u %s", IMAGE_BYTES, hex);
	text = with(text, "payload app 4 " WORLD_DIGEST, line);
	trust = with(w.trust, "group watch all seen m1", "group watch any seen m1");
	put("trust.text", trust, strlen(trust));
	trust_constant(trust);
	release("one.release", &w, text, 1);
	release("two.release", &w, text, 2);
	release("three.release", &w, text, 3);

	text_id(digest, trust);
	hex_of(hex, digest);
	snprintf(line, sizeof line, "revision 2\nprevious %s", hex);
	next = with(trust, "revision 1\nprevious -", line);
	/* a signature alone: signature, key, message */
	text_init(&out, buffer, sizeof buffer);
	text_put(&out, digest, 32); /* room */
	text_put(&out, digest, 32);
	text_put(&out, w.root[0].pk, 32);
	text_string(&out, text);
	ed25519_sign((uint8_t *)buffer, w.root[0].seed, (const uint8_t *)text,
	    strlen(text));
	put("signed.bin", out.p, out.n);

	text_init(&out, buffer, sizeof buffer);
	note_make(&out, next, roots, 2);
	prove(&out, &w, 2);
	put("hop.file", out.p, out.n);
	return 0;
}
