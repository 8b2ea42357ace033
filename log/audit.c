/* SPDX-License-Identifier: Apache-2.0 */
#include "log/audit.h"

#include <string.h>

#include "host/rc_text.h"

static bool
verdict(enum rc rc)
{
	return rc != RC_DATABASE && rc != RC_MEMORY && rc != RC_FILE;
}

static enum rc
broken(struct audit_finding *f, struct admission *a, const char *rule,
    enum rc rc)
{
	f->rc = rc;
	f->rule = rule;
	if (a->why.text[0] == '\0')
		why_set(&a->why, "%s", rc_text(rc));
	return RC_OK;
}

enum rc
audit_entry(struct audit_finding *f, struct admission *a, enum rc begun,
    const struct admission_state *state, const struct audit_texts *texts,
    uint64_t now)
{
	uint8_t first[32];
	struct note note;
	bool logged = false, no_mirror;
	enum rc rc = begun;

	*f = (struct audit_finding){.rc = RC_OK};
	if (rc == RC_OK) /* a note, nothing after it */
		rc = note_split(&note, a->bytes, a->n);
	if (rc != RC_OK)
		return broken(f, a, "note", rc);
	rc = texts->logged(texts->context, a->id, &logged);
	if (rc != RC_OK)
		return rc;
	if (logged) {
		a->why.text[0] = '\0'; /* of a check that came too early */
		return broken(f, a, "once", RC_LOG_TWICE);
	}
	rc = admission_check(a, state, now);
	if (!verdict(rc))
		return rc;
	if (rc == RC_AUTHORITY &&
	    !state->authority(state->context, a->authority, first,
		&no_mirror)) {
		f->stranger = true;
		return RC_OK;
	}
	if (rc != RC_OK)
		return broken(f, a, a->refused_by, rc);
	if (a->proposed > now && a->proposed - now > ADMISSION_AHEAD_S)
		return broken(f, a, "ahead", RC_LOG_AGE);
	return RC_OK;
}

enum rc
audit_head(const struct note *note, const struct checkpoint *head,
    const struct trust *now, const struct trust *before, uint64_t *time)
{
	enum rc rc = checkpoint_trusted(note, head, now, time);

	/* Witnesses of the new text may not have been asked yet. */
	if (rc != RC_OK && before != NULL &&
	    checkpoint_trusted(note, head, before, time) == RC_OK)
		return RC_OK;
	return rc;
}

enum rc
audit_log_line(const struct note *note, const struct checkpoint *head,
    const struct trust *t)
{
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	struct vkey k;
	uint64_t none;
	unsigned i;
	enum rc rc, found = RC_LOG;

	for (i = 0; i < t->log_n; i++) {
		trust_key(&k, t, LIST_LOGS, i);
		if (!slice_equal(k.name, head->origin))
			continue;
		rc = checkpoint_line_by(blob, &none, note, &k);
		if (rc == RC_OK)
			found = RC_OK;
		else if (rc != RC_MORE)
			return rc;
	}
	return found;
}
