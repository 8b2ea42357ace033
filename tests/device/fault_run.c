/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processor of the fault injection sweep: fault_guest.c's code in Unicorn,
 * which is QEMU's processor emulation as a library. fault.py says what to do:
 *
 *   fault-run CPU CODE INPUT ENTRY STACK END RESULT [AGAIN JUDGE]
 *
 * CPU is m0 or m4; CODE the guest's bytes from address 0 on; INPUT a struct
 * fault_input; the rest are addresses in hexadecimal. It runs without a fault
 * and prints the verdict (one hexadecimal word), the number of instructions,
 * and for each instruction executed a line of its address and how often; then
 * an empty line. After that it reads lines
 *
 *   AT EXECUTION NEXT ITSTATE
 *
 * (address, which execution of it, counted from 1, where the processor goes
 * instead, and the if-then state there), to the end of the file, and prints a
 * line of the verdict for each in their order: a word, `crashed` for a fault
 * of the processor, or `hung` when it took twenty times a whole run. The state just before each is saved in one run;
 * from that state each goes on.
 *
 * Mapped as a boot loader's MPU would have it: code is read and executed,
 * input read, 64 KiB of RAM read and written, nothing else is there.
 */
#include "tests/device/fault.h"

#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

enum {
	CODE_MAX = 0x10000,
	RAM_AT = 0x20000000,
	RAM_N = 0x10000,
	INPUT_AT = 0x20020000,
	INPUT_N = 0x8000,
	REGISTERS = 17,
	HUNG_TIMES = 20, /* as many blocks as a whole run has */
	BATCH = 4096,	 /* states kept at a time */
};

struct fault_point {
	uint32_t at, execution, next, itstate;
	bool reached;
	uint32_t registers[REGISTERS];
	uint8_t *ram;
	struct fault_point *more; /* of the same address */
};

static struct {
	uc_engine *uc;
	uint8_t ram[RAM_N], *code, *input;
	uint32_t entry, stack, end, result, again, judge;
	uint32_t seen[CODE_MAX / 2]; /* executions by address */
	uint64_t steps, blocks, blocks_max;
	bool hung, judging;
	struct fault_point *point, *by_address[CODE_MAX / 2];
	size_t point_n;
} m;

static const int registers[REGISTERS] = {UC_ARM_REG_R0, UC_ARM_REG_R1,
    UC_ARM_REG_R2, UC_ARM_REG_R3, UC_ARM_REG_R4, UC_ARM_REG_R5, UC_ARM_REG_R6,
    UC_ARM_REG_R7, UC_ARM_REG_R8, UC_ARM_REG_R9, UC_ARM_REG_R10, UC_ARM_REG_R11,
    UC_ARM_REG_R12, UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_PC,
    UC_ARM_REG_XPSR};

static void
must(uc_err e, const char *what)
{
	if (e != UC_ERR_OK)
		errx(3, "%s: %s", what, uc_strerror(e));
}

static void
load(const char *name, uint8_t *to, size_t max)
{
	FILE *f = fopen(name, "rb");

	if (f == NULL)
		err(3, "%s", name);
	(void)!fread(to, 1, max, f);
	if (ferror(f) || fgetc(f) != EOF)
		errx(3, "%s: cannot be read, or is too long", name);
	fclose(f);
}

static void on_block(
    uc_engine *uc, uint64_t at, uint32_t size, void *context);

static void
machine_open(const char *cpu)
{
	uc_hook block;

	must(uc_open(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, &m.uc), "open");
	must(uc_ctl_set_cpu_model(m.uc, strcmp(cpu, "m0") == 0 ?
	    UC_CPU_ARM_CORTEX_M0 : UC_CPU_ARM_CORTEX_M4), "cpu");
	must(uc_mem_map_ptr(m.uc, 0, CODE_MAX, UC_PROT_READ | UC_PROT_EXEC,
	    m.code), "map");
	must(uc_mem_map_ptr(m.uc, RAM_AT, RAM_N, UC_PROT_READ | UC_PROT_WRITE,
	    m.ram), "map");
	must(uc_mem_map_ptr(m.uc, INPUT_AT, INPUT_N, UC_PROT_READ, m.input),
	    "map");
	must(uc_hook_add(m.uc, &block, UC_HOOK_BLOCK, (void *)on_block, NULL, 1,
	    0), "hook");
}

static void
on_block(uc_engine *uc, uint64_t at, uint32_t size, void *context)
{
	(void)at;
	(void)size;
	(void)context;
	if (++m.blocks > m.blocks_max) {
		m.hung = true;
		uc_emu_stop(uc);
	}
}

/* Before each instruction of a run without a fault. */
static void
on_step(uc_engine *uc, uint64_t at, uint32_t size, void *context)
{
	struct fault_point *p;
	uint32_t now, i;

	(void)size;
	(void)context;
	m.judging |= m.judge != 0 && at == m.judge;
	if (at >= CODE_MAX || m.judging)
		return;
	m.steps++;
	now = ++m.seen[at / 2];
	for (p = m.by_address[at / 2]; p != NULL; p = p->more) {
		if (p->execution != now)
			continue;
		p->reached = true;
		for (i = 0; i < REGISTERS; i++)
			must(uc_reg_read(uc, registers[i], &p->registers[i]), "read");
		p->ram = malloc(RAM_N);
		if (p->ram == NULL)
			err(3, "memory");
		memcpy(p->ram, m.ram, RAM_N);
	}
}

