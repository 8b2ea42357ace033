/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_ADMISSION_ROWS_H
#define LOG_ADMISSION_ROWS_H
#include "host/db.h"
#include "log/admission.h"

/*
 * What the rules of admission ask of the tables `product` and `objection`,
 * which a log and its auditor keep alike.
 */
enum rc rows_product(struct db *db, struct slice authority, uint32_t epoch,
    struct slice product, struct admission_product *out)
    __attribute__((warn_unused_result));
enum rc rows_objections(struct db *db, const uint8_t key[static 32],
    const uint8_t release[static 32], unsigned *out)
    __attribute__((warn_unused_result));
#endif
