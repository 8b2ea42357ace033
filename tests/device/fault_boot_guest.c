/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reference boot loader judging what lies in its flash and its medium,
 * for the fault injection sweep (fault.py): a power cycle in which an update
 * is taken and an image started, then one in which nothing is taken, with
 * whatever flash holds by then. After a fault of the processor fault_run.c
 * goes on at fault_again, as a reset would.
 *
 * The verdict is that of somebody who sees everything: accepted when an image
 * is started that is not the allowed one, or when epoch, floor or trust of
 * the record are not what they were.
 */
#include "tests/device/fault_guest.h"
#include "verify/boot/boot.h"

extern const struct fault_boot fault_input; /* by the linker script */
void fault_again(void);
void fault_judge(void);

static uint8_t flash_bytes[FAULT_FLASH];
static bool flash_locked;
static struct boot b;

enum rc
ed25519_verify(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *message, size_t n)
{
	return fault_known(fault_input.valid, fault_input.valid_n, sig, key,
	    message, n);
}

/* ---- the board -------------------------------------------------------- */

static bool
inside(uint32_t at, size_t n)
{
	return at <= FAULT_FLASH && n <= FAULT_FLASH - at;
}

static enum rc
flash_read(void *context, uint32_t at, uint8_t *to, size_t n)
{
	(void)context;
	if (!inside(at, n))
		return RC_FLASH;
	memcpy(to, flash_bytes + at, n);
	return RC_OK;
}

static enum rc
board_erase(void *context, uint32_t at, size_t n)
{
	(void)context;
	if (flash_locked || !inside(at, n))
		return RC_FLASH;
	memset(flash_bytes + at, 0xff, n);
	return RC_OK;
}

static enum rc
board_program(void *context, uint32_t at, const uint8_t *from, size_t n)
{
	size_t i;

	(void)context;
	if (flash_locked || !inside(at, n))
		return RC_FLASH;
	for (i = 0; i < n; i++)
		flash_bytes[at + i] &= from[i];
	return RC_OK;
}

static enum rc
board_lock(void *context)
{
	(void)context;
	flash_locked = true;
	return RC_OK;
}

static const struct boot_flash flash = {.read = flash_read,
    .erase = board_erase,
    .program = board_program,
    .lock = board_lock,
    .unit = 8};

static const struct boot_config config = FAULT_LAYOUT;

struct medium {
	const uint8_t *p;
	size_t n;
};

static size_t
medium_read(void *context, uint8_t *to, size_t n)
{
	struct medium *m = context;

	if (n > m->n)
		n = m->n;
	memcpy(to, m->p, n);
	m->p += n;
	m->n -= n;
	return n;
}

/* ---- what a caller does ----------------------------------------------- */

/* RC_OK: `slot` is started. */
static enum rc
power_on(bool update, unsigned *slot)
{
	const struct fault_boot *in = &fault_input;
	struct medium f = {in->bytes + in->file.at, in->file.n};
	struct medium i = {in->bytes + in->image.at, in->image.n};
	struct boot_source file = {medium_read, &f}, image = {medium_read, &i};
	volatile enum rc rc;

	flash_locked = false;
	rc = boot_open(&b, &config, &flash);
	if (rc != RC_OK && rc != RC_FLASH)
		return rc;
	if (update && in->file.n > 0)
		(void)!boot_take(&b, &file, &image, 0, 0);
	rc = boot_choose(&b, slot);
	if (rc != RC_OK || *slot > 1)
		return RC_NO_IMAGE;
	return rc;
}

/* ---- what is true ----------------------------------------------------- */

enum { OTHER_IMAGE = 1, OTHER_RECORD = 2 };
static uint32_t harm;

static void
one(bool update)
{
	const struct fault_boot *in = &fault_input;
	unsigned slot = 2;

	if (power_on(update, &slot) != RC_OK)
		return;
	if (slot > 1 || memcmp(flash_bytes + config.slot[slot].at,
			    in->bytes + in->allowed.at, in->allowed.n) != 0)
		harm |= OTHER_IMAGE;
}

/* From here on nothing is skipped: what flash holds in the end. */
__attribute__((noinline, used)) void
fault_judge(void)
{
	const struct fault_boot *in = &fault_input;
	struct records r;

	memset(&r, 0, sizeof r);
	if (records_peek(&r, &flash, config.record) == RC_OK &&
	    (r.record.epoch != in->epoch || r.record.floor != in->floor ||
		memcmp(r.record.trust_id, in->trust_id, 32) != 0))
		harm |= OTHER_RECORD;
	fault_result = harm != 0 ? FAULT_ACCEPTED + harm : FAULT_REFUSED;
}

__attribute__((used)) void
fault_again(void)
{
	memset(&b, 0, sizeof b);
	one(false);
	fault_judge();
}

void
fault_main(void)
{
	memcpy(flash_bytes, fault_input.flash, FAULT_FLASH);
	one(true);
	fault_again();
}
