/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two threads answer the courier, one each pair on which it asks. A courier
 * that says what it may not is dropped, and so is one that says nothing for
 * too long when it was asked: the parent then sees it end, or an operator
 * does.
 */
#include "signer/courier.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "host/rc_text.h"
#include "host/say.h"
#include "quorum/bundle.h"
#include "signer/serve_link.h"

/* Longer than the courier itself may take for what it is asked. */
#define ASK_MS 120000
#define GET_MS 30000
#define SAY_MS 30000
#define RENEW_MS 10000 /* until another courier is there */

_Static_assert(LINK_KINDS == COURIER_PAIRS, "one pair each");

struct courier {
	struct courier_options o;
	struct link link[LINK_KINDS];
	struct side {
		struct courier *c;
		enum link_kind kind;
		bool runs;
		pthread_t thread;
		char *notes; /* BUNDLE_BYTES_MAX + FRAME_LINE_MAX */
	} side[2];
	pthread_mutex_t asking; /* LINK_ASK is one thread's */
	pthread_mutex_t lock;	/* of what is below */
	char status[WHY_BYTES_MAX];
};

enum { NOTES_ROOM = BUNDLE_BYTES_MAX + FRAME_LINE_MAX };

/* One line of it, whatever it is: it is shown to people. */
static void
sentence_copy(char out[static WHY_BYTES_MAX], const uint8_t *s, size_t n)
{
	if (n >= WHY_BYTES_MAX)
		n = WHY_BYTES_MAX - 1;
	for (size_t i = 0; i < n; i++)
		out[i] = s[i] >= 0x20 && s[i] <= 0x7e ? (char)s[i] : '?';
	out[n] = '\0';
}

static void
status_set(struct courier *c, const void *status, size_t n)
{
	pthread_mutex_lock(&c->lock);
	sentence_copy(c->status, status, n);
	pthread_mutex_unlock(&c->lock);
}

void
courier_status(struct courier *c, char out[static WHY_BYTES_MAX])
{
	pthread_mutex_lock(&c->lock);
	memcpy(out, c->status, sizeof c->status);
	pthread_mutex_unlock(&c->lock);
}

/* ---- it asks ---------------------------------------------------------------- */

/* poll CURSOR, the body how it stands -> note SECONDS, the note. */
static enum rc
on_poll(struct side *s, int fd, const struct frame *f)
{
	struct courier *c = s->c;
	char after[NAME_BYTES_MAX + 1], note_bytes[4096];
	struct text note, t;
	unsigned wait_s;

	if (f->word_n != 2 || !frame_string(after, sizeof after, f, 1))
		return RC_FRAME;
	status_set(c, f->body.p, f->body.n);
	text_init(&note, note_bytes, sizeof note_bytes);
	wait_s = c->o.poll(c->o.context, &note, after);
	text_init(&t, s->notes, NOTES_ROOM);
	text_printf(&t, "note %u\n", wait_s);
	text_put(&t, note.p, note.n);
	return link_say(fd, t.p, t.n, SAY_MS);
}

/* inbox, the body what came -> notes all, or notes some: the answer. */
static enum rc
on_inbox(struct side *s, int fd, const struct frame *f)
{
	enum { LINE_MAX_BYTES = sizeof "notes some\n" };
	struct courier *c = s->c;
	struct text notes;
	const char *line;
	size_t line_n;
	char *at = s->notes + LINE_MAX_BYTES;

	if (f->word_n != 1 || f->body.n > BUNDLE_BYTES_MAX)
		return RC_FRAME;
	text_init(&notes, at, BUNDLE_BYTES_MAX);
	line = c->o.inbox(c->o.context, f->body.p, f->body.n, &notes)
	    ? "notes all\n"
	    : "notes some\n";
	line_n = strlen(line); /* goes before what was written first */
	memcpy(at - line_n, line, line_n);
	return link_say(fd, at - line_n, line_n + notes.n, SAY_MS);
}

/* All that a courier may say; anything else ends the pair. */
static const struct {
	const char *word;
	enum rc (*answer)(struct side *s, int fd, const struct frame *f);
} questions[] = {
    {"poll", on_poll},
    {"inbox", on_inbox},
};

static enum rc
answer(struct side *s, int fd, const struct frame *f)
{
	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
		if (frame_word_is(f, 0, questions[i].word))
			return questions[i].answer(s, fd, f);
	return RC_FRAME;
}

static void *
run(void *argument)
{
	struct side *s = argument;
	struct link *l = &s->c->link[s->kind];
	int fd;

	while ((fd = link_fd(l, true)) >= 0) {
		struct frame f;
		uint8_t *heard;
		enum rc rc = link_hear(fd, &f, &heard, 0, -1);

		if (rc == RC_OK)
			rc = answer(s, fd, &f);
		free(heard);
		if (rc == RC_OK)
			continue;
		if (rc == RC_FRAME)
			say(SAY_ERROR, "%s: the courier process says what it "
				       "may not", s->c->o.label);
		link_drop(l);
	}
	return NULL;
}

/* ---- it is asked -------------------------------------------------------------- */

