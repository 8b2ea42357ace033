/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLI_H
#define CLI_CLI_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/args.h"
#include "host/say.h"
#include "host/text.h"
#include "host/why.h"
#include "verify/line.h"
#include "verify/note.h"

/*
 * What the subcommands of `quorate` share. A subcommand is a function from
 * its own command line to an exit code. stdout is data, stderr is talk.
 */
enum {
	CLI_FILE_MAX = 1048576, /* any note or file with its proof */
	CLI_VKEY_MAX = NAME_BYTES_MAX + 74 + 1, /* of BIP 340; else 54 */
};

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};
int run_append(int argc, char **argv);
int run_approve(int argc, char **argv);
int run_audit(int argc, char **argv);
int run_monitor(int argc, char **argv);
int run_ceremony(int argc, char **argv);
int ceremony_accept(int argc, char **argv);
int ceremony_decline(int argc, char **argv);
int ceremony_show(int argc, char **argv);
struct ceremony;
/* In words what a draft's quorum is, and what everybody should know of it;
 * how many of these things refuse. */
unsigned ceremony_quorum_say(const struct ceremony *c);
int run_freeze(int argc, char **argv);
int run_history(int argc, char **argv);
int run_payloads(int argc, char **argv);
int run_courier(int argc, char **argv);
int run_object(int argc, char **argv);
int run_pending(int argc, char **argv);
int run_refresh(int argc, char **argv);
int run_refuse(int argc, char **argv);
int run_source(int argc, char **argv);
int run_status(int argc, char **argv);
int run_unlock(int argc, char **argv);
int run_key(int argc, char **argv);
int run_log(int argc, char **argv);
int run_merge(int argc, char **argv);
int run_party(int argc, char **argv);
int run_release(int argc, char **argv);
int release_set(int argc, char **argv);
int run_show(int argc, char **argv);
int run_sign(int argc, char **argv);
int run_signer(int argc, char **argv);
/* cli/purpose.c: `sign PURPOSE ...`, `key purpose ...` */
int sign_purpose(int argc, char **argv);
int key_purpose(int argc, char **argv);
int run_trust(int argc, char **argv);
int trust_device(int argc, char **argv);
int run_verify(int argc, char **argv);
int run_withdraw(int argc, char **argv);

/* `quorate NAME SUB ...`: the one of the table that argv[1] names; without
 * a match dies with a usage message that lists them. */
int command_dispatch(const char *name, const struct command *table,
    size_t count, int argc, char **argv);

/* printf of a slice: "%.*s" and SLICE(s). Evaluates s twice. */
#define SLICE(s) (int)(s).n, (const char *)(s).p
/* The next line of rest without its LF, which rest moves past. */
struct slice slice_line(struct slice *rest);
/* The next word, with one space after it dropped. */
struct slice slice_word(struct slice *rest);

/* A file's bytes, malloc'd, a NUL after them. */
struct blob {
	uint8_t *p;
	size_t n;
};
/* A file, or stdin for "-". Dies with EXIT_ENVIRONMENT. */
void blob_load(struct blob *b, const char *path);
void blob_release(struct blob *b);
/* Whether bytes begin with the kind's line. */
bool blob_is(const struct blob *b, const char *kind);

/* To stdout when path is NULL or "-", else the file, replaced whole. Dies
 * with EXIT_ENVIRONMENT. */
void output_write(const char *path, const void *bytes, size_t n);

/*
 * Says `FILE: RC_NAME: sentence` (with `more` in brackets, if not NULL) and
 * on a second line what to do next. Returns the exit code for rc.
 */
int refuse(const char *file, enum rc rc, const char *more, ...)
    __attribute__((format(printf, 3, 4)));
/* What to do next. NULL: the sentence says it all. */
const char *refuse_advice(enum rc rc);
enum exit_code exit_for(enum rc rc);

/* What a person at the terminal says: true for yes. Without a terminal dies
 * with EXIT_USAGE and names --yes. */
bool ask(const char *question);

/* `2025-11-21T12:00:00Z` into out. */
void time_text(char out[static 32], uint64_t unix_s);
/* The number of a line in text that grammar refuses, or 0: for messages. */
unsigned line_at_fault(const uint8_t *text, size_t n, struct slice *line);
/* refuse, and which line of the text it was, where one can be told. */
int refuse_text(const char *file, enum rc rc, const uint8_t *text, size_t n);
#endif
