/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fixture of the suites that ask the device for a decision (check_verify
 * and its parts, check_cuts, check_threats): an authority, a device with
 * acme/pump 6 installed, a file that it takes, and the call that feeds it.
 * Every one of them is built twice, for hosts and as for a device.
 */
#ifndef TESTS_UNIT_DECIDE_HELP_H
#define TESTS_UNIT_DECIDE_HELP_H
#include <check.h>
#include <stdlib.h>
#include "tests/unit/notes_help.h"
#include "verify/payload.h"
#include "verify/verify.h"

#define SMALL (VERIFY_TEXT_MAX < NOTE_BYTES_MAX)

static struct authority a;
static struct buf held_text, text, file;
static struct trust held;
static struct verify_device device;
static uint8_t page[4096];
static struct proof proof;
static struct by by;

static inline void
held_read(void)
{
	ck_assert_int_eq(trust_read(&held, (const uint8_t *)held_text.b,
			     held_text.n, READER_DEVICE),
	    RC_OK);
}

/* To be read again. */
static inline void
log_add(const struct key *k)
{
	char lines[300];

	snprintf(lines, sizeof lines, "log %s DE\nwitness w1", k->vkey);
	buf_swap(&held_text, "witness w1", lines);
}

/* A device with acme/pump 6 installed, its floor 5, that asks for `app`. */
static inline void
setup(void)
{
	authority_make(&a);
	trust_text(&held_text, &a);
	held_read();
	memset(&device, 0, sizeof device);
	device.product[0].name =
	    (struct slice){(const uint8_t *)"acme/pump", 9};
	device.product[0].epoch = 1;
	device.product[0].floor = 5;
	device.product[0].sequence = 6;
	device.product_n = 1;
	device.component[0] = (struct slice){(const uint8_t *)"app", 3};
	device.component_n = 1;
	device.page = page;
	device.page_n = sizeof page;
	release_text(&text, "firmware", 8);
	by = BY(&a.signer[0], &a.signer[2]);
	proof = proof_usual(&a);
}

/* Feed in pieces; each piece is gone when the call returns. */
static inline enum rc
run(const char *b, size_t n, size_t first, size_t piece, struct verified *out)
{
	static struct verify v;
	enum rc fed = RC_MORE, rc;
	size_t at = 0, take = first;

	memset(page, 0xee, sizeof page);
	verify_init(&v, &held, &device);
	for (; at < n; at += take, take = piece) {
		uint8_t *copy;

		if (take == 0 || take > n - at)
			take = take == 0 ? piece : n - at;
		if (take > n - at)
			take = n - at;
		copy = malloc(take);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, b + at, take);
		rc = verify_feed(&v, copy, take);
		memset(copy, 0xee, take);
		free(copy);
		ck_assert(fed == RC_MORE || rc == fed); /* a refusal sticks */
		ck_assert(rc != RC_OK);
		fed = rc;
	}
	memset(out, 0xee, sizeof *out);
	rc = verify_finish(&v, out);
	ck_assert(fed == RC_MORE || rc == fed);
	if (rc != RC_OK) {
		static const struct verified zero;

		ck_assert_int_eq(memcmp(out, &zero, sizeof zero), 0);
	}
	return rc;
}

/* Whole and a byte at a time: one verdict. */
static inline enum rc
verdict(struct verified *out)
{
	struct verified again;
	enum rc rc = run(file.b, file.n, 0, file.n + 1, out);

	ck_assert_int_eq(run(file.b, file.n, 0, 1, &again), rc);
	ck_assert_int_eq(memcmp(out, &again, sizeof again), 0);
	return rc;
}

#define ck_assert_verdict(want)                                     \
	do {                                                        \
		struct verified out_;                               \
		ck_assert_int_eq((int)verdict(&out_), (int)(want)); \
	} while (0)
#define ck_assert_file(want)                          \
	do {                                          \
		file_make(&file, &text, &by, &proof); \
		ck_assert_verdict(want);              \
	} while (0)

/* text: the revision after the held one, with an edit. */
static inline void
hop(const char *from, const char *to)
{
	trust_next(&text, &held_text, 1);
	if (from != NULL)
		buf_swap(&text, from, to);
	by = BY(&a.root[0], &a.root[2]);
}

/* An owner of two keys, both needed, for releases of acme/test. */
static struct trust owner;
static struct buf owner_text;
static struct key owner_key[2];

static inline void
owner_make(void)
{
	key_make(&owner_key[0], "clinic.example/it", 1, "owner 1");
	key_make(&owner_key[1], "clinic.example/head", 1, "owner 2");
	owner_text.n = 0;
	buf_printf(&owner_text,
	    "quorate/owner@v1\nname clinic/1\nfor acme/test\nrevision 1\n"
	    "previous -\nsigner it %s DE\nsigner head %s DE\n"
	    "group both all it head\nquorum both\nabout\nproposed %u\n",
	    owner_key[0].vkey, owner_key[1].vkey, (unsigned)HELP_TIME);
	ck_assert_int_eq(trust_read(&owner, (const uint8_t *)owner_text.b,
			     owner_text.n, READER_HOST),
	    RC_OK);
}
#endif
