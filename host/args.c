/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines from a table; --help is made from the same table. */
#include "host/args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/say.h"
#include "host/standard.h"
#include "host/text.h"

#define ARGS_NUMBER_MAX	 ((UINT64_C(1) << 53) - 1)

struct args {
	const struct args_command *command;
	struct args_list *positionals;
	struct why *why;
	char **at, **end; /* the arguments still to be read */
	uint64_t seen;
};

void
args_base_url(char *url)
{
	size_t n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		url[--n] = '\0';
}

static enum rc
option_store(struct args *a, const struct args_option *o, char *value)
{
	size_t n = strlen(value);

	if (o->base_url)
		args_base_url(value);
	if (o->string != NULL) {
		*o->string = value;
	} else if (o->number != NULL) {
		if (!decimal_decode(o->number, ARGS_NUMBER_MAX, value, n)) {
			why_set(a->why, "'--%s' wants a number, not '%s'",
			    o->name, value);
			return RC_FIELD;
		}
	} else if (o->duration_ms != NULL) {
		if (!duration_decode(o->duration_ms, value, n)) {
			why_set(a->why, "'--%s' wants a time such as 30s or "
					"20m, not '%s'",
			    o->name, value);
			return RC_FIELD;
		}
	} else {
		if (o->list->count == ARGS_LIST_MAX) {
			why_set(a->why, "'--%s' is given more than %d times",
			    o->name, ARGS_LIST_MAX);
			return RC_FIELD;
		}
		o->list->at[o->list->count++] = value;
	}
	return RC_OK;
}

/* value: what followed `=`, or NULL. */
static enum rc
option_take(struct args *a, const struct args_option *o, char *value)
{
	uint64_t bit = UINT64_C(1) << (o - a->command->options);

	if ((a->seen & bit) && o->list == NULL) {
		why_set(a->why, "'--%s' is given twice", o->name);
		return RC_FIELD;
	}
	a->seen |= bit;
	if (o->value == NULL) {
		if (value != NULL) {
			why_set(a->why, "'--%s' takes no value", o->name);
			return RC_FIELD;
		}
		*o->flag = true;
		return RC_OK;
	}
	if (value == NULL) {
		if (a->at == a->end) {
			why_set(a->why, "'--%s' wants a value: %s", o->name,
			    o->value);
			return RC_FIELD;
		}
		value = *a->at++;
	}
	return option_store(a, o, value);
}

static enum rc
long_take(struct args *a, char *arg)
{
	char *name = arg + 2, *equals = strchr(name, '=');
	size_t n = equals == NULL ? strlen(name) : (size_t)(equals - name);
	const struct args_option *o;

	/* a command may mean something else by --version */
	for (o = a->command->options; o->name != NULL; o++)
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return option_take(a, o,
			    equals == NULL ? NULL : equals + 1);
	if (strcmp(arg, "--help") == 0)
		return RC_MORE;
	if (strcmp(arg, "--version") == 0)
		return RC_STATE;
	why_set(a->why, "unknown option '--%.*s'", (int)n, name);
	return RC_FIELD;
}

static enum rc
short_take(struct args *a, const char *arg)
{
	const struct args_option *o;

	for (o = a->command->options; o->name != NULL; o++)
		if (o->letter != 0 && o->letter == arg[1] && arg[2] == '\0')
			return option_take(a, o, NULL);
	why_set(a->why, "unknown option '%s'", arg);
	return RC_FIELD;
}

static enum rc
positional_take(struct args *a, const char *arg)
{
	if (a->positionals == NULL || a->positionals->count == ARGS_LIST_MAX ||
	    a->positionals->count == a->command->positional_max) {
		why_set(a->why, "unexpected argument '%s'", arg);
		return RC_FIELD;
	}
	a->positionals->at[a->positionals->count++] = arg;
	return RC_OK;
}

static enum rc
complete_check(struct args *a)
{
	const struct args_option *o = a->command->options;
	size_t i;

	for (i = 0; o[i].name != NULL; i++)
		if (o[i].required && !(a->seen >> i & 1)) {
			why_set(a->why, "'--%s %s' is missing", o[i].name,
			    o[i].value == NULL ? "" : o[i].value);
			return RC_FIELD;
		}
	if (a->positionals != NULL &&
	    a->positionals->count < a->command->positional_min) {
		why_set(a->why, "missing argument: %s",
		    a->command->positionals);
		return RC_FIELD;
	}
	return RC_OK;
}

enum rc
args_read(struct args_list *positionals, const struct args_command *command,
    int argc, char **argv, struct why *why)
{
	struct args a = {.command = command, .positionals = positionals,
	    .why = why, .at = argv + (argc > 0), .end = argv + argc};
	bool options = true;
	enum rc rc = RC_OK;

	if (positionals != NULL)
		positionals->count = 0;
	while (rc == RC_OK && a.at < a.end) {
		char *arg = *a.at++;

		if (options && strcmp(arg, "--") == 0)
			options = false;
		else if (options && strncmp(arg, "--", 2) == 0)
			rc = long_take(&a, arg);
		else if (options && arg[0] == '-' && arg[1] != '\0')
			rc = short_take(&a, arg);
		else
			rc = positional_take(&a, arg);
	}
	return rc == RC_OK ? complete_check(&a) : rc;
}

void
args_help(const struct args_command *command)
{
	const struct args_option *o;
	bool own_version = false;
	char left[80];
	int n;

	printf("usage: %s [option...]%s%s\n", command->program,
	    command->positionals != NULL ? " " : "",
	    command->positionals != NULL ? command->positionals : "");
	if (command->help != NULL)
		printf("\n%s\n", command->help);
	printf("\n");
	for (o = command->options; o->name != NULL; o++) {
		own_version = own_version || strcmp(o->name, "version") == 0;
		n = snprintf(left, sizeof left, "  %c%c%s--%s%s%s",
		    o->letter != 0 ? '-' : ' ', o->letter != 0 ? o->letter : ' ',
		    o->letter != 0 ? ", " : "  ", o->name,
		    o->value != NULL ? " " : "",
		    o->value != NULL ? o->value : "");
		printf("%-30s%s%s%s\n", left, n >= 30 ? "  " : "",
		    o->help != NULL ? o->help : "",
		    o->required ? " (required)" : "");
	}
	printf("%-30sthis text\n", "      --help");
	if (!own_version)
		printf("%-30sthe version\n", "      --version");
}

void
args_parse(struct args_list *positionals, const struct args_command *command,
    int argc, char **argv)
{
	struct why why = {""};
	enum rc rc = args_read(positionals, command, argc, argv, &why);
	size_t first = strcspn(command->program, " ");

	if (rc == RC_MORE || rc == RC_STATE) {
		if (rc == RC_MORE)
			args_help(command);
		else
			printf("%.*s %s\n", (int)first, command->program,
			    QUORATE_VERSION);
		exit(standard_end(EXIT_OK));
	}
	if (rc != RC_OK)
		die(EXIT_USAGE, "%s; see '%s --help'", why.text,
		    command->program);
}
