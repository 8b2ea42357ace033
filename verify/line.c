/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/line.h"
#include "verify/mem.h"
#include "verify/sha256.h"
#include "verify/tick.h"

/*
 * One walker for the texts of all kinds. It accepts one spelling of
 * everything; whoever reads a line through it needs no checks of syntax.
 */

bool
slice_equal(struct slice a, struct slice b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

bool
slice_is(struct slice a, const char *s)
{
	size_t i;

	for (i = 0; i < a.n; i++)
		if (s[i] == 0 || (uint8_t)s[i] != a.p[i])
			return false;
	return s[i] == 0;
}

int
slice_compare(struct slice a, struct slice b)
{
	int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	if (c == 0 && a.n != b.n)
		c = a.n < b.n ? -1 : 1;
	return c;
}

bool
slice_decimal(struct slice s, uint64_t max, uint64_t *out)
{
	uint32_t high = 0, low = 0;
	size_t i;

	if (s.n == 0 || s.n > 16 || (s.n > 1 && s.p[0] == '0'))
		return false;
	for (i = 0; i < s.n; i++) { /* without a product of 64 bits */
		uint32_t d = s.p[i] - (uint32_t)'0';
		uint32_t a = (low & 0xffff) * 10 + d;
		uint32_t b = (low >> 16) * 10 + (a >> 16);

		if (d > 9)
			return false;
		low = b << 16 | (a & 0xffff);
		high = high * 10 + (b >> 16);
	}
	*out = (uint64_t)high << 32 | low;
	return *out <= max;
}

bool
slice_hex(struct slice s, uint8_t *out, size_t out_n)
{
	uint8_t high = 0;
	size_t i;

	if (s.n != 2 * out_n)
		return false;
	for (i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		uint8_t d;

		if (c >= '0' && c <= '9')
			d = (uint8_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			d = (uint8_t)(c - 'a' + 10);
		else
			return false;
		high = (uint8_t)(high << 4 | d);
		if (i % 2)
			out[i / 2] = high;
	}
	return true;
}

uint8_t
base64_digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint8_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint8_t)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0' + 52);
	if (c == '+')
		return 62;
	if (c == '/')
		return 63;
	return 0xff;
}

unsigned
base64_feed(struct base64 *b, uint8_t c)
{
	unsigned place = b->place;
	uint8_t d = base64_digit(c);

	b->place = (place + 1) & 3;
	if (c == '=') {
		/* after two digits with 4 spare bits, or three with 2 */
		if (place < 2 || b->bits & (15 >> 2 * (place - 2)))
			return BASE64_BAD;
		b->padded = 1;
		b->bits = 0;
		return BASE64_NONE;
	}
	if (d == 0xff || b->padded)
		return BASE64_BAD;
	b->bits = b->bits << 6 | d;
	return place == 0 ? BASE64_NONE
			  : b->bits >> (6 - 2 * place) & 0xff;
}

bool
slice_base64(struct slice s, uint8_t *out, size_t out_n)
{
	struct base64 b = {0};
	size_t i, o = 0;

	for (i = 0; i < s.n; i++) {
		unsigned byte = base64_feed(&b, s.p[i]);

		if (byte == BASE64_NONE)
			continue;
		if (byte == BASE64_BAD || o >= out_n)
			return false;
		out[o++] = (uint8_t)byte;
	}
	return b.place == 0 && o == out_n;
}

static bool
is_name_end(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool
slice_name(struct slice s)
{
	size_t i;

	if (s.n == 0 || s.n > NAME_BYTES_MAX || !is_name_end(s.p[0]) ||
	    !is_name_end(s.p[s.n - 1]))
		return false;
	for (i = 0; i < s.n; i++)
		if (!is_name_end(s.p[i]) && s.p[i] != '.' && s.p[i] != '_' &&
		    s.p[i] != '/' && s.p[i] != '-')
			return false;
	return true;
}

static bool
slice_token(struct slice s, size_t max)
{
	size_t i;

	if (s.n == 0 || s.n > max)
		return false;
	for (i = 0; i < s.n; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e)
			return false;
	return true;
}

bool
slice_foreign(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] == '+')
			return false;
	return slice_token(s, NAME_BYTES_MAX);
}

bool
slice_label(struct slice s)
{
	return slice_is(s, "-") ||
	       (s.n == 2 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' &&
		   s.p[1] <= 'Z');
}

#ifdef VERIFY_BIP340
static const uint8_t bip340_type[15] = "\xffquorate/bip340";
#endif

