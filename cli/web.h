/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_WEB_H
#define CLI_WEB_H
#include "host/http_client.h"

/*
 * Whom the commands that speak https believe: `--ca-file`, otherwise what
 * quorate.ini says, otherwise the system's authorities. The option stands in
 * each of their tables, and each of them makes its clients here.
 */
#define WEB_OPTION                                                            \
	{.name = "ca-file", .value = "FILE", .string = &web_ca_given,          \
	    .help = "believe the servers that this PEM file vouches for, and " \
		    "no others"}
extern const char *web_ca_given;

/* NULL: the system's. Dies on a file that holds no certificate. */
const char *web_ca_file(void);

/* RC_OK or RC_MEMORY; dies as web_ca_file. */
enum rc web_client_new(struct http_client **out)
    __attribute__((warn_unused_result));
#endif
