/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RELEASE_H
#define CLI_RELEASE_H
#include "cli/order.h"
#include "cli/release_text.h"
#include "cli/settings.h"

/*
 * The way of a release, in four steps that are good by themselves:
 * build its text, obtain the note that a quorum signed, append that to every
 * log, verify what came back. Each may be repeated.
 */
struct release_command {
	struct release_request request;
	struct settings settings;
	struct trust_file trust;
	const char *trust_path, *note_path, *out, *resume;
	struct args_list logs; /* URLs */
	uint64_t wait_ms;
	bool draft_only, signed_only, detach, upload;
	bool sequence_next; /* the log said which */
	char pending[FILE_PATH_MAX + 1]; /* the text, until all is done */
	char text[NOTE_BYTES_MAX + 1];
	struct text t; /* of `text` */
};

/*
 * Step two, where there is a coordinator: hand it the text, wait, and have
 * the signed note. note->bytes is malloc'd. Says what is missing and
 * returns an exit code: EXIT_OK, EXIT_PENDING, EXIT_POLICY ...
 *
 * The text is kept beside the output until everything is done, so that the
 * same command, run again, takes up where it was and proposes nothing new.
 */
int release_obtain(struct blob *note, struct release_command *c);
#endif
