/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole decision on any bytes, against the golden trust texts and an
 * owner's. Fed whole and in pieces whose size the input chooses: the result
 * is the same. Once signatures are what they are, and once nearly all are
 * believed, so that what is altered in a text still comes to proof and
 * checkpoint; whoever is taken in the first case is taken in the second.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ed25519_verify signature_verify
#include "verify/note.c"
#include "verify/verify.c"
#undef ed25519_verify
enum rc ed25519_verify(const uint8_t sig[static 64],
    const uint8_t key[static 32], const uint8_t *message, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static bool believing;

enum rc
signature_verify(const uint8_t sig[static 64], const uint8_t key[static 32],
    const uint8_t *message, size_t n)
{
	if (!believing)
		return ed25519_verify(sig, key, message, n);
	/* S is far above the order: no such signature ever verifies */
	return sig[63] & 0xe0 ? RC_SIGNATURE_INVALID : RC_OK;
}

enum { TRUSTS = 3 };
static struct trust trusts[TRUSTS];

static void
trusts_read(void)
{
	static const char *const names[TRUSTS] = {
	    "trust.note", "group-trust.note", "owner.note"};
	static uint8_t page[TRUSTS][8192];
	char path[1024];
	struct note note;
	unsigned i;
	size_t n;
	FILE *f;

	for (i = 0; i < TRUSTS; i++) {
		snprintf(path, sizeof path, "%s/tests/vectors/golden/%s",
		    QUORATE_SOURCE, names[i]);
		f = fopen(path, "rb");
		assert(f != NULL);
		n = fread(page[i], 1, sizeof page[i], f);
		fclose(f);
		assert(note_split(&note, page[i], n) == RC_OK);
		assert(trust_read(&trusts[i], page[i], note.text_n,
			   READER_HOST) == RC_OK);
	}
}

static enum rc
run(const struct trust *t, const uint8_t *bytes, size_t n, size_t piece,
    struct verified *out)
{
	static struct verify v;
	static uint8_t page[4096];
	struct verify_device d;
	size_t at = 0;
	enum rc rc;

	memset(&d, 0, sizeof d);
	memset(page, 0, sizeof page);
	d.product[0].name = (struct slice){(const uint8_t *)"acme/pump", 9};
	d.product[0].epoch = 1;
	d.product[0].sequence = n & 4 ? 6 : 0;
	d.product_n = 1;
	d.component[0] = (struct slice){(const uint8_t *)"app", 3};
	d.component_n = n & 1;
	d.installed_unknown = n & 2;
	d.person = n & 8 ? VERIFY_PERSON : 0;
	d.time = n & 16 ? 1700000100 : 0;
	d.page = page;
	d.page_n = sizeof page;
	verify_init(&v, t, &d);
	while (at < n) {
		size_t take = piece < n - at ? piece : n - at;

		if (verify_feed(&v, bytes + at, take) != RC_MORE)
			break;
		at += take;
	}
	rc = verify_finish(&v, out);
	assert((rc == RC_OK) == (out->kind != 0));
	assert(rc != RC_OK || out->signers > 0);
	assert(rc != RC_OK || out->kind != VERIFIED_RELEASE ||
	       (out->witnesses > 0 && out->proof_time > 0));
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct verified whole, pieces;
	unsigned i;

	if (trusts[0].kind == 0)
		trusts_read();
	for (i = 0; i < TRUSTS; i++) {
		enum rc rc[2];

		for (believing = false;; believing = true) {
			rc[believing] =
			    run(&trusts[i], bytes, n, n > 0 ? n : 1, &whole);
			assert(run(&trusts[i], bytes, n,
				   n > 0 ? 1 + bytes[0] % 7 : 1,
				   &pieces) == rc[believing]);
			assert(memcmp(&whole, &pieces, sizeof whole) == 0);
			if (believing)
				break;
		}
		assert(rc[0] != RC_OK || rc[1] == RC_OK);
#ifdef HISTOGRAM
		fprintf(stderr, "H %u %d %d\n", i, rc[0], rc[1]);
#endif
	}
	return 0;
}
