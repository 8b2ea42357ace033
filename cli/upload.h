/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_UPLOAD_H
#define CLI_UPLOAD_H
#include "cli/coordinator.h"
#include "cli/release_text.h"
#include "verify/release.h"

/*
 * The files of a release, for the parties that demand to see them: sent to
 * the coordinator in pieces, from where an earlier run stopped, with
 * progress on a terminal.
 */
struct upload {
	const struct coordinator_access *access;
	const struct release_request *request; /* names the files */
	bool hashed;
	unsigned file_n;
	struct upload_file {
		const char *path;
		uint8_t sha256[32];
		uint64_t size;
		bool missed; /* said that it cannot be sent */
	} file[RELEASE_PAYLOADS_MAX + RELEASE_DELTAS_MAX + 1 + 8];
	unsigned unknown_n; /* digests for which there is no file here */
	uint8_t unknown[MESSAGE_WANTS_MAX][32];
};

/* What a status says is wanted; what fails is said, and tried again when it
 * is asked again. */
void upload_wanted(struct upload *u, const struct message_status *s);
/* All of them now. RC_OK, also when the text ended before they were there;
 * or what failed last. */
enum rc upload_all(struct upload *u);
#endif
