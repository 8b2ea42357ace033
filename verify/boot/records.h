/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_BOOT_RECORDS_H
#define VERIFY_BOOT_RECORDS_H
#include "verify/boot/flash.h"
#include "verify/record.h"

/*
 * The record in flash: two areas, written alternately (docs/formats.md, "The
 * device's record"). Holds against a cut at any instant, a torn write that
 * reads well once and badly the next time, and cuts while it recovers:
 *
 *   - an area is erased only while the other one holds a newer record that
 *     is known to be whole;
 *   - a record is known to be whole when its write ended in this power
 *     cycle, or when its twin, written after it, is no longer blank;
 *   - nobody hears of a record before that, nor before the other area is
 *     known to hold an older one: what seems blank there may be a newer
 *     record, torn, that reads well the next time.
 *
 * So what anybody ever acted on is never lost, nothing that was given up
 * comes back, and a record always stands.
 */
struct records {
	const struct boot_flash *flash;
	const struct boot_area *area; /* two */
	struct record record;         /* the one that holds */
	uint8_t in;                   /* which area it is in */
	uint8_t bytes[RECORD_SIZE];
};

/* Find the record, and make sure of it. RC_OK, RC_RECORD, RC_FLASH. */
enum rc records_open(struct records *s, const struct boot_flash *flash,
    const struct boot_area area[static 2]) __attribute__((warn_unused_result));
/* Find it and write nothing: for an application that cannot. */
enum rc records_peek(struct records *s, const struct boot_flash *flash,
    const struct boot_area area[static 2]) __attribute__((warn_unused_result));
/*
 * Put another in its place; its generation is counted here. RC_OK, RC_FLASH
 * (the old one stands), RC_STATE (it would take epoch or floor back).
 */
enum rc records_put(struct records *s, const struct record *next)
    __attribute__((warn_unused_result));
#endif
