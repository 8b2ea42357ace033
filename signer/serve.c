/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start and end of the daemon, and its lock: vault and record are opened,
 * every authority takes in trust, share and roster, the logs are read, and
 * only then are couriers and people let in.
 */
#include "signer/serve.h"
#include <stdlib.h>
#include <string.h>
#include "host/file.h"
#include "host/rc_text.h"
#include "host/say.h"
#include "host/secret.h"
#include "signer/serve_inner.h"

enum { LOCK_TRIES = 100, LOCK_TRY_MS = 20 };

struct seat_secrets *
signerd_enter(struct signerd *d)
{
	pthread_mutex_lock(&d->lock);
	vault_show(d->vault);
	secret_edit(d->rehearsal_secrets);
	return &vault_secrets(d->vault)->seat;
}

void
signerd_leave(struct signerd *d)
{
	secret_hide(d->rehearsal_secrets);
	vault_hide(d->vault);
	pthread_mutex_unlock(&d->lock);
}

/* The record alone: no secret is shown. */
static void
lock_for_evidence(void *context, bool on)
{
	struct part *p = context;

	if (on)
		pthread_mutex_lock(&p->d->lock);
	else
		pthread_mutex_unlock(&p->d->lock);
}

static enum rc
log_get(void *context, const char *origin, const char *path, size_t max,
    uint8_t **bytes, size_t *n, struct why *why)
{
	struct part *p = context;

	return courier_get(p->courier, origin, path, max, bytes, n, why);
}

/* The trust text: of the operator's file, which is a note, a file or a bare
 * text, or of our own birth. Malloc'd. */
static enum rc
trust_load(uint8_t **text, size_t *n, const char *path, struct why *why)
{
	struct note note;
	size_t rest;
	enum rc rc = file_read(text, n, path, 2 * NOTE_BYTES_MAX, why);

	if (rc == RC_OK && note_split_file(&note, &rest, *text, *n) == RC_OK)
		*n = note.text_n;
	return rc;
}

static bool
roster_has_us(const struct signerd *d, const uint8_t *text, size_t n)
{
	const struct vkey *us = &d->seat->key;
	struct roster r;
	struct vkey k;

	if (roster_parse(&r, text, n) != RC_OK)
		return false;
	for (unsigned i = 0; i < r.party_n; i++) {
		roster_party_key(&k, &r, i);
		if (memcmp(k.key, us->key, 32) == 0 &&
		    slice_equal(k.name, us->name))
			return true;
	}
	return false;
}

/* A reshare or a new key that waits for the log, found at the start. */
static enum rc
next_load(void *context, const uint8_t ceremony[static 32],
    const uint8_t *roster, size_t n)
{
	struct part *p = context;
	struct signerd *d = p->d;
	/* read where secrets live: the cradles are still empty */
	struct frost_key_share *share =
	    &vault_secrets(d->vault)->birth[0].share;
	bool ours = roster_has_us(d, roster, n);
	uint8_t *trust = malloc(NOTE_BYTES_MAX);
	struct why why = {""};
	size_t trust_n = 0;
	enum rc rc = trust != NULL ? RC_OK : RC_MEMORY;

	if (rc == RC_OK)
		rc = store_ceremony_trust(
		    d->record, trust, NOTE_BYTES_MAX, &trust_n, ceremony);
	if (rc == RC_OK && ours)
		rc = vault_next_read(d->vault, share, ceremony, &why);
	if (rc == RC_OK)
		rc = next_lay(p, ceremony, ours ? share : NULL, roster, n,
		    (struct slice){trust, trust_n});
	free(trust);
	sodium_memzero(share, sizeof *share);
	if (rc != RC_OK)
		say(SAY_ERROR, "%s: a share of a reshare cannot be used: %s",
		    p->settings->name,
		    rc_why(rc, &why));
	return RC_OK; /* the present share is as good as before */
}

