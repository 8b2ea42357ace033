/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_SERVE_PARTS_H
#define SIGNER_SERVE_PARTS_H
/*
 * The processes of one signer, all of them this program:
 *
 *   parent    starts the others and waits. No secret, nothing of anybody
 *             else's is read in it, and it may what one of those that it
 *             starts may: serve_sandbox.h
 *   seat      record, share, the people's socket; no network, no programs
 *   courier   network; no secret, no file but the system's
 *   notify    where there is a command to run: it runs it, and may what its
 *             user may
 *   evidence  signer/evidence_worker.h: one question each, killed with it
 *
 * When the parent ends they are killed. When the seat ends, or notify, all is
 * over: nobody starts one again but the operator. The courier is started again.
 */
#include <stdbool.h>
#include "signer/settings.h"

/* If the arguments are those of a part: its whole life. */
void part_serve_if_asked(int argc, char **argv);

/* The parent's, of a configuration that was read: its whole life. */
_Noreturn void parent_run(
    const struct settings *s, const char *config, bool verbose);

/* First of all in a part: it ends with its parent, and no key at a terminal
 * ends it alone. */
void part_begin(void);
_Noreturn void seat_process(struct settings *s, const char *config);
_Noreturn void courier_process(const struct settings *s);
_Noreturn void notify_process(const char *command);
#endif
