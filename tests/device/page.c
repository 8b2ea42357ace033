/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page PAGE ID PRODUCT COMPONENT RELEASE PAYLOAD: a device that was given its
 * page (`quorate trust --device --page`) and knows nothing else, with the
 * decision and the arithmetic that devices have: does it take this release
 * and this payload? Exits 0 if so, else 1 with the result's number.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "verify/payload.h"
#include "verify/trust.h"
#include "verify/verify.h"

static uint8_t page[VERIFY_TEXT_MAX], file[1 << 20];

static size_t
read_file(uint8_t *bytes, size_t max, const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t n = f != NULL ? fread(bytes, 1, max, f) : 0;

	if (f == NULL || ferror(f) || fgetc(f) != EOF) {
		perror(path);
		exit(3);
	}
	fclose(f);
	return n;
}

static struct slice
word(const char *s)
{
	return (struct slice){(const uint8_t *)s, (uint16_t)strlen(s)};
}

static int
refuses(const char *what, enum rc rc)
{
	printf("%s: %d\n", what, (int)rc);
	return 1;
}

int
main(int argc, char **argv)
{
	static struct trust trust;
	static struct verify v;
	static struct verified out;
	struct verify_device d = {0};
	struct payload p;
	uint8_t id[32];
	size_t n;
	enum rc rc;

	if (argc != 7 || strlen(argv[2]) != 64)
		return 2;
	for (size_t i = 0; i < 32; i++)
		if (sscanf(argv[2] + 2 * i, "%2hhx", &id[i]) != 1)
			return 2;
	n = read_file(page, sizeof page, argv[1]);
	rc = trust_parse(&trust, page, n, id);
	if (rc != RC_OK)
		return refuses("page", rc);
	d.product[0].name = word(argv[3]);
	d.product_n = 1;
	d.component[0] = word(argv[4]);
	d.component_n = 1;
	verify_init(&v, &trust, &d);
	n = read_file(file, sizeof file, argv[5]);
	rc = RC_MORE;
	for (size_t i = 0; i < n && rc == RC_MORE; i++)
		rc = verify_feed(&v, file + i, 1);
	rc = verify_finish(&v, &out);
	if (rc != RC_OK)
		return refuses("release", rc);
	n = read_file(file, sizeof file, argv[6]);
	if (payload_init(&p, &out, 0) == RC_MORE)
		(void)!payload_feed(&p, file, n);
	rc = payload_finish(&p);
	if (rc != RC_OK)
		return refuses("payload", rc);
	printf("epoch %u sequence %u\n", (unsigned)out.epoch,
	    (unsigned)out.sequence);
	return 0;
}
