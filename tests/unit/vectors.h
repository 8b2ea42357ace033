/* SPDX-License-Identifier: Apache-2.0 */
/* Published test vectors in JSON, which lie beside the checkout and which a
 * machine may lack. */
#ifndef TESTS_UNIT_VECTORS_H
#define TESTS_UNIT_VECTORS_H
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* NULL, and says so, where it is not there. */
static inline json_t *
vectors_load(const char *name)
{
	char path[1024];
	json_error_t error;
	json_t *j;

	snprintf(path, sizeof path, "%s/%s", QUORATE_VECTORS, name);
	j = json_load_file(path, 0, &error);
	if (j == NULL)
		printf("SKIPPED %s: %s\n", path, error.text);
	return j;
}

static inline const char *
member(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	if (s == NULL)
		abort(); /* also where no suite runs */
	return s;
}
#endif
