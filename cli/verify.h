/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_VERIFY_H
#define CLI_VERIFY_H

/*
 * What `quorate verify` does, of files that were just made: exit code, the
 * verdict on stdout. payload, component may be NULL.
 */
int verify_self(const char *release, const char *trust, const char *payload,
    const char *component);
#endif
