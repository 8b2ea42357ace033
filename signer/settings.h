/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_SETTINGS_H
#define SIGNER_SETTINGS_H
/*
 * The configuration of quorate-signerd, docs/man/quorate-signerd.8.
 */
#include <stdbool.h>
#include <stdint.h>
#include "host/secret.h"
#include "host/why.h"
#include "signer/judge.h"
#include "signer/seat.h"

#define SETTINGS_PATH_MAX 1024
#define SETTINGS_SOCKET_MAX 107 /* what a socket's address has room for */
#define SETTINGS_URL_MAX  512
#define SETTINGS_LOGS_MAX 8
#define SETTINGS_OUTPUT_MAX 255

struct settings_authority {
	char name[NAME_BYTES_MAX + 1];
	char trust[SETTINGS_PATH_MAX]; /* "": born here, or not yet */
	struct judge_patterns products; /* count 0: all */
};

struct settings_log {
	char origin[NAME_BYTES_MAX + 1];
	char url[SETTINGS_URL_MAX]; /* or file:// and a folder's path */
};

struct settings_source {
	char name[NAME_BYTES_MAX + 1];
	char allowed_signers[SETTINGS_PATH_MAX]; /* "": none */
	char build[SETTINGS_PATH_MAX];		 /* "": none */
	/* Of judge.output, in its order: where the build leaves it. */
	char output_path[SOURCE_OUTPUTS_MAX][SETTINGS_OUTPUT_MAX + 1];
	uint64_t build_ms, build_cpu_s, build_memory, build_file;
	struct judge_source judge;
};

struct settings_proposer {
	char name[NAME_BYTES_MAX + 1]; /* what this operator calls it */
	char vkey[JUDGE_VKEY_MAX];
	struct judge_patterns products;
};

struct settings {
	char name[NAME_BYTES_MAX + 1]; /* of the identity key */
	char key[SETTINGS_PATH_MAX];
	char passphrase_file[SETTINGS_PATH_MAX]; /* "": asked for */
	char credential[65]; /* a file of the service manager's; "": none */
	char state[SETTINGS_PATH_MAX];
	char socket[SETTINGS_PATH_MAX]; /* "": none */
	char coordinator[SETTINGS_URL_MAX]; /* "": all is carried by hand */
	char ca[SETTINGS_PATH_MAX]; /* "": the system's */
	char notify[SETTINGS_PATH_MAX]; /* "": nobody is told */
	uint64_t notify_again_ms, notify_retry_ms;
	enum {
		REHEARSALS_ASK,
		REHEARSALS_YES,
		REHEARSALS_NO
	} rehearsals; /* whether a person is asked */
	bool person;		    /* approval = person */
	char approvers[SETTINGS_PATH_MAX]; /* "": whoever has the socket */
	uint64_t approvals, rate;
	uint64_t wait_ms;
	unsigned window_count;
	struct judge_window window[JUDGE_WINDOWS_MAX];
	uint64_t step;
	uint64_t head_age_ms; /* of the log's checkpoint, at most */
	bool seal_said; /* otherwise as the key's own file */
	enum secret_cost seal;
	bool require_source, require_payload;
	uint64_t payload_mib, payloads_mib, payload_years;
	struct judge_patterns attest;
	bool sandbox_required; /* of the kernel; otherwise what it can do */
	uint64_t look_ms; /* of one look at a repository, at most */
	unsigned authority_n, log_n, proposer_n, source_n;
	struct settings_authority authority[SEAT_AUTHORITIES_MAX];
	struct settings_log log[SETTINGS_LOGS_MAX];
	struct settings_proposer proposer[JUDGE_PROPOSERS_MAX];
	struct settings_source source[JUDGE_SOURCES_MAX];
};

/* RC_OK, RC_CONFIG, or of file_read; why says file, line and what. */
enum rc settings_read(struct settings *s, const char *path, struct why *why)
    __attribute__((warn_unused_result));
/* The same of the file's text; path is for messages and for what is relative
 * to it. */
enum rc settings_parse(struct settings *s, const char *path, const char *text,
    size_t n, struct why *why) __attribute__((warn_unused_result));
/* What the judge is given for one of the authorities. */
void settings_policy(struct judge_policy *out, const struct settings *s,
    const struct settings_authority *a);
#endif