static void
ask(struct courier *c, const char *line, const void *body, size_t n)
{
	size_t line_n = strlen(line);
	uint8_t *bytes = malloc(line_n + n), *heard = NULL;
	struct frame f;
	enum rc rc = RC_MEMORY;

	if (bytes != NULL) {
		memcpy(bytes, line, line_n);
		if (n > 0)
			memcpy(bytes + line_n, body, n);
		pthread_mutex_lock(&c->asking);
		rc = link_ask(&c->link[LINK_ASK], bytes, line_n + n, &f,
		    &heard, ASK_MS, -1);
		pthread_mutex_unlock(&c->asking);
	}
	/* A new courier asks for everything that is open, first of all. */
	if (rc != RC_OK)
		say(SAY_WARNING, "%s: courier: %s", c->o.label, rc_text(rc));
	free(heard);
	free(bytes);
}

void
courier_post(struct courier *c, const void *bundle, size_t n)
{
	ask(c, "post\n", bundle, n);
}

void
courier_fetch(struct courier *c)
{
	ask(c, "fetch\n", NULL, 0);
}

enum rc
courier_get(struct courier *c, const char *origin, const char *path,
    size_t max, uint8_t **bytes, size_t *n, struct why *why)
{
	char line[FRAME_LINE_MAX], sentence[WHY_BYTES_MAX];
	struct frame f;
	struct text t;
	uint8_t *heard = NULL;
	enum rc rc;

	*bytes = NULL;
	*n = 0;
	text_init(&t, line, sizeof line);
	text_printf(&t, "get %s %s %zu\n", origin, path, max);
	rc = link_ask(
	    &c->link[LINK_LOG], t.p, t.n, &f, &heard, GET_MS, -1);
	/* It was ended, for a new configuration say: its successor is asked. */
	if (rc == RC_LINK && link_await(&c->link[LINK_LOG], RENEW_MS))
		rc = link_ask(&c->link[LINK_LOG], t.p, t.n, &f, &heard, GET_MS,
		    -1);
	if (rc != RC_OK) {
		why_set(why, "%s", rc_text(rc));
		return rc;
	}
	rc = frame_result(&f);
	if (rc == RC_OK && f.body.n > max)
		rc = RC_FILE_LONG;
	if (rc == RC_OK) {
		*n = f.body.n;
		*bytes = malloc(*n + 1);
		if (*bytes == NULL)
			rc = RC_MEMORY;
		else {
			memcpy(*bytes, f.body.p, *n);
			(*bytes)[*n] = '\0';
		}
	} else {
		sentence_copy(sentence, f.body.p, f.body.n);
		why_set(why, "%s", sentence);
	}
	free(heard);
	return rc;
}

enum rc
courier_ask_status(struct courier *c, const char *path, const char *header,
    uint8_t **bytes, size_t *n)
{
	char question[FRAME_LINE_MAX + 8192];
	uint8_t *heard = NULL;
	struct frame f;
	struct text t;
	enum rc rc = RC_FRAME;

	*bytes = NULL;
	*n = 0;
	text_init(&t, question, sizeof question);
	text_printf(&t, "status %s\n%s", path, header);
	if (t.full)
		return rc;
	pthread_mutex_lock(&c->asking);
	rc = link_ask(&c->link[LINK_ASK], t.p, t.n, &f, &heard, ASK_MS, -1);
	pthread_mutex_unlock(&c->asking);
	if (rc == RC_OK)
		rc = frame_result(&f);
	if (rc == RC_OK) {
		*bytes = malloc(f.body.n + 1);
		rc = *bytes != NULL ? RC_OK : RC_MEMORY;
	}
	if (rc == RC_OK) {
		memcpy(*bytes, f.body.p, f.body.n);
		*n = f.body.n;
	}
	free(heard);
	return rc;
}

/* ---- its life ------------------------------------------------------------------- */

enum rc
courier_new(struct courier **out, const struct courier_options *options)
{
	struct courier *c = calloc(1, sizeof *c);

	*out = NULL;
	if (c == NULL)
		return RC_MEMORY;
	c->o = *options;
	status_set(c, "not tried yet", 13);
	pthread_mutex_init(&c->asking, NULL);
	pthread_mutex_init(&c->lock, NULL);
	for (unsigned i = 0; i < LINK_KINDS; i++)
		link_init(&c->link[i]);
	c->side[0] = (struct side){.c = c, .kind = LINK_POLLER};
	c->side[1] = (struct side){.c = c, .kind = LINK_OTHER};
	for (unsigned i = 0; i < 2; i++) {
		c->side[i].notes = malloc(NOTES_ROOM);
		if (c->side[i].notes == NULL) {
			courier_free(c);
			return RC_MEMORY;
		}
	}
	*out = c;
	return RC_OK;
}

void
courier_renew(struct courier *c, const int fd[static COURIER_PAIRS])
{
	for (unsigned i = 0; i < LINK_KINDS; i++)
		link_renew(&c->link[i], fd[i]);
}

enum rc
courier_start(struct courier *c)
{
	for (unsigned i = 0; i < 2; i++) {
		struct side *s = &c->side[i];

		s->runs = pthread_create(&s->thread, NULL, run, s) == 0;
		if (!s->runs)
			return RC_MEMORY;
	}
	return RC_OK;
}

void
courier_stop(struct courier *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < LINK_KINDS; i++)
		link_end(&c->link[i]);
	for (unsigned i = 0; i < 2; i++)
		if (c->side[i].runs)
			pthread_join(c->side[i].thread, NULL);
}

void
courier_free(struct courier *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < LINK_KINDS; i++)
		link_release(&c->link[i]);
	for (unsigned i = 0; i < 2; i++)
		free(c->side[i].notes);
	free(c);
}
