/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What verify/ costs a device in time and RAM, on QEMU. Prints `name value`
 * lines for report.sh; exits 1 when something that is to be accepted is not.
 * With VERIFY_TICK_FUNCTION it is the longest way between two ticks that is
 * measured, in all that the other program does.
 */
#include "tests/device/board.h"
#include "tests/device/data.h"
#include "tests/device/use.h"

FILE_DATA(device_page, "trust.text");
FILE_DATA(file_one, "one.release");
FILE_DATA(file_two, "two.release");
FILE_DATA(file_three, "three.release");
FILE_DATA(file_hop, "hop.file");
FILE_DATA(image, "image.bin");
FILE_DATA(signature, "signed.bin");
#include "tests/vectors/device/trust.h"

#define SLICE(s) {(const uint8_t *)(s), sizeof(s) - 1}
static const struct verify_device device = {
	.product = {{.name = SLICE("acme.example/camera"), .epoch = 1,
			.floor = 40, .sequence = 41},
		{.name = SLICE("acme.example/radio"), .epoch = 1,
			.sequence = 7}},
	.component = {SLICE("app")},
	.time = 1763700000,
	.product_n = 2,
	.component_n = 1,
};
static struct verify state;
static struct verified result;
static uint8_t page[1536]; /* as long as it must be for this hop */
static uint32_t begun, ticked, gap;
static int failures;

/* The watchdog of this device. */
void measure_tick(void);
void
measure_tick(void)
{
	uint32_t now = board_count();

	if (now - ticked > gap)
		gap = now - ticked;
	ticked = now;
}

static void
begin(void)
{
	board_stack_paint();
	board_count_start();
	begun = ticked = board_count();
}

static void
end(const char *name, int good, uint32_t divisor)
{
	uint32_t n = board_count() - begun;

	measure_tick();
	if (!good) {
		board_put("failed: ");
		failures++;
	}
	board_value(name, n / divisor);
}

static int
feed(const uint8_t *file, size_t n)
{
	enum rc rc = RC_MORE;
	size_t take;

	for (; n > 0 && rc == RC_MORE; file += take, n -= take) {
		take = n < 64 ? n : 64;
		rc = verify_feed(&state, file, take);
	}
	return verify_finish(&state, &result) == RC_OK;
}

static int
check(const uint8_t *file, size_t n)
{
	verify_init(&state, &device_trust, &device);
	return feed(file, n);
}

static void
sha256_of(uint8_t out[static 32], size_t n)
{
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, image, n);
	sha256_final(&s, out);
}

/* Under a page, of which nothing is believed unhashed. */
static int
check_page(void)
{
	struct trust t;

	if (trust_parse(&t, device_page, FILE_BYTES(device_page),
		device_trust.id) != RC_OK)
		return 0;
	verify_init(&state, &t, &device);
	return feed(file_one, FILE_BYTES(file_one));
}

static int
hop(void)
{
	static struct verify_device with_page;

	with_page = device;
	with_page.page = page;
	with_page.page_n = sizeof page;
	verify_init(&state, &device_trust, &with_page);
	return feed(file_hop, FILE_BYTES(file_hop));
}

int
board_main(void)
{
	uint8_t digest[32];
	uint32_t base;
	struct payload p;
	int good;

	begin();
	base = board_stack_used(); /* this function's own */
	good = ed25519_verify(signature, signature + 64, signature + 96,
		FILE_BYTES(signature) - 96) == RC_OK;
	end("signature", good, 1);
	board_value("signature_stack", board_stack_used() - base);

	begin();
	sha256_of(digest, 64);
	end("hash_64", 1, 1);
	begin();
	sha256_of(digest, FILE_BYTES(image));
	end("hash_4096", 1, 1);

	begin();
	good = check(file_one, FILE_BYTES(file_one));
	end("check_1", good && result.witnesses == 1, 1);
	begin();
	good = check(file_two, FILE_BYTES(file_two));
	end("check_2", good && result.witnesses == 2, 1);
	begin();
	good = check(file_three, FILE_BYTES(file_three));
	end("check_3", good && result.witnesses == 3, 1);
	board_value("check_stack", board_stack_used() - base);

	begin();
	good = payload_init(&p, &result, 0) == RC_MORE &&
	    payload_feed(&p, image, FILE_BYTES(image)) == RC_MORE &&
	    payload_finish(&p) == RC_OK;
	end("payload", good, 1);
	board_value("payload_stack", board_stack_used() - base);

	begin();
	good = check_page();
	end("check_page", good, 1);
	board_value("check_page_stack", board_stack_used() - base);
	begin();
	good = hop() && result.kind == VERIFIED_TRUST;
	end("hop", good, 1);
	board_value("hop_stack", board_stack_used() - base);

	board_value("verify", sizeof state);
	board_value("verified", sizeof result);
	board_value("trust", sizeof device_trust);
	board_value("untouched", board_untouched());
	board_value("gap", gap);
	return failures != 0;
}
