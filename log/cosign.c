/* SPDX-License-Identifier: Apache-2.0 */
#include "log/cosign.h"

#include <assert.h>
#include <string.h>

#include "host/sign.h"

void
checkpoint_text(struct text *out, struct slice origin, uint64_t size,
    const uint8_t root[static 32])
{
	text_put(out, origin.p, origin.n);
	text_printf(out, "\n%llu\n", (unsigned long long)size);
	text_base64(out, root, 32);
	text_string(out, "\n");
}

void
sigline_text(struct text *out, struct slice name, const uint8_t *blob,
    size_t n)
{
	text_string(out, "\xe2\x80\x94 ");
	text_put(out, name.p, name.n);
	text_string(out, " ");
	text_base64(out, blob, n);
	text_string(out, "\n");
}

void
checkpoint_sign(uint8_t blob[static SIG_ED25519_BYTES], const struct vkey *k,
    const uint8_t seed[static 32], const uint8_t *text, size_t text_n)
{
	memcpy(blob, k->id, 4);
	ed25519_sign_as(blob + 4, seed, k->key, text, text_n);
}

void
checkpoint_cosign(uint8_t blob[static SIG_COSIGNATURE_BYTES],
    const struct vkey *k, const uint8_t seed[static 32], const uint8_t *text,
    size_t text_n, uint64_t time)
{
	uint8_t message[COSIGNATURE_HEAD_MAX + CHECKPOINT_SIGNED_MAX];
	uint8_t *at = message + COSIGNATURE_HEAD_MAX;
	size_t head;
	unsigned i;

	assert(text_n <= CHECKPOINT_SIGNED_MAX);
	memcpy(at, text, text_n);
	head = cosignature_head(at, time);
	memcpy(blob, k->id, 4);
	for (i = 0; i < 8; i++)
		blob[4 + i] = (uint8_t)(time >> (56 - 8 * i));
	ed25519_sign_as(blob + 12, seed, k->key, at - head, text_n + head);
}

/* Of lines that follow `text`: those of the given bytes. */
static enum rc
line_among(uint8_t *blob, uint64_t *time, const struct note *note,
    const struct vkey *k)
{
	uint8_t message[COSIGNATURE_HEAD_MAX + CHECKPOINT_SIGNED_MAX];
	struct sigline l;
	enum rc rc = RC_MORE;
	unsigned i;

	if (note->text_n > CHECKPOINT_SIGNED_MAX ||
	    note->line_n > CHECKPOINT_SIGLINES_MAX)
		return RC_CHECKPOINT;
	*time = 0;
	for (i = 0; i < note->line_n; i++) {
		note_line(note, i, &l, NULL);
		if (!sigline_by(&l, k))
			continue;
		if (rc == RC_OK)
			return RC_SIGLINE_REPEATED;
		memcpy(message + COSIGNATURE_HEAD_MAX, note->bytes,
		    note->text_n);
		rc = sigline_verify(&l, k, message + COSIGNATURE_HEAD_MAX,
		    note->text_n, time);
		if (rc != RC_OK)
			return rc;
		memcpy(blob, l.blob, SIG_COSIGNATURE_BYTES);
	}
	return rc;
}

enum rc
checkpoint_line_by(uint8_t blob[static SIG_COSIGNATURE_BYTES], uint64_t *time,
    const struct note *note, const struct vkey *k)
{
	return line_among(blob, time, note, k);
}

uint64_t
cosign_time(const struct trust *t, uint32_t mask,
    const uint64_t time[static TRUST_COSIGNERS_MAX])
{
	uint64_t best = 0;
	unsigned i, j;

	for (i = 0; i < t->cosigner_n; i++) {
		uint32_t later = 0;

		if (!(mask >> i & 1) || time[i] <= best)
			continue;
		for (j = 0; j < t->cosigner_n; j++)
			if (mask >> j & 1 && time[j] >= time[i])
				later |= (uint32_t)1 << j;
		if (trust_satisfied(t, TREE_COSIGNERS, later))
			best = time[i];
	}
	return best;
}

