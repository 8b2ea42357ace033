/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_RC_TEXT_H
#define HOST_RC_TEXT_H
#include "host/why.h"
#include "verify/rc.h"

/*
 * A result for people. rc_name gives its identifier ("RC_QUORUM"), rc_text
 * the sentence beside it in verify/rc.h, lower case, without a full stop. A
 * number that is no result gives "RC_?" and "an unknown result". Static
 * strings, never NULL.
 */
const char *rc_name(enum rc rc);
const char *rc_text(enum rc rc);
/* The sentence that came with it, where one did; else rc_text. */
const char *rc_why(enum rc rc, const struct why *why);
#endif
