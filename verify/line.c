/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/line.h"
#include "verify/mem.h"
#include "verify/sha256.h"

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
	uint64_t v = 0;
	size_t i;

	if (s.n == 0 || s.n > 16 || (s.n > 1 && s.p[0] == '0'))
		return false;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	*out = v;
	return v <= max;
}

bool
slice_hex(struct slice s, uint8_t *out, size_t out_n)
{
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
		out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | d : d << 4);
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

bool
slice_base64(struct slice s, uint8_t *out, size_t out_n)
{
	size_t pads = (3 - out_n % 3) % 3;
	size_t i, o = 0;
	uint32_t acc = 0;
	unsigned bits = 0;

	if (s.n != (out_n + 2) / 3 * 4)
		return false;
	for (i = 0; i < s.n - pads; i++) {
		uint8_t d = base64_digit(s.p[i]);

		if (d == 0xff)
			return false;
		acc = (acc << 6 | d) & 0xfff;
		bits += 6;
		if (bits >= 8 && o < out_n) {
			bits -= 8;
			out[o++] = (uint8_t)(acc >> bits);
		}
	}
	for (; i < s.n; i++)
		if (s.p[i] != '=')
			return false;
	return (acc & ((1u << bits) - 1)) == 0;
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
	sha256_update(&s, key, 32);
	sha256_final(&s, d);
	memcpy(id, d, 4);
}

