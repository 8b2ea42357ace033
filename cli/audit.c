/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `quorate audit`. Nothing is believed for having been served: a file goes
 * to the folder only once it leads to the root that the log has signed, and
 * the folder's head moves only once every entry was judged and the head
 * satisfied the trust that the entries themselves put in force. What the
 * folder knew before is never given up: a log that no longer agrees with it
 * is the finding.
 */
#include "cli/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"
#include "host/clock.h"
#include "host/rc_text.h"
#include "verify/sha256.h"

enum { PENDING_MAX = 2 * TILE_LEVELS_MAX + 2, SOURCE_MS = 120000 };

/* Where tiles come from: the folder, else the log; see the top. */
struct folder {
	struct audit *a;
	struct tlog_fetch away;
	struct tlog_http http;
	bool fresh; /* do not read the folder */
	bool read;  /* something came from it */
	bool write; /* what comes may be kept */
	unsigned pending_n;
	struct {
		char path[TILE_PATH_MAX];
		struct blob b;
	} pending[PENDING_MAX];
};

static enum rc
dir_get(void *context, const char *path, size_t max, uint8_t **bytes,
    size_t *n, struct why *why)
{
	char full[FILE_PATH_MAX + 1];

	snprintf(full, sizeof full, "%s/%s", (const char *)context, path);
	return file_read(bytes, n, full, max, why);
}

static bool
is_http(const char *url)
{
	return strncmp(url, "http://", 7) == 0 ||
	    strncmp(url, "https://", 8) == 0;
}

static void
folder_forget(struct folder *f)
{
	while (f->pending_n > 0)
		blob_release(&f->pending[--f->pending_n].b);
}

/* Everything that came so far was verified. */
static enum rc
folder_keep(struct folder *f, struct why *why)
{
	char full[FILE_PATH_MAX + 1], *slash;
	unsigned i;
	enum rc rc = RC_OK;

	for (i = 0; rc == RC_OK && f->write && i < f->pending_n; i++) {
		snprintf(full, sizeof full, "%s/%s", f->a->dir,
		    f->pending[i].path);
		slash = strrchr(full, '/');
		*slash = '\0';
		rc = dir_make(full, 0755, why);
		*slash = '/';
		if (rc == RC_OK)
			rc = file_write_atomic(full, f->pending[i].b.p,
			    f->pending[i].b.n, 0644, why);
	}
	if (f->write)
		folder_forget(f);
	return rc;
}

static enum rc
folder_get(void *context, const char *path, size_t max, uint8_t **bytes,
    size_t *n, struct why *why)
{
	struct folder *f = context;
	struct blob b;
	enum rc rc = RC_FILE_ABSENT;

	if (f->write) { /* the reader came back: the last one was good */
		rc = folder_keep(f, why);
		if (rc != RC_OK)
			return rc;
		rc = RC_FILE_ABSENT;
	}
	if (!f->fresh)
		rc = dir_get(f->a->dir, path, max, bytes, n, NULL);
	if (rc == RC_OK) {
		f->read = true;
		return RC_OK;
	}
	rc = f->away.get(f->away.context, path, max, bytes, n, why);
	if (rc != RC_OK || f->pending_n == PENDING_MAX)
		return rc;
	b.n = *n;
	b.p = malloc(*n > 0 ? *n : 1);
	if (b.p == NULL)
		return RC_OK; /* not kept */
	memcpy(b.p, *bytes, *n);
	snprintf(f->pending[f->pending_n].path, TILE_PATH_MAX, "%s", path);
	f->pending[f->pending_n++].b = b;
	return RC_OK;
}

static void
folder_init(struct folder *f, struct audit *a, bool fresh)
{
	memset(f, 0, sizeof *f);
	f->a = a;
	f->fresh = fresh;
	f->http = (struct tlog_http){a->client, a->url,
	    (unsigned)a->timeout_ms};
	f->away = is_http(a->url)
	    ? tlog_fetch_http(&f->http)
	    : (struct tlog_fetch){dir_get, (void *)(uintptr_t)a->url};
}

/* ---- findings --------------------------------------------------------- */

static void
fault(struct audit *a, const char *what, enum rc rc, const char *format, ...)
{
	struct audit_fault *f;
	va_list args;

	if (a->fault_n == AUDIT_FAULTS_MAX)
		return;
	f = &a->fault[a->fault_n++];
	f->what = what;
	f->rc = rc;
	va_start(args, format);
	vsnprintf(f->why.text, sizeof f->why.text, format, args);
	va_end(args);
}

