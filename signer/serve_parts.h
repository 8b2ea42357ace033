/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_SERVE_PARTS_H
#define SIGNER_SERVE_PARTS_H
/*
 * The processes of one signer, all of them this program:
 *
 *   parent    starts the others and waits. No secret, no network, nothing of
 *             anybody else's is read in it
 *   seat      record, share, the people's socket; no network, no programs
 *   courier   network; no secret, no file but the system's
 *   evidence  signer/evidence_worker.h: one question each, killed with it
 *
 * When the parent ends they are killed. When the seat ends all is over:
 * nobody starts a seat again but the operator. The courier is started again.
 */
#include <stdbool.h>
#include "signer/settings.h"

/* If the arguments are those of a seat or courier: its whole life. */
void part_serve_if_asked(int argc, char **argv);

/* The parent's, of a configuration that was read: the exit code. */
int parent_run(const struct settings *s, const char *config, bool verbose);

/* First of all in a part: it ends with its parent, and no key at a terminal
 * ends it alone. */
void part_begin(void);
_Noreturn void seat_process(struct settings *s, const char *config);
_Noreturn void courier_process(const struct settings *s);
#endif