void
vkey_id(uint8_t id[static 4], struct slice name, uint8_t type,
    const uint8_t key[static 32])
{
	const uint8_t head[2] = {'\n', type};
	struct sha256 s;
	uint8_t d[32];

	sha256_init(&s);
	sha256_update(&s, name.p, name.n);
	sha256_update(&s, head, 2);
#ifdef VERIFY_BIP340
	if (type == KEY_BIP340)
		sha256_update(&s, bip340_type + 1, sizeof bip340_type - 1);
#endif
	sha256_update(&s, key, 32);
	sha256_final(&s, d);
	memcpy(id, d, 4);
}

#ifdef VERIFY_BIP340
static bool
vkey_read_bip340(struct vkey *k, struct slice s, size_t name_n)
{
	uint8_t blob[sizeof bip340_type + 32];

	s.p += name_n + 1;
	if (s.p[8] != '+' ||
	    !slice_hex((struct slice){s.p, 8}, k->id, 4) ||
	    !slice_base64((struct slice){s.p + 9, 64}, blob, sizeof blob) ||
	    memcmp(blob, bip340_type, sizeof bip340_type) != 0)
		return false;
	k->type = KEY_BIP340;
	memcpy(k->key, blob + sizeof bip340_type, 32);
	return true;
}
#endif

bool
vkey_read(struct vkey *k, struct slice s)
{
	uint8_t blob[33];
	size_t i = 0;

	memset(blob, 0, sizeof blob); /* no key of a call before this one */
	while (i < s.n && s.p[i] != '+')
		i++;
	k->name = (struct slice){s.p, i};
#ifdef VERIFY_BIP340
	if (s.n == i + 74) /* 47 bytes: 64 base64 */
		return vkey_read_bip340(k, s, i);
#endif
	/* name + 8 hex + 44 base64, with two pluses between */
	if (s.n != i + 54)
		return false;
	s.p += i + 1;
	if (s.p[8] != '+' ||
	    !slice_hex((struct slice){s.p, 8}, k->id, 4) ||
	    !slice_base64((struct slice){s.p + 9, 44}, blob, 33))
		return false;
	k->type = blob[0];
	memcpy(k->key, blob + 1, 32);
	return true;
}

enum rc
vkey_parse(struct vkey *k, struct slice s, uint8_t type)
{
	uint8_t id[4];

	if (!vkey_read(k, s) || !slice_foreign(k->name))
#ifdef VERIFY_BIP340
		return RC_FIELD;
#else
		/* what base64 of 47 bytes that begin with 0xff begins with */
		return s.n > 65 && s.p[s.n - 65] == '+' &&
			s.p[s.n - 64] == '/' ? RC_KEY_TYPE : RC_FIELD;
#endif
	if (k->type != type)
		return RC_KEY_TYPE;
	vkey_id(id, k->name, type, k->key);
	return memcmp(id, k->id, 4) == 0 ? RC_OK : RC_KEY_ID;
}

enum rc
vkey_parse_signer(struct vkey *k, struct slice s)
{
	enum rc rc = vkey_parse(k, s, KEY_ED25519);

	return rc == RC_KEY_TYPE && k->type == KEY_BIP340
		   ? vkey_parse(k, s, KEY_BIP340)
		   : rc;
}

static enum rc
field_key(struct slice s, uint8_t type, bool ours)
{
	struct vkey k;
	enum rc rc = vkey_parse(&k, s, type);

	if (rc == RC_OK && ours && !slice_name(k.name))
		rc = RC_FIELD;
	return rc;
}

static bool
field_count(struct slice s)
{
	uint64_t v;

	return slice_is(s, "any") || slice_is(s, "all") ||
	       (slice_decimal(s, 128, &v) && v >= 1);
}

enum rc
field_tree(char type, struct slice s)
{
	uint8_t scratch[32];
	bool ok = false;

	switch (type) {
	case 'H':
		ok = slice_is(s, "-") || slice_hex(s, scratch, 32);
		break;
	case 'l':
		ok = slice_label(s);
		break;
	case 'q':
		ok = field_count(s);
		break;
	case 'm': /* policy.c resolves the names */
		ok = true;
		break;
	case 'k':
		return field_key(s, KEY_ED25519, true);
	case 'K':
		return field_key(s, KEY_ED25519, false);
	case 'W':
		return field_key(s, KEY_COSIGNATURE, false);
	default:
		break;
	}
	return ok ? RC_OK : RC_FIELD;
}