/* Against the log itself; the others may be anybody's. */
static bool
fault_of_log(const char *what)
{
	static const char *const others[] = {
	    "log", "stale", "payload", "source"};
	size_t i;

	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(what, others[i]) == 0)
			return false;
	return true;
}

static enum exit_code
outcome(const struct audit *a)
{
	enum exit_code code = a->broken_n > 0 ? EXIT_INCONSISTENT : EXIT_OK;
	unsigned i;

	for (i = 0; i < a->fault_n && code != EXIT_INCONSISTENT; i++)
		code = fault_of_log(a->fault[i].what) ? EXIT_INCONSISTENT
						      : EXIT_REFUSED;
	return code;
}

/* dir/evidence/NAME/FILE, once: what was found first stays. */
static void
evidence(struct audit *a, const char *name, const char *file,
    const void *bytes, size_t n)
{
	char path[FILE_PATH_MAX + 1];
	struct why why = {""};
	enum rc rc;

	snprintf(path, sizeof path, "%s/evidence/%s", a->dir, name);
	rc = dir_make(path, 0755, &why);
	snprintf(path, sizeof path, "%s/evidence/%s/%s", a->dir, name, file);
	if (rc == RC_OK)
		rc = file_create_exclusive(path, bytes, n, 0644, &why);
	if (rc != RC_OK && rc != RC_FILE_EXISTS)
		say(SAY_ERROR, "the evidence is not kept: %s", why.text);
}

static void
evidence_text(struct audit *a, const char *name, const struct why *why)
{
	char line[WHY_BYTES_MAX + 300];
	int n = snprintf(line, sizeof line, "%s\nlog %s\n", why->text, a->url);

	evidence(a, name, "why", line, (size_t)n);
}

/*
 * Two signed heads that contradict each other: the one held, the one shown,
 * and, where their sizes differ, the proof that the larger tree does not
 * begin with the smaller (a consistency proof from another root of that
 * size, in the form of C2SP tlog-witness).
 */
static void
evidence_heads(struct audit *a, const char *what, const struct why *why,
    const uint8_t *held, size_t held_n, uint64_t held_size,
    struct tlog_reader *reader)
{
	static char body[COSIGN_BODY_TAKEN_MAX];
	uint8_t proof[TLOG_PROOF_MAX * 32], hash[32];
	struct tlog_source source;
	unsigned proof_n;
	char name[96];
	struct sha256 h;
	struct text t;

	sha256_init(&h);
	sha256_update(&h, held, held_n);
	sha256_update(&h, a->bytes, a->note.n);
	sha256_final(&h, hash);
	text_init(&t, name, sizeof name);
	text_printf(&t, "%s-%llu-%llu-", what, (unsigned long long)held_size,
	    (unsigned long long)a->head.size);
	text_hex(&t, hash, 4);
	evidence_text(a, name, why);
	evidence(a, name, "held", held, held_n);
	evidence(a, name, "shown", a->bytes, a->note.n);
	if (reader == NULL || held_size == 0 || held_size >= a->head.size)
		return;
	source = tlog_reader_source(reader);
	if (tlog_consistency(proof, &proof_n, held_size, a->head.size,
		&source) != RC_OK)
		return;
	text_init(&t, body, sizeof body);
	cosign_request_text(&t, held_size, proof, proof_n, a->bytes,
	    a->note.n);
	evidence(a, name, "proof", t.p, t.n);
}

/* ---- files of entries ------------------------------------------------- */

struct one {
	struct blob note;
};

static enum rc
one_take(void *context, uint64_t index, const uint8_t *entry, size_t n)
{
	struct one *o = context;

	(void)index;
	o->note.p = malloc(n > 0 ? n : 1);
	if (o->note.p == NULL)
		return RC_MEMORY;
	memcpy(o->note.p, entry, n);
	o->note.n = n;
	return RC_OK;
}

enum rc
audit_entries(struct audit *a, uint64_t from, uint64_t to,
    enum rc (*each)(void *context, uint64_t index, const uint8_t *entry,
	size_t n),
    void *context, struct why *why)
{
	return a->reader != NULL
	    ? tlog_reader_entries(a->reader, from, to, each, context, why)
	    : RC_STATE;
}

