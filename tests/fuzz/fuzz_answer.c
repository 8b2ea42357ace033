/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What those say whom our clients ask: a log to `add`, `lookup` and
 * `checkpoint`, a witness to add-checkpoint, a mirror to add-entries, a
 * coordinator to a poll and to a question for a text's status. Statuses and
 * bodies are the input's, HTTP itself is the library's. What a client hands
 * on as good is what was asked for; otherwise nothing is handed on.
 *
 * The first byte says who answers.
 */
#include <assert.h>
#include <sodium.h>
#include "host/http_client.h"
#include "log/cosign.h"
#include "log/mirror.h"
#define key_make test_key_make /* cli/key.h has another */
#include "tests/unit/world.h"
#undef key_make

static enum rc answer_post(struct http_client *client, const char *url,
    const char *const *headers, const void *body, size_t n, unsigned timeout_ms,
    size_t max, struct http_answer *answer, struct why *why);
static enum rc answer_get(struct http_client *client, const char *url,
    const char *const *headers, unsigned timeout_ms, size_t max,
    struct http_answer *answer, struct why *why);

/* the clients themselves, with our answers for HTTP's */
#define http_post answer_post
#define http_get  answer_get
#define run       poller_run
#include "cli/coordinator.c"
#include "log/client.c"
#include "signer/serve_poller.c"
#undef http_post
#undef http_get
#undef run

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* ---- HTTP --------------------------------------------------------------- */

static const uint8_t *input;
static size_t input_n;
static unsigned status;

/* As host/http_client.h promises. */
static enum rc
answer_any(const char *url, size_t max, struct http_answer *a, struct why *why)
{
	memset(a, 0, sizeof *a);
	if (status == 0) {
		why_set(why, "%s: nobody there", url);
		return RC_NETWORK;
	}
	if (input_n > max && status < 300) {
		why_set(why, "%s: too long", url);
		return RC_FILE_LONG;
	}
	a->status = status;
	a->body_n = input_n < max ? input_n : max;
	if (a->body_n > 0) {
		a->body = malloc(a->body_n + 1);
		assert(a->body != NULL);
		memcpy(a->body, input, a->body_n);
		a->body[a->body_n] = 0;
	}
	if (status >= 200 && status < 300)
		return RC_OK;
	why_set(why, "%s: status %u", url, status);
	return RC_HTTP;
}

static enum rc
answer_post(struct http_client *client, const char *url,
    const char *const *headers, const void *body, size_t n, unsigned timeout_ms,
    size_t max, struct http_answer *answer, struct why *why)
{
	(void)client;
	(void)headers;
	(void)body;
	(void)n;
	(void)timeout_ms;
	return answer_any(url, max, answer, why);
}

static enum rc
answer_get(struct http_client *client, const char *url,
    const char *const *headers, unsigned timeout_ms, size_t max,
    struct http_answer *answer, struct why *why)
{
	(void)client;
	(void)headers;
	(void)timeout_ms;
	return answer_any(url, max, answer, why);
}

/* ---- a log -------------------------------------------------------------- */

/* The result that the body's first word names, read from the list's names. */
static bool
names_result(enum rc rc)
{
	const char *name = rc_name(rc);
	size_t n = strlen(name);

	return input_n >= n && memcmp(input, name, n) == 0 &&
	       (input_n == n || input[n] == ':' || input[n] == '\n');
}

static void
refusal(enum rc rc)
{
	if (rc == RC_FILE_LONG)
		return;
	if (status == 0)
		assert(rc == RC_NETWORK);
	else if (status == 202)
		assert(rc == RC_LOG_WAIT);
	else if (status != 200 && rc != RC_HTTP && rc != RC_MORE)
		assert(names_result(rc));
}

