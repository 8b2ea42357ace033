/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/boot/confirm.h"
#include "verify/mem.h"

void
confirm_encode(uint8_t *out, size_t n, const struct record *r)
{
	memset(out, 0xff, n);
	memcpy(out, "QC1", 3);
	out[3] = r->tries;
	memcpy(out + 4, r->image[r->trial & 1].id, 32);
}

enum rc
boot_confirm(struct records *s, const struct boot_config *c,
    const struct boot_flash *f, unsigned slot)
{
	size_t n = (BOOT_CONFIRM_SIZE + f->unit - 1u) / f->unit * f->unit;
	enum rc rc = records_peek(s, f, c->record);

	if (rc != RC_OK || s->record.state != RECORD_TRYING ||
	    s->record.trial != slot)
		return rc;
	confirm_encode(s->bytes, n, &s->record);
	if (flash_is(f, c->confirm.at, s->bytes, n))
		return RC_OK;
	/* torn by an earlier cut, or of an earlier trial */
	if (!flash_is(f, c->confirm.at, NULL, n))
		rc = flash_erase(f, &c->confirm);
	if (rc == RC_OK)
		rc = flash_write(f, c->confirm.at, s->bytes, n);
	return rc;
}