enum rc
audit_file(struct audit *a, uint64_t index, struct blob *file)
{
	uint8_t path[MERKLE_DEPTH_MAX * 32];
	struct tlog_source source;
	struct one one = {{NULL, 0}};
	unsigned path_n;
	struct text t;
	enum rc rc = audit_entries(a, index, index + 1, one_take, &one, NULL);

	*file = (struct blob){NULL, 0};
	if (rc == RC_OK) {
		source = tlog_reader_source(a->reader);
		rc = tlog_inclusion(path, &path_n, index, a->head.size,
		    &source);
	}
	if (rc == RC_OK) {
		file->p = malloc(one.note.n + PROOF_HEAD_MAX + a->note.n + 2);
		rc = file->p != NULL ? RC_OK : RC_MEMORY;
	}
	if (rc == RC_OK) {
		text_init(&t, (char *)file->p,
		    one.note.n + PROOF_HEAD_MAX + a->note.n + 2);
		text_put(&t, one.note.p, one.note.n);
		text_string(&t, "\n");
		proof_text(&t, index, path, path_n);
		text_put(&t, a->bytes, a->note.n);
		file->n = t.n;
	}
	blob_release(&one.note);
	return rc;
}

static void
evidence_file(struct audit *a, const char *name, const char *as,
    uint64_t index)
{
	struct blob file;
	struct note note;
	size_t rest, at;
	char part[64];

	if (index == UINT64_MAX || audit_file(a, index, &file) != RC_OK)
		return;
	if (note_split_file(&note, &rest, file.p, file.n) == RC_OK) {
		snprintf(part, sizeof part, "%s.file", as);
		evidence(a, name, part, file.p, file.n);
	} else { /* no note: where it ends only its length says */
		at = file.n - a->note.n;
		while (at >= 23 && memcmp(file.p + at - 23,
				       "c2sp.org/tlog-proof@v1\n", 23) != 0)
			at--;
		at -= 23;
		evidence(a, name, as, file.p, at - 1);
		snprintf(part, sizeof part, "%s.tlog-proof", as);
		evidence(a, name, part, file.p + at, file.n - at);
	}
	blob_release(&file);
}

/* The entry, the trust text it was judged by, what it collides with: each
 * a complete file, so that anybody can check it alone. */
static enum rc
broken_keep(void *context, const struct audit_broken *b)
{
	struct audit *a = context;
	struct why why = {""};
	char name[64];

	a->broken_n++;
	if (a->reader == NULL)
		return RC_OK;
	snprintf(name, sizeof name, "%llu-%s", (unsigned long long)b->index,
	    b->rule);
	why_set(&why, "%s: entry %llu breaks the rule '%s': %s", b->rc,
	    (unsigned long long)b->index, b->rule, b->why);
	evidence_text(a, name, &why);
	evidence_file(a, name, "entry", b->index);
	evidence_file(a, name, "trust", b->trust);
	evidence_file(a, name, "other", b->other);
	return RC_OK;
}

/* ---- the walk --------------------------------------------------------- */

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

struct head_check {
	struct audit *a;
	bool by_log;
	enum rc rc;
	uint64_t time;
};

/* One authority's opinion of the head. */
static enum rc
head_opinion(void *context, struct slice name, const struct trust *now,
    const struct trust *before)
{
	struct head_check *c = context;
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

static enum rc
head_check(struct audit *a, struct head_check *c)
{
	*c = (struct head_check){.a = a, .rc = RC_OK};
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
		fault(a, "log", RC_LOG, "no log of the trust in force signed "
					"the checkpoint, and it does not "
					"hold: %s", why->text);
		return RC_OK;
	}
	fault(a, what, rc, "%s", why->text);
	why_prefix(&line, "%s", rc_name(rc));
	snprintf(name, sizeof name, "%s-%llu", what,
	    (unsigned long long)a->head.size);
	evidence_text(a, name, &line);
	evidence(a, name, "shown", a->bytes, a->note.n);
	return RC_OK;
}

