/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/believe.h"

#include <string.h>

/* Ed25519 keys sign the text as it is; nothing is written before it. */
static enum rc
line_check(const struct sigline *l, const struct vkey *k, const uint8_t *text,
    size_t n)
{
	uint64_t time;

	return sigline_verify(l, k, (uint8_t *)(uintptr_t)text, n, &time);
}

enum rc
lines_by(uint32_t *mask, const struct note *note, const struct trust *t,
    enum trust_list list, uint32_t among)
{
	struct sigline l;
	struct vkey k;
	unsigned i, j;
	enum rc rc;

	*mask = 0;
	for (i = 0; i < note->line_n; i++) {
		note_line(note, i, &l, NULL);
		for (j = 0; j < trust_count(t, list); j++) {
			if (!(among >> j & 1))
				continue;
			trust_key(&k, t, list, j);
			if (!sigline_by(&l, &k))
				continue;
			if (*mask >> j & 1)
				return RC_SIGLINE_REPEATED;
			rc = line_check(&l, &k, note->bytes, note->text_n);
			if (rc != RC_OK)
				return rc;
			*mask |= (uint32_t)1 << j;
		}
	}
	return RC_OK;
}

/* ---- trust texts ------------------------------------------------------ */

struct slice
trust_leaf(const struct trust *t, enum trust_list list, unsigned index)
{
	struct vkey k;

	switch (list) {
	case LIST_SIGNERS:
		return policy_name(t->page, t->signer_at[index]);
	case LIST_ROOTS:
		return policy_name(t->page, t->root_at[index]);
	case LIST_COSIGNERS:
		return policy_name(t->page, t->cosigner_at[index]);
	default:
		trust_key(&k, t, LIST_LOGS, index);
		return k.name;
	}
}

struct slice
trust_label(const struct trust *t, enum trust_list list, unsigned index)
{
	struct vkey k;
	const uint8_t *p;

	trust_key(&k, t, list, index);
	p = k.name.p + k.name.n + 54 + 1; /* past the key and a space */
	return policy_name(t->page, (uint16_t)(p - t->page));
}

static bool
key_same(const struct vkey *a, const struct vkey *b)
{
	return a->type == b->type && slice_equal(a->name, b->name) &&
	       memcmp(a->key, b->key, 32) == 0;
}

uint32_t
trust_introduced(const struct trust *t, const struct trust *before)
{
	uint32_t mask = 0;
	struct vkey a, b;
	unsigned i, j;

	for (i = 0; i < t->signer_n; i++) {
		bool known = false;

		trust_key(&a, t, LIST_SIGNERS, i);
		for (j = 0; before != NULL && j < before->signer_n; j++) {
			trust_key(&b, before, LIST_SIGNERS, j);
			known = known || key_same(&a, &b);
		}
		if (!known)
			mask |= (uint32_t)1 << i;
	}
	return mask;
}

/* Witnesses and mirrors share a list and differ in role. */
static unsigned
key_role(const struct trust *t, enum trust_list list, unsigned index)
{
	return list == LIST_COSIGNERS && trust_mirror(t, index)
		   ? LIST_LOGS + 1
		   : (unsigned)list;
}

enum rc
trust_roles_kept(const struct trust *t, const struct trust *before)
{
	struct vkey a, b;
	unsigned la, lb, i, j;

	for (la = LIST_SIGNERS; la <= LIST_LOGS; la++)
		for (i = 0; i < trust_count(t, (enum trust_list)la); i++) {
			trust_key(&a, t, (enum trust_list)la, i);
			for (lb = LIST_SIGNERS; lb <= LIST_LOGS; lb++)
				for (j = 0; j < trust_count(before,
						    (enum trust_list)lb);
				     j++) {
					trust_key(
					    &b, before, (enum trust_list)lb, j);
					if (memcmp(a.key, b.key, 32) == 0 &&
					    key_role(t, (enum trust_list)la,
						i) != key_role(before,
							  (enum trust_list)lb,
							  j))
						return RC_KEY_ROLE;
				}
		}
	return RC_OK;
}

static enum rc
trust_believe(const struct trust_file *f)
{
	uint32_t mask, all;
	enum rc rc;

	if (f->t.kind == TRUST_OWNER) {
		rc = lines_by(&mask, &f->note, &f->t, LIST_SIGNERS, UINT32_MAX);
		if (rc == RC_OK && !trust_satisfied(&f->t, TREE_SIGNERS, mask))
			rc = RC_QUORUM;
		return rc;
	}
	rc = lines_by(&mask, &f->note, &f->t, LIST_ROOTS, UINT32_MAX);
	if (rc == RC_OK && !trust_satisfied(&f->t, TREE_ROOTS, mask))
		rc = RC_ROOT_QUORUM;
	if (rc != RC_OK || f->t.revision > 1)
		return rc;
	all = trust_introduced(&f->t, NULL);
	rc = lines_by(&mask, &f->note, &f->t, LIST_SIGNERS, all);
	return rc == RC_OK && mask != all ? RC_INTRODUCED : rc;
}