static uint32_t
word(uint32_t at)
{
	const uint8_t *p = m.ram + (at - RAM_AT);

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static uc_err
run_from(uint32_t at)
{
	uint32_t lr = m.end | 1, sp = m.stack, xpsr = 1u << 24;

	must(uc_reg_write(m.uc, UC_ARM_REG_LR, &lr), "write");
	must(uc_reg_write(m.uc, UC_ARM_REG_SP, &sp), "write");
	must(uc_reg_write(m.uc, UC_ARM_REG_XPSR, &xpsr), "write");
	m.blocks = 0;
	m.hung = false;
	return uc_emu_start(m.uc, at | 1, m.end, 0, 0);
}

/* The whole, from the start. */
static void
run_plain(void)
{
	memset(m.ram, 0, sizeof m.ram);
	memset(m.seen, 0, sizeof m.seen);
	m.steps = 0;
	m.judging = false;
	m.blocks_max = UINT64_MAX;
	must(run_from(m.entry), "run without a fault");
}

static void
run_point(struct fault_point *p)
{
	uint32_t xpsr = p->registers[16] & ~0x0600fc00u, i;
	uc_err e;

	memcpy(m.ram, p->ram, RAM_N);
	m.blocks = 0;
	m.hung = false;
	for (i = 0; i < 15; i++)
		must(uc_reg_write(m.uc, registers[i], &p->registers[i]), "write");
	xpsr |= (p->itstate & 3) << 25 | (p->itstate >> 2) << 10 | 1u << 24;
	must(uc_reg_write(m.uc, UC_ARM_REG_XPSR, &xpsr), "write");
	e = uc_emu_start(m.uc, p->next | 1, m.end, 0, 0);
	if (m.again != 0 && (m.hung || e != UC_ERR_OK))
		e = run_from(m.again);
	if (m.hung)
		puts("hung");
	else if (e != UC_ERR_OK)
		puts("crashed");
	else
		printf("%08" PRIx32 "\n", word(m.result));
}

static void
points_read(void)
{
	struct fault_point p = {0};

	while (scanf("%" SCNx32 " %" SCNu32 " %" SCNx32 " %" SCNx32, &p.at,
	    &p.execution, &p.next, &p.itstate) == 4) {
		if (m.point_n % 1024 == 0) {
			m.point = realloc(m.point,
			    (m.point_n + 1024) * sizeof *m.point);
			if (m.point == NULL)
				err(3, "memory");
		}
		if (p.at >= CODE_MAX || p.next >= CODE_MAX)
			errx(3, "%" PRIx32 ": not code", p.at);
		m.point[m.point_n++] = p;
	}
	if (!feof(stdin))
		errx(3, "a line is not AT EXECUTION NEXT ITSTATE");
}

/* Save the states of some points in one run, then go on from each. */
static void
points_run(const char *cpu, struct fault_point *point, size_t n)
{
	uc_hook step;
	size_t i;

	memset(m.by_address, 0, sizeof m.by_address);
	for (i = 0; i < n; i++) {
		point[i].more = m.by_address[point[i].at / 2];
		m.by_address[point[i].at / 2] = &point[i];
	}
	machine_open(cpu);
	must(uc_hook_add(m.uc, &step, UC_HOOK_CODE, (void *)on_step, NULL, 1,
	    0), "hook");
	run_plain();
	must(uc_close(m.uc), "close");
	machine_open(cpu); /* without the hook that makes it slow */
	m.blocks_max = UINT64_MAX;
	memset(m.ram, 0, sizeof m.ram);
	must(run_from(m.entry), "run without a fault");
	m.blocks_max = HUNG_TIMES * m.blocks;
	for (i = 0; i < n; i++) {
		if (!point[i].reached)
			errx(3, "%" PRIx32 " is not executed %" PRIu32 " times",
			    point[i].at, point[i].execution);
		run_point(&point[i]);
		free(point[i].ram);
	}
	must(uc_close(m.uc), "close");
}

int
main(int argc, char **argv)
{
	uc_hook step;
	size_t i;

	if (argc != 8 && argc != 10)
		errx(2, "usage: fault-run CPU CODE INPUT ENTRY STACK END RESULT "
			"[AGAIN JUDGE]");
	m.code = aligned_alloc(4096, CODE_MAX);
	m.input = aligned_alloc(4096, INPUT_N);
	if (m.code == NULL || m.input == NULL)
		err(3, "memory");
	memset(m.code, 0, CODE_MAX);
	memset(m.input, 0, INPUT_N);
	load(argv[2], m.code, CODE_MAX);
	load(argv[3], m.input, INPUT_N);
	m.entry = (uint32_t)strtoul(argv[4], NULL, 16) & ~1u;
	m.stack = (uint32_t)strtoul(argv[5], NULL, 16);
	m.end = (uint32_t)strtoul(argv[6], NULL, 16) & ~1u;
	m.result = (uint32_t)strtoul(argv[7], NULL, 16);
	if (argc == 10) {
		m.again = (uint32_t)strtoul(argv[8], NULL, 16) & ~1u;
		m.judge = (uint32_t)strtoul(argv[9], NULL, 16) & ~1u;
	}
	if (m.result < RAM_AT || m.result > RAM_AT + RAM_N - 4)
		errx(2, "RESULT is not in RAM");

	machine_open(argv[1]);
	must(uc_hook_add(m.uc, &step, UC_HOOK_CODE, (void *)on_step, NULL, 1, 0),
	    "hook");
	run_plain();
	must(uc_close(m.uc), "close");
	printf("%08" PRIx32 " %" PRIu64 "\n", word(m.result), m.steps);
	for (i = 0; i < CODE_MAX / 2; i++)
		if (m.seen[i] > 0)
			printf("%zx %" PRIu32 "\n", 2 * i, m.seen[i]);
	putchar('\n');
	fflush(stdout);

	points_read();
	for (i = 0; i < m.point_n; i += BATCH)
		points_run(argv[1], m.point + i,
		    m.point_n - i < BATCH ? m.point_n - i : BATCH);
	return 0;
}