/* Share and roster, if there are any. Within the lock. */
static enum rc
part_share(struct part *p, uint8_t **trust, size_t *trust_n, struct why *why)
{
	struct signerd *d = p->d;
	struct frost_key_share *share =
	    &vault_secrets(d->vault)->seat.share[part_index(p)];
	uint8_t *roster = malloc(NOTE_BYTES_MAX);
	uint8_t *born = malloc(NOTE_BYTES_MAX);
	uint8_t ceremony[32];
	size_t roster_n = 0, born_n = 0;
	enum rc rc = RC_MEMORY;

	if (roster == NULL || born == NULL)
		goto out;
	rc = store_ceremony_texts(d->record, ceremony, roster, &roster_n,
	    born, &born_n, NOTE_BYTES_MAX, p->settings->name);
	if (rc != RC_OK || roster_n == 0)
		goto out;
	if (*trust_n == 0 && born_n > 0) {
		*trust = born;
		*trust_n = born_n;
		born = NULL; /* handed over */
	}
	if (*trust_n > 0)
		rc = seat_trust(d->seat, p->seat, *trust, *trust_n);
	/* what a kill may have left undone in keep_born or next_use */
	if (rc == RC_OK)
		rc = vault_dkg_erase(d->vault, ceremony, why);
	if (rc == RC_OK)
		rc = roster_has_us(d, roster, roster_n)
		    ? vault_next_use(
			  d->vault, ceremony, p->settings->name, why)
		    : vault_share_erase(d->vault, p->settings->name, why);
	if (rc != RC_OK || !roster_has_us(d, roster, roster_n))
		goto out;
	rc = vault_share_read(d->vault, share, p->settings->name, why);
	if (rc == RC_FILE_ABSENT) { /* erased: a successor without us */
		rc = RC_OK;
		goto out;
	}
	if (rc == RC_OK) {
		rc = seat_roster(d->seat, p->seat, roster, roster_n);
		if (rc != RC_OK)
			why_set(why, "the share of '%s' is not its roster's",
			    p->settings->name);
	}
out:
	free(born);
	free(roster);
	return rc;
}

static enum rc
part_open(struct part *p, struct why *why)
{
	struct signerd *d = p->d;
	const struct evidence_options options = {
	    .authority = p->settings->name,
	    .settings = d->settings,
	    .key = &d->seat->key,
	    .record = d->record,
	    .lock = lock_for_evidence,
	    .get = log_get,
	    .context = p,
	};
	const struct courier_options way = {
	    .label = p->settings->name,
	    .context = p,
	    .poll = part_poll,
	    .inbox = part_inbox,
	};
	struct judge_policy *policy = malloc(sizeof *policy);
	uint8_t *trust = NULL;
	size_t trust_n = 0;
	enum rc rc = RC_MEMORY;

	pthread_mutex_init(&p->reading, NULL);
	if (policy == NULL)
		goto out;
	settings_policy(policy, d->settings, p->settings);
	rc = courier_new(&p->courier, &way);
	if (rc == RC_OK)
		rc = evidence_new(&p->evidence, &options);
	if (rc == RC_OK && p->settings->trust[0] != '\0')
		rc = trust_load(&trust, &trust_n, p->settings->trust, why);
	if (rc != RC_OK)
		goto out;
	signerd_enter(d);
	p->seat = seat_authority_add(d->seat, p->settings->name, policy);
	if (trust_n > 0) {
		rc = seat_trust(d->seat, p->seat, trust, trust_n);
		if (rc != RC_OK)
			why_set(why, "'%s': %s", p->settings->trust,
			    rc_text(rc));
	}
	if (rc == RC_OK)
		rc = part_share(p, &trust, &trust_n, why);
	if (rc == RC_OK)
		rc = store_ceremony_candidates(
		    d->record, p->settings->name, next_load, p);
	signerd_leave(d);
	if (rc == RC_OK)
		rc = evidence_begin(p->evidence, trust, trust_n);
out:
	free(trust);
	free(policy);
	return rc;
}

/* A seat whose parent was killed is about to be: wait for that. */
static enum rc
state_lock(int *lock, const char *state, struct why *why)
{
	enum rc rc;

	for (unsigned i = 0;; i++) {
		rc = file_lock(lock, state, why);
		if (rc != RC_LOCKED || i == LOCK_TRIES)
			return rc;
		clock_sleep_ms(LOCK_TRY_MS);
	}
}

/* What opens key and share: a file of the operator's, or what the service
 * manager hands to this service alone (systemd's credentials). "": asked. */
static enum rc
passphrase_path(
    char out[static SETTINGS_PATH_MAX], const struct settings *s,
    struct why *why)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	memcpy(out, s->passphrase_file, SETTINGS_PATH_MAX);
	if (s->credential[0] == '\0')
		return RC_OK;
	if (s->passphrase_file[0] != '\0') {
		why_set(why, "credential and passphrase-file: one of them");
		return RC_CONFIG;
	}
	if (folder == NULL ||
	    snprintf(out, SETTINGS_PATH_MAX, "%s/%s", folder,
		s->credential) >= SETTINGS_PATH_MAX) {
		why_set(why, "credential '%s': CREDENTIALS_DIRECTORY is not "
			     "set: is it in the unit (LoadCredential=)?",
		    s->credential);
		return RC_CONFIG;
	}
	return RC_OK;
}

