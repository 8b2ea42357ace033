/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the head that is known to the one that is shown: fetched, verified
 * and judged entry by entry. The folder's head moves only here, once all of
 * it held.
 */
#include "cli/audit_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/rc_text.h"

struct walk_state {
	struct audit *a;
	uint64_t now, said_ms;
	enum rc rc; /* of the store: not the log's fault */
};

static void
entry_found(void *context, uint64_t index, const struct audit_finding *f,
    const struct admission *a)
{
	(void)context;
	if (f->rc != RC_OK)
		say(SAY_ERROR, "entry %llu breaks the rule '%s': %s: %s",
		    (unsigned long long)index, f->rule, rc_name(f->rc),
		    a->why.text);
}

static enum rc
entry_judge(void *context, uint64_t index, const uint8_t *entry, size_t n)
{
	struct walk_state *w = context;
	struct audit *a = w->a;
	uint64_t ms;

	w->rc = audit_store_entry(a->store, index, entry, n, w->now,
	    entry_found, NULL);
	if (w->rc != RC_OK)
		return w->rc;
	ms = clock_ms();
	if (a->progress && ms - w->said_ms >= 1000) {
		fprintf(stderr, "\r%llu of %llu entries ",
		    (unsigned long long)index + 1,
		    (unsigned long long)a->head.size);
		w->said_ms = ms;
	}
	return RC_OK;
}

static enum rc
head_opinion(void *context, struct slice name, const struct trust *now,
    const struct trust *before)
{
	struct audit_head_check *c = context;
	struct audit *a = c->a;
	uint64_t time = 0;
	unsigned i;
	enum rc rc;

	if (now == NULL) /* not logged yet: what the user brought */
		for (i = 0; i < a->trust_n; i++)
			if (slice_equal(trust_name(&a->trust[i].t), name))
				now = &a->trust[i].t;
	if (now == NULL)
		return RC_OK;
	if (audit_log_line(&a->note, &a->head, now) == RC_OK ||
	    (before != NULL &&
		audit_log_line(&a->note, &a->head, before) == RC_OK))
		c->by_log = true;
	rc = audit_head(&a->note, &a->head, now, before, &time);
	if (rc == RC_OK && (c->time == 0 || time < c->time))
		c->time = time;
	if (rc != RC_OK && c->rc == RC_OK)
		c->rc = rc;
	return RC_OK;
}

enum rc
audit_head_check(struct audit *a, struct audit_head_check *c)
{
	*c = (struct audit_head_check){.a = a, .rc = RC_OK};
	return audit_store_authorities(a->store, head_opinion, c);
}

/* What a refusal of the reader says about the log. RC_OK: it is a fault. */
static enum rc
reader_fault(struct audit *a, bool by_log, enum rc rc, const struct why *why)
{
	const char *what = rc == RC_FILE_ABSENT ? "withheld"
	    : rc == RC_INCLUSION ? "entries"
				 : "tiles";
	struct why line = *why;
	char name[64];

	if (rc != RC_FILE_ABSENT && rc != RC_INCLUSION && rc != RC_CONSISTENCY)
		return rc;
	if (rc == RC_FILE_ABSENT)
		rc = RC_LOG_WITHHELD;
	if (!by_log) { /* anybody can answer with anything */
		audit_fault_add(a, "log", RC_LOG,
		    "no log of the trust in force signed the checkpoint, "
		    "and it does not hold: %s",
		    why->text);
		return RC_OK;
	}
	audit_fault_add(a, what, rc, "%s", why->text);
	why_prefix(&line, "%s", rc_name(rc));
	snprintf(name, sizeof name, "%s-%llu", what,
	    (unsigned long long)a->head.size);
	audit_evidence_why(a, name, &line);
	audit_evidence(a, name, "shown", a->bytes, a->note.n);
	return RC_OK;
}

