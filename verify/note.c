/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "verify/note.h"
#include "verify/bip340.h"
#include "verify/ed25519.h"
#include "verify/mem.h"

enum { NAME = 4, BASE64, DONE }; /* below: a dash of three bytes, a space */

void
sigline_init(struct sigline *l)
{
	memset(l, 0, sizeof *l);
}

enum rc
sigline_feed(struct sigline *l, uint8_t c)
{
	static const uint8_t head[4] = {0xe2, 0x80, 0x94, ' '};
	unsigned state = l->state;
	bool ok;

	if (state < NAME) {
		ok = c == head[state];
		l->state++;
	} else if (state == NAME && c != ' ') {
		ok = c > 0x20 && c <= 0x7e && c != '+' &&
		     l->name_n < NAME_BYTES_MAX;
		if (ok)
			l->name[l->name_n++] = c;
	} else if (state == NAME) {
		ok = l->name_n > 0;
		l->state++;
	} else if (c != '\n') {
		ok = state == BASE64 &&
		     base64_feed(&l->base64, c, l->blob, sizeof l->blob) &&
		     l->base64.n <= SIG_BLOB_MAX;
	} else {
		if (state == BASE64 && l->base64.n >= SIG_BLOB_MIN &&
		    l->base64.spare == 0) {
			l->state++;
			return RC_OK;
		}
		ok = false;
	}
	return ok ? RC_MORE : RC_SIGLINE;
}

bool
sigline_by(const struct sigline *l, const struct vkey *k)
{
	return slice_equal((struct slice){l->name, l->name_n}, k->name) &&
	       memcmp(l->blob, k->id, 4) == 0;
}

size_t
cosignature_head(uint8_t *text, uint64_t time)
{
	static const char head[] = "cosignature/v1\ntime ";
	uint32_t high = (uint32_t)(time >> 32), low = (uint32_t)time;
	uint8_t *p = text;

	*--p = '\n';
	do { /* divided by ten bit by bit: a processor may have no division */
		uint32_t rest = 0;
		unsigned bit;

		for (bit = 0; bit < 64; bit++) {
			rest = rest << 1 | high >> 31;
			high = high << 1 | low >> 31;
			low <<= 1;
			if (rest >= 10) {
				rest -= 10;
				low++;
			}
		}
		*--p = (uint8_t)('0' + rest);
	} while ((high | low) != 0);
	p -= sizeof head - 1;
	memcpy(p, head, sizeof head - 1);
	return (size_t)(text - p);
}

enum rc
sigline_verify(const struct sigline *l, const struct vkey *k, uint8_t *message,
    size_t n, uint64_t *time)
{
	uint64_t t = 0;
	unsigned i;

	if (k->type == KEY_ED25519)
		return l->base64.n != SIG_ED25519_BYTES
			   ? RC_SIGLINE_LENGTH
			   : ed25519_verify(l->blob + 4, k->key, message, n);
#ifdef VERIFY_BIP340
	if (k->type == KEY_BIP340)
		return l->base64.n != SIG_ED25519_BYTES
			   ? RC_SIGLINE_LENGTH
			   : bip340_verify(l->blob + 4, k->key, message, n);
#endif
	if (l->base64.n != SIG_COSIGNATURE_BYTES)
		return RC_SIGLINE_LENGTH;
	for (i = 4; i < 12; i++)
		t = t << 8 | l->blob[i];
	if (t == 0 || t >> 53 != 0)
		return RC_SIGNATURE_INVALID;
	*time = t;
	i = (unsigned)cosignature_head(message, t);
	return ed25519_verify(l->blob + 12, k->key, message - i, n + i);
}

static enum rc
split(struct note *note, size_t *rest, const uint8_t *bytes, size_t n)
{
	struct sigline l;
	size_t at = 1;

	memset(note, 0, sizeof *note);
	while (at < n && !(bytes[at] == '\n' && bytes[at - 1] == '\n'))
		at++;
	if (at >= n)
		return RC_TRUNCATED;
	note->bytes = bytes;
	note->text_n = at++;
	while (at < n && bytes[at] != '\n') {
		enum rc rc = sigline_take(&l, &at, bytes, n);

		if (rc != RC_OK)
			return rc == RC_MORE ? RC_TRUNCATED : rc;
		if (++note->line_n > NOTE_SIGLINES_MAX)
			return RC_SIGLINES_MANY;
	}
	note->n = at;
	*rest = at < n ? at + 1 : n;
	if (at > NOTE_BYTES_MAX)
		return RC_NOTE_LONG;
	return note->line_n > 0 ? RC_OK : RC_SIGLINE;
}

enum rc
note_split(struct note *note, const uint8_t *bytes, size_t n)
{
	size_t rest;
	enum rc rc = split(note, &rest, bytes, n);

	return rc == RC_OK && note->n != n ? RC_TRAILING : rc;
}

enum rc
note_split_file(struct note *note, size_t *rest, const uint8_t *bytes, size_t n)
{
	return split(note, rest, bytes, n);
}

void
note_line(const struct note *note, unsigned index, struct sigline *out,
    struct slice *raw)
{
	const uint8_t *p = note->bytes + note->text_n + 1, *from = p;

	for (;; index--) {
		from = p;
		while (*p++ != '\n')
			;
		if (index == 0)
			break;
	}
	if (raw != NULL)
		*raw = (struct slice){from, (size_t)(p - from)};
	(void)!sigline_take(out, &(size_t){0}, from, (size_t)(p - from));
}

void
note_id(uint8_t id[static 32], const struct note *note)
{
	text_sha256(id, note->bytes, note->text_n);
}