static enum rc
open_state(struct signerd *d, struct why *why)
{
	char given[SETTINGS_PATH_MAX];
	const struct settings *s = d->settings;
	char path[SETTINGS_PATH_MAX + 16];
	struct text t;
	enum rc rc;

	rc = dir_make(s->state, 0700, why);
	if (rc == RC_OK)
		rc = state_lock(&d->state_lock, s->state, why);
	if (rc == RC_OK)
		rc = passphrase_path(given, s, why);
	if (rc == RC_OK)
		rc = vault_open(&d->vault, s->key, given[0] != '\0' ? given : NULL,
		    s->state, s->seal_said ? &s->seal : NULL, why);
	if (rc != RC_OK)
		return rc;
	text_init(&t, path, sizeof path);
	text_printf(&t, "%s/record.db", s->state);
	return store_record_open(&d->record, path, why);
}

/*
 * `quorate key new` wrote X.pub beside X.key. A name or key that is mistyped
 * is a party that nobody knows, and the record, which forgets nothing, would
 * say so for ever.
 */
static enum rc
name_check(const struct settings *s, const char *vkey, struct why *why)
{
	char pub[SETTINGS_PATH_MAX + 1];
	size_t n = strlen(s->key), line_n;
	uint8_t *line;
	bool same;

	if (n < 5 || n > SETTINGS_PATH_MAX || strcmp(s->key + n - 4, ".key") != 0)
		return RC_OK;
	memcpy(pub, s->key, n + 1);
	memcpy(pub + n - 3, "pub", 3);
	if (file_read(&line, &line_n, pub, 2 * NAME_BYTES_MAX, NULL) != RC_OK)
		return RC_OK;
	line[strcspn((char *)line, "\n")] = '\0';
	same = strcmp((char *)line, vkey) == 0;
	if (!same)
		why_set(why, "[signer] name and key make '%s', but '%s' says "
			     "'%s'", vkey, pub, (char *)line);
	free(line);
	return same ? RC_OK : RC_CONFIG;
}

/* It is ours, and whole, or nothing rests on it. */
static enum rc
record_begin(struct signerd *d, struct why *why)
{
	const struct vkey *k = &d->seat->key;
	char vkey[2 * NAME_BYTES_MAX];
	struct text t;
	enum rc rc;

	text_init(&t, vkey, sizeof vkey);
	text_vkey(&t, k->name, k->type, k->key);
	rc = name_check(d->settings, vkey, why);
	if (rc == RC_OK)
		rc = store_record_party(d->record, vkey);
	return rc == RC_OK ? store_record_whole(d->record, why) : rc;
}

/* From the looker's thread: the proposal is to come again. */
static void
on_looked(void *context, const uint8_t id[static 32])
{
	struct signerd *d = context;

	(void)id;
	for (unsigned i = 0; i < d->part_n; i++)
		if (d->part[i].courier != NULL)
			courier_fetch(d->part[i].courier);
}

/* A note over path and time, by our key. */
void
signerd_read_header(void *context, struct text *out, const char *path)
{
	struct signerd *d = context;
	struct message_read m = {
	    .path = {(const uint8_t *)path, strlen(path)}, clock_unix()};
	char note[2048];
	struct text t;

	text_init(&t, note, sizeof note);
	read_build(&t, &m);
	signerd_enter(d);
	message_sign(&t, &d->seat->key, vault_secrets(d->vault)->seat.seed);
	signerd_leave(d);
	text_string(out, "Quorate-Read: ");
	text_base64(out, (const uint8_t *)t.p, t.n);
}

enum rc
signerd_new(struct signerd **out, struct settings *settings,
    struct why *why)
{
	struct signerd *d = calloc(1, sizeof *d);
	uint8_t boot[FROST_BOOT_ID_BYTES];
	struct record ops;
	bool frozen = false;
	enum rc rc = RC_MEMORY;

	*out = NULL;
	if (d == NULL)
		return rc;
	d->settings = settings;
	d->state_lock = -1;
	pthread_mutex_init(&d->lock, NULL);
	link_init(&d->work);
	link_init(&d->notifying);
	link_renew(&d->work, SEAT_WORK);
	link_renew(&d->notifying, SEAT_NOTIFY);
	d->seat = calloc(1, sizeof *d->seat);
	d->next = calloc(SEAT_NEXT_MAX, sizeof *d->next);
	if (d->seat != NULL && d->next != NULL)
		rc = open_state(d, why);
	if (rc == RC_OK) {
		d->rehearsal_secrets = secret_new(
		    REHEARSALS_MAX * sizeof *d->rehearsal_secrets);
		secret_hide(d->rehearsal_secrets);
	}
	if (rc == RC_OK)
		rc = store_record_frozen(d->record, &frozen);
	if (rc != RC_OK)
		goto out;
	randombytes_buf(boot, sizeof boot);
	store_record_ops(&ops, d->record);
	seat_init(d->seat, &ops, signerd_enter(d), settings->name, boot, frozen);
	signerd_leave(d);
	rc = record_begin(d, why);
	for (unsigned i = 0; rc == RC_OK && i < settings->authority_n; i++) {
		d->part[i].d = d;
		d->part[i].settings = &settings->authority[i];
		d->part_n++;
		rc = part_open(&d->part[i], why);
	}
	if (rc == RC_OK)
		rc = signerd_restored(d, why);
	if (rc == RC_OK && settings->socket[0] != '\0')
		rc = people_open(&d->people, d, settings->socket, why);
	if (rc == RC_OK)
		*out = d;
out:
	if (rc != RC_OK)
		signerd_stop(d);
	return rc;
}

