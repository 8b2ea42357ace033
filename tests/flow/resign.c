/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resign NAME KEY PASSPHRASE-FILE: reads any text on stdin and writes it as a
 * note with a line by that key. What a party that lies does with its key; the
 * product has no such thing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/file.h"
#include "host/secret.h"
#include "host/sign.h"
#include "quorum/message.h"

int
main(int argc, char **argv)
{
	struct passphrase *pass = secret_new(sizeof *pass);
	uint8_t *seed = secret_new(32), *sealed, *text;
	static char note[2 * NOTE_BYTES_MAX];
	struct why why = {""};
	struct vkey k = {.type = KEY_ED25519};
	size_t n, text_n, got = 0;
	struct text t;

	if (argc != 4 ||
	    passphrase_read(pass, argv[3], "passphrase", false, &why) !=
		RC_OK ||
	    file_read(&sealed, &n, argv[2], SECRET_SEALED_MAX, &why) !=
		RC_OK ||
	    secret_open(seed, &got, 32, "quorate/key", (const char *)sealed,
		n, pass) != RC_OK ||
	    file_read_stdin(&text, &text_n, NOTE_BYTES_MAX, &why) != RC_OK) {
		fprintf(stderr, "resign: %s\n", why.text);
		return 1;
	}
	k.name = (struct slice){(const uint8_t *)argv[1], strlen(argv[1])};
	ed25519_public(k.key, seed);
	vkey_id(k.id, k.name, KEY_ED25519, k.key);
	text_init(&t, note, sizeof note);
	text_put(&t, text, text_n);
	message_sign(&t, &k, seed);
	free(sealed);
	free(text);
	secret_free(seed);
	secret_free(pass);
	return fwrite(t.p, 1, t.n, stdout) == t.n ? 0 : 1;
}