enum rc
trust_file_take(struct trust_file *f, struct blob blob)
{
	enum rc rc;

	memset(f, 0, sizeof *f);
	f->blob = blob;
	if (!blob_is(&blob, "quorate/trust@v1") &&
	    !blob_is(&blob, "quorate/owner@v1"))
		return RC_KIND;
	rc = note_split_file(&f->note, &f->rest, blob.p, blob.n);
	if (rc == RC_OK && f->note.n < blob.n) {
		struct proof proof; /* not believed, but it is one */

		rc = f->rest == blob.n ? RC_TRUNCATED
				       : proof_read(&proof, blob.p + f->rest,
					     blob.n - f->rest);
	}
	if (rc == RC_OK)
		rc = trust_read(&f->t, blob.p, f->note.text_n, READER_HOST);
	return rc == RC_OK ? trust_believe(f) : rc;
}

enum rc
trust_file_load(struct trust_file *f, const char *path)
{
	struct blob b;

	blob_load(&b, path);
	return trust_file_take(f, b);
}

/* ---- proofs ----------------------------------------------------------- */

enum rc
proof_read(struct proof *p, const uint8_t *bytes, size_t n)
{
	struct slice rest = {bytes, n}, s;
	enum rc rc;

	memset(p, 0, sizeof *p);
	s = slice_line(&rest);
	if (!slice_is(s, "c2sp.org/tlog-proof@v1"))
		return RC_PROOF;
	s = slice_line(&rest);
	if (s.n < 7 || memcmp(s.p, "index ", 6) != 0)
		return RC_PROOF;
	s = (struct slice){s.p + 6, s.n - 6};
	if (!slice_decimal(s, ((uint64_t)1 << 53) - 1, &p->index))
		return RC_PROOF;
	while ((s = slice_line(&rest)).n > 0) {
		if (p->path_n == MERKLE_DEPTH_MAX)
			return RC_PROOF_DEPTH;
		if (!slice_base64(s, p->path + 32 * (size_t)p->path_n++, 32))
			return RC_PROOF;
	}
	rc = note_split(&p->head, rest.p, rest.n);
	if (rc == RC_OK && p->head.line_n > CHECKPOINT_SIGLINES_MAX)
		rc = RC_SIGLINES_MANY;
	return rc == RC_OK ? checkpoint_parse(
				 &p->checkpoint, rest.p, p->head.text_n, false)
			   : rc;
}

/* The lines of the checkpoint by keys of one list. */
static enum rc
head_lines(struct proof_facts *facts, const struct proof *p,
    const struct trust *t, enum trust_list list)
{
	uint8_t room[COSIGNATURE_HEAD_MAX + CHECKPOINT_TEXT_MAX];
	uint32_t *mask =
	    list == LIST_LOGS ? &facts->log_mask : &facts->cosigner_mask;
	struct sigline l;
	struct vkey k;
	uint64_t time = 0;
	unsigned i, j;
	enum rc rc;

	memcpy(room + COSIGNATURE_HEAD_MAX, p->head.bytes, p->head.text_n);
	for (i = 0; i < p->head.line_n; i++) {
		note_line(&p->head, i, &l, NULL);
		for (j = 0; j < trust_count(t, list); j++) {
			trust_key(&k, t, list, j);
			if (!sigline_by(&l, &k) ||
			    (list == LIST_LOGS &&
				!slice_equal(k.name, p->checkpoint.origin)))
				continue;
			if (*mask >> j & 1)
				return RC_SIGLINE_REPEATED;
			rc = sigline_verify(&l, &k, room + COSIGNATURE_HEAD_MAX,
			    p->head.text_n, &time);
			if (rc != RC_OK)
				return rc;
			*mask |= (uint32_t)1 << j;
			if (list == LIST_COSIGNERS)
				facts->cosigner_time[j] = time;
		}
	}
	return RC_OK;
}

static uint64_t
facts_time(const struct proof_facts *facts, const struct trust *t)
{
	uint64_t best = 0;
	unsigned i, j;

	for (i = 0; i < t->cosigner_n; i++) {
		uint32_t mask = 0;

		for (j = 0; j < t->cosigner_n; j++)
			if (facts->cosigner_mask >> j & 1 &&
			    facts->cosigner_time[j] >= facts->cosigner_time[i])
				mask |= (uint32_t)1 << j;
		if (facts->cosigner_mask >> i & 1 &&
		    facts->cosigner_time[i] > best &&
		    trust_satisfied(t, TREE_COSIGNERS, mask))
			best = facts->cosigner_time[i];
	}
	return best;
}

enum rc
proof_check(struct proof_facts *facts, const struct proof *p,
    const struct trust *t, const struct note *note)
{
	uint8_t leaf[32], root[32];
	enum rc rc;

	memset(facts, 0, sizeof *facts);
	rc = head_lines(facts, p, t, LIST_LOGS);
	if (rc == RC_OK)
		rc = head_lines(facts, p, t, LIST_COSIGNERS);
	if (rc != RC_OK)
		return rc;
	if (facts->log_mask == 0)
		return RC_LOG;
	if (!trust_satisfied(t, TREE_COSIGNERS, facts->cosigner_mask))
		return RC_WITNESS_QUORUM;
	facts->time = facts_time(facts, t);
	merkle_leaf(leaf, note->bytes, note->n);
	rc = merkle_root_from_path(
	    root, leaf, p->index, p->checkpoint.size, p->path, p->path_n);
	if (rc == RC_OK && memcmp(root, p->checkpoint.root, 32) != 0)
		rc = RC_INCLUSION;
	return rc;
}
