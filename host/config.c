/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict INI. Our own reader of a screen, because libinih cuts section
 * names at 50 and lines at 200 bytes without a word, and joins indented
 * lines: a cut key would be another key.
 */
#include "host/config.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/file.h"
#include "host/text.h"

#define CONFIG_LINE_MAX	  1023
#define CONFIG_HEADINGS_MAX 1024

struct heading {
	const struct config_section *section;
	char name[CONFIG_LINE_MAX + 1]; /* as it stands between [ and ] */
};

struct config {
	void *target;
	const struct config_section *sections;
	const char *path;
	struct why *why;
	unsigned line;
	/* the section being read */
	const struct config_section *section;
	const char *title; /* "" or what stands in the heading */
	unsigned title_line;
	void *base;
	uint64_t seen; /* a bit per key of the section */
	/* all headings so far, to refuse a second one */
	struct heading *headings;
	size_t heading_count;
};

static enum rc config_bad(struct config *c, unsigned line, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

static enum rc
config_bad(struct config *c, unsigned line, const char *format, ...)
{
	char text[WHY_BYTES_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	why_set(c->why, "%s:%u: %s", c->path, line, text);
	return RC_CONFIG;
}

static enum rc
value_bad(struct config *c, const struct config_key *key, const char *want)
{
	return config_bad(c, c->line, "'%s' wants %s", key->name, want);
}

static enum rc
store_text(struct config *c, const struct config_key *key, const char *value)
{
	const char *slash = strrchr(c->path, '/');
	struct text t;

	text_init(&t, (char *)c->base + key->offset, key->size);
	if (key->type == CONFIG_TYPE_PATH && value[0] != '/' && slash != NULL)
		text_put(&t, c->path, (size_t)(slash - c->path) + 1);
	text_string(&t, value);
	if (!t.full)
		return RC_OK;
	return config_bad(c, c->line, "'%s' is longer than %zu bytes",
	    key->name, key->size - 1);
}

static enum rc
store_number(struct config *c, const struct config_key *key, const char *value)
{
	bool duration = key->type == CONFIG_TYPE_DURATION;
	size_t n = strlen(value);
	uint64_t v = 0;

	if (duration && !duration_decode(&v, value, n))
		return value_bad(c, key, "a time such as 5ms, 3s, 2m, 1h or 7d");
	if (!duration && !decimal_decode(&v, UINT64_MAX, value, n))
		return value_bad(c, key, "a number");
	if (v < key->min || v > key->max)
		return config_bad(c, c->line, "'%s' wants %llu to %llu%s",
		    key->name, (unsigned long long)key->min,
		    (unsigned long long)key->max, duration ? " ms" : "");
	memcpy((char *)c->base + key->offset, &v, sizeof v);
	return RC_OK;
}

static enum rc
store_bool(struct config *c, const struct config_key *key, const char *value)
{
	bool yes = strcmp(value, "yes") == 0;

	if (!yes && strcmp(value, "no") != 0)
		return value_bad(c, key, "yes or no");
	memcpy((char *)c->base + key->offset, &yes, sizeof yes);
	return RC_OK;
}

static enum rc
store_call(struct config *c, const struct config_key *key, const char *value)
{
	struct why why = {"is refused"};

	if (key->call(c->base, value, &why) == RC_OK)
		return RC_OK;
	return config_bad(c, c->line, "'%s': %s", key->name, why.text);
}

static enum rc
store(struct config *c, const struct config_key *key, const char *value)
{
	switch (key->type) {
	case CONFIG_TYPE_TEXT:
	case CONFIG_TYPE_PATH:
		return store_text(c, key, value);
	case CONFIG_TYPE_NUMBER:
	case CONFIG_TYPE_DURATION:
		return store_number(c, key, value);
	case CONFIG_TYPE_BOOL:
		return store_bool(c, key, value);
	case CONFIG_TYPE_CALL:
		return store_call(c, key, value);
	}
	return RC_CONFIG;
}

static enum rc
take_value(struct config *c, const char *name, const char *value)
{
	const struct config_key *key;
	size_t i;

	if (c->section == NULL)
		return config_bad(c, c->line,
		    "'%s' stands before any [section]", name);
	for (i = 0; c->section->keys[i].name != NULL; i++)
		if (strcmp(c->section->keys[i].name, name) == 0)
			break;
	assert(i < CONFIG_KEYS_MAX);
	key = &c->section->keys[i];
	if (key->name == NULL)
		return config_bad(c, c->line, "unknown key '%s'%s%s%s", name,
		    c->title[0] != '\0' ? " in [" : "", c->title,
		    c->title[0] != '\0' ? "]" : "");
	if ((c->seen >> i & 1) && !(key->flags & CONFIG_REPEATS))
		return config_bad(c, c->line, "'%s' is given twice", name);
	if (value[0] == '\0')
		return config_bad(c, c->line, "'%s' has no value", name);
	c->seen |= UINT64_C(1) << i;
	return store(c, key, value);
}

/* The section that ends here has all it needs. */
static enum rc
section_end(struct config *c)
{
	const struct config_key *keys;
	size_t i;

	if (c->section == NULL)
		return RC_OK;
	keys = c->section->keys;
	for (i = 0; keys[i].name != NULL; i++)
		if ((keys[i].flags & CONFIG_REQUIRED) && !(c->seen >> i & 1))
			return config_bad(c, c->title_line, "%s%s%s'%s' is "
							    "missing",
			    c->title[0] != '\0' ? "[" : "", c->title,
			    c->title[0] != '\0' ? "] " : "", keys[i].name);
	return RC_OK;
}

static enum rc
section_begin(struct config *c, const struct config_section *section,
    const char *title, const char *instance)
{
	struct why why = {"is refused"};

	c->section = section;
	c->title = title;
	c->title_line = c->line;
	c->seen = 0;
	c->base = section->open == NULL
	    ? c->target
	    : section->open(c->target, instance, &why);
	if (c->base == NULL)
		return config_bad(c, c->line, "[%s]: %s", title, why.text);
	return RC_OK;
}

static const struct config_section *
section_find(const struct config *c, const char *name, size_t n)
{
	const struct config_section *s;

	for (s = c->sections; s->name != NULL; s++)
		if (strlen(s->name) == n && memcmp(s->name, name, n) == 0)
			return s;
	return NULL;
}

static bool
heading_known(const struct config *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->heading_count; i++)
		if (strcmp(c->headings[i].name, name) == 0)
			return true;
	return false;
}

/* heading: what stands between the brackets. */
static enum rc
take_heading(struct config *c, const char *heading)
{
	size_t n = strcspn(heading, " ");
	const char *instance = heading[n] == ' ' ? heading + n + 1 : "";
	const struct config_section *section = section_find(c, heading, n);
	struct heading *grown;
	enum rc rc = section_end(c);

	if (rc != RC_OK)
		return rc;
	if (n == 0 || section == NULL)
		return config_bad(c, c->line, "unknown section [%s]", heading);
	if (strchr(instance, ' ') != NULL || strchr(instance, '\t') != NULL ||
	    !(section->flags & CONFIG_INSTANCES) != (heading[n] == '\0') ||
	    (heading[n] == ' ' && instance[0] == '\0'))
		return config_bad(c, c->line, section->flags & CONFIG_INSTANCES
			? "[%s] wants one name, as in [%s alice]"
			: "[%s] takes no name: write [%s]",
		    heading, section->name);
	if (heading_known(c, heading))
		return config_bad(c, c->line, "[%s] stands here twice",
		    heading);
	if (c->heading_count == CONFIG_HEADINGS_MAX)
		return config_bad(c, c->line, "too many sections");
	grown = realloc(c->headings, (c->heading_count + 1) * sizeof *grown);
	if (grown == NULL)
		return RC_MEMORY;
	c->headings = grown;
	grown[c->heading_count].section = section;
	strcpy(grown[c->heading_count].name, heading);
	c->title = grown[c->heading_count].name;
	c->heading_count++;
	return section_begin(c, section, c->title, instance);
}

static char *
trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		s[--n] = '\0';
	return s;
}

