/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RELEASE_TEXT_H
#define CLI_RELEASE_TEXT_H
#include "cli/cli.h"

/* Release and withdraw texts from what a person says of them. */

#define NUMBER_ABSENT UINT64_MAX

struct release_request {
	const char *authority, *product, *version;
	uint64_t epoch, sequence, proposed;
	uint64_t floor;                /* or NUMBER_ABSENT */
	const char *from;              /* "A-B", or NULL */
	const char *expires;           /* unix time, "+90d", or NULL */
	const char *notes;             /* a file, or NULL */
	struct args_list payloads;     /* COMPONENT=FILE */
	struct args_list deltas;       /* COMPONENT:BASEFILE=DELTAFILE */
	struct args_list requires_;    /* PRODUCT=SEQUENCE */
	struct args_list rosters;      /* SIGNER=SERIAL */
	struct args_list sources;      /* "URL REF COMMIT TREE" */
	struct args_list attestations; /* TYPE=FILE */
	struct args_list purposes;     /* PURPOSE:COMPONENT */
	const char *reason;            /* of a withdraw */
	struct args_list withdrawn;    /* ids of releases, of a withdraw */
};
/*
 * The text, sorted and parsed by the host's reader: RC_OK; a parser's
 * refusal or RC_FILE with why, which names the option at fault.
 */
enum rc release_text(struct text *out, const struct release_request *r,
    struct why *why) __attribute__((warn_unused_result));
enum rc withdraw_text(struct text *out, const struct release_request *r,
    struct why *why) __attribute__((warn_unused_result));
#endif