static enum rc
head_commit(struct audit *a, const struct audit_head *held, struct why *why)
{
	static struct audit_head h;
	char path[FILE_PATH_MAX + 1];
	enum rc rc;

	h.size = a->head.size;
	h.time = a->time;
	memcpy(h.root, a->head.root, 32);
	memcpy(h.note, a->bytes, a->note.n);
	h.n = a->note.n;
	rc = audit_store_commit(a->store, &h);
	snprintf(path, sizeof path, "%s/checkpoint", a->dir);
	if (rc == RC_OK)
		rc = file_write_atomic(path, a->bytes, a->note.n, 0644, why);
	if (rc == RC_OK)
		audit_folder_tidy(a, held->size, h.size);
	else if (why->text[0] == '\0')
		why_set(why, "%s: %s", a->dir, rc_text(rc));
	return rc;
}

static enum rc
entries_walk(struct audit *a, struct audit_folder *f,
    const struct audit_head *held, bool by_log, bool *again, struct why *why)
{
	struct walk_state w = {.a = a, .now = clock_unix()};
	struct audit_head_check c;
	struct why own = {""};
	enum rc rc = audit_store_begin(a->store);

	if (rc != RC_OK) {
		why_set(why, "%s: %s", a->dir, rc_text(rc));
		return rc;
	}
	rc = tlog_reader_entries(a->reader, held->size, a->head.size,
	    entry_judge, &w, &own);
	if (rc == RC_OK)
		rc = w.rc = audit_store_flush(a->store);
	if (a->progress && w.said_ms > 0)
		fprintf(stderr, "\r%*s\r", 50, "");
	if (rc == RC_OK)
		rc = audit_folder_keep(f, &own);
	if (rc == RC_OK)
		rc = audit_head_check(a, &c);
	if (rc == RC_OK && c.by_log && c.rc == RC_WITNESS_QUORUM &&
	    a->witnesses->count > 0)
		rc = audit_witnesses_gather(a, &c);
	if (rc != RC_OK) {
		audit_store_rollback(a->store);
		*again = rc == RC_INCLUSION || rc == RC_CONSISTENCY;
		if (*again && f->read && !f->fresh)
			return RC_OK;
		*again = false;
		rc = w.rc != RC_OK && w.rc == rc
		    ? rc : reader_fault(a, by_log, rc, &own);
		if (rc != RC_OK)
			*why = own;
		return rc;
	}
	a->time = c.time;
	if (c.rc != RC_OK) {
		/* not a head to build on; what stands under it, by the log's
		 * own key, is evidence all the same */
		if (c.by_log &&
		    audit_store_broken(a->store, audit_broken_keep, a) != RC_OK)
			say(SAY_ERROR, "the evidence is not kept");
		audit_store_rollback(a->store);
		audit_fault_add(a, c.by_log ? "quorum" : "log", c.rc,
		    "the checkpoint of %llu entries: %s",
		    (unsigned long long)a->head.size, rc_text(c.rc));
		if (c.by_log) {
			audit_evidence_why(
			    a, "quorum", &a->fault[a->fault_n - 1].why);
			audit_evidence(
			    a, "quorum", "shown", a->bytes, a->note.n);
		}
		return RC_OK;
	}
	return head_commit(a, held, why);
}

/* With a reader for the head: does it continue what is known? */
static enum rc
tree_check(struct audit *a, struct audit_folder *f,
    const struct audit_head *held, bool by_log, bool *again, struct why *why)
{
	struct why own = {""};
	enum rc rc = tlog_reader_new(&a->reader,
	    &(struct tlog_fetch){audit_folder_get, f}, &a->head, &own);

	if (rc == RC_OK && held->n > 0)
		rc = tlog_reader_extends(a->reader, held->size, held->root,
		    &own);
	if (rc == RC_LOG_FORK && by_log) {
		audit_fault_add(a, "fork", rc, "%s", own.text);
		audit_evidence_heads(a, "fork", &own, held->note, held->n,
		    held->size, a->reader);
		return RC_OK;
	}
	if (rc == RC_LOG_FORK) {
		audit_fault_add(a, "log", RC_LOG,
		    "no log of the trust in force signed the checkpoint, "
		    "and it does not continue what is known");
		return RC_OK;
	}
	if (rc != RC_OK) {
		*again = (rc == RC_CONSISTENCY || rc == RC_INCLUSION) &&
		    f->read && !f->fresh;
		if (*again)
			return RC_OK;
		rc = reader_fault(a, by_log, rc, &own);
		if (rc != RC_OK)
			*why = own;
		return rc;
	}
	f->write = true;
	rc = audit_folder_keep(f, why);
	return rc == RC_OK ? entries_walk(a, f, held, by_log, again, why)
			   : rc;
}

