/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of refusals of every protocol message, made from the tables of
 * docs/formats.md, sections 9 and 10: for each kind that stands there, each
 * line and each field, what must not be taken and the result that says so. A
 * kind that the page has and the code has not, or the other way round, fails;
 * so does a line that the page counts, sorts or spells in another way than
 * the parser does.
 */
#include <check.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/text.h"
#include "quorum/ceremony.h"
#include "tests/unit/message_kinds.h"
#include "tests/unit/suite.h"
#include "verify/line.h"

enum {
	PAGE_MAX = 1 << 18,
	TEXT_MAX = 1 << 16,
	RULES_MAX = 16,
	LINES_MAX = 160,
	KINDS_MAX = 32
};

/* ---- the page ---- */

struct rule {
	char key[32], fields[8];
	unsigned min, max;
	enum { AS_IT_IS, SORTED, NUMBERS } order;
};

struct kind {
	char name[32];
	struct rule rule[RULES_MAX];
	unsigned rule_n;
};

static struct kind kinds[KINDS_MAX];
static unsigned kind_n;

/* ` release h `, ` reason r (0..1) `, ` name n (0..128, sorted) `: */
static void
rule_read(struct rule *r, const char *item)
{
	const char *open = strchr(item, '('), *p = item;
	size_t n = 0;

	memset(r, 0, sizeof *r);
	p += strspn(p, " \n");
	n = strcspn(p, " \n");
	ck_assert_uint_lt(n, sizeof r->key);
	memcpy(r->key, p, n);
	p += n;
	for (n = 0; *p != 0 && p != open; p++)
		if (*p != ' ' && *p != '\n') {
			ck_assert_uint_lt(n, sizeof r->fields - 1);
			ck_assert_msg(p[1] == ' ' || p[1] == 0 || p[1] == '\n',
			    "%s", item);
			r->fields[n++] = *p;
		}
	r->min = r->max = 1;
	if (open == NULL)
		return;
	if (sscanf(open, "(%u..%u", &r->min, &r->max) == 2)
		;
	else if (strncmp(open, "(0 or 2", 7) == 0)
		r->min = 0, r->max = 2;
	else if (strncmp(open, "(one a party", 12) == 0)
		r->max = MESSAGE_PARTIES_MAX;
	if (strstr(open, "sorted") != NULL)
		r->order = SORTED;
	if (strstr(open, "ascending") != NULL)
		r->order = NUMBERS;
}

/* Lines apart by ` \xc2\xb7 ` (a middle dot). */
static void
kind_read(const char *name, size_t name_n, const char *lines, size_t n)
{
	struct kind *k = &kinds[kind_n++];
	char all[1024], *item = all, *dot;

	ck_assert_uint_le(kind_n, KINDS_MAX);
	ck_assert_uint_lt(name_n, sizeof k->name);
	ck_assert_uint_lt(n, sizeof all);
	memcpy(k->name, name, name_n);
	memcpy(all, lines, n);
	all[n] = 0;
	do {
		dot = strstr(item, "\xc2\xb7");
		if (dot != NULL)
			*dot = 0;
		ck_assert_uint_lt(k->rule_n, RULES_MAX);
		rule_read(&k->rule[k->rule_n++], item);
		item = dot != NULL ? dot + 2 : NULL;
	} while (item != NULL);
}

