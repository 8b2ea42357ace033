/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What others have: cosignatures of a head that was shown without enough of
 * them, and of one that holds, what witnesses and files seen elsewhere say and
 * whether payloads and sources can be had.
 */
#include "cli/audit_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/child.h"
#include "host/digest.h"
#include "host/rc_text.h"

enum {
	SOURCE_MS = 120000,
	PAYLOAD_BYTES_PER_MS = 1000, /* beyond --timeout: 1 MB/s */
	PAYLOAD_MS_MAX = 86400000,
};

/* Is what another pair of eyes has seen a part of the same tree? */
static void
compare(struct audit *a, const char *what, const char *who,
    const uint8_t *bytes, size_t n)
{
	struct checkpoint seen;
	struct proof proof;
	struct note note;
	struct why why = {""};
	struct audit_head_check c = {.a = a};
	struct note own_note = a->note;
	struct checkpoint own = a->head;
	size_t rest = n;
	enum rc rc = note_split_file(&note, &rest, bytes, n);

	if (rc == RC_OK && rest < n) {
		rc = proof_parse(&proof, bytes + rest, n - rest);
		if (rc == RC_OK && proof_includes(&proof, bytes, note.n) !=
		    RC_OK)
			rc = RC_INCLUSION;
		note = proof.checkpoint;
	}
	if (rc == RC_OK)
		rc = checkpoint_parse(&seen, note.bytes, note.text_n, false);
	if (rc == RC_OK && !slice_equal(seen.origin, a->head.origin))
		rc = RC_LOG_ORIGIN;
	if (rc == RC_OK) { /* is it the log's word at all? */
		a->note = note;
		a->head = seen;
		rc = audit_head_check(a, &c);
		a->note = own_note;
		a->head = own;
		if (rc == RC_OK && !c.by_log)
			rc = RC_LOG;
	}
	if (rc != RC_OK) {
		audit_fault_add(a, "log", rc, "%s: not a head of this log: %s",
		    who, rc_text(rc));
		return;
	}
	rc = tlog_reader_extends(a->reader, seen.size, seen.root, &why);
	if (rc == RC_OK)
		return;
	if (rc == RC_LOG_FORK || rc == RC_LOG_BEHIND) {
		why_prefix(&why, "%s", who);
		audit_fault_add(a, what, rc, "%s", why.text);
		audit_evidence_heads(a, what, &why, note.bytes, note.n,
		    seen.size, rc == RC_LOG_FORK ? a->reader : NULL);
	}
}

/* What a witness or mirror cosigned last of this log. */
static enum rc
witness_get(struct audit *a, size_t which, char url[static 1200],
    struct http_answer *answer)
{
	struct why why = {""};
	uint8_t hash[32];
	char hex[65];
	struct text t;
	enum rc rc;

	sha256_of(hash, a->head.origin.p, a->head.origin.n);
	text_init(&t, hex, sizeof hex);
	text_hex(&t, hash, 32);
	snprintf(url, 1200, "%s/%s/checkpoint", a->witnesses->at[which], hex);
	rc = http_get(a->client, url, NULL, (unsigned)a->timeout_ms,
	    CHECKPOINT_NOTE_MAX, answer, &why);
	if (rc != RC_OK) /* it says nothing about the log */
		say(SAY_WARNING, "%s", why.text);
	return rc;
}

void
audit_witnesses_ask(struct audit *a)
{
	char url[1200];
	struct http_answer answer;
	size_t i;

	for (i = 0; i < a->witnesses->count; i++) {
		if (witness_get(a, i, url, &answer) == RC_OK)
			compare(a, "witness", url, answer.body, answer.body_n);
		http_answer_release(&answer);
	}
}

/* ---- cosignatures from those who made them ---------------------------- */

/* The head as it would be with these lines: RC_OK or a refusal. */
static enum rc
head_of(struct audit *a, uint8_t *bytes, size_t n)
{
	enum rc rc = note_split(&a->note, bytes, n);

	return rc == RC_OK ? checkpoint_parse(&a->head, bytes, a->note.text_n,
				 false)
			   : rc;
}

