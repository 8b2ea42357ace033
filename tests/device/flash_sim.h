/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A NOR flash on the host whose power can go at any instant: before an
 * operation, after it, or inside it, when only a part has happened. What was
 * torn need not read the same twice:
 *
 *   STEADY   it reads as it was left, always
 *   BITS     each bit that was to change reads as it likes, at every read
 *   COIN     at every read all of it is as before, or all of it as after
 *   TURNS    whole in one power cycle and not begun in the next, in turn
 *
 * TURNS and COIN are worse than any flash: a torn write that passes every
 * check once. A completed erasure heals, and nothing else does. The rules of
 * NOR are held: a breach ends the program.
 */
#ifndef TESTS_DEVICE_FLASH_SIM_H
#define TESTS_DEVICE_FLASH_SIM_H
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "verify/boot/flash.h"

enum { SIM_BYTES = 1 << 16 };
enum sim_tear { STEADY = 1, BITS, COIN, TURNS, TURNS_OTHER };
enum sim_cut { CUT_NONE, CUT_BEFORE, CUT_AFTER, CUT_INSIDE };
enum sim_part { PART_PREFIX, PART_SUFFIX, PART_RANDOM };

/* Where the power goes, and how. */
struct sim_fate {
	uint32_t op; /* the op-th operation from now, from 1; 0: never */
	enum sim_cut cut;
	enum sim_part part;
	enum sim_tear tear;
	uint32_t done; /* of PART_PREFIX and _SUFFIX: bytes that changed */
};

struct sim {
	uint8_t now[SIM_BYTES];   /* as it reads; of torn bytes: as after */
	uint8_t was[SIM_BYTES];   /* of torn bytes: as before */
	uint8_t tear[SIM_BYTES];  /* enum sim_tear, or 0 */
	uint8_t dirty[SIM_BYTES]; /* programming began since an erasure */
	uint8_t want[SIM_BYTES];  /* what a torn programming was to write */
	uint32_t sector, unit;
	uint32_t locked_from, locked_to; /* while locked */
	bool locked, torn; /* torn: something, somewhere, at some time */
	uint32_t cycle; /* power cycles so far */
	uint64_t random;
	struct sim_fate fate;
	uint32_t ops, op_n, op_bytes; /* of the last operation: how long */
	unsigned long erased, programmed, repeated;
	jmp_buf off; /* where the power goes to */
};

static inline uint32_t
sim_draw(struct sim *s, uint32_t below)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return (uint32_t)(s->random >> 16) % below;
}

static inline void
sim_breach(const struct sim *s, const char *what, uint32_t at)
{
	fprintf(stderr, "flash: %s at %#x (operation %u)\n", what, at, s->ops);
	abort();
}

static inline enum rc
sim_read(void *context, uint32_t at, uint8_t *to, size_t n)
{
	struct sim *s = context;
	bool coin = sim_draw(s, 2) != 0;
	size_t i;

	if (at > SIM_BYTES || n > SIM_BYTES - at)
		sim_breach(s, "read outside", at);
	if (!s->torn) {
		memcpy(to, s->now + at, n);
		return RC_OK;
	}
	for (i = 0; i < n; i++) {
		uint8_t now = s->now[at + i], was = s->was[at + i];

		switch (s->tear[at + i]) {
		case BITS:
			to[i] = (uint8_t)(was ^
			    ((was ^ now) & sim_draw(s, 256)));
			break;
		case COIN:
			to[i] = coin ? now : was;
			break;
		case TURNS:
			to[i] = s->cycle & 1 ? now : was;
			break;
		case TURNS_OTHER:
			to[i] = s->cycle & 1 ? was : now;
			break;
		default:
			to[i] = now;
		}
	}
	return RC_OK;
}

/* One byte on its way from what it is to what it is to be, and no further. */
static inline void
sim_tear_byte(struct sim *s, uint32_t at, uint8_t to, uint32_t i, uint32_t n)
{
	const struct sim_fate *f = &s->fate;
	uint8_t was = s->now[at], after = to;

	s->torn = true;
	if ((f->part == PART_PREFIX && i > f->done) ||
	    (f->part == PART_SUFFIX && n - 1 - i > f->done))
		return; /* not reached: as it was */
	if ((f->part == PART_PREFIX && i < f->done) ||
	    (f->part == PART_SUFFIX && n - 1 - i < f->done)) {
		/* reached; but what a tear makes of it may hold for all */
		if (f->tear == STEADY || f->tear == BITS) {
			s->now[at] = to;
			s->tear[at] = 0;
			return;
		}
	} else if (f->tear == STEADY) { /* the byte in which it happened */
		after = (uint8_t)(was ^ ((was ^ to) & sim_draw(s, 256)));
	}
	if (f->part == PART_RANDOM && f->tear == STEADY)
		was = after;
	if (s->tear[at] != 0) /* torn already: what it was stays possible */
		was = (uint8_t)(s->was[at]);
	s->now[at] = after;
	s->was[at] = was;
	s->tear[at] = after == was ? 0 : (uint8_t)f->tear;
	if (f->tear == STEADY)
		s->tear[at] = 0;
}

