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

/*
 * Of its signers a text keeps those that are new, by vkey: these sign it, and
 * nothing else is asked of its signers from here on. How many.
 */
static APART unsigned
signers_introduced(struct trust *next, const struct trust *held)
{
	unsigned i, j, n = 0;

	for (i = 0; i < next->signer_n; i++) {
		const uint8_t *vkey = trust_vkey_at(next, i);

		j = held->signer_n;
		while (j > 0 && !policy_same(trust_vkey_at(held, j - 1), vkey))
			j--;
		if (j == 0)
			next->signer_at[n++] = next->signer_at[i];
	}
	next->signer_n = (uint8_t)n;
	return n;
}

/* The first line is there: a text for the page? Its kind is read to the end
 * with the rest of it. */
static enum rc
kind_decide(struct verify *v)
{
	const struct verify_device *d = v->device;

	if (v->u.text[8] != 't')
		return RC_KIND;
	if (d->page == NULL || d->page_n < v->text_n)
		return RC_PAGE;
	v->out.kind = VERIFIED_TRUST;
	v->room = d->page_n;
	memcpy(d->page, v->u.text, v->text_n);
	return RC_MORE;
}

static enum rc
text_decide(struct verify *v, struct trust *next)
{
	const struct trust *held = v->trust;
	enum rc rc = trust_read_device(next, v->device->page, v->text_n);

	if (rc != RC_OK)
		return rc;
	if (!policy_same(trust_name_at(v->device->page),
		trust_name_at(held->page)))
		return RC_AUTHORITY;
	if (next->epoch - held->epoch > 1) /* or less */
		return RC_EPOCH;
	if (next->revision - held->revision != 1) /* none is 0 */
		return RC_REVISION;
	if (memcmp(next->id, held->id, 32) != 0) /* `previous` */
		return RC_PREVIOUS;
	v->introduced = signers_introduced(next, held);
	v->out.epoch = next->epoch;
	v->out.revision = next->revision;
	v->out.page_n = v->text_n;
	return RC_MORE;
}

/* Roots of the text before, then its own, then introduced signers. */
static enum rc
line_decide(struct verify *v)
{
	enum rc rc = verify_line_by(v, (enum verify_mask)LIST_ROOTS);

	if (rc == RC_MORE)
		rc = verify_line_by(v, MASK_NEW_ROOTS);
	if (rc == RC_MORE)
		rc = verify_line_by(v, MASK_NEW_SIGNERS);
	return rc;
}

/* The roots of the text held satisfy its quorum. */
static enum rc
quorum_decide(const struct verify *v, const struct trust *next, unsigned pass)
{
	if (!trust_satisfied(next, TREE_ROOTS, v->mask[MASK_NEW_ROOTS][pass]))
		return RC_ROOT_QUORUM;
	return verify_bits(v->mask[MASK_NEW_SIGNERS][pass]) == v->introduced
		   ? RC_MORE
		   : RC_INTRODUCED;
}

/* No proof follows: by hand, with a person, or not at all. */
static enum rc
alone_decide(struct verify *v)
{
	if (v->device->person != VERIFY_PERSON || v->trust->recover == 0)
		return RC_PERSON;
	if (v->out.signers < v->trust->recover)
		return RC_ROOT_QUORUM;
	v->out.recovered = true;
	return RC_MORE;
}

enum rc
verify_hop(struct verify *v, unsigned what, unsigned pass)
{
	struct trust *next = &v->u.next; /* once: it lies far */

	if (what == HOP_KIND)
		return kind_decide(v);
	if (what == HOP_TEXT)
		return text_decide(v, next);
	if (what == HOP_LINE)
		return line_decide(v);
	if (what == HOP_QUORUM)
		return quorum_decide(v, next, pass);
	return alone_decide(v);
}
