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

/* At most 16 digits. */
static bool
decimal(struct slice s, uint64_t *out)
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
	return true;
}

bool
slice_decimal(struct slice s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (!decimal(s, &v) || v > max)
		return false;
	*out = v;
	return true;
}

enum rc
slice_number(struct slice s, char type, uint64_t *out)
{
	uint32_t high;

	if (!decimal(s, out))
		return RC_FIELD;
	high = (uint32_t)(*out >> 32);
	if (type == 'D')
		high >>= 53 - 32;
	else if (*out == 0 && type == 'd')
		high = 1;
	return high == 0 ? RC_OK : RC_NUMBER;
}

/*
 * What a digit counts for: of a class of characters, given by runs that count
 * on from one another, each its first and how many it has. Else 0xff.
 */
static const uint8_t classes[] = {'A', 26, 'a', 26, '0', 10, '+', 1, '/', 1, 0,
	'0', 10, 'a', 26, '-', 3, '_', 1, 0};
enum {
	CLASS_BASE64 = 0,
	CLASS_NONE = 10,
	CLASS_NAME = 11,
	NAME_ENDS = 36,
	NAME_DIGITS = 40,
};

static unsigned
digit(unsigned from, uint8_t c)
{
	const uint8_t *class = classes + from;
	unsigned value = 0;

	for (; *class != 0; class += 2) {
		unsigned at = (unsigned)c - class[0];

		if (at < class[1])
			return value + at;
		value += class[1];
	}
	return 0xff;
}

uint8_t
base64_digit(uint8_t c)
{
	return (uint8_t)digit(CLASS_BASE64, c);
}

bool
base64_feed(struct base64 *b, uint8_t c, uint8_t *out, size_t out_n)
{
	unsigned spare = b->spare, d, width = 6, class = CLASS_BASE64;

	if (b->hex) {
		width = 4;
		class = CLASS_NAME;
	} else if (c == '=') {
		/* after two digits with 4 spare bits, or three with 2 */
		if (spare - 2 > 2 || b->bits << (32 - spare) != 0)
			return false;
		b->padded = 1;
		b->bits = 0;
		b->spare = (uint8_t)(spare - 2);
		return true;
	}
	d = digit(class, c);
	if (d >> width != 0 || b->padded)
		return false;
	b->bits = b->bits << width | d;
	spare += width;
	if (spare >= 8) {
		spare -= 8;
		if (b->n < out_n)
			out[b->n] = (uint8_t)(b->bits >> spare);
		b->n++;
	}
	b->spare = (uint8_t)spare;
	return true;
}

#ifdef VERIFY_BIP340
/*
 * Hex in larger steps, for hosts, which read thousands of digests: what is
 * taken is base64_feed's to say, and check_line.c holds both together.
 */
static bool
slice_nibbles(struct slice s, uint8_t *out, size_t out_n)
{
	static const uint8_t values['f' - '0' + 1] = { /* and one */
	    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ['a' - '0'] = 11, 12, 13, 14, 15, 16,
	};
	unsigned none = 0, a, b;
	size_t i;

	if (s.n != 2 * out_n)
		return false;
	for (i = 0; i < s.n; i += 2) {
		a = s.p[i] - (unsigned)'0';
		b = s.p[i + 1] - (unsigned)'0';
		a = a < sizeof values ? values[a] : 0;
		b = b < sizeof values ? values[b] : 0;
		none |= (a - 1) | (b - 1);
		out[i / 2] = (uint8_t)((a - 1) << 4 | (b - 1));
	}
	return none <= 15;
}
#endif

bool
slice_bytes(struct slice s, uint8_t *out, size_t out_n)
{
	struct base64 b = {.hex = (uint8_t)(out_n & SLICE_HEX)};
	size_t i;

	out_n &= SLICE_HEX - 1;
#ifdef VERIFY_BIP340
	if (b.hex)
		return slice_nibbles(s, out, out_n);
#endif
	for (i = 0; i < s.n; i++)
		if (!base64_feed(&b, s.p[i], out, out_n))
			return false;
	return b.spare == 0 && b.n == out_n;
}

