/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A boot loader that judges one input and stops at fault_end with a verdict,
 * built for a Cortex-M4 and for a Cortex-M0+. fault_run.c is the processor:
 * it lets a run go on behind an instruction instead of at it, and looks at
 * the verdict. There is no reset and no handler; a fault ends the run.
 *
 * What a caller has to do is done here as docs/device.md says: the result in
 * a volatile, by name and twice, the kind, then the payload.
 *
 * With FAULT_TABLE, ed25519_verify is looked up in the input's table of the
 * signatures that verify: the sweep of everything else need not wait for
 * curve arithmetic. Without it, verify/ed25519.c is linked and swept.
 */
#include "tests/device/fault_guest.h"
#include "tests/device/use.h"

extern const struct fault_input fault_input; /* by the linker script */

/* ---- signatures ------------------------------------------------------- */

#ifdef FAULT_TABLE
enum rc
ed25519_verify(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *message, size_t n)
{
	return fault_known(fault_input.valid, fault_input.valid_n, sig, key,
	    message, n);
}
#endif

/* ---- the caller ------------------------------------------------------- */

#define NAME(s) {(const uint8_t *)(s), sizeof(s) - 1}

static struct trust trust, owner;
static struct verify verify;
static struct verified verified;
static struct verify_device device;
static struct payload payload;
static uint8_t page[2560];

static const uint8_t *
part(const struct fault_part *p)
{
	return fault_input.bytes + p->at;
}

static void
device_describe(const struct fault_input *in)
{
	static const struct slice camera = NAME("acme.example/camera");
	static const struct slice radio = NAME("acme.example/radio");
	static const struct slice app = NAME("app");

	device.product[0].name = camera;
	device.product[0].epoch = in->epoch;
	device.product[0].floor = in->floor;
	device.product[0].sequence = in->sequence;
	memcpy(device.product[0].id, in->installed_id, 32);
	device.product[1].name = radio;
	device.product[1].epoch = in->epoch;
	device.product[1].sequence = in->radio;
	device.product_n = 2;
	device.component[0] = app;
	device.component_n = 1;
	device.time = in->time;
	device.max_proof_age_s = in->max_age;
	device.person = in->flags & FAULT_PERSON ? VERIFY_PERSON : 0;
	if (in->flags & FAULT_PAGE) {
		device.page = page;
		device.page_n = sizeof page;
	}
	if (in->flags & FAULT_OWNED) {
		device.owner = &owner;
		device.endorsed = in->endorsed;
	}
}

static bool
payload_judge(const uint8_t *image, size_t n)
{
	volatile enum rc rc;

	if (payload_init(&payload, &verified, 0) != RC_MORE)
		return false;
	(void)!payload_feed(&payload, image, n);
	rc = payload_finish(&payload);
	if (rc != RC_OK)
		return false;
	return rc == RC_OK;
}

/* FAULT_ACCEPTED, or FAULT_REFUSED. */
__attribute__((noinline)) static uint32_t
judge(const struct fault_input *in)
{
	const uint8_t *file = part(&in->file);
	volatile enum rc rc;
	uint32_t at, take;

	rc = trust_parse(&trust, part(&in->trust), in->trust.n, in->trust_id);
	if (rc != RC_OK || rc != RC_OK)
		return FAULT_REFUSED;
	if (in->owner.n > 0) {
		rc = trust_parse(
		    &owner, part(&in->owner), in->owner.n, in->owner_id);
		if (rc != RC_OK || rc != RC_OK)
			return FAULT_REFUSED;
	}
	device_describe(in);
	verify_init(&verify,
	    in->kind == VERIFIED_ENDORSEMENT ? &owner : &trust, &device);
	for (at = 0; at < in->file.n; at += take) {
		take = in->file.n - at < 512 ? in->file.n - at : 512;
		(void)!verify_feed(&verify, file + at, take);
	}
	rc = verify_finish(&verify, &verified);
	if (rc != RC_OK || verified.kind != in->kind)
		return FAULT_REFUSED;
	if (rc != RC_OK)
		return FAULT_REFUSED;
	if (in->kind == VERIFIED_RELEASE &&
	    !payload_judge(part(&in->image), in->image.n))
		return FAULT_REFUSED;
	return FAULT_ACCEPTED;
}

/* With FAULT_TWICE all of it two times, for who can spare the time. */
void
fault_main(void)
{
	volatile uint32_t verdict = judge(&fault_input);

#ifdef FAULT_TWICE
	if (verdict == FAULT_ACCEPTED) {
		memset(&trust, 0, sizeof trust);
		memset(&owner, 0, sizeof owner);
		verdict = judge(&fault_input);
	}
#endif
	fault_result = verdict;
}
