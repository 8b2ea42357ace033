/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the inputs of the boot loader's fault injection sweep: good ones,
 * whose update is started, and bad ones, each bad in one respect only.
 *
 *   fault-boot-files DIR
 *
 * The host's own boot core says which signatures verify: the linker wraps the
 * door, and what comes through it well goes into the input's table.
 */
#include <assert.h>
#include "tests/device/boot_world.h"
#include "tests/device/fault.h"

static struct world w;
static struct sim sim;
static struct boot b;
static struct boot_flash flash;
static const struct boot_config config = FAULT_LAYOUT;
static struct fault_boot in;
static const char *folder;

enum rc __real_ed25519_verify(const uint8_t sig[static 64],
    const uint8_t key[static 32], const uint8_t *message, size_t n);
enum rc __wrap_ed25519_verify(const uint8_t sig[static 64],
    const uint8_t key[static 32], const uint8_t *message, size_t n);

enum rc
__wrap_ed25519_verify(const uint8_t sig[static 64],
    const uint8_t key[static 32], const uint8_t *message, size_t n)
{
	enum rc rc = __real_ed25519_verify(sig, key, message, n);
	struct fault_valid v;
	uint32_t i;

	if (rc != RC_OK)
		return rc;
	memcpy(v.sig, sig, 64);
	memcpy(v.key, key, 32);
	crypto_hash_sha256(v.message, message, n);
	for (i = 0; i < in.valid_n; i++)
		if (memcmp(&in.valid[i], &v, sizeof v) == 0)
			return rc;
	assert(in.valid_n < FAULT_VALID_MAX);
	in.valid[in.valid_n++] = v;
	return rc;
}

static void
power_on(void)
{
	sim_on(&sim);
	assert(boot_open(&b, &config, &flash) == RC_OK);
}

/* Installed, started and confirmed. */
static void
live(enum world_image image)
{
	struct records s;
	unsigned slot;

	power_on();
	assert(world_install(&b, &w, image) == RC_OK);
	assert(boot_choose(&b, &slot) == RC_OK);
	assert(boot_confirm(&s, &config, &flash, slot) == RC_OK);
	power_on();
	assert(b.trial == RC_OK);
}

static struct fault_part
put(const void *bytes, size_t n)
{
	static uint32_t at;
	struct fault_part p;

	if (bytes == NULL)
		at = 0;
	p = (struct fault_part){at, (uint32_t)n};
	assert(n <= sizeof in.bytes - at);
	if (n > 0)
		memcpy(in.bytes + at, bytes, n);
	at += (uint32_t)n;
	return p;
}

/* A device on which `image` lives; harm is whatever is started besides. */
static void
begin(enum world_image image)
{
	struct boot_birth birth = {.trust = {(const uint8_t *)w.trust.b,
				       w.trust.n},
	    .epoch = 1};
	uint8_t id[32];

	text_id(id, &w.trust);
	birth.trust_id = id;
	sim_init(&sim, 1024, 8, 1);
	flash = sim_flash(&sim);
	assert(boot_provision(&b, &config, &flash, &birth) == RC_OK);
	live(image);
	memset(&in, 0, sizeof in);
	put(NULL, 0);
	in.allowed = put(w.image[image], w.image_n[image]);
	in.epoch = b.store.record.epoch;
	in.floor = b.store.record.floor;
	memcpy(in.trust_id, b.store.record.trust_id, 32);
	memcpy(in.flash, sim.now, sizeof in.flash);
}

/* Whose signatures verify, when this lies in the medium. */
static void
learn(const struct buf *file, enum world_image image)
{
	sim_on(&sim);
	assert(boot_open(&b, &config, &flash) == RC_OK);
	(void)!world_take(&b, file, w.image[image], w.image_n[image], false);
}

static void
end(const char *name)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s.input", folder, name);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(&in, sizeof in, 1, f) != 1 || fclose(f) != 0) {
		fprintf(stderr, "cannot write '%s'\n", path);
		exit(3);
	}
}

static void
lie(const struct buf *file, enum world_image image)
{
	in.file = put(file->b, file->n);
	in.image = put(w.image[image], w.image_n[image]);
}

/* One base64 digit of the line that starts so is another. */
static void
spoil(struct buf *file, const char *line)
{
	char *p = strstr(file->b, line);

	assert(p != NULL);
	p += strlen(line) + 60;
	*p = *p == 'A' ? 'B' : 'A';
}

static void
releases(void)
{
	static struct buf file;
	char line[1024];

	begin(V1);
	learn(&w.release[V2].b, V2);
	lie(&w.release[V2].b, V2);
	end("good-update");

	begin(V1);
	learn(&w.release[V2].b, V2);
	file = w.release[V2].b;
	snprintf(line, sizeof line, "\xe2\x80\x94 %s ", w.a.signer[2].name);
	spoil(&file, line);
	lie(&file, V2);
	end("bad-signature");

	begin(V1);
	learn(&w.release[V2].b, V2);
	file = w.release[V2].b;
	snprintf(line, sizeof line, "\xe2\x80\x94 %s ", w.a.log->name);
	spoil(&file, line);
	lie(&file, V2);
	end("bad-log");

	begin(V1);
	learn(&w.release[V2].b, V2);
	lie(&w.release[V2].b, V2);
	in.bytes[in.image.at + 1000] ^= 1;
	end("bad-payload");

	begin(V2);
	learn(&w.release[V1].b, V1);
	lie(&w.release[V1].b, V1);
	end("bad-rollback");
}

/* Somebody wrote into the flash. */
static void
slots(void)
{
	begin(V1);
	in.flash[config.slot[b.store.record.good].at + 1000] ^= 1;
	end("bad-slot");

	begin(V1); /* between install and start */
	power_on();
	assert(world_install(&b, &w, V2) == RC_OK);
	memcpy(in.flash, sim.now, sizeof in.flash);
	in.flash[config.slot[b.store.record.trial].at + 1000] ^= 1;
	end("bad-pending");
}

static void
others(void)
{
	static struct buf file;
	struct by one = BY(&w.a.root[0]);
	struct by alone = BY(&w.a.signer[0]);
	static struct buf text;

	begin(V1);
	learn(&w.hop.b, V1);
	lie(&w.hop.b, V1);
	end("good-hop");

	begin(V1);
	learn(&w.hop.b, V1);
	file_make(&file, &w.revision2, &one, &w.proof);
	learn(&file, V1);
	lie(&file, V1);
	end("bad-hop-roots");

	begin(V1);
	learn(&w.hop.b, V1);
	learn(&w.recovery.b, V1);
	lie(&w.recovery.b, V1); /* and nobody stands before the device */
	end("bad-hop-alone");

	begin(V1);
	learn(&w.withdraw.b, V1);
	lie(&w.withdraw.b, V1);
	end("good-withdraw");

	begin(V1);
	learn(&w.withdraw.b, V1);
	withdraw_text(&text);
	buf_swap(&text, "floor 8", "floor 3");
	file_make(&file, &text, &alone, &w.proof);
	lie(&file, V1);
	end("bad-withdraw");
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: fault-boot-files DIR\n");
		return 2;
	}
	folder = argv[1];
	world_make(&w);
	assert(memcmp(&config.confirm, &w.config.confirm,
		   sizeof config.confirm) == 0);
	releases();
	slots();
	others();
	return 0;
}
