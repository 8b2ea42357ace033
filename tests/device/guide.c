/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the functions that docs/device.md shows (guide.test.sh). */
#include <stdio.h>
#include <string.h>

static FILE *from;

static size_t
more(uint8_t *to, size_t n)
{
	return fread(to, 1, n, from);
}

/* guide RELEASE IMAGE: both results, by number */
int
main(int argc, char **argv)
{
	struct verify_device d = {.product = {quorate_product[0],
				      quorate_product[1]},
	    .product_n = 2,
	    .component = {{(const uint8_t *)"app", 3}},
	    .component_n = 1};
	struct verified out;

	d.product[0].sequence = 6;
	d.product[1].sequence = 2;
	from = argc == 3 ? fopen(argv[1], "rb") : NULL;
	if (from == NULL)
		return 3;
	printf("release %d\n", (int)release_decide(&out, &d, more));
	fclose(from);
	from = fopen(argv[2], "rb");
	if (from == NULL)
		return 3;
	printf("image %d\n", (int)image_decide(&out, more));
	fclose(from);
	return 0;
}