static void
page_read(void)
{
	static char page[PAGE_MAX];
	static const char draft[] = "Draft, `quorate/ceremony@v1`: ";
	FILE *f = fopen(QUORATE_SOURCE "/docs/formats.md", "r");
	char *p, *end;

	if (kind_n > 0)
		return;
	ck_assert_ptr_nonnull(f);
	page[fread(page, 1, sizeof page - 1, f)] = 0;
	ck_assert(feof(f) != 0);
	fclose(f);
	p = strstr(page, "\n## 9. ");
	end = strstr(page, "\n## 11. ");
	ck_assert(p != NULL && end != NULL);
	*end = 0; /* what is at rest has other readers */
	for (end = p; (end = strstr(end, "\n| `quorate/")) != NULL;) {
		char *name = end + strlen("\n| `quorate/");
		char *at = strstr(name, "@v1` | ");
		char *bar;

		ck_assert_ptr_nonnull(at);
		bar = strstr(at + 7, " | ");
		ck_assert_ptr_nonnull(bar);
		kind_read(name, (size_t)(at - name), at + 7,
		    (size_t)(bar - (at + 7)));
		end = bar;
	}
	p = strstr(p, draft);
	ck_assert_ptr_nonnull(p);
	p += strlen(draft);
	end = strstr(p, ". A genesis");
	ck_assert_ptr_nonnull(end);
	kind_read("ceremony", 8, p, (size_t)(end - p));
	/* the other draft has the same lines, and says so */
	ck_assert_ptr_nonnull(strstr(page,
	    "Draft, `quorate/rehearsal@v1`: the lines of "
	    "`quorate/ceremony@v1`,"));
	kind_read("rehearsal", 9, p, (size_t)(end - p));
}

static bool
is_draft(const char *name)
{
	return strcmp(name, "ceremony") == 0 || strcmp(name, "rehearsal") == 0;
}

/* ---- parsers and builders by name ---- */

union any {
	MESSAGE_KINDS(MESSAGE_MEMBER)
	struct ceremony ceremony, rehearsal;
};
static union any any;

static void
ceremony_build(struct text *t, const struct ceremony *c)
{
	text_put(t, c->text, c->text_n);
}

#define rehearsal_parse ceremony_parse
#define rehearsal_build ceremony_build
#define EVERY(X)                                                               \
	MESSAGE_KINDS(X) X(ceremony, DRAFT) X(rehearsal, REHEARSAL)
EVERY(MESSAGE_CODEC)
#define NAMED(k, upper) {#k, k##_parse_any, k##_build_any},
static const struct codec {
	const char *name;
	enum rc (*take)(union any *m, const uint8_t *p, size_t n);
	void (*again)(struct text *t, const union any *m);
} codecs[] = {EVERY(NAMED)};
enum { CODECS = sizeof codecs / sizeof codecs[0] };

static const struct codec *
codec_of(const char *name)
{
	for (unsigned i = 0; i < CODECS; i++)
		if (strcmp(codecs[i].name, name) == 0)
			return &codecs[i];
	return NULL;
}

/* From as many bytes as there are: for ASan. */
static enum rc
taken(const struct codec *c, const char *text, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	char again[TEXT_MAX];
	struct text t;
	enum rc rc;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, n);
	rc = c->take(&any, copy, n);
	if (rc == RC_OK) { /* one spelling */
		text_init(&t, again, sizeof again);
		c->again(&t, &any);
		ck_assert_uint_eq(t.n, n);
		ck_assert_mem_eq(again, text, n);
	}
	free(copy);
	return rc;
}

/* ---- a text of a kind, as lines ---- */

struct lines {
	char line[LINES_MAX][768];
	unsigned rule[LINES_MAX]; /* RULES_MAX: the kind line */
	unsigned n;
};

static size_t
join(char out[static TEXT_MAX], const struct lines *l)
{
	struct text t;

	text_init(&t, out, TEXT_MAX);
	for (unsigned i = 0; i < l->n; i++) {
		text_string(&t, l->line[i]);
		text_string(&t, "\n");
	}
	ck_assert(!t.full);
	return t.n;
}

static void
key_put(struct text *t, unsigned i)
{
	char name[32];
	uint8_t key[32];

	memset(key, (int)(i + 1), sizeof key);
	snprintf(name, sizeof name, "p%03u.example", i);
	text_vkey(t, (struct slice){(const uint8_t *)name, strlen(name)},
	    KEY_ED25519, key);
}

