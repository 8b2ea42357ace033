/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/boot/flash.h"
#include "verify/mem.h"
#include "verify/tick.h"

enum rc
flash_erase(const struct boot_flash *f, const struct boot_area *a)
{
	uint32_t step = a->sector != 0 ? a->sector : a->size, done;
	enum rc rc = RC_OK;

	for (done = 0; rc == RC_OK && done < a->size; done += step) {
		VERIFY_TICK();
		rc = f->erase(f->context, a->at + done, step);
	}
	return rc;
}

bool
flash_is(const struct boot_flash *f, uint32_t at, const uint8_t *want, size_t n)
{
	uint8_t some[32];
	size_t done = 0, i, step;

	while (done < n) {
		step = n - done < sizeof some ? n - done : sizeof some;
		if (f->read(f->context, at + (uint32_t)done, some, step) !=
		    RC_OK)
			return false;
		for (i = 0; i < step; i++)
			if (some[i] != (want != NULL ? want[done + i] : 0xff))
				return false;
		done += step;
	}
	return true;
}

enum rc
flash_write(const struct boot_flash *f, uint32_t at, const uint8_t *from,
    size_t n)
{
	enum rc rc = f->program(f->context, at, from, n);

	if (rc == RC_OK && !flash_is(f, at, from, n))
		rc = RC_FLASH;
	return rc;
}