/* A head smaller than the one known: an older one, or another history. */
static void
rolled_back(struct audit *a, const struct audit_head *held)
{
	struct tlog_fetch here = {audit_dir_get, a->dir};
	struct checkpoint head;
	struct tlog_reader *r = NULL;
	struct note note;
	struct why why = {""};
	enum rc rc = note_split(&note, held->note, held->n);

	if (rc == RC_OK)
		rc = checkpoint_parse(&head, note.bytes, note.text_n, false);
	if (rc == RC_OK)
		rc = tlog_reader_new(&r, &here, &head, NULL);
	if (rc == RC_OK)
		rc = tlog_reader_extends(r, a->head.size, a->head.root, NULL);
	if (rc == RC_LOG_FORK) {
		why_set(&why, "the tree of %llu entries is not the one known "
			      "before", (unsigned long long)a->head.size);
		audit_fault_add(a, "fork", RC_LOG_FORK, "%s", why.text);
		audit_evidence_heads(a, "fork", &why, held->note, held->n,
		    held->size, r);
	} else {
		why_set(&why, "the log shows %llu entries, and had signed "
			      "%llu", (unsigned long long)a->head.size,
		    (unsigned long long)held->size);
		audit_fault_add(a, "rollback", RC_LOG_BEHIND, "%s", why.text);
		audit_evidence_heads(a, "rollback", &why, held->note, held->n,
		    held->size, NULL);
	}
	tlog_reader_free(r);
}

static enum rc
checkpoint_get(struct audit *a, struct why *why)
{
	size_t n;
	enum rc rc;

	free(a->bytes);
	a->bytes = NULL;
	if (audit_is_http(a->url))
		return tlog_checkpoint(a->client, a->url,
		    (unsigned)a->timeout_ms, &a->bytes, &a->note, &a->head,
		    why);
	rc = audit_dir_get((void *)(uintptr_t)a->url, "checkpoint",
	    CHECKPOINT_NOTE_MAX, &a->bytes, &n, why);
	if (rc == RC_OK)
		rc = note_split(&a->note, a->bytes, n);
	if (rc == RC_OK)
		rc = checkpoint_parse(&a->head, a->note.bytes, a->note.text_n,
		    false);
	if (rc != RC_OK && why->text[0] == '\0')
		why_set(why, "%s/checkpoint: %s", a->url, rc_text(rc));
	return rc;
}

/* Whether the head held is of the same log. */
static bool
origin_same(const struct audit *a, const struct audit_head *held)
{
	struct slice rest = {held->note, held->n};

	return held->n == 0 || slice_equal(slice_line(&rest), a->head.origin);
}

enum rc
audit_walk(struct audit *a, struct why *why)
{
	static struct audit_head held;
	/* a->reader goes on fetching through it */
	static struct audit_folder f;
	struct audit_head_check c;
	bool again = false;
	int turn;
	enum rc rc = audit_store_head(a->store, &held);

	a->before = held.size;
	if (rc == RC_OK)
		rc = checkpoint_get(a, why);
	if (rc == RC_CHECKPOINT || rc == RC_SIGLINE || rc == RC_TRUNCATED) {
		audit_fault_add(a, "log", rc, "%s", why->text);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = audit_head_check(a, &c);
	if (rc != RC_OK)
		return rc;
	if (!origin_same(a, &held)) {
		audit_fault_add(a, "log", RC_LOG_ORIGIN,
		    "'%.*s' is another log than the one known here",
		    SLICE(a->head.origin));
		return RC_OK;
	}
	if (a->head.size < held.size) {
		if (c.by_log)
			rolled_back(a, &held);
		else
			audit_fault_add(
			    a, "log", RC_LOG, "%s", rc_text(RC_LOG));
		return RC_OK;
	}
	for (turn = 0; turn == 0 || (again && turn < 2); turn++) {
		again = false;
		tlog_reader_free(a->reader);
		a->reader = NULL;
		audit_folder_forget(&f);
		audit_folder_init(&f, a, turn == 1);
		rc = tree_check(a, &f, &held, c.by_log, &again, why);
		audit_folder_forget(&f);
	}
	return rc;
}
