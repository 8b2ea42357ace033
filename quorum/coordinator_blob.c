/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bytes the open texts name, and which of them are wanted. Nobody may
 * leave bytes here that no open text names: so what is here is bounded by
 * what may be proposed.
 */
#include "quorum/coordinator.h"
#include <string.h>
#include "quorum/coordinator_parts.h"

/* The digest that a line names, if it does; whether with a size. */
static bool
line_digest(const struct line *l, uint8_t digest[static 32], uint64_t *size,
    bool *exact)
{
	struct slice hex = {NULL, 0};

	*exact = false;
	*size = COORD_BLOB_SMALL_MAX;
	switch (l->rule) {
	case RELEASE_RULE_PAYLOAD:
	case RELEASE_RULE_DELTA:
		hex = l->field[l->field_n - 1];
		*size = l->number[0];
		*exact = true;
		break;
	case RELEASE_RULE_ATTEST:
		hex = l->field[1];
		break;
	case RELEASE_RULE_NOTES:
		hex = l->field[0];
		break;
	default:
		break;
	}
	return hex.n == 64 && slice_hex(hex, digest, 32);
}

static bool
text_walk(struct walk *w, const struct coord_proposal *p)
{
	return p->used && p->work == COORD_RELEASE && !p->release.withdraw &&
	    p->state == COORD_OPEN &&
	    walk_init(w, p->note, p->text_n, "quorate/release@v1",
		release_rules, release_rule_n, READER_HOST) == RC_OK;
}

static bool
text_names(const struct coord_proposal *p, uint64_t *size, bool *exact,
    const uint8_t sha256[static 32])
{
	uint8_t digest[32];
	struct walk w;
	struct line l;

	if (!text_walk(&w, p))
		return false;
	while (line_next(&w, &l) == RC_OK)
		if (line_digest(&l, digest, size, exact) &&
		    memcmp(digest, sha256, 32) == 0)
			return true;
	return false;
}

bool
coordinator_names(const struct coordinator *c, uint64_t *size, bool *exact,
    const uint8_t sha256[static 32])
{
	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++)
		if (text_names(&c->proposal[i], size, exact, sha256))
			return true;
	return false;
}

unsigned
coordinator_named(const struct coordinator *c, uint8_t sha256[][32])
{
	unsigned n = 0;
	uint64_t size;
	bool exact;

	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++) {
		struct walk w;
		struct line l;

		if (!text_walk(&w, &c->proposal[i]))
			continue;
		while (n < COORD_NAMED_MAX && line_next(&w, &l) == RC_OK)
			n += line_digest(&l, sha256[n], &size, &exact);
	}
	return n;
}

/* Into its place among the others, or out of it. */
static bool
want_set(struct coord_proposal *p, const uint8_t sha256[static 32], bool want)
{
	unsigned i = 0;
	bool there;

	while (i < p->want_n && memcmp(p->want[i], sha256, 32) < 0)
		i++;
	there = i < p->want_n && memcmp(p->want[i], sha256, 32) == 0;
	if (there == want || (want && p->want_n == COORD_WANTS_MAX))
		return false;
	if (want) {
		memmove(p->want[i + 1], p->want[i], (p->want_n - i) * 32);
		memcpy(p->want[i], sha256, 32);
		p->want_n++;
	} else {
		p->want_n--;
		memmove(p->want[i], p->want[i + 1], (p->want_n - i) * 32);
	}
	/* not coord_touch: a change that is not stored; a later run begins
	 * above every number of this one */
	p->change++;
	return true;
}

bool
coordinator_want(
    struct coordinator *c, const uint8_t sha256[static 32], bool want)
{
	bool changed = false, exact;
	uint64_t size;

	for (unsigned i = 0; i < COORD_PROPOSALS_MAX; i++)
		if (text_names(&c->proposal[i], &size, &exact, sha256) &&
		    want_set(&c->proposal[i], sha256, want))
			changed = true;
	return changed;
}
