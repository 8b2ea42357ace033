/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/device/board.h"
#include "verify/mem.h"

/*
 * Start-up, semihosting, an instruction counter, a painted stack. The linker
 * scripts name the symbols: the program has one half of 16 KiB, the other
 * half is painted at start and belongs to nobody.
 */
extern uint32_t board_data[], board_data_end[], board_data_load[];
extern uint32_t board_bss[], board_bss_end[];
extern uint32_t board_stack_low[], board_stack_top[];
extern uint32_t board_idle[], board_idle_end[];

enum { SYS_WRITE0 = 0x04, SYS_EXIT = 0x18, SYS_EXIT_EXTENDED = 0x20 };
enum { ADP_STOPPED_APPLICATION_EXIT = 0x20026 };
#define PAINT UINT32_C(0xc0dedbad)

void board_reset(void);
void board_fault(void);
void board_start(void);

#ifdef __riscv
static uint32_t
semihosting(uint32_t operation, const void *argument)
{
	register uint32_t a0 __asm__("a0") = operation;
	register const void *a1 __asm__("a1") = argument;

	__asm__ volatile(".option push\n.option norvc\n.balign 16\n"
	    "slli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7\n.option pop"
	    : "+r"(a0) : "r"(a1) : "memory");
	return a0;
}

__attribute__((naked, section(".vectors"), used)) void
board_start(void)
{
	__asm__ volatile(".option arch, +zicsr\nla sp, board_stack_top\n"
	    "la t0, board_fault\ncsrw mtvec, t0\nj board_reset");
}

static uint32_t
counter(void)
{
	uint32_t n;

	__asm__ volatile(".option push\n.option arch, +zicsr\n"
	    "csrr %0, minstret\n.option pop" : "=r"(n));
	return n;
}

static uint32_t
stack_pointer(void)
{
	uint32_t sp;

	__asm__ volatile("mv %0, sp" : "=r"(sp));
	return sp;
}

#define SPIN "1: addi %0, %0, -1\nbnez %0, 1b"
#else
static uint32_t
semihosting(uint32_t operation, const void *argument)
{
	register uint32_t r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = argument;

	__asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
	return r0;
}

__attribute__((section(".vectors"), used)) static const void *const
    vectors[16] = {board_stack_top, board_reset, board_fault, board_fault,
	board_fault, board_fault, board_fault};

#define SYST ((volatile uint32_t *)0xe000e010)

static uint32_t
counter(void)
{
	return ~SYST[2];
}

static uint32_t
stack_pointer(void)
{
	uint32_t sp;

	__asm__ volatile("mov %0, sp" : "=r"(sp));
	return sp;
}

#define SPIN ".syntax unified\n1: subs %0, %0, #1\nbne 1b"
#endif

static void __attribute__((noreturn))
leave(uint32_t status)
{
	uint32_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, status};

	for (;;)
		semihosting(SYS_EXIT_EXTENDED, block);
}

void
board_fault(void)
{
	board_put("fault\n");
	leave(99);
}

void
board_put(const char *s)
{
	semihosting(SYS_WRITE0, s);
}

void
board_value(const char *name, uint32_t value)
{
	char digits[12];
	char *p = digits + sizeof digits;

	*--p = 0;
	*--p = '\n';
	do {
		*--p = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	board_put(name);
	board_put(" ");
	board_put(p);
}

/* How the counter runs: its value at the start, and its steps during a loop
 * of two million instructions. */
static uint32_t zero_point, scale;

static uint32_t
counter_since(uint32_t before)
{
#ifdef __riscv
	return counter() - before;
#else
	return (counter() - before) & 0xffffff;
#endif
}

void
board_count_start(void)
{
	enum { TURNS = 1000000 };
	uint32_t n = TURNS;

#ifndef __riscv
	SYST[1] = 0xffffff;
	SYST[2] = 0;
	SYST[0] = 5; /* on, by the processor's clock */
	while (SYST[2] == 0)
		;
#endif
	zero_point = counter();
	__asm__ volatile(SPIN : "+r"(n) : : "cc");
	scale = counter_since(zero_point);
	zero_point = counter();
}

uint32_t
board_count(void)
{
	uint64_t n = counter_since(zero_point);

	return (uint32_t)(n * 2000000 / scale);
}

void
board_stack_paint(void)
{
	uint32_t *p = board_stack_low;

	while ((uintptr_t)p < stack_pointer() - 16)
		*p++ = PAINT;
}

uint32_t
board_stack_used(void)
{
	const uint32_t *p = board_stack_low;

	while (*p == PAINT)
		p++;
	return (uint32_t)((uintptr_t)board_stack_top - (uintptr_t)p);
}

uint32_t
board_untouched(void)
{
	const uint32_t *p;
	uint32_t n = 0;

	for (p = board_idle; p < board_idle_end; p++)
		n += *p == PAINT ? 4 : 0;
	return n;
}

void
board_reset(void)
{
	uint32_t *p;

	memcpy(board_data, board_data_load,
	    (uintptr_t)board_data_end - (uintptr_t)board_data);
	memset(board_bss, 0, (uintptr_t)board_bss_end - (uintptr_t)board_bss);
	for (p = board_idle; p < board_idle_end; p++)
		*p = PAINT;
	leave((uint32_t)board_main());
}
