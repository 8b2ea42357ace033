/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of five letters carry 16 bits each (as in a ceremony code). A line is
 * its number, four words, and one more that checks number and words, so that
 * whoever types hears of a slip at the line where it is. The check says
 * nothing about forgery: that is the seal's matter.
 */
#include "signer/backup.h"
#include <string.h>
#include "host/digest.h"
#include "verify/sha256.h"

enum { LINE_BYTES = 8, SALT = 16, NONCE = 24, BYTES_MAX = 512 };

static const char consonants[] = "bdfghjklmnprstvz", vowels[] = "aiou";

static void
word_put(struct text *t, unsigned w)
{
	const char word[5] = {consonants[w >> 12 & 15], vowels[w >> 10 & 3],
	    consonants[w >> 6 & 15], vowels[w >> 4 & 3], consonants[w & 15]};

	text_put(t, word, sizeof word);
}

static bool
letter(unsigned *w, const char *set, unsigned bits, uint8_t c)
{
	const char *at = c != '\0' ? strchr(set, c) : NULL;

	if (at == NULL)
		return false;
	*w = *w << bits | (unsigned)(at - set);
	return true;
}

static bool
word_read(unsigned *w, struct slice s)
{
	*w = 0;
	return s.n == 5 && letter(w, consonants, 4, s.p[0]) &&
	    letter(w, vowels, 2, s.p[1]) && letter(w, consonants, 4, s.p[2]) &&
	    letter(w, vowels, 2, s.p[3]) && letter(w, consonants, 4, s.p[4]);
}

static unsigned
check_of(unsigned number, const uint8_t *bytes, size_t n)
{
	const uint8_t head[1] = {(uint8_t)number};
	uint8_t digest[32];
	struct sha256 h;

	sha256_init(&h);
	sha256_update(&h, head, sizeof head);
	sha256_update(&h, bytes, n);
	sha256_final(&h, digest);
	return (unsigned)digest[0] << 8 | digest[1];
}

void
backup_head_build(struct text *t, const struct backup_head *h)
{
	text_printf(t, "quorate/backup@v1\nparty %.*s\n", (int)h->party.n,
	    (const char *)h->party.p);
	if (h->authority.n > 0) {
		text_printf(t, "authority %.*s %u\nroster %u ",
		    (int)h->authority.n, (const char *)h->authority.p,
		    (unsigned)h->epoch, (unsigned)h->serial);
		text_hex(t, h->roster, 32);
		text_string(t, "\n");
	}
	text_printf(t, "made %llu\n", (unsigned long long)h->made);
}

void
backup_head_hash(uint8_t out[static 32], const struct backup_head *h)
{
	char room[1024];
	struct text t;

	text_init(&t, room, sizeof room);
	backup_head_build(&t, h);
	sha256_of(out, t.p, t.n);
}

/* ---- the sealed text as bytes: salt, nonce, ciphertext ---------------------- */

static bool
take(struct slice *rest, const char *prefix)
{
	size_t n = strlen(prefix);

	if (rest->n < n || memcmp(rest->p, prefix, n) != 0)
		return false;
	rest->p += n;
	rest->n -= n;
	return true;
}

static struct slice
until(struct slice *rest, char end)
{
	const uint8_t *at =
	    rest->n > 0 ? memchr(rest->p, end, rest->n) : NULL;
	struct slice s = {rest->p, at != NULL ? (size_t)(at - rest->p) : 0};

	if (at != NULL) {
		rest->p += s.n + 1;
		rest->n -= s.n + 1;
	}
	return s;
}

static bool
exactly(uint8_t *out, size_t n, struct slice base64)
{
	size_t got;

	return base64_decode(
		   out, &got, n, (const char *)base64.p, base64.n) &&
	    got == n;
}