bool
slice_name(struct slice s)
{
	unsigned d = NAME_ENDS;
	size_t i;

	for (i = 0; i < s.n; i++) {
		d = digit(CLASS_NAME, s.p[i]);
		if (d >= NAME_DIGITS || (i == 0 && d >= NAME_ENDS))
			return false;
	}
	return d < NAME_ENDS && s.n <= NAME_BYTES_MAX;
}

/* A word of printable characters, but for one of them. */
static bool
slice_token(struct slice s, size_t max, uint8_t without)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e || s.p[i] == without)
			return false;
	return i > 0 && i <= max;
}

bool
slice_foreign(struct slice s)
{
	return slice_token(s, NAME_BYTES_MAX, '+');
}

WITHIN bool
slice_label(struct slice s)
{
	if (s.n == 2)
		return s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' &&
		       s.p[1] <= 'Z';
	return s.n == 1 && s.p[0] == '-';
}

#ifdef VERIFY_BIP340
static const uint8_t bip340_type[15] = "\xffquorate/bip340";
#endif

/* An id is the first four bytes. */
static WITHIN void
vkey_hash(uint8_t d[static 32], const struct vkey *k)
{
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, k->name.p, k->name.n);
#ifdef VERIFY_BIP340
	if (k->type == KEY_BIP340) {
		sha256_update(&s, &k->lf, 1);
		sha256_update(&s, bip340_type, sizeof bip340_type);
		sha256_update(&s, k->key, 32);
		sha256_final(&s, d);
		return;
	}
#endif
	sha256_update(&s, k->hashed, sizeof k->hashed);
	sha256_final(&s, d);
}

void
vkey_id(uint8_t id[static 4], struct slice name, uint8_t type,
    const uint8_t key[static 32])
{
	struct vkey k = {.name = name, .lf = '\n'};
	uint8_t d[32];

	k.type = type;
	memcpy(k.key, key, 32);
	vkey_hash(d, &k);
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
	k->lf = '\n';
	k->type = KEY_BIP340;
	memcpy(k->key, blob + sizeof bip340_type, 32);
	return true;
}
#endif

bool
vkey_read(struct vkey *k, struct slice s)
{
	size_t i = 0;

	while (i < s.n && s.p[i] != '+')
		i++;
	k->name = (struct slice){s.p, i};
	k->lf = '\n';
#ifdef VERIFY_BIP340
	if (s.n == i + 74) /* 47 bytes: 64 base64 */
		return vkey_read_bip340(k, s, i);
#endif
	/* name + 8 hex + 44 base64, with two pluses between */
	s.p += i;
	return s.n == i + 54 && s.p[9] == '+' &&
	       slice_bytes((struct slice){s.p + 1, 8}, k->id,
		   SLICE_HEX | 4) &&
	       slice_bytes((struct slice){s.p + 10, 44}, k->hashed + 1, 33);
}

WITHIN enum rc
vkey_parse(struct vkey *k, struct slice s, uint8_t type)
{
	uint8_t d[32];

	if (!vkey_read(k, s) || !slice_foreign(k->name))
#ifdef VERIFY_BIP340
		return RC_FIELD;
#else
		return s.n == k->name.n + 74 /* as long as BIP 340's */
			   ? RC_KEY_TYPE
			   : RC_FIELD;
#endif
	if (k->type != type)
		return RC_KEY_TYPE;
	vkey_hash(d, k);
	return memcmp(d, k->id, 4) == 0 ? RC_OK : RC_KEY_ID;
}

enum rc
vkey_parse_signer(struct vkey *k, struct slice s)
{
	enum rc rc = vkey_parse(k, s, KEY_ED25519);

#ifdef VERIFY_BIP340
	if (rc == RC_KEY_TYPE && k->type == KEY_BIP340)
		return vkey_parse(k, s, KEY_BIP340);
#endif
	return rc;
}

enum rc
field_tree(char type, struct slice s)
{
	struct vkey k;
	enum rc rc;

	if (type == 'l')
		return slice_label(s) ? RC_OK : RC_FIELD;
	/* H; m, q: a device's trust.c and policy.c read them. No other letter
	 * of a trust text comes after l (n is not asked here). */
	if (type == 'H' || type > 'l')
		return RC_OK;
	/* k, K, W */
	rc = vkey_parse(&k, s, type == 'W' ? KEY_COSIGNATURE : KEY_ED25519);
	return rc == RC_OK && type == 'k' && !slice_name(k.name) ? RC_FIELD : rc;
}

