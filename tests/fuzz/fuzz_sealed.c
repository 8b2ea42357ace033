/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of sealed files, on the input as it is and on a good file with
 * the input as edits (three bytes each: where, and what). Only the good file
 * opens; a refusal leaves nothing.
 */
#include <assert.h>
#include <sodium.h>
#include <string.h>
#include "host/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct passphrase pass = {4, "pass"};
static char good[1024];
static size_t good_n;

static void
seal(void)
{
	struct text t;
	enum rc rc;

	text_init(&t, good, sizeof good);
	rc = secret_seal(&t, "share", (const uint8_t *)good, 100, &pass,
	    SECRET_COST_FAST);
	assert(rc == RC_OK);
	good_n = t.n;
}

static void
open_text(const char *text, size_t n)
{
	char kind[SECRET_KIND_MAX + 1];
	uint8_t out[128];
	size_t out_n;
	enum rc rc;

	secret_sealed_kind(kind, text, n);
	/* the costs are the input's: spend only what the good file asks */
	if (memmem(text, n, "argon2id 1 65536 ", 17) == NULL)
		return;
	rc = secret_open(out, &out_n, sizeof out, "share", text, n, &pass);
	if (n == good_n && memcmp(text, good, n) == 0)
		assert(rc == RC_OK && out_n == 100);
	else
		assert(rc != RC_OK && out_n == 0 &&
		    sodium_is_zero(out, sizeof out));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char text[sizeof good];
	size_t i;

	if (good_n == 0)
		seal();
	open_text((const char *)bytes, n);
	memcpy(text, good, good_n);
	for (i = 0; i + 3 <= n; i += 3)
		text[(size_t)(bytes[i] | bytes[i + 1] << 8) % good_n] =
		    (char)bytes[i + 2];
	open_text(text, good_n);
	return 0;
}
