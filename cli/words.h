/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H
#include "host/text.h"
#include "verify/trust.h"

/* Texts in plain words. Pure: bytes in, words out. */

/* A quorum tree: "any 2 of alice, bob and carol". */
void words_policy(struct text *out, const struct policy *p);
/* The children of a group, leaves first, as nodes; how many. */
unsigned words_members(
    const struct policy *p, unsigned group, uint8_t nodes[static 160]);
/*
 * The same by the names of its groups: "any 2 of carol (IS), swiss and brazil;
 * swiss needs any one of alice (CH) and bob (CH); brazil needs both dana (BR)
 * and emil (BR)". label gives a leaf's, `-` or empty is not said.
 */
void words_needs(struct text *out, const struct policy *p,
    struct slice (*label)(const void *context, unsigned leaf),
    const void *context);
/* A tree of a trust text. */
void words_tree(struct text *out, const struct trust *t, enum trust_tree which);

/* Whose lines stand under a trust text already: bits of lists. */
struct words_have {
	uint32_t before; /* roots of the text before */
	uint32_t roots, signers;
};
/* Whose lines it wants besides, a line each; nothing when all are there.
 * before is NULL for a first text. */
void words_wanted(struct text *out, const struct trust *t,
    const struct trust *before, const struct words_have *have);

/*
 * What signing this text permits, in lines of sentences. Takes release,
 * withdraw, trust, owner, objection, party and roster texts, and refuses
 * what their host readers refuse: RC_KIND for another kind.
 */
enum { WORDS_RELEASE_MAX = 16384 }; /* of a release or withdraw, its NUL too */
enum rc words_text(struct text *out, const uint8_t *text, size_t n)
    __attribute__((warn_unused_result));
#endif
