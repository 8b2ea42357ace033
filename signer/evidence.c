/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading logs. The good case, nothing new, is one small request; entries are
 * fetched, checked against the head and explained without the lock, and go
 * into the record batch by batch. The position moves last: a kill in between
 * reads the same entries again, and raising twice raises once.
 */
#include "signer/evidence.h"
#include <stdlib.h>
#include <string.h>
#include "host/rc_text.h"
#include "host/say.h"
#include "host/text.h"
#include "log/tlog.h"

#define AHEAD_S	  86400 /* of a proof's time, as devices allow */
#define BATCH_MAX 256

struct evidence {
	struct evidence_options o;
	size_t first_n; /* the trust text that we were given */
	uint8_t first[NOTE_BYTES_MAX];
	struct explain explain;
};

enum rc
evidence_new(struct evidence **out, const struct evidence_options *options)
{
	struct evidence *e = calloc(1, sizeof *e);

	*out = e;
	if (e == NULL)
		return RC_MEMORY;
	e->o = *options;
	return RC_OK;
}

void
evidence_free(struct evidence *e)
{
	free(e);
}

const struct explain *
evidence_state(const struct evidence *e)
{
	return &e->explain;
}

static enum rc
take(void *context, bool roster, const uint8_t *text, size_t n)
{
	struct evidence *e = context;

	return roster ? explain_roster(&e->explain, text, n)
		      : explain_trust(&e->explain, text, n);
}

enum rc
evidence_begin(struct evidence *e, const uint8_t *trust, size_t n)
{
	enum rc rc = RC_OK;

	memset(&e->explain, 0, sizeof e->explain);
	if (n > sizeof e->first)
		return RC_TEXT_LONG;
	if (n > 0)
		memmove(e->first, trust, n);
	e->first_n = n;
	if (n > 0)
		rc = explain_trust(&e->explain, e->first, n);
	if (rc != RC_OK)
		return rc;
	e->o.lock(e->o.context, true);
	rc = store_log_each(e->o.record, e->o.authority, take, e);
	e->o.lock(e->o.context, false);
	return rc;
}

/* ---- one log ------------------------------------------------------------- */

/* What the walk found, waiting to be stored: a copy of the entry, whose first
 * n bytes are its text. */
struct found {
	enum explained what;
	struct release release;
	bool ours; /* with our line */
	uint64_t index;
	uint8_t *text;
	size_t n, entry_n;
};

struct walk_log {
	struct evidence *e;
	const char *origin;
	bool home;
	uint64_t now;
	unsigned found_n;
	struct found found[BATCH_MAX];
};

/* Within the lock. */
static enum rc
alarm_keep(const struct walk_log *w, const char *sentence, const void *bytes,
    size_t n)
{
	const struct evidence *e = w->e;

	say(SAY_ERROR, "%s: ALARM: log %s: %s", e->o.authority, w->origin,
	    sentence);
	return store_log_alarm(e->o.record, e->o.authority, w->origin,
	    sentence, bytes, n, w->now);
}

static enum rc
alarm_say(const struct walk_log *w, const char *sentence, const void *bytes,
    size_t n)
{
	struct evidence *e = w->e;
	enum rc rc;

	e->o.lock(e->o.context, true);
	rc = alarm_keep(w, sentence, bytes, n);
	e->o.lock(e->o.context, false);
	return rc;
}

/* Within the lock. */
static enum rc
alarm_entry(const struct walk_log *w, uint64_t index, enum rc why,
    const void *bytes, size_t n)
{
	char sentence[256];
	struct text t;

	text_init(&t, sentence, sizeof sentence);
	text_printf(&t, "entry %llu cannot be explained: %s",
	    (unsigned long long)index, rc_text(why));
	return alarm_keep(w, sentence, bytes, n);
}

/* A line of ours that we did not give is no alarm: the record may be an old
 * one, and then it is enough to be careful. Somebody hears of it. */
static enum rc
store_release(const struct walk_log *w, const struct found *f)
{
	struct store_record *s = w->e->o.record;
	const char *authority = w->e->o.authority;
	uint64_t was, is;
	enum rc rc = store_restored_since(s, &was, authority);

	if (rc == RC_OK)
		rc = store_log_release(
		    s, &f->release, f->text, f->n, f->ours, w->now);
	if (rc == RC_OK)
		rc = store_restored_since(s, &is, authority);
	if (rc == RC_OK && was == 0 && is != 0)
		say(SAY_ERROR, "%s: log %s: entry %llu has a line of ours that "
			       "this record never gave: the record is an old "
			       "one, or somebody else has our key",
		    authority, w->origin, (unsigned long long)f->index);
	return rc;
}