enum rc
checkpoint_trusted(const struct note *note, const struct checkpoint *head,
    const struct trust *t, uint64_t *time)
{
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	uint64_t times[TRUST_COSIGNERS_MAX], none;
	bool log = false;
	uint32_t mask = 0;
	struct vkey k;
	unsigned i;
	enum rc rc;

	for (i = 0; i < t->log_n; i++) {
		trust_key(&k, t, LIST_LOGS, i);
		if (!slice_equal(k.name, head->origin))
			continue;
		rc = line_among(blob, &none, note, &k);
		if (rc != RC_OK && rc != RC_MORE)
			return rc;
		log |= rc == RC_OK;
	}
	for (i = 0; i < t->cosigner_n; i++) {
		trust_key(&k, t, LIST_COSIGNERS, i);
		rc = line_among(blob, &times[i], note, &k);
		if (rc != RC_OK && rc != RC_MORE)
			return rc;
		if (rc == RC_OK)
			mask |= (uint32_t)1 << i;
	}
	if (!log)
		return RC_LOG;
	if (!trust_satisfied(t, TREE_COSIGNERS, mask))
		return RC_WITNESS_QUORUM;
	if (time != NULL)
		*time = cosign_time(t, mask, times);
	return RC_OK;
}

void
cosign_request_text(struct text *out, uint64_t old, const uint8_t *proof,
    unsigned proof_n, const uint8_t *checkpoint, size_t n)
{
	text_printf(out, "old %llu\n", (unsigned long long)old);
	for (; proof_n > 0; proof_n--, proof += 32) {
		text_base64(out, proof, 32);
		text_string(out, "\n");
	}
	text_string(out, "\n");
	text_put(out, checkpoint, n);
}

enum rc
cosign_request_parse(struct cosign_request *r, const uint8_t *body, size_t n)
{
	const uint8_t *at = body, *end = body + n, *lf;
	struct slice s;
	size_t i;
	enum rc rc;

	memset(r, 0, sizeof *r);
	for (;; at = lf + 1) {
		lf = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
		if (lf == NULL)
			return RC_TRUNCATED;
		s = (struct slice){at, (size_t)(lf - at)};
		if (at == body) {
			if (s.n < 5 || memcmp(s.p, "old ", 4) != 0)
				return RC_CHECKPOINT;
			s.p += 4;
			s.n -= 4;
			if (!slice_decimal(s, ((uint64_t)1 << 53) - 1, &r->old))
				return RC_CHECKPOINT;
		} else if (s.n == 0) {
			break;
		} else if (r->proof_n == COSIGN_PROOF_MAX ||
		    !slice_base64(s, r->proof + 32 * (size_t)r->proof_n++,
			32)) {
			return RC_CHECKPOINT;
		}
	}
	at = lf + 1;
	rc = note_split(&r->note, at, (size_t)(end - at));
	if (rc == RC_OK && (r->note.text_n > CHECKPOINT_SIGNED_MAX ||
			       r->note.line_n > CHECKPOINT_SIGLINES_MAX))
		rc = RC_CHECKPOINT;
	/* extension lines are opaque, but C2SP notes have no control bytes */
	for (i = 0; rc == RC_OK && i < r->note.text_n; i++)
		if (at[i] < 0x20 && at[i] != '\n')
			rc = RC_CHECKPOINT;
	if (rc == RC_OK)
		rc = checkpoint_parse(&r->head, at, r->note.text_n, true);
	return rc;
}

/* The answer's lines behind the text make a note: then the one parser. */
enum rc
cosign_answer_parse(uint8_t blob[static SIG_COSIGNATURE_BYTES], uint64_t *time,
    const struct vkey *k, const uint8_t *answer, size_t answer_n,
    const uint8_t *text, size_t text_n)
{
	uint8_t bytes[CHECKPOINT_NOTE_MAX];
	struct note note;
	enum rc rc;

	if (text_n > CHECKPOINT_TEXT_MAX ||
	    answer_n > sizeof bytes - CHECKPOINT_TEXT_MAX - 1)
		return RC_CHECKPOINT;
	memcpy(bytes, text, text_n);
	bytes[text_n] = '\n';
	memcpy(bytes + text_n + 1, answer, answer_n);
	rc = note_split(&note, bytes, text_n + 1 + answer_n);
	return rc == RC_OK ? line_among(blob, time, &note, k) : rc;
}
