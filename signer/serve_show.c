/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people are shown: what waits, one of it, what would be decided and
 * what was, how the daemon stands.
 */
#include "signer/serve_inner.h"
#include <stdlib.h>
#include <string.h>
#include "host/file.h"
#include "host/rc_text.h"
#include <stdlib.h>
#include <string.h>

enum rc
signerd_id(struct signerd *d, uint8_t id[static 32], const char *hex)
{
	size_t n = strlen(hex);
	unsigned hits = 0;
	char full[65];

	if (n == 64) {
		if (!hex_decode(id, 32, hex, n))
			return RC_FIELD;
		fetch_unknown(d, id);
		return RC_OK;
	}
	if (n < 6 || n > 64)
		return RC_FIELD;
	signerd_enter(d);
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++) {
		const struct seat_message *m = &d->seat->message[i];

		hex_of(full, m->id);
		if (m->text_n != 0 && strncmp(full, hex, n) == 0) {
			memcpy(id, m->id, 32);
			hits++;
		}
	}
	for (unsigned i = 0; i < VAULT_BIRTHS_MAX; i++) {
		const struct cradle *c = &d->cradle[i];

		if (c->part == NULL)
			continue;
		hex_of(full, c->b->bundle.ceremony.id);
		if (strncmp(full, hex, n) == 0) {
			memcpy(id, c->b->bundle.ceremony.id, 32);
			hits++;
		}
	}
	for (unsigned i = 0; i < REHEARSALS_MAX; i++) {
		const struct rehearsing *x = &d->rehearsing[i];

		if (x->part == NULL)
			continue;
		hex_of(full, x->r->b.bundle.ceremony.id);
		if (strncmp(full, hex, n) == 0) {
			memcpy(id, x->r->b.bundle.ceremony.id, 32);
			hits++;
		}
	}
	signerd_leave(d);
	return hits == 1 ? RC_OK
	    : hits == 0	 ? RC_SEAT_UNKNOWN
			 : RC_SEAT_AMBIGUOUS;
}

void
signerd_pending(struct signerd *d, struct text *out)
{
	char id[65];

	signerd_enter(d);
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++) {
		const struct seat_message *m = &d->seat->message[i];

		if (m->text_n == 0 || m->state != SEAT_ASKED)
			continue;
		hex_of(id, m->id);
		text_printf(out, "%s %s %.*s %u %llu\n", id,
		    d->seat->authority[m->authority].name,
		    (int)m->release.product.n,
		    (const char *)m->release.product.p,
		    (unsigned)m->release.sequence,
		    (unsigned long long)m->release.proposed);
	}
	for (unsigned i = 0; i < VAULT_BIRTHS_MAX; i++) {
		const struct cradle *c = &d->cradle[i];

		if (c->part == NULL || c->b->state != BIRTH_OFFERED)
			continue;
		hex_of(id, c->b->bundle.ceremony.id);
		text_printf(out, "%s %s ceremony - %llu\n", id,
		    c->part->settings->name,
		    (unsigned long long)c->b->bundle.ceremony.proposed);
	}
	for (unsigned i = 0; i < REHEARSALS_MAX; i++) {
		const struct rehearsing *x = &d->rehearsing[i];

		if (x->part == NULL || x->r->b.state != BIRTH_OFFERED)
			continue;
		hex_of(id, x->r->b.bundle.ceremony.id);
		text_printf(out, "%s %s rehearsal - %llu\n", id,
		    x->part->settings->name,
		    (unsigned long long)x->r->b.bundle.ceremony.proposed);
	}
	signerd_leave(d);
}

const char *const seat_states[SEAT_STATES] = {
    "new", "asked", "approved", "refused", "closed"};
static const char *const birth_states[] = {
    "new", "offered", "joined", "dealt", "confirmed", "done", "failed"};

/* Who asks, as the operator calls them. */
static const char *
proposer_name(const struct signerd *d, int index)
{
	return index >= 0 && (unsigned)index < d->settings->proposer_n
	    ? d->settings->proposer[index].name
	    : "-";
}

