/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_ADMISSION_INSIDE_H
#define LOG_ADMISSION_INSIDE_H
#include "log/admission.h"

/*
 * What the files of admission share: the rules, which only the table in
 * admission.c calls, and the few helpers that rules of two files use. A rule
 * answers RC_OK or its refusal, with a sentence in a->why where the result
 * alone says too little; it counts on the rules before it.
 */
#define RELEASES (ADMISSION_RELEASE | ADMISSION_WITHDRAW)
#define CHAINED (ADMISSION_TRUST | ADMISSION_ROSTER)
#define ALL (RELEASES | CHAINED | ADMISSION_OBJECTION)

#define SLICE(s) (int)(s).n, (const char *)(s).p

/* admission_note.c */
enum rc rule_note(struct admission *a);
enum rc rule_kind(struct admission *a);
enum rc rule_grammar(struct admission *a);
enum rc rule_keys(struct admission *a);
/* A line of a trust text that a device's struct does not keep, found by
 * walking: RC_MORE when there is none. And its number, then 0. */
enum rc trust_line(const struct trust *t, unsigned rule, struct line *out)
    __attribute__((warn_unused_result));
enum rc trust_line_number(const struct trust *t, unsigned rule, uint64_t *out)
    __attribute__((warn_unused_result));

/* admission_chain.c */
enum rc rule_authority(struct admission *a);
enum rc rule_epoch(struct admission *a);
enum rc rule_chain(struct admission *a);
enum rc rule_home(struct admission *a);
enum rc rule_text_max(struct admission *a);
bool vkey_equal(const struct vkey *a, const struct vkey *b);

/* admission_lines.c */
enum rc rule_signers(struct admission *a);
enum rc rule_rosters(struct admission *a);
enum rc rule_parties(struct admission *a);
enum rc rule_roots_before(struct admission *a);
enum rc rule_roots_own(struct admission *a);
enum rc rule_introduced(struct admission *a);
enum rc rule_roster_lines(struct admission *a);
enum rc rule_roster_before(struct admission *a);
enum rc rule_objector(struct admission *a);
enum rc rule_strangers(struct admission *a);
enum rc rule_order(struct admission *a);
/* All keys of a list whose bits are in `among`; *mask says who has a line. */
enum rc list_claim(struct admission *a, const struct trust *t,
    enum trust_list list, uint32_t among, unsigned place, uint32_t *mask)
    __attribute__((warn_unused_result));

/* admission_held.c */
enum rc rule_age(struct admission *a);
enum rc rule_sequence(struct admission *a);
enum rc rule_floor(struct admission *a);
enum rc rule_same_epoch(struct admission *a);
enum rc rule_roles(struct admission *a);
enum rc rule_mirror(struct admission *a);
enum rc rule_witnesses(struct admission *a);
enum rc rule_many(struct admission *a);
#endif