/* The i-th good value of a letter. */
static void
value_put(struct text *t, char letter, unsigned i, bool ascends)
{
	uint8_t b[64];

	memset(b, (int)(0x10 + i), sizeof b);
	switch (letter) {
	case 'h':
	case 'H':
		text_hex(t, b, 32);
		break;
	case 'i':
		text_hex(t, b, 16);
		break;
	case 'b':
	case 'p':
		text_base64(t, b, 32);
		break;
	case 'B':
		text_base64(t, b, 64);
		break;
	case 'C':
		text_base64(t, b, 48);
		break;
	case 'd':
	case 'z':
	case 'D':
		text_printf(t, "%u", ascends ? i + 1 : 7);
		break;
	case 'n':
		text_printf(t, "a%03u", i);
		break;
	case 'u':
		text_string(t, "/v1/x");
		break;
	case 'r':
		text_printf(t, "in words, %u", i);
		break;
	case 'k':
		key_put(t, i);
		break;
	case 'l':
		text_string(t, "CH");
		break;
	default:
		ck_abort_msg("a letter without a sample: %c", letter);
	}
}

/* Every line as often as it may be, but lists `many` times at most. A package
 * is for a shared signer or for plain ones; a draft stands below. */
static void
sample(struct lines *l, const struct kind *k, unsigned many, bool plain)
{
	memset(l, 0, sizeof *l);
	snprintf(l->line[l->n], sizeof l->line[0], "quorate/%s@v1", k->name);
	l->rule[l->n++] = RULES_MAX;
	for (unsigned r = 0; r < k->rule_n; r++) {
		const struct rule *rule = &k->rule[r];
		unsigned times = rule->max < many ? rule->max : many;

		if (strcmp(k->name, "package") == 0 &&
		    (strcmp(rule->key, "signer") == 0 ? plain
		     : strcmp(rule->key, "name") == 0 && !plain))
			times = 0;
		for (unsigned i = 0; i < times; i++) {
			struct text t;

			ck_assert_uint_lt(l->n, LINES_MAX);
			text_init(&t, l->line[l->n], sizeof l->line[0]);
			text_string(&t, rule->key);
			for (const char *f = rule->fields; *f != 0; f++) {
				text_string(&t, " ");
				if (plain && *f == 'H')
					text_string(&t, "-");
				else
					value_put(&t, *f, i,
					    rule->order == NUMBERS);
			}
			l->rule[l->n++] = r;
		}
	}
}

/* Two drafts, which together have every line. */
static void
sample_draft(struct lines *l, const struct kind *k, bool reshare)
{
	char key[3][128];
	struct text t;

	for (unsigned i = 0; i < 3; i++) {
		text_init(&t, key[i], sizeof key[i]);
		key_put(&t, i);
	}
	memset(l, 0, sizeof *l);
#define ADD(...) snprintf(l->line[l->n++], sizeof l->line[0], __VA_ARGS__)
	ADD("quorate/%s@v1", k->name);
	ADD("authority example/release 1");
	ADD("signer release");
	if (!reshare) {
		ADD("key example/release");
		ADD("suite secp256k1");
	} else {
		ADD("reshare 1 %064d", 7);
	}
	ADD("proposed 1700000000");
	ADD("deadline 1700003600");
	for (unsigned i = 0; i < 3; i++)
		ADD("party p%u %s CH", i, key[i]);
	ADD("group two 2 p0 p1 p2");
	ADD("quorum two");
	if (!reshare)
		ADD("trust %064d", 7);
#undef ADD
	l->rule[0] = RULES_MAX;
	for (unsigned i = 1; i < l->n; i++) {
		size_t n = strcspn(l->line[i], " ");

		for (l->rule[i] = 0; l->rule[i] < k->rule_n; l->rule[i]++)
			if (strlen(k->rule[l->rule[i]].key) == n &&
			    memcmp(k->rule[l->rule[i]].key, l->line[i], n) == 0)
				break;
		ck_assert_uint_lt(l->rule[i], k->rule_n);
	}
}

