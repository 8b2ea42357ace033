/* SPDX-License-Identifier: Apache-2.0 */
#include "log/store_head.h"

#include <string.h>

#include "host/secret.h"
#include "host/text.h"

static void
line_add(struct text *t, const struct vkey *k, uint8_t *seed,
    const uint8_t *text, size_t text_n)
{
	uint8_t blob[SIG_ED25519_BYTES];

	secret_show(seed);
	checkpoint_sign(blob, k, seed, text, text_n);
	secret_hide(seed);
	sigline_text(t, k->name, blob, sizeof blob);
}

enum rc
store_head_sign(struct store_head *head, const struct log_setup *setup)
{
	struct text t;
	size_t text_n;

	text_init(&t, (char *)head->checkpoint, sizeof head->checkpoint);
	checkpoint_text(&t, setup->key.name, head->size, head->root);
	text_n = t.n;
	text_string(&t, "\n");
	line_add(&t, &setup->key, setup->seed, head->checkpoint, text_n);
	if (setup_key_n(setup) > 1)
		line_add(&t, &setup->next_key, setup->next_seed,
		    head->checkpoint, text_n);
	head->checkpoint_n = (uint16_t)t.n;
	return t.full ? RC_MEMORY : RC_OK;
}

enum rc
store_head_take(struct store_head *head, const struct log_setup *setup,
    const struct note *note, const struct checkpoint *found)
{
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	unsigned i, n = 0;
	uint64_t none;
	struct text t;
	enum rc rc = RC_OK;

	head->size = found->size;
	memcpy(head->root, found->root, 32);
	text_init(&t, (char *)head->checkpoint, sizeof head->checkpoint);
	text_put(&t, note->bytes, note->text_n);
	text_string(&t, "\n");
	for (i = 0; i < setup_key_n(setup) && rc == RC_OK; i++) {
		const struct vkey *k = setup_key(setup, i);

		rc = checkpoint_line_by(blob, &none, note, k);
		if (rc == RC_OK) {
			sigline_text(&t, k->name, blob, SIG_ED25519_BYTES);
			n++;
		} else if (rc == RC_MORE) {
			rc = RC_OK;
		}
	}
	head->checkpoint_n = (uint16_t)t.n;
	if (rc == RC_OK && n == 0)
		rc = RC_LOG;
	return rc == RC_OK && t.full ? RC_CHECKPOINT : rc;
}

/* Whether each of the log's keys has signed it. */
static bool
head_whole(const struct store_head *head, const struct log_setup *setup)
{
	uint8_t blob[SIG_COSIGNATURE_BYTES];
	struct note note;
	uint64_t none;
	unsigned i;

	if (head->checkpoint_n == 0 ||
	    note_split(&note, head->checkpoint, head->checkpoint_n) != RC_OK)
		return false;
	for (i = 0; i < setup_key_n(setup); i++)
		if (checkpoint_line_by(blob, &none, &note,
			setup_key(setup, i)) != RC_OK)
			return false;
	return true;
}

enum rc
store_head_first(struct store_head *out, struct store *s,
    const struct log_setup *setup)
{
	enum rc rc = store_head(s, out);

	if (rc != RC_OK || head_whole(out, setup))
		return rc;
	rc = store_begin(s);
	if (rc == RC_OK && out->checkpoint_n == 0)
		rc = store_root(s, &out->size, out->root);
	if (rc == RC_OK)
		rc = store_head_sign(out, setup);
	if (rc == RC_OK)
		rc = store_commit(s, out);
	if (rc != RC_OK)
		store_rollback(s);
	return rc;
}
