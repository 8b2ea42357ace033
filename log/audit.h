/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_AUDIT_H
#define LOG_AUDIT_H
#include "log/admission.h"

/*
 * Reading a log again with the eyes of admission (docs/formats.md section 7,
 * "Audit"): what auditors, monitors and mirrors think of an entry and of a
 * head. The rules are admission's own table.
 */

/* What is wrong with one entry. */
struct audit_finding {
	enum rc rc;	  /* RC_OK: it may stand there */
	const char *rule; /* the first that it breaks; NULL */
	bool stranger;	  /* of an authority that nobody named: grammar only */
};

/* Whether this text is among the entries before. */
struct audit_texts {
	enum rc (*logged)(void *context, const uint8_t id[static 32],
	    bool *out);
	void *context;
};

/*
 * Judge the entry that follows those that `state` knows (whose `log` is NULL).
 * a was begun with its bytes, which is what `begun` says; signatures that
 * admission_verified spoke of are not verified again. An entry that breaks
 * a rule leaves no trace in the state but its text's id; one that does not
 * is to be applied by the caller. RC_OK and *f, or what the state failed
 * with. a->why has the sentence.
 */
enum rc audit_entry(struct audit_finding *f, struct admission *a,
    enum rc begun, const struct admission_state *state,
    const struct audit_texts *texts, uint64_t now)
    __attribute__((warn_unused_result));

/*
 * A head, for one authority: the trust in force at its end, or the one
 * before (NULL: there is none). *time as checkpoint_trusted.
 */
enum rc audit_head(const struct note *note, const struct checkpoint *head,
    const struct trust *now, const struct trust *before, uint64_t *time)
    __attribute__((warn_unused_result));

/* Whether a log that the text names signed it: its line stands, no known
 * line fails. RC_OK, RC_LOG, or the refusal of the line. */
enum rc audit_log_line(const struct note *note, const struct checkpoint *head,
    const struct trust *t) __attribute__((warn_unused_result));
#endif