size_t
signerd_last(void *context, uint8_t *text, const char *authority,
    uint32_t epoch, const char *product)
{
	struct signerd *d = context;
	size_t n = 0;

	signerd_enter(d);
	if (store_release_newest(d->record, text, NOTE_BYTES_MAX, &n,
		slice_of(authority), epoch, slice_of(product)) != RC_OK)
		n = 0;
	signerd_leave(d);
	return n;
}

/* ---- what was found out, in words ------------------------------------------ */

/* Against the text's own payload line of that name. */
static void
output_say(struct text *t, const struct source_output *o,
    const struct source_fetched *line, unsigned n)
{
	const char *words = "that the text does not name";

	for (unsigned i = 0; i < n; i++)
		if (line[i].what == FETCHED_PAYLOAD &&
		    strcmp(line[i].name, o->component) == 0)
			words = line[i].size == o->size &&
				memcmp(line[i].sha256, o->sha256, 32) == 0
			    ? "as the text says"
			    : "OTHERS THAN THE TEXT SAYS";
	text_printf(t, "rebuild %s: %llu bytes, %s\n", o->component,
	    (unsigned long long)o->size, words);
}

static void
found_say(struct text *t, const struct source_line *line,
    const struct source_found *f, const struct source_fetched *payload,
    unsigned payload_n)
{
	static const char *const marks[] = {"not signed", "a bad signature",
	    "signed by a stranger", "signed by "};

	text_printf(t, "source %.*s: tag %s%s, commit %s%s", (int)line->ref.n,
	    (const char *)line->ref.p, marks[f->tag], f->tag_by,
	    marks[f->commit], f->commit_by);
	if (f->tree_known)
		text_printf(t, ", tree %s, %llu files, %llu bytes",
		    memcmp(f->tree, line->tree, 32) == 0
			? "as the text says"
			: "ANOTHER THAN THE TEXT SAYS",
		    (unsigned long long)f->files, (unsigned long long)f->bytes);
	else
		text_printf(t, ", tree not known: %s", f->fault);
	text_string(t, "\n");
	if (f->build == SOURCE_BUILD_FAILED)
		text_printf(t, "rebuild failed: %s\n", f->build_fault);
	for (unsigned i = 0; i < f->output_count; i++)
		output_say(t, &f->output[i], payload, payload_n);
	if (!f->since_known)
		return;
	text_printf(t, "changes %llu files, %llu lines added, %llu removed, "
		       "%llu commits since the last logged release\n",
	    (unsigned long long)f->changed, (unsigned long long)f->added,
	    (unsigned long long)f->removed,
	    (unsigned long long)(f->log_n + f->log_more));
	for (unsigned i = 0; i < f->log_n; i++)
		text_printf(
		    t, "log %s %s\n", f->log[i].commit, f->log[i].subject);
	if (f->log_more > 0)
		text_printf(t, "log and %llu more\n",
		    (unsigned long long)f->log_more);
}

enum { NOTES_LINES_MAX = 40, NOTES_LINE_MAX = 120 };

/* The notes' own words: anybody's bytes, so marked as such and kept to lines
 * of printable ASCII. */
static void
notes_say(struct text *t, const struct signerd *d,
    const struct source_fetched *f)
{
	char path[SETTINGS_PATH_MAX + 80];
	uint8_t *bytes;
	struct text p;
	size_t n, at = 0;

	text_init(&p, path, sizeof path);
	text_printf(&p, "%s/payloads/", d->settings->state);
	text_hex(&p, f->sha256, 32);
	if (p.full ||
	    file_read(&bytes, &n, path, FETCHED_SMALL_MAX, NULL) != RC_OK)
		return;
	for (unsigned i = 0; at < n && i < NOTES_LINES_MAX; i++) {
		text_string(t, "notes | ");
		for (unsigned k = 0; at < n && bytes[at] != '\n'; at++, k++)
			if (k < NOTES_LINE_MAX)
				text_printf(t, "%c",
				    bytes[at] < 0x20 || bytes[at] > 0x7e
					? '?'
					: bytes[at]);
		text_string(t, "\n");
		at++;
	}
	if (at < n)
		text_string(t, "notes | (and more)\n");
	free(bytes);
}

