/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_SIDE_H
#define TESTS_FUZZ_SIDE_H
#include <stddef.h>
#include <stdint.h>

/*
 * verify/ twice in one program: side.c is built into two libraries that show
 * nothing else, one with the bounds and the crypto of hosts, one with those
 * of devices. What crosses is plain values: the structures differ in size.
 */
enum { SIDE_PAGE_MAX = 2560 };

/* The settings of a device, as bits. */
enum {
	SIDE_OWNED = 1,   /* has an owner, whose endorsement it needs */
	SIDE_ENDORSED = 2, /* and has it, for the text at hand */
	SIDE_PERSON = 4,
	SIDE_UNKNOWN = 8, /* installed sequence unknown */
	SIDE_CLOCK = 16,
	SIDE_PAGE = 32,
	SIDE_AGE = 64,
	SIDE_TWO = 128, /* asks for a second component */
};

struct side_task {
	const char *trust, *owner; /* texts, the same in every task */
	int by_owner;              /* whose text the verifier is given */
	unsigned flags;
	uint32_t epoch, floor, sequence; /* the first product's record */
	uint32_t radio;                  /* the second's sequence */
	const uint8_t *id;               /* of the text at hand */
	const uint8_t *file;
	size_t file_n;
	uint32_t cuts; /* 0: in one piece; else where it is cut */
};

struct side_result {
	int rc, kind;
	unsigned product, signers, witnesses, recovered;
	uint32_t epoch, sequence, floor, revision;
	uint8_t id[32];
	uint64_t size[2];
	uint8_t digest[2][32];
	uint64_t proof_time, index, tree_size;
	uint32_t page_n;
	uint8_t page[SIDE_PAGE_MAX];
};

/* What stands for ed25519_verify; `real` is the library's own. */
typedef int side_ed25519(const uint8_t *sig, const uint8_t *key,
    const uint8_t *message, size_t n);
typedef int side_judge(side_ed25519 *real, const uint8_t *sig,
    const uint8_t *key, const uint8_t *message, size_t n);

/* Runs the task; aborts where the contract of verify.h does not hold. */
void side_host(
    struct side_result *out, const struct side_task *t, side_judge *judge);
void side_device(
    struct side_result *out, const struct side_task *t, side_judge *judge);
#endif
