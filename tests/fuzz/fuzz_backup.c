/* SPDX-License-Identifier: Apache-2.0 */
/* Typed pages: what is taken is spelled again as the same sealed text. */
#include <assert.h>
#include <string.h>
#include "signer/backup.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static char page[1 << 16], sealed[BACKUP_SEALED_MAX];
	static char made[BACKUP_PAGE_MAX], again[BACKUP_SEALED_MAX];
	struct backup_head h, h2;
	struct text t, p, t2;
	unsigned line = 0;

	if (n > sizeof page)
		return 0;
	memcpy(page, bytes, n);
	text_init(&t, sealed, sizeof sealed);
	if (backup_page_parse(&h, &t, &line, page, n) != RC_OK) {
		assert(line > 0);
		return 0;
	}
	text_init(&p, made, sizeof made);
	if (backup_page_build(&p, &h, t.p, t.n) != RC_OK)
		return 0; /* sealed with numbers that no sealed text has */
	text_init(&t2, again, sizeof again);
	assert(backup_page_parse(&h2, &t2, &line, made, p.n) == RC_OK);
	assert(t2.n == t.n && memcmp(t2.p, t.p, t.n) == 0);
	return 0;
}
