/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures audited per second: releases with four lines each, through the
 * auditor's store as `quorate audit` uses it, in batches of 256 entries; the
 * same signatures in batches of 256 alone; and libsodium, one by one, in the
 * same run. CPU time of this process. Judges nothing but that all verify.
 *
 *	audit-bench DIR COUNT
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/batch.h"
#include "host/clock.h"
#include "host/say.h"
#include "host/sign.h"
#include "log/store_audit.h"

enum { SIGNERS = 4, NOTE_MAX = 2048, COUNT_MAX = 100000 };

static struct signer {
	char name[32], vkey[128];
	uint8_t seed[32];
	struct vkey key;
} signers[SIGNERS + 4]; /* then root, log, witness, mirror */

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
signer_make(struct signer *s, const char *name, uint8_t type)
{
	uint8_t blob[33] = {type}, id[4];
	struct text t;

	snprintf(s->name, sizeof s->name, "%s", name);
	memset(s->seed, 0, 32);
	memcpy(s->seed, name, strlen(name));
	ed25519_public(blob + 1, s->seed);
	vkey_id(id, (struct slice){(uint8_t *)s->name, strlen(s->name)}, type,
	    blob + 1);
	text_init(&t, s->vkey, sizeof s->vkey);
	text_printf(&t, "%s+", s->name);
	text_hex(&t, id, 4);
	text_string(&t, "+");
	text_base64(&t, blob, 33);
	if (vkey_parse(&s->key, (struct slice){(uint8_t *)s->vkey, t.n},
		type) != RC_OK)
		die(EXIT_ENVIRONMENT, "no key");
}

static void
lines_add(struct text *t, unsigned from, unsigned to)
{
	size_t n = t->n;
	unsigned i;

	text_string(t, "\n");
	for (i = from; i < to; i++) {
		uint8_t blob[SIG_ED25519_BYTES];

		memcpy(blob, signers[i].key.id, 4);
		ed25519_sign(blob + 4, signers[i].seed, (uint8_t *)t->p, n);
		sigline_text(t, signers[i].key.name, blob, sizeof blob);
	}
}

static void
trust_make(struct text *t)
{
	unsigned i;

	text_string(t, "quorate/trust@v1\nname bench/test\nepoch 1\n"
		       "revision 1\nprevious -\n");
	for (i = 0; i < SIGNERS; i++)
		text_printf(t, "signer s%u %s CH\n", i, signers[i].vkey);
	text_string(t, "group q all s0 s1 s2 s3\nquorum q\n");
	text_printf(t, "root r %s CH\nroot-quorum r\nlog %s CH\n"
		       "witness w %s CH\nmirror m %s CH\ngroup c all w m\n"
		       "witness-quorum c\nabout\nproposed 1700000000\n",
	    signers[SIGNERS].vkey, signers[SIGNERS + 1].vkey,
	    signers[SIGNERS + 2].vkey, signers[SIGNERS + 3].vkey);
}

int
main(int argc, char **argv)
{
	static const char *const names[] = {"s/a", "s/b", "s/c", "s/d", "root",
	    "log", "w", "m"};
	unsigned count = argc == 3 ? (unsigned)atoi(argv[2]) : 0, i, k, n = 0;
	struct batch_cache *cache = batch_cache_new(64);
	struct audit_store *s;
	struct batch_item *item;
	uint8_t (*sig)[64];
	struct why why = {""};
	struct note note;
	uint8_t id[32];
	struct text *t;
	double from, one, batch, audit;
	enum rc rc;

	say_init("audit-bench");
	if (count == 0 || count > COUNT_MAX)
		die(EXIT_USAGE, "see the head of tests/bench/audit.c");
	for (i = 0; i < SIGNERS + 4; i++)
		signer_make(&signers[i], names[i],
		    i < SIGNERS + 2 ? KEY_ED25519 : KEY_COSIGNATURE);
	t = calloc(count + 1, sizeof *t);
	item = calloc((size_t)count * SIGNERS, sizeof *item);
	sig = calloc((size_t)count * SIGNERS, sizeof *sig);
	for (i = 0; i <= count; i++) {
		text_init(&t[i], malloc(NOTE_MAX), NOTE_MAX);
		if (i == 0) {
			size_t text_n;
			uint8_t blob[SIG_ED25519_BYTES];

			trust_make(&t[0]);
			text_n = t[0].n;
			text_string(&t[0], "\n");
			for (k = 0; k <= SIGNERS; k++) {
				unsigned j = k == 0 ? SIGNERS : k - 1;

				memcpy(blob, signers[j].key.id, 4);
				ed25519_sign(blob + 4, signers[j].seed,
				    (uint8_t *)t[0].p, text_n);
				sigline_text(&t[0], signers[j].key.name, blob,
				    sizeof blob);
			}
			continue;
		}
		text_printf(&t[i], "quorate/release@v1\nauthority bench/test 1\n"
		    "product bench/p\nversion 1\nsequence %u\npayload app 1 "
		    "%064u\nabout\nproposed 1700000000\n", i, i);
		lines_add(&t[i], 0, SIGNERS);
	}
	for (i = 1; i <= count; i++) {
		struct sigline line;

		if (note_split(&note, (uint8_t *)t[i].p, t[i].n) != RC_OK)
			die(EXIT_ENVIRONMENT, "no note");
		for (k = 0; k < SIGNERS; k++, n++) {
			note_line(&note, k, &line, NULL);
			memcpy(sig[n], line.blob + 4, 64);
			item[n] = (struct batch_item){
			    .key = signers[k].key.key, .sig = sig[n],
			    .message = note.bytes, .n = note.text_n};
		}
	}
	from = cpu();
	for (i = 0; i < n; i++)
		if (crypto_sign_verify_detached(item[i].sig, item[i].message,
			item[i].n, item[i].key) != 0)
			die(EXIT_REFUSED, "libsodium refuses");
	one = cpu() - from;
	from = cpu();
	for (i = 0; i < n; i += 256)
		ed25519_verify_batch(item + i, n - i < 256 ? n - i : 256,
		    cache);
	batch = cpu() - from;
	for (i = 0; i < n; i++)
		if (item[i].rc != RC_OK)
			die(EXIT_REFUSED, "the batch refuses");
	if (note_split(&note, (uint8_t *)t[0].p, t[0].n) != RC_OK)
		die(EXIT_ENVIRONMENT, "no trust note");
	note_id(id, &note);
	rc = audit_store_open(&s, argv[1], &why);
	if (rc == RC_OK)
		rc = audit_store_pin(s, (struct slice){(uint8_t *)"bench/test",
					   10}, id, &why);
	from = cpu();
	if (rc == RC_OK)
		rc = audit_store_begin(s);
	for (i = 0; i <= count && rc == RC_OK; i++)
		rc = audit_store_entry(s, i, (uint8_t *)t[i].p, t[i].n,
		    clock_unix(), NULL, NULL);
	if (rc == RC_OK)
		rc = audit_store_flush(s);
	audit = cpu() - from;
	if (rc != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	audit_store_rollback(s);
	printf("signatures %u libsodium/s %.0f batch-256/s %.0f ratio %.2f "
	       "audited/s %.0f ratio %.2f\n", n, n / one, n / batch,
	    one / batch, n / audit, one / audit);
	audit_store_close(s);
	batch_cache_free(cache);
	return EXIT_OK;
}