static void
log_answers(void)
{
	static char sent[4096];
	static size_t sent_n, text_n;
	uint8_t *file, digest[32] = {0};
	size_t file_n, sep;
	struct why why = {""};
	struct checkpoint head;
	struct note note;
	enum rc rc;

	if (sent_n == 0) {
		static struct world w;
		const struct key *keys[] = {&w.signer[0], &w.signer[1]};
		struct text t;

		world_make(&w);
		text_init(&t, sent, sizeof sent);
		note_make(&t, WORLD_RELEASE, keys, 2);
		sent_n = t.n;
		text_n = strlen(WORLD_RELEASE);
	}
	rc = tlog_add(
	    NULL, "u", (uint8_t *)sent, sent_n, 1, &file, &file_n, &why);
	assert((rc == RC_OK) == (file != NULL) && (rc == RC_OK || file_n == 0));
	assert(rc != RC_MORE); /* there is always something to say */
	if (rc == RC_OK) {
		assert(status == 200 && file_n == input_n);
		assert(memcmp(file, input, input_n) == 0);
		/* the text sent, lines, and a proof behind */
		assert(memcmp(file, sent, text_n) == 0 && file[text_n] == '\n');
		for (sep = text_n + 1; memcmp(file + sep, "\n\n", 2) != 0;)
			assert(++sep + 2 < file_n);
	} else if (rc != RC_PROOF) {
		refusal(rc);
	}
	free(file);

	rc = tlog_lookup(NULL, "u", digest, 1, 1, &file, &file_n, &why);
	assert((rc == RC_OK) == (file != NULL) && (rc == RC_OK || file_n == 0));
	assert(rc != RC_MORE || status == 404 || names_result(RC_MORE));
	if (rc == RC_OK)
		assert(status == 200 && file_n == input_n);
	else
		refusal(rc);
	free(file);

	rc = tlog_checkpoint(NULL, "u", 1, &file, &note, &head, &why);
	assert((rc == RC_OK) == (file != NULL));
	if (rc == RC_OK) {
		char again[CHECKPOINT_TEXT_MAX + 1];
		struct text t;

		text_init(&t, again, sizeof again);
		checkpoint_text(&t, head.origin, head.size, head.root);
		assert(t.n == note.text_n && memcmp(t.p, file, t.n) == 0);
		assert(note.bytes == file && note.n == input_n);
	}
	free(file);
}

/* ---- a witness ---------------------------------------------------------- */

/*
 * The input's lines, and where a line begins with 'w' a cosignature of the
 * witness asked, of another, of another text, of another time, spoilt: what
 * follows the 'w' says it.
 */
static void
witness_answers(void)
{
	static struct key w, other;
	static char text[512], room[65536];
	static size_t text_n;
	uint8_t blob[SIG_COSIGNATURE_BYTES], message[1024], root[32] = {7};
	uint64_t time = 0, at_time;
	struct vkey k;
	struct text t;
	unsigned good = 0, by_w = 0;
	bool plain = true;
	size_t i;
	enum rc rc;

	if (text_n == 0) {
		test_key_make(&w, "w1.example/w", KEY_COSIGNATURE);
		test_key_make(&other, "w2.example/w", KEY_COSIGNATURE);
		text_init(&t, text, sizeof text);
		checkpoint_text(&t, slice_of(WORLD_LOG), 99, root);
		text_n = t.n;
	}
	assert(vkey_parse(&k, slice_of(w.vkey), KEY_COSIGNATURE) == RC_OK);
	text_init(&t, room, sizeof room);
	for (i = 0; i < input_n; i++) {
		bool begins = t.n == 0 || t.p[t.n - 1] == '\n';
		unsigned how = i + 1 < input_n ? input[i + 1] : 0;

		if (!begins || input[i] != 'w' || t.n > 30000) {
			text_put(&t, (const char *)input + i, 1);
			plain = false;
			continue;
		}
		i++;
		put_cosignature(&t, how & 1 ? &other : &w, text,
		    how & 2 ? text_n - 1 : text_n, 1700000000 + (how >> 4));
		if (how & 4)
			t.p[t.n - 9] = t.p[t.n - 9] == 'A' ? 'B' : 'A';
		by_w += !(how & 1);
		good += (how & 7) == 0;
	}
	rc = cosign_answer_parse(
	    blob, &time, &k, (uint8_t *)t.p, t.n, (uint8_t *)text, text_n);
	if (plain && t.n > 0 && t.n < 4000) {
		/* exactly one line by the one asked, and it holds */
		assert((rc == RC_OK) == (by_w == 1 && good == 1));
		assert(by_w > 0 || rc == RC_MORE);
	}
	if (rc != RC_OK)
		return;
	/* by the definition, with another library */
	at_time = 0;
	for (i = 4; i < 12; i++)
		at_time = at_time << 8 | blob[i];
	assert(at_time == time && memcmp(blob, w.id, 4) == 0);
	i = (size_t)snprintf((char *)message, sizeof message,
	    "cosignature/v1\ntime %llu\n%s", (unsigned long long)time, text);
	assert(crypto_sign_verify_detached(blob + 12, message, i, w.pk) == 0);
}