/* kdf: passes and memory, with one space. */
static bool
sealed_read(struct slice *passes, struct slice *memory, uint8_t *out,
    size_t *n, struct slice rest)
{
	char body[BASE64_CHARS(BYTES_MAX) + 1];
	struct text t;
	size_t got;

	if (!take(&rest, "quorate-sealed-v1\nkind " BACKUP_KIND
			 "\nkdf argon2id "))
		return false;
	*passes = until(&rest, ' ');
	*memory = until(&rest, ' ');
	if (!exactly(out, SALT, until(&rest, '\n')) ||
	    !take(&rest, "nonce ") ||
	    !exactly(out + SALT, NONCE, until(&rest, '\n')))
		return false;
	text_init(&t, body, sizeof body);
	while (rest.n > 0) {
		struct slice line = until(&rest, '\n');

		if (line.n == 0)
			return false;
		text_put(&t, line.p, line.n);
	}
	if (t.full ||
	    !base64_decode(out + SALT + NONCE, &got,
		BYTES_MAX - SALT - NONCE, t.p, t.n))
		return false;
	*n = SALT + NONCE + got;
	return true;
}

static void
sealed_put(struct text *t, struct slice passes, struct slice memory,
    const uint8_t *bytes, size_t n)
{
	char body[BASE64_CHARS(BYTES_MAX) + 1];
	struct text b;

	text_printf(t, "quorate-sealed-v1\nkind " BACKUP_KIND
		       "\nkdf argon2id %.*s %.*s ",
	    (int)passes.n, (const char *)passes.p, (int)memory.n,
	    (const char *)memory.p);
	text_base64(t, bytes, SALT);
	text_string(t, "\nnonce ");
	text_base64(t, bytes + SALT, NONCE);
	text_string(t, "\n");
	text_init(&b, body, sizeof body);
	text_base64(&b, bytes + SALT + NONCE, n - SALT - NONCE);
	for (size_t i = 0; i < b.n; i += 64) {
		text_put(t, b.p + i, b.n - i < 64 ? b.n - i : 64);
		text_string(t, "\n");
	}
}

enum rc
backup_page_build(struct text *t, const struct backup_head *h,
    const char *sealed, size_t n)
{
	const struct slice whole = {(const uint8_t *)sealed, n};
	uint8_t bytes[BYTES_MAX + LINE_BYTES] = {0};
	struct slice passes, memory;
	size_t from = t->n, bytes_n;
	unsigned number = 0;

	if (!sealed_read(&passes, &memory, bytes, &bytes_n, whole))
		return RC_SEALED;
	backup_head_build(t, h);
	text_printf(t, "kdf argon2id %.*s %.*s\nbytes %u\n", (int)passes.n,
	    (const char *)passes.p, (int)memory.n, (const char *)memory.p,
	    (unsigned)bytes_n);
	if (t->full)
		return RC_TEXT_LONG;
	{
		unsigned check = check_of(
		    0, (const uint8_t *)t->p + from, t->n - from);

		text_string(t, "check ");
		word_put(t, check);
		text_string(t, "\n\n");
	}
	for (size_t i = 0; i < bytes_n; i += LINE_BYTES) {
		text_printf(t, "%02u ", ++number);
		for (size_t k = 0; k < LINE_BYTES; k += 2) {
			word_put(t, (unsigned)bytes[i + k] << 8 |
				bytes[i + k + 1]);
			text_string(t, "-");
		}
		text_string(t, " ");
		word_put(t, check_of(number, bytes + i, LINE_BYTES));
		text_string(t, "\n");
	}
	return t->full ? RC_TEXT_LONG : RC_OK;
}

/* ---- what was typed --------------------------------------------------------- */

static bool
space(uint8_t c)
{
	return c == ' ' || c == '-' || c == '\t' || c == '\r';
}

static struct slice
word_next(struct slice *rest)
{
	struct slice s;

	while (rest->n > 0 && space(*rest->p)) {
		rest->p++;
		rest->n--;
	}
	s = (struct slice){rest->p, 0};
	while (rest->n > 0 && !space(*rest->p)) {
		s.n++;
		rest->p++;
		rest->n--;
	}
	return s;
}

/* One line of words to bytes. */
static bool
words_read(uint8_t out[static LINE_BYTES], struct slice line, unsigned number)
{
	struct slice s = word_next(&line);
	uint64_t said;
	unsigned w;

	while (s.n > 1 && *s.p == '0') {
		s.p++;
		s.n--;
	}
	if (!slice_decimal(s, 255, &said) || said != number)
		return false;
	for (unsigned i = 0; i < LINE_BYTES; i += 2) {
		if (!word_read(&w, word_next(&line)))
			return false;
		out[i] = (uint8_t)(w >> 8);
		out[i + 1] = (uint8_t)w;
	}
	return word_read(&w, word_next(&line)) &&
	    w == check_of(number, out, LINE_BYTES) && word_next(&line).n == 0;
}

