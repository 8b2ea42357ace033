/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a start of quorate-signerd does with its record: seconds of CPU for the
 * chain and what rests on it, read whole. Prints and judges nothing.
 *
 *   record-bench FILE [ROWS]        FILE is made, and left
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/rc_text.h"
#include "host/say.h"
#include "host/sign.h"
#include "quorum/message.h"
#include "signer/store_record.h"

enum { TEXT = 600, EVENT = 1000 };

static double
cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
must(enum rc rc)
{
	if (rc != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", rc_text(rc));
}

/* A text asked about and approved, its slot used, its share kept. */
static void
text_add(const struct record *ops, uint32_t i)
{
	char text[TEXT];
	uint8_t share[512];
	struct record_slot slot = {
	    {(const uint8_t *)"example/release", 15}, 1, "product example/app",
	    i};
	struct record_decision d = {.verb = RECORD_ASK,
	    .sentence = "every rule passes; a person decides",
	    .by = "policy",
	    .evidence = "log 12 of 3",
	    .at = 1763700000 + i,
	    .text = (const uint8_t *)text,
	    .text_n = sizeof text};

	memset(text, 'x', sizeof text);
	memset(share, 'y', sizeof share);
	memcpy(text, &i, sizeof i);
	memcpy(d.message, &i, sizeof i);
	must(ops->decide(ops->context, &d));
	d.verb = RECORD_APPROVE;
	d.by = "uid 1000";
	must(ops->decide(ops->context, &d));
	must(ops->answer(
	    ops->context, &slot, d.message, d.message, share, sizeof share));
}

static void
party(char vkey[static 192])
{
	static const uint8_t seed[32];
	static const struct slice name = {(const uint8_t *)"bench.example", 13};
	uint8_t key[32];
	struct text t;

	ed25519_public(key, seed);
	text_init(&t, vkey, 192);
	text_vkey(&t, name, KEY_ED25519, key);
}

int
main(int argc, char **argv)
{
	struct store_record *s;
	struct record ops;
	struct why why = {""};
	uint32_t rows, want = argc > 2 ? (uint32_t)atoi(argv[2]) : 100000;
	uint8_t id[32];
	char vkey[192];
	double begun;

	if (argc < 2)
		die(EXIT_USAGE, "record-bench FILE [ROWS]");
	party(vkey);
	must(store_record_open(&s, argv[1], &why));
	must(store_record_party(s, vkey));
	store_record_ops(&ops, s);
	store_record_last(s, &rows, id);
	for (uint32_t i = rows; rows < want;) {
		must(ops.begin(ops.context, 1763700000 + i));
		for (unsigned k = 0; k < EVENT / 4; k++)
			text_add(&ops, i++);
		must(ops.end(ops.context, true));
		store_record_last(s, &rows, id);
	}
	store_record_close(s);
	begun = cpu_s();
	must(store_record_open(&s, argv[1], &why));
	must(store_record_party(s, vkey));
	if (store_record_whole(s, &why) != RC_OK)
		die(EXIT_ENVIRONMENT, "%s", why.text);
	printf("record/whole %u rows %.2f s\n", (unsigned)rows, cpu_s() - begun);
	store_record_close(s);
	return 0;
}