/* ---- what must not be taken ---- */

static unsigned long refusals;

static void
refused(const struct codec *c, const struct lines *l, enum rc want,
    const char *what, unsigned at)
{
	static char text[TEXT_MAX];
	size_t n = join(text, l);
	enum rc rc = taken(c, text, n);

	ck_assert_msg(rc == want, "%s: line '%s': %s: result %d, not %d",
	    c->name, l->line[at < l->n ? at : l->n - 1], what, (int)rc,
	    (int)want);
	refusals++;
}

/* Field f of a line becomes `value`. */
static void
field_set(char line[static 768], unsigned f, const char *value)
{
	char was[768];
	const char *p = was, *end;

	memcpy(was, line, sizeof was);
	for (unsigned i = 0; i <= f; i++)
		p = strchr(p, ' ') + 1;
	end = p + strcspn(p, " ");
	snprintf(line, 768, "%.*s%s%s", (int)(p - was), was, value, end);
}

static const char *
field_get(const char *line, unsigned f, char out[static 768])
{
	for (unsigned i = 0; i <= f; i++)
		line = strchr(line, ' ') + 1;
	snprintf(out, 768, "%.*s", (int)strcspn(line, " "), line);
	return out;
}

static char *
many(char c, size_t n)
{
	static char out[768];

	memset(out, c, n);
	out[n] = 0;
	return out;
}

/* Wrong spellings of a letter, and how each is called. From the good value:
 * `<` its last byte goes, `>S` S behind it, `^S` S before it, `U` in capitals,
 * `#c,n` n times c, `~` other bits in the last digit of base64, `foreign` and
 * `cosigner` keys of other lines; anything else stands for itself. */
