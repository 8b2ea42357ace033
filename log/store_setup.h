/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_STORE_SETUP_H
#define LOG_STORE_SETUP_H
#include "host/why.h"
#include "log/setup.h"

/*
 * Reads quorate-logd's configuration (quorate-logd(8)) into a setup that is
 * all zero, and opens the key, which may ask for a passphrase. setup's seed
 * is for secret_free. RC_OK, or RC_CONFIG and the results of key_load.
 */
/* The same without the secrets: key and next_key are the public halves. */
enum rc setup_read_public(struct log_setup *setup, const char *path,
    struct why *why) __attribute__((warn_unused_result));
enum rc setup_read(struct log_setup *setup, const char *path, struct why *why)
    __attribute__((warn_unused_result));
#endif