static void
findings_say(struct text *t, const struct signerd *d,
    const struct seat_message *m)
{
	struct source_line line[SOURCES_MAX];
	struct source_fetched payload[FETCHED_MAX];
	struct source_findings *f = malloc(sizeof *f);
	unsigned n = source_lines(line, m->text, m->text_n);
	unsigned k = fetch_lines(payload, m->text, m->text_n);

	if (f != NULL && looker_found(d->looker, f, m->id)) {
		for (unsigned i = 0; i < f->count && i < n; i++)
			found_say(t, &line[i], &f->at[i], payload, k);
		for (unsigned i = 0; i < f->fetched_n; i++) {
			text_string(t, "fetched ");
			fetched_words(t, &f->fetched[i]);
			text_printf(t, ": %llu bytes, kept\n",
			    (unsigned long long)f->fetched[i].size);
			if (f->fetched[i].what == FETCHED_NOTES)
				notes_say(t, d, &f->fetched[i]);
		}
	}
	free(f);
}

/* ---- what others have said ------------------------------------------------- */

static void
names_say(struct text *t, const char *what, const struct slice *names,
    const struct slice *codes, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		text_string(t, i == 0 ? what : ", ");
		text_printf(
		    t, "%.*s", (int)names[i].n, (const char *)names[i].p);
		if (codes != NULL)
			text_printf(t, " (%.*s)", (int)codes[i].n,
			    (const char *)codes[i].p);
	}
}

/*
 * The coordinator's word, which nothing rests on: it says so. Without the
 * lock; the network is waited for.
 */
static void
others_say(struct text *t, struct signerd *d, struct part *p,
    const uint8_t id[static 32])
{
	struct message_status *s = malloc(sizeof *s);
	char path[96], header[4096];
	struct bundle_item item;
	struct bundle b;
	struct text x;
	uint8_t *bytes = NULL;
	size_t n;
	enum rc rc;

	text_init(&x, path, sizeof path);
	text_string(&x, "/v1/proposals/");
	text_hex(&x, id, 32);
	text_init(&x, header, sizeof header);
	signerd_read_header(d, &x, path);
	rc = s == NULL || x.full
	    ? RC_MEMORY
	    : courier_ask_status(p->courier, path, header, &bytes, &n);
	if (rc == RC_OK)
		rc = bundle_init(&b, bytes, n);
	if (rc == RC_OK)
		rc = bundle_next(&b, &item);
	if (rc == RC_OK)
		rc = status_parse(s, item.text.p, item.text.n);
	if (rc == RC_OK && memcmp(s->release, id, 32) != 0)
		rc = RC_FIELD;
	if (rc != RC_OK) {
		text_printf(t, "others not known: %s\n", rc_text(rc));
	} else {
		text_printf(t, "others (so the coordinator says) %.*s",
		    (int)s->state.n, (const char *)s->state.p);
		names_say(
		    t, "; approved by ", s->approved, NULL, s->approved_n);
		names_say(t, "; refused by ", s->refused, s->refused_code,
		    s->refused_n);
		names_say(t, "; found out: ", s->blamed, s->blamed_code,
		    s->blamed_n);
		names_say(t, "; awaited: ", s->awaited, NULL, s->awaited_n);
		text_string(t, "\n");
		for (unsigned i = 0; i < s->said_n; i++)
			text_printf(t, "said | %.*s: %.*s\n",
			    (int)s->said[i].n, (const char *)s->said[i].p,
			    (int)s->said_words[i].n,
			    (const char *)s->said_words[i].p);
	}
	free(bytes);
	free(s);
}

enum { LINES_ROOM = 131072, OTHERS_ROOM = 49152 };

