/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry points for Frama-C's Eva (eva.sh says what is shown). Each gives a
 * public function of verify/ every input that its header allows: a buffer
 * that ends exactly where it may no longer be read, of any length up to the
 * ceiling, with any bytes. Nothing else is assumed: no admit, no function
 * without a body.
 */
#include <string.h>
#include "__fc_builtin.h"
#include "verify/merkle.h"
#include "verify/note.h"
#include "verify/policy.h"
#include "verify/record.h"

/* The largest slice that a field's reader is given below. */
#ifndef FIELD_MAX
#define FIELD_MAX 130
#endif
#ifndef NOTE_MAX
#define NOTE_MAX 24
#endif

static uint8_t field[FIELD_MAX];

static void
any(void *p, size_t n)
{
	Frama_C_make_unknown((char *)p, n);
}

void eva_fields(void);
void eva_merkle(void);
void eva_sigline(void);
void eva_policy(void);
void eva_note(void);
void eva_record(void);

/* ---- one field, of each length ---------------------------------------- */

void
eva_fields(void)
{
	uint8_t out[64];
	uint64_t number;
	size_t n;

	/*@ loop unroll FIELD_MAX + 1; */
	for (n = 0; n <= FIELD_MAX; n++) {
		struct slice s = {field + FIELD_MAX - n, n};

		any(field, sizeof field);
		(void)slice_decimal(s, UINT64_MAX, &number);
		(void)slice_name(s);
		(void)slice_foreign(s);
		(void)slice_label(s);
		(void)slice_hex(s, out, 32);
		(void)slice_base64(s, out, 32);
	}
}

/* ---- the two hashes' users: paths of each length ---------------------- */

void
eva_merkle(void)
{
	static uint8_t path[32 * MERKLE_DEPTH_MAX];
	uint8_t root[32], leaf[32];
	uint64_t index, size;
	unsigned n;

	any(leaf, sizeof leaf);
	any(path, sizeof path);
	any(&index, sizeof index);
	any(&size, sizeof size);
	/*@ loop unroll MERKLE_DEPTH_MAX + 1; */
	for (n = 0; n <= MERKLE_DEPTH_MAX; n++) {
		const uint8_t *end = path + sizeof path;

		(void)merkle_root_from_path(
		    root, leaf, index, size, end - 32 * n, n);
		(void)merkle_consistency(
		    index, leaf, size, leaf, end - 32 * n, n);
	}
}

/* ---- signature lines: any bytes, as many as anybody likes ------------- */

void
eva_sigline(void)
{
	struct sigline l;
	uint8_t byte;

	sigline_init(&l);
	while (Frama_C_nondet(0, 1)) {
		any(&byte, 1);
		(void)sigline_feed(&l, byte);
	}
}

/* ---- a whole note, of each length ------------------------------------- */

void
eva_note(void)
{
	static uint8_t bytes[NOTE_MAX];
	struct note note;
	size_t n, rest;

	/*@ loop unroll NOTE_MAX + 1; */
	for (n = 0; n <= NOTE_MAX; n++) {
		any(bytes, sizeof bytes);
		(void)note_split(&note, bytes + NOTE_MAX - n, n);
		(void)note_split_file(&note, &rest, bytes + NOTE_MAX - n, n);
	}
}

/* ---- the device's record ---------------------------------------------- */

void
eva_record(void)
{
	static uint8_t a[RECORD_SIZE], b[RECORD_SIZE];
	struct record r;

	any(a, sizeof a);
	any(b, sizeof b);
	if (record_pick(&r, a, b) == RC_OK)
		record_encode(a, &r);
}

/* ---- quorum trees ----------------------------------------------------- */

/* Whatever the arrays hold, also what no parser leaves in them. */
void
eva_policy(void)
{
	uint8_t parent[POLICY_NODES_MAX], group_k[POLICY_GROUPS_MAX];
	uint32_t mask[POLICY_LEAVES_MAX / 32];
	struct policy p;

	any(mask, sizeof mask);
	any(group_k, sizeof group_k);
	memset(&p, 0, sizeof p);
	p.parent = parent;
	p.groups = POLICY_GROUP;
	p.group_k = group_k;
	any(&p.root, 1);
	any(parent, sizeof parent);
	any(&p.leaf_n, sizeof p.leaf_n);
	any(&p.group_n, sizeof p.group_n);
	any(&p.group_from, sizeof p.group_from);
	if (p.leaf_n <= POLICY_LEAVES_MAX && p.group_n <= POLICY_GROUPS_MAX)
		(void)policy_satisfied(&p, mask);
}
