/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the log hands out: a checkpoint with cosignatures, and complete files,
 * note and proof, under it. All files of one authority under one head end in
 * the same bytes, which are made once.
 */
#include "log/serve.h"

#include <stdlib.h>
#include <string.h>

/* ---- checkpoints ------------------------------------------------------ */

enum rc
cosigned_read(struct cosigned *c, const struct log_setup *setup,
    const uint8_t *bytes, size_t n)
{
	struct checkpoint head;
	struct note note;
	uint64_t none;
	unsigned i;
	enum rc rc = note_split(&note, bytes, n);

	memset(c, 0, sizeof *c);
	if (rc == RC_OK)
		rc = checkpoint_parse(&head, bytes, note.text_n, false);
	for (i = 0; rc == RC_OK && i < setup_key_n(setup); i++) {
		rc = checkpoint_line_by(c->log_blob[i], &none, &note,
		    setup_key(setup, i));
		if (rc == RC_OK)
			c->log_mask |= 1u << i;
		else if (rc == RC_MORE)
			rc = RC_OK;
	}
	if (rc == RC_OK && c->log_mask == 0)
		rc = RC_LOG;
	for (i = 0; rc == RC_OK && i < setup->witness_n; i++) {
		rc = checkpoint_line_by(c->blob[i], &c->time[i], &note,
		    &setup->witness[i].key);
		if (rc == RC_OK)
			c->mask |= (uint32_t)1 << i;
		else if (rc == RC_MORE)
			rc = RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	c->size = head.size;
	memcpy(c->root, head.root, 32);
	c->text_n = note.text_n;
	memcpy(c->text, bytes, note.text_n);
	return RC_OK;
}

static bool
witness_index(const struct log_setup *setup, const struct vkey *k, unsigned *i)
{
	for (*i = 0; *i < setup->witness_n; (*i)++) {
		const struct vkey *w = &setup->witness[*i].key;

		if (memcmp(w->key, k->key, 32) == 0 &&
		    slice_equal(w->name, k->name))
			return true;
	}
	return false;
}

bool
cosigned_satisfies(const struct cosigned *c, const struct log_setup *setup,
    const struct trust *t)
{
	uint32_t mask = 0;
	struct vkey k;
	unsigned i, w;

	for (i = 0; i < t->cosigner_n; i++) {
		trust_key(&k, t, LIST_COSIGNERS, i);
		if (witness_index(setup, &k, &w) && (c->mask >> w & 1))
			mask |= (uint32_t)1 << i;
	}
	return trust_satisfied(t, TREE_COSIGNERS, mask);
}

void
cosigned_own_lines(struct text *out, const struct cosigned *c,
    const struct log_setup *setup)
{
	unsigned i;

	for (i = 0; i < setup_key_n(setup); i++)
		if (c->log_mask >> i & 1)
			sigline_text(out, setup_key(setup, i)->name,
			    c->log_blob[i], SIG_ED25519_BYTES);
}

void
cosigned_text(struct text *out, const struct cosigned *c,
    const struct log_setup *setup, const struct trust *const *t, unsigned t_n)
{
	uint32_t left = c->mask;
	struct vkey k;
	unsigned i, j, w;

	text_put(out, c->text, c->text_n);
	text_string(out, "\n");
	cosigned_own_lines(out, c, setup);
	for (j = 0; j < t_n; j++)
		for (i = 0; i < t[j]->cosigner_n; i++) {
			trust_key(&k, t[j], LIST_COSIGNERS, i);
			if (!witness_index(setup, &k, &w) || !(left >> w & 1))
				continue;
			left &= ~((uint32_t)1 << w);
			sigline_text(out, k.name, c->blob[w],
			    SIG_COSIGNATURE_BYTES);
		}
	for (w = 0; t_n == 0 && w < setup->witness_n; w++)
		if (left >> w & 1)
			sigline_text(out, setup->witness[w].key.name,
			    c->blob[w], SIG_COSIGNATURE_BYTES);
}

/* ---- files ------------------------------------------------------------ */

/*
 * The trust texts that readers of the entry may hold: the one that checks
 * it, and for all but trust texts the one in force now. RC_MORE unless one
 * of them is satisfied.
 */
static enum rc
entry_readers(struct log_reader *r, const struct log_setup *setup,
    const struct trust *t[2], unsigned *n)
{
	const struct cosigned *c = &r->cosigned;
	uint64_t now = r->entry.trust;
	bool satisfied;
	enum rc rc = RC_OK;

	*n = 1;
	if (r->entry.kind != ADMISSION_TRUST)
		rc = store_force_of(r->store, r->entry.trust, c->size, &now);
	if (rc == RC_OK)
		rc = store_trust(r->store, now, &t[0]);
	if (rc != RC_OK)
		return rc;
	satisfied = cosigned_satisfies(c, setup, t[0]);
	if (now != r->entry.trust) {
		*n = 2;
		rc = store_trust(r->store, r->entry.trust, &t[1]);
		if (rc == RC_OK)
			satisfied |= cosigned_satisfies(c, setup, t[1]);
	}
	return rc == RC_OK && !satisfied ? RC_MORE : rc;
}

static enum rc
file_stored(struct log_reader *r, uint64_t index, size_t *n)
{
	uint8_t *file;
	enum rc rc = store_trust_file(r->store, index, &file, n);

	if (rc != RC_OK)
		return rc;
	if (*n < sizeof r->file)
		memcpy(r->file, file, *n);
	else
		rc = RC_FILE_LONG;
	free(file);
	return rc;
}

/* How files under r->cosigned and the reader's entry's trust text end. */
static enum rc
tail_make(struct log_reader *r, const struct log_setup *setup)
{
	bool chained = r->entry.kind == ADMISSION_TRUST;
	const struct trust *t[2];
	struct text out;
	unsigned t_n;
	enum rc rc;

	if (r->tail_n > 0 && r->tail_trust == r->entry.trust &&
	    r->tail_chained == chained)
		return RC_OK;
	r->tail_n = 0;
	rc = entry_readers(r, setup, t, &t_n);
	if (rc != RC_OK)
		return rc;
	text_init(&out, r->tail, sizeof r->tail);
	cosigned_text(&out, &r->cosigned, setup, t, t_n);
	if (out.full)
		return RC_FILE_LONG;
	r->tail_trust = r->entry.trust;
	r->tail_chained = chained;
	r->tail_n = out.n;
	return RC_OK;
}

void
reader_head(struct log_reader *r, const struct cosigned *c)
{
	if (r->cosigned.size == c->size && r->cosigned.mask == c->mask &&
	    r->cosigned.log_mask == c->log_mask &&
	    memcmp(r->cosigned.time, c->time, sizeof c->time) == 0 &&
	    memcmp(r->cosigned.root, c->root, 32) == 0)
		return;
	r->cosigned = *c;
	r->tail_n = 0;
}

static enum rc
file_fresh(struct log_reader *r, const struct log_setup *setup,
    const uint8_t *note, size_t note_n, uint64_t index, size_t *n)
{
	uint8_t path[MERKLE_DEPTH_MAX * 32];
	struct tlog_source source = store_source(r->store);
	unsigned path_n;
	struct text out;
	enum rc rc = tail_make(r, setup);

	if (rc == RC_OK)
		rc = tlog_inclusion(path, &path_n, index, r->cosigned.size,
		    &source);
	if (rc != RC_OK)
		return rc;
	text_init(&out, r->file, sizeof r->file);
	text_put(&out, note, note_n);
	text_string(&out, "\n");
	proof_text(&out, index, path, path_n);
	text_put(&out, r->tail, r->tail_n);
	*n = out.n;
	return out.full ? RC_FILE_LONG : RC_OK;
}

enum rc
file_make(struct log_reader *r, const struct log_setup *setup, uint64_t index,
    size_t *n)
{
	enum rc rc;

	if (index >= r->cosigned.size)
		return RC_MORE;
	rc = store_entry(r->store, index, &r->entry);
	if (rc != RC_OK)
		return rc;
	if (r->entry.kind == ADMISSION_TRUST) {
		rc = file_stored(r, index, n); /* as it was made first */
		if (rc != RC_MORE)
			return rc;
	}
	return file_fresh(r, setup, r->entry.note, r->entry.note_n, index, n);
}

enum rc
file_make_fresh(struct log_reader *r, const struct log_setup *setup,
    const struct log_item *item, size_t *n)
{
	if (!item->fresh || item->a.kind == ADMISSION_TRUST)
		return file_make(r, setup, item->index, n);
	if (item->index >= r->cosigned.size)
		return RC_MORE;
	r->entry.kind = item->a.kind;
	r->entry.trust = item->trust;
	return file_fresh(r, setup, item->bytes, item->a.note.n, item->index,
	    n);
}