static enum rc
show_release(struct signerd *d, struct text *out, const struct seat_message *m,
    const struct text *others)
{
	char id[65], *lines = malloc(LINES_ROOM);
	uint8_t *last = malloc(NOTE_BYTES_MAX);
	struct text t;
	size_t n = 0;
	enum rc rc = RC_MEMORY;

	if (last == NULL || lines == NULL)
		goto out;
	hex_of(id, m->id);
	text_init(&t, lines, LINES_ROOM);
	text_printf(&t, "id %s\nstate %s\nproposer %s\nsays %s\n", id,
	    seat_states[m->state], proposer_name(d, m->proposer),
	    m->verdict.sentence[0] != '\0' ? m->verdict.sentence : "-");
	findings_say(&t, d, m);
	if (!others->full)
		text_put(&t, others->p, others->n);
	rc = store_release_newest(d->record, last, NOTE_BYTES_MAX, &n,
	    m->release.authority, m->release.epoch, m->release.product);
	if (rc == RC_OK) {
		bundle_put(out, t.p, t.n);
		bundle_put(out, m->text, m->text_n);
		if (n > 0)
			bundle_put(out, last, n);
	}
out:
	free(last);
	free(lines);
	return rc;
}

static enum rc
show_ceremony(struct text *out, const struct part *p, const struct birth *b)
{
	const struct ceremony *k = &b->bundle.ceremony;
	char id[65], lines[1024];
	struct text t;

	hex_of(id, k->id);
	text_init(&t, lines, sizeof lines);
	text_printf(&t,
	    "id %s\nstate %s\nauthority %s\ncode %s\naccepted %u\ndealt %u\n"
	    "confirmed %u\nsays %s\n",
	    id, birth_states[b->state], p->settings->name, b->bundle.code,
	    tree_set_count(&b->accepted), tree_set_count(&b->dealt),
	    tree_set_count(&b->confirmed), b->why[0] != '\0' ? b->why : "-");
	bundle_put(out, t.p, t.n);
	bundle_put(out, k->text, k->text_n);
	bundle_put(out, b->bundle.template.p, b->bundle.template.n);
	return RC_OK;
}

enum rc
signerd_show(struct signerd *d, struct text *out, const uint8_t id[static 32])
{
	const struct seat_message *m;
	const struct rehearsing *x;
	const struct cradle *c;
	struct part *p = NULL;
	struct text others;
	char *room = malloc(OTHERS_ROOM);
	enum rc rc = RC_SEAT_UNKNOWN;

	if (room == NULL)
		return RC_MEMORY;
	text_init(&others, room, OTHERS_ROOM);
	signerd_enter(d);
	m = seat_find(d->seat, id);
	if (m != NULL && m->authority < d->part_n)
		p = &d->part[m->authority];
	signerd_leave(d);
	if (p != NULL && p->courier != NULL)
		others_say(&others, d, p, id);
	signerd_enter(d);
	m = seat_find(d->seat, id);
	c = cradle_find(d, id);
	x = rehearsal_find(d, id);
	if (m != NULL &&
	    (m->kind == MESSAGE_RELEASE || m->kind == MESSAGE_WITHDRAW))
		rc = show_release(d, out, m, &others);
	else if (c != NULL)
		rc = show_ceremony(out, c->part, c->b);
	else if (x != NULL)
		rc = show_ceremony(out, x->part, &x->r->b);
	signerd_leave(d);
	free(room);
	return rc;
}

static void
explain_rule(void *context, enum judge_code code, bool passes,
    const char *sentence)
{
	text_printf(context, "%s %s%s%s\n", passes ? "ok" : "no",
	    judge_code_name(code), sentence[0] != '\0' ? ": " : "", sentence);
}