enum rc
signerd_start(struct signerd *d, struct why *why)
{
	const struct looker_options looker = {
	    .settings = d->settings,
	    .parent = &d->work,
	    .context = d,
	    .done = on_looked,
	    .header = signerd_read_header,
	    .last = signerd_last,
	};
	const struct notify_options notify = {
	    .command = d->settings->notify,
	    .process = &d->notifying,
	    .again_ms = d->settings->notify_again_ms,
	    .retry_ms = d->settings->notify_retry_ms,
	    .context = d,
	    .waits = signerd_waits,
	};
	enum rc rc;

	rc = notify_start(&d->notify, &notify);
	if (rc == RC_OK)
		rc = looker_start(&d->looker, &looker, why);
	if (rc != RC_OK)
		return rc;
	(void)signerd_look(d, 0);
	for (unsigned i = 0; rc == RC_OK && i < d->part_n; i++)
		rc = courier_start(d->part[i].courier);
	if (rc == RC_OK && d->people != NULL)
		rc = people_start(d->people, why);
	return rc;
}

bool
signerd_courier(struct signerd *d, const int *fd, unsigned n)
{
	if (n != COURIER_PAIRS * d->part_n)
		return false;
	for (unsigned i = 0; i < d->part_n; i++)
		courier_renew(d->part[i].courier, fd + COURIER_PAIRS * i);
	return true;
}

uint64_t
signerd_look(struct signerd *d, uint64_t max_ms)
{
	uint64_t now = clock_unix(), next = now + max_ms / 1000;
	bool due = false;

	for (unsigned i = 0; i < d->part_n; i++)
		(void)!part_look(&d->part[i]);
	signerd_enter(d);
	for (unsigned i = 0; i < SEAT_MESSAGES_MAX; i++) {
		const struct seat_message *m = &d->seat->message[i];

		if (m->text_n == 0 || m->state != SEAT_ASKED ||
		    m->verdict.answer != JUDGE_LATER)
			continue;
		due |= m->verdict.later <= now;
		if (m->verdict.later < next)
			next = m->verdict.later;
	}
	signerd_leave(d);
	for (unsigned i = 0; due && i < d->part_n; i++)
		if (d->part[i].courier != NULL)
			courier_fetch(d->part[i].courier);
	/* What is due has been asked for; the logs are not read in a hurry. */
	return next > now && !due ? (next - now) * 1000 : max_ms;
}

void
signerd_logs(struct signerd *d, const struct settings *from)
{
	struct settings *s = d->settings;

	for (unsigned i = 0; i < d->part_n; i++)
		pthread_mutex_lock(&d->part[i].reading);
	memcpy(s->log, from->log, sizeof s->log);
	s->log_n = from->log_n;
	for (unsigned i = d->part_n; i > 0; i--)
		pthread_mutex_unlock(&d->part[i - 1].reading);
}

void
signerd_stop(struct signerd *d)
{
	if (d == NULL)
		return;
	people_stop(d->people);
	looker_stop(d->looker); /* it calls the couriers, and they ask it */
	for (unsigned i = 0; i < d->part_n; i++)
		courier_stop(d->part[i].courier);
	looker_free(d->looker);
	link_end(&d->notifying);
	notify_stop(d->notify);
	for (unsigned i = 0; i < d->part_n; i++) {
		evidence_free(d->part[i].evidence);
		courier_free(d->part[i].courier);
	}
	if (d->vault != NULL) {
		vault_show(d->vault);
		for (unsigned i = 0; i < VAULT_BIRTHS_MAX; i++)
			cradle_empty(&d->cradle[i]);
		vault_hide(d->vault);
	}
	if (d->rehearsal_secrets != NULL) {
		secret_edit(d->rehearsal_secrets);
		for (unsigned i = 0; i < REHEARSALS_MAX; i++)
			rehearsal_forget(&d->rehearsing[i]);
		secret_free(d->rehearsal_secrets);
	}
	store_record_close(d->record);
	vault_close(d->vault);
	free(d->next);
	free(d->seat);
	if (d->state_lock >= 0)
		file_unlock(d->state_lock);
	free(d);
}
