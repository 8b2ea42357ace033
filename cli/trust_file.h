/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TRUST_FILE_H
#define CLI_TRUST_FILE_H
#include "cli/cli.h"
#include "verify/trust.h"

/*
 * A trust text that is believed because the user names it: the grammar of
 * hosts, its own root quorum and, in revision 1, the lines of all signers.
 * An owner's text: its own quorum. The proof, if there is one, is not
 * looked at.
 */
struct trust_file {
	struct blob blob;
	struct note note;
	size_t rest; /* where the proof starts; blob.n: none */
	struct trust t;
};
/* Dies with EXIT_ENVIRONMENT when the file cannot be read. */
enum rc trust_file_load(struct trust_file *f, const char *path)
    __attribute__((warn_unused_result));
enum rc trust_file_take(struct trust_file *f, struct blob blob)
    __attribute__((warn_unused_result));
#endif
