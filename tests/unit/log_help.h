/* SPDX-License-Identifier: Apache-2.0 */
/* What the suites of log/ share: keys from names, hex and base64 of vectors,
 * a tree in memory. */
#ifndef TESTS_UNIT_LOG_HELP_H
#define TESTS_UNIT_LOG_HELP_H
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "host/digest.h"
#include "host/rc_text.h"
#include "host/sign.h"
#include "host/text.h"
#include "log/cosign.h"
#include "log/tree.h"

#define ck_assert_rc(got, want)                                                \
	do {                                                                   \
		enum rc g_ = (got), w_ = (want);                               \
		ck_assert_msg(g_ == w_, "%s instead of %s: %s", rc_name(g_),   \
		    rc_name(w_), #got);                                        \
	} while (0)

#define S(literal) ((struct slice){(const uint8_t *)(literal), strlen(literal)})

static inline void
help_base64(uint8_t out[static 32], const char *s)
{
	ck_assert(slice_base64(S(s), out, 32));
}

static inline void
help_ck_sha256(const void *bytes, size_t n, const char *hex)
{
	char got[65];
	uint8_t d[32];
	struct text t;

	sha256_of(d, bytes, n);
	text_init(&t, got, sizeof got);
	text_hex(&t, d, 32);
	ck_assert_str_eq(got, hex);
}

/* A tree of leaf hashes, its nodes computed the slow way, by definition. */
enum { HELP_LEAVES_MAX = 2048 };
struct help_tree {
	uint8_t leaf[HELP_LEAVES_MAX][32];
	uint64_t asked_max; /* the highest entry that was asked about, + 1 */
};

/* Of n entries, release-0, release-1 ... */
static inline void
help_leaves(struct help_tree *t, unsigned n)
{
	char entry[32];
	struct text e;

	for (unsigned i = 0; i < n; i++) {
		text_init(&e, entry, sizeof entry);
		text_printf(&e, "release-%u", i);
		merkle_leaf(t->leaf[i], (uint8_t *)entry, e.n);
	}
}

static inline void
help_mth(uint8_t out[static 32], const struct help_tree *t, uint64_t lo,
    uint64_t hi)
{
	uint8_t left[32], right[32];
	uint64_t k = 1;

	if (hi - lo == 1) {
		memcpy(out, t->leaf[lo], 32);
		return;
	}
	if (hi == lo) {
		sha256_of(out, "", 0);
		return;
	}
	while (k * 2 < hi - lo)
		k *= 2;
	help_mth(left, t, lo, lo + k);
	help_mth(right, t, lo + k, hi);
	merkle_node(out, left, right);
}

static inline enum rc
help_node(void *context, unsigned level, uint64_t index, uint8_t out[32])
{
	struct help_tree *t = context;
	uint64_t end = (index + 1) << level;

	if (end > t->asked_max)
		t->asked_max = end;
	if (end > HELP_LEAVES_MAX)
		return RC_DATABASE;
	help_mth(out, t, index << level, end);
	return RC_OK;
}
#endif
