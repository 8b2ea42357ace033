/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_DEVICE_FAULT_GUEST_H
#define TESTS_DEVICE_FAULT_GUEST_H
#include "tests/device/fault.h"
#include "verify/ed25519.h"
#include "verify/mem.h"
#include "verify/sha256.h"

/* What the guests of the fault injection sweep share; each is one file. */

volatile uint32_t fault_result; /* enum fault_verdict, or 0 */

void fault_end(void);
void fault_main(void);

/* fault_main returns to it. */
__attribute__((noinline, used)) void
fault_end(void)
{
	for (;;)
		__asm__ volatile("nop");
}

/* ed25519_verify, by a table of the signatures that verify. */
static inline enum rc
fault_known(const struct fault_valid *valid, uint32_t valid_n,
    const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *message, size_t n)
{
	uint8_t digest[32];
	struct sha256 s;
	uint32_t i;

	sha256_init(&s);
	sha256_update(&s, message, n);
	sha256_final(&s, digest);
	for (i = 0; i < valid_n; i++)
		if (memcmp(valid[i].sig, sig, 64) == 0 &&
		    memcmp(valid[i].key, key, 32) == 0 &&
		    memcmp(valid[i].message, digest, 32) == 0)
			return RC_OK;
	return RC_SIGNATURE_INVALID;
}
#endif
