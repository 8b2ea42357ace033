/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes from repositories, from people's mail and from a taken-over
 * evidence process: signatures, lists of signers, findings. The first byte
 * chooses; what is taken holds its own rules.
 */
#include <assert.h>
#include <string.h>
#include "host/text.h"
#include "signer/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
signature(const uint8_t *bytes, size_t n)
{
	static struct sshsig s;

	if (sshsig_parse(&s, bytes, n, NULL) != RC_OK)
		return;
	assert(s.signature.n == 64 && s.n <= sizeof s.blob);
	(void)!sshsig_verify(&s, "git", bytes, n);
}

static void
list(const uint8_t *bytes, size_t n)
{
	static struct ssh_signers s;
	struct why why = {""};

	if (ssh_signers_parse(&s, bytes, n, &why) != RC_OK) {
		assert(why.text[0] != '\0');
		return;
	}
	for (unsigned i = 0; i < s.count; i++) {
		const struct ssh_signer *k = &s.at[i];

		assert(memchr(k->principals, 0, sizeof k->principals) != NULL);
		assert(k->key.hardware == (k->key.application[0] != '\0'));
	}
}

static void
findings(const uint8_t *bytes, size_t n)
{
	char room[SOURCE_FINDINGS_MAX];
	struct source_findings f;
	struct text t;

	if (source_findings_parse(&f, bytes, n) != RC_OK) {
		assert(f.count == 0);
		return;
	}
	text_init(&t, room, sizeof room);
	source_findings_build(&t, &f);
	assert(!t.full && t.n == n && memcmp(t.p, bytes, n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	if (n == 0)
		return 0;
	switch (bytes[0] % 3) {
	case 0:
		signature(bytes + 1, n - 1);
		break;
	case 1:
		list(bytes + 1, n - 1);
		break;
	default:
		findings(bytes + 1, n - 1);
		break;
	}
	return 0;
}
