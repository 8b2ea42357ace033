/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_DEVICE_BOOT_BOARD_H
#define TESTS_DEVICE_BOOT_BOARD_H
#include "verify/boot/boot.h"

/*
 * A board for the boot loader and its applications: QEMU's mps2-an386. What
 * would be its flash is a file of the host, `flash.img`, written through at
 * every operation, so that ending QEMU is cutting the power; it is mirrored
 * in the board's second RAM, where images run. One power cycle is one run of
 * QEMU.
 */
enum {
	BOARD_FLASH_AT = 0x21000000,
	BOARD_SECTOR = 4096,
	BOARD_UNIT = 8, /* of 64 data bits and their ECC: written once */
	BOARD_SLOT = 65536,
	BOARD_FLASH_SIZE = 2 * BOARD_SLOT + 6 * BOARD_SECTOR,
};

void board_put(const char *s);
void board_number(uint32_t n);
_Noreturn void board_exit(uint32_t code);

/* Files of the host: the medium that updates come on. */
int board_open(const char *name); /* -1: there is none */
size_t board_read(int handle, void *to, size_t n);
void board_args(char *out, size_t n);

/* The layout, filled in at run time: applications run where they lie, so
 * that nothing of theirs may hold an address. */
void board_config(struct boot_config *c);
void board_flash(struct boot_flash *f, uint32_t *state);
void board_flash_load(void);
/* The power goes inside the n-th flash operation from here. */
void board_cut(uint32_t *state, uint32_t n);
#endif
