/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the inputs of the fault injection sweep: good ones, which show that
 * the harness can accept, and bad ones, each bad in one respect only, so that
 * one skipped instruction would do if the decision hung on one.
 *
 *   fault-files DIR
 */
#include <assert.h>
#include "tests/device/fault.h"
#include "tests/unit/world.h"
#include "verify/verify.h"

static struct world world;
static struct fault_input in;
static const char *folder;

static struct fault_part
put(const void *bytes, size_t n)
{
	static uint32_t at;
	struct fault_part p;

	if (bytes == NULL)
		at = 0;
	p = (struct fault_part){at, (uint32_t)n};
	if (n > 0)
		memcpy(in.bytes + at, bytes, n);
	at = (at + (uint32_t)n + 3) & ~3u;
	assert(at <= sizeof in.bytes);
	return p;
}

static void
begin(enum verified_kind kind)
{
	memset(&in, 0, sizeof in);
	put(NULL, 0);
	in.kind = kind;
	in.epoch = 1;
	in.floor = 40;
	in.sequence = 41;
	in.radio = 7;
	in.trust = put(world.trust, strlen(world.trust));
	text_id(in.trust_id, world.trust);
	in.image = put("test", 4);
}

/* Whatever the file's lines sign and a key of the world has signed. */
static void
valid_note(const char *p, size_t n, size_t text_n)
{
	const struct key *keys[16];
	unsigned key_n = 0, i;
	struct note note;
	struct sigline l;
	size_t rest;
	uint64_t time;

	for (i = 0; i < 4; i++) {
		keys[key_n++] = &world.signer[i];
		keys[key_n++] = &world.root[i];
	}
	for (i = 0; i < 2; i++) {
		keys[key_n++] = &world.log[i];
		keys[key_n++] = &world.owner[i];
	}
	for (i = 0; i < 3; i++)
		keys[key_n++] = &world.cosigner[i];
	if (note_split_file(&note, &rest, (const uint8_t *)p, n) != RC_OK)
		return;
	assert(text_n == 0 || note.text_n == text_n);
	for (unsigned line = 0; line < note.line_n; line++) {
		uint8_t message[8192];
		size_t head, message_n;

		note_line(&note, line, &l, NULL);
		for (i = 0; i < key_n; i++) {
			struct vkey k = {0};
			uint8_t *text = message + COSIGNATURE_HEAD_MAX;
			struct sha256 s;
			struct fault_valid *v = &in.valid[in.valid_n];

			k.name = (struct slice){(uint8_t *)keys[i]->name,
			    strlen(keys[i]->name)};
			memcpy(k.id, keys[i]->id, 4);
			k.type = keys[i]->type;
			memcpy(k.key, keys[i]->pk, 32);
			memcpy(text, p, note.text_n);
			if (!sigline_by(&l, &k) ||
			    sigline_verify(&l, &k, text, note.text_n, &time) !=
				RC_OK)
				continue;
			assert(in.valid_n < FAULT_VALID_MAX);
			head = k.type == KEY_COSIGNATURE
			    ? cosignature_head(text, time)
			    : 0;
			message_n = note.text_n + head;
			memcpy(v->sig,
			    l.blob + (k.type == KEY_COSIGNATURE ? 12 : 4), 64);
			memcpy(v->key, k.key, 32);
			sha256_init(&s);
			sha256_update(&s, text - head, message_n);
			sha256_final(&s, v->message);
			in.valid_n++;
		}
	}
	if (rest < n) { /* the proof's checkpoint is after an empty line */
		const char *c = strstr(p + rest, "\n\n");

		if (c != NULL)
			valid_note(c + 2, n - (size_t)(c + 2 - p), 0);
	}
}

static void
write_input(const char *name, const struct text *file)
{
	char path[1024];
	FILE *f;

	assert(!file->full);
	in.file = put(file->p, file->n);
	valid_note(file->p, file->n, 0);
	snprintf(path, sizeof path, "%s/%s.input", folder, name);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(&in, sizeof in, 1, f) != 1 || fclose(f) != 0) {
		fprintf(stderr, "cannot write '%s'\n", path);
		exit(3);
	}
}

static char buffer[65536];
static const struct proof_spec good = {.index = 2, .size = 5};

static void
release(const char *name, const char *text, const struct proof_spec *p)
{
	struct text t;

	text_init(&t, buffer, sizeof buffer);
	file_make(&t, &world, text, p);
	write_input(name, &t);
}

/* The good release with one base64 digit of a line changed. */
static void
release_spoilt(const char *name, const char *line)
{
	struct text t;
	char *p;

	text_init(&t, buffer, sizeof buffer);
	file_make(&t, &world, WORLD_RELEASE, &good);
	p = strstr(buffer, line);
	assert(p != NULL);
	p += strlen(line) + 60;
	*p = *p == 'A' ? 'B' : 'A';
	write_input(name, &t);
}

static void
by_keys(const char *name, const char *text, const struct key *const *keys,
    unsigned n, bool proof)
{
	struct text t;

	text_init(&t, buffer, sizeof buffer);
	note_make(&t, text, keys, n);
	if (proof)
		proof_append(&t, &world, &good);
	write_input(name, &t);
}

static const char *
hop(const char *previous)
{
	uint8_t id[32];
	char hex[65], line[96];

	text_id(id, previous);
	hex_of(hex, id);
	snprintf(line, sizeof line, "previous %s", hex);
	return with(
	    with(world.trust, "previous -", line), "revision 1", "revision 2");
}