static enum rc
store_found(const struct walk_log *w, const struct found *f)
{
	struct store_record *s = w->e->o.record;
	struct trust trust;
	struct roster roster;
	enum rc rc;

	switch (f->what) {
	case EXPLAINED_RELEASE:
		rc = store_log_progress(s, w->origin, f->index, &f->release);
		if (rc == RC_LOG_SEQUENCE || rc == RC_LOG_FLOOR)
			return alarm_entry(
			    w, f->index, rc, f->text, f->entry_n);
		return rc == RC_OK ? store_release(w, f) : rc;
	case EXPLAINED_ROSTER:
		rc = roster_parse(&roster, f->text, f->n);
		return rc == RC_OK ? store_log_roster(s, &roster) : rc;
	case EXPLAINED_TRUST:
		rc = trust_read(&trust, f->text, f->n, READER_HOST);
		return rc == RC_OK ? store_log_trust(s, &trust, f->text, f->n)
				   : rc;
	default:
		return RC_OK;
	}
}

/*
 * One transaction. With a position the walk is complete; without, only
 * releases go: a trust or roster text that were in the record before the
 * entries that follow it are read would make those look wrong after a kill.
 */
static enum rc
flush(struct walk_log *w, const struct store_position *position)
{
	struct evidence *e = w->e;
	unsigned kept = 0;
	enum rc rc;

	e->o.lock(e->o.context, true);
	rc = store_log_begin(e->o.record);
	for (unsigned i = 0; i < w->found_n; i++) {
		struct found *f = &w->found[i];

		if (position == NULL && f->what != EXPLAINED_RELEASE) {
			w->found[kept++] = *f;
			continue;
		}
		if (rc == RC_OK)
			rc = store_found(w, f);
		free(f->text);
	}
	w->found_n = kept;
	if (rc == RC_OK)
		rc = store_log_end(
		    e->o.record, e->o.authority, w->origin, position);
	else
		store_log_abandon(e->o.record);
	e->o.lock(e->o.context, false);
	return rc == RC_OK && kept == BATCH_MAX ? RC_LOG_MANY : rc;
}

/* The entry's bytes up to the end of its text. */
static size_t
text_bytes(const uint8_t *entry, size_t n)
{
	struct note note;

	return note_split(&note, entry, n) == RC_OK ? note.text_n : 0;
}

/* Whether we have signed it: the entry is explained, so the line is whose
 * it says. By the key: one that we had before has its record elsewhere. */
static bool
line_of_ours(const struct evidence *e, const uint8_t *entry, size_t n)
{
	struct sigline line;
	struct note note;

	if (note_split(&note, entry, n) != RC_OK)
		return false;
	for (unsigned i = 0; i < note.line_n; i++) {
		note_line(&note, i, &line, NULL);
		if (sigline_by(&line, e->o.key))
			return true;
	}
	return false;
}

static enum rc
each_entry(void *context, uint64_t index, const uint8_t *entry, size_t n)
{
	struct walk_log *w = context;
	struct found *f = &w->found[w->found_n];
	struct release release;
	enum rc rc;

	memset(f, 0, sizeof *f);
	rc = explain_entry(
	    &w->e->explain, &f->what, &release, w->home, entry, n);
	if (rc != RC_OK) {
		w->e->o.lock(w->e->o.context, true);
		rc = alarm_entry(w, index, rc, entry, n);
		w->e->o.lock(w->e->o.context, false);
		return rc;
	}
	if (f->what == EXPLAINED_NOTHING || f->what == EXPLAINED_OTHER)
		return RC_OK;
	f->index = index;
	f->n = text_bytes(entry, n);
	f->entry_n = n;
	f->text = malloc(n);
	if (f->text == NULL)
		return RC_MEMORY;
	memcpy(f->text, entry, n);
	f->ours = line_of_ours(w->e, entry, n);
	rc = f->what != EXPLAINED_RELEASE
	    ? RC_OK
	    : release_parse(&f->release, f->text, f->n, READER_HOST);
	w->found_n++;
	if (rc == RC_OK && w->found_n == BATCH_MAX)
		rc = flush(w, NULL);
	return rc;
}

/* The head: cosigned, recent. */
static enum rc
head_check(const struct evidence *e, const struct note *note,
    const struct checkpoint *head, uint64_t now, struct why *why)
{
	uint64_t max_s = e->o.settings->head_age_ms / 1000, time;
	enum rc rc = checkpoint_trusted(note, head, &e->explain.trust, &time);

	if (rc != RC_OK) {
		why_set(why, "its head: %s", rc_text(rc));
		return rc;
	}
	if (time > now + AHEAD_S) {
		why_set(why, "its head was cosigned %llu s ahead of this "
			     "clock: is it right?",
		    (unsigned long long)(time - now));
		return RC_PROOF_FUTURE;
	}
	if (now > time && now - time > max_s) {
		why_set(why, "its head is %llu s old by this clock, at most "
			     "%llu are allowed (head-age)",
		    (unsigned long long)(now - time),
		    (unsigned long long)max_s);
		return RC_PROOF_OLD;
	}
	return RC_OK;
}

