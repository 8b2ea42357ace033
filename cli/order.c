/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/order.h"

#include <string.h>

static void
put(struct order *order, const struct vkey *k)
{
	unsigned i;

	for (i = 0; i < order->n; i++)
		if (slice_equal(order->key[i].name, k->name) &&
		    memcmp(order->key[i].key, k->key, 32) == 0)
			return;
	if (order->n < ORDER_KEYS_MAX)
		order->key[order->n++] = *k;
}

static void
put_list(struct order *order, const struct trust *t, enum trust_list list,
    uint32_t among)
{
	struct vkey k;
	unsigned i;

	for (i = 0; i < trust_count(t, list); i++)
		if (among >> i & 1) {
			trust_key(&k, t, list, i);
			put(order, &k);
		}
}

static void
put_parties(struct order *order, const struct roster *r)
{
	uint8_t leaf[ROSTER_PARTIES_MAX];
	struct vkey k;
	unsigned i;

	roster_leaf_order(r, leaf);
	for (i = 0; i < r->party_n; i++) {
		roster_party_key(&k, r, leaf[i]);
		put(order, &k);
	}
}

/* Signers in trust order, then the parties of those that have a roster. */
static enum rc
order_release(struct order *order, const struct order_with *with)
{
	const struct trust *t = with->trust;
	struct vkey k;
	unsigned i, j;

	if (t == NULL)
		return RC_LINE_MISSING;
	put_list(order, t, LIST_SIGNERS, UINT32_MAX);
	for (i = 0; i < t->signer_n; i++) {
		trust_key(&k, t, LIST_SIGNERS, i);
		for (j = 0; j < with->roster_n; j++)
			if (memcmp(with->roster[j]->key.key, k.key, 32) == 0)
				put_parties(order, with->roster[j]);
	}
	return RC_OK;
}

static enum rc
order_trust(struct order *order, const uint8_t *text, size_t n,
    const struct order_with *with)
{
	const struct trust *before = with->previous;
	struct trust t;
	enum rc rc = trust_read(&t, text, n, READER_HOST);

	if (rc != RC_OK)
		return rc;
	if (t.revision > 1 && before == NULL)
		return RC_LINE_MISSING;
	if (t.kind == TRUST_OWNER) {
		if (before != NULL)
			put_list(order, before, LIST_SIGNERS, UINT32_MAX);
		put_list(order, &t, LIST_SIGNERS, UINT32_MAX);
		return RC_OK;
	}
	if (before != NULL)
		put_list(order, before, LIST_ROOTS, UINT32_MAX);
	put_list(order, &t, LIST_ROOTS, UINT32_MAX);
	put_list(order, &t, LIST_SIGNERS, trust_introduced(&t, before));
	return RC_OK;
}

static enum rc
order_roster(struct order *order, const uint8_t *text, size_t n,
    const struct order_with *with)
{
	struct roster r;
	enum rc rc = roster_parse(&r, text, n);

	if (rc != RC_OK)
		return rc;
	if (r.serial > 1 && with->roster_before == NULL)
		return RC_LINE_MISSING;
	put(order, &r.key);
	put_parties(order, &r);
	if (with->roster_before != NULL)
		put_parties(order, with->roster_before);
	return RC_OK;
}

enum rc
order_of(struct order *order, const uint8_t *text, size_t n,
    const struct order_with *with)
{
	struct blob b = {(uint8_t *)(uintptr_t)text, n}; /* only read */
	struct party_card c;
	enum rc rc;

	memset(order, 0, sizeof *order);
	if (blob_is(&b, "quorate/release@v1") ||
	    blob_is(&b, "quorate/withdraw@v1"))
		return order_release(order, with);
	if (blob_is(&b, "quorate/trust@v1") || blob_is(&b, "quorate/owner@v1"))
		return order_trust(order, text, n, with);
	if (blob_is(&b, "quorate/roster@v1"))
		return order_roster(order, text, n, with);
	if (!blob_is(&b, "quorate/party@v1"))
		return RC_KIND;
	rc = party_parse(&c, text, n);
	if (rc == RC_OK)
		put(order, &c.key);
	return rc;
}

/* ---- merging ---------------------------------------------------------- */

static bool
order_has(const struct order *order, const struct sigline *l)
{
	unsigned i;

	for (i = 0; i < order->n; i++)
		if (sigline_by(l, &order->key[i]))
			return true;
	return false;
}

/* The first line by a key, checked; the same line elsewhere is the same. */
static enum rc
put_line_by(struct text *out, unsigned *lines, const struct vkey *k,
    const struct note *notes, unsigned note_n)
{
	struct slice raw;
	struct sigline l;
	uint64_t time;
	unsigned i, j;
	bool done = false;
	enum rc rc;

	for (i = 0; i < note_n; i++)
		for (j = 0; j < notes[i].line_n; j++) {
			note_line(&notes[i], j, &l, &raw);
			if (!sigline_by(&l, k))
				continue;
			rc = sigline_verify(&l, k,
			    (uint8_t *)(uintptr_t)notes[i].bytes,
			    notes[i].text_n, &time);
			if (rc != RC_OK)
				return rc;
			if (!done) {
				text_put(out, raw.p, raw.n);
				++*lines;
			}
			done = true;
		}
	return RC_OK;
}

/* Without an order: every line once, in the order in which they come. */
static void
put_all(struct text *out, unsigned *lines, const struct note *notes,
    unsigned note_n)
{
	size_t from = out->n;
	struct slice raw;
	struct sigline l;
	unsigned i, j;

	for (i = 0; i < note_n; i++)
		for (j = 0; j < notes[i].line_n; j++) {
			note_line(&notes[i], j, &l, &raw);
			if (memmem(out->p + from, out->n - from, raw.p,
				raw.n) != NULL)
				continue;
			text_put(out, raw.p, raw.n);
			++*lines;
		}
}

enum rc
order_merge(struct text *out, unsigned *lines, struct sigline *stranger,
    const struct order *order, const struct note *notes, unsigned note_n)
{
	unsigned i, j;
	enum rc rc = RC_OK;

	*lines = 0;
	text_put(out, notes[0].bytes, notes[0].text_n + 1);
	for (i = 0; order != NULL && i < note_n; i++)
		for (j = 0; j < notes[i].line_n; j++) {
			note_line(&notes[i], j, stranger, NULL);
			if (!order_has(order, stranger))
				return RC_LOG_LINE;
		}
	if (order == NULL)
		put_all(out, lines, notes, note_n);
	for (i = 0; order != NULL && rc == RC_OK && i < order->n; i++)
		rc = put_line_by(out, lines, &order->key[i], notes, note_n);
	if (rc == RC_OK && (out->full || out->n > NOTE_BYTES_MAX))
		rc = RC_NOTE_LONG;
	return rc;
}