/* The lines of another copy of the same checkpoint that this one has not. */
static size_t
lines_add(uint8_t *out, size_t n, size_t text_n, const uint8_t *other,
    size_t other_n)
{
	struct slice rest, line;
	const uint8_t *end;

	if (other_n <= text_n || memcmp(out, other, text_n + 1) != 0)
		return n;
	rest = (struct slice){other + text_n + 1, other_n - text_n - 1};
	while (rest.n > 0) {
		end = memchr(rest.p, '\n', rest.n);
		if (end == NULL)
			break;
		line = (struct slice){rest.p, (size_t)(end - rest.p) + 1};
		rest.p += line.n;
		rest.n -= line.n;
		if (memmem(out, n, line.p, line.n) != NULL)
			continue;
		if (n + line.n > CHECKPOINT_NOTE_MAX)
			break;
		memcpy(out + n, line.p, line.n);
		n += line.n;
	}
	return n;
}

enum rc
audit_witnesses_gather(struct audit *a, struct audit_head_check *c)
{
	uint8_t *bytes = malloc(CHECKPOINT_NOTE_MAX);
	size_t n = a->note.n, more, text_n = a->note.text_n, i;
	struct http_answer answer;
	char url[1200];
	enum rc rc = RC_OK;

	if (bytes == NULL)
		return RC_MEMORY;
	memcpy(bytes, a->bytes, n);
	for (i = 0; i < a->witnesses->count && c->rc == RC_WITNESS_QUORUM;
	     i++) {
		more = n;
		if (witness_get(a, i, url, &answer) == RC_OK)
			more = lines_add(bytes, n, text_n, answer.body,
			    answer.body_n);
		http_answer_release(&answer);
		if (more == n)
			continue;
		rc = head_of(a, bytes, more);
		if (rc == RC_OK)
			rc = audit_head_check(a, c);
		if (rc == RC_OK &&
		    (c->rc == RC_OK || c->rc == RC_WITNESS_QUORUM)) {
			n = more;
			continue;
		}
		say(SAY_WARNING, "%s: %s", url,
		    rc_text(rc != RC_OK ? rc : c->rc));
		c->rc = RC_WITNESS_QUORUM; /* without them, as before */
	}
	free(a->bytes);
	a->bytes = bytes;
	rc = head_of(a, bytes, n);
	return rc == RC_OK ? audit_head_check(a, c) : rc;
}

void
audit_against_compare(struct audit *a)
{
	struct blob b;
	size_t i;

	for (i = 0; i < a->against->count; i++) {
		blob_load(&b, a->against->at[i]);
		compare(a, "against", a->against->at[i], b.p, b.n);
		blob_release(&b);
	}
}

/* ---- payloads and sources --------------------------------------------- */

static void
payload_get(struct audit *a, uint64_t index, const struct line *l)
{
	uint64_t size = l->number[0], n, ms = a->timeout_ms;
	char url[1200];
	struct why why = {""};
	uint8_t want[32], got[32];
	enum rc rc;

	if (!slice_hex(l->field[2], want, 32))
		return;
	snprintf(url, sizeof url, "%s/%.*s", a->payloads, SLICE(l->field[2]));
	ms += size / PAYLOAD_BYTES_PER_MS;
	if (ms > PAYLOAD_MS_MAX)
		ms = PAYLOAD_MS_MAX;
	rc = http_get_sha256(a->client, url, (unsigned)ms, (size_t)size, got,
	    &n, &why);
	if (rc == RC_FILE_LONG ||
	    (rc == RC_OK && (n != size || memcmp(want, got, 32) != 0))) {
		why_set(&why, "%s has other bytes", url);
		rc = RC_PAYLOAD_DIGEST;
	}
	if (rc != RC_OK)
		audit_fault_add(a, "payload", rc,
		    "entry %llu, component '%.*s': %s",
		    (unsigned long long)index, SLICE(l->field[0]), why.text);
}

static void
source_get(struct audit *a, uint64_t index, const struct line *l)
{
	struct why why = {""};
	enum rc rc = source_has(l->field[0], l->field[1], l->field[2],
	    SOURCE_MS, &why);

	if (rc != RC_OK)
		audit_fault_add(a, "source", rc, "entry %llu: %s",
		    (unsigned long long)index, why.text);
}

enum rc
audit_release_get(void *context, uint64_t index, const uint8_t *entry, size_t n)
{
	struct audit *a = context;
	struct note note;
	struct walk w;
	struct line l;

	if (note_split(&note, entry, n) != RC_OK ||
	    walk_init(&w, entry, note.text_n, "quorate/release@v1",
		release_rules, release_rule_n, READER_HOST) != RC_OK)
		return RC_OK;
	while (line_next(&w, &l) == RC_OK)
		if (l.rule == RELEASE_RULE_PAYLOAD && a->payloads != NULL)
			payload_get(a, index, &l);
		else if (l.rule == RELEASE_RULE_SOURCE && a->sources)
			source_get(a, index, &l);
	return RC_OK;
}
