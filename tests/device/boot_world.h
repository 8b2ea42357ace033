/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An authority, images, files and a layout, for the tests of verify/boot/ on
 * the host. Files are made with libsodium alone (tests/unit/notes_help.h).
 */
#ifndef TESTS_DEVICE_BOOT_WORLD_H
#define TESTS_DEVICE_BOOT_WORLD_H
#include "tests/device/flash_sim.h"
#include "tests/unit/notes_help.h"
#include "verify/boot/boot.h"
#include "verify/boot/confirm.h"

enum { WORLD_SECTOR = 1024, WORLD_SLOT = 4096, WORLD_PAGE = 2048 };
enum world_image { V1, V2, V3, E2V1, IMAGES };

struct world_file {
	struct buf b;
	uint8_t id[32];
};

struct world {
	struct authority a;
	struct proof proof;
	uint8_t image[IMAGES][WORLD_SLOT];
	size_t image_n[IMAGES];
	struct world_file release[IMAGES];
	struct buf trust, revision2, epoch2; /* texts */
	struct world_file hop, recovery, hop_epoch, withdraw;
	struct boot_config config;
};

static inline struct slice
world_slice(const char *s)
{
	return (struct slice){(const uint8_t *)s, strlen(s)};
}

static inline void
world_release_text(struct buf *t, const struct world *w,
    enum world_image image, unsigned epoch, unsigned sequence)
{
	uint8_t d[32];

	t->n = 0;
	crypto_hash_sha256(d, w->image[image], w->image_n[image]);
	buf_printf(t,
	    "quorate/release@v1\nauthority acme/test %u\nproduct acme/pump\n"
	    "version %u.0\nsequence %u\npayload app %zu ",
	    epoch, sequence, sequence, w->image_n[image]);
	buf_hex(t, d, 32);
	buf_printf(t, "\nabout\nproposed %u\n", (unsigned)HELP_TIME);
}

static inline void
world_release(struct world *w, enum world_image image, unsigned epoch,
    unsigned sequence)
{
	static struct buf text;
	struct by by = BY(&w->a.signer[0], &w->a.signer[2]);

	world_release_text(&text, w, image, epoch, sequence);
	text_id(w->release[image].id, &text);
	file_make(&w->release[image].b, &text, &by, &w->proof);
}

static inline void
world_layout(struct boot_config *c)
{
	uint32_t at = 0;
	struct boot_area *a[] = {&c->slot[0], &c->slot[1], &c->record[0],
	    &c->record[1], &c->page[0], &c->page[1], &c->owner, &c->confirm};
	uint32_t size[] = {WORLD_SLOT, WORLD_SLOT, 2048, 2048, WORLD_PAGE,
	    WORLD_PAGE, WORLD_PAGE, WORLD_SECTOR};
	unsigned i;

	memset(c, 0, sizeof *c);
	c->product = world_slice("acme/pump");
	c->component = world_slice("app");
	for (i = 0; i < 8; i++) {
		*a[i] = (struct boot_area){at, size[i], WORLD_SECTOR};
		at += size[i];
	}
}

static inline void
world_make(struct world *w)
{
	static struct buf text;
	struct by by;
	unsigned i, j;

	memset(w, 0, sizeof *w);
	authority_make(&w->a);
	w->proof = proof_usual(&w->a);
	for (i = 0; i < IMAGES; i++) {
		w->image_n[i] = 3001 + 97 * i; /* whole units never */
		for (j = 0; j < w->image_n[i]; j++)
			w->image[i][j] = (uint8_t)(j * 7 + (j >> 8) + 31 * i);
		memcpy(w->image[i], "image", 5);
		w->image[i][5] = (uint8_t)('1' + i);
	}
	world_release(w, V1, 1, 1);
	world_release(w, V2, 1, 2);
	world_release(w, V3, 1, 3);
	world_release(w, E2V1, 2, 1);
	trust_text(&w->trust, &w->a);
	trust_next(&w->revision2, &w->trust, 1);
	buf_swap(&w->revision2, w->a.witness[1].vkey, w->a.witness[2].vkey);
	buf_swap(&w->revision2, w->a.root[2].vkey, w->a.root[3].vkey);
	by = BY(&w->a.root[0], &w->a.root[1], &w->a.root[3]);
	file_make(&w->hop.b, &w->revision2, &by, &w->proof);
	text_id(w->hop.id, &w->revision2);
	note_make(&w->recovery.b, &w->revision2, &by);
	text_id(w->recovery.id, &w->revision2);
	trust_next(&w->epoch2, &w->trust, 1);
	buf_swap(&w->epoch2, "epoch 1", "epoch 2");
	buf_swap(&w->epoch2, w->a.signer[1].vkey, w->a.signer[3].vkey);
	by = BY(&w->a.root[0], &w->a.root[1], &w->a.signer[3]);
	file_make(&w->hop_epoch.b, &w->epoch2, &by, &w->proof);
	text_id(w->hop_epoch.id, &w->epoch2);
	withdraw_text(&text);
	buf_swap(&text, "floor 8", "floor 3");
	by = BY(&w->a.signer[0], &w->a.signer[1]);
	file_make(&w->withdraw.b, &text, &by, &w->proof);
	text_id(w->withdraw.id, &text);
	world_layout(&w->config);
}

/* A medium: bytes that are read once. */
struct medium {
	const uint8_t *p;
	size_t n;
};

static inline size_t
medium_read(void *context, uint8_t *to, size_t n)
{
	struct medium *m = context;

	if (n > m->n)
		n = m->n;
	memcpy(to, m->p, n);
	m->p += n;
	m->n -= n;
	return n;
}

static inline enum rc
world_take(struct boot *b, const struct buf *file, const uint8_t *image,
    size_t image_n, bool person)
{
	struct medium f = {(const uint8_t *)file->b, file->n};
	struct medium i = {image, image_n};
	struct boot_source fs = {medium_read, &f}, is = {medium_read, &i};

	return boot_take(b, &fs, &is, 0, person ? BOOT_PERSON : 0);
}

static inline enum rc
world_install(struct boot *b, const struct world *w, enum world_image image)
{
	return world_take(b, &w->release[image].b, w->image[image],
	    w->image_n[image], false);
}

static inline enum rc
world_provision(struct boot *b, const struct world *w,
    const struct boot_flash *f, const struct buf *owner)
{
	uint8_t id[32], owner_id[32];
	struct boot_birth birth = {
	    .trust = {(const uint8_t *)w->trust.b, w->trust.n},
	    .trust_id = id,
	    .epoch = 1,
	    .floor = 1};

	text_id(id, &w->trust);
	if (owner != NULL) {
		text_id(owner_id, owner);
		birth.owner = (struct slice){(const uint8_t *)owner->b, owner->n};
		birth.owner_id = owner_id;
	}
	return boot_provision(b, &w->config, f, &birth);
}
#endif