enum rc
vkey_parse(struct vkey *k, struct slice s, uint8_t type)
{
	uint8_t blob[33], id[4];
	size_t i = 0;

	while (i < s.n && s.p[i] != '+')
		i++;
	k->name = (struct slice){s.p, i};
	/* name + 8 hex + 44 base64, with two pluses between */
	if (s.n != i + 54 || s.p[i + 9] != '+' || !slice_foreign(k->name) ||
	    !slice_hex((struct slice){s.p + i + 1, 8}, k->id, 4) ||
	    !slice_base64((struct slice){s.p + i + 10, 44}, blob, 33))
		return RC_FIELD;
	k->type = blob[0];
	memcpy(k->key, blob + 1, 32);
	if (k->type != type)
		return RC_KEY_TYPE;
	vkey_id(id, k->name, type, k->key);
	return memcmp(id, k->id, 4) == 0 ? RC_OK : RC_KEY_ID;
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

/* A field that is not a number. */
static enum rc
field_check(char type, struct slice s)
{
	uint8_t scratch[64];
	bool ok = false;

	switch (type) {
	case 'n':
		ok = slice_name(s);
		break;
	case 'f':
		ok = slice_foreign(s);
		break;
	case 'v':
		ok = slice_token(s, 128);
		break;
	case 'u':
		ok = slice_token(s, 512);
		break;
	case 'H':
		ok = slice_is(s, "-") || slice_hex(s, scratch, 32);
		break;
	case 'h':
		ok = slice_hex(s, scratch, 32);
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
	case 'l':
		ok = slice_label(s);
		break;
	case 'q':
		ok = field_count(s);
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

static enum rc
field_number(char type, struct slice s, uint64_t *out)
{
	uint64_t max = type == 'D' ? ((uint64_t)1 << 53) - 1 : UINT32_MAX;

	if (!slice_decimal(s, UINT64_MAX, out))
		return RC_FIELD;
	return *out <= max && (*out > 0 || type == 'z' || type == 'D')
		   ? RC_OK
		   : RC_NUMBER;
}

/* Names apart by single spaces; the last letter may swallow the rest. */
static enum rc
fields_read(struct line *l, const char *types)
{
	const uint8_t *p = l->whole.p, *end = p + l->whole.n;
	unsigned numbers = 0;
	enum rc rc = RC_OK;

	while (p < end && *p != ' ')
		p++;
	l->field_n = 0;
	for (; rc == RC_OK && *types; types++) {
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
		if (*types == 'r') {
			if (s.n > 256 || s.p[0] == ' ')
				return RC_FIELD;
		} else if (*types == 'm') {
			continue; /* policy.c resolves the names */
		} else if (*types == 'd' || *types == 'z' || *types == 'D') {
			rc = field_number(*types, s, &l->number[numbers++]);
		} else {
			rc = field_check(*types, s);
		}
	}
	return rc == RC_OK && p != end ? RC_FIELD : rc;
}

/* The next line without its LF: printable, not empty, no outer spaces. */
static enum rc
line_take(struct walk *w, struct slice *out)
{
	const uint8_t *p = w->at;

	while (p < w->end && *p != '\n') {
		if (*p < 0x20 || *p > 0x7e)
			return RC_BYTE;
		p++;
	}
	out->p = w->at;
	out->n = (size_t)(p - w->at);
	if (p == w->end || out->n == 0 || out->p[0] == ' ' ||
	    out->p[out->n - 1] == ' ')
		return RC_LINE;
	w->at = p + 1;
	return RC_OK;
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

static bool
rule_matches(const struct line_rule *r, struct slice s)
{
	size_t i = 0;

	if (r->key[0] == 0)
		return line_is_extension(s);
	while (i < s.n && r->key[i] != 0 && (uint8_t)r->key[i] == s.p[i])
		i++;
	return r->key[i] == 0 && (i == s.n || s.p[i] == ' ');
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
	w->rules = rules;
	w->rule_n = rule_n;
	w->device = reader == READER_DEVICE;
	for (w->about = 0; w->about < rule_n; w->about++)
		if (slice_is((struct slice){(const uint8_t *)"about", 5},
			rules[w->about].key))
			break;
	rc = line_take(w, &s);
	if (rc == RC_OK && !slice_is(s, kind))
		rc = RC_KIND;
	return rc;
}

/* Where the line belongs: this rule again, or a later one, none skipped. */
static enum rc
rule_find(struct walk *w, struct slice s)
{
	unsigned r = w->rule, from = w->rule;

	for (; r < w->rule_n && !rule_matches(&w->rules[r], s); r++)
		;
	if (r == w->rule_n) {
		for (r = 0; r < from && !rule_matches(&w->rules[r], s); r++)
			;
		return r < from ? RC_LINE_ORDER : RC_LINE_UNKNOWN;
	}
	if (r == from && w->count >= w->rules[r].max)
		return RC_LINE_REPEATED;
	for (; from < r; from++, w->count = 0)
		if (w->count < w->rules[from].min)
			return RC_LINE_MISSING;
	if (w->rule != r)
		w->previous.n = 0;
	w->rule = r;
	w->count++;
	return RC_OK;
}

static enum rc
line_order(struct walk *w, const struct line *l)
{
	uint8_t flags = w->rules[w->rule].flags;
	unsigned fields = flags & LINE_UNIQUE    ? 1
			  : flags & LINE_UNIQUE2 ? 2
						 : 0;
	struct slice before = w->previous, head = l->whole;

	w->previous = l->whole;
	if (!(flags & LINE_SORTED) || before.n == 0)
		return RC_OK;
	if (slice_compare(before, l->whole) >= 0)
		return RC_LINE_ORDER;
	if (fields == 0)
		return RC_OK;
	/* key and first fields with the space after them, if there is one */
	head.n = (size_t)(l->field[fields - 1].p + l->field[fields - 1].n -
			  l->whole.p);
	if (before.n >= head.n && memcmp(before.p, head.p, head.n) == 0 &&
	    (before.n == head.n || before.p[head.n] == ' '))
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
		for (; w->rule < w->rule_n; w->rule++, w->count = 0)
			if (w->count < w->rules[w->rule].min)
				return RC_LINE_MISSING;
		return RC_MORE;
	}
	rc = line_take(w, &out->whole);
	if (rc != RC_OK)
		return rc;
	rc = rule_find(w, out->whole);
	if (rc != RC_OK)
		return rc;
	out->rule = w->rule;
	out->field_n = 0;
	if (w->rules[w->rule].key[0] == 0)
		return RC_OK;
	rc = fields_read(out, w->rules[w->rule].fields);
	return rc == RC_OK ? line_order(w, out) : rc;
}
