/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One of the two verifiers of fuzz_device.c (side.h). SIDE is the name of its
 * only visible function. Signatures are asked for through the linker's
 * --wrap, so that the caller can remember verdicts: most runs of the fuzzer
 * meet the same few signatures again.
 */
#include "tests/fuzz/side.h"
#include <assert.h>
#include <string.h>
#include "verify/ed25519.h"
#include "verify/verify.h"

static side_judge *asked;

enum rc __real_ed25519_verify(const uint8_t sig[static 64],
    const uint8_t key[static 32], const uint8_t *message, size_t n);
enum rc __wrap_ed25519_verify(const uint8_t sig[static 64],
    const uint8_t key[static 32], const uint8_t *message, size_t n);

static int
real(const uint8_t *sig, const uint8_t *key, const uint8_t *message, size_t n)
{
	return __real_ed25519_verify(sig, key, message, n);
}

enum rc
__wrap_ed25519_verify(const uint8_t sig[static 64],
    const uint8_t key[static 32], const uint8_t *message, size_t n)
{
	return (enum rc)asked(real, sig, key, message, n);
}

static struct slice
slice_of(const char *s)
{
	return (struct slice){(const uint8_t *)s, strlen(s)};
}

static void
trust_of(struct trust *t, const char *text)
{
	assert(trust_read(t, (const uint8_t *)text, strlen(text),
		   READER_DEVICE) == RC_OK);
}

static bool
is_zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	while (n > 0 && b[n - 1] == 0)
		n--;
	return n == 0;
}

/* In one piece, or in pieces of 1 to 64 bytes with some longer ones. */
static enum rc
feed(struct verify *v, const struct side_task *t)
{
	uint32_t state = t->cuts;
	size_t at = 0, take;
	enum rc rc = RC_MORE;

	if (state == 0)
		return verify_feed(v, t->file, t->file_n);
	while (at < t->file_n && rc == RC_MORE) {
		state = state * 1664525 + 1013904223;
		take = (state >> 24) % 8 == 0 ? state >> 12 & 0x3ff
					      : state >> 16 & 0x3f;
		if (take > t->file_n - at)
			take = t->file_n - at;
		rc = verify_feed(v, t->file + at, take);
		at += take;
	}
	return rc;
}

__attribute__((visibility("default"))) void
SIDE(struct side_result *out, const struct side_task *task, side_judge *judge)
{
	static uint8_t page[SIDE_PAGE_MAX];
	static struct trust trust, owner; /* the task's are always the same */
	struct verify_device d;
	struct verified r, again;
	struct verify v;
	enum rc fed, rc;
	unsigned i;

	asked = judge;
	memset(out, 0, sizeof *out);
	memset(&d, 0, sizeof d);
	memset(page, 0, sizeof page);
	memset(&r, 0xa5, sizeof r);
	memset(&v, 0x5a, sizeof v); /* verify_init owes nothing to the caller */
	if (trust.kind == 0) {
		trust_of(&trust, task->trust);
		trust_of(&owner, task->owner);
	}
	d.product[0].name = slice_of("acme.example/camera");
	d.product[0].epoch = task->epoch;
	d.product[0].floor = task->floor;
	d.product[0].sequence = task->sequence;
	d.product[1].name = slice_of("acme.example/radio");
	d.product[1].epoch = 1;
	d.product[1].sequence = task->radio;
	d.product_n = 2;
	d.component[0] = slice_of("app");
	d.component[1] = slice_of("net");
	d.component_n = task->flags & SIDE_TWO ? 2 : 1;
	if (task->flags & SIDE_OWNED)
		d.owner = &owner;
	if (task->flags & SIDE_ENDORSED)
		d.endorsed = task->id;
	d.person = task->flags & SIDE_PERSON ? VERIFY_PERSON : 0;
	d.installed_unknown = task->flags & SIDE_UNKNOWN;
	d.time = task->flags & SIDE_CLOCK ? 1763700300 : 0;
	d.max_proof_age_s = task->flags & SIDE_AGE ? 3600 : 0;
	if (task->flags & SIDE_PAGE) {
		d.page = page;
		d.page_n = sizeof page;
	}

	verify_init(&v, task->by_owner ? &owner : &trust, &d);
	fed = feed(&v, task);
	assert(fed != RC_OK);
	/* a refusal sticks, whatever comes after it */
	if (fed != RC_MORE) {
		assert(verify_feed(&v, (const uint8_t *)"\n", 1) == fed);
		assert(verify_feed(&v, task->file, task->file_n) == fed);
	}
	rc = verify_finish(&v, &r);
	assert(rc != RC_MORE && (fed == RC_MORE || rc == fed));
	assert(rc == RC_OK || is_zero(&r, sizeof r));
	assert(rc != RC_OK || r.kind != 0);
	memset(&again, 0xa5, sizeof again);
	assert(verify_finish(&v, &again) == (rc == RC_OK ? RC_STATE : rc));
	assert(is_zero(&again, sizeof again));
	assert(verify_feed(&v, (const uint8_t *)"\n", 1) ==
	    (rc == RC_OK ? RC_STATE : rc));

	out->rc = rc;
	out->kind = r.kind;
	out->product = r.product;
	out->signers = r.signers;
	out->witnesses = r.witnesses;
	out->recovered = r.recovered;
	out->epoch = r.epoch;
	out->sequence = r.sequence;
	out->floor = r.floor;
	out->revision = r.revision;
	memcpy(out->id, r.id, 32);
	for (i = 0; i < 2; i++) {
		out->size[i] = r.payload[i].size;
		memcpy(out->digest[i], r.payload[i].sha256, 32);
	}
	out->proof_time = r.proof_time;
	out->index = r.index;
	out->tree_size = r.tree_size;
	out->page_n = r.page_n;
	if (rc == RC_OK && r.kind == VERIFIED_TRUST) {
		assert(r.page_n > 0 && r.page_n <= sizeof page);
		memcpy(out->page, page, r.page_n);
	}
}
