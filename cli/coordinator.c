/* SPDX-License-Identifier: Apache-2.0 */
/* The coordinator's client. */
#include "cli/coordinator.h"

#include <stdio.h>
#include <string.h>

#include "cli/web.h"
#include "host/clock.h"
#include "host/digest.h"
#include "host/http_client.h"
#include "host/rc_text.h"
#include "quorum/bundle.h"

enum { CALL_MS = 20000, WAIT_S = 30, WAIT_SLACK_MS = 10000, PAUSE_MS = 500 };

static const char *const post_headers[] = {
    "Content-Type: text/plain; charset=utf-8", NULL};

static bool
says(const struct http_answer *a, const char *word)
{
	size_t n = strlen(word);

	return a->body_n >= n && memcmp(a->body, word, n) == 0;
}

/*
 * What a status that is no 2xx means here. RC_HTTP is the coordinator's
 * no; what a proxy in front of it says while it is away is none.
 */
static enum rc
answer_judge(const struct http_answer *a, struct why *why)
{
	if (a->status == 409) /* names an id */
		return RC_BUSY;
	if (a->status >= 500 || a->status == 429)
		return RC_NETWORK;
	if (a->status == 401)
		why_append(why, "; it wants to know who reads: name the key of "
				"a proposer or party with --key");
	if (a->status == 400 && says(a, "RC_AGE:"))
		why_append(why, "; check the clocks, here and there");
	return RC_HTTP;
}

static enum rc
answer_take(struct blob *body, struct http_answer *a, enum rc rc,
    struct why *why)
{
	*body = (struct blob){NULL, 0};
	if (rc == RC_OK) {
		body->p = a->body; /* handed over */
		body->n = a->body_n;
		a->body = NULL;
	} else if (rc == RC_HTTP) {
		rc = answer_judge(a, why);
	}
	http_answer_release(a);
	return rc;
}

enum rc
coordinator_post(struct blob *body, const char *url, const char *path,
    const void *bytes, size_t n, struct why *why)
{
	struct http_answer a = {0};
	struct http_client *c;
	char full[2048];
	enum rc rc = web_client_new(&c);

	*body = (struct blob){NULL, 0};
	if (rc != RC_OK)
		return rc;
	snprintf(full, sizeof full, "%s%s", url, path);
	rc = http_post(c, full, post_headers, bytes, n, CALL_MS,
	    BUNDLE_BYTES_MAX, &a, why);
	rc = answer_take(body, &a, rc, why);
	http_client_free(c);
	return rc;
}

/* A note over path and time. */
void
coordinator_header(
    struct text *out, const struct signing_key *key, const char *path)
{
	struct message_read m = {slice_of(path), clock_unix()};
	char note[2048];
	struct text t;

	text_init(&t, note, sizeof note);
	read_build(&t, &m);
	message_sign(&t, &key->pub.key, key->seed);
	text_string(out, "Quorate-Read: ");
	text_base64(out, (const uint8_t *)t.p, t.n);
}

enum rc
coordinator_read(struct blob *body, const struct coordinator_access *access,
    const char *path, const char *query, unsigned timeout_ms, struct why *why)
{
	char full[2048], header[4096];
	const char *headers[] = {NULL, NULL};
	struct http_answer a = {0};
	struct http_client *c;
	struct text t;
	bool ours;
	enum rc rc = web_client_new(&c);

	*body = (struct blob){NULL, 0};
	if (rc != RC_OK)
		return rc;
	if (access->key != NULL) {
		text_init(&t, header, sizeof header);
		coordinator_header(&t, access->key, path);
		headers[0] = header;
	}
	snprintf(full, sizeof full, "%s%s%s", access->url, path, query);
	rc = http_get(
	    c, full, headers, timeout_ms, BUNDLE_BYTES_MAX, &a, why);
	/* to read wants a name and a clock: that is no answer about the text */
	ours = rc == RC_HTTP && (a.status == 401 ||
				    (a.status == 400 && says(&a, "RC_AGE:")));
	rc = answer_take(body, &a, rc, why);
	http_client_free(c);
	return ours ? RC_CONFIG : rc;
}