enum rc
signerd_explain(struct signerd *d, struct text *out, const uint8_t *note,
    size_t n)
{
	static const char *const answers[] = {[JUDGE_APPROVE] = "approve",
	    [JUDGE_REFUSE] = "refuse",
	    [JUDGE_ASK] = "ask a person",
	    [JUDGE_LOOK] = "look at its sources and payloads",
	    [JUDGE_LATER] = "approve later"};
	struct source_findings found;
	struct seat_now now;
	struct verdict v;
	struct note split;
	uint8_t id[32];
	enum rc rc = note_split(&split, note, n);

	if (rc != RC_OK)
		return rc;
	note_id(id, &split);
	for (unsigned i = 0; i < d->part_n; i++)
		(void)!part_look(&d->part[i]);
	signerd_enter(d);
	now_fill(&now);
	if (looker_found(d->looker, &found, id))
		now.sources = &found;
	rc = seat_explain(d->seat, &now, note, n, &v, explain_rule, out);
	if (rc == RC_OK)
		text_printf(out, "would %s: %s\n", answers[v.answer],
		    v.sentence);
	signerd_leave(d);
	return rc;
}

static void
status_part(struct text *out, struct part *p)
{
	static const char *const roles[] = {"nobody", "signer", "sharer"};
	const struct seat_authority *a = p->seat;
	char courier[WHY_BYTES_MAX], id[65];
	char sentence[256] = "";
	uint64_t alarms = 0, restored = 0;

	text_printf(out, "authority %s\n", p->settings->name);
	text_printf(out, "role %s\n", roles[a->role]);
	if (a->known) {
		hex_of(id, a->trust.id);
		text_printf(out, "trust %u %u %s\n", (unsigned)a->trust.epoch,
		    (unsigned)a->trust.revision, id);
	}
	if (a->role == SEAT_SHARER) {
		hex_of(id, a->roster.id);
		text_printf(out, "roster %u %s %s\n",
		    (unsigned)a->roster.serial, id,
		    a->roster_logged ? "in-force" : "not-logged");
	}
	text_printf(out, "log %s\n",
	    a->caught_up		? "read"
		: a->why_locked[0] != '\0' ? a->why_locked
					   : "-");
	(void)!store_log_alarms(p->d->record, &alarms, sentence,
	    sizeof sentence, p->settings->name);
	text_printf(out, "alarms %llu%s%s\n", (unsigned long long)alarms,
	    alarms > 0 ? " " : "", sentence);
	(void)!store_restored_since(p->d->record, &restored,
	    p->settings->name);
	if (restored > 0)
		text_printf(out, "restored %llu\n",
		    (unsigned long long)restored);
	if (p->courier != NULL) {
		courier_status(p->courier, courier);
		text_printf(out, "coordinator %s\n", courier);
	}
}

void
signerd_status(struct signerd *d, struct text *out)
{
	unsigned open[SEAT_STATES] = {0};

	signerd_enter(d);
	text_printf(out, "key %s\n", d->seat->key_name);
	text_printf(out, "frozen %s\n", d->seat->frozen ? "yes" : "no");
	if (d->seat->broken)
		text_string(out, "broken the record cannot be written: "
				 "start again when it can\n");
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++)
		if (d->seat->message[i].text_n != 0)
			open[d->seat->message[i].state]++;
	text_printf(out, "asked %u\napproved %u\n", open[SEAT_ASKED],
	    open[SEAT_APPROVED]);
	looker_status(d->looker, out);
	for (unsigned i = 0; i < d->part_n; i++)
		status_part(out, &d->part[i]);
	signerd_leave(d);
}

static void
history_row(void *context, const struct record_decision *d)
{
	static const char *const verbs[] = {
	    "nothing", "ask", "approve", "refuse"};
	struct text *out = context;
	char id[65];

	hex_of(id, d->message);
	text_printf(out, "%llu %s %s %s %s: %s\n", (unsigned long long)d->at,
	    verbs[d->verb], id, judge_code_name(d->code), d->by, d->sentence);
}

enum rc
signerd_history(struct signerd *d, struct text *out, unsigned count)
{
	enum rc rc;

	signerd_enter(d);
	rc = store_record_history(d->record, count, history_row, out);
	signerd_leave(d);
	return rc;
}

void
signerd_payloads(struct signerd *d, struct text *out)
{
	looker_payloads(d->looker, out);
}
