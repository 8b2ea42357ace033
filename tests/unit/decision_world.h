/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fixture of check_decision and its parts: the world, its trust text as
 * a device holds it, a device that takes WORLD_RELEASE, and the call that
 * decides on a file and holds verify/ to what goes for every decision.
 */
#ifndef TESTS_UNIT_DECISION_WORLD_H
#define TESTS_UNIT_DECISION_WORLD_H
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/world.h"
#include "verify/verify.h"

static struct world w;
static struct trust trust;
static uint8_t page[8192];

static inline struct slice
s(const char *string)
{
	return (struct slice){(const uint8_t *)string, strlen(string)};
}

/* A device that takes WORLD_RELEASE. */
static inline struct verify_device
device(void)
{
	struct verify_device d = {.product_n = 2,
	    .component_n = 1,
	    .time = WORLD_NOW,
	    .page = page,
	    .page_n = sizeof page};

	d.product[0] = (struct device_product){.name = s("acme.example/camera"),
	    .epoch = 1,
	    .floor = 30,
	    .sequence = 41};
	d.product[1] = (struct device_product){
	    .name = s("acme.example/radio"), .epoch = 1, .sequence = 7};
	d.component[0] = s("app");
	return d;
}

/* Bytes of a file under construction. */
static char file_bytes[2][200000];
static inline struct text
fresh(int which)
{
	struct text t;

	text_init(&t, file_bytes[which], sizeof file_bytes[which]);
	return t;
}

static inline enum rc
decide_by(const struct trust *t, const struct verify_device *d,
    const void *bytes, size_t n, struct verified *out)
{
	static struct verify v;
	struct verified zero, own;
	enum rc rc;

	memset(&zero, 0, sizeof zero);
	verify_init(&v, t, d);
	rc = verify_feed(&v, bytes, n);
	if (out == NULL)
		out = &own;
	memset(out, 0xaa, sizeof *out);
	if (rc != RC_MORE) { /* a refusal sticks */
		ck_assert_int_eq(verify_feed(&v, (const uint8_t *)"x", 1), rc);
		ck_assert_int_eq(verify_finish(&v, out), rc);
	} else {
		rc = verify_finish(&v, out);
	}
	if (rc != RC_OK)
		ck_assert_mem_eq(out, &zero, sizeof zero);
	ck_assert_int_eq(verify_finish(&v, &own),
	    rc == RC_OK ? RC_STATE : rc); /* decided once */
	return rc;
}

static inline enum rc
decide(
    const struct verify_device *d, const struct text *t, struct verified *out)
{
	return decide_by(&trust, d, t->p, t->n, out);
}

static inline void
put_bad_line(struct text *t, const struct key *k, size_t blob_n)
{
	uint8_t blob[100] = {0};

	memcpy(blob, k->id, 4);
	put_blob_line(t, k->name, blob, blob_n);
}

/* True when the device's trust text can be read. */
static inline bool
decision_begin(void)
{
	world_make(&w);
	return trust_read(&trust, (uint8_t *)w.trust, strlen(w.trust),
		   READER_DEVICE) == RC_OK;
}
#endif
