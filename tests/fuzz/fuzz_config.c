/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration reader, on the input as it is and on a good file with
 * the input as edits (three bytes each: where, and what). A refusal names
 * file and line; what is taken lies within the struct.
 */
#include <assert.h>
#include <string.h>
#include "host/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

struct target {
	char text[8], path[16], guard[4];
	uint64_t number, duration;
	bool flag;
	size_t calls;
};

static enum rc
call(void *base, const char *value, struct why *why)
{
	struct target *t = base;

	why_set(why, "one star at most");
	t->calls++;
	return strchr(value, '*') == strrchr(value, '*') ? RC_OK : RC_FIELD;
}

static const struct config_key keys[] = {
    CONFIG_TEXT("text", CONFIG_REQUIRED, struct target, text),
    CONFIG_PATH("path", 0, struct target, path),
    CONFIG_NUMBER("number", 0, struct target, number, 1, 9),
    CONFIG_DURATION("time", 0, struct target, duration, 1, 5000),
    CONFIG_BOOL("flag", 0, struct target, flag),
    CONFIG_CALL("call", CONFIG_REPEATS, call), {0}};
static const struct config_section sections[] = {{"", 0, NULL, keys},
    {"part", CONFIG_INSTANCES, NULL, keys}, {0}};

static void
parse(const char *text, size_t n)
{
	struct target t = {.guard = "abc"};
	struct why why = {""};
	enum rc rc = config_parse(&t, sections, "d/f", text, n, &why);

	assert(strcmp(t.guard, "abc") == 0);
	assert(memchr(t.text, 0, sizeof t.text) != NULL);
	assert(memchr(t.path, 0, sizeof t.path) != NULL);
	assert(t.number <= 9 && t.duration <= 5000);
	assert(rc == RC_OK || strncmp(why.text, "d/f:", 4) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char good[] = "text = a\npath = b/c\nnumber = 9\ntime = 5s\n# x\n\n"
		      "flag = yes\ncall = *\ncall = y\n[part a]\ntext=b\n"
		      "[part b]\n\ttext =c\ntext = d\ntime = 1ms\n";
	size_t i;

	parse((const char *)bytes, n);
	for (i = 0; i + 3 <= n; i += 3)
		good[(size_t)(bytes[i] | bytes[i + 1] << 8) %
		    (sizeof good - 1)] = (char)bytes[i + 2];
	parse(good, sizeof good - 1);
	return 0;
}