static enum rc
log_get(void *context, const char *path, size_t max, uint8_t **bytes,
    size_t *n, struct why *why)
{
	struct walk_log *w = context;

	return w->e->o.get(
	    w->e->o.context, w->origin, path, max, bytes, n, why);
}

/* From the position to the head. */
static enum rc
read_entries(struct walk_log *w, const struct store_position *was,
    const struct checkpoint *head, struct why *why)
{
	const struct tlog_fetch fetch = {log_get, w};
	struct tlog_reader *reader = NULL;
	struct store_position is = {.size = head->size};
	enum rc rc;

	memcpy(is.root, head->root, sizeof is.root);
	rc = tlog_reader_new(&reader, &fetch, head, why);
	if (rc == RC_OK && was->size > 0)
		rc = tlog_reader_extends(reader, was->size, was->root, why);
	if (rc == RC_OK)
		rc = tlog_reader_entries(
		    reader, was->size, head->size, each_entry, w, why);
	if (rc == RC_OK)
		rc = flush(w, &is);
	tlog_reader_free(reader);
	for (unsigned i = 0; i < w->found_n; i++)
		free(w->found[i].text);
	/* What is in force is what the record says, not what was seen. */
	if (rc != RC_OK &&
	    evidence_begin(w->e, w->e->first, w->e->first_n) != RC_OK)
		rc = RC_DATABASE;
	return rc;
}

static enum rc
read_log(struct walk_log *w, bool *news, struct why *why)
{
	const struct tlog_fetch fetch = {log_get, w};
	struct evidence *e = w->e;
	struct store_position was;
	struct checkpoint head;
	struct note note;
	uint8_t *bytes = NULL;
	enum rc rc;

	e->o.lock(e->o.context, true);
	rc = store_log_position(
	    e->o.record, &was, e->o.authority, w->origin);
	e->o.lock(e->o.context, false);
	if (rc == RC_OK)
		rc = tlog_checkpoint_fetch(&fetch, &bytes, &note, &head, why);
	if (rc == RC_OK && !slice_is(head.origin, w->origin)) {
		why_set(why, "it is the log '%.*s'", (int)head.origin.n,
		    (const char *)head.origin.p);
		rc = RC_LOG;
	}
	if (rc == RC_OK)
		rc = head_check(e, &note, &head, w->now, why);
	if (rc != RC_OK)
		goto out;
	if (head.size < was.size) {
		why_set(why, "it had %llu entries and shows %llu",
		    (unsigned long long)was.size,
		    (unsigned long long)head.size);
		rc = RC_LOG_BEHIND;
	} else if (head.size == was.size && was.size > 0) {
		if (memcmp(head.root, was.root, 32) != 0) {
			why_set(why, "it shows two trees of %llu entries",
			    (unsigned long long)head.size);
			rc = RC_LOG_FORK;
		}
	} else {
		*news = true;
		rc = read_entries(w, &was, &head, why);
	}
	if (rc == RC_LOG_FORK || rc == RC_CONSISTENCY)
		(void)!alarm_say(w, why != NULL ? why->text : "a fork", bytes,
		    note.n);
out:
	free(bytes);
	return rc;
}

/* ---- all of them ------------------------------------------------------------ */

static bool
has_url(const struct settings *s, struct slice origin)
{
	for (unsigned i = 0; i < s->log_n; i++)
		if (slice_is(origin, s->log[i].origin))
			return true;
	return false;
}

enum rc
evidence_read(struct evidence *e, uint64_t now, bool *news, struct why *why)
{
	const struct trust *t = &e->explain.trust;
	struct walk_log *w;
	enum rc rc = RC_OK;

	*news = false;
	if (!e->explain.known) {
		why_set(why, "no trust text is known yet");
		return RC_STATE;
	}
	w = calloc(1, sizeof *w);
	if (w == NULL)
		return RC_MEMORY;
	for (unsigned i = 0; i < trust_count(t, LIST_LOGS); i++) {
		char origin[NAME_BYTES_MAX + 1];
		struct vkey k;
		enum rc one;

		trust_key(&k, t, LIST_LOGS, i);
		memcpy(origin, k.name.p, k.name.n);
		origin[k.name.n] = '\0';
		*w = (struct walk_log){.e = e,
		    .origin = origin,
		    .home = i == 0,
		    .now = now};
		if (!has_url(e->o.settings, k.name)) {
			if (i > 0)
				continue;
			why_set(why, "no section [log %s] with the URL of the "
				     "home log",
			    origin);
			rc = RC_CONFIG;
			break;
		}
		one = read_log(w, news, why);
		if (one == RC_OK)
			continue;
		why_prefix(why, "log %s", origin);
		if (i == 0) {
			rc = one;
			break;
		}
		say(SAY_WARNING, "%s: %s", e->o.authority,
		    why != NULL ? why->text : "a log cannot be read");
	}
	free(w);
	return rc;
}
