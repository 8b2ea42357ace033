/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/web.h"

#include "cli/settings.h"
#include "host/tls_files.h"

const char *web_ca_given;

const char *
web_ca_file(void)
{
	static struct settings settings;
	static const char *file;
	static bool looked;
	struct why why = {""};

	if (looked)
		return file;
	looked = true;
	file = web_ca_given;
	if (file == NULL) {
		settings_load(&settings);
		file = settings.ca_file[0] != '\0' ? settings.ca_file : NULL;
	}
	if (file != NULL && tls_ca_check(file, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	return file;
}

enum rc
web_client_new(struct http_client **out)
{
	const struct http_client_options options = {.ca_file = web_ca_file()};

	return http_client_new(out, &options);
}
