/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_LINT_H
#define CLI_LINT_H
#include <stdbool.h>
#include "verify/trust.h"

/*
 * What a trust text should not permit, though devices would obey it (docs/
 * formats.md says what they do check). `quorate trust` refuses what
 * `refuses` says, `show` warns of everything.
 *
 *   a key that is no usable curve point                       refuses
 *   the owners of one jurisdiction, or one owner, suffice
 *     for a release, for a new trust text, or as witnesses    refuses; in
 *                                   an authority ending in /test: warns
 *   they can stop one of the three                            warns
 *   a satisfying witness set without a mirror                 refuses
 *   the owners of a minimal release set suffice as roots      refuses
 *   a page too large for a device's default                   warns
 *
 * Who owns a key is its name up to the first `/`. An owner belongs to every
 * jurisdiction that a label of one of its keys names. `before`, when not
 * NULL, is the text before: a key that changes its role refuses.
 */
enum { LINT_PAGE_BYTES = 2560 }; /* a device's default page */

/*
 * What a quorum along which shares lie should not permit, and what everybody
 * should know before they accept it. label is a leaf's jurisdiction.
 *
 *   one jurisdiction that can sign alone                      refuses
 *   a party without whom nobody signs, or a jurisdiction      warns
 *   how few can stop every signature, and how many such sets  says
 *   members of an `any` group, who hold equal values          warns
 *   a group of one member                                     warns
 */
void lint_quorum(const struct policy *p,
    struct slice (*label)(const void *context, unsigned leaf),
    const void *labels,
    void (*found)(void *context, bool refuses, const char *sentence),
    void *context);

/* Whether an authority is a test's: its name ends in /test. */
bool lint_is_test(struct slice name);

void lint_trust(const struct trust *t, const struct trust *before,
    void (*found)(void *context, bool refuses, const char *sentence),
    void *context);
#endif
