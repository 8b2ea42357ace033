/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application of nothing but its version. It runs in whichever slot it
 * lies in: no address is in it. APP_CONFIRM: whether it finds itself well.
 */
#include "tests/device/boot/board.h"
#include "verify/boot/confirm.h"
#include "verify/mem.h"

void app_start(unsigned slot, uint32_t *flash_state);

__attribute__((section(".entry"), used)) void
app_start(unsigned slot, uint32_t *flash_state)
{
	struct boot_config config;
	struct boot_flash flash;
	struct records store;
	enum rc rc;

	board_put("application: version ");
	board_number(APP_VERSION);
	board_put(" in slot ");
	board_number(slot);
	board_put("\r\n");
	board_config(&config);
	board_flash(&flash, flash_state);
	/* what an application may not do */
	if (flash.erase(flash.context, config.record[0].at, BOARD_SECTOR) ==
	    RC_OK)
		board_put("application: the record is not locked\r\n");
	if (APP_CONFIRM) {
		rc = boot_confirm(&store, &config, &flash, slot);
		board_put(rc == RC_OK ? "application: confirmed\r\n"
				      : "application: cannot confirm\r\n");
	}
	board_exit(0);
}