/* `x-`, a name, then nothing or a space and anything; at most 256 bytes. */
static bool
line_is_extension(struct slice s)
{
	size_t i = 2;

	if (s.n < 3 || s.n > 256 || s.p[0] != 'x' || s.p[1] != '-')
		return false;
	while (i < s.n && s.p[i] != ' ')
		i++;
	return slice_name((struct slice){s.p + 2, i - 2});
}

enum rc
field_host(char type, struct slice s)
{
	uint8_t scratch[64];
	struct vkey k;
	bool ok = false;
	enum rc rc;

	switch (type) {
	case 'k': /* a device takes one of the two */
		rc = vkey_parse_signer(&k, s);
		return rc == RC_OK && !slice_name(k.name) ? RC_FIELD : rc;
	case 'p': /* a point: SEC1's have a byte more */
		ok = slice_base64(s, scratch, 32) ||
		     slice_base64(s, scratch, 33);
		break;
	case 'f':
		ok = slice_foreign(s);
		break;
	case 'u':
		ok = slice_token(s, 512);
		break;
	case 'c':
		ok = slice_hex(s, scratch, s.n == 40 ? 20 : 32);
		break;
	case 'i':
		ok = slice_hex(s, scratch, 16);
		break;
	case 'b':
		ok = slice_base64(s, scratch, 32);
		break;
	case 'B':
		ok = slice_base64(s, scratch, 64);
		break;
	case 'C':
		ok = slice_base64(s, scratch, 48);
		break;
	case 'r':
		ok = s.n <= 256 && s.p[0] != ' ';
		break;
	case 'x':
		ok = line_is_extension(s);
		break;
	default:
		return field_tree(type, s);
	}
	return ok ? RC_OK : RC_FIELD;
}

static enum rc
field_number(char type, struct slice s, uint64_t *out)
{
	uint32_t high;

	if (!slice_decimal(s, UINT64_MAX, out))
		return RC_FIELD;
	high = (uint32_t)(*out >> 32);
	if (type == 'D')
		high >>= 53 - 32;
	else if (*out == 0 && type == 'd')
		high = 1;
	return high == 0 ? RC_OK : RC_NUMBER;
}

static enum rc
field_check(const struct walk *w, char type, struct slice s, uint64_t *number)
{
	uint8_t scratch[32];
	bool ok;

	switch (type) {
	case 'n':
		ok = slice_name(s);
		break;
	case 'v':
		ok = slice_token(s, 128);
		break;
	case 'h':
		ok = slice_hex(s, scratch, 32);
		break;
	case 'd':
	case 'z':
	case 'D':
		return field_number(type, s, number);
	default:
		return w->more(type, s);
	}
	return ok ? RC_OK : RC_FIELD;
}

/* Names apart by single spaces; the last letter may swallow the rest. */
static enum rc
fields_read(const struct walk *w, struct line *l)
{
	const uint8_t *p = l->whole.p, *end = p + l->whole.n;
	const char *types = w->rules[w->rule].fields;
	uint64_t *number = l->number;
	enum rc rc;

	while (p < end && *p != ' ')
		p++;
	for (; *types; types++) {
		struct slice s;

		if (p == end)
			return RC_FIELD;
		s.p = ++p;
		while (p < end && (*p != ' ' || *types == 'r' || *types == 'm'))
			p++;
		s.n = (size_t)(p - s.p);
		if (s.n == 0)
			return RC_FIELD;
		l->field[l->field_n++] = s;
		rc = field_check(w, *types, s, number);
		if (rc != RC_OK)
			return rc;
		if (*types == 'd' || *types == 'z' || *types == 'D')
			number++;
	}
	return p == end ? RC_OK : RC_FIELD;
}

/* The next line without its LF: printable, not empty, no outer spaces. */
static enum rc
line_take(struct walk *w, struct slice *out)
{
	const uint8_t *p = w->at;

	VERIFY_TICK();
	out->p = p;
	while (p < w->end && *p != '\n') {
		if (*p < 0x20 || *p > 0x7e)
			return RC_BYTE;
		p++;
	}
	out->n = (size_t)(p - out->p);
	if (p == w->end || out->n == 0 || out->p[0] == ' ' || p[-1] == ' ')
		return RC_LINE;
	w->at = p + 1;
	return RC_OK;
}

static bool
rule_matches(const struct walk *w, unsigned rule, struct slice whole)
{
	const char *key = w->rules[rule].key;
	struct slice s = whole;

	if (*key == 0)
		return w->more('x', whole) == RC_OK;
	for (s.n = 0; s.n < whole.n && s.p[s.n] != ' '; s.n++)
		;
	return slice_is(s, key);
}

