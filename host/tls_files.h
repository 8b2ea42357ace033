/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_TLS_FILES_H
#define HOST_TLS_FILES_H
#include "host/why.h"
#include "verify/rc.h"

/*
 * PEM files for TLS, read and held to each other before anybody listens or
 * connects with them, so that what is wrong is said by name. What is out of
 * its time, or soon will be, is warned of (say.h) and is no refusal: it may
 * be renewed in place, or the clock be wrong.
 */

/*
 * What a server shows: its certificate, others of the chain after it, and
 * the key that fits it, without a passphrase. Both "": plain HTTP, RC_OK.
 * RC_CONFIG (also when one is there and the other is not), or of file_read.
 */
enum rc tls_server_check(const char *certificate, const char *key,
    struct why *why) __attribute__((warn_unused_result));

/* Whom a client believes: one certificate or more. "": RC_OK. */
enum rc tls_ca_check(const char *ca_file, struct why *why)
    __attribute__((warn_unused_result));
#endif
