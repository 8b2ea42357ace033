/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_BOOT_BOOT_H
#define VERIFY_BOOT_BOOT_H
#include "verify/boot/records.h"
#include "verify/payload.h"

/*
 * The reference boot loader, without the board: two slots, files and images
 * from any medium, and what happens in which order (docs/device.md).
 *
 *   boot_open     the record; a trial that ran is decided: it confirmed
 *                 itself (the floor rises), or it has failed
 *   boot_take     one file: a release with its image, a withdraw, a hop;
 *                 as many as there are
 *   boot_choose   the slot to start, hashed; records and pages are locked
 *
 * and, from the application, boot_confirm. An install is: verify the file in
 * RAM, forget the spare slot, erase, stream, hash what the slot holds, mark
 * it pending; started once, as a trial; good when it has confirmed itself.
 * Until then the good image stays untouched, and it is what is started if
 * anything at all goes wrong. All of it may end at any instant: the power
 * may go between any two writes and inside each.
 */
#ifndef BOOT_PAGE_MAX
#define BOOT_PAGE_MAX 2560 /* the largest trust text */
#endif
enum {
	BOOT_CHUNK = 256,
	BOOT_RECORD_AREA_MIN = 2048, /* four pairs */
	BOOT_CONFIRM_SIZE = 36,
	BOOT_TRIES_MAX = 3, /* of one text, without a person */
	BOOT_PERSON = VERIFY_PERSON,
};
_Static_assert((int)BOOT_CHUNK >= (int)BOOT_UNIT_MAX, "chunks are whole units");

struct boot_config {
	struct slice product, component;
	const struct device_product *others; /* which releases may require */
	uint8_t other_n;
	uint64_t max_proof_age_s; /* 0: no limit; needs a clock */
	struct boot_area slot[2];
	struct boot_area record[2];
	struct boot_area page[2];
	struct boot_area owner;   /* size 0: never an owner */
	struct boot_area confirm; /* the application may write this one */
};

/* Bytes from any medium; fewer than asked for only at the end. */
struct boot_source {
	size_t (*read)(void *context, uint8_t *to, size_t n);
	void *context;
};

/* The caller's; large, and of no interest but for the first fields. */
struct boot {
	enum rc trial;      /* after boot_open: RC_OK: a trial confirmed
			       itself; RC_UNCONFIRMED; RC_MORE: none ran */
	enum rc slot_rc[2]; /* after boot_choose: why not; RC_MORE: not asked */
	struct records store; /* store.record is the record */
	struct verified out; /* after boot_take: what the file was */
	const struct boot_config *config;
	const struct boot_flash *flash;
	struct record next; /* a record that is being made, never on a stack:
			       one skipped push would bend it there */
	bool has_endorsed;
	uint8_t endorsed[32];
	struct trust trust;
	struct verify_device device;
	union {
		struct verify verify;
		uint8_t chunk[BOOT_CHUNK];
	} work;
	uint8_t held[BOOT_PAGE_MAX];  /* the page in force */
	uint8_t spare[BOOT_PAGE_MAX]; /* a new text, until it is in flash */
};

/*
 * RC_OK; RC_LAYOUT; RC_RECORD: no record, the device was never provisioned
 * or its flash is broken; RC_FLASH: a record stands but cannot be written any
 * more. boot_choose may follow after RC_OK and RC_FLASH.
 */
enum rc boot_open(struct boot *b, const struct boot_config *c,
    const struct boot_flash *f) __attribute__((warn_unused_result));
/*
 * Take one file. image is read for a release only, exactly its size. time is
 * 0 without a clock; person: BOOT_PERSON when somebody stands before the
 * device and has said so on it, anything else when not. Before the
 * first write the whole file has been verified.
 *
 * RC_OK: done, or nothing was left to do; b->out says what it was. Else the
 * refusal of verify_* and payload_*, RC_SLOT, RC_UNCONFIRMED (this text was
 * tried BOOT_TRIES_MAX times), RC_PAGE, RC_PAGE_ID or RC_EPOCH (no usable
 * trust page), RC_FLASH, RC_STATE (a trial waits to be decided).
 */
enum rc boot_take(struct boot *b, const struct boot_source *file,
    const struct boot_source *image, uint64_t time, uint32_t person)
    __attribute__((warn_unused_result));
/*
 * The owner's word for the release that follows in this power cycle. Refusals
 * of verify_*; RC_PAGE: this device has no owner.
 */
enum rc boot_endorse(struct boot *b, const struct boot_source *file)
    __attribute__((warn_unused_result));
/*
 * The slot to start now. RC_OK; RC_NO_IMAGE, RC_FLASH (lock failed): nothing
 * may be started. Ends with flash->lock.
 */
enum rc boot_choose(struct boot *b, unsigned *slot)
    __attribute__((warn_unused_result));

/* How a device comes to be: what the factory writes first. */
struct boot_birth {
	struct slice trust, owner; /* texts; owner.n 0: none */
	const uint8_t *trust_id, *owner_id;
	uint32_t epoch, floor; /* of the day: older releases are refused */
};
/*
 * RC_OK, RC_PROVISIONED (there is a record: nothing is changed), RC_LAYOUT,
 * RC_PAGE, refusals of trust_parse, RC_FLASH. May be repeated after a cut.
 */
enum rc boot_provision(struct boot *b, const struct boot_config *c,
    const struct boot_flash *f, const struct boot_birth *birth)
    __attribute__((warn_unused_result));
#endif
