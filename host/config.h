/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_CONFIG_H
#define HOST_CONFIG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/why.h"
#include "verify/rc.h"

/*
 * Strict INI. Lines are `[section]`, `[section instance]`, `key = value`,
 * blank, or begin with # or ; (no comments after a value). Bytes are
 * 0x20..0x7e and tab, lines end in LF and have at most 1,023 bytes. What is
 * unknown, said twice, empty or of the wrong type is an error, and the first
 * one ends the reading: "file:line: ...".
 *
 * The tables describe a C struct:
 *
 *	static const struct config_key party_keys[] = {
 *		CONFIG_TEXT("key", CONFIG_REQUIRED, struct party, vkey),
 *		CONFIG_NUMBER("weight", 0, struct party, weight, 1, 9),
 *		{0}};
 *	static const struct config_section sections[] = {
 *		{"", 0, NULL, top_keys},
 *		{"party", CONFIG_INSTANCES, party_open, party_keys}, {0}};
 */
enum {
	CONFIG_REQUIRED = 1,  /* key: in every instance; section: at least one */
	CONFIG_REPEATS = 2,   /* key: any number of times; CONFIG_CALL only */
	CONFIG_INSTANCES = 4  /* section: [section instance], names distinct */
};

enum config_type {
	CONFIG_TYPE_TEXT,     /* char[size], NUL-terminated */
	CONFIG_TYPE_PATH,     /* the same; relative to the file's directory */
	CONFIG_TYPE_NUMBER,   /* uint64_t, min..max */
	CONFIG_TYPE_DURATION, /* uint64_t of milliseconds: 5ms 3s 2m 1h 7d */
	CONFIG_TYPE_BOOL,     /* bool: yes or no */
	CONFIG_TYPE_CALL      /* the table's function */
};

struct config_key {
	const char *name;
	enum config_type type;
	unsigned flags;
	size_t offset, size;
	uint64_t min, max;
	/* base: the section's struct. Anything but RC_OK refuses the line;
	 * say in why what is wrong with the value. */
	enum rc (*call)(void *base, const char *value, struct why *why);
};

#define CONFIG_TEXT(name_, flags_, type_, member_)                             \
	{.name = name_, .type = CONFIG_TYPE_TEXT, .flags = flags_,             \
	    .offset = offsetof(type_, member_),                                \
	    .size = sizeof(((type_ *)0)->member_)}
#define CONFIG_PATH(name_, flags_, type_, member_)                             \
	{.name = name_, .type = CONFIG_TYPE_PATH, .flags = flags_,             \
	    .offset = offsetof(type_, member_),                                \
	    .size = sizeof(((type_ *)0)->member_)}
#define CONFIG_NUMBER(name_, flags_, type_, member_, min_, max_)               \
	{.name = name_, .type = CONFIG_TYPE_NUMBER, .flags = flags_,           \
	    .offset = offsetof(type_, member_), .size = sizeof(uint64_t),      \
	    .min = min_, .max = max_}
#define CONFIG_DURATION(name_, flags_, type_, member_, min_ms_, max_ms_)       \
	{.name = name_, .type = CONFIG_TYPE_DURATION, .flags = flags_,         \
	    .offset = offsetof(type_, member_), .size = sizeof(uint64_t),      \
	    .min = min_ms_, .max = max_ms_}
#define CONFIG_BOOL(name_, flags_, type_, member_)                             \
	{.name = name_, .type = CONFIG_TYPE_BOOL, .flags = flags_,             \
	    .offset = offsetof(type_, member_), .size = sizeof(bool)}
#define CONFIG_CALL(name_, flags_, call_)                                      \
	{.name = name_, .type = CONFIG_TYPE_CALL, .flags = flags_,             \
	    .call = call_}

struct config_section {
	const char *name; /* "": the lines before the first heading */
	unsigned flags;
	/* The struct that the keys' offsets count from, for this instance
	 * ("" without CONFIG_INSTANCES); NULL refuses, with why. No function:
	 * the target. The pointer must hold until the next heading. */
	void *(*open)(void *target, const char *instance, struct why *why);
	const struct config_key *keys; /* ends with a NULL name */
};

#define CONFIG_BYTES_MAX 1048576
#define CONFIG_KEYS_MAX	 64 /* per section */

/*
 * Fills target; keys that do not appear leave what the caller put there, so
 * set the defaults first. After a refusal target is half filled.
 * RC_OK, RC_CONFIG, or what file_read gives.
 */
enum rc config_read(void *target, const struct config_section *sections,
    const char *path, struct why *why) __attribute__((warn_unused_result));

/* The same from memory; `path` is for messages and relative paths. */
enum rc config_parse(void *target, const struct config_section *sections,
    const char *path, const char *text, size_t n, struct why *why)
    __attribute__((warn_unused_result));
#endif
