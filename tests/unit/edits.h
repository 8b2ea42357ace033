/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of edits: a good text, one change, and what its two readers, host
 * and device, then say. */
#ifndef TESTS_UNIT_EDITS_H
#define TESTS_UNIT_EDITS_H
#include <check.h>
#include "verify/rc.h"

struct edit {
	const char *from, *to;
	enum rc host, device;
};

static inline void
edit_judge(const struct edit *e, enum rc host, enum rc device)
{
	ck_assert_msg(host == e->host && device == e->device,
	    "host %d, device %d for '%s' as '%s'", (int)host, (int)device,
	    e->from, e->to);
}
#endif
