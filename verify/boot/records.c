/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/boot/records.h"
#include "verify/mem.h"
#include "verify/tick.h"

enum { PAIR_SIZE = 2 * RECORD_SIZE };

/* What an area says. */
struct look {
	struct record record; /* generation 0: none */
	bool whole;           /* a valid first has a twin that was begun */
	uint32_t pair;        /* where it stands */
	uint32_t free;        /* the first pair that nothing was written to */
};

/* One of a pair; false if it is blank. r is zero unless it is a record. */
static bool
entry_read(struct record *r, struct records *s, uint32_t at)
{
	const struct boot_flash *f = s->flash;

	VERIFY_TICK();
	memset(r, 0, sizeof *r);
	if (flash_is(f, at, NULL, RECORD_SIZE))
		return false;
	if (f->read(f->context, at, s->bytes, RECORD_SIZE) == RC_OK &&
	    record_decode(r, s->bytes) != RC_OK)
		memset(r, 0, sizeof *r);
	return true;
}

static void
area_look(struct look *l, struct records *s, const struct boot_area *a)
{
	struct record first, twin;
	bool begun, whole;
	uint32_t pair;

	memset(l, 0, sizeof *l);
	for (pair = 0; (pair + 1) * PAIR_SIZE <= a->size; pair++) {
		begun = entry_read(&first, s, a->at + pair * PAIR_SIZE);
		whole = entry_read(
		    &twin, s, a->at + pair * PAIR_SIZE + RECORD_SIZE);
		if (begun || whole)
			l->free = pair + 1;
		whole = whole && first.generation != 0;
		if (twin.generation > first.generation)
			first = twin;
		if (first.generation > l->record.generation) {
			l->record = first;
			l->whole = whole;
			l->pair = pair;
		}
	}
}

/* The same record twice: that the second was begun vouches for the first. */
static enum rc
pair_write(struct records *s, const struct boot_area *a, uint32_t pair,
    const struct record *r)
{
	uint32_t at = a->at + pair * PAIR_SIZE;
	uint8_t again[RECORD_SIZE];
	enum rc rc;

	record_encode(s->bytes, r);
	record_encode(again, r); /* were one of them spoilt, it would stay */
	if (memcmp(s->bytes, again, RECORD_SIZE) != 0)
		return RC_FAULT;
	rc = flash_write(s->flash, at, s->bytes, RECORD_SIZE);
	if (rc == RC_OK)
		rc = flash_write(
		    s->flash, at + RECORD_SIZE, s->bytes, RECORD_SIZE);
	return rc;
}

/* older: whether the other area holds a record too, one that came before. */
static void
find(struct records *s, struct look *l, bool *older,
    const struct boot_flash *flash, const struct boot_area area[static 2])
{
	struct look other;

	memset(s, 0, sizeof *s);
	s->flash = flash;
	s->area = area;
	area_look(l, s, &area[0]);
	area_look(&other, s, &area[1]);
	*older = l->record.generation != 0 && other.record.generation != 0;
	if (other.record.generation > l->record.generation) {
		*l = other;
		s->in = 1;
	}
	s->record = l->record;
}

/*
 * The record once more where it stands, as the next pair, two generations a
 * pair on: ahead of whatever was torn in the other area. By its place alone,
 * so that a second attempt at the same place writes the same bytes, whichever
 * of the pairs before could be read. There is no room for it only after a cut
 * in this very write for every pair but the first.
 */
static enum rc
again(struct records *s, const struct look *l)
{
	const struct boot_area *a = &s->area[s->in];
	struct record r = s->record;
	enum rc rc;

	if ((l->free + 1) * PAIR_SIZE > a->size ||
	    r.generation > UINT32_MAX - 2 * l->free)
		return RC_OK;
	r.generation += 2 * (l->free - l->pair);
	rc = pair_write(s, a, l->free, &r);
	if (rc == RC_OK)
		s->record = r;
	return rc;
}

enum rc
records_open(struct records *s, const struct boot_flash *flash,
    const struct boot_area area[static 2])
{
	struct look l;
	enum rc rc;
	bool older;

	find(s, &l, &older, flash, area);
	if (l.record.generation == 0)
		return RC_RECORD;
	if (l.whole && older)
		return RC_OK;
	/* Torn itself, perhaps; or the other area seems blank or broken, and
	 * the next generation may have been torn there and read well the next
	 * time, when this one has been acted on. First it is outranked from
	 * here, then erased: its erasure may be cut too. */
	rc = again(s, &l);
	return rc == RC_OK && !older ? records_put(s, &s->record) : rc;
}

enum rc
records_peek(struct records *s, const struct boot_flash *flash,
    const struct boot_area area[static 2])
{
	struct look l;
	bool older;

	find(s, &l, &older, flash, area);
	return l.record.generation != 0 ? RC_OK : RC_RECORD;
}

enum rc
records_put(struct records *s, const struct record *next)
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
