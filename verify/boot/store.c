/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/boot/store.h"
#include "verify/mem.h"
#include "verify/tick.h"

enum { PAIR_SIZE = 2 * RECORD_SIZE };

/* What an area says. */
struct look {
	struct record record; /* generation 0: none */
	bool whole;           /* a valid first has a twin that was begun */
	uint32_t free;        /* the first pair that nothing was written to */
};

static void
newer(struct record *r, struct store *s)
{
	struct record other;

	if (record_decode(&other, s->bytes) == RC_OK &&
	    other.generation > r->generation)
		*r = other;
}

static void
area_look(struct look *l, struct store *s, const struct boot_area *a)
{
	const struct boot_flash *f = s->flash;
	uint32_t pair, half;
	struct record first;

	memset(l, 0, sizeof *l);
	for (pair = 0; (pair + 1) * PAIR_SIZE <= a->size; pair++) {
		memset(&first, 0, sizeof first);
		for (half = 0; half < 2; half++) {
			uint32_t at = a->at + pair * PAIR_SIZE +
				      half * RECORD_SIZE;

			VERIFY_TICK();
			if (flash_is(f, at, NULL, RECORD_SIZE))
				continue;
			l->free = pair + 1;
			if (half == 1 && first.generation != 0)
				l->whole = true;
			if (f->read(f->context, at, s->bytes, RECORD_SIZE) !=
			    RC_OK)
				continue;
			newer(half == 0 ? &first : &l->record, s);
			if (half == 0 && first.generation >
					     l->record.generation)
				l->record = first;
		}
	}
}

/* The same record twice: that the second was begun vouches for the first. */
static enum rc
pair_write(struct store *s, const struct boot_area *a, uint32_t pair,
    const struct record *r)
{
	uint32_t at = a->at + pair * PAIR_SIZE;
	enum rc rc;

	record_encode(s->bytes, r);
	rc = flash_write(s->flash, at, s->bytes, RECORD_SIZE);
	if (rc == RC_OK)
		rc = flash_write(
		    s->flash, at + RECORD_SIZE, s->bytes, RECORD_SIZE);
	return rc;
}

static void
find(struct store *s, struct look *l, const struct boot_flash *flash,
    const struct boot_area area[static 2])
{
	struct look other;

	memset(s, 0, sizeof *s);
	s->flash = flash;
	s->area = area;
	area_look(l, s, &area[0]);
	area_look(&other, s, &area[1]);
	if (other.record.generation > l->record.generation) {
		*l = other;
		s->in = 1;
	}
	s->record = l->record;
}

enum rc
store_open(struct store *s, const struct boot_flash *flash,
    const struct boot_area area[static 2])
{
	const struct boot_area *a;
	struct look l;

	find(s, &l, flash, area);
	if (l.record.generation == 0)
		return RC_RECORD;
	a = &area[s->in];
	/* No room is left only after as many cuts as there are pairs, all in
	 * this very write. Then it is taken as it is. */
	if (!l.whole && (l.free + 1) * PAIR_SIZE <= a->size)
		return pair_write(s, a, l.free, &s->record);
	return RC_OK;
}

enum rc
store_peek(struct store *s, const struct boot_flash *flash,
    const struct boot_area area[static 2])
{
	struct look l;

	find(s, &l, flash, area);
	return l.record.generation != 0 ? RC_OK : RC_RECORD;
}

enum rc
store_put(struct store *s, const struct record *next)
{
	struct record r = *next;
	uint8_t to = s->in ^ 1;
	enum rc rc;

	if (r.epoch < s->record.epoch ||
	    (r.epoch == s->record.epoch && r.floor < s->record.floor) ||
	    s->record.generation == UINT32_MAX)
		return RC_STATE;
	r.generation = s->record.generation + 1;
	rc = flash_erase(s->flash, &s->area[to]);
	if (rc == RC_OK)
		rc = pair_write(s, &s->area[to], 0, &r);
	if (rc == RC_OK) {
		s->record = r;
		s->in = to;
	}
	return rc;
}
