/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_DEVICE_BOARD_H
#define TESTS_DEVICE_BOARD_H
#include <stdint.h>

/*
 * The boards that QEMU plays: micro:bit (Cortex-M0, 16 KiB of RAM), MPS2 with
 * AN385 and AN386 (Cortex-M3, M4), RISC-V `virt`. The program's main is
 * board_main; what it returns is QEMU's exit status.
 */
int board_main(void);

void board_put(const char *s);
void board_value(const char *name, uint32_t value);

/*
 * Instructions so far, with QEMU's -icount shift=0: exact on RISC-V; on ARM
 * as fine as SysTick counts, some 60 instructions, and wrapping after 600
 * million.
 */
void board_count_start(void);
uint32_t board_count(void);

/* Fill the free stack, and see how much was used since. */
void board_stack_paint(void);
uint32_t board_stack_used(void);
/* Bytes of the RAM below the program's that nobody has written to. */
uint32_t board_untouched(void);
#endif
