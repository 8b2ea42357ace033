/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_EVIDENCE_H
#define SIGNER_EVIDENCE_H
/*
 * What the world says about one authority: for now, its logs. At every start
 * and before every proposal is judged, each log that the trust in force
 * names is read to its end, under a head that its witnesses cosigned lately
 * and that continues the one read before; every entry is explained, and the
 * record is raised. Without that nothing is signed: a signer cannot know
 * that its own record was restored from a backup.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/why.h"
#include "signer/explain.h"
#include "signer/settings.h"
#include "signer/store_record.h"

struct evidence;

struct evidence_options {
	const char *authority;
	const struct settings *settings; /* logs, head_age_ms */
	const struct vkey *key; /* our identity */
	struct store_record *record;
	/* Called around every use of the record, never around network. */
	void (*lock)(void *context, bool on);
	/* A file of a log: the get of log/client.h's struct tlog_fetch. */
	enum rc (*get)(void *context, const char *origin, const char *path,
	    size_t max, uint8_t **bytes, size_t *n, struct why *why);
	void *context;
};

/* RC_OK, RC_MEMORY. options' pointers must live. */
enum rc evidence_new(struct evidence **out,
    const struct evidence_options *options) __attribute__((warn_unused_result));
void evidence_free(struct evidence *e);

/*
 * Take what the record and `trust` (the operator's file or our own birth; n 0:
 * none) say is in force. Before the first evidence_read, and again when an
 * authority was born. Results of explain_trust, explain_roster, RC_DATABASE.
 */
enum rc evidence_begin(struct evidence *e, const uint8_t *trust, size_t n)
    __attribute__((warn_unused_result));
/*
 * Read the logs, as of `now`. RC_OK: the record holds all of the home log up
 * to a head at most head-age old, and whatever the others would say; *news:
 * the record was raised. Otherwise why says what is missing: RC_STATE (no
 * trust text), RC_CONFIG (no [log] section for the home log), RC_PROOF_OLD,
 * RC_PROOF_FUTURE, RC_LOG_FORK, RC_LOG_BEHIND (the log has lost what it had:
 * an alarm), results of log/client.h, RC_DATABASE. One thread at a time.
 */
enum rc evidence_read(struct evidence *e, uint64_t now, bool *news,
    struct why *why) __attribute__((warn_unused_result));

/* What is in force. To be looked at by the thread that reads. */
const struct explain *evidence_state(const struct evidence *e);
#endif