/* Whether this operation is the one; the power goes here if it is before. */
static inline bool
sim_turn(struct sim *s, size_t n)
{
	s->ops++;
	s->op_bytes = (uint32_t)n;
	if (s->fate.op == 0 || --s->fate.op != 0)
		return false;
	if (s->fate.cut == CUT_BEFORE)
		longjmp(s->off, 1);
	return true;
}

static inline void
sim_check_lock(const struct sim *s, uint32_t at, size_t n)
{
	if (s->locked && at < s->locked_to && at + n > s->locked_from)
		sim_breach(s, "write to a locked area", at);
}

static inline enum rc
sim_erase(void *context, uint32_t at, size_t n)
{
	struct sim *s = context;
	bool cut = sim_turn(s, n);
	uint32_t i;

	if (at > SIM_BYTES || n > SIM_BYTES - at || n == 0 ||
	    at % s->sector != 0 || n % s->sector != 0)
		sim_breach(s, "erasure of no sector", at);
	sim_check_lock(s, at, n);
	memset(s->dirty + at, 1, n);
	if (cut && s->fate.cut == CUT_INSIDE) {
		for (i = 0; i < n; i++)
			sim_tear_byte(s, at + i, 0xff, i, (uint32_t)n);
		longjmp(s->off, 1);
	}
	memset(s->now + at, 0xff, n);
	memset(s->tear + at, 0, n);
	memset(s->dirty + at, 0, n);
	memset(s->want + at, 0xff, n);
	s->erased++;
	if (cut)
		longjmp(s->off, 1);
	return RC_OK;
}

/*
 * A unit is programmed once. The one exception that the core asks for: the
 * same bytes again into a unit whose first programming was torn and that
 * reads as blank (counted in `repeated`).
 */
static inline enum rc
sim_program(void *context, uint32_t at, const uint8_t *from, size_t n)
{
	struct sim *s = context;
	bool cut = sim_turn(s, n), again = false;
	uint32_t i;

	if (at > SIM_BYTES || n > SIM_BYTES - at || n == 0 ||
	    at % s->unit != 0 || n % s->unit != 0)
		sim_breach(s, "programming of no unit", at);
	sim_check_lock(s, at, n);
	for (i = 0; i < n; i++) {
		if (s->dirty[at + i] && s->want[at + i] != from[i])
			sim_breach(s, "a unit programmed twice", at + i);
		again |= s->dirty[at + i] != 0;
	}
	s->repeated += again;
	memset(s->dirty + at, 1, n);
	memcpy(s->want + at, from, n);
	if (cut && s->fate.cut == CUT_INSIDE) {
		for (i = 0; i < n; i++)
			sim_tear_byte(s, at + i, s->now[at + i] & from[i], i,
			    (uint32_t)n);
		longjmp(s->off, 1);
	}
	for (i = 0; i < n; i++) {
		s->now[at + i] &= from[i];
		s->tear[at + i] = 0;
	}
	s->programmed++;
	if (cut)
		longjmp(s->off, 1);
	return RC_OK;
}

static inline enum rc
sim_lock(void *context)
{
	((struct sim *)context)->locked = true;
	return RC_OK;
}

/* Power comes back. */
static inline void
sim_on(struct sim *s)
{
	s->locked = false;
	s->cycle++;
}

static inline void
sim_init(struct sim *s, uint32_t sector, uint32_t unit, uint64_t seed)
{
	memset(s, 0, sizeof *s);
	memset(s->now, 0xff, sizeof s->now);
	memset(s->want, 0xff, sizeof s->want);
	s->sector = sector;
	s->unit = unit;
	s->random = seed * 0x9e3779b97f4a7c15u + 1;
}

static inline struct boot_flash
sim_flash(struct sim *s)
{
	return (struct boot_flash){.read = sim_read,
	    .erase = sim_erase,
	    .program = sim_program,
	    .lock = sim_lock,
	    .context = s,
	    .unit = (uint16_t)s->unit};
}
#endif