static void
releases(void)
{
	const struct key *alice[] = {&world.signer[0]};
	struct proof_spec p = good;

	begin(VERIFIED_RELEASE);
	release("good-release", WORLD_RELEASE, &p);

	begin(VERIFIED_RELEASE);
	release_spoilt("bad-signature", "\xe2\x80\x94 bob.example ");
	begin(VERIFIED_RELEASE);
	by_keys("bad-quorum", WORLD_RELEASE, alice, 1, true);
	begin(VERIFIED_RELEASE);
	release_spoilt("bad-log", "\xe2\x80\x94 " WORLD_LOG " ");
	begin(VERIFIED_RELEASE);
	p.cosigners = WITNESS_1 | WITNESS_2; /* no mirror */
	release("bad-witness", WORLD_RELEASE, &p);
	begin(VERIFIED_RELEASE);
	p = good;
	p.wrong_leaf = true;
	release("bad-inclusion", WORLD_RELEASE, &p);
	begin(VERIFIED_RELEASE);
	in.floor = 43;
	release("bad-rollback", WORLD_RELEASE, &good);
	begin(VERIFIED_RELEASE);
	in.sequence = 42;
	release("bad-same", WORLD_RELEASE, &good);
	begin(VERIFIED_RELEASE);
	in.sequence = 29;
	in.floor = 20;
	release("bad-from", WORLD_RELEASE, &good);
	begin(VERIFIED_RELEASE);
	in.radio = 6;
	release("bad-requires", WORLD_RELEASE, &good);
	begin(VERIFIED_RELEASE);
	in.image = put("tesu", 4);
	release("bad-payload", WORLD_RELEASE, &good);
	begin(VERIFIED_RELEASE);
	in.time = 1800000000;
	release("bad-expired", WORLD_RELEASE, &good);
	begin(VERIFIED_RELEASE);
	release("bad-product",
	    with(WORLD_RELEASE, "product acme.example/camera",
		"product acme.example/kamera"),
	    &good);
	begin(VERIFIED_RELEASE);
	release("bad-authority",
	    with(WORLD_RELEASE, WORLD_NAME, "acme.example/release/tesu"),
	    &good);
	begin(VERIFIED_RELEASE);
	release("bad-epoch", with(WORLD_RELEASE, "/test 1\n", "/test 2\n"),
	    &good);
	begin(VERIFIED_RELEASE);
	in.trust_id[31] ^= 1;
	release("bad-page", WORLD_RELEASE, &good);
	begin(VERIFIED_RELEASE); /* the owner endorsed another text */
	in.flags = FAULT_OWNED;
	in.owner = put(world.owner_text, strlen(world.owner_text));
	text_id(in.owner_id, world.owner_text);
	text_id(in.endorsed, WORLD_WITHDRAW);
	release("bad-owner", WORLD_RELEASE, &good);
}

static void
others(void)
{
	const struct key *roots[] = {&world.root[0], &world.root[1]};
	const struct key *otto[] = {&world.owner[0]};
	const struct key *dora[] = {&world.signer[3]};
	const struct key *all[] = {
	    &world.root[0], &world.root[1], &world.signer[3]};
	const char *next;
	char three[4096];

	begin(VERIFIED_TRUST);
	in.flags = FAULT_PAGE;
	by_keys("good-hop", hop(world.trust), roots, 2, true);
	begin(VERIFIED_TRUST);
	in.flags = FAULT_PAGE;
	by_keys("bad-hop-roots", hop(world.trust), roots, 1, true);
	begin(VERIFIED_TRUST);
	in.flags = FAULT_PAGE;
	by_keys("bad-hop-previous", hop(world.owner_text), roots, 2, true);
	begin(VERIFIED_TRUST); /* no proof, and nobody before the device */
	in.flags = FAULT_PAGE;
	by_keys("bad-hop-alone", hop(world.trust), roots, 2, false);

	/* a new signer that has not signed */
	next = with(with(hop(world.trust), "group two", "signer dora X BR\ngroup two"),
	    "dora X", "dora Y");
	snprintf(three, sizeof three, "%s",
	    with(next, "dora Y", with("dora Z", "Z", world.signer[3].vkey)));
	next = with(with(three, "two 2 alice bob carol",
			"two 2 alice bob carol dora"),
	    "epoch 1", "epoch 2");
	begin(VERIFIED_TRUST);
	in.flags = FAULT_PAGE;
	by_keys("good-introduced", next, all, 3, true);
	begin(VERIFIED_TRUST);
	in.flags = FAULT_PAGE;
	by_keys("bad-introduced", next, roots, 2, true);

	begin(VERIFIED_TRUST);
	in.flags = FAULT_PAGE | FAULT_PERSON;
	by_keys("good-recovery", hop(world.trust), roots, 2, false);
	begin(VERIFIED_TRUST); /* the roots agree; the text demands three */
	in.flags = FAULT_PAGE | FAULT_PERSON;
	put(NULL, 0);
	snprintf(three, sizeof three, "%s",
	    with(world.trust, "recover 2", "recover 3"));
	in.trust = put(three, strlen(three));
	text_id(in.trust_id, three);
	by_keys("bad-recovery", hop(three), roots, 2, false);

	begin(VERIFIED_ENDORSEMENT);
	in.owner = put(world.owner_text, strlen(world.owner_text));
	text_id(in.owner_id, world.owner_text);
	by_keys("good-endorsement", WORLD_RELEASE, otto, 1, false);
	begin(VERIFIED_ENDORSEMENT);
	in.owner = put(world.owner_text, strlen(world.owner_text));
	text_id(in.owner_id, world.owner_text);
	by_keys("bad-endorsement", WORLD_RELEASE, dora, 1, false);

	begin(VERIFIED_WITHDRAW);
	by_keys("bad-withdraw", WORLD_WITHDRAW,
	    (const struct key *[]){&world.signer[0]}, 1, true);
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: fault-files DIR\n");
		return 2;
	}
	folder = argv[1];
	world_make(&world);
	releases();
	others();
	return 0;
}
