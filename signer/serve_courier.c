/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The courier process: curl and TLS, and nothing worth stealing. It polls the
 * coordinator for each authority, carries what the seat says, and gets files
 * of logs, at the URLs of the configuration and no others. When the seat does
 * not answer it ends: it is of no use alone, and its parent makes another.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/file.h"
#include "host/http_client.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "log/client.h"
#include "quorum/message.h"
#include "signer/serve_link.h"
#include "signer/serve_parts.h"
#include "signer/serve_poller.h"
#include "signer/serve_sandbox.h"

/* The seat reads logs before it answers. */
#define SEAT_MS 300000
#define LOG_MS	20000
#define STATUS_MS 3000 /* a person waits */

/* A status, and the note behind it once it is signed. */
enum { ASK_ROOM = STATUS_BYTES_MAX + NOTE_BYTES_MAX + FRAME_LINE_MAX };

struct bag { /* of one authority */
	const struct settings *settings;
	const struct settings_authority *authority;
	int fd[LINK_KINDS];
	struct poller *poller;
	struct http_client *log, *status; /* each one thread's */
};

static _Noreturn void
end(const char *what)
{
	say(SAY_WARNING, "the courier process ends: %s", what);
	_exit(EXIT_ENVIRONMENT);
}

/* A pair that is cut is the seat's end, which others talk about. */
static _Noreturn void
end_of_pair(enum rc rc)
{
	if (rc == RC_LINK)
		_exit(EXIT_OK);
	end(rc_text(rc));
}

/* A resolver file that was replaced cannot be opened from in here; the next
 * process can. */
static void
resolver_check(void)
{
	if (access("/etc/resolv.conf", R_OK) != 0 && errno == EACCES) {
		end("the resolver's file was replaced");
	}
}

/* ---- it asks the seat ------------------------------------------------------- */

static void
ask(int fd, const void *question, size_t n, struct frame *f, uint8_t **heard)
{
	enum rc rc = link_say(fd, question, n, SEAT_MS);

	if (rc == RC_OK)
		rc = link_hear(fd, f, heard, SEAT_MS, -1);
	if (rc != RC_OK)
		end_of_pair(rc);
}

static unsigned
on_poll(void *context, bool other, const char *status, struct text *note,
    const char *after)
{
	struct bag *b = context;
	char question[FRAME_LINE_MAX + WHY_BYTES_MAX];
	uint8_t *heard = NULL;
	uint64_t wait_s;
	struct frame f;
	struct text t;

	if (strcmp(status, "connected") != 0)
		resolver_check();
	text_init(&t, question, sizeof question);
	text_printf(&t, "poll %s\n%s", after, status);
	ask(b->fd[other ? LINK_OTHER : LINK_POLLER], t.p, t.n, &f, &heard);
	if (!frame_word_is(&f, 0, "note") ||
	    !frame_number(&wait_s, &f, 1, POLLER_WAIT_S))
		end("not a note to poll with");
	text_put(note, f.body.p, f.body.n);
	free(heard);
	return (unsigned)wait_s;
}

static bool
on_inbox(void *context, bool other, const uint8_t *bytes, size_t n,
    struct text *notes)
{
	static const char line[] = "inbox\n";
	struct bag *b = context;
	uint8_t *heard = NULL, *question = malloc(sizeof line - 1 + n);
	struct frame f;
	bool all;

	if (question == NULL)
		end("no memory");
	memcpy(question, line, sizeof line - 1);
	memcpy(question + sizeof line - 1, bytes, n);
	ask(b->fd[other ? LINK_OTHER : LINK_POLLER], question,
	    sizeof line - 1 + n, &f, &heard);
	free(question);
	all = frame_word_is(&f, 1, "all");
	if (!frame_word_is(&f, 0, "notes") ||
	    (!all && !frame_word_is(&f, 1, "some")))
		end("no answer to an inbox");
	text_put(notes, f.body.p, f.body.n);
	free(heard);
	return all;
}

/* ---- the seat asks ------------------------------------------------------------- */

static void
answer_post(struct bag *b, const struct frame *f, struct text *out)
{
	if (b->poller != NULL) /* otherwise it is carried, see serve_carry.c */
		poller_post(b->poller, f->body.p, f->body.n);
	text_string(out, "ok\n");
}

static void
answer_fetch(struct bag *b, const struct frame *f, struct text *out)
{
	(void)f;
	if (b->poller != NULL)
		poller_fetch(b->poller);
	text_string(out, "ok\n");
}

/* A log that was carried here: path is below its folder, and looks it. */
static enum rc
folder_get(const char *folder, const char *path, uint64_t max,
    uint8_t **bytes, size_t *n, struct why *why)
{
	char name[SETTINGS_URL_MAX + 512 + 2];

	if (strstr(path, "..") != NULL)
		return RC_FIELD;
	snprintf(name, sizeof name, "%s/%s", folder, path);
	return file_read(bytes, n, name, max, why);
}

static void
answer_get(struct bag *b, const struct frame *f, struct text *out)
{
	char origin[NAME_BYTES_MAX + 1], path[512];
	struct tlog_http http = {b->log, NULL, LOG_MS};
	struct tlog_fetch fetch = tlog_fetch_http(&http);
	struct why why = {""};
	uint64_t max = 0;
	uint8_t *bytes = NULL;
	size_t n = 0;
	enum rc rc = RC_CONFIG;

	if (frame_string(origin, sizeof origin, f, 1) &&
	    frame_string(path, sizeof path, f, 2) &&
	    frame_number(&max, f, 3, FRAME_BYTES_MAX - FRAME_LINE_MAX))
		for (unsigned i = 0; i < b->settings->log_n; i++)
			if (strcmp(b->settings->log[i].origin, origin) == 0)
				http.url = b->settings->log[i].url;
	if (http.url != NULL && strncmp(http.url, "file://", 7) == 0)
		rc = folder_get(http.url + 7, path, max, &bytes, &n, &why);
	else if (http.url != NULL)
		rc = fetch.get(fetch.context, path, max, &bytes, &n, &why);
	if (rc == RC_NETWORK)
		resolver_check();
	if (rc == RC_OK) {
		text_string(out, "ok\n");
		text_put(out, bytes, n);
	} else {
		frame_refusal(out, rc, why.text);
	}
	free(bytes);
}

