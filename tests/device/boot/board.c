/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/device/boot/board.h"
#include "verify/mem.h"

enum {
	SYS_OPEN = 0x01,
	SYS_CLOSE = 0x02,
	SYS_WRITE = 0x05,
	SYS_READ = 0x06,
	SYS_SEEK = 0x0a,
	SYS_GET_CMDLINE = 0x15,
	SYS_EXIT_EXTENDED = 0x20,
	ADP_STOPPED_APPLICATION_EXIT = 0x20026,
	OPEN_READ = 1,   /* "rb" */
	OPEN_CHANGE = 3, /* "r+b" */
};
#define UART ((volatile uint32_t *)0x40004000) /* data, state, control */

static uint32_t
host(uint32_t operation, const void *argument)
{
	register uint32_t r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = argument;

	__asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
	return r0;
}

void
board_put(const char *s)
{
	UART[4] = 16;
	UART[2] = 1;
	for (; *s != 0; s++) {
		while (UART[1] & 1)
			;
		UART[0] = (uint8_t)*s;
	}
}

void
board_number(uint32_t n)
{
	char text[11];
	unsigned at = sizeof text - 1;

	text[at] = 0;
	do {
		text[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n != 0);
	board_put(text + at);
}

void
board_exit(uint32_t code)
{
	uint32_t argument[2] = {ADP_STOPPED_APPLICATION_EXIT, code};

	for (;;)
		host(SYS_EXIT_EXTENDED, argument);
}

static int
open_as(const char *name, uint32_t mode)
{
	uint32_t argument[3] = {(uint32_t)name, mode, 0};

	while (name[argument[2]] != 0)
		argument[2]++;
	return (int)host(SYS_OPEN, argument);
}

int
board_open(const char *name)
{
	return open_as(name, OPEN_READ);
}

size_t
board_read(int handle, void *to, size_t n)
{
	uint32_t argument[3] = {(uint32_t)handle, (uint32_t)to, n};

	return n - host(SYS_READ, argument);
}

void
board_args(char *out, size_t n)
{
	uint32_t argument[2] = {(uint32_t)out, n};

	if (host(SYS_GET_CMDLINE, argument) != 0)
		out[0] = 0;
}

void
board_config(struct boot_config *c)
{
	struct boot_area *a[8] = {&c->slot[0], &c->slot[1], &c->record[0],
	    &c->record[1], &c->page[0], &c->page[1], &c->owner, &c->confirm};
	uint32_t at = 0;
	unsigned i;

	memset(c, 0, sizeof *c);
	c->product.p = (const uint8_t *)"quickstart.example/pump";
	c->product.n = 23;
	c->component.p = (const uint8_t *)"app";
	c->component.n = 3;
	for (i = 0; i < 8; i++) {
		a[i]->at = at;
		a[i]->size = i < 2 ? BOARD_SLOT : BOARD_SECTOR;
		a[i]->sector = BOARD_SECTOR;
		at += a[i]->size;
	}
}

/* ---- flash ------------------------------------------------------------ */

enum { LOCKED, CUT }; /* the driver's state: two words of the caller's */

static uint8_t *
flash_at(uint32_t at)
{
	return (uint8_t *)(BOARD_FLASH_AT + at);
}

void
board_flash_load(void)
{
	int h = open_as("flash.img", OPEN_READ);

	if (h < 0 ||
	    board_read(h, flash_at(0), BOARD_FLASH_SIZE) != BOARD_FLASH_SIZE) {
		board_put("board: no flash.img\r\n");
		board_exit(3);
	}
}

static void
write_through(uint32_t at, size_t n)
{
	int h = open_as("flash.img", OPEN_CHANGE);
	uint32_t seek[2] = {(uint32_t)h, at};
	uint32_t put[3] = {(uint32_t)h, (uint32_t)flash_at(at), n};

	if (h < 0 || host(SYS_SEEK, seek) != 0 || host(SYS_WRITE, put) != 0) {
		board_put("board: cannot write flash.img\r\n");
		board_exit(3);
	}
	host(SYS_CLOSE, seek);
}

static bool
writable(const uint32_t *state, uint32_t at, size_t n)
{
	struct boot_config c;

	board_config(&c);
	return at < BOARD_FLASH_SIZE && n <= BOARD_FLASH_SIZE - at &&
	       (!state[LOCKED] || (at >= c.confirm.at &&
				      at + n <= c.confirm.at + c.confirm.size));
}

/* True: this operation is where the power goes. */
static bool
cut_here(uint32_t *state)
{
	return state[CUT] != 0 && --state[CUT] == 0;
}

static enum rc
flash_read(void *context, uint32_t at, uint8_t *to, size_t n)
{
	(void)context;
	if (at > BOARD_FLASH_SIZE || n > BOARD_FLASH_SIZE - at)
		return RC_FLASH;
	memcpy(to, flash_at(at), n);
	return RC_OK;
}

static enum rc
flash_erase_sector(void *context, uint32_t at, size_t n)
{
	bool cut = cut_here(context);

	if (!writable(context, at, n) || n != BOARD_SECTOR ||
	    at % BOARD_SECTOR != 0)
		return RC_FLASH;
	memset(flash_at(at), 0xff, cut ? n / 3 : n);
	write_through(at, n);
	if (cut)
		board_exit(75);
	return RC_OK;
}

static enum rc
flash_program(void *context, uint32_t at, const uint8_t *from, size_t n)
{
	bool cut = cut_here(context);
	size_t i;

	if (!writable(context, at, n) || at % BOARD_UNIT != 0 ||
	    n % BOARD_UNIT != 0)
		return RC_FLASH;
	for (i = 0; i < n; i++)
		if (*flash_at(at + i) != 0xff)
			return RC_FLASH; /* a unit is programmed once */
	memcpy(flash_at(at), from, cut ? n / 3 : n);
	write_through(at, n);
	if (cut)
		board_exit(75);
	return RC_OK;
}

static enum rc
flash_lock(void *context)
{
	((uint32_t *)context)[LOCKED] = 1;
	return RC_OK;
}

void
board_flash(struct boot_flash *f, uint32_t *state)
{
	f->read = flash_read;
	f->erase = flash_erase_sector;
	f->program = flash_program;
	f->lock = flash_lock;
	f->context = state;
	f->unit = BOARD_UNIT;
}

void
board_cut(uint32_t *state, uint32_t n)
{
	state[CUT] = n;
}