/* ---- a mirror ----------------------------------------------------------- */

static void
mirror_answers(void)
{
	struct mirror_info info;
	char again[64];
	struct text t;

	if (mirror_info_parse(&info, input, input_n) != RC_OK)
		return;
	assert(info.pending >> 53 == 0 && info.next >> 53 == 0);
	text_init(&t, again, sizeof again);
	text_printf(&t, "%llu\n%llu\n", (unsigned long long)info.pending,
	    (unsigned long long)info.next);
	assert(input_n == t.n + info.ticket.n + 1);
	assert(memcmp(input, t.p, t.n) == 0);
	assert(info.ticket.p == input + t.n && input[input_n - 1] == '\n');
	assert(memchr(info.ticket.p, '\n', info.ticket.n) == NULL);
}

/* ---- a coordinator ------------------------------------------------------ */

/* The id of the note behind a status, or the message of the signature. */
static void
result_id(uint8_t id[static 32], const struct blob *body)
{
	const uint8_t *end = body->p + body->n, *at, *to;

	at = memmem(body->p, body->n, "\nquorate/", 9);
	if (at == NULL)
		return;
	at++;
	if (end - at > 93 &&
	    memcmp(at, "quorate/signature@v1\nmessage ", 29) == 0) {
		(void)!hex_decode(id, 32, (const char *)at + 29, 64);
		return;
	}
	to = memmem(at, (size_t)(end - at), "\n\n", 2);
	if (to != NULL)
		crypto_hash_sha256(id, at, (size_t)(to + 1 - at));
}

static void
coordinator_answers(void)
{
	static struct message_status s;
	struct wire l = {.cursor = "0"};
	struct why why = {""};
	struct blob body;
	struct slice note;
	const uint8_t *rest = NULL, *tail;
	uint8_t id[32], digest[32];
	size_t rest_n = 0, i;
	bool purpose;
	char words[STATUS_BYTES_MAX];
	struct text t;
	enum rc rc;

	if (inbox_open(&l, &rest, &rest_n, input, input_n) == RC_OK) {
		assert(slice_name(slice_of(l.cursor)));
		assert(rest > input && rest + rest_n == input + input_n);
	} else {
		assert(strcmp(l.cursor, "0") == 0);
	}

	if (input_n < 33)
		return;
	purpose = input[0] & 1;
	memcpy(id, input + 1, 32);
	body = (struct blob){(uint8_t *)(uintptr_t)input + 33, input_n - 33};
	/* if the input wants it, the status is of what was asked for, or what
	 * follows the status is */
	if (input[0] & 2 && body.n > 90 &&
	    memcmp(body.p, "quorate/status@v1\nrelease ", 26) == 0)
		(void)!hex_decode(id, 32, (char *)body.p + 26, 64);
	if (input[0] & 4)
		result_id(id, &body);
	rc = status_take(&s, &note, &body, id, purpose, &why);
	if (rc != RC_OK) {
		assert(note.n == 0 && why.text[0] != '\0');
		return;
	}
	assert(memcmp(s.release, id, 32) == 0);
	assert(slice_is(s.state, "signed") == (note.n > 0));
	if (note.n > 0) {
		assert(note.p > body.p && note.p + note.n <= body.p + body.n);
		tail = memmem(note.p, note.n, "\n\n", 2);
		if (purpose) {
			assert(
			    memcmp(note.p, "quorate/signature@v1\n", 21) == 0);
		} else {
			assert(tail != NULL);
			crypto_hash_sha256(
			    digest, note.p, (size_t)(tail + 1 - note.p));
			assert(memcmp(digest, id, 32) == 0);
		}
	}
	text_init(&t, words, sizeof words);
	status_words(&t, &s);
	for (i = 0; i < t.n; i++) /* for a terminal */
		assert(t.p[i] >= 0x20 && t.p[i] <= 0x7e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const unsigned statuses[] = {
	    200, 200, 200, 200, 202, 201, 204, 404, 400, 409, 422, 500, 0};
	unsigned who;

	if (n < 2)
		return 0;
	who = bytes[0] % 4;
	status = statuses[bytes[1] % (sizeof statuses / sizeof statuses[0])];
	input = bytes + 2;
	input_n = n - 2;
	switch (who) {
	case 0:
		log_answers();
		break;
	case 1:
		witness_answers();
		break;
	case 2:
		mirror_answers();
		break;
	default:
		coordinator_answers();
	}
	return 0;
}