/* status PATH: the body is the header that lets the party read. */
static void
answer_status(struct bag *b, const struct frame *f, struct text *out)
{
	char path[128], url[SETTINGS_URL_MAX + sizeof path], header[8192];
	const char *headers[] = {header, NULL};
	struct http_answer a = {0};
	struct why why = {""};
	enum rc rc = RC_FRAME;

	if (frame_string(path, sizeof path, f, 1) &&
	    strncmp(path, "/v1/proposals/", 14) == 0 &&
	    f->body.n < sizeof header &&
	    memchr(f->body.p, '\n', f->body.n) == NULL) {
		memcpy(header, f->body.p, f->body.n);
		header[f->body.n] = '\0';
		snprintf(url, sizeof url, "%s%s", b->settings->coordinator,
		    path);
		rc = http_get(b->status, url, headers, STATUS_MS,
		    ASK_ROOM - FRAME_LINE_MAX, &a, &why);
	}
	if (rc == RC_OK) {
		text_string(out, "ok\n");
		text_put(out, a.body, a.body_n);
	} else {
		frame_refusal(out, rc, why.text);
	}
	http_answer_release(&a);
}

/* All that a seat may ask, and on which pair. */
static const struct {
	enum link_kind kind;
	const char *word;
	void (*answer)(struct bag *b, const struct frame *f, struct text *out);
} errands[] = {
    {LINK_ASK, "post", answer_post},
    {LINK_ASK, "fetch", answer_fetch},
    {LINK_ASK, "status", answer_status},
    {LINK_LOG, "get", answer_get},
};

static void
serve(struct bag *b, enum link_kind kind, size_t room)
{
	char *answer = malloc(room);

	for (;;) {
		struct frame f;
		uint8_t *heard;
		struct text out;
		enum rc rc;

		if (answer == NULL)
			end("no memory");
		rc = link_hear(b->fd[kind], &f, &heard, 0, -1);
		if (rc != RC_OK)
			end_of_pair(rc);
		text_init(&out, answer, room);
		for (size_t i = 0; i < sizeof errands / sizeof errands[0]; i++)
			if (errands[i].kind == kind &&
			    frame_word_is(&f, 0, errands[i].word))
				errands[i].answer(b, &f, &out);
		free(heard);
		if (out.n == 0 || out.full)
			end("it was asked what it cannot answer");
		rc = link_say(b->fd[kind], out.p, out.n, SEAT_MS);
		if (rc != RC_OK)
			end_of_pair(rc);
	}
}

static void *
serve_ask(void *argument)
{
	serve(argument, LINK_ASK, ASK_ROOM);
	return NULL;
}

static void *
serve_log(void *argument)
{
	serve(argument, LINK_LOG, FRAME_BYTES_MAX);
	return NULL;
}

/* ---- the process ---------------------------------------------------------------- */

/*
 * What resolving a name and TLS read; /etc as a whole may hold the
 * operator's key and passphrase file.
 */
static enum rc
confine(const struct settings *s, struct why *why)
{
	struct sandbox box = {
	    .part = SANDBOX_COURIER,
	    .required = s->sandbox_required,
	    .read = {SANDBOX_SYSTEM, SANDBOX_NAMES},
	};

	sandbox_read(&box, s->ca);
	for (unsigned i = 0; i < s->log_n; i++)
		if (strncmp(s->log[i].url, "file://", 7) == 0)
			sandbox_read(&box, s->log[i].url + 7);
	return sandbox_enter(&box, why);
}

static enum rc
bag_open(struct bag *b)
{
	const char *ca = b->settings->ca[0] != '\0' ? b->settings->ca : NULL;
	const struct http_client_options http = {.ca_file = ca};
	const struct poller_options options = {
	    .url = b->settings->coordinator,
	    .ca_file = ca,
	    .label = b->authority->name,
	    .context = b,
	    .poll = on_poll,
	    .inbox = on_inbox,
	};
	pthread_t thread;
	enum rc rc = http_client_new(&b->log, &http);

	if (rc == RC_OK)
		rc = http_client_new(&b->status, &http);
	if (rc == RC_OK && options.url[0] != '\0')
		rc = poller_start(&b->poller, &options);
	if (rc == RC_OK &&
	    (pthread_create(&thread, NULL, serve_ask, b) != 0 ||
		pthread_create(&thread, NULL, serve_log, b) != 0))
		rc = RC_MEMORY;
	return rc;
}

_Noreturn void
courier_process(const struct settings *s)
{
	static struct bag bag[SEAT_AUTHORITIES_MAX];
	struct why why = {""};
	enum rc rc;

	part_begin();
	rc = confine(s, &why);
	for (unsigned i = 0; rc == RC_OK && i < s->authority_n; i++) {
		struct bag *b = &bag[i];

		b->settings = s;
		b->authority = &s->authority[i];
		for (unsigned k = 0; k < LINK_KINDS; k++)
			b->fd[k] = COURIER_FIRST + (int)(i * LINK_KINDS + k);
		rc = bag_open(b);
	}
	if (rc != RC_OK)
		die(EXIT_ENVIRONMENT, "the courier process: %s",
		    rc_why(rc, &why));
	for (;;)
		pause();
}