static bool
field_count(struct slice s)
{
	uint64_t v;

	return slice_is(s, "any") || slice_is(s, "all") ||
	       (slice_number(s, 'd', &v) == RC_OK && (uint32_t)v <= 128);
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
	case 'q':
		ok = field_count(s);
		break;
	case 'H':
		ok = slice_is(s, "-") || slice_hex(s, scratch, 32);
		break;
	case 'u':
		ok = slice_token(s, 512, 0);
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
	case 'e':
		ok = line_is_extension(s);
		break;
	default:
		return field_tree(type, s);
	}
	return ok ? RC_OK : RC_FIELD;
}

static enum rc
field_check(
    const struct walk *w, char type, struct slice s, uint64_t **number)
{
	uint8_t scratch[32];
	bool ok;

	switch (type) {
	case 'n':
		ok = slice_name(s);
		break;
	case 'v': /* no line has other bytes */
		ok = s.n <= 128;
		break;
	case 'h':
		ok = slice_bytes(s, scratch, SLICE_HEX | 32);
		break;
	case 'd':
	case 'z':
	case 'D':
		return slice_number(s, type, (*number)++);
	default:
		return w->more(type, s);
	}
	return ok ? RC_OK : RC_FIELD;
}

void
text_sha256(uint8_t id[static 32], const uint8_t *text, size_t n)
{
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, text, n);
	sha256_final(&s, id);
}

uint32_t
words_sum(const void *from, size_t n)
{
	const uint32_t *word = from;
	uint32_t sum = 0;

	for (n /= sizeof *word; n > 0; n--)
		sum = (sum >> 1 | sum << 31) + *word++;
	return sum;
}

enum rc
walk_take(struct walk *w, struct slice *out)
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

void
walk_device(struct walk *w, const uint8_t *text, size_t n, const char *rules,
    unsigned rule_n, field_reader *more)
{
	*w = (struct walk){.first = text, .end = text + n, .rules = rules,
	    .more = more, .without = LINE_SECOND, .below = (uint8_t)rule_n};
	while (*text++ != '\n')
		;
	w->at = text;
}

/* The bytes of a rule, then its key. */
enum { RULE_FLAGS, RULE_MAX, RULE_KEY };
enum { BELOW_NOTHING = 0xff };
enum { MUST = 1, SORTED = 2, UNIQUE = 4, UNIQUE2 = 8, EXTENSION = 16 };

enum rc
walk_init(struct walk *w, const uint8_t *text, size_t n, const char *kind,
    const char *rules, unsigned rule_n, enum reader reader)
{
	static const uint8_t about[] = "about";
	struct slice s;
	enum rc rc;

	w->at = text;
	w->end = text + n;
	rc = walk_take(w, &s);
	if (rc != RC_OK)
		return rc;
	if (!slice_is(s, kind))
		return RC_KIND;
	walk_device(w, text, n, rules, BELOW_NOTHING, field_host);
	if (reader == READER_HOST)
		return RC_OK;
	for (w->below = 1; w->below <= rule_n; w->below++) {
		if (slice_is((struct slice){about, 5}, rules + RULE_KEY))
			return RC_OK;
		while (*rules++ != 0)
			;
	}
	w->below = BELOW_NOTHING;
	return RC_OK;
}

/* Names apart by single spaces; the last letter may swallow the rest. types
 * begins with the space before the letters, or is empty. */
static enum rc
fields_read(const struct walk *w, const char *types, struct line *l)
{
	const uint8_t *p = l->whole.p;
	uint64_t *number = l->number;
	struct slice *field = l->field;
	enum rc rc;

	while (*p != ' ' && *p != '\n')
		p++;
	while (*types != 0 && *++types != 0) {
		char type = *types;
		struct slice s;

		if (*p == '\n')
			return RC_FIELD;
		s.p = ++p;
		while (*p != '\n' && (*p != ' ' || type == 'r' || type == 'm'))
			p++;
		s.n = (size_t)(p - s.p);
		if (s.n == 0)
			return RC_FIELD;
		l->field_n++;
		field->p = s.p;
		field++->n = s.n;
		rc = field_check(w, type, s, &number);
		if (rc != RC_OK)
			return rc;
	}
	return *p == '\n' ? RC_OK : RC_FIELD;
}