static const struct spelling {
	const char *letters, *form;
	enum rc rc;
} spellings[] = {
    {"hi", "U", RC_FIELD}, {"H", "U", RC_FIELD}, {"hHi", "<", RC_FIELD},
    {"hHi", ">0", RC_FIELD}, {"hi", "-", RC_FIELD}, {"hHi", "^0x", RC_FIELD},
    {"h", "#g,64", RC_FIELD}, {"H", "#g,64", RC_FIELD},
    {"i", "#g,32", RC_FIELD}, {"i", "#0,64", RC_FIELD},
    {"h", "#0,32", RC_FIELD}, {"H", "--", RC_FIELD},
    {"bBpC", "<", RC_FIELD}, {"bBp", ">=", RC_FIELD}, {"C", ">=", RC_FIELD},
    {"bBpC", "^A", RC_FIELD}, {"bBpC", ">AAAA", RC_FIELD},
    {"bBpC", "^AAAA", RC_FIELD}, {"bBpC", "-", RC_FIELD},
    {"bBpC", "^_", RC_FIELD}, {"bBpC", "~", RC_FIELD},
    {"bp", "#0,64", RC_FIELD}, {"C", "#0,60", RC_FIELD}, {"B", "#0,44", RC_FIELD},
    {"p", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", RC_FIELD},
    {"dzD", "^0", RC_FIELD}, {"dzD", "^+", RC_FIELD}, {"dzD", "^-", RC_FIELD},
    {"dzD", ">.0", RC_FIELD}, {"dzD", "0x7", RC_FIELD}, {"dzD", "-", RC_FIELD},
    {"dzD", "#9,17", RC_FIELD}, {"dzD", "00", RC_FIELD}, {"d", "0", RC_NUMBER},
    {"dz", "4294967296", RC_NUMBER}, {"D", "9007199254740992", RC_NUMBER},
    {"n", "^A", RC_FIELD}, {"n", "^.", RC_FIELD}, {"n", ">-", RC_FIELD},
    {"n", "#a,129", RC_FIELD}, {"n", "^a+", RC_FIELD}, {"n", "-", RC_FIELD},
    {"n", ">~a", RC_FIELD}, {"u", "#a,513", RC_FIELD},
    {"r", "#a,257", RC_FIELD}, {"l", "ch", RC_FIELD}, {"l", "C", RC_FIELD},
    {"l", "CHE", RC_FIELD}, {"q", "0", RC_FIELD}, {"q", "129", RC_FIELD},
    {"q", "some", RC_FIELD}, {"q", "^0", RC_FIELD}, {"k", "<", RC_FIELD},
    {"k", ">A", RC_FIELD}, {"k", "^x", RC_KEY_ID}, {"k", "-", RC_FIELD},
    {"k", "foreign", RC_FIELD}, {"k", "cosigner", RC_KEY_TYPE}};

static void
misspelt(char out[static 768], const char *good, const char *form)
{
	size_t n = strlen(good);

	if (strcmp(form, "foreign") == 0 || strcmp(form, "cosigner") == 0) {
		struct text t; /* a vkey in itself, but not of this line's */

		text_init(&t, out, 768);
		text_vkey(&t, (struct slice){(const uint8_t *)"K.example", 9},
		    form[0] == 'f' ? KEY_ED25519 : KEY_COSIGNATURE,
		    (const uint8_t *)many('x', 32));
	} else if (strcmp(form, "<") == 0) {
		snprintf(out, 768, "%.*s", (int)n - 1, good);
	} else if (form[0] == '>') {
		snprintf(out, 768, "%s%s", good, form + 1);
	} else if (form[0] == '^') {
		snprintf(out, 768, "%s%s", form + 1, good);
	} else if (form[0] == '#') {
		snprintf(out, 768, "%s",
		    many(form[1], (size_t)strtoul(form + 3, NULL, 10)));
	} else if (strcmp(form, "U") == 0) {
		/* a letter for certain, and a capital one */
		snprintf(out, 768, "A%s", good + 1);
	} else if (strcmp(form, "~") == 0) {
		/* the same bytes, with a bit set that nobody reads */
		size_t digit = n - 1;

		snprintf(out, 768, "%s", good);
		while (out[digit] == '=')
			digit--;
		if (digit == n - 1) /* no spare bits: another wrong one */
			out[digit] = '=';
		else
			out[digit]++;
	} else {
		snprintf(out, 768, "%s", form);
	}
}

static void
fields_refused(const struct codec *c, const struct kind *k,
    const struct lines *good, unsigned at, unsigned long seen[static 128])
{
	const struct rule *rule = &k->rule[good->rule[at]];
	static struct lines l;
	char value[768], wrong[768];

	for (unsigned f = 0; rule->fields[f] != 0; f++) {
		char letter = rule->fields[f];
		unsigned tried = 0;

		if (letter == 'm') /* names of a tree: check_policy */
			continue;
		field_get(good->line[at], f, value);
		for (unsigned s = 0;
		     s < sizeof spellings / sizeof spellings[0]; s++) {
			if (strchr(spellings[s].letters, letter) == NULL)
				continue;
			if (strcmp(value, "-") == 0 &&
			    spellings[s].form[0] != '#')
				continue;
			misspelt(wrong, value, spellings[s].form);
			l = *good;
			if (letter == 'r') /* all of the rest */
				snprintf(l.line[at], sizeof l.line[0], "%s %.700s",
				    rule->key, wrong);
			else
				field_set(l.line[at], f, wrong);
			refused(
			    c, &l, spellings[s].rc, spellings[s].form, at);
			tried++;
		}
		ck_assert_msg(tried > 0, "no wrong spelling of %c", letter);
		seen[(unsigned)letter] += tried;
		/* it is not there at all */
		l = *good;
		if (letter == 'r')
			snprintf(l.line[at], sizeof l.line[0], "%s ",
			    rule->key);
		else
			field_set(l.line[at], f, "");
		if (rule->fields[f + 1] == 0) /* a space at the end */
			refused(c, &l, RC_LINE, "empty", at);
		else
			refused(c, &l, RC_FIELD, "empty", at);
	}
	l = *good;
	if (rule->fields[0] != 0 &&
	    strpbrk(rule->fields, "rm") == NULL) {
		snprintf(l.line[at] + strlen(l.line[at]), 8, " more");
		refused(c, &l, RC_FIELD, "a field more", at);
		l = *good;
		*strrchr(l.line[at], ' ') = 0;
		refused(c, &l, RC_FIELD, "a field less", at);
	}
}

static void
line_insert(struct lines *l, unsigned at, const char *line)
{
	char copy[sizeof l->line[0]]; /* it may be one of them */

	strcpy(copy, line);
	memmove(l->line[at + 1], l->line[at], (l->n - at) * sizeof l->line[0]);
	memmove(&l->rule[at + 1], &l->rule[at], (l->n - at) * sizeof l->rule[0]);
	memcpy(l->line[at], copy, sizeof copy);
	l->n++;
}

static void
line_remove(struct lines *l, unsigned at)
{
	l->n--;
	memmove(l->line[at], l->line[at + 1], (l->n - at) * sizeof l->line[0]);
	memmove(&l->rule[at], &l->rule[at + 1], (l->n - at) * sizeof l->rule[0]);
}

/* How many lines there are of the rule of line `at`. */
static unsigned
line_count(const struct lines *l, unsigned at)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->n; i++)
		n += l->rule[i] == l->rule[at];
	return n;
}

