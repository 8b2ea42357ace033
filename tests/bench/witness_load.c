/* SPDX-License-Identifier: Apache-2.0 */
/*
 * add-checkpoint, one after another over one connection: a log that grows by
 * one entry a time, signed with the key whose seed is the SHA-256 of its name
 * (note_maker.c). Every answer must be a cosignature that verifies.
 *
 *	witness-load URL ORIGIN WITNESS_VKEY COUNT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/http_client.h"
#include "host/say.h"
#include "host/sign.h"
#include "log/cosign.h"
#include "verify/sha256.h"

enum { LEVELS = 20, COUNT_MAX = 1 << 19 };
static uint8_t (*node[LEVELS])[32];

static enum rc
get(void *context, unsigned level, uint64_t index, uint8_t out[32])
{
	(void)context;
	memcpy(out, node[level][index], 32);
	return RC_OK;
}

static void
grow(uint64_t n)
{
	unsigned level;

	merkle_leaf(node[0][n], (uint8_t *)&n, sizeof n);
	for (level = 0; n & 1; level++, n >>= 1)
		merkle_node(node[level + 1][n >> 1], node[level][n - 1],
		    node[level][n]);
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(int argc, char **argv)
{
	static const struct tlog_source source = {get, NULL};
	static char body[COSIGN_BODY_MAX], note[2048], url[1024];
	uint8_t seed[32], key[32], root[32], blob[SIG_COSIGNATURE_BYTES];
	uint8_t proof[TLOG_PROOF_MAX * 32];
	uint64_t *us, size, time, from, all = 0;
	unsigned count, proof_n, level;
	struct http_client *client;
	struct vkey w, k = {.type = KEY_ED25519};
	struct sha256 h;

	say_init("witness-load");
	count = argc == 5 ? (unsigned)atoi(argv[4]) : 0;
	if (count == 0 || count > COUNT_MAX ||
	    vkey_parse(&w, (struct slice){(uint8_t *)argv[3],
			       strlen(argv[3])}, KEY_COSIGNATURE) != RC_OK ||
	    http_client_new(&client, NULL) != RC_OK)
		die(EXIT_USAGE, "see the head of tests/bench/witness_load.c");
	k.name = (struct slice){(uint8_t *)argv[2], strlen(argv[2])};
	sha256_init(&h);
	sha256_update(&h, k.name.p, k.name.n);
	sha256_final(&h, seed);
	ed25519_public(key, seed);
	vkey_id(k.id, k.name, k.type, key);
	us = calloc(count, sizeof *us);
	for (level = 0; level < LEVELS; level++)
		node[level] = calloc(((size_t)count >> level) + 2, 32);
	snprintf(url, sizeof url, "%s/add-checkpoint", argv[1]);
	for (size = 1; size <= count; size++) {
		struct http_answer answer;
		struct why why = {""};
		struct text t, n;
		size_t text_n;
		enum rc rc;

		grow(size - 1);
		text_init(&n, note, sizeof note);
		if (tlog_root(root, size, &source) != RC_OK ||
		    tlog_consistency(proof, &proof_n, size - 1, size,
			&source) != RC_OK)
			die(EXIT_ENVIRONMENT, "no tree");
		checkpoint_text(&n, k.name, size, root);
		text_n = n.n;
		checkpoint_sign(blob, &k, seed, (uint8_t *)note, n.n);
		text_string(&n, "\n");
		sigline_text(&n, k.name, blob, SIG_ED25519_BYTES);
		text_init(&t, body, sizeof body);
		cosign_request_text(&t, size - 1, proof, proof_n,
		    (uint8_t *)note, n.n);
		from = clock_us();
		rc = http_post(client, url, NULL, body, t.n, 10000, 65536,
		    &answer, &why);
		us[size - 1] = clock_us() - from;
		all += us[size - 1];
		if (rc == RC_OK)
			rc = cosign_answer_parse(blob, &time, &w, answer.body,
			    answer.body_n, (uint8_t *)note, text_n);
		if (rc != RC_OK)
			die(EXIT_REFUSED, "size %llu: %s",
			    (unsigned long long)size, why.text);
		http_answer_release(&answer);
	}
	qsort(us, count, sizeof *us, compare);
	printf("add-checkpoint %llu %u\n",
	    (unsigned long long)(all * 1000 / count), proof_n);
	printf("# p50 %.2f ms, p99 %.2f ms, max %.2f ms\n", us[count / 2] / 1e3,
	    us[count - 1 - count / 100] / 1e3, us[count - 1] / 1e3);
	return EXIT_OK;
}
