/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_ARGS_H
#define HOST_ARGS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/why.h"
#include "verify/rc.h"

#define QUORATE_VERSION "0.2.0"

/*
 * Command lines: `--name VALUE`, `--name=VALUE`, `--flag`, `-o VALUE`,
 * positionals anywhere, `--` ends the options. A value option given twice
 * is an error unless it is a list. Exactly one of the destinations is set;
 * what does not appear leaves it alone.
 */
#define ARGS_LIST_MAX 64

struct args_list {
	const char *at[ARGS_LIST_MAX];
	size_t count;
};

struct args_option {
	const char *name;  /* "trust": without dashes */
	char letter;	   /* 'o' for -o, or 0 */
	const char *value; /* what --help calls it: "FILE"; NULL for a flag */
	const char *help;  /* one line */
	bool required;
	bool base_url; /* a path is put behind it: no slash stays at its end */
	bool *flag;
	const char **string;
	uint64_t *number;     /* a decimal, at most 2^53 - 1 */
	uint64_t *duration_ms; /* as in config.h: 20m */
	struct args_list *list;
};

struct args_command {
	const char *program;	 /* "quorate verify": for messages */
	const char *positionals; /* "FILE [FILE...]"; NULL for none */
	const char *help;	 /* what it does; several lines allowed */
	const struct args_option *options; /* ends with a NULL name */
	size_t positional_min, positional_max;
};

/*
 * argv[0] is skipped. Strings point into argv, where a base_url is cut. --help and --version are
 * understood everywhere, print to stdout and exit 0; a mistake prints
 *
 *	quorate: unknown option '--x'; see 'quorate verify --help'
 *
 * to stderr and exits 2. positionals may be NULL when the command has none.
 */
void args_parse(struct args_list *positionals,
    const struct args_command *command, int argc, char **argv);

/* The same without printing or exiting: RC_OK, RC_FIELD with why, or RC_MORE
 * when --help and RC_STATE when --version was asked for. */
enum rc args_read(struct args_list *positionals,
    const struct args_command *command, int argc, char **argv,
    struct why *why) __attribute__((warn_unused_result));

/* Drops the slashes at the end, in place: for a positional or a setting. */
void args_base_url(char *url);

/* The text of --help, to stdout. */
void args_help(const struct args_command *command);
#endif