/* A line as such: bytes, spaces, its place, how often. */
static void
line_refused(const struct codec *c, const struct kind *k,
    const struct lines *good, unsigned at)
{
	static struct lines l;
	const struct rule *rule = &k->rule[good->rule[at]];

	static const struct {
		const char *form;
		enum rc rc;
	} forms[] = {{"%s ", RC_LINE}, {" %s", RC_LINE}, {"%s\r", RC_BYTE},
	    {"\x7f%s", RC_BYTE}, {"%s\n", RC_LINE}, {"%s\xc3\xa9", RC_BYTE},
	    {"%s\tx", RC_BYTE}, {"x-%s", RC_LINE_UNKNOWN},
	    {"x%s", RC_LINE_UNKNOWN}};

	for (unsigned i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		l = *good;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(l.line[at], sizeof l.line[0], forms[i].form,
		    good->line[at]);
#pragma GCC diagnostic pop
		refused(c, &l, forms[i].rc, forms[i].form, at);
	}
	l = *good;
	line_insert(&l, at + 1, "zz top");
	refused(c, &l, RC_LINE_UNKNOWN, "a line that nobody knows behind", at);
	l = *good;
	line_insert(&l, at + 1, "about");
	refused(c, &l, RC_LINE_UNKNOWN, "about behind", at);

	/* how often */
	if (rule->max == 1) {
		l = *good;
		line_insert(&l, at, good->line[at]);
		refused(c, &l, RC_LINE_REPEATED, "twice", at);
	}
	if (rule->min > 0 && line_count(good, at) == rule->min) {
		l = *good;
		line_remove(&l, at);
		refused(c, &l, RC_LINE_MISSING, "not there", at);
	}

	/* two of one key */
	if (at + 1 < good->n && good->rule[at + 1] == good->rule[at] &&
	    rule->order != AS_IT_IS) {
		const enum rc wrong =
		    rule->order == SORTED ? RC_LINE_ORDER : RC_FIELD;

		l = *good;
		memcpy(l.line[at], good->line[at + 1], sizeof l.line[0]);
		memcpy(l.line[at + 1], good->line[at], sizeof l.line[0]);
		refused(c, &l, wrong, "not sorted", at);
		l = *good;
		memcpy(l.line[at + 1], good->line[at], sizeof l.line[0]);
		refused(c, &l, wrong, "the same again", at);
		if (rule->fields[1] != 0 && rule->order == SORTED) {
			/* the same name with another field */
			char name[768];

			l = *good;
			field_get(good->line[at], 0, name);
			field_set(l.line[at + 1], 0, name);
			refused(c, &l, RC_NAME_REPEATED, "a name twice", at);
		}
	}
	/* of two keys, in the wrong order: one of them is then missed before
	 * it comes, or comes after its place */
	if (at + 1 < good->n && good->rule[at + 1] != good->rule[at]) {
		static char text[TEXT_MAX];
		enum rc rc;

		l = *good;
		memcpy(l.line[at], good->line[at + 1], sizeof l.line[0]);
		memcpy(l.line[at + 1], good->line[at], sizeof l.line[0]);
		rc = taken(c, text, join(text, &l));
		/* a group out of place is found out as a tree first */
		ck_assert_msg(rc == RC_LINE_ORDER || rc == RC_LINE_MISSING ||
				  (rc == RC_POLICY &&
				      (strncmp(l.line[at], "group ", 6) == 0 ||
					  strncmp(l.line[at + 1], "group ",
					      6) == 0)),
		    "%s: '%s' behind the next: %d", c->name, good->line[at],
		    (int)rc);
		refusals++;
	}
}