enum {
	HEAD_PARTY,
	HEAD_AUTHORITY,
	HEAD_ROSTER,
	HEAD_MADE,
	HEAD_KDF,
	HEAD_BYTES,
	HEAD_CHECK,
	HEADS
};
static const char head_rules[] =
    LINE_ONCE "party k\0"
    LINE_MAYBE "authority nd\0"
    LINE_MAYBE "roster dh\0"
    LINE_ONCE "made D\0"
    LINE_ONCE "kdf ndD\0"
    LINE_ONCE "bytes d\0"
    LINE_ONCE "check n\0";

struct reading {
	struct backup_head *h;
	struct slice passes, memory;
	uint64_t bytes;
	unsigned check;
};

static bool
head_line(struct reading *r, const struct line *l)
{
	switch (l->rule) {
	case HEAD_PARTY:
		r->h->party = l->field[0];
		return true;
	case HEAD_AUTHORITY:
		r->h->authority = l->field[0];
		r->h->epoch = (uint32_t)l->number[0];
		return true;
	case HEAD_ROSTER:
		r->h->serial = (uint32_t)l->number[0];
		return slice_hex(l->field[1], r->h->roster, 32);
	case HEAD_MADE:
		r->h->made = l->number[0];
		return true;
	case HEAD_KDF:
		r->passes = l->field[1];
		r->memory = l->field[2];
		return slice_is(l->field[0], "argon2id");
	case HEAD_BYTES:
		r->bytes = l->number[0];
		return r->bytes > SALT + NONCE && r->bytes <= BYTES_MAX;
	default:
		return word_read(&r->check, l->field[0]);
	}
}

static bool
head_read(struct reading *r, struct slice text)
{
	size_t checked = text.n;
	struct walk w;
	struct line l;
	enum rc rc = walk_init(&w, text.p, text.n, "quorate/backup@v1",
	    head_rules, HEADS, READER_HOST);

	memset(r->h, 0, sizeof *r->h);
	while (rc == RC_OK) {
		rc = line_next(&w, &l);
		if (rc == RC_OK && !head_line(r, &l))
			rc = RC_FIELD;
		if (rc == RC_OK && l.rule == HEAD_CHECK)
			checked = (size_t)(l.whole.p - text.p);
	}
	return rc == RC_MORE && r->check == check_of(0, text.p, checked) &&
	    (r->h->authority.n > 0) == (r->h->serial > 0);
}

enum rc
backup_page_parse(struct backup_head *h, struct text *sealed, unsigned *line,
    char *page, size_t n)
{
	struct reading r = {.h = h};
	uint8_t bytes[BYTES_MAX + LINE_BYTES] = {0};
	struct slice rest = {(const uint8_t *)page, n}, head;
	const uint8_t *at = NULL;
	size_t got = 0;
	unsigned number = 0;

	*line = 1;
	for (size_t i = 0; i + 1 < n && at == NULL; i++)
		if (page[i] == '\n' && page[i + 1] == '\n')
			at = (const uint8_t *)page + i + 1;
	if (at == NULL)
		return RC_BACKUP;
	head = (struct slice){rest.p, (size_t)(at - rest.p)};
	for (size_t i = 0; i < head.n; i++)
		*line += page[i] == '\n';
	if (!head_read(&r, head)) {
		*line = 1;
		return RC_BACKUP;
	}
	rest = (struct slice){at + 1, n - head.n - 1};
	for (size_t i = head.n + 1; i < n; i++)
		if (page[i] >= 'A' && page[i] <= 'Z')
			page[i] = (char)(page[i] - 'A' + 'a');
	while (got < r.bytes) {
		++*line;
		if (rest.n == 0 ||
		    !words_read(bytes + got, until(&rest, '\n'), ++number))
			return RC_BACKUP;
		got += LINE_BYTES;
	}
	if (rest.n > 0) {
		++*line;
		return RC_BACKUP;
	}
	for (size_t i = (size_t)r.bytes; i < got; i++)
		if (bytes[i] != 0)
			return RC_BACKUP;
	sealed_put(sealed, r.passes, r.memory, bytes, (size_t)r.bytes);
	return sealed->full ? RC_TEXT_LONG : RC_OK;
}
