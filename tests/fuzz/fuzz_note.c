/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notes, held against a reader of a few lines that finds the separator, cuts
 * at line ends and decodes with host/text.h: the same notes are taken, with
 * the same lines. The last byte says how to read: a note, or a file.
 */
#include <assert.h>
#include <string.h>
#include "host/text.h"
#include "verify/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* `p` is a line without its LF. */
static bool
line_read(struct sigline *l, const uint8_t *p, size_t n)
{
	static uint8_t blob[SIG_BLOB_MAX + 3];
	struct slice name;
	const uint8_t *space;
	size_t m;

	memset(l, 0, sizeof *l);
	if (n < 5 || memcmp(p, "\xe2\x80\x94 ", 4) != 0)
		return false;
	p += 4;
	n -= 4;
	space = memchr(p, ' ', n);
	if (space == NULL)
		return false;
	name = (struct slice){p, (size_t)(space - p)};
	if (!slice_foreign(name) ||
	    !base64_decode(blob, &m, sizeof blob, (const char *)space + 1,
		n - name.n - 1) ||
	    m < SIG_BLOB_MIN || m > SIG_BLOB_MAX)
		return false;
	l->name_n = (uint8_t)name.n;
	memcpy(l->name, name.p, name.n);
	l->base64.n = (uint16_t)m;
	memcpy(l->blob, blob, m < sizeof l->blob ? m : sizeof l->blob);
	return true;
}

/* Where the note ends, 0 when there is none. */
static size_t
note_end(const uint8_t *b, size_t n, size_t *text_n, unsigned *lines)
{
	const uint8_t *lf;
	struct sigline l;
	size_t at = 0;

	while (at + 1 < n && !(b[at] == '\n' && b[at + 1] == '\n'))
		at++;
	if (at + 1 >= n)
		return 0;
	*text_n = at + 1;
	*lines = 0;
	for (at += 2; at < n && b[at] != '\n'; at = (size_t)(lf - b) + 1) {
		lf = memchr(b + at, '\n', n - at);
		if (lf == NULL || ++*lines > NOTE_SIGLINES_MAX ||
		    !line_read(&l, b + at, (size_t)(lf - b) - at))
			return 0;
	}
	return *lines > 0 && at <= NOTE_BYTES_MAX ? at : 0;
}

static void
lines_compare(const struct note *note)
{
	struct sigline got, want;
	struct slice raw;
	unsigned i;

	for (i = 0; i < note->line_n; i++) {
		note_line(note, i, &got, &raw);
		assert(line_read(&want, raw.p, raw.n - 1));
		assert(got.name_n == want.name_n && got.base64.n == want.base64.n);
		assert(memcmp(got.name, want.name, want.name_n) == 0);
		assert(memcmp(got.blob, want.blob,
			   want.base64.n < sizeof want.blob ? want.base64.n
							  : sizeof want.blob) ==
		    0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	size_t rest, text_n = 0, end;
	struct note note;
	unsigned lines = 0;
	enum rc rc;

	if (n < 1)
		return 0;
	n--;
	end = note_end(bytes, n, &text_n, &lines);
	rc = bytes[n] & 1 ? note_split_file(&note, &rest, bytes, n)
			  : note_split(&note, bytes, n);
	assert((rc == RC_OK) == (end > 0 && (bytes[n] & 1 || end == n)));
	if (rc != RC_OK)
		return 0;
	assert(note.bytes == bytes && note.n == end);
	assert(note.text_n == text_n && note.line_n == lines);
	assert(!(bytes[n] & 1) || rest == (end < n ? end + 1 : n));
	lines_compare(&note);
	return 0;
}
