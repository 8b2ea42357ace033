/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/mem.h"
#include "verify/verify.h"

/*
 * What the decision needs for trust files, and for nothing else. verify.c
 * calls it through a pointer that verify_init sets: a device whose trust
 * never changes is linked without this file and without trust_parse.
 *
 * The text is collected in the device's page, and read into v->u.next, which
 * lies where a release's text would.
 */

/* Whether a signer of the text is new, by vkey. */
static bool
signer_new(const struct trust *held, struct slice vkey)
{
	unsigned i;

	for (i = 0; i < held->signer_n; i++)
		if (slice_equal(trust_vkey(held, LIST_SIGNERS, i), vkey))
			return false;
	return true;
}

/* The `previous` of a text that trust_read took: its fourth value. */
static bool
previous_is(const struct trust *t, const uint8_t id[static 32])
{
	const uint8_t *p = t->page;
	uint8_t previous[32];
	unsigned lines;

	for (lines = 0; lines < 4; p++)
		lines += *p == '\n';
	return slice_hex(policy_name(t->page,
			     (uint16_t)(p - t->page + 9)), /* previous SP */
		   previous, 32) &&
	       memcmp(previous, id, 32) == 0;
}

/* The first line is there: a text for the page? */
static enum rc
kind_decide(struct verify *v)
{
	const struct verify_device *d = v->device;

	if (memcmp(v->u.text, "quorate/trust@v1\n", 17) != 0)
		return RC_KIND;
	if (d->page == NULL || d->page_n < v->text_n)
		return RC_PAGE;
	v->out.kind = VERIFIED_TRUST;
	v->room = d->page_n;
	memcpy(d->page, v->u.text, v->text_n);
	return RC_MORE;
}

static enum rc
text_decide(struct verify *v)
{
	struct trust *next = &v->u.next;
	const struct trust *held = v->trust;
	unsigned i;
	enum rc rc = trust_read_device(next, v->device->page, v->text_n);

	if (rc != RC_OK)
		return rc;
	if (!slice_equal(trust_name(next), trust_name(held)))
		return RC_AUTHORITY;
	if (next->epoch < held->epoch || next->epoch - held->epoch > 1)
		return RC_EPOCH;
	if (held->revision == UINT32_MAX ||
	    next->revision != held->revision + 1)
		return RC_REVISION;
	if (!previous_is(next, held->id))
		return RC_PREVIOUS;
	v->introduced = 0;
	for (i = 0; i < next->signer_n; i++) {
		if (signer_new(held, trust_vkey(next, LIST_SIGNERS, i)))
			v->introduced |= (uint32_t)1 << i;
	}
	v->out.epoch = next->epoch;
	v->out.revision = next->revision;
	v->out.page_n = v->text_n;
	return RC_MORE;
}

/* Roots of the text before, then its own, then introduced signers. */
static enum rc
line_decide(struct verify *v)
{
	const struct trust *next = &v->u.next;
	enum rc rc = verify_line_by(v, v->trust, LIST_ROOTS, UINT32_MAX,
	    (enum verify_mask)LIST_ROOTS);

	if (rc == RC_MORE)
		rc = verify_line_by(
		    v, next, LIST_ROOTS, UINT32_MAX, MASK_NEW_ROOTS);
	if (rc == RC_MORE)
		rc = verify_line_by(
		    v, next, LIST_SIGNERS, v->introduced, MASK_NEW_SIGNERS);
	return rc;
}

static enum rc
quorum_decide(struct verify *v, unsigned pass)
{
	uint32_t roots = v->mask[LIST_ROOTS][pass];

	v->out.signers = verify_bits(roots);
	if (!trust_satisfied(v->trust, TREE_ROOTS, roots) ||
	    !trust_satisfied(
		&v->u.next, TREE_ROOTS, v->mask[MASK_NEW_ROOTS][pass]))
		return RC_ROOT_QUORUM;
	return v->mask[MASK_NEW_SIGNERS][pass] == v->introduced
		   ? RC_MORE
		   : RC_INTRODUCED;
}

/* No proof follows: by hand, with a person, or not at all. */
static enum rc
alone_decide(struct verify *v, unsigned pass)
{
	if (!v->device->person || v->trust->recover == 0)
		return RC_PERSON;
	if (verify_bits(v->mask[LIST_ROOTS][pass]) < v->trust->recover)
		return RC_ROOT_QUORUM;
	v->out.recovered = true;
	return RC_MORE;
}

enum rc
verify_hop(struct verify *v, unsigned what, unsigned pass)
{
	switch (what) {
	case HOP_KIND:
		return kind_decide(v);
	case HOP_TEXT:
		return text_decide(v);
	case HOP_LINE:
		return line_decide(v);
	case HOP_QUORUM:
		return quorum_decide(v, pass);
	default:
		return alone_decide(v, pass);
	}
}