/* Is what another pair of eyes has seen a part of the same tree? */
static void
compare(struct audit *a, const char *what, const char *who,
    const uint8_t *bytes, size_t n)
{
	struct checkpoint seen;
	struct proof proof;
	struct note note;
	struct why why = {""};
	struct head_check c = {.a = a};
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
		rc = head_check(a, &c);
		a->note = own_note;
		a->head = own;
		if (rc == RC_OK && !c.by_log)
			rc = RC_LOG;
	}
	if (rc != RC_OK) {
		fault(a, "log", rc, "%s: not a head of this log: %s", who,
		    rc_text(rc));
		return;
	}
	rc = tlog_reader_extends(a->reader, seen.size, seen.root, &why);
	if (rc == RC_OK)
		return;
	if (rc == RC_LOG_FORK || rc == RC_LOG_BEHIND) {
		why_prefix(&why, "%s", who);
		fault(a, what, rc, "%s", why.text);
		evidence_heads(a, what, &why, note.bytes, note.n, seen.size,
		    a->reader);
	}
}

static void
witnesses_ask(struct audit *a)
{
	char url[1200], hex[65];
	struct http_answer answer;
	struct why why = {""};
	uint8_t hash[32];
	struct sha256 h;
	struct text t;
	size_t i;
	enum rc rc;

	sha256_init(&h);
	sha256_update(&h, a->head.origin.p, a->head.origin.n);
	sha256_final(&h, hash);
	text_init(&t, hex, sizeof hex);
	text_hex(&t, hash, 32);
	for (i = 0; i < a->witnesses->count; i++) {
		snprintf(url, sizeof url, "%s/%s/checkpoint",
		    a->witnesses->at[i], hex);
		rc = http_get(a->client, url, NULL, (unsigned)a->timeout_ms,
		    CHECKPOINT_NOTE_MAX, &answer, &why);
		if (rc == RC_OK)
			compare(a, "witness", url, answer.body, answer.body_n);
		else /* a witness that is away says nothing about the log */
			say(SAY_WARNING, "%s", why.text);
		http_answer_release(&answer);
	}
}

static void
against_compare(struct audit *a)
{
	struct blob b;
	size_t i;

	for (i = 0; i < a->against->count; i++) {
		blob_load(&b, a->against->at[i]);
		compare(a, "against", a->against->at[i], b.p, b.n);
		blob_release(&b);
	}
}

/* The partial tiles of the last head that this one does not have. */
static void
folder_tidy(struct audit *a, uint64_t from, uint64_t to)
{
	char path[TILE_PATH_MAX], full[FILE_PATH_MAX + 1];
	struct tile t;
	unsigned level, both;

	for (level = 0; level < TILE_LEVELS_MAX; level++)
		for (both = 0; both < (level == 0 ? 2u : 1u); both++) {
			t = (struct tile){.level = (uint8_t)level,
			    .entries = both == 1,
			    .number = from >> (8 * level) >> 8};
			t.width = tile_width(level, t.number, from);
			if (t.width == 0 || t.width == TILE_WIDTH ||
			    t.width == tile_width(level, t.number, to))
				continue;
			tile_path(path, &t);
			snprintf(full, sizeof full, "%s/%s", a->dir, path);
			unlink(full);
		}
}

/* The head is good, its entries were judged: from now on it is known. */
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
		folder_tidy(a, held->size, h.size);
	else if (why->text[0] == '\0')
		why_set(why, "%s: %s", a->dir, rc_text(rc));
	return rc;
}

static enum rc
entries_walk(struct audit *a, struct folder *f, const struct audit_head *held,
    bool by_log, bool *again, struct why *why)
{
	struct walk_state w = {.a = a, .now = clock_unix()};
	struct head_check c;
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
		rc = folder_keep(f, &own);
	if (rc == RC_OK)
		rc = head_check(a, &c);
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
		audit_store_rollback(a->store);
		fault(a, c.by_log ? "quorum" : "log", c.rc,
		    "the checkpoint of %llu entries: %s",
		    (unsigned long long)a->head.size, rc_text(c.rc));
		if (c.by_log) {
			evidence_text(a, "quorum", &a->fault[a->fault_n - 1].why);
			evidence(a, "quorum", "shown", a->bytes, a->note.n);
		}
		return RC_OK;
	}
	return head_commit(a, held, why);
}

