/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unseal KIND FILE PASSPHRASE-FILE: the bytes of a sealed file, in hex. So
 * that a test can look for them where they must not be; the product has no
 * such thing.
 */
#include <stdio.h>
#include <stdlib.h>
#include "host/file.h"
#include "host/secret.h"

int
main(int argc, char **argv)
{
	struct passphrase *pass = secret_new(sizeof *pass);
	uint8_t *plain = secret_new(SECRET_PLAIN_MAX), *sealed;
	struct why why = {""};
	size_t n, plain_n;

	if (argc != 4 ||
	    passphrase_read(pass, argv[3], "passphrase", false, &why) !=
		RC_OK ||
	    file_read(&sealed, &n, argv[2], SECRET_SEALED_MAX, &why) !=
		RC_OK ||
	    secret_open(plain, &plain_n, SECRET_PLAIN_MAX, argv[1],
		(const char *)sealed, n, pass) != RC_OK) {
		fprintf(stderr, "unseal: %s\n", why.text);
		return 1;
	}
	for (size_t i = 0; i < plain_n; i++)
		printf("%02x", plain[i]);
	printf("\n");
	free(sealed);
	secret_free(plain);
	secret_free(pass);
	return 0;
}