enum rc
coordinator_submit(uint8_t id[static 32],
    const struct coordinator_access *access, const uint8_t *text, size_t n,
    const char *supersedes, struct why *why)
{
	static char note[NOTE_BYTES_MAX + 1];
	char path[128];
	struct text t;
	struct blob body;
	enum rc rc;

	sha256_of(id, text, n);
	text_init(&t, note, sizeof note);
	text_put(&t, text, n);
	message_sign(&t, &access->key->pub.key, access->key->seed);
	if (t.full)
		return RC_NOTE_LONG;
	snprintf(path, sizeof path, "/v1/proposals%s%s",
	    supersedes != NULL ? "?supersedes=" : "",
	    supersedes != NULL ? supersedes : "");
	rc = coordinator_post(&body, access->url, path, t.p, t.n, why);
	blob_release(&body);
	return rc;
}

/* ---- waiting ---------------------------------------------------------- */

static void
names_say(struct text *t, const char *what, const struct slice *names,
    const struct slice *codes, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		text_string(t, i == 0 ? what : ", ");
		text_printf(t, "%.*s", SLICE(names[i]));
		if (codes != NULL)
			text_printf(t, " (%.*s)", SLICE(codes[i]));
	}
}

/* "approved by a, b; awaited c; refused by d (policy)" */
static void
status_words(struct text *t, const struct message_status *s)
{
	text_printf(t, "%.*s", SLICE(s->state));
	names_say(t, "; approved by ", s->approved, NULL, s->approved_n);
	names_say(
	    t, "; refused by ", s->refused, s->refused_code, s->refused_n);
	names_say(t, "; found out: ", s->blamed, s->blamed_code, s->blamed_n);
	names_say(t, "; awaited: ", s->awaited, NULL, s->awaited_n);
	if (s->reason.n > 0)
		text_printf(t, "; %.*s", SLICE(s->reason));
}

/* What a person of a party, or its signer, wrote beside its code: printable,
 * by the grammar, and all that stands behind the bar is theirs. */
static void
words_say(const struct message_status *s)
{
	for (unsigned i = 0; i < s->said_n; i++)
		say(SAY_INFO, "%.*s says | %.*s", SLICE(s->said[i]),
		    SLICE(s->said_words[i]));
}

/* Whether an item is what was awaited: the signed note of the text with that
 * id, or a purpose's signature by that message id. */
static enum rc
result_check(const struct bundle_item *item, const uint8_t id[static 32],
    bool purpose)
{
	struct message_signature m;
	uint8_t digest[32];
	enum rc rc;

	if (purpose) {
		rc = item->line_n != 0
		    ? RC_SIGLINE
		    : signature_parse(&m, item->text.p, item->text.n);
		if (rc != RC_OK)
			return rc;
		return memcmp(m.message, id, 32) == 0 ? RC_OK : RC_FIELD;
	}
	if (item->line_n == 0)
		return RC_SIGLINE;
	sha256_of(digest, item->text.p, item->text.n);
	return memcmp(digest, id, 32) == 0 ? RC_OK : RC_FIELD;
}

/* A status and, once signed, the note: what it says of this id. */
static enum rc
status_take(struct message_status *s, struct slice *signed_note,
    const struct blob *body, const uint8_t id[static 32], bool purpose,
    struct why *why)
{
	struct bundle_item item;
	struct bundle b;
	enum rc rc = bundle_init(&b, body->p, body->n);

	*signed_note = (struct slice){NULL, 0};
	if (rc == RC_OK)
		rc = bundle_next(&b, &item);
	if (rc == RC_OK)
		rc = status_parse(s, item.text.p, item.text.n);
	if (rc == RC_OK && memcmp(s->release, id, 32) != 0)
		rc = RC_FIELD;
	if (rc == RC_OK && slice_is(s->state, "signed")) {
		rc = bundle_next(&b, &item);
		if (rc == RC_OK)
			rc = result_check(&item, id, purpose);
		if (rc == RC_OK)
			*signed_note = item.whole;
	}
	if (rc != RC_OK)
		why_set(why, "the coordinator's answer is not usable: %s",
		    rc == RC_MORE ? "it ends too early" : rc_text(rc));
	return rc == RC_OK ? RC_OK : RC_HTTP;
}