/* With a reader for the head: does it continue what is known? */
static enum rc
tree_check(struct audit *a, struct folder *f, const struct audit_head *held,
    bool by_log, bool *again, struct why *why)
{
	struct why own = {""};
	enum rc rc = tlog_reader_new(
	    &a->reader, &(struct tlog_fetch){folder_get, f}, &a->head, &own);

	if (rc == RC_OK && held->n > 0)
		rc = tlog_reader_extends(a->reader, held->size, held->root,
		    &own);
	if (rc == RC_LOG_FORK && by_log) {
		fault(a, "fork", rc, "%s", own.text);
		evidence_heads(a, "fork", &own, held->note, held->n,
		    held->size, a->reader);
		return RC_OK;
	}
	if (rc == RC_LOG_FORK) {
		fault(a, "log", RC_LOG, "no log of the trust in force signed "
					"the checkpoint, and it does not "
					"continue what is known");
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
	rc = folder_keep(f, why);
	return rc == RC_OK ? entries_walk(a, f, held, by_log, again, why)
			   : rc;
}

/* A head smaller than the one known: an older one, or another history. */
static void
rolled_back(struct audit *a, const struct audit_head *held)
{
	struct tlog_fetch here = {dir_get, a->dir};
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
		fault(a, "fork", RC_LOG_FORK, "%s", why.text);
		evidence_heads(a, "fork", &why, held->note, held->n,
		    held->size, NULL);
	} else {
		why_set(&why, "the log shows %llu entries, and had signed "
			      "%llu", (unsigned long long)a->head.size,
		    (unsigned long long)held->size);
		fault(a, "rollback", RC_LOG_BEHIND, "%s", why.text);
		evidence_heads(a, "rollback", &why, held->note, held->n,
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
	if (is_http(a->url))
		return tlog_checkpoint(a->client, a->url,
		    (unsigned)a->timeout_ms, &a->bytes, &a->note, &a->head,
		    why);
	rc = dir_get((void *)(uintptr_t)a->url, "checkpoint",
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

static enum rc
look(struct audit *a, struct why *why)
{
	static struct audit_head held;
	static struct folder f; /* a->reader goes on fetching through it */
	struct head_check c;
	bool again = false;
	int turn;
	enum rc rc = audit_store_head(a->store, &held);

	a->before = held.size;
	if (rc == RC_OK)
		rc = checkpoint_get(a, why);
	if (rc == RC_CHECKPOINT || rc == RC_SIGLINE || rc == RC_TRUNCATED) {
		fault(a, "log", rc, "%s", why->text);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = head_check(a, &c);
	if (rc != RC_OK)
		return rc;
	if (!origin_same(a, &held)) {
		fault(a, "log", RC_LOG_ORIGIN, "'%.*s' is another log than "
					       "the one known here",
		    SLICE(a->head.origin));
		return RC_OK;
	}
	if (a->head.size < held.size) {
		if (c.by_log)
			rolled_back(a, &held);
		else
			fault(a, "log", RC_LOG, "%s", rc_text(RC_LOG));
		return RC_OK;
	}
	for (turn = 0; turn == 0 || (again && turn < 2); turn++) {
		again = false;
		tlog_reader_free(a->reader);
		a->reader = NULL;
		folder_forget(&f);
		folder_init(&f, a, turn == 1);
		rc = tree_check(a, &f, &held, c.by_log, &again, why);
		folder_forget(&f);
	}
	return rc;
}

static void
freshness(struct audit *a)
{
	uint64_t now = clock_unix();

	if (a->time == 0 || a->max_age_s == 0 || now < a->time ||
	    now - a->time <= a->max_age_s)
		return;
	fault(a, "stale", RC_LOG_STALE, "the head was cosigned %llu s ago",
	    (unsigned long long)(now - a->time));
}

/* ---- payloads and sources --------------------------------------------- */

static void
payload_get(struct audit *a, uint64_t index, const struct line *l)
{
	char url[1200];
	struct http_answer answer;
	struct why why = {""};
	uint8_t want[32], got[32];
	struct sha256 h;
	enum rc rc;

	if (!slice_hex(l->field[2], want, 32))
		return;
	snprintf(url, sizeof url, "%s/%.*s", a->payloads, SLICE(l->field[2]));
	rc = http_get(a->client, url, NULL, (unsigned)a->timeout_ms,
	    (size_t)l->number[0] + 1, &answer, &why);
	if (rc == RC_OK) {
		sha256_init(&h);
		sha256_update(&h, answer.body, answer.body_n);
		sha256_final(&h, got);
		if (answer.body_n != l->number[0] ||
		    memcmp(want, got, 32) != 0) {
			why_set(&why, "%s has other bytes", url);
			rc = RC_PAYLOAD_DIGEST;
		}
	}
	if (rc != RC_OK)
		fault(a, "payload", rc, "entry %llu, component '%.*s': %s",
		    (unsigned long long)index, SLICE(l->field[0]), why.text);
	http_answer_release(&answer);
}

static void
source_get(struct audit *a, uint64_t index, const struct line *l)
{
	struct why why = {""};
	enum rc rc = source_has(l->field[0], l->field[1], l->field[2],
	    SOURCE_MS, &why);

	if (rc != RC_OK)
		fault(a, "source", rc, "entry %llu: %s",
		    (unsigned long long)index, why.text);
}

static enum rc
release_get(void *context, uint64_t index, const uint8_t *entry, size_t n)
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

/* ---- one look --------------------------------------------------------- */

enum exit_code
audit_look(struct audit *a, struct why *why)
{
	enum rc rc;

	why->text[0] = '\0';
	a->fault_n = a->broken_n = 0;
	a->time = 0;
	rc = look(a, why);
	if (rc != RC_OK) {
		if (why->text[0] == '\0')
			why_set(why, "%s: %s", a->url, rc_text(rc));
		return EXIT_ENVIRONMENT;
	}
	if (a->fault_n > 0) { /* this head is not one to build on */
		tlog_reader_free(a->reader);
		a->reader = NULL;
	}
	rc = audit_store_broken(a->store, broken_keep, a);
	if (rc == RC_OK && a->reader != NULL) {
		freshness(a);
		witnesses_ask(a);
		against_compare(a);
		if (a->payloads != NULL || a->sources)
			rc = audit_entries(a, 0, a->head.size, release_get, a,
			    why);
	}
	if (rc != RC_OK)
		return EXIT_ENVIRONMENT;
	return outcome(a);
}

static enum rc
broken_print(void *context, const struct audit_broken *b)
{
	(void)context;
	printf("broken %llu %s %s\n", (unsigned long long)b->index, b->rule,
	    b->rc);
	return RC_OK;
}

static enum rc
stranger_print(void *context, const char *authority, uint64_t count)
{
	(void)context;
	printf("stranger %s %llu\n", authority, (unsigned long long)count);
	return RC_OK;
}

void
audit_print(struct audit *a, enum exit_code code)
{
	char root[64];
	struct text t;
	unsigned i;

	if (a->bytes != NULL && code != EXIT_ENVIRONMENT) {
		text_init(&t, root, sizeof root);
		text_base64(&t, a->head.root, 32);
		printf("log %.*s %llu %s\n", SLICE(a->head.origin),
		    (unsigned long long)a->head.size, root);
	}
	if (a->time > 0)
		printf("time %llu\n", (unsigned long long)a->time);
	if (audit_store_strangers(a->store, stranger_print, NULL) != RC_OK ||
	    audit_store_broken(a->store, broken_print, NULL) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s: the database refused", a->dir);
	for (i = 0; i < a->fault_n; i++) {
		printf("fault %s %s\n", a->fault[i].what,
		    rc_name(a->fault[i].rc));
		say(SAY_ERROR, "%s: %s: %s", a->fault[i].what,
		    rc_name(a->fault[i].rc), a->fault[i].why.text);
	}
	printf("verdict %s\n", code == EXIT_OK ? "ok"
		: code == EXIT_INCONSISTENT    ? "inconsistent"
		: code == EXIT_REFUSED	       ? "refused"
					       : "unknown");
	fflush(stdout);
	if (code == EXIT_INCONSISTENT)
		say(SAY_ERROR, "the evidence is in %s/evidence", a->dir);
}

void
audit_begin(struct audit *a)
{
	struct why why = {""};
	struct slice name;
	unsigned i;

	if (dir_make(a->dir, 0755, &why) != RC_OK ||
	    file_lock(&a->lock, a->dir, &why) != RC_OK ||
	    audit_store_open(&a->store, a->dir, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	if (http_client_new(&a->client, NULL) != RC_OK)
		die(EXIT_ENVIRONMENT, "no memory");
	for (i = 0; i < a->trust_n; i++) {
		name = trust_name(&a->trust[i].t);
		if (audit_store_pin(a->store, name, a->trust[i].t.id, &why) !=
		    RC_OK)
			die(EXIT_USAGE, "%s: %s", a->dir, why.text);
	}
}

void
audit_end(struct audit *a)
{
	tlog_reader_free(a->reader);
	free(a->bytes);
	audit_store_close(a->store);
	http_client_free(a->client);
	file_unlock(a->lock);
}

/* Takes what the options say; prints the ids that everything hangs on. */
void
audit_take(struct audit *a, struct audit_words *w, const char *url)
{
	char id[65];
	uint8_t hash[32];
	struct sha256 h;
	struct text t;
	size_t i;
	enum rc rc;

	memset(a, 0, sizeof *a);
	a->url = url;
	a->witnesses = &w->witnesses;
	a->against = &w->against;
	a->max_age_s = w->max_age_ms / 1000;
	a->timeout_ms = w->timeout_ms;
	a->progress = isatty(2);
	if (w->trusts.count == 0 || w->trusts.count > AUDIT_TRUSTS_MAX)
		die(EXIT_USAGE, "wants 1 to %d '--trust'", AUDIT_TRUSTS_MAX);
	for (i = 0; i < w->trusts.count; i++) {
		struct trust_file *f = &a->trust[a->trust_n++];

		rc = trust_file_load(f, w->trusts.at[i]);
		if (rc == RC_OK && f->t.revision != 1)
			rc = RC_REVISION;
		if (rc != RC_OK)
			exit(refuse(w->trusts.at[i], rc,
			    "the first trust text of an authority is wanted, "
			    "signed"));
		text_init(&t, id, sizeof id);
		text_hex(&t, f->t.id, 32);
		printf("trust %.*s %s\n", SLICE(trust_name(&f->t)), id);
	}
	fflush(stdout);
	if (w->state != NULL) {
		snprintf(a->dir, sizeof a->dir, "%s", w->state);
		return;
	}
	sha256_init(&h);
	sha256_update(&h, (const uint8_t *)url, strlen(url));
	sha256_final(&h, hash);
	text_init(&t, id, sizeof id);
	text_hex(&t, hash, 8);
	snprintf(a->dir, sizeof a->dir, "quorate-audit-%s", id);
}

int
run_audit(int argc, char **argv)
{
	static struct audit a;
	static struct audit_words w = {
	    .max_age_ms = 86400000, .timeout_ms = 30000};
	const char *payloads = NULL;
	bool sources = false;
	const struct args_option options[] = {
	    {.name = "trust", .value = "NOTE", .list = &w.trusts,
		.help = "the first trust text of an authority; repeated for "
			"more"},
	    {.name = "state", .value = "DIR", .string = &w.state,
		.help = "what is known of the log, kept for the next time "
			"(default: quorate-audit-... here)"},
	    {.name = "witness", .value = "URL", .list = &w.witnesses,
		.help = "ask what a witness or mirror has seen; repeated"},
	    {.name = "against", .value = "FILE", .list = &w.against,
		.help = "a release file or checkpoint seen elsewhere; "
			"repeated"},
	    {.name = "payloads", .value = "URL", .string = &payloads,
		.help = "get every payload, as URL/<sha256>, and check it"},
	    {.name = "sources", .flag = &sources,
		.help = "ask every source repository for its commit"},
	    {.name = "max-age", .value = "24h", .duration_ms = &w.max_age_ms,
		.help = "how old the head's cosignatures may be"},
	    {.name = "timeout", .value = "30s", .duration_ms = &w.timeout_ms,
		.help = "for each request"},
	    {0}};
	const struct args_command command = {.program = "quorate audit",
	    .positionals = "URL|DIR", .positional_min = 1,
	    .positional_max = 1, .options = options,
	    .help = "Reads all of a log, or what is new since the last time, "
		    "and verifies it again:\nhashes, consistency, every "
		    "signature and quorum, sequences, cosignatures. Keeps a\n"
		    "copy and the evidence of whatever is wrong. Exit code 6: "
		    "the log is inconsistent\nor holds what admission "
		    "forbids."};
	struct args_list urls;
	struct why why = {""};
	enum exit_code code;

	args_parse(&urls, &command, argc, argv);
	audit_take(&a, &w, urls.at[0]);
	a.payloads = payloads;
	a.sources = sources;
	audit_begin(&a);
	code = audit_look(&a, &why);
	if (code == EXIT_ENVIRONMENT)
		say(SAY_ERROR, "%s", why.text);
	audit_print(&a, code);
	audit_end(&a);
	return code;
}
