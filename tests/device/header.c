/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program around the header that `quorate trust --device` wrote: for a
 * board in QEMU (board_main), and, with HOSTED, for the machine at hand. It
 * verifies a release and its payload and refuses a forged one, and prints the
 * results; header.test.sh reads them.
 */
#ifdef HOSTED
#include <stdio.h>
#else
#include "tests/device/board.h"
#endif
#include "tests/device/data.h"
#include "verify/mem.h"
#include "verify/payload.h"
#include "trust.h"

FILE_DATA(release, "../golden/release.release");
FILE_DATA(forged, "../golden/forged-cosignature.release");
FILE_DATA(firmware, "../golden/firmware.bin");

int board_main(void);
static struct verify state;
static struct verified result;

static void
tell(const char *what, uint32_t value)
{
#ifdef HOSTED
	printf("%s %u\n", what, (unsigned)value);
#else
	board_value(what, value);
#endif
}

/* What the header says is what trust_parse says of the page. */
static int
same(void)
{
	struct trust t;

	return trust_parse(&t, quorate_trust_page, QUORATE_TRUST_BYTES,
		   quorate_trust_id) == RC_OK &&
	    memcmp(&t, &quorate_trust, sizeof t) == 0;
}

static enum rc
decide(const struct verify_device *d, const uint8_t *file, size_t n)
{
	verify_init(&state, &quorate_trust, d);
	(void)!verify_feed(&state, file, n);
	return verify_finish(&state, &result);
}

int
board_main(void)
{
	struct verify_device d;
	struct payload p;
	unsigned i;

	memset(&d, 0, sizeof d);
	for (i = 0; i < QUORATE_PRODUCTS; i++)
		d.product[i] = quorate_product[i]; /* no record yet */
	d.product_n = QUORATE_PRODUCTS;
	d.product[0].sequence = 6; /* the release says `from 1 6` */
	d.product[1].sequence = 2;
	d.component[0].p = (const uint8_t *)"app";
	d.component[0].n = 3;
	d.component_n = 1;
	tell("same", same());
	tell("forged", decide(&d, forged, FILE_BYTES(forged)));
	tell("release", decide(&d, release, FILE_BYTES(release)));
	if (payload_init(&p, &result, 0) == RC_MORE)
		(void)!payload_feed(&p, firmware, FILE_BYTES(firmware));
	tell("payload", payload_finish(&p));
	return 0;
}

#ifdef HOSTED
int
main(void)
{
	return board_main();
}
#endif
