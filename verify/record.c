/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/record.h"
#include "verify/mem.h"

/*
 * The bytes of the record and its few pure steps. The check is no secret and
 * no signature: it tells a torn write from a whole one. Who may write the
 * record is the flash's business, which is locked before anything else runs.
 */
enum {
	CHECK_AT = 248,
	IMAGE_AT = 88,
	IMAGE_SIZE = 80,
};
_Static_assert(IMAGE_AT + 2 * IMAGE_SIZE == CHECK_AT, "the table adds up");
_Static_assert(CHECK_AT + 8 == RECORD_SIZE, "the table adds up");

static void
put32(uint8_t *to, uint32_t x)
{
	to[0] = (uint8_t)(x >> 24);
	to[1] = (uint8_t)(x >> 16);
	to[2] = (uint8_t)(x >> 8);
	to[3] = (uint8_t)x;
}

static uint32_t
get32(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

static void
check_of(uint8_t out[static 32], const uint8_t *b)
{
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, b, CHECK_AT);
	sha256_final(&s, out);
}

static bool
zero(const uint8_t *b, size_t n)
{
	while (n > 0)
		if (b[--n] != 0)
			return false;
	return true;
}

void
record_encode(uint8_t out[static RECORD_SIZE], const struct record *r)
{
	uint8_t check[32];
	unsigned i;

	memcpy(out, "QR1", 3);
	out[3] = r->tries;
	put32(out + 4, r->generation);
	put32(out + 8, r->epoch);
	put32(out + 12, r->floor);
	out[16] = r->good;
	out[17] = r->trial;
	out[18] = r->state;
	out[19] = r->page;
	out[20] = (uint8_t)(r->trust_n >> 8);
	out[21] = (uint8_t)r->trust_n;
	out[22] = (uint8_t)(r->owner_n >> 8);
	out[23] = (uint8_t)r->owner_n;
	memcpy(out + 24, r->trust_id, 32);
	memcpy(out + 56, r->owner_id, 32);
	for (i = 0; i < 2; i++) {
		uint8_t *to = out + IMAGE_AT + i * IMAGE_SIZE;

		put32(to, r->image[i].epoch);
		put32(to + 4, r->image[i].sequence);
		put32(to + 8, r->image[i].floor);
		put32(to + 12, r->image[i].size);
		memcpy(to + 16, r->image[i].id, 32);
		memcpy(to + 48, r->image[i].sha256, 32);
	}
	check_of(check, out);
	memcpy(out + CHECK_AT, check, 8);
}

/* A slot that is named holds an image. */
static bool
slot_ok(const struct record *r, uint8_t slot)
{
	return slot == RECORD_NONE || (slot < 2 && r->image[slot].size != 0);
}

static bool
consistent(const struct record *r)
{
	bool trial = r->trial != RECORD_NONE;
	bool on = r->state == RECORD_PENDING || r->state == RECORD_TRYING ||
		  r->state == RECORD_FAILED;

	if (r->generation == 0 || r->page > 1 || r->trust_n == 0)
		return false;
	if (!slot_ok(r, r->good) || !slot_ok(r, r->trial))
		return false;
	if (trial ? !on || r->trial == r->good
		  : r->state != RECORD_IDLE || r->tries != 0)
		return false;
	return r->owner_n != 0 || zero(r->owner_id, 32);
}

enum rc
record_decode(struct record *r, const uint8_t in[static RECORD_SIZE])
{
	uint8_t check[32], back[RECORD_SIZE];
	unsigned i;

	memset(r, 0, sizeof *r);
	check_of(check, in);
	if (memcmp(in, "QR1", 3) != 0 || memcmp(check, in + CHECK_AT, 8) != 0)
		return RC_RECORD;
	r->tries = in[3];
	r->generation = get32(in + 4);
	r->epoch = get32(in + 8);
	r->floor = get32(in + 12);
	r->good = in[16];
	r->trial = in[17];
	r->state = in[18];
	r->page = in[19];
	r->trust_n = (uint16_t)(in[20] << 8 | in[21]);
	r->owner_n = (uint16_t)(in[22] << 8 | in[23]);
	memcpy(r->trust_id, in + 24, 32);
	memcpy(r->owner_id, in + 56, 32);
	for (i = 0; i < 2; i++) {
		const uint8_t *from = in + IMAGE_AT + i * IMAGE_SIZE;

		r->image[i].epoch = get32(from);
		r->image[i].sequence = get32(from + 4);
		r->image[i].floor = get32(from + 8);
		r->image[i].size = get32(from + 12);
		memcpy(r->image[i].id, from + 16, 32);
		memcpy(r->image[i].sha256, from + 48, 32);
		if (r->image[i].size == 0 && !zero(from, IMAGE_SIZE))
			r->generation = 0; /* not consistent */
	}
	record_encode(back, r); /* a skipped instruction above shows here */
	if (consistent(r) && memcmp(back, in, RECORD_SIZE) == 0)
		return RC_OK;
	memset(r, 0, sizeof *r);
	return RC_RECORD;
}

enum rc
record_pick(struct record *r, const uint8_t a[static RECORD_SIZE],
    const uint8_t b[static RECORD_SIZE])
{
	struct record other;

	if (record_decode(r, a) != RC_OK)
		return record_decode(r, b);
	if (record_decode(&other, b) == RC_OK &&
	    other.generation > r->generation)
		*r = other;
	return RC_OK;
}

bool
record_allows(const struct record *r, uint32_t epoch, uint32_t sequence)
{
	return epoch > r->epoch || (epoch == r->epoch && sequence >= r->floor);
}

void
record_raise(struct record *r, uint32_t epoch, uint32_t floor)
{
	if (epoch < r->epoch || (epoch == r->epoch && floor <= r->floor))
		return;
	r->epoch = epoch;
	r->floor = floor;
}

void
record_confirm(struct record *r)
{
	const struct record_image *i = &r->image[r->trial & 1];

	r->good = r->trial;
	r->trial = RECORD_NONE;
	r->state = RECORD_IDLE;
	r->tries = 0;
	record_raise(r, i->epoch, i->floor);
}

void
record_product(struct device_product *p, const struct record *r)
{
	const struct record_image *i;

	p->epoch = r->epoch;
	p->floor = r->floor;
	p->sequence = 0;
	memset(p->id, 0, 32);
	if (r->good == RECORD_NONE)
		return;
	i = &r->image[r->good & 1];
	if (i->epoch != r->epoch) /* of an earlier count: it counts as none */
		return;
	p->sequence = i->sequence;
	memcpy(p->id, i->id, 32);
}

void
record_verified(struct verified *v, const struct record_image *i)
{
	memset(v, 0, sizeof *v);
	v->kind = VERIFIED_RELEASE;
	v->component_n = 1;
	v->epoch = i->epoch;
	v->sequence = i->sequence;
	v->floor = i->floor;
	memcpy(v->id, i->id, 32);
	v->payload[0].size = i->size;
	memcpy(v->payload[0].sha256, i->sha256, 32);
}