static void
whole_refused(const struct codec *c, const struct lines *good)
{
	static struct lines l;
	static char text[TEXT_MAX];
	size_t n = join(text, good);

	static const char *const heads[] = {"quorate/%s@v2", "quorate/%s@v1 ",
	    "quorate/%s", "Quorate/%s@v1", "quorate/x%s@v1", "quorate/%s@v1 1"};

	ck_assert_int_eq(taken(c, text, 0), RC_LINE);
	ck_assert_int_ne(taken(c, text, n - 1), RC_OK);
	for (size_t i = 0; i < n; i++) /* cut anywhere but at a line's end */
		if (i == 0 || text[i - 1] != '\n')
			ck_assert_int_ne(taken(c, text, i), RC_OK);
	for (unsigned i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		l = *good;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(l.line[0], sizeof l.line[0], heads[i], c->name);
#pragma GCC diagnostic pop
		refused(c, &l, i == 1 ? RC_LINE : RC_KIND, heads[i], 0);
	}
	for (unsigned i = 0; i < CODECS; i++) /* another's head on this body */
		if (!is_draft(codecs[i].name) || !is_draft(c->name)) {
			if (&codecs[i] == c)
				continue;
			l = *good;
			snprintf(l.line[0], sizeof l.line[0], "quorate/%s@v1",
			    codecs[i].name);
			refused(c, &l, RC_KIND, "another kind's head", 0);
		}
}

/* One line more than there may be: the last of a list again, one higher. */
static void
too_many(const struct codec *c, const struct kind *k, const struct rule *rule)
{
	static struct lines l;
	static char text[TEXT_MAX];
	struct kind more = *k;
	bool plain = strcmp(rule->key, "name") == 0;

	if (rule->max < 3 || is_draft(k->name))
		return;
	/* this list at its most, the others short */
	for (unsigned i = 0; i < more.rule_n; i++)
		if (&k->rule[i] != rule && more.rule[i].max > 2)
			more.rule[i].max = 2;
	sample(&l, &more, rule->max, plain);
	ck_assert_int_eq(taken(c, text, join(text, &l)), RC_OK);
	more.rule[rule - k->rule].max++;
	sample(&l, &more, rule->max + 1, plain);
	ck_assert_int_eq(taken(c, text, join(text, &l)), RC_LINE_REPEATED);
	refusals++;
}

