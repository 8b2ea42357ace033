/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of make_golden share. One authority of plain keys, `a`, and
 * one group of three parties; text, file, by and proof are rooms that each part
 * sets anew.
 */
#ifndef TESTS_VECTORS_GOLDEN_H
#define TESTS_VECTORS_GOLDEN_H
#include "quorum/bundle.h"
#include "quorum/ceremony.h"
#include "quorum/message.h"
#include "tests/unit/notes_help.h"

/* ---- make_golden.c ---- */

void put(const char *name, const void *b, size_t n);
void put_buf(const char *name, const struct buf *b);
/* A line of verdicts.txt; result: `ok` or a name of verify/rc.h. */
void verdict(const char *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Any file as `quorate verify` takes it beside firmware.bin. */
void release_verdict(
    const char *result, const char *name, const char *more);
void digest(uint8_t out[32], const char *label);
void stream(uint8_t *out, size_t n, const char *label);

enum { FIRMWARE_BYTES = 300 };

extern struct authority a;
extern uint8_t firmware[FIRMWARE_BYTES], boot[48];
extern struct buf trust, hop, text, file, other, release;
extern struct proof proof;
extern struct by by;

/* ---- golden_forged.c ---- */

void forged_files(void);
void other_files(void);

/* ---- golden_group.c ---- */

extern const char *const party_names[3];
extern struct key party[3];
extern uint8_t coefficient[2][32]; /* of the polynomial that shares the key */
extern struct point group_point, share[3];
extern struct key group;
extern struct ceremony_bundle ceremony;
extern char scratch[65536];
extern struct buf roster, group_trust, group_release;

/* A scalar of a label. */
void scalar_of(uint8_t out[32], const char *label);
void ceremony_files(void);
void group_files(void);
void rehearsal_files(void);
void curve_files(void);

/* ---- golden_protocol.c ---- */

void protocol_files(void);
void ceremony_messages(void);
#endif
