/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What another process of a signer says, which may have been taken over:
 * signer/frame.c. What is taken is spelled in one way, and the words say no
 * more than their bytes.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "signer/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	uint8_t head[FRAME_HEAD_BYTES];
	char again[FRAME_LINE_MAX + 2], word[64];
	uint64_t number;
	struct frame f;
	struct text t;

	frame_head(head, n);
	assert(frame_size(head) == (n <= FRAME_BYTES_MAX ? n : 0));
	if (n >= FRAME_HEAD_BYTES)
		assert(frame_size(bytes) <= FRAME_BYTES_MAX);
	if (frame_open(&f, bytes, n) != RC_OK)
		return 0;
	assert(f.word_n >= 1 && f.word_n <= FRAME_WORDS_MAX);
	assert(f.body.p + f.body.n == bytes + n);
	text_init(&t, again, sizeof again);
	for (unsigned i = 0; i < f.word_n; i++) {
		text_put(&t, f.word[i].p, f.word[i].n);
		text_string(&t, i + 1 < f.word_n ? " " : "\n");
		if (frame_number(&number, &f, i, 1000))
			assert(number <= 1000);
		if (frame_string(word, sizeof word, &f, i))
			assert(frame_word_is(&f, i, word));
	}
	assert(!t.full && t.n + f.body.n == n && memcmp(t.p, bytes, t.n) == 0);
	assert(!frame_word_is(&f, f.word_n, "") &&
	    !frame_string(word, sizeof word, &f, f.word_n));
	(void)!frame_result(&f);
	return 0;
}
