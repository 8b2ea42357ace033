/* SPDX-License-Identifier: Apache-2.0 */
#include "log/store_catch_up.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/file.h"
#include "host/rc_text.h"
#include "log/audit.h"
#include "log/client.h"
#include "log/store_head.h"

enum { CATCH_UP_MS = 30000 };

struct catch_up {
	struct store *s;
	struct admission_state state;
	struct admission a;
	struct store_entry entry;
	struct why *why;
};

static enum rc
folder_get(void *context, const char *path, size_t max, uint8_t **bytes,
    size_t *n, struct why *why)
{
	char full[FILE_PATH_MAX + 1];

	snprintf(full, sizeof full, "%s/%s", (const char *)context, path);
	return file_read(bytes, n, full, max, why);
}

/* What the store wants to know of an entry is found by the rules that only
 * read it, and by the one that tells whose objection it is. */
static enum rc
entry_append(void *context, uint64_t index, const uint8_t *entry, size_t n)
{
	static const char *const reading[] = {"note", "kind", "grammar",
	    "authority", "objector"};
	struct catch_up *c = context;
	struct admission *a = &c->a;
	uint64_t got, trust;
	unsigned i, j;
	enum rc rc = admission_begin(a, entry, n);

	a->state = &c->state;
	a->kind = ADMISSION_RELEASE | ADMISSION_OBJECTION; /* any, until known */
	for (i = 0; rc == RC_OK && i < admission_rule_n; i++)
		for (j = 0; j < sizeof reading / sizeof reading[0]; j++)
			if (rc == RC_OK &&
			    (a->kind & admission_rules[i].kinds) &&
			    strcmp(admission_rules[i].name, reading[j]) == 0)
				rc = admission_rules[i].check(a);
	a->state = NULL;
	if (rc == RC_OK)
		rc = store_append(c->s, a, &got, &trust);
	if (rc != RC_OK)
		why_set(c->why, "entry %llu: %s", (unsigned long long)index,
		    rc_why(rc, &a->why));
	return rc;
}

/* The whole table, for an entry that nobody has admitted here. */
static enum rc
entry_adopt(void *context, uint64_t index, const uint8_t *entry, size_t n)
{
	struct catch_up *c = context;
	struct admission *a = &c->a;
	uint64_t got, trust;
	enum rc rc = admission_begin(a, entry, n);

	store_state(&c->state, c->s);
	c->state.log = NULL; /* what it came with is not in the tree */
	if (rc == RC_OK)
		rc = admission_check(a, &c->state, clock_unix());
	if (rc == RC_OK)
		rc = store_append(c->s, a, &got, &trust);
	if (rc != RC_OK)
		why_set(c->why, "entry %llu: %s", (unsigned long long)index,
		    rc_why(rc, &a->why));
	return rc;
}

static enum rc
entries_take(const struct log_setup *setup, struct tlog_reader *r,
    const struct store_head *to, uint64_t *from, struct why *why)
{
	struct catch_up *c = calloc(1, sizeof *c);
	struct store_head have;
	uint8_t root[32];
	uint64_t size;
	enum rc rc = RC_MEMORY;

	if (c == NULL)
		return rc;
	c->why = why;
	rc = store_open(&c->s, setup, NULL, why);
	if (rc == RC_OK)
		rc = store_head(c->s, &have);
	if (rc != RC_OK)
		goto out;
	*from = have.size;
	store_state(&c->state, c->s);
	if (have.checkpoint_n > 0)
		rc = tlog_reader_extends(r, have.size, have.root, why);
	if (rc != RC_OK || have.size == to->size)
		goto out;
	rc = store_begin(c->s);
	if (rc == RC_OK)
		rc = tlog_reader_entries(r, have.size, to->size, entry_append,
		    c, why);
	if (rc == RC_OK)
		rc = store_root(c->s, &size, root);
	if (rc == RC_OK && memcmp(root, to->root, 32) != 0)
		rc = RC_CONSISTENCY;
	if (rc == RC_OK)
		rc = store_commit(c->s, to);
	if (rc != RC_OK)
		store_rollback(c->s);
out:
	store_close(c->s);
	free(c);
	return rc;
}

