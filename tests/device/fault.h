/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_DEVICE_FAULT_H
#define TESTS_DEVICE_FAULT_H
#include <stdint.h>

/*
 * What one run of the fault injection sweep judges: written by fault_files.c
 * on the host, mapped into the emulated memory by fault_run.c, read by
 * fault_guest.c. Both are little-endian and lay this out alike.
 */
enum {
	FAULT_BYTES_MAX = 16384,
	FAULT_VALID_MAX = 12,
	FAULT_PERSON = 1,
	FAULT_PAGE = 2,
	FAULT_OWNED = 4,
};
enum fault_verdict { /* far apart in bits */
	FAULT_REFUSED = 0x52454655,
	FAULT_ACCEPTED = 0x41434350, /* of the boot loader, and in which way */
};

/* A signature that verifies. There are no others in the whole world. */
struct fault_valid {
	uint8_t sig[64], key[32];
	uint8_t message[32]; /* SHA-256 of what is signed */
};
struct fault_part { /* where in `bytes` */
	uint32_t at, n;
};
struct fault_input {
	uint32_t flags, kind; /* enum verified_kind that is asked for */
	uint32_t epoch, floor, sequence, radio;
	uint64_t time, max_age;
	struct fault_part trust, owner, file, image;
	uint8_t trust_id[32], owner_id[32], endorsed[32], installed_id[32];
	uint32_t valid_n, spare;
	struct fault_valid valid[FAULT_VALID_MAX];
	uint8_t bytes[FAULT_BYTES_MAX];
};
_Static_assert(sizeof(struct fault_input) < 20480, "fits its window");

/*
 * The same for the boot loader: a flash, and what lies in the medium. Harm is
 * to start anything but `allowed`, or to change what the record obeys.
 */
enum { FAULT_FLASH = 20480, FAULT_MEDIUM_MAX = 9216 };

/* The slots, records, pages and the confirmation, of boot_world.h. */
#define FAULT_LAYOUT                                                     \
	{                                                                \
		.product = {(const uint8_t *)"acme/pump", 9},            \
		.component = {(const uint8_t *)"app", 3},                \
		.slot = {{0, 4096, 1024}, {4096, 4096, 1024}},           \
		.record = {{8192, 2048, 1024}, {10240, 2048, 1024}},     \
		.page = {{12288, 2048, 1024}, {14336, 2048, 1024}},      \
		.owner = {16384, 2048, 1024}, .confirm = {18432, 1024, 1024} \
	}

struct fault_boot {
	uint32_t epoch, floor; /* of the record */
	uint8_t trust_id[32];
	struct fault_part file, image, allowed;
	uint32_t valid_n, spare;
	struct fault_valid valid[FAULT_VALID_MAX];
	uint8_t flash[FAULT_FLASH];
	uint8_t bytes[FAULT_MEDIUM_MAX];
};
_Static_assert(sizeof(struct fault_boot) < 32768, "fits its window");
#endif
