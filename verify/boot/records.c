/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/boot/records.h"
#include "verify/mem.h"
#include "verify/tick.h"

enum { PAIR_SIZE = 2 * RECORD_SIZE };

/*
 * What an area says. The record is kept as its bytes, which carry their check,
 * and is decoded when the choice is made: a value of this struct that was
 * stored at a wrong place is then no record, rather than another epoch in one.
 */
struct look {
	uint8_t bytes[RECORD_SIZE];
	uint32_t generation; /* 0: none */
	bool whole;          /* a valid first has a twin that was begun */
	uint32_t pair;       /* where it stands */
	uint32_t free;       /* the first pair that nothing was written to */
};

/* One of a pair, into s->bytes; false if it is blank. The generation is 0
 * unless it is a record. */
static bool
entry_read(uint32_t *generation, struct records *s, uint32_t at)
{
	const struct boot_flash *f = s->flash;

	VERIFY_TICK();
	*generation = 0;
	if (flash_is(f, at, NULL, RECORD_SIZE))
		return false;
	if (f->read(f->context, at, s->bytes, RECORD_SIZE) == RC_OK &&
	    record_decode(&s->record, s->bytes) == RC_OK)
		*generation = s->record.generation;
	return true;
}

static void
area_look(struct look *l, struct records *s, const struct boot_area *a)
{
	uint32_t pair, at, first, twin;
	bool begun, whole;

	memset(l, 0, sizeof *l);
	for (pair = 0; (pair + 1) * PAIR_SIZE <= a->size; pair++) {
		at = a->at + pair * PAIR_SIZE;
		begun = entry_read(&first, s, at);
		if (first > l->generation)
			memcpy(l->bytes, s->bytes, RECORD_SIZE);
		whole = entry_read(&twin, s, at + RECORD_SIZE);
		if (begun || whole)
			l->free = pair + 1;
		whole = whole && first != 0;
		if (twin > first) {
			first = twin;
			if (first > l->generation)
				memcpy(l->bytes, s->bytes, RECORD_SIZE);
		}
		if (first > l->generation) {
			l->generation = first;
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
	*older = l->generation != 0 && other.generation != 0;
	if (other.generation > l->generation) {
		*l = other;
		s->in = 1;
	}
	if (record_decode(&s->record, l->bytes) != RC_OK ||
	    s->record.generation != l->generation)
		l->generation = 0;
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
	if (l.generation == 0)
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
	return l.generation != 0 ? RC_OK : RC_RECORD;
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