/* The old log, by each text in force at the end, has signed this head. */
static enum rc
adopt_trusted(struct store *s, const struct note *note,
    const struct checkpoint *found, struct why *why)
{
	struct store_force force[LOG_AUTHORITIES_MAX];
	const struct trust *now, *before;
	unsigned n, i;
	enum rc rc = store_in_force(s, found->size, force, &n);

	for (i = 0; rc == RC_OK && i < n; i++) {
		rc = store_trust(s, force[i].now, &now);
		if (rc == RC_OK)
			rc = store_trust(s, force[i].before, &before);
		if (rc == RC_OK &&
		    audit_log_line(note, found, now) != RC_OK &&
		    audit_log_line(note, found, before) != RC_OK)
			rc = RC_LOG;
	}
	if (rc == RC_LOG || (rc == RC_OK && n == 0)) {
		why_set(why, "the checkpoint there: %s", rc_text(RC_LOG));
		rc = RC_LOG;
	}
	return rc;
}

/* Files of trust texts as they were made first, where the copy has them:
 * whoever holds the text before may need their proofs when a key or witness
 * of then is gone. */
static enum rc
trust_files_take(struct store *s, const char *dir, uint64_t size,
    struct store_entry *e, struct why *why)
{
	char path[FILE_PATH_MAX + 1];
	const struct trust *before;
	uint64_t index, next;
	struct note note;
	uint8_t *file;
	size_t file_n;
	enum rc rc = RC_OK;

	for (next = 0; rc == RC_OK; next = index + 1) {
		rc = store_trust_next(s, next, size, &index);
		if (rc != RC_OK)
			break;
		snprintf(path, sizeof path, "%s/trust/%llu", dir,
		    (unsigned long long)index);
		rc = file_read(&file, &file_n, path, FILE_BYTES_MAX, why);
		if (rc == RC_FILE_ABSENT) {
			rc = RC_OK; /* it is made anew */
			continue;
		}
		if (rc == RC_OK)
			rc = store_entry(s, index, e);
		if (rc == RC_OK)
			rc = store_trust(s, e->trust, &before);
		if (rc == RC_OK)
			rc = tlog_file_check(file, file_n, before, &note, NULL,
			    NULL);
		if (rc == RC_OK && (note.n != e->note_n ||
				       memcmp(file, e->note, e->note_n) != 0))
			rc = RC_PROOF;
		if (rc == RC_OK)
			rc = store_trust_file_set(s, index, file, file_n);
		else
			why_set(why, "'%s': %s", path, rc_text(rc));
		free(file);
	}
	return rc == RC_MORE ? RC_OK : rc;
}

/* own: the head is this log's already, and stands; NULL: it is another's. */
static enum rc
entries_adopt(const struct log_setup *setup, struct tlog_reader *r,
    const struct note *note, const struct checkpoint *found,
    const struct store_head *own, const char *where, struct why *why)
{
	struct catch_up *c = calloc(1, sizeof *c);
	struct store_head head;
	enum rc rc = RC_MEMORY;

	if (c == NULL)
		return rc;
	c->why = why;
	rc = store_open(&c->s, setup, NULL, why);
	if (rc == RC_OK)
		rc = store_head(c->s, &head);
	if (rc == RC_OK && head.size > 0) {
		why_set(why, "the state has entries already");
		rc = RC_CONFLICT;
	}
	if (rc == RC_OK)
		rc = store_begin(c->s);
	if (rc != RC_OK)
		goto out;
	rc = tlog_reader_entries(r, 0, found->size, entry_adopt, c, why);
	if (rc == RC_OK)
		rc = store_root(c->s, &head.size, head.root);
	if (rc == RC_OK && (head.size != found->size ||
			       memcmp(head.root, found->root, 32) != 0))
		rc = RC_CONSISTENCY;
	if (rc == RC_OK && own == NULL)
		rc = adopt_trusted(c->s, note, found, why);
	if (rc == RC_OK && own != NULL)
		rc = trust_files_take(c->s, where, found->size, &c->entry,
		    why);
	if (rc == RC_OK && own == NULL)
		rc = store_head_sign(&head, setup);
	else if (rc == RC_OK)
		head = *own;
	if (rc == RC_OK)
		rc = store_commit(c->s, &head);
	if (rc != RC_OK)
		store_rollback(c->s);
out:
	store_close(c->s);
	free(c);
	return rc;
}