/*
 * Whether a sorted line follows the one before, which ends with an LF, as it
 * does: LF is less than any byte of a line. With a head that must differ,
 * the space or LF after it is compared too.
 */
static enum rc
line_order(struct walk *w, const struct line *l, unsigned flags)
{
	const uint8_t *before = w->previous;
	const struct slice *head = &l->field[flags & UNIQUE ? 0 : 1];

	w->previous = l->whole.p;
	if (!(flags & SORTED) || before == NULL)
		return RC_OK;
	if (memcmp(before, l->whole.p, l->whole.n + 1) >= 0)
		return RC_LINE_ORDER;
	if (flags & (UNIQUE | UNIQUE2) &&
	    memcmp(before, l->whole.p,
		(size_t)(head->p + head->n + 1 - l->whole.p)) == 0)
		return RC_NAME_REPEATED;
	return RC_OK;
}

/* A line of the rule, which is number l->rule and has fields of these types. */
static enum rc
line_read(struct walk *w, struct line *l, const char *rule, const char *types)
{
	unsigned flags = (unsigned char)rule[RULE_FLAGS];
	enum rc rc = RC_OK;

	if (w->next != l->rule + 1) {
		w->next = (uint8_t)(l->rule + 1);
		w->count = 0;
		w->previous = NULL;
	}
	if (w->count++ == (uint8_t)rule[RULE_MAX])
		return RC_LINE_REPEATED;
	if (!(flags & EXTENSION))
		rc = fields_read(w, types, l);
	return rc == RC_OK ? line_order(w, l, flags) : rc;
}

/* Whether the line is of the rule whose key begins at *key; *key is then where
 * the key ends, and still within the rule if not. */
static bool
key_matches(const struct walk *w, const char **key, const struct line *l)
{
	const uint8_t *p = l->whole.p;

	if (**key == 0)
		return w->more('e', l->whole) == RC_OK;
	for (; **key > ' '; ++*key, p++)
		if ((uint8_t)**key != *p)
			return false;
	return *p == ' ' || *p == '\n';
}

/*
 * Where the line belongs: the rule of the line before, or a later one, and
 * none skipped that must be there. The end of the text is an empty line, of
 * no rule: it ends with a NUL, which no key has.
 */
static enum rc
line_place(struct walk *w, struct line *l)
{
	enum rc rc = l->whole.n == 0 ? RC_MORE : RC_LINE_UNKNOWN;
	const char *rule = w->rules, *key;
	bool missing = false;

	l->field_n = 0;
	for (l->rule = 0; *rule != 0; l->rule++) {
		key = rule + RULE_KEY;
		if (!(rule[RULE_FLAGS] & w->without)) {
			if (key_matches(w, &key, l)) {
				if (l->rule + 1 >= w->next)
					return missing
						   ? RC_LINE_MISSING
						   : line_read(w, l, rule, key);
				rc = RC_LINE_ORDER;
			} else if (l->rule >= w->next &&
			    rule[RULE_FLAGS] & MUST) {
				missing = true;
			}
		}
		while (*key++ != 0)
			;
		rule = key;
	}
	return missing && rc == RC_MORE ? RC_LINE_MISSING : rc;
}

enum rc
line_next(struct walk *w, struct line *out)
{
	bool below = w->next == w->below;
	enum rc rc;

	/* below `about`, a device looks for lines and a second `about` only */
	do {
		out->whole = (struct slice){classes + CLASS_NONE, 0};
		rc = w->at == w->end ? RC_OK : walk_take(w, &out->whole);
		if (rc != RC_OK)
			return rc;
		if (below && out->whole.n == 0)
			return RC_MORE;
		if (below && slice_is(out->whole, "about"))
			return RC_LINE_REPEATED;
	} while (below);
	return line_place(w, out);
}