static enum rc
take_line(struct config *c, char *line)
{
	char *equals, *name, *value;
	size_t n;

	if (line[0] == '#' || line[0] == ';')
		return RC_OK;
	if (line[0] == ' ' || line[0] == '\t') {
		if (trim(line)[0] == '\0')
			return RC_OK;
		return config_bad(c, c->line, "a line may not be indented");
	}
	name = trim(line);
	n = strlen(name);
	if (n == 0)
		return RC_OK;
	if (name[0] == '[') {
		if (n < 3 || name[n - 1] != ']')
			return config_bad(c, c->line, "a heading is written "
						      "[section]");
		name[n - 1] = '\0';
		return take_heading(c, name + 1);
	}
	equals = strchr(name, '=');
	if (equals == NULL || equals == name)
		return config_bad(c, c->line, "wanted 'key = value'");
	*equals = '\0';
	name = trim(name);
	value = trim(equals + 1);
	return take_value(c, name, value);
}

static enum rc
take_lines(struct config *c, const char *text, size_t n)
{
	char line[CONFIG_LINE_MAX + 1];
	size_t at = 0, i, k;
	enum rc rc = RC_OK;

	while (at < n && rc == RC_OK) {
		const char *end = memchr(text + at, '\n', n - at);

		c->line++;
		if (end == NULL)
			return config_bad(c, c->line, "the last line does not "
						      "end");
		k = (size_t)(end - (text + at));
		if (k > CONFIG_LINE_MAX)
			return config_bad(c, c->line, "a line longer than %d "
						      "bytes",
			    CONFIG_LINE_MAX);
		for (i = 0; i < k; i++) {
			line[i] = text[at + i];
			if ((line[i] < 0x20 && line[i] != '\t') ||
			    line[i] > 0x7e)
				return config_bad(c, c->line,
				    "byte 0x%02x in column %zu",
				    (unsigned char)line[i], i + 1);
		}
		line[k] = '\0';
		rc = take_line(c, line);
		at += k + 1;
	}
	return rc;
}