/* What is made of the copy. */
enum purpose { CATCH_UP, ADOPT, IMPORT };
static enum rc
from_copy(const struct log_setup *setup, const char *where,
    enum purpose purpose, uint64_t *from, uint64_t *to, struct why *why);

enum rc
log_catch_up(const struct log_setup *setup, const char *where, uint64_t *from,
    uint64_t *to, struct why *why)
{
	return from_copy(setup, where, CATCH_UP, from, to, why);
}

enum rc
log_adopt(const struct log_setup *setup, const char *where, uint64_t *from,
    uint64_t *to, struct why *why)
{
	return from_copy(setup, where, ADOPT, from, to, why);
}

enum rc
log_import(const struct log_setup *setup, const char *dir, uint64_t *to,
    struct why *why)
{
	uint64_t from;

	return from_copy(setup, dir, IMPORT, &from, to, why);
}

static enum rc
from_copy(const struct log_setup *setup, const char *where,
    enum purpose purpose, uint64_t *from, uint64_t *to, struct why *why)
{
	struct tlog_http http = {.url = where, .timeout_ms = CATCH_UP_MS};
	struct tlog_fetch fetch = {folder_get, (void *)(uintptr_t)where};
	const struct http_client_options believe = {
	    .ca_file = setup->ca_file[0] ? setup->ca_file : NULL};
	struct tlog_reader *r = NULL;
	struct store_head head;
	struct checkpoint found;
	struct note note;
	uint8_t *bytes = NULL;
	size_t n = 0;
	enum rc rc = RC_OK;

	*from = *to = 0;
	if (purpose != IMPORT && (strncmp(where, "http://", 7) == 0 ||
				     strncmp(where, "https://", 8) == 0)) {
		rc = http_client_new(&http.client, &believe);
		fetch = tlog_fetch_http(&http);
	}
	if (rc == RC_OK)
		rc = fetch.get(fetch.context, "checkpoint",
		    CHECKPOINT_NOTE_MAX, &bytes, &n, why);
	if (rc == RC_OK)
		rc = note_split(&note, bytes, n);
	if (rc == RC_OK)
		rc = checkpoint_parse(&found, bytes, note.text_n, false);
	if (rc == RC_OK && purpose != ADOPT) {
		rc = store_head_take(&head, setup, &note, &found);
		if (rc != RC_OK)
			why_set(why, "the checkpoint there: %s", rc_text(rc));
	}
	if (rc == RC_OK)
		rc = tlog_reader_new(&r, &fetch, &found, why);
	if (rc == RC_OK) {
		*to = found.size;
		rc = purpose == CATCH_UP
		    ? entries_take(setup, r, &head, from, why)
		    : entries_adopt(setup, r, &note, &found,
			  purpose == IMPORT ? &head : NULL, where, why);
	}
	if (rc == RC_FILE_ABSENT && http.client != NULL && bytes == NULL) {
		struct why said = *why;

		why_set(why, "%s (a mirror has a log at URL/HASH, the SHA-256 "
			     "of its origin)", said.text);
	}
	tlog_reader_free(r);
	http_client_free(http.client);
	free(bytes);
	if (rc != RC_OK && why->text[0] == '\0')
		why_set(why, "'%s': %s", where, rc_text(rc));
	return rc;
}
