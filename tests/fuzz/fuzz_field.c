/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The readers of single fields. One spelling each: what was read is written
 * again by code that verify/ does not share, and must give the same bytes;
 * what was refused must not be readable strictly. The first byte says which.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "host/text.h"
#include "verify/checkpoint.h"
#include "verify/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
decimal(struct slice s)
{
	const uint64_t max = ((uint64_t)1 << 53) - 1;
	uint64_t v = 0, w = 0;
	bool ok = slice_decimal(s, max, &v);

	assert(ok == decimal_decode(&w, max, (const char *)s.p, s.n));
	assert(!ok || v == w);
}

static void
hex(struct slice s)
{
	uint8_t a[32], b[32];
	size_t n = s.n / 2 > 32 ? 32 : s.n / 2;
	bool ok = slice_hex(s, a, n);

	assert(ok == hex_decode(b, n, (const char *)s.p, s.n));
	assert(!ok || memcmp(a, b, n) == 0);
}

static void
base64(struct slice s, size_t n)
{
	uint8_t a[80], b[80];
	size_t m;
	bool ok = slice_base64(s, a, n);
	bool too = base64_decode(b, &m, sizeof b, (const char *)s.p, s.n);

	assert(ok == (too && m == n));
	assert(!ok || memcmp(a, b, n) == 0);
}

/* Only bytes of `set`; the text may hold NULs, hence no strspn. */
static bool
all_of(struct slice s, const char *set)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] == 0 || strchr(set, s.p[i]) == NULL)
			return false;
	return true;
}

static void
names(struct slice s)
{
	static const char end[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char in[] = "abcdefghijklmnopqrstuvwxyz0123456789._/-";
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	bool sized = s.n >= 1 && s.n <= 128, token = sized;
	size_t i;

	assert(slice_name(s) ==
	    (sized && all_of(s, in) && all_of((struct slice){s.p, 1}, end) &&
		all_of((struct slice){s.p + s.n - 1, 1}, end)));
	for (i = 0; i < s.n; i++)
		token = token && s.p[i] > ' ' && s.p[i] < 0x7f &&
		    s.p[i] != '+';
	assert(slice_foreign(s) == token);
	assert(slice_label(s) ==
	    ((s.n == 2 && all_of(s, upper)) || (s.n == 1 && s.p[0] == '-')));
}

static void
key(struct slice s, uint8_t type)
{
	char again[NAME_BYTES_MAX + 64];
	uint8_t blob[33], id[4];
	struct vkey k;
	struct text t;

	if (vkey_parse(&k, s, type) != RC_OK)
		return;
	assert(k.type == type && slice_foreign(k.name));
	vkey_id(id, k.name, k.type, k.key);
	assert(memcmp(id, k.id, 4) == 0);
	blob[0] = type;
	memcpy(blob + 1, k.key, 32);
	text_init(&t, again, sizeof again);
	text_put(&t, k.name.p, k.name.n);
	text_string(&t, "+");
	text_hex(&t, id, 4);
	text_string(&t, "+");
	text_base64(&t, blob, 33);
	assert(t.n == s.n && memcmp(t.p, s.p, s.n) == 0);
}

static void
checkpoint(struct slice s, bool extensions)
{
	char again[512];
	struct checkpoint c;
	struct text t;

	if (checkpoint_parse(&c, s.p, s.n, extensions) != RC_OK)
		return;
	assert(slice_foreign(c.origin));
	text_init(&t, again, sizeof again);
	text_put(&t, c.origin.p, c.origin.n);
	text_printf(&t, "\n%llu\n", (unsigned long long)c.size);
	text_base64(&t, c.root, 32);
	text_string(&t, "\n");
	assert(extensions ? t.n <= s.n : t.n == s.n);
	assert(memcmp(t.p, s.p, t.n) == 0);
	assert(s.p[s.n - 1] == '\n');
}

static void
order(struct slice s)
{
	size_t i = s.n / 2;
	struct slice a = {s.p, i}, b = {s.p + i, s.n - i};
	char z[256];
	int c = slice_compare(a, b);

	assert((c < 0) == (slice_compare(b, a) > 0));
	assert((c == 0) == slice_equal(a, b));
	if (memchr(a.p, 0, a.n) == NULL && a.n < sizeof z) {
		memcpy(z, a.p, a.n);
		z[a.n] = 0;
		assert(slice_is(a, z));
		assert(slice_is(b, z) == (c == 0));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct slice s = {bytes + 1, n - 1};

	if (n < 2)
		return 0;
	switch (bytes[0] % 10) {
	case 0:
		decimal(s);
		break;
	case 1:
		hex(s);
		break;
	case 2:
		base64(s, 1 + bytes[0] % 80);
		break;
	case 3: /* of the length that fits, or nearly */
		base64(s, s.n < 104 ? s.n / 4 * 3 - (s.n > 4 && s.p[s.n - 1] == 0x3d) : 33);
		break;
	case 4:
		names(s);
		break;
	case 5:
		key(s, KEY_ED25519);
		break;
	case 6:
		key(s, KEY_COSIGNATURE);
		break;
	case 7:
		checkpoint(s, false);
		break;
	case 8:
		checkpoint(s, true);
		break;
	default:
		order(s);
	}
	return 0;
}