static enum rc
sections_check(struct config *c)
{
	const struct config_section *s;
	size_t i;

	for (s = c->sections; s->name != NULL; s++) {
		if (!(s->flags & CONFIG_REQUIRED) || s->name[0] == '\0')
			continue;
		for (i = 0; i < c->heading_count; i++)
			if (c->headings[i].section == s)
				break;
		if (i == c->heading_count)
			return config_bad(c, c->line, "there is no [%s%s]",
			    s->name,
			    s->flags & CONFIG_INSTANCES ? " NAME" : "");
	}
	return RC_OK;
}

enum rc
config_parse(void *target, const struct config_section *sections,
    const char *path, const char *text, size_t n, struct why *why)
{
	struct config c = {.target = target, .sections = sections,
	    .path = path, .why = why, .line = 1, .title = ""};
	const struct config_section *top = section_find(&c, "", 0);
	enum rc rc = RC_OK;

	if (top != NULL)
		rc = section_begin(&c, top, "", "");
	c.line = 0;
	if (rc == RC_OK)
		rc = take_lines(&c, text, n);
	if (rc == RC_OK)
		rc = section_end(&c);
	if (rc == RC_OK)
		rc = sections_check(&c);
	free(c.headings);
	return rc;
}

enum rc
config_read(void *target, const struct config_section *sections,
    const char *path, struct why *why)
{
	uint8_t *text;
	size_t n;
	enum rc rc = file_read(&text, &n, path, CONFIG_BYTES_MAX, why);

	if (rc == RC_OK)
		rc = config_parse(target, sections, path, (const char *)text, n,
		    why);
	free(text);
	return rc;
}