START_TEST(table)
{
	static struct lines good;
	static char text[TEXT_MAX];
	unsigned long letters[128] = {0};
	unsigned lines = 0;

	page_read();
	for (unsigned i = 0; i < kind_n; i++) {
		const struct kind *k = &kinds[i];
		const struct codec *c = codec_of(k->name);
		bool covered[RULES_MAX] = {false};

		ck_assert_msg(c != NULL, "%s: in docs/formats.md only", k->name);
		for (unsigned round = 0; round < 2; round++) {
			if (is_draft(k->name))
				sample_draft(&good, k, round == 1);
			else
				sample(&good, k, 2, round == 1);
			ck_assert_msg(
			    taken(c, text, join(text, &good)) == RC_OK,
			    "%s: the sample is not taken", k->name);
			for (unsigned at = 1; at < good.n; at++) {
				covered[good.rule[at]] = true;
				line_refused(c, k, &good, at);
				fields_refused(c, k, &good, at, letters);
			}
			whole_refused(c, &good);
		}
		for (unsigned r = 0; r < k->rule_n; r++) {
			ck_assert_msg(covered[r], "%s: no line %s", k->name,
			    k->rule[r].key);
			too_many(c, k, &k->rule[r]);
		}
		lines += k->rule_n;
	}
	for (unsigned i = 0; i < CODECS; i++) {
		bool found = false;

		for (unsigned j = 0; j < kind_n; j++)
			found |= strcmp(kinds[j].name, codecs[i].name) == 0;
		ck_assert_msg(found, "%s: not in docs/formats.md",
		    codecs[i].name);
	}
	printf("# %u kinds, %u lines, %lu refusals\n", kind_n, lines, refusals);
	ck_assert_uint_ge(kind_n, 20);
}
END_TEST

/* What the code calls a kind of its own, and what the page does. */
START_TEST(kinds_are_the_page)
{
	page_read();
	for (int m = MESSAGE_APPROVE; m < MESSAGE_RELEASE; m++) {
		const char *name = message_kind_name((enum message_kind)m);
		char head[64];
		bool found = false;

		if (m == MESSAGE_REHEARSAL_ROSTER)
			continue; /* a roster but for its head */
		for (unsigned j = 0; j < kind_n; j++)
			found |= strcmp(kinds[j].name, name) == 0;
		ck_assert_msg(found, "%s: not in docs/formats.md", name);
		ck_assert_msg(codec_of(name) != NULL, "%s: not held", name);
		snprintf(head, sizeof head, "quorate/%s@v1\n", name);
		ck_assert_int_eq(
		    message_kind_of((const uint8_t *)head, strlen(head)), m);
	}
	ck_assert_uint_eq(kind_n, MESSAGE_RELEASE - MESSAGE_APPROVE - 1);
}
END_TEST

/* And in one place: lines that go together. */
START_TEST(together)
{
	static struct lines good, l;
	const struct kind *k = kinds;
	const struct codec *c = codec_of("package");

	page_read();
	while (strcmp(k->name, "package") != 0)
		k++;
	sample(&good, k, 2, false);
	l = good;
	snprintf(l.line[2], sizeof l.line[0], "roster -");
	refused(c, &l, RC_FIELD, "leaves without a roster", 2);
	l = good;
	l.n -= 2;
	refused(c, &l, RC_FIELD, "a roster without leaves", 2);
	l = good;
	line_insert(&l, l.n, "name a");
	refused(c, &l, RC_FIELD, "leaves and names", 2);
	l = good;
	field_set(l.line[l.n - 1], 0, "129");
	refused(c, &l, RC_FIELD, "a leaf that cannot be", l.n - 1);
	for (k = kinds, c = codec_of("complaint");
	     strcmp(k->name, "complaint") != 0; k++)
		;
	sample(&good, k, 2, false);
	l = good;
	l.n--;
	refused(c, &l, RC_FIELD, "half of an opening", 2);
	l = good;
	line_insert(&l, l.n, good.line[good.n - 1]);
	refused(c, &l, RC_LINE_REPEATED, "three points", 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("refusals");
	TCase *t = tcase_create("messages");

	if (sodium_init() < 0)
		return 1;
	tcase_set_timeout(t, 300);
	tcase_add_test(t, kinds_are_the_page);
	tcase_add_test(t, table);
	tcase_add_test(t, together);
	suite_add_tcase(s, t);
	return suite_run(s);
}
