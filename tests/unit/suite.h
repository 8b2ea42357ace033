/* SPDX-License-Identifier: Apache-2.0 */
/* How a suite is run; main returns what comes back. CK_VERBOSITY, where it is
 * set, says how much is printed. */
#ifndef TESTS_UNIT_SUITE_H
#define TESTS_UNIT_SUITE_H
#include <check.h>

static inline int
suite_run(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
#endif
