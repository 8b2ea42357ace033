/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_RECORD_H
#define VERIFY_RECORD_H
#include "verify/verify.h"

/*
 * What a device must not forget about one product: how far it has come, which
 * image it may boot, which one is on trial, and which trust page it obeys.
 * One record, always written whole, so that all of it changes at once; stored
 * at least twice (docs/formats.md, "The device's record"; verify/boot/ says
 * how it survives a power cut).
 *
 * Numbers are big endian. All bytes are determined by the fields: decoding
 * and encoding again gives the same bytes.
 *
 * OFFSET SIZE FIELD
 *      0    3 "QR1"
 *      3    1 tries: how often the trial was started, at most 255
 *      4    4 generation, 1 and up: of two records the greater is the newer
 *      8    4 epoch, 12 4 floor: nothing below is accepted; never go back
 *     16    1 good: slot of the image that confirmed itself, or 0xff
 *     17    1 trial: slot of the image that has not yet, or 0xff
 *     18    1 state of the trial, enum record_state
 *     19    1 page: which trust page is obeyed, 0 or 1
 *     20    2 length of the text in that page
 *     22    2 length of the owner's text, 0: the device has no owner page
 *     24   32 id of the trust text
 *     56   32 id of the owner's text, or zero
 *     88   80 image in slot 0, all zero: none
 *    168   80 image in slot 1
 *    248    8 check: first bytes of the SHA-256 of the bytes before
 *
 * An image:
 *      0    4 epoch, 4 4 sequence, 8 4 floor: of its release
 *     12    4 size in bytes
 *     16   32 id of the release text
 *     48   32 SHA-256 of the image
 */
enum {
	RECORD_SIZE = 256,
	RECORD_NONE = 0xff, /* no slot */
};

enum record_state {
	RECORD_IDLE = 0x00,    /* no trial */
	RECORD_PENDING = 0x35, /* written, hashed from the slot, never run */
	RECORD_TRYING = 0x5c,  /* runs, or ran, once; not confirmed yet */
	RECORD_FAILED = 0xc6,  /* ran and did not confirm itself */
};

struct record_image {
	uint32_t epoch, sequence, floor;
	uint32_t size; /* 0: there is no image */
	uint8_t id[32];
	uint8_t sha256[32];
};

struct record {
	uint32_t generation;
	uint32_t epoch, floor;
	uint8_t tries;
	uint8_t good, trial; /* 0, 1 or RECORD_NONE */
	uint8_t state;       /* enum record_state */
	uint8_t page;
	uint16_t trust_n, owner_n;
	uint8_t trust_id[32], owner_id[32];
	struct record_image image[2];
};

void record_encode(uint8_t out[static RECORD_SIZE], const struct record *r);
/*
 * RC_OK, or RC_RECORD: not a record, or one that contradicts itself (a good
 * slot without an image, one slot both good and on trial, ...). r is zero
 * unless RC_OK.
 */
enum rc record_decode(struct record *r, const uint8_t in[static RECORD_SIZE])
    __attribute__((warn_unused_result));
/* The newer of two copies of which at least one is valid, or RC_RECORD. */
enum rc record_pick(struct record *r, const uint8_t a[static RECORD_SIZE],
    const uint8_t b[static RECORD_SIZE]) __attribute__((warn_unused_result));

/* Whether (epoch, sequence) may still be started: not below the floor. */
bool record_allows(const struct record *r, uint32_t epoch, uint32_t sequence);
/* The floor rises to (epoch, floor); a lower one changes nothing. */
void record_raise(struct record *r, uint32_t epoch, uint32_t floor);
/* The trial confirmed itself: it is the good image, and the floor rises. */
void record_confirm(struct record *r);
/* What the decision asks of a record; the name is left alone. */
void record_product(struct device_product *p, const struct record *r);
/* An image as payload_is wants it: one component, of this size and digest. */
void record_verified(struct verified *v, const struct record_image *i);
#endif
