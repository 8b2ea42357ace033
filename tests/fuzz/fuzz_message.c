/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes over the network between parties and coordinator: any bytes as
 * a bundle, each item as a message of its kind, and as a ceremony. What a
 * parser takes, its builder writes again byte for byte: one spelling.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "quorum/blame.h"
#include "quorum/bundle.h"
#include "quorum/ceremony.h"
#include "quorum/message.h"
#include "quorum/purpose.h"
#include "tests/unit/message_kinds.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static char again[NOTE_BYTES_MAX * 4];

#define CASE(kind, upper)                                                      \
	case MESSAGE_##upper: {                                                \
		static struct message_##kind m;                                \
		struct text t;                                                 \
                                                                               \
		if (kind##_parse(&m, text.p, text.n) != RC_OK)                 \
			break;                                                 \
		text_init(&t, again, sizeof again);                            \
		kind##_build(&t, &m);                                          \
		assert(t.n == text.n && memcmp(t.p, text.p, t.n) == 0);        \
		break;                                                         \
	}

static void
one(struct slice text)
{
	switch (message_kind_of(text.p, text.n)) {
		MESSAGE_KINDS(CASE)
	default:
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct ceremony_bundle ceremony;
	static struct blame_case blame;
	static struct purpose_request purpose;
	struct bundle_item item;
	struct message m;
	struct bundle b;

	if (bundle_init(&b, bytes, n) == RC_OK)
		while (bundle_next(&b, &item) == RC_OK) {
			assert(item.text.n <= item.whole.n);
			if (message_open(&m, item.whole.p, item.whole.n) ==
			    RC_OK)
				one(m.text);
		}
	if (bundle_init(&b, bytes, n) == RC_OK)
		while (blame_check(&blame, &b) == RC_OK)
			;
	if (bundle_init(&b, bytes, n) == RC_OK &&
	    purpose_take(&purpose, &b) == RC_OK) {
		/* the file lies within the bytes, and the line in the file */
		assert(purpose.file.p > bytes &&
		    purpose.file.p + purpose.file.n <= bytes + n);
		assert(purpose.line.name.p > purpose.file.p &&
		    purpose.line.name.p < purpose.file.p + purpose.file.n);
		assert(purpose.line.message_n > 0);
	}
	(void)!ceremony_open(&ceremony, bytes, n);
	return 0;
}
