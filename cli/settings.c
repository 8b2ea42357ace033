/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/settings.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/args.h"
#include "host/config.h"

static void *
log_open(void *target, const char *instance, struct why *why)
{
	struct settings *s = target;
	struct settings_log *log;

	if (s->log_n == SETTINGS_LOGS_MAX) {
		why_set(why, "more than %d logs", SETTINGS_LOGS_MAX);
		return NULL;
	}
	log = &s->log[s->log_n++];
	if (strlen(instance) >= sizeof log->name) {
		why_set(why, "the log's name is too long");
		return NULL;
	}
	snprintf(log->name, sizeof log->name, "%s", instance);
	return log;
}

static void
find(char path[static FILE_PATH_MAX + 1])
{
	char dir[FILE_PATH_MAX - 16], *slash;

	path[0] = '\0';
	if (getcwd(dir, sizeof dir) == NULL)
		return;
	for (;;) {
		snprintf(path, FILE_PATH_MAX + 1, "%s/quorate.ini",
		    strcmp(dir, "/") == 0 ? "" : dir);
		if (file_exists(path))
			return;
		slash = strrchr(dir, '/');
		if (slash == NULL || strcmp(dir, "/") == 0)
			break;
		slash[slash == dir ? 1 : 0] = '\0';
	}
	path[0] = '\0';
}

void
settings_load(struct settings *s)
{
	static const struct config_key authority_keys[] = {
	    CONFIG_TEXT("name", 0, struct settings, authority),
	    CONFIG_NUMBER("epoch", 0, struct settings, epoch, 1, UINT32_MAX),
	    CONFIG_PATH("trust", 0, struct settings, trust),
	    CONFIG_PATH("roster", 0, struct settings, roster), {0}};
	static const struct config_key log_keys[] = {
	    CONFIG_TEXT("url", CONFIG_REQUIRED, struct settings_log, url), {0}};
	static const struct config_key coordinator_keys[] = {
	    CONFIG_TEXT("url", CONFIG_REQUIRED, struct settings, coordinator),
	    {0}};
	static const struct config_key proposer_keys[] = {
	    CONFIG_PATH("key", CONFIG_REQUIRED, struct settings, proposer_key),
	    {0}};
	static const struct config_key https_keys[] = {
	    CONFIG_PATH("ca-file", CONFIG_REQUIRED, struct settings, ca_file),
	    {0}};
	static const struct config_section sections[] = {
	    {"authority", 0, NULL, authority_keys},
	    {"log", CONFIG_INSTANCES, log_open, log_keys},
	    {"coordinator", 0, NULL, coordinator_keys},
	    {"proposer", 0, NULL, proposer_keys},
	    {"https", 0, NULL, https_keys}, {0}};
	struct why why = {""};
	unsigned i;

	memset(s, 0, sizeof *s);
	find(s->path);
	if (s->path[0] == '\0')
		return;
	if (config_read(s, sections, s->path, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	for (i = 0; i < s->log_n; i++)
		args_base_url(s->log[i].url);
	args_base_url(s->coordinator);
	if (s->authority[0] != '\0' && !slice_name(slice_of(s->authority)))
		die(EXIT_ENVIRONMENT, "%s: [authority] name is no name",
		    s->path);
}

const char *
settings_home_log(struct settings *s, const char *given)
{
	if (given != NULL)
		return given;
	settings_load(s);
	if (s->log_n == 0)
		die(EXIT_USAGE, "'--log URL' is missing, and quorate.ini "
				"names none");
	return s->log[0].url;
}

const char *
settings_trust(const struct settings *s, const char *given)
{
	if (given == NULL && s->trust[0] == '\0')
		die(EXIT_USAGE, "'--trust FILE' is missing, and quorate.ini "
				"names none");
	return given != NULL ? given : s->trust;
}
