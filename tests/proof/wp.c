/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door to the hash, for wp.sh. A backend has its pointers to itself and
 * writes no more than its state and its digest; what stands behind the door
 * is shown free of errors by eva.sh, or is another's.
 */
#include "verify/sha256.h"

/*@ requires \valid(s);
    assigns *s; */
void sha256_init(struct sha256 *s);
/*@ requires \valid(s) && \valid_read(bytes + (0 .. n - 1));
    assigns *s; */
void sha256_update(struct sha256 *s, const uint8_t *bytes, size_t n);
/*@ requires \valid(s) && \valid(out + (0 .. 31));
    assigns *s, out[0 .. 31]; */
void sha256_final(struct sha256 *s, uint8_t out[static 32]);

/* Copies, with what is to be proven of them (annotate.py). */
#include "mem.c"
#include "line.c"
#include "checkpoint.c"
#include "policy.c"