void
walk_device(struct walk *w, const uint8_t *text, size_t n,
    const struct line_rule *rules, unsigned rule_n, field_reader *more)
{
	memset(w, 0, sizeof *w);
	w->first = text;
	w->end = text + n;
	while (*text++ != '\n')
		;
	w->at = text;
	w->rules = rules;
	w->rule_n = rule_n;
	w->about = rule_n - 1;
	w->more = more;
	w->device = true;
}

enum rc
walk_init(struct walk *w, const uint8_t *text, size_t n, const char *kind,
    const struct line_rule *rules, unsigned rule_n, enum reader reader)
{
	struct slice s;
	enum rc rc;

	memset(w, 0, sizeof *w);
	w->at = w->first = text;
	w->end = text + n;
	rc = line_take(w, &s);
	if (rc != RC_OK)
		return rc;
	if (!slice_is(s, kind))
		return RC_KIND;
	walk_device(w, text, n, rules, rule_n, field_host);
	w->device = reader == READER_DEVICE;
	for (w->about = 0; w->about < rule_n; w->about++)
		if (slice_is((struct slice){(const uint8_t *)"about", 5},
			rules[w->about].key))
			break;
	return RC_OK;
}

/* On to a later rule, or past the last: none that must be is left out. */
static enum rc
rule_advance(struct walk *w, unsigned to)
{
	for (; w->rule < to; w->rule++, w->count = 0)
		if (w->count < w->rules[w->rule].min)
			return RC_LINE_MISSING;
	return RC_OK;
}

/* Where the line belongs: this rule again, or a later one, none skipped. */
static enum rc
rule_find(struct walk *w, struct slice s)
{
	unsigned r, from = w->rule;
	enum rc rc;

	for (r = from; r < w->rule_n && !rule_matches(w, r, s); r++)
		;
	if (r == w->rule_n) {
		while (r > 0 && !rule_matches(w, r - 1, s))
			r--;
		return r > 0 ? RC_LINE_ORDER : RC_LINE_UNKNOWN;
	}
	if (r == from && w->count >= w->rules[r].max)
		return RC_LINE_REPEATED;
	rc = rule_advance(w, r);
	if (r != from)
		w->previous = NULL;
	w->count++;
	return rc;
}

/*
 * Whether a sorted line follows the one before, which ends with an LF, as it
 * does: LF is less than any byte of a line. With a head that must differ,
 * the space or LF after it is compared too.
 */
static enum rc
line_order(struct walk *w, const struct line *l)
{
	uint8_t flags = w->rules[w->rule].flags;
	const uint8_t *before = w->previous;
	const struct slice *head = &l->field[flags & LINE_UNIQUE ? 0 : 1];

	w->previous = l->whole.p;
	if (!(flags & LINE_SORTED) || before == NULL)
		return RC_OK;
	if (memcmp(before, l->whole.p, l->whole.n + 1) >= 0)
		return RC_LINE_ORDER;
	if (flags & (LINE_UNIQUE | LINE_UNIQUE2) &&
	    memcmp(before, l->whole.p,
		(size_t)(head->p + head->n + 1 - l->whole.p)) == 0)
		return RC_NAME_REPEATED;
	return RC_OK;
}

/* Below `about`, a device looks for lines and for a second `about` only. */
static enum rc
walk_below(struct walk *w)
{
	struct slice s;
	enum rc rc = RC_OK;

	while (rc == RC_OK && w->at < w->end) {
		rc = line_take(w, &s);
		if (rc == RC_OK && slice_is(s, "about"))
			rc = RC_LINE_REPEATED;
	}
	return rc == RC_OK ? RC_MORE : rc;
}

enum rc
line_next(struct walk *w, struct line *out)
{
	enum rc rc;

	if (w->device && w->rule == w->about && w->count > 0)
		return walk_below(w);
	if (w->at == w->end) {
		rc = rule_advance(w, w->rule_n);
		return rc == RC_OK ? RC_MORE : rc;
	}
	rc = line_take(w, &out->whole);
	if (rc == RC_OK)
		rc = rule_find(w, out->whole);
	if (rc != RC_OK)
		return rc;
	out->rule = w->rule;
	out->field_n = 0;
	if (w->rules[w->rule].key[0] == 0)
		return RC_OK;
	rc = fields_read(w, out);
	return rc == RC_OK ? line_order(w, out) : rc;
}
