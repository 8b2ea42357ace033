/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H
#include "cli/cli.h"
#include "host/file.h"

/*
 * quorate.ini, found upwards from the working directory:
 *
 *	[authority]
 *	name = acme.example/release
 *	epoch = 1
 *	trust = trust.note            ; relative to the file
 *	roster = roster.note          ; of a shared signer
 *	[log NAME]                    ; 0..4 of them
 *	url = https://log.acme.example
 *	[coordinator]
 *	url = https://...
 *	[proposer]
 *	key = proposer.key
 *	[https]
 *	ca-file = ca.pem              ; instead of the system's authorities
 */
enum { SETTINGS_LOGS_MAX = 4, SETTINGS_URL_MAX = 512 };

struct settings_log {
	char name[NAME_BYTES_MAX + 1];
	char url[SETTINGS_URL_MAX + 1];
};
struct settings {
	char path[FILE_PATH_MAX + 1]; /* of the file; "" when there is none */
	char authority[NAME_BYTES_MAX + 1];
	uint64_t epoch; /* 0: not said */
	char trust[FILE_PATH_MAX + 1];
	char roster[FILE_PATH_MAX + 1];
	struct settings_log log[SETTINGS_LOGS_MAX];
	unsigned log_n;
	char coordinator[SETTINGS_URL_MAX + 1];
	char proposer_key[FILE_PATH_MAX + 1];
	char ca_file[FILE_PATH_MAX + 1];
};
/* What is not said is zero. Dies with EXIT_ENVIRONMENT on a bad file. */
void settings_load(struct settings *s);
/* What was given on the command line, else theirs; dies without either. The
 * first reads the file, if it must. */
const char *settings_home_log(struct settings *s, const char *given);
const char *settings_trust(const struct settings *s, const char *given);
#endif
