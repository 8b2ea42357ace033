/* SPDX-License-Identifier: Apache-2.0 */
/* One spelling: no empty word, no space too many, nothing but printable. */
#include "signer/frame.h"
#include <string.h>
#include "host/rc_text.h"

size_t
frame_size(const uint8_t head[static FRAME_HEAD_BYTES])
{
	size_t n = (size_t)head[0] << 24 | (size_t)head[1] << 16 |
	    (size_t)head[2] << 8 | head[3];

	return n <= FRAME_BYTES_MAX ? n : 0;
}

void
frame_head(uint8_t head[static FRAME_HEAD_BYTES], size_t n)
{
	for (unsigned i = 0; i < FRAME_HEAD_BYTES; i++)
		head[i] = (uint8_t)(n >> (24 - 8 * i));
}

enum rc
frame_open(struct frame *f, const uint8_t *bytes, size_t n)
{
	size_t at = 0, from = 0, max = n < FRAME_LINE_MAX + 1
	    ? n
	    : FRAME_LINE_MAX + 1;

	memset(f, 0, sizeof *f);
	for (; at < max; at++) {
		uint8_t c = bytes[at];

		if (c > 0x20 && c < 0x7f)
			continue;
		if ((c != ' ' && c != '\n') || at == from ||
		    f->word_n == FRAME_WORDS_MAX)
			return RC_FRAME;
		f->word[f->word_n++] = (struct slice){bytes + from, at - from};
		from = at + 1;
		if (c == '\n') {
			f->body = (struct slice){bytes + from, n - from};
			return RC_OK;
		}
	}
	return RC_FRAME;
}

bool
frame_word_is(const struct frame *f, unsigned i, const char *word)
{
	return i < f->word_n && slice_is(f->word[i], word);
}

bool
frame_number(uint64_t *out, const struct frame *f, unsigned i, uint64_t max)
{
	return i < f->word_n &&
	    decimal_decode(
		out, max, (const char *)f->word[i].p, f->word[i].n);
}

bool
frame_string(char *out, size_t cap, const struct frame *f, unsigned i)
{
	if (i >= f->word_n || f->word[i].n >= cap)
		return false;
	memcpy(out, f->word[i].p, f->word[i].n);
	out[f->word[i].n] = '\0';
	return true;
}

void
frame_refusal(struct text *out, enum rc rc, const char *why)
{
	text_printf(out, "%s\n%s", rc_name(rc), why);
}

enum rc
frame_result(const struct frame *f)
{
#define NAMED(name, number, sentence) {#name, name},
	static const struct {
		const char *name;
		enum rc rc;
	} all[] = {RC_LIST(NAMED)};
#undef NAMED

	if (frame_word_is(f, 0, "ok"))
		return RC_OK;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (frame_word_is(f, 0, all[i].name))
			return all[i].rc;
	return RC_FRAME;
}
