/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_BOOT_FLASH_H
#define VERIFY_BOOT_FLASH_H
#include "verify/rc.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The flash as the boot core sees it: areas of one address space, and four
 * functions that the integrator supplies. NOR rules are kept everywhere: an
 * erased byte is ff, programming only clears bits, a unit is programmed once
 * between two erasures, and an area is erased as a whole, sector by sector,
 * in the same power cycle in which it is written: that something looks blank
 * is never taken for having been erased.
 */
enum { BOOT_UNIT_MAX = 256 };

struct boot_area {
	uint32_t at, size;
	uint32_t sector; /* size is a multiple of it; 0: one call erases all */
};

/*
 * Each returns RC_OK, or RC_FLASH. A read that the flash itself calls
 * uncorrectable (ECC) is RC_FLASH, not a fault: after a power cut it happens.
 */
struct boot_flash {
	enum rc (*read)(void *context, uint32_t at, uint8_t *to, size_t n);
	/* n is the area's sector, or its size if that is 0 */
	enum rc (*erase)(void *context, uint32_t at, size_t n);
	/* at and n are multiples of unit; the units are erased */
	enum rc (*program)(
	    void *context, uint32_t at, const uint8_t *from, size_t n);
	/* from here to the next reset records and pages cannot be changed,
	 * nor the slots if the platform can */
	enum rc (*lock)(void *context);
	void *context;
	uint16_t unit; /* a power of two up to BOOT_UNIT_MAX */
};

enum rc flash_erase(const struct boot_flash *f, const struct boot_area *a)
    __attribute__((warn_unused_result));
/* Program n bytes, whole units, and read them back. */
enum rc flash_write(const struct boot_flash *f, uint32_t at,
    const uint8_t *from, size_t n) __attribute__((warn_unused_result));
/* Whether the n bytes at `at` read as those given; NULL: as erased. */
bool flash_is(
    const struct boot_flash *f, uint32_t at, const uint8_t *want, size_t n);
#endif
