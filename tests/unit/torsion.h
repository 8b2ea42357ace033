/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_TORSION_H
#define TESTS_UNIT_TORSION_H
/*
 * Points of every class of torsion, made with libsodium only: torsion[k] is
 * k times a point of order 8.
 */
#include <check.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>

static uint8_t torsion[8][32];

/* A known point of order 8 (in libsodium's own list of small orders). */
static inline void
torsion_init(void)
{
	static const uint8_t eight[32] = {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2,
	    0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
	    0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88,
	    0x6d, 0x53, 0xfc, 0x05};

	memset(torsion[0], 0, 32);
	torsion[0][0] = 1;
	for (int k = 1; k < 8; k++)
		ck_assert_int_eq(crypto_core_ed25519_add(
				     torsion[k], torsion[k - 1], eight),
		    0);
	ck_assert_mem_eq(torsion[1], eight, 32);
}

/* A random point whose part of small order is torsion[k]. */
static inline void
torsion_random(uint8_t out[static 32], int k)
{
	uint8_t s[32];

	crypto_core_ed25519_scalar_random(s);
	ck_assert_int_eq(crypto_scalarmult_ed25519_base_noclamp(out, s), 0);
	ck_assert_int_eq(crypto_core_ed25519_add(out, out, torsion[k]), 0);
}
#endif
