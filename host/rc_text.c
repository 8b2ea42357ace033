/* SPDX-License-Identifier: Apache-2.0 */
/* Results for people, made from the one list in verify/rc.h. */
#include "host/rc_text.h"

const char *
rc_name(enum rc rc)
{
	switch (rc) {
#define CASE(name, number, text)                                               \
	case name:                                                             \
		return #name;
		RC_LIST(CASE)
#undef CASE
	case RC_OK:
		return "RC_OK";
	}
	return "RC_?";
}

const char *
rc_text(enum rc rc)
{
	switch (rc) {
#define CASE(name, number, text)                                               \
	case name:                                                             \
		return text;
		RC_LIST(CASE)
#undef CASE
	case RC_OK:
		return "ok";
	}
	return "an unknown result";
}

const char *
rc_why(enum rc rc, const struct why *why)
{
	return why->text[0] != '\0' ? why->text : rc_text(rc);
}