enum rc
coordinator_await(struct blob *note, const struct coordinator_access *access,
    const uint8_t id[static 32], uint64_t timeout_ms,
    void (*progress)(void *context, const struct message_status *status),
    void *context, struct why *why)
{
	uint64_t until = clock_ms() + timeout_ms, now;
	static struct message_status s;
	char path[128], query[64], words[STATUS_BYTES_MAX];
	uint32_t change = 0;
	struct text t;

	text_init(&t, path, sizeof path);
	text_string(&t, "/v1/proposals/");
	text_hex(&t, id, 32);
	*note = (struct blob){NULL, 0};
	for (;;) {
		struct slice found;
		struct blob body;
		uint64_t wait;
		enum rc rc;

		now = clock_ms();
		wait = now < until ? (until - now + 999) / 1000 : 0;
		if (wait > WAIT_S)
			wait = WAIT_S;
		snprintf(query, sizeof query, "?wait=%u&change=%lu",
		    (unsigned)wait, (unsigned long)change);
		rc = coordinator_read(&body, access, path, query,
		    (unsigned)wait * 1000 + WAIT_SLACK_MS, why);
		if ((rc == RC_NETWORK || rc == RC_TIMEOUT) &&
		    clock_ms() < until) {
			clock_sleep_ms(PAUSE_MS);
			continue;
		}
		if (rc != RC_OK)
			return rc;
		rc = status_take(
		    &s, &found, &body, id, access->purpose, why);
		if (rc == RC_OK && s.change != change && progress != NULL)
			progress(context, &s);
		if (rc == RC_OK && s.want_n > 0 && access->wanted != NULL)
			access->wanted(access->context, &s);
		change = s.change;
		if (rc == RC_OK && progress != NULL &&
		    (found.n > 0 || !slice_is(s.state, "open") ||
			clock_ms() >= until))
			words_say(&s);
		if (rc == RC_OK && found.n > 0) {
			memmove(body.p, found.p, found.n);
			*note = (struct blob){body.p, found.n};
			return RC_OK; /* handed over */
		}
		if (rc == RC_OK && !slice_is(s.state, "open")) {
			text_init(&t, words, sizeof words);
			status_words(&t, &s);
			why_set(why, "%s", words);
			rc = RC_QUORUM;
		} else if (rc == RC_OK && clock_ms() >= until) {
			text_init(&t, words, sizeof words);
			status_words(&t, &s);
			why_set(why, "%s", words);
			rc = RC_TIMEOUT;
		}
		blob_release(&body);
		if (rc != RC_OK)
			return rc;
	}
}

static void
progress_say(void *context, const struct message_status *s)
{
	char words[STATUS_BYTES_MAX];
	struct text t;

	(void)context;
	text_init(&t, words, sizeof words);
	status_words(&t, s);
	say(SAY_INFO, "%s", words);
}

int
coordinator_resume(struct blob *note, const struct coordinator_access *access,
    const uint8_t id[static 32], uint64_t wait_ms)
{
	struct why why = {""};
	char hex[65];
	struct text t;
	enum rc rc = coordinator_await(
	    note, access, id, wait_ms, progress_say, NULL, &why);

	text_init(&t, hex, sizeof hex);
	text_hex(&t, id, 32);
	switch (rc) {
	case RC_OK:
		return EXIT_OK;
	case RC_TIMEOUT:
		say(SAY_ERROR, "%s is not signed yet: %s", hex, why.text);
		say(SAY_INFO, "nothing is lost: ask again later");
		return EXIT_PENDING;
	case RC_QUORUM:
		say(SAY_ERROR, "%s will not be signed: %s", hex, why.text);
		return EXIT_POLICY;
	case RC_HTTP:
		say(SAY_ERROR, "%s", why.text);
		return EXIT_REFUSED;
	default:
		say(SAY_ERROR, "%s", rc_why(rc, &why));
		return EXIT_ENVIRONMENT;
	}
}

int
coordinator_obtain(struct blob *note, const struct coordinator_access *access,
    const uint8_t *text, size_t n, const char *supersedes, uint64_t wait_ms)
{
	struct why why = {""};
	uint8_t id[32];
	enum rc rc =
	    coordinator_submit(id, access, text, n, supersedes, &why);

	*note = (struct blob){NULL, 0};
	if (rc == RC_OK)
		return coordinator_resume(note, access, id, wait_ms);
	say(SAY_ERROR, "%s", rc_why(rc, &why));
	if (rc == RC_BUSY)
		say(SAY_INFO, "wait for that one, or have it superseded "
			      "before a package is sent");
	return rc == RC_BUSY || rc == RC_HTTP ? EXIT_POLICY : EXIT_ENVIRONMENT;
}
