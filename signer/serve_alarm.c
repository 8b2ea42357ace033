/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes a party stop: alarms about its log, and a record that came from
 * a backup. Both stand until a person has said something about them, which
 * goes into the record. And dissent: an objection, which needs nobody's
 * leave, not even an unlocked seat.
 */
#include "signer/serve_inner.h"
#include <string.h>
#include "host/file.h"
#include "host/say.h"
#include "verify/roster.h"

enum { ROW_SENTENCE_MAX = 256 };

static void
alarm_tell(struct part *p, const char *sentence)
{
	crypto_hash_sha256(
	    p->alarm, (const uint8_t *)sentence, strlen(sentence));
	matter_notify(p, "alarm", p->alarm,
	    (struct slice){(const uint8_t *)"-", 1}, 0);
}

bool
part_alarmed(struct part *p)
{
	char sentence[ROW_SENTENCE_MAX], why[ROW_SENTENCE_MAX + 64];
	struct text t;
	uint64_t count, was;

	if (store_log_alarms(p->d->record, &count, sentence, sizeof sentence,
		p->settings->name) != RC_OK) {
		seat_lock(p->seat, "the record cannot be read");
		return true;
	}
	was = p->alarms;
	p->alarms = count;
	if (count > was)
		alarm_tell(p, sentence);
	if (count == 0)
		return false;
	text_init(&t, why, sizeof why);
	text_printf(&t, "ALARM: %s", sentence);
	seat_lock(p->seat, why);
	return true;
}

enum rc
signerd_calm(struct signerd *d, struct text *out, const char *what,
    const char *by)
{
	enum rc rc = RC_OK;

	for (unsigned i = 0; rc == RC_OK && i < d->part_n; i++) {
		struct part *p = &d->part[i];
		uint64_t count = 0;

		signerd_enter(d);
		if (strcmp(what, "alarms") == 0)
			rc = store_log_calm(
			    d->record, &count, p->settings->name, by);
		else if (strcmp(what, "restored") == 0)
			rc = store_restored_lift(
			    d->record, p->settings->name, by);
		else
			rc = RC_FIELD;
		signerd_leave(d);
		if (rc != RC_OK)
			break;
		if (count > 0)
			text_printf(out, "%s %llu alarms\n",
			    p->settings->name, (unsigned long long)count);
		say(SAY_WARNING, "%s: %s: a person has looked (%s)",
		    p->settings->name, what, by);
		(void)!part_look(p);
		if (p->courier != NULL)
			courier_fetch(p->courier);
	}
	return rc;
}

/* ---- a backup that was put back --------------------------------------------- */

enum rc
signerd_restored(struct signerd *d, struct why *why)
{
	char path[SETTINGS_PATH_MAX + 16], record[SETTINGS_PATH_MAX + 16];
	const char *says = "said by the file 'restored'";
	bool said, copied;
	struct text t;
	enum rc rc;

	text_init(&t, path, sizeof path);
	text_printf(&t, "%s/restored", d->settings->state);
	text_init(&t, record, sizeof record);
	text_printf(&t, "%s/record.db", d->settings->state);
	said = file_exists(path);
	rc = store_record_copied(d->record, &copied, record);
	if (copied && !said)
		says = "the record's file is a copy";
	for (unsigned i = 0;
	     rc == RC_OK && (said || copied) && i < d->part_n; i++) {
		rc = store_restored(
		    d->record, d->part[i].settings->name, says, NULL);
		say(SAY_WARNING, "%s: restored: %s",
		    d->part[i].settings->name, says);
	}
	if (rc == RC_OK && said)
		rc = file_remove(path, why);
	return rc == RC_OK ? store_record_settled(d->record, record) : rc;
}

/* ---- dissent -------------------------------------------------------------------- */

static struct part *
objector(struct signerd *d, const uint8_t id[static 32])
{
	const struct seat_message *m = seat_find(d->seat, id);

	if (m != NULL && m->authority < d->part_n)
		return &d->part[m->authority];
	for (unsigned i = 0; i < d->part_n; i++)
		if (d->part[i].seat->role != SEAT_NOBODY)
			return &d->part[i];
	return NULL;
}

static enum rc
object(struct signerd *d, struct text *note, const struct part *p,
    const uint8_t id[static 32], const char *reason)
{
	const struct record *record = &d->seat->record;
	struct objection check;
	uint64_t now = clock_unix();
	enum rc rc;

	text_printf(note, "quorate/objection@v1\nauthority %s %u\nabout\n"
			  "proposed %llu\nrelease ",
	    p->settings->name, (unsigned)p->seat->trust.epoch,
	    (unsigned long long)now);
	text_hex(note, id, 32);
	text_printf(note, "\nreason %s\n", reason);
	rc = objection_parse(&check, (const uint8_t *)note->p, note->n);
	if (rc != RC_OK)
		return rc;
	message_sign(note, &d->seat->key, vault_secrets(d->vault)->seat.seed);
	if (record->begin(record->context, now) != RC_OK)
		return RC_DATABASE;
	rc = record->note(
	    record->context, RECORD_OBJECTION, id, note->p, note->n);
	return record->end(record->context, rc == RC_OK) == RC_OK ? rc
								 : RC_DATABASE;
}

enum rc
signerd_object(struct signerd *d, struct text *out,
    const uint8_t id[static 32], const char *reason)
{
	char room[2048];
	struct text note;
	struct part *p;
	enum rc rc = RC_SEAT_UNKNOWN;

	text_init(&note, room, sizeof room);
	signerd_enter(d);
	p = objector(d, id);
	if (p != NULL && p->seat->known && p->seat->role != SEAT_NOBODY)
		rc = object(d, &note, p, id, reason);
	signerd_leave(d);
	if (rc == RC_OK)
		text_put(out, note.p, note.n);
	return rc;
}
